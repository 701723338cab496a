//! The engine explored everywhere: a small alphabet closes and is green, deliberate bugs are found
//! on the shortest paths, and what is found fails again as a scenario.

use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::explore::everywhere::{Alphabet, Graph, Limits, Report, Scope, explore, scenario};
use bitsim::replay::{Options, Sabotage, play_with};
use bitsim::vocab::{RuleId, Target};

/// The core letters with these names.
fn only(kept: &[&str]) -> Alphabet {
    let scope = Scope::core(Target::BITS);
    let names = Alphabet::new(&scope).names();
    for name in kept {
        assert!(names.contains(name), "no letter {name}");
    }
    let without = names.into_iter().filter(|name| !kept.contains(name)).map(str::to_owned);
    let without = scope.without.iter().cloned().chain(without).collect();
    Alphabet::new(&Scope { without, ..scope })
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
        assert!(report.cells_reached.iter().any(|reached| reached == cell), "{cell}");
    }
    let never = "Cancel in QUEUED".to_owned();
    assert!(report.cells_never_reached.contains(&never), "nobody calls it");
    assert!(report.rules_exercised.len() > 30, "{:?}", report.rules_exercised);
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

#[test]
#[ignore = "nobody has seen it end yet: minutes are not enough"]
fn one_job_closes() {
    let alphabet = Alphabet::new(&Scope::core(Target::BITS));
    let limits = Limits { threads: 2, compact: true, ..Limits::default() };
    let graph = explore(&alphabet, None, &limits, &mut |_| true);
    assert!(graph.complete && graph.broken.is_empty(), "{:?}", graph.broken);
}
