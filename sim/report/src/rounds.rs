//! Rounds: a few lines that come again and again, as those of a job that is retried for days.

use crate::lines::{ErrorCell, Line};

/// The longest round that is looked for, in lines.
const LONGEST: usize = 40;

/// So many repetitions are left in place: it takes more to be worth a remark.
const FEW: usize = 2;

/// Lines that say the same as those before them, but for their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeat {
    /// Index of the first repeated line.
    pub(crate) first: usize,
    /// Lines of one round.
    pub(crate) lines: usize,
    /// How often they come again.
    pub(crate) times: usize,
}

/// Every stretch of repeated rounds, in order.
pub(crate) fn find(lines: &[Line]) -> Vec<Repeat> {
    among(&lines.iter().map(shape).collect::<Vec<String>>())
}

/// The same for lines of any other kind, of which `shapes` says what they say; see [`alike`].
pub(crate) fn among(shapes: &[String]) -> Vec<Repeat> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < shapes.len() {
        match longest_at(&shapes[start..]) {
            Some((round, times)) => {
                found.push(Repeat { first: start + round, lines: round, times });
                start += round * (times + 1);
            }
            None => start += 1,
        }
    }
    found
}

/// The length of the shortest round that begins here, and how often it comes again.
fn longest_at(shapes: &[String]) -> Option<(usize, usize)> {
    (1..=LONGEST.min(shapes.len() / 2)).find_map(|round| {
        let same = shapes.iter().zip(&shapes[round..]).take_while(|(one, other)| one == other);
        let times = same.count() / round;
        (times > FEW).then_some((round, times))
    })
}

/// What a line says, with every number alike.
fn shape(line: &Line) -> String {
    let error = match line.error {
        ErrorCell::Blank => String::new(),
        ErrorCell::None => "-".to_owned(),
        ErrorCell::Same(code) => format!("same {}", code.0),
        ErrorCell::New(code) => format!("new {}", code.0),
        ErrorCell::Carried(code) => format!("carried {}", code.0),
        ErrorCell::Gone(_) => "gone".to_owned(),
        ErrorCell::Pair(error, extended) => format!("{} {}", error.0, extended.0),
    };
    let said = [&line.what, &line.count, &line.because, &line.detail].map(|text| alike(text));
    format!("{}\t{}\t{error}", line.who, said.join("\t"))
}

/// The text with `0` for every number, and `0th` for every ordinal.
pub(crate) fn alike(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        out += before;
        out.push('0');
        rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
        for ending in ["st", "nd", "rd"] {
            if let Some(after) = rest.strip_prefix(ending)
                && !after.starts_with(char::is_alphanumeric)
            {
                out += "th";
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn the_shortest_round_is_found() {
        assert_eq!(longest_at(&shapes("abababab")), Some((2, 3)));
        assert_eq!(longest_at(&shapes("aaaab")), Some((1, 3)));
        assert_eq!(longest_at(&shapes("ababab")), None, "twice more is not worth a remark");
        assert_eq!(longest_at(&shapes("xabab")), None);
        assert_eq!(longest_at(&[]), None);
    }

    #[test]
    fn numbers_make_no_difference_but_words_do() {
        assert_eq!(alike("attempt 12 at 3d 01:00"), "attempt 0 at 0d 0:0");
        assert_eq!(alike("2nd time"), alike("13th time"));
        assert_ne!(alike("1 -> 2"), alike("2"));
        assert_eq!(alike("5 stones"), "0 stones");
    }
}
