//! How the data of the grammar is written down.

use super::{Key, Kind, Word};
use bitsim_vocab::Service;

/// Known to BITS alone.
pub(super) const BITS: &[Service] = &[Service::Bits];
/// Known to the Delivery Optimization that looks like BITS, alone.
pub(super) const LEGACY: &[Service] = &[Service::DoLegacy];
/// Known to downloads alone.
pub(super) const DOWNLOADS: &[Service] = &[Service::DoDownload];
/// Known where there are jobs.
pub(super) const JOBS: &[Service] = &[Service::Bits, Service::DoLegacy];
/// Known to both interfaces of Delivery Optimization.
pub(super) const DELIVERY: &[Service] = &[Service::DoLegacy, Service::DoDownload];
/// Known to BITS and to downloads.
pub(super) const BITS_AND_DOWNLOADS: &[Service] = &[Service::Bits, Service::DoDownload];

/// A key that may be left out and that every service knows.
pub(super) const fn key(
    name: &'static str,
    value: Kind,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, doc, value, required: false, on: &[], example }
}

/// A word and its meaning.
pub(super) const fn word(word: &'static str, doc: &'static str) -> Word {
    Word { word, doc }
}

impl Key {
    /// The same key, but it must stand there.
    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same key, but only these services know it.
    pub(super) const fn on(mut self, services: &'static [Service]) -> Self {
        self.on = services;
        self
    }
}

/// Lists of keys as one, which has `N` keys.
pub(super) const fn joined<const N: usize>(lists: &[&[Key]]) -> [Key; N] {
    let mut all = [lists[0][0]; N];
    let (mut n, mut list) = (0, 0);
    while list < lists.len() {
        let mut of_list = 0;
        while of_list < lists[list].len() {
            all[n] = lists[list][of_list];
            n += 1;
            of_list += 1;
        }
        list += 1;
    }
    all
}
