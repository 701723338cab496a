//! What is known of the runs at a row, from the rows before it.

use super::align::{NEAR, Row};
use super::kinds::Kind;
use super::observe::{Facts, News, Seen, What};
use super::phase::{Cause, Phase};
use bitsim_vocab::{Service, SimTime};
use std::collections::{BTreeMap, BTreeSet};

/// A job or download on one of the sides.
type One = (String, usize);

/// What is known from the rows before.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    /// By how many ticks each side is late, job by job: what follows from a delay is told once.
    pub(super) late: BTreeMap<One, i64>,
    /// The phase that each job is in on each side, and since when.
    phases: BTreeMap<One, (Phase, SimTime)>,
    /// True where an error is known, false where it is forgotten again.
    errors: BTreeMap<One, bool>,
    /// Why each side was the only one to fail last, and when.
    blamed: BTreeMap<One, (Kind, SimTime)>,
    /// When a restart put each job into another state last.
    restarted: BTreeMap<One, SimTime>,
    /// What a restart made the service forget.
    lost: BTreeSet<One>,
    /// When the wall clock was moved last.
    clock: Option<SimTime>,
    /// What holds for the whole run on each side.
    facts: Vec<Facts>,
}

/// How the first side and another one stand when something is seen that concerns a job.
#[derive(Debug, Clone)]
pub(super) struct Now {
    /// The services.
    pub(super) of: [Service; 2],
    /// The phase of the job.
    pub(super) phases: [Option<Phase>; 2],
    /// Whether it has an error; `None` if it never had one.
    pub(super) errors: [Option<bool>; 2],
    /// Whether a restart made the service forget it, or if it concerns no job in particular, how
    /// many jobs.
    pub(super) lost: [usize; 2],
    /// Why only this side has just failed.
    pub(super) blamed: [Option<Kind>; 2],
    /// A restart has just put it into another state.
    pub(super) restarted: [bool; 2],
    /// Both sides were told the same no-progress timeout, in seconds.
    pub(super) timeout: Option<u64>,
    /// The wall clock was moved while it waited on both sides.
    pub(super) clock: bool,
    /// The file that it is about belongs to the run.
    pub(super) has_file: [bool; 2],
    /// The service asks a cache host.
    pub(super) cache_host: [bool; 2],
}

impl SoFar {
    pub(super) fn of(facts: Vec<Facts>) -> Self {
        Self { facts, ..Self::default() }
    }

    pub(super) fn take_in(&mut self, row: &Row) {
        for (side, seen) in row.cells.iter().enumerate() {
            let Some(seen) = seen else { continue };
            let key = (seen.who.clone(), side);
            match seen.what {
                What::World { clock: true } => self.clock = Some(seen.at),
                What::State { phase, cause, .. } => {
                    if phase == Phase::Forgotten && cause == Cause::Restart {
                        self.lost.insert(key.clone());
                    }
                    if cause == Cause::Restart {
                        self.restarted.insert(key.clone(), seen.at);
                    }
                    self.phases.insert(key, (phase, seen.at));
                }
                What::Error { .. } => drop(self.errors.insert(key, true)),
                What::Gone => drop(self.errors.insert(key, false)),
                _ => {}
            }
        }
    }

    /// Keeps why only this side reported an error.
    pub(super) fn blame(&mut self, error: &Seen, side: usize, kind: Kind) {
        self.blamed.insert((error.who.clone(), side), (kind, error.at));
    }

    /// How the first side and another one stand.
    pub(super) fn now(&self, seen: &Seen, side: usize, of: [Service; 2]) -> Now {
        let sides = [0, side];
        let who = seen.who.as_str();
        let key = |side: usize| (who.to_owned(), side);
        let phase = |side| self.phases.get(&key(side)).copied();
        let lost = |side: usize| {
            let all = || self.lost.iter().filter(|(_, on)| *on == side).count();
            if who.is_empty() { all() } else { usize::from(self.lost.contains(&key(side))) }
        };
        let waited = |side| match (phase(side), self.clock) {
            (Some((Phase::Waits, since)), Some(clock)) => since <= clock,
            _ => false,
        };
        let just_now = |at: SimTime| seen.at.since(at) < NEAR;
        let facts = sides.map(|side| self.facts.get(side));
        let timeout = |facts: Option<&Facts>| facts?.timeouts.get(who).copied();
        let [one, other] = facts.map(timeout);
        let has_file = |facts: Option<&Facts>| match &seen.what {
            What::File { path, .. } => facts.is_some_and(|facts| facts.paths.contains(path)),
            _ => false,
        };
        Now {
            of,
            phases: sides.map(|side| phase(side).map(|(phase, _)| phase)),
            errors: sides.map(|side| self.errors.get(&key(side)).copied()),
            lost: sides.map(lost),
            blamed: sides.map(|side| {
                let blamed = self.blamed.get(&key(side));
                blamed.filter(|(_, at)| just_now(*at)).map(|(kind, _)| *kind)
            }),
            restarted: sides
                .map(|side| self.restarted.get(&key(side)).is_some_and(|at| just_now(*at))),
            timeout: one.filter(|one| other == Some(*one)),
            clock: sides.into_iter().all(waited),
            has_file: facts.map(has_file),
            cache_host: facts.map(|facts| facts.is_some_and(|facts| facts.cache_host)),
        }
    }
}

impl Now {
    /// True if one of the sides is a download.
    pub(super) fn download(&self) -> bool {
        self.of.contains(&Service::DoDownload)
    }

    /// True if the other side cannot see what `at` sees: the job rests there or is through, or it
    /// is not yet where a callback would tell of it.
    pub(super) fn is_behind(&self, only: &Seen, at: usize) -> bool {
        let there = self.phases[1 - at];
        match only.what {
            What::State { .. } | What::Error { .. } | What::Attempt { .. } | What::Gone => there
                .is_some_and(|phase| {
                    matches!(phase, Phase::Rests | Phase::Failed | Phase::Done) || phase.is_end()
                }),
            What::Told { news: News::Done | News::Failed, again: false, .. } => {
                self.phases[at] != there
            }
            _ => false,
        }
    }

    /// The kind of a difference in when a job fails for want of progress.
    pub(super) const fn no_progress(&self) -> Kind {
        match self.timeout {
            Some(0) => Kind::TimeoutValue,
            Some(_) => Kind::NoProgressClock,
            None => Kind::NoProgress,
        }
    }
}
