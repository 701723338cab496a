//! What each effect of the transition table does.

use super::apply::Cause;
use super::job::Incident;
use super::table::Effect;
use super::{Hook, Legacy};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::call::{BG_NOTIFY_DISABLE, JobCall};
use bitsim_vocab::legacy::{COST_FLAGS, NOTIFICATION_CLSID, Row};
use bitsim_vocab::trace::FileChange;
use bitsim_vocab::{
    ClientId, ErrorContext, FileId, Happened, Hresult, JobId, JobState, Priority, Span,
};

/// The wait before another attempt if the run's figures name none.
const LAST_RESORT: Span = Span::secs(30);

impl Legacy {
    /// Does one effect.
    pub(super) fn perform(
        &mut self,
        out: &mut Outside<'_>,
        job: JobId,
        effect: Effect,
        cause: &Cause<'_>,
    ) {
        match effect {
            // Done before anything else, because it moves the job itself.
            Effect::Stall => {}
            Effect::Attach => self.attach(out, job, cause.incident),
            Effect::Rename => self.rename_finished(out, job, cause),
            Effect::DropUnfinished => self.delete_temps(out, job, false),
            Effect::Expire | Effect::DeleteTemps => self.delete_temps(out, job, true),
            Effect::Touch => self.touch(job),
            Effect::Tell => self.tell(job),
            Effect::StoreRemoteNames => self.store_remote_names(job),
            Effect::NewWindow => {
                if self.is_sabotaged(Hook::ResumeForgetsProgress) {
                    self.forget_progress(job);
                }
                self.new_window(job);
            }
            Effect::Store => self.store(out, job, cause),
            Effect::Append => self.append(out, job, cause),
            Effect::Recheck => self.recheck(out, job),
            Effect::Offer => self.offer(out, job, cause),
            Effect::Raise => self.raise_notice(job),
            Effect::Completion => {
                let wall = self.env.wall();
                self.job_mut(job).completed = Some(wall);
            }
            Effect::Discard => self.discard(out, job),
            Effect::Begin => self.begin(out, job),
            Effect::Progress => self.progress(job),
            Effect::ArmRetry => self.arm_retry(out, job),
            Effect::HoldRetry => self.stop_timer(out, job, Due::Retry),
            Effect::RestartRetry => self.restart_retry(out, job),
            Effect::CatchUp => self.catch_up(out, job),
            Effect::NextBlock => self.next_block(out, job),
            Effect::LoseInterface => self.lose_interface(job, cause.by),
            Effect::NotifyAgain => self.repeat_notice(out, job),
        }
    }

    /// A connection on which nothing moves any more fails as one that times out does.
    pub(super) fn stall(&mut self, out: &mut Outside<'_>, job: JobId) {
        let file = self.job(job).current();
        let incident = Incident::failure(Hresult::ERROR_WINHTTP_TIMEOUT, None, file);
        self.deliver(out, job, &Cause::incident(Row::TransientFailure, incident));
    }

    /// Error information is attached, in place of what was there.
    pub(super) fn attach(&mut self, out: &mut Outside<'_>, job: JobId, incident: Option<Incident>) {
        let Some(incident) = incident else { return };
        let mut info = incident.info();
        match self.hook {
            Some(Hook::RemoteFileForEveryError) => info.context = ErrorContext::RemoteFile,
            Some(Hook::TransportIsAContext) => info.context = ErrorContext::GeneralTransport,
            _ => {}
        }
        let slot = self.job_mut(job);
        slot.error = Some(info);
        slot.waits_for_block = incident.is_block;
        self.env.emit(out, Happened::ErrorInfo { job, info });
    }

    /// Error information ends.
    fn discard(&mut self, out: &mut Outside<'_>, job: JobId) {
        let slot = self.job_mut(job);
        slot.waits_for_block = false;
        if slot.error.take().is_some() {
            self.env.emit(out, Happened::ErrorGone { job });
        }
    }

    /// Another block holds the job once the one that it waited for has ended.
    fn next_block(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let held = self.forbidden(job).map(|(_, incident)| incident);
        let known = job.error.map(|info| info.code);
        self.attach(out, id, held.filter(|incident| Some(incident.code) != known));
    }

    /// What forbids the job may have changed with one of its properties, or with the network.
    pub(super) fn recheck(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.reschedule = true;
        let job = self.job(id);
        let pending = job.error.filter(|_| job.waits_for_block).map(|info| info.code);
        let forbidden = self.forbidden(job);
        let cause = match (job.state, forbidden, pending) {
            (JobState::Transferring, Some((row, incident)), _) => Cause::incident(row, incident),
            (JobState::TransientError, Some((row, incident)), _)
                if pending != Some(incident.code) =>
            {
                Cause::incident(row, incident)
            }
            (JobState::TransientError, None, Some(code)) => {
                Cause::incident(Row::BlockEnds, Incident::block(code))
            }
            _ => return,
        };
        self.deliver(out, id, &cause);
    }

    /// Resume: the no-progress window and the series of delays begin anew.
    fn new_window(&mut self, job: JobId) {
        let now = self.env.now;
        let job = self.job_mut(job);
        job.failures = 0;
        job.counted = Span::ZERO;
        job.counting_since = job.counting_since.map(|_| now);
    }

    /// Only a bug does this.
    fn forget_progress(&mut self, job: JobId) {
        let job = self.job_mut(job);
        for file in job.files.iter_mut().filter(|file| !file.finished) {
            file.done = 0;
        }
    }

    /// Bytes arrived. Those that were fetched before are no progress.
    fn progress(&mut self, job: JobId) {
        if self.job(job).advanced && !self.is_sabotaged(Hook::BytesAreNoProgress) {
            self.new_window(job);
        }
    }

    fn arm_retry(&mut self, out: &mut Outside<'_>, job: JobId) {
        let failures = self.job(job).failures;
        let delays = &self.env.setup.delivery.retry_delays;
        let delay = delays.get(failures).or(delays.last()).copied().unwrap_or(LAST_RESORT);
        self.job_mut(job).failures += 1;
        let due = self.env.now + delay;
        self.set_timer(out, job, Due::Retry, due);
    }

    fn restart_retry(&mut self, out: &mut Outside<'_>, job: JobId) {
        self.job_mut(job).failures = 0;
        if self.jobs.due(job, Due::Retry).is_some() {
            self.arm_retry(out, job);
        }
    }

    fn catch_up(&mut self, out: &mut Outside<'_>, job: JobId) {
        let overdue = !self.job(job).waits_for_block && self.jobs.due(job, Due::Retry).is_none();
        if overdue {
            let now = self.env.now;
            self.set_timer(out, job, Due::Retry, now);
        }
    }

    /// Stores the property that a setter brings.
    fn store(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let (Some(by), Some(call)) = (cause.by, cause.call) else { return };
        match call {
            JobCall::SetPriority(value) => self.set_priority(id, *value),
            JobCall::SetNotifyInterface(set) => self.set_interface(id, set.then_some(by)),
            JobCall::SetRemoteName { file, url } => self.set_remote_name(out, id, *file, url),
            _ => {}
        }
        let drops = self.is_sabotaged(Hook::DisableDropsTheInterface);
        let job = self.job_mut(id);
        match call {
            JobCall::SetNotifyFlags(flags) => {
                job.notify_flags = *flags;
                job.interface = job.interface.filter(|_| !drops || flags & BG_NOTIFY_DISABLE == 0);
            }
            JobCall::SetNoProgressTimeout(secs) => job.no_progress_timeout = Some(*secs),
            JobCall::SetProperty { id: COST_FLAGS, value } => job.cost_flags = Some(*value),
            JobCall::SetProperty { id: NOTIFICATION_CLSID, value } => {
                job.notification_class = Some(*value);
            }
            JobCall::SetFileProperty { file, value } => {
                if let Some(file) = job.files.get_mut(file.index()) {
                    file.property.clone_from(value);
                }
            }
            _ => {}
        }
    }

    fn set_priority(&mut self, id: JobId, value: u32) {
        let known = Priority::ALL.iter().find(|known| u32::from(known.value()) == value);
        if let Some(priority) = known {
            self.step_out_of_line(id);
            self.job_mut(id).priority = *priority;
            self.step_into_line(id);
        }
    }

    fn set_interface(&mut self, id: JobId, interface: Option<ClientId>) {
        let first_stays = self.is_sabotaged(Hook::FirstInterfaceStays);
        let job = self.job_mut(id);
        if first_stays && job.interface.is_some() {
            return;
        }
        job.interface = interface;
        if interface.is_none() {
            job.modification_due = false;
        }
    }

    fn set_remote_name(&mut self, out: &mut Outside<'_>, job: JobId, file: FileId, url: &str) {
        let server = self.env.servers.find(url);
        let Some(slot) = self.job_mut(job).files.get_mut(file.index()) else { return };
        url.clone_into(&mut slot.remote);
        slot.server = server;
        self.emit_file(out, job, file, FileChange::RemoteName(url.to_owned()));
    }

    fn store_remote_names(&mut self, job: JobId) {
        for file in self.job_mut(job).files.iter_mut() {
            file.stored_remote.clone_from(&file.remote);
        }
    }
}
