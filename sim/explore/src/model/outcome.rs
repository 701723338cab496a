//! What an exploration may cost, and what it found.

use std::fmt;

/// How far an exploration may go. It ends with what it found by then, and says that it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most states that are told apart.
    pub states: u64,
    /// The most memory, in bytes, for states, tables and what waits to be looked at.
    pub bytes: u64,
}

impl Budget {
    /// As far as it goes.
    pub const NONE: Self = Self { states: u64::MAX, bytes: u64::MAX };
}

/// What ended an exploration before everything was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// [`Budget::states`].
    States,
    /// [`Budget::bytes`].
    Bytes,
    /// Whoever watched said [`Continue::No`].
    Stopped,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::States => "bound reached: states",
            Self::Bytes => "bound reached: memory",
            Self::Stopped => "stopped",
        })
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continue {
    /// Go on.
    Yes,
    /// End, and tell what was found so far.
    No,
}

/// How far an exploration is. Whoever watches is asked now and then, and at the end of each level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// States told apart so far.
    pub states: u64,
    /// Steps taken so far.
    pub edges: u64,
    /// Levels begun so far.
    pub levels: u32,
    /// States found but not looked at yet.
    pub waiting: u64,
    /// Memory in use, in bytes.
    pub bytes: u64,
}

/// What was kept of each state to know it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// All of it. No two states were taken for one.
    Everything,
    /// A hash of 128 bits. Two states may have been taken for one, with the odds that
    /// [`Explored::odds_log2`] tells.
    Hash,
}

/// How to get to what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample<A> {
    /// Which of [`Model::initial`](super::Model::initial) it begins in.
    pub initial: usize,
    /// What happens then. No path is shorter.
    pub path: Vec<A>,
    /// What [`Model::broken`](super::Model::broken) says about the state that it leads to.
    pub text: String,
}

/// Something that must be true sometimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sometimes {
    /// Its name, one of [`Model::sometimes`](super::Model::sometimes).
    pub name: &'static str,
    /// Whether it was true in a state that was looked at.
    pub held: bool,
}

/// What an exploration found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explored<A> {
    /// States told apart.
    pub states: u64,
    /// Steps taken, those to known states among them.
    pub edges: u64,
    /// Levels; the states to begin in are the first.
    pub levels: u32,
    /// Whether every state that can be reached was seen.
    pub complete: bool,
    /// What ended the exploration before, other than something broken.
    pub bound: Option<Bound>,
    /// The first thing found wrong. Nothing is looked for behind it.
    pub broken: Option<Counterexample<A>>,
    /// What was true sometimes and what never was.
    pub sometimes: Vec<Sometimes>,
    /// The most memory in use at once, in bytes, as far as the explorer allocated it.
    pub bytes: u64,
    /// What was kept of each state.
    pub keeps: Keeps,
}

impl<A> Explored<A> {
    /// If hashes were kept: the odds that any two states were taken for one are at most two to the
    /// power of this (negative) number.
    pub fn odds_log2(&self) -> Option<i32> {
        // n states make fewer than n * n / 2 pairs, each the same with odds of 2^-128.
        let bits = (u64::BITS - self.states.leading_zeros()) as i32;
        (self.keeps == Keeps::Hash).then_some(2 * bits - 1 - 128)
    }
}

impl<A> fmt::Display for Explored<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, edges, levels, .. } = self;
        write!(f, "{states} states, {edges} edges, {levels} levels")?;
        match (&self.broken, self.bound) {
            (Some(broken), _) => write!(f, "; broken after {} steps", broken.path.len())?,
            (None, Some(bound)) => write!(f, "; {bound}")?,
            (None, None) => write!(f, "; complete")?,
        }
        if let Some(log2) = self.odds_log2() {
            write!(f, "; two states taken for one with odds below 1 in 2^{}", -log2)?;
        }
        for never in self.sometimes.iter().filter(|s| !s.held) {
            write!(f, "; never: {}", never.name)?;
        }
        Ok(())
    }
}
