//! The real engine, explored everywhere: every call, everything that befalls the world, and time.
//!
//! | To find | look in |
//! | --- | --- |
//! | the world that is explored | `world.rs` |
//! | what can happen in it | `alphabet.rs`, `letter.rs`, `calls.rs`, `befalls.rs` |
//! | what is explored, and what together | `scope.rs`, `chapters.rs` |
//! | a world on its path, and how a letter happens in it | `place.rs` |
//! | the order in which places are looked at | `search.rs` |
//! | the path to something broken, as a story | `told.rs` |
//! | figures and lists | `report.rs`, `reached.rs`, of all chapters `whole.rs` |
//!
//! A state is what [`World::key`](bitsim_engine::World::key) tells. The judge looks at every edge,
//! but it knows one path to each state, a shortest one: a rule that looks back further than the state
//! goes sees this one history of the state. All times are multiples of [`STEP`]; calls and
//! disturbances come first at an instant, as in a scenario, and what is due by itself follows.

mod alphabet;
mod befalls;
mod calls;
mod chapters;
#[cfg(test)]
mod covered;
mod letter;
mod model;
mod place;
mod reached;
mod report;
mod scope;
mod search;
#[cfg(test)]
mod tests;
mod told;
mod whole;
mod world;

pub use alphabet::Alphabet;
pub use chapters::{CHAPTERS, Chapter};
pub use letter::{Does, How, Lasting, Letter};
pub use model::Engine;
pub use place::Place;
pub use reached::Reached;
pub use report::{Failure, Report};
pub use scope::{CORE, Scope};
pub use told::scenario;
pub use whole::{Cells, Seen, Whole};
pub use world::STEP;

use bitsim_engine::bits::Touched;
use bitsim_engine::key::{Jobs, Manner};
use bitsim_engine::sabotage::Bug;
use bitsim_oracle::Violation;
use bitsim_vocab::{JobState, RuleId, Stimulus};
use place::Desk;
use std::fmt;
use std::sync::Arc;

/// How far an exploration may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most states.
    pub states: u64,
    /// The most letters in a row.
    pub depth: u32,
    /// The most memory in bytes, as far as it is known.
    pub bytes: u64,
    /// The most rules that are found broken.
    pub failures: usize,
    /// Threads.
    pub threads: usize,
    /// Keep a hash of 128 bits of each state instead of its key.
    pub compact: bool,
    /// Take worlds that differ in which of several equal jobs is which for one.
    pub symmetry: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            states: u64::MAX,
            depth: u32::MAX,
            bytes: u64::MAX,
            failures: 1,
            threads: 1,
            compact: false,
            symmetry: true,
        }
    }
}

/// What ended an exploration before everything was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The fields of Limits.
pub enum Bound {
    States,
    Depth,
    Memory,
    Interrupted,
}

/// How far an exploration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// States so far.
    pub states: u64,
    /// Letters played so far.
    pub edges: u64,
    /// The level that is looked at.
    pub depth: u32,
    /// States that nobody has looked at yet.
    pub waiting: u64,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule; none if the world does not come to rest.
    pub rule: Option<RuleId>,
    /// In a sentence.
    pub text: String,
}

impl Found {
    fn of(violation: &Violation) -> Self {
        let Violation { rule, what, expected, actual, .. } = violation;
        let text = format!("{what}; expected {expected}, got {actual}");
        Self { rule: Some(*rule), text }
    }
}

/// The letters that lead to something wrong. No path that leads there is shorter, unless letters
/// that change nothing had to come before the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample {
    /// Their positions in [`Alphabet::letters`].
    pub path: Vec<u8>,
    /// What is wrong.
    pub found: Found,
}

/// What an exploration found.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// States.
    pub states: u64,
    /// Letters played, each judged.
    pub edges: u64,
    /// Those that left the state as it was.
    pub loops: u64,
    /// Worlds copied.
    pub copies: u64,
    /// States by the length of the shortest path to them.
    pub levels: Vec<u64>,
    /// Everything was seen.
    pub complete: bool,
    /// What ended it before.
    pub bound: Option<Bound>,
    /// What is wrong, each rule once. Nothing was looked for behind it.
    pub broken: Vec<Counterexample>,
    /// Which rules held somewhere, by [`RuleId::index`].
    pub held: Vec<bool>,
    /// The most memory in bytes, as far as it is known.
    pub bytes: u64,
    /// How often a state was reached on two ways and went on differently: never, unless a key
    /// leaves out what matters.
    pub uneven: u64,
    /// Cases of the table that were taken: row, column, number.
    pub cells: Vec<(Stimulus, JobState, usize)>,
    /// Combinations that the table says cannot arise, and that arose.
    pub impossible: Vec<(Stimulus, JobState)>,
}

impl Graph {
    /// The length of the longest of the shortest paths.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::States => "states",
            Self::Depth => "depth",
            Self::Memory => "memory",
            Self::Interrupted => "interrupted",
        })
    }
}

/// Explores everything that an alphabet can do, with the engine as it is or with a bug. `ask` says
/// now and then whether to go on.
pub fn explore(
    alphabet: &Alphabet,
    bug: Option<&Bug>,
    limits: &Limits,
    ask: &mut dyn FnMut(&Progress) -> bool,
) -> Graph {
    let touched = Arc::new(Touched::default());
    let mut desk = Desk::default();
    let start = Place::start(alphabet, bug, Some(Arc::clone(&touched).into()), &mut desk);
    let jobs = if limits.symmetry { Jobs::Alike } else { Jobs::InOrder };
    let manner = Manner { jobs, longest: alphabet.longest };
    let map = search::Map { alphabet, manner };
    let mut graph = search::explore(&map, start, limits, ask);
    graph.cells.extend(touched.cases());
    graph.impossible = touched.impossible();
    graph
}
