//! The picture of every shipped scenario: what it may be relied on for, and every form of it.

use bitsim::replay::{Options, Run, play_with};
use bitsim::report::failure::Case;
use bitsim::report::names::test_name;
use bitsim::report::picture::{Band, KINDS, Picture, json, mermaid, perfetto};
use bitsim::vocab::Happened;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every scenario file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Calls `look` with the picture of each run of the files, and with its trace.
fn each(files: &[PathBuf], look: &mut dyn FnMut(&Picture, &Run)) {
    for file in files {
        let path = file.to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(file).expect("a file");
        let scenario = bitsim::scenario::load(&path, &bytes).expect("a scenario");
        let below = file.strip_prefix("scenarios").unwrap_or(file);
        for target in scenario.targets() {
            let plan = bitsim::plan(&scenario, *target).expect("a plan");
            let run = play_with(&plan, Options { witnessed: true, ..Options::default() });
            let name = test_name(below, *target);
            let case = Case {
                name: &name,
                path: &path,
                source: &scenario.source().text,
                plan: &plan,
                run: &run,
                again: "",
            };
            look(&Picture::of(&case), &run);
        }
    }
}

#[track_caller]
fn bands_are_sound(picture: &Picture, bands: &[Band], known: &dyn Fn(u32) -> bool) {
    for band in bands {
        let name = &picture.name;
        assert!(band.from <= band.to && band.to <= picture.ended_at, "{name}: {band:?}");
        assert!(known(band.event), "{name}: {band:?}");
        assert!(band.cause.is_none_or(known), "{name}: {band:?}");
    }
}

/// What was seen over all runs, so that a check that had nothing to look at is noticed.
#[derive(Debug, Default)]
struct Seen {
    runs: usize,
    caused: usize,
    held: usize,
    longest: usize,
    loops: usize,
    cut: usize,
    arrows: usize,
}

#[test]
fn the_picture_of_every_run_can_be_relied_on_and_drawn() {
    let mut seen = Seen::default();
    each(&files(Path::new("scenarios")), &mut |picture, run| {
        it_can_be_relied_on(picture, run, &mut seen);
        its_diagram_keeps_to_what_mermaid_reads(picture, &mut seen);
        its_trace_events_are_as_the_format_says(picture, &mut seen);
    });
    assert!(seen.runs > 500 && seen.caused > 5_000 && seen.held > 10_000, "{seen:?}");
    let drawn = seen.loops > 20 && seen.cut > 3 && seen.longest > 10_000;
    assert!(drawn && seen.arrows > 5_000, "{seen:?}");
}

fn it_can_be_relied_on(picture: &Picture, run: &Run, seen: &mut Seen) {
    let name = &picture.name;
    let known = |event: u32| {
        let at = picture.events.partition_point(|entry| entry.last < event);
        picture.events.get(at).is_some_and(|entry| entry.last == event)
    };
    let lines = picture.source.lines().count() as u32;
    let within = |line: Option<u32>| line.is_none_or(|line| (1..=lines).contains(&line));

    // Entries: every event of the trace is in exactly one, and nothing is out of order.
    let mut next = 1;
    for entry in &picture.events {
        assert_eq!(entry.first, next, "{name}");
        assert!(entry.last >= entry.first, "{name}");
        next = entry.last + 1;
        assert!(KINDS.contains(&entry.kind), "{name}: {}", entry.kind);
        assert!(within(entry.line), "{name}: #{} {:?}", entry.last, entry.line);
        assert!(entry.lane.is_none_or(|lane| lane < picture.lanes.len()), "{name}");
        assert!(!entry.what.is_empty(), "{name}: #{}", entry.last);
        assert!(entry.exchange.is_none() || entry.server.is_some(), "{name}");
    }
    assert_eq!(next as usize, run.trace.events.len() + 1, "{name}");

    // Lanes: one for each job, without gaps, each change of state in exactly one band.
    let mut changes = 0;
    for lane in &picture.lanes {
        bands_are_sound(picture, &lane.states, &known);
        bands_are_sound(picture, &lane.errors, &known);
        for pair in lane.states.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{name}: {pair:?}");
        }
        for pair in lane.errors.windows(2) {
            assert!(pair[0].to <= pair[1].from, "{name}: {pair:?}");
        }
        changes += lane.states.len();
        assert!(within(lane.line) && lane.line.is_some(), "{name}");
        assert!(lane.counts.iter().all(|count| known(count.event)), "{name}");
        assert!(lane.marks.iter().all(|mark| known(mark.event)), "{name}");
        assert!(lane.counts.is_empty() || picture.counts_errors, "{name}");
        seen.caused += lane.errors.iter().filter(|band| band.cause.is_some()).count();
    }
    let entered = run.trace.events.iter().filter(|event| match &event.what {
        Happened::Created(_) | Happened::DownloadCreated(_) | Happened::State { .. } => true,
        Happened::Standing { from, to, .. } => from.state != to.state,
        _ => false,
    });
    assert_eq!(changes, entered.count(), "{name}");

    for one in &picture.disturbances {
        assert!(one.from <= one.to && one.to <= picture.ended_at, "{name}: {one:?}");
        assert!(one.event == 0 || known(one.event), "{name}: {one:?}");
        assert!(within(one.line), "{name}: {one:?}");
    }
    for wrong in &picture.failures {
        assert!(wrong.event == 0 || known(wrong.event), "{name}: {wrong:?}");
        assert!(within(wrong.line), "{name}: {wrong:?}");
    }
    seen.held += picture.events.iter().map(|entry| entry.held.len()).sum::<usize>();
    assert!(picture.rules.iter().all(|rule| !rule.page.is_empty()), "{name}");
    seen.runs += 1;
}

/// The first scenario with this file name.
fn shipped(name: &str) -> PathBuf {
    let all = files(Path::new("scenarios"));
    all.into_iter().find(|path| path.ends_with(name)).unwrap_or_else(|| panic!("no {name}"))
}

fn its_diagram_keeps_to_what_mermaid_reads(picture: &Picture, seen: &mut Seen) {
    let name = &picture.name;
    let text = mermaid::text(picture, false);
    seen.longest = seen.longest.max(text.len());
    // Mermaid refuses diagrams of more than 50000 characters.
    assert!(text.len() < 50_000, "{name}: {} characters", text.len());
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"), "{name}");
    let mut depth = 0;
    for line in lines {
        let line = line.trim_start();
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "loop" => depth += 1,
            "end" => depth -= 1,
            "title" | "actor" | "participant" => {}
            _ => {
                let (_, said) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
                assert!(!said.trim().is_empty(), "{name}: {line}");
            }
        }
        // Outside of an entity, both end a statement; `%%` begins a comment or a directive.
        let rest = without_entities(line);
        assert!(!rest.contains(['#', ';', '%']), "{name}: {line}");
        seen.loops += usize::from(word == "loop");
        seen.cut += usize::from(line.ends_with("see the trace"));
    }
    assert_eq!(depth, 0, "{name}");
}

/// The text without `#59;`, `#quot;` and `<br/>`.
fn without_entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('#') {
        out.push_str(before);
        let name = after.chars().take_while(char::is_ascii_alphanumeric).count();
        rest = match after[name..].strip_prefix(';') {
            Some(after) if name > 0 => after,
            _ => {
                out.push('#');
                after
            }
        };
    }
    out + rest
}

fn its_trace_events_are_as_the_format_says(picture: &Picture, seen: &mut Seen) {
    let name = &picture.name;
    let text = perfetto::text(picture);
    let file: Value = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
    let events = file["traceEvents"].as_array().expect("events");
    let mut named: BTreeSet<(u64, u64)> = BTreeSet::new();
    let mut clocks: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut busy: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut open: BTreeMap<u64, &Value> = BTreeMap::new();
    for event in events {
        let number = |key: &str| event[key].as_u64().unwrap_or_else(|| panic!("{event}"));
        let (track, ts) = ((number("pid"), number("tid")), number("ts"));
        assert!(event["name"].is_string(), "{name}: {event}");
        let phase = event["ph"].as_str().expect("a phase");
        if phase == "M" {
            assert!(event["args"].as_object().is_some_and(|args| args.len() == 1));
            named.insert(track);
            continue;
        }
        assert!(named.contains(&track), "{name}: no name for {event}");
        assert!(clocks.insert(track, ts).is_none_or(|before| before <= ts), "{name}: {event}");
        match phase {
            "X" => {
                // Slices of a thread follow each other.
                let end = ts + number("dur");
                let until = busy.insert(track, end).unwrap_or(0);
                assert!(until <= ts, "{name}: {event}");
            }
            "i" => assert_eq!(event["s"], "t", "{name}: {event}"),
            "C" => assert!(event["args"]["count"].is_u64(), "{name}: {event}"),
            "s" => assert!(open.insert(number("id"), event).is_none(), "{name}: {event}"),
            "f" => {
                let tail = open.remove(&number("id")).expect("an arrow has a tail");
                assert!(tail["ts"].as_u64() <= Some(ts), "{name}: {event}");
                assert_eq!(
                    (&tail["cat"], &tail["name"]),
                    (&event["cat"], &event["name"]),
                    "{name}"
                );
                assert_eq!(event["bp"], "e", "{name}");
                seen.arrows += 1;
            }
            other => panic!("{name}: {other}"),
        }
    }
    assert!(open.is_empty(), "{name}: {open:?}");
}

/// Scenarios of every service, long and short.
const VARIED: [&str; 8] = [
    "pulled_cable_is_free.yaml",
    "an_afternoon_of_retries.yaml",
    "take_ownership.yaml",
    "starts_a_new_no_progress_period.yaml",
    "no_patience_at_all.yaml",
    "not_over_the_phone.yaml",
    "how_patient_they_are.yaml",
    "every_change_is_told.yaml",
];

#[test]
fn the_json_is_what_its_schema_says() {
    let schema = std::fs::read_to_string("fixtures/schema/trace.schema.json").expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let check = jsonschema::draft7::new(&schema).expect("a schema of draft 7");
    let varied: Vec<PathBuf> = VARIED.iter().map(|name| shipped(name)).collect();
    let mut runs = 0;
    each(&varied, &mut |picture, _| {
        let value: Value = serde_json::from_str(&json::text(picture)).expect("JSON");
        let wrong: Vec<String> = check
            .iter_errors(&value)
            .map(|why| format!("{}: {why}", why.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", picture.name);
        for broken in [("version", json!(2)), ("seed", json!("0")), ("surprise", json!(1))] {
            let mut other = value.clone();
            other[broken.0] = broken.1;
            assert!(!check.is_valid(&other), "{}", broken.0);
        }
        let mut other = value.clone();
        other["events"][0]["kind"] = json!("surprise");
        assert!(!check.is_valid(&other));
        runs += 1;
    });
    assert!(runs >= 12, "{runs}");
    every_property_is_described(&schema, "");
}

#[track_caller]
fn every_property_is_described(schema: &Value, path: &str) {
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        let said = inner["description"].as_str().unwrap_or_default();
        assert!(said.len() > 10, "{path} has no description");
        every_property_is_described(inner, &path);
        every_property_is_described(&inner["items"], &path);
    }
    for (name, inner) in schema["definitions"].as_object().into_iter().flatten() {
        every_property_is_described(inner, &format!("{path}#{name}"));
    }
}
