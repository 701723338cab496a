//! Delivery Optimization behind the interfaces of BITS: the rows of its own transition table.
//!
//! Calls, states and events of its traces are the words of BITS that it shares ([`crate::call`],
//! [`crate::state`], [`crate::trace`]); what it lacks answers E_NOTIMPL.

use crate::stimulus::{Stimulus, stimuli};
use serde::{Deserialize, Serialize};

stimuli! {
    /// A row of the part `legacy` of `do-transitions.yaml`.
    Row
    /// IBackgroundCopyJob::Resume with FilesTotal >= 1.
    Resume call "Resume (job has files)",
    /// IBackgroundCopyJob::Resume with FilesTotal = 0.
    ResumeEmpty call "Resume (job is empty)",
    /// IBackgroundCopyJob::Suspend
    Suspend call "Suspend",
    /// IBackgroundCopyJob::Cancel
    Cancel call "Cancel",
    /// IBackgroundCopyJob::Complete while every file is transferred.
    CompleteAll call "Complete (all files transferred)",
    /// IBackgroundCopyJob::Complete while some file is not.
    CompleteSome call "Complete (some files unfinished)",
    /// IBackgroundCopyJob::Complete while a finished file cannot get its final name.
    CompleteRenameFails call "Complete (renaming fails)",
    /// IDeliveryOptimizationJob::AddFileWithRanges
    AddFile call "AddFileWithRanges / AddFile (valid)",
    /// IDeliveryOptimizationJob::AddFileWithRanges with arguments that it refuses.
    AddFileInvalid call "AddFileWithRanges (invalid arguments)",
    /// IBackgroundCopyJob::SetNoProgressTimeout
    SetNoProgressTimeout call "SetNoProgressTimeout",
    /// IBackgroundCopyJob::SetNotifyFlags
    SetNotifyFlags call "SetNotifyFlags",
    /// IBackgroundCopyJob::SetPriority
    SetPriority call "SetPriority",
    /// IBackgroundCopyJob::SetNotifyInterface
    SetNotifyInterface call "SetNotifyInterface",
    /// IBackgroundCopyJob5::SetProperty(BITS_JOB_PROPERTY_ID_COST_FLAGS)
    SetCostFlags call "IBackgroundCopyJob5::SetProperty (cost flags)",
    /// IBackgroundCopyJob5::SetProperty with another id.
    SetUnsupportedProperty call "IBackgroundCopyJob5::SetProperty (unsupported id)",
    /// IDeliveryOptimizationFile2::SetProperty
    SetFileProperty call "IDeliveryOptimizationFile2::SetProperty",
    /// IBackgroundCopyFile2::SetRemoteName with a valid URL.
    SetRemoteName call "IBackgroundCopyFile2::SetRemoteName",
    /// Every getter of a job but GetError.
    Getters call "GetState, GetProgress, GetTimes, GetId, GetType, GetPriority, GetDisplayName, GetNotifyFlags, GetNotifyInterface, GetNoProgressTimeout, EnumFiles",
    /// IBackgroundCopyJob::GetError
    GetError call "GetError",
    /// IBackgroundCopyManager::GetJob by the owner.
    GetJob call "IBackgroundCopyManager::GetJob (by owner)",
    /// A setter, AddFileWithRanges or GetJob by somebody without rights to the job.
    CallWithoutRights call "any setter, AddFile or GetJob by a user without rights",
    /// The internal scheduler runs the job.
    SlotGranted event "transfer slot granted",
    /// Data of the current file moved.
    BytesReceived event "bytes received",
    /// The last file is complete.
    LastByteReceived event "last byte of the last file received",
    /// A failure that may heal.
    TransientFailure event "transient failure",
    /// A failure that will not heal.
    FatalFailure event "fatal failure",
    /// The service tries again by its own schedule.
    RetryDelayElapsed event "internal retry delay elapsed",
    /// No byte arrived for the no-progress timeout.
    NoProgressTimeoutElapsed event "no-progress timeout elapsed",
    /// The last network connection goes away.
    NetworkLost event "network lost",
    /// A network connection is established.
    NetworkRestored event "network restored",
    /// Cost, power or the like forbids the transfer.
    BlockBegins event "cost, cellular or power policy blocks",
    /// That block is lifted.
    BlockEnds event "policy block ends",
    /// The last interactive session of the owner ends.
    OwnerLogsOff event "owner logs off",
    /// The owner logs on.
    OwnerLogsOn event "owner logs on",
    /// A client process of the job ends.
    ClientExits event "calling process exits",
    /// The service stops and starts again, alone or with the computer.
    Restart event "service restart or reboot",
    /// The job has reached its age limit.
    TooOld event "job becomes older than 30 days",
    /// JobError returned something other than S_OK.
    CallbackFails event "JobError callback returns a failure",
}

impl Row {
    /// The same happening in the words that traces share with BITS: the cause of a state change.
    #[must_use]
    pub const fn stimulus(self) -> Stimulus {
        use Stimulus as S;
        match self {
            Self::Resume | Self::ResumeEmpty => S::Resume,
            Self::Suspend => S::Suspend,
            Self::Cancel => S::Cancel,
            Self::CompleteAll | Self::CompleteSome | Self::CompleteRenameFails => S::Complete,
            Self::AddFile | Self::AddFileInvalid => S::AddFile,
            Self::SetNoProgressTimeout => S::SetNoProgressTimeout,
            Self::SetNotifyFlags => S::SetNotifyFlags,
            Self::SetPriority => S::SetPriority,
            Self::SetNotifyInterface => S::SetNotifyInterface,
            Self::SetCostFlags | Self::SetUnsupportedProperty | Self::SetFileProperty => {
                S::SetProperty
            }
            Self::SetRemoteName => S::SetRemoteName,
            Self::Getters | Self::CallWithoutRights => S::Getters,
            Self::GetError => S::GetError,
            Self::GetJob => S::GetJob,
            Self::SlotGranted => S::SchedulerPicksJob,
            Self::BytesReceived => S::BytesTransferred,
            Self::LastByteReceived => S::AllFilesDone,
            Self::TransientFailure => S::TransferErrorTransient,
            Self::FatalFailure => S::TransferErrorFatal,
            Self::RetryDelayElapsed => S::RetryDelayExpires,
            Self::NoProgressTimeoutElapsed => S::NoProgressTimeoutExpires,
            Self::NetworkLost => S::NetworkLost,
            Self::NetworkRestored => S::NetworkRegained,
            Self::BlockBegins => S::BlockBegins,
            Self::BlockEnds => S::BlockEnds,
            Self::OwnerLogsOff => S::OwnerLogsOff,
            Self::OwnerLogsOn => S::OwnerLogsOn,
            Self::ClientExits => S::ClientExits,
            Self::Restart => S::ServiceRestart,
            Self::TooOld => S::JobTooOld,
            Self::CallbackFails => S::CallbackFails,
        }
    }
}

/// BITS_JOB_PROPERTY_ID_COST_FLAGS, the property of IBackgroundCopyJob5 that decides which
/// networks a job may use.
pub const COST_FLAGS: u32 = 1;
/// BITS_JOB_PROPERTY_NOTIFICATION_CLSID, the other property that Delivery Optimization supports.
pub const NOTIFICATION_CLSID: u32 = 2;

/// BITS_JOB_TRANSFER_POLICY_ALWAYS
pub const COST_ALWAYS: u32 = 0x8000_00FF;
/// BITS_JOB_TRANSFER_POLICY_NOT_ROAMING
pub const COST_NOT_ROAMING: u32 = 0x8000_007F;
/// BITS_JOB_TRANSFER_POLICY_NO_SURCHARGE
pub const COST_NO_SURCHARGE: u32 = 0x8000_006F;
/// BITS_JOB_TRANSFER_POLICY_STANDARD
pub const COST_STANDARD: u32 = 0x8000_0067;
/// BITS_JOB_TRANSFER_POLICY_UNRESTRICTED
pub const COST_UNRESTRICTED: u32 = 0x8000_0021;
