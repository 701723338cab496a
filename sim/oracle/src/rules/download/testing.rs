//! Small hand-made traces of downloads, in the world of [`crate::rules::testing::Story`].
//!
//! A tale knows the standing of each download, so that a change names only where it goes.

use crate::rules::testing::{APP, OWNER, Story};
use bitsim_vocab::download::{
    DownloadCall, DownloadProperty, DownloadState, DownloadStatus, Row, Standing, Value,
};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{
    AttemptOutcome, DownloadCreated, FileChange, FileEvent, Note, NoteKind, NoteResult, Payload,
    Recipient, Timer, TimerEvent,
};
use bitsim_vocab::world::{Delivery, Disturbance, Setup};
use bitsim_vocab::{
    Call, ClientId, FileId, Happened, Hresult, JobId, NoteId, Reply, RuleId, SimTime, Span, Target,
};

pub(super) const OK: Hresult = Hresult::S_OK;
pub(super) const INVALID_STATE: Hresult = Hresult::DO_E_INVALID_STATE;
/// HTTP 503.
pub(super) const BUSY: Hresult = Hresult::http(503);
pub(super) const NO_PROGRESS: Hresult = Hresult::DO_E_DOWNLOAD_NO_PROGRESS;
pub(super) const NO_NETWORK: Hresult = Hresult::DO_E_BLOCKED_BY_NO_NETWORK;
/// Where the download with this number keeps its file.
pub(super) const PATH: &str = "C:\\downloads\\1";

/// A trace in the making.
#[derive(Clone)]
pub(super) struct Tale {
    story: Story,
    standings: Vec<Standing>,
    attempts: u32,
    notes: u32,
    done: u64,
    total: u64,
    /// The download that the next records are about.
    pub(super) job: JobId,
}

/// Paused, with this error pair.
pub(super) fn paused(error: Hresult, extended_error: Hresult) -> Standing {
    Standing { state: DownloadState::Paused, error, extended_error }
}

/// Transferring, with this error pair.
pub(super) fn waiting(error: Hresult, extended_error: Hresult) -> Standing {
    Standing { state: DownloadState::Transferring, error, extended_error }
}

/// A state with nothing wrong.
pub(super) fn of(state: DownloadState) -> Standing {
    Standing::of(state)
}

impl Tale {
    pub(super) fn on(target: Target) -> Self {
        let story = Story::on(target).setup(|setup| setup.delivery = Delivery::of(target));
        Self {
            story,
            standings: Vec::new(),
            attempts: 0,
            notes: 0,
            done: 0,
            total: 0,
            job: JobId(0),
        }
    }

    /// A download of Windows, with Uri and LocalPath.
    pub(super) fn windows() -> Self {
        Self::on(Target::DO_DOWNLOAD).create().ready()
    }

    /// A download of the agent, with Uri and LocalPath.
    pub(super) fn agent() -> Self {
        Self::on(Target::DO_AGENT).create().ready()
    }

    pub(super) fn is_agent(&self) -> bool {
        self.story.setup.target == Target::DO_AGENT
    }

    /// The same with either profile.
    pub(super) fn both() -> [Self; 2] {
        [Self::windows(), Self::agent()]
    }

    pub(super) fn setup(mut self, change: impl FnOnce(&mut Setup)) -> Self {
        self.story = self.story.setup(change);
        self
    }

    pub(super) fn at(mut self, secs: u64) -> Self {
        self.story = self.story.at(secs);
        self
    }

    pub(super) fn about(mut self, job: u32) -> Self {
        self.job = JobId(job);
        self
    }

    pub(super) fn push(mut self, what: Happened) -> Self {
        self.story = self.story.push(what);
        self
    }

    pub(super) fn env(mut self, what: Disturbance) -> Self {
        self.story = self.story.env(what);
        self
    }

    pub(super) fn called(mut self, by: ClientId, call: Call, hr: Hresult, reply: Reply) -> Self {
        self.story = self.story.called(by, call, hr, reply);
        self
    }

    /// `app` calls a method of the download.
    pub(super) fn call(self, call: DownloadCall, hr: Hresult) -> Self {
        let job = self.job;
        self.called(APP, Call::Download(job, call), hr, Reply::None)
    }

    /// `app` creates a download without properties, which the next records are about.
    pub(super) fn create(mut self) -> Self {
        let job = JobId(u32::try_from(self.standings.len()).unwrap_or(u32::MAX));
        self.job = job;
        self.standings.push(Standing::NEW);
        let guid = u128::from(job.0) + 7;
        self.called(APP, Call::CreateDownload, OK, Reply::Job(job)).push(Happened::DownloadCreated(
            Box::new(DownloadCreated { job, guid, owner: OWNER, by: APP }),
        ))
    }

    /// `app` sets Uri and LocalPath.
    pub(super) fn ready(self) -> Self {
        self.text(DownloadProperty::Uri, "http://files.example/1")
            .text(DownloadProperty::LocalPath, PATH)
    }

    pub(super) fn set(self, property: DownloadProperty, value: Value, hr: Hresult) -> Self {
        self.call(DownloadCall::SetProperty(u32::from(property.value()), value), hr)
    }

    pub(super) fn text(self, property: DownloadProperty, text: &str) -> Self {
        self.set(property, Value::Text(text.to_owned()), OK)
    }

    pub(super) fn number(self, property: DownloadProperty, number: u64) -> Self {
        self.set(property, Value::Number(number), OK)
    }

    pub(super) fn get(self, property: DownloadProperty, hr: Hresult, reply: Reply) -> Self {
        let job = self.job;
        let call = DownloadCall::GetProperty(u32::from(property.value()));
        self.called(APP, Call::Download(job, call), hr, reply)
    }

    /// `app` calls GetStatus and is told this.
    pub(super) fn status(self, bytes_transferred: u64, bytes_total: u64, is: Standing) -> Self {
        let job = self.job;
        let status = DownloadStatus { bytes_total, bytes_transferred, standing: is };
        let call = Call::Download(job, DownloadCall::GetStatus);
        self.called(APP, call, OK, Reply::Status(status))
    }

    /// The download gets another standing.
    pub(super) fn to(mut self, to: Standing, cause: Row) -> Self {
        let job = self.job;
        let from = std::mem::replace(&mut self.standings[job.index()], to);
        self.push(Happened::Standing { job, from, to, cause })
    }

    pub(super) fn began(mut self) -> Self {
        self.attempts += 1;
        let (job, number) = (self.job, self.attempts);
        self.push(Happened::AttemptBegan { job, number })
    }

    pub(super) fn requested(self, held: u64) -> Self {
        let job = self.job;
        self.push(Happened::Requested { job, file: FileId(0), held })
    }

    /// An attempt begins and asks for what is left.
    pub(super) fn attempt(self) -> Self {
        let held = self.done;
        self.began().requested(held)
    }

    /// Start of the whole file succeeds.
    pub(super) fn start(self) -> Self {
        self.call(DownloadCall::Start(Some(Vec::new())), OK)
            .file(FileChange::OutputMade)
            .to(of(DownloadState::Transferring), Row::StartWhole)
            .attempt()
    }

    /// Start with nullptr goes on.
    pub(super) fn resume(self) -> Self {
        self.call(DownloadCall::Start(None), OK)
            .to(of(DownloadState::Transferring), Row::StartNull)
            .attempt()
    }

    pub(super) fn file(self, what: FileChange) -> Self {
        let event = FileEvent { job: self.job, file: FileId(0), what };
        self.push(Happened::File(Box::new(event)))
    }

    pub(super) fn sized(mut self, total: u64) -> Self {
        self.total = total;
        self.file(FileChange::Sized(total))
    }

    pub(super) fn bytes(mut self, done: u64) -> Self {
        let job = self.job;
        self.done = done;
        self.push(Happened::Bytes { job, file: FileId(0), of: Payload::File, done })
    }

    pub(super) fn ends(self, outcome: AttemptOutcome) -> Self {
        let job = self.job;
        self.push(Happened::AttemptEnded { job, outcome })
    }

    pub(super) fn fails(self, code: Hresult, class: Class) -> Self {
        self.ends(AttemptOutcome::Failed { code, class })
    }

    /// The attempt fails and the download waits to try again.
    pub(super) fn retries(self, code: Hresult) -> Self {
        let agent = self.is_agent();
        let to = if agent { waiting(code, OK) } else { waiting(OK, code) };
        self.fails(code, Class::Transient).to(to, Row::RetryableFailure)
    }

    /// The wait is over and the next attempt begins.
    pub(super) fn again(self) -> Self {
        self.to(of(DownloadState::Transferring), Row::RetryDelayElapsed).attempt()
    }

    /// The attempt fails for good.
    pub(super) fn stops(self, code: Hresult) -> Self {
        self.fails(code, Class::Fatal).to(paused(code, OK), Row::FatalFailure)
    }

    /// The rest arrives: the size is 100.
    pub(super) fn arrives(self) -> Self {
        self.sized(100)
            .bytes(100)
            .file(FileChange::Finished)
            .ends(AttemptOutcome::Finished)
            .to(of(DownloadState::Transferred), Row::AllReceived)
    }

    /// Pause stops the transfer.
    pub(super) fn pause(self) -> Self {
        self.call(DownloadCall::Pause, OK)
            .ends(AttemptOutcome::Halted { by: Row::Pause })
            .to(paused(OK, OK), Row::Pause)
    }

    /// The network goes and the download rests.
    pub(super) fn cut_off(self) -> Self {
        self.env(Disturbance::NetworkLost)
            .ends(AttemptOutcome::Blocked { code: NO_NETWORK })
            .to(paused(OK, NO_NETWORK), Row::NetworkLost)
    }

    pub(super) fn timer(self, timer: Timer, what: TimerEvent) -> Self {
        let job = self.job;
        self.push(Happened::Timer { job, timer, what })
    }

    pub(super) fn armed(self, timer: Timer, due: u64) -> Self {
        self.timer(timer, TimerEvent::Armed { due: SimTime::ZERO + Span::secs(due) })
    }

    pub(super) fn fired(self, timer: Timer) -> Self {
        self.timer(timer, TimerEvent::Fired)
    }

    /// OnStatusChange of `client` begins, with the status as it is.
    pub(super) fn note(self, client: ClientId) -> Self {
        let is = self.standings[self.job.index()];
        self.note_of(client, is)
    }

    /// OnStatusChange of `client` begins, with this standing.
    pub(super) fn note_of(mut self, client: ClientId, standing: Standing) -> Self {
        let note = NoteId(self.notes);
        self.notes += 1;
        let (bytes_total, bytes_transferred) = (self.total, self.done);
        let status = DownloadStatus { bytes_total, bytes_transferred, standing };
        let job = self.job;
        self.push(Happened::NoteBegan(Box::new(Note {
            note,
            job,
            kind: NoteKind::OnStatusChange,
            to: Recipient::Interface(client),
            attempt: 1,
            error: None,
            status: Some(status),
        })))
    }

    /// The latest callback returns.
    pub(super) fn returns(self, hr: Hresult) -> Self {
        let (note, job) = (NoteId(self.notes.saturating_sub(1)), self.job);
        self.push(Happened::NoteEnded { note, job, result: NoteResult::Returned(hr) })
    }

    pub(super) fn gone(self) -> Self {
        let job = self.job;
        self.push(Happened::LeftQueue { job })
    }

    #[track_caller]
    pub(super) fn holds(&self, rule: RuleId) {
        self.story.holds(rule);
    }

    /// The rule held, and no rule at all was broken.
    #[track_caller]
    pub(super) fn follows(&self, rule: RuleId) {
        self.story.holds(rule);
        let findings = self.story.findings();
        assert!(findings.violations().is_empty(), "{:#?}", findings.violations());
    }

    #[track_caller]
    pub(super) fn breaks(&self, rule: RuleId) {
        self.story.breaks(rule);
    }

    #[track_caller]
    pub(super) fn leaves(&self, rule: RuleId) {
        self.story.leaves(rule);
    }
}
