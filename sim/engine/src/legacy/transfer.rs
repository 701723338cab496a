//! Attempts: requests, bytes, files.
//!
//! One timer stands for the next point at which something happens; how far the bytes have come is
//! worked out when somebody needs to know ([`Legacy::settle_bytes`]).

use super::apply::Cause;
use super::job::{File, Incident, Job, Phase};
use super::{Hook, Legacy};
use crate::env::Env;
use crate::link::{self, Flow, Stop, Stopped, Wanted};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::hresult::Class;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::trace::{FileChange, FileEvent, Payload};
use bitsim_vocab::world::Part;
use bitsim_vocab::{FileId, Happened, Hresult, JobId, Span};

impl Legacy {
    pub(super) fn emit_file(
        &mut self,
        out: &mut Outside<'_>,
        job: JobId,
        file: FileId,
        what: FileChange,
    ) {
        self.env.emit(out, Happened::File(Box::new(FileEvent { job, file, what })));
    }

    /// An attempt begins; what forbids the job ends it before a request goes out.
    pub(super) fn begin(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job_mut(id);
        job.attempts += 1;
        let number = job.attempts;
        self.env.emit(out, Happened::AttemptBegan { job: id, number });
        match self.forbidden(self.job(id)) {
            Some((row, incident)) => self.deliver(out, id, &Cause::incident(row, incident)),
            None => self.open(out, id),
        }
    }

    /// A request for the next file goes out; its answer arrives one way there and one way back
    /// later. Without a file to ask for, the job is done.
    fn open(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let Some(file) = job.current() else {
            self.deliver(out, id, &Cause::event(Row::LastByteReceived));
            return;
        };
        let job = self.job_mut(id);
        job.phase = Phase::Opening { known: None };
        let asks = &mut job.files[file.index()];
        asks.asked = (asks.server, asks.remote.clone());
        let (held, server) = (asks.done, asks.server);
        self.env.emit(out, Happened::Requested { job: id, file, held });
        let due = link::answer_due(&self.env, out, server);
        self.jobs.set(id, Due::Flow, due);
    }

    /// The next point of a transfer has come.
    pub(super) fn flow_fired(&mut self, out: &mut Outside<'_>, id: JobId) {
        match self.job(id).phase {
            Phase::Idle => {}
            Phase::Opening { known: Some(incident) } => self.fail(out, id, incident),
            Phase::Opening { known: None } => self.answered(out, id),
            Phase::Moving(flow) => self.flow_stops(out, id, flow),
        }
    }

    /// A request is answered, well or badly.
    fn answered(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Some(index) = self.job(id).current() else { return };
        match self.ask(id, index) {
            Err((incident, after)) => self.fail_after(out, id, incident, after),
            Ok(()) => {
                self.look_at_source(out, id, index);
                self.start_flow(id);
            }
        }
    }

    /// What the server and the local disk make of a request.
    fn ask(&mut self, id: JobId, index: FileId) -> Result<(), (Incident, Span)> {
        let Some(file) = self.jobs.at(id).files.get(index.index()) else { return Ok(()) };
        let failure = |code, class| Incident::failure(code, class, Some(index));
        let at_once = |code| Err((failure(code, None), Span::ZERO));
        let (server, remote) = &file.asked;
        let Some(server) = *server else {
            return at_once(Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED);
        };
        if let Some(refusal) = self.env.servers.request(server, remote, Part::Payload) {
            return Err((failure(refusal.code, refusal.class), refusal.after));
        }
        match trouble(&self.env, file) {
            Some(code) => at_once(code),
            None => Ok(()),
        }
    }

    /// The answer tells size and time stamp, and whether the server can send the rest of a file.
    fn look_at_source(&mut self, out: &mut Outside<'_>, id: JobId, index: FileId) {
        let file = &self.job(id).files[index.index()];
        let Some(offered) = self.env.servers.offered(&file.asked.1) else { return };
        let (share, version) = (file.share_of(offered.size), offered.version);
        let changed = file.done > 0 && (file.version != version || file.size != share);
        let whole = file.done > 0 && !sends_ranges(&self.env, file);
        let sized = share.filter(|share| file.size != Some(*share));
        if changed {
            self.emit_file(out, id, index, FileChange::SourceChanged);
        }
        if changed || whole {
            self.restart_file(out, id, index);
        }
        let file = &mut self.jobs.at_mut(id).files[index.index()];
        file.version = version;
        file.size = share;
        if file.done == 0 {
            file.volume = self.env.disk.volume_generation(&file.local);
        }
        if let Some(size) = sized {
            self.emit_file(out, id, index, FileChange::Sized(size));
        }
    }

    fn restart_file(&mut self, out: &mut Outside<'_>, id: JobId, index: FileId) {
        let file = &mut self.job_mut(id).files[index.index()];
        let dropped = std::mem::take(&mut file.done);
        let local = file.local.clone();
        self.env.disk.use_space(&local, 0, dropped);
        self.emit_file(out, id, index, FileChange::Restarted);
    }

    /// Sets bytes in motion, up to the end of the file or to whatever stops them before.
    fn start_flow(&mut self, id: JobId) {
        let Some(wanted) = wanted(&self.env, self.job(id)) else { return };
        let (flow, due) = Flow::begin(&self.env, &wanted);
        self.job_mut(id).phase = Phase::Moving(flow);
        match due {
            Some(due) => self.jobs.set(id, Due::Flow, due),
            None => {
                self.jobs.stop(id, Due::Flow);
            }
        }
    }

    /// The space for the bytes of a job may have changed.
    pub(super) fn change_flow(&mut self, id: JobId) {
        if let Phase::Moving(flow) = self.job(id).phase
            && flow.stop != Stop::Fault
        {
            self.start_flow(id);
        }
    }

    /// Works out how far the bytes of a job have come, and says so if they moved.
    pub(super) fn settle_bytes(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Phase::Moving(flow) = self.job(id).phase else { return };
        let done = flow.done_at(self.env.now);
        let job = self.jobs.at_mut(id);
        let Some(index) = job.current() else { return };
        let file = &mut job.files[index.index()];
        let before = std::mem::replace(&mut file.done, done);
        if done == before {
            return;
        }
        job.advanced = done > file.highest;
        file.highest = file.highest.max(done);
        file.temporary = true;
        self.env.disk.use_space(&file.local, done.saturating_sub(before), 0);
        let of = Payload::File;
        self.env.emit(out, Happened::Bytes { job: id, file: index, of, done });
        let cause = Cause::event(Row::BytesReceived);
        if let Some(case) = self.decide(id, &cause) {
            self.apply(out, id, &case, &cause);
        }
    }

    /// The flow of bytes has come to the point at which it stops.
    fn flow_stops(&mut self, out: &mut Outside<'_>, id: JobId, flow: Flow) {
        self.settle_bytes(out, id);
        let job = self.jobs.at(id);
        let (Some(index), Some(wanted)) = (job.current(), wanted(&self.env, job)) else { return };
        let refusal = match flow.stopped(&mut self.env, &wanted) {
            Stopped::Arrived => return self.file_done(out, id, index),
            Stopped::Full => return self.fail_locally(out, id, Hresult::ERROR_DISK_FULL),
            Stopped::Not => return self.start_flow(id),
            Stopped::Refused(refusal) => refusal,
        };
        let code = refusal.code;
        let incident = Incident::failure(code, refusal.class, Some(index));
        self.fail_after(out, id, incident, refusal.after);
    }

    /// A server began to misbehave while bytes of the job were moving: the next request shows it.
    pub(super) fn meet_fault(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Phase::Moving(_) = self.job(id).phase else { return };
        self.settle_bytes(out, id);
        let job = self.job(id);
        let Some(file) = job.current().and_then(|index| job.files.get(index.index())) else {
            return;
        };
        let (Some(server), remote) = (file.asked.0, &file.asked.1) else { return };
        if !self.env.servers.misbehaves(server, remote, Part::Payload) {
            self.start_flow(id);
            return;
        }
        let due = self.env.now + self.env.latency(out, Some(server));
        if self.jobs.due(id, Due::Flow).is_some_and(|end| end <= due) {
            return;
        }
        if let Phase::Moving(flow) = &mut self.job_mut(id).phase {
            flow.stop = Stop::Fault;
        }
        self.jobs.set(id, Due::Flow, due);
    }

    /// A file is complete; the next one begins, or the job is done.
    fn file_done(&mut self, out: &mut Outside<'_>, id: JobId, index: FileId) {
        let job = self.job_mut(id);
        job.phase = Phase::Idle;
        let file = &mut job.files[index.index()];
        file.finished = true;
        file.temporary = true;
        self.emit_file(out, id, index, FileChange::Finished);
        match self.hook {
            Some(Hook::FilesAppearEarly) => {
                let owner = self.job(id).owner;
                self.job_mut(id).files[index.index()].renamed = true;
                self.emit_file(out, id, index, FileChange::Renamed { owner });
            }
            Some(Hook::FirstFileEndsTheJob) => {
                return self.deliver(out, id, &Cause::event(Row::LastByteReceived));
            }
            _ => {}
        }
        self.open(out, id);
    }

    /// The attempt fails once the client knows; a timeout makes it wait.
    fn fail_after(&mut self, out: &mut Outside<'_>, id: JobId, incident: Incident, after: Span) {
        if after == Span::ZERO {
            self.fail(out, id, incident);
            return;
        }
        self.job_mut(id).phase = Phase::Opening { known: Some(incident) };
        let due = self.env.now + after;
        self.jobs.set(id, Due::Flow, due);
    }

    /// The local file, or its volume, fails the attempt.
    pub(super) fn fail_locally(&mut self, out: &mut Outside<'_>, id: JobId, code: Hresult) {
        let incident = Incident::failure(code, None, self.job(id).current());
        self.fail(out, id, incident);
    }

    /// The attempt fails.
    fn fail(&mut self, out: &mut Outside<'_>, id: JobId, incident: Incident) {
        let fatal = incident.class == Class::Fatal;
        let row = if fatal { Row::FatalFailure } else { Row::TransientFailure };
        self.deliver(out, id, &Cause::incident(row, incident));
    }
}

/// What keeps a file from being fetched although the server answers.
fn trouble(env: &Env, file: &File) -> Option<Hresult> {
    let Some(offered) = env.servers.offered(&file.asked.1) else {
        return Some(Hresult::http(404));
    };
    if env.disk.is_locked(&file.local) {
        return Some(Hresult::E_ACCESSDENIED);
    }
    // With the volume the temporary file is gone, and what it held.
    if file.done > 0 && env.disk.volume_generation(&file.local) != file.volume {
        return Some(Hresult::ERROR_FILE_NOT_FOUND);
    }
    let server = file.asked.0.and_then(|id| env.setup.servers.get(id.index()))?;
    if !file.ranges.is_empty() && !server.ranges {
        return Some(Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT);
    }
    if !server.content_length {
        let partial = !file.ranges.is_empty() || (file.done > 0 && server.ranges);
        let code = if partial {
            Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_206
        } else {
            Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_200
        };
        return Some(code);
    }
    file.share_of(offered.size).is_none().then_some(Hresult::DO_E_INVALID_RANGE)
}

/// True if the server of a file answers requests for a part of it.
fn sends_ranges(env: &Env, file: &File) -> bool {
    let server = file.asked.0.and_then(|id| env.setup.servers.get(id.index()));
    server.is_some_and(|server| server.ranges)
}

/// What the file in hand has to move.
fn wanted<'a>(env: &Env, job: &'a Job) -> Option<Wanted<'a>> {
    let file = job.files.get(job.current()?.index())?;
    Some(Wanted {
        server: file.asked.0,
        url: &file.asked.1,
        part: Part::Payload,
        onto: Some(file.local.as_str()),
        held: file.done,
        size: file.size.unwrap_or(0),
        rate: link::bandwidth(env, file.asked.0),
    })
}
