use super::*;
use crate::rules::testing::{Story, delivery};
use bitsim_vocab::call::Progress;
use bitsim_vocab::{JobState, JobType, Stimulus, Target};

const OK: Hresult = Hresult::S_OK;

fn created() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download)
}

fn add(local: &str, ranges: &[(u64, u64)], hr: Hresult) -> Story {
    adding(created(), local, ranges, hr)
}

fn adding(story: Story, local: &str, ranges: &[(u64, u64)], hr: Hresult) -> Story {
    let file = NewFile {
        remote: "http://files.example/1".to_owned(),
        local: local.to_owned(),
        ranges: ranges.to_vec(),
    };
    story.call(JobCall::AddFileWithRanges(file), hr)
}

const PATH: &str = "C:\\downloads\\1";

#[test]
fn an_empty_local_name_is_refused() {
    let rule = RuleId::DO_ADDFILE_002;
    add("", &[], Hresult::E_INVALIDARG).holds(rule);
    add("", &[], Hresult::E_INVALIDARG).is_clean_in("DO-ADDFILE");
    add("", &[], OK).breaks(rule);
    created().add().leaves(rule);
}

#[test]
fn a_directory_must_be_writable() {
    let rule = RuleId::DO_ADDFILE_003;
    let denied = |path: &str| Disturbance::PathDenied(path.to_owned(), PathOperation::Write);
    let story = created().env(denied("c:\\Downloads\\"));
    adding(story.clone(), PATH, &[], Hresult::E_ACCESSDENIED).holds(rule);
    adding(story.clone(), PATH, &[], OK).breaks(rule);
    let allowed = Disturbance::PathAllowed("C:\\downloads".to_owned(), PathOperation::Write);
    adding(story.env(allowed), PATH, &[], OK).leaves(rule);
}

#[test]
fn one_mistake_of_several_is_told() {
    let rule = RuleId::DO_ADDFILE_002;
    let missing = Disturbance::PathDenied("C:\\downloads".to_owned(), PathOperation::Exist);
    let empty = [(5, 0)];
    let nowhere = created().env(missing);
    adding(nowhere.clone(), PATH, &empty, Hresult::ERROR_PATH_NOT_FOUND).holds(RuleId::DO_RANGES_001);
    adding(nowhere.clone(), PATH, &empty, Hresult::DO_E_INVALID_RANGE).holds(RuleId::DO_RANGES_001);
    adding(nowhere.clone(), PATH, &empty, Hresult::E_INVALIDARG).breaks(RuleId::DO_RANGES_001);
    adding(nowhere, PATH, &empty, OK).breaks(RuleId::DO_RANGES_001);
    let from = |remote: &str, hr| {
        let (remote, ranges) = (remote.to_owned(), empty.to_vec());
        let file = NewFile { remote, local: PATH.to_owned(), ranges };
        created().call(JobCall::AddFileWithRanges(file), hr)
    };
    for remote in ["nowhere", "ftp://files.example/1", "http:///1", "http://files.example/a b"] {
        from(remote, Hresult::E_INVALIDARG).holds(RuleId::DO_RANGES_001);
        from(remote, Hresult::ERROR_PATH_NOT_FOUND).breaks(RuleId::DO_RANGES_001);
        from(remote, OK).breaks(RuleId::DO_RANGES_001);
    }
    from("HTTPS://files.example/1", Hresult::E_INVALIDARG).breaks(RuleId::DO_RANGES_001);
    add("", &empty, Hresult::DO_E_INVALID_RANGE).holds(rule);
    add("", &empty, Hresult::ERROR_PATH_NOT_FOUND).breaks(rule);
}

#[test]
fn final_jobs_refuse() {
    let rule = RuleId::DO_ADDFILE_004;
    let story = delivery().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    adding(story.clone(), PATH, &[], Hresult::DO_E_INVALID_STATE).holds(rule);
    adding(story, PATH, &[], OK).breaks(rule);
}

#[test]
fn each_success_adds_one_file() {
    let rule = RuleId::DO_ADDFILE_010;
    let added = || {
        let file = FileChange::Added { remote: "u".into(), local: PATH.into(), requested: None };
        move |story: Story| story.file(0, file.clone())
    };
    created().add().add().holds(rule);
    created().add().is_clean_in("DO-ADDFILE");
    add(PATH, &[], OK).breaks(rule);
    added()(add(PATH, &[], Hresult::E_ACCESSDENIED)).breaks(rule);
    added()(created().add()).breaks(rule);
    let progress = |files_total| {
        let told =
            Progress { bytes_total: 0, bytes_transferred: 0, files_total, files_transferred: 0 };
        created().add().get(JobCall::GetProgress, Reply::Progress(told))
    };
    progress(1).holds(rule);
    progress(2).breaks(rule);
}

#[test]
fn files_are_accepted_in_every_other_state() {
    let rule = RuleId::DO_ADDFILE_011;
    delivery().at(1).add().holds(rule);
    adding(delivery(), PATH, &[], Hresult::DO_E_INVALID_STATE).breaks(rule);
}

#[test]
fn ranges_must_be_sound() {
    let (invalid, overlapping) = (Hresult::DO_E_INVALID_RANGE, Hresult::DO_E_OVERLAPPING_RANGES);
    for (ranges, rule, hr) in [
        ([(0, 0), (50, 10)], RuleId::DO_RANGES_001, invalid),
        ([(0, 10), (BG_SIZE_UNKNOWN, 10)], RuleId::DO_RANGES_002, invalid),
        ([(0, 100), (50, 10)], RuleId::DO_RANGES_003, overlapping),
        ([(50, 10), (0, 51)], RuleId::DO_RANGES_003, overlapping),
        ([(50, 10), (0, BG_SIZE_UNKNOWN)], RuleId::DO_RANGES_003, overlapping),
        ([(7, 7), (7, 7)], RuleId::DO_RANGES_003, overlapping),
    ] {
        add(PATH, &ranges, hr).holds(rule);
        add(PATH, &ranges, hr).is_clean_in("DO-RANGES");
        add(PATH, &ranges, OK).breaks(rule);
        add(PATH, &ranges, Hresult::E_INVALIDARG).breaks(rule);
    }
    let touching = add(PATH, &[(0, 50), (50, BG_SIZE_UNKNOWN)], OK);
    touching.leaves(RuleId::DO_RANGES_003);
}
