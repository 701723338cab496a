//! Sums over the files of a job, kept up to date event by event.

use crate::view::FileView;
use bitsim_vocab::FileId;

/// What the files of a job add up to, and what else their progress depends on.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    requested: Vec<Option<u64>>,
    unknown: u32,
    total: u128,
    done: u128,
    finished: u32,
    /// True if a file was added after the job became TRANSFERRED.
    pub(super) added_since: bool,
    /// True from the beginning of an attempt until data moves.
    pub(super) attempt_began: bool,
    /// True from a restart of the service until data moves.
    pub(super) may_fall_back: bool,
    /// True once SetRemoteName led elsewhere, so that sizes may be unknown again.
    pub(super) source_replaced: bool,
    /// The file whose source changed and that has not begun again yet.
    pub(super) reset_due: Option<FileId>,
}

impl Sums {
    pub(super) fn added(&mut self, requested: Option<u64>, at_rest: bool) {
        self.requested.push(requested);
        match requested {
            Some(size) => self.total += u128::from(size),
            None => self.unknown += 1,
        }
        self.added_since |= at_rest;
    }

    /// The size of `file`, as it was before, becomes known.
    pub(super) fn sized(&mut self, file: &FileView, size: u64) {
        match file.size {
            Some(old) => self.total = self.total.saturating_sub(u128::from(old)),
            None => self.unknown = self.unknown.saturating_sub(1),
        }
        self.total += u128::from(size);
    }

    pub(super) fn moved(&mut self, file: &FileView, done: u64) {
        self.done = self.done.saturating_sub(u128::from(file.done)) + u128::from(done);
    }

    pub(super) fn restarted(&mut self, file: &FileView) {
        self.done = self.done.saturating_sub(u128::from(file.done));
        if file.finished {
            self.finished = self.finished.saturating_sub(1);
        }
    }

    pub(super) fn finished(&mut self, file: &FileView) {
        if !file.finished {
            self.finished += 1;
        }
    }

    /// Bytes requested of a file by ranges, where that is its size.
    pub(super) fn requested(&self, file: FileId) -> Option<u64> {
        self.requested.get(file.index()).copied().flatten()
    }

    /// How many files were added.
    pub(super) fn files(&self) -> u32 {
        u32::try_from(self.requested.len()).unwrap_or(u32::MAX)
    }

    /// How many files have arrived in full.
    pub(super) fn files_finished(&self) -> u32 {
        self.finished
    }

    /// Bytes of all files, if every size is known.
    pub(super) fn total(&self) -> Option<u128> {
        (self.unknown == 0).then_some(self.total)
    }

    /// Bytes that have arrived.
    pub(super) fn done(&self) -> u128 {
        self.done
    }
}
