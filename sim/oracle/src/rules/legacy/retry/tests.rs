use super::*;
use crate::rules::testing::{OWNER, Story, delivery};
use bitsim_vocab::call::Reply;
use bitsim_vocab::hresult::Class;
use bitsim_vocab::legacy::{COST_ALWAYS, COST_STANDARD, COST_UNRESTRICTED};
use bitsim_vocab::trace::ErrorInfo;
use bitsim_vocab::world::{Block, NetworkCondition};
use bitsim_vocab::{ErrorContext, JobType, Target};

const OK: Hresult = Hresult::S_OK;
const TIMEOUT: Hresult = Hresult::ERROR_WINHTTP_TIMEOUT;
const OFFLINE: Hresult = Hresult::DO_E_BLOCKED_BY_NO_NETWORK;
const COSTLY: Hresult = Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY;
const HOUR: i64 = 36_000_000_000;

trait Retrying: Sized {
    /// `app` sets the no-progress timeout.
    fn patience(self, secs: u32) -> Self;
    /// The attempt fails for now; the next one is due after 30 seconds.
    fn stumbles(self, now: u64) -> Self;
    /// The retry that is due.
    fn retried(self) -> Self;
    /// The job is tried and fails again every 30 seconds, from the second `from` until `to`.
    fn keeps_stumbling(self, from: u64, to: u64) -> Self;
    /// Error information is attached.
    fn told(self, code: Hresult) -> Self;
    /// The no-progress timeout sends the job to ERROR.
    fn given_up(self) -> Self;
    /// This stops the running attempt.
    fn stopped(self, code: Hresult, cause: Stimulus) -> Self;
    /// The run goes on until this second, with nothing more to tell of the job.
    fn until(self, secs: u64) -> Self;
    /// `app` sets the cost flags.
    fn cost(self, value: u32) -> Self;
}

impl Retrying for Story {
    fn patience(self, secs: u32) -> Self {
        self.call(JobCall::SetNoProgressTimeout(secs), OK)
    }

    fn stumbles(self, now: u64) -> Self {
        let due = SimTime::ZERO + Span::secs(now + 30);
        self.at(now)
            .fails(TIMEOUT, ErrorContext::None)
            .to(JobState::TransientError, Stimulus::TransferErrorTransient)
            .timer(Timer::InternalRetry, TimerEvent::Armed { due })
    }

    fn retried(self) -> Self {
        self.timer(Timer::InternalRetry, TimerEvent::Fired).runs(Stimulus::RetryDelayExpires, 0, 0)
    }

    fn keeps_stumbling(self, from: u64, to: u64) -> Self {
        (from..to).step_by(30).fold(self, |story, now| story.stumbles(now).at(now + 30).retried())
    }

    fn told(self, code: Hresult) -> Self {
        let (job, context) = (self.job, ErrorContext::None);
        let info = ErrorInfo { code, context, file: None, protocol: None };
        self.push(Happened::ErrorInfo { job, info })
    }

    fn given_up(self) -> Self {
        self.told(Hresult::DO_E_DOWNLOAD_NO_PROGRESS)
            .to(JobState::Error, Stimulus::NoProgressTimeoutExpires)
    }

    fn stopped(self, code: Hresult, cause: Stimulus) -> Self {
        self.ends(AttemptOutcome::Blocked { code }).told(code).to(JobState::TransientError, cause)
    }

    fn until(self, secs: u64) -> Self {
        self.at(secs).env(Disturbance::RunAs(OWNER))
    }

    fn cost(self, value: u32) -> Self {
        self.call(JobCall::SetProperty { id: COST_FLAGS, value }, OK)
    }
}

/// A job that gives up after 100 seconds, TRANSFERRING since second 0.
fn impatient() -> Story {
    delivery().patience(100)
}

/// The same, which has lost the network at second 10.
fn offline() -> Story {
    impatient().at(10).env(Disturbance::NetworkLost).stopped(OFFLINE, Stimulus::NetworkLost)
}

fn created() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add()
}

#[test]
fn the_default_timeout_goes_by_priority() {
    let rule = RuleId::DO_RETRY_001;
    let got = |story: Story, secs| story.get(JobCall::GetNoProgressTimeout, Reply::Number(secs));
    got(created(), 86_400).holds(rule);
    got(created(), 1_209_600).breaks(rule);
    let foreground = || created().call(JobCall::SetPriority(0), OK);
    got(foreground(), 3600).holds(rule);
    got(foreground(), 86_400).breaks(rule);
    let high = || created().call(JobCall::SetPriority(1), OK);
    got(high(), 86_400).holds(rule);
    got(high(), 3600).breaks(rule);
}

#[test]
fn a_job_without_progress_is_given_up() {
    let rule = RuleId::DO_RETRY_002;
    let story = impatient().keeps_stumbling(10, 100).stumbles(100);
    let given_up = story.clone().given_up();
    given_up.holds(rule);
    given_up.is_clean_of(CHECKED);
    // It never comes.
    story.clone().until(106).breaks(rule);
    story.breaks(rule);
    impatient().keeps_stumbling(10, 200).stumbles(200).until(206).breaks(rule);
    // It comes too early.
    impatient().stumbles(10).at(50).given_up().breaks(rule);
    // It comes with another error.
    let stale = impatient().keeps_stumbling(10, 100).stumbles(100);
    stale.told(TIMEOUT).to(JobState::Error, Stimulus::NoProgressTimeoutExpires).breaks(rule);
    // A request that hangs: the job passes through TRANSIENT_ERROR.
    let code = TIMEOUT;
    let class = Class::Transient;
    let hanging = impatient().at(100).ends(AttemptOutcome::Failed { code, class }).told(code);
    let hanging = hanging.to(JobState::TransientError, Stimulus::TransferErrorTransient);
    hanging.given_up().is_clean_of(CHECKED);
    impatient().breaks(rule);
}

#[test]
fn a_timeout_of_nothing_is_left_alone() {
    let story = delivery().patience(0).at(10).fails(TIMEOUT, ErrorContext::None);
    story.to(JobState::Error, Stimulus::TransferErrorFatal).is_clean_of(CHECKED);
    delivery().patience(0).stumbles(10).until(5).is_clean_of(CHECKED);
}

#[test]
fn a_changed_timeout_counts_either_way() {
    let story = impatient().stumbles(10).at(20).patience(50);
    story.clone().at(50).given_up().is_clean_of(CHECKED);
    story.at(100).given_up().is_clean_of(CHECKED);
}

#[test]
fn progress_begins_a_new_window() {
    let rule = RuleId::DO_RETRY_003;
    let story = impatient().at(60).bytes(0, 50).stumbles(60);
    story.clone().at(90).retried().stumbles(120).at(150).retried().holds(rule);
    story.clone().at(100).given_up().breaks(rule);
    let late = story.at(90).retried().keeps_stumbling(100, 160).stumbles(160);
    late.clone().given_up().is_clean_of(CHECKED);
    late.until(166).breaks(RuleId::DO_RETRY_002);
    // The same bytes once more are no reason to complain either way.
    let again = impatient().at(10).bytes(0, 50).stumbles(10).at(40).retried().at(90).bytes(0, 50);
    again.clone().stumbles(110).given_up().is_clean_of(CHECKED);
    again.stumbles(110).at(140).retried().is_clean_of(&[RuleId::DO_RETRY_003]);
}

#[test]
fn time_that_does_not_count() {
    let rule = RuleId::DO_RETRY_004;
    let suspended = impatient().stumbles(10).at(20).call(JobCall::Suspend, OK);
    let suspended = suspended.to(JobState::Suspended, Stimulus::Suspend);
    suspended.clone().at(100).given_up().breaks(rule);
    let resumed = suspended.at(500).starts();
    resumed.clone().stumbles(510).holds(rule);
    resumed.clone().stumbles(510).given_up().breaks(rule);
    resumed.keeps_stumbling(510, 600).stumbles(600).given_up().is_clean_of(CHECKED);
    // Nobody says whether it counts while the owner is away.
    let away = impatient().stumbles(10).env(Disturbance::LogOff(OWNER)).until(5000);
    away.is_clean_of(CHECKED);
    let away = impatient().stumbles(10).env(Disturbance::LogOff(OWNER));
    away.at(100).given_up().is_clean_of(CHECKED);
    // Nor whether a restart of the service begins anew.
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let back = impatient().stumbles(10).at(90).env(restart);
    back.clone().at(150).given_up().is_clean_of(CHECKED);
    back.at(100).given_up().is_clean_of(CHECKED);
}

#[test]
fn the_timeout_can_be_set_until_the_end() {
    let rule = RuleId::DO_RETRY_005;
    let got = |secs| impatient().get(JobCall::GetNoProgressTimeout, Reply::Number(secs));
    got(100).holds(rule);
    got(86_400).breaks(rule);
    delivery().call(JobCall::SetNoProgressTimeout(9), Hresult::E_INVALIDARG).breaks(rule);
    delivery().call(JobCall::SetNoProgressTimeout(0), Hresult::E_INVALIDARG).leaves(rule);
    let over = created().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    let set = |hr| over.clone().call(JobCall::SetNoProgressTimeout(9), hr);
    set(Hresult::DO_E_INVALID_STATE).holds(rule);
    set(OK).breaks(rule);
}

#[test]
fn there_is_no_minimum_retry_delay() {
    let rule = RuleId::DO_RETRY_007;
    created().call(JobCall::SetMinimumRetryDelay(9), Hresult::E_NOTIMPL).holds(rule);
    created().call(JobCall::SetMinimumRetryDelay(9), OK).breaks(rule);
    created().get(JobCall::GetMinimumRetryDelay, Reply::Number(600)).breaks(rule);
}

#[test]
fn setting_the_clock_moves_nothing() {
    let rule = RuleId::DO_RETRY_008;
    let set = |story: Story, hours: i64| story.env(Disturbance::WallClockMoves(hours * HOUR));
    let story = set(impatient().stumbles(10).at(20), 1);
    story.clone().at(40).retried().arrives(0).transferred().holds(rule);
    story.clone().at(20).retried().arrives(0).transferred().breaks(rule);
    story.clone().at(20).given_up().breaks(rule);
    story.clone().until(46).breaks(rule);
    let retried = story.at(40).retried();
    retried.clone().stumbles(100).given_up().holds(rule);
    retried.clone().stumbles(100).until(106).breaks(rule);
    retried.stumbles(50).given_up().breaks(rule);
    impatient().stumbles(10).at(20).retried().arrives(0).transferred().leaves(rule);
}

#[test]
fn a_restart_tells_the_wait_anew() {
    let rule = RuleId::DO_RETRY_008;
    let set = |story: Story, hours: i64| story.env(Disturbance::WallClockMoves(hours * HOUR));
    let quick = |setup: &mut Setup| setup.delivery.retry_delays = vec![Span::secs(5)];
    let story = set(impatient().setup(quick).stumbles(10).at(12), 1).at(15);
    let story = story.env(Disturbance::ServiceRestarts { list_readable: true });
    let armed = |secs| {
        let due = SimTime::ZERO + Span::secs(secs);
        story.clone().timer(Timer::InternalRetry, TimerEvent::Armed { due })
    };
    let retried = |story: Story, at| story.at(at).retried().arrives(0).transferred();
    // It begins again or goes on as it was told; that it is over already only the clock says.
    retried(armed(20), 20).holds(rule);
    retried(armed(40), 40).holds(rule);
    retried(armed(16), 16).breaks(rule);
    retried(armed(20), 17).breaks(rule);
    retried(set(armed(20), 1), 20).holds(rule);
    retried(set(armed(20), 1), 17).breaks(rule);
    set(armed(20), 1).until(30).breaks(rule);
    retried(story.clone(), 35).leaves(rule);
}

#[test]
fn blocks_show_as_transient_errors() {
    let rule = RuleId::DO_RETRY_009;
    offline().until(15).holds(rule);
    offline().until(5000).is_clean_of(CHECKED);
    // Another code, another state, no state at all.
    let lost = || impatient().at(10).env(Disturbance::NetworkLost);
    lost().stopped(TIMEOUT, Stimulus::NetworkLost).breaks(rule);
    lost().stopped(COSTLY, Stimulus::NetworkLost).breaks(rule);
    let stopped = || lost().ends(AttemptOutcome::Blocked { code: OFFLINE }).told(OFFLINE);
    stopped().to(JobState::Suspended, Stimulus::NetworkLost).breaks(rule);
    stopped().to(JobState::Error, Stimulus::NetworkLost).breaks(rule);
    lost().until(71).breaks(rule);
    impatient().at(10).stopped(OFFLINE, Stimulus::NetworkLost).breaks(rule);
    // A queued job may stay queued.
    let queued = created().call(JobCall::Resume, OK).to(JobState::Queued, Stimulus::Resume);
    queued.env(Disturbance::NetworkLost).until(500).is_clean_of(CHECKED);
    // Something that does not concern the service.
    let game = Disturbance::BlockBegins(Block::GameMode);
    delivery().env(game).at(500).arrives(0).transferred().is_clean_of(CHECKED);
}

#[test]
fn blocks_end_by_themselves() {
    let rule = RuleId::DO_RETRY_009;
    let back = offline().at(500).env(Disturbance::NetworkRegained);
    let resumed = back.clone().runs(Stimulus::NetworkRegained, 0, 0);
    resumed.clone().at(550).arrives(0).transferred().holds(rule);
    resumed.clone().at(550).arrives(0).transferred().is_clean_of(CHECKED);
    back.clone().to(JobState::Queued, Stimulus::NetworkRegained).is_clean_of(CHECKED);
    back.clone().until(561).breaks(rule);
    back.breaks(rule);
    // The time of the block does not count.
    offline().at(100).given_up().breaks(rule);
    resumed.stumbles(510).is_clean_of(&[rule, RuleId::DO_RETRY_004]);
    // Another block is still in force, or the owner is away.
    let power = Disturbance::BlockBegins(Block::PowerState);
    let both = offline().at(20).env(power).at(500).env(Disturbance::NetworkRegained);
    let code = Hresult::DO_E_BLOCKED_BY_POWER_STATE;
    both.clone().told(code).until(5000).is_clean_of(CHECKED);
    both.clone().told(OFFLINE).breaks(rule);
    let over = Disturbance::BlockEnds(Block::PowerState);
    both.told(code).at(600).env(over).until(661).breaks(rule);
    let away = offline().env(Disturbance::LogOff(OWNER)).at(20).env(Disturbance::NetworkRegained);
    away.clone().until(500).is_clean_of(CHECKED);
    away.at(500).env(Disturbance::LogOn(OWNER)).until(561).breaks(rule);
}

#[test]
fn cost_flags_take_effect_at_once() {
    let rule = RuleId::DO_COST_001;
    let metered = Disturbance::NetworkConditions(vec![NetworkCondition::Metered]);
    let story = delivery().env(metered).at(10).cost(COST_UNRESTRICTED);
    let stopped = story.clone().stopped(COSTLY, Stimulus::BlockBegins);
    stopped.holds(rule);
    stopped.is_clean_of(CHECKED);
    story.clone().at(30).bytes(0, 50).breaks(rule);
    story.until(71).breaks(rule);
    let allowed = stopped.at(100).cost(COST_STANDARD);
    let running = allowed.clone().runs(Stimulus::BlockEnds, 0, 0).arrives(0).transferred();
    running.holds(rule);
    running.is_clean_of(CHECKED);
    allowed.until(161).breaks(rule);
    let roaming = Disturbance::NetworkConditions(vec![NetworkCondition::Roaming]);
    let story = delivery().env(roaming).at(10).cost(COST_ALWAYS).at(500).arrives(0).transferred();
    story.is_clean_of(CHECKED);
    story.leaves(rule);
}
