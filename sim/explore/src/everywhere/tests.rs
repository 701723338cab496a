use super::place::{Desk, Did, Place};
use super::*;
use crate::model;
use bitsim_engine::key::{MANY, Manner};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::trace::TimerEvent;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ErrorObjectId, Event, Happened, JobType, NoteId, SimTime, Target};
use std::collections::BTreeMap;

/// An alphabet that is seen through at once.
fn small() -> Alphabet {
    let kept = [
        "time goes on",
        "time goes on, callbacks fail",
        "Resume",
        "Suspend",
        "Complete",
        "GetError",
        "network",
        "HTTP 503",
        "service restart",
    ];
    let only = Some(kept.map(str::to_owned).to_vec());
    Alphabet::new(&Scope { only, ..Scope::one_job(Target::BITS) })
}

#[test]
fn any_explorer_of_models_finds_the_same_states() {
    let alphabet = small();
    let here = explore(&alphabet, None, &Limits::default(), &mut |_| true);
    let engine = Engine { alphabet: &alphabet, bug: None, jobs: Jobs::Alike };
    let store = model::Store::Exact;
    let there = model::explore(&engine, &model::Budget::NONE, store, &mut |_| model::Continue::Yes);
    assert!(here.complete, "{:?}", here.broken);
    assert!(there.complete, "{:?}", there.broken);
    assert_eq!((here.states, here.edges), (there.states, there.edges));
    assert_eq!(here.uneven, 0);
}

#[test]
fn threads_and_hashes_make_no_difference() {
    let alphabet = small();
    let one = explore(&alphabet, None, &Limits::default(), &mut |_| true);
    for (threads, compact) in [(2, false), (3, true)] {
        let limits = Limits { threads, compact, ..Limits::default() };
        let many = explore(&alphabet, None, &limits, &mut |_| true);
        assert_eq!((&one.levels, one.edges), (&many.levels, many.edges));
        assert_eq!((&one.held, &one.cells), (&many.held, &many.cells));
    }
}

#[test]
fn a_bound_is_reached_and_said() {
    let alphabet = Alphabet::new(&Scope::one_job(Target::BITS));
    let usual = Limits::default();
    for (limits, bound) in [
        (Limits { states: 500, ..usual }, Bound::States),
        (Limits { depth: 2, ..usual }, Bound::Depth),
        (Limits { bytes: 1 << 20, ..usual }, Bound::Memory),
    ] {
        let graph = explore(&alphabet, None, &limits, &mut |_| true);
        assert_eq!(graph.bound, Some(bound));
        assert!(!graph.complete && graph.states > 100);
    }
    let graph = explore(&alphabet, None, &usual, &mut |progress| progress.states < 200);
    assert_eq!(graph.bound, Some(Bound::Interrupted));
}

/// A walk through everything that can happen.
struct Walk {
    seed: u64,
}

impl Walk {
    fn draw(&mut self, below: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.seed >> 33) as usize) % below
    }

    /// A letter that can happen in a place. Time goes on as often as anything else happens.
    fn letter<'a>(&mut self, alphabet: &'a Alphabet, place: &Place) -> &'a Does {
        loop {
            let among = if self.draw(2) == 0 { 4 } else { alphabet.letters.len() };
            let does = &alphabet.letters[self.draw(among)].does;
            // How long a rest lasts is beyond what keys tell.
            if *does != Does::Rest && place.allows(alphabet, does) {
                return does;
            }
        }
    }
}

/// Events without what keys do not tell.
fn without_numbers(events: &[Event], since: SimTime) -> Vec<(u64, Happened)> {
    let plain = |event: &Event| {
        let mut what = event.what.clone();
        match &mut what {
            Happened::Timer { what: TimerEvent::Armed { due }, .. } => due.0 -= since.0,
            Happened::NoteBegan(note) => {
                note.note = NoteId(0);
                note.attempt = note.attempt.min(MANY);
            }
            Happened::NoteEnded { note, .. } => *note = NoteId(0),
            Happened::AttemptBegan { number, .. } => *number = 0,
            Happened::Count { from, to, .. } => (*from, *to) = ((*from).min(MANY), (*to).min(MANY)),
            Happened::Env(what) => match &mut **what {
                Disturbance::FaultBegins(fault) => fault.number = 0,
                Disturbance::FaultEnds(number) => *number = 0,
                _ => {}
            },
            Happened::Called(called) => plain_call(&mut called.call, &mut called.reply),
            _ => {}
        }
        (event.at.0 - since.0, what)
    };
    events.iter().map(plain).collect()
}

/// The same for a call and its reply: dates and texts that are only read back are not told either.
fn plain_call(call: &mut Call, reply: &mut Reply) {
    if let Call::ErrorObject(object, _) = call {
        *object = ErrorObjectId(0);
    }
    match (&*call, reply) {
        (_, Reply::Error(object, _)) => *object = ErrorObjectId(0),
        (Call::Job(_, JobCall::GetErrorCount), Reply::Number(count)) => {
            *count = (*count).min(u64::from(MANY));
        }
        (_, Reply::Times { creation, modification, completion }) => {
            (creation.0, modification.0) = (0, 0);
            completion.0 = completion.0.min(1);
        }
        (Call::Job(_, JobCall::GetDescription), Reply::Text(text)) => text.clear(),
        _ => {}
    }
}

/// Walks, and plays on wherever a walk comes to a key that was met before.
fn collisions(scope: &Scope, walks: u64) -> u32 {
    let alphabet = Alphabet::new(scope);
    let manner = Manner { jobs: Jobs::InOrder, longest: alphabet.longest };
    let mut desk = Desk::default();
    let start = Place::start(&alphabet, None, None, &mut desk);
    let mut met: BTreeMap<Vec<u8>, Place> = BTreeMap::new();
    let mut collisions = 0;
    for seed in 0..walks {
        let mut walk = Walk { seed };
        let mut place = start.clone();
        for _ in 0..30 {
            let letter = walk.letter(&alphabet, &place);
            assert_ne!(place.play(&alphabet, letter, &mut desk), Did::Endless);
            let mut key = Vec::new();
            place.key(manner, &mut key);
            let Some(other) = met.get(&key) else {
                met.insert(key, place.clone());
                continue;
            };
            if other.world.now() == place.world.now() {
                continue;
            }
            collisions += 1;
            go_on_alike(&alphabet, &mut walk, other.clone(), place.clone());
        }
    }
    collisions
}

fn go_on_alike(alphabet: &Alphabet, walk: &mut Walk, mut one: Place, mut other: Place) {
    let (mut desk, mut desks) = (Desk::default(), Desk::default());
    let manner = Manner { jobs: Jobs::InOrder, longest: alphabet.longest };
    let mut letters = Vec::new();
    for _ in 0..8 {
        let letter = walk.letter(alphabet, &one);
        letters.push(letter);
        let since = (one.world.now(), other.world.now());
        let did = one.play(alphabet, letter, &mut desk);
        assert_eq!(did, other.play(alphabet, letter, &mut desks), "{letters:?}");
        let events = without_numbers(&desk.events, since.0);
        assert_eq!(events, without_numbers(&desks.events, since.1), "{letters:?}");
        let (mut key, mut keys) = (Vec::new(), Vec::new());
        one.key(manner, &mut key);
        other.key(manner, &mut keys);
        assert_eq!(key, keys, "{letters:?}");
    }
}

#[test]
fn worlds_with_equal_keys_go_on_alike() {
    for job_type in [JobType::Download, JobType::Upload, JobType::UploadReply] {
        let scope = Scope { job_type, disturbances: 2, ..Scope::one_job(Target::BITS) };
        assert!(collisions(&scope, 60) > 100, "{job_type:?}");
    }
    let scope = Scope { jobs: 2, more_files: 1, ..Scope::one_job(Target::BITS) };
    assert!(collisions(&scope, 60) > 20);
    let scope = Scope { more_files: 1, ..Scope::one_job(Target::bits(1, 5)) };
    assert!(collisions(&scope, 60) > 100);
}
