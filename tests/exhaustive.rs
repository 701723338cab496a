//! The engine explored everywhere: chapters close and are green, deliberate bugs are found on the
//! shortest paths, and what is found fails again as a scenario.

use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::explore::everywhere::{
    Alphabet, CHAPTERS, Chapter, Graph, Limits, Report, Scope, Whole, explore, scenario,
};
use bitsim::replay::{Options, Sabotage, play_with};
use bitsim::vocab::{RuleId, Target};

/// The letters with these names.
fn only(kept: &[&str]) -> Alphabet {
    let only = Some(kept.iter().map(|name| (*name).to_owned()).collect());
    let alphabet = Alphabet::new(&Scope { only, ..Scope::one_job(Target::BITS) });
    let names = alphabet.names();
    for name in kept {
        assert!(names.contains(name), "no letter {name}");
    }
    alphabet
}

const SMALL: [&str; 9] = [
    "time goes on",
    "time goes on, callbacks fail",
    "Resume",
    "Suspend",
    "Complete",
    "GetErrorCount",
    "network",
    "HTTP 503",
    "service restart",
];

fn everything(alphabet: &Alphabet, bug: Option<&Bug>) -> Graph {
    explore(alphabet, bug, &Limits::default(), &mut |_| true)
}

fn bug(name: &str) -> &'static Bug {
    bugs().find(|bug| bug.name == name).unwrap_or_else(|| panic!("no bug {name}"))
}

#[test]
fn a_small_alphabet_closes_and_is_green() {
    let alphabet = only(&SMALL);
    let graph = everything(&alphabet, None);
    assert!(graph.complete && graph.broken.is_empty(), "{:?}", graph.broken);
    assert_eq!(graph.states, graph.levels.iter().sum::<u64>());
    assert_eq!(graph.uneven, 0);
    assert!(graph.impossible.is_empty(), "{:?}", graph.impossible);
    let report = Report::new(&alphabet, &graph, 0);
    for cell in ["Resume in SUSPENDED", "retry_delay_expires in TRANSIENT_ERROR"] {
        assert!(report.reached.cells_reached.iter().any(|reached| reached == cell), "{cell}");
    }
    let never = "Cancel in QUEUED".to_owned();
    assert!(report.reached.cells_never_reached.contains(&never), "nobody calls it");
    assert!(report.reached.rules_exercised.len() > 30, "{:?}", report.reached.rules_exercised);
    let text = report.text();
    assert!(text.contains("(all of them)") && text.contains("Cancel in QUEUED"), "{text}");
    assert!(report.json().contains("\"complete\": true"));
}

#[test]
fn bugs_are_found_on_the_shortest_paths_and_fail_again_as_scenarios() {
    for (name, path) in [
        ("resume-connects-by-itself", &["Resume"][..]),
        ("get-state-lags-behind", &["GetState"]),
        ("network-return-retries-failed-jobs", &[]),
        ("retry-forgets-to-count", &[]),
    ] {
        let mut kept = SMALL.to_vec();
        kept.extend(["GetState", "HTTP 404"]);
        let alphabet = only(&kept);
        let bug = bug(name);
        let graph = everything(&alphabet, Some(bug));
        let found = graph.broken.first().unwrap_or_else(|| panic!("{name} is not found"));
        let rule = found.found.rule.expect("a rule is broken");
        let report = Report::new(&alphabet, &graph, 0);
        let names = &report.broken[0].path;
        assert!(path.is_empty() || names.ends_with(path), "{name}: {names:?}");
        assert!(names.len() <= 12, "{name}: {names:?}");
        let (file, text) = scenario(&alphabet, found, Some(bug));
        let broken = broken_by(&text, Some(bug));
        assert!(broken.contains(&rule), "{file}: {broken:?}\n{text}");
        let sound = broken_by(&text, None);
        assert!(sound.is_empty(), "{file}: {sound:?}");
    }
}

/// The rules that a scenario finds broken.
fn broken_by(text: &str, bug: Option<&Bug>) -> Vec<RuleId> {
    let scenario = bitsim::scenario::load("found.yaml", text.as_bytes())
        .unwrap_or_else(|found| panic!("{}\n{text}", found[0].message));
    let plan = scenario.plan(Target::BITS).expect("it runs on BITS");
    let mut options = Options::default();
    if let Some(bug) = bug {
        let sabotage: Sabotage<'_> = Box::new(|world| world.sabotage(bug));
        options.sabotage = Some(sabotage);
    }
    let run = play_with(&plan, options);
    run.violations().map(|violation| violation.rule).collect()
}

/// What the chapter on uploads found: the engine took a file that was deleted and came back for the
/// one that the upload began with.
const COMES_BACK: &str = r#"
scenario: A local file that is deleted and comes back has changed
run_on: [bits]
users:
  alice: {}
clients:
  app: {user: alice}
servers:
  cdn.test: {bandwidth: 1 B/s, files: {'http://cdn.test/file.bin': 600}}
jobs:
  job_1:
    type: upload
    files: [{url: 'http://cdn.test/file.bin', local: 'C:\job_1\file_1.bin', size: 600}]
timeline:
  - at: 0s
    do: {resume: job_1}
  - at: 100s
    do: {change_local: {path: 'C:\job_1\file_1.bin', size: 600}}
  - at: 110s
    do:
      - {resume: job_1}
      - {delete_local: 'C:\job_1\file_1.bin'}
      - {change_local: {path: 'C:\job_1\file_1.bin', size: 600}}
  - at: 200s
    expect: {job: job_1, state: ERROR}
"#;

#[test]
fn a_file_that_comes_back_is_another_version() {
    let broken = broken_by(COMES_BACK, None);
    assert!(broken.is_empty(), "{broken:?}");
}

/// A chapter with its report.
fn seen_through(chapter: &'static Chapter) -> (&'static Chapter, Report) {
    let alphabet = Alphabet::new(&chapter.scope(Target::BITS));
    let graph = everything(&alphabet, None);
    let name = chapter.name;
    assert!(graph.complete && graph.broken.is_empty(), "{name}: {:?}", graph.broken);
    assert_eq!(graph.uneven, 0, "{name}");
    assert!(graph.impossible.is_empty(), "{name}: {:?}", graph.impossible);
    (chapter, Report::new(&alphabet, &graph, 0))
}

#[test]
fn a_chapter_closes_and_is_green() {
    let life = Chapter::named("life").expect("the first chapter");
    let whole = Whole::new(vec![seen_through(life)]);
    assert!(whole.complete);
    assert_eq!(whole.states, whole.chapters[0].report.states);
    let text = whole.text();
    for words in ["together", "all of them, to the end", "the timer runs in TRANSIENT_ERROR only"] {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
    assert!(whole.json().contains("\"name\": \"life\""));
}

#[test]
#[ignore = "a minute or two in release, many in dev: `cargo test --release -- --ignored`"]
fn every_chapter_closes_and_together_they_reach_every_cell() {
    let whole = Whole::new(CHAPTERS.iter().map(seen_through).collect());
    assert!(whole.complete);
    assert!(
        whole.reached.cells_never_reached.is_empty(),
        "{:?}",
        whole.reached.cells_never_reached
    );
    assert!(whole.reached.cells_that_should_not_arise.is_empty());
}
