//! What each effect of the transition table does.

use super::Bits;
use super::apply::Cause;
use super::guards::new_files;
use super::job::{CommandLine, Stage};
use super::table::Effect;
use crate::outside::Outside;
use crate::sabotage::Hook;
use crate::timers::Due;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::stands::ResumeAndNoProgress;
use bitsim_vocab::trace::{FileChange, FileEvent};
use bitsim_vocab::{ClientId, FileId, Happened, Hresult, JobId, JobState, Priority, Stimulus};

impl Bits {
    /// Does one effect. `during` is the state that the job was in when the cause reached it.
    pub(super) fn perform(
        &mut self,
        out: &mut Outside<'_>,
        job: JobId,
        effect: Effect,
        cause: &Cause<'_>,
        during: JobState,
    ) {
        match effect {
            Effect::Count => self.count(out, job, cause, during),
            Effect::Attach => self.attach(out, job, cause),
            Effect::Touch => self.touch(job),
            Effect::Tell => self.tell(job),
            Effect::Active => self.activity(job),
            Effect::RestartMaxDownload => self.restart_max_download(job),
            Effect::StoreRemoteNames => self.store_remote_names(job),
            Effect::NameReply => self.name_reply(job),
            Effect::NewPeriod => {
                if self.is_sabotaged(Hook::ResumeResetsTheCount) {
                    self.reset_count(out, job);
                }
                self.new_period(job, cause);
            }
            Effect::Store => self.store(out, job, cause),
            Effect::Append => self.append(out, job, new_files(cause)),
            Effect::DeleteTemps => self.delete_temps(out, job, true),
            Effect::Rename => self.rename_finished(out, job, cause),
            Effect::DropUnfinished => self.delete_temps(out, job, false),
            Effect::CancelUpload => self.cancel_upload(out, job),
            Effect::Own => self.own(job, cause),
            Effect::Recompute => {
                if let Some(call) = cause.call {
                    self.recompute(out, job, call);
                }
            }
            Effect::Offer => self.offer(out, job, cause),
            Effect::ArmRetry => self.arm_retry(out, job),
            Effect::Raise => self.raise_notice(job),
            Effect::Completion => {
                let wall = self.env.wall();
                self.job_mut(job).completed = Some(wall);
            }
            Effect::Discard => self.discard(out, job),
            Effect::Connect => self.connect(out, job),
            Effect::Move => self.begin_moving(out, job),
            Effect::NextFile => self.open(out, job),
            Effect::RestartFile => self.restart_current(out, job),
            Effect::LoseInterface => self.lose_interface(job),
            Effect::Retime => self.retime(out, job),
            Effect::NotifyAgain => self.repeat_notice(out, job),
            Effect::Settle => self.settle_notice(job),
            Effect::LeaveQueue => self.leave_queue(out, job),
            Effect::Vanish => {
                if !self.job(job).cancelling {
                    self.job_mut(job).gone = true;
                }
            }
            // The version of the source is compared at every opening; nothing is to be noted.
            Effect::Recheck => {}
        }
    }

    fn arm_retry(&mut self, out: &mut Outside<'_>, job: JobId) {
        let mut delay = self.job(job).retry_delay();
        if self.is_sabotaged(Hook::RetryComesEarly) {
            delay.0 /= 2;
        }
        let due = self.stamp().plus(delay);
        self.set_timer(out, job, Due::Retry, due);
    }

    fn new_period(&mut self, job: JobId, cause: &Cause<'_>) {
        let goes_on = self.env.setup.stands.resume_and_no_progress == ResumeAndNoProgress::GoesOn
            || self.is_sabotaged(Hook::ResumeKeepsTheOldPeriod);
        let resumed = cause.stimulus == Stimulus::Resume;
        let job = self.job_mut(job);
        // Bytes that were fetched before are no progress.
        if !resumed && !job.advanced {
            return;
        }
        job.in_phase = false;
        if !(resumed && goes_on) {
            job.first_transient = None;
        }
    }

    fn own(&mut self, job: JobId, cause: &Cause<'_>) {
        let Some(by) = cause.by else { return };
        let user = self.env.user_of(by);
        let job = self.job_mut(job);
        job.owner = user;
        job.texts.command_line = None;
        self.reschedule = true;
    }

    /// Stores the property that a setter brings.
    fn store(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        let (Some(by), Some(call)) = (cause.by, cause.call) else { return };
        let user = self.env.user_of(by);
        match call {
            JobCall::SetPriority(value) => self.set_priority(out, id, *value),
            JobCall::SetNotifyInterface(set) => self.set_interface(id, set.then_some(by)),
            JobCall::SetRemoteName { file, url } => self.set_remote_name(out, id, *file, url),
            _ => {}
        }
        let shortest = if self.is_sabotaged(Hook::ShortDelaysAreKept) { 0 } else { 5 };
        let job = self.job_mut(id);
        match call {
            JobCall::SetDisplayName(text) => job.texts.name = text.clone().unwrap_or_default(),
            JobCall::SetDescription(text) => {
                job.texts.description = text.clone().unwrap_or_default()
            }
            JobCall::SetNotifyFlags(flags) => job.notify_flags = *flags,
            JobCall::SetMinimumRetryDelay(secs) => job.minimum_retry_delay = (*secs).max(shortest),
            JobCall::SetNoProgressTimeout(secs) => job.no_progress_timeout = *secs,
            JobCall::SetProxySettings(proxy) => job.texts.proxy = proxy.clone(),
            JobCall::SetMaximumDownloadTime(secs) => job.maximum_download_time = Some(*secs),
            JobCall::SetReplyFileName(name) => job.texts.reply_file.clone_from(name),
            JobCall::SetNotifyCmdLine { program, parameters } => {
                job.texts.command_line = program.clone().map(|program| CommandLine {
                    program,
                    parameters: parameters.clone().unwrap_or_default(),
                    user,
                });
            }
            _ => {}
        }
    }

    fn set_priority(&mut self, out: &mut Outside<'_>, id: JobId, value: u32) {
        let known = Priority::ALL.iter().find(|known| u32::from(known.value()) == value);
        if let Some(priority) = known {
            self.step_out_of_line(id);
            self.job_mut(id).priority = *priority;
            self.step_into_line(id);
            self.change_rate(id);
            self.reschedule = true;
        }
        // A foreground job is no longer concerned by the bandwidth policy.
        let job = self.job(id);
        let blocked = job.state == JobState::TransientError
            && job.error.is_some_and(|info| info.code == Hresult::BG_E_BLOCKED_BY_POLICY);
        if blocked && self.block_code(job) != Some(Hresult::BG_E_BLOCKED_BY_POLICY) {
            let incident = super::job::Incident::of_queue(Hresult::BG_E_BLOCKED_BY_POLICY);
            let cause = Cause::incident(Stimulus::BandwidthLimitZeroEnds, incident);
            self.deliver(out, id, &cause);
        }
        self.catch_up_job(out, id);
    }

    /// The registered interface is replaced. If an event was told to one that has become invalid
    /// since, the new one hears of it again.
    fn set_interface(&mut self, id: JobId, interface: Option<ClientId>) {
        if self.is_sabotaged(Hook::FirstInterfaceStays) && self.job(id).interface.is_some() {
            return;
        }
        let told_again = !self.is_sabotaged(Hook::NewInterfaceIsNotToldAgain);
        let deaf = self.is_sabotaged(Hook::LateRegistrationHearsNothing);
        let job = self.job_mut(id);
        job.interface = interface;
        let Some(notice) = &mut job.notice else { return };
        let lost = std::mem::take(&mut notice.lost) && told_again;
        if deaf {
            notice.stage = Stage::Settled;
        }
        if interface.is_some() && lost && notice.stage == Stage::Settled {
            notice.stage = Stage::Due;
            notice.interface_only = true;
        }
        if interface.is_some() && notice.stage == Stage::Due {
            notice.program_only = false;
        }
    }

    fn set_remote_name(&mut self, out: &mut Outside<'_>, job: JobId, file: FileId, url: &str) {
        let server = self.env.servers.find(url);
        let Some(slot) = self.job_mut(job).files.get_mut(file.index()) else { return };
        url.clone_into(&mut slot.remote);
        slot.server = server;
        let what = FileChange::RemoteName(url.to_owned());
        self.env.emit(out, Happened::File(Box::new(FileEvent { job, file, what })));
    }

    fn store_remote_names(&mut self, job: JobId) {
        if self.job(job).files.iter().all(|file| file.stored_remote == file.remote) {
            return;
        }
        for file in self.job_mut(job).files.iter_mut() {
            if file.stored_remote != file.remote {
                file.stored_remote.clone_from(&file.remote);
            }
        }
    }
}
