//! What every way of exploring counts, asks and checks.

use super::{Bound, Budget, Continue, Counterexample, Explored, Keeps, Model, Progress, Sometimes};

/// Whoever is asked whether to go on.
pub(super) type Ask<'a> = &'a mut dyn FnMut(&Progress) -> Continue;

/// The counts of an exploration, its budget, and what was true sometimes.
pub(super) struct Watch<'a> {
    budget: Budget,
    ask: Ask<'a>,
    /// How many states are looked at between two questions.
    every: u32,
    since: u32,
    pub(super) progress: Progress,
    most_bytes: u64,
    bound: Option<Bound>,
    names: &'a [&'static str],
    held: Vec<bool>,
    open: usize,
}

impl<'a> Watch<'a> {
    pub(super) fn new<M: Model>(
        model: &'a M,
        budget: &Budget,
        every: u32,
        ask: Ask<'a>,
    ) -> Watch<'a> {
        let names = model.sometimes();
        Watch {
            budget: *budget,
            ask,
            every,
            since: 0,
            progress: Progress { states: 0, edges: 0, levels: 0, waiting: 0, bytes: 0 },
            most_bytes: 0,
            bound: None,
            names,
            held: vec![false; names.len()],
            open: names.len(),
        }
    }

    /// Whether one more state may be kept.
    pub(super) fn room_for_a_state(&mut self) -> bool {
        let room = self.progress.states < self.budget.states;
        if !room {
            self.bound.get_or_insert(Bound::States);
        }
        room
    }

    /// Whether `bytes` may be in use at once. Remembers the most that were.
    pub(super) fn room_for_bytes(&mut self, bytes: u64) -> bool {
        if bytes > self.budget.bytes {
            self.bound.get_or_insert(Bound::Bytes);
            return false;
        }
        self.progress.bytes = bytes;
        self.most_bytes = self.most_bytes.max(bytes);
        true
    }

    /// To be called for each state that is looked at. Asks now and then.
    pub(super) fn tick(&mut self, waiting: impl FnOnce() -> u64) {
        self.since += 1;
        if self.since == self.every {
            self.since = 0;
            self.progress.waiting = waiting();
            self.ask();
        }
    }

    /// A level begins with so many states.
    pub(super) fn level(&mut self, waiting: u64) {
        self.progress.levels += 1;
        self.progress.waiting = waiting;
        self.ask();
    }

    fn ask(&mut self) {
        if self.bound.is_none() && (self.ask)(&self.progress) == Continue::No {
            self.bound = Some(Bound::Stopped);
        }
    }

    /// The exploration ends here.
    pub(super) fn end(&mut self, bound: Bound) {
        self.bound.get_or_insert(bound);
    }

    /// Whether a bound was reached.
    pub(super) fn ended(&self) -> bool {
        self.bound.is_some()
    }

    /// Notes what is true in `state`.
    #[inline]
    pub(super) fn note<M: Model>(&mut self, model: &M, state: &M::State) {
        if self.open == 0 {
            return;
        }
        for (which, held) in self.held.iter_mut().enumerate() {
            if !*held && model.holds(state, which) {
                *held = true;
                self.open -= 1;
            }
        }
    }

    pub(super) fn done<A>(self, keeps: Keeps, broken: Option<Counterexample<A>>) -> Explored<A> {
        let sometimes = self.names.iter().zip(&self.held);
        Explored {
            states: self.progress.states,
            edges: self.progress.edges,
            levels: self.progress.levels,
            complete: self.bound.is_none() && broken.is_none(),
            bound: self.bound,
            broken,
            sometimes: sometimes.map(|(name, held)| Sometimes { name, held: *held }).collect(),
            bytes: self.most_bytes,
            keeps,
        }
    }
}
