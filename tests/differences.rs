//! The differences between BITS and Delivery Optimization, row by row of
//! `fixtures/rules/bits-vs-do.yaml`: which scenario shows each of them, or why none can.

use Row::{NotShown, Shown};
use bitsim::replay::{Run, play};
use bitsim::report::diff::{Side, compare};
use bitsim::report::names::Names;
use bitsim::scenario::{Scenario, load};
use bitsim::vocab::Target;
use serde_yaml::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What becomes of a row.
enum Row {
    /// The comparison of the scenario's runs on these two targets names the row.
    Shown(&'static str, [Target; 2]),
    /// Nothing in a run can show it, and this is why.
    NotShown(&'static str),
}

const BITS: Target = Target::BITS;
const LEGACY: Target = Target::DO_LEGACY;
const DOWNLOAD: Target = Target::DO_DOWNLOAD;
const AGENT: Target = Target::DO_AGENT;

/// The story that a reader should begin with.
const STORY: &str = "error_object/life_of_the_error_object";

#[rustfmt::skip]
const ROWS: &[(&str, Row)] = &[
    ("DIFF-ERROR-001", Shown("error_object/what_a_missing_file_tells", [BITS, LEGACY])),
    ("DIFF-ERROR-002", NotShown("a trace holds no IIDs, and those of the two services are equal")),
    ("DIFF-ERROR-003", Shown(STORY, [BITS, LEGACY])),
    ("DIFF-ERROR-004", Shown("no_progress/how_patient_they_are", [BITS, LEGACY])),
    ("DIFF-ERROR-005", Shown("error_object/who_counts_the_errors", [BITS, LEGACY])),
    ("DIFF-ERROR-006", Shown("error_object/what_a_missing_file_tells", [BITS, LEGACY])),
    ("DIFF-ERROR-007", NotShown("the words of an error are not part of the simulation")),
    ("DIFF-ERROR-008", Shown("error_object/nothing_to_report", [BITS, LEGACY])),
    ("DIFF-HRESULT-001", Shown("error_object/nothing_to_report", [BITS, LEGACY])),
    ("DIFF-HRESULT-002", Shown("network/which_failures_heal", [BITS, LEGACY])),
    ("DIFF-STATE-001", Shown("life_cycle/from_start_to_end", [BITS, LEGACY])),
    ("DIFF-STATE-002", Shown("life_cycle/from_start_to_end", [BITS, DOWNLOAD])),
    ("DIFF-STATE-003", Shown("life_cycle/given_up", [BITS, DOWNLOAD])),
    ("DIFF-RESUME-001", Shown("life_cycle/from_start_to_end", [BITS, LEGACY])),
    ("DIFF-RESUME-002", Shown("life_cycle/nothing_to_fetch", [BITS, DOWNLOAD])),
    ("DIFF-RESUME-003", Shown("life_cycle/more_of_the_same", [BITS, DOWNLOAD])),
    ("DIFF-SCHED-001", Shown("life_cycle/whose_turn_it_is", [BITS, LEGACY])),
    ("DIFF-SCHED-002", Shown("life_cycle/high_and_low", [BITS, LEGACY])),
    ("DIFF-RETRY-001", Shown("no_progress/how_patient_they_are", [BITS, DOWNLOAD])),
    ("DIFF-RETRY-002", Shown("no_progress/no_patience_at_all", [BITS, DOWNLOAD])),
    ("DIFF-RETRY-003", Shown("retry/how_soon_it_is_tried_again", [BITS, LEGACY])),
    ("DIFF-RETRY-004", Shown("no_progress/when_the_clock_begins", [BITS, LEGACY])),
    ("DIFF-RETRY-005", Shown("retry/the_clock_on_the_wall", [BITS, LEGACY])),
    ("DIFF-RETRY-006", Shown("retry/while_the_way_is_barred", [BITS, LEGACY])),
    ("DIFF-NETWORK-001", Shown("network/the_cable_is_pulled", [BITS, LEGACY])),
    ("DIFF-LOGON-001", Shown("users/the_owner_logs_off", [BITS, DOWNLOAD])),
    ("DIFF-COMPLETE-001", Shown("complete/a_part_is_enough", [BITS, LEGACY])),
    ("DIFF-COMPLETE-002", NotShown("the pages are silent, and all three do here what BITS does")),
    ("DIFF-COMPLETE-003", Shown("complete/leftovers", [BITS, LEGACY])),
    ("DIFF-PERSIST-001", Shown("restarts/forgotten_for_months", [BITS, LEGACY])),
    ("DIFF-PERSIST-002", Shown("restarts/after_a_restart", [BITS, DOWNLOAD])),
    ("DIFF-NOTIFY-001", Shown("callbacks/who_is_called", [BITS, DOWNLOAD])),
    ("DIFF-NOTIFY-002", Shown("callbacks/a_client_that_says_no", [BITS, DOWNLOAD])),
    ("DIFF-NOTIFY-003", Shown("callbacks/many_at_once", [BITS, LEGACY])),
    ("DIFF-NOTIFY-004", Shown("callbacks/flags_that_differ", [BITS, LEGACY])),
    ("DIFF-NOTIFY-005", Shown("callbacks/flags_that_differ", [BITS, LEGACY])),
    ("DIFF-NOTIFY-006", Shown("callbacks/who_is_called", [BITS, LEGACY])),
    ("DIFF-ADDFILE-001", Shown("life_cycle/nothing_to_fetch", [BITS, LEGACY])),
    ("DIFF-ADDFILE-002", Shown("files/how_many_there_may_be", [BITS, LEGACY])),
    ("DIFF-RANGES-001", Shown("files/ranges_that_are_refused", [BITS, DOWNLOAD])),
    ("DIFF-RANGES-002", Shown("files/a_part_changed_on_the_way", [BITS, DOWNLOAD])),
    ("DIFF-PROGRESS-001", Shown("files/how_large_nobody_knows", [BITS, DOWNLOAD])),
    ("DIFF-TYPE-001", Shown("properties/what_can_be_set", [BITS, LEGACY])),
    ("DIFF-HTTP-001", Shown("files/what_a_server_must_tell", [BITS, AGENT])),
    ("DIFF-HTTP-002", Shown("files/another_version_on_the_way", [BITS, AGENT])),
    ("DIFF-PEER-001", Shown("files/from_a_cache_host", [BITS, AGENT])),
    ("DIFF-PEER-002", Shown("files/damaged_bytes", [BITS, DOWNLOAD])),
    ("DIFF-PEER-003", NotShown("statistics of peers are not part of the simulation")),
    ("DIFF-COST-001", Shown("network/what_it_may_cost", [BITS, LEGACY])),
    ("DIFF-PROP-001", Shown("properties/what_can_be_set", [BITS, LEGACY])),
    ("DIFF-PROP-002", Shown("properties/too_late", [BITS, DOWNLOAD])),
    ("DIFF-ENUM-001", Shown("properties/found_again", [BITS, LEGACY])),
    ("DIFF-ENUM-002", NotShown("a trace has the list of files, not the enumerator behind it")),
    ("DIFF-OWNER-001", Shown("users/whose_job_it_is", [BITS, LEGACY])),
    ("DIFF-PROXY-001", Shown("properties/what_can_be_set", [BITS, LEGACY])),
    ("DIFF-TIME-001", Shown("restarts/as_long_as_it_takes", [BITS, LEGACY])),
    ("DIFF-BLOCK-001", Shown("life_cycle/waiting_inside_the_call", [BITS, DOWNLOAD])),
    ("DIFF-STREAM-001", Shown("files/where_the_bytes_are", [BITS, AGENT])),
];

/// A folder or file of this package.
fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The scenarios of `scenarios/both`, each read once and played once on a target.
#[derive(Default)]
struct Stories {
    scenarios: BTreeMap<&'static str, Scenario>,
    runs: BTreeMap<(&'static str, String), Run>,
}

impl Stories {
    fn scenario(&mut self, story: &'static str) -> Result<&Scenario, String> {
        if !self.scenarios.contains_key(story) {
            let path = format!("scenarios/both/{story}.yaml");
            let text = std::fs::read(place(&path)).map_err(|error| format!("{path}: {error}"))?;
            let scenario = load(&path, &text).map_err(|found| {
                let messages = found.iter().map(|one| one.message.as_str());
                format!("{path}: {}", messages.collect::<Vec<_>>().join("; "))
            })?;
            self.scenarios.insert(story, scenario);
        }
        Ok(&self.scenarios[story])
    }

    /// The run of a scenario on a target, which must hold.
    fn run(&mut self, story: &'static str, target: Target) -> Result<Run, String> {
        let key = (story, target.to_string());
        if let Some(run) = self.runs.get(&key) {
            return Ok(run.clone());
        }
        let scenario = self.scenario(story)?;
        let plan = bitsim::plan(scenario, target)
            .ok_or_else(|| format!("{story} does not run on {target}"))?;
        let run = play(&plan);
        if !run.holds() {
            return Err(format!("{story} does not hold on {target}"));
        }
        self.runs.insert(key, run.clone());
        Ok(run)
    }

    /// The comparison of the runs on two targets: as people read it, and the rows that it names.
    fn compared(
        &mut self,
        story: &'static str,
        targets: [Target; 2],
    ) -> Result<(String, BTreeSet<String>), String> {
        let runs = [self.run(story, targets[0])?, self.run(story, targets[1])?];
        let names = runs.each_ref().map(Names::of);
        let side =
            |n: usize| Side { trace: &runs[n].trace, names: &names[n], steps: &runs[n].steps };
        let comparison = compare(&[side(0), side(1)]);
        let (title, seed) = (&runs[0].title, runs[0].seed());
        let records = comparison.json(title, seed);
        // JSON is YAML, too.
        let records: Value = serde_yaml::from_str(&records).map_err(|error| error.to_string())?;
        let mut rows = BTreeSet::new();
        for list in ["differences", "names"] {
            let entries = records[list].as_sequence().into_iter().flatten();
            rows.extend(entries.filter_map(|entry| entry["row"].as_str().map(str::to_owned)));
        }
        Ok((comparison.text(title, seed), rows))
    }
}

#[test]
fn every_row_of_the_catalogue_is_shown_or_said_to_be_beyond_a_simulator() {
    let text = std::fs::read_to_string(place("fixtures/rules/bits-vs-do.yaml"));
    let catalogue: Value = serde_yaml::from_str(&text.expect("the catalogue")).expect("YAML");
    let rows = catalogue.as_sequence().expect("a list of rows");
    let documented: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    let listed: Vec<&str> = ROWS.iter().map(|(id, _)| *id).collect();
    assert_eq!(listed, documented, "the table has the rows of the catalogue in their order");
    let shown = ROWS.iter().filter(|(_, row)| matches!(row, Shown(..))).count();
    assert!(shown >= 40, "only {shown} rows are shown");
    for (id, row) in ROWS {
        if let NotShown(reason) = row {
            assert!(reason.split_whitespace().count() >= 4, "{id}: `{reason}` is no reason");
        }
    }
}

#[test]
fn the_comparison_of_two_runs_names_the_row_that_they_show() {
    let mut stories = Stories::default();
    let mut wrong = Vec::new();
    for (id, row) in ROWS {
        let Shown(story, targets) = row else { continue };
        let pair = format!("{story} on {}, {}", targets[0], targets[1]);
        match stories.compared(story, *targets) {
            Ok((_, rows)) if rows.contains(*id) => {}
            Ok((_, rows)) => {
                let rows: Vec<String> = rows.into_iter().collect();
                wrong.push(format!("{id}: {pair} names {} instead", rows.join(", ")));
            }
            Err(text) => wrong.push(format!("{id}: {text}")),
        }
    }
    assert!(wrong.is_empty(), "{} rows are not shown:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_story_here_is_about_two_services_at_least() {
    let mut folders = vec![place("scenarios/both")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of scenarios") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read(&path).expect("a scenario");
            let shown = path.display().to_string();
            let scenario = load(&shown, &text).unwrap_or_else(|_| panic!("{shown} is readable"));
            let services: BTreeSet<_> =
                scenario.targets().iter().map(|target| target.service).collect();
            assert!(services.len() >= 2, "{shown} runs on one service only");
        }
    }
}

/// The story that is told in the documentation keeps its comparison word by word.
#[test]
fn the_life_of_the_error_object_side_by_side() {
    let mut stories = Stories::default();
    let mut text = |other: Target| {
        let compared = stories.compared(STORY, [BITS, other]);
        compared.unwrap_or_else(|error| panic!("{error}")).0
    };
    insta::assert_snapshot!("life_of_the_error_object__bits_do_legacy", text(LEGACY));
    insta::assert_snapshot!("life_of_the_error_object__bits_do_download", text(DOWNLOAD));
}
