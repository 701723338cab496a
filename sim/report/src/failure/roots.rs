//! Which failures of a run are the root, and which only follow from another one.

use super::topic::{self, Topic};
use super::{Failure, failures};
use bitsim_replay::{FailureKind, Run};
use bitsim_scenario::Plan;

/// A failure that needs an explanation of its own, and those that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The failure.
    pub failure: Failure,
    /// What follows from it, in the order of the run.
    pub follows: Vec<Failure>,
}

/// Everything that went wrong in a run, cause before consequence: the order is that of the events.
///
/// What follows from a failure is told with it: later failures of the same job that ask the same
/// thing again, or, of a job that is not where it should be, ask at the end, wait in vain or call. After a
/// broken rule all later failures of the job follow.
#[must_use]
pub fn roots(plan: &Plan, run: &Run) -> Vec<Root> {
    let mut all = failures(plan, run);
    let last = u32::try_from(run.trace.events.len()).unwrap_or(u32::MAX);
    // What should have happened and never did is found at the end, but it was missing before.
    let missing = |failure: &Failure| match failure {
        Failure::Rule { violation, .. } => violation.event == last,
        Failure::Demand(_) => false,
    };
    all.sort_by_key(|failure| if missing(failure) { 0 } else { failure.event() });
    let mut roots: Vec<Root> = Vec::new();
    for failure in all {
        let cause = roots.iter_mut().find(|root| follows(plan, run, &root.failure, &failure));
        match cause {
            Some(root) => root.follows.push(failure),
            None => roots.push(Root { failure, follows: Vec::new() }),
        }
    }
    roots
}

/// True if `later` is only what comes of `cause`.
fn follows(plan: &Plan, run: &Run, cause: &Failure, later: &Failure) -> bool {
    if cause.is_idle() || later.is_idle() {
        return false;
    }
    if cause.is_beside(later) {
        return true;
    }
    let same_job = cause.job().is_some() && cause.job() == later.job();
    match (cause, later) {
        (Failure::Rule { .. }, _) => same_job,
        (Failure::Demand(_), Failure::Rule { .. }) => false,
        (Failure::Demand(_), Failure::Demand(demand)) => match demand.kind {
            FailureKind::Late | FailureKind::Unsettled => true,
            FailureKind::Until | FailureKind::Finally | FailureKind::Call
                if is_elsewhere(asks(plan, run, cause)) =>
            {
                same_job
            }
            _ => same_job && asks(plan, run, cause) == asks(plan, run, later),
        },
    }
}

/// True if a failure that asks this says that the job is not where it should be.
const fn is_elsewhere(topic: Option<Topic>) -> bool {
    matches!(topic, Some(Topic::State | Topic::Errors | Topic::Call(_)))
}

fn asks(plan: &Plan, run: &Run, failure: &Failure) -> Option<Topic> {
    match failure {
        Failure::Rule { .. } => None,
        Failure::Demand(demand) => topic::of(plan, run, demand),
    }
}
