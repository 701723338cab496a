//! Timers of a job, time stamps, and what a restart makes of both.

use super::Bits;
use super::apply::Cause;
use super::job::{Incident, Stamp};
use crate::outside::Outside;
use crate::sabotage::Hook;
use crate::timers::Due;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::stands::ChangedDelay;
use bitsim_vocab::trace::{Timer, TimerEvent};
use bitsim_vocab::{Happened, Hresult, JobId, JobState, SimTime, Span, Stimulus};

impl Bits {
    /// This instant on both clocks.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp { ticks: i64::try_from(self.env.now.0).unwrap_or(i64::MAX), wall: self.env.wall() }
    }

    /// ModificationTime moves to now.
    pub(super) fn touch(&mut self, job: JobId) {
        let wall = self.env.wall();
        self.job_mut(job).modified = wall;
    }

    /// The inactivity period restarts.
    pub(super) fn activity(&mut self, job: JobId) {
        let stamp = self.stamp();
        self.job_mut(job).active_at = stamp;
    }

    /// Sets a timer and says so. Timers that are set again all the time (inactivity, slices,
    /// maximum download time) are told only when they fire.
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
        if due == Due::Inactivity {
            self.inactivity_fired(out, job);
            return;
        }
        if let Some(timer) = due.documented() {
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Fired });
        }
        match due {
            Due::Retry => self.deliver(out, job, &Cause::event(Stimulus::RetryDelayExpires)),
            Due::NoProgress => {
                self.deliver(out, job, &Cause::event(Stimulus::NoProgressTimeoutExpires));
            }
            Due::MaxDownload => {
                let incident = Incident::of_queue(Hresult::BG_E_MAXDOWNLOAD_TIMEOUT);
                let stimulus = Stimulus::MaximumDownloadTimeExceeded;
                self.deliver(out, job, &Cause::incident(stimulus, incident));
            }
            Due::Slice => self.slice_fired(out, job),
            Due::CancelRequest => self.request_cancel(out, job),
            Due::CancelWindow => self.end_cancel_window(out, job),
            Due::NotifyAgain => self.notify_again_fired(job),
            _ => {}
        }
    }

    /// The slice is over. A connection attempt goes on; its slice ends with its outcome.
    fn slice_fired(&mut self, out: &mut Outside<'_>, job: JobId) {
        if self.job(job).state == JobState::Connecting {
            self.job_mut(job).slice_over = true;
        } else {
            self.settle_bytes(out, job);
            self.env.emit(out, Happened::SliceEnded { job });
        }
        self.deliver(out, job, &Cause::event(Stimulus::TimeSliceEnds));
    }

    /// The inactivity timer is set once and looks, when it fires, whether there was activity since.
    fn inactivity_fired(&mut self, out: &mut Outside<'_>, job: JobId) {
        self.settle_bytes(out, job);
        let due = self.inactivity_due(job);
        if due > self.env.now {
            self.jobs.set(job, Due::Inactivity, due);
            return;
        }
        let timer = Timer::JobInactivityTimeout;
        self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Fired });
        self.deliver(out, job, &Cause::event(Stimulus::InactivityTimeoutExpires));
    }

    fn inactivity_due(&self, job: JobId) -> SimTime {
        self.job(job).active_at.plus(self.env.policies.job_inactivity_timeout)
    }

    /// Sets the inactivity timer by the policy in force.
    pub(super) fn set_inactivity(&mut self, job: JobId) {
        let due = self.inactivity_due(job).max(self.env.now);
        self.jobs.set(job, Due::Inactivity, due);
    }

    /// The time limit for the job, if its version has one.
    fn time_limit(&self, job: JobId) -> Option<Span> {
        self.env.since(3, 0).then(|| {
            let own = self.job(job).maximum_download_time;
            own.map_or(self.env.policies.max_download_time, |secs| Span::secs(u64::from(secs)))
        })
    }

    /// Sets the timer for the maximum download time of a running job.
    pub(super) fn set_max_download(&mut self, id: JobId) {
        let Some(limit) = self.time_limit(id) else { return };
        let job = self.job(id);
        let due = job.running_since + Span(limit.0.saturating_sub(job.active.0));
        let due = due.max(self.env.now);
        self.jobs.set(id, Due::MaxDownload, due);
    }

    /// The measurement of the maximum download time starts anew.
    pub(super) fn restart_max_download(&mut self, id: JobId) {
        let now = self.env.now;
        let job = self.job_mut(id);
        job.active = Span::ZERO;
        job.running_since = now;
        if job.state.is_running() {
            self.set_max_download(id);
        }
    }

    /// A setter changed a period that is running.
    pub(super) fn recompute(&mut self, out: &mut Outside<'_>, id: JobId, call: &JobCall) {
        let at_once = self.env.setup.stands.changed_delay == ChangedDelay::AtOnce;
        let now = self.env.now;
        let factor = if self.is_sabotaged(Hook::ChangedDelayIsDoubled) { 2 } else { 1 };
        let job = self.job(id);
        match call {
            JobCall::SetMaximumDownloadTime(_) => self.set_max_download(id),
            JobCall::SetMinimumRetryDelay(_) if at_once => {
                if let Some(at) = job.error_at
                    && self.jobs.due(id, Due::Retry).is_some()
                {
                    let due = at.plus(Span(job.retry_delay().0 * factor)).max(now);
                    self.set_timer(out, id, Due::Retry, due);
                }
            }
            JobCall::SetNoProgressTimeout(_) if at_once => {
                if let Some(first) = job.first_transient
                    && self.jobs.due(id, Due::NoProgress).is_some()
                {
                    let due = first.plus(Span(job.no_progress().0 * factor)).max(now);
                    self.set_timer(out, id, Due::NoProgress, due);
                }
            }
            _ => {}
        }
    }

    /// After a restart, periods go by the wall clock: what it says has passed has passed.
    pub(super) fn retime(&mut self, out: &mut Outside<'_>, id: JobId) {
        match self.hook {
            Some(Hook::RestartKeepsTheOldClock) => return,
            Some(Hook::RestartResetsTheCount) => self.reset_count(out, id),
            Some(Hook::RestartResetsProperties) => self.job_mut(id).minimum_retry_delay = 600,
            _ => {}
        }
        let now = self.stamp();
        let align = |stamp: Stamp| {
            let age = i128::from(now.wall.0) - i128::from(stamp.wall.0);
            let ticks = i128::from(now.ticks) - age;
            Stamp { ticks: ticks.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64, ..stamp }
        };
        let job = self.job_mut(id);
        job.error_at = job.error_at.map(align);
        job.first_transient = job.first_transient.map(align);
        job.active_at = align(job.active_at);
        let at = self.env.now;
        let job = self.job(id);
        let retry = job.error_at.map(|stamp| stamp.plus(job.retry_delay()).max(at));
        let expiry = job.first_transient.map(|stamp| stamp.plus(job.no_progress()).max(at));
        if let (Some(due), Some(_)) = (retry, self.jobs.due(id, Due::Retry)) {
            self.set_timer(out, id, Due::Retry, due);
        }
        if let (Some(due), Some(_)) = (expiry, self.jobs.due(id, Due::NoProgress)) {
            self.set_timer(out, id, Due::NoProgress, due);
        }
        self.set_inactivity(id);
    }
}

/// The timer whose setting and stopping the trace tells.
fn told(due: Due) -> Option<Timer> {
    match due {
        Due::Retry
        | Due::NoProgress
        | Due::NotifyAgain
        | Due::CancelRequest
        | Due::CancelWindow => due.documented(),
        _ => None,
    }
}
