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
            return Err(Flaw { why: not_a_duration(part), better: meant_duration(text) });
        };
        let Some((name, size)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
            return Err(wrong_unit(text, number, unit));
        };
        if size >= smaller_than {
            let why = format!("the larger unit comes first, and `{name}` is not smaller");
            return Err(Flaw { why, better: meant_duration(text) });
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

/// What `1.5h`, `1h30m`, `2w` or `PT10M` are as they are written here: exactly that, or nothing.
fn meant_duration(text: &str) -> Option<String> {
    let joined: String = text.split_whitespace().collect();
    let ticks = match joined.strip_prefix(['P', 'p']) {
        Some(iso) => iso_8601(iso),
        None => sum_of_parts(&joined, written_out),
    };
    let span = Span(ticks?);
    (span <= LONGEST).then(|| span.to_string())
}

/// What follows the `P` of `P1DT2H` or `PT10M`. Before the `T`, `M` are months.
fn iso_8601(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let within = |text: &str, units: &[&str]| match text {
        "" => Some(0),
        text => sum_of_parts(text, |unit| {
            let unit = unit.to_ascii_lowercase();
            units.contains(&unit.as_str()).then(|| unit_named(&unit)).flatten()
        }),
    };
    let sum = within(date, &["d", "w"])?.checked_add(within(time, &["h", "m", "s"])?)?;
    (sum > 0).then_some(sum)
}

/// A unit in letters of any size, except a single `M`: it is minutes to some, months to others.
fn written_out(unit: &str) -> Option<u64> {
    if unit == "M" { None } else { unit_named(&unit.to_ascii_lowercase()) }
}

/// `00:10:00`: hours, minutes and seconds. `10:00` could be either.
fn clock(text: &str) -> Option<u64> {
    let parts: Vec<u64> = text.split(':').map(|part| digits(part, 2)).collect::<Option<_>>()?;
    match parts.as_slice() {
        [h, m, s] if *m < 60 && *s < 60 => Some((h * 3_600 + m * 60 + s) * TICKS_PER_SECOND),
        _ => None,
    }
}

/// Numbers, whole or decimal, each with a unit: `1h30min`, `1.5hours`. A unit that stands there
/// twice is a slip of another kind.
fn sum_of_parts(text: &str, unit_named: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let mut rest = text;
    let mut sum: u64 = 0;
    let mut seen: Vec<u64> = Vec::new();
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || ".,".contains(c));
        let (amount, after) = rest.split_at(rest.len() - number.len());
        let unit = after.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let (unit, after) = after.split_at(after.len() - unit.len());
        let unit = unit_named(unit)?;
        if seen.contains(&unit) {
            return None;
        }
        seen.push(unit);
        sum = sum.checked_add(decimal(amount, unit)?)?;
        rest = after;
    }
    (sum > 0).then_some(sum)
}

/// A number with a point or comma times a unit, if that is a whole number. `1,500` is one and a
/// half to some and fifteen hundred to others.
fn decimal(amount: &str, unit: u64) -> Option<u64> {
    let (whole, part) = amount.split_once(['.', ',']).unwrap_or((amount, ""));
    if part.len() == 3 && !whole.starts_with('0') {
        return None;
    }
    if part.len() > 6 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(part.len()).ok()?);
    let part = if part.is_empty() { 0 } else { part.parse().ok()? };
    let scaled = whole.parse::<u64>().ok()?.checked_mul(scale)?.checked_add(part)?;
    let product = scaled.checked_mul(unit)?;
    product.is_multiple_of(scale).then_some(product / scale)
}

/// A unit of time in one of its spellings, in ticks.
fn unit_named(unit: &str) -> Option<u64> {
    let name = match unit {
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "msec" | "msecs" | "millis" | "milliseconds" => "ms",
        "w" | "week" | "weeks" => return Some(7 * 86_400 * TICKS_PER_SECOND),
        name => name,
    };
    UNITS.into_iter().find(|(known, _)| *known == name).map(|(_, size)| size)
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
    if !unit.is_empty() {
        let why = if unit.starts_with(['.', ',']) {
            "only whole numbers are read: `1h 30m` instead of `1.5h`"
        } else if unit.starts_with(':') {
            // In `at: 12:30:00` a time of day may be meant: whoever wrote it has to say.
            let why = match clock(text.trim()) {
                Some(ticks) => {
                    format!("no time of day is read; as a duration this is `{}`", Span(ticks))
                }
                None => "a duration has units, and is no time of day".to_owned(),
            };
            return Flaw { why, better: None };
        } else if unit == "M" {
            "minutes or months? the units are `d`, `h`, `m`, `s` and `ms`"
        } else {
            "the units are `d`, `h`, `m`, `s` and `ms`"
        };
        return Flaw { why: why.to_owned(), better: meant_duration(text) };
    }
    let alone = text.bytes().all(|b| b.is_ascii_digit());
    let why = if alone {
        format!("the unit is missing: `{number}s`, `{number}m`, `{number}h` or `{number}d`")
    } else {
        "no space stands between a number and its unit".to_owned()
    };
    let better = if number == 0 && alone { Some("0s".to_owned()) } else { meant_duration(text) };
    Flaw { why, better }
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
    let signed = |better| format!("{}{better}", if negative { '-' } else { '+' });
    let length =
        span(rest.trim_start()).map_err(|flaw| Flaw { better: flaw.better.map(signed), ..flaw })?;
    let ticks = i64::try_from(length.0).unwrap_or(i64::MAX);
    Ok(if negative { -ticks } else { ticks })
}

/// Units of sizes.
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

/// Why a size in bits is not read.
const BITS_OR_BYTES: &str = "bits or bytes? only bytes are read, and have a capital `B`";

/// True for `Mb`, `mib` and `kbps`, which are bits by the book and bytes to many. `b` alone is taken
/// for a byte, except in a rate.
fn maybe_bits(unit: &str) -> bool {
    unit.ends_with("bps") || (unit != "b" && unit.ends_with('b'))
}

/// What `1.5 GiB`, `100 MIB`, `104,857,600` or `8 Mbit` are as they are written here: exactly that,
/// or nothing.
fn meant_size(text: &str) -> Option<String> {
    if let Some(number) = without_separators(text) {
        return Some(number);
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || ".,".contains(c));
    let amount = &text[..text.len() - unit.len()];
    let unit = unit.trim_start();
    if maybe_bits(unit) {
        return None;
    }
    let bits = unit.strip_suffix("bit").or_else(|| unit.strip_suffix("bits"));
    let (size, binary) = match bits {
        Some(prefix) => {
            let unit = KINDS.into_iter().find(|(name, _)| *name == format!("{prefix}B"))?;
            let size = decimal(amount, unit.1)?;
            (size.is_multiple_of(8).then_some(size / 8)?, prefix.ends_with('i'))
        }
        None => {
            let named = |(name, _): &(&str, u64)| name.eq_ignore_ascii_case(unit);
            let (name, size) = KINDS.into_iter().find(named)?;
            (decimal(amount, size)?, name.contains('i'))
        }
    };
    let fits = |(name, factor): &(&str, u64)| {
        (name.contains('i') == binary || *name == "B")
            && size.is_multiple_of(*factor)
            && *factor <= size
    };
    let (name, factor) = KINDS.into_iter().filter(fits).max_by_key(|(_, factor)| *factor)?;
    Some(format!("{} {name}", size / factor))
}

/// `1,000`, `1.000.000`, `1_000`, `1'000` without what separates the thousands.
fn without_separators(text: &str) -> Option<String> {
    let mut groups = text.split([',', '.', '_', '\'', ' ', '\u{a0}', '\u{202f}']);
    let first = groups.next().filter(|first| !first.starts_with('0'))?;
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let mut number = first.to_owned();
    for group in groups {
        if group.len() != 3 || !digits(group) {
            return None;
        }
        number.push_str(group);
    }
    let separated = number.len() > first.len() && (1..=3).contains(&first.len()) && digits(first);
    separated.then_some(number)
}

/// `512`, `10 B`, `4 KiB`: a whole number with or without a unit.
pub(crate) fn bytes(text: &str) -> Result<u64, Flaw> {
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
            None if maybe_bits(unit) => return flaw(BITS_OR_BYTES),
            None if unit.starts_with(['.', ',']) => {
                let unit = unit.trim_start_matches(|c: char| !c.is_alphabetic());
                if maybe_bits(unit) {
                    return flaw(BITS_OR_BYTES);
                }
                let why = "only whole numbers are read: `1536 MiB` instead of `1.5 GiB`";
                return Err(Flaw { why: why.to_owned(), better: meant_size(text) });
            }
            None => {
                let why = "the units are `KiB`, `MiB`, `GiB`; `KB`, `MB`, `GB` count in thousands";
                return Err(Flaw { why: why.to_owned(), better: meant_size(text) });
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
    let unit = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let (unit, _) = unit.split_once(['/', ' ']).unwrap_or((unit, ""));
    if unit == "b" || maybe_bits(unit) {
        return flaw(BITS_OR_BYTES);
    }
    let Some(size) = text.strip_suffix("/s") else {
        let size = ["per second", "/sec", "/second", "ps", "p/s"]
            .into_iter()
            .find_map(|end| text.strip_suffix(end))
            .unwrap_or(text)
            .trim_end();
        let better = bytes(size).map_or_else(|flaw| flaw.better, |_| Some(size.to_owned()));
        let better = better.map(|size| format!("{size}/s"));
        return Err(Flaw { why: "a rate ends in `/s`, such as `64 KiB/s`".to_owned(), better });
    };
    let size = bytes(size.trim_end())
        .map_err(|flaw| Flaw { better: flaw.better.map(|better| format!("{better}/s")), ..flaw });
    match size? {
        rate if rate <= FASTEST => Ok(rate),
        _ => flaw("no rate may be above 1 TiB/s"),
    }
}

/// Whether two texts are one and the same quantity, the second as it is written here and the first
/// perhaps as it is written elsewhere. Nothing if the second is no quantity.
pub(crate) fn same(old: &str, new: &str) -> Option<bool> {
    fn read<T: PartialEq>(
        old: &str,
        new: &str,
        read: impl Fn(&str) -> Result<T, Flaw>,
    ) -> Option<bool> {
        let new = read(new).ok()?;
        let old = read(old).or_else(|flaw| read(flaw.better.as_deref().unwrap_or_default()));
        Some(old.is_ok_and(|old| old == new))
    }
    // In a map, a number may be cut: `{times: 1, 000}`.
    let joined: String = old.split_whitespace().collect();
    let readings = [
        read(old, new, span),
        read(old, new, signed_ticks),
        read(old, new, bytes),
        read(old, new, rate),
        read(&joined, new, whole),
        read(old, new, wall_time),
    ];
    let mut readings = readings.into_iter().flatten().peekable();
    readings.peek()?;
    Some(readings.any(|same| same))
}

/// A whole number, decimal or `0x` and hexadecimal.
pub(crate) fn whole(text: &str) -> Result<u64, Flaw> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16),
        None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse(),
        None if text.starts_with('-') && text[1..].bytes().all(|b| b.is_ascii_digit()) => {
            return flaw("no number is negative here");
        }
        _ => {
            let better = without_separators(text);
            let why = match better {
                Some(_) => "digits are written without separators",
                None => "a whole number is needed",
            };
            return Err(Flaw { why: why.to_owned(), better });
        }
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
                let better = match ticks_of(time) {
                    Ok(_) => Some(format!("{text}Z")),
                    Err(_) => in_utc(days, time),
                };
                return Err(Flaw { why: "times are UTC and end in `Z`".to_owned(), better });
            }
        },
    };
    Ok(WallTime(days * 86_400 * TICKS_PER_SECOND + ticks))
}

/// The time that `12:00:00+01:00` on that day is in UTC.
fn in_utc(days: u64, time: &str) -> Option<String> {
    let sign = time.rfind(['+', '-'])?;
    let (clock, offset) = time.split_at(sign);
    let midnight = days * 86_400 * TICKS_PER_SECOND;
    let local = midnight + ticks_of(clock).ok()?;
    let offset_ticks = ticks_of(&offset[1..]).ok()?;
    let utc = match offset.starts_with('+') {
        true => local.checked_sub(offset_ticks)?,
        false => local + offset_ticks,
    };
    Some(WallTime(utc).to_string().replace(".000Z", "Z"))
}

/// `2026-3-1` and `01.03.2026` as they are written here. In `3/1/2026` nobody knows the month.
fn meant_date(date: &str) -> Option<String> {
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = date.split(separator).collect();
    let (year, month, day) = match (separator, parts.as_slice()) {
        ('-' | '/', [year, month, day]) if year.len() == 4 => (year, month, day),
        ('.', [day, month, year]) if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let better = format!("{year}-{month:0>2}-{day:0>2}");
    days_of(&better).ok().map(|_| better)
}

/// Days from 1601-01-01 to a date.
fn days_of(date: &str) -> Result<u64, Flaw> {
    let misshapen = || {
        let why = "a date is written year-month-day: `2026-01-31`".to_owned();
        // A date that is well formed is no candidate for a better one.
        let formed = date.len() == 10 && date.split('-').count() == 3;
        Err(Flaw { why, better: if formed { None } else { meant_date(date) } })
    };
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return misshapen();
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return misshapen();
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
mod tests;
