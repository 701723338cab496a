//! Every state, level by level.
//!
//! Worlds are copied as seldom as possible: a letter that leaves a place as it was (its key is the
//! same afterwards) goes on in the same copy, as most getters and refused calls do. So what is
//! judged is a path with detours; a place that is kept is reached without them.

use super::alphabet::Alphabet;
use super::letter::Does;
use super::place::{Desk, Did, Place};
use super::{Bound, Counterexample, Found, Graph, Limits, Progress};
use crate::model::Keys;
use bitsim_engine::key::Manner;
use bitsim_engine::table::Axis;
use bitsim_vocab::trace::End;
use bitsim_vocab::{Call, JobState, RuleId, Stimulus};

/// Places that are looked at before what they lead to is put together.
const BATCH: usize = 1 << 10;

/// What is the same for everybody who looks.
pub(super) struct Map<'a> {
    pub(super) alphabet: &'a Alphabet,
    pub(super) manner: Manner,
}

/// What one of them found.
#[derive(Default)]
struct Part {
    /// Keys of the children, one after another.
    keys: Vec<u8>,
    children: Vec<Child>,
    edges: u64,
    loops: u64,
    copies: u64,
    held: Vec<bool>,
    broken: Vec<Way>,
    uneven: u64,
    listed: Listed,
}

/// The states in which jobs were when somebody called EnumJobs. The table is not asked for that
/// row.
#[derive(Debug, Clone, Copy, Default)]
struct Listed([bool; JobState::ALL.len()]);

struct Child {
    key_ends: usize,
    hash: u128,
    parent: u32,
    letter: u8,
    place: Place,
}

/// A way to something that is wrong: a place, and the letters from there.
struct Way {
    parent: u32,
    letters: Vec<u8>,
    found: Found,
}

/// Explores from `start` on.
pub(super) fn explore(
    map: &Map<'_>,
    start: Place,
    limits: &Limits,
    ask: &mut dyn FnMut(&Progress) -> bool,
) -> Graph {
    let mut search = Search {
        map,
        limits,
        seen: if limits.compact { Keys::compact() } else { Keys::exact() },
        parents: Vec::new(),
        listed: Listed::default(),
        graph: Graph { held: vec![false; RuleId::ALL.len()], ..Graph::default() },
    };
    search.run(start, ask);
    search.graph.states = u64::from(search.seen.len());
    search.graph.bytes = search.graph.bytes.max(search.bytes(0));
    let listed = JobState::ALL.iter().filter(|state| search.listed.0[state.place()]);
    search.graph.cells.extend(listed.map(|state| (Stimulus::EnumJobs, *state, 0)));
    search.graph
}

struct Search<'a> {
    map: &'a Map<'a>,
    limits: &'a Limits,
    seen: Keys,
    /// Where each state came from, and by which letter.
    parents: Vec<(u32, u8)>,
    listed: Listed,
    graph: Graph,
}

impl Search<'_> {
    fn run(&mut self, start: Place, ask: &mut dyn FnMut(&Progress) -> bool) {
        let mut key = Vec::new();
        start.key(self.map.manner, &mut key);
        self.seen.insert(&key, self.seen.hash(&key));
        self.parents.push((0, 0));
        note_held(&mut self.graph.held, &start);
        let mut level = vec![(0, start)];
        while !level.is_empty() {
            self.graph.levels.push(level.len() as u64);
            if self.graph.levels.len() as u32 > self.limits.depth {
                self.graph.bound = Some(Bound::Depth);
                return;
            }
            let mut next = Vec::new();
            let mut left = level.len() as u64;
            let mut places = level.into_iter();
            loop {
                let batch: Vec<(u32, Place)> = places.by_ref().take(BATCH).collect();
                if batch.is_empty() {
                    break;
                }
                left -= batch.len() as u64;
                self.look(&batch, &mut next);
                let waiting = left + next.len() as u64;
                if self.ends(waiting, ask) {
                    return;
                }
            }
            level = next;
        }
        self.graph.complete = self.graph.broken.is_empty();
    }

    /// Whether a bound was reached, something is broken, or somebody wants to stop.
    fn ends(&mut self, waiting: u64, ask: &mut dyn FnMut(&Progress) -> bool) -> bool {
        let progress = Progress {
            states: u64::from(self.seen.len()),
            edges: self.graph.edges,
            depth: self.graph.levels.len() as u32 - 1,
            waiting,
        };
        let bytes = self.bytes(waiting);
        self.graph.bytes = self.graph.bytes.max(bytes);
        self.graph.bound = if !ask(&progress) {
            Some(Bound::Interrupted)
        } else if progress.states >= self.limits.states {
            Some(Bound::States)
        } else if bytes >= self.limits.bytes {
            Some(Bound::Memory)
        } else {
            None
        };
        self.graph.bound.is_some() || self.graph.broken.len() >= self.limits.failures
    }

    fn bytes(&self, waiting: u64) -> u64 {
        let parents = self.parents.capacity() * size_of::<(u32, u8)>();
        self.seen.bytes() + parents as u64 + waiting * Place::bytes(self.map.alphabet)
    }

    /// Looks at some places, and puts what they lead to into `next`.
    fn look(&mut self, batch: &[(u32, Place)], next: &mut Vec<(u32, Place)>) {
        let share = batch.len().div_ceil(self.limits.threads.max(1));
        let (map, seen) = (self.map, &self.seen);
        let parts: Vec<Part> = if share == batch.len() {
            vec![look_at(map, seen, batch)]
        } else {
            std::thread::scope(|scope| {
                let look = |share| scope.spawn(move || look_at(map, seen, share));
                let handles: Vec<_> = batch.chunks(share).map(look).collect();
                let join = |handle: std::thread::ScopedJoinHandle<'_, Part>| match handle.join() {
                    Ok(part) => part,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                handles.into_iter().map(join).collect()
            })
        };
        for part in parts {
            self.take(part, next);
        }
    }

    fn take(&mut self, part: Part, next: &mut Vec<(u32, Place)>) {
        self.graph.edges += part.edges;
        self.graph.loops += part.loops;
        self.graph.copies += part.copies;
        self.graph.uneven += part.uneven;
        for (all, held) in self.graph.held.iter_mut().zip(&part.held) {
            *all |= held;
        }
        for (all, listed) in self.listed.0.iter_mut().zip(part.listed.0) {
            *all |= listed;
        }
        for way in part.broken {
            let known = |it: &Counterexample| it.found.rule == way.found.rule;
            if !self.graph.broken.iter().any(known) {
                self.graph.broken.push(self.counterexample(way));
            }
        }
        let mut from = 0;
        for child in part.children {
            let key = &part.keys[from..child.key_ends];
            from = child.key_ends;
            if let Some(number) = self.seen.insert(key, child.hash) {
                self.parents.push((child.parent, child.letter));
                next.push((number, child.place));
            }
        }
    }

    fn counterexample(&self, way: Way) -> Counterexample {
        let mut path: Vec<u8> = way.letters.iter().rev().copied().collect();
        let mut at = way.parent;
        while at != 0 {
            let (parent, letter) = self.parents[at as usize];
            path.push(letter);
            at = parent;
        }
        path.reverse();
        Counterexample { path, found: way.found }
    }
}

fn note_held(held: &mut Vec<bool>, place: &Place) {
    let counts = place.oracle.so_far().counts();
    held.resize(counts.len(), false);
    for (held, count) in held.iter_mut().zip(counts) {
        *held |= *count > 0;
    }
}

fn look_at(map: &Map<'_>, seen: &Keys, batch: &[(u32, Place)]) -> Part {
    let mut part = Part::default();
    let own = seen.alike();
    let mut here = Look { map, seen, own, desk: Desk::default(), key: Vec::new() };
    for (number, place) in batch {
        here.expand(*number, place, &mut part);
    }
    part
}

/// Somebody who looks at places.
struct Look<'a> {
    map: &'a Map<'a>,
    seen: &'a Keys,
    /// What this one met.
    own: Keys,
    desk: Desk,
    key: Vec<u8>,
}

impl Look<'_> {
    /// Everything that can happen in one place.
    fn expand(&mut self, number: u32, place: &Place, part: &mut Part) {
        let map = self.map;
        let mut old = Vec::with_capacity(256);
        place.key(map.manner, &mut old);
        let mut copy: Option<Place> = None;
        let mut detours: Vec<u8> = Vec::new();
        let mut answered = false;
        for (letter, does) in (0_u8..).zip(map.alphabet.letters.iter().map(|it| &it.does)) {
            let again = matches!(does, Does::Go(how) if *how != super::How::Well);
            if !place.allows(map.alphabet, does) || again && !answered {
                continue;
            }
            let mut at = copy.take().unwrap_or_else(|| {
                detours.clear();
                part.copies += 1;
                place.clone()
            });
            if let Does::Call(_, Call::EnumJobs { .. }) = does {
                let states = at.states(map.alphabet.scope.jobs);
                states.for_each(|state| part.listed.0[state.place()] = true);
            }
            let did = at.play(map.alphabet, does, &mut self.desk);
            part.edges += 1;
            answered |= did == Did::Answered;
            if did == Did::Endless || at.is_broken() {
                part.broken.push(self.shortest(number, place, (letter, does), &detours, &at, did));
                continue;
            }
            self.key.clear();
            at.key(map.manner, &mut self.key);
            if self.key == old {
                part.loops += 1;
                detours.push(letter);
                copy = Some(at);
                continue;
            }
            note_held(&mut part.held, &at);
            let hash = self.seen.hash(&self.key);
            if self.seen.contains(&self.key, hash) || self.own.insert(&self.key, hash).is_none() {
                continue;
            }
            if !detours.is_empty() {
                at = place.clone();
                part.copies += 1;
                at.play(map.alphabet, does, &mut self.desk);
                let mut straight = Vec::with_capacity(self.key.len());
                at.key(map.manner, &mut straight);
                part.uneven += u64::from(straight != self.key);
            }
            if let Some(found) = at.end() {
                let letters = vec![letter];
                part.broken.push(Way { parent: number, letters, found });
                continue;
            }
            part.keys.extend_from_slice(&self.key);
            let key_ends = part.keys.len();
            part.children.push(Child { key_ends, hash, parent: number, letter, place: at });
        }
        if let Some(at) = copy {
            note_held(&mut part.held, &at);
        }
    }
}

impl Look<'_> {
    /// The way to what is broken `at` a copy of `place`: without the detours, if they were none.
    fn shortest(
        &mut self,
        parent: u32,
        place: &Place,
        (letter, does): (u8, &Does),
        detours: &[u8],
        at: &Place,
        did: Did,
    ) -> Way {
        let mut straight = place.clone();
        let same = straight.play(self.map.alphabet, does, &mut self.desk);
        if same == Did::Endless || straight.is_broken() {
            return Way { parent, letters: vec![letter], found: found(&straight, same) };
        }
        let letters = detours.iter().copied().chain([letter]).collect();
        Way { parent, letters, found: found(at, did) }
    }
}

fn found(place: &Place, did: Did) -> Found {
    let violation = place.oracle.so_far().violations().first();
    match violation {
        Some(violation) => Found::of(violation),
        None => {
            debug_assert_eq!(did, Did::Endless);
            Found { rule: None, text: "the world does not come to rest".to_owned() }
        }
    }
}

impl Place {
    /// Where the world rests, a run may end: what the verdict would say then.
    fn end(&self) -> Option<Found> {
        if !self.world.settled() {
            return None;
        }
        let findings = self.oracle.clone().finish(End::Settled(self.world.now()));
        findings.violations().first().map(Found::of)
    }

    /// About how much memory a place takes.
    pub(super) fn bytes(alphabet: &Alphabet) -> u64 {
        10_000 + 6_000 * u64::from(alphabet.scope.jobs)
    }
}
