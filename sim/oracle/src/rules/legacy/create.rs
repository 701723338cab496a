//! DO-CREATE, DO-PRIORITY, DO-ENUM and DO-INTERFACE: what may be called, and by whom.

use super::error::absent;
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::{Setup, UserKind};
use bitsim_vocab::{ClientId, Event, Hresult, JobId, JobType, Priority, RuleId};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_CREATE_002,
    RuleId::DO_CREATE_004,
    RuleId::DO_CREATE_005,
    RuleId::DO_CREATE_006,
    RuleId::DO_PRIORITY_001,
    RuleId::DO_PRIORITY_004,
    RuleId::DO_ENUM_004,
    RuleId::DO_INTERFACE_001,
];

/// DO-CREATE and its small neighbours.
#[derive(Debug, Clone)]
pub(super) struct Create {
    /// For each job: true once SetPriority has succeeded.
    priority_set: Vec<bool>,
}

impl Create {
    pub(super) fn new(_: &Setup) -> Self {
        Self { priority_set: Vec::new() }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Created(_) => self.priority_set.push(false),
            Happened::Called(called) => self.called(view, event, called, out),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let hr = called.hr;
        match &called.call {
            Call::CreateJob { job_type, .. } if *job_type != JobType::Download => {
                let ok = hr == Hresult::E_INVALIDARG || !is_present(view, called.by) && hr.failed();
                out.ensure(RuleId::DO_CREATE_002, ok, event, || {
                    (
                        format!("CreateJob did not refuse the type {job_type}"),
                        format!("{}: all jobs download", WithNumber(Hresult::E_INVALIDARG)),
                        WithNumber(hr).to_string(),
                    )
                });
            }
            Call::GetJob(id) => found(view, event, called, *id, out),
            Call::EnumJobs { .. } => out.ensure(RuleId::DO_ENUM_004, hr.failed(), event, || {
                (
                    "EnumJobs succeeded".to_owned(),
                    format!("{}: jobs are found by id only", WithNumber(Hresult::E_NOTIMPL)),
                    WithNumber(hr).to_string(),
                )
            }),
            Call::Job(id, call) => {
                let Some(job) = view.job(*id).filter(|job| !job.gone) else { return };
                if is_absent(call) {
                    absent(view, event, called, *id, RuleId::DO_INTERFACE_001, out);
                } else if is_denied(view, called.by, job) && is_present(view, called.by) {
                    denied(event, called, call, out);
                } else {
                    self.priority(view, event, called, *id, call, out);
                }
            }
            _ => {}
        }
    }

    /// DO-PRIORITY-001 and -004.
    fn priority(
        &mut self,
        view: &View,
        event: &Event,
        called: &Called,
        id: JobId,
        call: &JobCall,
        out: &mut Findings,
    ) {
        let (Some(job), Some(set)) = (view.job(id), self.priority_set.get_mut(id.index())) else {
            return;
        };
        match (call, &called.reply) {
            (JobCall::GetPriority, Reply::Priority(told)) if !*set => {
                out.ensure(RuleId::DO_PRIORITY_001, *told == Priority::Normal, event, || {
                    (
                        "`{job}`, whose priority nobody has set, has the wrong one".to_owned(),
                        Priority::Normal.to_string(),
                        told.to_string(),
                    )
                });
            }
            (JobCall::SetPriority(value), _) => {
                *set |= called.hr.succeeded();
                let known = Priority::ALL.iter().any(|known| u32::from(known.value()) == *value);
                let over = job.state.is_final();
                if !known || !view.admits(called.by, job) {
                    return;
                }
                if over && !view.kept_pointer(called.by, job) {
                    return;
                }
                let hr = if over { Hresult::DO_E_INVALID_STATE } else { Hresult::S_OK };
                out.ensure(RuleId::DO_PRIORITY_004, called.hr == hr, event, || {
                    (
                        format!("SetPriority returned the wrong code in {}", job.state),
                        WithNumber(hr).to_string(),
                        WithNumber(called.hr).to_string(),
                    )
                });
            }
            _ => {}
        }
    }
}

/// DO-CREATE-004 and -005: who finds a job by its id.
fn found(view: &View, event: &Event, called: &Called, id: JobId, out: &mut Findings) {
    let Some(job) = view.job(id).filter(|_| is_present(view, called.by)) else { return };
    let off = job.gone || job.state.is_final();
    let (rule, hr, what) = match (off, is_denied(view, called.by, job)) {
        // Which of the two is said to a stranger is documented nowhere.
        (true, _) if !has_rights(view, called.by, job) => return,
        (true, _) => (
            RuleId::DO_CREATE_004,
            Hresult::DO_E_JOB_NOT_FOUND,
            "GetJob did not say that `{job}` is not in the queue",
        ),
        (false, true) => (
            RuleId::DO_CREATE_005,
            Hresult::E_ACCESSDENIED,
            "GetJob did not refuse `{job}` to a user without rights to it",
        ),
        (false, false) => return,
    };
    out.ensure(rule, called.hr == hr, event, || {
        (what.to_owned(), WithNumber(hr).to_string(), WithNumber(called.hr).to_string())
    });
}

/// DO-CREATE-006: a stranger may not add files or change properties.
fn denied(event: &Event, called: &Called, call: &JobCall, out: &mut Findings) {
    let setter = matches!(
        call,
        JobCall::AddFileWithRanges(_)
            | JobCall::SetPriority(_)
            | JobCall::SetNotifyFlags(_)
            | JobCall::SetNotifyInterface(_)
            | JobCall::SetNoProgressTimeout(_)
            | JobCall::SetRemoteName { .. }
            | JobCall::SetProperty { .. }
            | JobCall::SetFileProperty { .. }
    );
    if !setter {
        return;
    }
    let refused = called.hr == Hresult::E_ACCESSDENIED;
    out.ensure(RuleId::DO_CREATE_006, refused, event, || {
        (
            format!("{} did not refuse a user without rights to `{{job}}`", call.method()),
            WithNumber(Hresult::E_ACCESSDENIED).to_string(),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// The methods of IBackgroundCopyJob that Delivery Optimization does not have.
fn is_absent(call: &JobCall) -> bool {
    matches!(
        call,
        JobCall::AddFile(_)
            | JobCall::AddFileSet(_)
            | JobCall::GetDescription
            | JobCall::SetDescription(_)
            | JobCall::SetDisplayName(_)
            | JobCall::GetErrorCount
            | JobCall::GetMinimumRetryDelay
            | JobCall::SetMinimumRetryDelay(_)
            | JobCall::GetOwner
            | JobCall::TakeOwnership
            | JobCall::GetProxySettings
            | JobCall::SetProxySettings(_)
    )
}

/// True if the client runs and its user is logged on.
fn is_present(view: &View, by: ClientId) -> bool {
    let user = view.user_of(by).and_then(|user| view.logged_on.get(user.index()));
    view.running.get(by.index()).copied().unwrap_or(false) && user.copied().unwrap_or(false)
}

/// True if the client certainly has no rights to the job: neither its owner's nor an
/// administrator's.
pub(super) fn is_denied(view: &View, by: ClientId, job: &JobView) -> bool {
    let Some(user) = view.user_of(by) else { return false };
    let kind = view.setup.users.get(user.index()).map(|user| user.kind);
    user != job.owner && kind == Some(UserKind::Standard)
}

/// True if the client certainly has rights to the job: its owner's, or those of an administrator
/// who uses them.
fn has_rights(view: &View, by: ClientId, job: &JobView) -> bool {
    let Some(client) = view.setup.clients.get(by.index()) else { return false };
    let kind = view.setup.users.get(client.user.index()).map(|user| user.kind);
    client.user == job.owner || client.elevated && kind == Some(UserKind::Administrator)
}

#[cfg(test)]
mod tests;
