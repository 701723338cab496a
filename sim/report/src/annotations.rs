//! Failures as annotations of a pull request on GitHub.

use crate::failure::{self, Case};
use crate::names::Names;
use crate::places;
use bitsim_scenario::plan::Place;
use bitsim_scenario::{Diagnostic, Severity};

/// GitHub shows about this many annotations of a kind.
pub const MOST_SHOWN: usize = 10;

/// One annotation for each thing that went wrong in a run.
#[must_use]
pub fn of_run(case: &Case<'_>) -> Vec<String> {
    let names = Names::of(case.run);
    let annotate = |failure: &failure::Failure| {
        let place = failure::place(case, failure).unwrap_or_default();
        let title = match failure.rule(case.run) {
            Some(rule) => rule.text().to_owned(),
            None => "expectation".to_owned(),
        };
        let text = match failure.contrast(&names).as_str() {
            "" => failure.title(&names),
            contrast => format!("{}: {contrast}", failure.title(&names)),
        };
        let event = match failure.event() {
            0 => String::new(),
            event => format!(" (event {event}, {})", places::short(failure.at())),
        };
        line("error", case.path, place, &title, &format!("{text}{event}"))
    };
    failure::failures(case.plan, case.run).iter().map(annotate).collect()
}

/// One annotation for each mistake of a scenario.
#[must_use]
pub fn of_mistakes(path: &str, diagnostics: &[Diagnostic]) -> Vec<String> {
    let annotate = |one: &Diagnostic| {
        let level = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        line(level, path, one.place, one.id, &one.message)
    };
    diagnostics.iter().map(annotate).collect()
}

fn line(level: &str, path: &str, place: Place, title: &str, text: &str) -> String {
    let at = match place.line {
        0 => String::new(),
        line => format!(",line={line},col={}", place.column),
    };
    let (path, title) = (escaped_property(path), escaped_property(title));
    format!("::{level} file={path}{at},title={title}::{}", escaped(text))
}

/// The characters that would end the message.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The characters that would end a property of the command.
fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_broken_rule_marks_the_line_in_the_pull_request() {
        let (plan, run) = (sample::plan(), sample::run());
        let case = Case {
            name: "x",
            path: "scenarios/x.yaml",
            source: sample::SOURCE,
            plan: &plan,
            run: &run,
            again: "",
        };
        let lines = of_run(&case);
        let expected = "::error file=scenarios/x.yaml,line=19,col=65,title=BITS-ERRCOUNT-004::a \
                        network disconnect raised the error count of `payroll`: expected 1, the \
                        trace says 2 (event 30, 00:25:00)";
        assert_eq!(lines, [expected]);
        assert_eq!(escaped_property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
