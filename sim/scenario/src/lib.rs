//! Scenarios: YAML in, a [`Plan`] for each target or a list of [`Diagnostic`]s out.

pub mod diagnostic;
pub mod plan;

pub use diagnostic::{Diagnostic, Help, Severity};
pub use plan::Plan;

use bitsim_vocab::{RuleId, Target};
use plan::At;

/// The text of a scenario and the name it goes by. Offsets of a [`plan::Place`] count in `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, with `/` on every platform.
    pub path: String,
    /// Its text without a byte order mark.
    pub text: String,
}

/// A scenario without mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    source: Source,
    targets: Vec<Target>,
    plan: Plan,
}

impl Scenario {
    /// The text it was read from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The sentence after `scenario:`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.plan.title
    }

    /// The rules that it declares to exercise.
    #[must_use]
    pub fn rules(&self) -> &[At<RuleId>] {
        &self.plan.rules
    }

    /// The seed of every draw that nothing pins.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.plan.setup.seed
    }

    /// What it runs on, in the order of the file.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The plan for one of its targets.
    #[must_use]
    pub fn plan(&self, target: Target) -> Option<Plan> {
        self.targets.contains(&target).then(|| self.plan.clone())
    }
}

/// Reads a scenario.
///
/// # Errors
/// Every mistake of the file, in the order of the file.
pub fn load(path: &str, bytes: &[u8]) -> Result<Scenario, Vec<Diagnostic>> {
    let _ = (path, bytes);
    todo!("in progress")
}
