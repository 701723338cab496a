//! Small hand-made traces for the tests of the rules.
//!
//! A story begins in a plain world: `owner`, a standard user who is logged on and runs the client
//! `app`; `admin`, an administrator who runs the elevated client `console`; `second_user`, who runs
//! `other`; one healthy server; a network. It knows the state of each job, so that a state change
//! names only where it goes.

use crate::{Findings, Outcome, judge};
use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, Created, End, ErrorInfo, FileChange, FileEvent, Payload, Timer,
    TimerEvent, Trace,
};
use bitsim_vocab::world::{
    Client, Delivery, Disturbance, Policies, RemoteFile, Server, Setup, User, UserKind,
};
use bitsim_vocab::{
    Call, ClientId, ErrorContext, Event, FileId, Happened, Hresult, JobId, JobState, JobType,
    Reply, RuleId, Service, SimTime, Span, Stands, StepId, Stimulus, Target, UserId, WallTime,
};

/// The client `app` of the user `owner`.
pub(crate) const APP: ClientId = ClientId(0);
/// The elevated client `console` of the user `admin`.
pub(crate) const CONSOLE: ClientId = ClientId(1);
/// The client `other` of the user `second_user`.
pub(crate) const OTHER: ClientId = ClientId(2);
/// The user `owner`.
pub(crate) const OWNER: UserId = UserId(0);
/// The user `admin`.
pub(crate) const ADMIN: UserId = UserId(1);

/// A trace in the making. Times are whole seconds from the start.
#[derive(Clone)]
pub(crate) struct Story {
    /// The world at the start, to be changed before the first event.
    pub(crate) setup: Setup,
    events: Vec<Event>,
    at: SimTime,
    shift: i64,
    source: Option<StepId>,
    states: Vec<JobState>,
    attempts: Vec<u32>,
    files: Vec<u32>,
    /// The job that the next records are about.
    pub(crate) job: JobId,
}

impl Story {
    /// A story on current BITS.
    pub(crate) fn new() -> Self {
        Self::on(Target::BITS)
    }

    /// A story on `target`, with the recommended stands.
    pub(crate) fn on(target: Target) -> Self {
        let user = |name: &str, kind| User { name: name.to_owned(), kind, logged_on: true };
        let client = |name: &str, user, elevated| Client {
            name: name.to_owned(),
            user: UserId(user),
            running: true,
            elevated,
        };
        let setup = Setup {
            target,
            stands: Stands::recommended(target),
            seed: 0,
            wall_start: WallTime::DEFAULT_START,
            network: true,
            time_slice: Span::secs(300),
            policies: Policies::default(),
            users: vec![
                user("owner", UserKind::Standard),
                user("admin", UserKind::Administrator),
                user("second_user", UserKind::Standard),
            ],
            clients: vec![
                client("app", 0, false),
                client("console", 1, true),
                client("other", 2, false),
            ],
            servers: vec![Server {
                name: "files.example".to_owned(),
                bandwidth: 100,
                latency_min: Span::ZERO,
                latency_max: Span::ZERO,
                ranges: true,
                content_length: true,
                max_upload: u64::MAX,
                reply_size: 10,
                replies: true,
                files: (1..=3).map(|n| RemoteFile { url: url(n), size: 100 }).collect(),
            }],
            volumes: Vec::new(),
            local_files: Vec::new(),
            delivery: Delivery::of(target),
        };
        Self {
            setup,
            events: Vec::new(),
            at: SimTime::ZERO,
            shift: 0,
            source: None,
            states: Vec::new(),
            attempts: Vec::new(),
            files: Vec::new(),
            job: JobId(0),
        }
    }

    /// Changes the world at the start.
    pub(crate) fn setup(mut self, change: impl FnOnce(&mut Setup)) -> Self {
        change(&mut self.setup);
        self
    }

    /// Moves on to this second.
    pub(crate) fn at(mut self, secs: u64) -> Self {
        self.at = SimTime::ZERO + Span::secs(secs);
        self
    }

    /// This step of a scenario causes the next records.
    pub(crate) fn step(mut self, step: u32) -> Self {
        self.source = Some(StepId(step));
        self
    }

    /// The next records are about this job.
    pub(crate) fn about(mut self, job: u32) -> Self {
        self.job = JobId(job);
        self
    }

    /// Records anything.
    pub(crate) fn push(mut self, what: Happened) -> Self {
        let seq = u32::try_from(self.events.len() + 1).unwrap_or(u32::MAX);
        let wall = (self.setup.wall_start + self.at.since(SimTime::ZERO)).moved(self.shift);
        self.events.push(Event { seq, at: self.at, wall, source: self.source, what });
        self
    }

    /// Something befalls the world.
    pub(crate) fn env(mut self, what: Disturbance) -> Self {
        if let Disturbance::WallClockMoves(ticks) = what {
            self.shift += ticks;
        }
        self.push(Happened::Env(Box::new(what)))
    }

    /// A call of any client that returns `hr` and delivers `reply`.
    pub(crate) fn called(self, by: ClientId, call: Call, hr: Hresult, reply: Reply) -> Self {
        self.push(Happened::Called(Box::new(Called { by, call, hr, reply })))
    }

    /// `app` calls a method of the job.
    pub(crate) fn call(self, call: JobCall, hr: Hresult) -> Self {
        let job = self.job;
        self.called(APP, Call::Job(job, call), hr, Reply::None)
    }

    /// `app` calls a getter of the job and gets this.
    pub(crate) fn get(self, call: JobCall, reply: Reply) -> Self {
        let job = self.job;
        self.called(APP, Call::Job(job, call), Hresult::S_OK, reply)
    }

    /// `app` creates a job, which the next records are about.
    pub(crate) fn create(mut self, job_type: JobType) -> Self {
        let job = JobId(u32::try_from(self.states.len()).unwrap_or(u32::MAX));
        self.job = job;
        self.states.push(JobState::Suspended);
        self.attempts.push(0);
        self.files.push(0);
        let name = format!("job{}", job.0);
        let call = Call::CreateJob { name: Some(name.clone()), job_type };
        self.called(APP, call, Hresult::S_OK, Reply::Job(job)).push(Happened::Created(Box::new(
            Created {
                job,
                guid: u128::from(job.0),
                name,
                job_type,
                owner: OWNER,
                by: APP,
                state: JobState::Suspended,
            },
        )))
    }

    /// `app` adds the next file: [`url`] and [`local`] of its number, counted from 1.
    pub(crate) fn add(mut self) -> Self {
        let file = FileId(self.files[self.job.index()]);
        self.files[self.job.index()] += 1;
        let (remote, local) = (url(file.0 + 1), local(file.0 + 1));
        let new = NewFile { remote: remote.clone(), local: local.clone(), ranges: Vec::new() };
        let call = match self.setup.target.service {
            Service::DoLegacy => JobCall::AddFileWithRanges(new),
            _ => JobCall::AddFile(new),
        };
        self.call(call, Hresult::S_OK)
            .file(file.0, FileChange::Added { remote, local, requested: None })
    }

    /// Something happens to a file, counted from 0.
    pub(crate) fn file(self, file: u32, what: FileChange) -> Self {
        let event = FileEvent { job: self.job, file: FileId(file), what };
        self.push(Happened::File(Box::new(event)))
    }

    /// The job changes its state.
    pub(crate) fn to(mut self, to: JobState, cause: Stimulus) -> Self {
        let job = self.job;
        let from = std::mem::replace(&mut self.states[job.index()], to);
        self.push(Happened::State { job, from, to, cause })
    }

    /// `app` calls Resume and the job goes to QUEUED.
    pub(crate) fn resume(self) -> Self {
        self.call(JobCall::Resume, Hresult::S_OK).to(JobState::Queued, Stimulus::Resume)
    }

    /// The job gets a turn and goes to CONNECTING.
    pub(crate) fn connecting(mut self) -> Self {
        let job = self.job;
        self.attempts[job.index()] += 1;
        let number = self.attempts[job.index()];
        self.push(Happened::Granted { job, slice: None })
            .to(JobState::Connecting, Stimulus::SchedulerPicksJob)
            .push(Happened::AttemptBegan { job, number })
    }

    /// The job gets a turn, connects and goes to TRANSFERRING.
    pub(crate) fn transferring(self) -> Self {
        self.connecting().to(JobState::Transferring, Stimulus::ConnectSucceeds)
    }

    /// On Delivery Optimization: the job goes to TRANSFERRING and asks for a file, counted from 0, of
    /// which it holds `held` bytes.
    pub(crate) fn runs(mut self, cause: Stimulus, file: u32, held: u64) -> Self {
        let job = self.job;
        self.attempts[job.index()] += 1;
        let number = self.attempts[job.index()];
        self.to(JobState::Transferring, cause)
            .push(Happened::AttemptBegan { job, number })
            .push(Happened::Requested { job, file: FileId(file), held })
    }

    /// On Delivery Optimization: `app` calls Resume and the job runs, with nothing held so far.
    pub(crate) fn starts(self) -> Self {
        self.call(JobCall::Resume, Hresult::S_OK).runs(Stimulus::Resume, 0, 0)
    }

    /// Bytes of a file, counted from 0, that have arrived so far.
    pub(crate) fn bytes(self, file: u32, done: u64) -> Self {
        let job = self.job;
        self.push(Happened::Bytes { job, file: FileId(file), of: Payload::File, done })
    }

    /// A file arrives in full: its size is 100.
    pub(crate) fn arrives(self, file: u32) -> Self {
        self.file(file, FileChange::Sized(100)).bytes(file, 100).file(file, FileChange::Finished)
    }

    /// The attempt ends.
    pub(crate) fn ends(self, outcome: AttemptOutcome) -> Self {
        let job = self.job;
        self.push(Happened::AttemptEnded { job, outcome })
    }

    /// The attempt fails with this code and its class; the count stays as it is.
    pub(crate) fn fails(self, code: Hresult, context: ErrorContext) -> Self {
        let class = match self.setup.target.service {
            Service::DoLegacy => code.delivery_class(),
            _ => code.job_class(),
        };
        self.fails_as(code, class, context)
    }

    /// The attempt fails with this code and this class; the count stays as it is.
    pub(crate) fn fails_as(self, code: Hresult, class: Class, context: ErrorContext) -> Self {
        let job = self.job;
        let info = ErrorInfo { code, context, file: Some(FileId(0)), protocol: None };
        self.ends(AttemptOutcome::Failed { code, class }).push(Happened::ErrorInfo { job, info })
    }

    /// Everything is transferred and the job goes to TRANSFERRED.
    pub(crate) fn transferred(self) -> Self {
        self.ends(AttemptOutcome::Finished).to(JobState::Transferred, Stimulus::AllFilesDone)
    }

    /// Something happens to a timer of the job.
    pub(crate) fn timer(self, timer: Timer, what: TimerEvent) -> Self {
        let job = self.job;
        self.push(Happened::Timer { job, timer, what })
    }

    /// What has been recorded so far.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// What the oracle finds if the run ends here, settled.
    pub(crate) fn findings(&self) -> Findings {
        judge(&Trace {
            setup: self.setup.clone(),
            events: self.events.clone(),
            end: End::Settled(self.at),
        })
    }

    /// Asserts that the rule was exercised and held.
    #[track_caller]
    pub(crate) fn holds(&self, rule: RuleId) {
        match self.findings().outcome(rule) {
            Outcome::Held(_) => {}
            other => panic!("{rule} should hold: {other:#?}"),
        }
    }

    /// Asserts that the rule was broken.
    #[track_caller]
    pub(crate) fn breaks(&self, rule: RuleId) {
        match self.findings().outcome(rule) {
            Outcome::Broken(_) => {}
            other => panic!("{rule} should be broken: {other:?}"),
        }
    }

    /// Asserts that nothing gave the rule a chance to fail.
    #[track_caller]
    pub(crate) fn leaves(&self, rule: RuleId) {
        match self.findings().outcome(rule) {
            Outcome::NotExercised => {}
            other => panic!("{rule} should not be exercised: {other:#?}"),
        }
    }

    /// Asserts that none of these rules was broken.
    #[track_caller]
    pub(crate) fn is_clean_of(&self, rules: &[RuleId]) {
        let findings = self.findings();
        let broken = findings.violations().iter().filter(|found| rules.contains(&found.rule));
        let broken: Vec<_> = broken.collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// Asserts that no rule of a family, such as `BITS-STATE`, was broken.
    #[track_caller]
    pub(crate) fn is_clean_in(&self, family: &str) {
        let findings = self.findings();
        let broken = findings.violations().iter().find(|found| {
            found.rule.text().strip_prefix(family).is_some_and(|rest| rest.starts_with('-'))
        });
        assert!(broken.is_none(), "{broken:#?}");
    }
}

/// The remote name of the n-th file of a job, counted from 1.
pub(crate) fn url(n: u32) -> String {
    format!("http://files.example/{n}")
}

/// The local name of the n-th file of a job, counted from 1.
pub(crate) fn local(n: u32) -> String {
    format!("C:\\downloads\\{n}")
}

/// On Delivery Optimization: a job with one file, transferring since the start.
pub(crate) fn delivery() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add().starts()
}

/// A download with one file, resumed.
pub(crate) fn download() -> Story {
    Story::new().create(JobType::Download).add().resume()
}
