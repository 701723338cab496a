//! What states have in common across services, and what moves a job or download.

use bitsim_vocab::download::{self, DownloadState, Standing};
use bitsim_vocab::{JobState, Stimulus};

/// What a state amounts to, whatever a service calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Nothing happens until the client asks for it.
    Rests,
    /// It waits for its turn.
    Queued,
    /// It connects.
    Connects,
    /// Data may move.
    Transfers,
    /// It waits and will go on by itself.
    Waits,
    /// It failed for good.
    Failed,
    /// Everything is there.
    Done,
    /// The client has taken it.
    Completed,
    /// It was cancelled or given up.
    Cancelled,
    /// The service knows nothing of it any more.
    Forgotten,
}

impl Phase {
    /// The phase that a state of a job stands for.
    pub(super) const fn of_job(state: JobState) -> Self {
        match state {
            JobState::Queued => Self::Queued,
            JobState::Connecting => Self::Connects,
            JobState::Transferring => Self::Transfers,
            JobState::Suspended => Self::Rests,
            JobState::Error => Self::Failed,
            JobState::TransientError => Self::Waits,
            JobState::Transferred => Self::Done,
            JobState::Acknowledged => Self::Completed,
            JobState::Cancelled => Self::Cancelled,
        }
    }

    /// The phase that a standing of a download stands for.
    pub(super) const fn of_download(standing: Standing) -> Self {
        let (failed, waits) = (standing.error.failed(), standing.extended_error.failed());
        match (standing.state, failed, waits) {
            (DownloadState::Created, ..) | (DownloadState::Paused, false, false) => Self::Rests,
            (DownloadState::Transferring, false, false) => Self::Transfers,
            (DownloadState::Transferring, ..) | (DownloadState::Paused, false, true) => Self::Waits,
            (DownloadState::Paused, true, _) => Self::Failed,
            (DownloadState::Transferred, ..) => Self::Done,
            (DownloadState::Finalized, ..) => Self::Completed,
            (DownloadState::Aborted, ..) => Self::Cancelled,
        }
    }

    /// True for the phases that nothing follows.
    pub(super) const fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Forgotten)
    }
}

/// What made a state change, whatever a service calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// CreateJob, CreateDownload.
    Made,
    /// Resume, Start.
    Started,
    /// Start with other ranges than the Start before.
    OtherRanges,
    /// Any other call.
    Called,
    /// The scheduler.
    Turn,
    /// The scheduler, for the sake of a higher priority.
    Outranked,
    /// The connection.
    Connected,
    /// A failure.
    Failure,
    /// Data that does not match its hashes.
    Integrity,
    /// The wait before another attempt is over.
    Retry,
    /// No progress for too long.
    NoProgress,
    /// Everything arrived.
    Done,
    /// The network went or came.
    Network,
    /// Cost, power or the like.
    Policy,
    /// The owner logged off or on.
    LogOn,
    /// The service or the computer restarted.
    Restart,
    /// Age or inactivity.
    Removal,
    /// The maximum download time.
    MaximumTime,
    /// The remote file changed.
    SourceChange,
    /// Anything else.
    Other,
}

impl Cause {
    /// The cause of which this is a special case, or itself: what two services compare by.
    pub(super) const fn in_general(self) -> Self {
        match self {
            Self::OtherRanges => Self::Started,
            Self::Outranked => Self::Turn,
            Self::Integrity => Self::Failure,
            other => other,
        }
    }

    /// What moved a job.
    pub(super) const fn of_job(by: Stimulus) -> Self {
        use Stimulus as S;
        match by {
            S::Resume => Self::Started,
            S::SchedulerPicksJob | S::TimeSliceEnds => Self::Turn,
            S::HigherPriorityJobBecomesRunnable => Self::Outranked,
            S::ConnectSucceeds => Self::Connected,
            S::ConnectFailsTransient
            | S::ConnectFailsFatal
            | S::TransferErrorTransient
            | S::TransferErrorFatal => Self::Failure,
            S::RetryDelayExpires => Self::Retry,
            S::NoProgressTimeoutExpires => Self::NoProgress,
            S::MaximumDownloadTimeExceeded => Self::MaximumTime,
            S::InactivityTimeoutExpires | S::JobTooOld => Self::Removal,
            S::AllFilesDone => Self::Done,
            S::NetworkLost | S::NetworkRegained => Self::Network,
            S::BlockBegins | S::BlockEnds => Self::Policy,
            S::OwnerLogsOff | S::OwnerLogsOn => Self::LogOn,
            S::ServiceRestart | S::ComputerRestart => Self::Restart,
            S::RemoteFileChanged => Self::SourceChange,
            _ if by.is_call() => Self::Called,
            _ => Self::Other,
        }
    }

    /// What moved a download.
    pub(super) const fn of_download(by: download::Row) -> Self {
        use download::Row as R;
        match by {
            R::StartWhole | R::StartRanges | R::StartNull => Self::Started,
            R::AllReceived => Self::Done,
            R::RetryableFailure | R::FatalFailure | R::RangeIgnored => Self::Failure,
            R::IntegrityFails => Self::Integrity,
            R::RetryDelayElapsed => Self::Retry,
            R::NoProgressElapsed => Self::NoProgress,
            R::NetworkLost | R::NetworkRestored => Self::Network,
            R::BlockBegins | R::BlockEnds => Self::Policy,
            R::RestartVolatile | R::RestartSaved => Self::Restart,
            R::Expiry => Self::Removal,
            _ if by.is_call() => Self::Called,
            _ => Self::Other,
        }
    }
}
