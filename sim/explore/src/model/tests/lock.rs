//! Some that take one lock in turn: what they share is changed by one of them alone.

use crate::model::{Local, Model, Packed};

/// How many there are, and whether the lock has a hole: who looks and who takes are two steps.
pub(super) struct Lock {
    pub(super) count: usize,
    pub(super) hole: bool,
}

/// Where one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum At {
    Outside,
    Before,
    Inside,
}

/// Whether the lock is taken, and where everybody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State(bool, Vec<At>);

impl Lock {
    fn go(&self, taken: bool, at: At) -> Option<(bool, At)> {
        match at {
            At::Outside if self.hole => (!taken).then_some((taken, At::Before)),
            At::Outside => Some((taken, At::Before)),
            At::Before => (self.hole || !taken).then_some((true, At::Inside)),
            At::Inside => Some((false, At::Outside)),
        }
    }
}

impl Model for Lock {
    type State = State;
    type Action = usize;

    fn initial(&self) -> Vec<State> {
        vec![State(false, vec![At::Outside; self.count])]
    }

    fn actions(&self, _: &State, actions: &mut Vec<usize>) {
        actions.extend(0..self.count);
    }

    fn step(&self, state: &State, who: usize) -> Option<State> {
        let (taken, at) = self.go(state.0, state.1[who])?;
        let mut after = State(taken, state.1.clone());
        after.1[who] = at;
        Some(after)
    }

    fn key(&self, state: &State, key: &mut Vec<u8>) {
        key.push(u8::from(state.0));
        key.extend(state.1.iter().map(|at| *at as u8));
    }

    fn broken(&self, state: &State) -> Option<String> {
        let inside = state.1.iter().filter(|at| **at == At::Inside).count();
        (inside > 1).then(|| format!("{inside} are inside"))
    }
}

impl Packed for Lock {
    fn pack(&self, state: &State) -> u64 {
        state.1.iter().fold(u64::from(state.0), |packed, at| packed << 2 | *at as u64)
    }

    fn unpack(&self, packed: u64) -> State {
        let at = |who: usize| match packed >> (2 * (self.count - 1 - who)) & 3 {
            0 => At::Outside,
            1 => At::Before,
            _ => At::Inside,
        };
        State(packed >> (2 * self.count) == 1, (0..self.count).map(at).collect())
    }
}

impl Local for Lock {
    type Part = At;
    type Shared = bool;

    fn split(&self, state: &State, parts: &mut Vec<At>) -> bool {
        parts.extend(&state.1);
        state.0
    }

    fn join(&self, taken: bool, parts: &[At]) -> State {
        State(taken, parts.to_vec())
    }

    fn alone(&self, taken: bool, _: u32, at: At, after: &mut Vec<(bool, At)>) {
        after.extend(self.go(taken, at));
    }
}
