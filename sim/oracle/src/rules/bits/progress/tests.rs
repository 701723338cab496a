use crate::rules::testing::{OWNER, Story, download, local, url};
use super::*;
use bitsim_vocab::Stimulus;
use bitsim_vocab::trace::AttemptOutcome;

const UNKNOWN: u64 = BG_SIZE_UNKNOWN;

fn progress(story: &Story, total: u64, transferred: u64, files: u32, done: u32) -> Story {
    story.clone().get(
        JobCall::GetProgress,
        Reply::Progress(Reported {
            bytes_total: total,
            bytes_transferred: transferred,
            files_total: files,
            files_transferred: done,
        }),
    )
}

fn file(story: &Story, total: u64, transferred: u64, completed: bool) -> Story {
    let (bytes_total, bytes_transferred) = (total, transferred);
    let reply = Reply::FileProgress { bytes_total, bytes_transferred, completed };
    story.clone().get(JobCall::GetFileProgress(FileId(0)), reply)
}

fn reply(story: &Story, total: u64) -> Story {
    let told =
        Reported { bytes_total: total, bytes_transferred: 0, files_total: 0, files_transferred: 0 };
    story.clone().get(JobCall::GetReplyProgress, Reply::Progress(told))
}

/// A download of two files, one there and one half there.
fn half() -> Story {
    let story = Story::new().create(JobType::Download).add().add().resume().transferring();
    story.at(1).arrives(0).file(1, FileChange::Sized(100)).bytes(1, 50).at(2)
}

fn ranged() -> Story {
    let story = Story::new().create(JobType::Download);
    let (remote, local) = (url(1), local(1));
    story.file(0, FileChange::Added { remote, local, requested: Some(30) })
}

#[test]
fn totals_are_sums_or_unknown() {
    let rule = RuleId::BITS_PROGRESS_001;
    progress(&half(), 200, 150, 2, 1).holds(rule);
    progress(&half(), 200, 150, 2, 1).is_clean_in("BITS-PROGRESS");
    progress(&half(), 100, 150, 2, 1).breaks(rule);
    progress(&half(), UNKNOWN, 150, 2, 1).breaks(rule);
    progress(&half().add(), UNKNOWN, 150, 3, 1).holds(rule);
    progress(&half().add(), 200, 150, 3, 1).breaks(rule);
}

#[test]
fn a_size_is_unknown_before_the_first_contact() {
    let rule = RuleId::BITS_PROGRESS_002;
    file(&download(), UNKNOWN, 0, false).holds(rule);
    file(&download(), 100, 0, false).breaks(rule);
    file(&half(), 100, 100, false).leaves(rule);
}

#[test]
fn files_are_counted() {
    progress(&half(), 200, 150, 2, 1).holds(RuleId::BITS_PROGRESS_003);
    progress(&half(), 200, 150, 1, 1).breaks(RuleId::BITS_PROGRESS_003);
    let rule = RuleId::BITS_PROGRESS_004;
    progress(&half(), 200, 150, 2, 1).holds(rule);
    progress(&half(), 200, 150, 2, 3).breaks(rule);
    let done = download().transferring().at(1).arrives(0).transferred().at(2);
    progress(&done, 100, 100, 1, 1).holds(rule);
    progress(&done, 100, 100, 1, 0).breaks(rule);
    progress(&done.add(), UNKNOWN, 100, 2, 1).holds(rule);
}

#[test]
fn no_more_arrives_than_there_is() {
    let rule = RuleId::BITS_PROGRESS_005;
    half().holds(rule);
    half().bytes(1, 101).breaks(rule);
    half().bytes(1, 99).file(1, FileChange::Finished).breaks(rule);
    progress(&half(), 200, 201, 2, 1).breaks(rule);
    file(&half(), 100, 101, false).breaks(rule);
}

#[test]
fn the_job_agrees_with_its_files() {
    let rule = RuleId::BITS_PROGRESS_006;
    progress(&half(), 200, 150, 2, 1).holds(rule);
    progress(&half(), 200, 149, 2, 1).breaks(rule);
    progress(&half(), 200, 150, 2, 2).breaks(rule);
    file(&half(), 100, 99, false).breaks(rule);
}

#[test]
fn a_changed_source_resets_the_progress() {
    let rule = RuleId::BITS_PROGRESS_007;
    let changed = half().file(1, FileChange::SourceChanged);
    let again = changed.clone().file(1, FileChange::Restarted).bytes(1, 10);
    again.holds(rule);
    progress(&again, 200, 110, 2, 1).is_clean_in("BITS-PROGRESS");
    changed.bytes(1, 60).breaks(rule);
    let begun = download().transferring().at(1).bytes(0, 40).file(0, FileChange::SourceChanged);
    let begun = begun.file(0, FileChange::Restarted);
    file(&begun, UNKNOWN, 0, false).holds(rule);
    file(&begun, UNKNOWN, 40, false).breaks(rule);
}

#[test]
fn what_has_arrived_stays() {
    let rule = RuleId::BITS_PROGRESS_008;
    let stopped = AttemptOutcome::Stopped { by: Stimulus::TimeSliceEnds };
    let waits = half().ends(stopped).to(JobState::Queued, Stimulus::TimeSliceEnds).at(3);
    waits.clone().transferring().bytes(1, 60).holds(rule);
    waits.clone().transferring().bytes(1, 40).breaks(rule);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let restarted = waits.env(restart).transferring().bytes(1, 40);
    restarted.is_clean_in("BITS-PROGRESS");
}

#[test]
fn ranges_count_by_what_was_requested() {
    let rule = RuleId::BITS_PROGRESS_009;
    file(&ranged(), 30, 0, false).holds(rule);
    file(&ranged(), 100, 0, false).breaks(rule);
    ranged().file(0, FileChange::Sized(100)).breaks(rule);
    progress(&ranged(), 30, 0, 1, 0).holds(RuleId::BITS_PROGRESS_001);
}

#[test]
fn the_reply_has_a_progress_of_its_own() {
    let rule = RuleId::BITS_PROGRESS_010;
    let story = Story::new().create(JobType::UploadReply).add().resume().transferring().at(1);
    let story = story.file(0, FileChange::Sized(100)).bytes(0, 100).file(0, FileChange::Finished);
    reply(&story, UNKNOWN).holds(rule);
    reply(&story, 10).breaks(rule);
    let of = Payload::Reply;
    let some = Happened::Bytes { job: JobId(0), file: FileId(0), of, done: 5 };
    let some = story.file(0, FileChange::ReplySized(10)).push(some);
    reply(&some, 10).holds(rule);
    progress(&some, 100, 100, 1, 1).holds(rule);
    progress(&some, 100, 105, 1, 1).breaks(rule);
    download().call(JobCall::GetReplyProgress, Hresult::E_NOTIMPL).holds(rule);
    reply(&download(), 7).breaks(rule);
}

#[test]
fn completed_means_available() {
    let rule = RuleId::BITS_PROGRESS_011;
    file(&half(), 100, 100, false).holds(rule);
    file(&half(), 100, 100, true).breaks(rule);
    let completed = half()
        .call(JobCall::Complete, Hresult::BG_S_PARTIAL_COMPLETE)
        .file(0, FileChange::Renamed { owner: OWNER })
        .file(1, FileChange::TempDeleted)
        .to(JobState::Acknowledged, Stimulus::Complete);
    file(&completed, 100, 100, true).holds(rule);
    file(&completed, 100, 100, false).breaks(rule);
    let upload = Story::new().create(JobType::Upload).add().resume().transferring().at(1);
    let upload = upload.bytes(0, 100).file(0, FileChange::Finished).transferred();
    file(&upload, 100, 100, true).holds(rule);
    file(&upload, 100, 100, false).breaks(rule);
}

#[test]
fn data_moves_in_transferring_only() {
    let rule = RuleId::BITS_PROGRESS_012;
    half().holds(rule);
    download().connecting().bytes(0, 1).breaks(rule);
}
