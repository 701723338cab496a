//! BITS-HTTPSTATUS: what an HTTP status does to a job.

#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::hresult::{Class, WithNumber, http_class};
use bitsim_vocab::trace::{AttemptOutcome, End, ErrorInfo, FileChange, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{ErrorContext, Event, JobState, RuleId, SimTime, Span};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_HTTPSTATUS_001,
    RuleId::BITS_HTTPSTATUS_002,
    RuleId::BITS_HTTPSTATUS_003,
    RuleId::BITS_HTTPSTATUS_004,
];

/// BITS-HTTPSTATUS.
#[derive(Debug, Clone)]
pub(crate) struct HttpStatus {
    jobs: Vec<Answered>,
    /// Classes that some fault of the run gave to its errors in place of their own.
    given: Vec<Class>,
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, Default)]
struct Answered {
    /// The failure of the attempt that has just ended.
    failure: Option<Failure>,
    /// The server application has accepted the upload.
    posted: bool,
    /// The server application has answered with 403.
    forbidden: bool,
    /// A later attempt has ended since then.
    tried_again: bool,
    /// When the job came into TRANSIENT_ERROR first since its latest progress.
    failing_since: Option<SimTime>,
}

/// An attempt that ended with an HTTP status.
#[derive(Debug, Clone, Copy)]
struct Failure {
    status: u16,
    class: Class,
    /// The server had the upload in full, and its application was to answer.
    at_application: bool,
    context: Option<ErrorContext>,
}

impl HttpStatus {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { jobs: Vec::new(), given: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Created(_) => self.jobs.push(Answered::default()),
            Happened::Env(what) => {
                if let Disturbance::FaultBegins(fault) = &**what
                    && let Some(class) = fault.class
                    && !self.given.contains(&class)
                {
                    self.given.push(class);
                }
            }
            _ => {}
        }
        let Some(id) = event.what.job() else { return };
        let (Some(job), Some(answered)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        match &event.what {
            Happened::AttemptEnded { outcome, .. } => answered.ended(job, *outcome),
            Happened::ErrorInfo { info, .. } => answered.told(view, job, event, *info, out),
            Happened::State { to, .. } => answered.moved(view, job, event, *to, &self.given, out),
            Happened::Bytes { file, of, done, .. } => {
                let before = match of {
                    Payload::Reply => job.reply.0,
                    Payload::File => job.file(*file).map_or(0, |file| file.highest),
                };
                if *done > before {
                    answered.failing_since = None;
                }
            }
            Happened::File(file) if file.what == FileChange::Posted => {
                answered.handed_over(event, out);
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, _: &Event, out: &mut Findings) {
        for answered in &self.jobs {
            if answered.tried_again {
                out.held(RuleId::BITS_HTTPSTATUS_004);
            }
        }
    }
}

impl Answered {
    fn ended(&mut self, job: &JobView, outcome: AttemptOutcome) {
        self.tried_again |= self.forbidden;
        let AttemptOutcome::Failed { code, class } = outcome else {
            self.failure = None;
            return;
        };
        let complete = job.files.first().is_some_and(|file| file.finished);
        let at_application = job.job_type.uploads()
            && job.state == JobState::Transferring
            && complete
            && !self.posted;
        self.failure = code.http_status().map(|status| Failure {
            status,
            class,
            at_application,
            context: None,
        });
    }

    /// BITS-HTTPSTATUS-002: what the server application answers is told as its error.
    fn told(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        info: ErrorInfo,
        out: &mut Findings,
    ) {
        let application = info.context == ErrorContext::RemoteApplication;
        if application && self.forbidden && info.code.http_status() != Some(403) {
            self.handed_over(event, out);
        }
        let Some(failure) = &mut self.failure else { return };
        failure.context = Some(info.context);
        if failure.at_application && view.setup.target.version.at_least(1, 5) {
            out.ensure(RuleId::BITS_HTTPSTATUS_002, application, event, || {
                (
                    format!(
                        "the server application answered `{{job}}` with HTTP {}",
                        failure.status
                    ),
                    ErrorContext::RemoteApplication.full_name().to_owned(),
                    info.context.full_name().to_owned(),
                )
            });
        }
        // A fault may make 403 transient for once; then it is to be tried again.
        let fatal = failure.class == Class::Fatal;
        if failure.status == 403 && fatal && application && job.job_type.uploads() {
            self.forbidden = true;
        }
    }

    /// BITS-HTTPSTATUS-001 and -003: the class of the status decides between the error states.
    fn moved(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        to: JobState,
        given: &[Class],
        out: &mut Findings,
    ) {
        let failure = self.failure.take();
        if let Some(failure) = failure {
            let class = http_class(failure.status);
            let overridden = failure.class != class && given.contains(&failure.class);
            let success = matches!(failure.status, 200 | 206);
            if !overridden && !success && to.is_error() {
                self.judge(view, job, event, (failure, class, to), out);
            }
        }
        if to == JobState::TransientError {
            self.failing_since.get_or_insert(event.at);
        }
    }

    fn judge(
        &self,
        view: &View,
        job: &JobView,
        event: &Event,
        (failure, class, to): (Failure, Class, JobState),
        out: &mut Findings,
    ) {
        let rule = if failure.context == Some(ErrorContext::RemoteApplication) {
            RuleId::BITS_HTTPSTATUS_001
        } else {
            RuleId::BITS_HTTPSTATUS_003
        };
        let expected = match class {
            Class::Fatal => JobState::Error,
            _ if to == JobState::Error && self.may_be_over(view, job, event) => return,
            _ => JobState::TransientError,
        };
        out.ensure(rule, to == expected, event, || {
            let kind = if class == Class::Fatal { "fatal" } else { "transient" };
            (
                format!("HTTP status {} of `{{job}}`, which is {kind}", failure.status),
                expected.name().to_owned(),
                format!(
                    "{} with {}",
                    to.name(),
                    WithNumber(bitsim_vocab::Hresult::http(failure.status))
                ),
            )
        });
    }

    /// True if the no-progress timeout may turn a transient error into ERROR at once.
    fn may_be_over(&self, view: &View, job: &JobView, event: &Event) -> bool {
        let timeout = Span::secs(job.no_progress_timeout);
        job.no_progress_timeout == 0
            || self.failing_since.is_some_and(|since| {
                since + timeout <= event.at || view.restarted_at.is_some_and(|at| at >= since)
            })
    }

    /// BITS-HTTPSTATUS-004: after 403 the upload is not handed to the application again.
    fn handed_over(&mut self, event: &Event, out: &mut Findings) {
        self.posted |= matches!(event.what, Happened::File(_));
        if self.forbidden {
            out.ensure(RuleId::BITS_HTTPSTATUS_004, false, event, || {
                (
                    "the upload `{job}` was handed to the server application again".to_owned(),
                    "nothing to be handed over after HTTP status 403".to_owned(),
                    "it was handed over once more".to_owned(),
                )
            });
        }
    }
}
