//! What must still be delivered, by which rule and until when.

use super::{
    Answer, Episode, MOST_OUTSTANDING, Notify, Watch, Why, callee, client_name, program_user,
};
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::trace::NoteKind;
use bitsim_vocab::{Event, JobId, RuleId, SimTime, Span, UserId};

/// A delivery that must begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owed {
    /// The rule that demands it.
    pub(super) rule: RuleId,
    /// JobTransferred or JobError.
    pub(super) kind: NoteKind,
    /// The user in whose name the callback or the program runs.
    pub(super) user: UserId,
    /// The command line is to be executed.
    pub(super) program: bool,
    /// Since when.
    since: SimTime,
    /// Until when.
    due: SimTime,
    /// It had to wait because too many deliveries of the user were outstanding.
    pub(super) waited: bool,
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
        let owed = if in_flight { None } else { owed_now(view, job, watch, why, at) };
        watch.owed = owed;
        if let (Why::Interface, Some(episode)) = (why, &mut watch.episode) {
            episode.lost = false;
        }
        if let Some(owed) = owed {
            let full = self.outstanding(owed.user) >= MOST_OUTSTANDING;
            if let Some(owed) = &mut self.jobs[id.index()].owed {
                owed.waited = full;
            }
            self.next_due = Some(self.next_due.map_or(owed.due, |due| due.min(owed.due)));
        }
    }

    /// Complains about what is overdue at `now` and finds the next time to look.
    pub(super) fn overdue(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        let mut next = None;
        for index in 0..self.jobs.len() {
            let Some(owed) = self.jobs[index].owed else { continue };
            let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
            let (due, waited) = self.due_now(id, &owed, now);
            if due < now {
                self.jobs[index].owed = None;
                complain(view, id, &Owed { waited, ..owed }, now, event, out);
                continue;
            }
            self.jobs[index].owed = Some(Owed { due, waited, ..owed });
            next = Some(next.map_or(due, |next: SimTime| next.min(due)));
        }
        self.next_due = next;
    }

    /// At the end of a run in which nothing happens any more: what is owed never comes.
    pub(super) fn never_came(&mut self, view: &View, last: &Event, out: &mut Findings) {
        for index in 0..self.jobs.len() {
            let Some(owed) = self.jobs[index].owed else { continue };
            let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
            let busy = self.flights.iter().any(|flight| flight.job == id);
            if !busy && self.outstanding(owed.user) < MOST_OUTSTANDING {
                complain(view, id, &owed, last.at, last, out);
            }
        }
        self.series_at_end(last, out);
    }

    /// When the delivery is due, given the others that hold it up, and whether those are so many
    /// that it has to queue for a place.
    fn due_now(&self, id: JobId, owed: &Owed, now: SimTime) -> (SimTime, bool) {
        let full = if self.outstanding(owed.user) >= MOST_OUTSTANDING {
            Some(now)
        } else {
            self.full.get(owed.user.index()).copied().flatten().filter(|full| *full >= owed.since)
        };
        // Whether the callbacks of one job wait for each other is documented nowhere.
        let busy = self.flights.iter().any(|flight| flight.job == id).then_some(now);
        let due = full.max(busy).map_or(owed.due, |until| owed.due.max(until + AT_ONCE));
        (due, owed.waited || full.is_some())
    }
}

/// Records that a delivery of the kind that was owed began.
pub(super) fn delivered(owed: &Owed, out: &mut Findings) {
    out.held(owed.rule);
    if owed.waited {
        // BITS-NOTIFY-006: it came although there was a queue.
        out.held(RuleId::BITS_NOTIFY_006);
    }
}

fn owed_now(view: &View, job: &JobView, watch: &Watch, why: Why, at: SimTime) -> Option<Owed> {
    let episode = watch.episode.as_ref()?;
    let kind = episode.kind;
    if job.gone || !watch.asks_for(kind) {
        return None;
    }
    let rule = match why {
        Why::Less => return None,
        Why::Delay => watch.owed?.rule,
        Why::Entered | Why::Interface | Why::Registration | Why::Ended => {
            rule_for(view, job, watch, episode, why)?
        }
    };
    let program = match rule {
        RuleId::BITS_NOTIFY_010 => episode.answer == Answer::CallbackFailed,
        RuleId::BITS_NOTIFY_013 => true,
        _ => job.interface.is_none(),
    };
    let user = if program { program_user(view, job, watch)? } else { callee(view, job)?.1 };
    let again = Span::secs(job.minimum_retry_delay.saturating_mul(2).saturating_add(60));
    let due = if episode.answer == Answer::Missing || rule == RuleId::BITS_NOTIFY_016 {
        at + AT_ONCE
    } else {
        at + again
    };
    let due = watch.owed.filter(|_| why == Why::Delay).map_or(due, |owed| owed.due.max(due));
    Some(Owed { rule, kind, user, program, since: at, due, waited: false })
}

/// The rule by which a delivery is owed for the episode, if one is.
fn rule_for(
    view: &View,
    job: &JobView,
    watch: &Watch,
    episode: &Episode,
    why: Why,
) -> Option<RuleId> {
    let set = matches!(why, Why::Interface | Why::Registration);
    if why == Why::Interface && episode.lost {
        return Some(RuleId::BITS_NOTIFY_016);
    }
    match episode.answer {
        Answer::Missing if episode.began > 0 => None,
        Answer::Missing if set => Some(RuleId::BITS_NOTIFY_015),
        Answer::Missing if why != Why::Entered => None,
        Answer::Missing if job.interface.is_some() => Some(match episode.kind {
            NoteKind::JobError => RuleId::BITS_NOTIFY_002,
            _ => RuleId::BITS_NOTIFY_001,
        }),
        Answer::Missing if watch.program_restarts < view.restarts => Some(RuleId::BITS_SERVICE_007),
        Answer::Missing if job.interface_lost => Some(RuleId::BITS_NOTIFY_011),
        Answer::Missing => Some(RuleId::BITS_NOTIFY_012),
        // What was set since is newer than the failure: no page says when the next try comes.
        _ if set || episode.refreshed => None,
        Answer::Acknowledged | Answer::ProgramSucceeded | Answer::Unclear => None,
        Answer::CallbackFailed if job.command_line.is_some() => {
            view.setup.target.version.at_least(1, 5).then_some(RuleId::BITS_NOTIFY_010)
        }
        Answer::CallbackFailed => Some(RuleId::BITS_NOTIFY_009),
        Answer::ProgramFailed => {
            view.setup.target.version.at_least(2, 0).then_some(RuleId::BITS_NOTIFY_013)
        }
        // Both have failed: the callback, or else the program, has its turn after the delay.
        Answer::NotLaunched => job.interface.is_some().then_some(RuleId::BITS_NOTIFY_010),
    }
}

fn complain(view: &View, id: JobId, owed: &Owed, now: SimTime, event: &Event, out: &mut Findings) {
    // Waiting in a queue is no excuse for being lost in it.
    let rule = if owed.waited { RuleId::BITS_NOTIFY_006 } else { owed.rule };
    let kind = owed.kind.name();
    let whom = match view.job(id).and_then(|job| job.interface) {
        Some(client) if !owed.program => format!("`{}`", client_name(view, client)),
        _ => "the command line".to_owned(),
    };
    let expected = match owed.rule {
        RuleId::BITS_NOTIFY_009 => format!("{kind} again to {whom} until it returns S_OK"),
        RuleId::BITS_NOTIFY_010 => format!("{whom} after the failed delivery of {kind}"),
        RuleId::BITS_NOTIFY_013 => format!("{whom} again: its exit code was not zero"),
        RuleId::BITS_NOTIFY_015 => format!("{kind} to {whom}, which was registered late"),
        RuleId::BITS_NOTIFY_016 => format!("{kind} again to {whom}, which replaces a lost one"),
        RuleId::BITS_SERVICE_007 => format!("{kind} to {whom}, which a restart keeps"),
        _ => format!("{kind} to {whom}: its flag is set"),
    };
    let waited = if owed.waited { " (others were ahead of it)" } else { "" };
    about::broken(
        out,
        rule,
        Some(id),
        event,
        (
            format!("{kind} of `{{job}}` was not delivered"),
            expected,
            format!("nothing began between {} and {now}{waited}", owed.since),
        ),
    );
}
