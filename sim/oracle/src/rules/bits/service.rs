//! BITS-SERVICE: what a restart of the service leaves as it was.

mod deadlines;
#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, FileId, Hresult, JobId, JobState, RuleId, SimTime, Stimulus};
use deadlines::Deadlines;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_SERVICE_001,
    RuleId::BITS_SERVICE_002,
    RuleId::BITS_SERVICE_003,
    RuleId::BITS_SERVICE_004,
    RuleId::BITS_RESUME_009,
];

/// BITS-SERVICE.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// How often the service had restarted when each job was made.
    made_after: Vec<u32>,
    /// How often it has restarted.
    restarts: u32,
    deadlines: Deadlines,
    /// Remote names that SetRemoteName gave.
    names: Vec<Name>,
}

/// A remote name that SetRemoteName gave, on its way to the disk.
#[derive(Debug, Clone)]
struct Name {
    job: JobId,
    file: FileId,
    url: String,
    /// Resume was called since.
    stored: bool,
    /// The service restarted after that.
    restarted: bool,
}

impl Service {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self {
            made_after: Vec::new(),
            restarts: 0,
            deadlines: Deadlines::default(),
            names: Vec::new(),
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        self.deadlines.wakes()
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.deadlines.observe(view, event, out);
        match &event.what {
            Happened::Created(created) => {
                self.made_after.resize(created.job.index() + 1, self.restarts);
            }
            Happened::Env(what)
                if matches!(
                    **what,
                    Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                ) =>
            {
                self.restarts += 1;
                self.names.retain(|name| name.stored);
                for name in &mut self.names {
                    name.restarted = true;
                }
            }
            Happened::State { job, .. }
            | Happened::AttemptBegan { job, .. }
            | Happened::Bytes { job, .. }
                if is_lost(view, event, *job) =>
            {
                lost_for_good(event, "did something", "it went on", out);
            }
            Happened::State {
                from,
                to,
                cause: Stimulus::ServiceRestart | Stimulus::ComputerRestart,
                ..
            } => state_is_kept(event, *from, *to, out),
            Happened::File(file)
                if file.what == FileChange::TempDeleted && is_lost(view, event, file.job) =>
            {
                lost_for_good(event, "lost a temporary file", "the file was deleted", out);
            }
            Happened::Called(called) => self.called(view, event, called, out),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.deadlines.finish(view, end, last, out);
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        if let (Call::EnumJobs { .. }, Reply::Jobs(jobs)) = (&called.call, &called.reply) {
            self.listed(view, event, called, jobs, out);
        }
        let Some(id) = called.call.job() else { return };
        let Some(job) = view.job(id).filter(|job| !job.state.is_final()) else { return };
        if job.gone {
            if matches!(called.call, Call::GetJob(_)) {
                not_found(event, called.hr, out);
            }
            return;
        }
        if self.survived(id) && view.admits(called.by, job) {
            let found = called.hr != Hresult::BG_E_NOT_FOUND;
            out.ensure(RuleId::BITS_SERVICE_001, found, event, || {
                (
                    "`{job}` was lost in a restart".to_owned(),
                    format!("a job in {} in the queue", job.state),
                    WithNumber(called.hr).to_string(),
                )
            });
        }
        let Call::Job(_, call) = &called.call else { return };
        if called.hr.succeeded() {
            self.names_are_stored(view, event, id, call, &called.reply, out);
        }
        if self.survived(id) {
            property_is_kept(job, event, call, &called.reply, out);
        }
    }

    /// True if the service has restarted since the job was made.
    fn survived(&self, id: JobId) -> bool {
        self.made_after.get(id.index()).is_some_and(|made| *made < self.restarts)
    }

    /// BITS-SERVICE-001 and -004: which jobs an enumeration yields after a restart.
    fn listed(
        &self,
        view: &View,
        event: &Event,
        called: &Called,
        jobs: &[JobId],
        out: &mut Findings,
    ) {
        if self.restarts == 0 {
            return;
        }
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            if job.state.is_final() || !self.survived(id) {
                continue;
            }
            let listed = jobs.contains(&id);
            if job.gone {
                out.ensure(RuleId::BITS_SERVICE_004, !listed, event, || {
                    (
                        "a job of a list that could not be read was enumerated".to_owned(),
                        "an empty list after such a start".to_owned(),
                        format!("job number {} in the list", id.0 + 1),
                    )
                });
            } else if view.user_of(called.by) == Some(job.owner) && view.admits(called.by, job) {
                out.ensure(RuleId::BITS_SERVICE_001, listed, event, || {
                    (
                        "a job was lost in a restart".to_owned(),
                        format!("job number {} in the list: it is in {}", id.0 + 1, job.state),
                        "it is missing".to_owned(),
                    )
                });
            }
        }
    }

    /// BITS-RESUME-009: once Resume was called, a new remote name outlives the service.
    fn names_are_stored(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        call: &JobCall,
        reply: &Reply,
        out: &mut Findings,
    ) {
        match (call, reply) {
            (JobCall::SetRemoteName { file, url }, _) => {
                self.names.retain(|name| name.job != id || name.file != *file);
                if view.setup.target.version.at_least(2, 0) {
                    self.names.push(Name {
                        job: id,
                        file: *file,
                        url: url.clone(),
                        stored: false,
                        restarted: false,
                    });
                }
            }
            (JobCall::Resume, _) => {
                for name in self.names.iter_mut().filter(|name| name.job == id) {
                    name.stored = true;
                }
            }
            (JobCall::GetRemoteName(file), Reply::Text(told)) => {
                let of_file = |name: &&Name| name.job == id && name.file == *file;
                let Some(name) = self.names.iter().find(of_file).filter(|name| name.restarted)
                else {
                    return;
                };
                out.ensure(RuleId::BITS_RESUME_009, *told == name.url, event, || {
                    (
                        "a remote name of `{job}` was lost in a restart".to_owned(),
                        format!("`{}`: Resume stored it", name.url),
                        format!("`{told}`"),
                    )
                });
            }
            _ => {}
        }
    }
}

/// True if the job was in a list that could not be read.
fn is_lost(view: &View, event: &Event, id: JobId) -> bool {
    // What had moved before the restart may be recorded at its instant.
    let late = matches!(event.what, Happened::Bytes { .. }) && view.restarted_at == Some(event.at);
    !late && view.job(id).is_some_and(|job| job.gone && !job.state.is_final())
}

/// BITS-SERVICE-001 and -002: the state in which a restart leaves a job.
fn state_is_kept(event: &Event, from: JobState, to: JobState, out: &mut Findings) {
    match from {
        JobState::Queued | JobState::Connecting | JobState::Transferring => {
            // Without a network a job may as well be found waiting for it.
            let ok = matches!(to, JobState::Queued | JobState::TransientError);
            out.ensure(RuleId::BITS_SERVICE_002, ok, event, || {
                (
                    "a restart moved `{job}`, which was active".to_owned(),
                    "QUEUED, to go on by itself".to_owned(),
                    format!("{from} -> {to}"),
                )
            });
        }
        // Kept or queued again: the pages say neither, and real machines do the latter.
        JobState::TransientError if to == JobState::Queued => {}
        _ => out.ensure(RuleId::BITS_SERVICE_001, false, event, || {
            (
                "a restart moved `{job}`".to_owned(),
                format!("{from} stays"),
                format!("{from} -> {to}"),
            )
        }),
    }
}

/// BITS-SERVICE-004: a job of a list that could not be read is gone, its files stay.
fn lost_for_good(event: &Event, did: &str, actual: &str, out: &mut Findings) {
    out.ensure(RuleId::BITS_SERVICE_004, false, event, || {
        (
            format!("`{{job}}`, whose list could not be read, {did}"),
            "the job gone, its temporary files left on disk".to_owned(),
            actual.to_owned(),
        )
    });
}

/// BITS-SERVICE-004: GetJob does not find it.
fn not_found(event: &Event, hr: Hresult, out: &mut Findings) {
    out.ensure(RuleId::BITS_SERVICE_004, hr.failed(), event, || {
        (
            "GetJob found `{job}`, whose list could not be read".to_owned(),
            "BG_E_NOT_FOUND (0x80200001)".to_owned(),
            WithNumber(hr).to_string(),
        )
    });
}

/// BITS-SERVICE-001: the properties that a getter shows after a restart are those of before.
fn property_is_kept(
    job: &JobView,
    event: &Event,
    call: &JobCall,
    reply: &Reply,
    out: &mut Findings,
) {
    let (before, after) = match (call, reply) {
        (JobCall::GetPriority, Reply::Priority(told)) => {
            (u64::from(job.priority.value()), u64::from(told.value()))
        }
        (JobCall::GetMinimumRetryDelay, Reply::Number(told)) => (job.minimum_retry_delay, *told),
        (JobCall::GetNoProgressTimeout, Reply::Number(told)) => (job.no_progress_timeout, *told),
        (JobCall::GetMaximumDownloadTime, Reply::Number(told)) => {
            (job.maximum_download_time.unwrap_or(*told), *told)
        }
        (JobCall::GetType, Reply::Type(told)) => {
            (u64::from(job.job_type.value()), u64::from(told.value()))
        }
        (JobCall::GetOwner, Reply::User(told)) => (u64::from(job.owner.0), u64::from(told.0)),
        (JobCall::EnumFiles, Reply::Files(files)) => (count(job.files.len()), count(files.len())),
        (JobCall::GetProgress, Reply::Progress(told)) => {
            (count(job.files.len()), u64::from(told.files_total))
        }
        (JobCall::GetNotifyCmdLine, Reply::CommandLine(program, _)) => {
            let kept = job.command_line.as_ref().map_or("", |(program, _)| program) == program;
            (0, u64::from(!kept))
        }
        _ => return,
    };
    out.ensure(RuleId::BITS_SERVICE_001, before == after, event, || {
        (
            format!("{} of `{{job}}` has another value after a restart", call.method()),
            format!("what was set before: {before}"),
            match reply {
                Reply::CommandLine(program, _) => format!("`{program}`"),
                _ => after.to_string(),
            },
        )
    });
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
