//! The clock types. All time is counted in ticks of 100 nanoseconds, as in a FILETIME.
//!
//! There are two clocks because the pages have two: delays run on the monotonic [`SimTime`], time
//! stamps come from [`WallTime`] (SetNoProgressTimeout, Remarks).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// Ticks in one second.
pub const TICKS_PER_SECOND: u64 = 10_000_000;

/// Monotonic time: ticks since the run began.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimTime(pub u64);

/// A length of time in ticks.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub u64);

/// Wall-clock time as a FILETIME: ticks since 1601-01-01T00:00:00Z. Zero means "no time".
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct WallTime(pub u64);

impl SimTime {
    /// The instant at which a run begins.
    pub const ZERO: Self = Self(0);

    /// The time from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` milliseconds.
    #[must_use]
    pub const fn millis(n: u64) -> Self {
        Self(n.saturating_mul(TICKS_PER_SECOND / 1_000))
    }

    /// `n` seconds.
    #[must_use]
    pub const fn secs(n: u64) -> Self {
        Self(n.saturating_mul(TICKS_PER_SECOND))
    }

    /// `n` days.
    #[must_use]
    pub const fn days(n: u64) -> Self {
        Self::secs(n.saturating_mul(86_400))
    }

    /// Whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / TICKS_PER_SECOND
    }
}

impl WallTime {
    /// 2026-01-01T00:00:00Z, the wall clock of a run that names none.
    pub const DEFAULT_START: Self = Self(134_116_992_000_000_000);

    /// The wall clock after it moved by `ticks`, which may be negative.
    #[must_use]
    pub fn moved(self, ticks: i64) -> Self {
        Self(self.0.saturating_add_signed(ticks))
    }
}

impl Add<Span> for SimTime {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<SimTime> for SimTime {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        self.since(earlier)
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Add<Span> for WallTime {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// `00:00:30.040`, or `3d 01:00:00.000` from one day on. Ticks below a millisecond are shown only
/// when there are any.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0 / TICKS_PER_SECOND;
        let ticks = self.0 % TICKS_PER_SECOND;
        let days = secs / 86_400;
        if days > 0 {
            write!(f, "{days}d ")?;
        }
        let (h, m, s) = (secs % 86_400 / 3_600, secs % 3_600 / 60, secs % 60);
        write!(f, "{h:02}:{m:02}:{s:02}.{:03}", ticks / 10_000)?;
        if !ticks.is_multiple_of(10_000) {
            write!(f, "{:04}", ticks % 10_000)?;
        }
        Ok(())
    }
}

/// The shortest form that reads back to the same span: `20m`, `3d 1h`, `40ms`, `0s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 6] = [
            (86_400 * TICKS_PER_SECOND, "d"),
            (3_600 * TICKS_PER_SECOND, "h"),
            (60 * TICKS_PER_SECOND, "m"),
            (TICKS_PER_SECOND, "s"),
            (TICKS_PER_SECOND / 1_000, "ms"),
            (1, "ticks"),
        ];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        let mut first = true;
        for (size, unit) in UNITS {
            let n = rest / size;
            rest %= size;
            if n > 0 {
                if !first {
                    f.write_str(" ")?;
                }
                first = false;
                write!(f, "{n}{unit}")?;
            }
        }
        Ok(())
    }
}

/// `2026-01-01T00:00:00.000Z` in the proleptic Gregorian calendar.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0 / TICKS_PER_SECOND;
        let (year, month, day) = civil_from_days(secs / 86_400);
        let (h, m, s) = (secs % 86_400 / 3_600, secs % 3_600 / 60, secs % 60);
        let millis = self.0 % TICKS_PER_SECOND / 10_000;
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{millis:03}Z")
    }
}

/// Year, month and day of the `days`-th day after 1601-01-01, by walking whole Gregorian cycles.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let cycle = days / 146_097;
    let mut rest = days % 146_097;
    let century = (rest / 36_524).min(3);
    rest -= century * 36_524;
    let four = rest / 1_461;
    rest %= 1_461;
    let one = (rest / 365).min(3);
    rest -= one * 365;
    let year = 1601 + cycle * 400 + century * 100 + four * 4 + one;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(Span::secs(1_200).to_string(), "20m");
        assert_eq!((Span::days(3) + Span::secs(3_600)).to_string(), "3d 1h");
        assert_eq!(Span::millis(1_040).to_string(), "1s 40ms");
        assert_eq!(Span::ZERO.to_string(), "0s");
    }

    #[test]
    fn times_show_days_only_when_there_are_any() {
        assert_eq!((SimTime::ZERO + Span::millis(30_040)).to_string(), "00:00:30.040");
        assert_eq!((SimTime::ZERO + Span::days(14)).to_string(), "14d 00:00:00.000");
        assert_eq!(SimTime(1).to_string(), "00:00:00.0000001");
    }

    #[test]
    fn the_wall_clock_starts_in_2026_and_knows_leap_days() {
        assert_eq!(WallTime::DEFAULT_START.to_string(), "2026-01-01T00:00:00.000Z");
        let leap_day = WallTime::DEFAULT_START + Span::days(365 + 365 + 59);
        assert_eq!(leap_day.to_string(), "2028-02-29T00:00:00.000Z");
        assert_eq!(WallTime(0).to_string(), "1601-01-01T00:00:00.000Z");
    }
}
