//! Mistakes, their ids, their places and their repairs.

use bitsim_scenario::{DIAGNOSTICS, Diagnostic, Help, Severity, load};

/// The mistakes and warnings of a file.
fn found(text: &str) -> Vec<Diagnostic> {
    match load("x.yaml", text.as_bytes()) {
        Ok(scenario) => scenario.warnings().to_vec(),
        Err(mistakes) => mistakes,
    }
}

/// A scenario without mistakes, with `from` replaced by `to`.
fn with(from: &str, to: &str) -> String {
    const GOOD: &str = "\
scenario: x
run_on: [bits, bits@1.5]
rules: [BITS-ERRCOUNT-004]
servers:
  cdn.test: {bandwidth: 1 MiB/s}
jobs:
  payroll:
    type: download
    files: [{url: 'https://cdn.test/a.cab', size: 1 MiB}]
timeline:
  - at: 10m
    do: {resume: payroll}
  - after: 5s
    fault: {http: {server: cdn.test, status: 503, for: 2m}}
    expect: {job: payroll, state: TRANSFERRED, get_error: {code: BG_E_HTTP_ERROR_503}}
    except: {bits@1.5: {job: payroll, state: ERROR}}
";
    assert_eq!(found(GOOD), []);
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// One case for each id: what to replace in a good scenario, by what, and what is underlined.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("SCN-003", "run_on: [bits,", "run_on: [bits: ],", ""),
    ("SCN-003", "    type", "\ttype", ""),
    ("SCN-003", "1 MiB}]", "1 MiB}", ""),
    ("SCN-004", "type:", "typ: 1\n    type:", "typ"),
    ("SCN-004", "resume:", "resmue:", "resmue"),
    ("SCN-004", "state: T", "stat: 1, state: T", "stat"),
    ("SCN-005", "type: download\n    ", "", "payroll"),
    ("SCN-005", "scenario: x", "seed: 1", ""),
    ("SCN-005", "- at: 10m\n    do", "- do", "do"),
    ("SCN-006", "1 MiB}]", "{}}]", "{}"),
    ("SCN-006", "at: 10m", "at: [10m]", "10m"),
    ("SCN-006", "do: {resume: payroll}", "do: resume", "resume"),
    ("SCN-006", "[bits, bits@1.5]", "bits", "bits"),
    ("SCN-007", "    type: download", "    type: download\n    type: upload", "type"),
    ("SCN-007", "[bits,", "[bits, bits,", "bits"),
    ("SCN-007", "bits@1.5: {", "bits@1.5: {job: payroll, state: ERROR}, bits@1.5: {", "bits@1.5"),
    ("SCN-008", "type: download", "type: &t download", "&t"),
    ("SCN-008", "type: download", "type: *t", "*t"),
    ("SCN-009", "503, for", "5003, for", "5003"),
    ("SCN-010", "at: 10m", "at: 10", "10"),
    ("SCN-010", "for: 2m", "for: 0s", "0s"),
    ("SCN-011", "1 MiB/s", "1 MiB", "1 MiB"),
    ("SCN-011", "1 MiB/s", "0", "0"),
    ("SCN-012", "scenario: x", "scenario: x\nworld: {wall_clock: 2026-02-30}", "2026-02-30"),
    ("SCN-013", "type: download", "type: donwload", "donwload"),
    ("SCN-013", "TRANSFERRED", "TRANSFERED", "TRANSFERED"),
    ("SCN-014", "BG_E_HTTP_ERROR_503", "BG_E_HTTP_ERR_503", "BG_E_HTTP_ERR_503"),
    ("SCN-014", "BG_E_HTTP_ERROR_503", "0x123456789", "0x123456789"),
    ("SCN-015", "BITS-ERRCOUNT-004", "BITS-ERRCUONT-004", "BITS-ERRCUONT-004"),
    ("SCN-016", "[bits,", "[bist,", "bist"),
    ("SCN-016", "[bits,", "[bits@9.9,", "bits@9.9"),
    ("SCN-036", "{resume: payroll}", "{pause: payroll}", "pause"),
    ("SCN-018", "{resume: payroll}", "{resume: payrol}", "payrol"),
    ("SCN-018", "server: cdn.test", "server: cnd.test", "cnd.test"),
    ("SCN-018", "{resume: payroll}", "{log_off: ownr}", "ownr"),
    ("SCN-018", "{resume: payroll}", "{resume: payroll, by: ap}", "ap"),
    ("SCN-019", "scenario: x", "scenario: x\nstands: {suspend_at_rset: no-op}", "suspend_at_rset"),
    ("SCN-019", "scenario: x", "scenario: x\nstands: {suspend_at_rest: noop}", "noop"),
    ("SCN-020", "'https://cdn.test/a.cab'", "'https://cnd.test/a.cab'", "'https://cnd.test/a.cab'"),
    ("SCN-020", "'https://cdn.test/a.cab'", "a.cab", "a.cab"),
    ("SCN-020", "  cdn.test:", "  https://c.test: {}\n  cdn.test:", "https://c.test"),
    ("SCN-022", "after: 5s", "at: 5s", "5s"),
    ("SCN-022", "for: 2m", "until: 2m", "2m"),
    ("SCN-023", "after: 5s", "after: 5s\n    within: 1s", "within"),
    ("SCN-023", "after: 5s", "until: {job: payroll, state: ERROR}", "until"),
    ("SCN-023", "after: 5s", "after: 5s\n    at: 15m", "at"),
    ("SCN-023", "for: 2m", "for: 2m, times: 2", "times"),
    ("SCN-023", "{resume: payroll}", "{resume: payroll, suspend: payroll}", "suspend"),
    ("SCN-024", "bits@1.5: {", "bits@2.0: {", "bits@2.0"),
    ("SCN-025", "[bits, bits@1.5]", "[]", "[]"),
    ("SCN-025", "state: ERROR}}", "}}", "job"),
    (
        "SCN-026",
        "after: 5s",
        "after: 5s\n    poll: {every: 1ms, for: 1h, expect: {attempts: 1}}",
        "poll",
    ),
    ("SCN-027", "size: 1 MiB}]", "size: 1 MiB}, {url: 'https://cdn.test/a.cab', size: 2}]", "2"),
    ("SCN-027", "{resume: payroll}", "{create: payroll}", "payroll"),
    ("SCN-027", "type: download", "type: download\n    reply_file: C:\\r", "reply_file"),
    ("SCN-028", "scenario: x", "scenario: x\nformat: 2", "2"),
    ("SCN-029", "[BITS-ERRCOUNT-004]", "[DO-ERROR-002]", "DO-ERROR-002"),
    ("SCN-030", "timeline:", "never: {job: payroll, owner: owner}\ntimeline:", "owner"),
    ("SCN-031", "type: download", "type: download\n    created: later", "payroll"),
    ("SCN-032", "{resume: payroll}", "{heal: {server: cdn.test}}", "heal"),
    ("SCN-033", "state: ERROR}", "state: TRANSFERRED, get_error: {code: 0x801901F7}}", "bits@1.5"),
    ("SCN-034", "timeline:", "finally: {path: C:\\x, exists: false}\ntimeline:", "C:\\x"),
    ("SCN-035", "  cdn.test:", "  other.test: {}\n  cdn.test:", "other.test"),
    ("SCN-037", "type: download", "type: download\n    minimum_retry_delay: 2s", "2s"),
    ("SCN-037", "{resume: payroll}", "{set: {job: payroll, minimum_retry_delay: 0s}}", "0s"),
    ("SCN-038", "type: download", "type: download\n    minimum_retry_delay: 15d", "15d"),
    ("SCN-038", "after: 5s", "after: 5s\n    only: [bits]", "only"),
    (
        "SCN-038",
        "after: 5s",
        "after: 5s\n    poll: {every: 2h, for: 1h, expect: {attempts: 1}}",
        "poll",
    ),
];

#[test]
fn every_case_gets_its_id_and_its_place() {
    for (id, from, to, underlined) in CASES {
        let text = with(from, to);
        let mistakes = found(&text);
        let all: String = mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
        let under = |mistake: &Diagnostic| {
            let start = mistake.place.offset as usize;
            text.get(start..start + mistake.place.len as usize).unwrap_or("?").to_owned()
        };
        let hit = |mistake: &&Diagnostic| {
            mistake.id == *id && (*id == "SCN-003" || under(mistake) == *underlined)
        };
        assert!(mistakes.iter().any(|mistake| hit(&mistake)), "{id} {underlined}\n{text}\n{all}");
    }
}

#[test]
fn every_id_is_documented_and_can_be_produced() {
    // What only a hostile file can bring about is in `hostile.rs`, what only a run shows is a matter
    // of those who play it.
    let elsewhere = ["SCN-001", "SCN-002", "SCN-039", "SCN-040", "SCN-041", "SCN-042", "SCN-099"];
    for (id, meaning) in DIAGNOSTICS {
        let covered = CASES.iter().any(|(case, ..)| case == id) || elsewhere.contains(id);
        assert!(covered, "no test produces {id}: {meaning}");
    }
    let mut ids: Vec<&str> = DIAGNOSTICS.iter().map(|(id, _)| *id).collect();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before);
    assert!(ids.is_sorted());
}

/// Puts the suggested text where the help says.
fn repaired(text: &str, mistake: &Diagnostic) -> Option<String> {
    let Some(Help { edit: Some((place, replacement)), .. }) = &mistake.help else { return None };
    let start = place.offset as usize;
    let (before, rest) = text.split_at(start);
    Some(format!("{before}{replacement}{}", &rest[place.len as usize..]))
}

#[test]
fn a_suggested_edit_repairs_its_mistake() {
    let mut edits = 0;
    for (id, from, to, _) in CASES {
        let text = with(from, to);
        let mistakes = found(&text);
        for mistake in &mistakes {
            if let Some(better) = repaired(&text, mistake) {
                edits += 1;
                let left = found(&better);
                // A repaired key may turn out to be given twice: the case has both on purpose.
                let same = left.iter().any(|other| {
                    other.id == mistake.id && other.place.offset == mistake.place.offset
                });
                assert!(!same, "{id}: {mistake}\n{better}");
            }
        }
    }
    assert!(edits >= 15, "only {edits} edits");
}

#[test]
fn all_mistakes_are_told_at_once_and_in_order() {
    let text = "\
scenario: many
run_on: [bits, bits@1.4]
rules: [BITS-ERRCOUNT-099]
world: {metered: yes}
servers:
  cdn.test: {bandwidth: 1 MiB, latency: 40}
jobs:
  payroll:
    typ: download
    minimum_retry_dealy: 10m
    priority: Foregruond
    files:
      - {url: 'https://cnd.test/payroll.cab', size: 900 mib}
timeline:
  - at: 10m
    do: {resume: payrol}
  - at: 5m
    expect: {job: payroll, state: TRANSFERED, eror_count: 1}
  - do: {resme: payroll}
never: {job: payroll, owner: owner}
";
    let mistakes = found(text);
    let lines: Vec<(u32, &str)> =
        mistakes.iter().map(|mistake| (mistake.place.line, mistake.id)).collect();
    assert_eq!(
        lines,
        [
            (2, "SCN-016"),
            (3, "SCN-015"),
            (4, "SCN-006"),
            (6, "SCN-011"),
            (6, "SCN-010"),
            (9, "SCN-004"),
            (10, "SCN-004"),
            (11, "SCN-013"),
            (13, "SCN-020"),
            (13, "SCN-011"),
            (16, "SCN-018"),
            (17, "SCN-022"),
            (18, "SCN-013"),
            (18, "SCN-004"),
            (19, "SCN-005"),
            (19, "SCN-004"),
            (20, "SCN-030"),
        ]
    );
    assert!(mistakes.iter().all(|mistake| mistake.severity == Severity::Error));
}

#[test]
fn the_mock_up_of_the_design_is_what_comes_out() {
    let text = with("type: download", "type: download\n    minimum_retry_dealy: 10m");
    let mistakes = found(&text);
    assert_eq!(mistakes.len(), 1);
    let mistake = &mistakes[0];
    assert_eq!(mistake.id, "SCN-004");
    assert_eq!(mistake.message, "unknown field `minimum_retry_dealy` of job `payroll`");
    assert_eq!((mistake.place.line, mistake.place.column, mistake.place.len), (9, 5, 19));
    let help = mistake.help.clone().expect("a repair");
    assert_eq!(help.message, "did you mean `minimum_retry_delay`?");
    assert_eq!(help.edit, Some((mistake.place, "minimum_retry_delay".to_owned())));
    assert_eq!(
        mistake.to_string(),
        "error[SCN-004] 9:5: unknown field `minimum_retry_dealy` of job `payroll` \
         (not known here); did you mean `minimum_retry_delay`?"
    );
}

#[test]
fn going_back_in_time_names_both_lines() {
    let mistakes = found(&with("after: 5s", "at: 5s"));
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].message.contains("line 13"), "{}", mistakes[0].message);
    assert!(mistakes[0].message.contains("line 11"), "{}", mistakes[0].message);
    assert_eq!(mistakes[0].related[0].0.line, 11);
}

#[test]
fn columns_count_characters() {
    let text = with("scenario: x", "scenario: x\nworld: {wall_clock: 'é€𐍈', network: donw}");
    let mistakes = found(&text);
    let columns: Vec<u32> = mistakes.iter().map(|mistake| mistake.place.column).collect();
    assert_eq!(columns, [21, 37]);
    assert_eq!(mistakes[0].place.len, 11);
}

#[test]
fn messages_speak_of_scenarios_not_of_programs() {
    for (_, from, to, _) in CASES {
        for mistake in found(&with(from, to)) {
            let said = mistake.to_string();
            for word in ["u32", "u64", "enum", "struct", "variant", "Option", "Some(", "serde"] {
                assert!(!said.contains(word), "{said}");
            }
            assert!(!mistake.message.ends_with('.'), "{said}");
        }
    }
}

#[test]
fn a_section_that_cannot_be_read_is_reported_once() {
    let text = "scenario: x\nrun_on: [bits]\njobs: [a]\n\
                timeline: [{at: 0s, do: [{resume: a}, {resume: b}]}]";
    let ids: Vec<&str> = found(text).iter().map(|mistake| mistake.id).collect();
    assert_eq!(ids, ["SCN-006"]);
}

/// What is said about a good scenario with this change.
fn said(from: &str, to: &str) -> Vec<String> {
    found(&with(from, to)).iter().map(Diagnostic::to_string).collect()
}

#[test]
fn a_text_of_two_lines_is_no_path() {
    let named = |text: &str| said("type: download", &format!("type: download\n    {text}"));
    for fine in [
        r#"display_name: "line one\nline two""#,
        r#"description: "a\tb""#,
        r#"display_name: "Note: C:\\temp\nline two""#,
    ] {
        assert_eq!(named(fine), [""; 0], "{fine}");
    }
    for path in [r#""C:\temp\new.cab""#, r#""\\server\new.cab""#] {
        let found = said("size: 1 MiB}", &format!("size: 1 MiB, local: {path}}}"));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found[0].starts_with("error[SCN-008]"), "{found:?}");
    }
}

#[test]
fn one_slip_is_one_message() {
    assert_eq!(
        said("do: {resume: payroll}", "do: {set: {job: payroll, interface: true}}"),
        [
            "error[SCN-004] 12:30: unknown field `interface` of `set` (not known here); did you mean \
             `notify_interface`?"
        ]
    );
    assert_eq!(
        said("do: {resume: payroll}", "do: {set: {job: payroll}}").len(),
        1,
        "a `set` that sets nothing"
    );
    assert_eq!(
        said("- at: 10m", "- att: 10m"),
        [
            "error[SCN-004] 11:5: unknown field `att` of the step (not known here); did you mean `at`?"
        ]
    );
}

#[test]
fn what_people_write_after_notify() {
    let notify = |value: &str| {
        let job = format!("type: download\n    notify:{value}");
        said("type: download", &job)
    };
    for fine in [" {}", "", " ~"] {
        assert_eq!(notify(fine), [""; 0], "{fine}");
    }
    let told = "write `notify: {}`: JobTransferred and JobError are told";
    for word in ["yes", "true"] {
        assert_eq!(
            notify(&format!(" {word}")),
            [format!(
                "error[SCN-006] 9:13: `notify` is a map of what the client wants, not `{word}`; \
                 {told}"
            )]
        );
    }
    assert_eq!(
        notify(" no"),
        ["error[SCN-006] 9:13: `notify` is a map of what the client wants, not `no`; leave \
             `notify` out: without it no client is told anything"]
    );
    for (events, list) in [
        ("job_transferred", "[job_transferred]"),
        ("'job_transferred, job_eror'", "[job_transferred, job_error]"),
        ("job_modified", "[job_modification]"),
    ] {
        let found = notify(&format!(" {{events: {events}}}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(&format!("; write `{list}`")), "{found:?}");
    }
    assert_eq!(notify(" {events: 3}"), [""; 0]);
}

#[test]
fn words_of_other_programs() {
    for (from, to, meant) in [
        ("{resume: payroll}", "{logout: owner}", "log_off"),
        ("{resume: payroll}", "{login: owner}", "log_on"),
        ("code: BG_E_HTTP_ERROR_503", "code: WINHTTP_TIMEOUT", "ERROR_WINHTTP_TIMEOUT"),
        ("state: TRANSFERRED", "state: PAUSED", "SUSPENDED"),
        ("size: 1 MiB}", "size: 1,5 GB}", "1500 MB"),
        ("for: 2m}", "for: 1,5h}", "1h 30m"),
    ] {
        let found = said(from, to);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(&format!("did you mean `{meant}`?")), "{found:?}");
    }
    // To some these are thousands, to others decimals.
    let found = said("size: 1 MiB}", "size: 1,500 MiB}");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("a comma is no decimal mark"), "{found:?}");
}
