//! BITS-ERROR: when error information exists and what it says.
//!
//! The life of the information is followed as the pages describe it: it begins with the record that
//! attaches it, and only entry into TRANSFERRING ends it.

mod answers;
mod objects;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::stands::ErrorInformation;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, End, ErrorInfo, FileChange, Happened, Note, NoteKind, TimerEvent,
};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    ClientId, ErrorContext, Event, Hresult, JobId, JobState, JobType, Reply, RuleId, SimTime,
    Stimulus,
};
use objects::Objects;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_ERROR_001,
    RuleId::BITS_ERROR_002,
    RuleId::BITS_ERROR_003,
    RuleId::BITS_ERROR_004,
    RuleId::BITS_ERROR_005,
    RuleId::BITS_ERROR_006,
    RuleId::BITS_ERROR_007,
    RuleId::BITS_ERROR_008,
    RuleId::BITS_ERROR_009,
    RuleId::BITS_ERROR_010,
    RuleId::BITS_ERROR_011,
    RuleId::BITS_ERROR_012,
    RuleId::BITS_ERROR_013,
    RuleId::BITS_ERROR_015,
    RuleId::BITS_ERROR_016,
    RuleId::BITS_ERROR_017,
    RuleId::BITS_ERROR_018,
    RuleId::BITS_ERROR_019,
];

/// True for the codes by which a call says that the caller has no access to the job, or no longer a
/// way to it. Other families judge those.
pub(super) fn is_refusal(hr: Hresult) -> bool {
    matches!(
        hr,
        Hresult::E_ACCESSDENIED
            | Hresult::RPC_E_DISCONNECTED
            | Hresult::E_NOINTERFACE
            | Hresult::ERROR_NOT_LOGGED_ON
            | Hresult::BG_E_NOT_FOUND
    )
}

/// BITS-ERROR.
#[derive(Debug, Clone)]
pub(crate) struct Error {
    jobs: Vec<Known>,
    objects: Objects,
    /// Information was attached and waits for the state change that it belongs to.
    fresh: Option<Fresh>,
    /// Jobs that entered TRANSFERRING and whose information has to end.
    owed: Vec<(JobId, SimTime)>,
    /// When a client ended last.
    client_ended: Option<SimTime>,
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The information that exists by the rules.
    alive: Option<ErrorInfo>,
    /// The information attached last, existing or not.
    newest: Option<ErrorInfo>,
    /// The one before it.
    older: Option<ErrorInfo>,
    /// Restarts of the service when `newest` was attached.
    restarts: u32,
    /// The no-progress timeout has turned TRANSIENT_ERROR into ERROR since.
    expired: bool,
    /// The job went from an error state straight to its final state.
    straight: bool,
    /// Who obtained an error object of the job last, and how often that client had ended by then.
    holder: Option<(ClientId, u32)>,
    /// The attempt that ended last failed, and no state change has followed yet.
    failed: bool,
    /// Position of the record by which the latest attempt ended.
    ended_at: u32,
    /// The server application has accepted the upload.
    posted: bool,
    /// The violation of BITS-ERROR-017 in this stay in an error state has been reported.
    moved_on: bool,
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
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            objects: Objects::new(setup),
            fresh: None,
            owed: Vec::new(),
            client_ended: None,
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        let waits = self.fresh.is_some() || !self.owed.is_empty();
        if waits { kinds::AT_ONCE } else { kinds::NEVER }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        harmless_call(view, event, out);
        self.settle(view, event, out);
        match &event.what {
            Happened::Created(_) => self.jobs.push(Known::default()),
            Happened::Env(what) => self.disturbed(what, event.at),
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::NoteBegan(note) if note.kind == NoteKind::JobError => {
                self.carried(event, note, out);
            }
            _ => {}
        }
        let Some(id) = event.what.job() else { return };
        let (Some(job), Some(known)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        match &event.what {
            Happened::AttemptEnded { outcome, .. } => {
                known.ended_at = event.seq;
                known.failed =
                    matches!(outcome, AttemptOutcome::Failed { code, .. } if !code.is_block());
            }
            Happened::AttemptBegan { .. } => known.failed = false,
            Happened::ErrorInfo { info, .. } => {
                known.attached(view, job, event, *info, out);
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
                        out.held(RuleId::BITS_ERROR_005);
                    }
                    None => {
                        let client_ended = self.client_ended == Some(event.at);
                        known.ended(view, job, event, client_ended, out);
                    }
                }
            }
            Happened::State { from, to, cause, .. } => {
                let fresh = self.fresh.take_if(|fresh| fresh.job == id);
                if *to == JobState::Transferring && known.alive.is_some() {
                    self.owed.push((id, event.at));
                }
                known.moved(view, job, event, (*from, *to, *cause), fresh, out);
            }
            Happened::Bytes { .. } if job.state.is_error() && !known.moved_on => {
                known.moved_on = true;
                out.ensure(RuleId::BITS_ERROR_017, false, event, || {
                    (
                        "bytes of `{job}` moved while it was in an error state".to_owned(),
                        "no further file until the error is resolved".to_owned(),
                        format!("bytes in {}", job.state),
                    )
                });
            }
            Happened::File(file) if file.what == FileChange::Posted => known.posted = true,
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, _: End, last: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call
            && call.hr.failed()
            && !is_getter(call.stimulus)
        {
            out.held(RuleId::BITS_ERROR_002);
        }
        if let Some(fresh) = self.fresh.take() {
            stray(view, last, fresh, out);
        }
        for (id, _) in std::mem::take(&mut self.owed) {
            lingers(id, last, out);
        }
        for (known, job) in self.jobs.iter().zip(&view.jobs) {
            if job.state.is_error() {
                known.rested(job, out);
            }
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
                        | Happened::Count { .. }
                        | Happened::Bytes { .. }
                        | Happened::File(_)
                        | Happened::Timer {
                            what: TimerEvent::Armed { .. } | TimerEvent::Stopped,
                            ..
                        }
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

    fn disturbed(&mut self, what: &Disturbance, at: SimTime) {
        match what {
            Disturbance::ClientExits(client) => {
                self.objects.ends(*client);
                self.client_ended = Some(at);
            }
            Disturbance::ComputerRestarts => self.objects.all_end(),
            _ => {}
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        match &called.call {
            Call::Job(id, JobCall::GetError) => {
                if let (Some(job), Some(known)) = (view.job(*id), self.jobs.get_mut(id.index())) {
                    known.read(view, job, event, called, &self.objects, out);
                    if let Reply::Error(object, info) = called.reply {
                        self.objects.handed(object, *id, called.by, info, view.restarts);
                        known.holder = Some((called.by, self.objects.exits(called.by)));
                    }
                }
            }
            Call::Job(id, JobCall::GetProgress | JobCall::EnumFiles) => {
                if let Some(job) = view.job(*id) {
                    all_files_listed(job, event, &called.reply, out);
                }
            }
            Call::ErrorObject(object, call) => {
                self.objects.called(view, event, called, *object, *call, out);
            }
            _ => {}
        }
    }

    /// BITS-ERROR-019: JobError carries what GetError would return.
    fn carried(&self, event: &Event, note: &Note, out: &mut Findings) {
        let Some(alive) = self.jobs.get(note.job.index()).and_then(|known| known.alive) else {
            return;
        };
        let ok = note.error.is_some_and(|carried| same(carried, alive));
        out.ensure(RuleId::BITS_ERROR_019, ok, event, || {
            (
                "JobError for `{job}` carried another error than GetError would return".to_owned(),
                words(alive),
                note.error.map_or_else(|| "no error object".to_owned(), words),
            )
        });
    }
}

impl Known {
    /// Error information was attached: BITS-ERROR-010, -011, -016.
    fn attached(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        info: ErrorInfo,
        out: &mut Findings,
    ) {
        if info.code.succeeded() {
            out.ensure(RuleId::BITS_ERROR_010, false, event, || {
                (
                    "the error information of `{job}` holds a success code".to_owned(),
                    "an HRESULT that reports a failure".to_owned(),
                    WithNumber(info.code).to_string(),
                )
            });
        }
        let applications = job.job_type.uploads() && view.setup.target.version.at_least(1, 5);
        let possible = match info.context {
            ErrorContext::None => false,
            ErrorContext::RemoteApplication => applications,
            _ => true,
        };
        out.ensure(RuleId::BITS_ERROR_011, possible, event, || {
            (
                "the error information of `{job}` has a context that it cannot have".to_owned(),
                if info.context == ErrorContext::None {
                    "a context other than BG_ERROR_CONTEXT_NONE".to_owned()
                } else {
                    "BG_ERROR_CONTEXT_REMOTE_APPLICATION for uploads from BITS 1.5 on only"
                        .to_owned()
                },
                info.context.full_name().to_owned(),
            )
        });
        if job.job_type == JobType::UploadReply && info.context == ErrorContext::RemoteFile {
            self.part_told(job, event, out);
        }
        // An application that answers badly has not accepted the upload after all.
        self.posted &= info.context != ErrorContext::RemoteApplication;
        self.older = self.newest;
        self.newest = Some(info);
        self.alive = Some(info);
        self.restarts = view.restarts;
        self.expired = false;
        self.holder = None;
    }

    /// BITS-ERROR-016: the reply has a known size exactly if its transfer is what failed.
    fn part_told(&self, job: &JobView, event: &Event, out: &mut Findings) {
        let sized = job.reply.1.is_some();
        let uploading = job.files.first().is_some_and(|file| !file.finished);
        if uploading || self.posted {
            out.ensure(RuleId::BITS_ERROR_016, sized != uploading, event, || {
                let (part, expected) = if uploading {
                    ("upload", "BytesTotal of the reply to be BG_SIZE_UNKNOWN")
                } else {
                    ("reply", "BytesTotal of the reply to be known")
                };
                let actual = if sized { "it is known" } else { "it is BG_SIZE_UNKNOWN" };
                (
                    format!("the {part} of `{{job}}` failed with BG_ERROR_CONTEXT_REMOTE_FILE"),
                    expected.to_owned(),
                    actual.to_owned(),
                )
            });
        }
    }

    /// Error information ended although the job did not enter TRANSFERRING.
    fn ended(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        client_ended: bool,
        out: &mut Findings,
    ) {
        let literal = view.setup.stands.error_information == ErrorInformation::UntilTransferring;
        let restarted = self.restarts != view.restarts;
        let failed_call = view.latest_call.as_ref().is_some_and(|call| {
            Some(call.job) == event.what.job() && call.hr.failed() && call.at == event.at
        });
        if self.alive.take().is_none() {
            return;
        }
        let rule = match job.state {
            _ if failed_call => RuleId::BITS_ERROR_002,
            JobState::Error | JobState::TransientError if restarted => RuleId::BITS_ERROR_009,
            JobState::Error if self.expired => RuleId::BITS_ERROR_015,
            JobState::Error | JobState::TransientError if client_ended => RuleId::BITS_ERROR_008,
            JobState::Error | JobState::TransientError => RuleId::BITS_ERROR_001,
            JobState::Queued | JobState::Connecting | JobState::Suspended if literal => {
                if restarted { RuleId::BITS_ERROR_009 } else { RuleId::BITS_ERROR_006 }
            }
            _ => return,
        };
        out.ensure(rule, false, event, || {
            (
                format!("the error information of `{{job}}` ended in {}", job.state),
                "it to last until TRANSFERRING is entered".to_owned(),
                "it is gone".to_owned(),
            )
        });
    }

    /// The job changed its state.
    fn moved(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        (from, to, cause): (JobState, JobState, Stimulus),
        fresh: Option<Fresh>,
        out: &mut Findings,
    ) {
        if std::mem::take(&mut self.failed) && job.files.len() > 1 {
            self.failed_as_a_whole(job, event, to, out);
        }
        if from.is_error() && !to.is_error() {
            self.rested(job, out);
            self.moved_on = false;
        }
        if to.is_final() {
            self.straight = from.is_error();
        }
        if to == JobState::Transferring {
            self.alive = None;
        }
        if from == JobState::TransientError && to == JobState::Error {
            self.gave_up(view, event, cause, fresh, out);
        } else if to.is_error() {
            self.erred(event, to, fresh, out);
        } else if let Some(fresh) = fresh {
            stray(view, event, fresh, out);
        }
    }

    /// BITS-ERROR-001 and -007: entry into an error state brings error information, the newest.
    fn erred(&self, event: &Event, to: JobState, fresh: Option<Fresh>, out: &mut Findings) {
        let exists = self.alive.is_some();
        out.ensure(RuleId::BITS_ERROR_001, exists, event, || {
            (
                format!("`{{job}}` entered {to} without error information"),
                "error information from then on".to_owned(),
                "none was attached".to_owned(),
            )
        });
        if exists && fresh.is_none() {
            out.ensure(RuleId::BITS_ERROR_007, false, event, || {
                (
                    format!("`{{job}}` entered {to}, but its error information was not replaced"),
                    "the error that led there".to_owned(),
                    format!("still {}", self.alive.map(words).unwrap_or_default()),
                )
            });
        }
    }

    /// TRANSIENT_ERROR became ERROR without an attempt: BITS-ERROR-015.
    fn gave_up(
        &mut self,
        view: &View,
        event: &Event,
        cause: Stimulus,
        fresh: Option<Fresh>,
        out: &mut Findings,
    ) {
        let by_timeout =
            matches!(cause, Stimulus::NoProgressTimeoutExpires | Stimulus::SetNoProgressTimeout);
        if !by_timeout {
            return;
        }
        self.expired = true;
        // The other reading has a code of its own for this.
        let told = |info: ErrorInfo| {
            info.code == Hresult::BG_E_NO_PROGRESS
                || self.older.is_some_and(|older| older.code == info.code)
        };
        if fresh.is_some()
            && let Some(info) = self.newest
            && !told(info)
        {
            out.ensure(RuleId::BITS_ERROR_015, false, event, || {
                (
                    "`{job}` was given up with another error than its last transient one"
                        .to_owned(),
                    self.older.map_or_else(String::new, words),
                    words(info),
                )
            });
        } else if self.alive.is_none() && self.restarts == view.restarts {
            out.ensure(RuleId::BITS_ERROR_001, false, event, || {
                (
                    "`{job}` entered ERROR without error information".to_owned(),
                    "error information from then on".to_owned(),
                    "there is none".to_owned(),
                )
            });
        }
    }

    /// BITS-ERROR-017: an error on one file is an error of the job.
    fn failed_as_a_whole(&self, job: &JobView, event: &Event, to: JobState, out: &mut Findings) {
        if !to.is_error() {
            out.ensure(RuleId::BITS_ERROR_017, false, event, || {
                (
                    "an attempt of `{job}` failed on one of its files".to_owned(),
                    "ERROR or TRANSIENT_ERROR for the whole job".to_owned(),
                    format!("{} -> {to}", job.state),
                )
            });
        }
    }

    /// The job leaves an error state, or the run ends there: no further file was processed.
    fn rested(&self, job: &JobView, out: &mut Findings) {
        let others = job.files.iter().filter(|file| !file.finished).count() > 1;
        if others && !self.moved_on {
            out.held(RuleId::BITS_ERROR_017);
        }
    }
}

/// BITS-ERROR-002: a call that failed has left the error information alone.
fn harmless_call(view: &View, event: &Event, out: &mut Findings) {
    if let Some(call) = view.call_over_at(event)
        && call.hr.failed()
        && !is_getter(call.stimulus)
    {
        out.held(RuleId::BITS_ERROR_002);
    }
}

fn is_getter(stimulus: Stimulus) -> bool {
    matches!(
        stimulus,
        Stimulus::GetError | Stimulus::GetErrorCount | Stimulus::Getters | Stimulus::EnumFiles
    )
}

/// Error information was attached, and no entry into an error state followed.
fn stray(view: &View, event: &Event, fresh: Fresh, out: &mut Findings) {
    let Some(job) = view.job(fresh.job) else { return };
    let (rule, what) = if fresh.after_failed_call {
        (RuleId::BITS_ERROR_002, "a call that failed attached error information to `{job}`")
    } else if job.state.is_error() {
        return;
    } else {
        (RuleId::BITS_ERROR_001, "`{job}` got error information without entering an error state")
    };
    let why = (
        what.to_owned(),
        "error information only with entry into ERROR or TRANSIENT_ERROR".to_owned(),
        format!("the job is in {}", job.state),
    );
    about::broken(out, rule, Some(fresh.job), event, why);
}

/// BITS-ERROR-005: the job entered TRANSFERRING and kept its error information.
fn lingers(job: JobId, event: &Event, out: &mut Findings) {
    let why = (
        "`{job}` entered TRANSFERRING and kept its error information".to_owned(),
        "the information to end there".to_owned(),
        "it did not".to_owned(),
    );
    about::broken(out, RuleId::BITS_ERROR_005, Some(job), event, why);
}

/// BITS-ERROR-017: no file can be taken out of a job.
fn all_files_listed(job: &JobView, event: &Event, reply: &Reply, out: &mut Findings) {
    let listed = match reply {
        Reply::Progress(progress) => progress.files_total as usize,
        Reply::Files(files) => files.len(),
        _ => return,
    };
    if listed < job.files.len() {
        out.ensure(RuleId::BITS_ERROR_017, false, event, || {
            (
                "`{job}` lost a file".to_owned(),
                format!("{} files", job.files.len()),
                listed.to_string(),
            )
        });
    }
}

/// True if code, context and file agree.
fn same(left: ErrorInfo, right: ErrorInfo) -> bool {
    left.code == right.code && left.context == right.context && left.file == right.file
}

/// Error information as a message shows it.
fn words(info: ErrorInfo) -> String {
    let file = info.file.map_or_else(String::new, |file| format!(", file {}", file.0 + 1));
    format!("{} in {}{file}", WithNumber(info.code), info.context)
}
