//! What a whole suite came to: quiet where it passes, and honest about what that proves.

pub mod markdown;

use crate::rulebook;
use crate::words;
use bitsim_oracle::Outcome;
use bitsim_replay::{FailureKind, Run};
use bitsim_vocab::{RuleId, SimTime, Span, Target};
use std::collections::BTreeSet;
use std::fmt::Write;

/// How a run came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No rule was broken and every demand of the scenario was met.
    Held,
    /// A rule was broken or a demand was not met.
    Broken,
    /// Nothing else failed, but things still happened when the run's bounds were reached.
    Unsettled,
}

impl Verdict {
    /// The verdict on a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let unsettled = |kind| kind == FailureKind::Unsettled;
        if run.holds() {
            Self::Held
        } else if run.violations().next().is_none()
            && run.failures.iter().all(|failure| unsettled(failure.kind))
        {
            Self::Unsettled
        } else {
            Self::Broken
        }
    }
}

/// How a rule fared over a suite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleTally {
    /// How often it had a chance to fail and held.
    pub held: u64,
    /// Runs in which it had a chance to fail.
    pub runs: usize,
    /// Runs in which it was broken.
    pub broken: usize,
}

/// Counts runs and rules.
#[derive(Debug, Clone)]
pub struct Suite {
    verdicts: Vec<Verdict>,
    targets: BTreeSet<Target>,
    files: BTreeSet<String>,
    rules: Vec<RuleTally>,
    simulated: Span,
}

impl Default for Suite {
    fn default() -> Self {
        Self {
            verdicts: Vec::new(),
            targets: BTreeSet::new(),
            files: BTreeSet::new(),
            rules: vec![RuleTally::default(); RuleId::ALL.len()],
            simulated: Span::ZERO,
        }
    }
}

impl Suite {
    /// Counts a run. `path` is the scenario's file.
    pub fn add(&mut self, path: &str, target: Target, run: &Run) -> Verdict {
        let outcome = Verdict::of(run);
        let simulated = run.ended_at().since(SimTime::ZERO);
        self.simulated = self.simulated + simulated;
        self.files.insert(path.to_owned());
        for (rule, tally) in RuleId::ALL.iter().zip(&mut self.rules) {
            match run.findings.outcome(*rule) {
                Outcome::NotExercised => continue,
                // A rule is covered by runs of its own service only.
                _ if !is_of(*rule, target) => continue,
                // What a named defect is there to break says nothing about the rule.
                Outcome::Broken(_) if run.is_by_design(*rule) => continue,
                Outcome::Held(times) => tally.held += u64::from(times),
                Outcome::Broken(_) => tally.broken += 1,
            }
            tally.runs += 1;
        }
        self.verdicts.push(outcome);
        self.targets.insert(target);
        outcome
    }

    /// How many runs came out like this.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.iter().filter(|outcome| **outcome == verdict).count()
    }

    /// How many runs there were.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.verdicts.len()
    }

    /// How a rule fared.
    #[must_use]
    pub fn rule(&self, rule: RuleId) -> RuleTally {
        self.rules[rule.index()]
    }

    /// Two lines: the runs, then the rules. `took` is the real time in milliseconds, if it is to
    /// be told.
    #[must_use]
    pub fn text(&self, took: Option<u64>) -> String {
        let (broken, unsettled) = (self.count(Verdict::Broken), self.count(Verdict::Unsettled));
        let mut out = if broken + unsettled == 0 { "PASS  " } else { "FAIL  " }.to_owned();
        if broken > 0 {
            let _ = write!(out, "{broken} broken, ");
        }
        if unsettled > 0 {
            let _ = write!(out, "{unsettled} not settled, ");
        }
        if broken + unsettled > 0 {
            let _ = write!(out, "{} held; ", self.count(Verdict::Held));
        }
        let _ = write!(
            out,
            "{}, {}, {}",
            words::count(self.files.len(), "scenario"),
            words::count(self.verdicts.len(), "run"),
            simulated(self.simulated)
        );
        if let Some(took) = took {
            let _ = write!(out, " in {}.{} s", took / 1_000, took % 1_000 / 100);
        }
        out.push('\n');
        out += &self.rules_line();
        out
    }

    /// `rules  96 held, 7 not exercised (bitsim rules --uncovered), 12 stands taken`.
    #[must_use]
    pub fn rules_line(&self) -> String {
        let checked = bitsim_oracle::checked();
        let of = |rule: &RuleId| self.rules[rule.index()];
        let broken = checked.iter().filter(|rule| of(rule).broken > 0).count();
        let held: Vec<RuleId> = checked
            .iter()
            .copied()
            .filter(|rule| of(rule).broken == 0 && of(rule).runs > 0)
            .collect();
        let idle = checked.len() - broken - held.len();
        let stand = |rule: &&RuleId| rulebook::rule(**rule).is_some_and(|r| r.ambiguity.is_some());
        let stands = held.iter().filter(stand).count();
        let mut parts = vec![format!("{} held", held.len())];
        if broken > 0 {
            parts.insert(0, format!("{broken} broken"));
        }
        if idle > 0 {
            parts.push(format!("{idle} not exercised (bitsim rules --uncovered)"));
        }
        if stands > 0 {
            parts.push(format!("{} taken", words::count(stands, "stand")));
        }
        format!("rules  {}\n", parts.join(", "))
    }

    /// The rules that the judge has a check for, that speak of a service that was played, and that
    /// no run put to the test.
    #[must_use]
    pub fn idle(&self) -> Vec<RuleId> {
        let played = |rule: RuleId| self.targets.iter().any(|target| is_of(rule, *target));
        let idle = |rule: RuleId| self.rules[rule.index()].runs == 0;
        bitsim_oracle::checked().into_iter().filter(|rule| idle(*rule) && played(*rule)).collect()
    }
}

/// True if the rule speaks of the service that was played.
pub(crate) fn is_of(rule: RuleId, target: Target) -> bool {
    let service = rulebook::rule(rule).map(|rule| rule.applies.service.as_str());
    service.is_none_or(|service| service == target.service.name())
}

/// Simulated time in words: `41 simulated years`, `14 simulated days`, `37 simulated minutes`.
fn simulated(span: Span) -> String {
    const UNITS: [(u64, &str); 4] =
        [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    let secs = span.as_secs();
    let (size, unit) =
        UNITS.into_iter().find(|(size, _)| secs >= 2 * size).unwrap_or((1, "second"));
    words::count(usize::try_from(secs / size).unwrap_or(usize::MAX), &format!("simulated {unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_suite_says_what_it_proved() {
        let mut suite = Suite::default();
        let mut good = sample::run();
        good.findings = bitsim_oracle::Findings::default();
        good.failures.clear();
        for _ in 0..2 {
            assert_eq!(suite.add("scenarios/a.yaml", Target::BITS, &good), Verdict::Held);
        }
        let text = suite.text(Some(412));
        assert!(
            text.starts_with(
                "PASS  1 scenario, 2 runs, 74 simulated minutes in 0.4 s\nrules  0 held, "
            ),
            "{text}"
        );
        let broken = suite.add("scenarios/b.yaml", Target::BITS, &sample::run());
        assert_eq!(broken, Verdict::Broken);
        let text = suite.text(None);
        assert!(text.starts_with("FAIL  1 broken, 2 held; 2 scenarios, 3 runs, "), "{text}");
    }

    #[test]
    fn a_rule_is_covered_by_runs_of_its_own_service() {
        let mut run = sample::run();
        run.findings = bitsim_oracle::Findings::default();
        run.findings.held(RuleId::BITS_ERROR_020);
        run.findings.held(RuleId::BITS_STATE_001);
        let mut suite = Suite::default();
        let _ = suite.add("scenarios/a.yaml", Target::BITS, &run);
        assert_eq!(suite.rule(RuleId::BITS_ERROR_020).runs, 0, "it is a rule of do-legacy");
        assert_eq!(suite.rule(RuleId::BITS_STATE_001).runs, 1);
        let _ = suite.add("scenarios/a.yaml", Target::DO_LEGACY, &run);
        assert_eq!(suite.rule(RuleId::BITS_ERROR_020).runs, 1);
        assert_eq!(suite.rule(RuleId::BITS_STATE_001).runs, 1);
    }

    #[test]
    fn simulated_time_is_rounded_down() {
        assert_eq!(simulated(Span::days(365 * 41 + 200)), "41 simulated years");
        assert_eq!(simulated(Span::days(14)), "14 simulated days");
        assert_eq!(simulated(Span::secs(1)), "1 simulated second");
    }
}
