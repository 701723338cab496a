//! Timers of a job and its time stamps.
//!
//! The no-progress window counts time in TRANSFERRING and TRANSIENT_ERROR since the last new byte
//! and rests elsewhere. While bytes move its timer is left where it is; when it fires, the job
//! looks whether bytes have come since.

use super::apply::Cause;
use super::job::{Incident, Job, Phase};
use super::{Hook, Legacy};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::trace::{Timer, TimerEvent};
use bitsim_vocab::{Happened, Hresult, JobId, JobState, SimTime, Span};

impl Legacy {
    /// ModificationTime moves to now.
    pub(super) fn touch(&mut self, job: JobId) {
        let wall = self.env.wall();
        self.job_mut(job).modified = wall;
    }

    /// Sets a timer and says so.
    pub(super) fn set_timer(&mut self, out: &mut Outside<'_>, job: JobId, due: Due, at: SimTime) {
        self.jobs.set(job, due, at);
        if let Some(timer) = told(due) {
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Armed { due: at } });
        }
    }

    /// Stops a timer, if it runs, and says so.
    pub(super) fn stop_timer(&mut self, out: &mut Outside<'_>, job: JobId, due: Due) {
        if self.jobs.stop(job, due)
            && let Some(timer) = told(due)
        {
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Stopped });
        }
    }

    /// A timer of a job has fired.
    pub(super) fn timer_fired(&mut self, out: &mut Outside<'_>, job: JobId, due: Due) {
        if due == Due::NoProgress && !self.window_is_over(out, job) {
            return;
        }
        let timer = if due == Due::AgeLimit { Some(Timer::AgeLimit) } else { told(due) };
        if let Some(timer) = timer {
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Fired });
        }
        match due {
            Due::Retry => self.deliver(out, job, &Cause::event(Row::RetryDelayElapsed)),
            Due::NoProgress => {
                let incident = Incident::failure(Hresult::DO_E_DOWNLOAD_NO_PROGRESS, None, None);
                let cause = Cause::incident(Row::NoProgressTimeoutElapsed, incident);
                self.deliver(out, job, &cause);
            }
            Due::AgeLimit => self.deliver(out, job, &Cause::event(Row::TooOld)),
            Due::NotifyAgain => self.notify_again_fired(job),
            _ => {}
        }
    }

    /// True if the no-progress window is over although bytes may have come since its timer was
    /// set; else the timer is set again.
    fn window_is_over(&mut self, out: &mut Outside<'_>, id: JobId) -> bool {
        self.settle_bytes(out, id);
        match self.window_end(self.job(id)) {
            Some(end) if end > self.env.now => {
                self.set_timer(out, id, Due::NoProgress, end);
                false
            }
            _ => true,
        }
    }

    /// Brings the no-progress window and its timer in line with the job. In TRANSIENT_ERROR only a
    /// call can make a window end that is over already: else its timer has fired.
    pub(super) fn retime(&mut self, out: &mut Outside<'_>, id: JobId, by_call: bool) {
        let now = self.env.now;
        let counts = counts(self.job(id)) || self.is_sabotaged(Hook::NoProgressRunsAtRest);
        let job = self.job_mut(id);
        match (counts, job.counting_since) {
            (true, None) => job.counting_since = Some(now),
            (false, Some(since)) => {
                job.counted = job.counted + now.since(since);
                job.counting_since = None;
            }
            _ => {}
        }
        let job = self.job(id);
        let moving = matches!(job.phase, Phase::Moving(_));
        let has_fired = job.state == JobState::TransientError && !by_call;
        match (self.window_end(job), self.jobs.due(id, Due::NoProgress)) {
            (None, _) => self.stop_timer(out, id, Due::NoProgress),
            (Some(end), None) if end <= now && has_fired => {}
            (Some(end), Some(set)) if end == set || (moving && set < end) => {}
            (Some(end), _) => self.set_timer(out, id, Due::NoProgress, end.max(now)),
        }
    }

    /// When the no-progress window ends if no byte comes. A timeout of 0 forbids retries, it does
    /// not forbid attempts.
    fn window_end(&self, job: &Job) -> Option<SimTime> {
        let since = job.counting_since?;
        let timeout = job.no_progress(&self.env.setup.delivery);
        let exempt = timeout == Span::ZERO && job.state == JobState::Transferring;
        (!exempt).then(|| since + Span(timeout.0.saturating_sub(job.counted.0)))
    }
}

/// True if time counts towards the no-progress timeout.
fn counts(job: &Job) -> bool {
    match job.state {
        JobState::Transferring => true,
        JobState::TransientError => !job.waits_for_block,
        _ => false,
    }
}

/// The timer whose setting and stopping the trace tells.
const fn told(due: Due) -> Option<Timer> {
    match due {
        Due::Retry => Some(Timer::InternalRetry),
        Due::NoProgress => Some(Timer::NoProgressTimeout),
        Due::NotifyAgain => Some(Timer::NotifyAgain),
        _ => None,
    }
}
