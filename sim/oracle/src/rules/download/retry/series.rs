//! DOD-RETRY-006, -007 and -009: how the agent waits between attempts.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Row, Standing, Value};
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, RuleId, SimTime, Span};
use std::collections::BTreeMap;

/// How much later than due an attempt of the agent may begin: the request itself takes a moment.
const LATENESS: Span = Span::secs(1);

/// The waits of every download.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// The agent without a cache host, whose fall-backs have delays of their own.
    applies: bool,
    delays: Vec<Span>,
    tracks: BTreeMap<JobId, Track>,
}

/// The waits of one download.
#[derive(Debug, Clone, Default)]
struct Track {
    /// Failures since the series began.
    failures: usize,
    /// True if it cannot be told how many there were.
    unclear: bool,
    /// Bytes came since the series began.
    bytes: bool,
    /// Another Uri began the series.
    reset: bool,
    /// The wait under way: since when, for how long, after which failure.
    wait: Option<(SimTime, Span, Hresult)>,
    /// The failure that Error must show.
    shows: Option<(SimTime, Hresult)>,
    /// When Error was cleared during the wait.
    cleared: Option<SimTime>,
}

impl Series {
    pub(super) fn new(setup: &Setup) -> Self {
        let delivery = &setup.delivery;
        let agent = setup.target.profile == bitsim_vocab::Profile::Agent;
        let applies = agent && delivery.cache_host.is_none() && !delivery.retry_delays.is_empty();
        Self { applies, delays: delivery.retry_delays.clone(), tracks: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if !self.applies {
            return;
        }
        self.overdue(event, event.at, out);
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        let track = self.tracks.entry(job).or_default();
        match &event.what {
            Happened::Called(called) => track.uri_set(download, called),
            Happened::AttemptEnded { outcome: AttemptOutcome::Failed { code, class }, .. } => {
                if *class == Class::Transient {
                    let last = self.delays.len() - 1;
                    let delay = self.delays[track.failures.min(last)];
                    track.failures += 1;
                    track.wait = Some((event.at, delay, *code));
                    track.shows = Some((event.at, *code));
                    track.cleared = None;
                } else {
                    track.unclear = true;
                }
            }
            Happened::Bytes { of: Payload::File, done, .. } => {
                track.bytes |= track.failures > 0 && *done > download.highest;
            }
            Happened::Standing { to, cause, .. } => track.moved(event, *to, *cause, out),
            Happened::AttemptBegan { .. } => track.began(event, &self.delays, out),
            Happened::LeftQueue { .. } => {
                self.tracks.remove(&job);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, end: End, last: &Event, out: &mut Findings) {
        if self.applies {
            self.overdue(last, end.at(), out);
        }
    }

    /// What should have happened by now.
    fn overdue(&mut self, event: &Event, now: SimTime, out: &mut Findings) {
        for (job, track) in &mut self.tracks {
            if let Some((since, code)) = track.shows
                && now.since(since) > about::AT_ONCE
            {
                track.shows = None;
                let texts = (
                    "an attempt of `{job}` failed and its status does not show it".to_owned(),
                    format!("Transferring with Error {}", WithNumber(code)),
                    format!("no change of status since {since}"),
                );
                about::broken(out, RuleId::DOD_RETRY_009, Some(*job), event, texts);
            }
            if let Some((since, delay, _)) = track.wait
                && now.since(since) > delay + about::AT_ONCE
            {
                track.wait = None;
                if !track.unclear {
                    let texts = (
                        "`{job}` was not tried again when its wait was over".to_owned(),
                        format!("another attempt after {delay}"),
                        format!("none since {since}"),
                    );
                    about::broken(out, RuleId::DOD_RETRY_006, Some(*job), event, texts);
                }
            }
        }
    }
}

impl Track {
    /// Another Uri begins the series anew.
    fn uri_set(&mut self, download: &DownloadView, called: &Called) {
        let Call::Download(_, DownloadCall::SetProperty(id, Value::Text(uri))) = &called.call
        else {
            return;
        };
        let other = download.text(DownloadProperty::Uri) != Some(uri.as_str());
        let rests = download.standing.state == DownloadState::Paused;
        let is_uri = DownloadProperty::from_value(*id) == Some(DownloadProperty::Uri);
        if is_uri && called.hr.succeeded() && other && rests {
            let reset = self.failures > 0;
            *self = Self { reset, ..Self::default() };
        }
    }

    /// DOD-RETRY-009: Transferring with the failure as Error.
    fn moved(&mut self, event: &Event, to: Standing, cause: Row, out: &mut Findings) {
        let transferring = to.state == DownloadState::Transferring;
        if let Some((_, code)) = self.shows.take() {
            let shown = transferring && to.error == code;
            // Something else may stop it at the same instant.
            let stopped = matches!(
                cause,
                Row::Pause
                    | Row::Abort
                    | Row::NoProgressElapsed
                    | Row::NetworkLost
                    | Row::BlockBegins
                    | Row::Expiry
                    | Row::PathTaken
            );
            if shown || !stopped {
                out.ensure(RuleId::DOD_RETRY_009, shown, event, || {
                    (
                        "a failed attempt of `{job}` does not show in its status".to_owned(),
                        format!("Transferring with Error {}", WithNumber(code)),
                        to.to_string(),
                    )
                });
            }
            if stopped && !matches!(cause, Row::Pause | Row::Abort) {
                // Whether the agent counts this failure is not known.
                self.unclear = true;
            }
        } else if self.wait.is_some() && transferring && to.error == Hresult::S_OK {
            self.cleared = Some(event.at);
        }
        if !transferring {
            self.wait = None;
            self.cleared = None;
        }
    }

    /// DOD-RETRY-006 and -007: the attempt comes when its wait is over.
    fn began(&mut self, event: &Event, delays: &[Span], out: &mut Findings) {
        let Some((since, delay, code)) = self.wait.take() else { return };
        if self.cleared.take().is_some_and(|cleared| cleared < event.at) {
            out.ensure(RuleId::DOD_RETRY_009, false, event, || {
                (
                    "`{job}` stopped showing its failure before the next attempt".to_owned(),
                    format!("Error {} until the attempt begins", WithNumber(code)),
                    "Error S_OK during the wait".to_owned(),
                )
            });
        }
        if self.unclear {
            return;
        }
        let gap = event.at.since(since);
        let late = gap > delay + LATENESS;
        let ok = gap >= delay && !late;
        let begins_anew = self.bytes && gap < delay;
        let goes_on = self.reset && late;
        let texts = || {
            let why = match (begins_anew, goes_on) {
                (true, _) => ", as if the bytes that came had shortened its waits",
                (_, true) => ", as if another Uri had not begun its waits anew",
                _ => "",
            };
            (
                format!("`{{job}}` was tried again at the wrong time{why}"),
                format!("a wait of {delay}, the {} of the series", nth(self.failures)),
                format!("a wait of {gap}"),
            )
        };
        if begins_anew || goes_on {
            out.ensure(RuleId::DOD_RETRY_007, false, event, texts);
        }
        out.ensure(RuleId::DOD_RETRY_006, ok, event, texts);
        if ok && (self.bytes && delay > delays[0] || self.reset) {
            out.held(RuleId::DOD_RETRY_007);
        }
    }
}

fn nth(n: usize) -> String {
    match (n, n % 10, n % 100) {
        (1, ..) => "first".to_owned(),
        (2, ..) => "second".to_owned(),
        (3, ..) => "third".to_owned(),
        (_, _, 11..=13) => format!("{n}th"),
        (_, 1, _) => format!("{n}st"),
        (_, 2, _) => format!("{n}nd"),
        (_, 3, _) => format!("{n}rd"),
        _ => format!("{n}th"),
    }
}
