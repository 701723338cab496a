use super::CHECKED;
use crate::rules::testing::{OWNER, Story};
use bitsim_vocab::call::{JobCall, Reply};
use bitsim_vocab::trace::{AttemptOutcome, Happened};
use bitsim_vocab::world::{Block, Disturbance, Setup, UserKind};
use bitsim_vocab::{
    ErrorContext, Hresult, JobState, JobType, Priority, RuleId, Span, Stimulus, Target,
};

impl Story {
    fn priority(self, priority: Priority) -> Self {
        self.call(JobCall::SetPriority(u32::from(priority.value())), Hresult::S_OK)
    }

    /// A resumed job at this priority.
    fn queued(self, priority: Priority) -> Self {
        self.create(JobType::Download).add().priority(priority).resume()
    }

    fn slice_over(self) -> Self {
        let job = self.job;
        self.push(Happened::SliceEnded { job })
    }

    fn stopped(self, by: Stimulus) -> Self {
        self.ends(AttemptOutcome::Stopped { by }).to(JobState::Queued, by)
    }

    fn yields(self) -> Self {
        self.slice_over().stopped(Stimulus::TimeSliceEnds)
    }

    fn later(self, secs: u64) -> Self {
        self.at(secs).get(JobCall::GetState, Reply::None)
    }
}

const LOW: Priority = Priority::Low;
const NORMAL: Priority = Priority::Normal;
const HIGH: Priority = Priority::High;
const FORE: Priority = Priority::Foreground;

fn two(first: Priority, second: Priority) -> Story {
    Story::new().queued(first).queued(second).at(1)
}

#[test]
fn one_background_job_at_a_time_and_foreground_beside_it() {
    let good = two(NORMAL, NORMAL).about(0).transferring();
    good.holds(RuleId::BITS_SCHED_001);
    good.clone().about(1).transferring().breaks(RuleId::BITS_SCHED_001);
    let both = two(NORMAL, FORE).about(0).transferring().about(1).transferring();
    both.holds(RuleId::BITS_SCHED_001);
    both.is_clean_of(CHECKED);
    two(NORMAL, FORE).about(0).transferring().breaks(RuleId::BITS_SCHED_001);
    two(NORMAL, FORE).about(0).transferring().later(99).breaks(RuleId::BITS_SCHED_001);
}

#[test]
fn old_versions_do_one_thing_at_a_time() {
    let old = || Story::on(Target::bits(1, 5)).queued(NORMAL).queued(FORE).at(1);
    let good = old().about(1).transferring();
    good.holds(RuleId::BITS_SCHED_002);
    good.is_clean_of(CHECKED);
    good.about(0).transferring().breaks(RuleId::BITS_SCHED_002);
    old().about(0).transferring().breaks(RuleId::BITS_SCHED_002);
}

#[test]
fn higher_levels_come_first() {
    two(LOW, HIGH).about(1).connecting().holds(RuleId::BITS_SCHED_003);
    two(LOW, HIGH).about(0).connecting().breaks(RuleId::BITS_SCHED_003);
    let running = Story::new().queued(LOW).at(1).transferring().at(2).queued(HIGH);
    running.clone().later(9).breaks(RuleId::BITS_SCHED_003);
    let displaced = running
        .about(0)
        .stopped(Stimulus::HigherPriorityJobBecomesRunnable)
        .about(1)
        .transferring();
    displaced.holds(RuleId::BITS_SCHED_003);
    displaced.later(9).is_clean_of(CHECKED);
}

#[test]
fn jobs_that_cannot_run_hold_nobody_back() {
    let failed = two(HIGH, LOW)
        .about(0)
        .connecting()
        .at(2)
        .fails(Hresult::http(404), ErrorContext::RemoteFile)
        .to(JobState::Error, Stimulus::ConnectFailsFatal)
        .about(1);
    failed.clone().connecting().holds(RuleId::BITS_SCHED_004);
    failed.clone().later(99).breaks(RuleId::BITS_SCHED_004);
    failed.breaks(RuleId::BITS_SCHED_004);
}

#[test]
fn a_level_shares_its_time() {
    let first = two(NORMAL, NORMAL).about(0).transferring().at(301);
    let good = first.clone().yields().about(1).transferring().at(602).yields().about(0);
    let good = good.connecting();
    good.holds(RuleId::BITS_SCHED_005);
    good.holds(RuleId::BITS_SCHED_006);
    good.is_clean_of(CHECKED);
    first.clone().yields().connecting().breaks(RuleId::BITS_SCHED_005);
    first.clone().slice_over().later(302).breaks(RuleId::BITS_SCHED_006);
    let suspended = first.slice_over().to(JobState::Suspended, Stimulus::TimeSliceEnds);
    suspended.breaks(RuleId::BITS_SCHED_006);
    // The other one came during the slice, so it has not been passed over before.
    let late = Story::new().queued(NORMAL).at(1).transferring().at(9).queued(NORMAL).at(301);
    late.about(0).yields().connecting().breaks(RuleId::BITS_SCHED_006);
}

#[test]
fn a_turn_during_a_block_is_a_turn() {
    let slice = || two(NORMAL, NORMAL).about(0).transferring().at(301).yields();
    let blocked = slice().env(Disturbance::BlockBegins(Block::Cost)).about(1).transferring();
    let back = blocked.at(400).env(Disturbance::LogOff(OWNER));
    let back = back.to(JobState::Queued, Stimulus::OwnerLogsOff).env(Disturbance::LogOn(OWNER));
    let free = back.env(Disturbance::BlockEnds(Block::Cost)).about(0).connecting();
    free.is_clean_of(&[RuleId::BITS_SCHED_006]);
}

#[test]
fn a_slice_comes_to_its_end() {
    let slice = Some(Span::secs(300));
    let story = two(NORMAL, NORMAL).about(0);
    let job = story.job;
    let story = story
        .push(Happened::Granted { job, slice })
        .to(JobState::Connecting, Stimulus::SchedulerPicksJob)
        .to(JobState::Transferring, Stimulus::ConnectSucceeds);
    story.clone().later(300).yields().is_clean_of(&[RuleId::BITS_SCHED_006]);
    story.later(400).breaks(RuleId::BITS_SCHED_006);
}

#[test]
fn files_come_one_after_the_other() {
    let story = Story::new().create(JobType::Download).add().add().resume().at(1).transferring();
    story.clone().arrives(0).bytes(1, 9).holds(RuleId::BITS_SCHED_008);
    story.clone().bytes(0, 9).bytes(1, 9).breaks(RuleId::BITS_SCHED_008);
    story.bytes(1, 9).breaks(RuleId::BITS_SCHED_008);
}

#[test]
fn everybody_gets_a_turn() {
    two(NORMAL, NORMAL)
        .about(0)
        .transferring()
        .arrives(0)
        .transferred()
        .breaks(RuleId::BITS_SCHED_009);
    Story::new().queued(NORMAL).later(99).breaks(RuleId::BITS_SCHED_009);
    Story::new().queued(NORMAL).at(9).connecting().holds(RuleId::BITS_SCHED_009);
    let away = Story::new().env(Disturbance::LogOff(OWNER)).queued(NORMAL).later(999);
    away.is_clean_of(CHECKED);
    let back = away.env(Disturbance::LogOn(OWNER));
    back.breaks(RuleId::BITS_USER_003);
    back.connecting().holds(RuleId::BITS_USER_003);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let restarted = Story::new().queued(NORMAL).env(restart);
    restarted.breaks(RuleId::BITS_SERVICE_002);
    restarted.connecting().holds(RuleId::BITS_SERVICE_002);
    let account = |setup: &mut Setup| {
        setup.users[0].kind = UserKind::NetworkService;
        setup.users[0].logged_on = false;
    };
    Story::new().setup(account).queued(NORMAL).breaks(RuleId::BITS_USER_006);
    Story::new().env(Disturbance::NetworkLost).queued(NORMAL).is_clean_of(CHECKED);
}

#[test]
fn a_new_priority_counts_at_the_next_decision() {
    let raised = two(LOW, NORMAL).about(0).priority(HIGH);
    raised.clone().connecting().holds(RuleId::BITS_SCHED_010);
    raised.about(1).connecting().breaks(RuleId::BITS_SCHED_010);
    let lowered = two(NORMAL, NORMAL).about(0).transferring().at(2).priority(LOW);
    lowered.later(9).breaks(RuleId::BITS_SCHED_010);
}
