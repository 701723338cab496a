//! Every measurement is made by a process of its own: memory is fresh, and its peak is told by
//! the operating system.

use std::collections::BTreeMap;
use std::time::Instant;

/// What a measurement found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// How long it took, in nanoseconds on a processor, without the start of the process.
    pub nanos: u64,
    /// How much was done in this time: states, events, runs.
    pub work: u64,
    /// Equal if the same work was done.
    pub check: String,
    /// Other figures by name.
    pub more: BTreeMap<String, u64>,
}

impl Measured {
    pub fn new(nanos: u64, work: u64, check: impl Into<String>) -> Self {
        Self { nanos, work, check: check.into(), more: BTreeMap::new() }
    }

    pub fn with(mut self, name: &str, figure: u64) -> Self {
        self.more.insert(name.to_owned(), figure);
        self
    }

    /// A line for each figure.
    pub fn to_lines(&self) -> String {
        let mut lines = format!("nanos={}\nwork={}\ncheck={}\n", self.nanos, self.work, self.check);
        for (name, figure) in &self.more {
            lines += &format!("{name}={figure}\n");
        }
        lines
    }

    /// What [`Measured::to_lines`] wrote.
    pub fn of_lines(lines: &str) -> Option<Self> {
        let mut measured = Self::new(0, 0, "");
        for line in lines.lines() {
            let (name, value) = line.split_once('=')?;
            match name {
                "nanos" => measured.nanos = value.parse().ok()?,
                "work" => measured.work = value.parse().ok()?,
                "check" => measured.check = value.to_owned(),
                _ => drop(measured.more.insert(name.to_owned(), value.parse().ok()?)),
            }
        }
        (measured.work > 0).then_some(measured)
    }
}

/// Measures one thing.
pub struct Clock {
    wall: Instant,
    processor: Option<Processor>,
}

/// Time on a processor so far, in nanoseconds.
#[derive(Clone, Copy)]
struct Processor {
    /// Of the first thread, to a few milliseconds.
    first: u64,
    /// Of all threads, those that have ended among them, to a hundredth of a second.
    all: u64,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "only a bench looks at a clock")]
    pub fn start() -> Self {
        Self { processor: Processor::now(), wall: Instant::now() }
    }

    /// Ends it. What was done since, and what is equal if the same was done.
    ///
    /// The time is that on a processor where the system tells it: on a machine that does other
    /// things as well it says more than the time on the wall.
    pub fn stop(self, work: u64, check: impl Into<String>) -> Measured {
        let wall = self.wall.elapsed().as_nanos() as u64;
        let processor = self.processor.zip(Processor::now()).map(|(then, now)| {
            let (first, all) = (now.first - then.first, now.all - then.all);
            // The rest is the work of other threads, or else the coarseness of `all`.
            if all > first * 2 && all > 50_000_000 { all } else { first }
        });
        let mut measured = Measured::new(processor.unwrap_or(wall), work, check).with("wall", wall);
        if let Some(peak) = peak_memory() {
            measured = measured.with("peak", peak);
        }
        measured
    }
}

impl Processor {
    fn now() -> Option<Self> {
        let first = std::fs::read_to_string("/proc/self/schedstat").ok()?;
        let first = first.split_whitespace().next()?.parse().ok()?;
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self { first, all: (ticks(11)? + ticks(12)?) * 10_000_000 })
    }
}

/// The most memory that this process has used so far, in bytes, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
