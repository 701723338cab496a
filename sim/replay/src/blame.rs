//! What a failed run depends on: the same story without one of its disturbances.

use crate::run::Run;
use crate::{Options, play_with};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{Act, Place};

/// Nobody waits for more events than this to be played again.
const MOST_EVENTS: usize = 2_000_000;

/// The disturbances of a failed run without any one of which the scenario passes, in the order of
/// the timeline. Found by playing it again without each, so this is no guess; empty if there is
/// none, or if finding out would take too long.
#[must_use]
pub fn blame(plan: &Plan, run: &Run) -> Vec<Place> {
    let disturbances: Vec<(usize, usize)> = plan
        .steps
        .iter()
        .enumerate()
        .flat_map(|(step, played)| {
            let acts = played.acts.iter().enumerate();
            let disturbs = acts.filter(|(_, act)| matches!(act.value, Act::Disturb { .. }));
            disturbs.map(move |(act, _)| (step, act))
        })
        .collect();
    if run.holds() || run.trace.events.len().saturating_mul(disturbances.len()) > MOST_EVENTS {
        return Vec::new();
    }
    let mut blamed = Vec::new();
    for (step, act) in disturbances {
        let mut without = plan.clone();
        let act = without.steps[step].acts.remove(act);
        let options = Options { seed: Some(run.seed()), ..Options::default() };
        if play_with(&without, options).holds() {
            blamed.push(act.place);
        }
    }
    blamed
}
