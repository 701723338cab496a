//! DOD-STATE: the six states, the error pair, and which way leads where.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads, starts};
use bitsim_vocab::download::{DownloadCall, DownloadState, Row, Situation, Standing};
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, Reply, RuleId, SimTime};
use std::collections::BTreeMap;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_STATE_001,
    RuleId::DOD_STATE_002,
    RuleId::DOD_STATE_003,
    RuleId::DOD_STATE_004,
    RuleId::DOD_STATE_005,
    RuleId::DOD_STATE_006,
    RuleId::DOD_STATE_008,
];

/// DOD-STATE.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// Downloads whose attempt failed for good and that have not been moved since.
    failed: BTreeMap<JobId, (Hresult, SimTime)>,
    /// Downloads that were asked for their status while new.
    told: BTreeMap<JobId, ()>,
}

impl State {
    pub(super) fn new(_: &Setup) -> Self {
        Self { failed: BTreeMap::new(), told: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            started_again(view, call, out);
        }
        self.overdue(event, event.at, out);
        match &event.what {
            Happened::Called(called) => self.asked(view, event, called, out),
            Happened::Standing { job, from, to, cause } => {
                let Some(download) = view.download(*job) else { return };
                self.moved(view, event, (*job, download), (*from, *to, *cause), out);
            }
            Happened::AttemptEnded {
                job,
                outcome: AttemptOutcome::Failed { code, class: Class::Fatal },
            } => {
                self.failed.insert(*job, (*code, event.at));
            }
            Happened::LeftQueue { job } => {
                self.failed.remove(job);
            }
            Happened::AttemptBegan { job, .. }
            | Happened::Requested { job, .. }
            | Happened::Bytes { job, of: Payload::File, .. } => {
                if let Some(download) = view.download(*job) {
                    active(event, download, out);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            started_again(view, call, out);
        }
        self.overdue(last, end.at(), out);
        for download in &view.downloads {
            if download.standing.state.is_final() {
                out.held(RuleId::DOD_STATE_003);
            }
        }
    }

    /// DOD-STATE-001, -002, -003 and -008: what GetStatus tells.
    fn asked(&mut self, view: &Downloads, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Download(job, DownloadCall::GetStatus) = called.call else { return };
        let Some(download) = view.download(job).filter(|_| called.hr.succeeded()) else { return };
        let status = if let Reply::Status(status) = &called.reply { Some(*status) } else { None };
        out.ensure(RuleId::DOD_STATE_001, status.is_some(), event, || {
            (
                "GetStatus of `{job}` succeeded without telling a state".to_owned(),
                "one of Created, Transferring, Transferred, Finalized, Aborted and Paused"
                    .to_owned(),
                "S_OK without a status".to_owned(),
            )
        });
        let Some(status) = status else { return };
        if download.changes == 0 && self.told.insert(job, ()).is_none() {
            let blank = status.bytes_total == 0 && status.bytes_transferred == 0;
            let new = status.standing == Standing::NEW;
            out.ensure(RuleId::DOD_STATE_002, blank && new, event, || {
                (
                    "GetStatus of the new download `{job}` does not show it as new".to_owned(),
                    "Created with 0 of 0 bytes, Error and ExtendedError S_OK".to_owned(),
                    format!(
                        "{} with {} of {} bytes",
                        status.standing, status.bytes_transferred, status.bytes_total
                    ),
                )
            });
        }
        let settled = download.since + view.visible_after() <= event.at;
        if download.standing.state.is_final() && settled {
            let same = status.standing.state == download.standing.state;
            out.ensure(RuleId::DOD_STATE_003, same, event, || {
                (
                    "`{job}` left a final state".to_owned(),
                    format!("{} for good", download.standing.state),
                    format!("GetStatus tells {}", status.standing),
                )
            });
        }
        if status.standing.state == DownloadState::Transferred && settled {
            let total = (status.bytes_total > 0).then_some(status.bytes_total);
            let bytes = (status.bytes_transferred, total);
            complete(view, event, download, status.standing, bytes, out);
        }
    }

    fn moved(
        &mut self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        (from, to, cause): (Standing, Standing, Row),
        out: &mut Findings,
    ) {
        if download.changes == 0 {
            out.ensure(RuleId::DOD_STATE_002, from == Standing::NEW, event, || {
                (
                    "`{job}` did not begin as a new download".to_owned(),
                    "Created, with Error and ExtendedError S_OK".to_owned(),
                    from.to_string(),
                )
            });
        }
        if download.standing.state.is_final() || from.state.is_final() {
            out.ensure(RuleId::DOD_STATE_003, false, event, || {
                (
                    format!("`{{job}}` left {} ({cause})", from.state),
                    "Finalized and Aborted to be the end of a download".to_owned(),
                    format!("{from} -> {to}"),
                )
            });
        }
        if let Some((code, _)) = self.failed.remove(&job) {
            failed(event, code, to, cause, out);
        }
        error_pair(event, download, (from, to, cause), out);
        cleared(event, (from, to, cause), out);
        if to.state == DownloadState::Transferred {
            complete(view, event, download, to, (download.done, download.total), out);
        }
        if from.state == DownloadState::Transferred && to.state != DownloadState::Transferred {
            let legal = starts(cause)
                || matches!(cause, Row::Finalize | Row::Abort | Row::PathTaken | Row::Expiry);
            out.ensure(RuleId::DOD_STATE_008, legal, event, || {
                (
                    format!(
                        "`{{job}}` had arrived in full and was taken out of Transferred ({cause})"
                    ),
                    "Transferred to last until Start with other ranges, Finalize or Abort"
                        .to_owned(),
                    format!("{from} -> {to}"),
                )
            });
        }
    }

    /// DOD-STATE-005: a fatal failure that changes nothing.
    fn overdue(&mut self, event: &Event, now: SimTime, out: &mut Findings) {
        let late = |since: &SimTime| now.since(*since) > about::AT_ONCE;
        let overdue = self.failed.iter().find(|(_, (_, since))| late(since));
        let Some((job, (code, since))) = overdue.map(|(job, failed)| (*job, *failed)) else {
            return;
        };
        self.failed.remove(&job);
        let texts = (
            "an attempt of `{job}` failed for good, but the download was not stopped".to_owned(),
            format!("Paused with Error {}", WithNumber(code)),
            format!("no change of status since {since}"),
        );
        about::broken(out, RuleId::DOD_STATE_005, Some(job), event, texts);
    }
}

/// DOD-STATE-005: where a fatal failure leads.
fn failed(event: &Event, code: Hresult, to: Standing, cause: Row, out: &mut Findings) {
    // A call or a restart at the same instant may come between.
    let other = matches!(cause, Row::Pause | Row::Abort | Row::PathTaken | Row::RestartSaved);
    if other || cause == Row::Expiry || starts(cause) {
        return;
    }
    // Without a network, the agent rests first (findings on DOD-RETRY-012 and -010).
    let stopped = matches!(to.situation(), Situation::PausedFailed | Situation::PausedTransient);
    out.ensure(RuleId::DOD_STATE_005, stopped, event, || {
        (
            format!("`{{job}}` failed for good with {} and became {}", WithNumber(code), to.state),
            "Paused with a failed Error, since there is no error state".to_owned(),
            to.to_string(),
        )
    });
}

/// DOD-STATE-005: a download that failed can be started again.
fn started_again(
    view: &Downloads,
    call: &crate::view::downloads::latest::LatestCall,
    out: &mut Findings,
) {
    let Some(download) = view.download(call.job) else { return };
    if call.before.situation() != Situation::PausedFailed || !call.is_start() || !call.admitted {
        return;
    }
    let refused = call.hr == Hresult::DO_E_INVALID_STATE
        || call.hr.succeeded() && call.moved.is_none() && !download.gone;
    call.ensure(out, RuleId::DOD_STATE_005, !refused, || {
        (
            "Start did not start `{job}` again after a failure".to_owned(),
            "a failed download to be Paused, so that Start is legal and goes on".to_owned(),
            call.effect(call.hr, call.moved),
        )
    });
}

/// DOD-STATE-004: the three faces of Paused.
fn error_pair(
    event: &Event,
    download: &DownloadView,
    (from, to, cause): (Standing, Standing, Row),
    out: &mut Findings,
) {
    if to.state != DownloadState::Paused {
        return;
    }
    let here = |(outcome, at): (AttemptOutcome, SimTime)| (at == event.at).then_some(outcome);
    let (expected, text) = match (cause, download.last_outcome.and_then(here)) {
        (Row::Pause | Row::RestartSaved, _) => {
            (Situation::PausedOnDemand, "Error and ExtendedError S_OK after a demand to pause")
        }
        (Row::NetworkLost | Row::BlockBegins, _) => (
            Situation::PausedTransient,
            "Error S_OK and a failed ExtendedError while something blocks the download",
        ),
        (
            Row::FatalFailure | Row::RangeIgnored | Row::IntegrityFails | Row::NoProgressElapsed,
            _,
        )
        | (_, Some(AttemptOutcome::Failed { class: Class::Fatal, .. })) => {
            (Situation::PausedFailed, "a failed Error after a failure")
        }
        (_, Some(AttemptOutcome::Blocked { .. })) => (
            Situation::PausedTransient,
            "Error S_OK and a failed ExtendedError while something blocks the download",
        ),
        _ => return demanded(event, (from, to, cause), out),
    };
    out.ensure(RuleId::DOD_STATE_004, to.situation() == expected, event, || {
        (
            format!("the error pair of `{{job}}` does not tell why it is Paused ({cause})"),
            text.to_owned(),
            format!(
                "{from} -> Paused with Error {} and ExtendedError {}",
                WithNumber(to.error),
                WithNumber(to.extended_error)
            ),
        )
    });
}

/// DOD-STATE-004: without an error a download is Paused only if somebody paused it.
fn demanded(event: &Event, (from, to, cause): (Standing, Standing, Row), out: &mut Findings) {
    let on_demand = to.situation() == Situation::PausedOnDemand;
    if !on_demand || from.situation() == Situation::PausedOnDemand {
        return;
    }
    out.ensure(RuleId::DOD_STATE_004, false, event, || {
        (
            format!("`{{job}}` is Paused without an error although nobody paused it ({cause})"),
            "a failed Error or ExtendedError that tells why, or no pause at all".to_owned(),
            format!("{from} -> {to}"),
        )
    });
}

/// DOD-STATE-006: a start or an automatic resume clears both errors.
fn cleared(event: &Event, (from, to, cause): (Standing, Standing, Row), out: &mut Findings) {
    let again = starts(cause)
        || matches!(cause, Row::NetworkRestored | Row::BlockEnds | Row::RetryDelayElapsed);
    if !again || to.state != DownloadState::Transferring {
        return;
    }
    let clean = to.error == Hresult::S_OK && to.extended_error == Hresult::S_OK;
    let had = from.error != Hresult::S_OK || from.extended_error != Hresult::S_OK;
    if had || !clean {
        out.ensure(RuleId::DOD_STATE_006, clean, event, || {
            (
                format!("`{{job}}` went on ({cause}) with an old error code"),
                "Error and ExtendedError S_OK".to_owned(),
                to.to_string(),
            )
        });
    }
}

/// DOD-STATE-002, -003 and -006: a transfer needs a state that transfers, and begins clean.
fn active(event: &Event, download: &DownloadView, out: &mut Findings) {
    let state = download.standing.state;
    let (rule, expected) = match state {
        DownloadState::Created => (RuleId::DOD_STATE_002, "no transfer before Start"),
        DownloadState::Finalized | DownloadState::Aborted => {
            (RuleId::DOD_STATE_003, "no transfer after the end of the download")
        }
        DownloadState::Transferring if matches!(event.what, Happened::AttemptBegan { .. }) => {
            let is = download.standing;
            let clean = is.error == Hresult::S_OK && is.extended_error == Hresult::S_OK;
            if !clean {
                out.ensure(RuleId::DOD_STATE_006, false, event, || {
                    (
                        "an attempt of `{job}` began with an old error code".to_owned(),
                        "Error and ExtendedError S_OK once the download goes on".to_owned(),
                        is.to_string(),
                    )
                });
            }
            return;
        }
        _ => return,
    };
    out.ensure(rule, false, event, || {
        (
            format!("data of `{{job}}` moved in {state}"),
            expected.to_owned(),
            match &event.what {
                Happened::Bytes { done, .. } => format!("{done} bytes have arrived"),
                Happened::Requested { held, .. } => format!("a request from byte {held} on"),
                _ => "an attempt began".to_owned(),
            },
        )
    });
}

/// DOD-STATE-008: Transferred means all of it and nothing wrong.
fn complete(
    view: &Downloads,
    event: &Event,
    download: &DownloadView,
    standing: Standing,
    (done, total): (u64, Option<u64>),
    out: &mut Findings,
) {
    // The total follows every answer with the agent, up and down (findings on DOD-STATE-008).
    let grown = view.is_agent() && download.total_moved;
    let whole = match total {
        Some(total) if total > 0 => done == total || grown && done < total,
        _ => true,
    };
    let ok = standing.error == Hresult::S_OK && whole;
    out.ensure(RuleId::DOD_STATE_008, ok, event, || {
        let total = total.map_or_else(|| "unknown".to_owned(), |total| total.to_string());
        (
            "`{job}` is Transferred although something is missing or wrong".to_owned(),
            "Error S_OK and BytesTransferred equal to BytesTotal".to_owned(),
            format!("{standing}, {done} of {total} bytes"),
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{BUSY, NO_NETWORK, NO_PROGRESS, OK, Tale, of, paused};
    use bitsim_vocab::trace::FileChange;
    use bitsim_vocab::world::Disturbance;

    const GONE: Hresult = Hresult::http(404);

    #[test]
    fn get_status_tells_a_state() {
        let tale = Tale::windows();
        tale.clone().status(0, 0, Standing::NEW).follows(RuleId::DOD_STATE_001);
        tale.call(DownloadCall::GetStatus, OK).breaks(RuleId::DOD_STATE_001);
    }

    #[test]
    fn a_new_download_is_created_and_blank() {
        let rule = RuleId::DOD_STATE_002;
        for tale in Tale::both() {
            tale.clone().status(0, 0, Standing::NEW).follows(rule);
            tale.clone().status(0, 100, Standing::NEW).breaks(rule);
            tale.clone().status(0, 0, of(DownloadState::Transferring)).breaks(rule);
            tale.clone().attempt().breaks(rule);
            let odd = tale.to(paused(OK, OK), Row::Pause);
            odd.clone().holds(rule);
        }
    }

    #[test]
    fn final_states_are_final() {
        let rule = RuleId::DOD_STATE_003;
        let aborted = |tale: Tale| {
            let tale = tale.start().at(1).call(DownloadCall::Abort, OK);
            tale.ends(AttemptOutcome::Halted { by: Row::Abort })
                .file(FileChange::OutputDeleted)
                .to(of(DownloadState::Aborted), Row::Abort)
        };
        let tale = aborted(Tale::windows()).at(2);
        tale.clone().status(0, 0, of(DownloadState::Aborted)).follows(rule);
        tale.clone().status(0, 0, of(DownloadState::Transferring)).breaks(rule);
        tale.clone().to(of(DownloadState::Transferring), Row::StartNull).breaks(rule);
        tale.attempt().breaks(rule);
    }

    #[test]
    fn the_error_pair_tells_why_it_is_paused() {
        let rule = RuleId::DOD_STATE_004;
        for tale in Tale::both() {
            let tale = tale.start().at(1);
            tale.clone().pause().follows(rule);
            tale.clone().stops(GONE).follows(rule);
            let fails = tale.clone().fails(GONE, Class::Fatal);
            fails.clone().to(paused(OK, OK), Row::FatalFailure).breaks(rule);
            fails.to(paused(OK, GONE), Row::FatalFailure).breaks(rule);
            let call = tale.clone().call(DownloadCall::Pause, OK);
            let call = call.ends(AttemptOutcome::Halted { by: Row::Pause });
            call.to(paused(BUSY, OK), Row::Pause).breaks(rule);
            let cut = tale.clone().env(Disturbance::NetworkLost);
            let cut = cut.ends(AttemptOutcome::Blocked { code: NO_NETWORK });
            cut.clone().to(paused(OK, NO_NETWORK), Row::NetworkLost).follows(rule);
            cut.to(paused(NO_NETWORK, OK), Row::NetworkLost).breaks(rule);
            tale.clone().to(paused(OK, OK), Row::SetUri).breaks(rule);
            tale.stops(GONE).at(2).to(paused(OK, OK), Row::GetProperty).breaks(rule);
        }
    }

    #[test]
    fn a_failed_download_is_paused_and_can_be_started_again() {
        let rule = RuleId::DOD_STATE_005;
        for tale in Tale::both() {
            let tale = tale.start().at(1);
            tale.clone().stops(GONE).follows(rule);
            let fails = tale.clone().fails(GONE, Class::Fatal);
            fails.clone().to(of(DownloadState::Aborted), Row::FatalFailure).breaks(rule);
            fails.at(100).breaks(rule);
            let stopped = tale.stops(GONE).at(2);
            stopped.clone().resume().follows(rule);
            let refused = stopped.call(DownloadCall::Start(None), Hresult::DO_E_INVALID_STATE);
            refused.breaks(rule);
        }
    }

    #[test]
    fn going_on_clears_the_errors() {
        let rule = RuleId::DOD_STATE_006;
        let old = Standing { error: GONE, ..of(DownloadState::Transferring) };
        for tale in Tale::both() {
            let tale = tale.start().at(1).stops(GONE).at(2);
            tale.clone().resume().follows(rule);
            let call = tale.call(DownloadCall::Start(None), OK);
            call.to(old, Row::StartNull).breaks(rule);
        }
        let tale = Tale::windows().start().at(1).retries(BUSY).at(3);
        tale.clone().again().follows(rule);
        tale.attempt().breaks(rule);
    }

    #[test]
    fn transferred_means_all_of_it() {
        let rule = RuleId::DOD_STATE_008;
        for tale in Tale::both() {
            let tale = tale.start().at(1).sized(100);
            let end = |tale: Tale, to| {
                let tale = tale.file(FileChange::Finished).ends(AttemptOutcome::Finished);
                tale.to(to, Row::AllReceived)
            };
            let there = of(DownloadState::Transferred);
            end(tale.clone().bytes(100), there).follows(rule);
            end(tale.clone().bytes(90), there).breaks(rule);
            end(tale.clone().bytes(110), there).breaks(rule);
            end(tale.clone().bytes(100), Standing { error: NO_PROGRESS, ..there }).breaks(rule);
            let tale = end(tale.bytes(100), there).at(2);
            tale.clone().status(100, 100, there).follows(rule);
            tale.clone().status(90, 100, there).breaks(rule);
            tale.to(paused(OK, NO_NETWORK), Row::NetworkLost).breaks(rule);
        }
    }
}
