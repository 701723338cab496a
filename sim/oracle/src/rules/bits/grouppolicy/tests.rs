use super::CHECKED;
use crate::rules::testing::{ADMIN, CONSOLE, OWNER, Story, download, local, url};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo, FileChange, Happened};
use bitsim_vocab::world::{Disturbance, Policies};
use bitsim_vocab::{ErrorContext, Hresult, JobState, JobType, Priority, RuleId, Stimulus, Target};

const DAY: u64 = 86_400;

impl Story {
    fn limit(self, limit: Option<u64>) -> Self {
        self.env(Disturbance::Bandwidth(limit))
    }

    fn waits(self, code: Hresult, cause: Stimulus) -> Self {
        let job = self.job;
        let context = ErrorContext::GeneralQueueManager;
        let info = ErrorInfo { code, context, file: None, protocol: None };
        self.push(Happened::ErrorInfo { job, info }).to(JobState::TransientError, cause)
    }

    fn fore(self) -> Self {
        let foreground = u32::from(Priority::Foreground.value());
        self.call(JobCall::SetPriority(foreground), Hresult::S_OK)
    }

    fn idle(self) -> Self {
        self.to(JobState::Cancelled, Stimulus::InactivityTimeoutExpires)
    }

    fn too_long(self) -> Self {
        let job = self.job;
        let code = Hresult::BG_E_MAXDOWNLOAD_TIMEOUT;
        let context = ErrorContext::GeneralQueueManager;
        let info = ErrorInfo { code, context, file: None, protocol: None };
        self.ends(AttemptOutcome::Stopped { by: Stimulus::MaximumDownloadTimeExceeded })
            .push(Happened::ErrorInfo { job, info })
            .to(JobState::Error, Stimulus::MaximumDownloadTimeExceeded)
    }

    fn sliced(self) -> Self {
        let by = Stimulus::TimeSliceEnds;
        self.ends(AttemptOutcome::Stopped { by }).to(JobState::Queued, by)
    }
}

const BLOCKED: Hresult = Hresult::BG_E_BLOCKED_BY_POLICY;
const BEGINS: Stimulus = Stimulus::BandwidthLimitZeroBegins;
const ENDS: Stimulus = Stimulus::BandwidthLimitZeroEnds;

#[test]
fn a_zero_limit_stops_background_jobs_and_no_others() {
    let running = || download().at(1).transferring().at(2).limit(Some(0));
    let good = running().waits(BLOCKED, BEGINS).at(3);
    good.holds(RuleId::BITS_GROUPPOLICY_004);
    good.is_clean_of(CHECKED);
    running().at(3).breaks(RuleId::BITS_GROUPPOLICY_004);
    running().waits(Hresult::BG_E_STANDBY_MODE, BEGINS).breaks(RuleId::BITS_GROUPPOLICY_004);
    let fore = || Story::new().create(JobType::Download).add().fore().resume().at(1).limit(Some(0));
    fore().connecting().holds(RuleId::BITS_GROUPPOLICY_004);
    fore().connecting().is_clean_of(CHECKED);
    fore().waits(BLOCKED, BEGINS).breaks(RuleId::BITS_GROUPPOLICY_004);
    let later = Story::new().create(JobType::Download).add().limit(Some(0)).at(1).resume();
    later.clone().connecting().breaks(RuleId::BITS_GROUPPOLICY_004);
    later.breaks(RuleId::BITS_GROUPPOLICY_004);
    later.clone().waits(BLOCKED, Stimulus::SchedulerPicksJob).is_clean_of(CHECKED);
    // Somebody takes the job over, and is not there to let it run.
    let taken = |gone| {
        let take = Call::Job(later.job, JobCall::TakeOwnership);
        let taken = later.clone().called(CONSOLE, take, Hresult::S_OK, Reply::None);
        taken.env(Disturbance::LogOff(gone)).at(90)
    };
    taken(ADMIN).is_clean_of(CHECKED);
    taken(OWNER).breaks(RuleId::BITS_GROUPPOLICY_004);
    let old = Story::on(Target::bits(1, 5)).create(JobType::Download).add().resume();
    old.limit(Some(0)).at(9).leaves(RuleId::BITS_GROUPPOLICY_004);
}

#[test]
fn its_end_queues_them_again() {
    let blocked = download().at(1).limit(Some(0)).waits(BLOCKED, BEGINS).at(2).limit(None);
    blocked.breaks(RuleId::BITS_GROUPPOLICY_005);
    let good = blocked.clone().to(JobState::Queued, ENDS).at(3);
    good.holds(RuleId::BITS_GROUPPOLICY_005);
    good.is_clean_of(CHECKED);
    blocked.to(JobState::Suspended, ENDS).breaks(RuleId::BITS_GROUPPOLICY_005);
}

#[test]
fn idle_jobs_are_cancelled_after_the_period() {
    let made = || Story::new().create(JobType::Download).add().at(DAY);
    made().at(90 * DAY).idle().holds(RuleId::BITS_GROUPPOLICY_001);
    made().at(89 * DAY).idle().breaks(RuleId::BITS_GROUPPOLICY_001);
    made().at(91 * DAY).breaks(RuleId::BITS_GROUPPOLICY_001);
    let set = || made().call(JobCall::SetNoProgressTimeout(9), Hresult::S_OK);
    set().at(91 * DAY).idle().holds(RuleId::BITS_GROUPPOLICY_002);
    set().at(91 * DAY).idle().is_clean_of(CHECKED);
    set().at(90 * DAY).idle().breaks(RuleId::BITS_GROUPPOLICY_002);
    let retried = download().at(DAY).connecting();
    let retried = retried
        .fails(Hresult::BG_E_TIMEOUT, ErrorContext::GeneralTransport)
        .to(JobState::TransientError, Stimulus::ConnectFailsTransient);
    retried.at(91 * DAY).breaks(RuleId::BITS_GROUPPOLICY_002);
}

#[test]
fn an_idle_job_leaves_no_files() {
    let partial = || download().transferring().bytes(0, 9).sliced().at(90 * DAY).idle();
    partial().breaks(RuleId::BITS_GROUPPOLICY_003);
    partial().at(91 * DAY).breaks(RuleId::BITS_GROUPPOLICY_003);
    let good = partial().file(0, FileChange::TempDeleted);
    good.holds(RuleId::BITS_GROUPPOLICY_003);
    good.is_clean_of(CHECKED);
    let sent = Story::new()
        .create(JobType::Upload)
        .file(0, FileChange::Added { remote: url(1), local: local(1), requested: None });
    let sent = sent.resume().transferring().arrives(0).transferred().at(90 * DAY).idle();
    sent.holds(RuleId::BITS_GROUPPOLICY_003);
    sent.file(0, FileChange::RemovedFromServer).breaks(RuleId::BITS_GROUPPOLICY_003);
}

#[test]
fn only_active_time_counts_towards_the_maximum() {
    let set = |secs| JobCall::SetMaximumDownloadTime(secs);
    let made = || Story::new().create(JobType::Download).add().call(set(100), Hresult::S_OK);
    let twice = || made().resume().transferring().at(60).sliced().at(1_000).transferring();
    let good = twice().at(1_040).too_long();
    good.holds(RuleId::BITS_GROUPPOLICY_009);
    good.holds(RuleId::BITS_GROUPPOLICY_010);
    good.holds(RuleId::BITS_GROUPPOLICY_011);
    good.is_clean_of(CHECKED);
    twice().at(1_020).too_long().breaks(RuleId::BITS_GROUPPOLICY_010);
    twice().at(1_200).sliced().breaks(RuleId::BITS_GROUPPOLICY_011);
    made().resume().transferring().at(60).too_long().breaks(RuleId::BITS_GROUPPOLICY_009);
    let timed_out = made().resume().transferring().at(100);
    let wrong = timed_out.waits(Hresult::BG_E_TIMEOUT, Stimulus::MaximumDownloadTimeExceeded);
    wrong.breaks(RuleId::BITS_GROUPPOLICY_011);
    let again = made().resume().transferring().at(60).call(JobCall::Resume, Hresult::S_OK);
    again.at(100).too_long().breaks(RuleId::BITS_GROUPPOLICY_010);
}

#[test]
fn lowered_limits_spare_what_exists() {
    let lower = Policies { max_jobs_per_user: 1, ..Policies::default() };
    let two = Story::new().create(JobType::Download).create(JobType::Download).at(1).step(7);
    let lowered = two.env(Disturbance::PoliciesChange(Box::new(lower)));
    lowered.holds(RuleId::BITS_GROUPPOLICY_012);
    lowered.is_clean_of(CHECKED);
    lowered.idle().breaks(RuleId::BITS_GROUPPOLICY_012);
}
