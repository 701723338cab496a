//! Small stories told by hand.

mod delivery;
mod judged;
mod people;
mod shipped;

pub(crate) use shipped::shipped;

use crate::{FailureKind, Options, Run, play, play_with};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{
    Act, Answers, At, Check, Claim, Ends, GetErrorClaim, JobPlan, JobRef, Limits, Number, Place,
    PlannedCall, Step, Subject, When,
};
use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::trace::{End, Timer, TimerEvent};
use bitsim_vocab::world::{
    Client, Delivery, Disturbance, Fault, FaultKind, Part, Policies, RemoteFile, Server, Setup,
    User, UserKind,
};
use bitsim_vocab::{
    ClientId, Happened, Hresult, JobState, JobType, RuleId, ServerId, SimTime, Span, Stands,
    StepId, Target, UserId, WallTime,
};

const APP: ClientId = ClientId(0);
const JOB: JobRef = JobRef(0);
const MIB: u64 = 1 << 20;

/// Every value that a test writes stands in a line of its own.
fn at<T>(line: u32, value: T) -> At<T> {
    At { value, place: Place { line, column: 1, offset: 0, len: 1 } }
}

fn secs(n: u64) -> When {
    When::At(SimTime::ZERO + Span::secs(n))
}

fn call(call: JobCall) -> Act {
    Act::Call { client: APP, call: PlannedCall::Job(JOB, call), returns: at(0, Vec::new()) }
}

fn claims(claims: Vec<Claim>) -> Check {
    let claims = (1..).zip(claims).map(|(line, claim)| at(line, claim)).collect();
    Check { place: at(1, ()).place, subject: Subject::Job(JOB, None), claims }
}

fn is_in(state: JobState) -> Check {
    claims(vec![Claim::State(vec![state])])
}

fn http(number: u32, status: u16, times: Option<u32>) -> Disturbance {
    Disturbance::FaultBegins(Box::new(Fault {
        number,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(status),
        times,
        class: None,
    }))
}

fn disturb(what: Disturbance) -> Act {
    Act::Disturb { what, ends: None }
}

fn setup(size: u64) -> Setup {
    let server = Server {
        name: "cdn.test".to_owned(),
        bandwidth: MIB,
        latency_min: Span::millis(40),
        latency_max: Span::millis(40),
        ranges: true,
        content_length: true,
        max_upload: u64::MAX,
        reply_size: 0,
        replies: true,
        files: vec![RemoteFile { url: "https://cdn.test/a.bin".to_owned(), size }],
    };
    Setup {
        target: Target::BITS,
        stands: Stands::recommended(Target::BITS),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
        users: vec![User { name: "owner".to_owned(), kind: UserKind::Standard, logged_on: true }],
        clients: vec![Client {
            name: "app".to_owned(),
            user: UserId(0),
            running: true,
            elevated: false,
        }],
        servers: vec![server],
        volumes: Vec::new(),
        local_files: Vec::new(),
        delivery: Delivery::of(Target::BITS),
    }
}

/// One job `a` that downloads `size` bytes at 1 MiB/s, and these steps, named by their position.
fn story(size: u64, steps: Vec<(When, Vec<Act>)>) -> Plan {
    let job = JobPlan {
        name: "a".to_owned(),
        display_name: "a".to_owned(),
        place: at(5, ()).place,
        client: APP,
        job_type: JobType::Download,
        files: vec![NewFile {
            remote: "https://cdn.test/a.bin".to_owned(),
            local: "C:\\downloads\\a.bin".to_owned(),
            ranges: Vec::new(),
        }],
        from_start: true,
        settings: Vec::new(),
        answers: Answers::default(),
        program_exits: Vec::new(),
        download: None,
    };
    let step = |(number, (when, acts)): (u32, (When, Vec<Act>))| Step {
        id: StepId(number),
        place: at(100 + number, ()).place,
        label: format!("step {number}"),
        when,
        acts: acts.into_iter().map(|act| at(200 + number, act)).collect(),
    };
    Plan {
        title: "a story".to_owned(),
        target: Target::BITS,
        setup: setup(size),
        breaks: Vec::new(),
        rules: Vec::new(),
        jobs: vec![job],
        steps: (0..).zip(steps).map(step).collect(),
        never: Vec::new(),
        finally: Vec::new(),
        limits: Limits { events: 10_000, settle_within: Span::days(400) },
    }
}

fn resumed() -> (When, Vec<Act>) {
    (secs(0), vec![call(JobCall::Resume)])
}

/// Plays without the judge, whose own tests say whether it is right.
fn tell(plan: &Plan) -> Run {
    play_with(plan, Options { unjudged: true, ..Options::default() })
}

fn right(plan: &Plan) -> Run {
    let run = tell(plan);
    assert_eq!(run.failures, Vec::new(), "{:#?}", run.trace.events);
    run
}

fn position(run: &Run, found: impl Fn(&Happened) -> bool) -> usize {
    let events = &run.trace.events;
    events.iter().position(|event| found(&event.what)).expect("the event is in the trace")
}

#[test]
fn a_pulled_cable_is_free_and_a_503_is_not() {
    let error = |returns, code| {
        Claim::GetError(GetErrorClaim {
            returns: Some(at(1, returns)),
            code,
            ..GetErrorClaim::default()
        })
    };
    let back = (Ends::After(Span::secs(120)), Disturbance::NetworkRegained);
    let mut plan = story(
        900 * MIB,
        vec![
            resumed(),
            (secs(30), vec![disturb(http(1, 503, Some(2)))]),
            (
                secs(60),
                vec![Act::Expect(claims(vec![
                    Claim::State(vec![JobState::TransientError]),
                    Claim::ErrorCount(Number::Exactly(1)),
                    error(Hresult::S_OK, Some(at(2, vec![Hresult::http(503)]))),
                ]))],
            ),
            (
                secs(21 * 60),
                vec![Act::Expect(claims(vec![
                    Claim::State(vec![JobState::Transferring]),
                    Claim::ErrorCount(Number::Exactly(2)),
                    error(Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE, None),
                ]))],
            ),
            (
                secs(25 * 60),
                vec![Act::Disturb { what: Disturbance::NetworkLost, ends: Some(back) }],
            ),
            (
                secs(26 * 60),
                vec![Act::Expect(claims(vec![
                    Claim::State(vec![JobState::TransientError]),
                    Claim::ErrorCount(Number::Exactly(2)),
                ]))],
            ),
        ],
    );
    plan.finally.push(is_in(JobState::Transferred));
    let run = right(&plan);
    assert!(run.settled());
    assert_eq!(run.job_names, ["a"]);
    let regained = position(
        &run,
        |what| matches!(what, Happened::Env(what) if **what == Disturbance::NetworkRegained),
    );
    let regained = &run.trace.events[regained];
    assert_eq!(regained.at, SimTime::ZERO + Span::secs(27 * 60));
    assert_eq!(regained.source, Some(StepId(4)));
}

#[test]
fn a_claim_that_does_not_hold_says_where_when_and_what_instead() {
    let wrong = claims(vec![
        Claim::State(vec![JobState::Queued, JobState::Connecting]),
        Claim::ErrorCount(Number::AtLeast(3)),
    ]);
    let run = tell(&story(100 * MIB, vec![resumed(), (secs(10), vec![Act::Expect(wrong)])]));
    let [state, count] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(state.what, "`a` should be in QUEUED or CONNECTING");
    assert_eq!(
        (state.expected.as_str(), state.actual.as_str()),
        ("QUEUED or CONNECTING", "TRANSFERRING")
    );
    assert_eq!((state.place.line, count.place.line), (1, 2));
    assert_eq!(count.what, "the error count of `a` should be at least 3");
    assert_eq!(count.actual, "0");
    assert_eq!(state.step, Some(StepId(1)));
    assert_eq!(state.at, SimTime::ZERO + Span::secs(10));
    assert_eq!(run.step(StepId(1)).map(|step| step.label.as_str()), Some("step 1"));
    assert!(!run.holds());
}

#[test]
fn waiting_for_bytes_ends_at_the_first_instant_and_leaves_no_call() {
    let ten = claims(vec![Claim::BytesTransferred(Number::AtLeast(10 * MIB))]);
    let until = When::Until { check: ten.clone(), within: Span::secs(60) };
    let calls = |run: &Run| {
        let called = |event: &&bitsim_vocab::Event| matches!(event.what, Happened::Called(_));
        run.trace.events.iter().filter(called).count()
    };
    let waited = right(&story(100 * MIB, vec![resumed(), (until.clone(), Vec::new())]));
    let plain = right(&story(100 * MIB, vec![resumed()]));
    assert_eq!(waited.trace, plain.trace);
    let exact = claims(vec![Claim::BytesTransferred(Number::Exactly(10 * MIB))]);
    let asked = right(&story(100 * MIB, vec![resumed(), (until, vec![Act::Expect(exact)])]));
    assert_eq!(calls(&asked), calls(&plain) + 1);
}

#[test]
fn waiting_in_vain_breaks_the_story_off() {
    let until = When::Until { check: is_in(JobState::Error), within: Span::secs(30) };
    let mut plan = story(
        100 * MIB,
        vec![
            resumed(),
            (until, vec![call(JobCall::Cancel)]),
            (secs(40), vec![Act::Expect(is_in(JobState::Cancelled))]),
        ],
    );
    plan.finally.push(is_in(JobState::Cancelled));
    let run = tell(&plan);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Until);
    assert_eq!(failure.what, "`a` should be in ERROR within 30s");
    assert_eq!(failure.actual, "TRANSFERRING");
    assert_eq!(run.trace.end, End::Stopped(SimTime::ZERO + Span::secs(30)));
    assert_eq!(run.steps.len(), 1);
}

#[test]
fn what_must_never_be_is_caught_at_its_event_and_said_once() {
    let mut plan = story(10 * MIB, vec![resumed()]);
    plan.never.push(is_in(JobState::Connecting));
    plan.never.push(is_in(JobState::Error));
    let run = tell(&plan);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Never);
    assert_eq!(failure.what, "`a` should never be in CONNECTING");
    let event = &run.trace.events[failure.event as usize - 1];
    assert!(matches!(event.what, Happened::State { to: JobState::Connecting, .. }));
    assert!(run.settled());
}

#[test]
fn calls_come_before_the_timers_of_their_instant() {
    let retry = 30 + 600;
    let mut plan = story(
        100 * MIB,
        vec![resumed(), (secs(30), vec![disturb(http(1, 503, Some(1)))]), (secs(60), Vec::new())],
    );
    let run = right(&plan);
    let armed = run.trace.events.iter().find_map(|event| match event.what {
        Happened::Timer {
            timer: Timer::MinimumRetryDelay,
            what: TimerEvent::Armed { due },
            ..
        } => Some(due),
        _ => None,
    });
    let due = armed.expect("a retry is planned");
    assert!(due >= SimTime::ZERO + Span::secs(retry));
    let suspend = Step {
        id: StepId(3),
        place: Place::default(),
        label: "suspend".to_owned(),
        when: When::At(due),
        acts: vec![at(1, call(JobCall::Suspend)), at(2, Act::Expect(is_in(JobState::Suspended)))],
    };
    plan.steps.push(suspend);
    let run = right(&plan);
    let fired = |what: &Happened| {
        matches!(
            what,
            Happened::Timer { timer: Timer::MinimumRetryDelay, what: TimerEvent::Fired, .. }
        )
    };
    assert!(!run.trace.events.iter().any(|event| fired(&event.what)));
}

#[test]
fn what_ends_now_ends_before_something_else_begins() {
    let begins = |number, ends: u64| Act::Disturb {
        what: http(number, 503, None),
        ends: Some((Ends::At(SimTime::ZERO + Span::secs(ends)), Disturbance::FaultEnds(number))),
    };
    let run = right(&story(
        100 * MIB,
        vec![resumed(), (secs(10), vec![begins(1, 20)]), (secs(20), vec![begins(2, 30)])],
    ));
    let faults: Vec<&Disturbance> = run
        .trace
        .events
        .iter()
        .filter_map(|event| match &event.what {
            Happened::Env(what) => Some(&**what),
            _ => None,
        })
        .collect();
    assert_eq!(
        faults,
        [
            &http(1, 503, None),
            &Disturbance::FaultEnds(1),
            &http(2, 503, None),
            &Disturbance::FaultEnds(2),
        ]
    );
}

#[test]
fn a_run_that_does_not_settle_names_what_still_moves() {
    let mut plan = story(100 * MIB, vec![resumed(), (secs(30), vec![disturb(http(1, 503, None))])]);
    plan.limits.settle_within = Span::secs(3_600);
    let run = tell(&plan);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Unsettled);
    assert!(failure.actual.starts_with("`a` is in TRANSIENT_ERROR"), "{}", failure.actual);
    assert!(failure.actual.contains("MinimumRetryDelay due at 01:"), "{}", failure.actual);
    assert_eq!(run.trace.end, End::DidNotSettle(SimTime::ZERO + Span::secs(30 + 3_600)));

    plan.limits = Limits { events: 60, settle_within: Span::days(400) };
    let run = tell(&plan);
    assert_eq!(run.failures.len(), 1);
    assert!(matches!(run.trace.end, End::DidNotSettle(_)));
    assert!(run.trace.events.len() < 80);

    // The same if the bound is reached while there are steps to come.
    plan.steps.push(Step { when: secs(86_400), ..plan.steps[1].clone() });
    let run = tell(&plan);
    assert_eq!(run.failures.len(), 1);
    assert_eq!(run.failures[0].kind, FailureKind::Unsettled);
    assert!(matches!(run.trace.end, End::DidNotSettle(_)));
}

#[test]
fn calls_are_held_to_what_they_should_return() {
    let cancel = |returns| Act::Call {
        client: APP,
        call: PlannedCall::Job(JOB, JobCall::Cancel),
        returns: at(7, returns),
    };
    let run = tell(&story(
        10 * MIB,
        vec![(
            secs(0),
            vec![
                cancel(Vec::new()),
                cancel(Vec::new()),
                cancel(vec![Hresult::BG_E_INVALID_STATE]),
                cancel(vec![Hresult::S_OK, Hresult::S_FALSE]),
            ],
        )],
    ));
    let [unsaid, said] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(unsaid.what, "Cancel of `a` should return success");
    assert_eq!(unsaid.actual, "BG_E_INVALID_STATE (0x80200002)");
    assert_eq!((unsaid.place.line, said.place.line), (200, 7));
}

#[test]
fn a_job_can_come_later_and_speaking_of_it_before_is_a_failure() {
    let create =
        Act::Call { client: APP, call: PlannedCall::Create(JOB), returns: at(0, Vec::new()) };
    let mut plan = story(
        10 * MIB,
        vec![
            (secs(1), vec![call(JobCall::Resume), Act::Expect(is_in(JobState::Queued))]),
            (secs(2), vec![create, call(JobCall::Resume)]),
        ],
    );
    plan.jobs[0].from_start = false;
    plan.finally.push(is_in(JobState::Transferred));
    let run = tell(&plan);
    let whats: Vec<&str> = run.failures.iter().map(|failure| failure.what.as_str()).collect();
    assert_eq!(whats, ["`a` should exist when it is called", "`a` should exist"]);
}

#[test]
fn a_job_that_cannot_be_made_ends_the_story() {
    let mut plan = story(10 * MIB, vec![resumed()]);
    plan.jobs[0].files[0].local = "no full path".to_owned();
    let run = tell(&plan);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Setup);
    assert_eq!(failure.place.line, 5);
    assert_eq!(failure.actual, "AddFile returned E_INVALIDARG (0x80070057)");
    assert_eq!(run.trace.end, End::Stopped(SimTime::ZERO));
}

#[test]
fn one_of_several_is_enough_and_none_is_one_failure() {
    let run = right(&story(
        100 * MIB,
        vec![
            resumed(),
            (
                secs(10),
                vec![Act::OneOf(vec![is_in(JobState::Error), is_in(JobState::Transferring)])],
            ),
        ],
    ));
    assert!(run.settled());
    let run = tell(&story(
        100 * MIB,
        vec![
            resumed(),
            (secs(10), vec![Act::OneOf(vec![is_in(JobState::Error), is_in(JobState::Queued)])]),
        ],
    ));
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.expected, "ERROR or QUEUED");
    assert_eq!(failure.actual, "TRANSFERRING");
}

#[test]
fn a_poll_asks_at_its_times_and_stops_at_the_first_no() {
    let poll =
        |state| Act::Poll { every: Span::secs(10), during: Span::secs(30), check: is_in(state) };
    let steps = |state| vec![resumed(), (secs(10), vec![poll(state)])];
    let run = right(&story(100 * MIB, steps(JobState::Transferring)));
    let times: Vec<u64> = run
        .trace
        .events
        .iter()
        .filter(|event| event.source == Some(StepId(1)))
        .filter(|event| matches!(event.what, Happened::Called(_)))
        .map(|event| event.at.since(SimTime::ZERO).as_secs())
        .collect();
    assert_eq!(times, [10, 20, 30, 40]);
    let run = tell(&story(25 * MIB, steps(JobState::Transferring)));
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.at, SimTime::ZERO + Span::secs(30));
}

#[test]
fn a_step_that_the_ones_before_have_overtaken_is_late() {
    let until = When::Until { check: is_in(JobState::Transferred), within: Span::secs(60) };
    let run = tell(&story(20 * MIB, vec![resumed(), (until, Vec::new()), (secs(5), Vec::new())]));
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::Late);
    assert_eq!(failure.expected, "00:00:05.000");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let mut plan = story(100 * MIB, vec![resumed()]);
    plan.setup.servers[0].latency_max = Span::millis(400);
    let digest = |seed| {
        let options = Options { seed: Some(seed), unjudged: true, ..Options::default() };
        play_with(&plan, options).digest
    };
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
    let (judged, unjudged) = (play(&plan), tell(&plan));
    assert_eq!(judged.trace, unjudged.trace);
}

#[test]
fn a_declared_rule_that_nothing_exercises_is_a_failure() {
    let mut plan = story(10 * MIB, vec![resumed()]);
    plan.rules = vec![at(3, RuleId::BITS_ERRCOUNT_008)];
    let run = play(&plan);
    assert!(run.violations().next().is_none(), "{:#?}", run.findings.violations());
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.kind, FailureKind::NotExercised);
    assert_eq!(failure.place.line, 3);
}
