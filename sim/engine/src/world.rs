//! The world: the seam that every driver uses.

use crate::bits::{Bits, Table, Touched};
use crate::outside::{Callback, Client, Outside};
use crate::sabotage::Bug;
use crate::timers::Due;
use bitsim_vocab::trace::Note;
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, ClientId, Hresult, JobId, Reply, SimTime, Span, StepId, WallTime};
use std::sync::Arc;

/// What a call returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The HRESULT.
    pub hr: Hresult,
    /// What it delivered.
    pub reply: Reply,
}

/// A simulated computer with its service, users, disks, network and servers.
#[derive(Debug, Clone)]
pub struct World {
    bits: Bits,
}

impl World {
    /// The world in which `setup` is true and nothing has happened yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self { bits: Bits::new(setup) }
    }

    /// The monotonic clock.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.bits.env.now
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        self.bits.env.wall()
    }

    /// How many events were written so far.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.bits.env.events()
    }

    /// Events that calls and disturbances cause directly carry this step from now on.
    pub fn set_source(&mut self, step: Option<StepId>) {
        self.bits.env.set_source(step);
    }

    /// Makes the service wrong on purpose.
    pub fn sabotage(&mut self, bug: &Bug) {
        self.bits.sabotage(bug);
    }

    /// Replaces the transition table of BITS.
    pub fn set_table(&mut self, table: Arc<Table>) {
        self.bits.set_table(table);
    }

    /// Writes down from now on which cases of the transition table are taken; clones of this world
    /// write to the same record.
    pub fn record(&mut self, touched: Arc<Touched>) {
        self.bits.record(touched);
    }

    /// A client calls. Everything that follows at once has happened when this returns; what the
    /// scheduler makes of it follows in [`World::step`]. It is the driver's business that a client
    /// calls only while it runs.
    pub fn call(&mut self, out: &mut Outside<'_>, who: ClientId, call: &Call) -> Returned {
        self.bits.call(out, who, call)
    }

    /// Something befalls the world.
    pub fn disturb(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.bits.disturb(out, what);
    }

    /// When something will happen next by itself. `now` if something is due already.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<SimTime> {
        if self.bits.is_pressed() {
            return Some(self.now());
        }
        self.bits.first_due().map(|(due, _, _)| due.max(self.now()))
    }

    /// True if nothing but inactivity cancellation will happen by itself any more.
    #[must_use]
    pub fn settled(&self) -> bool {
        !self.bits.is_pressed() && self.bits.rests()
    }

    /// Moves the clock. Stops at [`World::next_wakeup`] if that comes first.
    pub fn advance_to(&mut self, to: SimTime) {
        let to = self.next_wakeup().map_or(to, |next| next.min(to));
        self.bits.env.now = self.now().max(to);
    }

    /// Lets the next thing happen that is due now: the outcome of a transfer, timers, the
    /// scheduler, notifications, in this order. False if nothing is due.
    pub fn step(&mut self, out: &mut Outside<'_>, client: &mut dyn Client) -> bool {
        let source = self.bits.env.source();
        self.bits.env.set_source(None);
        let moved = self.step_once(out, client);
        self.bits.env.set_source(source);
        moved
    }

    fn step_once(&mut self, out: &mut Outside<'_>, client: &mut dyn Client) -> bool {
        if let Some((due, job, what)) = self.bits.first_due()
            && due <= self.now()
        {
            match what {
                Due::NoteEnds | Due::ModificationEnds => self.note_ends(out, client, job, what),
                _ => self.bits.fire(out),
            }
            return true;
        }
        if self.bits.schedule_if_asked(out) {
            return true;
        }
        let Some(note) = self.bits.begin_note(out) else { return false };
        let takes = client.notified(&note, &mut self.callback(out));
        if takes > Span::ZERO {
            self.bits.note_takes(&note, takes);
        } else {
            self.end_note(out, client, &note);
        }
        true
    }

    fn note_ends(&mut self, out: &mut Outside<'_>, client: &mut dyn Client, job: JobId, what: Due) {
        self.bits.stop_silently(job, what);
        if let Some(note) = self.bits.note_under_way(job, what) {
            self.end_note(out, client, &note);
        }
    }

    fn end_note(&mut self, out: &mut Outside<'_>, client: &mut dyn Client, note: &Note) {
        let result = client.returns(note, &mut self.callback(out));
        self.bits.end_note(out, note, result);
    }

    fn callback<'a>(&'a mut self, out: &'a mut Outside<'_>) -> Callback<'a> {
        Callback { world: self, sink: &mut *out.sink, choose: &mut *out.choose }
    }

    /// A fingerprint of everything that can make a difference to what happens from here on: worlds
    /// with equal fingerprints go on in the same way under the same stimuli and choices.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        self.bits.fingerprint()
    }

    /// The local file under this final name, as `(size, version of the remote file)`; version 1 is
    /// the one that the run began with. Files that uploads send count as version 1.
    #[must_use]
    pub fn local_file(&self, path: &str) -> Option<(u64, u32)> {
        self.bits.env.disk.file(path).map(|stored| (stored.size, stored.version))
    }

    /// True if a temporary file for this final name exists.
    #[must_use]
    pub fn temporary_file(&self, path: &str) -> bool {
        self.bits.temporary_file(path)
    }

    /// What servers hold under this URL as an upload: whether it is complete, and how often the
    /// server application was handed it.
    #[must_use]
    pub fn uploaded(&self, url: &str) -> (bool, u32) {
        let received = self.bits.env.servers.received(url);
        (received.complete, received.posted)
    }
}
