//! A comparison in words: the first difference first, then what is around it, then the rest.

use super::align::{NEAR, Row};
use super::kinds::Kind;
use super::observe::{Seen, What};
use super::{Comparison, Difference};
use crate::places::short;
use crate::rulebook;
use crate::trace::wrapped;
use crate::words;
use bitsim_vocab::{RuleId, Service};
use std::fmt::Write;

/// Rows shown before and after the first difference.
const BEFORE: usize = 4;
const AFTER: usize = 8;

/// So many examples are shown of a kind of difference.
const EXAMPLES: usize = 2;

impl Comparison {
    /// The longest line: three targets need more room than two.
    fn width(&self) -> usize {
        if self.targets.len() > 2 { 120 } else { 100 }
    }

    /// The whole comparison. `title` is the sentence of the scenario.
    #[must_use]
    pub fn text(&self, title: &str, seed: u64) -> String {
        let targets: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        let mut out = String::new();
        for line in wrapped(title, self.width()) {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "on {}   seed {seed}\n", targets.join(", "));
        match self.differences.first() {
            Some(first) => {
                out += &self.headline(first);
                out.push('\n');
                out += &self.around(first.row);
                out += "\nall differences, by what they are about\n";
                for (number, (kind, group)) in self.by_kind().iter().enumerate() {
                    out.push('\n');
                    out += &self.group(number + 1, *kind, group);
                }
            }
            None if self.agrees() => {
                let _ = writeln!(
                    out,
                    "no difference: {} on every target at the same times (less than {NEAR} apart \
                     counts as the same)",
                    words::count(self.rows.len(), "observation")
                );
            }
            None => out += "no difference until the end, but there\n",
        }
        out += &self.names();
        out += &self.at_the_end();
        out
    }

    /// The first difference in one sentence.
    fn headline(&self, first: &Difference) -> String {
        let row = &self.rows[first.row];
        let mut text = format!("first difference at {}: ", short(row.at()));
        text += &self.sentence(row);
        let mut out = String::new();
        for line in wrapped(&text, self.width()) {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "  about {}", self.about(first.kind));
        out
    }

    /// `payroll is QUEUED on bits, TRANSFERRING on do-legacy`.
    fn sentence(&self, row: &Row) -> String {
        let who = row.seen().map(|seen| seen.who.as_str()).unwrap_or_default();
        let what = row.seen().map(|seen| &seen.what);
        let verb = match what {
            Some(What::State { .. }) => " is",
            Some(What::Error { .. }) => " reports",
            Some(What::Told { .. }) => " is told of with",
            _ => ":",
        };
        let mut parts: Vec<String> = Vec::new();
        for (side, target) in self.targets.iter().enumerate() {
            parts.push(match &row.cells[side] {
                Some(seen) => format!("{} on {target}{}", seen.said, late(row, seen)),
                None if matches!(what, Some(What::State { .. })) => format!("never so on {target}"),
                None => format!("nothing of the kind on {target}"),
            });
        }
        format!("`{who}`{verb} {}", parts.join(", "))
    }

    /// `what starting a job leads to (DIFF-RESUME-001)`.
    fn about(&self, kind: Kind) -> String {
        match kind.row(&self.targets) {
            Some(row) => format!("{} ({})", kind.title(), row.id),
            None => kind.title().to_owned(),
        }
    }

    /// The rows around the first difference, one column for each target.
    fn around(&self, first: usize) -> String {
        let about = self.rows[first].seen().map(|seen| seen.who.clone()).unwrap_or_default();
        let story: Vec<usize> = (0..self.rows.len())
            .filter(|row| {
                let seen = self.rows[*row].seen();
                seen.is_some_and(|seen| seen.who == about || seen.what == What::World)
            })
            .collect();
        let middle = story.iter().position(|row| *row >= first).unwrap_or(0);
        let last = (middle + AFTER + 1).min(story.len());
        let shown = &story[middle.saturating_sub(BEFORE)..last];
        let time = shown.iter().map(|row| short(self.rows[*row].at()).len()).max().unwrap_or(8);
        let column = self.column(time);
        let heads: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        let mut out = String::new();
        line(&mut out, "", ("time", time), &heads, column);
        for row in shown {
            let differs = self.differences.iter().any(|found| found.row == *row);
            let mark = match (*row == first, differs) {
                (true, _) => ">>",
                (false, true) => "!",
                (false, false) => "",
            };
            self.row(&mut out, mark, *row, (time, column));
        }
        let _ = writeln!(out, "   `{about}`; ! marks further differences");
        out
    }

    /// The room for one target.
    fn column(&self, time: usize) -> usize {
        let number = self.targets.len().max(1);
        (self.width() - 3 - time) / number - 2
    }

    /// One row; what does not fit goes on below.
    fn row(&self, out: &mut String, mark: &str, row: usize, (time, column): (usize, usize)) {
        let row = &self.rows[row];
        let at = short(row.at());
        if let Some(seen) = row.seen().filter(|seen| seen.what == What::World) {
            let text = format!("-- {}", seen.said);
            for (index, piece) in wrapped(&text, self.width() - time - 5).iter().enumerate() {
                let at = if index == 0 { at.as_str() } else { "" };
                line(out, "", (at, time), std::slice::from_ref(piece), column);
            }
            return;
        }
        let cells: Vec<Vec<String>> = row
            .cells
            .iter()
            .map(|cell| match cell {
                Some(seen) => wrapped(&format!("{}{}", seen.said, late(row, seen)), column),
                None => vec!["-".to_owned()],
            })
            .collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        for index in 0..lines {
            let pieces: Vec<String> =
                cells.iter().map(|cell| cell.get(index).cloned().unwrap_or_default()).collect();
            let (mark, at) = if index == 0 { (mark, at.as_str()) } else { ("", "") };
            line(out, mark, (at, time), &pieces, column);
        }
    }

    /// The differences of one kind, with examples and what is documented.
    fn group(&self, number: usize, kind: Kind, group: &[Difference]) -> String {
        let mut rows: Vec<usize> = group.iter().map(|found| found.row).collect();
        rows.dedup();
        let times = words::count(rows.len(), "time");
        let mut out = format!("{number}. {}, {times}\n", self.about(kind));
        let time = rows.iter().take(EXAMPLES).map(|row| short(self.rows[*row].at()).len());
        let time = time.max().unwrap_or(8);
        let column = self.column(time);
        let heads: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        line(&mut out, "", ("", time), &heads, column);
        for row in rows.iter().take(EXAMPLES) {
            self.row(&mut out, "", *row, (time, column));
        }
        if rows.len() > EXAMPLES {
            let last = rows.last().map(|row| short(self.rows[*row].at())).unwrap_or_default();
            let _ = writeln!(out, "   ... and {} more, up to {last}", rows.len() - EXAMPLES);
        }
        out += &self.documented(kind, group);
        out
    }

    /// What the catalogue says about a kind of difference.
    fn documented(&self, kind: Kind, group: &[Difference]) -> String {
        let mut out = String::new();
        let Some(row) = kind.row(&self.targets) else {
            out += match kind {
                Kind::Elsewhen => {
                    "   no rule is about it: one side is earlier or through already\n"
                }
                _ => "   not explained: the catalogue has no row about it\n",
            };
            return out;
        };
        let mut services: Vec<Service> = vec![self.service(0)];
        services.extend(group.iter().map(|found| self.service(found.side)));
        services.sort_unstable();
        services.dedup();
        out += "   documented\n";
        for service in &services {
            item(&mut out, service.name(), row.of(*service), self.width());
        }
        let concerned = |id: &&String| {
            let rule = RuleId::parse(id).and_then(rulebook::rule);
            let service = rule.map(|rule| rule.applies.service.as_str());
            service.is_none_or(|of| services.iter().any(|service| service.name() == of))
        };
        let rules: Vec<&str> = row.rules.iter().filter(concerned).map(String::as_str).collect();
        if !rules.is_empty() {
            item(&mut out, "rules", &rules.join(", "), self.width());
        }
        out
    }

    /// What has two names.
    fn names(&self) -> String {
        if self.renames.is_empty() {
            return String::new();
        }
        let mut out = "\nonly another name for the same\n".to_owned();
        let number = self.targets.len();
        let column = (self.width() - 3) / number - 2;
        let heads: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        line(&mut out, "", ("", 0), &heads, column);
        let mut last = None;
        for ((kind, one), others) in &self.renames {
            if last.replace(*kind) != Some(*kind) {
                let _ = writeln!(out, "   -- {}", self.about(*kind));
            }
            let mut cells = vec![one.clone()];
            cells.extend(others.iter().skip(1).map(|names| match names.len() {
                0 => "-".to_owned(),
                _ => names.iter().cloned().collect::<Vec<_>>().join(", "),
            }));
            let cells: Vec<Vec<String>> = cells.iter().map(|cell| wrapped(cell, column)).collect();
            let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
            for index in 0..lines {
                let pieces: Vec<String> =
                    cells.iter().map(|cell| cell.get(index).cloned().unwrap_or_default()).collect();
                line(&mut out, "", ("", 0), &pieces, column);
            }
        }
        out
    }

    /// How the runs ended.
    fn at_the_end(&self) -> String {
        if self.ends.is_empty() {
            return String::new();
        }
        let mut out = "\nat the end\n".to_owned();
        let name = |end: &super::End| format!("{}, {}", end.who, end.what);
        let first = self.ends.iter().map(|end| name(end).chars().count()).max().unwrap_or(0);
        let column = self.column(first);
        let heads: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        line(&mut out, "", ("", first), &heads, column);
        for end in &self.ends {
            let mark = if end.agrees { "" } else { "!" };
            line(&mut out, mark, (&name(end), first), &end.said, column);
        }
        out
    }
}

/// A remark on a cell that is later than the earliest one of its row.
fn late(row: &Row, seen: &Seen) -> String {
    if seen.at.since(row.at()) < NEAR {
        return String::new();
    }
    format!(" at {}", short(seen.at))
}

/// One line of a table: a mark, the time or name, and a cell for each target.
fn line(out: &mut String, mark: &str, (at, time): (&str, usize), cells: &[String], column: usize) {
    let mut text = format!("{mark:<3}{at:<time$}");
    for cell in cells {
        text += "  ";
        let _ = write!(text, "{cell:<column$}");
    }
    // Without a column for the time the cells begin right after the mark.
    let text = if time == 0 { text.replacen("     ", "   ", 1) } else { text };
    let _ = writeln!(out, "{}", text.trim_end());
}

fn item(out: &mut String, name: &str, text: &str, width: usize) {
    let mut name = name;
    for line in wrapped(text, width - 18) {
        let _ = writeln!(out, "     {name:<11}  {line}");
        name = "";
    }
}
