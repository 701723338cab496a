//! A story told to the world directly, without scenario or oracle.

use bitsim_engine::{Dice, NoClient, Outside, World};
use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::world::{
    Client, Delivery, Disturbance, Fault, FaultKind, Part, Policies, RemoteFile, Server, Setup,
    User, UserKind,
};
use bitsim_vocab::{
    Call, ClientId, Event, Hresult, JobId, JobType, Reply, ServerId, SimTime, Span, Stands, Target,
    UserId, WallTime,
};

const URL: &str = "https://cdn.test/payroll.cab";

fn setup(target: Target) -> Setup {
    Setup {
        target,
        stands: Stands::recommended(target),
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
            files: vec![RemoteFile { url: URL.into(), size: 900 << 20 }],
        }],
        volumes: vec![],
        local_files: vec![],
        delivery: Delivery::of(Target::BITS),
    }
}

struct Run {
    world: World,
    events: Vec<Event>,
    dice: Dice,
}

impl Run {
    fn new(target: Target) -> Self {
        Self { world: World::new(setup(target)), events: vec![], dice: Dice::new(0) }
    }

    fn call(&mut self, call: JobCall) -> (Hresult, Reply) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let returned = self.world.call(&mut out, ClientId(0), &Call::Job(JobId(0), call));
        (returned.hr, returned.reply)
    }

    fn create(&mut self) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let name = Some("payroll".to_owned());
        let call = Call::CreateJob { name, job_type: JobType::Download };
        assert_eq!(self.world.call(&mut out, ClientId(0), &call).reply, Reply::Job(JobId(0)));
        let file = NewFile {
            remote: URL.into(),
            local: "C:\\downloads\\payroll.cab".into(),
            ranges: vec![],
        };
        assert_eq!(self.call(JobCall::AddFile(file)).0, Hresult::S_OK);
    }

    fn disturb(&mut self, what: &Disturbance) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        self.world.disturb(&mut out, what);
    }

    fn until(&mut self, secs: u64) {
        let end = SimTime::ZERO + Span::secs(secs);
        loop {
            let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
            if self.world.step(&mut out, &mut NoClient) {
                continue;
            }
            if self.world.now() >= end {
                return;
            }
            self.world.advance_to(end);
        }
    }

    fn count(&mut self) -> u64 {
        match self.call(JobCall::GetErrorCount).1 {
            Reply::Number(count) => count,
            other => panic!("GetErrorCount answered {other:?}"),
        }
    }
}

fn outage(target: Target) -> Run {
    let mut run = Run::new(target);
    run.create();
    run.call(JobCall::Resume);
    run.until(30);
    run.disturb(&Disturbance::FaultBegins(Box::new(Fault {
        number: 0,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(503),
        times: Some(2),
        class: None,
    })));
    run.until(60);
    run
}

#[test]
fn every_failed_try_counts_and_the_error_object_dies_with_the_transfer() {
    let mut run = outage(Target::BITS);
    assert_eq!(run.count(), 1);
    let (hr, reply) = run.call(JobCall::GetError);
    assert_eq!(hr, Hresult::S_OK);
    assert!(matches!(reply, Reply::Error(_, info) if info.code == Hresult::BG_E_HTTP_ERROR_503));
    run.until(21 * 60);
    assert_eq!(run.count(), 2);
    assert_eq!(run.call(JobCall::GetError).0, Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE);
    run.disturb(&Disturbance::NetworkLost);
    run.until(23 * 60);
    assert_eq!(run.count(), 2, "a disconnect is free");
    run.disturb(&Disturbance::NetworkRegained);
    run.until(60 * 60);
    assert!(run.world.settled());
    assert_eq!(run.call(JobCall::Complete).0, Hresult::S_OK);
    let stored = run.world.local_file("C:\\downloads\\payroll.cab");
    assert_eq!(stored, Some((900 << 20, 1)));
}

#[test]
fn up_to_1_5_a_failed_retry_is_free() {
    let mut run = outage(Target::bits(1, 5));
    run.until(21 * 60);
    assert_eq!(run.count(), 1);
}
