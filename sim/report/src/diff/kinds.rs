//! The kinds of differences, and the row of `bits-vs-do.yaml` that is about each.

use super::catalogue::{self, Row};
use bitsim_vocab::{Hresult, Service, Target};

/// Declares the kinds: name, row of the catalogue if there is one, title where there is none.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $row:literal $title:literal,)*) => {
        /// A kind of difference between two runs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The row that is about it; empty if none is.
            const fn id(self) -> &'static str {
                match self { $(Self::$kind => $row,)* }
            }

            /// What it is called.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
        }
    };
}

kinds! {
    /// What Resume or Start leads to.
    Activation "DIFF-RESUME-001" "what starting a job leads to",
    /// Resume or Start of something without a file.
    Empty "DIFF-RESUME-002" "starting something empty",
    /// Finished work that is started again.
    Again "DIFF-RESUME-003" "starting finished work again",
    /// CONNECTING.
    Connecting "DIFF-STATE-001" "the state CONNECTING",
    /// One state stands for several of another service.
    States "DIFF-STATE-002" "the set of states",
    /// How the end is called.
    Ends "DIFF-STATE-003" "the end states",
    /// The values of codes.
    Codes "DIFF-HRESULT-001" "the codes of the service",
    /// Members of the error object.
    ErrorObject "DIFF-ERROR-001" "the error object",
    /// When error information is forgotten.
    Lifetime "DIFF-ERROR-003" "how long an error is remembered",
    /// The way into the error state.
    IntoError "DIFF-ERROR-004" "how a job fails for good",
    /// GetErrorCount.
    ErrorCount "DIFF-ERROR-005" "the error count",
    /// The context of an error.
    Context "DIFF-ERROR-006" "the context of an error",
    /// GetError without an error.
    NoInformation "DIFF-ERROR-008" "asking for an error when there is none",
    /// The same failure heals for one service and not for another.
    Classes "DIFF-HRESULT-002" "which failures heal",
    /// Turns and time slices.
    Scheduling "DIFF-SCHED-001" "whose turn it is",
    /// A job of a higher priority pushes another one aside.
    Priorities "DIFF-SCHED-002" "what a priority does",
    /// The no-progress timeout ran for another time.
    NoProgress "DIFF-RETRY-001" "the no-progress timeout",
    /// A value of the no-progress timeout that is refused.
    TimeoutValue "DIFF-RETRY-002" "setting the no-progress timeout",
    /// The wait before the next attempt.
    RetryDelay "DIFF-RETRY-003" "the wait before another attempt",
    /// The same no-progress timeout ran from another moment.
    NoProgressClock "DIFF-RETRY-004" "when the no-progress clock begins",
    /// The wall clock moved while something waited.
    WallClock "DIFF-RETRY-005" "a clock that is set",
    /// How a transient error ends once what barred the way is gone.
    Condition "DIFF-RETRY-006" "going on after a transient error",
    /// The network goes or comes.
    Network "DIFF-NETWORK-001" "a lost network",
    /// The owner logs off or on.
    LogOn "DIFF-LOGON-001" "an owner who is not logged on",
    /// Complete with files missing.
    Partial "DIFF-COMPLETE-001" "completing a part",
    /// A file cannot get its final name.
    Rename "DIFF-COMPLETE-002" "a final name that cannot be given",
    /// A temporary file cannot be deleted.
    Undeleted "DIFF-COMPLETE-003" "a temporary file that cannot be deleted",
    /// Removal for age or inactivity.
    Removal "DIFF-PERSIST-001" "removal of what nobody asks for",
    /// A restart of the service.
    Restart "DIFF-PERSIST-002" "a restart of the service",
    /// Which callbacks there are.
    Callbacks "DIFF-NOTIFY-001" "what a client is told",
    /// A callback that failed is called again.
    Repetition "DIFF-NOTIFY-002" "repeating a callback that failed",
    /// Many callbacks are due at once.
    AtOnce "DIFF-NOTIFY-003" "many callbacks at once",
    /// BG_NOTIFY_DISABLE.
    Disable "DIFF-NOTIFY-004" "switching callbacks off",
    /// A flag that does not exist.
    FlagValue "DIFF-NOTIFY-005" "a flag that does not exist",
    /// How often changes are told.
    ProgressNotes "DIFF-NOTIFY-006" "how often progress is told",
    /// Ways to name the files.
    AddFile "DIFF-ADDFILE-001" "adding files",
    /// Limits on jobs and files.
    Quota "DIFF-ADDFILE-002" "quotas",
    /// Ranges that are refused.
    Ranges "DIFF-RANGES-001" "ranges that are refused",
    /// Ranges that are not those of the start before.
    NewRanges "DIFF-RANGES-002" "when ranges are fixed",
    /// What is known of a size.
    Size "DIFF-PROGRESS-001" "an unknown size",
    /// Uploads.
    JobTypes "DIFF-TYPE-001" "types of jobs",
    /// Ranges and lengths that the server must send.
    Server "DIFF-HTTP-001" "what a server must be able to do",
    /// The remote file changes.
    SourceChange "DIFF-HTTP-002" "a remote file that changes",
    /// From where the bytes come.
    Sources "DIFF-PEER-001" "where the bytes come from",
    /// Hashes.
    Integrity "DIFF-PEER-002" "damaged data",
    /// Cost policies.
    Cost "DIFF-COST-001" "what a network may cost",
    /// Properties.
    Properties "DIFF-PROP-001" "properties",
    /// Setters in a state that refuses them.
    Setter "DIFF-PROP-002" "setting something too late",
    /// A call that returns only at the end.
    Blocking "DIFF-BLOCK-001" "a call that makes its client wait",
    /// Finding jobs again.
    Listing "DIFF-ENUM-001" "finding work again",
    /// Owners.
    Owner "DIFF-OWNER-001" "ownership",
    /// Proxies.
    Proxy "DIFF-PROXY-001" "proxy settings",
    /// The maximum download time.
    MaximumTime "DIFF-TIME-001" "the maximum download time",
    /// Where the bytes lie before the end.
    Sink "DIFF-STREAM-001" "where the file is before the end",
    /// The same happens earlier or later, or not at all because the other side is through.
    Elsewhen "" "what follows from other differences",
    /// Whatever else.
    Other "" "something else",
}

impl Kind {
    /// The row that explains the difference, if one does. The rows compare services; of two runs
    /// of one service they tell only what the open-source agent does otherwise.
    #[must_use]
    pub fn row(self, targets: &[Target]) -> Option<&'static Row> {
        let row = catalogue::row(self.id())?;
        let service = targets.first()?.service;
        let same = targets.iter().all(|target| target.service == service);
        let agent = service == Service::DoDownload && row.of(service).contains("agent");
        (!same || agent).then_some(row)
    }

    /// True if what is different has a cause of its own, whatever the other side is doing then.
    #[must_use]
    pub const fn has_own_cause(self) -> bool {
        matches!(self, Self::Removal | Self::MaximumTime | Self::Integrity | Self::SourceChange)
    }

    /// The kind of a difference that shows in the code that a call returned.
    #[must_use]
    pub fn of_code(code: Hresult) -> Option<Self> {
        CODES.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind)
    }

    /// The kind of a difference that shows in a call, whatever it returned.
    #[must_use]
    pub fn of_call(verb: &str) -> Option<Self> {
        CALLS.iter().find(|(known, _)| *known == verb).map(|(_, kind)| *kind)
    }
}

const CODES: &[(Hresult, Kind)] = &[
    (Hresult::BG_E_EMPTY, Kind::Empty),
    (Hresult::DO_E_JOB_EMPTY, Kind::Empty),
    (Hresult::DO_E_DOWNLOAD_NO_URI, Kind::Empty),
    (Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED, Kind::Empty),
    (Hresult::BG_S_PARTIAL_COMPLETE, Kind::Partial),
    (Hresult::BG_S_UNABLE_TO_DELETE_FILES, Kind::Undeleted),
    (Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE, Kind::NoInformation),
    (Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE, Kind::NoInformation),
    (Hresult::BG_E_TOO_MANY_FILES, Kind::Quota),
    (Hresult::BG_E_TOO_MANY_FILES_IN_JOB, Kind::Quota),
    (Hresult::BG_E_TOO_MANY_JOBS_PER_MACHINE, Kind::Quota),
    (Hresult::BG_E_TOO_MANY_JOBS_PER_USER, Kind::Quota),
    (Hresult::BG_E_TOO_MANY_RANGES_IN_FILE, Kind::Quota),
    (Hresult::BG_E_INVALID_RANGE, Kind::Ranges),
    (Hresult::DO_E_INVALID_RANGE, Kind::Ranges),
    (Hresult::BG_E_OVERLAPPING_RANGES, Kind::Ranges),
    (Hresult::DO_E_OVERLAPPING_RANGES, Kind::Ranges),
    (Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED, Kind::Ranges),
    (Hresult::DO_E_DOWNLOAD_RANGES_UNEXPECTED, Kind::Ranges),
    (Hresult::BG_E_INSUFFICIENT_RANGE_SUPPORT, Kind::Server),
    (Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT, Kind::Server),
    (Hresult::BG_E_MISSING_FILE_SIZE, Kind::Server),
    (Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_200, Kind::Server),
    (Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_206, Kind::Server),
    (Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX, Kind::Server),
    (Hresult::BG_E_MAXDOWNLOAD_TIMEOUT, Kind::MaximumTime),
    (Hresult::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, Kind::Integrity),
    (Hresult::DO_E_INTEGRITYCHECKINFO_UNAVAILABLE, Kind::Integrity),
    (Hresult::DO_E_BAD_PIECE_HASH, Kind::Integrity),
    (Hresult::DO_E_BAD_PIECE_HASH_NO_BAN, Kind::Integrity),
    (Hresult::DO_E_DOWNLOAD_NO_PROGRESS, Kind::IntoError),
    (Hresult::BG_E_NETWORK_DISCONNECTED, Kind::Network),
    (Hresult::DO_E_BLOCKED_BY_NO_NETWORK, Kind::Network),
    (Hresult::BG_E_BLOCKED_BY_COST_TRANSFER_POLICY, Kind::Cost),
    (Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY, Kind::Cost),
    (Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY, Kind::Cost),
];

const CALLS: &[(&str, Kind)] = &[
    ("GetErrorCount", Kind::ErrorCount),
    ("IBackgroundCopyError::GetError", Kind::ErrorObject),
    ("IBackgroundCopyError::GetFile", Kind::ErrorObject),
    ("IBackgroundCopyError::GetProtocol", Kind::ErrorObject),
    ("GetError", Kind::ErrorObject),
    ("name the file", Kind::AddFile),
    ("create", Kind::JobTypes),
    ("GetJob", Kind::Listing),
    ("list", Kind::Listing),
    ("TakeOwnership", Kind::Owner),
    ("GetOwner", Kind::Owner),
    ("SetProxySettings", Kind::Proxy),
    ("GetProxySettings", Kind::Proxy),
    ("SetMinimumRetryDelay", Kind::RetryDelay),
    ("GetMinimumRetryDelay", Kind::RetryDelay),
    ("set the no-progress timeout", Kind::TimeoutValue),
    ("SetMaximumDownloadTime", Kind::MaximumTime),
    ("GetMaximumDownloadTime", Kind::MaximumTime),
    ("SetNotifyFlags", Kind::FlagValue),
    ("switch callbacks off", Kind::Disable),
    ("ask for callbacks of files", Kind::Callbacks),
    ("SetNotifyCmdLine", Kind::Callbacks),
    ("GetNotifyCmdLine", Kind::Callbacks),
    ("ask for progress", Kind::Size),
    ("SetProperty", Kind::Properties),
    ("GetProperty", Kind::Properties),
    ("SetDescription", Kind::Properties),
    ("set the display name", Kind::Properties),
    ("complete", Kind::Rename),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_that_is_named_exists() {
        for kind in Kind::ALL.iter().filter(|kind| !kind.id().is_empty()) {
            assert!(catalogue::row(kind.id()).is_some(), "{kind:?} names {}", kind.id());
        }
    }

    #[test]
    fn a_row_explains_runs_of_different_services() {
        let between = |one, other| Kind::RetryDelay.row(&[one, other]).map(|row| row.id.as_str());
        assert_eq!(between(Target::BITS, Target::DO_LEGACY), Some("DIFF-RETRY-003"));
        assert_eq!(between(Target::BITS, Target::bits(1, 5)), None);
        assert_eq!(between(Target::DO_DOWNLOAD, Target::DO_AGENT), Some("DIFF-RETRY-003"));
        assert_eq!(Kind::LogOn.row(&[Target::DO_DOWNLOAD, Target::DO_AGENT]), None);
    }
}
