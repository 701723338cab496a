//! What is kept of keys to know them again.

use super::Keeps;
use super::index::{Index, hash};

/// The keys seen so far, numbered in the order in which they came.
#[derive(Debug)]
pub(crate) struct Keys {
    index: Index,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// The bytes of all keys one after another, and where each ends.
    Exact {
        bytes: Vec<u8>,
        ends: Vec<u64>,
    },
    Compact {
        hashes: Vec<u128>,
    },
}

impl Keys {
    pub(crate) fn exact() -> Self {
        Self { index: Index::new(), kept: Kept::Exact { bytes: Vec::new(), ends: Vec::new() } }
    }

    pub(crate) fn compact() -> Self {
        Self { index: Index::new(), kept: Kept::Compact { hashes: Vec::new() } }
    }

    /// No keys, of which the same would be kept.
    pub(crate) fn alike(&self) -> Self {
        match self.kept {
            Kept::Exact { .. } => Self::exact(),
            Kept::Compact { .. } => Self::compact(),
        }
    }

    pub(super) fn keeps(&self) -> Keeps {
        match self.kept {
            Kept::Exact { .. } => Keeps::Everything,
            Kept::Compact { .. } => Keeps::Hash,
        }
    }

    /// The hash by which a key is looked for: all that is told of it by what keeps hashes only.
    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> u128 {
        match self.kept {
            Kept::Exact { .. } => u128::from(hash(key)),
            Kept::Compact { .. } => {
                let mut half = [0; 16];
                half.copy_from_slice(&blake3::hash(key).as_bytes()[..16]);
                u128::from_le_bytes(half)
            }
        }
    }

    /// Whether a key with this [`Keys::hash`] was noted.
    pub(crate) fn contains(&self, key: &[u8], hash: u128) -> bool {
        let same = |entry| match &self.kept {
            Kept::Exact { bytes, ends } => is_at(bytes, ends, entry, key),
            Kept::Compact { hashes } => hashes[entry as usize] == hash,
        };
        self.index.find(hash as u64, same).is_some()
    }

    /// Notes a key with this [`Keys::hash`]. Its number if it is new.
    pub(crate) fn insert(&mut self, key: &[u8], hash: u128) -> Option<u32> {
        self.index.grow();
        let new = self.len();
        match &mut self.kept {
            Kept::Exact { bytes, ends } => {
                let same = |entry| is_at(bytes, ends, entry, key);
                if self.index.find_or_insert(hash as u64, new, same).is_some() {
                    return None;
                }
                bytes.extend_from_slice(key);
                ends.push(bytes.len() as u64);
            }
            Kept::Compact { hashes } => {
                let same = |entry| hashes[entry as usize] == hash;
                if self.index.find_or_insert(hash as u64, new, same).is_some() {
                    return None;
                }
                hashes.push(hash);
            }
        }
        Some(new)
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u32 {
        match &self.kept {
            Kept::Exact { ends, .. } => ends.len() as u32,
            Kept::Compact { hashes } => hashes.len() as u32,
        }
    }

    /// The bytes in use, and those needed in passing to note one more key.
    pub(crate) fn bytes(&self) -> u64 {
        let kept = match &self.kept {
            Kept::Exact { bytes, ends } => bytes.capacity() + ends.capacity() * 8,
            Kept::Compact { hashes } => hashes.capacity() * 16,
        };
        kept as u64 + self.index.bytes_to_grow()
    }
}

/// Whether an entry is this key.
fn is_at(bytes: &[u8], ends: &[u64], entry: u32, key: &[u8]) -> bool {
    let entry = entry as usize;
    let start = entry.checked_sub(1).map_or(0, |before| ends[before]);
    bytes[start as usize..ends[entry] as usize] == *key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_again_and_told_apart() {
        for mut keys in [Keys::exact(), Keys::compact()] {
            for n in 0..5_000_u32 {
                let key = (n.wrapping_mul(2_654_435_761) ^ n).to_string().into_bytes();
                let hash = keys.hash(&key);
                let is_new = !keys.contains(&key, hash);
                assert_eq!(
                    keys.insert(&key, hash),
                    is_new.then_some(keys.len() - u32::from(is_new))
                );
                assert!(keys.contains(&key, hash));
            }
            assert!(keys.len() > 4_000);
            assert!(!keys.contains(b"never", keys.hash(b"never")));
        }
    }
}
