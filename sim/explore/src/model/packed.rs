//! Exploring models whose states fit in 64 bits.

use std::hint::black_box;

use super::path::along;
use super::set::{Set, gather, spread};
use super::watch::{Ask, Watch};
use super::{Budget, Counterexample, Explored, Keeps, Model};

/// A model whose states fit in 64 bits.
pub trait Packed: Model {
    /// `state` in 64 bits: the same for no two states that go on differently.
    fn pack(&self, state: &Self::State) -> u64;

    /// The state that was packed.
    fn unpack(&self, packed: u64) -> Self::State;

    /// Appends where every action leads, packed; `state` is the one that `packed` is. A model that
    /// can tell what few bits a step changes does this faster than one action after another.
    fn all_after(&self, packed: u64, state: &Self::State, after: &mut Vec<u64>) {
        let _ = packed;
        let mut actions = Vec::new();
        self.actions(state, &mut actions);
        let step = |action| self.step(state, action).map(|state| self.pack(&state));
        after.extend(actions.into_iter().filter_map(step));
    }
}

/// States looked at between two questions whether to go on.
const ASK_EVERY: u32 = 1 << 16;
/// Steps that are at least collected before the set is asked whether they lead anywhere new. Their places
/// in the set are looked at first, all at once, so that the memory fetches them all at once.
const BATCH: usize = 256;
/// Where a state to begin in came from.
const NOWHERE: u32 = u32::MAX;

/// Explores `model` as [`explore`](super::explore) does, with states in 64 bits: 12 bytes for each,
/// a parent among them, and a set that is filled to between three and six eighths.
///
/// What is wrong and what is true sometimes is looked for once in each state.
pub fn explore_packed<M: Packed>(model: &M, budget: &Budget, ask: Ask<'_>) -> Explored<M::Action> {
    let budget = Budget { states: budget.states.min(u64::from(NOWHERE) - 1), ..*budget };
    let mut search = Search {
        model,
        watch: Watch::new(model, &budget, ASK_EVERY, ask),
        set: Set::new(),
        has_zero: false,
        order: Vec::new(),
        parents: Vec::new(),
        batch: Vec::with_capacity(BATCH * 2),
        sources: Vec::with_capacity(BATCH),
    };
    let broken = search.run();
    search.watch.done(Keeps::Everything, broken)
}

struct Search<'a, M: Packed> {
    model: &'a M,
    watch: Watch<'a>,
    /// The states seen so far, spread.
    set: Set,
    /// Whether the state was seen that the set cannot hold.
    has_zero: bool,
    /// The states seen so far, in the order in which they came.
    order: Vec<u64>,
    /// Where each came from: a place in `order`.
    parents: Vec<u32>,
    /// Where the steps lead that were taken last.
    batch: Vec<u64>,
    /// Which states they were taken from, and where in the batch those of each end.
    sources: Vec<(u32, u32)>,
}

impl<M: Packed> Search<'_, M> {
    fn run(&mut self) -> Option<Counterexample<M::Action>> {
        for state in self.model.initial() {
            self.batch.push(self.model.pack(&state));
            self.sources.push((NOWHERE, 1));
            self.settle();
        }
        let (mut at, mut level_end) = (0, 0);
        loop {
            if at == level_end {
                self.settle();
                level_end = self.order.len();
                if at == level_end || self.watch.ended() {
                    break;
                }
                self.watch.level((level_end - at) as u64);
            }
            let state = self.model.unpack(self.order[at]);
            if let Some(text) = self.look_at(&state) {
                return Some(self.way_to(at, text));
            }
            let before = self.batch.len();
            self.model.all_after(self.order[at], &state, &mut self.batch);
            self.watch.progress.edges += (self.batch.len() - before) as u64;
            self.sources.push((at as u32, self.batch.len() as u32));
            if self.batch.len() >= BATCH {
                self.settle();
            }
            at += 1;
            let found = self.order.len();
            self.watch.tick(|| (found - at) as u64);
            if self.watch.ended() {
                break;
            }
        }
        self.look_at_the_rest(at)
    }

    fn look_at(&mut self, state: &M::State) -> Option<String> {
        self.watch.note(self.model, state);
        self.model.broken(state)
    }

    /// At a bound there are states that were found, but not looked at.
    fn look_at_the_rest(&mut self, from: usize) -> Option<Counterexample<M::Action>> {
        for at in from..self.order.len() {
            let state = self.model.unpack(self.order[at]);
            if let Some(text) = self.look_at(&state) {
                return Some(self.way_to(at, text));
            }
        }
        None
    }

    /// Keeps what is new of the batch.
    fn settle(&mut self) {
        if !self.watch.ended() && self.make_room() {
            let mut touched = 0;
            for state in &mut self.batch {
                *state = spread(*state);
                touched ^= self.set.touch(*state);
            }
            black_box(touched);
            self.keep_new();
        }
        self.batch.clear();
        self.sources.clear();
    }

    fn keep_new(&mut self) {
        let mut start = 0;
        for (from, end) in &self.sources {
            for state in &self.batch[start..*end as usize] {
                let new = match *state {
                    0 => !std::mem::replace(&mut self.has_zero, true),
                    state => self.set.insert(state),
                };
                if new {
                    if !self.watch.room_for_a_state() {
                        return;
                    }
                    self.watch.progress.states += 1;
                    self.order.push(gather(*state));
                    self.parents.push(*from);
                }
            }
            start = *end as usize;
        }
    }

    /// Makes room for a batch, by an eighth at a time where the order is not that of a hash.
    fn make_room(&mut self) -> bool {
        let mut bytes = self.bytes();
        let count = self.batch.len();
        let short = self.order.capacity() - self.order.len() < count;
        let more = if short { count + self.order.len() / 8 } else { 0 };
        bytes += more as u64 * 12;
        let grow = self.set.is_short_of(count as u64);
        if grow {
            bytes += self.set.bytes() * 2;
        }
        if !self.watch.room_for_bytes(bytes) {
            return false;
        }
        if short {
            self.order.reserve_exact(more);
            self.parents.reserve_exact(more);
        }
        while self.set.is_short_of(count as u64) {
            self.set.grow();
        }
        true
    }

    fn bytes(&self) -> u64 {
        self.set.bytes() + self.order.capacity() as u64 * 8 + self.parents.capacity() as u64 * 4
    }

    fn way_to(&self, at: usize, text: String) -> Counterexample<M::Action> {
        let mut states = vec![self.order[at]];
        let mut parent = self.parents[at];
        while parent != NOWHERE {
            states.push(self.order[parent as usize]);
            parent = self.parents[parent as usize];
        }
        states.reverse();
        let (initial, path) = along(self.model, &states, |state| self.model.pack(state))
            .expect("a model packs equal states equally and steps the same way twice");
        Counterexample { initial, path, text }
    }
}
