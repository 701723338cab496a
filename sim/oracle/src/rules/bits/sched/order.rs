//! BITS-SCHED-008: the files of a job one after the other, in the order in which they were added.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::{Event, FileId, JobId, RuleId};

/// For each job, a file before which every file is finished.
#[derive(Debug, Clone, Default)]
pub(super) struct FileOrder {
    jobs: Vec<u32>,
}

impl FileOrder {
    /// Data of a file moved.
    pub(super) fn bytes(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        file: FileId,
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        if job.files.len() < 2 {
            return;
        }
        if self.jobs.len() <= id.index() {
            self.jobs.resize(id.index() + 1, 0);
        }
        let next = &mut self.jobs[id.index()];
        // A file may begin anew, even one that was finished.
        *next = (*next).min(file.0);
        while *next < file.0 && job.file(FileId(*next)).is_some_and(|file| file.finished) {
            *next += 1;
        }
        let next = *next;
        if file.0 > 0 {
            out.ensure(RuleId::BITS_SCHED_008, next == file.0, event, || {
                (
                    format!("data of file {} of `{{job}}` moved", file.0 + 1),
                    format!("file {} first: it was added before and is not finished", next + 1),
                    format!("file {}", file.0 + 1),
                )
            });
        }
    }
}
