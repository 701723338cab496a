//! Two plays of one run, which must not differ; and if they do, where they part and why.
//!
//! ```text
//! digests agree ──▶ nothing to tell
//! digests differ ─▶ the first event that differs, where its job stands on both sides, and what
//!                   each side had chosen: all that a run takes from outside are its choices
//! ```
//!
//! A play is a [`Side`]: [`difference`] does not care who played it. [`play`] does it for a plan.

mod text;

pub use crate::recording::JobAt;
pub use text::spelled;

use crate::{Options, Run, play_with};
use bitsim_engine::Asked;
use bitsim_scenario::Plan;
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::{Digest, Event, JobId};

/// One play of a run.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What happened.
    pub events: &'a [Event],
    /// How it ended.
    pub end: End,
    /// The digest of all that.
    pub digest: Digest,
    /// The choices; empty if they were not recorded.
    pub choices: &'a [Asked],
}

impl<'a> Side<'a> {
    /// A run as a side.
    #[must_use]
    pub fn of(run: &'a Run) -> Self {
        Self {
            events: &run.trace.events,
            end: run.trace.end,
            digest: run.digest,
            choices: &run.choices,
        }
    }
}

/// Where two plays of one run part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How many events they have in common.
    pub common: u32,
    /// The last event that both have; `None` if not even the first is the same.
    pub last: Option<Event>,
    /// What the first play did then, and what the second.
    pub sides: [Parted; 2],
    /// The job that the differing events are about, as it stood before them; with both, if they
    /// are about two.
    pub before: Vec<(JobId, JobAt)>,
    /// The first choice that differs, counted from 1, with what each side asked and got; `None` for
    /// a side that asked no more.
    pub choice: Option<(usize, [Option<Asked>; 2])>,
    /// True if at least one side recorded its choices.
    pub recorded: bool,
    /// True if events, ends and choices are the same after all and only the digests are not.
    pub digests_only: bool,
}

/// One side from where it parts from the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parted {
    /// The event that the other side does not have; `None` if the run is over here.
    pub event: Option<Event>,
    /// How the run ended.
    pub end: End,
    /// The digest of the whole run.
    pub digest: Digest,
    /// The jobs of the differing events, as they stand after this one.
    pub after: Vec<(JobId, JobAt)>,
    /// What was chosen since the last event that both have, as far as turns of the world tell.
    pub choices: Vec<Asked>,
}

/// Plays a plan twice. The first play, and where the second parts from it.
///
/// `options` are asked for once for each play; what they say about recording does not count.
#[must_use]
pub fn play<'a>(
    plan: &'a Plan,
    mut options: impl FnMut() -> Options<'a>,
) -> (Run, Option<Difference>) {
    let first = play_with(plan, Options { recorded: true, ..options() });
    let second = play_with(plan, Options { recorded: true, ..options() });
    let difference = difference(&Side::of(&first), &Side::of(&second));
    (first, difference)
}

/// Where two plays part; `None` if their digests agree. A digest is made of every byte of the
/// trace, so equal digests are equal traces.
#[must_use]
pub fn difference(one: &Side<'_>, other: &Side<'_>) -> Option<Difference> {
    if one.digest == other.digest {
        return None;
    }
    let both = || one.events.iter().zip(other.events);
    let common = both().take_while(|(one, other)| one == other).count();
    let differing = [one.events.get(common), other.events.get(common)];
    let mut jobs: Vec<JobId> = differing.iter().flatten().filter_map(|it| concerned(it)).collect();
    jobs.sort_unstable();
    jobs.dedup();
    let stand = |events: &[Event]| -> Vec<(JobId, JobAt)> {
        jobs.iter().filter_map(|job| Some((*job, JobAt::after(events, *job)?))).collect()
    };
    let parted = |side: &Side<'_>| Parted {
        event: side.events.get(common).cloned(),
        end: side.end,
        digest: side.digest,
        after: stand(&side.events[..side.events.len().min(common + 1)]),
        choices: side.choices.iter().filter(|asked| since(asked, common)).copied().collect(),
    };
    Some(Difference {
        common: u32::try_from(common).unwrap_or(u32::MAX),
        last: common.checked_sub(1).map(|last| one.events[last].clone()),
        before: stand(&one.events[..common]),
        sides: [parted(one), parted(other)],
        choice: first_choice(one.choices, other.choices),
        recorded: !(one.choices.is_empty() && other.choices.is_empty()),
        digests_only: differing == [None, None] && one.end == other.end,
    })
}

/// The job that an event is about; CreateJob tells its job in the answer.
fn concerned(event: &Event) -> Option<JobId> {
    match &event.what {
        Happened::Called(called) => match called.reply {
            bitsim_vocab::Reply::Job(job) => Some(job),
            _ => called.call.job(),
        },
        what => what.job(),
    }
}

/// True if the choice can have led to the event after `common` others but not to those: it was made
/// in the turn that wrote that event, or in one that wrote nothing since.
fn since(asked: &Asked, common: usize) -> bool {
    let (after, wrote) = (asked.after as usize, usize::from(asked.wrote));
    after <= common && (after + wrote > common || after == common)
}

/// The first choice that differs. What was chosen when the world was turned to is told by the
/// question and the answer; how many events followed is no part of it.
fn first_choice(one: &[Asked], other: &[Asked]) -> Option<(usize, [Option<Asked>; 2])> {
    let told = |asked: &Asked| (asked.what, asked.at, asked.below, asked.answer);
    let same = one.iter().zip(other).take_while(|(one, other)| told(one) == told(other)).count();
    let found = [one.get(same).copied(), other.get(same).copied()];
    (found != [None, None]).then_some((same + 1, found))
}

#[cfg(test)]
mod tests;
