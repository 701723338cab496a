//! A short timeline around the event that a failure is about.

use crate::calls;
use crate::failure::Case;
use crate::lines::{self, ErrorCell, Line};
use crate::names::Names;
use crate::places;
use crate::trace::{WIDTH, error_title, wrapped};
use crate::words;
use bitsim_vocab::download::DownloadState;
use bitsim_vocab::trace::Happened;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{JobId, Service};
use std::fmt::Write;
use std::ops::Range;

/// A part of a trace.
pub(crate) struct Excerpt {
    /// Its lines.
    pub(crate) text: String,
    /// The number of the event that matters, as its line shows it.
    pub(crate) event: u32,
}

/// The lines around `event` that tell of `job` and of the world, as many as fit into `room` lines
/// of text, and the line of the event that is the cause. `None` if there are none.
pub(crate) fn around(
    case: &Case<'_>,
    event: u32,
    cause: Option<u32>,
    job: Option<JobId>,
    room: usize,
) -> Option<Excerpt> {
    let all = lines::of(case.run);
    let marked = all.iter().position(|line| line.last >= event.max(1));
    let cause = cause.and_then(|cause| all.iter().position(|line| line.last >= cause));
    let shown = |(index, line): &(usize, &Line)| {
        let about =
            job.is_none() || line.job == job || line.environment && concerns(case, line, job);
        let pinned = Some(*index) == marked || Some(*index) == cause;
        about && line.milestone && !is_progress(case, line) || pinned
    };
    let story: Vec<(usize, &Line)> = all.iter().enumerate().filter(shown).collect();
    let middle = story.iter().position(|(index, _)| Some(*index) >= marked);
    let middle = middle.unwrap_or(story.len().saturating_sub(1));
    // Wider than any part of it will be, so that the columns do not depend on what is chosen.
    let near = story.get(middle.saturating_sub(room)..(middle + room).min(story.len()))?;
    let cause = story.iter().find(|(index, _)| Some(*index) == cause);
    let names = Names::of(case.run);
    let columns = Columns::of(case, near, job, &names);
    let text = |(index, line): &(usize, &Line)| {
        let asked = (Some(*index) == marked).then(|| question(case, event, &names)).flatten();
        row(case, line, job, asked, Some(*index) == marked, columns)
    };
    let height = |line: &(usize, &Line)| text(line).lines().count();
    let mut chosen = choose(&story, middle, room, &height)?;
    // A cause that is far before what is shown stands above it.
    let far = |part: &Range<usize>, (cause, _): &&(usize, &Line)| {
        story.get(part.start).is_some_and(|(first, _)| cause < first)
    };
    let above = cause.filter(|cause| far(&chosen, cause));
    if let Some(cause) = above {
        let room = room.saturating_sub(height(cause) + 1);
        chosen = choose(&story, middle, room, &height)?;
    }
    let skips = chosen.start.checked_sub(1).and_then(|before| story.get(before));
    let skips = skips.is_some_and(|before| above.is_some_and(|cause| cause.0 != before.0));
    let part = story.get(chosen)?;
    let mut out = heading(case, part, job, &names);
    out += &columns.titles(case.run.target().service);
    out.extend(above.map(&text));
    out += if skips { "     ...\n" } else { "" };
    out.extend(part.iter().map(text));
    let event = marked.and_then(|index| all.get(index)).or(all.last())?.last;
    Some(Excerpt { text: out, event })
}

/// True for a status that only says how many bytes there are by now.
fn is_progress(case: &Case<'_>, line: &Line) -> bool {
    let event = case.run.trace.events.get((line.first as usize).saturating_sub(1));
    event.is_some_and(|event| match &event.what {
        Happened::NoteBegan(note) => note
            .status
            .as_ref()
            .is_some_and(|status| status.standing.state == DownloadState::Transferring),
        _ => false,
    })
}

/// The part of a story to show: what matters, then what came before it and after it in turn, before
/// it more than after it, while there is room.
fn choose<T>(
    story: &[T],
    middle: usize,
    room: usize,
    height: &dyn Fn(&T) -> usize,
) -> Option<Range<usize>> {
    let mut left = room.saturating_sub(height(story.get(middle)?));
    let (mut first, mut last) = (middle, middle + 1);
    let (mut before, mut after) = (true, true);
    for turn in 0.. {
        let back = turn % 3 != 1;
        let next = if back { first.checked_sub(1) } else { Some(last) };
        let line = next.and_then(|next| story.get(next)).filter(|line| height(line) <= left);
        match (line, back) {
            (Some(line), true) if before => (first, left) = (first - 1, left - height(line)),
            (Some(line), false) if after => (last, left) = (last + 1, left - height(line)),
            (_, true) => before = false,
            (_, false) => after = false,
        }
        if !before && !after {
            break;
        }
    }
    Some(first..last)
}

/// How wide the columns are.
#[derive(Debug, Clone, Copy)]
struct Columns {
    number: usize,
    time: usize,
    /// 0 where all lines are about one job.
    who: usize,
    /// 0 where errors are not counted.
    count: usize,
}

impl Columns {
    /// Room for a change of state.
    const WHAT: usize = 31;

    fn of(case: &Case<'_>, part: &[(usize, &Line)], job: Option<JobId>, names: &Names) -> Self {
        let widest = |text: &dyn Fn(&Line) -> usize| part.iter().map(|(_, line)| text(line)).max();
        Self {
            number: widest(&|line| line.last.to_string().len()).unwrap_or(1).max(2),
            time: widest(&|line| words::time(line.at).len()).unwrap_or(12).max(12),
            who: if job.is_some() { 0 } else { names.longest().clamp(3, 14) + 2 },
            count: if case.run.target().service == Service::Bits { 6 } else { 0 },
        }
    }

    /// Where the text of a line begins.
    const fn what(self) -> usize {
        5 + self.number + 2 + self.time + 2 + self.who
    }

    fn titles(self, service: Service) -> String {
        let (Self { number, time, who, count }, what) = (self, Self::WHAT);
        let whose = if who > 0 { "who" } else { "" };
        let counted = if count > 0 { "count" } else { "" };
        format!(
            "     {:>number$}  {:<time$}  {whose:<who$}{:<what$}  {counted:>count$}  {}\n",
            "#",
            "time",
            "what",
            error_title(service)
        )
    }
}

/// A line of the story, and what does not fit into it on lines below.
fn row(
    case: &Case<'_>,
    line: &Line,
    job: Option<JobId>,
    asked: Option<String>,
    marked: bool,
    columns: Columns,
) -> String {
    let Columns { number, time, who, count } = columns;
    let mark = if marked { ">>" } else { "  " };
    let about = if who > 0 { format!("{:<who$}", line.who) } else { String::new() };
    let (said, mut rest) = wording(case, line, job, asked, WIDTH - 2 - columns.what());
    let start = format!(
        "  {mark} {:>number$}  {:<time$}  {about}{said:<2$}",
        line.last,
        words::time(line.at),
        Columns::WHAT
    );
    let start = format!("{start}  {:>count$}", line.count);
    let fits = |error: &String| start.chars().count() + 2 + error.chars().count() <= WIDTH;
    // The name of a code says more than its number.
    let head = match [error(line), line.error.text(|code| code.to_string())] {
        [whole, _] if fits(&whole) => format!("{start}  {whole}"),
        [_, short] if fits(&short) => format!("{start}  {short}"),
        [whole, _] => {
            if !whole.is_empty() {
                rest.extend(wrapped(&whole, WIDTH - 2 - columns.what() - 2));
            }
            start.trim_end().to_owned()
        }
    };
    let mut text = format!("{}\n", head.trim_end());
    for piece in rest {
        let _ = writeln!(text, "{:1$}{piece}", "", columns.what() + 2);
    }
    text
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
        ErrorCell::Gone(Some(was)) => format!("gone (was {was})"),
        other => other.text(words::code_with_number),
    }
}
