//! When each guard of the transition table holds.

use super::Bits;
use super::apply::Cause;
use super::job::Job;
use super::table::Guard;
use crate::disk::directory_of;
use crate::sabotage::Hook;
use bitsim_vocab::call::{JobCall, NewFile};
use bitsim_vocab::stands::{AtRestart, ChangedDelay, DuringBlock, ErrorInformation, SuspendAtRest};
use bitsim_vocab::world::PathOperation;
use bitsim_vocab::{Hresult, JobId, JobState, JobType, Span, Stimulus};

impl Bits {
    /// True if the guard holds for a job that the cause reaches.
    pub(super) fn holds(&self, guard: Guard, id: JobId, job: &Job, cause: &Cause<'_>) -> bool {
        match guard {
            Guard::Otherwise => true,
            Guard::NoFile => job.files.is_empty(),
            Guard::FilesLeft => job.current().is_some(),
            Guard::StandNoOp => self.env.setup.stands.suspend_at_rest == SuspendAtRest::NoOp,
            Guard::StandKept => self.env.setup.stands.transient_error_at_restart == AtRestart::Kept,
            Guard::CannotDelete => self.cannot_delete(job, cause.stimulus),
            Guard::Uploads => job.job_type.uploads(),
            Guard::CannotRename => self.rename_failure(job).is_some(),
            Guard::OneFileOnly => {
                job.job_type.uploads() && job.files.len() + new_files(cause).len() > 1
            }
            Guard::MayNotWrite => {
                job.job_type != JobType::Upload
                    && new_files(cause).iter().any(|file| self.may_not_write(&file.local))
            }
            Guard::TooManyFiles => self.too_many_files(job, cause),
            Guard::NotAdministrator => !cause.by.is_some_and(|by| self.env.is_administrator(by)),
            Guard::NoFileAccess => {
                job.files.iter().any(|file| file.temporary && self.may_not_write(&file.local))
            }
            Guard::PeriodOver => self.period_over(job, cause),
            Guard::ErrorKnown => {
                let literal =
                    self.env.setup.stands.error_information == ErrorInformation::UntilTransferring;
                literal && job.error.is_some()
            }
            Guard::OwnerAbsent => {
                !self.env.is_logged_on(job.owner)
                    || (self.is_sabotaged(Hook::ServiceAccountsMustLogOn)
                        && self.env.kind_of(job.owner).is_service_account())
            }
            Guard::NoNetwork => !self.env.network,
            Guard::Blocked => self.block_code(job).is_some(),
            Guard::NothingLeft => job.nothing_left(),
            Guard::NoTimeLeft => {
                job.no_progress_timeout == 0
                    || job
                        .first_transient
                        .is_some_and(|first| first.plus(job.no_progress()) <= self.env.now)
            }
            Guard::Foreground => !job.priority.is_background(),
            Guard::StillBlocked => {
                !self.env.network || self.block_code(job).is_some() || self.volume_blocks(job)
            }
            Guard::WaitsForBlock => job.waits_for_block() && self.no_progress_rests(),
            Guard::CauseEnded => cause_ended(job, cause),
            Guard::InTransit => self.source_moved(job),
            Guard::UploadInTransit => job.job_type.uploads() && job.current().is_some(),
            Guard::NoAccess => !cause.by.is_some_and(|by| self.may_access(by, id)),
        }
    }

    /// The code of what forbids the job to run, network and volume aside.
    pub(super) fn block_code(&self, job: &Job) -> Option<Hresult> {
        if self.env.policies.bandwidth == Some(0)
            && job.priority.is_background()
            && self.env.since(2, 0)
        {
            return Some(Hresult::BG_E_BLOCKED_BY_POLICY);
        }
        let first = self.env.blocks.first()?;
        self.env.since(5, 0).then(|| first.code())
    }

    /// The job waits for its volume, and the volume is still locked.
    fn volume_blocks(&self, job: &Job) -> bool {
        job.error.is_some_and(|info| info.code == Hresult::BG_E_DESTINATION_LOCKED)
            && job.files.iter().any(|file| !file.finished && self.env.disk.is_locked(&file.local))
    }

    /// What keeps a finished file, or the reply, from getting its final name.
    pub(super) fn rename_failure(&self, job: &Job) -> Option<Hresult> {
        if job.job_type.uploads() {
            let reply = job.texts.reply_file.as_deref().filter(|_| {
                job.job_type == JobType::UploadReply && job.reply_finished && !job.reply_renamed
            });
            return reply.and_then(|path| self.env.disk.rename_failure(path));
        }
        let mut finished = job.files.iter().filter(|file| file.finished && !file.renamed);
        finished.find_map(|file| self.env.disk.rename_failure(&file.local))
    }

    /// Some temporary file that has to go cannot be deleted. A file that got its final name counts
    /// too while the job is TRANSFERRED: what is left of it cannot be cleaned up.
    fn cannot_delete(&self, job: &Job, stimulus: Stimulus) -> bool {
        let all = stimulus == Stimulus::Cancel || job.state == JobState::Transferred;
        job.files.iter().any(|file| {
            file.temporary
                && !file.renamed
                && (all || !file.finished)
                && self.env.disk.is_denied(&file.local, PathOperation::Delete)
        })
    }

    /// True if the no-progress period rests while a job waits for network, volume or policy.
    pub(super) fn no_progress_rests(&self) -> bool {
        self.env.setup.stands.no_progress_during_block == DuringBlock::Rests
            && !self.is_sabotaged(Hook::NoProgressRunsDuringBlocks)
    }

    fn may_not_write(&self, local: &str) -> bool {
        self.env.disk.is_denied(directory_of(local), PathOperation::Write)
    }

    fn too_many_files(&self, job: &Job, cause: &Cause<'_>) -> bool {
        let Some(by) = cause.by else { return false };
        let exempt = self.env.kind_of(self.env.user_of(by)).is_exempt();
        let count = job.files.len() + new_files(cause).len();
        self.env.since(3, 0) && !exempt && count > self.env.policies.max_files_per_job as usize
    }

    /// SetNoProgressTimeout in TRANSIENT_ERROR: the new period has already passed.
    fn period_over(&self, job: &Job, cause: &Cause<'_>) -> bool {
        let Some(JobCall::SetNoProgressTimeout(secs)) = cause.call else { return false };
        let span = Span::secs(u64::from(*secs));
        self.env.setup.stands.changed_delay == ChangedDelay::AtOnce
            && !(job.waits_for_block() && self.no_progress_rests())
            && job.first_transient.is_some_and(|first| first.plus(span) <= self.env.now)
    }
}

/// The cause that has just ended is the one whose code the job reports.
fn cause_ended(job: &Job, cause: &Cause<'_>) -> bool {
    let code = job.error.map(|info| info.code);
    cause.incident.is_some() && code == cause.incident.map(|incident| incident.code)
}

/// The files that AddFile or AddFileSet brings.
pub(super) fn new_files<'a>(cause: &Cause<'a>) -> &'a [NewFile] {
    match cause.call {
        Some(JobCall::AddFile(file)) => std::slice::from_ref(file),
        Some(JobCall::AddFileSet(files)) => files,
        _ => &[],
    }
}
