//! Writes a story as a scenario, as a person would: what is so by default is left out.

mod act;
mod declared;
mod sizes;
mod surroundings;
mod timeline;

pub(crate) use declared::usual_path;

use super::Story;
use bitsim_vocab::call::BG_SIZE_UNKNOWN;
use bitsim_vocab::{ClientId, Hresult, JobId, RuleId, Service};

/// What a scenario says besides the story itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Telling<'a> {
    /// The title: one sentence.
    pub title: &'a str,
    /// Remarks on top, a line each.
    pub remarks: &'a [String],
    /// The rules that the scenario is about.
    pub rules: &'a [RuleId],
    /// What the call of each step returns, by step; nothing is said of the steps after these.
    pub returns: &'a [Returns],
    /// Checks, in braces, with the step after which they hold.
    pub expect: &'a [(usize, String)],
    /// Lines after the last step.
    pub ending: &'a [String],
}

/// What a scenario says about the outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// Nobody made it; it is left out.
    NotMade,
    /// It returns this code.
    Code(Hresult),
    /// It returns one of these.
    Either(Hresult, Hresult),
    /// Nothing: it has to succeed.
    Unsaid,
}

/// The scenario that tells `story`. `returned` is what its calls returned when it was played: a
/// call that was not made is left out.
pub fn scenario(title: &str, story: &Story, returned: &[Option<Hresult>]) -> String {
    let returns: Vec<Returns> =
        returned.iter().map(|hr| hr.map_or(Returns::NotMade, Returns::Code)).collect();
    told(story, &Telling { title, returns: &returns, ..Telling::default() })
}

/// The scenario that tells `story` and what is said besides.
pub fn told(story: &Story, telling: &Telling<'_>) -> String {
    let setup = &story.setup;
    let mut text = String::new();
    let mut line = |part: &str| {
        text.push_str(part);
        text.push('\n');
    };
    telling.remarks.iter().for_each(|remark| line(format!("# {remark}").trim_end()));
    line(&format!("scenario: {}\nrun_on: [{}]", quoted(telling.title), setup.target));
    if !telling.rules.is_empty() {
        let rules: Vec<&str> = telling.rules.iter().map(|rule| rule.text()).collect();
        line(&format!("rules: [{}]", rules.join(", ")));
    }
    let mut sizes = sizes::Sizes::of(story);
    surroundings::write(&mut text, story, &sizes);
    jobs(&mut text, story, &mut sizes);
    timeline::write(&mut text, story, telling);
    with_blank_lines(&text)
}

/// A blank line before each section that takes several lines.
fn with_blank_lines(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    for line in text.lines() {
        if line.ends_with(':') && !line.starts_with([' ', '#']) {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
    }
    spaced
}

fn jobs(text: &mut String, story: &Story, sizes: &mut sizes::Sizes<'_>) {
    let downloads = story.setup.target.service == Service::DoDownload;
    if story.jobs.is_empty() {
        return;
    }
    text.push_str(if downloads { "downloads:\n" } else { "jobs:\n" });
    for (id, job) in (0..).map(JobId).zip(&story.jobs) {
        let mut lines = Vec::new();
        if job.client != ClientId(0) {
            lines.push(format!("client: {}", story.setup.clients[job.client.index()].name));
        }
        lines.extend(match downloads {
            true => declared::download(id, job, sizes),
            false => declared::job(story, id, job, sizes),
        });
        let name = Story::job_name(id);
        text.push_str(&match lines.is_empty() {
            true => format!("  {name}: {{}}\n"),
            false => format!("  {name}:\n"),
        });
        for line in lines {
            text.push_str(&format!("    {line}\n"));
        }
    }
}

/// What happens in a step, as it stands under `do` of a scenario without the braces.
pub fn act(story: &Story, step: usize) -> String {
    act::act(story, step, Returns::Unsaid).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text, or `null`.
fn nullable(text: Option<&String>) -> String {
    text.map_or_else(|| "null".to_owned(), |text| quoted(text))
}

/// A number of seconds that a setter takes, as people write it.
fn seconds(secs: u32) -> String {
    if secs == u32::MAX {
        return "infinite".to_owned();
    }
    bitsim_vocab::Span::secs(secs.into()).to_string()
}

/// A number of bytes as people write it.
fn bytes(count: u64) -> String {
    let units = [(1 << 30, " GiB"), (1 << 20, " MiB"), (1 << 10, " KiB")];
    let unit = units.into_iter().find(|(unit, _)| count > 0 && count.is_multiple_of(*unit));
    unit.map_or_else(|| count.to_string(), |(unit, name)| format!("{}{name}", count / unit))
}

/// A number of bytes per second.
fn rate(count: u64) -> String {
    let text = bytes(count);
    if text.ends_with('B') { format!("{text}/s") } else { format!("{text} B/s") }
}

fn ranges(ranges: &[(u64, u64)]) -> String {
    let range = |(offset, length): &(u64, u64)| match *length {
        BG_SIZE_UNKNOWN => format!("{{offset: {}, length: eof}}", bytes(*offset)),
        length => format!("{{offset: {}, length: {}}}", bytes(*offset), bytes(length)),
    };
    let ranges: Vec<String> = ranges.iter().map(range).collect();
    format!("[{}]", ranges.join(", "))
}
