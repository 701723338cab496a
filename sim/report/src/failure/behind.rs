//! The rule to name with a failure: the broken one, or the one behind an expectation.

use super::topic::{self, Topic};
use super::{Case, Failure};
use bitsim_oracle::Outcome;
use bitsim_replay::{ExpectationFailure, Run};
use bitsim_vocab::RuleId;
use bitsim_vocab::trace::{Event, Happened};
use std::collections::BTreeSet;

/// Why a rule is named with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// The run broke it.
    Broken,
    /// The scenario declares to exercise it, and nothing did.
    Idle,
    /// The scenario declares it, and it says what the failed demand asks.
    Declared,
    /// It was put to the test where the demand failed, held there, and says what the demand asks.
    Held,
    /// It is the rule that says most about what the demand asks.
    Governs,
}

/// A rule, and why it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// The rule.
    pub rule: RuleId,
    /// Why.
    pub tie: Tie,
}

/// The rule to name with a failure, if there is one. Which rules held where is known only of a run
/// that was played with [`bitsim_replay::Options::witnessed`].
#[must_use]
pub fn behind(case: &Case<'_>, failure: &Failure) -> Option<Behind> {
    match failure {
        Failure::Rule { violation, .. } => Some(Behind { rule: violation.rule, tie: Tie::Broken }),
        Failure::Demand(_) if failure.is_idle() => {
            failure.rule(case.run).map(|rule| Behind { rule, tie: Tie::Idle })
        }
        Failure::Demand(demand) => {
            let topic = topic::of(case.plan, case.run, demand)?;
            of_topic(case.run, demand, topic)
        }
    }
}

fn of_topic(run: &Run, demand: &ExpectationFailure, topic: Topic) -> Option<Behind> {
    let tried = witnessed(run, demand, topic);
    let governs = topic::governing(topic, run.target().service, &demand.actual);
    let declared = run.declared.iter().map(|one| one.value).filter(|rule| topic.is_of(*rule));
    let declared: Vec<RuleId> = declared.collect();
    let tried_first = declared.iter().find(|rule| tried.contains(rule)).or(declared.first());
    if let Some(rule) = tried_first {
        return Some(Behind { rule: *rule, tie: Tie::Declared });
    }
    if let Some(rule) = most_particular(run, &tried, topic, governs) {
        return Some(Behind { rule, tie: Tie::Held });
    }
    governs.map(|rule| Behind { rule, tie: Tie::Governs })
}

/// The rules about a topic that held where the answer was decided: at the latest change of the job,
/// at the call that returned it, or else anywhere between that change and the answer.
fn witnessed(run: &Run, demand: &ExpectationFailure, topic: Topic) -> Vec<RuleId> {
    let asked = demand.event;
    let before = run.trace.events.get(..asked as usize).unwrap_or_default();
    let decides = |event: &&Event| match (&event.what, topic) {
        (Happened::Called(called), Topic::Call(method)) => called.call.method() == method,
        (_, Topic::Call(_)) => false,
        (Happened::State { .. } | Happened::Standing { .. }, _) => {
            demand.job.is_none() || event.what.job() == demand.job
        }
        _ => false,
    };
    let latest = before.iter().rev().find(decides).or(before.last());
    let Some(latest) = latest else { return Vec::new() };
    let same = |event: &&Event| event.at == latest.at;
    let (first, last) = match topic {
        Topic::Call(_) => (latest.seq, asked),
        _ => (
            before.iter().find(same).map_or(asked, |event| event.seq),
            before.iter().rev().find(same).map_or(asked, |event| event.seq),
        ),
    };
    let witnesses = run.findings.witnesses();
    let within = |last: u32| {
        let here = witnesses.iter().filter(|one| (first..=last).contains(&one.event));
        let rules = here.map(|one| one.rule).filter(|rule| topic.is_of(*rule));
        rules.collect::<BTreeSet<RuleId>>().into_iter().collect::<Vec<_>>()
    };
    let at_once = if topic.is_moved() { within(last) } else { Vec::new() };
    if at_once.is_empty() { within(asked) } else { at_once }
}

/// The most particular of several rules: for a state one that says what moves jobs rather than one
/// about all states, then the one that governs the topic, then the one that had the fewest chances
/// to fail in the whole run.
fn most_particular(
    run: &Run,
    rules: &[RuleId],
    topic: Topic,
    governs: Option<RuleId>,
) -> Option<RuleId> {
    let times = |rule: &RuleId| match run.findings.outcome(*rule) {
        Outcome::Held(times) => times,
        Outcome::NotExercised | Outcome::Broken(_) => u32::MAX,
    };
    let general = |rule: &RuleId| topic == Topic::State && rule.text().contains("-STATE-");
    rules
        .iter()
        .copied()
        .min_by_key(|rule| (general(rule), Some(*rule) != governs, times(rule), *rule))
}

/// How the rule fared in this run, for a demand that failed although the rule is not its cause.
pub(super) fn fared(run: &Run, rule: RuleId) -> String {
    match run.findings.outcome(rule) {
        Outcome::Held(1) => "not broken: it held once in this run".to_owned(),
        Outcome::Held(times) => format!("not broken: it held {times} times in this run"),
        Outcome::NotExercised => "not broken: nothing in this run put it to the test".to_owned(),
        Outcome::Broken(_) => "broken in this run, too".to_owned(),
    }
}
