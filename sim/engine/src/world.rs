//! The world: the seam that every driver uses.

use crate::bits::{self, Bits};
use crate::download::{self, Downloads};
use crate::env::{Env, Returned};
use crate::key::Manner;
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

/// Does the same with each service; the compiler sees which it is.
macro_rules! each {
    ($running:expr, $service:ident => $what:expr) => {
        match $running {
            Running::Bits($service) => $what,
            Running::Legacy($service) => $what,
            Running::Downloads($service) => $what,
        }
    };
}

impl World {
    /// The world in which `setup` is true and nothing has happened yet.
    #[must_use]
    pub fn new(setup: impl Into<Arc<Setup>>) -> Self {
        use bitsim_vocab::Service as Which;
        let setup = setup.into();
        let running = match setup.target.service {
            Which::Bits => Running::Bits(Box::new(Bits::new(setup))),
            Which::DoLegacy => Running::Legacy(Box::new(Legacy::new(setup))),
            Which::DoDownload => Running::Downloads(Box::new(Downloads::new(setup))),
        };
        Self { running }
    }

    fn service(&self) -> &dyn Service {
        each!(&self.running, service => &**service)
    }

    fn service_mut(&mut self) -> &mut dyn Service {
        each!(&mut self.running, service => &mut **service)
    }

    fn env(&self) -> &Env {
        each!(&self.running, service => service.env())
    }

    fn env_mut(&mut self) -> &mut Env {
        each!(&mut self.running, service => service.env_mut())
    }

    /// The monotonic clock.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.env().now
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        self.env().wall()
    }

    /// How many events were written so far.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.env().events()
    }

    /// Events that calls and disturbances cause directly carry this step from now on.
    pub fn set_source(&mut self, step: Option<StepId>) {
        self.env_mut().set_source(step);
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
        let service = self.service_mut();
        service.env_mut().listen(out);
        service.call(out, who, call)
    }

    /// Something befalls the world.
    pub fn disturb(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        let service = self.service_mut();
        service.env_mut().listen(out);
        service.disturb(out, what);
    }

    /// When something will happen next by itself. `now` if something is due already.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<SimTime> {
        let now = self.now();
        let next = each!(&self.running, service => match service.is_pressed() {
            true => Some(now),
            false => service.first_due().map(|(due, _, _)| due),
        });
        next.map(|due| due.max(now))
    }

    /// True if nothing but the removal of forgotten work will happen by itself any more.
    #[must_use]
    pub fn settled(&self) -> bool {
        !self.service().is_pressed() && self.service().rests()
    }

    /// Moves the clock. Stops at [`World::next_wakeup`] if that comes first.
    pub fn advance_to(&mut self, to: SimTime) {
        let to = self.next_wakeup().map_or(to, |next| next.min(to));
        let env = self.env_mut();
        env.now = env.now.max(to);
    }

    /// Lets the next thing happen that is due now: the outcome of a transfer, timers, the
    /// scheduler, notifications, in this order. False if nothing is due.
    pub fn step(&mut self, out: &mut Outside<'_>, client: &mut dyn Client) -> bool {
        self.as_nobody(|world| {
            let now = world.now();
            world.take_turns(out, client, now, true)
        })
    }

    /// Lets everything happen until `to` and right then, and leaves the clock there: the same as
    /// [`World::step`] and [`World::advance_to`] in turn, but quicker.
    pub fn run_to(&mut self, out: &mut Outside<'_>, client: &mut dyn Client, to: SimTime) {
        self.as_nobody(|world| while world.take_turns(out, client, to, false) {});
    }

    /// What happens in `run` has no step for a source.
    fn as_nobody<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let source = self.env().source();
        self.env_mut().set_source(None);
        let result = run(self);
        self.env_mut().set_source(source);
        result
    }

    /// Lets one thing happen, or all until the next delivery of a notification begins or ends.
    /// False if nothing is left to happen.
    fn take_turns(
        &mut self,
        out: &mut Outside<'_>,
        client: &mut dyn Client,
        to: SimTime,
        once: bool,
    ) -> bool {
        match each!(&mut self.running, service => turns(&mut **service, out, to, once)) {
            Turn::Nothing => return false,
            Turn::Something => {}
            Turn::NoteEnds(job, what) => self.note_ends(out, client, job, what),
            Turn::NoteBegins(note) => {
                let takes = client.notified(&note, &mut self.callback(out));
                if takes > Span::ZERO {
                    self.service_mut().note_takes(&note, takes);
                } else {
                    self.end_note(out, client, &note);
                }
            }
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
    pub fn key(&self, manner: Manner, into: &mut Vec<u8>) {
        self.service().key(manner, into);
    }

    /// The local file under this final name, as `(size, version of the remote file)`; version 1 is
    /// the one that the run began with. Files that uploads send count as version 1.
    #[must_use]
    pub fn local_file(&self, path: &str) -> Option<(u64, u32)> {
        self.env().disk.file(path).map(|stored| (stored.size, stored.version))
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
        let received = self.env().servers.received(url);
        (received.complete, received.posted)
    }
}

/// What happened in a turn.
enum Turn {
    Nothing,
    Something,
    /// The time of a delivery is over.
    NoteEnds(JobId, Due),
    NoteBegins(Box<Note>),
}

/// Lets one thing happen that is due, or all until `to`, as long as no client is concerned.
fn turns<S: Service>(service: &mut S, out: &mut Outside<'_>, to: SimTime, once: bool) -> Turn {
    service.env_mut().listen(out);
    loop {
        let first = service.first_due();
        if let Some((due, job, what)) = first
            && due <= service.env().now
        {
            if matches!(what, Due::NoteEnds | Due::ModificationEnds) {
                return Turn::NoteEnds(job, what);
            }
            service.fire(out, job, what);
        } else if !service.schedule_if_asked(out) {
            if let Some(note) = service.begin_note(out) {
                return Turn::NoteBegins(Box::new(note));
            }
            if once || service.env().now >= to {
                return Turn::Nothing;
            }
            let now = &mut service.env_mut().now;
            *now = first.map_or(to, |(due, _, _)| due.min(to)).max(*now);
        }
        if once {
            return Turn::Something;
        }
    }
}
