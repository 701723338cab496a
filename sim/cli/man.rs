//! `bitsim man`

use super::out::Out;
use super::{Exit, Stop};

/// Options.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}

/// Print the manual page.
pub(crate) fn man(_options: &Options, _out: &mut Out) -> Result<Exit, Stop> {
    Ok(Exit::Held)
}
