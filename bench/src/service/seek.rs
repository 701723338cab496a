//! Going to any event of a long run that was recorded.

use std::fmt::Write as _;
use std::hint::black_box;

use bitsim_replay::Options;
use bitsim_replay::recording::Recording;
use bitsim_vocab::Target;

use crate::child::{Clock, Measured};

/// Records `jobs` jobs that fail for some days, and visits `times` events all over the run.
pub fn run(jobs: u64, days: u64, times: u64) -> Measured {
    let text = scenario(jobs, days);
    let scenario = bitsim_scenario::load("seek.yaml", text.as_bytes()).expect("it is valid");
    let plan = scenario.plan(Target::BITS).expect("it runs on BITS");
    let recording = Recording::play(&plan, Options { unjudged: true, ..Options::default() });
    let events = recording.run().trace.events.len() as u64;
    let mut written = 0;
    let clock = Clock::start();
    for visit in 0..times {
        // Far apart, and each at another distance from its checkpoint.
        let event = visit * 0x9E37_79B9 % events;
        written += u64::from(black_box(recording.at(event as u32)).written);
    }
    let check = if written > 0 { "visited" } else { "nothing happened" };
    clock.stop(times, check).with("events", events)
}

fn scenario(jobs: u64, days: u64) -> String {
    let mut text = "scenario: jobs that fail for days\nrun_on: [bits]\n".to_owned();
    text += "servers:\n  cdn.test: {bandwidth: 1 MiB/s, latency: 1ms}\njobs:\n";
    for job in 0..jobs {
        let file = format!("{{url: 'https://cdn.test/{job}.cab', size: 4 KiB}}");
        let _ = writeln!(text, "  job_{job}:\n    type: download\n    minimum_retry_delay: 10m");
        let _ = writeln!(text, "    files:\n      - {file}");
    }
    text += "timeline:\n  - at: 0s\n    fault: {http: {server: cdn.test, status: 503}}\n";
    for job in 0..jobs {
        let _ = writeln!(text, "  - at: {job}s\n    do: {{resume: job_{job}}}");
    }
    let _ = writeln!(text, "  - at: {days}d\n    expect: {{job: job_0, state: TRANSIENT_ERROR}}");
    text
}
