//! The transition tables that the engine runs from, in the words of the report.

use bitsim_engine::table::{Axis, Touched};
use bitsim_engine::{World, bits, download, legacy};
use bitsim_replay::{Options, play_with};
use bitsim_report::html::SuitePicture;
use bitsim_report::html::suite::Taken;
use bitsim_report::matrix::{Case, Departure, Matrix};
use bitsim_scenario::Plan;
use bitsim_vocab::download::{self as download_rows, Situation};
use bitsim_vocab::legacy as legacy_rows;
use bitsim_vocab::{JobState, Service, Stimulus};
use std::fmt::Display;
use std::sync::Arc;

/// The table of BITS as `bitsim rules --matrix` prints it, with its departures from the catalogue.
#[must_use]
pub fn text() -> String {
    text_of(Service::Bits)
}

/// Its arrows as a Mermaid `stateDiagram-v2`.
#[must_use]
pub fn diagram() -> String {
    diagram_of(Service::Bits)
}

/// The table of a service.
#[must_use]
pub fn text_of(service: Service) -> String {
    let departures: Vec<Departure> = match service {
        Service::Bits => {
            bits::DEVIATIONS.iter().map(|of| departure(of.stimulus, of.states, of.reason)).collect()
        }
        Service::DoLegacy => {
            legacy::DEVIATIONS.iter().map(|of| departure(of.row, of.states, of.reason)).collect()
        }
        Service::DoDownload => download::DEVIATIONS
            .iter()
            .map(|of| departure(of.stimulus, of.states, of.reason))
            .collect(),
    };
    matrix(service).text(&departures)
}

/// The arrows of a service.
#[must_use]
pub fn diagram_of(service: Service) -> String {
    matrix(service).diagram()
}

/// A suite of which nothing has been played yet, with the tables of all services.
#[must_use]
pub fn suite_picture() -> SuitePicture {
    let mut suite = SuitePicture::default();
    for service in [Service::Bits, Service::DoLegacy, Service::DoDownload] {
        suite.show_table(service, &matrix(service));
    }
    suite
}

/// The cases of its service's table that a plan takes when it is played with this seed, in the
/// order of the table. The engine itself writes down what it looks up.
#[must_use]
pub fn taken(plan: &Plan, seed: u64) -> Vec<Taken> {
    match plan.setup.target.service {
        Service::Bits => {
            recorded(plan, seed, |world, record: Arc<bits::Touched>| world.record(record))
        }
        Service::DoLegacy => {
            recorded(plan, seed, |world, record: Arc<legacy::Touched>| world.record(record))
        }
        Service::DoDownload => {
            recorded(plan, seed, |world, record: Arc<download::Touched>| world.record(record))
        }
    }
}

fn recorded<R: Axis + Display, S: Axis + Display>(
    plan: &Plan,
    seed: u64,
    watch: impl FnOnce(&mut World, Arc<Touched<R, S>>),
) -> Vec<Taken> {
    let touched = Arc::new(Touched::default());
    let record = Arc::clone(&touched);
    let options = Options {
        seed: Some(seed),
        sabotage: Some(Box::new(|world: &mut World| watch(world, record))),
        unjudged: true,
        ..Options::default()
    };
    let _ = play_with(plan, options);
    let cases = touched.cases().into_iter();
    cases
        .map(|(row, column, case)| Taken { row: row.to_string(), column: column.to_string(), case })
        .collect()
}

fn departure(stimulus: impl ToString, states: &[impl ToString], reason: &str) -> Departure {
    Departure {
        stimulus: stimulus.to_string(),
        states: states.iter().map(ToString::to_string).collect(),
        reason: reason.to_owned(),
    }
}

fn matrix(service: Service) -> Matrix {
    match service {
        Service::Bits => {
            let table = bits::Table::documented();
            let cell = |row, state| table.cell(row, state).iter().map(of_bits).collect();
            jobs(Matrix::new(Stimulus::BITS, JobState::ALL, cell, |_| None))
        }
        Service::DoLegacy => {
            let table = legacy::Table::documented();
            let cell = |row, state| table.cell(row, state).iter().map(of_legacy).collect();
            let unused = |state| (state == JobState::Connecting).then_some("never reported");
            jobs(Matrix::new(legacy_rows::Row::ALL, JobState::ALL, cell, unused))
        }
        Service::DoDownload => {
            let table = download::Table::documented();
            let cell = |row, state| table.cell(row, state).iter().map(of_download).collect();
            let rows = download_rows::Row::ALL;
            Matrix::new(rows, Situation::ALL, cell, |_| None).with_ends(
                "Created",
                "CreateDownload",
                &["Finalized", "Aborted"],
            )
        }
    }
}

fn jobs(matrix: Matrix) -> Matrix {
    matrix.with_ends("SUSPENDED", "CreateJob", &["ACKNOWLEDGED", "CANCELLED"])
}

fn of_bits(case: &bits::Case) -> Case {
    use bits::{Guard, Hr};
    let hresult = match case.hr {
        Hr::Is(code) => code.to_string(),
        Hr::RenameFailure => RENAME_FAILURE.to_owned(),
        Hr::Event => String::new(),
    };
    outcome(case.when == Guard::Otherwise, case.when.text(), case.next, hresult)
}

fn of_legacy(case: &legacy::Case) -> Case {
    use legacy::{Guard, Hr};
    let hresult = match case.hr {
        Hr::Is(code) => code.to_string(),
        Hr::RenameFailure => RENAME_FAILURE.to_owned(),
        Hr::BadFile => "HRESULT of what is wrong with the file".to_owned(),
        Hr::Event => String::new(),
    };
    outcome(case.when == Guard::Otherwise, case.when.text(), case.next, hresult)
}

fn of_download(case: &download::Case) -> Case {
    let hresult = case.hr.map(|code| code.to_string()).unwrap_or_default();
    let always = case.when == download::Guard::Otherwise;
    outcome(always, case.when.text(), case.next, hresult)
}

const RENAME_FAILURE: &str = "HRESULT of the rename failure";

fn outcome(always: bool, when: &str, next: Option<impl ToString>, hresult: String) -> Case {
    Case {
        when: if always { String::new() } else { when.to_owned() },
        next: next.map(|state| state.to_string()),
        hresult,
    }
}
