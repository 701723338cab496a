//! Choosers that do not answer the same twice, and what is told about them.

use super::*;
use crate::play as play_once;
use bitsim_engine::{Choice, Choose, Dice};
use bitsim_scenario::load;
use bitsim_vocab::{SimTime, Target};
use std::cell::Cell;

const STORY: &str = "scenario: a 503 heals\nrun_on: [bits]\nservers:\n\
    \x20 cdn.test: {latency: {min: 40ms, max: 90ms}}\n\
    jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
    timeline:\n  - at: 0s\n    fault: {http: {server: cdn.test, status: 503, times: 1}}\n\
    \x20 - at: 1s\n    do: {resume: a}\n";

fn plan() -> Plan {
    let scenario = load("a.yaml", STORY.as_bytes()).expect("it has no mistakes");
    scenario.plan(Target::BITS).expect("it runs there")
}

/// Dice that answer one question in another way from the second play on.
struct Unsteady<'a> {
    dice: Dice,
    asked: u32,
    lies_at: u32,
    plays: &'a Cell<u32>,
}

impl Choose for Unsteady<'_> {
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64 {
        self.asked += 1;
        let answer = self.dice.choose(what, at, below);
        if self.asked == self.lies_at && self.plays.get() > 1 {
            (answer + 1) % below
        } else {
            answer
        }
    }
}

fn unsteady(lies_at: u32) -> Option<Difference> {
    let plan = plan();
    let plays = Cell::new(0);
    let options = || {
        plays.set(plays.get() + 1);
        let choose = Unsteady { dice: Dice::new(0), asked: 0, lies_at, plays: &plays };
        Options { choose: Some(Box::new(choose)), ..Options::default() }
    };
    play(&plan, options).1
}

#[test]
fn plays_that_agree_are_not_told_apart() {
    let plan = plan();
    let (run, difference) = play(&plan, Options::default);
    assert_eq!(difference, None);
    assert!(!run.choices.is_empty());
    assert_eq!(run.trace, play_once(&plan).trace, "recording changes nothing");
    assert_eq!(unsteady(u32::MAX), None);
}

#[test]
fn the_choice_that_made_the_difference_is_named() {
    let difference = unsteady(3).expect("they part");
    assert_eq!(
        difference.to_string(),
        "\
the same scenario gave two traces, which part at event 11
  both    00:00:01.000 AttemptBegan { job: JobId(0), number: 1 }
  first   00:00:01.1534172 AttemptEnded { job: JobId(0), outcome: Failed { code: \
BG_E_HTTP_ERROR_503, class: Transient } }
  second  00:00:01.1534173 AttemptEnded { job: JobId(0), outcome: Failed { code: \
BG_E_HTTP_ERROR_503, class: Transient } }
job number 1 before that: CONNECTING, no error information, error count 0
  first   the same
  second  the same
choices since event 10
  first   none
  second  none
the first choice that differs is number 3 of the run
  first   latency at 00:00:01.000: 418460 of 0 to 500000
  second  latency at 00:00:01.000: 418461 of 0 to 500000"
    );
}

#[test]
fn what_was_chosen_since_and_where_the_job_stands_are_told() {
    // The GUID of the job is chosen in the turn that makes it.
    let difference = unsteady(1).expect("they part");
    let text = difference.text(&|event| format!("event {}", event.seq), &|_| "a".to_owned());
    assert!(
        text.contains("\nchoices since event 1\n  first   half of a GUID at 00:00:00"),
        "{text}"
    );
    assert!(text.contains("number 1 of the run\n  first   half of a GUID"), "{text}");
    assert_eq!(text.matches("half of a GUID").count(), 6, "{text}");

    // A play that ends early, and states that part with the event.
    let plan = plan();
    let options = || Options { recorded: true, ..Options::default() };
    let whole = play_with(&plan, options());
    let count = whole.trace.events.iter().position(|it| matches!(it.what, Happened::Count { .. }));
    let count = count.expect("the 503 counts");
    let mut other = whole.clone();
    if let Happened::Count { to, .. } = &mut other.trace.events[count].what {
        *to += 1;
    }
    other.digest = crate::binary::digest(&other.trace);
    let told = difference_of(&whole, &other).to_string();
    let before = "CONNECTING, no error information, error count 0";
    let after = "CONNECTING, no error information, error count 2";
    assert!(told.contains(&format!("\njob number 1 before that: {before}\n")), "{told}");
    assert!(told.contains(&format!("\n  second  {after}\n")), "{told}");
    assert!(told.ends_with("something else than the seed made the plays differ"), "{told}");

    let mut short = whole.clone();
    short.trace.events.truncate(count);
    short.digest = crate::binary::digest(&short.trace);
    let told = difference_of(&whole, &short).to_string();
    assert!(told.contains("\n  second  the run is over: Settled("), "{told}");

    let mut forged = whole.clone();
    forged.digest.0 ^= 1;
    let told = difference_of(&whole, &forged).to_string();
    assert!(told.starts_with("the same trace has two digests, "), "{told}");
}

fn difference_of(one: &Run, other: &Run) -> Difference {
    difference(&Side::of(one), &Side::of(other)).expect("they part")
}
