//! The words of the program against the catalogues of `fixtures/rules`.

use bitsim::report::rulebook;
use bitsim::vocab::Hresult;
use bitsim::vocab::hresult::{Class, KNOWN, MEANINGS, delivery, http_class};
use bitsim::vocab::{RuleId, Stands};
use serde::Deserialize;
use std::collections::BTreeSet;

#[test]
fn the_ids_are_those_of_the_catalogue_in_its_order() {
    let book: Vec<&str> = rulebook::all().map(|rule| rule.id.as_str()).collect();
    let ids: Vec<&str> = RuleId::ALL.iter().map(|rule| rule.text()).collect();
    assert_eq!(book.len(), 761);
    assert_eq!(ids, book);
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an id is given twice");
    for id in RuleId::ALL {
        assert_eq!(RuleId::parse(id.text()), Some(*id));
        assert_eq!(rulebook::rule(*id).and_then(rulebook::Rule::rule_id), Some(*id), "{id}");
    }
}

#[test]
fn every_rule_keeps_to_the_schema() {
    let one_of = |id: &str, value: &str, allowed: &[&str]| {
        assert!(allowed.contains(&value), "{id}: {value}");
    };
    for rule in rulebook::all() {
        let kinds = [
            "invariant",
            "transition",
            "return-code",
            "default",
            "limit",
            "timing",
            "notification",
            "persistence",
        ];
        one_of(&rule.id, &rule.kind, &kinds);
        one_of(&rule.id, &rule.profile, &["any", "windows", "agent"]);
        one_of(&rule.id, &rule.checkable, &["trace", "call", "none"]);
        one_of(&rule.id, &rule.applies.service, &["bits", "do-legacy", "do-download"]);
        assert!((1..=3).contains(&rule.tier), "{}: tier {}", rule.id, rule.tier);
        assert!(!rule.source.is_empty(), "{} has no source", rule.id);
        if let Some(ambiguity) = &rule.ambiguity {
            one_of(&rule.id, &ambiguity.tag, &["SILENT", "VAGUE", "CONFLICT"]);
            assert!(!ambiguity.stand.trim().is_empty(), "{} has no stand", rule.id);
        }
    }
}

#[test]
fn open_questions_belong_to_rules_with_a_stand() {
    for (key, rules, readings) in Stands::QUESTIONS {
        assert!(readings.len() >= 2, "{key} leaves no choice");
        for id in rules.split([',', ' ']).filter(|id| !id.is_empty()) {
            let id = RuleId::parse(id).unwrap_or_else(|| panic!("{key}: no rule {id}"));
            let rule = rulebook::rule(id).expect("an entry");
            assert!(rule.ambiguity.is_some(), "{key}: {id} is stated by its page");
        }
    }
}

#[test]
fn every_check_of_the_oracle_is_of_a_rule_that_can_be_checked() {
    for id in bitsim::oracle::checked() {
        let rule = rulebook::rule(id).expect("an entry");
        assert!(rule.is_checkable(), "{id} cannot be checked, says the catalogue");
    }
}

#[test]
fn the_documents_say_how_many_rules_there_are_and_how_many_are_checked() {
    let (known, checked) = (RuleId::ALL.len(), bitsim::oracle::checked().len());
    let readme = include_str!("../README.md");
    assert!(readme.contains(&format!("{known} documented rules by page and checks {checked} of")));
    let guide = include_str!("../scenarios/GUIDE.md");
    assert!(guide.contains(&format!("{known} are known, {checked} are checked")));
    assert!(guide.contains(&format!("of the {checked} rules that are checked")));
}

/// A row of `bits-hresults.yaml`, as far as it is compared.
#[derive(Deserialize)]
struct Row {
    name: String,
    hex: String,
    class: String,
    meaning: String,
}

/// `bits-http-status.yaml`, as far as it is compared.
#[derive(Deserialize)]
struct Statuses {
    http_status: Vec<Status>,
    winhttp_errors: Vec<ErrorRow>,
    windows_errors: Vec<ErrorRow>,
    bits_errors: Vec<ErrorRow>,
}

#[derive(Deserialize)]
struct Status {
    /// The last row is for `any other`.
    status: serde_yaml::Value,
    hresult: String,
    server_app: Option<Direction>,
}

#[derive(Deserialize)]
struct Direction {
    class: String,
}

#[derive(Deserialize)]
struct ErrorRow {
    code: String,
    hresult: String,
    class: String,
}

fn number(hex: &str) -> Hresult {
    let digits = hex.strip_prefix("0x").unwrap_or_else(|| panic!("{hex} is no number"));
    Hresult(u32::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("{hex} is no number")))
}

fn class(name: &str) -> Class {
    match name {
        "success" => Class::Success,
        "call" => Class::Call,
        "transient" => Class::Transient,
        "fatal" => Class::Fatal,
        "context" => Class::Text,
        "internal" => Class::Internal,
        "unknown" | "by-status" => Class::Unknown,
        other => panic!("no class {other}"),
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_hresults_have_the_names_values_classes_and_meanings_of_the_catalogue() {
    let text = include_str!("../fixtures/rules/bits-hresults.yaml");
    let rows: Vec<Row> = serde_yaml::from_str(text).expect("the catalogue can be read");
    let mut compared = 0;
    for row in &rows {
        let value = number(&row.hex);
        if row.name == "HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED)" {
            assert_eq!(value, Hresult::E_ACCESSDENIED, "the two names of one code");
            continue;
        }
        let index = KNOWN.iter().position(|known| known.name == row.name);
        let index = index.unwrap_or_else(|| panic!("{} is missing", row.name));
        assert_eq!(KNOWN[index].code, value, "{}", row.name);
        assert_eq!(KNOWN[index].class, class(&row.class), "{}", row.name);
        assert_eq!(on_one_line(MEANINGS[index]), on_one_line(&row.meaning), "{}", row.name);
        compared += 1;
    }
    assert!(compared > 150, "only {compared} rows were compared");
}

/// The lists of `do-hresults.yaml`, as far as they are compared.
#[derive(Deserialize)]
struct DeliveryRows {
    do_codes: Vec<Row>,
    other_codes: Vec<Row>,
}

#[test]
fn the_codes_of_delivery_optimization_are_those_of_its_catalogue() {
    let text = include_str!("../fixtures/rules/do-hresults.yaml");
    let rows: DeliveryRows = serde_yaml::from_str(text).expect("the catalogue can be read");
    for row in &rows.do_codes {
        let index = delivery::KNOWN.iter().position(|known| known.name == row.name);
        let index = index.unwrap_or_else(|| panic!("{} is missing", row.name));
        let known = delivery::KNOWN[index];
        assert_eq!(
            (known.code, known.class),
            (number(&row.hex), class(&row.class)),
            "{}",
            row.name
        );
        let meaning = on_one_line(delivery::MEANINGS[index]);
        assert_eq!(meaning, on_one_line(&row.meaning), "{}", row.name);
        // What a job makes of it follows from the zone alone (DO-ERROR-011).
        let transient = known.class == Class::Transient;
        assert_eq!(known.code.delivery_class() == Class::Transient, transient, "{}", row.name);
    }
    let mut compared = 0;
    for row in rows.other_codes.iter().filter(|row| row.hex.len() == 10) {
        let Ok(value) = u32::from_str_radix(&row.hex[2..], 16).map(Hresult) else { continue };
        let named = value.name().is_some_and(|name| row.name.contains(name));
        let http = value.http_status().is_some();
        assert!(named || http || row.name.starts_with("WININET_E"), "{} has no name", row.name);
        if let Class::Transient | Class::Fatal = class(&row.class)
            && row.name != "BG_E_MAXDOWNLOAD_TIMEOUT"
        {
            assert_eq!(value.delivery_class(), class(&row.class), "{}", row.name);
            compared += 1;
        }
    }
    assert!(compared > 15, "only {compared} rows were compared");
}

#[test]
fn names_and_values_of_hresults_are_unique() {
    let all: Vec<_> = KNOWN.iter().chain(delivery::KNOWN).collect();
    let names: BTreeSet<&str> = all.iter().map(|known| known.name).collect();
    let values: BTreeSet<Hresult> = all.iter().map(|known| known.code).collect();
    assert_eq!((names.len(), values.len()), (all.len(), all.len()));
    for known in all {
        assert_eq!(Hresult::from_name(known.name), Some(known.code));
        assert_eq!(known.code.name(), Some(known.name));
    }
}

fn statuses() -> Statuses {
    let text = include_str!("../fixtures/rules/bits-http-status.yaml");
    serde_yaml::from_str(text).expect("the catalogue can be read")
}

#[test]
fn errors_of_transfers_have_the_class_of_the_catalogue() {
    let all = statuses();
    let mut compared = 0;
    for row in all.winhttp_errors.iter().chain(&all.windows_errors).chain(&all.bits_errors) {
        // The others are no errors of a job: a call error, and a session that begins again.
        if !matches!(row.class.as_str(), "transient" | "fatal") {
            continue;
        }
        // The same code as elsewhere, in an operation that is not simulated: copying ACLs.
        if row.code.starts_with("E_ACCESSDENIED (owner/ACL copy") {
            continue;
        }
        let value = number(&row.hresult);
        // One catalogue recommends a class where the other, which is the table's, knows none.
        if ["BG_E_WATCHDOG_TIMEOUT", "BG_E_REMOTE_FILE_CHANGED"].contains(&row.code.as_str()) {
            assert_eq!(value.job_class(), Class::Unknown, "{} no longer differs", row.code);
            continue;
        }
        compared += 1;
        assert_eq!(value.job_class(), class(&row.class), "{} {}", row.code, row.hresult);
        if let Some(known) = Hresult::from_name(&row.code) {
            assert_eq!(known, value, "{}", row.code);
        }
    }
    assert_eq!(compared, 57);
}

#[test]
fn http_statuses_have_the_class_of_the_catalogue() {
    let mut compared = 0;
    for row in statuses().http_status {
        let Some(status) = row.status.as_u64().and_then(|n| u16::try_from(n).ok()) else {
            continue;
        };
        assert_eq!(Hresult::http(status), number(&row.hresult), "{status}");
        let Some(direction) = row.server_app else { continue };
        if let "transient" | "fatal" = direction.class.as_str() {
            assert_eq!(http_class(status), class(&direction.class), "{status}");
            compared += 1;
        }
    }
    assert!(compared > 30, "only {compared} statuses were compared");
}
