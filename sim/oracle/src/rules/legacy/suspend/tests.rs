use super::*;
use crate::rules::testing::{Story, delivery};
use bitsim_vocab::call::{JobCall, Progress, Reply};
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::{ErrorContext, JobType, Target};

const OK: Hresult = Hresult::S_OK;
const REFUSED: Hresult = Hresult::DO_E_INVALID_STATE;

fn suspend(story: Story) -> Story {
    story.call(JobCall::Suspend, OK).to(JobState::Suspended, Stimulus::Suspend)
}

fn failed(code: Hresult, to: JobState, cause: Stimulus) -> Story {
    delivery().at(1).fails(code, ErrorContext::None).to(to, cause).at(2)
}

#[test]
fn active_jobs_stop() {
    let rule = RuleId::DO_SUSPEND_001;
    let queued = Story::on(Target::DO_LEGACY).create(JobType::Download).add();
    let queued = queued.call(JobCall::Resume, OK).to(JobState::Queued, Stimulus::Resume);
    let cause = Stimulus::TransferErrorTransient;
    let waiting = failed(Hresult::http(503), JobState::TransientError, cause);
    for story in [delivery().at(1), queued, waiting] {
        suspend(story.clone()).holds(rule);
        suspend(story.clone()).is_clean_in("DO-SUSPEND");
        story.clone().call(JobCall::Suspend, OK).breaks(rule);
        story.call(JobCall::Suspend, REFUSED).breaks(rule);
    }
    let stopped = delivery().at(1).call(JobCall::Suspend, OK).bytes(0, 40);
    let stopped = stopped.ends(AttemptOutcome::Stopped { by: Stimulus::Suspend });
    stopped.to(JobState::Suspended, Stimulus::Suspend).at(2).is_clean_in("DO-SUSPEND");
}

#[test]
fn final_jobs_refuse() {
    let rule = RuleId::DO_SUSPEND_002;
    let story = delivery().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    story.clone().call(JobCall::Suspend, REFUSED).holds(rule);
    story.clone().call(JobCall::Suspend, OK).breaks(rule);
    story.call(JobCall::Suspend, Hresult::BG_E_INVALID_STATE).breaks(rule);
}

#[test]
fn suspended_jobs_stay() {
    let rule = RuleId::DO_SUSPEND_003;
    let story = suspend(delivery()).at(1);
    story.clone().call(JobCall::Suspend, OK).holds(rule);
    story.call(JobCall::Suspend, REFUSED).breaks(rule);
}

#[test]
fn nothing_happens_while_suspended() {
    let rule = RuleId::DO_SUSPEND_004;
    let story = suspend(delivery().at(1));
    story.clone().at(9).starts().holds(rule);
    story.clone().leaves(rule);
    story.clone().at(9).bytes(0, 10).breaks(rule);
    let job = JobId(0);
    story.clone().at(9).push(Happened::AttemptBegan { job, number: 2 }).breaks(rule);
    let file = bitsim_vocab::FileId(0);
    story.clone().at(9).push(Happened::Requested { job, file, held: 0 }).breaks(rule);
    let sample = |story: Story, bytes| {
        let progress = Progress {
            bytes_total: 100,
            bytes_transferred: bytes,
            files_total: 1,
            files_transferred: 0,
        };
        story.get(JobCall::GetProgress, Reply::Progress(progress))
    };
    sample(sample(story.clone(), 10), 10).holds(rule);
    sample(sample(story.clone(), 10), 20).breaks(rule);
    sample(sample(story, 10).at(5).starts().at(6), 20).is_clean_of(&[rule]);
}

#[test]
fn jobs_at_rest_may_stay() {
    let rule = RuleId::DO_SUSPEND_005;
    let transferred = delivery().at(1).arrives(0).transferred().at(2);
    let error = failed(Hresult::http(404), JobState::Error, Stimulus::TransferErrorFatal);
    for story in [transferred, error] {
        suspend(story.clone()).holds(rule);
        story.clone().call(JobCall::Suspend, OK).holds(rule);
        story.clone().call(JobCall::Suspend, REFUSED).breaks(rule);
        let queued = story.call(JobCall::Suspend, OK);
        queued.to(JobState::Queued, Stimulus::Suspend).breaks(rule);
    }
}
