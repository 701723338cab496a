//! What holds if a key is left out, where its meaning ends in a plain value: `Default: 5m.`

use super::json::Json;
use super::values::written;
use bitsim_scenario::grammar::{Key, Kind};

/// The default of a key, if it is a single value of the right kind. `Default: the first client.` and
/// `Default: 1h on do-legacy, 30m on do-download.` are none.
pub(super) fn of(key: &Key) -> Option<Json> {
    let (_, rest) = key.doc.split_once("Default: ")?;
    let end = rest.find(". ").unwrap_or_else(|| rest.trim_end_matches('.').len());
    let text = rest.get(..end)?.trim_matches('`');
    fits(text, &key.value).then(|| written(text)).flatten()
}

/// True if the text is a value of the kind beyond doubt.
fn fits(text: &str, kind: &Kind) -> bool {
    match kind {
        Kind::Boolean => matches!(text, "true" | "false"),
        Kind::Number(least, most) => {
            text.parse::<u64>().is_ok_and(|number| (*least..=*most).contains(&number))
        }
        Kind::Duration | Kind::WholeSeconds => text.split(' ').all(|part| {
            let unit = part.trim_start_matches(|c: char| c.is_ascii_digit());
            unit != part && matches!(unit, "d" | "h" | "m" | "s" | "ms")
        }),
        Kind::Size => is_size(text),
        Kind::Rate => text.strip_suffix("/s").is_some_and(is_size),
        Kind::Date => text.ends_with('Z') && text.starts_with(|c: char| c.is_ascii_digit()),
        Kind::Words(words) => words.iter().any(|word| word.word == text),
        Kind::OneOf(kinds) => kinds.iter().any(|kind| fits(text, kind)),
        _ => false,
    }
}

fn is_size(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let known = ["B", "KiB", "MiB", "GiB", "TiB", "KB", "MB", "GB", "TB"];
    unit != text && (unit.is_empty() || known.contains(&unit.trim_start()))
}
