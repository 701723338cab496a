//! What playing a scenario gives.

use bitsim_engine::{Asked, Choose, World};
use bitsim_oracle::{Findings, Violation};
use bitsim_scenario::plan::{At, Place};
use bitsim_scenario::{Diagnostic, codes};
use bitsim_vocab::trace::{End, Trace};
use bitsim_vocab::{Digest, Hresult, JobId, RuleId, SimTime, StepId, Target};
use std::fmt;

/// A change to a world before anything happens in it.
pub type Sabotage<'a> = Box<dyn FnOnce(&mut World) + 'a>;

/// How to play a plan, where it shall not be played as it is written.
#[derive(Default)]
pub struct Options<'a> {
    /// Another seed than the one of the scenario.
    pub seed: Option<u64>,
    /// A deliberate bug, to see whether the judge notices.
    pub sabotage: Option<Sabotage<'a>>,
    /// Without the judge: no findings, and no failure for a declared rule.
    pub unjudged: bool,
    /// The judge also remembers at which event each rule held.
    pub witnessed: bool,
    /// The choices of the run are remembered ([`Run::choices`]).
    pub recorded: bool,
    /// Somebody else than the dice makes the choices.
    pub choose: Option<Box<dyn Choose + 'a>>,
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("seed", &self.seed)
            .field("sabotage", &self.sabotage.is_some())
            .field("unjudged", &self.unjudged)
            .field("witnessed", &self.witnessed)
            .field("recorded", &self.recorded)
            .field("choose", &self.choose.is_some())
            .finish()
    }
}

/// A scenario that has been played on one target.
#[derive(Debug, Clone)]
pub struct Run {
    /// The sentence after `scenario:`.
    pub title: String,
    /// Everything that happened.
    pub trace: Trace,
    /// What the documented rules say about it; empty if the run was not judged.
    pub findings: Findings,
    /// What the scenario demanded and did not get, in the order in which it was noticed.
    pub failures: Vec<ExpectationFailure>,
    /// What a reader should know although nothing failed.
    pub warnings: Vec<Warning>,
    /// The rules that the scenario declares to exercise.
    pub declared: Vec<At<RuleId>>,
    /// The rules that its named defects break.
    pub breaks: Vec<At<RuleId>>,
    /// The scenario's name of each job, by [`JobId`].
    pub job_names: Vec<String>,
    /// The steps that were played, in order.
    pub steps: Vec<StepName>,
    /// Two runs with the same digest have the same trace, byte by byte.
    pub digest: Digest,
    /// The free choices of the run, in order; empty unless [`Options::recorded`] asked for them.
    pub choices: Vec<Asked>,
}

impl Run {
    /// True if no rule was broken and the scenario got what it demanded.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.violations().next().is_none()
    }

    /// What broke a rule, in the order in which it was found; not what the scenario's named defects
    /// are there to break.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        let all = self.findings.violations().iter();
        all.filter(|found| !self.is_by_design(found.rule))
    }

    /// True for a rule that the scenario's named defects are there to break.
    #[must_use]
    pub fn is_by_design(&self, rule: RuleId) -> bool {
        self.breaks.iter().any(|other| other.value == rule)
    }

    /// What it was played on.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.trace.setup.target
    }

    /// The seed it was played with.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.trace.setup.seed
    }

    /// How much virtual time went by.
    #[must_use]
    pub const fn ended_at(&self) -> SimTime {
        self.trace.end.at()
    }

    /// True if nothing further can happen without a stimulus from outside.
    #[must_use]
    pub const fn settled(&self) -> bool {
        matches!(self.trace.end, End::Settled(_))
    }

    /// The scenario's name of a job.
    #[must_use]
    pub fn job_name(&self, job: JobId) -> Option<&str> {
        self.job_names.get(job.index()).map(String::as_str)
    }

    /// The name of the step that an event carries as its source.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&StepName> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// A step of the timeline, as people speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepName {
    /// The number that events carry.
    pub id: StepId,
    /// `25m`, `after 2s`, `until payroll is TRANSFERRED`.
    pub label: String,
    /// Where it begins in the file.
    pub place: Place,
    /// When it happened.
    pub at: SimTime,
}

/// Which kind of demand was not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// A job could not be made as it is declared.
    Setup,
    /// A call returned something else, or could not be made.
    Call,
    /// A step came later than it says, because the one before took longer.
    Late,
    /// A step waited in vain.
    Until,
    /// `expect`, `one_of` or `poll` does not hold.
    Expect,
    /// Something under `never` came true.
    Never,
    /// Something under `finally` is not true at the end.
    Finally,
    /// Things still happen when the run's bounds are reached.
    Unsettled,
    /// A declared rule was not exercised.
    NotExercised,
}

/// Something that the scenario demanded and did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectationFailure {
    /// Which kind of demand.
    pub kind: FailureKind,
    /// The value in the scenario that is not met.
    pub place: Place,
    /// The step in which this was noticed.
    pub step: Option<StepId>,
    /// When it was noticed.
    pub at: SimTime,
    /// The last event before it was noticed (position in the trace, from 1); 0 if there is none.
    pub event: u32,
    /// The job, if it is about one that exists.
    pub job: Option<JobId>,
    /// What it is about: `` the error count of `payroll` ``.
    pub subject: String,
    /// A short sentence: `` `payroll` should be in TRANSIENT_ERROR ``.
    pub what: String,
    /// What the scenario says: `TRANSIENT_ERROR`.
    pub expected: String,
    /// What is true instead: `TRANSFERRING`.
    pub actual: String,
    /// What a call returned that was made and should have returned something else.
    pub returned: Option<Hresult>,
    /// What else helps to understand it, in one clause: where the job stands and what it waits
    /// for. Empty if there is nothing to add.
    pub note: String,
}

/// Something that did not fail but deserves a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub place: Place,
    /// One sentence.
    pub text: String,
}

impl Warning {
    /// The warning as `bitsim check` shows it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::warning(codes::NEVER_ASKED, self.place, self.text.clone())
            .help("take the answers out, or let the story bring about what they answer")
    }
}
