//! The world (the seam that every driver uses).

use crate::outside::{Client, Outside};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, ClientId, Hresult, Reply, SimTime, StepId, WallTime};

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
    setup: Setup,
}

impl World {
    /// The world in which `setup` is true and nothing has happened yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self { setup }
    }

    /// The monotonic clock.
    #[must_use]
    pub fn now(&self) -> SimTime {
        todo!()
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        todo!()
    }

    /// Events that calls and disturbances cause directly carry this step from now on.
    pub fn set_source(&mut self, _step: Option<StepId>) {
        todo!()
    }

    /// A client calls. Everything that follows at once has happened when this returns; what the
    /// scheduler makes of it follows in [`World::step`].
    pub fn call(&mut self, _: &mut Outside<'_>, _: ClientId, _: &Call) -> Returned {
        todo!()
    }

    /// Something befalls the world.
    pub fn disturb(&mut self, _: &mut Outside<'_>, _: &Disturbance) {
        todo!()
    }

    /// When something will happen next by itself. `now` if something is due already.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<SimTime> {
        todo!()
    }

    /// True if nothing but inactivity cancellation will happen by itself any more.
    #[must_use]
    pub fn settled(&self) -> bool {
        todo!()
    }

    /// Moves the clock. Stops at [`World::next_wakeup`] if that comes first.
    pub fn advance_to(&mut self, _: SimTime) {
        todo!()
    }

    /// Lets the next thing happen that is due now. False if nothing is due.
    pub fn step(&mut self, _: &mut Outside<'_>, _: &mut dyn Client) -> bool {
        todo!()
    }

    /// The local file under this final name, as `(size, version of the remote file)`; version 1 is
    /// the one that the run began with. Files that uploads send count as version 1.
    #[must_use]
    pub fn local_file(&self, _path: &str) -> Option<(u64, u32)> {
        let _ = &self.setup;
        todo!()
    }

    /// True if a temporary file for this final name exists.
    #[must_use]
    pub fn temporary_file(&self, _path: &str) -> bool {
        todo!()
    }

    /// What servers hold under this URL as an upload: whether it is complete, and how often the
    /// server application was handed it.
    #[must_use]
    pub fn uploaded(&self, _url: &str) -> (bool, u32) {
        todo!()
    }
}
