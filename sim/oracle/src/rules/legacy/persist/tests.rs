use super::*;
use crate::rules::testing::{APP, Story, delivery};
use bitsim_vocab::trace::{AttemptOutcome, FileChange};
use bitsim_vocab::{Priority, Target};

const OK: Hresult = Hresult::S_OK;
const GONE: Hresult = Hresult::DO_E_JOB_NOT_FOUND;
const OLD: u64 = 30 * 86_400;
const TICKS: i64 = 10_000_000;

fn get(story: Story, hr: Hresult) -> Story {
    story.called(APP, Call::GetJob(JobId(0)), hr, Reply::None)
}

fn restart(story: Story) -> Story {
    story.env(Disturbance::ServiceRestarts { list_readable: true })
}

fn suspended() -> Story {
    let story = delivery().at(1).bytes(0, 40).call(JobCall::Suspend, OK);
    story.to(JobState::Suspended, Stimulus::Suspend).at(2)
}

#[test]
fn old_jobs_are_removed() {
    let rule = RuleId::DO_PERSIST_001;
    let aged = |story: Story| story.to(JobState::Cancelled, Stimulus::JobTooOld);
    let story = suspended().at(OLD);
    let removed = aged(story.clone().file(0, FileChange::TempDeleted));
    removed.holds(rule);
    removed.is_clean_in("DO-PERSIST");
    aged(story.clone()).breaks(rule);
    get(removed.clone(), GONE).holds(rule);
    get(removed, OK).breaks(rule);
    story.clone().at(OLD + 90).env(Disturbance::NetworkLost).breaks(rule);
    get(story.clone().at(OLD + 90), OK).breaks(rule);
    get(story, OK).leaves(rule);
    let shifted = suspended().env(Disturbance::WallClockMoves(TICKS * 86_400 * 40));
    get(shifted, OK).leaves(rule);
}

#[test]
fn jobs_outlive_service_and_client() {
    let rule = RuleId::DO_PERSIST_003;
    get(restart(suspended()), OK).holds(rule);
    get(restart(suspended()), GONE).breaks(rule);
    restart(suspended()).call(JobCall::GetState, GONE).breaks(rule);
    get(suspended(), OK).leaves(rule);
    let exited = suspended().env(Disturbance::ClientExits(APP)).at(9);
    let back = exited.env(Disturbance::ClientStarts(APP));
    get(back.clone(), OK).holds(rule);
    get(back, GONE).breaks(rule);
    let lost = suspended().env(Disturbance::ServiceRestarts { list_readable: false });
    get(lost, GONE).leaves(rule);
    suspended().push(Happened::LeftQueue { job: JobId(0) }).breaks(rule);
    get(restart(suspended()).at(OLD + 1), GONE).is_clean_of(&[rule]);
}

#[test]
fn states_outlive_the_service() {
    let rule = RuleId::DO_PERSIST_003;
    let cause = Stimulus::ServiceRestart;
    let stopped = AttemptOutcome::Stopped { by: cause };
    restart(delivery()).ends(stopped).to(JobState::Queued, cause).holds(rule);
    restart(delivery()).ends(stopped).to(JobState::Error, cause).breaks(rule);
    restart(suspended()).to(JobState::Queued, cause).breaks(rule);
    let computer = delivery().env(Disturbance::ComputerRestarts).ends(stopped);
    computer.to(JobState::TransientError, Stimulus::ComputerRestart).holds(rule);
}

#[test]
fn properties_outlive_the_service() {
    let rule = RuleId::DO_PERSIST_003;
    let story = || restart(suspended().call(JobCall::SetPriority(1), OK));
    let told = |value| story().get(JobCall::GetPriority, Reply::Priority(value));
    told(Priority::High).holds(rule);
    told(Priority::Normal).breaks(rule);
    let files = |files| story().get(JobCall::EnumFiles, Reply::Files(files));
    files(vec![bitsim_vocab::FileId(0)]).holds(rule);
    files(Vec::new()).breaks(rule);
    let quiet = Story::on(Target::DO_LEGACY);
    quiet.leaves(rule);
}
