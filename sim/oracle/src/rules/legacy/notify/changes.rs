//! DO-NOTIFY-005 and -006: what JobModification reports, and that it is not repeated.

use super::{Notify, callee};
use crate::findings::Findings;
use crate::rules::about::AT_ONCE;
use crate::view::View;
use bitsim_vocab::trace::{NoteKind, NoteResult};
use bitsim_vocab::{Event, Hresult, JobId, RuleId, SimTime};

/// The changes of a job since JobModification was last called for it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Changes {
    /// When the first change came that JobModification certainly reports.
    owed: Option<SimTime>,
    /// When the first change of any kind came.
    pending: Option<SimTime>,
    /// JobModification has been called before.
    called: bool,
    /// The latest call returned something other than S_OK.
    failed: bool,
}

impl Changes {
    /// True if a change that has not been reported came before `at` or then.
    pub(super) fn pends_since(&self, at: SimTime) -> bool {
        self.pending.is_some_and(|pending| pending <= at)
    }

    /// The registration changed or was lost: what came before is owed to nobody.
    pub(super) fn forgive(&mut self) {
        self.owed = None;
    }

    /// A callback of the job returned at `at`: from now on there is nothing to wait for.
    pub(super) fn idle(&mut self, at: SimTime) {
        self.owed = self.owed.map(|owed| owed.max(at));
    }

    /// JobModification returned.
    pub(super) fn returned(&mut self, result: NoteResult) {
        self.failed = result != NoteResult::Returned(Hresult::S_OK);
    }

    /// True if JobModification failed and was not called again.
    pub(super) fn unrepeated(&self) -> bool {
        self.failed
    }

    /// The time by which JobModification has to be called.
    pub(super) fn due(&self) -> Option<SimTime> {
        self.owed.map(|owed| owed + AT_ONCE)
    }

    /// Its absence has been reported.
    pub(super) fn told(&mut self) {
        self.owed = None;
    }
}

impl Notify {
    /// Something changed that JobModification reports, or, unless it is `certain`, may report.
    pub(super) fn changed(&mut self, view: &View, event: &Event, id: JobId, certain: bool) {
        let (Some(job), Some(watch)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        let asked = watch.asks_for(NoteKind::JobModification) && !watch.disabled();
        let changes = &mut watch.changes;
        changes.pending = changes.pending.or(Some(event.at));
        if certain && asked && callee(view, job).is_some() {
            let owed = *changes.owed.get_or_insert(event.at);
            let due = owed + AT_ONCE;
            self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
        }
    }

    /// JobModification is called.
    pub(super) fn modification_begins(&mut self, event: &Event, id: JobId, out: &mut Findings) {
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        let changes = &mut watch.changes;
        if changes.owed.is_some() {
            out.held(RuleId::DO_NOTIFY_006);
        }
        if changes.pending.is_none() && changes.called {
            out.ensure(RuleId::DO_NOTIFY_005, false, event, || {
                (
                    "JobModification was called for `{job}` again without a new change".to_owned(),
                    "one call for a change, whatever it returned".to_owned(),
                    if changes.failed {
                        "a second call after one that had failed".to_owned()
                    } else {
                        "a second call for the same change".to_owned()
                    },
                )
            });
        } else if changes.failed {
            out.held(RuleId::DO_NOTIFY_005);
        }
        *changes = Changes { called: true, ..Changes::default() };
    }
}
