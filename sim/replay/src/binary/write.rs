//! Events into bytes.
//!
//! The first byte of an event is its kind and, in the upper bits, what has changed since the event
//! before. Then come the changes, then what happened. Numbers are written in groups of seven bits,
//! the lowest first, and the top bit says that more follow.

use super::Before;
use bitsim_vocab::Event;
use bitsim_vocab::trace::{
    AttemptOutcome, ErrorInfo, Happened, Payload, Protocol, Timer, TimerEvent,
};
use serde::Serialize;

/// The time has moved; by how much follows.
pub(super) const MOVED: u8 = 0x20;
/// The step is another one; it follows, plus one, or 0 for none.
pub(super) const OTHER_STEP: u8 = 0x40;
/// The number or the distance of the clocks is not the expected one; both follow.
pub(super) const UNEXPECTED: u8 = 0x80;
/// The bits of the kind.
pub(super) const KIND: u8 = 0x1F;

/// The kinds that are written by hand.
pub(super) mod kind {
    pub(in super::super) const STATE: u8 = 1;
    pub(in super::super) const COUNT: u8 = 2;
    pub(in super::super) const ERROR_INFO: u8 = 3;
    pub(in super::super) const ERROR_GONE: u8 = 4;
    pub(in super::super) const GRANTED: u8 = 5;
    pub(in super::super) const SLICE_ENDED: u8 = 6;
    pub(in super::super) const ATTEMPT_BEGAN: u8 = 7;
    pub(in super::super) const ATTEMPT_FAILED: u8 = 8;
    pub(in super::super) const BYTES: u8 = 9;
    pub(in super::super) const TIMER_ARMED: u8 = 10;
    pub(in super::super) const TIMER_FIRED: u8 = 11;
    pub(in super::super) const TIMER_STOPPED: u8 = 12;
    /// Anything else.
    pub(in super::super) const OTHER: u8 = 0;
}

/// Appends a value as `postcard` writes it.
#[allow(clippy::expect_used)]
pub(super) fn append(value: &impl Serialize, to: &mut Vec<u8>) {
    let bytes = std::mem::take(to);
    // A vector takes everything, and no type of a trace refuses to be written.
    *to = postcard::to_extend(value, bytes).expect("a trace can be written");
}

/// Writes one event after another.
#[derive(Debug, Clone, Default)]
pub(super) struct Writer {
    before: Before,
}

impl Writer {
    /// Appends an event.
    pub(super) fn event(&mut self, event: &Event, to: &mut Vec<u8>) {
        let now = Before {
            seq: event.seq,
            at: event.at.0,
            apart: event.wall.0.wrapping_sub(event.at.0),
            source: event.source.map_or(0, |step| u64::from(step.0) + 1),
        };
        let mut short = Short::new();
        self.changes(&now, &mut short);
        self.before = now;
        let kind = short.what(event.at.0, &event.what);
        short.bytes[0] |= kind;
        to.extend_from_slice(&short.bytes[..short.len]);
        if kind == kind::OTHER {
            append(&event.what, to);
        }
    }

    fn changes(&self, now: &Before, short: &mut Short) {
        let before = &self.before;
        let mut changed = 0;
        short.len = 1;
        if now.at != before.at {
            changed |= MOVED;
            short.number(now.at.wrapping_sub(before.at));
        }
        if now.source != before.source {
            changed |= OTHER_STEP;
            short.number(now.source);
        }
        if now.seq != before.seq.wrapping_add(1) || now.apart != before.apart {
            changed |= UNEXPECTED;
            short.number(u64::from(now.seq));
            short.number(now.apart);
        }
        short.bytes[0] = changed;
    }
}

/// Room for an event that is written by hand: 1 + 10 + 5 + 5 + 10 bytes of changes and at most 30
/// of the event itself.
struct Short {
    bytes: [u8; 64],
    len: usize,
}

impl Short {
    const fn new() -> Self {
        Self { bytes: [0; 64], len: 0 }
    }

    fn byte(&mut self, byte: u8) {
        // The mask says to the compiler what the sizes above say: it fits.
        self.bytes[self.len & 63] = byte;
        self.len += 1;
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Writes what happened, if it is one of the kinds that are written by hand.
    fn what(&mut self, now: u64, what: &Happened) -> u8 {
        match *what {
            Happened::State { job, from, to, cause } => {
                self.number(u64::from(job.0));
                self.byte(from as u8);
                self.byte(to as u8);
                self.byte(cause as u8);
                kind::STATE
            }
            Happened::Timer { job, timer, what } => self.timer(now, job.0, timer, what),
            Happened::Count { job, from, to } => {
                self.number(u64::from(job.0));
                self.number(u64::from(from));
                self.number(u64::from(to));
                kind::COUNT
            }
            Happened::ErrorInfo { job, info } => {
                self.number(u64::from(job.0));
                self.error(&info);
                kind::ERROR_INFO
            }
            Happened::ErrorGone { job } => self.just(job.0, kind::ERROR_GONE),
            Happened::Granted { job, slice } => {
                self.number(u64::from(job.0));
                self.byte(u8::from(slice.is_some()));
                self.number(slice.map_or(0, |slice| slice.0));
                kind::GRANTED
            }
            Happened::SliceEnded { job } => self.just(job.0, kind::SLICE_ENDED),
            Happened::AttemptBegan { job, number } => {
                self.number(u64::from(job.0));
                self.number(u64::from(number));
                kind::ATTEMPT_BEGAN
            }
            Happened::AttemptEnded { job, outcome: AttemptOutcome::Failed { code, class } } => {
                self.number(u64::from(job.0));
                self.number(u64::from(code.0));
                self.byte(class as u8);
                kind::ATTEMPT_FAILED
            }
            Happened::Bytes { job, file, of, done } => {
                self.number(u64::from(job.0));
                self.number(u64::from(file.0));
                self.byte(u8::from(of == Payload::Reply));
                self.number(done);
                kind::BYTES
            }
            _ => kind::OTHER,
        }
    }

    fn just(&mut self, job: u32, kind: u8) -> u8 {
        self.number(u64::from(job));
        kind
    }

    fn timer(&mut self, now: u64, job: u32, timer: Timer, what: TimerEvent) -> u8 {
        self.number(u64::from(job));
        self.byte(timer as u8);
        match what {
            TimerEvent::Armed { due } => {
                self.number(due.0.wrapping_sub(now));
                kind::TIMER_ARMED
            }
            TimerEvent::Fired => kind::TIMER_FIRED,
            TimerEvent::Stopped => kind::TIMER_STOPPED,
        }
    }

    fn error(&mut self, info: &ErrorInfo) {
        self.number(u64::from(info.code.0));
        self.byte(info.context as u8);
        self.number(info.file.map_or(0, |file| u64::from(file.0) + 1));
        self.byte(match info.protocol {
            None => 0,
            Some(Protocol::Http) => 1,
            Some(Protocol::File) => 2,
        });
    }
}
