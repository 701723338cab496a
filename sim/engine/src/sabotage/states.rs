//! Bugs that break rules on states (BITS-STATE).

use super::{Bug, Hook, answer, case, hook, redirect, table};
use crate::bits::Guard;
use bitsim_vocab::{Hresult, JobState, RuleId, Stimulus};

pub(super) const BUGS: &[Bug] = &[
    hook("get-state-lags-behind", &[RuleId::BITS_STATE_001], Hook::GetStateLagsBehind),
    table("adding-a-file-starts-the-job", &[RuleId::BITS_STATE_002], |table| {
        if let Some(case) = case(table, Stimulus::AddFile, JobState::Suspended, Guard::Otherwise) {
            case.next = Some(JobState::Queued);
        }
    }),
    table("resume-connects-by-itself", &[RuleId::BITS_STATE_003], |table| {
        if let Some(case) = case(table, Stimulus::Resume, JobState::Suspended, Guard::Otherwise) {
            case.next = Some(JobState::Connecting);
        }
    }),
    table("retry-skips-connecting", &[RuleId::BITS_STATE_004], |table| {
        redirect(
            table,
            Stimulus::RetryDelayExpires,
            JobState::TransientError,
            Some(JobState::Transferring),
        );
    }),
    table("failed-connection-goes-back-in-line", &[RuleId::BITS_STATE_005], |table| {
        redirect(
            table,
            Stimulus::ConnectFailsTransient,
            JobState::Connecting,
            Some(JobState::Queued),
        );
    }),
    table("each-file-needs-a-turn", &[RuleId::BITS_STATE_006], |table| {
        redirect(
            table,
            Stimulus::FileDoneMoreRemain,
            JobState::Transferring,
            Some(JobState::Queued),
        );
    }),
    table("first-file-finishes-the-job", &[RuleId::BITS_STATE_007], |table| {
        redirect(
            table,
            Stimulus::FileDoneMoreRemain,
            JobState::Transferring,
            Some(JobState::Transferred),
        );
    }),
    hook(
        "upload-is-done-before-the-server-has-it",
        &[RuleId::BITS_STATE_008],
        Hook::UploadIsDoneEarly,
    ),
    hook("reply-is-not-fetched", &[RuleId::BITS_STATE_009], Hook::ReplyIsNotFetched),
    table("clock-change-revives-cancelled-jobs", &[RuleId::BITS_STATE_010], |table| {
        redirect(table, Stimulus::SystemClockChanged, JobState::Cancelled, Some(JobState::Queued));
    }),
    table("transferred-files-complete-themselves", &[RuleId::BITS_STATE_011], |table| {
        redirect(
            table,
            Stimulus::AllFilesDone,
            JobState::Transferring,
            Some(JobState::Acknowledged),
        );
    }),
    table("acknowledged-job-error-cancels", &[RuleId::BITS_STATE_012], |table| {
        redirect(table, Stimulus::CallbackAcknowledged, JobState::Error, Some(JobState::Cancelled));
    }),
    table("log-on-resumes-suspended-jobs", &[RuleId::BITS_STATE_013], |table| {
        redirect(table, Stimulus::OwnerLogsOn, JobState::Suspended, Some(JobState::Queued));
    }),
    table("network-return-retries-failed-jobs", &[RuleId::BITS_STATE_014], |table| {
        redirect(table, Stimulus::NetworkRegained, JobState::Error, Some(JobState::Queued));
    }),
    table("network-return-restarts-finished-jobs", &[RuleId::BITS_STATE_015], |table| {
        redirect(table, Stimulus::NetworkRegained, JobState::Transferred, Some(JobState::Queued));
    }),
    table("log-on-fails-waiting-jobs", &[RuleId::BITS_STATE_016], |table| {
        redirect(table, Stimulus::OwnerLogsOn, JobState::TransientError, Some(JobState::Error));
    }),
    table("fatal-errors-are-tried-again", &[RuleId::BITS_STATE_017], |table| {
        redirect(
            table,
            Stimulus::TransferErrorFatal,
            JobState::Transferring,
            Some(JobState::TransientError),
        );
    }),
    table("suspend-refuses-failed-jobs", &[RuleId::BITS_STATE_019], |table| {
        answer(table, Stimulus::Suspend, JobState::Error, Hresult::BG_E_INVALID_STATE);
        redirect(table, Stimulus::Suspend, JobState::Error, None);
    }),
    table("finished-job-is-queued-again", &[RuleId::BITS_STATE_020], |table| {
        redirect(
            table,
            Stimulus::InactivityTimeoutExpires,
            JobState::Suspended,
            Some(JobState::TransientError),
        );
    }),
    table("failing-resume-moves-the-job", &[RuleId::BITS_STATE_021], |table| {
        if let Some(case) = case(table, Stimulus::Resume, JobState::Suspended, Guard::NoFile) {
            case.next = Some(JobState::Queued);
        }
    }),
];
