//! Why a run failed, told in full. The command and the harness say the same.

use bitsim_replay::{Options, Run, play_with};
use bitsim_report::counterfactual::Counterfactual;
use bitsim_report::failure::{self, Case};
use bitsim_report::snippet::Painter;
use bitsim_scenario::{Plan, Scenario};
use bitsim_vocab::{Service, Target};

/// A run that failed, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a> {
    /// The name of the test: `bits::error_count::pulled_cable_is_free`.
    pub name: &'a str,
    /// What was read.
    pub scenario: &'a Scenario,
    /// What was played.
    pub plan: &'a Plan,
    /// What came of it.
    pub run: &'a Run,
    /// The line that plays it again.
    pub again: &'a str,
}

/// A run that failed, and what the failure depends on.
pub struct Explained<'a> {
    failed: Failed<'a>,
    witnessed: Option<Run>,
    depends: Counterfactual,
}

impl Explained<'_> {
    /// Everything that there is to tell, in eight parts. Nothing is played for it.
    #[must_use]
    pub fn text(&self, painter: Painter) -> String {
        let case = self.failed.case(self.witnessed.as_ref().unwrap_or(self.failed.run));
        failure::text(&case, painter, &mut |failure| self.depends.explain(failure))
    }
}

/// Versions of BITS on which a scenario for one target is tried as well: those at which much
/// changed.
const NEIGHBOURS: [Target; 4] =
    [Target::BITS, Target::bits(3, 0), Target::bits(2, 0), Target::bits(1, 5)];

/// Plays a plan with the seed of the failed run. `None` if the simulator cannot.
pub type Play<'a> = dyn FnMut(&Plan, Options<'_>) -> Option<Run> + 'a;

/// Plays a plan, unguarded.
#[must_use]
pub fn play(plan: &Plan, options: Options<'_>) -> Option<Run> {
    Some(play_with(plan, options))
}

impl<'a> Failed<'a> {
    /// The same run, with what the judge remembers of where each rule held. `None` if the run
    /// remembers that already, or cannot be played again.
    #[must_use]
    pub fn witnessed(&self, play: &mut Play<'_>) -> Option<Run> {
        if !self.run.findings.witnesses().is_empty() {
            return None;
        }
        let options =
            Options { seed: Some(self.run.seed()), witnessed: true, ..Options::default() };
        play(self.plan, options).filter(|run| run.digest == self.run.digest)
    }

    /// What a report needs to know.
    #[must_use]
    pub fn case<'b>(&'b self, run: &'b Run) -> Case<'b> {
        let source = self.scenario.source();
        let Self { name, plan, again, .. } = *self;
        Case { name, path: &source.path, source: &source.text, plan, run, again }
    }

    /// Finds out what the failure depends on, by playing the scenario again and again. What comes
    /// of it can be told more than once.
    #[must_use]
    pub fn explained(&self, play: &mut Play<'_>) -> Explained<'a> {
        let witnessed = self.witnessed(play);
        let seed = Some(self.run.seed());
        let mut again = |plan: &Plan| play(plan, Options { seed, ..Options::default() });
        let depends = Counterfactual::explore(self.plan, self.elsewhere(), &mut again);
        Explained { failed: *self, witnessed, depends }
    }

    /// Everything that there is to tell, in eight parts.
    #[must_use]
    pub fn text(&self, painter: Painter, play: &mut Play<'_>) -> String {
        self.explained(play).text(painter)
    }

    /// The plans of the same story for other targets: those that the scenario declares; if there
    /// is only one, a version of BITS, the neighbouring versions that can read it.
    fn elsewhere(&self) -> Vec<Plan> {
        let here = self.plan.target;
        let targets = self.scenario.targets();
        if targets.len() > 1 {
            let others = targets.iter().filter(|target| **target != here);
            return others.filter_map(|target| crate::plan(self.scenario, *target)).collect();
        }
        if here.service != Service::Bits {
            return Vec::new();
        }
        let others = NEIGHBOURS.into_iter().filter(|target| *target != here);
        others.filter_map(|target| self.plan_on(target)).collect()
    }

    /// The plan for a target that the scenario does not declare.
    fn plan_on(&self, target: Target) -> Option<Plan> {
        let source = self.scenario.source();
        let text = with_target(&source.text, target)?;
        let scenario = bitsim_scenario::load(&source.path, text.as_bytes()).ok()?;
        scenario.plan(target).map(|plan| Plan { rules: Vec::new(), ..plan })
    }
}

/// The text of a scenario with one more target at the end of `run_on: [...]`. Lines stay where
/// they are.
fn with_target(text: &str, target: Target) -> Option<String> {
    let start = match text.starts_with("run_on:") {
        true => 0,
        false => text.find("\nrun_on:")? + 1,
    };
    let line = text[start..].lines().next()?;
    let end = start + line.find(']')?;
    line.contains('[').then(|| format!("{}, {target}{}", &text[..end], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_added_where_the_others_stand() {
        let text = "scenario: x\nrun_on: [bits]\nrules: []\n";
        let more = with_target(text, Target::bits(1, 5));
        assert_eq!(more.as_deref(), Some("scenario: x\nrun_on: [bits, bits@1.5]\nrules: []\n"));
        assert_eq!(with_target("scenario: x\nrun_on:\n  - bits\n", Target::bits(1, 5)), None);
        assert_eq!(with_target("run_on: [bits]", Target::BITS).as_deref(), {
            Some("run_on: [bits, bits]")
        });
    }
}
