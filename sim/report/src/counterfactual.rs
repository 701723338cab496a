//! What a failure depends on, found by playing the scenario again without each of its faults.

use crate::failure::{self, Failure};
use bitsim_replay::Run;
use bitsim_scenario::Plan;
use bitsim_scenario::plan::Act;

/// No more than this many plays for one run.
pub const MOST_PLAYS: usize = 30;

/// Nobody waits for more events than this to be played again.
const MOST_EVENTS: usize = 2_000_000;

/// The outcome of playing a scenario without one line of it.
struct Without {
    line: u32,
    holds: bool,
    remaining: Vec<Failure>,
}

/// Plays of one scenario without each of its faults. A fault is left out together with what else
/// its line does to the world.
pub struct Counterfactual {
    plays: Vec<Without>,
    /// True if there are more faults than were left out.
    cut: bool,
}

impl Counterfactual {
    /// Plays the plan again and again; `play` must play it as it was played before.
    #[must_use]
    pub fn explore(plan: &Plan, play: &mut dyn FnMut(&Plan) -> Run) -> Self {
        let mut lines: Vec<u32> = plan
            .steps
            .iter()
            .flat_map(|step| &step.acts)
            .filter(|act| matches!(act.value, Act::Disturb { .. }))
            .map(|act| act.place.line)
            .collect();
        lines.sort_unstable();
        lines.dedup();
        let mut cut = lines.len() > MOST_PLAYS;
        lines.truncate(MOST_PLAYS);
        let mut plays = Vec::new();
        let mut events = 0;
        for line in lines {
            if events > MOST_EVENTS {
                cut = true;
                break;
            }
            let mut without = plan.clone();
            for step in &mut without.steps {
                step.acts.retain(|act| {
                    act.place.line != line || !matches!(act.value, Act::Disturb { .. })
                });
            }
            let run = play(&without);
            let remaining = failure::failures(&without, &run);
            events += run.trace.events.len();
            plays.push(Without { line, holds: run.holds(), remaining });
        }
        Self { plays, cut }
    }

    /// What a failure depends on, in one clause. `None` if the scenario has no faults, and for a
    /// rule that the run did not exercise: leaving something out is no way to exercise it.
    #[must_use]
    pub fn explain(&self, failure: &Failure) -> Option<String> {
        if failure.is_idle() {
            return None;
        }
        let gone = |play: &&Without| !play.remaining.iter().any(|other| failure.is_like(other));
        let lines = |plays: Vec<&Without>| plays.iter().map(|play| play.line).collect::<Vec<_>>();
        let passing = lines(self.plays.iter().filter(|play| play.holds).collect());
        if !passing.is_empty() {
            return Some(format!("without {} the scenario passes", any_of(&passing)));
        }
        let mending = lines(self.plays.iter().filter(gone).collect());
        if !mending.is_empty() {
            let what = match failure {
                Failure::Rule { violation, .. } => format!("{} is not broken", violation.rule),
                Failure::Demand(_) => "this does not fail".to_owned(),
            };
            return Some(format!("without {} {what}", any_of(&mending)));
        }
        match self.plays.as_slice() {
            [] => None,
            _ if self.cut => None,
            [only] => Some(format!("it fails without line {}, too", only.line)),
            _ => Some("it fails without any one of the faults, too".to_owned()),
        }
    }
}

/// `line 37`, `line 15 or line 37`, `line 3, line 15 or line 37`.
fn any_of(lines: &[u32]) -> String {
    let said: Vec<String> = lines.iter().map(|line| format!("line {line}")).collect();
    match said.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use bitsim_oracle::Findings;
    use bitsim_vocab::world::Disturbance;

    fn disturbances(plan: &Plan) -> Vec<&Disturbance> {
        let acts = plan.steps.iter().flat_map(|step| &step.acts);
        acts.filter_map(|act| match &act.value {
            Act::Disturb { what, .. } => Some(what),
            _ => None,
        })
        .collect()
    }

    /// A player in whose world the failure comes from the pulled cable alone.
    fn play(plan: &Plan) -> Run {
        let mut run = sample::run();
        if !disturbances(plan).contains(&&Disturbance::NetworkLost) {
            run.findings = Findings::default();
            run.failures.clear();
        }
        run
    }

    #[test]
    fn the_line_that_matters_is_named() {
        let plan = sample::plan();
        let mut left_out = Vec::new();
        let found = Counterfactual::explore(&plan, &mut |without| {
            left_out.push(disturbances(without).len());
            play(without)
        });
        assert_eq!(left_out, [1, 1], "one play for each of the two faults");
        let failure = &failure::failures(&plan, &sample::run())[0];
        assert_eq!(found.explain(failure).as_deref(), Some("without line 17 the scenario passes"));
    }

    #[test]
    fn a_failure_that_no_fault_explains_says_so() {
        let plan = sample::plan();
        let found = Counterfactual::explore(&plan, &mut |_| sample::run());
        let failure = &failure::failures(&plan, &sample::run())[0];
        assert_eq!(
            found.explain(failure).as_deref(),
            Some("it fails without any one of the faults, too")
        );
        let mut calm = plan;
        calm.steps.clear();
        assert_eq!(Counterfactual::explore(&calm, &mut play).explain(failure), None);
    }

    #[test]
    fn lines_are_listed_as_people_do() {
        assert_eq!(any_of(&[3]), "line 3");
        assert_eq!(any_of(&[3, 15, 37]), "line 3, line 15 or line 37");
    }
}
