//! The picture as JSON trace events, which Perfetto and chrome://tracing open.
//!
//! | Track | holds |
//! | --- | --- |
//! | process `world`, threads `world`, `world 2`, ... | a slice for each disturbance, an instant for what was over at once |
//! | a process for each job, thread `state` | a slice for each state |
//! | thread `error object` | a slice while error information existed |
//! | thread `calls and callbacks` | instants |
//! | counter `error count` | its values |
//!
//! Arrows lead from a disturbance to the states and errors that it caused. Times are whole
//! microseconds since the start of the run: the format counts in microseconds, the simulator in
//! tenths of one.

use super::{Band, Lane, Picture};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The process of the world; jobs come after it.
const WORLD: u32 = 1;

const STATE: u32 = 1;
const ERROR: u32 = 2;
const POINTS: u32 = 3;

/// The JSON object format of the Trace Event Format.
#[derive(Serialize)]
struct File {
    #[serde(rename = "traceEvents")]
    events: Vec<Event>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "otherData")]
    about: Map<String, Value>,
}

/// One trace event. The letters are those of the format.
#[derive(Serialize)]
struct Event {
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'static str,
    ph: &'static str,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// The scope of an instant: its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    /// Where the head of an arrow ends: at the slice around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    args: Map<String, Value>,
}

/// The whole file.
#[must_use]
pub fn text(picture: &Picture) -> String {
    let mut sheet = Sheet { picture, named: Vec::new(), timed: Vec::new(), arrows: 0 };
    let causes = sheet.world();
    for (lane, pid) in picture.lanes.iter().zip(WORLD + 1..) {
        sheet.lane(lane, pid, &causes);
    }
    let Sheet { named, mut timed, .. } = sheet;
    // By time, so that each track is in order; what happens at once keeps the order of writing.
    timed.sort_by_key(|event| event.ts);
    let mut events = named;
    events.extend(timed);
    let about = arguments([
        ("name", json!(picture.name)),
        ("title", json!(picture.title)),
        ("target", json!(picture.target)),
        ("seed", json!(picture.seed)),
        ("outcome", json!(picture.outcome)),
        ("wall_start", json!(picture.wall_start)),
    ]);
    crate::json(&File { events, unit: "ms", about })
}

/// What has been written so far.
struct Sheet<'a> {
    picture: &'a Picture,
    named: Vec<Event>,
    timed: Vec<Event>,
    arrows: u32,
}

/// Where the slice of a disturbance is: its thread, when it begins and when it ends.
type Causes = BTreeMap<u32, (u32, u64, u64)>;

impl Sheet<'_> {
    /// The disturbances. Those that overlap are on threads of their own, since slices of one
    /// thread must lie within each other.
    fn world(&mut self) -> Causes {
        self.process(WORLD, "world", 0);
        let mut causes = Causes::new();
        let mut busy_until: Vec<u64> = Vec::new();
        for one in &self.picture.disturbances {
            let (from, to) = (micros(one.from), micros(one.to));
            let free = busy_until.iter().position(|until| *until <= from);
            let thread = free.unwrap_or_else(|| {
                busy_until.push(0);
                busy_until.len() - 1
            });
            // A slice without length would share its place with the next one.
            busy_until[thread] = to.max(from + 1);
            let tid = u32::try_from(thread).unwrap_or(u32::MAX - 1) + 1;
            causes.insert(one.event, (tid, from, to));
            let mut event = event(format!("{}: {}", one.who, one.what), "X", from, WORLD, tid);
            event.cat = "disturbance";
            event.dur = Some(to - from);
            event.args = self.about(one.event, one.line);
            self.timed.push(event);
        }
        for thread in 0..busy_until.len() {
            let tid = u32::try_from(thread).unwrap_or(u32::MAX - 1) + 1;
            let name = if thread == 0 { "world".to_owned() } else { format!("world {tid}") };
            self.thread(WORLD, tid, &name);
        }
        causes
    }

    fn lane(&mut self, lane: &Lane, pid: u32, causes: &Causes) {
        self.process(pid, &lane.job, pid - WORLD);
        self.thread(pid, STATE, "state");
        self.thread(pid, ERROR, &self.picture.error_title.clone());
        self.thread(pid, POINTS, "calls and callbacks");
        for band in &lane.states {
            self.slice(band, "state", pid, STATE, causes);
        }
        for band in &lane.errors {
            self.slice(band, "error", pid, ERROR, causes);
        }
        for count in &lane.counts {
            let mut event = event("error count".to_owned(), "C", micros(count.at), pid, STATE);
            event.args = arguments([("count", json!(count.count))]);
            self.timed.push(event);
        }
        for mark in &lane.marks {
            let mut event = event(mark.what.clone(), "i", micros(mark.at), pid, POINTS);
            event.cat = mark.kind;
            event.s = Some("t");
            event.args = self.about(mark.event, None);
            self.timed.push(event);
        }
    }

    /// A slice, and an arrow to it from what caused it.
    fn slice(&mut self, band: &Band, cat: &'static str, pid: u32, tid: u32, causes: &Causes) {
        let (from, to) = (micros(band.from), micros(band.to));
        let mut slice = event(band.what.clone(), "X", from, pid, tid);
        slice.cat = cat;
        slice.dur = Some(to - from);
        slice.args = self.about(band.event, None);
        self.timed.push(slice);
        let Some((cause_tid, began, over)) = band.cause.and_then(|cause| causes.get(&cause)) else {
            return;
        };
        self.arrows += 1;
        // The arrow leaves where the disturbance was at that time, or where it began if it was
        // over by then.
        let arrow = |ph, ts, pid, tid| {
            let mut arrow = event("causes".to_owned(), ph, ts, pid, tid);
            arrow.cat = "cause";
            arrow
        };
        let leaves = if from < *over { from } else { *began };
        let mut tail = arrow("s", leaves, WORLD, *cause_tid);
        let mut head = arrow("f", from, pid, tid);
        tail.id = Some(self.arrows);
        head.id = Some(self.arrows);
        head.bp = Some("e");
        self.timed.push(tail);
        self.timed.push(head);
    }

    /// The number of an event in the trace, and its line in the scenario.
    fn about(&self, number: u32, line: Option<u32>) -> Map<String, Value> {
        let events = &self.picture.events;
        let index = events.partition_point(|entry| entry.last < number);
        let entry = events.get(index).filter(|entry| entry.last == number);
        let mut all = arguments([("event", json!(number))]);
        if let Some(line) = line.or_else(|| entry.and_then(|entry| entry.line)) {
            all.insert("line".to_owned(), json!(line));
        }
        if let Some(because) = entry.map(|entry| &entry.because).filter(|text| !text.is_empty()) {
            all.insert("because".to_owned(), json!(because));
        }
        all
    }

    fn process(&mut self, pid: u32, name: &str, order: u32) {
        self.name("process_name", pid, 0, [("name", json!(name))]);
        self.name("process_sort_index", pid, 0, [("sort_index", json!(order))]);
    }

    fn thread(&mut self, pid: u32, tid: u32, name: &str) {
        self.name("thread_name", pid, tid, [("name", json!(name))]);
        self.name("thread_sort_index", pid, tid, [("sort_index", json!(tid))]);
    }

    fn name(&mut self, what: &str, pid: u32, tid: u32, args: [(&str, Value); 1]) {
        let mut event = event(what.to_owned(), "M", 0, pid, tid);
        event.args = arguments(args);
        self.named.push(event);
    }
}

fn event(name: String, ph: &'static str, ts: u64, pid: u32, tid: u32) -> Event {
    let (cat, args) = ("", Map::new());
    Event { name, cat, ph, ts, dur: None, pid, tid, id: None, s: None, bp: None, args }
}

fn arguments<const N: usize>(all: [(&str, Value); N]) -> Map<String, Value> {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

const fn micros(ticks: u64) -> u64 {
    ticks / 10
}
