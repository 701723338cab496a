//! BJL: the life of a few BITS jobs, small enough to be explored everywhere. It is a yardstick for
//! explorers, not a statement of what BITS does.

use bitsim::explore::model::{Local, Model, Packed};

/// The states of a job, named as BG_JOB_STATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum St {
    Queued,
    Connecting,
    Transferring,
    Suspended,
    Error,
    TransientError,
    Transferred,
    Acknowledged,
    Cancelled,
}

use St::*;

const STATES: [St; 9] = [
    Queued,
    Connecting,
    Transferring,
    Suspended,
    Error,
    TransientError,
    Transferred,
    Acknowledged,
    Cancelled,
];

/// A job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    pub st: St,
    /// Whether it has an error object.
    pub err: bool,
    /// Whether a callback is pending.
    pub cb: bool,
    /// The error count.
    pub cnt: u8,
    /// Ticks until it tries again.
    pub retry: u8,
    /// Ticks without progress.
    pub np: u8,
    pub prog: u8,
}

const NEW: Job =
    Job { st: Suspended, err: false, cb: false, cnt: 0, retry: 0, np: 0, prog: 0 };

impl Job {
    fn active(self) -> bool {
        matches!(self.st, Connecting | Transferring)
    }

    fn go(self, st: St) -> Self {
        Self { st, retry: 0, np: 0, ..self }
    }

    fn end(self, st: St) -> Self {
        Self { err: false, cb: false, ..self.go(st) }
    }

    fn bits(self) -> u64 {
        u64::from(self.st as u8)
            | u64::from(self.cnt) << 4
            | u64::from(self.retry) << 7
            | u64::from(self.np) << 9
            | u64::from(self.prog) << 11
            | u64::from(self.err) << 13
            | u64::from(self.cb) << 14
    }

    fn of_bits(bits: u64) -> Self {
        Self {
            st: STATES[(bits & 15) as usize],
            cnt: (bits >> 4 & 7) as u8,
            retry: (bits >> 7 & 3) as u8,
            np: (bits >> 9 & 3) as u8,
            prog: (bits >> 11 & 3) as u8,
            err: bits >> 13 & 1 == 1,
            cb: bits >> 14 & 1 == 1,
        }
    }
}

/// Bits of a job in a packed state.
const WIDTH: u32 = 15;
/// The most jobs.
pub const MOST: usize = 4;

/// The network and the jobs; those that there are not stay new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    pub net: bool,
    pub jobs: [Job; MOST],
}

/// What happens to one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Resume,
    Suspend,
    Cancel,
    Complete,
    Start,
    ConnectOk,
    FailTransient,
    FailFatal,
    Progress,
    Retry,
    CallbackOk,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    One(u8, Act),
    All(All),
}

/// What happens to all jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum All {
    Tick,
    NetDown,
    NetUp,
}

const ALL: [All; 3] = [All::Tick, All::NetDown, All::NetUp];

/// The parameters, named as in the description.
#[derive(Debug, Clone, Copy)]
pub struct Bjl {
    pub jobs: usize,
    pub e: u8,
    pub r: u8,
    pub p: u8,
    pub c: u8,
    pub k: u32,
    /// ConnectOk keeps the error object, which is wrong.
    pub keeps_error: bool,
}

impl Bjl {
    /// Of `JOBS,E,R,P,C,K`.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u8> = text.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [jobs, e, r, p, c, k] = *numbers.as_slice() else { return None };
        let fits = (1..=MOST as u8).contains(&jobs) && e < 8 && r < 4 && p < 4 && c < 4;
        let jobs = usize::from(jobs);
        fits.then_some(Self { jobs, e, r, p, c, k: u32::from(k), keeps_error: false })
    }

    /// What can be done to a job in a state at all.
    pub fn acts(st: St) -> &'static [Act] {
        use Act::*;
        match st {
            Queued => &[Suspend, Cancel, Start],
            Connecting => &[Suspend, Cancel, ConnectOk, FailTransient, FailFatal],
            Transferring => &[Suspend, Cancel, FailTransient, FailFatal, Progress],
            Suspended => &[Resume, Cancel, Complete],
            Error => &[Resume, Suspend, Cancel, Complete],
            TransientError => &[Resume, Suspend, Cancel, Retry],
            Transferred => &[Cancel, Complete],
            Acknowledged | Cancelled => &[],
        }
    }

    /// The job after `act`, one of [`Bjl::acts`] or the end of a callback, if it is possible with
    /// this network and so many active jobs.
    pub fn act(&self, net: bool, active: u32, job: Job, act: Act) -> Option<Job> {
        let slot = active < self.k;
        let cnt = (job.cnt + 1).min(self.e);
        match act {
            Act::Resume => Some(job.go(Queued)),
            Act::Suspend => Some(job.go(Suspended)),
            Act::Cancel => Some(job.end(Cancelled)),
            Act::Complete => Some(job.end(Acknowledged)),
            Act::Start => (net && slot).then_some(Job { st: Connecting, ..job }),
            Act::ConnectOk => {
                let err = job.err && self.keeps_error;
                net.then_some(Job { st: Transferring, err, np: 0, ..job })
            }
            Act::FailTransient => {
                Some(Job { st: TransientError, err: true, cnt, retry: self.r, ..job })
            }
            Act::FailFatal => Some(Job { err: true, cb: true, cnt, ..job.go(Error) }),
            Act::Progress => net.then(|| {
                let prog = job.prog + 1;
                let st = if prog == self.c { Transferred } else { Transferring };
                Job { st, prog, np: 0, ..job }
            }),
            Act::Retry => {
                (job.retry == 0 && net && slot).then_some(Job { st: Connecting, ..job })
            }
            Act::CallbackOk => job.cb.then_some(Job { cb: false, ..job }),
        }
    }

    /// The network after `all`, if it is possible.
    pub fn net_after(&self, all: All, net: bool) -> Option<bool> {
        match all {
            All::Tick => Some(net),
            All::NetDown => net.then_some(false),
            All::NetUp => (!net).then_some(true),
        }
    }

    /// A job after `all`, and whether it is a reason for it.
    pub fn job_after(&self, all: All, job: Job) -> (Job, bool) {
        match all {
            All::Tick if job.st == TransientError => {
                let np = job.np + 1;
                let after = if np == self.p {
                    Job { cb: true, ..job.go(Error) }
                } else {
                    Job { retry: job.retry.saturating_sub(1), np, ..job }
                };
                (after, true)
            }
            All::Tick => (job, false),
            All::NetDown if job.active() => {
                (Job { st: TransientError, err: true, retry: self.r, ..job }, true)
            }
            All::NetUp if job.st == TransientError => (Job { retry: 0, ..job }, true),
            All::NetDown | All::NetUp => (job, true),
        }
    }

    fn wrong(&self, net: bool, job: Job) -> Option<&'static str> {
        let no_error = matches!(job.st, Transferring | Transferred | Acknowledged | Cancelled);
        if job.err && no_error {
            return Some("an error object where there is none");
        }
        if !job.err && matches!(job.st, Error | TransientError) {
            return Some("no error object");
        }
        if job.retry > 0 && job.st != TransientError {
            return Some("a retry timer outside TRANSIENT_ERROR");
        }
        if job.st == Transferred && job.prog != self.c {
            return Some("TRANSFERRED without all progress");
        }
        (job.active() && !net).then_some("active without a network")
    }
}

impl Model for Bjl {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        vec![State { net: true, jobs: [NEW; MOST] }]
    }

    #[inline]
    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (at, job) in state.jobs[..self.jobs].iter().enumerate() {
            actions.extend(Self::acts(job.st).iter().map(|act| Action::One(at as u8, *act)));
            if job.cb {
                actions.push(Action::One(at as u8, Act::CallbackOk));
            }
        }
        actions.extend(ALL.map(Action::All));
    }

    #[inline]
    fn step(&self, state: &State, action: Action) -> Option<State> {
        let mut after = *state;
        match action {
            Action::One(at, act) => {
                let jobs = &state.jobs[..self.jobs];
                let active = jobs.iter().map(|job| u32::from(job.active())).sum();
                let at = usize::from(at);
                after.jobs[at] = self.act(state.net, active, jobs[at], act)?;
            }
            Action::All(all) => {
                after.net = self.net_after(all, state.net)?;
                let mut happens = false;
                for job in &mut after.jobs[..self.jobs] {
                    let (moved, reason) = self.job_after(all, *job);
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
        key.extend(self.pack(state).to_le_bytes());
    }

    #[inline]
    fn broken(&self, state: &State) -> Option<String> {
        let jobs = &state.jobs[..self.jobs];
        for (at, job) in jobs.iter().enumerate() {
            if let Some(wrong) = self.wrong(state.net, *job) {
                return Some(format!("job {at}: {wrong}"));
            }
        }
        let active = jobs.iter().filter(|job| job.active()).count();
        (active > self.k as usize).then(|| format!("{active} jobs are active"))
    }

    fn sometimes(&self) -> &[&'static str] {
        &["a job is TRANSFERRED after the most errors", "all jobs are ACKNOWLEDGED"]
    }

    fn holds(&self, state: &State, which: usize) -> bool {
        let mut jobs = state.jobs[..self.jobs].iter();
        match which {
            0 => jobs.any(|job| job.st == Transferred && job.cnt == self.e),
            _ => jobs.all(|job| job.st == Acknowledged),
        }
    }
}

impl Packed for Bjl {
    #[inline]
    fn pack(&self, state: &State) -> u64 {
        let jobs = state.jobs.iter().rev();
        jobs.fold(0, |packed, job| packed << WIDTH | job.bits()) << 1 | u64::from(state.net)
    }

    #[inline]
    fn unpack(&self, packed: u64) -> State {
        let job = |at: usize| Job::of_bits(packed >> (1 + WIDTH * at as u32));
        State { net: packed & 1 == 1, jobs: [job(0), job(1), job(2), job(3)] }
    }

    #[inline]
    fn all_after(&self, packed: u64, state: &State, after: &mut Vec<u64>) {
        let jobs = &state.jobs[..self.jobs];
        let active = jobs.iter().map(|job| u32::from(job.active())).sum();
        for (at, job) in jobs.iter().enumerate() {
            let shift = 1 + WIDTH * at as u32;
            let others = packed & !(((1 << WIDTH) - 1) << shift);
            let acts = Self::acts(job.st).iter();
            let moved = acts.filter_map(|act| self.act(state.net, active, *job, *act));
            after.extend(moved.map(|job| others | job.bits() << shift));
            if job.cb {
                after.push(packed & !(1 << (shift + 14)));
            }
        }
        let all = ALL.iter().filter_map(|all| self.step(state, Action::All(*all)));
        after.extend(all.map(|state| self.pack(&state)));
    }
}

impl Local for Bjl {
    type Part = Job;
    type Shared = bool;

    fn split(&self, state: &State, parts: &mut Vec<Job>) -> bool {
        parts.extend(&state.jobs[..self.jobs]);
        state.net
    }

    #[inline]
    fn join(&self, net: bool, parts: &[Job]) -> State {
        let mut jobs = [NEW; MOST];
        jobs[..parts.len()].copy_from_slice(parts);
        State { net, jobs }
    }

    fn adds(&self, job: Job) -> u8 {
        u8::from(job.active())
    }

    fn alone(&self, net: bool, active: u32, job: Job, after: &mut Vec<(bool, Job)>) {
        let acts = Self::acts(job.st).iter().chain(&[Act::CallbackOk]);
        after.extend(acts.filter_map(|act| Some((net, self.act(net, active, job, *act)?))));
    }

    fn together(&self) -> usize {
        ALL.len()
    }

    fn shared_after(&self, which: usize, net: bool) -> Option<bool> {
        self.net_after(ALL[which], net)
    }

    fn part_after(&self, which: usize, _: bool, job: Job) -> (Job, bool) {
        self.job_after(ALL[which], job)
    }
}
