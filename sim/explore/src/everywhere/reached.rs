//! What of the table and of the rules was reached, and what was not.

use super::Graph;
use bitsim_engine::bits::Table;
use bitsim_engine::table::Axis;
use bitsim_vocab::{JobState, RuleId, Stimulus};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Cells of the table and rules that explorations reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// Cells of the table of transitions that were reached, as `stimulus in STATE`.
    pub cells_reached: Vec<String>,
    /// Cells that were never reached; if everything was seen, nothing in the alphabet reaches them.
    pub cells_never_reached: Vec<String>,
    /// Combinations that the table says cannot arise, and that arose.
    pub cells_that_should_not_arise: Vec<String>,
    /// Rules that had a chance to fail and held.
    pub rules_exercised: Vec<&'static str>,
    /// Rules with a check that never had one.
    pub rules_never_exercised: Vec<&'static str>,
}

impl Reached {
    /// What one exploration reached.
    pub(super) fn of(graph: &Graph) -> Self {
        let (cells_reached, cells_never_reached) = cells(graph);
        let family = |rule: &RuleId| rule.text().starts_with("BITS-");
        let checked: Vec<RuleId> = bitsim_oracle::checked().into_iter().filter(family).collect();
        let held = |rule: &&RuleId| graph.held[rule.index()];
        let (yes, no): (Vec<&RuleId>, Vec<&RuleId>) = checked.iter().partition(held);
        let texts = |rules: Vec<&RuleId>| rules.into_iter().map(|rule| rule.text()).collect();
        let impossible = graph.impossible.iter().map(|(row, column)| cell(*row, *column));
        Self {
            cells_reached,
            cells_never_reached,
            cells_that_should_not_arise: impossible.collect(),
            rules_exercised: texts(yes),
            rules_never_exercised: texts(no),
        }
    }

    /// What several reached together.
    pub(super) fn together<'a>(all: impl Iterator<Item = &'a Self> + Clone) -> Self {
        fn of<'a, T: Clone + Ord + 'a>(lists: impl Iterator<Item = &'a Vec<T>>) -> BTreeSet<T> {
            lists.flatten().cloned().collect()
        }
        let cells = of(all.clone().map(|it| &it.cells_reached));
        let cells_missed = of(all.clone().map(|it| &it.cells_never_reached));
        let rules = of(all.clone().map(|it| &it.rules_exercised));
        let rules_missed = of(all.clone().map(|it| &it.rules_never_exercised));
        let impossible = of(all.map(|it| &it.cells_that_should_not_arise));
        Self {
            cells_never_reached: cells_missed.difference(&cells).cloned().collect(),
            cells_that_should_not_arise: impossible.into_iter().collect(),
            cells_reached: cells.into_iter().collect(),
            rules_never_exercised: rules_missed.difference(&rules).copied().collect(),
            rules_exercised: rules.into_iter().collect(),
        }
    }

    /// Which rules were not exercised, for people.
    pub(super) fn tell_rules(&self, text: &mut String) {
        let (yes, no) = (self.rules_exercised.len(), self.rules_never_exercised.len());
        let _ = writeln!(text, "\nrules    {yes} of {} exercised; never:", yes + no);
        listed(text, self.rules_never_exercised.iter().copied());
    }
}

/// The cells of the table that were reached, and the others that can arise.
fn cells(graph: &Graph) -> (Vec<String>, Vec<String>) {
    let table = Table::documented();
    let reached: BTreeSet<(usize, usize)> =
        graph.cells.iter().map(|(row, column, _)| (row.place(), column.place())).collect();
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for row in Stimulus::BITS {
        for column in JobState::ALL {
            let name = cell(*row, *column);
            if reached.contains(&(row.place(), column.place())) {
                yes.push(name);
            } else if !table.cell(*row, *column).is_empty() {
                no.push(name);
            }
        }
    }
    (yes, no)
}

/// The name of a cell.
pub(super) fn cell(row: Stimulus, column: JobState) -> String {
    format!("{row} in {column}")
}

/// Words on lines that are not too long.
pub(super) fn listed<'a>(text: &mut String, words: impl Iterator<Item = &'a str>) {
    let mut line = String::new();
    for word in words {
        if line.len() + word.len() > 88 {
            let _ = writeln!(text, "         {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(text, "         {line}");
    }
}
