//! Makes the edits that diagnostics propose, byte by byte: what no edit covers (comments, line
//! ends, a byte order mark) stays as it is.
//!
//! A diagnostic proposes an edit only if there is no doubt about it. Edits that touch each other
//! are made one after another, with a new reading of the text in between.

use crate::diagnostic::{Diagnostic, Severity};
use crate::{LARGEST_FILE, MARK, codes, load, meant, quantity, without_mark};

/// How often a text is read in one repair at most: reading a large one takes its time.
pub const MOST_READINGS: usize = 60;

/// A text after its repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The bytes of the file, repaired.
    pub bytes: Vec<u8>,
    /// What was changed, in the order of the file.
    pub changes: Vec<Change>,
    /// What was not changed although there is an edit: the file would have had more mistakes.
    pub refused: Vec<Change>,
    /// What was not tried by itself, for the text had been read [`MOST_READINGS`] times by then.
    pub untried: Vec<Change>,
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
    let seen = vec![now.bytes.clone()];
    let mut work = Work { path, readings_left: MOST_READINGS - 1, seen, refused: Vec::new() };
    let mut changes: Vec<Change> = Vec::new();
    while let Some((next, made)) = work.better(&now).or_else(|| work.in_two_steps(&now)) {
        changes.extend(made);
        work.seen.push(next.bytes.clone());
        now = next;
    }
    let (refused, untried) =
        now.proposed().into_iter().partition(|change| work.refused.contains(change));
    changes.sort();
    Repaired { bytes: now.bytes, changes, refused, untried, left: now.diagnostics }
}

/// A repair that is under way.
struct Work<'p> {
    path: &'p str,
    readings_left: usize,
    /// Every text that was taken over: none of them is worth coming back to.
    seen: Vec<Vec<u8>>,
    /// Edits that do more harm than good by themselves.
    refused: Vec<Change>,
}

/// A better text, and what was changed for it.
type Step = (Reading, Vec<Change>);

impl Work<'_> {
    /// The text after these edits, unless it has been read often enough.
    fn tried(&mut self, before: &Reading, edits: &[Edit<'_>]) -> Option<Reading> {
        self.readings_left = self.readings_left.checked_sub(1)?;
        Some(Reading::of(self.path, before.with(before.text()?, edits)))
    }

    fn is_better(&self, after: &Reading, before: &Reading) -> bool {
        after.weight() <= before.weight()
            && after.bytes.len() <= LARGEST_FILE.max(before.bytes.len())
            && !self.seen.contains(&after.bytes)
    }

    /// The text after all edits that it allows at once, without those that make matters worse. They
    /// are found by halves.
    fn better(&mut self, now: &Reading) -> Option<Step> {
        let text = now.text()?;
        let edits = edits(text, &now.diagnostics);
        let mut taken: Vec<Edit<'_>> = Vec::new();
        let mut best: Option<Reading> = None;
        let mut parts: Vec<&[Edit<'_>]> = vec![&edits];
        while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
            let mut with_it = [taken.as_slice(), part].concat();
            with_it.sort_by_key(|edit| edit.start);
            let Some(after) = self.tried(now, &with_it) else { break };
            if self.is_better(&after, best.as_ref().unwrap_or(now)) {
                (taken, best) = (with_it, Some(after));
            } else if let [edit] = part {
                self.refused.push(edit.told(text));
            } else {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            }
        }
        Some((best?, taken.iter().map(|edit| edit.told(text)).collect()))
    }

    /// The text after an edit that makes matters worse only until those are made that come up with
    /// it: `run_on` names a target as it should, and an `except` does not yet.
    fn in_two_steps(&mut self, now: &Reading) -> Option<Step> {
        let text = now.text()?;
        let known = now.proposed();
        for edit in edits(text, &now.diagnostics) {
            let between = self.tried(now, &[edit])?;
            let Some(its_text) = between.text() else { continue };
            let mut more = edits(its_text, &between.diagnostics);
            more.retain(|edit| !known.contains(&edit.told(its_text)));
            if more.is_empty() {
                continue;
            }
            let after = self.tried(&between, &more)?;
            if self.is_better(&after, now) {
                let told = more.iter().map(|edit| edit.told(its_text));
                return Some((after, [edit.told(text)].into_iter().chain(told).collect()));
            }
        }
        None
    }
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

    /// First what keeps the rest of the file from being read, whatever comes to light behind it.
    /// Then errors: warnings are told only when there is none.
    fn weight(&self) -> (usize, usize, usize) {
        let number = |counts: &dyn Fn(&Diagnostic) -> bool| {
            self.diagnostics.iter().filter(|one| counts(one)).count()
        };
        let hiding = number(&|one| matches!(one.id, codes::BAD_YAML | codes::UNKNOWN_TARGET));
        let errors = number(&|one| one.severity == Severity::Error);
        (hiding, errors, self.diagnostics.len() - errors)
    }

    /// The edits that its diagnostics propose.
    fn proposed(&self) -> Vec<Change> {
        self.text().map_or_else(Vec::new, |text| {
            edits(text, &self.diagnostics).iter().map(|edit| edit.told(text)).collect()
        })
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

/// True if a number or quantity becomes another one. In place of a mistyped number any other is a
/// guess; `1000` for `1,000` and `1h 30m` for `1.5h` are none.
fn guesses_a_number(old: &str, new: &str) -> bool {
    let (old, new) = (unquoted(old), unquoted(new));
    if meant::hresult_meant(old).as_deref() == Some(new) {
        return false;
    }
    match quantity::same(old, new) {
        Some(same) => !same,
        None => numbers(old) != numbers(new),
    }
}

fn unquoted(text: &str) -> &str {
    let within = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    within('\'').or_else(|| within('"')).unwrap_or(text)
}

/// The numbers in a word, however many zeros they begin with: in `BITS-STATE-001` a 1.
fn numbers(text: &str) -> Vec<&str> {
    let runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(|run| run.trim_start_matches('0')).collect()
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
mod tests;
