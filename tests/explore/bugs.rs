//! Every deliberate bug of the engine is planted, and the search has a minute for each.
//!
//! ```text
//! cargo test --release --test explore -- --ignored --nocapture      all of them, hours at worst
//! BITSIM_SHARD=1/4 ...                                              every fourth, from the first
//! BITSIM_BUG=retry-skips-connecting ...                             one
//! ```
//!
//! What came of a bug is kept below `target/tmp/explore/bugs`; a bug with a report there is not
//! searched for again, so that the test goes on where it was stopped. Remove the folder to begin
//! anew.

use super::{bitsim, json, read, text_of};
use bitsim::engine::sabotage::{Bug, bugs};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// How much of them must be found, in percent.
const LEAST_FOUND: usize = 95;

/// No scenario may have more steps.
const MOST_STEPS: u64 = 8;

#[test]
#[ignore = "a minute for each of more than 200 bugs"]
fn planted_bugs_are_found_within_a_minute_each() {
    let chosen = chosen();
    let reports: Vec<Value> = chosen.iter().map(|bug| searched(bug)).collect();
    let mut missed = Vec::new();
    let mut wrong = Vec::new();
    println!("{:<52}{:<22}{:>7}{:>9}{:>7}", "bug", "broken", "steps", "seed", "by");
    for (bug, report) in chosen.iter().zip(&reports) {
        let finding = &report["findings"][0];
        let Some(name) = finding["name"].as_str() else {
            println!("{:<52}not found in {} stories", bug.name, report["totals"]["stories"]);
            missed.push(bug.name);
            continue;
        };
        let steps = finding["steps"].as_u64().unwrap_or(u64::MAX);
        let (seed, by) = (&finding["seed"], finding["by"].as_str().unwrap_or_default());
        println!("{:<52}{name:<22}{steps:>7}{seed:>9}{by:>7}", bug.name);
        if steps > MOST_STEPS {
            wrong.push(format!("{}: {steps} steps", bug.name));
        }
        wrong.extend(replayed(bug, finding));
    }
    let found = chosen.len() - missed.len();
    println!("{found} of {} bugs found; not {missed:?}", chosen.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found * 100 >= chosen.len() * LEAST_FOUND, "{found} of {}", chosen.len());
}

/// The bugs that the environment asks for.
fn chosen() -> Vec<&'static Bug> {
    let shard = std::env::var("BITSIM_SHARD").ok();
    let (number, of) = match shard.as_deref().map(|text| text.split_once('/')) {
        None => (1, 1),
        Some(parts) => {
            let (number, of) = parts.expect("BITSIM_SHARD=1/4");
            let read = |text: &str| text.parse::<usize>().expect("a number from 1 on");
            (read(number), read(of))
        }
    };
    let only = std::env::var("BITSIM_BUG").ok();
    let all: Vec<&Bug> = bugs()
        .skip(number - 1)
        .step_by(of)
        .filter(|bug| only.as_deref().is_none_or(|only| only == bug.name))
        .collect();
    assert!(!all.is_empty(), "there is no such bug");
    all
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("explore").join("bugs")
}

/// The report of the search for a bug, from now or from before.
fn searched(bug: &Bug) -> Value {
    std::fs::create_dir_all(folder()).expect("a folder");
    let path = folder().join(format!("{}.json", bug.name));
    if !path.exists() {
        let (found, report) = (text_of(&folder().join("found")), text_of(&path));
        let given = bitsim(&[
            "explore",
            "--sabotage",
            bug.name,
            "--for",
            "60s",
            "--stop-after",
            "1",
            "--save",
            &found,
            "-o",
            &report,
        ]);
        let code = given.code;
        assert!(matches!(code, Some(0 | 3 | 4)), "{}: {code:?}\n{}", bug.name, given.stderr);
    }
    json(&read(&path))
}

/// What is wrong with the scenario of a finding: it must hold, and break the same with the bug.
fn replayed(bug: &Bug, finding: &Value) -> Option<String> {
    let text = finding["scenario"].as_str().unwrap_or_default();
    let path = folder().join(format!("{}.yaml", bug.name));
    std::fs::write(&path, text).expect("a file");
    let path = text_of(&path);
    let holds = bitsim(&["run", &path]);
    let breaks = bitsim(&["run", &path, "--sabotage", bug.name]);
    let name = finding["name"].as_str().unwrap_or_default();
    let is_rule = name.contains("-0") || name.contains("-1");
    match (holds.code, breaks.code) {
        (Some(0), Some(3 | 4)) if !is_rule || breaks.stdout.contains(name) => None,
        codes => Some(format!("{}: ends with {codes:?}, without the bug and with it", bug.name)),
    }
}
