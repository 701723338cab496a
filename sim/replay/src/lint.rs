//! What is probably not meant as it is written, told by the runs of a scenario: faults that touch
//! nothing, checks that come too late, rules and answers that play no part.
//!
//! A scenario is a story that may well be about nothing happening. So a lint speaks only if the
//! run leaves no other reading, and only if that is so on every target that the line holds on.

use crate::{ExpectationFailure, FailureKind, Options, Run, play_with};
use bitsim_scenario::plan::{Act, At, Check, Place, PlannedCall, Step, When};
use bitsim_scenario::{Diagnostic, Plan, codes};
use bitsim_vocab::download::DownloadState;
use bitsim_vocab::trace::{Event, Happened};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{JobId, JobState, SimTime};
use std::collections::BTreeMap;

/// Nobody waits for a longer run to be played again.
const MOST_EVENTS: usize = 100_000;

/// How often one run is played again at most.
const MOST_PLAYS: usize = 30;

/// What one run says about one line: nothing, or that something is wrong with it.
type Opinion = (Place, Option<Diagnostic>);

/// What the runs of one scenario, one for each of its targets, show to be wrong with it. Nothing
/// is said of runs that broke off.
#[must_use]
pub fn lint(played: &[(Plan, Run)]) -> Vec<Diagnostic> {
    let lints: [fn(&Plan, &Run) -> Vec<Opinion>; 5] =
        [idle_faults, late_checks, repeated_checks, idle_rules, idle_answers];
    let mut found: Vec<Diagnostic> = lints.iter().flat_map(|lint| agreed(played, *lint)).collect();
    found.sort_by_key(|one| (one.place.offset, one.id));
    found
}

/// The complaints about a line that every run makes in which the line plays a part.
fn agreed(played: &[(Plan, Run)], lint: fn(&Plan, &Run) -> Vec<Opinion>) -> Vec<Diagnostic> {
    let mut opinions: BTreeMap<Place, Vec<Option<Diagnostic>>> = BTreeMap::new();
    for (place, opinion) in played.iter().flat_map(|(plan, run)| lint(plan, run)) {
        opinions.entry(place).or_default().push(opinion);
    }
    let all = |all: Vec<Option<Diagnostic>>| all.into_iter().collect::<Option<Vec<_>>>();
    opinions.into_values().filter_map(all).flat_map(|all| all.into_iter().take(1)).collect()
}

/// When a step was played.
fn time_of(run: &Run, step: &Step) -> Option<SimTime> {
    run.step(step.id).map(|step| step.at)
}

fn is_check(act: &At<Act>) -> bool {
    matches!(act.value, Act::Expect(_) | Act::OneOf(_) | Act::Poll { .. })
}

/// Faults without which the run is the same.
fn idle_faults(plan: &Plan, run: &Run) -> Vec<Opinion> {
    let mut without = plan.clone();
    let mut plays = 0;
    let mut opinions = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        for act in step.acts.iter().filter(|act| what_fault(act).is_some()) {
            let reason = match run.settled() && run.trace.events.len() <= MOST_EVENTS {
                true => no_point(plan, run, position, act),
                false => None,
            };
            let found = reason.filter(|_| plays < MOST_PLAYS).and_then(|reason| {
                plays += 1;
                let fewer = leave_out(&without, act.place);
                let again =
                    play_with(&fewer, Options { seed: Some(run.seed()), ..Options::default() });
                let idle = is_the_same(run, &again) && proves_the_same(plan, run, &again);
                idle.then(|| {
                    without = fewer;
                    touches_nothing(act, reason)
                })
            });
            opinions.push((act.place, found));
        }
    }
    opinions
}

/// What a fault is called, if an act is one.
fn what_fault(act: &At<Act>) -> Option<&'static str> {
    let Act::Disturb { what, .. } = &act.value else { return None };
    match what {
        Disturbance::FaultBegins(_) => Some("no request ever meets this fault"),
        Disturbance::NetworkLost => Some("nothing is interrupted by this disconnection"),
        Disturbance::BlockBegins(_) | Disturbance::NetworkConditions(_) => {
            Some("nothing is held up by this")
        }
        _ => None,
    }
}

/// Why a fault that changes nothing cannot be meant to: nobody looks, what was expected does not
/// come, or there is nothing left that it could touch.
fn no_point(plan: &Plan, run: &Run, position: usize, fault: &At<Act>) -> Option<String> {
    let step = plan.steps.get(position)?;
    let begins = time_of(run, step)?;
    let in_step = step.acts.iter().skip_while(|act| act.place != fault.place).skip(1);
    let later = || in_step.clone().chain(plan.steps[position + 1..].iter().flat_map(|s| &s.acts));
    let looked_at = later().any(is_check) || !plan.never.is_empty() || !plan.finally.is_empty();
    if !looked_at {
        return Some("nothing is checked from here on".to_owned());
    }
    let failed = |kind| !matches!(kind, FailureKind::Setup | FailureKind::NotExercised);
    if run.failures.iter().any(|failure| failed(failure.kind) && failure.at >= begins) {
        return Some("what is expected after it does not come".to_owned());
    }
    let calls = |act: &At<Act>| match &act.value {
        Act::Call { call, .. } => !only_asks(call),
        _ => false,
    };
    let ended = all_ended_at(run, &fault.value, step).filter(|_| !later().any(calls))?;
    Some(format!("every job or download had ended at {ended}"))
}

/// True for a call that changes nothing.
fn only_asks(call: &PlannedCall) -> bool {
    match call {
        PlannedCall::Job(_, call) => call.method().starts_with("Get"),
        PlannedCall::Download(_, call) => call.method().starts_with("Get"),
        PlannedCall::Create(_) | PlannedCall::Start(_) => false,
        _ => true,
    }
}

/// When the last job or download came to its end, if that was before the fault began.
fn all_ended_at(run: &Run, fault: &Act, step: &Step) -> Option<SimTime> {
    let Act::Disturb { what, .. } = fault else { return None };
    let begins = |event: &&Event| {
        event.source == Some(step.id) && matches!(&event.what, Happened::Env(env) if **env == *what)
    };
    let begins = run.trace.events.iter().find(begins)?.seq;
    let mut ended: BTreeMap<JobId, Option<SimTime>> = BTreeMap::new();
    for event in run.trace.events.iter().take_while(|event| event.seq < begins) {
        let (job, over) = match &event.what {
            Happened::Created(created) => (created.job, false),
            Happened::DownloadCreated(created) => (created.job, false),
            Happened::State { job, to, .. } => {
                (*job, to.is_final() || *to == JobState::Transferred)
            }
            Happened::Standing { job, to, .. } => {
                (*job, to.state.is_final() || to.state == DownloadState::Transferred)
            }
            _ => continue,
        };
        ended.insert(job, over.then_some(event.at));
    }
    ended.into_values().collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// The plan without the fault that stands there.
fn leave_out(plan: &Plan, place: Place) -> Plan {
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        step.acts.retain(|act| act.place != place || what_fault(act).is_none());
    }
    plan
}

/// True if the same happened in both, but for what befell the world.
fn is_the_same(run: &Run, other: &Run) -> bool {
    let felt = |event: &&Event| !matches!(event.what, Happened::Env(_));
    let told = |event: &Event| (event.at, event.wall, event.source, event.what.clone());
    let events =
        |run: &'_ Run| -> Vec<_> { run.trace.events.iter().filter(felt).map(told).collect() };
    events(run) == events(other)
}

/// True if both put every declared rule to the test as often.
fn proves_the_same(plan: &Plan, run: &Run, other: &Run) -> bool {
    let same = |rule| run.findings.outcome(rule) == other.findings.outcome(rule);
    plan.rules.iter().all(|rule| same(rule.value))
}

fn touches_nothing(fault: &At<Act>, reason: String) -> Diagnostic {
    let message = what_fault(fault).unwrap_or("nothing ever meets this");
    Diagnostic::warning(codes::TOUCHES_NOTHING, fault.place, message).label(reason).help(
        "the run is the same without it: let it begin while something transfers, or leave it out",
    )
}

/// Checks that fail at a time when nothing can happen any more.
fn late_checks(plan: &Plan, run: &Run) -> Vec<Opinion> {
    let mut opinions = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        let checks = !step.acts.is_empty() && step.acts.iter().all(is_check);
        if checks && !matches!(step.when, When::Until { .. }) {
            let late = at_rest_since(plan, run, position);
            opinions
                .push((step.place, late.and_then(|since| too_late(plan, run, position, since))));
        }
    }
    opinions
}

/// Since when nothing has happened at a step and nothing will happen any more, neither by itself
/// nor by the story.
fn at_rest_since(plan: &Plan, run: &Run, position: usize) -> Option<SimTime> {
    let at = time_of(run, plan.steps.get(position)?)?;
    let acts = |step: &&Step| !step.acts.iter().all(is_check);
    if !run.settled() || plan.steps[position..].iter().any(|step| acts(&step)) {
        return None;
    }
    let happens = |event: &&Event| !matches!(event.what, Happened::Called(_));
    let last = run.trace.events.iter().rfind(happens).map_or(SimTime::ZERO, |event| event.at);
    let acted = plan.steps[..position].iter().filter(acts);
    let acted = acted.filter_map(|step| time_of(run, step)).max().unwrap_or(SimTime::ZERO);
    Some(last.max(acted)).filter(|since| *since < at)
}

fn too_late(plan: &Plan, run: &Run, position: usize, since: SimTime) -> Option<Diagnostic> {
    let step = plan.steps.get(position)?;
    let missed = |failure: &ExpectationFailure| {
        failure.step == Some(step.id) && failure.kind == FailureKind::Expect
    };
    if !run.failures.iter().any(missed) {
        return None;
    }
    let message = "this check comes when nothing can happen any more";
    Some(
        Diagnostic::warning(codes::AFTER_THE_END, step.place, message)
            .label(format!("the run has come to rest at {since}"))
            .help("check before that time, or check what is true at the end under `finally`"),
    )
}

/// Checks that say what has just been said, at the same moment.
fn repeated_checks(plan: &Plan, run: &Run) -> Vec<Opinion> {
    let mut opinions = Vec::new();
    let mut said: Vec<&Check> = Vec::new();
    let mut then = None;
    for step in &plan.steps {
        let now = time_of(run, step);
        if now.is_none() || now != then {
            said.clear();
        }
        then = now;
        for act in &step.acts {
            match &act.value {
                Act::Expect(check) => {
                    let earlier = said.iter().find(|other| other.says_the_same(check));
                    let repeats = earlier.filter(|_| now.is_some());
                    opinions.push((act.place, repeats.map(|other| repeated(check, other))));
                    said.push(check);
                }
                Act::OneOf(_) => {}
                Act::Call { .. } | Act::Disturb { .. } | Act::Poll { .. } => said.clear(),
            }
        }
    }
    opinions
}

fn repeated(check: &Check, other: &Check) -> Diagnostic {
    Diagnostic::warning(codes::AFTER_THE_END, check.place, "this check says what another says")
        .label("nothing has happened since")
        .related(other.place, "the same is checked here")
        .help("leave one of them out")
}

/// Declared rules that the run did not put to the test, and defects that broke nothing.
fn idle_rules(plan: &Plan, run: &Run) -> Vec<Opinion> {
    let exercised = |rule: &At<_>, breaks: bool| {
        let idle = run.failures.iter().find(|failure| {
            failure.kind == FailureKind::NotExercised && failure.place == rule.place
        });
        let warn = |what: &str, label: String| {
            Diagnostic::warning(codes::NOT_EXERCISED, rule.place, what).label(label)
        };
        let diagnostic = idle.map(|failure| {
            let rule: bitsim_vocab::RuleId = rule.value;
            if breaks {
                warn(&format!("nothing in the story breaks {rule}"), failure.actual.clone())
            } else {
                warn(&format!("{rule} is declared and not exercised"), failure.actual.clone())
                    .help(format!("`bitsim rules {rule}` tells what it takes"))
            }
        });
        (rule.place, diagnostic)
    };
    let declared = plan.rules.iter().map(|rule| exercised(rule, false));
    declared.chain(plan.breaks.iter().map(|rule| exercised(rule, true))).collect()
}

/// Answers and exit codes of jobs that nobody was ever told about.
fn idle_answers(plan: &Plan, run: &Run) -> Vec<Opinion> {
    let answered = plan.jobs.iter().filter(|job| {
        !job.answers.in_order.is_empty()
            || !job.answers.to_modification.is_empty()
            || !job.program_exits.is_empty()
    });
    let opinion = |place: Place| {
        let unused = run.warnings.iter().find(|warning| warning.place == place);
        // A run that broke off might still have asked for them.
        (place, unused.filter(|_| run.settled()).map(|warning| warning.diagnostic()))
    };
    answered.map(|job| opinion(job.place)).collect()
}
