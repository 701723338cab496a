//! "Did you mean": the candidate that a mistyped word comes closest to.

/// The candidate with the fewest edits, if they are few enough for a slip of the fingers. Case
/// does not count. Of two candidates that come equally close neither is a better guess.
#[must_use]
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 80;
    let word: Vec<char> = word.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let whole: String = word.iter().collect();
    let allowed = 1 + word.len() / 5;
    let mut best: Option<(usize, &str)> = None;
    let mut tie = false;
    // Names that hold the word: `retry_delay` in `minimum_retry_delay`.
    let mut longer: Vec<&str> = Vec::new();
    for candidate in candidates {
        let ends = candidate.strip_suffix(whole.as_str()).is_some_and(|rest| rest.ends_with('_'));
        if ends && whole.len() >= 5 {
            longer.push(candidate);
        }
        // One more than the best so far: who comes as close is a rival.
        let least = best.map_or(allowed + 1, |(least, _)| least + 1);
        if candidate.len() > 4 * (LONGEST + allowed) {
            continue;
        }
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(word.len()) >= least {
            continue;
        }
        let edits = distance(&word, &letters);
        match best {
            Some((fewest, other)) if edits == fewest => tie |= other != candidate,
            _ if edits < least => (best, tie) = (Some((edits, candidate)), false),
            _ => {}
        }
    }
    match (best, longer.as_slice()) {
        (Some(_), _) if tie => None,
        (Some((_, candidate)), _) => Some(candidate),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// `a`, `b` or `c`, as a message lists them.
pub(crate) fn any_of<S: AsRef<str>>(words: &[S]) -> String {
    listed(words, " or ")
}

/// `a`, `b` and `c`.
pub(crate) fn and_of<S: AsRef<str>>(words: &[S]) -> String {
    listed(words, " and ")
}

fn listed<S: AsRef<str>>(words: &[S], last: &str) -> String {
    let mut list = String::new();
    for (n, word) in words.iter().enumerate() {
        if n > 0 {
            list.push_str(if n + 1 == words.len() { last } else { ", " });
        }
        list.push('`');
        list.push_str(word.as_ref());
        list.push('`');
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let fields = ["minimum_retry_delay", "no_progress_timeout", "files"];
        assert_eq!(closest("minimum_retry_dealy", fields), Some("minimum_retry_delay"));
        assert_eq!(closest("Files", fields), Some("files"));
        assert_eq!(closest("flies", fields), Some("files"));
        assert_eq!(closest("priority", fields), None);
        assert_eq!(closest("fast", ["fast1", "fest"]), None, "either may be meant");
        assert_eq!(closest("fast", ["fest", "fest", "fasted"]), Some("fest"));
        assert_eq!(closest("fast", ["fest", "cast", "FAST"]), Some("FAST"));
        assert_eq!(closest("retry_delay", fields), Some("minimum_retry_delay"));
        assert_eq!(closest("timeout", ["no_progress_timeout", "connect_timeout"]), None);
        assert_eq!(closest("", fields), None);
        assert_eq!(closest(&"x".repeat(100_000), fields), None);
    }

    #[test]
    fn distances_count_a_swap_as_one() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("delay"), &letters("dealy")), 1);
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
        assert_eq!(distance(&letters(""), &letters("abc")), 3);
    }

    #[test]
    fn lists_read_as_people_write_them() {
        assert_eq!(any_of(&["a"]), "`a`");
        assert_eq!(any_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
