//! `bitsim check`

use super::files::{self, File, Loaded};
use super::guard::{guarded, own_fault};
use super::mend::{Mended, mend};
use super::out::Out;
use super::play::Entry;
use super::progress::Progress;
use super::{Exit, Stop};
use bitsim::replay::lint;
use bitsim::report::diagnostics::{self, Checked, Fixed};
use bitsim::report::snippet::Painter;
use bitsim::report::{annotations, words};
use bitsim::scenario::repair::Change;
use bitsim::scenario::{Diagnostic, Scenario, Source};
use clap::ValueEnum;
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
    let mut teller = Teller { exit: Exit::Held, progress: Progress::new(files.len(), "scenarios") };
    let painter = out.painter();
    let mut told = Told::new(options.format, painter, |text| out.put(text));
    let result = each(options, &files, &mut told, &mut teller, look_at);
    let Told { tally, whole, .. } = told;
    teller.progress.clear();
    // What was written is told even if the rest was not looked at.
    if options.format == Format::Json && (result.is_ok() || options.fix) {
        out.put(&diagnostics::json(files.len(), tally, &whole));
    }
    result?;
    if options.format != Format::Json {
        out.put(&summary(files.len(), tally));
    }
    if let (Format::Human, Some(more)) = (options.format, tally.more()) {
        out.put(&format!("{more}\n"));
    }
    let denied = options.deny == Some(Deny::Warnings) && tally.warnings > 0;
    let exit = teller.exit;
    Ok(if tally.errors > 0 || denied { exit.or(Exit::Scenario) } else { exit })
}

/// A file's text and what is wrong with it; nothing if the reader itself failed.
type Looked = Result<Option<(Source, Vec<Diagnostic>)>, Stop>;

/// Repairs the files, if that is wanted, and tells what is wrong with each.
fn each<W: FnMut(&str)>(
    options: &Options,
    files: &[File],
    told: &mut Told<W>,
    teller: &mut Teller,
    look_at: impl Fn(&File, bool, &mut Teller) -> Looked,
) -> Result<(), Stop> {
    for (number, file) in files.iter().enumerate() {
        teller.progress.show(number);
        let fixes = match options.fix {
            true => fix(file, options.dry_run, teller)?,
            false => Fixes::default(),
        };
        // What was written has to be told, even if the file cannot be read any more.
        if !fixes.text.is_empty() {
            teller.progress.clear();
            told.fixed(&fixes.text);
        }
        let looked = look_at(file, options.no_run, teller);
        let (source, list) = match &looked {
            Ok(Some((source, list))) => (Some(source), list.as_slice()),
            Ok(None) | Err(_) => (None, [].as_slice()),
        };
        if !list.is_empty() || !fixes.made.is_empty() {
            teller.progress.clear();
            told.file(file, source, fixes.made, list);
        }
        looked?;
    }
    Ok(())
}

/// What has been told so far.
struct Told<W> {
    format: Format,
    painter: Painter,
    put: W,
    tally: diagnostics::Tally,
    whole: Vec<Checked>,
}

impl<W: FnMut(&str)> Told<W> {
    fn new(format: Format, painter: Painter, put: W) -> Self {
        Self { format, painter, put, tally: diagnostics::Tally::default(), whole: Vec::new() }
    }

    /// For people: what was repaired.
    fn fixed(&mut self, text: &str) {
        match self.format {
            Format::Human => (self.put)(&format!("{text}\n")),
            Format::Github => eprint!("{text}"),
            Format::Json => {}
        }
    }

    fn file(
        &mut self,
        file: &File,
        source: Option<&Source>,
        made: Vec<Fixed>,
        list: &[Diagnostic],
    ) {
        self.tally.add(list);
        match (self.format, source) {
            (Format::Human, Some(source)) => {
                let text = diagnostics::text(&source.path, &source.text, list, self.painter);
                if !text.is_empty() {
                    (self.put)(&(text + "\n"));
                }
            }
            (Format::Github, Some(source)) => {
                for line in annotations::of_mistakes(&source.path, list) {
                    (self.put)(&(line + "\n"));
                }
            }
            (Format::Human | Format::Github, None) => {}
            (Format::Json, _) => {
                let path = source.map_or(file.shown.as_str(), |source| source.path.as_str());
                self.whole.push(Checked::new(path, made, list));
            }
        }
    }
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

fn look_at(file: &File, no_run: bool, teller: &mut Teller) -> Looked {
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

/// Repairs a file. What is no file is not read at all.
fn fix(file: &File, dry: bool, teller: &mut Teller) -> Result<Fixes, Stop> {
    match mend(file, dry) {
        Ok(mended) => Ok(fixes(file, &mended, dry)),
        Err(trouble) if !trouble.is_file => Err(Stop::options(trouble.text)),
        Err(trouble) => {
            teller.trouble(Exit::Options, &format!("bitsim: {}\n", trouble.text));
            Ok(Fixes::default())
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
    if !mended.untried.is_empty() {
        let why = "the file has been read often enough; run the command again after other repairs";
        text += &format!("not tried in {}: {why}\n{}", file.shown, lines(&mended.untried));
    }
    Fixes { text, made: mended.changes.iter().map(Fixed::from).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// What is told about a file that is repaired and then cannot be looked at.
    fn told_of(name: &str, format: Format, look_at: fn() -> Looked) -> (String, String, bool) {
        let folder =
            std::env::temp_dir().join(format!("bitsim check {name} {}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("a.yaml");
        fs::write(&path, "scenario: x\nrun_on: bits\n").expect("a file");
        let options = Options {
            paths: vec![path.clone()],
            fix: true,
            dry_run: false,
            no_run: false,
            deny: None,
            format,
        };
        let files = files::find(&options.paths).expect("found");
        let mut teller = Teller { exit: Exit::Held, progress: Progress::new(1, "scenarios") };
        let mut said = String::new();
        let mut told = Told::new(format, Painter::Plain, |text| said.push_str(text));
        let result = each(&options, &files, &mut told, &mut teller, |_, _, _| look_at());
        let whole = diagnostics::json(1, told.tally, &told.whole);
        assert!(fs::read_to_string(&path).expect("written").contains("run_on: [bits]\n"));
        let _ = fs::remove_dir_all(&folder);
        (said, whole, result.is_ok())
    }

    #[test]
    fn what_was_repaired_is_told_whatever_comes_next() {
        let gone = || Err(Stop::options("gone"));
        for (name, look_at, goes_on) in
            [("fault", (|| Ok(None)) as fn() -> Looked, true), ("gone", gone, false)]
        {
            let (said, _, ok) = told_of(name, Format::Human, look_at);
            assert!(said.contains("fixed ") && said.contains("  2: bits -> [bits]\n"), "{said}");
            assert_eq!(ok, goes_on, "{name}");
            let (said, whole, ok) = told_of(name, Format::Json, look_at);
            assert!(said.is_empty() && whole.contains(r#""new": "[bits]""#), "{whole}");
            assert_eq!(ok, goes_on, "{name}");
        }
    }
}
