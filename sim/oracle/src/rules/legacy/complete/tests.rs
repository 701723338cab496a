use super::*;
use crate::rules::testing::{OWNER, Story, delivery};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{FileId, JobType, Target};

const OK: Hresult = Hresult::S_OK;
const REFUSED: Hresult = Hresult::DO_E_INVALID_STATE;
const RENAMED: FileChange = FileChange::Renamed { owner: OWNER };
const RENAME_DENIED: FileChange = FileChange::RenameFailed(Hresult::E_ACCESSDENIED);

fn complete(story: Story, hr: Hresult) -> Story {
    story.call(JobCall::Complete, hr)
}

fn acknowledged(story: Story) -> Story {
    story.to(JobState::Acknowledged, Stimulus::Complete)
}

fn two() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add().add().starts().at(1)
}

/// Two files, both there.
fn transferred() -> Story {
    two().arrives(0).arrives(1).transferred().at(2)
}

/// Two files, one there and one half there.
fn half() -> Story {
    two().arrives(0).bytes(1, 50).at(2)
}

fn tell(story: Story, file: u32, completed: bool) -> Story {
    let reply = Reply::FileProgress { bytes_total: 100, bytes_transferred: 100, completed };
    story.get(JobCall::GetFileProgress(FileId(file)), reply)
}

#[test]
fn a_transferred_job_becomes_available() {
    let rule = RuleId::DO_COMPLETE_001;
    let story = complete(transferred(), OK).file(0, RENAMED).file(1, RENAMED);
    acknowledged(story.clone()).holds(rule);
    acknowledged(story.clone()).is_clean_in("DO-COMPLETE");
    story.breaks(rule);
    acknowledged(complete(transferred(), OK).file(0, RENAMED)).breaks(rule);
    let partial = Hresult::BG_S_PARTIAL_COMPLETE;
    acknowledged(complete(transferred(), partial).file(0, RENAMED).file(1, RENAMED)).breaks(rule);
    complete(transferred(), REFUSED).breaks(rule);
}

#[test]
fn a_job_can_be_completed_early() {
    let (rule, code) = (RuleId::DO_COMPLETE_002, RuleId::DO_COMPLETE_004);
    let early =
        |hr| acknowledged(complete(half(), hr).file(0, RENAMED).file(1, FileChange::TempDeleted));
    for hr in [OK, Hresult::BG_S_PARTIAL_COMPLETE] {
        early(hr).holds(rule);
        early(hr).holds(code);
        early(hr).is_clean_in("DO-COMPLETE");
    }
    early(Hresult::E_FAIL).breaks(code);
    complete(half(), REFUSED).breaks(rule);
    acknowledged(complete(half(), OK).file(0, RENAMED)).breaks(rule);
    acknowledged(complete(half(), OK).file(1, FileChange::TempDeleted)).breaks(rule);
    acknowledged(complete(half(), OK).file(0, RENAMED).file(1, RENAMED)).breaks(rule);
    let kept = complete(half(), OK).file(0, RENAMED).file(1, FileChange::TempKept);
    acknowledged(kept).is_clean_in("DO-COMPLETE");
    let empty = Story::on(Target::DO_LEGACY).create(JobType::Download);
    acknowledged(complete(empty, OK)).holds(rule);
    acknowledged(complete(delivery(), OK)).holds(rule);
}

#[test]
fn final_jobs_refuse() {
    let rule = RuleId::DO_COMPLETE_003;
    let story = acknowledged(complete(transferred(), OK).file(0, RENAMED).file(1, RENAMED)).at(3);
    complete(story.clone(), REFUSED).holds(rule);
    complete(story, OK).breaks(rule);
}

#[test]
fn a_rename_that_fails_keeps_the_job() {
    let rule = RuleId::DO_COMPLETE_005;
    let denied = Hresult::E_ACCESSDENIED;
    let failed = FileChange::RenameFailed(denied);
    let stays = complete(transferred(), denied).file(0, RENAMED).file(1, failed.clone());
    stays.holds(rule);
    stays.is_clean_in("DO-COMPLETE");
    let wrong = complete(transferred(), OK).file(0, RENAMED).file(1, failed.clone());
    acknowledged(wrong.clone()).breaks(rule);
    wrong.breaks(rule);
    acknowledged(stays.clone()).breaks(rule);
    complete(transferred(), denied).file(0, failed).file(1, RENAMED).breaks(rule);
    tell(stays.clone(), 0, true).holds(rule);
    tell(stays.clone(), 0, false).breaks(rule);
    tell(stays.clone(), 1, true).breaks(rule);
    let again = acknowledged(complete(stays.clone().at(9), OK).file(1, RENAMED));
    again.holds(RuleId::DO_COMPLETE_001);
    again.is_clean_in("DO-COMPLETE");
    complete(stays.at(9), REFUSED).breaks(rule);
}

#[test]
fn only_complete_gives_final_names() {
    let rule = RuleId::DO_COMPLETE_007;
    transferred().holds(rule);
    transferred().file(0, RENAMED).breaks(rule);
    half().file(0, RENAMED).breaks(rule);
    let denied = Hresult::E_ACCESSDENIED;
    let failed = |story| complete(story, denied).file(0, RENAMED).file(1, RENAME_DENIED);
    failed(transferred()).is_clean_of(&[rule]);
    failed(transferred().env(Disturbance::LogOff(OWNER))).is_clean_of(&[rule]);
}

#[test]
fn completed_tells_what_is_available() {
    let rule = RuleId::DO_COMPLETE_008;
    tell(transferred(), 0, false).holds(rule);
    tell(transferred(), 0, true).breaks(rule);
    let story = acknowledged(complete(transferred(), OK).file(0, RENAMED).file(1, RENAMED)).at(3);
    tell(story.clone(), 0, true).holds(rule);
    tell(story, 0, false).breaks(rule);
}
