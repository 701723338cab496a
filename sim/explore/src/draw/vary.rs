//! Draws a neighbour of a story.

use super::kinds::{Kind, Weights};
use super::lives::Scene;
use super::numbers::Numbers;
use super::times::Times;
use super::{events, jobs};
use crate::story::{Act, Answer, Step, Story};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::{Hresult, JobId, Service, Span};

/// The same story with a few things changed: times, latencies, faults, answers, settings, steps.
pub fn vary(story: &Story, seed: u64) -> Story {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = u8::MAX;
    let mut d = Numbers::new(key, 0);
    let mut story = story.clone();
    let mut times = Times::new(&story.setup, &story.jobs, d.one_in(4), Numbers::new(key, 1));
    for edit in 0..d.within(1, 4) {
        let acts = Numbers::new(key, 2 + edit);
        change(&mut story, &mut times, acts, &mut d);
    }
    story
}

fn change(story: &mut Story, times: &mut Times, acts: Numbers, d: &mut Numbers) {
    let count = story.steps.len();
    if count == 0 {
        return another_step(story, times, acts, d);
    }
    let place = d.place(count);
    match d.weighted(&[8, 3, 2, 3, 3, 2, 3, 2, 5, 2]) {
        0 => another_time(&mut story.steps[place], times, d),
        1 if count > 1 => drop_step(&mut story.steps, place),
        2 => {
            let step = Step { after: times.short(), ..story.steps[place].clone() };
            story.steps.insert(place + 1, step);
        }
        3 if place > 0 => {
            let (one, other) = story.steps.split_at_mut(place);
            std::mem::swap(&mut one[place - 1].act, &mut other[0].act);
        }
        4 => another_fault(story, place, d),
        5 => another_latency(story, d),
        6 => another_answer(story, d),
        7 => another_setting(story, d),
        8 => another_step(story, times, acts, d),
        _ => {
            // Together with the one before.
            story.steps[place].after = Span::ZERO;
        }
    }
}

fn another_time(step: &mut Step, times: &mut Times, d: &mut Numbers) {
    const MILLI: u64 = 10_000;
    let now = step.after.0;
    step.after = match d.below(8) {
        0 => Span(now + MILLI),
        1 => Span(now.saturating_sub(MILLI)),
        2 => Span(now / 2 / MILLI * MILLI),
        3 => Span(now * 2),
        4 => times.period(),
        5 => times.under_way(),
        6 => times.trouble(),
        _ => times.short(),
    };
}

/// What came after the step still comes when it did.
fn drop_step(steps: &mut Vec<Step>, place: usize) {
    let gone = steps.remove(place);
    if let Some(next) = steps.get_mut(place) {
        next.after = next.after + gone.after;
    }
}

/// The fault of the step in another way, if it is one.
fn another_fault(story: &mut Story, place: usize, d: &mut Numbers) {
    let Act::Misbehave(now) = &story.steps[place].act else { return };
    let kind = d.of(&[Kind::Answer, Kind::Answer, Kind::Wire, Kind::Odd]);
    let mut other = events::misbehaviour(&story.setup, kind, d);
    match d.below(3) {
        0 => (other.times, other.lasts) = (now.times, now.lasts),
        1 => (other.kind, other.part, other.class) = (now.kind, now.part, now.class),
        _ => {}
    }
    (other.server, other.url) = (now.server, now.url.clone());
    story.steps[place].act = Act::Misbehave(other);
}

fn another_latency(story: &mut Story, d: &mut Numbers) {
    story.setup.seed = d.below(1 << 16);
    let servers = story.setup.servers.len();
    if servers == 0 {
        return;
    }
    let server = &mut story.setup.servers[d.place(servers)];
    let (least, most) = d.of(&[(0, 0), (20, 20), (20, 90), (0, 500), (100, 100)]);
    (server.latency_min, server.latency_max) = (Span::millis(least), Span::millis(most));
}

fn another_answer(story: &mut Story, d: &mut Numbers) {
    let bits = story.setup.target.service != Service::DoDownload;
    let registered: Vec<usize> =
        (0..story.jobs.len()).filter(|job| story.jobs[*job].registered()).collect();
    if registered.is_empty() {
        if let Some(job) = story.jobs.first_mut().filter(|_| bits) {
            job.setters.push(JobCall::SetNotifyInterface(true));
        }
        return;
    }
    let job = &mut story.jobs[d.of(&registered)];
    if job.answers.is_empty() {
        job.answers.push(Answer::ok());
    }
    let place = d.place(job.answers.len());
    match d.below(3) {
        0 => job.answers[place].after = Span::secs(d.of(&[0, 1, 5, 90])),
        1 => {
            let failing = Answer { returns: Some(Hresult::E_FAIL), ..Answer::ok() };
            job.answers.insert(place, failing);
        }
        _ => {
            job.answers.insert(place, Answer { returns: None, ..Answer::ok() });
        }
    }
}

fn another_setting(story: &mut Story, d: &mut Numbers) {
    let Story { setup, jobs, .. } = story;
    if setup.target.service == Service::DoDownload || jobs.is_empty() {
        return;
    }
    let place = d.place(jobs.len());
    let job = &mut jobs[place];
    let before = job.setters.len();
    jobs::more_setters(job, setup, d);
    // The first of two for the same thing counts.
    job.setters.rotate_left(before);
}

fn another_step(story: &mut Story, times: &mut Times, acts: Numbers, d: &mut Numbers) {
    let Story { setup, jobs, steps } = story;
    if jobs.is_empty() || setup.clients.is_empty() {
        return;
    }
    let unused = Times::new(setup, jobs, false, acts.clone());
    let started = vec![true; jobs.len()];
    let weights = Weights::even(setup.target);
    let mut scene = Scene { setup, jobs, weights, steps: acts, times: unused, started };
    let place = d.place(steps.len() + 1);
    // Mostly about the job that the story speaks of there.
    let near = steps[..place].iter().rev().find_map(|step| match &step.act {
        Act::Call(_, call) => call.job(),
        _ => None,
    });
    let job = near.filter(|_| d.percent(70)).unwrap_or_else(|| JobId(d.place(jobs.len()) as u32));
    let kind = scene.weights.any(&mut scene.steps);
    let act = scene.act(kind, job);
    let after = match steps.get_mut(place) {
        // Somewhere between the two, so that the rest stays when it was.
        Some(next) if !d.one_in(3) => {
            let early = Span(d.below(next.after.0 / 10_000 + 1) * 10_000);
            next.after = Span(next.after.0 - early.0);
            early
        }
        _ => times.under_way(),
    };
    steps.insert(place, Step { after, act });
}
