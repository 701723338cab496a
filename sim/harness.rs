//! Runs every scenario of a folder as a test, with the filters and the output of `cargo test`.
//!
//! A crate that wants this for its own scenarios says in its `Cargo.toml`
//!
//! ```toml
//! [[test]]
//! name = "scenarios"
//! harness = false
//! ```
//!
//! and in `tests/scenarios.rs`
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     bitsim::harness::run("scenarios")
//! }
//! ```
//!
//! A scenario in `scenarios/bits/error_count/pulled_cable_is_free.yaml` that runs on `bits` and on
//! `bits@1.5` becomes the tests `bits::error_count::pulled_cable_is_free` and
//! `bits::error_count::pulled_cable_is_free@1.5`. Each is played twice and must give the same trace
//! twice, break no documented rule, get what it demands, exercise the rules that it declares, and
//! match its snapshot in `tests/snapshots`, which is only compared if the rest is right.

use crate::failing::Failed;
use crate::guard::{guarded, keep_panics_quiet, own_fault};
use crate::twice::difference;
use bitsim_replay::{Options, Run, play_with};
use bitsim_report::diagnostics;
use bitsim_report::names::test_name;
use bitsim_report::snippet::Painter;
use bitsim_report::trace;
use bitsim_scenario::{Plan, Scenario, Source};
use bitsim_vocab::Target;
use libtest_mimic::{Arguments, Trial};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// Where snapshots live, seen from the package that the tests belong to.
const SNAPSHOTS: &str = "tests/snapshots";

/// Runs every scenario under `folder`, which is seen from the package that the tests belong to.
/// Reads the command line as tests do: filters, `--list`, `--exact`, `--skip` and so on.
#[must_use]
pub fn run(folder: &str) -> ExitCode {
    let arguments = Arguments::from_args();
    keep_panics_quiet();
    let trials = match trials(Path::new(folder)) {
        Ok(trials) if trials.is_empty() => {
            let text = format!("there is no scenario (*.yaml) under `{folder}`");
            vec![failing(folder.to_owned(), text)]
        }
        Ok(trials) => trials,
        Err(error) => vec![failing(folder.to_owned(), format!("cannot read `{folder}`: {error}"))],
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The tests of a folder, in the order of their names.
fn trials(folder: &Path) -> io::Result<Vec<Trial>> {
    let mut files = Vec::new();
    find(folder, &mut files)?;
    let mut trials: BTreeMap<String, Trial> = BTreeMap::new();
    for file in files {
        for (name, trial) in trials_of(folder, &file) {
            // Two files with one name (a.yaml, a.yml) would share a snapshot.
            let trial = if trials.contains_key(&name) {
                failing(name.clone(), format!("{} has the name of another scenario", shown(&file)))
            } else {
                trial
            };
            trials.insert(name, trial);
        }
    }
    Ok(trials.into_values().collect())
}

/// Every scenario file under `folder`.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // A folder behind a link is not followed: it may lead back here.
        if entry.file_type()?.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// The tests of one file: one for each target, or one that says why there is none.
fn trials_of(folder: &Path, file: &Path) -> Vec<(String, Trial)> {
    let below = file.strip_prefix(folder).unwrap_or(file);
    let path = shown(file);
    let loaded = match std::fs::read(file) {
        Ok(bytes) => match guarded(|| bitsim_scenario::load(&path, &bytes)) {
            Ok(loaded) => loaded.map_err(|found| {
                let text = Source::lossy(&path, &bytes).text;
                diagnostics::text(&path, &text, &found, Painter::Plain)
            }),
            Err(panic) => Err(own_fault(&panic, &format!("bitsim check {path}"))),
        },
        Err(error) => Err(format!("cannot read {path}: {error}")),
    };
    let scenario = match loaded {
        Ok(scenario) => Arc::new(scenario),
        Err(text) => {
            let name = test_name(below, Target::BITS);
            return vec![(name.clone(), failing(name, text))];
        }
    };
    let targets = scenario.targets().to_vec();
    let trials = targets.into_iter().map(|target| {
        let name = test_name(below, target);
        let (test, scenario) = (name.clone(), Arc::clone(&scenario));
        (name.clone(), Trial::test(name, move || check(&test, &scenario, target)))
    });
    trials.collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

fn fail(text: String) -> libtest_mimic::Failed {
    libtest_mimic::Failed::from(text)
}

fn failing(name: String, text: String) -> Trial {
    Trial::test(name, move || Err(fail(text)))
}

/// Plays a scenario on one target and says what is wrong with the run.
fn check(name: &str, scenario: &Scenario, target: Target) -> Result<(), libtest_mimic::Failed> {
    let plan = crate::plan(scenario, target).ok_or("the scenario does not run on this target")?;
    let options = || Options { recorded: true, ..Options::default() };
    let play = || play_with(&plan, options());
    let played = guarded(|| (play(), play()));
    let (run, second) = played.map_err(|panic| own_fault(&panic, &again(name)))?;
    if let Some(difference) = difference(&run, &second) {
        return Err(fail(own_fault(&difference, &again(name))));
    }
    if !run.holds() {
        let text = guarded(|| told(name, scenario, &plan, &run));
        return Err(fail(text.unwrap_or_else(|panic| own_fault(&panic, &again(name)))));
    }
    compare(name, scenario, &run)
}

/// Compares the text of the trace with the snapshot of the test's name.
fn compare(name: &str, scenario: &Scenario, run: &Run) -> Result<(), libtest_mimic::Failed> {
    let text = trace::text(name, run, &trace::Options::default());
    let folder = std::path::absolute(SNAPSHOTS)?;
    let input = std::path::absolute(&scenario.source().path)?;
    // `::` cannot stand in a file name on Windows.
    let snapshot = name.replace("::", "__");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(scenario.title());
    settings.set_input_file(input);
    let accepted = Path::new(SNAPSHOTS).join(format!("{snapshot}.snap")).exists();
    // insta shows differences as they come; one at a time, so that they do not mix.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let compared = guarded(|| settings.bind(|| insta::assert_snapshot!(snapshot.as_str(), text)));
    drop(turn);
    compared.map_err(|_| {
        let file = format!("{SNAPSHOTS}/{snapshot}.snap");
        fail(if accepted {
            format!("the trace differs from {file}\nto look and accept it: cargo insta review")
        } else {
            format!("the trace is new: there is no {file} yet\nto accept it: cargo insta review")
        })
    })
}

/// What a person reads about a run that is not right.
fn told(name: &str, scenario: &Scenario, plan: &Plan, run: &Run) -> String {
    let failed = Failed { name, scenario, plan, run, again: &again(name) };
    let mut play = |plan: &Plan, options: Options<'_>| guarded(|| play_with(plan, options)).ok();
    failed.text(Painter::Plain, &mut play)
}

/// The line that runs one test again.
fn again(name: &str) -> String {
    format!("cargo test --test scenarios -- --exact {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "scenario: a story\n\
        run_on: [bits]\n\
        rules: [BITS-STATE-001]\n\
        servers:\n  cdn.test: {}\n\
        jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
        timeline:\n  - at: 0s\n    do: {resume: a}\n";

    fn verdict(text: &str) -> String {
        let scenario = bitsim_scenario::load("bits/story.yaml", text.as_bytes());
        let scenario = scenario.expect("the scenario has no mistakes");
        match check("bits::story", &scenario, Target::BITS) {
            Ok(()) => "passed".to_owned(),
            Err(failed) => failed.message().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn a_demand_that_is_not_met_fails_the_test_and_points_into_the_scenario() {
        let text = verdict(&format!("{STORY}finally:\n  - {{job: a, state: ERROR}}\n"));
        assert!(text.contains("`a` should be in ERROR"), "{text}");
        assert!(text.contains("bits/story.yaml:12:21"), "{text}");
        assert!(text.contains("--exact bits::story"), "{text}");
    }

    #[test]
    fn a_declared_rule_that_is_not_exercised_fails_the_test() {
        let text = verdict(&STORY.replace("BITS-STATE-001", "BITS-UPLOAD-001"));
        assert!(text.contains("BITS-UPLOAD-001 is declared"), "{text}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_one_test_that_says_so() {
        let folder = Path::new("scenarios");
        let trials = trials_of(folder, &folder.join("no_such_folder/story.yaml"));
        let names: Vec<&str> = trials.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["no_such_folder::story"]);
    }

    #[test]
    fn a_panic_is_caught_and_told_as_our_own_fault() {
        keep_panics_quiet();
        let caught = guarded(|| assert_eq!(1, 2, "one is not two"));
        let text = own_fault(&caught.expect_err("it panicked"), "bitsim check x.yaml");
        assert!(text.contains("one is not two") && text.contains("sim/harness.rs"), "{text}");
        assert_eq!(guarded(|| 3), Ok(3));
        let inner = guarded(|| {
            let failed = guarded(|| panic!("inside")).expect_err("it panicked");
            assert!(failed.contains("inside"), "{failed}");
            panic!("outside")
        });
        let outer = inner.map(|()| String::new()).expect_err("it panicked, too");
        assert!(outer.contains("outside"), "{outer}");
    }
}
