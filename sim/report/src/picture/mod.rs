//! A run as a picture: lanes of states over time, the life of the error object, the error count,
//! and what happened, each event with the line of the scenario that brought it about and the rules
//! that it put to the test. What draws (`html`, `mermaid`, `perfetto`) or exports (`json`) a run
//! reads this and nothing else.

mod build;
mod excerpts;
mod jobs;
#[cfg(test)]
mod tests;
mod weather;

pub mod json;
pub mod mermaid;
pub mod perfetto;

use serde::Serialize;

/// A whole run. Times are ticks of 100 ns since its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// The version of this format: 1.
    pub version: u32,
    /// The name of the test: `bits::error_count::pulled_cable_is_free`.
    pub name: String,
    /// The sentence after `scenario:`.
    pub title: String,
    /// The scenario file, with `/`.
    pub path: String,
    /// The text of the scenario, for the lines that events refer to.
    pub source: String,
    /// What it was played on.
    pub target: String,
    /// The seed.
    pub seed: u64,
    /// `held`, `broken` or `unsettled`.
    pub outcome: String,
    /// When the run ended, or the part of it that is shown.
    pub ended_at: u64,
    /// Whether things had come to rest: `settled`, `stopped`, `not settled`; or `cut`, if more
    /// happened than is shown.
    pub end: String,
    /// The wall clock at the start, as `2026-01-01T00:00:00Z`.
    pub wall_start: String,
    /// `error object`, or `Error / ExtendedError` of a download.
    pub error_title: String,
    /// True if the service counts errors.
    pub counts_errors: bool,
    /// One for each job, in the order in which they were created.
    pub lanes: Vec<Lane>,
    /// What befell the world and lasted: faults, a network that is gone, blocks.
    pub disturbances: Vec<Disturbed>,
    /// Everything that happened, one entry for each line of the trace.
    pub events: Vec<Entry>,
    /// The rules that the run put to the test or broke, in the order of the catalogue.
    pub rules: Vec<RuleSeen>,
    /// What went wrong, most important first.
    pub failures: Vec<Wrong>,
}

/// A job over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// The scenario's name of the job.
    pub job: String,
    /// The line that declares it.
    pub line: Option<u32>,
    /// Its states, without gaps from its creation to its end or the end of the run.
    pub states: Vec<Band>,
    /// While an error object (or pair of codes) existed.
    pub errors: Vec<Band>,
    /// The error count: from when on it had which value. Empty where errors are not counted.
    pub counts: Vec<Counted>,
    /// Notifications, launches, calls: points in time.
    pub marks: Vec<Mark>,
}

/// Something that lasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    /// From when on.
    pub from: u64,
    /// Until when; the end of the run for what lasted on.
    pub to: u64,
    /// The state, or the code of the error.
    pub what: String,
    /// The number of the event that began it (`Entry::last`).
    pub event: u32,
    /// The event in the world that brought it about, if one did.
    pub cause: Option<u32>,
}

/// A value of the error count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// From when on.
    pub at: u64,
    /// The count.
    pub count: u32,
    /// The event.
    pub event: u32,
}

/// A point in the life of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// When.
    pub at: u64,
    /// `callback`, `launch`, `call`, `timer`.
    pub kind: &'static str,
    /// What: `JobError = E_FAIL`.
    pub what: String,
    /// The event.
    pub event: u32,
}

/// Something that disturbed the world for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disturbed {
    /// From when on.
    pub from: u64,
    /// Until when; the same as `from` for what was over at once.
    pub to: u64,
    /// In words: `http 503`.
    pub what: String,
    /// Server, user or the like; empty for the whole computer.
    pub who: String,
    /// The line of the scenario.
    pub line: Option<u32>,
    /// The event that began it; 0 if it was so from the start.
    pub event: u32,
}

/// The words for what an [`Entry`] is about.
///
/// `created` a job was made, `call` a call that does something, `question` calls that only ask,
/// `state` a change of state, `count` and `error` changes of count and error alone, `attempt` and
/// `turn` beginning and end of one, `data` bytes and requests, `file` something about a file,
/// `callback` and `launch` notifications, `timer` timers, `gone` the job left the queue, `world`
/// what befell the world.
pub const KINDS: [&str; 15] = [
    "created", "call", "question", "state", "count", "error", "attempt", "turn", "data", "file",
    "callback", "launch", "timer", "gone", "world",
];

/// A line of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The number of its first event.
    pub first: u32,
    /// The number of its last event, by which it is known.
    pub last: u32,
    /// When.
    pub at: u64,
    /// The job, by its place among the lanes.
    pub lane: Option<usize>,
    /// True for a change of state, count or error, an effective call, a notification.
    pub milestone: bool,
    /// What it is about, in one word of [`KINDS`].
    pub kind: &'static str,
    /// The client that called, or that was called back.
    pub client: Option<String>,
    /// The server that was asked, that answered, or that does something wrong.
    pub server: Option<String>,
    /// What passed between job and server: the job `asks`, the server `answers`, or it `fails`.
    pub exchange: Option<&'static str>,
    /// Job, server, user or the like.
    pub who: String,
    /// What happened.
    pub what: String,
    /// The error count, `0 -> 1` where it changed.
    pub count: String,
    /// The column of the error object.
    pub error: String,
    /// Step or cause.
    pub because: String,
    /// More words about it.
    pub detail: String,
    /// The line of the scenario that brought it about directly.
    pub line: Option<u32>,
    /// Rules that held at this line's events.
    pub held: Vec<&'static str>,
    /// Rules that were broken there.
    pub broken: Vec<&'static str>,
}

/// A rule in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleSeen {
    /// Its id.
    pub id: &'static str,
    /// Its sentence.
    pub sentence: String,
    /// The title of the page it comes from.
    pub page: String,
    /// The address of the page; empty if it has none.
    pub url: String,
    /// `held`, `broken`, or `not exercised` for one that only a failure is about.
    pub outcome: &'static str,
    /// How often it held; if it was broken, how often that is known of.
    pub times: u32,
    /// True if the scenario's named defects are there to break it.
    pub by_design: bool,
    /// True if the scenario declares it.
    pub declared: bool,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// In one sentence.
    pub title: String,
    /// Expected and got.
    pub contrast: String,
    /// The broken rule, or the one behind the demand.
    pub rule: Option<&'static str>,
    /// True if that rule was broken.
    pub broken: bool,
    /// The line of the scenario.
    pub line: Option<u32>,
    /// The event.
    pub event: u32,
    /// When.
    pub at: u64,
    /// What follows from it, each in one sentence.
    pub follows: Vec<String>,
}
