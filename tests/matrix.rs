//! The engine's transition table against the catalogue, cell by cell, and both as text.

use bitsim::engine::bits::{Case, DEVIATIONS, Hr, Table};
use bitsim::matrix;
use bitsim::vocab::{Hresult, JobState, RuleId, Stimulus};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const CATALOGUE: &str = include_str!("../fixtures/rules/bits-transitions.yaml");

/// The catalogue. Keys that the comparison does not need are read all the same, so that a new one
/// is not overlooked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    #[serde(rename = "meta")]
    _meta: serde_yaml::Value,
    states: Vec<StateEntry>,
    stimuli: Vec<StimulusEntry>,
    table: BTreeMap<String, BTreeMap<String, Cell>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateEntry {
    name: String,
    #[serde(rename = "class")]
    _class: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StimulusEntry {
    id: String,
    kind: String,
    #[serde(rename = "description")]
    _description: String,
}

/// A cell, or one of its cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    when: Option<String>,
    next: Option<String>,
    hresult: Option<String>,
    effects: Option<String>,
    rules: Option<Vec<String>>,
    illegal: Option<String>,
    cases: Option<Vec<Cell>>,
    #[serde(rename = "undocumented")]
    _undocumented: Option<String>,
}

/// A state entered, or `stays`, and what a call returns.
type Outcome = (String, String);

impl Catalogue {
    fn read() -> Self {
        serde_yaml::from_str(CATALOGUE).expect("the catalogue can be read")
    }

    fn cell(&self, stimulus: Stimulus, state: JobState) -> &Cell {
        let cell = self.table.get(state.full_name()).and_then(|row| row.get(stimulus.name()));
        cell.unwrap_or_else(|| panic!("the catalogue has no cell for {stimulus} in {state}"))
    }
}

impl Cell {
    fn cases(&self) -> &[Self] {
        self.cases.as_deref().unwrap_or(std::slice::from_ref(self))
    }

    /// What can come of it. Nothing, if it cannot arise.
    fn outcomes(&self, state: JobState) -> BTreeSet<Outcome> {
        self.cases().iter().flat_map(|case| case.own_outcomes(state)).collect()
    }

    fn own_outcomes(&self, state: JobState) -> Vec<Outcome> {
        if self.effects.as_deref().is_some_and(|effects| effects.starts_with("cannot arise")) {
            return Vec::new();
        }
        let next = match self.next.as_deref().expect("a case has a next state") {
            "unchanged" => None,
            name => Some(JobState::from_name(name).unwrap_or_else(|| panic!("no state {name}"))),
        };
        let hresult = self.hresult.as_deref().expect("a case has an HRESULT");
        // One case lists several codes: `A, B or C`.
        let codes = hresult.split(", ").flat_map(|part| part.split(" or "));
        codes.map(|code| (entered(state, next), known(code))).collect()
    }

    fn rules(&self) -> BTreeSet<&str> {
        self.cases()
            .iter()
            .flat_map(|case| case.rules.iter().flatten())
            .map(String::as_str)
            .collect()
    }
}

/// The state that a job is in afterwards, in a word.
fn entered(state: JobState, next: Option<JobState>) -> String {
    next.filter(|next| *next != state).map_or("stays", JobState::name).to_owned()
}

/// A code of the catalogue, which must be one that the program knows.
fn known(code: &str) -> String {
    let is_known = matches!(code, "none" | RENAME_FAILURE) || Hresult::from_name(code).is_some();
    assert!(is_known, "no HRESULT {code}");
    code.to_owned()
}

const RENAME_FAILURE: &str = "HRESULT of the rename failure";

/// What the engine's cases can come to.
fn engine_outcomes(state: JobState, cases: &[Case]) -> BTreeSet<Outcome> {
    let hresult = |case: &Case| match case.hr {
        Hr::Is(code) => code.to_string(),
        Hr::RenameFailure => RENAME_FAILURE.to_owned(),
        Hr::Event => "none".to_owned(),
    };
    cases.iter().map(|case| (entered(state, case.next), hresult(case))).collect()
}

fn shown(outcomes: &BTreeSet<Outcome>) -> String {
    if outcomes.is_empty() {
        return "cannot arise".to_owned();
    }
    let each = outcomes.iter().map(|(next, hresult)| format!("{next} with {hresult}"));
    each.collect::<Vec<_>>().join(", or ")
}

fn reason(stimulus: Stimulus, state: JobState) -> Option<&'static str> {
    let concerns = |deviation: &&bitsim::engine::bits::Deviation| {
        deviation.stimulus == stimulus && deviation.states.contains(&state)
    };
    DEVIATIONS.iter().find(concerns).map(|deviation| deviation.reason)
}

/// What is wrong with a table, cell by cell.
fn complaints(table: &Table) -> Vec<String> {
    let catalogue = Catalogue::read();
    let mut complaints = Vec::new();
    for stimulus in Stimulus::BITS {
        for state in JobState::ALL {
            let cell = catalogue.cell(*stimulus, *state);
            let expected = cell.outcomes(*state);
            let got = engine_outcomes(*state, table.cell(*stimulus, *state));
            let complaint = match (expected == got, reason(*stimulus, *state)) {
                (true, None) | (false, Some(_)) => continue,
                (true, Some(reason)) => format!("it is listed as a deviation ({reason})"),
                (false, None) => "it differs, and no deviation says why".to_owned(),
            };
            let rules = cell.rules().into_iter().collect::<Vec<_>>().join(", ");
            complaints.push(format!(
                "{stimulus} in {state}: {complaint}\n  expected  {}\n  got       {}\n  rules     {rules}",
                shown(&expected),
                shown(&got),
            ));
        }
    }
    complaints
}

#[test]
fn every_cell_says_what_the_catalogue_says_or_why_not() {
    let wrong = complaints(&Table::documented());
    assert!(wrong.is_empty(), "{} cells\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_wrong_cell_is_named_with_the_rules_it_breaks() {
    let mut table = (*Table::documented()).clone();
    table.cell_mut(Stimulus::Resume, JobState::Suspended)[1].next = Some(JobState::Connecting);
    table.cell_mut(Stimulus::CancelWindowEnds, JobState::Cancelled).clear();
    let expected = [
        "Resume in SUSPENDED: it differs, and no deviation says why\n  \
           expected  QUEUED with S_OK, or stays with BG_E_EMPTY\n  \
           got       CONNECTING with S_OK, or stays with BG_E_EMPTY\n  \
           rules     BITS-ERROR-006, BITS-RESUME-001, BITS-RESUME-002, BITS-RESUME-008, \
                     BITS-STATE-021, BITS-TIMES-002",
        "cancel_window_ends in CANCELLED: it differs, and no deviation says why\n  \
           expected  stays with none\n  \
           got       cannot arise\n  \
           rules     BITS-CANCEL-005, BITS-CANCEL-006, BITS-CREATE-006",
    ];
    assert_eq!(complaints(&table), expected);
}

#[test]
fn a_deviation_that_is_none_is_named_too() {
    let mut table = (*Table::documented()).clone();
    table.cell_mut(Stimulus::Suspend, JobState::Error).remove(0);
    let complaints = complaints(&table);
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].starts_with("Suspend in ERROR: it is listed as a deviation (the stand"));
}

#[test]
fn no_cell_has_two_reasons_to_deviate() {
    let mut seen = BTreeSet::new();
    for deviation in DEVIATIONS {
        for state in deviation.states {
            let cell = (deviation.stimulus, *state);
            assert!(seen.insert(cell), "{} in {state} is listed twice", deviation.stimulus);
        }
    }
}

#[test]
fn the_catalogue_and_the_program_know_the_same_states_and_stimuli() {
    let catalogue = Catalogue::read();
    let states: Vec<&str> = catalogue.states.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(states, JobState::ALL.iter().map(|state| state.full_name()).collect::<Vec<_>>());
    let kind = |stimulus: &Stimulus| if stimulus.is_call() { "call" } else { "event" };
    let own: Vec<(&str, &str)> =
        Stimulus::BITS.iter().map(|stimulus| (stimulus.name(), kind(stimulus))).collect();
    let listed: Vec<(&str, &str)> =
        catalogue.stimuli.iter().map(|entry| (entry.id.as_str(), entry.kind.as_str())).collect();
    assert_eq!(listed, own);
    assert!(catalogue.table.values().all(|row| row.len() == own.len()));
}

#[test]
fn the_catalogue_cites_rules_that_exist_and_marks_illegal_calls_with_their_code() {
    let catalogue = Catalogue::read();
    for (state, row) in &catalogue.table {
        for (stimulus, cell) in row {
            assert!(!cell.rules().is_empty(), "{stimulus} in {state} cites no rule");
            for rule in cell.rules() {
                assert!(RuleId::parse(rule).is_some(), "{stimulus} in {state}: no rule {rule}");
            }
            for case in cell.cases() {
                let guarded = case.when.is_some();
                assert_eq!(guarded, cell.cases.is_some(), "{stimulus} in {state}");
                if case.illegal.is_some() {
                    assert_eq!(case.illegal, case.hresult, "{stimulus} in {state}");
                    assert_eq!(case.next.as_deref(), Some("unchanged"), "{stimulus} in {state}");
                }
            }
        }
    }
}

#[test]
fn the_matrix() {
    let text = matrix::text();
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(140), "the longest line has {longest:?} columns");
    insta::assert_snapshot!("bits", text);
}

#[test]
fn the_diagram() {
    insta::assert_snapshot!("bits_diagram", matrix::diagram());
}
