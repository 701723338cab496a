//! `bitsim changes`

use super::out::Out;
use super::{Exit, Stop};

/// Options.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}

/// Compare two records of a suite: what behaves differently, by rule.
pub(crate) fn changes(_options: &Options, _out: &mut Out) -> Result<Exit, Stop> {
    Ok(Exit::Held)
}
