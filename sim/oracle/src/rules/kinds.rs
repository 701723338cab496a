//! Kinds of events, so that a family is shown what it wants to see and nothing else.
//!
//! A family names the kinds that it always wants in the table of its service. Beyond these it wants
//! everything from some time on: at once while something that it saw has to be followed by something
//! else, after a deadline what shows that the deadline has passed. It says so by `wakes`. What it is
//! shown beyond its wishes must not change anything.

use bitsim_vocab::trace::TimerEvent;
use bitsim_vocab::{Happened, JobState, SimTime, Span, Stimulus};

/// The kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Called,
    Created,
    DownloadCreated,
    Standing,
    StartReturned,
    Requested,
    /// A state change, unless it is one of `Moved`.
    State,
    /// A job that tries moved among QUEUED, CONNECTING, TRANSFERRING and TRANSIENT_ERROR, and no
    /// call made it.
    Moved,
    Count,
    ErrorInfo,
    ErrorGone,
    Granted,
    SliceEnded,
    AttemptBegan,
    AttemptEnded,
    Bytes,
    File,
    NoteBegan,
    NoteEnded,
    TimerArmed,
    TimerFired,
    TimerStopped,
    Env,
    UploadCancelRequested,
    LeftQueue,
    /// Whatever it is, it shows that the effects of the latest call are complete.
    CallOver,
}

impl Kind {
    /// The kind of what happened.
    #[inline]
    pub(crate) fn of(what: &Happened) -> Self {
        match what {
            Happened::Called(_) => Self::Called,
            Happened::Created(_) => Self::Created,
            Happened::DownloadCreated(_) => Self::DownloadCreated,
            Happened::Standing { .. } => Self::Standing,
            Happened::StartReturned { .. } => Self::StartReturned,
            Happened::Requested { .. } => Self::Requested,
            Happened::State { from, to, cause, .. } => Self::of_move(*from, *to, *cause),
            Happened::Count { .. } => Self::Count,
            Happened::ErrorInfo { .. } => Self::ErrorInfo,
            Happened::ErrorGone { .. } => Self::ErrorGone,
            Happened::Granted { .. } => Self::Granted,
            Happened::SliceEnded { .. } => Self::SliceEnded,
            Happened::AttemptBegan { .. } => Self::AttemptBegan,
            Happened::AttemptEnded { .. } => Self::AttemptEnded,
            Happened::Bytes { .. } => Self::Bytes,
            Happened::File(_) => Self::File,
            Happened::NoteBegan(_) => Self::NoteBegan,
            Happened::NoteEnded { .. } => Self::NoteEnded,
            Happened::Timer { what: TimerEvent::Armed { .. }, .. } => Self::TimerArmed,
            Happened::Timer { what: TimerEvent::Fired, .. } => Self::TimerFired,
            Happened::Timer { what: TimerEvent::Stopped, .. } => Self::TimerStopped,
            Happened::Env(_) => Self::Env,
            Happened::UploadCancelRequested { .. } => Self::UploadCancelRequested,
            Happened::LeftQueue { .. } => Self::LeftQueue,
        }
    }

    #[inline]
    fn of_move(from: JobState, to: JobState, cause: Stimulus) -> Self {
        const TRYING: u32 = 1 << JobState::Queued as u8
            | 1 << JobState::Connecting as u8
            | 1 << JobState::Transferring as u8
            | 1 << JobState::TransientError as u8;
        let both = (TRYING >> from as u8) & (TRYING >> to as u8) & 1 == 1;
        if both && !cause.is_call() { Self::Moved } else { Self::State }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kinds(u32);

impl Kinds {
    /// Every kind.
    pub(crate) const ALL: Self = Self(u32::MAX);

    /// These kinds.
    pub(crate) const fn of(kinds: &[Kind]) -> Self {
        let mut set = 0;
        let mut index = 0;
        while index < kinds.len() {
            set |= 1 << kinds[index] as u8;
            index += 1;
        }
        Self(set)
    }

    /// What is of one kind, and shows that a call is over as well.
    #[inline]
    pub(crate) const fn of_event(kind: Kind, call_over: bool) -> Self {
        Self(1 << kind as u8 | (call_over as u32) << Kind::CallOver as u8)
    }

    /// True if a kind is in both.
    #[inline]
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// True if the kind is among them.
    #[inline]
    pub(crate) const fn has(self, kind: Kind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }
}

/// What a family wants that waits for nothing.
pub(crate) const NEVER: SimTime = SimTime(u64::MAX);

/// What a family wants that has to see the next event, whatever it is.
pub(crate) const AT_ONCE: SimTime = SimTime::ZERO;

/// What a family wants that has to see the first event after `at`.
#[inline]
pub(crate) fn after(at: SimTime) -> SimTime {
    at + Span(1)
}

/// The same, if there is something to wait for.
#[inline]
pub(crate) fn after_any(at: Option<SimTime>) -> SimTime {
    at.map_or(NEVER, after)
}
