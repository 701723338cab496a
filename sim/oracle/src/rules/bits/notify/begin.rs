//! What may begin to be delivered, to whom and when.

use super::{
    Answer, Episode, Flight, MOST_OUTSTANDING, Notify, Watch, callee, client_name, owed,
    program_user,
};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::call::BG_NOTIFY_DISABLE;
use bitsim_vocab::trace::{Note, NoteKind, Recipient};
use bitsim_vocab::{ClientId, Event, JobState, RuleId, UserId};

/// A delivery that begins, with all that it is judged by.
struct Beginning<'a> {
    view: &'a View,
    event: &'a Event,
    job: &'a JobView,
    watch: &'a Watch,
    note: &'a Note,
    /// It is a program that is launched, not a callback that is called.
    program: bool,
}

impl Notify {
    /// A delivery begins.
    pub(super) fn begins(&mut self, view: &View, event: &Event, note: &Note, out: &mut Findings) {
        let Some(job) = view.job(note.job) else { return };
        let Some(watch) = self.jobs.get(note.job.index()) else { return };
        let (client, user) = match &note.to {
            Recipient::Interface(client) => (Some(*client), view.user_of(*client)),
            Recipient::CommandLine { user, .. } => (None, Some(*user)),
        };
        let program = client.is_none();
        let beginning = Beginning { view, event, job, watch, note, program };
        beginning.flags(out);
        match client {
            Some(client) => beginning.recipient(client, out),
            None => beginning.command_line(out),
        }
        if note.kind == NoteKind::JobModification {
            self.modification_begins(event, note.job, out);
        } else if beginning.belongs(out) {
            beginning.order(out);
        }
        self.not_too_many(event, user, program, out);
        self.take_off(event, note, user, program, out);
    }

    /// BITS-NOTIFY-020: never more than four at a time for one user. Programs may count or not.
    fn not_too_many(&self, event: &Event, user: Option<UserId>, program: bool, out: &mut Findings) {
        let of_user = self.flights.iter().filter(|flight| Some(flight.user) == user);
        let n = of_user.filter(|flight| !flight.program).count();
        if !program && n >= MOST_OUTSTANDING {
            out.ensure(RuleId::BITS_NOTIFY_020, false, event, || {
                (
                    "a notification about `{job}` began while four of its user were outstanding"
                        .to_owned(),
                    "at most 4 outstanding notifications of one user".to_owned(),
                    format!("this one is number {}", n + 1),
                )
            });
        }
    }

    fn take_off(
        &mut self,
        event: &Event,
        note: &Note,
        user: Option<UserId>,
        program: bool,
        out: &mut Findings,
    ) {
        let Some(watch) = self.jobs.get_mut(note.job.index()) else { return };
        let mut serial = 0;
        if note.kind != NoteKind::JobModification {
            if let Some(owed) = watch.owed.take_if(|owed| owed.kind == note.kind) {
                owed::delivered(&owed, out);
            }
            let episode = watch.episode.as_mut().or(watch.past.as_mut());
            if let Some(episode) = episode.filter(|episode| episode.kind == note.kind) {
                serial = episode.serial;
                episode.began += 1;
                episode.refreshed = false;
                episode.program_set = false;
                episode.called |= !program;
            }
        }
        let Some(user) = user else { return };
        self.flights.push(Flight { note: note.note, job: note.job, user, program, serial });
        if self.outstanding(user) >= MOST_OUTSTANDING {
            self.full_at(user, event.at);
            for watch in &mut self.jobs {
                if let Some(owed) = watch.owed.as_mut().filter(|owed| owed.user == user) {
                    owed.waited = true;
                }
            }
        }
    }
}

impl Beginning<'_> {
    fn broken(
        &self,
        out: &mut Findings,
        rule: RuleId,
        what: &str,
        expected: &str,
        actual: impl FnOnce() -> String,
    ) {
        out.ensure(rule, false, self.event, || (what.to_owned(), expected.to_owned(), actual()));
    }

    /// BITS-NOTIFY-007, and the flag that each kind asks for.
    fn flags(&self, out: &mut Findings) {
        let Some(flags) = self.watch.flags else { return };
        let kind = self.note.kind;
        let actual = || format!("{} with flags 0x{flags:04X}", kind.name());
        if flags & BG_NOTIFY_DISABLE != 0 {
            self.broken(
                out,
                RuleId::BITS_NOTIFY_007,
                "a notification about `{job}` was delivered although BG_NOTIFY_DISABLE is set",
                "no notification of any kind",
                actual,
            );
        } else if flags & kind.flag() == 0 {
            let rule = match kind {
                _ if self.program => RuleId::BITS_NOTIFY_012,
                NoteKind::JobTransferred => RuleId::BITS_NOTIFY_001,
                NoteKind::JobError => RuleId::BITS_NOTIFY_002,
                // One that was due before the flag went may still arrive.
                NoteKind::JobModification
                    if self.watch.changes.pends_since(self.watch.flags_at) =>
                {
                    return;
                }
                NoteKind::JobModification | NoteKind::OnStatusChange => RuleId::BITS_NOTIFY_004,
            };
            self.broken(
                out,
                rule,
                "a notification about `{job}` was delivered although its flag is not set",
                "no notification that the flags do not ask for",
                actual,
            );
        }
    }

    /// BITS-NOTIFY-017, -018 and -023: a callback goes to the interface registered last.
    fn recipient(&self, client: ClientId, out: &mut Findings) {
        let kind = self.note.kind.name();
        let called = || format!("{kind} to `{}`", client_name(self.view, client));
        match self.job.interface {
            Some(registered) if registered == client => {
                if self.watch.registrations > 1 {
                    out.held(RuleId::BITS_NOTIFY_017);
                }
            }
            None if self.job.interface_lost && self.watch.registrant == Some(client) => {
                self.broken(
                    out,
                    RuleId::BITS_NOTIFY_018,
                    "an interface of `{job}` that is no longer valid was called",
                    "no call: the interface ended with its client or with the service",
                    called,
                );
            }
            None if self.watch.registrations == 0 => self.broken(
                out,
                RuleId::BITS_NOTIFY_023,
                "a notification about `{job}` was delivered although nobody registered for any",
                "no notification without a registration",
                called,
            ),
            registered => self.broken(
                out,
                RuleId::BITS_NOTIFY_017,
                "a notification about `{job}` went to an interface that is not registered",
                match registered {
                    Some(_) => "a call of the interface registered last, and of no other",
                    None => "no call: SetNotifyInterface removed the interface",
                },
                called,
            ),
        }
    }

    /// BITS-NOTIFY-012, -014 and -023, BITS-USER-011: when a program may be launched at all.
    fn command_line(&self, out: &mut Findings) {
        let kind = self.note.kind;
        let launched = || format!("the program was launched for {}", kind.name());
        if kind == NoteKind::JobModification {
            self.broken(
                out,
                RuleId::BITS_NOTIFY_012,
                "the command line of `{job}` was executed for a modification",
                "command lines only for job-transferred and job-error events",
                launched,
            );
        } else {
            out.held(RuleId::BITS_NOTIFY_012);
        }
        let owner = self.view.setup.users.get(self.job.owner.index());
        if owner.is_some_and(|owner| owner.kind.is_service_account()) {
            self.broken(
                out,
                RuleId::BITS_NOTIFY_014,
                "the command line of `{job}`, a job of a service account, was executed",
                "no command line for jobs of service accounts",
                launched,
            );
        }
        if self.job.command_line.is_none() {
            let (rule, expected) = if self.watch.program_taken {
                (RuleId::BITS_USER_011, "TakeOwnership removed the command line")
            } else {
                (RuleId::BITS_NOTIFY_023, "no program without a command line")
            };
            self.broken(
                out,
                rule,
                "a program was launched for `{job}`, which has no command line",
                expected,
                launched,
            );
        }
    }

    /// JobTransferred belongs to TRANSFERRED and JobError to ERROR (BITS-NOTIFY-001, -002, -003,
    /// -013, -025). True if the delivery is about the state the job is in.
    fn belongs(&self, out: &mut Findings) -> bool {
        let (kind, state) = (self.note.kind, self.job.state);
        let of_state = match kind {
            NoteKind::JobError => JobState::Error,
            _ => JobState::Transferred,
        };
        if state == of_state {
            return true;
        }
        let actual = || format!("{} while the job is {state}", kind.name());
        let past = self.watch.past.as_ref().filter(|past| past.kind == kind);
        if past.is_some_and(|past| {
            self.program && state.is_final() && past.answer == Answer::ProgramFailed
        }) {
            self.broken(
                out,
                RuleId::BITS_NOTIFY_013,
                "the command line of `{job}` was executed again although the job is over",
                "no repetition once the job has been completed or cancelled",
                actual,
            );
            return false;
        }
        // Whether an unanswered notification outlives its state is documented nowhere.
        if past.is_some_and(|past| past.unanswered) {
            return false;
        }
        let rule = match (kind, state) {
            _ if self.program => RuleId::BITS_NOTIFY_012,
            (NoteKind::JobError, JobState::TransientError) => RuleId::BITS_NOTIFY_003,
            (_, JobState::TransientError | JobState::Acknowledged | JobState::Cancelled) => {
                RuleId::BITS_NOTIFY_025
            }
            (NoteKind::JobError, _) => RuleId::BITS_NOTIFY_002,
            _ => RuleId::BITS_NOTIFY_001,
        };
        self.broken(
            out,
            rule,
            "a notification about `{job}` was delivered for a state that it does not report",
            "JobTransferred for TRANSFERRED and JobError for ERROR only",
            actual,
        );
        false
    }

    /// Which delivery may follow which (BITS-NOTIFY-009, -010, -011, -013).
    fn order(&self, out: &mut Findings) {
        let Some(episode) = &self.watch.episode else { return };
        if self.program {
            self.program_in_order(episode, out);
        } else {
            self.callback_in_order(episode, out);
        }
    }

    fn callback_in_order(&self, episode: &Episode, out: &mut Findings) {
        if episode.refreshed {
            return;
        }
        let kind = self.note.kind.name();
        let again = || format!("{kind} began for the same event, delivery {}", self.note.attempt);
        match episode.answer {
            Answer::Acknowledged => self.broken(
                out,
                RuleId::BITS_NOTIFY_009,
                "a notification about `{job}` was repeated although it had been acknowledged",
                "no further call for this event after S_OK",
                again,
            ),
            Answer::ProgramSucceeded => self.broken(
                out,
                RuleId::BITS_NOTIFY_010,
                "the callback of `{job}` was called again although the command line succeeded",
                "no further call for this event",
                again,
            ),
            Answer::CallbackFailed if program_user(self.view, self.job, self.watch).is_some() => {
                self.broken(
                    out,
                    RuleId::BITS_NOTIFY_010,
                    "the callback of `{job}` was called again although a command line is set",
                    "the command line, executed instead of another call",
                    again,
                )
            }
            _ => {}
        }
    }

    fn program_in_order(&self, episode: &Episode, out: &mut Findings) {
        let launched = || format!("the program was launched for {}", self.note.kind.name());
        let valid = callee(self.view, self.job).is_some() && !episode.lost;
        let untried = valid && !episode.callback_failed && episode.answer == Answer::Missing;
        if untried || episode.answer == Answer::Acknowledged && !episode.program_set {
            self.broken(
                out,
                RuleId::BITS_NOTIFY_011,
                "the command line of `{job}` was executed although its callback had not failed",
                "the command line only if the interface is invalid or the callback failed",
                launched,
            );
        } else if episode.callback_failed || self.job.interface_lost {
            out.held(RuleId::BITS_NOTIFY_011);
        }
        let once = !self.view.setup.target.version.at_least(2, 0);
        let ended = episode.answer == Answer::ProgramSucceeded && !episode.program_set;
        if ended || once && episode.ran && !episode.program_set {
            self.broken(
                out,
                RuleId::BITS_NOTIFY_013,
                "the command line of `{job}` was executed once too often",
                if once {
                    "one execution only, up to BITS 1.5"
                } else {
                    "no repetition after an exit code of zero"
                },
                launched,
            );
        }
    }
}
