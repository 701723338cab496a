//! Durations, sizes, rates, dates and numbers as a scenario writes them.

use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::{Span, WallTime};

/// Why a text is no such quantity, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) why: String,
    pub(crate) better: Option<String>,
}

fn flaw<T>(why: impl Into<String>) -> Result<T, Flaw> {
    Err(Flaw { why: why.into(), better: None })
}

/// Longest duration: a thousand years keep every sum of ticks far from its limit.
const LONGEST_DAYS: u64 = 365_000;

/// That duration.
pub(crate) const LONGEST: Span = Span::days(LONGEST_DAYS);

/// Largest size: 8 EiB less one byte, the largest file that Windows knows.
pub(crate) const LARGEST_SIZE: u64 = i64::MAX as u64;

/// Fastest rate in bytes per second.
const FASTEST: u64 = 1 << 40;

const UNITS: [(&str, u64); 6] = [
    ("d", 86_400 * TICKS_PER_SECOND),
    ("h", 3_600 * TICKS_PER_SECOND),
    ("m", 60 * TICKS_PER_SECOND),
    ("s", TICKS_PER_SECOND),
    ("ms", TICKS_PER_SECOND / 1_000),
    ("ticks", 1),
];

/// `40ms`, `90s`, `3d 1h`: whole numbers with units, the larger unit first.
pub(crate) fn span(text: &str) -> Result<Span, Flaw> {
    let mut ticks: u64 = 0;
    let mut smaller_than = u64::MAX;
    let mut parts = 0;
    for part in text.split_ascii_whitespace() {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = part.split_at(digits);
        let Ok(number) = number.parse::<u64>() else {
            return flaw(not_a_duration(part));
        };
        let Some((name, size)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
            return Err(wrong_unit(text, number, unit));
        };
        if size >= smaller_than {
            return flaw(format!(
                "`{name}` must not follow a unit of the same size or a smaller one"
            ));
        }
        smaller_than = size;
        let Some(sum) = number.checked_mul(size).and_then(|part| ticks.checked_add(part)) else {
            return flaw(too_long());
        };
        ticks = sum;
        parts += 1;
    }
    if parts == 0 {
        return flaw("a duration such as `90s`, `20m` or `3d 1h` is needed");
    }
    if Span(ticks) > LONGEST {
        return flaw(too_long());
    }
    Ok(Span(ticks))
}

fn too_long() -> String {
    format!("no duration may be longer than {LONGEST_DAYS} days")
}

fn not_a_duration(part: &str) -> String {
    if part.starts_with(['-', '+']) {
        "a duration has no sign".to_owned()
    } else if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
        too_long()
    } else {
        "a whole number and a unit are needed, such as `90s`, `20m` or `3d 1h`".to_owned()
    }
}

fn wrong_unit(text: &str, number: u64, unit: &str) -> Flaw {
    if unit.is_empty() {
        let joined: String = text.split_ascii_whitespace().collect();
        let better = if joined == "0" {
            Some("0s".to_owned())
        } else if joined.ends_with(|c: char| c.is_ascii_digit()) || joined == text {
            None
        } else {
            span(&joined).map_or_else(|flaw| flaw.better, |span| Some(span.to_string()))
        };
        return Flaw {
            why: format!(
                "the unit is missing: `{number}s`, `{number}m`, `{number}h` or `{number}d`"
            ),
            better,
        };
    }
    if unit.starts_with(['.', ',']) {
        let why = "only whole numbers are read: `1h 30m` instead of `1.5h`".to_owned();
        return Flaw { why, better: None };
    }
    let meant = match unit.to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" | "s" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hr" | "hrs" | "hour" | "hours" | "h" => Some("h"),
        "day" | "days" | "d" => Some("d"),
        "msec" | "msecs" | "millis" | "milliseconds" => Some("ms"),
        _ => None,
    };
    let alone = !text.trim().contains(char::is_whitespace);
    Flaw {
        why: "the units are `d`, `h`, `m`, `s` and `ms`".to_owned(),
        better: meant.filter(|_| alone).map(|unit| format!("{number}{unit}")),
    }
}

/// A duration with its sign, in ticks.
pub(crate) fn signed_ticks(text: &str) -> Result<i64, Flaw> {
    let text = text.trim();
    let (negative, rest) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            span(text)?;
            return Err(Flaw {
                why: "a sign is needed: `+` moves the clock forward, `-` back".to_owned(),
                better: Some(format!("+{text}")),
            });
        }
    };
    let ticks = i64::try_from(span(rest.trim_start())?.0).unwrap_or(i64::MAX);
    Ok(if negative { -ticks } else { ticks })
}

/// `512`, `10 B`, `4 KiB`: a whole number with or without a unit.
pub(crate) fn bytes(text: &str) -> Result<u64, Flaw> {
    const KINDS: [(&str, u64); 9] = [
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    if number.is_empty() {
        return flaw("a whole number and a unit are needed, such as `512`, `4 KiB` or `900 MiB`");
    }
    let factor = if unit.is_empty() {
        1
    } else {
        match KINDS.into_iter().find(|(name, _)| *name == unit) {
            Some((_, factor)) => factor,
            None if unit.starts_with(['.', ',']) => {
                return flaw("only whole numbers are read: `1536 MiB` instead of `1.5 GiB`");
            }
            None => {
                let meant = KINDS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
                return Err(Flaw {
                    why: "the units are `B`, `KiB`, `MiB`, `GiB`, `TiB`, `KB`, `MB`, `GB` and `TB`"
                        .to_owned(),
                    better: meant.map(|(name, _)| format!("{number} {name}")),
                });
            }
        }
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)) {
        Some(size) if size <= LARGEST_SIZE => Ok(size),
        _ => flaw("no size may be 8 EiB or more"),
    }
}

/// `64 KiB/s`: a size each second. Zero needs neither unit.
pub(crate) fn rate(text: &str) -> Result<u64, Flaw> {
    let text = text.trim();
    if text == "0" {
        return Ok(0);
    }
    let Some(size) = text.strip_suffix("/s") else {
        let better = bytes(text).ok().map(|_| format!("{text}/s"));
        return Err(Flaw { why: "a rate ends in `/s`, such as `64 KiB/s`".to_owned(), better });
    };
    match bytes(size.trim_end())? {
        rate if rate <= FASTEST => Ok(rate),
        _ => flaw("no rate may be above 1 TiB/s"),
    }
}

/// A whole number, decimal or `0x` and hexadecimal.
pub(crate) fn whole(text: &str) -> Result<u64, Flaw> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16),
        None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse(),
        _ => return flaw("a whole number is needed"),
    };
    parsed.or_else(|_| flaw("the number is too large"))
}

/// `2026-01-01` or `2026-01-01T12:30:00Z`, with or without seconds and milliseconds; always UTC.
pub(crate) fn wall_time(text: &str) -> Result<WallTime, Flaw> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let days = days_of(date)?;
    let ticks = match time {
        None => 0,
        Some(time) => match time.strip_suffix(['Z', 'z']) {
            Some(time) => ticks_of(time)?,
            None => {
                let better = ticks_of(time).ok().map(|_| format!("{text}Z"));
                return Err(Flaw { why: "times are UTC and end in `Z`".to_owned(), better });
            }
        },
    };
    Ok(WallTime(days * 86_400 * TICKS_PER_SECOND + ticks))
}

/// Days from 1601-01-01 to a date.
fn days_of(date: &str) -> Result<u64, Flaw> {
    const SHAPE: &str = "a date such as `2026-01-01T00:00:00Z` is needed";
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return flaw(SHAPE);
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return flaw(SHAPE);
    };
    if year < 1601 {
        return flaw("the first date that Windows can tell is 1601-01-01");
    }
    let leap = |y: u64| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) {
        return flaw("there are twelve months");
    }
    let before = &lengths[..month as usize - 1];
    let length = lengths[month as usize - 1];
    if !(1..=length).contains(&day) {
        return flaw(format!("that month has {length} days"));
    }
    let years = year - 1;
    let leaps = years / 4 - years / 100 + years / 400;
    let first_of_1601 = 1600 * 365 + 1600 / 4 - 1600 / 100 + 1600 / 400;
    Ok(years * 365 + leaps - first_of_1601 + before.iter().sum::<u64>() + day - 1)
}

/// Ticks since midnight of `12:30`, `12:30:00` or `12:30:00.250`.
fn ticks_of(time: &str) -> Result<u64, Flaw> {
    const SHAPE: &str = "a time such as `12:30:00Z` is needed";
    let (clock, millis) = match time.split_once('.') {
        Some((clock, millis)) => (clock, digits(millis, 3)),
        None => (time, Some(0)),
    };
    let mut parts = clock.split(':').map(|part| digits(part, 2));
    let (hour, minute) = (parts.next().flatten(), parts.next().flatten());
    let second = parts.next().unwrap_or(Some(0));
    let (Some(h), Some(m), Some(s), Some(millis), None) =
        (hour, minute, second, millis, parts.next())
    else {
        return flaw(SHAPE);
    };
    if h > 23 || m > 59 || s > 59 {
        return flaw("there is no such time of day");
    }
    Ok((h * 3_600 + m * 60 + s) * TICKS_PER_SECOND + millis * (TICKS_PER_SECOND / 1_000))
}

fn digits(text: &str, count: usize) -> Option<u64> {
    let well_formed = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(span("40ms"), Ok(Span::millis(40)));
        assert_eq!(span("3d 1h"), Ok(Span::secs(3 * 86_400 + 3_600)));
        assert_eq!(span("0s"), Ok(Span::ZERO));
        let bad_ones = [
            "",
            " ",
            "10",
            "1.5h",
            "1h 1h",
            "1h 2d",
            "-3s",
            "10 m",
            "x",
            "3d1h",
            "1000000d",
            "99999999999999999999s",
            "18446744073709551615d",
        ];
        for bad in bad_ones {
            assert!(span(bad).is_err(), "{bad}");
        }
        assert_eq!(span("10min").unwrap_err().better.as_deref(), Some("10m"));
        assert_eq!(span("0").unwrap_err().better.as_deref(), Some("0s"));
    }

    #[test]
    fn every_span_reads_back_as_it_is_shown() {
        for ticks in [0, 1, 10_000, 12_345_678, 864_000_000_000, 987_654_321_012_345] {
            assert_eq!(span(&Span(ticks).to_string()), Ok(Span(ticks)));
        }
    }

    #[test]
    fn signed_durations() {
        assert_eq!(signed_ticks("+20d"), Ok(20 * 864_000_000_000));
        assert_eq!(signed_ticks("-1h"), Ok(-36_000_000_000));
        assert_eq!(signed_ticks("20d").unwrap_err().better.as_deref(), Some("+20d"));
        assert!(signed_ticks("--1h").is_err());
    }

    #[test]
    fn sizes_and_rates() {
        assert_eq!(bytes("512"), Ok(512));
        assert_eq!(bytes("0 B"), Ok(0));
        assert_eq!(bytes("4 KiB"), Ok(4_096));
        assert_eq!(bytes("900MiB"), Ok(900 << 20));
        assert_eq!(bytes("2 MB"), Ok(2_000_000));
        assert_eq!(bytes("4 kib").unwrap_err().better.as_deref(), Some("4 KiB"));
        for bad in ["", "MiB", "1.5 GiB", "-1", "8388608 TiB", "99999999999999999999", "1 PiB"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
        assert_eq!(rate("1 MiB/s"), Ok(1 << 20));
        assert_eq!(rate("0"), Ok(0));
        assert_eq!(rate("64 KiB").unwrap_err().better.as_deref(), Some("64 KiB/s"));
        assert!(rate("2 TiB/s").is_err());
    }

    #[test]
    fn numbers() {
        assert_eq!(whole("0x40"), Ok(64));
        assert_eq!(whole("257"), Ok(257));
        for bad in ["", "0x", "-1", "1e3", "18446744073709551616", "1_000", "0xG"] {
            assert!(whole(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_read_back_as_the_wall_clock_shows_them() {
        assert_eq!(wall_time("2026-01-01T00:00:00Z"), Ok(WallTime::DEFAULT_START));
        assert_eq!(wall_time("2026-01-01"), Ok(WallTime::DEFAULT_START));
        for text in
            ["1601-01-01T00:00:00.000Z", "2028-02-29T23:59:59.999Z", "9999-12-31T12:00:00.000Z"]
        {
            assert_eq!(wall_time(text).map(|time| time.to_string()).as_deref(), Ok(text));
        }
        let bad_ones = [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "1600-12-31",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+01:00",
            "2026-1-1",
            "20260-01-01",
            "2026-01-01TZ",
            "2026-01-01T00:00:00.1Z",
            "2026-00-10",
            "2026-01-00",
        ];
        for bad in bad_ones {
            assert!(wall_time(bad).is_err(), "{bad}");
        }
    }
}
