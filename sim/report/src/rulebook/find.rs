//! Rules by what they speak of.

use super::all;
use crate::families;
use bitsim_vocab::RuleId;

/// Every rule that speaks of all words of `text`, best first: words of its own sentence count for
/// more than those of what is seen when it is broken, whole words for more than parts of one, and a
/// rule of a family that is about them for more than another. Letter case does not matter, nor do
/// hyphens and endings: `logoff` finds `log-off` and `logs off` as well.
#[must_use]
pub fn find(text: &str) -> Vec<RuleId> {
    let wanted: Vec<String> = text.split_whitespace().map(joined).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u32, RuleId)> = Vec::new();
    for rule in all() {
        let Some(id) = rule.rule_id() else { continue };
        let (sentence, seen) = (Words::of(&rule.rule), Words::of(&rule.observable));
        let about = Words::of(families::about(families::of(id)));
        let worth = |word: &&str| match (4 * sentence.worth(word)).max(seen.worth(word)) {
            0 => 0,
            worth => worth + about.worth(word),
        };
        let each: Vec<u32> = wanted.iter().map(worth).collect();
        if !each.contains(&0) {
            found.push((each.iter().sum(), id));
        }
    }
    // Those that are worth the same stay in the order of the catalogue.
    found.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    found.into_iter().map(|(_, id)| id).collect()
}

/// The words of a text without their endings, each pair of neighbours also as one word.
struct Words(Vec<String>);

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut last = String::new();
        for chunk in text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')) {
            for part in chunk.split(['_', '-']).filter(|part| !part.is_empty()) {
                let part = stem(&part.to_lowercase());
                words.push(format!("{last}{part}"));
                words.push(part.clone());
                last = part;
            }
            if chunk.contains(['_', '-']) {
                words.push(joined(chunk));
            }
        }
        Self(words)
    }

    /// 3 if the word is there, 2 if one begins with it, 1 if it is within one, 0 if it is nowhere.
    /// Short words are within too many others to be looked for there.
    fn worth(&self, wanted: &str) -> u32 {
        let worth = |word: &String| match word.strip_prefix(wanted) {
            Some("") => 3,
            Some(_) => 2,
            None => u32::from(wanted.len() > 3 && word.contains(wanted)),
        };
        self.0.iter().map(worth).max().unwrap_or(0)
    }
}

/// A word in small letters, without hyphens and the endings of its parts.
fn joined(word: &str) -> String {
    let parts = word.split(|c: char| !c.is_alphanumeric());
    parts.map(|part| stem(&part.to_lowercase())).collect()
}

/// A word without the ending of a plural or a verb: `logged` and `logs` become `log`.
fn stem(word: &str) -> String {
    let shorter = ["ing", "ed", "es", "s"].iter().find_map(|end| {
        let rest = word.strip_suffix(end)?;
        (rest.len() >= 3 && !rest.ends_with('s')).then_some(rest)
    });
    let Some(rest) = shorter else { return word.to_owned() };
    let mut letters = rest.chars().rev();
    match (letters.next(), letters.next()) {
        // `logg` is what is left of `logged`, but `call` of `called`.
        (Some(last), Some(before)) if last == before && last != 'l' && rest.len() > 3 => {
            rest.chars().take(rest.chars().count() - 1).collect()
        }
        _ => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found_however_they_are_written() {
        let logoff = find("logoff");
        assert!(logoff.contains(&RuleId::BITS_USER_002), "logs off: {logoff:?}");
        assert!(logoff.contains(&RuleId::BITS_USER_004), "Log-off: {logoff:?}");
        assert!(logoff.len() < 40, "{}", logoff.len());
        assert!(families::of(logoff[0]) == "BITS-USER", "its family is about it: {logoff:?}");
        for other in ["log-off", "LOGOFF", "Log-Off", "logged-off"] {
            assert_eq!(find(other), logoff, "{other}");
        }
        assert!(find("LOG").len() >= logoff.len());
        let timeout = find("timeout");
        assert!(timeout.contains(&RuleId::DOD_RETRY_015), "connect timeout: {timeout:?}");
        assert!(timeout.len() > 40, "no-progress timeouts: {}", timeout.len());
        assert_eq!(find("time-out"), timeout);
    }

    #[test]
    fn all_words_must_be_there_and_the_sentence_counts_first() {
        let both = find("error count disconnect");
        assert_eq!(both.first(), Some(&RuleId::BITS_ERRCOUNT_004), "{both:?}");
        let one = find("disconnect");
        assert!(both.len() < one.len());
        assert!(both.iter().all(|rule| one.contains(rule)));
        assert_eq!(find("disconnect xyzzy"), []);
        assert_eq!(find("  - "), []);
    }

    #[test]
    fn endings_go_and_short_words_stay() {
        let pairs = [("logged", "log"), ("calls", "call"), ("called", "call"), ("as", "as")];
        for (word, left) in pairs {
            assert_eq!(stem(word), left);
        }
        assert_eq!(stem("access"), "access");
        assert_eq!(stem("retries"), stem("retri"));
    }
}
