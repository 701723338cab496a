//! BITS-SERVICE-003: a restart brings retry and no-progress deadlines in line with the clock.

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::trace::{End, Happened, Timer, TimerEvent};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Call, Event, JobId, JobState, RuleId, SimTime, WallTime};

/// The deadlines of waiting jobs.
#[derive(Debug, Clone, Default)]
pub(super) struct Deadlines {
    /// The wall clock was ever moved: without that there is nothing to compare.
    moved: bool,
    /// For each job what is known of the two timers.
    armed: Vec<[Armed; TIMERS.len()]>,
    /// Deadlines that a restart must have moved.
    shifted: Vec<Shifted>,
    next: Option<SimTime>,
    /// When the latest restart was.
    restarted_at: SimTime,
}

/// The timers that the rule names and that a trace shows.
const TIMERS: [Timer; 2] = [Timer::MinimumRetryDelay, Timer::NoProgressTimeout];

/// A timer, once the clock was moved.
#[derive(Debug, Clone, Copy, Default)]
enum Armed {
    /// Whatever it is set for next begins then.
    #[default]
    Anew,
    /// It runs: the deadline, and the same as the wall clock told it when the time began.
    Runs(SimTime, WallTime),
    /// It pauses while the job is tried again. Set for the same deadline, it goes on.
    Pauses(SimTime, WallTime),
    /// What it is set for, if it is, may have begun before the clock was moved.
    Unknown(Option<SimTime>),
}

impl Armed {
    /// After the timer was set for `due`, which now is `wall`.
    fn set(self, due: SimTime, wall: WallTime) -> Self {
        match self {
            Self::Runs(before, since) | Self::Pauses(before, since) if before == due => {
                Self::Runs(due, since)
            }
            Self::Unknown(before) if before.is_none_or(|before| before == due) => {
                Self::Unknown(Some(due))
            }
            _ => Self::Runs(due, wall),
        }
    }

    /// After the timer was stopped. Only the time without progress goes on through attempts.
    fn stopped(self, timer: Timer) -> Self {
        match self {
            Self::Runs(due, since) if timer == Timer::NoProgressTimeout => Self::Pauses(due, since),
            Self::Runs(..) => Self::Anew,
            other => other,
        }
    }
}

/// A deadline that a restart must have moved.
#[derive(Debug, Clone, Copy)]
struct Shifted {
    job: JobId,
    timer: Timer,
    /// The deadline before the restart.
    old: SimTime,
    /// The same deadline by the wall clock.
    new: SimTime,
    /// The job has waited for a block since, which may have put the deadline off.
    rested: bool,
}

impl Deadlines {
    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        // What timers do is of interest from the first time on that the clock was moved.
        if self.moved { kinds::AT_ONCE } else { kinds::after_any(self.next) }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.next.is_some_and(|next| event.at > next) {
            self.overdue(view, event.at, event, out);
        }
        match &event.what {
            Happened::Timer { job, timer, what } if self.moved && TIMERS.contains(timer) => {
                self.timer(event, *job, *timer, *what, out);
            }
            // Progress begins a new period.
            Happened::Bytes { job, .. } if self.moved => {
                self.shifted.retain(|shifted| shifted.job != *job);
                if let Some(armed) = self.armed.get_mut(job.index()) {
                    *armed = [Armed::Anew; TIMERS.len()];
                }
            }
            Happened::Env(what) => match **what {
                Disturbance::WallClockMoves(_) => {
                    self.begin(view);
                    self.moved = true;
                }
                Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                    if self.moved =>
                {
                    self.restart(view, event);
                }
                _ => {}
            },
            // What Suspend, Resume and the like do to a deadline ends the matter.
            Happened::State { job, to: JobState::TransientError, .. }
                if view.job(*job).and_then(|it| it.error).is_some_and(|it| it.code.is_block()) =>
            {
                for shifted in self.shifted.iter_mut().filter(|shifted| shifted.job == *job) {
                    shifted.rested = true;
                }
            }
            Happened::State { job, from: JobState::TransientError, .. } => {
                self.shifted.retain(|shifted| {
                    shifted.job != *job || shifted.timer == Timer::NoProgressTimeout
                });
            }
            Happened::Called(called) => {
                if let Call::Job(job, method) = &called.call
                    && called.hr.succeeded()
                    && !method.is_getter()
                {
                    self.shifted.retain(|shifted| shifted.job != *job);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.overdue(view, end.at(), last, out);
    }

    /// Up to the first move of the clock every deadline was as far ahead on both clocks.
    fn begin(&mut self, view: &View) {
        if self.moved {
            return;
        }
        let wall = |due: SimTime| view.wall + due.since(view.now);
        let armed = |job: &JobView, timer| match job.timers.get(timer) {
            Some(due) => Armed::Runs(due, wall(due)),
            // An attempt stands in for the wait.
            None if job.failed_attempts > 0 && timer == Timer::NoProgressTimeout => {
                Armed::Unknown(None)
            }
            None => Armed::Anew,
        };
        self.armed =
            view.jobs.iter().map(|job| TIMERS.map(|timer| armed(job, timer))).collect();
    }

    fn timer(
        &mut self,
        event: &Event,
        job: JobId,
        timer: Timer,
        what: TimerEvent,
        out: &mut Findings,
    ) {
        let here = |shifted: &Shifted| shifted.job == job && shifted.timer == timer;
        if let Some(position) = self.shifted.iter().position(here) {
            let told = match what {
                // A deadline that has passed is due at once.
                TimerEvent::Armed { due } => Some(due.max(event.at)),
                TimerEvent::Fired => Some(event.at),
                TimerEvent::Stopped => None,
            };
            // A restart may stop a timer before it sets it again.
            if told.is_some() || event.at != self.restarted_at {
                let shifted = self.shifted.swap_remove(position);
                if let Some(told) = told {
                    compare(event, &shifted, told, out);
                }
            }
        }
        if self.armed.len() <= job.index() {
            self.armed.resize(job.index() + 1, [Armed::Anew; TIMERS.len()]);
        }
        for (known, armed) in TIMERS.iter().zip(&mut self.armed[job.index()]) {
            if *known == timer {
                *armed = match what {
                    TimerEvent::Armed { due } => {
                        armed.set(due, event.wall + due.since(event.at))
                    }
                    TimerEvent::Stopped => armed.stopped(timer),
                    TimerEvent::Fired => Armed::Anew,
                };
            }
        }
    }

    fn restart(&mut self, view: &View, event: &Event) {
        self.shifted.clear();
        self.next = None;
        self.restarted_at = event.at;
        for ((id, job), timers) in (0..).map(JobId).zip(&view.jobs).zip(&self.armed) {
            if job.state != JobState::TransientError || job.gone {
                continue;
            }
            for (timer, armed) in TIMERS.iter().zip(timers) {
                let Armed::Runs(old, wall) = *armed else { continue };
                let left = wall.0.saturating_sub(event.wall.0);
                let new = SimTime(event.at.0.saturating_add(left));
                if new != old {
                    self.shifted.push(Shifted { job: id, timer: *timer, old, new, rested: false });
                    let due = new.max(old) + AT_ONCE;
                    self.next = Some(self.next.map_or(due, |next| next.min(due)));
                }
            }
        }
    }

    /// A deadline whose timer still stands where it stood has not been moved.
    fn overdue(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        let mut next: Option<SimTime> = None;
        self.shifted.retain(|shifted| {
            let due = shifted.new + AT_ONCE;
            if due >= now {
                next = Some(next.map_or(due, |next| next.min(due)));
                return true;
            }
            let stands = !shifted.rested && view.job(shifted.job).is_some_and(|job| {
                job.state == JobState::TransientError
                    && !job.gone
                    && job.timers.get(shifted.timer) == Some(shifted.old)
            });
            if stands {
                let why = texts(shifted, "it has not come".to_owned());
                about::broken(out, RuleId::BITS_SERVICE_003, Some(shifted.job), event, why);
            }
            false
        });
        self.next = next;
    }
}

/// BITS-SERVICE-003: neither the old deadline nor one before the new one.
fn compare(event: &Event, shifted: &Shifted, told: SimTime, out: &mut Findings) {
    let ok = told >= shifted.new && (shifted.rested || told != shifted.old);
    out.ensure(RuleId::BITS_SERVICE_003, ok, event, || {
        texts(shifted, format!("{told}, as before the clock was set"))
    });
}

fn texts(shifted: &Shifted, actual: String) -> (String, String, String) {
    (
        format!("{} of `{{job}}` did not follow the clock over a restart", shifted.timer.name()),
        format!("{}: the deadline as the wall clock tells it", shifted.new),
        actual,
    )
}
