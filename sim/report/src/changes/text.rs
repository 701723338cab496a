//! Changes in words: for the terminal, as Markdown for reviewers, as JSON for programs.

use super::align::{self, Difference};
use super::{Breaks, Change, Changes};
use crate::record::{self, Recorded};
use crate::rulebook::{self, Rule};
use crate::trace::{WIDTH, wrapped};
use crate::words;
use bitsim_vocab::RuleId;
use serde::Serialize;
use std::fmt::Write;

/// Lines of an excerpt before and after what differs.
const AROUND: usize = 2;

/// No more lines that differ than this are shown of each run.
const MOST_DIFFERENT: usize = 6;

/// No more changes than this are shown with their lines.
const MOST_EXCERPTS: usize = 5;

/// No more changes than this are told in full, and no more names of a list.
const MOST_TOLD: usize = 40;

/// The lines of both runs around a difference: ` `, `-` or `+`, then the line.
pub(super) fn excerpt(was: &Recorded, run: &Recorded, at: Difference) -> Vec<String> {
    let line =
        |mark: char, line: &record::Told| shortened(&format!("{mark} {}", record::shown(line)));
    let mut out: Vec<String> = Vec::new();
    let begin = at.new.saturating_sub(AROUND);
    out.extend(
        run.lines[begin.min(run.lines.len())..at.new.min(run.lines.len())]
            .iter()
            .map(|told| line(' ', told)),
    );
    // How many lines differ before both sides say the same again.
    let (old, new) =
        (&was.lines[at.old.min(was.lines.len())..], &run.lines[at.new.min(run.lines.len())..]);
    let same = |one: &record::Told, other: &record::Told| {
        one.at == other.at && align::key(one) == align::key(other)
    };
    let reach = MOST_DIFFERENT * 2;
    let mut meet = (old.len().min(MOST_DIFFERENT), new.len().min(MOST_DIFFERENT));
    'search: for sum in 1..=reach {
        for left in 0..=sum.min(MOST_DIFFERENT) {
            let right = sum - left;
            if right <= MOST_DIFFERENT
                && let (Some(one), Some(other)) = (old.get(left), new.get(right))
                && same(one, other)
            {
                meet = (left, right);
                break 'search;
            }
        }
    }
    // Lines that stand for each other stand together.
    let pairs = if meet.0 == meet.1 { meet.0 } else { 0 };
    for (was, is) in old[..pairs].iter().zip(&new[..pairs]) {
        out.extend([line('-', was), line('+', is)]);
    }
    out.extend(old[pairs..meet.0].iter().map(|told| line('-', told)));
    out.extend(new[pairs..meet.1].iter().map(|told| line('+', told)));
    let rest = &new[meet.1..];
    let both = rest.iter().zip(&old[meet.0..]).take_while(|(new, old)| same(new, old));
    out.extend(both.take(AROUND).map(|(told, _)| line(' ', told)));
    out
}

/// The text within the width of a terminal.
fn shortened(text: &str) -> String {
    let room = WIDTH - 2;
    match text.chars().count() {
        length if length <= room => text.to_owned(),
        _ => text.chars().take(room - 3).collect::<String>() + "...",
    }
}

impl Change {
    /// The rule, or openly that there is none.
    fn about(&self) -> String {
        match &self.rule {
            Some(rule) => rule.clone(),
            None => format!("no rule speaks of it ({})", self.kind),
        }
    }

    /// ` broken now`, ` no longer broken` or nothing.
    const fn turn(&self) -> &'static str {
        match self.breaks {
            Breaks::Now => "broken now",
            Breaks::NoLonger => "no longer broken",
            Breaks::Neither => "",
        }
    }

    fn and_following(&self) -> String {
        match self.following {
            0 => String::new(),
            1 => ", and 1 more line".to_owned(),
            more => format!(", and {more} more lines"),
        }
    }

    /// `bits::error_count::x (3)`.
    fn first_run(&self) -> String {
        let first = self.runs.first().map_or("", String::as_str);
        match self.runs.len() {
            1 => first.to_owned(),
            runs => format!("{first} ({runs})"),
        }
    }

    /// The sentence of the rule in the catalogue of this bitsim.
    fn sentence(&self) -> Option<&'static str> {
        let rule = self.rule.as_deref().and_then(RuleId::parse);
        rule.and_then(rulebook::rule).map(|rule: &Rule| rule.rule.trim())
    }
}

impl Changes {
    /// `3 of 843 runs behave differently; 2 hold no longer`.
    #[must_use]
    pub fn headline(&self) -> String {
        let all = words::count(self.compared, "run");
        if self.is_empty() {
            return format!("no run behaves differently ({all} compared)");
        }
        let mut out = match self.changed {
            0 => format!("no run behaves differently ({all} compared)"),
            1 => format!("1 of {all} behaves differently"),
            changed => format!("{changed} of {all} behave differently"),
        };
        let edited = self.files.iter().filter(|file| file.edited).count();
        if edited > 0 {
            let _ = write!(out, " ({} edited, too)", words::count(edited, "scenario"));
        }
        for (list, what) in [(&self.fail_now, "no longer"), (&self.hold_now, "now")] {
            match list.len() {
                0 => {}
                1 => {
                    let _ = write!(out, "; 1 holds {what}");
                }
                number => {
                    let _ = write!(out, "; {number} hold {what}");
                }
            }
        }
        out
    }

    /// The lists that follow the changes, each with its title.
    fn lists(&self) -> Vec<(&'static str, Vec<String>)> {
        let file = |file: &super::ChangedFile| {
            let edited = if file.edited { ", edited" } else { "" };
            format!("{} ({}{edited})", file.path, words::count(file.runs, "run"))
        };
        let lists = [
            ("runs that hold no longer", self.fail_now.clone()),
            ("runs that hold now", self.hold_now.clone()),
            ("runs that appeared", self.appeared.clone()),
            ("runs that disappeared", self.disappeared.clone()),
            ("rules newly exercised", self.newly_exercised.clone()),
            ("rules no longer exercised", self.no_longer_exercised.clone()),
            ("files", self.files.iter().map(file).collect()),
        ];
        let some = lists.into_iter().filter(|(_, list)| !list.is_empty());
        some.map(|(title, list)| (title, cut(list))).collect()
    }

    /// For people at a terminal, at most 100 columns.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = self.headline() + "\n";
        for (index, change) in self.changes.iter().take(MOST_TOLD).enumerate() {
            let turn = match change.turn() {
                "" => String::new(),
                turn => format!("  {turn}"),
            };
            let _ = writeln!(out, "\n{}{turn}", change.about());
            let said = format!("{}{}", change.change, change.and_following());
            for line in wrapped(&said, WIDTH - 2) {
                let _ = writeln!(out, "  {line}");
            }
            let _ = writeln!(out, "  {}", change.first_run());
            if index < MOST_EXCERPTS {
                for line in &change.excerpt {
                    let _ = writeln!(out, "  {line}");
                }
            }
        }
        if self.changes.len() > MOST_TOLD {
            let more = words::count(self.changes.len() - MOST_TOLD, "more change");
            let _ = writeln!(out, "\nand {more}");
        }
        for (title, list) in self.lists() {
            let _ = writeln!(out, "\n{title}");
            for entry in list {
                let _ = writeln!(out, "  {entry}");
            }
        }
        out
    }

    /// For reviewers: a table by rule, and what else is different below it.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("### {}\n", capitalized(&self.headline()));
        if !self.changes.is_empty() {
            out += "\n| rule | change | runs |\n| --- | --- | --- |\n";
        }
        for change in self.changes.iter().take(MOST_TOLD) {
            let about = match (&change.rule, change.turn()) {
                (Some(rule), "") => format!("**{rule}**"),
                (Some(rule), turn) => format!("**{rule}** ({turn})"),
                (None, _) => change.about(),
            };
            let said = format!("{}{}", change.change, change.and_following());
            let _ = writeln!(out, "| {about} | {} | {} |", cell(&said), cell(&change.first_run()));
        }
        if self.changes.len() > MOST_TOLD {
            let more = words::count(self.changes.len() - MOST_TOLD, "more change");
            let _ = writeln!(out, "\nand {more}");
        }
        let mut told: Vec<&str> = Vec::new();
        for change in self.changes.iter().take(MOST_TOLD) {
            if let (Some(rule), Some(sentence)) = (&change.rule, change.sentence())
                && !told.contains(&rule.as_str())
            {
                out += if told.is_empty() { "\n" } else { "" };
                told.push(rule);
                let _ = writeln!(out, "- {rule}: {}", one_line(sentence));
            }
        }
        for change in self.changes.iter().take(MOST_EXCERPTS) {
            if change.excerpt.is_empty() {
                continue;
            }
            let run = change.runs.first().map_or("", String::as_str);
            let about = change.about();
            let _ = write!(out, "\n<details><summary>{about}: {run}</summary>\n\n```diff\n");
            for line in &change.excerpt {
                let _ = writeln!(out, "{line}");
            }
            out += "```\n\n</details>\n";
        }
        for (title, list) in self.lists() {
            let _ = write!(out, "\n<details><summary>{title}: {}</summary>\n\n", list.len());
            for entry in list {
                let _ = writeln!(out, "- {}", one_line(&entry));
            }
            out += "\n</details>\n";
        }
        out
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Whole<'a> {
            format: &'static str,
            version: u32,
            #[serde(flatten)]
            changes: &'a Changes,
        }
        crate::json(&Whole { format: "bitsim-changes", version: 1, changes: self })
    }
}

/// The list, or its beginning and how many more there are.
fn cut(mut list: Vec<String>) -> Vec<String> {
    if list.len() > MOST_TOLD {
        let more = list.len() - MOST_TOLD;
        list.truncate(MOST_TOLD);
        list.push(format!("and {more} more"));
    }
    list
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|").replace('<', "&lt;")
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
