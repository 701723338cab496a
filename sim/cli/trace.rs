//! `bitsim trace`

use super::files::{self, File, Loaded};
use super::out::Out;
use super::play::Entry;
use super::written::{self, Place};
use super::{Exit, Stop};
use crate::guard::{guarded, own_fault};
use bitsim::replay::recording::Recording;
use bitsim::report::failure::Case;
use bitsim::report::names::Names;
use bitsim::report::picture::{self, Picture};
use bitsim::report::trace::{self, Until};
use bitsim::report::{diagnostics, html, moment, words};
use bitsim::scenario::{Plan, Scenario};
use bitsim::vocab::Target;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// What to show.
#[derive(Debug, clap::Args)]
#[command(after_help = FORMS)]
pub(crate) struct Options {
    /// The scenario: its path, or the end of its name
    scenario: PathBuf,
    /// Nothing after this, and where everything stands then: 25m, 00:25:00, '#21'
    #[arg(long, value_name = "WHEN", value_parser = super::moment::parse)]
    until: Option<Until>,
    /// Only this job, and what befalls the world
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Every line, also of rounds that are like the one before
    #[arg(long)]
    all: bool,
    /// On this target [default: the first of the scenario]
    #[arg(long, value_name = "TARGET", value_parser = super::target)]
    on: Option<Target>,
    /// Another seed than the one of the scenario
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How to show it
    #[arg(
        long = "as",
        value_name = "FORM",
        hide_possible_values = true,
        help = "How to show it: text, mermaid, perfetto, json or html [default: text]"
    )]
    form: Option<Form>,
    /// Into this file instead of stdout; `-` is stdout
    #[arg(short, long, value_name = "FILE", value_parser = written::place)]
    output: Option<Place>,
}

const FORMS: &str = "\
Forms:
  text      one line for each event, as the snapshots hold it
  mermaid   a sequence diagram for Markdown; rounds that are alike become a loop
  perfetto  JSON trace events, for https://ui.perfetto.dev and chrome://tracing
  json      everything, for programs; see fixtures/schema/trace.schema.json
  html      a page with a timeline that works without a network
Without --as, a file that ends in .html, .json or .mmd gets the form of its name (.mmd: mermaid).
A broken rule does not make trace fail: the trace is what was asked for.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Mermaid,
    Perfetto,
    Json,
    Html,
}

/// Plays one scenario and shows its trace. That a rule was broken does not make this fail: the
/// trace is what was asked for, and its first lines say so.
pub(crate) fn trace(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let file = find(&options.scenario)?;
    if let Some(Place::File(path)) = &options.output {
        written::can_be_written(path)?;
    }
    let scenario = match load(&file, out)? {
        Ok(scenario) => scenario,
        Err(exit) => return Ok(exit),
    };
    let targets = scenario.targets();
    let entry = Entry::all(&file, &scenario)
        .find(|entry| options.on.is_none_or(|target| target == entry.target));
    let Some(entry) = entry else {
        let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
        let text = format!("`{}` runs on {} only", file.shown, targets.join(", "));
        return Err(Stop::options(text));
    };
    let witnessed = options.form() != Form::Text;
    let plan = match entry.plan() {
        Ok(plan) => plan,
        Err(text) => return Ok(fault(&text)),
    };
    let recording = match entry.record(&plan, options.seed, witnessed) {
        Ok(recording) => recording,
        Err(text) => return Ok(fault(&text)),
    };
    let run = recording.run();
    let names = Names::of(run);
    if let Some(job) = &options.job
        && names.find_job(job).is_none()
    {
        let text = match names.jobs() {
            [] => format!("there is no job `{job}`: the run made none"),
            jobs => format!("there is no job `{job}`; there is {}", jobs.join(", ")),
        };
        return Err(Stop::options(text));
    }
    let again = entry.again(options.seed);
    let text = match guarded(|| options.draw(&entry, &plan, &recording, &again)) {
        Ok(text) => text,
        Err(panic) => return Ok(fault(&own_fault(&panic, &again))),
    };
    match &options.output {
        Some(Place::File(path)) => written::write(path, &text)?,
        Some(Place::Stdout) | None if options.form() == Form::Text => out.put(&text),
        Some(Place::Stdout) | None => out.exact(&text),
    }
    if !run.holds() {
        out.flush();
        eprintln!("this run failed; the reasons: {again}");
    }
    Ok(Exit::Held)
}

/// Tells a fault of the simulator.
fn fault(text: &str) -> Exit {
    eprint!("{text}");
    Exit::Simulator
}

impl Options {
    /// The form that was asked for, or else the one that the name of the file promises.
    fn form(&self) -> Form {
        let by_name = || match &self.output {
            Some(Place::File(path)) => match path.extension()?.to_str()? {
                "html" | "htm" => Some(Form::Html),
                "json" => Some(Form::Json),
                "mmd" | "mermaid" => Some(Form::Mermaid),
                _ => None,
            },
            Some(Place::Stdout) | None => None,
        };
        self.form.or_else(by_name).unwrap_or(Form::Text)
    }

    /// The run in the form that was asked for.
    fn draw(
        &self,
        entry: &Entry<'_>,
        plan: &Plan,
        recording: &Recording<'_>,
        again: &str,
    ) -> String {
        let run = recording.run();
        if self.form() == Form::Text {
            let shown =
                trace::Options { until: self.until, job: self.job.clone(), every_round: self.all };
            let mut text = trace::text(&entry.name, run, &shown);
            if let Some(until) = self.until {
                text += &format!("\n{}", moment::text(recording, until, self.job.as_deref()));
            }
            return text;
        }
        let case = Case {
            name: &entry.name,
            path: &entry.file.shown,
            source: &entry.scenario.source().text,
            plan,
            run,
            again,
        };
        let mut picture = Picture::of(&case);
        picture = match self.until {
            Some(Until::Time(at)) => picture.up_to(Some(at.0), None),
            Some(Until::Event(event)) => picture.up_to(None, Some(event)),
            None => picture,
        };
        if let Some(job) = &self.job {
            picture = picture.only(job);
        }
        match self.form() {
            Form::Mermaid => picture::mermaid::text(&picture, self.all),
            Form::Perfetto => picture::perfetto::text(&picture),
            Form::Json => picture::json::text(&picture),
            Form::Html => html::run(&picture),
            Form::Text => String::new(),
        }
    }
}

/// The scenario in a file. If it has mistakes they are told, and the error is how the command ends.
pub(crate) fn load(file: &File, out: &mut Out) -> Result<Result<Box<Scenario>, Exit>, Stop> {
    Ok(match files::load(file)? {
        Loaded::Scenario(scenario) => Ok(scenario),
        Loaded::Mistakes(source, list) => {
            out.put(&diagnostics::text(&source.path, &source.text, &list, out.painter()));
            let mut tally = diagnostics::Tally::default();
            tally.add(&list);
            out.put(&format!("\n{}; nothing was run\n", tally.text().unwrap_or_default()));
            out.put(&format!("{}\n", tally.more().unwrap_or_default()));
            Err(Exit::Scenario)
        }
        Loaded::Fault(text) => {
            eprint!("{text}");
            Err(Exit::Simulator)
        }
    })
}

/// The file at this path, or the one scenario under `scenarios` whose name ends like this.
pub(crate) fn find(wanted: &Path) -> Result<File, Stop> {
    if wanted.is_file() {
        let mut files = files::find(&[wanted.to_path_buf()])?;
        return files.pop().ok_or_else(|| Stop::options("no scenario"));
    }
    if wanted.is_dir() {
        let text = format!("`{}` is a folder; name one scenario in it", wanted.display());
        return Err(Stop::options(text));
    }
    let text = wanted.to_string_lossy().replace(['/', '\\'], "::");
    let stem = text.split('@').next().unwrap_or(&text);
    if !Path::new(files::DEFAULT).is_dir() || is_path(wanted) {
        return Err(Stop::options(format!("there is no scenario `{}`", wanted.display())));
    }
    let all = files::find(&[])?;
    let name = |file: &File| file.test_name(Target::BITS);
    let ends = |file: &&File| {
        let name = name(file);
        name == stem || name.ends_with(&format!("::{stem}"))
    };
    let mut found: Vec<File> = all.iter().filter(ends).cloned().collect();
    if found.is_empty() {
        found = all.iter().filter(|file| name(file).contains(stem)).cloned().collect();
    }
    match found.len() {
        0 => Err(Stop::options(format!(
            "no scenario is called `{text}`; {} looked at",
            words::count(all.len(), "scenario")
        ))),
        1 => found.pop().ok_or_else(|| Stop::options("no scenario")),
        _ => {
            let names: Vec<String> = found.iter().take(8).map(name).collect();
            let more = if found.len() > 8 { ", ..." } else { "" };
            Err(Stop::options(format!("`{text}` could be {}{more}", names.join(", "))))
        }
    }
}

/// True for what was meant as a path to a file.
fn is_path(wanted: &Path) -> bool {
    wanted.extension().is_some_and(|end| end == "yaml" || end == "yml")
}
