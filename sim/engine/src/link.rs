//! The wire between a service and a server: how long an answer takes, and bytes on the move.
//!
//! Bytes are not moved one packet at a time. A flow has a rate and an end; how far it has come is
//! worked out when somebody needs to know, and one timer stands for the point at which it stops.

use crate::env::Env;
use crate::outside::Outside;
use crate::servers::Refusal;
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::world::Part;
use bitsim_vocab::{Hresult, ServerId, SimTime, Span};

/// Bytes on the move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Flow {
    /// Since when.
    pub(crate) since: SimTime,
    /// Bytes there were then.
    pub(crate) base: u64,
    /// Bytes that will have moved when the flow stops.
    pub(crate) limit: u64,
    /// Bytes a second.
    pub(crate) rate: u64,
    /// Why it stops there.
    pub(crate) stop: Stop,
}

/// Why a flow of bytes stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stop {
    /// All of it is there.
    End,
    /// The connection breaks.
    Drop,
    /// The volume is full.
    Full,
    /// The server began to misbehave; the next request will show.
    Fault,
    /// The client gives up a connection on which too little moves.
    Slow,
    /// The size is beyond what the clock can tell, or the rate is nothing.
    Never,
}

/// What is fetched or sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) server: Option<ServerId>,
    pub(crate) url: &'a str,
    pub(crate) part: Part,
    /// The local file whose volume the bytes fill; none if they leave the computer.
    pub(crate) onto: Option<&'a str>,
    /// Bytes that are there already.
    pub(crate) held: u64,
    /// Bytes of the whole.
    pub(crate) size: u64,
    /// Bytes a second.
    pub(crate) rate: u64,
}

/// What stopped a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// All of it is there.
    Arrived,
    /// The volume is full.
    Full,
    /// The server, or the way to it.
    Refused(Refusal),
    /// What should have stopped it is gone: it goes on.
    Not,
}

impl Flow {
    /// Sets bytes in motion: the flow, and when it stops (never, if nothing moves).
    pub(crate) fn begin(env: &Env, wanted: &Wanted<'_>) -> (Self, Option<SimTime>) {
        let mut limit = wanted.size.saturating_sub(wanted.held);
        let mut stop = Stop::End;
        if let Some(server) = wanted.server {
            let drops = env.servers.drops_after(server, wanted.url, wanted.part);
            if let Some(bytes) = drops.filter(|bytes| *bytes < limit) {
                (limit, stop) = (bytes, Stop::Drop);
            }
        }
        let free = wanted.onto.and_then(|path| env.disk.free(path));
        if let Some(free) = free.filter(|free| *free < limit) {
            (limit, stop) = (free, Stop::Full);
        }
        let rate = wanted.rate;
        let lasts = if rate == 0 && limit > 0 { None } else { time_for(limit, rate) };
        let stop = if lasts.is_none() { Stop::Never } else { stop };
        let flow = Self { since: env.now, base: wanted.held, limit, rate, stop };
        (flow, lasts.map(|span| env.now + span))
    }

    /// Bytes that are there at `now`.
    pub(crate) fn done_at(self, now: SimTime) -> u64 {
        let elapsed = u128::from(now.since(self.since).0);
        let moved = elapsed * u128::from(self.rate) / u128::from(TICKS_PER_SECOND);
        self.base + u64::try_from(moved).unwrap_or(u64::MAX).min(self.limit)
    }

    /// The time of the flow is over: what stopped it. A fault is used up by one.
    pub(crate) fn stopped(self, env: &mut Env, wanted: &Wanted<'_>) -> Stopped {
        let refusal = match (self.stop, wanted.server) {
            (Stop::End, _) => return Stopped::Arrived,
            (Stop::Full, _) => return Stopped::Full,
            (Stop::Slow, _) => Some(Refusal::SLOW),
            (Stop::Never, _) | (_, None) => None,
            (Stop::Drop, Some(server)) => env.servers.dropped(server, wanted.url, wanted.part),
            (Stop::Fault, Some(server)) => env.servers.request(server, wanted.url, wanted.part),
        };
        // A server that refuses new connections breaks the one that stands.
        let broken = refusal.map(|refusal| match refusal.code {
            Hresult::ERROR_WINHTTP_CANNOT_CONNECT | Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED => {
                Refusal { code: Hresult::ERROR_WINHTTP_CONNECTION_ERROR, ..refusal }
            }
            _ => refusal,
        });
        broken.map_or(Stopped::Not, Stopped::Refused)
    }
}

/// When the answer to a request that goes out now arrives.
pub(crate) fn answer_due(env: &Env, out: &mut Outside<'_>, server: Option<ServerId>) -> SimTime {
    let there = env.latency(out, server);
    let back = env.latency(out, server);
    env.now + there + back
}

/// Bytes a second that a server gives each transfer.
pub(crate) fn bandwidth(env: &Env, server: Option<ServerId>) -> u64 {
    let server = server.and_then(|id| env.setup.servers.get(id.index()));
    server.map_or(0, |server| server.bandwidth)
}

/// How long `bytes` take at `rate` bytes a second, rounded up to a tick; `None` beyond all time.
fn time_for(bytes: u64, rate: u64) -> Option<Span> {
    if bytes == 0 {
        return Some(Span::ZERO);
    }
    let ticks = (u128::from(bytes) * u128::from(TICKS_PER_SECOND)).div_ceil(u128::from(rate));
    u64::try_from(ticks).ok().map(Span)
}
