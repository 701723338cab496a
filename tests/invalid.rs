//! What people read when a scenario has mistakes: every file under `fixtures/invalid` with the exact
//! text beside it, and the pages of `bitsim explain`.
//!
//! A text that has changed on purpose is accepted with
//! `BITSIM_ACCEPT=1 cargo test --test invalid`; read the difference before you commit it.

use bitsim::report::explain;
use bitsim::scenario::{DIAGNOSTICS, LARGEST_FILE};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FOLDER: &str = "fixtures/invalid";

/// What `bitsim check` says, and its exit code.
fn check(folder: &Path, path: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitsim"));
    let output = command.args(["check", "--color", "never", path]).current_dir(folder).output();
    let output = output.expect("the command can be started");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{path}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (text, output.status.code().expect("an exit code"))
}

/// An empty folder for one test, and the path of a file in it.
fn scratch(name: &str, file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.join(file);
    let parent = path.parent().expect("a folder");
    std::fs::create_dir_all(parent).expect("a folder for the test");
    folder
}

/// The files of this kind, relative to the package, in order.
fn files(kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let folder = Path::new(ROOT).join(FOLDER);
    for group in std::fs::read_dir(folder).expect("the folder of the mistakes") {
        let group = group.expect("a folder");
        if !group.file_type().expect("a kind").is_dir() {
            continue;
        }
        for file in std::fs::read_dir(group.path()).expect("a folder") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|end| end == kind) {
                let below = path.strip_prefix(ROOT).expect("a path in the package");
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// The lines in which two texts differ, or nothing.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[same..], &new[same..]);
    let pairs = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = pairs.take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    for line in &old[same.saturating_sub(3)..same] {
        let _ = writeln!(text, "      {line}");
    }
    for line in &old_rest[..old_rest.len() - tail] {
        let _ = writeln!(text, "    - {line}");
    }
    for line in &new_rest[..new_rest.len() - tail] {
        let _ = writeln!(text, "    + {line}");
    }
    text
}

/// Compares a text with the file beside the scenario, or writes it there.
fn compare(path: &str, actual: &str, wrong: &mut String) {
    let beside = Path::new(ROOT).join(path).with_extension("txt");
    let expected = std::fs::read_to_string(&beside).unwrap_or_default().replace('\r', "");
    if expected == actual {
        return;
    }
    if std::env::var_os("BITSIM_ACCEPT").is_some() {
        let folder = beside.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("a folder for the text");
        std::fs::write(&beside, actual).expect("the text can be written");
        return;
    }
    let _ = writeln!(wrong, "\n{path} says something else:\n{}", difference(&expected, actual));
}

#[test]
fn every_mistake_is_told_in_these_words() {
    let mut wrong = String::new();
    let paths = files("yaml");
    assert!(paths.len() >= 70, "{}", paths.len());
    for path in &paths {
        let (text, code) = check(Path::new(ROOT), path);
        let id = path.split('/').nth(2).unwrap_or_default();
        if id.starts_with("SCN-") && !text.contains(&format!("[{id}]: ")) {
            let _ = writeln!(wrong, "\n{path} does not show {id}:\n{text}");
        }
        let severity = if text.contains("error[SCN-") { 2 } else { 0 };
        assert_eq!(code, severity, "{path}\n{text}");
        compare(path, &text, &mut wrong);
    }
    let advice = "BITSIM_ACCEPT=1 cargo test --test invalid accepts the new texts";
    assert!(wrong.is_empty(), "{wrong}\n{advice}");
}

#[test]
fn what_is_too_large_to_be_stored_is_told_in_these_words() {
    let mut wrong = String::new();
    let path = "fixtures/invalid/SCN-001/too_large.yaml";
    let folder = scratch("too_large", path);
    let line = "# a line of a log that somebody took for a scenario\n";
    std::fs::write(folder.join(path), line.repeat(LARGEST_FILE / line.len() + 1)).expect("a file");
    let (text, code) = check(&folder, path);
    assert_eq!(code, 2, "{text}");
    compare(path, &text, &mut wrong);

    let path = "fixtures/invalid/SCN-099/six_hundred_mistakes.yaml";
    let folder = scratch("six_hundred", path);
    let steps = "  - at: 0s\n    do: {resmue: payroll}\n".repeat(600);
    let head = "scenario: many\nrun_on: [bits]\njobs: {payroll: {type: download}}\ntimeline:\n";
    std::fs::write(folder.join(path), format!("{head}{steps}")).expect("a file");
    let (text, code) = check(&folder, path);
    assert_eq!(code, 2, "{text}");
    let shown = text.matches("error[SCN-004]").count();
    assert_eq!(shown, 500, "{text}");
    let last = text.rfind("error[").expect("an error");
    compare(path, &text[last..], &mut wrong);
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every text beside a scenario, by its path.
fn texts() -> Vec<(String, String)> {
    let read = |path: String| {
        let text = std::fs::read_to_string(Path::new(ROOT).join(&path)).expect("a text");
        (path, text.replace('\r', ""))
    };
    files("txt").into_iter().map(read).collect()
}

#[test]
fn every_id_is_shown_by_some_file() {
    let texts = texts();
    for (id, meaning) in DIAGNOSTICS {
        let marks = [format!("error[{id}]: "), format!("warning[{id}]: ")];
        let shown = texts.iter().any(|(path, text)| {
            path.contains(id) && marks.iter().any(|mark| text.contains(mark.as_str()))
        });
        assert!(shown, "no file under {FOLDER}/{id} shows {id}: {meaning}");
    }
    let scenarios: BTreeSet<String> = files("yaml").into_iter().collect();
    // These two are made by the test above.
    let made = ["SCN-001/too_large", "SCN-099/six_hundred_mistakes"];
    for (path, _) in texts {
        let beside = path.replace(".txt", ".yaml");
        let is_made = made.iter().any(|made| path == format!("{FOLDER}/{made}.txt"));
        assert!(is_made || scenarios.contains(&beside), "{path} stands beside no scenario");
    }
}

/// True for a line that quotes the scenario: it begins with a line number.
fn quotes(line: &str) -> bool {
    let line = line.trim_start();
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && [" |", " - ", " + "].iter().any(|bar| rest.starts_with(bar))
}

/// Words of programmers that no reader of a scenario has to know.
const FORBIDDEN: &[&str] = &[
    "enum",
    "struct",
    "Option",
    "Vec<",
    "untagged",
    "deserialize",
    "serde",
    "u8",
    "u16",
    "u32",
    "u64",
    "i64",
    "usize",
    "variant",
    "panic",
    "unwrap",
    "None",
    "Some(",
    "::",
    "invalid type",
    "expected one of",
    "scalar",
    "mapping",
    "sequence",
    "flow",
    "token",
    "parse",
    "literal",
];

#[test]
fn texts_speak_of_scenarios_and_not_of_programs() {
    for (path, text) in texts() {
        for line in text.lines().filter(|line| !quotes(line)) {
            assert!(line.chars().count() <= 120, "{path}: {line}");
            for word in FORBIDDEN {
                let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let ends_in_word = word.ends_with(|c: char| c.is_alphanumeric());
                let hit = line.match_indices(word).any(|(at, _)| {
                    let before = part(line[..at].chars().next_back());
                    let after = part(line[at + word.len()..].chars().next());
                    let within = before || (ends_in_word && after);
                    !within
                });
                assert!(!hit, "{path} says `{word}`: {line}");
            }
        }
    }
}

#[test]
fn every_message_has_a_line_and_a_column() {
    for (path, text) in texts() {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if !line.starts_with("error[") && !line.starts_with("warning[") {
                continue;
            }
            let title = line.split_once("]: ").map_or("", |(_, title)| title);
            assert!(!title.is_empty() && !title.ends_with('.'), "{path}: {line}");
            // A long title goes on, indented.
            while lines.next_if(|line| line.starts_with("    ") && !line.contains("-->")).is_some()
            {
            }
            let place = lines.next().unwrap_or_default().trim_start();
            let numbers = place.rsplit(':').take(2).all(|part| part.parse::<u32>().is_ok());
            assert!(place.starts_with("--> ") && numbers, "{path}: {line}\n{place}");
        }
    }
}

/// The ids that `bitsim check` shows for a text.
fn ids(name: &str, text: &str) -> (BTreeSet<String>, String) {
    let folder = scratch(name, "example.yaml");
    std::fs::write(folder.join("example.yaml"), text).expect("a file");
    let (shown, _) = check(&folder, "example.yaml");
    let marks = shown.lines().filter_map(|line| line.split_once("[SCN-"));
    let ids = marks.filter_map(|(_, rest)| Some(format!("SCN-{}", rest.split_once("]: ")?.0)));
    (ids.collect(), shown)
}

#[test]
fn the_examples_of_the_pages_are_right_and_wrong() {
    // How a file is encoded, and hundreds of mistakes, cannot be shown in a few lines.
    let without = ["SCN-002", "SCN-099"];
    for (id, _) in DIAGNOSTICS {
        let page = explain::page(id).expect("a page");
        let examples = explain::examples(page);
        if without.contains(id) {
            assert!(examples.is_empty(), "{id}");
            continue;
        }
        assert!(examples.iter().any(|example| example.right), "{id} has no right example");
        assert!(examples.iter().any(|example| !example.right), "{id} has no wrong example");
        for example in examples {
            let long = "x".repeat(LARGEST_FILE);
            let scenario = example.scenario().replace("xxxxxxxx...", &long);
            let (found, shown) = ids(&format!("page_{id}"), &scenario);
            let expected = if example.right { vec![] } else { vec![(*id).to_owned()] };
            let found: Vec<String> = found.into_iter().collect();
            assert_eq!(found, expected, "{id}\n{}\n{shown}", example.text);
        }
    }
}

fn explained(arguments: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitsim"));
    let output = command.arg("explain").args(arguments).output().expect("the command");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code().expect("an exit code"))
}

#[test]
fn explain_tells_a_page_a_list_or_what_is_near() {
    let (page, _, code) = explained(&["SCN-010"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("SCN-010: a duration is not readable or out of range\n"), "{page}");
    for short in ["10", "scn-10", "010"] {
        assert_eq!(explained(&[short]), (page.clone(), String::new(), 0), "{short}");
    }
    let (list, _, code) = explained(&[]);
    assert_eq!(code, 0);
    for (id, meaning) in DIAGNOSTICS {
        assert!(list.contains(&format!("{id}  {meaning}\n")), "{list}");
    }
    let (nothing, complaint, code) = explained(&["SCN-017"]);
    assert_eq!((nothing.as_str(), code), ("", 1));
    for near in ["no diagnostic has the id `SCN-017`", "SCN-016  ", "SCN-018  "] {
        assert!(complaint.contains(near), "{complaint}");
    }
    let (_, complaint, code) = explained(&["BITS-STATE-001"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("bitsim rules BITS-STATE-001"), "{complaint}");
}
