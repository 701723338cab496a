//! The timer queue: one slot for each timer of each job, in a heap that knows where each slot is.
//!
//! Setting, stopping and taking a timer is logarithmic in the number of running timers, nothing is
//! allocated once the slots exist, and a stopped timer leaves nothing behind, so that two worlds in
//! the same state hold the same queue.

use bitsim_vocab::trace::Timer;
use bitsim_vocab::{JobId, SimTime};

/// Something that is due for a job. The order is the order in which things due at one instant
/// happen (header of the transition catalogue): the outcome of a transfer, then timers, the retry
/// before the no-progress timeout, then the ends of callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Due {
    /// The next point of the transfer: an answer arrives, a file ends, a connection breaks.
    Flow,
    /// MinimumRetryDelay is over.
    Retry,
    /// NoProgressTimeout is over.
    NoProgress,
    /// Progress is looked at.
    ProgressCheck,
    /// The network is looked at.
    NetworkCheck,
    /// The maximum download time is over.
    MaxDownload,
    /// JobInactivityTimeout may be over.
    Inactivity,
    /// The age limit is reached.
    AgeLimit,
    /// The time slice is over.
    Slice,
    /// The next request to cancel an upload.
    CancelRequest,
    /// The window for cancelling an upload closes.
    CancelWindow,
    /// A failed notification is sent again.
    NotifyAgain,
    /// JobTransferred or JobError returns, or the program ends.
    NoteEnds,
    /// JobModification returns.
    ModificationEnds,
    /// Progress may be told again, or a change becomes visible.
    Show,
}

const KINDS: usize = 15;

const ALL: [Due; KINDS] = [
    Due::Flow,
    Due::Retry,
    Due::NoProgress,
    Due::ProgressCheck,
    Due::NetworkCheck,
    Due::MaxDownload,
    Due::Inactivity,
    Due::AgeLimit,
    Due::Slice,
    Due::CancelRequest,
    Due::CancelWindow,
    Due::NotifyAgain,
    Due::NoteEnds,
    Due::ModificationEnds,
    Due::Show,
];

impl Due {
    /// The timer of the documentation of BITS that this is, if it is one.
    pub(crate) const fn documented(self) -> Option<Timer> {
        match self {
            Self::Retry => Some(Timer::MinimumRetryDelay),
            Self::NoProgress => Some(Timer::NoProgressTimeout),
            Self::MaxDownload => Some(Timer::MaximumDownloadTime),
            Self::Inactivity => Some(Timer::JobInactivityTimeout),
            Self::Slice => Some(Timer::TimeSlice),
            Self::CancelRequest => Some(Timer::CancelRequest),
            Self::CancelWindow => Some(Timer::CancelWindow),
            Self::NotifyAgain => Some(Timer::NotifyAgain),
            Self::ProgressCheck => Some(Timer::ProgressCheck),
            Self::NetworkCheck => Some(Timer::NetworkCheck),
            Self::AgeLimit => Some(Timer::AgeLimit),
            Self::Flow | Self::NoteEnds | Self::ModificationEnds | Self::Show => None,
        }
    }
}

/// Position in the heap of a slot that is not in it.
const NOWHERE: u32 = u32::MAX;

/// Every timer of every job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timers {
    due: Vec<SimTime>,
    position: Vec<u32>,
    heap: Vec<u32>,
}

impl Timers {
    /// Makes the slots of one more job.
    pub(crate) fn add_job(&mut self) {
        self.due.extend([SimTime::ZERO; KINDS]);
        self.position.extend([NOWHERE; KINDS]);
    }

    /// Sets a timer, running or not.
    pub(crate) fn set(&mut self, job: JobId, what: Due, due: SimTime) {
        let slot = slot(job, what);
        self.due[slot] = due;
        let mut at = self.position[slot] as usize;
        if self.position[slot] == NOWHERE {
            at = self.heap.len();
            self.heap.push(slot as u32);
            self.position[slot] = at as u32;
        }
        self.rise(at);
        self.sink(self.position[slot] as usize);
    }

    /// Stops a timer. False if it was not running.
    pub(crate) fn stop(&mut self, job: JobId, what: Due) -> bool {
        let at = self.position[slot(job, what)];
        if at == NOWHERE {
            return false;
        }
        self.remove(at as usize);
        true
    }

    /// When a timer is due, if it is running.
    pub(crate) fn due(&self, job: JobId, what: Due) -> Option<SimTime> {
        let slot = slot(job, what);
        (self.position[slot] != NOWHERE).then(|| self.due[slot])
    }

    /// The timer that is due first.
    pub(crate) fn first(&self) -> Option<(SimTime, JobId, Due)> {
        let slot = *self.heap.first()? as usize;
        Some((self.due[slot], JobId((slot / KINDS) as u32), ALL[slot % KINDS]))
    }

    /// Takes the timer that is due first out of the queue.
    pub(crate) fn take_first(&mut self) {
        if !self.heap.is_empty() {
            self.remove(0);
        }
    }

    /// Every running timer of a job.
    pub(crate) fn of_job(&self, job: JobId) -> impl Iterator<Item = (Due, SimTime)> + '_ {
        ALL.into_iter().filter_map(move |what| self.due(job, what).map(|due| (what, due)))
    }

    fn key(&self, at: usize) -> (SimTime, usize, usize) {
        let slot = self.heap[at] as usize;
        (self.due[slot], slot % KINDS, slot / KINDS)
    }

    fn remove(&mut self, at: usize) {
        let slot = self.heap.swap_remove(at) as usize;
        self.position[slot] = NOWHERE;
        if at < self.heap.len() {
            self.position[self.heap[at] as usize] = at as u32;
            self.rise(at);
            self.sink(at);
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.position[self.heap[a] as usize] = a as u32;
        self.position[self.heap[b] as usize] = b as u32;
    }

    fn rise(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.key(parent) <= self.key(at) {
                break;
            }
            self.swap(parent, at);
            at = parent;
        }
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let mut least = 2 * at + 1;
            if least >= self.heap.len() {
                break;
            }
            if least + 1 < self.heap.len() && self.key(least + 1) < self.key(least) {
                least += 1;
            }
            if self.key(at) <= self.key(least) {
                break;
            }
            self.swap(at, least);
            at = least;
        }
    }
}

fn slot(job: JobId, what: Due) -> usize {
    job.index() * KINDS + what as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_due_at_one_instant_come_in_documented_order() {
        let mut timers = Timers::default();
        timers.add_job();
        timers.add_job();
        let at = SimTime(5);
        timers.set(JobId(1), Due::NoProgress, at);
        timers.set(JobId(0), Due::NoProgress, at);
        timers.set(JobId(1), Due::Retry, at);
        timers.set(JobId(0), Due::Slice, SimTime(1));
        timers.set(JobId(1), Due::Flow, SimTime(9));
        timers.set(JobId(1), Due::Flow, at);
        assert!(timers.stop(JobId(0), Due::Slice));
        assert!(!timers.stop(JobId(0), Due::Slice));
        let mut order = Vec::new();
        while let Some((_, job, what)) = timers.first() {
            order.push((job.0, what));
            timers.take_first();
        }
        let expected =
            [(1, Due::Flow), (1, Due::Retry), (0, Due::NoProgress), (1, Due::NoProgress)];
        assert_eq!(order, expected);
    }
}
