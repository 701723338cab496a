//! What a person reads when a rule is broken or a scenario did not get what it demanded.
//!
//! Eight parts, always in this order: which test; what broke, with an id; where in the scenario;
//! the rule in one sentence with its page; what happened around it; what it depends on; how to see
//! it again; where to read more.

mod behind;
mod roots;
mod told;
pub(crate) mod topic;
mod unheard;

pub use behind::{Behind, Tie, behind};
pub use roots::{Root, roots};
pub use told::{MOST_TOLD, place, text};

use crate::names::Names;
use crate::words;
use bitsim_oracle::Violation;
use bitsim_replay::{ExpectationFailure, FailureKind, Run};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::Place;
use bitsim_vocab::{JobId, RuleId, SimTime};

/// A run with everything that is needed to tell why it failed.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The name of the test: `bits::error_count::pulled_cable_is_free`.
    pub name: &'a str,
    /// The file, with `/`.
    pub path: &'a str,
    /// Its text, in which the places of the plan count.
    pub source: &'a str,
    /// What was played.
    pub plan: &'a Plan,
    /// What came of it.
    pub run: &'a Run,
    /// The line that plays it again.
    pub again: &'a str,
}

/// One thing that went wrong. A broken rule and the check of the scenario that noticed it are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A documented rule was broken.
    Rule {
        /// The first time.
        violation: Violation,
        /// How many more times.
        more: usize,
        /// The check of the scenario that stumbled over it.
        noticed: Option<ExpectationFailure>,
    },
    /// The scenario demanded something and did not get it.
    Demand(ExpectationFailure),
}

/// Everything that went wrong in a run: broken rules first, each once, then unmet demands.
#[must_use]
pub fn failures(plan: &Plan, run: &Run) -> Vec<Failure> {
    let mut demands: Vec<ExpectationFailure> = run.failures.clone();
    let mut told: Vec<Failure> = Vec::new();
    for violation in run.violations() {
        let known = told.iter_mut().find_map(|failure| match failure {
            Failure::Rule { violation: first, more, .. } if first.rule == violation.rule => {
                Some(more)
            }
            _ => None,
        });
        if let Some(more) = known {
            *more += 1;
            continue;
        }
        let noticed = demands
            .iter()
            .position(|demand| is_about(plan, run, demand, violation))
            .map(|index| demands.remove(index));
        told.push(Failure::Rule { violation: violation.clone(), more: 0, noticed });
    }
    told.extend(demands.into_iter().map(Failure::Demand));
    told
}

/// True if the demand looks at what the broken rule governs, on the same job and afterwards.
fn is_about(plan: &Plan, run: &Run, demand: &ExpectationFailure, violation: &Violation) -> bool {
    let later = demand.at >= violation.at && demand.event >= violation.event;
    let checks = matches!(
        demand.kind,
        FailureKind::Expect | FailureKind::Finally | FailureKind::Never | FailureKind::Until
    );
    checks
        && later
        && demand.job.is_some()
        && demand.job == violation.job
        && topic::of(plan, run, demand).is_some_and(|topic| topic.is_of(violation.rule))
}

impl Failure {
    /// The event that it is about (position in the trace, from 1; 0 if there is none).
    #[must_use]
    pub fn event(&self) -> u32 {
        match self {
            Self::Rule { violation, .. } => violation.event,
            Self::Demand(demand) => demand.event,
        }
    }

    /// When it happened or was noticed.
    #[must_use]
    pub fn at(&self) -> SimTime {
        match self {
            Self::Rule { violation, .. } => violation.at,
            Self::Demand(demand) => demand.at,
        }
    }

    /// The job that it is about.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::Rule { violation, .. } => violation.job,
            Self::Demand(demand) => demand.job,
        }
    }

    /// The broken rule, or the declared one that nothing exercised.
    #[must_use]
    pub fn rule(&self, run: &Run) -> Option<RuleId> {
        match self {
            Self::Rule { violation, .. } => Some(violation.rule),
            Self::Demand(demand) if self.is_idle() => {
                let mut all = run.declared.iter().chain(&run.breaks);
                all.find(|one| one.place == demand.place).map(|one| one.value)
            }
            Self::Demand(_) => None,
        }
    }

    /// What broke, in one sentence.
    #[must_use]
    pub fn title(&self, names: &Names) -> String {
        match self {
            Self::Rule { violation, .. } => with_job(violation, &violation.what, names),
            Self::Demand(demand) => demand.what.clone(),
        }
    }

    /// What was expected and what is true, in one clause.
    #[must_use]
    pub fn contrast(&self, names: &Names) -> String {
        match self {
            Self::Rule { noticed: Some(demand), .. } | Self::Demand(demand) => contrast_of(demand),
            Self::Rule { violation, noticed: None, .. } => judged(violation, names),
        }
    }

    /// True for a demand whose contrast says what was expected and what is true.
    pub(crate) fn compares(&self) -> bool {
        match self {
            Self::Rule { .. } => false,
            Self::Demand(demand) => match demand.kind {
                FailureKind::Until => true,
                FailureKind::Call | FailureKind::Expect | FailureKind::Finally => {
                    !demand.expected.is_empty()
                }
                FailureKind::NotExercised
                | FailureKind::Unsettled
                | FailureKind::Setup
                | FailureKind::Never
                | FailureKind::Late => false,
            },
        }
    }

    /// True for a declared rule that nothing in the run put to the test.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Demand(demand) if demand.kind == FailureKind::NotExercised)
    }

    /// True if both are about the same event of the same job, so that one timeline serves both.
    fn is_beside(&self, other: &Self) -> bool {
        let same = self.event() == other.event() && self.job() == other.job();
        same && self.event() > 0 && !self.is_idle() && !other.is_idle()
    }

    /// True if a run that failed with `self` and one that failed with `other` failed alike.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rule { violation: one, .. }, Self::Rule { violation: other, .. }) => {
                one.rule == other.rule
            }
            (Self::Demand(one), Self::Demand(other)) => {
                // The same value of the file, though the text before it may have been changed.
                let value = |place: Place| (place.line, place.column);
                one.kind == other.kind && value(one.place) == value(other.place)
            }
            _ => false,
        }
    }
}

/// What the rule demands and what the trace says.
fn judged(violation: &Violation, names: &Names) -> String {
    format!(
        "expected {}, the trace says {}",
        with_job(violation, &violation.expected, names),
        with_job(violation, &violation.actual, names)
    )
}

fn contrast_of(demand: &ExpectationFailure) -> String {
    let actual = demand.actual.as_str();
    match demand.kind {
        FailureKind::NotExercised | FailureKind::Unsettled | FailureKind::Setup => {
            return actual.to_owned();
        }
        FailureKind::Never => return format!("it is, {actual}"),
        FailureKind::Late => return format!("it begins at {actual}"),
        FailureKind::Until => {
            return format!("expected {}, in the end the trace says {actual}", demand.expected);
        }
        FailureKind::Call | FailureKind::Expect | FailureKind::Finally => {}
    }
    match (demand.expected.as_str(), demand.actual.as_str()) {
        ("", "") => String::new(),
        ("", actual) => actual.to_owned(),
        (expected, "") => format!("expected {expected}"),
        (expected, actual) => format!("expected {expected}, the trace says {actual}"),
    }
}

/// Puts the job's name where a text of the oracle leaves room for it.
pub(crate) fn with_job(violation: &Violation, text: &str, names: &Names) -> String {
    let job = violation.job.map_or_else(|| "a job".to_owned(), |job| names.job(job));
    text.replace("`{job}`", "{job}").replace("{job}", &format!("`{job}`"))
}

/// The headline of a failed run: `FAIL  name   seed 0   37m simulated`.
#[must_use]
pub fn headline(case: &Case<'_>) -> String {
    let run = case.run;
    let simulated = words::rounded(run.ended_at().since(SimTime::ZERO));
    format!("FAIL  {}   seed {}   {simulated} simulated\n", case.name, run.seed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::snippet::Painter;

    fn told(plan: &Plan, run: &Run) -> String {
        let case = Case {
            name: "bits::error_count::pulled_cable_is_free",
            path: "scenarios/bits/error_count/pulled_cable_is_free.yaml",
            source: sample::SOURCE,
            plan,
            run,
            again: "cargo test --test scenarios -- bits::error_count::pulled_cable_is_free",
        };
        let mut depends = |_: &Failure| Some("without line 17 the scenario passes".to_owned());
        text(&case, Painter::Plain, &mut depends)
    }

    #[test]
    fn a_broken_rule_is_told_in_eight_parts() {
        let text = told(&sample::plan(), &sample::run());
        assert_eq!(text, include_str!("expected/failure.txt"));
    }
}
