//! The lanes of a picture: states, error information, count and marks of each job.

use super::weather::Weather;
use super::{Band, Counted, Lane, Mark};
use crate::failure::Case;
use crate::lines::Line;
use crate::places;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Standing, Value};
use bitsim_vocab::trace::{
    AttemptOutcome, Called, Event, FileChange, FileEvent, Happened, TimerEvent,
};
use bitsim_vocab::{Call, FileId, Hresult, JobId, NoteId, Service, SimTime};
use std::collections::{BTreeMap, BTreeSet};

/// Every job so far.
pub(super) struct Jobs {
    /// Name and line of the declaration, by [`JobId`].
    known: Vec<(String, Option<u32>)>,
    /// False for a service that does not count errors.
    counted: bool,
    list: Vec<Job>,
    /// The lane and the mark of each notification that has not returned yet.
    notes: BTreeMap<NoteId, (usize, usize)>,
}

/// A job and what its bands need to know.
struct Job {
    lane: Lane,
    /// The server of each file.
    servers: BTreeMap<FileId, String>,
    /// The files that have arrived.
    done: BTreeSet<FileId>,
    /// The file that was last asked for.
    file: Option<FileId>,
    /// When an attempt last failed, and the event of what made it fail.
    failed: Option<(SimTime, Option<u32>)>,
    /// True once the job has left the queue.
    gone: bool,
}

impl Jobs {
    pub(super) fn new(case: &Case<'_>) -> Self {
        let run = case.run;
        let known = run.job_names.iter().zip(0..).map(|(name, id)| {
            let place = places::declaration(case.plan, run, Some(JobId(id)));
            (name.clone(), place.map(|place| place.line))
        });
        Self {
            known: known.collect(),
            counted: run.target().service == Service::Bits,
            list: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    fn job(&mut self, id: JobId) -> &mut Job {
        while self.list.len() <= id.index() {
            let next = self.list.len();
            let known = self.known.get(next).cloned();
            let (job, line) = known.unwrap_or_else(|| (format!("job {}", next + 1), None));
            self.list.push(Job::new(job, line));
        }
        &mut self.list[id.index()]
    }

    /// Takes in the next event; `number` is the one that its entry goes by. What passed between
    /// the job and a server, and which, if something did.
    pub(super) fn take(
        &mut self,
        event: &Event,
        number: u32,
        weather: &mut Weather,
    ) -> Option<(&'static str, String)> {
        let at = event.at;
        let counted = self.counted;
        let id = event.what.job()?;
        if let Happened::Called(called) = &event.what {
            // A call may name a job that does not exist.
            if let Some(url) = uri(called) {
                self.job(id).uses(FileId(0), url, weather);
            }
            return None;
        }
        let job = self.job(id);
        match &event.what {
            Happened::Created(created) => {
                job.enter(at, created.state.to_string(), number, None);
                if counted {
                    job.lane.counts.push(Counted { at: at.0, count: 0, event: number });
                }
                None
            }
            Happened::DownloadCreated(_) => {
                job.enter(at, Standing::NEW.state.to_string(), number, None);
                None
            }
            Happened::State { to, .. } => {
                let cause = job.cause(at, weather);
                job.enter(at, to.to_string(), number, cause);
                None
            }
            Happened::Standing { from, to, .. } => {
                job.stand(*from, *to, at, number, weather);
                None
            }
            Happened::Count { to, .. } => {
                job.lane.counts.push(Counted { at: at.0, count: *to, event: number });
                None
            }
            Happened::ErrorInfo { info, .. } => {
                let cause = job.cause(at, weather).or_else(|| weather.behind(info.code));
                job.end_error(at);
                job.begin_error(at, info.code.to_string(), number, cause);
                None
            }
            Happened::ErrorGone { .. } => {
                job.end_error(at);
                None
            }
            Happened::AttemptBegan { .. } => Some(("asks", job.server()?)),
            Happened::AttemptEnded { outcome, .. } => {
                job.attempt_ended(*outcome, at, weather).map(|server| ("fails", server))
            }
            Happened::Requested { file, .. } => {
                job.file = Some(*file);
                Some(("asks", job.server()?))
            }
            Happened::Bytes { file, .. } => {
                job.file = Some(*file);
                Some(("answers", job.server()?))
            }
            Happened::File(event) => {
                job.file_changes(event, weather);
                None
            }
            Happened::UploadCancelRequested { acknowledged, .. } => {
                let server = job.server()?;
                if !acknowledged {
                    weather.cancel_unanswered(&server, at);
                }
                Some(("asks", server))
            }
            Happened::LeftQueue { .. } => {
                job.close(at);
                job.gone = true;
                None
            }
            _ => None,
        }
    }

    /// Puts the points in time that a line stands for on the lane of its job.
    pub(super) fn mark(
        &mut self,
        job: Option<JobId>,
        kind: &'static str,
        line: &Line,
        events: &[Event],
    ) {
        let Some(job) = job else { return };
        let mark = |kind| Mark { at: line.at.0, kind, what: line.what.clone(), event: line.last };
        match events.first().map(|event| &event.what) {
            Some(Happened::NoteEnded { note, .. }) => {
                if let Some((lane, index)) = self.notes.remove(note)
                    && let Some(began) =
                        self.list.get_mut(lane).and_then(|job| job.lane.marks.get_mut(index))
                {
                    began.what.clone_from(&line.what);
                }
            }
            Some(Happened::NoteBegan(note)) => {
                let lane = job.index();
                let marks = &mut self.job(job).lane.marks;
                marks.push(mark(kind));
                let index = marks.len() - 1;
                if events.len() == 1 {
                    self.notes.insert(note.note, (lane, index));
                }
            }
            Some(Happened::Called(_)) if kind == "call" => {
                let exists = job.index() < self.known.len();
                if exists {
                    self.job(job).lane.marks.push(mark("call"));
                }
            }
            Some(Happened::StartReturned { .. }) => self.job(job).lane.marks.push(mark("call")),
            Some(Happened::Timer { what: TimerEvent::Fired, .. }) => {
                self.job(job).lane.marks.push(mark("timer"));
            }
            _ => {}
        }
    }

    /// The lanes; what lasted on ends with the run.
    pub(super) fn finish(self, ended_at: u64) -> Vec<Lane> {
        let finish = |mut job: Job| {
            if !job.gone {
                job.close(SimTime(ended_at));
            }
            job.lane
        };
        self.list.into_iter().map(finish).collect()
    }
}

impl Job {
    fn new(job: String, line: Option<u32>) -> Self {
        let lane = Lane {
            job,
            line,
            states: Vec::new(),
            errors: Vec::new(),
            counts: Vec::new(),
            marks: Vec::new(),
        };
        Self {
            lane,
            servers: BTreeMap::new(),
            done: BTreeSet::new(),
            file: None,
            failed: None,
            gone: false,
        }
    }

    /// A band is open while its end is [`OPEN`].
    fn enter(&mut self, at: SimTime, state: String, event: u32, cause: Option<u32>) {
        end(&mut self.lane.states, at);
        self.lane.states.push(Band { from: at.0, to: OPEN, what: state, event, cause });
    }

    /// The standing of a download changes: its state, its pair of codes, or both.
    fn stand(&mut self, from: Standing, to: Standing, at: SimTime, event: u32, weather: &Weather) {
        let cause = self.cause(at, weather).or_else(|| weather.behind(to.extended_error));
        if from.state != to.state {
            self.enter(at, to.state.to_string(), event, cause);
        }
        if (from.error, from.extended_error) != (to.error, to.extended_error) {
            self.end_error(at);
            if let Some(pair) = pair(to) {
                self.begin_error(at, pair, event, cause);
            }
        }
    }

    fn file_changes(&mut self, event: &FileEvent, weather: &Weather) {
        match &event.what {
            FileChange::Added { remote, .. } | FileChange::RemoteName(remote) => {
                self.uses(event.file, remote, weather);
            }
            FileChange::Sized(_) => self.file = Some(event.file),
            FileChange::Finished => {
                self.done.insert(event.file);
            }
            FileChange::SourceChanged | FileChange::Restarted => {
                self.done.remove(&event.file);
            }
            _ => {}
        }
    }

    fn begin_error(&mut self, at: SimTime, what: String, event: u32, cause: Option<u32>) {
        self.lane.errors.push(Band { from: at.0, to: OPEN, what, event, cause });
    }

    fn end_error(&mut self, at: SimTime) {
        end(&mut self.lane.errors, at);
    }

    fn close(&mut self, at: SimTime) {
        end(&mut self.lane.states, at);
        end(&mut self.lane.errors, at);
    }

    fn uses(&mut self, file: FileId, url: &str, weather: &Weather) {
        let host = places::host_of(url);
        let server = weather.server_named(host).unwrap_or_else(|| host.to_owned());
        self.servers.insert(file, server);
    }

    /// The server of the file that was last asked for, or of the first one that is missing.
    fn server(&self) -> Option<String> {
        let missing = |file: &FileId| !self.done.contains(file);
        let current = self.file.filter(missing).or_else(|| {
            let all = self.servers.keys().copied();
            all.clone().find(missing).or_else(|| all.clone().last())
        });
        current.and_then(|file| self.servers.get(&file)).cloned()
    }

    fn attempt_ended(
        &mut self,
        outcome: AttemptOutcome,
        at: SimTime,
        weather: &mut Weather,
    ) -> Option<String> {
        match outcome {
            AttemptOutcome::Failed { code, .. } => {
                let mut server = self.server();
                let mut met = server.as_ref().and_then(|server| weather.met(server, code, at));
                // BITS does not say which file it asks for next: it may be another one.
                if met.is_none() {
                    let other = self.servers.values().find_map(|other| {
                        weather.met(other, code, at).map(|event| (other.clone(), event))
                    });
                    if let Some((other, event)) = other {
                        (server, met) = (Some(other), Some(event));
                    }
                }
                self.failed = Some((at, met));
                server
            }
            AttemptOutcome::Blocked { code } => {
                self.failed = None;
                if weather.latest(at).is_none() {
                    self.failed = Some((at, weather.behind(code)));
                }
                None
            }
            _ => {
                self.failed = None;
                None
            }
        }
    }

    /// The event behind a change at this instant: what made an attempt fail, or what befell the
    /// world just before.
    fn cause(&self, at: SimTime, weather: &Weather) -> Option<u32> {
        match self.failed {
            Some((when, event)) if when == at => event,
            _ => weather.latest(at),
        }
    }
}

/// The end of a band that lasts on.
const OPEN: u64 = u64::MAX;

fn end(bands: &mut [Band], at: SimTime) {
    if let Some(band) = bands.last_mut().filter(|band| band.to == OPEN) {
        band.to = at.0;
    }
}

/// The pair of codes of a download in words, unless all is well.
fn pair(of: Standing) -> Option<String> {
    match (of.error, of.extended_error) {
        (Hresult::S_OK, Hresult::S_OK) => None,
        (error, Hresult::S_OK) => Some(error.to_string()),
        (error, extended) => Some(format!("{error} / {extended}")),
    }
}

/// The URL that a download is given.
fn uri(called: &Called) -> Option<&str> {
    match &called.call {
        Call::Download(_, DownloadCall::SetProperty(id, Value::Text(url)))
            if DownloadProperty::from_value(*id) == Some(DownloadProperty::Uri)
                && called.hr.succeeded() =>
        {
            Some(url)
        }
        _ => None,
    }
}
