//! What befalls the world, and which downloads it reaches.

use super::Downloads;
use super::apply::Cause;
use super::record::{Incident, Output, Phase};
use super::rows::{EIO, errno};
use crate::disk::Disk;
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::download::{DownloadProperty, Row, Situation};
use bitsim_vocab::world::{Block, Disturbance, NetworkCondition};
use bitsim_vocab::{ClientId, Happened, Hresult, JobId};

impl Downloads {
    pub(super) fn befall(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.env.emit_with(out, || Happened::Env(Box::new(what.clone())));
        match what {
            Disturbance::NetworkLost => self.network_lost(out),
            Disturbance::NetworkRegained => self.network_regained(out),
            Disturbance::BlockBegins(block) => self.block(out, *block, true),
            Disturbance::BlockEnds(block) => self.block(out, *block, false),
            Disturbance::NetworkConditions(conditions) => {
                self.conditions_change(out, conditions);
            }
            Disturbance::Bandwidth(limit) => {
                self.settle_all(out);
                self.env.policies.bandwidth = *limit;
                self.change_rates();
            }
            Disturbance::PoliciesChange(policies) => {
                let bandwidth = self.env.policies.bandwidth;
                self.env.policies = (**policies).clone();
                self.env.policies.bandwidth = bandwidth;
            }
            Disturbance::ServiceStops => self.closed = true,
            Disturbance::ServiceStarts => self.closed = false,
            Disturbance::LogOn(user) => self.set_session(user.index(), true),
            Disturbance::LogOff(user) => self.set_session(user.index(), false),
            Disturbance::RunAs(_) => {}
            Disturbance::ClientStarts(client) => self.set_running(*client, true),
            Disturbance::ClientExits(client) => self.client_exits(out, *client),
            Disturbance::VolumeLocked(root) => self.volume_locked(out, root),
            Disturbance::VolumeUnlocked(root) => self.env.disk.lock(root, false),
            Disturbance::VolumeChanged(root) => self.volume_changed(out, root),
            Disturbance::VolumeSpace(root, free) => {
                self.settle_all(out);
                self.env.disk.set_free(root, *free);
                self.change_rates();
            }
            Disturbance::PathDenied(path, operation) => self.env.disk.deny(path, *operation, true),
            Disturbance::PathAllowed(path, operation) => {
                self.env.disk.deny(path, *operation, false);
            }
            Disturbance::RemoteFileChanges { url, size, stamped } => {
                self.settle_all(out);
                self.env.servers.change(url, *size, *stamped);
            }
            Disturbance::LocalFileChanges { path, size } => self.env.disk.change(path, *size),
            Disturbance::LocalFileDeleted(path) => self.file_deleted(path),
            Disturbance::FaultBegins(fault) => {
                self.env.servers.begin_fault((**fault).clone());
                for id in self.running() {
                    self.meet_fault(out, id);
                }
            }
            Disturbance::FaultEnds(number) => {
                self.env.servers.end_fault(*number);
                for id in self.running() {
                    self.damage_ends(id, *number);
                }
            }
            Disturbance::WallClockMoves(ticks) => {
                self.env.wall_moved = self.env.wall_moved.saturating_add(*ticks);
            }
            Disturbance::ServiceRestarts { list_readable } => self.restart(out, *list_readable),
            Disturbance::ComputerRestarts => {
                self.env.network = false;
                self.env.logged_on.fill(false);
                self.env.running.fill(false);
                self.restart(out, true);
            }
        }
    }

    /// Every download that the service knows and that is not over.
    fn live(&self) -> Vec<JobId> {
        let lives = |id: &JobId| {
            let download = self.download(*id);
            !download.gone && !download.standing.state.is_final()
        };
        self.ids().filter(lives).collect()
    }

    fn settle_all(&mut self, out: &mut Outside<'_>) {
        for id in self.running() {
            self.settle_bytes(out, id);
        }
    }

    fn change_rates(&mut self) {
        for id in self.running() {
            self.change_rate(id);
        }
    }

    /// True if the service watches the network instead of looking at it from time to time.
    fn watches_network(&self) -> bool {
        self.env.setup.delivery.network_check.is_none()
    }

    fn network_lost(&mut self, out: &mut Outside<'_>) {
        self.env.network = false;
        if !self.watches_network() {
            for id in self.running() {
                self.stall(out, id);
            }
            return;
        }
        let incident = Incident::of(Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
        for id in self.live() {
            self.deliver(out, id, &Cause::incident(Row::NetworkLost, incident));
        }
    }

    fn network_regained(&mut self, out: &mut Outside<'_>) {
        self.env.network = true;
        if !self.watches_network() {
            for id in self.running() {
                self.go_on(out, id);
            }
            return;
        }
        for id in self.live() {
            self.released(out, id, Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
        }
    }

    fn block(&mut self, out: &mut Outside<'_>, block: Block, begins: bool) {
        let Some(code) = block.delivery_code() else { return };
        let already = self.env.blocks.contains(&block);
        self.env.blocks.retain(|other| *other != block);
        if begins {
            self.env.blocks.push(block);
        }
        if already == begins {
            return;
        }
        for id in self.live() {
            if begins {
                let cause = Cause::incident(Row::BlockBegins, Incident::of(code));
                self.deliver(out, id, &cause);
            } else if self.watches_network() {
                self.released(out, id, code);
            }
        }
    }

    fn conditions_change(&mut self, out: &mut Outside<'_>, conditions: &[NetworkCondition]) {
        self.conditions = conditions.to_vec();
        for id in self.live() {
            self.policy_changed(out, id);
        }
    }

    /// The kind of the network, or what a download makes of it, has changed: what is forbidden now,
    /// and what no longer.
    pub(super) fn policy_changed(&mut self, out: &mut Outside<'_>, id: JobId) {
        let standing = self.download(id).standing;
        let policy = self.policy_against(id);
        match (standing.situation(), policy) {
            (Situation::Transferring, Some(code)) => {
                let cause = Cause::incident(Row::BlockBegins, Incident::of(code));
                self.deliver(out, id, &cause);
            }
            // What a code of its own paused waits for its next attempt.
            (Situation::PausedTransient, _)
                if self.watches_network() && self.downloads.due(id, Due::Retry).is_none() =>
            {
                let pending = standing.extended_error;
                if pending != Hresult::DO_E_BLOCKED_BY_NO_NETWORK && policy != Some(pending) {
                    self.released(out, id, pending);
                }
            }
            _ => {}
        }
    }

    fn set_session(&mut self, user: usize, on: bool) {
        if let Some(slot) = self.env.logged_on.get_mut(user) {
            *slot = on;
        }
    }

    fn set_running(&mut self, client: ClientId, running: bool) {
        if let Some(slot) = self.env.running.get_mut(client.index()) {
            *slot = running;
        }
    }

    /// A client ends: the downloads that it made or listened to go on without it.
    fn client_exits(&mut self, out: &mut Outside<'_>, client: ClientId) {
        self.set_running(client, false);
        for id in self.ids() {
            let download = self.download_mut(id);
            download.waits_in_start = download.waits_in_start.filter(|waits| *waits != client);
            let listens = download.callback == Some(client);
            if !download.gone && (listens || download.by == client) {
                let exit = Cause { by: Some(client), ..Cause::event(Row::ClientExits) };
                self.deliver(out, id, &exit);
            }
        }
        self.abandon_notes(out, client);
    }

    /// Somebody deletes a file: one under its own name, or on Windows the temporary one of the
    /// download that will get this name.
    fn file_deleted(&mut self, path: &str) {
        let there = self.env.disk.file(path).is_some();
        self.env.disk.remove(path);
        if there && !self.is_agent() {
            return;
        }
        for id in self.ids() {
            let download = self.download_mut(id);
            let same = download.path().is_some_and(|own| own.eq_ignore_ascii_case(path));
            if same && download.output == Output::Made && !download.gone {
                download.output = Output::Lost;
            }
        }
    }

    /// Nothing can be written to the volume any more: transfers onto it fail.
    fn volume_locked(&mut self, out: &mut Outside<'_>, root: &str) {
        self.env.disk.lock(root, true);
        let code = self.cannot_write();
        for id in self.writing_to(root) {
            self.fail(out, id, Incident::fatal(code));
        }
    }

    /// With the volume the files of the downloads are gone.
    fn volume_changed(&mut self, out: &mut Outside<'_>, root: &str) {
        let code = if self.is_agent() { errno(EIO) } else { Hresult::ERROR_FILE_NOT_FOUND };
        for id in self.writing_to(root) {
            self.fail(out, id, Incident::fatal(code));
        }
        self.env.disk.replace_volume(root);
        self.env.disk.remove_on(root);
        for id in self.live() {
            let download = self.download_mut(id);
            let there = download.path().is_some_and(|path| Disk::on_volume(path, root));
            if there && download.output == Output::Made {
                download.output = Output::Lost;
            }
        }
    }

    /// Downloads whose bytes are on their way to this volume.
    fn writing_to(&self, root: &str) -> Vec<JobId> {
        let mut found = self.running();
        found.retain(|id| {
            let download = self.download(*id);
            let there = download.path().is_some_and(|path| Disk::on_volume(path, root));
            there && matches!(download.phase, Phase::Moving(_))
        });
        found
    }

    /// The service stops and starts again.
    fn restart(&mut self, out: &mut Outside<'_>, list_readable: bool) {
        self.closed = false;
        self.forget_deliveries();
        for id in self.ids() {
            if self.download(id).gone {
                continue;
            }
            let saved = self.download(id).flag(DownloadProperty::NonVolatile);
            let kept = saved && list_readable && !self.is_agent();
            let row = if kept { Row::RestartSaved } else { Row::RestartVolatile };
            self.deliver(out, id, &Cause::event(row));
        }
    }

    /// Aborts earlier downloads that write to the path of one that is about to start.
    pub(super) fn take_path(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Some(path) = self.download(id).path().map(str::to_owned) else { return };
        for other in self.live() {
            let same = self.download(other).path();
            if other != id && same.is_some_and(|own| own.eq_ignore_ascii_case(&path)) {
                self.deliver(out, other, &Cause::event(Row::PathTaken));
            }
        }
    }

    /// Nothing but what has been forgotten, or looks in vain, goes on by itself.
    pub(super) fn is_at_rest(&self) -> bool {
        self.downloads.rest()
            && self.ids().all(|id| self.downloads.of_job(id).all(|(due, _)| self.is_idle(id, due)))
    }

    /// True for a temporary file that will get this name.
    pub(super) fn has_temporary(&self, path: &str) -> bool {
        !self.is_agent()
            && self.downloads.iter().any(|download| {
                download.output == Output::Made
                    && !download.gone
                    && download.path().is_some_and(|own| own.eq_ignore_ascii_case(path))
            })
    }
}
