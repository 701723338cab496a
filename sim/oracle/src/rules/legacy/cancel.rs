//! DO-CANCEL: what Cancel does in each state, and that a cancelled job stays away.

use crate::findings::Findings;
use crate::view::latest::LatestCall;
use crate::view::{FileView, JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, Happened, Note, NoteKind};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, Stimulus};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_CANCEL_001,
    RuleId::DO_CANCEL_002,
    RuleId::DO_CANCEL_003,
    RuleId::DO_CANCEL_004,
    RuleId::DO_CANCEL_005,
];

/// DO-CANCEL.
#[derive(Debug, Clone)]
pub(super) struct Cancel {}

impl Cancel {
    pub(super) fn new(_: &Setup) -> Self {
        Self {}
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            cancelled(view, call, out);
        }
        match &event.what {
            Happened::Called(called) => brought_back(view, event, called, out),
            Happened::State { job, from: JobState::Cancelled, cause: Stimulus::Resume, to } => {
                revived(event, *job, *to, out);
            }
            Happened::State { job, to: JobState::Cancelled, .. } => {
                let asks = |kind: NoteKind| {
                    view.job(*job).is_some_and(|job| job.notify_flags & kind.flag() != 0)
                };
                let told = view.job(*job).is_some_and(|job| job.interface.is_some());
                if told && (asks(NoteKind::JobError) || asks(NoteKind::JobTransferred)) {
                    out.held(RuleId::DO_CANCEL_005);
                }
            }
            Happened::NoteBegan(note) => told(view, event, note, out),
            Happened::File(file) => appears(view, event, file.job, &file.what, out),
            Happened::Bytes { job, done, .. } if is_cancelled(view, *job) => {
                out.ensure(RuleId::DO_CANCEL_003, false, event, || {
                    (
                        "data arrived for `{job}` after it was cancelled".to_owned(),
                        "no temporary file of a cancelled job".to_owned(),
                        format!("data moved, up to byte {done}"),
                    )
                });
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            cancelled(view, call, out);
        }
    }
}

fn is_cancelled(view: &View, id: JobId) -> bool {
    view.job(id).is_some_and(|job| job.state == JobState::Cancelled)
}

/// Judges a Cancel once all its effects have been recorded.
fn cancelled(view: &View, call: &LatestCall, out: &mut Findings) {
    if call.stimulus != Stimulus::Cancel || !call.admitted {
        return;
    }
    let Some(job) = view.job(call.job) else { return };
    if call.before.is_final() {
        if view.kept_pointer(call.by, job) {
            let refused = Hresult::DO_E_INVALID_STATE;
            call.ensure_effect(out, RuleId::DO_CANCEL_002, refused, None);
        }
        return;
    }
    let moved = Some(JobState::Cancelled);
    call.ensure_effect(out, RuleId::DO_CANCEL_001, Hresult::S_OK, moved);
    if call.hr.succeeded() {
        deletes(call, job, out);
    }
}

/// DO-CANCEL-003: every temporary file goes, and no file appears. One that cannot be deleted does
/// not count against Cancel.
fn deletes(call: &LatestCall, job: &JobView, out: &mut Findings) {
    // A file that began again holds no data, so nothing says that its temporary file exists.
    let holds_data = |file: &FileView| file.temporary && (file.finished || file.done > 0);
    let left = job.files.iter().position(|file| holds_data(file) && !file.kept);
    if left.is_none() && call.deleted == 0 && call.renamed == 0 {
        return;
    }
    let ok = left.is_none() && call.renamed == 0;
    call.ensure(out, RuleId::DO_CANCEL_003, ok, || {
        (
            "Cancel did not remove every file of `{job}`".to_owned(),
            "all temporary files to be deleted, finished ones and partial ones".to_owned(),
            match left {
                Some(left) => format!("the temporary file of file {} remains", left + 1),
                None => format!("{} files got their final names", call.renamed),
            },
        )
    });
}

/// DO-CANCEL-003: a cancelled job brings forth no file later on.
fn appears(view: &View, event: &Event, id: JobId, what: &FileChange, out: &mut Findings) {
    if matches!(what, FileChange::Renamed { .. }) && is_cancelled(view, id) {
        out.ensure(RuleId::DO_CANCEL_003, false, event, || {
            (
                "a file of `{job}` appeared under its final name after Cancel".to_owned(),
                "no file of a cancelled job".to_owned(),
                "it was renamed".to_owned(),
            )
        });
    }
}

/// DO-CANCEL-004: GetJob does not find a cancelled job, and Resume does not revive it.
fn brought_back(view: &View, event: &Event, called: &Called, out: &mut Findings) {
    let method = match &called.call {
        Call::GetJob(_) => "GetJob",
        Call::Job(_, JobCall::Resume) => "Resume",
        _ => return,
    };
    if called.call.job().is_none_or(|id| !is_cancelled(view, id)) {
        return;
    }
    out.ensure(RuleId::DO_CANCEL_004, called.hr.failed(), event, || {
        (
            format!("{method} succeeded for `{{job}}`, which had been cancelled"),
            "a failure, since the job is off the queue for good".to_owned(),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// DO-CANCEL-004: Resume moved a cancelled job.
fn revived(event: &Event, _: JobId, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::DO_CANCEL_004, false, event, || {
        (
            "Resume revived `{job}`, which had been cancelled".to_owned(),
            "CANCELLED to stay for good".to_owned(),
            format!("CANCELLED -> {to}"),
        )
    });
}

/// DO-CANCEL-005: of a cancelled job, at most JobModification is told.
fn told(view: &View, event: &Event, note: &Note, out: &mut Findings) {
    if !is_cancelled(view, note.job) {
        return;
    }
    out.ensure(RuleId::DO_CANCEL_005, note.kind == NoteKind::JobModification, event, || {
        (
            format!("{} was called for `{{job}}` after it was cancelled", note.kind.name()),
            "at most JobModification for a job in CANCELLED".to_owned(),
            format!("{}, delivery {}", note.kind.name(), note.attempt),
        )
    });
}

#[cfg(test)]
mod tests;
