//! The transition table that the engine runs from, as text and as a diagram.

use crate::trace::wrapped;
use bitsim_vocab::{JobState, Stimulus};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Cells of one stimulus that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The call or event.
    pub stimulus: Stimulus,
    /// The states in which it meets the job.
    pub states: Vec<JobState>,
    /// What it does: the first case applies whose condition holds. None if it cannot arise.
    pub cases: Vec<Case>,
}

/// One outcome of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The condition; empty if there is none.
    pub when: String,
    /// The next state; `None` stays.
    pub next: Option<JobState>,
    /// What a call returns; empty for an event.
    pub hresult: String,
}

/// Cells that do not say what the catalogue says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The call or event.
    pub stimulus: Stimulus,
    /// The states.
    pub states: Vec<JobState>,
    /// Why.
    pub reason: String,
}

/// The longest line.
const WIDTH: usize = 140;

/// The rows of a table, in the order of the catalogue; equal cells of a stimulus share one.
pub fn rows(cell: impl Fn(Stimulus, JobState) -> Vec<Case>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for stimulus in Stimulus::ALL {
        let first = rows.len();
        for state in JobState::ALL {
            let cases = cell(*stimulus, *state);
            match rows[first..].iter_mut().find(|row| row.cases == cases) {
                Some(row) => row.states.push(*state),
                None => rows.push(Row { stimulus: *stimulus, states: vec![*state], cases }),
            }
        }
    }
    rows
}

/// The whole table: a paragraph for each stimulus, and in it a line for each case.
#[must_use]
pub fn text(rows: &[Row], departures: &[Departure]) -> String {
    let mut out = String::new();
    let states = rows.iter().map(|row| names(&row.states).len()).max().unwrap_or(0);
    for paragraph in rows.chunk_by(|row, next| row.stimulus == next.stimulus) {
        let _ = writeln!(out, "{}", paragraph[0].stimulus);
        let cases = || paragraph.iter().flat_map(|row| &row.cases);
        let next = cases().map(|case| target(case).len()).max().unwrap_or(0);
        let hresult = cases().map(|case| case.hresult.len()).max().unwrap_or(0);
        for row in paragraph {
            line_up(&mut out, row, [states, next, hresult]);
        }
        out.push('\n');
    }
    if !departures.is_empty() {
        out += "Where this departs from the catalogue\n";
    }
    for Departure { stimulus, states, reason } in departures {
        let _ = writeln!(out, "  {stimulus} in {}", names(states));
        for line in wrapped(reason, WIDTH - 6) {
            let _ = writeln!(out, "      {line}");
        }
    }
    out
}

/// The lines of one row.
fn line_up(out: &mut String, row: &Row, [states, next, hresult]: [usize; 3]) {
    let mut name = names(&row.states);
    if row.cases.is_empty() {
        let _ = writeln!(out, "  {name:<states$}  cannot arise");
    }
    for case in &row.cases {
        let mut line = format!("  {name:<states$}  {:<next$}", target(case));
        name.clear();
        if hresult > 0 {
            let _ = write!(line, "  {:<hresult$}", case.hresult);
        }
        let condition = match case.when.as_str() {
            "" if row.cases.len() > 1 => "otherwise".to_owned(),
            "" => String::new(),
            when => format!("if {when}"),
        };
        let start = line.chars().count() + 2;
        for piece in wrapped(&condition, WIDTH.saturating_sub(start)) {
            let _ = writeln!(out, "{}", format!("{line}  {piece}").trim_end());
            line = format!("{:1$}", "", start - 2);
        }
    }
}

fn target(case: &Case) -> &'static str {
    case.next.map_or("stays", JobState::name)
}

/// The states as a list, or those that are missing if that is shorter.
fn names(states: &[JobState]) -> String {
    let missing: Vec<JobState> =
        JobState::ALL.iter().copied().filter(|state| !states.contains(state)).collect();
    if missing.is_empty() {
        return "every state".to_owned();
    }
    let (list, rest) = (listed(states), format!("all but {}", listed(&missing)));
    if rest.len() < list.len() { rest } else { list }
}

fn listed(states: &[JobState]) -> String {
    states.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ")
}

/// Every arrow of the table as a Mermaid `stateDiagram-v2`: what moves a job, whatever it takes.
#[must_use]
pub fn diagram(rows: &[Row]) -> String {
    let mut arrows: BTreeMap<(JobState, JobState), Vec<&str>> = BTreeMap::new();
    for row in rows {
        for from in &row.states {
            for to in row.cases.iter().filter_map(|case| case.next).filter(|to| to != from) {
                let causes = arrows.entry((*from, to)).or_default();
                if causes.last() != Some(&row.stimulus.name()) {
                    causes.push(row.stimulus.name());
                }
            }
        }
    }
    let mut out = "stateDiagram-v2\n    [*] --> SUSPENDED: CreateJob\n".to_owned();
    for ((from, to), causes) in arrows {
        let _ = writeln!(out, "    {from} --> {to}: {}", causes.join("<br/>"));
    }
    for state in JobState::ALL.iter().filter(|state| state.is_final()) {
        let _ = writeln!(out, "    {state} --> [*]");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three stimuli of a table that is otherwise empty.
    fn few(stimulus: Stimulus, state: JobState) -> Vec<Case> {
        let case = |when: &str, next: Option<JobState>, hresult: &str| Case {
            when: when.into(),
            next,
            hresult: hresult.into(),
        };
        match (stimulus, state) {
            (Stimulus::Resume, JobState::Suspended) => vec![
                case("job has no file", None, "BG_E_EMPTY"),
                case("", Some(JobState::Queued), "S_OK"),
            ],
            (Stimulus::Resume, _) => vec![case("", None, "S_OK")],
            (Stimulus::NetworkLost, JobState::Queued | JobState::Connecting) => {
                vec![case("", Some(JobState::TransientError), "")]
            }
            _ => Vec::new(),
        }
    }

    fn shown() -> Vec<Row> {
        let shown = [Stimulus::Resume, Stimulus::NetworkLost];
        rows(few).into_iter().filter(|row| shown.contains(&row.stimulus)).collect()
    }

    #[test]
    fn equal_cells_share_a_line_and_columns_line_up() {
        let departure = Departure {
            stimulus: Stimulus::Resume,
            states: vec![JobState::Queued],
            reason: "because".to_owned(),
        };
        let expected = "\
Resume
  all but SUSPENDED           stays   S_OK
  SUSPENDED                   stays   BG_E_EMPTY  if job has no file
                              QUEUED  S_OK        otherwise

network_lost
  QUEUED, CONNECTING          TRANSIENT_ERROR
  all but QUEUED, CONNECTING  cannot arise

Where this departs from the catalogue
  Resume in QUEUED
      because
";
        assert_eq!(text(&shown(), &[departure]), expected);
    }

    #[test]
    fn a_diagram_has_the_arrows_and_nothing_that_stays() {
        let expected = "\
stateDiagram-v2
    [*] --> SUSPENDED: CreateJob
    QUEUED --> TRANSIENT_ERROR: network_lost
    CONNECTING --> TRANSIENT_ERROR: network_lost
    SUSPENDED --> QUEUED: Resume
    ACKNOWLEDGED --> [*]
    CANCELLED --> [*]
";
        assert_eq!(diagram(&shown()), expected);
    }
}
