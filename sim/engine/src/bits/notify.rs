//! Notifications: callbacks, command lines, repetitions, and the four slots of each user.

use super::Bits;
use super::apply::Cause;
use super::job::{Job, Notice, Stage};
use crate::outside::Outside;
use crate::sabotage::Hook;
use crate::timers::Due;
use bitsim_vocab::call::{BG_NOTIFY_DISABLE, BG_NOTIFY_JOB_MODIFICATION};
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::{ClientId, Happened, Hresult, JobId, JobState, NoteId, Span, Stimulus, UserId};

/// Notifications of one user that can be outstanding at one time.
const SLOTS_PER_USER: usize = 4;

/// What waits in the mail of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mail {
    Notice,
    Modification,
}

impl Bits {
    /// The job has entered ERROR or TRANSFERRED and has something to tell.
    pub(super) fn raise_notice(&mut self, id: JobId) {
        let kind = match self.job(id).state {
            JobState::Error => NoteKind::JobError,
            JobState::Transferred => NoteKind::JobTransferred,
            _ if self.is_sabotaged(Hook::TransientErrorsAreTold) => NoteKind::JobError,
            _ if self.is_sabotaged(Hook::FinalStatesAreTold) => NoteKind::JobError,
            _ => return,
        };
        self.job_mut(id).notice = Some(Notice::new(kind));
        self.post_mail(id);
    }

    /// A property of the job changed, so that a notice may now have somebody to go to.
    pub(super) fn offer(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let registers =
            matches!(cause.stimulus, Stimulus::SetNotifyInterface | Stimulus::SetNotifyCmdLine);
        let job = self.job_mut(id);
        if let Some(notice) = &mut job.notice
            && notice.stage == Stage::Waiting
            && registers
        {
            notice.stage = Stage::Due;
            notice.program_only = false;
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
        let goes = |what| self.recipient(id, what).is_some();
        self.quiet = self.quiet && !goes(Mail::Notice) && !goes(Mail::Modification);
    }

    /// The job leaves the state that it had a notice about.
    pub(super) fn drop_notice(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.job_mut(id).notice = None;
        self.stop_timer(out, id, Due::NotifyAgain);
    }

    /// True if something in the mail can be delivered now.
    pub(crate) fn has_mail(&self) -> bool {
        self.next_mail().is_some()
    }

    /// What is delivered next: notices before modifications, each in the order of the mail.
    fn next_mail(&self) -> Option<(JobId, Mail)> {
        let first = |what| self.mail.iter().find(|id| self.recipient(**id, what).is_some());
        if self.quiet || self.mail.is_empty() {
            return None;
        }
        let notice = first(Mail::Notice).map(|id| (*id, Mail::Notice));
        notice.or_else(|| first(Mail::Modification).map(|id| (*id, Mail::Modification)))
    }

    /// To whom the mail of a job can go now.
    fn recipient(&self, id: JobId, what: Mail) -> Option<Recipient> {
        let job = self.job(id);
        let disabled = job.notify_flags & BG_NOTIFY_DISABLE != 0;
        if disabled && !self.is_sabotaged(Hook::DisableIsIgnored) {
            return None;
        }
        let to = match what {
            Mail::Modification => {
                let wanted = job.modification_due && job.modification.is_none();
                job.interface.filter(|_| wanted).map(Recipient::Interface)?
            }
            Mail::Notice => {
                let notice = job.notice.as_ref()?;
                let due = notice.stage == Stage::Due && job.delivering.is_none();
                if !due || job.notify_flags & notice.kind.flag() == 0 {
                    return None;
                }
                let skipped = notice.program_only && job.texts.command_line.is_some();
                let interface = job.interface.filter(|_| !skipped).map(Recipient::Interface);
                let program = || self.program(job).filter(|_| !notice.interface_only);
                interface.or_else(program)?
            }
        };
        let user = self.user_behind(&to);
        let taken = self.outstanding.iter().filter(|(_, holder)| *holder == user).count();
        (taken < SLOTS_PER_USER).then_some(to)
    }

    /// The command line of a job, if it can be run now: never for service accounts, and only while
    /// the user who set it is logged on.
    fn program(&self, job: &Job) -> Option<Recipient> {
        let line = job.texts.command_line.as_ref()?;
        let service = self.env.kind_of(job.owner).is_service_account();
        (!service && self.env.is_logged_on(line.user)).then(|| Recipient::CommandLine {
            user: line.user,
            program: line.program.clone(),
            parameters: line.parameters.clone(),
        })
    }

    fn user_behind(&self, to: &Recipient) -> UserId {
        match to {
            Recipient::Interface(client) => self.env.user_of(*client),
            Recipient::CommandLine { user, .. } => *user,
        }
    }

    /// Begins the next delivery.
    pub(super) fn next_note(&mut self, out: &mut Outside<'_>) -> Option<Note> {
        let (id, what) = self.next_mail()?;
        let to = self.recipient(id, what)?;
        let user = self.user_behind(&to);
        let note = NoteId(self.next_note);
        self.next_note += 1;
        self.outstanding.push((note, user));
        if self.is_sabotaged(Hook::LoadLosesNotices) && self.outstanding.len() == SLOTS_PER_USER {
            self.mail.retain(|other| *other == id);
        }
        let another = self.is_sabotaged(Hook::JobErrorCarriesAnother);
        let job = self.job_mut(id);
        let (kind, attempt) = match (&mut job.notice, what) {
            (Some(notice), Mail::Notice) => {
                notice.tries += 1;
                notice.stage = Stage::Outstanding;
                if let Recipient::Interface(client) = to {
                    notice.told_to = Some(client);
                }
                (notice.kind, notice.tries)
            }
            _ => (NoteKind::JobModification, 1),
        };
        let mut error = job.error.filter(|_| kind == NoteKind::JobError);
        if let Some(info) = error.as_mut().filter(|_| another) {
            info.code = Hresult::E_FAIL;
        }
        let note = Note { note, job: id, kind, to, attempt, error, status: None };
        if what == Mail::Notice {
            job.delivering = Some(Box::new(note.clone()));
        } else {
            job.modification_due = false;
            job.modification = Some(Box::new(note.clone()));
        }
        if !job.modification_due && job.notice.as_ref().is_none_or(|it| it.stage != Stage::Due) {
            self.mail.retain(|other| *other != id);
        }
        self.env.emit_with(out, || Happened::NoteBegan(Box::new(note.clone())));
        Some(note)
    }

    /// The callback blocks, or the program runs, for this long.
    pub(super) fn note_lasts(&mut self, note: &Note, span: Span) {
        let due = match note.kind {
            NoteKind::JobModification => Due::ModificationEnds,
            _ => Due::NoteEnds,
        };
        let at = self.env.now + span;
        self.jobs.set(note.job, due, at);
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
        let slot = self.outstanding.iter().position(|(other, _)| *other == note.note);
        let Some(slot) = slot else { return };
        self.outstanding.remove(slot);
        self.env.emit(out, Happened::NoteEnded { note: note.note, job: id, result });
        let client_gone = result == NoteResult::ClientGone;
        let job = self.job_mut(id);
        if let (true, Recipient::Interface(client), Some(notice)) =
            (client_gone, &note.to, &mut job.notice)
        {
            notice.lose_interfaces(Some(*client));
        }
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
        if !current {
            // The job has left the state meanwhile: a late answer means nothing any more.
            self.post_mail(id);
        }
        let acknowledged = match result {
            NoteResult::Returned(code) => code == Hresult::S_OK,
            // Up to BITS 1.5 the program runs once, whatever becomes of it.
            NoteResult::Exited(code) => code == 0 || !self.env.since(2, 0),
            NoteResult::NotLaunched | NoteResult::ClientGone => false,
        };
        if let Some(notice) = self.job_mut(id).notice.as_mut().filter(|_| current) {
            notice.program_only = matches!(result, NoteResult::Exited(_));
            notice.interface_only &= acknowledged;
        }
        let stimulus =
            if acknowledged { Stimulus::CallbackAcknowledged } else { Stimulus::CallbackFails };
        self.deliver(out, id, &Cause::event(stimulus));
        let job = self.job_mut(id);
        if let Some(notice) = &mut job.notice
            && notice.stage == Stage::Waiting
            && matches!(note.to, Recipient::Interface(_))
            && (client_gone || job.texts.command_line.is_some())
        {
            // The program runs instead of the callback: at once, or when its user is there.
            let service = self.env.kind_of(self.job(id).owner).is_service_account();
            let instead = self.job(id).texts.command_line.is_some() && !service;
            if instead || client_gone {
                if let Some(notice) = &mut self.job_mut(id).notice {
                    notice.stage = Stage::Due;
                    notice.program_only = instead;
                }
                self.stop_timer(out, id, Due::NotifyAgain);
                self.post_mail(id);
            }
        }
    }

    /// The notification is settled.
    pub(super) fn settle_notice(&mut self, id: JobId) {
        if let Some(notice) = &mut self.job_mut(id).notice
            && notice.stage == Stage::Outstanding
        {
            notice.stage = Stage::Settled;
        }
    }

    /// The notification is sent again after the minimum retry delay.
    pub(super) fn repeat_notice(&mut self, out: &mut Outside<'_>, id: JobId) {
        let now = self.env.now;
        let job = self.job_mut(id);
        let delay = job.retry_delay();
        let Some(notice) = &mut job.notice else { return };
        if notice.stage == Stage::Outstanding {
            notice.stage = Stage::Waiting;
            self.set_timer(out, id, Due::NotifyAgain, now + delay);
        }
    }

    pub(super) fn notify_again_fired(&mut self, id: JobId) {
        if let Some(notice) = &mut self.job_mut(id).notice {
            notice.stage = Stage::Due;
        }
        self.post_mail(id);
    }

    /// The interface of a job is gone: its client ended, or the service restarted.
    pub(super) fn lose_interface(&mut self, id: JobId) {
        if self.is_sabotaged(Hook::DeadClientsAreCalled) {
            return;
        }
        let job = self.job_mut(id);
        job.interface = None;
        job.modification_due = false;
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
        self.outstanding.clear();
        for id in self.ids() {
            self.jobs.stop(id, Due::NoteEnds);
            self.jobs.stop(id, Due::ModificationEnds);
            self.stop_timer(out, id, Due::NotifyAgain);
            let job = self.job_mut(id);
            job.delivering = None;
            job.modification = None;
            let Some(notice) = &mut job.notice else { continue };
            notice.lose_interfaces(None);
            if notice.stage != Stage::Settled {
                notice.stage = Stage::Due;
                notice.program_only = false;
                self.post_mail(id);
            }
        }
    }
}
