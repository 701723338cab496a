use super::CHECKED;
use crate::rules::testing::{APP, CONSOLE, OTHER, OWNER, Story, download};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::world::{Disturbance, Setup, UserKind};
use bitsim_vocab::{ClientId, ErrorContext, Hresult, JobState, JobType, RuleId, Stimulus, UserId};

const OFF: Disturbance = Disturbance::LogOff(OWNER);
const ON: Disturbance = Disturbance::LogOn(OWNER);

impl Story {
    fn from(self, by: ClientId, call: JobCall, hr: Hresult) -> Self {
        let call = Call::Job(self.job, call);
        self.called(by, call, hr, Reply::None)
    }

    fn sent_back(self) -> Self {
        let by = Stimulus::OwnerLogsOff;
        self.ends(AttemptOutcome::Stopped { by }).to(JobState::Queued, by)
    }
}

fn running() -> Story {
    download().at(1).transferring().at(2)
}

fn made() -> Story {
    Story::new().create(JobType::Download).add()
}

fn system() -> Story {
    let change = |setup: &mut Setup| {
        setup.users[0].kind = UserKind::LocalSystem;
        setup.users[0].logged_on = false;
    };
    Story::new().setup(change).create(JobType::Download).add().resume()
}

#[test]
fn nothing_runs_without_its_owner() {
    let good = running().env(OFF).bytes(0, 9).sent_back().at(3);
    good.holds(RuleId::BITS_USER_001);
    good.holds(RuleId::BITS_USER_002);
    good.is_clean_of(CHECKED);
    good.clone().connecting().breaks(RuleId::BITS_USER_001);
    good.bytes(0, 9).breaks(RuleId::BITS_USER_001);
    running().env(OFF).at(3).breaks(RuleId::BITS_USER_002);
    running()
        .env(OFF)
        .to(JobState::Suspended, Stimulus::OwnerLogsOff)
        .breaks(RuleId::BITS_USER_002);
    let run_as = running().env(OFF).sent_back().at(3).env(Disturbance::RunAs(OWNER));
    run_as.holds(RuleId::BITS_USER_005);
    run_as.clone().connecting().breaks(RuleId::BITS_USER_005);
    run_as.env(ON).connecting().is_clean_of(CHECKED);
}

#[test]
fn jobs_at_rest_do_not_notice_sessions() {
    let good = made().at(1).env(OFF).at(2).env(ON);
    good.holds(RuleId::BITS_USER_004);
    good.is_clean_of(CHECKED);
    good.to(JobState::Queued, Stimulus::OwnerLogsOn).breaks(RuleId::BITS_USER_004);
    let off = made().env(OFF).to(JobState::Error, Stimulus::OwnerLogsOff);
    off.breaks(RuleId::BITS_USER_004);
}

#[test]
fn service_accounts_are_always_there() {
    system().at(1).connecting().holds(RuleId::BITS_USER_006);
    let off = system().at(1).transferring().env(OFF);
    off.clone().at(2).bytes(0, 9).is_clean_of(CHECKED);
    off.sent_back().breaks(RuleId::BITS_USER_006);
}

#[test]
fn transfers_outlive_their_client() {
    let exits = running().env(Disturbance::ClientExits(APP));
    exits.holds(RuleId::BITS_USER_007);
    exits.clone().at(3).bytes(0, 9).is_clean_of(CHECKED);
    exits.to(JobState::Suspended, Stimulus::ClientExits).breaks(RuleId::BITS_USER_007);
}

#[test]
fn other_users_are_kept_out_and_administrators_are_not() {
    let denied = Hresult::E_ACCESSDENIED;
    made().from(OTHER, JobCall::Suspend, denied).holds(RuleId::BITS_USER_008);
    made().from(OTHER, JobCall::Suspend, Hresult::S_OK).breaks(RuleId::BITS_USER_008);
    made().from(CONSOLE, JobCall::Suspend, Hresult::S_OK).holds(RuleId::BITS_USER_008);
    made().from(CONSOLE, JobCall::Suspend, denied).breaks(RuleId::BITS_USER_008);
    made().from(APP, JobCall::Suspend, Hresult::S_OK).leaves(RuleId::BITS_USER_008);
}

#[test]
fn only_administrators_take_ownership() {
    let take = || JobCall::TakeOwnership;
    made().from(OTHER, take(), Hresult::E_ACCESSDENIED).holds(RuleId::BITS_USER_009);
    made().from(OTHER, take(), Hresult::S_OK).breaks(RuleId::BITS_USER_009);
    let taken = made().from(CONSOLE, take(), Hresult::S_OK);
    taken.holds(RuleId::BITS_USER_009);
    let owner = |story: Story, user| story.get(JobCall::GetOwner, Reply::User(UserId(user)));
    owner(taken.clone(), 1).holds(RuleId::BITS_USER_010);
    owner(taken.clone(), 0).breaks(RuleId::BITS_USER_010);
    let line = |program: &str| Reply::CommandLine(program.to_owned(), String::new());
    taken.clone().get(JobCall::GetNotifyCmdLine, line("")).holds(RuleId::BITS_USER_011);
    taken.clone().get(JobCall::GetNotifyCmdLine, line("tell.exe")).breaks(RuleId::BITS_USER_011);
    let away = taken.env(Disturbance::LogOff(UserId(1))).resume();
    away.connecting().breaks(RuleId::BITS_USER_010);
    let refused = made().from(CONSOLE, take(), Hresult::BG_E_NEW_OWNER_NO_FILE_ACCESS);
    owner(refused.clone(), 0).holds(RuleId::BITS_USER_012);
    owner(refused, 1).breaks(RuleId::BITS_USER_012);
}

#[test]
fn missing_rights_do_not_heal() {
    let failed = running().fails(Hresult::E_ACCESSDENIED, ErrorContext::LocalFile);
    let fatal = failed.clone().to(JobState::Error, Stimulus::TransferErrorFatal);
    fatal.holds(RuleId::BITS_USER_017);
    let transient = failed.to(JobState::TransientError, Stimulus::TransferErrorTransient);
    transient.breaks(RuleId::BITS_USER_017);
}
