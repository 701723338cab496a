//! Fingerprints of traces and worlds that are the same on every machine.

use std::fmt;
use std::hash::{Hash, Hasher};

/// FNV-1a over 128 bits. Good enough to tell traces and worlds apart; no protection against
/// forgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of anything that can be hashed.
    #[must_use]
    pub fn of(value: &impl Hash) -> Self {
        let mut hasher = Fnv(OFFSET_BASIS);
        value.hash(&mut hasher);
        Self(hasher.0)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

struct Fnv(u128);

/// Numbers are taken in little-endian order and machine words as 64 bits, so that the digest does
/// not depend on the machine. (The default methods would take both as the machine has them.)
impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }

    fn write_u16(&mut self, n: u16) {
        self.write(&n.to_le_bytes());
    }

    fn write_u32(&mut self, n: u32) {
        self.write(&n.to_le_bytes());
    }

    fn write_u64(&mut self, n: u64) {
        self.write(&n.to_le_bytes());
    }

    fn write_u128(&mut self, n: u128) {
        self.write(&n.to_le_bytes());
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    // The signed methods end in these by default, except for the machine word.
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }

    fn finish(&self) -> u64 {
        (self.0 ^ (self.0 >> 64)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_values_of_fnv_1a_come_out() {
        let mut empty = Fnv(OFFSET_BASIS);
        empty.write(b"");
        assert_eq!(empty.0, 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        let mut a = Fnv(OFFSET_BASIS);
        a.write(b"a");
        assert_eq!(a.0, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn machine_words_count_as_sixty_four_bits() {
        assert_eq!(Digest::of(&7_usize), Digest::of(&7_u64));
        assert_eq!(Digest::of(&-1_isize), Digest::of(&u64::MAX));
    }
}
