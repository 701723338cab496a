//! What a demand of a scenario asks about, and which rules say something about that.

use crate::places;
use bitsim_replay::{ExpectationFailure, FailureKind, Run};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{At, Claim, GetErrorClaim, Place, PlannedCall};
use bitsim_vocab::trace::{Happened, NoteKind};
use bitsim_vocab::{RuleId, Service};

/// What a demand asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    State,
    /// Error and ExtendedError of a download.
    Errors,
    ErrorCount,
    /// What GetError returns.
    ErrorThere,
    ErrorCode,
    ErrorContext,
    ErrorFile,
    ErrorProtocol,
    Bytes,
    Total,
    Files,
    Completed,
    Reply,
    Priority,
    Owner,
    RetryDelay,
    NoProgress,
    MaximumTime,
    Flags,
    Name,
    Description,
    CompletionTime,
    Transferred,
    JobError,
    Modification,
    StatusChange,
    Launches,
    Attempts,
    Listed,
    LocalFile,
    Version,
    Uploaded,
    Posted,
    Property,
    /// What a call of this method returns.
    Call(&'static str),
}

use Topic as T;

/// What the demand asks about; `None` for demands that no rule is behind: a step that comes late,
/// a run that does not come to rest.
pub(crate) fn of(plan: &Plan, run: &Run, demand: &ExpectationFailure) -> Option<Topic> {
    match demand.kind {
        FailureKind::Call => {
            // A call that could not be made at all tells nothing about what it returns.
            let made = demand.returned.is_some();
            let call = places::call_at(plan, demand.place).filter(|_| made)?;
            method(call).or_else(|| called_last(run, demand)).map(T::Call)
        }
        FailureKind::Setup => called_last(run, demand).map(T::Call),
        FailureKind::Late | FailureKind::Unsettled | FailureKind::NotExercised => None,
        FailureKind::Until | FailureKind::Expect | FailureKind::Never | FailureKind::Finally => {
            let claim = places::claim_at(plan, demand.place)?;
            Some(of_claim(&claim.value, demand.place))
        }
    }
}

/// The method of a planned call; a declaration takes several.
const fn method(call: &PlannedCall) -> Option<&'static str> {
    Some(match call {
        PlannedCall::Create(_) => return None,
        PlannedCall::Job(_, call) => call.method(),
        PlannedCall::Download(_, call) => call.method(),
        PlannedCall::Start(_) => "Start",
        PlannedCall::EnumDownloads(_) => "EnumDownloads",
        PlannedCall::GetJob(_) => "GetJob",
        PlannedCall::EnumJobs { .. } => "EnumJobs",
        PlannedCall::ReadErrorObject(_) => "IBackgroundCopyError::GetError",
        PlannedCall::ReadErrorFile(_) => "IBackgroundCopyError::GetFile",
        PlannedCall::ReadErrorProtocol(_) => "IBackgroundCopyError::GetProtocol",
    })
}

/// The method of the latest call before the failure was noticed.
fn called_last(run: &Run, demand: &ExpectationFailure) -> Option<&'static str> {
    let events = run.trace.events.get(..demand.event as usize)?;
    events.iter().rev().find_map(|event| match &event.what {
        Happened::Called(called) => Some(called.call.method()),
        _ => None,
    })
}

fn of_claim(claim: &Claim, place: Place) -> Topic {
    match claim {
        Claim::State(_) | Claim::DownloadState(_) | Claim::JobsIn(..) | Claim::DownloadsIn(..) => {
            T::State
        }
        Claim::Error(_) | Claim::ExtendedError(_) => T::Errors,
        Claim::ErrorCount(_) => T::ErrorCount,
        Claim::GetError(claim) => of_error(claim, place),
        Claim::BytesTransferred(_) => T::Bytes,
        Claim::BytesTotal(_) => T::Total,
        Claim::FilesTransferred(_) | Claim::FilesTotal(_) => T::Files,
        Claim::Completed(..) => T::Completed,
        Claim::ReplyBytesTotal(_) | Claim::ReplyBytesTransferred(_) => T::Reply,
        Claim::Priority(_) => T::Priority,
        Claim::Owner(_) => T::Owner,
        Claim::MinimumRetryDelay(_) => T::RetryDelay,
        Claim::NoProgressTimeout(_) => T::NoProgress,
        Claim::MaximumDownloadTime(_) => T::MaximumTime,
        Claim::NotifyFlags(_) => T::Flags,
        Claim::DisplayName(_) => T::Name,
        Claim::Description(_) => T::Description,
        Claim::HasCompletionTime(_) => T::CompletionTime,
        Claim::Callbacks(kind, _) => of_note(*kind),
        Claim::LastErrorNotified(_) => T::JobError,
        Claim::Launches(_) => T::Launches,
        Claim::Attempts(_) => T::Attempts,
        Claim::Listed(_) => T::Listed,
        Claim::Exists(_) | Claim::Temporary(_) | Claim::Size(_) => T::LocalFile,
        Claim::ContentVersion(_) => T::Version,
        Claim::Uploaded(_) => T::Uploaded,
        Claim::Posted(_) => T::Posted,
        Claim::Property(..) => T::Property,
    }
}

const fn of_note(kind: NoteKind) -> Topic {
    match kind {
        NoteKind::JobTransferred => T::Transferred,
        NoteKind::JobError => T::JobError,
        NoteKind::JobModification => T::Modification,
        NoteKind::OnStatusChange => T::StatusChange,
    }
}

/// The part of a claim on GetError that stands at the place.
fn of_error(claim: &GetErrorClaim, place: Place) -> Topic {
    fn stands<V>(part: &Option<At<V>>, place: Place) -> bool {
        part.as_ref().is_some_and(|part| part.place == place)
    }
    if stands(&claim.code, place) {
        T::ErrorCode
    } else if stands(&claim.context, place) {
        T::ErrorContext
    } else if stands(&claim.file, place) {
        T::ErrorFile
    } else if stands(&claim.protocol, place) {
        T::ErrorProtocol
    } else {
        T::ErrorThere
    }
}

impl Topic {
    /// The method that answers the question, if it takes a call.
    pub(crate) const fn asked_by(self, service: Service) -> Option<&'static str> {
        let download = matches!(service, Service::DoDownload);
        Some(match self {
            T::State | T::Errors | T::Bytes | T::Total if download => "GetStatus",
            T::State => "GetState",
            T::ErrorCount => "GetErrorCount",
            T::ErrorThere => "GetError",
            T::ErrorCode | T::ErrorContext => "IBackgroundCopyError::GetError",
            T::ErrorFile => "IBackgroundCopyError::GetFile",
            T::ErrorProtocol => "IBackgroundCopyError::GetProtocol",
            T::Bytes | T::Total | T::Files => "GetProgress",
            T::Priority => "GetPriority",
            T::Owner => "GetOwner",
            T::RetryDelay => "GetMinimumRetryDelay",
            T::NoProgress => "GetNoProgressTimeout",
            T::MaximumTime => "GetMaximumDownloadTime",
            T::Flags => "GetNotifyFlags",
            T::Name => "GetDisplayName",
            T::Description => "GetDescription",
            T::CompletionTime => "GetTimes",
            T::Reply => "GetReplyProgress",
            T::Property => "GetProperty",
            T::Listed if download => "EnumDownloads",
            T::Listed => "EnumJobs",
            _ => return None,
        })
    }

    /// True if a change of the job decides the answer, and not the question itself.
    pub(crate) const fn is_moved(self) -> bool {
        matches!(
            self,
            T::State
                | T::Errors
                | T::ErrorCount
                | T::Attempts
                | T::Transferred
                | T::JobError
                | T::Modification
                | T::StatusChange
                | T::Launches
        )
    }

    /// True if rules of this area (`BITS-ERROR`, `DOD-STATE`) say what the topic asks.
    pub(crate) fn is_of(self, rule: RuleId) -> bool {
        let area = rule.text().rsplit_once('-').map_or("", |(area, _)| area);
        let family = area.split_once('-').map_or(area, |(_, family)| family);
        self.families().contains(&family)
    }

    /// The families whose rules say what the topic asks, in all services.
    fn families(self) -> &'static [&'static str] {
        match self {
            T::State => STATES,
            T::Errors => &["STATE", "RETRY", "COST", "STATUS", "INTEGRITY", "RANGES", "START"],
            T::ErrorCount => &["ERRCOUNT"],
            T::ErrorThere | T::ErrorCode | T::ErrorContext | T::ErrorFile | T::ErrorProtocol => {
                &["ERROR"]
            }
            T::Bytes => &["PROGRESS", "STATUS", "RANGES", "FILE", "SUSPEND", "PAUSE", "START"],
            T::Total => &["PROGRESS", "STATUS", "RANGES"],
            T::Files => &["PROGRESS", "ADDFILE"],
            T::Completed => &["PROGRESS", "COMPLETE"],
            T::Reply => &["REPLY", "PROGRESS"],
            T::Priority => &["PROP", "PRIORITY", "CREATE"],
            T::Owner => &["OWNER", "CREATE", "USER"],
            T::RetryDelay => &["RETRY", "PROP"],
            T::NoProgress => &["RETRY", "PROP"],
            T::MaximumTime => &["MAXTIME"],
            T::Flags => &["NOTIFY", "PROP"],
            T::Name | T::Description => &["PROP", "CREATE"],
            T::CompletionTime => &["TIMES", "PROGRESS"],
            T::Transferred | T::JobError | T::Modification | T::StatusChange => &["NOTIFY"],
            T::Launches => &["NOTIFYCMD"],
            T::Attempts => &["RETRY", "NET", "SCHED", "RESUME", "START"],
            T::Listed => &["ENUM", "PERSIST", "CANCEL", "COMPLETE"],
            T::LocalFile => {
                &["FILE", "COMPLETE", "FINALIZE", "CANCEL", "ABORT", "TEMPFILE", "RANGES", "START"]
            }
            T::Version => &["FILE", "START", "PROP", "REMOTENAME", "RETRY"],
            T::Uploaded | T::Posted => {
                &["UPLOAD", "REPLY", "UPLOADPROTO", "SERVERAPP", "COMPLETE", "CANCEL"]
            }
            T::Property => &["PROP", "COST", "PRIORITY", "INTEGRITY"],
            T::Call(method) => families_of_call(method),
        }
    }
}

/// Families that move a job.
const STATES: &[&str] = &[
    "STATE",
    "RETRY",
    "NET",
    "USER",
    "RESUME",
    "SUSPEND",
    "COMPLETE",
    "CANCEL",
    "START",
    "PAUSE",
    "FINALIZE",
    "ABORT",
    "SCHED",
    "SERVICE",
    "COST",
    "MAXTIME",
    "GROUPPOLICY",
    "PERSIST",
];

/// The families that say what a call returns.
fn families_of_call(method: &str) -> &'static [&'static str] {
    match method {
        "Resume" => &["RESUME"],
        "Suspend" => &["SUSPEND"],
        "Complete" => &["COMPLETE"],
        "Cancel" => &["CANCEL"],
        "Start" => &["START"],
        "Pause" => &["PAUSE"],
        "Finalize" => &["FINALIZE"],
        "Abort" => &["ABORT"],
        "CreateJob" | "GetJob" => &["CREATE"],
        "CreateDownload" => &["SERVICE", "STATE"],
        "AddFile" | "AddFileSet" => &["ADDFILE"],
        "AddFileWithRanges" => &["RANGES", "ADDFILE"],
        "GetFileRanges" => &["RANGES"],
        "SetRemoteName" => &["REMOTENAME", "PROP"],
        "SetReplyFileName" => &["REPLY"],
        "SetNotifyCmdLine" => &["NOTIFYCMD"],
        "SetNotifyInterface" | "SetNotifyFlags" => &["NOTIFY", "PROP"],
        "SetMaximumDownloadTime" => &["MAXTIME"],
        "SetMinimumRetryDelay" | "SetNoProgressTimeout" => &["RETRY", "PROP"],
        "TakeOwnership" => &["OWNER", "USER"],
        "GetError" | "IBackgroundCopyError::GetError" => &["ERROR"],
        "IBackgroundCopyError::GetFile" | "IBackgroundCopyError::GetProtocol" => &["ERROR"],
        "GetErrorCount" => &["ERRCOUNT"],
        "EnumJobs" | "EnumDownloads" => &["ENUM", "USER"],
        "GetStatus" => &["STATUS", "STATE", "PERSIST"],
        "GetProgress" => &["PROGRESS"],
        "GetTimes" => &["TIMES"],
        "GetReplyProgress" => &["REPLY"],
        _ => &["PROP", "PRIORITY", "COST", "INTEGRITY"],
    }
}

/// The rule that says most about a topic in a service, where neither the scenario nor the run
/// points at one. For a state it depends on the state that the job is in.
pub(crate) fn governing(topic: Topic, service: Service, actual: &str) -> Option<RuleId> {
    match service {
        Service::Bits => governing_bits(topic, actual),
        Service::DoLegacy => governing_legacy(topic, actual),
        Service::DoDownload => governing_download(topic, actual),
    }
}

use RuleId as R;

fn governing_bits(topic: Topic, actual: &str) -> Option<RuleId> {
    Some(match topic {
        T::State => match actual {
            "QUEUED" | "CONNECTING" => R::BITS_STATE_003,
            "TRANSFERRING" => R::BITS_STATE_004,
            "TRANSFERRED" => R::BITS_STATE_007,
            "SUSPENDED" => R::BITS_STATE_013,
            "TRANSIENT_ERROR" | "ERROR" => R::BITS_STATE_017,
            "ACKNOWLEDGED" => R::BITS_STATE_011,
            "CANCELLED" => R::BITS_STATE_012,
            _ => R::BITS_STATE_020,
        },
        T::ErrorCount => R::BITS_ERRCOUNT_002,
        T::ErrorThere => R::BITS_ERROR_003,
        T::ErrorCode | T::ErrorContext => R::BITS_ERROR_010,
        T::ErrorFile => R::BITS_ERROR_012,
        T::ErrorProtocol => R::BITS_ERROR_013,
        T::Bytes => R::BITS_PROGRESS_012,
        T::Total => R::BITS_PROGRESS_001,
        T::Files => R::BITS_PROGRESS_004,
        T::Completed => R::BITS_PROGRESS_011,
        T::Reply => R::BITS_REPLY_002,
        T::Priority => R::BITS_CREATE_008,
        T::Owner => R::BITS_CREATE_001,
        T::RetryDelay => R::BITS_RETRY_001,
        T::NoProgress => R::BITS_RETRY_009,
        T::MaximumTime => R::BITS_MAXTIME_001,
        T::Flags => R::BITS_NOTIFY_008,
        T::Name => R::BITS_PROP_002,
        T::Description => R::BITS_PROP_003,
        T::CompletionTime => R::BITS_TIMES_004,
        T::Transferred => R::BITS_NOTIFY_001,
        T::JobError => R::BITS_NOTIFY_002,
        T::Modification => R::BITS_NOTIFY_004,
        T::Launches => R::BITS_NOTIFYCMD_001,
        T::Attempts => R::BITS_RETRY_004,
        T::Listed => R::BITS_ENUM_001,
        T::LocalFile => R::BITS_FILE_001,
        T::Version => R::BITS_FILE_002,
        T::Uploaded => R::BITS_STATE_008,
        T::Posted => R::BITS_UPLOAD_003,
        T::Errors | T::StatusChange | T::Property => return None,
        T::Call(method) => match method {
            "Resume" => R::BITS_RESUME_001,
            "Suspend" => R::BITS_SUSPEND_001,
            "Complete" => R::BITS_COMPLETE_002,
            "Cancel" => R::BITS_CANCEL_001,
            "CreateJob" => R::BITS_CREATE_001,
            "GetJob" => R::BITS_CREATE_009,
            "EnumJobs" => R::BITS_ENUM_001,
            "AddFile" | "AddFileSet" => R::BITS_ADDFILE_001,
            "AddFileWithRanges" => R::BITS_RANGES_002,
            "GetFileRanges" => R::BITS_RANGES_013,
            "TakeOwnership" => R::BITS_OWNER_001,
            "SetPriority" => R::BITS_PROP_004,
            "SetDisplayName" => R::BITS_PROP_002,
            "SetDescription" => R::BITS_PROP_003,
            "SetNotifyFlags" => R::BITS_NOTIFY_008,
            "SetNotifyInterface" => R::BITS_NOTIFY_017,
            "SetMinimumRetryDelay" => R::BITS_RETRY_002,
            "SetNoProgressTimeout" => R::BITS_RETRY_010,
            "SetProxySettings" => R::BITS_PROP_005,
            "SetNotifyCmdLine" => R::BITS_NOTIFYCMD_006,
            "SetRemoteName" => R::BITS_REMOTENAME_003,
            "SetMaximumDownloadTime" => R::BITS_MAXTIME_005,
            "SetReplyFileName" => R::BITS_REPLY_014,
            "GetReplyProgress" => R::BITS_REPLY_009,
            "GetError" => R::BITS_ERROR_003,
            "IBackgroundCopyError::GetError" => R::BITS_ERROR_010,
            "IBackgroundCopyError::GetFile" => R::BITS_ERROR_012,
            "IBackgroundCopyError::GetProtocol" => R::BITS_ERROR_013,
            "GetErrorCount" => R::BITS_ERRCOUNT_001,
            method if method.starts_with("Set") => R::BITS_PROP_001,
            method if method.starts_with("Get") => R::BITS_PROP_008,
            _ => return None,
        },
    })
}

fn governing_legacy(topic: Topic, actual: &str) -> Option<RuleId> {
    Some(match topic {
        T::State => match actual {
            "QUEUED" => R::DO_STATE_012,
            "TRANSFERRING" | "TRANSFERRED" => R::DO_STATE_007,
            "SUSPENDED" => R::DO_STATE_008,
            "TRANSIENT_ERROR" => R::DO_STATE_011,
            "ERROR" => R::DO_STATE_010,
            "ACKNOWLEDGED" => R::DO_STATE_005,
            "CANCELLED" => R::DO_STATE_006,
            _ => R::DO_STATE_001,
        },
        T::ErrorThere => R::DO_ERROR_001,
        T::ErrorCode => R::DO_ERROR_010,
        T::ErrorContext => R::DO_ERROR_008,
        T::ErrorFile => R::DO_ERROR_007,
        T::Bytes => R::DO_PROGRESS_003,
        T::Total => R::DO_PROGRESS_002,
        T::Files => R::DO_PROGRESS_005,
        T::Completed => R::DO_COMPLETE_008,
        T::Priority => R::DO_PRIORITY_001,
        T::NoProgress => R::DO_RETRY_001,
        T::Flags => R::DO_NOTIFY_011,
        T::Name => R::DO_CREATE_001,
        T::CompletionTime => R::DO_PROGRESS_008,
        T::Transferred => R::DO_NOTIFY_001,
        T::JobError => R::DO_NOTIFY_002,
        T::Modification => R::DO_NOTIFY_006,
        T::Attempts => R::DO_RETRY_007,
        T::LocalFile => R::DO_COMPLETE_007,
        T::Version => R::DO_PROP_009,
        T::Property => R::DO_PROP_001,
        T::Call(method) => match method {
            "Resume" => R::DO_RESUME_001,
            "Suspend" => R::DO_SUSPEND_001,
            "Complete" => R::DO_COMPLETE_002,
            "Cancel" => R::DO_CANCEL_001,
            "CreateJob" => R::DO_CREATE_002,
            "GetJob" => R::DO_CREATE_004,
            "EnumJobs" => R::DO_ENUM_004,
            "AddFile" | "AddFileSet" => R::DO_ADDFILE_001,
            "AddFileWithRanges" => R::DO_ADDFILE_011,
            "GetFileRanges" => R::DO_RANGES_007,
            "SetPriority" => R::DO_PRIORITY_004,
            "SetNotifyFlags" => R::DO_NOTIFY_011,
            "SetNotifyInterface" => R::DO_NOTIFY_009,
            "SetNoProgressTimeout" => R::DO_RETRY_005,
            "SetRemoteName" => R::DO_PROP_008,
            "SetNotifyCmdLine" => R::DO_NOTIFY_016,
            "SetProperty" | "GetProperty" => R::DO_PROP_001,
            "GetError" => R::DO_ERROR_001,
            "IBackgroundCopyError::GetError" => R::DO_ERROR_010,
            "IBackgroundCopyError::GetFile" => R::DO_ERROR_007,
            "IBackgroundCopyError::GetProtocol" => R::DO_ERROR_005,
            "GetErrorCount" => R::DO_ERROR_012,
            "SetMinimumRetryDelay" | "GetMinimumRetryDelay" => R::DO_RETRY_007,
            _ => R::DO_INTERFACE_001,
        },
        _ => return None,
    })
}

fn governing_download(topic: Topic, actual: &str) -> Option<RuleId> {
    Some(match topic {
        T::State => match actual {
            "Created" => R::DOD_STATE_002,
            "Transferring" => R::DOD_START_006,
            "Transferred" => R::DOD_STATE_008,
            "Finalized" | "Aborted" => R::DOD_STATE_003,
            "Paused" => R::DOD_STATE_004,
            _ => R::DOD_STATE_001,
        },
        T::Errors => R::DOD_STATE_004,
        T::Bytes => R::DOD_STATUS_001,
        T::Total => R::DOD_STATUS_002,
        T::StatusChange => R::DOD_NOTIFY_001,
        T::Attempts => R::DOD_RETRY_013,
        T::Listed => R::DOD_ENUM_001,
        T::LocalFile => R::DOD_FINALIZE_003,
        T::Version => R::DOD_START_007,
        T::Property => R::DOD_PROP_008,
        T::Call(method) => match method {
            "Start" => R::DOD_START_006,
            "Pause" => R::DOD_PAUSE_002,
            "Finalize" => R::DOD_FINALIZE_002,
            "Abort" => R::DOD_ABORT_001,
            "CreateDownload" => R::DOD_SERVICE_001,
            "EnumDownloads" => R::DOD_ENUM_001,
            "GetStatus" => R::DOD_STATUS_004,
            "SetProperty" => R::DOD_PROP_005,
            "GetProperty" => R::DOD_PROP_003,
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook;
    use std::collections::BTreeSet;

    const TOPICS: [Topic; 38] = [
        T::State,
        T::Errors,
        T::ErrorCount,
        T::ErrorThere,
        T::ErrorCode,
        T::ErrorContext,
        T::ErrorFile,
        T::ErrorProtocol,
        T::Bytes,
        T::Total,
        T::Files,
        T::Completed,
        T::Reply,
        T::Priority,
        T::Owner,
        T::RetryDelay,
        T::NoProgress,
        T::MaximumTime,
        T::Flags,
        T::Name,
        T::Description,
        T::CompletionTime,
        T::Transferred,
        T::JobError,
        T::Modification,
        T::StatusChange,
        T::Launches,
        T::Attempts,
        T::Listed,
        T::LocalFile,
        T::Version,
        T::Uploaded,
        T::Posted,
        T::Property,
        T::Call("Resume"),
        T::Call("Cancel"),
        T::Call("Start"),
        T::Call("SetProperty"),
    ];

    #[test]
    fn the_rule_that_governs_a_topic_belongs_to_its_service_and_to_what_it_is_about() {
        let mut without: Vec<(Service, Vec<Topic>)> = Vec::new();
        for service in [Service::Bits, Service::DoLegacy, Service::DoDownload] {
            let mut none = Vec::new();
            for topic in TOPICS {
                for actual in ["ERROR", "QUEUED", "Paused", "2"] {
                    match governing(topic, service, actual).map(rulebook::rule) {
                        Some(rule) => {
                            let of = rule.map(|rule| rule.applies.service.as_str());
                            assert_eq!(of, Some(service.name()), "{topic:?}");
                        }
                        None if !none.contains(&topic) => none.push(topic),
                        None => {}
                    }
                }
            }
            without.push((service, none));
        }
        // What a service does not have needs no rule.
        let bits = vec![T::Errors, T::StatusChange, T::Property, T::Call("Start")];
        assert_eq!(without[0], (Service::Bits, bits));
        let legacy = [
            T::Errors,
            T::ErrorCount,
            T::ErrorProtocol,
            T::Reply,
            T::Owner,
            T::RetryDelay,
            T::MaximumTime,
            T::Description,
            T::StatusChange,
            T::Launches,
            T::Listed,
            T::Uploaded,
            T::Posted,
        ];
        assert_eq!(without[1], (Service::DoLegacy, legacy.to_vec()));
        let download = without[2].1.iter().any(|topic| {
            matches!(topic, T::State | T::Errors | T::Bytes | T::Total | T::StatusChange)
        });
        assert!(!download, "{:?}", without[2]);
    }

    /// Every method of the services, as its call names it.
    fn methods() -> BTreeSet<String> {
        let sources = [
            include_str!("../../../vocab/src/call.rs"),
            include_str!("../../../vocab/src/download.rs"),
        ];
        let quoted = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
        quoted.map(str::to_owned).collect()
    }

    /// The methods that this file tells apart.
    fn told_apart() -> BTreeSet<String> {
        let source = include_str!("topic.rs");
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let arm = |line: &&str| line.trim_start().starts_with('"') && line.contains(" => ");
        let patterns = code.lines().filter(arm).filter_map(|line| line.split(" => ").next());
        let states = ["Created", "Transferring", "Transferred", "Finalized", "Paused"];
        let words = patterns.flat_map(|pattern| pattern.split('"').skip(1).step_by(2));
        let is_method =
            |word: &&str| word.chars().any(char::is_lowercase) && !states.contains(word);
        words.filter(is_method).map(str::to_owned).collect()
    }

    #[test]
    fn every_method_that_is_told_apart_exists() {
        let (known, told) = (methods(), told_apart());
        assert!(told.len() > 40, "{told:?}");
        // `Aborted` of a pattern of two states is no method.
        let unknown: Vec<_> = told.difference(&known).filter(|word| *word != "Aborted").collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn the_rule_that_governs_a_claim_is_about_that_claim() {
        const STATES: [&str; 6] =
            ["ERROR", "QUEUED", "TRANSFERRED", "CANCELLED", "Paused", "Created"];
        let mut strangers = Vec::new();
        for topic in TOPICS.into_iter().filter(|topic| !matches!(topic, T::Call(_))) {
            for service in [Service::Bits, Service::DoLegacy, Service::DoDownload] {
                for actual in STATES {
                    let rule = governing(topic, service, actual);
                    strangers.extend(rule.filter(|rule| !topic.is_of(*rule)).map(R::text));
                }
            }
        }
        strangers.sort_unstable();
        strangers.dedup();
        // An upload is complete, and only then to be found on its server, in TRANSFERRED.
        assert_eq!(strangers, ["BITS-STATE-008"]);
    }

    #[test]
    fn rules_are_about_what_their_family_is_called() {
        assert!(T::ErrorCount.is_of(R::BITS_ERRCOUNT_004));
        assert!(!T::ErrorCount.is_of(R::BITS_ERROR_004));
        assert!(T::Launches.is_of(R::BITS_NOTIFYCMD_001));
        assert!(!T::JobError.is_of(R::BITS_NOTIFYCMD_001));
        assert!(T::Call("Start").is_of(R::DOD_START_010));
    }
}
