//! Whoever changes one expected value of a scenario that passes reads on the first screen of the
//! failure where the value stands, which rule is behind it, on which page, and at which event.
//!
//! `cargo test --test first_screen` tries a part that is spread over all scenarios;
//! `cargo test --release --test first_screen -- --ignored` tries every value.

#[path = "first_screen/values.rs"]
mod values;

use bitsim::failing::{self, Failed};
use bitsim::report::rulebook;
use bitsim::report::snippet::Painter;
use bitsim::scenario::Scenario;
use bitsim::scenario::plan::Place;
use bitsim::vocab::{RuleId, Target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use values::{Change, changes};

/// Lines that are seen without scrolling, and columns.
const SCREEN: (usize, usize) = (30, 100);

/// What became of the changes.
#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    /// The scenario could not be read any more.
    invalid: usize,
    /// The other value is true as well.
    holds: usize,
    failed: usize,
    /// Failures that point at another value than the one that was changed.
    elsewhere: usize,
    /// Failures with more than a screen of text although they have one root.
    long: usize,
    /// What a first screen lacks, and the failures whose first screen lacks it.
    misses: BTreeMap<String, Vec<String>>,
}

fn scenarios() -> Vec<(String, Scenario)> {
    let mut files = Vec::new();
    find(Path::new("scenarios"), &mut files);
    let load = |file: PathBuf| {
        let path = file.to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(&file).expect("a scenario's file");
        bitsim::scenario::load(&path, &bytes).ok().map(|scenario| (path, scenario))
    };
    files.into_iter().filter_map(load).collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of scenarios") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            files.push(path);
        }
    }
    files.sort();
}

/// Tries one of `every` values.
fn try_values(every: usize) -> Tally {
    let mut tally = Tally::default();
    let mut number = 0;
    for (path, scenario) in scenarios() {
        for target in scenario.targets() {
            let plan = bitsim::plan(&scenario, *target).expect("a plan for a target of its own");
            for change in changes(&scenario.source().text, &plan) {
                number += 1;
                if number % every == 0 {
                    try_value(&path, *target, &change, &mut tally);
                }
            }
        }
    }
    tally
}

fn try_value(path: &str, target: Target, change: &Change, tally: &mut Tally) {
    tally.tried += 1;
    let Ok(scenario) = bitsim::scenario::load(path, change.text.as_bytes()) else {
        tally.invalid += 1;
        return;
    };
    let plan = bitsim::plan(&scenario, target).expect("a plan for a target of its own");
    let run = bitsim::replay::play(&plan);
    if run.holds() {
        tally.holds += 1;
        return;
    }
    tally.failed += 1;
    let again = format!("bitsim run {path}");
    let failed =
        Failed { name: "changed", scenario: &scenario, plan: &plan, run: &run, again: &again };
    let text = failed.text(Painter::Plain, &mut failing::play);
    let lacks = lacks(path, &text);
    if !lacks.is_empty() {
        let Place { line, column, .. } = change.place;
        let head = format!("{path}:{line}:{column} on {target}, now {}", change.now);
        let kind = format!("no {}", lacks.join(", no "));
        tally.misses.entry(kind).or_default().push(format!("{head}\n{text}"));
    }
    let here = format!("--> {path}:{}:{}\n", change.place.line, change.place.column);
    tally.elsewhere += usize::from(!text.contains(&here));
    let single = text.lines().filter(|line| line.starts_with("error")).count() == 1;
    tally.long += usize::from(single && text.lines().count() > SCREEN.0);
}

/// What the first screen of a failure does not tell.
fn lacks(path: &str, text: &str) -> Vec<&'static str> {
    let (lines, columns) = SCREEN;
    let screen: Vec<&str> = text.lines().take(lines).collect();
    let says = |what: &str| screen.iter().any(|line| line.contains(what));
    let mut lacks = Vec::new();
    let arrow = format!("--> {path}:");
    let place = screen.iter().find_map(|line| line.trim().strip_prefix(&arrow));
    let is_place = |text: &str| {
        let numbers: Vec<&str> = text.split(':').collect();
        numbers.len() == 2 && numbers.iter().all(|one| one.parse::<u32>().is_ok())
    };
    if !place.is_some_and(is_place) {
        lacks.push("place");
    }
    let named: Vec<RuleId> =
        RuleId::ALL.iter().copied().filter(|rule| says(&format!("[{rule}]"))).collect();
    match named.first().and_then(|rule| rulebook::rule(*rule)) {
        None => lacks.push("rule"),
        Some(rule) if !rule.pages().iter().any(|page| says(&page.title)) => lacks.push("page"),
        Some(_) => {}
    }
    if !says(">> ") && !says("event 0") && !says("(event ") {
        lacks.push("event");
    }
    // A line to paste is not cut.
    let to_paste = |line: &str| line.starts_with("  look ") || line.starts_with("  again ");
    if screen.iter().any(|line| !to_paste(line) && line.chars().count() > columns) {
        lacks.push("room: a line is too long");
    }
    lacks
}

impl Tally {
    fn summary(&self) -> String {
        let Self { tried, invalid, holds, failed, elsewhere, long, misses } = self;
        format!(
            "{tried} values changed: {failed} failed, {holds} hold all the same, {invalid} are not \
             valid; {elsewhere} failures point elsewhere, {long} take more than a screen; \
             {} first screens lack something",
            misses.values().map(Vec::len).sum::<usize>()
        )
    }

    /// Every first screen that lacks something, by what it lacks; the first of each kind in full.
    fn lacking(&self) -> String {
        let mut text = String::new();
        for (kind, misses) in &self.misses {
            text += &format!("\n{kind}: {} times\n", misses.len());
            for miss in misses {
                text += &format!("  {}\n", miss.lines().next().unwrap_or_default());
            }
            text += misses.first().map_or("", String::as_str);
        }
        text
    }

    #[track_caller]
    fn check(&self, least: usize) {
        let summary = self.summary();
        println!("{summary}");
        assert!(self.misses.is_empty(), "{summary}\n{}", self.lacking());
        assert!(self.tried >= least, "{summary}");
        assert!(self.failed * 10 >= self.tried * 9, "too few fail: {summary}");
        assert!(self.invalid * 50 <= self.tried, "too many are not valid: {summary}");
        assert!(self.elsewhere * 20 <= self.failed, "too many point elsewhere: {summary}");
        assert!(self.long * 20 <= self.failed, "too many take more than a screen: {summary}");
    }
}

#[test]
fn a_changed_value_is_explained_on_the_first_screen() {
    try_values(101).check(140);
}

#[test]
#[ignore = "every value takes minutes"]
fn every_changed_value_is_explained_on_the_first_screen() {
    try_values(1).check(14_000);
}
