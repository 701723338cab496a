//! How fast the engine runs by itself, without judge and without files. Figures go to stdout:
//!
//! ```text
//! cargo run --release -p bitsim-engine --example speed -- retries 500 2016
//! cargo run --release -p bitsim-engine --example speed -- small 100000
//! cargo run --release -p bitsim-engine --example speed -- expiry 1000
//! cargo run --release -p bitsim-engine --example speed -- clones 500 10000
//! ```
//!
//! Under `valgrind --tool=callgrind` the instructions of two sizes, subtracted, are those of the
//! retries alone.
#![allow(clippy::disallowed_methods)] // It is real time that is measured here.

use bitsim_engine::{First, NoClient, Nothing, Outside, World};
use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::world::{
    Client, Delivery, Disturbance, Fault, FaultKind, Part, Policies, RemoteFile, Server, Setup,
    User, UserKind,
};
use bitsim_vocab::{
    Call, ClientId, Hresult, JobId, JobState, JobType, Priority, Reply, ServerId, SimTime, Span,
    Stands, Target, UserId, WallTime,
};
use std::time::Instant;

fn setup() -> Setup {
    Setup {
        target: Target::BITS,
        stands: Stands::recommended(Target::BITS),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
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
            latency_min: Span::millis(20),
            latency_max: Span::millis(20),
            ranges: true,
            content_length: true,
            max_upload: u64::MAX,
            reply_size: 0,
            replies: true,
            files: vec![RemoteFile { url: "https://cdn.test/payroll.cab".into(), size: 900 << 20 }],
        }],
        volumes: vec![],
        local_files: vec![],
        delivery: Delivery::of(Target::BITS),
    }
}

fn fault() -> Fault {
    let (server, kind) = (ServerId(0), FaultKind::Http(503));
    Fault { number: 1, server, url: None, part: Part::Any, kind, times: None, class: None }
}

struct Run {
    world: World,
    choose: First,
}

impl Run {
    fn call(&mut self, call: &Call) -> Reply {
        let mut out = Outside { sink: &mut Nothing, choose: &mut self.choose };
        let returned = self.world.call(&mut out, ClientId(0), call);
        assert_eq!(returned.hr, Hresult::S_OK);
        returned.reply
    }

    fn job(&mut self, number: usize, priority: Priority) -> JobId {
        let name = Some(format!("job {number}"));
        let create = Call::CreateJob { name, job_type: JobType::Download };
        let Reply::Job(id) = self.call(&create) else { panic!("no job") };
        let file = NewFile {
            remote: "https://cdn.test/payroll.cab".into(),
            local: format!("C:\\downloads\\payroll{number}.cab"),
            ranges: vec![],
        };
        self.call(&Call::Job(id, JobCall::AddFile(file)));
        if priority != Priority::Normal {
            self.call(&Call::Job(id, JobCall::SetPriority(u32::from(priority.value()))));
        }
        self.call(&Call::Job(id, JobCall::Resume));
        id
    }

    fn until(&mut self, end: SimTime) -> u64 {
        let mut steps = 0;
        loop {
            let mut out = Outside { sink: &mut Nothing, choose: &mut self.choose };
            while self.world.step(&mut out, &mut NoClient) {
                steps += 1;
            }
            if self.world.now() >= end {
                return steps;
            }
            self.world.advance_to(end);
        }
    }

    /// The same at once.
    fn straight_to(&mut self, end: SimTime) {
        let mut out = Outside { sink: &mut Nothing, choose: &mut self.choose };
        self.world.run_to(&mut out, &mut NoClient, end);
    }
}

fn with_jobs(world: World, jobs: usize, priority: Priority) -> Run {
    let mut run = Run { world, choose: First };
    let mut out = Outside { sink: &mut Nothing, choose: &mut run.choose };
    run.world.disturb(&mut out, &Disturbance::FaultBegins(Box::new(fault())));
    for number in 0..jobs {
        run.job(number, priority);
    }
    run
}

fn report(what: &str, per: &str, count: usize, begin: Instant) {
    let nanos = begin.elapsed().as_nanos();
    println!("{what}: {} us, {} ns a {per}", nanos / 1_000, nanos / count as u128);
}

fn retries(jobs: usize, each: usize, priority: Priority) {
    let begin = Instant::now();
    let mut run = with_jobs(World::new(setup()), jobs, priority);
    report("jobs made", "job", jobs, begin);
    let end = SimTime::ZERO + Span::secs(600 * each as u64);
    let begin = Instant::now();
    let steps = run.until(end);
    report(&format!("{jobs} jobs, {steps} steps"), "retry", jobs * each, begin);
    println!("{} events", run.world.events());
    let begin = Instant::now();
    run.straight_to(end + Span::secs(600 * each as u64));
    report("the same again, in one call", "retry", jobs * each, begin);
    println!("{} events", run.world.events());
}

fn small(runs: usize) {
    let fresh = World::new(setup());
    let begin = Instant::now();
    for _ in 0..runs {
        let mut run = with_jobs(fresh.clone(), 3, Priority::Normal);
        run.straight_to(SimTime::ZERO + Span::secs(600 * 7));
    }
    report("3 jobs of 7 retries", "run", runs, begin);
    let begin = Instant::now();
    for _ in 0..runs {
        std::hint::black_box(World::new(setup()));
    }
    report("new worlds", "world", runs, begin);
}

fn expiry(runs: usize) {
    let begin = Instant::now();
    for _ in 0..runs {
        let mut run = with_jobs(World::new(setup()), 1, Priority::Normal);
        run.straight_to(SimTime::ZERO + Span::secs(15 * 86_400));
        let state = Call::Job(JobId(0), JobCall::GetState);
        assert_eq!(run.call(&state), Reply::State(JobState::Error));
    }
    report("no progress for 14 days", "run", runs, begin);
    let begin = Instant::now();
    for _ in 0..runs {
        let mut run = Run { world: World::new(setup()), choose: First };
        let create = Call::CreateJob { name: Some("idle".into()), job_type: JobType::Download };
        run.call(&create);
        run.straight_to(SimTime::ZERO + Span::secs(91 * 86_400));
    }
    report("no activity for 90 days", "run", runs, begin);
}

fn clones(jobs: usize, times: usize) {
    let mut run = with_jobs(World::new(setup()), jobs, Priority::Normal);
    run.until(SimTime::ZERO + Span::secs(6_000));
    let begin = Instant::now();
    for _ in 0..times {
        std::hint::black_box(run.world.clone());
    }
    report(&format!("clones of {jobs} jobs"), "clone", times, begin);
    let begin = Instant::now();
    for _ in 0..times {
        let mut other = Run { world: run.world.clone(), choose: First };
        let mut out = Outside { sink: &mut Nothing, choose: &mut other.choose };
        other.world.advance_to(SimTime(u64::MAX));
        other.world.step(&mut out, &mut NoClient);
        std::hint::black_box(other.world);
    }
    report(&format!("clones of {jobs} jobs and a step"), "clone", times, begin);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<usize>().ok());
    let (a, b) = (number(1).unwrap_or(1_000), number(2).unwrap_or(1_000));
    match arguments.first().map(String::as_str) {
        Some("retries") => retries(a, b, Priority::Normal),
        Some("foreground") => retries(a, b, Priority::Foreground),
        Some("small") => small(a),
        Some("expiry") => expiry(a),
        Some("clones") => clones(a, b),
        _ => eprintln!("speed retries|foreground|small|expiry|clones [count] [count]"),
    }
}
