//! What a suite came to, for programs: one entry for each run, with what went wrong and which
//! rules it put to the test. Everything that continuous integration reads ([`crate::junit`],
//! [`crate::tap`], annotations, summaries) is made from this.

use crate::annotations;
use crate::failure::{self, Case, Failure};
use crate::names::Names;
use crate::rulebook;
use crate::summary::{self, Suite, Verdict};
use crate::words;
use bitsim_oracle::Outcome;
use bitsim_replay::Warning;
use bitsim_scenario::plan::Place;
use bitsim_scenario::{Diagnostic, Severity};
use bitsim_vocab::{RuleId, SimTime, Target};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the JSON. It changes when a field changes its meaning or goes away.
pub const VERSION: u32 = 2;

/// How an entry came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// No rule was broken and every demand of the scenario was met.
    Held,
    /// A rule was broken or a demand was not met.
    Broken,
    /// Nothing else failed, but things still happened when the run's bounds were reached.
    Unsettled,
    /// The simulator itself failed; this says nothing about the scenario.
    Fault,
    /// The file holds mistakes and was not run.
    Invalid,
}

impl Ended {
    /// The word that programs get.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::Unsettled => "unsettled",
            Self::Fault => "fault",
            Self::Invalid => "invalid",
        }
    }
}

impl From<Verdict> for Ended {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Held => Self::Held,
            Verdict::Broken => Self::Broken,
            Verdict::Unsettled => Self::Unsettled,
        }
    }
}

/// One thing that went wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// The broken rule, the declared one that nothing exercised, or the id of a mistake.
    pub rule: Option<String>,
    /// The rule that says most about a demand that was not met, if none was broken.
    pub behind: Option<String>,
    /// In one sentence.
    pub title: String,
    /// What was demanded; empty if the title says it all.
    pub expected: String,
    /// What is true instead.
    pub got: String,
    /// The line of the scenario; 0 if it is about none.
    pub line: u32,
    /// The column, from 1; 0 without a line.
    pub column: u32,
    /// The event of the trace, from 1; 0 if there is none.
    pub event: u32,
    /// When, since the start of the run: `00:25:00.000`.
    pub at: String,
    /// True if it only follows from what went wrong before it in the same run.
    pub follows: bool,
    /// True if a documented rule was broken, not only a demand of the scenario.
    #[serde(skip)]
    pub is_rule: bool,
    /// The annotation at its place, if it is a root.
    #[serde(skip)]
    pub annotation: Option<String>,
}

/// One run, or one file that could not be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Played {
    /// The name of the test: `bits::error_count::pulled_cable_is_free`.
    pub name: String,
    /// The sentence after `scenario:`.
    pub title: String,
    /// The file, with `/`.
    pub path: String,
    /// What it was played on; `None` if it was not played.
    pub target: Option<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// How it came out.
    pub outcome: Ended,
    /// Two runs with the same digest have the same trace, byte by byte.
    pub digest: Option<String>,
    /// How many events its trace has.
    pub events: usize,
    /// How much simulated time went by.
    pub virtual_seconds: u64,
    /// What went wrong: causes in the order of the trace, each with what follows from it.
    pub failures: Vec<Failed>,
    /// How often each rule of the target's service had a chance to fail and held.
    pub rules: BTreeMap<&'static str, u32>,
    /// All of it as people read it; empty if nothing is wrong.
    #[serde(skip)]
    pub text: String,
    /// The command that plays it again.
    #[serde(skip)]
    pub again: String,
    /// What deserves a look although nothing failed.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

/// Everything that a suite came to.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// The runs, in the order in which they were played.
    pub runs: Vec<Played>,
    /// The same in numbers.
    pub suite: Suite,
}

impl Results {
    /// Adds a run. `text` is what people read about it if it failed.
    pub fn add(&mut self, case: &Case<'_>, target: Target, text: String) -> Ended {
        let run = case.run;
        let outcome = self.suite.add(case.path, target, run).into();
        let mut rules = BTreeMap::new();
        for rule in RuleId::ALL {
            if let Outcome::Held(times) = run.findings.outcome(*rule)
                && summary::is_of(*rule, target)
            {
                rules.insert(rule.text(), times);
            }
        }
        let names = Names::of(run);
        let annotations = annotations::of_run(case);
        let mut failures: Vec<Failed> = Vec::new();
        for (index, root) in failure::roots(case.plan, run).iter().enumerate() {
            let annotation = annotations.get(index).cloned();
            failures.push(Failed { annotation, ..failed(case, &root.failure, &names) });
            let follows = root.follows.iter();
            let follows = follows.map(|one| Failed { follows: true, ..failed(case, one, &names) });
            failures.extend(follows);
        }
        self.runs.push(Played {
            name: case.name.to_owned(),
            title: run.title.clone(),
            path: case.path.to_owned(),
            target: Some(target.to_string()),
            seed: Some(run.seed()),
            outcome,
            digest: Some(run.digest.to_string()),
            events: run.trace.events.len(),
            virtual_seconds: run.ended_at().since(SimTime::ZERO).as_secs(),
            failures,
            rules,
            text,
            again: case.again.to_owned(),
            warnings: run.warnings.clone(),
        });
        outcome
    }

    /// Adds a run that the simulator could not bring to its end. `text` says why.
    pub fn add_fault(&mut self, path: &str, name: &str, target: Option<Target>, text: String) {
        let title = "bitsim itself failed; this says nothing about the scenario";
        let mut fault = unplayed(path, name, Ended::Fault, text);
        fault.target = target.map(|target| target.to_string());
        fault.failures.push(mistake(None, title, Place::default()));
        self.runs.push(fault);
    }

    /// Adds a file that holds mistakes. `text` is what people read about them.
    pub fn add_mistakes(&mut self, path: &str, name: &str, found: &[Diagnostic], text: String) {
        let mut invalid = unplayed(path, name, Ended::Invalid, text);
        let errors = found.iter().filter(|one| one.severity == Severity::Error);
        let errors = errors.map(|one| mistake(Some(one.id), &one.message, one.place));
        invalid.failures = errors.collect();
        invalid.again = format!("bitsim check {}", words::argument(path));
        self.runs.push(invalid);
    }

    /// How many entries came out like this.
    #[must_use]
    pub fn count(&self, outcome: Ended) -> usize {
        self.runs.iter().filter(|run| run.outcome == outcome).count()
    }

    /// Two lines: the runs, then the rules, as [`Suite::text`] has them; a suite in which the
    /// simulator failed did not pass. `took` is the real time in milliseconds.
    #[must_use]
    pub fn text(&self, took: Option<u64>) -> String {
        let text = self.suite.text(took);
        match (self.count(Ended::Fault), text.split_once("  ")) {
            (0, _) | (_, None) => text,
            (faults, Some((_, rest))) => {
                let runs = words::count(faults, "run");
                format!("FAULT  {runs} made bitsim itself fail; {rest}")
            }
        }
    }

    /// The whole as JSON; `fixtures/schema/results.schema.json` describes it.
    #[must_use]
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Rule {
            id: &'static str,
            outcome: &'static str,
            held: u64,
            runs: usize,
            broken: usize,
        }
        #[derive(Serialize)]
        struct Totals {
            scenarios: usize,
            runs: usize,
            held: usize,
            broken: usize,
            unsettled: usize,
            fault: usize,
            invalid: usize,
            virtual_seconds: u64,
            rules_held: usize,
            rules_broken: usize,
            rules_not_exercised: usize,
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            format: &'static str,
            version: u32,
            totals: Totals,
            runs: &'a [Played],
            rules: Vec<Rule>,
        }
        let rules: Vec<Rule> = bitsim_oracle::checked()
            .into_iter()
            .map(|rule| {
                let tally = self.suite.rule(rule);
                let outcome = match (tally.broken, tally.runs) {
                    (0, 0) => "not_exercised",
                    (0, _) => "held",
                    _ => "broken",
                };
                let summary::RuleTally { held, runs, broken } = tally;
                Rule { id: rule.text(), outcome, held, runs, broken }
            })
            .collect();
        let fared = |outcome: &str| rules.iter().filter(|rule| rule.outcome == outcome).count();
        let mut paths: Vec<&str> = self.runs.iter().map(|run| run.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let totals = Totals {
            scenarios: paths.len(),
            runs: self.runs.len() - self.count(Ended::Invalid),
            held: self.count(Ended::Held),
            broken: self.count(Ended::Broken),
            unsettled: self.count(Ended::Unsettled),
            fault: self.count(Ended::Fault),
            invalid: self.count(Ended::Invalid),
            virtual_seconds: self.runs.iter().map(|run| run.virtual_seconds).sum(),
            rules_held: fared("held"),
            rules_broken: fared("broken"),
            rules_not_exercised: fared("not_exercised"),
        };
        let format = "bitsim-results";
        crate::json(&Whole { format, version: VERSION, totals, runs: &self.runs, rules })
    }
}

impl Played {
    /// The folder of the test's name, with dots: `bits.error_count`. A test without one belongs to
    /// the folder that its file is in.
    #[must_use]
    pub fn folder(&self) -> String {
        if let Some((folder, _)) = self.name.rsplit_once("::") {
            return folder.replace("::", ".");
        }
        let folder = self.path.rsplit('/').nth(1).filter(|folder| !folder.is_empty());
        folder.unwrap_or("scenarios").to_owned()
    }

    /// What went wrong first, with its rule: `BITS-ERRCOUNT-004: a network disconnect raised ...`.
    #[must_use]
    pub fn headline(&self) -> String {
        self.failures.first().map_or_else(|| self.outcome.word().to_owned(), Failed::headline)
    }
}

impl Failed {
    /// The rule, if there is one, and what is wrong.
    #[must_use]
    pub fn headline(&self) -> String {
        match &self.rule {
            Some(rule) if !self.title.starts_with(rule.as_str()) => {
                format!("{rule}: {}", self.title)
            }
            _ => self.title.clone(),
        }
    }

    /// Expected and got in one clause; empty if there is nothing to compare.
    #[must_use]
    pub fn contrast(&self) -> String {
        match (self.expected.as_str(), self.got.as_str()) {
            ("", got) => got.to_owned(),
            (expected, "") => format!("expected {expected}"),
            (expected, got) => format!("expected {expected}, the trace says {got}"),
        }
    }

    /// The catalogue's entry of the rule, or of the one behind the demand.
    #[must_use]
    pub fn entry(&self) -> Option<&'static rulebook::Rule> {
        self.rule
            .as_deref()
            .or(self.behind.as_deref())
            .and_then(RuleId::parse)
            .and_then(rulebook::rule)
    }
}

/// A failure of a run in words.
fn failed(case: &Case<'_>, failure: &Failure, names: &Names) -> Failed {
    let place = failure::place(case, failure).unwrap_or_default();
    let (expected, got) = match failure {
        Failure::Rule { noticed: Some(demand), .. } | Failure::Demand(demand) => {
            (demand.expected.clone(), demand.actual.clone())
        }
        Failure::Rule { violation, noticed: None, .. } => {
            let said = |text: &str| failure::with_job(violation, text, names);
            (said(&violation.expected), said(&violation.actual))
        }
    };
    let rule = failure.rule(case.run);
    Failed {
        behind: match rule {
            Some(_) => None,
            None => failure::behind(case, failure).map(|behind| behind.rule.text().to_owned()),
        },
        rule: rule.map(|rule| rule.text().to_owned()),
        title: failure.title(names),
        expected,
        got,
        line: place.line,
        column: place.column,
        event: failure.event(),
        at: words::time(failure.at()),
        follows: false,
        is_rule: matches!(failure, Failure::Rule { .. }),
        annotation: None,
    }
}

fn mistake(id: Option<&str>, title: &str, place: Place) -> Failed {
    Failed {
        rule: id.map(str::to_owned),
        behind: None,
        title: title.to_owned(),
        expected: String::new(),
        got: String::new(),
        line: place.line,
        column: place.column,
        event: 0,
        at: words::time(SimTime::ZERO),
        follows: false,
        is_rule: false,
        annotation: None,
    }
}

fn unplayed(path: &str, name: &str, outcome: Ended, text: String) -> Played {
    Played {
        name: name.to_owned(),
        title: String::new(),
        path: path.to_owned(),
        target: None,
        seed: None,
        outcome,
        digest: None,
        events: 0,
        virtual_seconds: 0,
        failures: Vec::new(),
        rules: BTreeMap::new(),
        text,
        again: String::new(),
        warnings: Vec::new(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sample;

    /// One run that held, one that broke a rule, one that the simulator gave up, one invalid file.
    pub(crate) fn results() -> Results {
        let (plan, run) = (sample::plan(), sample::run());
        let mut held = run.clone();
        held.findings = bitsim_oracle::Findings::default();
        held.findings.held(RuleId::BITS_STATE_001);
        held.failures.clear();
        let mut results = Results::default();
        for (name, run, text) in [
            ("bits::error_count::fine", &held, ""),
            ("bits::error_count::pulled_cable", &run, "FAIL  pulled_cable\n\nall of it <&>\u{1}\n"),
        ] {
            let case = Case {
                name,
                path: "scenarios/bits/error_count/pulled_cable.yaml",
                source: sample::SOURCE,
                plan: &plan,
                run,
                again: "bitsim run scenarios/bits/error_count/pulled_cable.yaml",
            };
            let _ = results.add(&case, Target::BITS, text.to_owned());
        }
        let fault = "FAULT  it fell over\n".to_owned();
        results.add_fault("scenarios/deep.yaml", "deep", Some(Target::BITS), fault);
        let found = [Diagnostic {
            id: "SCN-004",
            severity: Severity::Error,
            message: "unknown field `a` # or ]]> \\".into(),
            place: Place { line: 5, column: 5, offset: 42, len: 19 },
            label: String::new(),
            related: Vec::new(),
            help: None,
        }];
        results.add_mistakes("scenarios/odd.yaml", "odd", &found, "error[SCN-004]\n".to_owned());
        results
    }

    #[test]
    fn every_entry_is_counted_where_it_belongs() {
        let results = results();
        let whole: serde_json::Value = serde_json::from_str(&results.json()).expect("JSON");
        assert_eq!(whole["version"], 2);
        assert_eq!(whole["totals"]["runs"], 3, "an invalid file is no run");
        for outcome in ["held", "broken", "fault", "invalid"] {
            assert_eq!(whole["totals"][outcome], 1, "{outcome}");
        }
        let broken = &whole["runs"][1];
        assert_eq!(broken["virtual_seconds"], 2_220);
        assert_eq!(broken["failures"][0]["rule"], "BITS-ERRCOUNT-004");
        assert_eq!(broken["failures"][0]["line"], 19);
        assert_eq!(broken["failures"][0]["expected"], "1");
        assert_eq!(broken["failures"][0]["got"], "2");
        assert_eq!(broken["failures"][0]["at"], "00:25:00.000");
        assert!(results.text(None).starts_with("FAULT  1 run made bitsim itself fail; 1 broken, "));
        assert_eq!(whole["runs"][0]["rules"]["BITS-STATE-001"], 1);
        assert_eq!(whole["runs"][3]["failures"][0]["rule"], "SCN-004");
        assert_eq!(whole["rules"].as_array().map(Vec::len), Some(bitsim_oracle::checked().len()));
    }

    #[test]
    fn a_test_belongs_to_its_folder() {
        let results = results();
        let folders: Vec<String> = results.runs.iter().map(Played::folder).collect();
        let here = "bits.error_count";
        assert_eq!(folders, [here, here, "scenarios", "scenarios"]);
    }

    #[test]
    fn a_headline_names_the_rule_once() {
        let results = results();
        let headline = results.runs[1].headline();
        assert!(headline.starts_with("BITS-ERRCOUNT-004: a network disconnect"), "{headline}");
        let mut idle = results.runs[1].failures[0].clone();
        idle.title = "BITS-ERRCOUNT-004 is declared and should be exercised".into();
        assert_eq!(idle.headline(), idle.title);
    }

    #[test]
    fn the_command_for_a_file_with_mistakes_can_be_pasted() {
        let mut all = Results::default();
        all.add_mistakes("my folder/a b.yaml", "a b", &[], String::new());
        assert_eq!(all.runs[0].again, "bitsim check 'my folder/a b.yaml'");
    }
}
