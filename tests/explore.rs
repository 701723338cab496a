//! `bitsim explore`: the same seeds give the same bytes, planted bugs are found and become small
//! scenarios, shards add up to the whole, and an interruption keeps what was found.

#[path = "explore/bugs.rs"]
mod bugs;
mod command;

use command::{Given, bitsim, command, read, text_of};
use jsonschema::Validator;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `bitsim explore` with a report as JSON on stdout; nothing is written elsewhere than asked for.
fn explore(folder: &Path, arguments: &[&str]) -> Given {
    let found = text_of(&folder.join("found"));
    let all = [&["explore", "--save", &found, "--format", "json"][..], arguments].concat();
    bitsim(&all)
}

fn folder(name: &str) -> PathBuf {
    command::folder(&format!("explore/{name}"))
}

#[track_caller]
fn json(text: &str) -> Value {
    let value = serde_json::from_str(text).expect("JSON");
    let mistakes: Vec<String> =
        schema().iter_errors(&value).map(|mistake| mistake.to_string()).collect();
    assert_eq!(mistakes, Vec::<String>::new());
    value
}

fn schema() -> Validator {
    let text = read(Path::new("fixtures/schema/campaign.schema.json"));
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::validator_for(&schema).expect("the schema can be used")
}

#[test]
fn the_same_seeds_give_the_same_bytes_for_any_number_of_threads() {
    let folder = folder("threads");
    let one = explore(&folder, &["--seeds", "0..160", "--workers", "1"]);
    let many = explore(&folder, &["--seeds", "0..160", "--workers", "3"]);
    assert_eq!(one.code(0).stdout, many.stdout);
    let report = json(&one.stdout);
    assert_eq!(report["totals"]["stories"], 160);
    assert_eq!(report["strategies"].as_array().map(Vec::len), Some(4));
    for arm in report["strategies"].as_array().expect("a list") {
        let stories = arm["stories"].as_u64().expect("a number");
        assert!((38..=42).contains(&stories), "they take turns: {arm}");
    }
    let reached = report["reached"]["rules"].as_object().expect("a map").len();
    let never = report["never"]["rules"].as_array().expect("a list").len();
    assert!(reached > 100 && never > 0, "{reached} rules reached, {never} never");
    assert!(!folder.join("found").exists(), "nothing was found");
}

#[test]
fn what_holds_is_told_in_few_lines() {
    let folder = folder("quiet");
    let save = text_of(&folder.join("found"));
    let given = bitsim(&[
        "explore",
        "--seeds",
        "5..25",
        "--on",
        "do-legacy",
        "--strategy",
        "plain",
        "--save",
        &save,
    ]);
    given.code(0).says("PASS  nothing is broken; 20 stories, ").says("; seeds 5..25, ");
    given.says("\nreached ").says("\nnever   ").says("names: --verbose");
    assert_eq!(given.stdout.lines().count(), 4, "{}", given.stdout);
    assert_eq!(given.stderr, "");
    let named = bitsim(&["explore", "--seed", "7", "--on", "bits", "--save", &save, "-v"]);
    named.code(0).says("\nrules that no story gave a chance to fail\n  BITS-");
    named.says("\ncases that no story took\n  bits: Resume in ");
}

#[test]
fn scenarios_are_varied_too() {
    let folder = folder("around");
    let given = explore(&folder, &["scenarios/bits/error_count", "--seeds", "0..40"]);
    let report = json(&given.code(0).stdout);
    assert!(report["given"].as_u64() > Some(0));
    assert_eq!(report["strategies"][0]["name"], "around");
    assert!((15..=25).contains(&report["strategies"][0]["stories"].as_u64().expect("a number")));
    let odd = ["explore", "scenarios/bits/error_count", "--strategy", "plain"];
    bitsim(&odd).code(1).complains("the strategies are `around` and `guided`");
    bitsim(&["explore", "fixtures/cli/invalid"]).code(2).complains("is not valid");
    bitsim(&["explore", "no/such/folder"]).code(1).complains("no/such/folder");
}

#[test]
fn planted_bugs_are_found_and_become_small_scenarios() {
    for (name, rule) in [
        ("job-error-is-not-sent", "BITS-"),
        ("retry-skips-connecting", "BITS-"),
        ("legacy-jobs-begin-queued", "DO-"),
        ("retries-keep-the-error", "DOD-"),
    ] {
        let folder = folder(name);
        let limits = ["--seeds", "0..600", "--stop-after", "1", "--sabotage", name];
        let given = explore(&folder, &limits);
        let report = json(&given.code(4).stdout);
        given.complains("found   ");
        let finding = &report["findings"][0];
        let broken = finding["name"].as_str().expect("a name");
        assert!(broken.starts_with(rule), "{name} breaks {broken}");
        assert!(finding["steps"].as_u64() <= Some(8), "{name}: {finding}");
        let file = folder.join("found").join(finding["file"].as_str().expect("a file"));
        assert_eq!(Some(read(&file).as_str()), finding["scenario"].as_str());
        let file = text_of(&file);
        bitsim(&["check", &file]).code(0);
        bitsim(&["run", &file]).code(0);
        let again = bitsim(&["run", &file, "--sabotage", name]);
        again.code(4).says(broken).says(&format!("--sabotage {name}"));
    }
}

#[test]
fn what_is_found_is_told_with_rule_page_file_and_command() {
    let folder = folder("told");
    let save = text_of(&folder.join("found"));
    let report = text_of(&folder.join("report.json"));
    let given = bitsim(&[
        "explore",
        "--seeds",
        "0..600",
        "--stop-after",
        "1",
        "--sabotage",
        "legacy-jobs-begin-queued",
        "--save",
        &save,
        "-o",
        &report,
    ]);
    given.code(4).says("FAIL  DO-").says("  rule    ").says("  page    ").says("\n  because ");
    given.says(&format!("  file    {save}/")).says(&format!("  again   bitsim run {save}/"));
    given.says(" --sabotage legacy-jobs-begin-queued\n").says("FAIL  1 thing is broken; ");
    let kept = json(&read(Path::new(&report)));
    assert_eq!(kept["sabotage"], "legacy-jobs-begin-queued");
    assert_eq!(kept["ended"], "enough");
    // Merging a report with nothing else tells the same.
    let merged = bitsim(&["explore", "--merge", &report, "--format", "json"]);
    assert_eq!(merged.code(4).stdout, read(Path::new(&report)));
}

#[test]
fn shards_add_up_to_the_whole() {
    let folder = folder("shards");
    let found = text_of(&folder.join("whole"));
    let limits = [
        "--seeds",
        "0..90",
        "--strategy",
        "plain",
        "--strategy",
        "swarm",
        "--strategy",
        "order",
        "--sabotage",
        "retry-skips-connecting",
    ];
    let alone = [&["explore", "--format", "json", "--save", &found][..], &limits].concat();
    let alone = bitsim(&alone);
    let mut script = Command::new("sh");
    script.arg("fixtures/ci/explore_shards.sh").arg("2").arg(&folder).args(limits);
    script.env("BITSIM", env!("CARGO_BIN_EXE_bitsim")).current_dir(env!("CARGO_MANIFEST_DIR"));
    let parts = Given::of(script);
    parts.code(4).says("FAIL  1 thing is broken; 90 stories, ");
    assert_eq!(read(&folder.join("whole.json")), alone.code(4).stdout);
    json(&alone.stdout);
    let shard = |number: u32| text_of(&folder.join(format!("shard_{number}.json")));
    let (one, two) = (shard(1), shard(2));
    let turned = bitsim(&["explore", "--merge", &two, &one, "--format", "json"]);
    assert_eq!(turned.stdout, alone.stdout, "the order of the files does not matter");
    let twice = bitsim(&["explore", "--merge", &one, &two, &one]);
    twice.code(1).complains("would count twice").complains("shard 1/2");
    let half = json(&bitsim(&["explore", "--merge", &one, "--format", "json"]).stdout);
    assert_eq!(half["parts"][0]["shard"]["of"], 2);
}

#[test]
fn what_is_no_report_is_refused() {
    let folder = folder("reports");
    let path = folder.join("report.json");
    for (text, says) in [
        ("{}", "is no report of bitsim explore"),
        ("{\"format\": \"bitsim-results\", \"version\": 2}", "is no report of bitsim explore"),
        ("{\"format\": \"bitsim-campaign\", \"version\": 9}", "of version 9; this bitsim reads 1"),
    ] {
        std::fs::write(&path, text).expect("a file");
        bitsim(&["explore", "--merge", &text_of(&path)]).code(1).complains(says);
    }
    bitsim(&["explore", "--merge", "no/such.json"]).code(1).complains("cannot read");
    bitsim(&["explore", "--merge"]).code(1).complains("required");
}

#[test]
fn odd_limits_are_refused_with_a_reason() {
    for (arguments, says) in [
        (&["--seeds", "5..2"][..], "no seed is in 5..2"),
        (&["--seeds", "7"], "write 0..1000"),
        (&["--seeds", "7.."], "never ends; add --for 60s"),
        (&["--shard", "3/2"], "the shards are 1/2 to 2/2"),
        (&["--shard", "1"], "write 1/4"),
        (&["--for", "0"], "write a time as 60s"),
        (&["--for", "0s"], "no time"),
        (&["--strategy", "swram"], "did you mean `swarm`?"),
        (&["--strategy", "all"], "the strategies are `plain`"),
        (&["--strategy", "around"], "needs scenarios"),
        (&["--sabotage", "retry-skips-conecting"], "did you mean `retry-skips-connecting`?"),
        (&["--sabotage", "nonsense"], "bitsim rules ID"),
        (&["--sabotage", "retry-skips-connecting", "--on", "do-legacy"], "is a bug of bits"),
        (&["--on", "windows"], "the targets are"),
        (&["--workers", "0"], "--workers"),
        (&["--seed", "1", "--seeds", "0..2"], "cannot be used with"),
        (&["-o", "no/such/folder/x.json"], "there is no folder"),
    ] {
        let given = bitsim(&[&["explore"], arguments].concat());
        given.code(1).complains(says);
        assert_eq!(given.stdout, "", "{arguments:?}");
    }
}

#[test]
fn time_ends_it_after_whole_stories() {
    let folder = folder("time");
    let timed = explore(&folder, &["--for", "200ms", "--strategy", "swarm"]);
    let report = json(&timed.code(0).stdout);
    assert_eq!(report["ended"], "time_up");
    let to = report["parts"][0]["to"].as_u64().expect("a number");
    let again = explore(&folder, &["--seeds", &format!("0..{to}"), "--strategy", "swarm"]);
    let mut again = json(&again.stdout);
    again["ended"] = report["ended"].clone();
    assert_eq!(again, report, "the clock decides only where it ends");
}

#[cfg(unix)]
#[test]
fn an_interruption_keeps_what_was_found() {
    use std::io::{BufRead, BufReader, Read};
    let folder = folder("interrupted");
    let found = text_of(&folder.join("found"));
    let mut command = command(&[
        "explore",
        "--for",
        "60s",
        "--sabotage",
        "legacy-jobs-begin-queued",
        "--save",
        &found,
        "--format",
        "json",
    ]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut errors = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("a line");
    assert!(line.starts_with("found   DO-"), "{line}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let mut report = String::new();
    child.stdout.take().expect("stdout").read_to_string(&mut report).expect("UTF-8");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let report = json(&report);
    assert_eq!(report["ended"], "interrupted");
    let file = report["findings"][0]["file"].as_str().expect("a file");
    assert!(folder.join("found").join(file).is_file());
}
