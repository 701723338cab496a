use crate::rules::testing::{Story, download};
use JobState::{Cancelled, Error, Queued, Suspended, TransientError};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::stands::{ChangedDelay, DuringBlock, ResumeAndNoProgress};
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo};
use bitsim_vocab::world::{Disturbance, Policies};
use bitsim_vocab::{ErrorContext, Happened, Hresult, JobState, Reply, RuleId, Span, Stimulus};

const OFFLINE: Hresult = Hresult::BG_E_NETWORK_DISCONNECTED;
const HOUR: i64 = 36_000_000_000;

trait Retrying: Sized {
    /// `app` sets the minimum retry delay.
    fn delay(self, secs: u32) -> Self;
    /// `app` sets the no-progress timeout.
    fn timeout(self, secs: u32) -> Self;
    /// A retry in CONNECTING fails for now, and the job goes to `to`.
    fn refused(self, to: JobState) -> Self;
    /// The running attempt fails for now, and the job goes to `to`.
    fn drops(self, to: JobState) -> Self;
    /// A block stops the running attempt.
    fn blocked(self, code: Hresult, cause: Stimulus) -> Self;
    /// The job is sent to QUEUED because its retry delay is over, and tried at once.
    fn retried(self) -> Self;
    /// The job is given up because its no-progress timeout is over.
    fn given_up(self) -> Self;
    /// The run goes on until this second, with nothing more to tell of the job.
    fn until(self, secs: u64) -> Self;
}

impl Retrying for Story {
    fn delay(self, secs: u32) -> Self {
        self.call(JobCall::SetMinimumRetryDelay(secs), Hresult::S_OK)
    }

    fn timeout(self, secs: u32) -> Self {
        self.call(JobCall::SetNoProgressTimeout(secs), Hresult::S_OK)
    }

    fn refused(self, to: JobState) -> Self {
        let code = Hresult::ERROR_WINHTTP_CANNOT_CONNECT;
        self.fails(code, ErrorContext::RemoteFile).to(to, Stimulus::ConnectFailsTransient)
    }

    fn drops(self, to: JobState) -> Self {
        let code = Hresult::ERROR_WINHTTP_CONNECTION_ERROR;
        self.fails(code, ErrorContext::RemoteFile).to(to, Stimulus::TransferErrorTransient)
    }

    fn blocked(self, code: Hresult, cause: Stimulus) -> Self {
        let job = self.job;
        let context = ErrorContext::GeneralQueueManager;
        let info = ErrorInfo { code, context, file: None, protocol: None };
        self.ends(AttemptOutcome::Blocked { code })
            .push(Happened::ErrorInfo { job, info })
            .to(TransientError, cause)
    }

    fn retried(self) -> Self {
        self.to(Queued, Stimulus::RetryDelayExpires).connecting()
    }

    fn given_up(self) -> Self {
        self.to(Error, Stimulus::NoProgressTimeoutExpires)
    }

    fn until(self, secs: u64) -> Self {
        self.at(secs).env(Disturbance::RunAs(crate::rules::testing::OWNER))
    }
}

/// A download whose first connection attempt has failed at second 0.
fn failed() -> Story {
    download().connecting().refused(TransientError)
}

/// The same with a delay and a timeout of its own.
fn failed_with(delay: u32, timeout: u32) -> Story {
    download().delay(delay).timeout(timeout).connecting().refused(TransientError)
}

fn resumed(story: Story) -> Story {
    story.call(JobCall::Resume, Hresult::S_OK).to(Queued, Stimulus::Resume)
}

#[test]
fn the_defaults_are_600_seconds_and_14_days() {
    let delay = |secs| download().get(JobCall::GetMinimumRetryDelay, Reply::Number(secs));
    delay(600).holds(RuleId::BITS_RETRY_001);
    delay(601).breaks(RuleId::BITS_RETRY_001);
    let timeout = |secs| download().get(JobCall::GetNoProgressTimeout, Reply::Number(secs));
    timeout(1_209_600).holds(RuleId::BITS_RETRY_009);
    timeout(86_400).breaks(RuleId::BITS_RETRY_009);
    download()
        .timeout(5)
        .get(JobCall::GetNoProgressTimeout, Reply::Number(5))
        .leaves(RuleId::BITS_RETRY_009);
}

#[test]
fn the_least_delay_is_5_seconds() {
    let rule = RuleId::BITS_RETRY_002;
    download().delay(4).get(JobCall::GetMinimumRetryDelay, Reply::Number(5)).holds(rule);
    download().delay(4).get(JobCall::GetMinimumRetryDelay, Reply::Number(4)).breaks(rule);
    download().call(JobCall::SetMinimumRetryDelay(0), Hresult::E_INVALIDARG).breaks(rule);
    download().delay(9).get(JobCall::GetMinimumRetryDelay, Reply::Number(9)).leaves(rule);
}

#[test]
fn no_retry_comes_before_its_time() {
    let rule = RuleId::BITS_RETRY_003;
    failed().at(600).retried().holds(rule);
    failed().at(599).retried().breaks(rule);
    resumed(failed().at(5)).connecting().leaves(rule);
    failed()
        .at(5)
        .env(Disturbance::NetworkRegained)
        .to(Queued, Stimulus::NetworkRegained)
        .connecting()
        .leaves(rule);
}

#[test]
fn the_retry_comes_by_itself() {
    let rule = RuleId::BITS_RETRY_004;
    failed().at(603).retried().holds(rule);
    failed().until(700).breaks(rule);
    failed().breaks(rule);
    failed().at(700).retried().breaks(rule);
    failed().at(5).env(Disturbance::NetworkLost).until(700).leaves(rule);
    let lost = || {
        failed()
            .at(5)
            .env(Disturbance::Bandwidth(Some(0)))
            .until(700)
            .env(Disturbance::Bandwidth(None))
    };
    lost().at(701).retried().is_clean_of_retries();
    lost().until(800).breaks(rule);
}

#[test]
fn blocks_are_not_retried_on_the_timer() {
    let rule = RuleId::BITS_RETRY_005;
    let cases = [
        (
            Disturbance::NetworkLost,
            OFFLINE,
            Stimulus::NetworkLost,
            Disturbance::NetworkRegained,
            Stimulus::NetworkRegained,
        ),
        (
            Disturbance::VolumeLocked("C:".into()),
            Hresult::BG_E_DESTINATION_LOCKED,
            Stimulus::DestinationVolumeLocked,
            Disturbance::VolumeUnlocked("C:".into()),
            Stimulus::DestinationVolumeUnlocked,
        ),
        (
            Disturbance::Bandwidth(Some(0)),
            Hresult::BG_E_BLOCKED_BY_POLICY,
            Stimulus::BandwidthLimitZeroBegins,
            Disturbance::Bandwidth(None),
            Stimulus::BandwidthLimitZeroEnds,
        ),
    ];
    for (begins, code, cause, ends, by) in cases {
        let blocked = download().transferring().at(1).env(begins).blocked(code, cause);
        let over = blocked.clone().at(900).env(ends).to(Queued, by).connecting();
        over.holds(rule);
        over.is_clean_of_retries();
        blocked.at(601).to(Queued, Stimulus::RetryDelayExpires).breaks(rule);
    }
}

#[test]
fn a_free_volume_brings_the_job_back() {
    let rule = RuleId::BITS_RETRY_006;
    let unlocked = || {
        download()
            .transferring()
            .env(Disturbance::VolumeLocked("C:".into()))
            .blocked(Hresult::BG_E_DESTINATION_LOCKED, Stimulus::DestinationVolumeLocked)
            .at(60)
            .env(Disturbance::VolumeUnlocked("C:".into()))
    };
    unlocked().to(Queued, Stimulus::DestinationVolumeUnlocked).holds(rule);
    unlocked().until(70).breaks(rule);
    unlocked().breaks(rule);
}

#[test]
fn a_delay_beyond_the_timeout_means_no_retry() {
    let rule = RuleId::BITS_RETRY_007;
    let given_up = failed_with(600, 300).at(300).given_up();
    given_up.holds(rule);
    given_up.is_clean_of_retries();
    failed_with(600, 300).at(300).retried().breaks(rule);
    failed_with(300, 300).at(300).retried().leaves(rule);
    // Once the clock is set back, the timeout is over as much later.
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let longer = |hours: i64| {
        let set = failed_with(600, 300).at(10).env(Disturbance::WallClockMoves(-hours * HOUR));
        let again = set.env(restart.clone()).to(Queued, Stimulus::ServiceRestart).connecting();
        again.refused(TransientError).at(610).retried()
    };
    longer(1).leaves(rule);
    longer(0).breaks(rule);
}

#[test]
fn setting_the_clock_shifts_nothing() {
    let rule = RuleId::BITS_RETRY_008;
    let moved = |story: Story, ticks| story.at(10).env(Disturbance::WallClockMoves(ticks));
    moved(failed(), HOUR).at(600).retried().holds(rule);
    moved(failed(), HOUR).at(11).retried().breaks(rule);
    moved(failed(), -HOUR).until(4_000).breaks(rule);
    moved(failed_with(600, 400), HOUR).at(400).given_up().holds(rule);
    moved(failed_with(600, 400), HOUR).at(11).given_up().breaks(rule);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    moved(failed_with(600, 400), HOUR).env(restart).at(11).given_up().is_clean_of_retries();
}

#[test]
fn a_timeout_of_0_makes_every_error_final() {
    let rule = RuleId::BITS_RETRY_010;
    download().timeout(0).connecting().refused(Error).holds(rule);
    download().timeout(0).connecting().refused(TransientError).breaks(rule);
    download()
        .timeout(0)
        .transferring()
        .env(Disturbance::NetworkLost)
        .blocked(OFFLINE, Stimulus::NetworkLost)
        .leaves(rule);
}

#[test]
fn without_progress_the_job_is_given_up() {
    let rule = RuleId::BITS_RETRY_011;
    failed_with(600, 900).at(600).retried().refused(TransientError).at(900).given_up().holds(rule);
    failed_with(600, 900).at(300).given_up().breaks(rule);
    failed_with(600, 400).until(500).breaks(rule);
    let late = || failed_with(600, 900).at(600).retried().at(950);
    late().refused(Error).holds(rule);
    late().refused(TransientError).breaks(rule);
}

#[test]
fn progress_begins_a_new_period() {
    let rule = RuleId::BITS_RETRY_012;
    let progress = || {
        let story = failed_with(600, 900).at(600).retried();
        story
            .to(JobState::Transferring, Stimulus::ConnectSucceeds)
            .bytes(0, 10)
            .at(700)
            .drops(TransientError)
    };
    progress().at(1_300).retried().refused(TransientError).holds(rule);
    progress().at(1_600).given_up().holds(rule);
    progress().at(900).given_up().breaks(rule);
    progress().at(1_300).retried().refused(Error).breaks(rule);
}

#[test]
fn the_inactivity_policy_comes_first() {
    let rule = RuleId::BITS_RETRY_013;
    let story = || {
        download()
            .setup(|setup| {
                let policies =
                    Policies { job_inactivity_timeout: Span::secs(1_000), ..Policies::default() };
                setup.policies = policies;
            })
            .delay(5_000)
            .timeout(2_000)
            .connecting()
            .refused(TransientError)
    };
    story().at(1_000).to(Cancelled, Stimulus::InactivityTimeoutExpires).holds(rule);
    story().until(1_100).breaks(rule);
    story().at(2_000).given_up().breaks(rule);
}

#[test]
fn a_changed_delay_follows_the_stand() {
    let rule = RuleId::BITS_RETRY_014;
    let story = |stand: ChangedDelay, secs| {
        failed().setup(|setup| setup.stands.changed_delay = stand).at(100).delay(secs)
    };
    story(ChangedDelay::AtOnce, 300).at(300).retried().holds(rule);
    story(ChangedDelay::AtOnce, 300).at(600).retried().breaks(rule);
    story(ChangedDelay::AtOnce, 50).at(100).retried().holds(rule);
    story(ChangedDelay::NextError, 300).at(600).retried().holds(rule);
    story(ChangedDelay::NextError, 300).at(300).retried().breaks(rule);
    let timeout = |at| failed_with(900, 800).at(100).timeout(400).at(at).given_up();
    timeout(400).holds(rule);
    timeout(800).breaks(rule);
    timeout(200).breaks(rule);
}

#[test]
fn the_timeout_rests_while_the_job_is_blocked() {
    let rule = RuleId::BITS_RETRY_015;
    let offline = || {
        download()
            .timeout(300)
            .transferring()
            .env(Disturbance::NetworkLost)
            .blocked(OFFLINE, Stimulus::NetworkLost)
    };
    offline()
        .at(500)
        .env(Disturbance::NetworkRegained)
        .to(Queued, Stimulus::NetworkRegained)
        .holds(rule);
    offline().at(300).given_up().breaks(rule);
    let runs =
        || offline().setup(|setup| setup.stands.no_progress_during_block = DuringBlock::Runs);
    runs().at(300).given_up().holds(rule);
    runs().until(400).breaks(rule);
    let between = || {
        failed_with(60, 300)
            .at(60)
            .retried()
            .env(Disturbance::NetworkLost)
            .blocked(OFFLINE, Stimulus::NetworkLost)
            .at(400)
            .env(Disturbance::NetworkRegained)
            .to(Queued, Stimulus::NetworkRegained)
            .connecting()
    };
    between().refused(Error).breaks(rule);
    between().refused(TransientError).at(640).given_up().holds(rule);
}

#[test]
fn resume_begins_a_new_period() {
    let rule = RuleId::BITS_RETRY_016;
    let again = || resumed(failed_with(600, 300).at(300).given_up().at(400)).connecting();
    again().refused(TransientError).holds(rule);
    again().refused(Error).breaks(rule);
    again().refused(TransientError).at(410).given_up().breaks(rule);
    again()
        .setup(|setup| setup.stands.resume_and_no_progress = ResumeAndNoProgress::GoesOn)
        .refused(Error)
        .is_clean_of_retries();
}

#[test]
fn a_period_that_may_go_on_may_follow_the_clock() {
    let rule = RuleId::BITS_RETRY_011;
    // Resume while the job is being tried: whether the period goes on is documented nowhere.
    let story = |hours: i64| {
        let move_clock = |hours: i64| Disturbance::WallClockMoves(hours * HOUR);
        let story = download().delay(600).timeout(900).connecting().env(move_clock(hours));
        let restart = Disturbance::ServiceRestarts { list_readable: true };
        let story = story.refused(TransientError).at(10).env(move_clock(-hours)).env(restart);
        let tried = story.to(Queued, Stimulus::ServiceRestart).connecting().at(20);
        tried.call(JobCall::Resume, Hresult::S_OK).at(30).refused(TransientError)
    };
    // The first error was at 01:00 by the clock, and now the period ends an hour later.
    story(1).until(2_000).leaves(rule);
    story(0).until(2_000).breaks(rule);
}

#[test]
fn a_suspended_job_misses_nothing() {
    let suspended = failed()
        .at(5)
        .call(JobCall::Suspend, Hresult::S_OK)
        .to(Suspended, Stimulus::Suspend)
        .until(2_000_000);
    suspended.is_clean_of_retries();
    resumed(suspended)
        .connecting()
        .refused(TransientError)
        .at(2_000_600)
        .retried()
        .holds(RuleId::BITS_RETRY_004);
}

#[test]
fn a_job_that_is_being_tried_misses_nothing() {
    let story = failed().at(600).retried().until(1_000_000);
    story.holds(RuleId::BITS_RETRY_003);
    story.is_clean_of_retries();
}

trait CleanOfRetries {
    /// Asserts that no rule on retries was broken.
    fn is_clean_of_retries(&self);
}

impl CleanOfRetries for Story {
    #[track_caller]
    fn is_clean_of_retries(&self) {
        let findings = self.findings();
        let about_retries = |found: &&crate::Violation| found.rule.text().starts_with("BITS-RETRY");
        assert_eq!(findings.violations().iter().find(about_retries), None);
    }
}
