//! Playing one scenario on one target, safely.

use super::files::{File, quoted};
use super::guard::{guarded, own_fault};
use bitsim::replay::recording::Recording;
use bitsim::replay::{Options, Run, play_with};
use bitsim::scenario::{Plan, Scenario};
use bitsim::vocab::Target;

const NO_PLAN: &str = "a scenario has no plan for one of its own targets";

/// A scenario on one target, ready to be played.
pub(crate) struct Entry<'a> {
    pub(crate) file: &'a File,
    pub(crate) scenario: &'a Scenario,
    pub(crate) target: Target,
    pub(crate) name: String,
}

impl<'a> Entry<'a> {
    /// Every run of a scenario, in the order of its targets.
    pub(crate) fn all(file: &'a File, scenario: &'a Scenario) -> impl Iterator<Item = Self> {
        scenario.targets().iter().map(move |target| Self {
            file,
            scenario,
            target: *target,
            name: file.test_name(*target),
        })
    }

    /// The command that plays it again.
    pub(crate) fn again(&self, seed: Option<u64>) -> String {
        let mut text = format!("bitsim run {}", quoted(&self.file.shown));
        if self.scenario.targets().len() > 1 {
            text += &format!(" --on {}", self.target);
        }
        if let Some(seed) = seed {
            text += &format!(" --seed {seed}");
        }
        text
    }

    /// Plays it. The error is the text about a fault of the simulator.
    pub(crate) fn play(&self, seed: Option<u64>) -> Result<(Plan, Run), String> {
        self.play_with(seed, |_| {})
    }

    /// What is to be played. The error is the text about a fault of the simulator.
    pub(crate) fn plan(&self) -> Result<Plan, String> {
        let planned = guarded(|| bitsim::plan(self.scenario, self.target));
        let fault = |panic: &str| own_fault(panic, &self.again(None));
        planned.map_err(|panic| fault(&panic))?.ok_or_else(|| fault(NO_PLAN))
    }

    /// Plays its plan so that any event of the run can be visited; with `witnessed`, the judge also
    /// remembers at which event each rule held.
    pub(crate) fn record<'p>(
        &self,
        plan: &'p Plan,
        seed: Option<u64>,
        witnessed: bool,
    ) -> Result<Recording<'p>, String> {
        let options = || Options { seed, witnessed, ..Options::default() };
        let played = guarded(|| Recording::play(plan, options()));
        played.map_err(|panic| own_fault(&panic, &self.again(seed)))
    }

    /// Plays it; `change` says what else the run shall remember.
    pub(crate) fn play_with(
        &self,
        seed: Option<u64>,
        change: impl FnOnce(&mut Options<'_>),
    ) -> Result<(Plan, Run), String> {
        let played = guarded(|| {
            let plan = bitsim::plan(self.scenario, self.target)?;
            let mut options = Options { seed, ..Options::default() };
            change(&mut options);
            let run = play_with(&plan, options);
            Some((plan, run))
        });
        let fault = |panic: &str| own_fault(panic, &self.again(seed));
        match played {
            Ok(Some(played)) => Ok(played),
            Ok(None) => Err(fault(NO_PLAN)),
            Err(panic) => Err(fault(&panic)),
        }
    }
}
