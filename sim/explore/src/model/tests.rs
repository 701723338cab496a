//! All ways of exploring find the same, and what the obvious way finds.

mod jobs;
mod lock;
mod plain;

use super::set::{Set, gather, spread};
use super::*;
use jobs::Jobs;
use lock::Lock;

type All<A> = Vec<(&'static str, Explored<A>)>;

fn all_ways<M: Packed + Local>(model: &M, budget: &Budget) -> All<M::Action> {
    let mut ways = hashed(model, budget);
    ways.push(("packed", explore_packed(model, budget, &mut |_| Continue::Yes)));
    ways.push(("tables", explore_tables(model, Symmetry::Ignored, budget, &mut |_| Continue::Yes)));
    ways
}

fn hashed<M: Model>(model: &M, budget: &Budget) -> All<M::Action> {
    let explore = |store| explore(model, budget, store, &mut |_| Continue::Yes);
    vec![("exact", explore(Store::Exact)), ("compact", explore(Store::Compact))]
}

/// Steps along the path. What is wrong at its end, and nowhere before it.
fn replay<M: Model>(model: &M, found: &Counterexample<M::Action>) -> Option<String> {
    let mut state = model.initial().swap_remove(found.initial);
    for action in &found.path {
        assert_eq!(model.broken(&state), None, "the path goes on behind something broken");
        state = model.step(&state, *action).expect("the path can be walked");
    }
    model.broken(&state)
}

fn agree<M: Packed + Local>(model: &M) {
    let plain = plain::explore(model);
    assert_eq!(plain.broken, None);
    for (way, found) in all_ways(model, &Budget::NONE) {
        let Explored { states, edges, levels, .. } = found;
        assert_eq!(plain::Plain { states, edges, levels, broken: None }, plain, "{way}");
        assert!(found.complete && found.bound.is_none() && found.broken.is_none(), "{way}");
        assert!(found.bytes > 0, "{way}");
    }
}

fn break_alike<M: Packed + Local>(model: &M) {
    let shortest = plain::explore(model).broken;
    let mut ways = all_ways(model, &Budget::NONE);
    ways.push((
        "symmetric tables",
        explore_tables(model, Symmetry::Used, &Budget::NONE, &mut |_| Continue::Yes),
    ));
    for (way, found) in ways {
        assert!(!found.complete, "{way}");
        let broken = found.broken.unwrap_or_else(|| panic!("{way} finds nothing"));
        assert_eq!(Some(broken.path.len()), shortest, "{way}");
        assert_eq!(replay(model, &broken), Some(broken.text), "{way}");
    }
}

#[test]
fn all_ways_find_the_same_states() {
    agree(&Jobs::three());
    agree(&Jobs { jobs: 2, slots: 2, failures: 3, rest: 3, ..Jobs::three() });
    agree(&Lock { count: 5, hole: false });
}

#[test]
fn all_ways_find_a_shortest_path_to_what_is_broken() {
    break_alike(&Jobs { retry_needs_no_slot: true, ..Jobs::three() });
    break_alike(&Lock { count: 4, hole: true });
}

#[test]
fn what_is_true_sometimes_is_noted_and_what_never_is_reported() {
    for (way, found) in all_ways(&Jobs::three(), &Budget::NONE) {
        let held: Vec<bool> = found.sometimes.iter().map(|sometimes| sometimes.held).collect();
        assert_eq!(held, [true, true, false], "{way}");
        assert!(found.to_string().ends_with("; never: a job done by doing nothing"), "{way}");
    }
}

#[test]
fn equal_parts_may_change_places() {
    let model = Jobs { sorted: true, ..Jobs::three() };
    let plain = plain::explore(&model);
    let tables = explore_tables(&model, Symmetry::Used, &Budget::NONE, &mut |_| Continue::Yes);
    let mut ways = hashed(&model, &Budget::NONE);
    ways.push(("symmetric tables", tables));
    for (way, found) in ways {
        let Explored { states, edges, levels, .. } = found;
        assert_eq!(plain::Plain { states, edges, levels, broken: None }, plain, "{way}");
    }
    let all = plain::explore(&Jobs::three());
    assert!(plain.states * 5 < all.states, "{plain:?} of {all:?}");
    assert_eq!(plain.levels, all.levels);
}

#[test]
fn a_budget_of_states_ends_it_and_is_told() {
    let model = Jobs::three();
    let states = plain::explore(&model).states;
    for (way, found) in all_ways(&model, &Budget { states: states - 1, ..Budget::NONE }) {
        assert_eq!(found.bound, Some(Bound::States), "{way}");
        assert_eq!(found.states, states - 1, "{way}");
        assert!(!found.complete && found.to_string().contains("bound reached: states"), "{way}");
    }
    for (way, found) in all_ways(&model, &Budget { states, ..Budget::NONE }) {
        assert!(found.complete, "{way} with exactly enough");
    }
}

#[test]
fn a_budget_of_memory_ends_it_and_is_told() {
    for (way, found) in all_ways(&Jobs::three(), &Budget { bytes: 1 << 8, ..Budget::NONE }) {
        assert_eq!(found.bound, Some(Bound::Bytes), "{way}");
        assert!(!found.complete && found.bytes <= 1 << 8, "{way}");
    }
    let two = Jobs { jobs: 2, ..Jobs::three() };
    let whole = all_ways(&two, &Budget::NONE);
    for (way, bytes) in whole.iter().map(|(way, found)| (way, found.bytes)) {
        let found = all_ways(&two, &Budget { bytes: bytes - 1, ..Budget::NONE });
        let (_, found) = found.iter().find(|(other, _)| other == way).expect("every way is there");
        assert_eq!(found.bound, Some(Bound::Bytes), "{way}");
        assert!(found.bytes < bytes, "{way}");
    }
}

#[test]
fn what_was_found_before_a_bound_is_looked_at() {
    let model = Jobs { jobs: 2, retry_needs_no_slot: true, ..Jobs::three() };
    let needed = |explore: &dyn Fn(&Budget) -> Explored<jobs::Action>| {
        (1..).find(|states| explore(&Budget { states: *states, ..Budget::NONE }).broken.is_some())
    };
    let packed = needed(&|budget| explore_packed(&model, budget, &mut |_| Continue::Yes));
    let tables =
        needed(&|budget| explore_tables(&model, Symmetry::Ignored, budget, &mut |_| Continue::Yes));
    let exact = needed(&|budget| explore(&model, budget, Store::Exact, &mut |_| Continue::Yes));
    // Those that look after each step need no room for the state that is broken.
    assert_eq!(packed, exact.map(|states| states + 1));
    assert_eq!(tables, packed);
}

#[test]
fn whoever_watches_can_stop_it() {
    let model = Jobs::three();
    let mut levels = 0;
    let mut ask = |progress: &Progress| {
        levels = progress.levels;
        if progress.levels == 4 { Continue::No } else { Continue::Yes }
    };
    let stopped = [
        explore(&model, &Budget::NONE, Store::Exact, &mut ask),
        explore_packed(&model, &Budget::NONE, &mut ask),
        explore_tables(&model, Symmetry::Ignored, &Budget::NONE, &mut ask),
    ];
    for found in stopped {
        assert_eq!((found.bound, found.levels), (Some(Bound::Stopped), 4));
        assert!(found.states > 1 && !found.complete);
    }
    assert_eq!(levels, 4);
}

#[test]
fn hashes_are_told_with_their_odds() {
    let [(_, exact), (_, compact)] = <[_; 2]>::try_from(hashed(&Jobs::three(), &Budget::NONE))
        .unwrap_or_else(|_| panic!("two ways"));
    assert_eq!(exact.odds_log2(), None);
    let log2 = compact.odds_log2().expect("hashes have odds");
    // Fewer than 2^14 states: fewer than 2^27 pairs.
    assert!((1 << 13..1 << 14).contains(&compact.states), "{compact}");
    assert_eq!(log2, 27 - 128);
    assert!(compact.to_string().contains("with odds below 1 in 2^101"), "{compact}");
}

/// Counts up and starts again; every number is a state.
struct Ring {
    first: u64,
    count: u64,
}

impl Model for Ring {
    type State = u64;
    type Action = ();

    fn initial(&self) -> Vec<u64> {
        vec![self.first, self.first]
    }

    fn actions(&self, _: &u64, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn step(&self, state: &u64, (): ()) -> Option<u64> {
        let next = state.wrapping_add(1);
        Some(if next == self.first.wrapping_add(self.count) { self.first } else { next })
    }

    fn key(&self, state: &u64, key: &mut Vec<u8>) {
        key.extend(state.to_le_bytes());
    }

    fn broken(&self, _: &u64) -> Option<String> {
        None
    }
}

impl Packed for Ring {
    fn pack(&self, state: &u64) -> u64 {
        *state
    }

    fn unpack(&self, packed: u64) -> u64 {
        packed
    }
}

#[test]
fn zero_and_the_largest_number_are_states_like_others() {
    let model = Ring { first: u64::MAX - 4, count: 10 };
    let found = explore_packed(&model, &Budget::NONE, &mut |_| Continue::Yes);
    assert_eq!((found.states, found.edges, found.levels), (10, 10, 10));
    assert!(found.complete);
}

#[test]
fn a_set_keeps_what_was_put_into_it_while_it_grows() {
    let mut set = Set::new();
    for number in 1..20_000 {
        assert_eq!(gather(spread(number)), number);
        while set.is_short_of(1) {
            set.grow();
        }
        assert!(set.insert(spread(number)));
    }
    assert!((1..20_000).all(|number| !set.insert(spread(number))));
    // All in one line, and the next ones: the last numbers begin again in the first line.
    let mut set = Set::new();
    let crowd = || (0..30).map(|number| u64::MAX - number);
    assert!(crowd().all(|number| set.insert(number)));
    assert!(crowd().all(|number| !set.insert(number)));
}
