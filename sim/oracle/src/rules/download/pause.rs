//! DOD-PAUSE: what Pause does in each state, and that it lasts.

use crate::findings::Findings;
use crate::view::downloads::latest::LatestCall;
use crate::view::downloads::{DownloadView, Downloads, starts};
use bitsim_vocab::download::{DownloadCall, DownloadState, Row, Situation, Standing};
use bitsim_vocab::trace::{Called, End, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, RuleId};
use std::collections::BTreeSet;

pub(super) const CHECKED: &[RuleId] =
    &[RuleId::DOD_PAUSE_001, RuleId::DOD_PAUSE_002, RuleId::DOD_PAUSE_003, RuleId::DOD_PAUSE_004];

/// DOD-PAUSE.
#[derive(Debug, Clone)]
pub(super) struct Pause {
    /// Downloads that a client paused and that no Start has resumed since.
    demanded: BTreeSet<JobId>,
}

impl Pause {
    pub(super) fn new(_: &Setup) -> Self {
        Self { demanded: BTreeSet::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            paused(view, call, out);
        }
        match &event.what {
            Happened::Called(called) => self.demand(view, called),
            Happened::Standing { job, to, cause, .. } => {
                self.moved(view, event, *job, *to, *cause, out);
            }
            Happened::AttemptBegan { job, .. } | Happened::Requested { job, .. } => {
                let Some(download) = view.download(*job) else { return };
                if self.demanded.contains(job) && download.standing.state == DownloadState::Paused {
                    not_sticky(event, "an attempt began while it was Paused", out);
                }
            }
            Happened::Bytes { job, of: Payload::File, done, .. } => {
                let Some(download) = view.download(*job) else { return };
                still(view, event, download, *done, out);
            }
            Happened::LeftQueue { job } => {
                self.demanded.remove(job);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            paused(view, call, out);
        }
        for _ in &self.demanded {
            out.held(RuleId::DOD_PAUSE_004);
        }
    }

    fn demand(&mut self, view: &Downloads, called: &Called) {
        let Call::Download(job, DownloadCall::Pause) = called.call else { return };
        let Some(download) = view.download(job).filter(|_| called.hr == Hresult::S_OK) else {
            return;
        };
        // After a failure nothing resumes by itself anyway.
        let pausable = matches!(
            download.standing.situation(),
            Situation::Transferring | Situation::PausedOnDemand | Situation::PausedTransient
        );
        if pausable {
            self.demanded.insert(job);
        }
    }

    /// DOD-PAUSE-004: only Start resumes after Pause.
    fn moved(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        to: Standing,
        cause: Row,
        out: &mut Findings,
    ) {
        let Some(download) = view.download(job) else { return };
        let was = download.standing.state;
        if to.state.is_final() || starts(cause) {
            if self.demanded.remove(&job) {
                out.held(RuleId::DOD_PAUSE_004);
            }
            return;
        }
        // The agent lets a request that runs during Pause end (findings on DOD-PAUSE-001).
        let resumed = to.state == DownloadState::Transferring
            || to.state == DownloadState::Transferred && !view.is_agent();
        if was == DownloadState::Paused && resumed && self.demanded.remove(&job) {
            not_sticky(event, &format!("{} -> {to} ({cause})", download.standing), out);
        }
        if was != DownloadState::Paused && to.state == DownloadState::Transferred {
            self.demanded.remove(&job);
        }
    }
}

fn not_sticky(event: &Event, actual: &str, out: &mut Findings) {
    out.ensure(RuleId::DOD_PAUSE_004, false, event, || {
        (
            "`{job}` went on by itself although a client had paused it".to_owned(),
            "Paused until a client calls Start".to_owned(),
            actual.to_owned(),
        )
    });
}

/// DOD-PAUSE-001: nothing moves while Paused.
fn still(view: &Downloads, event: &Event, download: &DownloadView, done: u64, out: &mut Findings) {
    if download.standing.state != DownloadState::Paused || done == download.done {
        return;
    }
    // With the agent, what was under way may still arrive (findings on DOD-PAUSE-001).
    let trails = event.at.since(download.since) <= view.setup.delivery.connect_timeout;
    if view.is_agent() && trails && done > download.done {
        return;
    }
    out.ensure(RuleId::DOD_PAUSE_001, false, event, || {
        (
            "the bytes of `{job}` changed while it was Paused".to_owned(),
            format!("BytesTransferred to stay at {}", download.done),
            format!("{done} bytes"),
        )
    });
}

/// Judges a Pause once all its effects have been recorded.
fn paused(view: &Downloads, call: &LatestCall, out: &mut Findings) {
    if call.call != DownloadCall::Pause || !call.admitted {
        return;
    }
    let Some(download) = view.download(call.job) else { return };
    match call.before.situation() {
        Situation::Transferring => {
            let rests = Some(Standing::of(DownloadState::Paused));
            call.ensure_effect(out, RuleId::DOD_PAUSE_001, Hresult::S_OK, rests);
            if call.moved == rests && download.in_attempt && !view.is_agent() {
                call.ensure(out, RuleId::DOD_PAUSE_001, false, || {
                    (
                        "Pause did not stop the transfer of `{job}`".to_owned(),
                        "the attempt under way to end".to_owned(),
                        "it goes on while the download is Paused".to_owned(),
                    )
                });
            }
        }
        Situation::Created
        | Situation::Transferred
        | Situation::PausedOnDemand
        | Situation::PausedFailed => {
            call.ensure_effect(out, RuleId::DOD_PAUSE_002, Hresult::S_OK, None);
        }
        Situation::PausedTransient => {
            // On demand from now on, or as it was: either way it must stay (DOD-PAUSE-004).
            let rests = Some(Standing::of(DownloadState::Paused));
            let ok = call.hr == Hresult::S_OK && (call.moved.is_none() || call.moved == rests);
            call.ensure(out, RuleId::DOD_PAUSE_002, ok, || {
                (
                    "Pause while something blocked `{job}` was not accepted".to_owned(),
                    call.effect(Hresult::S_OK, rests),
                    call.effect(call.hr, call.moved),
                )
            });
        }
        Situation::Finalized | Situation::Aborted => {
            let refused = Hresult::DO_E_INVALID_STATE;
            call.ensure_effect(out, RuleId::DOD_PAUSE_003, refused, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::paused as rests;
    use crate::rules::download::testing::{INVALID_STATE, NO_NETWORK, OK, Tale, of};
    use bitsim_vocab::hresult::Class;
    use bitsim_vocab::trace::AttemptOutcome;
    use bitsim_vocab::world::Disturbance;

    fn pause(tale: Tale, hr: Hresult) -> Tale {
        tale.call(DownloadCall::Pause, hr)
    }

    #[test]
    fn pause_stops_the_transfer() {
        let rule = RuleId::DOD_PAUSE_001;
        for tale in Tale::both() {
            let tale = tale.start().at(1).sized(100).bytes(40).at(2);
            let calm = tale.clone().pause().at(30);
            calm.clone().follows(rule);
            calm.bytes(50).breaks(rule);
            pause(tale.clone(), OK).breaks(rule);
            pause(tale.clone(), INVALID_STATE).breaks(rule);
            let halted = pause(tale, OK).ends(AttemptOutcome::Halted { by: Row::Pause });
            halted.to(rests(OK, NO_NETWORK), Row::Pause).breaks(rule);
        }
        let tale = Tale::windows().start().at(1).sized(100).bytes(40).at(2);
        pause(tale.clone(), OK).to(rests(OK, OK), Row::Pause).breaks(rule);
        tale.pause().at(3).bytes(50).breaks(rule);
    }

    #[test]
    fn pause_at_rest_changes_nothing() {
        let rule = RuleId::DOD_PAUSE_002;
        for tale in Tale::both() {
            let failed = tale.clone().start().at(1);
            let failed = failed.fails(Hresult::http(404), Class::Fatal);
            let failed = failed.to(rests(Hresult::http(404), OK), Row::FatalFailure);
            let still = [
                tale.clone(),
                failed,
                tale.clone().start().at(1).arrives(),
                tale.start().at(1).pause(),
            ];
            for tale in still {
                let tale = tale.at(2);
                pause(tale.clone(), OK).follows(rule);
                pause(tale.clone(), INVALID_STATE).breaks(rule);
                pause(tale, OK).to(rests(OK, NO_NETWORK), Row::Pause).breaks(rule);
            }
        }
    }

    #[test]
    fn final_downloads_refuse_pause() {
        let rule = RuleId::DOD_PAUSE_003;
        let tale = Tale::windows().call(DownloadCall::Abort, OK);
        let tale = tale.to(of(DownloadState::Aborted), Row::Abort).at(1);
        pause(tale.clone(), INVALID_STATE).follows(rule);
        pause(tale, OK).breaks(rule);
    }

    #[test]
    fn pause_lasts() {
        let rule = RuleId::DOD_PAUSE_004;
        for tale in Tale::both() {
            let tale = tale.start().at(1);
            tale.clone().pause().at(2).resume().follows(rule);
            let again = of(DownloadState::Transferring);
            tale.clone().pause().at(2).to(again, Row::RetryDelayElapsed).breaks(rule);
            tale.clone().pause().at(2).attempt().breaks(rule);
            let blocked = tale.cut_off().at(2);
            let demanded = pause(blocked.clone(), OK).to(rests(OK, OK), Row::Pause).at(30);
            let back = demanded.env(Disturbance::NetworkRegained);
            back.clone().at(300).follows(rule);
            back.to(again, Row::NetworkRestored).breaks(rule);
            let ignored = pause(blocked, OK).at(30).env(Disturbance::NetworkRegained);
            ignored.to(again, Row::NetworkRestored).breaks(rule);
        }
    }
}
