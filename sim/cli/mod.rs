//! What the command understands, and how it ends.
//!
//! Results go to stdout, progress and the command's own troubles to stderr.

mod changes;
mod check;
mod completions;
mod diff;
mod explain;
mod files;
mod guard;
mod man;
mod moment;
mod new;
mod out;
mod play;
mod rules;
mod run;
mod schema;
mod trace;

use bitsim::vocab::Target;
use bitsim::vocab::target::{BITS_VERSIONS, UnknownTarget};
use clap::{Parser, Subcommand, ValueEnum};
use out::Out;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Plays scenarios of BITS and Delivery Optimization, faults included, on virtual time and checks
/// documented rules.
#[derive(Debug, Parser)]
#[command(name = "bitsim", version, max_term_width = 100)]
#[command(after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colours in the output; `auto` also looks at NO_COLOR.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything held
  1  the command line is wrong, or a path cannot be read
  2  a scenario is not valid; nothing was run
  3  the simulator itself failed
  4  a rule or an expectation was broken, or a run did not settle
bitsim diff has exit codes of its own; see bitsim diff --help.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a first scenario that runs green.
    New(new::Options),
    /// Play scenarios and judge them.
    Run(run::Options),
    /// Read scenarios and show every mistake; nothing is run.
    Check(check::Options),
    /// Play one scenario and show what happened.
    Trace(trace::Options),
    /// Play one scenario on several targets and show what differs.
    Diff(diff::Options),
    /// Look up documented rules.
    Rules(rules::Options),
    /// Explain a diagnostic: what it means and what to do.
    Explain(explain::Options),
    /// Compare two records of a suite: what behaves differently, by rule.
    Changes(changes::Options),
    /// Print the language of scenarios: a JSON Schema for editors, or a reference.
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
    /// `bitsim diff` alone ends like this: its wrong options count as a wrong scenario.
    Differ,
    Scenario,
    Simulator,
    Broken,
}

impl Exit {
    /// The one of two to end with. A simulator that failed outranks a broken rule: none of its
    /// verdicts can be trusted.
    fn or(self, other: Self) -> Self {
        const BY_RANK: [Exit; 6] = [
            Exit::Held,
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

/// The numbers are part of the command's interface.
impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Held => 0,
            Exit::Options | Exit::Differ => 1,
            Exit::Scenario => 2,
            Exit::Simulator => 3,
            Exit::Broken => 4,
        })
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
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors to clap as well, but they go to stdout.
            let exit = match error.use_stderr() {
                false => Exit::Held,
                true if is_diff(std::env::args().skip(1)) => Exit::Scenario,
                true => Exit::Options,
            };
            let _ = error.print();
            return exit.into();
        }
    };
    guard::keep_panics_quiet();
    let mut out = Out::new(is_colored(arguments.color));
    let result = match arguments.command {
        Command::New(options) => new::new(&options, &mut out),
        Command::Run(options) => run::run(&options, &mut out),
        Command::Check(options) => check::check(&options, &mut out),
        Command::Trace(options) => trace::trace(&options, &mut out),
        Command::Diff(options) => diff::diff(&options, &mut out),
        Command::Rules(options) => rules::rules(&options, &mut out),
        Command::Explain(options) => explain::explain(&options, &mut out),
        Command::Changes(options) => changes::changes(&options, &mut out),
        Command::Schema(options) => schema::schema(&options, &mut out),
        Command::Completions(options) => completions::completions(&options, &mut out),
        Command::Man(options) => man::man(&options, &mut out),
    };
    let exit = match result {
        Ok(exit) => exit,
        Err(stop) => {
            eprintln!("bitsim: {}", stop.text);
            stop.exit
        }
    };
    out.finish(exit).into()
}

/// True if the command line, which could not be read, was meant for `bitsim diff`.
fn is_diff(mut arguments: impl Iterator<Item = String>) -> bool {
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--color" => {
                arguments.next();
            }
            option if option.starts_with('-') => {}
            command => return command == "diff",
        }
    }
    false
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
