//! A scenario made ready for one target: typed, resolved, in order. A driver plays it.
//!
//! Everything a person wrote keeps its [`Place`], so that a failure can point at it.

use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::download::{DownloadCall, DownloadState, Value};
use bitsim_vocab::trace::{NoteKind, Protocol};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    ClientId, ErrorContext, FileId, Hresult, JobState, JobType, Priority, RuleId, SimTime, Span,
    StepId, Target, UserId,
};

/// Where in the scenario's text something stands. Lines and columns count characters from 1,
/// `offset` and `len` count bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub struct Place {
    pub line: u32,
    pub column: u32,
    pub offset: u32,
    pub len: u32,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub place: Place,
}

/// A job or download of the scenario, counted in the order of its `jobs:` or `downloads:` map. Not a
/// [`bitsim_vocab::JobId`]: that one exists only once CreateJob succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobRef(pub u32);

/// A scenario on one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The sentence after `scenario:`.
    pub title: String,
    /// What it runs on.
    pub target: Target,
    /// The world it begins in.
    pub setup: Setup,
    /// The rules that it declares to exercise.
    pub rules: Vec<At<RuleId>>,
    /// The rules that its named defects break: each must be broken, and its being broken is no
    /// failure.
    pub breaks: Vec<At<RuleId>>,
    /// Its jobs.
    pub jobs: Vec<JobPlan>,
    /// Its timeline. Times never go back.
    pub steps: Vec<Step>,
    /// Must not become true at any time.
    pub never: Vec<Check>,
    /// Must be true at the end.
    pub finally: Vec<Check>,
    /// Bounds of the run.
    pub limits: Limits,
}

/// Bounds after which a run counts as "did not settle".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most events.
    pub events: u32,
    /// Longest virtual time after the last step.
    pub settle_within: Span,
}

/// A job that the scenario speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPlan {
    /// Its key under `jobs:`.
    pub name: String,
    /// The display name that CreateJob is given: the key, unless the declaration names another.
    pub display_name: String,
    /// Where it is declared.
    pub place: Place,
    /// The client that creates it.
    pub client: ClientId,
    /// Its type.
    pub job_type: JobType,
    /// Files added right after creation.
    pub files: Vec<NewFile>,
    /// True if it exists from the start; false if a `create` step makes it.
    pub from_start: bool,
    /// Setters called right after creation and before the files are added, in this order.
    pub settings: Vec<JobCall>,
    /// How the client answers notifications of this job.
    pub answers: Answers,
    /// How the notification program ends, one exit code a launch; the last one repeats.
    pub program_exits: Vec<ProgramEnd>,
    /// What it is on `do-download`, which has downloads and no jobs; `None` elsewhere. `files` and
    /// `settings` are empty then.
    pub download: Option<DownloadPlan>,
}

/// A download that the scenario speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DownloadPlan {
    /// Properties set right after CreateDownload, in this order, by their numbers.
    pub settings: Vec<(u32, Value)>,
    /// What the first plain `start` asks for, as (offset, length) in bytes; empty: the whole file.
    pub ranges: Vec<(u64, u64)>,
}

/// How a notification program ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramEnd {
    /// With this exit code, after this long, having made these calls.
    Exits {
        /// The exit code.
        code: u32,
        /// How long it runs.
        after: Span,
        /// What it calls while it runs, each on a job, in the name of its user.
        calls: Vec<PlannedCall>,
    },
    /// It cannot be launched.
    NotLaunched,
}

/// The answers of a client's callback, for each kind of notification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// To JobTransferred and JobError, in order of delivery; the last one repeats. Empty: S_OK.
    pub in_order: Vec<Answer>,
    /// To JobModification, likewise.
    pub to_modification: Vec<Answer>,
}

/// One answer of a callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it returns.
    pub returns: Hresult,
    /// How long it blocks.
    pub after: Span,
    /// What it calls before it returns.
    pub calls: Vec<PlannedCall>,
    /// True if the client ends instead of returning.
    pub exits: bool,
}

/// One step of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number, which events that it causes carry as their source.
    pub id: StepId,
    /// Where it begins in the file.
    pub place: Place,
    /// How the scenario names its time: `25m`, `after 2s`, `until payroll is TRANSFERRED`.
    pub label: String,
    /// When it happens.
    pub when: When,
    /// What happens, in order. A step with several targets has been resolved to one.
    pub acts: Vec<At<Act>>,
}

/// When a step happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// At this time since the start.
    At(SimTime),
    /// This long after the step before it.
    After(Span),
    /// As soon as the check holds; the step fails if that takes longer than `within`.
    Until {
        /// What to wait for.
        check: Check,
        /// How long, from the step before it.
        within: Span,
    },
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A client calls.
    Call {
        /// The client.
        client: ClientId,
        /// The call.
        call: PlannedCall,
        /// What it must return, one of these; empty if the scenario does not say. A call that
        /// the scenario says nothing about must succeed.
        returns: At<Vec<Hresult>>,
    },
    /// Something befalls the world, and perhaps ends by itself.
    Disturb {
        /// What.
        what: Disturbance,
        /// When it ends, and how.
        ends: Option<(Ends, Disturbance)>,
    },
    /// A check that must hold now.
    Expect(Check),
    /// At least one of these must hold now (the pages leave a choice).
    OneOf(Vec<Check>),
    /// A check that must hold again and again.
    Poll {
        /// How often.
        every: Span,
        /// How long, from now.
        during: Span,
        /// What must hold each time.
        check: Check,
    },
}

/// When a disturbance ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// This long after it began.
    After(Span),
    /// At this time since the start.
    At(SimTime),
}

/// A call whose job is named, not yet numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedCall {
    /// CreateJob with everything that the job's declaration says.
    Create(JobRef),
    /// A method of the job.
    Job(JobRef, JobCall),
    /// A method of the download.
    Download(JobRef, DownloadCall),
    /// Start of the download: with what it is declared to ask for until a Start has succeeded, with
    /// nullptr afterwards.
    Start(JobRef),
    /// IDOManager::EnumDownloads, with the number of a property and the text it must have.
    EnumDownloads(Option<(u32, String)>),
    /// IBackgroundCopyManager::GetJob.
    GetJob(JobRef),
    /// IBackgroundCopyManager::EnumJobs.
    EnumJobs {
        /// BG_JOB_ENUM_ALL_USERS
        all_users: bool,
    },
    /// GetError of the object that the client's latest GetError on this job handed out.
    ReadErrorObject(JobRef),
    /// GetFile of that object.
    ReadErrorFile(JobRef),
    /// GetProtocol of that object.
    ReadErrorProtocol(JobRef),
}

/// What must be true of one subject. Its claims are checked in order, each on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The whole check, or its first key if it takes several lines.
    pub place: Place,
    /// What it is about.
    pub subject: Subject,
    /// What must be true.
    pub claims: Vec<At<Claim>>,
}

impl Check {
    /// True if both say the same, wherever they are written.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        crate::checks::same(std::slice::from_ref(self), std::slice::from_ref(other))
    }
}

/// What a check is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A job or download, seen by the client that created it or by the one named.
    Job(JobRef, Option<ClientId>),
    /// A path on the local disk.
    Path(String),
    /// The whole run so far (claims about counts over all jobs).
    Run,
    /// What a server holds under a URL (uploads).
    Url(String),
}

/// One thing that must be true. Job claims are answered by calling the getter, so that the trace
/// shows the question and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// GetState is one of these.
    State(Vec<JobState>),
    /// GetStatus of a download: State is one of these.
    DownloadState(Vec<DownloadState>),
    /// GetStatus of a download: Error is one of these.
    Error(Vec<Hresult>),
    /// GetStatus of a download: ExtendedError is one of these.
    ExtendedError(Vec<Hresult>),
    /// GetProperty of a download, by the number of the property.
    Property(u32, Value),
    /// GetErrorCount.
    ErrorCount(Number),
    /// GetError.
    GetError(GetErrorClaim),
    /// GetProgress (downloads: GetStatus): BytesTransferred.
    BytesTransferred(Number),
    /// GetProgress: BytesTotal; `Exactly(BG_SIZE_UNKNOWN)` is written `unknown`. Downloads:
    /// GetStatus, which says 0 for it.
    BytesTotal(Number),
    /// GetProgress: FilesTransferred.
    FilesTransferred(Number),
    /// GetProgress: FilesTotal.
    FilesTotal(Number),
    /// IBackgroundCopyFile::GetProgress of one file: Completed.
    Completed(FileId, bool),
    /// GetReplyProgress: BytesTotal.
    ReplyBytesTotal(Number),
    /// GetReplyProgress: BytesTransferred.
    ReplyBytesTransferred(Number),
    /// GetPriority.
    Priority(Priority),
    /// GetOwner.
    Owner(UserId),
    /// GetMinimumRetryDelay, seconds.
    MinimumRetryDelay(Number),
    /// GetNoProgressTimeout, seconds.
    NoProgressTimeout(Number),
    /// GetMaximumDownloadTime, seconds.
    MaximumDownloadTime(Number),
    /// GetNotifyFlags.
    NotifyFlags(u32),
    /// GetDisplayName.
    DisplayName(String),
    /// GetDescription.
    Description(String),
    /// GetTimes: TransferCompletionTime is not zero.
    HasCompletionTime(bool),
    /// How many deliveries of this kind have begun so far.
    Callbacks(NoteKind, Number),
    /// The code in the error object that the latest JobError carried.
    LastErrorNotified(Hresult),
    /// How many launches of the notification program have begun so far.
    Launches(Number),
    /// How many attempts have begun so far (run: the sum over all jobs).
    Attempts(Number),
    /// The job is listed by EnumJobs (the download by EnumDownloads) of its client.
    Listed(bool),
    /// Path: a file stands under this name.
    Exists(bool),
    /// Path: a temporary file for this final name stands beside it.
    Temporary(bool),
    /// Path: its size in bytes.
    Size(Number),
    /// Path: its content is the version of the remote file that the run began with (1), or the
    /// n-th one after changes.
    ContentVersion(u32),
    /// Run: how many jobs are in one of these states.
    JobsIn(Vec<JobState>, Number),
    /// Run: how many downloads are in one of these states.
    DownloadsIn(Vec<DownloadState>, Number),
    /// Url: the server holds a complete upload.
    Uploaded(bool),
    /// Url: how often the server application was handed the upload.
    Posted(Number),
}

/// What a call of GetError must give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetErrorClaim {
    /// What GetError itself returns: S_OK, or the service's code for "there is none".
    pub returns: Option<At<Hresult>>,
    /// IBackgroundCopyError::GetError: the code, one of these.
    pub code: Option<At<Vec<Hresult>>>,
    /// IBackgroundCopyError::GetError: the context.
    pub context: Option<At<ErrorContext>>,
    /// IBackgroundCopyError::GetFile: the file, or `None` for BG_E_FILE_NOT_AVAILABLE.
    pub file: Option<At<Option<FileId>>>,
    /// IBackgroundCopyError::GetProtocol: the text, or `None` for BG_E_PROTOCOL_NOT_AVAILABLE.
    pub protocol: Option<At<Option<Protocol>>>,
}

/// A number to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Exactly this.
    Exactly(u64),
    /// This or more.
    AtLeast(u64),
    /// This or less.
    AtMost(u64),
}

impl Number {
    /// True if `n` is as required.
    #[must_use]
    pub const fn holds(self, n: u64) -> bool {
        match self {
            Self::Exactly(wanted) => n == wanted,
            Self::AtLeast(least) => n >= least,
            Self::AtMost(most) => n <= most,
        }
    }
}
