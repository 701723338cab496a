//! `bitsim changes`

use super::out::Out;
use super::written::{self, Place};
use super::{Exit, Stop};
use bitsim::report::changes::compare;
use bitsim::report::record::Record;
use bitsim::report::words;
use clap::ValueEnum;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// The record of before, as `bitsim run --record` writes it
    old: PathBuf,
    /// The record of now
    new: PathBuf,
    /// How to tell it
    #[arg(long = "as", value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Into this file instead of stdout; `-` is stdout
    #[arg(short, long, value_name = "FILE", value_parser = written::place)]
    output: Option<Place>,
}

const EXIT_CODES: &str = "\
Changes are told by the rules that speak of them: first those that are broken now, then those that
are not broken any more, then the others. Runs with the same name are compared, line by line.

Exit codes, as diff has them:
  0  no run behaves differently
  1  some do
  2  the command line or a record is wrong; nothing was compared";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For the page of a pull request
    Markdown,
    /// For programs
    Json,
}

/// The largest record that is read, in bytes. That of this repository's own suite is far smaller.
const LARGEST_RECORD: u64 = 256 << 20;

/// Compares two records of a suite and tells what behaves differently.
pub(crate) fn changes(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    // Exit code 1 is taken: it says that there are changes.
    compared(options, out).map_err(|stop| Stop { exit: Exit::Scenario, ..stop })
}

fn compared(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    if let Some(Place::File(path)) = &options.output {
        written::can_be_written(path)?;
    }
    let (old, new) = (read(&options.old)?, read(&options.new)?);
    let changes = compare(&old, &new);
    let text = match options.format {
        Format::Text => changes.text(),
        Format::Markdown => changes.markdown(),
        Format::Json => changes.json(),
    };
    match (&options.output, options.format) {
        (Some(Place::File(path)), _) => written::write(path, &text)?,
        (_, Format::Text) => out.put(&text),
        (_, Format::Markdown | Format::Json) => out.exact(&text),
    }
    Ok(if changes.is_empty() { Exit::Held } else { Exit::Differ })
}

/// Reads a record.
pub(crate) fn read(path: &Path) -> Result<Record, Stop> {
    let shown = path.display();
    let cannot = |error| Stop::options(format!("cannot read `{shown}`: {error}"));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    let size = file.metadata().map_err(cannot)?.len();
    if size <= LARGEST_RECORD {
        // What is no ordinary file may have more to give than its size says.
        file.take(LARGEST_RECORD + 1).read_to_end(&mut bytes).map_err(cannot)?;
    }
    if size.max(bytes.len() as u64) > LARGEST_RECORD {
        let most = words::size(LARGEST_RECORD);
        return Err(Stop::options(format!("`{shown}` is too large for a record: above {most}")));
    }
    // A text that is not UTF-8 is no record either.
    Record::read(&String::from_utf8_lossy(&bytes))
        .map_err(|what| Stop::options(format!("`{shown}` {what}")))
}
