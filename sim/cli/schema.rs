//! `bitsim schema`

use super::out::Out;
use super::{Exit, Stop};

/// Options.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}

/// Print the language of scenarios: a JSON Schema for editors, or a reference.
pub(crate) fn schema(_options: &Options, _out: &mut Out) -> Result<Exit, Stop> {
    Ok(Exit::Held)
}
