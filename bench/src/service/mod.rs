//! What bitsim itself does: the real engine, the real judge, real scenarios.

pub mod scenarios;
pub mod world;

use std::hint::black_box;

use bitsim::engine::{Nothing, World};
use bitsim::vocab::call::JobCall;
use bitsim::vocab::trace::End;
use bitsim::vocab::{JobState, Reply, SimTime, Span};

use crate::child::{Clock, Measured};
use world::{Everything, Play, retries, setup};

/// Measures what has this name; `None` if nothing has.
pub fn run(what: &str, numbers: &[u64]) -> Option<Measured> {
    match (what, numbers) {
        ("retries", [jobs, tries, runs]) => Some(bare(*jobs, *tries, *runs)),
        ("everything", [jobs, tries, runs]) => Some(everything(*jobs, *tries, *runs)),
        ("expiry", [runs]) => Some(expiry(*runs)),
        ("inactivity", [runs]) => Some(inactivity(*runs)),
        ("snapshot", [jobs, times]) => Some(snapshot(*jobs, *times)),
        ("scenarios", [files]) => Some(scenarios::run(*files)),
        _ => None,
    }
}

/// Retries with nobody who listens.
fn bare(jobs: u64, tries: u64, runs: u64) -> Measured {
    let setup = setup();
    let mut failed = 0;
    let clock = Clock::start();
    for _ in 0..runs {
        failed += retries(&mut Play::new(World::new(setup.clone()), Nothing), jobs, tries);
    }
    clock.stop(failed, format!("{failed} failures")).with("runs", runs)
}

/// Retries with a trace, its digest, and all rules checked.
fn everything(jobs: u64, tries: u64, runs: u64) -> Measured {
    let setup = setup();
    let (mut failed, mut digest, mut events) = (0, String::new(), 0);
    let clock = Clock::start();
    for _ in 0..runs {
        let mut play = Play::new(World::new(setup.clone()), Everything::new(&setup));
        failed += retries(&mut play, jobs, tries);
        events += u64::from(play.world.events());
        digest = play.sink.end(End::Stopped(play.world.now()));
    }
    let check = format!("{failed} failures");
    let digest = u64::from_str_radix(&digest[..15], 16).unwrap_or(0);
    clock.stop(failed, check).with("runs", runs).with("events", events).with("digest", digest)
}

/// A job that fails for 14 days, until BITS gives up.
fn expiry(runs: u64) -> Measured {
    let setup = setup();
    let clock = Clock::start();
    for _ in 0..runs {
        let mut play = Play::new(World::new(setup.clone()), Nothing);
        play.misbehave();
        let job = play.create(0);
        play.job_call(job, JobCall::Resume);
        play.until(SimTime::ZERO + Span::days(14) + Span::secs(3600));
        assert_eq!(play.job_call(job, JobCall::GetState), Reply::State(JobState::Error));
    }
    clock.stop(runs, format!("{runs} in ERROR"))
}

/// A job that nobody touches for 90 days, until BITS removes it.
fn inactivity(runs: u64) -> Measured {
    let setup = setup();
    let clock = Clock::start();
    for _ in 0..runs {
        let mut play = Play::new(World::new(setup.clone()), Nothing);
        let job = play.create(0);
        play.until(SimTime::ZERO + Span::days(91));
        assert_eq!(play.job_call(job, JobCall::GetState), Reply::State(JobState::Cancelled));
    }
    clock.stop(runs, format!("{runs} cancelled"))
}

/// Copies of a world in which jobs are failing; each is used, so that nothing stays shared that a
/// copy only puts off.
fn snapshot(jobs: u64, times: u64) -> Measured {
    let setup = setup();
    let mut play = Play::new(World::new(setup), Nothing);
    retries(&mut play, jobs, 3);
    let clock = Clock::start();
    let mut copies = 0;
    for _ in 0..times {
        copies += u64::from(black_box(play.world.clone()).events() > 0);
    }
    clock.stop(copies, format!("{copies} copies"))
}
