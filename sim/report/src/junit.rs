//! Results as JUnit XML, in the dialect that Jenkins and its relatives read.
//!
//! A suite is a folder of scenarios, a test case is a run. A broken rule and a run that does not
//! settle are failures; a fault of the simulator and a file that cannot be run are errors. No test
//! case has a `time`: real time would differ from one machine to the next, and simulated time is
//! no measure of how long a test took. It is a property of its own, `simulated_seconds`.

use crate::results::{Ended, Played, Results};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The whole file. The error, which no results are known to bring about, says why there is none.
pub fn text(results: &Results) -> Result<String, String> {
    let mut suites: Vec<(String, TestSuite)> = Vec::new();
    for run in &results.runs {
        let folder = run.folder();
        let case = test_case(run, &folder);
        match suites.iter_mut().find(|(name, _)| *name == folder) {
            Some((_, suite)) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(allowed(&folder));
                suite.add_test_case(case);
                suites.push((folder, suite));
            }
        }
    }
    suites.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut report = Report::new("bitsim");
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    report.to_string().map_err(|error| error.to_string())
}

fn test_case(run: &Played, folder: &str) -> TestCase {
    let kind = match run.outcome {
        Ended::Held => None,
        Ended::Broken | Ended::Unsettled => Some(NonSuccessKind::Failure),
        Ended::Fault | Ended::Invalid => Some(NonSuccessKind::Error),
    };
    let status = match kind {
        None => TestCaseStatus::success(),
        Some(kind) => {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(allowed(&run.headline()));
            status.set_type(type_of(run)).set_description(allowed(&run.text));
            status
        }
    };
    let mut case = TestCase::new(allowed(&run.name), status);
    case.set_classname(allowed(folder));
    let line = run.failures.first().map_or(1, |failed| failed.line.max(1));
    case.add_property(("file", allowed(&run.path).as_str()));
    case.add_property(("line", line.to_string().as_str()));
    if let Some(target) = &run.target {
        case.add_property(("target", target.as_str()));
    }
    if let (Some(seed), Some(digest)) = (run.seed, &run.digest) {
        case.add_property(("seed", seed.to_string().as_str()));
        case.add_property(("simulated_seconds", run.virtual_seconds.to_string().as_str()));
        case.add_property(("digest", digest.as_str()));
    }
    case
}

/// The text without the two characters that XML forbids although they control nothing. The writer
/// leaves out the others.
fn allowed(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}

/// What kind of failure it is: the broken rule, `expectation`, `unsettled`, `fault` or `invalid`.
fn type_of(run: &Played) -> &str {
    match (run.outcome, run.failures.first()) {
        (Ended::Broken, Some(failed)) => failed.rule.as_deref().unwrap_or("expectation"),
        (outcome, _) => outcome.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    #[test]
    fn what_xml_forbids_is_left_out() {
        let mut all = results();
        let odd: String = (0..=0x1_0000).filter_map(char::from_u32).collect();
        let broken = &mut all.runs[1];
        broken.name.clone_from(&odd);
        broken.path.clone_from(&odd);
        broken.text.clone_from(&odd);
        broken.failures[0].title.clone_from(&odd);
        let text = text(&all).expect("a report");
        let forbidden = |c: char| {
            let control = c < ' ' && !matches!(c, '\t' | '\n' | '\r');
            control || matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        assert_eq!(text.chars().find(|c| forbidden(*c)), None);
    }

    #[test]
    fn a_report_reads_like_this() {
        let text = text(&results()).expect("a report");
        assert_eq!(text, include_str!("expected/junit.xml"), "\n{text}");
    }
}
