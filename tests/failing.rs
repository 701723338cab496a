//! What a person reads of each kind of failure: a small scenario each in `fixtures/failing`, and
//! beside it the text as `bitsim run` prints it.

use bitsim::engine::sabotage::bugs;
use bitsim::failing::Failed;
use bitsim::replay::{Options, play_with};
use bitsim::report::names::test_name;
use bitsim::report::snippet::Painter;
use std::path::Path;

/// Scenarios that nothing is wrong with: the service has this deliberate bug.
const WITH_A_BUG: [(&str, &str); 2] =
    [("bits_rule_noticed", "disconnects-count"), ("bits_rule_unnoticed", "suspended-jobs-go-on")];

/// The text of a failure.
fn told(path: &Path) -> String {
    let shown = path.to_string_lossy().replace('\\', "/");
    let bytes = std::fs::read(path).expect("the scenario's file");
    let scenario = bitsim::scenario::load(&shown, &bytes)
        .unwrap_or_else(|found| panic!("{shown}:{}: {}", found[0].place.line, found[0].message));
    let target = scenario.targets()[0];
    let plan = bitsim::plan(&scenario, target).expect("a plan for a target of its own");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
    let bug = WITH_A_BUG.iter().find(|(name, _)| *name == stem).map(|(_, bug)| *bug);
    let bug = bug
        .map(|name| bugs().find(|bug| bug.name == name).unwrap_or_else(|| panic!("no bug {name}")));
    let mut play = |plan: &_, options: Options<'_>| {
        let sabotage: Option<bitsim::replay::Sabotage<'_>> = match bug {
            Some(bug) => Some(Box::new(|world| world.sabotage(bug))),
            None => None,
        };
        Some(play_with(plan, Options { sabotage, ..options }))
    };
    let run = play(&plan, Options::default()).expect("a run");
    assert!(!run.holds(), "{shown} does not fail");
    let name = test_name(path.strip_prefix("fixtures/failing").unwrap_or(path), target);
    let again = format!("bitsim run {shown}");
    let failed = Failed { name: &name, scenario: &scenario, plan: &plan, run: &run, again: &again };
    failed.text(Painter::Plain, &mut play)
}

#[test]
fn every_kind_of_failure_reads_well() {
    let mut files: Vec<_> = std::fs::read_dir("fixtures/failing")
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    let mut wide = Vec::new();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(std::path::absolute("fixtures/failing").expect("a path"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in &files {
            let text = told(file);
            let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            let long = text.lines().find(|line| line.chars().count() > 100);
            wide.extend(long.map(|line| format!("{stem}: {line}")));
            insta::allow_duplicates! { insta::assert_snapshot!(stem, text) };
        }
    });
    assert!(wide.is_empty(), "lines of more than 100 columns: {wide:#?}");
    assert!(files.len() >= 35, "{} kinds of failures", files.len());
}

#[test]
fn no_failure_speaks_of_what_the_program_is_made_of() {
    for entry in std::fs::read_dir("fixtures/failing").expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|end| end != "yaml") {
            continue;
        }
        let text = told(&path);
        for word in ["Some(", "None", "Option", "struct", "enum ", "Hresult(", "Reply", "SimTime"] {
            assert!(!text.contains(word), "{}: {word}\n{text}", path.display());
        }
    }
}
