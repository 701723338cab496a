//! OnStatusChange: every change of the standing, and progress from time to time.

use super::record::Phase;
use super::{Downloads, Hook};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::download::{DownloadProperty, DownloadState, DownloadStatus};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::{ClientId, Happened, JobId, NoteId, SimTime, Span};

/// A notification that waits to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Letter {
    job: JobId,
    /// Not before this.
    ready: SimTime,
    /// The status that it tells; progress tells the one of the moment.
    status: Option<DownloadStatus>,
}

impl Downloads {
    /// What GetStatus returns: for a while after a change what it returned before.
    pub(super) fn visible_status(&self, id: JobId) -> DownloadStatus {
        let download = self.download(id);
        let hidden = download.hidden.iter().find(|(until, _)| *until > self.env.now);
        hidden.map_or_else(|| download.status(), |(_, status)| *status)
    }

    /// The standing is about to change: GetStatus goes on returning what it returns now.
    pub(super) fn hide(&mut self, id: JobId) {
        let after = self.env.setup.delivery.visible_after;
        if after == Span::ZERO || self.is_agent() {
            return;
        }
        let now = self.env.now;
        let status = self.download(id).status();
        let hidden = &mut self.download_mut(id).hidden;
        hidden.retain(|(until, _)| *until > now);
        hidden.push_back((now + after, status));
    }

    /// The standing has changed: whoever listens is told as soon as the change is visible.
    pub(super) fn tell_change(&mut self, id: JobId) {
        let download = self.download(id);
        let paused = download.standing.state == DownloadState::Paused;
        let untold = paused && self.is_sabotaged(Hook::PausesAreNotTold);
        if download.callback.is_none() || untold {
            return;
        }
        // What was to be told about progress, the change tells as well.
        let ready = download.hidden.back().map_or(self.env.now, |(until, _)| *until);
        let status = Some(download.status());
        self.mail.retain(|letter| letter.job != id || letter.status.is_some());
        self.mail.push_back(Letter { job: id, ready, status });
        self.plan_show(id);
    }

    /// Registers the caller, or nobody, in place of whoever was registered. The newcomer is told of
    /// what happens from now on.
    pub(super) fn register(&mut self, id: JobId, callback: Option<ClientId>) {
        self.mail.retain(|letter| letter.job != id);
        let now = self.env.now;
        let stays = self.is_sabotaged(Hook::FirstCallbackStays);
        let download = self.download_mut(id);
        download.callback = download.callback.filter(|_| stays).or(callback);
        download.told_at = now;
        download.told_done = download.done;
        self.plan_show(id);
    }

    pub(super) fn lose_callback(&mut self, id: JobId) {
        self.download_mut(id).callback = None;
        self.mail.retain(|letter| letter.job != id);
        self.downloads.stop(id, Due::Show);
    }

    /// The download is forgotten: of what waits to be told only its end is left.
    pub(super) fn keep_last_letter(&mut self, id: JobId) {
        let last = self.mail.iter().rposition(|letter| letter.job == id);
        let mut place = 0..;
        self.mail.retain(|letter| place.next() == last || letter.job != id);
    }

    /// When progress may be told next: whichever of seconds and percent comes first.
    fn progress_due(&self, id: JobId) -> Option<SimTime> {
        let download = self.download(id);
        let Phase::Moving(flow) = download.phase else { return None };
        download.callback?;
        if flow.rate == 0 || flow.limit == 0 {
            return None;
        }
        let end = flow.base.saturating_add(flow.limit);
        let seconds = download.number(DownloadProperty::CallbackFreqSeconds).filter(|n| *n > 0);
        let by_time = seconds.map(|n| download.told_at.max(flow.since) + Span::secs(n));
        let percent = download.number(DownloadProperty::CallbackFreqPercent).filter(|n| *n > 0);
        let step = percent.map(|n| {
            let part = u128::from(download.total) * u128::from(n);
            u64::try_from(part.div_ceil(100)).unwrap_or(u64::MAX).max(1)
        });
        let target = step.filter(|_| download.total > 0).map(|step| download.told_done + step);
        let by_bytes = target.filter(|target| *target <= end).map(|target| {
            let bytes = u128::from(target.saturating_sub(flow.base));
            let ticks = (bytes * u128::from(TICKS_PER_SECOND)).div_ceil(u128::from(flow.rate));
            flow.since + Span(u64::try_from(ticks).unwrap_or(u64::MAX))
        });
        match (by_time, by_bytes) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    /// Sets the time at which something may be told next.
    pub(super) fn plan_show(&mut self, id: JobId) {
        let now = self.env.now;
        let waiting = self.mail.iter().filter(|letter| letter.job == id && letter.ready > now);
        let letter = waiting.map(|letter| letter.ready).min();
        let progress = self.progress_due(id);
        match letter.into_iter().chain(progress).min() {
            Some(due) => self.downloads.set(id, Due::Show, due.max(now)),
            None => {
                self.downloads.stop(id, Due::Show);
            }
        }
    }

    /// Progress may be told, or a change has become visible.
    pub(super) fn show_fired(&mut self, out: &mut Outside<'_>, id: JobId) {
        let now = self.env.now;
        let due = self.progress_due(id).is_some_and(|due| due <= now);
        if due {
            self.settle_bytes(out, id);
            let hidden = self.download(id).hidden.iter().any(|(until, _)| *until > now);
            let waits = self.mail.iter().any(|it| it.job == id && it.status.is_none());
            let download = self.download_mut(id);
            let news = download.done > download.told_done;
            download.told_at = now;
            download.told_done = download.done;
            if news && !waits && !hidden {
                self.mail.push_back(Letter { job: id, ready: now, status: None });
            }
        }
        self.plan_show(id);
    }

    /// The place in the mail of what is delivered next.
    fn next_letter(&self) -> Option<usize> {
        let mut earlier: Vec<JobId> = Vec::new();
        self.mail.iter().position(|letter| {
            let first = !earlier.contains(&letter.job);
            earlier.push(letter.job);
            first && letter.ready <= self.env.now && self.download(letter.job).delivering.is_none()
        })
    }

    pub(super) fn has_mail(&self) -> bool {
        !self.mail.is_empty() && self.next_letter().is_some()
    }

    /// Begins the next delivery.
    pub(super) fn next_note(&mut self, out: &mut Outside<'_>) -> Option<Note> {
        let place = self.next_letter()?;
        let letter = self.mail.remove(place)?;
        let id = letter.job;
        if letter.status.is_none() {
            self.settle_bytes(out, id);
        }
        let status = letter.status.unwrap_or_else(|| self.visible_status(id));
        let now = self.env.now;
        let note = NoteId(self.next_note);
        self.next_note += 1;
        let download = self.download_mut(id);
        let to = Recipient::Interface(download.callback?);
        download.told_done = status.bytes_transferred;
        if letter.status.is_none() {
            download.told_at = now;
        }
        let note = Note {
            note,
            job: id,
            kind: NoteKind::OnStatusChange,
            to,
            attempt: 1,
            error: None,
            status: Some(status),
        };
        download.delivering = Some(Box::new(note.clone()));
        self.env.emit_with(out, || Happened::NoteBegan(Box::new(note.clone())));
        self.plan_show(id);
        Some(note)
    }

    /// A delivery has ended; what the callback returned means nothing (DOD-NOTIFY-005).
    pub(super) fn note_ended(&mut self, out: &mut Outside<'_>, note: &Note, result: NoteResult) {
        let id = note.job;
        let current = self.download(id).delivering.as_ref().map(|under_way| under_way.note);
        if current != Some(note.note) {
            return;
        }
        self.download_mut(id).delivering = None;
        self.env.emit(out, Happened::NoteEnded { note: note.note, job: id, result });
        let callback = self.download(id).callback.map(Recipient::Interface);
        if result == NoteResult::ClientGone && callback.as_ref() == Some(&note.to) {
            self.lose_callback(id);
        }
    }

    /// A client ends: callbacks that it had not returned from end with it.
    pub(super) fn abandon_notes(&mut self, out: &mut Outside<'_>, client: ClientId) {
        for id in self.ids() {
            let Some(note) = self.download(id).delivering.as_deref().cloned() else { continue };
            if note.to == Recipient::Interface(client) {
                self.downloads.stop(id, Due::NoteEnds);
                self.note_ended(out, &note, NoteResult::ClientGone);
            }
        }
    }

    /// The service stops: deliveries under way are forgotten.
    pub(super) fn forget_deliveries(&mut self) {
        for id in self.ids() {
            self.downloads.stop(id, Due::NoteEnds);
            self.download_mut(id).delivering = None;
        }
    }
}
