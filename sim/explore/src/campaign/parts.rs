//! Which seeds a campaign plays, and how the parts of one are put together again.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

/// Seeds from one up to another, which is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// The first one.
    pub from: u64,
    /// The one behind the last; `None` if only the clock ends the campaign.
    pub to: Option<u64>,
}

impl Seeds {
    /// Those that a shard plays, in order.
    pub fn of(self, shard: Shard) -> impl Iterator<Item = u64> {
        let of = u64::from(shard.of.get());
        let wanted = u64::from(shard.number.get()) - 1;
        let first = self.from.checked_add((wanted + of - self.from % of) % of);
        let next = move |seed: &u64| seed.checked_add(of);
        std::iter::successors(first, next)
            .take_while(move |seed| self.to.is_none_or(|to| *seed < to))
    }
}

/// Reads `0..1000`, and `5..` for all from 5 on.
impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let odd = || format!("`{text}` is no range of seeds; write 0..1000, or 1000.. with --for");
        let (from, to) = text.split_once("..").ok_or_else(odd)?;
        let number = |text: &str| text.replace('_', "").parse::<u64>().map_err(|_| odd());
        let seeds =
            Self { from: number(from)?, to: (!to.is_empty()).then(|| number(to)).transpose()? };
        match seeds.to {
            Some(to) if to <= seeds.from => {
                Err(format!("no seed is in {text}: the first must be less than the one behind .."))
            }
            _ => Ok(seeds),
        }
    }
}

/// One of several equal parts of a campaign: the seeds with one remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, counted from 1.
    pub number: NonZero<u32>,
    /// Of how many.
    pub of: NonZero<u32>,
}

impl Shard {
    /// All seeds.
    pub const WHOLE: Self = Self { number: NonZero::<u32>::MIN, of: NonZero::<u32>::MIN };
}

/// `1/4`
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let odd = || format!("`{text}` is no shard; write 1/4 for the first of four");
        let (number, of) = text.split_once('/').ok_or_else(odd)?;
        let read = |text: &str| text.parse::<NonZero<u32>>().map_err(|_| odd());
        let shard = Self { number: read(number)?, of: read(of)? };
        if shard.number > shard.of {
            let of = shard.of;
            return Err(format!("there is no shard {text}: the shards are 1/{of} to {of}/{of}"));
        }
        Ok(shard)
    }
}

/// Seeds that were played to the last: those of a shard in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// The first seed of the range.
    pub from: u64,
    /// The one behind its last.
    pub to: u64,
    /// Which of them.
    pub shard: Shard,
}

impl Part {
    /// True if a seed may be in both.
    fn overlaps(&self, other: &Self) -> bool {
        let apart = self.shard.of == other.shard.of && self.shard.number != other.shard.number;
        self.from < other.to && other.from < self.to && !apart
    }
}

/// `seeds 0..1000`, `seeds 0..1000, shard 1/4`
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seeds {}..{}", self.from, self.to)?;
        if self.shard.of.get() > 1 { write!(f, ", shard {}", self.shard) } else { Ok(()) }
    }
}

/// All parts together, shards that make a whole as one. The error names two that overlap.
pub(super) fn together(mut parts: Vec<Part>) -> Result<Vec<Part>, [Part; 2]> {
    parts.sort_unstable();
    for (index, part) in parts.iter().enumerate() {
        if let Some(other) = parts[..index].iter().find(|other| other.overlaps(part)) {
            return Err([*other, *part]);
        }
    }
    let mut whole: Vec<Part> = Vec::new();
    while let Some(part) = parts.first().copied() {
        let same = |other: &Part| {
            (other.from, other.to, other.shard.of) == (part.from, part.to, part.shard.of)
        };
        let (all, rest): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(same);
        parts = rest;
        if all.len() == part.shard.of.get() as usize {
            whole.push(Part { shard: Shard::WHOLE, ..part });
        } else {
            whole.extend(all);
        }
    }
    whole.sort_unstable();
    Ok(adjoined(whole))
}

/// Ranges that follow on each other as one.
fn adjoined(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        match out.iter_mut().find(|before| before.to == part.from && before.shard == part.shard) {
            Some(before) => before.to = part.to,
            None => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str) -> Shard {
        text.parse().expect("a shard")
    }

    fn part(from: u64, to: u64, of: &str) -> Part {
        Part { from, to, shard: shard(of) }
    }

    #[test]
    fn shards_share_the_seeds_out() {
        for (from, to) in [(0, 20), (5, 23), (7, 8), (u64::MAX - 9, u64::MAX)] {
            let seeds = Seeds { from, to: Some(to) };
            let mut all: Vec<u64> =
                ["1/3", "2/3", "3/3"].into_iter().flat_map(|text| seeds.of(shard(text))).collect();
            all.sort_unstable();
            assert_eq!(all, (from..to).collect::<Vec<_>>());
        }
        let first: Vec<u64> = Seeds { from: 4, to: None }.of(shard("2/4")).take(3).collect();
        assert_eq!(first, [5, 9, 13]);
    }

    #[test]
    fn what_is_no_range_or_shard_says_so() {
        assert_eq!("3..1_000".parse(), Ok(Seeds { from: 3, to: Some(1_000) }));
        assert_eq!("3..".parse(), Ok(Seeds { from: 3, to: None }));
        for (text, says) in [("5..2", "no seed is in 5..2"), ("5..5", "no seed"), ("7", "0..1000")]
        {
            let told = text.parse::<Seeds>().expect_err(text);
            assert!(told.contains(says), "{told}");
        }
        for (text, says) in [("3/2", "1/2 to 2/2"), ("0/2", "no shard"), ("2", "write 1/4")] {
            let told = text.parse::<Shard>().expect_err(text);
            assert!(told.contains(says), "{told}");
        }
    }

    #[test]
    fn parts_that_make_a_whole_are_one() {
        let halves = vec![part(0, 9, "2/2"), part(0, 9, "1/2")];
        assert_eq!(together(halves), Ok(vec![part(0, 9, "1/1")]));
        let rows = vec![part(9, 12, "1/1"), part(0, 9, "1/1"), part(20, 30, "1/2")];
        assert_eq!(together(rows), Ok(vec![part(0, 12, "1/1"), part(20, 30, "1/2")]));
        for (one, other) in [
            (part(0, 9, "1/2"), part(0, 9, "1/2")),
            (part(0, 9, "1/1"), part(8, 12, "1/1")),
            (part(0, 9, "1/1"), part(8, 12, "1/2")),
        ] {
            assert_eq!(together(vec![one, other]), Err([one, other]));
        }
    }
}
