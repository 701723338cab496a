//! Client calls: who may, with what, and what comes of it.

use super::Bits;
use super::apply::Cause;
use super::job::{File, Incident, Job};
use super::names;
use super::table::{Case, Hr};
use crate::disk::Disk;
use crate::env::Returned;
use crate::outside::Outside;
use crate::sabotage::Hook;
use bitsim_vocab::call::{ErrorCall, JobCall, NewFile};
use bitsim_vocab::trace::{Created, FileChange, FileEvent};
use bitsim_vocab::world::PathOperation;
use bitsim_vocab::{
    Call, ClientId, ErrorContext, ErrorObjectId, FileId, Happened, Hresult, JobId, JobState,
    JobType, Reply, Stimulus, UserId,
};

impl Bits {
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
            Call::EnumJobs { all_users } => {
                let (hr, reply) = self.enum_jobs(by, *all_users);
                self.env.answer(out, by, call, hr, reply)
            }
            // What only Delivery Optimization has. BITS takes ranges with AddFile here.
            Call::Job(
                _,
                JobCall::AddFileWithRanges(_)
                | JobCall::SetProperty { .. }
                | JobCall::SetFileProperty { .. }
                | JobCall::GetProperty(_)
                | JobCall::GetFileRanges(_),
            ) => self.env.answer(out, by, call, Hresult::E_NOTIMPL, Reply::None),
            Call::Job(job, method) => self.job_call(out, by, call, *job, method),
            Call::ErrorObject(object, method) => {
                let (hr, reply) = self.error_object(by, *object, *method);
                self.env.answer(out, by, call, hr, reply)
            }
            // Another interface's methods.
            Call::CreateDownload | Call::EnumDownloads(_) | Call::Download(..) => {
                self.env.answer(out, by, call, Hresult::E_NOTIMPL, Reply::None)
            }
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
        let user = self.env.user_of(by);
        let hr = self.may_create(user, name, job_type);
        let (Hresult::S_OK, Some(name)) = (hr, name) else {
            return self.env.answer(out, by, call, hr, Reply::None);
        };
        let job = JobId(self.jobs.len() as u32);
        let guid = self.env.guid(out, job);
        let returned = self.env.answer(out, by, call, hr, Reply::Job(job));
        let mut new = Job::new(guid, name.to_owned(), job_type, user, self.stamp());
        match self.hook {
            Some(Hook::CountStartsAtOne) => new.error_count = 1,
            Some(Hook::DefaultDelayIsOneMinute) => new.minimum_retry_delay = 60,
            Some(Hook::DefaultTimeoutIsAWeek) => new.no_progress_timeout /= 2,
            Some(Hook::CreatorIsRegistered) => new.interface = Some(by),
            _ => {}
        }
        let state = new.state;
        self.jobs.push(new);
        self.set_inactivity(job);
        self.pointers.insert((by, job));
        self.env.emit_with(out, || {
            let name = name.to_owned();
            let created = Created { job, guid, name, job_type, owner: user, by, state };
            Happened::Created(Box::new(created))
        });
        returned
    }

    fn may_create(&self, user: UserId, name: Option<&str>, job_type: JobType) -> Hresult {
        if name.is_none_or(|name| names::is_longer(name, names::LONGEST_DISPLAY_NAME)) {
            return Hresult::E_INVALIDARG;
        }
        if job_type.uploads() && !self.env.since(1, 5) {
            return Hresult::E_NOTIMPL;
        }
        if self.env.since(3, 0) && !self.env.kind_of(user).is_exempt() {
            let (machine_most, user_most) =
                (self.env.policies.max_jobs_per_machine, self.env.policies.max_jobs_per_user);
            if self.jobs.len() < machine_most.min(user_most) as usize {
                return Hresult::S_OK;
            }
            let counts = |job: &&Job| !job.gone && (!job.state.is_final() || job.cancelling);
            let machine = self.jobs.iter().filter(counts).count();
            let own = self.jobs.iter().filter(counts).filter(|job| job.owner == user).count();
            if machine >= machine_most as usize {
                return Hresult::BG_E_TOO_MANY_JOBS_PER_MACHINE;
            }
            if own >= user_most as usize {
                return Hresult::BG_E_TOO_MANY_JOBS_PER_USER;
            }
        }
        Hresult::S_OK
    }

    fn get_job(&mut self, by: ClientId, id: JobId) -> Hresult {
        if self.jobs.get(id).is_none_or(|job| job.gone) {
            return Hresult::BG_E_NOT_FOUND;
        }
        let cause = Cause { stimulus: Stimulus::GetJob, by: Some(by), call: None, incident: None };
        let hr = self.hresult(id, self.decide(id, &cause).as_ref());
        if hr.succeeded() {
            self.pointers.insert((by, id));
        }
        hr
    }

    fn enum_jobs(&mut self, by: ClientId, all_users: bool) -> (Hresult, Reply) {
        if all_users && !self.env.is_administrator(by) {
            return (Hresult::E_ACCESSDENIED, Reply::None);
        }
        let user = self.env.user_of(by);
        let listed: Vec<JobId> = self
            .ids()
            .filter(|id| {
                let job = self.job(*id);
                let listed = !job.state.is_final()
                    || (self.is_sabotaged(Hook::CompletedJobsAreListed)
                        && job.state == JobState::Acknowledged);
                !job.gone && listed && (all_users || job.owner == user)
            })
            .collect();
        self.pointers.extend(listed.iter().map(|job| (by, *job)));
        (Hresult::S_OK, Reply::Jobs(listed))
    }

    /// What a call returns by the table.
    fn hresult(&self, id: JobId, case: Option<&Case>) -> Hresult {
        match case.map(|case| case.hr) {
            Some(Hr::Is(code)) => code,
            Some(Hr::RenameFailure) => self.rename_failure(self.job(id)).unwrap_or(Hresult::E_FAIL),
            Some(Hr::Event) | None => Hresult::BG_E_INVALID_STATE,
        }
    }

    fn job_call(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
        id: JobId,
        method: &JobCall,
    ) -> Returned {
        if let Some(hr) = self.refused(by, id, method) {
            return self.env.answer(out, by, call, hr, Reply::None);
        }
        self.settle_bytes(out, id);
        let stimulus = method.stimulus();
        let cause = Cause { stimulus, by: Some(by), call: Some(method), incident: None };
        let case = self.decide(id, &cause);
        let mut hr = self.hresult(id, case.as_ref());
        if self.is_sabotaged(Hook::NewJobsHaveAnError) && *method == JobCall::GetError {
            hr = Hresult::S_OK;
        }
        if method.is_getter() {
            let reply = if hr.succeeded() {
                self.read(by, id, method).unwrap_or_else(|failure| {
                    hr = failure;
                    Reply::None
                })
            } else {
                Reply::None
            };
            return self.env.answer(out, by, call, hr, reply);
        }
        if self.is_sabotaged(Hook::CompleteWorksOnce)
            && *method == JobCall::Complete
            && self.job(id).files.iter().any(|file| file.renamed)
        {
            return self.env.answer(out, by, call, Hresult::BG_E_INVALID_STATE, Reply::None);
        }
        let returned = self.env.answer(out, by, call, hr, Reply::None);
        if hr.failed() && self.is_sabotaged(Hook::FailingCallAttachesAnError) {
            let incident = Incident::of_queue(hr);
            self.attach(out, id, &Cause::incident(stimulus, incident));
        }
        if let Some(case) = case {
            self.apply(out, id, &case, &cause);
        }
        returned
    }

    /// What keeps a call from reaching the table: no such job, no right, no such method, or
    /// arguments that no state accepts.
    fn refused(&self, by: ClientId, id: JobId, method: &JobCall) -> Option<Hresult> {
        let Some(job) = self.jobs.get(id) else { return Some(Hresult::BG_E_NOT_FOUND) };
        if job.gone {
            return Some(Hresult::RPC_E_DISCONNECTED);
        }
        if !self.may_use(by, id) {
            return Some(Hresult::E_ACCESSDENIED);
        }
        if !self.exists(method) {
            return Some(Hresult::E_NOINTERFACE);
        }
        let takes_arguments = !method.is_getter() && !job.state.is_final();
        if takes_arguments { self.bad_argument(job, method) } else { None }
    }

    /// True if the owner or an administrator calls.
    pub(super) fn may_access(&self, by: ClientId, id: JobId) -> bool {
        self.env.user_of(by) == self.job(id).owner || self.env.is_administrator(by)
    }

    /// From BITS 4.0 on access is checked when the pointer is obtained, before at every call.
    fn may_use(&self, by: ClientId, id: JobId) -> bool {
        self.may_access(by, id) || (self.env.since(4, 0) && self.pointers.contains(&(by, id)))
    }

    /// True if the version has the method.
    fn exists(&self, method: &JobCall) -> bool {
        match method {
            JobCall::SetNotifyCmdLine { .. }
            | JobCall::GetNotifyCmdLine
            | JobCall::GetReplyProgress
            | JobCall::GetReplyFileName
            | JobCall::SetReplyFileName(_) => self.env.since(1, 5),
            JobCall::SetRemoteName { .. } => self.env.since(2, 0),
            JobCall::SetMaximumDownloadTime(_) | JobCall::GetMaximumDownloadTime => {
                self.env.since(3, 0)
            }
            _ => true,
        }
    }

    fn bad_argument(&self, job: &Job, method: &JobCall) -> Option<Hresult> {
        match method {
            JobCall::AddFile(file) => self.bad_file(job, file),
            JobCall::AddFileSet(files) => {
                // An upload that would get too many files is refused for that, by the table.
                if job.job_type.uploads() && files.len() + job.files.len() > 1 {
                    return None;
                }
                files.iter().find_map(|file| self.bad_file(job, file))
            }
            JobCall::SetRemoteName { .. } if job.job_type.uploads() => Some(Hresult::E_NOTIMPL),
            JobCall::SetRemoteName { file, url } => {
                let known = job.files.get(file.index()).is_some();
                (!known || names::bad_remote(url, true, false)).then_some(Hresult::E_INVALIDARG)
            }
            JobCall::SetReplyFileName(_) if job.job_type != JobType::UploadReply => {
                Some(Hresult::E_NOTIMPL)
            }
            JobCall::SetReplyFileName(_) if job.reply_done > 0 || job.reply_finished => {
                Some(Hresult::BG_E_INVALID_STATE)
            }
            JobCall::SetReplyFileName(Some(path)) if !path.is_empty() => {
                names::bad_local(path).then_some(Hresult::E_INVALIDARG)
            }
            JobCall::SetNotifyFlags(_) if self.is_sabotaged(Hook::AnyFlagIsAccepted) => None,
            other => names::bad_property(other, self.env.version()),
        }
    }

    fn bad_file(&self, job: &Job, file: &NewFile) -> Option<Hresult> {
        let smb = self.env.since(2, 0) && job.job_type != JobType::UploadReply;
        if !file.ranges.is_empty() && !self.env.since(2, 0) {
            return Some(Hresult::E_NOINTERFACE);
        }
        if !file.ranges.is_empty() && job.job_type.uploads() {
            return Some(Hresult::E_NOTIMPL);
        }
        if names::bad_remote(&file.remote, smb, true) || names::bad_local(&file.local) {
            return Some(Hresult::E_INVALIDARG);
        }
        if let Some(code) = names::bad_ranges(&file.ranges) {
            return Some(code);
        }
        let directory = crate::disk::directory_of(&file.local);
        self.env
            .disk
            .is_denied(directory, PathOperation::Exist)
            .then_some(Hresult::ERROR_PATH_NOT_FOUND)
    }

    /// Appends the files of AddFile and AddFileSet.
    pub(super) fn append(&mut self, out: &mut Outside<'_>, id: JobId, files: &[NewFile]) {
        for new in files {
            let uploads = self.job(id).job_type.uploads();
            let to_end = new.ranges.iter().any(|(_, length)| *length == u64::MAX);
            let sum = new.ranges.iter().map(|(_, length)| *length);
            let requested =
                (!new.ranges.is_empty() && !to_end).then(|| sum.fold(0_u64, u64::saturating_add));
            let stored = self.env.disk.file(&new.local).filter(|_| uploads);
            let file = FileId(self.job(id).files.len() as u32);
            let server = self.env.servers.find(&new.remote);
            let volume = self.env.disk.volume_generation(&new.local);
            self.job_mut(id).files.push(File {
                remote: new.remote.clone(),
                stored_remote: new.remote.clone(),
                server,
                local: new.local.clone(),
                requested,
                size: requested.or(stored.map(|stored| stored.size)),
                done: 0,
                highest: 0,
                version: stored.map_or(0, |stored| stored.version),
                volume,
                finished: false,
                renamed: false,
                temporary: false,
            });
            self.env.emit_with(out, || {
                let (remote, local) = (new.remote.clone(), new.local.clone());
                let what = FileChange::Added { remote, local, requested };
                Happened::File(Box::new(FileEvent { job: id, file, what }))
            });
            if let Some(stored) = stored {
                self.emit_file(out, id, file, FileChange::Sized(stored.size));
            }
        }
    }

    /// Finished files get their final names in order, up to the first that cannot.
    pub(super) fn rename_finished(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        if self.job(id).job_type.uploads() {
            self.rename_reply(out, id);
            return;
        }
        let caller = cause.by.map(|by| self.env.user_of(by));
        let owner = caller.filter(|_| self.env.since(1, 5)).unwrap_or(self.job(id).owner);
        for index in 0..self.job(id).files.len() {
            let file = &self.job(id).files[index];
            let in_transit = self.is_sabotaged(Hook::FileInTransitIsKept) && file.done > 0;
            if !(file.finished || in_transit) || file.renamed {
                continue;
            }
            let file_id = FileId(index as u32);
            let local = file.local.clone();
            if let Some(failure) = self.env.disk.rename_failure(&local) {
                self.emit_file(out, id, file_id, FileChange::RenameFailed(failure));
                if self.is_sabotaged(Hook::RenamePastFailures) {
                    continue;
                }
                return;
            }
            let (size, version) = (file.size.unwrap_or(0), file.version);
            self.env.disk.put(&local, crate::disk::Stored { size, version });
            let file = &mut self.job_mut(id).files[index];
            file.renamed = true;
            file.temporary = false;
            self.emit_file(out, id, file_id, FileChange::Renamed { owner });
        }
    }

    fn rename_reply(&mut self, out: &mut Outside<'_>, id: JobId) {
        let failure = self.rename_failure(self.job(id));
        let job = self.job(id);
        if job.job_type != JobType::UploadReply || !job.reply_finished || job.reply_renamed {
            return;
        }
        if let Some(failure) = failure {
            self.emit_file(out, id, FileId(0), FileChange::RenameFailed(failure));
            return;
        }
        let size = job.reply_size.unwrap_or(0);
        if let Some(path) = job.texts.reply_file.clone() {
            self.env.disk.put(&path, crate::disk::Stored { size, version: 1 });
        }
        self.job_mut(id).reply_renamed = true;
        self.emit_file(out, id, FileId(0), FileChange::ReplyRenamed);
    }

    /// Temporary files are deleted: all, or only those of unfinished files.
    pub(super) fn delete_temps(&mut self, out: &mut Outside<'_>, id: JobId, all: bool) {
        for index in 0..self.job(id).files.len() {
            let file = &mut self.job_mut(id).files[index];
            if !file.temporary || file.renamed || (file.finished && !all) {
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

    /// If no reply file name was set, one is made up in the directory of the uploaded file.
    pub(super) fn name_reply(&mut self, id: JobId) {
        let job = self.job_mut(id);
        let unnamed = job.texts.reply_file.as_deref().is_none_or(str::is_empty);
        if job.job_type == JobType::UploadReply
            && unnamed
            && let Some(file) = job.files.first()
        {
            let directory = crate::disk::directory_of(&file.local);
            job.texts.reply_file = Some(format!("{directory}\\BITS{}.tmp", id.0 + 1));
        }
    }

    fn error_object(&self, by: ClientId, id: ErrorObjectId, call: ErrorCall) -> (Hresult, Reply) {
        let held = self.error_objects.get(id.index()).filter(|(holder, _)| *holder == by);
        let Some((_, info)) = held else { return (Hresult::RPC_E_DISCONNECTED, Reply::None) };
        let mut info = *info;
        match self.hook {
            Some(Hook::ErrorObjectTellsSuccess) => info.code = Hresult::S_OK,
            Some(Hook::ErrorsHaveNoFile) => info.file = None,
            _ => {}
        }
        match call {
            ErrorCall::GetError => (Hresult::S_OK, Reply::Error(id, info)),
            ErrorCall::GetFile => match info.file.filter(|_| is_about_a_file(info.context)) {
                Some(file) => (Hresult::S_OK, Reply::File(file)),
                None => (Hresult::BG_E_FILE_NOT_AVAILABLE, Reply::None),
            },
            ErrorCall::GetProtocol => match info.protocol {
                Some(_) if self.is_sabotaged(Hook::ProtocolIsTheScheme) => {
                    (Hresult::S_OK, Reply::Text("https".to_owned()))
                }
                Some(protocol) => (Hresult::S_OK, Reply::Text(protocol.text().to_owned())),
                None => (Hresult::BG_E_PROTOCOL_NOT_AVAILABLE, Reply::None),
            },
        }
    }

    /// True if a temporary file for this final name exists.
    pub(super) fn has_temporary(&self, path: &str) -> bool {
        let same = |local: &str| local.eq_ignore_ascii_case(path);
        self.env.disk.is_orphan(path)
            || self
                .jobs
                .iter()
                .flat_map(|job| job.files.iter())
                .any(|file| file.temporary && same(&file.local))
    }

    /// True if both paths lie on one volume.
    pub(super) fn touches_volume(job: &Job, root: &str) -> bool {
        job.files.iter().any(|file| !file.finished && Disk::on_volume(&file.local, root))
    }
}

fn is_about_a_file(context: ErrorContext) -> bool {
    matches!(
        context,
        ErrorContext::LocalFile | ErrorContext::RemoteFile | ErrorContext::RemoteApplication
    )
}
