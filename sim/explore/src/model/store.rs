//! What is kept of keys to know them again.

use super::Keeps;
use super::index::{Index, hash};

/// The keys seen so far, numbered in the order in which they came.
pub(super) struct Keys {
    index: Index,
    kept: Kept,
}

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
    pub(super) fn exact() -> Self {
        Self { index: Index::new(), kept: Kept::Exact { bytes: Vec::new(), ends: Vec::new() } }
    }

    pub(super) fn compact() -> Self {
        Self { index: Index::new(), kept: Kept::Compact { hashes: Vec::new() } }
    }

    pub(super) fn keeps(&self) -> Keeps {
        match self.kept {
            Kept::Exact { .. } => Keeps::Everything,
            Kept::Compact { .. } => Keeps::Hash,
        }
    }

    /// Notes a key. Its number if it is new.
    pub(super) fn insert(&mut self, key: &[u8]) -> Option<u32> {
        self.index.grow();
        let new = self.len();
        match &mut self.kept {
            Kept::Exact { bytes, ends } => {
                let same = |entry: u32| {
                    let entry = entry as usize;
                    let start = if entry == 0 { 0 } else { ends[entry - 1] };
                    bytes[start as usize..ends[entry] as usize] == *key
                };
                if self.index.find_or_insert(hash(key), new, same).is_some() {
                    return None;
                }
                bytes.extend_from_slice(key);
                ends.push(bytes.len() as u64);
            }
            Kept::Compact { hashes } => {
                let mut half = [0; 16];
                half.copy_from_slice(&blake3::hash(key).as_bytes()[..16]);
                let whole = u128::from_le_bytes(half);
                let same = |entry: u32| hashes[entry as usize] == whole;
                if self.index.find_or_insert(whole as u64, new, same).is_some() {
                    return None;
                }
                hashes.push(whole);
            }
        }
        Some(new)
    }

    fn len(&self) -> u32 {
        match &self.kept {
            Kept::Exact { ends, .. } => ends.len() as u32,
            Kept::Compact { hashes } => hashes.len() as u32,
        }
    }

    /// The bytes in use, and those needed in passing to note one more key.
    pub(super) fn bytes(&self) -> u64 {
        let kept = match &self.kept {
            Kept::Exact { bytes, ends } => bytes.capacity() + ends.capacity() * 8,
            Kept::Compact { hashes } => hashes.capacity() * 16,
        };
        kept as u64 + self.index.bytes_to_grow()
    }
}
