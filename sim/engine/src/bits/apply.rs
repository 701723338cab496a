//! How a stimulus reaches a job: the table decides, [`Bits::apply`] does it, and
//! [`Bits::enter`] is the only function that writes the state of a job.

use super::Bits;
use super::job::{Incident, Phase};
use super::table::{Case, Guard};
use crate::outside::Outside;
use crate::sabotage::Hook;
use crate::timers::Due;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::{ClientId, Happened, JobId, JobState, Stimulus};

/// What reaches a job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause<'a> {
    pub(super) stimulus: Stimulus,
    /// The client that calls, if it is a call.
    pub(super) by: Option<ClientId>,
    /// The call, if it is one on a job.
    pub(super) call: Option<&'a JobCall>,
    /// What went wrong, or what forbids the job.
    pub(super) incident: Option<Incident>,
}

impl Cause<'_> {
    pub(super) const fn event(stimulus: Stimulus) -> Self {
        Self { stimulus, by: None, call: None, incident: None }
    }

    pub(super) const fn incident(stimulus: Stimulus, incident: Incident) -> Self {
        Self { stimulus, by: None, call: None, incident: Some(incident) }
    }
}

impl Bits {
    /// The case of the table that applies; `None` if the combination cannot arise.
    pub(super) fn decide(&self, job: JobId, cause: &Cause<'_>) -> Option<Case> {
        let id = job;
        let job = self.job(id);
        let state = job.state;
        let cases = self.table.cell(cause.stimulus, state);
        let mut cases = cases.iter().enumerate();
        let taken = cases.find(|(_, case)| {
            case.when == Guard::Otherwise || self.holds(case.when, id, job, cause)
        });
        if let Some(touched) = &self.touched {
            touched.note(cause.stimulus, state, taken.map(|(place, _)| place));
        }
        taken.map(|(_, case)| *case)
    }

    /// Lets an event reach a job.
    pub(super) fn deliver(&mut self, out: &mut Outside<'_>, job: JobId, cause: &Cause<'_>) {
        // The wall clock steers nothing, not even when somebody looks at how far the bytes are.
        if cause.stimulus != Stimulus::SystemClockChanged {
            self.settle_bytes(out, job);
        }
        if let Some(case) = self.decide(job, cause) {
            self.apply(out, job, &case, cause);
        }
    }

    /// Does what a case says.
    pub(super) fn apply(
        &mut self,
        out: &mut Outside<'_>,
        job: JobId,
        case: &Case,
        cause: &Cause<'_>,
    ) {
        let state = self.job(job).state;
        let next = case.next.filter(|next| *next != state);
        let during = state;
        if let Some(next) = next
            && state.is_running()
            && !next.is_running()
        {
            let outcome = outcome(cause, next);
            self.env.emit(out, Happened::AttemptEnded { job, outcome });
        }
        for effect in case.effects.iter().filter(|effect| effect.comes_first()) {
            self.perform(out, job, *effect, cause, during);
        }
        match self.hook {
            Some(Hook::Counts(stimulus)) if stimulus == cause.stimulus && next.is_some() => {
                self.raise_count(out, job);
            }
            Some(Hook::CountsTwice(stimulus)) if stimulus == cause.stimulus && next.is_some() => {
                self.raise_count(out, job);
                self.raise_count(out, job);
            }
            _ => {}
        }
        if let Some(next) = next {
            self.enter(out, job, next, cause);
        }
        for effect in case.effects.iter().filter(|effect| !effect.comes_first()) {
            self.perform(out, job, *effect, cause, during);
        }
        if next.is_none() && !case.effects.is_empty() {
            self.look_again(job);
        }
    }

    /// Writes the state. What depends on the state alone follows here: timers that run only in one
    /// state, the place in the line, the notice of a job at rest.
    fn enter(&mut self, out: &mut Outside<'_>, id: JobId, next: JobState, cause: &Cause<'_>) {
        let from = self.job(id).state;
        let flows_on = match self.hook {
            Some(Hook::SuspendedJobsGoOn) => next == JobState::Suspended,
            Some(Hook::ErrorsDoNotStopTheFlow) => next.is_error(),
            _ => false,
        };
        if from.is_running() && !next.is_running() && !flows_on {
            self.stop_running(id);
        }
        if from == JobState::TransientError {
            self.stop_waiting(out, id);
        }
        if matches!(from, JobState::Error | JobState::Transferred) {
            self.drop_notice(out, id);
        }
        let stimulus = cause.stimulus;
        self.env.emit(out, Happened::State { job: id, from, to: next, cause: stimulus });
        self.step_out_of_line(id);
        self.job_mut(id).state = next;
        self.touch(id);
        match next {
            JobState::Queued => {
                let place = self.next_place;
                self.job_mut(id).place = place;
                self.next_place += 1;
            }
            JobState::TransientError => self.start_waiting(out, id),
            JobState::Error | JobState::Suspended => self.job_mut(id).in_phase = false,
            JobState::Acknowledged | JobState::Cancelled => self.leave_line(out, id),
            JobState::Connecting | JobState::Transferring | JobState::Transferred => {}
        }
        self.step_into_line(id);
        if !next.is_final() && !matches!(next, JobState::Error | JobState::Transferred) {
            self.tell(id);
        }
        let told = match self.hook {
            Some(Hook::TransientErrorsAreTold) => next == JobState::TransientError,
            Some(Hook::FinalStatesAreTold) => next.is_final(),
            _ => false,
        };
        if told {
            self.raise_notice(id);
        }
        self.reschedule = true;
    }

    fn stop_running(&mut self, id: JobId) {
        let now = self.env.now;
        self.jobs.stop_all(id, &[Due::Flow, Due::MaxDownload, Due::Slice]);
        let job = self.job_mut(id);
        job.active = job.active + now.since(job.running_since);
        job.phase = Phase::Idle;
        job.slice_over = false;
    }

    fn start_waiting(&mut self, out: &mut Outside<'_>, id: JobId) {
        let stamp = self.stamp();
        let now = self.env.now;
        let rests = self.no_progress_rests();
        let late = self.is_sabotaged(Hook::LongDelaysAreRetried);
        let job = self.job_mut(id);
        job.error_at = Some(stamp);
        if job.waits_for_block() && rests {
            job.blocked_since = Some(now);
            return;
        }
        if !job.waits_for_block() {
            job.in_phase = true;
        }
        let first = *job.first_transient.get_or_insert(stamp);
        let mut due = first.plus(job.no_progress());
        if late {
            due = due.max(stamp.plus(job.retry_delay()));
        }
        self.set_timer(out, id, Due::NoProgress, due);
    }

    fn stop_waiting(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.stop_timer(out, id, Due::Retry);
        self.stop_timer(out, id, Due::NoProgress);
        let now = self.env.now;
        let job = self.job_mut(id);
        if let (Some(since), Some(first)) = (job.blocked_since.take(), &mut job.first_transient) {
            let rested = now.since(since);
            first.ticks = first.ticks.saturating_add_unsigned(rested.0);
            first.wall = first.wall + rested;
        }
    }

    /// The job is final: it wants nothing any more.
    fn leave_line(&mut self, out: &mut Outside<'_>, id: JobId) {
        for (due, _) in self.jobs.of_job(id).collect::<Vec<_>>() {
            if !matches!(due, Due::NoteEnds | Due::ModificationEnds) {
                self.stop_timer(out, id, due);
            }
        }
        self.drop_notice(out, id);
        self.job_mut(id).modification_due = false;
    }
}

/// How the attempt ends that `cause` takes out of CONNECTING or TRANSFERRING.
fn outcome(cause: &Cause<'_>, next: JobState) -> AttemptOutcome {
    match cause.incident {
        Some(incident) if incident.code.is_block() => {
            AttemptOutcome::Blocked { code: incident.code }
        }
        Some(incident) => AttemptOutcome::Failed { code: incident.code, class: incident.class },
        None if next == JobState::Transferred => AttemptOutcome::Finished,
        None => AttemptOutcome::Stopped { by: cause.stimulus },
    }
}
