//! `bitsim check`

use super::files::{self, Loaded};
use super::out::Out;
use super::{Exit, Stop};
use bitsim::report::{diagnostics, words};
use std::path::PathBuf;

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Scenarios, or folders of them [default: scenarios]
    paths: Vec<PathBuf>,
}

/// Reads scenarios and tells every mistake.
pub(crate) fn check(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let files = files::find(&options.paths)?;
    let mut tally = diagnostics::Tally::default();
    let mut exit = Exit::Held;
    for file in &files {
        let (source, list) = match files::load(file)? {
            Loaded::Scenario(scenario) => (scenario.source().clone(), scenario.warnings().to_vec()),
            Loaded::Mistakes(source, list) => (source, list),
            Loaded::Fault(text) => {
                eprint!("{text}");
                exit = exit.or(Exit::Simulator);
                continue;
            }
        };
        tally.add(&list);
        if !list.is_empty() {
            out.put(&diagnostics::text(&source.path, &source.text, &list, out.painter()));
            out.put("\n");
        }
    }
    let number = words::count(files.len(), "scenario");
    let text = match (tally.text(), tally.errors) {
        (None, _) => format!("{number}, no mistakes\n"),
        (Some(text), 0) => format!("{number}, {text}\n"),
        (Some(text), _) => format!("{text}; nothing was run\n"),
    };
    out.put(&text);
    Ok(if tally.errors > 0 { exit.or(Exit::Scenario) } else { exit })
}
