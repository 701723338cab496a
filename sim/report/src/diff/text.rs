//! A comparison in words: the first difference first, then what is around it, then the rest.

use super::align::{NEAR, Row};
use super::kinds::Kind;
use super::observe::{Seen, What};
use super::{Comparison, Difference};
use crate::places::short;
use crate::rulebook;
use crate::trace::wrapped;
use crate::words;
use bitsim_vocab::{RuleId, Target};
use std::fmt::Write;

/// Rows shown before and after the first difference.
const BEFORE: usize = 2;
const AFTER: usize = 7;

/// So many examples are shown of a kind of difference that is not among these rows.
const EXAMPLES: usize = 2;

/// What stands before the cells of what is documented.
const DOCUMENTED: &str = "documented";

/// The width of the columns of every table.
#[derive(Debug, Clone, Copy)]
struct Columns {
    mark: usize,
    time: usize,
    cell: usize,
}

impl Columns {
    /// One line of a table: a mark, the time or name, and a cell for each target.
    fn line(self, out: &mut String, mark: &str, at: &str, cells: &[String]) {
        let Self { mark: marked, time, cell: width } = self;
        let mut text = format!("{mark:<marked$}{at:<time$}");
        for cell in cells {
            let _ = write!(text, "  {cell:<width$}");
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }

    /// The same with cells that go on below if they do not fit.
    fn lines(self, out: &mut String, mark: &str, at: &str, cells: &[String]) {
        let cells: Vec<Vec<String>> = cells.iter().map(|cell| wrapped(cell, self.cell)).collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        for index in 0..lines {
            let piece = |cell: &Vec<String>| cell.get(index).cloned().unwrap_or_default();
            let (mark, at) = if index == 0 { (mark, at) } else { ("", "") };
            self.line(out, mark, at, &cells.iter().map(piece).collect::<Vec<_>>());
        }
    }
}

impl Comparison {
    /// The longest line: three targets need more room than two.
    fn width(&self) -> usize {
        if self.targets.len() > 2 { 120 } else { 100 }
    }

    fn heads(&self) -> Vec<String> {
        self.targets.iter().map(ToString::to_string).collect()
    }

    /// The whole comparison. `title` is the sentence of the scenario.
    #[must_use]
    pub fn text(&self, title: &str, seed: u64) -> String {
        let mut out = String::new();
        self.paragraph(&mut out, "", title);
        let _ = writeln!(out, "on {}   seed {seed}\n", self.heads().join(", "));
        match self.differences.first() {
            Some(first) => {
                let groups = self.by_kind();
                let shown = self.around(first.row);
                self.paragraph(&mut out, "", &self.headline(first));
                out.push('\n');
                self.story(&mut out, first, &shown, &groups);
                let columns = self.columns(3);
                let columns = Columns { mark: 0, time: columns.time + 3, ..columns };
                out.push('\n');
                columns.line(&mut out, "", "differences", &self.heads());
                for (number, (kind, group)) in groups.iter().enumerate() {
                    if number > 0 {
                        out.push('\n');
                    }
                    self.group(&mut out, number + 1, *kind, group, &shown);
                }
            }
            None if self.agrees() => {
                let text = format!(
                    "no difference: {} on every target at the same times (less than {NEAR} apart \
                     counts as the same)",
                    words::count(self.rows.len(), "observation")
                );
                self.paragraph(&mut out, "", &text);
            }
            None => out += "no difference until the end, but there\n",
        }
        self.names(&mut out);
        self.at_the_end(&mut out);
        out
    }

    /// Text that may need several lines; `before` stands before each of them.
    fn paragraph(&self, out: &mut String, before: &str, text: &str) {
        for line in wrapped(text, self.width() - before.len()) {
            let _ = writeln!(out, "{before}{line}");
        }
    }

    /// The columns of all tables but the last, which so stand below each other.
    fn columns(&self, mark: usize) -> Columns {
        let times = self.rows.iter().map(|row| short(row.at()).len());
        let time = times.max().unwrap_or(8).max(DOCUMENTED.len());
        Columns { mark, time, cell: self.cell(mark + time) }
    }

    /// The room for one target.
    fn cell(&self, before: usize) -> usize {
        self.width().saturating_sub(before) / self.targets.len().max(1) - 2
    }

    /// The first difference in one sentence: `payroll is QUEUED on bits, TRANSFERRING on
    /// do-legacy`.
    fn headline(&self, first: &Difference) -> String {
        let row = &self.rows[first.row];
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
        let at = short(row.at());
        format!("first difference at {at}: `{who}`{verb} {}", parts.join(", "))
    }

    /// The rows around the first difference that are about the same job or the world.
    fn around(&self, first: usize) -> Vec<usize> {
        let about = self.rows[first].seen().map(|seen| seen.who.clone()).unwrap_or_default();
        let mut story: Vec<usize> = (0..self.rows.len())
            .filter(|row| {
                let seen = self.rows[*row].seen();
                seen.is_some_and(|seen| seen.who == about || is_world(seen))
            })
            .collect();
        let middle = story.iter().position(|row| *row >= first).unwrap_or(0);
        story.truncate(middle + AFTER + 1);
        story.drain(..middle.saturating_sub(BEFORE));
        story
    }

    /// These rows, each with the numbers of its differences.
    fn story(
        &self,
        out: &mut String,
        first: &Difference,
        shown: &[usize],
        groups: &[(Kind, Vec<Difference>)],
    ) {
        let mark = |row: usize| {
            let is_here = |group: &[Difference]| group.iter().any(|found| found.row == row);
            let numbers = groups.iter().enumerate().filter(|(_, (_, group))| is_here(group));
            let numbers: Vec<String> = numbers.map(|(at, _)| (at + 1).to_string()).collect();
            let first = if row == first.row { ">" } else { "" };
            format!("{first}{}", numbers.join(","))
        };
        let marks: Vec<String> = shown.iter().map(|row| mark(*row)).collect();
        let columns =
            self.columns(marks.iter().map(|mark| mark.len() + 1).max().unwrap_or(3).max(3));
        columns.line(out, "", "time", &self.heads());
        for (row, mark) in shown.iter().zip(&marks) {
            self.row(out, columns, mark, *row);
        }
        let about = self.rows[first.row].seen().map(|seen| seen.who.as_str()).unwrap_or_default();
        let text = format!(
            "only `{about}`; the numbers are those of the differences below, - is nothing of the \
             kind"
        );
        self.paragraph(out, "   ", &text);
    }

    /// One row.
    fn row(&self, out: &mut String, columns: Columns, mark: &str, row: usize) {
        let row = &self.rows[row];
        let at = short(row.at());
        if let Some(seen) = row.seen().filter(|seen| is_world(seen)) {
            let whole = Columns { cell: self.width() - columns.mark - columns.time - 2, ..columns };
            whole.lines(out, "", &at, &[format!("-- {}", seen.said)]);
            return;
        }
        let cell = |cell: &Option<Seen>| match cell {
            Some(seen) => format!("{}{}", seen.said, late(row, seen)),
            None => "-".to_owned(),
        };
        columns.lines(out, mark, &at, &row.cells.iter().map(cell).collect::<Vec<_>>());
    }

    /// The differences of one kind: how many, examples unless there are some among the rows
    /// `shown` already, and what is documented.
    fn group(
        &self,
        out: &mut String,
        number: usize,
        kind: Kind,
        group: &[Difference],
        shown: &[usize],
    ) {
        let mut rows: Vec<usize> = group.iter().map(|found| found.row).collect();
        rows.dedup();
        let last = rows.last().map(|row| short(self.rows[*row].at())).unwrap_or_default();
        let times = match rows.len() {
            1 => "once".to_owned(),
            number => format!("{number} times, last at {last}"),
        };
        let ids = self.ids(kind);
        let ids = if ids.is_empty() { ids } else { format!(" ({ids})") };
        let title = format!("{number}. {}, {times}{ids}", kind.title());
        for (index, line) in wrapped(&title, self.width() - 3).iter().enumerate() {
            let _ = writeln!(out, "{}{line}", if index == 0 { "" } else { "   " });
        }
        let columns = self.columns(3);
        if !rows.iter().any(|row| shown.contains(row)) {
            for row in rows.iter().take(EXAMPLES) {
                self.row(out, columns, "", *row);
            }
        }
        match kind.row(&self.targets) {
            Some(row) => {
                let said = |(at, target): (usize, &Target)| {
                    let is_same = |other: &&Target| other.service == target.service;
                    match self.targets[..at].iter().find(is_same) {
                        Some(earlier) => format!("as {earlier}"),
                        None => sentence(row.of(target.service)).to_owned(),
                    }
                };
                let cells = self.targets.iter().enumerate().map(said).collect::<Vec<_>>();
                columns.lines(out, "", DOCUMENTED, &cells);
            }
            None if kind == Kind::Elsewhen => {
                out.push_str("   one side is earlier or through already; no rule is about that\n");
            }
            None => out.push_str("   not explained: the catalogue has no row about it\n"),
        }
    }

    /// `DIFF-RESUME-001; DO-RESUME-001, DO-STATE-012`: the row about a kind of difference and the
    /// rules behind it that concern these services; empty if there is no row.
    fn ids(&self, kind: Kind) -> String {
        let Some(row) = kind.row(&self.targets) else { return String::new() };
        let concerned = |id: &&String| {
            let rule = RuleId::parse(id).and_then(rulebook::rule);
            let service = rule.map(|rule| rule.applies.service.as_str());
            service.is_none_or(|of| self.targets.iter().any(|to| to.service.name() == of))
        };
        let rules: Vec<&str> = row.rules.iter().filter(concerned).map(String::as_str).collect();
        match rules.as_slice() {
            [] => row.id.clone(),
            rules => format!("{}; {}", row.id, rules.join(", ")),
        }
    }

    /// What has two names.
    fn names(&self, out: &mut String) {
        if self.renames.is_empty() {
            return;
        }
        let none = if self.targets.len() > 2 { "; - is no other name" } else { "" };
        let heads = self.heads().join(" / ");
        let _ = writeln!(out, "\nonly another name for the same ({heads}{none})");
        let mut kinds: Vec<Kind> = self.renames.keys().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        for kind in kinds {
            let of_kind = self.renames.iter().filter(|((of, _), _)| *of == kind);
            let words = of_kind.map(|((_, one), others)| {
                let mut names = vec![one.clone()];
                names.extend(others.iter().skip(1).map(|names| match names.len() {
                    0 => "-".to_owned(),
                    _ => names.iter().cloned().collect::<Vec<_>>().join(" or "),
                }));
                names.join(" / ")
            });
            let words = words.collect::<Vec<_>>().join(", ");
            let id = kind.row(&self.targets).map(|row| format!(" ({})", row.id));
            self.paragraph(out, "   ", &(words + &id.unwrap_or_default()));
        }
    }

    /// How the runs ended: the states, and whatever else is not the same.
    fn at_the_end(&self, out: &mut String) {
        if self.ends.is_empty() {
            return;
        }
        out.push_str("\nat the end\n");
        let is_told = |end: &&super::End| !end.agrees || end.what == "state";
        let told: Vec<&super::End> = self.ends.iter().filter(is_told).collect();
        let name = |end: &super::End| format!("{}, {}", end.who, end.what);
        let first = told.iter().map(|end| name(end).chars().count()).max().unwrap_or(0);
        let columns = self.columns(3);
        let time = columns.time.max(first);
        let columns = Columns { time, cell: self.cell(3 + time), ..columns };
        columns.line(out, "", "", &self.heads());
        for end in &told {
            columns.line(out, if end.agrees { "" } else { "!" }, &name(end), &end.said);
        }
        let mut rest: Vec<&str> = Vec::new();
        for end in self.ends.iter().filter(|end| end.what != "state") {
            let same = self.ends.iter().filter(|of| of.what == end.what).all(|of| of.agrees);
            if same && !rest.contains(&end.what) {
                rest.push(end.what);
            }
        }
        if !rest.is_empty() {
            self.paragraph(out, "   ", &format!("the same everywhere: {}", rest.join(", ")));
        }
        let mut kinds: Vec<Kind> = told.iter().filter_map(|end| end.kind).collect();
        kinds.dedup();
        for kind in kinds {
            if kind.row(&self.targets).is_some() {
                let _ = writeln!(out, "   {}: {}", kind.title(), self.ids(kind));
            }
        }
    }
}

/// Without its full stop, which would not be alone in a cell.
fn sentence(text: &str) -> &str {
    if text.ends_with("...") { text } else { text.trim_end_matches('.') }
}

fn is_world(seen: &Seen) -> bool {
    matches!(seen.what, What::World { .. })
}

/// A remark on a cell that is later than the earliest one of its row.
fn late(row: &Row, seen: &Seen) -> String {
    if seen.at.since(row.at()) < NEAR {
        return String::new();
    }
    format!(" at {}", short(seen.at))
}
