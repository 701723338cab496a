//! Bugs of Delivery Optimization behind the interfaces of BITS that break rules on errors,
//! notifications, retries and restarts (DO-ERROR, -NOTIFY, -RETRY, -PERSIST).

use super::{FINAL, answer, effects, hook, redirect, table};
use crate::legacy::{Effect, Hook, Table};
use crate::sabotage::Bug;
use JobState::{Error, Suspended, Transferring, TransientError};
use bitsim_vocab::legacy::Row;
use bitsim_vocab::{Hresult, JobState, RuleId};

/// GetError answers in TRANSFERRING as long as there is information.
fn tell_errors_while_transferring(table: &mut Table) {
    let cell = table.cell(Row::GetError, Suspended).clone();
    *table.cell_mut(Row::GetError, Transferring) = cell;
}

pub(in crate::sabotage) const BUGS: &[Bug] = &[
    table(
        "legacy-get-error-fails-in-error",
        &[RuleId::DO_ERROR_001, RuleId::BITS_ERROR_020, RuleId::DO_ERROR_004],
        |table| {
            let code = Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE;
            answer(table, Row::GetError, &[Error, TransientError], code);
        },
    ),
    hook(
        "legacy-new-jobs-have-an-error",
        &[RuleId::DO_ERROR_002, RuleId::DO_ERROR_003],
        Hook::NewJobsHaveAnError,
    ),
    hook(
        "legacy-failing-calls-attach-an-error",
        &[
            RuleId::DO_ERROR_003,
            RuleId::DO_ERROR_002,
            RuleId::DO_RETRY_004,
            RuleId::DO_RETRY_009,
            RuleId::DO_STATE_011,
        ],
        Hook::FailingCallsAttachAnError,
    ),
    table(
        "legacy-error-outlives-resume",
        &[RuleId::DO_ERROR_004, RuleId::BITS_ERROR_020, RuleId::DO_ERROR_002, RuleId::DO_ERROR_003],
        |table| {
            for state in [Suspended, Error, TransientError] {
                for case in table.cell_mut(Row::Resume, state) {
                    if case.next == Some(Transferring) {
                        case.effects =
                            &[Effect::StoreRemoteNames, Effect::NewWindow, Effect::Begin];
                    }
                }
            }
            tell_errors_while_transferring(table);
        },
    ),
    table(
        "legacy-error-outlives-the-retry",
        &[RuleId::BITS_ERROR_020, RuleId::DO_ERROR_002, RuleId::DO_ERROR_003, RuleId::DO_ERROR_004],
        |table| {
            let rows = [Row::RetryDelayElapsed, Row::NetworkRestored, Row::BlockEnds];
            for row in rows {
                for case in table.cell_mut(row, TransientError) {
                    if case.next == Some(Transferring) {
                        case.effects = &[Effect::Begin];
                    }
                }
            }
            tell_errors_while_transferring(table);
        },
    ),
    hook("legacy-errors-have-no-file", &[RuleId::DO_ERROR_007], Hook::ErrorsHaveNoFile),
    hook(
        "legacy-remote-file-for-every-error",
        &[RuleId::DO_ERROR_008],
        Hook::RemoteFileForEveryError,
    ),
    hook(
        "legacy-transport-is-a-context",
        &[RuleId::DO_ERROR_009, RuleId::DO_ERROR_008],
        Hook::TransportIsAContext,
    ),
    hook(
        "legacy-error-objects-tell-success",
        &[RuleId::DO_ERROR_010, RuleId::DO_ERROR_008],
        Hook::ErrorObjectsTellSuccess,
    ),
    table(
        "legacy-lost-network-is-fatal",
        &[RuleId::DO_ERROR_011, RuleId::DO_RETRY_009, RuleId::DO_STATE_010],
        |table| {
            redirect(table, Row::NetworkLost, &[Transferring], Some(Error));
            let told = &[Effect::Attach, Effect::Raise];
            effects(table, Row::NetworkLost, &[Transferring], told);
        },
    ),
    hook(
        "legacy-job-error-carries-another",
        &[RuleId::DO_ERROR_013, RuleId::DO_ERROR_008],
        Hook::JobErrorCarriesAnother,
    ),
    table(
        "legacy-suspend-drops-the-error",
        &[RuleId::DO_ERROR_015, RuleId::BITS_ERROR_020, RuleId::DO_ERROR_004],
        |table| effects(table, Row::Suspend, &[Error, TransientError], &[Effect::Discard]),
    ),
    table(
        "legacy-the-end-is-not-told",
        &[RuleId::DO_NOTIFY_001, RuleId::DO_NOTIFY_014, RuleId::DO_NOTIFY_012],
        |table| {
            effects(table, Row::LastByteReceived, &[Transferring], &[Effect::Completion]);
        },
    ),
    table(
        "legacy-errors-are-not-told",
        &[RuleId::DO_NOTIFY_002, RuleId::DO_NOTIFY_012, RuleId::DO_NOTIFY_014],
        |table| {
            effects(table, Row::FatalFailure, &[Transferring], &[Effect::Attach]);
        },
    ),
    table(
        "legacy-transient-errors-are-told",
        &[RuleId::DO_NOTIFY_003, RuleId::DO_NOTIFY_002],
        |table| {
            for case in table.cell_mut(Row::TransientFailure, Transferring) {
                if case.next == Some(TransientError) {
                    case.effects = &[Effect::Attach, Effect::ArmRetry, Effect::Raise];
                }
            }
        },
    ),
    table(
        "legacy-errors-are-told-once",
        &[RuleId::DO_NOTIFY_004, RuleId::DO_NOTIFY_012],
        |table| {
            effects(table, Row::CallbackFails, &[Error], &[]);
        },
    ),
    hook(
        "legacy-modifications-are-told-twice",
        &[RuleId::DO_NOTIFY_005, RuleId::DO_NOTIFY_006],
        Hook::ModificationsAreToldTwice,
    ),
    hook("legacy-dead-clients-are-called", &[RuleId::DO_NOTIFY_008], Hook::DeadClientsAreCalled),
    hook(
        "legacy-first-interface-stays",
        &[RuleId::DO_NOTIFY_009, RuleId::DO_NOTIFY_001, RuleId::DO_NOTIFY_002],
        Hook::FirstInterfaceStays,
    ),
    hook(
        "legacy-disable-drops-the-interface",
        &[RuleId::DO_NOTIFY_012, RuleId::DO_NOTIFY_001, RuleId::DO_NOTIFY_002],
        Hook::DisableDropsTheInterface,
    ),
    hook(
        "legacy-one-flag-by-default",
        &[RuleId::DO_NOTIFY_014, RuleId::DO_NOTIFY_001],
        Hook::OneFlagByDefault,
    ),
    hook(
        "legacy-half-the-timeout",
        &[RuleId::DO_RETRY_001, RuleId::DO_RETRY_002, RuleId::DO_RETRY_008, RuleId::DO_STATE_010],
        Hook::HalfTheTimeout,
    ),
    table(
        "legacy-no-progress-goes-unnoticed",
        &[RuleId::DO_RETRY_002, RuleId::DO_RETRY_008],
        |table| {
            let states = [Transferring, TransientError];
            redirect(table, Row::NoProgressTimeoutElapsed, &states, None);
            effects(table, Row::NoProgressTimeoutElapsed, &states, &[]);
        },
    ),
    hook(
        "legacy-bytes-are-no-progress",
        &[RuleId::DO_RETRY_003, RuleId::DO_RETRY_004, RuleId::DO_STATE_010],
        Hook::BytesAreNoProgress,
    ),
    hook(
        "legacy-no-progress-runs-at-rest",
        &[
            RuleId::DO_RETRY_004,
            RuleId::DO_RETRY_002,
            RuleId::DO_RETRY_003,
            RuleId::DO_RETRY_009,
            RuleId::DO_STATE_010,
        ],
        Hook::NoProgressRunsAtRest,
    ),
    table("legacy-timeout-can-be-set-in-final-states", &[RuleId::DO_RETRY_005], |table| {
        answer(table, Row::SetNoProgressTimeout, FINAL, Hresult::S_OK);
    }),
    hook(
        "legacy-clocks-follow-the-wall",
        &[
            RuleId::DO_RETRY_008,
            RuleId::DO_RETRY_002,
            RuleId::DO_RETRY_004,
            RuleId::DO_RETRY_009,
            RuleId::DO_STATE_010,
            RuleId::DO_STATE_011,
        ],
        Hook::ClocksFollowTheWall,
    ),
    table(
        "legacy-end-of-a-block-goes-unnoticed",
        &[
            RuleId::DO_RETRY_009,
            RuleId::DO_COST_001,
            RuleId::DO_RETRY_002,
            RuleId::DO_RETRY_008,
            RuleId::DO_STATE_011,
        ],
        |table| {
            for row in [Row::NetworkRestored, Row::BlockEnds] {
                redirect(table, row, &[TransientError], None);
                effects(table, row, &[TransientError], &[]);
            }
        },
    ),
    hook(
        "legacy-restart-loses-jobs",
        &[
            RuleId::DO_PERSIST_003,
            RuleId::DO_CANCEL_001,
            RuleId::DO_COMPLETE_001,
            RuleId::DO_COMPLETE_002,
            RuleId::DO_COMPLETE_004,
            RuleId::DO_PERSIST_001,
            RuleId::DO_RESUME_001,
            RuleId::DO_RESUME_004,
            RuleId::DO_RESUME_005,
            RuleId::DO_RESUME_006,
            RuleId::DO_RETRY_002,
            RuleId::DO_STATE_011,
            RuleId::DO_SUSPEND_001,
            RuleId::DO_RETRY_005,
            RuleId::DO_RETRY_008,
            RuleId::DO_RETRY_009,
            RuleId::DO_PRIORITY_004,
        ],
        Hook::RestartLosesJobs,
    ),
];
