//! The transition table of a download: what it is made of, and how to look into it.
//!
//! The rows are data ([`super::rows`]). The engine does what the first case says whose guard
//! holds; nothing else moves a download. A cell without cases marks a combination that cannot
//! arise.

use super::rows::{CALL_ROWS, EVENT_ROWS};
use bitsim_vocab::download::Situation;
use bitsim_vocab::world::Defect;
use bitsim_vocab::{Hresult, download};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// When a case applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Always (the last case of a cell).
    Otherwise,
    /// The run is about the open-source agent.
    Agent,
    /// The run is about the service of Windows.
    Windows,
    /// The run asks for this defect of the agent.
    Defect(Defect),
    /// Neither Uri nor ContentId is set.
    NoUri,
    /// LocalPath or StreamInterface, the other of the two, is set.
    OtherSink,
    /// The ranges of the call are the ones given before.
    SameRanges,
    /// Bytes are held, their sum is not known, and the agent cannot ask for the rest.
    LengthUnknown,
    /// The agent falls over an answer of unknown length that was cut.
    ProcessEnds,
    /// A file lies at LocalPath already.
    OutputExists,
    /// The directory of LocalPath does not exist.
    NoDirectory,
    /// The file cannot get its final name.
    CannotRename,
    /// The download waits for something else than what has just ended.
    AnotherCause,
    /// Network or policy still forbid the download.
    StillBlocked,
    /// On Windows: the failure is of the zone of codes that pause a download for a while.
    TransientZone,
}

impl Guard {
    /// The guard in words, as the printed table shows it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Otherwise => "otherwise",
            Self::Agent => "agent",
            Self::Windows => "Windows",
            Self::Defect(Defect::AppendsFullAnswer) => "defect appends_full_answer",
            Self::Defect(Defect::EndsProcess) => "defect ends_process",
            Self::Defect(Defect::PauseIsNotSticky) => "defect pause_is_not_sticky",
            Self::Defect(Defect::StaleNetworkCheck) => "defect stale_network_check",
            Self::Defect(Defect::AbortDeletesForeignFile) => "defect abort_deletes_foreign_file",
            Self::NoUri => "no Uri",
            Self::OtherSink => "the other sink is set",
            Self::SameRanges => "same ranges as before",
            Self::LengthUnknown => "agent, bytes held of an unknown length",
            Self::ProcessEnds => "defect ends_process, cut body of unknown length",
            Self::OutputExists => "LocalPath exists",
            Self::NoDirectory => "no such directory",
            Self::CannotRename => "file cannot be renamed",
            Self::AnotherCause => "waits for something else",
            Self::StillBlocked => "network or policy forbid it",
            Self::TransientZone => "Windows, DO_E code of the transient zone",
        }
    }
}

/// What a case does besides moving the download. The effects of the first group come before the
/// standing changes, the others after it, each group in the order of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The output file is made.
    MakeOutput,
    /// The output file is deleted, if the download made it.
    DeleteOutput,
    /// The temporary file gets its final name.
    Rename,
    /// The ranges of the call replace the earlier ones; other ranges begin at the first byte.
    TakeRanges,
    /// What was fetched is worthless.
    Spoil,
    /// The failure shows in the error pair.
    TellFailure,
    /// The cause that forbids the download shows in ExtendedError.
    TellBlock,
    /// Both errors become S_OK.
    Clear,
    // ---- after the standing has changed
    /// An attempt begins.
    Begin,
    /// The next attempt comes later.
    WaitToRetry,
    /// Bytes came: what counts time without any starts anew.
    Advance,
    /// The property of the call is stored.
    Store,
    /// If the Uri is another one, what counts failures starts anew.
    NewUri,
    /// The request goes to the origin instead of the cache host.
    FallBack,
    /// The download is listed by EnumDownloads.
    List,
    /// Nobody is told of changes any more.
    LoseCallback,
    /// The agent forgets the download.
    Forget,
    /// The service forgets the download.
    Vanish,
    /// The agent's process ends, and with it every download.
    EndProcess,
}

impl Effect {
    /// True for the effects that come before the standing changes, or are part of that change.
    #[must_use]
    pub const fn comes_first(self) -> bool {
        matches!(
            self,
            Self::MakeOutput
                | Self::DeleteOutput
                | Self::Rename
                | Self::TakeRanges
                | Self::Spoil
                | Self::TellFailure
                | Self::TellBlock
                | Self::Clear
        )
    }
}

/// One outcome of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Case {
    /// When it applies.
    pub when: Guard,
    /// The situation entered; `None` stays.
    pub next: Option<Situation>,
    /// What a call returns; `None` for an event.
    pub hr: Option<Hresult>,
    /// What else happens.
    pub effects: &'static [Effect],
}

/// One row and its cells.
pub(crate) type TableRow = crate::table::Row<download::Row, Situation, Case>;

/// The transition table of a download, 8 situations by 40 stimuli. A cell without cases marks a
/// combination that cannot arise.
pub type Table = crate::table::Table<download::Row, Situation, Vec<Case>>;

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
            Some(code) => write!(f, ", {code}"),
            None => Ok(()),
        }
    }
}
