//! What befalls the world, and which jobs it reaches.

use super::apply::Cause;
use super::job::{Incident, Phase};
use super::{Hook, Legacy};
use crate::disk::Disk;
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::trace::FileChange;
use bitsim_vocab::world::{Block, Disturbance};
use bitsim_vocab::{ClientId, FileId, Happened, Hresult, JobId, SimTime, UserId};

impl Legacy {
    pub(super) fn befall(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.env.emit_with(out, || Happened::Env(Box::new(what.clone())));
        match what {
            Disturbance::NetworkLost => self.network(out, false),
            Disturbance::NetworkRegained => self.network(out, true),
            Disturbance::BlockBegins(block) => self.block(out, *block, true),
            Disturbance::BlockEnds(block) => self.block(out, *block, false),
            Disturbance::NetworkConditions(conditions) => {
                self.conditions.clone_from(conditions);
                for id in self.ids() {
                    if !self.job(id).gone {
                        self.settle_bytes(out, id);
                        self.recheck(out, id);
                    }
                }
            }
            Disturbance::LogOn(user) => self.session(out, *user, true),
            Disturbance::LogOff(user) => self.session(out, *user, false),
            Disturbance::ClientStarts(client) => self.set_running(*client, true),
            Disturbance::ClientExits(client) => self.client_exits(out, *client),
            Disturbance::VolumeLocked(root) => self.volume_locked(out, root),
            Disturbance::VolumeUnlocked(root) => self.env.disk.lock(root, false),
            Disturbance::VolumeChanged(root) => self.env.disk.replace_volume(root),
            Disturbance::VolumeSpace(root, free) => self.volume_space(out, root, *free),
            Disturbance::PathDenied(path, operation) => self.env.disk.deny(path, *operation, true),
            Disturbance::PathAllowed(path, operation) => {
                self.env.disk.deny(path, *operation, false);
            }
            Disturbance::LocalFileDeleted(path) => self.env.disk.remove(path),
            Disturbance::RemoteFileChanges { url, size, stamped } => {
                self.env.servers.change(url, *size, *stamped);
            }
            Disturbance::FaultBegins(fault) => {
                self.env.servers.begin_fault((**fault).clone());
                for id in self.running.clone() {
                    self.meet_fault(out, id);
                }
            }
            Disturbance::FaultEnds(number) => self.env.servers.end_fault(*number),
            Disturbance::WallClockMoves(ticks) => {
                self.env.wall_moved = self.env.wall_moved.saturating_add(*ticks);
                if self.is_sabotaged(Hook::ClocksFollowTheWall) {
                    self.move_clocks(out, *ticks);
                }
            }
            Disturbance::ServiceRestarts { list_readable } => self.restart(out, *list_readable),
            Disturbance::ComputerRestarts => self.computer_restarts(out),
            // Only BITS, or the other interface, looks at these.
            Disturbance::Bandwidth(_)
            | Disturbance::PoliciesChange(_)
            | Disturbance::RunAs(_)
            | Disturbance::LocalFileChanges { .. }
            | Disturbance::ServiceStops
            | Disturbance::ServiceStarts => {}
        }
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
        if std::mem::replace(&mut self.env.network, up) == up {
            return;
        }
        let row = if up { Row::NetworkRestored } else { Row::NetworkLost };
        let incident = Incident::block(Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
        self.reach_all(out, &Cause::incident(row, incident));
    }

    fn block(&mut self, out: &mut Outside<'_>, block: Block, begins: bool) {
        let Some(code) = block.delivery_code() else { return };
        let already = self.env.blocks.contains(&block);
        if already == begins {
            return;
        }
        self.env.blocks.retain(|other| *other != block);
        if begins {
            self.env.blocks.push(block);
        }
        let row = if begins { Row::BlockBegins } else { Row::BlockEnds };
        self.reach_all(out, &Cause::incident(row, Incident::block(code)));
    }

    fn session(&mut self, out: &mut Outside<'_>, user: UserId, on: bool) {
        if let Some(slot) = self.env.logged_on.get_mut(user.index()) {
            *slot = on;
        }
        if self.env.kind_of(user).is_service_account() {
            return;
        }
        let row = if on { Row::OwnerLogsOn } else { Row::OwnerLogsOff };
        for id in self.ids() {
            if self.job(id).owner == user && !self.job(id).gone {
                self.deliver(out, id, &Cause::event(row));
            }
        }
    }

    fn set_running(&mut self, client: ClientId, running: bool) {
        if let Some(slot) = self.env.running.get_mut(client.index()) {
            *slot = running;
        }
    }

    /// A client ends: its callback interfaces become invalid and its error objects void. The error
    /// information of its jobs stays.
    fn client_exits(&mut self, out: &mut Outside<'_>, client: ClientId) {
        self.set_running(client, false);
        self.void_error_objects(Some(client));
        let cause = Cause { by: Some(client), ..Cause::event(Row::ClientExits) };
        for id in self.ids() {
            let job = self.job(id);
            let concerned = job.creator == client || job.interface == Some(client);
            if concerned && !job.gone {
                self.deliver(out, id, &cause);
            }
        }
        self.abandon_notes(out, client);
    }

    /// Error objects of one client, or of all, are no longer anybody's.
    fn void_error_objects(&mut self, of: Option<ClientId>) {
        for (holder, _) in &mut self.error_objects {
            if of.is_none() || *holder == of {
                *holder = None;
            }
        }
    }

    /// Nothing can be written to the volume any more: transfers onto it fail.
    fn volume_locked(&mut self, out: &mut Outside<'_>, root: &str) {
        self.env.disk.lock(root, true);
        for id in self.running.clone() {
            let job = self.job(id);
            let file = job.current().and_then(|index| job.files.get(index.index()));
            let writes = matches!(job.phase, Phase::Moving(_))
                && file.is_some_and(|file| Disk::on_volume(&file.local, root));
            if writes {
                self.fail_locally(out, id, Hresult::E_ACCESSDENIED);
            }
        }
    }

    fn volume_space(&mut self, out: &mut Outside<'_>, root: &str, free: u64) {
        for id in self.running.clone() {
            self.settle_bytes(out, id);
        }
        self.env.disk.set_free(root, free);
        for id in self.running.clone() {
            self.change_flow(id);
        }
    }

    fn computer_restarts(&mut self, out: &mut Outside<'_>) {
        for id in self.running.clone() {
            self.settle_bytes(out, id);
        }
        self.env.network = false;
        self.env.logged_on.fill(false);
        self.env.running.fill(false);
        self.restart(out, true);
        // Jobs that wait for a retry wait for the network from here on.
        for id in self.ids() {
            if !self.job(id).gone {
                self.recheck(out, id);
            }
        }
    }

    /// The service stops and starts again.
    fn restart(&mut self, out: &mut Outside<'_>, list_readable: bool) {
        self.void_error_objects(None);
        self.forget_deliveries(out);
        if !list_readable || self.is_sabotaged(Hook::RestartLosesJobs) {
            self.lose_list(out);
            return;
        }
        self.reach_all(out, &Cause::event(Row::Restart));
        for id in self.ids() {
            self.restore_remote_names(out, id);
        }
    }

    /// The stored job list cannot be read: every job is unknown, its temporary files stay.
    fn lose_list(&mut self, out: &mut Outside<'_>) {
        for id in self.ids() {
            self.settle_bytes(out, id);
            self.step_out_of_line(id);
            for (due, _) in self.jobs.of_job(id).collect::<Vec<(Due, _)>>() {
                self.jobs.stop(id, due);
            }
            let job = self.jobs.at_mut(id);
            let left = !job.gone && !job.state.is_final();
            job.gone = true;
            job.phase = Phase::Idle;
            job.notice = None;
            job.modification_due = false;
            for file in job.files.iter_mut() {
                if std::mem::take(&mut file.temporary) {
                    self.env.disk.leave_orphan(&file.local);
                }
            }
            if left {
                self.env.emit(out, Happened::LeftQueue { job: id });
            }
        }
        self.mail.clear();
    }

    /// Remote names that Resume has not made durable are forgotten.
    fn restore_remote_names(&mut self, out: &mut Outside<'_>, id: JobId) {
        for index in 0..self.job(id).files.len() {
            let file = &self.job(id).files[index];
            if file.remote == file.stored_remote || self.job(id).state.is_final() {
                continue;
            }
            let remote = file.stored_remote.clone();
            let server = self.env.servers.find(&remote);
            let file = &mut self.job_mut(id).files[index];
            file.remote.clone_from(&remote);
            file.server = server;
            self.emit_file(out, id, FileId(index as u32), FileChange::RemoteName(remote));
        }
    }

    /// True if a temporary file for this final name exists.
    pub(super) fn has_temporary(&self, path: &str) -> bool {
        let now = self.env.now;
        let mut jobs = self.jobs.iter();
        self.env.disk.is_orphan(path)
            || jobs.any(|job| {
                job.files.iter().enumerate().any(|(index, file)| {
                    // The first bytes may have come since somebody looked last.
                    let arrives = match job.phase {
                        Phase::Moving(flow) => flow.done_at(now) > 0,
                        _ => false,
                    };
                    let in_transit = job.current() == Some(FileId(index as u32));
                    (file.temporary || (arrives && in_transit))
                        && file.local.eq_ignore_ascii_case(path)
                })
            })
    }

    /// Only a bug does this.
    fn move_clocks(&mut self, out: &mut Outside<'_>, ticks: i64) {
        for id in self.ids() {
            if let Some(at) = self.jobs.due(id, Due::Retry) {
                let moved = SimTime(at.0.saturating_add_signed(ticks.saturating_neg()));
                self.jobs.set(id, Due::Retry, moved.max(self.env.now));
            }
            let job = self.job_mut(id);
            job.counted.0 = job.counted.0.saturating_add_signed(ticks);
            self.retime(out, id, true);
        }
    }

    /// The day on which the job becomes too old.
    pub(super) fn set_age_limit(&mut self, job: JobId) {
        let mut limit = self.env.setup.delivery.age_limit;
        if self.is_sabotaged(Hook::JobsAgeTwiceAsFast) {
            limit.0 /= 2;
        }
        let due = self.env.now + limit;
        self.jobs.set(job, Due::AgeLimit, due);
    }
}
