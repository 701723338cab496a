//! What must still be delivered, by which rule and until when.

use super::begin::rule_of;
use super::{Notify, Watch, Why, callee, client_name};
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::trace::{NoteKind, NoteResult};
use bitsim_vocab::{Event, Hresult, JobId, RuleId, SimTime, Span};

/// A call of JobError or JobTransferred that must begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owed {
    pub(super) kind: NoteKind,
    /// It is a repetition: the call before returned something other than S_OK.
    again: bool,
    /// The no-progress timeout led to the state that it reports.
    given_up: bool,
    since: SimTime,
    due: SimTime,
}

impl Notify {
    /// Works out what is owed after the event before this one.
    pub(super) fn look_again(&mut self, view: &View) {
        let Some((id, why, at)) = self.review.take() else { return };
        let (Some(job), Some(watch)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        let in_flight = self.flights.iter().any(|flight| {
            flight.job == id && watch.episode.is_some_and(|episode| episode.serial == flight.serial)
        });
        watch.owed = if in_flight { None } else { owed_now(view, job, watch, why, at) };
        if let Some(owed) = watch.owed {
            self.next_due = Some(self.next_due.map_or(owed.due, |next| next.min(owed.due)));
        }
    }

    /// Complains about what is overdue at `now` and finds the next time to look.
    pub(super) fn overdue(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        self.next_due = None;
        for index in 0..self.jobs.len() {
            let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
            let Some(job) = view.job(id) else { continue };
            // Whether the callbacks of one job wait for each other is documented nowhere.
            let busy = self.flights.iter().any(|flight| flight.job == id);
            let watch = &mut self.jobs[index];
            if job.gone || busy {
                let dues = [watch.owed.map(|_| now + AT_ONCE), watch.changes.due()];
                let later = dues.into_iter().flatten().map(|due| due.max(now + AT_ONCE)).min();
                if let (Some(later), false) = (later, job.gone) {
                    self.next_due = Some(self.next_due.map_or(later, |next| next.min(later)));
                }
                continue;
            }
            let mut next = watch.owed.map(|owed| owed.due);
            if let Some(owed) = watch.owed.take_if(|owed| owed.due < now) {
                next = None;
                if watch.disabled() {
                    let first = (id, owed.kind, owed.since);
                    self.disabled.suppressed.get_or_insert(first);
                } else {
                    complain(view, id, &owed, watch, event, out);
                }
            }
            if watch.changes.due().is_some_and(|due| due < now) {
                watch.changes.told();
                let ends = job.state.is_final() || callee(view, job).is_none();
                if !ends {
                    not_reported(id, event, out);
                }
            }
            for due in next.into_iter().chain(watch.changes.due()) {
                self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
            }
        }
    }
}

fn owed_now(view: &View, job: &JobView, watch: &Watch, why: Why, at: SimTime) -> Option<Owed> {
    let episode = watch.episode.as_ref()?;
    let kind = episode.kind;
    callee(view, job)?;
    if !watch.asks_for(kind) {
        return None;
    }
    let owed =
        Owed { kind, again: false, given_up: episode.given_up, since: at, due: at + AT_ONCE };
    match why {
        Why::Entered => Some(owed),
        // Whether somebody who registers late is told is documented nowhere.
        Why::Registration => None,
        Why::Ended if episode.refreshed || kind != NoteKind::JobError => None,
        Why::Ended => match episode.answer? {
            NoteResult::Returned(Hresult::S_OK) | NoteResult::ClientGone => None,
            _ => {
                let again = view.setup.delivery.notify_again;
                let due = at + Span(again.0.saturating_mul(2)) + AT_ONCE;
                Some(Owed { again: true, due, ..owed })
            }
        },
    }
}

/// The rules by which the call is owed.
fn rules(owed: &Owed, watch: &Watch) -> impl Iterator<Item = RuleId> + use<> {
    let own = if owed.again { RuleId::DO_NOTIFY_004 } else { rule_of(owed.kind) };
    let first = !owed.again;
    [
        Some(own),
        // The flags were never set, and the event is active by default.
        (first && watch.flags.is_none()).then_some(RuleId::DO_NOTIFY_014),
        (first && watch.was_disabled && !watch.disabled()).then_some(RuleId::DO_NOTIFY_012),
        (first && owed.given_up).then_some(RuleId::DO_RETRY_002),
    ]
    .into_iter()
    .flatten()
}

/// Records that a call that was owed began.
pub(super) fn delivered(owed: &Owed, watch: &Watch, out: &mut Findings) {
    for rule in rules(owed, watch) {
        out.held(rule);
    }
}

fn complain(view: &View, id: JobId, owed: &Owed, watch: &Watch, event: &Event, out: &mut Findings) {
    let kind = owed.kind.name();
    let client = view.job(id).and_then(|job| job.interface);
    let whom = client.map_or("a client", |client| client_name(view, client));
    for rule in rules(owed, watch) {
        let expected = match rule {
            RuleId::DO_NOTIFY_004 => format!("{kind} to `{whom}` again until it returns S_OK"),
            RuleId::DO_NOTIFY_012 => {
                format!("{kind} to `{whom}`: BG_NOTIFY_DISABLE is not set any more")
            }
            RuleId::DO_NOTIFY_014 => {
                format!("{kind} to `{whom}`: its flag is set unless SetNotifyFlags says otherwise")
            }
            RuleId::DO_RETRY_002 => {
                format!("{kind} to `{whom}` when the no-progress timeout has led to ERROR")
            }
            _ => format!("{kind} to `{whom}`: interface and flag are set"),
        };
        let why = (
            format!("{kind} was not called for `{{job}}`"),
            expected,
            format!("no call after {}", owed.since),
        );
        about::broken(out, rule, Some(id), event, why);
    }
}

/// DO-NOTIFY-006: changes are not passed over in silence.
fn not_reported(id: JobId, event: &Event, out: &mut Findings) {
    let why = (
        "changes of `{job}` were not reported".to_owned(),
        "JobModification: its flag is set, an interface is registered and no callback is under way"
            .to_owned(),
        format!("no call within {AT_ONCE}"),
    );
    about::broken(out, RuleId::DO_NOTIFY_006, Some(id), event, why);
}
