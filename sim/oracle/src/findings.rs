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

/// A rule that had a chance to fail at an event and held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// The event (position in the trace, from 1) that the judge was looking at; for what only the
    /// end of a run proves, the last one.
    pub event: u32,
    /// The rule.
    pub rule: RuleId,
}

/// At most this many violations of one rule are kept; the rest are only counted as broken.
const MOST_KEPT: usize = 8;

/// Collects what the rules find.
#[derive(Debug, Clone)]
pub struct Findings {
    held: Vec<u32>,
    broken: Vec<Violation>,
    /// The event that the judge is looking at.
    looking_at: u32,
    /// Where each rule held; `None` while nobody wants to know.
    witnesses: Option<Vec<Witness>>,
}

impl Default for Findings {
    fn default() -> Self {
        let held = vec![0; RuleId::ALL.len()];
        Self { held, broken: Vec::new(), looking_at: 0, witnesses: None }
    }
}

impl Findings {
    /// Findings that also remember at which event each rule held.
    pub(crate) fn with_witnesses() -> Self {
        Self { witnesses: Some(Vec::new()), ..Self::default() }
    }

    /// The judge turns to the next event.
    pub(crate) fn look_at(&mut self, event: u32) {
        self.looking_at = event;
    }

    /// The rule had a chance to fail and held.
    #[inline]
    pub fn held(&mut self, rule: RuleId) {
        self.held[rule.index()] += 1;
        if let Some(witnesses) = &mut self.witnesses {
            let witness = Witness { event: self.looking_at, rule };
            if witnesses.last() != Some(&witness) {
                witnesses.push(witness);
            }
        }
    }

    /// Where each rule held, in the order of the trace, each rule once for an event. Empty unless
    /// the judge was asked to remember it.
    #[must_use]
    pub fn witnesses(&self) -> Vec<Witness> {
        let mut all = self.witnesses.clone().unwrap_or_default();
        all.sort_unstable();
        all.dedup();
        all
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
    #[inline]
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

    /// True if the rule had a chance to fail and was not broken.
    #[must_use]
    pub fn has_held(&self, rule: RuleId) -> bool {
        self.held[rule.index()] > 0 && self.broken.iter().all(|found| found.rule != rule)
    }

    /// How often each rule held, by [`RuleId::index`].
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.held
    }

    /// Every violation, in the order in which it was found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.broken
    }
}
