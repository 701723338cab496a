//! What was written can be read, and nothing but the trace makes a difference to the digest.

use super::*;
use crate::tests::shipped;
use bitsim_scenario::load;
use bitsim_vocab::download::{self, Standing};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{AttemptOutcome, Happened, StepId, Timer, TimerEvent};
use bitsim_vocab::{
    ErrorContext, Hresult, JobId, JobState, SimTime, Span, Stimulus, Target, WallTime,
};

#[test]
fn every_shipped_scenario_comes_back_from_its_bytes() {
    let mut played = 0;
    let mut kinds = std::collections::BTreeSet::new();
    let mut binary = BinaryTrace::default();
    for (name, plans) in shipped() {
        for plan in &plans {
            let target = plan.setup.target;
            let options = crate::Options { unjudged: true, ..Default::default() };
            let run = crate::play_with(plan, options);
            binary.restart(&run.trace.setup);
            for event in &run.trace.events {
                binary.take(event);
                let kind = format!("{:?}", event.what);
                kinds.insert(kind.split([' ', '(']).next().unwrap_or_default().to_owned());
            }
            let back: Result<Vec<Event>, Garbled> = binary.events().collect();
            assert_eq!(back.as_ref(), Ok(&run.trace.events), "{name} on {target}");
            assert_eq!(binary.digest(run.trace.end), run.digest, "{name} on {target}");
            assert_eq!(digest(&run.trace), run.digest, "{name} on {target}");
            played += 1;
        }
    }
    assert!(played > 200, "{played} runs");
    assert_eq!(kinds.len(), 22, "kinds of events that no scenario shows: {kinds:?}");
}

fn event(seq: u32, at: u64, wall: u64, source: Option<u32>, what: Happened) -> Event {
    let (at, wall) = (SimTime(at), WallTime(wall));
    Event { seq, at, wall, source: source.map(StepId), what }
}

/// Numbers at their bounds, clocks that jump, numbers that do not follow.
fn odd() -> Vec<Event> {
    let job = JobId(u32::MAX);
    let timer = |what| Happened::Timer { job, timer: Timer::AgeLimit, what };
    let armed = |due| timer(TimerEvent::Armed { due: SimTime(due) });
    let failed = AttemptOutcome::Failed { code: Hresult(u32::MAX), class: Class::Unknown };
    vec![
        event(7, u64::MAX, 0, Some(u32::MAX), armed(0)),
        event(7, 0, u64::MAX, Some(u32::MAX), armed(u64::MAX)),
        event(8, 0, u64::MAX, None, timer(TimerEvent::Fired)),
        event(9, 1, 0, None, Happened::Granted { job, slice: Some(Span(u64::MAX)) }),
        event(0, 1, 0, Some(0), Happened::Granted { job, slice: None }),
        event(1, 1, 0, Some(0), Happened::Count { job, from: u32::MAX, to: 0 }),
        event(2, 2, 1, None, Happened::AttemptEnded { job, outcome: failed }),
    ]
}

#[test]
fn odd_events_and_every_member_of_an_enumeration_come_back() {
    let mut events = odd();
    let mut seq = 2;
    let mut push = |what| {
        seq += 1;
        events.push(event(seq, 2, 1, None, what));
    };
    let job = JobId(3);
    for cause in Stimulus::ALL {
        for state in JobState::ALL {
            push(Happened::State { job, from: *state, to: *state, cause: *cause });
        }
    }
    for context in ErrorContext::ALL {
        let info = bitsim_vocab::trace::ErrorInfo {
            code: Hresult(5),
            context: *context,
            file: None,
            protocol: None,
        };
        push(Happened::ErrorInfo { job, info });
    }
    for cause in download::Row::ALL {
        push(Happened::Standing { job, from: Standing::NEW, to: Standing::NEW, cause: *cause });
    }
    use Timer as T;
    for timer in [
        T::MinimumRetryDelay,
        T::NoProgressTimeout,
        T::JobInactivityTimeout,
        T::MaximumDownloadTime,
        T::TimeSlice,
        T::NotifyAgain,
        T::CancelRequest,
        T::CancelWindow,
        T::InternalRetry,
        T::ProgressCheck,
        T::NetworkCheck,
        T::AgeLimit,
    ] {
        push(Happened::Timer { job, timer, what: TimerEvent::Stopped });
    }
    use Class as C;
    for class in [C::Success, C::Call, C::Transient, C::Fatal, C::Text, C::Internal, C::Unknown] {
        let outcome = AttemptOutcome::Failed { code: Hresult(0), class };
        push(Happened::AttemptEnded { job, outcome });
    }
    let mut binary = BinaryTrace::default();
    events.iter().for_each(|event| binary.take(event));
    let back: Vec<Event> = binary.events().map(|event| event.expect("it is one")).collect();
    assert_eq!(back, events);
}

#[test]
fn bytes_of_no_trace_are_told_so_and_end_it() {
    let mut binary = BinaryTrace::default();
    odd().iter().for_each(|event| binary.take(event));
    let bytes = binary.bytes();
    for cut in 1..bytes.len() {
        let read: Vec<_> = Reader::new(&bytes[..cut]).collect();
        let wrong = read.iter().filter(|one| one.is_err()).count();
        assert!(wrong <= 1 && read[..read.len() - wrong].iter().all(Result::is_ok), "{cut}");
        assert!(read.len() - wrong < 7, "{cut}");
    }
    assert_eq!(Reader::new(&[0x1F, 1, 2]).collect::<Vec<_>>(), [Err(Garbled { left: 3 })]);
}

#[test]
fn the_digest_does_not_depend_on_pieces_but_on_every_part() {
    let text = "scenario: a file arrives\nrun_on: [bits]\nservers:\n  cdn.test: {}\n\
        jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
        timeline:\n  - at: 0s\n    do: {resume: a}\n";
    let scenario = load("a.yaml", text.as_bytes()).expect("it has no mistakes");
    let run = crate::play(&scenario.plan(Target::BITS).expect("it runs there"));
    let mut trace = run.trace.clone();
    // Far more than one chunk.
    let one = trace.events.clone();
    while trace.events.len() < 10_000 {
        trace.events.extend_from_slice(&one);
    }
    let long = digest(&trace);
    let mut binary = BinaryTrace::new(&trace.setup);
    trace.events.iter().for_each(|event| binary.take(event));
    assert_eq!(binary.digest(trace.end), long);
    let mut at_once = Digester::new(&trace.setup);
    at_once.hasher.update(binary.bytes());
    assert_eq!(at_once.digest(trace.end), long);

    let mut other = run.trace.clone();
    other.setup.seed += 1;
    assert_ne!(digest(&other), run.digest);
    let mut other = run.trace.clone();
    other.end = End::Stopped(other.end.at());
    assert_ne!(digest(&other), run.digest);
    let mut other = run.trace.clone();
    other.events.pop();
    assert_ne!(digest(&other), run.digest);
    // The value itself is part of what is promised: the same on every machine.
    assert_eq!(run.digest.to_string(), "2d2117b11e12d29931ded7a43800fd41");
}
