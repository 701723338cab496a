//! The timers of one job: a slot for each kind. Which job is first is the business of
//! [`crate::jobs`].
//!
//! Nothing is allocated, and a stopped timer leaves nothing behind, so that two worlds in the same
//! state hold the same timers.

use bitsim_vocab::SimTime;
use bitsim_vocab::trace::Timer;

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

/// Slots of a job: one for each kind, and one that stays empty.
const KINDS: usize = 16;

const ALL: [Due; 15] = [
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
    const fn bit(self) -> u16 {
        1 << self as u16
    }

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

/// What a timer is sorted by: when it is due, then its kind, then the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    due: u64,
    /// Kind, then job.
    of: u64,
}

impl Turn {
    /// After everything that can be due.
    pub(crate) const NEVER: Self = Self { due: u64::MAX, of: u64::MAX };

    /// The turn of a timer of the job with this number.
    #[inline]
    pub(crate) fn new(due: SimTime, kind: Due, job: u32) -> Self {
        Self::of_kind(due, kind as u32, job)
    }

    fn of_kind(due: SimTime, kind: u32, job: u32) -> Self {
        Self { due: due.0, of: u64::from(kind) << 32 | u64::from(job) }
    }

    /// True if it is the turn of a timer of this kind.
    #[inline]
    pub(crate) fn is_of(self, kind: Due) -> bool {
        self.of >> 32 == kind as u64
    }

    /// What is due when, and for which job.
    pub(crate) fn parts(self) -> Option<(SimTime, u32, Due)> {
        let kind = *ALL.get((self.of >> 32) as usize)?;
        Some((SimTime(self.due), self.of as u32, kind))
    }
}

/// The timers of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Timers {
    /// A bit for each running timer.
    running: u16,
    /// When each is due; zero for those that do not run.
    due: [SimTime; KINDS],
}

impl Timers {
    /// Sets a timer, running or not.
    #[inline]
    pub(crate) fn set(&mut self, what: Due, due: SimTime) {
        self.running |= what.bit();
        self.due[what as usize] = due;
    }

    /// Stops a timer, running or not.
    #[inline]
    pub(crate) fn stop(&mut self, what: Due) {
        self.running &= !what.bit();
        self.due[what as usize] = SimTime::ZERO;
    }

    /// When a timer is due, if it is running.
    #[inline]
    pub(crate) fn due(&self, what: Due) -> Option<SimTime> {
        (self.running & what.bit() != 0).then(|| self.due[what as usize])
    }

    /// True if a timer of another kind than these runs.
    pub(crate) fn more_than(&self, kinds: &[Due]) -> bool {
        let known = kinds.iter().fold(0, |known, kind| known | kind.bit());
        self.running & !known != 0
    }

    /// Every running timer, by kind.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Due, SimTime)> + use<> {
        let timers = *self;
        ALL.into_iter().filter_map(move |what| timers.due(what).map(|due| (what, due)))
    }

    /// The turn of the timer that is due first, of the job with this number.
    #[inline]
    pub(crate) fn first(&self, job: u32) -> Turn {
        let mut left = self.running;
        if left == 0 {
            return Turn::NEVER;
        }
        // Of two that are due at one instant the first kind comes first.
        let mut first = left.trailing_zeros();
        let mut due = self.due[first as usize % KINDS];
        left &= left - 1;
        while left != 0 {
            let kind = left.trailing_zeros();
            let other = self.due[kind as usize % KINDS];
            if other < due {
                (first, due) = (kind, other);
            }
            left &= left - 1;
        }
        Turn::of_kind(due, first, job)
    }
}
