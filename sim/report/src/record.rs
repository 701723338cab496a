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
use serde_json::ser::Formatter;
use std::fmt::Write as _;
use std::io::Write;

/// The version of the format. Records of another version are not compared.
pub const VERSION: u32 = 1;

/// The name of the format.
pub const FORMAT: &str = "bitsim-record";

/// How a record begins that bitsim wrote.
const BEGINNING: &str = "{\"format\":\"bitsim-record\"";

/// No line of a record is later than this, in milliseconds: the distance between two lines, and
/// twice that, still count in ticks.
const LATEST: u64 = u64::MAX / (2 * TICKS_PER_MILLI);

const TICKS_PER_MILLI: u64 = bitsim_vocab::time::TICKS_PER_SECOND / 1_000;

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
    /// search it, too. The error, which no record is known to bring about, says why there is none.
    pub fn json(&self) -> Result<String, String> {
        let mut bytes = Vec::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Lines::default());
        self.serialize(&mut writer).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(|error| error.to_string())
    }

    /// Reads a record. The error says in a sentence what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: Option<String>,
            version: Option<u32>,
        }
        let is_record = |format: &Option<String>| format.as_deref() == Some(FORMAT);
        let read = serde_json::from_str::<Self>(text);
        let head = match &read {
            Ok(record) => {
                Ok(Head { format: Some(record.format.clone()), version: Some(record.version) })
            }
            Err(_) => serde_json::from_str::<Head>(text),
        };
        match head {
            Ok(Head { format, version: Some(VERSION) }) if is_record(&format) => {}
            Ok(Head { format, version: Some(version) }) if is_record(&format) => {
                return Err(format!(
                    "is a record of version {version}; this bitsim compares version {VERSION}"
                ));
            }
            // The end may be missing, but it began as one.
            Err(_) if text.trim_start().starts_with(BEGINNING) => {}
            _ => return Err("is no record; `bitsim run --record` writes one".to_owned()),
        }
        let record = read.map_err(|error| {
            format!("is damaged at line {}, column {}", error.line(), error.column())
        })?;
        record.check().map_err(|what| format!("is damaged: {what}"))?;
        Ok(record)
    }

    /// Sees to it that every number in it leads somewhere.
    fn check(&self) -> Result<(), String> {
        let is_rule = |rule: &usize| *rule < self.rules.len();
        for run in &self.runs {
            let told = |what: &str| Err(format!("the run `{}` {what}", run.name));
            let mut rules = run
                .declared
                .iter()
                .chain(run.held.iter().map(|(rule, _)| rule))
                .chain(run.broken.iter().map(|breach| &breach.rule))
                .chain(run.lines.iter().flat_map(|line| &line.held));
            if !rules.all(is_rule) {
                return told("names a rule that is not in the list");
            }
            if run.broken.iter().any(|breach| breach.line >= run.lines.len()) {
                return told("has a broken rule at a line that is not there");
            }
            if run.lines.iter().any(|line| line.at > LATEST) {
                return told("has a line at a time that no run reaches");
            }
        }
        Ok(())
    }

    /// The name of a rule.
    #[must_use]
    pub fn rule(&self, index: usize) -> &str {
        self.rules.get(index).map_or("", String::as_str)
    }
}

/// Puts the parts of a record on lines of their own: its rules, its runs, and each line and each
/// broken rule of a run.
#[derive(Debug, Default)]
struct Lines {
    /// For each list that is open, whether its entries stand on lines of their own.
    lists: Vec<bool>,
    objects: usize,
    /// The keys of the whole so far.
    keys: usize,
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        self.lists.push(false);
        to.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        let apart = self.lists.pop() == Some(true);
        to.write_all(if apart { b"\n]" } else { b"]" })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        self.objects += 1;
        match self.lists.last_mut() {
            Some(apart) => {
                *apart = true;
                to.write_all(b"\n{")
            }
            None => to.write_all(b"{"),
        }
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        self.objects -= 1;
        to.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        self.keys += usize::from(self.objects == 1);
        if !first {
            to.write_all(b",")?;
        }
        // Format, version and bitsim share the first line.
        let apart = self.objects == 1 && self.keys > 3;
        to.write_all(if apart { b"\n" } else { b"" })
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
    words::to_millis(at).0 / TICKS_PER_MILLI
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
    let time = words::time(SimTime(line.at.saturating_mul(TICKS_PER_MILLI)));
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
        let text = record.json().expect("JSON");
        assert_eq!(Record::read(&text).as_ref(), Ok(&record));
        let run = &record.runs[0];
        assert_eq!(run.outcome, "broken");
        let breach = &run.broken[0];
        assert_eq!(record.rule(breach.rule), "BITS-ERRCOUNT-004");
        assert_eq!(run.lines[breach.line].what, "TRANSFERRING -> TRANSIENT_ERROR");
        assert_eq!(run.lines[breach.line].count, "1 -> 2");
        assert_eq!(run.lines[breach.line].kind, "states");
        assert_eq!(run.lines.last().map(|line| line.what.as_str()), Some("settled"));
        // The head, the rules, two ends of runs, two of lists, the whole; what is in the lists.
        assert_eq!(text.lines().count(), 7 + run.broken.len() + run.lines.len(), "{text}");
    }

    #[test]
    fn what_is_no_record_is_refused_in_words() {
        let text = record().json().expect("JSON");
        assert!(Record::read("{}").expect_err("nothing").contains("is no record"));
        let newer = text.replacen("\"version\":1", "\"version\":7", 1);
        assert!(Record::read(&newer).expect_err("newer").contains("of version 7"));
        let cut = &text[..text.len() / 2];
        assert!(Record::read(cut).expect_err("cut").contains("is damaged at line "));
        let damaged = text.replacen("\"seed\":0", "\"seed\":-1", 1);
        assert!(Record::read(&damaged).expect_err("damaged").contains("damaged at line 4"));
    }

    #[test]
    fn numbers_that_lead_nowhere_are_damage() {
        type Edit = fn(&mut Recorded);
        let edits: [(Edit, &str); 6] = [
            (|run| run.lines[1].at = u64::MAX, "at a time that no run reaches"),
            (|run| run.declared.push(1_000_000), "a rule that is not in the list"),
            (|run| run.held.push((1_000_000, 1)), "a rule that is not in the list"),
            (|run| run.broken[0].rule = 1_000_000, "a rule that is not in the list"),
            (|run| run.lines[0].held.push(usize::MAX), "a rule that is not in the list"),
            (|run| run.broken[0].line = run.lines.len(), "at a line that is not there"),
        ];
        for (edit, complaint) in edits {
            let mut damaged = record();
            edit(&mut damaged.runs[0]);
            let text = damaged.json().expect("JSON");
            let told = Record::read(&text).expect_err("damaged");
            let head = "is damaged: the run `bits::error_count::pulled_cable` ";
            assert!(told.starts_with(head) && told.contains(complaint), "{told}");
        }
        let mut latest = record();
        latest.runs[0].lines[1].at = LATEST;
        let latest = Record::read(&latest.json().expect("JSON")).expect("just in time");
        for (old, new) in [(&latest, &record()), (&record(), &latest)] {
            assert!(!crate::changes::compare(old, new).text().is_empty());
        }
    }
}
