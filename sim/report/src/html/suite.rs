//! What the page of a suite shows, collected run by run: no trace is kept.

use crate::failure::Case;
use crate::matrix::{self, Matrix};
use crate::picture::Picture;
use crate::rulebook::{self, Rule};
use crate::summary::Verdict;
use crate::words;
use bitsim_oracle::Outcome;
use bitsim_vocab::{RuleId, Service, SimTime, Target};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A suite as it is being played.
#[derive(Debug, Clone, Default)]
pub struct SuitePicture {
    runs: Vec<RunSeen>,
    files: BTreeSet<String>,
    /// Simulated time in seconds, without fractions of a run.
    simulated: u64,
    rules: BTreeMap<RuleId, Fared>,
    tables: Vec<TableSeen>,
}

/// A case of a service's transition table that a run took, as the engine recorded it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The call or event.
    pub row: String,
    /// The state that it met.
    pub column: String,
    /// The place of the case in its cell, from 0.
    pub case: usize,
}

/// One run.
#[derive(Debug, Clone, Serialize)]
struct RunSeen {
    name: String,
    target: String,
    path: String,
    title: String,
    seed: u64,
    /// `held`, `broken`, `unsettled`, or `fault` if the simulator itself failed.
    outcome: &'static str,
    /// Simulated time in ticks of 100 ns.
    ended_at: u64,
    events: usize,
    /// How many rules it put to the test.
    rules: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FirstFailure>,
}

/// What failed first in a run.
#[derive(Debug, Clone, Serialize)]
struct FirstFailure {
    title: String,
    contrast: String,
    rule: Option<&'static str>,
    line: Option<u32>,
    event: u32,
    /// How many other things failed.
    others: usize,
}

/// How a rule fared: how often it held, and runs by their place in the list.
#[derive(Debug, Clone, Default)]
struct Fared {
    held: u64,
    runs: Vec<usize>,
    broken: Vec<usize>,
}

/// The transition table of a service, and what the runs took from it.
#[derive(Debug, Clone, Serialize)]
struct TableSeen {
    #[serde(skip)]
    service: Service,
    name: &'static str,
    columns: Vec<String>,
    rows: Vec<RowSeen>,
    /// Runs of this service.
    runs: usize,
}

#[derive(Debug, Clone, Serialize)]
struct RowSeen {
    name: String,
    /// Cells that say the same, with the places of their columns.
    groups: Vec<Group>,
    /// For each column what was taken from its cell.
    taken: Vec<CellSeen>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct CellSeen {
    /// In how many runs any of its cases was taken.
    runs: usize,
    /// For each case in how many runs it was taken, and the first of them.
    cases: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, Serialize)]
struct Group {
    columns: Vec<usize>,
    /// None: the cell cannot arise.
    cases: Vec<matrix::Case>,
}

/// All that the page embeds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown<'a> {
    version: u32,
    pub(super) outcome: &'static str,
    pub(super) headline: String,
    scenarios: usize,
    simulated: String,
    runs: &'a [RunSeen],
    rules: Vec<RuleShown<'a>>,
    tables: &'a [TableSeen],
}

#[derive(Debug, Clone, Serialize)]
struct RuleShown<'a> {
    id: &'static str,
    sentence: &'a str,
    page: String,
    url: String,
    certainty: &'a str,
    holds_for: String,
    /// `held`, `broken`, `idle` (no run put it to the test) or `unchecked`.
    outcome: &'static str,
    held: u64,
    runs: &'a [usize],
    broken: &'a [usize],
}

impl SuitePicture {
    /// Shows the table of a service beside the runs. Only what is added afterwards is counted.
    pub fn show_table(&mut self, service: Service, table: &Matrix) {
        let columns = table.columns().to_vec();
        let mut rows: Vec<RowSeen> = Vec::new();
        for (stimulus, states, cases) in table.cells() {
            let group = Group { columns: places(&columns, states), cases: cases.to_vec() };
            if rows.last().is_none_or(|row| row.name != stimulus) {
                let taken = vec![CellSeen::default(); columns.len()];
                rows.push(RowSeen { name: stimulus.to_owned(), groups: Vec::new(), taken });
            }
            let Some(row) = rows.last_mut() else { continue };
            for column in &group.columns {
                row.taken[*column].cases = vec![(0, 0); cases.len()];
            }
            row.groups.push(group);
        }
        let name = service.name();
        self.tables.push(TableSeen { service, name, columns, rows, runs: 0 });
    }

    /// Counts a run and the cases that it took from its table.
    pub fn add(&mut self, case: &Case<'_>, taken: &[Taken]) {
        let run = case.run;
        let number = self.runs.len();
        let mut put_to_test = 0;
        for rule in RuleId::ALL {
            let outcome = run.findings.outcome(*rule);
            let counts = is_of(*rule, run.target()) && !run.is_by_design(*rule);
            if !counts || matches!(outcome, Outcome::NotExercised) {
                continue;
            }
            put_to_test += 1;
            let fared = self.rules.entry(*rule).or_default();
            fared.runs.push(number);
            match outcome {
                Outcome::Held(times) => fared.held += u64::from(times),
                _ => fared.broken.push(number),
            }
        }
        let ended_at = run.ended_at();
        self.files.insert(case.path.to_owned());
        self.simulated += ended_at.since(SimTime::ZERO).as_secs();
        self.count_cells(run.target().service, number, taken);
        self.runs.push(RunSeen {
            name: case.name.to_owned(),
            target: run.target().to_string(),
            path: case.path.to_owned(),
            title: run.title.clone(),
            seed: run.seed(),
            outcome: match Verdict::of(run) {
                Verdict::Held => "held",
                Verdict::Broken => "broken",
                Verdict::Unsettled => "unsettled",
            },
            ended_at: ended_at.0,
            events: run.trace.events.len(),
            rules: put_to_test,
            failure: first_failure(case),
        });
    }

    /// Counts a run that the simulator itself could not play.
    pub fn add_fault(&mut self, path: &str, name: &str, target: Target) {
        self.files.insert(path.to_owned());
        self.runs.push(RunSeen {
            name: name.to_owned(),
            target: target.to_string(),
            path: path.to_owned(),
            title: "the simulator itself failed".to_owned(),
            seed: 0,
            outcome: "fault",
            ended_at: 0,
            events: 0,
            rules: 0,
            failure: None,
        });
    }

    fn count_cells(&mut self, service: Service, run: usize, taken: &[Taken]) {
        let Some(table) = self.tables.iter_mut().find(|table| table.service == service) else {
            return;
        };
        table.runs += 1;
        let mut reached = BTreeSet::new();
        for one in taken {
            let column = table.columns.iter().position(|column| *column == one.column);
            let row = table.rows.iter().position(|row| row.name == one.row);
            let (Some(column), Some(row)) = (column, row) else { continue };
            let cell = &mut table.rows[row].taken[column];
            let Some((runs, first)) = cell.cases.get_mut(one.case) else { continue };
            if *runs == 0 {
                *first = run;
            }
            *runs += 1;
            if reached.insert((row, column)) {
                cell.runs += 1;
            }
        }
    }

    fn count(&self, outcome: &str) -> usize {
        self.runs.iter().filter(|run| run.outcome == outcome).count()
    }

    /// Everything as the page needs it.
    pub(super) fn shown(&self) -> Shown<'_> {
        let held = self.count("held");
        let parts = [
            (self.count("fault"), "not played"),
            (self.count("broken"), "broken"),
            (self.count("unsettled"), "not settled"),
        ];
        let mut counts: Vec<String> = parts
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        let outcome = if counts.is_empty() { "held" } else { "broken" };
        counts.push(format!("{held} held"));
        let runs = words::count(self.runs.len(), "run");
        Shown {
            version: 1,
            outcome,
            headline: format!("{runs}: {}", counts.join(", ")),
            scenarios: self.files.len(),
            simulated: simulated(self.simulated),
            runs: &self.runs,
            rules: self.rules_shown(),
            tables: &self.tables,
        }
    }

    fn rules_shown(&self) -> Vec<RuleShown<'_>> {
        const NONE: &Fared = &Fared { held: 0, runs: Vec::new(), broken: Vec::new() };
        let checked = bitsim_oracle::checked();
        let of = |rule: &'static Rule| {
            let id = rule.rule_id()?;
            let fared = self.rules.get(&id).unwrap_or(NONE);
            let outcome = match (fared.broken.is_empty(), fared.runs.is_empty()) {
                (false, _) => "broken",
                (true, false) => "held",
                (true, true) if checked.contains(&id) => "idle",
                (true, true) => "unchecked",
            };
            let page = rule.pages().into_iter().next();
            let (page, url) = page.map_or_else(Default::default, |page| (page.title, page.address));
            Some(RuleShown {
                id: id.text(),
                sentence: rule.rule.trim(),
                page,
                url: url.map_or_else(String::new, |address| format!("https://{address}")),
                certainty: rule.certainty(),
                holds_for: rule.holds_for(),
                outcome,
                held: fared.held,
                runs: &fared.runs,
                broken: &fared.broken,
            })
        };
        rulebook::all().filter_map(of).collect()
    }
}

fn places(columns: &[String], states: &[String]) -> Vec<usize> {
    let place = |state: &String| columns.iter().position(|column| column == state);
    states.iter().filter_map(place).collect()
}

fn first_failure(case: &Case<'_>) -> Option<FirstFailure> {
    if case.run.holds() {
        return None;
    }
    let failures = Picture::of(case).failures;
    let others = failures.len().saturating_sub(1);
    let first = failures.into_iter().next()?;
    Some(FirstFailure {
        title: first.title,
        contrast: first.contrast,
        rule: first.rule,
        line: first.line,
        event: first.event,
        others,
    })
}

/// True if the rule speaks of the service that was played.
fn is_of(rule: RuleId, target: Target) -> bool {
    let service = rulebook::rule(rule).map(|rule| rule.applies.service.as_str());
    service.is_none_or(|service| service == target.service.name())
}

/// Simulated time in the largest unit of which there are at least two.
fn simulated(secs: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (size, unit) =
        UNITS.into_iter().find(|(size, _)| secs >= 2 * size).unwrap_or((1, "second"));
    words::count(usize::try_from(secs / size).unwrap_or(usize::MAX), unit)
}
