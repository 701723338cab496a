//! `bitsim explore --exhaustive`

use crate::cli::out::Out;
use crate::cli::{Exit, Stop};
use bitsim::engine::sabotage::Bug;
use bitsim::explore::everywhere::{self, Alphabet, Graph, Limits, Progress, Report, Scope};
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
    /// How many jobs there are
    #[arg(long, value_name = "N", default_value_t = 1, requires = "exhaustive")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3))]
    jobs: u32,
    /// Of which type they are
    #[arg(long, value_name = "TYPE", default_value = "download", requires = "exhaustive")]
    job_type: Kind,
    /// How many lasting disturbances may be in force at once
    #[arg(long, value_name = "N", default_value_t = 1, requires = "exhaustive")]
    disturbances: u32,
    /// The most things that happen one after another
    #[arg(long, value_name = "N", requires = "exhaustive")]
    depth: Option<u32>,
    /// The most states
    #[arg(long, value_name = "N", requires = "exhaustive")]
    states: Option<u64>,
    /// The most memory, in MB
    #[arg(long, value_name = "MB", default_value_t = 4_096, requires = "exhaustive")]
    memory: u64,
    /// Keep 128 bits of a hash of each state instead of all of it
    #[arg(long, requires = "exhaustive")]
    compact: bool,
    /// Also what only multiplies states: priorities, owners, time limits, more faults
    #[arg(long, requires = "exhaustive")]
    full: bool,
    /// Leave out what has this name; can be given again
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

    fn alphabet(&self, on: Target) -> Alphabet {
        let job_type = match self.job_type {
            Kind::Download => JobType::Download,
            Kind::Upload => JobType::Upload,
            Kind::UploadReply => JobType::UploadReply,
        };
        let (jobs, disturbances) = (self.jobs, self.disturbances);
        let usual = if self.full { Scope::one_job(on) } else { Scope::core(on) };
        let without = usual.without.iter().chain(&self.without).cloned().collect();
        Alphabet::new(&Scope { jobs, job_type, disturbances, without, ..usual })
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
    let alphabet = options.alphabet(common.on);
    let clock = Clock::start();
    let mut line = Line::new();
    let graph = everywhere::explore(
        &alphabet,
        common.bug,
        &options.limits(common.threads),
        &mut |progress| {
            line.show(progress, &clock);
            go_on()
        },
    );
    line.clear();
    let report = Report::new(&alphabet, &graph, clock.millis());
    if common.json {
        out.exact(&report.json());
    } else {
        out.put(&report.text());
    }
    saved(&alphabet, &graph, common, out)?;
    Ok(if graph.broken.is_empty() { Exit::Held } else { Exit::Broken })
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

    fn show(&mut self, progress: &Progress, clock: &Clock) {
        let now = clock.millis();
        if !self.shown || now < self.written + EVERY {
            return;
        }
        self.written = now;
        let Progress { states, edges, depth, waiting } = progress;
        let rate = states * 1_000 / now.max(1);
        let text = format!(
            "{states} states, {edges} edges, depth {depth}, {waiting} waiting, {rate} states/s"
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
