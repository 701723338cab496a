use super::*;
use crate::rules::testing::{APP, OWNER, Story, delivery};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::legacy::{COST_ALWAYS, COST_FLAGS, COST_STANDARD};
use bitsim_vocab::trace::{AttemptOutcome, End, Timer, TimerEvent};
use bitsim_vocab::world::{Block, Disturbance, Fault, FaultKind, NetworkCondition, Part, UserKind};
use bitsim_vocab::{ErrorContext, Hresult, JobType, ServerId, SimTime, Span, Target, UserId};

const OK: Hresult = Hresult::S_OK;
const TIMEOUT: Hresult = Hresult::ERROR_WINHTTP_TIMEOUT;
const NOWHERE: ErrorContext = ErrorContext::None;

fn created() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add()
}

fn transferred() -> Story {
    delivery().at(1).arrives(0).transferred().at(2)
}

/// In TRANSIENT_ERROR since second 1, with a retry due at second 3.
fn transient() -> Story {
    delivery()
        .at(1)
        .fails(TIMEOUT, NOWHERE)
        .to(JobState::TransientError, Stimulus::TransferErrorTransient)
        .timer(Timer::InternalRetry, armed(3))
}

fn error() -> Story {
    let story = delivery().at(1).fails(Hresult::http(404), NOWHERE);
    story.to(JobState::Error, Stimulus::TransferErrorFatal).at(2)
}

fn queued() -> Story {
    let story = created().call(JobCall::Resume, OK);
    story.to(JobState::Queued, Stimulus::Resume).at(1)
}

fn cancelled() -> Story {
    delivery().at(1).call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel).at(2)
}

fn suspended() -> Story {
    delivery().at(1).call(JobCall::Suspend, OK).to(JobState::Suspended, Stimulus::Suspend).at(2)
}

fn armed(secs: u64) -> TimerEvent {
    TimerEvent::Armed { due: SimTime::ZERO + Span::secs(secs) }
}

fn progress(story: Story, bytes: u64, files: (u32, u32)) -> Story {
    let progress = bitsim_vocab::call::Progress {
        bytes_total: 100,
        bytes_transferred: bytes,
        files_total: files.1,
        files_transferred: files.0,
    };
    story.get(JobCall::GetProgress, Reply::Progress(progress))
}

#[test]
fn there_is_one_state_at_a_time() {
    let rule = RuleId::DO_STATE_001;
    delivery().get(JobCall::GetState, Reply::State(JobState::Transferring)).holds(rule);
    delivery().get(JobCall::GetState, Reply::State(JobState::Queued)).breaks(rule);
    delivery().to(JobState::Transferring, Stimulus::SchedulerPicksJob).breaks(rule);
    let (job, cause) = (JobId(0), Stimulus::SchedulerPicksJob);
    let jump = Happened::State { job, from: JobState::Queued, to: JobState::Transferring, cause };
    created().push(jump).breaks(rule);
}

#[test]
fn connecting_is_not_used() {
    let rule = RuleId::DO_STATE_002;
    delivery().holds(rule);
    queued().to(JobState::Connecting, Stimulus::SchedulerPicksJob).breaks(rule);
    queued().get(JobCall::GetState, Reply::State(JobState::Connecting)).breaks(rule);
    queued().get(JobCall::GetState, Reply::State(JobState::Queued)).holds(rule);
}

#[test]
fn a_new_job_is_suspended_and_empty() {
    let rule = RuleId::DO_STATE_003;
    let story = || Story::on(Target::DO_LEGACY);
    let mut new = Created {
        job: JobId(0),
        guid: 0,
        name: String::new(),
        job_type: JobType::Download,
        owner: OWNER,
        by: APP,
        state: JobState::Suspended,
    };
    story().push(Happened::Created(Box::new(new.clone()))).holds(rule);
    new.state = JobState::Queued;
    story().push(Happened::Created(Box::new(new))).breaks(rule);
    created().holds(rule);
    progress(story().create(JobType::Download), 0, (0, 0)).holds(rule);
    progress(story().create(JobType::Download), 0, (0, 1)).breaks(rule);
    let added = FileChange::Added { remote: "u".into(), local: "l".into(), requested: None };
    story().create(JobType::Download).file(0, added).breaks(rule);
}

#[test]
fn final_states_are_final() {
    let rule = RuleId::DO_STATE_004;
    cancelled().call(JobCall::Resume, Hresult::DO_E_INVALID_STATE).holds(rule);
    cancelled().env(Disturbance::NetworkLost).holds(rule);
    cancelled().to(JobState::Queued, Stimulus::NetworkRegained).breaks(rule);
    delivery().leaves(rule);
}

#[test]
fn acknowledged_needs_complete() {
    let rule = RuleId::DO_STATE_005;
    let complete = |hr| {
        let story = transferred().call(JobCall::Complete, hr);
        story.to(JobState::Acknowledged, Stimulus::Complete)
    };
    complete(OK).holds(rule);
    complete(Hresult::E_FAIL).breaks(rule);
    transferred().to(JobState::Acknowledged, Stimulus::AllFilesDone).breaks(rule);
}

#[test]
fn cancelled_needs_cancel_or_age() {
    let rule = RuleId::DO_STATE_006;
    let old = |secs| suspended().at(secs).to(JobState::Cancelled, Stimulus::JobTooOld);
    cancelled().holds(rule);
    old(30 * 86_400).holds(rule);
    old(30 * 86_400).is_clean_in("DO-STATE");
    old(30 * 86_400 - 1).breaks(rule);
    suspended().to(JobState::Cancelled, Stimulus::Cancel).breaks(rule);
    suspended().to(JobState::Cancelled, Stimulus::OwnerLogsOff).breaks(rule);
}

#[test]
fn transferred_means_every_file() {
    let rule = RuleId::DO_STATE_007;
    transferred().holds(rule);
    transferred().is_clean_in("DO-STATE");
    delivery().at(1).bytes(0, 50).transferred().breaks(rule);
    let short = delivery().at(1).file(0, FileChange::Sized(100)).bytes(0, 60);
    short.file(0, FileChange::Finished).transferred().breaks(rule);
    progress(transferred(), 100, (1, 1)).holds(rule);
    progress(transferred(), 100, (0, 1)).breaks(rule);
    progress(transferred().add(), 100, (1, 2)).holds(rule);
    let file = |bytes_transferred| {
        let call = JobCall::GetFileProgress(bitsim_vocab::FileId(0));
        let reply = Reply::FileProgress { bytes_total: 100, bytes_transferred, completed: false };
        transferred().get(call, reply)
    };
    file(100).holds(rule);
    file(90).breaks(rule);
}

#[test]
fn suspended_lasts_until_a_call() {
    let rule = RuleId::DO_STATE_008;
    suspended().starts().holds(rule);
    suspended().env(Disturbance::NetworkRegained).holds(rule);
    suspended().runs(Stimulus::NetworkRegained, 0, 0).breaks(rule);
    suspended().runs(Stimulus::Resume, 0, 0).breaks(rule);
    let failed = suspended().call(JobCall::Resume, Hresult::E_FAIL);
    failed.to(JobState::Transferring, Stimulus::Resume).breaks(rule);
}

#[test]
fn nothing_runs_while_the_owner_is_away() {
    let rule = RuleId::DO_STATE_009;
    let away = |story: Story| story.at(5).env(Disturbance::LogOff(OWNER));
    let stopped = AttemptOutcome::Stopped { by: Stimulus::OwnerLogsOff };
    let left = away(delivery()).bytes(0, 20).ends(stopped);
    let left = left.to(JobState::Queued, Stimulus::OwnerLogsOff);
    left.holds(rule);
    left.is_clean_in("DO-STATE");
    away(delivery()).at(6).breaks(rule);
    away(delivery()).to(JobState::Suspended, Stimulus::OwnerLogsOff).breaks(rule);
    left.clone().at(6).bytes(0, 30).breaks(rule);
    left.clone().at(6).runs(Stimulus::SchedulerPicksJob, 0, 20).breaks(rule);
    let back = left.at(6).env(Disturbance::LogOn(OWNER));
    back.runs(Stimulus::SchedulerPicksJob, 0, 20).bytes(0, 30).is_clean_of(&[rule]);
    away(delivery()).env(Disturbance::LogOn(OWNER)).at(7).leaves(rule);
    let service = |setup: &mut Setup| setup.users[0].kind = UserKind::LocalSystem;
    let service = Story::on(Target::DO_LEGACY).setup(service).create(JobType::Download).add();
    away(service.starts()).at(7).bytes(0, 30).leaves(rule);
    let other = delivery().at(5).env(Disturbance::LogOff(UserId(2)));
    other.at(7).bytes(0, 30).leaves(rule);
}

#[test]
fn error_is_for_fatal_failures() {
    let rule = RuleId::DO_STATE_010;
    error().holds(rule);
    error().is_clean_in("DO-STATE");
    let fatal = delivery().at(1).fails(Hresult::http(404), NOWHERE);
    let wrong = JobState::TransientError;
    fatal.clone().to(wrong, Stimulus::TransferErrorTransient).breaks(rule);
    fatal.breaks(rule);
    delivery().at(1).to(JobState::Error, Stimulus::OwnerLogsOff).breaks(rule);
    let mislabelled = delivery().at(1).fails_as(Hresult::http(503), Class::Fatal, NOWHERE);
    mislabelled.to(JobState::Error, Stimulus::TransferErrorFatal).breaks(rule);
}

#[test]
fn error_is_for_lasting_failures() {
    let rule = RuleId::DO_STATE_010;
    let given_up = |secs| {
        let story = transient().at(secs).to(JobState::Error, Stimulus::NoProgressTimeoutExpires);
        story.findings().outcome(rule)
    };
    assert!(matches!(given_up(86_400), crate::Outcome::Held(_)));
    assert!(matches!(given_up(86_399), crate::Outcome::Broken(_)));
    let moved = delivery().at(9).bytes(0, 10).at(10).fails(TIMEOUT, NOWHERE);
    let moved = moved.to(JobState::TransientError, Stimulus::TransferErrorTransient);
    let late =
        |story: Story, secs| story.at(secs).to(JobState::Error, Stimulus::NoProgressTimeoutExpires);
    late(moved.clone(), 86_408).breaks(rule);
    late(moved, 86_409).holds(rule);
    let again = transient().at(50_000).starts().at(50_010).fails(TIMEOUT, NOWHERE);
    let again = again.to(JobState::TransientError, Stimulus::TransferErrorTransient);
    late(again, 90_000).breaks(rule);
}

#[test]
fn without_patience_every_failure_is_fatal() {
    let impatient = created().call(JobCall::SetNoProgressTimeout(0), OK).starts().at(1);
    let story = impatient.fails(TIMEOUT, NOWHERE);
    let story = story.to(JobState::Error, Stimulus::TransferErrorTransient);
    story.holds(RuleId::DO_STATE_010);
    story.is_clean_in("DO-STATE");
    let foreground = created().call(JobCall::SetPriority(0), OK).starts().at(1);
    let story = foreground.fails(TIMEOUT, NOWHERE);
    let story = story.to(JobState::TransientError, Stimulus::TransferErrorTransient);
    let story = story.at(3_600).to(JobState::Error, Stimulus::NoProgressTimeoutExpires);
    story.holds(RuleId::DO_STATE_010);
}

#[test]
fn transient_failures_are_tried_again() {
    let rule = RuleId::DO_STATE_011;
    let again = transient().at(3).runs(Stimulus::RetryDelayExpires, 0, 0);
    again.holds(rule);
    again.is_clean_in("DO-STATE");
    transient().breaks(rule);
    transient().at(92).runs(Stimulus::RetryDelayExpires, 0, 0).breaks(rule);
    transient().at(3).env(Disturbance::NetworkLost).at(99).is_clean_of(&[rule]);
    transient().at(3).env(Disturbance::LogOff(OWNER)).at(99).is_clean_of(&[rule]);
    transient().at(3).env(Disturbance::BlockBegins(Block::Vpn)).at(99).is_clean_of(&[rule]);
    transient().at(3).env(Disturbance::BlockBegins(Block::GameMode)).at(99).breaks(rule);
    let failing = || delivery().at(1).fails(TIMEOUT, NOWHERE);
    failing().to(JobState::Suspended, Stimulus::TransferErrorTransient).breaks(rule);
    failing().to(JobState::Error, Stimulus::TransferErrorTransient).breaks(rule);
    failing().breaks(rule);
}

#[test]
fn a_cost_policy_may_keep_a_job_waiting() {
    let rule = RuleId::DO_STATE_011;
    let on = |conditions: &[NetworkCondition]| {
        let story = transient().at(3).env(Disturbance::NetworkConditions(conditions.to_vec()));
        story.at(99)
    };
    on(&[NetworkCondition::Metered]).breaks(rule);
    for dear in [NetworkCondition::NearDataLimit, NetworkCondition::Roaming] {
        on(&[dear]).is_clean_of(&[rule]);
        let flags = |value| JobCall::SetProperty { id: COST_FLAGS, value };
        on(&[dear]).call(flags(COST_STANDARD), OK).is_clean_of(&[rule]);
        on(&[dear]).call(flags(COST_ALWAYS), OK).breaks(rule);
    }
}

#[test]
fn a_fault_may_class_its_error_itself() {
    let fault = Fault {
        number: 1,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(503),
        times: None,
        class: Some(Class::Fatal),
    };
    let story = delivery().at(1).env(Disturbance::FaultBegins(Box::new(fault)));
    let story = story.fails_as(Hresult::http(503), Class::Fatal, NOWHERE);
    story.to(JobState::Error, Stimulus::TransferErrorFatal).is_clean_in("DO-STATE");
}

#[test]
fn a_queued_job_gets_no_bytes() {
    let rule = RuleId::DO_STATE_012;
    queued().env(Disturbance::LogOff(UserId(2))).holds(rule);
    queued().bytes(0, 10).breaks(rule);
    progress(progress(queued(), 0, (0, 1)).at(5), 0, (0, 1)).holds(rule);
    progress(progress(queued(), 0, (0, 1)).at(5), 9, (0, 1)).breaks(rule);
    delivery().at(1).bytes(0, 10).leaves(rule);
}

#[test]
fn errors_and_finished_files_do_not_suspend() {
    let rule = RuleId::DO_STATE_013;
    for story in [error(), transferred()] {
        story.clone().holds(rule);
        story.clone().get(JobCall::GetState, Reply::State(JobState::Suspended)).breaks(rule);
        story.clone().to(JobState::Suspended, Stimulus::AllFilesDone).breaks(rule);
        let suspend = story.clone().call(JobCall::Suspend, OK);
        suspend.to(JobState::Suspended, Stimulus::Suspend).holds(rule);
        story.clone().push(Happened::AttemptBegan { job: JobId(0), number: 2 }).breaks(rule);
        story.clone().bytes(0, 10).breaks(rule);
        let grows = progress(progress(story, 10, (1, 1)), 20, (1, 1));
        grows.breaks(rule);
    }
    let early = delivery().at(1).arrives(0).ends(AttemptOutcome::Finished);
    early.to(JobState::Suspended, Stimulus::AllFilesDone).breaks(rule);
}

#[test]
fn a_run_that_was_stopped_owes_nothing() {
    let story = transient();
    let mut oracle = crate::Oracle::new(&story.setup);
    for event in story.events() {
        oracle.observe(event);
    }
    let end = End::Stopped(SimTime::ZERO + Span::secs(2));
    let findings = oracle.finish(end);
    assert!(matches!(findings.outcome(RuleId::DO_STATE_011), crate::Outcome::Held(_)));
}
