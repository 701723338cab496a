use crate::rules::testing::Story;
use JobState::{Error, Queued, TransientError};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo, FileChange};
use bitsim_vocab::world::{Disturbance, Fault, FaultKind, Part};
use bitsim_vocab::{
    ErrorContext, FileId, Happened, Hresult, JobState, JobType, RuleId, ServerId, Stimulus,
};

const APPLICATION: ErrorContext = ErrorContext::RemoteApplication;

fn moving(job_type: JobType) -> Story {
    Story::new().create(job_type).add().resume().transferring()
}

/// An upload that the server has in full: its application is to answer.
fn posting() -> Story {
    moving(JobType::Upload).arrives(0)
}

trait Answering: Sized {
    /// The attempt ends with this status and the job goes to `to`.
    fn answers(self, status: u16, context: ErrorContext, to: JobState) -> Self;
    /// As above, with a class that need not be the one of the status.
    fn answers_as(self, status: u16, class: Class, context: ErrorContext, to: JobState) -> Self;
}

impl Answering for Story {
    fn answers(self, status: u16, context: ErrorContext, to: JobState) -> Self {
        let class = Hresult::http(status).job_class();
        self.answers_as(status, class, context, to)
    }

    fn answers_as(self, status: u16, class: Class, context: ErrorContext, to: JobState) -> Self {
        let (job, code) = (self.job, Hresult::http(status));
        let info = ErrorInfo { code, context, file: Some(FileId(0)), protocol: None };
        let cause = if class == Class::Fatal {
            Stimulus::TransferErrorFatal
        } else {
            Stimulus::TransferErrorTransient
        };
        self.ends(AttemptOutcome::Failed { code, class })
            .push(Happened::ErrorInfo { job, info })
            .to(to, cause)
    }
}

#[test]
fn the_status_of_the_server_application_decides() {
    let rule = RuleId::BITS_HTTPSTATUS_001;
    for status in [500, 503, 408, 409, 306, 202] {
        posting().answers(status, APPLICATION, TransientError).holds(rule);
        posting().answers(status, APPLICATION, Error).breaks(rule);
    }
    for status in [300, 305, 307, 400, 404, 499, 501, 505] {
        posting().answers(status, APPLICATION, Error).holds(rule);
        posting().answers(status, APPLICATION, TransientError).breaks(rule);
    }
}

#[test]
fn errors_of_the_server_application_are_told_as_such() {
    let rule = RuleId::BITS_HTTPSTATUS_002;
    posting().answers(500, APPLICATION, TransientError).holds(rule);
    posting().answers(500, ErrorContext::RemoteFile, TransientError).breaks(rule);
    moving(JobType::Upload).answers(500, ErrorContext::RemoteFile, TransientError).leaves(rule);
}

#[test]
fn the_same_classes_hold_for_downloads() {
    let (rule, context) = (RuleId::BITS_HTTPSTATUS_003, ErrorContext::RemoteFile);
    let download = || moving(JobType::Download);
    download().answers(503, context, TransientError).holds(rule);
    download().answers(503, context, Error).breaks(rule);
    download().answers(404, context, Error).holds(rule);
    download().answers(404, context, TransientError).breaks(rule);
    download().answers_as(404, Class::Transient, context, TransientError).breaks(rule);
    let fault = Fault {
        number: 0,
        server: ServerId(0),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(404),
        times: None,
        class: Some(Class::Transient),
    };
    download()
        .env(Disturbance::FaultBegins(Box::new(fault)))
        .answers_as(404, Class::Transient, context, TransientError)
        .leaves(rule);
}

#[test]
fn a_timeout_of_0_makes_every_status_final() {
    moving(JobType::Download)
        .call(bitsim_vocab::call::JobCall::SetNoProgressTimeout(0), Hresult::S_OK)
        .answers(503, ErrorContext::RemoteFile, Error)
        .leaves(RuleId::BITS_HTTPSTATUS_003);
}

#[test]
fn after_403_the_upload_is_not_handed_over_again() {
    let rule = RuleId::BITS_HTTPSTATUS_004;
    let again = |status| {
        posting()
            .answers(status, APPLICATION, Error)
            .call(bitsim_vocab::call::JobCall::Resume, Hresult::S_OK)
            .to(Queued, Stimulus::Resume)
            .transferring()
    };
    again(403).file(0, FileChange::Posted).breaks(rule);
    again(403).answers(500, APPLICATION, TransientError).breaks(rule);
    again(403).answers(403, ErrorContext::RemoteFile, Error).holds(rule);
    again(404).file(0, FileChange::Posted).leaves(rule);
}
