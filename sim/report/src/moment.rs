//! Where everything stands at one moment of a run: what `bitsim trace --until` ends with.
//!
//! ```text
//! At 00:21:00.000, after #43:
//!   payroll  TRANSFERRING; error count 2; BG_E_HTTP_ERROR_503
//!            GetProgress = S_OK 29.8 MiB of 900 MiB, 0 of 1 files
//!   next     #46 at 00:25:00.000
//! ```

use crate::calls;
use crate::names::Names;
use crate::trace::Until;
use crate::words;
use bitsim_replay::Run;
use bitsim_replay::recording::{JobAt, Recording};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::DownloadCall;
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::{Call, ClientId, Happened, JobId, Service, SimTime};
use std::fmt::Write;

/// The jobs (or only one of them, by name) as they stand at this point, what each of them would be
/// told of its progress, the timers that run, and where the trace goes on.
#[must_use]
pub fn text(recording: &Recording<'_>, until: Until, only: Option<&str>) -> String {
    let run = recording.run();
    let event = match until {
        Until::Time(at) => recording.event_at(end_of(at)),
        Until::Event(event) => event,
    };
    let moment = recording.at(event);
    let at = match until {
        Until::Time(at) => at.max(moment.at),
        Until::Event(_) => moment.at,
    };
    let mut out = match moment.event {
        0 => format!("At {}, before anything happened:\n", words::time(at)),
        event => format!("At {}, after #{event}:\n", words::time(at)),
    };
    let names = Names::of(run);
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for (id, (job, progress)) in (0..).map(JobId).zip(moment.jobs.iter().zip(asking(run))) {
        let name = names.job(id);
        if only.is_none_or(|only| only == name) {
            let told = moment.ask(at, progress.0, progress.1);
            let told = told.map(|called| calls::clause(&called, &names));
            rows.push((name, lines(job, told, run.target().service)));
        }
    }
    let next = run.trace.events.get(moment.event as usize);
    let next = next.map(|event| format!("#{} at {}", event.seq, words::time(event.at)));
    rows.push(("next".to_owned(), vec![next.unwrap_or_else(|| "the run is over".to_owned())]));
    let room = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (mut name, lines) in rows {
        for line in lines {
            let _ = writeln!(out, "  {name:<room$}  {line}");
            name.clear();
        }
    }
    out
}

/// For each job, who asks for its progress, and how.
fn asking(run: &Run) -> impl Iterator<Item = (ClientId, Call)> {
    run.trace.events.iter().filter_map(|event| match &event.what {
        Happened::Created(made) => Some((made.by, Call::Job(made.job, JobCall::GetProgress))),
        Happened::DownloadCreated(made) => {
            Some((made.by, Call::Download(made.job, DownloadCall::GetStatus)))
        }
        _ => None,
    })
}

/// The last instant that a trace writes as this time.
fn end_of(at: SimTime) -> SimTime {
    SimTime(words::to_millis(at).0.saturating_add(TICKS_PER_SECOND / 1_000 - 1))
}

/// The job, what it is told of its progress, and a line for each timer. Only BITS counts errors,
/// and the status of a download tells its state.
fn lines(job: &JobAt, told: Option<String>, service: Service) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(job.state.map(|state| state.to_string()));
    parts.extend(job.standing.map(|standing| standing.to_string()));
    if job.state.is_some() {
        parts.extend((service == Service::Bits).then(|| format!("error count {}", job.count)));
        parts.push(job.error.map_or("no error object".to_owned(), |code| code.to_string()));
    }
    let timers = job.timers.iter();
    let timers = timers.map(|(timer, due)| format!("{} at {}", timer.name(), words::time(*due)));
    std::iter::once(parts.join("; ")).chain(told).chain(timers).collect()
}
