//! `bitsim explain`

use super::out::Out;
use super::{Exit, Stop};

/// Options.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}

/// Explain a diagnostic: what it means and what to do.
pub(crate) fn explain(_options: &Options, _out: &mut Out) -> Result<Exit, Stop> {
    Ok(Exit::Held)
}
