//! The latest call on a job and what it has brought about so far.

use super::{JobView, View};
use crate::findings::{Findings, Violation};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, Event, FileChange, Happened};
use bitsim_vocab::world::UserKind;
use bitsim_vocab::{Call, ClientId, Hresult, JobId, JobState, RuleId, SimTime, Stimulus, UserId};

/// A call on a job, kept until everything that follows from it at once has been recorded.
///
/// A call and its effects are one step of the world, so the next call, the next disturbance and the
/// next instant each say that the effects are complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestCall {
    /// Position of the call in the trace.
    pub seq: u32,
    /// When it was made.
    pub at: SimTime,
    /// The caller.
    pub by: ClientId,
    /// The job.
    pub job: JobId,
    /// The method's name.
    pub method: &'static str,
    /// The row of the transition table.
    pub stimulus: Stimulus,
    /// What it returned.
    pub hr: Hresult,
    /// True if the caller certainly has access to the job ([`super::View::admits`]).
    pub admitted: bool,
    /// The state of the job when the call came.
    pub before: JobState,
    /// True if it is Resume, and everything of the job had been transferred when it came.
    pub nothing_left: bool,
    /// The state that the call moved the job into, if it moved it.
    pub moved: Option<JobState>,
    /// Files that got their final names.
    pub renamed: u32,
    /// Temporary files that were deleted.
    pub deleted: u32,
    /// Temporary files that could not be deleted.
    pub kept: u32,
    /// Why the first file that did not get its final name did not get it.
    pub rename_failed: Option<Hresult>,
}

impl LatestCall {
    /// The call, if it is one on a job, which is as it was before.
    pub(super) fn new(
        event: &Event,
        called: &Called,
        about: &JobView,
        admitted: bool,
    ) -> Option<Self> {
        let Call::Job(job, call) = &called.call else { return None };
        Some(Self {
            seq: event.seq,
            at: event.at,
            by: called.by,
            job: *job,
            method: call.method(),
            stimulus: call.stimulus(),
            hr: called.hr,
            admitted,
            before: about.state,
            nothing_left: *call == JobCall::Resume && about.all_finished(),
            moved: None,
            renamed: 0,
            deleted: 0,
            kept: 0,
            rename_failed: None,
        })
    }

    /// True if `event` can no longer be an effect of the call.
    #[must_use]
    pub fn is_over_at(&self, event: &Event) -> bool {
        event.at != self.at || matches!(event.what, Happened::Called(_) | Happened::Env(_))
    }

    /// True if the call is this method of this job and succeeded.
    #[must_use]
    pub fn succeeded(&self, job: JobId, stimulus: Stimulus) -> bool {
        self.job == job && self.stimulus == stimulus && self.hr.succeeded()
    }

    /// Takes in what may be an effect of the call.
    pub(super) fn take_in(&mut self, what: &Happened) {
        match what {
            Happened::State { job, to, cause, .. }
                if *job == self.job && *cause == self.stimulus && self.moved.is_none() =>
            {
                self.moved = Some(*to);
            }
            Happened::File(file) if file.job == self.job => match file.what {
                FileChange::Renamed { .. } | FileChange::ReplyRenamed => self.renamed += 1,
                FileChange::RenameFailed(hr) => {
                    self.rename_failed = self.rename_failed.or(Some(hr));
                }
                FileChange::TempDeleted => self.deleted += 1,
                FileChange::TempKept => self.kept += 1,
                _ => {}
            },
            _ => {}
        }
    }

    /// Records `rule` as held if `ok`, else as broken at this call, with the texts of `why` as in
    /// [`Findings::ensure`].
    pub(crate) fn ensure(
        &self,
        out: &mut Findings,
        rule: RuleId,
        ok: bool,
        why: impl FnOnce() -> (String, String, String),
    ) {
        if ok {
            out.held(rule);
        } else {
            let (what, expected, actual) = why();
            let job = Some(self.job);
            out.broken(Violation {
                rule,
                job,
                event: self.seq,
                at: self.at,
                what,
                expected,
                actual,
            });
        }
    }

    /// Holds if the call returned `hr` and moved the job to `moved`, or not at all if that is
    /// `None`.
    pub(crate) fn ensure_effect(
        &self,
        out: &mut Findings,
        rule: RuleId,
        hr: Hresult,
        moved: Option<JobState>,
    ) {
        self.ensure(out, rule, self.hr == hr && self.moved == moved, || {
            let what = match self.moved {
                _ if self.hr != hr => "returned the wrong code for `{job}`".to_owned(),
                Some(to) => format!("moved `{{job}}` to {to}"),
                None => "did not move `{job}`".to_owned(),
            };
            (
                format!("{} in {} {what}", self.method, self.before),
                self.effect(hr, moved),
                self.effect(self.hr, self.moved),
            )
        });
    }

    /// `S_OK (0x00000000) and SUSPENDED -> QUEUED`
    pub(crate) fn effect(&self, hr: Hresult, moved: Option<JobState>) -> String {
        let hr = WithNumber(hr);
        match moved {
            Some(to) => format!("{hr} and {} -> {to}", self.before),
            None => format!("{hr} and {} unchanged", self.before),
        }
    }
}

impl View {
    /// True if the client certainly has access to the job: it runs, its user is logged on, and the
    /// user owns the job or is an administrator who runs the client elevated. Where the pages leave
    /// room (jobs taken over, jobs made elevated or by a service account) the answer is false.
    #[must_use]
    pub fn admits(&self, by: ClientId, job: &JobView) -> bool {
        let client = self.setup.clients.get(by.index());
        let creator = self.setup.clients.get(job.creator.index());
        let (Some(client), Some(creator)) = (client, creator) else { return false };
        let user = client.user;
        let kind = |user: UserId| self.setup.users.get(user.index()).map(|user| user.kind);
        let present = self.running.get(by.index()).copied().unwrap_or(false)
            && self.logged_on.get(user.index()).copied().unwrap_or(false);
        let plain = !job.taken_over && !creator.elevated;
        let owns = user == job.owner && (plain || client.elevated || by == job.creator);
        let elevated = client.elevated && kind(user) == Some(UserKind::Administrator);
        let system_job = kind(job.owner).is_none_or(UserKind::is_service_account);
        present && !job.gone && (owns || elevated && !system_job)
    }

    /// True if the client has run ever since the job entered its state, so that it still holds the
    /// interface pointer if it ever had one.
    #[must_use]
    pub fn kept_pointer(&self, by: ClientId, job: &JobView) -> bool {
        self.running.get(by.index()).copied().unwrap_or(false)
            && self.client_since.get(by.index()).is_some_and(|since| *since <= job.since)
    }

    /// The latest call, if `event` shows that all its effects have been recorded.
    #[must_use]
    pub fn call_over_at(&self, event: &Event) -> Option<&LatestCall> {
        self.latest_call.as_ref().filter(|call| call.is_over_at(event))
    }

    /// True if `event` may be an effect of a successful call of this method on the job.
    #[must_use]
    pub fn effect_of(&self, event: &Event, job: JobId, stimulus: Stimulus) -> bool {
        self.latest_call
            .as_ref()
            .is_some_and(|call| !call.is_over_at(event) && call.succeeded(job, stimulus))
    }

    pub(super) fn follow_call(&mut self, event: &Event) {
        if self.call_over_at(event).is_some() {
            self.latest_call = None;
        }
        if let Happened::Called(called) = &event.what {
            let Some(job) = called.call.job().and_then(|job| self.job(job)) else { return };
            let admitted = self.admits(called.by, job);
            self.latest_call = LatestCall::new(event, called, job, admitted);
        } else if let Some(call) = &mut self.latest_call {
            call.take_in(&event.what);
        }
    }
}
