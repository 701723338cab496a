//! Which story belongs to a seed.

use super::{Settings, Strategy};
use crate::draw;
use crate::story::Story;
use bitsim_vocab::Target;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Deals the seeds out to strategies and targets, which take turns.
#[derive(Debug)]
pub(super) struct Deal<'a> {
    settings: &'a Settings,
}

/// What is played for a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hand {
    pub(super) seed: u64,
    pub(super) strategy: Strategy,
    /// What it is drawn for, if it is drawn from nothing.
    pub(super) target: Target,
    /// The given story to begin at, as its position.
    base: usize,
}

impl<'a> Deal<'a> {
    pub(super) const fn of(settings: &'a Settings) -> Self {
        Self { settings }
    }

    /// Every strategy meets every target equally often. Each round begins elsewhere than the one
    /// before, so that a shard, which plays every n-th seed, meets all of them as well.
    pub(super) fn hand(&self, seed: u64) -> Hand {
        let Settings { strategies, targets, around, .. } = self.settings;
        let bases = if around.is_empty() { targets.len() } else { around.len() };
        let pairs = (strategies.len() * bases) as u64;
        let turn = (seed % pairs + stirred(seed / pairs, 5) % pairs) % pairs;
        let turn = usize::try_from(turn).unwrap_or_default();
        let round = turn / strategies.len();
        let place = (turn + round) % strategies.len();
        let (strategy, base) = (strategies[place], (round + place) % bases);
        let target = match around.get(base) {
            Some(story) => story.setup.target,
            None => targets[base],
        };
        Hand { seed, strategy, target, base }
    }
}

/// Stories that reached something new, by target.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    kept: BTreeMap<Target, Vec<Arc<Story>>>,
    around: Vec<Story>,
}

/// The guided arm takes every second story from among so many that were kept last: they are where
/// something new was found just now.
const LATEST: u64 = 32;

/// Of so many stories of the guided arm one is drawn from nothing, so that it does not lose itself
/// in one corner.
const FRESH: u64 = 8;

impl Corpus {
    /// What a campaign begins with.
    pub(super) fn of(settings: &Settings) -> Self {
        let mut corpus = Self { kept: BTreeMap::new(), around: settings.around.clone() };
        for story in &settings.around {
            corpus.keep(Arc::new(story.clone()));
        }
        corpus
    }

    /// Keeps a story that reached something new.
    pub(super) fn keep(&mut self, story: Arc<Story>) {
        self.kept.entry(story.setup.target).or_default().push(story);
    }

    /// The story of a hand.
    pub(super) fn story(&self, hand: Hand) -> Story {
        let Hand { seed, strategy, target, base } = hand;
        let kept = self.kept.get(&target).map_or(&[][..], Vec::as_slice);
        match (strategy, self.around.get(base)) {
            (Strategy::Around, Some(story)) => draw::vary(story, stirred(seed, 3)),
            (Strategy::Guided, given) if !kept.is_empty() => {
                if stirred(seed, 1).is_multiple_of(FRESH) {
                    return given.map_or_else(
                        || draw::story(target, seed, strategy.mix()),
                        |given| draw::vary(given, stirred(seed, 3)),
                    );
                }
                draw::vary(&kept[chosen(kept.len() as u64, seed)], stirred(seed, 3))
            }
            _ => draw::story(target, seed, strategy.mix()),
        }
    }
}

/// The position of one of `all` stories.
fn chosen(all: u64, seed: u64) -> usize {
    let pick = stirred(seed, 2);
    let back = if pick.is_multiple_of(2) { all } else { all.min(LATEST) };
    let position = all - 1 - (pick / 2) % back;
    usize::try_from(position).unwrap_or_default()
}

/// A number that looks like any other, one for each use of a seed (SplitMix64).
pub(super) const fn stirred(seed: u64, purpose: u64) -> u64 {
    let mut z = seed.wrapping_add((purpose + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn strategies_and_targets_take_turns_in_every_shard() {
        let targets = vec![Target::BITS, Target::DO_LEGACY, Target::DO_DOWNLOAD, Target::DO_AGENT];
        let settings = Settings { targets, ..Settings::default() };
        let deal = Deal::of(&settings);
        for (step, from) in [(1, 0), (2, 1), (4, 3), (3, 0)] {
            let mut met: BTreeMap<(Strategy, Target), u32> = BTreeMap::new();
            for seed in (from..).step_by(step).take(16 * 16) {
                let hand = deal.hand(seed);
                *met.entry((hand.strategy, hand.target)).or_default() += 1;
            }
            assert_eq!(met.len(), 16, "every {step}th from {from}");
            assert!(met.values().all(|times| *times >= 4), "{met:?}");
        }
    }

    #[test]
    fn old_stories_are_taken_as_well_as_new_ones() {
        let taken: Vec<usize> = (0..400).map(|seed| chosen(200, seed)).collect();
        assert!(taken.iter().all(|position| *position < 200));
        let late = taken.iter().filter(|position| **position >= 200 - LATEST as usize).count();
        assert!((200..300).contains(&late), "{late} of 400");
        assert_eq!(chosen(1, 7), 0);
    }
}
