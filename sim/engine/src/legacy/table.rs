//! The transition table of a job of Delivery Optimization: what it is made of.
//!
//! The rows are data ([`super::rows`]). A call is first told apart into a row, then the engine does
//! what the first case of the cell says whose guard holds; nothing else moves a job. A cell without
//! cases marks a combination that cannot arise.

use super::rows::{CALL_ROWS, EVENT_ROWS};
use bitsim_vocab::JobState;
use bitsim_vocab::{Hresult, legacy};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// When a case applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Always (the last case of a cell).
    Otherwise,
    /// Every transfer slot is taken.
    NoSlot,
    /// The owner is not logged on.
    OwnerAbsent,
    /// There is no network, or policy forbids the job.
    Blocked,
    /// The code that the job reports is not the one whose cause has just ended.
    AnotherCause,
    /// Every file of the job is transferred: none was added since.
    NothingLeft,
    /// The no-progress timeout is 0: there are no retries.
    NoRetries,
    /// Error information exists.
    ErrorKnown,
}

impl Guard {
    /// The guard in words, as the printed table shows it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Otherwise => "otherwise",
            Self::NoSlot => "no transfer slot free",
            Self::OwnerAbsent => "owner not logged on",
            Self::Blocked => "network or policy forbid it",
            Self::AnotherCause => "error code is that of another cause",
            Self::NothingLeft => "no file left to transfer",
            Self::NoRetries => "no-progress timeout 0",
            Self::ErrorKnown => "error information exists",
        }
    }
}

/// What a case does besides moving the job. The effects of the first group come before the state
/// changes, the others after it, each group in the order of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The connection that has stalled fails as one that times out does.
    Stall,
    /// Error information is attached.
    Attach,
    /// Finished files get their final names, up to the first that cannot.
    Rename,
    /// What is not finished is deleted.
    DropUnfinished,
    /// Every temporary file is deleted, because the job is too old.
    Expire,
    // ---- after the state has changed
    /// ModificationTime moves.
    Touch,
    /// JobModification is due if requested.
    Tell,
    /// SetRemoteName changes become durable.
    StoreRemoteNames,
    /// A new no-progress window and a new series of retry delays begin.
    NewWindow,
    /// The property of the call is stored.
    Store,
    /// The file of the call is appended.
    Append,
    /// Every temporary file is deleted.
    DeleteTemps,
    /// What forbids the job is looked at again.
    Recheck,
    /// A notification that is due may now have somebody to go to.
    Offer,
    /// JobError or JobTransferred is due if requested.
    Raise,
    /// TransferCompletionTime is set.
    Completion,
    /// Error information ends.
    Discard,
    /// A transfer attempt begins.
    Begin,
    /// Bytes have arrived: if they are new ones, window and series begin anew.
    Progress,
    /// The next attempt is due after the next delay of the series.
    ArmRetry,
    /// No attempt is due any more: the job waits for the end of a block.
    HoldRetry,
    /// The series of retry delays begins anew, with the wait that is under way.
    RestartRetry,
    /// An attempt that fell due while the owner was away is made up for.
    CatchUp,
    /// The error information becomes that of the block that is still in force.
    NextBlock,
    /// The notification interface is lost.
    LoseInterface,
    /// The notification is delivered again later.
    NotifyAgain,
}

impl Effect {
    /// True for the effects that come before the state changes.
    #[must_use]
    pub const fn comes_first(self) -> bool {
        matches!(
            self,
            Self::Stall | Self::Attach | Self::Rename | Self::DropUnfinished | Self::Expire
        )
    }
}

/// What a call returns in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hr {
    /// This code.
    Is(Hresult),
    /// The code that describes the rename failure.
    RenameFailure,
    /// The code that describes what is wrong with the file to be added.
    BadFile,
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
pub(crate) type TableRow = crate::table::Row<legacy::Row, JobState, Case>;

/// The transition table, 9 states by 38 rows. A cell without cases marks a combination that cannot
/// arise; the whole column of CONNECTING is empty.
pub type Table = crate::table::Table<legacy::Row, JobState, Vec<Case>>;

static DOCUMENTED: LazyLock<Arc<Table>> =
    LazyLock::new(|| Arc::new(Table::of(CALL_ROWS.iter().chain(EVENT_ROWS))));

impl Table {
    /// The table as documented, with the stands of the catalogue.
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
            Hr::BadFile => f.write_str(", HRESULT by what is wrong with the file"),
            Hr::Event => Ok(()),
        }
    }
}
