//! The summary of a suite for the page of a pull request: what failed by root cause, what behaves
//! differently by rule, what that proves, and the first failure in full.

use crate::causes::{self, Cause};
use crate::changes::Changes;
use crate::results::{Ended, Results};
use crate::words;
use std::fmt::Write;

/// GitHub shows no more than this of the summaries of one step.
pub const MOST_BYTES: usize = 1 << 20;

/// No more causes than this are told.
const MOST_CAUSES: usize = 50;

/// No more of the first failure is shown than this, in bytes.
const MOST_TEXT: usize = 60_000;

/// The summary as Markdown, at most `room` bytes. `changes` is what behaves differently, if the
/// suite was compared with a record.
#[must_use]
pub fn markdown(results: &Results, changes: Option<&Changes>, room: usize) -> String {
    let mut out = head(results);
    let causes = causes::of(results);
    if !causes.is_empty() {
        out += "\n| what failed | first in | runs |\n| --- | --- | ---: |\n";
        for cause in causes.iter().take(MOST_CAUSES) {
            out += &row(cause);
        }
        if causes.len() > MOST_CAUSES {
            let _ = writeln!(out, "\nand {} more causes", causes.len() - MOST_CAUSES);
        }
        out += &sentences(&causes);
    }
    if let Some(changes) = changes {
        out.push('\n');
        out += &changes.markdown();
    }
    if let Some(first) = results.runs.iter().find(|run| !run.text.is_empty()) {
        let text = cut(&first.text, MOST_TEXT);
        let fence = fence(&text);
        let _ = write!(
            out,
            "\n<details><summary>the first failure: {}</summary>\n\n{fence}text\n{}\n{fence}\n\n\
             </details>\n",
            escaped(&first.name),
            text.trim_end()
        );
    }
    cut(&out, room)
}

/// The verdict, and what it proves.
fn head(results: &Results) -> String {
    let mut out = format!("## bitsim: {}\n\n", verdict(results));
    let rules = results.suite.rules_line();
    let rules = rules.trim_start_matches("rules").trim();
    if results.suite.runs() > 0 {
        let _ = writeln!(out, "rules: {rules}");
    }
    out
}

fn verdict(results: &Results) -> String {
    let invalid = results.count(Ended::Invalid);
    if invalid > 0 {
        return format!("{} cannot be read; nothing was run", words::count(invalid, "scenario"));
    }
    let text = results.text(None);
    text.lines().next().unwrap_or_default().replacen("  ", " ", 1)
}

/// One cause as a row of the table: rule or demand, place, number of runs.
fn row(cause: &Cause<'_>) -> String {
    let Cause { run, failed, more } = cause;
    let mut what = failed.headline();
    let contrast = failed.contrast();
    if !contrast.is_empty() {
        let _ = write!(what, "; {contrast}");
    }
    if let Some(behind) = &failed.behind {
        let _ = write!(what, " ({behind})");
    }
    let place = match failed.line {
        0 => run.path.clone(),
        line => format!("{}:{line}", run.path),
    };
    format!("| {} | {}<br>{} | {} |\n", escaped(&what), escaped(&run.name), code(&place), more + 1)
}

/// The sentence of each broken rule with its page.
fn sentences(causes: &[Cause<'_>]) -> String {
    let mut out = String::new();
    let mut told: Vec<&str> = Vec::new();
    for cause in causes.iter().take(MOST_CAUSES) {
        let Some(rule) = cause.failed.entry() else { continue };
        if told.contains(&rule.id.as_str()) {
            continue;
        }
        told.push(&rule.id);
        out += if told.len() == 1 { "\n" } else { "" };
        let _ = write!(out, "- **{}**: {}", rule.id, escaped(&rule.rule));
        match rule.pages().into_iter().next() {
            Some(page) => {
                let title = escaped(&page.title);
                let _ = match page.address {
                    Some(address) => writeln!(out, " [{title}](https://{address})"),
                    None => writeln!(out, " ({title})"),
                };
            }
            None => out.push('\n'),
        }
    }
    out
}

/// A text in a line or a cell of Markdown.
fn escaped(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ").replace('|', "\\|").replace('<', "&lt;")
}

/// A text as it is, in a cell of Markdown.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let mark = "`".repeat(longest + 1);
    // Blanks keep the marks apart from those of the text, and are not shown.
    let gap = if longest > 0 { " " } else { "" };
    let line = text.replace(char::is_control, " ").replace('|', "\\|");
    format!("{mark}{gap}{line}{gap}{mark}")
}

/// A fence that the text does not end.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// The text, or as much of it as there is room for, with a remark that this is not all.
fn cut(text: &str, room: usize) -> String {
    const REMARK: &str = "\n\n(cut here: there is no room for the rest)\n";
    if text.len() <= room {
        return text.to_owned();
    }
    let mut end = room.saturating_sub(REMARK.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match room >= REMARK.len() {
        true => format!("{}{REMARK}", &text[..end]),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::compare;
    use crate::record::tests::record;
    use crate::results::tests::results;

    #[test]
    fn a_summary_reads_like_this() {
        let mut all = results();
        all.runs.truncate(2);
        let same = compare(&record(), &record());
        let text = markdown(&all, Some(&same), MOST_BYTES);
        assert_eq!(text, include_str!("../expected/summary.md"), "\n{text}");
    }

    #[test]
    fn a_summary_has_an_end() {
        let mut all = results();
        let broken = all.runs[1].clone();
        for number in 0..62 {
            let mut other = broken.clone();
            other.failures[0].is_rule = false;
            other.failures[0].line = number;
            other.failures[0].title = "`\u{e4}`".repeat(100);
            other.text = "```\n".repeat(20_000);
            all.runs.insert(0, other);
        }
        let whole = markdown(&all, None, MOST_BYTES);
        assert!(whole.contains("\nand ") && whole.contains(" more causes\n"), "it counts the rest");
        assert!(whole.contains("(cut here: there is no room for the rest)"));
        assert!(whole.contains("\n````text\n"), "a fence in the text does not end it");
        for room in [0, 10, 60, 1_000, 1_001, 1_002] {
            assert!(markdown(&all, None, room).len() <= room, "{room}");
        }
    }

    #[test]
    fn a_path_ends_neither_its_cell_nor_itself() {
        assert_eq!(code("a/b.yaml:3"), "`a/b.yaml:3`");
        assert_eq!(code("a|b.yaml:3"), "`a\\|b.yaml:3`");
        assert_eq!(code("`a``b`"), "``` `a``b` ```");
        let mut all = results();
        all.runs.truncate(2);
        all.runs[1].path = "a|`b.yaml".to_owned();
        let text = markdown(&all, None, MOST_BYTES);
        assert!(text.contains("<br>`` a\\|`b.yaml:"), "{text}");
    }

    #[test]
    fn the_verdict_of_a_suite_that_was_not_run_says_so() {
        let text = markdown(&results(), None, MOST_BYTES);
        let first = text.lines().next();
        assert_eq!(first, Some("## bitsim: 1 scenario cannot be read; nothing was run"));
        let mut all = results();
        all.runs.truncate(3);
        assert!(markdown(&all, None, MOST_BYTES).starts_with("## bitsim: FAULT 1 run made"));
    }
}
