//! What is wrong with scenarios, for the people who wrote them.

use crate::snippet::{Label, Painter, Snippet};
use crate::words;
use bitsim_scenario::{Diagnostic, Severity};

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
        title: diagnostic.message.clone(),
        path: path.to_owned(),
        source: source.to_owned(),
        primary: Some(Label { place: diagnostic.place, text: diagnostic.label.clone() }),
        labels,
        notes: Vec::new(),
        edit: diagnostic.help.as_ref().map(|help| (help.message.clone(), help.edit.clone())),
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
}

impl Tally {
    /// Counts the mistakes of one more file.
    pub fn add(&mut self, diagnostics: &[Diagnostic]) {
        let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
        self.errors += errors;
        self.warnings += diagnostics.len() - errors;
        self.files += usize::from(!diagnostics.is_empty());
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
        tally.add(&[mistake()]);
        assert_eq!(tally.text().as_deref(), Some("2 errors and 1 warning in 2 files"));
    }
}
