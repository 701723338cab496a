//! What the command understands, and how it ends.
//!
//! Results go to stdout, progress and the command's own troubles to stderr.

mod changes;
mod check;
mod completions;
mod diff;
mod explain;
mod explore;
mod files;
mod man;
mod mend;
mod moment;
mod narrow;
mod new;
mod out;
mod play;
mod progress;
mod rules;
mod run;
mod schema;
mod trace;
mod written;

use crate::guard::{self, guarded, keep_panics_quiet, own_fault};
use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::report::trace::WIDTH;
use bitsim::report::words;
use bitsim::scenario::closest;
use bitsim::vocab::Target;
use bitsim::vocab::target::{BITS_VERSIONS, UnknownTarget};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use out::Out;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Plays scenarios of BITS and Delivery Optimization, faults included, on virtual time and checks
/// documented rules.
#[derive(Debug, Parser)]
#[command(name = "bitsim", version)]
#[command(after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colours: auto, always or never; `auto` also looks at NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_possible_values = true)]
    color: Color,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything held
  1  the command line is wrong, or a path cannot be read
  2  a scenario is not valid; nothing was run
  3  the simulator itself failed
  4  a rule or an expectation was broken, or a run did not settle
bitsim diff and bitsim changes have exit codes of their own; see their --help.";

// In the order in which one comes to need them. Each line fits on a terminal of 80 columns.
#[derive(Debug, Subcommand)]
enum Command {
    /// Write a first scenario that runs green.
    New(new::Options),
    /// Show every mistake in scenarios, and repair what is beyond doubt.
    Check(check::Options),
    /// Play scenarios and judge them.
    Run(run::Options),
    /// Play one scenario and show what happened.
    Trace(trace::Options),
    /// Play one scenario on several targets and show what differs.
    Diff(diff::Options),
    /// Compare two records of a suite: what behaves differently.
    Changes(changes::Options),
    /// Look for what breaks a rule, by chance or everywhere.
    Explore(explore::Options),
    /// Look up documented rules.
    Rules(rules::Options),
    /// Explain a diagnostic: what it means and what to do.
    Explain(explain::Options),
    /// Print the language of scenarios: a JSON Schema, or a reference.
    Schema(schema::Options),
    /// Print completions for a shell.
    Completions(completions::Options),
    /// Print the manual page.
    Man(man::Options),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Held,
    Options,
    /// `bitsim diff` and `bitsim changes` end like this: their wrong options count as a wrong
    /// scenario.
    Differ,
    Scenario,
    Simulator,
    Broken,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The one of two to end with. A simulator that failed outranks a broken rule: none of its
    /// verdicts can be trusted.
    fn or(self, other: Self) -> Self {
        const BY_RANK: [Exit; 7] = [
            Exit::Held,
            Exit::Interrupted,
            Exit::Differ,
            Exit::Options,
            Exit::Scenario,
            Exit::Broken,
            Exit::Simulator,
        ];
        let both = [self, other];
        BY_RANK.into_iter().rfind(|exit| both.contains(exit)).unwrap_or(self)
    }
}

impl Exit {
    /// The numbers are part of the command's interface.
    const fn code(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Options | Self::Differ => 1,
            Self::Scenario => 2,
            Self::Simulator => 3,
            Self::Broken => 4,
            // What shells say of a command that SIGINT ended.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Something about the command line or the files that stops the command, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stop {
    exit: Exit,
    text: String,
}

impl Stop {
    fn options(text: impl Into<String>) -> Self {
        Self { exit: Exit::Options, text: text.into() }
    }
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let read = grammar().try_get_matches();
    let arguments = match read.and_then(|found| Arguments::from_arg_matches(&found)) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors to clap as well, but they go to stdout.
            let exit = match error.use_stderr() {
                false => Exit::Held,
                true if is_diff(arguments_as_text()) => Exit::Scenario,
                true => Exit::Options,
            };
            let _ = error.print();
            return exit.into();
        }
    };
    keep_panics_quiet();
    let mut out = Out::new(is_colored(arguments.color), width());
    let exit = outcome(|| arguments.command.obey(&mut out));
    out.finish(exit).into()
}

/// How the command ends. Whatever stops it is told here, a fault of the simulator as such.
fn outcome(work: impl FnOnce() -> Result<Exit, Stop>) -> Exit {
    match guarded(work) {
        Ok(Ok(exit)) => exit,
        Ok(Err(stop)) => {
            eprintln!("bitsim: {}", stop.text);
            stop.exit
        }
        Err(panic) => {
            let line: Vec<String> =
                arguments_as_text().map(|argument| words::argument(&argument)).collect();
            eprint!("{}", own_fault(&panic, &format!("bitsim {}", line.join(" "))));
            Exit::Simulator
        }
    }
}

/// The command line for reading and showing; a path need not be text.
fn arguments_as_text() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned())
}

impl Command {
    fn obey(self, out: &mut Out) -> Result<Exit, Stop> {
        match self {
            Command::New(options) => new::new(&options, out),
            Command::Run(options) => run::run(&options, out),
            Command::Check(options) => check::check(&options, out),
            Command::Trace(options) => trace::trace(&options, out),
            Command::Diff(options) => diff::diff(&options, out),
            Command::Rules(options) => rules::rules(&options, out),
            Command::Explain(options) => explain::explain(&options, out),
            Command::Explore(options) => explore::explore(&options, out),
            Command::Changes(options) => changes::changes(&options, out),
            Command::Schema(options) => schema::schema(&options, out),
            Command::Completions(options) => completions::completions(&options, out),
            Command::Man(options) => man::man(&options, out),
        }
    }
}

/// True if the command line, which could not be read, was meant for a command that ends as `diff`
/// does.
fn is_diff(mut arguments: impl Iterator<Item = String>) -> bool {
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--color" => {
                arguments.next();
            }
            option if option.starts_with('-') => {}
            command => return matches!(command, "diff" | "changes"),
        }
    }
    false
}

/// The command line as clap knows it. Help is as wide as the terminal, but no wider than people
/// read, and of one width in files and pipes.
fn grammar() -> clap::Command {
    Arguments::command().term_width(width().unwrap_or(WIDTH))
}

/// The columns of the terminal, if that is where results go and if it is narrower than they are.
fn width() -> Option<usize> {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let (columns, _) = terminal_size::terminal_size_of(&stdout)?;
    Some(usize::from(columns.0)).filter(|columns| (1..WIDTH).contains(columns))
}

fn is_colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !forbidden && std::io::stdout().is_terminal()
        }
    }
}

/// Reads the value of `--on`.
fn target(text: &str) -> Result<Target, String> {
    text.parse().map_err(|UnknownTarget(_)| {
        let versions: Vec<String> = BITS_VERSIONS.iter().map(ToString::to_string).collect();
        format!(
            "the targets are `bits`, `bits@VERSION` with one of {}, `do-legacy`, `do-download` and \
             `do-download@agent`",
            versions.join(", ")
        )
    })
}

/// Reads the name of a deliberate bug.
fn sabotage(text: &str) -> Result<&'static Bug, String> {
    bugs().find(|bug| bug.name == text).ok_or_else(|| {
        match closest(text, bugs().map(|bug| bug.name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "there is no such bug; `bitsim rules ID` names the one of a rule".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_simulator_is_exit_code_3_and_outranks_the_others() {
        keep_panics_quiet();
        assert_eq!(outcome(|| panic!("a fault")).code(), 3);
        let stop = || Stop { exit: Exit::Scenario, text: "a test of how commands stop".to_owned() };
        assert_eq!(outcome(|| Err(stop())).code(), 2);
        assert_eq!(outcome(|| Ok(Exit::Differ)).code(), 1);
        for other in [Exit::Held, Exit::Options, Exit::Differ, Exit::Scenario, Exit::Broken] {
            assert_eq!(other.or(Exit::Simulator).code(), 3, "{other:?}");
            assert_eq!(Exit::Simulator.or(other).code(), 3, "{other:?}");
        }
        assert_eq!(Exit::Held.or(Exit::Broken).code(), 4);
    }
}
