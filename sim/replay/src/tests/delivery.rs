//! Delivery Optimization: downloads and the jobs of its legacy interface, told in scenarios.

use super::tell;
use crate::{FailureKind, Run};
use bitsim_scenario::load;
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::download::{DownloadCall, DownloadState, Standing, Value};
use bitsim_vocab::trace::NoteResult;
use bitsim_vocab::{Happened, Hresult, Target};

fn run_on(target: Target, text: &str) -> Run {
    let scenario = match load("x.yaml", text.as_bytes()) {
        Ok(scenario) => scenario,
        Err(mistakes) => {
            panic!("{}", mistakes.iter().map(|one| format!("{one}\n")).collect::<String>())
        }
    };
    tell(&scenario.plan(target).expect("it runs there"))
}

fn right(target: Target, text: &str) -> Run {
    let run = run_on(target, text);
    assert_eq!(run.failures, Vec::new(), "{target}: {:#?}", run.trace.events);
    run
}

fn calls(run: &Run) -> Vec<Call> {
    let calls = run.trace.events.iter().filter_map(|event| match &event.what {
        Happened::Called(called) => Some(called.call.clone()),
        _ => None,
    });
    calls.collect()
}

const FILM: &str = "\
scenario: a film
run_on: [do-download, do-download@agent]
servers: {cdn.test: {bandwidth: 1 MiB/s}}
downloads:
  film: {url: 'https://cdn.test/film', size: 60 MiB, ranges: [{offset: 0, length: 20 MiB}], callback: true}
timeline:
  - {at: 0s, do: {start: film}}
  - {at: 5s, do: {pause: film}}
  - at: 6s
    expect: {download: film, state: Paused, error: S_OK, extended_error: S_OK, bytes_total: 20 MiB, listed: true}
  - {at: 7s, do: {start: film}}
  - {until: {download: film, bytes_transferred: {at_least: 10 MiB}}, within: 1m}
  - {until: {download: film, state: Transferred}, within: 1m, do: {finalize: film}}
never: {download: film, error: BG_E_HTTP_ERROR_404}
finally:
  - {path: 'C:\\downloads\\film\\film', exists: true}
  - {callbacks: {on_status_change: {at_least: 5}}}
";

#[test]
fn a_download_is_made_started_and_finalized() {
    for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
        let run = right(target, FILM);
        let calls = calls(&run);
        assert_eq!(calls[0], Call::CreateDownload);
        let starts: Vec<&DownloadCall> = calls
            .iter()
            .filter_map(|call| match call {
                Call::Download(_, call @ DownloadCall::Start(_)) => Some(call),
                _ => None,
            })
            .collect();
        // What is declared is asked for once; after that the download goes on where it was.
        assert_eq!(
            starts,
            [&DownloadCall::Start(Some(vec![(0, 20 << 20)])), &DownloadCall::Start(None)]
        );
        assert_eq!(run.job_names, ["film"]);
    }
}

#[test]
fn a_demand_on_a_download_that_is_not_met() {
    let text = FILM.replace("state: Paused, error: S_OK", "state: Transferring, error: E_FAIL");
    let run = run_on(Target::DO_DOWNLOAD, &text);
    let told: Vec<[&str; 3]> = run
        .failures
        .iter()
        .map(|failure| [&*failure.what, &*failure.expected, &*failure.actual])
        .collect();
    assert_eq!(
        told,
        [
            ["`film` should be Transferring", "Transferring", "Paused"],
            ["the Error of `film` should be E_FAIL (0x80004005)", "E_FAIL (0x80004005)", "S_OK"]
        ]
    );
    assert!(run.failures.iter().all(|failure| failure.kind == FailureKind::Expect));
}

#[test]
fn what_is_refused_at_the_declaration_breaks_the_story_off() {
    let text = FILM.replace("callback: true", "no_progress_timeout: 1s");
    let run = run_on(Target::DO_DOWNLOAD, &text);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Setup);
    assert_eq!(failure.what, "`film` should be created as it is declared");
    assert!(failure.actual.starts_with("SetProperty returned "), "{}", failure.actual);
}

#[test]
fn a_property_is_asked_for_by_its_name() {
    let text = FILM.replace(
        "state: Paused, error: S_OK",
        "property: {LocalPath: 'C:\\downloads\\film\\film', NonVolatile: true}",
    );
    let run = run_on(Target::DO_DOWNLOAD, &text);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.what, "the NonVolatile of `film` should be true");
    let asked = run.trace.events.iter().any(|event| match &event.what {
        Happened::Called(called) => {
            matches!(called.call, Call::Download(_, DownloadCall::GetProperty(4)))
                && matches!(&called.reply, Reply::Value(Value::Text(_)))
        }
        _ => false,
    });
    assert!(asked);
}

#[test]
fn what_never_may_come_true_is_seen_in_the_events() {
    let text = FILM.replace("error: BG_E_HTTP_ERROR_404", "state: [Paused, Aborted]");
    let run = run_on(Target::DO_DOWNLOAD, &text);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Never);
    assert_eq!(failure.what, "`film` should never be Paused or Aborted");
    assert_eq!(failure.actual, "at 00:00:05.000");
}

#[test]
fn a_callback_of_a_download_can_call_back() {
    let text = "\
scenario: the callback finalizes
run_on: [do-download]
servers: {cdn.test: {bandwidth: 1 MiB/s}}
downloads:
  film:
    url: 'https://cdn.test/film'
    size: 1 MiB
    callback_seconds: 1h
    notify: {answers: [E_FAIL, {calls: [{finalize: film}]}]}
timeline: [{at: 0s, do: {start: film}}]
finally: {download: film, state: Finalized}
";
    let run = right(Target::DO_DOWNLOAD, text);
    let results: Vec<NoteResult> = run
        .trace
        .events
        .iter()
        .filter_map(|event| match event.what {
            Happened::NoteEnded { result, .. } => Some(result),
            _ => None,
        })
        .collect();
    assert_eq!(results[0], NoteResult::Returned(Hresult::E_FAIL));
    assert!(
        calls(&run)
            .iter()
            .any(|call| { matches!(call, Call::Download(_, DownloadCall::Finalize)) })
    );
}

#[test]
fn an_unsettled_download_says_where_it_stands() {
    let text = FILM
        .replace("scenario: a film", "scenario: a film\nlimits: {settle_within: 10m}")
        .replace("  - {at: 5s, do: {pause: film}}\n", "  - {at: 5s, fault: {disconnect: {}}}\n");
    let start = text.find("  - at: 6s").expect("a step");
    let end = text.find("never:").expect("what must never be");
    let text = format!("{}{}", &text[..start], "never: {jobs_in: {states: [Aborted], count: 1}}\n");
    assert!(end > start);
    let run = run_on(Target::DO_DOWNLOAD, &text);
    for failure in &run.failures {
        assert_eq!(failure.kind, FailureKind::Unsettled);
        assert!(failure.actual.starts_with("`film` is Paused, ExtendedError "), "{failure:?}");
    }
    let last = run.trace.events.iter().rev().find_map(|event| match event.what {
        Happened::Standing { to, .. } => Some(to),
        _ => None,
    });
    let lost = Standing {
        extended_error: Hresult::DO_E_BLOCKED_BY_NO_NETWORK,
        ..Standing::of(DownloadState::Paused)
    };
    assert!(last == Some(lost) || last == Some(Standing::of(DownloadState::Aborted)), "{last:?}");
}

#[test]
fn files_are_added_as_the_legacy_interface_adds_them() {
    let text = "\
scenario: a job
run_on: [do-legacy]
servers: {cdn.test: {bandwidth: 1 MiB/s}}
jobs:
  update:
    type: download
    files: [{url: 'https://cdn.test/a', size: 1 MiB}]
timeline:
  - at: 0s
    do:
      - {add_files: {job: update, files: [{url: 'https://cdn.test/b', size: 1 MiB}, {url: 'https://cdn.test/c', size: 1 MiB}]}}
      - {take_ownership: update, returns: E_NOTIMPL}
      - {resume: update}
    expect: {job: update, get_error: {returns: unavailable}}
finally: {job: update, state: TRANSFERRED, files_total: 3}
";
    let run = right(Target::DO_LEGACY, text);
    let added = calls(&run)
        .iter()
        .filter(|call| matches!(call, Call::Job(_, JobCall::AddFileWithRanges(_))))
        .count();
    assert_eq!(added, 3);
}

#[test]
fn a_defect_breaks_the_rules_that_it_is_said_to_break_and_no_others() {
    let story = |breaks: &str| {
        format!(
            "scenario: a defect\nrun_on: [do-download@agent]\nbreaks: [{breaks}]\n\
             delivery: {{defects: [pause_is_not_sticky]}}\nservers: {{cdn.test: {{}}}}\n\
             downloads: {{film: {{url: 'https://cdn.test/film', size: 60 MiB}}}}\ntimeline:\n\
             \x20 - {{at: 0s, do: {{start: film}}}}\n\
             \x20 - {{at: 10s, fault: {{disconnect: {{for: 1m}}}}}}\n\
             \x20 - {{at: 40s, do: {{pause: film}}}}\n\
             \x20 - {{until: {{download: film, state: Transferred}}, within: 1h}}\n"
        )
    };
    let judged = |text: &str| {
        let scenario = load("x.yaml", text.as_bytes()).expect("it has no mistakes");
        crate::play(&scenario.plan(Target::DO_AGENT).expect("it runs there"))
    };
    let run = judged(&story("DOD-PAUSE-004"));
    assert!(run.holds(), "{:#?}", run.failures);
    assert_eq!(run.findings.violations()[0].rule.text(), "DOD-PAUSE-004");
    let run = judged(&story("DOD-PAUSE-004, DOD-RETRY-017"));
    assert_eq!(run.failures[0].kind, FailureKind::NotExercised);
    assert_eq!(run.failures[0].what, "the defects of the scenario should break DOD-RETRY-017");
    let run = judged(&story("DOD-RETRY-017"));
    assert!(!run.holds());
}
