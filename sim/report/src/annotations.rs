//! Failures as annotations of a pull request on GitHub.

use crate::failure::{self, Behind, Case, Tie};
use crate::names::Names;
use crate::places;
use crate::rulebook;
use bitsim_scenario::plan::Place;
use bitsim_scenario::{Diagnostic, Severity};

/// GitHub shows about this many annotations of a kind.
pub const MOST_SHOWN: usize = 10;

/// One annotation for each root of what went wrong in a run; what only follows from it is left to
/// the text of the failure.
#[must_use]
pub fn of_run(case: &Case<'_>) -> Vec<String> {
    let names = Names::of(case.run);
    let annotate = |root: &failure::Root| {
        let failure = &root.failure;
        let place = failure::place(case, failure).unwrap_or_default();
        let named = failure::behind(case, failure);
        let title = match named {
            Some(Behind { rule, tie: Tie::Broken | Tie::Idle }) => rule.text().to_owned(),
            Some(Behind { rule, .. }) => format!("expectation ({rule})"),
            None => "expectation".to_owned(),
        };
        let mut text = failure.title(&names);
        let contrast = failure.contrast(&names);
        if !contrast.is_empty() {
            text += &format!(": {contrast}");
        }
        let mut facts: Vec<String> = Vec::new();
        if failure.event() > 0 {
            facts.push(format!("event {}, {}", failure.event(), places::short(failure.at())));
        }
        let pages = named.and_then(|named| rulebook::rule(named.rule)).map(|rule| rule.pages());
        let page = pages.unwrap_or_default().into_iter().next();
        facts.extend(page.map(|page| format!("page: {}", page.title)));
        if !facts.is_empty() {
            text += &format!(" ({})", facts.join("; "));
        }
        line("error", case.path, place, &title, &text)
    };
    failure::roots(case.plan, case.run).iter().map(annotate).collect()
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

/// An annotation: `error`, `warning` or `notice`, at a place of a file.
pub(crate) fn line(level: &str, path: &str, place: Place, title: &str, text: &str) -> String {
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
                        trace says 2 (event 30, 00:25:00; page: IBackgroundCopyJob::GetErrorCount)";
        assert_eq!(lines, [expected]);
        assert_eq!(escaped_property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
