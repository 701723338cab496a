//! The world: the seam that every driver uses.

use crate::bits::{self, Bits};
use crate::download::{self, Downloads};
use crate::env::Returned;
use crate::key::Jobs;
use crate::legacy::{self, Legacy};
use crate::outside::{Callback, Client, Outside};
use crate::sabotage::Bug;
use crate::service::Service;
use crate::timers::Due;
use bitsim_vocab::trace::Note;
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, ClientId, JobId, SimTime, Span, StepId, WallTime};
use std::sync::Arc;

/// A simulated computer with its service, users, disks, network and servers.
#[derive(Debug, Clone)]
pub struct World {
    running: Running,
}

/// The service that the target of the run names.
#[derive(Debug, Clone)]
enum Running {
    Bits(Box<Bits>),
    Legacy(Box<Legacy>),
    Downloads(Box<Downloads>),
}

/// The transition table of one of the services.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // Each variant is the service of that name.
pub enum AnyTable {
    Bits(Arc<bits::Table>),
    Legacy(Arc<legacy::Table>),
    Download(Arc<download::Table>),
}

/// A record of the cases that one of the services took.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // Each variant is the service of that name.
pub enum AnyTouched {
    Bits(Arc<bits::Touched>),
    Legacy(Arc<legacy::Touched>),
    Download(Arc<download::Touched>),
}

macro_rules! from_each {
    ($($any:ident { $($variant:ident($inner:ty),)* })*) => {
        $($(impl From<Arc<$inner>> for $any {
            fn from(inner: Arc<$inner>) -> Self {
                Self::$variant(inner)
            }
        })*)*
    };
}

from_each! {
    AnyTable { Bits(bits::Table), Legacy(legacy::Table), Download(download::Table), }
    AnyTouched { Bits(bits::Touched), Legacy(legacy::Touched), Download(download::Touched), }
}

impl World {
    /// The world in which `setup` is true and nothing has happened yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        use bitsim_vocab::Service as Which;
        let running = match setup.target.service {
            Which::Bits => Running::Bits(Box::new(Bits::new(setup))),
            Which::DoLegacy => Running::Legacy(Box::new(Legacy::new(setup))),
            Which::DoDownload => Running::Downloads(Box::new(Downloads::new(setup))),
        };
        Self { running }
    }

    fn service(&self) -> &dyn Service {
        match &self.running {
            Running::Bits(bits) => &**bits,
            Running::Legacy(legacy) => &**legacy,
            Running::Downloads(downloads) => &**downloads,
        }
    }

    fn service_mut(&mut self) -> &mut dyn Service {
        match &mut self.running {
            Running::Bits(bits) => &mut **bits,
            Running::Legacy(legacy) => &mut **legacy,
            Running::Downloads(downloads) => &mut **downloads,
        }
    }

    /// The monotonic clock.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.service().env().now
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        self.service().env().wall()
    }

    /// How many events were written so far.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.service().env().events()
    }

    /// Events that calls and disturbances cause directly carry this step from now on.
    pub fn set_source(&mut self, step: Option<StepId>) {
        self.service_mut().env_mut().set_source(step);
    }

    /// Makes the service wrong on purpose. A bug of another service changes nothing.
    pub fn sabotage(&mut self, bug: &Bug) {
        self.service_mut().sabotage(bug);
    }

    /// Replaces the transition table; the table of another service changes nothing.
    pub fn set_table(&mut self, table: impl Into<AnyTable>) {
        match (&mut self.running, table.into()) {
            (Running::Bits(bits), AnyTable::Bits(table)) => bits.set_table(table),
            (Running::Legacy(legacy), AnyTable::Legacy(table)) => legacy.set_table(table),
            (Running::Downloads(it), AnyTable::Download(table)) => it.set_table(table),
            _ => {}
        }
    }

    /// Writes down from now on which cases of the transition table are taken; clones of this world
    /// write to the same record. The record of another service stays empty.
    pub fn record(&mut self, touched: impl Into<AnyTouched>) {
        match (&mut self.running, touched.into()) {
            (Running::Bits(bits), AnyTouched::Bits(touched)) => bits.record(touched),
            (Running::Legacy(legacy), AnyTouched::Legacy(touched)) => legacy.record(touched),
            (Running::Downloads(it), AnyTouched::Download(touched)) => it.record(touched),
            _ => {}
        }
    }

    /// A client calls. Everything that follows at once has happened when this returns; what the
    /// scheduler makes of it follows in [`World::step`]. It is the driver's business that a client
    /// calls only while it runs.
    pub fn call(&mut self, out: &mut Outside<'_>, who: ClientId, call: &Call) -> Returned {
        self.service_mut().call(out, who, call)
    }

    /// Something befalls the world.
    pub fn disturb(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.service_mut().disturb(out, what);
    }

    /// When something will happen next by itself. `now` if something is due already.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<SimTime> {
        let service = self.service();
        if service.is_pressed() {
            return Some(self.now());
        }
        service.first_due().map(|(due, _, _)| due.max(self.now()))
    }

    /// True if nothing but the removal of forgotten work will happen by itself any more.
    #[must_use]
    pub fn settled(&self) -> bool {
        !self.service().is_pressed() && self.service().rests()
    }

    /// Moves the clock. Stops at [`World::next_wakeup`] if that comes first.
    pub fn advance_to(&mut self, to: SimTime) {
        let to = self.next_wakeup().map_or(to, |next| next.min(to));
        let now = self.now().max(to);
        self.service_mut().env_mut().now = now;
    }

    /// Lets the next thing happen that is due now: the outcome of a transfer, timers, the
    /// scheduler, notifications, in this order. False if nothing is due.
    pub fn step(&mut self, out: &mut Outside<'_>, client: &mut dyn Client) -> bool {
        let source = self.service().env().source();
        self.service_mut().env_mut().set_source(None);
        let moved = self.step_once(out, client);
        self.service_mut().env_mut().set_source(source);
        moved
    }

    fn step_once(&mut self, out: &mut Outside<'_>, client: &mut dyn Client) -> bool {
        if let Some((due, job, what)) = self.service().first_due()
            && due <= self.now()
        {
            match what {
                Due::NoteEnds | Due::ModificationEnds => self.note_ends(out, client, job, what),
                _ => self.service_mut().fire(out),
            }
            return true;
        }
        if self.service_mut().schedule_if_asked(out) {
            return true;
        }
        let Some(note) = self.service_mut().begin_note(out) else { return false };
        let takes = client.notified(&note, &mut self.callback(out));
        if takes > Span::ZERO {
            self.service_mut().note_takes(&note, takes);
        } else {
            self.end_note(out, client, &note);
        }
        true
    }

    fn note_ends(&mut self, out: &mut Outside<'_>, client: &mut dyn Client, job: JobId, what: Due) {
        if let Some(note) = self.service_mut().take_note(job, what) {
            self.end_note(out, client, &note);
        }
    }

    fn end_note(&mut self, out: &mut Outside<'_>, client: &mut dyn Client, note: &Note) {
        let result = client.returns(note, &mut self.callback(out));
        self.service_mut().end_note(out, note, result);
    }

    fn callback<'a>(&'a mut self, out: &'a mut Outside<'_>) -> Callback<'a> {
        Callback { world: self, sink: &mut *out.sink, choose: &mut *out.choose }
    }

    /// A fingerprint of everything that can make a difference to what happens from here on: worlds
    /// with equal fingerprints go on in the same way under the same stimuli and choices.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        self.service().fingerprint()
    }

    /// Appends what tells this world apart from others that go on differently, up to a shift of time
    /// and to running numbers: [`crate::key`] says what that is and where its bounds are.
    /// That is done for BITS; of Delivery Optimization it is the fingerprint, which tells all worlds
    /// apart that differ in anything.
    pub fn key(&self, jobs: Jobs, into: &mut Vec<u8>) {
        self.service().key(jobs, into);
    }

    /// The local file under this final name, as `(size, version of the remote file)`; version 1 is
    /// the one that the run began with. Files that uploads send count as version 1.
    #[must_use]
    pub fn local_file(&self, path: &str) -> Option<(u64, u32)> {
        self.service().env().disk.file(path).map(|stored| (stored.size, stored.version))
    }

    /// True if a temporary file for this final name exists.
    #[must_use]
    pub fn temporary_file(&self, path: &str) -> bool {
        self.service().temporary_file(path)
    }

    /// What servers hold under this URL as an upload: whether it is complete, and how often the
    /// server application was handed it.
    #[must_use]
    pub fn uploaded(&self, url: &str) -> (bool, u32) {
        let received = self.service().env().servers.received(url);
        (received.complete, received.posted)
    }
}
