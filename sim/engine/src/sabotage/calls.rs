//! Bugs that break rules on the calls that move a job (BITS-RESUME, -SUSPEND, -COMPLETE, -CANCEL).

use super::{Bug, Hook, answer, case, effects, hook, redirect, table};
use crate::bits::{Effect, Guard, Hr};
use bitsim_vocab::{Hresult, JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    table(
        "resume-leaves-suspended-jobs",
        &[RuleId::BITS_RESUME_001, RuleId::BITS_TIMES_002],
        |table| {
            if let Some(case) = case(table, Stimulus::Resume, JobState::Suspended, Guard::Otherwise)
            {
                case.next = None;
            }
        },
    ),
    table(
        "resume-accepts-empty-jobs",
        &[RuleId::BITS_RESUME_002, RuleId::BITS_GROUPPOLICY_002, RuleId::BITS_TIMES_002],
        |table| {
            if let Some(case) = case(table, Stimulus::Resume, JobState::Suspended, Guard::NoFile) {
                case.hr = Hr::Is(Hresult::S_OK);
            }
        },
    ),
    table(
        "resume-leaves-failed-jobs",
        &[RuleId::BITS_RESUME_003, RuleId::BITS_TIMES_002],
        |table| {
            redirect(table, Stimulus::Resume, JobState::Error, None);
        },
    ),
    table(
        "resume-waits-for-the-delay",
        &[RuleId::BITS_RESUME_004, RuleId::BITS_TIMES_002],
        |table| {
            redirect(table, Stimulus::Resume, JobState::TransientError, None);
        },
    ),
    table(
        "resume-interrupts-a-transfer",
        &[RuleId::BITS_RESUME_005, RuleId::BITS_STATE_006],
        |table| {
            redirect(table, Stimulus::Resume, JobState::Transferring, Some(JobState::Queued));
        },
    ),
    table("resume-of-a-final-job-succeeds", &[RuleId::BITS_RESUME_006], |table| {
        answer(table, Stimulus::Resume, JobState::Cancelled, Hresult::S_OK);
    }),
    table(
        "resume-ignores-added-files",
        &[RuleId::BITS_RESUME_007, RuleId::BITS_TIMES_002],
        |table| {
            if let Some(case) =
                case(table, Stimulus::Resume, JobState::Transferred, Guard::FilesLeft)
            {
                case.next = None;
            }
        },
    ),
    table(
        "suspend-leaves-a-waiting-job",
        &[RuleId::BITS_SUSPEND_001, RuleId::BITS_TIMES_002],
        |table| {
            redirect(table, Stimulus::Suspend, JobState::TransientError, None);
        },
    ),
    table(
        "suspending-twice-fails",
        &[
            RuleId::BITS_SUSPEND_002,
            RuleId::BITS_GROUPPOLICY_001,
            RuleId::BITS_STATE_019,
            RuleId::BITS_TIMES_003,
        ],
        |table| {
            answer(table, Stimulus::Suspend, JobState::Suspended, Hresult::BG_E_INVALID_STATE);
        },
    ),
    table("suspend-retries-failed-jobs", &[RuleId::BITS_SUSPEND_003], |table| {
        redirect(table, Stimulus::Suspend, JobState::Error, Some(JobState::Queued));
    }),
    table("suspend-of-a-final-job-succeeds", &[RuleId::BITS_SUSPEND_004], |table| {
        answer(table, Stimulus::Suspend, JobState::Acknowledged, Hresult::S_OK);
    }),
    hook(
        "suspended-jobs-go-on",
        &[
            RuleId::BITS_SUSPEND_005,
            RuleId::BITS_PROGRESS_012,
            RuleId::BITS_STATE_007,
            RuleId::BITS_SUSPEND_001,
            RuleId::BITS_FILE_002,
            RuleId::BITS_FILE_003,
        ],
        Hook::SuspendedJobsGoOn,
    ),
    table("complete-renames-nothing", &[RuleId::BITS_COMPLETE_001], |table| {
        effects(
            table,
            Stimulus::Complete,
            JobState::Transferred,
            Guard::Otherwise,
            &[Effect::Touch],
        );
    }),
    table("partial-completion-looks-whole", &[RuleId::BITS_COMPLETE_002], |table| {
        if let Some(case) = case(table, Stimulus::Complete, JobState::Suspended, Guard::FilesLeft) {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) =
            case(table, Stimulus::Complete, JobState::Transferring, Guard::FilesLeft)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
    }),
    hook(
        "complete-keeps-the-file-in-transit",
        &[RuleId::BITS_COMPLETE_003],
        Hook::FileInTransitIsKept,
    ),
    table("complete-accepts-unfinished-uploads", &[RuleId::BITS_COMPLETE_004], |table| {
        table
            .cell_mut(Stimulus::Complete, JobState::Suspended)
            .retain(|case| case.when != Guard::Uploads);
        table
            .cell_mut(Stimulus::Complete, JobState::Transferring)
            .retain(|case| case.when != Guard::Uploads);
        table
            .cell_mut(Stimulus::Complete, JobState::Error)
            .retain(|case| case.when != Guard::Uploads);
    }),
    table("complete-of-a-final-job-succeeds", &[RuleId::BITS_COMPLETE_005], |table| {
        answer(table, Stimulus::Complete, JobState::Acknowledged, Hresult::S_OK);
        answer(table, Stimulus::Complete, JobState::Cancelled, Hresult::S_OK);
    }),
    table("leftovers-are-not-reported", &[RuleId::BITS_COMPLETE_006], |table| {
        if let Some(case) =
            case(table, Stimulus::Complete, JobState::Transferring, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) =
            case(table, Stimulus::Complete, JobState::Suspended, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) =
            case(table, Stimulus::Complete, JobState::Transferred, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
    }),
    table(
        "failed-rename-ends-the-job",
        &[
            RuleId::BITS_COMPLETE_007,
            RuleId::BITS_STATE_011,
            RuleId::BITS_STATE_015,
            RuleId::BITS_STATE_021,
        ],
        |table| {
            if let Some(case) =
                case(table, Stimulus::Complete, JobState::Transferred, Guard::CannotRename)
            {
                case.next = Some(JobState::Acknowledged);
            }
        },
    ),
    hook(
        "complete-works-only-once",
        &[
            RuleId::BITS_COMPLETE_008,
            RuleId::BITS_COMPLETE_001,
            RuleId::BITS_COMPLETE_002,
            RuleId::BITS_STATE_019,
        ],
        Hook::CompleteWorksOnce,
    ),
    hook(
        "complete-goes-on-past-a-failed-rename",
        &[RuleId::BITS_COMPLETE_009],
        Hook::RenamePastFailures,
    ),
    hook(
        "files-appear-before-complete",
        &[RuleId::BITS_COMPLETE_010, RuleId::BITS_FILE_001],
        Hook::FilesAppearEarly,
    ),
    hook(
        "completed-jobs-stay-listed",
        &[RuleId::BITS_COMPLETE_012, RuleId::BITS_ENUM_004],
        Hook::CompletedJobsAreListed,
    ),
    table(
        "cancel-leaves-a-waiting-job",
        &[RuleId::BITS_CANCEL_001, RuleId::BITS_CANCEL_002, RuleId::BITS_CANCEL_003],
        |table| {
            redirect(table, Stimulus::Cancel, JobState::TransientError, None);
        },
    ),
    table("cancel-leaves-temporary-files", &[RuleId::BITS_CANCEL_002], |table| {
        effects(
            table,
            Stimulus::Cancel,
            JobState::Transferring,
            Guard::Otherwise,
            &[Effect::Touch],
        );
        effects(table, Stimulus::Cancel, JobState::Suspended, Guard::Otherwise, &[Effect::Touch]);
        effects(table, Stimulus::Cancel, JobState::Transferred, Guard::Otherwise, &[Effect::Touch]);
        effects(
            table,
            Stimulus::Cancel,
            JobState::TransientError,
            Guard::Otherwise,
            &[Effect::Touch],
        );
    }),
    table("undeletable-files-are-not-reported", &[RuleId::BITS_CANCEL_003], |table| {
        if let Some(case) = case(table, Stimulus::Cancel, JobState::Queued, Guard::CannotDelete) {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) = case(table, Stimulus::Cancel, JobState::Connecting, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) =
            case(table, Stimulus::Cancel, JobState::Transferring, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) = case(table, Stimulus::Cancel, JobState::Suspended, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) = case(table, Stimulus::Cancel, JobState::Error, Guard::CannotDelete) {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) =
            case(table, Stimulus::Cancel, JobState::TransientError, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
        if let Some(case) =
            case(table, Stimulus::Cancel, JobState::Transferred, Guard::CannotDelete)
        {
            case.hr = Hr::Is(Hresult::S_OK);
        }
    }),
    table("cancel-of-a-final-job-succeeds", &[RuleId::BITS_CANCEL_004], |table| {
        answer(table, Stimulus::Cancel, JobState::Cancelled, Hresult::S_OK);
        answer(table, Stimulus::Cancel, JobState::Acknowledged, Hresult::S_OK);
    }),
];
