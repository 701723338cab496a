//! `bitsim run`

mod reports;

use super::files::{self, Loaded};
use super::guard::{guarded, own_fault};
use super::out::Out;
use super::play::Entry;
use super::progress::Progress;
use super::written::{self, Place};
use super::{Exit, Stop, changes};
use bitsim::engine::World;
use bitsim::engine::sabotage::Bug;
use bitsim::failing::Failed;
use bitsim::replay::{self, Run};
use bitsim::report::changes::{Changes, compare};
use bitsim::report::failure::Case;
use bitsim::report::html::SuitePicture;
use bitsim::report::record::Record;
use bitsim::report::results::{Ended, Results};
use bitsim::report::snippet::Painter;
use bitsim::report::summary::Verdict;
use bitsim::report::{annotations, causes, diagnostics, words};
use bitsim::scenario::{Diagnostic, Plan, Scenario, Severity, Source};
use bitsim::twice::difference;
use bitsim::vocab::Target;
use clap::ValueEnum;
use reports::Reports;
use std::path::{Path, PathBuf};

/// What to run.
#[derive(Debug, clap::Args)]
#[command(after_help = REPORTS)]
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
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE", value_parser = written::place)]
    junit: Option<Place>,
    /// Also write the results in the Test Anything Protocol, version 14
    #[arg(long, value_name = "FILE", value_parser = written::place)]
    tap: Option<Place>,
    /// Also write the results as JSON
    #[arg(long, value_name = "FILE", value_parser = written::place)]
    json: Option<Place>,
    /// Also write down what every run did, for `bitsim changes`
    #[arg(long, value_name = "FILE", value_parser = written::place)]
    record: Option<Place>,
    /// Also write a summary in Markdown, for the page of a pull request
    #[arg(long, value_name = "FILE", value_parser = written::place)]
    summary: Option<Place>,
    /// Also write a page for a browser: failures, runs, rules and transition tables
    #[arg(long, value_name = "FILE", value_parser = written::place)]
    html: Option<Place>,
    /// Compare with a record and tell what behaves differently
    #[arg(long, value_name = "RECORD")]
    against: Option<PathBuf>,
    /// What shall count as broken although each run held
    #[arg(long, value_name = "WHAT")]
    deny: Option<Denied>,
    /// Play each run twice; a difference is a fault of the simulator
    #[arg(long)]
    twice: bool,
    /// Plant a deliberate bug, to see how a rule fails; `bitsim rules ID` names those of a rule
    #[arg(long, value_name = "NAME", value_parser = super::sabotage)]
    sabotage: Option<&'static Bug>,
}

const REPORTS: &str = "\
Reports are complete or not there at all, and are written also when runs fail. If nothing is run
because a scenario is not valid, they say so; the record and the page of an earlier run are removed.
One of them can go to standard output, with the name `-`; the results for people then go to standard
error. With --format github, the summary is also added to the file that GITHUB_STEP_SUMMARY names.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For programs
    Json,
    /// Annotations of a pull request, one for each root cause
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// A rule with a check, of a service that was played, that no run puts to the test
    NotExercised,
}

/// Plays scenarios and tells what came of them.
pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let reports = Reports::of(options)?;
    let before = options.against.as_deref().map(changes::read).transpose()?;
    let files = files::find(&options.paths).map_err(|stop| did_you_mean(stop, &options.paths))?;
    let mut session = Session::new(options, reports, out);
    let mut scenarios: Vec<(&files::File, Box<Scenario>)> = Vec::new();
    for file in &files {
        match files::load(file)? {
            Loaded::Scenario(scenario) => scenarios.push((file, scenario)),
            Loaded::Mistakes(source, list) => {
                let name = file.test_name(Target::BITS);
                if options.may_select(&name) {
                    session.tell_mistakes(&name, &source, &list);
                }
            }
            Loaded::Fault(text) => {
                eprint!("{text}");
                let name = file.test_name(Target::BITS);
                session.results.add_fault(&file.shown, &name, None, text);
            }
        }
    }
    if let Some(exit) = session.cannot_run() {
        return Ok(exit);
    }
    let entries: Vec<Entry<'_>> = scenarios
        .iter()
        .flat_map(|(file, scenario)| Entry::all(file, scenario))
        .filter(|entry| options.selects(&entry.name, entry.target))
        .collect();
    if entries.is_empty() {
        return Err(Stop::options(options.nothing_selected(files.len())));
    }
    Ok(session.play_all(&entries, before))
}

/// What stops the command, and what was meant if a path is the name of a scenario instead.
fn did_you_mean(stop: Stop, paths: &[PathBuf]) -> Stop {
    let Some(wanted) = paths.iter().find(|path| !path.exists()) else { return stop };
    let text = wanted.to_string_lossy().replace(['/', '\\'], "::");
    let bare = text.strip_suffix(".yaml").or_else(|| text.strip_suffix(".yml")).unwrap_or(&text);
    let stem = bare.split('@').next().unwrap_or(bare);
    let is_meant = |file: &files::File| {
        let name = file.test_name(Target::BITS);
        name == stem || name.ends_with(&format!("::{stem}"))
    };
    match Path::new(files::DEFAULT).is_dir().then(|| files::find(&[])) {
        Some(Ok(all)) if all.iter().any(is_meant) => {
            let meant = format!("bitsim run -f {}", words::argument(bare));
            Stop { text: format!("{}; did you mean `{meant}`?", stop.text), ..stop }
        }
        _ => stop,
    }
}

/// A suite that is being played.
struct Session<'a> {
    options: &'a Options,
    reports: Reports<'a>,
    out: &'a mut Out,
    results: Results,
    mistakes: diagnostics::Tally,
    /// What every run did, if somebody wants to know.
    record: Option<Record>,
    /// What a page shows of the suite, if one is wanted.
    page: Option<SuitePicture>,
    exit: Exit,
}

impl<'a> Session<'a> {
    fn new(options: &'a Options, reports: Reports<'a>, out: &'a mut Out) -> Self {
        let recorded = options.record.is_some() || options.against.is_some();
        Self {
            options,
            reports,
            out,
            results: Results::default(),
            mistakes: diagnostics::Tally::default(),
            record: recorded.then(Record::default),
            page: options.html.is_some().then(bitsim::matrix::suite_picture),
            exit: Exit::Held,
        }
    }

    /// Tells what people read. Standard output may be taken by a report.
    fn say(&mut self, text: &str) {
        if self.reports.take_stdout() {
            eprint!("{text}");
        } else {
            self.out.put(text);
        }
    }

    /// With colours or without.
    fn painter(&self) -> Painter {
        if self.reports.take_stdout() { Painter::Plain } else { self.out.painter() }
    }

    /// Tells about a file that holds mistakes.
    fn tell_mistakes(&mut self, name: &str, source: &Source, list: &[Diagnostic]) {
        self.mistakes.add(list);
        let text = |painter| diagnostics::text(&source.path, &source.text, list, painter) + "\n";
        match self.options.format {
            Format::Human => self.say(&text(self.painter())),
            Format::Json => eprint!("{}", one_line_each(&source.path, list)),
            Format::Github => self.out.exact(&lines(&annotations::of_mistakes(&source.path, list))),
        }
        if list.iter().any(|one| one.severity == Severity::Error) {
            self.results.add_mistakes(&source.path, name, list, text(Painter::Plain));
        }
    }

    /// How the command ends if a file cannot be run. The reports say why.
    fn cannot_run(&mut self) -> Option<Exit> {
        if self.results.count(Ended::Fault) > 0 {
            self.exit = Exit::Simulator;
        } else if let Some(text) = self.mistakes.text().filter(|_| self.mistakes.errors > 0) {
            let text = format!("{text}; nothing was run\n");
            match self.options.format {
                Format::Json => eprint!("{text}"),
                Format::Human | Format::Github => self.say(&text),
            }
            if let (Format::Human, Some(more)) = (self.options.format, self.mistakes.more()) {
                self.say(&format!("{more}\n"));
            }
            self.exit = Exit::Scenario;
        } else {
            return None;
        }
        self.reports.write(self.out, &mut self.exit, &self.results, None, None);
        self.reports.remove_old(&mut self.exit, self.options.against.as_deref());
        Some(self.exit)
    }

    /// Plays the runs one after another, sums up and writes the reports.
    fn play_all(mut self, entries: &[Entry<'_>], before: Option<Record>) -> Exit {
        let began = began();
        let progress = Progress::new(entries.len(), "runs");
        for (index, entry) in entries.iter().enumerate() {
            progress.show(index);
            let taken_in = self.played(entry).and_then(|(plan, run)| {
                let taken_in = guarded(|| self.take_in(entry, &plan, &run, &progress));
                taken_in.map_err(|panic| own_fault(&panic, &self.again(entry)))
            });
            if let Err(text) = taken_in {
                progress.clear();
                eprint!("{text}");
                self.exit = self.exit.or(Exit::Simulator);
                let target = Some(entry.target);
                if let Some(page) = &mut self.page {
                    page.add_fault(&entry.file.shown, &entry.name, entry.target);
                }
                self.results.add_fault(&entry.file.shown, &entry.name, target, text);
            }
        }
        progress.clear();
        let changes = before.and_then(|before| self.compared(before));
        self.sum_up(changes.as_ref(), began());
        let (record, page) = (self.record.as_ref(), self.page.as_ref());
        self.reports.write(self.out, &mut self.exit, &self.results, changes.as_ref(), record);
        self.reports.write_page(self.out, &mut self.exit, page);
        self.exit
    }

    /// The deliberate bug in a world, if one is asked for.
    fn planted(&self) -> Option<replay::Sabotage<'static>> {
        let bug = self.options.sabotage?;
        Some(Box::new(move |world: &mut World| world.sabotage(bug)))
    }

    /// The command that plays a run again.
    fn again(&self, entry: &Entry<'_>) -> String {
        let again = entry.again(self.options.seed);
        match self.options.sabotage {
            Some(bug) => format!("{again} --sabotage {}", bug.name),
            None => again,
        }
    }

    /// Plays one run, or the same twice. The error is the text about a fault of the simulator.
    fn played(&self, entry: &Entry<'_>) -> Result<(Plan, Run), String> {
        let seed = self.options.seed;
        let witnessed = self.record.is_some();
        let twice = self.options.twice;
        let (plan, mut run) = entry.play_with(seed, |options| {
            (options.witnessed, options.recorded) = (witnessed, twice);
            options.sabotage = self.planted();
        })?;
        // Which rules held where helps to tell why a run failed.
        if !witnessed && !run.holds() {
            run = entry
                .play_with(seed, |options| {
                    (options.witnessed, options.recorded) = (true, twice);
                    options.sabotage = self.planted();
                })?
                .1;
        }
        if twice {
            let (_, again) = entry.play_with(seed, |options| {
                (options.recorded, options.sabotage) = (true, self.planted());
            })?;
            if let Some(difference) = difference(&run, &again) {
                return Err(own_fault(&difference, &format!("{} --twice", self.again(entry))));
            }
        }
        Ok((plan, run))
    }

    /// Tells about a run, if there is something to tell, and keeps what the reports need.
    fn take_in(&mut self, entry: &Entry<'_>, plan: &Plan, run: &Run, progress: &Progress) {
        let again = self.again(entry);
        let case = Case {
            name: &entry.name,
            path: &entry.file.shown,
            source: &entry.scenario.source().text,
            plan,
            run,
            again: &again,
        };
        let mut text = String::new();
        if Verdict::of(run) != Verdict::Held {
            self.exit = self.exit.or(Exit::Broken);
            let human = self.options.format == Format::Human;
            let painter = self.painter();
            let plain = self.reports.want_texts() || (human && painter == Painter::Plain);
            let told = (plain || human).then(|| self.told(entry, &case, [plain, human], painter));
            let [for_reports, for_people] = told.unwrap_or_default();
            text = for_reports;
            if human {
                progress.clear();
                self.say(&for_people);
                self.out.flush();
            }
        }
        for warning in &run.warnings {
            progress.clear();
            let at = warning.place;
            eprintln!("warning: {}:{}:{}: {}", case.path, at.line, at.column, warning.text);
        }
        // The results come last: a run that upsets what is made of it before is told as a fault only.
        if let Some(page) = &mut self.page {
            page.add(&case, &bitsim::matrix::taken(plan, run.seed()));
        }
        if let Some(record) = &mut self.record {
            record.add(&case);
        }
        self.results.add(&case, entry.target, text);
    }

    /// Everything about a failed run, for reports and for people as far as they are wanted. What
    /// there is to tell is found out once.
    fn told(
        &self,
        entry: &Entry<'_>,
        case: &Case<'_>,
        wanted: [bool; 2],
        painter: Painter,
    ) -> [String; 2] {
        let Case { name, plan, run, again, .. } = *case;
        let failed = Failed { name, scenario: entry.scenario, plan, run, again };
        // What upsets the simulator while the scenario is varied is left out of the explanation.
        let mut play = |plan: &Plan, options: replay::Options<'_>| {
            let options = replay::Options { sabotage: self.planted(), ..options };
            guarded(|| replay::play_with(plan, options)).ok()
        };
        let told = guarded(|| {
            let explained = failed.explained(&mut play);
            let text = |wanted: bool, painter| match wanted {
                true => explained.text(painter) + "\n",
                false => String::new(),
            };
            [text(wanted[0], Painter::Plain), text(wanted[1], painter)]
        });
        told.unwrap_or_else(|panic| {
            let text = own_fault(&panic, again) + "\n";
            wanted.map(|wanted| if wanted { text.clone() } else { String::new() })
        })
    }

    /// What behaves differently since the record was made, of the runs that were chosen.
    fn compared(&mut self, mut before: Record) -> Option<Changes> {
        let options = self.options;
        before.runs.retain(|run| match run.target.parse() {
            Ok(target) => options.selects(&run.name, target),
            Err(_) => options.on.is_none(),
        });
        let record = self.record.as_ref()?;
        guarded(|| compare(&before, record))
            .inspect_err(|panic| {
                eprint!("{}", own_fault(panic, "bitsim run --against, with the record"));
                self.exit = self.exit.or(Exit::Simulator);
            })
            .ok()
    }

    /// Tells how the suite came out. `took` is the real time in milliseconds.
    fn sum_up(&mut self, changes: Option<&Changes>, took: u64) {
        if self.options.format == Format::Github {
            self.out.exact(&lines(&causes::annotations(&self.results)));
        }
        if self.options.format == Format::Json {
            self.out.exact(&self.results.json());
        } else {
            let text = self.results.text(Some(took));
            let (verdict, rest) = text.split_at(text.find(' ').unwrap_or(0));
            self.say(&(self.painter().bold(verdict) + rest));
        }
        let text = match (changes, self.options.format) {
            (None, _) | (_, Format::Json) => String::new(),
            (Some(changes), Format::Human) => format!("\n{}", changes.text()),
            (Some(changes), Format::Github) => changes.headline() + "\n",
        };
        self.say(&text);
        let idle = self.results.suite.idle();
        if self.options.deny == Some(Denied::NotExercised) && !idle.is_empty() {
            let number = words::count(idle.len(), "rule");
            let list: Vec<&str> = idle.iter().map(|rule| rule.text()).collect();
            eprintln!("bitsim: no run puts {number} to the test: {}", list.join(", "));
            self.exit = self.exit.or(Exit::Broken);
        }
    }
}

fn lines(all: &[String]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

fn one_line_each(path: &str, list: &[Diagnostic]) -> String {
    list.iter().map(|one| format!("{path}: {one}\n")).collect()
}

impl Options {
    fn selects(&self, name: &str, target: Target) -> bool {
        let named = self.filter.as_ref().is_none_or(|text| name.contains(text.as_str()));
        named && self.on.is_none_or(|on| on == target)
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
