use super::*;
use crate::rules::testing::{Story, delivery, url};
use bitsim_vocab::call::Reply;
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{ErrorContext, JobType, Target};

const OK: Hresult = Hresult::S_OK;
const REFUSED: Hresult = Hresult::DO_E_INVALID_STATE;

fn created() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add()
}

fn resume(story: Story, to: JobState) -> Story {
    story.call(JobCall::Resume, OK).to(to, Stimulus::Resume)
}

fn failed(code: Hresult, to: JobState, cause: Stimulus) -> Story {
    delivery().at(1).fails(code, ErrorContext::None).to(to, cause).at(2)
}

fn error() -> Story {
    failed(Hresult::http(404), JobState::Error, Stimulus::TransferErrorFatal)
}

fn transient() -> Story {
    let cause = Stimulus::TransferErrorTransient;
    failed(Hresult::http(503), JobState::TransientError, cause)
}

fn transferred() -> Story {
    delivery().at(1).arrives(0).transferred().at(2)
}

/// Suspended with 40 bytes of its file.
fn suspended() -> Story {
    let story = delivery().at(1).bytes(0, 40).call(JobCall::Suspend, OK);
    story.to(JobState::Suspended, Stimulus::Suspend).at(2)
}

#[test]
fn a_suspended_job_runs() {
    let rule = RuleId::DO_RESUME_001;
    delivery().holds(rule);
    delivery().is_clean_in("DO-RESUME");
    created().call(JobCall::Resume, OK).breaks(rule);
    created().call(JobCall::Resume, Hresult::E_FAIL).breaks(rule);
    resume(created(), JobState::Queued).breaks(rule);
}

#[test]
fn a_job_waits_for_a_slot_its_owner_or_a_network() {
    let rule = RuleId::DO_RESUME_001;
    let full = Story::on(Target::DO_LEGACY).setup(|setup| setup.delivery.slots = 1);
    let full = full.create(JobType::Download).add().starts().create(JobType::Download).add();
    let waits = resume(full.clone(), JobState::Queued);
    waits.holds(rule);
    waits.clone().about(0).arrives(0).transferred().about(1).is_clean_in("DO-RESUME");
    full.starts().holds(rule);
    let offline = created().env(Disturbance::NetworkLost);
    resume(offline.clone(), JobState::Queued).holds(rule);
    resume(offline.clone(), JobState::TransientError).holds(rule);
    resume(offline, JobState::Transferred).breaks(rule);
}

#[test]
fn an_empty_job_is_refused() {
    let rule = RuleId::DO_RESUME_002;
    let story = Story::on(Target::DO_LEGACY).create(JobType::Download);
    story.clone().call(JobCall::Resume, Hresult::DO_E_JOB_EMPTY).holds(rule);
    story.clone().call(JobCall::Resume, OK).breaks(rule);
    story.clone().call(JobCall::Resume, Hresult::BG_E_EMPTY).breaks(rule);
    let moved = story.call(JobCall::Resume, Hresult::DO_E_JOB_EMPTY);
    moved.to(JobState::Queued, Stimulus::Resume).breaks(rule);
}

#[test]
fn final_jobs_refuse() {
    let rule = RuleId::DO_RESUME_003;
    let story = delivery().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    story.clone().call(JobCall::Resume, REFUSED).holds(rule);
    story.clone().call(JobCall::Resume, OK).breaks(rule);
    story.call(JobCall::Resume, Hresult::BG_E_INVALID_STATE).breaks(rule);
}

#[test]
fn an_error_is_retried_at_once() {
    let rule = RuleId::DO_RESUME_004;
    for story in [error(), transient()] {
        story.clone().starts().holds(rule);
        story.clone().starts().is_clean_in("DO-RESUME");
        story.clone().call(JobCall::Resume, OK).breaks(rule);
        story.clone().call(JobCall::Resume, REFUSED).breaks(rule);
        resume(story.clone(), JobState::Queued).breaks(rule);
        resume(story.clone(), JobState::Transferring).breaks(rule);
        let idle = resume(story.clone(), JobState::Transferring).at(9);
        idle.to(JobState::Queued, Stimulus::OwnerLogsOff).breaks(rule);
        let blocked = resume(story.env(Disturbance::NetworkLost), JobState::Queued);
        blocked.at(9).to(JobState::TransientError, Stimulus::NetworkLost).holds(rule);
    }
    let offline = transient().env(Disturbance::NetworkLost);
    offline.call(JobCall::Resume, OK).holds(rule);
}

#[test]
fn active_jobs_are_left_alone() {
    let rule = RuleId::DO_RESUME_005;
    let story = delivery().at(1).bytes(0, 40);
    story.clone().call(JobCall::Resume, OK).holds(rule);
    story.clone().call(JobCall::Resume, REFUSED).breaks(rule);
    resume(story.clone(), JobState::Queued).breaks(rule);
    let stopped = AttemptOutcome::Stopped { by: Stimulus::Resume };
    story.clone().call(JobCall::Resume, OK).ends(stopped).breaks(rule);
    let again = story.call(JobCall::Resume, OK).file(0, FileChange::Restarted);
    again.breaks(rule);
    let unfit = |setup: &mut Setup| setup.servers.iter_mut().for_each(|one| one.ranges = false);
    again.setup(unfit).holds(rule);
    // The answer of a server without ranges may come in the instant of the call.
    resume(suspended(), JobState::Transferring).file(0, FileChange::Restarted).leaves(rule);
}

#[test]
fn what_is_transferred_is_not_fetched_again() {
    let rule = RuleId::DO_RESUME_006;
    transferred().call(JobCall::Resume, OK).holds(rule);
    transferred().call(JobCall::Resume, REFUSED).breaks(rule);
    transferred().starts().breaks(rule);
    let added = transferred().add();
    added.clone().call(JobCall::Resume, OK).breaks(rule);
    let again = added.call(JobCall::Resume, OK).runs(Stimulus::Resume, 1, 0).at(3);
    let whole = again.clone().arrives(1).transferred();
    whole.holds(rule);
    whole.is_clean_in("DO-RESUME");
    again.clone().bytes(0, 50).breaks(rule);
    again.file(0, FileChange::Restarted).breaks(rule);
}

#[test]
fn resume_stores_remote_names() {
    let rule = RuleId::DO_RESUME_007;
    let file = FileId(0);
    let set = || suspended().call(JobCall::SetRemoteName { file, url: url(9) }, OK);
    let set = || set().file(0, FileChange::RemoteName(url(9)));
    let restart =
        |story: Story| story.at(5).env(Disturbance::ServiceRestarts { list_readable: true });
    let told = |story: Story, name| story.get(JobCall::GetRemoteName(file), Reply::Text(name));
    told(restart(set()), url(1)).holds(rule);
    told(restart(set()), url(9)).breaks(rule);
    told(restart(set().starts()), url(9)).holds(rule);
    told(restart(set().starts()), url(1)).breaks(rule);
    told(set(), url(9)).leaves(rule);
}

#[test]
fn bytes_survive_suspend_and_resume() {
    let rule = RuleId::DO_RESUME_008;
    let again = |held| suspended().call(JobCall::Resume, OK).runs(Stimulus::Resume, 0, held);
    again(40).holds(rule);
    again(40).at(3).bytes(0, 60).holds(rule);
    again(0).breaks(rule);
    again(40).bytes(0, 30).breaks(rule);
    suspended().starts().file(0, FileChange::Restarted).breaks(rule);
    let stamped = |stamped| Disturbance::RemoteFileChanges { url: url(1), size: 100, stamped };
    suspended().env(stamped(true)).starts().leaves(rule);
    suspended().env(stamped(false)).starts().breaks(rule);
    let poor = Story::on(Target::DO_LEGACY).setup(|setup| setup.servers[0].ranges = false);
    let poor = poor.create(JobType::Download).add().starts().at(1).bytes(0, 40);
    let poor = poor.call(JobCall::Suspend, OK).to(JobState::Suspended, Stimulus::Suspend);
    poor.starts().leaves(rule);
    suspended().file(0, FileChange::RemoteName(url(2))).starts().leaves(rule);
}
