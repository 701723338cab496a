use crate::rules::testing::{APP, CONSOLE, Story, download};
use JobState::{Error, Queued, Suspended, TransientError};
use bitsim_vocab::call::{ErrorCall, JobCall, Progress};
use bitsim_vocab::stands::ErrorInformation;
use bitsim_vocab::trace::{
    AttemptOutcome, ErrorInfo, FileChange, Note, NoteKind, Payload, Protocol, Recipient,
};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ClientId, ErrorContext, ErrorObjectId, FileId, Happened, Hresult, JobState, JobType,
    NoteId, Reply, RuleId, Stimulus, Target,
};

const UNAVAILABLE: Hresult = Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE;
const RESTART: Disturbance = Disturbance::ServiceRestarts { list_readable: true };

/// The error information of these tests.
const fn info(code: Hresult, context: ErrorContext) -> ErrorInfo {
    ErrorInfo { code, context, file: Some(FileId(0)), protocol: Some(Protocol::Http) }
}

const DOWN: ErrorInfo = info(Hresult::BG_E_HTTP_ERROR_503, ErrorContext::RemoteFile);
const TIMEOUT: ErrorInfo = info(Hresult::ERROR_WINHTTP_TIMEOUT, ErrorContext::RemoteFile);
const FULL: ErrorInfo = info(Hresult::ERROR_DISK_FULL, ErrorContext::LocalFile);

trait Erring: Sized {
    /// The attempt fails with this and the job goes to `to`.
    fn errs(self, info: ErrorInfo, to: JobState) -> Self;
    /// Error information is attached.
    fn attach(self, info: ErrorInfo) -> Self;
    /// Error information ends.
    fn gone(self) -> Self;
    /// GetError fails with this.
    fn no_error(self, hr: Hresult) -> Self;
    /// This client calls GetError and gets the object with this number.
    fn error_for(self, by: ClientId, object: u32, info: ErrorInfo) -> Self;
    /// `app` calls a method of the object 0.
    fn object(self, call: ErrorCall, hr: Hresult, reply: Reply) -> Self;
}

impl Erring for Story {
    fn errs(self, info: ErrorInfo, to: JobState) -> Self {
        let (code, class) = (info.code, info.code.job_class());
        let cause = if to == Error {
            Stimulus::TransferErrorFatal
        } else {
            Stimulus::TransferErrorTransient
        };
        self.ends(AttemptOutcome::Failed { code, class }).attach(info).to(to, cause)
    }

    fn attach(self, info: ErrorInfo) -> Self {
        let job = self.job;
        self.push(Happened::ErrorInfo { job, info })
    }

    fn gone(self) -> Self {
        let job = self.job;
        self.push(Happened::ErrorGone { job })
    }

    fn no_error(self, hr: Hresult) -> Self {
        self.call(JobCall::GetError, hr)
    }

    fn error_for(self, by: ClientId, object: u32, info: ErrorInfo) -> Self {
        let call = Call::Job(self.job, JobCall::GetError);
        self.called(by, call, Hresult::S_OK, Reply::Error(ErrorObjectId(object), info))
    }

    fn object(self, call: ErrorCall, hr: Hresult, reply: Reply) -> Self {
        self.called(APP, Call::ErrorObject(ErrorObjectId(0), call), hr, reply)
    }
}

fn failed() -> Story {
    download().transferring().errs(DOWN, TransientError)
}

fn resumed(story: Story) -> Story {
    story.call(JobCall::Resume, Hresult::S_OK).to(Queued, Stimulus::Resume)
}

#[test]
fn information_comes_with_the_error_state() {
    failed().holds(RuleId::BITS_ERROR_001);
    let code = DOWN.code;
    download()
        .transferring()
        .ends(AttemptOutcome::Failed { code, class: code.job_class() })
        .to(TransientError, Stimulus::TransferErrorTransient)
        .breaks(RuleId::BITS_ERROR_001);
    download().attach(DOWN).at(1).connecting().breaks(RuleId::BITS_ERROR_001);
    failed().gone().breaks(RuleId::BITS_ERROR_001);
}

#[test]
fn a_failing_call_leaves_the_information_alone() {
    let refused = || failed().call(JobCall::SetPriority(9), Hresult::E_NOTIMPL);
    refused().at(1).holds(RuleId::BITS_ERROR_002);
    refused().gone().breaks(RuleId::BITS_ERROR_002);
    download()
        .call(JobCall::SetPriority(9), Hresult::E_NOTIMPL)
        .attach(DOWN)
        .at(1)
        .connecting()
        .breaks(RuleId::BITS_ERROR_002);
}

#[test]
fn get_error_answers_in_both_error_states() {
    failed().error_for(APP, 0, DOWN).holds(RuleId::BITS_ERROR_003);
    failed().no_error(UNAVAILABLE).breaks(RuleId::BITS_ERROR_003);
    failed().no_error(Hresult::BG_E_INVALID_STATE).breaks(RuleId::BITS_ERROR_003);
    failed().no_error(Hresult::E_ACCESSDENIED).leaves(RuleId::BITS_ERROR_003);
    let fatal = || download().transferring().errs(FULL, Error);
    fatal().error_for(APP, 0, FULL).holds(RuleId::BITS_ERROR_003);
    fatal().no_error(UNAVAILABLE).breaks(RuleId::BITS_ERROR_003);
}

#[test]
fn a_job_without_an_error_has_nothing_to_report() {
    download().no_error(UNAVAILABLE).holds(RuleId::BITS_ERROR_004);
    download().error_for(APP, 0, DOWN).breaks(RuleId::BITS_ERROR_004);
}

#[test]
fn entry_into_transferring_ends_the_information() {
    let again = || resumed(failed()).transferring();
    again().gone().no_error(UNAVAILABLE).holds(RuleId::BITS_ERROR_005);
    again().at(5).bytes(0, 5).breaks(RuleId::BITS_ERROR_005);
    again().gone().error_for(APP, 0, DOWN).breaks(RuleId::BITS_ERROR_005);
}

#[test]
fn the_information_outlives_the_error_state() {
    resumed(failed()).error_for(APP, 0, DOWN).holds(RuleId::BITS_ERROR_006);
    resumed(failed()).no_error(UNAVAILABLE).breaks(RuleId::BITS_ERROR_006);
    let suspended =
        || failed().call(JobCall::Suspend, Hresult::S_OK).to(Suspended, Stimulus::Suspend);
    suspended().error_for(APP, 0, DOWN).holds(RuleId::BITS_ERROR_006);
    suspended().gone().breaks(RuleId::BITS_ERROR_006);
    let strict = |story: Story| {
        story.setup(|setup| setup.stands.error_information = ErrorInformation::InErrorStates)
    };
    strict(resumed(failed())).no_error(UNAVAILABLE).holds(RuleId::BITS_ERROR_006);
    strict(resumed(failed())).error_for(APP, 0, DOWN).breaks(RuleId::BITS_ERROR_006);
    strict(failed()).error_for(APP, 0, DOWN).holds(RuleId::BITS_ERROR_003);
}

#[test]
fn a_new_error_replaces_the_old_one() {
    let again = || resumed(failed()).connecting().errs(TIMEOUT, TransientError);
    again().error_for(APP, 0, TIMEOUT).holds(RuleId::BITS_ERROR_007);
    again().error_for(APP, 0, DOWN).breaks(RuleId::BITS_ERROR_007);
    let code = TIMEOUT.code;
    resumed(failed())
        .connecting()
        .ends(AttemptOutcome::Failed { code, class: code.job_class() })
        .to(TransientError, Stimulus::ConnectFailsTransient)
        .breaks(RuleId::BITS_ERROR_007);
}

#[test]
fn only_the_object_dies_with_its_client() {
    let exited = || failed().error_for(APP, 0, DOWN).env(Disturbance::ClientExits(APP));
    exited().error_for(CONSOLE, 1, DOWN).holds(RuleId::BITS_ERROR_008);
    let call = Call::Job(failed().job, JobCall::GetError);
    exited().called(CONSOLE, call, UNAVAILABLE, Reply::None).breaks(RuleId::BITS_ERROR_008);
    let back = || exited().env(Disturbance::ClientStarts(APP));
    let answer = Reply::Error(ErrorObjectId(0), DOWN);
    back()
        .object(ErrorCall::GetError, Hresult::RPC_E_DISCONNECTED, Reply::None)
        .holds(RuleId::BITS_ERROR_008);
    back().object(ErrorCall::GetError, Hresult::S_OK, answer).breaks(RuleId::BITS_ERROR_008);
}

#[test]
fn the_information_survives_a_restart() {
    let fatal = || download().transferring().errs(FULL, Error).at(5).env(RESTART);
    fatal().error_for(APP, 0, FULL).holds(RuleId::BITS_ERROR_009);
    fatal().no_error(UNAVAILABLE).breaks(RuleId::BITS_ERROR_009);
    fatal().gone().breaks(RuleId::BITS_ERROR_009);
}

#[test]
fn an_error_object_holds_code_and_context() {
    let held = || failed().error_for(APP, 0, DOWN);
    let answer = |info| Reply::Error(ErrorObjectId(0), info);
    held().object(ErrorCall::GetError, Hresult::S_OK, answer(DOWN)).holds(RuleId::BITS_ERROR_010);
    held()
        .object(ErrorCall::GetError, Hresult::S_OK, answer(TIMEOUT))
        .breaks(RuleId::BITS_ERROR_010);
    held()
        .object(ErrorCall::GetError, Hresult::S_FALSE, answer(DOWN))
        .breaks(RuleId::BITS_ERROR_010);
    let success = info(Hresult::S_OK, ErrorContext::RemoteFile);
    download().transferring().errs(success, TransientError).breaks(RuleId::BITS_ERROR_010);
}

#[test]
fn contexts_are_those_that_can_be() {
    failed().holds(RuleId::BITS_ERROR_011);
    let none = info(DOWN.code, ErrorContext::None);
    download().transferring().errs(none, TransientError).breaks(RuleId::BITS_ERROR_011);
    let application = info(DOWN.code, ErrorContext::RemoteApplication);
    download().transferring().errs(application, TransientError).breaks(RuleId::BITS_ERROR_011);
    let upload = |target| Story::on(target).create(JobType::Upload).add().resume().transferring();
    upload(Target::BITS).errs(application, TransientError).holds(RuleId::BITS_ERROR_011);
    upload(Target::bits(1, 2)).errs(application, TransientError).breaks(RuleId::BITS_ERROR_011);
}

#[test]
fn get_file_depends_on_the_context() {
    let held = |info: ErrorInfo| {
        download().transferring().errs(info, TransientError).error_for(APP, 0, info)
    };
    let (file, none) = (Reply::File(FileId(0)), Hresult::BG_E_FILE_NOT_AVAILABLE);
    let call = ErrorCall::GetFile;
    held(DOWN).object(call, Hresult::S_OK, file.clone()).holds(RuleId::BITS_ERROR_012);
    held(DOWN).object(call, none, Reply::None).breaks(RuleId::BITS_ERROR_012);
    held(FULL).object(call, Hresult::S_OK, Reply::File(FileId(1))).breaks(RuleId::BITS_ERROR_012);
    let queue = info(Hresult::BG_E_STANDBY_MODE, ErrorContext::GeneralQueueManager);
    held(queue).object(call, none, Reply::None).holds(RuleId::BITS_ERROR_012);
    held(queue).object(call, Hresult::S_OK, file).breaks(RuleId::BITS_ERROR_012);
}

#[test]
fn get_protocol_depends_on_the_context() {
    let held = |info: ErrorInfo| {
        download().transferring().errs(info, TransientError).error_for(APP, 0, info)
    };
    let none = Hresult::BG_E_PROTOCOL_NOT_AVAILABLE;
    let text = |text: &str| Reply::Text(text.to_owned());
    let call = ErrorCall::GetProtocol;
    held(DOWN).object(call, Hresult::S_OK, text("http")).holds(RuleId::BITS_ERROR_013);
    held(DOWN).object(call, Hresult::S_OK, text("https")).breaks(RuleId::BITS_ERROR_013);
    held(DOWN).object(call, Hresult::S_OK, text("file")).breaks(RuleId::BITS_ERROR_013);
    held(FULL).object(call, none, Reply::None).holds(RuleId::BITS_ERROR_013);
    held(FULL).object(call, Hresult::S_OK, text("http")).breaks(RuleId::BITS_ERROR_013);
}

#[test]
fn a_job_that_was_given_up_tells_why() {
    let expired = || failed().at(1_209_600).to(Error, Stimulus::NoProgressTimeoutExpires);
    expired().error_for(APP, 0, DOWN).holds(RuleId::BITS_ERROR_015);
    expired().no_error(UNAVAILABLE).breaks(RuleId::BITS_ERROR_015);
    expired().error_for(APP, 0, TIMEOUT).breaks(RuleId::BITS_ERROR_015);
    expired().gone().breaks(RuleId::BITS_ERROR_015);
    failed()
        .at(1_209_600)
        .attach(FULL)
        .to(Error, Stimulus::NoProgressTimeoutExpires)
        .breaks(RuleId::BITS_ERROR_015);
}

#[test]
fn the_size_of_the_reply_tells_which_part_failed() {
    let upload = || Story::new().create(JobType::UploadReply).add().resume().transferring();
    upload().errs(DOWN, TransientError).holds(RuleId::BITS_ERROR_016);
    upload()
        .file(0, FileChange::ReplySized(10))
        .errs(DOWN, TransientError)
        .breaks(RuleId::BITS_ERROR_016);
    let replying = || upload().arrives(0).file(0, FileChange::Posted);
    replying()
        .file(0, FileChange::ReplySized(10))
        .errs(DOWN, TransientError)
        .holds(RuleId::BITS_ERROR_016);
    replying().errs(DOWN, TransientError).breaks(RuleId::BITS_ERROR_016);
}

#[test]
fn a_job_fails_as_a_whole() {
    let two = || Story::new().create(JobType::Download).add().add().resume().transferring();
    two().errs(FULL, Error).holds(RuleId::BITS_ERROR_017);
    two().errs(FULL, Error).at(5).bytes(1, 10).breaks(RuleId::BITS_ERROR_017);
    let class = FULL.code.job_class();
    two()
        .ends(AttemptOutcome::Failed { code: FULL.code, class })
        .to(Queued, Stimulus::TransferErrorFatal)
        .breaks(RuleId::BITS_ERROR_017);
    let progress = |files_total| {
        Reply::Progress(Progress {
            bytes_total: 1,
            bytes_transferred: 0,
            files_total,
            files_transferred: 0,
        })
    };
    two().get(JobCall::GetProgress, progress(1)).breaks(RuleId::BITS_ERROR_017);
    two().get(JobCall::EnumFiles, Reply::Files(vec![FileId(0)])).breaks(RuleId::BITS_ERROR_017);
    two().get(JobCall::GetProgress, progress(2)).leaves(RuleId::BITS_ERROR_017);
}

#[test]
fn a_final_job_has_nothing_to_report() {
    let cancelled = |story: Story| {
        story.call(JobCall::Cancel, Hresult::S_OK).to(JobState::Cancelled, Stimulus::Cancel)
    };
    cancelled(download()).no_error(UNAVAILABLE).holds(RuleId::BITS_ERROR_018);
    cancelled(resumed(failed())).error_for(APP, 0, DOWN).breaks(RuleId::BITS_ERROR_018);
    cancelled(failed()).error_for(APP, 0, DOWN).leaves(RuleId::BITS_ERROR_018);
    cancelled(failed()).no_error(Hresult::BG_E_INVALID_STATE).breaks(RuleId::BITS_ERROR_018);
}

#[test]
fn job_error_carries_the_error() {
    let told = |error| {
        let story = download().transferring().errs(FULL, Error);
        let note = Note {
            note: NoteId(0),
            job: story.job,
            kind: NoteKind::JobError,
            to: Recipient::Interface(APP),
            attempt: 1,
            error, status: None,
        };
        story.push(Happened::NoteBegan(Box::new(note)))
    };
    told(Some(FULL)).holds(RuleId::BITS_ERROR_019);
    told(Some(DOWN)).breaks(RuleId::BITS_ERROR_019);
    told(None).breaks(RuleId::BITS_ERROR_019);
}

#[test]
fn a_block_at_the_turn_of_a_job_is_no_effect_of_a_call_that_failed_just_before() {
    let block = info(Hresult::BG_E_STANDBY_MODE, ErrorContext::GeneralQueueManager);
    let story = download()
        .call(JobCall::SetPriority(9), Hresult::E_NOTIMPL)
        .attach(block)
        .to(TransientError, Stimulus::SchedulerPicksJob)
        .at(5);
    story.holds(RuleId::BITS_ERROR_001);
    story.holds(RuleId::BITS_ERROR_002);
}

#[test]
fn no_bytes_move_in_an_error_state() {
    let job = failed().job;
    let reply = Happened::Bytes { job, file: FileId(0), of: Payload::Reply, done: 10 };
    failed().at(1).push(reply).breaks(RuleId::BITS_ERROR_017);
    failed().at(1).bytes(0, 10).breaks(RuleId::BITS_ERROR_017);
}
