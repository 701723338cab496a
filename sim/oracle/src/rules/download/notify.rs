//! DOD-NOTIFY: calls of OnStatusChange.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{
    DownloadCall, DownloadProperty, DownloadStatus, Row, Standing, Value,
};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, End, FileChange, Happened, Note, NoteKind, NoteResult, Recipient,
};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, ClientId, Event, Hresult, JobId, RuleId, SimTime, Span};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_NOTIFY_001,
    RuleId::DOD_NOTIFY_002,
    RuleId::DOD_NOTIFY_003,
    RuleId::DOD_NOTIFY_005,
];

/// DOD-NOTIFY.
#[derive(Debug, Clone)]
pub(super) struct Notify {
    tracks: BTreeMap<JobId, Track>,
}

/// The callbacks of one download.
#[derive(Debug, Clone, Default)]
struct Track {
    /// Changes not told yet, with their times.
    pending: VecDeque<(Standing, SimTime)>,
    /// What was told last, or held when the callback was registered.
    told: Option<Standing>,
    /// When a callback last ended, or one was registered.
    free: SimTime,
    /// Clients whose callback was registered and then replaced.
    replaced: BTreeSet<ClientId>,
    /// The service restarted since: whether the callback is still valid is not documented.
    unclear: bool,
    /// The latest callback about progress alone: when, at how many bytes, with which interval.
    progress: Option<(SimTime, u64, Span)>,
    /// The most bytes that there ever were, in any set of ranges.
    most: u64,
    /// The status that the latest callback carried.
    latest: Option<DownloadStatus>,
    /// When the latest callback returned a failure.
    refused: Option<(SimTime, Hresult)>,
}

impl Notify {
    pub(super) fn new(_: &Setup) -> Self {
        Self { tracks: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        self.overdue(view, event, event.at, out);
        if let Happened::Env(what) = &event.what {
            self.take_in_env(what);
        }
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        let track = self.tracks.entry(job).or_default();
        match &event.what {
            Happened::Called(called) => track.registered(event, download, called),
            Happened::Standing { to, cause, .. } => {
                track.unmoved(view, event, (job, download), *cause, out);
                if download.callback.is_some_and(|client| view.runs(client)) {
                    track.pending.push_back((*to, event.at));
                } else if !track.replaced.is_empty() && !track.unclear {
                    out.held(RuleId::DOD_NOTIFY_003);
                }
            }
            Happened::NoteBegan(note) if note.kind == NoteKind::OnStatusChange => {
                track.began(view, event, download, note, out);
            }
            Happened::Bytes { done, .. } => track.most = track.most.max(*done),
            // The percentage is one of the transfer that begins anew.
            Happened::File(file) if file.what == FileChange::Restarted => {
                track.progress = track.progress.map(|(at, _, interval)| (at, 0, interval));
            }
            Happened::NoteEnded { result, .. } => {
                track.free = event.at;
                if let NoteResult::Returned(hr) = result
                    && hr.failed()
                {
                    track.refused = Some((event.at, *hr));
                }
            }
            Happened::LeftQueue { .. } => track.pending.clear(),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        self.overdue(view, last, end.at(), out);
        for track in self.tracks.values() {
            if track.refused.is_some() && !view.is_agent() {
                out.held(RuleId::DOD_NOTIFY_005);
            }
        }
    }

    fn take_in_env(&mut self, what: &Disturbance) {
        match what {
            Disturbance::ClientExits(_) => {}
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                for track in self.tracks.values_mut() {
                    track.unclear = true;
                    track.pending.clear();
                }
            }
            _ => {}
        }
    }

    /// DOD-NOTIFY-001: changes that should have been told by now.
    fn overdue(&mut self, view: &Downloads, event: &Event, now: SimTime, out: &mut Findings) {
        for (job, track) in &mut self.tracks {
            let Some((standing, since)) = track.pending.front().copied() else { continue };
            let heard = view.download(*job).and_then(|download| download.callback);
            if !heard.is_some_and(|client| view.runs(client)) {
                track.pending.clear();
                continue;
            }
            let busy = view.outstanding.values().any(|other| other == job);
            if busy || now.since(since.max(track.free)) <= about::AT_ONCE {
                continue;
            }
            track.pending.clear();
            let texts = (
                "the status of `{job}` changed and OnStatusChange was not called".to_owned(),
                format!("OnStatusChange with {standing}"),
                format!("no call since {since}"),
            );
            about::broken(out, RuleId::DOD_NOTIFY_001, Some(*job), event, texts);
        }
    }
}

impl Track {
    fn registered(&mut self, event: &Event, download: &DownloadView, called: &Called) {
        let Call::Download(_, DownloadCall::SetProperty(id, value)) = &called.call else { return };
        let callback =
            DownloadProperty::from_value(*id) == Some(DownloadProperty::CallbackInterface);
        if !callback || called.hr.failed() {
            return;
        }
        if let Some(before) = download.callback {
            self.replaced.insert(before);
        }
        if *value == Value::Object {
            self.replaced.remove(&called.by);
        }
        self.pending.clear();
        self.told = Some(download.standing);
        self.free = event.at;
        self.progress = None;
        self.unclear = false;
    }

    /// DOD-NOTIFY-005: what a callback returns does not stop the download.
    fn unmoved(
        &mut self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        cause: Row,
        out: &mut Findings,
    ) {
        let called = view.latest_call.as_ref();
        let called = called.is_some_and(|call| call.job == job && !call.is_over_at(event));
        let failed = matches!(
            download.last_outcome,
            Some((AttemptOutcome::Failed { .. }, at)) if at == event.at
        );
        let stops = matches!(cause, Row::Pause | Row::Abort | Row::FatalFailure);
        let refused = self.refused.filter(|(at, _)| *at == event.at);
        if let Some((_, hr)) = refused.filter(|_| stops && !called && !failed) {
            out.ensure(RuleId::DOD_NOTIFY_005, false, event, || {
                (
                    "`{job}` was stopped when OnStatusChange returned".to_owned(),
                    "what OnStatusChange returns not to matter".to_owned(),
                    format!("it returned {}", WithNumber(hr)),
                )
            });
        }
    }

    fn began(
        &mut self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        note: &Note,
        out: &mut Findings,
    ) {
        self.to_whom(view, event, download, note, out);
        let Some(status) = note.status else {
            out.ensure(RuleId::DOD_NOTIFY_001, false, event, || {
                (
                    "OnStatusChange of `{job}` carried no status".to_owned(),
                    "the status that GetStatus would return".to_owned(),
                    "none".to_owned(),
                )
            });
            return;
        };
        let change = self.take_off(view, event, download, &status, out);
        if !view.is_agent() {
            self.again(event, note, &status, change, out);
            if !change {
                self.often(event, download, &status, out);
            }
        }
        self.told = Some(status.standing);
        self.latest = Some(status);
        self.refused = None;
    }

    /// DOD-NOTIFY-001 and -003: to the callback registered last, and to no other.
    fn to_whom(
        &self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        note: &Note,
        out: &mut Findings,
    ) {
        let Recipient::Interface(client) = note.to else { return };
        if self.unclear {
            return;
        }
        if download.callback == Some(client) && view.runs(client) {
            if !self.replaced.is_empty() {
                out.held(RuleId::DOD_NOTIFY_003);
            }
            return;
        }
        let name = |client: ClientId| {
            let known = view.setup.clients.get(client.index());
            known.map_or_else(|| "a client".to_owned(), |client| format!("`{}`", client.name))
        };
        let (rule, what) = if self.replaced.contains(&client) {
            (RuleId::DOD_NOTIFY_003, "a callback of `{job}` that had been replaced was called")
        } else {
            (RuleId::DOD_NOTIFY_001, "OnStatusChange of `{job}` was called on a wrong client")
        };
        out.ensure(rule, false, event, || {
            (
                what.to_owned(),
                match download.callback {
                    Some(valid) => format!("calls to {} only", name(valid)),
                    None => "no call, since no callback is registered".to_owned(),
                },
                format!("a call to {}", name(client)),
            )
        });
    }

    /// DOD-NOTIFY-001: a status that held. True if it tells a change.
    fn take_off(
        &mut self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        status: &DownloadStatus,
        out: &mut Findings,
    ) -> bool {
        let rule = RuleId::DOD_NOTIFY_001;
        let standing = status.standing;
        let next = self.pending.front().is_some_and(|(next, _)| *next == standing);
        let slow = view.visible_after();
        let seen = slow > Span::ZERO
            && download
                .past
                .iter()
                .any(|(past, _, until)| *past == standing && event.at.since(*until) <= slow);
        // The status may be that of the change or, told later, the one of that moment.
        let now = standing == download.standing || seen;
        let change = !self.pending.is_empty() && (next || now);
        let progress = !change && (Some(standing) == self.told || now);
        if status.bytes_transferred > self.most {
            out.ensure(rule, false, event, || {
                (
                    "OnStatusChange of `{job}` told more bytes than there are".to_owned(),
                    format!("{} bytes at most", self.most),
                    format!("{} bytes", status.bytes_transferred),
                )
            });
        }
        if change {
            self.pending.pop_front();
            out.held(rule);
        } else if !progress {
            let skipped = self.pending.iter().position(|(later, _)| *later == standing);
            out.ensure(rule, false, event, || {
                let what = match skipped {
                    Some(_) => "OnStatusChange of `{job}` left out a change of status",
                    None => "OnStatusChange of `{job}` told a status that never held",
                };
                let expected = match self.pending.front() {
                    Some((next, _)) => next.to_string(),
                    None => download.standing.to_string(),
                };
                (what.to_owned(), expected, standing.to_string())
            });
            if let Some(skipped) = skipped {
                self.pending.drain(..=skipped);
            }
        }
        change || !progress
    }

    /// DOD-NOTIFY-005: a failing callback is not repeated.
    fn again(
        &mut self,
        event: &Event,
        note: &Note,
        status: &DownloadStatus,
        change: bool,
        out: &mut Findings,
    ) {
        let repeated = !change && self.latest.as_ref() == Some(status);
        let Some((_, hr)) = self.refused else {
            if note.attempt > 1 {
                out.ensure(RuleId::DOD_NOTIFY_005, false, event, || repeat(note.attempt, None));
            }
            return;
        };
        let ok = note.attempt <= 1 && !repeated;
        out.ensure(RuleId::DOD_NOTIFY_005, ok, event, || repeat(note.attempt, Some(hr)));
    }

    /// DOD-NOTIFY-002: progress is told no more often than asked for.
    fn often(
        &mut self,
        event: &Event,
        download: &DownloadView,
        status: &DownloadStatus,
        out: &mut Findings,
    ) {
        let seconds = download.number(DownloadProperty::CallbackFreqSeconds).unwrap_or(1);
        let interval = Span::secs(seconds);
        let percent = download.number(DownloadProperty::CallbackFreqPercent).unwrap_or(0);
        let bytes = status.bytes_transferred;
        if let Some((at, before, old)) = self.progress {
            let total = download.total.unwrap_or(0);
            let grown = u128::from(bytes.saturating_sub(before)) * 100;
            let far = percent > 0 && grown >= u128::from(percent) * u128::from(total);
            let gap = event.at.since(at);
            let least = interval.min(old);
            out.ensure(RuleId::DOD_NOTIFY_002, gap >= least || far, event, || {
                (
                    "OnStatusChange told the progress of `{job}` again too soon".to_owned(),
                    format!("at most one call about progress in {least}"),
                    format!("two calls {gap} apart"),
                )
            });
        }
        self.progress = Some((event.at, bytes, interval));
    }
}

fn repeat(attempt: u32, hr: Option<Hresult>) -> (String, String, String) {
    (
        "OnStatusChange of `{job}` was called again for the same status".to_owned(),
        "one call, whatever it returns".to_owned(),
        match hr {
            Some(hr) => format!("a call repeated after {}", WithNumber(hr)),
            None => format!("call number {attempt}"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{OK, Tale, of, paused};
    use crate::rules::testing::{APP, OTHER};
    use bitsim_vocab::download::DownloadState;

    const CALLBACK: DownloadProperty = DownloadProperty::CallbackInterface;
    const NO: Hresult = Hresult::E_FAIL;

    fn heard(tale: Tale) -> Tale {
        tale.set(CALLBACK, Value::Object, OK)
    }

    /// Started, and the change told.
    fn started(tale: Tale) -> Tale {
        heard(tale).start().note(APP).returns(OK)
    }

    #[test]
    fn changes_are_told() {
        let rule = RuleId::DOD_NOTIFY_001;
        for tale in Tale::both() {
            let tale = started(tale).at(1);
            tale.clone().pause().note(APP).returns(OK).follows(rule);
            tale.clone().pause().at(100).breaks(rule);
            tale.clone().pause().note_of(APP, of(DownloadState::Aborted)).breaks(rule);
            tale.clone().note(OTHER).breaks(rule);
            // A callback that takes long holds up the next one.
            let slow = tale.clone().sized(100).bytes(10).note(APP).pause().at(300);
            slow.clone().follows(rule);
            let late = slow.returns(OK);
            late.clone().note(APP).follows(rule);
            late.at(400).breaks(rule);
            let exits = tale.pause().env(Disturbance::ClientExits(APP)).at(300);
            exits.clone().follows(rule);
            exits.note(APP).breaks(rule);
        }
    }

    #[test]
    fn changes_are_told_in_order() {
        let rule = RuleId::DOD_NOTIFY_001;
        let slow = started(Tale::windows()).at(1).sized(100).bytes(10).note(APP);
        let changes = slow.pause().at(2).resume().at(3).returns(OK);
        let told = changes.clone().note_of(APP, paused(OK, OK)).returns(OK).note(APP);
        told.follows(rule);
        // Or each call with the status of its moment.
        let late = changes.clone().note(APP).returns(OK).note(APP).returns(OK);
        late.clone().at(200).follows(rule);
        changes.note(APP).returns(OK).at(200).breaks(rule);
    }

    #[test]
    fn progress_is_not_told_too_often() {
        let rule = RuleId::DOD_NOTIFY_002;
        let told = |tale: Tale| started(tale).at(1).sized(100).bytes(10).note(APP).returns(OK);
        let tale = told(Tale::windows());
        tale.clone().at(2).bytes(20).note(APP).follows(rule);
        tale.clone().bytes(15).note(APP).breaks(rule);
        tale.pause().note(APP).leaves(rule);
        let tale = told(Tale::windows().number(DownloadProperty::CallbackFreqSeconds, 5));
        tale.clone().at(3).bytes(20).note(APP).breaks(rule);
        tale.clone().at(6).bytes(20).note(APP).follows(rule);
        let tale = Tale::windows().number(DownloadProperty::CallbackFreqSeconds, 5);
        let tale = told(tale.number(DownloadProperty::CallbackFreqPercent, 10));
        tale.clone().at(3).bytes(20).note(APP).follows(rule);
        tale.at(3).bytes(15).note(APP).breaks(rule);
    }

    #[test]
    fn percents_are_those_of_the_transfer_under_way() {
        let rule = RuleId::DOD_NOTIFY_002;
        let tale = Tale::windows().number(DownloadProperty::CallbackFreqPercent, 10);
        let tale = started(tale).at(1).sized(100).bytes(90).note(APP).returns(OK);
        let again = tale.file(FileChange::Restarted).sized(200);
        again.clone().bytes(20).note(APP).follows(rule);
        again.bytes(15).note(APP).breaks(rule);
    }

    #[test]
    fn a_replaced_callback_is_not_called() {
        let rule = RuleId::DOD_NOTIFY_003;
        for tale in Tale::both() {
            let tale = started(tale).at(1);
            let job = tale.job;
            let id = u32::from(CALLBACK.value());
            let call = Call::Download(job, DownloadCall::SetProperty(id, Value::Object));
            let replaced = tale.clone().called(OTHER, call, OK, bitsim_vocab::Reply::None).pause();
            replaced.clone().note(OTHER).follows(rule);
            replaced.note(APP).breaks(rule);
            let dropped = tale.set(CALLBACK, Value::Empty, OK).pause();
            dropped.clone().at(300).follows(rule);
            dropped.note(APP).breaks(rule);
        }
    }

    #[test]
    fn what_a_callback_returns_does_not_matter() {
        let rule = RuleId::DOD_NOTIFY_005;
        let refused = heard(Tale::windows()).start().note(APP).returns(NO);
        refused.clone().at(1).pause().note(APP).returns(OK).follows(rule);
        refused.clone().at(1).note(APP).breaks(rule);
        let halted = refused.at(1).pause().note(APP).returns(NO).at(300);
        halted.follows(rule);
        let stops = heard(Tale::windows()).start().note(APP).at(1).returns(NO);
        stops.to(paused(OK, OK), Row::Pause).breaks(rule);
    }
}
