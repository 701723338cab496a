use crate::rules::testing::{OWNER, Story, download, local, url};
use super::*;
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ErrorContext, Hresult, JobState};

const OK: Hresult = Hresult::S_OK;
const CHANGED: Hresult = Hresult::BG_E_LOCAL_FILE_CHANGED;

fn half() -> Story {
    download().transferring().at(1).file(0, FileChange::Sized(100)).bytes(0, 50).at(2)
}

fn remote_changes(story: Story, stamped: bool) -> Story {
    story.env(Disturbance::RemoteFileChanges { url: url(1), size: 100, stamped })
}

fn rest(story: Story) -> Story {
    story.bytes(0, 100).file(0, FileChange::Finished).transferred()
}

fn unfit(change: impl FnOnce(&mut bitsim_vocab::world::Server)) -> Story {
    let story = Story::new().setup(|setup| change(&mut setup.servers[0]));
    story.create(JobType::Download).add()
}

#[test]
fn a_file_is_temporary_until_complete() {
    let rule = RuleId::BITS_FILE_001;
    let renamed = FileChange::Renamed { owner: OWNER };
    let story = rest(half()).at(3);
    story.clone().call(JobCall::Complete, OK).file(0, renamed.clone()).holds(rule);
    story.file(0, renamed).breaks(rule);
}

#[test]
fn a_changed_source_makes_the_file_begin_again() {
    let rule = RuleId::BITS_FILE_002;
    let changed = remote_changes(half(), true);
    let noticed = changed.clone().file(0, FileChange::SourceChanged);
    let again = noticed.clone().file(0, FileChange::Restarted);
    rest(again.clone().at(3)).holds(rule);
    rest(again.at(3)).is_clean_in("BITS-FILE");
    noticed.at(3).breaks(rule);
    rest(changed.at(3)).breaks(rule);
    rest(half()).at(3).file(0, FileChange::Restarted).breaks(rule);
}

#[test]
fn a_changed_local_file_ends_the_upload() {
    let rule = RuleId::BITS_FILE_003;
    let story = Story::new().create(JobType::Upload).add().resume().transferring().at(1);
    let story = story.bytes(0, 50).at(2);
    let changed = story.env(Disturbance::LocalFileChanges { path: local(1), size: 90 });
    let fails = |context| changed.clone().fails(CHANGED, context);
    let ended =
        fails(ErrorContext::LocalFile).to(JobState::Error, Stimulus::LocalUploadFileChanged);
    ended.holds(rule);
    ended.is_clean_in("BITS-FILE");
    fails(ErrorContext::RemoteFile).breaks(rule);
    let retried = fails(ErrorContext::LocalFile);
    retried.to(JobState::TransientError, Stimulus::LocalUploadFileChanged).breaks(rule);
    // A Resume at the same instant is a move of its own.
    let resumed = ended.call(JobCall::Resume, Hresult::S_OK);
    let resumed = resumed.to(JobState::Queued, Stimulus::Resume);
    resumed.holds(rule);
    resumed.is_clean_in("BITS-FILE");
    let instead = fails(ErrorContext::LocalFile).call(JobCall::Resume, Hresult::S_OK);
    instead.to(JobState::Queued, Stimulus::Resume).breaks(rule);
    rest(changed.at(3)).breaks(rule);
}

#[test]
fn an_invisible_change_goes_unnoticed() {
    let rule = RuleId::BITS_FILE_004;
    let changed = remote_changes(half(), false);
    rest(changed.clone().at(3)).holds(rule);
    rest(changed.clone().at(3)).is_clean_in("BITS-FILE");
    changed.file(0, FileChange::SourceChanged).breaks(rule);
}

#[test]
fn what_is_there_is_not_fetched_again() {
    let rule = RuleId::BITS_FILE_006;
    let two = Story::new().create(JobType::Download).add().add().resume().transferring().at(1);
    let stopped = AttemptOutcome::Stopped { by: Stimulus::TimeSliceEnds };
    let waits = two.arrives(0).ends(stopped).to(JobState::Queued, Stimulus::TimeSliceEnds).at(2);
    waits.clone().transferring().bytes(1, 10).holds(rule);
    waits.transferring().bytes(0, 10).breaks(rule);
}

#[test]
fn a_background_download_needs_a_fit_server() {
    let rule = RuleId::BITS_FILE_007;
    let no_size = || unfit(|server| server.content_length = false);
    let code = Hresult::BG_E_MISSING_FILE_SIZE;
    let refused = no_size().resume().connecting().fails(code, ErrorContext::RemoteFile);
    refused.to(JobState::Error, Stimulus::ConnectFailsFatal).holds(rule);
    no_size().resume().transferring().at(1).arrives(0).transferred().breaks(rule);
    let foreground = unfit(|server| server.ranges = false);
    let foreground = foreground.call(JobCall::SetPriority(0), OK).resume().transferring().at(1);
    foreground.arrives(0).transferred().leaves(rule);
}

#[test]
fn a_foreground_download_without_ranges_cannot_go_on() {
    let rule = RuleId::BITS_FILE_008;
    let code = Hresult::BG_E_NETWORK_DISCONNECTED;
    let story = unfit(|server| server.ranges = false)
        .call(JobCall::SetPriority(0), OK)
        .resume()
        .transferring()
        .at(1)
        .bytes(0, 50)
        .env(Disturbance::NetworkLost)
        .ends(AttemptOutcome::Blocked { code })
        .to(JobState::TransientError, Stimulus::NetworkLost)
        .at(9)
        .env(Disturbance::NetworkRegained)
        .to(JobState::Queued, Stimulus::NetworkRegained);
    let fails = story.clone().connecting();
    let fails = fails.fails(Hresult::BG_E_INSUFFICIENT_RANGE_SUPPORT, ErrorContext::RemoteFile);
    fails.to(JobState::Error, Stimulus::ConnectFailsFatal).holds(rule);
    let goes_on = |story: Story| story.transferring().at(10).arrives(0).transferred();
    goes_on(story.clone()).breaks(rule);
    let renamed = JobCall::SetRemoteName { file: FileId(0), url: url(2) };
    let renamed = story.call(renamed, OK).file(0, FileChange::RemoteName(url(2)));
    goes_on(renamed).leaves(rule);
}

#[test]
fn names_are_those_given_or_set() {
    let rule = RuleId::BITS_FILE_010;
    let remote = |story: Story, name: &str| {
        story.get(JobCall::GetRemoteName(FileId(0)), Reply::Text(name.to_owned()))
    };
    remote(download(), &url(1)).holds(rule);
    remote(download(), &url(2)).breaks(rule);
    let name = |name: String| download().get(JobCall::GetLocalName(FileId(0)), Reply::Text(name));
    name(local(1)).holds(rule);
    name(url(1)).breaks(rule);
    let set = JobCall::SetRemoteName { file: FileId(0), url: url(2) };
    let set = download().call(set, OK);
    remote(set.clone(), &url(2)).holds(rule);
    remote(set.clone(), &url(1)).breaks(rule);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    remote(set.at(9).env(restart), &url(1)).is_clean_in("BITS-FILE");
}
