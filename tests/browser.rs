//! The pages that bitsim writes, opened in Chromium without a network: nothing complains, nothing
//! is fetched, everything is drawn, and events lead to their lines. Pictures of what was seen are
//! left in `target/browser`.

use bitsim::report::html;
use bitsim::report::picture::{Band, Counted, Entry, Lane, Mark, Picture};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Where `tests/browser/install` puts what it needs: `browser` beside `debug`.
fn folder() -> PathBuf {
    let debug = Path::new(env!("CARGO_BIN_EXE_bitsim")).parent().expect("a folder");
    debug.parent().expect("the target folder").join("browser")
}

fn page(name: &str) -> String {
    folder().join(format!("{name}.html")).display().to_string()
}

/// The JSON in a page.
fn embedded(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("data");
    let (text, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_page_of_a_suite_counts_the_cells_that_were_taken() {
    let write = || {
        let output = Command::new(env!("CARGO_BIN_EXE_bitsim"))
            .args(["run", "fixtures/cli/held", "fixtures/cli/broken", "--html", "-"])
            .output()
            .expect("bitsim runs");
        assert_eq!(output.status.code(), Some(4));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let page = write();
    assert_eq!(page, write(), "the same bytes each time");
    let data = embedded(&page);
    assert_eq!(data["headline"], "3 runs: 1 broken, 2 held");
    let tables = data["tables"].as_array().expect("tables");
    let cell = |row: &str, column: &str| {
        let columns = tables[0]["columns"].as_array().expect("columns");
        let column = columns.iter().position(|name| name == column).expect("the column");
        let rows = tables[0]["rows"].as_array().expect("rows");
        let row = rows.iter().find(|other| other["name"] == row).expect("the row");
        row["taken"][column]["runs"].clone()
    };
    assert_eq!(cell("Resume", "SUSPENDED"), 3, "each run resumes a new job");
    assert_eq!(cell("network_lost", "TRANSFERRING"), 1, "one pulls the cable");
    assert_eq!(cell("Cancel", "QUEUED"), 0, "nobody cancels");
    assert_eq!((&tables[1]["runs"], &tables[2]["runs"]), (&json!(0), &json!(0)));
}

/// Runs bitsim, which may find that something is broken.
fn bitsim(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_bitsim")).args(arguments).output();
    let output = output.expect("bitsim runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{arguments:?}: {told}");
}

/// The page of a run.
fn trace(name: &str, arguments: &[&str]) {
    let mut all = vec!["trace"];
    all.extend(arguments);
    let page = page(name);
    all.extend(["--as", "html", "-o", &page]);
    bitsim(&all);
}

/// One browser at a time: each wants a machine for itself.
static BROWSER: Mutex<()> = Mutex::new(());

/// Opens a page and does what the wishes say. What no page may do is checked here.
fn open(name: &str, mut wishes: Value) -> Value {
    wishes["page"] = page(name).into();
    wishes["name"] = name.into();
    let turn = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new("node")
        .args(["tests/browser/drive.mjs", &folder().display().to_string(), &wishes.to_string()])
        .output()
        .expect("node runs");
    drop(turn);
    let told = String::from_utf8_lossy(&output.stderr);
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"));
    for nothing in ["errors", "console", "requests"] {
        assert_eq!(seen[nothing], json!([]), "{name}: {nothing}");
    }
    for (picture, overflow) in seen["overflow"].as_object().expect("widths") {
        assert_eq!(*overflow, 0, "{name}: {picture} is wider than the window");
    }
    seen
}

/// The page of a run, with what holds of all of them.
fn open_run(name: &str, wishes: Value) -> Value {
    let seen = open(name, wishes);
    zooming_works(&seen["views"]);
    assert_eq!(seen["walked"], json!({"at": 1, "hash": seen["walked"]["hash"]}), "arrow keys");
    assert_eq!(seen["last"], true, "End goes to the last entry");
    assert_eq!(seen["band"]["chosen"], seen["band"]["event"], "a click on a band");
    let tip = text(&seen["band"]["tip"]);
    assert!(tip.starts_with(text(&seen["band"]["what"])), "{tip}");
    assert!(number(&seen["elements"]) < 3_000, "{} elements", seen["elements"]);
    seen
}

fn zooming_works(views: &Value) {
    let width = |view: &str| number(&views[view]["to"]) - number(&views[view]["from"]);
    let from = |view: &str| number(&views[view]["from"]);
    assert!(width("wheel") < width("begin") / 4, "the wheel zooms in");
    assert!(from("dragged") > from("wheel"), "a drag to the left moves on");
    assert_eq!(views["doubled"], views["begin"], "a double click shows everything");
    assert!(width("plus") < width("begin"), "+ zooms in");
    assert!(from("right") > from("plus"), "the right arrow moves on");
    assert_eq!(views["zero"], views["begin"], "0 shows everything");
    assert_ne!(views["moments"]["span"], views["begin"]["span"], "the other scale");
    assert_eq!(views["again"], views["begin"], "and back");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a number, not {value}"))
}

fn contains(value: &Value, parts: &[&str]) {
    for part in parts {
        assert!(text(value).contains(part), "no `{part}` in `{value}`");
    }
}

/// Pixels of a colour on the lanes.
fn pixels(seen: &Value, color: &str) -> i64 {
    seen["colors"].get(color).map_or(0, number)
}

const TRANSFERRING: &str = "#0072b2";
const TRANSIENT_ERROR: &str = "#e69f00";
const ERROR: &str = "#c44601";

#[test]
#[ignore = "needs tests/browser/install"]
fn a_pulled_cable_that_breaks_an_expectation() {
    trace("broken", &["fixtures/cli/broken/wrong_expectation.yaml"]);
    let seen = open_run("broken", json!({"event": 16, "line": 17, "search": "-> CONNECTING"}));
    contains(&seen["title"], &["wrong_expectation on bits: broken"]);
    assert_eq!(seen["verdict"], "BROKEN");
    contains(
        &seen["failures"],
        &["What failed first", "expected 1, the trace says 0", "line 19 of the scenario"],
    );
    // Without a hash, the page opens at what failed first.
    contains(&seen["details"], &["GetErrorCount = S_OK 0", "01:00.000", "step 1m"]);
    assert_eq!(seen["current"], json!([19]));
    contains(&seen["chosen"]["details"], &["TRANSFERRING -> TRANSIENT_ERROR", "BITS-ERRCOUNT-004"]);
    contains(&seen["chosen"]["row"], &["00:00:30.000", "BG_E_NETWORK_DISCONNECTED"]);
    assert_eq!(seen["chosen"]["active"], "row-16");
    assert_eq!(
        (&seen["chosen"]["lines"], &seen["chosen"]["visible"]),
        (&json!([17]), &true.into())
    );
    let lines = seen["line"]["lines"].as_array().expect("lines");
    assert!(lines.len() >= 3 && lines.iter().all(|line| line == "17"), "{lines:?}");
    contains(&seen["line"]["chip"], &["brought about by line 17"]);
    assert_eq!(seen["line"]["after"], seen["matches"]);
    let found = seen["search"]["rows"].as_array().expect("rows");
    assert!(!found.is_empty() && found.iter().all(|row| text(row).contains("-> CONNECTING")));
    assert_ne!(seen["milestones"], seen["matches"]);
    assert_eq!(seen["unfiltered"], seen["matches"]);
    assert_eq!(seen["lines"], 19);
    assert!(pixels(&seen, TRANSFERRING) > 4_000 && pixels(&seen, TRANSIENT_ERROR) > 500);
}

#[test]
#[ignore = "needs tests/browser/install"]
fn fourteen_days_of_retries() {
    let path = "scenarios/bits/no_progress/fourteen_days_whatever_the_clock_says.yaml";
    trace("long", &[path]);
    let seen = open_run("long", json!({"event": 36, "line": 20, "search": "JobError ="}));
    assert_eq!(seen["verdict"], "HELD");
    assert_eq!(seen["failures"], Value::Null);
    contains(&seen["facts"], &["target bits", "simulated 30d"]);
    contains(&seen["legend"], &["TRANSIENT_ERROR", "too many to draw at this zoom", "timers"]);
    contains(&seen["chosen"]["details"], &["BG_E_HTTP_ERROR_503", "http 503 (cdn.test)"]);
    assert_eq!(seen["search"]["rows"].as_array().map(Vec::len), Some(3), "three callbacks");
    // Of ten thousand entries only those are elements that can be seen.
    assert!(number(&seen["rows"]) < 80, "{} rows", seen["rows"]);
    assert!(pixels(&seen, TRANSIENT_ERROR) > 3_000 && pixels(&seen, ERROR) > 5_000);
    assert_eq!(seen["band"]["what"], "ERROR");
    assert!(std::fs::metadata(page("long")).expect("the page").len() < 6_000_000);
}

#[test]
#[ignore = "needs tests/browser/install"]
fn several_jobs_in_lanes() {
    trace("multi", &["scenarios/bits/scheduling/slices_go_round.yaml"]);
    let seen = open_run("multi", json!({"event": 20, "search": "CONNECTING"}));
    assert_eq!(seen["verdict"], "HELD");
    contains(&seen["facts"], &["jobs 3"]);
    assert!(pixels(&seen, TRANSFERRING) > 4_000);
}

#[test]
#[ignore = "needs tests/browser/install"]
fn a_download_of_delivery_optimization() {
    let path = "scenarios/do/download/windows_retry/bytes_begin_the_series_anew.yaml";
    trace("download", &[path, "--on", "do-download"]);
    let seen = open_run("download", json!({"event": 13, "line": 15, "search": "InternalRetry"}));
    assert_eq!(seen["verdict"], "HELD");
    contains(&seen["legend"], &["Created", "Transferring", "Transferred"]);
    contains(&seen["chosen"]["details"], &["Error / ExtendedError", "S_OK / BG_E_HTTP_ERROR_503"]);
    assert!(pixels(&seen, TRANSFERRING) > 5_000);
}

#[test]
#[ignore = "needs tests/browser/install"]
fn fifty_thousand_entries_stay_fluid() {
    let picture = long_picture(50_000);
    std::fs::create_dir_all(folder()).expect("a folder");
    std::fs::write(page("huge"), html::run(&picture)).expect("a page");
    let seen = open_run("huge", json!({"event": 40_000}));
    assert_eq!(seen["matches"], "50,000 entries");
    // A hundred times the entries must not cost a hundred times the work: what is too narrow to be
    // seen is merged before it is drawn.
    let picture = long_picture(500);
    std::fs::write(page("small"), html::run(&picture)).expect("a page");
    let small = open_run("small", json!({"event": 400}));
    let (one, hundred) = (number(&small["frame"]), number(&seen["frame"]));
    assert!(hundred < one * 50, "{one} us a frame, and {hundred} us for a hundred times as much");
}

/// Ten jobs that fail and try again, all of them, a hundred times a day.
fn long_picture(entries: u32) -> Picture {
    const JOBS: u32 = 10;
    const STATES: [&str; 4] = ["TRANSIENT_ERROR", "QUEUED", "CONNECTING", "TRANSFERRING"];
    let at = |number: u32| {
        let round = u64::from(number / (JOBS * 4)) * 8_640_000_000;
        round + u64::from(number % 4) * 400_000 + u64::from(number / 4 % JOBS) * 70_000_000
    };
    let ended_at = at(entries) + 8_640_000_000;
    let mut lanes: Vec<Lane> = (0..JOBS)
        .map(|job| Lane {
            job: format!("job {job}"),
            line: None,
            states: Vec::new(),
            errors: Vec::new(),
            counts: Vec::new(),
            marks: Vec::new(),
        })
        .collect();
    let mut events = Vec::new();
    for number in 0..entries {
        let (job, state) = ((number / 4 % JOBS) as usize, STATES[number as usize % 4]);
        let (now, event) = (at(number), number + 1);
        let lane = &mut lanes[job];
        if let Some(last) = lane.states.last_mut() {
            last.to = now;
        }
        let band =
            |what: &str, to| Band { from: now, to, what: what.to_owned(), event, cause: None };
        lane.states.push(band(state, ended_at));
        if number.is_multiple_of(4) {
            lane.errors.push(band("BG_E_HTTP_ERROR_503", now + 8_000_000_000));
            let count = u32::try_from(lane.counts.len()).unwrap_or(0);
            lane.counts.push(Counted { at: now, count, event });
            lane.marks.push(Mark { at: now, kind: "callback", what: "JobError".to_owned(), event });
        }
        events.push(entry(event, now, job, state));
    }
    Picture {
        version: 1,
        name: "long".to_owned(),
        title: "many jobs that fail for months".to_owned(),
        path: "long.yaml".to_owned(),
        source: "scenario: many jobs that fail for months\n".to_owned(),
        target: "bits".to_owned(),
        seed: 0,
        outcome: "held".to_owned(),
        ended_at,
        end: "settled".to_owned(),
        wall_start: "2026-01-01T00:00:00Z".to_owned(),
        error_title: "error object".to_owned(),
        counts_errors: true,
        lanes,
        disturbances: Vec::new(),
        events,
        rules: Vec::new(),
        failures: Vec::new(),
    }
}

fn entry(number: u32, at: u64, lane: usize, state: &str) -> Entry {
    Entry {
        first: number,
        last: number,
        at,
        lane: Some(lane),
        milestone: true,
        kind: "state",
        client: None,
        server: None,
        exchange: None,
        who: format!("job {lane}"),
        what: format!("enters {state}"),
        count: String::new(),
        error: String::new(),
        because: String::new(),
        detail: String::new(),
        line: None,
        held: Vec::new(),
        broken: Vec::new(),
    }
}

#[test]
#[ignore = "needs tests/browser/install"]
fn the_whole_suite() {
    std::fs::create_dir_all(folder()).expect("a folder");
    bitsim(&["run", "--html", &page("suite")]);
    let size = std::fs::metadata(page("suite")).expect("the page").len();
    assert!(size < 2_000_000, "{size} bytes");
    let wishes = json!({"kind": "suite", "rule": "BITS-ERRCOUNT-004", "search": "pulled_cable"});
    let seen = open("suite", wishes);
    contains(&seen["heading"], &["runs: ", " held"]);
    contains(&seen["facts"], &["scenarios ", "simulated ", "rules "]);
    let found = seen["runs"]["found"].as_array().expect("runs");
    assert!(!found.is_empty() && found.iter().all(|run| text(run).contains("pulled_cable")));
    assert_eq!(seen["rules"]["found"].as_array().map(Vec::len), Some(1));
    contains(&seen["rules"]["found"][0], &["BITS-ERRCOUNT-004", "held", "GetErrorCount"]);
    assert_ne!(seen["rules"]["runs"], seen["runs"]["matches"], "only the runs of that rule");
    let tables = seen["tables"].as_array().expect("tables");
    let names: Vec<&str> = tables.iter().map(|table| text(&table["name"])).collect();
    assert_eq!(names, ["bits", "do-legacy", "do-download"]);
    // Nine states by 57 rows; eight that are ever entered by 38; eight situations by 40.
    let cells: Vec<&Value> = tables.iter().map(|table| &table["all"]).collect();
    assert_eq!(cells, [&json!(9 * 57), &json!(8 * 38), &json!(8 * 40)]);
    for table in tables {
        contains(&table["details"], &[" in ", "taken in ", "first in "]);
        assert!(number(&table["never"]) + number(&table["cannot"]) < number(&table["all"]) / 2);
    }
    contains(&seen["focused"], &[" in "]);
    assert_eq!(seen["target"], json!(["run-1"]));
    assert!(number(&seen["elements"]) < 12_000, "{} elements", seen["elements"]);
}
