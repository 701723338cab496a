//! DO-PROGRESS: what the figures of a job may be.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, Call, JobCall, Reply};
use bitsim_vocab::trace::{Called, End, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, RuleId};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[RuleId::DO_PROGRESS_004, RuleId::DO_PROGRESS_005];

/// DO-PROGRESS.
#[derive(Debug, Clone)]
pub(super) struct Progress {}

impl Progress {
    pub(super) fn new(_: &Setup) -> Self {
        Self {}
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Called(called) => told(view, event, called, out),
            Happened::Bytes { job, file, of: Payload::File, done } => {
                let file = view.job(*job).and_then(|job| job.file(*file));
                if let Some(size) = file.and_then(|file| file.size) {
                    in_bounds(event, *done, size, out);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}
}

fn told(view: &View, event: &Event, called: &Called, out: &mut Findings) {
    let Call::Job(id, call) = &called.call else { return };
    match (call, &called.reply) {
        (JobCall::GetProgress, Reply::Progress(told)) => {
            in_bounds(event, told.bytes_transferred, told.bytes_total, out);
            let ok = told.files_transferred <= told.files_total;
            out.ensure(RuleId::DO_PROGRESS_005, ok, event, || {
                (
                    "`{job}` has transferred more files than it has".to_owned(),
                    format!("FilesTransferred of at most {}", told.files_total),
                    told.files_transferred.to_string(),
                )
            });
            let Some(job) = view.job(*id).filter(|job| !job.gone && !job.state.is_final()) else {
                return;
            };
            let sum = job.files.iter().fold(0, |sum: u64, file| sum.saturating_add(file.done));
            out.ensure(RuleId::DO_PROGRESS_005, told.bytes_transferred == sum, event, || {
                (
                    "BytesTransferred of `{job}` is not what its files add up to".to_owned(),
                    format!("{sum} bytes"),
                    format!("{} bytes", told.bytes_transferred),
                )
            });
        }
        (
            JobCall::GetFileProgress(_),
            Reply::FileProgress { bytes_total, bytes_transferred, .. },
        ) => in_bounds(event, *bytes_transferred, *bytes_total, out),
        _ => {}
    }
}

/// DO-PROGRESS-004.
fn in_bounds(event: &Event, done: u64, size: u64, out: &mut Findings) {
    if size == BG_SIZE_UNKNOWN {
        return;
    }
    out.ensure(RuleId::DO_PROGRESS_004, done <= size, event, || {
        (
            "`{job}` has more bytes than there are".to_owned(),
            format!("BytesTransferred of at most {size}, which is BytesTotal"),
            format!("{done} bytes"),
        )
    });
}

#[cfg(test)]
mod tests;
