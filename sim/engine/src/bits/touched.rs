//! Which cases of the transition table a run relied on.

use bitsim_vocab::{JobState, Stimulus};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

/// A record of the cases that were looked up and taken. A world that is given one writes to it, and
/// so do its clones; whoever shares it reads.
pub struct Touched {
    /// A bit for each case of a cell.
    cells: Vec<AtomicU32>,
}

/// The bit for a lookup in a cell without cases.
const NO_CASE: u32 = 31;

impl Default for Touched {
    fn default() -> Self {
        let cells = Stimulus::ALL.len() * JobState::ALL.len();
        Self { cells: (0..cells).map(|_| AtomicU32::new(0)).collect() }
    }
}

impl Touched {
    pub(super) fn note(&self, stimulus: Stimulus, state: JobState, case: Option<usize>) {
        let bit = case.map_or(NO_CASE, |case| (case as u32).min(NO_CASE - 1));
        let cell = stimulus as usize * JobState::ALL.len() + state as usize;
        self.cells[cell].fetch_or(1 << bit, Ordering::Relaxed);
    }

    /// The cases taken so far, counted from 0 within their cell, in the order of the table.
    #[must_use]
    pub fn cases(&self) -> Vec<(Stimulus, JobState, usize)> {
        let taken = |bit: &u32| *bit != NO_CASE;
        let all = self.bits().into_iter().filter(|(_, _, bit)| taken(bit));
        all.map(|(stimulus, state, bit)| (stimulus, state, bit as usize)).collect()
    }

    /// Combinations that the table says cannot arise, and that arose.
    #[must_use]
    pub fn impossible(&self) -> Vec<(Stimulus, JobState)> {
        let all = self.bits().into_iter().filter(|(_, _, bit)| *bit == NO_CASE);
        all.map(|(stimulus, state, _)| (stimulus, state)).collect()
    }

    fn bits(&self) -> Vec<(Stimulus, JobState, u32)> {
        let rows = Stimulus::ALL.iter().zip(self.cells.chunks(JobState::ALL.len()));
        let cells = rows.flat_map(|(stimulus, row)| {
            JobState::ALL.iter().zip(row).map(|(state, bits)| (*stimulus, *state, bits))
        });
        let set = cells.flat_map(|(stimulus, state, bits)| {
            let bits = bits.load(Ordering::Relaxed);
            (0..u32::BITS)
                .filter(move |bit| bits & (1 << bit) != 0)
                .map(move |bit| (stimulus, state, bit))
        });
        set.collect()
    }
}

impl fmt::Debug for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.bits()).finish()
    }
}
