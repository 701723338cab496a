//! The transition table that the engine runs from, in the words of the report.

use bitsim_engine::bits::{DEVIATIONS, Guard, Hr, Table};
use bitsim_report::matrix::{self, Case, Departure, Row};
use bitsim_vocab::{JobState, Stimulus};

/// The table as `bitsim rules --matrix` prints it, with its departures from the catalogue.
#[must_use]
pub fn text() -> String {
    let departures = DEVIATIONS.iter().map(|deviation| Departure {
        stimulus: deviation.stimulus,
        states: deviation.states.to_vec(),
        reason: deviation.reason.to_owned(),
    });
    matrix::text(&rows(), &departures.collect::<Vec<_>>())
}

/// Its arrows as a Mermaid `stateDiagram-v2`.
#[must_use]
pub fn diagram() -> String {
    matrix::diagram(&rows())
}

fn rows() -> Vec<Row> {
    let table = Table::documented();
    matrix::rows(|stimulus, state| cell(&table, stimulus, state))
}

fn cell(table: &Table, stimulus: Stimulus, state: JobState) -> Vec<Case> {
    let cases = table.cell(stimulus, state).iter().map(|case| Case {
        when: if case.when == Guard::Otherwise { "" } else { case.when.text() }.to_owned(),
        next: case.next,
        hresult: match case.hr {
            Hr::Is(code) => code.to_string(),
            Hr::RenameFailure => "HRESULT of the rename failure".to_owned(),
            Hr::Event => String::new(),
        },
    });
    cases.collect()
}
