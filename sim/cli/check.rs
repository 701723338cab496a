//! `bitsim check`

use super::files::{self, File, Loaded};
use super::guard::{guarded, own_fault};
use super::mend::{Mended, mend};
use super::out::Out;
use super::play::Entry;
use super::{Exit, Stop};
use bitsim::replay::lint;
use bitsim::report::diagnostics::{self, Checked, Fixed};
use bitsim::report::{annotations, words};
use bitsim::scenario::repair::Change;
use bitsim::scenario::{Diagnostic, Scenario, Source};
use clap::ValueEnum;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Scenarios, or folders of them [default: scenarios]
    paths: Vec<PathBuf>,
    /// Make the edits that are beyond doubt
    #[arg(long)]
    fix: bool,
    /// With --fix: tell what would be changed, and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Only read, without the warnings that take a run
    #[arg(long)]
    no_run: bool,
    /// End with 2 also for this
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How to tell the results
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Scenarios that can be run but deserve a look
    Warnings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For programs
    Json,
    /// Annotations of a pull request
    Github,
}

/// Reads scenarios, plays those that can be played, and tells what is wrong with them.
pub(crate) fn check(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let files = files::find(&options.paths)?;
    let mut tally = diagnostics::Tally::default();
    let mut whole: Vec<Checked> = Vec::new();
    let mut teller = Teller { exit: Exit::Held, progress: Progress::new(files.len()) };
    for (number, file) in files.iter().enumerate() {
        teller.progress.show(number);
        let fixes = if options.fix { fix(file, options.dry_run, &mut teller) } else { None };
        let Some((source, list)) = look_at(file, options.no_run, &mut teller)? else { continue };
        tally.add(&list);
        let fixes = fixes.unwrap_or_default();
        if list.is_empty() && fixes.text.is_empty() {
            continue;
        }
        teller.progress.clear();
        match options.format {
            Format::Human => {
                let told = diagnostics::text(&source.path, &source.text, &list, out.painter());
                let parts = [fixes.text, told].into_iter().filter(|part| !part.is_empty());
                parts.for_each(|part| out.put(&(part + "\n")));
            }
            Format::Github => {
                eprint!("{}", fixes.text);
                let lines = annotations::of_mistakes(&source.path, &list).into_iter();
                lines.for_each(|line| out.put(&(line + "\n")));
            }
            Format::Json => whole.push(Checked::new(&source.path, fixes.made, &list)),
        }
    }
    teller.progress.clear();
    match options.format {
        Format::Json => out.put(&diagnostics::json(files.len(), tally, &whole)),
        Format::Human | Format::Github => out.put(&summary(files.len(), tally)),
    }
    if let (Format::Human, Some(more)) = (options.format, tally.more()) {
        out.put(&format!("{more}\n"));
    }
    let denied = options.deny == Some(Deny::Warnings) && tally.warnings > 0;
    let exit = teller.exit;
    Ok(if tally.errors > 0 || denied { exit.or(Exit::Scenario) } else { exit })
}

/// Tells what keeps the command from doing its work, and remembers it.
struct Teller {
    exit: Exit,
    progress: Progress,
}

impl Teller {
    fn trouble(&mut self, exit: Exit, text: &str) {
        self.progress.clear();
        eprint!("{text}");
        self.exit = self.exit.or(exit);
    }
}

/// A file's text and what is wrong with it; nothing if the reader itself failed.
fn look_at(
    file: &File,
    no_run: bool,
    teller: &mut Teller,
) -> Result<Option<(Source, Vec<Diagnostic>)>, Stop> {
    let scenario = match files::load(file)? {
        Loaded::Scenario(scenario) => scenario,
        Loaded::Mistakes(source, list) => return Ok(Some((source, list))),
        Loaded::Fault(text) => {
            teller.trouble(Exit::Simulator, &text);
            return Ok(None);
        }
    };
    let mut list = scenario.warnings().to_vec();
    if !no_run {
        match of_runs(file, &scenario) {
            Ok(more) => list.extend(more),
            Err(text) => teller.trouble(Exit::Simulator, &text),
        }
    }
    list.sort_by_key(|one| (one.place.offset, one.id));
    Ok(Some((scenario.source().clone(), list)))
}

/// Repairs a file.
fn fix(file: &File, dry: bool, teller: &mut Teller) -> Option<Fixes> {
    match mend(file, dry) {
        Ok(mended) => Some(fixes(file, &mended, dry)),
        Err(text) => {
            teller.trouble(Exit::Options, &format!("bitsim: {text}\n"));
            None
        }
    }
}

fn summary(files: usize, tally: diagnostics::Tally) -> String {
    let number = words::count(files, "scenario");
    match tally.text() {
        None => format!("{number}, no mistakes\n"),
        Some(text) => format!("{number}, {text}\n"),
    }
}

/// What only the runs of a scenario show. The error is the text about a fault of the simulator.
fn of_runs(file: &File, scenario: &Scenario) -> Result<Vec<Diagnostic>, String> {
    let played = Entry::all(file, scenario).map(|entry| entry.play(None));
    let played = played.collect::<Result<Vec<_>, _>>()?;
    let again = || format!("bitsim check {}", files::quoted(&file.shown));
    guarded(|| lint::lint(&played)).map_err(|panic| own_fault(&panic, &again()))
}

/// What `--fix` did to a file.
#[derive(Default)]
struct Fixes {
    /// For people.
    text: String,
    made: Vec<Fixed>,
}

fn fixes(file: &File, mended: &Mended, dry: bool) -> Fixes {
    let lines = |changes: &[Change]| -> String {
        let line =
            |change: &Change| format!("  {}: {} -> {}\n", change.line, change.old, change.new);
        changes.iter().map(line).collect()
    };
    let mut text = String::new();
    if !mended.changes.is_empty() {
        let verb = if dry { "would fix" } else { "fixed" };
        text += &format!("{verb} {}\n{}", file.shown, lines(&mended.changes));
    }
    if let Some(behind) = &mended.behind {
        text += &format!("  written to {}, where this link leads\n", behind.display());
    }
    if !mended.refused.is_empty() {
        let why = "with this the file would have more mistakes than before";
        text += &format!("left alone in {}: {why}\n{}", file.shown, lines(&mended.refused));
    }
    Fixes { text, made: mended.changes.iter().map(Fixed::from).collect() }
}

/// A counter on the terminal while many files are looked at.
struct Progress {
    total: usize,
    shown: bool,
}

impl Progress {
    /// A shorter list is done before a counter can be read.
    const WORTH_COUNTING: usize = 50;

    fn new(total: usize) -> Self {
        let shown = total >= Self::WORTH_COUNTING && std::io::stderr().is_terminal();
        Self { total, shown }
    }

    fn show(&self, number: usize) {
        if self.shown && number.is_multiple_of(10) {
            eprint!("\r  {number} of {} scenarios", self.total);
            let _ = std::io::stderr().flush();
        }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\u{1b}[K");
        }
    }
}
