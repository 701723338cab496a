//! A counter on the terminal while much is done.

use std::io::{IsTerminal, Write};

/// Counts what is done; only a person at a terminal sees it.
pub(crate) struct Progress {
    total: usize,
    /// What is counted, as a plural.
    what: &'static str,
    shown: bool,
}

impl Progress {
    /// Fewer are done before a counter can be read.
    const WORTH_COUNTING: usize = 50;

    /// A counter up to `total`.
    pub(crate) fn new(total: usize, what: &'static str) -> Self {
        let shown = total >= Self::WORTH_COUNTING && std::io::stderr().is_terminal();
        Self { total, what, shown }
    }

    /// So many are done.
    pub(crate) fn show(&self, done: usize) {
        if self.shown && done.is_multiple_of(10) {
            eprint!("\r  {done} of {} {}", self.total, self.what);
            let _ = std::io::stderr().flush();
        }
    }

    /// Makes room for a line.
    pub(crate) fn clear(&self) {
        if self.shown {
            eprint!("\r\u{1b}[K");
        }
    }
}
