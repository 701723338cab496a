//! DO-ERROR and BITS-ERROR-020: when error information exists and what it says.
//!
//! The life of the information is followed as the pages describe it: it begins with the record that
//! attaches it, and only entry into TRANSFERRING ends it. Neither the end of a client nor a restart
//! of the service touches it.

mod answers;
mod codes;
mod objects;
#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::rules::about;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, End, ErrorInfo, Happened, Note, NoteKind, Timer, TimerEvent,
};
use bitsim_vocab::world::{Disturbance, FaultKind, Setup};
use bitsim_vocab::{Event, FileId, Hresult, JobId, JobState, Reply, RuleId, SimTime, Stimulus};
use codes::Seen;
use objects::Objects;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::BITS_ERROR_020,
    RuleId::DO_ERROR_001,
    RuleId::DO_ERROR_002,
    RuleId::DO_ERROR_003,
    RuleId::DO_ERROR_004,
    RuleId::DO_ERROR_005,
    RuleId::DO_ERROR_007,
    RuleId::DO_ERROR_008,
    RuleId::DO_ERROR_009,
    RuleId::DO_ERROR_010,
    RuleId::DO_ERROR_011,
    RuleId::DO_ERROR_012,
    RuleId::DO_ERROR_013,
    RuleId::DO_ERROR_015,
];

/// The rules on the life of the information, one in the words of each service.
const LIFE: [RuleId; 2] = [RuleId::DO_ERROR_004, RuleId::BITS_ERROR_020];

/// True for the codes of causes that only block a job: no network, or a policy.
pub(super) fn is_block(code: Hresult) -> bool {
    matches!(
        code,
        Hresult::DO_E_BLOCKED_BY_NO_NETWORK
            | Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY
            | Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY
            | Hresult::DO_E_BLOCKED_BY_POWER_STATE
            | Hresult::DO_E_BLOCKED_BY_VPN_POLICY
            | Hresult::DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE
    )
}

/// Judges a call of a method that Delivery Optimization does not have.
pub(super) fn absent(
    view: &View,
    event: &Event,
    called: &Called,
    job: JobId,
    rule: RuleId,
    out: &mut Findings,
) {
    let admitted = view.job(job).is_some_and(|job| {
        let pointer = !job.state.is_final() || view.kept_pointer(called.by, job);
        pointer && view.admits(called.by, job)
    });
    let ok = called.hr == Hresult::E_NOTIMPL || called.hr.failed() && !admitted;
    about::ensure(out, rule, ok, job, event, || {
        (
            format!(
                "{} was called for `{{job}}`; Delivery Optimization has no such method",
                called.call.method()
            ),
            format!("{} and no effect", WithNumber(Hresult::E_NOTIMPL)),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// DO-ERROR and BITS-ERROR-020.
#[derive(Debug, Clone)]
pub(super) struct Error {
    jobs: Vec<Known>,
    objects: Objects,
    /// Information was attached and waits for the state change that it belongs to.
    fresh: Option<Fresh>,
    /// Jobs that entered TRANSFERRING and whose information has to end.
    owed: Vec<(JobId, SimTime)>,
    /// Codes that a fault of the scenario gives another class than their own.
    reclassed: Vec<Hresult>,
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The information that exists by the rules.
    alive: Option<Info>,
    /// The information attached last, existing or not.
    newest: Option<Info>,
    /// How and when the attempt ended whose state change has not come yet.
    ended: Option<(AttemptOutcome, SimTime)>,
    /// Position of the record by which the latest attempt ended.
    ended_at: u32,
    /// The file that was asked for last.
    in_transit: Option<FileId>,
    /// A call other than GetError has failed since state or information changed last.
    failed_call: bool,
    /// SetNoProgressTimeout was last called with 0, so that every failure is fatal.
    no_retries: bool,
    /// When the no-progress timeout expired last.
    expired: Option<SimTime>,
}

/// Error information and what the judge knows of the failure behind it.
#[derive(Debug, Clone, Copy)]
struct Info {
    info: ErrorInfo,
    /// The file that GetFile must tell: `None` for a cause that concerns the whole job.
    file: FileDue,
}

/// What GetFile has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileDue {
    /// This file.
    File(FileId),
    /// No file.
    Nothing,
    /// The trace does not say whether a file is concerned.
    Open,
}

/// Information that waits for its state change.
#[derive(Debug, Clone, Copy)]
struct Fresh {
    job: JobId,
    at: SimTime,
    /// Nothing but a call that failed precedes it.
    after_failed_call: bool,
}

impl Error {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            objects: Objects::new(setup),
            fresh: None,
            owed: Vec::new(),
            reclassed: Vec::new(),
        }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event)
            && call.hr.failed()
            && call.stimulus != Stimulus::GetError
        {
            out.held(RuleId::DO_ERROR_003);
        }
        self.settle(view, event, out);
        match &event.what {
            Happened::Created(_) => self.jobs.push(Known::default()),
            Happened::Env(what) => self.disturbed(what),
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::NoteBegan(note) if note.kind == NoteKind::JobError => {
                self.carried(view, event, note, out);
            }
            _ => {}
        }
        let Some(id) = event.what.job() else { return };
        let (Some(job), Some(known)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        match &event.what {
            Happened::AttemptEnded { outcome, .. } => {
                known.ended = Some((*outcome, event.at));
                known.ended_at = event.seq;
            }
            Happened::AttemptBegan { .. } => {
                known.ended = None;
                known.in_transit = None;
            }
            Happened::Requested { file, .. } => known.in_transit = Some(*file),
            Happened::Timer {
                timer: Timer::NoProgressTimeout, what: TimerEvent::Fired, ..
            } => {
                known.expired = Some(event.at);
            }
            Happened::ErrorInfo { info, .. } => {
                known.attached(event, *info, out);
                let after_failed_call = view.latest_call.as_ref().is_some_and(|call| {
                    call.job == id
                        && call.hr.failed()
                        && call.at == event.at
                        && call.seq > known.ended_at
                });
                self.fresh = Some(Fresh { job: id, at: event.at, after_failed_call });
            }
            Happened::ErrorGone { .. } => {
                let owed = self.owed.iter().position(|(owing, _)| *owing == id);
                match owed {
                    Some(index) => {
                        self.owed.swap_remove(index);
                        LIFE.into_iter().for_each(|rule| out.held(rule));
                    }
                    None => known.ended_early(job, event, out),
                }
            }
            Happened::State { from, to, cause, .. } => {
                let fresh = self.fresh.take_if(|fresh| fresh.job == id);
                if *to == JobState::Transferring && known.alive.is_some() {
                    self.owed.push((id, event.at));
                }
                let step = (*from, *to, *cause);
                known.moved(event, step, fresh.is_some(), &self.reclassed, out);
                if let Some(fresh) = fresh.filter(|_| !to.is_error()) {
                    stray(view, event, fresh, out);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, _: End, last: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call
            && call.hr.failed()
            && call.stimulus != Stimulus::GetError
        {
            out.held(RuleId::DO_ERROR_003);
        }
        if let Some(fresh) = self.fresh.take() {
            stray(view, last, fresh, out);
        }
        for (id, _) in std::mem::take(&mut self.owed) {
            lingers(id, last, out);
        }
    }

    /// What had to follow the records before has not followed.
    fn settle(&mut self, view: &View, event: &Event, out: &mut Findings) {
        let id = event.what.job();
        if let Some(fresh) = self.fresh {
            let belongs = id == Some(fresh.job)
                && matches!(
                    event.what,
                    Happened::State { .. }
                        | Happened::Bytes { .. }
                        | Happened::File(_)
                        | Happened::Timer { .. }
                );
            if !belongs || fresh.at != event.at {
                self.fresh = None;
                stray(view, event, fresh, out);
            }
        }
        if self.owed.is_empty() {
            return;
        }
        let over = matches!(event.what, Happened::Called(_) | Happened::Env(_));
        let leaves = |owing: JobId| {
            id == Some(owing)
                && matches!(event.what, Happened::State { .. } | Happened::AttemptEnded { .. })
        };
        while let Some(index) =
            self.owed.iter().position(|(owing, at)| over || *at != event.at || leaves(*owing))
        {
            let (owing, _) = self.owed.swap_remove(index);
            lingers(owing, event, out);
        }
    }

    fn disturbed(&mut self, what: &Disturbance) {
        match what {
            Disturbance::ClientExits(client) => self.objects.ends(*client),
            Disturbance::ComputerRestarts => self.objects.all_end(),
            Disturbance::FaultBegins(fault) => {
                let code = match fault.kind {
                    FaultKind::Code(code) => code,
                    FaultKind::Http(status) => Hresult::http(status),
                    FaultKind::Refused => Hresult::ERROR_WINHTTP_CANNOT_CONNECT,
                    FaultKind::Timeout(_) => Hresult::ERROR_WINHTTP_TIMEOUT,
                    FaultKind::NameNotResolved => Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED,
                    FaultKind::DropsAfter(_) | FaultKind::Corrupts => return,
                };
                if fault.class.is_some() {
                    self.reclassed.push(code);
                }
            }
            _ => {}
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        match &called.call {
            Call::Job(id, call) => {
                let (Some(job), Some(known)) = (view.job(*id), self.jobs.get_mut(id.index()))
                else {
                    return;
                };
                match call {
                    JobCall::GetError => {
                        known.read(view, job, event, called, out);
                        if let Reply::Error(object, _) = called.reply {
                            let told = known.alive;
                            self.objects.handed(object, *id, called.by, told, view.restarts);
                        }
                        return;
                    }
                    JobCall::GetErrorCount => {
                        absent(view, event, called, *id, RuleId::DO_ERROR_012, out);
                    }
                    JobCall::SetNoProgressTimeout(secs) if called.hr.succeeded() => {
                        known.no_retries = *secs == 0;
                    }
                    _ => {}
                }
                known.failed_call |= called.hr.failed();
            }
            Call::ErrorObject(object, call) => {
                self.objects.called(view, event, called, *object, *call, out);
            }
            _ => {}
        }
    }

    /// DO-ERROR-013: JobError carries what GetError would return.
    fn carried(&self, view: &View, event: &Event, note: &Note, out: &mut Findings) {
        let known = self.jobs.get(note.job.index());
        let alive = known.and_then(|known| known.alive);
        if view.job(note.job).is_none_or(|job| job.state != JobState::Error) {
            return;
        }
        let Some(Info { info: alive, .. }) = alive else { return };
        if let Some(info) = note.error {
            codes::told(event, info, "JobError for `{job}` carried", Seen::Read, out);
        }
        let ok = note.error.is_some_and(|carried| same(carried, alive));
        out.ensure(RuleId::DO_ERROR_013, ok, event, || {
            (
                "JobError for `{job}` carried another error than GetError returns".to_owned(),
                format!("the error object to hold {}", words(alive)),
                note.error.map_or_else(|| "no error object".to_owned(), words),
            )
        });
    }
}

impl Known {
    /// Error information was attached.
    fn attached(&mut self, event: &Event, info: ErrorInfo, out: &mut Findings) {
        let ended = self.ended.filter(|(_, at)| *at == event.at).map(|(outcome, _)| outcome);
        let failed = match ended {
            Some(AttemptOutcome::Failed { code, .. }) => Some(code),
            _ => None,
        };
        let seen = Seen::Attached(failed);
        codes::told(event, info, "the error information of `{job}` holds", seen, out);
        let code = match ended {
            Some(AttemptOutcome::Failed { code, .. } | AttemptOutcome::Blocked { code }) => {
                Some(code)
            }
            _ => None,
        };
        // The no-progress timeout may have a word of its own.
        if let Some(code) = code
            && info.code != code
            && info.code != Hresult::DO_E_DOWNLOAD_NO_PROGRESS
        {
            out.ensure(RuleId::DO_ERROR_001, false, event, || {
                (
                    "the error information of `{job}` is not about the failure that ended its \
                     attempt"
                        .to_owned(),
                    WithNumber(code).to_string(),
                    WithNumber(info.code).to_string(),
                )
            });
        }
        let job_wide = is_block(info.code) || info.code == Hresult::DO_E_DOWNLOAD_NO_PROGRESS;
        let file = match (failed, self.in_transit) {
            (Some(code), _) if job_wide && code == info.code => FileDue::Open,
            _ if job_wide => FileDue::Nothing,
            (Some(_), Some(file)) => FileDue::File(file),
            _ => FileDue::Open,
        };
        // Only the first record after the end of the attempt is about the attempt.
        self.ended = None;
        self.alive = Some(Info { info, file });
        self.newest = self.alive;
        self.failed_call = false;
    }

    /// Error information ended although the job did not enter TRANSFERRING.
    fn ended_early(&mut self, job: &JobView, event: &Event, out: &mut Findings) {
        let at_rest = job.state.is_final() || job.state == JobState::Transferred || job.gone;
        if self.alive.take().is_none() || at_rest {
            return;
        }
        let own = match job.state {
            JobState::Error | JobState::TransientError => Some(RuleId::DO_ERROR_001),
            JobState::Suspended => Some(RuleId::DO_ERROR_015),
            _ => None,
        };
        for rule in LIFE.into_iter().chain(own) {
            out.ensure(rule, false, event, || {
                (
                    format!("the error information of `{{job}}` ended in {}", job.state),
                    "it to last until the job enters TRANSFERRING".to_owned(),
                    "it is gone".to_owned(),
                )
            });
        }
    }

    /// The job changed its state; `fresh` if information was attached for it.
    fn moved(
        &mut self,
        event: &Event,
        (from, to, cause): (JobState, JobState, Stimulus),
        fresh: bool,
        reclassed: &[Hresult],
        out: &mut Findings,
    ) {
        self.failed_call = false;
        self.ended = None;
        if to == JobState::Transferring {
            self.alive = None;
        }
        if !to.is_error() {
            return;
        }
        let Some(Info { info, .. }) = self.alive else {
            return out.ensure(RuleId::DO_ERROR_001, false, event, || {
                (
                    format!("`{{job}}` entered {to} without error information"),
                    "error information for GetError to return".to_owned(),
                    "none was attached".to_owned(),
                )
            });
        };
        out.held(RuleId::DO_ERROR_001);
        // A job that was given up for its transient failure did not go to ERROR on that code.
        let given_up = from == JobState::TransientError && to == JobState::Error && !fresh;
        let passing = to == JobState::TransientError
            && info.code == Hresult::DO_E_DOWNLOAD_NO_PROGRESS
            && (cause == Stimulus::NoProgressTimeoutExpires || self.expired == Some(event.at));
        if !given_up && !passing && !reclassed.contains(&info.code) {
            codes::class(event, info.code, to, self.no_retries, out);
        }
    }
}

/// Error information was attached, and no entry into an error state followed.
fn stray(view: &View, event: &Event, fresh: Fresh, out: &mut Findings) {
    let Some(job) = view.job(fresh.job) else { return };
    let (rule, what) = if fresh.after_failed_call {
        (RuleId::DO_ERROR_003, "a call that failed attached error information to `{job}`")
    } else if job.state.is_error() {
        // A block that begins while the job waits replaces the code.
        return;
    } else {
        (RuleId::BITS_ERROR_020, "`{job}` got error information without entering an error state")
    };
    let why = (
        what.to_owned(),
        "error information only with a failure that leads to ERROR or TRANSIENT_ERROR".to_owned(),
        format!("the job is in {}", job.state),
    );
    about::broken(out, rule, Some(fresh.job), event, why);
}

/// DO-ERROR-004: the job entered TRANSFERRING and kept its error information.
fn lingers(job: JobId, event: &Event, out: &mut Findings) {
    for rule in LIFE {
        let why = (
            "`{job}` entered TRANSFERRING and kept its error information".to_owned(),
            "the information to end there".to_owned(),
            "it did not".to_owned(),
        );
        about::broken(out, rule, Some(job), event, why);
    }
}

/// True if code and context agree.
fn same(left: ErrorInfo, right: ErrorInfo) -> bool {
    left.code == right.code && left.context == right.context
}

/// Error information as a message shows it.
fn words(info: ErrorInfo) -> String {
    format!("{} with {}", WithNumber(info.code), info.context.full_name())
}
