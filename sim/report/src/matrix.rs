//! The transition tables that the engine runs from, as text and as diagrams.
//!
//! A service has its own stimuli and states; here they are names.

use crate::trace::wrapped;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A table of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// The states that jobs or downloads of the service can be in.
    columns: Vec<String>,
    /// Equal cells of a stimulus share a row; in the order of the catalogue.
    rows: Vec<Row>,
    /// States that exist in name only, and why.
    unused: Vec<(String, String)>,
    /// The state that everything begins in, and the call that makes it so.
    begins: (String, String),
    /// The states that nothing leaves.
    finals: Vec<String>,
}

/// Cells of one stimulus that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The call or event.
    stimulus: String,
    /// The states in which it meets the job.
    states: Vec<String>,
    /// What it does: the first case applies whose condition holds. None if it cannot arise.
    cases: Vec<Case>,
}

/// One outcome of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The condition; empty if there is none.
    pub when: String,
    /// The next state; `None` stays.
    pub next: Option<String>,
    /// What a call returns; empty for an event.
    pub hresult: String,
}

/// Cells that do not say what the catalogue says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The call or event.
    pub stimulus: String,
    /// The states.
    pub states: Vec<String>,
    /// Why.
    pub reason: String,
}

/// The longest line.
const WIDTH: usize = 140;

impl Matrix {
    /// A table with these rows and columns, each in the order of the catalogue. A column for which
    /// `unused` has a reason is named with it and not shown.
    pub fn new<R: Copy + ToString, S: Copy + ToString>(
        rows: &[R],
        columns: &[S],
        cell: impl Fn(R, S) -> Vec<Case>,
        unused: impl Fn(S) -> Option<&'static str>,
    ) -> Self {
        let reason = |state: &S| unused(*state);
        let used: Vec<S> =
            columns.iter().copied().filter(|state| reason(state).is_none()).collect();
        let mut table: Vec<Row> = Vec::new();
        for stimulus in rows {
            let first = table.len();
            for state in &used {
                let (cases, name) = (cell(*stimulus, *state), state.to_string());
                match table[first..].iter_mut().find(|row| row.cases == cases) {
                    Some(row) => row.states.push(name),
                    None => {
                        let stimulus = stimulus.to_string();
                        table.push(Row { stimulus, states: vec![name], cases });
                    }
                }
            }
        }
        Self {
            columns: used.iter().map(ToString::to_string).collect(),
            rows: table,
            unused: columns
                .iter()
                .filter_map(|state| Some((state.to_string(), reason(state)?.to_owned())))
                .collect(),
            begins: (String::new(), String::new()),
            finals: Vec::new(),
        }
    }

    /// The same with both ends of its diagram: the state and the call that everything begins with,
    /// and the states that nothing leaves.
    #[must_use]
    pub fn with_ends(mut self, state: &str, call: &str, finals: &[&str]) -> Self {
        self.begins = (state.to_owned(), call.to_owned());
        self.finals = finals.iter().map(|state| (*state).to_owned()).collect();
        self
    }

    /// The states, in the order of the catalogue.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Every call or event with states in which it does the same, and what it does there; nothing
    /// if it cannot arise. What belongs to one call or event comes together.
    pub fn cells(&self) -> impl Iterator<Item = (&str, &[String], &[Case])> {
        self.rows
            .iter()
            .map(|row| (row.stimulus.as_str(), row.states.as_slice(), row.cases.as_slice()))
    }

    /// The whole table: a paragraph for each stimulus, and in it a line for each case.
    #[must_use]
    pub fn text(&self, departures: &[Departure]) -> String {
        let mut out = String::new();
        for (state, reason) in &self.unused {
            let _ = writeln!(out, "{state}: {reason}\n");
        }
        let width = |row: &Row| self.names(&row.states).len();
        let states = self.rows.iter().map(width).max().unwrap_or(0);
        for paragraph in self.rows.chunk_by(|row, next| row.stimulus == next.stimulus) {
            for line in wrapped(&paragraph[0].stimulus, WIDTH) {
                let _ = writeln!(out, "{line}");
            }
            let cases = || paragraph.iter().flat_map(|row| &row.cases);
            let next = cases().map(|case| target(case).len()).max().unwrap_or(0);
            let hresult = cases().map(|case| case.hresult.len()).max().unwrap_or(0);
            for row in paragraph {
                self.line_up(&mut out, row, [states, next, hresult]);
            }
            out.push('\n');
        }
        if !departures.is_empty() {
            out += "Where this departs from the catalogue\n";
        }
        for Departure { stimulus, states, reason } in departures {
            let _ = writeln!(out, "  {stimulus} in {}", self.names(states));
            for line in wrapped(reason, WIDTH - 6) {
                let _ = writeln!(out, "      {line}");
            }
        }
        out
    }

    /// The lines of one row.
    fn line_up(&self, out: &mut String, row: &Row, [states, next, hresult]: [usize; 3]) {
        let mut name = self.names(&row.states);
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

    /// The states as a list, or those that are missing if that is shorter.
    fn names(&self, states: &[String]) -> String {
        let missing: Vec<&str> = self
            .columns
            .iter()
            .filter(|state| !states.contains(state))
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return "every state".to_owned();
        }
        let (list, rest) = (states.join(", "), format!("all but {}", missing.join(", ")));
        if rest.len() < list.len() { rest } else { list }
    }

    /// Every arrow of the table as a Mermaid `stateDiagram-v2`: what moves a job, whatever it
    /// takes.
    #[must_use]
    pub fn diagram(&self) -> String {
        let place = |state: &str| self.columns.iter().position(|column| column == state);
        let mut arrows: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for row in &self.rows {
            for from in &row.states {
                let next = row.cases.iter().filter_map(|case| case.next.as_ref());
                for to in next.filter(|to| *to != from) {
                    let ends = (place(from), place(to), from.as_str(), to.as_str());
                    let causes = arrows.entry(ends).or_default();
                    if causes.last() != Some(&row.stimulus.as_str()) {
                        causes.push(&row.stimulus);
                    }
                }
            }
        }
        let (state, call) = &self.begins;
        let mut out = format!("stateDiagram-v2\n    [*] --> {state}: {call}\n");
        for ((_, _, from, to), causes) in arrows {
            let _ = writeln!(out, "    {from} --> {to}: {}", causes.join("<br/>"));
        }
        for state in &self.finals {
            let _ = writeln!(out, "    {state} --> [*]");
        }
        out
    }
}

fn target(case: &Case) -> &str {
    case.next.as_deref().unwrap_or("stays")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim_vocab::{JobState, Stimulus};

    /// Two stimuli of a table.
    fn few(stimulus: Stimulus, state: JobState) -> Vec<Case> {
        let case = |when: &str, next: Option<JobState>, hresult: &str| Case {
            when: when.into(),
            next: next.map(|state| state.to_string()),
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

    fn shown(unused: impl Fn(JobState) -> Option<&'static str>) -> Matrix {
        let rows = [Stimulus::Resume, Stimulus::NetworkLost];
        Matrix::new(&rows, JobState::ALL, few, unused).with_ends(
            "SUSPENDED",
            "CreateJob",
            &["ACKNOWLEDGED", "CANCELLED"],
        )
    }

    #[test]
    fn equal_cells_share_a_line_and_columns_line_up() {
        let departure = Departure {
            stimulus: "Resume".to_owned(),
            states: vec!["QUEUED".to_owned()],
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
        assert_eq!(shown(|_| None).text(&[departure]), expected);
    }

    #[test]
    fn a_state_that_exists_in_name_only_is_named_once() {
        let unused = |state| (state == JobState::Connecting).then_some("never reported");
        let text = shown(unused).text(&[]);
        assert!(text.starts_with("CONNECTING: never reported\n\nResume\n"), "{text}");
        assert_eq!(text.matches("CONNECTING").count(), 1, "{text}");
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
        assert_eq!(shown(|_| None).diagram(), expected);
    }
}
