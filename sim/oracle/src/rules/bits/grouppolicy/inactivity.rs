//! BITS-GROUPPOLICY-001 to -003: jobs without activity are cancelled.

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::trace::{End, FileChange, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, JobId, JobState, JobType, RuleId, SimTime, Span, Stimulus};

/// What is known of inactivity.
#[derive(Debug, Clone)]
pub(super) struct Inactivity {
    /// The shortest and the longest period that has been in force.
    shortest: Span,
    longest: Span,
    /// The wall clock was moved, so a restart may move the deadlines as well.
    clock_moved: bool,
    /// Deadlines can no longer be told.
    blurred: bool,
    /// When to look for jobs that are overdue.
    next: SimTime,
    /// The job cancelled for inactivity at this instant, until it is over.
    cancelled: Vec<JobId>,
    at: SimTime,
}

impl Inactivity {
    pub(super) fn new(setup: &Setup) -> Self {
        let period = setup.policies.job_inactivity_timeout;
        Self {
            shortest: period,
            longest: period,
            clock_moved: false,
            blurred: false,
            next: SimTime::ZERO + period + AT_ONCE,
            cancelled: Vec::new(),
            at: SimTime::ZERO,
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        let cancelled = if self.cancelled.is_empty() { kinds::NEVER } else { kinds::after(self.at) };
        cancelled.min(kinds::after(self.next))
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if !self.cancelled.is_empty() && self.at != event.at {
            self.files_are_gone(view, event, out);
        }
        if event.at > self.next {
            self.overdue(view, event.at, event, out);
        }
        match &event.what {
            Happened::Env(what) => self.env(what),
            Happened::State { job, to: JobState::Cancelled, cause, .. }
                if *cause == Stimulus::InactivityTimeoutExpires =>
            {
                let Some(known) = view.job(*job) else { return };
                self.not_early(known, event, out);
                self.at = event.at;
                self.cancelled.push(*job);
            }
            Happened::File(file)
                if file.what == FileChange::RemovedFromServer
                    && self.cancelled.contains(&file.job) =>
            {
                uploads_stay(view, event, file.job, file.file, out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        if matches!(end, End::Settled(_)) || self.at < end.at() {
            self.files_are_gone(view, last, out);
        }
        self.overdue(view, end.at(), last, out);
    }

    fn env(&mut self, what: &Disturbance) {
        match what {
            Disturbance::PoliciesChange(policies) => {
                let period = policies.job_inactivity_timeout;
                self.shortest = self.shortest.min(period);
                self.longest = self.longest.max(period);
            }
            Disturbance::WallClockMoves(_) => self.clock_moved = true,
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                // No page says whether this deadline follows the clock as the others do.
                self.blurred |= self.clock_moved;
            }
            _ => {}
        }
    }

    /// BITS-GROUPPOLICY-001 and -002: the period has passed since the last activity.
    fn not_early(&self, job: &JobView, event: &Event, out: &mut Findings) {
        if self.blurred {
            return;
        }
        let idle = event.at.since(job.active_at);
        let restarted = job.active_at > job.created;
        if idle >= self.shortest {
            out.held(RuleId::BITS_GROUPPOLICY_001);
            if restarted {
                out.held(RuleId::BITS_GROUPPOLICY_002);
            }
            return;
        }
        let too_old = event.at.since(job.created) >= self.shortest;
        let rule = if restarted && too_old {
            RuleId::BITS_GROUPPOLICY_002
        } else {
            RuleId::BITS_GROUPPOLICY_001
        };
        out.ensure(rule, false, event, || {
            (
                "`{job}` was cancelled for inactivity too early".to_owned(),
                format!("cancellation {} after the last activity", self.shortest),
                format!("the last activity was only {idle} ago, at {}", job.active_at),
            )
        });
    }

    /// BITS-GROUPPOLICY-001 and -002: once it has passed, the job is gone.
    fn overdue(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        // A job that is created now is not due before this.
        let mut next = now + self.longest;
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            if job.gone || job.state.is_final() {
                continue;
            }
            let due = job.active_at + self.longest + AT_ONCE;
            if due >= now {
                next = next.min(due);
            } else if !job.state.is_running() && !self.blurred {
                // Data that moves is activity, recorded when the move ends.
                let tried = job.last_outcome.is_some_and(|(_, at)| at > job.active_at);
                let rule =
                    if tried { RuleId::BITS_GROUPPOLICY_002 } else { RuleId::BITS_GROUPPOLICY_001 };
                let why = (
                    "`{job}` was not cancelled for inactivity".to_owned(),
                    format!("CANCELLED {} after the last activity", self.longest),
                    format!("{} at {now}, the last activity was at {}", job.state, job.active_at),
                );
                about::broken(out, rule, Some(id), event, why);
            }
        }
        self.next = next;
    }

    /// BITS-GROUPPOLICY-003: no temporary file stays behind.
    fn files_are_gone(&mut self, view: &View, event: &Event, out: &mut Findings) {
        while let Some(id) = self.cancelled.pop() {
            let Some(job) = view.job(id) else { continue };
            let ok = job.state == JobState::Cancelled
                && (job.job_type != JobType::Download
                    || job.files.iter().all(|file| !file.temporary || file.kept));
            about::ensure(out, RuleId::BITS_GROUPPOLICY_003, ok, id, event, || {
                (
                    "cancelling `{job}` for inactivity left temporary files behind".to_owned(),
                    "CANCELLED, and every temporary file deleted".to_owned(),
                    format!("{}, and a temporary file still there", job.state),
                )
            });
        }
    }
}

/// BITS-GROUPPOLICY-003: what was uploaded in full stays on the server.
fn uploads_stay(
    view: &View,
    event: &Event,
    id: JobId,
    file: bitsim_vocab::FileId,
    out: &mut Findings,
) {
    let whole = view.job(id).and_then(|job| job.file(file)).is_some_and(|file| file.finished);
    if whole {
        out.ensure(RuleId::BITS_GROUPPOLICY_003, false, event, || {
            (
                "cancelling `{job}` for inactivity removed its upload from the server".to_owned(),
                "a file that was uploaded in full is left alone".to_owned(),
                "the file was removed".to_owned(),
            )
        });
    }
}
