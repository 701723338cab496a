use super::*;
use crate::rules::download::testing::{INVALID_STATE, NO_NETWORK, OK, PATH, Tale, of, paused};
use bitsim_vocab::download::Value;
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{AttemptOutcome, FileChange};
use bitsim_vocab::world::{Disturbance, LocalFile};
use bitsim_vocab::{ServerId, Target};

const TRANSFERRING: DownloadState = DownloadState::Transferring;

fn whole(tale: Tale, hr: Hresult) -> Tale {
    tale.call(DownloadCall::Start(Some(Vec::new())), hr)
}

fn ranges(tale: Tale, ranges: &[(u64, u64)], hr: Hresult) -> Tale {
    tale.call(DownloadCall::Start(Some(ranges.to_vec())), hr)
}

fn null(tale: Tale, hr: Hresult) -> Tale {
    tale.call(DownloadCall::Start(None), hr)
}

fn aborted(tale: Tale) -> Tale {
    tale.call(DownloadCall::Abort, OK).to(of(DownloadState::Aborted), Row::Abort)
}

#[test]
fn nullptr_only_resumes() {
    let rule = RuleId::DOD_START_002;
    let tale = Tale::windows();
    null(tale.clone(), Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED).follows(rule);
    null(tale.clone(), OK).breaks(rule);
    null(tale.clone(), OK).to(of(TRANSFERRING), Row::StartNull).breaks(rule);
    let rests = tale.start().at(1).pause().at(2);
    rests.clone().resume().follows(rule);
    null(rests, Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED).breaks(rule);
    Tale::agent().resume().leaves(rule);
}

#[test]
fn a_start_needs_a_uri() {
    let rule = RuleId::DOD_START_003;
    for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
        let tale = Tale::on(target).create();
        whole(tale.clone(), Hresult::DO_E_DOWNLOAD_NO_URI).follows(rule);
        whole(tale.clone(), Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED).breaks(rule);
        whole(tale.clone(), OK).breaks(rule);
        let moved = whole(tale, Hresult::DO_E_DOWNLOAD_NO_URI);
        moved.to(of(TRANSFERRING), Row::StartWhole).breaks(rule);
    }
}

#[test]
fn a_start_needs_a_sink() {
    let rule = RuleId::DOD_START_004;
    for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
        let tale = Tale::on(target).create().text(DownloadProperty::Uri, "http://files.example/1");
        whole(tale.clone(), Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED).follows(rule);
        whole(tale.clone(), Hresult::DO_E_DOWNLOAD_NO_URI).breaks(rule);
        whole(tale, OK).breaks(rule);
    }
}

#[test]
fn a_failing_start_leaves_no_traces() {
    let rule = RuleId::DOD_START_005;
    let tale = Tale::on(Target::DO_AGENT).create();
    let refused = whole(tale.clone(), Hresult::DO_E_DOWNLOAD_NO_URI);
    refused.clone().follows(rule);
    refused.clone().file(FileChange::OutputMade).breaks(rule);
    refused.attempt().breaks(rule);
    whole(tale.clone(), Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED).breaks(rule);
    let windows = Tale::on(Target::DO_DOWNLOAD).create();
    whole(windows, Hresult::DO_E_DOWNLOAD_NO_URI).leaves(rule);
}

#[test]
fn start_makes_it_transfer() {
    let rule = RuleId::DOD_START_006;
    for tale in Tale::both() {
        tale.clone().start().follows(rule);
        whole(tale.clone(), OK).breaks(rule);
        whole(tale.clone(), INVALID_STATE).breaks(rule);
        whole(tale.clone(), OK).to(paused(OK, OK), Row::StartWhole).breaks(rule);
        let offline = tale.env(Disturbance::NetworkLost);
        let offline = whole(offline, OK).to(paused(OK, NO_NETWORK), Row::StartWhole);
        offline.follows(rule);
    }
}

#[test]
fn a_resume_asks_for_the_rest() {
    let rule = RuleId::DOD_START_007;
    for tale in Tale::both() {
        let rests = tale.start().at(1).sized(100).bytes(40).pause().at(2);
        rests.clone().resume().at(3).arrives().follows(rule);
        let again = null(rests.clone(), OK).to(of(TRANSFERRING), Row::StartNull).began();
        again.clone().requested(0).breaks(rule);
        again.clone().bytes(0).breaks(rule);
        again.file(FileChange::Restarted).breaks(rule);
        null(rests.clone(), OK).breaks(rule);
        null(rests, INVALID_STATE).breaks(rule);
    }
    let rests = Tale::windows().start().at(1).sized(100).bytes(40).pause().at(2);
    let other = ranges(rests, &[(10, 20)], OK).to(of(TRANSFERRING), Row::StartRanges).began();
    other.requested(0).follows(rule);
}

#[test]
fn a_second_start_changes_nothing() {
    let rule = RuleId::DOD_START_008;
    for tale in Tale::both() {
        let tale = tale.start().at(1);
        whole(tale.clone(), OK).follows(rule);
        whole(tale.clone(), INVALID_STATE).breaks(rule);
        whole(tale.clone(), OK).attempt().breaks(rule);
        whole(tale, OK).to(of(TRANSFERRING), Row::StartWhole).breaks(rule);
    }
    let tale = Tale::windows().start().at(1);
    ranges(tale, &[(0, 10)], INVALID_STATE).leaves(rule);
}

#[test]
fn a_cache_host_may_fail_at_the_same_instant() {
    let rule = RuleId::DOD_START_008;
    for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
        let cached = |tale: Tale| tale.setup(|it| it.delivery.cache_host = Some(ServerId(0)));
        let tale = cached(Tale::on(target)).create().ready().start().at(1);
        null(tale.clone(), OK).requested(0).follows(rule);
        // Whoever fails, it stays the same attempt, and without a host there is nothing to fail.
        null(tale, OK).attempt().breaks(rule);
        null(Tale::on(target).create().ready().start().at(1), OK).requested(0).breaks(rule);
    }
}

#[test]
fn other_ranges_begin_a_new_transfer() {
    let rule = RuleId::DOD_START_009;
    let tale = Tale::windows().start().at(1).arrives().at(2);
    null(tale.clone(), OK).follows(rule);
    whole(tale.clone(), OK).follows(rule);
    whole(tale.clone(), INVALID_STATE).breaks(rule);
    whole(tale.clone(), OK).to(of(TRANSFERRING), Row::StartWhole).breaks(rule);
    let other = ranges(tale.clone(), &[(0, 10)], OK);
    other.clone().breaks(rule);
    other.to(of(TRANSFERRING), Row::StartRanges).began().requested(0).follows(rule);
    ranges(tale, &[(0, 10)], INVALID_STATE).breaks(rule);
}

#[test]
fn final_downloads_refuse() {
    let rule = RuleId::DOD_START_010;
    let tale = aborted(Tale::windows()).at(1);
    whole(tale.clone(), INVALID_STATE).follows(rule);
    whole(tale.clone(), OK).breaks(rule);
    whole(tale, Hresult::E_NOT_SET).breaks(rule);
    whole(aborted(Tale::agent()).gone().at(1), Hresult::E_NOT_SET).leaves(rule);
}

#[test]
fn the_agent_spares_a_file_that_is_there() {
    let rule = RuleId::DOD_START_012;
    let here = |tale: Tale| {
        let file = LocalFile { path: PATH.to_owned(), size: 5 };
        tale.setup(|setup| setup.local_files.push(file))
    };
    let tale = here(Tale::on(Target::DO_AGENT)).create().ready();
    whole(tale.clone(), EEXIST).follows(rule);
    tale.clone().start().breaks(rule);
    whole(tale.clone(), EEXIST).file(FileChange::OutputMade).breaks(rule);
    let overlapping = [(0, 10), (5, 10)];
    ranges(tale.clone(), &overlapping, Hresult::DO_E_OVERLAPPING_RANGES).follows(rule);
    here(Tale::on(Target::DO_DOWNLOAD)).create().ready().start().leaves(rule);
}

#[test]
fn a_file_of_another_download_is_there_as_well() {
    let rule = RuleId::DOD_START_012;
    // What the first has made is gone with the volume, and the second makes it anew.
    let lost = Tale::agent().start().env(Disturbance::VolumeChanged("C:".to_owned()));
    let again = lost.clone().create().ready().start();
    let goes_on = |tale: Tale| tale.about(0).sized(5).create().ready();
    whole(goes_on(again), EEXIST).follows(rule);
    whole(goes_on(lost), EEXIST).breaks(RuleId::DOD_START_006);
}

#[test]
fn a_newcomer_takes_the_path_of_a_paused_download() {
    let rule = RuleId::DOD_START_013;
    let tale = Tale::windows().start().at(1).pause().at(2).create().ready().start();
    let rest = |tale: Tale| tale.about(1).at(3).arrives();
    rest(tale.clone()).breaks(rule);
    let gives_way = tale.about(0).file(FileChange::OutputDeleted);
    rest(gives_way.to(of(DownloadState::Aborted), Row::PathTaken)).follows(rule);
}

#[test]
fn a_deleted_output_is_missed() {
    let rule = RuleId::DOD_START_016;
    let deleted = |tale: Tale| {
        let tale = tale.start().at(1).sized(100).bytes(40).pause().at(2);
        tale.env(Disturbance::LocalFileDeleted(PATH.to_owned())).at(3)
    };
    let agent = deleted(Tale::agent());
    null(agent.clone(), ENOENT).follows(rule);
    agent.clone().resume().breaks(rule);
    // Somebody else has made the file anew: whether that is noticed is documented nowhere.
    let path = PATH.to_owned();
    let anew = agent.env(Disturbance::LocalFileChanges { path, size: 9 }).at(4);
    anew.clone().resume().leaves(rule);
    null(anew, ENOENT).leaves(rule);
    let windows = deleted(Tale::windows()).resume();
    let missing = Hresult(0x8007_0002);
    let stops = windows.clone().fails(missing, Class::Fatal);
    stops.to(paused(missing, OK), Row::FatalFailure).follows(rule);
    windows.clone().at(4).bytes(50).breaks(rule);
    windows.clone().file(FileChange::OutputMade).breaks(rule);
    windows.at(100).leaves(rule);
}

#[test]
fn a_file_under_the_name_is_not_the_output_of_windows() {
    let rule = RuleId::DOD_START_016;
    let file = LocalFile { path: PATH.to_owned(), size: 5 };
    let tale = Tale::on(Target::DO_DOWNLOAD).setup(|setup| setup.local_files.push(file));
    let tale = tale.create().ready().start().at(1).sized(100).bytes(40).pause().at(2);
    let deleted = |tale: Tale| tale.env(Disturbance::LocalFileDeleted(PATH.to_owned())).at(3);
    let tale = deleted(tale);
    tale.clone().resume().at(4).bytes(50).leaves(rule);
    deleted(tale).resume().at(4).bytes(50).breaks(rule);
}

#[test]
fn a_range_has_a_length() {
    let rule = RuleId::DOD_RANGES_001;
    ranges(Tale::windows(), &[(5, 0)], Hresult::DO_E_INVALID_RANGE).follows(rule);
    let tale = ranges(Tale::windows(), &[(5, 0)], OK);
    tale.to(of(TRANSFERRING), Row::StartRanges).breaks(rule);
    let halted = AttemptOutcome::Halted { by: Row::Pause };
    let tale = Tale::windows().start().ends(halted);
    ranges(tale, &[(5, u64::MAX)], INVALID_STATE).leaves(rule);
    let stream = Tale::on(Target::DO_DOWNLOAD).create();
    let stream = stream.text(DownloadProperty::Uri, "http://files.example/1");
    let stream = stream.set(DownloadProperty::StreamInterface, Value::Object, OK);
    whole(stream, Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED).leaves(rule);
}
