//! DOD-RETRY: which failures are tried again, when, and for how long.

mod series;
mod window;

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{Row, Situation, Standing};
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, End, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, Hresult, JobId, RuleId, SimTime, Span};
use series::Series;
use std::collections::BTreeMap;
use window::Windows;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_RETRY_002,
    RuleId::DOD_RETRY_003,
    RuleId::DOD_RETRY_004,
    RuleId::DOD_RETRY_005,
    RuleId::DOD_RETRY_006,
    RuleId::DOD_RETRY_007,
    RuleId::DOD_RETRY_008,
    RuleId::DOD_RETRY_009,
    RuleId::DOD_RETRY_012,
    RuleId::DOD_RETRY_013,
    RuleId::DOD_RETRY_014,
    RuleId::DOD_RETRY_017,
    RuleId::DOD_RETRY_018,
];

/// DOD-RETRY.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    /// Failures whose consequence has not been recorded yet.
    failed: BTreeMap<JobId, Failure>,
    /// Downloads that wait for another attempt, by the time of the failure.
    waiting: BTreeMap<JobId, (Hresult, SimTime)>,
    /// Requests for the rest of a file to a server without ranges: bytes held.
    rest: BTreeMap<JobId, u64>,
    /// When the service last started again.
    restarted: Option<SimTime>,
    series: Series,
    windows: Windows,
}

/// A failure and what a rule demands of it.
#[derive(Debug, Clone, Copy)]
struct Failure {
    code: Hresult,
    rule: RuleId,
    fatal: bool,
}

impl Retry {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            failed: BTreeMap::new(),
            waiting: BTreeMap::new(),
            rest: BTreeMap::new(),
            restarted: None,
            series: Series::new(setup),
            windows: Windows::new(setup),
        }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        self.overdue(view, event, event.at, out);
        self.series.observe(view, event, out);
        self.windows.observe(view, event, out);
        if let Happened::Env(what) = &event.what {
            let restarts = matches!(
                **what,
                Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
            );
            if restarts {
                self.restarted = Some(event.at);
            }
        }
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        match &event.what {
            Happened::AttemptEnded { outcome, .. } => {
                self.range_ignored(event, job, *outcome, out);
                if let AttemptOutcome::Failed { code, class } = *outcome {
                    self.failed(view, event, job, (code, class), out);
                }
            }
            Happened::Standing { to, cause, .. } => {
                of_unknown_size(view, event, download, *to, out);
                self.moved(event, job, *to, *cause, out);
            }
            Happened::AttemptBegan { .. } if self.waiting.remove(&job).is_some() => {
                out.held(RuleId::DOD_RETRY_013);
            }
            Happened::Requested { held, .. } => {
                let ranges = view.server_of(download).is_none_or(|server| server.ranges);
                self.rest.remove(&job);
                if *held > 0 && !ranges {
                    self.rest.insert(job, *held);
                }
            }
            Happened::Bytes { of: Payload::File, done, .. }
                if self.rest.get(&job).is_some_and(|held| done > held) =>
            {
                self.rest.remove(&job);
                appended(event, *done, out);
            }
            Happened::LeftQueue { .. } => self.left(view, event, job, download, out),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        self.overdue(view, last, end.at(), out);
        self.series.finish(end, last, out);
        self.windows.finish(view, end, last, out);
    }

    fn failed(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        (code, class): (Hresult, Class),
        out: &mut Findings,
    ) {
        if class == Class::Transient {
            self.waiting.insert(job, (code, event.at));
        }
        let Some((rule, fatal)) = demanded(view, code) else { return };
        let wrong = if fatal { Class::Transient } else { Class::Fatal };
        if class == wrong {
            self.waiting.remove(&job);
            let (expected, actual) = match fatal {
                true => ("the download to stop at once", "it is to be tried again"),
                false => ("another attempt until the no-progress window ends", "it is final"),
            };
            out.ensure(rule, false, event, || {
                let kind = if fatal { "one that passes" } else { "one that is final" };
                let what = format!("`{{job}}` took {} for {kind}", WithNumber(code));
                (what, expected.to_owned(), actual.to_owned())
            });
            return;
        }
        if rule == RuleId::DOD_RETRY_012
            && code.http_status().is_some_and(|status| Hresult::agent_http(status) != code)
        {
            out.ensure(rule, false, event, || {
                (
                    "`{job}` reports an HTTP status that the agent reports as another".to_owned(),
                    code.http_status()
                        .map(Hresult::agent_http)
                        .map_or_else(String::new, |mapped| WithNumber(mapped).to_string()),
                    WithNumber(code).to_string(),
                )
            });
            return;
        }
        self.failed.insert(job, Failure { code, rule, fatal });
    }

    fn moved(&mut self, event: &Event, job: JobId, to: Standing, cause: Row, out: &mut Findings) {
        if to.situation() != Situation::Transferring {
            self.waiting.remove(&job);
        }
        let Some(failure) = self.failed.remove(&job) else { return };
        let Failure { code, rule, fatal } = failure;
        match to.situation() {
            Situation::PausedFailed if fatal => {
                out.ensure(rule, to.error == code, event, || {
                    (
                        "`{job}` stopped with another code than that of its failure".to_owned(),
                        format!("Error {}", WithNumber(code)),
                        to.to_string(),
                    )
                });
            }
            Situation::Transferring if fatal => {
                out.ensure(rule, false, event, || {
                    (
                        format!("`{{job}}` goes on after {}", WithNumber(code)),
                        "Paused at once, with that Error".to_owned(),
                        to.to_string(),
                    )
                });
            }
            Situation::PausedFailed if cause != Row::NoProgressElapsed => {
                out.ensure(rule, false, event, || {
                    (
                        format!("`{{job}}` was stopped by {}", WithNumber(code)),
                        "another attempt until the no-progress window ends".to_owned(),
                        to.to_string(),
                    )
                });
            }
            Situation::Transferring => out.held(rule),
            _ => {}
        }
    }

    /// DOD-RETRY-013: another attempt that never comes.
    fn overdue(&mut self, view: &Downloads, event: &Event, now: SimTime, out: &mut Findings) {
        let delays = &view.setup.delivery.retry_delays;
        let longest = delays.iter().copied().max().unwrap_or(Span::ZERO);
        let late = |since: SimTime| now.since(since) > longest + about::AT_ONCE;
        let found = self.waiting.iter().find(|(_, (_, since))| late(*since));
        let Some((job, (code, since))) = found.map(|(job, waits)| (*job, *waits)) else { return };
        self.waiting.remove(&job);
        let texts = (
            format!("`{{job}}` was not tried again after {}", WithNumber(code)),
            format!("another attempt within {longest}"),
            format!("none since {since}"),
        );
        about::broken(out, RuleId::DOD_RETRY_013, Some(job), event, texts);
    }

    /// DOD-RETRY-013: a failure that ends the service itself.
    fn left(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        download: &DownloadView,
        out: &mut Findings,
    ) {
        self.waiting.remove(&job);
        self.failed.remove(&job);
        self.rest.remove(&job);
        let near = |at: SimTime| event.at.since(at) <= about::AT_ONCE;
        let ended = download.standing.state.is_final() || self.restarted.is_some_and(near);
        if !ended && download.failure.is_some() && view.service == Some(true) {
            out.ensure(RuleId::DOD_RETRY_013, false, event, || {
                (
                    "the service lost `{job}` over a failure of its transfer".to_owned(),
                    "another attempt until the no-progress window ends".to_owned(),
                    "the service does not know the download any more".to_owned(),
                )
            });
        }
    }

    /// DOD-RETRY-017: a server that answers 200 to a request for the rest.
    fn range_ignored(
        &mut self,
        event: &Event,
        job: JobId,
        outcome: AttemptOutcome,
        out: &mut Findings,
    ) {
        let Some(held) = self.rest.remove(&job) else { return };
        match outcome {
            AttemptOutcome::Finished => appended(event, held, out),
            AttemptOutcome::Failed { code, class }
                if code == Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT =>
            {
                out.ensure(RuleId::DOD_RETRY_017, class == Class::Fatal, event, || {
                    (
                        "`{job}` is to be tried again at a server without ranges".to_owned(),
                        "the download to stop at once".to_owned(),
                        format!("{} counts as transient", WithNumber(code)),
                    )
                });
            }
            _ => {}
        }
    }
}

fn appended(event: &Event, done: u64, out: &mut Findings) {
    out.ensure(RuleId::DOD_RETRY_017, false, event, || {
        (
            "`{job}` took the answer of a server that sent the whole file instead of the rest"
                .to_owned(),
            "Paused with Error DO_E_INSUFFICIENT_RANGE_SUPPORT (0x80D05011)".to_owned(),
            format!("{done} bytes now count as received"),
        )
    });
}

/// DOD-RETRY-018: on Windows an answer without a usable length is an error.
fn of_unknown_size(
    view: &Downloads,
    event: &Event,
    download: &DownloadView,
    to: Standing,
    out: &mut Findings,
) {
    let unusable = [
        Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_200,
        Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_206,
        Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX,
        Hresult::DO_E_UNEXPECTED_HTTP_STATUS_2XX,
    ];
    if view.is_agent() {
        return;
    }
    if unusable.contains(&to.error) || unusable.contains(&to.extended_error) {
        out.held(RuleId::DOD_RETRY_018);
    }
    if to.situation() == Situation::Transferred && download.total.is_none() {
        out.ensure(RuleId::DOD_RETRY_018, false, event, || {
            (
                "`{job}` is Transferred although nobody told its size".to_owned(),
                "an error such as DO_E_FILE_SIZE_UNKNOWN_HTTP_200 (0x80D0201A)".to_owned(),
                format!("Transferred with {} bytes", download.done),
            )
        });
    }
}

/// What a rule demands of a failure with this code: true if it stops the download.
fn demanded(view: &Downloads, code: Hresult) -> Option<(RuleId, bool)> {
    if view.classes_pinned {
        return None;
    }
    if let Some(status) = code.http_status() {
        return match status {
            400..=499 if view.is_agent() && view.setup.delivery.cache_host.is_none() => {
                Some((RuleId::DOD_RETRY_012, true))
            }
            500..=599 => Some((RuleId::DOD_RETRY_013, false)),
            _ => None,
        };
    }
    let local = (RuleId::DOD_RETRY_014, true);
    let heals = (RuleId::DOD_RETRY_013, false);
    match (code.0 >> 16, code.0 & 0xFFFF) {
        _ if code == Hresult::INET_E_INVALID_URL
            || code == Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT =>
        {
            Some(local)
        }
        // Codes of files and memory; from 10000 on FACILITY_WIN32 is about the network: time-out,
        // name, connection refused, connection broken.
        (0x8007, 0..10_000) => Some(local),
        (0x8007, 0x2EE2 | 0x2EE7 | 0x2EFD | 0x2EFE) => Some(heals),
        // The agent's EIO, ENOMEM, EACCES, EFBIG, ENOSPC and EROFS; then its reset, empty answer
        // and cut body.
        (0xC0D0, 5 | 12 | 13 | 27 | 28 | 30) => Some(local),
        (0xC0D0, 0x12 | 0x34 | 0x38) => Some(heals),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
