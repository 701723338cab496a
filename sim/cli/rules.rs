//! `bitsim rules`

use super::files::{self, Loaded};
use super::out::Out;
use super::play::Entry;
use super::{Exit, Stop};
use bitsim::engine::sabotage::bugs;
use bitsim::report::book::{self, Facts};
use bitsim::report::summary::Suite;
use bitsim::report::{families, rulebook, words};
use bitsim::vocab::{RuleId, Service};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// What to look up.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A rule (BITS-ERRCOUNT-004), a family of them (ERRCOUNT), or words to find (log-off)
    #[arg(value_name = "ID|WORDS")]
    asked: Vec<String>,
    /// Only rules that are checked but that no scenario gave a chance to fail
    #[arg(long)]
    uncovered: bool,
    /// How to tell it
    #[arg(long = "as", value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The transition table that the engine runs from, of bits, do-legacy or do-download
    #[arg(
        long,
        conflicts_with_all = ["asked", "uncovered"],
        num_args = 0..=1,
        value_name = "SERVICE",
        default_missing_value = "bits",
        value_parser = service
    )]
    matrix: Option<Service>,
    /// Scenarios that are played to know which rules are exercised [default: scenarios]
    #[arg(long = "in", value_name = "PATH")]
    scenarios: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a page
    Markdown,
}

/// Looks up rules.
pub(crate) fn rules(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    if let Some(service) = options.matrix {
        return matrix(service, options.format, out);
    }
    let text = options.asked.join(" ");
    let mut rules = if text.is_empty() { RuleId::ALL.to_vec() } else { rulebook::family(&text) };
    let by_name = !rules.is_empty();
    if !by_name {
        rules = rulebook::find(&text);
    }
    if rules.is_empty() {
        return Err(Stop::options(nothing_found(&text)));
    }
    let one = by_name && rules.len() == 1;
    let plain = options.format == Format::Text && !options.uncovered;
    let played = if plain && !one { None } else { play(&options.scenarios)? };
    let sabotage_of = |rule| sabotage_of(rule).map(str::to_owned);
    let checked = bitsim::oracle::checked().into_iter().collect();
    let facts = Facts { checked, suite: played.as_ref(), sabotage_of: &sabotage_of };
    if options.uncovered {
        if facts.suite.is_none() {
            return Err(Stop::options("there are no scenarios to play; name some with --in PATH"));
        }
        rules.retain(|rule| facts.is_uncovered(*rule));
    }
    let told = match (options.format, !text.is_empty()) {
        (Format::Json, _) => book::json(&rules, &facts),
        (Format::Markdown, _) => book::markdown(&rules, &facts),
        (Format::Text, _) if options.uncovered => uncovered(&rules),
        (Format::Text, false) => book::families(&facts),
        (Format::Text, true) if !by_name => book::found(&text, &rules),
        (Format::Text, true) if one => {
            rules.iter().map(|rule| book::entry(*rule, &facts)).collect()
        }
        (Format::Text, true) => book::list(&rules),
    };
    put(&told, options.format, out);
    Ok(Exit::Held)
}

/// What is said if neither an id nor a sentence of a rule fits.
fn nothing_found(text: &str) -> String {
    let near = rulebook::near(text);
    if near.is_empty() {
        let families = families::list();
        let families = families.trim_end();
        return format!("no rule speaks of `{text}`; the families of rules are\n{families}");
    }
    let more = if near.len() > 12 { ", ..." } else { "" };
    let some = near.into_iter().take(12).collect::<Vec<_>>().join(", ");
    format!("there is no rule `{text}`; there is {some}{more}")
}

fn uncovered(rules: &[RuleId]) -> String {
    let number = words::count(rules.len(), "rule");
    match rules.len() {
        0 => "every rule that is checked is exercised\n".to_owned(),
        1 => format!("{}\n{number} is checked but not exercised\n", book::list(rules)),
        _ => format!("{}\n{number} are checked but not exercised\n", book::list(rules)),
    }
}

/// Reads the value of `--matrix`.
fn service(text: &str) -> Result<Service, String> {
    const ALL: [Service; 3] = [Service::Bits, Service::DoLegacy, Service::DoDownload];
    let found = ALL.into_iter().find(|service| service.name() == text);
    found.ok_or_else(|| "the tables are those of `bits`, `do-legacy` and `do-download`".to_owned())
}

fn matrix(service: Service, format: Format, out: &mut Out) -> Result<Exit, Stop> {
    let text = bitsim::matrix::text_of(service);
    let told = match format {
        Format::Text => text,
        Format::Markdown => {
            let diagram = bitsim::matrix::diagram_of(service);
            format!("```mermaid\n{diagram}```\n\n```text\n{text}```\n")
        }
        Format::Json => return Err(Stop::options("the table can be had as text or markdown")),
    };
    put(&told, format, out);
    Ok(Exit::Held)
}

fn put(text: &str, format: Format, out: &mut Out) {
    match format {
        Format::Text => out.put(text),
        Format::Markdown | Format::Json => out.exact(text),
    }
}

/// Plays every valid scenario to see which rules it exercises. `None` if there are none to play.
fn play(paths: &[PathBuf]) -> Result<Option<Suite>, Stop> {
    if paths.is_empty() && !Path::new(files::DEFAULT).is_dir() {
        return Ok(None);
    }
    let mut suite = Suite::default();
    let mut left_out = 0;
    for file in files::find(paths)? {
        match files::load(&file)? {
            Loaded::Scenario(scenario) => {
                for entry in Entry::all(&file, &scenario) {
                    match entry.play(None) {
                        Ok((_, run)) => {
                            suite.add(&file.shown, entry.target, &run);
                        }
                        Err(_) => left_out += 1,
                    }
                }
            }
            Loaded::Mistakes(..) | Loaded::Fault(_) => left_out += 1,
        }
    }
    if left_out > 0 {
        let what = words::count(left_out, "scenario");
        eprintln!("bitsim: left out because it cannot be played (see bitsim run): {what}");
    }
    Ok(Some(suite))
}

/// The deliberate bug of the engine by which this rule has been seen failing: the one made for it,
/// or else one that breaks it along with another.
fn sabotage_of(rule: RuleId) -> Option<&'static str> {
    let made_for_it = bugs().find(|bug| bug.breaks.first() == Some(&rule));
    made_for_it.or_else(|| bugs().find(|bug| bug.breaks.contains(&rule))).map(|bug| bug.name)
}
