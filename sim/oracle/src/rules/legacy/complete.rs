//! DO-COMPLETE: what Complete does in each state, and that only Complete makes files available.

use super::create::is_denied;
use crate::findings::Findings;
use crate::view::latest::LatestCall;
use crate::view::{FileView, JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, FileEvent, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, Hresult, JobState, RuleId, Stimulus};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_COMPLETE_001,
    RuleId::DO_COMPLETE_002,
    RuleId::DO_COMPLETE_003,
    RuleId::DO_COMPLETE_004,
    RuleId::DO_COMPLETE_005,
    RuleId::DO_COMPLETE_007,
    RuleId::DO_COMPLETE_008,
];

/// DO-COMPLETE.
#[derive(Debug, Clone)]
pub(super) struct Complete {
    /// For each job: true once a Complete failed because of a rename.
    failed: Vec<bool>,
}

impl Complete {
    pub(super) fn new(_: &Setup) -> Self {
        Self { failed: Vec::new() }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            self.completed(view, call, out);
        }
        match &event.what {
            Happened::Created(_) => self.failed.push(false),
            Happened::Called(called) => self.told(view, event, called, out),
            Happened::File(file) => renamed(view, event, file, out),
            // The files are there and none may be available yet.
            Happened::State { job, to: JobState::Transferred, .. }
                if view.job(*job).is_some_and(|job| !job.files.iter().any(|file| file.renamed)) =>
            {
                out.held(RuleId::DO_COMPLETE_007);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = view.latest_call {
            self.completed(view, &call, out);
        }
    }

    /// Judges a Complete once all its effects have been recorded.
    fn completed(&mut self, view: &View, call: &LatestCall, out: &mut Findings) {
        if call.stimulus != Stimulus::Complete || !call.admitted {
            return;
        }
        let Some(job) = view.job(call.job) else { return };
        let Some(failed) = self.failed.get_mut(call.job.index()) else { return };
        if call.before.is_final() {
            if view.kept_pointer(call.by, job) {
                let refused = Hresult::DO_E_INVALID_STATE;
                call.ensure_effect(out, RuleId::DO_COMPLETE_003, refused, None);
            }
        } else if let Some(cause) = call.rename_failed {
            rename_failed(call, job, cause, out);
            *failed = true;
        } else if *failed && call.hr == Hresult::DO_E_INVALID_STATE {
            call.ensure(out, RuleId::DO_COMPLETE_005, false, || {
                (
                    "Complete of `{job}` was refused after one that could not rename".to_owned(),
                    "Complete to be legal again".to_owned(),
                    WithNumber(call.hr).to_string(),
                )
            });
        } else {
            acknowledged(call, job, out);
        }
    }

    /// DO-COMPLETE-008, and -005 after a Complete that failed: Completed tells whether the file has
    /// its final name.
    fn told(&self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, JobCall::GetFileProgress(file)) = called.call else { return };
        let Reply::FileProgress { completed, .. } = called.reply else { return };
        let Some(known) = view.job(id).and_then(|job| job.file(file)) else { return };
        let failed = self.failed.get(id.index()).copied().unwrap_or(false);
        let rule = if failed { RuleId::DO_COMPLETE_005 } else { RuleId::DO_COMPLETE_008 };
        out.ensure(rule, completed == known.renamed, event, || {
            let spelled = |completed| if completed { "TRUE" } else { "FALSE" };
            let has = if known.renamed { "has" } else { "does not have" };
            (
                "Completed is wrong for a file of `{job}`".to_owned(),
                format!(
                    "{}, since file {} {has} its final name",
                    spelled(known.renamed),
                    file.0 + 1
                ),
                spelled(completed).to_owned(),
            )
        });
    }
}

/// DO-COMPLETE-001, -002 and -004: what has arrived is kept, the rest is discarded.
fn acknowledged(call: &LatestCall, job: &JobView, out: &mut Findings) {
    let whole = job.files.iter().all(|file| file.finished);
    let done = Some(JobState::Acknowledged);
    let rule = if whole && call.before == JobState::Transferred {
        call.ensure_effect(out, RuleId::DO_COMPLETE_001, Hresult::S_OK, done);
        RuleId::DO_COMPLETE_001
    } else {
        // No page names a success code for this case, so any will do.
        let hr = if call.hr.succeeded() { call.hr } else { Hresult::S_OK };
        call.ensure_effect(out, RuleId::DO_COMPLETE_002, hr, done);
        RuleId::DO_COMPLETE_002
    };
    if !whole {
        call.ensure(out, RuleId::DO_COMPLETE_004, call.hr.succeeded(), || {
            (
                "Complete of the unfinished `{job}` returned a failure".to_owned(),
                "S_OK (0x00000000), or another success code".to_owned(),
                WithNumber(call.hr).to_string(),
            )
        });
    }
    if call.hr.failed() {
        return;
    }
    let dropped = job.files.iter().position(|file| file.finished && !file.renamed);
    call.ensure(out, rule, dropped.is_none(), || {
        (
            "Complete did not make every finished file of `{job}` available".to_owned(),
            "every finished file to get its final name".to_owned(),
            format!("file {} did not", dropped.unwrap_or(0) + 1),
        )
    });
    let holds = |file: &FileView| file.temporary && !file.finished && file.done > 0 && !file.kept;
    let left = job.files.iter().position(holds);
    call.ensure(out, rule, left.is_none(), || {
        (
            "Complete left a partial file of `{job}` behind".to_owned(),
            "unfinished files to be deleted".to_owned(),
            format!("the temporary file of file {} is still there", left.unwrap_or(0) + 1),
        )
    });
}

/// DO-COMPLETE-005: the error of the first file that fails is the one of the call, the files before
/// it are available, those behind it are not, and the job stays where it is.
fn rename_failed(call: &LatestCall, job: &JobView, cause: Hresult, out: &mut Findings) {
    call.ensure_effect(out, RuleId::DO_COMPLETE_005, cause, None);
    let mut files = job.files.iter().enumerate().filter(|(_, file)| file.finished);
    let failed = files.find(|(_, file)| !file.renamed).map(|(index, _)| index);
    let beyond = files.find(|(_, file)| file.renamed).map(|(index, _)| index);
    call.ensure(out, RuleId::DO_COMPLETE_005, beyond.is_none(), || {
        (
            "Complete went on after a file of `{job}` that it could not rename".to_owned(),
            format!("no file after file {} to be available", failed.unwrap_or(0) + 1),
            format!("file {} is available", beyond.unwrap_or(0) + 1),
        )
    });
}

/// DO-COMPLETE-002 and -007: which file may get its final name, and when.
fn renamed(view: &View, event: &Event, happened: &FileEvent, out: &mut Findings) {
    if !matches!(happened.what, FileChange::Renamed { .. }) {
        return;
    }
    let Some(job) = view.job(happened.job) else { return };
    let by_complete = view.latest_call.is_some_and(|call| {
        let may = !is_denied(view, call.by, job);
        // E_ACCESSDENIED may be what the rename of a later file failed with.
        let legal = call.hr.succeeded() || may && !call.before.is_final();
        let completes = call.job == happened.job && call.stimulus == Stimulus::Complete;
        completes && legal && !call.is_over_at(event)
    });
    out.ensure(RuleId::DO_COMPLETE_007, by_complete, event, || {
        (
            "a file of `{job}` became available under its final name without Complete".to_owned(),
            "the final name to be given by Complete only".to_owned(),
            format!("file {} was renamed in {}", happened.file.0 + 1, job.state),
        )
    });
    let Some(file) = job.file(happened.file).filter(|file| !file.finished) else { return };
    out.ensure(RuleId::DO_COMPLETE_002, false, event, || {
        let size = file.size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
        (
            "Complete saved a file of `{job}` that had not arrived in full".to_owned(),
            "only files finished before the call to get their final names".to_owned(),
            format!("file {} was renamed at {} of {size} bytes", happened.file.0 + 1, file.done),
        )
    });
}

#[cfg(test)]
mod tests;
