use super::CHECKED;
use crate::rules::testing::{APP, CONSOLE, OTHER, Story};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ClientId, FileId, Hresult, JobId, JobState, JobType, RuleId, Stimulus};

impl Story {
    fn lists(self, by: ClientId, all_users: bool, jobs: &[u32]) -> Self {
        let jobs = Reply::Jobs(jobs.iter().copied().map(JobId).collect());
        self.called(by, Call::EnumJobs { all_users }, Hresult::S_OK, jobs)
    }

    fn yields_files(self, files: &[u32]) -> Self {
        let files = Reply::Files(files.iter().copied().map(FileId).collect());
        self.get(JobCall::EnumFiles, files)
    }
}

fn two() -> Story {
    Story::new().create(JobType::Download).add().add().create(JobType::Download)
}

#[test]
fn everybody_sees_his_own_jobs() {
    two().lists(APP, false, &[1, 0]).holds(RuleId::BITS_ENUM_001);
    two().lists(APP, false, &[0, 1]).is_clean_of(CHECKED);
    two().lists(APP, false, &[0]).breaks(RuleId::BITS_ENUM_001);
    two().lists(OTHER, false, &[]).is_clean_of(CHECKED);
    two().lists(OTHER, false, &[0]).breaks(RuleId::BITS_ENUM_001);
    two().lists(CONSOLE, true, &[0, 1]).holds(RuleId::BITS_ENUM_001);
    two().lists(CONSOLE, true, &[0]).breaks(RuleId::BITS_ENUM_001);
    two().lists(OTHER, true, &[0, 1]).breaks(RuleId::BITS_ENUM_001);
    let all = Call::EnumJobs { all_users: true };
    let denied = two().called(OTHER, all, Hresult::E_ACCESSDENIED, Reply::None);
    denied.holds(RuleId::BITS_ENUM_001);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    two().env(restart).lists(APP, false, &[0]).is_clean_of(CHECKED);
}

#[test]
fn every_element_comes_once() {
    two().lists(APP, false, &[0, 1]).holds(RuleId::BITS_ENUM_003);
    two().lists(APP, false, &[0, 1, 1]).breaks(RuleId::BITS_ENUM_003);
    two().about(0).yields_files(&[0, 1]).holds(RuleId::BITS_ENUM_003);
    two().about(0).yields_files(&[0, 0]).breaks(RuleId::BITS_ENUM_003);
    two().about(0).yields_files(&[0]).breaks(RuleId::BITS_ENUM_003);
}

#[test]
fn final_jobs_are_not_listed() {
    let over = || two().to(JobState::Cancelled, Stimulus::Cancel);
    over().lists(APP, false, &[0]).holds(RuleId::BITS_ENUM_004);
    over().lists(APP, false, &[0, 1]).breaks(RuleId::BITS_ENUM_004);
    let upload = Story::new().create(JobType::Upload).to(JobState::Cancelled, Stimulus::Cancel);
    upload.lists(APP, false, &[0]).is_clean_of(CHECKED);
}
