//! What a trace holds: the setup, then one event after another. It is all that the oracle sees.
//!
//! Order within one instant, on which the oracle relies:
//!
//! - A call is recorded first, with the HRESULT it returned; what it brought about follows.
//! - The end of an attempt comes before what follows from it: `AttemptEnded`, then `Count`, then
//!   `ErrorInfo`, then `State`, then timers.
//! - Bytes that moved are recorded no later than the next event of the job that depends on them.
//! - A turn is recorded as `Granted`, then `State` to CONNECTING, then `AttemptBegan`.
//! - On entry into TRANSFERRING, `ErrorGone` follows the `State` record if there was information.

use crate::call::{Call, Reply};
use crate::download::{self, DownloadStatus, Standing};
use crate::hresult::{Class, Hresult};
use crate::stimulus::Stimulus;
use crate::time::{SimTime, Span, WallTime};
use crate::world::{Disturbance, Setup};
use crate::{ClientId, ErrorContext, FileId, JobId, JobState, JobType, NoteId, UserId};
use serde::{Deserialize, Serialize};

/// The step of a scenario that caused an event directly; a number that the driver chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// Position in the trace, counted from 1.
    pub seq: u32,
    /// When, on the monotonic clock.
    pub at: SimTime,
    /// When, on the wall clock.
    pub wall: WallTime,
    /// The step that caused it directly, if one did.
    pub source: Option<StepId>,
    /// What.
    pub what: Happened,
}

/// What happened. The engine writes it; the oracle only reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Happened {
    /// A client made a call and got an answer.
    Called(Box<Called>),
    /// CreateJob made a job.
    Created(Box<Created>),
    /// CreateDownload made a download, in [`Standing::NEW`].
    DownloadCreated(Box<DownloadCreated>),
    /// State or error pair of a download changed.
    Standing {
        /// The download.
        job: JobId,
        /// Before.
        from: Standing,
        /// After.
        to: Standing,
        /// What made it change.
        cause: download::Row,
    },
    /// Start returned to a client that waited in it because of BlockingMode (DOD-START-011). The
    /// `Called` record of that Start stands where the client called.
    StartReturned {
        /// The download.
        job: JobId,
        /// The client that waited.
        client: ClientId,
    },
    /// Delivery Optimization sent a request for a file.
    Requested {
        /// The job or download.
        job: JobId,
        /// The file.
        file: FileId,
        /// Bytes held already: the request asks for what is left from there. 0 asks for all.
        held: u64,
    },
    /// A job changed its state.
    State {
        /// The job.
        job: JobId,
        /// The state it left.
        from: JobState,
        /// The state it entered.
        to: JobState,
        /// What made it move.
        cause: Stimulus,
    },
    /// The error count of a job changed.
    Count {
        /// The job.
        job: JobId,
        /// The count before.
        from: u32,
        /// The count after.
        to: u32,
    },
    /// Error information was attached to a job, in place of what was there.
    ErrorInfo {
        /// The job.
        job: JobId,
        /// The information.
        info: ErrorInfo,
    },
    /// The error information of a job ended.
    ErrorGone {
        /// The job.
        job: JobId,
    },
    /// The scheduler gave a job its turn.
    Granted {
        /// The job.
        job: JobId,
        /// The time slice, `None` for a foreground job.
        slice: Option<Span>,
    },
    /// The time slice of a job was used up.
    SliceEnded {
        /// The job.
        job: JobId,
    },
    /// A transfer attempt began: the job entered CONNECTING.
    AttemptBegan {
        /// The job.
        job: JobId,
        /// Counted from 1 for each job.
        number: u32,
    },
    /// A transfer attempt ended: the job is about to leave CONNECTING or TRANSFERRING.
    AttemptEnded {
        /// The job.
        job: JobId,
        /// How.
        outcome: AttemptOutcome,
    },
    /// Data moved.
    Bytes {
        /// The job.
        job: JobId,
        /// The file.
        file: FileId,
        /// The file itself, or the reply of an upload-reply job.
        of: Payload,
        /// Bytes of it that have arrived so far.
        done: u64,
    },
    /// Something happened to a file of a job.
    File(Box<FileEvent>),
    /// A notification began to be delivered: the callback was called or the program launched.
    NoteBegan(Box<Note>),
    /// It was delivered.
    NoteEnded {
        /// Which delivery.
        note: NoteId,
        /// The job.
        job: JobId,
        /// What the callback returned, or how the program ended.
        result: NoteResult,
    },
    /// A timer of a job was set, fired or was stopped.
    Timer {
        /// The job.
        job: JobId,
        /// Which.
        timer: Timer,
        /// What happened to it.
        what: TimerEvent,
    },
    /// Something befell the world.
    Env(Box<Disturbance>),
    /// A request to cancel an upload was sent to the server.
    UploadCancelRequested {
        /// The job.
        job: JobId,
        /// True if the server acknowledged it.
        acknowledged: bool,
    },
    /// A CANCELLED upload left the queue for good; or the service of a download forgot it.
    LeftQueue {
        /// The job.
        job: JobId,
    },
}

/// A call and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Called {
    /// The client process.
    pub by: ClientId,
    /// The call.
    pub call: Call,
    /// What it returned.
    pub hr: Hresult,
    /// What it delivered.
    pub reply: Reply,
}

/// A new job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Created {
    /// The job.
    pub job: JobId,
    /// Its GUID.
    pub guid: u128,
    /// Its display name.
    pub name: String,
    /// Its type.
    pub job_type: JobType,
    /// Its owner.
    pub owner: UserId,
    /// The client that created it.
    pub by: ClientId,
    /// The state it begins in.
    pub state: JobState,
}

/// A new download.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DownloadCreated {
    /// The download.
    pub job: JobId,
    /// The value of its Id.
    pub guid: u128,
    /// The user that it belongs to.
    pub owner: UserId,
    /// The client that created it.
    pub by: ClientId,
}

/// The error information of a job: what an error object holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// The failure.
    pub code: Hresult,
    /// Where it happened.
    pub context: ErrorContext,
    /// The file in transit, if the error is about a file.
    pub file: Option<FileId>,
    /// The protocol, if the error is about the transfer.
    pub protocol: Option<Protocol>,
}

/// The text that IBackgroundCopyError::GetProtocol returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// `http`, for https as well.
    Http,
    /// `file`, for SMB.
    File,
}

impl Protocol {
    /// The text itself.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::File => "file",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttemptOutcome {
    /// Everything was transferred.
    Finished,
    /// It failed.
    Failed {
        /// With this error.
        code: Hresult,
        /// Which is of this class.
        class: Class,
    },
    /// Network, volume or policy stopped it; nothing failed.
    Blocked {
        /// The code that the job reports.
        code: Hresult,
    },
    /// A call, the end of a slice, a log-off or the like stopped it; nothing failed.
    Stopped {
        /// By this.
        by: Stimulus,
    },
    /// The same for a download.
    Halted {
        /// By this.
        by: download::Row,
    },
}

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Payload {
    /// The file that was added to the job.
    File,
    /// The reply of an upload-reply job.
    Reply,
}

/// Something that happened to a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileEvent {
    /// The job.
    pub job: JobId,
    /// The file.
    pub file: FileId,
    /// What.
    pub what: FileChange,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileChange {
    /// It was added to the job.
    Added {
        /// Remote name.
        remote: String,
        /// Local name.
        local: String,
        /// Bytes requested by ranges, if there are ranges and none runs to the end of the file.
        requested: Option<u64>,
    },
    /// Its size became known. With the agent the size follows every answer, and is 0 once an answer
    /// to a download says none (DOD-STATUS-001, DOD-STATUS-002).
    Sized(u64),
    /// The size of the reply became known.
    ReplySized(u64),
    /// The service noticed that the source had changed.
    SourceChanged,
    /// Its transfer began again from the first byte.
    Restarted,
    /// It has been transferred in full (uploads: the server has it in full).
    Finished,
    /// The server handed the upload to its application.
    Posted,
    /// The reply has been transferred in full.
    ReplyFinished,
    /// It got its final name.
    Renamed {
        /// The owner of the file from now on.
        owner: UserId,
    },
    /// The reply got its final name.
    ReplyRenamed,
    /// It could not get its final name.
    RenameFailed(Hresult),
    /// Its temporary file was deleted.
    TempDeleted,
    /// Its temporary file could not be deleted and stays.
    TempKept,
    /// The partial upload was removed from the server.
    RemovedFromServer,
    /// The remote name changed.
    RemoteName(String),
    /// The file that a download writes to was made: the temporary one, or with the agent the one
    /// under LocalPath itself.
    OutputMade,
    /// That file was deleted.
    OutputDeleted,
}

/// A notification on its way to a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Note {
    /// Which delivery.
    pub note: NoteId,
    /// About this job.
    pub job: JobId,
    /// About this.
    pub kind: NoteKind,
    /// To whom.
    pub to: Recipient,
    /// The how-manieth delivery of the same event, counted from 1.
    pub attempt: u32,
    /// The error object that JobError carries.
    pub error: Option<ErrorInfo>,
    /// The status that OnStatusChange carries.
    pub status: Option<DownloadStatus>,
}

/// The kind of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NoteKind {
    /// IBackgroundCopyCallback::JobTransferred
    JobTransferred,
    /// IBackgroundCopyCallback::JobError
    JobError,
    /// IBackgroundCopyCallback::JobModification
    JobModification,
    /// IDODownloadStatusCallback::OnStatusChange
    OnStatusChange,
}

impl NoteKind {
    /// The method's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobTransferred => "JobTransferred",
            Self::JobError => "JobError",
            Self::JobModification => "JobModification",
            Self::OnStatusChange => "OnStatusChange",
        }
    }

    /// The flag that asks for it; 0 if it needs none.
    #[must_use]
    pub const fn flag(self) -> u32 {
        match self {
            Self::JobTransferred => crate::call::BG_NOTIFY_JOB_TRANSFERRED,
            Self::JobError => crate::call::BG_NOTIFY_JOB_ERROR,
            Self::JobModification => crate::call::BG_NOTIFY_JOB_MODIFICATION,
            Self::OnStatusChange => 0,
        }
    }
}

/// To whom a notification goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Recipient {
    /// The callback interface of a client.
    Interface(ClientId),
    /// A program, run as this user.
    CommandLine {
        /// The user in whose name it runs.
        user: UserId,
        /// The program.
        program: String,
        /// Its parameters.
        parameters: String,
    },
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoteResult {
    /// The callback returned this.
    Returned(Hresult),
    /// The program ended with this exit code.
    Exited(u32),
    /// The program could not be launched.
    NotLaunched,
    /// The client ended before its callback returned.
    ClientGone,
}

/// A timer of a job that the documentation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// Set by SetMinimumRetryDelay.
    MinimumRetryDelay,
    /// Set by SetNoProgressTimeout.
    NoProgressTimeout,
    /// Group policy JobInactivityTimeout.
    JobInactivityTimeout,
    /// SetMaximumDownloadTime or group policy MaxDownloadTime.
    MaximumDownloadTime,
    /// The time slice of a background job.
    TimeSlice,
    /// Until a failed notification is sent again.
    NotifyAgain,
    /// Until the next request to cancel an upload.
    CancelRequest,
    /// Until the service gives up cancelling an upload on the server.
    CancelWindow,
    /// Delivery Optimization: until its internal schedule tries again.
    InternalRetry,
    /// Delivery Optimization: until the agent looks whether new bytes came.
    ProgressCheck,
    /// Delivery Optimization: until the network is looked at again.
    NetworkCheck,
    /// Delivery Optimization: until a job or download is given up for its age.
    AgeLimit,
}

impl Timer {
    /// The documented name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinimumRetryDelay => "MinimumRetryDelay",
            Self::NoProgressTimeout => "NoProgressTimeout",
            Self::JobInactivityTimeout => "JobInactivityTimeout",
            Self::MaximumDownloadTime => "MaximumDownloadTime",
            Self::TimeSlice => "TimeSlice",
            Self::NotifyAgain => "NotifyAgain",
            Self::CancelRequest => "CancelRequest",
            Self::CancelWindow => "CancelWindow",
            Self::InternalRetry => "InternalRetry",
            Self::ProgressCheck => "ProgressCheck",
            Self::NetworkCheck => "NetworkCheck",
            Self::AgeLimit => "AgeLimit",
        }
    }
}

/// What happened to a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimerEvent {
    /// It was set.
    Armed {
        /// When it will fire.
        due: SimTime,
    },
    /// It fired.
    Fired,
    /// It was stopped.
    Stopped,
}

impl Happened {
    /// The job that the event is about, if it is about one.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::Called(called) => called.call.job(),
            Self::Created(created) => Some(created.job),
            Self::DownloadCreated(created) => Some(created.job),
            Self::File(event) => Some(event.job),
            Self::NoteBegan(note) => Some(note.job),
            Self::Standing { job, .. }
            | Self::Requested { job, .. }
            | Self::StartReturned { job, .. }
            | Self::State { job, .. }
            | Self::Count { job, .. }
            | Self::ErrorInfo { job, .. }
            | Self::ErrorGone { job }
            | Self::Granted { job, .. }
            | Self::SliceEnded { job }
            | Self::AttemptBegan { job, .. }
            | Self::AttemptEnded { job, .. }
            | Self::Bytes { job, .. }
            | Self::NoteEnded { job, .. }
            | Self::Timer { job, .. }
            | Self::UploadCancelRequested { job, .. }
            | Self::LeftQueue { job } => Some(*job),
            Self::Env(_) => None,
        }
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Trace {
    /// The world at the start.
    pub setup: Setup,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// How it ended.
    pub end: End,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum End {
    /// Nothing further can happen without a stimulus from outside.
    Settled(SimTime),
    /// The driver stopped at this time; more could have happened.
    Stopped(SimTime),
    /// A limit on events or time was reached first.
    DidNotSettle(SimTime),
}

impl End {
    /// The time at the end.
    #[must_use]
    pub const fn at(self) -> SimTime {
        match self {
            Self::Settled(at) | Self::Stopped(at) | Self::DidNotSettle(at) => at,
        }
    }
}
