//! Where two records of one run part.

use crate::record::{Recorded, Told};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeMap;

/// One difference between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    /// How they differ.
    pub(super) how: How,
    /// The line of the old run; where it would stand if it has none.
    pub(super) old: usize,
    /// The line of the new run; where it would stand if it has none.
    pub(super) new: usize,
}

/// How two runs differ at a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// The line says something else.
    Changed,
    /// Only the new run has it.
    New,
    /// Only the old run has it.
    Gone,
    /// It comes later by so many milliseconds (earlier if negative; 0: in another order).
    Moved(i64),
}

/// Every difference, in the order of the new run.
pub(super) fn differences(old: &Recorded, new: &Recorded) -> Vec<Difference> {
    let keys = |run: &Recorded| run.lines.iter().map(key).collect::<Vec<String>>();
    let (old_keys, new_keys) = (keys(old), keys(new));
    let mut found = Vec::new();
    let mut shifts: BTreeMap<&str, i64> = BTreeMap::new();
    for op in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                for step in 0..len {
                    let (was, is) = (old_index + step, new_index + step);
                    let shift = shift(&old.lines[was], &new.lines[is]);
                    let known = shifts.insert(&new.lines[is].who, shift).unwrap_or_default();
                    if shift != known {
                        let how = How::Moved(shift.saturating_sub(known));
                        found.push(Difference { how, old: was, new: is });
                    }
                }
            }
            DiffOp::Delete { old_index, old_len, new_index } => {
                let gone =
                    |step| Difference { how: How::Gone, old: old_index + step, new: new_index };
                found.extend((0..old_len).map(gone));
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                let new =
                    |step| Difference { how: How::New, old: old_index, new: new_index + step };
                found.extend((0..new_len).map(new));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let was = old_index..old_index + old_len;
                let is = new_index..new_index + new_len;
                for difference in replaced(old, new, was, is) {
                    if difference.how == How::Changed {
                        let line = &new.lines[difference.new];
                        let shift = shift(&old.lines[difference.old], line);
                        shifts.insert(&line.who, shift);
                    }
                    found.push(difference);
                }
            }
        }
    }
    reunited(found, old, new, &old_keys, &new_keys)
}

/// Pairs lines that stand for each other: the same job or server and the same kind of line.
fn replaced(
    old: &Recorded,
    new: &Recorded,
    was: std::ops::Range<usize>,
    is: std::ops::Range<usize>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut next = is.start;
    for index in was {
        let line = &old.lines[index];
        let alike = |other: &usize| {
            let other = &new.lines[*other];
            other.who == line.who && other.kind == line.kind
        };
        match (next..is.end).find(alike) {
            Some(other) => {
                let new = |new| Difference { how: How::New, old: index, new };
                found.extend((next..other).map(new));
                found.push(Difference { how: How::Changed, old: index, new: other });
                next = other + 1;
            }
            None => found.push(Difference { how: How::Gone, old: index, new: next.min(is.end) }),
        }
    }
    let end = old.lines.len();
    found.extend((next..is.end).map(|new| Difference { how: How::New, old: end.min(new), new }));
    found
}

/// The same line gone at one place and new at another has moved.
fn reunited(
    found: Vec<Difference>,
    old: &Recorded,
    new: &Recorded,
    old_keys: &[String],
    new_keys: &[String],
) -> Vec<Difference> {
    let mut gone: Vec<Difference> =
        found.iter().copied().filter(|one| one.how == How::Gone).collect();
    let mut moved: Vec<Difference> = Vec::new();
    let mut rest: Vec<Difference> = Vec::new();
    for one in found {
        let twin = (one.how == How::New)
            .then(|| gone.iter().position(|other| old_keys[other.old] == new_keys[one.new]))
            .flatten();
        match twin {
            Some(twin) => {
                let was = gone.remove(twin).old;
                let shift = shift(&old.lines[was], &new.lines[one.new]);
                moved.push(Difference { how: How::Moved(shift), old: was, new: one.new });
            }
            None => rest.push(one),
        }
    }
    let is_moved = |one: &Difference| moved.iter().any(|other| other.old == one.old);
    rest.retain(|one| one.how != How::Gone || !is_moved(one));
    rest.extend(moved);
    rest.sort_by_key(|one| (one.new, one.old));
    rest
}

/// How many milliseconds later the new line comes.
fn shift(old: &Told, new: &Told) -> i64 {
    let signed = |at: u64| i64::try_from(at).unwrap_or(i64::MAX);
    signed(new.at).saturating_sub(signed(old.at))
}

/// What a line says, without when: a shifted line is still the same, and a count or a number of
/// attempts that was carried along is none of its own.
pub(super) fn key(line: &Told) -> String {
    let count = if line.count.contains("->") { line.count.as_str() } else { "" };
    let because = line.because.trim_end_matches(|c: char| c.is_ascii_digit());
    let said = [&line.who, &line.what, count, &line.error, because, &line.detail];
    said.map(without_times).join("\t")
}

/// The text with `TIME` for every time of day or since the start, days included.
pub(super) fn without_times(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let is_time = word.matches(':').count() == 2
            && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | ',' | ';'));
        if is_time {
            let days =
                |last: &str| last.strip_suffix('d').is_some_and(|days| days.parse::<u64>().is_ok());
            if out.last().is_some_and(|last| days(last)) {
                out.pop();
            }
            out.push("TIME");
        } else {
            out.push(word);
        }
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(lines: &[(u64, &str, &str)]) -> Recorded {
        let told = |(at, who, what): &(u64, &str, &str)| Told {
            at: *at,
            kind: "states".into(),
            who: (*who).into(),
            what: (*what).into(),
            ..Told::default()
        };
        Recorded {
            name: "x".into(),
            path: "x.yaml".into(),
            target: "bits".into(),
            seed: 0,
            outcome: "held".into(),
            scenario: String::new(),
            declared: Vec::new(),
            held: Vec::new(),
            broken: Vec::new(),
            lines: lines.iter().map(told).collect(),
        }
    }

    fn hows(old: &[(u64, &str, &str)], new: &[(u64, &str, &str)]) -> Vec<How> {
        differences(&run(old), &run(new)).iter().map(|one| one.how).collect()
    }

    #[test]
    fn a_shift_is_told_once_for_each_job() {
        let old = [(0, "a", "x"), (0, "b", "x"), (5, "a", "y"), (6, "b", "y"), (9, "a", "z")];
        let new = [(0, "a", "x"), (0, "b", "x"), (7, "a", "y"), (6, "b", "y"), (11, "a", "z")];
        assert_eq!(hows(&old, &new), [How::Moved(2)]);
        assert_eq!(hows(&old, &old), []);
    }

    #[test]
    fn lines_that_stand_for_each_other_are_paired() {
        let old = [(0, "a", "x"), (1, "a", "y"), (2, "a", "z")];
        let new = [(0, "a", "x"), (1, "a", "w"), (2, "a", "z")];
        assert_eq!(hows(&old, &new), [How::Changed]);
        assert_eq!(hows(&old, &new[..1]), [How::Gone, How::Gone]);
        assert_eq!(hows(&old[..1], &new), [How::New, How::New]);
        let swapped = [(0, "a", "x"), (1, "a", "z"), (1, "a", "y")];
        assert_eq!(hows(&old[..3], &swapped), [How::Moved(-1)]);
    }

    #[test]
    fn times_make_no_difference_to_what_a_line_says() {
        assert_eq!(
            without_times("timer X to 00:10:30.040 and 14d 00:00:00.000"),
            "timer X to TIME and TIME"
        );
        assert_eq!(without_times("3d later"), "3d later");
    }
}
