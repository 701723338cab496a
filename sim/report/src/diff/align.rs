//! Puts what was seen on several targets side by side: what is the same thing shares a row.

use super::catalogue::alike;
use super::observe::{Seen, What};
use super::phase::Phase;
use bitsim_vocab::{SimTime, Span};
use std::collections::BTreeMap;

/// One thing as each side saw it; `None` where it did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) cells: Vec<Option<Seen>>,
}

/// Times that differ by less than this count as equal: connecting takes BITS a moment that
/// Delivery Optimization does not show.
pub(super) const NEAR: Span = Span::secs(1);

/// Longer stories are compared in blocks of so many observations.
const BLOCK: usize = 2_000;

impl Row {
    /// What the first side that saw it saw.
    pub(super) fn seen(&self) -> Option<&Seen> {
        self.cells.iter().flatten().next()
    }

    /// The earliest time at which a side saw it.
    pub(super) fn at(&self) -> SimTime {
        self.cells.iter().flatten().map(|seen| seen.at).min().unwrap_or_default()
    }

    fn likeness(&self, other: &Seen) -> u32 {
        self.cells.iter().flatten().map(|seen| likeness(seen, other)).max().unwrap_or(0)
    }
}

/// Rows for everything that the sides saw, in the order of the earliest time. Each job is compared
/// with itself, and so is the world.
pub(super) fn rows(sides: Vec<Vec<Seen>>) -> Vec<Row> {
    let number = sides.len();
    let mut stories: BTreeMap<(u8, String), Vec<Row>> = BTreeMap::new();
    for (side, seen) in sides.into_iter().enumerate() {
        let mut parts: BTreeMap<(u8, String), Vec<Seen>> = BTreeMap::new();
        for one in seen {
            parts.entry((strand(&one), one.who.clone())).or_default().push(one);
        }
        for (who, part) in parts {
            let rows = std::mem::take(stories.entry(who.clone()).or_default());
            stories.insert(who, reunited(joined(rows, part, side, number), side));
        }
    }
    let mut rows: Vec<Row> = stories.into_values().flatten().collect();
    rows.sort_by_key(Row::at);
    rows
}

/// What is compared on its own: whether a file gets its name just before the state changes or just
/// after is no matter, nor is whether an attempt begins before an error is forgotten.
const fn strand(seen: &Seen) -> u8 {
    match seen.what {
        What::World { .. } => 0,
        What::File { .. } => 2,
        What::Gone => 3,
        What::Size { .. } => 4,
        _ => 1,
    }
}

/// The rows with what two sides saw in the same instant but in another order put together again.
fn reunited(mut rows: Vec<Row>, side: usize) -> Vec<Row> {
    let mut index = 0;
    while index < rows.len() {
        let alone = |row: &Row| row.cells.iter().flatten().count() == 1;
        let single = rows[index].cells[side].as_ref().filter(|_| alone(&rows[index]));
        let is_same = |row: &Row, seen: &Seen| {
            let here = row.cells[side].is_none() && row.at() == seen.at;
            here && row.cells.iter().flatten().any(|other| is_exactly(other, seen))
        };
        let twin = single.and_then(|seen| rows.iter().position(|row| is_same(row, seen)));
        match twin {
            Some(twin) => {
                let cell = rows[index].cells[side].take();
                rows[twin].cells[side] = cell;
                rows.remove(index);
            }
            None => index += 1,
        }
    }
    rows
}

/// True if both say the same, which leaves no doubt that it is the same.
fn is_exactly(one: &Seen, other: &Seen) -> bool {
    one.said == other.said && likeness(one, other) > 0
}

/// The rows with one more side, block by block.
fn joined(rows: Vec<Row>, seen: Vec<Seen>, side: usize, number: usize) -> Vec<Row> {
    if rows.len() <= BLOCK && seen.len() <= BLOCK {
        return block(rows, seen, side, number);
    }
    let (mut rows, mut seen) = (rows.into_iter(), seen.into_iter());
    let mut out = Vec::new();
    loop {
        let (some, more): (Vec<Row>, Vec<Seen>) =
            (rows.by_ref().take(BLOCK).collect(), seen.by_ref().take(BLOCK).collect());
        if some.is_empty() && more.is_empty() {
            return out;
        }
        out.extend(block(some, more, side, number));
    }
}

/// The pairing whose likeness is the greatest in sum, found by looking at every pair.
fn block(rows: Vec<Row>, seen: Vec<Seen>, side: usize, number: usize) -> Vec<Row> {
    let width = seen.len() + 1;
    // best[row * width + one]: the greatest sum for what is left from there on.
    let mut best = vec![0_u32; (rows.len() + 1) * width];
    for (index, row) in rows.iter().enumerate().rev() {
        for (place, one) in seen.iter().enumerate().rev() {
            let here = index * width + place;
            let skip = best[here + 1].max(best[here + width]);
            let likeness = row.likeness(one);
            let pair = if likeness > 0 { best[here + width + 1] + likeness } else { 0 };
            best[here] = skip.max(pair);
        }
    }
    let mut out: Vec<Row> = Vec::with_capacity(rows.len().max(seen.len()));
    let (mut index, mut place) = (0, 0);
    let (mut rows, mut seen) = (rows.into_iter().peekable(), seen.into_iter().peekable());
    loop {
        let likeness = match (rows.peek(), seen.peek()) {
            (Some(row), Some(one)) => row.likeness(one),
            _ => 0,
        };
        let here = index * width + place;
        let pairs = likeness > 0 && best[here] == best[here + width + 1] + likeness;
        // An old row that stands alone goes first, so that the sides keep their order.
        let old =
            rows.peek().is_some() && (seen.peek().is_none() || best[here] == best[here + width]);
        if pairs && let (Some(mut row), Some(one)) = (rows.next(), seen.next()) {
            row.cells[side] = Some(one);
            out.push(row);
            (index, place) = (index + 1, place + 1);
        } else if old && let Some(row) = rows.next() {
            out.push(row);
            index += 1;
        } else if let Some(one) = seen.next() {
            let mut cells = vec![None; number];
            cells[side] = Some(one);
            out.push(Row { cells });
            place += 1;
        } else {
            return out;
        }
    }
}

/// How much two observations look like the same thing; 0 if they cannot be.
fn likeness(one: &Seen, other: &Seen) -> u32 {
    let same = match (&one.what, &other.what) {
        (What::World { .. }, What::World { .. }) if one.said == other.said => 8,
        (What::Call { verb, hr, .. }, What::Call { verb: other_verb, hr: other_hr, .. }) => {
            let same = verb == other_verb && one.step == other.step;
            if same { 8 + 2 * u32::from(alike(*hr, *other_hr)) } else { 0 }
        }
        (What::State { phase, cause, .. }, What::State { phase: to, cause: by, .. }) => {
            let settled =
                |phase: Phase| matches!(phase, Phase::Waits | Phase::Failed | Phase::Done);
            match (phase == to, cause.in_general() == by.in_general()) {
                (true, same) => 6 + 2 * u32::from(same),
                (false, true) if phase.is_end() == to.is_end() => 3,
                // The same attempt came to another end.
                (false, _) if near(one, other) && settled(*phase) && settled(*to) => 2,
                (false, _) => 0,
            }
        }
        (What::Error { code, .. }, What::Error { code: other_code, .. }) => {
            2 + 3 * u32::from(alike(*code, *other_code))
        }
        (What::Attempt { number, .. }, What::Attempt { number: other_number, .. }) => {
            2 + 3 * u32::from(number == other_number)
        }
        (What::Told { news, again, .. }, What::Told { news: other_news, again: repeated, .. })
            if news == other_news =>
        {
            5 + 2 * u32::from(again == repeated)
        }
        (What::File { path, .. }, What::File { path: other_path, .. }) if path == other_path => 5,
        (What::Changed(path), What::Changed(other_path)) if path == other_path => 5,
        (What::Gone, What::Gone) => 5,
        (What::Size { .. }, What::Size { .. }) if one.step == other.step => 5,
        _ => 0,
    };
    match same {
        0 => 0,
        same => same + 2 * u32::from(near(one, other)) + u32::from(one.since == other.since),
    }
}

fn near(one: &Seen, other: &Seen) -> bool {
    one.at.since(other.at).max(other.at.since(one.at)) < NEAR
}
