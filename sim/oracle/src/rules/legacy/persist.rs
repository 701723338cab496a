//! DO-PERSIST: how long a job lives, and what does not end it.

use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, Stimulus};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[RuleId::DO_PERSIST_001, RuleId::DO_PERSIST_003];

/// DO-PERSIST.
#[derive(Debug, Clone)]
pub(super) struct Persist {
    /// For each job: true once the service restarted or the client that made the job ended.
    tried: Vec<bool>,
}

impl Persist {
    pub(super) fn new(_: &Setup) -> Self {
        Self { tried: Vec::new() }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Created(_) => self.tried.push(false),
            Happened::Env(what) => self.env(view, what),
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::State {
                job, to: JobState::Cancelled, cause: Stimulus::JobTooOld, ..
            } => {
                deleted(view, event, *job, out);
            }
            Happened::State { job, from, to, cause } => {
                restarted(view, event, *job, (*from, *to), *cause, out);
            }
            Happened::LeftQueue { job } => left(view, event, *job, out),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            let wall = last.wall + end.at().since(last.at);
            let (age, _) = view.ages(job, end.at(), wall);
            if job.state.is_final() || job.gone || age <= view.setup.delivery.age_limit + AT_ONCE {
                continue;
            }
            let why = (
                "`{job}` is too old and still there".to_owned(),
                format!("the job to be removed at an age of {}", limit(view)),
                format!("{} at {}", job.state, end.at()),
            );
            about::broken(out, RuleId::DO_PERSIST_001, Some(id), last, why);
        }
    }

    fn env(&mut self, view: &View, what: &Disturbance) {
        match what {
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                self.tried.fill(true);
            }
            Disturbance::ClientExits(client) => {
                for (tried, job) in self.tried.iter_mut().zip(&view.jobs) {
                    *tried |= job.creator == *client;
                }
            }
            _ => {}
        }
    }

    fn called(&self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Some(id) = called.call.job() else { return };
        let Some(job) = view.job(id).filter(|job| !job.gone) else { return };
        let (least, most) = view.ages(job, event.at, event.wall);
        let age_limit = view.setup.delivery.age_limit;
        if let Call::GetJob(_) = called.call {
            let aged = least > age_limit + AT_ONCE;
            let removed = job.cause == Some(Stimulus::JobTooOld) && job.state.is_final();
            if aged || removed {
                out.ensure(RuleId::DO_PERSIST_001, called.hr.failed(), event, || {
                    (
                        "GetJob found `{job}`, which is too old".to_owned(),
                        WithNumber(Hresult::DO_E_JOB_NOT_FOUND).to_string(),
                        WithNumber(called.hr).to_string(),
                    )
                });
            }
        }
        let tried = self.tried.get(id.index()).copied().unwrap_or(false);
        let lives = !job.state.is_final() && most < age_limit;
        if !tried || !lives || !view.admits(called.by, job) {
            return;
        }
        let found = match called.call {
            Call::GetJob(_) => called.hr.succeeded(),
            _ => called.hr != Hresult::DO_E_JOB_NOT_FOUND,
        };
        out.ensure(RuleId::DO_PERSIST_003, found, event, || {
            (
                "`{job}` was lost when the service or the client ended".to_owned(),
                format!("a job in {} that is found by its id", job.state),
                format!("{} returned {}", called.call.method(), WithNumber(called.hr)),
            )
        });
        if let Call::Job(_, call) = &called.call {
            property_is_kept(job, event, call, &called.reply, out);
        }
    }
}

/// `30 days`
fn limit(view: &View) -> String {
    format!("{} days", view.setup.delivery.age_limit.as_secs() / 86_400)
}

/// DO-PERSIST-001: the incomplete files of a job that is given up for its age go first.
fn deleted(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    let Some(job) = view.job(id) else { return };
    let left = job
        .files
        .iter()
        .position(|file| file.temporary && !file.kept && (file.finished || file.done > 0));
    out.ensure(RuleId::DO_PERSIST_001, left.is_none(), event, || {
        (
            "`{job}` was removed for its age and left a temporary file behind".to_owned(),
            "every temporary file of the job to be deleted".to_owned(),
            format!("the temporary file of file {} is still there", left.unwrap_or(0) + 1),
        )
    });
}

/// DO-PERSIST-003: a restart leaves every state but TRANSFERRING as it is. Without a network, a job
/// that was active may as well be found waiting for it.
fn restarted(
    view: &View,
    event: &Event,
    id: JobId,
    (from, to): (JobState, JobState),
    cause: Stimulus,
    out: &mut Findings,
) {
    if !matches!(cause, Stimulus::ServiceRestart | Stimulus::ComputerRestart) {
        return;
    }
    let waits = view.job(id).is_some_and(|job| view.delivery_blocked(job));
    let ok = match from {
        JobState::Transferring => to == JobState::Queued || waits && to == JobState::TransientError,
        JobState::Queued => waits && to == JobState::TransientError,
        _ => false,
    };
    out.ensure(RuleId::DO_PERSIST_003, ok, event, || {
        (
            "a restart moved `{job}` to the wrong state".to_owned(),
            match from {
                JobState::Transferring => "QUEUED, to go on by itself".to_owned(),
                from => format!("{from} to stay"),
            },
            format!("{from} -> {to}"),
        )
    });
}

/// DO-PERSIST-003: an unfinished job does not leave the queue before its time, unless the stored
/// list could not be read.
fn left(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    let Some(job) = view.job(id).filter(|job| !job.gone && !job.state.is_final()) else { return };
    let (_, age) = view.ages(job, event.at, event.wall);
    let old = age >= view.setup.delivery.age_limit;
    out.ensure(RuleId::DO_PERSIST_003, old, event, || {
        (
            "`{job}` left the queue although it was not finished".to_owned(),
            format!("a job in {} to stay up to an age of {}", job.state, limit(view)),
            "the service forgot it".to_owned(),
        )
    });
}

/// DO-PERSIST-003: what was set before is still so.
fn property_is_kept(
    job: &JobView,
    event: &Event,
    call: &JobCall,
    reply: &Reply,
    out: &mut Findings,
) {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let (before, after) = match (call, reply) {
        (JobCall::GetPriority, Reply::Priority(told)) => {
            (u64::from(job.priority.value()), u64::from(told.value()))
        }
        (JobCall::GetNoProgressTimeout, Reply::Number(told)) if job.no_progress_timeout_set => {
            (job.no_progress_timeout, *told)
        }
        (JobCall::EnumFiles, Reply::Files(files)) => (count(job.files.len()), count(files.len())),
        (JobCall::GetProgress, Reply::Progress(told)) => {
            (count(job.files.len()), u64::from(told.files_total))
        }
        _ => return,
    };
    out.ensure(RuleId::DO_PERSIST_003, before == after, event, || {
        (
            format!("{} of `{{job}}` tells another value after a restart", call.method()),
            format!("{before}, as before"),
            after.to_string(),
        )
    });
}

#[cfg(test)]
mod tests;
