//! Reading `--until`: `25m`, `3d 1h`, `00:25:00.040`, `#21`.

use bitsim::report::trace::Until;
use bitsim::vocab::{SimTime, Span};

/// A time since the start, as a scenario or as a trace writes it, or the number of an event.
pub(crate) fn parse(text: &str) -> Result<Until, String> {
    // The shell of Windows leaves single quotes in place.
    let text = text.trim_matches('\'').trim();
    if let Some(Ok(event)) = text.strip_prefix('#').map(str::parse) {
        return Ok(Until::Event(event));
    }
    // Minutes to some, an event to others.
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("a bare number may mean either: write {text}m or '#{text}'"));
    }
    let time = if text.contains(':') { clock(text) } else { span(text) };
    let time = time.map(|span| Until::Time(SimTime::ZERO + span));
    time.ok_or_else(|| "write a time as 25m, '3d 1h' or 00:25:00, an event as '#21'".to_owned())
}

/// `3d 1h`
pub(crate) fn span(text: &str) -> Option<Span> {
    const UNITS: [(&str, u64); 5] = [
        ("ms", 10_000),
        ("s", 10_000_000),
        ("m", 600_000_000),
        ("h", 36_000_000_000),
        ("d", 864_000_000_000),
    ];
    let mut ticks: u64 = 0;
    for part in text.split_whitespace() {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = part.split_at(digits);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        ticks = ticks.checked_add(number.parse::<u64>().ok()?.checked_mul(*size)?)?;
    }
    (!text.is_empty()).then_some(Span(ticks))
}

/// `00:25:00`, `00:25:00.040`, `3d 01:00:00.000`
fn clock(text: &str) -> Option<Span> {
    let (days, time) = match text.split_once("d ") {
        Some((days, time)) => (days.parse().ok()?, time),
        None => (0_u64, text),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let fits = fraction.len() <= 7 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let ticks: u64 = if fits { format!("{fraction:0<7}").parse().ok()? } else { return None };
    let parts: Vec<u64> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    let whole = days
        .checked_mul(86_400)?
        .checked_add(hours.checked_mul(3_600)?)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(seconds)?;
    whole.checked_mul(10_000_000)?.checked_add(ticks).map(Span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<u64> {
        match parse(text) {
            Ok(Until::Time(at)) => Some(at.0 / 10_000),
            _ => None,
        }
    }

    #[test]
    fn times_read_as_scenarios_and_traces_write_them() {
        assert_eq!(millis("25m"), Some(1_500_000));
        assert_eq!(millis("3d 1h"), Some(262_800_000));
        assert_eq!(millis("40ms"), Some(40));
        assert_eq!(millis("00:25:00"), Some(1_500_000));
        assert_eq!(millis("00:25:00.040"), Some(1_500_040));
        assert_eq!(millis("3d 01:00:00.000"), Some(262_800_000));
    }

    #[test]
    fn events_go_by_their_number() {
        for text in ["#21", "'#21'"] {
            assert_eq!(parse(text), Ok(Until::Event(21)), "{text}");
        }
    }

    #[test]
    fn nonsense_is_told_so() {
        let far = "99999999999999999999d";
        for text in ["", "25", "soon", "25 m", "1:2", "::", "00:00:00.x", "-3m", far, "é:00:00"] {
            let read = parse(text);
            assert!(read.is_err(), "{text}: {read:?}");
        }
        assert!(parse("25").is_err_and(|why| why.ends_with("write 25m or '#25'")));
    }
}
