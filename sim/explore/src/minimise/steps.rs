//! Fewer steps, and less time between them.

use super::{Edit, size};
use crate::story::Story;
use bitsim_vocab::Span;

/// Stories up to this long are tried without any two of their steps.
const MOST_FOR_PAIRS: usize = 14;

/// Leaves out the steps in `gone`. With `in_time` what follows happens when it did before.
pub(super) fn leave_out(story: &mut Story, gone: impl Fn(usize) -> bool, in_time: bool) {
    let mut wait = Span::ZERO;
    let mut place = 0;
    story.steps.retain_mut(|step| {
        let stays = !gone(place);
        place += 1;
        if stays {
            step.after = step.after + wait;
            wait = Span::ZERO;
        } else if in_time {
            wait = wait + step.after;
        }
        stays
    });
}

/// Only the first steps, or only the last ones.
pub(super) fn ends(story: &Story) -> Vec<Edit> {
    let count = story.steps.len();
    let mut edits: Vec<Edit> = Vec::new();
    let mut piece = count;
    while piece > 0 {
        edits.push(Box::new(move |story| story.steps.truncate(count - piece)));
        edits.push(Box::new(move |story| leave_out(story, |place| place < piece, true)));
        edits.push(Box::new(move |story| leave_out(story, |place| place < piece, false)));
        piece /= 2;
    }
    edits
}

/// Without halves, quarters and so on down to single steps, from the back.
pub(super) fn stretches(story: &Story) -> Vec<Edit> {
    let count = story.steps.len();
    let mut edits: Vec<Edit> = Vec::new();
    let mut length = count.div_ceil(2);
    while length > 0 {
        for last in (1..=count).rev().step_by(length) {
            let gone = last.saturating_sub(length)..last;
            for in_time in [true, false] {
                let gone = gone.clone();
                edits.push(Box::new(move |story| {
                    leave_out(story, |place| gone.contains(&place), in_time);
                }));
            }
        }
        length = if length == 1 { 0 } else { length.div_ceil(2) };
    }
    edits
}

/// Without two steps that need each other.
pub(super) fn pairs(story: &Story) -> Vec<Edit> {
    let count = story.steps.len();
    let mut edits: Vec<Edit> = Vec::new();
    if count > MOST_FOR_PAIRS {
        return edits;
    }
    for last in (1..count).rev() {
        for first in (0..last).rev() {
            for in_time in [true, false] {
                edits.push(Box::new(move |story| {
                    leave_out(story, |place| place == first || place == last, in_time);
                }));
            }
        }
    }
    edits
}

/// Simpler times between the steps: none, then round ones. What one step gives away the next one
/// may wait for instead.
pub(super) fn waits(story: &Story) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for (place, step) in story.steps.iter().enumerate() {
        for simpler in size::simpler_spans(step.after) {
            edits.push(Box::new(move |story| story.steps[place].after = simpler));
        }
        if let Some(next) = story.steps.get(place + 1) {
            let both = step.after + next.after;
            for simpler in size::simpler_spans(step.after) {
                if simpler <= both {
                    edits.push(Box::new(move |story| {
                        story.steps[place].after = simpler;
                        story.steps[place + 1].after = Span(both.0 - simpler.0);
                    }));
                }
            }
        }
    }
    edits
}
