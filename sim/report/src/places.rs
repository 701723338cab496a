//! From what happened back to the line of the scenario that brought it about.

use crate::failure::Failure;
use crate::snippet::Label;
use crate::words;
use bitsim_replay::Run;
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{Act, At, Check, Claim, JobRef, Place, PlannedCall, Subject, When};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::trace::{AttemptOutcome, Called, Event, FileChange, Happened};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Call, JobId, Reply, SimTime, StepId};

/// The claim of a check that stands at this place, or that this place is part of.
#[must_use]
pub(crate) fn claim_at(plan: &Plan, place: Place) -> Option<&At<Claim>> {
    let covers = |outer: Place| {
        outer.offset <= place.offset
            && place.offset.saturating_add(place.len) <= outer.offset.saturating_add(outer.len)
    };
    let has = |claim: &Claim| match claim {
        Claim::GetError(claim) => [
            claim.returns.as_ref().map(|part| part.place),
            claim.code.as_ref().map(|part| part.place),
            claim.context.as_ref().map(|part| part.place),
            claim.file.as_ref().map(|part| part.place),
            claim.protocol.as_ref().map(|part| part.place),
        ]
        .contains(&Some(place)),
        _ => false,
    };
    checks(plan)
        .flat_map(|check| &check.claims)
        .find(|claim| covers(claim.place) || has(&claim.value))
}

/// True if the plan has a claim, a call or its result in this line and column.
#[must_use]
pub(crate) fn asks_at(plan: &Plan, place: Place) -> bool {
    let here = |other: Place| (other.line, other.column) == (place.line, place.column);
    let claims = checks(plan).flat_map(|check| &check.claims);
    let mut claims = claims.filter(|claim| claim.place.line <= place.line);
    claims.any(|claim| match &claim.value {
        Claim::GetError(parts) => {
            here(claim.place)
                || parts.returns.as_ref().is_some_and(|part| here(part.place))
                || parts.code.as_ref().is_some_and(|part| here(part.place))
                || parts.context.as_ref().is_some_and(|part| here(part.place))
                || parts.file.as_ref().is_some_and(|part| here(part.place))
                || parts.protocol.as_ref().is_some_and(|part| here(part.place))
        }
        _ => here(claim.place),
    }) || plan.steps.iter().flat_map(|step| &step.acts).any(|act| match &act.value {
        Act::Call { returns, .. } => here(act.place) || here(returns.place),
        _ => false,
    })
}

/// The call that stands at this place, or whose result does.
#[must_use]
pub(crate) fn call_at(plan: &Plan, place: Place) -> Option<&PlannedCall> {
    plan.steps.iter().flat_map(|step| &step.acts).find_map(|act| match &act.value {
        Act::Call { call, returns, .. } if act.place == place || returns.place == place => {
            Some(call)
        }
        _ => None,
    })
}

/// True for a call of this method, about this job if one is named.
#[must_use]
pub(crate) fn calls(event: &Event, method: &str, job: Option<JobId>) -> bool {
    let Happened::Called(called) = &event.what else { return false };
    // A call of an error object does not name the job that it is of.
    let about = called.call.job();
    called.call.method() == method && (about.is_none() || job.is_none() || about == job)
}

/// Every check of a plan.
fn checks(plan: &Plan) -> impl Iterator<Item = &Check> {
    let of_steps = plan.steps.iter().flat_map(|step| {
        let until = match &step.when {
            When::Until { check, .. } => Some(check),
            When::At(_) | When::After(_) => None,
        };
        let acts = step.acts.iter().flat_map(|act| match &act.value {
            Act::Expect(check) | Act::Poll { check, .. } => vec![check],
            Act::OneOf(checks) => checks.iter().collect(),
            Act::Call { .. } | Act::Disturb { .. } => Vec::new(),
        });
        until.into_iter().chain(acts)
    });
    of_steps.chain(&plan.never).chain(&plan.finally)
}

/// The place to point at for an event that no check noticed: the call, check or fault of the
/// scenario that brought it about, or the latest one before it.
pub(crate) fn step_before(plan: &Plan, run: &Run, event: u32) -> Option<Place> {
    let index = (event as usize).min(run.trace.events.len());
    run.trace.events[..index].iter().rev().find_map(|event| match &event.what {
        Happened::Env(what) => place_of(plan, event.source?, what),
        Happened::Called(called) => place_of_call(plan, run, event.source?, called),
        _ => None,
    })
}

/// Where the scenario makes this call, or asks what this call asks.
pub(crate) fn place_of_call(
    plan: &Plan,
    run: &Run,
    step: StepId,
    called: &Called,
) -> Option<Place> {
    let step = plan.steps.iter().find(|one| one.id == step)?;
    let job = match (&called.call, &called.reply) {
        (Call::CreateJob { name, .. }, _) => name.as_deref(),
        (Call::CreateDownload, Reply::Job(made)) => run.job_name(*made),
        (call, _) => call.job().and_then(|job| run.job_name(job)),
    };
    let is = |one: JobRef| plan.jobs.get(one.0 as usize).map(|one| one.name.as_str()) == job;
    let makes = |act: &&At<Act>| match &act.value {
        Act::Call { call: planned, .. } => match (planned, &called.call) {
            (PlannedCall::Job(one, planned), Call::Job(_, call)) => {
                is(*one) && planned.method() == call.method()
            }
            (PlannedCall::Download(one, planned), Call::Download(_, call)) => {
                is(*one) && planned == call
            }
            (PlannedCall::Start(one), Call::Download(_, DownloadCall::Start(_))) => is(*one),
            (PlannedCall::EnumDownloads(_), Call::EnumDownloads(_)) => true,
            (PlannedCall::Create(one), Call::CreateJob { .. } | Call::CreateDownload)
            | (PlannedCall::GetJob(one), Call::GetJob(_)) => is(*one),
            (PlannedCall::EnumJobs { .. }, Call::EnumJobs { .. }) => true,
            (
                PlannedCall::ReadErrorObject(_)
                | PlannedCall::ReadErrorFile(_)
                | PlannedCall::ReadErrorProtocol(_),
                Call::ErrorObject(..),
            ) => true,
            _ => false,
        },
        _ => false,
    };
    let asks = |act: &&At<Act>| {
        let about = |check: &Check| match check.subject {
            Subject::Job(one, _) => is(one) || job.is_none(),
            _ => job.is_none(),
        };
        match &act.value {
            Act::Expect(check) | Act::Poll { check, .. } => about(check),
            Act::OneOf(checks) => checks.iter().any(about),
            Act::Call { .. } | Act::Disturb { .. } => false,
        }
    };
    let act = step.acts.iter().find(makes).or_else(|| step.acts.iter().find(asks));
    Some(act.map_or(step.place, |act| act.place))
}

/// Where the job is declared.
pub(crate) fn declaration(plan: &Plan, run: &Run, job: Option<JobId>) -> Option<Place> {
    let name = run.job_name(job?)?;
    plan.jobs.iter().find(|one| one.name == name).map(|one| one.place)
}

/// What disturbed the world when a failure happened: the latest thing that concerns its job, began
/// at or before the event and had not ended before it.
pub(crate) fn disturbance_in_force(plan: &Plan, run: &Run, failure: &Failure) -> Option<Label> {
    let (at, job) = (failure.at(), failure.job());
    let events = &run.trace.events;
    let before = (failure.event() as usize).min(events.len());
    events[..before].iter().enumerate().rev().find_map(|(index, began)| {
        let Happened::Env(what) = &began.what else { return None };
        let step = began.source?;
        if !concerns(run, what, job) || is_used_up(what, &events[index..before]) {
            return None;
        }
        let ended = match how_it_ends(what) {
            Ending::AtOnce if began.at < at => return None,
            Ending::AtOnce => None,
            Ending::NotADisturbance => return None,
            Ending::With(ends) => end_of(&events[index + 1..], ends),
        };
        if ended.is_some_and(|ended| ended < at) {
            return None;
        }
        let place = place_of(plan, step, what)?;
        let text = match (how_it_ends(what), ended) {
            (Ending::AtOnce, _) => format!("happens at {}", short(began.at)),
            (_, Some(ended)) => format!("in force from {} to {}", short(began.at), short(ended)),
            (_, None) => format!("in force from {}", short(began.at)),
        };
        Some(Label { place, text })
    })
}

/// True if a disturbance can matter to a job: a fault of a server that it uses, a path that it
/// writes to, anything that is not tied to a server or path. Everything concerns all jobs.
pub(crate) fn concerns(run: &Run, what: &Disturbance, job: Option<JobId>) -> bool {
    let Some(job) = job else { return true };
    let uses = |fits: &dyn Fn(&str, &str) -> bool| {
        run.trace.events.iter().any(|event| match &event.what {
            Happened::File(file) if file.job == job => match &file.what {
                FileChange::Added { remote, local, .. } => fits(remote, local),
                FileChange::RemoteName(remote) => fits(remote, ""),
                _ => false,
            },
            Happened::Called(called) => match &called.call {
                Call::Download(of, DownloadCall::SetProperty(id, Value::Text(text)))
                    if *of == job =>
                {
                    match DownloadProperty::from_value(*id) {
                        Some(DownloadProperty::Uri) => fits(text, ""),
                        Some(DownloadProperty::LocalPath) => fits("", text),
                        _ => false,
                    }
                }
                _ => false,
            },
            _ => false,
        })
    };
    let on_path = |path: &String| uses(&|_, local| local.starts_with(path.as_str()));
    match what {
        Disturbance::FaultBegins(fault) => {
            let server = run.trace.setup.servers.get(fault.server.index());
            let host = server.map_or("", |server| server.name.as_str());
            uses(&|remote, _| host_of(remote) == host)
        }
        // Which fault it was is known to the one that began it.
        Disturbance::FaultEnds(number) => run.trace.events.iter().any(|event| match &event.what {
            Happened::Env(began) => match began.as_ref() {
                Disturbance::FaultBegins(fault) if fault.number == *number => {
                    concerns(run, began, Some(job))
                }
                _ => false,
            },
            _ => false,
        }),
        Disturbance::PathDenied(path, _) | Disturbance::PathAllowed(path, _) => on_path(path),
        Disturbance::LocalFileChanges { path, .. } | Disturbance::LocalFileDeleted(path) => {
            on_path(path)
        }
        Disturbance::RemoteFileChanges { url, .. } => uses(&|remote, _| remote == url),
        _ => true,
    }
}

/// `cdn.test` of `https://cdn.test:8080/a.bin`.
pub(crate) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

/// True if a fault that meets a number of requests has met them: as many attempts have failed.
fn is_used_up(what: &Disturbance, events: &[Event]) -> bool {
    let Disturbance::FaultBegins(fault) = what else { return false };
    let Some(times) = fault.times else { return false };
    let failed = events.iter().filter(|event| {
        let outcome = match event.what {
            Happened::AttemptEnded { outcome, .. } => outcome,
            _ => return false,
        };
        matches!(outcome, AttemptOutcome::Failed { .. })
    });
    // The last failure itself is still its doing, and so is what follows at the same instant.
    let end = events.last().map(|event| event.at);
    failed.filter(|event| Some(event.at) < end).count() >= times as usize
}

/// Where the scenario says that this should happen.
#[must_use]
pub(crate) fn place_of(plan: &Plan, step: StepId, what: &Disturbance) -> Option<Place> {
    let step = plan.steps.iter().find(|one| one.id == step)?;
    let said = step.acts.iter().find(|act| match &act.value {
        Act::Disturb { what: said, ends } => {
            said == what || ends.as_ref().is_some_and(|(_, end)| end == what)
        }
        _ => false,
    });
    Some(said.map_or(step.place, |act| act.place))
}

/// `00:25:00`: the time without its milliseconds if they are zero.
#[must_use]
pub(crate) fn short(at: SimTime) -> String {
    let text = words::time(at);
    text.strip_suffix(".000").map(str::to_owned).unwrap_or(text)
}

/// How a disturbance comes to its end.
enum Ending {
    /// It is over as soon as it happened.
    AtOnce,
    /// It mends something.
    NotADisturbance,
    /// With an event of which this is true.
    With(Box<dyn Fn(&Disturbance) -> bool>),
}

fn how_it_ends(what: &Disturbance) -> Ending {
    let with = |end: Disturbance| Ending::With(Box::new(move |other| *other == end));
    match what.clone() {
        Disturbance::NetworkLost => with(Disturbance::NetworkRegained),
        Disturbance::BlockBegins(block) => with(Disturbance::BlockEnds(block)),
        Disturbance::Bandwidth(Some(_)) => {
            Ending::With(Box::new(|other| matches!(other, Disturbance::Bandwidth(_))))
        }
        Disturbance::LogOff(user) => with(Disturbance::LogOn(user)),
        Disturbance::ClientExits(client) => with(Disturbance::ClientStarts(client)),
        Disturbance::VolumeLocked(root) => with(Disturbance::VolumeUnlocked(root)),
        Disturbance::PathDenied(path, operation) => with(Disturbance::PathAllowed(path, operation)),
        Disturbance::NetworkConditions(of) if !of.is_empty() => {
            Ending::With(Box::new(|other| matches!(other, Disturbance::NetworkConditions(_))))
        }
        Disturbance::ServiceStops => with(Disturbance::ServiceStarts),
        Disturbance::FaultBegins(fault) => with(Disturbance::FaultEnds(fault.number)),
        Disturbance::NetworkRegained
        | Disturbance::BlockEnds(_)
        | Disturbance::Bandwidth(None)
        | Disturbance::LogOn(_)
        | Disturbance::ClientStarts(_)
        | Disturbance::VolumeUnlocked(_)
        | Disturbance::PathAllowed(..)
        | Disturbance::FaultEnds(_)
        | Disturbance::NetworkConditions(_)
        | Disturbance::ServiceStarts => Ending::NotADisturbance,
        Disturbance::PoliciesChange(_)
        | Disturbance::RunAs(_)
        | Disturbance::VolumeChanged(_)
        | Disturbance::VolumeSpace(..)
        | Disturbance::RemoteFileChanges { .. }
        | Disturbance::LocalFileChanges { .. }
        | Disturbance::LocalFileDeleted(_)
        | Disturbance::WallClockMoves(_)
        | Disturbance::ServiceRestarts { .. }
        | Disturbance::ComputerRestarts => Ending::AtOnce,
    }
}

/// When the first event came of which `ends` is true.
fn end_of(events: &[Event], ends: impl Fn(&Disturbance) -> bool) -> Option<SimTime> {
    events.iter().find_map(|event| match &event.what {
        Happened::Env(what) if ends(what) => Some(event.at),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, delivery};

    #[test]
    fn a_fault_of_its_server_concerns_a_download_as_it_concerns_a_job() {
        for run in [sample::run(), delivery::download()] {
            let job = Some(sample::JOB);
            assert!(concerns(&run, &sample::http_503(), job), "{}", run.target());
            let elsewhere = Disturbance::LocalFileDeleted("C:\\elsewhere\\a.cab".into());
            assert!(!concerns(&run, &elsewhere, job), "{}", run.target());
            let its_own = "C:\\downloads\\payroll\\payroll.cab".to_owned();
            assert!(concerns(&run, &Disturbance::LocalFileDeleted(its_own), job));
        }
    }
}
