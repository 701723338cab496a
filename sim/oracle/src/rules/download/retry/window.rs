//! DOD-RETRY-002 to -005 and -008: how long a download may go without a new byte.
//!
//! Windows keeps the time exactly; the agent counts looks at its progress.

mod checks;
mod exact;

use crate::findings::Findings;
use crate::view::downloads::{DownloadView, Downloads, starts};
use bitsim_vocab::download::{DownloadState, Row, Standing};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{AttemptOutcome, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, Hresult, JobId, RuleId};
use checks::Checks;
use exact::Exact;
use std::collections::BTreeMap;

const NO_PROGRESS: Hresult = Hresult::DO_E_DOWNLOAD_NO_PROGRESS;

/// The no-progress windows of every download.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    agent: bool,
    /// The latest failure of a download before its latest Start.
    earlier: BTreeMap<JobId, Hresult>,
    exact: BTreeMap<JobId, Exact>,
    checks: BTreeMap<JobId, Checks>,
}

impl Windows {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            agent: setup.target.profile == bitsim_vocab::Profile::Agent,
            earlier: BTreeMap::new(),
            exact: BTreeMap::new(),
            checks: BTreeMap::new(),
        }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if self.agent {
            for (job, checks) in &mut self.checks {
                let Some(download) = view.download(*job) else { continue };
                checks.settle(view, event, *job, download, out);
            }
        }
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        if let Happened::Standing { from, to, cause, .. } = &event.what {
            if starts(*cause)
                && let Some((code, _)) = download.failure
            {
                self.earlier.insert(job, code);
            }
            let expired = *cause == Row::NoProgressElapsed || to.error == NO_PROGRESS;
            if expired && from.state == DownloadState::Transferring {
                self.error_pair(view, event, (job, download), *to, out);
            }
        }
        if self.agent {
            let checks = self.checks.entry(job).or_default();
            checks.observe(view, event, job, download, out);
        } else {
            let exact = self.exact.entry(job).or_insert_with(|| Exact::new(view, download));
            exact.observe(view, event, job, download, out);
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        for (job, exact) in &mut self.exact {
            let Some(download) = view.download(*job) else { continue };
            exact.finish(view, end.at(), (last, *job), download, out);
        }
        for (job, checks) in &mut self.checks {
            let Some(download) = view.download(*job) else { continue };
            checks.finish(view, end.at(), (last, *job), download, out);
        }
    }

    /// DOD-RETRY-003: the error pair at the end of the window.
    fn error_pair(
        &self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        to: Standing,
        out: &mut Findings,
    ) {
        let here = |(outcome, at): (AttemptOutcome, _)| match outcome {
            AttemptOutcome::Failed { code, .. } if at == event.at => Some(code),
            _ => None,
        };
        let mut pairs = Vec::new();
        if view.is_agent() {
            // The Error of that moment; or, if an attempt without a reply ends just then, its
            // failure alone (findings on DOD-RETRY-003).
            pairs.push((NO_PROGRESS, download.standing.error));
            if let Some(code) = download.last_outcome.and_then(here) {
                pairs.push((code, Hresult::S_OK));
            }
        } else {
            let since = download.started_at.unwrap_or(download.created);
            let last = download.failure.filter(|(_, at)| *at >= since);
            match last {
                Some((code, at)) => {
                    pairs.push((NO_PROGRESS, code));
                    // Bytes after the failure: whether it is still the last error is open.
                    if download.progress_at.is_some_and(|progress| progress > at) {
                        pairs.push((NO_PROGRESS, Hresult::S_OK));
                    }
                }
                None => {
                    pairs.push((NO_PROGRESS, Hresult::S_OK));
                    let earlier = self.earlier.get(&job);
                    pairs.extend(earlier.map(|code| (NO_PROGRESS, *code)));
                }
            }
        }
        let paused = to.state == DownloadState::Paused;
        let ok = paused && pairs.contains(&(to.error, to.extended_error));
        out.ensure(RuleId::DOD_RETRY_003, ok, event, || {
            let (error, extended) = pairs[0];
            (
                "the no-progress window of `{job}` ended, and its status does not say so"
                    .to_owned(),
                format!(
                    "Paused with Error {} and ExtendedError {}",
                    WithNumber(error),
                    WithNumber(extended)
                ),
                format!(
                    "{} with Error {} and ExtendedError {}",
                    to.state,
                    WithNumber(to.error),
                    WithNumber(to.extended_error)
                ),
            )
        });
    }
}
