//! A small run made by hand, for the tests of this crate: a 503, a retry, a pulled cable.

use bitsim_oracle::{Findings, Violation};
use bitsim_replay::{Digest, ExpectationFailure, FailureKind, Run, StepName};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{
    Act, At, Check, Claim, Ends, JobRef, Limits, Number, Place, Step, Subject, When,
};
use bitsim_vocab::call::{JobCall, NewFile, Reply};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, Created, End, ErrorInfo, Event, FileChange, FileEvent, Happened,
    Payload, Protocol, Timer, TimerEvent, Trace,
};
use bitsim_vocab::world::{
    Client, Delivery, Disturbance, Fault, FaultKind, Part, Policies, Server, Setup, User, UserKind,
};
use bitsim_vocab::{
    Call, ClientId, ErrorContext, FileId, Hresult, JobId, JobState, JobType, RuleId, ServerId,
    SimTime, Span, Stands, StepId, Stimulus, Target, UserId, WallTime,
};

/// The scenario's text.
pub(crate) const SOURCE: &str = "\
scenario: a pulled cable is free, a 503 is not
run_on: [bits]
rules: [BITS-ERRCOUNT-002, BITS-ERRCOUNT-004]

jobs:
  payroll:
    type: download
    files:
      - {url: \"https://cdn.test/payroll.cab\", size: 900 MiB}

timeline:
  - at: 0s
    do: {resume: payroll}
  - at: 30s
    fault: {http: {server: cdn.test, status: 503, times: 1}}
  - at: 25m
    fault: {disconnect: {for: 2m}}
  - at: 26m
    expect: {job: payroll, state: TRANSIENT_ERROR, error_count: 1}
";

/// The place of the first (or, with `last`, the last) occurrence of a text.
pub(crate) fn place(text: &str, last: bool) -> Place {
    let offset = if last { SOURCE.rfind(text) } else { SOURCE.find(text) };
    let offset = offset.unwrap_or_else(|| panic!("{text} is not in the sample"));
    let before = &SOURCE[..offset];
    Place {
        line: before.lines().count() as u32 + u32::from(before.ends_with('\n')),
        column: (offset - before.rfind('\n').map_or(0, |end| end + 1)) as u32 + 1,
        offset: offset as u32,
        len: text.len() as u32,
    }
}

fn setup() -> Setup {
    Setup {
        target: Target::BITS,
        stands: Stands::recommended(Target::BITS),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
        users: vec![User { name: "owner".into(), kind: UserKind::Standard, logged_on: true }],
        clients: vec![Client {
            name: "app".into(),
            user: UserId(0),
            running: true,
            elevated: false,
        }],
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
            files: Vec::new(),
        }],
        volumes: Vec::new(),
        local_files: Vec::new(),
        delivery: Delivery::of(Target::BITS),
    }
}

pub(crate) fn http_503() -> Disturbance {
    Disturbance::FaultBegins(Box::new(Fault {
        number: 1,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(503),
        times: Some(1),
        class: None,
    }))
}

/// Writes events with their numbers and times.
#[derive(Default)]
pub(crate) struct Pen {
    events: Vec<Event>,
    at: SimTime,
    source: Option<StepId>,
}

impl Pen {
    pub(crate) fn at(&mut self, millis: u64, source: Option<u32>) -> &mut Self {
        self.at = SimTime::ZERO + Span::millis(millis);
        self.source = source.map(StepId);
        self
    }

    pub(crate) fn put(&mut self, what: Happened) -> &mut Self {
        let seq = self.events.len() as u32 + 1;
        let wall = WallTime::DEFAULT_START + self.at.since(SimTime::ZERO);
        self.events.push(Event { seq, at: self.at, wall, source: self.source, what });
        self
    }

    pub(crate) fn call(&mut self, call: Call, reply: Reply) -> &mut Self {
        let hr = Hresult::S_OK;
        self.put(Happened::Called(Box::new(Called { by: ClientId(0), call, hr, reply })))
    }

    pub(crate) fn state(&mut self, from: JobState, to: JobState, cause: Stimulus) -> &mut Self {
        self.source = None;
        self.put(Happened::State { job: JobId(0), from, to, cause })
    }
}

pub(crate) const JOB: JobId = JobId(0);

/// Events 1 to 37, with the bug that the pulled cable counts.
fn events() -> Vec<Event> {
    use JobState as J;
    let mut pen = Pen::default();
    beginning(&mut pen);
    pen.at(30_000, Some(2)).put(Happened::Env(Box::new(http_503())));
    let info = ErrorInfo {
        code: Hresult::http(503),
        context: ErrorContext::RemoteFile,
        file: Some(FileId(0)),
        protocol: Some(Protocol::Http),
    };
    let failed = AttemptOutcome::Failed { code: info.code, class: Class::Transient };
    pen.at(30_040, None)
        .put(Happened::AttemptEnded { job: JOB, outcome: failed })
        .put(Happened::Count { job: JOB, from: 0, to: 1 })
        .put(Happened::ErrorInfo { job: JOB, info })
        .state(J::Transferring, J::TransientError, Stimulus::TransferErrorTransient)
        .put(stopped(Timer::TimeSlice))
        .put(stopped(Timer::MaximumDownloadTime));
    let due = SimTime::ZERO + Span::millis(630_040);
    let armed = TimerEvent::Armed { due };
    pen.put(Happened::Timer { job: JOB, timer: Timer::MinimumRetryDelay, what: armed });
    pen.at(630_040, None)
        .put(Happened::Timer { job: JOB, timer: Timer::MinimumRetryDelay, what: TimerEvent::Fired })
        .state(J::TransientError, J::Queued, Stimulus::RetryDelayExpires)
        .put(Happened::Granted { job: JOB, slice: Some(Span::secs(300)) })
        .state(J::Queued, J::Connecting, Stimulus::SchedulerPicksJob)
        .put(Happened::AttemptBegan { job: JOB, number: 2 });
    pen.at(630_120, None)
        .state(J::Connecting, J::Transferring, Stimulus::ConnectSucceeds)
        .put(Happened::ErrorGone { job: JOB });
    let pulled = ErrorInfo {
        code: Hresult::BG_E_NETWORK_DISCONNECTED,
        context: ErrorContext::GeneralQueueManager,
        file: None,
        protocol: None,
    };
    pen.at(1_500_000, Some(3))
        .put(Happened::Env(Box::new(Disturbance::NetworkLost)))
        .put(Happened::AttemptEnded {
            job: JOB,
            outcome: AttemptOutcome::Blocked { code: pulled.code },
        })
        .put(Happened::Count { job: JOB, from: 1, to: 2 })
        .put(Happened::ErrorInfo { job: JOB, info: pulled })
        .state(J::Transferring, J::TransientError, Stimulus::NetworkLost);
    pen.at(1_560_000, Some(4))
        .call(Call::Job(JOB, JobCall::GetState), Reply::State(J::TransientError))
        .call(Call::Job(JOB, JobCall::GetErrorCount), Reply::Number(2));
    pen.at(1_620_000, Some(3)).put(Happened::Env(Box::new(Disturbance::NetworkRegained))).state(
        J::TransientError,
        J::Queued,
        Stimulus::NetworkRegained,
    );
    pen.events
}

fn beginning(pen: &mut Pen) {
    use JobState as J;
    let remote = "https://cdn.test/payroll.cab".to_owned();
    let local = "C:\\downloads\\payroll\\payroll.cab".to_owned();
    let file = NewFile { remote: remote.clone(), local: local.clone(), ranges: Vec::new() };
    pen.call(
        Call::CreateJob { name: Some("payroll".into()), job_type: JobType::Download },
        Reply::Job(JOB),
    )
    .put(Happened::Created(Box::new(Created {
        job: JOB,
        guid: 1,
        name: "payroll".into(),
        job_type: JobType::Download,
        owner: UserId(0),
        by: ClientId(0),
        state: J::Suspended,
    })))
    .call(Call::Job(JOB, JobCall::AddFile(file)), Reply::None)
    .put(Happened::File(Box::new(FileEvent {
        job: JOB,
        file: FileId(0),
        what: FileChange::Added { remote, local, requested: None },
    })));
    pen.at(0, Some(1))
        .call(Call::Job(JOB, JobCall::Resume), Reply::None)
        .state(J::Suspended, J::Queued, Stimulus::Resume)
        .put(Happened::Granted { job: JOB, slice: Some(Span::secs(300)) })
        .state(J::Queued, J::Connecting, Stimulus::SchedulerPicksJob)
        .put(Happened::AttemptBegan { job: JOB, number: 1 });
    pen.at(80, None).state(J::Connecting, J::Transferring, Stimulus::ConnectSucceeds);
    for second in 1..=3 {
        pen.at(80 + second * 1_000, None).put(Happened::Bytes {
            job: JOB,
            file: FileId(0),
            of: Payload::File,
            done: second << 20,
        });
    }
}

const fn stopped(timer: Timer) -> Happened {
    Happened::Timer { job: JOB, timer, what: TimerEvent::Stopped }
}

/// Another run of the same scenario, on another target and without anybody's opinion.
pub(crate) fn run_on(target: Target, pen: Pen) -> Run {
    let mut run = run();
    run.trace.setup.target = target;
    run.trace.setup.delivery = Delivery::of(target);
    run.trace.events = pen.events;
    run.digest = Digest::of(&run.trace);
    run.findings = Findings::default();
    run.failures.clear();
    run.declared.clear();
    run
}

/// The run, with what a judge and the scenario's checks would say of it.
pub(crate) fn run() -> Run {
    let at = SimTime::ZERO + Span::secs(1_500);
    let mut findings = Findings::default();
    findings.held(RuleId::BITS_ERRCOUNT_002);
    findings.held(RuleId::BITS_STATE_002);
    findings.broken(Violation {
        rule: RuleId::BITS_ERRCOUNT_004,
        job: Some(JOB),
        event: 30,
        at,
        what: "a network disconnect raised the error count of `{job}`".into(),
        expected: "1".into(),
        actual: "2".into(),
    });
    let trace = Trace {
        setup: setup(),
        events: events(),
        end: End::Settled(SimTime::ZERO + Span::secs(2_220)),
    };
    let step = |id, label: &str, secs, text: &str| StepName {
        id: StepId(id),
        label: label.into(),
        place: place(text, false),
        at: SimTime::ZERO + Span::secs(secs),
    };
    Run {
        title: "a pulled cable is free, a 503 is not".into(),
        digest: Digest::of(&trace),
        choices: Vec::new(),
        trace,
        findings,
        failures: vec![ExpectationFailure {
            kind: FailureKind::Expect,
            place: place("1}\n", true).first_byte(),
            step: Some(StepId(4)),
            at: SimTime::ZERO + Span::secs(1_560),
            event: 34,
            job: Some(JOB),
            subject: "the error count of `payroll`".into(),
            what: "the error count of `payroll` should be 1".into(),
            expected: "1".into(),
            actual: "2".into(),
            returned: None,
            note: String::new(),
        }],
        warnings: Vec::new(),
        breaks: Vec::new(),
        declared: vec![At {
            value: RuleId::BITS_ERRCOUNT_002,
            place: place("BITS-ERRCOUNT-002", false),
        }],
        job_names: vec!["payroll".into()],
        steps: vec![
            step(1, "0s", 0, "at: 0s"),
            step(2, "30s", 30, "at: 30s"),
            step(3, "25m", 1_500, "at: 25m"),
            step(4, "26m", 1_560, "at: 26m"),
        ],
    }
}

#[path = "sample/delivery.rs"]
pub(crate) mod delivery;

trait FirstByte {
    fn first_byte(self) -> Self;
}

impl FirstByte for Place {
    fn first_byte(self) -> Self {
        Self { len: 1, ..self }
    }
}

/// As much of the plan as a failure text looks at.
pub(crate) fn plan() -> Plan {
    let step = |id, label: &str, secs, act: Act, text: &str| Step {
        id: StepId(id),
        place: place(&format!("at: {label}"), false),
        label: label.into(),
        when: When::At(SimTime::ZERO + Span::secs(secs)),
        acts: vec![At { value: act, place: place(text, false) }],
    };
    let disconnect = Act::Disturb {
        what: Disturbance::NetworkLost,
        ends: Some((Ends::After(Span::secs(120)), Disturbance::NetworkRegained)),
    };
    let check = Check {
        place: place("{job: payroll, state", false),
        subject: Subject::Job(JobRef(0), None),
        claims: vec![At {
            value: Claim::ErrorCount(Number::Exactly(1)),
            place: place("1}\n", true).first_byte(),
        }],
    };
    Plan {
        title: "a pulled cable is free, a 503 is not".into(),
        target: Target::BITS,
        setup: setup(),
        rules: Vec::new(),
        breaks: Vec::new(),
        jobs: Vec::new(),
        steps: vec![
            step(
                2,
                "30s",
                30,
                Act::Disturb { what: http_503(), ends: None },
                "{http: {server: cdn.test, status: 503, times: 1}}",
            ),
            step(3, "25m", 1_500, disconnect, "{disconnect: {for: 2m}}"),
            step(4, "26m", 1_560, Act::Expect(check), "{job: payroll, state"),
        ],
        never: Vec::new(),
        finally: Vec::new(),
        limits: Limits { events: 1_000_000, settle_within: Span::days(400) },
    }
}
