use super::CHECKED;
use crate::rules::testing::{APP, Story, download};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::trace::{ErrorInfo, FileChange, Happened, Timer, TimerEvent};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    ErrorContext, FileId, Hresult, JobId, JobState, JobType, Priority, RuleId, SimTime, Span,
    Stimulus,
};

fn restart() -> Disturbance {
    Disturbance::ServiceRestarts { list_readable: true }
}

fn unreadable() -> Disturbance {
    Disturbance::ServiceRestarts { list_readable: false }
}

fn secs(n: u64) -> SimTime {
    SimTime::ZERO + Span::secs(n)
}

impl Story {
    fn listed(self, jobs: &[u32]) -> Self {
        let jobs = Reply::Jobs(jobs.iter().copied().map(JobId).collect());
        self.called(APP, Call::EnumJobs { all_users: false }, Hresult::S_OK, jobs)
    }

    fn get_job(self, hr: Hresult) -> Self {
        let call = Call::GetJob(self.job);
        self.called(APP, call, hr, Reply::None)
    }
}

fn made() -> Story {
    Story::new().create(JobType::Download).add()
}

#[test]
fn jobs_and_properties_survive() {
    let back = || made().at(1).env(restart()).at(2);
    back().listed(&[0]).holds(RuleId::BITS_SERVICE_001);
    back().listed(&[]).breaks(RuleId::BITS_SERVICE_001);
    back().get_job(Hresult::BG_E_NOT_FOUND).breaks(RuleId::BITS_SERVICE_001);
    made().listed(&[]).leaves(RuleId::BITS_SERVICE_001);
    let delay = |n| back().get(JobCall::GetMinimumRetryDelay, Reply::Number(n));
    delay(600).holds(RuleId::BITS_SERVICE_001);
    delay(60).breaks(RuleId::BITS_SERVICE_001);
    let priority = |told| back().get(JobCall::GetPriority, Reply::Priority(told));
    priority(Priority::High).breaks(RuleId::BITS_SERVICE_001);
    let moved = back().to(JobState::Queued, Stimulus::ServiceRestart);
    moved.breaks(RuleId::BITS_SERVICE_001);
}

#[test]
fn active_jobs_come_back_queued() {
    let running = || download().at(1).transferring().at(2).env(restart());
    let good = running().to(JobState::Queued, Stimulus::ServiceRestart).transferring();
    good.holds(RuleId::BITS_SERVICE_002);
    good.is_clean_of(CHECKED);
    let wrong = running().to(JobState::Suspended, Stimulus::ServiceRestart);
    wrong.breaks(RuleId::BITS_SERVICE_002);
}

#[test]
fn an_unreadable_list_is_an_empty_list() {
    let lost = || made().at(1).env(unreadable()).at(2);
    lost().listed(&[]).holds(RuleId::BITS_SERVICE_004);
    lost().listed(&[]).is_clean_of(CHECKED);
    lost().listed(&[0]).breaks(RuleId::BITS_SERVICE_004);
    lost().get_job(Hresult::BG_E_NOT_FOUND).holds(RuleId::BITS_SERVICE_004);
    lost().get_job(Hresult::S_OK).breaks(RuleId::BITS_SERVICE_004);
    lost().file(0, FileChange::TempDeleted).breaks(RuleId::BITS_SERVICE_004);
    lost().connecting().breaks(RuleId::BITS_SERVICE_004);
}

#[test]
fn a_restart_follows_the_clock() {
    let timer = Timer::NoProgressTimeout;
    let armed = |due| TimerEvent::Armed { due: secs(due) };
    let hour = i64::try_from(3_600 * TICKS_PER_SECOND).unwrap_or(0);
    let waiting = || {
        download()
            .at(1)
            .connecting()
            .fails(Hresult::BG_E_TIMEOUT, ErrorContext::GeneralTransport)
            .to(JobState::TransientError, Stimulus::ConnectFailsTransient)
            .timer(timer, armed(10_001))
            .at(2)
            .env(Disturbance::WallClockMoves(hour))
            .env(restart())
    };
    let moved = waiting().timer(timer, armed(6_401));
    moved.holds(RuleId::BITS_SERVICE_003);
    moved.is_clean_of(CHECKED);
    waiting().timer(timer, armed(10_001)).breaks(RuleId::BITS_SERVICE_003);
    waiting().at(10_001).timer(timer, TimerEvent::Fired).breaks(RuleId::BITS_SERVICE_003);
    waiting().at(6_401).timer(timer, TimerEvent::Fired).holds(RuleId::BITS_SERVICE_003);
    waiting().at(10_500).breaks(RuleId::BITS_SERVICE_003);
    // Progress begins a new period.
    let period = waiting().at(9).bytes(0, 9).timer(timer, armed(10_001));
    period.leaves(RuleId::BITS_SERVICE_003);
    let still = download().at(2).env(restart()).timer(timer, armed(10_001));
    still.leaves(RuleId::BITS_SERVICE_003);
    // A block puts it off, which may come to the same as before.
    let waits = |code| {
        let info = ErrorInfo { code, context: ErrorContext::GeneralQueueManager, file: None, protocol: None };
        let again = waiting().to(JobState::Queued, Stimulus::ServiceRestart).at(3);
        let job = again.job;
        let waits = again.push(Happened::ErrorInfo { job, info });
        let waits = waits.to(JobState::TransientError, Stimulus::NetworkLost).at(9);
        waits.to(JobState::Queued, Stimulus::NetworkRegained).timer(timer, armed(10_001))
    };
    waits(Hresult::BG_E_NETWORK_DISCONNECTED).is_clean_of(CHECKED);
    waits(Hresult::BG_E_TIMEOUT).breaks(RuleId::BITS_SERVICE_003);
}

#[test]
fn a_time_goes_on_through_attempts_by_the_clock_it_began_with() {
    let timer = Timer::NoProgressTimeout;
    let armed = |due| TimerEvent::Armed { due: secs(due) };
    let second = i64::try_from(TICKS_PER_SECOND).unwrap_or(0);
    let moves = || Disturbance::WallClockMoves(second);
    let fails = |story: Story| {
        story
            .fails(Hresult::BG_E_TIMEOUT, ErrorContext::GeneralTransport)
            .to(JobState::TransientError, Stimulus::ConnectFailsTransient)
    };
    let retried = |story: Story| story.timer(timer, TimerEvent::Stopped).connecting();
    let first = || fails(download().at(1).connecting()).timer(timer, armed(10_001));
    let again = || fails(retried(first().at(2).env(moves()).at(3))).timer(timer, armed(10_001));
    // Both moves count, as the time began before the first.
    let twice = || again().at(4).env(moves()).env(restart());
    twice().timer(timer, armed(9_999)).holds(RuleId::BITS_SERVICE_003);
    twice().timer(timer, armed(9_998)).breaks(RuleId::BITS_SERVICE_003);
    twice().timer(timer, armed(10_001)).breaks(RuleId::BITS_SERVICE_003);
    // A time that began since counts from there.
    let anew = || fails(retried(first().at(2).env(moves()).at(3)).bytes(0, 9));
    let since = || anew().timer(timer, armed(10_003)).at(4).env(moves()).env(restart());
    since().timer(timer, armed(10_002)).holds(RuleId::BITS_SERVICE_003);
    since().timer(timer, armed(10_001)).breaks(RuleId::BITS_SERVICE_003);
    // The clock was first moved during an attempt: the time may be of before.
    let during = fails(retried(first().at(2)).env(moves()).at(3)).timer(timer, armed(10_001));
    during.at(4).env(restart()).timer(timer, armed(10_000)).leaves(RuleId::BITS_SERVICE_003);
}

#[test]
fn a_new_remote_name_is_stored_by_resume() {
    let url = || "http://files.example/new".to_owned();
    let named =
        || made().call(JobCall::SetRemoteName { file: FileId(0), url: url() }, Hresult::S_OK);
    let told = |story: Story, text: &str| {
        story.get(JobCall::GetRemoteName(FileId(0)), Reply::Text(text.to_owned()))
    };
    told(named().resume().env(restart()), &url()).holds(RuleId::BITS_RESUME_009);
    told(named().resume().env(restart()), "http://old").breaks(RuleId::BITS_RESUME_009);
    told(named().env(restart()), "http://old").leaves(RuleId::BITS_RESUME_009);
}
