//! What an editor makes of the schema: a real language server is asked as an editor asks it. The
//! schema is found as users find it, by the first line of a scenario.

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const SERVER: &str = "target/editor/node_modules/yaml-language-server/bin/yaml-language-server";
const SCHEMA_LINE: &str =
    "# yaml-language-server: $schema=../../fixtures/schema/scenario.schema.json\n";

/// A scenario up to its timeline.
const HEAD: &str = "\
scenario: a job is resumed
run_on: [bits]
servers: {cdn.test: {}}
jobs:
  payroll: {type: download, files: [{url: 'https://cdn.test/a.cab', size: 9 MiB}]}
timeline:
";

/// What the server answers about one document.
struct Answer(Value);

impl Answer {
    /// What it proposes at the mark.
    fn labels(&self) -> Vec<&str> {
        let items = self.0["completions"][0].as_array().expect("a list of proposals");
        items.iter().filter_map(|item| item["label"].as_str()).collect()
    }

    /// What it says about one of its proposals.
    fn documentation(&self, label: &str) -> &str {
        let items = self.0["completions"][0].as_array().expect("a list of proposals");
        let item = items.iter().find(|item| item["label"] == label);
        item.and_then(|item| item["documentation"].as_str()).unwrap_or_default()
    }

    #[track_caller]
    fn proposes(&self, labels: &[&str]) {
        let proposed = self.labels();
        for label in labels {
            assert!(proposed.contains(label), "`{label}` is not among {proposed:?}");
        }
    }

    /// What it says about what is marked.
    fn hover(&self) -> &str {
        self.0["hovers"][0].as_str().unwrap_or_default()
    }

    #[track_caller]
    fn explains(&self, texts: &[&str]) {
        let hover = self.hover();
        for text in texts {
            assert!(hover.contains(text), "no `{text}` in\n{hover}");
        }
        assert!(!hover.contains("||"), "several schemas told as one:\n{hover}");
    }

    fn diagnostics(&self) -> Vec<&str> {
        let messages = self.0["diagnostics"].as_array().expect("a list of diagnostics");
        messages.iter().filter_map(Value::as_str).collect()
    }
}

/// Asks the server about texts in which `|` marks a place; `what` is `complete` or `hover`.
fn ask(what: &str, texts: &[String]) -> Vec<Answer> {
    let documents: Vec<Value> = (0..)
        .zip(texts)
        .map(|(n, text)| {
            let text = format!("{SCHEMA_LINE}{text}");
            let path = format!("scenarios/bits/in_the_editor_{n}.yaml");
            let Some(mark) = text.find('|') else { return json!({"path": path, "text": text}) };
            let before = &text[..mark];
            let line = before.matches('\n').count();
            let character = before.rsplit('\n').next().unwrap_or_default().chars().count();
            let text = text.replacen('|', "", 1);
            json!({"path": path, "text": text, what: [[line, character]]})
        })
        .collect();
    let mut driver = Command::new("node")
        .args(["tests/editor/drive.mjs", SERVER, env!("CARGO_MANIFEST_DIR")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node can be started");
    let mut stdin = driver.stdin.take().expect("a pipe");
    stdin.write_all(json!(documents).to_string().as_bytes()).expect("the driver reads");
    drop(stdin);
    let output = driver.wait_with_output().expect("the driver ends");
    assert!(output.status.success(), "the driver failed; was tests/editor/install run?");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answers.len(), texts.len());
    answers.into_iter().map(Answer).collect()
}

fn completions(texts: &[String]) -> Vec<Answer> {
    ask("complete", texts)
}

fn hovers(texts: &[String]) -> Vec<Answer> {
    ask("hover", texts)
}

#[test]
#[ignore = "needs tests/editor/install"]
fn keys_of_a_scenario_are_proposed() {
    let answer = completions(&["scenario: x\nrun_on: [bits]\n|\n".to_owned()]).remove(0);
    answer.proposes(&["rules", "world", "servers", "jobs", "timeline", "never", "finally"]);
    assert!(!answer.labels().contains(&"run_on"), "it is there already");
    assert!(answer.documentation("jobs").contains("They exist before the first step"));
}

#[test]
#[ignore = "needs tests/editor/install"]
fn verbs_are_proposed_under_do() {
    let places = [
        "  - at: 0s\n    do:\n      |\n",
        "  - at: 0s\n    do: {res|}\n",
        "  - at: 0s\n    do:\n      - re|\n",
    ];
    let mut texts: Vec<String> = places.iter().map(|place| format!("{HEAD}{place}")).collect();
    texts.push(format!("{HEAD}  - at: 0s\n    fault:\n      |\n"));
    let answers = completions(&texts);
    let [places @ .., fault] = answers.as_slice() else { panic!("an answer to each") };
    for answer in places {
        answer.proposes(&["create", "resume", "complete", "set", "http", "disconnect", "returns"]);
        assert!(answer.documentation("resume").contains("the job goes into the queue"));
    }
    fault.proposes(&["http", "drop", "heal", "restart_service"]);
    assert!(!fault.labels().contains(&"resume"), "a call is no fault");
}

#[test]
#[ignore = "needs tests/editor/install"]
fn documented_names_are_proposed() {
    let code = "  - at: 0s\n    expect:\n      job: payroll\n      get_error:\n        code: |\n";
    let answers = completions(&[
        format!("{HEAD}  - at: 0s\n    expect: {{job: payroll, state: |}}\n"),
        format!("{HEAD}{code}"),
        "scenario: x\nrun_on: [bits]\nrules: [|]\n".to_owned(),
        "scenario: x\nrun_on: [|]\n".to_owned(),
        format!("{HEAD}  - at: 0s\n    except:\n      |\n"),
        "scenario: x\nrun_on: [bits]\nstands:\n  suspend_at_rest: |\n".to_owned(),
    ]);
    let [state, code, rules, targets, except, stands] = answers.as_slice() else {
        panic!("six answers")
    };
    state.proposes(&["TRANSFERRED", "TRANSIENT_ERROR", "Paused", "BG_JOB_STATE_ERROR"]);
    assert!(state.documentation("SUSPENDED").contains("rests"));
    code.proposes(&["BG_E_HTTP_ERROR_503", "BG_E_EMPTY", "DO_E_JOB_TOO_OLD", "unavailable"]);
    assert!(code.documentation("BG_E_HTTP_ERROR_503").contains("0x801901F7"));
    rules.proposes(&["BITS-ERRCOUNT-004", "DO-STATE-001", "DOD-RETRY-017"]);
    assert!(rules.documentation("BITS-ERRCOUNT-004").contains("network disconnect"));
    targets.proposes(&["bits", "bits@1.5", "do-legacy", "do-download", "do-download@agent"]);
    except.proposes(&["bits@1.5", "do-legacy", "do-download@windows"]);
    stands.proposes(&["suspends", "no-op"]);
}

#[test]
#[ignore = "needs tests/editor/install"]
fn keys_and_values_are_explained() {
    let job = "jobs: {payroll: {ty|pe: download, minimum_retry_delay: 10m}}\n";
    let delay = "jobs: {payroll: {type: download, minimum_re|try_delay: 10m}}\n";
    let code = "  - {at: 0s, expect: {job: a, get_error: {code: BG_E_HTTP_ERR|OR_503}}}\n";
    let answers = hovers(&[
        job.to_owned(),
        delay.to_owned(),
        format!("{HEAD}  - {{at: 0s, d|o: {{resume: payroll}}}}\n"),
        format!("{HEAD}  - {{at: 0s, do: [{{res|ume: payroll}}]}}\n"),
        format!("{HEAD}{code}"),
        format!("rules: [BITS-ERRCO|UNT-004]\n{HEAD}"),
    ]);
    let [job, delay, what, resume, code, rule] = answers.as_slice() else { panic!("six answers") };
    job.explains(&["The type that CreateJob is given", "`upload_reply`: "]);
    delay.explains(&["SetMinimumRetryDelay", "Default: 10m", "Known on `bits` alone", "Example"]);
    what.explains(&["What clients call and what befalls the world", "resume: payroll"]);
    resume.explains(&["Resume: the job goes into the queue"]);
    code.explains(&["* `BG_E_HTTP_ERROR_503`: HTTP status 503", "tries again"]);
    rule.explains(&["* `BITS-ERRCOUNT-004`: ", "* `BITS-ERRCOUNT-001`: "]);
    // The value itself comes first, then the others of its family and no more.
    let first = rule.hover().find("BITS-ERRCOUNT-004") < rule.hover().find("BITS-ERRCOUNT-001");
    assert!(first && !rule.hover().contains("BITS-STATE-001"), "{}", rule.hover());
}

#[test]
#[ignore = "needs tests/editor/install"]
fn a_good_scenario_is_left_alone_and_a_bad_one_is_told_what_is_wrong() {
    let step = |step: &str| format!("{HEAD}  - {step}\n");
    let slips = [
        (HEAD.replace("type:", "tipe:") + "  - {at: 0s}\n", "Property tipe is not allowed."),
        (step("{at: 0s, do: {resum: payroll}}"), "Property resum is not allowed."),
        (step("{at: 0s, do: {by: app}}"), "one key is needed that says what is meant"),
        (step("{at: 10min}"), "a duration such as 90s, 20m or 3d 1h is needed"),
        (step("{at: 0s, expect: {job: payroll, state: DONE}}"), "the state of a job"),
        (step("{until: {job: payroll, state: ERROR}}"), "within"),
        (HEAD.replace("9 MiB", "9 Mib") + "  - {at: 0s}\n", "a size such as 512 or 900 MiB"),
        (format!("rules: [BITS-ERRCOUNT-994]\n{HEAD}  - {{at: 0s}}\n"), "the id of a rule"),
    ];
    let mut texts = vec![step("{at: 0s, do: {resume: payroll, returns: [S_OK, 0x80200002]}}")];
    texts.extend(slips.iter().map(|(text, _)| text.clone()));
    let answers = hovers(&texts);
    assert_eq!(answers[0].diagnostics(), [""; 0]);
    for (answer, (text, message)) in answers[1..].iter().zip(&slips) {
        let told = answer.diagnostics();
        assert!(told.iter().any(|said| said.contains(message)), "{told:?}\n{text}");
        assert!(told.iter().all(|said| said.len() < 300), "too long: {told:?}");
    }
}
