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

#[cfg(test)]
mod tests {
    use super::*;

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
