use super::*;
use crate::plan::Place;

const GOOD: &str = "\
scenario: a job  # with a remark
run_on: [bits]
servers:
  cdn.test: {}
jobs:
  payroll:
    type: download
    minimum_retry_delay: 10m   # not 20m
    files: [{url: 'https://cdn.test/a.cab', size: 1 MiB}]
timeline:
  - at: 10m
    do: {resume: payroll}
";

fn with(typos: &[(&str, &str)]) -> String {
    typos.iter().fold(GOOD.to_owned(), |text, (right, wrong)| {
        assert!(text.contains(right), "{right}");
        text.replacen(right, wrong, 1)
    })
}

fn repaired(text: &str) -> Repaired {
    repair("x.yaml", text.as_bytes())
}

#[test]
fn slips_are_repaired_and_everything_else_stays() {
    let typos = [("minimum_retry_delay", "minimum_retry_dealy"), ("resume:", "resmue:")];
    for (name, dress) in [
        ("plain", (|text| text) as fn(String) -> String),
        ("CRLF", |text| text.replace('\n', "\r\n")),
        ("mark", |text| format!("\u{feff}{text}")),
        ("mark and CRLF", |text| format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("no last line end", |text| text.trim_end().to_owned()),
        ("letters of two bytes", |text| text.replace("remark", "Bemerkung: größer")),
    ] {
        let found = repaired(&dress(with(&typos)));
        assert_eq!(String::from_utf8_lossy(&found.bytes), dress(GOOD.to_owned()), "{name}");
        let told: Vec<(u32, &str, &str)> = found
            .changes
            .iter()
            .map(|change| (change.line, change.old.as_str(), change.new.as_str()))
            .collect();
        assert_eq!(
            told,
            [(8, "minimum_retry_dealy", "minimum_retry_delay"), (12, "resmue", "resume")],
            "{name}"
        );
        assert_eq!((found.refused, found.untried), (Vec::new(), Vec::new()), "{name}");
        assert_eq!(found.left, Vec::new(), "{name}");
        let again = repair("x.yaml", &found.bytes);
        assert_eq!((again.bytes, again.changes), (found.bytes, Vec::new()), "{name}");
    }
}

#[test]
fn mistakes_that_hide_behind_others_are_repaired_too() {
    // What is wrong inside of the job shows only once the section has its name back.
    let text = with(&[("jobs:", "jobz:"), ("type: download", "typ: download")]);
    let found = repaired(&text);
    assert_eq!(String::from_utf8_lossy(&found.bytes), GOOD);
    assert_eq!(found.changes.len(), 2);
}

#[test]
fn what_is_in_doubt_is_left_to_people() {
    for typo in [
        // Either job may be meant.
        ("do: {resume: payroll}", "do: {resume: payrol2}"),
        // No word at all.
        ("type: download", "type: carrier_pigeon"),
        // How long, nobody knows.
        ("at: 10m", "at: 10"),
    ] {
        let jobs = "  payrol1:\n    type: download\n  payrol3:\n    type: download\n";
        let text = with(&[typo]).replace("servers:", "# ?\nservers:");
        let text = text.replace("timeline:", &format!("{jobs}timeline:"));
        let found = repaired(&text);
        assert_eq!(String::from_utf8_lossy(&found.bytes), text);
        assert!(found.changes.is_empty() && !found.left.is_empty(), "{:?}", found.changes);
    }
}

#[test]
fn a_short_delay_is_written_as_the_service_takes_it() {
    let found = repaired(&with(&[("10m   # not", "2s   # not")]));
    assert_eq!(String::from_utf8_lossy(&found.bytes), with(&[("10m   # not", "5s   # not")]));
    assert_eq!(found.changes[0].id, codes::TAKEN_AS);
}

/// A text is repaired to this text, and nothing is left to say.
#[track_caller]
fn becomes(wrong: &str, right: &str) {
    let found = repaired(wrong);
    assert_eq!(String::from_utf8_lossy(&found.bytes), right, "{:#?}", found.left);
    assert_eq!(found.left, Vec::new());
}

#[test]
fn quantities_are_written_as_they_are_read_here() {
    for (wrong, right) in [
        ("at: 1.5h", "at: 1h 30m"),
        ("at: 2w", "at: 14d"),
        ("at: 5m0s", "at: 5m"),
        ("at: 10 minutes", "at: 10m"),
        ("at: PT10M", "at: 10m"),
        ("at: P1DT2H", "at: 1d 2h"),
    ] {
        becomes(&with(&[("at: 10m", wrong)]), &with(&[("at: 10m", right)]));
    }
    for (wrong, right) in [
        ("size: 1.5 GiB", "size: 1536 MiB"),
        ("size: '0,5 GiB'", "size: '512 MiB'"),
        ("size: 100 MIB", "size: 100 MiB"),
        ("size: 10 b", "size: 10 B"),
    ] {
        becomes(&with(&[("size: 1 MiB", wrong)]), &with(&[("size: 1 MiB", right)]));
    }
    for (wrong, right) in [("1 MiB", "1 MiB/s"), ("8 Mbit/s", "1 MB/s"), ("9 MBps", "9 MB/s")] {
        let server = |rate| with(&[("test: {}", &format!("test: {{bandwidth: {rate}}}"))]);
        becomes(&server(wrong), &server(right));
    }
    let moved = |by: &str| {
        with(&[(
            "do: {resume: payroll}",
            &format!("do: [{{resume: payroll}}, {{move_wall_clock: {by}}}]"),
        )])
    };
    becomes(&moved("-1.5h"), &moved("-1h 30m"));
    let dated =
        |date: &str| with(&[("servers:", &format!("world: {{wall_clock: {date}}}\nservers:"))]);
    becomes(&dated("2026-3-1"), &dated("2026-03-01"));
}

#[test]
fn quantities_that_may_be_others_stay_as_they_are() {
    let stays = |right: &str, wrong: &str| {
        let text = with(&[(right, wrong)]);
        let found = repaired(&text);
        assert_eq!(String::from_utf8_lossy(&found.bytes), text);
        assert!(found.changes.is_empty() && found.left.len() == 1, "{:?}", found.left);
    };
    for time in ["P1M", "5M", "1h 5M", "12:30:00", "10:00", "1.500 h", "10"] {
        stays("at: 10m", &format!("at: {time}"));
    }
    for size in ["8 Mb", "2 Gb", "100 mib", "100 M", "1.500 GiB"] {
        stays("size: 1 MiB", &format!("size: {size}"));
    }
    for rate in ["8 Mbps", "64 kbps", "8 Mb/s", "8 b/s"] {
        stays("test: {}", &format!("test: {{bandwidth: {rate}}}"));
    }
}

#[test]
fn a_number_is_not_guessed() {
    for (old, new) in [
        ("1.5h", "1h 30m"),
        ("'1,000'", "1000"),
        ("-2145844745", "BG_E_HTTP_ERROR_503"),
        ("BITS-STAET-1", "BITS-STATE-001"),
        ("do_legacy", "do-legacy"),
    ] {
        assert!(!guesses_a_number(old, new), "{old} -> {new}");
    }
    for (old, new) in [
        // The same digits, and another quantity.
        ("8 Mbps", "8 MB/s"),
        ("5M", "5m"),
        ("10", "10s"),
        ("payroll1", "payroll2"),
        ("bits@1.6", "bits@1.5"),
        ("BITS-STATE-010", "BITS-STATE-001"),
    ] {
        assert!(guesses_a_number(old, new), "{old} -> {new}");
    }
}

#[test]
fn what_hangs_together_is_repaired_together() {
    let right = with(&[
        ("run_on: [bits]", "run_on: [bits, do-legacy]"),
        ("minimum_retry_delay: 10m   # not 20m\n", "notify: {}\n"),
    ]) + "  - at: 20m\n    expect: {job: payroll, state: TRANSFERRED, error_count: 0, owner: \
          owner}\n    except: {do-legacy: {job: payroll, state: TRANSFERRED}}\n";
    let right = right.replace("    notify: {}\n", "");
    assert_eq!(repaired(&right).left, Vec::new());
    becomes(&right.replace("do-legacy", "do_legacy"), &right);
    becomes(&right.replace("[bits, do-legacy]", "[bits, do_legacy]"), &right);
    becomes(&right.replace("{do-legacy:", "{do_legacy:"), &right);
}

#[test]
fn what_comes_to_light_behind_a_repair_is_no_reason_against_it() {
    // The field is right once those in it are.
    becomes(&with(&[("files: [{url", "fils: [{ulr"), (", size:", ", siez:")]), GOOD);
    // A target that exists, although the claims of the file do not all exist on it.
    let old = with(&[("[bits]", "[bits, do_legacy]")]);
    let found = repaired(&old);
    assert_eq!(String::from_utf8_lossy(&found.bytes), old.replace("do_legacy", "do-legacy"));
    // YAML that can be read, although it does not say much.
    let old = with(&[
        ("a job  # with", "a job: it # with"),
        ("type: download", "type: pigeon"),
        ("resume: payroll", "resume: nobody"),
    ]);
    let found = repaired(&old);
    assert_eq!((found.changes.len(), found.left.len()), (1, 2), "{:?}", found.left);
}

/// A field whose right name brings three mistakes to light.
const HARMFUL: &str = "[{a: 1, b: 2, c: 3, d: 4}]";

/// A scenario with that many edits that do harm, between two that do not.
fn harmful(jobs: usize) -> (String, String) {
    let mut jobs: String =
        (0..jobs).map(|n| format!("  j{n}:\n    type: download\n    fils: {HARMFUL}\n")).collect();
    jobs.push_str("timeline:");
    let text = |right: &[(&str, &str)]| with(right).replace("timeline:", &jobs);
    (text(&[("type: download", "typ: download"), ("resume:", "resmue:")]), text(&[]))
}

#[test]
fn harmful_edits_do_not_keep_the_others_from_being_made() {
    let (wrong, right) = harmful(3);
    let found = repaired(&wrong);
    assert_eq!(String::from_utf8_lossy(&found.bytes), right);
    let refused: Vec<&str> = found.refused.iter().map(|change| change.old.as_str()).collect();
    assert_eq!((refused, found.untried), (vec!["fils"; 3], Vec::new()));
}

#[test]
fn a_text_is_read_only_so_often() {
    let jobs = 2 * MOST_READINGS;
    let (wrong, _) = harmful(jobs);
    let found = repaired(&wrong);
    assert_eq!(found.changes.len(), 1, "the first one is found by halves");
    assert!(!found.refused.is_empty() && found.refused.len() < MOST_READINGS);
    assert_eq!(found.refused.len() + found.untried.len(), jobs + 1);
    assert!(found.untried.iter().any(|change| change.old == "resmue"), "the last one is not");
}

#[test]
fn what_is_no_scenario_is_not_touched() {
    let bytes: [&[u8]; 4] = [b"", b"\xff\xfe\x00", b"scenario: \xc3\x28", b"[[[["];
    for bytes in bytes {
        let found = repair("x.yaml", bytes);
        assert_eq!(found.bytes, bytes);
        assert_eq!(found.changes, []);
    }
}

fn diagnostic(offset: usize, len: usize, new: &str) -> Diagnostic {
    let narrow = |n: usize| u32::try_from(n).expect("small");
    let place = Place { line: 1, column: 1, offset: narrow(offset), len: narrow(len) };
    Diagnostic::warning("SCN-004", place, "x").edit("x", place, new)
}

#[test]
fn of_two_opinions_neither_is_taken_and_of_neighbours_the_first() {
    let text = "abcdef";
    let made = |all: &[Diagnostic]| {
        edits(text, all).iter().map(|edit| edit.new.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(made(&[diagnostic(1, 2, "x"), diagnostic(1, 2, "y")]), [] as [&str; 0]);
    assert_eq!(made(&[diagnostic(1, 2, "x"), diagnostic(1, 2, "x")]), ["x"]);
    assert_eq!(made(&[diagnostic(2, 2, "y"), diagnostic(1, 2, "x")]), ["x"]);
    assert_eq!(made(&[diagnostic(5, 9, "x"), diagnostic(0, 1, "a")]), [] as [&str; 0]);
    assert_eq!(made(&[diagnostic(0, 1, "x\ny")]), [] as [&str; 0]);
}

/// Whatever the edits are, what lies outside of their spans is the same before and after.
#[test]
fn bytes_outside_of_the_spans_never_change() {
    let text = "größer: 1 # ü\r\n  - {a: b, 'c': \"d\"}\n\tende äöü\n";
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for _ in 0..2_000 {
        let words = ["", "x", "ß", "longer than before"];
        let all: Vec<Diagnostic> = (0..draw(6))
            .map(|_| diagnostic(draw(text.len()), draw(6), words[draw(words.len())]))
            .collect();
        let made = edits(text, &all);
        let spliced = splice(text, &made);
        let mut rest = spliced.as_str();
        let mut from = 0;
        for edit in &made {
            let kept = &text[from..edit.start];
            rest = rest.strip_prefix(kept).expect("kept").strip_prefix(edit.new).expect("new");
            from = edit.end;
        }
        assert_eq!(rest, &text[from..]);
    }
}
