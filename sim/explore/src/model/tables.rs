//! Exploring models made of equal parts, by the numbers of their parts' states.

use std::collections::{BTreeMap, BTreeSet};

use super::numbers::search;
use super::watch::{Ask, Watch};
use super::{Bound, Budget, Explored, Keeps, Local};

/// Whether parts may change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symmetry {
    /// States that differ in the order of their parts are told apart.
    Ignored,
    /// They are not: whatever the model checks must not depend on the order.
    Used,
}

/// States looked at between two questions whether to go on.
const ASK_EVERY: u32 = 1 << 16;

/// Explores `model` as [`explore`](super::explore) does, by tables: the states that one part can
/// be in are found first and numbered, with what each does in which surroundings. A state of the
/// whole is a number in mixed radix then, and one bit says that it was seen.
///
/// What is wrong and what is true sometimes is looked for once in each state. The budget must
/// hold a bit for each combination of parts; a path to something broken is found by exploring
/// again with the levels kept, eight bytes a state.
pub fn explore_tables<M: Local>(
    model: &M,
    symmetry: Symmetry,
    budget: &Budget,
    ask: Ask<'_>,
) -> Explored<M::Action> {
    let mut watch = Watch::new(model, budget, ASK_EVERY, ask);
    let broken = match Tables::new(model, budget) {
        Some(tables) => search(model, &tables, symmetry, &mut watch),
        None => {
            watch.end(Bound::Bytes);
            None
        }
    };
    watch.done(Keeps::Everything, broken)
}

/// The states of one part and of what is shared, numbered, and how they move.
pub(super) struct Tables<M: Local> {
    pub(super) shared: Vec<M::Shared>,
    pub(super) parts: Vec<M::Part>,
    part_numbers: BTreeMap<M::Part, u16>,
    shared_numbers: BTreeMap<M::Shared, u16>,
    /// How many parts a state has.
    pub(super) count: usize,
    /// What each state of a part adds to the sum.
    pub(super) adds: Vec<u8>,
    /// One more than the largest sum.
    sums: usize,
    /// Where the row of a shared state, a sum and a part begins in `alone`, and at the end where
    /// the last one ends.
    rows: Vec<u32>,
    /// The states of shared and part after each thing that a part does by itself.
    alone: Vec<(u16, u16)>,
    /// For each shared state what can happen to all: the shared state after it, and which row of
    /// `along` it is.
    together: Vec<Vec<(u16, usize)>>,
    /// A part after it, and whether it is a reason for it.
    along: Vec<(u16, bool)>,
}

/// The most numbers that 16 bits hold, and the most parts.
const MOST_NUMBERS: usize = 1 << 16;
pub(super) const MOST_PARTS: usize = 8;

impl<M: Local> Tables<M> {
    /// `None` if there are too many states, for their numbers or for the budget.
    fn new(model: &M, budget: &Budget) -> Option<Self> {
        let mut largest_sum = 0;
        loop {
            let closed = Closed::new(model, largest_sum, budget)?;
            let most = closed.parts.iter().map(|part| model.adds(*part)).max().unwrap_or(0);
            let sum = u32::from(most) * closed.count as u32;
            if sum <= largest_sum {
                return closed.tabulate(model, largest_sum, budget);
            }
            largest_sum = sum;
        }
    }

    /// What `part` does by itself in these surroundings.
    #[inline]
    pub(super) fn alone(&self, shared: u16, sum: u32, part: u16) -> &[(u16, u16)] {
        let row = self.row(shared, sum, part);
        &self.alone[self.rows[row] as usize..self.rows[row + 1] as usize]
    }

    fn row(&self, shared: u16, sum: u32, part: u16) -> usize {
        let surroundings = usize::from(shared) * self.sums + sum as usize;
        surroundings * self.parts.len() + usize::from(part)
    }

    /// What can happen to all when this is shared: what is shared then, and for each part its
    /// state then and whether it is a reason.
    pub(super) fn together(&self, shared: u16) -> impl Iterator<Item = (u16, &[(u16, bool)])> {
        let radix = self.parts.len();
        let rows = self.together[usize::from(shared)].iter();
        rows.map(move |(after, row)| (*after, &self.along[row * radix..(row + 1) * radix]))
    }

    pub(super) fn number_of_shared(&self, shared: &M::Shared) -> Option<u16> {
        self.shared_numbers.get(shared).copied()
    }

    pub(super) fn number_of_part(&self, part: &M::Part) -> Option<u16> {
        self.part_numbers.get(part).copied()
    }

    pub(super) fn bytes(&self) -> u64 {
        let along = self.along.len() * size_of::<(u16, bool)>();
        (self.rows.len() * 4 + self.alone.len() * 4 + along) as u64
    }
}

/// Which states of a part can go with which shared state, at most: a part is followed alone, in
/// all surroundings that its like can make.
struct Closed<M: Local> {
    shared: Vec<M::Shared>,
    parts: Vec<M::Part>,
    shared_numbers: BTreeMap<M::Shared, u16>,
    part_numbers: BTreeMap<M::Part, u16>,
    count: usize,
    /// In the order in which they were found, the same as a set, and by shared state.
    pairs: Vec<(u16, u16)>,
    known: BTreeSet<(u16, u16)>,
    /// What a part that moves by itself can make of a shared state.
    moves: BTreeSet<(u16, u16)>,
}

impl<M: Local> Closed<M> {
    fn new(model: &M, largest_sum: u32, budget: &Budget) -> Option<Self> {
        let mut closed = Self {
            shared: Vec::new(),
            parts: Vec::new(),
            shared_numbers: BTreeMap::new(),
            part_numbers: BTreeMap::new(),
            count: 0,
            pairs: Vec::new(),
            known: BTreeSet::new(),
            moves: BTreeSet::new(),
        };
        for state in model.initial() {
            let mut parts = Vec::new();
            let shared = model.split(&state, &mut parts);
            closed.count = parts.len();
            for part in parts {
                closed.add(shared, part)?;
            }
        }
        if closed.count > MOST_PARTS {
            return None;
        }
        let mut at = 0;
        while let Some(pair) = closed.pairs.get(at).copied() {
            closed.follow(model, pair, largest_sum)?;
            if closed.pairs.len() as u64 * 64 > budget.bytes {
                return None;
            }
            at += 1;
        }
        Some(closed)
    }

    fn follow(&mut self, model: &M, pair: (u16, u16), largest_sum: u32) -> Option<()> {
        let (shared, part) = (self.shared[usize::from(pair.0)], self.parts[usize::from(pair.1)]);
        let mut after = Vec::new();
        for sum in u32::from(model.adds(part))..=largest_sum {
            model.alone(shared, sum, part, &mut after);
        }
        for (shared_after, part_after) in after {
            let moved = self.add(shared_after, part_after)?;
            if self.moves.insert((pair.0, moved.0)) {
                let others = self.known.range((pair.0, 0)..=(pair.0, u16::MAX));
                let others: Vec<u16> = others.map(|(_, other)| *other).collect();
                for other in others {
                    self.add_numbers((moved.0, other));
                }
            }
        }
        let moves = self.moves.range((pair.0, 0)..=(pair.0, u16::MAX));
        let moves: Vec<u16> = moves.map(|(_, to)| *to).collect();
        for to in moves {
            self.add_numbers((to, pair.1));
        }
        for which in 0..model.together() {
            if let Some(shared_after) = model.shared_after(which, shared) {
                let (part_after, _) = model.part_after(which, shared, part);
                self.add(shared_after, part_after)?;
            }
        }
        Some(())
    }

    fn add(&mut self, shared: M::Shared, part: M::Part) -> Option<(u16, u16)> {
        let shared = number(shared, &mut self.shared, &mut self.shared_numbers)?;
        let part = number(part, &mut self.parts, &mut self.part_numbers)?;
        self.add_numbers((shared, part));
        Some((shared, part))
    }

    fn add_numbers(&mut self, pair: (u16, u16)) {
        if self.known.insert(pair) {
            self.pairs.push(pair);
        }
    }

    fn tabulate(self, model: &M, largest_sum: u32, budget: &Budget) -> Option<Tables<M>> {
        let sums = largest_sum as usize + 1;
        let radix = self.parts.len();
        let size = self.shared.len().checked_mul(sums)?.checked_mul(radix)?;
        if size as u64 > budget.bytes / 4 {
            return None;
        }
        let mut tables = Tables {
            adds: self.parts.iter().map(|part| model.adds(*part)).collect(),
            count: self.count,
            sums,
            rows: Vec::with_capacity(size + 1),
            alone: Vec::new(),
            together: Vec::new(),
            along: Vec::new(),
            shared: self.shared,
            parts: self.parts,
            shared_numbers: self.shared_numbers,
            part_numbers: self.part_numbers,
        };
        for shared in 0..tables.shared.len() as u16 {
            for sum in 0..=largest_sum {
                for part in 0..radix as u16 {
                    tables.rows.push(u32::try_from(tables.alone.len()).ok()?);
                    if self.known.contains(&(shared, part)) {
                        tables.add_alone(model, shared, sum, part);
                    }
                }
            }
            tables.add_together(model, shared, &self.known);
        }
        tables.rows.push(u32::try_from(tables.alone.len()).ok()?);
        Some(tables)
    }
}

/// The number of `what`, a new one if it has none yet.
fn number<T: Copy + Ord>(what: T, all: &mut Vec<T>, numbers: &mut BTreeMap<T, u16>) -> Option<u16> {
    if let Some(number) = numbers.get(&what) {
        return Some(*number);
    }
    let number = all.len() as u16;
    if all.len() == MOST_NUMBERS {
        return None;
    }
    all.push(what);
    numbers.insert(what, number);
    Some(number)
}

impl<M: Local> Tables<M> {
    fn add_alone(&mut self, model: &M, shared: u16, sum: u32, part: u16) {
        if sum < u32::from(self.adds[usize::from(part)]) {
            return;
        }
        let mut after = Vec::new();
        let (shared, part) = (self.shared[usize::from(shared)], self.parts[usize::from(part)]);
        model.alone(shared, sum, part, &mut after);
        for (shared, part) in after {
            self.alone.push((self.shared_numbers[&shared], self.part_numbers[&part]));
        }
    }

    fn add_together(&mut self, model: &M, shared: u16, known: &BTreeSet<(u16, u16)>) {
        let state = self.shared[usize::from(shared)];
        let mut rows = Vec::new();
        for which in 0..model.together() {
            let Some(after) = model.shared_after(which, state) else { continue };
            rows.push((self.shared_numbers[&after], self.along.len() / self.parts.len()));
            for part in 0..self.parts.len() as u16 {
                // A part that never goes with this shared state has no row anybody reads.
                self.along.push(if known.contains(&(shared, part)) {
                    let (after, reason) =
                        model.part_after(which, state, self.parts[usize::from(part)]);
                    (self.part_numbers[&after], reason)
                } else {
                    (part, false)
                });
            }
        }
        self.together.push(rows);
    }
}
