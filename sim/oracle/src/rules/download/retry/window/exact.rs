//! The no-progress window of Windows: exact, from the last new byte or Start.

use super::NO_PROGRESS;
use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads, starts};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Value};
use bitsim_vocab::trace::{Called, Happened, Payload};
use bitsim_vocab::{Call, Event, JobId, RuleId, SimTime, Span};

/// The window of one download.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exact {
    /// When Start last began a window.
    started: SimTime,
    /// The last new byte came after this, and was recorded at the other time.
    bytes: Option<(SimTime, SimTime)>,
    /// When the latest attempt began or bytes were last recorded.
    looked: SimTime,
    /// When it last went on by itself.
    resumed: SimTime,
    /// The least and the greatest limit since the window began.
    limits: (Span, Span),
    /// When the limit changed.
    changed: SimTime,
    /// True if the client set the limit.
    set: bool,
    /// The missing end has been reported.
    told: bool,
}

impl Exact {
    pub(super) fn new(view: &Downloads, download: &DownloadView) -> Self {
        let (limit, set) = view.no_progress(download);
        Self {
            started: download.created,
            bytes: None,
            looked: download.created,
            resumed: download.created,
            limits: (limit, limit),
            changed: download.created,
            set,
            told: false,
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
            Happened::Called(called) => self.limit_set(view, event, download, called),
            Happened::Standing { to, cause, .. } => {
                if to.error == NO_PROGRESS && download.is_transferring() {
                    self.expired(event, out);
                } else if download.is_transferring() {
                    self.overdue(event.at, (event, job), out);
                    self.saved(event.at, out);
                }
                if to.state == DownloadState::Transferring && !download.is_transferring() {
                    let (limit, set) = view.no_progress(download);
                    self.resumed = event.at;
                    if starts(*cause) {
                        self.started = event.at;
                        self.bytes = None;
                        self.limits = (limit, limit);
                        self.set = set;
                        self.told = false;
                    }
                }
            }
            Happened::AttemptBegan { .. } => {
                self.overdue(event.at, (event, job), out);
                self.looked = event.at;
            }
            Happened::Bytes { of: Payload::File, done, .. } if *done > download.highest => {
                let (limit, set) = view.no_progress(download);
                self.bytes = Some((self.looked, event.at));
                self.looked = event.at;
                self.limits = (limit, limit);
                self.set = set;
                self.told = false;
            }
            Happened::AttemptEnded { .. } if download.is_transferring() => {
                self.overdue(event.at, (event, job), out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(
        &mut self,
        _: &Downloads,
        end: SimTime,
        (last, job): (&Event, JobId),
        download: &DownloadView,
        out: &mut Findings,
    ) {
        if download.is_transferring() && !download.gone {
            // While an attempt runs, bytes may have come that nothing has recorded yet.
            if !download.in_attempt {
                self.overdue(end, (last, job), out);
            }
            self.saved(end, out);
        }
    }

    fn limit_set(
        &mut self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        called: &Called,
    ) {
        let Call::Download(_, DownloadCall::SetProperty(id, value)) = &called.call else { return };
        let property = DownloadProperty::from_value(*id);
        let delivery = &view.setup.delivery;
        let explicit = download.number(DownloadProperty::NoProgressTimeoutSeconds).is_some();
        let limit = match (property, value) {
            _ if called.hr.failed() => return,
            (Some(DownloadProperty::NoProgressTimeoutSeconds), Value::Number(secs)) => {
                self.set = true;
                Span::secs(*secs)
            }
            (Some(DownloadProperty::ForegroundPriority), Value::Flag(true)) if !explicit => {
                delivery.no_progress_foreground
            }
            (Some(DownloadProperty::ForegroundPriority), Value::Flag(false)) if !explicit => {
                delivery.no_progress_background
            }
            _ => return,
        };
        self.changed = event.at;
        self.limits = (self.limits.0.min(limit), self.limits.1.max(limit));
    }

    /// DOD-RETRY-002, -003 and -005: it must not end too early or too late.
    fn expired(&mut self, event: &Event, out: &mut Findings) {
        let (least, most) = self.limits;
        let rule = if self.set { RuleId::DOD_RETRY_003 } else { RuleId::DOD_RETRY_002 };
        let from = self.bytes.map_or(self.started, |(after, _)| after).max(self.started);
        let early = event.at.since(from) < least;
        let ignored = early && event.at.since(self.started) >= least && self.bytes.is_some();
        let texts = || {
            let last = if self.bytes.is_some() { "new byte" } else { "Start" };
            let span = event.at.since(self.bytes.map_or(self.started, |(_, at)| at));
            (
                format!("the no-progress window of `{{job}}` ended {span} after the last {last}"),
                format!("a window of {least}"),
                "Paused with Error DO_E_DOWNLOAD_NO_PROGRESS".to_owned(),
            )
        };
        if ignored {
            out.ensure(RuleId::DOD_RETRY_005, false, event, texts);
            return;
        }
        let late = event.at > self.latest(most);
        if self.told && late {
            return;
        }
        out.ensure(rule, !early && !late, event, texts);
        if self.bytes.is_some_and(|(_, at)| at.since(self.started) > Span::ZERO) {
            out.held(RuleId::DOD_RETRY_005);
        }
    }

    /// The last moment at which the window may end, with some lateness.
    fn latest(&self, most: Span) -> SimTime {
        let from = self.bytes.map_or(self.started, |(_, at)| at.max(self.started));
        (from.max(self.resumed) + most).max(self.changed) + about::AT_ONCE
    }

    /// DOD-RETRY-002 and -003: a window that is over and did not end.
    fn overdue(&mut self, now: SimTime, (event, job): (&Event, JobId), out: &mut Findings) {
        let (_, most) = self.limits;
        if self.told || now <= self.latest(most) {
            return;
        }
        self.told = true;
        let rule = if self.set { RuleId::DOD_RETRY_003 } else { RuleId::DOD_RETRY_002 };
        let texts = (
            format!("`{{job}}` went without a new byte for longer than {most}"),
            "Paused with Error DO_E_DOWNLOAD_NO_PROGRESS (0x80D02002)".to_owned(),
            format!("it is still Transferring at {now}"),
        );
        about::broken(out, rule, Some(job), event, texts);
    }

    /// DOD-RETRY-005: bytes have kept the window from ending.
    fn saved(&self, now: SimTime, out: &mut Findings) {
        let (least, _) = self.limits;
        if self.bytes.is_some() && now.since(self.started.max(self.resumed)) >= least {
            out.held(RuleId::DOD_RETRY_005);
        }
    }
}
