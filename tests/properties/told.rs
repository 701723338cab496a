//! Scenarios become stories.

use bitsim::explore::draw::told_by;
use bitsim::explore::story::stage::Stage;
use bitsim::replay::{Options, play_with};
use bitsim::scenario::Plan;
use bitsim::vocab::Event;
use std::path::{Path, PathBuf};

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            into.push(path);
        }
    }
}

/// Every shipped scenario on every target that it runs on, or every `nth` of them.
fn plans(nth: usize) -> Vec<(String, Plan)> {
    let mut paths = Vec::new();
    files(Path::new("scenarios"), &mut paths);
    paths.sort();
    let mut plans = Vec::new();
    for path in paths.iter().step_by(nth) {
        let bytes = std::fs::read(path).expect("a file");
        let name = path.display().to_string();
        let scenario = bitsim::scenario::load(&name, &bytes).expect("no mistakes");
        for target in scenario.targets() {
            let plan = scenario.plan(*target).expect("a target that it runs on");
            plans.push((format!("{name} on {target}"), plan));
        }
    }
    plans
}

/// True if the story that tells a plan plays as the plan does, step numbers aside.
fn plays_the_same(plan: &Plan) -> Option<bool> {
    let story = told_by(plan)?;
    let run = play_with(plan, Options { unjudged: true, ..Options::default() });
    let mut stage = Stage::new(&story, None);
    stage.create(&story.jobs);
    stage.play_from(&story, 0);
    let strip = |event: &Event| Event { source: None, ..event.clone() };
    let told: Vec<Event> = stage.events.iter().map(strip).collect();
    let read = run.trace.events.iter().take(told.len()).map(strip);
    Some(read.eq(told))
}

fn count(nth: usize) -> (usize, Vec<String>, Vec<String>) {
    let (mut untold, mut other) = (Vec::new(), Vec::new());
    let plans = plans(nth);
    for (name, plan) in &plans {
        match plays_the_same(plan) {
            Some(true) => {}
            Some(false) => other.push(name.clone()),
            None => untold.push(name.clone()),
        }
    }
    (plans.len(), untold, other)
}

#[test]
fn most_scenarios_can_be_told_as_stories() {
    let (all, untold, other) = count(9);
    println!("{all} runs, {} untold, {} other: {untold:#?} {other:#?}", untold.len(), other.len());
    assert!(untold.len() * 10 < all, "{} of {all} cannot: {untold:#?}", untold.len());
    assert!(other.len() * 2 < all, "{} of {all} go otherwise: {other:#?}", other.len());
}

#[test]
#[ignore = "takes a while: every shipped scenario"]
fn nearly_all_scenarios_can_be_told_as_stories() {
    let (all, untold, other) = count(1);
    println!("{all} runs, {} untold, {} other: {untold:#?} {other:#?}", untold.len(), other.len());
    assert!(untold.len() * 10 < all, "{} of {all} cannot: {untold:#?}", untold.len());
}
