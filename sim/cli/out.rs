//! Standard output that outlives its reader.

use super::{Exit, narrow};
use bitsim::report::snippet::Painter;
use std::io::{ErrorKind, Write};

/// Where results go.
pub(crate) struct Out {
    painter: Painter,
    /// The columns of a terminal that is narrower than what is written to it.
    width: Option<usize>,
    stdout: std::io::BufWriter<std::io::StdoutLock<'static>>,
    /// Nobody reads any more.
    closed: bool,
    /// Why writing failed, if not because nobody reads.
    trouble: Option<std::io::Error>,
}

impl Out {
    pub(crate) fn new(colored: bool, width: Option<usize>) -> Self {
        Self {
            width,
            painter: if colored { Painter::Colored } else { Painter::Plain },
            stdout: std::io::BufWriter::new(std::io::stdout().lock()),
            closed: false,
            trouble: None,
        }
    }

    /// With colours or without.
    pub(crate) const fn painter(&self) -> Painter {
        self.painter
    }

    /// Writes what people read, on a narrow terminal on shorter lines.
    pub(crate) fn put(&mut self, text: &str) {
        match self.width {
            Some(width) => self.exact(&narrow::fitted(text, width)),
            None => self.exact(text),
        }
    }

    /// Writes what programs read, byte for byte. A reader that has seen enough (`bitsim trace x |
    /// head`) is no error.
    pub(crate) fn exact(&mut self, text: &str) {
        if !self.closed {
            let written = self.stdout.write_all(text.as_bytes());
            self.note(written);
        }
    }

    /// Shows what was written so far.
    pub(crate) fn flush(&mut self) {
        if !self.closed {
            let flushed = self.stdout.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, result: std::io::Result<()>) {
        if let Err(error) = result {
            self.closed = true;
            if error.kind() != ErrorKind::BrokenPipe {
                self.trouble = Some(error);
            }
        }
    }

    /// Writes what is left; the exit code says so if that failed.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        self.flush();
        match self.trouble {
            Some(error) => {
                eprintln!("bitsim: cannot write the results: {error}");
                exit.or(Exit::Options)
            }
            None => exit,
        }
    }
}
