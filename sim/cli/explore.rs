//! `bitsim explore`

mod everywhere;

use super::out::Out;
use super::{Exit, Stop};
use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::vocab::Target;
use clap::ValueEnum;
use std::path::PathBuf;

/// What to explore.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    everywhere: everywhere::Options,
    /// The target
    #[arg(long, value_name = "TARGET", value_parser = super::target, default_value = "bits")]
    on: Target,
    /// Where to write what is found, as scenarios [default: scenarios/found; with --sabotage
    /// nowhere]
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
    /// Plant a deliberate bug, to see that it is found
    #[arg(long, value_name = "NAME", value_parser = bug)]
    sabotage: Option<&'static Bug>,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

fn bug(name: &str) -> Result<&'static Bug, String> {
    bugs().find(|bug| bug.name == name).ok_or_else(|| format!("there is no bug `{name}`"))
}

/// Explores.
pub(crate) fn explore(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    if !options.everywhere.asked() {
        return Err(Stop::options("say --exhaustive"));
    }
    let usual = || options.sabotage.is_none().then(|| PathBuf::from("scenarios/found"));
    let save = options.save.clone().or_else(usual);
    let common = everywhere::Common {
        on: options.on,
        bug: options.sabotage,
        threads: None,
        save: save.as_deref(),
        json: options.format == Format::Json,
    };
    everywhere::explore(&options.everywhere, &common, &|| true, out)
}
