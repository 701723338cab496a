//! Deliberate bugs of Delivery Optimization behind the interfaces of BITS, in the order of the
//! rules that they are there to break: states and calls here, the others in [`errors`].

pub(super) mod errors;

use super::{Bug, How};
use crate::legacy::{Effect, Hook, Hr, Table};
use JobState::{
    Acknowledged, Cancelled, Error, Queued, Suspended, Transferred, Transferring, TransientError,
};
use bitsim_vocab::legacy::Row;
use bitsim_vocab::{Hresult, JobState, RuleId};

const fn table(name: &'static str, breaks: &'static [RuleId], edit: fn(&mut Table)) -> Bug {
    Bug { name, breaks, how: How::LegacyTable(edit) }
}

const fn hook(name: &'static str, breaks: &'static [RuleId], hook: Hook) -> Bug {
    Bug { name, breaks, how: How::LegacyHook(hook) }
}

/// Changes what every case of some cells returns.
fn answer(table: &mut Table, row: Row, states: &[JobState], code: Hresult) {
    for state in states {
        for case in table.cell_mut(row, *state) {
            case.hr = Hr::Is(code);
        }
    }
}

/// Changes the state that every case of some cells leads to.
fn redirect(table: &mut Table, row: Row, states: &[JobState], next: Option<JobState>) {
    for state in states {
        for case in table.cell_mut(row, *state) {
            case.next = next;
        }
    }
}

/// Changes what every case of some cells does besides moving the job.
fn effects(table: &mut Table, row: Row, states: &[JobState], effects: &'static [Effect]) {
    for state in states {
        for case in table.cell_mut(row, *state) {
            case.effects = effects;
        }
    }
}

/// Makes every case of some cells refuse the call.
fn refuse(table: &mut Table, row: Row, states: &[JobState], code: Hresult) {
    answer(table, row, states, code);
    redirect(table, row, states, None);
    effects(table, row, states, &[]);
}

const FINAL: &[JobState] = &[Acknowledged, Cancelled];
const INVALID: Hresult = Hresult::DO_E_INVALID_STATE;

pub(super) const BUGS: &[Bug] = &[
    hook(
        "legacy-states-are-told-twice",
        &[
            RuleId::DO_STATE_001,
            RuleId::BITS_ERROR_020,
            RuleId::DO_ERROR_004,
            RuleId::DO_PERSIST_003,
            RuleId::DO_STATE_004,
            RuleId::DO_STATE_008,
            RuleId::DO_STATE_010,
        ],
        Hook::StatesAreToldTwice,
    ),
    hook(
        "legacy-connecting-is-shown",
        &[RuleId::DO_STATE_002, RuleId::DO_STATE_001],
        Hook::ConnectingIsShown,
    ),
    hook(
        "legacy-jobs-begin-queued",
        &[RuleId::DO_STATE_003, RuleId::DO_RESUME_002],
        Hook::JobsBeginQueued,
    ),
    table(
        "legacy-suspend-revives-completed-jobs",
        &[
            RuleId::DO_STATE_004,
            RuleId::DO_ADDFILE_010,
            RuleId::DO_CREATE_004,
            RuleId::DO_NOTIFY_001,
            RuleId::DO_NOTIFY_006,
            RuleId::DO_NOTIFY_008,
            RuleId::DO_NOTIFY_009,
            RuleId::DO_NOTIFY_014,
            RuleId::DO_PERSIST_001,
            RuleId::DO_RESUME_001,
            RuleId::DO_STATE_013,
            RuleId::DO_SUSPEND_002,
        ],
        |table| {
            redirect(table, Row::Suspend, &[Acknowledged], Some(Suspended));
        },
    ),
    table(
        "legacy-suspend-acknowledges-finished-jobs",
        &[RuleId::DO_STATE_005, RuleId::DO_SUSPEND_005],
        |table| redirect(table, Row::Suspend, &[Transferred], Some(Acknowledged)),
    ),
    hook("legacy-jobs-age-twice-as-fast", &[RuleId::DO_STATE_006], Hook::JobsAgeTwiceAsFast),
    hook("legacy-first-file-ends-the-job", &[RuleId::DO_STATE_007], Hook::FirstFileEndsTheJob),
    table("legacy-network-return-resumes-suspended-jobs", &[RuleId::DO_STATE_008], |table| {
        redirect(table, Row::NetworkRestored, &[Suspended], Some(Queued));
    }),
    table("legacy-log-off-goes-unnoticed", &[RuleId::DO_STATE_009], |table| {
        redirect(table, Row::OwnerLogsOff, &[Transferring], None);
    }),
    table(
        "legacy-retry-delay-ends-in-error",
        &[RuleId::DO_STATE_010, RuleId::DO_RETRY_009, RuleId::DO_STATE_011],
        |table| {
            redirect(table, Row::RetryDelayElapsed, &[TransientError], Some(Error));
            effects(table, Row::RetryDelayElapsed, &[TransientError], &[Effect::Raise]);
        },
    ),
    table(
        "legacy-transient-failure-suspends",
        &[RuleId::DO_STATE_011, RuleId::BITS_ERROR_020, RuleId::DO_STATE_008, RuleId::DO_STATE_013],
        |table| {
            redirect(table, Row::TransientFailure, &[Transferring], Some(Suspended));
            effects(table, Row::TransientFailure, &[Transferring], &[Effect::Attach]);
        },
    ),
    hook(
        "legacy-queued-jobs-go-on",
        &[
            RuleId::DO_STATE_012,
            RuleId::DO_CANCEL_003,
            RuleId::DO_STATE_009,
            RuleId::DO_SUSPEND_004,
        ],
        Hook::QueuedJobsGoOn,
    ),
    hook(
        "legacy-rest-is-shown-as-suspended",
        &[RuleId::DO_STATE_013, RuleId::DO_STATE_001],
        Hook::RestIsShownAsSuspended,
    ),
    table("legacy-resume-does-nothing", &[RuleId::DO_RESUME_001, RuleId::DO_RESUME_007], |table| {
        refuse(table, Row::Resume, &[Suspended], Hresult::S_OK);
    }),
    table("legacy-empty-job-can-be-resumed", &[RuleId::DO_RESUME_002], |table| {
        answer(table, Row::ResumeEmpty, &[Suspended], Hresult::S_OK);
    }),
    table(
        "legacy-resume-succeeds-in-final-states",
        &[RuleId::DO_RESUME_003, RuleId::DO_CANCEL_004],
        |table| {
            answer(table, Row::Resume, FINAL, Hresult::S_OK);
            answer(table, Row::ResumeEmpty, FINAL, Hresult::S_OK);
        },
    ),
    table("legacy-failed-jobs-cannot-be-resumed", &[RuleId::DO_RESUME_004], |table| {
        refuse(table, Row::Resume, &[Error, TransientError], INVALID);
    }),
    table("legacy-active-jobs-cannot-be-resumed", &[RuleId::DO_RESUME_005], |table| {
        refuse(table, Row::Resume, &[Queued, Transferring], INVALID);
    }),
    table("legacy-finished-jobs-cannot-be-resumed", &[RuleId::DO_RESUME_006], |table| {
        refuse(table, Row::Resume, &[Transferred], INVALID);
    }),
    hook(
        "legacy-resume-forgets-progress",
        &[RuleId::DO_RESUME_008, RuleId::DO_PROGRESS_005],
        Hook::ResumeForgetsProgress,
    ),
    table("legacy-suspend-does-nothing", &[RuleId::DO_SUSPEND_001], |table| {
        redirect(table, Row::Suspend, &[Queued, Transferring, TransientError], None);
    }),
    table("legacy-suspend-succeeds-in-final-states", &[RuleId::DO_SUSPEND_002], |table| {
        answer(table, Row::Suspend, FINAL, Hresult::S_OK);
    }),
    table("legacy-suspend-works-once", &[RuleId::DO_SUSPEND_003], |table| {
        refuse(table, Row::Suspend, &[Suspended], INVALID);
    }),
    hook(
        "legacy-suspended-jobs-go-on",
        &[
            RuleId::DO_SUSPEND_004,
            RuleId::DO_NOTIFY_006,
            RuleId::DO_STATE_009,
            RuleId::DO_STATE_012,
            RuleId::DO_COMPLETE_005,
        ],
        Hook::SuspendedJobsGoOn,
    ),
    table("legacy-jobs-at-rest-cannot-be-suspended", &[RuleId::DO_SUSPEND_005], |table| {
        refuse(table, Row::Suspend, &[Error, Transferred], INVALID);
    }),
    table("legacy-failed-jobs-cannot-be-cancelled", &[RuleId::DO_CANCEL_001], |table| {
        refuse(table, Row::Cancel, &[Suspended, Error, TransientError], INVALID);
    }),
    table("legacy-cancel-succeeds-in-final-states", &[RuleId::DO_CANCEL_002], |table| {
        answer(table, Row::Cancel, FINAL, Hresult::S_OK);
    }),
    table("legacy-cancel-leaves-temporary-files", &[RuleId::DO_CANCEL_003], |table| {
        let live = [Queued, Transferring, Suspended, Error, TransientError, Transferred];
        effects(table, Row::Cancel, &live, &[]);
    }),
    table(
        "legacy-cancelled-jobs-are-found",
        &[RuleId::DO_CANCEL_004, RuleId::DO_CREATE_004, RuleId::DO_PERSIST_001],
        |table| {
            answer(table, Row::GetJob, &[Cancelled], Hresult::S_OK);
        },
    ),
    table(
        "legacy-cancel-is-told-as-an-error",
        &[
            RuleId::DO_CANCEL_005,
            RuleId::DO_NOTIFY_002,
            RuleId::DO_NOTIFY_008,
            RuleId::DO_NOTIFY_009,
        ],
        |table| {
            let live = [Queued, Transferring, Suspended, Error, TransientError, Transferred];
            effects(table, Row::Cancel, &live, &[Effect::DeleteTemps, Effect::Raise]);
        },
    ),
    table("legacy-complete-forgets-the-files", &[RuleId::DO_COMPLETE_001], |table| {
        effects(table, Row::CompleteAll, &[Suspended, Transferred], &[]);
    }),
    table(
        "legacy-partial-complete-is-refused",
        &[RuleId::DO_COMPLETE_002, RuleId::DO_COMPLETE_004, RuleId::DO_COMPLETE_005],
        |table| {
            let live = [Queued, Transferring, Suspended, Error, TransientError];
            refuse(table, Row::CompleteSome, &live, INVALID);
        },
    ),
    table("legacy-complete-succeeds-in-final-states", &[RuleId::DO_COMPLETE_003], |table| {
        for row in [Row::CompleteAll, Row::CompleteSome, Row::CompleteRenameFails] {
            answer(table, row, FINAL, Hresult::S_OK);
        }
    }),
    table(
        "legacy-partial-complete-returns-a-failure",
        &[
            RuleId::DO_COMPLETE_004,
            RuleId::DO_COMPLETE_002,
            RuleId::DO_COMPLETE_007,
            RuleId::DO_STATE_005,
            RuleId::DO_STATE_008,
        ],
        |table| {
            let live = [Queued, Transferring, Suspended, Error, TransientError];
            answer(table, Row::CompleteSome, &live, Hresult::E_FAIL);
        },
    ),
    hook(
        "legacy-failed-renames-count-as-done",
        &[
            RuleId::DO_COMPLETE_005,
            RuleId::DO_COMPLETE_001,
            RuleId::DO_COMPLETE_002,
            RuleId::DO_COMPLETE_008,
        ],
        Hook::FailedRenamesCountAsDone,
    ),
    hook(
        "legacy-files-appear-early",
        &[RuleId::DO_COMPLETE_007, RuleId::DO_COMPLETE_008],
        Hook::FilesAppearEarly,
    ),
    hook(
        "legacy-transferred-means-completed",
        &[RuleId::DO_COMPLETE_008, RuleId::DO_COMPLETE_005],
        Hook::TransferredMeansCompleted,
    ),
];

#[cfg(test)]
mod tests {
    use super::BUGS;
    use crate::legacy::Table;
    use crate::sabotage::How;

    #[test]
    fn every_change_of_the_table_changes_it() {
        for bug in BUGS.iter().chain(super::errors::BUGS) {
            if let How::LegacyTable(edit) = bug.how {
                let mut table = (*Table::documented()).clone();
                edit(&mut table);
                assert_ne!(table, *Table::documented(), "{}", bug.name);
            }
        }
    }
}
