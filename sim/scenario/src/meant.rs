//! What was probably meant by a value that is written as other programs write it.

use crate::grammar::{BLOCK, DROP, FAIL, FILE, HTTP, JOB, POLL, ROOT, Shape};
use crate::node::Entry;
use crate::plan::Place;
use bitsim_vocab::Hresult;

/// The place and the digits of a number that a comma has cut in two: `times: 1,000`.
pub(crate) fn thousands(before: &Entry, entry: &Entry) -> Option<(Place, String)> {
    let first = before.value.plain()?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let rest = entry.key.value.as_str();
    if !(digits(first) && digits(rest) && rest.len() == 3 && entry.value.is_null()) {
        return None;
    }
    let place = before.value.place;
    let end = entry.key.place.offset + entry.key.place.len;
    Some((Place { len: end - place.offset, ..place }, format!("{first}{rest}")))
}

/// What was probably meant by an HTTP status alone, or by an HRESULT as other programs write it.
pub(crate) fn hresult_meant(text: &str) -> Option<String> {
    let code = if let Ok(number) = text.parse::<i64>() {
        match number {
            100..=599 => Hresult::http(u16::try_from(number).ok()?),
            _ if number < 0 => Hresult(i32::try_from(number).ok()?.cast_unsigned()),
            _ => Hresult(u32::try_from(number).ok().filter(|n| *n >> 31 == 1)?),
        }
    } else if text.len() == 8 {
        Hresult(u32::from_str_radix(text, 16).ok()?)
    } else {
        return None;
    };
    let name = code.to_string();
    let named = Hresult::from_name(&name).is_some();
    Some(if named { name } else { format!("0x{:08X}", code.0) })
}

/// An example of the value of a field that has to be there, if it fits on one line.
pub(crate) fn example(key: &str) -> Option<&'static str> {
    let shapes: [&Shape; 8] = [&ROOT, &JOB, &FILE, &HTTP, &DROP, &FAIL, &BLOCK, &POLL];
    let example = shapes.into_iter().find_map(|shape| shape.key(key))?.example;
    let fits = !example.is_empty() && example.len() <= 60 && !example.contains('\n');
    fits.then_some(example)
}
