//! An open-addressing table from hashes to numbers of entries that are kept elsewhere.

/// Eight bytes a slot: the upper half of the entry's hash, and its number plus one; zero is empty.
/// The slot that an entry belongs in follows from that half alone, so that the table can grow
/// without looking at the entries.
#[derive(Debug)]
pub(super) struct Index {
    slots: Vec<u64>,
    used: usize,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { slots: vec![0; 1 << 10], used: 0 }
    }

    /// The entry with this hash that is the `same`.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        self.slot(hash, same).ok()
    }

    /// The same; if there is none, `new` is one from now on.
    #[inline]
    pub(super) fn find_or_insert(
        &mut self,
        hash: u64,
        new: u32,
        same: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let free = match self.slot(hash, same) {
            Ok(entry) => return Some(entry),
            Err(free) => free,
        };
        self.slots[free] = (hash >> 32) << 32 | (u64::from(new) + 1);
        self.used += 1;
        None
    }

    /// The entry, or the slot in which it belongs.
    #[inline]
    fn slot(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let tag = hash >> 32;
        let mut at = self.home(tag);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Err(at);
            }
            let entry = (slot as u32) - 1;
            if slot >> 32 == tag && same(entry) {
                return Ok(entry);
            }
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
    }

    /// The bytes in use while the table makes room for one more entry, if it must.
    pub(super) fn bytes_to_grow(&self) -> u64 {
        let factor = if self.full() { 3 } else { 1 };
        factor * size_of_val(self.slots.as_slice()) as u64
    }

    /// Makes room for one more entry.
    pub(super) fn grow(&mut self) {
        if !self.full() {
            return;
        }
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![0; old.len() * 2];
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            let mut at = self.home(slot >> 32);
            while self.slots[at] != 0 {
                at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
            }
            self.slots[at] = slot;
        }
    }

    fn full(&self) -> bool {
        self.used * 4 >= self.slots.len() * 3
    }

    fn home(&self, tag: u64) -> usize {
        ((tag * self.slots.len() as u64) >> 32) as usize
    }
}

/// A hash of `bytes`, the same everywhere and always.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hash = bytes.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = fold(hash ^ u64::from_le_bytes(word));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    fold(fold(hash ^ u64::from_le_bytes(last)))
}

fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ 0xa076_1d64_78bd_642f) * 0xe703_7ed1_a0b4_28db;
    product as u64 ^ (product >> 64) as u64
}
