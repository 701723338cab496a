//! Bugs that break rules on errors, their count, retries and timeouts (BITS-ERROR, -ERRCOUNT, -RETRY).

use super::{Bug, Hook, answer, effects, hook, redirect, table};
use crate::bits::{Effect, Guard};
use bitsim_vocab::{Hresult, JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    table(
        "failed-connection-attaches-no-error",
        &[RuleId::BITS_ERROR_001, RuleId::BITS_ERROR_007],
        |table| {
            effects(
                table,
                Stimulus::ConnectFailsFatal,
                JobState::Connecting,
                Guard::Otherwise,
                &[Effect::Count, Effect::Raise],
            );
        },
    ),
    hook(
        "failing-call-attaches-an-error",
        &[RuleId::BITS_ERROR_002],
        Hook::FailingCallAttachesAnError,
    ),
    table("get-error-answers-e-fail", &[RuleId::BITS_ERROR_003], |table| {
        answer(table, Stimulus::GetError, JobState::Transferred, Hresult::E_FAIL);
    }),
    hook(
        "new-jobs-have-an-error",
        &[
            RuleId::BITS_ERROR_004,
            RuleId::BITS_ERROR_005,
            RuleId::BITS_ERROR_006,
            RuleId::BITS_ERROR_018,
        ],
        Hook::NewJobsHaveAnError,
    ),
    table("errors-outlive-transferring", &[RuleId::BITS_ERROR_005], |table| {
        effects(
            table,
            Stimulus::ConnectSucceeds,
            JobState::Connecting,
            Guard::Otherwise,
            &[Effect::Move],
        );
        answer(table, Stimulus::GetError, JobState::Transferring, Hresult::S_OK);
    }),
    table(
        "retry-discards-the-error",
        &[RuleId::BITS_ERROR_006, RuleId::BITS_ERROR_005, RuleId::BITS_ERROR_009],
        |table| {
            effects(
                table,
                Stimulus::RetryDelayExpires,
                JobState::TransientError,
                Guard::Otherwise,
                &[Effect::Discard],
            );
        },
    ),
    hook(
        "first-error-stays",
        &[RuleId::BITS_ERROR_007, RuleId::BITS_NET_001, RuleId::BITS_RETRY_011],
        Hook::FirstErrorStays,
    ),
    table("client-exit-ends-the-error", &[RuleId::BITS_ERROR_008], |table| {
        effects(
            table,
            Stimulus::ClientExits,
            JobState::Error,
            Guard::Otherwise,
            &[Effect::LoseInterface, Effect::Discard],
        );
        effects(
            table,
            Stimulus::ClientExits,
            JobState::TransientError,
            Guard::Otherwise,
            &[Effect::LoseInterface, Effect::Discard],
        );
    }),
    table("restart-loses-the-error", &[RuleId::BITS_ERROR_009], |table| {
        effects(
            table,
            Stimulus::ServiceRestart,
            JobState::Error,
            Guard::Otherwise,
            &[Effect::LoseInterface, Effect::Retime, Effect::Discard],
        );
    }),
    hook("error-object-tells-success", &[RuleId::BITS_ERROR_010], Hook::ErrorObjectTellsSuccess),
    hook(
        "errors-have-no-context",
        &[
            RuleId::BITS_ERROR_011,
            RuleId::BITS_ERROR_013,
            RuleId::BITS_FILE_003,
            RuleId::BITS_HTTPSTATUS_002,
        ],
        Hook::ErrorsHaveNoContext,
    ),
    hook("errors-have-no-file", &[RuleId::BITS_ERROR_012], Hook::ErrorsHaveNoFile),
    hook("protocol-is-the-scheme", &[RuleId::BITS_ERROR_013], Hook::ProtocolIsTheScheme),
    table(
        "expiry-discards-the-error",
        &[RuleId::BITS_ERROR_015, RuleId::BITS_ERROR_009],
        |table| {
            effects(
                table,
                Stimulus::NoProgressTimeoutExpires,
                JobState::TransientError,
                Guard::Otherwise,
                &[Effect::Raise, Effect::Discard],
            );
        },
    ),
    hook(
        "errors-do-not-stop-the-flow",
        &[
            RuleId::BITS_ERROR_017,
            RuleId::BITS_ERRCOUNT_002,
            RuleId::BITS_GROUPPOLICY_002,
            RuleId::BITS_NET_005,
            RuleId::BITS_PROGRESS_012,
            RuleId::BITS_RETRY_012,
            RuleId::BITS_STATE_007,
            RuleId::BITS_STATE_014,
            RuleId::BITS_USER_001,
            RuleId::BITS_FILE_008,
            RuleId::BITS_HTTPSTATUS_003,
            RuleId::BITS_STATE_005,
            RuleId::BITS_STATE_017,
            RuleId::BITS_SUSPEND_003,
            RuleId::BITS_SUSPEND_005,
        ],
        Hook::ErrorsDoNotStopTheFlow,
    ),
    table("final-jobs-keep-their-error", &[RuleId::BITS_ERROR_018], |table| {
        answer(table, Stimulus::GetError, JobState::Cancelled, Hresult::S_OK);
        answer(table, Stimulus::GetError, JobState::Acknowledged, Hresult::S_OK);
    }),
    hook(
        "job-error-carries-another-error",
        &[RuleId::BITS_ERROR_019],
        Hook::JobErrorCarriesAnother,
    ),
    hook(
        "count-starts-at-one",
        &[RuleId::BITS_ERRCOUNT_001, RuleId::BITS_ERRCOUNT_010],
        Hook::CountStartsAtOne,
    ),
    table("fatal-errors-are-not-counted", &[RuleId::BITS_ERRCOUNT_002], |table| {
        effects(
            table,
            Stimulus::TransferErrorFatal,
            JobState::Transferring,
            Guard::Otherwise,
            &[Effect::Attach, Effect::Raise],
        );
    }),
    hook(
        "resume-resets-the-count",
        &[RuleId::BITS_ERRCOUNT_003, RuleId::BITS_ERRCOUNT_014],
        Hook::ResumeResetsTheCount,
    ),
    hook("disconnects-count", &[RuleId::BITS_ERRCOUNT_004], Hook::Counts(Stimulus::NetworkLost)),
    hook(
        "locked-disks-count",
        &[RuleId::BITS_ERRCOUNT_005],
        Hook::Counts(Stimulus::DestinationVolumeLocked),
    ),
    hook(
        "policy-blocks-count",
        &[RuleId::BITS_ERRCOUNT_006],
        Hook::Counts(Stimulus::BandwidthLimitZeroBegins),
    ),
    hook(
        "retry-forgets-to-count",
        &[RuleId::BITS_ERRCOUNT_007, RuleId::BITS_ERRCOUNT_002, RuleId::BITS_ERRCOUNT_009],
        Hook::RetriesAreFree,
    ),
    hook(
        "old-versions-count-retries",
        &[RuleId::BITS_ERRCOUNT_008, RuleId::BITS_ERRCOUNT_009],
        Hook::OldVersionsCountRetries,
    ),
    hook(
        "first-connect-failure-counts-twice",
        &[RuleId::BITS_ERRCOUNT_009, RuleId::BITS_ERRCOUNT_010],
        Hook::FirstConnectFailureCountsTwice,
    ),
    hook("failures-count-twice", &[RuleId::BITS_ERRCOUNT_010], Hook::FailuresCountTwice),
    hook(
        "expiry-counts",
        &[RuleId::BITS_ERRCOUNT_011],
        Hook::Counts(Stimulus::NoProgressTimeoutExpires),
    ),
    hook(
        "end-of-a-slice-counts",
        &[RuleId::BITS_ERRCOUNT_012],
        Hook::Counts(Stimulus::TimeSliceEnds),
    ),
    hook(
        "cost-blocks-count-twice",
        &[RuleId::BITS_ERRCOUNT_013],
        Hook::CountsTwice(Stimulus::BlockBegins),
    ),
    hook(
        "restart-resets-the-count",
        &[RuleId::BITS_ERRCOUNT_014, RuleId::BITS_ERRCOUNT_003],
        Hook::RestartResetsTheCount,
    ),
    hook(
        "default-delay-is-one-minute",
        &[
            RuleId::BITS_RETRY_001,
            RuleId::BITS_CREATE_008,
            RuleId::BITS_RETRY_003,
            RuleId::BITS_RETRY_008,
        ],
        Hook::DefaultDelayIsOneMinute,
    ),
    hook(
        "short-delays-are-kept",
        &[RuleId::BITS_RETRY_002, RuleId::BITS_PROP_007],
        Hook::ShortDelaysAreKept,
    ),
    hook(
        "retry-comes-early",
        &[
            RuleId::BITS_RETRY_003,
            RuleId::BITS_RETRY_007,
            RuleId::BITS_RETRY_008,
            RuleId::BITS_RETRY_014,
        ],
        Hook::RetryComesEarly,
    ),
    table("retry-never-comes", &[RuleId::BITS_RETRY_004, RuleId::BITS_RETRY_008], |table| {
        redirect(table, Stimulus::RetryDelayExpires, JobState::TransientError, None);
    }),
    table("blocked-jobs-are-retried-by-timer", &[RuleId::BITS_RETRY_005], |table| {
        table
            .cell_mut(Stimulus::RetryDelayExpires, JobState::TransientError)
            .retain(|case| case.when != Guard::StillBlocked);
        effects(
            table,
            Stimulus::NetworkLost,
            JobState::Queued,
            Guard::Otherwise,
            &[Effect::Attach, Effect::ArmRetry],
        );
        effects(
            table,
            Stimulus::NetworkLost,
            JobState::Connecting,
            Guard::Otherwise,
            &[Effect::Attach, Effect::ArmRetry],
        );
        effects(
            table,
            Stimulus::NetworkLost,
            JobState::Transferring,
            Guard::Otherwise,
            &[Effect::Attach, Effect::ArmRetry],
        );
        effects(
            table,
            Stimulus::DestinationVolumeLocked,
            JobState::Transferring,
            Guard::Otherwise,
            &[Effect::Attach, Effect::ArmRetry],
        );
    }),
    table("unlocked-volume-goes-unnoticed", &[RuleId::BITS_RETRY_006], |table| {
        redirect(table, Stimulus::DestinationVolumeUnlocked, JobState::TransientError, None);
    }),
    hook(
        "long-delays-are-retried-after-all",
        &[RuleId::BITS_RETRY_007, RuleId::BITS_RETRY_011, RuleId::BITS_SERVICE_003],
        Hook::LongDelaysAreRetried,
    ),
    table(
        "clock-change-moves-timers",
        &[
            RuleId::BITS_RETRY_008,
            RuleId::BITS_HTTPSTATUS_003,
            RuleId::BITS_RETRY_003,
            RuleId::BITS_RETRY_004,
        ],
        |table| {
            effects(
                table,
                Stimulus::SystemClockChanged,
                JobState::TransientError,
                Guard::Otherwise,
                &[Effect::Retime],
            );
        },
    ),
    hook(
        "default-timeout-is-a-week",
        &[
            RuleId::BITS_RETRY_009,
            RuleId::BITS_CREATE_008,
            RuleId::BITS_RETRY_008,
            RuleId::BITS_RETRY_011,
            RuleId::BITS_STATE_005,
            RuleId::BITS_STATE_017,
        ],
        Hook::DefaultTimeoutIsAWeek,
    ),
    table(
        "timeout-zero-still-retries",
        &[RuleId::BITS_RETRY_010, RuleId::BITS_RETRY_011],
        |table| {
            table
                .cell_mut(Stimulus::ConnectFailsTransient, JobState::Connecting)
                .retain(|case| case.when != Guard::NoTimeLeft);
            table
                .cell_mut(Stimulus::TransferErrorTransient, JobState::Transferring)
                .retain(|case| case.when != Guard::NoTimeLeft);
        },
    ),
    table(
        "no-progress-is-never-fatal",
        &[RuleId::BITS_RETRY_011, RuleId::BITS_RETRY_007, RuleId::BITS_RETRY_015],
        |table| {
            redirect(table, Stimulus::NoProgressTimeoutExpires, JobState::TransientError, None);
        },
    ),
    table(
        "progress-does-not-reset-the-period",
        &[
            RuleId::BITS_RETRY_012,
            RuleId::BITS_ERRCOUNT_002,
            RuleId::BITS_RETRY_011,
            RuleId::BITS_STATE_017,
        ],
        |table| {
            effects(
                table,
                Stimulus::BytesTransferred,
                JobState::Transferring,
                Guard::Otherwise,
                &[Effect::Touch, Effect::Tell, Effect::Active],
            );
        },
    ),
    table(
        "waiting-jobs-are-never-inactive",
        &[RuleId::BITS_RETRY_013, RuleId::BITS_GROUPPOLICY_001, RuleId::BITS_GROUPPOLICY_002],
        |table| {
            redirect(table, Stimulus::InactivityTimeoutExpires, JobState::TransientError, None);
        },
    ),
    hook(
        "changed-delay-is-doubled",
        &[RuleId::BITS_RETRY_014, RuleId::BITS_RETRY_004],
        Hook::ChangedDelayIsDoubled,
    ),
    hook(
        "no-progress-runs-during-blocks",
        &[RuleId::BITS_RETRY_015],
        Hook::NoProgressRunsDuringBlocks,
    ),
    hook(
        "resume-keeps-the-old-period",
        &[RuleId::BITS_RETRY_016, RuleId::BITS_STATE_005, RuleId::BITS_STATE_017],
        Hook::ResumeKeepsTheOldPeriod,
    ),
];
