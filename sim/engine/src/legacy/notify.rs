//! Notifications through IBackgroundCopyCallback, and their repetition.
//!
//! BG_NOTIFY_DISABLE is ignored (DO-NOTIFY-012), the flags 0x10 and 0x20 never lead to a call, and
//! nothing limits how many callbacks are out at one time.

use super::apply::Cause;
use super::job::{Notice, Stage};
use super::{Hook, Legacy};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::call::BG_NOTIFY_JOB_MODIFICATION;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::{ClientId, Happened, Hresult, JobId, JobState, NoteId, Span};

impl Legacy {
    /// The job has something to tell: that it is TRANSFERRED, or else that it failed.
    pub(super) fn raise_notice(&mut self, id: JobId) {
        let kind = match self.job(id).state {
            JobState::Transferred => NoteKind::JobTransferred,
            _ => NoteKind::JobError,
        };
        self.job_mut(id).notice = Some(Notice { kind, stage: Stage::Due, tries: 0 });
        self.post_mail(id);
    }

    /// Flags or interface of the job changed, so that a notice may now have somebody to go to.
    pub(super) fn offer(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let registers = cause.row == Row::SetNotifyInterface;
        if let Some(notice) = &mut self.job_mut(id).notice
            && notice.stage == Stage::Waiting
            && registers
        {
            notice.stage = Stage::Due;
            self.stop_timer(out, id, Due::NotifyAgain);
        }
        self.post_mail(id);
    }

    /// JobModification is due if the job asks for it.
    pub(super) fn tell(&mut self, id: JobId) {
        let job = self.job_mut(id);
        let wanted = job.notify_flags & BG_NOTIFY_JOB_MODIFICATION != 0;
        if wanted && job.interface.is_some() && !job.modification_due {
            job.modification_due = true;
            self.post_mail(id);
        }
    }

    fn post_mail(&mut self, id: JobId) {
        if !self.mail.contains(&id) {
            self.mail.push_back(id);
        }
    }

    /// The job leaves the state that it had a notice about.
    pub(super) fn drop_notice(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.job_mut(id).notice = None;
        self.stop_timer(out, id, Due::NotifyAgain);
    }

    /// True if something in the mail can be delivered now.
    pub(super) fn has_mail(&self) -> bool {
        self.next_mail().is_some()
    }

    /// What is delivered next: notices before modifications, each in the order of the mail.
    fn next_mail(&self) -> Option<(JobId, NoteKind, ClientId)> {
        let notices = self.mail.iter().find_map(|id| self.notice_for(*id));
        notices.or_else(|| self.mail.iter().find_map(|id| self.modification_for(*id)))
    }

    fn notice_for(&self, id: JobId) -> Option<(JobId, NoteKind, ClientId)> {
        let job = self.job(id);
        let notice = job.notice.filter(|notice| notice.stage == Stage::Due)?;
        let wanted = job.notify_flags & notice.kind.flag() != 0 && job.delivering.is_none();
        job.interface.filter(|_| wanted).map(|client| (id, notice.kind, client))
    }

    fn modification_for(&self, id: JobId) -> Option<(JobId, NoteKind, ClientId)> {
        let job = self.job(id);
        let asked = job.notify_flags & BG_NOTIFY_JOB_MODIFICATION != 0;
        let wanted = asked && job.modification_due && job.modification.is_none();
        job.interface.filter(|_| wanted).map(|client| (id, NoteKind::JobModification, client))
    }

    /// Begins the next delivery.
    pub(super) fn next_note(&mut self, out: &mut Outside<'_>) -> Option<Note> {
        let (id, kind, client) = self.next_mail()?;
        let hook = self.hook;
        let note = NoteId(self.next_note);
        self.next_note += 1;
        let job = self.jobs.at_mut(id);
        let attempt = match &mut job.notice {
            Some(notice) if kind != NoteKind::JobModification => {
                notice.tries += 1;
                notice.stage = Stage::Outstanding;
                notice.tries
            }
            _ => 1,
        };
        let mut error = job.error.filter(|_| kind == NoteKind::JobError);
        if let (Some(info), Some(Hook::JobErrorCarriesAnother)) = (&mut error, hook) {
            info.code = Hresult::E_FAIL;
        }
        let to = Recipient::Interface(client);
        let note = Note { note, job: id, kind, to, attempt, error, status: None };
        let copy = Some(Box::new(note.clone()));
        if kind == NoteKind::JobModification {
            // The bug ends by itself: numbers alternate between even and odd.
            let again =
                hook == Some(Hook::ModificationsAreToldTwice) && note.note.0.is_multiple_of(2);
            job.modification_due = again;
            job.modification = copy;
        } else {
            job.delivering = copy;
        }
        if !job.modification_due && job.notice.is_none_or(|it| it.stage != Stage::Due) {
            self.mail.retain(|other| *other != id);
        }
        self.env.emit_with(out, || Happened::NoteBegan(Box::new(note.clone())));
        Some(note)
    }

    /// The callback blocks for this long.
    pub(super) fn note_lasts(&mut self, note: &Note, span: Span) {
        let at = self.env.now + span;
        self.jobs.set(note.job, due_of(note.kind), at);
    }

    /// The delivery of a job that the timer `due` ends, if it is still under way.
    pub(super) fn note_under_way(&self, id: JobId, due: Due) -> Option<Note> {
        let job = self.job(id);
        let note = match due {
            Due::ModificationEnds => &job.modification,
            _ => &job.delivering,
        };
        note.as_deref().cloned()
    }

    /// A delivery has ended.
    pub(super) fn note_ended(&mut self, out: &mut Outside<'_>, note: &Note, result: NoteResult) {
        let id = note.job;
        let under_way = self.note_under_way(id, due_of(note.kind));
        if under_way.is_none_or(|other| other.note != note.note) {
            return;
        }
        self.env.emit(out, Happened::NoteEnded { note: note.note, job: id, result });
        let client_gone = result == NoteResult::ClientGone;
        let job = self.job_mut(id);
        if client_gone && job.interface.map(Recipient::Interface).as_ref() == Some(&note.to) {
            job.interface = None;
        }
        if note.kind == NoteKind::JobModification {
            job.modification = None;
            if job.modification_due {
                self.post_mail(id);
            }
            return;
        }
        job.delivering = None;
        let current = job.notice.is_some_and(|notice| notice.stage == Stage::Outstanding);
        let acknowledged = result == NoteResult::Returned(Hresult::S_OK);
        match &mut job.notice {
            Some(notice) if current && acknowledged => notice.stage = Stage::Settled,
            // Whoever registers next is told.
            Some(notice) if current && client_gone => {
                notice.stage = Stage::Due;
                self.post_mail(id);
            }
            // The job has left the state meanwhile: a late answer means nothing any more.
            _ if !current => self.post_mail(id),
            _ => {}
        }
        if !acknowledged && !client_gone {
            self.deliver(out, id, &Cause::event(Row::CallbackFails));
        }
    }

    /// The notification is sent again after a while.
    pub(super) fn repeat_notice(&mut self, out: &mut Outside<'_>, id: JobId) {
        let due = self.env.now + self.env.setup.delivery.notify_again;
        let Some(notice) = &mut self.job_mut(id).notice else { return };
        if notice.stage == Stage::Outstanding {
            notice.stage = Stage::Waiting;
            self.set_timer(out, id, Due::NotifyAgain, due);
        }
    }

    pub(super) fn notify_again_fired(&mut self, id: JobId) {
        if let Some(notice) = &mut self.job_mut(id).notice {
            notice.stage = Stage::Due;
        }
        self.post_mail(id);
    }

    /// The interface of a job is gone: its client ended, or the service restarted.
    pub(super) fn lose_interface(&mut self, id: JobId, ended: Option<ClientId>) {
        let deaf = !self.is_sabotaged(Hook::DeadClientsAreCalled);
        let job = self.job_mut(id);
        if deaf && (ended.is_none() || job.interface == ended) {
            job.interface = None;
            job.modification_due = false;
        }
    }

    /// A client ends: callbacks that it had not returned from end with it.
    pub(super) fn abandon_notes(&mut self, out: &mut Outside<'_>, client: ClientId) {
        for id in self.ids() {
            for due in [Due::NoteEnds, Due::ModificationEnds] {
                let Some(note) = self.note_under_way(id, due) else { continue };
                if note.to == Recipient::Interface(client) {
                    self.jobs.stop(id, due);
                    self.note_ended(out, &note, NoteResult::ClientGone);
                }
            }
        }
    }

    /// The service stops: deliveries under way are forgotten, and what was not settled is due.
    pub(super) fn forget_deliveries(&mut self, out: &mut Outside<'_>) {
        for id in self.ids() {
            self.jobs.stop(id, Due::NoteEnds);
            self.jobs.stop(id, Due::ModificationEnds);
            self.stop_timer(out, id, Due::NotifyAgain);
            let job = self.job_mut(id);
            job.delivering = None;
            job.modification = None;
            if let Some(notice) = &mut job.notice
                && notice.stage != Stage::Settled
            {
                notice.stage = Stage::Due;
                self.post_mail(id);
            }
        }
    }
}

/// The timer that ends a delivery.
fn due_of(kind: NoteKind) -> Due {
    match kind {
        NoteKind::JobModification => Due::ModificationEnds,
        _ => Due::NoteEnds,
    }
}
