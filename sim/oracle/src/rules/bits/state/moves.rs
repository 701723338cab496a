//! From which state into which, and what may cause it.

use super::is_genuine;
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::Happened;
use bitsim_vocab::{Event, JobId, JobState, RuleId, Stimulus};

/// What may end SUSPENDED.
const OUT_OF_SUSPENDED: &[Stimulus] =
    &[Stimulus::Resume, Stimulus::Complete, Stimulus::Cancel, Stimulus::InactivityTimeoutExpires];

/// What may end ERROR, and TRANSFERRED. Whether Suspend does is an open question of its own
/// (BITS-SUSPEND-003).
const OUT_OF_REST: &[Stimulus] = &[
    Stimulus::Resume,
    Stimulus::Complete,
    Stimulus::Cancel,
    Stimulus::Suspend,
    Stimulus::InactivityTimeoutExpires,
];

/// What may end TRANSIENT_ERROR: a retry, what a retry waited for, a timer that runs out, a setter
/// that makes it run out, a call, a restart.
const OUT_OF_TRANSIENT_ERROR: &[Stimulus] = &[
    Stimulus::RetryDelayExpires,
    Stimulus::NetworkRegained,
    Stimulus::BandwidthLimitZeroEnds,
    Stimulus::BlockEnds,
    Stimulus::DestinationVolumeUnlocked,
    Stimulus::ServiceRestart,
    Stimulus::ComputerRestart,
    Stimulus::SetPriority,
    Stimulus::SetMinimumRetryDelay,
    Stimulus::SetNoProgressTimeout,
    Stimulus::NoProgressTimeoutExpires,
    Stimulus::OwnerLogsOff,
    Stimulus::Resume,
    Stimulus::Suspend,
    Stimulus::Cancel,
    Stimulus::Complete,
    Stimulus::InactivityTimeoutExpires,
];

/// What may end TRANSFERRING. Blocks, locked volumes, changed local files and exceeded times are
/// the errors of the rule; a setter may bring a scheduling decision or a time-out forward.
const OUT_OF_TRANSFERRING: &[Stimulus] = &[
    Stimulus::TimeSliceEnds,
    Stimulus::HigherPriorityJobBecomesRunnable,
    Stimulus::FileDoneMoreRemain,
    Stimulus::AllFilesDone,
    Stimulus::TransferErrorTransient,
    Stimulus::TransferErrorFatal,
    Stimulus::MaximumDownloadTimeExceeded,
    Stimulus::InactivityTimeoutExpires,
    Stimulus::NetworkLost,
    Stimulus::OwnerLogsOff,
    Stimulus::BandwidthLimitZeroBegins,
    Stimulus::BlockBegins,
    Stimulus::DestinationVolumeLocked,
    Stimulus::RemoteFileChanged,
    Stimulus::LocalUploadFileChanged,
    Stimulus::ServiceRestart,
    Stimulus::ComputerRestart,
    Stimulus::Suspend,
    Stimulus::Cancel,
    Stimulus::Complete,
    Stimulus::SetPriority,
    Stimulus::SetMaximumDownloadTime,
    Stimulus::TakeOwnership,
];

/// The facts of one state change.
#[derive(Clone, Copy)]
struct Move<'a> {
    view: &'a View,
    event: &'a Event,
    id: JobId,
    from: JobState,
    to: JobState,
    cause: Stimulus,
}

/// Judges a state change. `granted` tells whether the scheduler has just given the job a turn.
pub(super) fn observe(view: &View, event: &Event, granted: bool, out: &mut Findings) {
    let Happened::State { job: id, from, to, cause } = event.what else { return };
    let Some(job) = view.job(id) else { return };
    let change = Move { view, event, id, from, to, cause };
    edge(change, out);
    changes_nothing_when_it_fails(change, out);
    match from {
        JobState::Transferring => {
            let demand = "the end of its slice, of the files or of the session, an error, a call";
            // From file to file the job stays; at most it connects to another server.
            let next_file = cause == Stimulus::FileDoneMoreRemain && to != JobState::Connecting;
            let allowed = if next_file { &[] } else { OUT_OF_TRANSFERRING };
            change.left_by(RuleId::BITS_STATE_006, allowed, demand, out);
        }
        JobState::Suspended => {
            let demand = "Resume, Complete, Cancel or the inactivity policy";
            change.left_by(RuleId::BITS_STATE_013, OUT_OF_SUSPENDED, demand, out);
        }
        JobState::Error => {
            let demand = "a call of a client or the inactivity policy";
            change.left_by(RuleId::BITS_STATE_014, OUT_OF_REST, demand, out);
        }
        JobState::Transferred => out_of_transferred(change, job, out),
        JobState::TransientError => {
            let demand = "a retry, a time-out, a call of a client or the inactivity policy";
            change.left_by(RuleId::BITS_STATE_016, OUT_OF_TRANSIENT_ERROR, demand, out);
        }
        JobState::Acknowledged | JobState::Cancelled => {
            change.report(RuleId::BITS_STATE_010, "`{job}` left a final state", out, || {
                format!("{from} to stay for good")
            });
        }
        JobState::Queued | JobState::Connecting => {}
    }
    into(change, granted, out);
}

impl Move<'_> {
    /// Holds if the cause is one of `allowed`, and really there if it is a call.
    fn left_by(self, rule: RuleId, allowed: &[Stimulus], demand: &str, out: &mut Findings) {
        let ok = allowed.contains(&self.cause) && self.is_genuine();
        self.judge(rule, ok, out, |change| {
            (
                format!("`{{job}}` left {} for a reason that does not end it", change.from),
                format!("{demand} as the cause"),
                change.told(),
            )
        });
    }

    fn is_genuine(self) -> bool {
        is_genuine(self.view, self.event, self.id, self.cause)
    }

    fn judge(
        self,
        rule: RuleId,
        ok: bool,
        out: &mut Findings,
        why: impl FnOnce(Self) -> (String, String, String),
    ) {
        out.ensure(rule, ok, self.event, || why(self));
    }

    fn report(
        self,
        rule: RuleId,
        what: &str,
        out: &mut Findings,
        expected: impl FnOnce() -> String,
    ) {
        self.judge(rule, false, out, |change| (what.to_owned(), expected(), change.told()));
    }

    /// `QUEUED -> CONNECTING, caused by Resume`, and whether that call was made at all.
    fn told(self) -> String {
        let Self { from, to, cause, .. } = self;
        let made = if self.is_genuine() { "" } else { ", of which there was no successful call" };
        format!("{from} -> {to}, caused by {cause}{made}")
    }
}

/// BITS-STATE-020: the closed list of changes. Two more are tolerated, as the catalogue says: from
/// file to file on another server, and a resumed job with nothing left to transfer.
fn edge(change: Move<'_>, out: &mut Findings) {
    change.judge(RuleId::BITS_STATE_020, is_legal(change.from, change.to), out, |change| {
        (
            format!("`{{job}}` went from {} to {}", change.from, change.to),
            format!("one of the legal ways out of {}", change.from),
            change.told(),
        )
    });
}

fn is_legal(from: JobState, to: JobState) -> bool {
    use JobState as S;
    let leaves_queue = matches!(to, S::Acknowledged | S::Cancelled);
    match from {
        S::Suspended => leaves_queue || to == S::Queued,
        S::Queued => {
            leaves_queue
                || matches!(to, S::Connecting | S::TransientError | S::Error | S::Suspended)
                || to == S::Transferred
        }
        S::Connecting => {
            leaves_queue
                || matches!(to, S::Transferring | S::Queued | S::Suspended)
                || to.is_error()
        }
        S::Transferring => {
            leaves_queue
                || matches!(to, S::Queued | S::Transferred | S::Suspended | S::Connecting)
                || to.is_error()
        }
        S::TransientError => leaves_queue || matches!(to, S::Queued | S::Error | S::Suspended),
        S::Error | S::Transferred => leaves_queue || matches!(to, S::Queued | S::Suspended),
        S::Acknowledged | S::Cancelled => false,
    }
}

/// BITS-STATE-021: a failing call is no cause of a state change.
fn changes_nothing_when_it_fails(change: Move<'_>, out: &mut Findings) {
    let Some(call) = &change.view.latest_call else { return };
    let failed = change.cause.is_call()
        && !call.is_over_at(change.event)
        && call.job == change.id
        && call.stimulus == change.cause
        && call.hr.failed();
    if failed {
        change.judge(RuleId::BITS_STATE_021, false, out, |change| {
            (
                format!("a failed {} moved `{{job}}` to {}", call.method, change.to),
                format!("{}, as before the call", change.from),
                format!("{} although the call returned {}", change.to, WithNumber(call.hr)),
            )
        });
    }
}

/// BITS-STATE-015: a job whose files are all there can be resumed, but goes nowhere by that.
fn out_of_transferred(change: Move<'_>, job: &JobView, out: &mut Findings) {
    let demand = "Complete, Cancel, Suspend or the inactivity policy, or Resume after more files \
                  were added,";
    let idle = change.cause == Stimulus::Resume && job.all_finished();
    if idle {
        change.report(
            RuleId::BITS_STATE_015,
            "Resume moved `{job}` out of TRANSFERRED although no file was added",
            out,
            || "TRANSFERRED to stay, since nothing is left to transfer".to_owned(),
        );
    } else {
        change.left_by(RuleId::BITS_STATE_015, OUT_OF_REST, demand, out);
    }
}

/// The rules about the state that is entered.
fn into(change: Move<'_>, granted: bool, out: &mut Findings) {
    let Move { from, to, cause, .. } = change;
    match to {
        JobState::Connecting => {
            let next_file = from == JobState::Transferring && cause == Stimulus::FileDoneMoreRemain;
            let turn = from == JobState::Queued && granted && !cause.is_call();
            change.judge(RuleId::BITS_STATE_003, turn || next_file, out, |change| {
                (
                    "`{job}` began to connect without being given a turn".to_owned(),
                    "QUEUED, then a turn from the scheduler, then CONNECTING".to_owned(),
                    match granted {
                        true => change.told(),
                        false => format!("{}, without a turn", change.told()),
                    },
                )
            });
        }
        JobState::Transferring => {
            change.judge(RuleId::BITS_STATE_004, from == JobState::Connecting, out, |change| {
                (
                    "`{job}` began to transfer without a connection attempt".to_owned(),
                    "TRANSFERRING to be entered from CONNECTING only".to_owned(),
                    change.told(),
                )
            });
        }
        JobState::Acknowledged => {
            let ok = cause == Stimulus::Complete && change.is_genuine();
            change.judge(RuleId::BITS_STATE_011, ok, out, |change| {
                (
                    "`{job}` became ACKNOWLEDGED without a successful Complete".to_owned(),
                    "a Complete call that returned a success code as the cause".to_owned(),
                    change.told(),
                )
            });
        }
        JobState::Cancelled => {
            let called = cause == Stimulus::Cancel && change.is_genuine();
            let ok = called || cause == Stimulus::InactivityTimeoutExpires;
            change.judge(RuleId::BITS_STATE_012, ok, out, |change| {
                (
                    "`{job}` became CANCELLED although nobody cancelled it".to_owned(),
                    "a successful Cancel call or the inactivity policy as the cause".to_owned(),
                    change.told(),
                )
            });
        }
        _ => {}
    }
    if cause == Stimulus::ConnectSucceeds && to != JobState::Transferring {
        change.report(
            RuleId::BITS_STATE_004,
            "`{job}` got its connection and did not begin to transfer",
            out,
            || JobState::Transferring.to_string(),
        );
    }
}

/// Nothing is tried for a job in ERROR (BITS-STATE-014) and nothing moves for one in TRANSFERRED
/// (BITS-STATE-015).
pub(super) fn active(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    let Some(job) = view.job(id) else { return };
    let rule = match job.state {
        JobState::Error => RuleId::BITS_STATE_014,
        JobState::Transferred => RuleId::BITS_STATE_015,
        _ => return,
    };
    out.ensure(rule, false, event, || {
        (
            format!("`{{job}}` became active in {}", job.state),
            format!("no attempt and no data in {}", job.state),
            match event.what {
                Happened::Bytes { done, .. } => format!("data moved, up to byte {done}"),
                _ => "an attempt began".to_owned(),
            },
        )
    });
}
