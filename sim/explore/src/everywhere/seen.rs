//! Keys that were met, numbered in the order in which they came.

/// Keys that were met.
#[derive(Debug)]
pub(super) struct Seen {
    /// Places in a table of open addresses: the upper half of a hash and the number of a key, or
    /// [`FREE`].
    slots: Vec<(u32, u32)>,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// The bytes of all keys, one after another, and where each ends.
    Exact(Vec<u8>, Vec<u64>),
    /// Hashes of 128 bits.
    Compact(Vec<u128>),
}

const FREE: u32 = u32::MAX;

impl Seen {
    pub(super) fn new(compact: bool) -> Self {
        let kept = if compact {
            Kept::Compact(Vec::new())
        } else {
            Kept::Exact(Vec::new(), Vec::new())
        };
        Self { slots: vec![(0, FREE); 1 << 10], kept }
    }

    pub(super) fn len(&self) -> usize {
        match &self.kept {
            Kept::Exact(_, ends) => ends.len(),
            Kept::Compact(hashes) => hashes.len(),
        }
    }

    pub(super) fn contains(&self, key: &[u8], hash: u128) -> bool {
        self.slots[self.slot(key, hash)].1 != FREE
    }

    /// Notes a key. True if it is new.
    pub(super) fn insert(&mut self, key: &[u8], hash: u128) -> bool {
        let slot = self.slot(key, hash);
        if self.slots[slot].1 != FREE {
            return false;
        }
        self.slots[slot] = (tag(hash), self.len() as u32);
        match &mut self.kept {
            Kept::Exact(bytes, ends) => {
                bytes.extend_from_slice(key);
                ends.push(bytes.len() as u64);
            }
            Kept::Compact(hashes) => hashes.push(hash),
        }
        if self.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        true
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> u64 {
        let kept = match &self.kept {
            Kept::Exact(bytes, ends) => bytes.capacity() + ends.capacity() * 8,
            Kept::Compact(hashes) => hashes.capacity() * 16,
        };
        (kept + self.slots.capacity() * 8) as u64
    }

    /// Where a key is, or where it belongs.
    fn slot(&self, key: &[u8], hash: u128) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (tagged, number) = self.slots[slot];
            if number == FREE || tagged == tag(hash) && self.is(number as usize, key, hash) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn is(&self, number: usize, key: &[u8], hash: u128) -> bool {
        match &self.kept {
            Kept::Exact(bytes, ends) => {
                let start = number.checked_sub(1).map_or(0, |before| ends[before]);
                bytes[start as usize..ends[number] as usize] == *key
            }
            Kept::Compact(hashes) => hashes[number] == hash,
        }
    }

    fn grow(&mut self) {
        let count = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![(0, FREE); count]);
        for number in old.into_iter().map(|(_, number)| number).filter(|number| *number != FREE) {
            let whole = match &self.kept {
                Kept::Compact(hashes) => hashes[number as usize],
                Kept::Exact(bytes, ends) => {
                    let start = (number as usize).checked_sub(1).map_or(0, |before| ends[before]);
                    hash(&bytes[start as usize..ends[number as usize] as usize])
                }
            };
            let mut slot = whole as usize & (count - 1);
            while self.slots[slot].1 != FREE {
                slot = (slot + 1) & (count - 1);
            }
            self.slots[slot] = (tag(whole), number);
        }
    }
}

const fn tag(hash: u128) -> u32 {
    (hash >> 96) as u32
}

/// 128 bits of a key, the same on every machine.
pub(super) fn hash(key: &[u8]) -> u128 {
    let (mut one, mut other) = (0x9e37_79b9_7f4a_7c15 ^ key.len() as u64, 0xc2b2_ae3d_27d4_eb4f);
    let mut chunks = key.chunks_exact(8);
    let mut take = |word: u64| {
        one = fold(one ^ word, 0xa076_1d64_78bd_642f);
        other = fold(other ^ word.rotate_left(32), 0xe703_7ed1_a0b4_28db);
    };
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        take(u64::from_le_bytes(word));
    }
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    take(u64::from_le_bytes(word));
    let one = fold(one ^ other.rotate_left(17), 0x8ebc_6af0_9c88_c6e3);
    u128::from(one) << 64 | u128::from(fold(other ^ one, 0x5899_65cc_7537_4cc3))
}

/// Both halves of a product, one upon the other.
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_again_and_told_apart() {
        for compact in [false, true] {
            let mut seen = Seen::new(compact);
            let key = |n: u32| (n.wrapping_mul(2_654_435_761) ^ n).to_string().into_bytes();
            for n in 0..5_000 {
                let (key, before) = (key(n), seen.len());
                let is_new = !seen.contains(&key, hash(&key));
                assert_eq!(seen.insert(&key, hash(&key)), is_new);
                assert_eq!(seen.len(), before + usize::from(is_new));
                assert!(seen.contains(&key, hash(&key)));
            }
            assert!(!seen.contains(b"never", hash(b"never")));
        }
    }
}
