//! What befalls the world, and which jobs it reaches.

use super::Bits;
use super::apply::Cause;
use super::job::{Incident, Phase};
use crate::outside::Outside;
use crate::sabotage::Hook;
use crate::timers::Due;
use bitsim_vocab::trace::FileChange;
use bitsim_vocab::world::{Block, Disturbance, PathOperation};
use bitsim_vocab::{ClientId, FileId, Happened, Hresult, JobId, JobState, Stimulus, UserId};

impl Bits {
    pub(super) fn befall(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.env.emit_with(out, || Happened::Env(Box::new(what.clone())));
        match what {
            Disturbance::NetworkLost => self.network(out, false),
            Disturbance::NetworkRegained => self.network(out, true),
            Disturbance::BlockBegins(block) => self.block(out, *block, true),
            Disturbance::BlockEnds(block) => self.block(out, *block, false),
            Disturbance::Bandwidth(limit) => self.bandwidth(out, *limit),
            Disturbance::PoliciesChange(policies) => {
                let bandwidth = self.env.policies.bandwidth;
                self.env.policies = (**policies).clone();
                self.env.policies.bandwidth = bandwidth;
                self.policies_changed();
            }
            Disturbance::LogOn(user) => self.session(out, *user, true),
            Disturbance::LogOff(user) => self.session(out, *user, false),
            Disturbance::RunAs(_) => {}
            Disturbance::ClientStarts(client) => self.set_running(*client, true),
            Disturbance::ClientExits(client) => self.client_exits(out, *client),
            Disturbance::VolumeLocked(root) => self.volume_locked(out, root),
            Disturbance::VolumeUnlocked(root) => self.volume_unlocked(out, root),
            Disturbance::VolumeChanged(root) => self.env.disk.replace_volume(root),
            Disturbance::VolumeSpace(root, free) => self.volume_space(out, root, *free),
            Disturbance::PathDenied(path, operation) => self.path(path, *operation, true),
            Disturbance::PathAllowed(path, operation) => self.path(path, *operation, false),
            Disturbance::RemoteFileChanges { url, size, stamped } => {
                self.remote_changes(out, url, *size, *stamped);
            }
            Disturbance::LocalFileChanges { path, size } => self.local_changes(out, path, *size),
            Disturbance::FaultBegins(fault) => {
                self.env.servers.begin_fault((**fault).clone());
                for id in self.running() {
                    self.meet_fault(out, id);
                }
            }
            Disturbance::FaultEnds(number) => self.env.servers.end_fault(*number),
            Disturbance::WallClockMoves(ticks) => {
                self.env.wall_moved = self.env.wall_moved.saturating_add(*ticks);
                self.reach_all(out, &Cause::event(Stimulus::SystemClockChanged));
            }
            Disturbance::ServiceRestarts { list_readable } => {
                self.restart(out, Stimulus::ServiceRestart, *list_readable);
            }
            Disturbance::ComputerRestarts => self.computer_restarts(out),
            Disturbance::LocalFileDeleted(path) => self.env.disk.remove(path),
            // Only Delivery Optimization looks at these.
            Disturbance::NetworkConditions(_)
            | Disturbance::ServiceStops
            | Disturbance::ServiceStarts => {}
        }
        self.line.forget();
        self.reschedule = true;
    }

    /// Lets an event reach every job, in order of creation.
    fn reach_all(&mut self, out: &mut Outside<'_>, cause: &Cause<'_>) {
        for id in self.ids() {
            if !self.job(id).gone {
                self.deliver(out, id, cause);
            }
        }
    }

    fn network(&mut self, out: &mut Outside<'_>, up: bool) {
        self.env.network = up;
        if !up && self.is_sabotaged(Hook::LossForgetsProgress) {
            self.forget_progress(out);
        }
        let cause = if up {
            Cause::event(Stimulus::NetworkRegained)
        } else {
            let incident = Incident::of_queue(Hresult::BG_E_NETWORK_DISCONNECTED);
            Cause::incident(Stimulus::NetworkLost, incident)
        };
        self.reach_all(out, &cause);
    }

    /// Only a bug does this.
    fn forget_progress(&mut self, out: &mut Outside<'_>) {
        for id in self.running() {
            self.settle_bytes(out, id);
            let job = self.job_mut(id);
            job.phase = Phase::Idle;
            if let Some(index) = job.current() {
                job.files[index.index()].done = 0;
            }
        }
    }

    fn block(&mut self, out: &mut Outside<'_>, block: Block, begins: bool) {
        if !Block::BITS.contains(&block) {
            return;
        }
        let already = self.env.blocks.contains(&block);
        self.env.blocks.retain(|other| *other != block);
        if begins {
            self.env.blocks.push(block);
        }
        if already == begins || !self.env.since(5, 0) {
            return;
        }
        let incident = Incident::of_queue(block.code());
        let stimulus = if begins { Stimulus::BlockBegins } else { Stimulus::BlockEnds };
        self.reach_all(out, &Cause::incident(stimulus, incident));
        if !begins {
            self.catch_up(out);
        }
    }

    fn bandwidth(&mut self, out: &mut Outside<'_>, limit: Option<u64>) {
        for id in self.running() {
            self.settle_bytes(out, id);
        }
        let before = std::mem::replace(&mut self.env.policies.bandwidth, limit);
        let (was_zero, is_zero) = (before == Some(0), limit == Some(0));
        if self.env.since(2, 0) && was_zero != is_zero {
            let stimulus = if is_zero {
                Stimulus::BandwidthLimitZeroBegins
            } else {
                Stimulus::BandwidthLimitZeroEnds
            };
            let incident = Incident::of_queue(Hresult::BG_E_BLOCKED_BY_POLICY);
            self.reach_all(out, &Cause::incident(stimulus, incident));
        }
        for id in self.running() {
            self.change_rate(id);
        }
        if was_zero && !is_zero {
            self.catch_up(out);
        }
    }

    /// A block is over: retries that fell due meanwhile are made up for.
    fn catch_up(&mut self, out: &mut Outside<'_>) {
        for id in self.ids() {
            self.catch_up_job(out, id);
        }
    }

    /// Makes up for the retry of a job that fell due while something forbade it.
    pub(super) fn catch_up_job(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let overdue = job.state == JobState::TransientError
            && !job.gone
            && !job.waits_for_block()
            && self.jobs.due(id, Due::Retry).is_none();
        if overdue {
            let now = self.env.now;
            self.set_timer(out, id, Due::Retry, now);
        }
    }

    fn policies_changed(&mut self) {
        for id in self.ids() {
            if !self.job(id).state.is_final() && !self.job(id).gone {
                self.set_inactivity(id);
            }
            if self.job(id).state.is_running() && !self.job(id).gone {
                self.set_max_download(id);
            }
        }
    }

    fn session(&mut self, out: &mut Outside<'_>, user: UserId, on: bool) {
        if on && self.is_sabotaged(Hook::LogOnGoesUnnoticed) {
            return;
        }
        if let Some(slot) = self.env.logged_on.get_mut(user.index()) {
            *slot = on;
        }
        if self.env.kind_of(user).is_service_account() {
            return;
        }
        let stimulus = if on { Stimulus::OwnerLogsOn } else { Stimulus::OwnerLogsOff };
        for id in self.ids() {
            if self.job(id).owner == user && !self.job(id).gone {
                self.deliver(out, id, &Cause::event(stimulus));
            }
        }
    }

    fn set_running(&mut self, client: ClientId, running: bool) {
        if let Some(slot) = self.env.running.get_mut(client.index()) {
            *slot = running;
        }
    }

    /// A client ends: its callback interfaces become invalid, its error objects void.
    fn client_exits(&mut self, out: &mut Outside<'_>, client: ClientId) {
        self.set_running(client, false);
        self.pointers.retain(|(holder, _)| *holder != client);
        for (holder, _) in self.error_objects.iter_mut() {
            if *holder == client {
                *holder = ClientId(u16::MAX);
            }
        }
        for id in self.ids() {
            if self.job(id).notice.is_some_and(|notice| notice.told_to == Some(client))
                && let Some(notice) = &mut self.job_mut(id).notice
            {
                notice.lose_interfaces(Some(client));
            }
            if self.job(id).interface == Some(client) {
                self.deliver(out, id, &Cause::event(Stimulus::ClientExits));
            }
        }
        self.abandon_notes(out, client);
    }

    fn volume_locked(&mut self, out: &mut Outside<'_>, root: &str) {
        self.env.disk.lock(root, true);
        for id in self.ids() {
            let job = self.job(id);
            let concerns = !job.job_type.uploads() && Self::touches_volume(job, root);
            if let (true, Some(file)) = (concerns && !job.gone, job.current()) {
                let in_transit = matches!(job.phase, Phase::Moving(_))
                    && crate::disk::Disk::on_volume(&job.files[file.index()].local, root);
                if job.state == JobState::Transferring && !in_transit {
                    continue;
                }
                let incident = Incident::of_local(Hresult::BG_E_DESTINATION_LOCKED, file);
                let cause = Cause::incident(Stimulus::DestinationVolumeLocked, incident);
                self.deliver(out, id, &cause);
            }
        }
    }

    fn volume_unlocked(&mut self, out: &mut Outside<'_>, root: &str) {
        self.env.disk.lock(root, false);
        for id in self.ids() {
            let job = self.job(id);
            if !job.gone && Self::touches_volume(job, root) {
                let file = job.current().unwrap_or(FileId(0));
                let incident = Incident::of_local(Hresult::BG_E_DESTINATION_LOCKED, file);
                let cause = Cause::incident(Stimulus::DestinationVolumeUnlocked, incident);
                self.deliver(out, id, &cause);
            }
        }
    }

    fn volume_space(&mut self, out: &mut Outside<'_>, root: &str, free: u64) {
        for id in self.running() {
            self.settle_bytes(out, id);
        }
        self.env.disk.set_free(root, free);
        for id in self.running() {
            self.change_rate(id);
        }
    }

    fn path(&mut self, path: &str, operation: PathOperation, denied: bool) {
        self.env.disk.deny(path, operation, denied);
    }

    fn remote_changes(&mut self, out: &mut Outside<'_>, url: &str, size: u64, stamped: bool) {
        self.env.servers.change(url, size, stamped);
        for id in self.ids() {
            let job = self.job(id);
            let concerns = !job.job_type.uploads() && job.files.iter().any(|it| it.remote == url);
            if concerns && !job.gone {
                self.deliver(out, id, &Cause::event(Stimulus::RemoteFileChanged));
            }
        }
    }

    fn local_changes(&mut self, out: &mut Outside<'_>, path: &str, size: u64) {
        self.env.disk.change(path, size);
        for id in self.ids() {
            let job = self.job(id);
            let concerns = job.job_type.uploads()
                && job.files.iter().any(|file| file.local.eq_ignore_ascii_case(path));
            if let (true, Some(file)) = (concerns && !job.gone, job.files.first()) {
                let begun = file.done > 0 || job.state == JobState::Transferring;
                let code = Hresult::BG_E_LOCAL_FILE_CHANGED;
                let incident = Incident::of_local(code, FileId(0));
                let stimulus = Stimulus::LocalUploadFileChanged;
                if begun {
                    self.deliver(out, id, &Cause::incident(stimulus, incident));
                }
            }
        }
    }

    fn computer_restarts(&mut self, out: &mut Outside<'_>) {
        self.env.network = false;
        self.env.logged_on.fill(false);
        self.env.running.fill(false);
        self.pointers.clear();
        for (holder, _) in self.error_objects.iter_mut() {
            *holder = ClientId(u16::MAX);
        }
        self.restart(out, Stimulus::ComputerRestart, true);
    }

    /// The service stops and starts again.
    fn restart(&mut self, out: &mut Outside<'_>, stimulus: Stimulus, list_readable: bool) {
        self.forget_deliveries(out);
        for id in self.running() {
            self.settle_bytes(out, id);
        }
        if !list_readable {
            self.lose_list();
            return;
        }
        self.reach_all(out, &Cause::event(stimulus));
        for id in self.ids() {
            self.restore_remote_names(out, id);
        }
    }

    /// The stored job list cannot be read: every job is unknown, its temporary files stay.
    fn lose_list(&mut self) {
        for id in self.ids() {
            self.step_out_of_line(id);
            for (due, _) in self.jobs.of_job(id).collect::<Vec<_>>() {
                self.jobs.stop(id, due);
            }
            let job = self.jobs.at_mut(id);
            job.gone = true;
            job.phase = Phase::Idle;
            job.notice = None;
            job.modification_due = false;
            for file in job.files.iter_mut() {
                if std::mem::take(&mut file.temporary) {
                    self.env.disk.leave_orphan(&file.local);
                }
            }
        }
        self.mail.clear();
    }

    /// Remote names that Resume has not stored are forgotten.
    fn restore_remote_names(&mut self, out: &mut Outside<'_>, id: JobId) {
        for index in 0..self.job(id).files.len() {
            let file = &self.job(id).files[index];
            if file.remote != file.stored_remote {
                let remote = file.stored_remote.clone();
                let server = self.env.servers.find(&remote);
                let file = &mut self.job_mut(id).files[index];
                file.remote.clone_from(&remote);
                file.server = server;
                let what = FileChange::RemoteName(remote);
                self.emit_file(out, id, FileId(index as u32), what);
            }
        }
    }
}
