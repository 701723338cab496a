//! How a stimulus reaches a download: the table decides, [`Downloads::apply`] does it, and
//! [`Downloads::enter`] is the only function that writes the standing of a download.

use super::record::{Incident, Phase};
use super::table::{Case, Effect};
use super::{Downloads, Hook};
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::download::{
    DownloadCall, DownloadProperty, DownloadState, Row, Situation, Standing,
};
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::world::Defect;
use bitsim_vocab::{ClientId, Happened, Hresult, JobId};

/// What reaches a download.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause<'a> {
    pub(super) row: Row,
    /// The client that calls, if it is a call.
    pub(super) by: Option<ClientId>,
    /// The call.
    pub(super) call: Option<&'a DownloadCall>,
    /// What went wrong, or what forbids the download.
    pub(super) incident: Option<Incident>,
}

impl Cause<'_> {
    pub(super) const fn event(row: Row) -> Self {
        Self { row, by: None, call: None, incident: None }
    }

    pub(super) const fn incident(row: Row, incident: Incident) -> Self {
        Self { row, by: None, call: None, incident: Some(incident) }
    }

    pub(super) fn code(&self) -> Hresult {
        self.incident.map_or(Hresult::S_OK, |incident| incident.code)
    }
}

impl Downloads {
    /// The case of the table that applies; `None` if the combination cannot arise.
    pub(super) fn decide(&self, id: JobId, cause: &Cause<'_>) -> Option<Case> {
        let situation = self.download(id).standing.situation();
        let cases = self.table.cell(cause.row, situation);
        let taken = cases.iter().position(|case| self.holds(case.when, id, cause));
        if let Some(touched) = &self.touched {
            touched.note(cause.row, situation, taken);
        }
        taken.map(|taken| cases[taken])
    }

    /// Lets an event reach a download.
    pub(super) fn deliver(&mut self, out: &mut Outside<'_>, id: JobId, cause: &Cause<'_>) {
        self.settle_bytes(out, id);
        if let Some(case) = self.decide(id, cause) {
            self.apply(out, id, &case, cause);
        }
    }

    /// Does what a case says.
    pub(super) fn apply(
        &mut self,
        out: &mut Outside<'_>,
        id: JobId,
        case: &Case,
        cause: &Cause<'_>,
    ) {
        let goes_on = cause.row == Row::Pause && self.is_sabotaged(Hook::PausedDownloadsGoOn);
        let stops = case.next.is_some_and(|next| next != Situation::Transferring)
            || case.effects.contains(&Effect::WaitToRetry)
            || case.effects.contains(&Effect::Vanish);
        if stops && !goes_on && self.download(id).phase != Phase::Idle {
            let outcome = outcome(cause);
            self.env.emit(out, Happened::AttemptEnded { job: id, outcome });
            self.stop_attempt(id);
        }
        for effect in case.effects.iter().filter(|effect| effect.comes_first()) {
            self.perform(out, id, *effect, cause);
        }
        let to = self.standing_after(id, case, cause);
        if to != self.download(id).standing {
            self.enter(out, id, to, cause);
        }
        for effect in case.effects.iter().filter(|effect| !effect.comes_first()) {
            self.perform(out, id, *effect, cause);
        }
    }

    /// The attempt is over: nothing moves, no answer is waited for.
    pub(super) fn stop_attempt(&mut self, id: JobId) {
        self.downloads.stop(id, Due::Flow);
        self.download_mut(id).phase = Phase::Idle;
    }

    /// State and error pair that a case leads to.
    fn standing_after(&self, id: JobId, case: &Case, cause: &Cause<'_>) -> Standing {
        let now = self.download(id).standing;
        let code = cause.code();
        let has = |effect| case.effects.contains(&effect);
        match case.next {
            Some(Situation::PausedFailed) => {
                let mut to = Standing { error: code, ..Standing::of(DownloadState::Paused) };
                if cause.row == Row::NoProgressElapsed {
                    to.extended_error = self.failure_behind(id);
                }
                to
            }
            Some(Situation::PausedTransient) => {
                Standing { extended_error: code, ..Standing::of(DownloadState::Paused) }
            }
            Some(next) => Standing::of(next.state()),
            None if has(Effect::TellFailure) && self.is_agent() => {
                Standing { error: code, ..Standing::of(now.state) }
            }
            None if has(Effect::TellFailure) => {
                Standing { extended_error: code, ..Standing::of(now.state) }
            }
            None if has(Effect::TellBlock) => {
                let ended = matches!(cause.row, Row::NetworkRestored | Row::BlockEnds);
                let left = self.forbidding(id).filter(|_| ended);
                Standing { extended_error: left.unwrap_or(code), ..now }
            }
            None if has(Effect::Clear) => Standing::of(now.state),
            None => now,
        }
    }

    /// The failure that ExtendedError tells when no byte came for too long: the latest one, or with
    /// the agent whatever Error says at that moment.
    fn failure_behind(&self, id: JobId) -> Hresult {
        let download = self.download(id);
        if self.is_sabotaged(Hook::NoProgressTellsAnotherFailure) {
            return Hresult::E_FAIL;
        }
        if self.is_agent() { download.standing.error } else { download.last_failure }
    }

    /// Writes the standing. What depends on the standing alone follows here: what GetStatus goes on
    /// showing, timers that run only in one state, the notice of the change.
    fn enter(&mut self, out: &mut Outside<'_>, id: JobId, to: Standing, cause: &Cause<'_>) {
        let now = self.env.now;
        let from = self.download(id).standing;
        let (left, entered) = (from.situation(), to.situation());
        self.hide(id);
        self.env.emit(out, Happened::Standing { job: id, from, to, cause: cause.row });
        self.download_mut(id).standing = to;
        self.hold_or_release(out, id, entered, cause);
        if left == Situation::Transferring && entered != Situation::Transferring {
            self.stop_timer(out, id, Due::Retry);
            self.stop_timer(out, id, Due::NoProgress);
        }
        if left == Situation::PausedTransient && entered != left {
            self.stop_timer(out, id, Due::Retry);
            let stale =
                self.has_defect(Defect::StaleNetworkCheck) && entered == Situation::Transferring;
            if !stale {
                self.stop_timer(out, id, Due::NetworkCheck);
            }
        }
        match entered {
            Situation::PausedTransient => {
                self.download_mut(id).resting_since = Some(now);
                self.look_at_network_later(out, id);
            }
            Situation::Finalized | Situation::Aborted => self.stop_all(out, id),
            Situation::Transferred => self.stop_timer(out, id, Due::ProgressCheck),
            _ => {}
        }
        self.tell_change(id);
    }

    /// With BlockingMode a Start returns when the download has come to an end of any kind; a pause
    /// that ends by itself is none (DOD-START-011).
    fn hold_or_release(
        &mut self,
        out: &mut Outside<'_>,
        id: JobId,
        entered: Situation,
        cause: &Cause<'_>,
    ) {
        let starts = matches!(cause.call, Some(DownloadCall::Start(_)));
        let blocks = !self.is_agent() && self.download(id).flag(DownloadProperty::BlockingMode);
        if starts && blocks && entered == Situation::Transferring {
            self.download_mut(id).waits_in_start = cause.by;
        }
        let goes_on = matches!(entered, Situation::Transferring | Situation::PausedTransient);
        if goes_on && !self.is_sabotaged(Hook::BlockingStartReturnsAtOnce) {
            return;
        }
        if let Some(client) = self.download_mut(id).waits_in_start.take() {
            self.env.emit(out, Happened::StartReturned { job: id, client });
        }
    }

    /// The download wants nothing any more.
    pub(super) fn stop_all(&mut self, out: &mut Outside<'_>, id: JobId) {
        for (due, _) in self.downloads.of_job(id).collect::<Vec<_>>() {
            if !matches!(due, Due::NoteEnds | Due::Show) {
                self.stop_timer(out, id, due);
            }
        }
    }
}

/// How the attempt ends that `cause` stops.
fn outcome(cause: &Cause<'_>) -> AttemptOutcome {
    match (cause.row, cause.incident) {
        (Row::AllReceived, _) => AttemptOutcome::Finished,
        (Row::NetworkLost | Row::BlockBegins, Some(incident)) => {
            AttemptOutcome::Blocked { code: incident.code }
        }
        (
            Row::RetryableFailure | Row::FatalFailure | Row::RangeIgnored | Row::IntegrityFails,
            Some(incident),
        ) => AttemptOutcome::Failed { code: incident.code, class: incident.class },
        // The end of the window waited for that of the attempt.
        (Row::NoProgressElapsed, Some(incident)) if incident.remote => {
            AttemptOutcome::Failed { code: incident.code, class: incident.class }
        }
        (by, _) => AttemptOutcome::Halted { by },
    }
}
