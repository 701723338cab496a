//! What the judge knows of downloads, rebuilt from the trace alone. Brought up to date after the
//! rules have seen an event.

pub mod latest;
mod one;

pub use one::{DownloadView, starts};

use bitsim_vocab::call::{Call, Reply};
use bitsim_vocab::download::{CostPolicy, DownloadProperty, DownloadState, Value};
use bitsim_vocab::trace::{Event, FileChange, Happened};
use bitsim_vocab::world::{Block, Disturbance, NetworkCondition, PathOperation, Server, Setup};
use bitsim_vocab::{ClientId, JobId, NoteId, Profile, SimTime, Span, UserId};
use latest::LatestCall;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The world as the trace of a run with downloads tells it.
#[derive(Debug, Clone)]
pub struct Downloads {
    /// The world at the start.
    pub setup: Arc<Setup>,
    /// The time of the latest event.
    pub now: SimTime,
    /// Every download, by [`JobId`].
    pub downloads: Vec<DownloadView>,
    /// True while there is a network connection.
    pub network: bool,
    /// Since when `network` has been as it is.
    pub network_since: SimTime,
    /// Blocks in force.
    pub blocks: Vec<Block>,
    /// What the network is like.
    pub conditions: Vec<NetworkCondition>,
    /// When blocks or conditions last changed.
    pub policy_since: SimTime,
    /// Which clients run.
    pub running: Vec<bool>,
    /// Whether the service takes calls; `None` if the trace does not tell.
    pub service: Option<bool>,
    /// How many times the service started again.
    pub restarts: u32,
    /// Local files that certainly exist, in lower case.
    pub local_files: BTreeSet<String>,
    /// Operations on paths that fail.
    pub denied: Vec<(String, PathOperation)>,
    /// True once a fault of a server has begun.
    pub faulty: bool,
    /// True once a fault gave an error a class that is not the one of its code.
    pub classes_pinned: bool,
    /// Sizes of remote files that changed, by URL.
    pub remote_sizes: BTreeMap<String, u64>,
    /// Deliveries that have begun and not ended.
    pub outstanding: BTreeMap<NoteId, JobId>,
    /// The latest call on a download, as long as what follows may be an effect of it.
    pub latest_call: Option<LatestCall>,
}

impl Downloads {
    /// The view of the world before anything happened.
    #[must_use]
    pub fn new(setup: &Arc<Setup>) -> Self {
        Self {
            now: SimTime::ZERO,
            downloads: Vec::new(),
            network: setup.network,
            network_since: SimTime::ZERO,
            blocks: Vec::new(),
            conditions: Vec::new(),
            policy_since: SimTime::ZERO,
            running: setup.clients.iter().map(|client| client.running).collect(),
            service: Some(true),
            restarts: 0,
            local_files: setup
                .local_files
                .iter()
                .map(|file| file.path.to_ascii_lowercase())
                .collect(),
            denied: Vec::new(),
            faulty: false,
            classes_pinned: false,
            remote_sizes: BTreeMap::new(),
            outstanding: BTreeMap::new(),
            latest_call: None,
            setup: Arc::clone(setup),
        }
    }

    /// The download, if it exists.
    #[must_use]
    pub fn download(&self, job: JobId) -> Option<&DownloadView> {
        self.downloads.get(job.index())
    }

    /// True for the open-source agent.
    #[must_use]
    pub fn is_agent(&self) -> bool {
        self.setup.target.profile == Profile::Agent
    }

    /// The user in whose name a client runs.
    #[must_use]
    pub fn user_of(&self, client: ClientId) -> Option<UserId> {
        self.setup.clients.get(client.index()).map(|client| client.user)
    }

    /// True if the client runs.
    #[must_use]
    pub fn runs(&self, client: ClientId) -> bool {
        self.running.get(client.index()).copied().unwrap_or(false)
    }

    /// True if the client is certainly answered when it calls a method of the download: it runs,
    /// its user owns the download, and the service takes calls and knows the download.
    #[must_use]
    pub fn admits(&self, by: ClientId, download: &DownloadView) -> bool {
        self.reaches(by, download) && !self.forgotten(download)
    }

    /// The same, whether or not the service still knows the download.
    #[must_use]
    pub fn reaches(&self, by: ClientId, download: &DownloadView) -> bool {
        self.runs(by) && self.service == Some(true) && self.user_of(by) == Some(download.owner)
    }

    /// True if the service does not know the download any more: it left, or the agent saw it end.
    #[must_use]
    pub fn forgotten(&self, download: &DownloadView) -> bool {
        download.gone || self.is_agent() && download.standing.state.is_final()
    }

    /// The server that the download asks, by the host in its Uri.
    #[must_use]
    pub fn server_of(&self, download: &DownloadView) -> Option<&Server> {
        let uri = download.text(DownloadProperty::Uri)?;
        let (_, rest) = uri.split_once("://")?;
        let host = rest.split(['/', ':', '?']).next()?;
        self.setup.servers.iter().find(|server| server.name.eq_ignore_ascii_case(host))
    }

    /// The size of what the download asks for, if the trace tells: the whole resource, or the sum
    /// of the ranges. `None` too if a range reaches beyond the end.
    #[must_use]
    pub fn requested(&self, download: &DownloadView) -> Option<u64> {
        self.sum_of(download, download.ranges.as_deref().unwrap_or(&[]))
    }

    /// The same for these ranges; none are the whole resource.
    #[must_use]
    pub fn sum_of(&self, download: &DownloadView, ranges: &[(u64, u64)]) -> Option<u64> {
        let size = download.text(DownloadProperty::Uri).and_then(|uri| {
            let mut files = self.setup.servers.iter().flat_map(|server| &server.files);
            let at_start = files.find(|file| file.url == uri).map(|file| file.size);
            self.remote_sizes.get(uri).copied().or(at_start)
        });
        if ranges.is_empty() {
            return size;
        }
        let mut sum = 0_u64;
        for &(offset, length) in ranges {
            let known = if length == u64::MAX { size?.checked_sub(offset)? } else { length };
            if size.is_some_and(|size| offset.saturating_add(known) > size) {
                return None;
            }
            sum = sum.checked_add(known)?;
        }
        Some(sum)
    }

    /// How long a status may go on being told after it changed.
    #[must_use]
    pub fn visible_after(&self) -> Span {
        if self.is_agent() { Span::ZERO } else { self.setup.delivery.visible_after }
    }

    /// True if the policy of the download certainly forbids the network as it is (DOD-COST-003).
    #[must_use]
    pub fn forbidden(&self, download: &DownloadView) -> bool {
        use NetworkCondition as N;
        let is = |wanted: &[N]| self.conditions.iter().any(|condition| wanted.contains(condition));
        let by_policy = match download.cost_policy() {
            Some(CostPolicy::Unrestricted) => is(&[N::Metered, N::NearDataLimit, N::OverDataLimit]),
            Some(CostPolicy::Standard) => is(&[N::NearDataLimit, N::OverDataLimit]),
            Some(CostPolicy::NoRoaming) => is(&[N::Roaming]),
            Some(CostPolicy::NoSurcharge) => is(&[N::OverDataLimit]),
            Some(CostPolicy::NoCellular) => is(&[N::Cellular]),
            Some(CostPolicy::Always) | None => false,
        };
        by_policy || download.flag(DownloadProperty::DisallowOnCellular) && is(&[N::Cellular])
    }

    /// True if nothing can forbid the download to run, by any reading of the policies.
    #[must_use]
    pub fn is_free(&self, download: &DownloadView) -> bool {
        let indifferent = download.cost_policy() == Some(CostPolicy::Always)
            && !download.flag(DownloadProperty::DisallowOnCellular);
        self.network && self.blocks.is_empty() && (self.conditions.is_empty() || indifferent)
    }

    /// The no-progress timeout in force and whether the client set it.
    #[must_use]
    pub fn no_progress(&self, download: &DownloadView) -> (Span, bool) {
        let delivery = &self.setup.delivery;
        match download.number(DownloadProperty::NoProgressTimeoutSeconds) {
            Some(secs) => (Span::secs(secs), true),
            None if download.flag(DownloadProperty::ForegroundPriority) => {
                (delivery.no_progress_foreground, false)
            }
            None => (delivery.no_progress_background, false),
        }
    }

    /// True if a file certainly exists at the path.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.local_files.contains(&path.to_ascii_lowercase())
    }

    /// Takes in an event.
    pub fn take_in(&mut self, event: &Event) {
        self.now = event.at;
        self.follow_call(event);
        match &event.what {
            Happened::Env(what) => self.take_in_env(event.at, what),
            Happened::DownloadCreated(created) => {
                self.downloads.push(DownloadView::new(created, event.at));
            }
            Happened::Called(called) => {
                if let Call::Download(job, call) = &called.call
                    && called.hr.succeeded()
                    && let Some(download) = self.downloads.get_mut(job.index())
                {
                    download.take_in_call(called.by, call);
                }
            }
            Happened::NoteBegan(note) => {
                self.outstanding.insert(note.note, note.job);
            }
            Happened::NoteEnded { note, .. } => {
                self.outstanding.remove(note);
            }
            other => {
                let Some(job) = other.job() else { return };
                let ranges = self.latest_call.as_ref().filter(|call| call.job == job);
                let ranges = ranges.and_then(LatestCall::ranges);
                let keep = self.visible_after();
                let agent = self.is_agent();
                let Some(download) = self.downloads.get_mut(job.index()) else { return };
                download.take_in(event, ranges, keep);
                if let (true, Happened::File(file), Some(path)) =
                    (agent, other, download.text(DownloadProperty::LocalPath))
                {
                    let path = path.to_ascii_lowercase();
                    match file.what {
                        FileChange::OutputMade => {
                            self.local_files.insert(path);
                        }
                        FileChange::OutputDeleted | FileChange::Renamed { .. } => {
                            self.local_files.remove(&path);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn take_in_env(&mut self, at: SimTime, what: &Disturbance) {
        match what {
            Disturbance::NetworkLost => self.set_network(false, at),
            Disturbance::NetworkRegained => self.set_network(true, at),
            Disturbance::BlockBegins(block) => {
                self.blocks.push(*block);
                self.policy_since = at;
            }
            Disturbance::BlockEnds(block) => {
                self.blocks.retain(|other| other != block);
                self.policy_since = at;
            }
            Disturbance::NetworkConditions(conditions) => {
                self.conditions.clone_from(conditions);
                self.policy_since = at;
            }
            Disturbance::ServiceStops => self.service = Some(false),
            Disturbance::ServiceStarts => self.service = Some(true),
            Disturbance::ClientStarts(client) => self.set_running(*client, true),
            Disturbance::ClientExits(client) => {
                self.set_running(*client, false);
                for download in &mut self.downloads {
                    if download.callback == Some(*client) {
                        download.callback = None;
                    }
                }
            }
            Disturbance::LocalFileDeleted(path) => {
                let there = self.local_files.remove(&path.to_ascii_lowercase());
                // On Windows a download writes elsewhere until it is finalized: a file that lies
                // under the name is somebody else's.
                if there && !self.is_agent() {
                    return;
                }
                for download in &mut self.downloads {
                    download.lose_output(path);
                }
            }
            Disturbance::LocalFileChanges { path, .. } => {
                self.local_files.insert(path.to_ascii_lowercase());
            }
            Disturbance::PathDenied(path, operation) => {
                self.denied.push((path.clone(), *operation));
            }
            Disturbance::PathAllowed(path, operation) => {
                self.denied.retain(|(other, denied)| other != path || denied != operation);
            }
            // A volume that takes nothing stands in the way of every file on it.
            Disturbance::VolumeLocked(root) => {
                self.denied.push((root.clone(), PathOperation::Write));
            }
            Disturbance::VolumeUnlocked(root) => {
                self.denied.retain(|(other, _)| other != root);
            }
            Disturbance::VolumeChanged(root) => {
                let there = |path: &str| {
                    path.get(..root.len()).is_some_and(|on| on.eq_ignore_ascii_case(root))
                };
                self.local_files.retain(|path| !there(path));
                for download in &mut self.downloads {
                    let path = download.text(DownloadProperty::LocalPath).map(str::to_owned);
                    if let Some(path) = path.filter(|path| there(path)) {
                        download.lose_output(&path);
                    }
                }
            }
            Disturbance::FaultBegins(fault) => {
                self.faulty = true;
                self.classes_pinned |= fault.class.is_some();
            }
            Disturbance::RemoteFileChanges { url, size, .. } => {
                self.remote_sizes.insert(url.clone(), *size);
            }
            Disturbance::ServiceRestarts { .. } => self.restart(),
            Disturbance::ComputerRestarts => {
                self.restart();
                self.set_network(false, at);
                self.running.fill(false);
            }
            _ => {}
        }
    }

    fn set_network(&mut self, network: bool, at: SimTime) {
        self.network = network;
        self.network_since = at;
    }

    fn set_running(&mut self, client: ClientId, running: bool) {
        if let Some(slot) = self.running.get_mut(client.index()) {
            *slot = running;
        }
    }

    fn restart(&mut self) {
        self.restarts += 1;
        self.outstanding.clear();
        // A restart amid a stop leaves open whether the service takes calls afterwards.
        if self.service == Some(false) {
            self.service = None;
        }
        for download in &mut self.downloads {
            download.gone |= download.standing.state.is_final();
            download.callback = None;
        }
    }
}

/// The downloads that a reply lists.
#[must_use]
pub fn listed(reply: &Reply) -> &[JobId] {
    match reply {
        Reply::Jobs(jobs) => jobs,
        _ => &[],
    }
}

impl DownloadView {
    /// The text that a property was set to.
    #[must_use]
    pub fn text(&self, property: DownloadProperty) -> Option<&str> {
        match self.properties.get(&property) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number that a property was set to.
    #[must_use]
    pub fn number(&self, property: DownloadProperty) -> Option<u64> {
        match self.properties.get(&property) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// True if the property was set to TRUE.
    #[must_use]
    pub fn flag(&self, property: DownloadProperty) -> bool {
        matches!(self.properties.get(&property), Some(Value::Flag(true)))
    }

    /// The cost policy that was set.
    #[must_use]
    pub fn cost_policy(&self) -> Option<CostPolicy> {
        let number = self.number(DownloadProperty::CostPolicy)?;
        CostPolicy::ALL.iter().copied().find(|policy| u64::from(policy.value()) == number)
    }

    /// True if there is a place for the bytes.
    #[must_use]
    pub fn has_sink(&self) -> bool {
        self.text(DownloadProperty::LocalPath).is_some() || self.has_stream()
    }

    /// True if the bytes go to a stream.
    #[must_use]
    pub fn has_stream(&self) -> bool {
        self.properties.get(&DownloadProperty::StreamInterface) == Some(&Value::Object)
    }

    /// True in Transferring.
    #[must_use]
    pub fn is_transferring(&self) -> bool {
        self.standing.state == DownloadState::Transferring
    }
}
