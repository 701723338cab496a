//! A short timeline around the event that a failure is about.

use crate::calls;
use crate::failure::Case;
use crate::lines::{self, ErrorCell, Line};
use crate::names::Names;
use crate::places;
use crate::trace::{error_title, wrapped};
use crate::words;
use bitsim_vocab::trace::Happened;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{JobId, Service};
use std::fmt::Write;

/// Lines shown before and after the one that matters.
const BEFORE: usize = 3;
const AFTER: usize = 2;

/// A part of a trace.
pub(crate) struct Excerpt {
    /// Its lines.
    pub(crate) text: String,
    /// The number of the event that matters, as its line shows it.
    pub(crate) event: u32,
}

/// The lines around `event` that tell of `job` and of the world. `None` if there are none.
pub(crate) fn around(case: &Case<'_>, event: u32, job: Option<JobId>) -> Option<Excerpt> {
    let all = lines::of(case.run);
    let marked = all.iter().position(|line| line.last >= event.max(1));
    let shown = |(index, line): &(usize, &Line)| {
        let about =
            job.is_none() || line.job == job || line.environment && concerns(case, line, job);
        about && (line.milestone || Some(*index) == marked)
    };
    let story: Vec<(usize, &Line)> = all.iter().enumerate().filter(shown).collect();
    let middle = story.iter().position(|(index, _)| Some(*index) >= marked);
    let middle = middle.unwrap_or(story.len().saturating_sub(1));
    let first = middle.saturating_sub(BEFORE);
    let last = (middle + AFTER + 1).min(story.len());
    let part = story.get(first..last).filter(|part| !part.is_empty())?;
    let names = Names::of(case.run);
    let mut out = heading(case, part, job, &names);
    let number = part.iter().map(|(_, line)| line.last.to_string().len()).max().unwrap_or(1).max(2);
    let time = part.iter().map(|(_, line)| words::time(line.at).len()).max().unwrap_or(12).max(12);
    let who = if job.is_some() { 0 } else { names.longest().clamp(3, 14) + 2 };
    let what = 5 + number + 2 + time + 2 + who;
    let title = if who > 0 { "who" } else { "" };
    let service = case.run.target().service;
    let (counted, room) = if service == Service::Bits { ("count", 6) } else { ("", 0) };
    let _ = writeln!(
        out,
        "     {:>number$}  {:<time$}  {title:<who$}{:<31}  {:>room$}  {}",
        "#",
        "time",
        "what",
        counted,
        error_title(service)
    );
    for (index, line) in part {
        let mark = if Some(*index) == marked { ">>" } else { "  " };
        let about = if who > 0 { format!("{:<who$}", line.who) } else { String::new() };
        let asked = (Some(*index) == marked).then(|| question(case, event, &names)).flatten();
        let (said, rest) = wording(case, line, job, asked, 98 - what);
        let head = format!(
            "  {mark} {:>number$}  {:<time$}  {about}{said:<31}  {:>room$}  {}",
            line.last,
            words::time(line.at),
            line.count,
            error(line)
        );
        let _ = writeln!(out, "{}", head.trim_end());
        for piece in rest {
            let _ = writeln!(out, "{:1$}{piece}", "", what + 2);
        }
    }
    let event = marked.and_then(|index| all.get(index)).or(all.last())?.last;
    Some(Excerpt { text: out, event })
}

/// The question and its answer, if the event is one of several questions on a line.
fn question(case: &Case<'_>, event: u32, names: &Names) -> Option<String> {
    let index = (event as usize).checked_sub(1)?;
    match &case.run.trace.events.get(index)?.what {
        Happened::Called(called) => Some(calls::clause(called, names)),
        _ => None,
    }
}

fn heading(case: &Case<'_>, part: &[(usize, &Line)], job: Option<JobId>, names: &Names) -> String {
    let number = case.run.trace.events.len();
    let first = part.first().map_or(0, |(_, line)| line.last);
    let last = part.last().map_or(0, |(_, line)| line.last);
    let whose = job.map_or_else(|| "all jobs".to_owned(), |job| names.job(job));
    format!("  {whose}, events {first} to {last} of {number}\n")
}

/// The text of a line, and what does not fit beside the count.
fn wording(
    case: &Case<'_>,
    line: &Line,
    job: Option<JobId>,
    asked: Option<String>,
    room: usize,
) -> (String, Vec<String>) {
    let mut said = asked.unwrap_or_else(|| line.what.clone());
    if line.environment {
        if job.is_some() && !line.who.is_empty() {
            said = format!("{}: {said}", line.who);
        }
        if let Some(written) = line_of(case, line) {
            said += &format!(", line {written}");
        }
    }
    let beside = !line.count.is_empty() || line.error != ErrorCell::Blank;
    let room = if beside { room.min(60) } else { room };
    let mut pieces = wrapped(&said, room).into_iter();
    (pieces.next().unwrap_or_default(), pieces.collect())
}

/// The line of the scenario that says what befell the world here.
fn line_of(case: &Case<'_>, line: &Line) -> Option<u32> {
    places::place_of(case.plan, line.source?, befell(case, line)?).map(|place| place.line)
}

/// True if what befell the world here can matter to the job.
fn concerns(case: &Case<'_>, line: &Line, job: Option<JobId>) -> bool {
    befell(case, line).is_some_and(|what| places::concerns(case.run, what, job))
}

/// What befell the world in this line.
fn befell<'a>(case: &Case<'a>, line: &Line) -> Option<&'a Disturbance> {
    let index = (line.last as usize).checked_sub(1)?;
    match &case.run.trace.events.get(index)?.what {
        Happened::Env(what) => Some(what),
        _ => None,
    }
}

fn error(line: &Line) -> String {
    match line.error {
        ErrorCell::Gone(Some(code)) => format!("gone (was {code})"),
        other => other.text(words::code_with_number),
    }
}
