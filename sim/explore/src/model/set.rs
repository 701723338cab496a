//! A set of 64-bit numbers in lines of the cache.

/// As many numbers as one line of the cache holds. Zero is an empty place.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

const EMPTY: Line = Line([0; 8]);

/// A set of numbers other than zero that are spread over all bits, as [`spread`] does it. The line
/// that a number belongs in follows from its upper bits; when that is full, it is in the next one.
pub(super) struct Set {
    lines: Vec<Line>,
    /// How far a number is shifted to get its line.
    shift: u32,
    used: u64,
}

impl Set {
    pub(super) fn new() -> Self {
        Self { lines: vec![EMPTY; 1 << 7], shift: u64::BITS - 7, used: 0 }
    }

    /// Looks at the place where `number` belongs, so that it is in the cache a little later. What
    /// it returns only has to be used somehow.
    #[inline]
    pub(super) fn touch(&self, number: u64) -> u64 {
        self.lines[(number >> self.shift) as usize].0[0]
    }

    /// Whether `number` is new in the set.
    #[inline]
    pub(super) fn insert(&mut self, number: u64) -> bool {
        let mut at = (number >> self.shift) as usize;
        loop {
            let line = &mut self.lines[at].0;
            // All eight at once; places are taken from the left and never given back.
            let mut known = false;
            for place in line.iter() {
                known |= *place == number;
            }
            if known {
                return false;
            }
            if line[7] == 0 {
                let free = line.iter().position(|place| *place == 0).unwrap_or(7);
                line[free] = number;
                self.used += 1;
                return true;
            }
            at = (at + 1) & (self.lines.len() - 1);
        }
    }

    /// Whether it must grow before so many more numbers come.
    pub(super) fn is_short_of(&self, more: u64) -> bool {
        (self.used + more) * 4 > self.lines.len() as u64 * 8 * 3
    }

    pub(super) fn bytes(&self) -> u64 {
        size_of_val(self.lines.as_slice()) as u64
    }

    /// Doubles the room.
    pub(super) fn grow(&mut self) {
        let lines = vec![EMPTY; self.lines.len() * 2];
        let old = std::mem::replace(&mut self.lines, lines);
        self.shift -= 1;
        self.used = 0;
        for number in old.iter().flat_map(|line| line.0).filter(|number| *number != 0) {
            self.insert(number);
        }
    }
}

/// Odd, with bits all over.
const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;
/// What undoes a multiplication by it.
const UNDO: u64 = inverse(FACTOR);

/// Spreads what tells numbers apart over all their bits. No two numbers become the same one, and
/// only zero becomes zero.
#[inline]
pub(super) fn spread(number: u64) -> u64 {
    let number = (number ^ number >> 32).wrapping_mul(FACTOR);
    let number = (number ^ number >> 32).wrapping_mul(FACTOR);
    number ^ number >> 32
}

/// The number that [`spread`] made `spread` of.
#[inline]
pub(super) fn gather(spread: u64) -> u64 {
    let number = (spread ^ spread >> 32).wrapping_mul(UNDO);
    let number = (number ^ number >> 32).wrapping_mul(UNDO);
    number ^ number >> 32
}

/// Modulo 2^64, by Newton's iteration: each round doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut round = 0;
    while round < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}
