//! Stateright on BJL, as its users would write it.

use std::fmt::Debug;
use std::hash::Hash;
use bitsim::explore::model::{Local as _, Model as _};
use stateright::{Checker, Model, Property};

use super::bjl::{Action, Bjl, Job, State};
use crate::child::{Clock, Measured};

/// Explores as `how` says; `None` if nobody is called that.
pub fn run(how: &str, model: Bjl) -> Option<Measured> {
    match how {
        "stateright" => Some(bfs::<Listed>(model)),
        "stateright-array" => Some(bfs::<State>(model)),
        _ => None,
    }
}

fn bfs<S: Form>(model: Bjl) -> Measured {
    let peer = Peer { model, form: std::marker::PhantomData::<S> };
    let clock = Clock::start();
    let checker = peer.checker().spawn_bfs().join();
    let measured = clock.stop(checker.unique_state_count() as u64, "");
    let states = checker.unique_state_count() as u64;
    // It counts the states to begin in among those it generated.
    let edges = checker.state_count() - 1;
    let held = checker.discoveries();
    let fine = !held.contains_key("invariants");
    let check = format!(
        "{states}/{edges}/{}, {} sometimes, {}",
        checker.max_depth(),
        held.len() - usize::from(!fine),
        if fine { "fine" } else { "broken" }
    );
    Measured { check, ..measured }
}

/// How a state is written down.
trait Form: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    fn of(state: &State, jobs: usize) -> Self;
    fn state(&self, model: &Bjl) -> State;
}

/// With a list of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Listed {
    net: bool,
    jobs: Vec<Job>,
}

impl Form for Listed {
    fn of(state: &State, jobs: usize) -> Self {
        Self { net: state.net, jobs: state.jobs[..jobs].to_vec() }
    }

    fn state(&self, model: &Bjl) -> State {
        model.join(self.net, &self.jobs)
    }
}

impl Form for State {
    fn of(state: &State, _: usize) -> Self {
        *state
    }

    fn state(&self, _: &Bjl) -> State {
        *self
    }
}

struct Peer<S> {
    model: Bjl,
    form: std::marker::PhantomData<S>,
}

impl<S: Form> Model for Peer<S> {
    type State = S;
    type Action = Action;

    fn init_states(&self) -> Vec<S> {
        self.model.initial().iter().map(|state| S::of(state, self.model.jobs)).collect()
    }

    fn actions(&self, state: &S, actions: &mut Vec<Action>) {
        self.model.actions(&state.state(&self.model), actions);
    }

    fn next_state(&self, state: &S, action: Action) -> Option<S> {
        let after = self.model.step(&state.state(&self.model), action)?;
        Some(S::of(&after, self.model.jobs))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("invariants", |peer: &Self, state: &S| {
                peer.model.broken(&state.state(&peer.model)).is_none()
            }),
            Property::sometimes("transferred", |peer: &Self, state: &S| {
                peer.model.holds(&state.state(&peer.model), 0)
            }),
            Property::sometimes("acknowledged", |peer: &Self, state: &S| {
                peer.model.holds(&state.state(&peer.model), 1)
            }),
        ]
    }
}
