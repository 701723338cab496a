//! Models made of equal parts.

use super::Model;

/// A model whose states are a few equal parts and something that they share. A part moves by
/// itself, looking at what is shared and at one sum over all parts, or all parts move at once.
///
/// It says the same as the model's [`Model::actions`] and [`Model::step`], which are best written
/// in terms of it, and `broken` and `sometimes` of the model are used as they are.
pub trait Local: Model {
    /// The state of one part.
    type Part: Copy + Ord;
    /// The state of what they share.
    type Shared: Copy + Ord;

    /// Takes `state` apart. Every state has as many parts as the first, and at most eight.
    fn split(&self, state: &Self::State, parts: &mut Vec<Self::Part>) -> Self::Shared;

    /// Puts a state together.
    fn join(&self, shared: Self::Shared, parts: &[Self::Part]) -> Self::State;

    /// What `part` adds to the sum that all parts look at.
    fn adds(&self, part: Self::Part) -> u8 {
        let _ = part;
        0
    }

    /// Appends what `part` can do by itself when the parts add up to `sum`: for each action, the
    /// two states after it.
    fn alone(
        &self,
        shared: Self::Shared,
        sum: u32,
        part: Self::Part,
        after: &mut Vec<(Self::Shared, Self::Part)>,
    );

    /// How many kinds of things there are that happen to all parts at once.
    fn together(&self) -> usize {
        0
    }

    /// What is shared after the `which`-th of them, if it can happen.
    fn shared_after(&self, which: usize, shared: Self::Shared) -> Option<Self::Shared> {
        let _ = which;
        Some(shared)
    }

    /// A part after the `which`-th of them, and whether it is a reason for it to happen, which it
    /// does if at least one part is.
    fn part_after(
        &self,
        which: usize,
        shared: Self::Shared,
        part: Self::Part,
    ) -> (Self::Part, bool) {
        let _ = (which, shared);
        (part, true)
    }
}
