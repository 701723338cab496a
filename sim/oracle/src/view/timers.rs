//! The timers of one job.

use bitsim_vocab::SimTime;
use bitsim_vocab::trace::{Timer, TimerEvent};

/// How many timers there are.
const COUNT: usize = Timer::AgeLimit as usize + 1;

/// The timers that run, with the time they are due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timers {
    due: [SimTime; COUNT],
    /// A bit for each timer that runs.
    running: u16,
}

impl Timers {
    /// When the timer is due, if it runs.
    #[must_use]
    pub const fn get(&self, timer: Timer) -> Option<SimTime> {
        match self.runs(timer) {
            true => Some(self.due[timer as usize]),
            false => None,
        }
    }

    /// True if the timer runs.
    #[must_use]
    pub const fn runs(&self, timer: Timer) -> bool {
        self.running >> timer as u16 & 1 == 1
    }

    /// What happened to a timer.
    pub(super) const fn take_in(&mut self, timer: Timer, what: TimerEvent) {
        let bit = 1 << timer as u16;
        match what {
            TimerEvent::Armed { due } => {
                self.due[timer as usize] = due;
                self.running |= bit;
            }
            TimerEvent::Fired | TimerEvent::Stopped => self.running &= !bit,
        }
    }

    /// No timer runs any more.
    pub(super) const fn clear(&mut self) {
        self.running = 0;
    }
}
