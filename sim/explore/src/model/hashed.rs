//! Exploring any model: what was seen is known by its key.

use super::store::Keys;
use super::watch::{Ask, Watch};
use super::{Budget, Counterexample, Explored, Model};

/// What is kept of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// All their bytes.
    Exact,
    /// 128 bits of a hash.
    Compact,
}

/// States looked at between two questions whether to go on. A step of the real engine takes
/// microseconds, and a state has dozens.
const ASK_EVERY: u32 = 256;
/// The number that stands for no state: numbers of states fit in 32 bits.
const NONE: u32 = u32::MAX;

/// Explores `model` until everything was seen, something is broken, or `budget` is used up.
///
/// What is wrong and what is true sometimes is looked for after every step, even if the step leads
/// to a known state, so that both may depend on the step.
pub fn explore<M: Model>(
    model: &M,
    budget: &Budget,
    store: Store,
    ask: Ask<'_>,
) -> Explored<M::Action> {
    let budget = Budget { states: budget.states.min(u64::from(NONE) - 1), ..*budget };
    let mut search = Search {
        model,
        watch: Watch::new(model, &budget, ASK_EVERY, ask),
        keys: match store {
            Store::Exact => Keys::exact(),
            Store::Compact => Keys::compact(),
        },
        came: Vec::new(),
        next: Vec::new(),
        next_bytes: 0,
        level_bytes: 0,
        key: Vec::new(),
    };
    let broken = search.run();
    let keeps = search.keys.keeps();
    search.watch.done(keeps, broken)
}

struct Search<'a, M: Model> {
    model: &'a M,
    watch: Watch<'a>,
    keys: Keys,
    /// Where each state came from, and by which action. One to begin in came from none, and the
    /// number is which.
    came: Vec<(u32, Option<M::Action>)>,
    /// The states of the next level.
    next: Vec<(u32, M::State)>,
    next_bytes: u64,
    level_bytes: u64,
    key: Vec<u8>,
}

type Found<M> = Option<Counterexample<<M as Model>::Action>>;

impl<M: Model> Search<'_, M> {
    fn run(&mut self) -> Found<M> {
        for (which, state) in self.model.initial().into_iter().enumerate() {
            if let Some(broken) = self.meet(state, which as u32, None) {
                return Some(broken);
            }
        }
        let mut actions = Vec::new();
        while !self.next.is_empty() && !self.watch.ended() {
            let level = std::mem::take(&mut self.next);
            self.level_bytes = std::mem::take(&mut self.next_bytes);
            self.watch.level(level.len() as u64);
            let count = level.len();
            for (looked_at, (number, state)) in level.into_iter().enumerate() {
                actions.clear();
                self.model.actions(&state, &mut actions);
                for action in &actions {
                    let Some(after) = self.model.step(&state, *action) else { continue };
                    self.watch.progress.edges += 1;
                    if let Some(broken) = self.meet(after, number, Some(*action)) {
                        return Some(broken);
                    }
                    if self.watch.ended() {
                        return None;
                    }
                }
                let next = self.next.len();
                self.watch.tick(|| (count - looked_at - 1 + next) as u64);
                if self.watch.ended() {
                    return None;
                }
            }
        }
        None
    }

    /// A step led to `state`. Keeps it if it is new.
    fn meet(&mut self, state: M::State, from: u32, by: Option<M::Action>) -> Found<M> {
        if let Some(text) = self.model.broken(&state) {
            return Some(self.way_to(from, by, text));
        }
        self.watch.note(self.model, &state);
        self.key.clear();
        self.model.key(&state, &mut self.key);
        let size = size_of::<u32>() as u64 + self.model.size(&state);
        if !self.watch.room_for_bytes(self.bytes() + self.key.len() as u64 + size) {
            return None;
        }
        let number = self.keys.insert(&self.key, self.keys.hash(&self.key))?;
        if !self.watch.room_for_a_state() {
            return None;
        }
        self.watch.progress.states += 1;
        self.came.push((from, by));
        self.next.push((number, state));
        self.next_bytes += size;
        None
    }

    fn bytes(&self) -> u64 {
        let came = self.came.capacity() * size_of::<(u32, Option<M::Action>)>();
        self.keys.bytes() + came as u64 + self.level_bytes + self.next_bytes
    }

    fn way_to(&self, from: u32, by: Option<M::Action>, text: String) -> Counterexample<M::Action> {
        let mut path = Vec::new();
        let (mut from, mut by) = (from, by);
        while let Some(action) = by {
            path.push(action);
            (from, by) = self.came[from as usize];
        }
        path.reverse();
        Counterexample { initial: from as usize, path, text }
    }
}
