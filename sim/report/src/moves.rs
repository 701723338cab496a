//! A change of state and the events that belong to it, read as one.

use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo, Event, Happened};
use bitsim_vocab::{Hresult, JobId, JobState, Span, Stimulus};

/// A change of state and the events that belong to it.
pub(crate) struct Move {
    pub(crate) job: JobId,
    pub(crate) from: JobState,
    pub(crate) to: JobState,
    pub(crate) cause: Stimulus,
    pub(crate) outcome: Option<AttemptOutcome>,
    pub(crate) count: Option<(u32, u32)>,
    pub(crate) info: Option<ErrorInfo>,
    /// The number of the attempt that begins with it.
    pub(crate) began: Option<u32>,
    /// True if the error information ends with it.
    pub(crate) gone: bool,
    /// How many events it is made of.
    pub(crate) taken: usize,
}

impl Move {
    /// Reads a move from the front of `events`, if there is one whose parts fit together.
    pub(crate) fn read(events: &[Event], slice_length: Span) -> Option<Self> {
        let first = events.first()?;
        let job = first.what.job()?;
        let (mut outcome, mut count, mut info, mut granted) = (None, None, None, false);
        let mut taken = 0;
        let mut here = events.iter().take_while(|e| e.at == first.at && e.what.job() == Some(job));
        let (from, to, cause) = loop {
            let event = here.next()?;
            taken += 1;
            // Each part at most once and in the documented order.
            match &event.what {
                Happened::Granted { slice, .. }
                    if taken == 1 && slice.is_none_or(|slice| slice == slice_length) =>
                {
                    granted = true;
                }
                Happened::AttemptEnded { outcome: how, .. } if taken == 1 => outcome = Some(*how),
                Happened::Count { from, to, .. } if count.is_none() && info.is_none() => {
                    count = Some((*from, *to));
                }
                Happened::ErrorInfo { info: new, .. } if info.is_none() => info = Some(*new),
                Happened::State { from, to, cause, .. } => break (*from, *to, *cause),
                _ => return None,
            }
        };
        if granted && to != JobState::Connecting
            || !outcome.is_none_or(|outcome| fits(outcome, info, to, cause))
        {
            return None;
        }
        let mut group =
            Self { job, from, to, cause, outcome, count, info, began: None, gone: false, taken };
        let mut next = here.next().map(|event| &event.what);
        if info.is_none() && matches!(next, Some(Happened::ErrorGone { .. })) {
            group.gone = true;
            group.taken += 1;
            next = here.next().map(|event| &event.what);
        }
        // BITS begins an attempt in CONNECTING, Delivery Optimization in TRANSFERRING.
        if let Some(Happened::AttemptBegan { number, .. }) = next
            && to.is_running()
        {
            group.began = Some(*number);
            group.taken += 1;
        }
        Some(group)
    }
}

/// True if the end of an attempt says nothing but what the change of state says again.
fn fits(outcome: AttemptOutcome, info: Option<ErrorInfo>, to: JobState, cause: Stimulus) -> bool {
    let told = |code: Hresult| info.is_some_and(|info| info.code == code);
    match outcome {
        AttemptOutcome::Finished => to == JobState::Transferred,
        AttemptOutcome::Failed { code, class: Class::Transient } => {
            told(code) && to == JobState::TransientError
        }
        AttemptOutcome::Failed { code, class: Class::Fatal } => told(code) && to == JobState::Error,
        AttemptOutcome::Failed { .. } => false,
        AttemptOutcome::Blocked { code } => told(code) && to == JobState::TransientError,
        AttemptOutcome::Stopped { by } => by == cause,
        AttemptOutcome::Halted { .. } => false,
    }
}
