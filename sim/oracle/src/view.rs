//! What the judge knows: the world and every job, rebuilt from the trace alone.
//!
//! The view is brought up to date *after* the rules have seen an event, so a rule compares the
//! event with what was true just before it. Constant work for each event.

pub mod delivery;
pub mod downloads;
pub mod latest;
pub mod timers;

use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::legacy::COST_FLAGS;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, ErrorInfo, Event, FileChange, Happened, NoteKind, NoteResult, Payload,
    Recipient,
};
use bitsim_vocab::world::{Block, Disturbance, NetworkCondition, PathOperation, Setup};
use bitsim_vocab::{
    ClientId, FileId, Hresult, JobId, JobState, JobType, NoteId, Priority, SimTime, Stimulus,
    UserId, WallTime,
};
use latest::LatestCall;
use std::collections::BTreeMap;
use std::sync::Arc;
use timers::Timers;

/// The world as the trace tells it.
#[derive(Debug, Clone)]
pub struct View {
    /// The world at the start.
    pub setup: Arc<Setup>,
    /// The time of the latest event.
    pub now: SimTime,
    /// The wall clock at the latest event.
    pub wall: WallTime,
    /// Every job, by [`JobId`].
    pub jobs: Vec<JobView>,
    /// True while there is a network connection.
    pub network: bool,
    /// Since when `network` has been as it is.
    pub network_since: SimTime,
    /// Blocks in force.
    pub blocks: Vec<Block>,
    /// What the network is like; Delivery Optimization holds it against cost policies.
    pub conditions: Vec<NetworkCondition>,
    /// The policy limit for background bandwidth in force, bytes per second.
    pub bandwidth: Option<u64>,
    /// Which users have an interactive session; service accounts always do.
    pub logged_on: Vec<bool>,
    /// Which clients run.
    pub running: Vec<bool>,
    /// Volumes locked by a disk check.
    pub locked: Vec<String>,
    /// Final names of files whose temporary file cannot be deleted.
    pub undeletable: Vec<String>,
    /// Deliveries that have begun and not ended, with the user they run as.
    pub outstanding: BTreeMap<NoteId, (JobId, NoteKind, UserId)>,
    /// When the service last started again.
    pub restarted_at: Option<SimTime>,
    /// How many times the service started again.
    pub restarts: u32,
    /// The owner of each error object that was handed out.
    pub error_objects: Vec<(JobId, ClientId, ErrorInfo)>,
    /// Since when each client runs, or does not run.
    pub client_since: Vec<SimTime>,
    /// The latest call on a job, as long as what follows may be an effect of it.
    pub latest_call: Option<LatestCall>,
}

/// A job as the trace tells it.
#[derive(Debug, Clone)]
pub struct JobView {
    /// Its type.
    pub job_type: JobType,
    /// Its owner.
    pub owner: UserId,
    /// The client that created it.
    pub creator: ClientId,
    /// When it was created.
    pub created: SimTime,
    /// When it was created, on the wall clock.
    pub created_on: WallTime,
    /// Its state.
    pub state: JobState,
    /// Since when.
    pub since: SimTime,
    /// The state before this one, if there was one.
    pub before: Option<JobState>,
    /// What moved it into its state.
    pub cause: Option<Stimulus>,
    /// The error count by the latest `Count` record.
    pub count: u32,
    /// The latest error information that nothing has ended yet.
    pub error: Option<ErrorInfo>,
    /// The latest error information, ended or not, and when it came.
    pub last_error: Option<(ErrorInfo, SimTime)>,
    /// Attempts begun so far.
    pub attempts: u32,
    /// Attempts that failed so far.
    pub failed_attempts: u32,
    /// True between `AttemptBegan` and `AttemptEnded`.
    pub in_attempt: bool,
    /// The outcome of the latest attempt that ended, and when.
    pub last_outcome: Option<(AttemptOutcome, SimTime)>,
    /// Its files, by [`FileId`].
    pub files: Vec<FileView>,
    /// Bytes of the reply so far and its size once known.
    pub reply: (u64, Option<u64>),
    /// True once the reply has arrived in full.
    pub reply_finished: bool,
    /// Priority set last.
    pub priority: Priority,
    /// Minimum retry delay set last, seconds as stored (5 at least).
    pub minimum_retry_delay: u64,
    /// No-progress timeout set last, or the default, seconds.
    pub no_progress_timeout: u64,
    /// True once SetNoProgressTimeout has succeeded.
    pub no_progress_timeout_set: bool,
    /// BITS_JOB_PROPERTY_ID_COST_FLAGS set last; Delivery Optimization only.
    pub cost_flags: Option<u32>,
    /// Maximum download time set for the job, seconds.
    pub maximum_download_time: Option<u64>,
    /// Notification flags set last.
    pub notify_flags: u32,
    /// The client whose callback interface is registered and valid.
    pub interface: Option<ClientId>,
    /// True if the interface registered last has become invalid without being replaced.
    pub interface_lost: bool,
    /// Program and parameters of the command line.
    pub command_line: Option<(String, String)>,
    /// When bytes last moved forward past the highest position so far.
    pub progress_at: Option<SimTime>,
    /// When a client last called a successful method that is no getter, or bytes moved.
    pub active_at: SimTime,
    /// When Resume last succeeded.
    pub resumed_at: Option<SimTime>,
    /// Timers running, with the time they are due.
    pub timers: Timers,
    /// When the first transient error since the latest progress, Resume or start came.
    pub first_transient: Option<SimTime>,
    /// True once the service no longer knows the job: it was in a final state when the service
    /// stopped, or the stored job list could not be read.
    pub gone: bool,
    /// True once TakeOwnership has succeeded.
    pub taken_over: bool,
}

/// A file of a job as the trace tells it.
#[derive(Debug, Clone, Default)]
pub struct FileView {
    /// Remote name.
    pub remote: String,
    /// Local name.
    pub local: String,
    /// Size once known.
    pub size: Option<u64>,
    /// Bytes so far.
    pub done: u64,
    /// The highest `done` since the file began or restarted.
    pub highest: u64,
    /// Transferred in full.
    pub finished: bool,
    /// It has its final name.
    pub renamed: bool,
    /// A temporary file of it exists: bytes arrived, and it was neither renamed nor deleted.
    pub temporary: bool,
    /// Its temporary file could not be deleted and stays.
    pub kept: bool,
}

impl View {
    /// The view of the world before anything happened.
    #[must_use]
    pub fn new(setup: &Arc<Setup>) -> Self {
        Self {
            now: SimTime::ZERO,
            wall: setup.wall_start,
            jobs: Vec::new(),
            network: setup.network,
            network_since: SimTime::ZERO,
            blocks: Vec::new(),
            conditions: Vec::new(),
            bandwidth: setup.policies.bandwidth,
            logged_on: setup
                .users
                .iter()
                .map(|user| user.logged_on || user.kind.is_service_account())
                .collect(),
            running: setup.clients.iter().map(|client| client.running).collect(),
            locked: Vec::new(),
            undeletable: Vec::new(),
            outstanding: BTreeMap::new(),
            restarted_at: None,
            restarts: 0,
            error_objects: Vec::new(),
            client_since: vec![SimTime::ZERO; setup.clients.len()],
            latest_call: None,
            setup: Arc::clone(setup),
        }
    }

    /// The job, if it exists.
    #[must_use]
    pub fn job(&self, job: JobId) -> Option<&JobView> {
        self.jobs.get(job.index())
    }

    /// True if the owner of the job may have it run: interactive session or service account.
    #[must_use]
    pub fn owner_present(&self, job: &JobView) -> bool {
        self.logged_on.get(job.owner.index()).copied().unwrap_or(false)
    }

    /// True if something forbids the job to run although nothing is wrong with it: no network,
    /// a block, or a background bandwidth limit of zero.
    #[must_use]
    pub fn blocked(&self, job: &JobView) -> bool {
        !self.network
            || !self.blocks.is_empty()
            || (job.priority.is_background() && self.bandwidth == Some(0))
    }

    /// The user in whose name a client runs.
    #[must_use]
    pub fn user_of(&self, client: ClientId) -> Option<UserId> {
        self.setup.clients.get(client.index()).map(|client| client.user)
    }

    /// Takes in an event after the rules have seen it.
    pub fn take_in(&mut self, event: &Event) {
        self.now = event.at;
        self.wall = event.wall;
        self.follow_call(event);
        match &event.what {
            Happened::Env(what) => self.take_in_env(what),
            Happened::Called(called) => self.take_in_call(called),
            Happened::Created(created) => {
                let mut job = JobView::new(created.job_type, created.owner, created.by, event.at);
                job.created_on = event.wall;
                job.state = created.state;
                self.jobs.push(job);
                self.default_timeout(created.job);
            }
            Happened::NoteBegan(note) => {
                let user = match &note.to {
                    Recipient::Interface(client) => self.user_of(*client),
                    Recipient::CommandLine { user, .. } => Some(*user),
                };
                if let Some(user) = user {
                    self.outstanding.insert(note.note, (note.job, note.kind, user));
                }
            }
            Happened::NoteEnded { note, job, result } => {
                self.outstanding.remove(note);
                // The interface may be another client's by now.
                if *result == NoteResult::ClientGone
                    && let Some(job) = self.jobs.get_mut(job.index())
                    && let Some(client) = job.interface
                    && !self.running.get(client.index()).copied().unwrap_or(false)
                {
                    job.interface = None;
                    job.interface_lost = true;
                }
            }
            other => {
                let Some(id) = other.job() else { return };
                let no_progress_counts = |code: Hresult| !code.is_block();
                let Some(job) = self.jobs.get_mut(id.index()) else { return };
                job.take_in(event.at, other, no_progress_counts);
            }
        }
    }

    fn take_in_env(&mut self, what: &Disturbance) {
        match what {
            Disturbance::NetworkLost => {
                self.network = false;
                self.network_since = self.now;
            }
            Disturbance::NetworkRegained => {
                self.network = true;
                self.network_since = self.now;
            }
            Disturbance::BlockBegins(block) => self.blocks.push(*block),
            Disturbance::BlockEnds(block) => self.blocks.retain(|other| other != block),
            Disturbance::NetworkConditions(conditions) => self.conditions.clone_from(conditions),
            Disturbance::Bandwidth(limit) => self.bandwidth = *limit,
            Disturbance::PoliciesChange(policies) => {
                let bandwidth = self.setup.policies.bandwidth;
                let setup = Arc::make_mut(&mut self.setup);
                setup.policies = (**policies).clone();
                setup.policies.bandwidth = bandwidth;
            }
            Disturbance::LogOn(user) => self.set_logged_on(*user, true),
            Disturbance::LogOff(user) => self.set_logged_on(*user, false),
            Disturbance::ClientStarts(client) => self.set_running(*client, true),
            Disturbance::ClientExits(client) => {
                self.set_running(*client, false);
                self.lose_interfaces(|interface| interface == *client);
            }
            Disturbance::VolumeLocked(root) => self.locked.push(root.clone()),
            Disturbance::VolumeUnlocked(root) => self.locked.retain(|other| other != root),
            Disturbance::ServiceRestarts { list_readable } => self.restart(*list_readable),
            Disturbance::ComputerRestarts => {
                self.restart(true);
                self.network = false;
                self.network_since = self.now;
                for (user, present) in self.setup.users.iter().zip(&mut self.logged_on) {
                    *present = user.kind.is_service_account();
                }
                self.running.fill(false);
                self.client_since.fill(self.now);
            }
            Disturbance::PathDenied(path, PathOperation::Delete) => {
                self.undeletable.push(path.clone());
            }
            Disturbance::PathAllowed(path, PathOperation::Delete) => {
                self.undeletable.retain(|other| !other.eq_ignore_ascii_case(path));
            }
            Disturbance::RunAs(_)
            | Disturbance::VolumeChanged(_)
            | Disturbance::VolumeSpace(..)
            | Disturbance::PathDenied(..)
            | Disturbance::PathAllowed(..)
            | Disturbance::RemoteFileChanges { .. }
            | Disturbance::LocalFileChanges { .. }
            | Disturbance::FaultBegins(_)
            | Disturbance::FaultEnds(_)
            | Disturbance::WallClockMoves(_)
            | Disturbance::ServiceStops
            | Disturbance::ServiceStarts
            | Disturbance::LocalFileDeleted(_) => {}
        }
    }

    fn set_logged_on(&mut self, user: UserId, present: bool) {
        if let Some(kind) = self.setup.users.get(user.index()).map(|user| user.kind) {
            self.logged_on[user.index()] = present || kind.is_service_account();
        }
    }

    fn set_running(&mut self, client: ClientId, running: bool) {
        if let Some(slot) = self.running.get_mut(client.index()) {
            *slot = running;
            self.client_since[client.index()] = self.now;
        }
    }

    fn lose_interfaces(&mut self, lost: impl Fn(ClientId) -> bool) {
        for job in &mut self.jobs {
            if job.interface.is_some_and(&lost) {
                job.interface = None;
                job.interface_lost = true;
            }
        }
    }

    fn restart(&mut self, list_readable: bool) {
        self.restarts += 1;
        self.restarted_at = Some(self.now);
        for job in &mut self.jobs {
            job.gone |= !list_readable || job.state.is_final();
        }
        self.lose_interfaces(|_| true);
        self.outstanding.clear();
    }

    fn take_in_call(&mut self, called: &Called) {
        if let Reply::Error(object, info) = &called.reply
            && let Call::Job(job, _) = called.call
            && object.index() == self.error_objects.len()
        {
            self.error_objects.push((job, called.by, *info));
        }
        let Call::Job(id, call) = &called.call else { return };
        if called.hr.failed() {
            return;
        }
        let by = called.by;
        let user = self.user_of(by);
        let now = self.now;
        if let Some(job) = self.jobs.get_mut(id.index()) {
            job.take_in_call(now, by, user, call);
        }
        if matches!(call, JobCall::SetPriority(_)) {
            self.default_timeout(*id);
        }
    }
}

impl JobView {
    fn new(job_type: JobType, owner: UserId, creator: ClientId, at: SimTime) -> Self {
        Self {
            job_type,
            owner,
            creator,
            created: at,
            created_on: WallTime(0),
            state: JobState::Suspended,
            since: at,
            before: None,
            cause: None,
            count: 0,
            error: None,
            last_error: None,
            attempts: 0,
            failed_attempts: 0,
            in_attempt: false,
            last_outcome: None,
            files: Vec::new(),
            reply: (0, None),
            reply_finished: false,
            priority: Priority::Normal,
            minimum_retry_delay: 600,
            no_progress_timeout: 1_209_600,
            no_progress_timeout_set: false,
            cost_flags: None,
            maximum_download_time: None,
            notify_flags: 3,
            interface: None,
            interface_lost: false,
            command_line: None,
            progress_at: None,
            active_at: at,
            resumed_at: None,
            timers: Timers::default(),
            first_transient: None,
            gone: false,
            taken_over: false,
        }
    }

    /// The file, if the job has it.
    #[must_use]
    pub fn file(&self, file: FileId) -> Option<&FileView> {
        self.files.get(file.index())
    }

    /// True if every file has been transferred in full (and the reply has, where there is one).
    #[must_use]
    pub fn all_finished(&self) -> bool {
        self.files.iter().all(|file| file.finished)
            && (self.job_type != JobType::UploadReply || self.reply_finished)
    }

    fn take_in(&mut self, at: SimTime, what: &Happened, progress: impl Fn(Hresult) -> bool) {
        match what {
            Happened::State { from, to, cause, .. } => {
                self.before = Some(*from);
                self.state = *to;
                self.since = at;
                self.cause = Some(*cause);
                match to {
                    JobState::Transferring => self.error = None,
                    JobState::TransientError => {
                        let counts = self.error.is_none_or(|info| progress(info.code));
                        if counts && self.first_transient.is_none() {
                            self.first_transient = Some(at);
                        }
                    }
                    _ => {}
                }
            }
            Happened::Count { to, .. } => self.count = *to,
            Happened::ErrorInfo { info, .. } => {
                self.error = Some(*info);
                self.last_error = Some((*info, at));
            }
            Happened::ErrorGone { .. } => self.error = None,
            Happened::AttemptBegan { .. } => {
                self.attempts += 1;
                self.in_attempt = true;
            }
            Happened::AttemptEnded { outcome, .. } => {
                self.in_attempt = false;
                if matches!(outcome, AttemptOutcome::Failed { .. }) {
                    self.failed_attempts += 1;
                }
                self.last_outcome = Some((*outcome, at));
            }
            Happened::Bytes { file, of, done, .. } => self.take_in_bytes(at, *file, *of, *done),
            Happened::File(event) => self.take_in_file(event.file, &event.what),
            Happened::Timer { timer, what, .. } => self.timers.take_in(*timer, *what),
            _ => {}
        }
    }

    fn take_in_bytes(&mut self, at: SimTime, file: FileId, of: Payload, done: u64) {
        let forward = match of {
            Payload::Reply => {
                let forward = done > self.reply.0;
                self.reply.0 = done;
                forward
            }
            Payload::File => {
                let Some(file) = self.files.get_mut(file.index()) else { return };
                let forward = done > file.highest;
                file.done = done;
                file.highest = file.highest.max(done);
                file.temporary = done > 0;
                forward
            }
        };
        if forward {
            self.progress_at = Some(at);
            self.first_transient = None;
        }
        self.active_at = at;
    }

    fn take_in_file(&mut self, id: FileId, what: &FileChange) {
        if let FileChange::Added { remote, local, requested } = what {
            self.files.push(FileView {
                remote: remote.clone(),
                local: local.clone(),
                size: *requested,
                ..FileView::default()
            });
            return;
        }
        match what {
            FileChange::ReplySized(size) => self.reply.1 = Some(*size),
            FileChange::ReplyFinished => self.reply_finished = true,
            _ => {}
        }
        let Some(file) = self.files.get_mut(id.index()) else { return };
        match what {
            FileChange::Sized(size) => file.size = Some(*size),
            FileChange::Restarted => {
                file.done = 0;
                file.finished = false;
            }
            FileChange::Finished => {
                file.finished = true;
                file.temporary = true;
            }
            FileChange::Renamed { .. } => {
                file.renamed = true;
                file.temporary = false;
            }
            FileChange::TempDeleted => file.temporary = false,
            FileChange::TempKept => file.kept = true,
            FileChange::RemoteName(url) => file.remote.clone_from(url),
            FileChange::Added { .. }
            | FileChange::ReplySized(_)
            | FileChange::SourceChanged
            | FileChange::Posted
            | FileChange::ReplyFinished
            | FileChange::ReplyRenamed
            | FileChange::RenameFailed(_)
            | FileChange::RemovedFromServer
            | FileChange::OutputMade
            | FileChange::OutputDeleted => {}
        }
    }

    fn take_in_call(&mut self, at: SimTime, by: ClientId, user: Option<UserId>, call: &JobCall) {
        if !call.is_getter() {
            self.active_at = at;
        }
        match call {
            JobCall::Resume => {
                self.resumed_at = Some(at);
                self.first_transient = None;
            }
            JobCall::SetPriority(value) => {
                let known = Priority::ALL.iter().find(|known| u32::from(known.value()) == *value);
                self.priority = known.copied().unwrap_or(self.priority);
            }
            JobCall::SetMinimumRetryDelay(secs) => {
                self.minimum_retry_delay = u64::from(*secs).max(5);
            }
            JobCall::SetNoProgressTimeout(secs) => {
                self.no_progress_timeout = u64::from(*secs);
                self.no_progress_timeout_set = true;
            }
            JobCall::SetProperty { id: COST_FLAGS, value } => self.cost_flags = Some(*value),
            JobCall::SetMaximumDownloadTime(secs) => {
                self.maximum_download_time = Some(u64::from(*secs));
            }
            JobCall::SetNotifyFlags(flags) => self.notify_flags = *flags,
            JobCall::SetNotifyInterface(set) => {
                self.interface = set.then_some(by);
                self.interface_lost = false;
            }
            JobCall::SetNotifyCmdLine { program, parameters } => {
                self.command_line = program
                    .clone()
                    .map(|program| (program, parameters.clone().unwrap_or_default()));
            }
            JobCall::TakeOwnership => {
                if let Some(user) = user {
                    self.owner = user;
                }
                self.taken_over = true;
                self.command_line = None;
            }
            _ => {}
        }
    }
}
