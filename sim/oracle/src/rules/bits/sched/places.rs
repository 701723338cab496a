//! Who waits, who runs and who rests, at each level.

use crate::view::{JobView, View};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, JobId, JobState, Priority, SimTime, UserId};
use std::collections::BTreeSet;

/// A priority, 0 for FOREGROUND to 3 for LOW.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level(u8);

impl Level {
    pub(super) const FOREGROUND: Self = Self(0);

    pub(super) fn of(priority: Priority) -> Self {
        Self(priority.value())
    }

    pub(super) fn from_value(value: u32) -> Option<Self> {
        let known = Priority::ALL.iter().find(|known| u32::from(known.value()) == value);
        known.map(|priority| Self::of(*priority))
    }

    fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Out of the queue.
    #[default]
    Gone,
    /// In QUEUED, and its owner is there.
    Waiting(Level),
    /// In CONNECTING or TRANSFERRING.
    Running(Level),
    /// Anywhere else: it does not ask for a turn.
    Resting(Level),
}

/// What made a job wait for a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Why {
    /// Its owner logged on.
    LogOn,
    /// The service started again.
    Restart,
    /// Its priority changed.
    Priority,
    /// Anything else.
    #[default]
    Other,
}

/// A job and its turns. Turns are told by their position in the trace.
#[derive(Debug, Clone, Copy, Default)]
struct Turns {
    place: Place,
    /// When it began to wait.
    since: SimTime,
    /// The same as a position in the trace.
    since_seq: u32,
    why: Why,
    /// The turn that it has now, 0 for none.
    turn: u32,
    /// The latest turn that was used, 0 for none.
    latest: u32,
    /// Its priority was lowered during its turn.
    lowered: bool,
}

/// Every job in its place.
#[derive(Debug, Clone)]
pub(super) struct Places {
    jobs: Vec<Turns>,
    waiting: [BTreeSet<(u32, JobId)>; 4],
    running: [u32; 4],
    resting: [u32; 4],
    /// Accounts that have been without a session at some time.
    missed: Vec<bool>,
}

impl Places {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            waiting: [const { BTreeSet::new() }; 4],
            running: [0; 4],
            resting: [0; 4],
            missed: setup.users.iter().map(|user| !user.logged_on).collect(),
        }
    }

    /// Every session has ended.
    pub(super) fn nobody_is_there(&mut self) {
        self.missed.fill(true);
    }

    pub(super) fn missed(&self, user: UserId) -> bool {
        self.missed.get(user.index()).copied().unwrap_or(false)
    }

    /// The place of a job in this state and at this level.
    pub(super) fn place(&self, view: &View, job: &JobView, state: JobState, level: Level) -> Place {
        match state {
            _ if job.gone || state.is_final() => Place::Gone,
            JobState::Queued if view.owner_present(job) => Place::Waiting(level),
            state if state.is_running() => Place::Running(level),
            _ => Place::Resting(level),
        }
    }

    /// Puts the job there.
    pub(super) fn put(&mut self, id: JobId, place: Place, event: &Event, why: Why) {
        self.put_at(id, place, event.seq, event.at, why);
    }

    fn put_at(&mut self, id: JobId, place: Place, seq: u32, at: SimTime, why: Why) {
        if self.jobs.len() <= id.index() {
            self.jobs.resize(id.index() + 1, Turns::default());
        }
        let job = &mut self.jobs[id.index()];
        match job.place {
            Place::Gone => {}
            Place::Waiting(level) => {
                self.waiting[level.index()].remove(&(job.since_seq, id));
            }
            Place::Running(level) => self.running[level.index()] -= 1,
            Place::Resting(level) => self.resting[level.index()] -= 1,
        }
        job.place = place;
        match place {
            Place::Gone => {}
            Place::Waiting(level) => {
                (job.since, job.since_seq, job.why) = (at, seq, why);
                self.waiting[level.index()].insert((seq, id));
            }
            Place::Running(level) => self.running[level.index()] += 1,
            Place::Resting(level) => self.resting[level.index()] += 1,
        }
    }

    /// Works out the place of a job again, from the view as it is now.
    pub(super) fn place_again(&mut self, view: &View, id: JobId, seq: u32, why: Why) {
        let Some(job) = view.job(id) else { return };
        let place = self.place(view, job, job.state, Level::of(job.priority));
        let known = self.jobs.get(id.index()).map(|job| job.place);
        if why == Why::Restart {
            // A restart may shuffle the queue (BITS-SCHED-007). Who has been waiting since his owner
            // logged on still does.
            let waits = matches!(known, Some(Place::Waiting(_)));
            let why = if waits && self.why(id) == Why::LogOn { Why::LogOn } else { why };
            self.put_at(id, place, seq, view.now, why);
            self.jobs[id.index()].latest = 0;
            self.jobs[id.index()].turn = 0;
        } else if known != Some(place) {
            self.put_at(id, place, seq, view.now, why);
        }
    }

    /// Puts the job at the level of its new priority. True if that is another place.
    pub(super) fn moved_to(&mut self, id: JobId, place: Place, event: &Event) -> bool {
        let Some(job) = self.jobs.get_mut(id.index()) else { return false };
        if job.place == place {
            return false;
        }
        if let (Place::Running(old), Place::Running(new)) = (job.place, place) {
            job.lowered = new > old;
        }
        self.put(id, place, event, Why::Priority);
        true
    }

    pub(super) fn turn_begins(&mut self, id: JobId, seq: u32) {
        if let Some(job) = self.jobs.get_mut(id.index()) {
            job.turn = seq;
            job.lowered = false;
        }
    }

    pub(super) fn turn_ends(&mut self, id: JobId, used: bool) {
        if let Some(job) = self.jobs.get_mut(id.index()) {
            if used {
                job.latest = job.turn;
            }
            job.turn = 0;
        }
    }

    /// The position in the trace of the latest turn that the job used, 0 for none.
    pub(super) fn latest_turn(&self, id: JobId) -> u32 {
        self.jobs.get(id.index()).map_or(0, |job| job.latest)
    }

    pub(super) fn why(&self, id: JobId) -> Why {
        self.jobs.get(id.index()).map_or(Why::Other, |job| job.why)
    }

    /// Since when the job waits, or waited last.
    pub(super) fn since(&self, id: JobId) -> SimTime {
        self.jobs.get(id.index()).map_or(SimTime::ZERO, |job| job.since)
    }

    /// The same as a position in the trace.
    pub(super) fn waiting_since(&self, id: JobId) -> u32 {
        self.jobs.get(id.index()).map_or(0, |job| job.since_seq)
    }

    pub(super) fn running(&self, level: Level) -> u32 {
        self.running[level.index()]
    }

    pub(super) fn background_running(&self) -> u32 {
        self.running[1..].iter().sum()
    }

    /// The lowest background level at which a job runs.
    pub(super) fn lowest_running(&self) -> Option<Level> {
        (1..4).rev().map(Level).find(|level| self.running[level.index()] > 0)
    }

    /// True if a job that runs at this level was lowered to it during its turn.
    pub(super) fn was_lowered(&self, level: Level) -> bool {
        self.jobs.iter().any(|job| job.place == Place::Running(level) && job.lowered)
    }

    /// Who has waited longest at a level, with the position in the trace since when.
    pub(super) fn first(&self, level: Level) -> Option<(u32, JobId)> {
        self.waiting[level.index()].first().copied()
    }

    /// The same without one job.
    pub(super) fn first_but(&self, level: Level, id: JobId) -> Option<(u32, JobId)> {
        self.waiting[level.index()].iter().find(|(_, other)| *other != id).copied()
    }

    /// Who has waited longest at the highest background level that somebody waits at.
    pub(super) fn first_in_background(&self) -> Option<(u32, JobId)> {
        (1..4).find_map(|level| self.first(Level(level)))
    }

    /// Who has waited longest at the highest background level above this one.
    pub(super) fn first_above(&self, level: Level) -> Option<(u32, JobId)> {
        (1..level.0).find_map(|level| self.first(Level(level)))
    }

    pub(super) fn anyone_waits_but(&self, id: JobId) -> bool {
        (0..4).any(|level| self.first_but(Level(level), id).is_some())
    }

    pub(super) fn anyone_waits_below(&self, level: Level) -> bool {
        (level.0 + 1..4).any(|level| self.first(Level(level)).is_some())
    }

    pub(super) fn anyone_rests_above(&self, level: Level) -> bool {
        (1..level.0).any(|level| self.resting[usize::from(level)] > 0)
    }
}
