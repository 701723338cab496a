//! How the runs ended: one line for each thing that every side has.

use super::Side;
use super::kinds::Kind;
use super::phase::Phase;
use crate::words;
use bitsim_vocab::trace::{Happened, NoteKind, Payload};
use bitsim_vocab::{FileId, JobId, Service};
use std::collections::BTreeMap;

/// One thing at the end of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// The job, or the run.
    pub(super) who: String,
    /// What is counted.
    pub(super) what: &'static str,
    /// What each side says.
    pub(super) said: Vec<String>,
    /// What the difference is about, where a row of the catalogue says it.
    pub(super) kind: Option<Kind>,
    /// True if they say the same.
    pub(super) agrees: bool,
}

/// What is known of a job at the end.
#[derive(Debug, Clone, Default)]
struct Tally {
    state: Option<(Phase, &'static str)>,
    bytes: BTreeMap<(FileId, Payload), u64>,
    attempts: u32,
    failed: u32,
    done: u32,
    errors: u32,
}

fn tallies(side: &Side<'_>) -> BTreeMap<JobId, Tally> {
    let mut jobs: BTreeMap<JobId, Tally> = BTreeMap::new();
    for event in &side.trace.events {
        let Some(job) = event.what.job() else { continue };
        match &event.what {
            Happened::Created(created) => {
                let state = (Phase::of_job(created.state), created.state.name());
                jobs.entry(job).or_default().state = Some(state);
            }
            Happened::State { to, .. } => {
                jobs.entry(job).or_default().state = Some((Phase::of_job(*to), to.name()));
            }
            Happened::DownloadCreated(_) => {
                jobs.entry(job).or_default().state = Some((Phase::Rests, "Created"));
            }
            Happened::Standing { to, .. } => {
                let state = (Phase::of_download(*to), to.state.name());
                jobs.entry(job).or_default().state = Some(state);
            }
            Happened::LeftQueue { .. } => {
                jobs.entry(job).or_default().state = Some((Phase::Forgotten, "forgotten"));
            }
            Happened::Bytes { file, of, done, .. } => {
                jobs.entry(job).or_default().bytes.insert((*file, *of), *done);
            }
            Happened::AttemptBegan { number, .. } => {
                jobs.entry(job).or_default().attempts = *number;
            }
            Happened::Count { to, .. } => jobs.entry(job).or_default().errors = *to,
            Happened::NoteBegan(note) => {
                let tally = jobs.entry(job).or_default();
                let phase = note.status.map(|status| Phase::of_download(status.standing));
                tally.failed +=
                    u32::from(note.kind == NoteKind::JobError || phase == Some(Phase::Failed));
                tally.done +=
                    u32::from(note.kind == NoteKind::JobTransferred || phase == Some(Phase::Done));
            }
            _ => {}
        }
    }
    jobs
}

/// How the runs ended.
pub(super) fn of(sides: &[Side<'_>]) -> Vec<End> {
    let mut names: Vec<String> = Vec::new();
    for side in sides {
        names.extend(side.names.jobs().iter().cloned());
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let jobs: Vec<BTreeMap<JobId, Tally>> = sides.iter().map(tallies).collect();
    let mut ends = Vec::new();
    for name in &names {
        let of: Vec<Option<&Tally>> = sides
            .iter()
            .zip(&jobs)
            .map(|(side, jobs)| jobs.get(&side.names.find_job(name)?))
            .collect();
        ends.extend(of_job(name, sides, &of));
    }
    ends
}

fn of_job(name: &str, sides: &[Side<'_>], of: &[Option<&Tally>]) -> Vec<End> {
    let line = |what, value: &dyn Fn(&Tally) -> String| {
        let said: Vec<String> =
            of.iter().map(|tally| tally.map_or_else(|| "-".to_owned(), value)).collect();
        let agrees = said.windows(2).all(|pair| pair[0] == pair[1]);
        End { who: name.to_owned(), what, said, kind: None, agrees }
    };
    let mut state = line("state", &|tally| tally.state.map_or("-", |(_, name)| name).to_owned());
    let phase =
        |tally: &Option<&Tally>| tally.and_then(|tally| tally.state).map(|(phase, _)| phase);
    state.agrees = of.windows(2).all(|pair| phase(&pair[0]) == phase(&pair[1]));
    let mut count = line("error count", &|tally| tally.errors.to_string());
    for (said, side) in count.said.iter_mut().zip(sides) {
        if side.target().service != Service::Bits {
            "no such count".clone_into(said);
        }
    }
    let counted = sides.iter().any(|side| side.target().service == Service::Bits);
    // That there is a count is a difference only where it has counted something.
    count.agrees = count.said.windows(2).all(|pair| pair[0] == pair[1])
        || count.said.iter().all(|said| said == "0" || said == "no such count");
    count.kind = (!count.agrees).then_some(Kind::ErrorCount);
    let mut ends = vec![
        state,
        line("bytes", &|tally| words::size(tally.bytes.values().sum())),
        line("attempts", &|tally| tally.attempts.to_string()),
        line("told of a failure", &|tally| format!("{} x", tally.failed)),
        line("told that it is done", &|tally| format!("{} x", tally.done)),
    ];
    if counted {
        ends.push(count);
    }
    ends
}
