use super::*;
use crate::rules::testing::{APP, OWNER, Story, delivery};
use bitsim_vocab::trace::{AttemptOutcome, Recipient};
use bitsim_vocab::{JobType, NoteId, Reply, Target};

const OK: Hresult = Hresult::S_OK;
const REFUSED: Hresult = Hresult::DO_E_INVALID_STATE;

fn cancel(story: Story) -> Story {
    story.call(JobCall::Cancel, OK)
}

fn to_cancelled(story: Story) -> Story {
    story.to(JobState::Cancelled, Stimulus::Cancel)
}

/// Two files, one there and one half there.
fn half() -> Story {
    let story = Story::on(Target::DO_LEGACY).create(JobType::Download).add().add();
    story.starts().at(1).arrives(0).bytes(1, 50).at(2)
}

fn cancelled() -> Story {
    to_cancelled(cancel(delivery())).at(5)
}

#[test]
fn a_job_is_cancelled_in_every_state() {
    let rule = RuleId::DO_CANCEL_001;
    let transferred = delivery().at(1).arrives(0).transferred().at(2);
    let created = Story::on(Target::DO_LEGACY).create(JobType::Download);
    for story in [created, delivery(), transferred] {
        to_cancelled(cancel(story.clone())).holds(rule);
        cancel(story.clone()).breaks(rule);
        story.clone().call(JobCall::Cancel, REFUSED).breaks(rule);
        let unable = Hresult::BG_S_UNABLE_TO_DELETE_FILES;
        to_cancelled(story.call(JobCall::Cancel, unable)).breaks(rule);
    }
}

#[test]
fn final_jobs_refuse() {
    let rule = RuleId::DO_CANCEL_002;
    cancelled().call(JobCall::Cancel, REFUSED).holds(rule);
    cancelled().call(JobCall::Cancel, OK).breaks(rule);
}

#[test]
fn temporary_files_are_deleted() {
    let rule = RuleId::DO_CANCEL_003;
    let stopped = AttemptOutcome::Stopped { by: Stimulus::Cancel };
    let story = || cancel(half()).ends(stopped).file(0, FileChange::TempDeleted);
    let both = to_cancelled(story().file(1, FileChange::TempDeleted));
    both.holds(rule);
    both.is_clean_in("DO-CANCEL");
    to_cancelled(story()).breaks(rule);
    let kept = to_cancelled(story().file(1, FileChange::TempKept));
    kept.holds(rule);
    kept.is_clean_in("DO-CANCEL");
    cancelled().leaves(rule);
    let renamed = FileChange::Renamed { owner: OWNER };
    let kept = cancel(half()).file(0, renamed.clone()).file(1, FileChange::TempDeleted);
    to_cancelled(kept).breaks(rule);
    both.clone().at(9).file(0, renamed).breaks(rule);
    both.at(9).bytes(1, 60).breaks(rule);
}

#[test]
fn a_cancelled_job_is_gone() {
    let rule = RuleId::DO_CANCEL_004;
    let get = |hr| cancelled().called(APP, Call::GetJob(JobId(0)), hr, Reply::None);
    get(Hresult::DO_E_JOB_NOT_FOUND).holds(rule);
    get(OK).breaks(rule);
    cancelled().call(JobCall::Resume, REFUSED).holds(rule);
    cancelled().call(JobCall::Resume, OK).breaks(rule);
    let revived = cancelled().call(JobCall::Resume, REFUSED);
    revived.to(JobState::Queued, Stimulus::Resume).breaks(rule);
    cancelled().leaves(rule);
}

#[test]
fn neither_result_is_told_after_cancel() {
    let rule = RuleId::DO_CANCEL_005;
    let told = |kind| {
        let note = Note {
            note: NoteId(0),
            job: JobId(0),
            kind,
            to: Recipient::Interface(APP),
            attempt: 1,
            error: None,
            status: None,
        };
        cancelled().push(Happened::NoteBegan(Box::new(note)))
    };
    told(NoteKind::JobModification).holds(rule);
    told(NoteKind::JobError).breaks(rule);
    told(NoteKind::JobTransferred).breaks(rule);
    cancelled().leaves(rule);
    let registered = delivery().call(JobCall::SetNotifyInterface(true), OK).at(1);
    to_cancelled(cancel(registered)).holds(rule);
}
