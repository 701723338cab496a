//! What the documentation says in the place of what a violation is about, where a scenario can
//! say it.

use crate::story::write::Returns;
use crate::story::{Act, Story};
use bitsim_oracle::Violation;
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::trace::Called;
use bitsim_vocab::{Event, Happened, Hresult};

/// What is filled in, and at which step.
pub(super) enum Filled {
    /// What its call returns.
    Returns(usize, Returns),
    /// What is true after it.
    Check(usize, String),
}

/// The call at which a violation was found, with the event.
pub(super) fn call_at<'e>(
    events: &'e [Event],
    violation: &Violation,
) -> Option<(&'e Event, &'e Called)> {
    let event = events.iter().find(|event| event.seq == violation.event)?;
    match &event.what {
        Happened::Called(called) => Some((event, called)),
        _ => None,
    }
}

/// True if a violation is about what the call returned or read. What fails to happen is found at
/// the last event, which may be any call.
pub(super) fn is_about(violation: &Violation, called: &Called) -> bool {
    let returned = called.hr.name().is_some_and(|name| violation.actual.contains(name));
    returned || violation.what.contains(called.call.method())
}

/// What the scenario expects in the place of what is wrong.
pub(super) fn of(story: &Story, events: &[Event], violation: &Violation) -> Option<Filled> {
    let (event, called) = call_at(events, violation)?;
    let step = event.source?.0 as usize;
    let job = match &story.steps.get(step)?.act {
        Act::Call(_, call) => call.job(),
        Act::ReadError(_, job, _) => Some(*job),
        _ => return None,
    };
    if let (Some(job), Call::Job(_, JobCall::GetErrorCount)) = (job, &called.call)
        && let Ok(count) = violation.expected.parse::<u64>()
    {
        let name = Story::job_name(job);
        return Some(Filled::Check(step, format!("{{job: {name}, error_count: {count}}}")));
    }
    if !violation.actual.contains(called.hr.name()?) {
        return None;
    }
    let due = match (codes(&violation.expected).as_slice(), called.hr.succeeded()) {
        ([one], _) if *one == called.hr => return None,
        ([one], _) => Returns::Code(*one),
        ([one, other, ..], _) => Returns::Either(*one, *other),
        ([], true) => refusal(&called.call, &violation.expected)?,
        // A refusal that should not be one.
        ([], false) => Returns::Unsaid,
    };
    Some(Filled::Returns(step, due))
}

/// The codes that a text names, each at the beginning of an alternative.
fn codes(text: &str) -> Vec<Hresult> {
    text.split(" or ").filter_map(|part| named(part.trim_start())).collect()
}

/// The code that a text begins with.
fn named(text: &str) -> Option<Hresult> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    Hresult::from_name(&text[..end])
}

/// What is returned if a failure is due: the code that is named as an example, or else the one for
/// a job that is not there, or in a wrong state.
fn refusal(call: &Call, text: &str) -> Option<Returns> {
    if text.contains("to be unknown") {
        return Some(Returns::Code(Hresult::E_NOT_SET));
    }
    let (_, after) = text.split_once("a failure")?;
    let example = after.strip_prefix(" such as ").and_then(named);
    let usual = match call {
        // It is the code that the object tells which is wrong.
        Call::ErrorObject(..) => return None,
        Call::GetJob(_) => Returns::Either(Hresult::BG_E_NOT_FOUND, Hresult::DO_E_JOB_NOT_FOUND),
        _ => Returns::Either(Hresult::BG_E_INVALID_STATE, Hresult::DO_E_INVALID_STATE),
    };
    Some(example.map_or(usual, Returns::Code))
}
