//! Neighbours of a story are stories, the same for the same numbers, and not too far away.

use super::{look, reads_back, rules_hold};
use bitsim::explore::draw::{self, Mix};
use bitsim::vocab::Target;

#[test]
fn neighbours_of_a_story_are_stories() {
    let targets = [Target::BITS, Target::DO_LEGACY, Target::DO_DOWNLOAD, Target::DO_AGENT];
    let (mut same, mut sizes) = (0, Vec::new());
    for seed in 0..120 {
        let story = draw::story(targets[seed as usize % 4], seed, Mix::Swarm);
        let other = draw::vary(&story, seed);
        assert_eq!(other, draw::vary(&story, seed), "seed {seed}");
        same += u32::from(other == story);
        sizes.push(other.steps.len().abs_diff(story.steps.len()));
        for property in [rules_hold, reads_back] {
            if let Err(broken) = look(property, &other) {
                panic!("seed {seed}: {}: {}\n{other:?}", broken.name, broken.text);
            }
        }
    }
    assert!(same < 20, "{same} of 120 neighbours are the story itself");
    assert!(sizes.iter().all(|size| *size <= 4), "a few steps more or fewer: {sizes:?}");
}

#[test]
fn the_same_numbers_are_the_same_story() {
    for mix in Mix::ALL {
        let story = |seed| draw::story(Target::BITS, seed, mix);
        assert_eq!(story(7), story(7));
        assert_ne!(story(7), story(8));
    }
}
