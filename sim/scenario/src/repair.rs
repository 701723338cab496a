//! Makes the edits that diagnostics propose, byte by byte: what no edit covers (comments, line
//! ends, a byte order mark) stays as it is.
//!
//! A diagnostic proposes an edit only if there is no doubt about it. Edits that touch each other
//! are made one after another, with a new reading of the text in between.

use crate::diagnostic::{Diagnostic, Severity};
use crate::{MARK, load, without_mark};

/// How often a text is read again at most.
const MOST_ROUNDS: usize = 50;

/// A text after its repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The bytes of the file, repaired.
    pub bytes: Vec<u8>,
    /// What was changed, in the order of the file.
    pub changes: Vec<Change>,
    /// What was not changed although there is an edit: the file would have had more mistakes.
    pub refused: Vec<Change>,
    /// What is still wrong with it.
    pub left: Vec<Diagnostic>,
}

/// One edit, as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The line, counted from 1. Edits stay within their line, so it has one number before and
    /// after.
    pub line: u32,
    /// What stood there.
    pub old: String,
    /// What stands there now.
    pub new: String,
    /// The diagnostic that proposed it: `SCN-004`.
    pub id: &'static str,
}

/// An edit of a text by bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edit<'d> {
    start: usize,
    end: usize,
    new: &'d str,
    by: &'d Diagnostic,
}

/// Repairs the bytes of a scenario, as far as that can be done without doubt.
#[must_use]
pub fn repair(path: &str, bytes: &[u8]) -> Repaired {
    let mut now = Reading::of(path, bytes.to_vec());
    let mut seen = vec![now.bytes.clone()];
    let mut changes: Vec<Change> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let Some((next, made)) = now.better(path, &seen) else { break };
        changes.extend(made);
        seen.push(next.bytes.clone());
        now = next;
    }
    let refused = now.text().map_or_else(Vec::new, |text| {
        edits(text, &now.diagnostics).iter().map(|edit| edit.told(text)).collect()
    });
    changes.sort();
    Repaired { bytes: now.bytes, changes, refused, left: now.diagnostics }
}

/// A text and what is wrong with it.
struct Reading {
    bytes: Vec<u8>,
    diagnostics: Vec<Diagnostic>,
}

impl Reading {
    fn of(path: &str, bytes: Vec<u8>) -> Self {
        let diagnostics = match load(path, &bytes) {
            Ok(scenario) => scenario.warnings().to_vec(),
            Err(mistakes) => mistakes,
        };
        Self { bytes, diagnostics }
    }

    /// The text in which places count.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(without_mark(&self.bytes)).ok()
    }

    /// Errors first: warnings are told only when there is no error.
    fn weight(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// The text after all edits that it allows at once; or, if that makes matters worse, after
    /// the first one that does not.
    fn better(&self, path: &str, seen: &[Vec<u8>]) -> Option<(Self, Vec<Change>)> {
        let text = self.text()?;
        let edits = edits(text, &self.diagnostics);
        let tried = |edits: &[Edit<'_>]| {
            let after = Self::of(path, self.with(text, edits));
            let good = after.weight() <= self.weight() && !seen.contains(&after.bytes);
            good.then(|| (after, edits.iter().map(|edit| edit.told(text)).collect()))
        };
        if edits.is_empty() {
            return None;
        }
        tried(&edits).or_else(|| edits.chunks(1).filter(|_| edits.len() > 1).find_map(tried))
    }

    /// The bytes after the edits, byte order mark included.
    fn with(&self, text: &str, edits: &[Edit<'_>]) -> Vec<u8> {
        let mark: &[u8] = if self.bytes.starts_with(MARK) { MARK } else { &[] };
        [mark, splice(text, edits).as_bytes()].concat()
    }
}

impl Edit<'_> {
    fn told(&self, text: &str) -> Change {
        Change {
            line: self
                .by
                .help
                .as_ref()
                .and_then(|help| help.edit.as_ref())
                .map_or(0, |(place, _)| place.line),
            old: text.get(self.start..self.end).unwrap_or_default().to_owned(),
            new: self.new.to_owned(),
            id: self.by.id,
        }
    }
}

/// The edits that can be made at once, in the order of the text. Of edits that touch each other
/// the first one comes first; of two opinions about the same place neither is taken.
fn edits<'d>(text: &str, diagnostics: &'d [Diagnostic]) -> Vec<Edit<'d>> {
    let mut all: Vec<Edit<'d>> = diagnostics.iter().filter_map(|one| edit(text, one)).collect();
    all.sort_by_key(|edit| (edit.start, edit.end));
    let disputed = |one: &Edit<'_>| {
        all.iter()
            .any(|other| (one.start, one.end) == (other.start, other.end) && one.new != other.new)
    };
    let mut made: Vec<Edit<'d>> = Vec::with_capacity(all.len());
    for edit in all.iter().filter(|one| !disputed(one)) {
        if made.last().is_none_or(|last| last.end < edit.start) {
            made.push(*edit);
        }
    }
    made
}

/// The edit of a diagnostic, if it changes something within one line of the text.
fn edit<'d>(text: &str, diagnostic: &'d Diagnostic) -> Option<Edit<'d>> {
    let (place, new) = diagnostic.help.as_ref()?.edit.as_ref()?;
    let start = usize::try_from(place.offset).ok()?;
    let end = start.checked_add(usize::try_from(place.len).ok()?)?;
    let old = text.get(start..end)?;
    let one_line = !old.contains(['\n', '\r']) && !new.contains(['\n', '\r']);
    let sure = diagnostic.severity == Severity::Warning || !guesses_a_number(old, new);
    (one_line && sure && old != new).then_some(Edit { start, end, new, by: diagnostic })
}

/// True if a number becomes another one. In place of a mistyped number any other is a guess;
/// `1 000` for `1,000` is none.
fn guesses_a_number(old: &str, new: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    digits(old) != digits(new)
}

/// The text with each span replaced. The edits stand in the order of the text and do not overlap.
fn splice(text: &str, edits: &[Edit<'_>]) -> String {
    let mut spliced = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        spliced.push_str(text.get(from..edit.start).unwrap_or_default());
        spliced.push_str(edit.new);
        from = edit.end;
    }
    spliced.push_str(text.get(from..).unwrap_or_default());
    spliced
}

#[cfg(test)]
mod tests {
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
            assert_eq!((found.refused, found.left), (Vec::new(), Vec::new()), "{name}");
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
        assert_eq!(found.changes[0].id, crate::codes::TAKEN_AS);
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
}
