//! Delivery Optimization's own interface: IDOManager, IDODownload, IDODownloadStatusCallback.
//!
//! A download is known by a [`crate::JobId`], counted in order of CreateDownload; its one resource
//! is file 0. Pages: nn-deliveryoptimization-idodownload, ns-deliveryoptimization-do_download_status,
//! ne-deliveryoptimization-dodownloadstate, ne-deliveryoptimization-dodownloadproperty.

use crate::hresult::Hresult;
use crate::state::documented;
use crate::stimulus::stimuli;
use serde::{Deserialize, Serialize};
use std::fmt;

documented! {
    /// DODownloadState.
    DownloadState, "DODownloadState_",
    /// Made by CreateDownload, never started.
    Created = 0 "Created",
    /// Moves data, or waits to try again.
    Transferring = 1 "Transferring",
    /// Everything asked for has arrived; waits for Finalize.
    Transferred = 2 "Transferred",
    /// Finalize was called. Final.
    Finalized = 3 "Finalized",
    /// Abort was called, or the service gave the download up. Final.
    Aborted = 4 "Aborted",
    /// Rests; the error pair says why.
    Paused = 5 "Paused",
}

impl DownloadState {
    /// Finalized and Aborted.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finalized | Self::Aborted)
    }
}

/// State and error pair of DO_DOWNLOAD_STATUS: there is no error object and no error state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// State.
    pub state: DownloadState,
    /// Error.
    pub error: Hresult,
    /// ExtendedError.
    pub extended_error: Hresult,
}

impl Standing {
    /// The standing of a new download: Created, nothing wrong.
    pub const NEW: Self = Self::of(DownloadState::Created);

    /// The state with both errors S_OK.
    #[must_use]
    pub const fn of(state: DownloadState) -> Self {
        Self { state, error: Hresult::S_OK, extended_error: Hresult::S_OK }
    }

    /// The column of the transition table.
    #[must_use]
    pub const fn situation(self) -> Situation {
        match self.state {
            DownloadState::Created => Situation::Created,
            DownloadState::Transferring => Situation::Transferring,
            DownloadState::Transferred => Situation::Transferred,
            DownloadState::Finalized => Situation::Finalized,
            DownloadState::Aborted => Situation::Aborted,
            DownloadState::Paused if self.error.failed() => Situation::PausedFailed,
            DownloadState::Paused if self.extended_error.failed() => Situation::PausedTransient,
            DownloadState::Paused => Situation::PausedOnDemand,
        }
    }
}

/// `Paused, Error DO_E_DOWNLOAD_NO_PROGRESS, ExtendedError BG_E_HTTP_ERROR_503`; what is S_OK is
/// left out.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        if self.error != Hresult::S_OK {
            write!(f, ", Error {}", self.error)?;
        }
        if self.extended_error != Hresult::S_OK {
            write!(f, ", ExtendedError {}", self.extended_error)?;
        }
        Ok(())
    }
}

/// A column of the part `download` of `do-transitions.yaml`: the state, with Paused split by its
/// error pair (DOD-STATE-004).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // Named like the states; the three faces of Paused are explained.
pub enum Situation {
    Created,
    Transferring,
    Transferred,
    Finalized,
    Aborted,
    /// Error S_OK, ExtendedError S_OK.
    PausedOnDemand,
    /// Error S_OK, ExtendedError failed: resumes by itself.
    PausedTransient,
    /// Error failed: waits for Start or Abort.
    PausedFailed,
}

impl Situation {
    /// Every column, in the order of the catalogue.
    pub const ALL: &'static [Self] = &[
        Self::Created,
        Self::Transferring,
        Self::Transferred,
        Self::Finalized,
        Self::Aborted,
        Self::PausedOnDemand,
        Self::PausedTransient,
        Self::PausedFailed,
    ];

    /// The name in the catalogue.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Transferring => "Transferring",
            Self::Transferred => "Transferred",
            Self::Finalized => "Finalized",
            Self::Aborted => "Aborted",
            Self::PausedOnDemand => "Paused_on_demand",
            Self::PausedTransient => "Paused_transient",
            Self::PausedFailed => "Paused_failed",
        }
    }

    /// The state as GetStatus tells it.
    #[must_use]
    pub const fn state(self) -> DownloadState {
        match self {
            Self::Created => DownloadState::Created,
            Self::Transferring => DownloadState::Transferring,
            Self::Transferred => DownloadState::Transferred,
            Self::Finalized => DownloadState::Finalized,
            Self::Aborted => DownloadState::Aborted,
            Self::PausedOnDemand | Self::PausedTransient | Self::PausedFailed => {
                DownloadState::Paused
            }
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// DO_DOWNLOAD_STATUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DownloadStatus {
    /// BytesTotal: 0 until the size is known; with ranges, the bytes asked for.
    pub bytes_total: u64,
    /// BytesTransferred.
    pub bytes_transferred: u64,
    /// State, Error, ExtendedError.
    pub standing: Standing,
}

documented! {
    /// DODownloadProperty.
    DownloadProperty, "DODownloadProperty_",
    /// GUID of the download. Read-only.
    Id = 0 "Id",
    /// URL of the resource.
    Uri = 1 "Uri",
    /// Id of published content.
    ContentId = 2 "ContentId",
    /// Text for people.
    DisplayName = 3 "DisplayName",
    /// Full path of the output file.
    LocalPath = 4 "LocalPath",
    /// Headers of each request.
    HttpCustomHeaders = 5 "HttpCustomHeaders",
    /// DODownloadCostPolicy.
    CostPolicy = 6 "CostPolicy",
    /// Write-only.
    SecurityFlags = 7 "SecurityFlags",
    /// Percent of the whole between two progress callbacks.
    CallbackFreqPercent = 8 "CallbackFreqPercent",
    /// Seconds between two progress callbacks, 1 by default.
    CallbackFreqSeconds = 9 "CallbackFreqSeconds",
    /// Seconds without a new byte until the download fails.
    NoProgressTimeoutSeconds = 10 "NoProgressTimeoutSeconds",
    /// TRUE: the download is a foreground one.
    ForegroundPriority = 11 "ForegroundPriority",
    /// TRUE: Start returns when the download ends.
    BlockingMode = 12 "BlockingMode",
    /// IDODownloadStatusCallback.
    CallbackInterface = 13 "CallbackInterface",
    /// IStream that takes the bytes.
    StreamInterface = 14 "StreamInterface",
    /// Certificate context. Write-only.
    SecurityContext = 15 "SecurityContext",
    /// Token for the network. Write-only.
    NetworkToken = 16 "NetworkToken",
    /// Correlation vector for telemetry.
    CorrelationVector = 17 "CorrelationVector",
    /// Write-only.
    DecryptionInfo = 18 "DecryptionInfo",
    /// Where piece hashes come from. Write-only.
    IntegrityCheckInfo = 19 "IntegrityCheckInfo",
    /// TRUE: a failed integrity check ends the download.
    IntegrityCheckMandatory = 20 "IntegrityCheckMandatory",
    /// Size of the resource as the caller knows it.
    TotalSizeBytes = 21 "TotalSizeBytes",
    /// TRUE: never over a cellular network.
    DisallowOnCellular = 22 "DisallowOnCellular",
    /// Answer to an authentication challenge.
    HttpCustomAuthHeaders = 23 "HttpCustomAuthHeaders",
    /// TRUE: redirects from https to http are followed.
    HttpAllowSecureToNonSecureRedirect = 24 "HttpAllowSecureToNonSecureRedirect",
    /// TRUE: the download outlives a restart of the service.
    NonVolatile = 25 "NonVolatile",
}

impl DownloadProperty {
    /// The property with this number.
    #[must_use]
    pub fn from_value(value: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| u32::from(known.value()) == value)
    }

    /// True for the properties that GetProperty refuses with DO_E_WRITE_ONLY_PROPERTY.
    #[must_use]
    pub const fn is_write_only(self) -> bool {
        matches!(
            self,
            Self::SecurityFlags
                | Self::SecurityContext
                | Self::NetworkToken
                | Self::DecryptionInfo
                | Self::IntegrityCheckInfo
        )
    }
}

documented! {
    /// DODownloadCostPolicy.
    CostPolicy, "DODownloadCostPolicy_",
    /// Whatever the network costs.
    Always = 0 "Always",
    /// Not over a metered network.
    Unrestricted = 1 "Unrestricted",
    /// Not near or over the data limit.
    Standard = 2 "Standard",
    /// Not while roaming.
    NoRoaming = 3 "NoRoaming",
    /// Not over the data limit.
    NoSurcharge = 4 "NoSurcharge",
    /// Not over a cellular network.
    NoCellular = 5 "NoCellular",
}

/// The value of a property, as its VARIANT holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Value {
    /// VT_EMPTY: CallbackInterface or StreamInterface without an object.
    Empty,
    /// VT_BSTR.
    Text(String),
    /// VT_UI4, VT_UI8.
    Number(u64),
    /// VT_BOOL.
    Flag(bool),
    /// VT_UNKNOWN: an object of the caller (its callback, its stream).
    Object,
    /// The text of Id.
    Guid(u128),
}

/// A method of IDODownload.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DownloadCall {
    /// Start; `None` is nullptr, an empty list is RangeCount 0. Each range is (offset, length) in
    /// bytes; a length of `u64::MAX` is DO_LENGTH_TO_EOF.
    Start(Option<Vec<(u64, u64)>>),
    /// Pause
    Pause,
    /// Finalize
    Finalize,
    /// Abort
    Abort,
    /// GetStatus
    GetStatus,
    /// SetProperty; the raw number, so that a wrong one can be passed.
    SetProperty(u32, Value),
    /// GetProperty, likewise.
    GetProperty(u32),
}

impl DownloadCall {
    /// The method's name.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Start(_) => "Start",
            Self::Pause => "Pause",
            Self::Finalize => "Finalize",
            Self::Abort => "Abort",
            Self::GetStatus => "GetStatus",
            Self::SetProperty(..) => "SetProperty",
            Self::GetProperty(_) => "GetProperty",
        }
    }

    /// True for the methods that only read.
    #[must_use]
    pub const fn is_getter(&self) -> bool {
        matches!(self, Self::GetStatus | Self::GetProperty(_))
    }
}

stimuli! {
    /// A row of the part `download` of `do-transitions.yaml`.
    Row
    /// Start with RangeCount 0.
    StartWhole call "Start (RangeCount 0, whole file)",
    /// Start with ranges.
    StartRanges call "Start (RangeCount > 0)",
    /// Start with nullptr.
    StartNull call "Start (nullptr)",
    /// Start while Uri or sink is missing.
    StartIncomplete call "Start (no Uri, or no sink)",
    /// Start while the output file cannot be made.
    StartNoOutput call "Start (destination cannot be created)",
    /// Pause
    Pause call "Pause",
    /// Finalize
    Finalize call "Finalize",
    /// Abort
    Abort call "Abort",
    /// GetStatus
    GetStatus call "GetStatus",
    /// SetProperty of Id.
    SetId call "SetProperty (Id)",
    /// SetProperty of Uri with a good value.
    SetUri call "SetProperty (Uri, valid)",
    /// SetProperty of Uri with a bad value.
    SetUriMalformed call "SetProperty (Uri, malformed)",
    /// SetProperty of LocalPath.
    SetLocalPath call "SetProperty (LocalPath)",
    /// SetProperty of StreamInterface.
    SetStream call "SetProperty (StreamInterface)",
    /// SetProperty of NoProgressTimeoutSeconds with a value in range.
    SetNoProgress call "SetProperty (NoProgressTimeoutSeconds, in range)",
    /// SetProperty of NoProgressTimeoutSeconds with a value out of range.
    SetNoProgressTooLow call "SetProperty (NoProgressTimeoutSeconds, below the minimum)",
    /// SetProperty of any other property.
    SetOther call "SetProperty (CostPolicy, ForegroundPriority, callback properties)",
    /// SetProperty or GetProperty of a number that names no property.
    UnknownProperty call "SetProperty or GetProperty (unknown id)",
    /// GetProperty of a property that has a value.
    GetProperty call "GetProperty (readable, set)",
    /// GetProperty of an optional property without a value.
    GetUnset call "GetProperty (optional, never set)",
    /// GetProperty of a write-only property.
    GetWriteOnly call "GetProperty (write-only)",
    /// EnumDownloads.
    EnumDownloads call "EnumDownloads by the same caller",
    /// Data moved.
    BytesReceived event "bytes received",
    /// Everything asked for is there.
    AllReceived event "all requested bytes received",
    /// A failure after which the service tries again.
    RetryableFailure event "retryable failure",
    /// A failure that stops the download.
    FatalFailure event "fatal failure",
    /// The wait before the next attempt is over.
    RetryDelayElapsed event "retry delay elapsed",
    /// No byte arrived for the no-progress window.
    NoProgressElapsed event "no-progress window elapsed",
    /// The last network connection goes away.
    NetworkLost event "all networks lost",
    /// A network connection is established.
    NetworkRestored event "network restored",
    /// Cost, power or the like forbids the transfer.
    BlockBegins event "cost, cellular or power policy blocks",
    /// That block is lifted.
    BlockEnds event "policy block ends",
    /// Another download is started with the same LocalPath.
    PathTaken event "another download starts on the same LocalPath",
    /// The bytes do not match their hashes and the check is mandatory.
    IntegrityFails event "mandatory integrity check fails",
    /// A server answers 200 to a request for the rest of a file.
    RangeIgnored event "server ignores a resume range (200)",
    /// The configured cache host fails.
    CacheHostFails event "cache host fails",
    /// A client process of the download ends.
    ClientExits event "calling process exits",
    /// The service restarts and the download was not saved.
    RestartVolatile event "service restart, NonVolatile FALSE",
    /// The service restarts and the download was saved.
    RestartSaved event "service restart, NonVolatile TRUE",
    /// Nobody finalized or aborted the download in time.
    Expiry event "expiry (neither finalized nor aborted for days)",
}
