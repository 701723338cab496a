//! The command as people and programs use it: exit codes, key lines, and where they go.

mod command;

use command::{bitsim, command, folder};
use serde_yaml::Value;
use std::io::Read;
use std::process::Stdio;

/// JSON is YAML, too.
fn json(text: &str) -> Value {
    serde_yaml::from_str(text).expect("JSON")
}

const HELD: &str = "fixtures/cli/held";
const BROKEN: &str = "fixtures/cli/broken/wrong_expectation.yaml";
const INVALID: &str = "fixtures/cli/invalid";

#[test]
fn what_holds_is_told_in_two_lines() {
    let given = bitsim(&["run", HELD]);
    given.code(0).says("PASS  1 scenario, 2 runs, ").says("\nrules  ").says(" held");
    assert_eq!(given.stdout.lines().count(), 2, "{}", given.stdout);
    assert_eq!(given.stderr, "");
}

#[test]
fn an_unmet_expectation_points_into_the_file_and_shows_what_happened() {
    let given = bitsim(&["run", BROKEN]);
    given
        .code(4)
        .says("FAIL  wrong_expectation   seed 0   ")
        .says("--> fixtures/cli/broken/wrong_expectation.yaml:19:65\n")
        .says("17 |     fault: {disconnect: {for: 2m}}\n")
        .says("in force from 00:00:30 to 00:02:30\n")
        .says("^ expected 1, the trace says 0\n")
        .says("payroll, events ")
        .says("TRANSFERRING -> TRANSIENT_ERROR       0  BG_E_NETWORK_DISCONNECTED\n")
        .says("  >> ")
        .says("again   bitsim run fixtures/cli/broken/wrong_expectation.yaml\n")
        .says("FAIL  1 broken, 0 held; 1 scenario, 1 run, ");
}

#[test]
fn the_lines_to_paste_can_be_pasted() {
    let given = bitsim(&["run", BROKEN]);
    let line = |name: &str| {
        let line = given.stdout.lines().find_map(|line| line.trim().strip_prefix(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in\n{}", given.stdout));
        line.trim().strip_prefix("bitsim ").expect("a command of bitsim").to_owned()
    };
    for (name, code) in [("again ", 4), ("look ", 0)] {
        let line = line(name);
        let words: Vec<&str> = line.split(' ').map(|word| word.trim_matches('\'')).collect();
        bitsim(&words).code(code);
    }
}

#[test]
fn every_mistake_is_told_and_nothing_is_run() {
    let given = bitsim(&["run", INVALID, HELD]);
    given
        .code(2)
        .says("unknown field `minimum_retry_dealy`")
        .says("minimum_retry_delay")
        .says("--> fixtures/cli/invalid/job.yaml:15:18\n")
        .says("\n2 errors in 2 files; nothing was run\n")
        .silent_about("PASS");
    bitsim(&["check", INVALID]).code(2).says("\n2 scenarios, 2 errors in 2 files\n");
    bitsim(&["check", HELD]).code(0).says("1 scenario, no mistakes\n");
    bitsim(&["trace", "fixtures/cli/invalid/job.yaml"]).code(2).says("1 error in 1 file");
}

#[test]
fn a_run_that_does_not_settle_is_no_success() {
    let given = bitsim(&["run", "fixtures/cli/unsettled"]);
    given.code(4).says("FAIL  1 not settled, 0 held; ");
    let records = json(&bitsim(&["run", "fixtures/cli/unsettled", "--format", "json"]).stdout);
    assert_eq!(records["runs"][0]["outcome"], "unsettled");
}

#[test]
fn a_wrong_command_line_is_exit_1() {
    bitsim(&["run", "--frobnicate"]).code(1).complains("--frobnicate");
    bitsim(&["run", "--on", "bits@9.9"]).code(1).complains("bits@9.9").complains("10.3");
    bitsim(&["run", "no/such/path"]).code(1).complains("cannot read `no/such/path`");
    bitsim(&["run", HELD, "-f", "zebra"]).code(1).complains("`zebra` in its name");
    bitsim(&["run", BROKEN, "--on", "bits@1.5"]).code(1).complains("runs on bits@1.5");
    bitsim(&["trace", "zebra"]).code(1).complains("zebra");
    bitsim(&["trace", BROKEN, "--until", "soon"]).code(1).complains("25m");
    bitsim(&["trace", BROKEN, "--job", "zebra"]).code(1).complains("there is payroll");
    bitsim(&["trace", BROKEN, "--on", "bits@1.5"]).code(1).complains("runs on bits only");
    bitsim(&["rules", "BITS-ERRCOUNT-99"]).code(1).complains("BITS-ERRCOUNT-001");
    let empty = folder("empty");
    let empty = empty.to_string_lossy();
    bitsim(&["run", &empty]).code(1).complains("there is no scenario (*.yaml) under");
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let given = bitsim(arguments);
        given.code(0).says("bitsim");
        assert_eq!(given.stderr, "");
    }
}

#[test]
fn a_file_that_can_be_no_scenario_is_refused_by_its_size() {
    let folder = folder("huge");
    let path = folder.join("huge.yaml");
    let file = std::fs::File::create(&path).expect("a file for the test");
    file.set_len(100 << 20).expect("a large file");
    let path = path.to_string_lossy();
    bitsim(&["run", &path])
        .code(2)
        .says("the file has 104857600 bytes, and a scenario has at most");
    let bytes = folder.join("bytes.yaml");
    std::fs::write(&bytes, b"scenario: \xFF\xFE").expect("a file for the test");
    bitsim(&["check", &bytes.to_string_lossy()]).code(2).says("1 error in 1 file");
}

#[test]
fn programs_get_json_with_a_version() {
    let given = bitsim(&["run", HELD, "--format", "json"]);
    let whole = json(&given.code(0).stdout);
    assert_eq!(whole["version"], 2);
    let runs = whole["runs"].as_sequence().expect("a list");
    let names: Vec<_> = runs.iter().filter_map(|entry| entry["name"].as_str()).collect();
    assert_eq!(names, ["small", "small@1.5"]);
    assert_eq!(runs[1]["target"], "bits@1.5");
    assert_eq!(runs[0]["outcome"], "held");
    assert_eq!(runs[0]["seed"], 0);
    assert!(runs[0]["events"].as_u64().is_some_and(|events| events > 10));
    let rules = whole["rules"].as_sequence().expect("a list");
    let rule = rules.iter().find(|rule| rule["id"] == "BITS-STATE-002").expect("the rule");
    assert_eq!(rule["outcome"], "held");
    let given = bitsim(&["run", INVALID, "--format", "json"]);
    given.code(2).complains("fixtures/cli/invalid/job.yaml");
    assert_eq!(given.stdout, "", "what is no JSON stays out of the way of programs");
}

#[test]
fn a_pull_request_gets_annotations() {
    bitsim(&["run", BROKEN, "--format", "github"])
        .code(4)
        .says("::error file=fixtures/cli/broken/wrong_expectation.yaml,line=19,col=65,title=");
    bitsim(&["run", INVALID, "--format", "github"])
        .code(2)
        .says("::error file=fixtures/cli/invalid/job.yaml,line=15,col=18,title=SCN-");
}

#[test]
fn filters_and_targets_choose_runs() {
    bitsim(&["run", HELD, "-f", "small@1.5"]).code(0).says("1 run, ");
    bitsim(&["run", HELD, "--on", "bits"]).code(0).says("1 run, ");
    bitsim(&["run", HELD, "--on", "bits", "--seed", "7", "--format", "json"])
        .code(0)
        .says("\"seed\": 7");
}

#[test]
fn a_trace_is_a_story_of_at_most_a_hundred_columns() {
    let path = "fixtures/cli/held/small.yaml";
    let given = bitsim(&["trace", path]);
    given
        .code(0)
        .says("small   target bits   seed 0   settled 00:00:0")
        .says("  #  time          who")
        .says("SUSPENDED -> QUEUED                   0  -             Resume\n")
        .says("step 0s\n");
    let wide = given.stdout.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    assert_eq!(bitsim(&["trace", path]).stdout, given.stdout);
    let short = bitsim(&["trace", path, "--until", "#3"]);
    short.code(0).silent_about("SUSPENDED -> QUEUED").says(" shown\n");
    bitsim(&["trace", path, "--until", "0s", "--job", "letter"]).code(0).says("Resume = S_OK");
    let moment = bitsim(&["trace", path, "--until", "1s"]);
    moment.code(0).says("\nAt 00:00:01.000, after #").says("GetProgress = S_OK ").says("  next  ");
    bitsim(&["trace", path, "--on", "bits@1.5"]).code(0).says("small@1.5   target bits@1.5");
    bitsim(&["trace", BROKEN]).code(0).complains("this run failed");
}

#[test]
fn the_rule_book_can_be_asked() {
    bitsim(&["rules", "BITS-ERRCOUNT-004"])
        .code(0)
        .says("BITS-ERRCOUNT-004   invariant   BITS, all versions   stated\n")
        .says("  page       IBackgroundCopyJob::GetErrorCount\n")
        .says(
            "learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterrorcount",
        );
    let list = bitsim(&["rules", "bits-errcount"]);
    assert_eq!(list.code(0).stdout.lines().count(), 14);
    bitsim(&["rules"]).code(0).says("BITS-ERRCOUNT").says("761 rules, ").says("the error count");
    bitsim(&["rules", "LOGOFF"]).code(0).says("12 rules speak of it:\n\nBITS-USER-002 ");
    bitsim(&["rules", "timeout"]).code(0).says("\nand 10 more; ");
    bitsim(&["rules", "error", "count", "disconnect"]).code(0).says("BITS-ERRCOUNT-004 ");
    bitsim(&["rules", "zebra"])
        .code(1)
        .complains("no rule speaks of `zebra`")
        .complains("DOD-STATE ");
    bitsim(&["rules", "--matrix"]).code(0).says("Resume\n").says("BG_E_EMPTY");
    let given = bitsim(&["rules", "--as", "json", "--in", HELD]);
    let records = json(&given.code(0).stdout);
    let records = records.as_sequence().expect("a list");
    assert_eq!(records.len(), 761);
    let record = records.iter().find(|record| record["id"] == "BITS-STATE-002").expect("the rule");
    assert_eq!(record["checked"], true);
    assert_eq!(record["scenarios"], 2);
    assert_eq!(record["service"], "bits");
    let given = bitsim(&["rules", "BITS-STATE", "--uncovered", "--in", HELD]);
    given.code(0).says("checked but not exercised").silent_about("BITS-STATE-002");
    bitsim(&["rules", "BITS-STATE", "--as", "markdown", "--in", HELD]).code(0).says("| rule |");
}

#[test]
fn each_service_has_its_table() {
    let legacy = bitsim(&["rules", "--matrix", "do-legacy"]);
    legacy.code(0).says("CONNECTING: never reported\n").says("DO_E_JOB_EMPTY");
    let download = bitsim(&["rules", "--matrix", "do-download", "--as", "markdown"]);
    download.code(0).says("[*] --> Created: CreateDownload\n").says("Paused_transient");
    bitsim(&["rules", "--matrix", "zebra"]).code(1).complains("`do-download`");
    let bits = bitsim(&["rules", "--matrix"]);
    assert_eq!(bits.stdout, bitsim(&["rules", "--matrix", "bits"]).stdout);
}

#[test]
fn rules_of_delivery_optimization_are_found_like_others() {
    bitsim(&["rules", "DO-ERROR-008", "--in", HELD])
        .code(0)
        .says("DO-ERROR-008   ")
        .says("   Delivery Optimization (do-legacy), ")
        .says("  page       ");
    let given = bitsim(&["rules", "--as", "json", "--in", HELD]);
    let records = json(&given.code(0).stdout);
    let record = |id: &str| {
        let records = records.as_sequence().expect("a list");
        records.iter().find(|record| record["id"] == id).cloned().expect("the rule")
    };
    assert_eq!(record("BITS-ERROR-020")["service"], "do-legacy");
    assert_eq!(record("BITS-ERROR-020")["scenarios"], 0, "runs of BITS do not cover it");
    assert_eq!(record("DOD-STATE-001")["service"], "do-download");
}

#[test]
fn two_targets_are_shown_side_by_side() {
    let path = "fixtures/cli/held/small.yaml";
    let given = bitsim(&["diff", path, "--on", "bits", "--on", "bits@1.5"]);
    given.code(0).says("on bits, bits@1.5   seed 0\n").says("no difference: ").says("at the end\n");
    assert_eq!(bitsim(&["diff", path]).stdout, given.stdout, "it has no other targets");
    let whole = json(&bitsim(&["diff", path, "--as", "json"]).code(0).stdout);
    assert_eq!(whole["schema"], "bitsim-diff");
    assert_eq!(whole["version"], 1);
    assert_eq!(whole["agree"], true);
    bitsim(&["diff", path, "--on", "bits"]).code(2).complains("two or three");
    bitsim(&["diff", path, "--on", "bits", "--on", "do-legacy"]).code(2).complains("`run_on:`");
    bitsim(&["diff", path, "--on", "bits@9.9"]).code(2).complains("10.3");
    bitsim(&["diff", "zebra"]).code(2).complains("zebra");
    bitsim(&["diff", "fixtures/cli/invalid/job.yaml"]).code(2).says("1 error in 1 file");
}

#[test]
fn colours_are_a_choice() {
    for (arguments, colored) in [
        (&["run", HELD, "--color", "always"][..], true),
        (&["run", HELD, "--color", "never"], false),
        (&["run", HELD], false),
    ] {
        let given = bitsim(arguments);
        assert_eq!(given.code(0).stdout.contains('\u{1b}'), colored, "{arguments:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let mut child = command(&["rules", "--as", "json", "--in", HELD])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command can be started");
    let mut few = [0; 64];
    let mut stdout = child.stdout.take().expect("its output");
    stdout.read_exact(&mut few).expect("some output");
    drop(stdout);
    let output = child.wait_with_output().expect("its end");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr, "");
}
