//! Bugs that break rules on states (BITS-STATE).

use super::{Bug, Hook, How, redirect};
use bitsim_vocab::{JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "get-state-lags-behind",
        breaks: &[RuleId::BITS_STATE_001],
        how: How::Hook(Hook::GetStateLagsBehind),
    },
    Bug {
        name: "log-on-resumes-suspended-jobs",
        breaks: &[RuleId::BITS_STATE_013, RuleId::BITS_USER_004],
        how: How::Table(|table| {
            let (stimulus, state) = (Stimulus::OwnerLogsOn, JobState::Suspended);
            redirect(table, stimulus, state, Some(JobState::Queued));
        }),
    },
];
