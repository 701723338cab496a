//! What is made small still fails, is smaller, and does not become smaller still.

use super::*;
use crate::draw::{self, Mix};
use crate::story::stage;
use crate::story::{Act, Job, Step};
use bitsim_engine::sabotage::{Bug, bugs};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::{Call, ClientId, JobId, JobType, Service, Span, Target};

/// Bugs of every service that most stories notice.
const PLANTED: [&str; 6] = [
    "suspending-twice-fails",
    "count-starts-at-one",
    "retry-discards-the-error",
    "default-delay-is-one-minute",
    "legacy-suspend-does-nothing",
    "pause-does-nothing",
];

fn planted() -> impl Iterator<Item = &'static Bug> {
    bugs().filter(|bug| PLANTED.contains(&bug.name))
}

/// The first story that a bug breaks a rule in, and the rule.
fn failing(bug: &Bug) -> Option<(Story, String)> {
    let target = match bug.service() {
        Service::Bits => Target::BITS,
        Service::DoLegacy => Target::DO_LEGACY,
        Service::DoDownload => Target::DO_DOWNLOAD,
    };
    (0..400).find_map(|seed| {
        let story = draw::story(target, seed, Mix::Swarm);
        let played = stage::play(&story, Some(bug));
        let broken = played.broken().next().filter(|_| played.sound)?;
        Some((story, broken.name))
    })
}

fn fails_as(name: &str, bug: &Bug, story: &Story) -> bool {
    let played = stage::play(story, Some(bug));
    played.sound && played.broken().any(|broken| broken.name == name)
}

#[test]
fn what_is_made_small_fails_alike_and_stays_as_it_is() {
    for bug in planted() {
        let (story, name) = failing(bug).unwrap_or_else(|| panic!("{} shows", bug.name));
        let mut fails = |story: &Story| fails_as(&name, bug, story);
        let small = minimise(story.clone(), &mut fails, 5_000);
        assert!(fails(&small), "{} still breaks {name}", bug.name);
        assert!(Size::of(&small) <= Size::of(&story), "{}", bug.name);
        assert!(small.steps.len() <= 8, "{}: {} steps", bug.name, small.steps.len());
        assert_eq!(minimise(small.clone(), &mut fails, 5_000), small, "{}", bug.name);
        assert_eq!(minimise(story, &mut fails, 5_000), small, "{}: the same again", bug.name);
    }
}

#[test]
fn nothing_is_tried_beyond_the_budget_and_nothing_larger() {
    let story = draw::story(Target::BITS, 3, Mix::Plain);
    let whole = Size::of(&story);
    let mut tries = 0;
    let small = minimise(
        story,
        &mut |smaller| {
            tries += 1;
            assert!(Size::of(smaller) < whole);
            tries % 3 == 0
        },
        50,
    );
    assert_eq!(tries, 50);
    assert!(Size::of(&small) < whole);
}

/// Two jobs, the second of which is resumed and looked at after odd times.
fn two_jobs() -> Story {
    let mut story = draw::story(Target::BITS, 0, Mix::Plain);
    let app = ClientId(0);
    story.jobs = vec![Job::plain(app, JobType::Download, Vec::new()); 2];
    let call = |millis: u64, job: u32, call: JobCall| Step {
        after: Span::millis(millis),
        act: Act::Call(app, Call::Job(JobId(job), call)),
    };
    story.steps = vec![
        call(1_234, 0, JobCall::Resume),
        call(77, 1, JobCall::Resume),
        call(61_003, 1, JobCall::GetState),
    ];
    story
}

#[test]
fn what_plays_no_part_goes_and_figures_become_round() {
    let asks = |story: &Story| {
        let last = story.steps.last();
        let asks = |step: &Step| matches!(step.act, Act::Call(_, Call::Job(_, JobCall::GetState)));
        let waited: u64 = story.steps.iter().map(|step| step.after.0).sum();
        last.is_some_and(asks) && waited >= Span::secs(60).0
    };
    let small = minimise(two_jobs(), &mut |story| asks(story), 10_000);
    assert_eq!(small.jobs.len(), 1);
    assert_eq!(small.steps.len(), 1);
    assert_eq!(small.steps[0].after, Span::secs(60));
    assert_eq!(small.steps[0].act.job(), Some(JobId(0)), "the job got the number of the other");
    assert_eq!((small.setup.users.len(), small.setup.clients.len()), (1, 1));
    assert_eq!(small.setup.servers, [], "nobody asks a server for anything");
    assert_eq!(small.setup.users[0].name, "owner");
}

#[test]
fn steps_that_go_may_leave_their_time() {
    let (mut in_time, mut early) = (two_jobs(), two_jobs());
    steps::leave_out(&mut in_time, |place| place == 1, true);
    steps::leave_out(&mut early, |place| place == 1, false);
    let waits = |story: &Story| story.steps.iter().map(|step| step.after).collect::<Vec<_>>();
    assert_eq!(waits(&in_time), [Span::millis(1_234), Span::millis(61_080)]);
    assert_eq!(waits(&early), [Span::millis(1_234), Span::millis(61_003)]);
}

#[test]
fn round_times_are_simpler_than_short_ones() {
    let in_order = [
        Span::ZERO,
        Span::secs(1),
        Span::days(14),
        Span::secs(7_200),
        Span::secs(120),
        Span::secs(3),
        Span::millis(5),
        Span(7),
    ];
    assert!(in_order.is_sorted_by_key(|span| size::span(*span)));
    for span in in_order {
        let simpler = size::simpler_spans(span);
        assert!(simpler.iter().all(|other| size::span(*other) < size::span(span)));
    }
}
