//! Simpler values in calls and in what befalls the world.

use super::{Edit, parts, size};
use crate::story::{Act, Misbehaviour, Story};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::download::{DownloadCall, Value};
use bitsim_vocab::world::{Disturbance, FaultKind, Part};
use bitsim_vocab::{ClientId, FileId, JobId, ServerId, Service, Span};

/// The same steps with simpler values.
pub(super) fn edits(story: &Story) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for (place, step) in story.steps.iter().enumerate() {
        let look = looks(story).into_iter();
        for simpler in look.chain(simpler_acts(story, &step.act)) {
            edits.push(Box::new(move |story| story.steps[place].act = simpler.clone()));
        }
    }
    edits
}

/// What can be in the place of a step that only has to be there: a look at the first job.
fn looks(story: &Story) -> Option<Act> {
    let (id, job) = (JobId(0), story.jobs.first()?);
    let call = match story.setup.target.service {
        Service::DoDownload => Call::Download(id, DownloadCall::GetStatus),
        Service::Bits | Service::DoLegacy => Call::Job(id, JobCall::GetState),
    };
    Some(Act::Call(job.client, call))
}

fn simpler_acts(story: &Story, act: &Act) -> Vec<Act> {
    match act {
        Act::Call(who, call) => {
            // The one who made the job is the one who needs no mention.
            let creator = call.job().and_then(|job| story.jobs.get(job.index()));
            let others = creator.map(|job| job.client).into_iter().chain([ClientId(0)]);
            let others = others.filter(|other| other != who);
            let by_others = others.map(|other| Act::Call(other, call.clone()));
            let simpler = simpler_calls(call).into_iter().map(|call| Act::Call(*who, call));
            by_others.chain(simpler).collect()
        }
        Act::ReadError(who, job, call) if who.0 > 0 => {
            vec![Act::ReadError(ClientId(0), *job, *call)]
        }
        Act::Disturb(what) => simpler_disturbances(what).into_iter().map(Act::Disturb).collect(),
        Act::Misbehave(what) => {
            simpler_misbehaviours(what).into_iter().map(Act::Misbehave).collect()
        }
        Act::Create(_) | Act::ReadError(..) | Act::Heal(_) => Vec::new(),
    }
}

fn simpler_calls(call: &Call) -> Vec<Call> {
    match call {
        Call::Job(job, call) => {
            simpler_job_calls(call).into_iter().map(|call| Call::Job(*job, call)).collect()
        }
        Call::Download(job, call) => {
            let simpler = simpler_download_calls(call).into_iter();
            simpler.map(|call| Call::Download(*job, call)).collect()
        }
        Call::EnumJobs { all_users: true } => vec![Call::EnumJobs { all_users: false }],
        _ => Vec::new(),
    }
}

fn simpler_download_calls(call: &DownloadCall) -> Vec<DownloadCall> {
    use DownloadCall as C;
    match call {
        C::Start(None) => vec![C::Start(Some(Vec::new()))],
        C::Start(Some(ranges)) if !ranges.is_empty() => {
            let simpler = parts::simpler_ranges(ranges).into_iter().map(Some);
            [Some(Vec::new()), None].into_iter().chain(simpler).map(C::Start).collect()
        }
        C::SetProperty(id, value) => {
            simpler_values(value).into_iter().map(|value| C::SetProperty(*id, value)).collect()
        }
        _ => Vec::new(),
    }
}

/// Simpler values of a property of a download. Its numbers are mostly seconds.
pub(super) fn simpler_values(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(secs) => {
            let spans = size::simpler_spans(Span::secs(*secs)).into_iter();
            spans.map(|span| Value::Number(span.as_secs())).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn simpler_job_calls(call: &JobCall) -> Vec<JobCall> {
    use JobCall as C;
    let secs = |secs: u32, make: fn(u32) -> C| -> Vec<C> {
        let spans = size::simpler_spans(Span::secs(secs.into())).into_iter();
        spans.filter_map(|span| u32::try_from(span.as_secs()).ok()).map(make).collect()
    };
    let fewer = |raw: u32, make: fn(u32) -> C| -> Vec<C> {
        let bits = (0..32).map(|bit| raw & !(1 << bit)).filter(|fewer| *fewer != raw);
        [0, 1, 2, 3].into_iter().filter(|other| *other < raw).chain(bits).map(make).collect()
    };
    let first = FileId(0);
    match call {
        C::SetMinimumRetryDelay(n) => {
            let round = size::DELAYS.map(C::SetMinimumRetryDelay).into_iter();
            round.chain(secs(*n, C::SetMinimumRetryDelay)).collect()
        }
        C::SetNoProgressTimeout(n) => secs(*n, C::SetNoProgressTimeout),
        C::SetMaximumDownloadTime(n) => secs(*n, C::SetMaximumDownloadTime),
        C::SetPriority(raw) => fewer(*raw, C::SetPriority),
        C::SetNotifyFlags(raw) => fewer(*raw, C::SetNotifyFlags),
        C::AddFile(file) => parts::simpler_files(file).into_iter().map(C::AddFile).collect(),
        C::AddFileWithRanges(file) => {
            parts::simpler_files(file).into_iter().map(C::AddFileWithRanges).collect()
        }
        C::AddFileSet(files) => files.iter().cloned().map(C::AddFile).collect(),
        C::SetRemoteName { url, .. } => {
            vec![C::SetRemoteName { file: first, url: url.clone() }]
        }
        C::SetFileProperty { value, .. } => {
            vec![C::SetFileProperty { file: first, value: value.clone() }]
        }
        C::GetFileProgress(_) => vec![C::GetFileProgress(first)],
        C::GetFileRanges(_) => vec![C::GetFileRanges(first)],
        _ => Vec::new(),
    }
}

fn simpler_disturbances(what: &Disturbance) -> Vec<Disturbance> {
    use Disturbance as D;
    match what {
        D::Bandwidth(Some(rate)) if *rate > 0 => vec![D::Bandwidth(Some(0))],
        D::VolumeSpace(volume, free) if *free > 0 => vec![D::VolumeSpace(volume.clone(), 0)],
        D::RemoteFileChanges { url, size, stamped } => {
            let with = |size| D::RemoteFileChanges { url: url.clone(), size, stamped: *stamped };
            size::simpler_bytes(*size).map(with).collect()
        }
        D::LocalFileChanges { path, size } => {
            let with = |size| D::LocalFileChanges { path: path.clone(), size };
            size::simpler_bytes(*size).map(with).collect()
        }
        D::WallClockMoves(ticks) => {
            let spans = size::simpler_spans(Span(ticks.unsigned_abs())).into_iter();
            let forwards = spans.filter_map(|span| i64::try_from(span.0).ok()).filter(|to| *to > 0);
            forwards
                .flat_map(|ticks| [D::WallClockMoves(ticks), D::WallClockMoves(-ticks)])
                .collect()
        }
        D::NetworkConditions(all) => {
            let without = |gone: usize| {
                let kept = all.iter().enumerate().filter(|(place, _)| *place != gone);
                D::NetworkConditions(kept.map(|(_, condition)| *condition).collect())
            };
            (0..all.len()).map(without).collect()
        }
        D::ServiceRestarts { list_readable: false } => {
            vec![D::ServiceRestarts { list_readable: true }]
        }
        _ => Vec::new(),
    }
}

fn simpler_misbehaviours(what: &Misbehaviour) -> Vec<Misbehaviour> {
    let mut all = vec![
        Misbehaviour { kind: what.kind, ..Misbehaviour::plain(ServerId(0), what.kind) },
        Misbehaviour { server: ServerId(0), ..what.clone() },
        Misbehaviour { url: None, ..what.clone() },
        Misbehaviour { part: Part::Any, ..what.clone() },
        Misbehaviour { times: None, ..what.clone() },
        Misbehaviour { times: Some(1), lasts: None, ..what.clone() },
        Misbehaviour { lasts: None, ..what.clone() },
        Misbehaviour { class: None, ..what.clone() },
    ];
    let spans = what.lasts.map(size::simpler_spans).unwrap_or_default().into_iter();
    let spans = spans.filter(|span| *span > Span::ZERO);
    all.extend(spans.map(|lasts| Misbehaviour { lasts: Some(lasts), ..what.clone() }));
    let half = what.times.filter(|times| *times > 2).map(|times| times / 2);
    all.extend(half.map(|times| Misbehaviour { times: Some(times), ..what.clone() }));
    let kinds: Vec<FaultKind> = match what.kind {
        FaultKind::Http(_) => size::STATUSES.map(FaultKind::Http).into(),
        FaultKind::Timeout(after) => {
            let some = size::simpler_spans(after).into_iter().filter(|span| *span > Span::ZERO);
            some.map(FaultKind::Timeout).collect()
        }
        FaultKind::DropsAfter(count) if count > 0 => {
            [0, 1 << 10, 1 << 20].into_iter().map(FaultKind::DropsAfter).collect()
        }
        FaultKind::Code(_) => vec![FaultKind::Http(503), FaultKind::Http(404)],
        _ => Vec::new(),
    };
    all.extend(kinds.into_iter().map(|kind| Misbehaviour { kind, ..what.clone() }));
    all
}
