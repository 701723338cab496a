//! `bitsim run`

use super::files::{self, Loaded};
use super::guard::{guarded, own_fault};
use super::out::Out;
use super::play::{Entry, play_again};
use super::{Exit, Stop};
use bitsim::replay::Run;
use bitsim::report::counterfactual::Counterfactual;
use bitsim::report::failure::{self, Case};
use bitsim::report::summary::{Suite, Verdict};
use bitsim::report::{annotations, diagnostics, words};
use bitsim::scenario::{Plan, Scenario};
use bitsim::vocab::Target;
use clap::ValueEnum;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Scenarios, or folders of them [default: scenarios]
    paths: Vec<PathBuf>,
    /// Only runs whose name contains this text
    #[arg(short, long, value_name = "TEXT")]
    filter: Option<String>,
    /// Only this target: bits, bits@1.5, do-legacy, do-download, do-download@agent
    #[arg(long, value_name = "TARGET", value_parser = super::target)]
    on: Option<Target>,
    /// Another seed than the one of the scenario
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How to tell the results
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
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

/// Plays scenarios and tells what came of them.
pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let began = began();
    let files = files::find(&options.paths)?;
    let mut scenarios: Vec<(&files::File, Box<Scenario>)> = Vec::new();
    let mut mistakes = diagnostics::Tally::default();
    let mut faults = 0;
    for file in &files {
        match files::load(file)? {
            Loaded::Scenario(scenario) => scenarios.push((file, scenario)),
            Loaded::Mistakes(source, list) => {
                if !options.may_select(&file.test_name(Target::BITS)) {
                    continue;
                }
                mistakes.add(&list);
                let text = match options.format {
                    Format::Human => {
                        diagnostics::text(&source.path, &source.text, &list, out.painter()) + "\n"
                    }
                    Format::Json => {
                        eprint!("{}", one_line_each(&source.path, &list));
                        String::new()
                    }
                    Format::Github => lines(&annotations::of_mistakes(&source.path, &list)),
                };
                out.put(&text);
            }
            Loaded::Fault(text) => {
                faults += 1;
                eprint!("{text}");
            }
        }
    }
    if faults > 0 {
        return Ok(Exit::Simulator);
    }
    if let Some(text) = mistakes.text().filter(|_| mistakes.errors > 0) {
        let text = format!("{text}; nothing was run\n");
        if options.format == Format::Json {
            eprint!("{text}")
        } else {
            out.put(&text)
        }
        return Ok(Exit::Scenario);
    }
    let entries: Vec<Entry<'_>> = scenarios
        .iter()
        .flat_map(|(file, scenario)| Entry::all(file, scenario))
        .filter(|entry| options.selects(entry))
        .collect();
    if entries.is_empty() {
        return Err(Stop::options(options.nothing_selected(files.len())));
    }
    Ok(play_all(options, &entries, out, &began))
}

/// Plays the runs one after another and sums up.
fn play_all(
    options: &Options,
    entries: &[Entry<'_>],
    out: &mut Out,
    began: &impl Fn() -> u64,
) -> Exit {
    let mut suite = Suite::default();
    let mut exit = Exit::Held;
    let progress = Progress::new(entries.len());
    let mut annotated = 0;
    for (index, entry) in entries.iter().enumerate() {
        progress.show(index);
        let (plan, run) = match entry.play(options.seed) {
            Ok(played) => played,
            Err(text) => {
                progress.clear();
                eprint!("{text}");
                exit = exit.or(Exit::Simulator);
                continue;
            }
        };
        let path = &entry.file.shown;
        let verdict = suite.add(path, &entry.name, entry.target, &run);
        if verdict != Verdict::Held {
            exit = exit.or(Exit::Broken);
            progress.clear();
            let text = match options.format {
                Format::Human => tell(entry, &plan, &run, options.seed, out),
                Format::Github => annotate(entry, &plan, &run, &mut annotated),
                Format::Json => String::new(),
            };
            out.put(&text);
            out.flush();
        }
        for warning in &run.warnings {
            progress.clear();
            let at = warning.place;
            eprintln!("warning: {path}:{}:{}: {}", at.line, at.column, warning.text);
        }
    }
    progress.clear();
    match options.format {
        Format::Json => out.put(&suite.json()),
        Format::Human | Format::Github => {
            let text = suite.text(Some(began()));
            let (verdict, rest) = text.split_at(4);
            out.put(&out.painter().bold(verdict));
            out.put(rest);
        }
    }
    exit
}

/// Everything about a failed run.
fn tell(entry: &Entry<'_>, plan: &Plan, run: &Run, seed: Option<u64>, out: &Out) -> String {
    let again = entry.again(seed);
    let case = Case {
        name: &entry.name,
        path: &entry.file.shown,
        source: &entry.scenario.source().text,
        plan,
        run,
        again: &again,
    };
    // If leaving out a fault upsets the simulator, the failure is told without the comparison.
    let found = guarded(|| Counterfactual::explore(plan, &mut |other| play_again(other, seed)));
    let mut depends =
        |failure: &failure::Failure| found.as_ref().ok().and_then(|found| found.explain(failure));
    let text = guarded(|| failure::text(&case, out.painter(), &mut depends));
    text.unwrap_or_else(|panic| own_fault(&panic, &again)) + "\n"
}

/// The annotations of a failed run, as long as there is room for them.
fn annotate(entry: &Entry<'_>, plan: &Plan, run: &Run, annotated: &mut usize) -> String {
    let case = Case {
        name: &entry.name,
        path: &entry.file.shown,
        source: &entry.scenario.source().text,
        plan,
        run,
        again: "",
    };
    let mut all = annotations::of_run(&case);
    all.truncate(annotations::MOST_SHOWN.saturating_sub(*annotated));
    *annotated += all.len();
    lines(&all)
}

fn lines(all: &[String]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

fn one_line_each(path: &str, list: &[bitsim::scenario::Diagnostic]) -> String {
    list.iter().map(|one| format!("{path}: {one}\n")).collect()
}

impl Options {
    fn selects(&self, entry: &Entry<'_>) -> bool {
        let named = self.filter.as_ref().is_none_or(|text| entry.name.contains(text.as_str()));
        named && self.on.is_none_or(|target| target == entry.target)
    }

    /// True if a file that cannot be read might hold a run that the filter means.
    fn may_select(&self, name: &str) -> bool {
        let wanted = self.filter.as_deref().map(|text| text.split('@').next().unwrap_or(text));
        wanted.is_none_or(|text| name.contains(text))
    }

    fn nothing_selected(&self, files: usize) -> String {
        let files = words::count(files, "scenario");
        match (&self.filter, self.on) {
            (Some(filter), None) => format!("no run in {files} has `{filter}` in its name"),
            (Some(filter), Some(target)) => {
                format!("no run in {files} has `{filter}` in its name and runs on {target}")
            }
            (None, Some(target)) => format!("no run in {files} runs on {target}"),
            (None, None) => format!("{files}, but no run"),
        }
    }
}

/// A clock for the real time that a suite takes, in milliseconds. Only people read it; nothing
/// that is simulated knows of it.
#[allow(clippy::disallowed_methods)]
fn began() -> impl Fn() -> u64 {
    let began = std::time::Instant::now();
    move || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A counter on the terminal while many runs are played.
struct Progress {
    total: usize,
    shown: bool,
}

impl Progress {
    /// A shorter suite is over before a counter can be read.
    const WORTH_COUNTING: usize = 50;

    fn new(total: usize) -> Self {
        let shown = total >= Self::WORTH_COUNTING && std::io::stderr().is_terminal();
        Self { total, shown }
    }

    fn show(&self, index: usize) {
        if self.shown && index.is_multiple_of(10) {
            eprint!("\r  {index} of {} runs", self.total);
            let _ = std::io::stderr().flush();
        }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\u{1b}[K");
        }
    }
}
