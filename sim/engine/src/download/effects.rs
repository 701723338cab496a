//! What each effect of the transition table does.

use super::apply::Cause;
use super::record::{Output, Phase};
use super::table::Effect;
use super::{Downloads, Hook};
use crate::disk::Stored;
use crate::outside::Outside;
use crate::servers::host_of;
use crate::timers::Due;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Row, Value};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{AttemptOutcome, FileChange, FileEvent};
use bitsim_vocab::world::Defect;
use bitsim_vocab::{FileId, Happened, Hresult, JobId};

impl Downloads {
    /// Does one effect.
    pub(super) fn perform(
        &mut self,
        out: &mut Outside<'_>,
        id: JobId,
        effect: Effect,
        cause: &Cause<'_>,
    ) {
        match effect {
            Effect::MakeOutput => self.make_output(out, id),
            Effect::DeleteOutput => self.delete_output(out, id),
            Effect::Rename => self.rename_output(out, id),
            Effect::TakeRanges => self.take_ranges(out, id, cause),
            Effect::Spoil => self.restart_file(out, id),
            Effect::Begin => self.begin(out, id, cause.row),
            Effect::WaitToRetry => self.wait_to_retry(out, id, cause),
            Effect::Advance => self.advance(id),
            Effect::Store => self.store(out, id, cause),
            Effect::NewUri => self.new_uri(id, cause),
            Effect::FallBack => self.fall_back(out, id, cause),
            // The callback of another client outlives the one that made the download.
            Effect::LoseCallback => {
                let callback = self.download(id).callback;
                if cause.by.is_none() || callback == cause.by {
                    self.lose_callback(id);
                }
            }
            Effect::Forget => {
                if self.is_agent() {
                    self.keep_last_letter(id);
                    self.env.emit(out, Happened::LeftQueue { job: id });
                }
            }
            Effect::Vanish => self.vanish(out, id),
            Effect::EndProcess => self.end_process(out, cause),
            // These are part of the standing, or of the answer to EnumDownloads.
            Effect::TellFailure | Effect::TellBlock | Effect::Clear | Effect::List => {}
        }
    }

    pub(super) fn emit_file(&mut self, out: &mut Outside<'_>, job: JobId, what: FileChange) {
        let event = FileEvent { job, file: FileId(0), what };
        self.env.emit(out, Happened::File(Box::new(event)));
    }

    fn make_output(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Some(path) = self.download(id).path().map(str::to_owned) else { return };
        self.download_mut(id).output = Output::Made;
        if self.is_agent() {
            self.env.disk.put(&path, Stored { size: 0, version: 1 });
        }
        self.emit_file(out, id, FileChange::OutputMade);
    }

    /// Deletes what the download made. A file that somebody else put in its place is left alone,
    /// unless the defect is asked for.
    fn delete_output(&mut self, out: &mut Outside<'_>, id: JobId) {
        let download = self.download(id);
        let Some(path) = download.path().map(str::to_owned) else { return };
        let (output, done) = (download.output, download.done);
        let foreign = output == Output::Lost
            && self.has_defect(Defect::AbortDeletesForeignFile)
            && self.env.disk.file(&path).is_some();
        if output != Output::Made && !foreign {
            return;
        }
        if self.is_agent() {
            self.env.disk.remove(&path);
        }
        if output == Output::Made {
            self.env.disk.use_space(&path, 0, done);
        }
        self.download_mut(id).output = Output::None;
        self.emit_file(out, id, FileChange::OutputDeleted);
    }

    /// On Windows the file appears under its own name only now; the agent has written there from
    /// the beginning.
    fn rename_output(&mut self, out: &mut Outside<'_>, id: JobId) {
        let download = self.download(id);
        let (size, version, owner) = (download.done, download.version, download.owner);
        let Some(path) = download.path().map(str::to_owned) else { return };
        if self.is_agent() || download.output != Output::Made {
            return;
        }
        self.env.disk.put(&path, Stored { size, version });
        self.download_mut(id).output = Output::None;
        self.emit_file(out, id, FileChange::Renamed { owner });
    }

    fn take_ranges(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let download = self.download_mut(id);
        let Some(DownloadCall::Start(Some(ranges))) = cause.call else {
            download.ranges.get_or_insert_default();
            return;
        };
        let others = download.ranges.as_ref().is_some_and(|earlier| earlier != ranges);
        download.ranges = Some(ranges.clone());
        if others {
            // What is told for a while yet has the counters of its time.
            self.hide(id);
            self.restart_file(out, id);
        }
    }

    /// What was fetched does not count any more.
    fn restart_file(&mut self, out: &mut Outside<'_>, id: JobId) {
        let download = self.download_mut(id);
        let dropped = std::mem::take(&mut download.done);
        download.total = 0;
        download.goal = 0;
        download.damaged = false;
        download.finished = false;
        if let Some(path) = download.path().map(str::to_owned) {
            self.env.disk.use_space(&path, 0, dropped);
        }
        if dropped > 0 {
            self.emit_file(out, id, FileChange::Restarted);
        }
    }

    /// Bytes came.
    fn advance(&mut self, id: JobId) {
        let now = self.env.now;
        let shortens = !self.is_agent() || self.is_sabotaged(Hook::BytesShortenTheWaits);
        let download = self.download_mut(id);
        download.window_from = now;
        download.fresh = true;
        // The waits of the agent do not get shorter again (DOD-RETRY-007).
        if shortens {
            download.waits = 0;
        }
    }

    fn wait_to_retry(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let code = cause.incident.map_or(Hresult::S_OK, |incident| incident.code);
        let delays = &self.env.setup.delivery.retry_delays;
        let grow = !self.is_sabotaged(Hook::WaitsNeverGrow);
        let waits = if grow { self.download(id).waits } else { 0 };
        let delay = delays.get(waits).or(delays.last()).copied().unwrap_or_default();
        let due = self.env.now + delay;
        let download = self.download_mut(id);
        download.waits += 1;
        download.last_failure = code;
        self.set_timer(out, id, Due::Retry, due);
        // A window that ends while the download is Paused shows with the next attempt.
        if self.download(id).standing.state == DownloadState::Transferring {
            self.open_window(out, id);
        }
    }

    /// Stores the property of a setter.
    fn store(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let Some(DownloadCall::SetProperty(number, value)) = cause.call else { return };
        let Some(property) = DownloadProperty::from_value(*number) else { return };
        let profile = self.profile();
        let Ok(value) = super::properties::accept(property, value, profile) else { return };
        if property == DownloadProperty::CallbackInterface {
            let callback = cause.by.filter(|_| value == Value::Object);
            self.register(id, callback);
        }
        self.download_mut(id).set(property, value);
        match property {
            DownloadProperty::NoProgressTimeoutSeconds | DownloadProperty::ForegroundPriority
                if self.downloads.due(id, Due::NoProgress).is_some() =>
            {
                self.open_window(out, id);
            }
            _ => {}
        }
        self.change_rate(id);
        self.policy_changed(out, id);
    }

    /// Another Uri makes what counts failures start anew; the same one again changes nothing
    /// (DOD-RETRY-008).
    fn new_uri(&mut self, id: JobId, cause: &Cause<'_>) {
        let now = self.env.now;
        let download = self.download_mut(id);
        if let Some(DownloadCall::SetProperty(_, Value::Text(uri))) = cause.call
            && download.uri() != uri
        {
            download.waits = 0;
            download.empty_checks = 0;
            download.at_origin = false;
            download.window_from = now;
            if download.resting_since.is_some() {
                download.resting_since = Some(now);
            }
        }
    }

    /// The service forgets the download; what it wrote stays with the agent and goes with Windows.
    pub(super) fn vanish(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.stop_all(out, id);
        self.stop_attempt(id);
        let agent = self.is_agent();
        let download = self.download_mut(id);
        download.gone = true;
        let (output, done) = (download.output, download.done);
        if let Some(path) = download.path().map(str::to_owned)
            && output == Output::Made
            && !agent
        {
            self.env.disk.use_space(&path, 0, done);
        }
        self.env.emit(out, Happened::LeftQueue { job: id });
    }

    /// The agent's process ends.
    fn end_process(&mut self, out: &mut Outside<'_>, cause: &Cause<'_>) {
        for id in self.ids() {
            let download = self.download(id);
            if download.gone || download.standing.state.is_final() {
                continue;
            }
            self.settle_bytes(out, id);
            if self.download(id).phase != Phase::Idle {
                let outcome = AttemptOutcome::Halted { by: cause.row };
                self.env.emit(out, Happened::AttemptEnded { job: id, outcome });
            }
            self.lose_callback(id);
            self.vanish(out, id);
        }
    }

    /// The cache host failed: the origin is asked at once (DOD-MODE-003). A host that cannot be
    /// reached is left alone for a while, one that answers 4xx for this origin (DOD-MODE-004).
    fn fall_back(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let unreachable = matches!(
            cause.incident.map(|incident| incident.code),
            Some(
                Hresult::ERROR_WINHTTP_TIMEOUT
                    | Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED
                    | Hresult::ERROR_WINHTTP_CANNOT_CONNECT
            )
        );
        let refuses = cause.incident.is_some_and(|incident| incident.class == Class::Fatal);
        if unreachable || refuses {
            let origin = host_of(self.download(id).uri()).to_ascii_lowercase();
            let now = self.env.now;
            self.cache_bans.retain(|(_, until)| *until > now);
            self.cache_bans.push(((!unreachable).then_some(origin), now + super::CACHE_BAN));
        }
        let download = self.download_mut(id);
        download.at_origin = true;
        download.waits = 0;
        self.request(out, id);
    }

    /// True while the cache host is left alone for this URL.
    pub(super) fn is_cache_banned_for(&self, uri: &str) -> bool {
        let host = host_of(uri);
        self.cache_bans.iter().any(|(origin, until)| {
            let same = origin.as_ref().is_none_or(|origin| origin.eq_ignore_ascii_case(host));
            same && self.env.now < *until
        })
    }

    /// An attempt begins, unless something forbids it. A start is a fresh beginning; a release from
    /// a block goes on where the block began.
    fn begin(&mut self, out: &mut Outside<'_>, id: JobId, row: Row) {
        let now = self.env.now;
        let agent = self.is_agent();
        let forgets = self.is_sabotaged(Hook::StartForgetsTheCount);
        let anew = self.is_sabotaged(Hook::ResumeBeginsAnew);
        let download = self.download_mut(id);
        let rested = download.resting_since.take().map(|since| now.since(since));
        match row {
            Row::StartWhole | Row::StartRanges | Row::StartNull => {
                download.window_from = now;
                download.last_failure = Hresult::S_OK;
                if forgets {
                    download.empty_checks = 0;
                }
                if anew {
                    download.done = 0;
                }
                if !agent {
                    download.waits = 0;
                }
            }
            Row::NetworkRestored | Row::BlockEnds => {
                download.window_from = download.window_from + rested.unwrap_or_default();
                download.at_origin = false;
            }
            _ => {}
        }
        self.begin_attempt(out, id, row);
    }
}
