//! The schema of scenarios: it is what is checked in, it lets pass whatever the reader lets pass, and
//! what it cannot see is listed.

#[path = "schema/blind.rs"]
mod blind;
#[path = "schema/edits.rs"]
mod edits;

use bitsim::report::schema;
use bitsim::scenario::{Scenario, diagnostic::Diagnostic, load};
use jsonschema::Validator;
use serde_json::Value;
use serde_yaml::Value as Yaml;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SCHEMA: &str = "fixtures/schema/scenario.schema.json";
const REFERENCE: &str = "scenarios/REFERENCE.md";

/// Every file below a folder with this extension, in order.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut paths: Vec<PathBuf> =
            entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(folder), extension, &mut found);
    found
}

/// The shipped scenarios: path and text.
fn scenarios() -> Vec<(String, String)> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a scenario");
        (path.display().to_string(), text)
    };
    files("scenarios", "yaml").into_iter().map(read).collect()
}

fn schema_value() -> Value {
    serde_json::from_str(&schema::json()).expect("the schema is JSON")
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema_value()).expect("the schema can be used")
}

/// A YAML value as the tools of editors hand it to a schema: keys are texts.
fn json_of(value: &Yaml) -> Value {
    let key = |key: &Yaml| match key {
        Yaml::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap_or_default().trim().to_owned(),
    };
    match value {
        Yaml::Mapping(entries) => {
            entries.iter().map(|(name, value)| (key(name), json_of(value))).collect()
        }
        Yaml::Sequence(items) => items.iter().map(json_of).collect(),
        Yaml::Tagged(tagged) => json_of(&tagged.value),
        other => serde_json::to_value(other).unwrap_or(Value::Null),
    }
}

/// What a schema is asked about this file, or `None` if it is not even YAML.
fn instance(text: &str) -> Option<Value> {
    serde_yaml::from_str::<Yaml>(text).ok().map(|value| json_of(&value))
}

/// Reads a scenario as `bitsim check` does.
fn read(text: &str) -> Result<Scenario, Vec<Diagnostic>> {
    load("a.yaml", text.as_bytes())
}

/// Why the schema refuses a value, for the message of a failed test.
fn refusals(validator: &Validator, value: &Value) -> String {
    let told = validator.iter_errors(value).take(3).map(|error| {
        let words: String = error.to_string().chars().take(200).collect();
        format!("\n  at {}: {words}", error.instance_path())
    });
    told.collect()
}

#[test]
fn the_checked_in_schema_is_the_one_that_is_generated() {
    let checked_in = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(
        checked_in == schema::json(),
        "the language has changed; run: cargo run -q -- schema > {SCHEMA}"
    );
    assert!(!checked_in.contains('\r') && checked_in.ends_with("}\n"));
}

#[test]
fn the_checked_in_reference_is_the_one_that_is_generated() {
    let checked_in = fs::read_to_string(REFERENCE).unwrap_or_default();
    assert!(
        checked_in == schema::markdown(),
        "the language has changed; run: cargo run -q -- schema --as markdown > {REFERENCE}"
    );
}

#[test]
fn it_is_a_schema_of_draft_7() {
    let schema = schema_value();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    jsonschema::draft7::meta::validate(&schema).expect("the metaschema accepts it");
}

#[test]
fn it_accepts_every_shipped_scenario() {
    let validator = validator();
    let all = scenarios();
    assert!(all.len() > 500, "{} scenarios", all.len());
    for (path, text) in all {
        let value = instance(&text).expect("YAML");
        let why = refusals(&validator, &value);
        assert!(why.is_empty(), "{path} is refused:{why}");
    }
}

/// Every key of the schema with what is said about it: where it stands, and its schema.
fn keys(schema: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut take = |owner: &str, shape: &Value| {
        for (key, value) in shape["properties"].as_object().into_iter().flatten() {
            found.push((format!("{owner}.{key}"), value.clone()));
        }
    };
    take("scenario", schema);
    for (name, shape) in schema["definitions"].as_object().expect("definitions") {
        if !name.starts_with("value-") {
            take(name, shape);
        }
    }
    found
}

#[test]
fn every_key_is_described_and_its_example_and_default_are_right() {
    let schema = schema_value();
    let keys = keys(&schema);
    assert!(keys.len() > 400, "{} keys", keys.len());
    let mut defaults = 0;
    for (place, key) in keys {
        for text in ["description", "markdownDescription"] {
            assert!(key[text].as_str().is_some_and(|text| text.len() > 3), "{place} has no {text}");
        }
        let plain = key["description"].as_str().unwrap_or_default();
        assert!(!plain.contains('`'), "{place}: marks in a plain text: {plain}");
        let mut alone = key.clone();
        alone["definitions"] = schema["definitions"].clone();
        // Beside `$ref` nothing else counts.
        let reference = alone.as_object_mut().and_then(|alone| alone.remove("$ref"));
        if let Some(reference) = reference {
            alone["allOf"] = serde_json::json!([{ "$ref": reference }]);
        }
        let validator = jsonschema::validator_for(&alone).expect("the schema of a key");
        let examples = key["examples"].as_array().expect("an example");
        for value in examples.iter().chain(key.get("default")) {
            let why = refusals(&validator, value);
            assert!(why.is_empty(), "{place}: {value} is refused:{why}");
        }
        defaults += usize::from(key.get("default").is_some());
    }
    assert!(defaults > 30, "{defaults} defaults");
}

/// A scenario in which `LINES` stands for one key.
fn with_key(section: &str, key: &str, value: &str) -> String {
    let names = match section {
        "users" => "owner: ",
        "clients" => "app: ",
        "servers" => "cdn.test: ",
        "jobs" => "payroll: ",
        _ => "",
    };
    let fixed = match section {
        "clients" => "user: owner, ",
        "jobs" => "type: download, ",
        _ => "",
    };
    let given = if value.is_empty() { String::new() } else { format!("{key}: {value}") };
    let mut text = String::from(
        "scenario: a key and its default\nrun_on: [bits, do-legacy]\n\
         timeline: [{at: 0s, expect: {attempts: 0}}]\n",
    );
    for other in ["users", "clients", "servers", "jobs", "world", "policies", "limits", "delivery"]
    {
        let content = match other {
            "users" => "owner: {}",
            "clients" => "app: {user: owner}",
            "servers" => "cdn.test: {}",
            "jobs" => "payroll: {type: download}",
            _ => "",
        };
        if other == section {
            let fields = format!("{fixed}{given}");
            text += &match names {
                "" => format!("{other}: {{{fields}}}\n"),
                _ => format!("{other}: {{{names}{{{fields}}}}}\n"),
            };
        } else if !content.is_empty() {
            text += &format!("{other}: {{{content}}}\n");
        }
    }
    text
}

#[test]
fn a_default_that_the_schema_tells_changes_nothing() {
    let schema = schema_value();
    let sections = [
        ("limits", "limits"),
        ("world", "world"),
        ("policies", "policies"),
        ("user", "users"),
        ("client", "clients"),
        ("server", "servers"),
    ];
    let mut compared = 0;
    for (shape, section) in sections {
        let keys = schema["definitions"][shape]["properties"].as_object().expect("keys");
        for (key, value) in keys {
            let Some(default) = value.get("default") else { continue };
            let said = read(&with_key(section, key, &default.to_string().replace('"', "")));
            let left_out = read(&with_key(section, key, ""));
            let (Ok(said), Ok(left_out)) = (said, left_out) else {
                panic!("{section}.{key}: {default} is not readable");
            };
            for target in said.targets() {
                let of = |scenario: &Scenario| {
                    scenario
                        .plan(*target)
                        .map(|plan| (plan.setup.clone(), plan.limits, plan.steps.len()))
                };
                assert_eq!(of(&said), of(&left_out), "{section}.{key}: {default}");
            }
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared} defaults");
}

#[test]
fn an_invalid_scenario_is_refused_where_a_schema_can_see_why() {
    let validator = validator();
    // Not every id has a file that is readable as YAML.
    let files_named = blind::TO.iter().map(|(what, _)| *what).filter(|what| what.contains('/'));
    let mut unused: BTreeSet<&str> = files_named.collect();
    let mut refused = 0;
    for path in files("fixtures/invalid", "yaml") {
        let id = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let id = id.expect("a folder named after an id").to_owned();
        let file = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let name = format!("{id}/{file}");
        let bytes = fs::read(&path).expect("a file");
        // What is no text or no YAML never comes before a schema.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let text = text.trim_start_matches('\u{feff}');
        let Some(value) = instance(text) else { continue };
        let seen = blind::BUT_NOT_TO.contains(&name.as_str());
        let entry = blind::TO.iter().find(|(what, _)| *what == name || *what == id);
        let entry = entry.filter(|_| !seen);
        match entry {
            Some((what, why)) => {
                unused.remove(what);
                assert!(
                    validator.is_valid(&value),
                    "{name}: the schema sees this now; take it out of tests/schema/blind.rs ({why})"
                );
            }
            None => {
                assert!(
                    !validator.is_valid(&value),
                    "{name}: the schema does not see it; make it, or say why in \
                     tests/schema/blind.rs"
                );
                refused += 1;
            }
        }
    }
    assert!(unused.is_empty(), "no such file: {unused:?}");
    assert!(refused > 60, "{refused} files are refused");
}

#[test]
fn whatever_the_reader_accepts_the_schema_accepts() {
    let validator = validator();
    let all = scenarios();
    let mut luck = edits::Luck::new(0x0B17_5EED);
    let mut accepted = 0;
    let mut stricter = String::new();
    for _ in 0..3_000 {
        let (path, text) = luck.pick(&all);
        let Some((edited, what)) = edits::anything(text, &mut luck) else { continue };
        if read(&edited).is_err() {
            continue;
        }
        let Some(value) = instance(&edited) else { continue };
        let why = refusals(&validator, &value);
        if !why.is_empty() {
            stricter += &format!("{path}, {what}:{why}\n");
        }
        accepted += 1;
    }
    assert!(stricter.is_empty(), "the reader takes these:\n{stricter}");
    assert!(accepted > 250, "only {accepted} edits were accepted");
}

#[test]
fn a_slip_is_seen_by_reader_and_schema_alike() {
    let validator = validator();
    let all = scenarios();
    let mut luck = edits::Luck::new(0x51_1B5);
    let mut seen = [0; edits::SLIPS.len()];
    for _ in 0..600 {
        let (path, text) = luck.pick(&all);
        for (count, slip) in seen.iter_mut().zip(edits::SLIPS) {
            let Some((edited, what)) = slip(text, &mut luck) else { continue };
            let Some(value) = instance(&edited) else { continue };
            assert!(read(&edited).is_err(), "{path}, {what}: the reader takes it\n\n{edited}");
            assert!(!validator.is_valid(&value), "{path}, {what}: the schema takes it\n\n{edited}");
            *count += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn the_line_for_editors_is_a_remark_to_the_reader() {
    let line = "# yaml-language-server: $schema=../../fixtures/schema/scenario.schema.json";
    let (_, text) = scenarios().swap_remove(0);
    let plain = read(&text).expect("a scenario");
    for mark in ["", "\u{feff}"] {
        for end in ["\n", "\r\n"] {
            let text = format!("{mark}{line}\n{text}").replace('\n', end);
            let marked = load("a.yaml", text.as_bytes()).expect("the same scenario");
            assert_eq!(marked.title(), plain.title());
            assert_eq!(marked.targets(), plain.targets());
            assert_eq!(marked.rules().len(), plain.rules().len());
        }
    }
}

/// The name by which a heading is linked to.
fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase().replace(' ', "-");
    letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[test]
fn every_link_of_the_reference_leads_to_a_section_of_it() {
    let text = schema::markdown();
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let anchors: BTreeSet<String> = headings.iter().map(|heading| anchor(heading)).collect();
    assert_eq!(anchors.len(), headings.len(), "two sections of one name");
    let mut links = 0;
    for (start, _) in text.match_indices("](") {
        let rest = &text[start + 2..];
        let to = &rest[..rest.find(')').expect("a link that ends")];
        let anchor = to.strip_prefix('#').unwrap_or_else(|| panic!("a link outside: {to}"));
        assert!(anchors.contains(anchor), "no section `{anchor}`");
        links += 1;
    }
    assert!(links > 300, "{links} links");
    for anchor in &anchors {
        let linked = anchor == "contents" || text.contains(&format!("(#{anchor})"));
        assert!(linked, "nothing leads to `{anchor}`");
    }
}

/// The section of the reference with this heading.
fn section<'a>(reference: &'a str, heading: &str) -> &'a str {
    let start = reference.find(&format!("\n## {heading}\n"));
    let rest = &reference[start.unwrap_or_else(|| panic!("no section `{heading}`")) + 4..];
    rest.split("\n## ").next().unwrap_or(rest)
}

/// A scenario with a line of the index in it, where that line belongs.
fn scenario_with(line: &str) -> String {
    let (key, _) = line.split_once(':').expect("a key");
    let (mut top, mut job, mut step) = ("", "", "at: 1m, expect: {attempts: 1}".to_owned());
    match key {
        "users" => top = line,
        "notify" => job = line,
        "until" => step = format!("{line}, within: 1h, expect: {{attempts: 1}}"),
        "expect" => step = format!("at: 1m, {line}"),
        _ => step = format!("at: 1m, {line}, expect: {{attempts: 1}}"),
    }
    let comma = if job.is_empty() { "" } else { ", " };
    format!(
        "scenario: a line of the index\nrun_on: [bits, do-legacy]\n{top}\n\
         servers: {{cdn.test: {{}}}}\n\
         jobs: {{payroll: {{type: download{comma}{job}, files: \
         [{{url: \"https://cdn.test/payroll.cab\", size: 1 MiB}}]}}}}\n\
         timeline:\n  - {{{step}}}\n"
    )
}

#[test]
fn every_line_of_the_index_can_be_read_and_is_explained_where_it_says() {
    let reference = schema::markdown();
    let index = section(&reference, "What do you want to do?");
    let mut lines = 0;
    for row in index.lines().filter(|row| row.contains("](#")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, line, place] = cells[..] else { panic!("three cells: {row}") };
        let line = line.trim_matches('`');
        let text = scenario_with(line);
        if let Err(mistakes) = read(&text) {
            panic!("{line}: {:?}\n{text}", mistakes[0].message);
        }
        let heading = place.strip_prefix('[').and_then(|rest| rest.split(']').next());
        let told = section(&reference, heading.expect("a link"));
        // The keys of the line that its section has in its table, or that stand for the section.
        let keys: Vec<&str> = line
            .split(['{', ',', '[', ' '])
            .filter_map(|word| word.strip_suffix(':'))
            .filter(|key| key.chars().all(|c| c.is_alphanumeric() || c == '_'))
            .collect();
        let is_told = |key: &&str| {
            told.contains(&format!("| `{key}`")) || told.contains(&format!("`{key}` of ["))
        };
        assert!(keys.iter().any(is_told), "{heading:?} tells nothing of {keys:?}");
        lines += 1;
    }
    assert!(lines >= 20, "{lines} lines");
}

#[test]
fn the_reference_is_written_for_people() {
    let text = schema::markdown();
    for word in ["serde", "Option<", "enum ", "struct ", "untagged", "u32", "u64", "{{", "\t"] {
        assert!(!text.contains(word), "`{word}` in the reference");
    }
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!((3..=5).contains(&bars), "a table with {bars} bars: {line}");
    }
    assert!(!text.contains("|  |"), "an empty cell");
}

#[test]
fn the_reference_tells_every_key() {
    let text = schema::markdown();
    for (place, _) in keys(&schema_value()) {
        let key = place.rsplit_once('.').expect("a key of a shape").1;
        assert!(text.contains(&format!("\n| `{key}`")), "{place} is missing");
    }
}
