//! What is wrong with scenarios, for the people who wrote them.

use crate::snippet::{Label, Painter, Snippet};
use crate::trace::wrapped;
use crate::words;
use bitsim_scenario::plan::Place;
use bitsim_scenario::repair::Change;
use bitsim_scenario::{Diagnostic, Severity};
use serde::Serialize;

/// What fits on a line behind `error[SCN-004]: `.
const ROOM_OF_MESSAGE: usize = 84;

/// What fits on a line behind `help: `.
const ROOM_OF_HELP: usize = 94;

/// Every mistake of one file, one block each. `source` is the text in which the places count.
#[must_use]
pub fn text(path: &str, source: &str, diagnostics: &[Diagnostic], painter: Painter) -> String {
    let blocks: Vec<String> =
        diagnostics.iter().map(|one| snippet(path, source, one).render(painter) + "\n").collect();
    blocks.join("\n")
}

fn snippet(path: &str, source: &str, diagnostic: &Diagnostic) -> Snippet {
    let labels = diagnostic
        .related
        .iter()
        .map(|(place, text)| Label { place: *place, text: text.clone() })
        .collect();
    Snippet {
        level: diagnostic.severity.name(),
        id: Some(diagnostic.id.to_owned()),
        title: wrapped(&diagnostic.message, ROOM_OF_MESSAGE).join("\n"),
        path: path.to_owned(),
        source: source.to_owned(),
        primary: Some(Label { place: diagnostic.place, text: diagnostic.label.clone() }),
        labels,
        notes: Vec::new(),
        edit: diagnostic
            .help
            .as_ref()
            .map(|help| (wrapped(&help.message, ROOM_OF_HELP).join("\n"), help.edit.clone())),
    }
}

/// How many mistakes there were in how many files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mistakes that keep a scenario from being run.
    pub errors: usize,
    /// Things that deserve a look.
    pub warnings: usize,
    /// Files with an error or a warning.
    pub files: usize,
    /// The id of the first of them; of the first error, if there is one.
    pub first: Option<(Severity, &'static str)>,
}

impl Tally {
    /// Counts the mistakes of one more file.
    pub fn add(&mut self, diagnostics: &[Diagnostic]) {
        let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
        self.errors += errors;
        self.warnings += diagnostics.len() - errors;
        self.files += usize::from(!diagnostics.is_empty());
        let ids = diagnostics.iter().map(|one| (one.severity, one.id));
        // The first one of the worst kind.
        self.first = self.first.into_iter().chain(ids).min_by_key(|(severity, _)| *severity);
    }

    /// Where to read more: `more about it: bitsim explain SCN-004`.
    #[must_use]
    pub fn more(self) -> Option<String> {
        let (_, id) = self.first?;
        let what = if self.errors + self.warnings == 1 { "it" } else { "each id" };
        Some(format!("more about {what}: bitsim explain {id}"))
    }

    /// `2 errors in 2 files`, `1 error and 3 warnings in 2 files`, or nothing.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let found = match (self.errors, self.warnings) {
            (0, 0) => return None,
            (errors, 0) => words::count(errors, "error"),
            (0, warnings) => words::count(warnings, "warning"),
            (errors, warnings) => {
                format!(
                    "{} and {}",
                    words::count(errors, "error"),
                    words::count(warnings, "warning")
                )
            }
        };
        Some(format!("{found} in {}", words::count(self.files, "file")))
    }
}

/// A file and what is wrong with it, for programs.
#[derive(Debug, Serialize)]
pub struct Checked {
    path: String,
    fixed: Vec<Fixed>,
    diagnostics: Vec<Told>,
}

impl Checked {
    /// A file with what was repaired in it and what is left.
    #[must_use]
    pub fn new(path: &str, fixed: Vec<Fixed>, diagnostics: &[Diagnostic]) -> Self {
        let diagnostics = diagnostics.iter().map(Told::of).collect();
        Self { path: path.to_owned(), fixed, diagnostics }
    }
}

/// An edit that was made.
#[derive(Debug, Serialize)]
pub struct Fixed {
    id: &'static str,
    line: u32,
    old: String,
    new: String,
}

impl From<&Change> for Fixed {
    fn from(change: &Change) -> Self {
        let Change { line, old, new, id } = change.clone();
        Self { id, line, old, new }
    }
}

/// A diagnostic.
#[derive(Debug, Serialize)]
struct Told {
    id: &'static str,
    severity: &'static str,
    message: String,
    /// What stands beside the place; empty if there is nothing more to say.
    label: String,
    #[serde(flatten)]
    place: Span,
    related: Vec<Related>,
    help: Option<String>,
    edit: Option<Edit>,
}

/// A stretch of the text: lines and columns count characters from 1, the others bytes.
#[derive(Debug, Serialize)]
struct Span {
    line: u32,
    column: u32,
    offset: u32,
    length: u32,
}

#[derive(Debug, Serialize)]
struct Related {
    #[serde(flatten)]
    place: Span,
    label: String,
}

#[derive(Debug, Serialize)]
struct Edit {
    #[serde(flatten)]
    place: Span,
    new: String,
}

impl From<Place> for Span {
    fn from(Place { line, column, offset, len }: Place) -> Self {
        Self { line, column, offset, length: len }
    }
}

impl Told {
    fn of(one: &Diagnostic) -> Self {
        let related = one.related.iter();
        let related =
            related.map(|(place, label)| Related { place: (*place).into(), label: label.clone() });
        let edit = one.help.as_ref().and_then(|help| help.edit.clone());
        Self {
            id: one.id,
            severity: one.severity.name(),
            message: one.message.clone(),
            label: one.label.clone(),
            place: one.place.into(),
            related: related.collect(),
            help: one.help.as_ref().map(|help| help.message.clone()),
            edit: edit.map(|(place, new)| Edit { place: place.into(), new }),
        }
    }
}

/// Everything about a number of files as JSON. Files without mistakes are only counted.
#[must_use]
pub fn json(scenarios: usize, tally: Tally, files: &[Checked]) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        version: u32,
        scenarios: usize,
        errors: usize,
        warnings: usize,
        files: &'a [Checked],
    }
    let Tally { errors, warnings, .. } = tally;
    crate::json(&Whole { version: 1, scenarios, errors, warnings, files })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim_scenario::Help;
    use bitsim_scenario::plan::Place;

    const SOURCE: &str = "scenario: x\nrun_on: [bits]\njobs:\n  a:\n    minimum_retry_dealy: 10m\n";

    fn mistake() -> Diagnostic {
        let place = Place { line: 5, column: 5, offset: 42, len: 19 };
        Diagnostic {
            id: "SCN-004",
            severity: Severity::Error,
            message: "unknown field `minimum_retry_dealy` of job `a`".into(),
            place,
            label: "not a property of a download job".into(),
            related: vec![(Place { line: 4, column: 3, offset: 35, len: 1 }, "this job".into())],
            help: Some(Help {
                message: "did you mean `minimum_retry_delay`?".into(),
                edit: Some((place, "minimum_retry_delay".into())),
            }),
        }
    }

    #[test]
    fn a_mistake_shows_line_cause_and_repair() {
        let text = text("scenarios/a.yaml", SOURCE, &[mistake()], Painter::Plain);
        assert_eq!(text, include_str!("expected/diagnostic.txt"));
    }

    #[test]
    fn a_place_outside_the_text_is_no_reason_to_fail() {
        let mut lost = mistake();
        lost.place.offset = 4_000;
        lost.help = None;
        let text = text("scenarios/a.yaml", "scenario: ü\n", &[lost], Painter::Plain);
        assert!(text.starts_with("error[SCN-004]: unknown field"), "{text}");
        assert!(text.contains("scenarios/a.yaml"), "{text}");
    }

    #[test]
    fn mistakes_are_counted_in_words() {
        let mut tally = Tally::default();
        assert_eq!(tally.text(), None);
        tally.add(&[mistake(), Diagnostic { severity: Severity::Warning, ..mistake() }]);
        tally.add(&[]);
        assert_eq!(tally.text().as_deref(), Some("1 error and 1 warning in 1 file"));
        assert_eq!(tally.more().as_deref(), Some("more about each id: bitsim explain SCN-004"));
        tally.add(&[mistake()]);
        assert_eq!(tally.text().as_deref(), Some("2 errors and 1 warning in 2 files"));
    }
}
