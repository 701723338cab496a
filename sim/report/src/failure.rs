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

/// True if the rules of the area (`BITS-ERROR`, `DOD-STATE`) say what the claim asks.
fn governs(area: &str, claim: &Claim) -> bool {
    let family = area.split_once('-').map_or(area, |(_, family)| family);
    match claim {
        Claim::ErrorCount(_) => family == "ERRCOUNT",
        Claim::GetError(_) => family == "ERROR",
        Claim::State(_) => matches!(family, "STATE" | "RETRY" | "NET" | "USER"),
        Claim::DownloadState(_) | Claim::Error(_) | Claim::ExtendedError(_) => {
            matches!(family, "STATE" | "RETRY")
        }
        Claim::BytesTransferred(_)
        | Claim::BytesTotal(_)
        | Claim::FilesTransferred(_)
        | Claim::FilesTotal(_) => matches!(family, "PROGRESS" | "STATUS"),
        Claim::Callbacks(..) | Claim::LastErrorNotified(_) => family == "NOTIFY",
        Claim::Launches(_) => family == "NOTIFYCMD",
        Claim::Property(..) => family == "PROP",
        Claim::Exists(_) | Claim::Temporary(_) => {
            matches!(family, "FILE" | "COMPLETE" | "FINALIZE" | "ABORT")
        }
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
            Self::Demand(demand) if self.is_idle() => {
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
            Self::Rule { violation, noticed: None, .. } => judged(violation, names),
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
                one.kind == other.kind && one.place == other.place
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
    let mut groups: Vec<(&Failure, Vec<&Failure>)> = Vec::new();
    for failure in &all {
        match groups.iter_mut().find(|(first, _)| first.is_beside(failure)) {
            Some((_, also)) => also.push(failure),
            None => groups.push((failure, Vec::new())),
        }
    }
    let mut out = headline(case);
    for (failure, also) in groups.iter().take(MOST_TOLD) {
        out.push('\n');
        out += &told(case, failure, also, painter, depends(failure));
    }
    if groups.len() > MOST_TOLD {
        let more = words::count(groups.len() - MOST_TOLD, "more failure");
        let _ = writeln!(out, "\n  and {more} in the same run");
    }
    out
}

/// Parts two to eight of a failure, and in short what else broke at the same event.
fn told(
    case: &Case<'_>,
    failure: &Failure,
    also: &[&Failure],
    painter: Painter,
    depends: Option<String>,
) -> String {
    let names = Names::of(case.run);
    let mut out = snippet(case, failure, &names).render(painter);
    out.push('\n');
    let excerpt = excerpt::around(case, failure.event(), failure.job());
    let excerpt = excerpt.filter(|_| !failure.is_idle());
    if let Some(excerpt) = &excerpt {
        out.push('\n');
        out += &excerpt.text;
    }
    out.push('\n');
    for other in also {
        let title = other.title(&names);
        let said = match other {
            Failure::Rule { violation, .. } => {
                format!("{}: {title}; {}", violation.rule, judged(violation, &names))
            }
            Failure::Demand(demand) => {
                format!("line {}: {title}; the trace says {}", demand.place.line, demand.actual)
            }
        };
        for (index, line) in wrapped(&said, ROOM).iter().enumerate() {
            let _ = writeln!(out, "  {:<8}{line}", if index == 0 { "also" } else { "" });
        }
    }
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
    } else if let Some(rule) = rule_behind(case, failure) {
        let pages = rulebook::rule(rule).map(Rule::pages).unwrap_or_default();
        let page = pages.first().map_or(String::new(), |page| format!("   ({})", page.title));
        let _ = writeln!(out, "  rule    bitsim rules {rule}{page}");
    }
    out
}

/// The rule behind an unmet demand: of those that the scenario declares the first that says what
/// the claim asks, or else the first.
fn rule_behind(case: &Case<'_>, failure: &Failure) -> Option<RuleId> {
    let Failure::Demand(demand) = failure else { return None };
    let claim = places::claim_at(case.plan, demand.place);
    let says = |rule: &RuleId| {
        let area = rule.text().rsplit_once('-').map_or("", |(area, _)| area);
        claim.is_some_and(|claim| governs(area, claim))
    };
    let mut declared = case.run.declared.iter().map(|one| one.value);
    declared.clone().find(says).or_else(|| declared.next())
}

/// Room for a sentence beside the name of what it is.
const ROOM: usize = 88;

/// Parts two to four: what broke, where in the file, the rule.
fn snippet(case: &Case<'_>, failure: &Failure, names: &Names) -> Snippet {
    let mut notes: Vec<(String, String)> = Vec::new();
    let found = found(failure, names);
    let mut primary = primary(case, failure);
    if let Some(primary) = &mut primary
        && let Some(found) = primary.text.is_empty().then_some(()).and(found.as_ref())
        && fits_beside(primary.place, found)
    {
        primary.text.clone_from(found);
    }
    // What does not fit beside the text is told below it.
    let beside = |found: &String| primary.as_ref().is_some_and(|primary| primary.text == *found);
    let judged = match failure {
        Failure::Rule { violation, .. } => Some(judged(violation, names)),
        Failure::Demand(_) => None,
    };
    if let Some(text) = judged.or(found).filter(|text| !beside(text)) {
        notes.push(("found".to_owned(), wrapped(&text, ROOM).join("\n")));
    }
    if let Failure::Rule { more: more @ 1.., .. } = failure {
        let times = words::count(*more, "more time");
        notes.push(("again".to_owned(), format!("broken {times} in this run")));
    }
    let id = failure.rule(case.run);
    if let Some(rule) = id.and_then(rulebook::rule) {
        notes.extend(rule_notes(rule));
    }
    let in_force = places::disturbance_in_force(case.plan, case.run, failure);
    let in_force = in_force.filter(|label| {
        !failure.is_idle() && primary.as_ref().is_none_or(|primary| primary.place != label.place)
    });
    Snippet {
        level: "error",
        id: id.filter(|_| !failure.is_idle()).map(|id| id.text().to_owned()),
        title: failure.title(names),
        path: case.path.to_owned(),
        source: case.source.to_owned(),
        primary,
        labels: in_force.into_iter().collect(),
        notes,
        edit: None,
    }
}

/// True if a text beside this place ends where people still see it.
fn fits_beside(place: Place, text: &str) -> bool {
    const WIDEST: usize = 108;
    (place.column + place.len) as usize + text.chars().count() <= WIDEST
}

/// The value in the scenario that is not met; for a rule that no check noticed, the step that
/// brought the event about or the latest one before it, or the job's declaration.
fn primary(case: &Case<'_>, failure: &Failure) -> Option<Label> {
    match failure {
        Failure::Rule { noticed: Some(demand), .. } | Failure::Demand(demand) => {
            Some(Label { place: demand.place, text: String::new() })
        }
        Failure::Rule { violation, .. } => {
            let place = places::step_before(case.plan, case.run, violation.event)
                .or_else(|| places::declaration(case.plan, case.run, violation.job))?;
            let at = words::time(violation.at);
            Some(Label { place, text: format!("event {}, {at}", violation.event) })
        }
    }
}

/// What the check of the scenario found; nothing if only the judge found something.
fn found(failure: &Failure, names: &Names) -> Option<String> {
    match failure {
        Failure::Rule { noticed: None, .. } => None,
        Failure::Rule { .. } | Failure::Demand(_) => {
            Some(failure.contrast(names)).filter(|text| !text.is_empty())
        }
    }
}

/// The place in the scenario that a failure points at.
#[must_use]
pub fn place(case: &Case<'_>, failure: &Failure) -> Option<Place> {
    primary(case, failure).map(|label| label.place)
}

/// The rule in one sentence, how sure it is, and its page.
fn rule_notes(rule: &Rule) -> Vec<(String, String)> {
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
