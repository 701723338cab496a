//! One root cause for everything that fails alike, over a whole suite: a broken rule is one cause
//! however many runs break it, and so is a line of a scenario that is not met.

use crate::annotations;
use crate::results::{Ended, Failed, Played, Results};
use crate::words;
use bitsim_scenario::plan::Place;

/// What several runs may have failed for.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// The first run that did.
    pub run: &'a Played,
    /// What went wrong in it.
    pub failed: &'a Failed,
    /// How many other runs went wrong alike.
    pub more: usize,
}

/// Every cause of a suite: faults of the simulator, then broken rules, then unmet demands; each
/// in the order in which it first came up.
#[must_use]
pub fn of(results: &Results) -> Vec<Cause<'_>> {
    let mut found: Vec<(String, Cause<'_>)> = Vec::new();
    for run in &results.runs {
        let mut here: Vec<String> = Vec::new();
        for failed in run.failures.iter().filter(|failed| !failed.follows) {
            let key = key(run, failed);
            if here.contains(&key) {
                continue;
            }
            match found.iter_mut().find(|(other, _)| *other == key) {
                Some((_, cause)) => cause.more += 1,
                None => found.push((key.clone(), Cause { run, failed, more: 0 })),
            }
            here.push(key);
        }
    }
    let mut causes: Vec<Cause<'_>> = found.into_iter().map(|(_, cause)| cause).collect();
    causes.sort_by_key(|cause| match (cause.run.outcome, cause.failed.is_rule) {
        (Ended::Fault, _) => 0,
        (_, true) => 1,
        (_, false) => 2,
    });
    causes
}

/// What makes two failures the same: the broken rule; else the place in the scenario.
fn key(run: &Played, failed: &Failed) -> String {
    match (&failed.rule, run.outcome) {
        (Some(rule), _) if failed.is_rule => rule.clone(),
        (_, Ended::Fault) => format!("fault {}", run.text),
        _ => format!("{}:{}:{}", run.path, failed.line, failed.title),
    }
}

impl Cause<'_> {
    /// ` and 39 more runs`, or nothing.
    #[must_use]
    pub fn and_more(&self) -> String {
        match self.more {
            0 => String::new(),
            more => format!(" and {}", words::count(more, "more run")),
        }
    }

    /// The annotation at the first place.
    fn annotation(&self) -> String {
        let Self { run, failed, .. } = self;
        let line = failed.annotation.clone().unwrap_or_else(|| {
            let title = match (&failed.rule, run.outcome) {
                (Some(rule), _) => rule.as_str(),
                (None, Ended::Fault) => "bitsim itself failed",
                (None, _) => "expectation",
            };
            let place = Place { line: failed.line, column: failed.column, ..Place::default() };
            annotations::line("error", &run.path, place, title, &failed.title)
        });
        match self.more {
            0 => line,
            _ => format!("{line}; {}{}", run.name, self.and_more()),
        }
    }
}

/// The annotations of a suite: one for each cause, as many as are shown, and the rest as a number;
/// then what deserves a look, in the same way.
#[must_use]
pub fn annotations(results: &Results) -> Vec<String> {
    let causes = of(results);
    let mut lines: Vec<String> =
        causes.iter().take(annotations::MOST_SHOWN).map(Cause::annotation).collect();
    let mut warnings: Vec<String> = Vec::new();
    for run in &results.runs {
        for warning in &run.warnings {
            let text =
                annotations::line("warning", &run.path, warning.place, "bitsim", &warning.text);
            if !warnings.contains(&text) {
                warnings.push(text);
            }
        }
    }
    let left_out = |all: usize| all.saturating_sub(annotations::MOST_SHOWN);
    let rest = [(left_out(causes.len()), "more cause"), (left_out(warnings.len()), "more warning")];
    let rest = rest.into_iter().filter(|(number, _)| *number > 0);
    let rest: Vec<String> = rest.map(|(number, what)| words::count(number, what)).collect();
    lines.extend(warnings.into_iter().take(annotations::MOST_SHOWN));
    if !rest.is_empty() {
        lines.push(format!("::notice title=bitsim::and {}; see the summary", rest.join(" and ")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    #[test]
    fn one_rule_broken_in_many_runs_is_one_annotation() {
        let mut all = results();
        let broken = all.runs[1].clone();
        for number in 0..39 {
            let mut again = broken.clone();
            again.name = format!("bits::other::{number}");
            again.path = format!("scenarios/bits/other/{number}.yaml");
            all.runs.push(again);
        }
        let lines = annotations(&all);
        assert_eq!(lines.len(), 3, "the fault, the rule, the mistake: {lines:#?}");
        assert!(lines[0].contains("title=bitsim itself failed::"), "{}", lines[0]);
        assert_eq!(
            lines[1],
            "::error file=scenarios/bits/error_count/pulled_cable.yaml,line=19,col=65,\
             title=BITS-ERRCOUNT-004::a network disconnect raised the error count of `payroll`: \
             expected 1, the trace says 2 (event 30, 00:25:00; page: \
             IBackgroundCopyJob::GetErrorCount); bits::error_count::pulled_cable and 39 more runs"
        );
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let mut all = results();
        let broken = all.runs[1].clone();
        for number in 1..=20 {
            let mut other = broken.clone();
            other.failures[0].rule = None;
            other.failures[0].annotation = None;
            other.failures[0].is_rule = false;
            other.failures[0].line = number;
            all.runs.push(other);
        }
        let lines = annotations(&all);
        assert_eq!(lines.len(), annotations::MOST_SHOWN + 1);
        assert_eq!(
            lines.last().map(String::as_str),
            Some("::notice title=bitsim::and 13 more causes; see the summary")
        );
    }
}
