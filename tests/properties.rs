//! What holds for every story of every service, however random: no documented rule is broken, the
//! same story runs the same way, a copy of a world goes on as the world does, the wall clock steers
//! nothing, and once all trouble is over every job comes to an end.
//!
//! `PROPTEST_CASES=5000 cargo test --test properties` looks further, `PROPTEST_RNG_SEED=7`
//! elsewhere; `bitsim explore` looks much further. What breaks a property is made as small as
//! possible and written to `scenarios/found/` as a scenario. With `BITSIM_FOCUS=BITS-STATE-010`
//! only that rule (or property, or `panic`) counts.

#[path = "properties/neighbours.rs"]
mod neighbours;
#[path = "properties/planted.rs"]
mod planted;
#[path = "properties/told.rs"]
mod told;

use bitsim::explore::draw::{self, Mix};
use bitsim::explore::minimise::minimise;
use bitsim::explore::story::stage::{Stage, caught, play};
use bitsim::explore::story::{self, Act, Broken, Job, Misbehaviour, Step, Story, liveness};
use bitsim::replay::FailureKind;
use bitsim::vocab::call::{JobCall, NewFile};
use bitsim::vocab::trace::Called;
use bitsim::vocab::world::{Disturbance, FaultKind};
use bitsim::vocab::{
    Call, ClientId, Event, Happened, JobId, JobType, Reply, ServerId, Span, Target, WallTime,
};
use proptest::prelude::any;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use std::cell::RefCell;

/// A property: what a story breaks of it.
type Property = fn(&Story) -> Result<(), Broken>;

fn broken(name: &str, text: impl Into<String>) -> Result<(), Broken> {
    Err(Broken::new(name, text))
}

/// The same stories in every run unless the environment says otherwise.
fn config(cases: u32) -> Config {
    let mut config = Config::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0);
    }
    // What is found is kept as a scenario, which says more than a seed and survives every change
    // of the way in which stories are drawn.
    config.failure_persistence = None;
    // Numbers say nothing about how small their story is: the story itself is made smaller.
    config.max_shrink_iters = 0;
    config
}

/// What a story breaks of a property, panics included.
fn look(property: Property, story: &Story) -> Result<(), Broken> {
    caught(|| property(story)).and_then(|result| result)
}

/// Tries a property on many stories. What breaks it is made small, as long as it breaks the same.
fn hold(on: Target, property: Property, cases: u32) {
    let focus = RefCell::new(std::env::var("BITSIM_FOCUS").ok());
    let drawn = (any::<u64>(), select(&Mix::ALL[..]));
    let result = TestRunner::new(config(cases)).run(&drawn, |(seed, mix)| {
        let story = draw::story(at_times_older(on, seed), seed, mix);
        let Err(broken) = look(property, &story) else { return Ok(()) };
        let name = focus.borrow_mut().get_or_insert_with(|| broken.name.clone()).clone();
        if name == broken.name { Err(TestCaseError::fail(broken.text)) } else { Ok(()) }
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(_, (seed, mix))) => {
            let name = focus.into_inner().unwrap_or_default();
            let mut same =
                |story: &Story| look(property, story).is_err_and(|broken| broken.name == name);
            let story = draw::story(at_times_older(on, seed), seed, mix);
            let story = minimise(story, &mut same, 3_000);
            let Err(broken) = look(property, &story) else {
                panic!("what broke a property does not break it again: {story:?}");
            };
            panic!("{}", keep(&story, &broken));
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// BITS now and then in an older version.
fn at_times_older(on: Target, seed: u64) -> Target {
    const OLDER: [(u16, u16); 7] = [(1, 0), (1, 5), (2, 0), (2, 5), (3, 0), (4, 0), (10, 1)];
    match OLDER.get((seed % 32) as usize) {
        Some((major, minor)) if on == Target::BITS => Target::bits(*major, *minor),
        _ => on,
    }
}

/// Writes what was found to `scenarios/found` and puts it into words.
fn keep(story: &Story, broken: &Broken) -> String {
    let healed = (broken.name == "liveness").then(|| story.clone().with_everything_healed());
    let story = healed.as_ref().unwrap_or(story);
    let mut stage = Stage::new(story, None);
    let survived = caught(|| stage.play_all(story)).is_ok();
    let ending = if survived { "" } else { " (panics)" };
    let title = format!("found by a random story{ending}: {}", broken.name);
    let text = story::write::scenario(&title, story, &stage.returned);
    let name = broken.name.to_lowercase().replace([' ', '-'], "_");
    let path = format!("scenarios/found/{name}_{:08x}.yaml", hash(&text));
    let written = std::fs::create_dir_all("scenarios/found")
        .and_then(|()| std::fs::write(&path, &text))
        .map_or_else(|error| format!("not written: {error}"), |()| "written".to_owned());
    format!("{}: {}\n{path}: {written}\n\n{text}", broken.name, broken.text)
}

/// FNV-1a, so that the same story gets the same name.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The first place at which two runs differ.
fn differ(name: &str, one: &[Event], other: &[Event]) -> Result<(), Broken> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    if same == one.len() && same == other.len() {
        return Ok(());
    }
    broken(name, format!("after {same} events {:?}, or {:?}", one.get(same), other.get(same)))
}

/// No documented rule is broken.
fn rules_hold(story: &Story) -> Result<(), Broken> {
    let focus = std::env::var("BITSIM_FOCUS").ok();
    let looked_for =
        |rule: &str| focus.as_deref().is_none_or(|focus| focus == rule || focus == "panic");
    let played = play(story, None);
    played.broken().find(|broken| looked_for(&broken.name)).map_or(Ok(()), Err)
}

/// The same story runs the same way.
fn repeats(story: &Story) -> Result<(), Broken> {
    let (mut one, mut other) = (Stage::new(story, None), Stage::new(story, None));
    let (end, other_end) = (one.play_all(story), other.play_all(story));
    differ("repetition", &one.events, &other.events)?;
    let same = (end, one.world.fingerprint()) == (other_end, other.world.fingerprint());
    if same { Ok(()) } else { broken("repetition", "equal events, different worlds") }
}

/// A copy of a world goes on as the world does.
fn copies_go_on(story: &Story) -> Result<(), Broken> {
    let mut stage = Stage::new(story, None);
    stage.create(&story.jobs);
    let half = story.steps.len() / 2;
    for (id, step) in story.numbered().take(half) {
        stage.play(id, step);
    }
    let mut copy = stage.clone();
    // The copy first: what it does must leave the original alone.
    copy.play_from(story, half);
    let copy_end = copy.end();
    stage.play_from(story, half);
    let end = stage.end();
    differ("copy", &stage.events, &copy.events)?;
    let same = (end, stage.world.fingerprint()) == (copy_end, copy.world.fingerprint());
    if same { Ok(()) } else { broken("copy", "equal events, different worlds") }
}

/// True for a move of the wall clock.
fn moves_clock(event: &Event) -> bool {
    matches!(&event.what, Happened::Env(what) if matches!(**what, Disturbance::WallClockMoves(_)))
}

/// Everything but the wall clock and the numbers that count its moves as well.
fn without_wall_clock(events: Vec<Event>) -> Vec<Event> {
    let kept = events.into_iter().filter(|event| !moves_clock(event));
    let strip = |event: Event| {
        let what = match event.what {
            Happened::Called(called) if matches!(called.reply, Reply::Times { .. }) => {
                Happened::Called(Box::new(Called { reply: Reply::None, ..*called }))
            }
            what => what,
        };
        Event { seq: 0, wall: WallTime(0), source: None, what, ..event }
    };
    kept.map(strip).collect()
}

/// The wall clock steers nothing.
fn ignores_wall_clock(story: &Story) -> Result<(), Broken> {
    if story.restarts() {
        return Ok(());
    }
    let moved = story.clone().with_another_wall_clock();
    let (mut one, mut other) = (Stage::new(story, None), Stage::new(&moved, None));
    one.play_all(story);
    other.play_all(&moved);
    let one = without_wall_clock(one.events);
    let other = without_wall_clock(other.events);
    differ("wall clock", &one, &other)
}

/// Once all trouble is over, every job comes to an end.
fn ends(story: &Story) -> Result<(), Broken> {
    liveness::broken(story, None).map_or(Ok(()), Err)
}

/// The events of the scenario that tells a story are those of the story.
fn reads_back(story: &Story) -> Result<(), Broken> {
    let mut stage = Stage::new(story, None);
    stage.create(&story.jobs);
    stage.play_from(story, 0);
    if !stage.sound {
        // The scenario would break off where a job could not be made.
        return Ok(());
    }
    let text = story::write::scenario("read back", story, &stage.returned);
    let scenario = match bitsim::scenario::load("story.yaml", text.as_bytes()) {
        Ok(scenario) => scenario,
        Err(mistakes) => return broken("yaml", format!("{mistakes:?}\n{text}")),
    };
    let plan = scenario.plan(story.setup.target).expect("the target of the story");
    if plan.setup != story.setup {
        return broken("yaml", format!("{:?}\n{:?}", plan.setup, story.setup));
    }
    let run = bitsim::replay::play(&plan);
    let odd = run.failures.iter().find(|failure| failure.kind != FailureKind::Unsettled);
    if let Some(failure) = odd {
        return broken("yaml", format!("{failure:?}\n{text}"));
    }
    let strip = |event: &Event| Event { source: None, ..event.clone() };
    let told: Vec<Event> = stage.events.iter().map(strip).collect();
    let read: Vec<Event> = run.trace.events.iter().take(told.len()).map(strip).collect();
    differ("yaml", &told, &read)
}

#[test]
fn what_is_written_reads_back_as_the_same_story() {
    let story = fixed_story();
    let mut stage = Stage::new(&story, None);
    stage.play_all(&story);
    assert!(stage.returned.contains(&None) && stage.events.len() > 40, "the story is eventful");
    if let Err(broken) = reads_back(&story) {
        panic!("{}", broken.text);
    }
}

/// Every property, on one target.
macro_rules! properties {
    ($($module:ident: $target:expr;)*) => {
        $(mod $module {
            use super::*;

            #[test]
            fn no_story_breaks_a_documented_rule() {
                hold($target, rules_hold, 160);
            }

            #[test]
            fn the_same_story_runs_the_same_way() {
                hold($target, repeats, 64);
            }

            #[test]
            fn a_copy_of_a_world_goes_on_as_the_world_does() {
                hold($target, copies_go_on, 64);
            }

            #[test]
            fn the_wall_clock_steers_nothing() {
                hold($target, ignores_wall_clock, 64);
            }

            #[test]
            fn every_job_comes_to_an_end_once_all_trouble_is_over() {
                hold($target, ends, 64);
            }

            #[test]
            fn every_story_can_be_written() {
                hold($target, reads_back, 32);
            }
        })*
    };
}

properties! {
    bits: Target::BITS;
    do_legacy: Target::DO_LEGACY;
    do_download: Target::DO_DOWNLOAD;
    do_download_agent: Target::DO_AGENT;
}

/// A story with something of everything.
fn fixed_story() -> Story {
    let (app, job, other) = (ClientId(0), JobId(0), JobId(1));
    let download = NewFile {
        remote: "https://cdn.test/medium.bin".into(),
        local: "C:\\downloads\\job_1\\1.bin".into(),
        ranges: vec![(0, 4 << 10), (16 << 10, 8 << 10)],
    };
    let jobs = vec![
        Job::plain(app, JobType::Download, vec![download.clone()]),
        Job::plain(
            ClientId(1),
            JobType::Download,
            vec![NewFile { local: "C:\\downloads\\job_2\\1.bin".into(), ..download }],
        ),
    ];
    let url = Some("https://cdn.test/medium.bin".to_owned());
    let plain = Misbehaviour::plain(ServerId(0), FaultKind::Http(503));
    let fault = Misbehaviour { url, times: Some(2), ..plain };
    let call = |who, job, call| Act::Call(who, Call::Job(job, call));
    let acts = [
        (0, call(app, job, JobCall::SetMinimumRetryDelay(60))),
        (0, Act::Misbehave(fault)),
        (5, call(app, job, JobCall::Resume)),
        (0, call(ClientId(1), other, JobCall::Resume)),
        (40, call(app, job, JobCall::GetError)),
        (1, Act::Disturb(Disturbance::NetworkLost)),
        (1, Act::Disturb(Disturbance::ClientExits(app))),
        (7, call(app, job, JobCall::GetState)),
        (90, Act::Disturb(Disturbance::NetworkRegained)),
        (1, Act::Disturb(Disturbance::WallClockMoves(-36_000_000_000))),
        (1, Act::Heal(ServerId(0))),
        (1, Act::Disturb(Disturbance::ClientStarts(app))),
        (3_600, call(app, job, JobCall::Complete)),
        (0, Act::Call(app, Call::EnumJobs { all_users: false })),
    ];
    let steps = acts.map(|(secs, act)| Step { after: Span::secs(secs), act });
    let mut setup = draw::story(Target::BITS, 0, Mix::Plain).setup;
    setup.network = true;
    setup.local_files.clear();
    Story { setup, jobs, steps: steps.into() }
}
