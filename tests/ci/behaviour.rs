//! Changed behaviour is told by the rule that speaks of it.

use super::{BROKEN, HELD, bitsim, folder, names_in, read, text_of};
use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::replay::{Options, Sabotage, play_with};
use bitsim::report::changes::{Breaks, Changes, compare};
use bitsim::report::failure::Case;
use bitsim::report::record::Record;
use std::path::{Path, PathBuf};

fn scenarios_in(folder: &Path) -> Vec<PathBuf> {
    let names = names_in(folder).into_iter().map(|name| folder.join(name));
    names.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect()
}

/// What the scenarios of a folder do, with a bug or without.
fn record(folder: &str, bug: Option<&'static Bug>) -> Record {
    let mut record = Record::default();
    for file in scenarios_in(Path::new(folder)) {
        let path = text_of(&file).replace('\\', "/");
        let bytes = std::fs::read(&file).expect("a scenario");
        let scenario = bitsim::scenario::load(&path, &bytes).expect("it has no mistakes");
        for target in scenario.targets() {
            let plan = bitsim::plan(&scenario, *target).expect("it runs there");
            let sabotage = bug.filter(|bug| bug.service() == target.service).map(|bug| {
                let sabotage: Sabotage<'_> = Box::new(|world| world.sabotage(bug));
                sabotage
            });
            let run = play_with(&plan, Options { sabotage, witnessed: true, ..Options::default() });
            record.add(&Case {
                name: &format!("{path} on {target}"),
                path: &path,
                source: &scenario.source().text,
                plan: &plan,
                run: &run,
                again: "",
            });
        }
    }
    record
}

/// What a bug changes in a folder of scenarios, and back.
fn with_bug(folder: &str, name: &str) -> (&'static Bug, Changes, Changes) {
    let bug = bugs().find(|bug| bug.name == name).unwrap_or_else(|| panic!("no bug {name}"));
    let (right, wrong) = (record(folder, None), record(folder, Some(bug)));
    (bug, compare(&right, &wrong), compare(&wrong, &right))
}

#[test]
fn a_real_change_names_its_rule_first() {
    for (folder, name) in [
        ("scenarios/bits/error_count", "disconnects-count"),
        ("scenarios/bits/error_count", "resume-resets-the-count"),
        ("scenarios/bits/retry", "retry-comes-early"),
        ("scenarios/bits/error_object", "errors-have-no-context"),
        ("scenarios/bits/complete", "complete-renames-nothing"),
        ("scenarios/bits/callbacks", "disable-is-ignored"),
        ("scenarios/do/legacy/resume", "legacy-failed-jobs-cannot-be-resumed"),
        ("scenarios/do/download/callbacks", "pauses-are-not-told"),
    ] {
        let (bug, changes, back) = with_bug(folder, name);
        let first = changes.changes.first().unwrap_or_else(|| panic!("{name} changes nothing"));
        let told = changes.text();
        assert_eq!(first.rule.as_deref(), Some(bug.breaks[0].text()), "{name}\n{told}");
        assert_eq!(first.breaks, Breaks::Now, "{name}\n{told}");
        assert!(!first.change.is_empty() && !changes.fail_now.is_empty(), "{name}\n{told}");
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{name}\n{told}");
        let first = back.changes.first().expect("the way back is a change, too");
        assert_eq!(first.breaks, Breaks::NoLonger, "{name}");
        assert_eq!(back.hold_now, changes.fail_now, "{name}");
    }
}

#[test]
fn the_same_bug_in_many_runs_is_few_changes() {
    let (_, changes, _) = with_bug("scenarios/bits/error_count", "disconnects-count");
    let first = &changes.changes[0];
    assert!(first.change.contains("error count"), "{}", first.change);
    assert!(changes.changed > 1 && changes.changes.len() < changes.changed, "{}", changes.text());
    let lines = |mark: char| first.excerpt.iter().filter(|line| line.starts_with(mark)).count();
    assert!(lines('-') > 0 && lines('+') > 0 && lines(' ') > 0, "{:#?}", first.excerpt);
}

/// A record of one scenario, made by the command, and the folder it is in.
fn recorded(name: &str, edit: impl Fn(String) -> String) -> PathBuf {
    let folder = folder(name);
    let scenarios = folder.join("scenarios");
    std::fs::create_dir_all(&scenarios).expect("a folder");
    let text = "scenario: a server is busy for a while\nrun_on: [bits]\n\
        servers:\n  cdn.test: {}\n\
        jobs:\n  payroll:\n    type: download\n    minimum_retry_delay: 10m\n    \
        files: [{url: 'https://cdn.test/payroll.cab', size: 100 MiB}]\n\
        timeline:\n  - at: 0s\n    do: {resume: payroll}\n  \
        - at: 10s\n    fault: {http: {server: cdn.test, status: 503, times: 2}}\n";
    std::fs::write(scenarios.join("busy.yaml"), edit(text.to_owned())).expect("a scenario");
    let record = folder.join("record.json");
    bitsim(&["run", &text_of(&scenarios), "--record", &text_of(&record)]).code(0);
    record
}

#[test]
fn two_records_are_compared_as_diff_compares_files() {
    let old = recorded("before", |text| text);
    let new = recorded("after", |text| text.replace("10m", "20m"));
    let (old, new) = (text_of(&old), text_of(&new));
    bitsim(&["changes", &old, &old]).code(0).says("no run behaves differently (1 run compared)\n");
    let given = bitsim(&["changes", &old, &new]);
    given
        .code(1)
        .says("1 of 1 run behaves differently (1 scenario edited, too)\n")
        .says("BITS-RETRY-")
        .says("  busy\n")
        .says("+ ");
    assert_eq!(bitsim(&["changes", &old, &new]).stdout, given.stdout);
    bitsim(&["changes", &old, &new, "--as", "markdown"])
        .code(1)
        .says("### 1 of 1 run behaves differently")
        .says("| rule | change | runs |\n")
        .says("```diff\n");
    let json = bitsim(&["changes", &old, &new, "--as", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.code(1).stdout).expect("JSON");
    assert_eq!(json["format"], "bitsim-changes");
    assert_eq!(json["version"], 1);
    assert_eq!(json["changed"], 1);
    assert_eq!(json["changes"][0]["breaks"], "neither");
    assert_eq!(json["files"][0]["edited"], true);
    let file = folder("output").join("changes.md");
    let given = bitsim(&["changes", &old, &new, "--as", "markdown", "-o", &text_of(&file)]);
    assert_eq!(given.code(1).stdout, "");
    assert!(read(&file).starts_with("### 1 of 1 run"));
}

#[test]
fn what_is_wrong_with_a_record_is_trouble() {
    let folder = folder("trouble");
    let good = text_of(&recorded("good", |text| text));
    let text = read(Path::new(&good));
    let file = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("a file");
        text_of(&folder.join(name))
    };
    let newer = file("newer", &text.replacen("\"version\":1", "\"version\":9", 1));
    let damaged = file("damaged", &text.replacen("\"seed\":0", "\"seed\":[]", 1));
    let cut = file("cut", &text[..text.len() - 3]);
    let far = file("far", &text.replacen("{\"at\":0,", "{\"at\":18446744073709551615,", 1));
    let lost = file("lost", &text.replacen("\"held\":[[", "\"held\":[[99999999,1],[", 1));
    let large = file("large", &text);
    let opened = std::fs::OpenOptions::new().write(true).open(&large).expect("the file");
    // All of it is a hole: it takes no room.
    opened.set_len((256 << 20) + 1).expect("a large file");
    for (other, complaint) in [
        ("no/such/file", "cannot read `no/such/file`"),
        ("Cargo.toml", "`Cargo.toml` is no record; `bitsim run --record` writes one"),
        (&newer, "is a record of version 9; this bitsim compares version 1"),
        (&damaged, "is damaged at line 4"),
        (&cut, "is damaged at line "),
        (&far, "is damaged: the run `busy` has a line at a time that no run reaches"),
        (&lost, "is damaged: the run `busy` names a rule that is not in the list"),
        (&large, "is too large for a record: above 256 MiB"),
    ] {
        let given = bitsim(&["changes", &good, other]);
        given.code(2).complains(complaint);
        assert_eq!(given.stdout, "");
    }
    bitsim(&["run", HELD, "--against", &far]).code(1).complains("is damaged: ");
    bitsim(&["changes", &good]).code(2).complains("<NEW>");
    bitsim(&["changes", &good, &good, "-o", "no/such/folder/x"]).code(2).complains("no folder");
}

#[test]
fn a_run_can_be_compared_in_one_go() {
    let old = text_of(&recorded("against", |text| text.replace("10m", "20m")));
    let now = text_of(&folder("against_now").join("scenarios"));
    std::fs::create_dir_all(&now).expect("a folder");
    let text = read(&Path::new(&old).with_file_name("scenarios").join("busy.yaml"));
    std::fs::write(Path::new(&now).join("busy.yaml"), text.replace("20m", "10m")).expect("a file");
    let summary = Path::new(&now).with_file_name("summary.md");
    let arguments = ["run", &now, "--against", &old, "--summary", &text_of(&summary)];
    bitsim(&arguments)
        .code(0)
        .says("PASS  1 scenario, 1 run, ")
        .says("\n1 of 1 run behaves differently")
        .says("\nBITS-RETRY-");
    let summary = read(&summary);
    assert!(summary.starts_with("## bitsim: PASS 1 scenario, 1 run, "), "{summary}");
    assert!(summary.contains("\n### 1 of 1 run behaves differently"), "{summary}");
    // Runs that were not chosen have not disappeared.
    let record = text_of(&folder("chosen").join("record.json"));
    bitsim(&["run", HELD, BROKEN, "--record", &record]).code(4);
    bitsim(&["run", HELD, BROKEN, "-f", "small@1.5", "--against", &record])
        .code(0)
        .says("\nno run behaves differently (1 run compared)\n");
}
