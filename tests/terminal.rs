//! The command at a terminal: colours, narrow windows, odd paths, files from other editors.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A scenario whose check fails in line 12, at the number behind `error_count`.
const FAILS: &str = "\
scenario: a wrong expectation
run_on: [bits]
servers: {cdn.test: {}}
jobs:
  payroll:
    type: download
    files: [{url: \"https://cdn.test/payroll.cab\", size: 900 MiB}]
timeline:
  - {at: 0s, do: {resume: payroll}}
  - {at: 30s, fault: {disconnect: {for: 2m}}}
  - at: 1m
    expect: {job: payroll, state: TRANSIENT_ERROR, error_count: 7}
";

struct Given {
    code: Option<i32>,
    stdout: String,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitsim"));
    command.args(arguments).current_dir(folder).env_remove("NO_COLOR");
    command
}

fn given(mut command: Command) -> Given {
    let output = command.output().expect("the command can be started");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    Given { code: output.status.code(), stdout }
}

fn bitsim(folder: &Path, arguments: &[&str]) -> Given {
    given(command(folder, arguments))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let folder = folder("colours");
    std::fs::write(folder.join("x.yaml"), FAILS).expect("a file");
    let colored = |arguments: &[&str], no_color: Option<&str>| {
        let mut command = command(&folder, arguments);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        let given = given(command);
        assert_eq!(given.code, Some(4), "{}", given.stdout);
        given.stdout.contains('\u{1b}')
    };
    assert!(!colored(&["run", "x.yaml"], None), "a pipe is no terminal");
    assert!(!colored(&["run", "x.yaml", "--color", "never"], None));
    assert!(colored(&["run", "x.yaml", "--color", "always"], None));
    assert!(colored(&["--color=always", "run", "x.yaml"], Some("1")), "what is asked for wins");
    assert!(!colored(&["run", "x.yaml"], Some("")));
}

#[test]
fn pipes_have_their_full_width_whatever_the_environment_says() {
    let folder = folder("pipes");
    std::fs::write(folder.join("x.yaml"), FAILS).expect("a file");
    for arguments in [&["run", "x.yaml"][..], &["trace", "x.yaml"], &["--help"], &["run", "-h"]] {
        let plain = bitsim(&folder, arguments).stdout;
        let mut other = command(&folder, arguments);
        other.env("COLUMNS", "40").env("LINES", "10");
        let other = given(other).stdout;
        // The time that a suite takes is the only thing that differs from run to run.
        let timeless = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("FAIL  1 broken"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(timeless(&other), timeless(&plain), "{arguments:?}");
    }
}

#[test]
fn lines_to_paste_are_quoted_where_a_shell_needs_it() {
    let folder = folder("quoting");
    let names = [
        ("plain.yaml", "plain.yaml"),
        ("my file.yaml", "'my file.yaml'"),
        ("it's one.yaml", "\"it's one.yaml\""),
        ("a$b&c.yaml", "'a$b&c.yaml'"),
        ("(x),[y].yaml", "'(x),[y].yaml'"),
    ];
    for (name, quoted) in names {
        std::fs::write(folder.join(name), FAILS).expect("a file");
        let told = bitsim(&folder, &["run", name]);
        assert_eq!(told.code, Some(4), "{}", told.stdout);
        let line = |head: &str| {
            let line = told.stdout.lines().find_map(|line| line.trim().strip_prefix(head));
            line.unwrap_or_else(|| panic!("no {head} in\n{}", told.stdout)).trim().to_owned()
        };
        assert_eq!(line("again "), format!("bitsim run {quoted}"));
        assert!(line("look ").starts_with(&format!("bitsim trace {quoted} ")), "{}", line("look "));
        if cfg!(unix) {
            pasted(&folder, &line("again "), 4);
            pasted(&folder, &line("look "), 0);
        }
    }
}

/// Runs a line as sh does.
fn pasted(folder: &Path, line: &str, code: i32) {
    let binary = env!("CARGO_BIN_EXE_bitsim");
    let line = line.strip_prefix("bitsim ").expect("a command of bitsim");
    let mut sh = Command::new("sh");
    sh.arg("-c").arg(format!("'{binary}' {line}")).current_dir(folder);
    let output = sh.output().expect("sh");
    assert_eq!(output.status.code(), Some(code), "{line}");
}

#[test]
fn files_of_other_editors_run_and_are_pointed_at_rightly() {
    let folder = folder("line_ends");
    let windows = FAILS.replace('\n', "\r\n");
    let marked = format!("\u{feff}{FAILS}");
    let both = format!("\u{feff}{windows}");
    for (name, text) in [("crlf", windows), ("bom", marked), ("both", both)] {
        let file = format!("{name}.yaml");
        std::fs::write(folder.join(&file), &text).expect("a file");
        assert_eq!(bitsim(&folder, &["check", &file]).code, Some(0), "{name}");
        let told = bitsim(&folder, &["run", &file]);
        assert_eq!(told.code, Some(4), "{name}");
        let column = FAILS.lines().nth(11).and_then(|line| line.find('7')).expect("the check") + 1;
        assert!(told.stdout.contains(&format!("--> {file}:12:{column}\n")), "{}", told.stdout);
        let lines: Vec<&str> = told.stdout.lines().collect();
        let source = lines.iter().position(|line| line.starts_with("12 |")).expect("the line");
        let mark = lines[source + 1].find('^').expect("a mark");
        assert_eq!(lines[source].as_bytes().get(mark), Some(&b'7'), "{}", told.stdout);
        assert!(!told.stdout.contains('\r'), "{}", told.stdout);
        // A mistake in the first line, beside the mark.
        let wrong = text.replace("scenario:", "scenari0:");
        std::fs::write(folder.join(&file), wrong).expect("a file");
        let told = bitsim(&folder, &["check", &file]);
        assert_eq!(told.code, Some(2), "{name}");
        assert!(told.stdout.contains(&format!("--> {file}:1:1\n")), "{}", told.stdout);
    }
}

/// What the command writes to a terminal of so many columns.
#[cfg(target_os = "linux")]
fn at_a_terminal(folder: &Path, columns: usize, arguments: &str) -> String {
    let binary = env!("CARGO_BIN_EXE_bitsim");
    let line = format!("stty cols {columns} rows 40; '{binary}' {arguments}");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(folder).env_remove("NO_COLOR");
    script.env("COLUMNS", "33");
    let output = script.stdin(std::process::Stdio::null()).output().expect("script");
    String::from_utf8(output.stdout).expect("UTF-8").replace("\r\n", "\n")
}

/// The text without what sets colours.
#[cfg(target_os = "linux")]
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest);
    }
    out
}

#[cfg(target_os = "linux")]
#[test]
fn a_narrow_terminal_shows_everything_on_shorter_lines() {
    let folder = folder("narrow");
    std::fs::write(folder.join("x.yaml"), FAILS).expect("a file");
    let words = |text: &str| {
        text.split_whitespace().filter(|word| *word != "|").map(str::to_owned).collect::<Vec<_>>()
    };
    for arguments in ["trace x.yaml", "run x.yaml", "rules BITS-ERROR-005", "--help", "run --help"]
    {
        let list: Vec<&str> = arguments.split(' ').collect();
        let whole = bitsim(&folder, &list).stdout;
        let text = plain(&at_a_terminal(&folder, 60, arguments));
        let text = text.split("this run failed").next().unwrap_or_default();
        // A single word, such as an address, is left to the terminal to break.
        let wrapped = text.lines().filter(|line| line.trim().contains(' '));
        let longest = wrapped.map(|line| line.chars().count()).max();
        assert!(longest <= Some(60) && longest > Some(40), "{arguments}: {longest:?}\n{text}");
        if arguments.starts_with("trace") || arguments.starts_with("rules") {
            assert_eq!(words(text), words(&whole), "{arguments}\n{text}");
        }
    }
    // The mark is under what it marks, and its words are there.
    let text = plain(&at_a_terminal(&folder, 60, "run x.yaml"));
    let lines: Vec<&str> = text.lines().collect();
    let source = lines.iter().position(|line| line.starts_with("12 |")).expect("the line");
    let mark = lines[source + 1].find('^').expect("a mark");
    assert_eq!(lines[source].as_bytes().get(mark), Some(&b'7'), "{text}");
    let wide = plain(&at_a_terminal(&folder, 200, "trace x.yaml"));
    let wide = wide.split("this run failed").next().unwrap_or_default();
    assert_eq!(wide, bitsim(&folder, &["trace", "x.yaml"]).stdout, "no wider than a file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_colours_and_what_is_for_programs_is_never_wrapped() {
    let folder = folder("terminal");
    std::fs::write(folder.join("x.yaml"), FAILS).expect("a file");
    assert!(at_a_terminal(&folder, 80, "run x.yaml").contains("\u{1b}["));
    assert!(!at_a_terminal(&folder, 80, "run x.yaml --color never").contains('\u{1b}'));
    std::fs::write(folder.join("y.yaml"), FAILS.replace("for: 2m", "for: 3m")).expect("a file");
    for (name, record) in [("x.yaml", "old.json"), ("y.yaml", "new.json")] {
        std::fs::copy(folder.join(name), folder.join("z.yaml")).expect("a file");
        assert_eq!(bitsim(&folder, &["run", "z.yaml", "--record", record]).code, Some(4));
    }
    let both = FAILS.replace("[bits]", "[bits, bits@1.5]");
    let both =
        both.replace("a wrong", "a title that does not fit on a narrow terminal and a wrong");
    std::fs::write(folder.join("both.yaml"), both).expect("a file");
    for form in [
        "trace x.yaml --as mermaid",
        "trace x.yaml --as=json",
        "run x.yaml --junit -",
        "run x.yaml --tap -",
        "run x.yaml --record -",
        "run x.yaml --summary -",
        "run x.yaml --html -",
        "run x.yaml --format json",
        "changes old.json new.json --as markdown",
        "changes old.json new.json --as json",
        "diff both.yaml --as json",
        "rules BITS-ERRCOUNT-004 --as markdown",
        "schema",
        "schema --as markdown",
        "completions bash",
        "man",
    ] {
        let piped = bitsim(&folder, &form.split(' ').collect::<Vec<_>>()).stdout;
        assert!(piped.lines().any(|line| line.chars().count() > 60), "{form} has long lines");
        let text = at_a_terminal(&folder, 60, &format!("{form} 2> /dev/null"));
        assert!(text == piped, "{form}\n{text}");
    }
    let wrapped = at_a_terminal(&folder, 60, "changes old.json new.json");
    assert_ne!(wrapped, bitsim(&folder, &["changes", "old.json", "new.json"]).stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_is_no_obstacle() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder("no_text");
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(b"x\xff.yaml")), FAILS).expect("a file");
    let text = plain(&at_a_terminal(&folder, 60, "run \"$(printf 'x\\377.yaml')\""));
    assert!(text.contains("FAIL  1 broken, 0 held"), "{text}");
    let text = at_a_terminal(&folder, 60, "run \"$(printf 'x\\377.yaml')\" --no-such-option");
    assert!(text.contains("--no-such-option") && !text.contains("panicked"), "{text}");
}
