//! Visits find what was there.

use super::*;
use crate::tests::shipped;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::{Happened, JobId};

/// Checkpoints after every turn are clones of what the player held; a visit from the start has to
/// drive the whole way.
#[test]
fn a_visit_finds_the_world_that_was_there() {
    let mut compared = 0;
    for (name, plans) in shipped().iter().step_by(11) {
        for plan in plans {
            let unjudged = || Options { unjudged: true, ..Options::default() };
            let dense = Recording::play_apart(plan, unjudged(), 1);
            let sparse = Recording::play_apart(plan, unjudged(), u32::MAX);
            assert_eq!(dense.run.digest, sparse.run.digest, "recording changes nothing");
            assert_eq!(sparse.log.checkpoints.len(), 1);
            let all = &dense.log.checkpoints;
            for there in all.iter().step_by(1 + all.len() / 8).chain(all.last()) {
                let place = || format!("event {} of {name} on {}", there.events, plan.setup.target);
                let visit = sparse.at(there.events);
                assert_eq!(visit.written, there.events, "{}", place());
                assert_eq!(visit.world.now(), there.world.now(), "{}", place());
                assert_eq!(visit.world.fingerprint(), there.world.fingerprint(), "{}", place());
                assert_eq!(visit.jobs, there.jobs, "{}", place());
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared} visits");
}

#[test]
fn a_moment_may_lie_within_a_turn_and_beyond_the_end() {
    let plans = shipped();
    let (_, plan) = plans
        .iter()
        .flat_map(|(name, plans)| plans.iter().map(move |plan| (name, plan)))
        .find(|(name, _)| name.ends_with("pulled_cable_is_free.yaml"))
        .expect("it is shipped");
    let recording = Recording::play(plan, Options::default());
    let events = &recording.run().trace.events;
    let last = u32::try_from(events.len()).expect("they can be counted");
    let mut before = 0;
    for event in 0..=last {
        let moment = recording.at(event);
        assert_eq!(moment.event, event);
        assert!(moment.written >= event && moment.written >= before, "{event}");
        before = moment.written;
        let told: Vec<_> =
            (0..).map_while(|job| JobAt::after(&events[..event as usize], JobId(job))).collect();
        assert_eq!(moment.jobs, told, "{event}");
    }
    let end = recording.at(u32::MAX);
    assert_eq!((end.event, end.at), (last, events[events.len() - 1].at));
    assert_eq!(recording.event_at(SimTime::ZERO.max(end.at)), last);
    assert_eq!(recording.at(0).at, SimTime::ZERO);
}

/// A scenario that asks itself: what the moment before the question would have been told.
#[test]
fn asking_a_moment_tells_what_the_run_was_told_then() {
    let mut asked = 0;
    for (name, plans) in shipped().iter().step_by(5) {
        for plan in plans {
            let recording = Recording::play(plan, Options::default());
            for (event, next) in (0..).zip(&recording.run().trace.events) {
                let Happened::Called(told) = &next.what else { continue };
                let getter = Call::Job(told.call.job().unwrap_or(JobId(0)), JobCall::GetProgress);
                if told.call != getter {
                    continue;
                }
                if let Some(called) = recording.at(event).ask(next.at, told.by, getter) {
                    assert_eq!(called, **told, "event {} of {name}", event + 1);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 20, "{asked}");
}
