//! What holds for every story of every service, however random: no documented rule is broken, the
//! same story runs the same way, a copy of a world goes on as the world does, the wall clock steers
//! nothing, and once all trouble is over every job comes to an end.
//!
//! `PROPTEST_CASES=5000 cargo test --test properties` looks further, `PROPTEST_RNG_SEED=7`
//! elsewhere. What breaks a property is made as small as possible and written to
//! `scenarios/found/` as a scenario. With `BITSIM_FOCUS=BITS-STATE-010` only that rule (or
//! property, or `panic`) counts.

#[path = "properties/downloads.rs"]
mod downloads;
#[path = "properties/draw.rs"]
mod draw;
#[path = "properties/legacy.rs"]
mod legacy;

use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::explore::story::stage::Stage;
use bitsim::explore::story::{self, Act, Misbehaviour, Step, Story};
use bitsim::replay::FailureKind;
use bitsim::vocab::call::{JobCall, NewFile};
use bitsim::vocab::download::{DownloadCall, Situation};
use bitsim::vocab::trace::Called;
use bitsim::vocab::world::{Disturbance, FaultKind, Part};
use bitsim::vocab::{
    Call, ClientId, Event, Happened, JobId, JobState, JobType, Reply, ServerId, Service, Span,
    Target, WallTime,
};
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a story broke.
#[derive(Debug, Clone)]
struct Broken {
    /// The id of a rule, or the name of a property.
    name: String,
    /// What happened.
    text: String,
}

/// A property: what a story breaks of it.
type Property = fn(&Story) -> Result<(), Broken>;

fn broken(name: &str, text: impl Into<String>) -> Result<(), Broken> {
    Err(Broken { name: name.to_owned(), text: text.into() })
}

/// Any story on a target; on BITS now and then on an older version.
fn stories(on: Target) -> BoxedStrategy<Story> {
    match on.service {
        Service::Bits => draw::stories().boxed(),
        Service::DoLegacy => legacy::stories().boxed(),
        Service::DoDownload => downloads::stories(on).boxed(),
    }
}

/// What the stories are about, each with as many of the cases.
const TARGETS: [Target; 4] =
    [Target::BITS, Target::DO_LEGACY, Target::DO_DOWNLOAD, Target::DO_AGENT];

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
    config.max_shrink_iters = 3_000;
    config
}

/// What a story breaks of a property, panics included.
fn look(property: Property, story: &Story) -> Result<(), Broken> {
    match catch_unwind(AssertUnwindSafe(|| property(story))) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned()));
            broken("panic", text.unwrap_or_default())
        }
    }
}

/// Tries a property on many stories. What breaks it is made small, as long as it breaks the same.
fn hold(on: Target, property: Property, cases: u32) {
    let focus = RefCell::new(std::env::var("BITSIM_FOCUS").ok());
    let result = TestRunner::new(config(cases)).run(&stories(on), |story| {
        let Err(broken) = look(property, &story) else { return Ok(()) };
        let name = focus.borrow_mut().get_or_insert_with(|| broken.name.clone()).clone();
        if name == broken.name { Err(TestCaseError::fail(broken.text)) } else { Ok(()) }
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(_, story)) => {
            let Err(broken) = look(property, &story) else {
                panic!("what broke a property does not break it again: {story:?}");
            };
            panic!("{}", keep(&story, &broken));
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// Writes what was found to `scenarios/found` and puts it into words.
fn keep(story: &Story, broken: &Broken) -> String {
    let healed = (broken.name == "liveness").then(|| story.clone().with_everything_healed());
    let story = healed.as_ref().unwrap_or(story);
    let mut stage = Stage::new(story);
    let survived = catch_unwind(AssertUnwindSafe(|| stage.play_all(story))).is_ok();
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
    let mut stage = Stage::new(story);
    let end = stage.play_all(story);
    let findings = stage.judge(end);
    let focus = std::env::var("BITSIM_FOCUS").ok();
    let looked_for =
        |rule: &str| focus.as_deref().is_none_or(|focus| focus == rule || focus == "panic");
    let mut violations = findings.violations().iter();
    match violations.find(|found| looked_for(found.rule.text())) {
        None => Ok(()),
        Some(found) => {
            let what = match found.job {
                Some(job) => found.what.replace("{job}", &Story::job_name(job)),
                None => found.what.clone(),
            };
            let (event, at) = (found.event, found.at);
            let (expected, actual) = (&found.expected, &found.actual);
            let text = format!("event {event} at {at}: {what}; expected {expected}, got {actual}");
            broken(found.rule.text(), text)
        }
    }
}

/// The same story runs the same way.
fn repeats(story: &Story) -> Result<(), Broken> {
    let (mut one, mut other) = (Stage::new(story), Stage::new(story));
    let (end, other_end) = (one.play_all(story), other.play_all(story));
    differ("repetition", &one.events, &other.events)?;
    let same = (end, one.world.fingerprint()) == (other_end, other.world.fingerprint());
    if same { Ok(()) } else { broken("repetition", "equal events, different worlds") }
}

/// A copy of a world goes on as the world does.
fn copies_go_on(story: &Story) -> Result<(), Broken> {
    let mut stage = Stage::new(story);
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
    let (mut one, mut other) = (Stage::new(story), Stage::new(&moved));
    one.play_all(story);
    other.play_all(&moved);
    let one = without_wall_clock(one.events);
    let other = without_wall_clock(other.events);
    differ("wall clock", &one, &other)
}

/// Once all trouble is over, every job comes to an end.
fn ends(story: &Story) -> Result<(), Broken> {
    let story = story.clone().with_everything_healed();
    let mut stage = Stage::new(&story);
    stage.play_all(&story);
    if story.setup.target.service == Service::DoDownload {
        return downloads_end(&story, stage);
    }
    let waits = |state: &JobState| state.is_running() || !rests(*state);
    let job = (0..).map(JobId).zip(stage.states()).find(|(_, state)| waits(state));
    match job {
        None => Ok(()),
        Some((job, state)) => {
            let name = Story::job_name(job);
            broken("liveness", format!("{name} is {state} two days after all trouble"))
        }
    }
}

/// What was started is all there or has failed for good; what is there can be finalized, and the
/// rest aborted.
fn downloads_end(story: &Story, mut stage: Stage) -> Result<(), Broken> {
    use Situation as S;
    let all = |stage: &Stage| (0..).map(JobId).zip(stage.situations()).collect::<Vec<_>>();
    let waits = |now: Option<S>| matches!(now, Some(S::Transferring | S::PausedTransient));
    if let Some((id, _)) = all(&stage).into_iter().find(|(_, now)| waits(*now)) {
        let name = Story::job_name(id);
        return broken("liveness", format!("{name} goes on two days after all trouble"));
    }
    for (id, now) in all(&stage) {
        let last = match now {
            Some(S::Transferred) => DownloadCall::Finalize,
            Some(S::Finalized | S::Aborted) | None => continue,
            Some(_) => DownloadCall::Abort,
        };
        stage.call(story.jobs[id.index()].client, &Call::Download(id, last));
    }
    let left = |now: Option<S>| !matches!(now, Some(S::Finalized | S::Aborted) | None);
    match all(&stage).into_iter().find(|(_, now)| left(*now)) {
        None => Ok(()),
        Some((id, _)) => {
            broken("liveness", format!("{} cannot be brought to an end", Story::job_name(id)))
        }
    }
}

/// States in which a job waits for nobody but its owner, or for nothing.
fn rests(state: JobState) -> bool {
    use JobState as S;
    state.is_final() || matches!(state, S::Suspended | S::Error | S::Transferred)
}

/// The events of the scenario that tells a story are those of the story.
fn reads_back(story: &Story) -> Result<(), Broken> {
    let mut stage = Stage::new(story);
    stage.create(&story.jobs);
    stage.play_from(story, 0);
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
    let mut stage = Stage::new(&story);
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
        story::Job::plain(app, JobType::Download, vec![download.clone()]),
        story::Job::plain(
            ClientId(1),
            JobType::Download,
            vec![NewFile { local: "C:\\downloads\\job_2\\1.bin".into(), ..download }],
        ),
    ];
    let fault = Misbehaviour {
        server: ServerId(0),
        url: Some("https://cdn.test/medium.bin".into()),
        part: Part::Any,
        kind: FaultKind::Http(503),
        times: Some(2),
    };
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
    Story { setup: draw::world(Target::BITS, 1), jobs, steps: steps.into() }
}

/// How often random stories of each target break which rule.
#[test]
#[ignore = "counts what the tests above would stop at"]
fn survey() {
    for target in TARGETS {
        let mut runner = TestRunner::new(config(400));
        let mut counts = BTreeMap::new();
        for _ in 0..config(400).cases {
            let story = stories(target).new_tree(&mut runner).expect("a story").current();
            for name in all_broken(&story) {
                *counts.entry(name).or_insert(0) += 1;
            }
        }
        println!("{target}: {counts:#?}");
    }
}

/// Every rule that a story breaks.
fn all_broken(story: &Story) -> BTreeSet<String> {
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut stage = Stage::new(story);
        let end = stage.play_all(story);
        stage.judge(end)
    }));
    match result {
        Ok(findings) => {
            findings.violations().iter().map(|found| found.rule.text().to_owned()).collect()
        }
        Err(_) => ["panic".to_owned()].into(),
    }
}

/// The rules that a deliberate bug breaks in a few stories, or nothing.
fn breaks(bug: &Bug, stories: &[Story]) -> Option<String> {
    let of_its_service = |story: &&Story| story.setup.target.service == bug.service();
    stories.iter().filter(of_its_service).find_map(|story| {
        let mut stage = Stage::new(story);
        stage.world.sabotage(bug);
        let end = stage.play_all(story);
        let findings = stage.judge(end);
        findings.violations().first().map(|found| found.rule.text().to_owned())
    })
}

/// The stories are eventful enough to notice most of the bugs that scenarios were written for.
#[test]
fn random_stories_notice_most_deliberate_bugs() {
    let mut runner = TestRunner::new(config(64));
    let mut drawn = Vec::new();
    for target in TARGETS {
        let mut story = || stories(target).new_tree(&mut runner).expect("a story").current();
        drawn.extend((0..64).map(|_| story()));
    }
    for service in [Service::Bits, Service::DoLegacy, Service::DoDownload] {
        let of_service = || bugs().filter(|bug| bug.service() == service);
        let unnoticed: Vec<&str> =
            of_service().filter(|bug| breaks(bug, &drawn).is_none()).map(|bug| bug.name).collect();
        let (all, name) = (of_service().count(), service.name());
        println!("{name}: {} of {all} bugs go unnoticed: {unnoticed:?}", unnoticed.len());
        assert!(unnoticed.len() * 2 < all, "{name}: {} of {all}: {unnoticed:?}", unnoticed.len());
    }
}
