//! Bytes back into events.

use super::Before;
use super::write::{KIND, MOVED, OTHER_STEP, UNEXPECTED, kind};
use bitsim_vocab::trace::{
    AttemptOutcome, ErrorInfo, Event, Happened, Payload, Protocol, StepId, TimerEvent,
};
use bitsim_vocab::{FileId, Hresult, JobId, SimTime, Span, WallTime};
use serde::de::DeserializeOwned;
use std::fmt;

/// These bytes are not those of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbled {
    /// How many bytes before the end the event begins that cannot be read.
    pub left: usize,
}

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no event begins {} bytes before the end", self.left)
    }
}

impl std::error::Error for Garbled {}

/// Reads one event after another; after bytes that are none it gives nothing more.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    left: &'a [u8],
    before: Before,
}

impl<'a> Reader<'a> {
    /// Reads what a [`super::BinaryTrace`] holds.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, before: Before::default() }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn small(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    fn job(&mut self) -> Option<JobId> {
        self.small().map(JobId)
    }

    /// The member of an enumeration without fields, which `postcard` also writes as its position.
    fn member<T: DeserializeOwned>(&mut self) -> Option<T> {
        let byte = self.byte()?;
        postcard::from_bytes(&[byte]).ok()
    }

    fn event(&mut self) -> Option<Event> {
        let first = self.byte()?;
        let before = &self.before;
        let mut now = Before { seq: before.seq.wrapping_add(1), ..*before };
        if first & MOVED != 0 {
            now.at = now.at.wrapping_add(self.number()?);
        }
        if first & OTHER_STEP != 0 {
            now.source = self.number()?;
        }
        if first & UNEXPECTED != 0 {
            now.seq = self.small()?;
            now.apart = self.number()?;
        }
        let step = |step: u64| u32::try_from(step).ok().map(StepId);
        let source = match now.source.checked_sub(1) {
            Some(number) => Some(step(number)?),
            None => None,
        };
        let what = self.what(first & KIND, now.at)?;
        self.before = now;
        let wall = WallTime(now.at.wrapping_add(now.apart));
        Some(Event { seq: now.seq, at: SimTime(now.at), wall, source, what })
    }

    fn what(&mut self, kind: u8, now: u64) -> Option<Happened> {
        Some(match kind {
            kind::OTHER => {
                let (what, left) = postcard::take_from_bytes(self.left).ok()?;
                self.left = left;
                what
            }
            kind::STATE => Happened::State {
                job: self.job()?,
                from: self.member()?,
                to: self.member()?,
                cause: self.member()?,
            },
            kind::COUNT => {
                Happened::Count { job: self.job()?, from: self.small()?, to: self.small()? }
            }
            kind::ERROR_INFO => Happened::ErrorInfo { job: self.job()?, info: self.error()? },
            kind::ERROR_GONE => Happened::ErrorGone { job: self.job()? },
            kind::GRANTED => {
                let job = self.job()?;
                let given = self.byte()? == 1;
                let ticks = self.number()?;
                Happened::Granted { job, slice: given.then_some(Span(ticks)) }
            }
            kind::SLICE_ENDED => Happened::SliceEnded { job: self.job()? },
            kind::ATTEMPT_BEGAN => {
                Happened::AttemptBegan { job: self.job()?, number: self.small()? }
            }
            kind::ATTEMPT_FAILED => {
                let job = self.job()?;
                let (code, class) = (Hresult(self.small()?), self.member()?);
                Happened::AttemptEnded { job, outcome: AttemptOutcome::Failed { code, class } }
            }
            kind::BYTES => Happened::Bytes {
                job: self.job()?,
                file: FileId(self.small()?),
                of: if self.byte()? == 1 { Payload::Reply } else { Payload::File },
                done: self.number()?,
            },
            kind::TIMER_ARMED | kind::TIMER_FIRED | kind::TIMER_STOPPED => {
                let (job, timer) = (self.job()?, self.member()?);
                let what = match kind {
                    kind::TIMER_ARMED => {
                        TimerEvent::Armed { due: SimTime(now.wrapping_add(self.number()?)) }
                    }
                    kind::TIMER_FIRED => TimerEvent::Fired,
                    _ => TimerEvent::Stopped,
                };
                Happened::Timer { job, timer, what }
            }
            _ => return None,
        })
    }

    fn error(&mut self) -> Option<ErrorInfo> {
        let (code, context) = (Hresult(self.small()?), self.member()?);
        let file = match self.number()?.checked_sub(1) {
            Some(file) => Some(FileId(u32::try_from(file).ok()?)),
            None => None,
        };
        let protocol = match self.byte()? {
            0 => None,
            1 => Some(Protocol::Http),
            2 => Some(Protocol::File),
            _ => return None,
        };
        Some(ErrorInfo { code, context, file, protocol })
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Event, Garbled>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let left = self.left.len();
        Some(self.event().ok_or_else(|| {
            self.left = &[];
            Garbled { left }
        }))
    }
}
