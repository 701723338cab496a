//! DO-RESUME: what Resume does in each state, and that it goes on where Suspend stopped.

mod kept;
mod names;

use super::effect::ensure_one_of;
use crate::findings::Findings;
use crate::rules::about;
use crate::view::latest::LatestCall;
use crate::view::{JobView, View};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::{AttemptOutcome, End, FileChange, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, FileId, Hresult, JobId, JobState, RuleId, SimTime, Stimulus};
use kept::{Kept, can_resume};
use names::Names;

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_RESUME_001,
    RuleId::DO_RESUME_002,
    RuleId::DO_RESUME_003,
    RuleId::DO_RESUME_004,
    RuleId::DO_RESUME_005,
    RuleId::DO_RESUME_006,
    RuleId::DO_RESUME_007,
    RuleId::DO_RESUME_008,
];

/// DO-RESUME.
#[derive(Debug, Clone)]
pub(super) struct Resume {
    jobs: Vec<Job>,
    /// What the latest Resume met.
    met: Met,
    kept: Kept,
    names: Names,
}

/// What must be remembered about a job.
#[derive(Debug, Clone, Copy, Default)]
struct Job {
    /// A Resume out of ERROR or TRANSIENT_ERROR that no attempt has followed yet.
    owed: Option<SimTime>,
    /// True once the job has been TRANSFERRED.
    had_all: bool,
}

/// What was true of a job when Resume came; other jobs may take or leave slots before all effects of
/// the call have been recorded.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    empty: bool,
    all_finished: bool,
    blocked: bool,
    runs_at_once: bool,
}

impl Resume {
    pub(super) fn new(_: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            met: Met::default(),
            kept: Kept::default(),
            names: Names::default(),
        }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            self.resumed(view, call, out);
        }
        if let Some(id) = event.what.job() {
            self.attempt_is_due(view, event, id, event.at, false, out);
        }
        self.kept.observe(view, event, out);
        self.names.observe(view, event, out);
        match &event.what {
            Happened::Created(_) => self.jobs.push(Job::default()),
            Happened::Called(called) => {
                if let Call::Job(id, JobCall::Resume) = called.call
                    && let Some(job) = view.job(id)
                {
                    self.met = Met::new(view, id, job);
                }
            }
            Happened::State { job, from, to, cause } => {
                self.moved(event, *job, (*from, *to), *cause, out);
            }
            Happened::AttemptBegan { job, .. } => {
                if let Some(job) = self.jobs.get_mut(job.index())
                    && job.owed.take().is_some()
                {
                    out.held(RuleId::DO_RESUME_004);
                }
            }
            Happened::AttemptEnded { job, outcome: AttemptOutcome::Stopped { by } }
                if *by == Stimulus::Resume =>
            {
                disturbed(event, *job, "the running attempt was stopped", out);
            }
            Happened::Requested { job, file, .. }
            | Happened::Bytes { job, file, of: Payload::File, .. } => {
                self.fetched(view, event, *job, *file, out);
            }
            Happened::File(file) if file.what == FileChange::Restarted => {
                self.fetched(view, event, file.job, file.file, out);
                // By now the job may have moved on from where the call found it.
                let found = view.latest_call.filter(|call| is_active(call.before));
                let active = found.and_then(|_| view.job(file.job));
                // A server without ranges sends every file from its first byte on, whenever its answer
                // comes.
                let lost = active.and_then(|job| job.file(file.file));
                let lost = lost.filter(|file| can_resume(view, &file.remote));
                let lost = lost.map_or(0, |file| file.done);
                if lost > 0 && view.effect_of(event, file.job, Stimulus::Resume) {
                    disturbed(event, file.job, &format!("{lost} bytes were dropped"), out);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            self.resumed(view, call, out);
        }
        let settled = matches!(end, End::Settled(_));
        for id in (0..).map(JobId).take(self.jobs.len()) {
            self.attempt_is_due(view, last, id, end.at(), settled, out);
        }
    }

    fn moved(
        &mut self,
        event: &Event,
        id: JobId,
        (from, to): (JobState, JobState),
        cause: Stimulus,
        out: &mut Findings,
    ) {
        let Some(job) = self.jobs.get_mut(id.index()) else { return };
        if from.is_error() && cause == Stimulus::Resume {
            job.owed = Some(event.at);
        } else if to != JobState::Transferring {
            // A call, a log-off or a block came first; the block's own retry is DO-RETRY-009.
            job.owed = None;
        }
        if to == JobState::Transferred && std::mem::replace(&mut job.had_all, true) {
            out.held(RuleId::DO_RESUME_006);
        }
    }

    /// Judges a Resume once all its effects have been recorded.
    fn resumed(&self, view: &View, call: &LatestCall, out: &mut Findings) {
        if call.stimulus != Stimulus::Resume || !call.admitted {
            return;
        }
        let Some(job) = view.job(call.job) else { return };
        let (ok, met) = (Hresult::S_OK, self.met);
        match call.before {
            JobState::Acknowledged | JobState::Cancelled => {
                if view.kept_pointer(call.by, job) {
                    let refused = Hresult::DO_E_INVALID_STATE;
                    call.ensure_effect(out, RuleId::DO_RESUME_003, refused, None);
                }
            }
            _ if met.empty => {
                call.ensure_effect(out, RuleId::DO_RESUME_002, Hresult::DO_E_JOB_EMPTY, None);
            }
            JobState::Suspended => {
                ensure_one_of(call, out, RuleId::DO_RESUME_001, ok, &met.moves(call.before));
            }
            JobState::Error | JobState::TransientError => {
                ensure_one_of(call, out, RuleId::DO_RESUME_004, ok, &met.moves(call.before));
            }
            JobState::Queued | JobState::Connecting | JobState::Transferring => {
                call.ensure_effect(out, RuleId::DO_RESUME_005, ok, None);
            }
            JobState::Transferred if met.all_finished => {
                call.ensure_effect(out, RuleId::DO_RESUME_006, ok, None);
            }
            JobState::Transferred => {
                ensure_one_of(call, out, RuleId::DO_RESUME_006, ok, &met.moves(call.before));
            }
        }
    }

    /// DO-RESUME-004: an attempt follows at once where the job is TRANSFERRING, else as soon as a
    /// slot is free.
    fn attempt_is_due(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        now: SimTime,
        settled: bool,
        out: &mut Findings,
    ) {
        let Some(state) = self.jobs.get_mut(id.index()) else { return };
        let (Some(since), Some(job)) = (state.owed, view.job(id)) else { return };
        let due = match job.state {
            JobState::Transferring => settled || now > job.since,
            JobState::Queued => settled && Met::new(view, id, job).runs_at_once,
            _ => false,
        };
        if !due || job.gone {
            return;
        }
        state.owed = None;
        let why = (
            "Resume of `{job}` after an error led to no attempt".to_owned(),
            "a new attempt, without waiting for the internal retry schedule".to_owned(),
            format!("none began since Resume at {since}; the job is {}", job.state),
        );
        about::broken(out, RuleId::DO_RESUME_004, Some(id), event, why);
    }

    /// DO-RESUME-006: what a job that was TRANSFERRED has in full is not fetched again.
    fn fetched(&self, view: &View, event: &Event, id: JobId, file: FileId, out: &mut Findings) {
        let again = self.jobs.get(id.index()).is_some_and(|job| job.had_all);
        let Some(job) = view.job(id).filter(|_| again) else { return };
        if job.file(file).is_some_and(|file| file.finished) {
            out.ensure(RuleId::DO_RESUME_006, false, event, || {
                (
                    "a file of `{job}` that was there in full is fetched again".to_owned(),
                    "only the files added in TRANSFERRED to be transferred".to_owned(),
                    format!("file {} is fetched again", file.0 + 1),
                )
            });
        }
    }
}

impl Met {
    fn new(view: &View, id: JobId, job: &JobView) -> Self {
        let blocked = view.delivery_blocked(job);
        Self {
            empty: job.files.is_empty(),
            all_finished: job.all_finished(),
            blocked,
            runs_at_once: !blocked && view.owner_present(job) && view.slot_is_free(id),
        }
    }

    /// Where Resume may move the job: to TRANSFERRING; to QUEUED where no slot is free or the owner
    /// is away; during a block as well to the state in which a blocked job waits.
    fn moves(self, before: JobState) -> Vec<Option<JobState>> {
        let mut moves = vec![Some(JobState::Transferring)];
        if !self.runs_at_once {
            moves.push(Some(JobState::Queued));
        }
        if self.blocked {
            let waits = Some(JobState::TransientError);
            moves.push(waits.filter(|state| *state != before));
        }
        if self.all_finished {
            moves.push(Some(JobState::Transferred));
        }
        moves
    }
}

/// True for the states in which Resume changes nothing.
fn is_active(state: JobState) -> bool {
    matches!(state, JobState::Queued | JobState::Transferring)
}

/// DO-RESUME-005: Resume of an active job loses nothing.
fn disturbed(event: &Event, id: JobId, actual: &str, out: &mut Findings) {
    let why = (
        "Resume disturbed `{job}`, which was active already".to_owned(),
        "nothing to change".to_owned(),
        actual.to_owned(),
    );
    about::broken(out, RuleId::DO_RESUME_005, Some(id), event, why);
}

#[cfg(test)]
mod tests;
