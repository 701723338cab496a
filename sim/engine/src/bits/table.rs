//! The transition table of a BITS job: what it is made of, and how to look into it.
//!
//! The rows are data ([`super::rows`]). The engine does what the first case says whose guard
//! holds; nothing else moves a job. A cell without cases marks a combination that cannot arise.

use super::rows::{CALL_ROWS, EVENT_ROWS};
use bitsim_vocab::{Hresult, JobState, Stimulus};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// When a case applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Always (the last case of a cell).
    Otherwise,
    /// The job has no file.
    NoFile,
    /// Some file is not transferred yet.
    FilesLeft,
    /// The run takes the stand that Suspend is a no-op here.
    StandNoOp,
    /// The run takes the stand that TRANSIENT_ERROR outlives a restart.
    StandKept,
    /// Some temporary file cannot be deleted.
    CannotDelete,
    /// The job is an upload or upload-reply job.
    Uploads,
    /// Some finished file cannot get its final name.
    CannotRename,
    /// The job is an upload or upload-reply job and has its file, or gets more than one.
    OneFileOnly,
    /// The caller may not write to the local directory.
    MayNotWrite,
    /// The caller is not exempt and MaxFilesPerJob would be exceeded.
    TooManyFiles,
    /// The caller is no administrator.
    NotAdministrator,
    /// The new owner cannot access the temporary files.
    NoFileAccess,
    /// The no-progress period is over by the new value, and the job waits for no block.
    PeriodOver,
    /// Error information exists.
    ErrorKnown,
    /// The owner is not logged on.
    OwnerAbsent,
    /// There is no network connection.
    NoNetwork,
    /// Policy, cost, power or the like forbids the job.
    Blocked,
    /// No file is left to transfer.
    NothingLeft,
    /// The no-progress timeout is 0, or over without progress.
    NoTimeLeft,
    /// It is a foreground job.
    Foreground,
    /// Network, volume or policy still forbid the job.
    StillBlocked,
    /// The error code of the job is that of a block: it waits for network, volume or policy.
    WaitsForBlock,
    /// The error code of the job is the one whose cause has just ended.
    CauseEnded,
    /// The change concerns the file in transit.
    InTransit,
    /// The transfer of the changed upload is under way.
    UploadInTransit,
    /// The caller may neither own nor administer the job.
    NoAccess,
}

impl Guard {
    /// The guard in words, as the printed table shows it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Otherwise => "otherwise",
            Self::NoFile => "job has no file",
            Self::FilesLeft => "files are left to transfer",
            Self::StandNoOp => "stand suspend_at_rest: no-op",
            Self::StandKept => "stand transient_error_at_restart: kept",
            Self::CannotDelete => "temporary file cannot be deleted",
            Self::Uploads => "upload or upload-reply",
            Self::CannotRename => "finished file cannot be renamed",
            Self::OneFileOnly => "upload with more than its one file",
            Self::MayNotWrite => "no write access to the directory",
            Self::TooManyFiles => "beyond MaxFilesPerJob",
            Self::NotAdministrator => "caller is no administrator",
            Self::NoFileAccess => "no access to the temporary files",
            Self::PeriodOver => "new no-progress period is over",
            Self::ErrorKnown => "error information exists",
            Self::OwnerAbsent => "owner not logged on",
            Self::NoNetwork => "no network",
            Self::Blocked => "policy block",
            Self::NothingLeft => "no file left to transfer",
            Self::NoTimeLeft => "no-progress timeout 0 or over",
            Self::Foreground => "foreground job",
            Self::StillBlocked => "network, volume or policy forbid it",
            Self::WaitsForBlock => "waits for network, volume or policy",
            Self::CauseEnded => "error code is that of the cause",
            Self::InTransit => "the file in transit",
            Self::UploadInTransit => "upload under way",
            Self::NoAccess => "neither owner nor administrator",
        }
    }
}

/// What a case does besides moving the job. The effects of the first group come before the state
/// changes, the others after it, each group in the order of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The failed attempt is counted as the rules say.
    Count,
    /// Error information is attached.
    Attach,
    // ---- after the state has changed
    /// ModificationTime moves.
    Touch,
    /// JobModification is due if requested.
    Tell,
    /// The inactivity period restarts.
    Active,
    /// The measurement of the maximum download time restarts.
    RestartMaxDownload,
    /// Pending SetRemoteName changes are stored durably.
    StoreRemoteNames,
    /// A reply file name is generated if none is set.
    NameReply,
    /// A new no-progress period begins, and a new transient-error phase with it.
    NewPeriod,
    /// The property of the call is stored.
    Store,
    /// The files of the call are appended.
    Append,
    /// Every temporary file is deleted.
    DeleteTemps,
    /// Finished files get their final names, up to the first that cannot.
    Rename,
    /// What is not finished is deleted.
    DropUnfinished,
    /// The upload is cancelled on the server.
    CancelUpload,
    /// The caller becomes the owner.
    Own,
    /// The waiting periods in progress follow the new value.
    Recompute,
    /// A notification that is due may now have somebody to go to.
    Offer,
    /// The retry timer starts.
    ArmRetry,
    /// JobError or JobTransferred is due if requested.
    Raise,
    /// TransferCompletionTime is set.
    Completion,
    /// Error information ends.
    Discard,
    /// The connection attempt begins.
    Connect,
    /// Data begins to move.
    Move,
    /// The next file of the job begins.
    NextFile,
    /// The file in transit starts again from its first byte.
    RestartFile,
    /// Callback interfaces are lost.
    LoseInterface,
    /// Timers are brought in line with the wall clock.
    Retime,
    /// The notification is sent again, or the command line runs instead.
    NotifyAgain,
    /// The notification is settled.
    Settle,
    /// The job leaves the queue for good.
    LeaveQueue,
    /// The job, being final, is gone for good.
    Vanish,
    /// The source is looked at again when the file is opened next.
    Recheck,
}

impl Effect {
    /// True for the effects that come before the state changes.
    #[must_use]
    pub const fn comes_first(self) -> bool {
        matches!(self, Self::Count | Self::Attach)
    }
}

/// What a call returns in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hr {
    /// This code.
    Is(Hresult),
    /// The code that describes the rename failure.
    RenameFailure,
    /// Nothing: it is an event.
    Event,
}

/// One outcome of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Case {
    /// When it applies.
    pub when: Guard,
    /// The state entered; `None` stays.
    pub next: Option<JobState>,
    /// What a call returns.
    pub hr: Hr,
    /// What else happens.
    pub effects: &'static [Effect],
}

/// One row and its cells.
pub(crate) type TableRow = crate::table::Row<Stimulus, JobState, Case>;

/// The transition table of BITS, 9 states by 57 stimuli. A cell without cases marks a combination
/// that cannot arise.
pub type Table = crate::table::Table<Stimulus, JobState, Vec<Case>>;

static DOCUMENTED: LazyLock<Arc<Table>> =
    LazyLock::new(|| Arc::new(Table::of(CALL_ROWS.iter().chain(EVENT_ROWS))));

impl Table {
    /// The table of BITS as documented, with the stands of the catalogue.
    #[must_use]
    pub fn documented() -> Arc<Self> {
        DOCUMENTED.clone()
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.when != Guard::Otherwise {
            write!(f, "{}: ", self.when.text())?;
        }
        match self.next {
            Some(next) => write!(f, "{next}")?,
            None => f.write_str("stays")?,
        }
        match self.hr {
            Hr::Is(code) => write!(f, ", {code}"),
            Hr::RenameFailure => f.write_str(", HRESULT of the rename failure"),
            Hr::Event => Ok(()),
        }
    }
}
