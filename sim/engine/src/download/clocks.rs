//! Timers of a download: retries, the two ways of watching progress, looks at the network, age.

use super::apply::Cause;
use super::record::{Incident, Phase};
use super::{Downloads, Hook};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::download::{DownloadProperty, DownloadState, Row, Situation};
use bitsim_vocab::trace::{Timer, TimerEvent};
use bitsim_vocab::world::Defect;
use bitsim_vocab::{Happened, Hresult, JobId, SimTime, Span};

impl Downloads {
    /// Sets a timer and says so.
    pub(super) fn set_timer(&mut self, out: &mut Outside<'_>, job: JobId, due: Due, at: SimTime) {
        self.downloads.set(job, due, at);
        if let Some(timer) = told(due) {
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Armed { due: at } });
        }
    }

    /// Stops a timer, if it runs, and says so.
    pub(super) fn stop_timer(&mut self, out: &mut Outside<'_>, job: JobId, due: Due) {
        if self.downloads.stop(job, due)
            && let Some(timer) = told(due)
        {
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Stopped });
        }
    }

    /// A timer of a download has fired.
    pub(super) fn timer_fired(&mut self, out: &mut Outside<'_>, job: JobId, due: Due) {
        let timer = if due == Due::AgeLimit { Some(Timer::AgeLimit) } else { told(due) };
        if let Some(timer) = timer {
            self.settle_bytes(out, job);
            self.env.emit(out, Happened::Timer { job, timer, what: TimerEvent::Fired });
        }
        match due {
            Due::Flow => self.flow_fired(out, job),
            Due::Retry => self.deliver(out, job, &Cause::event(Row::RetryDelayElapsed)),
            Due::NoProgress => self.no_progress(out, job),
            Due::ProgressCheck => self.progress_checked(out, job),
            Due::NetworkCheck => self.network_checked(out, job),
            Due::AgeLimit => self.deliver(out, job, &Cause::event(Row::Expiry)),
            Due::Show => self.show_fired(out, job),
            _ => {}
        }
    }

    /// The no-progress timeout in force: set, or by default that of the priority.
    fn no_progress_timeout(&self, id: JobId) -> Span {
        let download = self.download(id);
        let figures = &self.env.setup.delivery;
        let default = if download.flag(DownloadProperty::ForegroundPriority) {
            figures.no_progress_foreground
        } else {
            figures.no_progress_background
        };
        let set = download.number(DownloadProperty::NoProgressTimeoutSeconds).map(Span::secs);
        let default = match self.hook {
            Some(Hook::DefaultTimeoutIsHalved) => Span(default.0 / 2),
            _ => default,
        };
        set.unwrap_or(default)
    }

    /// Windows keeps time exactly: the window ends so long after Start or the latest byte.
    pub(super) fn open_window(&mut self, out: &mut Outside<'_>, id: JobId) {
        if self.env.setup.delivery.progress_check.is_some() {
            return;
        }
        let due = self.download(id).window_from + self.no_progress_timeout(id);
        let due = due.max(self.env.now);
        if self.downloads.due(id, Due::NoProgress) != Some(due) {
            self.set_timer(out, id, Due::NoProgress, due);
        }
    }

    fn no_progress(&mut self, out: &mut Outside<'_>, id: JobId) {
        let incident = Incident::of(Hresult::DO_E_DOWNLOAD_NO_PROGRESS);
        self.deliver(out, id, &Cause::incident(Row::NoProgressElapsed, incident));
    }

    /// The agent looks from time to time instead. A look that is still to come stays what it is.
    pub(super) fn check_progress_later(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Some(every) = self.env.setup.delivery.progress_check else { return };
        if self.downloads.due(id, Due::ProgressCheck).is_none() {
            let often = self.is_sabotaged(Hook::ChecksComeTooOften);
            let due = self.env.now + if often { Span(every.0 / 2) } else { every };
            self.set_timer(out, id, Due::ProgressCheck, due);
        }
    }

    /// How many looks without a new byte the timeout is worth: rounded, halves up.
    fn checks_allowed(&self, id: JobId) -> u32 {
        let every = self.env.setup.delivery.progress_check.unwrap_or(Span::secs(1)).0.max(1);
        let up = if self.is_sabotaged(Hook::ChecksRoundDown) { 0 } else { every / 2 };
        let checks = self.no_progress_timeout(id).0.saturating_add(up) / every;
        u32::try_from(checks.max(1)).unwrap_or(u32::MAX)
    }

    /// Progress is looked at. A download that does not transfer is not looked at again before the
    /// next attempt, and its count stays (DOD-RETRY-008).
    fn progress_checked(&mut self, out: &mut Outside<'_>, id: JobId) {
        if self.download(id).standing.state != DownloadState::Transferring {
            return;
        }
        let allowed = self.checks_allowed(id);
        let download = self.download_mut(id);
        let news = std::mem::take(&mut download.fresh);
        download.empty_checks = if news { 0 } else { download.empty_checks.saturating_add(1) };
        let connects = matches!(download.phase, Phase::Asked { known: Some(_) });
        if download.empty_checks >= allowed && connects {
            // The agent is busy with a connection attempt without a reply, whose failure then
            // takes the place of the code (findings on DOD-RETRY-003).
            download.expires = true;
        } else if download.empty_checks >= allowed {
            self.no_progress(out, id);
        } else {
            self.check_progress_later(out, id);
        }
    }

    /// The agent looks at the network again some time after it went into a transient pause.
    pub(super) fn look_at_network_later(&mut self, out: &mut Outside<'_>, id: JobId) {
        let Some(every) = self.env.setup.delivery.network_check else { return };
        if self.downloads.due(id, Due::NetworkCheck).is_none() {
            let late = self.is_sabotaged(Hook::NetworkIsLookedAtLate);
            let due = self.env.now + if late { every + every } else { every };
            self.set_timer(out, id, Due::NetworkCheck, due);
        }
    }

    fn network_checked(&mut self, out: &mut Outside<'_>, id: JobId) {
        let standing = self.download(id).standing;
        let pending = standing.extended_error;
        let forbidding = self.forbidding(id);
        if standing.situation() != Situation::PausedTransient {
            let stale = self.has_defect(Defect::StaleNetworkCheck);
            let at_work =
                matches!(standing.state, DownloadState::Transferring | DownloadState::Transferred);
            if stale && at_work && !self.env.network {
                let incident = Incident::of(Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
                self.deliver(out, id, &Cause::incident(Row::NetworkLost, incident));
            }
            return;
        }
        let Some(code) = forbidding else {
            self.released(out, id, pending);
            return;
        };
        if code != pending {
            let row = if code == Hresult::DO_E_BLOCKED_BY_NO_NETWORK {
                Row::NetworkLost
            } else {
                Row::BlockBegins
            };
            self.deliver(out, id, &Cause::incident(row, Incident::of(code)));
        }
        self.look_at_network_later(out, id);
    }

    /// The cause whose code is `code` forbids a download no longer.
    pub(super) fn released(&mut self, out: &mut Outside<'_>, id: JobId, code: Hresult) {
        let row = if code == Hresult::DO_E_BLOCKED_BY_NO_NETWORK {
            Row::NetworkRestored
        } else {
            Row::BlockEnds
        };
        self.deliver(out, id, &Cause::incident(row, Incident::of(code)));
    }

    /// True if nothing will come of this timer by itself.
    pub(super) fn is_idle(&self, id: JobId, due: Due) -> bool {
        match due {
            Due::AgeLimit => true,
            // It finds the same again and again until something changes.
            Due::NetworkCheck => {
                let standing = self.download(id).standing;
                standing.situation() == Situation::PausedTransient
                    && self.forbidding(id) == Some(standing.extended_error)
            }
            _ => false,
        }
    }
}

/// The timer whose setting and stopping the trace tells.
fn told(due: Due) -> Option<Timer> {
    match due {
        Due::Retry => Some(Timer::InternalRetry),
        Due::NoProgress => Some(Timer::NoProgressTimeout),
        Due::ProgressCheck => Some(Timer::ProgressCheck),
        Due::NetworkCheck => Some(Timer::NetworkCheck),
        _ => None,
    }
}
