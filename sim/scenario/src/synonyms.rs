//! Words of other programs for what has another name here, and the slips of the fingers.

use crate::suggest::closest;

/// A word, and what it is called here.
const SYNONYMS: &[(&str, &str)] = &[
    ("logout", "log_off"),
    ("logoff", "log_off"),
    ("sign_out", "log_off"),
    ("login", "log_on"),
    ("logon", "log_on"),
    ("sign_in", "log_on"),
    ("reboot", "restart_computer"),
    ("job_modified", "job_modification"),
    ("paused", "SUSPENDED"),
    ("suspended", "Paused"),
];

/// The known word that was probably meant.
pub(crate) fn meant_by<'c>(
    word: &str,
    known: impl IntoIterator<Item = &'c str, IntoIter: Clone>,
) -> Option<&'c str> {
    let mut known = known.into_iter();
    let lower = word.to_ascii_lowercase();
    let exact = known.clone().any(|candidate| candidate.eq_ignore_ascii_case(word));
    let mut synonyms =
        SYNONYMS.iter().filter(|(synonym, _)| !exact && *synonym == lower).map(|(_, name)| *name);
    let named = synonyms.find_map(|name| known.clone().find(|candidate| *candidate == name));
    named.or_else(|| closest(word, known.by_ref()))
}

/// The one name that ends in the word: `ERROR_WINHTTP_TIMEOUT` for `WINHTTP_TIMEOUT`.
pub(crate) fn with_prefix<'c>(
    word: &str,
    known: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let end = format!("_{}", word.to_ascii_uppercase());
    let mut longer = known.into_iter().filter(|name| word.len() >= 5 && name.ends_with(&end));
    let first = longer.next()?;
    longer.all(|other| other == first).then_some(first)
}
