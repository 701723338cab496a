//! A computer with BITS and a server that always answers 503, on bitsim's engine.

use bitsim::engine::{First, NoClient, Outside, Sink, World};
use bitsim::oracle::Oracle;
use bitsim::replay::binary::BinaryTrace;
use bitsim::vocab::call::{JobCall, NewFile};
use bitsim::vocab::trace::End;
use bitsim::vocab::world::{
    Client, Delivery, Disturbance, Fault, FaultKind, Part, Policies, RemoteFile, Server, Setup,
    User, UserKind,
};
use bitsim::vocab::{
    Call, ClientId, Event, Hresult, JobId, JobType, Reply, ServerId, SimTime, Span, Stands, Target,
    UserId, WallTime,
};

const URL: &str = "https://cdn.test/payroll.cab";

/// One way to the server, and back.
const LATENCY: Span = Span::millis(1);

pub fn setup() -> Setup {
    Setup {
        target: Target::BITS,
        stands: Stands::recommended(Target::BITS),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
        // A service account may have as many jobs as it likes.
        users: vec![User { name: "owner".into(), kind: UserKind::LocalSystem, logged_on: true }],
        clients: vec![Client {
            name: "app".into(),
            user: UserId(0),
            running: true,
            elevated: false,
        }],
        servers: vec![Server {
            name: "cdn.test".into(),
            bandwidth: 1 << 20,
            latency_min: LATENCY,
            latency_max: LATENCY,
            ranges: true,
            content_length: true,
            max_upload: u64::MAX,
            reply_size: 0,
            replies: true,
            files: vec![RemoteFile { url: URL.into(), size: 4096 }],
        }],
        volumes: vec![],
        local_files: vec![],
        delivery: Delivery::of(Target::BITS),
    }
}

/// Keeps the trace as bytes with its digest, and lets the judge see every event.
pub struct Everything {
    trace: BinaryTrace,
    oracle: Oracle,
}

impl Everything {
    pub fn new(setup: &Setup) -> Self {
        Self { trace: BinaryTrace::new(setup), oracle: Oracle::new(setup) }
    }

    /// The digest; the judge must have found nothing wrong.
    pub fn end(self, end: End) -> String {
        let findings = self.oracle.finish(end);
        assert!(findings.violations().is_empty(), "{:?}", findings.violations());
        self.trace.digest(end).to_string()
    }
}

impl Sink for Everything {
    fn event(&mut self, event: Event) {
        self.trace.take(&event);
        self.oracle.observe(&event);
    }
}

/// A world under way.
pub struct Play<S> {
    pub world: World,
    pub sink: S,
    choose: First,
}

impl<S: Sink> Play<S> {
    pub fn new(world: World, sink: S) -> Self {
        Self { world, sink, choose: First }
    }

    pub fn call(&mut self, call: &Call) -> Reply {
        let mut out = Outside { sink: &mut self.sink, choose: &mut self.choose };
        let returned = self.world.call(&mut out, ClientId(0), call);
        assert_eq!(returned.hr, Hresult::S_OK, "{call:?}");
        returned.reply
    }

    pub fn job_call(&mut self, job: JobId, call: JobCall) -> Reply {
        self.call(&Call::Job(job, call))
    }

    /// The server answers 503 from now on.
    pub fn misbehave(&mut self) {
        let (server, kind) = (ServerId(0), FaultKind::Http(503));
        let fault =
            Fault { number: 1, server, url: None, part: Part::Any, kind, times: None, class: None };
        let mut out = Outside { sink: &mut self.sink, choose: &mut self.choose };
        self.world.disturb(&mut out, &Disturbance::FaultBegins(Box::new(fault)));
    }

    /// A job with one small file, suspended as all new jobs.
    pub fn create(&mut self, number: u64) -> JobId {
        let name = Some(format!("job {number}"));
        let create = Call::CreateJob { name, job_type: JobType::Download };
        let Reply::Job(job) = self.call(&create) else { panic!("no job") };
        let local = format!("C:\\downloads\\payroll{number}.cab");
        let file = NewFile { remote: URL.into(), local, ranges: vec![] };
        self.job_call(job, JobCall::AddFile(file));
        job
    }

    /// Lets everything happen that is due until `to`, then included.
    pub fn until(&mut self, to: SimTime) {
        loop {
            let mut out = Outside { sink: &mut self.sink, choose: &mut self.choose };
            while self.world.step(&mut out, &mut NoClient) {}
            if self.world.now() >= to {
                return;
            }
            self.world.advance_to(to);
        }
    }
}

/// How long from one try of a job to the next: the delay, and the way to the server and back.
const PERIOD: Span = Span(Span::secs(600).0 + 2 * LATENCY.0);

/// Jobs that are resumed one after another within ten minutes and then fail `tries` times each.
/// How often they failed, as they say themselves.
pub fn retries<S: Sink>(play: &mut Play<S>, jobs: u64, tries: u64) -> u64 {
    play.misbehave();
    let created: Vec<JobId> = (0..jobs).map(|number| play.create(number)).collect();
    for job in &created {
        play.job_call(*job, JobCall::SetMinimumRetryDelay(600));
        // Longer than all of it, so that nobody gives up.
        play.job_call(*job, JobCall::SetNoProgressTimeout(80 * 86_400));
    }
    let first = play.world.now();
    for (number, job) in (0..).zip(&created) {
        play.until(first + Span(Span::secs(600).0 / jobs * number));
        play.job_call(*job, JobCall::Resume);
    }
    // The last one begins just before the first one tries again.
    play.until(first + Span(PERIOD.0 * tries - LATENCY.0));
    let mut failed = 0;
    for job in &created {
        let Reply::Number(count) = play.job_call(*job, JobCall::GetErrorCount) else {
            panic!("a number")
        };
        assert_eq!(count, tries, "{job:?}");
        failed += count;
    }
    failed
}
