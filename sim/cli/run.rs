//! `bitsim run`

mod reports;

use super::files::{self, Loaded};
use super::guard::{guarded, own_fault};
use super::out::Out;
use super::play::Entry;
use super::written::{self, Place};
use super::{Exit, Stop, changes};
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
use bitsim::vocab::Target;
use clap::ValueEnum;
use reports::Reports;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

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
}

const REPORTS: &str = "\
Reports are complete or not there at all, and are written also when runs fail. One of them can go
to standard output, with the name `-`; the results for people then go to standard error. With
--format github, the summary is also added to the file that GITHUB_STEP_SUMMARY names.";

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
    let files = files::find(&options.paths)?;
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
            Format::Github => self.say(&lines(&annotations::of_mistakes(&source.path, list))),
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
        Some(self.exit)
    }

    /// Plays the runs one after another, sums up and writes the reports.
    fn play_all(mut self, entries: &[Entry<'_>], before: Option<Record>) -> Exit {
        let began = began();
        let progress = Progress::new(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            progress.show(index);
            match self.played(entry) {
                Ok((plan, run)) => self.take_in(entry, &plan, &run, &progress),
                Err(text) => {
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
        }
        progress.clear();
        let changes = before.and_then(|before| self.compared(before));
        self.sum_up(changes.as_ref(), began());
        let (record, page) = (self.record.as_ref(), self.page.as_ref());
        self.reports.write(self.out, &mut self.exit, &self.results, changes.as_ref(), record);
        self.reports.write_page(self.out, &mut self.exit, page);
        self.exit
    }

    /// Plays one run, or the same twice. The error is the text about a fault of the simulator.
    fn played(&self, entry: &Entry<'_>) -> Result<(Plan, Run), String> {
        let seed = self.options.seed;
        let witnessed = self.record.is_some();
        let (plan, mut run) = entry.play_as(seed, witnessed)?;
        // Which rules held where helps to tell why a run failed.
        if !witnessed && !run.holds() {
            run = entry.play_as(seed, true)?.1;
        }
        if self.options.twice {
            let (_, again) = entry.play_as(seed, false)?;
            if let Some(difference) = difference(&run, &again) {
                return Err(own_fault(&difference, &format!("{} --twice", entry.again(seed))));
            }
        }
        Ok((plan, run))
    }

    /// Tells about a run, if there is something to tell, and keeps what the reports need.
    fn take_in(&mut self, entry: &Entry<'_>, plan: &Plan, run: &Run, progress: &Progress) {
        let again = entry.again(self.options.seed);
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
            if self.reports.want_texts() || (human && painter == Painter::Plain) {
                text = self.told(entry, &case, Painter::Plain);
            }
            if human {
                progress.clear();
                match painter {
                    Painter::Plain => self.say(&text),
                    Painter::Colored => self.say(&self.told(entry, &case, painter)),
                }
                self.out.flush();
            }
        }
        for warning in &run.warnings {
            progress.clear();
            let at = warning.place;
            eprintln!("warning: {}:{}:{}: {}", case.path, at.line, at.column, warning.text);
        }
        self.results.add(&case, entry.target, text);
        if let Some(record) = &mut self.record {
            record.add(&case);
        }
        if let Some(page) = &mut self.page {
            page.add(&case, &bitsim::matrix::taken(plan, run.seed()));
        }
    }

    /// Everything about a failed run.
    fn told(&self, entry: &Entry<'_>, case: &Case<'_>, painter: Painter) -> String {
        let Case { name, plan, run, again, .. } = *case;
        let failed = Failed { name, scenario: entry.scenario, plan, run, again };
        // What upsets the simulator while the scenario is varied is left out of the explanation.
        let mut play = |plan: &Plan, options: replay::Options<'_>| {
            guarded(|| replay::play_with(plan, options)).ok()
        };
        let text = guarded(|| failed.text(painter, &mut play, &mut || true));
        text.unwrap_or_else(|panic| own_fault(&panic, again)) + "\n"
    }

    /// What behaves differently since the record was made, of the runs that were chosen.
    fn compared(&self, mut before: Record) -> Option<Changes> {
        let options = self.options;
        before.runs.retain(|run| match run.target.parse() {
            Ok(target) => options.selects(&run.name, target),
            Err(_) => options.on.is_none(),
        });
        self.record.as_ref().map(|record| compare(&before, record))
    }

    /// Tells how the suite came out. `took` is the real time in milliseconds.
    fn sum_up(&mut self, changes: Option<&Changes>, took: u64) {
        if self.options.format == Format::Github {
            self.say(&lines(&causes::annotations(&self.results)));
        }
        if self.options.format == Format::Json {
            self.out.put(&self.results.json());
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

/// Where two plays of one run part, if they do.
fn difference(run: &Run, again: &Run) -> Option<String> {
    if run.digest == again.digest {
        return None;
    }
    let events = run.trace.events.iter().zip(&again.trace.events);
    let same = events.take_while(|(one, other)| one == other).count();
    let at = |run: &Run| match run.trace.events.get(same) {
        Some(event) => format!("at {}", event.at),
        None => "not there".to_owned(),
    };
    Some(format!(
        "the same scenario gave two traces; event {} is {} the first time, {} the second",
        same + 1,
        at(run),
        at(again)
    ))
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

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim::vocab::Digest;

    #[test]
    fn two_plays_that_part_are_told_apart() {
        let text = b"scenario: a file arrives\nrun_on: [bits]\nservers:\n  cdn.test: {}\n\
            jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
            timeline:\n  - at: 0s\n    do: {resume: a}\n";
        let scenario = bitsim::scenario::load("a.yaml", text).expect("it has no mistakes");
        let plan = bitsim::plan(&scenario, Target::BITS).expect("it runs there");
        let run = replay::play(&plan);
        assert_eq!(difference(&run, &replay::play(&plan)), None);
        let mut other = run.clone();
        other.trace.events.truncate(4);
        other.digest = Digest::of(&other.trace);
        let told = difference(&run, &other).expect("they part");
        assert!(told.contains("event 5 is at 00:00:00"), "{told}");
        assert!(told.contains("not there the second"), "{told}");
    }
}
