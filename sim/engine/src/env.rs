//! Everything around a service: clocks, network, users, clients, disk and servers.

use crate::choose::Choice;
use crate::disk::Disk;
use crate::outside::Outside;
use crate::servers::Servers;
use crate::shared::Shared;
use bitsim_vocab::trace::Called;
use bitsim_vocab::world::{Block, Policies, Setup, UserKind};
use bitsim_vocab::{
    Call, ClientId, Event, Happened, Hresult, JobId, Reply, ServerId, SimTime, Span, StepId,
    UserId, Version, WallTime,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a call returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The HRESULT.
    pub hr: Hresult,
    /// What it delivered.
    pub reply: Reply,
}

/// The world without its services.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Env {
    /// What was true at the start.
    pub(crate) setup: Arc<Setup>,
    /// The monotonic clock.
    pub(crate) now: SimTime,
    /// Ticks that the wall clock is ahead of where it would be had nobody set it.
    pub(crate) wall_moved: i64,
    /// There is a network connection.
    pub(crate) network: bool,
    /// Blocks in force, in the order in which they began.
    pub(crate) blocks: Vec<Block>,
    /// Policies in force.
    pub(crate) policies: Policies,
    /// Who has an interactive session.
    pub(crate) logged_on: Shared<Vec<bool>>,
    /// Which clients run.
    pub(crate) running: Shared<Vec<bool>>,
    /// The local disk.
    pub(crate) disk: Shared<Disk>,
    /// The servers.
    pub(crate) servers: Servers,
    pub(crate) source: Option<StepId>,
    pub(crate) seq: u32,
    /// Somebody listens to the events.
    pub(crate) heard: Heard,
}

/// Whether somebody listens makes no difference to what happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard(bool);

impl Hash for Heard {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Env {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self {
            now: SimTime::ZERO,
            wall_moved: 0,
            network: setup.network,
            blocks: Vec::new(),
            policies: setup.policies.clone(),
            logged_on: Shared::new(setup.users.iter().map(|user| user.logged_on).collect()),
            running: Shared::new(setup.clients.iter().map(|client| client.running).collect()),
            disk: Shared::new(Disk::new(&setup)),
            servers: Servers::new(&setup),
            source: None,
            seq: 0,
            heard: Heard(true),
            setup,
        }
    }

    pub(crate) fn wall(&self) -> WallTime {
        (self.setup.wall_start + Span(self.now.0)).moved(self.wall_moved)
    }

    pub(crate) fn version(&self) -> Version {
        self.setup.target.version
    }

    /// True from BITS `major.minor` on.
    pub(crate) fn since(&self, major: u16, minor: u16) -> bool {
        self.version().at_least(major, minor)
    }

    pub(crate) fn set_source(&mut self, source: Option<StepId>) {
        self.source = source;
    }

    /// Runs `what` as something that no step caused directly.
    pub(crate) fn source(&self) -> Option<StepId> {
        self.source
    }

    /// Asks the sink whether it listens. Whoever drives a service does so first.
    pub(crate) fn listen(&mut self, out: &Outside<'_>) {
        self.heard = Heard(out.sink.wants());
    }

    /// Writes an event into the trace.
    #[inline]
    pub(crate) fn emit(&mut self, out: &mut Outside<'_>, what: Happened) {
        self.emit_with(out, || what);
    }

    /// The same for an event that costs something to make: it is made only if somebody listens.
    #[inline]
    pub(crate) fn emit_with(&mut self, out: &mut Outside<'_>, what: impl FnOnce() -> Happened) {
        self.seq += 1;
        if self.heard.0 {
            self.tell(out, what());
        }
    }

    #[inline(never)]
    fn tell(&self, out: &mut Outside<'_>, what: Happened) {
        let (seq, at, wall, source) = (self.seq, self.now, self.wall(), self.source);
        out.sink.event(Event { seq, at, wall, source, what });
    }

    /// Records a call with its answer, which is also what the client gets.
    pub(crate) fn answer(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
        hr: Hresult,
        reply: Reply,
    ) -> Returned {
        self.emit_with(out, || {
            let called = Called { by, call: call.clone(), hr, reply: reply.clone() };
            Happened::Called(Box::new(called))
        });
        Returned { hr, reply }
    }

    /// How many events were written so far.
    pub(crate) fn events(&self) -> u32 {
        self.seq
    }

    pub(crate) fn kind_of(&self, user: UserId) -> UserKind {
        self.setup.users.get(user.index()).map_or(UserKind::Standard, |user| user.kind)
    }

    pub(crate) fn user_of(&self, client: ClientId) -> UserId {
        self.setup.clients.get(client.index()).map_or(UserId(0), |client| client.user)
    }

    /// Service accounts are always logged on.
    pub(crate) fn is_logged_on(&self, user: UserId) -> bool {
        self.kind_of(user).is_service_account()
            || self.logged_on.get(user.index()).copied().unwrap_or(false)
    }

    /// True if the client may act as an administrator: elevated where that exists (Vista, with
    /// BITS 3.0), or a service account.
    pub(crate) fn is_administrator(&self, client: ClientId) -> bool {
        match self.kind_of(self.user_of(client)) {
            UserKind::Standard => false,
            UserKind::Administrator => {
                !self.since(3, 0)
                    || self.setup.clients.get(client.index()).is_some_and(|client| client.elevated)
            }
            UserKind::LocalSystem | UserKind::LocalService | UserKind::NetworkService => true,
        }
    }

    /// A GUID for a new job or download; its number makes it unique whatever the draws are.
    pub(crate) fn guid(&self, out: &mut Outside<'_>, job: JobId) -> u128 {
        let mut half = || u128::from(out.choose.choose(Choice::Guid, self.now, u64::MAX));
        (half() << 64 | half()) ^ u128::from(job.0 + 1)
    }

    /// The time of one message to or from a server.
    pub(crate) fn latency(&self, out: &mut Outside<'_>, server: Option<ServerId>) -> Span {
        let Some(server) = server.and_then(|id| self.setup.servers.get(id.index())) else {
            return Span::millis(20);
        };
        let least = server.latency_min.0;
        let more = server.latency_max.0.saturating_sub(least);
        if more == 0 {
            return Span(least);
        }
        Span(least + out.choose.choose(Choice::Latency, self.now, more + 1))
    }
}
