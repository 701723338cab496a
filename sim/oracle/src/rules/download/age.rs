//! DOD-FINALIZE-005: what nobody finalizes or aborts is given up after some days.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::Downloads;
use bitsim_vocab::download::{DownloadState, Row};
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, JobId, RuleId, SimTime, Span};
use std::collections::BTreeSet;

pub(super) const CHECKED: &[RuleId] = &[RuleId::DOD_FINALIZE_005];

/// The age of downloads.
#[derive(Debug, Clone)]
pub(super) struct Age {
    limit: Span,
    told: BTreeSet<JobId>,
}

impl Age {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { limit: setup.delivery.age_limit, told: BTreeSet::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        self.overdue(view, event, event.at, out);
        let Happened::Standing { job, to, cause: Row::Expiry, .. } = &event.what else { return };
        let Some(download) = view.download(*job) else { return };
        let age = event.at.since(download.created);
        let ok = to.state == DownloadState::Aborted && age >= self.limit;
        out.ensure(RuleId::DOD_FINALIZE_005, ok, event, || {
            (
                "`{job}` was given up in another way than by its age".to_owned(),
                format!("Aborted at an age of {}", self.limit),
                format!("{to} at an age of {age}"),
            )
        });
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        self.overdue(view, last, end.at(), out);
    }

    fn overdue(&mut self, view: &Downloads, event: &Event, now: SimTime, out: &mut Findings) {
        for (number, download) in (0..).zip(&view.downloads) {
            let job = JobId(number);
            let over = download.gone || download.standing.state.is_final();
            let age = now.since(download.created);
            if over || age <= self.limit + about::AT_ONCE || !self.told.insert(job) {
                continue;
            }
            let texts = (
                "`{job}` was kept although nobody finalized or aborted it".to_owned(),
                format!("Aborted at an age of {}", self.limit),
                format!("{} at an age of {age}", download.standing),
            );
            about::broken(out, RuleId::DOD_FINALIZE_005, Some(job), event, texts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{Tale, of};

    #[test]
    fn a_forgotten_download_is_given_up() {
        let rule = RuleId::DOD_FINALIZE_005;
        let month = 30 * 86_400;
        let tale = Tale::windows();
        let aborted = |tale: Tale| tale.to(of(DownloadState::Aborted), Row::Expiry);
        aborted(tale.clone().at(month)).follows(rule);
        aborted(tale.clone().at(month / 2)).breaks(rule);
        tale.clone().at(month / 2).leaves(rule);
        tale.at(2 * month).breaks(rule);
    }
}
