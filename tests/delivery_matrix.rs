//! The transition tables of Delivery Optimization against their catalogue, cell by cell, and both
//! as text.

use bitsim::engine::{download, legacy};
use bitsim::matrix;
use bitsim::vocab::download::{Row as DownloadRow, Situation};
use bitsim::vocab::legacy::Row as LegacyRow;
use bitsim::vocab::{Hresult, JobState, RuleId, Service};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const CATALOGUE: &str = include_str!("../fixtures/rules/do-transitions.yaml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    legacy: Part,
    download: Part,
}

/// One of the two tables. Keys that the comparison does not need are read all the same, so that a
/// new one is not overlooked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    #[serde(rename = "api")]
    _api: String,
    initial: String,
    #[serde(rename = "final")]
    last: Vec<String>,
    states: Vec<String>,
    stimuli: Vec<Stimulus>,
    table: BTreeMap<String, BTreeMap<String, Cell>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stimulus {
    name: String,
    kind: String,
    #[serde(rename = "when")]
    _when: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    next: String,
    hr: String,
    #[serde(default)]
    illegal: Option<String>,
    #[serde(rename = "basis")]
    _basis: String,
    #[serde(default)]
    effect: String,
    #[serde(default)]
    undocumented: Option<String>,
    #[serde(default)]
    rules: Vec<String>,
}

fn catalogue() -> Catalogue {
    serde_yaml::from_str(CATALOGUE).expect("the catalogue can be read")
}

/// A state entered, or `stays`, and what a call returns.
type Outcome = (String, String);

const BY_CAUSE: &str = "a code by cause";
const RENAME_FAILURE: &str = "HRESULT of the rename failure";

impl Cell {
    /// What must be able to come of it, and what may.
    fn outcomes(&self, is_call: bool, state: &str) -> (BTreeSet<Outcome>, BTreeSet<Outcome>) {
        let text = format!("{} {}", self.effect, self.undocumented.as_deref().unwrap_or(""));
        // A call that returns nothing is one that nobody can make.
        let silent = is_call && self.hr == "none";
        if self.next == "unreachable" || self.effect.starts_with("cannot occur") || silent {
            return Default::default();
        }
        let next = match self.next.as_str() {
            "unchanged" => "stays",
            name if name == state => "stays",
            name => name,
        };
        let codes: Vec<String> = match self.hr.as_str() {
            text if text.starts_with("by cause") => vec![BY_CAUSE.to_owned()],
            "HRESULT_FROM_WIN32(rename error)" => vec![RENAME_FAILURE.to_owned()],
            codes => codes.split(" | ").map(known).collect(),
        };
        let must = codes.into_iter().map(|code| (next.to_owned(), code)).collect();
        let mut may = BTreeSet::new();
        // The agent forgets a download that has ended (DOD-PERSIST-004), in whatever cell.
        if text.contains("E_NOT_SET")
            || (self.hr != "none" && ["Finalized", "Aborted"].contains(&state))
        {
            may.insert(("stays".to_owned(), "E_NOT_SET".to_owned()));
        }
        (must, may)
    }
}

/// A code of the catalogue, which must be one that the program knows.
fn known(code: &str) -> String {
    assert!(code == "none" || Hresult::from_name(code).is_some(), "no HRESULT {code}");
    code.to_owned()
}

/// What a cell of an engine can come to: each case's next state and code.
type Got = BTreeSet<Outcome>;

fn legacy_cell(table: &legacy::Table, row: LegacyRow, state: JobState) -> Got {
    let cases = table.cell(row, state).iter().map(|case| {
        let next = case.next.filter(|next| *next != state);
        let code = match case.hr {
            legacy::Hr::Is(code) => code.to_string(),
            legacy::Hr::RenameFailure => RENAME_FAILURE.to_owned(),
            legacy::Hr::BadFile => BY_CAUSE.to_owned(),
            legacy::Hr::Event => "none".to_owned(),
        };
        (next.map_or("stays", JobState::name).to_owned(), code)
    });
    cases.collect()
}

fn download_cell(table: &download::Table, row: DownloadRow, state: Situation) -> Got {
    let cases = table.cell(row, state).iter().map(|case| {
        let next = case.next.filter(|next| *next != state);
        let code = case.hr.map_or_else(|| "none".to_owned(), |code| code.to_string());
        let gone = case.effects.contains(&download::Effect::Vanish);
        let stays = if gone { "gone" } else { "stays" };
        (next.map_or(stays, Situation::name).to_owned(), code)
    });
    cases.collect()
}

fn shown(outcomes: &BTreeSet<Outcome>) -> String {
    if outcomes.is_empty() {
        return "cannot arise".to_owned();
    }
    let each = outcomes.iter().map(|(next, hresult)| format!("{next} with {hresult}"));
    each.collect::<Vec<_>>().join(", or ")
}

/// What is wrong with a table: cells that differ from the catalogue without a reason, and reasons
/// without a difference.
fn complaints(
    part: &Part,
    got: impl Fn(usize, usize) -> Got,
    reason: impl Fn(usize, usize) -> Option<&'static str>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for (row, stimulus) in part.stimuli.iter().enumerate() {
        for (column, state) in part.states.iter().enumerate() {
            let cell = &part.table[state][&stimulus.name];
            let (must, may) = cell.outcomes(stimulus.kind == "method", state);
            let mut got = got(row, column);
            if must.iter().any(|(_, code)| code == BY_CAUSE) {
                // The codes are listed in words; what is compared is where the job goes.
                got = got.into_iter().map(|(next, _)| (next, BY_CAUSE.to_owned())).collect();
            }
            let same = must.is_subset(&got) && got.is_subset(&(&must | &may));
            let complaint = match (same, reason(row, column)) {
                (true, None) | (false, Some(_)) => continue,
                (true, Some(reason)) => format!("it is listed as a deviation ({reason})"),
                (false, None) => "it differs, and no deviation says why".to_owned(),
            };
            complaints.push(format!(
                "{} in {state}: {complaint}\n  expected  {}\n  got       {}\n  rules     {}",
                stimulus.name,
                shown(&must),
                shown(&got),
                cell.rules.join(", "),
            ));
        }
    }
    complaints
}

fn legacy_complaints(table: &legacy::Table) -> Vec<String> {
    complaints(
        &catalogue().legacy,
        |row, state| legacy_cell(table, LegacyRow::ALL[row], JobState::ALL[state]),
        |row, state| {
            let (row, state) = (LegacyRow::ALL[row], JobState::ALL[state]);
            let mut all = legacy::DEVIATIONS.iter();
            all.find(|it| it.row == row && it.states.contains(&state)).map(|it| it.reason)
        },
    )
}

fn download_complaints(table: &download::Table) -> Vec<String> {
    complaints(
        &catalogue().download,
        |row, state| download_cell(table, DownloadRow::ALL[row], Situation::ALL[state]),
        |row, state| {
            let (row, state) = (DownloadRow::ALL[row], Situation::ALL[state]);
            let mut all = download::DEVIATIONS.iter();
            all.find(|it| it.stimulus == row && it.states.contains(&state)).map(|it| it.reason)
        },
    )
}

#[test]
fn every_cell_of_legacy_says_what_the_catalogue_says_or_why_not() {
    let wrong = legacy_complaints(&legacy::Table::documented());
    assert!(wrong.is_empty(), "{} cells\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_cell_of_download_says_what_the_catalogue_says_or_why_not() {
    let wrong = download_complaints(&download::Table::documented());
    assert!(wrong.is_empty(), "{} cells\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_wrong_cell_is_named_with_the_rules_it_breaks() {
    let mut table = (*legacy::Table::documented()).clone();
    table.cell_mut(LegacyRow::Suspend, JobState::Queued)[0].next = Some(JobState::Error);
    let expected = "Suspend in QUEUED: it differs, and no deviation says why\n  \
                    expected  SUSPENDED with S_OK\n  \
                    got       ERROR with S_OK\n  \
                    rules     DO-SUSPEND-001";
    assert_eq!(legacy_complaints(&table), [expected]);
    let mut table = (*download::Table::documented()).clone();
    table.cell_mut(DownloadRow::BytesReceived, Situation::Aborted).clear();
    let expected = "bytes received in Aborted: it differs, and no deviation says why\n  \
                    expected  stays with none\n  \
                    got       cannot arise\n  \
                    rules     DOD-STATE-003";
    assert_eq!(download_complaints(&table), [expected]);
}

#[test]
fn the_catalogue_and_the_program_know_the_same_states_and_stimuli() {
    let catalogue = catalogue();
    let kind = |is_call: bool| if is_call { "method" } else { "event" };
    let listed = |part: &Part| -> Vec<(String, String)> {
        part.stimuli.iter().map(|row| (row.name.clone(), row.kind.clone())).collect()
    };
    let own: Vec<(String, String)> = LegacyRow::ALL
        .iter()
        .map(|row| (row.name().to_owned(), kind(row.is_call()).to_owned()))
        .collect();
    assert_eq!(listed(&catalogue.legacy), own);
    let own: Vec<(String, String)> = DownloadRow::ALL
        .iter()
        .map(|row| (row.name().to_owned(), kind(row.is_call()).to_owned()))
        .collect();
    assert_eq!(listed(&catalogue.download), own);
    let states: Vec<&str> = JobState::ALL.iter().map(|state| state.name()).collect();
    assert_eq!(catalogue.legacy.states, states);
    let situations: Vec<&str> = Situation::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(catalogue.download.states, situations);
    assert_eq!(catalogue.legacy.initial, JobState::Suspended.name());
    assert_eq!(catalogue.download.initial, Situation::Created.name());
    let last: Vec<&str> =
        JobState::ALL.iter().filter(|state| state.is_final()).map(|state| state.name()).collect();
    assert_eq!(catalogue.legacy.last, last);
    assert_eq!(catalogue.download.last, ["Finalized", "Aborted"]);
}

#[test]
fn the_catalogue_cites_rules_that_exist() {
    let catalogue = catalogue();
    for part in [&catalogue.legacy, &catalogue.download] {
        for (state, row) in &part.table {
            assert_eq!(row.len(), part.stimuli.len(), "{state}");
            for (stimulus, cell) in row {
                assert!(!cell.rules.is_empty(), "{stimulus} in {state} cites no rule");
                for rule in &cell.rules {
                    assert!(RuleId::parse(rule).is_some(), "{stimulus} in {state}: {rule}");
                }
                let refused = cell.illegal.is_some();
                assert!(!refused || cell.next == "unchanged", "{stimulus} in {state} moves");
            }
        }
    }
}

#[test]
fn the_matrices_and_their_diagrams() {
    for (name, service) in [("legacy", Service::DoLegacy), ("download", Service::DoDownload)] {
        let text = matrix::text_of(service);
        let longest = text.lines().map(|line| line.chars().count()).max();
        // The catalogue's name of the row of getters is that long.
        assert!(longest <= Some(150), "the longest line of {name} has {longest:?} columns");
        insta::assert_snapshot!(name, text);
        insta::assert_snapshot!(format!("{name}_diagram"), matrix::diagram_of(service));
    }
}
