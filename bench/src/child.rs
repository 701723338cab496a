//! Every measurement is made by a process of its own: memory is fresh, and its peak is told by
//! the operating system.

use std::collections::BTreeMap;

/// What a measurement found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// How long it took, in nanoseconds, without the start of the process.
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

/// The most memory that this process has used so far, in bytes, where the system tells it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
