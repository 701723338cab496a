//! The judge shows an event only to those who want to see it. That must change nothing.

use super::shipped;
use crate::{Options, play_with};
use bitsim_engine::sabotage::{Bug, bugs};
use bitsim_oracle::{Findings, Oracle};
use bitsim_scenario::Plan;
use bitsim_vocab::RuleId;
use bitsim_vocab::trace::Trace;

fn judged(oracle: Oracle, trace: &Trace) -> Findings {
    let mut oracle = oracle.with_witnesses();
    trace.events.iter().for_each(|event| oracle.observe(event));
    oracle.finish(trace.end)
}

/// Everything that the judge found, in the same words, or else what differs.
fn compare(name: &str, plan: &Plan, bug: Option<&Bug>) {
    let sabotage = bug.map(|bug| -> crate::Sabotage<'_> { Box::new(|world| world.sabotage(bug)) });
    let options = Options { unjudged: true, sabotage, ..Options::default() };
    let trace = play_with(plan, options).trace;
    let usual = judged(Oracle::new(&trace.setup), &trace);
    let all = judged(Oracle::new(&trace.setup).showing_everything(), &trace);
    let place = || format!("{name} on {}, {:?}", trace.setup.target, bug.map(|bug| bug.name));
    assert_eq!(usual.violations(), all.violations(), "{}", place());
    assert_eq!(usual.witnesses(), all.witnesses(), "{}", place());
    for rule in RuleId::ALL {
        assert_eq!(usual.outcome(*rule), all.outcome(*rule), "{rule}: {}", place());
    }
}

/// One in `few` of the shipped scenarios with each bug of their service.
fn compare_sabotaged(few: usize) {
    let shipped = shipped();
    let runs: Vec<(&String, &Plan)> = shipped
        .iter()
        .flat_map(|(name, plans)| plans.iter().map(move |plan| (name, plan)))
        .collect();
    for (number, bug) in bugs().enumerate() {
        for (name, plan) in runs.iter().skip(number % few).step_by(few) {
            compare(name, plan, Some(bug));
        }
    }
}

#[test]
fn showing_events_to_few_changes_no_verdict() {
    for (name, plans) in shipped() {
        plans.iter().for_each(|plan| compare(&name, plan, None));
    }
    compare_sabotaged(389);
}

#[test]
#[ignore = "minutes: every bug in every scenario"]
fn showing_events_to_few_changes_no_verdict_whatever_is_wrong() {
    compare_sabotaged(1);
}
