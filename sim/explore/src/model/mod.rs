//! What can be explored everywhere: states, actions, and one step function.

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
}
