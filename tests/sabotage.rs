//! Every rule has been seen failing: each deliberate bug of the engine is caught by the rule that
//! it is there to break, in some scenario, and breaks nothing that it is not known to break.
//!
//! `BITSIM_BUG=name-of-a-bug cargo test --test sabotage -- --nocapture` shows what one bug does.

use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::oracle::checked;
use bitsim::replay::{Options, play_with};
use bitsim::report::rulebook;
use bitsim::scenario::Plan;
use bitsim::vocab::RuleId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every scenario on every target, by name.
fn plans() -> Vec<(String, Plan)> {
    let mut files = Vec::new();
    find(Path::new("scenarios"), &mut files);
    let mut plans = Vec::new();
    for file in files {
        let path = file.to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(&file).expect("scenario file");
        let scenario = bitsim::scenario::load(&path, &bytes)
            .unwrap_or_else(|found| panic!("{path}: {}", found[0].message));
        for target in scenario.targets() {
            plans.push((format!("{path} on {target}"), scenario.plan(*target).expect("plan")));
        }
    }
    plans
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder of scenarios") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            files.push(path);
        }
    }
    files.sort();
}

/// The rules that a bug breaks, each with one scenario in which it does.
fn broken_by(bug: &Bug, plans: &[(String, Plan)]) -> BTreeMap<RuleId, String> {
    let mut broken = BTreeMap::new();
    for (name, plan) in plans.iter().filter(|(_, plan)| plan.target.service == bug.service()) {
        let sabotage: bitsim::replay::Sabotage<'_> = Box::new(|world| world.sabotage(bug));
        let run = play_with(plan, Options { sabotage: Some(sabotage), ..Options::default() });
        for violation in run.violations() {
            broken.entry(violation.rule).or_insert_with(|| {
                format!(
                    "{name}, event {}: {}; expected {}, got {}",
                    violation.event, violation.what, violation.expected, violation.actual
                )
            });
        }
    }
    broken
}

/// What is wrong with a bug: it is not caught by its rule, or it breaks what it should not.
fn judge(bug: &Bug, plans: &[(String, Plan)]) -> Vec<String> {
    let broken = broken_by(bug, plans);
    let mut wrong = Vec::new();
    let rule = bug.breaks[0];
    if !broken.contains_key(&rule) {
        let others: Vec<&str> = broken.keys().map(|rule| rule.text()).collect();
        wrong.push(format!("{}: {rule} does not catch it (broken: {others:?})", bug.name));
    }
    for (other, example) in &broken {
        if !bug.breaks.contains(other) {
            wrong.push(format!("{}: breaks {other} as well: {example}", bug.name));
        }
    }
    if std::env::var("BITSIM_BUG").is_ok() {
        for (rule, example) in &broken {
            println!("{}: {rule}: {example}", bug.name);
        }
    }
    wrong
}

#[test]
fn every_bug_is_caught_by_its_rule_and_breaks_nothing_unrelated() {
    let only = std::env::var("BITSIM_BUG").ok();
    let plans = plans();
    let all: Vec<&Bug> =
        bugs().filter(|bug| only.as_deref().is_none_or(|name| name == bug.name)).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let (all, plans) = (&all, &plans);
                scope.spawn(move || {
                    let mine = all.iter().skip(worker).step_by(threads);
                    mine.flat_map(|bug| judge(bug, plans)).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("worker")).collect()
    });
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_checked_rule_of_the_first_tier_has_a_bug() {
    let broken: BTreeSet<RuleId> = bugs().map(|bug| bug.breaks[0]).collect();
    let first_tier = |rule: &RuleId| rulebook::rule(*rule).is_some_and(|rule| rule.tier == 1);
    let missing: Vec<&str> = checked()
        .into_iter()
        .filter(|rule| first_tier(rule) && !broken.contains(rule))
        .map(RuleId::text)
        .collect();
    assert!(missing.is_empty(), "no bug breaks {missing:?}");
}

#[test]
fn bugs_have_names_of_their_own() {
    let names: Vec<&str> = bugs().map(|bug| bug.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len());
}
