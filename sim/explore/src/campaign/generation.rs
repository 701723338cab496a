//! One generation: stories that do not depend on each other, played by all workers.

use super::coverage::Coverage;
use super::deal::{Corpus, Hand};
use super::look::{Look, Seen};
use super::{Settings, Watcher};
use crate::story::{Broken, Story};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A story that was played.
#[derive(Debug)]
pub(super) struct Play {
    pub(super) hand: Hand,
    /// `None` if it could not even be drawn.
    pub(super) story: Option<Arc<Story>>,
    pub(super) seen: Seen,
    /// How it was looked at.
    pub(super) look: Look,
    /// How long that took.
    pub(super) nanos: u64,
}

/// Plays the hands, in their order: all of them, or the first ones if the watcher stops it.
pub(super) fn play(
    settings: &Settings,
    hands: &[Hand],
    corpus: &Corpus,
    covered: &Coverage,
    watcher: &dyn Watcher,
) -> Vec<Play> {
    let next = AtomicUsize::new(0);
    // Whoever takes a number plays it to the end, so that no number is left out.
    let take = || match watcher.stop() {
        Some(_) => None,
        None => hands.get(next.fetch_add(1, Ordering::Relaxed)),
    };
    let work = || {
        let mut mine = Vec::new();
        while let Some(hand) = take() {
            mine.push(played(settings, *hand, corpus, covered, watcher));
            watcher.played();
        }
        mine
    };
    let mut all: Vec<Play> = thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.workers.get()).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(mine) => mine,
            // Only the watcher or the guard can have failed, and neither is ours to catch.
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    });
    all.sort_by_key(|play| play.hand.seed);
    all
}

fn played(
    settings: &Settings,
    hand: Hand,
    corpus: &Corpus,
    covered: &Coverage,
    watcher: &dyn Watcher,
) -> Play {
    let began = watcher.nanos();
    let look = Look::at(settings, hand.seed);
    let mut story = None;
    let drawn = (settings.guard)(&mut || story = Some(Arc::new(corpus.story(hand))));
    let seen = match (&story, drawn) {
        (Some(story), Ok(())) => look.look(story, covered),
        (_, drawn) => {
            let text = drawn.err().unwrap_or_default();
            let broken = Some(Broken::new(super::look::PANIC, text));
            Seen { new: Vec::new(), broken, events: 0 }
        }
    };
    let nanos = watcher.nanos().saturating_sub(began);
    Play { hand, story, seen, look, nanos }
}
