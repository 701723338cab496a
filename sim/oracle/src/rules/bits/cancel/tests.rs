use crate::rules::testing::{APP, OWNER, Story, download};
use super::*;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::{Call, FileId};

const OK: Hresult = Hresult::S_OK;
const UNABLE: Hresult = Hresult::BG_S_UNABLE_TO_DELETE_FILES;
const STOPPED: AttemptOutcome = AttemptOutcome::Stopped { by: Stimulus::Cancel };

fn cancel(story: Story, hr: Hresult) -> Story {
    story.call(JobCall::Cancel, hr)
}

fn to_cancelled(story: Story) -> Story {
    story.to(JobState::Cancelled, Stimulus::Cancel)
}

/// A download of two files, one there and one half there.
fn half() -> Story {
    let story = Story::new().create(JobType::Download).add().add().resume().transferring();
    story.at(1).arrives(0).bytes(1, 50).at(2)
}

/// A cancelled upload of which half was on the server, with a no-progress timeout of an hour.
fn withdrawn() -> Story {
    let story = Story::new().create(JobType::Upload).add();
    let story = story.call(JobCall::SetNoProgressTimeout(3_600), OK).resume().transferring().at(1);
    to_cancelled(cancel(story.bytes(0, 50), OK).ends(STOPPED))
}

fn request(story: Story, acknowledged: bool) -> Story {
    story.push(Happened::UploadCancelRequested { job: JobId(0), acknowledged })
}

fn leave(story: Story) -> Story {
    story.push(Happened::LeftQueue { job: JobId(0) })
}

#[test]
fn a_job_is_cancelled_in_every_state() {
    let rule = RuleId::BITS_CANCEL_001;
    for story in [Story::new().create(JobType::Download), download(), download().transferring()] {
        to_cancelled(cancel(story.clone(), OK)).holds(rule);
        cancel(story.clone(), OK).breaks(rule);
        cancel(story, Hresult::BG_E_INVALID_STATE).breaks(rule);
    }
    let story = to_cancelled(cancel(download(), OK)).at(1);
    let listed = vec![JobId(0)];
    story.called(APP, Call::EnumJobs { all_users: false }, OK, Reply::Jobs(listed)).breaks(rule);
}

#[test]
fn temporary_files_are_deleted() {
    let rule = RuleId::BITS_CANCEL_002;
    let story = cancel(half(), OK).ends(STOPPED).file(0, FileChange::TempDeleted);
    let both = to_cancelled(story.clone().file(1, FileChange::TempDeleted));
    both.holds(rule);
    both.is_clean_in("BITS-CANCEL");
    to_cancelled(story).breaks(rule);
    to_cancelled(cancel(download(), OK)).leaves(rule);
    let renamed = cancel(half(), OK).file(0, FileChange::Renamed { owner: OWNER });
    to_cancelled(renamed.file(1, FileChange::TempDeleted)).breaks(rule);
}

#[test]
fn leftovers_are_reported() {
    let rule = RuleId::BITS_CANCEL_003;
    let story = |hr| {
        let story = cancel(half(), hr).ends(STOPPED).file(0, FileChange::TempKept);
        to_cancelled(story.file(1, FileChange::TempDeleted))
    };
    story(UNABLE).holds(rule);
    story(UNABLE).is_clean_in("BITS-CANCEL");
    story(OK).breaks(rule);
    to_cancelled(cancel(download(), UNABLE)).breaks(rule);
}

#[test]
fn final_jobs_refuse() {
    let story = to_cancelled(cancel(download(), OK)).at(1);
    cancel(story.clone(), Hresult::BG_E_INVALID_STATE).holds(RuleId::BITS_CANCEL_004);
    cancel(story, OK).breaks(RuleId::BITS_CANCEL_004);
}

#[test]
fn requests_to_the_server_end() {
    let (rule, gone) = (RuleId::BITS_CANCEL_005, RuleId::BITS_CANCEL_006);
    let story = request(request(withdrawn(), false).at(601), false);
    let left = leave(story.clone().at(3_601));
    left.holds(rule);
    left.holds(gone);
    leave(story.clone().at(602)).breaks(rule);
    request(story.clone().at(86_401), false).breaks(rule);
    leave(story.clone().at(86_401)).breaks(gone);
    let story = story.at(9_999).env(Disturbance::NetworkLost);
    story.breaks(gone);
}

#[test]
fn a_partial_upload_is_removed() {
    let rule = RuleId::BITS_CANCEL_007;
    let story = request(withdrawn(), true);
    leave(story.clone().file(0, FileChange::RemovedFromServer)).holds(rule);
    leave(story).breaks(rule);
    let whole = Story::new().create(JobType::Upload).add().resume().transferring().at(1);
    let whole = whole.bytes(0, 100).file(0, FileChange::Finished).transferred().at(2);
    let whole = to_cancelled(cancel(whole, OK));
    whole.clone().leaves(rule);
    whole.file(0, FileChange::RemovedFromServer).breaks(rule);
}

#[test]
fn cancelling_a_reply_ends_the_job() {
    let rule = RuleId::BITS_CANCEL_008;
    let story = Story::new().create(JobType::UploadReply).add().resume().transferring().at(1);
    let story = story.bytes(0, 100).file(0, FileChange::Finished).at(2);
    let cancelled = to_cancelled(cancel(story.clone(), OK).ends(STOPPED));
    cancelled.holds(rule);
    cancel(story, OK).breaks(rule);
    let (job, of) = (JobId(0), Payload::Reply);
    cancelled.at(3).push(Happened::Bytes { job, file: FileId(0), of, done: 5 }).breaks(rule);
}
