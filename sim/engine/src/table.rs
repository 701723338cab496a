//! What the transition tables of all services are made of: a cell for each stimulus and state, and
//! a record of what a run took from it. What a cell holds is each service's own business.

use bitsim_vocab::download::Situation;
use bitsim_vocab::{JobState, Stimulus, download, legacy};
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};

/// Something that names a row or a column.
pub trait Axis: Copy + Eq + fmt::Debug + 'static {
    /// Every row or column, in the order of the catalogue.
    const ALL: &'static [Self];

    /// The position in [`Axis::ALL`].
    fn place(self) -> usize;
}

macro_rules! axis {
    ($($name:ty: $all:expr;)*) => {
        $(impl Axis for $name {
            const ALL: &'static [Self] = $all;

            fn place(self) -> usize {
                self as usize
            }
        })*
    };
}

axis! {
    Stimulus: Stimulus::BITS;
    JobState: JobState::ALL;
    legacy::Row: legacy::Row::ALL;
    download::Row: download::Row::ALL;
    Situation: Situation::ALL;
}

/// A cell of type `C` for each row `R` and column `S`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<R, S, C> {
    cells: Vec<C>,
    axes: PhantomData<(R, S)>,
}

/// A row as it is written down: a stimulus and its cells, states with equal cells together.
pub(crate) struct Row<R: 'static, S: 'static, C: 'static> {
    pub(crate) stimulus: R,
    pub(crate) cells: &'static [(&'static [S], &'static [C])],
}

impl<R: Axis, S: Axis, C: Clone + 'static> Table<R, S, Vec<C>> {
    /// The table of these rows; what they leave out is empty.
    pub(crate) fn of(rows: impl IntoIterator<Item = &'static Row<R, S, C>>) -> Self {
        let cells = vec![Vec::new(); R::ALL.len() * S::ALL.len()];
        let mut table = Self { cells, axes: PhantomData };
        for row in rows {
            for (states, cases) in row.cells {
                for state in *states {
                    *table.cell_mut(row.stimulus, *state) = cases.to_vec();
                }
            }
        }
        table
    }
}

impl<R: Axis, S: Axis, C> Table<R, S, C> {
    /// The cell of a stimulus in a state.
    #[must_use]
    pub fn cell(&self, stimulus: R, state: S) -> &C {
        &self.cells[index(stimulus, state)]
    }

    /// The same, to change it: this is how a wrong table is made on purpose.
    pub fn cell_mut(&mut self, stimulus: R, state: S) -> &mut C {
        &mut self.cells[index(stimulus, state)]
    }
}

fn index<R: Axis, S: Axis>(stimulus: R, state: S) -> usize {
    stimulus.place() * S::ALL.len() + state.place()
}

/// A record of the cases that were looked up and taken. A world that is given one writes to it, and
/// so do its clones; whoever shares it reads.
pub struct Touched<R, S> {
    /// A bit for each case of a cell.
    cells: Vec<AtomicU32>,
    axes: PhantomData<(R, S)>,
}

/// The bit for a lookup in a cell none of whose cases applied.
const NO_CASE: u32 = 31;

impl<R: Axis, S: Axis> Default for Touched<R, S> {
    fn default() -> Self {
        let cells = R::ALL.len() * S::ALL.len();
        Self { cells: (0..cells).map(|_| AtomicU32::new(0)).collect(), axes: PhantomData }
    }
}

impl<R: Axis, S: Axis> Touched<R, S> {
    pub(crate) fn note(&self, stimulus: R, state: S, case: Option<usize>) {
        let bit = case.map_or(NO_CASE, |case| (case as u32).min(NO_CASE - 1));
        let bits = &self.cells[index(stimulus, state)];
        // Looking is cheap even if many write; most of what is taken was taken before.
        if bits.load(Ordering::Relaxed) & (1 << bit) == 0 {
            bits.fetch_or(1 << bit, Ordering::Relaxed);
        }
    }

    /// The cases taken so far, counted from 0 within their cell, in the order of the table.
    #[must_use]
    pub fn cases(&self) -> Vec<(R, S, usize)> {
        let taken = |bit: &u32| *bit != NO_CASE;
        let all = self.bits().into_iter().filter(|(_, _, bit)| taken(bit));
        all.map(|(stimulus, state, bit)| (stimulus, state, bit as usize)).collect()
    }

    /// Combinations that the table says cannot arise, and that arose.
    #[must_use]
    pub fn impossible(&self) -> Vec<(R, S)> {
        let all = self.bits().into_iter().filter(|(_, _, bit)| *bit == NO_CASE);
        all.map(|(stimulus, state, _)| (stimulus, state)).collect()
    }

    fn bits(&self) -> Vec<(R, S, u32)> {
        let mut set = Vec::new();
        for (place, bits) in self.cells.iter().enumerate() {
            let mut bits = bits.load(Ordering::Relaxed);
            while bits != 0 {
                let (row, state) = (R::ALL[place / S::ALL.len()], S::ALL[place % S::ALL.len()]);
                set.push((row, state, bits.trailing_zeros()));
                bits &= bits - 1;
            }
        }
        set
    }
}

impl<R: Axis, S: Axis> fmt::Debug for Touched<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.bits()).finish()
    }
}
