//! Plays one story and says what it reached and what it broke.

use super::coverage::{Coverage, Feature, Record, features};
use super::{Guard, Settings};
use crate::story::stage::{self, Played, Stage};
use crate::story::{Broken, Story, liveness};
use bitsim_engine::sabotage::Bug;
use bitsim_replay::binary::Digester;
use bitsim_replay::twice::{self, Side};
use bitsim_vocab::Event;
use bitsim_vocab::trace::End;
use bitsim_vocab::world::Setup;

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
            let (played, record) = self.recorded(story, &mut under_way);
            seen.events = played.events.len() as u64;
            let service = story.setup.target.service;
            seen.new = features(service, &played.events, &played.findings, &record);
            seen.new.retain(|feature| !covered.has(*feature));
            // What cannot be told as a scenario is nothing to find.
            if played.sound {
                seen.broken = played.broken().next();
                seen.broken = seen.broken.take().or_else(|| self.liveness_or_repetition(story));
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

    fn recorded(&self, story: &Story, under_way: &mut Option<Stage>) -> (Played, Record) {
        let mut stage = self.stage(story);
        let record = Record::of(&mut stage.world, story.setup.target.service);
        (play(stage, story, under_way), record)
    }

    fn played(&self, story: &Story, under_way: &mut Option<Stage>) -> Played {
        play(self.stage(story), story, under_way)
    }

    fn stage(&self, story: &Story) -> Stage {
        let mut stage = Stage::new(story);
        if let Some(bug) = self.bug {
            stage.world.sabotage(bug);
        }
        stage
    }

    fn liveness_or_repetition(&self, story: &Story) -> Option<Broken> {
        let liveness = self.healed.then(|| liveness::broken(story, self.bug)).flatten();
        liveness.or_else(|| self.twice.then(|| repetition(story, self.bug)).flatten())
    }
}

/// Plays a story on a stage, which stays in `under_way` if it panics.
fn play(stage: Stage, story: &Story, under_way: &mut Option<Stage>) -> Played {
    let end = under_way.insert(stage).play_all(story);
    let stage = under_way.take().unwrap_or_else(|| Stage::new(story));
    stage.played(end)
}

pub(super) const LIVENESS: &str = "liveness";
pub(super) const REPETITION: &str = "repetition";
pub(super) const PANIC: &str = "panic";

/// Where a panic happened, if its text says so, or else the text.
pub(super) fn place(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Where two plays of a story part. What each of them chose, `bitsim run --twice` can tell.
fn repetition(story: &Story, bug: Option<&Bug>) -> Option<Broken> {
    let [one, other] = [(), ()].map(|()| {
        let mut stage = Stage::new(story);
        if let Some(bug) = bug {
            stage.world.sabotage(bug);
        }
        let end = stage.play_all(story);
        let fingerprint = stage.world.fingerprint();
        (stage.events, end, fingerprint)
    });
    let text = parted(&story.setup, (&one.0, one.1), (&other.0, other.1)).or_else(|| {
        (one.2 != other.2).then(|| "the same events left two different worlds".to_owned())
    })?;
    Some(Broken::new(REPETITION, text))
}

/// The first event at which two plays part, with the states on both sides.
fn parted(setup: &Setup, one: (&[Event], End), other: (&[Event], End)) -> Option<String> {
    let side = |(events, end): (&'_ [Event], End)| {
        let mut digester = Digester::new(setup);
        events.iter().for_each(|event| digester.take(event));
        digester.digest(end)
    };
    let (mine, its) = (side(one), side(other));
    let [one, other] = [(one, mine), (other, its)].map(|((events, end), digest)| Side {
        events,
        end,
        digest,
        choices: &[],
    });
    twice::difference(&one, &other).map(|difference| difference.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim_vocab::{Happened, JobId, SimTime, Target, WallTime};

    #[test]
    fn two_plays_are_told_apart_by_their_first_difference() {
        let story = crate::draw::story(Target::BITS, 0, crate::draw::Mix::Plain);
        let parted = |one, other| parted(&story.setup, one, other);
        let end = End::Settled(SimTime::ZERO);
        let event = |seq: u32, job: u32| Event {
            seq,
            at: SimTime::ZERO,
            wall: WallTime(0),
            source: None,
            what: Happened::ErrorGone { job: JobId(job) },
        };
        let one = [event(1, 0), event(2, 0)];
        assert_eq!(parted((&one, end), (&one, end)), None);
        let other = [event(1, 0), event(2, 7)];
        let told = parted((&one, end), (&other, end)).expect("they part");
        assert!(told.contains("part at event 2\n"), "{told}");
        let told = parted((&one, end), (&one[..1], end)).expect("one is over");
        assert!(told.contains("the run is over"), "{told}");
    }
}
