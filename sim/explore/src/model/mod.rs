//! What can be explored everywhere: states, actions, and one step function.
//!
//! There are three ways to explore a [`Model`], and they find the same states:
//!
//! | | for | what is kept of each state |
//! | --- | --- | --- |
//! | [`explore`] | every model | its key or 128 bits of it, and the action that led to it |
//! | [`explore_packed`] | models whose states fit in 64 bits ([`Packed`]) | these 64 bits, and where it came from |
//! | [`explore_tables`] | models made of equal parts ([`Local`]) | one bit |
//!
//! All go level by level, so that a path to something broken is a shortest one, and do the same
//! thing every time. They stop at a [`Budget`] and say so.

mod hashed;
mod index;
mod local;
mod numbers;
mod outcome;
mod packed;
mod path;
mod set;
mod store;
mod tables;
#[cfg(test)]
mod tests;
mod watch;

pub use hashed::{Store, explore};
pub use local::Local;
pub use outcome::{Bound, Budget, Continue, Counterexample, Explored, Keeps, Progress, Sometimes};
pub use packed::{Packed, explore_packed};
pub(crate) use store::Keys;
pub use tables::{Symmetry, explore_tables};

/// Something with states that one step function moves. The real engine is one, a small model of a
/// job's life another.
pub trait Model: Sync {
    /// A state, with everything that what follows depends on.
    type State: Clone + Send;
    /// What can happen in a state. Small, because one is kept for each state.
    type Action: Copy + Eq + std::fmt::Debug + Send;

    /// The states to begin in.
    fn initial(&self) -> Vec<Self::State>;

    /// Appends everything that can happen in `state`, always in the same order.
    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>);

    /// The state after `action`; `None` if it cannot happen after all.
    fn step(&self, state: &Self::State, action: Self::Action) -> Option<Self::State>;

    /// Appends what tells states apart: two states with equal keys go on in the same way. A key
    /// that does not depend on the order of equal parts makes use of their symmetry.
    fn key(&self, state: &Self::State, key: &mut Vec<u8>);

    /// What is wrong with `state`, or with the step that led to it.
    fn broken(&self, state: &Self::State) -> Option<String>;

    /// Names of what must be true sometimes, in some state.
    fn sometimes(&self) -> &[&'static str] {
        &[]
    }

    /// Whether the `which`-th of [`Model::sometimes`] is true in `state`.
    fn holds(&self, state: &Self::State, which: usize) -> bool {
        let _ = (state, which);
        false
    }

    /// How many bytes `state` takes in memory, for the budget.
    fn size(&self, state: &Self::State) -> u64 {
        let _ = state;
        size_of::<Self::State>() as u64
    }
}
