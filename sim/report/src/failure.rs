//! What a person reads when a rule is broken or a scenario did not get what it demanded.
//!
//! Eight parts, always in this order: which test; what broke, with an id; where in the scenario;
//! the rule in one sentence with its page; what happened around it; what it depends on; how to see
//! it again; where to read more.

use crate::excerpt;
use crate::names::Names;
use crate::places;
use crate::rulebook::{self, Rule};
use crate::snippet::{Label, Painter, Snippet};
use crate::trace::wrapped;
use crate::words;
use bitsim_oracle::Violation;
use bitsim_replay::{ExpectationFailure, FailureKind, Run};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{Claim, Place};
use bitsim_vocab::{JobId, RuleId, SimTime};
use std::fmt::Write;

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

/// No more than this many failures of one run are told in full.
pub const MOST_TOLD: usize = 6;

/// Everything that went wrong in a run: broken rules first, each once, then unmet demands.
#[must_use]
pub fn failures(plan: &Plan, run: &Run) -> Vec<Failure> {
    let mut demands: Vec<ExpectationFailure> = run.failures.clone();
    let mut told: Vec<Failure> = Vec::new();
    for violation in run.findings.violations() {
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
            .position(|demand| is_about(plan, demand, violation))
            .map(|index| demands.remove(index));
        told.push(Failure::Rule { violation: violation.clone(), more: 0, noticed });
    }
    told.extend(demands.into_iter().map(Failure::Demand));
    told
}

/// True if the demand looks at what the broken rule governs, on the same job and afterwards.
fn is_about(plan: &Plan, demand: &ExpectationFailure, violation: &Violation) -> bool {
    let later = demand.at >= violation.at && demand.event >= violation.event;
    let checks = matches!(
        demand.kind,
        FailureKind::Expect | FailureKind::Finally | FailureKind::Never | FailureKind::Until
    );
    let area = violation.rule.text().rsplit_once('-').map_or("", |(area, _)| area);
    checks
        && later
        && demand.job.is_some()
        && demand.job == violation.job
        && places::claim_at(plan, demand.place).is_some_and(|claim| governs(area, claim))
}

/// True if the rules of the area say what the claim asks.
fn governs(area: &str, claim: &Claim) -> bool {
    match claim {
        Claim::ErrorCount(_) => area == "BITS-ERRCOUNT",
        Claim::GetError(_) => area == "BITS-ERROR",
        Claim::State(_) => matches!(area, "BITS-STATE" | "BITS-RETRY" | "BITS-NET" | "BITS-USER"),
        Claim::BytesTransferred(_)
        | Claim::BytesTotal(_)
        | Claim::FilesTransferred(_)
        | Claim::FilesTotal(_) => area == "BITS-PROGRESS",
        Claim::Callbacks(..) | Claim::LastErrorNotified(_) => area == "BITS-NOTIFY",
        Claim::Launches(_) => area == "BITS-NOTIFYCMD",
        Claim::Exists(_) | Claim::Temporary(_) => matches!(area, "BITS-FILE" | "BITS-COMPLETE"),
        _ => false,
    }
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
            Self::Demand(demand) if demand.kind == FailureKind::NotExercised => {
                run.declared.iter().find(|one| one.place == demand.place).map(|one| one.value)
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
            Self::Rule { violation, noticed: None, .. } => format!(
                "expected {}, the trace says {}",
                with_job(violation, &violation.expected, names),
                with_job(violation, &violation.actual, names)
            ),
        }
    }

    /// True if a run that failed with `self` and one that failed with `other` failed alike.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rule { violation: one, .. }, Self::Rule { violation: other, .. }) => {
                one.rule == other.rule
            }
            (Self::Demand(one), Self::Demand(other)) => {
                one.kind == other.kind && one.place == other.place
            }
            _ => false,
        }
    }
}

fn contrast_of(demand: &ExpectationFailure) -> String {
    if demand.kind == FailureKind::NotExercised {
        return demand.actual.clone();
    }
    match (demand.expected.as_str(), demand.actual.as_str()) {
        ("", "") => String::new(),
        ("", actual) => actual.to_owned(),
        (expected, "") => format!("expected {expected}"),
        (expected, actual) => format!("expected {expected}, the trace says {actual}"),
    }
}

/// Puts the job's name where a text of the oracle leaves room for it.
fn with_job(violation: &Violation, text: &str, names: &Names) -> String {
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

/// Everything about a failed run. `depends` tells for a failure what it depends on, if that is
/// known: `without line 37 the scenario passes`.
#[must_use]
pub fn text(
    case: &Case<'_>,
    painter: Painter,
    depends: &mut dyn FnMut(&Failure) -> Option<String>,
) -> String {
    let all = failures(case.plan, case.run);
    let mut out = headline(case);
    for failure in all.iter().take(MOST_TOLD) {
        out.push('\n');
        out += &one(case, failure, painter, depends(failure));
    }
    if all.len() > MOST_TOLD {
        let more = words::count(all.len() - MOST_TOLD, "more failure");
        let _ = writeln!(out, "\n  and {more} in the same run");
    }
    out
}

/// One failure: parts two to eight.
#[must_use]
pub fn one(
    case: &Case<'_>,
    failure: &Failure,
    painter: Painter,
    depends: Option<String>,
) -> String {
    let names = Names::of(case.run);
    let mut out = snippet(case, failure, &names).render(painter);
    out.push('\n');
    let idle = matches!(failure, Failure::Demand(d) if d.kind == FailureKind::NotExercised);
    let excerpt = excerpt::around(case, failure.event(), failure.job()).filter(|_| !idle);
    if let Some(excerpt) = &excerpt {
        out.push('\n');
        out += &excerpt.text;
    }
    out.push('\n');
    if let Some(depends) = depends {
        let _ = writeln!(out, "  {depends}");
    }
    let _ = writeln!(out, "  again   {}", case.again);
    let until = excerpt.map_or_else(String::new, |one| format!(" --until '#{}'", one.event));
    let on = match case.run.target().to_string().as_str() {
        "bits" => String::new(),
        target => format!(" --on {target}"),
    };
    let _ = writeln!(out, "  look    bitsim trace {}{on}{until}", case.path);
    if let Some(rule) = failure.rule(case.run) {
        let _ = writeln!(out, "  rule    bitsim rules {rule}");
    }
    out
}

/// Parts two to four: what broke, where in the file, the rule.
fn snippet(case: &Case<'_>, failure: &Failure, names: &Names) -> Snippet {
    let primary = primary(case, failure, names);
    let mut labels: Vec<Label> = Vec::new();
    let idle = matches!(failure, Failure::Demand(d) if d.kind == FailureKind::NotExercised);
    if !idle
        && let Some(label) =
            places::disturbance_in_force(case.plan, case.run, failure.at(), failure.event())
        && primary.as_ref().is_none_or(|primary| primary.place != label.place)
    {
        labels.push(label);
    }
    let id = failure.rule(case.run);
    let mut notes: Vec<(String, String)> = Vec::new();
    if let Failure::Rule { violation, more, noticed } = failure {
        if noticed.is_some() || primary.is_none() {
            // The label tells what the check saw; what the rule demands goes here.
            let demanded = format!(
                "expected {}, the trace says {}",
                with_job(violation, &violation.expected, names),
                with_job(violation, &violation.actual, names)
            );
            let told = noticed.as_ref().map(contrast_of);
            if told.as_ref() != Some(&demanded) {
                notes.push(("broken".to_owned(), demanded));
            }
        }
        if *more > 0 {
            let again = format!("{} in this run", words::count(*more, "more time"));
            notes.push(("also".to_owned(), again));
        }
    }
    if let Some(rule) = id.and_then(rulebook::rule) {
        notes.extend(rule_notes(rule));
    }
    let (name, id) = match (failure, id) {
        (Failure::Rule { .. }, Some(id)) => ("error", Some(id.text().to_owned())),
        _ => ("error", None),
    };
    Snippet {
        level: name,
        id,
        title: failure.title(names),
        path: case.path.to_owned(),
        source: case.source.to_owned(),
        primary,
        labels,
        notes,
        edit: None,
    }
}

/// The value in the scenario that is not met; for a rule that no check noticed, the step that
/// brought the event about or the latest one before it.
fn primary(case: &Case<'_>, failure: &Failure, names: &Names) -> Option<Label> {
    match failure {
        Failure::Rule { noticed: Some(demand), .. } | Failure::Demand(demand) => {
            Some(Label { place: demand.place, text: contrast_of(demand) })
        }
        Failure::Rule { violation, .. } => {
            let place = places::step_before(case.plan, case.run, violation.event)?;
            let contrast = failure.contrast(names);
            let text = {
                let at = words::time(violation.at);
                format!("{contrast} (event {}, {at})", violation.event)
            };
            Some(Label { place, text })
        }
    }
}

/// The place in the scenario that a failure points at.
#[must_use]
pub fn place(case: &Case<'_>, failure: &Failure) -> Option<Place> {
    primary(case, failure, &Names::of(case.run)).map(|label| label.place)
}

/// The rule in one sentence, how sure it is, and its page.
fn rule_notes(rule: &Rule) -> Vec<(String, String)> {
    const ROOM: usize = 88;
    let mut sentence = rule.rule.trim().to_owned();
    if let Some(remark) = rule.stand_remark() {
        sentence = format!("{} ({remark}).", sentence.trim_end_matches('.'));
    }
    let mut notes = vec![("rule".to_owned(), wrapped(&sentence, ROOM).join("\n"))];
    if let Some(page) = rule.pages().into_iter().next() {
        let mut text = format!("{} ({}; {})", page.title, rule.certainty(), rule.holds_for());
        if let Some(address) = page.address {
            text += "\n";
            text += &address;
        }
        notes.push(("page".to_owned(), text));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

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
