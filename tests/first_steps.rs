//! What somebody meets first: help, a first scenario, completions, the manual.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SUBCOMMANDS: [&str; 12] = [
    "new",
    "check",
    "run",
    "trace",
    "diff",
    "changes",
    "explore",
    "rules",
    "explain",
    "schema",
    "completions",
    "man",
];

/// What `bitsim new` can write a scenario for.
const TARGETS: [&str; 5] = ["bits", "bits@1.5", "do-legacy", "do-download", "do-download@agent"];

fn bitsim(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitsim"));
    command.args(arguments).current_dir(folder).env_remove("NO_COLOR");
    command.output().expect("the command can be started")
}

/// The standard output of a command that ends like this.
#[track_caller]
fn said(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = bitsim(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}\n{errors}");
    if code == 1 { errors } else { text }
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

#[test]
fn help_lists_the_subcommands_in_the_order_of_need_one_line_each() {
    let help = said(Path::new("."), &["--help"], 0);
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let list: Vec<&str> = list.expect("a list").lines().collect();
    let names: Vec<&str> = list.iter().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names[..SUBCOMMANDS.len()], SUBCOMMANDS);
    assert_eq!(names[SUBCOMMANDS.len()..], ["help"]);
    for line in list {
        assert!(line.len() <= 80, "{line}");
    }
    for name in SUBCOMMANDS {
        let help = said(Path::new("."), &[name, "--help"], 0);
        let longest = help.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{name}: {longest:?}");
    }
}

#[test]
fn a_first_scenario_runs_green_without_a_warning() {
    let folder = folder("first_scenario");
    for target in TARGETS {
        let name = format!("first/{}", target.replace(['@', '.'], "_"));
        let told = said(&folder, &["new", &name, "--on", target], 0);
        let path = format!("scenarios/{name}.yaml");
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 2, "{told}");
        assert!(lines[0].starts_with(&format!("edit    {path}   (fault: line ")), "{told}");
        assert_eq!(lines[1], format!("run     bitsim run {path}"));

        let text = std::fs::read_to_string(folder.join(&path)).expect("the scenario");
        assert!(text.lines().all(|line| line.chars().count() <= 100 && line.is_ascii()));
        assert!(text.contains(&format!("\nrun_on: [{target}]\n")), "{text}");
        let number = |name: &str| -> usize {
            let after = told.split(&format!("{name}: line ")).nth(1).expect("a line");
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().expect("a number")
        };
        let line = |index: usize| text.lines().nth(index - 1).unwrap_or_default();
        assert!(line(number("fault")).trim_start().starts_with("fault:"), "{told}");
        assert!(line(number("check")).trim_start().starts_with("expect:"), "{told}");

        let checked = said(&folder, &["check", &path], 0);
        assert_eq!(checked, "1 scenario, no mistakes\n", "{target}");
        let ran = said(&folder, &["run", &path], 0);
        assert!(ran.starts_with("PASS  1 scenario, 1 run, "), "{target}: {ran}");
    }
}

#[test]
fn the_check_of_a_first_scenario_can_fail() {
    let folder = folder("first_scenario_fails");
    for target in TARGETS {
        said(&folder, &["new", "first", "--on", target], 0);
        let path = folder.join("scenarios/first.yaml");
        let text = std::fs::read_to_string(&path).expect("the scenario");
        let (at, code) =
            ["BG_E_HTTP_ERROR_503", "BG_E_HTTP_ERROR_403", "DO_E_BLOCKED_BY_NO_NETWORK"]
                .iter()
                .find_map(|code| text.rfind(code).map(|at| (at, *code)))
                .expect("an error code");
        let wrong = format!("{}BG_E_HTTP_ERROR_410{}", &text[..at], &text[at + code.len()..]);
        std::fs::write(&path, wrong).expect("a file");
        let told = said(&folder, &["run", "scenarios/first.yaml"], 4);
        assert!(told.contains("BG_E_HTTP_ERROR_410") && told.contains(code), "{told}");
        std::fs::remove_file(&path).expect("a file");
    }
}

#[test]
fn nothing_is_overwritten_and_odd_names_get_advice() {
    let folder = folder("names");
    said(&folder, &["new", "a/b"], 0);
    let before = std::fs::read(folder.join("scenarios/a/b.yaml")).expect("the scenario");
    for again in ["a/b", "a/b.yaml", "scenarios/a/b.yaml"] {
        let told = said(&folder, &["new", again, "--on", "do-legacy"], 1);
        assert!(told.contains("`scenarios/a/b.yaml` exists already"), "{told}");
    }
    assert_eq!(std::fs::read(folder.join("scenarios/a/b.yaml")).expect("a file"), before);
    let told = said(&folder, &["new", "My first test"], 1);
    assert!(told.contains("`My first test` cannot name a scenario"), "{told}");
    assert!(told.contains("for example: bitsim new my_first_test"), "{told}");
    for odd in ["", "..", "../x", "a//b", "x;y"] {
        said(&folder, &["new", odd], 1);
    }
    let told = said(&folder, &["new", "c", "--dir", "my tests"], 0);
    assert!(told.ends_with("bitsim run 'my tests/c.yaml'\n"), "{told}");
    assert!(!folder.join("x.yaml").exists());
}

#[test]
fn the_first_line_names_the_schema_where_there_is_one() {
    // A schema is looked for in the folders above, too, so the folder must not lie in this project.
    let folder = std::env::temp_dir().join(format!("bitsim-modeline-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    said(&folder, &["new", "without"], 0);
    let first = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).expect("the scenario");
        text.lines().next().unwrap_or_default().to_owned()
    };
    assert!(first("scenarios/without.yaml").contains("bitsim schema -o scenario.schema.json"));
    let schema = folder.join("fixtures/schema");
    std::fs::create_dir_all(&schema).expect("a folder");
    std::fs::write(schema.join("scenario.schema.json"), "{}").expect("a file");
    said(&folder, &["new", "a/with"], 0);
    let modeline =
        "# yaml-language-server: $schema=../../fixtures/schema/scenario.schema.json".to_owned();
    assert_eq!(first("scenarios/a/with.yaml"), modeline);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn every_shell_can_complete_every_subcommand() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = said(Path::new("."), &["completions", shell], 0);
        for name in SUBCOMMANDS {
            assert!(script.contains(name), "{shell}: {name}");
        }
        assert!(script.contains("--until") || script.contains("until"), "{shell}");
    }
    let told = said(Path::new("."), &["completions", "csh"], 1);
    assert!(told.contains("csh") && told.contains("fish"), "{told}");
}

#[cfg(unix)]
#[test]
fn bash_can_read_its_completions() {
    use std::io::Write;
    let script = said(Path::new("."), &["completions", "bash"], 0);
    let mut bash = Command::new("bash");
    let mut bash = bash.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped());
    bash = bash.stdout(Stdio::null());
    let mut child = bash.spawn().expect("bash");
    child.stdin.take().expect("stdin").write_all(script.as_bytes()).expect("a reader");
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_manual_covers_every_subcommand_and_the_exit_codes() {
    let page = said(Path::new("."), &["man"], 0);
    assert!(page.contains(".TH bitsim 1"), "{page}");
    for name in SUBCOMMANDS {
        assert!(page.contains(&format!(".SH \"BITSIM {}\"\n", name.to_uppercase())), "{name}");
    }
    assert!(page.contains("a rule or an expectation was broken"), "{page}");
    let folder = folder("manual");
    assert_eq!(said(&folder, &["man", "--dir", "pages"], 0), "");
    for name in SUBCOMMANDS {
        let page = std::fs::read_to_string(folder.join(format!("pages/bitsim-{name}.1")));
        assert!(page.is_ok_and(|page| page.contains(&format!("bitsim\\-{name}"))), "{name}");
    }
    assert!(folder.join("pages/bitsim.1").is_file());
}
