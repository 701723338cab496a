//! Scenarios of what was found fail with the bug and hold without it.

use super::*;
use crate::draw::{self, Mix};
use crate::minimise::minimise;
use crate::story::{liveness, stage};
use bitsim_engine::sabotage::bugs;
use bitsim_replay::{FailureKind, Options, Run, play_with};
use bitsim_vocab::{Service, Target};
use std::collections::BTreeMap;

/// Bugs of every service, and of many kinds, that stories notice soon.
const PLANTED: [&str; 8] = [
    "suspending-twice-fails",
    "count-starts-at-one",
    "retry-discards-the-error",
    "default-delay-is-one-minute",
    "disconnects-count",
    "legacy-suspend-does-nothing",
    "pause-does-nothing",
    "abort-only-pauses",
];

const EMPTY: Hresult = Hresult::BG_E_EMPTY;

fn guard(work: &mut dyn FnMut()) -> Result<(), String> {
    stage::caught(work).map_err(|broken| broken.text)
}

fn how(bug: &'static Bug, seed: u64) -> How<'static> {
    How { seed, strategy: "swarm", version: "0.0.0", bug: Some(bug), guard }
}

/// What the first story finds that notices a bug.
fn found(bug: &'static Bug, seeds: u64) -> Option<Found> {
    let targets: &[Target] = match bug.service() {
        Service::Bits => &[Target::BITS],
        Service::DoLegacy => &[Target::DO_LEGACY],
        Service::DoDownload => &[Target::DO_DOWNLOAD, Target::DO_AGENT],
    };
    let broken = |story: &Story| {
        let played = stage::play(story, Some(bug));
        played.broken().next().filter(|_| played.sound)
    };
    let mut turns = (0..seeds).flat_map(|seed| targets.iter().map(move |target| (seed, *target)));
    let (seed, story, first) = turns.find_map(|(seed, target)| {
        let story = draw::story(target, seed, Mix::Swarm);
        let broken = broken(&story)?;
        Some((seed, story, broken))
    })?;
    let again = |story: &Story| {
        let played = stage::play(story, Some(bug));
        let same = played.broken().find(|other| other.name == first.name);
        same.filter(|_| played.sound)
    };
    let small = minimise(story, &mut |story| again(story).is_some(), 3_000);
    let broken = again(&small)?;
    Some(Found::tell(small, broken, &how(bug, seed)))
}

fn play(found: &Found, bug: Option<&'static Bug>) -> Result<Run, String> {
    let scenario = bitsim_scenario::load("found.yaml", found.scenario.as_bytes());
    let scenario = scenario.map_err(|mistakes| format!("{mistakes:?}\n{}", found.scenario))?;
    if !scenario.warnings().is_empty() {
        return Err(format!("{:?}\n{}", scenario.warnings(), found.scenario));
    }
    let plan = scenario.plan(found.story.setup.target).ok_or("it runs on its target")?;
    let mut options = Options::default();
    if let Some(bug) = bug {
        options.sabotage = Some(Box::new(|world| world.sabotage(bug)));
    }
    Ok(play_with(&plan, options))
}

/// What is wrong with the scenario: it must be read without a word, break the same rule again, and
/// hold on an engine without the bug.
fn wrong(found: &Found, bug: &'static Bug) -> Option<String> {
    let with = match play(found, Some(bug)) {
        Ok(run) => run,
        Err(text) => return Some(text),
    };
    if !with.violations().any(|other| other.rule.text() == found.broken.name) {
        return Some(format!("it does not break {}\n{}", found.broken.name, found.scenario));
    }
    match play(found, None) {
        Ok(run) if run.holds() => None,
        Ok(run) => Some(format!(
            "it does not hold: {:?} {:?}\n{}",
            run.findings.violations(),
            run.failures,
            found.scenario
        )),
        Err(text) => Some(text),
    }
}

#[test]
fn scenarios_fail_with_the_bug_and_hold_without_it() {
    let mut names = BTreeMap::new();
    for bug in bugs().filter(|bug| PLANTED.contains(&bug.name)) {
        let found = found(bug, 400).unwrap_or_else(|| panic!("{} shows", bug.name));
        if let Some(wrong) = wrong(&found, bug) {
            panic!("{}: {wrong}", bug.name);
        }
        assert!(found.sentence.ends_with(&format!("({})", found.broken.name)), "{found:?}");
        assert!(found.file_name.len() <= 80, "{}", found.file_name);
        let again = Found::tell(found.story.clone(), found.broken.clone(), &how(bug, 0));
        assert_eq!(again.file_name, found.file_name, "the seed does not matter");
        assert_eq!(names.insert(found.file_name, bug.name), None);
    }
    assert_eq!(names.len(), PLANTED.len(), "{names:?}");
}

#[test]
fn a_job_that_never_rests_is_told_with_the_end_of_all_trouble() {
    let bug = bugs().find(|bug| bug.name == "network-return-goes-unnoticed").expect("the bug");
    let broken = |story: &Story| {
        let sound = stage::play(story, Some(bug)).sound;
        liveness::broken(story, Some(bug)).filter(|_| sound)
    };
    let mut stories = (0..400).map(|seed| draw::story(Target::BITS, seed, Mix::Swarm));
    let story = stories.find(|story| broken(story).is_some()).expect("it shows");
    let small = minimise(story, &mut |story| broken(story).is_some(), 3_000);
    let found = Found::tell(small.clone(), broken(&small).expect("it still does"), &how(bug, 0));
    assert!(found.scenario.contains("{connect: {}}"), "{}", found.scenario);
    assert!(!found.scenario.contains("unblock"), "{}", found.scenario);
    let with = play(&found, Some(bug)).expect("it can be played");
    let kinds: Vec<FailureKind> = with.failures.iter().map(|failure| failure.kind).collect();
    assert_eq!(kinds, [FailureKind::Until], "{}", found.scenario);
    let without = play(&found, None).expect("it can be played");
    assert!(without.holds(), "{:?}\n{}", without.failures, found.scenario);
}

#[test]
fn nothing_is_expected_of_calls_after_a_panic() {
    let refused = |story: &Story| stage::play(story, None).returned.contains(&Some(EMPTY));
    let mut stories = (0..400).map(|seed| draw::story(Target::BITS, seed, Mix::Swarm));
    let story = stories.find(refused).expect("somebody resumes an empty job");
    let panics = |_: &mut dyn FnMut()| Err("a panic".to_owned());
    let how = How { seed: 1, strategy: "swarm", version: "0.0.0", bug: None, guard: panics };
    let found = Found::tell(story, Broken::new("panic", "a panic\nat a place"), &how);
    assert_eq!(found.sentence, "the service panics: a panic");
    assert!(!found.scenario.contains("returns: BG"), "{}", found.scenario);
    assert!(found.file_name.starts_with("panic_"), "{}", found.file_name);
}

#[test]
fn a_file_is_never_overwritten_by_another() {
    let bug = bugs().find(|bug| bug.name == PLANTED[0]).expect("the bug");
    let found = found(bug, 400).expect("it shows");
    let folder = std::env::temp_dir().join(format!("bitsim-found-{}", std::process::id()));
    let first = found.keep_in(&folder).expect("it can be written");
    assert_eq!(found.keep_in(&folder).expect("it is there"), first);
    let mut other = found.clone();
    other.scenario = found.scenario.replace("at: 0s", "at: 1s");
    let second = other.keep_in(&folder).expect("it can be written");
    assert_ne!(first, second, "another scenario of the same name");
    assert_eq!(fs::read_to_string(&first).expect("it is there"), found.scenario);
    fs::remove_dir_all(folder).expect("it can be removed");
}

#[test]
#[ignore = "plays stories until each of the bugs shows, which takes minutes"]
fn every_bug_that_shows_is_told_by_a_small_scenario() {
    let mut steps: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    let (mut unseen, mut bad) = (Vec::new(), Vec::new());
    for bug in bugs() {
        let Some(found) = found(bug, 2_000) else {
            unseen.push(bug.name);
            continue;
        };
        let count = found.scenario.matches("\n  - at: ").count();
        steps.entry(count).or_default().push(bug.name);
        bad.extend(wrong(&found, bug).map(|wrong| format!("{}: {wrong}", bug.name)));
    }
    for (count, bugs) in &steps {
        println!("{count} timeline steps: {} bugs {bugs:?}", bugs.len());
    }
    println!("{} do not show: {unseen:?}", unseen.len());
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
    assert!(steps.keys().all(|count| *count <= 8), "{steps:?}");
}
