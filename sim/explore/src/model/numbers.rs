//! States as numbers of their parts' states, levels of them, and a bit for each that was seen.

use super::path::along;
use super::tables::{MOST_PARTS, Symmetry, Tables};
use super::watch::Watch;
use super::{Bound, Counterexample, Local};

/// Explores by `tables`.
pub(super) fn search<M: Local>(
    model: &M,
    tables: &Tables<M>,
    symmetry: Symmetry,
    watch: &mut Watch<'_>,
) -> Option<Counterexample<M::Action>> {
    let Some(shape) = Shape::new(tables, symmetry) else {
        watch.end(Bound::Bytes);
        return None;
    };
    if !watch.room_for_bytes(shape.bytes()) {
        return None;
    }
    let mut search = Search { model, shape, joined: Vec::with_capacity(tables.count) };
    search.run(watch)
}

/// A state in two ways: `packed` holds a field of bits for each part, for taking it apart;
/// `place` is the same in mixed radix, the number of its bit.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Number {
    packed: u64,
    place: u64,
}

/// A state taken apart.
#[derive(Clone, Copy)]
struct Apart {
    shared: u16,
    parts: [u16; MOST_PARTS],
}

/// How states are numbered.
struct Shape<'a, M: Local> {
    tables: &'a Tables<M>,
    sorted: bool,
    /// Bits of a part's field.
    width: u32,
    /// What one of each part, and at last of the shared state, adds to the place.
    powers: [u64; MOST_PARTS + 1],
    /// All places.
    places: u64,
}

impl<'a, M: Local> Shape<'a, M> {
    /// `None` if a state does not fit in 64 bits.
    fn new(tables: &'a Tables<M>, symmetry: Symmetry) -> Option<Self> {
        let radix = tables.parts.len() as u64;
        let bits = |states: u64| u64::BITS - states.saturating_sub(1).leading_zeros();
        let width = bits(radix).max(1);
        if width * tables.count as u32 + bits(tables.shared.len() as u64) > u64::BITS - 1 {
            return None;
        }
        let mut powers = [1; MOST_PARTS + 1];
        for part in 0..tables.count {
            powers[part + 1] = powers[part] * radix;
        }
        let places = powers[tables.count] * tables.shared.len() as u64;
        Some(Self { tables, sorted: symmetry == Symmetry::Used, width, powers, places })
    }

    fn bytes(&self) -> u64 {
        self.places / 8 + self.tables.bytes()
    }

    #[inline]
    fn number(&self, mut apart: Apart) -> Number {
        let count = self.tables.count;
        if self.sorted {
            apart.parts[..count].sort_unstable();
        }
        let mut number = Number { packed: 0, place: 0 };
        for (at, part) in apart.parts[..count].iter().enumerate() {
            number.packed |= u64::from(*part) << (self.width * at as u32);
            number.place += u64::from(*part) * self.powers[at];
        }
        number.packed |= u64::from(apart.shared) << (self.width * count as u32);
        number.place += u64::from(apart.shared) * self.powers[count];
        number
    }

    #[inline]
    fn apart(&self, packed: u64) -> Apart {
        let mut parts = [0; MOST_PARTS];
        let mut rest = packed;
        for part in &mut parts[..self.tables.count] {
            *part = (rest & ((1 << self.width) - 1)) as u16;
            rest >>= self.width;
        }
        Apart { shared: rest as u16, parts }
    }

    /// Everything that a step leads to, in the same order always. How many steps there are.
    #[inline]
    fn after(&self, packed: u64, mut reach: impl FnMut(Number)) -> u64 {
        let count = self.tables.count;
        let apart = self.apart(packed);
        let parts = &apart.parts[..count];
        let sum = parts.iter().map(|p| u32::from(self.tables.adds[usize::from(*p)])).sum();
        let number = self.number(apart);
        let mut steps = 0;
        for (at, part) in parts.iter().enumerate() {
            let alone = self.tables.alone(apart.shared, sum, *part);
            steps += alone.len() as u64;
            for (shared_after, part_after) in alone {
                if self.sorted {
                    let mut after = Apart { shared: *shared_after, ..apart };
                    after.parts[at] = *part_after;
                    reach(self.number(after));
                    continue;
                }
                let part_by = u64::from(*part_after).wrapping_sub(u64::from(*part));
                let shared_by = u64::from(*shared_after).wrapping_sub(u64::from(apart.shared));
                let width = self.width;
                reach(Number {
                    packed: number
                        .packed
                        .wrapping_add(part_by << (width * at as u32))
                        .wrapping_add(shared_by << (width * count as u32)),
                    place: number
                        .place
                        .wrapping_add(part_by.wrapping_mul(self.powers[at]))
                        .wrapping_add(shared_by.wrapping_mul(self.powers[count])),
                });
            }
        }
        for (shared_after, along) in self.tables.together(apart.shared) {
            let mut after = Apart { shared: shared_after, ..apart };
            let mut happens = false;
            for part in &mut after.parts[..count] {
                let (part_after, reason) = along[usize::from(*part)];
                *part = part_after;
                happens |= reason;
            }
            if happens {
                steps += 1;
                reach(self.number(after));
            }
        }
        steps
    }
}

/// A bit for each place.
struct Seen(Vec<u64>);

impl Seen {
    fn new(places: u64) -> Self {
        Self(vec![0; (places as usize).div_ceil(64)])
    }

    /// Whether it is new.
    #[inline]
    fn insert(&mut self, place: u64) -> bool {
        let word = &mut self.0[(place / 64) as usize];
        let bit = 1 << (place % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

struct Search<'a, M: Local> {
    model: &'a M,
    shape: Shape<'a, M>,
    joined: Vec<M::Part>,
}

impl<M: Local> Search<'_, M> {
    fn run(&mut self, watch: &mut Watch<'_>) -> Option<Counterexample<M::Action>> {
        let mut seen = Seen::new(self.shape.places);
        let mut next = Vec::new();
        for state in self.model.initial() {
            self.keep(self.number_of(&state), &mut seen, &mut next, watch);
        }
        let mut level = Vec::new();
        while !next.is_empty() && !watch.ended() {
            std::mem::swap(&mut level, &mut next);
            next.clear();
            watch.level(level.len() as u64);
            for (looked_at, packed) in level.iter().enumerate() {
                if let Some(text) = self.look_at(*packed, watch) {
                    return Some(self.way_to(*packed, text));
                }
                if watch.ended() {
                    // What was found before the bound is still looked at.
                    continue;
                }
                let steps = self.shape.after(*packed, |number| {
                    self.keep(number, &mut seen, &mut next, watch);
                });
                watch.progress.edges += steps;
                let bytes = self.shape.bytes() + 8 * (level.capacity() + next.capacity()) as u64;
                if watch.room_for_bytes(bytes) {
                    watch.tick(|| (level.len() - looked_at - 1 + next.len()) as u64);
                }
            }
        }
        for packed in next {
            if let Some(text) = self.look_at(packed, watch) {
                return Some(self.way_to(packed, text));
            }
        }
        None
    }

    #[inline]
    fn keep(&self, number: Number, seen: &mut Seen, next: &mut Vec<u64>, watch: &mut Watch<'_>) {
        if seen.insert(number.place) && watch.room_for_a_state() {
            watch.progress.states += 1;
            next.push(number.packed);
        }
    }

    fn number_of(&self, state: &M::State) -> Number {
        let mut split = Vec::new();
        let shared = self.model.split(state, &mut split);
        let tables = self.shape.tables;
        let mut parts = [0; MOST_PARTS];
        for (number, part) in parts.iter_mut().zip(&split) {
            *number = tables.number_of_part(part).expect("states of parts are closed under steps");
        }
        let shared = tables.number_of_shared(&shared).expect("and so is what is shared");
        self.shape.number(Apart { shared, parts })
    }

    #[inline]
    fn look_at(&mut self, packed: u64, watch: &mut Watch<'_>) -> Option<String> {
        let tables = self.shape.tables;
        let apart = self.shape.apart(packed);
        self.joined.clear();
        let numbers = &apart.parts[..tables.count];
        self.joined.extend(numbers.iter().map(|part| tables.parts[usize::from(*part)]));
        let state = self.model.join(tables.shared[usize::from(apart.shared)], &self.joined);
        watch.note(self.model, &state);
        self.model.broken(&state)
    }

    /// Explores again up to `goal`, keeping the levels this time, and walks back through them.
    fn way_to(&self, goal: u64, text: String) -> Counterexample<M::Action> {
        let mut seen = Seen::new(self.shape.places);
        let mut first = Vec::new();
        for state in self.model.initial() {
            let number = self.number_of(&state);
            if seen.insert(number.place) {
                first.push(number.packed);
            }
        }
        let mut levels = vec![first];
        while let Some(last) = levels.last().filter(|last| !last.contains(&goal)) {
            let mut next = Vec::new();
            for packed in last {
                self.shape.after(*packed, |number| {
                    if seen.insert(number.place) {
                        next.push(number.packed);
                    }
                });
            }
            levels.push(next);
        }
        levels.pop();
        let mut packed = vec![goal];
        let mut target = goal;
        for level in levels.iter().rev() {
            let mut leads = false;
            let from = level.iter().find(|from| {
                self.shape.after(**from, |number| leads |= number.packed == target);
                leads
            });
            target =
                *from.expect("a state is on a level because one of the level before leads to it");
            packed.push(target);
        }
        packed.reverse();
        let (initial, path) = along(self.model, &packed, |state| self.number_of(state).packed)
            .expect("the parts of a model move as its steps do");
        Counterexample { initial, path, text }
    }
}
