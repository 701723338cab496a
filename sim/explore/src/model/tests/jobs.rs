//! A few jobs of a small kind, one network, and fewer slots than jobs.

use crate::model::{Local, Model, Packed};

/// What a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    Nothing,
    Queued,
    Active,
    Waiting,
    Done,
}

/// A job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Job {
    doing: Doing,
    failures: u8,
    /// Ticks until it may try again.
    rest: u8,
}

/// What a job can do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Resume,
    Suspend,
    Start,
    Retry,
    Fail,
    Finish,
}

const ACTS: [Act; 6] = [Act::Resume, Act::Suspend, Act::Start, Act::Retry, Act::Fail, Act::Finish];

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    One(u8, Act),
    Tick,
    Network,
}

/// Three jobs at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    up: bool,
    pub(super) jobs: Vec<Job>,
}

/// How many of what there are, and what is wrong with them.
pub(super) struct Jobs {
    pub(super) jobs: usize,
    pub(super) slots: u32,
    pub(super) failures: u8,
    pub(super) rest: u8,
    /// A job that tries again takes no slot.
    pub(super) retry_needs_no_slot: bool,
    /// Keys do not depend on the order of the jobs.
    pub(super) sorted: bool,
}

impl Jobs {
    pub(super) fn three() -> Self {
        Self { jobs: 3, slots: 1, failures: 2, rest: 2, retry_needs_no_slot: false, sorted: false }
    }

    fn act(&self, up: bool, active: u32, job: Job, act: Act) -> Option<Job> {
        let go = |doing| Some(Job { doing, rest: 0, ..job });
        let slot = up && active < self.slots;
        match (act, job.doing) {
            (Act::Resume, Doing::Nothing | Doing::Waiting) => go(Doing::Queued),
            (Act::Suspend, Doing::Queued | Doing::Active | Doing::Waiting) => go(Doing::Nothing),
            (Act::Start, Doing::Queued) if slot => go(Doing::Active),
            (Act::Retry, Doing::Waiting)
                if job.rest == 0 && (slot || up && self.retry_needs_no_slot) =>
            {
                go(Doing::Active)
            }
            (Act::Fail, Doing::Active) => Some(Job {
                doing: Doing::Waiting,
                failures: (job.failures + 1).min(self.failures),
                rest: self.rest,
            }),
            (Act::Finish, Doing::Active) => go(Doing::Done),
            _ => None,
        }
    }
}

impl Model for Jobs {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        let job = Job { doing: Doing::Nothing, failures: 0, rest: 0 };
        vec![State { up: true, jobs: vec![job; self.jobs] }]
    }

    fn actions(&self, _: &State, actions: &mut Vec<Action>) {
        for job in 0..self.jobs as u8 {
            actions.extend(ACTS.map(|act| Action::One(job, act)));
        }
        actions.extend([Action::Tick, Action::Network]);
    }

    fn step(&self, state: &State, action: Action) -> Option<State> {
        let mut after = state.clone();
        match action {
            Action::One(job, act) => {
                let active = state.jobs.iter().map(|job| u32::from(self.adds(*job))).sum();
                let job = &mut after.jobs[usize::from(job)];
                *job = self.act(state.up, active, *job, act)?;
            }
            Action::Tick | Action::Network => {
                let which = usize::from(action == Action::Network);
                after.up = self.shared_after(which, state.up)?;
                let mut happens = false;
                for job in &mut after.jobs {
                    let (moved, reason) = self.part_after(which, state.up, *job);
                    *job = moved;
                    happens |= reason;
                }
                if !happens {
                    return None;
                }
            }
        }
        Some(after)
    }

    fn key(&self, state: &State, key: &mut Vec<u8>) {
        let mut jobs = state.jobs.clone();
        if self.sorted {
            jobs.sort();
        }
        key.push(u8::from(state.up));
        key.extend(jobs.iter().flat_map(|job| [job.doing as u8, job.failures, job.rest]));
    }

    fn broken(&self, state: &State) -> Option<String> {
        let active = state.jobs.iter().filter(|job| job.doing == Doing::Active).count();
        (active > self.slots as usize).then(|| format!("{active} jobs are active"))
    }

    fn sometimes(&self) -> &[&'static str] {
        &["all jobs done", "a job done after two failures", "a job done by doing nothing"]
    }

    fn holds(&self, state: &State, which: usize) -> bool {
        let done = |job: &Job| job.doing == Doing::Done;
        match which {
            0 => state.jobs.iter().all(done),
            1 => state.jobs.iter().any(|job| done(job) && job.failures == 2),
            _ => state.jobs.iter().any(|job| done(job) && job.rest > 0),
        }
    }
}

impl Packed for Jobs {
    fn pack(&self, state: &State) -> u64 {
        let job = |job: &Job| {
            u64::from(job.doing as u8) | u64::from(job.failures) << 3 | u64::from(job.rest) << 5
        };
        state.jobs.iter().fold(u64::from(state.up), |packed, next| packed << 8 | job(next))
    }

    fn unpack(&self, packed: u64) -> State {
        const DOING: [Doing; 5] =
            [Doing::Nothing, Doing::Queued, Doing::Active, Doing::Waiting, Doing::Done];
        let job = |at: usize| {
            let bits = (packed >> (8 * (self.jobs - 1 - at))) as u8;
            let (failures, rest) = (bits >> 3 & 3, bits >> 5);
            Job { doing: DOING[usize::from(bits & 7)], failures, rest }
        };
        State { up: packed >> (8 * self.jobs) == 1, jobs: (0..self.jobs).map(job).collect() }
    }
}

impl Local for Jobs {
    type Part = Job;
    type Shared = bool;

    fn split(&self, state: &State, parts: &mut Vec<Job>) -> bool {
        parts.extend(&state.jobs);
        state.up
    }

    fn join(&self, up: bool, jobs: &[Job]) -> State {
        State { up, jobs: jobs.to_vec() }
    }

    fn adds(&self, job: Job) -> u8 {
        u8::from(job.doing == Doing::Active)
    }

    fn alone(&self, up: bool, active: u32, job: Job, after: &mut Vec<(bool, Job)>) {
        after.extend(ACTS.iter().filter_map(|act| Some((up, self.act(up, active, job, *act)?))));
    }

    fn together(&self) -> usize {
        2
    }

    fn shared_after(&self, which: usize, up: bool) -> Option<bool> {
        Some(if which == 0 { up } else { !up })
    }

    fn part_after(&self, which: usize, up: bool, job: Job) -> (Job, bool) {
        match (which, job.doing) {
            (0, Doing::Waiting) => (Job { rest: job.rest.saturating_sub(1), ..job }, true),
            (0, _) => (job, false),
            (_, Doing::Active) if up => (Job { doing: Doing::Waiting, ..job }, true),
            (_, Doing::Waiting) if !up => (Job { rest: 0, ..job }, true),
            _ => (job, true),
        }
    }
}
