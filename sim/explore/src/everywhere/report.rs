//! What an exploration found, told.

use super::{Alphabet, Graph};
use bitsim_engine::bits::Table;
use bitsim_engine::table::Axis;
use bitsim_vocab::{JobState, RuleId, Stimulus};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The figures of an exploration, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The service.
    pub target: String,
    /// Jobs in the world.
    pub jobs: u32,
    /// Lasting disturbances that may be in force at once.
    pub disturbances_at_once: u32,
    /// Everything that can happen, by name.
    pub letters: Vec<&'static str>,
    /// States told apart.
    pub states: u64,
    /// Letters played, each judged by every rule.
    pub edges: u64,
    /// Those that left the state as it was.
    pub loops: u64,
    /// The length of the longest of the shortest paths.
    pub depth: usize,
    /// States by the length of the shortest path to them.
    pub levels: Vec<u64>,
    /// Everything within the bounds was seen.
    pub complete: bool,
    /// What ended it before: states, depth, memory or interrupted.
    pub bound: Option<String>,
    /// Milliseconds.
    pub elapsed: u64,
    /// Cells of the table of transitions that were reached, as `stimulus in STATE`.
    pub cells_reached: Vec<String>,
    /// Cells that were never reached; with `complete`, nothing in the alphabet reaches them.
    pub cells_never_reached: Vec<String>,
    /// Combinations that the table says cannot arise, and that arose.
    pub cells_that_should_not_arise: Vec<String>,
    /// Rules that had a chance to fail and held.
    pub rules_exercised: Vec<&'static str>,
    /// Rules with a check that never had one.
    pub rules_never_exercised: Vec<&'static str>,
    /// What is wrong.
    pub broken: Vec<Failure>,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The rule, if it is one.
    pub rule: Option<&'static str>,
    /// In a sentence.
    pub text: String,
    /// What happens, by name.
    pub path: Vec<&'static str>,
}

impl Report {
    /// The report of an exploration that took so many milliseconds.
    #[must_use]
    pub fn new(alphabet: &Alphabet, graph: &Graph, elapsed: u64) -> Self {
        let (cells_reached, cells_never_reached) = cells(graph);
        let family = |rule: &RuleId| rule.text().starts_with("BITS-");
        let checked: Vec<RuleId> = bitsim_oracle::checked().into_iter().filter(family).collect();
        let held = |rule: &&RuleId| graph.held[rule.index()];
        let (yes, no): (Vec<&RuleId>, Vec<&RuleId>) = checked.iter().partition(held);
        let texts = |rules: Vec<&RuleId>| rules.into_iter().map(|rule| rule.text()).collect();
        let name = |letter: &u8| alphabet.letters[usize::from(*letter)].name;
        Self {
            target: alphabet.scope.target.to_string(),
            jobs: alphabet.scope.jobs,
            disturbances_at_once: alphabet.scope.disturbances,
            letters: alphabet.names(),
            states: graph.states,
            edges: graph.edges,
            loops: graph.loops,
            depth: graph.depth(),
            levels: graph.levels.clone(),
            complete: graph.complete,
            bound: graph.bound.map(|bound| bound.to_string()),
            elapsed,
            cells_reached,
            cells_never_reached,
            cells_that_should_not_arise: graph
                .impossible
                .iter()
                .map(|(row, column)| format!("{row} in {column}"))
                .collect(),
            rules_exercised: texts(yes),
            rules_never_exercised: texts(no),
            broken: graph
                .broken
                .iter()
                .map(|it| Failure {
                    rule: it.found.rule.map(RuleId::text),
                    text: it.found.text.clone(),
                    path: it.path.iter().map(name).collect(),
                })
                .collect(),
        }
    }

    /// The report for programs.
    #[must_use]
    pub fn json(&self) -> String {
        // Names and numbers can always be written.
        serde_json::to_string_pretty(self)
            .map_or_else(|error| error.to_string(), |text| text + "\n")
    }

    /// The report for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let end = match &self.bound {
            None if self.complete => "all of them".to_owned(),
            None => "ended by what is broken".to_owned(),
            Some(bound) => {
                // The last level was not looked at, or not all of it.
                let through = self.depth.saturating_sub(usize::from(bound != "depth"));
                format!("bound reached: {bound}; all within {through} letters were seen")
            }
        };
        let jobs = if self.jobs == 1 { "1 job".to_owned() } else { format!("{} jobs", self.jobs) };
        let _ = writeln!(
            text,
            "{} on {}, at most {} lasting disturbances at once\n\n\
             states   {} ({end})\n\
             edges    {}, {} of them back to where they began\n\
             depth    {}\n\
             levels   {}\n\
             time     {}.{:03} s",
            jobs,
            self.target,
            self.disturbances_at_once,
            self.states,
            self.edges,
            self.loops,
            self.depth,
            self.levels.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
            self.elapsed / 1_000,
            self.elapsed % 1_000,
        );
        let never = if self.complete { "that nothing here reaches" } else { "not reached" };
        let cells = self.cells_reached.len() + self.cells_never_reached.len();
        let _ =
            writeln!(text, "\ncells    {} of {cells} reached; {never}:", self.cells_reached.len());
        listed(&mut text, self.cells_never_reached.iter().map(String::as_str));
        let rules = self.rules_exercised.len() + self.rules_never_exercised.len();
        let exercised = self.rules_exercised.len();
        let _ = writeln!(text, "\nrules    {exercised} of {rules} exercised; never:");
        listed(&mut text, self.rules_never_exercised.iter().copied());
        let _ = writeln!(text, "\nletters  {}:", self.letters.len());
        listed(&mut text, self.letters.iter().copied());
        for failure in &self.broken {
            let rule = failure.rule.unwrap_or("liveness");
            let _ = writeln!(text, "\nbroken   {rule}: {}", failure.text);
            for (number, step) in (1..).zip(&failure.path) {
                let _ = writeln!(text, "         {number:2}. {step}");
            }
        }
        text
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
