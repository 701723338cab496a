//! What the rules found: how often each held, and what broke it.

use bitsim_vocab::{Event, JobId, RuleId, SimTime};

/// How a rule fared over a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing in the run gave it a chance to fail.
    NotExercised,
    /// It had this many chances to fail and did not.
    Held(u32),
    /// It was broken.
    Broken(Vec<Violation>),
}

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: RuleId,
    /// The job, if it is about one.
    pub job: Option<JobId>,
    /// The event that broke it (position in the trace, from 1), or the last one for what failed
    /// to happen.
    pub event: u32,
    /// When.
    pub at: SimTime,
    /// What happened, in one clause: ``a network disconnect raised the error count of `{job}` ``
    /// with `{job}` standing for the job's name.
    pub what: String,
    /// What the rule demands at this place.
    pub expected: String,
    /// What the trace says.
    pub actual: String,
}

/// At most this many violations of one rule are kept; the rest are only counted as broken.
const MOST_KEPT: usize = 8;

/// Collects what the rules find.
#[derive(Debug, Clone)]
pub struct Findings {
    held: Vec<u32>,
    broken: Vec<Violation>,
}

impl Default for Findings {
    fn default() -> Self {
        Self { held: vec![0; RuleId::ALL.len()], broken: Vec::new() }
    }
}

impl Findings {
    /// The rule had a chance to fail and held.
    pub fn held(&mut self, rule: RuleId) {
        self.held[rule.index()] += 1;
    }

    /// The rule was broken. The texts are made only here, so that a run that holds pays nothing.
    pub fn broken(&mut self, violation: Violation) {
        let same = |other: &&Violation| other.rule == violation.rule;
        if self.broken.iter().filter(same).count() < MOST_KEPT {
            self.broken.push(violation);
        }
    }

    /// Records `rule` as held if `ok`, else as broken at `event` with the texts of `why`:
    /// what happened, what was expected, what the trace says.
    pub fn ensure(
        &mut self,
        rule: RuleId,
        ok: bool,
        event: &Event,
        why: impl FnOnce() -> (String, String, String),
    ) {
        if ok {
            self.held(rule);
        } else {
            let (what, expected, actual) = why();
            self.broken(Violation {
                rule,
                job: event.what.job(),
                event: event.seq,
                at: event.at,
                what,
                expected,
                actual,
            });
        }
    }

    /// The outcome of a rule.
    #[must_use]
    pub fn outcome(&self, rule: RuleId) -> Outcome {
        let broken: Vec<Violation> =
            self.broken.iter().filter(|found| found.rule == rule).cloned().collect();
        match (broken.is_empty(), self.held[rule.index()]) {
            (false, _) => Outcome::Broken(broken),
            (true, 0) => Outcome::NotExercised,
            (true, times) => Outcome::Held(times),
        }
    }

    /// Every violation, in the order in which it was found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.broken
    }
}
