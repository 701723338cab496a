//! What a client can call, and what comes back besides the HRESULT.

use crate::download::{DownloadCall, DownloadStatus, Value};
use crate::stimulus::Stimulus;
use crate::time::WallTime;
use crate::trace::ErrorInfo;
use crate::{ErrorObjectId, FileId, JobId, JobState, JobType, Priority, UserId};
use serde::{Deserialize, Serialize};

/// BG_SIZE_UNKNOWN: the value of BytesTotal while a size is undetermined.
pub const BG_SIZE_UNKNOWN: u64 = u64::MAX;

/// BG_NOTIFY_JOB_TRANSFERRED
pub const BG_NOTIFY_JOB_TRANSFERRED: u32 = 0x0001;
/// BG_NOTIFY_JOB_ERROR
pub const BG_NOTIFY_JOB_ERROR: u32 = 0x0002;
/// BG_NOTIFY_DISABLE
pub const BG_NOTIFY_DISABLE: u32 = 0x0004;
/// BG_NOTIFY_JOB_MODIFICATION
pub const BG_NOTIFY_JOB_MODIFICATION: u32 = 0x0008;
/// BG_NOTIFY_FILE_TRANSFERRED
pub const BG_NOTIFY_FILE_TRANSFERRED: u32 = 0x0010;
/// BG_NOTIFY_FILE_RANGES_TRANSFERRED
pub const BG_NOTIFY_FILE_RANGES_TRANSFERRED: u32 = 0x0020;

/// A call of a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Call {
    /// IBackgroundCopyManager::CreateJob; `name` is NULL if it is `None`.
    CreateJob {
        /// The display name.
        name: Option<String>,
        /// The type of the job.
        job_type: JobType,
    },
    /// IBackgroundCopyManager::GetJob with the id of a job that exists or existed.
    GetJob(JobId),
    /// IBackgroundCopyManager::EnumJobs, read to its end.
    EnumJobs {
        /// BG_JOB_ENUM_ALL_USERS
        all_users: bool,
    },
    /// A method of a job or of one of its files.
    Job(JobId, JobCall),
    /// A method of an error object that GetError handed out.
    ErrorObject(ErrorObjectId, ErrorCall),
    /// IDOManager::CreateDownload.
    CreateDownload,
    /// IDOManager::EnumDownloads, read to its end, with a category: the raw number of a property
    /// and the text that it must be equal to.
    EnumDownloads(Option<(u32, String)>),
    /// A method of a download.
    Download(JobId, DownloadCall),
}

/// A method of IBackgroundCopyJob and its later versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // Each variant is the method of that name.
pub enum JobCall {
    Resume,
    Suspend,
    Cancel,
    Complete,
    AddFile(NewFile),
    AddFileSet(Vec<NewFile>),
    /// IDeliveryOptimizationJob::AddFileWithRanges
    AddFileWithRanges(NewFile),
    TakeOwnership,
    /// The raw value, so that a wrong one can be passed.
    SetPriority(u32),
    SetDisplayName(Option<String>),
    SetDescription(Option<String>),
    SetNotifyFlags(u32),
    /// True registers the caller, false passes NULL.
    SetNotifyInterface(bool),
    /// Seconds.
    SetMinimumRetryDelay(u32),
    /// Seconds.
    SetNoProgressTimeout(u32),
    SetProxySettings(Proxy),
    SetNotifyCmdLine {
        program: Option<String>,
        parameters: Option<String>,
    },
    SetRemoteName {
        file: FileId,
        url: String,
    },
    /// Seconds.
    SetMaximumDownloadTime(u32),
    SetReplyFileName(Option<String>),
    /// IBackgroundCopyJob5::SetProperty on Delivery Optimization, with the raw number.
    SetProperty {
        id: u32,
        value: u32,
    },
    /// IDeliveryOptimizationFile2::SetProperty
    SetFileProperty {
        file: FileId,
        value: String,
    },
    GetError,
    GetErrorCount,
    GetState,
    GetProgress,
    GetTimes,
    GetId,
    GetType,
    GetOwner,
    GetPriority,
    GetDisplayName,
    GetDescription,
    GetNotifyFlags,
    GetMinimumRetryDelay,
    GetNoProgressTimeout,
    GetProxySettings,
    GetNotifyCmdLine,
    GetMaximumDownloadTime,
    EnumFiles,
    /// IBackgroundCopyFile::GetProgress
    GetFileProgress(FileId),
    /// IBackgroundCopyFile::GetRemoteName
    GetRemoteName(FileId),
    /// IBackgroundCopyFile::GetLocalName
    GetLocalName(FileId),
    GetReplyProgress,
    GetReplyFileName,
    /// IBackgroundCopyJob5::GetProperty on Delivery Optimization, with the raw number.
    GetProperty(u32),
    /// IBackgroundCopyFile2::GetFileRanges on Delivery Optimization.
    GetFileRanges(FileId),
}

/// A method of IBackgroundCopyError.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // Each variant is the method of that name.
pub enum ErrorCall {
    GetError,
    GetFile,
    GetProtocol,
}

/// BG_FILE_INFO, with the ranges of AddFileWithRanges (none: the whole file).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NewFile {
    /// URL or UNC path.
    pub remote: String,
    /// Full path of the local file.
    pub local: String,
    /// (offset, length) in bytes; a length of [`BG_SIZE_UNKNOWN`] is BG_LENGTH_TO_EOF.
    pub ranges: Vec<(u64, u64)>,
}

/// The arguments of SetProxySettings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Proxy {
    /// BG_JOB_PROXY_USAGE: PRECONFIG 0, NO_PROXY 1, OVERRIDE 2, AUTODETECT 3.
    pub usage: u32,
    /// The proxy list.
    pub list: Option<String>,
    /// The bypass list.
    pub bypass: Option<String>,
}

impl Call {
    /// The job that the call is about, if it names one.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::GetJob(job) | Self::Job(job, _) | Self::Download(job, _) => Some(*job),
            Self::CreateJob { .. }
            | Self::EnumJobs { .. }
            | Self::ErrorObject(..)
            | Self::CreateDownload
            | Self::EnumDownloads(_) => None,
        }
    }

    /// The method's name.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::CreateJob { .. } => "CreateJob",
            Self::GetJob(_) => "GetJob",
            Self::EnumJobs { .. } => "EnumJobs",
            Self::Job(_, call) => call.method(),
            Self::ErrorObject(_, ErrorCall::GetError) => "IBackgroundCopyError::GetError",
            Self::ErrorObject(_, ErrorCall::GetFile) => "IBackgroundCopyError::GetFile",
            Self::ErrorObject(_, ErrorCall::GetProtocol) => "IBackgroundCopyError::GetProtocol",
            Self::CreateDownload => "CreateDownload",
            Self::EnumDownloads(_) => "EnumDownloads",
            Self::Download(_, call) => call.method(),
        }
    }
}

impl JobCall {
    /// The method's name and the row of the transition table that it belongs to.
    const fn row(&self) -> (&'static str, Stimulus) {
        use Stimulus as S;
        match self {
            Self::Resume => ("Resume", S::Resume),
            Self::Suspend => ("Suspend", S::Suspend),
            Self::Cancel => ("Cancel", S::Cancel),
            Self::Complete => ("Complete", S::Complete),
            Self::AddFile(_) => ("AddFile", S::AddFile),
            Self::AddFileSet(_) => ("AddFileSet", S::AddFileSet),
            Self::AddFileWithRanges(_) => ("AddFileWithRanges", S::AddFile),
            Self::TakeOwnership => ("TakeOwnership", S::TakeOwnership),
            Self::SetPriority(_) => ("SetPriority", S::SetPriority),
            Self::SetDisplayName(_) => ("SetDisplayName", S::SetDisplayName),
            Self::SetDescription(_) => ("SetDescription", S::SetDisplayName),
            Self::SetNotifyFlags(_) => ("SetNotifyFlags", S::SetNotifyFlags),
            Self::SetNotifyInterface(_) => ("SetNotifyInterface", S::SetNotifyInterface),
            Self::SetMinimumRetryDelay(_) => ("SetMinimumRetryDelay", S::SetMinimumRetryDelay),
            Self::SetNoProgressTimeout(_) => ("SetNoProgressTimeout", S::SetNoProgressTimeout),
            Self::SetProxySettings(_) => ("SetProxySettings", S::SetProxySettings),
            Self::SetNotifyCmdLine { .. } => ("SetNotifyCmdLine", S::SetNotifyCmdLine),
            Self::SetRemoteName { .. } => ("SetRemoteName", S::SetRemoteName),
            Self::SetMaximumDownloadTime(_) => {
                ("SetMaximumDownloadTime", S::SetMaximumDownloadTime)
            }
            // The catalogue has no row of its own for the reply name; it behaves as a name does.
            Self::SetReplyFileName(_) => ("SetReplyFileName", S::SetDisplayName),
            Self::SetProperty { .. } => ("IBackgroundCopyJob5::SetProperty", S::SetProperty),
            Self::SetFileProperty { .. } => {
                ("IDeliveryOptimizationFile2::SetProperty", S::SetProperty)
            }
            Self::GetProperty(_) => ("IBackgroundCopyJob5::GetProperty", S::Getters),
            Self::GetFileRanges(_) => ("GetFileRanges", S::Getters),
            Self::GetError => ("GetError", S::GetError),
            Self::GetErrorCount => ("GetErrorCount", S::GetErrorCount),
            Self::GetState => ("GetState", S::Getters),
            Self::GetProgress => ("GetProgress", S::Getters),
            Self::GetTimes => ("GetTimes", S::Getters),
            Self::GetId => ("GetId", S::Getters),
            Self::GetType => ("GetType", S::Getters),
            Self::GetOwner => ("GetOwner", S::Getters),
            Self::GetPriority => ("GetPriority", S::Getters),
            Self::GetDisplayName => ("GetDisplayName", S::Getters),
            Self::GetDescription => ("GetDescription", S::Getters),
            Self::GetNotifyFlags => ("GetNotifyFlags", S::Getters),
            Self::GetMinimumRetryDelay => ("GetMinimumRetryDelay", S::Getters),
            Self::GetNoProgressTimeout => ("GetNoProgressTimeout", S::Getters),
            Self::GetProxySettings => ("GetProxySettings", S::Getters),
            Self::GetNotifyCmdLine => ("GetNotifyCmdLine", S::Getters),
            Self::GetMaximumDownloadTime => ("GetMaximumDownloadTime", S::Getters),
            Self::EnumFiles => ("EnumFiles", S::EnumFiles),
            Self::GetFileProgress(_) => ("IBackgroundCopyFile::GetProgress", S::Getters),
            Self::GetRemoteName(_) => ("GetRemoteName", S::Getters),
            Self::GetLocalName(_) => ("GetLocalName", S::Getters),
            Self::GetReplyProgress => ("GetReplyProgress", S::Getters),
            Self::GetReplyFileName => ("GetReplyFileName", S::Getters),
        }
    }

    /// The method's name.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.row().0
    }

    /// The row of the transition table.
    #[must_use]
    pub const fn stimulus(&self) -> Stimulus {
        self.row().1
    }

    /// True for the methods that only read.
    #[must_use]
    pub const fn is_getter(&self) -> bool {
        matches!(
            self.stimulus(),
            Stimulus::GetError | Stimulus::GetErrorCount | Stimulus::Getters | Stimulus::EnumFiles
        )
    }
}

/// What a call delivers besides its HRESULT.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reply {
    /// Nothing.
    #[default]
    None,
    /// CreateJob, GetJob, CreateDownload.
    Job(JobId),
    /// EnumJobs and EnumDownloads, in order of creation.
    Jobs(Vec<JobId>),
    /// EnumFiles, in order of addition.
    Files(Vec<FileId>),
    /// GetState.
    State(JobState),
    /// GetType.
    Type(JobType),
    /// GetPriority.
    Priority(Priority),
    /// GetOwner.
    User(UserId),
    /// GetId: a GUID.
    Guid(u128),
    /// GetErrorCount, GetNotifyFlags, and the getters of delays and timeouts (seconds).
    Number(u64),
    /// The getters of names and of the protocol.
    Text(String),
    /// GetNotifyCmdLine: program and parameters.
    CommandLine(String, String),
    /// GetProxySettings.
    Proxy(Proxy),
    /// IBackgroundCopyJob::GetError: the object and what it holds.
    Error(ErrorObjectId, ErrorInfo),
    /// IBackgroundCopyError::GetFile.
    File(FileId),
    /// GetProgress, and GetReplyProgress (files 0 of 0).
    Progress(Progress),
    /// IBackgroundCopyFile::GetProgress.
    FileProgress {
        /// Bytes, or [`BG_SIZE_UNKNOWN`].
        bytes_total: u64,
        /// Bytes.
        bytes_transferred: u64,
        /// The file is available to the user (downloads) or the upload has finished.
        completed: bool,
    },
    /// GetStatus of a download.
    Status(DownloadStatus),
    /// GetProperty.
    Value(Value),
    /// GetFileRanges: (offset, length) in bytes.
    Ranges(Vec<(u64, u64)>),
    /// GetTimes.
    Times {
        /// CreationTime.
        creation: WallTime,
        /// ModificationTime.
        modification: WallTime,
        /// TransferCompletionTime, zero if there is none.
        completion: WallTime,
    },
}

/// BG_JOB_PROGRESS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes, or [`BG_SIZE_UNKNOWN`].
    pub bytes_total: u64,
    /// Bytes.
    pub bytes_transferred: u64,
    /// Files in the job.
    pub files_total: u32,
    /// Files transferred in full.
    pub files_transferred: u32,
}
