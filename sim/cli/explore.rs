//! `bitsim explore`

mod everywhere;
mod given;
mod limits;
mod merge;
mod told;
mod watch;

use super::out::Out;
use super::written::{self, Place};
use super::{Exit, Stop};
use crate::guard::guarded;
use bitsim::engine::sabotage::Bug;
use bitsim::explore::campaign::{self, Ended, Report, Seeds, Settings, Shard, Strategy, Watcher};
use bitsim::report::snippet::Painter;
use bitsim::vocab::Target;
use clap::ValueEnum;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;
use told::Told;
use watch::Watch;

/// What to explore.
#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Options {
    /// Scenarios, or folders of them, to begin at [default: stories drawn from nothing]
    paths: Vec<PathBuf>,
    /// The seeds, one for each story [default: 0..1000; with --for, all from 0 on]
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Only the story of this seed
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// How long to explore: 60s, 10m, '1h 30m'
    #[arg(long = "for", value_name = "TIME", value_parser = limits::time)]
    time: Option<Duration>,
    /// Only this target; can be given again [default: all of them, in rotation]
    #[arg(long, value_name = "TARGET", value_parser = super::target)]
    on: Vec<Target>,
    /// How stories are drawn: plain, swarm, order, guided, or with scenarios around, guided; can be
    /// given again [default: all, in rotation]
    #[arg(long, value_name = "NAME", value_parser = limits::strategy)]
    strategy: Vec<Strategy>,
    /// Where to write what is found, as scenarios [default: scenarios/found; with --sabotage
    /// nowhere]
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
    /// Only a part of the seeds: 1/4 is the first of four parts
    #[arg(long, value_name = "K/N", default_value = "1/1", hide_default_value = true)]
    shard: Shard,
    /// Stop once so many different things are broken
    #[arg(long, value_name = "N")]
    stop_after: Option<NonZero<usize>>,
    /// How many threads play [default: one for each core]
    #[arg(long, value_name = "N")]
    workers: Option<NonZero<usize>>,
    #[command(flatten)]
    everywhere: everywhere::Options,
    /// Plant a deliberate bug, to see that it is found; `bitsim rules ID` names those of a rule
    #[arg(long, value_name = "NAME", value_parser = super::sabotage)]
    sabotage: Option<&'static Bug>,
    /// Put the reports of shards together instead, which are what PATHS name then
    #[arg(long, requires = "paths", conflicts_with_all = [
        "seeds", "seed", "time", "on", "strategy", "shard", "stop_after", "workers", "sabotage"
    ])]
    merge: bool,
    /// Also name what was never reached
    #[arg(short, long)]
    verbose: bool,
    /// How to tell it [default: text; with --output, by the ending of its name]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Into this file instead of stdout; `-` is stdout
    #[arg(short, long, value_name = "FILE", value_parser = written::place)]
    output: Option<Place>,
}

const ABOUT: &str = "\
Stories are drawn from seeds, played, and judged by every documented rule that has a check. The
first story that breaks something is made small and written as a scenario, which `bitsim run`
plays. The same seeds give the same results, whatever the number of threads; with --for, those of
the seeds that there was time for. Ctrl-C ends it at once and keeps what was found.

Exit codes are those of bitsim run, and 130 if it was interrupted.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs, and to be put together with --merge
    Json,
}

/// Where scenarios go that break something.
const FOUND: &str = "scenarios/found";

/// Explores, or puts together what was explored.
pub(crate) fn explore(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    if options.everywhere.asked() {
        return options.everywhere(out);
    }
    if let Some(Place::File(path)) = &options.output {
        written::can_be_written(path)?;
    }
    let save = options.save_to();
    let (report, watch) = if options.merge {
        let report = merge::merged(&options.paths)?;
        for finding in report.findings.iter().filter(|_| options.save.is_some()) {
            watch::save(save.as_deref(), finding)?;
        }
        (report, None)
    } else {
        let settings = options.settings()?;
        let watch = Watch::begin(options.time, save.clone());
        let report = campaign::run(&settings, &watch);
        watch.over();
        (report, Some(watch))
    };
    let told = Told {
        report: &report,
        save: save.as_deref(),
        verbose: options.verbose,
        nanos: watch.as_ref().map(Watch::nanos),
    };
    options.tell(&told, out)?;
    let trouble = watch.and_then(|watch| watch.trouble());
    trouble.map_or_else(|| Ok(exit(&report)), Err)
}

fn exit(report: &Report) -> Exit {
    let of_its_own = |name: &str| matches!(name, "panic" | "repetition");
    let exits = report.findings.iter().map(|finding| match of_its_own(&finding.name) {
        true => Exit::Simulator,
        false => Exit::Broken,
    });
    match report.ended {
        // Whatever was found by then, something else may have been next.
        Ended::Interrupted => Exit::Interrupted,
        _ => exits.fold(Exit::Held, Exit::or),
    }
}

impl Options {
    fn everywhere(&self, out: &mut Out) -> Result<Exit, Stop> {
        let on = match *self.on.as_slice() {
            [] => Target::BITS,
            [on] => on,
            _ => return Err(Stop::options("--exhaustive explores one target")),
        };
        watch::listen();
        let save = self.save_to();
        let common = everywhere::Common {
            on,
            bug: self.sabotage,
            threads: self.workers,
            save: save.as_deref(),
            json: self.format == Some(Format::Json),
        };
        let exit = everywhere::explore(&self.everywhere, &common, &|| !watch::interrupted(), out)?;
        Ok(if watch::interrupted() { Exit::Interrupted } else { exit })
    }

    /// Where to write what is found. A scenario that only fails with a deliberate bug does not
    /// belong among the others.
    fn save_to(&self) -> Option<PathBuf> {
        let usual = || (self.sabotage.is_none() && !self.merge).then(|| PathBuf::from(FOUND));
        self.save.clone().or_else(usual)
    }

    fn settings(&self) -> Result<Settings, Stop> {
        let usual = Settings::default();
        let seeds = match (self.seeds, self.seed, self.time) {
            (Some(seeds), ..) => seeds,
            (None, Some(seed), _) => Seeds { from: seed, to: seed.checked_add(1) },
            (None, None, Some(_)) => Seeds { from: 0, to: None },
            (None, None, None) => usual.seeds,
        };
        if seeds.to.is_none() && self.time.is_none() && self.seed.is_none() {
            let from = seeds.from;
            let text = format!("--seeds {from}.. never ends; add --for 60s, or a last seed");
            return Err(Stop::options(text));
        }
        let around = given::stories(&self.paths, &self.on)?;
        Ok(Settings {
            targets: self.targets(usual.targets)?,
            seeds,
            shard: self.shard,
            strategies: limits::strategies(&self.strategy, !around.is_empty())?,
            around,
            workers: self.workers.unwrap_or_else(|| {
                std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
            }),
            bug: self.sabotage,
            stop_after: self.stop_after.map(NonZero::get),
            guard: |work| guarded(work),
            ..usual
        })
    }

    /// The targets that are asked for and that a deliberate bug is about.
    fn targets(&self, usual: Vec<Target>) -> Result<Vec<Target>, Stop> {
        let mut targets = usual;
        if !self.on.is_empty() {
            targets.clone_from(&self.on);
            targets.sort_unstable();
            targets.dedup();
        }
        let Some(bug) = self.sabotage else { return Ok(targets) };
        targets.retain(|target| target.service == bug.service());
        if targets.is_empty() {
            let (name, service) = (bug.name, bug.service().name());
            return Err(Stop::options(format!(
                "`{name}` is a bug of {service}; say --on {service}"
            )));
        }
        Ok(targets)
    }

    fn tell(&self, told: &Told<'_>, out: &mut Out) -> Result<(), Stop> {
        let by_name = match &self.output {
            Some(Place::File(path)) if path.extension().is_some_and(|end| end == "json") => {
                Format::Json
            }
            _ => Format::Text,
        };
        let format = self.format.unwrap_or(by_name);
        let text = match format {
            Format::Text => told.text(Painter::Plain),
            Format::Json => told.report.json(),
        };
        match (&self.output, format) {
            (Some(Place::File(path)), _) => {
                written::write(path, &text)?;
                // Who keeps a report for programs still wants to read how it went.
                if format == Format::Json {
                    out.put(&told.text(out.painter()));
                }
            }
            (_, Format::Text) => out.put(&told.text(out.painter())),
            (_, Format::Json) => out.exact(&text),
        }
        Ok(())
    }
}

/// A path with `/`.
fn slashed(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
