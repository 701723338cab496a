//! `bitsim new`

use super::out::Out;
use super::{Exit, Stop};

/// Options.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}

/// Write a first scenario that runs green.
pub(crate) fn new(_options: &Options, _out: &mut Out) -> Result<Exit, Stop> {
    Ok(Exit::Held)
}
