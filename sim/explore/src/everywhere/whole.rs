//! What the chapters found together.

use super::chapters::Chapter;
use super::reached::{Reached, cell, listed};
use super::report::Report;
use bitsim_vocab::{JobState, Stimulus};
use serde::Serialize;
use std::fmt::Write as _;

/// The figures of several chapters, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whole {
    /// The service.
    pub target: String,
    /// States of all chapters; those that several have count several times.
    pub states: u64,
    /// Letters played, each judged by every rule.
    pub edges: u64,
    /// The length of the longest of the shortest paths.
    pub depth: usize,
    /// Milliseconds.
    pub elapsed: u64,
    /// Every chapter was seen through.
    pub complete: bool,
    /// Cells and rules that some chapter reached, and those that none did and nobody knows why.
    #[serde(flatten)]
    pub reached: Reached,
    /// Cells that none reached and for which there is a reason.
    pub cells_explained: Vec<Cells>,
    /// What each chapter found.
    pub chapters: Vec<Seen>,
}

/// A chapter that was explored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// What was found.
    pub report: Report,
}

/// Cells that no path reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// As `stimulus in STATE`.
    pub cells: Vec<String>,
    /// Why not.
    pub why: &'static str,
}

/// Cells of the table that the service never comes to, although the catalogue has them, and why.
const OUT_OF_REACH: [(&[Stimulus], &[JobState], &str); 4] = [
    (
        &[Stimulus::NoProgressTimeoutExpires],
        &[JobState::Queued, JobState::Connecting, JobState::Transferring],
        "the timer runs in TRANSIENT_ERROR only; elsewhere the end of the period shows when the \
         next attempt fails",
    ),
    (
        &[Stimulus::InactivityTimeoutExpires],
        &[JobState::Acknowledged, JobState::Cancelled],
        "nothing measures how long nobody has touched a final job",
    ),
    (
        &[Stimulus::BlockEnds],
        &[JobState::Connecting, JobState::Transferring],
        "nothing runs while it is blocked, so that no block ends while something runs",
    ),
    (
        &[Stimulus::HigherPriorityJobBecomesRunnable],
        &[
            JobState::Queued,
            JobState::Suspended,
            JobState::Error,
            JobState::TransientError,
            JobState::Transferred,
            JobState::Acknowledged,
            JobState::Cancelled,
        ],
        "only the job that has the turn is asked to give it up",
    ),
];

impl Whole {
    /// What these chapters found, with a report of each.
    #[must_use]
    pub fn new(chapters: Vec<(&'static Chapter, Report)>) -> Self {
        let seen = |(chapter, report): (&'static Chapter, Report)| {
            let Chapter { name, about, .. } = chapter;
            Seen { name, about, report }
        };
        let chapters: Vec<Seen> = chapters.into_iter().map(seen).collect();
        let reports = || chapters.iter().map(|it| &it.report);
        let mut reached = Reached::together(reports().map(|it| &it.reached));
        let cells_explained = explained(&mut reached.cells_never_reached);
        Self {
            target: reports().next().map(|it| it.target.clone()).unwrap_or_default(),
            states: reports().map(|it| it.states).sum(),
            edges: reports().map(|it| it.edges).sum(),
            depth: reports().map(|it| it.depth).max().unwrap_or(0),
            elapsed: reports().map(|it| it.elapsed).sum(),
            complete: reports().all(|it| it.complete),
            reached,
            cells_explained,
            chapters,
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
        let mut text = format!("BITS explored in chapters, on {}\n\n", self.target);
        row(&mut text, ["chapter", "states", "edges", "depth", "time", ""]);
        for Seen { name, about, report } in &self.chapters {
            let end = match &report.bound {
                _ if !report.broken.is_empty() => "BROKEN".to_owned(),
                Some(bound) => format!("bound reached: {bound}"),
                None => (*about).to_owned(),
            };
            row(
                &mut text,
                [
                    name,
                    &report.states.to_string(),
                    &report.edges.to_string(),
                    &report.depth.to_string(),
                    &seconds(report.elapsed),
                    &end,
                ],
            );
        }
        row(
            &mut text,
            [
                "together",
                &self.states.to_string(),
                &self.edges.to_string(),
                &self.depth.to_string(),
                &seconds(self.elapsed),
                if self.complete { "all of them, to the end" } else { "not to the end" },
            ],
        );
        self.tell_cells(&mut text);
        self.reached.tell_rules(&mut text);
        for Seen { name, report, .. } in &self.chapters {
            for failure in &report.broken {
                let rule = failure.rule.unwrap_or("liveness");
                let _ = writeln!(text, "\nbroken   {rule} in `{name}`: {}", failure.text);
                for (number, step) in (1..).zip(&failure.path) {
                    let _ = writeln!(text, "         {number:2}. {step}");
                }
            }
        }
        text
    }

    fn tell_cells(&self, text: &mut String) {
        let explained: usize = self.cells_explained.iter().map(|it| it.cells.len()).sum();
        let Reached { cells_reached, cells_never_reached, cells_that_should_not_arise, .. } =
            &self.reached;
        let (reached, never) = (cells_reached.len(), cells_never_reached.len());
        let _ = writeln!(
            text,
            "\ncells    {reached} of {} reached; {explained} are out of reach:",
            reached + explained + never
        );
        for Cells { cells, why } in &self.cells_explained {
            listed(text, cells.iter().map(String::as_str));
            let _ = writeln!(text, "           ({why})");
        }
        if never > 0 {
            let _ = writeln!(text, "         and {never} were not reached:");
            listed(text, cells_never_reached.iter().map(String::as_str));
        }
        if !cells_that_should_not_arise.is_empty() {
            let _ = writeln!(text, "         and these should not arise:");
            listed(text, cells_that_should_not_arise.iter().map(String::as_str));
        }
    }
}

/// Takes the cells out of a list for which there is a reason that nobody reaches them.
fn explained(never: &mut Vec<String>) -> Vec<Cells> {
    let mut explained = Vec::new();
    for (rows, columns, why) in OUT_OF_REACH {
        let names = rows.iter().flat_map(|row| columns.iter().map(|column| cell(*row, *column)));
        let cells: Vec<String> = names.filter(|name| never.contains(name)).collect();
        never.retain(|name| !cells.contains(name));
        if !cells.is_empty() {
            explained.push(Cells { cells, why });
        }
    }
    explained
}

fn row(text: &mut String, [name, states, edges, depth, time, end]: [&str; 6]) {
    let line = format!("{name:14} {states:>8} {edges:>9} {depth:>6} {time:>9}  {end}");
    let _ = writeln!(text, "{}", line.trim_end());
}

/// Milliseconds in words.
fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}
