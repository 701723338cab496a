//! How a happening reaches a job: the table decides, [`Legacy::apply`] does it, and
//! [`Legacy::enter`] is the only function that writes the state of a job.

use super::job::{Incident, Phase};
use super::table::{Case, Effect};
use super::{Hook, Legacy};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::{ClientId, Happened, JobId, JobState};

/// What reaches a job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause<'a> {
    pub(super) row: Row,
    /// The client that calls, or that ends.
    pub(super) by: Option<ClientId>,
    /// The call, if it is one on a job.
    pub(super) call: Option<&'a JobCall>,
    /// What went wrong, or what forbids or forbade the job.
    pub(super) incident: Option<Incident>,
}

impl Cause<'_> {
    pub(super) const fn event(row: Row) -> Self {
        Self { row, by: None, call: None, incident: None }
    }

    pub(super) const fn incident(row: Row, incident: Incident) -> Self {
        Self { row, by: None, call: None, incident: Some(incident) }
    }
}

impl Legacy {
    /// The case of the table that applies; `None` if the combination cannot arise.
    pub(super) fn decide(&self, job: JobId, cause: &Cause<'_>) -> Option<Case> {
        let state = self.job(job).state;
        let cases = self.table.cell(cause.row, state);
        let taken = cases.iter().position(|case| self.holds(case.when, job, cause));
        if let Some(touched) = &self.touched {
            touched.note(cause.row, state, taken);
        }
        taken.map(|taken| cases[taken])
    }

    /// Lets an event reach a job.
    pub(super) fn deliver(&mut self, out: &mut Outside<'_>, job: JobId, cause: &Cause<'_>) {
        self.settle_bytes(out, job);
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
        if case.effects.contains(&Effect::Stall) {
            self.stall(out, job);
        }
        let state = self.job(job).state;
        let next = case.next.filter(|next| *next != state);
        if let Some(next) = next
            && state.is_running()
            && !next.is_running()
        {
            let outcome = outcome(cause, next);
            self.env.emit(out, Happened::AttemptEnded { job, outcome });
        }
        for effect in case.effects.iter().filter(|effect| effect.comes_first()) {
            self.perform(out, job, *effect, cause);
        }
        if let Some(next) = next {
            self.enter(out, job, next, cause);
        }
        for effect in case.effects.iter().filter(|effect| !effect.comes_first()) {
            self.perform(out, job, *effect, cause);
        }
        // A window that has run out and changes nothing must not run out again at once.
        if next.is_some() || cause.row != Row::NoProgressTimeoutElapsed {
            self.retime(out, job, cause.call.is_some());
        }
    }

    /// Writes the state. What depends on the state alone follows here: the place in the line, the
    /// transfer that stops, timers that run in one state only, the notice of a job at rest.
    fn enter(&mut self, out: &mut Outside<'_>, id: JobId, next: JobState, cause: &Cause<'_>) {
        let from = self.job(id).state;
        let flows_on = match self.hook {
            Some(Hook::SuspendedJobsGoOn) => next == JobState::Suspended,
            Some(Hook::QueuedJobsGoOn) => next == JobState::Queued,
            _ => false,
        };
        if from.is_running() && !next.is_running() && !flows_on {
            self.jobs.stop(id, Due::Flow);
            self.job_mut(id).phase = Phase::Idle;
        }
        if from == JobState::TransientError {
            self.stop_timer(out, id, Due::Retry);
        }
        self.drop_notice(out, id);
        let to = next;
        let stimulus = cause.row.stimulus();
        self.env.emit(out, Happened::State { job: id, from, to, cause: stimulus });
        if self.is_sabotaged(Hook::StatesAreToldTwice) {
            self.env.emit(out, Happened::State { job: id, from: to, to, cause: stimulus });
        }
        self.step_out_of_line(id);
        self.job_mut(id).state = next;
        self.touch(id);
        if next == JobState::Queued {
            self.job_mut(id).place = self.next_place;
            self.next_place += 1;
        }
        self.step_into_line(id);
        if next.is_final() {
            self.leave(out, id);
        } else {
            self.tell(id);
        }
        self.reschedule = true;
    }

    /// The job is final: it wants nothing any more.
    fn leave(&mut self, out: &mut Outside<'_>, id: JobId) {
        for (due, _) in self.jobs.of_job(id).collect::<Vec<_>>() {
            if !matches!(due, Due::NoteEnds | Due::ModificationEnds) {
                self.stop_timer(out, id, due);
            }
        }
        let job = self.job_mut(id);
        job.modification_due = false;
        job.counting_since = None;
    }
}

/// How the attempt ends that `cause` takes out of TRANSFERRING.
fn outcome(cause: &Cause<'_>, next: JobState) -> AttemptOutcome {
    match cause.incident {
        Some(incident) if incident.is_block => AttemptOutcome::Blocked { code: incident.code },
        Some(incident) => AttemptOutcome::Failed { code: incident.code, class: incident.class },
        None if next == JobState::Transferred => AttemptOutcome::Finished,
        None => AttemptOutcome::Stopped { by: cause.row.stimulus() },
    }
}
