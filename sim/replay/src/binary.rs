//! Traces as bytes, and the digest of a trace, both made while the run goes.
//!
//! An event takes seven bytes or so. What can be said by the event before it is left out: the
//! number that follows, a time that has not moved, the distance of the two clocks, the step. The
//! events of which a long run consists are written by hand, the rest by `postcard`; a [`Reader`]
//! gives the events back.
//!
//! The digest of a run is BLAKE3 over these bytes, with the setup before and the end after them,
//! cut to 128 bits. It depends on nothing but the trace, neither on the machine nor on how the bytes
//! were cut into pieces.

mod read;
mod write;

pub use read::{Garbled, Reader};

use bitsim_engine::Sink;
use bitsim_vocab::trace::{End, Trace};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Digest, Event};
use write::Writer;

/// So many bytes are hashed at a time: BLAKE3 is several times faster over some KiB at once.
const CHUNK: usize = 16 << 10;

/// What the next event is written against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Before {
    seq: u32,
    at: u64,
    /// The wall clock less the monotonic one.
    apart: u64,
    /// The step, plus one; 0 for none.
    source: u64,
}

/// Takes events and keeps the digest of them, not the events.
#[derive(Debug, Clone)]
pub struct Digester {
    hasher: blake3::Hasher,
    writer: Writer,
    pending: Vec<u8>,
    scratch: Vec<u8>,
}

impl Digester {
    /// The digest of a run that begins in `setup`.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let mut digester = Self {
            hasher: blake3::Hasher::new(),
            writer: Writer::default(),
            pending: Vec::with_capacity(1 << 10),
            scratch: Vec::new(),
        };
        digester.begin(setup);
        digester
    }

    /// Begins anew, for another run; the buffers stay.
    pub fn restart(&mut self, setup: &Setup) {
        self.hasher.reset();
        self.writer = Writer::default();
        self.pending.clear();
        self.begin(setup);
    }

    fn begin(&mut self, setup: &Setup) {
        self.scratch.clear();
        write::append(setup, &mut self.scratch);
        self.hasher.update(&self.scratch);
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Event) {
        self.writer.event(event, &mut self.pending);
        if self.pending.len() >= CHUNK {
            self.hasher.update(&self.pending);
            self.pending.clear();
        }
    }

    /// The digest of the run if it ends like this now.
    #[must_use]
    pub fn digest(&self, end: End) -> Digest {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.pending);
        finish(&hasher, end)
    }
}

/// Drops the events.
impl Sink for Digester {
    fn event(&mut self, event: Event) {
        self.take(&event);
    }
}

/// Takes events and keeps them as bytes, with their digest.
#[derive(Debug, Clone, Default)]
pub struct BinaryTrace {
    bytes: Vec<u8>,
    writer: Writer,
    hasher: blake3::Hasher,
    /// Bytes up to here have been hashed.
    hashed: usize,
    events: u32,
}

impl BinaryTrace {
    /// The trace of a run that begins in `setup`, with nothing in it yet.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let mut trace = Self::default();
        trace.restart(setup);
        trace
    }

    /// Begins anew, for another run; the buffer stays.
    pub fn restart(&mut self, setup: &Setup) {
        self.bytes.clear();
        self.writer = Writer::default();
        self.hasher.reset();
        write::append(setup, &mut self.bytes);
        self.hasher.update(&self.bytes);
        self.bytes.clear();
        (self.hashed, self.events) = (0, 0);
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Event) {
        self.writer.event(event, &mut self.bytes);
        self.events += 1;
        if self.bytes.len() - self.hashed >= CHUNK {
            self.hasher.update(&self.bytes[self.hashed..]);
            self.hashed = self.bytes.len();
        }
    }

    /// How many events it holds.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.events
    }

    /// True if it holds no event.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// The bytes of the events; [`Reader`] reads them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The events, one after another.
    #[must_use]
    pub fn events(&self) -> Reader<'_> {
        Reader::new(&self.bytes)
    }

    /// The digest of the run if it ends like this now.
    #[must_use]
    pub fn digest(&self, end: End) -> Digest {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.bytes[self.hashed..]);
        finish(&hasher, end)
    }
}

impl Sink for BinaryTrace {
    fn event(&mut self, event: Event) {
        self.take(&event);
    }
}

/// The digest of a whole trace, the same that a [`Digester`] gives that saw it happen.
#[must_use]
pub fn digest(trace: &Trace) -> Digest {
    let mut digester = Digester::new(&trace.setup);
    for event in &trace.events {
        digester.take(event);
    }
    digester.digest(trace.end)
}

fn finish(hasher: &blake3::Hasher, end: End) -> Digest {
    let mut bytes = Vec::with_capacity(16);
    write::append(&end, &mut bytes);
    let mut hasher = hasher.clone();
    hasher.update(&bytes);
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Digest(u128::from_be_bytes(first))
}

#[cfg(test)]
mod tests;
