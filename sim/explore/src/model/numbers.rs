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
    // The loops over the parts are worth it to know their number when they are compiled.
    match tables.count {
        1 => search_parts::<M, 1>(model, tables, symmetry, watch),
        2 => search_parts::<M, 2>(model, tables, symmetry, watch),
        3 => search_parts::<M, 3>(model, tables, symmetry, watch),
        4 => search_parts::<M, 4>(model, tables, symmetry, watch),
        5 => search_parts::<M, 5>(model, tables, symmetry, watch),
        6 => search_parts::<M, 6>(model, tables, symmetry, watch),
        7 => search_parts::<M, 7>(model, tables, symmetry, watch),
        _ => search_parts::<M, MOST_PARTS>(model, tables, symmetry, watch),
    }
}

fn search_parts<M: Local, const N: usize>(
    model: &M,
    tables: &Tables<M>,
    symmetry: Symmetry,
    watch: &mut Watch<'_>,
) -> Option<Counterexample<M::Action>> {
    let Some(shape) = Shape::<M, N>::new(tables, symmetry) else {
        watch.end(Bound::Bytes);
        return None;
    };
    if !watch.room_for_bytes(shape.bytes()) {
        return None;
    }
    let mut search = Search { model, shape, joined: Vec::with_capacity(N) };
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
struct Apart<const N: usize> {
    shared: u16,
    parts: [u16; N],
}

/// How states are numbered.
struct Shape<'a, M: Local, const N: usize> {
    tables: &'a Tables<M>,
    sorted: bool,
    /// Bits of a part's field.
    width: u32,
    /// What one of each part adds to the place.
    powers: [u64; N],
    /// What one of the shared state adds to it.
    top: u64,
    /// All places.
    places: u64,
}

impl<'a, M: Local, const N: usize> Shape<'a, M, N> {
    /// `None` if a state does not fit in 64 bits.
    fn new(tables: &'a Tables<M>, symmetry: Symmetry) -> Option<Self> {
        let radix = tables.parts.len() as u64;
        let bits = |states: u64| u64::BITS - states.saturating_sub(1).leading_zeros();
        let width = bits(radix).max(1);
        if width * N as u32 + bits(tables.shared.len() as u64) > u64::BITS - 1 {
            return None;
        }
        let mut powers = [1; N];
        for part in 1..N {
            powers[part] = powers[part - 1] * radix;
        }
        let top = powers[N - 1] * radix;
        let places = top * tables.shared.len() as u64;
        Some(Self { tables, sorted: symmetry == Symmetry::Used, width, powers, top, places })
    }

    fn bytes(&self) -> u64 {
        self.places / 8 + self.tables.bytes()
    }

    #[inline]
    fn number(&self, mut apart: Apart<N>) -> Number {
        if self.sorted {
            sort(&mut apart.parts);
        }
        let mut packed = u64::from(apart.shared);
        let mut place = u64::from(apart.shared) * self.top;
        for at in (0..N).rev() {
            packed = packed << self.width | u64::from(apart.parts[at]);
            place += u64::from(apart.parts[at]) * self.powers[at];
        }
        Number { packed, place }
    }

    #[inline]
    fn apart(&self, packed: u64) -> Apart<N> {
        let mut parts = [0; N];
        let mut rest = packed;
        for part in &mut parts {
            *part = (rest & ((1 << self.width) - 1)) as u16;
            rest >>= self.width;
        }
        Apart { shared: rest as u16, parts }
    }

    /// Everything that a step leads to, in the same order always. How many steps there are.
    #[inline]
    fn after(&self, packed: u64, mut reach: impl FnMut(Number)) -> u64 {
        let apart = self.apart(packed);
        let adds = |part: &u16| u32::from(self.tables.adds[usize::from(*part)]);
        let sum = apart.parts.iter().map(adds).sum();
        let whole = self.number(apart);
        let shared = u64::from(apart.shared);
        let mut steps = 0;
        for at in 0..N {
            let alone = self.tables.alone(apart.shared, sum, apart.parts[at]);
            steps += alone.len() as u64;
            if self.sorted {
                for (shared, part) in alone {
                    let mut after = Apart { shared: *shared, ..apart };
                    after.parts[at] = *part;
                    reach(self.number(after));
                }
                continue;
            }
            let part = u64::from(apart.parts[at]);
            let shift = self.width * at as u32;
            let top_shift = self.width * N as u32;
            let others = Number {
                packed: whole.packed - (part << shift) - (shared << top_shift),
                place: whole.place - part * self.powers[at] - shared * self.top,
            };
            for (shared, part) in alone {
                let (shared, part) = (u64::from(*shared), u64::from(*part));
                reach(Number {
                    packed: others.packed | part << shift | shared << top_shift,
                    place: others.place + part * self.powers[at] + shared * self.top,
                });
            }
        }
        for (shared, along) in self.tables.together(apart.shared) {
            let mut after = Apart { shared, ..apart };
            let mut happens = false;
            for part in &mut after.parts {
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

/// Sorts few numbers by comparing neighbours.
#[inline]
fn sort<const N: usize>(parts: &mut [u16; N]) {
    for end in (1..N).rev() {
        for at in 0..end {
            let (low, high) = (parts[at].min(parts[at + 1]), parts[at].max(parts[at + 1]));
            (parts[at], parts[at + 1]) = (low, high);
        }
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

struct Search<'a, M: Local, const N: usize> {
    model: &'a M,
    shape: Shape<'a, M, N>,
    joined: Vec<M::Part>,
}

impl<M: Local, const N: usize> Search<'_, M, N> {
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
        let mut parts = [0; N];
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
        self.joined.extend(apart.parts.iter().map(|part| tables.parts[usize::from(*part)]));
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
