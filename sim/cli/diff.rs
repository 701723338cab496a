//! `bitsim diff`

use super::out::Out;
use super::play::Entry;
use super::{Exit, Stop, trace};
use bitsim::replay::Run;
use bitsim::report::diff::{Side, compare};
use bitsim::report::names::Names;
use bitsim::scenario::Scenario;
use bitsim::vocab::Target;
use clap::ValueEnum;
use std::path::PathBuf;

/// What to compare.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// The scenario: its path, or the end of its name
    scenario: PathBuf,
    /// Two or three of its targets, the first to compare with; a single one is compared with the
    /// first target of the scenario [default: all, or if there are more the first of each service]
    #[arg(long, value_name = "TARGET", value_parser = super::target)]
    on: Vec<Target>,
    /// Another seed than the one of the scenario
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How to tell it
    #[arg(long = "as", value_name = "FORMAT", default_value = "text")]
    format: Format,
}

const EXIT_CODES: &str = "\
A difference is something that a client of the service can observe: HRESULTs, states, errors,
callbacks, attempts, files, and when they come. Another name for the same thing is none.

Exit codes, as diff has them:
  0  the runs agree
  1  they differ
  2  the command line or the scenario is wrong; nothing was compared
  3  the simulator itself failed";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// No more columns than these fit side by side.
const MOST: usize = 3;

/// Plays one scenario on several targets and tells what a client would see differently.
pub(crate) fn diff(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    // Exit code 1 is taken: it says that the runs differ.
    compared(options, out).map_err(|stop| match stop.exit {
        Exit::Options => Stop { exit: Exit::Scenario, ..stop },
        _ => stop,
    })
}

fn compared(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let file = trace::find(&options.scenario)?;
    let scenario = match trace::load(&file, out)? {
        Ok(scenario) => scenario,
        Err(exit) => return Ok(exit),
    };
    let targets = targets(&options.on, &scenario, &file.shown)?;
    let mut runs: Vec<Run> = Vec::new();
    for target in targets {
        let name = file.test_name(target);
        let entry = Entry { file: &file, scenario: &scenario, target, name };
        match entry.play(options.seed) {
            Ok((_, run)) => runs.push(run),
            Err(text) => {
                eprint!("{text}");
                return Ok(Exit::Simulator);
            }
        }
    }
    let names: Vec<Names> = runs.iter().map(Names::of).collect();
    let side = |(run, names)| {
        let run: &Run = run;
        Side { trace: &run.trace, names, steps: &run.steps }
    };
    let sides: Vec<Side<'_>> = runs.iter().zip(&names).map(side).collect();
    let comparison = compare(&sides);
    let (title, seed) = runs.first().map_or(("", 0), |run| (run.title.as_str(), run.seed()));
    match options.format {
        Format::Text => out.put(&comparison.text(title, seed)),
        Format::Json => out.exact(&comparison.json(title, seed)),
    }
    Ok(if comparison.agrees() { Exit::Held } else { Exit::Differ })
}

/// The targets that are asked for. One alone is compared with the first of the scenario; without
/// any these are all, or where they would not fit, one of each service.
fn targets(asked: &[Target], scenario: &Scenario, path: &str) -> Result<Vec<Target>, Stop> {
    let all = scenario.targets();
    let listed = || all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut chosen: Vec<Target> = Vec::new();
    for target in asked {
        if !all.contains(target) {
            let advice = format!("add {target} to its `run_on:` to compare it");
            let text = format!("`{path}` runs on {} only; {advice}", listed());
            return Err(Stop::options(text));
        }
        if !chosen.contains(target) {
            chosen.push(*target);
        }
    }
    match (chosen.as_slice(), all) {
        ([], all) if all.len() <= MOST => chosen = all.to_vec(),
        ([], all) => {
            for target in all {
                if chosen.iter().all(|other| other.service != target.service) {
                    chosen.push(*target);
                }
            }
        }
        ([one], [first, ..]) if one != first => chosen.insert(0, *first),
        _ => {}
    }
    match chosen.len() {
        2..=MOST => Ok(chosen),
        number => Err(Stop::options(format!(
            "name two or three different targets with --on, not {number}; `{path}` runs on {}",
            listed()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim::scenario::load;

    fn chosen(run_on: &str, asked: &[Target]) -> Result<String, String> {
        let text = format!(
            "scenario: nothing is asked for\nrun_on: [{run_on}]\nrules: []\n\
             servers:\n  cdn.test: {{}}\n\
             jobs:\n  update:\n    type: download\n    files: [{{url: \"https://cdn.test/a\", \
             size: 1 MiB}}]\n\
             timeline:\n  - {{at: 0s, do: {{resume: update}}}}\n"
        );
        let scenario = load("x.yaml", text.as_bytes()).map_err(|found| format!("{found:?}"))?;
        let chosen = targets(asked, &scenario, "x.yaml").map_err(|stop| stop.text)?;
        Ok(chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    const FOUR: &str = "bits, do-legacy, do-download, do-download@agent";

    #[test]
    fn of_four_targets_one_of_each_service_is_compared() {
        let chosen = |asked: &[Target]| chosen(FOUR, asked);
        assert_eq!(chosen(&[]).as_deref(), Ok("bits do-legacy do-download"));
        let two = [Target::DO_AGENT, Target::DO_DOWNLOAD];
        assert_eq!(chosen(&two).as_deref(), Ok("do-download@agent do-download"));
        let all = [Target::BITS, Target::DO_LEGACY, Target::DO_DOWNLOAD, Target::DO_AGENT];
        assert!(chosen(&all).expect_err("too many").contains("not 4"));
    }

    #[test]
    fn a_single_target_is_compared_with_the_first_of_the_scenario() {
        let chosen = |asked: &[Target]| chosen(FOUR, asked);
        assert_eq!(chosen(&[Target::DO_AGENT]).as_deref(), Ok("bits do-download@agent"));
        assert!(chosen(&[Target::BITS]).expect_err("with itself").contains("two or three"));
    }
}
