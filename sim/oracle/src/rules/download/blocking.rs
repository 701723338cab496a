//! DOD-START-011: when Start returns.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::Downloads;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Row, Situation};
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, ClientId, Event, JobId, Profile, RuleId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CHECKED: &[RuleId] = &[RuleId::DOD_START_011];

/// Who waits in Start.
#[derive(Debug, Clone)]
pub(super) struct Blocking {
    windows: bool,
    /// The latest Start with BlockingMode that succeeded, as long as it may be what moves the
    /// download.
    started: Option<(JobId, ClientId)>,
    waiting: BTreeMap<JobId, ClientId>,
    /// Downloads into whose Start a restart of the service cut.
    cut_off: BTreeSet<JobId>,
}

impl Blocking {
    pub(super) fn new(setup: &Setup) -> Self {
        let windows = setup.target.profile == Profile::Windows;
        let (waiting, cut_off) = (BTreeMap::new(), BTreeSet::new());
        Self { windows, started: None, waiting, cut_off }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if !self.windows {
            return;
        }
        self.overdue(view, event, out);
        match &event.what {
            Happened::Called(called) => self.started = started(view, called),
            Happened::Standing { job, to, cause, .. } => {
                let start = matches!(cause, Row::StartWhole | Row::StartRanges | Row::StartNull);
                if let Some((started, client)) = self.started
                    && started == *job
                    && start
                    && to.situation() == Situation::Transferring
                {
                    self.waiting.insert(*job, client);
                    self.cut_off.remove(job);
                }
            }
            Happened::StartReturned { job, client } => {
                self.returned(view, event, *job, *client, out);
            }
            Happened::LeftQueue { job } => {
                self.waiting.remove(job);
            }
            Happened::Env(what) => match &**what {
                Disturbance::ClientExits(gone) => self.waiting.retain(|_, client| client != gone),
                // What becomes of a call into a service that ends is documented nowhere.
                Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                    self.cut_off.extend(self.waiting.keys());
                    self.waiting.clear();
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, _: End, last: &Event, out: &mut Findings) {
        if self.windows {
            self.owed(view, last, |_| true, out);
        }
    }

    fn returned(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        client: ClientId,
        out: &mut Findings,
    ) {
        let Some(download) = view.download(job) else { return };
        if self.cut_off.remove(&job) {
            return;
        }
        let waited = self.waiting.remove(&job) == Some(client);
        let goes_on = goes_on(download.standing.situation());
        out.ensure(RuleId::DOD_START_011, waited && !goes_on, event, || {
            let what = if waited {
                "Start of `{job}` returned in BlockingMode while the download went on"
            } else {
                "a Start of `{job}` returned later than it was called, without BlockingMode"
            };
            let expected = if waited {
                "Start to return when the download is Transferred or has failed"
            } else {
                "Start to return at once"
            };
            (what.to_owned(), expected.to_owned(), format!("{}", download.standing))
        });
    }

    fn overdue(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        let now = event.at;
        self.owed(view, event, |since| now.since(since) > about::AT_ONCE, out);
    }

    /// Finds downloads that have ended and whose Start has not returned.
    fn owed(
        &mut self,
        view: &Downloads,
        event: &Event,
        late: impl Fn(bitsim_vocab::SimTime) -> bool,
        out: &mut Findings,
    ) {
        self.waiting.retain(|job, _| {
            let Some(download) = view.download(*job) else { return false };
            let ended = matches!(
                download.standing.situation(),
                Situation::Transferred
                    | Situation::PausedFailed
                    | Situation::Finalized
                    | Situation::Aborted
            );
            if !ended || !late(download.since) {
                return true;
            }
            let texts = (
                "Start of `{job}` did not return although the download had ended".to_owned(),
                "Start to return when the download is Transferred or has failed".to_owned(),
                format!("{} and still waiting", download.standing),
            );
            about::broken(out, RuleId::DOD_START_011, Some(*job), event, texts);
            false
        });
    }
}

/// A Start in BlockingMode that succeeded.
fn started(view: &Downloads, called: &Called) -> Option<(JobId, ClientId)> {
    let Call::Download(job, DownloadCall::Start(_)) = &called.call else { return None };
    let blocks = view.download(*job)?.flag(DownloadProperty::BlockingMode);
    (blocks && called.hr.succeeded()).then_some((*job, called.by))
}

/// True while the download moves, or will by itself.
const fn goes_on(situation: Situation) -> bool {
    matches!(situation, Situation::Transferring | Situation::PausedTransient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::Tale;
    use crate::rules::testing::APP;
    use bitsim_vocab::Hresult;
    use bitsim_vocab::download::Value;

    const RULE: RuleId = RuleId::DOD_START_011;

    fn blocking() -> Tale {
        let property = DownloadProperty::BlockingMode;
        Tale::windows().set(property, Value::Flag(true), Hresult::S_OK).start()
    }

    fn returned(tale: Tale) -> Tale {
        tale.push(Happened::StartReturned { job: JobId(0), client: APP })
    }

    #[test]
    fn a_blocking_start_returns_at_the_end() {
        returned(blocking().at(9).sized(100).bytes(100).arrives()).holds(RULE);
        returned(blocking().at(9).stops(Hresult::http(404))).holds(RULE);
        returned(blocking().at(9).pause()).holds(RULE);
        returned(blocking().at(9)).breaks(RULE);
        returned(blocking().at(9).retries(Hresult::http(503))).breaks(RULE);
        blocking().at(9).sized(100).bytes(100).arrives().at(900).breaks(RULE);
        blocking().at(9).leaves(RULE);
    }

    #[test]
    fn without_blocking_mode_nobody_waits() {
        let plain = Tale::windows().start().at(9);
        plain.clone().sized(100).bytes(100).arrives().leaves(RULE);
        returned(plain.sized(100).bytes(100).arrives()).breaks(RULE);
    }

    #[test]
    fn a_restart_cuts_into_a_call() {
        let restart = Disturbance::ServiceRestarts { list_readable: true };
        let cut = blocking().at(5).env(restart).at(6);
        // It may return or not, once: what was cut off is over.
        cut.clone().at(900).leaves(RULE);
        returned(cut.clone()).leaves(RULE);
        returned(returned(cut.clone())).breaks(RULE);
        // A Start after the restart is one like any other.
        let again = cut.cut_off().at(7).resume().at(8);
        returned(again.clone()).breaks(RULE);
        returned(again.sized(100).bytes(100).arrives()).holds(RULE);
    }

    #[test]
    fn a_client_that_ended_waits_no_more() {
        let gone = blocking().at(5).env(Disturbance::ClientExits(APP));
        gone.at(9).sized(100).bytes(100).arrives().at(900).leaves(RULE);
    }
}
