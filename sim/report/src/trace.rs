//! The text of a trace: what `bitsim trace` prints and what the snapshots hold.
//!
//! One event a line, at most [`WIDTH`] columns, ASCII. Columns: number, time since the start, who,
//! what, error count, error object, because. A step of the scenario goes by the time that the
//! scenario gives it, not by its line, so that a comment added to the file changes nothing here.

use crate::lines::{self, Line};
use crate::names::Names;
use crate::rounds;
use crate::words;
use bitsim_oracle::Outcome;
use bitsim_replay::Run;
use bitsim_vocab::trace::End;
use bitsim_vocab::{RuleId, Service, SimTime};
use std::fmt::Write;

/// The most columns a line may take.
pub const WIDTH: usize = 100;

/// What to show of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Nothing after this.
    pub until: Option<Until>,
    /// Only this job, and what befalls the world.
    pub job: Option<String>,
    /// Every line, also of rounds that are like the one before.
    pub every_round: bool,
}

/// A point in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// This time since the start.
    Time(SimTime),
    /// The event with this number.
    Event(u32),
}

/// The trace as text. `name` is that of the test: `bits::error_count::pulled_cable_is_free`.
#[must_use]
pub fn text(name: &str, run: &Run, options: &Options) -> String {
    let names = Names::of(run);
    let job = options.job.as_deref().and_then(|job| names.find_job(job));
    let all = lines::of(run);
    let number = all.len();
    let shown: Vec<Line> = all
        .into_iter()
        .filter(|line| match options.until {
            None => true,
            Some(Until::Time(at)) => words::to_millis(line.at) <= at,
            Some(Until::Event(event)) => line.first <= event,
        })
        .filter(|line| line.environment || job.is_none() || line.job == job)
        .collect();
    let mut out = heading(name, run);
    out.push('\n');
    out += &table(&shown, &names, run.target().service, options.every_round);
    if shown.len() < number {
        let _ = writeln!(out, "\n{} of {} shown", shown.len(), words::count(number, "line"));
    }
    out
}

/// Name, target, seed, end and number of events, then how the rules fared.
#[must_use]
pub fn heading(name: &str, run: &Run) -> String {
    let end = match run.trace.end {
        End::Settled(at) => format!("settled {}", words::time(at)),
        End::Stopped(at) => format!("stopped {}", words::time(at)),
        End::DidNotSettle(at) => format!("not settled {}", words::time(at)),
    };
    let facts = [
        name.to_owned(),
        format!("target {}", run.target()),
        format!("seed {}", run.seed()),
        end,
        words::count(run.trace.events.len(), "event"),
    ];
    let mut out = String::new();
    flow(&mut out, &facts, "   ", "  ");
    for line in verdict(run) {
        flow(&mut out, &line, ", ", "      ");
    }
    out
}

/// The outcomes in words: first what was broken, then the declared rules that held and how many
/// others did.
fn verdict(run: &Run) -> Vec<Vec<String>> {
    let declared: Vec<RuleId> = run.declared.iter().map(|rule| rule.value).collect();
    let (mut broken, mut meant, mut idle, mut held) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for rule in &declared {
        match run.findings.outcome(*rule) {
            Outcome::Held(times) => held.push(format!("{rule} x{times}")),
            Outcome::NotExercised => idle.push(rule.to_string()),
            Outcome::Broken(_) => {}
        }
    }
    let mut others = 0_usize;
    for rule in RuleId::ALL {
        match run.findings.outcome(*rule) {
            Outcome::Broken(violations) => {
                let list = if run.is_by_design(*rule) { &mut meant } else { &mut broken };
                list.push(format!("{rule} x{}", violations.len()));
            }
            Outcome::Held(_) if !declared.contains(rule) => others += 1,
            Outcome::Held(_) | Outcome::NotExercised => {}
        }
    }
    match (held.is_empty(), others) {
        (_, 0) => {}
        (true, _) => held.push(words::count(others, "rule")),
        (false, _) => held.push(format!("{others} more")),
    }
    let titled = |title: &str, mut list: Vec<String>| {
        if let Some(first) = list.first_mut() {
            *first = format!("{title}: {first}");
        }
        list
    };
    let all = [
        ("broken", broken),
        ("broken by the defects asked for", meant),
        ("not exercised", idle),
        ("held", held),
    ];
    all.into_iter()
        .map(|(title, list)| titled(title, list))
        .filter(|list| !list.is_empty())
        .collect()
}

/// Writes the parts with `between` them, on as many lines as it takes; later lines are indented.
fn flow(out: &mut String, parts: &[String], between: &str, indent: &str) {
    let mut line = String::new();
    for (index, part) in parts.iter().enumerate() {
        let more = index + 1 < parts.len();
        let room = part.chars().count() + if more { between.trim_end().len() } else { 0 };
        if line.is_empty() {
            line += part;
        } else if line.chars().count() + between.len() + room > WIDTH {
            out.push_str((line + between).trim_end());
            out.push('\n');
            line = format!("{indent}{part}");
        } else {
            line += between;
            line += part;
        }
    }
    out.push_str(&line);
    out.push('\n');
}

/// Where the columns begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    number: usize,
    who: usize,
    what: usize,
    /// The last column of the count, which is aligned to the right.
    count_end: usize,
    error: usize,
    because: usize,
}

impl Columns {
    /// Room for a change of state: `TRANSFERRING -> TRANSIENT_ERROR`.
    const WHAT: usize = 31;
    /// Names longer than this push the rest of their line to the right.
    const MOST_WHO: usize = 14;

    fn for_lines(lines: &[Line], names: &Names, service: Service) -> Self {
        let last = lines.last().map_or(0, |line| line.last);
        let number = last.to_string().len().max(3);
        let time = lines.iter().map(|line| words::time(line.at).len()).max().unwrap_or(12).max(12);
        let who = number + 2 + time + 2;
        let what = who + names.longest().clamp(3, Self::MOST_WHO) + 2;
        // Only BITS counts errors; elsewhere the column would stay empty.
        let count = if service == Service::Bits { 8 } else { 0 };
        let count_end = what + Self::WHAT + count;
        let error = count_end + 2;
        let because = error + "error object".len() + 2;
        Self { number, who, what, count_end, error, because }
    }
}

/// What the column of errors holds: a download has a pair of codes instead of an object.
pub(crate) const fn error_title(service: Service) -> &'static str {
    match service {
        Service::Bits | Service::DoLegacy => "error object",
        Service::DoDownload => "Error / ExtendedError",
    }
}

/// The table with its headings.
fn table(lines: &[Line], names: &Names, service: Service, every_round: bool) -> String {
    let columns = Columns::for_lines(lines, names, service);
    let mut out = String::new();
    let mut head = format!("{:>1$}", "#", columns.number);
    place(&mut head, columns.number + 2, "time");
    place(&mut head, columns.who, "who");
    place(&mut head, columns.what, "what");
    if service == Service::Bits {
        place(&mut head, columns.count_end - "count".len(), "count");
    }
    place(&mut head, columns.error, error_title(service));
    place(&mut head, columns.because, "because");
    out.push_str(&head);
    out.push('\n');
    let repeats = if every_round { Vec::new() } else { rounds::find(lines) };
    let mut next = 0;
    for repeat in repeats {
        for line in &lines[next..repeat.first] {
            row(&mut out, line, columns);
        }
        next = repeat.first + repeat.lines * repeat.times;
        let last = &lines[next - 1];
        let what = match repeat.lines {
            1 => "the last line comes".to_owned(),
            lines => format!("the last {lines} lines come"),
        };
        let (indent, times, event) = (columns.who, repeat.times, last.last);
        let _ = writeln!(out, "{:indent$}... {what} {times} more times, up to #{event}", "");
    }
    for line in &lines[next..] {
        row(&mut out, line, columns);
    }
    out
}

/// Pads `line` to `column`, or by two blanks if it is longer already, and adds the text.
fn place(line: &mut String, column: usize, text: &str) {
    let length = line.chars().count();
    let start = if length == 0 || length < column { column } else { length + 2 };
    line.extend(std::iter::repeat_n(' ', start - length));
    line.push_str(text);
}

/// One line of the table, and what does not fit into it on lines below.
fn row(out: &mut String, line: &Line, columns: Columns) {
    let mut text = format!("{:>1$}", line.last, columns.number);
    place(&mut text, columns.number + 2, &words::time(line.at));
    place(&mut text, columns.who, &line.who);
    let mut below: Vec<String> = Vec::new();
    let room = WIDTH.saturating_sub(columns.what.max(text.chars().count() + 2)).max(22);
    let mut what = wrapped(&line.what, room - 2).into_iter();
    place(&mut text, columns.what, &what.next().unwrap_or_default());
    below.extend(what);
    let error = line.error.text(|code| code.to_string());
    let count_start = columns.count_end.saturating_sub(line.count.len());
    let cells = [
        (count_start, line.count.as_str(), "count "),
        (columns.error, error.as_str(), ""),
        (columns.because, line.because.as_str(), ""),
    ];
    let mut full = !below.is_empty();
    let mut rest: Vec<String> = Vec::new();
    for (column, cell, name) in cells {
        if cell.is_empty() {
            continue;
        }
        let start = column.max(text.chars().count() + 2);
        full |= start + cell.chars().count() > WIDTH;
        if full {
            rest.push(format!("{name}{cell}"));
        } else {
            place(&mut text, column, cell);
        }
    }
    if !line.detail.is_empty() {
        rest.push(line.detail.clone());
    }
    if !rest.is_empty() {
        below.extend(wrapped(&rest.join("; "), WIDTH - columns.what - 2));
    }
    out.push_str(text.trim_end());
    out.push('\n');
    for part in below {
        let _ = writeln!(out, "{:1$}{part}", "", columns.what + 2);
    }
}

/// The text in pieces of at most `room` characters, cut between words where there is a gap.
#[must_use]
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(20);
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in text.split(' ') {
        let mut word: &str = word;
        if !piece.is_empty() {
            if piece.chars().count() + 1 + word.chars().count() <= room {
                piece.push(' ');
                piece.push_str(word);
                continue;
            }
            pieces.push(std::mem::take(&mut piece));
        }
        while let Some((end, _)) = word.char_indices().nth(room) {
            pieces.push(word[..end].to_owned());
            word = &word[end..];
        }
        piece.push_str(word);
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::delivery;

    #[test]
    fn text_is_cut_between_words_and_loses_none() {
        let text =
            "AddFile https://cdn.test/a/very/long/name.cab to C:\\downloads\\x\\name.cab = S_OK";
        let pieces = wrapped(text, 40);
        assert!(pieces.iter().all(|piece| piece.chars().count() <= 40));
        assert_eq!(pieces.join(" "), text);
        let long = "x".repeat(95);
        assert_eq!(wrapped(&long, 40).concat(), long);
        assert_eq!(wrapped("", 40), [""]);
    }

    #[test]
    fn a_trace_reads_as_a_story() {
        let text =
            text("bits::error_count::pulled_cable", &crate::sample::run(), &Options::default());
        assert_eq!(text, include_str!("expected/trace.txt"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.is_ascii()));
    }

    #[test]
    fn delivery_optimization_reads_as_well() {
        for (run, expected) in [
            (delivery::legacy(), include_str!("expected/trace_legacy.txt")),
            (delivery::download(), include_str!("expected/trace_download.txt")),
        ] {
            let text = text("both::pulled_cable", &run, &Options::default());
            assert_eq!(text, expected, "\n{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.is_ascii()));
        }
    }

    #[test]
    fn a_cell_begins_at_its_column_or_after_what_is_there() {
        let mut line = "abc".to_owned();
        place(&mut line, 6, "x");
        assert_eq!(line, "abc   x");
        place(&mut line, 2, "y");
        assert_eq!(line, "abc   x  y");
    }
}
