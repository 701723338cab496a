//! How values are written in a failure.

use bitsim_scenario::plan::Number;
use bitsim_vocab::call::BG_SIZE_UNKNOWN;
use bitsim_vocab::download::{CostPolicy, DownloadProperty, DownloadState, Value};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::{Hresult, JobState, Span};

/// `A`, `A or B`, `A, B or C`.
pub(super) fn either(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Documented names of states.
pub(crate) fn state_list(states: &[JobState]) -> String {
    either(&states.iter().map(|state| state.name().to_owned()).collect::<Vec<_>>())
}

/// Documented names of the states of downloads.
pub(crate) fn download_states(states: &[DownloadState]) -> String {
    either(&states.iter().map(|state| state.name().to_owned()).collect::<Vec<_>>())
}

/// The value of a property, as scenarios write it; codes of choices by their names.
pub(super) fn value(property: u32, value: &Value) -> String {
    match (DownloadProperty::from_value(property), value) {
        (_, Value::Empty) => "VT_EMPTY".to_owned(),
        (_, Value::Object) => "an object".to_owned(),
        (_, Value::Text(text)) => quoted(text),
        (_, Value::Flag(flag)) => flag.to_string(),
        (_, Value::Guid(guid)) => format!("the GUID {guid:032x}"),
        (Some(DownloadProperty::CostPolicy), Value::Number(n)) => {
            let policies = CostPolicy::ALL.iter();
            let named = policies.copied().find(|policy| u64::from(policy.value()) == *n);
            named.map_or_else(|| n.to_string(), |policy| policy.name().to_owned())
        }
        (_, Value::Number(n)) => n.to_string(),
    }
}

/// The name of a property, or its number where it has none.
pub(super) fn property(number: u32) -> String {
    let known = DownloadProperty::from_value(number);
    known.map_or_else(|| format!("property {number}"), |property| property.name().to_owned())
}

/// Name and number of each code.
pub(super) fn code_list(codes: &[Hresult]) -> String {
    either(&codes.iter().map(|code| self::code(*code)).collect::<Vec<_>>())
}

/// Name and number of a code; S_OK needs no number.
pub(super) fn code(code: Hresult) -> String {
    if code == Hresult::S_OK { code.to_string() } else { WithNumber(code).to_string() }
}

/// `2`, `at least 2`, `at most 2`.
pub(super) fn number(wanted: Number, text: fn(u64) -> String) -> String {
    match wanted {
        Number::Exactly(n) => text(n),
        Number::AtLeast(n) => format!("at least {}", text(n)),
        Number::AtMost(n) => format!("at most {}", text(n)),
    }
}

/// `512 B`, `2 KiB`, `unknown`; sizes that are no whole multiple of a unit stay bytes.
pub(super) fn bytes(n: u64) -> String {
    const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    if n == BG_SIZE_UNKNOWN {
        return "unknown".to_owned();
    }
    let whole = |shift: u32| n >> shift > 0 && n.trailing_zeros() >= shift;
    match UNITS.into_iter().find(|(shift, _)| whole(*shift)) {
        Some((shift, unit)) => format!("{} {unit}", n >> shift),
        None => format!("{n} B"),
    }
}

/// `20m`.
pub(super) fn seconds(n: u64) -> String {
    Span::secs(n).to_string()
}

/// `true` or `false`, as scenarios write them.
pub(super) fn yes_or_no(value: bool) -> String {
    value.to_string()
}

/// A text of more characters is shown in part.
const MOST: usize = 40;

/// A text in quotes; of a long one how it begins, and its length.
pub(super) fn quoted(text: &str) -> String {
    part(text, 0)
}

/// Two texts in quotes, of long ones the part in which they differ.
pub(super) fn quoted_pair(one: &str, other: &str) -> (String, String) {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    // What differs is seen with a little of what stands before it. If it is only the length, the
    // lengths are shown anyway.
    let ends = |text: &str| same == text.chars().count();
    let from = if same < MOST || ends(one) || ends(other) { 0 } else { same - MOST / 4 };
    (part(one, from), part(other, from))
}

/// The part of a text from a character on, and its length if that is not all.
fn part(text: &str, from: usize) -> String {
    let length = text.chars().count();
    if from == 0 && length <= MOST {
        return format!("{text:?}");
    }
    let shown: String = text.chars().skip(from).take(MOST).collect();
    let before = if from > 0 { "..." } else { "" };
    let after = if from + MOST < length { "..." } else { "" };
    let quoted = format!("{shown:?}");
    let inner = &quoted[1..quoted.len() - 1];
    format!("\"{before}{inner}{after}\" ({length} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let long = |n: usize| "z".repeat(n);
        assert_eq!(quoted("a \"b\""), r#""a \"b\"""#);
        let head = long(40);
        let said = |n: usize| format!("\"{head}...\" ({n} characters)");
        assert_eq!(quoted_pair(&long(257), &long(256)), (said(257), said(256)));
        let (one, other) = quoted_pair(&(long(60) + "a" + &long(60)), &(long(60) + "b"));
        assert_eq!(one, format!("\"...{}a{}...\" (121 characters)", long(10), long(29)));
        assert_eq!(other, format!("\"...{}b\" (61 characters)", long(10)));
    }

    #[test]
    fn sizes_take_the_largest_unit_that_is_exact() {
        assert_eq!(bytes(900 << 20), "900 MiB");
        assert_eq!(bytes(1025), "1025 B");
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(BG_SIZE_UNKNOWN), "unknown");
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        let states = [JobState::Queued, JobState::Connecting, JobState::Error];
        assert_eq!(state_list(&states), "QUEUED, CONNECTING or ERROR");
        assert_eq!(state_list(&states[..1]), "QUEUED");
    }
}
