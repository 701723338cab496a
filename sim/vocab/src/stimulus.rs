//! Everything that can happen to a job: the rows of the transition table.

use serde::{Deserialize, Serialize};

/// Declares the rows of a transition catalogue: member, kind, name.
macro_rules! stimuli {
    (
        $(#[$enum_doc:meta])* $name:ident
        $($(#[$doc:meta])* $member:ident $kind:ident $text:literal,)*
    ) => {
        $(#[$enum_doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[repr(u8)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $member,)*
        }

        impl $name {
            /// Every stimulus, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$member,)*];

            /// The id in the catalogue.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $text,)* }
            }

            /// True for a client call, false for an event of service or environment.
            #[must_use]
            pub const fn is_call(self) -> bool {
                match self {
                    $(Self::$member => $crate::stimulus::stimuli!(@ $kind),)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
    (@ call) => { true };
    (@ event) => { false };
}
pub(crate) use stimuli;

stimuli! {
    /// A client call or an event, as the transition catalogue of BITS names it. Delivery
    /// Optimization behind the interfaces of BITS knows the same happenings and one more.
    Stimulus
    /// IBackgroundCopyJob::Resume
    Resume call "Resume",
    /// IBackgroundCopyJob::Suspend
    Suspend call "Suspend",
    /// IBackgroundCopyJob::Cancel
    Cancel call "Cancel",
    /// IBackgroundCopyJob::Complete
    Complete call "Complete",
    /// IBackgroundCopyJob::AddFile
    AddFile call "AddFile",
    /// IBackgroundCopyJob::AddFileSet
    AddFileSet call "AddFileSet",
    /// IBackgroundCopyJob::TakeOwnership
    TakeOwnership call "TakeOwnership",
    /// IBackgroundCopyJob::SetPriority
    SetPriority call "SetPriority",
    /// IBackgroundCopyJob::SetDisplayName and SetDescription
    SetDisplayName call "SetDisplayName",
    /// IBackgroundCopyJob::SetNotifyFlags
    SetNotifyFlags call "SetNotifyFlags",
    /// IBackgroundCopyJob::SetNotifyInterface
    SetNotifyInterface call "SetNotifyInterface",
    /// IBackgroundCopyJob::SetMinimumRetryDelay
    SetMinimumRetryDelay call "SetMinimumRetryDelay",
    /// IBackgroundCopyJob::SetNoProgressTimeout
    SetNoProgressTimeout call "SetNoProgressTimeout",
    /// IBackgroundCopyJob::SetProxySettings
    SetProxySettings call "SetProxySettings",
    /// IBackgroundCopyJob2::SetNotifyCmdLine
    SetNotifyCmdLine call "SetNotifyCmdLine",
    /// IBackgroundCopyFile2::SetRemoteName
    SetRemoteName call "SetRemoteName",
    /// IBackgroundCopyJob4::SetMaximumDownloadTime
    SetMaximumDownloadTime call "SetMaximumDownloadTime",
    /// IBackgroundCopyJob::GetError
    GetError call "GetError",
    /// IBackgroundCopyJob::GetErrorCount
    GetErrorCount call "GetErrorCount",
    /// Every other getter of a job
    Getters call "GetState_GetProgress_GetTimes_and_other_getters",
    /// IBackgroundCopyJob::EnumFiles
    EnumFiles call "EnumFiles",
    /// IBackgroundCopyManager::GetJob
    GetJob call "Manager.GetJob",
    /// IBackgroundCopyManager::EnumJobs
    EnumJobs call "Manager.EnumJobs",
    /// The scheduler gives the job a turn.
    SchedulerPicksJob event "scheduler_picks_job",
    /// The connection to the server is established.
    ConnectSucceeds event "connect_succeeds",
    /// The attempt fails in CONNECTING for a reason that may heal.
    ConnectFailsTransient event "connect_fails_transient",
    /// The attempt fails in CONNECTING for good.
    ConnectFailsFatal event "connect_fails_fatal",
    /// Data of the current file moved.
    BytesTransferred event "bytes_transferred",
    /// The current file is complete and further files remain.
    FileDoneMoreRemain event "file_done_more_remain",
    /// The last file, or the reply, is complete.
    AllFilesDone event "all_files_done",
    /// An error that may heal interrupts the transfer.
    TransferErrorTransient event "transfer_error_transient",
    /// An error ends the transfer for good.
    TransferErrorFatal event "transfer_error_fatal",
    /// The time slice of a background job is used up.
    TimeSliceEnds event "time_slice_ends",
    /// A background job of a higher level wants to run.
    HigherPriorityJobBecomesRunnable event "higher_priority_job_becomes_runnable",
    /// MinimumRetryDelay is over.
    RetryDelayExpires event "retry_delay_expires",
    /// NoProgressTimeout is over.
    NoProgressTimeoutExpires event "no_progress_timeout_expires",
    /// The job was active for longer than the maximum download time.
    MaximumDownloadTimeExceeded event "maximum_download_time_exceeded",
    /// JobInactivityTimeout is over.
    InactivityTimeoutExpires event "inactivity_timeout_expires",
    /// The last network connection goes away.
    NetworkLost event "network_lost",
    /// A network connection is established.
    NetworkRegained event "network_regained",
    /// The last interactive session of the owner ends.
    OwnerLogsOff event "owner_logs_off",
    /// The owner logs on.
    OwnerLogsOn event "owner_logs_on",
    /// Policy sets the bandwidth to zero.
    BandwidthLimitZeroBegins event "bandwidth_limit_zero_begins",
    /// The interval with a zero limit is over.
    BandwidthLimitZeroEnds event "bandwidth_limit_zero_ends",
    /// Cost, battery, game mode or the like forbids the job.
    BlockBegins event "cost_power_or_game_block_begins",
    /// That block is lifted.
    BlockEnds event "cost_power_or_game_block_ends",
    /// A volume with a local file of the job gets locked by a disk check.
    DestinationVolumeLocked event "destination_volume_locked",
    /// The volume is available again.
    DestinationVolumeUnlocked event "destination_volume_unlocked",
    /// Size or time stamp of a remote file changes.
    RemoteFileChanged event "remote_file_changed",
    /// Size or time stamp of the local file of an upload changes.
    LocalUploadFileChanged event "local_upload_file_changed",
    /// The service stops and starts again.
    ServiceRestart event "service_restart",
    /// The computer restarts.
    ComputerRestart event "computer_restart",
    /// A client of the job ends.
    ClientExits event "client_exits",
    /// The wall clock is set.
    SystemClockChanged event "system_clock_changed",
    /// JobTransferred or JobError returns something other than S_OK.
    CallbackFails event "callback_fails",
    /// JobTransferred or JobError returns S_OK.
    CallbackAcknowledged event "callback_acknowledged",
    /// The server acknowledged the cancellation of an upload, or the window for it closed.
    CancelWindowEnds event "cancel_window_ends",
    // ---- no rows of the table of BITS
    /// Delivery Optimization: IBackgroundCopyJob5::SetProperty and
    /// IDeliveryOptimizationFile2::SetProperty.
    SetProperty call "SetProperty",
    /// Delivery Optimization: the job has reached its age limit.
    JobTooOld event "job_becomes_too_old",
}

impl Stimulus {
    /// The rows of the transition table of BITS, in the order of the catalogue.
    pub const BITS: &'static [Self] = Self::ALL.split_at(Self::ALL.len() - 2).0;
}
