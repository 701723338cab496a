//! Plays one story and says what it reached and what it broke.

use super::coverage::{Coverage, Feature, Record, features};
use super::{Guard, Settings};
use crate::story::stage::{self, Played, Stage};
use crate::story::{Broken, Story, liveness};
use bitsim_engine::sabotage::Bug;
use bitsim_replay::binary::Digester;
use bitsim_replay::twice::{self, Side};
use bitsim_vocab::trace::End;
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Digest, Event};

/// The guard of whoever has none: the panic is printed before it is caught.
pub(super) fn caught(work: &mut dyn FnMut()) -> Result<(), String> {
    stage::caught(work).map_err(|broken| broken.text)
}

/// How closely a story is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    bug: Option<&'static Bug>,
    guard: Guard,
    /// Once all trouble is over, every job must come to rest.
    pub(super) healed: bool,
    /// It is played twice.
    pub(super) twice: bool,
}

/// What came of a story.
#[derive(Debug)]
pub(super) struct Seen {
    /// What it reached and nothing before this generation did.
    pub(super) new: Vec<Feature>,
    /// What it broke first.
    pub(super) broken: Option<Broken>,
    /// How many events there were.
    pub(super) events: u64,
}

impl Look {
    /// How the story with this seed is looked at.
    pub(super) fn at(settings: &Settings, seed: u64) -> Self {
        // Strategies and targets take turns by the seed, too; they must not fall in step with this.
        let turn = super::deal::stirred(seed, 0);
        let every = |n: u64| n > 0 && turn.is_multiple_of(n);
        Self {
            bug: settings.bug,
            guard: settings.guard,
            healed: every(settings.heal_every),
            twice: every(settings.twice_every),
        }
    }

    /// Looks at a story. What is covered already is left out of what is new.
    pub(super) fn look(&self, story: &Story, covered: &Coverage) -> Seen {
        let mut seen = Seen { new: Vec::new(), broken: None, events: 0 };
        // What a story did until it panicked tells how much work it is.
        let mut under_way = None;
        let panic = (self.guard)(&mut || {
            let (played, record, healed) = self.recorded(story, &mut under_way);
            seen.events = played.events.len() as u64;
            let service = story.setup.target.service;
            seen.new = features(service, &played.events, &played.findings, &record);
            seen.new.retain(|feature| !covered.has(*feature));
            // What cannot be told as a scenario is nothing to find.
            if played.sound {
                seen.broken = played.broken().next();
                let liveness = || liveness::unfinished(story, healed?);
                let repetition = || self.twice.then(|| repetition(story, self.bug)).flatten();
                seen.broken = seen.broken.take().or_else(liveness).or_else(repetition);
            }
        });
        if let Err(text) = panic {
            seen.broken = Some(Broken::new(PANIC, text));
            seen.events = under_way.map_or(seen.events, |stage: Stage| stage.events.len() as u64);
        }
        seen
    }

    /// Whether a story breaks the same again: the same rule or property, or a panic at the same
    /// place. Adds the events of the play to `events`.
    pub(super) fn breaks(&self, story: &Story, broken: &Broken, events: &mut u64) -> bool {
        let mut breaks = false;
        let mut under_way = None;
        let panic = (self.guard)(&mut || {
            let played = self.played(story, &mut under_way);
            *events += played.events.len() as u64;
            breaks = played.sound
                && match broken.name.as_str() {
                    LIVENESS => liveness::broken(story, self.bug).is_some(),
                    REPETITION => repetition(story, self.bug).is_some(),
                    name => played.broken().any(|other| other.name == name),
                };
        });
        *events += under_way.map_or(0, |stage: Stage| stage.events.len() as u64);
        match panic {
            Ok(()) => breaks,
            Err(text) => broken.name == PANIC && place(&text) == place(&broken.text),
        }
    }

    /// What a story breaks of what `broken` is about, in its own words.
    pub(super) fn told(&self, story: &Story, broken: &Broken) -> Broken {
        let mut told = None;
        let panic = (self.guard)(&mut || {
            told = match broken.name.as_str() {
                LIVENESS => liveness::broken(story, self.bug),
                REPETITION => repetition(story, self.bug),
                name => stage::play(story, self.bug).broken().find(|other| other.name == name),
            };
        });
        let told = panic.map_or_else(|text| Some(Broken::new(PANIC, text)), |()| told);
        told.unwrap_or_else(|| broken.clone())
    }

    /// Plays a story with a record of the cases taken, and keeps the stage at the end of its steps
    /// if the story is to be healed there.
    fn recorded(
        &self,
        story: &Story,
        under_way: &mut Option<Stage>,
    ) -> (Played, Record, Option<Stage>) {
        let mut stage = self.stage(story);
        let record = Record::of(&mut stage.world, story.setup.target.service);
        let mut healed = None;
        let played = play(stage, story, under_way, &mut |stage| {
            healed = self.healed.then(|| stage.clone());
        });
        (played, record, healed)
    }

    fn played(&self, story: &Story, under_way: &mut Option<Stage>) -> Played {
        play(self.stage(story), story, under_way, &mut |_| {})
    }

    fn stage(&self, story: &Story) -> Stage {
        Stage::new(story, self.bug)
    }
}

/// Plays a story on a stage, which stays in `under_way` if it panics. `told`: the steps are over.
fn play(
    stage: Stage,
    story: &Story,
    under_way: &mut Option<Stage>,
    told: &mut dyn FnMut(&Stage),
) -> Played {
    let stage = under_way.insert(stage);
    stage.create(&story.jobs);
    stage.play_from(story, 0);
    told(stage);
    let end = stage.end();
    let stage = under_way.take().unwrap_or_else(|| Stage::new(story, None));
    stage.played(end)
}

pub(super) const LIVENESS: &str = "liveness";
pub(super) const REPETITION: &str = "repetition";
pub(super) const PANIC: &str = "panic";

/// Where a panic happened, if its text says so, or else the text.
pub(super) fn place(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Where two plays of a story part, and what each of them had chosen.
fn repetition(story: &Story, bug: Option<&Bug>) -> Option<Broken> {
    let [one, other] = [(), ()].map(|()| {
        let mut stage = Stage::new(story, bug);
        let end = stage.play_all(story);
        (stage, end)
    });
    let text = parted(&story.setup, &one, &other).or_else(|| {
        let differ = one.0.world.fingerprint() != other.0.world.fingerprint();
        differ.then(|| "the same events left two different worlds".to_owned())
    })?;
    Some(Broken::new(REPETITION, text))
}

/// The first event at which two plays part, with states and choices on both sides.
fn parted(setup: &Setup, one: &(Stage, End), other: &(Stage, End)) -> Option<String> {
    let [one, other] = [one, other].map(|(stage, end)| Side {
        events: &stage.events,
        end: *end,
        digest: digest(setup, &stage.events, *end),
        choices: stage.choices(),
    });
    twice::difference(&one, &other).map(|difference| difference.to_string())
}

/// The digest of a play.
fn digest(setup: &Setup, events: &[Event], end: End) -> Digest {
    let mut digester = Digester::new(setup);
    events.iter().for_each(|event| digester.take(event));
    digester.digest(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim_engine::Choice;
    use bitsim_vocab::Target;

    fn played(story: &Story) -> (Stage, End) {
        let mut stage = Stage::new(story, None);
        let end = stage.play_all(story);
        (stage, end)
    }

    #[test]
    fn two_plays_are_told_apart_by_their_first_difference() {
        let drawn = |seed| crate::draw::story(Target::BITS, seed, crate::draw::Mix::Plain);
        // Somebody has to wait for a server whose latency varies.
        let chosen = |story: &Story| {
            let (stage, _) = played(story);
            stage.choices().iter().any(|asked| asked.what == Choice::Latency && asked.below > 1_000)
        };
        let story = (0..).map(drawn).find(chosen).expect("some story is like that");
        assert_eq!(repetition(&story, None), None);
        let (setup, one) = (&story.setup, played(&story));
        let mut luckless = story.clone();
        luckless.setup.seed += 1;
        let told = parted(setup, &one, &played(&luckless)).expect("other dice fall otherwise");
        assert!(told.contains("two traces, which part at event "), "{told}");
        assert!(told.contains("the first choice that differs is number "), "{told}");
        let mut shorter = one.clone();
        shorter.0.events.pop();
        let told = parted(setup, &one, &shorter).expect("one is over");
        assert!(told.contains("the run is over"), "{told}");
        assert!(told.contains("no choice differs"), "{told}");
    }
}
