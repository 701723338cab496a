use crate::rules::testing::{CONSOLE, Story, download};
use JobState::{Error, Queued, Suspended, TransientError};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::stands::FirstConnectFailure;
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ErrorContext, Happened, Hresult, JobState, Reply, RuleId, Stimulus, Target,
};

const SERVER_DOWN: Hresult = Hresult::BG_E_HTTP_ERROR_503;
const REMOTE: ErrorContext = ErrorContext::RemoteFile;

/// The steps that these tests tell again and again.
trait Counting: Sized {
    /// The count changes.
    fn count(self, from: u32, to: u32) -> Self;
    /// GetErrorCount answers this.
    fn reads(self, count: u64) -> Self;
    /// The attempt fails for now, and the count goes from `from` to `to`.
    fn fails_for_now(self, cause: Stimulus, counts: (u32, u32)) -> Self;
    /// A block stops the attempt, and the count goes from `from` to `to`.
    fn blocked(self, code: Hresult, cause: Stimulus, counts: (u32, u32)) -> Self;
    /// The retry delay is over.
    fn retried(self) -> Self;
}

impl Counting for Story {
    fn count(self, from: u32, to: u32) -> Self {
        let job = self.job;
        if from == to { self } else { self.push(Happened::Count { job, from, to }) }
    }

    fn reads(self, count: u64) -> Self {
        self.get(JobCall::GetErrorCount, Reply::Number(count))
    }

    fn fails_for_now(self, cause: Stimulus, (from, to): (u32, u32)) -> Self {
        let (job, class) = (self.job, SERVER_DOWN.job_class());
        let info = ErrorInfo { code: SERVER_DOWN, context: REMOTE, file: None, protocol: None };
        self.ends(AttemptOutcome::Failed { code: SERVER_DOWN, class })
            .count(from, to)
            .push(Happened::ErrorInfo { job, info })
            .to(TransientError, cause)
    }

    fn blocked(self, code: Hresult, cause: Stimulus, (from, to): (u32, u32)) -> Self {
        let job = self.job;
        let context = ErrorContext::GeneralQueueManager;
        let info = ErrorInfo { code, context, file: None, protocol: None };
        self.ends(AttemptOutcome::Blocked { code })
            .count(from, to)
            .push(Happened::ErrorInfo { job, info })
            .to(TransientError, cause)
    }

    fn retried(self) -> Self {
        self.to(Queued, Stimulus::RetryDelayExpires)
    }
}

const DROPS: Stimulus = Stimulus::TransferErrorTransient;
const REFUSED: Stimulus = Stimulus::ConnectFailsTransient;

fn on(target: Target) -> Story {
    Story::on(target).create(bitsim_vocab::JobType::Download).add().resume()
}

#[test]
fn the_count_starts_at_zero_and_is_what_get_error_count_says() {
    download().reads(0).holds(RuleId::BITS_ERRCOUNT_001);
    download().reads(1).breaks(RuleId::BITS_ERRCOUNT_001);
    let failed = download().transferring().fails_for_now(DROPS, (0, 1));
    failed.clone().reads(1).is_clean_of_counts();
    failed.reads(2).breaks(RuleId::BITS_ERRCOUNT_001);
    download()
        .call(JobCall::GetErrorCount, Hresult::BG_E_INVALID_STATE)
        .breaks(RuleId::BITS_ERRCOUNT_001);
}

#[test]
fn a_failure_out_of_transferring_counts_once() {
    download().transferring().fails_for_now(DROPS, (0, 1)).holds(RuleId::BITS_ERRCOUNT_002);
    download().transferring().fails_for_now(DROPS, (0, 0)).breaks(RuleId::BITS_ERRCOUNT_002);
    let code = Hresult::ERROR_DISK_FULL;
    let fatal =
        download().transferring().ends(AttemptOutcome::Failed { code, class: code.job_class() });
    fatal
        .clone()
        .count(0, 1)
        .to(Error, Stimulus::TransferErrorFatal)
        .holds(RuleId::BITS_ERRCOUNT_002);
    fatal.to(Error, Stimulus::TransferErrorFatal).breaks(RuleId::BITS_ERRCOUNT_002);
}

#[test]
fn the_count_never_falls() {
    let failed = download().transferring().fails_for_now(DROPS, (0, 1));
    let resumed = failed.call(JobCall::Resume, Hresult::S_OK).to(Queued, Stimulus::Resume);
    resumed.clone().reads(1).holds(RuleId::BITS_ERRCOUNT_003);
    resumed.clone().reads(0).breaks(RuleId::BITS_ERRCOUNT_003);
    resumed.count(1, 0).breaks(RuleId::BITS_ERRCOUNT_003);
}

#[test]
fn blocks_do_not_count() {
    let policy = Hresult::BG_E_BLOCKED_BY_POLICY;
    for (rule, code, cause) in [
        (RuleId::BITS_ERRCOUNT_004, Hresult::BG_E_NETWORK_DISCONNECTED, Stimulus::NetworkLost),
        (
            RuleId::BITS_ERRCOUNT_005,
            Hresult::BG_E_DESTINATION_LOCKED,
            Stimulus::DestinationVolumeLocked,
        ),
        (RuleId::BITS_ERRCOUNT_006, policy, Stimulus::BandwidthLimitZeroBegins),
    ] {
        download().transferring().blocked(code, cause, (0, 0)).holds(rule);
        let counted = download().transferring().blocked(code, cause, (0, 1));
        counted.breaks(rule);
        counted.leaves(RuleId::BITS_ERRCOUNT_010);
    }
}

#[test]
fn a_block_of_a_newer_kind_counts_once_at_most() {
    let cost = Hresult::BG_E_BLOCKED_BY_COST_TRANSFER_POLICY;
    let begins = Stimulus::BlockBegins;
    let story = || download().transferring();
    story().blocked(cost, begins, (0, 0)).holds(RuleId::BITS_ERRCOUNT_013);
    story().blocked(cost, begins, (0, 1)).holds(RuleId::BITS_ERRCOUNT_013);
    story().blocked(cost, begins, (0, 2)).breaks(RuleId::BITS_ERRCOUNT_013);
    on(Target::bits(4, 0))
        .transferring()
        .blocked(cost, begins, (0, 2))
        .leaves(RuleId::BITS_ERRCOUNT_013);
}

#[test]
fn a_block_while_queued_does_not_count_either() {
    let code = Hresult::BG_E_NETWORK_DISCONNECTED;
    let context = ErrorContext::GeneralQueueManager;
    let info = ErrorInfo { code, context, file: None, protocol: None };
    let story = |counts: (u32, u32)| {
        let story = download().count(counts.0, counts.1);
        let job = story.job;
        story.push(Happened::ErrorInfo { job, info }).to(TransientError, Stimulus::NetworkLost)
    };
    story((0, 0)).holds(RuleId::BITS_ERRCOUNT_004);
    story((0, 1)).breaks(RuleId::BITS_ERRCOUNT_004);
}

#[test]
fn failed_retries_count_from_2_0_on() {
    let first = || download().transferring().fails_for_now(DROPS, (0, 1)).at(600).retried();
    let right = first().connecting().fails_for_now(REFUSED, (1, 2));
    right.holds(RuleId::BITS_ERRCOUNT_007);
    right.holds(RuleId::BITS_ERRCOUNT_009);
    right.leaves(RuleId::BITS_ERRCOUNT_008);
    let wrong = first().connecting().fails_for_now(REFUSED, (1, 1));
    wrong.breaks(RuleId::BITS_ERRCOUNT_007);
    wrong.breaks(RuleId::BITS_ERRCOUNT_009);
}

#[test]
fn progress_ends_the_phase() {
    let first =
        || download().transferring().fails_for_now(DROPS, (0, 1)).at(600).retried().transferring();
    first().fails_for_now(DROPS, (1, 2)).holds(RuleId::BITS_ERRCOUNT_007);
    first().bytes(0, 10).fails_for_now(DROPS, (1, 2)).leaves(RuleId::BITS_ERRCOUNT_007);
}

#[test]
fn failed_retries_are_free_up_to_1_5() {
    let first =
        || on(Target::bits(1, 5)).transferring().fails_for_now(DROPS, (0, 1)).at(600).retried();
    first().transferring().fails_for_now(DROPS, (1, 1)).holds(RuleId::BITS_ERRCOUNT_008);
    first().transferring().fails_for_now(DROPS, (1, 2)).breaks(RuleId::BITS_ERRCOUNT_008);
    first().connecting().fails_for_now(REFUSED, (1, 2)).breaks(RuleId::BITS_ERRCOUNT_008);
    first()
        .transferring()
        .bytes(0, 10)
        .fails_for_now(DROPS, (1, 2))
        .holds(RuleId::BITS_ERRCOUNT_002);
}

#[test]
fn a_first_connection_failure_follows_the_stand() {
    let story = |stand: FirstConnectFailure, counts| {
        download()
            .setup(|setup| setup.stands.first_connect_failure = stand)
            .connecting()
            .fails_for_now(REFUSED, counts)
    };
    story(FirstConnectFailure::Counts, (0, 1)).holds(RuleId::BITS_ERRCOUNT_009);
    story(FirstConnectFailure::Counts, (0, 0)).breaks(RuleId::BITS_ERRCOUNT_009);
    story(FirstConnectFailure::IsFree, (0, 0)).holds(RuleId::BITS_ERRCOUNT_009);
    story(FirstConnectFailure::IsFree, (0, 1)).breaks(RuleId::BITS_ERRCOUNT_009);
}

#[test]
fn one_failure_counts_once() {
    let twice = download().transferring().fails_for_now(DROPS, (0, 2));
    twice.breaks(RuleId::BITS_ERRCOUNT_010);
    twice.leaves(RuleId::BITS_ERRCOUNT_002);
    let job = twice.job;
    download()
        .push(Happened::Count { job, from: 0, to: 1 })
        .connecting()
        .breaks(RuleId::BITS_ERRCOUNT_010);
}

#[test]
fn giving_up_does_not_count() {
    let story = || download().transferring().fails_for_now(DROPS, (0, 1)).at(1_209_600);
    let expires = Stimulus::NoProgressTimeoutExpires;
    story().to(Error, expires).holds(RuleId::BITS_ERRCOUNT_011);
    story().count(1, 2).to(Error, expires).breaks(RuleId::BITS_ERRCOUNT_011);
}

#[test]
fn what_merely_stops_a_job_does_not_count() {
    for (to, by) in [
        (Suspended, Stimulus::Suspend),
        (Queued, Stimulus::TimeSliceEnds),
        (Queued, Stimulus::HigherPriorityJobBecomesRunnable),
        (Queued, Stimulus::OwnerLogsOff),
    ] {
        let story = || download().transferring().ends(AttemptOutcome::Stopped { by });
        story().to(to, by).holds(RuleId::BITS_ERRCOUNT_012);
        story().count(0, 1).to(to, by).breaks(RuleId::BITS_ERRCOUNT_012);
    }
    let refused = || download().call(JobCall::SetPriority(9), Hresult::E_NOTIMPL);
    refused().holds(RuleId::BITS_ERRCOUNT_012);
    refused().count(0, 1).at(5).reads(1).breaks(RuleId::BITS_ERRCOUNT_012);
}

#[test]
fn the_count_survives_restarts_and_a_new_owner() {
    let failed = || download().transferring().fails_for_now(DROPS, (0, 1)).at(10);
    let restart = || failed().env(Disturbance::ServiceRestarts { list_readable: true });
    restart().reads(1).holds(RuleId::BITS_ERRCOUNT_014);
    restart().reads(0).breaks(RuleId::BITS_ERRCOUNT_014);
    let owned = || {
        let story = failed();
        let call = Call::Job(story.job, JobCall::TakeOwnership);
        story.called(CONSOLE, call, Hresult::S_OK, Reply::None)
    };
    owned().reads(1).holds(RuleId::BITS_ERRCOUNT_014);
    owned().reads(0).breaks(RuleId::BITS_ERRCOUNT_014);
    failed().reads(1).leaves(RuleId::BITS_ERRCOUNT_014);
}

trait CleanOfCounts {
    /// Asserts that no rule on the count was broken.
    fn is_clean_of_counts(&self);
}

impl CleanOfCounts for Story {
    #[track_caller]
    fn is_clean_of_counts(&self) {
        let findings = self.findings();
        let about_counts =
            |found: &&crate::Violation| found.rule.text().starts_with("BITS-ERRCOUNT");
        assert_eq!(findings.violations().iter().find(about_counts), None);
    }
}
