//! `bitsim check`: every lint speaks when it should and is silent about the nearest harmless
//! story; `--fix` changes what is beyond doubt and nothing else.

mod command;

use command::Given;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn check(arguments: &[&str]) -> Given {
    command::bitsim(&[&["check"], arguments].concat())
}

/// The folder of a test has a space in its name.
fn folder(name: &str) -> PathBuf {
    command::folder(&format!("check {name}"))
}

fn file(folder: &Path, name: &str, text: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file for the test");
    path.to_string_lossy().into_owned()
}

/// What is wrong with a report, as its schema sees it.
fn problems(report: &Value) -> Vec<String> {
    let schema = command::read(Path::new("fixtures/schema/check.schema.json"));
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::draft7::new(&schema).expect("a schema of draft 7");
    validator.iter_errors(report).map(|error| error.to_string()).collect()
}

/// A report as JSON, which is as its schema says.
#[track_caller]
fn report(text: &str) -> Value {
    let report = serde_json::from_str(text).expect("JSON");
    assert_eq!(problems(&report), Vec::<String>::new());
    report
}

/// A scenario that nothing is to be said about, with `from` replaced by `to`.
fn with(edits: &[(&str, &str)]) -> String {
    const GOOD: &str = "\
scenario: a download, disturbed
run_on: [bits]
rules: [BITS-STATE-001]
servers:
  cdn.test: {bandwidth: 1 MiB/s}
jobs:
  payroll:
    type: download
    files: [{url: 'https://cdn.test/payroll.cab', size: 60 MiB}]
timeline:
  - at: 0s
    do: {resume: payroll}
  - at: 10s
    fault: {disconnect: {for: 5s}}
  - at: 30s
    expect: {job: payroll, state: TRANSFERRING}
finally:
  - {job: payroll, state: TRANSFERRED}
";
    edits.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// The diagnostics of a scenario, with its runs: `(id, line)`.
fn found(text: &str) -> Vec<(&'static str, u32)> {
    let scenario = match bitsim::scenario::load("x.yaml", text.as_bytes()) {
        Ok(scenario) => scenario,
        Err(mistakes) => return mistakes.iter().map(|one| (one.id, one.place.line)).collect(),
    };
    let plans = scenario.targets().iter().filter_map(|target| bitsim::plan(&scenario, *target));
    let played: Vec<_> = plans
        .map(|plan| {
            let run = bitsim::replay::play(&plan);
            (plan, run)
        })
        .collect();
    let lints = bitsim::replay::lint::lint(&played);
    let mut all: Vec<_> =
        scenario.warnings().iter().chain(&lints).map(|one| (one.id, one.place.line)).collect();
    all.sort_unstable();
    all
}

const TYPE: &str = "    type: download\n";
const RULES: &str = "rules: [BITS-STATE-001]";

#[test]
fn nothing_is_said_of_a_good_scenario() {
    assert_eq!(found(&with(&[])), []);
}

#[test]
fn a_delay_that_the_service_makes_longer() {
    let short = (TYPE, "    type: download\n    minimum_retry_delay: 4s\n");
    assert_eq!(found(&with(&[short])), [("SCN-037", 9)]);
    let long = (TYPE, "    type: download\n    minimum_retry_delay: 5s\n");
    assert_eq!(found(&with(&[long])), []);
    let about = "rules: [BITS-STATE-001, BITS-RETRY-002]";
    let about = [
        short,
        (RULES, about),
        (
            "do: {res",
            "do: {get: {job: payroll, what: minimum_retry_delay}}\n  - at: 0s\n    do: {res",
        ),
    ];
    assert_eq!(found(&with(&about)), [], "a story about it may have one");
    let set = "do: [{set: {job: payroll, minimum_retry_delay: 1s}}, {resume: payroll}]";
    assert_eq!(found(&with(&[("do: {resume: payroll}", set)])), [("SCN-037", 12)]);
}

#[test]
fn a_timeout_that_a_download_refuses() {
    let text = |secs: u32, step: &str| {
        format!(
            "scenario: x\nrun_on: [do-download]\nservers: {{cdn.test: {{}}}}\ndownloads:\n  film:\n    \
             url: 'https://cdn.test/a'\n    size: 1 MiB\n    no_progress_timeout: {secs}\ntimeline:\n  \
             - at: 0s\n    do: {step}\n"
        )
    };
    assert_eq!(found(&text(59, "{start: film}")), [("SCN-037", 8)]);
    assert_eq!(found(&text(60, "{start: film}")), []);
    let refused = "{set: {download: film, no_progress_timeout: 59}, returns: E_INVALIDARG}";
    assert_eq!(found(&text(60, refused)), []);
    assert_eq!(
        found(&text(60, "{set: {download: film, no_progress_timeout: 59}}")),
        [("SCN-037", 11)]
    );
}

#[test]
fn a_limit_that_counts_as_a_higher_one() {
    let limit =
        |limit: &str| with(&[("servers:", &format!("policies: {{bandwidth: {limit}}}\nservers:"))]);
    assert_eq!(found(&limit("100 B/s")), [("SCN-037", 4)]);
    assert!(!found(&limit("250 B/s")).contains(&("SCN-037", 4)));
    let old = limit("100 B/s").replace("[bits]", "[bits@1.5]");
    assert_eq!(found(&old), [("SCN-038", 4)], "BITS 1.5 does not look at it");
}

#[test]
fn a_delay_that_the_timeout_always_overtakes() {
    let times = |delay: &str, timeout: &str| {
        let job =
            format!("{TYPE}    minimum_retry_delay: {delay}\n    no_progress_timeout: {timeout}\n");
        with(&[(TYPE, &job)])
    };
    assert_eq!(found(&times("11m", "10m")), [("SCN-038", 9)]);
    assert_eq!(found(&times("10m", "10m")), [], "of equal times the retry comes first");
    let changed = "do: [{set: {job: payroll, no_progress_timeout: 1h}}, {resume: payroll}]";
    let changed = times("11m", "10m").replace("do: {resume: payroll}", changed);
    assert_eq!(found(&changed), [], "the story changes it");
    assert_eq!(found(&times("10m", "91d")), [("SCN-038", 10)], "cancelled after 90 days");
    assert_eq!(found(&times("10m", "infinite")), []);
}

#[test]
fn what_makes_no_difference_on_any_target() {
    let policy = ("servers:", "policies: {max_files_per_job: 2}\nservers:");
    let old = |targets: &str| with(&[policy, ("[bits]", targets)]);
    assert_eq!(found(&old("[bits@2.0]")), [("SCN-038", 4)]);
    assert_eq!(found(&old("[bits@2.0, bits@3.0]")), []);
    let only = |names: &str| {
        with(&[
            ("[bits]", "[bits, bits@2.0]"),
            ("  - at: 30s\n", &format!("  - at: 30s\n    only: {names}\n")),
        ])
    };
    assert_eq!(found(&only("[bits]")), [("SCN-038", 16)]);
    assert_eq!(found(&only("[bits@2.0]")), []);
    let claim = |job: &str| {
        with(&[
            (TYPE, job),
            ("finally:", "finally:\n  - {job: payroll, callbacks: {job_transferred: 1}}"),
        ])
    };
    assert_eq!(found(&claim(TYPE)), [("SCN-038", 18)]);
    assert_eq!(found(&claim(&format!("{TYPE}    notify: {{events: [job_transferred]}}\n"))), []);
    let poll = |every: &str| {
        let poll = format!(
            "poll: {{every: {every}, for: 10s, expect: {{job: payroll, state: TRANSFERRING}}}}"
        );
        with(&[("expect: {job: payroll, state: TRANSFERRING}", &poll)])
    };
    assert_eq!(found(&poll("11s")), [("SCN-038", 16)]);
    assert_eq!(found(&poll("10s")), []);
}

#[test]
fn a_fault_that_touches_nothing() {
    let fault = |at: &str, fault: &str, rest: &str| {
        let last = format!("finally:\n{rest}");
        let text = with(&[
            (
                "    fault: {disconnect: {for: 5s}}\n",
                "    do: {get: {job: payroll, what: state}}\n",
            ),
            ("finally:\n  - {job: payroll, state: TRANSFERRED}\n", &last),
        ]);
        text.replace("finally:\n", &format!("  - at: {at}\n    fault: {fault}\n"))
    };
    let http = "{http: {server: cdn.test, status: 503, times: 1}}";
    // Nobody looks.
    assert_eq!(found(&fault("2m", http, "")), [("SCN-039", 18)]);
    assert_eq!(found(&fault("40s", http, "")), [], "it meets the running transfer");
    assert_eq!(found(&fault("2m", "{disconnect: {for: 1m}}", "")), [("SCN-039", 18)]);
    assert_eq!(found(&fault("2m", "{block: {cause: cost}}", "")), [("SCN-039", 18)]);
    // Everything has ended, whoever looks.
    let look = "  - {at: 3m, expect: {job: payroll, state: TRANSFERRED}}\n";
    assert_eq!(found(&fault("2m", http, look)), [("SCN-039", 18)]);
    // A story about a job at rest.
    let rest = fault("40s", "{disconnect: {for: 1m}}", look)
        .replace("  - at: 40s", "  - {at: 35s, do: {suspend: payroll}}\n  - at: 40s")
        .replace("state: TRANSFERRED}}", "state: SUSPENDED}}");
    assert_eq!(found(&rest), []);
    // What is expected does not come.
    let late = fault("2m", http, "  - {at: 3m, expect: {job: payroll, state: TRANSIENT_ERROR}}\n");
    assert_eq!(found(&late), [("SCN-039", 18), ("SCN-040", 19)]);
}

#[test]
fn a_fault_counts_if_it_touches_something_on_one_target() {
    // Up to 4.0, BITS knows no cost.
    let meter = with(&[
        ("    fault: {disconnect: {for: 5s}}\n", "    fault: {meter: {for: 5s}}\n"),
        (
            "  - at: 30s\n    expect: {job: payroll, state: TRANSFERRING}\nfinally:\n  - {job: payroll, state: TRANSFERRED}\n",
            "",
        ),
    ]);
    let idle = |targets: &str| found(&meter.replace("[bits]", targets)).contains(&("SCN-039", 14));
    assert!(idle("[bits@4.0]"));
    assert!(!idle("[bits, bits@4.0]"));
}

#[test]
fn a_check_that_comes_too_late() {
    let last = |at: &str, state: &str| {
        with(&[(
            "finally:",
            &format!("  - {{at: {at}, expect: {{job: payroll, state: {state}}}}}\nfinally:"),
        )])
    };
    assert_eq!(found(&last("10m", "TRANSFERRING")), [("SCN-040", 17)]);
    assert_eq!(found(&last("10m", "TRANSFERRED")), [], "what is right may stand anywhere");
    assert_eq!(found(&last("40s", "SUSPENDED")), [], "wrong, but not too late");
    let twice = |at: &str| last(at, "TRANSFERRING");
    assert_eq!(found(&twice("30s")), [("SCN-040", 17)], "said at that moment already");
    assert_eq!(found(&twice("31s")), []);
}

#[test]
fn a_rule_that_nothing_exercises() {
    let rules = |rules: &str| with(&[("BITS-STATE-001", rules)]);
    assert_eq!(found(&rules("BITS-STATE-001, BITS-RETRY-013")), [("SCN-041", 3)]);
    // A run that breaks off proves less than it would have.
    let failing = rules("BITS-RETRY-013")
        .replace("{job: payroll, state: TRANSFERRED}", "{job: payroll, state: ERROR}");
    assert_eq!(found(&failing), []);
}

#[test]
fn answers_that_nobody_asks_for() {
    let answers = |events: &str| {
        with(&[(TYPE, &format!("{TYPE}    notify: {{events: [{events}], answers: [S_OK]}}\n"))])
    };
    assert_eq!(found(&answers("job_error")), [("SCN-042", 7)]);
    assert_eq!(found(&answers("job_transferred")), []);
}

#[test]
fn the_first_mistakes_that_a_linter_owes_its_users() {
    for (id, from, to) in [
        ("SCN-018", "{resume: payroll}", "{resume: payrol}"),
        ("SCN-020", "https://cdn.test", "https://cnd.test"),
        ("SCN-013", "state: TRANSFERRING", "state: TRANSFERING"),
        ("SCN-015", "BITS-STATE-001", "BITS-STAET-001"),
        ("SCN-014", "state: TRANSFERRING", "get_error: {code: BG_E_HTTP_EROR_503}"),
        ("SCN-022", "at: 30s", "at: 5s"),
        ("SCN-029", "BITS-STATE-001", "DO-STATE-001"),
        ("SCN-036", "run_on: [bits]", "run_on: [do-download]"),
        (
            "SCN-033",
            "finally:",
            "    except: {bits: {job: payroll, state: TRANSFERRING}}\nfinally:",
        ),
    ] {
        let mut text = with(&[(from, to)]);
        if id == "SCN-033" {
            text = text.replace("[bits]", "[bits, bits@2.0]").replace("{bits:", "{bits@2.0:");
        }
        let all = found(&text);
        assert!(all.iter().any(|(other, _)| *other == id), "{id}: {all:?}\n{text}");
    }
}

#[test]
fn the_shipped_scenarios_need_no_warning() {
    check(&["--deny", "warnings"]).code(0).says(" scenarios, no mistakes\n");
}

#[test]
fn warnings_are_shown_in_the_file_and_can_be_denied() {
    let folder = folder("deny");
    let text = with(&[("BITS-STATE-001", "BITS-STATE-001, BITS-RETRY-013")]);
    let path = file(&folder, "a.yaml", text.as_bytes());
    let given = check(&[&path]);
    given
        .code(0)
        .says("warning[SCN-041]: BITS-RETRY-013 is declared and not exercised\n")
        .says("3 | rules: [BITS-STATE-001, BITS-RETRY-013]\n")
        .says("`bitsim rules BITS-RETRY-013` tells what it takes\n")
        .says("\n1 scenario, 1 warning in 1 file\n");
    check(&[&path, "--deny", "warnings"]).code(2);
    check(&[&path, "--no-run", "--deny", "warnings"]).code(0).says("1 scenario, no mistakes\n");
    let github = check(&[&path, "--format", "github"]);
    github.code(0).says("::warning file=").says(",line=3,col=25,title=SCN-041::BITS-RETRY-013 ");
}

#[test]
fn programs_get_json() {
    let folder = folder("json");
    file(&folder, "good.yaml", with(&[]).as_bytes());
    file(&folder, "typo.yaml", with(&[("resume:", "resmue:")]).as_bytes());
    let given = check(&[&folder.to_string_lossy(), "--format", "json"]);
    let whole = report(&given.code(2).stdout);
    assert_eq!(whole["version"], 1);
    assert_eq!((&whole["scenarios"], &whole["errors"]), (&2.into(), &1.into()));
    assert_eq!(whole["files"].as_array().map(Vec::len), Some(1));
    let one = &whole["files"][0]["diagnostics"][0];
    assert_eq!((&one["id"], &one["severity"]), (&"SCN-004".into(), &"error".into()));
    assert_eq!((&one["line"], &one["column"], &one["length"]), (&12.into(), &10.into(), &6.into()));
    assert_eq!((&one["edit"]["new"], &one["edit"]["line"]), (&"resume".into(), &12.into()));
    let mut unnamed = whole.clone();
    unnamed["files"][0]["diagnostics"][0]["id"] = "typo".into();
    assert_eq!(problems(&unnamed).len(), 1, "the schema is not so wide that it takes anything");
}

#[test]
fn a_fix_changes_the_words_and_nothing_else() {
    let folder = folder("fix");
    let dressed = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let remark = ("type: download", "type: download   # not `typ`: größer");
    let right = dressed(&with(&[remark]));
    let wrong = dressed(&with(&[remark, ("resume:", "resmue:"), ("timeline:", "timelin:")]));
    let path = file(&folder, "with a space.yaml", wrong.as_bytes());

    let told = "  10: timelin -> timeline\n  12: resmue -> resume\n";
    check(&[&path, "--fix", "--dry-run"]).code(2).says(&format!("would fix {path}\n{told}"));
    assert_eq!(std::fs::read(&path).expect("it is there"), wrong.as_bytes(), "only looked at");

    let given = check(&[&path, "--fix"]);
    given.code(0).says(&format!("fixed {path}\n{told}")).says("1 scenario, no mistakes\n");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), right);
    assert_eq!(given.stderr, "");

    let again = check(&[&path, "--fix"]);
    again.code(0).silent_about("fixed").says("1 scenario, no mistakes\n");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), right);
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1, "nothing is left behind");
}

#[test]
fn a_fix_leaves_alone_what_is_in_doubt() {
    let folder = folder("doubt");
    let text = with(&[("type: download", "type: bownload"), ("resume: payroll", "resume: payrol")]);
    // Another job comes as close.
    let text = text.replace("timeline:", "  payrols:\n    type: download\ntimeline:");
    let path = file(&folder, "a.yaml", text.as_bytes());
    check(&[&path, "--fix"]).code(2).says("bownload -> download\n").silent_about("payrol ->");
    let right = text.replace("bownload", "download");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), right);
}

#[cfg(unix)]
#[test]
fn a_fix_reads_nothing_that_is_no_file() {
    let folder = folder("pipe");
    let good = file(&folder, "a.yaml", with(&[("resume:", "resmue:")]).as_bytes());
    let pipe = folder.join("b.yaml").to_string_lossy().into_owned();
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for path in [pipe.as_str(), "/dev/zero"] {
        let given = check(&[path, "--fix"]);
        given.code(1);
        let said = format!("bitsim: cannot repair `{path}`: it is no ordinary file\n");
        assert_eq!(given.stderr, said);
    }
    // What was written before is told.
    let given = check(&[&good, &pipe, "--fix", "--format", "json"]);
    let whole = report(&given.code(1).stdout);
    assert_eq!(whole["files"][0]["fixed"][0]["new"], "resume");
}

/// The quantities that the pages of `bitsim explain` promise to repair, or not to.
#[test]
fn a_fix_keeps_what_the_pages_promise_about_quantities() {
    let folder = folder("quantities");
    let fixed = |right: &str, wrong: &str, repaired: &str| {
        let path = file(&folder, "a.yaml", with(&[(right, wrong)]).as_bytes());
        check(&[&path, "--no-run", "--fix"]).code(if wrong == repaired { 2 } else { 0 });
        let text = std::fs::read_to_string(&path).expect("it is there");
        assert_eq!(text, with(&[(right, repaired)]), "{wrong}");
    };
    for (wrong, repaired) in
        [("1.5h", "1h 30m"), ("10 minutes", "10m"), ("2w", "14d"), ("5m0s", "5m")]
    {
        fixed("at: 30s", &format!("at: {wrong}"), &format!("at: {repaired}"));
    }
    for doubtful in ["10", "5M", "P1M", "12:30:00", "1,500s"] {
        fixed("at: 30s", &format!("at: {doubtful}"), &format!("at: {doubtful}"));
    }
    for (wrong, repaired) in [("1.5 GiB", "1536 MiB"), ("4 KIB", "4 KiB"), ("2 kB", "2 KB")] {
        fixed("size: 60 MiB", &format!("size: {wrong}"), &format!("size: {repaired}"));
    }
    for (wrong, repaired) in [
        ("1 MiB", "1 MiB/s"),
        ("8 Mbit/s", "1 MB/s"),
        ("8 Mbps", "8 Mbps"),
        ("64 kbps", "64 kbps"),
        ("8 Mb/s", "8 Mb/s"),
    ] {
        let rate = |rate: &str| format!("bandwidth: {rate}}}");
        fixed("bandwidth: 1 MiB/s}", &rate(wrong), &rate(repaired));
    }
    for doubtful in ["8 Mb", "2 Gb"] {
        fixed("size: 60 MiB", &format!("size: {doubtful}"), &format!("size: {doubtful}"));
    }
    let bits = file(&folder, "a.yaml", with(&[("1 MiB/s", "8 Mbps")]).as_bytes());
    check(&[&bits]).code(2).says("bits or bytes?").silent_about("did you mean");
}

#[test]
fn a_fix_does_not_change_what_a_check_claims() {
    let folder = folder("claims");
    let text = "\
scenario: a download, disturbed
run_on: [do-download]
servers:
  cdn.test: {bandwidth: 1 MiB/s}
downloads:
  film: {url: 'https://cdn.test/film.mp4', size: 60 MiB}
timeline:
  - at: 0s
    do: {start: film}
  - at: 30s
    expect: {download: film, state: TRANSIENT_ERROR}
";
    let path = file(&folder, "a.yaml", text.as_bytes());
    check(&[&path, "--fix"])
        .code(2)
        .says("a download has no TRANSIENT_ERROR: while it retries it is `Transferring` with")
        .silent_about("fixed");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), text);
}

#[test]
fn a_fix_makes_what_is_only_right_together() {
    let folder = folder("together");
    let text =
        with(&[("run_on: [bits]", "run_on: [bits, do-legacy]"), ("rules: [BITS-STATE-001]\n", "")]);
    let text = text.replace(
        "state: TRANSFERRING}\n",
        "state: TRANSFERRING, error_count: 0, owner: owner}\n    except: {do-legacy: skip}\n",
    );
    let path = file(&folder, "a.yaml", text.replace("do-legacy", "do_legacy").as_bytes());
    check(&[&path, "--fix"])
        .says("  2: do_legacy -> do-legacy\n")
        .says("do_legacy -> do-legacy\n")
        .silent_about("left alone");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), text);
}

/// Of every page, whether `--fix` repairs its wrong example. The page says the same after
/// "Repair:".
const REPAIRED: &[(&str, bool)] = &[
    ("SCN-001", false),
    ("SCN-003", true),
    ("SCN-004", true),
    ("SCN-005", false),
    ("SCN-006", true),
    ("SCN-007", false),
    ("SCN-008", false),
    ("SCN-009", false),
    ("SCN-010", true),
    ("SCN-011", true),
    ("SCN-012", false),
    ("SCN-013", true),
    ("SCN-014", false),
    ("SCN-015", true),
    ("SCN-016", true),
    ("SCN-018", true),
    ("SCN-019", false),
    ("SCN-020", true),
    ("SCN-022", false),
    ("SCN-023", false),
    ("SCN-024", false),
    ("SCN-025", false),
    ("SCN-026", false),
    ("SCN-027", false),
    ("SCN-028", false),
    ("SCN-029", false),
    ("SCN-030", false),
    ("SCN-031", false),
    ("SCN-032", false),
    ("SCN-033", false),
    ("SCN-034", false),
    ("SCN-035", false),
    ("SCN-036", true),
    ("SCN-037", true),
    ("SCN-038", false),
    ("SCN-039", false),
    ("SCN-040", false),
    ("SCN-041", false),
    ("SCN-042", false),
];

#[test]
fn a_fix_repairs_the_examples_of_the_pages_that_say_so() {
    use bitsim::report::explain;
    let folder = folder("pages");
    let long = "x".repeat(bitsim::scenario::LARGEST_FILE);
    let mut wrong = String::new();
    for (id, _) in bitsim::scenario::DIAGNOSTICS {
        let page = explain::page(id).expect("a page");
        assert!(page.contains("\nRepair: "), "{id}");
        let examples = explain::examples(page);
        let Some(example) = examples.iter().find(|example| !example.right) else {
            assert!(REPAIRED.iter().all(|(other, _)| other != id), "{id} has no wrong example");
            continue;
        };
        let text = example.scenario().replace("xxxxxxxx...", &long);
        let path = file(&folder, &format!("{id}.yaml"), text.as_bytes());
        let given = check(&[&path, "--fix"]);
        let repaired = !given.stdout.contains(&format!("[{id}]: "));
        let promised = REPAIRED.iter().find(|(other, _)| other == id).map(|(_, fixed)| *fixed);
        if promised != Some(repaired) {
            wrong += &format!("{id}: {promised:?}, and it is {repaired}\n{}\n", given.stdout);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    check(&["--dry-run"]).code(1);
    check(&["--deny", "everything"]).code(1);
}
