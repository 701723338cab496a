//! Two or three runs of one scenario side by side: what a client would see differently.
//!
//! Compared are the HRESULTs that calls returned, the states that were entered, errors with their
//! contexts, callbacks, attempts, files under their final names, and the times of all these; at
//! the end also bytes and counts. A setting that is taken and a question that is answered are not
//! shown: what they are about is compared where it changes. Two services have two names for many
//! things; such a pure change of name is told once and is no difference.
//!
//! What explains a difference is data: [`kinds::Kind`] names the row of
//! `fixtures/rules/bits-vs-do.yaml` that is about it.

mod align;
pub mod catalogue;
mod ends;
mod judge;
pub mod kinds;
mod observe;
mod phase;
mod records;
mod sofar;
#[cfg(test)]
mod tests;
mod text;

use crate::names::Names;
use align::Row;
use bitsim_replay::StepName;
use bitsim_vocab::trace::Trace;
use bitsim_vocab::{Service, SimTime, Target};
use ends::End;
use judge::Verdict;
use kinds::Kind;
use observe::{Facts, Seen, What};
use sofar::SoFar;
use std::collections::{BTreeMap, BTreeSet};

/// One of the runs.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What happened.
    pub trace: &'a Trace,
    /// How the scenario calls what the trace numbers.
    pub names: &'a Names,
    /// The steps that were played.
    pub steps: &'a [StepName],
}

impl Side<'_> {
    /// What it was played on.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.trace.setup.target
    }
}

/// A difference: a row of the comparison in which a side disagrees with the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Difference {
    kind: Kind,
    row: usize,
    side: usize,
}

/// Another name for the same: what the first side calls it, then what each side calls it.
type Renames = BTreeMap<(Kind, String), Vec<BTreeSet<String>>>;

/// What came of comparing runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    targets: Vec<Target>,
    rows: Vec<Row>,
    differences: Vec<Difference>,
    renames: Renames,
    ends: Vec<End>,
}

/// Compares the runs with the first of them.
#[must_use]
pub fn compare(sides: &[Side<'_>]) -> Comparison {
    let (seen, facts): (Vec<Vec<Seen>>, Vec<Facts>) =
        sides.iter().map(observe::observations).unzip();
    let mut rows = align::rows(seen);
    rows.retain(|row| !is_quiet(row));
    let mut comparison = Comparison {
        targets: sides.iter().map(Side::target).collect(),
        rows,
        differences: Vec::new(),
        renames: BTreeMap::new(),
        ends: ends::of(sides),
    };
    let mut so_far = SoFar::of(facts);
    for row in 0..comparison.rows.len() {
        for side in 1..sides.len() {
            comparison.judge(row, side, &mut so_far);
        }
        so_far.take_in(&comparison.rows[row]);
    }
    comparison
}

/// True for what is shown only where it makes a difference.
fn is_quiet(row: &Row) -> bool {
    let mut sizes = BTreeSet::new();
    let quiet = |seen: &Seen| match seen.what {
        What::Call { quiet, .. } => quiet,
        What::Size { total } => {
            sizes.insert(total);
            sizes.len() == 1
        }
        _ => false,
    };
    row.cells.iter().flatten().all(quiet)
}

impl Comparison {
    /// True if no side differs from the first in anything but names.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.ends.iter().all(|end| end.agrees)
    }

    /// Compares one cell of a row with that of the first side.
    fn judge(&mut self, row: usize, side: usize, so_far: &mut SoFar) {
        let of = [self.service(0), self.service(side)];
        let (one, other) = (&self.rows[row].cells[0], &self.rows[row].cells[side]);
        let Some(seen) = one.as_ref().or(other.as_ref()) else { return };
        let now = so_far.now(seen, side, of);
        let verdict = judge::verdict(one.as_ref(), other.as_ref(), &now);
        let mut found = Vec::new();
        if let (Some(one), Some(other)) = (one, other)
            && !matches!(one.what, What::World { .. })
        {
            let late = judge::later(one, other);
            let key = (one.who.clone(), side);
            let before = so_far.late.get(&key).copied().unwrap_or(0);
            let moved = late != 0 && late.abs_diff(before) >= align::NEAR.0;
            if judge::others_follow(one, other) {
                // Calls come when the scenario makes them; what follows counts from there.
                if moved && !matches!(one.what, What::Call { .. }) {
                    found.push(judge::time_kind(one, other, &now));
                }
                so_far.late.insert(key, late);
            } else if moved {
                found.push(judge::time_kind(one, other, &now));
            }
        }
        if let Verdict::Differ(kind) = verdict
            && matches!(seen.what, What::Error { .. })
        {
            let alone = [(one, 0), (other, side)];
            for (error, at) in alone.into_iter().filter_map(|(seen, at)| Some((seen.as_ref()?, at)))
            {
                so_far.blame(error, at, kind);
            }
        }
        if let Verdict::Differ(kind) = verdict
            && !found.contains(&kind)
        {
            found.push(kind);
        }
        self.differences.extend(found.into_iter().map(|kind| Difference { kind, row, side }));
        let names = match verdict {
            Verdict::Renamed(names) => names,
            _ => judge::code_names(one.as_ref(), other.as_ref()),
        };
        let number = self.targets.len();
        for (kind, one, other) in names {
            let words = self.renames.entry((kind, one));
            words.or_insert_with(|| vec![BTreeSet::new(); number])[side].insert(other);
        }
    }

    fn service(&self, side: usize) -> Service {
        self.targets[side].service
    }

    /// The differences of each kind, the kind that comes first in the runs first.
    fn by_kind(&self) -> Vec<(Kind, Vec<Difference>)> {
        let mut groups: Vec<(Kind, Vec<Difference>)> = Vec::new();
        for difference in &self.differences {
            match groups.iter_mut().find(|(kind, _)| *kind == difference.kind) {
                Some((_, group)) => group.push(*difference),
                None => groups.push((difference.kind, vec![*difference])),
            }
        }
        // What only follows comes last, and before it what nothing explains.
        groups.sort_by_key(|(kind, _)| match kind {
            Kind::Elsewhen => 2,
            Kind::Other => 1,
            _ => 0,
        });
        groups
    }

    /// When the runs first differ.
    #[must_use]
    pub fn first(&self) -> Option<SimTime> {
        self.differences.first().map(|first| self.rows[first.row].at())
    }
}
