//! Attempts: connections, requests, bytes, files.
//!
//! One timer stands for the next point at which something happens; how far the bytes have come is
//! worked out when somebody needs to know ([`Bits::settle_bytes`]).

use super::Bits;
use super::apply::Cause;
use super::job::{Incident, Job, Moving, Phase};
use crate::env::Env;
use crate::link::{self, Flow, Stop, Stopped, Wanted};
use crate::outside::Outside;
use crate::sabotage::Hook;
use crate::servers::Refusal;
use crate::timers::Due;
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{FileChange, FileEvent, Payload};
use bitsim_vocab::world::Part;
use bitsim_vocab::{
    ErrorContext, FileId, Happened, Hresult, JobId, JobState, JobType, ServerId, SimTime, Span,
    Stimulus,
};

/// The least that a background limit other than zero lets through: 2 kilobits a second.
const LEAST_LIMITED_RATE: u64 = 250;

impl Bits {
    pub(super) fn emit_file(
        &mut self,
        out: &mut Outside<'_>,
        job: JobId,
        file: FileId,
        what: FileChange,
    ) {
        self.env.emit(out, Happened::File(Box::new(FileEvent { job, file, what })));
    }

    /// The attempt begins.
    pub(super) fn connect(&mut self, out: &mut Outside<'_>, id: JobId) {
        let now = self.env.now;
        let slice = self.env.setup.time_slice;
        let job = self.job_mut(id);
        job.attempts += 1;
        job.running_since = now;
        let (number, background) = (job.attempts, job.priority.is_background());
        self.env.emit(out, Happened::AttemptBegan { job: id, number });
        self.set_max_download(id);
        if background {
            self.jobs.set(id, Due::Slice, now + slice);
        }
        self.open(out, id);
    }

    /// A request for what comes next goes out; its answer arrives one way there and one way back
    /// later.
    pub(super) fn open(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let of = if job.posted { Payload::Reply } else { Payload::File };
        self.job_mut(id).phase = Phase::Opening { of, known: None };
        let due = self.answer_due(out, id);
        self.jobs.set(id, Due::Flow, due);
    }

    fn answer_due(&mut self, out: &mut Outside<'_>, id: JobId) -> SimTime {
        let job = self.job(id);
        let server = job.files.get(in_hand(job).index()).and_then(|file| file.server);
        link::answer_due(&self.env, out, server)
    }

    /// The next point of a transfer has come.
    pub(super) fn flow_fired(&mut self, out: &mut Outside<'_>, id: JobId) {
        match self.job(id).phase {
            Phase::Idle => {}
            Phase::Opening { known: Some(incident), .. } => self.fail(out, id, incident),
            Phase::Opening { of, known: None } => self.answered(out, id, of),
            Phase::Moving(moving) => self.flow_stops(out, id, moving),
            Phase::Posting => self.application_answers(out, id),
        }
    }

    /// A request is answered, well or badly.
    fn answered(&mut self, out: &mut Outside<'_>, id: JobId, of: Payload) {
        match self.ask(id, of) {
            Err((incident, after)) => self.fail_after(out, id, of, incident, after),
            Ok(()) if self.job(id).state == JobState::Connecting => {
                let early = self.job(id).job_type == JobType::Upload
                    && self.is_sabotaged(Hook::UploadIsDoneEarly);
                if self.job(id).slice_over {
                    let due = self.env.now + self.env.setup.time_slice;
                    self.jobs.set(id, Due::Slice, due);
                }
                self.deliver(out, id, &Cause::event(Stimulus::ConnectSucceeds));
                if early {
                    self.deliver(out, id, &Cause::event(Stimulus::AllFilesDone));
                }
            }
            Ok(()) => self.begin_moving(out, id),
        }
    }

    /// What the server, the local disk and the proxy make of a request.
    fn ask(&mut self, id: JobId, of: Payload) -> Result<(), (Incident, Span)> {
        let job = self.jobs.at(id);
        let index = in_hand(job);
        let Some(file) = job.files.get(index.index()) else { return Ok(()) };
        let at_once = |incident: Incident| (incident, Span::ZERO);
        let remote = |code: Hresult, class: Class| Incident {
            code,
            class,
            context: ErrorContext::RemoteFile,
            file: Some(index),
            protocol: Some(file.protocol()),
        };
        let refused = |code: Hresult| Err(at_once(remote(code, code.job_class())));
        if is_unusable(&job.texts.proxy) {
            let code = Hresult::BG_E_INVALID_PROXY_INFO;
            let context = ErrorContext::GeneralTransport;
            return Err(at_once(Incident { context, file: None, ..remote(code, Class::Fatal) }));
        }
        let Some(server) = file.server else {
            return refused(Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED);
        };
        let part = if of == Payload::Reply { Part::Reply } else { Part::Payload };
        if let Some(refusal) = self.env.servers.request(server, &file.remote, part) {
            return Err((remote(refusal.code, refusal.job_class()), refusal.after));
        }
        if of == Payload::Reply {
            return Ok(());
        }
        let local = if job.job_type.uploads() {
            self.upload_trouble(job, index)
        } else {
            self.download_trouble(job, index)
        };
        match local {
            Some((ErrorContext::LocalFile, code)) => Err(at_once(Incident::of_local(code, index))),
            Some((_, code)) => refused(code),
            None => {
                self.job_mut(id).session = true;
                Ok(())
            }
        }
    }

    /// What keeps a download from going on although the server answers.
    fn download_trouble(&self, job: &Job, index: FileId) -> Option<(ErrorContext, Hresult)> {
        let file = job.files.get(index.index())?;
        let remote = |code| Some((ErrorContext::RemoteFile, code));
        let smb = file.protocol() == bitsim_vocab::trace::Protocol::File;
        let Some(offered) = self.env.servers.offered(&file.remote) else {
            let missing = if smb { Hresult::ERROR_FILE_NOT_FOUND } else { Hresult::http(404) };
            return remote(missing);
        };
        if self.env.disk.volume_generation(&file.local) != file.volume {
            return Some((ErrorContext::LocalFile, Hresult::BG_E_VOLUME_CHANGED));
        }
        let server = file.server.and_then(|id| self.env.setup.servers.get(id.index()))?;
        if !smb && !server.content_length {
            return remote(Hresult::BG_E_MISSING_FILE_SIZE);
        }
        // A foreground job gets by without ranges as long as nothing interrupts it and the file
        // stays below 2 GB.
        let needs_ranges = job.priority.is_background()
            || file.done > 0
            || file.requested.is_some()
            || offered.size >= 1 << 31;
        if !smb && !server.ranges && needs_ranges {
            return remote(Hresult::BG_E_INSUFFICIENT_RANGE_SUPPORT);
        }
        None
    }

    /// What keeps an upload from going on although the server answers.
    fn upload_trouble(&self, job: &Job, index: FileId) -> Option<(ErrorContext, Hresult)> {
        let file = job.files.get(index.index())?;
        let Some(stored) = self.env.disk.file(&file.local) else {
            return Some((ErrorContext::LocalFile, Hresult::ERROR_FILE_NOT_FOUND));
        };
        if file.done > 0 && !file.finished && stored.version != file.version {
            return Some((ErrorContext::LocalFile, Hresult::BG_E_LOCAL_FILE_CHANGED));
        }
        let server = file.server.and_then(|id| self.env.setup.servers.get(id.index()))?;
        (stored.size > server.max_upload)
            .then_some((ErrorContext::RemoteFile, Hresult::BG_E_TOO_LARGE))
    }

    /// The connection stands: data begins to move.
    pub(super) fn begin_moving(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        if job.posted {
            self.start_flow(id, Payload::Reply);
            return;
        }
        let Some(index) = job.current() else {
            self.post(out, id);
            return;
        };
        self.look_at_source(out, id, index);
        let file = &self.job(id).files[index.index()];
        if !self.job(id).job_type.uploads() && self.env.disk.is_locked(&file.local) {
            let incident = Incident::of_local(Hresult::BG_E_DESTINATION_LOCKED, index);
            let cause = Cause::incident(Stimulus::DestinationVolumeLocked, incident);
            self.deliver(out, id, &cause);
            return;
        }
        self.start_flow(id, Payload::File);
    }

    /// Size and time stamp of the source are compared with what was fetched so far.
    fn look_at_source(&mut self, out: &mut Outside<'_>, id: JobId, index: FileId) {
        let job = self.job(id);
        let file = &job.files[index.index()];
        let source = if job.job_type.uploads() {
            self.env.disk.file(&file.local).map(|stored| (stored.size, stored.version))
        } else {
            self.env.servers.offered(&file.remote).map(|offered| (offered.size, offered.version))
        };
        let Some((size, version)) = source else { return };
        let changed = file.done > 0
            && (file.version != version || (file.requested.is_none() && file.size != Some(size)));
        let size = file.requested.unwrap_or(size);
        let sized = file.size != Some(size);
        if changed {
            self.restart_file(out, id, index);
        }
        let file = &mut self.job_mut(id).files[index.index()];
        file.version = version;
        file.size = Some(size);
        if sized {
            self.emit_file(out, id, index, FileChange::Sized(size));
        }
    }

    fn restart_file(&mut self, out: &mut Outside<'_>, id: JobId, index: FileId) {
        self.emit_file(out, id, index, FileChange::SourceChanged);
        let file = &mut self.job_mut(id).files[index.index()];
        let dropped = std::mem::take(&mut file.done);
        let local = file.local.clone();
        self.env.disk.use_space(&local, 0, dropped);
        self.emit_file(out, id, index, FileChange::Restarted);
    }

    /// True if the source of the file in transit is no longer the one that is being fetched.
    pub(super) fn source_moved(&self, job: &Job) -> bool {
        let Some(file) = job.current().and_then(|index| job.files.get(index.index())) else {
            return false;
        };
        let version = self.env.servers.offered(&file.remote).map(|offered| offered.version);
        matches!(job.phase, Phase::Moving(_)) && version != Some(file.version)
    }

    /// The source of the file in transit changed.
    pub(super) fn restart_current(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Some(index) = self.job(id).current() else { return };
        if self.job(id).files[index.index()].done == 0 {
            // Nothing was fetched yet; the change still shows, and the file starts over.
            self.restart_file(out, id, index);
        }
        self.look_at_source(out, id, index);
        self.start_flow(id, Payload::File);
        // A server that misbehaves meanwhile is met all the same.
        self.meet_fault(out, id);
    }

    /// Sets bytes in motion, up to the end of the file or to whatever stops them before.
    fn start_flow(&mut self, id: JobId, of: Payload) {
        let Some(wanted) = wanted(&self.env, self.job(id), of) else { return };
        let (flow, due) = Flow::begin(&self.env, &wanted);
        self.job_mut(id).phase = Phase::Moving(Moving { of, flow });
        match due {
            Some(due) => self.jobs.set(id, Due::Flow, due),
            None => {
                self.jobs.stop(id, Due::Flow);
            }
        }
    }

    /// The rate of a job may have changed.
    pub(super) fn change_rate(&mut self, id: JobId) {
        if let Phase::Moving(moving) = self.job(id).phase
            && moving.flow.stop != Stop::Fault
        {
            self.start_flow(id, moving.of);
        }
    }

    /// Works out how far the bytes of a job have come, and says so if they moved.
    pub(super) fn settle_bytes(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Phase::Moving(moving) = self.job(id).phase else { return };
        let done = moving.flow.done_at(self.env.now);
        let job = self.jobs.at_mut(id);
        let index = in_hand(job);
        let before = match moving.of {
            Payload::Reply => std::mem::replace(&mut job.reply_done, done),
            Payload::File => {
                let file = &mut job.files[index.index()];
                std::mem::replace(&mut file.done, done)
            }
        };
        if done == before {
            return;
        }
        if moving.of == Payload::File {
            let download = job.job_type == JobType::Download;
            let file = &mut job.files[index.index()];
            job.advanced = done > file.highest;
            file.highest = file.highest.max(done);
            if download {
                file.temporary = true;
                self.env.disk.use_space(&file.local, done - before, 0);
            }
        } else {
            job.advanced = true;
        }
        let file = index;
        self.env.emit(out, Happened::Bytes { job: id, file, of: moving.of, done });
        let cause = Cause::event(Stimulus::BytesTransferred);
        if let Some(case) = self.decide(id, &cause) {
            self.apply(out, id, &case, &cause);
        }
    }

    /// The flow of bytes has come to the point at which it stops.
    fn flow_stops(&mut self, out: &mut Outside<'_>, id: JobId, moving: Moving) {
        self.settle_bytes(out, id);
        let job = self.jobs.at(id);
        let index = in_hand(job);
        let Some(wanted) = wanted(&self.env, job, moving.of) else { return };
        let refusal = match moving.flow.stopped(&mut self.env, &wanted) {
            Stopped::Arrived => return self.part_done(out, id, moving.of, index),
            Stopped::Full => {
                let incident = Incident::of_local(Hresult::ERROR_DISK_FULL, index);
                return self.fail(out, id, incident);
            }
            Stopped::Not => return self.start_flow(id, moving.of),
            Stopped::Refused(refusal) => refusal,
        };
        let protocol = self.job(id).files.get(index.index()).map(super::job::File::protocol);
        let code = refusal.code;
        let context = ErrorContext::RemoteFile;
        let incident =
            Incident { code, class: refusal.job_class(), context, file: Some(index), protocol };
        self.fail_after(out, id, moving.of, incident, refusal.after);
    }

    /// A server began to misbehave while bytes of the job were moving: the next request shows it.
    pub(super) fn meet_fault(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Phase::Moving(moving) = self.job(id).phase else { return };
        self.settle_bytes(out, id);
        let job = self.job(id);
        let Some(file) = job.files.get(in_hand(job).index()) else { return };
        let Some(server) = file.server else { return };
        let part = if moving.of == Payload::Reply { Part::Reply } else { Part::Payload };
        if !self.env.servers.misbehaves(server, &file.remote, part) {
            self.start_flow(id, moving.of);
            return;
        }
        let due = self.env.now + self.env.latency(out, Some(server));
        if self.jobs.due(id, Due::Flow).is_some_and(|end| end <= due) {
            return;
        }
        if let Phase::Moving(moving) = &mut self.job_mut(id).phase {
            moving.flow.stop = Stop::Fault;
        }
        self.jobs.set(id, Due::Flow, due);
    }

    /// A file, or the reply, is complete.
    fn part_done(&mut self, out: &mut Outside<'_>, id: JobId, of: Payload, index: FileId) {
        // The flow has ended; what moves next is another file.
        self.job_mut(id).phase = Phase::Idle;
        if of == Payload::Reply {
            self.job_mut(id).reply_finished = true;
            self.emit_file(out, id, index, FileChange::ReplyFinished);
            self.deliver(out, id, &Cause::event(Stimulus::AllFilesDone));
            return;
        }
        let job = self.job_mut(id);
        let uploads = job.job_type.uploads();
        let file = &mut job.files[index.index()];
        file.finished = true;
        file.temporary = !uploads;
        let url = file.remote.clone();
        self.emit_file(out, id, index, FileChange::Finished);
        if self.is_sabotaged(Hook::FilesAppearEarly) && !uploads {
            let owner = self.job(id).owner;
            self.job_mut(id).files[index.index()].renamed = true;
            self.emit_file(out, id, index, FileChange::Renamed { owner });
        }
        if uploads {
            self.env.servers.receive(&url).complete = true;
            self.post(out, id);
        } else {
            let done = self.job(id).nothing_left();
            let stimulus = if done { Stimulus::AllFilesDone } else { Stimulus::FileDoneMoreRemain };
            self.deliver(out, id, &Cause::event(stimulus));
        }
    }

    /// The server hands the complete upload to its application; the answer comes later.
    fn post(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.job_mut(id).phase = Phase::Posting;
        let due = self.answer_due(out, id);
        self.jobs.set(id, Due::Flow, due);
    }

    fn application_answers(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let index = FileId(0);
        let Some(file) = job.files.first() else { return };
        let (url, protocol, server) = (file.remote.clone(), file.protocol(), file.server);
        let Some(server) = server else { return };
        let refusal = if self.env.servers.received(&url).forbidden {
            let code = Hresult::http(403);
            Some(Refusal { code, class: None, after: Span::ZERO })
        } else {
            self.env.servers.request(server, &url, Part::Application)
        };
        let incident = |code, class, context| Incident {
            code,
            class,
            context,
            file: Some(index),
            protocol: Some(protocol),
        };
        if let Some(refusal) = refusal {
            let context = ErrorContext::RemoteApplication;
            if refusal.code == Hresult::http(403) {
                self.env.servers.receive(&url).forbidden = true;
            }
            let incident = incident(refusal.code, refusal.job_class(), context);
            return self.fail_after(out, id, Payload::File, incident, refusal.after);
        }
        self.env.servers.receive(&url).posted += 1;
        self.emit_file(out, id, index, FileChange::Posted);
        let done =
            self.job(id).job_type == JobType::Upload || self.is_sabotaged(Hook::ReplyIsNotFetched);
        if done {
            self.job_mut(id).posted = true;
            self.deliver(out, id, &Cause::event(Stimulus::AllFilesDone));
            return;
        }
        let Some(size) = self.reply_announced(server) else {
            let code = Hresult::BG_E_INVALID_SERVER_RESPONSE;
            return self.fail(
                out,
                id,
                incident(code, Class::Fatal, ErrorContext::RemoteApplication),
            );
        };
        // The announcement begins the reply: from here on its size tells that the upload is done.
        let job = self.job_mut(id);
        job.posted = true;
        job.reply_size = Some(size);
        self.emit_file(out, id, index, FileChange::ReplySized(size));
        self.open(out, id);
    }

    /// The size of the reply that a server announces, if it announces one.
    fn reply_announced(&self, server: ServerId) -> Option<u64> {
        let server = self.env.setup.servers.get(server.index())?;
        server.replies.then_some(server.reply_size)
    }

    /// The attempt fails once the client knows; a timeout makes it wait.
    fn fail_after(
        &mut self,
        out: &mut Outside<'_>,
        id: JobId,
        of: Payload,
        incident: Incident,
        after: Span,
    ) {
        if after == Span::ZERO {
            self.fail(out, id, incident);
            return;
        }
        self.job_mut(id).phase = Phase::Opening { of, known: Some(incident) };
        let due = self.env.now + after;
        self.jobs.set(id, Due::Flow, due);
    }

    /// The attempt fails.
    fn fail(&mut self, out: &mut Outside<'_>, id: JobId, incident: Incident) {
        let fatal = incident.class == Class::Fatal;
        let stimulus = match (self.job(id).state, fatal) {
            (JobState::Connecting, true) => Stimulus::ConnectFailsFatal,
            (JobState::Connecting, false) => Stimulus::ConnectFailsTransient,
            (_, true) => Stimulus::TransferErrorFatal,
            (_, false) => Stimulus::TransferErrorTransient,
        };
        self.deliver(out, id, &Cause::incident(stimulus, incident));
    }
}

/// The file that a request of the job is about: the first that is not transferred, or the upload.
fn in_hand(job: &Job) -> FileId {
    job.current().unwrap_or(FileId(0))
}

/// What the file in hand, or the reply, has to move.
fn wanted<'a>(env: &Env, job: &'a Job, of: Payload) -> Option<Wanted<'a>> {
    let file = job.files.get(in_hand(job).index())?;
    let (part, held, size) = match of {
        Payload::File => (Part::Payload, file.done, file.size),
        Payload::Reply => (Part::Reply, job.reply_done, job.reply_size),
    };
    Some(Wanted {
        server: file.server,
        url: &file.remote,
        part,
        onto: (job.job_type == JobType::Download).then_some(file.local.as_str()),
        held,
        size: size.unwrap_or(0),
        rate: rate(env, job, file.server),
    })
}

/// Bytes a second for a job.
fn rate(env: &Env, job: &Job, server: Option<ServerId>) -> u64 {
    let rate = link::bandwidth(env, server);
    match env.policies.bandwidth {
        Some(limit) if job.priority.is_background() && env.since(2, 0) => {
            rate.min(limit.max(LEAST_LIMITED_RATE))
        }
        _ => rate,
    }
}

/// A proxy list that no connection can use: an entry with a character that no host name has.
fn is_unusable(proxy: &bitsim_vocab::call::Proxy) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".:-=/[]_;, ".contains(c);
    proxy.usage == 2 && proxy.list.as_deref().is_some_and(|list| !list.chars().all(legal))
}
