use super::CHECKED;
use crate::rules::testing::{APP, CONSOLE, OTHER, Story, local, url};
use bitsim_vocab::call::{Call, JobCall, NewFile, Reply};
use bitsim_vocab::trace::FileChange;
use bitsim_vocab::world::{Disturbance, LocalFile, PathOperation, Setup};
use bitsim_vocab::{ClientId, Hresult, JobState, JobType, RuleId, Stimulus, Target};

fn new(remote: &str, local: &str) -> NewFile {
    NewFile { remote: remote.to_owned(), local: local.to_owned(), ranges: Vec::new() }
}

fn plain(n: u32) -> NewFile {
    new(&url(n), &local(n))
}

impl Story {
    fn adds(self, by: ClientId, file: NewFile, hr: Hresult) -> Self {
        let call = Call::Job(self.job, JobCall::AddFile(file));
        self.called(by, call, hr, Reply::None)
    }

    fn app_adds(self, file: NewFile, hr: Hresult) -> Self {
        self.adds(APP, file, hr)
    }

    fn entry(self, file: u32, of: u32) -> Self {
        let added = FileChange::Added { remote: url(of), local: local(of), requested: None };
        self.file(file, added)
    }
}

fn empty() -> Story {
    Story::new().create(JobType::Download)
}

fn upload() -> Story {
    let source = |setup: &mut Setup| {
        setup.local_files.extend((1..=2).map(|n| LocalFile { path: local(n), size: 9 }));
    };
    Story::new().setup(source).create(JobType::Upload)
}

const OK: Hresult = Hresult::S_OK;
const INVALID: Hresult = Hresult::E_INVALIDARG;
const DENIED: Hresult = Hresult::E_ACCESSDENIED;

#[test]
fn valid_files_go_to_the_end_of_the_list() {
    let good = empty().add().add();
    good.holds(RuleId::BITS_ADDFILE_001);
    good.holds(RuleId::BITS_ADDFILE_009);
    good.is_clean_of(CHECKED);
    empty().app_adds(plain(1), OK).breaks(RuleId::BITS_ADDFILE_001);
    empty().app_adds(plain(1), OK).entry(0, 2).breaks(RuleId::BITS_ADDFILE_001);
    empty().app_adds(plain(1), OK).entry(1, 1).breaks(RuleId::BITS_ADDFILE_001);
    empty().app_adds(plain(1), INVALID).breaks(RuleId::BITS_ADDFILE_001);
    empty().entry(0, 1).breaks(RuleId::BITS_ADDFILE_001);
    good.to(JobState::Queued, Stimulus::AddFile).breaks(RuleId::BITS_ADDFILE_001);
    let set = JobCall::AddFileSet(vec![plain(1), plain(2)]);
    let both = empty().call(set, OK);
    both.clone().entry(0, 1).entry(1, 2).is_clean_of(CHECKED);
    both.clone().entry(0, 2).entry(1, 1).breaks(RuleId::BITS_ADDFILE_001);
    both.entry(0, 1).breaks(RuleId::BITS_ADDFILE_001);
}

#[test]
fn a_failed_call_adds_nothing() {
    let failed = empty().app_adds(new("", &local(1)), INVALID);
    failed.holds(RuleId::BITS_ADDFILE_010);
    failed.entry(0, 1).breaks(RuleId::BITS_ADDFILE_010);
}

#[test]
fn an_upload_has_one_file() {
    let one = || upload().app_adds(plain(1), OK).entry(0, 1);
    let many = Hresult::BG_E_TOO_MANY_FILES;
    one().app_adds(plain(2), many).holds(RuleId::BITS_ADDFILE_002);
    one().app_adds(plain(2), many).is_clean_of(CHECKED);
    one().app_adds(plain(2), OK).entry(1, 2).breaks(RuleId::BITS_ADDFILE_002);
    one().app_adds(plain(2), INVALID).breaks(RuleId::BITS_ADDFILE_002);
    empty().app_adds(plain(1), many).breaks(RuleId::BITS_ADDFILE_002);
}

#[test]
fn the_policy_limits_files() {
    let two = |setup: &mut Setup| setup.policies.max_files_per_job = 2;
    let full = || Story::new().setup(two).create(JobType::Download).add().add();
    let many = Hresult::BG_E_TOO_MANY_FILES_IN_JOB;
    full().app_adds(plain(3), many).holds(RuleId::BITS_ADDFILE_003);
    full().app_adds(plain(3), many).is_clean_of(CHECKED);
    full().app_adds(plain(3), OK).entry(2, 3).breaks(RuleId::BITS_ADDFILE_003);
    full().app_adds(plain(3), INVALID).breaks(RuleId::BITS_ADDFILE_003);
    empty().app_adds(plain(1), many).breaks(RuleId::BITS_ADDFILE_003);
    let old = Story::on(Target::bits(2, 5)).setup(two).create(JobType::Download).add().add();
    old.app_adds(plain(3), many).breaks(RuleId::BITS_ADDFILE_003);
}

#[test]
fn invalid_names_are_refused() {
    let relative = || new(&url(1), "downloads\\1");
    empty().app_adds(relative(), INVALID).holds(RuleId::BITS_ADDFILE_004);
    empty().app_adds(relative(), OK).breaks(RuleId::BITS_ADDFILE_004);
    empty().app_adds(relative(), DENIED).breaks(RuleId::BITS_ADDFILE_004);
    let ftp = || new("ftp://files.example/1", &local(1));
    empty().app_adds(ftp(), INVALID).holds(RuleId::BITS_ADDFILE_005);
    empty().app_adds(ftp(), DENIED).breaks(RuleId::BITS_ADDFILE_004);
    empty().app_adds(ftp(), OK).breaks(RuleId::BITS_ADDFILE_005);
    let share = || new("\\\\server\\share\\1", &local(1));
    empty().app_adds(share(), INVALID).breaks(RuleId::BITS_ADDFILE_005);
    let old = || Story::on(Target::bits(1, 5)).create(JobType::Download);
    old().app_adds(share(), INVALID).holds(RuleId::BITS_ADDFILE_005);
    old().app_adds(share(), OK).breaks(RuleId::BITS_ADDFILE_005);
}

#[test]
fn a_directory_must_be_writable() {
    let denied = Disturbance::PathDenied("C:\\Downloads".to_owned(), PathOperation::Write);
    let allowed = Disturbance::PathAllowed("C:\\Downloads".to_owned(), PathOperation::Write);
    let story = || empty().env(denied.clone());
    story().app_adds(plain(1), DENIED).holds(RuleId::BITS_ADDFILE_008);
    story().app_adds(plain(1), DENIED).is_clean_of(CHECKED);
    story().app_adds(plain(1), INVALID).breaks(RuleId::BITS_ADDFILE_008);
    story().app_adds(plain(1), OK).entry(0, 1).breaks(RuleId::BITS_ADDFILE_008);
    story().env(allowed).app_adds(plain(1), OK).entry(0, 1).is_clean_of(CHECKED);
}

#[test]
fn files_can_be_added_until_the_end() {
    let over = || empty().add().to(JobState::Cancelled, Stimulus::Cancel);
    over().app_adds(plain(2), Hresult::BG_E_INVALID_STATE).holds(RuleId::BITS_ADDFILE_009);
    over().app_adds(plain(2), OK).entry(1, 2).breaks(RuleId::BITS_ADDFILE_009);
    empty().app_adds(plain(1), Hresult::BG_E_INVALID_STATE).breaks(RuleId::BITS_ADDFILE_009);
}

#[test]
fn only_owner_and_administrators_add_files() {
    empty().adds(OTHER, plain(1), DENIED).holds(RuleId::BITS_ADDFILE_011);
    empty().adds(OTHER, plain(1), OK).entry(0, 1).breaks(RuleId::BITS_ADDFILE_011);
    empty().adds(CONSOLE, plain(1), OK).entry(0, 1).holds(RuleId::BITS_ADDFILE_011);
    empty().adds(CONSOLE, plain(1), DENIED).breaks(RuleId::BITS_ADDFILE_011);
}
