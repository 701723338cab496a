//! DO-RETRY and DO-COST-001: how long a job may go without progress, and what blocks it.
//!
//! The no-progress time is worked out from states, bytes, calls and events of the trace; the
//! timers that the service reports are not believed. Where the contract of the pages leaves a
//! stretch of time open (the owner is logged off, a network whose cost nobody knows), the time is
//! kept twice ([`window`]): as short and as long as it can be.

mod blocks;
mod settings;
#[cfg(test)]
mod tests;
mod window;

use crate::findings::Findings;
use crate::rules::about;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::legacy::COST_FLAGS;
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Timer, TimerEvent};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, Span, Stimulus};
use blocks::{Blocked, Stay};
use window::Window;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_RETRY_001,
    RuleId::DO_RETRY_002,
    RuleId::DO_RETRY_003,
    RuleId::DO_RETRY_004,
    RuleId::DO_RETRY_005,
    RuleId::DO_RETRY_007,
    RuleId::DO_RETRY_008,
    RuleId::DO_RETRY_009,
    RuleId::DO_COST_001,
];

/// How much later than due something may happen.
const LATENESS: Span = Span::secs(5);
/// How much earlier: a byte that counts may have arrived before the record that tells of it.
const EARLINESS: Span = Span::secs(2);

/// DO-RETRY and DO-COST-001.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    jobs: Vec<Track>,
    /// How often the wall clock was set.
    jumps: u32,
    /// The shortest wait before a retry.
    shortest: Span,
    /// When network, blocks or conditions changed last.
    world_changed: SimTime,
    /// No job misses anything before this time.
    next: SimTime,
    /// Whose clocks the event before this one may have started or stopped.
    stale: Stale,
}

/// Jobs to be looked at again once the view knows the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stale {
    Nobody,
    Job(JobId),
    Everybody,
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    window: Window,
    stay: Stay,
    wait: Option<Wait>,
    /// How the attempt ended whose state change has not come yet.
    ended: Option<(AttemptOutcome, SimTime)>,
}

/// One stay in TRANSIENT_ERROR.
#[derive(Debug, Clone, Copy)]
struct Wait {
    /// [`Retry::jumps`] when it began.
    jumps: u32,
    /// When the retry was due, as told before the clock was set.
    due: Option<SimTime>,
    /// No retry may come before this, after a restart of the service.
    least: Option<SimTime>,
    /// The retry was put off for another reason.
    stopped: bool,
    told: bool,
}

impl Retry {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            jumps: 0,
            shortest: setup.delivery.retry_delays.iter().min().copied().unwrap_or(Span::ZERO),
            world_changed: SimTime::ZERO,
            next: SimTime(u64::MAX),
            stale: Stale::Nobody,
        }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.catch_up(view, out);
        if event.at > self.next {
            self.look_for_missing(view, event, event.at, out);
        }
        match &event.what {
            Happened::Created(_) => self.jobs.push(Track::default()),
            Happened::Env(what) => self.disturbed(what, event.at),
            _ => {}
        }
        let Some(id) = event.what.job() else { return };
        let (Some(job), Some(track)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        match &event.what {
            Happened::Called(called) => {
                settings::judge(view, job, event, called, out);
                track.called(view, job, event, called, self.jumps);
            }
            Happened::AttemptEnded { outcome, .. } => track.ended = Some((*outcome, event.at)),
            Happened::ErrorInfo { info, .. } => {
                track.blamed(view, job, event, info.code, self.world_changed, out);
            }
            Happened::Bytes { file, done, .. } => {
                let highest = job.file(*file).map_or(0, |file| file.highest);
                track.window.advance(event.at);
                track.window.bytes(event.at, *done > highest, self.jumps);
                track.stay.bytes(job, event, out);
            }
            Happened::Timer { timer: Timer::InternalRetry, what, .. } => {
                track.retry_timer(*what, self.jumps);
            }
            Happened::State { from, to, cause, .. } => {
                let step = Step { view, job, event, from: *from, to: *to, cause: *cause };
                track.moved(&step, self.jumps, out);
            }
            _ => return,
        }
        if self.stale == Stale::Nobody {
            self.stale = Stale::Job(id);
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.catch_up(view, out);
        let at = match end {
            // Nothing more will happen, however long one waits.
            End::Settled(_) => SimTime(u64::MAX),
            End::Stopped(at) | End::DidNotSettle(at) => at,
        };
        self.look_for_missing(view, last, at, out);
    }

    /// Something befalls the world.
    fn disturbed(&mut self, what: &Disturbance, at: SimTime) {
        match what {
            Disturbance::WallClockMoves(ticks) if *ticks != 0 => self.jumps += 1,
            Disturbance::NetworkLost
            | Disturbance::NetworkRegained
            | Disturbance::BlockBegins(_)
            | Disturbance::BlockEnds(_)
            | Disturbance::NetworkConditions(_) => self.world_changed = at,
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                self.world_changed = at;
                for track in &mut self.jobs {
                    track.restarted(at, self.shortest);
                }
            }
            _ => {}
        }
        self.stale = Stale::Everybody;
    }

    /// Starts and stops the clocks after the event before this one, which the view knows by now.
    fn catch_up(&mut self, view: &View, out: &mut Findings) {
        let range = match std::mem::replace(&mut self.stale, Stale::Nobody) {
            Stale::Nobody => return,
            Stale::Job(id) => id.index()..id.index() + 1,
            Stale::Everybody => 0..self.jobs.len(),
        };
        for (index, track) in self.jobs.iter_mut().enumerate().take(range.end).skip(range.start) {
            if let Some(job) = view.jobs.get(index) {
                track.sync(view, job, self.jumps, out);
                self.next = self.next.min(track.next(view, job));
            }
        }
    }

    /// Looks for what should have happened before `at` and did not. `next` is set to the time at
    /// which the next job may miss something, so that most events need no look at all.
    fn look_for_missing(&mut self, view: &View, event: &Event, at: SimTime, out: &mut Findings) {
        self.next = SimTime(u64::MAX);
        for (index, (track, job)) in self.jobs.iter_mut().zip(&view.jobs).enumerate() {
            if !job.gone && !job.state.is_final() {
                let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
                track.missing(view, job, (id, event, at), self.jumps, out);
                self.next = self.next.min(track.next(view, job));
            }
        }
    }
}

/// A state change and what surrounds it.
#[derive(Clone, Copy)]
struct Step<'a> {
    view: &'a View,
    job: &'a JobView,
    event: &'a Event,
    from: JobState,
    to: JobState,
    cause: Stimulus,
}

impl Track {
    fn called(&mut self, view: &View, job: &JobView, event: &Event, called: &Called, jumps: u32) {
        let Call::Job(_, call) = &called.call else { return };
        if called.hr.failed() {
            return;
        }
        match call {
            JobCall::Resume => {
                self.window.advance(event.at);
                self.window.resumed(event.at, job.state, jumps);
            }
            JobCall::SetProperty { id: COST_FLAGS, .. } => {
                self.stay.cost_flags_set(view, job, event.at);
            }
            _ => {}
        }
    }

    /// The service started again: how it goes on with what it was waiting for is documented
    /// nowhere.
    fn restarted(&mut self, at: SimTime, shortest: Span) {
        self.window.advance(at);
        self.window.restarted();
        self.stay.restarted(at);
        // The wait goes on or begins again, and its end is told anew.
        self.wait = self.wait.map(|wait| {
            let again = at + shortest;
            let least = wait.due.or(wait.least).map_or(again, |due| due.min(again));
            Wait { least: Some(least), ..Wait::new(wait.jumps) }
        });
    }

    /// The view has changed: clocks start or stop.
    fn sync(&mut self, view: &View, job: &JobView, jumps: u32, out: &mut Findings) {
        let at = view.now;
        let blocked = blocks::blocked(view, job);
        self.window.advance(at);
        self.window.limit(Span::secs(job.no_progress_timeout));
        self.window.spared(job.state, out);
        let active = matches!(job.state, JobState::Transferring | JobState::TransientError);
        let most = active && blocked != Blocked::Yes;
        let least = active && blocked == Blocked::No && view.owner_present(job) && !job.gone;
        self.window.run(at, least, most, jumps);
        self.stay.sync(view, job, blocked);
        if let Some(wait) = &mut self.wait {
            wait.stopped |= blocked != Blocked::No || !view.owner_present(job);
        }
    }

    /// The time at which the job may miss something next.
    fn next(&self, view: &View, job: &JobView) -> SimTime {
        let window = self.window.due(job);
        let stay = self.stay.due(view);
        let wait = self.wait.and_then(|wait| wait.late());
        window.into_iter().chain(stay).chain(wait).min().unwrap_or(SimTime(u64::MAX))
    }

    /// Reports what the job has missed before `at`.
    fn missing(
        &mut self,
        view: &View,
        job: &JobView,
        (id, event, at): (JobId, &Event, SimTime),
        jumps: u32,
        out: &mut Findings,
    ) {
        let settled = at == SimTime(u64::MAX);
        let stuck = settled && self.window.runs() && job.state == JobState::Transferring;
        if self.window.due(job).is_some_and(|due| due < at) || stuck && !self.window.is_told() {
            self.window.told();
            let clock = (self.window.jumped(jumps)).then_some(RuleId::DO_RETRY_008);
            for rule in [RuleId::DO_RETRY_002].into_iter().chain(clock) {
                let why = (
                    "the no-progress timeout of `{job}` was over and the job was not given up"
                        .to_owned(),
                    format!(
                        "ERROR after {} without a new byte",
                        Span::secs(job.no_progress_timeout)
                    ),
                    format!("still {} since {}", job.state, job.since),
                );
                about::broken(out, rule, Some(id), event, why);
            }
        }
        self.stay.missing(view, job, (id, event, at), out);
        if let Some(wait) = &mut self.wait
            && wait.jumps != jumps
            && wait.late().is_some_and(|late| late < at)
        {
            wait.told = true;
            let why = (
                "setting the system clock put off the retry of `{job}`".to_owned(),
                format!("a retry at {}", wait.due.unwrap_or(at)),
                format!("still {}", job.state),
            );
            about::broken(out, RuleId::DO_RETRY_008, Some(id), event, why);
        } else if let Some(wait) = &mut self.wait
            && wait.late().is_some_and(|late| late < at)
        {
            // Without a clock that was set, other rules judge it.
            wait.told = true;
        }
    }

    fn retry_timer(&mut self, what: TimerEvent, jumps: u32) {
        let Some(wait) = &mut self.wait else { return };
        match what {
            TimerEvent::Armed { due } if wait.due.is_none() || wait.jumps == jumps => {
                wait.due = Some(due);
            }
            TimerEvent::Stopped => wait.stopped = true,
            _ => {}
        }
    }

    fn moved(&mut self, step: &Step<'_>, jumps: u32, out: &mut Findings) {
        let at = step.event.at;
        let ended = self.ended.take().filter(|(_, ended)| *ended == at).map(|(ended, _)| ended);
        self.window.advance(at);
        self.stay.left(step, ended, out);
        if let Some(wait) = self.wait.take_if(|_| step.from == JobState::TransientError) {
            wait.over(step, jumps, out);
        }
        match step.to {
            JobState::Transferring => self.window.begins(at, jumps),
            JobState::TransientError => {
                self.window.errs();
                self.wait = Some(Wait::new(jumps));
            }
            JobState::Error => self.fails_for_good(step, ended, jumps, out),
            _ => {}
        }
    }

    /// The job enters ERROR: DO-RETRY-002, -003, -004, -008, -009.
    fn fails_for_good(
        &mut self,
        step: &Step<'_>,
        ended: Option<AttemptOutcome>,
        jumps: u32,
        out: &mut Findings,
    ) {
        let code = step.job.error.map(|info| info.code);
        let failed = match ended {
            Some(AttemptOutcome::Failed { code, .. }) => Some(code),
            _ => None,
        };
        let timeout = Span::secs(step.job.no_progress_timeout);
        let by_timeout = matches!(
            step.cause,
            Stimulus::NoProgressTimeoutExpires | Stimulus::SetNoProgressTimeout
        ) || code == Some(Hresult::DO_E_DOWNLOAD_NO_PROGRESS) && failed != code;
        if let Some(code) = code.filter(|code| super::error::is_block(*code))
            && timeout > Span::ZERO
            && failed != Some(code)
        {
            out.ensure(RuleId::DO_RETRY_009, false, step.event, || {
                (
                    format!(
                        "`{{job}}` went to ERROR on {}, which only blocks it",
                        WithNumber(code)
                    ),
                    "TRANSIENT_ERROR until the block ends".to_owned(),
                    format!("{} -> ERROR", step.from),
                )
            });
        } else if by_timeout && timeout > Span::ZERO {
            self.window.given_up(step, jumps, out);
            if let Some(code) = code.filter(|_| failed.is_none()) {
                let expected = Hresult::DO_E_DOWNLOAD_NO_PROGRESS;
                if code != expected {
                    out.ensure(RuleId::DO_RETRY_002, false, step.event, || {
                        (
                            "`{job}` was given up for want of progress with another error"
                                .to_owned(),
                            WithNumber(expected).to_string(),
                            WithNumber(code).to_string(),
                        )
                    });
                }
            }
        }
    }
}

impl Wait {
    const fn new(jumps: u32) -> Self {
        Self { jumps, due: None, least: None, stopped: false, told: false }
    }

    /// When the retry is late, if it is judged at all.
    fn late(&self) -> Option<SimTime> {
        self.due.map(|due| due + LATENESS).filter(|_| !self.stopped && !self.told)
    }

    /// DO-RETRY-008: the job leaves TRANSIENT_ERROR, and the wall clock was set meanwhile.
    fn over(&self, step: &Step<'_>, jumps: u32, out: &mut Findings) {
        let (Some(due), at) = (self.due, step.event.at) else { return };
        if self.jumps == jumps || step.cause != Stimulus::RetryDelayExpires {
            return;
        }
        let least = self.least.unwrap_or(due);
        let ok = due <= at && least <= at && (self.stopped || at <= due + LATENESS);
        out.ensure(RuleId::DO_RETRY_008, ok, step.event, || {
            (
                "setting the system clock shifted the retry of `{job}`".to_owned(),
                format!("a retry at {}, on a clock that only runs forward", due.max(least)),
                format!("{} -> {} at {at}", step.from, step.to),
            )
        });
    }
}
