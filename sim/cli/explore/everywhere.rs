//! `bitsim explore --exhaustive`

use crate::cli::out::Out;
use crate::cli::{Exit, Stop};
use bitsim::engine::sabotage::Bug;
use bitsim::explore::everywhere::{
    self, Alphabet, CHAPTERS, Chapter, Graph, Limits, Progress, Report, Scope, Whole,
};
use bitsim::vocab::{JobType, Service, Target};
use clap::ValueEnum;
use std::io::{IsTerminal, Write};
use std::num::NonZero;
use std::path::Path;

/// What to explore everywhere.
#[derive(Debug, clap::Args)]
#[group(id = "everywhere")]
pub(crate) struct Options {
    /// Every interleaving of calls, faults and time in a small world, up to a bound
    #[arg(long)]
    exhaustive: bool,
    /// Only this chapter; can be given again. `calls`, `faults`, ... as the report names them
    #[arg(long, value_name = "NAME", requires = "exhaustive", value_parser = chapter)]
    #[arg(conflicts_with_all = ["jobs", "job_type", "disturbances", "full", "without"])]
    chapter: Vec<&'static Chapter>,
    /// No chapters, but one world with the usual letters and so many jobs
    #[arg(long, value_name = "N", requires = "exhaustive")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3))]
    jobs: Option<u32>,
    /// The same for jobs of this type
    #[arg(long, value_name = "TYPE", requires = "exhaustive")]
    job_type: Option<Kind>,
    /// The same with so many lasting disturbances in force at once
    #[arg(long, value_name = "N", requires = "exhaustive")]
    disturbances: Option<u32>,
    /// The most things that happen one after another
    #[arg(long, value_name = "N", requires = "exhaustive")]
    depth: Option<u32>,
    /// The most states [default: without chapters 250000]
    #[arg(long, value_name = "N", requires = "exhaustive")]
    states: Option<u64>,
    /// The most memory, in MB
    #[arg(long, value_name = "MB", default_value_t = 4_096, requires = "exhaustive")]
    memory: u64,
    /// Keep 128 bits of a hash of each state instead of all of it
    #[arg(long, requires = "exhaustive")]
    compact: bool,
    /// One world with all letters, those too that only multiply states
    #[arg(long, requires = "exhaustive")]
    full: bool,
    /// One world without what has this name; can be given again
    #[arg(long, value_name = "NAME", requires = "exhaustive")]
    without: Vec<String>,
    /// Tell jobs apart that differ only in which is which
    #[arg(long, requires = "exhaustive")]
    no_symmetry: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Download,
    Upload,
    UploadReply,
}

/// What the random explorer and this one both understand.
pub(crate) struct Common<'a> {
    pub(crate) on: Target,
    pub(crate) bug: Option<&'static Bug>,
    pub(crate) threads: Option<NonZero<usize>>,
    pub(crate) save: Option<&'a Path>,
    pub(crate) json: bool,
}

impl Options {
    /// Whether to explore everywhere rather than at random.
    pub(crate) const fn asked(&self) -> bool {
        self.exhaustive
    }

    /// What to explore in one piece, if that is asked for.
    fn in_one_piece(&self, on: Target) -> Option<Alphabet> {
        let Self { jobs, job_type, disturbances, full, without, .. } = self;
        let plain = jobs.is_none() && job_type.is_none() && disturbances.is_none();
        if plain && !full && without.is_empty() {
            return None;
        }
        let usual = if *full { Scope::one_job(on) } else { Scope::core(on) };
        let job_type = match job_type {
            None | Some(Kind::Download) => JobType::Download,
            Some(Kind::Upload) => JobType::Upload,
            Some(Kind::UploadReply) => JobType::UploadReply,
        };
        let (jobs, disturbances) = (jobs.unwrap_or(1), disturbances.unwrap_or(1));
        let without = without.clone();
        Some(Alphabet::new(&Scope { jobs, job_type, disturbances, without, ..usual }))
    }

    /// The chapters that are asked for.
    fn chapters(&self) -> Vec<&'static Chapter> {
        if self.chapter.is_empty() { CHAPTERS.iter().collect() } else { self.chapter.clone() }
    }

    fn limits(&self, threads: Option<NonZero<usize>>) -> Limits {
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        Limits {
            states: self.states.unwrap_or(u64::MAX),
            depth: self.depth.unwrap_or(u32::MAX),
            bytes: self.memory << 20,
            threads: threads.map_or_else(cores, NonZero::get),
            compact: self.compact,
            symmetry: !self.no_symmetry,
            ..Limits::default()
        }
    }
}

fn chapter(name: &str) -> Result<&'static Chapter, String> {
    Chapter::named(name).ok_or_else(|| {
        let names: Vec<&str> = CHAPTERS.iter().map(|chapter| chapter.name).collect();
        format!("the chapters are: {}", names.join(", "))
    })
}

/// States of a world in one piece that are looked at if nobody says how many.
const USUAL_STATES: u64 = 250_000;

/// Explores everywhere. `go_on` is asked now and then.
pub(crate) fn explore(
    options: &Options,
    common: &Common<'_>,
    go_on: &dyn Fn() -> bool,
    out: &mut Out,
) -> Result<Exit, Stop> {
    if common.on.service != Service::Bits {
        return Err(Stop::options("--exhaustive explores BITS: `--on bits` or a version of it"));
    }
    let limits = options.limits(common.threads);
    let Some(alphabet) = options.in_one_piece(common.on) else {
        return in_chapters(options, common, &limits, go_on, out);
    };
    let bounded = options.states.is_some() || options.depth.is_some();
    let states = if bounded { limits.states } else { USUAL_STATES };
    let (graph, report) = explored("", &alphabet, common, &Limits { states, ..limits }, go_on);
    if common.json {
        out.exact(&report.json());
    } else {
        out.put(&report.text());
    }
    saved(&alphabet, &graph, common, out)?;
    Ok(if graph.broken.is_empty() { Exit::Held } else { Exit::Broken })
}

/// Explores one chapter after the other.
fn in_chapters(
    options: &Options,
    common: &Common<'_>,
    limits: &Limits,
    go_on: &dyn Fn() -> bool,
    out: &mut Out,
) -> Result<Exit, Stop> {
    let chapters = options.chapters();
    let (count, mut reports, mut broken) = (chapters.len(), Vec::new(), Vec::new());
    for (number, chapter) in (1..).zip(chapters) {
        if !go_on() {
            break;
        }
        let alphabet = Alphabet::new(&chapter.scope(common.on));
        let title = format!("{} ({number} of {count}): ", chapter.name);
        let (graph, report) = explored(&title, &alphabet, common, limits, go_on);
        reports.push((chapter, report));
        if !graph.broken.is_empty() {
            broken.push((alphabet, graph));
        }
    }
    let whole = Whole::new(reports);
    if common.json {
        out.exact(&whole.json());
    } else {
        out.put(&whole.text());
    }
    for (alphabet, graph) in &broken {
        saved(alphabet, graph, common, out)?;
    }
    Ok(if broken.is_empty() { Exit::Held } else { Exit::Broken })
}

/// Explores what an alphabet can do, with a line that says how far it is.
fn explored(
    title: &str,
    alphabet: &Alphabet,
    common: &Common<'_>,
    limits: &Limits,
    go_on: &dyn Fn() -> bool,
) -> (Graph, Report) {
    let clock = Clock::start();
    let mut line = Line::new();
    let graph = everywhere::explore(alphabet, common.bug, limits, &mut |progress| {
        line.show(title, progress, &clock);
        go_on()
    });
    line.clear();
    let report = Report::new(alphabet, &graph, clock.millis());
    (graph, report)
}

/// Writes each counterexample as a scenario.
fn saved(
    alphabet: &Alphabet,
    graph: &Graph,
    common: &Common<'_>,
    out: &mut Out,
) -> Result<(), Stop> {
    let Some(folder) = common.save else { return Ok(()) };
    for counterexample in &graph.broken {
        let (name, text) = everywhere::scenario(alphabet, counterexample, common.bug);
        let path = folder.join(name);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
        written
            .map_err(|error| Stop::options(format!("cannot write {}: {error}", path.display())))?;
        if !common.json {
            out.put(&format!("\nwritten  {}\n", path.display()));
        }
    }
    Ok(())
}

/// How long it has taken. People want to know; nothing that is explored does.
struct Clock(std::time::Instant);

impl Clock {
    #[allow(clippy::disallowed_methods)]
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The line on the terminal.
struct Line {
    shown: bool,
    /// When it was written last, in milliseconds.
    written: u64,
}

/// How often the line changes, in milliseconds.
const EVERY: u64 = 200;

impl Line {
    fn new() -> Self {
        Self { shown: std::io::stderr().is_terminal(), written: 0 }
    }

    fn show(&mut self, title: &str, progress: &Progress, clock: &Clock) {
        let now = clock.millis();
        if !self.shown || now < self.written + EVERY {
            return;
        }
        self.written = now;
        let Progress { states, edges, depth, waiting } = progress;
        let rate = states * 1_000 / now.max(1);
        let text = format!(
            "{title}{states} states, {edges} edges, depth {depth}, {waiting} waiting, {rate} states/s"
        );
        eprint!("\r  {text}\u{1b}[K");
        let _ = std::io::stderr().flush();
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\u{1b}[K");
        }
    }
}
