//! DO-SUSPEND: what Suspend does in each state, and that a suspended job rests.

use super::effect::ensure_one_of;
use super::still::Still;
use crate::findings::Findings;
use crate::view::View;
use crate::view::latest::LatestCall;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, Stimulus};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_SUSPEND_001,
    RuleId::DO_SUSPEND_002,
    RuleId::DO_SUSPEND_003,
    RuleId::DO_SUSPEND_004,
    RuleId::DO_SUSPEND_005,
];

/// DO-SUSPEND.
#[derive(Debug, Clone)]
pub(super) struct Suspend {
    still: Still,
}

impl Suspend {
    pub(super) fn new(_: &Setup) -> Self {
        Self { still: Still::default() }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            suspended(view, call, out);
        }
        match &event.what {
            Happened::Called(called) => self.sampled(view, event, called, out),
            Happened::AttemptBegan { job, .. }
            | Happened::Requested { job, .. }
            | Happened::Bytes { job, .. } => active(view, event, *job, out),
            Happened::State { job, from: JobState::Suspended, .. } => {
                rested(view, *job, event.at, out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            suspended(view, call, out);
        }
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            if job.state == JobState::Suspended {
                rested(view, id, end.at(), out);
            }
        }
    }

    /// DO-SUSPEND-004: GetProgress tells the same for as long as the job is SUSPENDED.
    fn sampled(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let pair = self.still.sample(view, called);
        let Some(pair) = pair.filter(|pair| pair.state == JobState::Suspended) else { return };
        // A new remote name may make the job forget what it has.
        out.ensure(RuleId::DO_SUSPEND_004, pair.after <= pair.before, event, || {
            (
                "BytesTransferred of `{job}` grew in SUSPENDED".to_owned(),
                format!("{} bytes, as GetProgress told before", pair.before),
                format!("{} bytes", pair.after),
            )
        });
    }
}

/// Judges a Suspend once all its effects have been recorded.
fn suspended(view: &View, call: &LatestCall, out: &mut Findings) {
    if call.stimulus != Stimulus::Suspend || !call.admitted {
        return;
    }
    let Some(job) = view.job(call.job) else { return };
    let (ok, suspends) = (Hresult::S_OK, Some(JobState::Suspended));
    match call.before {
        JobState::Queued
        | JobState::Connecting
        | JobState::Transferring
        | JobState::TransientError => {
            call.ensure_effect(out, RuleId::DO_SUSPEND_001, ok, suspends);
        }
        JobState::Suspended => call.ensure_effect(out, RuleId::DO_SUSPEND_003, ok, None),
        // The page does not say whether the state becomes SUSPENDED.
        JobState::Error | JobState::Transferred => {
            ensure_one_of(call, out, RuleId::DO_SUSPEND_005, ok, &[suspends, None]);
        }
        JobState::Acknowledged | JobState::Cancelled => {
            if view.kept_pointer(call.by, job) {
                let refused = Hresult::DO_E_INVALID_STATE;
                call.ensure_effect(out, RuleId::DO_SUSPEND_002, refused, None);
            }
        }
    }
}

/// DO-SUSPEND-004: nothing is tried and nothing moves in SUSPENDED.
fn active(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    if view.job(id).is_none_or(|job| job.state != JobState::Suspended) {
        return;
    }
    out.ensure(RuleId::DO_SUSPEND_004, false, event, || {
        (
            "`{job}` became active in SUSPENDED".to_owned(),
            "no attempt and no data in SUSPENDED".to_owned(),
            match event.what {
                Happened::Bytes { done, .. } => format!("data moved, up to byte {done}"),
                Happened::Requested { file, .. } => format!("file {} was requested", file.0 + 1),
                _ => "an attempt began".to_owned(),
            },
        )
    });
}

/// DO-SUSPEND-004 had a chance to fail if a job with files spent time in SUSPENDED.
fn rested(view: &View, id: JobId, now: SimTime, out: &mut Findings) {
    if view.job(id).is_some_and(|job| !job.files.is_empty() && now > job.since) {
        out.held(RuleId::DO_SUSPEND_004);
    }
}

#[cfg(test)]
mod tests;
