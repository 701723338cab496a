//! What holds of every page, whatever a scenario calls its jobs.

use super::*;
use crate::failure::Case;
use crate::matrix::{self, Matrix};
use crate::picture::{Entry, Lane};
use crate::sample;
use bitsim_vocab::{JobState, Service, Stimulus, Target};
use serde_json::Value;
use suite::Taken;

fn with_case<T>(work: impl FnOnce(&Case<'_>) -> T) -> T {
    let (plan, run) = (sample::plan(), sample::run());
    work(&Case {
        name: "bits::error_count::pulled_cable_is_free",
        path: "scenarios/bits/error_count/pulled_cable_is_free.yaml",
        source: sample::SOURCE,
        plan: &plan,
        run: &run,
        again: "",
    })
}

fn picture() -> Picture {
    with_case(Picture::of)
}

/// The embedded data of a page.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once(r#"<script type="application/json" id="data">"#).expect("data");
    let (text, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(text).expect("JSON")
}

/// A page without its data.
fn frame(page: &str) -> String {
    let (before, rest) = page.split_once(r#"id="data">"#).expect("data");
    let (_, after) = rest.split_once("</script>").expect("an end");
    format!("{before}{after}")
}

const NASTY: &str = "</script><script>alert('1')</script><!-- <b>\"&amp; \u{2028} \u{e9}\u{1f4be}";

#[test]
fn no_name_is_taken_for_markup() {
    let mut picture = picture();
    for text in [&mut picture.name, &mut picture.title, &mut picture.path, &mut picture.source] {
        NASTY.clone_into(text);
    }
    picture.lanes[0].job = NASTY.to_owned();
    picture.events[0].what = NASTY.to_owned();
    let page = run(&picture);
    assert_eq!(page.matches("</script").count(), 2, "the data and the script end once each");
    assert_eq!(page.matches("<!--").count(), 0);
    assert!(!page.contains("<b>"), "nothing of it is markup");
    let data = data(&page);
    assert_eq!(data["lanes"][0]["job"], NASTY);
    assert_eq!(data["events"][0]["what"], NASTY);
    assert_eq!(data["source"], NASTY);
    assert!(page.contains("<h1>&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)"), "the headline");
}

#[test]
fn what_is_filled_in_is_not_filled_in_again() {
    let mut picture = picture();
    picture.title = "{{data}} {{style}}".to_owned();
    let page = run(&picture);
    assert!(page.contains(r#"<p class="title">{{data}} {{style}}</p>"#));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    assert_eq!(run(&picture()), run(&picture()));
    assert_eq!(suite(&a_suite()), suite(&a_suite()));
}

#[test]
fn a_page_needs_nothing_else() {
    for page in [run(&picture()), suite(&a_suite())] {
        let frame = frame(&page);
        for outside in [" src=", "@import", "url(", "fetch(", "href=\"http", "XMLHttpRequest"] {
            assert!(!frame.contains(outside), "{outside} in a page");
        }
        assert!(frame.contains("default-src 'none'"), "the page forbids itself the network");
        assert!(!frame.contains("{{"), "everything is filled in");
        assert!(frame.len() < 120_000, "{} bytes without the data", frame.len());
        assert!(frame.is_ascii());
    }
}

#[test]
fn scripts_ask_for_elements_that_the_page_has() {
    for page in [RUN, SUITE] {
        for script in page.scripts {
            for (_, rest) in script.match_indices("byId('").map(|(at, _)| script.split_at(at + 6)) {
                let name = rest.split('\'').next().unwrap_or_default();
                let has = page.template.contains(&format!("id=\"{name}\""));
                assert!(has, "there is no element `{name}`");
            }
        }
    }
}

#[test]
fn events_carry_only_what_they_have() {
    let picture = picture();
    let data = data(&run(&picture));
    let events = data["events"].as_array().expect("events");
    assert_eq!(events.len(), picture.events.len());
    for (shown, entry) in events.iter().zip(&picture.events) {
        assert_eq!(shown["last"], entry.last);
        assert_eq!(shown["what"], entry.what.as_str());
        assert_eq!(shown.get("line").and_then(Value::as_u64), entry.line.map(u64::from));
        assert_eq!(shown.get("detail").is_some(), !entry.detail.is_empty());
    }
}

#[test]
fn fourteen_days_of_retries_fit_into_a_few_megabytes() {
    let mut picture = picture();
    let entry = picture.events.iter().find(|entry| entry.milestone).expect("one").clone();
    let many = |number: u32| Entry { first: number, last: number, ..entry.clone() };
    picture.events = (1..=14_000).map(many).collect();
    let page = run(&picture);
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
}

#[test]
fn a_run_without_jobs_has_a_page() {
    let mut picture = picture();
    picture.lanes = Vec::<Lane>::new();
    picture.events.clear();
    picture.disturbances.clear();
    picture.failures.clear();
    let data = data(&run(&picture));
    assert_eq!(data["lanes"], Value::Array(Vec::new()));
}

fn table() -> Matrix {
    let rows = [Stimulus::Resume, Stimulus::NetworkLost];
    let cell = |row, state| {
        let case = |when: &str, hresult: &str| matrix::Case {
            when: when.to_owned(),
            next: None,
            hresult: hresult.to_owned(),
        };
        match (row, state) {
            (Stimulus::Resume, JobState::Suspended) => {
                vec![case("job has no file", "BG_E_EMPTY"), case("", "S_OK")]
            }
            (Stimulus::Resume, _) => vec![case("", "S_OK")],
            (_, JobState::Transferring) => vec![case("", "")],
            _ => Vec::new(),
        }
    };
    Matrix::new(&rows, JobState::ALL, cell, |_| None)
}

fn took(row: Stimulus, column: JobState, case: usize) -> Taken {
    Taken { row: row.to_string(), column: column.to_string(), case }
}

/// A suite of two runs, of which the simulator played one.
fn a_suite() -> SuitePicture {
    let mut suite = SuitePicture::default();
    suite.show_table(Service::Bits, &table());
    let taken = [
        took(Stimulus::Resume, JobState::Suspended, 1),
        took(Stimulus::Resume, JobState::Suspended, 0),
        took(Stimulus::NetworkLost, JobState::Transferring, 0),
    ];
    with_case(|case| suite.add(case, &taken));
    suite.add_fault("scenarios/b.yaml", "b", Target::BITS);
    suite
}

#[test]
fn a_suite_counts_runs_rules_and_cells() {
    let mut played = a_suite();
    with_case(|case| played.add(case, &[took(Stimulus::Resume, JobState::Suspended, 1)]));
    let page = suite(&played);
    let data = data(&page);
    assert_eq!(data["headline"], "3 runs: 1 not played, 2 broken, 0 held");
    assert_eq!((&data["scenarios"], &data["simulated"]), (&2.into(), &"74 minutes".into()));
    assert!(page.contains("<h1>3 runs: 1 not played, 2 broken, 0 held</h1>"));
    let run = &data["runs"][0];
    assert_eq!(run["outcome"], "broken");
    assert_eq!(run["failure"]["rule"], "BITS-ERRCOUNT-004");
    let rules = data["rules"].as_array().expect("rules");
    let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).expect("the rule");
    assert_eq!(rule("BITS-ERRCOUNT-004")["outcome"], "broken");
    assert_eq!(rule("BITS-ERRCOUNT-004")["broken"], serde_json::json!([0, 2]));
    assert_eq!(rule("BITS-NOTIFY-009")["outcome"], "idle");
    let table = &data["tables"][0];
    let column = |name: &str| {
        let columns = table["columns"].as_array().expect("columns");
        columns.iter().position(|column| column == name).expect("the column")
    };
    let resumed = &table["rows"][0]["taken"][column("SUSPENDED")];
    assert_eq!(resumed["runs"], 2, "a run that took both cases counts once");
    assert_eq!(resumed["cases"], serde_json::json!([[1, 0], [2, 0]]));
    let lost = &table["rows"][1]["taken"];
    assert_eq!(lost[column("TRANSFERRING")]["runs"], 1);
    assert_eq!(lost[column("QUEUED")]["cases"], serde_json::json!([]), "it cannot arise");
}

#[test]
fn a_suite_in_which_all_holds_says_so() {
    let mut played = SuitePicture::default();
    let (plan, mut run) = (sample::plan(), sample::run());
    run.findings = bitsim_oracle::Findings::default();
    run.failures.clear();
    let case = Case { name: "a", path: "a.yaml", source: "", plan: &plan, run: &run, again: "" };
    played.add(&case, &[]);
    let page = suite(&played);
    assert!(page.contains(r#"<span class="verdict held">held</span>"#));
    assert_eq!(data(&page)["headline"], "1 run: 1 held");
}
