use super::CHECKED;
use crate::rules::testing::{APP, CONSOLE, OTHER, OWNER, Story};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::{
    AttemptOutcome, ErrorInfo, Happened, Note, NoteKind, NoteResult, Recipient,
};
use bitsim_vocab::world::{Disturbance, UserKind};
use bitsim_vocab::{
    ClientId, ErrorContext, Hresult, JobState, JobType, NoteId, RuleId, Stimulus, Target,
};

const DONE: NoteKind = NoteKind::JobTransferred;
const FAILED: NoteKind = NoteKind::JobError;
const CHANGED: NoteKind = NoteKind::JobModification;
const S_OK: NoteResult = NoteResult::Returned(Hresult::S_OK);
const E_FAIL: NoteResult = NoteResult::Returned(Hresult::E_FAIL);

impl Story {
    fn begins(self, note: u32, kind: NoteKind, to: Recipient) -> Self {
        let job = self.job;
        let note = Note { note: NoteId(note), job, kind, to, attempt: 1, error: None , status: None};
        self.push(Happened::NoteBegan(Box::new(note)))
    }

    /// The callback of a client begins.
    fn rings(self, note: u32, kind: NoteKind, client: ClientId) -> Self {
        self.begins(note, kind, Recipient::Interface(client))
    }

    /// The program of the job is launched.
    fn launches(self, note: u32, kind: NoteKind) -> Self {
        let (program, parameters) = ("tell.exe".to_owned(), String::new());
        self.begins(note, kind, Recipient::CommandLine { user: OWNER, program, parameters })
    }

    fn answers(self, note: u32, result: NoteResult) -> Self {
        let job = self.job;
        self.push(Happened::NoteEnded { note: NoteId(note), job, result })
    }

    fn set(self, call: JobCall) -> Self {
        self.call(call, Hresult::S_OK)
    }

    fn listens(self, flags: u32) -> Self {
        self.set(JobCall::SetNotifyInterface(true)).set(JobCall::SetNotifyFlags(flags))
    }

    fn program(self) -> Self {
        let program = Some("tell.exe".to_owned());
        self.set(JobCall::SetNotifyCmdLine { program, parameters: None })
    }

    fn done(self) -> Self {
        self.resume().transferring().arrives(0).transferred()
    }

    fn blocked(self) -> Self {
        let job = self.job;
        let code = Hresult::BG_E_NETWORK_DISCONNECTED;
        let context = ErrorContext::GeneralQueueManager;
        let info = ErrorInfo { code, context, file: None, protocol: None };
        self.ends(AttemptOutcome::Blocked { code })
            .push(Happened::ErrorInfo { job, info })
            .to(JobState::TransientError, Stimulus::NetworkLost)
    }

    fn denied(self) -> Self {
        self.resume()
            .connecting()
            .fails(Hresult::http(404), ErrorContext::RemoteFile)
            .to(JobState::Error, Stimulus::ConnectFailsFatal)
    }
}

fn plain() -> Story {
    Story::new().create(JobType::Download).add()
}

fn on(target: Target) -> Story {
    Story::on(target).create(JobType::Download).add()
}

#[test]
fn transferred_and_error_are_reported_once() {
    let story = plain().listens(3).at(1).done();
    let told = story.clone().rings(0, DONE, APP).answers(0, S_OK);
    told.holds(RuleId::BITS_NOTIFY_001);
    told.is_clean_of(CHECKED);
    story.clone().breaks(RuleId::BITS_NOTIFY_001);
    story.at(500).create(JobType::Download).breaks(RuleId::BITS_NOTIFY_001);
    told.clone().rings(1, DONE, APP).breaks(RuleId::BITS_NOTIFY_009);
    plain().listens(2).at(1).done().rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_001);
    plain().listens(3).resume().rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_001);

    let story = plain().listens(3).at(1).denied();
    let told = story.clone().rings(0, FAILED, APP).answers(0, S_OK);
    told.holds(RuleId::BITS_NOTIFY_002);
    told.is_clean_of(CHECKED);
    story.breaks(RuleId::BITS_NOTIFY_002);
    plain().listens(3).resume().rings(0, FAILED, APP).breaks(RuleId::BITS_NOTIFY_002);
}

#[test]
fn what_nobody_asked_for_is_not_owed() {
    plain().done().is_clean_of(CHECKED);
    plain().listens(0).done().is_clean_of(CHECKED);
    plain().listens(3).set(JobCall::SetNotifyInterface(false)).done().is_clean_of(CHECKED);
    let story = plain().listens(3).done().set(JobCall::Complete);
    story.to(JobState::Acknowledged, Stimulus::Complete).is_clean_of(CHECKED);
    let exits = Disturbance::ClientExits(APP);
    plain().listens(3).env(exits).done().holds(RuleId::BITS_NOTIFY_018);
}

#[test]
fn transient_errors_and_final_states_have_no_callback() {
    let story = plain().listens(3).at(1).resume().transferring().blocked();
    story.holds(RuleId::BITS_NOTIFY_003);
    story.holds(RuleId::BITS_NOTIFY_025);
    story.clone().rings(0, FAILED, APP).breaks(RuleId::BITS_NOTIFY_003);
    story.rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_025);
    let story = plain().listens(3).set(JobCall::Cancel).to(JobState::Cancelled, Stimulus::Cancel);
    story.holds(RuleId::BITS_NOTIFY_025);
    story.rings(0, FAILED, APP).breaks(RuleId::BITS_NOTIFY_025);
}

#[test]
fn modifications_report_changes_but_not_the_two_results() {
    let flag = JobCall::SetNotifyFlags(8);
    let story = plain().set(JobCall::SetNotifyInterface(true)).set(flag);
    let change = |story: Story, at| story.at(at).set(JobCall::SetNoProgressTimeout(9));
    let silent = (1..=3).fold(story.clone(), change);
    silent.breaks(RuleId::BITS_NOTIFY_004);
    (1..=2).fold(story.clone(), change).is_clean_of(CHECKED);
    silent.rings(0, CHANGED, APP).answers(0, S_OK).holds(RuleId::BITS_NOTIFY_004);
    let entered = story
        .at(1)
        .resume()
        .connecting()
        .rings(0, CHANGED, APP)
        .answers(0, S_OK)
        .at(2)
        .fails(Hresult::http(404), ErrorContext::RemoteFile)
        .to(JobState::Error, Stimulus::ConnectFailsFatal);
    entered.holds(RuleId::BITS_NOTIFY_005);
    entered.is_clean_of(CHECKED);
    entered.rings(1, CHANGED, APP).breaks(RuleId::BITS_NOTIFY_005);
}

#[test]
fn a_queue_is_no_excuse_for_losing_a_result() {
    let jobs = (0..5)
        .fold(Story::new(), |story, _| story.create(JobType::Download).add().listens(3).done());
    let four = (0..4).fold(jobs, |story, n| story.about(n).rings(n, DONE, APP)).at(900);
    let freed = (0..4).fold(four.clone(), |story, n| story.about(n).answers(n, S_OK));
    freed.clone().about(4).rings(4, DONE, APP).holds(RuleId::BITS_NOTIFY_006);
    freed.clone().about(4).rings(4, DONE, APP).holds(RuleId::BITS_NOTIFY_020);
    freed.breaks(RuleId::BITS_NOTIFY_006);
    four.clone().is_clean_of(CHECKED);
    four.about(4).rings(4, DONE, APP).breaks(RuleId::BITS_NOTIFY_020);
}

#[test]
fn the_disable_flag_silences_everything() {
    let story = plain().listens(7).done();
    story.holds(RuleId::BITS_NOTIFY_007);
    story.is_clean_of(CHECKED);
    story.rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_007);
}

#[test]
fn undefined_flags_are_refused() {
    let call = |flags, hr| plain().call(JobCall::SetNotifyFlags(flags), hr);
    call(0x40, Hresult::E_NOTIMPL).holds(RuleId::BITS_NOTIFY_008);
    call(0x3F, Hresult::S_OK).holds(RuleId::BITS_NOTIFY_008);
    call(0x40, Hresult::S_OK).breaks(RuleId::BITS_NOTIFY_008);
    call(0x08, Hresult::E_NOTIMPL).breaks(RuleId::BITS_NOTIFY_008);
    let old = on(Target::bits(1, 5)).call(JobCall::SetNotifyFlags(0x10), Hresult::E_NOTIMPL);
    old.leaves(RuleId::BITS_NOTIFY_008);
}

#[test]
fn a_failed_callback_is_called_again() {
    let failed = plain().listens(3).at(1).done().rings(0, DONE, APP).answers(0, E_FAIL);
    failed.breaks(RuleId::BITS_NOTIFY_009);
    failed.clone().at(1_300).create(JobType::Download).breaks(RuleId::BITS_NOTIFY_009);
    let again = failed.clone().at(601).rings(1, DONE, APP).answers(1, S_OK);
    again.holds(RuleId::BITS_NOTIFY_009);
    again.is_clean_of(CHECKED);
    // Nothing is owed once the job has gone on, or where a success code leaves it open.
    failed
        .set(JobCall::Complete)
        .to(JobState::Acknowledged, Stimulus::Complete)
        .is_clean_of(CHECKED);
    let odd = NoteResult::Returned(Hresult::S_FALSE);
    plain().listens(3).done().rings(0, DONE, APP).answers(0, odd).is_clean_of(CHECKED);
}

#[test]
fn the_command_line_takes_over_from_a_failed_callback() {
    let story = plain().listens(3).program().at(1).done();
    story.clone().launches(0, DONE).breaks(RuleId::BITS_NOTIFY_011);
    let failed = story.clone().rings(0, DONE, APP).answers(0, E_FAIL);
    failed.breaks(RuleId::BITS_NOTIFY_010);
    failed.clone().at(601).rings(1, DONE, APP).breaks(RuleId::BITS_NOTIFY_010);
    let launched = failed.launches(1, DONE).answers(1, NoteResult::Exited(0));
    launched.holds(RuleId::BITS_NOTIFY_010);
    launched.holds(RuleId::BITS_NOTIFY_011);
    launched.holds(RuleId::BITS_NOTIFY_012);
    launched.is_clean_of(CHECKED);
    launched.rings(2, DONE, APP).breaks(RuleId::BITS_NOTIFY_010);
    let told = story.rings(0, DONE, APP).answers(0, S_OK);
    told.is_clean_of(CHECKED);
    told.launches(1, DONE).breaks(RuleId::BITS_NOTIFY_011);
}

#[test]
fn a_program_that_fails_runs_again() {
    let story = plain().program().set(JobCall::SetNotifyFlags(3)).at(1).done();
    story.breaks(RuleId::BITS_NOTIFY_012);
    story.clone().launches(0, CHANGED).breaks(RuleId::BITS_NOTIFY_012);
    let failed = story.launches(0, DONE).answers(0, NoteResult::Exited(1));
    failed.breaks(RuleId::BITS_NOTIFY_013);
    let again = failed.clone().at(601).launches(1, DONE).answers(1, NoteResult::Exited(0));
    again.holds(RuleId::BITS_NOTIFY_013);
    again.is_clean_of(CHECKED);
    again.launches(2, DONE).breaks(RuleId::BITS_NOTIFY_013);
    let over = failed.set(JobCall::Complete).to(JobState::Acknowledged, Stimulus::Complete);
    over.clone().is_clean_of(CHECKED);
    over.launches(1, DONE).breaks(RuleId::BITS_NOTIFY_013);
    let old = on(Target::bits(1, 5)).program().set(JobCall::SetNotifyFlags(3)).done();
    let failed = old.launches(0, DONE).answers(0, NoteResult::Exited(1));
    failed.clone().is_clean_of(CHECKED);
    failed.at(601).launches(1, DONE).breaks(RuleId::BITS_NOTIFY_013);
    // A new interface is told what a lost one was told, and fails: that is no repetition.
    let old = on(Target::bits(1, 5)).listens(3).program().done().rings(0, DONE, APP);
    let ran = old.answers(0, E_FAIL).launches(1, DONE).answers(1, NoteResult::Exited(0)).at(9);
    let lost = ran.clone().env(Disturbance::ClientExits(APP)).env(Disturbance::ClientStarts(APP));
    let told = lost.listens(3).rings(2, DONE, APP).answers(2, E_FAIL);
    told.clone().launches(3, DONE).is_clean_of(CHECKED);
    let missing = told.launches(3, DONE).answers(3, NoteResult::NotLaunched).at(609);
    missing.launches(4, DONE).is_clean_of(CHECKED);
    ran.launches(2, DONE).breaks(RuleId::BITS_NOTIFY_013);
}

#[test]
fn service_accounts_have_no_command_line() {
    let system = |setup: &mut bitsim_vocab::world::Setup| {
        setup.users[0].kind = UserKind::LocalSystem;
    };
    let story = Story::new().setup(system).create(JobType::Download).add();
    let story = story.program().set(JobCall::SetNotifyFlags(3)).done();
    story.holds(RuleId::BITS_NOTIFY_014);
    story.is_clean_of(CHECKED);
    story.launches(0, DONE).breaks(RuleId::BITS_NOTIFY_014);
}

#[test]
fn late_registrations_are_told() {
    let late = plain().done().at(9).listens(3);
    late.breaks(RuleId::BITS_NOTIFY_015);
    let told = late.rings(0, DONE, APP).answers(0, S_OK);
    told.holds(RuleId::BITS_NOTIFY_015);
    told.is_clean_of(CHECKED);
    // Another registration of a valid interface may bring another call or none.
    let again = told.set(JobCall::SetNotifyInterface(true));
    again.clone().is_clean_of(CHECKED);
    again.rings(1, DONE, APP).is_clean_of(CHECKED);
}

#[test]
fn a_new_interface_is_told_what_a_lost_one_was() {
    let told = plain().listens(3).done().rings(0, DONE, APP).answers(0, S_OK);
    let back = told
        .at(9)
        .env(Disturbance::ClientExits(APP))
        .env(Disturbance::ClientStarts(APP))
        .set(JobCall::SetNotifyInterface(true));
    back.breaks(RuleId::BITS_NOTIFY_016);
    let again = back.rings(1, DONE, APP).answers(1, S_OK);
    again.holds(RuleId::BITS_NOTIFY_016);
    again.is_clean_of(CHECKED);
}

#[test]
fn callbacks_go_to_the_latest_interface_only() {
    let call = |story: Story, by, call| {
        let job = story.job;
        let call = bitsim_vocab::Call::Job(job, call);
        story.called(by, call, Hresult::S_OK, bitsim_vocab::Reply::None)
    };
    let replaced = call(plain().listens(3), CONSOLE, JobCall::SetNotifyInterface(true)).done();
    replaced.clone().rings(0, DONE, CONSOLE).holds(RuleId::BITS_NOTIFY_017);
    replaced.rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_017);
    let removed = plain().listens(3).set(JobCall::SetNotifyInterface(false)).done();
    removed.holds(RuleId::BITS_NOTIFY_017);
    removed.rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_017);
    let lost = plain().listens(3).env(Disturbance::ServiceRestarts { list_readable: true }).done();
    lost.holds(RuleId::BITS_NOTIFY_018);
    lost.rings(0, DONE, APP).breaks(RuleId::BITS_NOTIFY_018);
    plain().done().holds(RuleId::BITS_NOTIFY_023);
    plain().done().rings(0, DONE, OTHER).breaks(RuleId::BITS_NOTIFY_023);
}

#[test]
fn command_lines_outlive_the_service_and_not_the_owner() {
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let story = plain().program().set(JobCall::SetNotifyFlags(3)).env(restart).done();
    story.breaks(RuleId::BITS_SERVICE_007);
    story.launches(0, DONE).holds(RuleId::BITS_SERVICE_007);
    let story = plain().program().set(JobCall::SetNotifyFlags(3));
    let call = bitsim_vocab::Call::Job(story.job, JobCall::TakeOwnership);
    let taken = story.called(CONSOLE, call, Hresult::S_OK, bitsim_vocab::Reply::None).done();
    taken.holds(RuleId::BITS_USER_011);
    taken.launches(0, DONE).breaks(RuleId::BITS_USER_011);
}
