//! Files that nobody would write: bounded time and memory, a clear message, no panic.

use bitsim_scenario::{Diagnostic, LARGEST_FILE, Source, load};
use std::fmt::Write as _;

const EVERYTHING: &str = include_str!("samples/everything.yaml");

fn mistakes(bytes: &[u8]) -> Vec<Diagnostic> {
    load("x.yaml", bytes).expect_err("a hostile file is no scenario")
}

fn ids(bytes: &[u8]) -> Vec<&'static str> {
    mistakes(bytes).iter().map(|mistake| mistake.id).collect()
}

#[test]
fn a_file_that_is_too_large_is_not_even_parsed() {
    let huge = vec![b'['; 100 << 20];
    assert_eq!(ids(&huge), ["SCN-001"]);
    assert_eq!(Source::lossy("x.yaml", &huge).text, "");
    let mut largest = b"scenario: x\n".to_vec();
    largest.resize(LARGEST_FILE, b'#');
    assert!(!ids(&largest).contains(&"SCN-001"));
}

#[test]
fn what_is_no_text_is_told_with_its_place() {
    for (bytes, line, column) in [
        (&b"scenario: x\nrun_on: [\xFF]\n"[..], 2, 10),
        (b"\xFF\xFEs\0c\0", 1, 1),
        (b"scenario: \xC3\xA9\0", 1, 12),
        (b"\0", 1, 1),
    ] {
        let found = mistakes(bytes);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, "SCN-002");
        assert_eq!((found[0].place.line, found[0].place.column), (line, column));
        let _ = Source::lossy("x.yaml", bytes);
    }
}

#[test]
fn nothing_is_nested_without_end() {
    let deep = 10_000;
    let blocks: String = (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let texts = [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        blocks,
    ];
    for text in texts {
        let found = ids(text.as_bytes());
        assert!(matches!(found.as_slice(), ["SCN-008" | "SCN-003"]), "{found:?}");
    }
}

#[test]
fn aliases_multiply_nothing() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..30 {
        let before = n - 1;
        let nine = vec![format!("*a{before}"); 9].join(", ");
        let _ = writeln!(bomb, "a{n}: &a{n} [{nine}]");
    }
    let found = ids(bomb.as_bytes());
    assert!(found.contains(&"SCN-008"));
    let many = format!("a: &a 1\nb: [{}1]", "*a, ".repeat(100_000));
    let found = mistakes(many.as_bytes());
    assert!(found.len() < 1_000);
    assert_eq!(found.last().map(|mistake| mistake.id), Some("SCN-099"));
}

#[test]
fn anchors_tags_merge_keys_and_second_documents_are_refused() {
    let base = "scenario: x\nrun_on: [bits]\ntimeline: [{at: 0s}]\n";
    assert!(load("x.yaml", base.as_bytes()).is_ok());
    for more in ["seed: &s 1", "seed: *s", "seed: !!int 1", "<<: {seed: 1}", "---\na: 1"] {
        let found = ids(format!("{base}{more}\n").as_bytes());
        assert!(found.contains(&"SCN-008"), "{more}: {found:?}");
    }
}

#[test]
fn repeated_texts_have_a_budget() {
    let text = "scenario: x\nrun_on: [bits]\njobs: {a: {type: download, \
                description: {repeat: 'xxxxxxxxxx', times: 4294967295}}}\ntimeline: [{at: 0s}]";
    assert_eq!(ids(text.as_bytes()), ["SCN-026"]);
    let one = "{set: {job: a, description: {repeat: x, times: 1000000}}}, ";
    let text = format!(
        "scenario: x\nrun_on: [bits]\njobs: {{a: {{type: download}}}}\n\
         timeline: [{{at: 0s, do: [{}]}}]",
        one.repeat(5)
    );
    assert_eq!(ids(text.as_bytes()), ["SCN-026"]);
}

#[test]
fn steps_jobs_and_values_have_limits() {
    let head = "scenario: x\nrun_on: [bits]\n";
    let steps = format!("{head}timeline:\n{}", "- at: 1s\n".repeat(100_001));
    assert_eq!(ids(steps.as_bytes()), ["SCN-026"]);
    let steps = format!("{head}timeline:\n{}", "- at: 1s\n".repeat(100_000));
    assert!(load("x.yaml", steps.as_bytes()).is_ok());
    let mut jobs = format!("{head}timeline: [{{at: 0s}}]\njobs:\n");
    for n in 0..10_001 {
        let _ = writeln!(jobs, "  j{n}: {{type: download}}");
    }
    assert_eq!(ids(jobs.as_bytes()), ["SCN-026"]);
    let values = "[".to_owned() + &"a,".repeat(1_500_000);
    assert_eq!(ids(values.as_bytes()), ["SCN-026"]);
}

#[test]
fn many_faults_and_many_heals_stay_few() {
    let fault = "- {at: 0s, fault: [{refuse: {server: c}}, {heal: {server: c}}]}\n";
    let faults = "- {at: 0s, fault: {refuse: {server: c}}}\n".repeat(10_000);
    let text = format!(
        "scenario: x\nrun_on: [bits]\nservers: {{c: {{}}}}\ntimeline:\n{faults}{}",
        fault.repeat(10_000)
    );
    let scenario = load("x.yaml", text.as_bytes()).expect("only long");
    let plan = scenario.plan(scenario.targets()[0]).expect("a plan");
    let acts: usize = plan.steps.iter().map(|step| step.acts.len()).sum();
    assert_eq!(acts, 2 * 20_000);
}

#[test]
fn a_file_of_mistakes_has_an_end() {
    let text = format!(
        "scenario: x\nrun_on: [bits]\nrules: [{}]\ntimeline: [{{at: 0s}}]",
        "BITS-ERRCUONT-004, ".repeat(50_000)
    );
    let found = mistakes(text.as_bytes());
    assert!(found.len() < 1_000);
    assert!(found.last().is_some_and(|last| last.message.contains("49500 more")));
}

#[test]
fn times_far_away_are_refused() {
    for time in ["99999999999999999999s", "1000000d", "18446744073709551615ticks", "-1s", "1e9s"] {
        let text = format!("scenario: x\nrun_on: [bits]\ntimeline: [{{at: {time}}}]");
        assert_eq!(ids(text.as_bytes()), ["SCN-010"], "{time}");
    }
    let text =
        format!("scenario: x\nrun_on: [bits]\ntimeline:\n{}", "- {after: 300000d}\n".repeat(3));
    assert_eq!(ids(text.as_bytes()), ["SCN-010"]);
}

/// Whatever is cut off or put into a scenario: places stay inside the text, and nothing panics.
#[test]
fn damaged_files_are_read_to_the_end() {
    let look = |bytes: &[u8]| {
        let found = match load("x.yaml", bytes) {
            Ok(scenario) => scenario.warnings().to_vec(),
            Err(found) => found,
        };
        let text = Source::lossy("x.yaml", bytes).text;
        for mistake in &found {
            let (start, end) = (mistake.place.offset, mistake.place.offset + mistake.place.len);
            assert!(text.get(start as usize..end as usize).is_some(), "{mistake}");
            assert!(!mistake.message.is_empty());
        }
    };
    let bytes = EVERYTHING.as_bytes();
    for cut in (0..bytes.len()).step_by(47) {
        look(&bytes[..cut]);
        look(&bytes[cut..]);
        for put in ["[", "}", ": ", "\n- ", "\"", "\t", "\u{FEFF}", "\r", "- \n", "é{", "&a ", "|"]
        {
            let (before, after) = bytes.split_at(cut);
            look(&[before, put.as_bytes(), after].concat());
            let rest = after.get(put.len()..).unwrap_or_default();
            look(&[before, put.as_bytes(), rest].concat());
        }
    }
}
