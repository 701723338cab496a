//! Records of suites: what every run did, line by line as people read it, with the rules that held
//! at each line. [`crate::changes`] compares two of them, made by two versions of bitsim or of the
//! scenarios.

use crate::failure::Case;
use crate::lines::{self, Line};
use crate::results::Ended;
use crate::rounds;
use crate::summary::{self, Verdict};
use crate::words;
use bitsim_replay::{Digest, Run};
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::{RuleId, SimTime};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The version of the format. Records of another version are not compared.
pub const VERSION: u32 = 1;

/// The name of the format.
pub const FORMAT: &str = "bitsim-record";

/// What a suite did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of bitsim that wrote it.
    pub bitsim: String,
    /// Every rule there was; the numbers in runs and lines count in this list from 0.
    pub rules: Vec<String>,
    /// The runs, in the order in which they were played.
    pub runs: Vec<Recorded>,
}

/// What one run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The name of the test.
    pub name: String,
    /// The scenario file, with `/`.
    pub path: String,
    /// What it was played on.
    pub target: String,
    /// The seed.
    pub seed: u64,
    /// `held`, `broken` or `unsettled`.
    pub outcome: String,
    /// A fingerprint of the scenario's text.
    pub scenario: String,
    /// The rules that the scenario declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<usize>,
    /// The rules that held, each with how often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<(usize, u32)>,
    /// The rules that were broken, each once, in the order in which it was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Breach>,
    /// What happened.
    #[serde(default)]
    pub lines: Vec<Told>,
}

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The rule.
    pub rule: usize,
    /// The line at which it was broken first, from 0.
    pub line: usize,
    /// What happened, in one clause.
    pub what: String,
}

/// A line of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When, in milliseconds since the start.
    pub at: u64,
    /// What kind of line it is: `states`, `calls`, `callbacks` and so on.
    pub kind: String,
    /// Job, server, user or the like.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// What happened.
    pub what: String,
    /// The error count, `1 -> 2` if it changed here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub count: String,
    /// The column of the error object.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// Step or cause.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// More words about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The rules that held at this line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<usize>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            bitsim: env!("CARGO_PKG_VERSION").to_owned(),
            rules: RuleId::ALL.iter().map(|rule| rule.text().to_owned()).collect(),
            runs: Vec::new(),
        }
    }
}

impl Record {
    /// Adds a run. Where each rule held is known only of one that was played with
    /// [`bitsim_replay::Options::witnessed`].
    pub fn add(&mut self, case: &Case<'_>) {
        self.runs.push(Recorded::of(case));
    }

    /// The record as JSON, one line of a trace on each line, so that plain tools can compare and
    /// search it, too.
    #[must_use]
    pub fn json(&self) -> String {
        let json = |value: &dyn erased::Json| value.json();
        let mut out = format!(
            "{{\"format\":{},\"version\":{},\"bitsim\":{},\n\"rules\":{},\n\"runs\":[",
            json(&self.format),
            self.version,
            json(&self.bitsim),
            json(&self.rules)
        );
        for (index, run) in self.runs.iter().enumerate() {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            let head = json(&Recorded { lines: Vec::new(), ..run.clone() });
            out.push_str(head.trim_end_matches("[]}"));
            out.push('[');
            for (index, line) in run.lines.iter().enumerate() {
                out.push_str(if index == 0 { "\n" } else { ",\n" });
                out.push_str(&json(line));
            }
            out.push_str("\n]}");
        }
        out.push_str("\n]}\n");
        out
    }

    /// Reads a record. The error says in a sentence what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: Option<String>,
            version: Option<u32>,
        }
        let head: Option<Head> = serde_json::from_str(text).ok();
        match head {
            Some(Head { format: Some(format), version: Some(VERSION) }) if format == FORMAT => {}
            Some(Head { format: Some(format), version: Some(version) }) if format == FORMAT => {
                return Err(format!(
                    "is a record of version {version}; this bitsim compares version {VERSION}"
                ));
            }
            _ => return Err("is no record; `bitsim run --record` writes one".to_owned()),
        }
        serde_json::from_str(text).map_err(|error| {
            format!("is damaged at line {}, column {}", error.line(), error.column())
        })
    }

    /// The name of a rule.
    #[must_use]
    pub fn rule(&self, index: usize) -> &str {
        self.rules.get(index).map_or("", String::as_str)
    }
}

/// Values of different types as compact JSON.
mod erased {
    use serde::Serialize;

    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: Serialize> Json for T {
        fn json(&self) -> String {
            // Only maps with keys that are no strings fail, and there are none.
            serde_json::to_string(self).unwrap_or_default()
        }
    }
}

impl Recorded {
    fn of(case: &Case<'_>) -> Self {
        let run = case.run;
        let (lines, broken) = told(run);
        let target = run.target();
        let of_service = |rule: &RuleId| summary::is_of(*rule, target);
        let held = RuleId::ALL.iter().filter(|rule| of_service(rule)).filter_map(|rule| match run
            .findings
            .outcome(*rule)
        {
            bitsim_oracle::Outcome::Held(times) => Some((rule.index(), times)),
            _ => None,
        });
        Self {
            name: case.name.to_owned(),
            path: case.path.to_owned(),
            target: target.to_string(),
            seed: run.seed(),
            outcome: Ended::from(Verdict::of(run)).word().to_owned(),
            scenario: Digest::of(&case.source).to_string(),
            declared: run.declared.iter().map(|rule| rule.value.index()).collect(),
            held: held.collect(),
            broken,
            lines,
        }
    }
}

/// The lines of a run, repeated rounds folded, and where rules were broken.
fn told(run: &Run) -> (Vec<Told>, Vec<Breach>) {
    let lines = lines::of(run);
    let mut told: Vec<Told> = lines.iter().map(|line| one(run, line)).collect();
    let of_event = |event: u32| {
        let found = lines.partition_point(|line| line.last < event);
        found.min(lines.len().saturating_sub(1))
    };
    let target = run.target();
    for witness in run.findings.witnesses() {
        if let Some(line) = told.get_mut(of_event(witness.event))
            && summary::is_of(witness.rule, target)
            && !line.held.contains(&witness.rule.index())
        {
            line.held.push(witness.rule.index());
        }
    }
    let mut broken: Vec<(usize, RuleId, String)> = Vec::new();
    for violation in run.violations() {
        if broken.iter().all(|(_, rule, _)| *rule != violation.rule) {
            let what = violation.what.replace("`{job}`", "a job").replace("{job}", "a job");
            broken.push((of_event(violation.event), violation.rule, what));
        }
    }
    let (mut folded, place) = fold(&lines, told);
    let (at, what) = match run.trace.end {
        End::Settled(at) => (at, "settled"),
        End::Stopped(at) => (at, "stopped"),
        End::DidNotSettle(at) => (at, "not settled"),
    };
    let (at, kind, what) = (millis(at), "end of the run".to_owned(), what.to_owned());
    folded.push(Told { at, kind, what, ..Told::default() });
    let breach = |(line, rule, what): (usize, RuleId, String)| {
        let line = place.get(line).copied().unwrap_or_default();
        Breach { rule: rule.index(), line, what }
    };
    (folded, broken.into_iter().map(breach).collect())
}

/// The lines with one in place of each stretch of repeated rounds, and where each old line went.
fn fold(lines: &[Line], told: Vec<Told>) -> (Vec<Told>, Vec<usize>) {
    let repeats = rounds::find(lines);
    let mut out: Vec<Told> = Vec::new();
    let mut place = Vec::new();
    let mut next = repeats.iter().peekable();
    let mut left = 0;
    for (index, line) in told.into_iter().enumerate() {
        if let Some(repeat) = next.next_if(|repeat| repeat.first == index) {
            left = repeat.lines * repeat.times;
            let (at, kind, who) = (line.at, "rounds".to_owned(), line.who.clone());
            let (lines, times) = (repeat.lines, repeat.times);
            let what = match lines {
                1 => format!("the last line comes {times} more times"),
                lines => format!("the last {lines} lines come {times} more times"),
            };
            out.push(Told { at, kind, who, what, ..Told::default() });
        }
        if left == 0 {
            out.push(line);
        } else if let Some(fold) = out.last_mut() {
            left -= 1;
            fold.held.extend(line.held);
            fold.held.sort_unstable();
            fold.held.dedup();
        }
        place.push(out.len() - 1);
    }
    (out, place)
}

fn one(run: &Run, line: &Line) -> Told {
    let last = run.trace.events.get((line.last as usize).saturating_sub(1));
    let is_move = line.what.contains(" -> ") && !line.environment;
    let kind = match last.map(|event| &event.what) {
        _ if is_move => "states",
        None => "other",
        Some(what) => kind(what),
    };
    Told {
        at: millis(line.at),
        kind: kind.to_owned(),
        who: line.who.clone(),
        what: line.what.clone(),
        count: line.count.clone(),
        error: line.error.text(|code| code.to_string()),
        because: line.because.clone(),
        detail: line.detail.clone(),
        held: Vec::new(),
    }
}

/// Milliseconds since the start.
fn millis(at: SimTime) -> u64 {
    words::to_millis(at).0 / (bitsim_vocab::time::TICKS_PER_SECOND / 1_000)
}

/// What kind of thing happened, as a plural.
const fn kind(what: &Happened) -> &'static str {
    match what {
        Happened::Called(_) | Happened::StartReturned { .. } => "calls",
        Happened::Created(_) | Happened::DownloadCreated(_) | Happened::LeftQueue { .. } => "jobs",
        Happened::Standing { .. } | Happened::State { .. } => "states",
        Happened::Count { .. } => "error counts",
        Happened::ErrorInfo { .. } | Happened::ErrorGone { .. } => "error objects",
        Happened::Granted { .. } | Happened::SliceEnded { .. } => "turns",
        Happened::Requested { .. }
        | Happened::AttemptBegan { .. }
        | Happened::AttemptEnded { .. }
        | Happened::UploadCancelRequested { .. } => "attempts",
        Happened::Bytes { .. } => "bytes",
        Happened::File(_) => "files",
        Happened::NoteBegan(_) | Happened::NoteEnded { .. } => "callbacks",
        Happened::Timer { .. } => "timers",
        Happened::Env(_) => "surroundings",
    }
}

/// A line as people read it: time, who, what, count, error.
#[must_use]
pub(crate) fn shown(line: &Told) -> String {
    let time = words::time(SimTime(line.at * (bitsim_vocab::time::TICKS_PER_SECOND / 1_000)));
    let mut out = format!("{time}  {:<9} {}", line.who, line.what);
    if !line.count.is_empty() {
        let _ = write!(out, "  count {}", line.count);
    }
    for cell in [&line.error, &line.because] {
        if !cell.is_empty() && cell != "-" {
            let _ = write!(out, "  {cell}");
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sample;

    /// A record of the sample.
    pub(crate) fn record() -> Record {
        let (plan, run) = (sample::plan(), sample::run());
        let mut record = Record::default();
        record.add(&Case {
            name: "bits::error_count::pulled_cable",
            path: "scenarios/bits/error_count/pulled_cable.yaml",
            source: sample::SOURCE,
            plan: &plan,
            run: &run,
            again: "",
        });
        record
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = record();
        let text = record.json();
        assert_eq!(Record::read(&text).as_ref(), Ok(&record));
        let run = &record.runs[0];
        assert_eq!(run.outcome, "broken");
        let breach = &run.broken[0];
        assert_eq!(record.rule(breach.rule), "BITS-ERRCOUNT-004");
        assert_eq!(run.lines[breach.line].what, "TRANSFERRING -> TRANSIENT_ERROR");
        assert_eq!(run.lines[breach.line].count, "1 -> 2");
        assert_eq!(run.lines[breach.line].kind, "states");
        assert_eq!(run.lines.last().map(|line| line.what.as_str()), Some("settled"));
        assert_eq!(text.lines().count(), 5 + run.lines.len() + 1, "{text}");
    }

    #[test]
    fn what_is_no_record_is_refused_in_words() {
        let text = record().json();
        assert!(Record::read("{}").expect_err("nothing").contains("is no record"));
        let newer = text.replacen("\"version\":1", "\"version\":7", 1);
        assert!(Record::read(&newer).expect_err("newer").contains("of version 7"));
        let cut = &text[..text.len() / 2];
        assert!(Record::read(cut).is_err());
        let damaged = text.replacen("\"seed\":0", "\"seed\":-1", 1);
        assert!(Record::read(&damaged).expect_err("damaged").contains("damaged at line 4"));
    }
}
