//! Attempts: requests, answers, bytes.
//!
//! One timer stands for the next point at which something happens; how far the bytes have come is
//! worked out when somebody needs to know ([`Downloads::settle_bytes`]).

use super::apply::Cause;
use super::record::{Download, Incident, Output, Phase};
use super::rows::{EACCES, errno};
use super::{Downloads, Hook};
use crate::disk::Stored;
use crate::env::Env;
use crate::link::{self, Flow, Stop, Stopped, Wanted};
use crate::outside::Outside;
use crate::servers::Refusal;
use crate::timers::Due;
use bitsim_vocab::download::{DownloadProperty, DownloadState, Row};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{FileChange, Payload};
use bitsim_vocab::world::{Defect, Part};
use bitsim_vocab::{FileId, Happened, Hresult, JobId, ServerId, SimTime, Span};

/// The number by which the agent reports a body that was cut short.
const CUT_BODY: u32 = 18;
/// Below so many bytes a second a connection is slow to the agent (DOD-RETRY-015) ...
const SLOW: u64 = 4000;
/// ... and for so long it bears that.
const SLOW_FOR: Span = Span::secs(20);
/// It looks at the mean of some seconds: silence after a fast beginning lasts longer
/// (`agent-findings.md`).
const SILENT_FOR: Span = Span::secs(27);
/// How long the agent tries to connect to a cache host.
const CACHE_CONNECT: Span = Span::secs(3);

impl Downloads {
    /// An attempt begins, if nothing forbids it. Windows looks at the network first; the agent
    /// finds out by failing.
    pub(super) fn begin_attempt(&mut self, out: &mut Outside<'_>, id: JobId, row: Row) {
        let looks_first = self.env.setup.delivery.network_check.is_none();
        if looks_first && !self.env.network {
            let incident = Incident::of(Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
            return self.deliver(out, id, &Cause::incident(Row::NetworkLost, incident));
        }
        if let Some(code) = self.policy_against(id) {
            let cause = Cause::incident(Row::BlockBegins, Incident::of(code));
            return self.deliver(out, id, &cause);
        }
        let download = self.download_mut(id);
        download.expires = false;
        let started = matches!(row, Row::StartWhole | Row::StartRanges | Row::StartNull);
        if started && download.total > 0 && download.done == download.total {
            // The last byte was written while the download came to rest.
            return self.arrived(out, id);
        }
        download.attempts += 1;
        let number = download.attempts;
        self.env.emit(out, Happened::AttemptBegan { job: id, number });
        self.request(out, id);
        if self.downloads.due(id, Due::NoProgress).is_none() {
            self.open_window(out, id);
        }
        self.check_progress_later(out, id);
    }

    /// A request for what is missing goes out; its answer arrives one way there and one way back
    /// later.
    pub(super) fn request(&mut self, out: &mut Outside<'_>, id: JobId) {
        let cache = self.env.setup.delivery.cache_host.is_some();
        let banned = cache && self.is_cache_banned_for(self.download(id).uri());
        let download = self.download_mut(id);
        download.via_cache = cache && !banned && !download.at_origin;
        download.phase = Phase::Asked { known: None };
        let held = download.done;
        self.env.emit(out, Happened::Requested { job: id, file: FileId(0), held });
        self.await_answer(out, id);
    }

    fn await_answer(&mut self, out: &mut Outside<'_>, id: JobId) {
        let server = source(&self.env, self.download(id));
        let due = link::answer_due(&self.env, out, server);
        self.downloads.set(id, Due::Flow, due);
    }

    /// The next point of a transfer has come.
    pub(super) fn flow_fired(&mut self, out: &mut Outside<'_>, id: JobId) {
        match self.download(id).phase {
            Phase::Idle => {}
            Phase::Asked { known: Some(incident) } | Phase::Silent { known: incident } => {
                self.fail(out, id, incident);
            }
            Phase::Asked { known: None } => self.answered(out, id),
            Phase::Moving(flow) => self.flow_stops(out, id, flow),
            Phase::Stalled { .. } => {
                let timeout = self.of_server(Hresult::ERROR_WINHTTP_TIMEOUT, None);
                self.fail(out, id, timeout);
            }
        }
    }

    /// A failure that a server or the way to it is to blame for.
    fn of_server(&self, code: Hresult, class: Option<Class>) -> Incident {
        let code = match code.http_status() {
            Some(200..=299) if !self.is_agent() => Hresult::DO_E_UNEXPECTED_HTTP_STATUS_2XX,
            _ => code,
        };
        let class = class.unwrap_or_else(|| code.download_class(self.profile()));
        let code = match code.http_status() {
            Some(status) if self.is_agent() => Hresult::agent_http(status),
            _ => code,
        };
        Incident { code, class, remote: true }
    }

    /// A request is answered, well or badly.
    fn answered(&mut self, out: &mut Outside<'_>, id: JobId) {
        if !self.env.network {
            let incident = self.of_server(Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED, None);
            return self.fail(out, id, incident);
        }
        let download = self.download(id);
        let (uri, held) = (download.uri().to_owned(), download.done);
        let Some(server) = source(&self.env, download) else {
            let incident = self.of_server(Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED, None);
            return self.fail(out, id, incident);
        };
        if let Some(refusal) = self.env.servers.request(server, &uri, Part::Payload) {
            return self.refused(out, id, refusal, false);
        }
        match self.look(id, server, &uri) {
            Ok(size) => self.begin_moving(out, id, size, held),
            Err(incident) if incident.code == Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT => {
                let full = self.env.servers.offered(&uri).map_or(0, |offered| offered.size);
                if self.has_defect(Defect::AppendsFullAnswer) && held > 0 {
                    self.begin_moving(out, id, full, held.saturating_add(full));
                } else {
                    self.deliver(out, id, &Cause::incident(Row::RangeIgnored, incident));
                }
            }
            Err(incident) => self.fail(out, id, incident),
        }
    }

    /// What a good answer holds, or why it is of no use: bytes of the whole that was asked for.
    fn look(&mut self, id: JobId, server: ServerId, uri: &str) -> Result<u64, Incident> {
        let agent = self.is_agent();
        let download = self.download(id);
        if download.output == Output::Lost && !agent {
            return Err(Incident::fatal(Hresult::ERROR_FILE_NOT_FOUND));
        }
        if download.path().is_some_and(|path| self.env.disk.is_locked(path)) {
            return Err(Incident::fatal(self.cannot_write()));
        }
        let Some(offered) = self.env.servers.offered(uri) else {
            return Err(self.of_server(Hresult::http(404), None));
        };
        let (held, ranged) =
            (download.done, download.ranges.as_ref().is_some_and(|ranges| !ranges.is_empty()));
        let about = self.env.setup.servers.get(server.index());
        let (length, ranges) = about.map_or((true, true), |it| (it.content_length, it.ranges));
        let part = held > 0 || ranged;
        if part && !ranges {
            return Err(Incident::fatal(Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT));
        }
        if !length && !agent {
            return Err(Incident::fatal(if part {
                Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_206
            } else {
                Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_200
            }));
        }
        let asked = download.asked_of(offered.size).filter(|size| held == 0 || held < *size);
        let Some(size) = asked else {
            return Err(self.of_server(Hresult::http(416), None));
        };
        self.download_mut(id).version = offered.version;
        Ok(size)
    }

    /// A request, or an answer that is coming in, goes wrong; a timeout makes it wait.
    fn refused(&mut self, out: &mut Outside<'_>, id: JobId, refusal: Refusal, moved: bool) {
        let incident = self.of_server(refusal.code, refusal.class);
        let after = refusal.after.min(self.patience(id, moved));
        if after == Span::ZERO {
            self.fail(out, id, incident);
            return;
        }
        let known = incident;
        let asked = Phase::Asked { known: Some(known) };
        self.download_mut(id).phase = if moved { Phase::Silent { known } } else { asked };
        let due = self.env.now + after;
        self.downloads.set(id, Due::Flow, due);
    }

    /// The longest time that an attempt goes on without a sign of life.
    fn patience(&self, id: JobId, moved: bool) -> Span {
        let connect = self.env.setup.delivery.connect_timeout;
        match (self.is_agent(), moved, self.download(id).via_cache) {
            (true, true, _) => SILENT_FOR,
            (true, false, true) => connect.min(CACHE_CONNECT),
            _ => connect,
        }
    }

    /// How an output that cannot be written to is reported.
    pub(super) fn cannot_write(&self) -> Hresult {
        if self.is_agent() { errno(EACCES) } else { Hresult::E_ACCESSDENIED }
    }

    /// A good answer: its length becomes known, and data begins to move up to `goal` bytes.
    fn begin_moving(&mut self, out: &mut Outside<'_>, id: JobId, size: u64, goal: u64) {
        let download = self.download(id);
        let early = u64::from(self.is_sabotaged(Hook::LastByteIsLeftOut));
        let goal = goal.max(size).saturating_sub(early);
        let source = source(&self.env, download);
        let about = source.and_then(|server| self.env.setup.servers.get(server.index()));
        let told = about.is_none_or(|server| server.content_length);
        self.download_mut(id).damaging = None;
        self.meet_damage(id);
        let download = self.download(id);
        // The total follows every answer, also one that does not tell it: then it is unknown again.
        let total = if told { size } else { 0 };
        // An empty file has a size as well.
        let sized = download.total != total || told && size == 0;
        let download = self.download_mut(id);
        download.goal = goal;
        if sized {
            download.total = total;
            self.emit_file(out, id, FileChange::Sized(total));
        }
        self.start_flow(out, id);
        // Progress is counted from the first byte on.
        self.plan_show(id);
    }

    /// Sets bytes in motion, up to the goal or to whatever stops them before.
    fn start_flow(&mut self, out: &mut Outside<'_>, id: JobId) {
        let due = self.set_flow(id);
        let moves = matches!(self.download(id).phase, Phase::Moving(flow)
            if flow.limit > 0 && flow.rate > 0);
        match due {
            Some(due) => self.downloads.set(id, Due::Flow, due),
            None => {
                self.downloads.stop(id, Due::Flow);
            }
        }
        if moves {
            // New bytes come all the time: the window begins when they cease.
            self.stop_timer(out, id, Due::NoProgress);
        }
    }

    /// The flow that begins now, and when it stops.
    fn set_flow(&mut self, id: JobId) -> Option<SimTime> {
        let download = self.downloads.at(id);
        let wanted = wanted(&self.env, download);
        let (mut flow, mut due) = Flow::begin(&self.env, &wanted);
        let end = self.env.now + SLOW_FOR;
        let lasts = wanted.size > wanted.held && due.is_none_or(|due| due > end);
        if self.is_agent() && flow.rate < SLOW && lasts {
            flow.limit = flow.limit.min(flow.rate * SLOW_FOR.as_secs());
            flow.stop = Stop::Slow;
            due = Some(end);
        }
        self.downloads.at_mut(id).phase = Phase::Moving(flow);
        due
    }

    /// The rate of a download, or what stops it, may have changed.
    pub(super) fn change_rate(&mut self, id: JobId) {
        let Phase::Moving(flow) = self.download(id).phase else { return };
        if flow.stop == Stop::Fault {
            return;
        }
        // A connection that stays slow has begun to be so earlier.
        if flow.stop == Stop::Slow && wanted(&self.env, self.download(id)).rate < SLOW {
            self.plan_show(id);
            return;
        }
        match self.set_flow(id) {
            Some(due) => self.downloads.set(id, Due::Flow, due),
            None => {
                self.downloads.stop(id, Due::Flow);
            }
        }
        self.plan_show(id);
    }

    /// Works out how far the bytes of a download have come, and says so if they moved.
    pub(super) fn settle_bytes(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Phase::Moving(flow) = self.download(id).phase else { return };
        let done = flow.done_at(self.env.now);
        let download = self.downloads.at_mut(id);
        let before = std::mem::replace(&mut download.done, done);
        if done == before {
            return;
        }
        download.damaged |= download.damaging.is_some();
        let version = download.version;
        if let Some(path) = download.path().map(str::to_owned) {
            self.env.disk.use_space(&path, done.saturating_sub(before), 0);
            // A file that was deleted meanwhile does not come back.
            if self.is_agent() && self.env.disk.file(&path).is_some() {
                self.env.disk.put(&path, Stored { size: done, version });
            }
        }
        let (of, file) = (Payload::File, FileId(0));
        self.env.emit(out, Happened::Bytes { job: id, file, of, done });
        let cause = Cause::event(Row::BytesReceived);
        if let Some(case) = self.decide(id, &cause) {
            self.apply(out, id, &case, &cause);
        }
    }

    /// The flow of bytes has come to the point at which it stops.
    fn flow_stops(&mut self, out: &mut Outside<'_>, id: JobId, flow: Flow) {
        self.settle_bytes(out, id);
        let download = self.downloads.at(id);
        let wanted = wanted(&self.env, download);
        match flow.stopped(&mut self.env, &wanted) {
            Stopped::Arrived => self.arrived(out, id),
            Stopped::Full => {
                // The agent sees that less was written than it asked for.
                let full = if self.is_agent() {
                    Hresult::ERROR_BAD_LENGTH
                } else {
                    Hresult::ERROR_DISK_FULL
                };
                self.fail(out, id, Incident::fatal(full));
            }
            Stopped::Not => self.start_flow(out, id),
            Stopped::Refused(refusal) => {
                let broken = refusal.code == Hresult::ERROR_WINHTTP_CONNECTION_ERROR;
                let cut = broken && self.is_agent();
                let code = if cut { errno(CUT_BODY) } else { refusal.code };
                let class = refusal.class.or(broken.then_some(Class::Transient));
                self.refused(out, id, Refusal { code, class, ..refusal }, true);
            }
        }
    }

    /// What arrives from now on is damaged if the server sends such bytes.
    fn meet_damage(&mut self, id: JobId) {
        let download = self.downloads.at_mut(id);
        let Some(server) = source(&self.env, download) else { return };
        if download.damaging.is_none() {
            download.damaging = self.env.servers.corrupts(server, download.uri());
        }
    }

    /// A fault is over: if it damaged bytes, those that moved until now bear its mark.
    pub(super) fn damage_ends(&mut self, id: JobId, fault: u32) {
        let now = self.env.now;
        if self.download(id).damaging != Some(fault) {
            return;
        }
        let download = self.downloads.at_mut(id);
        download.damaging = None;
        if let Phase::Moving(flow) = download.phase {
            download.damaged |= flow.done_at(now) > download.done;
            self.meet_damage(id);
        }
    }

    /// A server began to misbehave while bytes were moving: the next packet shows it.
    pub(super) fn meet_fault(&mut self, out: &mut Outside<'_>, id: JobId) {
        if !matches!(self.download(id).phase, Phase::Moving(_)) {
            return;
        }
        self.settle_bytes(out, id);
        self.meet_damage(id);
        let download = self.download(id);
        let uri = download.uri().to_owned();
        let Some(server) = source(&self.env, download) else { return };
        if !self.env.servers.misbehaves(server, &uri, Part::Payload) {
            self.start_flow(out, id);
            return;
        }
        let due = self.env.now + self.env.latency(out, Some(server));
        if self.downloads.due(id, Due::Flow).is_some_and(|end| end <= due) {
            return;
        }
        if let Phase::Moving(flow) = &mut self.download_mut(id).phase {
            flow.stop = Stop::Fault;
        }
        self.downloads.set(id, Due::Flow, due);
    }

    /// Everything asked for is there; what is damaged shows only if it has to be checked.
    fn arrived(&mut self, out: &mut Outside<'_>, id: JobId) {
        let download = self.download(id);
        let checks = download.flag(DownloadProperty::IntegrityCheckMandatory)
            && !self.is_sabotaged(Hook::NothingIsChecked);
        if download.damaged && checks {
            let incident = Incident::fatal(Hresult::DO_E_BAD_PIECE_HASH);
            return self.deliver(out, id, &Cause::incident(Row::IntegrityFails, incident));
        }
        let told = std::mem::replace(&mut self.download_mut(id).finished, true);
        if !told {
            self.emit_file(out, id, FileChange::Finished);
        }
        self.deliver(out, id, &Cause::event(Row::AllReceived));
    }

    /// The attempt fails. Without a network that is the reason, whatever else there is; a cache
    /// host is given up before the download is.
    pub(super) fn fail(&mut self, out: &mut Outside<'_>, id: JobId, mut incident: Incident) {
        if !incident.remote && self.is_sabotaged(Hook::LocalFailuresAreRetried) {
            incident.class = Class::Transient;
        }
        let cause = if incident.remote && !self.env.network {
            let lost = Incident::of(Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
            Cause::incident(Row::NetworkLost, lost)
        } else if incident.class != Class::Fatal && self.download(id).expires {
            Cause::incident(Row::NoProgressElapsed, incident)
        } else if incident.remote && self.download(id).via_cache {
            Cause::incident(Row::CacheHostFails, incident)
        } else if incident.class == Class::Fatal {
            Cause::incident(Row::FatalFailure, incident)
        } else {
            Cause::incident(Row::RetryableFailure, incident)
        };
        self.deliver(out, id, &cause);
    }

    /// The network goes away under an attempt that notices only when nothing comes any more.
    pub(super) fn stall(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.settle_bytes(out, id);
        let wait = self.env.setup.delivery.connect_timeout;
        let download = self.download_mut(id);
        let moving = match download.phase {
            Phase::Moving(_) => true,
            Phase::Asked { known: None } => false,
            _ => return,
        };
        download.phase = Phase::Stalled { moving };
        let due = self.env.now + wait;
        self.downloads.set(id, Due::Flow, due);
        self.plan_show(id);
    }

    /// The network is back before the attempt noticed.
    pub(super) fn go_on(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Phase::Stalled { moving } = self.download(id).phase else { return };
        if moving {
            self.meet_damage(id);
            self.start_flow(out, id);
            self.plan_show(id);
        } else {
            self.download_mut(id).phase = Phase::Asked { known: None };
            self.await_answer(out, id);
        }
    }

    /// Every download with an attempt under way.
    pub(super) fn running(&self) -> Vec<JobId> {
        let runs = |id: &JobId| {
            let download = self.download(*id);
            !download.gone
                && download.standing.state == DownloadState::Transferring
                && download.phase != Phase::Idle
        };
        self.ids().filter(runs).collect()
    }
}

/// The server that the request under way went to.
fn source(env: &Env, download: &Download) -> Option<ServerId> {
    let cache = env.setup.delivery.cache_host.filter(|_| download.via_cache);
    cache.or_else(|| env.servers.find(download.uri()))
}

/// What is left to fetch.
fn wanted<'a>(env: &Env, download: &'a Download) -> Wanted<'a> {
    let server = source(env, download);
    Wanted {
        server,
        url: download.uri(),
        part: Part::Payload,
        onto: download.path(),
        held: download.done,
        size: download.goal,
        rate: rate(env, download, server),
    }
}

/// Bytes a second: what the server gives, for a background download at most what the policy allows
/// (0 leaves it to the service).
fn rate(env: &Env, download: &Download, server: Option<ServerId>) -> u64 {
    let rate = link::bandwidth(env, server);
    let foreground = download.flag(DownloadProperty::ForegroundPriority);
    match env.policies.bandwidth {
        Some(limit) if limit > 0 && !foreground => rate.min(limit),
        _ => rate,
    }
}
