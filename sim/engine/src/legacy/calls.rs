//! Client calls: what exists, who may, with what, and what comes of it.

use super::apply::Cause;
use super::job::{File, Incident, Job};
use super::names;
use super::table::Hr;
use super::{Case, Hook, Legacy};
use crate::disk::{Stored, directory_of};
use crate::env::Returned;
use crate::outside::Outside;
use bitsim_vocab::call::{BG_NOTIFY_JOB_ERROR, ErrorCall, JobCall, NewFile};
use bitsim_vocab::legacy::{COST_FLAGS, NOTIFICATION_CLSID, Row};
use bitsim_vocab::trace::{Created, FileChange};
use bitsim_vocab::world::PathOperation;
use bitsim_vocab::{
    Call, ClientId, ErrorObjectId, FileId, Happened, Hresult, JobId, JobState, JobType, Priority,
    Reply,
};

impl Legacy {
    pub(super) fn answer_call(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
    ) -> Returned {
        match call {
            Call::CreateJob { name, job_type } => {
                self.create_job(out, by, call, name.as_deref(), *job_type)
            }
            Call::GetJob(job) => {
                let hr = self.get_job(by, *job);
                let reply = if hr.succeeded() { Reply::Job(*job) } else { Reply::None };
                self.env.answer(out, by, call, hr, reply)
            }
            Call::Job(job, method) => self.job_call(out, by, call, *job, method),
            Call::ErrorObject(object, method) => {
                let (hr, reply) = self.error_object(by, *object, *method);
                self.env.answer(out, by, call, hr, reply)
            }
            // Jobs are found by their id only, and the other interface's methods are not here.
            Call::EnumJobs { .. }
            | Call::CreateDownload
            | Call::EnumDownloads(_)
            | Call::Download(..) => self.env.answer(out, by, call, Hresult::E_NOTIMPL, Reply::None),
        }
    }

    fn create_job(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
        name: Option<&str>,
        job_type: JobType,
    ) -> Returned {
        let fits = |name: &&str| names::length(name) <= names::LONGEST_DISPLAY_NAME;
        let Some(name) = name.filter(fits).filter(|_| job_type == JobType::Download) else {
            return self.env.answer(out, by, call, Hresult::E_INVALIDARG, Reply::None);
        };
        let job = JobId(self.jobs.len() as u32);
        let guid = self.env.guid(out, job);
        let returned = self.env.answer(out, by, call, Hresult::S_OK, Reply::Job(job));
        let (owner, name) = (self.env.user_of(by), name.to_owned());
        let mut new = Job::new(guid, name.clone(), owner, by, self.env.wall());
        match self.hook {
            Some(Hook::JobsBeginQueued) => new = Job { state: JobState::Queued, ..new },
            Some(Hook::NewJobsHaveAnError) => {
                new.error = Some(Incident::failure(Hresult::E_FAIL, None, None).info());
            }
            Some(Hook::OneFlagByDefault) => new.notify_flags = BG_NOTIFY_JOB_ERROR,
            Some(Hook::HalfTheTimeout) => new.no_progress_timeout = Some(43_200),
            _ => {}
        }
        let state = new.state;
        self.jobs.push(new);
        self.set_age_limit(job);
        let created = Created { job, guid, name, job_type, owner, by, state };
        self.env.emit(out, Happened::Created(Box::new(created)));
        returned
    }

    fn get_job(&mut self, by: ClientId, id: JobId) -> Hresult {
        if self.jobs.get(id).is_none_or(|job| job.gone) {
            return Hresult::DO_E_JOB_NOT_FOUND;
        }
        let row = if self.may_access(by, id) { Row::GetJob } else { Row::CallWithoutRights };
        self.hresult(id, &Cause { row, by: Some(by), call: None, incident: None }).0
    }

    /// What a call returns by the table, and the case that says so.
    fn hresult(&self, id: JobId, cause: &Cause<'_>) -> (Hresult, Option<Case>) {
        let case = self.decide(id, cause);
        let job = self.job(id);
        let hr = match case.map(|case| case.hr) {
            Some(Hr::Is(code)) => code,
            Some(Hr::RenameFailure) => self.rename_failure(job).unwrap_or(Hresult::E_FAIL),
            Some(Hr::BadFile) => match cause.call {
                Some(JobCall::AddFileWithRanges(file)) => {
                    self.bad_file(file).unwrap_or(Hresult::E_INVALIDARG)
                }
                _ => Hresult::E_INVALIDARG,
            },
            Some(Hr::Event) | None => Hresult::DO_E_INVALID_STATE,
        };
        (hr, case)
    }

    fn job_call(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
        id: JobId,
        method: &JobCall,
    ) -> Returned {
        let row = match self.row_of(by, id, method) {
            Ok(row) => row,
            Err(hr) => return self.env.answer(out, by, call, hr, Reply::None),
        };
        self.settle_bytes(out, id);
        let cause = Cause { row, by: Some(by), call: Some(method), incident: None };
        let (mut hr, case) = self.hresult(id, &cause);
        let mut reply = Reply::None;
        if matches!(row, Row::Getters | Row::GetError) && hr.succeeded() {
            (hr, reply) = self.read(by, id, method);
        }
        let returned = self.env.answer(out, by, call, hr, reply);
        if hr.failed() && self.is_sabotaged(Hook::FailingCallsAttachAnError) {
            self.attach(out, id, Some(Incident::failure(hr, None, None)));
        }
        if let Some(case) = case {
            self.apply(out, id, &case, &cause);
        }
        returned
    }

    /// The row that a call belongs to, or what keeps it from reaching the table: no such job, no
    /// such method, or arguments that no state accepts.
    fn row_of(&self, by: ClientId, id: JobId, method: &JobCall) -> Result<Row, Hresult> {
        let job = self.jobs.get(id).ok_or(Hresult::DO_E_JOB_NOT_FOUND)?;
        let row = self.classify(job, method).ok_or(Hresult::E_NOTIMPL)?;
        if job.gone {
            return Err(Hresult::RPC_E_DISCONNECTED);
        }
        if matches!(row, Row::Getters | Row::GetError) {
            return Ok(row);
        }
        if !self.may_access(by, id) {
            return Ok(Row::CallWithoutRights);
        }
        bad_argument(job, method).map_or(Ok(row), Err)
    }

    /// The row of a call of somebody who may make it; `None` if the interface has no such method.
    fn classify(&self, job: &Job, method: &JobCall) -> Option<Row> {
        Some(match method {
            JobCall::Resume if job.files.is_empty() => Row::ResumeEmpty,
            JobCall::Resume => Row::Resume,
            JobCall::Suspend => Row::Suspend,
            JobCall::Cancel => Row::Cancel,
            JobCall::Complete if self.rename_failure(job).is_some() => Row::CompleteRenameFails,
            JobCall::Complete if job.current().is_none() => Row::CompleteAll,
            JobCall::Complete => Row::CompleteSome,
            JobCall::AddFileWithRanges(file) if self.bad_file(file).is_some() => {
                Row::AddFileInvalid
            }
            JobCall::AddFileWithRanges(_) => Row::AddFile,
            JobCall::SetNoProgressTimeout(_) => Row::SetNoProgressTimeout,
            JobCall::SetNotifyFlags(_) => Row::SetNotifyFlags,
            JobCall::SetPriority(_) => Row::SetPriority,
            JobCall::SetNotifyInterface(_) => Row::SetNotifyInterface,
            JobCall::SetProperty { id: COST_FLAGS | NOTIFICATION_CLSID, .. } => Row::SetCostFlags,
            JobCall::SetProperty { .. } => Row::SetUnsupportedProperty,
            JobCall::SetFileProperty { .. } => Row::SetFileProperty,
            JobCall::SetRemoteName { .. } => Row::SetRemoteName,
            JobCall::GetError => Row::GetError,
            JobCall::GetState
            | JobCall::GetProgress
            | JobCall::GetTimes
            | JobCall::GetId
            | JobCall::GetType
            | JobCall::GetPriority
            | JobCall::GetDisplayName
            | JobCall::GetNotifyFlags
            | JobCall::GetNoProgressTimeout
            | JobCall::EnumFiles
            | JobCall::GetFileProgress(_)
            | JobCall::GetRemoteName(_)
            | JobCall::GetLocalName(_)
            | JobCall::GetFileRanges(_)
            | JobCall::GetProperty(_) => Row::Getters,
            _ => return None,
        })
    }

    /// True if the owner or an administrator calls.
    fn may_access(&self, by: ClientId, id: JobId) -> bool {
        self.env.user_of(by) == self.job(id).owner || self.env.is_administrator(by)
    }

    /// What is wrong with a file to be added.
    fn bad_file(&self, file: &NewFile) -> Option<Hresult> {
        if file.local.is_empty() || names::bad_remote(&file.remote) {
            return Some(Hresult::E_INVALIDARG);
        }
        let directory = directory_of(&file.local);
        let disk = &self.env.disk;
        if disk.is_denied(directory, PathOperation::Exist) {
            return Some(Hresult::ERROR_PATH_NOT_FOUND);
        }
        if disk.is_denied(directory, PathOperation::Write) {
            return Some(Hresult::E_ACCESSDENIED);
        }
        names::bad_ranges(&file.ranges)
    }

    /// What keeps a finished file from getting its final name.
    fn rename_failure(&self, job: &Job) -> Option<Hresult> {
        let mut finished = job.files.iter().filter(|file| file.finished && !file.renamed);
        finished.find_map(|file| self.cannot_rename(&file.local))
    }

    fn cannot_rename(&self, local: &str) -> Option<Hresult> {
        let failure = self.env.disk.rename_failure(local)?;
        // The code for a locked volume is one that only BITS has.
        let locked = failure == Hresult::BG_E_DESTINATION_LOCKED;
        Some(if locked { Hresult::E_ACCESSDENIED } else { failure })
    }

    /// Appends the file of AddFileWithRanges.
    pub(super) fn append(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let Some(JobCall::AddFileWithRanges(new)) = cause.call else { return };
        let index = FileId(self.job(id).files.len() as u32);
        let mut file = File {
            remote: new.remote.clone(),
            stored_remote: new.remote.clone(),
            server: self.env.servers.find(&new.remote),
            asked: (None, String::new()),
            local: new.local.clone(),
            ranges: new.ranges.clone(),
            property: String::new(),
            size: None,
            done: 0,
            highest: 0,
            version: 0,
            volume: self.env.disk.volume_generation(&new.local),
            finished: false,
            renamed: false,
            temporary: false,
        };
        let requested = file.requested();
        file.size = requested;
        self.job_mut(id).files.push(file);
        let (remote, local) = (new.remote.clone(), new.local.clone());
        self.emit_file(out, id, index, FileChange::Added { remote, local, requested });
    }

    /// Finished files get their final names in order, up to the first that cannot.
    pub(super) fn rename_finished(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let owner = cause.by.map_or(self.job(id).owner, |by| self.env.user_of(by));
        for index in 0..self.job(id).files.len() {
            let file = &self.job(id).files[index];
            if !file.finished || file.renamed {
                continue;
            }
            let (local, stored) = (
                file.local.clone(),
                Stored { size: file.size.unwrap_or(0), version: file.version },
            );
            let file_id = FileId(index as u32);
            if let Some(failure) = self.cannot_rename(&local) {
                self.emit_file(out, id, file_id, FileChange::RenameFailed(failure));
                let counts = self.is_sabotaged(Hook::FailedRenamesCountAsDone);
                self.job_mut(id).files[index].renamed = counts;
                return;
            }
            self.env.disk.put(&local, stored);
            let file = &mut self.job_mut(id).files[index];
            file.renamed = true;
            file.temporary = false;
            self.emit_file(out, id, file_id, FileChange::Renamed { owner });
        }
    }

    /// Temporary files are deleted: all, or only those of unfinished files.
    pub(super) fn delete_temps(&mut self, out: &mut Outside<'_>, id: JobId, all: bool) {
        for index in 0..self.job(id).files.len() {
            let file = &mut self.job_mut(id).files[index];
            if !file.temporary || (file.finished && !all) {
                continue;
            }
            file.temporary = false;
            let (local, done) = (file.local.clone(), file.done);
            let what = if self.env.disk.is_denied(&local, PathOperation::Delete) {
                self.env.disk.leave_orphan(&local);
                FileChange::TempKept
            } else {
                self.env.disk.use_space(&local, 0, done);
                FileChange::TempDeleted
            };
            self.emit_file(out, id, FileId(index as u32), what);
        }
    }

    fn error_object(&self, by: ClientId, id: ErrorObjectId, call: ErrorCall) -> (Hresult, Reply) {
        let held = self.error_objects.get(id.index()).filter(|(holder, _)| *holder == Some(by));
        let Some((_, mut info)) = held.copied() else {
            return (Hresult::RPC_E_DISCONNECTED, Reply::None);
        };
        match self.hook {
            Some(Hook::ErrorObjectsTellSuccess) => info.code = Hresult::S_OK,
            Some(Hook::ErrorsHaveNoFile) => info.file = None,
            _ => {}
        }
        match (call, info.file) {
            (ErrorCall::GetError, _) => (Hresult::S_OK, Reply::Error(id, info)),
            (ErrorCall::GetFile, Some(file)) => (Hresult::S_OK, Reply::File(file)),
            (ErrorCall::GetFile, None) => (Hresult::DO_E_FILE_NOT_AVAILABLE, Reply::None),
            (ErrorCall::GetProtocol, _) => (Hresult::E_NOTIMPL, Reply::None),
        }
    }
}

/// What is wrong with the argument of a setter. A bad URL is refused in every state, the others
/// where the setter could have succeeded.
fn bad_argument(job: &Job, method: &JobCall) -> Option<Hresult> {
    let wrong = match method {
        JobCall::SetRemoteName { file, url } => {
            job.files.get(file.index()).is_none() || names::bad_remote(url)
        }
        JobCall::SetFileProperty { file, .. } => {
            !job.state.is_final() && job.files.get(file.index()).is_none()
        }
        JobCall::SetPriority(value) => {
            let known = Priority::ALL.iter().any(|known| u32::from(known.value()) == *value);
            !job.state.is_final() && !known
        }
        _ => false,
    };
    wrong.then_some(Hresult::E_INVALIDARG)
}
