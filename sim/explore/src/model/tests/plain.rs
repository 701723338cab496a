//! The obvious way to explore, to compare with.

use std::collections::BTreeSet;

use crate::model::Model;

/// What the obvious way finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) states: u64,
    pub(super) edges: u64,
    pub(super) levels: u32,
    /// The steps of a shortest path to something broken.
    pub(super) broken: Option<usize>,
}

/// Explores with an ordered set of keys, to the end or to the first level with something broken.
pub(super) fn explore<M: Model>(model: &M) -> Plain {
    let mut plain = Plain { states: 0, edges: 0, levels: 0, broken: None };
    let mut seen = BTreeSet::new();
    let mut level = model.initial();
    level.retain(|state| seen.insert(key(model, state)));
    while !level.is_empty() {
        if level.iter().any(|state| model.broken(state).is_some()) {
            plain.broken = Some(plain.levels as usize);
            break;
        }
        plain.levels += 1;
        let mut next = Vec::new();
        for state in &level {
            let mut actions = Vec::new();
            model.actions(state, &mut actions);
            let after: Vec<_> =
                actions.iter().filter_map(|action| model.step(state, *action)).collect();
            plain.edges += after.len() as u64;
            next.extend(after.into_iter().filter(|state| seen.insert(key(model, state))));
        }
        level = next;
    }
    plain.states = seen.len() as u64;
    plain
}

fn key<M: Model>(model: &M, state: &M::State) -> Vec<u8> {
    let mut key = Vec::new();
    model.key(state, &mut key);
    key
}
