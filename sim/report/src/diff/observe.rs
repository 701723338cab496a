//! What a client of a run can observe, one thing after another.

use super::Side;
use super::phase::{Cause, Phase};
use crate::calls;
use crate::words;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadStatus, Standing, Value};
use bitsim_vocab::trace::{
    Called, ErrorInfo, Event, FileChange, FileEvent, Happened, Note, NoteKind,
};
use bitsim_vocab::{
    Call, ErrorContext, ErrorObjectId, FileId, Hresult, JobId, JobState, Profile, Reply, SimTime,
};
use std::collections::BTreeMap;

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
    World,
    /// A call returned.
    Call { verb: &'static str, method: &'static str, hr: Hresult, quiet: bool },
    /// A state was entered.
    State { phase: Phase, name: &'static str, cause: Cause },
    /// An error is reported; a download has no context.
    Error { code: Hresult, context: Option<ErrorContext> },
    /// An attempt began, after this had made the state what it is.
    Attempt { number: u32, cause: Cause },
    /// A callback was called.
    Told { news: News, kind: &'static str, again: bool },
    /// A file lies under its final name.
    File(String),
}

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
}

/// Everything that a client can observe in a run, in order.
pub(super) fn observations(side: &Side<'_>) -> Vec<Seen> {
    let mut observer = Observer {
        side,
        seen: Vec::new(),
        objects: BTreeMap::new(),
        paths: BTreeMap::new(),
        told: BTreeMap::new(),
        causes: BTreeMap::new(),
    };
    for event in &side.trace.events {
        observer.see(event);
    }
    observer.seen
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
                self.standing(event, *job, *to, Cause::of_download(*cause));
            }
            Happened::LeftQueue { job } => {
                let what = What::State {
                    phase: Phase::Forgotten,
                    name: "forgotten",
                    cause: Cause::Restart,
                };
                self.put(event, Some(*job), what, "forgotten by the service".to_owned());
            }
            Happened::ErrorInfo { job, info } => self.error(event, *job, info),
            Happened::AttemptBegan { job, number } => {
                let cause = self.causes.get(job).copied().unwrap_or(Cause::Other);
                let said = format!("attempt {number} begins");
                self.put(event, Some(*job), What::Attempt { number: *number, cause }, said);
            }
            Happened::NoteBegan(note) => self.note(event, note),
            Happened::File(file) => self.file(event, file),
            Happened::Env(what) => {
                let (who, said) = words::disturbance(what, self.side.names);
                self.put(event, None, What::World, format!("{who}: {said}"));
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
            (Call::Download(of, DownloadCall::SetProperty(id, Value::Text(path))), _)
                if *id == u32::from(DownloadProperty::LocalPath.value()) =>
            {
                self.paths.insert((*of, FileId(0)), path.clone());
            }
            _ => {}
        }
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

    fn state(&mut self, event: &Event, job: JobId, to: JobState, cause: Cause) {
        let phase = Phase::of_job(to);
        if phase != Phase::Connects {
            self.causes.insert(job, cause);
        }
        let what = What::State { phase, name: to.name(), cause };
        self.put(event, Some(job), what, to.name().to_owned());
    }

    fn standing(&mut self, event: &Event, job: JobId, to: Standing, cause: Cause) {
        let name = to.state.name();
        self.causes.insert(job, cause);
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
        let what = What::Told { news, kind, again: note.attempt > 1 };
        self.put(event, Some(note.job), what, said);
    }

    fn file(&mut self, event: &Event, file: &FileEvent) {
        let key = (file.job, file.file);
        let agent = self.side.target().profile == Profile::Agent;
        match &file.what {
            FileChange::Added { local, .. } => {
                self.paths.insert(key, local.clone());
            }
            FileChange::Renamed { .. } => self.lies(event, key),
            FileChange::OutputMade if agent => self.lies(event, key),
            _ => {}
        }
    }

    fn lies(&mut self, event: &Event, key: (JobId, FileId)) {
        let path = self.paths.get(&key).cloned().unwrap_or_default();
        let said = format!("file: {path}");
        self.put(event, Some(key.0), What::File(path), said);
    }
}

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
