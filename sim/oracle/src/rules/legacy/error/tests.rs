use super::*;
use crate::rules::testing::{APP, CONSOLE, OTHER, Story, delivery};
use bitsim_vocab::call::ErrorCall;
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::Recipient;
use bitsim_vocab::world::{Block, Fault, Part};
use bitsim_vocab::{
    ClientId, ErrorContext, ErrorObjectId, JobType, NoteId, Reply, ServerId, Target,
};

const NONE: ErrorContext = ErrorContext::None;
const REMOTE: ErrorContext = ErrorContext::RemoteFile;
const TIMEOUT: Hresult = Hresult::ERROR_WINHTTP_TIMEOUT;
const OFFLINE: Hresult = Hresult::DO_E_BLOCKED_BY_NO_NETWORK;
const NOTHING: Hresult = Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE;
const NO_FILE: Hresult = Hresult::DO_E_FILE_NOT_AVAILABLE;

trait Erring: Sized {
    /// Error information is attached.
    fn tells(self, info: ErrorInfo) -> Self;
    /// The job goes to ERROR on this code.
    fn fatal(self, code: Hresult, context: ErrorContext) -> Self;
    /// The job goes to TRANSIENT_ERROR on this code.
    fn transient(self, code: Hresult) -> Self;
    /// The network goes away and stops the running attempt.
    fn offline(self) -> Self;
    /// The error information ends.
    fn gone(self) -> Self;
    /// The job is tried again, and its error information ends.
    fn again(self) -> Self;
    /// `app` calls GetError, which delivers object number `n`.
    fn error(self, n: u32, info: ErrorInfo) -> Self;
    /// `app` calls GetError, which fails.
    fn refused(self, hr: Hresult) -> Self;
    /// `app` calls a method of object number `n`.
    fn object(self, n: u32, call: ErrorCall, hr: Hresult, reply: Reply) -> Self;
    /// JobError is called and carries this.
    fn carries(self, error: Option<ErrorInfo>) -> Self;
}

impl Erring for Story {
    fn tells(self, info: ErrorInfo) -> Self {
        let job = self.job;
        self.push(Happened::ErrorInfo { job, info })
    }

    fn fatal(self, code: Hresult, context: ErrorContext) -> Self {
        self.fails(code, context).to(JobState::Error, Stimulus::TransferErrorFatal)
    }

    fn transient(self, code: Hresult) -> Self {
        self.fails(code, NONE).to(JobState::TransientError, Stimulus::TransferErrorTransient)
    }

    fn offline(self) -> Self {
        self.env(Disturbance::NetworkLost)
            .ends(AttemptOutcome::Blocked { code: OFFLINE })
            .tells(blocked())
            .to(JobState::TransientError, Stimulus::NetworkLost)
    }

    fn gone(self) -> Self {
        let job = self.job;
        self.push(Happened::ErrorGone { job })
    }

    fn again(self) -> Self {
        self.to(JobState::Transferring, Stimulus::RetryDelayExpires).gone()
    }

    fn error(self, n: u32, info: ErrorInfo) -> Self {
        self.get(JobCall::GetError, Reply::Error(ErrorObjectId(n), info))
    }

    fn refused(self, hr: Hresult) -> Self {
        self.call(JobCall::GetError, hr)
    }

    fn object(self, n: u32, call: ErrorCall, hr: Hresult, reply: Reply) -> Self {
        self.called(APP, Call::ErrorObject(ErrorObjectId(n), call), hr, reply)
    }

    fn carries(self, error: Option<ErrorInfo>) -> Self {
        let job = self.job;
        let to = Recipient::Interface(APP);
        let (note, kind) = (NoteId(0), NoteKind::JobError);
        let note = Note { note, job, kind, to, attempt: 1, error, status: None };
        self.push(Happened::NoteBegan(Box::new(note)))
    }
}

fn info(code: Hresult, context: ErrorContext) -> ErrorInfo {
    ErrorInfo { code, context, file: Some(FileId(0)), protocol: None }
}

fn late() -> ErrorInfo {
    info(TIMEOUT, NONE)
}

fn blocked() -> ErrorInfo {
    ErrorInfo { file: None, ..info(OFFLINE, NONE) }
}

fn created() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download).add()
}

/// A job that failed for now at second 1; it is second 2.
fn waiting() -> Story {
    delivery().at(1).transient(TIMEOUT).at(2)
}

/// A job that failed for good at second 1; it is second 2.
fn failed() -> Story {
    delivery().at(1).fatal(Hresult::http(404), NONE).at(2)
}

#[test]
fn get_error_answers_in_both_error_states() {
    let rule = RuleId::DO_ERROR_001;
    let told = waiting().error(0, late());
    told.holds(rule);
    told.is_clean_of(CHECKED);
    waiting().refused(NOTHING).breaks(rule);
    waiting().error(0, info(Hresult::http(503), NONE)).breaks(rule);
    waiting().get(JobCall::GetError, Reply::None).breaks(rule);
    failed().error(0, info(Hresult::http(404), NONE)).is_clean_of(CHECKED);
    failed().refused(Hresult::E_ACCESSDENIED).breaks(rule);
    let stranger = Call::Job(failed().job, JobCall::GetError);
    failed().called(OTHER, stranger, Hresult::E_ACCESSDENIED, Reply::None).is_clean_of(CHECKED);
    delivery().at(1).to(JobState::Error, Stimulus::TransferErrorFatal).breaks(rule);
}

#[test]
fn the_information_is_about_the_failure() {
    let rule = RuleId::DO_ERROR_001;
    let (code, class) = (Hresult::http(404), Class::Fatal);
    let story = delivery().at(1).ends(AttemptOutcome::Failed { code, class });
    story.clone().tells(info(code, NONE)).is_clean_of(&[rule]);
    story.tells(late()).breaks(rule);
}

#[test]
fn there_is_nothing_to_tell_before_an_error() {
    let rule = RuleId::DO_ERROR_002;
    created().refused(NOTHING).holds(rule);
    created().error(0, late()).breaks(rule);
    delivery().refused(NOTHING).holds(rule);
    delivery().refused(Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE).breaks(rule);
    let again = waiting().at(3).again();
    again.clone().refused(NOTHING).holds(rule);
    again.clone().error(0, late()).breaks(rule);
    let done = again.arrives(0).transferred();
    done.clone().refused(NOTHING).is_clean_of(CHECKED);
    done.error(0, late()).breaks(rule);
    let cancelled = created().call(JobCall::Cancel, Hresult::S_OK);
    let cancelled = cancelled.to(JobState::Cancelled, Stimulus::Cancel);
    cancelled.clone().refused(NOTHING).holds(rule);
    cancelled.error(0, late()).breaks(rule);
    let cancelled = failed().call(JobCall::Cancel, Hresult::S_OK);
    let cancelled = cancelled.to(JobState::Cancelled, Stimulus::Cancel);
    cancelled.clone().refused(NOTHING).is_clean_of(CHECKED);
    cancelled.error(0, info(Hresult::http(404), NONE)).is_clean_of(CHECKED);
}

#[test]
fn a_failing_call_makes_no_error() {
    let rule = RuleId::DO_ERROR_003;
    let story = created().at(1).call(JobCall::SetPriority(9), Hresult::E_INVALIDARG);
    story.clone().refused(NOTHING).holds(rule);
    story.holds(rule);
    let e_invalidarg = info(Hresult::E_INVALIDARG, NONE);
    story.clone().tells(e_invalidarg).breaks(rule);
    story.error(0, e_invalidarg).breaks(rule);
    // An attempt that fails at the same instant is another matter.
    let both = delivery().at(1).call(JobCall::GetErrorCount, Hresult::E_NOTIMPL);
    both.transient(TIMEOUT).is_clean_of(CHECKED);
}

#[test]
fn the_information_lasts_until_transferring() {
    for rule in LIFE {
        let story = waiting().error(0, late());
        story.holds(rule);
        story.clone().at(3).again().refused(NOTHING).holds(rule);
        waiting().at(3).again().holds(rule);
        waiting().refused(NOTHING).breaks(rule);
        waiting().gone().breaks(rule);
        waiting().at(3).to(JobState::Transferring, Stimulus::RetryDelayExpires).breaks(rule);
        waiting().at(3).again().error(0, late()).breaks(rule);
        let back = waiting().at(3).again().at(4).call(JobCall::Suspend, Hresult::S_OK);
        let back = back.to(JobState::Suspended, Stimulus::Suspend);
        back.clone().refused(NOTHING).holds(rule);
        back.error(0, late()).breaks(rule);
        let queued = failed().to(JobState::Queued, Stimulus::Resume);
        queued.clone().error(0, info(Hresult::http(404), NONE)).is_clean_of(CHECKED);
        queued.refused(NOTHING).breaks(rule);
    }
}

#[test]
fn neither_client_nor_service_end_it() {
    let exits =
        [Disturbance::ClientExits(APP), Disturbance::ServiceRestarts { list_readable: true }];
    for what in exits {
        let read = |story: Story, hr, reply| {
            let call = Call::Job(story.job, JobCall::GetError);
            story.called(CONSOLE, call, hr, reply)
        };
        let story = waiting().env(what).at(3);
        let object = Reply::Error(ErrorObjectId(0), late());
        read(story.clone(), Hresult::S_OK, object).is_clean_of(CHECKED);
        read(story.clone(), NOTHING, Reply::None).breaks(RuleId::DO_ERROR_001);
        story.gone().breaks(RuleId::DO_ERROR_004);
    }
    let lost = Disturbance::ServiceRestarts { list_readable: false };
    waiting().env(lost).gone().is_clean_of(CHECKED);
}

#[test]
fn suspend_leaves_it() {
    let rule = RuleId::DO_ERROR_015;
    let story = waiting().call(JobCall::Suspend, Hresult::S_OK);
    let story = story.to(JobState::Suspended, Stimulus::Suspend);
    let told = story.clone().error(0, late());
    told.holds(rule);
    told.is_clean_of(CHECKED);
    story.clone().refused(NOTHING).breaks(rule);
    story.gone().breaks(rule);
    failed().call(JobCall::Suspend, Hresult::S_OK).is_clean_of(CHECKED);
}

#[test]
fn get_file_tells_the_file_of_a_failing_file_only() {
    let rule = RuleId::DO_ERROR_007;
    let file = |story: Story, hr, reply| story.object(0, ErrorCall::GetFile, hr, reply);
    let story = waiting().error(0, late());
    file(story.clone(), Hresult::S_OK, Reply::File(FileId(0))).holds(rule);
    file(story.clone(), Hresult::S_OK, Reply::File(FileId(1))).breaks(rule);
    file(story.clone(), Hresult::S_OK, Reply::None).breaks(rule);
    file(story.clone(), NO_FILE, Reply::None).breaks(rule);
    file(story, NO_FILE, Reply::File(FileId(0))).breaks(rule);
    let story = delivery().at(1).offline().error(0, blocked());
    file(story.clone(), NO_FILE, Reply::None).holds(rule);
    file(story, Hresult::S_OK, Reply::File(FileId(0))).breaks(rule);
    let gone = waiting().error(0, late()).env(Disturbance::ClientExits(APP));
    file(gone, Hresult::RPC_E_DISCONNECTED, Reply::None).leaves(rule);
}

#[test]
fn the_context_is_remote_file_for_403_only() {
    let rule = RuleId::DO_ERROR_008;
    let fatal = |status, context| delivery().at(1).fatal(Hresult::http(status), context);
    fatal(403, REMOTE).holds(rule);
    fatal(403, NONE).breaks(rule);
    fatal(404, NONE).holds(rule);
    fatal(404, REMOTE).breaks(rule);
    waiting().error(0, info(TIMEOUT, REMOTE)).breaks(rule);
}

#[test]
fn the_other_contexts_are_not_used() {
    let rule = RuleId::DO_ERROR_009;
    failed().holds(rule);
    let others = [
        ErrorContext::Unknown,
        ErrorContext::GeneralQueueManager,
        ErrorContext::QueueManagerNotification,
        ErrorContext::LocalFile,
        ErrorContext::GeneralTransport,
        ErrorContext::RemoteApplication,
    ];
    for context in others {
        delivery().at(1).fatal(Hresult::http(404), context).breaks(rule);
        waiting().error(0, info(TIMEOUT, context)).breaks(rule);
    }
}

#[test]
fn the_code_is_a_failure() {
    let rule = RuleId::DO_ERROR_010;
    let story = waiting().error(0, late());
    let got = |info| Reply::Error(ErrorObjectId(0), info);
    let read = |hr, reply| story.clone().object(0, ErrorCall::GetError, hr, reply);
    read(Hresult::S_OK, got(late())).holds(rule);
    read(Hresult::S_OK, got(info(Hresult::S_OK, NONE))).breaks(rule);
    read(Hresult::S_OK, got(info(Hresult::http(500), NONE))).breaks(rule);
    read(Hresult::E_FAIL, Reply::None).breaks(rule);
    delivery().at(1).fatal(Hresult::S_FALSE, NONE).breaks(rule);
}

#[test]
fn only_one_zone_of_codes_is_transient() {
    let rule = RuleId::DO_ERROR_011;
    let zone = Hresult::DO_E_CLOUD_SERVICES_UNREACHABLE;
    let story = delivery().at(1);
    story.clone().transient(zone).holds(rule);
    story.clone().fatal(zone, NONE).breaks(rule);
    story.clone().fatal(Hresult::DO_E_FATAL_CORE_ERROR, NONE).holds(rule);
    story.clone().transient(Hresult::DO_E_FATAL_CORE_ERROR).breaks(rule);
    story.clone().transient(Hresult::DO_E_DOWNLOAD_NO_PROGRESS).breaks(rule);
    failed().leaves(rule);
    waiting().holds(rule);
    story.clone().fatal(Hresult::http(503), NONE).breaks(rule);
    let impatient = delivery().call(JobCall::SetNoProgressTimeout(0), Hresult::S_OK).at(1);
    impatient.fatal(zone, NONE).is_clean_of(CHECKED);
    let fault = Fault {
        number: 1,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Code(zone),
        times: None,
        class: Some(Class::Fatal),
    };
    story.env(Disturbance::FaultBegins(Box::new(fault))).fatal(zone, NONE).leaves(rule);
    let given_up = waiting()
        .at(90_000)
        .tells(ErrorInfo { file: None, ..info(Hresult::DO_E_DOWNLOAD_NO_PROGRESS, NONE) })
        .to(JobState::Error, Stimulus::NoProgressTimeoutExpires);
    given_up.holds(rule);
    given_up.is_clean_of(CHECKED);
}

#[test]
fn a_block_in_transient_error_replaces_the_information() {
    let story = waiting().env(Disturbance::BlockBegins(Block::Cellular));
    let info = ErrorInfo { file: None, ..info(Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY, NONE) };
    story.tells(info).at(3).error(0, info).is_clean_of(CHECKED);
    created().at(1).tells(late()).breaks(RuleId::BITS_ERROR_020);
}

#[test]
fn job_error_carries_the_same_error() {
    let rule = RuleId::DO_ERROR_013;
    failed().carries(Some(info(Hresult::http(404), NONE))).holds(rule);
    failed().carries(Some(late())).breaks(rule);
    failed().carries(Some(info(Hresult::http(404), REMOTE))).breaks(rule);
    failed().carries(None).breaks(rule);
    waiting().carries(Some(late())).leaves(rule);
}

#[test]
fn some_methods_do_not_exist() {
    let rule = RuleId::DO_ERROR_005;
    let text = |hr, reply| waiting().error(0, late()).object(0, ErrorCall::GetProtocol, hr, reply);
    text(Hresult::E_NOTIMPL, Reply::None).holds(rule);
    text(Hresult::S_OK, Reply::Text("http".to_owned())).breaks(rule);
    let rule = RuleId::DO_ERROR_012;
    waiting().call(JobCall::GetErrorCount, Hresult::E_NOTIMPL).holds(rule);
    waiting().get(JobCall::GetErrorCount, Reply::Number(1)).breaks(rule);
    let by = |client: ClientId| {
        let call = Call::Job(waiting().job, JobCall::GetErrorCount);
        waiting().called(client, call, Hresult::E_ACCESSDENIED, Reply::None)
    };
    by(OTHER).holds(rule);
    by(APP).breaks(rule);
}
