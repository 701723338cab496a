//! The no-progress count of the agent: it looks for new bytes at fixed times.

use super::NO_PROGRESS;
use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads, starts};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Row, Value};
use bitsim_vocab::trace::{AttemptOutcome, Called, Happened, Payload, Timer, TimerEvent};
use bitsim_vocab::{Call, Event, JobId, RuleId, SimTime, Span};

/// The count of one download.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Checks {
    /// Looks in a row that found nothing new.
    empty: u64,
    /// The same, had bytes not reset it; had another Uri not reset it; had Start reset it.
    without_bytes: u64,
    without_uri: u64,
    since_start: u64,
    /// Bytes came since the latest look.
    grew: bool,
    /// A look whose count is not taken yet.
    pending: Option<SimTime>,
    /// When the count reached its limit.
    full: Option<SimTime>,
    /// When it last looked or went on.
    looked: SimTime,
    /// The missing end has been reported.
    told: bool,
}

/// How often the agent looks.
fn period(view: &Downloads) -> Span {
    view.setup.delivery.progress_check.unwrap_or(Span::secs(10))
}

/// How many empty looks end the window: halves round up.
fn limit(view: &Downloads, download: &DownloadView) -> (u64, bool) {
    let (timeout, set) = view.no_progress(download);
    let period = period(view).0.max(1);
    ((timeout.0.saturating_add(period / 2) / period).max(1), set)
}

impl Checks {
    /// Takes the count of a look once nothing more can have come before it.
    pub(super) fn settle(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        download: &DownloadView,
        out: &mut Findings,
    ) {
        let own_bytes =
            event.what.job() == Some(job) && matches!(event.what, Happened::Bytes { .. });
        if self.pending.is_some_and(|at| !(own_bytes && at == event.at)) {
            self.count(view, download);
        }
        self.overdue(view, event.at, (event, job), download, out);
    }

    fn count(&mut self, view: &Downloads, download: &DownloadView) {
        let Some(at) = self.pending.take() else { return };
        if std::mem::take(&mut self.grew) {
            self.empty = 0;
            self.without_uri = 0;
            self.since_start = 0;
            self.without_bytes += 1;
            self.full = None;
        } else {
            self.empty += 1;
            self.without_bytes += 1;
            self.without_uri += 1;
            self.since_start += 1;
        }
        if self.empty >= limit(view, download).0 && self.full.is_none() {
            self.full = Some(at);
        }
    }

    pub(super) fn observe(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        download: &DownloadView,
        out: &mut Findings,
    ) {
        match &event.what {
            Happened::Called(called) => self.uri_set(download, called),
            Happened::Bytes { of: Payload::File, done, .. } => {
                self.grew |= *done > download.highest;
            }
            Happened::Timer { timer: Timer::ProgressCheck, what, .. } => {
                self.timer(view, event, download, *what, out);
            }
            Happened::Standing { to, cause, .. } => {
                // The failure of a connection attempt may take the place of the code (findings on
                // DOD-RETRY-003).
                let over = to.error == NO_PROGRESS || *cause == Row::NoProgressElapsed;
                let expired = over && download.is_transferring();
                if expired {
                    self.expired(view, event, job, download, out);
                } else if self.without_bytes > self.empty && self.empty == 0 {
                    let saved = self.without_bytes >= limit(view, download).0;
                    if saved && to.state != DownloadState::Transferring {
                        out.held(RuleId::DOD_RETRY_005);
                    }
                }
                if to.state != DownloadState::Transferring {
                    self.full = None;
                } else if !download.is_transferring() {
                    self.looked = event.at;
                    self.told = false;
                    if starts(*cause) {
                        self.since_start = 0;
                        self.without_bytes = self.empty;
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(
        &mut self,
        view: &Downloads,
        end: SimTime,
        (last, job): (&Event, JobId),
        download: &DownloadView,
        out: &mut Findings,
    ) {
        self.count(view, download);
        self.overdue(view, end, (last, job), download, out);
        if self.without_bytes > self.empty && self.without_bytes >= limit(view, download).0 {
            out.held(RuleId::DOD_RETRY_005);
        }
    }

    /// DOD-RETRY-008: another Uri while Paused resets the count.
    fn uri_set(&mut self, download: &DownloadView, called: &Called) {
        let Call::Download(_, DownloadCall::SetProperty(id, Value::Text(uri))) = &called.call
        else {
            return;
        };
        let is_uri = DownloadProperty::from_value(*id) == Some(DownloadProperty::Uri);
        let other = download.text(DownloadProperty::Uri) != Some(uri.as_str());
        let rests = download.standing.state == DownloadState::Paused;
        if is_uri && other && rests && called.hr.succeeded() {
            self.empty = 0;
            self.without_bytes = 0;
            self.since_start = 0;
        }
    }

    /// DOD-RETRY-004: it looks every ten seconds.
    fn timer(
        &mut self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        what: TimerEvent,
        out: &mut Findings,
    ) {
        let period = period(view);
        let (ok, actual) = match what {
            TimerEvent::Armed { due } => {
                let span = due.since(event.at);
                (span == period, format!("the next look is due in {span}"))
            }
            TimerEvent::Fired => {
                if download.is_transferring() {
                    self.pending = Some(event.at);
                }
                self.looked = event.at;
                let due = download.timers.get(Timer::ProgressCheck);
                let late = due.map(|due| (event.at.since(due), due.since(event.at)));
                let ok = late.is_none_or(|(late, early)| late == early);
                (ok, format!("it looked at {}", event.at))
            }
            TimerEvent::Stopped => return,
        };
        out.ensure(RuleId::DOD_RETRY_004, ok, event, || {
            (
                "the agent looked at the progress of `{job}` at another time than it should"
                    .to_owned(),
                format!("a look every {period}"),
                actual,
            )
        });
    }

    /// DOD-RETRY-002, -004, -005 and -008: the window ends with the right look.
    fn expired(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        download: &DownloadView,
        out: &mut Findings,
    ) {
        let (needed, set) = limit(view, download);
        let empty = self.empty;
        let texts = move || {
            (
                format!("`{{job}}` was given up after {empty} looks without a new byte"),
                format!("{needed} of them"),
                "Paused with Error DO_E_DOWNLOAD_NO_PROGRESS".to_owned(),
            )
        };
        if self.full.is_none() {
            if self.without_bytes >= needed {
                out.ensure(RuleId::DOD_RETRY_005, false, event, texts);
            } else if self.without_uri >= needed {
                out.ensure(RuleId::DOD_RETRY_008, false, event, texts);
            } else {
                let rule = if set { RuleId::DOD_RETRY_004 } else { RuleId::DOD_RETRY_002 };
                out.ensure(rule, false, event, texts);
                if !set {
                    out.ensure(RuleId::DOD_RETRY_004, false, event, texts);
                }
            }
            return;
        }
        // A connection attempt without a reply ends first, and nothing else does.
        let waits = view.setup.delivery.connect_timeout + Span::secs(5);
        let failed = download.last_outcome.is_some_and(|(outcome, at)| {
            at == event.at && matches!(outcome, AttemptOutcome::Failed { .. })
        });
        let slack = if failed { waits } else { Span::secs(5) };
        if self.full.is_some_and(|full| event.at.since(full) > slack) {
            self.late(view, event.at, (event, job), download, out);
            return;
        }
        out.held(RuleId::DOD_RETRY_004);
        if !set {
            out.held(RuleId::DOD_RETRY_002);
        }
        if self.since_start < needed || self.without_uri > self.empty {
            out.held(RuleId::DOD_RETRY_008);
        }
        if self.without_bytes > self.empty {
            out.held(RuleId::DOD_RETRY_005);
        }
    }

    fn overdue(
        &mut self,
        view: &Downloads,
        now: SimTime,
        (event, job): (&Event, JobId),
        download: &DownloadView,
        out: &mut Findings,
    ) {
        if self.told || !download.is_transferring() || download.gone {
            return;
        }
        if self.full.is_some_and(|full| now.since(full) > about::AT_ONCE) {
            self.late(view, now, (event, job), download, out);
        } else if now.since(self.looked.max(download.state_since)) > period(view) + about::AT_ONCE {
            self.told = true;
            let texts = (
                "the agent does not look at the progress of `{job}`".to_owned(),
                format!("a look every {}", period(view)),
                format!("none since {}", self.looked.max(download.state_since)),
            );
            about::broken(out, RuleId::DOD_RETRY_004, Some(job), event, texts);
        }
    }

    /// The count is full and the download goes on.
    fn late(
        &mut self,
        view: &Downloads,
        now: SimTime,
        (event, job): (&Event, JobId),
        download: &DownloadView,
        out: &mut Findings,
    ) {
        if self.told {
            return;
        }
        self.told = true;
        let (needed, set) = limit(view, download);
        let carried = self.full.is_some_and(|full| {
            let since = now.since(full).0 / period(view).0.max(1);
            self.since_start.saturating_sub(since) < needed
        });
        let rules: &[RuleId] = match (carried, set) {
            (true, _) => &[RuleId::DOD_RETRY_008],
            (false, true) => &[RuleId::DOD_RETRY_004],
            (false, false) => &[RuleId::DOD_RETRY_002, RuleId::DOD_RETRY_004],
        };
        for rule in rules {
            let texts = (
                "`{job}` went on although its count of looks without a new byte was full"
                    .to_owned(),
                format!("Paused with Error DO_E_DOWNLOAD_NO_PROGRESS at {needed} of them"),
                format!("still Transferring after {} of them", self.empty),
            );
            about::broken(out, *rule, Some(job), event, texts);
        }
    }
}
