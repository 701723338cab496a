//! The comparison on runs made by hand.

use super::*;
use crate::sample::{self, delivery};
use bitsim_replay::Run;
use bitsim_vocab::trace::Happened;
use bitsim_vocab::{JobState, Span, Stimulus};

fn compared(runs: &[Run]) -> Comparison {
    let names: Vec<Names> = runs.iter().map(Names::of).collect();
    let sides: Vec<Side<'_>> = runs
        .iter()
        .zip(&names)
        .map(|(run, names)| Side { trace: &run.trace, names, steps: &run.steps })
        .collect();
    compare(&sides)
}

fn kinds(comparison: &Comparison) -> Vec<Kind> {
    comparison.by_kind().into_iter().map(|(kind, _)| kind).collect()
}

#[test]
fn a_run_agrees_with_itself() {
    for run in [sample::run(), delivery::legacy(), delivery::download()] {
        let comparison = compared(&[run.clone(), run]);
        assert!(comparison.agrees(), "{}", comparison.text("t", 0));
        assert!(comparison.text("t", 0).contains("\nno difference: "));
        assert!(comparison.renames.is_empty());
    }
}

#[test]
fn bits_and_legacy_differ_first_in_what_resume_leads_to() {
    let comparison = compared(&[sample::run(), delivery::legacy()]);
    assert!(!comparison.agrees());
    assert_eq!(comparison.first(), Some(SimTime::ZERO));
    let kinds = kinds(&comparison);
    assert_eq!(kinds[0], Kind::Activation);
    for kind in [Kind::Connecting, Kind::Context, Kind::RetryDelay, Kind::ErrorCount] {
        assert!(kinds.contains(&kind) || kind == Kind::ErrorCount, "{kind:?} not in {kinds:?}");
    }
    assert!(!kinds.contains(&Kind::Other), "{}", comparison.text("t", 0));
    let text = comparison.text("a pulled cable is free, a 503 is not", 0);
    assert_eq!(text, include_str!("../expected/diff_two.txt"), "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100 && line.is_ascii()), "{text}");
}

#[test]
fn three_targets_fit_into_120_columns() {
    let runs = [sample::run(), delivery::legacy(), delivery::download()];
    let comparison = compared(&runs);
    let text = comparison.text("a pulled cable is free, a 503 is not", 0);
    assert_eq!(text, include_str!("../expected/diff_three.txt"), "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 120 && line.is_ascii()), "{text}");
}

#[test]
fn a_change_of_name_is_told_once_and_is_no_difference() {
    let comparison = compared(&[delivery::legacy(), delivery::download()]);
    let names = &comparison.renames;
    let other = |kind, one: &str| names.get(&(kind, one.to_owned())).map(|all| all[1].clone());
    assert_eq!(other(Kind::States, "TRANSFERRING"), Some(["Transferring".to_owned()].into()));
    assert_eq!(other(Kind::Activation, "Resume"), Some(["Start".to_owned()].into()));
    let text = comparison.text("t", 0);
    assert_eq!(text.matches("Resume / Start").count(), 1, "{text}");
    let first = comparison.differences.first().map(|found| found.kind);
    assert_eq!(first, Some(Kind::Callbacks), "{text}");
}

#[test]
fn a_count_that_only_one_service_has_is_explained() {
    let comparison = compared(&[sample::run(), delivery::legacy()]);
    let end = comparison.ends.iter().find(|end| end.what == "error count").expect("the line");
    assert!(!end.agrees);
    assert_eq!(end.said, ["2", "no such count"]);
    assert_eq!(end.kind, Some(Kind::ErrorCount));
    let text = comparison.text("t", 0);
    assert!(text.contains("the error count: DIFF-ERROR-005; DO-ERROR-012"), "{text}");
    let whole: serde_json::Value = serde_json::from_str(&comparison.json("t", 0)).expect("JSON");
    let ends = whole["at_end"].as_array().expect("the end");
    assert!(ends.iter().any(|end| end["row"] == "DIFF-ERROR-005"), "{ends:?}");
}

/// The state before the error that it comes with, as another service may order them.
#[test]
fn what_happens_in_one_instant_is_compared_in_any_order() {
    let (bits, mut other) = (sample::run(), sample::run());
    let events = &mut other.trace.events;
    let error = events.iter().position(|event| matches!(event.what, Happened::ErrorInfo { .. }));
    let error = error.expect("an error");
    let state = events[error..].iter().position(|event| {
        event.at == events[error].at && matches!(event.what, Happened::State { .. })
    });
    events.swap(error, error + state.expect("the state that it comes with"));
    let comparison = compared(&[bits, other]);
    assert!(comparison.agrees(), "{}", comparison.text("t", 0));
}

#[test]
fn programs_get_the_same_with_a_version() {
    let comparison = compared(&[sample::run(), delivery::legacy()]);
    let whole: serde_json::Value = serde_json::from_str(&comparison.json("t", 7)).expect("JSON");
    assert_eq!(whole["schema"], "bitsim-diff");
    assert_eq!(whole["version"], 1);
    assert_eq!(whole["agree"], false);
    assert_eq!(whole["seed"], 7);
    assert_eq!(whole["targets"][1], "do-legacy");
    assert_eq!(whole["differences"][0]["row"], "DIFF-RESUME-001");
    assert_eq!(whole["differences"][0]["rows"][0]["sides"][0]["said"], "QUEUED");
}

/// The legacy run with a job that is through before the cable is pulled.
#[test]
fn what_one_side_cannot_see_any_more_follows_from_what_came_before() {
    let (bits, mut legacy) = (sample::run(), delivery::legacy());
    let cable = legacy.trace.events.iter().position(|event| event.at >= minutes(25));
    legacy.trace.events.truncate(cable.expect("the cable is pulled"));
    let mut last = legacy.trace.events.last().cloned().expect("an event");
    (last.seq, last.at) = (last.seq + 1, minutes(15));
    last.what = Happened::State {
        job: sample::JOB,
        from: JobState::Transferring,
        to: JobState::Transferred,
        cause: Stimulus::AllFilesDone,
    };
    legacy.trace.events.push(last);
    let comparison = compared(&[bits, legacy]);
    let kinds = kinds(&comparison);
    assert!(kinds.contains(&Kind::Elsewhen), "{}", comparison.text("t", 0));
    assert!(!kinds.contains(&Kind::Network), "{}", comparison.text("t", 0));
}

fn minutes(n: u64) -> SimTime {
    SimTime::ZERO + Span::secs(60 * n)
}
