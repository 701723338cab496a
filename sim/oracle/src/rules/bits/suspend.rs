//! BITS-SUSPEND: what Suspend does in each state, and that a suspended job rests.

use crate::findings::Findings;
use crate::view::View;
use crate::view::latest::LatestCall;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::stands::SuspendAtRest;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, JobState, RuleId, SimTime, Stimulus};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_SUSPEND_001,
    RuleId::BITS_SUSPEND_002,
    RuleId::BITS_SUSPEND_003,
    RuleId::BITS_SUSPEND_004,
    RuleId::BITS_SUSPEND_005,
];

/// BITS-SUSPEND.
#[derive(Debug, Clone)]
pub(crate) struct Suspend {
    /// For each job: the latest successful Suspend that no Resume followed, with the rule that it
    /// falls under.
    asked: Vec<Option<(RuleId, SimTime)>>,
}

impl Suspend {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { asked: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            self.suspended(view, call, out);
        }
        match &event.what {
            Happened::Created(_) => self.asked.push(None),
            Happened::Called(called) => self.resumed(called),
            Happened::AttemptBegan { job, .. }
            | Happened::Granted { job, .. }
            | Happened::Bytes { job, .. } => self.active(view, event, *job, out),
            Happened::State { job, from: JobState::Suspended, .. } => {
                rested(view, *job, event.at, out);
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            self.suspended(view, call, out);
        }
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            if job.state == JobState::Suspended {
                rested(view, id, end.at(), out);
            }
        }
    }

    fn resumed(&mut self, called: &Called) {
        if let Call::Job(job, JobCall::Resume) = called.call
            && called.hr.succeeded()
            && let Some(asked) = self.asked.get_mut(job.index())
        {
            *asked = None;
        }
    }

    /// Judges a Suspend once all its effects have been recorded, and remembers what was asked.
    fn suspended(&mut self, view: &View, call: &LatestCall, out: &mut Findings) {
        let Some(asked) = self.asked.get_mut(call.job.index()) else { return };
        if call.stimulus != Stimulus::Suspend || !call.admitted {
            return;
        }
        let Some(job) = view.job(call.job) else { return };
        let suspends = Some(JobState::Suspended);
        let (rule, hr, moved) = match call.before {
            JobState::Queued
            | JobState::Connecting
            | JobState::Transferring
            | JobState::TransientError => (RuleId::BITS_SUSPEND_001, Hresult::S_OK, suspends),
            JobState::Suspended => (RuleId::BITS_SUSPEND_002, Hresult::S_OK, None),
            JobState::Error | JobState::Transferred => {
                let moved = match view.setup.stands.suspend_at_rest {
                    SuspendAtRest::Suspends => suspends,
                    SuspendAtRest::NoOp => None,
                };
                (RuleId::BITS_SUSPEND_003, Hresult::S_OK, moved)
            }
            JobState::Acknowledged | JobState::Cancelled => {
                if !view.kept_pointer(call.by, job) {
                    return;
                }
                (RuleId::BITS_SUSPEND_004, Hresult::BG_E_INVALID_STATE, None)
            }
        };
        if call.hr.succeeded() && asked.is_none() {
            *asked = Some((rule, call.at));
        }
        call.ensure_effect(out, rule, hr, moved);
    }

    /// BITS-SUSPEND-005: nothing happens in SUSPENDED. BITS-SUSPEND-001 and -003: nothing happens
    /// after Suspend either, whatever state it led to.
    fn active(&self, view: &View, event: &Event, id: JobId, out: &mut Findings) {
        let Some(job) = view.job(id) else { return };
        let told = || match event.what {
            Happened::Bytes { done, .. } => format!("data moved, up to byte {done}"),
            Happened::Granted { .. } => "the scheduler gave it a turn".to_owned(),
            _ => "an attempt began".to_owned(),
        };
        if job.state == JobState::Suspended {
            out.ensure(RuleId::BITS_SUSPEND_005, false, event, || {
                (
                    "`{job}` became active in SUSPENDED".to_owned(),
                    "no attempt and no data in SUSPENDED".to_owned(),
                    told(),
                )
            });
        }
        // What had moved before the call may be recorded at the instant of the call.
        let asked = self.asked.get(id.index()).copied().flatten();
        if let Some((rule, at)) = asked
            && event.at > at
            && !matches!(event.what, Happened::Granted { .. })
        {
            out.ensure(rule, false, event, || {
                (
                    "`{job}` became active after Suspend, without a Resume in between".to_owned(),
                    format!("no attempt and no data since {at}"),
                    told(),
                )
            });
        }
    }
}

/// BITS-SUSPEND-005 had a chance to fail if a job with files spent time in SUSPENDED.
fn rested(view: &View, id: JobId, now: SimTime, out: &mut Findings) {
    if view.job(id).is_some_and(|job| !job.files.is_empty() && now > job.since) {
        out.held(RuleId::BITS_SUSPEND_005);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Story, download};
    use super::*;
    use bitsim_vocab::trace::AttemptOutcome;

    const OK: Hresult = Hresult::S_OK;
    const STOPPED: AttemptOutcome = AttemptOutcome::Stopped { by: Stimulus::Suspend };

    fn suspend(story: Story) -> Story {
        story.call(JobCall::Suspend, OK).to(JobState::Suspended, Stimulus::Suspend)
    }

    fn transferred() -> Story {
        download().transferring().at(1).arrives(0).transferred().at(2)
    }

    #[test]
    fn active_jobs_stop() {
        let story = download().transferring().at(1);
        let rule = RuleId::BITS_SUSPEND_001;
        let stopped = story
            .clone()
            .call(JobCall::Suspend, OK)
            .bytes(0, 40)
            .ends(STOPPED)
            .to(JobState::Suspended, Stimulus::Suspend);
        stopped.clone().at(2).holds(rule);
        stopped.clone().at(2).is_clean_in("BITS-SUSPEND");
        stopped.clone().at(2).bytes(0, 60).breaks(rule);
        stopped.clone().at(2).resume().transferring().bytes(0, 60).holds(rule);
        story.call(JobCall::Suspend, OK).breaks(rule);
    }

    #[test]
    fn suspended_jobs_stay() {
        let story = suspend(download()).at(1);
        story.clone().call(JobCall::Suspend, OK).holds(RuleId::BITS_SUSPEND_002);
        let refused = story.call(JobCall::Suspend, Hresult::BG_E_INVALID_STATE);
        refused.breaks(RuleId::BITS_SUSPEND_002);
    }

    #[test]
    fn jobs_at_rest_follow_the_stand() {
        let rule = RuleId::BITS_SUSPEND_003;
        suspend(transferred()).holds(rule);
        transferred().call(JobCall::Suspend, OK).breaks(rule);
        let other =
            |story: Story| story.setup(|setup| setup.stands.suspend_at_rest = SuspendAtRest::NoOp);
        other(transferred()).call(JobCall::Suspend, OK).holds(rule);
        suspend(other(transferred())).breaks(rule);
        suspend(transferred()).at(3).connecting().breaks(rule);
    }

    #[test]
    fn final_jobs_refuse() {
        let story = download().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
        let refused = Hresult::BG_E_INVALID_STATE;
        story.clone().call(JobCall::Suspend, refused).holds(RuleId::BITS_SUSPEND_004);
        story.call(JobCall::Suspend, OK).breaks(RuleId::BITS_SUSPEND_004);
    }

    #[test]
    fn nothing_happens_while_suspended() {
        let rule = RuleId::BITS_SUSPEND_005;
        let story = suspend(download().transferring().at(1));
        story.clone().at(9).resume().holds(rule);
        story.clone().leaves(rule);
        story.at(9).bytes(0, 10).breaks(rule);
    }
}
