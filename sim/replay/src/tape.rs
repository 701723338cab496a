//! What a run leaves behind as it goes: its events with their digest, and its choices.

use crate::binary::Digester;
use bitsim_engine::{Asked, Choice, Choose, Dice, Recorded, Sink};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, SimTime};

/// Keeps the events of a run.
#[derive(Debug)]
pub(crate) struct Tape {
    pub(crate) events: Vec<Event>,
    pub(crate) digester: Digester,
}

impl Tape {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self { events: Vec::new(), digester: Digester::new(setup) }
    }
}

impl Sink for Tape {
    fn event(&mut self, event: Event) {
        self.digester.take(&event);
        self.events.push(event);
    }
}

/// Makes the choices of a run, and remembers them if somebody will want to know.
pub(crate) enum Chooser<'a> {
    Dice(Dice),
    RecordedDice(Recorded<Dice>),
    Other(Recorded<Box<dyn Choose + 'a>>),
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(seed: u64, other: Option<Box<dyn Choose + 'a>>, recorded: bool) -> Self {
        match other {
            Some(other) => Self::Other(Recorded::new(other)),
            None if recorded => Self::RecordedDice(Recorded::new(Dice::new(seed))),
            None => Self::Dice(Dice::new(seed)),
        }
    }

    /// The player has taken in everything that the world has written so far.
    pub(crate) fn turn(&mut self, events: u32) {
        match self {
            Self::Dice(_) => {}
            Self::RecordedDice(recorded) => recorded.turn(events),
            Self::Other(recorded) => recorded.turn(events),
        }
    }

    /// How many choices were made so far, as far as they are remembered.
    pub(crate) fn asked(&self) -> usize {
        match self {
            Self::Dice(_) => 0,
            Self::RecordedDice(recorded) => recorded.asked().len(),
            Self::Other(recorded) => recorded.asked().len(),
        }
    }

    pub(crate) fn into_asked(self) -> Vec<Asked> {
        match self {
            Self::Dice(_) => Vec::new(),
            Self::RecordedDice(recorded) => recorded.into_asked(),
            Self::Other(recorded) => recorded.into_asked(),
        }
    }
}

impl Choose for Chooser<'_> {
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64 {
        match self {
            Self::Dice(dice) => dice.choose(what, at, below),
            Self::RecordedDice(recorded) => recorded.choose(what, at, below),
            Self::Other(recorded) => recorded.choose(what, at, below),
        }
    }
}
