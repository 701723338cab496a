//! Bugs that break rules on states (BITS-STATE).

use super::{Bug, Hook, answer, case, hook, redirect, table};
use crate::bits::Guard;
use bitsim_vocab::{Hresult, JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    hook("get-state-lags-behind", &[RuleId::BITS_STATE_001], Hook::GetStateLagsBehind),
    table(
        "adding-a-file-starts-the-job",
        &[
            RuleId::BITS_STATE_002,
            RuleId::BITS_ADDFILE_001,
            RuleId::BITS_RESUME_008,
            RuleId::BITS_STATE_013,
            RuleId::BITS_SUSPEND_003,
        ],
        |table| {
            if let Some(case) =
                case(table, Stimulus::AddFile, JobState::Suspended, Guard::Otherwise)
            {
                case.next = Some(JobState::Queued);
            }
        },
    ),
    table(
        "resume-connects-by-itself",
        &[
            RuleId::BITS_STATE_003,
            RuleId::BITS_GROUPPOLICY_004,
            RuleId::BITS_RESUME_001,
            RuleId::BITS_SCHED_001,
            RuleId::BITS_SCHED_002,
            RuleId::BITS_STATE_020,
            RuleId::BITS_STATE_018,
        ],
        |table| {
            if let Some(case) = case(table, Stimulus::Resume, JobState::Suspended, Guard::Otherwise)
            {
                case.next = Some(JobState::Connecting);
            }
        },
    ),
    table(
        "retry-skips-connecting",
        &[RuleId::BITS_STATE_004, RuleId::BITS_ERROR_005, RuleId::BITS_STATE_020],
        |table| {
            redirect(
                table,
                Stimulus::RetryDelayExpires,
                JobState::TransientError,
                Some(JobState::Transferring),
            );
        },
    ),
    table(
        "failed-connection-goes-back-in-line",
        &[RuleId::BITS_STATE_005, RuleId::BITS_ERROR_001, RuleId::BITS_ERROR_017],
        |table| {
            redirect(
                table,
                Stimulus::ConnectFailsTransient,
                JobState::Connecting,
                Some(JobState::Queued),
            );
        },
    ),
    table("second-session-interrupts-transfers", &[RuleId::BITS_STATE_006], |table| {
        redirect(table, Stimulus::OwnerLogsOn, JobState::Transferring, Some(JobState::Queued));
    }),
    table(
        "first-file-finishes-the-job",
        &[
            RuleId::BITS_STATE_007,
            RuleId::BITS_NOTIFY_001,
            RuleId::BITS_NOTIFY_015,
            RuleId::BITS_PROGRESS_004,
            RuleId::BITS_PROGRESS_012,
            RuleId::BITS_STATE_015,
            RuleId::BITS_SUSPEND_003,
            RuleId::BITS_SUSPEND_005,
            RuleId::BITS_TIMES_004,
            RuleId::BITS_FILE_002,
            RuleId::BITS_STATE_006,
            RuleId::BITS_TIMES_002,
        ],
        |table| {
            redirect(
                table,
                Stimulus::FileDoneMoreRemain,
                JobState::Transferring,
                Some(JobState::Transferred),
            );
        },
    ),
    hook(
        "upload-is-done-before-the-server-has-it",
        &[RuleId::BITS_STATE_008, RuleId::BITS_COMPLETE_004, RuleId::BITS_PROGRESS_004],
        Hook::UploadIsDoneEarly,
    ),
    hook("reply-is-not-fetched", &[RuleId::BITS_STATE_009], Hook::ReplyIsNotFetched),
    table(
        "clock-change-revives-cancelled-jobs",
        &[
            RuleId::BITS_STATE_010,
            RuleId::BITS_GROUPPOLICY_001,
            RuleId::BITS_STATE_002,
            RuleId::BITS_STATE_020,
        ],
        |table| {
            redirect(
                table,
                Stimulus::SystemClockChanged,
                JobState::Cancelled,
                Some(JobState::Queued),
            );
        },
    ),
    table(
        "transferred-files-complete-themselves",
        &[
            RuleId::BITS_STATE_011,
            RuleId::BITS_STATE_007,
            RuleId::BITS_STATE_008,
            RuleId::BITS_STATE_009,
            RuleId::BITS_TIMES_004,
        ],
        |table| {
            redirect(
                table,
                Stimulus::AllFilesDone,
                JobState::Transferring,
                Some(JobState::Acknowledged),
            );
        },
    ),
    table(
        "acknowledged-job-error-cancels",
        &[RuleId::BITS_STATE_012, RuleId::BITS_STATE_014],
        |table| {
            redirect(
                table,
                Stimulus::CallbackAcknowledged,
                JobState::Error,
                Some(JobState::Cancelled),
            );
        },
    ),
    table(
        "log-on-resumes-suspended-jobs",
        &[
            RuleId::BITS_STATE_013,
            RuleId::BITS_STATE_002,
            RuleId::BITS_SUSPEND_001,
            RuleId::BITS_USER_004,
        ],
        |table| {
            redirect(table, Stimulus::OwnerLogsOn, JobState::Suspended, Some(JobState::Queued));
        },
    ),
    table("network-return-retries-failed-jobs", &[RuleId::BITS_STATE_014], |table| {
        redirect(table, Stimulus::NetworkRegained, JobState::Error, Some(JobState::Queued));
    }),
    table("network-return-restarts-finished-jobs", &[RuleId::BITS_STATE_015], |table| {
        redirect(table, Stimulus::NetworkRegained, JobState::Transferred, Some(JobState::Queued));
    }),
    table(
        "log-on-fails-waiting-jobs",
        &[RuleId::BITS_STATE_016, RuleId::BITS_RETRY_011, RuleId::BITS_USER_004],
        |table| {
            redirect(table, Stimulus::OwnerLogsOn, JobState::TransientError, Some(JobState::Error));
        },
    ),
    table(
        "fatal-errors-are-tried-again",
        &[
            RuleId::BITS_STATE_017,
            RuleId::BITS_HTTPSTATUS_001,
            RuleId::BITS_HTTPSTATUS_003,
            RuleId::BITS_RETRY_004,
        ],
        |table| {
            redirect(
                table,
                Stimulus::TransferErrorFatal,
                JobState::Transferring,
                Some(JobState::TransientError),
            );
        },
    ),
    table(
        "suspend-refuses-failed-jobs",
        &[
            RuleId::BITS_STATE_019,
            RuleId::BITS_GROUPPOLICY_002,
            RuleId::BITS_SUSPEND_003,
            RuleId::BITS_TIMES_003,
        ],
        |table| {
            answer(table, Stimulus::Suspend, JobState::Error, Hresult::BG_E_INVALID_STATE);
            redirect(table, Stimulus::Suspend, JobState::Error, None);
        },
    ),
    table(
        "inactive-jobs-are-tried-again",
        &[
            RuleId::BITS_STATE_020,
            RuleId::BITS_ERROR_001,
            RuleId::BITS_ERROR_007,
            RuleId::BITS_GROUPPOLICY_001,
            RuleId::BITS_RETRY_004,
            RuleId::BITS_RETRY_013,
        ],
        |table| {
            redirect(
                table,
                Stimulus::InactivityTimeoutExpires,
                JobState::Suspended,
                Some(JobState::TransientError),
            );
        },
    ),
    table(
        "failing-resume-moves-the-job",
        &[RuleId::BITS_STATE_021, RuleId::BITS_RESUME_002, RuleId::BITS_STATE_013],
        |table| {
            if let Some(case) = case(table, Stimulus::Resume, JobState::Suspended, Guard::NoFile) {
                case.next = Some(JobState::Queued);
            }
        },
    ),
];
