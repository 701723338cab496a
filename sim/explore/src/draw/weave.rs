//! Weaves threads into one timeline.

use super::lives::{Scene, Thread};
use crate::story::{Act, Step};
use bitsim_vocab::{SimTime, Span};

/// Every thread in its own time; at the same instant in the order of the threads.
pub(super) fn in_order(threads: Vec<Thread>) -> Vec<Step> {
    let mut timed: Vec<(SimTime, Act)> = threads.into_iter().flat_map(timed).collect();
    timed.sort_by_key(|(at, _)| *at);
    steps(timed)
}

/// At few instants, and there in the order of priorities that change a few times.
pub(super) fn by_priority(threads: Vec<Thread>, scene: &mut Scene<'_>) -> Vec<Step> {
    let mut instants = vec![SimTime::ZERO];
    for _ in 0..scene.steps.within(0, 5) {
        let after = match scene.steps.below(3) {
            0 => scene.times.under_way(),
            1 => scene.times.period(),
            _ => scene.times.short(),
        };
        instants.push(*instants.last().unwrap_or(&SimTime::ZERO) + after);
    }
    let snap = |at: SimTime| {
        let place = instants.partition_point(|instant| *instant <= at);
        instants[place.saturating_sub(1)]
    };
    let mut priorities: Vec<usize> = (0..threads.len()).collect();
    scene.steps.shuffle(&mut priorities);
    let mut queues: Vec<_> = threads
        .into_iter()
        .map(|thread| timed(thread).into_iter().map(|(at, act)| (snap(at), act)).peekable())
        .collect();
    let mut changes = scene.steps.below(4);
    let mut timed = Vec::new();
    loop {
        if changes > 0 && scene.steps.one_in(6) {
            changes -= 1;
            scene.steps.shuffle(&mut priorities);
        }
        let next = queues.iter_mut().enumerate().filter_map(|(number, queue)| {
            queue.peek().map(|(at, _)| (*at, priorities[number], number))
        });
        let Some((_, _, number)) = next.min() else { break };
        timed.extend(queues[number].next());
    }
    steps(timed)
}

fn timed(thread: Thread) -> Vec<(SimTime, Act)> {
    let mut now = SimTime::ZERO;
    let at = |(after, act): (Span, Act)| {
        now = now + after;
        (now, act)
    };
    thread.into_iter().map(at).collect()
}

fn steps(timed: Vec<(SimTime, Act)>) -> Vec<Step> {
    let mut before = SimTime::ZERO;
    let step = |(at, act): (SimTime, Act)| {
        let after = at.since(before);
        before = at;
        Step { after, act }
    };
    timed.into_iter().map(step).collect()
}
