//! What continuous integration gets from `bitsim run`: reports that tools can read, one annotation
//! for each root cause, summaries that fit, and what behaves differently since another version.

#[path = "ci/behaviour.rs"]
mod behaviour;
mod command;
#[path = "ci/workflow.rs"]
mod workflow;

use command::{Given, bitsim, command, read, text_of};
use std::path::{Path, PathBuf};
use std::process::Stdio;

fn folder(name: &str) -> PathBuf {
    command::folder(&format!("ci/{name}"))
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

const HELD: &str = "fixtures/cli/held";
const BROKEN: &str = "fixtures/cli/broken";
const UNSETTLED: &str = "fixtures/cli/unsettled";
const INVALID: &str = "fixtures/cli/invalid";

/// A run whose count is expected to be wrong on each of these targets.
fn wrong_on(targets: &str) -> String {
    let text = read(Path::new("fixtures/cli/broken/wrong_expectation.yaml"));
    text.replace("run_on: [bits]", &format!("run_on: [{targets}]"))
}

/// The results of a small suite, all reports in one go.
fn all_reports(name: &str) -> (Given, PathBuf) {
    let folder = folder(name);
    let path = |name: &str| text_of(&folder.join(name));
    let given = bitsim(&[
        "run",
        HELD,
        BROKEN,
        UNSETTLED,
        "--junit",
        &path("junit.xml"),
        "--tap",
        &path("results.tap"),
        "--json",
        &path("results.json"),
        "--record",
        &path("record.json"),
        "--summary",
        &path("summary.md"),
    ]);
    (given, folder)
}

#[test]
fn every_report_is_written_although_runs_fail_and_always_the_same() {
    let (given, first) = all_reports("all");
    given.code(4).says("FAIL  1 broken, 1 not settled, 2 held; 3 scenarios, 4 runs, ");
    let (_, second) = all_reports("all_again");
    let names = names_in(&first);
    assert_eq!(names, ["junit.xml", "record.json", "results.json", "results.tap", "summary.md"]);
    for name in names {
        let text = read(&first.join(&name));
        assert_eq!(text, read(&second.join(&name)), "{name}");
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{name} tells where it was made");
    }
}

#[test]
fn junit_is_what_jenkins_reads() {
    let (given, folder) = all_reports("junit");
    let text = read(&folder.join("junit.xml"));
    let whole = roxmltree::Document::parse(&text).expect("XML");
    let root = whole.root_element();
    let number = |name: &str| root.attribute(name).and_then(|text| text.parse::<usize>().ok());
    let counts = ["tests", "failures", "errors", "skipped"].map(number);
    assert_eq!(counts, [Some(4), Some(2), Some(0), Some(0)]);
    let cases: Vec<roxmltree::Node<'_, '_>> =
        root.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let told = |case: &roxmltree::Node<'_, '_>| {
        let failure = case.children().find(|node| node.has_tag_name("failure"));
        let parts = [
            case.attribute("classname"),
            case.attribute("name"),
            failure.and_then(|failure| failure.attribute("type")),
        ];
        parts.map(|part| part.unwrap_or("-")).join(" ")
    };
    let cases_told: Vec<String> = cases.iter().map(told).collect();
    assert_eq!(
        cases_told,
        [
            "broken wrong_expectation expectation",
            "held small -",
            "held small@1.5 -",
            "unsettled too_few_events unsettled"
        ]
    );
    let broken = cases[0];
    let failure = broken.children().find(|node| node.has_tag_name("failure")).expect("a failure");
    assert_eq!(failure.attribute("message"), Some("the error count of `payroll` should be 1"));
    let body = failure.text().expect("a body").trim();
    assert!(given.stdout.contains(body), "the body is what the terminal shows\n{body}");
    assert!(body.starts_with("FAIL  wrong_expectation"), "{body}");
    let property = |name: &str| {
        let all = broken.descendants().filter(|node| node.has_tag_name("property"));
        let mut found = all.filter(|node| node.attribute("name") == Some(name));
        found.next().and_then(|node| node.attribute("value"))
    };
    assert_eq!(property("file"), Some("fixtures/cli/broken/wrong_expectation.yaml"));
    assert_eq!(property("line"), Some("19"));
    let timed = |node: &roxmltree::Node<'_, '_>| {
        node.attribute("time").or(node.attribute("timestamp")).is_some()
    };
    assert!(!whole.descendants().any(|node| timed(&node)), "no time is passed off as real");
}

#[test]
fn no_character_of_a_scenario_breaks_the_reports() {
    // A job's name may hold what XML cannot, and what ends a line or a value elsewhere.
    reports_of_a_job_called("pay<&\\x7f\\uFFFE]]>#", 4);
    // Written as it is, the first of these ends the reading, not the reports.
    reports_of_a_job_called("pay<&\u{7f}\u{fffe}]]>#", 2);
}

fn reports_of_a_job_called(odd: &str, code: i32) {
    let folder = folder("characters");
    let scenario = wrong_on("bits").replace("payroll:", &format!("\"{odd}\":"));
    let scenario = scenario.replace("resume: payroll", &format!("resume: \"{odd}\""));
    let scenario = scenario.replace("job: payroll", &format!("job: \"{odd}\""));
    std::fs::write(folder.join("odd # name.yaml"), scenario).expect("a scenario");
    let (xml, tap) = (folder.join("junit.xml"), folder.join("results.tap"));
    let json = folder.join("results.json");
    let given = bitsim(&[
        "run",
        &text_of(&folder),
        "--junit",
        &text_of(&xml),
        "--tap",
        &text_of(&tap),
        "--json",
        &text_of(&json),
    ]);
    given.code(code);
    let text = read(&xml);
    let whole = roxmltree::Document::parse(&text).expect("XML");
    assert_eq!(whole.descendants().filter(|node| node.has_tag_name("testcase")).count(), 1);
    let tap = read(&tap);
    assert!(tap.contains("not ok 1 - odd \\# name\n"), "{tap}");
    let block: String = tap.lines().filter_map(|line| line.strip_prefix("  ")).fold(
        String::new(),
        |block, line| match line {
            "---" | "..." => block,
            line => block + line + "\n",
        },
    );
    let block: serde_yaml::Value = serde_yaml::from_str(&block).expect("YAML");
    assert!(block["message"].as_str().is_some_and(|text| !text.is_empty()));
    let json: serde_json::Value = serde_json::from_str(&read(&json)).expect("JSON");
    assert_eq!(json["totals"]["scenarios"], 1);
}

#[test]
fn tap_goes_to_standard_output_alone() {
    let given = bitsim(&["run", HELD, BROKEN, UNSETTLED, "--tap", "-"]);
    given.code(4).complains("FAIL  wrong_expectation").complains("FAIL  1 broken, ");
    assert_eq!(given.stdout, include_str!("ci/results.tap"), "\n{}", given.stdout);
}

#[test]
fn results_are_as_their_schema_says() {
    let schema = read(Path::new("fixtures/schema/results.schema.json"));
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::draft7::new(&schema).expect("a schema of draft 7");
    let problems = |results: &serde_json::Value| {
        validator.iter_errors(results).map(|error| error.to_string()).collect::<Vec<_>>()
    };
    let (_, folder) = all_reports("schema");
    let mut results: serde_json::Value =
        serde_json::from_str(&read(&folder.join("results.json"))).expect("JSON");
    assert_eq!(problems(&results), Vec::<String>::new());
    assert_eq!(results["totals"]["unsettled"], 1);
    let runs = results["runs"].as_array().expect("a list");
    let broken = runs.iter().find(|run| run["outcome"] == "broken").expect("the broken run");
    let failure = &broken["failures"][0];
    assert_eq!((&failure["line"], &failure["column"]), (&19.into(), &65.into()));
    assert_eq!((&failure["expected"], &failure["got"]), (&"1".into(), &"0".into()));
    // The same goes to standard output, and invalid files are as well-formed.
    let given = bitsim(&["run", HELD, BROKEN, UNSETTLED, "--format", "json"]);
    assert_eq!(given.code(4).stdout, read(&folder.join("results.json")));
    let invalid = folder.join("invalid.json");
    bitsim(&["run", INVALID, HELD, "--json", &text_of(&invalid)]).code(2);
    let invalid: serde_json::Value = serde_json::from_str(&read(&invalid)).expect("JSON");
    assert_eq!(problems(&invalid), Vec::<String>::new());
    assert_eq!(invalid["totals"]["invalid"], 2);
    // The schema is no rubber stamp.
    results["runs"][0]["outcome"] = "maybe".into();
    results["runs"][1]["digest"] = "short".into();
    results["more"] = 1.into();
    assert_eq!(problems(&results).len(), 3, "{:?}", problems(&results));
}

#[test]
fn one_root_cause_is_one_annotation() {
    let folder = folder("annotations");
    for name in ["a", "b"] {
        let text = wrong_on("bits, bits@3.0, bits@2.0");
        std::fs::write(folder.join(format!("{name}.yaml")), text).expect("a scenario");
    }
    let given = bitsim(&["run", &text_of(&folder), "--format", "github"]);
    given.code(4).says("FAIL  6 broken, 0 held; 2 scenarios, 6 runs, ");
    let lines: Vec<&str> = given.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(lines.len(), 2, "one for the line of each file: {lines:#?}");
    for (line, name) in lines.iter().zip(["a", "b"]) {
        let place = format!("{name}.yaml,line=19,col=65,title=expectation (BITS-ERRCOUNT-004)::");
        assert!(line.contains(&place), "{line}");
        assert!(line.contains("expected 1, the trace says 0"), "{line}");
        assert!(line.ends_with(&format!("; {name} and 2 more runs")), "{line}");
    }
    let few = bitsim(&["run", BROKEN, "--format", "github"]);
    few.says("::error file=fixtures/cli/broken/wrong_expectation.yaml,line=19,col=65,");
    assert!(!few.stdout.contains("more run"), "{}", few.stdout);
}

#[test]
fn a_summary_reads_like_this() {
    let (_, folder) = all_reports("summary");
    let text = read(&folder.join("summary.md"));
    let (head, first) = text.split_once("\n<details>").expect("the first failure is folded");
    assert_eq!(head, include_str!("ci/summary.md"), "\n{head}");
    assert!(first.contains("<summary>the first failure: wrong_expectation</summary>"), "{first}");
    assert!(first.contains("expected 1, the trace says 0"), "{first}");
}

#[test]
fn the_summary_of_a_step_is_added_to_and_stays_below_its_limit() {
    let file = folder("step").join("summary.md");
    let run = |arguments: &[&str]| {
        let mut command = command(arguments);
        command.env("GITHUB_STEP_SUMMARY", &file);
        Given::of(command)
    };
    std::fs::write(&file, "## before\n").expect("a summary");
    run(&["run", BROKEN, "--format", "github"]).code(4);
    let text = read(&file);
    assert!(text.starts_with("## before\n## bitsim: FAIL 1 broken, 0 held; "), "{text}");
    run(&["run", BROKEN]).code(4);
    assert_eq!(read(&file), text, "only --format github writes there");
    let full = "x".repeat((1 << 20) - 300);
    std::fs::write(&file, &full).expect("a summary");
    run(&["run", BROKEN, "--format", "github"]).code(4);
    let text = read(&file);
    assert!(text.len() <= 1 << 20 && text.len() > full.len(), "{}", text.len());
    assert!(text.ends_with("(cut here: there is no room for the rest)\n"));
}

#[test]
fn files_that_cannot_be_run_are_errors_of_the_reports() {
    let folder = folder("invalid");
    let file = |name: &str| text_of(&folder.join(name));
    let (xml, record, page) = (folder.join("junit.xml"), file("record.json"), file("page.html"));
    bitsim(&["run", HELD, "--record", &record, "--html", &page]).code(0);
    assert_eq!(names_in(&folder), ["page.html", "record.json"]);
    let mut arguments = vec!["run", INVALID, HELD, "--record", &record, "--html", &page];
    // The record to compare with is no report.
    bitsim(&[&arguments[..], &["--against", &record]].concat()).code(2);
    assert_eq!(names_in(&folder), ["record.json"]);
    let xml_file = text_of(&xml);
    arguments.extend(["--junit", &xml_file]);
    bitsim(&arguments).code(2).says("nothing was run");
    bitsim(&["run", "--help"]).says("the record and the page of an earlier run are removed");
    let text = read(&xml);
    let whole = roxmltree::Document::parse(&text).expect("XML");
    let errors: Vec<&str> = whole
        .descendants()
        .filter(|node| node.has_tag_name("error"))
        .filter_map(|node| node.attribute("message"))
        .collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().all(|error| error.starts_with("SCN-0")), "{errors:?}");
    assert_eq!(names_in(&folder), ["junit.xml"], "nothing tells of the run before");
}

#[test]
fn reports_that_cannot_be_written_are_refused_before_anything_is_played() {
    let folder = folder("refused");
    let file = text_of(&folder.join("x"));
    for (arguments, complaint) in [
        (&["--junit", "-", "--tap", "-"][..], "--junit and --tap would both go to standard output"),
        (&["--json", "-", "--format", "json"], "would both go to standard output"),
        (&["--tap", "-", "--format", "github"], "would both go to standard output"),
        (&["--junit", &file, "--tap", &file], "--junit and --tap would both go to `"),
        (&["--json", "no/such/folder/x.json"], "there is no folder for it"),
        (&["--json", &text_of(&folder)], "it is a folder"),
        (&["--json", ""], "no file"),
        (&["--against", "no/such/record"], "cannot read `no/such/record`"),
        (&["--against", "Cargo.toml"], "`Cargo.toml` is no record"),
        (&["--deny", "zebra"], "zebra"),
    ] {
        let given = bitsim(&[&["run", BROKEN], arguments].concat());
        given.code(1).complains(complaint);
        assert_eq!(given.stdout, "", "{arguments:?}");
    }
    assert_eq!(names_in(&folder), Vec::<String>::new());
}

#[test]
fn an_interrupted_run_leaves_no_half_of_a_file() {
    let folder = folder("interrupted");
    let file = folder.join("record.json");
    std::fs::write(&file, "as it was").expect("a file");
    let mut child = command(&["run", "scenarios/bits", "--record", &text_of(&file)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command can be started");
    // It has begun when it has used some time; there is no clock here to wait by.
    for _ in 0..50 {
        let _ = bitsim(&["--version"]);
    }
    let _ = child.kill();
    let _ = child.wait();
    let text = read(&file);
    assert!(text == "as it was" || text.ends_with("\n]}\n"), "half of a record is left");
}

#[test]
fn rules_that_no_run_puts_to_the_test_can_be_denied() {
    bitsim(&["run", HELD]).code(0);
    let given = bitsim(&["run", HELD, "--deny", "not-exercised"]);
    given.code(4).complains("bitsim: no run puts ").complains("BITS-ERRCOUNT-004");
    assert!(!given.stderr.contains("DOD-STATE-001"), "no download was played: {}", given.stderr);
}

#[test]
fn playing_twice_gives_the_same() {
    bitsim(&["run", HELD, BROKEN, "--twice"]).code(4).says("FAIL  1 broken, 2 held; ");
}

#[test]
fn a_name_in_the_place_of_a_path_is_understood() {
    let folder = folder("names");
    let below = folder.join("scenarios/my");
    std::fs::create_dir_all(&below).expect("a folder");
    let held = Path::new("fixtures/cli/held/small.yaml");
    std::fs::copy(held, below.join("first.yaml")).expect("a scenario");
    let run = |arguments: &[&str]| {
        let mut command = command(&[&["run"], arguments].concat());
        command.current_dir(&folder);
        Given::of(command)
    };
    for (path, meant) in [
        ("first", "first"),
        ("my/first", "my::first"),
        ("my/first.yaml", "my::first"),
        ("first@1.5", "first@1.5"),
    ] {
        run(&[path])
            .code(1)
            .complains(&format!("cannot read `{path}`: "))
            .complains(&format!("; did you mean `bitsim run -f {meant}`?\n"));
        run(&["-f", meant]).code(0);
    }
    assert!(!run(&["second"]).stderr.contains("did you mean"));
}
