use super::*;
use crate::rules::testing::{APP, CONSOLE, OTHER, OWNER, Story};
use bitsim_vocab::call::Reply;
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo, Note, Recipient};
use bitsim_vocab::{ErrorContext, JobType, Span, Target};

const DONE: NoteKind = NoteKind::JobTransferred;
const FAILED: NoteKind = NoteKind::JobError;
const CHANGED: NoteKind = NoteKind::JobModification;
const OK: Hresult = Hresult::S_OK;
const S_OK: NoteResult = NoteResult::Returned(Hresult::S_OK);
const E_FAIL: NoteResult = NoteResult::Returned(Hresult::E_FAIL);

trait Telling: Sized {
    /// A callback of a client is called.
    fn tells(self, note: u32, kind: NoteKind, client: ClientId) -> Self;
    /// It returns.
    fn returns(self, note: u32, result: NoteResult) -> Self;
    /// `app` registers and sets the flags.
    fn hears(self, flags: u32) -> Self;
    /// `app` sets the flags.
    fn flags(self, flags: u32) -> Self;
    /// The job runs and everything arrives.
    fn completes(self) -> Self;
    /// The job runs and is refused for good.
    fn denied(self) -> Self;
    /// The job runs and fails for now.
    fn stumbles(self) -> Self;
    /// The run goes on until this second, with nothing more to tell of the job.
    fn until(self, secs: u64) -> Self;
}

impl Telling for Story {
    fn tells(self, note: u32, kind: NoteKind, client: ClientId) -> Self {
        let (job, to) = (self.job, Recipient::Interface(client));
        let note =
            Note { note: NoteId(note), job, kind, to, attempt: 1, error: None, status: None };
        self.push(Happened::NoteBegan(Box::new(note)))
    }

    fn returns(self, note: u32, result: NoteResult) -> Self {
        let job = self.job;
        self.push(Happened::NoteEnded { note: NoteId(note), job, result })
    }

    fn hears(self, flags: u32) -> Self {
        self.call(JobCall::SetNotifyInterface(true), OK).flags(flags)
    }

    fn flags(self, flags: u32) -> Self {
        self.call(JobCall::SetNotifyFlags(flags), OK)
    }

    fn completes(self) -> Self {
        self.starts().arrives(0).transferred()
    }

    fn denied(self) -> Self {
        self.starts()
            .fails(Hresult::http(404), ErrorContext::None)
            .to(JobState::Error, Stimulus::TransferErrorFatal)
    }

    fn stumbles(self) -> Self {
        self.starts()
            .fails(Hresult::ERROR_WINHTTP_TIMEOUT, ErrorContext::None)
            .to(JobState::TransientError, Stimulus::TransferErrorTransient)
    }

    fn until(self, secs: u64) -> Self {
        self.at(secs).env(Disturbance::RunAs(OWNER))
    }
}

fn plain() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add()
}

fn registered() -> Story {
    plain().call(JobCall::SetNotifyInterface(true), OK)
}

fn restart() -> Disturbance {
    Disturbance::ServiceRestarts { list_readable: true }
}

#[test]
fn transferred_and_error_are_told_once() {
    let rule = RuleId::DO_NOTIFY_001;
    let story = plain().hears(3).at(1).completes();
    let told = story.clone().tells(0, DONE, APP).returns(0, S_OK);
    told.holds(rule);
    told.is_clean_of(CHECKED);
    story.breaks(rule);
    story.clone().until(62).breaks(rule);
    told.tells(1, DONE, APP).breaks(rule);
    story.clone().tells(0, DONE, APP).tells(1, DONE, APP).breaks(rule);
    plain().hears(2).at(1).completes().tells(0, DONE, APP).breaks(rule);
    plain().hears(3).starts().tells(0, DONE, APP).breaks(rule);
    plain().completes().tells(0, DONE, APP).breaks(rule);
    let over = story.call(JobCall::Complete, OK).to(JobState::Acknowledged, Stimulus::Complete);
    over.is_clean_of(CHECKED);
    over.tells(0, DONE, APP).breaks(rule);

    let rule = RuleId::DO_NOTIFY_002;
    let story = plain().hears(3).at(1).denied();
    let told = story.clone().tells(0, FAILED, APP).returns(0, S_OK);
    told.holds(rule);
    told.is_clean_of(CHECKED);
    story.breaks(rule);
    story.clone().until(62).breaks(rule);
    plain().hears(1).at(1).denied().tells(0, FAILED, APP).breaks(rule);
    plain().hears(3).starts().tells(0, FAILED, APP).breaks(rule);
    let over = story.call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    over.is_clean_of(CHECKED);
    over.tells(0, FAILED, APP).breaks(rule);
}

#[test]
fn what_nobody_asked_for_is_not_owed() {
    plain().completes().is_clean_of(CHECKED);
    plain().hears(0).completes().is_clean_of(CHECKED);
    let gone = plain().hears(3).call(JobCall::SetNotifyInterface(false), OK);
    gone.completes().is_clean_of(CHECKED);
    plain().denied().at(1).hears(3).until(500).is_clean_of(CHECKED);
    let lost = Disturbance::ServiceRestarts { list_readable: false };
    plain().hears(3).at(1).denied().env(lost).until(500).is_clean_of(CHECKED);
    plain().hears(3).denied().env(Disturbance::LogOff(OWNER)).until(500).is_clean_of(CHECKED);
}

#[test]
fn a_call_may_outlast_the_state() {
    let story = plain().hears(3).at(1).denied().tells(0, FAILED, APP).at(2).starts();
    story.at(3).returns(0, E_FAIL).at(500).arrives(0).is_clean_of(CHECKED);
    let story = plain().hears(3).at(1).denied().tells(0, FAILED, APP);
    story.clone().until(5000).is_clean_of(CHECKED);
    story.env(Disturbance::ClientExits(APP)).returns(0, NoteResult::ClientGone).until(500);
}

#[test]
fn transient_errors_are_not_told() {
    let rule = RuleId::DO_NOTIFY_003;
    let story = plain().hears(3).at(1).stumbles();
    story.holds(rule);
    story.is_clean_of(CHECKED);
    story.tells(0, FAILED, APP).breaks(rule);
    plain().stumbles().leaves(rule);
}

#[test]
fn job_error_is_repeated_until_s_ok() {
    let rule = RuleId::DO_NOTIFY_004;
    let story = plain().hears(3).at(1).denied().tells(0, FAILED, APP).returns(0, E_FAIL);
    let again = story.clone().at(61).tells(1, FAILED, APP).returns(1, S_OK);
    again.holds(rule);
    again.is_clean_of(CHECKED);
    story.breaks(rule);
    story.clone().until(300).breaks(rule);
    again.clone().at(121).tells(2, FAILED, APP).breaks(rule);
    let unclear = NoteResult::Returned(Hresult::S_FALSE);
    plain().hears(3).denied().tells(0, FAILED, APP).returns(0, unclear).breaks(rule);
    let resumed = story.clone().at(61).starts();
    resumed.is_clean_of(CHECKED);
    let again = resumed.at(62).fails(Hresult::http(404), ErrorContext::None);
    let again = again.to(JobState::Error, Stimulus::TransferErrorFatal);
    again.tells(1, FAILED, APP).returns(1, S_OK).is_clean_of(CHECKED);
    story.clone().at(9).flags(3).until(500).is_clean_of(CHECKED);
    story.env(restart()).until(500).is_clean_of(CHECKED);
}

#[test]
fn job_transferred_may_be_repeated_and_job_modification_may_not() {
    let rule = RuleId::DO_NOTIFY_005;
    let done = plain().hears(1).at(1).completes().tells(0, DONE, APP).returns(0, E_FAIL);
    done.is_clean_of(CHECKED);
    done.at(61).tells(1, DONE, APP).is_clean_of(CHECKED);
    let story = plain().hears(8).tells(0, CHANGED, APP).returns(0, E_FAIL);
    story.holds(rule);
    story.clone().at(60).tells(1, CHANGED, APP).breaks(rule);
    let next = story.at(60).call(JobCall::SetPriority(0), OK).tells(1, CHANGED, APP);
    next.holds(rule);
    next.is_clean_of(CHECKED);
    next.tells(2, CHANGED, APP).breaks(rule);
}

#[test]
fn changes_are_told() {
    let rule = RuleId::DO_NOTIFY_006;
    let story = plain().hears(8).tells(0, CHANGED, APP).returns(0, S_OK).at(100);
    story.clone().until(300).is_clean_of(CHECKED);
    let changed = story.clone().call(JobCall::SetPriority(0), OK);
    changed.clone().at(130).tells(1, CHANGED, APP).holds(rule);
    changed.clone().until(161).breaks(rule);
    changed.breaks(rule);
    story.clone().starts().until(161).breaks(rule);
    // While a callback is under way, the next one waits.
    let busy = story.starts().tells(1, CHANGED, APP).at(101).bytes(0, 50);
    busy.clone().until(500).is_clean_of(CHECKED);
    let idle = busy.at(200).returns(1, S_OK);
    idle.clone().at(250).tells(2, CHANGED, APP).is_clean_of(CHECKED);
    idle.until(261).breaks(rule);
    plain().hears(3).at(1).starts().tells(0, CHANGED, APP).breaks(rule);
    // One that was due before the flag went may still come.
    let pending = plain().hears(8).flags(0).tells(0, CHANGED, APP);
    pending.is_clean_of(CHECKED);
    pending.at(5).starts().tells(1, CHANGED, APP).breaks(rule);
    registered().at(1).starts().tells(0, CHANGED, APP).breaks(rule);
    plain().hears(3).starts().until(500).is_clean_of(CHECKED);
    let exits = Disturbance::ClientExits(APP);
    plain().hears(8).env(exits).until(500).is_clean_of(CHECKED);
    let over = plain().hears(8).tells(0, CHANGED, APP).returns(0, S_OK).at(1);
    let over = over.call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    over.until(500).is_clean_of(CHECKED);
}

#[test]
fn an_interface_ends_with_its_process() {
    let rule = RuleId::DO_NOTIFY_008;
    for what in [Disturbance::ClientExits(APP), restart()] {
        let story = plain().hears(3).env(what).at(1).denied();
        story.holds(rule);
        story.is_clean_of(CHECKED);
        story.clone().env(Disturbance::ClientStarts(APP)).tells(0, FAILED, APP).breaks(rule);
        let back = plain().hears(3).env(restart()).at(1).hears(3).denied();
        back.tells(0, FAILED, APP).is_clean_of(CHECKED);
    }
}

#[test]
fn the_latest_registration_counts() {
    let rule = RuleId::DO_NOTIFY_009;
    let set = |story: Story, by, set| {
        let call = Call::Job(story.job, JobCall::SetNotifyInterface(set));
        story.called(by, call, OK, Reply::None)
    };
    let cleared = set(plain().hears(3), APP, false).at(1).denied();
    cleared.holds(rule);
    cleared.is_clean_of(CHECKED);
    cleared.tells(0, FAILED, APP).breaks(rule);
    let replaced = set(plain().hears(3), CONSOLE, true).at(1).denied();
    let told = replaced.clone().tells(0, FAILED, CONSOLE).returns(0, S_OK);
    told.holds(rule);
    told.is_clean_of(CHECKED);
    replaced.tells(0, FAILED, APP).breaks(rule);
}

#[test]
fn strangers_cannot_register() {
    let rule = RuleId::DO_NOTIFY_010;
    let register = |by, hr| {
        let call = Call::Job(plain().job, JobCall::SetNotifyInterface(true));
        plain().called(by, call, hr, Reply::None)
    };
    register(OTHER, Hresult::E_ACCESSDENIED).holds(rule);
    register(OTHER, OK).breaks(rule);
    register(CONSOLE, OK).leaves(rule);
}

#[test]
fn flags_are_kept_until_the_end() {
    let rule = RuleId::DO_NOTIFY_011;
    let story = plain().flags(0xB);
    story.holds(rule);
    let got =
        |story: &Story, flags| story.clone().get(JobCall::GetNotifyFlags, Reply::Number(flags));
    got(&story, 0xB).holds(rule);
    got(&story, 3).breaks(rule);
    got(&plain().flags(7), 3).is_clean_of(CHECKED);
    got(&plain().flags(7), 7).is_clean_of(CHECKED);
    plain().call(JobCall::SetNotifyFlags(1), Hresult::E_FAIL).breaks(rule);
    let over = plain().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
    let set = |hr| over.clone().call(JobCall::SetNotifyFlags(1), hr);
    set(Hresult::DO_E_INVALID_STATE).holds(rule);
    set(OK).breaks(rule);
    set(Hresult::BG_E_INVALID_STATE).breaks(rule);
}

#[test]
fn disable_suppresses_all_or_nothing() {
    let rule = RuleId::DO_NOTIFY_012;
    let story = plain().hears(0xF).at(1).denied();
    let told = story.clone().tells(0, FAILED, APP).returns(0, S_OK);
    told.holds(rule);
    told.is_clean_of(CHECKED);
    story.holds(rule);
    story.is_clean_of(CHECKED);
    // Some callbacks come, so the flag is ignored, and yet JobError stays away.
    story.clone().tells(0, CHANGED, APP).returns(0, S_OK).breaks(rule);
    // The flag is no longer set.
    let cleared = plain().hears(7).flags(3).at(1).denied();
    cleared.breaks(rule);
    cleared.tells(0, FAILED, APP).returns(0, S_OK).holds(rule);
}

#[test]
fn transferred_and_error_are_active_by_default() {
    let rule = RuleId::DO_NOTIFY_014;
    let got = |flags| plain().get(JobCall::GetNotifyFlags, Reply::Number(flags));
    got(3).holds(rule);
    got(0).breaks(rule);
    let story = registered().at(1).denied();
    story.breaks(rule);
    story.tells(0, FAILED, APP).returns(0, S_OK).holds(rule);
    registered().at(1).completes().breaks(rule);
}

#[test]
fn there_are_no_command_lines() {
    let rule = RuleId::DO_NOTIFY_016;
    let program = "tell.exe".to_owned();
    let call = JobCall::SetNotifyCmdLine { program: Some(program.clone()), parameters: None };
    let story = plain().call(call.clone(), Hresult::E_NOTIMPL);
    story.holds(rule);
    plain().call(call, OK).breaks(rule);
    let to = Recipient::CommandLine { user: OWNER, program, parameters: String::new() };
    let story = story.denied();
    let (note, job) = (NoteId(0), story.job);
    let note = Note { note, job, kind: FAILED, to, attempt: 1, error: None, status: None };
    story.push(Happened::NoteBegan(Box::new(note))).breaks(rule);
}

#[test]
fn giving_up_is_told_too() {
    let rule = RuleId::DO_RETRY_002;
    let story = plain().hears(3).call(JobCall::SetNoProgressTimeout(60), OK).starts().at(60);
    let job = story.job;
    let (code, context) = (Hresult::DO_E_DOWNLOAD_NO_PROGRESS, ErrorContext::None);
    let info = ErrorInfo { code, context, file: None, protocol: None };
    let class = bitsim_vocab::hresult::Class::Transient;
    let late = Hresult::ERROR_WINHTTP_TIMEOUT;
    let story = story
        .ends(AttemptOutcome::Failed { code: late, class })
        .to(JobState::TransientError, Stimulus::NoProgressTimeoutExpires)
        .push(Happened::ErrorInfo { job, info })
        .to(JobState::Error, Stimulus::NoProgressTimeoutExpires);
    story.breaks(rule);
    story.clone().tells(0, FAILED, APP).returns(0, S_OK).holds(rule);
    let mut slow = story.setup(|setup| setup.delivery.notify_again = Span::secs(600));
    slow = slow.tells(0, FAILED, APP).returns(0, E_FAIL).at(1000);
    slow.tells(1, FAILED, APP).returns(1, S_OK).is_clean_of(CHECKED);
}
