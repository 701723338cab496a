//! The language of scenarios as JSON Schema (draft 7) for editors, and as a reference for readers.
//! `bitsim schema`

use super::out::Out;
use super::written::{self, Place};
use super::{Exit, Stop};
use bitsim::report::schema as language;
use clap::ValueEnum;

/// What to print.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to print it as
    #[arg(long = "as", value_name = "FORMAT", default_value = "json")]
    format: Format,
    /// Into this file instead of stdout; `-` is stdout
    #[arg(short, long, value_name = "FILE", value_parser = written::place)]
    output: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON Schema (draft 7), for editors and other programs
    Json,
    /// A reference of every key, for people
    Markdown,
}

/// Print the language of scenarios: a JSON Schema for editors, or a reference.
pub(crate) fn schema(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let text = match options.format {
        Format::Json => language::json(),
        Format::Markdown => language::markdown(),
    };
    match &options.output {
        Some(Place::File(path)) => written::write(path, &text)?,
        Some(_) | None => out.exact(&text),
    }
    Ok(Exit::Held)
}
