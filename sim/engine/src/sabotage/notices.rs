//! Bugs that break rules on notifications (BITS-NOTIFY).

use super::{Bug, Hook, effects, hook, table};
use crate::bits::{Effect, Guard};
use bitsim_vocab::{JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    table(
        "job-transferred-is-not-sent",
        &[
            RuleId::BITS_NOTIFY_001,
            RuleId::BITS_NOTIFY_011,
            RuleId::BITS_NOTIFY_012,
            RuleId::BITS_NOTIFY_015,
            RuleId::BITS_SERVICE_007,
        ],
        |table| {
            effects(
                table,
                Stimulus::AllFilesDone,
                JobState::Transferring,
                Guard::Otherwise,
                &[Effect::Completion],
            );
        },
    ),
    table(
        "job-error-is-not-sent",
        &[RuleId::BITS_NOTIFY_002, RuleId::BITS_NOTIFY_012, RuleId::BITS_NOTIFY_015],
        |table| {
            effects(
                table,
                Stimulus::TransferErrorFatal,
                JobState::Transferring,
                Guard::Otherwise,
                &[Effect::Count, Effect::Attach],
            );
            effects(
                table,
                Stimulus::ConnectFailsFatal,
                JobState::Connecting,
                Guard::Otherwise,
                &[Effect::Count, Effect::Attach],
            );
        },
    ),
    hook("transient-errors-are-told", &[RuleId::BITS_NOTIFY_003], Hook::TransientErrorsAreTold),
    hook(
        "load-loses-job-error",
        &[RuleId::BITS_NOTIFY_006, RuleId::BITS_NOTIFY_002],
        Hook::LoadLosesNotices,
    ),
    hook("disable-is-ignored", &[RuleId::BITS_NOTIFY_007], Hook::DisableIsIgnored),
    hook("any-flag-is-accepted", &[RuleId::BITS_NOTIFY_008], Hook::AnyFlagIsAccepted),
    table(
        "failed-callbacks-are-not-repeated",
        &[RuleId::BITS_NOTIFY_009, RuleId::BITS_NOTIFY_010, RuleId::BITS_NOTIFY_013],
        |table| {
            effects(table, Stimulus::CallbackFails, JobState::Error, Guard::Otherwise, &[]);
            effects(table, Stimulus::CallbackFails, JobState::Transferred, Guard::Otherwise, &[]);
        },
    ),
    hook(
        "late-registration-hears-nothing",
        &[RuleId::BITS_NOTIFY_015],
        Hook::LateRegistrationHearsNothing,
    ),
    hook(
        "new-interface-is-not-told-again",
        &[RuleId::BITS_NOTIFY_016],
        Hook::NewInterfaceIsNotToldAgain,
    ),
    hook(
        "first-interface-stays",
        &[RuleId::BITS_NOTIFY_017, RuleId::BITS_NOTIFY_001],
        Hook::FirstInterfaceStays,
    ),
    hook(
        "dead-clients-are-called",
        &[RuleId::BITS_NOTIFY_018, RuleId::BITS_NOTIFY_016],
        Hook::DeadClientsAreCalled,
    ),
    hook("creator-is-registered-unasked", &[RuleId::BITS_NOTIFY_023], Hook::CreatorIsRegistered),
    hook("cancellation-is-told", &[RuleId::BITS_NOTIFY_025], Hook::FinalStatesAreTold),
];
