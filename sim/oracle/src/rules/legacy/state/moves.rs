//! From which state into which, and what may cause it.

use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::trace::Happened;
use bitsim_vocab::{Event, JobId, JobState, RuleId, Stimulus};

/// The facts of one state change.
#[derive(Clone, Copy)]
struct Move<'a> {
    view: &'a View,
    event: &'a Event,
    id: JobId,
    from: JobState,
    to: JobState,
    cause: Stimulus,
}

/// Judges a state change by what it leaves, what it enters and what caused it.
pub(super) fn observe(view: &View, event: &Event, out: &mut Findings) {
    let Happened::State { job: id, from, to, cause } = event.what else { return };
    let Some(job) = view.job(id) else { return };
    let change = Move { view, event, id, from, to, cause };
    match from {
        JobState::Acknowledged | JobState::Cancelled => {
            change.judge(
                RuleId::DO_STATE_004,
                false,
                out,
                || "`{job}` left a final state".to_owned(),
                || format!("{from} to stay for good"),
            );
        }
        JobState::Suspended => change.out_of_suspended(out),
        _ => {}
    }
    match to {
        JobState::Acknowledged => change.acknowledged(out),
        JobState::Cancelled => change.cancelled(job, out),
        JobState::Transferred => change.transferred(job, out),
        JobState::Suspended => change.suspended(out),
        JobState::Error => out.held(RuleId::DO_STATE_013),
        _ => {}
    }
}

impl Move<'_> {
    /// True if the cause is the named call and that call really was made on the job and succeeded.
    fn is_by(self, call: Stimulus) -> bool {
        self.cause == call && self.view.effect_of(self.event, self.id, call)
    }

    fn judge(
        self,
        rule: RuleId,
        ok: bool,
        out: &mut Findings,
        what: impl FnOnce() -> String,
        expected: impl FnOnce() -> String,
    ) {
        out.ensure(rule, ok, self.event, || {
            let Self { from, to, cause, .. } = self;
            let genuine = !cause.is_call() || self.is_by(cause);
            let made = if genuine { "" } else { ", of which there was no successful call" };
            (what(), expected(), format!("{from} -> {to}, caused by {cause}{made}"))
        });
    }

    /// DO-STATE-008. The age limit of DO-STATE-006 ends every state.
    fn out_of_suspended(self, out: &mut Findings) {
        let called = [Stimulus::Resume, Stimulus::Complete, Stimulus::Cancel];
        let aged = self.cause == Stimulus::JobTooOld && self.to == JobState::Cancelled;
        let ok = aged || called.into_iter().any(|call| self.is_by(call));
        self.judge(
            RuleId::DO_STATE_008,
            ok,
            out,
            || "`{job}` left SUSPENDED although no client asked for it".to_owned(),
            || "SUSPENDED to last until Resume, Complete or Cancel succeeds".to_owned(),
        );
    }

    /// DO-STATE-005.
    fn acknowledged(self, out: &mut Findings) {
        self.judge(
            RuleId::DO_STATE_005,
            self.is_by(Stimulus::Complete),
            out,
            || "`{job}` became ACKNOWLEDGED without a successful Complete".to_owned(),
            || "a Complete call that returned a success code as the cause".to_owned(),
        );
    }

    /// DO-STATE-006.
    fn cancelled(self, job: &JobView, out: &mut Findings) {
        let (_, age) = self.view.ages(job, self.event.at, self.event.wall);
        let limit = self.view.setup.delivery.age_limit;
        let aged = self.cause == Stimulus::JobTooOld && age >= limit;
        self.judge(
            RuleId::DO_STATE_006,
            aged || self.is_by(Stimulus::Cancel),
            out,
            || "`{job}` became CANCELLED although nobody cancelled it".to_owned(),
            || {
                let days = limit.as_secs() / 86_400;
                format!("a successful Cancel call or an age of {days} days as the cause")
            },
        );
    }

    /// DO-STATE-007, and a chance for DO-STATE-013.
    fn transferred(self, job: &JobView, out: &mut Findings) {
        out.held(RuleId::DO_STATE_013);
        let missing = job
            .files
            .iter()
            .position(|file| !file.finished || file.size.is_some_and(|size| size != file.done));
        out.ensure(RuleId::DO_STATE_007, missing.is_none(), self.event, || {
            let index = missing.unwrap_or(0);
            let (done, size) =
                job.files.get(index).map_or((0, None), |file| (file.done, file.size));
            let size = size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
            (
                "`{job}` became TRANSFERRED before every file had arrived".to_owned(),
                "TRANSFERRED once every file has been transferred in full".to_owned(),
                format!("file {} is at {done} of {size} bytes", index + 1),
            )
        });
    }

    /// DO-STATE-013: errors and finished files do not suspend a job, and nothing else does.
    fn suspended(self, out: &mut Findings) {
        self.judge(
            RuleId::DO_STATE_013,
            self.is_by(Stimulus::Suspend),
            out,
            || "`{job}` became SUSPENDED although nobody suspended it".to_owned(),
            || "SUSPENDED to be entered by a successful Suspend only".to_owned(),
        );
    }
}

/// No byte arrives for a job in QUEUED (DO-STATE-012); nothing is tried and nothing moves for one
/// in ERROR or TRANSFERRED (DO-STATE-013).
pub(super) fn active(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    let Some(job) = view.job(id) else { return };
    let bytes = matches!(event.what, Happened::Bytes { .. });
    let rule = match job.state {
        JobState::Queued if bytes => RuleId::DO_STATE_012,
        JobState::Error | JobState::Transferred => RuleId::DO_STATE_013,
        _ => return,
    };
    out.ensure(rule, false, event, || {
        (
            format!("`{{job}}` became active in {}", job.state),
            match job.state {
                JobState::Queued => "no data in QUEUED, where a job waits to run".to_owned(),
                state => format!("no attempt and no data in {state}"),
            },
            match event.what {
                Happened::Bytes { done, .. } => format!("data moved, up to byte {done}"),
                Happened::Requested { file, .. } => format!("file {} was requested", file.0 + 1),
                _ => "an attempt began".to_owned(),
            },
        )
    });
}
