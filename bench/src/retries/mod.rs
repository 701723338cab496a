//! Jobs that try again and again: the bare loop on the peers, real BITS on bitsim's engine.

pub mod brl;
pub mod simcore;
pub mod turmoil;

use crate::child::{Clock, Measured};

/// Runs the bare loop `runs` times on the peer of this name.
pub fn run(peer: &str, jobs: u64, most: u64, runs: u64) -> Option<Measured> {
    let once: &dyn Fn() -> u64 = match peer {
        "simcore" => &|| simcore::run(jobs, most),
        "turmoil" => &|| turmoil::run(jobs, most, 600),
        _ => return None,
    };
    let mut sum = 0;
    let clock = Clock::start();
    for _ in 0..runs {
        sum = once();
    }
    Some(clock.stop(jobs * most * runs, format!("{sum:016x}")).with("runs", runs))
}
