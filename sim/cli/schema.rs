//! The language of scenarios as JSON Schema (draft 7) for editors, and as a reference for readers.
//! `bitsim schema`

use super::out::Out;
use super::{Exit, Stop};
use bitsim::report::schema as language;
use clap::ValueEnum;

/// What to print.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to print it as
    #[arg(long = "as", value_name = "FORMAT", default_value = "json")]
    format: Format,
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
    out.put(&match options.format {
        Format::Json => language::json(),
        Format::Markdown => language::markdown(),
    });
    Ok(Exit::Held)
}
