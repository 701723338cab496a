//! Error information and the error count.

use super::Bits;
use super::apply::Cause;
use crate::outside::Outside;
use crate::sabotage::Hook;
use bitsim_vocab::stands::FirstConnectFailure;
use bitsim_vocab::{ErrorContext, Happened, JobId, JobState};

impl Bits {
    /// Error information is attached, in place of what was there.
    pub(super) fn attach(&mut self, out: &mut Outside<'_>, job: JobId, cause: &Cause<'_>) {
        let Some(incident) = cause.incident else { return };
        let mut info = incident.info();
        if self.is_sabotaged(Hook::FirstErrorStays) && self.job(job).error.is_some() {
            return;
        }
        if self.is_sabotaged(Hook::ErrorsHaveNoContext) {
            info.context = ErrorContext::None;
        }
        self.job_mut(job).error = Some(info);
        self.env.emit(out, Happened::ErrorInfo { job, info });
    }

    /// Error information ends.
    pub(super) fn discard(&mut self, out: &mut Outside<'_>, job: JobId) {
        if self.job_mut(job).error.take().is_some() {
            self.env.emit(out, Happened::ErrorGone { job });
        }
    }

    /// An attempt failed in the state `during`; the count follows the rules of the version.
    pub(super) fn count(
        &mut self,
        out: &mut Outside<'_>,
        id: JobId,
        cause: &Cause<'_>,
        during: JobState,
    ) {
        let exempt = cause.incident.is_none_or(|incident| incident.code.is_block());
        if exempt || !self.counts(id, during) {
            return;
        }
        self.raise_count(out, id);
        let first = !self.job(id).in_phase && during == JobState::Connecting;
        let twice = match self.hook {
            Some(Hook::FailuresCountTwice) => during == JobState::Transferring,
            Some(Hook::FirstConnectFailureCountsTwice) => first,
            _ => false,
        };
        if twice {
            self.raise_count(out, id);
        }
    }

    /// Whether a failure in the state `during` counts.
    fn counts(&self, id: JobId, during: JobState) -> bool {
        let is_free = self.env.setup.stands.first_connect_failure == FirstConnectFailure::IsFree;
        let retry = self.job(id).in_phase;
        match (self.env.since(2, 0), retry) {
            // From 2.0 on every failed retry counts, wherever it fails.
            (true, true) => !self.is_sabotaged(Hook::RetriesAreFree),
            // Up to 1.5 only the failure that began the phase counts.
            (false, true) => self.is_sabotaged(Hook::OldVersionsCountRetries),
            (_, false) => during == JobState::Transferring || !is_free,
        }
    }

    /// Only a bug does this.
    pub(super) fn reset_count(&mut self, out: &mut Outside<'_>, job: JobId) {
        let from = std::mem::take(&mut self.job_mut(job).error_count);
        if from > 0 {
            self.env.emit(out, Happened::Count { job, from, to: 0 });
        }
    }

    pub(super) fn raise_count(&mut self, out: &mut Outside<'_>, job: JobId) {
        let from = self.job(job).error_count;
        let to = from.saturating_add(1);
        self.job_mut(job).error_count = to;
        self.env.emit(out, Happened::Count { job, from, to });
    }
}
