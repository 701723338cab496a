//! A run as a picture: lanes of states over time, the life of the error object, the error count,
//! and what happened, each event with the line of the scenario that brought it about and the rules
//! that it put to the test. What draws (`html`, `mermaid`, `perfetto`) or exports (`json`) a run
//! reads this and nothing else.

mod build;

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
    /// When the run ended, and whether things had come to rest.
    pub ended_at: u64,
    /// `settled`, `stopped`, `not settled`.
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
    /// The event that began it.
    pub event: u32,
}

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
    /// The page it comes from: title and address.
    pub page: String,
    /// The address.
    pub url: String,
    /// `held` or `broken`.
    pub outcome: &'static str,
    /// How often it held.
    pub times: u32,
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
    /// The broken rule.
    pub rule: Option<&'static str>,
    /// The line of the scenario.
    pub line: Option<u32>,
    /// The event.
    pub event: u32,
    /// When.
    pub at: u64,
}
