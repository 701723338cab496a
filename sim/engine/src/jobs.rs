//! The jobs of a service and the order in which their timers are due.
//!
//! Pool lie in chunks that worlds share until one of them changes a job, so that a copy of a world
//! costs a few reference counts. The job that is being worked on is taken out of its chunk and held
//! in hand: all that happens to it in a row pays for the chunk once, and for its place among the
//! other jobs once. Above the chunks lies a tree, each node with the turn of the job below it that
//! is due first; it is as quick for four jobs as for fifty thousand.

use crate::timers::{Due, Timers, Turn};
use bitsim_vocab::{JobId, SimTime};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A job with timers.
pub(crate) trait Timed: Clone {
    /// The kinds of timers that run on while the job rests.
    const IDLE: &'static [Due];

    /// Its timers.
    fn timers(&self) -> &Timers;

    /// The same, to change them: only [`Pool`] does, which knows which is first.
    fn timers_mut(&mut self) -> &mut Timers;
}

/// Pool of a chunk.
const CHUNK: usize = 8;

/// The number of no job.
const NOBODY: u32 = u32::MAX;

/// Neighbouring jobs. The one in hand is missing, as are those that do not exist yet.
#[derive(Debug, Clone)]
struct Chunk<J> {
    jobs: [Option<Box<J>>; CHUNK],
    /// The first turn of each job that is there.
    turns: [Turn; CHUNK],
}

/// Every job there has ever been, by number.
#[derive(Debug, Clone)]
pub(crate) struct Pool<J> {
    hand: Option<Box<J>>,
    in_hand: u32,
    /// Its first turn.
    own: Turn,
    len: u32,
    /// How many jobs, the one in hand aside, have timers that are not idle.
    busy: u32,
    chunks: Vec<Arc<Chunk<J>>>,
    /// The first turn of each pair of nodes below, from 1 at the top; the lower half belongs to the
    /// chunks.
    tree: Vec<Turn>,
}

impl<J> Default for Pool<J> {
    fn default() -> Self {
        let (chunks, tree) = (Vec::new(), Vec::new());
        Self { hand: None, in_hand: NOBODY, own: Turn::NEVER, len: 0, busy: 0, chunks, tree }
    }
}

impl<J: Timed> Pool<J> {
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(crate) fn get(&self, id: JobId) -> Option<&J> {
        if id.0 == self.in_hand { self.hand.as_deref() } else { self.get_from_chunk(id) }
    }

    #[inline(never)]
    fn get_from_chunk(&self, id: JobId) -> Option<&J> {
        self.chunks.get(id.index() / CHUNK)?.jobs[id.index() % CHUNK].as_deref()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &J> {
        (0..self.len).filter_map(|number| self.get(JobId(number)))
    }

    /// The job, to be read. It must exist.
    #[inline]
    pub(crate) fn at(&self, id: JobId) -> &J {
        match self.get(id) {
            Some(job) => job,
            None => no_such_job(id),
        }
    }

    /// The job, to be changed. It must exist.
    #[inline]
    pub(crate) fn at_mut(&mut self, id: JobId) -> &mut J {
        if id.0 != self.in_hand {
            self.take_up(id);
        }
        match self.hand.as_deref_mut() {
            Some(job) => job,
            None => no_such_job(id),
        }
    }

    /// Adds a job.
    pub(crate) fn push(&mut self, job: J) {
        self.put_down();
        if self.len() == self.chunks.len() * CHUNK {
            let jobs = std::array::from_fn(|_| None);
            self.chunks.push(Arc::new(Chunk { jobs, turns: [Turn::NEVER; CHUNK] }));
            self.grow();
        }
        self.own = job.timers().first(self.len);
        self.hand = Some(Box::new(job));
        self.in_hand = self.len;
        self.len += 1;
    }

    /// Makes the tree large enough.
    fn grow(&mut self) {
        let leaves = self.chunks.len().next_power_of_two();
        if self.tree.len() == 2 * leaves {
            return;
        }
        let old = self.tree.len() / 2;
        let mut tree = vec![Turn::NEVER; 2 * leaves];
        tree[leaves..leaves + old].copy_from_slice(&self.tree[old..]);
        for at in (1..leaves).rev() {
            tree[at] = tree[2 * at].min(tree[2 * at + 1]);
        }
        self.tree = tree;
    }

    #[inline(never)]
    fn take_up(&mut self, id: JobId) {
        self.put_down();
        let place = id.index() / CHUNK;
        let Some(chunk) = self.chunks.get_mut(place) else { return };
        let chunk = Arc::make_mut(chunk);
        self.hand = chunk.jobs[id.index() % CHUNK].take();
        self.in_hand = id.0;
        self.busy -= u32::from(self.hand.as_deref().is_some_and(is_busy));
        self.own = std::mem::replace(&mut chunk.turns[id.index() % CHUNK], Turn::NEVER);
        if self.own == self.tree[self.tree.len() / 2 + place] {
            let turn = chunk.first();
            self.place(place, turn);
        }
    }

    fn put_down(&mut self) {
        let Some(job) = self.hand.take() else { return };
        let number = std::mem::replace(&mut self.in_hand, NOBODY);
        self.busy += u32::from(is_busy(&*job));
        let place = number as usize / CHUNK;
        let chunk = Arc::make_mut(&mut self.chunks[place]);
        let turn = std::mem::replace(&mut self.own, Turn::NEVER);
        chunk.turns[number as usize % CHUNK] = turn;
        chunk.jobs[number as usize % CHUNK] = Some(job);
        if turn < self.tree[self.tree.len() / 2 + place] {
            self.place(place, turn);
        }
    }

    /// The first turn of a chunk is another one.
    fn place(&mut self, chunk: usize, turn: Turn) {
        let mut at = self.tree.len() / 2 + chunk;
        self.tree[at] = turn;
        while at > 1 {
            let first = self.tree[at].min(self.tree[at ^ 1]);
            at /= 2;
            if self.tree[at] == first {
                return;
            }
            self.tree[at] = first;
        }
    }

    /// What is due first, when, and for which job.
    #[inline]
    pub(crate) fn first(&self) -> Option<(SimTime, JobId, Due)> {
        let others = self.tree.get(1).copied().unwrap_or(Turn::NEVER);
        let (at, job, what) = self.own.min(others).parts()?;
        Some((at, JobId(job), what))
    }

    /// True if only idle timers run.
    pub(crate) fn rest(&self) -> bool {
        self.busy == 0 && !self.hand.as_deref().is_some_and(is_busy)
    }

    /// Sets a timer of a job, running or not.
    pub(crate) fn set(&mut self, job: JobId, what: Due, due: SimTime) {
        let timers = self.at_mut(job).timers_mut();
        timers.set(what, due);
        let turn = Turn::new(due, what, job.0);
        if turn <= self.own {
            self.own = turn;
        } else if self.own.is_of(what) {
            self.own = self.at(job).timers().first(job.0);
        }
    }

    /// Stops a timer of a job. False if it was not running.
    pub(crate) fn stop(&mut self, job: JobId, what: Due) -> bool {
        if self.at(job).timers().due(what).is_none() {
            return false;
        }
        let timers = self.at_mut(job).timers_mut();
        timers.stop(what);
        if self.own.is_of(what) {
            self.own = self.at(job).timers().first(job.0);
        }
        true
    }

    /// Stops all these timers of a job, running or not.
    pub(crate) fn stop_all(&mut self, job: JobId, these: &[Due]) {
        let timers = self.at_mut(job).timers_mut();
        these.iter().for_each(|what| timers.stop(*what));
        if these.iter().any(|what| self.own.is_of(*what)) {
            self.own = self.at(job).timers().first(job.0);
        }
    }

    /// When a timer of a job is due, if it is running.
    pub(crate) fn due(&self, job: JobId, what: Due) -> Option<SimTime> {
        self.at(job).timers().due(what)
    }

    /// Every running timer of a job.
    pub(crate) fn of_job(&self, job: JobId) -> impl Iterator<Item = (Due, SimTime)> + use<J> {
        self.at(job).timers().all()
    }
}

impl<J> Chunk<J> {
    fn first(&self) -> Turn {
        self.turns.iter().fold(Turn::NEVER, |first, turn| first.min(*turn))
    }
}

/// Which job is in hand makes no difference.
impl<J: Timed + Hash> Hash for Pool<J> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|job| job.hash(state));
    }
}

fn is_busy<J: Timed>(job: &J) -> bool {
    job.timers().more_than(J::IDLE)
}

#[cold]
#[inline(never)]
fn no_such_job(id: JobId) -> ! {
    panic!("there is no job {}", id.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Default, Hash)]
    struct Job(Timers);

    impl Timed for Job {
        const IDLE: &'static [Due] = &[Due::Inactivity];

        fn timers(&self) -> &Timers {
            &self.0
        }

        fn timers_mut(&mut self) -> &mut Timers {
            &mut self.0
        }
    }

    fn many(count: u32) -> Pool<Job> {
        let mut jobs = Pool::default();
        (0..count).for_each(|_| jobs.push(Job::default()));
        jobs
    }

    fn in_order(mut jobs: Pool<Job>) -> Vec<(u64, u32, Due)> {
        let mut order = Vec::new();
        while let Some((at, job, what)) = jobs.first() {
            order.push((at.0, job.0, what));
            assert!(jobs.stop(job, what));
        }
        order
    }

    #[test]
    fn things_due_at_one_instant_come_in_documented_order() {
        let mut jobs = many(2);
        let at = SimTime(5);
        jobs.set(JobId(1), Due::NoProgress, at);
        jobs.set(JobId(0), Due::NoProgress, at);
        jobs.set(JobId(1), Due::Retry, at);
        jobs.set(JobId(0), Due::Slice, SimTime(1));
        jobs.set(JobId(1), Due::Flow, SimTime(9));
        jobs.set(JobId(1), Due::Flow, at);
        assert!(jobs.stop(JobId(0), Due::Slice));
        assert!(!jobs.stop(JobId(0), Due::Slice));
        let expected = [
            (5, 1, Due::Flow),
            (5, 1, Due::Retry),
            (5, 0, Due::NoProgress),
            (5, 1, Due::NoProgress),
        ];
        assert_eq!(in_order(jobs), expected);
    }

    #[test]
    fn many_jobs_take_turns_as_a_sorted_list_would_have_them() {
        let mut jobs = many(37);
        let mut expected = Vec::new();
        for number in 0..37_u32 {
            for what in [Due::Retry, Due::NoProgress, Due::Inactivity] {
                let at = u64::from(number.wrapping_mul(2_654_435_761) >> 28) + what as u64 % 3;
                jobs.set(JobId(number), what, SimTime(at));
                expected.push((at, what, number));
            }
        }
        expected.sort_unstable();
        let expected: Vec<_> = expected.iter().map(|(at, what, job)| (*at, *job, *what)).collect();
        assert!(!jobs.rest());
        assert_eq!(in_order(jobs), expected);
    }

    #[test]
    fn a_copy_goes_its_own_way_and_the_job_in_hand_makes_no_difference() {
        let mut jobs = many(20);
        jobs.set(JobId(3), Due::Inactivity, SimTime(7));
        assert!(jobs.rest());
        let mut copy = jobs.clone();
        copy.set(JobId(3), Due::Flow, SimTime(2));
        assert!(!copy.rest());
        assert_eq!(jobs.first(), Some((SimTime(7), JobId(3), Due::Inactivity)));
        assert_eq!(copy.first(), Some((SimTime(2), JobId(3), Due::Flow)));
        copy.stop(JobId(3), Due::Flow);
        copy.at_mut(JobId(19));
        let digest = |jobs: &Pool<Job>| bitsim_vocab::Digest::of(jobs);
        assert_eq!(digest(&copy), digest(&jobs));
    }
}
