//! Random numbers, the same on every machine.

use super::Mix;
use bitsim_vocab::{Service, Target};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Numbers(ChaCha8Rng);

/// A stream for each part of a story, so that a change of how one part is drawn leaves the others
/// as they were.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) world: Numbers,
    pub(super) jobs: Numbers,
    pub(super) steps: Numbers,
    pub(super) times: Numbers,
}

impl Streams {
    pub(super) fn new(target: Target, seed: u64, mix: Mix) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = match target.service {
            Service::Bits => 0,
            Service::DoLegacy => 1,
            Service::DoDownload => 2,
        };
        key[9] = target.profile as u8;
        key[10..12].copy_from_slice(&target.version.major.to_le_bytes());
        key[12..14].copy_from_slice(&target.version.minor.to_le_bytes());
        key[14] = mix as u8;
        let stream = |number| Numbers::new(key, number);
        Self { world: stream(0), jobs: stream(1), steps: stream(2), times: stream(3) }
    }
}

impl Numbers {
    pub(super) fn new(key: [u8; 32], stream: u64) -> Self {
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from 0 to `below` - 1; `below` is at least 1.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        let draw = self.0.next_u32();
        if below <= 1 << 32 {
            // The high half of the product maps the draw onto the range without a float.
            return (u64::from(draw) * below) >> 32;
        }
        let wide = u128::from(draw) << 32 | u128::from(self.0.next_u32());
        ((wide * u128::from(below)) >> 64) as u64
    }

    /// A place in a list of this length.
    pub(super) fn place(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// True in one of `n` cases.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// True in this many of a hundred cases.
    pub(super) fn percent(&mut self, cases: u64) -> bool {
        self.below(100) < cases
    }

    /// A number of the range, both ends included.
    pub(super) fn within(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// One of these.
    pub(super) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.place(all.len())].clone()
    }

    /// The position of one of these weights, as likely as it is heavy; 0 if there is none.
    pub(super) fn weighted(&mut self, weights: &[u16]) -> usize {
        let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = if all == 0 { 0 } else { self.below(all) };
        for (place, weight) in weights.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(less) => left = less,
                None => return place,
            }
        }
        0
    }

    /// Puts a list into any order.
    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            all.swap(place, self.place(place + 1));
        }
    }
}
