//! Every free choice of a run, in one place.

use bitsim_vocab::SimTime;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What is being chosen. Each kind draws from a stream of its own, so that one more draw of one
/// kind leaves the others as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Choice {
    /// How long a message takes, in ticks above the shortest latency of the server.
    Latency,
    /// One half of the GUID of a new job.
    Guid,
    /// Which of several jobs with an equal claim gets its turn; 0 is the one that waited longest.
    Turn,
}

impl Choice {
    const COUNT: usize = 3;
}

/// Makes the free choices of a run.
pub trait Choose {
    /// A number from 0 to `below` - 1; `below` is at least 1.
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64;
}

impl<C: Choose + ?Sized> Choose for Box<C> {
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64 {
        (**self).choose(what, at, below)
    }
}

/// Always the first possibility: shortest latency, first come first served.
#[derive(Debug, Clone, Copy, Default)]
pub struct First;

impl Choose for First {
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64 {
        match what {
            // A GUID must be unique, so it cannot be pinned to zero.
            Choice::Guid => at.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) % below,
            Choice::Latency | Choice::Turn => 0,
        }
    }
}

/// Draws from ChaCha8, one stream for each kind of choice. Turns stay first come first served:
/// the pages promise that by and large, and a scenario must be able to rely on it.
#[derive(Debug, Clone)]
pub struct Dice {
    streams: [ChaCha8Rng; Choice::COUNT],
}

impl Dice {
    /// Dice that fall the same way for the same seed, on every machine.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut stream = 0;
        let streams = [(); Choice::COUNT].map(|()| {
            let mut rng = ChaCha8Rng::from_seed(key);
            rng.set_stream(stream);
            stream += 1;
            rng
        });
        Self { streams }
    }
}

impl Choose for Dice {
    fn choose(&mut self, what: Choice, _at: SimTime, below: u64) -> u64 {
        if what == Choice::Turn || below <= 1 {
            return 0;
        }
        let draw = self.streams[what as usize].next_u64();
        // The high half of the product maps the draw onto the range without a float.
        ((u128::from(draw) * u128::from(below)) >> 64) as u64
    }
}

/// Repeats recorded choices, then goes on with the first possibility.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    choices: Vec<u64>,
    next: usize,
}

impl Replayed {
    /// Repeats `choices` in order.
    #[must_use]
    pub fn new(choices: Vec<u64>) -> Self {
        Self { choices, next: 0 }
    }
}

impl Choose for Replayed {
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64 {
        let recorded = self.choices.get(self.next).copied();
        self.next += 1;
        match recorded {
            Some(choice) => choice.min(below - 1),
            None => First.choose(what, at, below),
        }
    }
}

/// One choice that was asked for, and the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Asked {
    /// When, on the monotonic clock.
    pub at: SimTime,
    /// The answer had to be less than this.
    pub below: u64,
    /// The answer.
    pub answer: u64,
    /// How many events the run had when the driver last turned to the world.
    pub after: u32,
    /// How many events the world wrote in that turn; as many as the number can hold if more.
    pub wrote: u16,
    /// What was chosen.
    pub what: Choice,
}

/// Makes the choices of another and remembers them: 32 bytes each, in one buffer that grows.
#[derive(Debug, Clone, Default)]
pub struct Recorded<C> {
    choose: C,
    asked: Vec<Asked>,
    after: u32,
    /// The choices of the turn under way begin here.
    turn: usize,
}

impl<C> Recorded<C> {
    /// Remembers what `choose` answers.
    #[must_use]
    pub const fn new(choose: C) -> Self {
        Self { choose, asked: Vec::new(), after: 0, turn: 0 }
    }

    /// The driver turns to the world again, and the run has so many events by now. Who says so after
    /// each turn learns from which events on a choice can have had its effect.
    pub fn turn(&mut self, events: u32) {
        for asked in &mut self.asked[self.turn..] {
            asked.wrote = u16::try_from(events.saturating_sub(asked.after)).unwrap_or(u16::MAX);
        }
        self.turn = self.asked.len();
        self.after = events;
    }

    /// What was asked so far, in order.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// What was asked; the memory is given away.
    #[must_use]
    pub fn into_asked(self) -> Vec<Asked> {
        self.asked
    }

    /// Forgets what was asked and goes on with `choose`, for another run; the buffer stays.
    pub fn restart(&mut self, choose: C) {
        self.choose = choose;
        self.asked.clear();
        (self.after, self.turn) = (0, 0);
    }

    /// The one who makes the choices.
    #[must_use]
    pub const fn inner(&self) -> &C {
        &self.choose
    }
}

impl<C: Choose> Choose for Recorded<C> {
    fn choose(&mut self, what: Choice, at: SimTime, below: u64) -> u64 {
        let answer = self.choose.choose(what, at, below);
        self.asked.push(Asked { at, below, answer, after: self.after, wrote: 0, what });
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_told_with_the_events_of_its_turn() {
        assert_eq!(size_of::<Asked>(), 32);
        let mut choose = Recorded::new(Dice::new(7));
        let first = choose.choose(Choice::Latency, SimTime(5), 1_000);
        choose.choose(Choice::Turn, SimTime(5), 2);
        choose.turn(3);
        let third = choose.choose(Choice::Latency, SimTime(9), 1_000);
        choose.turn(4);
        let told: Vec<_> =
            choose.asked().iter().map(|one| (one.answer, one.after, one.wrote)).collect();
        assert_eq!(told, [(first, 0, 3), (0, 0, 3), (third, 3, 1)]);
        // Listening changes nothing, and what was told can be played again.
        let mut alone = Dice::new(7);
        assert_eq!(first, alone.choose(Choice::Latency, SimTime(5), 1_000));
        let mut again = Replayed::new(choose.into_asked().iter().map(|one| one.answer).collect());
        again.choose(Choice::Latency, SimTime(5), 1_000);
        again.choose(Choice::Turn, SimTime(5), 2);
        assert_eq!(third, again.choose(Choice::Latency, SimTime(9), 1_000));
    }

    #[test]
    fn dice_are_the_same_for_the_same_seed_and_streams_do_not_mix() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        let at = SimTime::ZERO;
        for _ in 0..8 {
            b.choose(Choice::Guid, at, u64::MAX);
            let (x, y) =
                (a.choose(Choice::Latency, at, 1_000), b.choose(Choice::Latency, at, 1_000));
            assert_eq!(x, y);
            assert!(x < 1_000);
        }
    }
}
