//! A comparison for programs.

use super::observe::Seen;
use super::{Comparison, Difference};
use bitsim_vocab::SimTime;
use serde::Serialize;

/// Times are in ticks of 100 ns since the run began.
#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    version: u32,
    scenario: &'a str,
    targets: Vec<String>,
    seed: u64,
    agree: bool,
    first_at: Option<SimTime>,
    differences: Vec<Group<'a>>,
    names: Vec<Name<'a>>,
    at_end: Vec<AtEnd<'a>>,
}

/// The differences of one kind.
#[derive(Serialize)]
struct Group<'a> {
    about: &'a str,
    row: Option<&'a str>,
    topic: Option<&'a str>,
    rules: &'a [String],
    rows: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    job: &'a str,
    sides: Vec<Option<Cell<'a>>>,
}

#[derive(Serialize)]
struct Cell<'a> {
    at: SimTime,
    said: &'a str,
}

impl<'a> Cell<'a> {
    fn of(seen: &'a Seen) -> Self {
        Self { at: seen.at, said: &seen.said }
    }
}

#[derive(Serialize)]
struct Name<'a> {
    about: &'a str,
    row: Option<&'a str>,
    names: Vec<Vec<&'a str>>,
}

#[derive(Serialize)]
struct AtEnd<'a> {
    job: &'a str,
    what: &'a str,
    agree: bool,
    row: Option<&'a str>,
    sides: &'a [String],
}

impl Comparison {
    /// The whole comparison as JSON, with a version number. `title` is the sentence of the
    /// scenario.
    #[must_use]
    pub fn json(&self, title: &str, seed: u64) -> String {
        let groups = self.by_kind();
        let differences = groups.iter().map(|(kind, group)| {
            let row = kind.row(&self.targets);
            Group {
                about: kind.title(),
                row: row.map(|row| row.id.as_str()),
                topic: row.map(|row| row.topic.trim()),
                rules: row.map_or(&[], |row| row.rules.as_slice()),
                rows: self.records(group),
            }
        });
        let names = self.renames.iter().map(|((kind, one), others)| {
            let mut names = vec![vec![one.as_str()]];
            names.extend(others.iter().skip(1).map(|all| all.iter().map(String::as_str).collect()));
            Name {
                about: kind.title(),
                row: kind.row(&self.targets).map(|row| row.id.as_str()),
                names,
            }
        });
        let at_end = self.ends.iter().map(|end| AtEnd {
            job: &end.who,
            what: end.what,
            agree: end.agrees,
            row: end.kind.and_then(|kind| kind.row(&self.targets)).map(|row| row.id.as_str()),
            sides: &end.said,
        });
        crate::json(&Whole {
            schema: "bitsim-diff",
            version: 1,
            scenario: title,
            targets: self.targets.iter().map(ToString::to_string).collect(),
            seed,
            agree: self.agrees(),
            first_at: self.first(),
            differences: differences.collect(),
            names: names.collect(),
            at_end: at_end.collect(),
        })
    }

    fn records(&self, group: &[Difference]) -> Vec<One<'_>> {
        let mut rows: Vec<usize> = group.iter().map(|found| found.row).collect();
        rows.dedup();
        let record = |row: usize| {
            let row = &self.rows[row];
            One {
                job: row.seen().map(|seen| seen.who.as_str()).unwrap_or_default(),
                sides: row.cells.iter().map(|seen| seen.as_ref().map(Cell::of)).collect(),
            }
        };
        rows.into_iter().map(record).collect()
    }
}
