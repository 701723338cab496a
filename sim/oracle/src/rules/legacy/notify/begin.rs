//! What may begin to be delivered, to whom and when.

use super::{Flight, Notify, Watch, client_name, owed};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::{ClientId, Event, Hresult, JobState, RuleId};

/// A call that begins, with all that it is judged by.
struct Beginning<'a> {
    view: &'a View,
    event: &'a Event,
    job: &'a JobView,
    watch: &'a Watch,
    note: &'a Note,
}

impl Notify {
    /// A callback is called.
    pub(super) fn begins(&mut self, view: &View, event: &Event, note: &Note, out: &mut Findings) {
        let Some(job) = view.job(note.job) else { return };
        let Some(watch) = self.jobs.get(note.job.index()) else { return };
        let beginning = Beginning { view, event, job, watch, note };
        let client = match &note.to {
            Recipient::Interface(client) => *client,
            Recipient::CommandLine { .. } => return beginning.program(out),
        };
        let due_before = note.kind == NoteKind::JobModification
            && watch.asked_before
            && watch.changes.pends_since(watch.flags_at);
        self.disabled.ignored |= watch.disabled() && watch.asks_for(note.kind) && !due_before;
        beginning.flags(out);
        beginning.recipient(client, out);
        let mut serial = 0;
        match note.kind {
            NoteKind::JobModification => self.modification_begins(event, note.job, out),
            kind => {
                let in_flight = |serial| {
                    self.flights.iter().any(|flight| {
                        flight.job == note.job && flight.kind == kind && flight.serial == serial
                    })
                };
                let episode = watch.episode.filter(|episode| episode.kind == kind);
                if beginning.belongs(out)
                    && let Some(episode) = episode
                {
                    beginning.order(in_flight(episode.serial), out);
                }
                serial = self.reported(note, out);
            }
        }
        self.flights.push(Flight { note: note.note, job: note.job, kind: note.kind, serial });
    }

    /// JobError or JobTransferred is called: nothing is owed any more. Returns the episode.
    fn reported(&mut self, note: &Note, out: &mut Findings) -> u32 {
        let Some(watch) = self.jobs.get_mut(note.job.index()) else { return 0 };
        if let Some(owed) = watch.owed.take_if(|owed| owed.kind == note.kind) {
            owed::delivered(&owed, watch, out);
        }
        let episode = watch.episode.as_mut().filter(|episode| episode.kind == note.kind);
        episode.map_or(0, |episode| {
            episode.began += 1;
            episode.refreshed = false;
            episode.serial
        })
    }
}

/// The rule on when a kind is called.
pub(super) fn rule_of(kind: NoteKind) -> RuleId {
    match kind {
        NoteKind::JobTransferred => RuleId::DO_NOTIFY_001,
        NoteKind::JobError => RuleId::DO_NOTIFY_002,
        NoteKind::JobModification | NoteKind::OnStatusChange => RuleId::DO_NOTIFY_006,
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

    /// DO-NOTIFY-016: there are no command lines.
    fn program(&self, out: &mut Findings) {
        self.broken(
            out,
            RuleId::DO_NOTIFY_016,
            "a program was launched for `{job}`",
            "callbacks only: Delivery Optimization has no command-line notification",
            || format!("a program for {}", self.note.kind.name()),
        );
    }

    /// Each kind has a flag that asks for it.
    fn flags(&self, out: &mut Findings) {
        let kind = self.note.kind;
        // One that was due before the flag went may still arrive.
        let late = kind == NoteKind::JobModification
            && self.watch.asked_before
            && self.watch.changes.pends_since(self.watch.flags_at);
        if self.watch.asks_for(kind) || late {
            return;
        }
        self.broken(
            out,
            rule_of(kind),
            "a callback was called for `{job}` although its flag is not set",
            "no callback that the flags do not ask for",
            || format!("{} with flags 0x{:04X}", kind.name(), self.watch.flags()),
        );
    }

    /// DO-NOTIFY-008 and -009: a callback goes to the interface registered last.
    fn recipient(&self, client: ClientId, out: &mut Findings) {
        let kind = self.note.kind;
        let called = || format!("{} to `{}`", kind.name(), client_name(self.view, client));
        match self.job.interface {
            Some(registered) if registered == client => {
                if self.watch.registrations > 1 {
                    out.held(RuleId::DO_NOTIFY_009);
                }
            }
            None if self.job.interface_lost && self.watch.registrant == Some(client) => self
                .broken(
                    out,
                    RuleId::DO_NOTIFY_008,
                    "an interface of `{job}` was called that ended with its process",
                    "no call until a process registers again with SetNotifyInterface",
                    called,
                ),
            None if self.watch.registrations == 0 => self.broken(
                out,
                rule_of(kind),
                "a callback was called for `{job}` although nobody has registered one",
                "no callback without SetNotifyInterface",
                called,
            ),
            registered => self.broken(
                out,
                RuleId::DO_NOTIFY_009,
                "a callback was called for `{job}` that is not the registered one",
                match registered {
                    Some(_) => "a call of the interface registered last, and of no other",
                    None => "no call: SetNotifyInterface(NULL) ended the notification",
                },
                called,
            ),
        }
    }

    /// JobTransferred belongs to TRANSFERRED and JobError to ERROR (DO-NOTIFY-001, -002, -003).
    /// True if the call is about the state the job is in.
    fn belongs(&self, out: &mut Findings) -> bool {
        let (kind, state) = (self.note.kind, self.job.state);
        let of_state = match kind {
            NoteKind::JobError => JobState::Error,
            _ => JobState::Transferred,
        };
        if state == of_state {
            return true;
        }
        let transient = kind == NoteKind::JobError && state == JobState::TransientError;
        let rule = if transient { RuleId::DO_NOTIFY_003 } else { rule_of(kind) };
        self.broken(
            out,
            rule,
            "a callback was called for `{job}` in a state that it does not report",
            "JobTransferred in TRANSFERRED and JobError in ERROR only",
            || format!("{} while the job is in {state}", kind.name()),
        );
        false
    }

    /// Which call may follow which (DO-NOTIFY-001, -002, -004).
    fn order(&self, in_flight: bool, out: &mut Findings) {
        let Some(episode) = &self.watch.episode else { return };
        if episode.refreshed {
            return;
        }
        let kind = self.note.kind;
        let again = || format!("call {} of {} for the same event", episode.began + 1, kind.name());
        if in_flight {
            self.broken(
                out,
                rule_of(kind),
                "a callback was called again for `{job}` before the first call had returned",
                "one call for each entry into the state",
                again,
            );
        } else if episode.answer == Some(NoteResult::Returned(Hresult::S_OK)) {
            let repeats = kind == NoteKind::JobError;
            self.broken(
                out,
                if repeats { RuleId::DO_NOTIFY_004 } else { rule_of(kind) },
                "a callback was called again for `{job}` although it had returned S_OK",
                "no further call for this event",
                again,
            );
        }
    }
}
