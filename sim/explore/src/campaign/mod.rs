//! Campaigns: many stories drawn from seeds, played by all cores, judged, and the first of each kind
//! that breaks something made small.
//!
//! ```text
//! seeds --draw--> stories --workers--> coverage, what broke --barrier--> Report
//!           ^                                                   |
//!           +--------------- corpus of the guided arm <---------+
//! ```
//!
//! A campaign goes on in generations. Within one, no story depends on another, so that the workers
//! share nothing; at its end, what they found is taken in by the order of the seeds. The same seeds
//! therefore give the same report for any number of workers. A campaign with a time limit gives the
//! report of the seeds that it got through.

mod coverage;
mod deal;
mod generation;
mod look;
pub mod parts;
pub mod report;
mod taken;

pub use parts::{Part, Seeds, Shard};
pub use report::{Ended, Finding, Report};

use crate::draw::Mix;
use crate::story::Story;
use bitsim_engine::sabotage::Bug;
use bitsim_vocab::{Service, Target};
use deal::{Corpus, Deal};
use std::fmt;
use std::num::NonZero;
use taken::Taken;

/// How stories are come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// Everything that can happen, as likely in one story as in the next. The control arm.
    Plain,
    /// Each story with a mix of its own: some things often, some not at all.
    Swarm,
    /// Many things at one instant, in an order by priorities that change now and then.
    Order,
    /// Neighbours of stories that reached something new.
    Guided,
    /// Neighbours of given stories.
    Around,
}

impl Strategy {
    /// The strategies that draw stories of their own, the control arm first.
    pub const OWN: [Self; 4] = [Self::Plain, Self::Swarm, Self::Order, Self::Guided];
    /// The strategies that begin at given stories, the control arm first.
    pub const NEAR: [Self; 2] = [Self::Around, Self::Guided];

    /// The name as the command line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Swarm => "swarm",
            Self::Order => "order",
            Self::Guided => "guided",
            Self::Around => "around",
        }
    }

    /// True if what it does depends on what was reached before, so that the shards of a campaign
    /// do not add up to the same stories as the whole.
    pub const fn learns(self) -> bool {
        matches!(self, Self::Guided)
    }

    /// How it draws a story from nothing.
    const fn mix(self) -> Mix {
        match self {
            Self::Plain => Mix::Plain,
            Self::Order => Mix::Order,
            Self::Swarm | Self::Guided | Self::Around => Mix::Swarm,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Calls `work` and turns a panic into its message. The command has one that prints nothing.
pub type Guard = fn(work: &mut dyn FnMut()) -> Result<(), String>;

/// What to explore, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is explored, in rotation. Without effect if there are stories to begin at.
    pub targets: Vec<Target>,
    /// The seeds, one for each story.
    pub seeds: Seeds,
    /// Which of the seeds are played here.
    pub shard: Shard,
    /// The strategies, in rotation.
    pub strategies: Vec<Strategy>,
    /// Stories to begin at.
    pub around: Vec<Story>,
    /// How many threads play.
    pub workers: NonZero<usize>,
    /// A deliberate bug in every world, to see whether the search finds it.
    pub bug: Option<&'static Bug>,
    /// Of so many stories one is healed at its end, and every job in it must come to rest; never if
    /// 0.
    pub heal_every: u64,
    /// Of so many stories one is played twice, and both must be the same; never if 0.
    pub twice_every: u64,
    /// Ends the campaign once so many different things are broken.
    pub stop_after: Option<usize>,
    /// How often a story is played at most while it is made small.
    pub most_tries: u32,
    /// Where panics end.
    pub guard: Guard,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            targets: usual_targets(),
            seeds: Seeds { from: 0, to: Some(1_000) },
            shard: Shard::WHOLE,
            strategies: Strategy::OWN.to_vec(),
            around: Vec::new(),
            workers: NonZero::<usize>::MIN,
            bug: None,
            heal_every: 3,
            twice_every: 32,
            stop_after: None,
            most_tries: 2_000,
            guard: look::caught,
        }
    }
}

/// Every target. Older versions of BITS take turns with each other, since most of what they do is
/// what the current one does.
fn usual_targets() -> Vec<Target> {
    let is_older = |target: &Target| target.service == Service::Bits && *target != Target::BITS;
    let round = |older: Target| {
        let [bits, legacy] = [Target::BITS, Target::DO_LEGACY];
        [bits, legacy, bits, Target::DO_DOWNLOAD, Target::DO_AGENT, older]
    };
    Target::all().filter(is_older).flat_map(round).collect()
}

/// Why a campaign shall end before its seeds do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Its time is over. What was found is still made small.
    TimeUp,
    /// Somebody wants it to end at once.
    Interrupted,
}

/// How far a campaign has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Stories played.
    pub stories: u64,
    /// Rules that held at least once.
    pub rules: usize,
    /// Cases of transition tables that were taken.
    pub cells: usize,
    /// Moves from state to state, told apart by what caused them.
    pub moves: usize,
    /// Different things that are broken.
    pub findings: usize,
}

/// Who watches a campaign: it has the clock, shows how it goes and keeps what is found. All of it
/// may be called from many threads.
pub trait Watcher: Sync {
    /// Whether the campaign shall end; asked before each story.
    fn stop(&self) -> Option<Stop> {
        None
    }

    /// Real time since some moment, in nanoseconds, to compare the strategies by.
    fn nanos(&self) -> u64 {
        0
    }

    /// One more story was played.
    fn played(&self) {}

    /// A generation is over.
    fn reached(&self, standing: &Standing) {
        let _ = standing;
    }

    /// Something is broken that was not found before; it has been made small.
    fn found(&self, finding: &Finding) {
        let _ = finding;
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}

/// Explores.
pub fn run(settings: &Settings, watcher: &dyn Watcher) -> Report {
    let deal = Deal::of(settings);
    let mut corpus = Corpus::of(settings);
    let mut taken = Taken::new(settings);
    let mut seeds = settings.seeds.of(settings.shard);
    let mut size = FIRST_GENERATION;
    loop {
        let hands: Vec<_> = seeds.by_ref().take(size).map(|seed| deal.hand(seed)).collect();
        if hands.is_empty() {
            break;
        }
        let played = generation::play(settings, &hands, &corpus, taken.coverage(), watcher);
        let whole = played.len() == hands.len();
        let enough = taken.take_in(played, &mut corpus, watcher);
        watcher.reached(&taken.standing());
        if enough || !whole || watcher.stop().is_some() {
            let is_over = whole && seeds.next().is_none();
            taken.ends(enough, is_over, watcher.stop());
            break;
        }
        size = (2 * size).min(LARGEST_GENERATION);
    }
    taken.report()
}

/// Generations grow: the first ones are small, so that what is easy to find is found at once and
/// the guided arm has something to begin with.
const FIRST_GENERATION: usize = 64;

/// No generation has more stories.
const LARGEST_GENERATION: usize = 1_024;
