//! `bitsim trace --as`: every form on stdout and in files.

use std::path::{Path, PathBuf};
use std::process::Command;

const HELD: &str = "scenarios/bits/error_count/pulled_cable_is_free.yaml";
const BROKEN: &str = "fixtures/cli/broken/wrong_expectation.yaml";

/// Exit code, stdout, stderr.
fn trace(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitsim"));
    command.arg("trace").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().expect("the command can be started");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn shown(arguments: &[&str]) -> String {
    let (code, text, errors) = trace(arguments);
    assert_eq!(code, Some(0), "{errors}");
    text
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

const BEGINNINGS: [(&str, &str); 5] = [
    ("text", "bits::error_count::pulled_cable_is_free   target bits"),
    ("mermaid", "sequenceDiagram\n    title bits::error_count::pulled_cable_is_free on bits"),
    ("perfetto", "{\n  \"traceEvents\": ["),
    ("json", "{\n  \"version\": 1,"),
    ("html", "<!doctype html>"),
];

#[test]
fn every_form_goes_to_stdout_and_into_files_byte_for_byte() {
    let folder = folder("forms");
    for (form, beginning) in BEGINNINGS {
        let text = shown(&[HELD, "--as", form]);
        let start: String = text.chars().take(beginning.len()).collect();
        assert_eq!(start.to_lowercase(), beginning.to_lowercase(), "{form}");
        assert_eq!(shown(&[HELD, "--as", form, "-o", "-"]), text, "{form}");
        let file = folder.join(form);
        std::fs::write(&file, "what was there before").expect("a file");
        let path = file.to_string_lossy();
        assert_eq!(shown(&[HELD, "--as", form, "--output", &path]), "", "{form}");
        assert_eq!(std::fs::read_to_string(&file).expect("the file"), text, "{form}");
    }
    let left = std::fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(left, BEGINNINGS.len(), "nothing half written stays");
}

#[test]
fn a_broken_run_is_shown_and_says_so() {
    for (form, _) in BEGINNINGS {
        let (code, text, errors) = trace(&[BROKEN, "--as", form]);
        assert_eq!(code, Some(0), "{form}: {errors}");
        assert!(errors.starts_with("this run failed; the reasons: bitsim run "), "{errors}");
        assert!(!text.is_empty(), "{form}");
    }
    let picture = json(&trace(&[BROKEN, "--as", "json"]).1);
    assert_eq!(picture["outcome"], "broken");
    assert_eq!(picture["failures"][0]["line"], 19);
}

#[test]
fn until_and_job_cut_every_form() {
    let whole = json(&shown(&[HELD, "--as", "json"]));
    let part = json(&shown(&[HELD, "--as", "json", "--until", "25m"]));
    assert_eq!((&part["end"], &part["ended_at"]), (&"cut".into(), &15_000_000_000_u64.into()));
    let count = |picture: &serde_json::Value| picture["events"].as_array().map_or(0, Vec::len);
    assert!(count(&part) > 10 && count(&part) < count(&whole));
    for (form, _) in BEGINNINGS {
        let whole = shown(&[HELD, "--as", form]);
        let part = shown(&[HELD, "--as", form, "--until", "#12", "--job", "payroll"]);
        assert!(part.len() < whole.len(), "{form}");
    }
    let (code, _, errors) = trace(&[HELD, "--as", "json", "--job", "nobody"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("there is no job `nobody`; there is payroll"), "{errors}");
}

#[test]
fn the_name_of_a_file_says_its_form() {
    let folder = folder("endings");
    for (name, form) in
        [("x.html", "html"), ("x.json", "json"), ("x.mmd", "mermaid"), ("x.txt", "text")]
    {
        let file = folder.join(name);
        shown(&[HELD, "-o", &file.to_string_lossy()]);
        let text = std::fs::read_to_string(&file).expect("the file");
        assert_eq!(text, shown(&[HELD, "--as", form]), "{name}");
    }
    let file = folder.join("asked.json");
    shown(&[HELD, "--as", "perfetto", "-o", &file.to_string_lossy()]);
    assert!(std::fs::read_to_string(file).expect("the file").contains("traceEvents"));
}

#[test]
fn what_may_mean_two_things_is_refused() {
    for (arguments, complaint) in [
        ([HELD, "--until", "25"], "write 25m or '#25'"),
        ([HELD, "--until", "soon"], "an event as '#21'"),
        (
            ["fixtures/cli/held", "--as", "text"],
            "`fixtures/cli/held` is a folder; name one scenario",
        ),
    ] {
        let (code, text, errors) = trace(&arguments);
        assert_eq!((code, text.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(errors.contains(complaint), "{errors}");
    }
    assert!(shown(&["--help"]).contains("00:25:00, '#21'"));
}

#[test]
fn what_cannot_be_written_or_drawn_is_refused() {
    let (code, text, errors) = trace(&[HELD, "--as", "json", "-o", "no/such/folder/x.json"]);
    assert_eq!((code, text.as_str()), (Some(1), ""));
    assert!(errors.contains("cannot write `no/such/folder/x.json`"), "{errors}");
    let (code, _, errors) = trace(&[HELD, "--as", "svg"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("mermaid, perfetto, json, html"), "{errors}");
}
