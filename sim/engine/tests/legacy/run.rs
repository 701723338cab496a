//! A run of the world that stories tell.

use bitsim_engine::{Callback, Client as Notified, Dice, Outside, World, legacy};
use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::trace::{ErrorInfo, Note, NoteKind, NoteResult, Timer, TimerEvent};
use bitsim_vocab::world::{
    Client, Delivery, Disturbance, Fault, FaultKind, Part, Policies, RemoteFile, Server, Setup,
    User, UserKind,
};
use bitsim_vocab::{
    Call, ClientId, Event, Happened, Hresult, JobId, JobState, JobType, Reply, ServerId, SimTime,
    Span, Stands, Stimulus, Target, UserId, WallTime,
};
use std::sync::Arc;

pub(crate) const URL: &str = "https://cdn.test/one.cab";
pub(crate) const SECOND: &str = "https://cdn.test/two.cab";
pub(crate) const LOCAL: &str = "C:\\downloads\\one.cab";
pub(crate) const OTHER: &str = "C:\\downloads\\two.cab";
/// Bytes; 100 seconds at the bandwidth of the server.
pub(crate) const SIZE: u64 = 100 << 20;

pub(crate) const APP: ClientId = ClientId(0);
pub(crate) const FOREIGN: ClientId = ClientId(1);
pub(crate) const ADMIN: ClientId = ClientId(2);

pub(crate) fn setup() -> Setup {
    let user = |name: &str, kind| User { name: name.into(), kind, logged_on: true };
    let client = |name: &str, user, elevated| Client {
        name: name.into(),
        user: UserId(user),
        running: true,
        elevated,
    };
    Setup {
        target: Target::DO_LEGACY,
        stands: Stands::recommended(Target::DO_LEGACY),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
        users: vec![
            user("owner", UserKind::Standard),
            user("guest", UserKind::Standard),
            user("admin", UserKind::Administrator),
        ],
        clients: vec![
            client("app", 0, false),
            client("foreign", 1, false),
            client("tool", 2, true),
        ],
        servers: vec![Server {
            name: "cdn.test".into(),
            bandwidth: 1 << 20,
            latency_min: Span::millis(40),
            latency_max: Span::millis(40),
            ranges: true,
            content_length: true,
            max_upload: u64::MAX,
            reply_size: 0,
            replies: true,
            files: [URL, SECOND].map(|url| RemoteFile { url: url.into(), size: SIZE }).to_vec(),
        }],
        volumes: vec![],
        local_files: vec![],
        delivery: Delivery::of(Target::DO_LEGACY),
    }
}

/// A client whose callbacks fail until the countdown is over.
pub(crate) struct Answers(pub(crate) u32);

impl Notified for Answers {
    fn notified(&mut self, _: &Note, _: &mut Callback<'_>) -> Span {
        Span::ZERO
    }

    fn returns(&mut self, _: &Note, _: &mut Callback<'_>) -> NoteResult {
        let failing = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        NoteResult::Returned(if failing { Hresult::E_FAIL } else { Hresult::S_OK })
    }
}

pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) touched: Arc<legacy::Touched>,
    pub(crate) events: Vec<Event>,
    pub(crate) dice: Dice,
    pub(crate) client: Answers,
}

impl Run {
    pub(crate) fn of(setup: Setup) -> Self {
        let touched = Arc::new(legacy::Touched::default());
        let mut world = World::new(setup);
        world.record(touched.clone());
        Self { world, touched, events: vec![], dice: Dice::new(0), client: Answers(0) }
    }

    /// A job with one file, not resumed yet.
    pub(crate) fn new() -> Self {
        let mut run = Self::of(setup());
        run.create();
        run.add(JobId(0), URL, LOCAL);
        run
    }

    pub(crate) fn by(&mut self, who: ClientId, call: &Call) -> (Hresult, Reply) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let returned = self.world.call(&mut out, who, call);
        (returned.hr, returned.reply)
    }

    pub(crate) fn of_job(&mut self, job: u32, call: JobCall) -> Hresult {
        self.by(APP, &Call::Job(JobId(job), call)).0
    }

    pub(crate) fn call(&mut self, call: JobCall) -> Hresult {
        self.of_job(0, call)
    }

    pub(crate) fn reply(&mut self, call: JobCall) -> Reply {
        self.by(APP, &Call::Job(JobId(0), call)).1
    }

    pub(crate) fn create(&mut self) -> JobId {
        let name = Some("payroll".to_owned());
        let call = Call::CreateJob { name, job_type: JobType::Download };
        match self.by(APP, &call) {
            (Hresult::S_OK, Reply::Job(job)) => job,
            other => panic!("CreateJob answered {other:?}"),
        }
    }

    pub(crate) fn add(&mut self, job: JobId, remote: &str, local: &str) {
        let file = NewFile { remote: remote.into(), local: local.into(), ranges: vec![] };
        assert_eq!(self.of_job(job.0, JobCall::AddFileWithRanges(file)), Hresult::S_OK);
    }

    pub(crate) fn disturb(&mut self, what: &Disturbance) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        self.world.disturb(&mut out, what);
    }

    pub(crate) fn fault(&mut self, kind: FaultKind, times: Option<u32>) {
        let fault = Fault {
            number: 0,
            server: ServerId(0),
            url: None,
            part: Part::Any,
            kind,
            times,
            class: None,
        };
        self.disturb(&Disturbance::FaultBegins(Box::new(fault)));
    }

    pub(crate) fn until(&mut self, secs: u64) {
        let end = SimTime::ZERO + Span::secs(secs);
        loop {
            let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
            if self.world.step(&mut out, &mut self.client) {
                continue;
            }
            if self.world.now() >= end {
                return;
            }
            self.world.advance_to(end);
        }
    }

    pub(crate) fn state(&mut self) -> JobState {
        self.state_of(0)
    }

    pub(crate) fn state_of(&mut self, job: u32) -> JobState {
        match self.by(APP, &Call::Job(JobId(job), JobCall::GetState)) {
            (Hresult::S_OK, Reply::State(state)) => state,
            other => panic!("GetState answered {other:?}"),
        }
    }

    pub(crate) fn error(&mut self) -> Option<ErrorInfo> {
        match self.by(APP, &Call::Job(JobId(0), JobCall::GetError)) {
            (Hresult::S_OK, Reply::Error(_, info)) => Some(info),
            (Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE, Reply::None) => None,
            other => panic!("GetError answered {other:?}"),
        }
    }

    pub(crate) fn code(&mut self) -> Option<Hresult> {
        self.error().map(|info| info.code)
    }

    /// Every change of state of the first job: from, to, cause, whole second.
    pub(crate) fn moves(&self) -> Vec<(JobState, JobState, Stimulus, u64)> {
        let state = |event: &Event| match event.what {
            Happened::State { job: JobId(0), from, to, cause } => {
                Some((from, to, cause, event.at.since(SimTime::ZERO).as_secs()))
            }
            _ => None,
        };
        self.events.iter().filter_map(state).collect()
    }

    /// The lengths, in seconds, of the waits before the attempts so far.
    pub(crate) fn waits(&self) -> Vec<u64> {
        let wait = |event: &Event| match event.what {
            Happened::Timer {
                timer: Timer::InternalRetry,
                what: TimerEvent::Armed { due },
                ..
            } => Some(due.since(event.at).as_secs()),
            _ => None,
        };
        self.events.iter().filter_map(wait).collect()
    }

    pub(crate) fn notes(&self, kind: NoteKind) -> Vec<(u32, u64)> {
        let note = |event: &Event| match &event.what {
            Happened::NoteBegan(note) if note.kind == kind => {
                Some((note.attempt, event.at.since(SimTime::ZERO).as_secs()))
            }
            _ => None,
        };
        self.events.iter().filter_map(note).collect()
    }

    pub(crate) fn bytes(&mut self) -> u64 {
        match self.reply(JobCall::GetProgress) {
            Reply::Progress(progress) => progress.bytes_transferred,
            other => panic!("GetProgress answered {other:?}"),
        }
    }
}

impl Drop for Run {
    /// No story may meet a combination that the table says cannot arise.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.touched.impossible(), []);
        }
    }
}
