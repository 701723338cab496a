//! BITS-FILE: how files are kept, checked for changes and fetched.

mod source;

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::{Called, End, FileChange, FileEvent, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, FileId, JobId, JobType, Reply, RuleId, SimTime, Stimulus};
use source::Sources;
use std::collections::BTreeMap;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_FILE_001,
    RuleId::BITS_FILE_002,
    RuleId::BITS_FILE_003,
    RuleId::BITS_FILE_004,
    RuleId::BITS_FILE_006,
    RuleId::BITS_FILE_007,
    RuleId::BITS_FILE_008,
    RuleId::BITS_FILE_010,
];

/// BITS-FILE.
#[derive(Debug, Clone)]
pub(crate) struct File {
    sources: Sources,
    /// Remote names that SetRemoteName set.
    names: BTreeMap<(JobId, FileId), String>,
}

impl File {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self { sources: Sources::new(setup), names: BTreeMap::new() }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        self.sources.wakes()
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.sources.observe(view, event, out);
        match &event.what {
            Happened::Called(called) => self.named(view, event, called, out),
            Happened::File(file) => renamed(view, event, file, out),
            Happened::Bytes { job, file, of: Payload::File, done } => {
                fetched(view, event, *job, *file, *done, out);
            }
            Happened::AttemptBegan { job, number } if *number > 1 => {
                let some = view.job(*job).is_some_and(|job| {
                    job.job_type == JobType::Download && job.files.iter().any(|file| file.finished)
                });
                if some {
                    out.held(RuleId::BITS_FILE_006);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, _: End, _: &Event, out: &mut Findings) {
        self.sources.finish(view, out);
    }

    /// BITS-FILE-010: names are those given, or set later.
    fn named(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        if let JobCall::SetRemoteName { file, url } = call
            && called.hr.succeeded()
        {
            self.names.insert((*id, *file), url.clone());
        }
        let (file_id, remote) = match call {
            JobCall::GetLocalName(file) => (*file, false),
            JobCall::GetRemoteName(file) => (*file, true),
            _ => return,
        };
        let Some(job) = view.job(*id).filter(|job| !job.gone) else { return };
        let (Some(file), Reply::Text(told)) = (job.file(file_id), &called.reply) else { return };
        let set = self.names.get(&(*id, file_id)).filter(|_| remote);
        if set.is_some_and(|set| set != told) && view.restarts > 0 {
            // A name that was not stored before the restart may be lost (BITS-RESUME-009).
            return;
        }
        let given = if remote { &file.remote } else { &file.local };
        let expected = set.unwrap_or(given);
        out.ensure(RuleId::BITS_FILE_010, told == expected, event, || {
            (
                format!("{} misreports file {} of `{{job}}`", call.method(), file_id.0 + 1),
                expected.clone(),
                told.clone(),
            )
        });
    }
}

/// BITS-FILE-001: a downloaded file is temporary until Complete.
fn renamed(view: &View, event: &Event, happened: &FileEvent, out: &mut Findings) {
    let FileChange::Renamed { .. } = happened.what else { return };
    let Some(job) = view.job(happened.job) else { return };
    if job.job_type != JobType::Download {
        return;
    }
    let by_complete = view.latest_call.is_some_and(|call| {
        call.job == happened.job && call.stimulus == Stimulus::Complete && !call.is_over_at(event)
    });
    out.ensure(RuleId::BITS_FILE_001, by_complete, event, || {
        (
            "the temporary file of `{job}` got its final name too early".to_owned(),
            "a temporary file until Complete is called".to_owned(),
            format!("file {} was renamed in {}", happened.file.0 + 1, job.state),
        )
    });
}

/// BITS-FILE-006: what is there is not fetched again.
fn fetched(view: &View, event: &Event, id: JobId, file: FileId, done: u64, out: &mut Findings) {
    let Some(job) = view.job(id).filter(|job| job.job_type == JobType::Download) else { return };
    if job.file(file).is_some_and(|file| file.finished) {
        out.ensure(RuleId::BITS_FILE_006, false, event, || {
            (
                "a file of `{job}` was fetched again although it was there".to_owned(),
                format!("no data for file {}, which had arrived in full", file.0 + 1),
                format!("data moved, up to byte {done}"),
            )
        });
    }
}

#[cfg(test)]
mod tests;
