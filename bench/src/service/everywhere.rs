//! The real engine explored everywhere.

use bitsim_explore::everywhere::{Alphabet, Limits, Scope, explore};
use bitsim_vocab::Target;

use crate::child::{Clock, Measured};

/// So many jobs with all calls and faults, up to so many states. The judge looks at every step.
pub fn run(jobs: u32, states: u64) -> Measured {
    let alphabet = Alphabet::new(&Scope { jobs, ..Scope::one_job(Target::BITS) });
    let limits = Limits { states, ..Limits::default() };
    let clock = Clock::start();
    let graph = explore(&alphabet, None, &limits, &mut |_| true);
    let check = if graph.broken.is_empty() { "nothing broken" } else { "something broken" };
    let measured = clock.stop(graph.states, check);
    measured
        .with("states", graph.states)
        .with("edges", graph.edges)
        .with("depth", graph.depth() as u64)
        .with("cells", graph.cells.len() as u64)
}
