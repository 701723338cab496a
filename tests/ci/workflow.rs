//! The example of a workflow: it is what GitHub reads, and its commands are commands of bitsim.

use super::{bitsim, read};
use serde_yaml::Value;
use std::path::Path;

fn workflow() -> Value {
    serde_yaml::from_str(&read(Path::new("fixtures/ci/github.yml"))).expect("YAML")
}

fn steps() -> Vec<Value> {
    let steps = workflow()["jobs"]["scenarios"]["steps"].clone();
    steps.as_sequence().expect("a list of steps").clone()
}

/// Every call of the command in the steps of the workflow, without its own name.
fn calls() -> Vec<Vec<String>> {
    let mut calls = Vec::new();
    for step in steps() {
        for line in step["run"].as_str().unwrap_or_default().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| word.rsplit('/').next() == Some("bitsim"));
            let Some(at) = at else { continue };
            let call = words[at + 1..].iter().take_while(|word| **word != "||");
            calls.push(call.map(|word| (*word).to_owned()).collect());
        }
    }
    calls
}

#[test]
fn it_has_the_steps_that_a_reviewer_needs() {
    let steps = steps();
    let text = |step: &Value| {
        ["uses", "run"].iter().filter_map(|key| step[*key].as_str()).collect::<String>()
    };
    let at = |what: &str| {
        let found = steps.iter().position(|step| text(step).contains(what));
        found.unwrap_or_else(|| panic!("no step with {what}"))
    };
    let order = [
        at("actions/checkout@"),
        at("rustup"),
        at("actions/cache@"),
        at("cargo test"),
        at("cargo build"),
        at("git worktree"),
        at("--against"),
        at("bitsim changes"),
        at("actions/upload-artifact@"),
    ];
    assert!(order.is_sorted(), "{order:?}");
    assert!(steps.iter().all(|step| step["name"].as_str().is_some()), "every step says what it is");
    assert!(workflow()["permissions"]["contents"] == "read");
    let whole = read(Path::new("fixtures/ci/github.yml"));
    assert!(!whole.contains("://") && !whole.contains(".io/"), "no host is named");
    assert!(whole.lines().filter(|line| line.trim().starts_with('#')).count() >= 10);
}

#[test]
fn its_commands_are_commands_of_bitsim() {
    let calls = calls();
    let all: String = calls.iter().flatten().map(|word| format!("{word} ")).collect();
    let options =
        ["--format github", "--junit", "--html", "--record", "--against", "--json", "changes"];
    for option in options {
        assert!(all.contains(option), "no {option} in {all}");
    }
    // Options are read in their order: a wrong one is told before help is given.
    for mut call in calls {
        call.push("--help".to_owned());
        let words: Vec<&str> = call.iter().map(String::as_str).collect();
        let given = bitsim(&words);
        assert_eq!(given.code, Some(0), "{words:?}: {}", given.stderr);
        assert!(given.stdout.contains("Usage: bitsim"), "{words:?}");
    }
    assert_ne!(bitsim(&["run", "--frobnicate", "--help"]).code, Some(0));
    assert_ne!(bitsim(&["run", "--format", "zebra", "--help"]).code, Some(0));
}
