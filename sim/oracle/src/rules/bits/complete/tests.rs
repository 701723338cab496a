use crate::rules::testing::{APP, OWNER, Story};
use super::*;
use bitsim_vocab::FileId;
use bitsim_vocab::JobId;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::Payload;

const OK: Hresult = Hresult::S_OK;
const PARTIAL: Hresult = Hresult::BG_S_PARTIAL_COMPLETE;
const UNABLE: Hresult = Hresult::BG_S_UNABLE_TO_DELETE_FILES;
const RENAMED: FileChange = FileChange::Renamed { owner: OWNER };

fn complete(story: Story, hr: Hresult) -> Story {
    story.call(JobCall::Complete, hr)
}

fn acknowledged(story: Story) -> Story {
    story.to(JobState::Acknowledged, Stimulus::Complete)
}

/// A download of two files, both there.
fn transferred() -> Story {
    let story = Story::new().create(JobType::Download).add().add().resume().transferring();
    story.at(1).arrives(0).arrives(1).transferred().at(2)
}

/// A download of two files, one there and one half there.
fn half() -> Story {
    let story = Story::new().create(JobType::Download).add().add().resume().transferring();
    story.at(1).arrives(0).bytes(1, 50).at(2)
}

fn upload(job_type: JobType) -> Story {
    let story = Story::new().create(job_type).add().resume().transferring().at(1);
    let story = story.bytes(0, 100).file(0, FileChange::Finished);
    match job_type {
        JobType::UploadReply => {
            let job = JobId(0);
            let reply = Happened::Bytes { job, file: FileId(0), of: Payload::Reply, done: 10 };
            story.push(reply).file(0, FileChange::ReplyFinished).transferred().at(2)
        }
        _ => story.transferred().at(2),
    }
}

#[test]
fn a_transferred_download_becomes_available() {
    let rule = RuleId::BITS_COMPLETE_001;
    let story = complete(transferred(), OK).file(0, RENAMED).file(1, RENAMED);
    acknowledged(story.clone()).holds(rule);
    acknowledged(story.clone()).is_clean_in("BITS-COMPLETE");
    story.breaks(rule);
    acknowledged(complete(transferred(), OK).file(0, RENAMED)).breaks(rule);
    acknowledged(complete(transferred(), PARTIAL).file(0, RENAMED).file(1, RENAMED)).breaks(rule);
}

#[test]
fn a_download_can_be_completed_early() {
    let rule = RuleId::BITS_COMPLETE_002;
    let story = complete(half(), PARTIAL).file(0, RENAMED);
    let whole = acknowledged(story.clone().file(1, FileChange::TempDeleted));
    whole.holds(rule);
    whole.holds(RuleId::BITS_COMPLETE_003);
    whole.is_clean_in("BITS-COMPLETE");
    acknowledged(story).breaks(rule);
    let drops = complete(half(), PARTIAL).file(1, FileChange::TempDeleted);
    acknowledged(drops).breaks(rule);
    let ok = complete(half(), OK).file(0, RENAMED).file(1, FileChange::TempDeleted);
    acknowledged(ok).breaks(rule);
    complete(half(), Hresult::BG_E_INVALID_STATE).breaks(rule);
    let empty = Story::new().create(JobType::Download);
    acknowledged(complete(empty, OK)).holds(rule);
    let whole = transferred().call(JobCall::Suspend, OK);
    let whole = whole.to(JobState::Suspended, Stimulus::Suspend).at(3);
    let whole = complete(whole, OK).file(0, RENAMED).file(1, RENAMED);
    acknowledged(whole).holds(rule);
}

#[test]
fn a_partial_file_is_not_saved() {
    let story = complete(half(), PARTIAL).file(0, RENAMED).file(1, RENAMED);
    acknowledged(story).breaks(RuleId::BITS_COMPLETE_003);
}

#[test]
fn an_upload_can_be_completed_at_the_end_only() {
    let rule = RuleId::BITS_COMPLETE_004;
    for job_type in [JobType::Upload, JobType::UploadReply] {
        let early = Story::new().create(job_type).add().resume();
        complete(early.clone(), Hresult::BG_E_INVALID_STATE).holds(rule);
        acknowledged(complete(early, OK)).breaks(rule);
        acknowledged(complete(upload(job_type), OK)).holds(rule);
        complete(upload(job_type), Hresult::BG_E_INVALID_STATE).breaks(rule);
    }
}

#[test]
fn final_jobs_refuse() {
    let story = acknowledged(complete(transferred(), OK).file(0, RENAMED).file(1, RENAMED)).at(3);
    complete(story.clone(), Hresult::BG_E_INVALID_STATE).holds(RuleId::BITS_COMPLETE_005);
    complete(story, OK).breaks(RuleId::BITS_COMPLETE_005);
}

#[test]
fn leftovers_are_reported() {
    let rule = RuleId::BITS_COMPLETE_006;
    let kept =
        |hr| acknowledged(complete(half(), hr).file(0, RENAMED).file(1, FileChange::TempKept));
    kept(UNABLE).holds(rule);
    kept(UNABLE).is_clean_in("BITS-COMPLETE");
    kept(PARTIAL).breaks(rule);
    acknowledged(complete(transferred(), UNABLE).file(0, RENAMED).file(1, RENAMED)).breaks(rule);
}

#[test]
fn a_rename_that_fails_keeps_the_job() {
    let denied = Hresult::E_ACCESSDENIED;
    let failed = FileChange::RenameFailed(denied);
    let stays = complete(transferred(), denied).file(0, RENAMED).file(1, failed.clone());
    stays.holds(RuleId::BITS_COMPLETE_007);
    stays.holds(RuleId::BITS_COMPLETE_009);
    stays.is_clean_in("BITS-COMPLETE");
    acknowledged(complete(transferred(), OK).file(0, RENAMED).file(1, failed.clone()))
        .breaks(RuleId::BITS_COMPLETE_007);
    complete(transferred(), denied)
        .file(0, failed)
        .file(1, RENAMED)
        .breaks(RuleId::BITS_COMPLETE_009);

    let rule = RuleId::BITS_COMPLETE_008;
    stays.leaves(rule);
    let again = stays.at(9);
    acknowledged(complete(again.clone(), OK).file(1, RENAMED)).holds(rule);
    acknowledged(complete(again.clone(), OK).file(0, RENAMED).file(1, RENAMED)).breaks(rule);
    complete(again, Hresult::BG_E_INVALID_STATE).breaks(rule);
}

#[test]
fn only_complete_gives_final_names() {
    let rule = RuleId::BITS_COMPLETE_010;
    transferred().file(0, RENAMED).breaks(rule);
    complete(transferred(), OK).file(0, RENAMED).holds(rule);
    upload(JobType::UploadReply).file(0, FileChange::ReplyRenamed).breaks(rule);
}

#[test]
fn a_completed_job_is_off_the_queue_and_still_answers() {
    let rule = RuleId::BITS_COMPLETE_012;
    let story = acknowledged(complete(transferred(), OK).file(0, RENAMED).file(1, RENAMED)).at(3);
    let enumerate = |story: Story, list| {
        story.called(APP, Call::EnumJobs { all_users: false }, OK, Reply::Jobs(list))
    };
    enumerate(story.clone(), Vec::new()).holds(rule);
    enumerate(story.clone(), vec![JobId(0)]).breaks(rule);
    enumerate(transferred(), vec![JobId(0)]).leaves(rule);
    let state = Reply::State(JobState::Acknowledged);
    story.clone().get(JobCall::GetState, state).holds(rule);
    story.clone().call(JobCall::GetState, Hresult::BG_E_INVALID_STATE).breaks(rule);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let gone = story.at(9).env(restart).call(JobCall::GetState, Hresult::BG_E_NOT_FOUND);
    gone.leaves(rule);
}

#[test]
fn completing_an_upload_needs_no_server() {
    let rule = RuleId::BITS_COMPLETE_013;
    let offline = || upload(JobType::Upload).at(5).env(Disturbance::NetworkLost);
    acknowledged(complete(offline(), OK)).holds(rule);
    complete(offline(), Hresult::BG_E_NETWORK_DISCONNECTED).breaks(rule);
    acknowledged(complete(upload(JobType::Upload), OK)).leaves(rule);
}
