//! BITS-NOTIFY-004 and -005: what JobModification reports and what it does not.

use super::{Notify, callee};
use crate::findings::Findings;
use crate::rules::about;
use crate::view::View;
use bitsim_vocab::trace::NoteKind;
use bitsim_vocab::{Event, JobId, RuleId, SimTime};

/// Changes at this many instants in a row without any JobModification are too many. Single ones
/// may be lost or folded into one (BITS-NOTIFY-006).
const SERIES: u32 = 3;

/// The changes of a job since JobModification was last called for it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Changes {
    /// Instants with a change that should have been reported.
    unreported: u32,
    /// The latest such instant.
    latest_unreported: Option<SimTime>,
    /// When something that JobModification reports last changed.
    latest: Option<SimTime>,
    /// When the first such change after the latest call came.
    pending: Option<SimTime>,
    /// The job entered ERROR or TRANSFERRED after the latest such change.
    rested: bool,
}

impl Changes {
    /// True if a change that has not been reported came before `at` or then.
    pub(super) fn pends_since(&self, at: SimTime) -> bool {
        self.pending.is_some_and(|pending| pending <= at)
    }

    /// The job entered ERROR or TRANSFERRED.
    pub(super) fn came_to_rest(&mut self) {
        self.rested = true;
    }
}

impl Notify {
    /// Something changed that JobModification reports, or, unless it is `certain`, may report.
    pub(super) fn changed(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        certain: bool,
        out: &mut Findings,
    ) {
        let (Some(job), Some(watch)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        let asked = watch.asks_for(NoteKind::JobModification);
        let changes = &mut watch.changes;
        changes.latest = Some(event.at);
        changes.pending = changes.pending.or(Some(event.at));
        changes.rested = false;
        if !certain {
            return;
        }
        let callee = if asked { callee(view, job) } else { None };
        let busy = self
            .flights
            .iter()
            .any(|flight| callee.is_some_and(|(_, user)| flight.user == user) || flight.job == id);
        if callee.is_none() || busy {
            changes.unreported = 0;
            changes.latest_unreported = None;
        } else if changes.latest_unreported != Some(event.at) {
            if changes.unreported >= SERIES {
                series_is_reported(id, changes, event, out);
            }
            changes.unreported += 1;
            changes.latest_unreported = Some(event.at);
        }
    }

    /// JobModification is called.
    pub(super) fn modification_begins(&mut self, event: &Event, id: JobId, out: &mut Findings) {
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        let changes = &mut watch.changes;
        if changes.unreported > 0 {
            out.held(RuleId::BITS_NOTIFY_004);
        }
        // BITS-NOTIFY-005: the one change since the latest call is one that it does not report.
        let excused = changes.pending.is_some() || changes.latest == Some(event.at);
        if changes.rested && !excused {
            about::broken(
                out,
                RuleId::BITS_NOTIFY_005,
                Some(id),
                event,
                (
                    "entering a resting state made JobModification of `{job}` come".to_owned(),
                    "no JobModification for a change to ERROR or TRANSFERRED".to_owned(),
                    "JobModification with no other change since the one before".to_owned(),
                ),
            );
        }
        changes.unreported = 0;
        changes.latest_unreported = None;
        changes.pending = None;
        changes.rested = false;
    }

    /// At the end of a run that settled.
    pub(super) fn series_at_end(&mut self, last: &Event, out: &mut Findings) {
        for (index, watch) in self.jobs.iter_mut().enumerate() {
            if watch.changes.unreported >= SERIES {
                let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
                series_is_reported(id, &mut watch.changes, last, out);
            }
        }
    }
}

/// BITS-NOTIFY-004: a series of changes is not passed over in silence.
fn series_is_reported(id: JobId, changes: &mut Changes, event: &Event, out: &mut Findings) {
    let n = changes.unreported;
    changes.unreported = 0;
    about::broken(
        out,
        RuleId::BITS_NOTIFY_004,
        Some(id),
        event,
        (
            "changes of `{job}` were not reported".to_owned(),
            "JobModification for some of the changes: its flag is set and an interface is \
             registered"
                .to_owned(),
            format!("changes at {n} instants in a row and not one JobModification"),
        ),
    );
}
