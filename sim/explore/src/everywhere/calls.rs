//! Everything that clients call.

use super::letter::{Does, Letter};
use super::scope::Scope;
use super::world::{ADMIN, APP, Limit, NO_PROGRESS, OTHER_URL, RETRY_DELAY, URL, file, reply};
use crate::story::Story;
use bitsim_vocab::call::{
    BG_NOTIFY_DISABLE, BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_MODIFICATION, BG_NOTIFY_JOB_TRANSFERRED,
    Call, JobCall, Proxy,
};
use bitsim_vocab::{ClientId, FileId, JobId, JobType, Priority};

/// The letter beside which the maximum download time of the jobs is near.
pub(super) const SHORT_LIMIT: &str = "SetMaximumDownloadTime short";

/// Calls about no job.
pub(super) fn of_nobodys() -> Vec<Letter> {
    let list = |name, who, all_users| {
        let does = Does::Call(who, Call::EnumJobs { all_users });
        Letter { name, does }
    };
    vec![list("EnumJobs", APP, false), list("EnumJobs of all users", ADMIN, true)]
}

/// Every call on a job. Most setters have a letter that sets what the job has already, and others
/// that set something else.
pub(super) fn about(job: JobId, scope: &Scope, limit: Limit) -> Vec<Letter> {
    let mut all: Vec<Letter> = Vec::new();
    let mut own = |calls: Vec<(&'static str, JobCall)>| {
        let letter = |(name, call)| Letter { name, does: Does::Call(APP, Call::Job(job, call)) };
        all.extend(calls.into_iter().map(letter));
    };
    own(control());
    own(setters(job, limit));
    own(about_notifications());
    own(about_files(job, scope));
    own(getters());
    all.extend(others(job));
    all
}

fn control() -> Vec<(&'static str, JobCall)> {
    use JobCall as C;
    vec![
        ("Resume", C::Resume),
        ("Suspend", C::Suspend),
        ("Cancel", C::Cancel),
        ("Complete", C::Complete),
        ("TakeOwnership refused", C::TakeOwnership),
    ]
}

fn setters(job: JobId, limit: Limit) -> Vec<(&'static str, JobCall)> {
    use JobCall as C;
    let priority = |of: Priority| C::SetPriority(u32::from(of.value()));
    vec![
        ("SetPriority foreground", priority(Priority::Foreground)),
        ("SetPriority high", priority(Priority::High)),
        ("SetPriority normal", priority(Priority::Normal)),
        ("SetDisplayName", C::SetDisplayName(Some(Story::job_name(job)))),
        ("SetDescription", C::SetDescription(Some("what it is for".to_owned()))),
        ("SetMinimumRetryDelay", C::SetMinimumRetryDelay(RETRY_DELAY)),
        ("SetMinimumRetryDelay long", C::SetMinimumRetryDelay(2 * RETRY_DELAY)),
        ("SetNoProgressTimeout", C::SetNoProgressTimeout(NO_PROGRESS)),
        ("SetNoProgressTimeout short", C::SetNoProgressTimeout(NO_PROGRESS / 3)),
        ("SetNoProgressTimeout zero", C::SetNoProgressTimeout(0)),
        ("SetMaximumDownloadTime", C::SetMaximumDownloadTime(limit.secs())),
        (SHORT_LIMIT, C::SetMaximumDownloadTime(2 * RETRY_DELAY)),
        ("SetProxySettings", C::SetProxySettings(Proxy::default())),
        ("SetProxySettings unusable", C::SetProxySettings(unusable())),
    ]
}

/// A proxy list that no connection can use.
fn unusable() -> Proxy {
    Proxy { usage: 2, list: Some("proxy!".to_owned()), bypass: None }
}

fn about_notifications() -> Vec<(&'static str, JobCall)> {
    use JobCall as C;
    let told = BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_TRANSFERRED;
    let program = |name: &str| {
        let (program, parameters) = (Some(name.to_owned()), Some(name.to_owned()));
        C::SetNotifyCmdLine { program, parameters }
    };
    vec![
        ("SetNotifyFlags", C::SetNotifyFlags(told)),
        ("SetNotifyFlags errors", C::SetNotifyFlags(BG_NOTIFY_JOB_ERROR)),
        ("SetNotifyFlags disabled", C::SetNotifyFlags(told | BG_NOTIFY_DISABLE)),
        ("SetNotifyFlags modifications", C::SetNotifyFlags(told | BG_NOTIFY_JOB_MODIFICATION)),
        ("SetNotifyInterface", C::SetNotifyInterface(true)),
        ("SetNotifyInterface NULL", C::SetNotifyInterface(false)),
        ("SetNotifyCmdLine", program(PROGRAM)),
        ("SetNotifyCmdLine NULL", C::SetNotifyCmdLine { program: None, parameters: None }),
    ]
}

/// A program that is told of a job.
pub(super) const PROGRAM: &str = "C:\\tools\\told.exe";

fn about_files(job: JobId, scope: &Scope) -> Vec<(&'static str, JobCall)> {
    use JobCall as C;
    let mut all = vec![
        ("SetRemoteName", C::SetRemoteName { file: FileId(0), url: URL.to_owned() }),
        ("SetRemoteName other", C::SetRemoteName { file: FileId(0), url: OTHER_URL.to_owned() }),
    ];
    for more in 1..=scope.more_files {
        all.push(("AddFile", C::AddFile(file(job.0, more + 1))));
        let set = vec![file(job.0, scope.more_files + more + 1)];
        all.push(("AddFileSet", C::AddFileSet(set)));
    }
    if scope.job_type == JobType::UploadReply {
        all.push(("SetReplyFileName", C::SetReplyFileName(Some(reply(job.0)))));
    }
    all
}

fn getters() -> Vec<(&'static str, JobCall)> {
    use JobCall as C;
    vec![
        ("GetError", C::GetError),
        ("GetErrorCount", C::GetErrorCount),
        ("GetState", C::GetState),
        ("GetProgress", C::GetProgress),
        ("EnumFiles", C::EnumFiles),
    ]
}

/// The getters that no other letter calls.
fn more_getters() -> Vec<JobCall> {
    use JobCall as C;
    vec![
        C::GetTimes,
        C::GetId,
        C::GetType,
        C::GetOwner,
        C::GetPriority,
        C::GetDisplayName,
        C::GetDescription,
        C::GetNotifyFlags,
        C::GetMinimumRetryDelay,
        C::GetNoProgressTimeout,
        C::GetProxySettings,
        C::GetNotifyCmdLine,
        C::GetMaximumDownloadTime,
        C::GetFileProgress(FileId(0)),
        C::GetRemoteName(FileId(0)),
        C::GetLocalName(FileId(0)),
        C::GetReplyProgress,
        C::GetReplyFileName,
    ]
}

fn others(job: JobId) -> Vec<Letter> {
    let call = |name, who: ClientId, call| Letter { name, does: Does::Call(who, call) };
    let more = more_getters().into_iter().map(|call| Call::Job(job, call)).collect();
    vec![
        Letter { name: "the other getters", does: Does::Calls(APP, more) },
        Letter { name: "the error object is read", does: Does::ReadError(APP, job) },
        call("GetJob", APP, Call::GetJob(job)),
        call("GetJob by an administrator", ADMIN, Call::GetJob(job)),
        call("TakeOwnership", ADMIN, Call::Job(job, JobCall::TakeOwnership)),
        call("Suspend by an administrator", ADMIN, Call::Job(job, JobCall::Suspend)),
    ]
}
