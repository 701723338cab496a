use crate::rules::testing::{APP, Story, download};
use super::*;
use bitsim_vocab::trace::{AttemptOutcome, FileChange, Payload, TimerEvent};
use bitsim_vocab::trace::{ErrorInfo, Timer};
use bitsim_vocab::world::{Block, Disturbance, Fault, FaultKind, Part};
use bitsim_vocab::{ErrorContext, FileId, JobType, ServerId, Target, hresult::Class};

const OK: Hresult = Hresult::S_OK;
const WHERE: ErrorContext = ErrorContext::RemoteFile;

fn transferring() -> Story {
    download().transferring().at(1)
}

fn transferred() -> Story {
    transferring().arrives(0).transferred().at(2)
}

fn transient() -> Story {
    let story = download().connecting().fails(Hresult::BG_E_TIMEOUT, WHERE);
    story.to(JobState::TransientError, Stimulus::ConnectFailsTransient).at(1)
}

fn error() -> Story {
    let story = download().connecting().fails(Hresult::E_ACCESSDENIED, WHERE);
    story.to(JobState::Error, Stimulus::ConnectFailsFatal).at(1)
}

fn cancelled() -> Story {
    download().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel).at(1)
}

#[test]
fn getstate_tells_the_state_entered_last() {
    let rule = RuleId::BITS_STATE_001;
    let state = |state| download().get(JobCall::GetState, Reply::State(state));
    state(JobState::Queued).holds(rule);
    state(JobState::Connecting).breaks(rule);
    let (job, cause) = (JobId(0), Stimulus::Resume);
    let jump = Happened::State { job, from: JobState::Suspended, to: JobState::Queued, cause };
    download().push(jump).breaks(rule);
}

#[test]
fn a_new_job_is_suspended_and_idle() {
    let rule = RuleId::BITS_STATE_002;
    download().connecting().holds(rule);
    Story::new().create(JobType::Download).add().connecting().breaks(rule);
    let mut created = Created {
        job: JobId(0),
        guid: 0,
        name: String::new(),
        job_type: JobType::Download,
        owner: crate::rules::testing::OWNER,
        by: APP,
        state: JobState::Suspended,
    };
    Story::new().push(Happened::Created(Box::new(created.clone()))).holds(rule);
    created.state = JobState::Queued;
    Story::new().push(Happened::Created(Box::new(created))).breaks(rule);
}

#[test]
fn connecting_needs_a_turn() {
    let rule = RuleId::BITS_STATE_003;
    download().connecting().holds(rule);
    download().to(JobState::Connecting, Stimulus::SchedulerPicksJob).breaks(rule);
    let suspended = Story::new().create(JobType::Download).add().call(JobCall::Resume, OK);
    suspended.to(JobState::Connecting, Stimulus::Resume).breaks(rule);
    let next = transferring().to(JobState::Connecting, Stimulus::FileDoneMoreRemain);
    next.holds(rule);
}

#[test]
fn transferring_follows_connecting() {
    let rule = RuleId::BITS_STATE_004;
    transferring().holds(rule);
    download().to(JobState::Transferring, Stimulus::SchedulerPicksJob).breaks(rule);
    download().connecting().to(JobState::Queued, Stimulus::ConnectSucceeds).breaks(rule);
}

#[test]
fn a_connection_that_fails_is_transient() {
    let rule = RuleId::BITS_STATE_005;
    transient().holds(rule);
    transient().is_clean_in("BITS-STATE");
    let failing = || download().connecting().fails(Hresult::BG_E_TIMEOUT, WHERE);
    let queued = failing().to(JobState::Queued, Stimulus::ConnectFailsTransient);
    queued.breaks(rule);
    queued.leaves(RuleId::BITS_RESUME_004);
    failing().to(JobState::Error, Stimulus::ConnectFailsTransient).breaks(rule);
    let impatient = Story::new()
        .create(JobType::Download)
        .add()
        .call(JobCall::SetNoProgressTimeout(0), OK)
        .resume()
        .connecting()
        .fails(Hresult::BG_E_TIMEOUT, WHERE)
        .to(JobState::Error, Stimulus::ConnectFailsTransient);
    impatient.holds(rule);
    impatient.is_clean_in("BITS-STATE");
}

#[test]
fn a_transfer_ends_for_a_reason() {
    let rule = RuleId::BITS_STATE_006;
    let stopped = AttemptOutcome::Stopped { by: Stimulus::TimeSliceEnds };
    transferring().ends(stopped).to(JobState::Queued, Stimulus::TimeSliceEnds).holds(rule);
    transferring().to(JobState::Queued, Stimulus::ClientExits).breaks(rule);
    transferring().to(JobState::Suspended, Stimulus::Suspend).breaks(rule);
    transferring().to(JobState::Queued, Stimulus::FileDoneMoreRemain).breaks(rule);
}

#[test]
fn a_download_is_transferred_when_every_file_is_there() {
    let rule = RuleId::BITS_STATE_007;
    transferred().holds(rule);
    transferred().is_clean_in("BITS-STATE");
    transferring().bytes(0, 50).transferred().breaks(rule);
    transferring().arrives(0).breaks(rule);
    transferring().arrives(0).to(JobState::Queued, Stimulus::AllFilesDone).breaks(rule);
    let two = Story::new().create(JobType::Download).add().add().resume().transferring().at(1);
    two.clone().arrives(0).at(2).arrives(1).transferred().holds(rule);
    two.clone().arrives(0).leaves(rule);
    two.arrives(0).transferred().breaks(rule);
}

#[test]
fn an_upload_is_transferred_when_the_server_has_it() {
    let rule = RuleId::BITS_STATE_008;
    let story = Story::new().create(JobType::Upload).add().resume().transferring().at(1);
    let whole = story.clone().bytes(0, 100).file(0, FileChange::Finished);
    whole.clone().at(2).transferred().holds(rule);
    whole.clone().at(2).transferred().is_clean_in("BITS-STATE");
    story.bytes(0, 100).transferred().breaks(rule);
    whole.clone().at(3).breaks(rule);
    let refused = whole.fails(Hresult::http(503), ErrorContext::RemoteApplication);
    refused.to(JobState::TransientError, Stimulus::TransferErrorTransient).leaves(rule);
}

#[test]
fn an_upload_reply_waits_for_the_reply() {
    let rule = RuleId::BITS_STATE_009;
    let story = Story::new().create(JobType::UploadReply).add().resume().transferring().at(1);
    let story = story.bytes(0, 100).file(0, FileChange::Finished).at(2);
    let reply = Happened::Bytes { job: JobId(0), file: FileId(0), of: Payload::Reply, done: 10 };
    let whole = story.clone().push(reply).file(0, FileChange::ReplyFinished).transferred();
    whole.holds(rule);
    story.transferred().breaks(rule);
}

#[test]
fn final_states_are_final() {
    let rule = RuleId::BITS_STATE_010;
    cancelled().env(Disturbance::NetworkLost).holds(rule);
    cancelled().to(JobState::Queued, Stimulus::NetworkRegained).breaks(rule);
    download().leaves(rule);
}

#[test]
fn acknowledged_and_cancelled_need_a_cause() {
    let (done, gone) = (RuleId::BITS_STATE_011, RuleId::BITS_STATE_012);
    let complete = |hr| {
        let story = download().call(JobCall::Complete, hr);
        story.to(JobState::Acknowledged, Stimulus::Complete)
    };
    complete(Hresult::BG_S_PARTIAL_COMPLETE).holds(done);
    complete(Hresult::E_FAIL).breaks(done);
    transferred().to(JobState::Acknowledged, Stimulus::AllFilesDone).breaks(done);
    cancelled().holds(gone);
    let inactive = Stimulus::InactivityTimeoutExpires;
    download().at(9).to(JobState::Cancelled, inactive).holds(gone);
    download().at(9).to(JobState::Cancelled, Stimulus::OwnerLogsOff).breaks(gone);
    download().at(9).to(JobState::Cancelled, Stimulus::Cancel).breaks(gone);
}

#[test]
fn resting_states_end_by_calls_only() {
    let suspend = |story: Story| {
        story.call(JobCall::Suspend, OK).to(JobState::Suspended, Stimulus::Suspend).at(5)
    };
    for (story, rule) in [
        (suspend(download()), RuleId::BITS_STATE_013),
        (error(), RuleId::BITS_STATE_014),
        (transferred().add(), RuleId::BITS_STATE_015),
        (transient(), RuleId::BITS_STATE_016),
    ] {
        story.clone().resume().holds(rule);
        story.clone().to(JobState::Queued, Stimulus::Resume).breaks(rule);
        story.to(JobState::Queued, Stimulus::OwnerLogsOn).breaks(rule);
    }
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let restarted = transient().env(restart).to(JobState::Queued, Stimulus::ServiceRestart);
    restarted.holds(RuleId::BITS_STATE_016);
    transferred().resume().breaks(RuleId::BITS_STATE_015);
    transferred().bytes(0, 10).breaks(RuleId::BITS_STATE_015);
    let attempt = Happened::AttemptBegan { job: JobId(0), number: 2 };
    error().push(attempt).breaks(RuleId::BITS_STATE_014);
}

#[test]
fn the_class_of_an_error_decides() {
    let rule = RuleId::BITS_STATE_017;
    error().holds(rule);
    transient().holds(rule);
    let fatal = transferring().fails(Hresult::http(404), WHERE);
    fatal.to(JobState::TransientError, Stimulus::TransferErrorFatal).breaks(rule);
    let unavailable = || transferring().fails(Hresult::http(503), WHERE);
    unavailable().to(JobState::Error, Stimulus::TransferErrorTransient).breaks(rule);
    let late = unavailable().to(JobState::TransientError, Stimulus::TransferErrorTransient);
    let late = late.timer(Timer::NoProgressTimeout, TimerEvent::Fired);
    late.to(JobState::Error, Stimulus::NoProgressTimeoutExpires).holds(rule);

    let wrong = |story: Story| {
        let story = story.fails_as(Hresult::http(503), Class::Fatal, WHERE);
        story.to(JobState::Error, Stimulus::TransferErrorFatal)
    };
    wrong(transferring()).breaks(rule);
    let fault = Fault {
        number: 1,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(503),
        times: None,
        class: Some(Class::Fatal),
    };
    wrong(transferring().env(Disturbance::FaultBegins(Box::new(fault)))).holds(rule);
}

#[test]
fn a_block_stops_every_job() {
    let rule = RuleId::BITS_STATE_018;
    let blocked = transferring().env(Disturbance::BlockBegins(Block::BatterySaver));
    let code = Block::BatterySaver.code();
    let info =
        ErrorInfo { code, context: ErrorContext::GeneralQueueManager, file: None, protocol: None };
    let job = JobId(0);
    let stopped = blocked
        .clone()
        .ends(AttemptOutcome::Blocked { code })
        .push(Happened::ErrorInfo { job, info })
        .to(JobState::TransientError, Stimulus::BlockBegins)
        .at(9);
    stopped.holds(rule);
    stopped.is_clean_in("BITS-STATE");
    blocked.at(9).breaks(rule);
    let old = Story::on(Target::bits(4, 0)).create(JobType::Download).add().resume().at(1);
    old.env(Disturbance::BlockBegins(Block::Cost)).at(9).leaves(rule);
    let early = Story::new().env(Disturbance::BlockBegins(Block::Cost));
    let early = early.create(JobType::Download).add().resume().connecting();
    early.breaks(rule);
}

#[test]
fn the_four_methods_are_legal() {
    let rule = RuleId::BITS_STATE_019;
    let refused = Hresult::BG_E_INVALID_STATE;
    transient().call(JobCall::Suspend, OK).holds(rule);
    transient().call(JobCall::Suspend, refused).breaks(rule);
    let upload = Story::new().create(JobType::Upload).add();
    upload.clone().call(JobCall::Complete, refused).leaves(rule);
    upload.call(JobCall::Cancel, refused).breaks(rule);
}

#[test]
fn only_listed_changes_are_legal() {
    let rule = RuleId::BITS_STATE_020;
    transferred().holds(rule);
    download().to(JobState::Transferred, Stimulus::SchedulerPicksJob).holds(rule);
    transferred().to(JobState::Transferring, Stimulus::Resume).breaks(rule);
    error().to(JobState::TransientError, Stimulus::NetworkLost).breaks(rule);
    download().to(JobState::Queued, Stimulus::Resume).breaks(rule);
}

#[test]
fn failing_calls_change_nothing() {
    let rule = RuleId::BITS_STATE_021;
    let failed = download().call(JobCall::SetPriority(9), Hresult::E_NOTIMPL);
    failed.holds(rule);
    failed.to(JobState::Suspended, Stimulus::SetPriority).breaks(rule);
    let complete = transferred().call(JobCall::Complete, Hresult::E_FAIL);
    complete.to(JobState::Acknowledged, Stimulus::Complete).breaks(rule);
}
