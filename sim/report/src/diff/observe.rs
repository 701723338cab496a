//! What a client of a run can observe, one thing after another.

use super::Side;
use super::phase::{Cause, Phase};
use crate::calls;
use crate::words;
use bitsim_vocab::call::{BG_NOTIFY_DISABLE, BG_SIZE_UNKNOWN, JobCall, Progress};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadStatus, Standing, Value};
use bitsim_vocab::trace::{
    Called, ErrorInfo, Event, FileChange, FileEvent, Happened, Note, NoteKind,
};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ErrorContext, ErrorObjectId, FileId, Hresult, JobId, JobState, NoteId, Profile, Reply,
    Service, SimTime,
};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that a client can observe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// When.
    pub(super) at: SimTime,
    /// The job or download by its name in the scenario; empty for the world.
    pub(super) who: String,
    /// The step that caused it directly, by its place in the scenario.
    pub(super) step: Option<u32>,
    /// The latest step before it, likewise; 0 before the first.
    pub(super) since: u32,
    /// What.
    pub(super) what: What,
    /// The same in the words of the service.
    pub(super) said: String,
}

/// What was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Something befell the world.
    World {
        /// It is the wall clock that was moved.
        clock: bool,
    },
    /// A call returned.
    Call { verb: &'static str, method: &'static str, hr: Hresult, quiet: bool },
    /// A state was entered.
    State { phase: Phase, name: &'static str, cause: Cause },
    /// An error is reported; a download has no context.
    Error { code: Hresult, context: Option<ErrorContext> },
    /// An attempt began, after this had made the state what it is.
    Attempt { number: u32, cause: Cause },
    /// A callback was called.
    Told {
        news: News,
        kind: &'static str,
        again: bool,
        /// The job had BG_NOTIFY_DISABLE among its flags.
        disabled: bool,
        /// It had to wait until one of the others was delivered.
        held: bool,
    },
    /// A call came back to a client that had waited in it.
    CameBack,
    /// The error that was reported is no longer known.
    Gone,
    /// A size was asked for that is not known yet; the number that stands for it.
    Size { total: u64 },
    /// The service noticed that the remote file had changed and begins it again.
    Changed(String),
    /// A file lies under its final name.
    File {
        path: String,
        /// It was made there and did not get the name later.
        made: bool,
        /// The call that was to give the names failed in the end.
        partial: bool,
    },
}

/// What holds for a whole run.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The no-progress timeouts that were set, in seconds, by the names of jobs and downloads.
    pub(super) timeouts: BTreeMap<String, u64>,
    /// The local names of all files.
    pub(super) paths: BTreeSet<String>,
    /// There is a cache host, and the service asks it.
    pub(super) cache_host: bool,
}

/// So many callbacks BITS delivers at a time to a user (nf-bits-ibackgroundcopycallback-joberror).
const AT_ONCE: usize = 4;

/// What a callback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum News {
    Failed,
    Done,
    /// Any other change.
    Change,
}

/// Goes through a trace.
struct Observer<'a> {
    side: &'a Side<'a>,
    seen: Vec<Seen>,
    /// The job that an error object belongs to.
    objects: BTreeMap<ErrorObjectId, JobId>,
    /// Local names.
    paths: BTreeMap<(JobId, FileId), String>,
    /// The standing that was told last.
    told: BTreeMap<JobId, Standing>,
    /// What moved a job last, its turn aside.
    causes: BTreeMap<JobId, Cause>,
    /// The ranges of the last Start.
    ranges: BTreeMap<JobId, Vec<(u64, u64)>>,
    /// Jobs whose last Start had other ranges than the one before.
    changed: BTreeSet<JobId>,
    /// Notification flags that were set.
    flags: BTreeMap<JobId, u32>,
    /// Callbacks on their way.
    under_way: BTreeSet<NoteId>,
    /// When one of these was delivered that others may have waited for.
    freed: Option<SimTime>,
    /// When each job entered the state that it has.
    entered: BTreeMap<JobId, SimTime>,
    /// Jobs whose last Complete failed.
    partial: BTreeSet<JobId>,
    /// Jobs that came to an end that nothing follows.
    ended: BTreeSet<JobId>,
    facts: Facts,
}

/// Everything that a client can observe in a run, in order, and what holds for the whole of it.
pub(super) fn observations(side: &Side<'_>) -> (Vec<Seen>, Facts) {
    let delivery = side.target().service != Service::Bits;
    let cache_host = delivery && side.trace.setup.delivery.cache_host.is_some();
    let mut observer = Observer {
        side,
        seen: Vec::new(),
        objects: BTreeMap::new(),
        paths: BTreeMap::new(),
        told: BTreeMap::new(),
        causes: BTreeMap::new(),
        ranges: BTreeMap::new(),
        changed: BTreeSet::new(),
        flags: BTreeMap::new(),
        under_way: BTreeSet::new(),
        freed: None,
        entered: BTreeMap::new(),
        partial: BTreeSet::new(),
        ended: BTreeSet::new(),
        facts: Facts { cache_host, ..Facts::default() },
    };
    for event in &side.trace.events {
        observer.see(event);
    }
    observer.facts.paths = observer.paths.into_values().collect();
    (observer.seen, observer.facts)
}

impl Observer<'_> {
    fn see(&mut self, event: &Event) {
        match &event.what {
            Happened::Called(called) => self.called(event, called),
            Happened::Created(created) => {
                self.state(event, created.job, created.state, Cause::Made);
            }
            Happened::DownloadCreated(created) => {
                self.standing(event, created.job, Standing::NEW, Cause::Made);
            }
            Happened::State { job, to, cause, .. } => {
                self.state(event, *job, *to, Cause::of_job(*cause));
            }
            Happened::Standing { job, from, to, cause } => {
                self.new_errors(event, *job, *from, *to);
                let other_ranges =
                    Cause::of_download(*cause) == Cause::Started && self.changed.contains(job);
                let cause =
                    if other_ranges { Cause::OtherRanges } else { Cause::of_download(*cause) };
                self.standing(event, *job, *to, cause);
                let errs = |of: &Standing| of.error.failed() || of.extended_error.failed();
                if errs(from) && !errs(to) {
                    self.gone(event, *job);
                }
            }
            Happened::StartReturned { job, .. } => {
                let said = "Start returns, the client has waited".to_owned();
                self.put(event, Some(*job), What::CameBack, said);
            }
            Happened::LeftQueue { job } => {
                let cause = if self.ended.contains(job) { Cause::Done } else { Cause::Restart };
                let what = What::State { phase: Phase::Forgotten, name: "forgotten", cause };
                self.put(event, Some(*job), what, "forgotten by the service".to_owned());
            }
            Happened::ErrorInfo { job, info } => self.error(event, *job, info),
            Happened::AttemptBegan { job, number } => {
                let cause = self.causes.get(job).copied().unwrap_or(Cause::Other);
                let said = format!("attempt {number} begins");
                self.put(event, Some(*job), What::Attempt { number: *number, cause }, said);
            }
            Happened::ErrorGone { job } => self.gone(event, *job),
            Happened::NoteBegan(note) => self.note(event, note),
            Happened::NoteEnded { note, .. } => {
                if self.under_way.len() >= AT_ONCE {
                    self.freed = Some(event.at);
                }
                self.under_way.remove(note);
            }
            Happened::File(file) => self.file(event, file),
            Happened::Env(what) => {
                let (who, said) = words::disturbance(what, self.side.names);
                let clock = matches!(**what, Disturbance::WallClockMoves(_));
                self.put(event, None, What::World { clock }, format!("{who}: {said}"));
            }
            _ => {}
        }
    }

    fn put(&mut self, event: &Event, job: Option<JobId>, what: What, said: String) {
        let place = |id| self.side.steps.iter().find(|step| step.id == id);
        let before = self.side.steps.iter().rev().find(|step| step.at <= event.at);
        self.seen.push(Seen {
            at: event.at,
            who: job.map(|job| self.side.names.job(job)).unwrap_or_default(),
            step: event.source.and_then(place).map(|step| step.place.offset),
            since: before.map_or(0, |step| step.place.offset),
            what,
            said,
        });
    }

    fn called(&mut self, event: &Event, called: &Called) {
        let mut job = called.call.job();
        match (&called.call, &called.reply) {
            (Call::ErrorObject(object, _), _) => job = self.objects.get(object).copied(),
            (Call::Job(of, _), Reply::Error(object, _)) => {
                self.objects.insert(*object, *of);
            }
            (_, Reply::Job(made)) if job.is_none() => job = Some(*made),
            (_, Reply::Progress(Progress { bytes_total: BG_SIZE_UNKNOWN, .. })) => {
                self.size(event, job, &called.call, BG_SIZE_UNKNOWN);
            }
            (_, Reply::Status(DownloadStatus { bytes_total: 0, .. })) => {
                self.size(event, job, &called.call, 0);
            }
            (Call::Download(of, DownloadCall::SetProperty(id, Value::Text(path))), _)
                if *id == u32::from(DownloadProperty::LocalPath.value()) =>
            {
                self.paths.insert((*of, FileId(0)), path.clone());
            }
            _ => {}
        }
        self.take_in(called);
        let (verb, leads) = verb(&called.call);
        let method = called.call.method();
        // A setting that is taken and a question that is answered are no news: what is asked for
        // is compared where it changes.
        let quiet = called.hr == Hresult::S_OK && !leads;
        let what = What::Call { verb, method, hr: called.hr, quiet };
        let said = if leads {
            format!("{method} = {}", called.hr)
        } else {
            calls::clause(called, self.side.names)
        };
        self.put(event, job, what, said);
    }

    /// Keeps what a call that went well set, and whether Complete did.
    fn take_in(&mut self, called: &Called) {
        let Some(job) = called.call.job() else { return };
        if matches!(called.call, Call::Job(_, JobCall::Complete)) {
            if called.hr.failed() {
                self.partial.insert(job);
            } else {
                self.partial.remove(&job);
            }
        }
        if called.hr != Hresult::S_OK {
            return;
        }
        let timeout = u32::from(DownloadProperty::NoProgressTimeoutSeconds.value());
        match &called.call {
            Call::Job(_, JobCall::SetNotifyFlags(flags)) => {
                self.flags.insert(job, *flags);
            }
            Call::Job(_, JobCall::SetNoProgressTimeout(seconds)) => {
                self.facts.timeouts.insert(self.side.names.job(job), u64::from(*seconds));
            }
            Call::Download(_, DownloadCall::SetProperty(id, Value::Number(seconds)))
                if *id == timeout =>
            {
                self.facts.timeouts.insert(self.side.names.job(job), *seconds);
            }
            // A null pointer keeps the ranges.
            Call::Download(_, DownloadCall::Start(Some(ranges))) => {
                let before = self.ranges.insert(job, ranges.clone());
                if before.is_some_and(|before| before != *ranges) {
                    self.changed.insert(job);
                } else {
                    self.changed.remove(&job);
                }
            }
            Call::Download(_, DownloadCall::Start(None)) => {
                self.changed.remove(&job);
            }
            _ => {}
        }
    }

    fn size(&mut self, event: &Event, job: Option<JobId>, call: &Call, total: u64) {
        let number = if total == 0 { "0" } else { "BG_SIZE_UNKNOWN" };
        let said = format!("{}: BytesTotal {number}", call.method());
        self.put(event, job, What::Size { total }, said);
    }

    fn gone(&mut self, event: &Event, job: JobId) {
        self.put(event, Some(job), What::Gone, "the error is forgotten".to_owned());
    }

    /// Takes down what follows from the phase that a job came to.
    fn phase(&mut self, at: SimTime, job: JobId, phase: Phase) {
        if phase.is_end() {
            self.ended.insert(job);
        }
        self.entered.insert(job, at);
    }

    fn state(&mut self, event: &Event, job: JobId, to: JobState, cause: Cause) {
        let phase = Phase::of_job(to);
        self.phase(event.at, job, phase);
        if phase != Phase::Connects {
            self.causes.insert(job, cause);
        }
        let what = What::State { phase, name: to.name(), cause };
        self.put(event, Some(job), what, to.name().to_owned());
    }

    fn standing(&mut self, event: &Event, job: JobId, to: Standing, cause: Cause) {
        let name = to.state.name();
        self.causes.insert(job, cause);
        self.phase(event.at, job, Phase::of_download(to));
        let what = What::State { phase: Phase::of_download(to), name, cause };
        self.put(event, Some(job), what, name.to_owned());
    }

    /// The codes of an error pair that were not there before.
    fn new_errors(&mut self, event: &Event, job: JobId, from: Standing, to: Standing) {
        let pairs = [
            ("Error", from.error, to.error),
            ("ExtendedError", from.extended_error, to.extended_error),
        ];
        // The error that ends a download is the news; what lies behind it was told before.
        let news = pairs.into_iter().find(|(_, old, new)| new.failed() && old != new);
        if let Some((name, _, code)) = news {
            let what = What::Error { code, context: None };
            self.put(event, Some(job), what, format!("{name} {code}"));
        }
    }

    fn error(&mut self, event: &Event, job: JobId, info: &ErrorInfo) {
        let what = What::Error { code: info.code, context: Some(info.context) };
        let comma = if info.context == ErrorContext::None { "," } else { "" };
        let said = format!("error {}{comma} {}", info.code, words::error_place(info));
        self.put(event, Some(job), what, said);
    }

    fn note(&mut self, event: &Event, note: &Note) {
        self.under_way.insert(note.note);
        let kind = note.kind.name();
        let news = match (note.kind, &note.status) {
            (NoteKind::JobError, _) => News::Failed,
            (NoteKind::JobTransferred, _) => News::Done,
            (_, Some(DownloadStatus { standing, .. })) => {
                // Progress alone is told so often that only its end matters here.
                if self.told.insert(note.job, *standing) == Some(*standing) {
                    return;
                }
                match Phase::of_download(*standing) {
                    Phase::Failed => News::Failed,
                    Phase::Done => News::Done,
                    _ => News::Change,
                }
            }
            _ => News::Change,
        };
        let mut said = kind.to_owned();
        if let Some(status) = &note.status {
            said += &format!(": {}", status.standing.state);
        }
        if note.attempt > 1 {
            said += &format!(", {} time", words::ordinal(note.attempt));
        }
        let flags = self.flags.get(&note.job).copied().unwrap_or(0);
        let waited = self.entered.get(&note.job).is_some_and(|entered| *entered < event.at);
        let what = What::Told {
            news,
            kind,
            again: note.attempt > 1,
            disabled: flags & BG_NOTIFY_DISABLE != 0,
            held: waited && self.freed == Some(event.at),
        };
        self.put(event, Some(note.job), what, said);
    }

    fn file(&mut self, event: &Event, file: &FileEvent) {
        let key = (file.job, file.file);
        let agent = self.side.target().profile == Profile::Agent;
        match &file.what {
            FileChange::Added { local, .. } => {
                self.paths.insert(key, local.clone());
            }
            FileChange::Renamed { .. } => self.lies(event, key, false),
            FileChange::OutputMade if agent => self.lies(event, key, true),
            FileChange::SourceChanged => {
                let path = self.paths.get(&key).cloned().unwrap_or_default();
                let said = "sees that the file was replaced and begins it again".to_owned();
                self.put(event, Some(file.job), What::Changed(path), said);
            }
            _ => {}
        }
    }

    fn lies(&mut self, event: &Event, key: (JobId, FileId), made: bool) {
        let path = self.paths.get(&key).cloned().unwrap_or_default();
        let said = format!("file: {path}");
        let partial = self.partial.contains(&key.0);
        self.put(event, Some(key.0), What::File { path, made, partial }, said);
    }
}

/// BG_NOTIFY_FILE_TRANSFERRED and BG_NOTIFY_FILE_RANGES_TRANSFERRED.
const OF_FILES: u32 = 0x30;

/// What a call is for, whatever it is called; true for the calls that lead a job through its life.
fn verb(call: &Call) -> (&'static str, bool) {
    use DownloadCall as D;
    let quietly = |verb| (verb, false);
    match call {
        Call::CreateJob { .. } | Call::CreateDownload => quietly("create"),
        Call::EnumJobs { .. } | Call::EnumDownloads(_) => quietly("list"),
        Call::Job(_, JobCall::Resume) | Call::Download(_, D::Start(_)) => ("start", true),
        Call::Job(_, JobCall::Suspend) | Call::Download(_, D::Pause) => ("pause", true),
        Call::Job(_, JobCall::Complete) | Call::Download(_, D::Finalize) => ("complete", true),
        Call::Job(_, JobCall::Cancel) | Call::Download(_, D::Abort) => ("cancel", true),
        Call::Job(
            _,
            JobCall::AddFile(_) | JobCall::AddFileSet(_) | JobCall::AddFileWithRanges(_),
        ) => quietly("name the file"),
        Call::Job(_, JobCall::SetPriority(_)) => quietly("set the priority"),
        Call::Job(_, JobCall::SetNoProgressTimeout(_)) => quietly("set the no-progress timeout"),
        Call::Job(_, JobCall::SetDisplayName(_)) => quietly("set the display name"),
        Call::Job(_, JobCall::SetNotifyFlags(flags)) if flags & BG_NOTIFY_DISABLE != 0 => {
            quietly("switch callbacks off")
        }
        Call::Job(_, JobCall::SetNotifyFlags(flags)) if flags & OF_FILES != 0 => {
            quietly("ask for callbacks of files")
        }
        Call::Job(_, JobCall::SetNotifyInterface(_)) => quietly("register the callback"),
        Call::Job(_, JobCall::SetProperty { .. }) => quietly("SetProperty"),
        Call::Job(_, JobCall::GetProperty(_)) => quietly("GetProperty"),
        Call::Job(_, JobCall::GetState) => quietly("ask for the state"),
        Call::Job(_, JobCall::GetProgress) => quietly("ask for progress"),
        Call::Download(_, D::GetStatus) => quietly("ask for the state"),
        Call::Download(_, D::SetProperty(id, _)) => quietly(setting(*id)),
        other => quietly(other.method()),
    }
}

/// What a property of a download is for.
fn setting(id: u32) -> &'static str {
    use DownloadProperty as P;
    match P::from_value(id) {
        Some(P::Uri | P::ContentId | P::LocalPath | P::StreamInterface) => "name the file",
        Some(P::ForegroundPriority) => "set the priority",
        Some(P::NoProgressTimeoutSeconds) => "set the no-progress timeout",
        Some(P::DisplayName) => "set the display name",
        Some(P::CallbackInterface) => "register the callback",
        _ => "SetProperty",
    }
}

#[cfg(test)]
mod tests;
