//! Results in the Test Anything Protocol, version 14: a plan, then a line for each run, with a
//! block of YAML below each one that is not ok.

use crate::results::{Ended, Played, Results};
use std::fmt::Write;

/// The whole stream.
#[must_use]
pub fn text(results: &Results) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", results.runs.len());
    for (index, run) in results.runs.iter().enumerate() {
        let held = run.outcome == Ended::Held;
        let ok = if held { "ok" } else { "not ok" };
        let _ = writeln!(out, "{ok} {} - {}", index + 1, description(&run.name));
        if !held {
            out += &diagnostic(run);
        }
    }
    out
}

/// A name with the characters escaped that would end it.
fn description(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '\\' | '#' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The block below a run that is not ok: its first failure, and the others in short.
fn diagnostic(run: &Played) -> String {
    let mut out = "  ---\n".to_owned();
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {key}: {}", quoted(value));
        }
    };
    put("outcome", run.outcome.word());
    put("message", &run.headline());
    put("file", &run.path);
    put("target", run.target.as_deref().unwrap_or_default());
    let mut more: Vec<String> = Vec::new();
    if let Some((first, others)) = run.failures.split_first() {
        put("rule", first.rule.as_deref().unwrap_or_default());
        put("behind", first.behind.as_deref().unwrap_or_default());
        let page = first.entry().and_then(|rule| rule.pages().into_iter().next());
        if let Some(page) = page {
            put("page", &page.title);
            put("url", &page.address.map_or(String::new(), |address| format!("https://{address}")));
        }
        put("expected", &first.expected);
        put("got", &first.got);
        put("at", if first.event > 0 { &first.at } else { "" });
        more = others.iter().map(|failed| failed.headline()).collect();
    }
    put("again", &run.again);
    if let Some(first) = run.failures.first() {
        for (key, number) in
            [("line", first.line), ("column", first.column), ("event", first.event)]
        {
            if number > 0 {
                let _ = writeln!(out, "  {key}: {number}");
            }
        }
    }
    if !more.is_empty() {
        out += "  also:\n";
        for headline in more {
            let _ = writeln!(out, "    - {}", quoted(&headline));
        }
    }
    out + "  ...\n"
}

/// What no line of YAML may hold as it is, although it controls nothing.
const SPECIAL: [char; 5] = ['\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'];

/// A text in double quotes, on one line, as YAML and JSON both read it.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c if c.is_control() || SPECIAL.contains(&c) => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    #[test]
    fn a_stream_reads_like_this() {
        let text = text(&results());
        assert_eq!(text, include_str!("expected/results.tap"), "\n{text}");
    }

    #[test]
    fn the_outcome_decides_what_is_ok() {
        let mut all = results();
        for run in &mut all.runs {
            run.outcome = Ended::Unsettled;
            run.failures.clear();
        }
        let text = text(&all);
        let lines: Vec<&str> = text.lines().skip(2).filter(|line| !line.starts_with(' ')).collect();
        assert!(
            lines.len() == all.runs.len() && lines.iter().all(|line| line.starts_with("not ok "))
        );
        assert!(text.contains("\n  outcome: \"unsettled\"\n"), "{text}");
    }

    #[test]
    fn what_would_end_a_name_or_a_value_is_escaped() {
        assert_eq!(description("a # b \\ c\nd"), "a \\# b \\\\ c d");
        let odd = "say \"a\\b\"\n\u{1}\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}";
        let read: String = serde_yaml::from_str(&quoted(odd)).expect("YAML");
        assert_eq!(read, odd);
        assert_eq!(serde_json::from_str::<String>(&quoted(odd)).ok().as_deref(), Some(odd));
    }
}
