//! Bugs that break rules on policies, users, network and restarts (BITS-GROUPPOLICY, -USER, -NET, -SERVICE).

use super::{Bug, Hook, case, effects, hook, redirect, table};
use crate::bits::{Effect, Guard};
use bitsim_vocab::{JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    table("zero-bandwidth-stops-nobody", &[RuleId::BITS_GROUPPOLICY_004], |table| {
        let (stimulus, state) = (Stimulus::BandwidthLimitZeroBegins, JobState::Transferring);
        redirect(table, stimulus, state, None);
        effects(table, stimulus, state, Guard::Otherwise, &[]);
    }),
    table("end-of-zero-bandwidth-goes-unnoticed", &[RuleId::BITS_GROUPPOLICY_005], |table| {
        redirect(table, Stimulus::BandwidthLimitZeroEnds, JobState::TransientError, None);
    }),
    table("absent-owners-jobs-run", &[RuleId::BITS_USER_001, RuleId::BITS_USER_005], |table| {
        table
            .cell_mut(Stimulus::SchedulerPicksJob, JobState::Queued)
            .retain(|case| case.when != Guard::OwnerAbsent);
    }),
    table("log-off-suspends-the-job", &[RuleId::BITS_USER_002], |table| {
        redirect(table, Stimulus::OwnerLogsOff, JobState::Transferring, Some(JobState::Suspended));
    }),
    hook(
        "log-on-goes-unnoticed",
        &[
            RuleId::BITS_USER_003,
            RuleId::BITS_NET_006,
            RuleId::BITS_SCHED_004,
            RuleId::BITS_SCHED_009,
            RuleId::BITS_SERVICE_002,
        ],
        Hook::LogOnGoesUnnoticed,
    ),
    table(
        "log-off-restarts-finished-jobs",
        &[RuleId::BITS_USER_004, RuleId::BITS_STATE_015],
        |table| {
            redirect(table, Stimulus::OwnerLogsOff, JobState::Transferred, Some(JobState::Queued));
        },
    ),
    hook(
        "service-accounts-must-log-on",
        &[RuleId::BITS_USER_006, RuleId::BITS_SCHED_009],
        Hook::ServiceAccountsMustLogOn,
    ),
    table(
        "client-exit-stops-the-transfer",
        &[RuleId::BITS_USER_007, RuleId::BITS_STATE_006],
        |table| {
            redirect(
                table,
                Stimulus::ClientExits,
                JobState::Transferring,
                Some(JobState::Suspended),
            );
        },
    ),
    table("lost-network-leaves-jobs-in-line", &[RuleId::BITS_NET_001], |table| {
        let (stimulus, state) = (Stimulus::NetworkLost, JobState::Transferring);
        redirect(table, stimulus, state, Some(JobState::Queued));
        effects(table, stimulus, state, Guard::Otherwise, &[]);
    }),
    table("lost-network-replaces-the-error", &[RuleId::BITS_NET_002], |table| {
        effects(
            table,
            Stimulus::NetworkLost,
            JobState::TransientError,
            Guard::Otherwise,
            &[Effect::Attach],
        );
    }),
    table("network-return-goes-unnoticed", &[RuleId::BITS_NET_003], |table| {
        redirect(table, Stimulus::NetworkRegained, JobState::TransientError, None);
    }),
    table("connects-without-a-network", &[RuleId::BITS_NET_005], |table| {
        table
            .cell_mut(Stimulus::SchedulerPicksJob, JobState::Queued)
            .retain(|case| case.when != Guard::NoNetwork);
    }),
    table("ready-job-waits-in-line-without-network", &[RuleId::BITS_NET_006], |table| {
        if let Some(case) =
            case(table, Stimulus::SchedulerPicksJob, JobState::Queued, Guard::NoNetwork)
        {
            case.next = None;
        }
    }),
    hook(
        "lost-network-forgets-progress",
        &[
            RuleId::BITS_NET_008,
            RuleId::BITS_PROGRESS_006,
            RuleId::BITS_PROGRESS_008,
            RuleId::BITS_FILE_008,
        ],
        Hook::LossForgetsProgress,
    ),
    hook(
        "restart-resets-properties",
        &[RuleId::BITS_SERVICE_001, RuleId::BITS_RETRY_003, RuleId::BITS_SERVICE_003],
        Hook::RestartResetsProperties,
    ),
    table("restart-suspends-running-jobs", &[RuleId::BITS_SERVICE_002], |table| {
        redirect(
            table,
            Stimulus::ServiceRestart,
            JobState::Transferring,
            Some(JobState::Suspended),
        );
    }),
    hook("restart-keeps-the-old-clock", &[RuleId::BITS_SERVICE_003], Hook::RestartKeepsTheOldClock),
];
