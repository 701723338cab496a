//! Where the transition table departs from the catalogue, and why.

use JobState::{Error, Queued, Suspended, Transferred, Transferring, TransientError};
use bitsim_vocab::JobState;
use bitsim_vocab::legacy::Row;

/// Cells of one row whose outcomes are not those of the part `legacy` of
/// `fixtures/rules/do-transitions.yaml`. An outcome is a state entered and what the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// The row.
    pub row: Row,
    /// The cells.
    pub states: &'static [JobState],
    /// Why they differ.
    pub reason: &'static str,
}

const WAITS: &str = "without a free slot, or with its owner away, the job waits in QUEUED; the \
                     catalogue says so beside the cell (DO-STATE-012)";

/// Every departure.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation { row: Row::Resume, states: &[Suspended, Error, TransientError], reason: WAITS },
    Deviation {
        row: Row::Resume,
        states: &[Transferred],
        reason: "with files added since, the job becomes active again (DO-RESUME-006); the \
                 catalogue has that case in its remark",
    },
    Deviation {
        row: Row::CompleteSome,
        states: &[Transferred],
        reason: "a file added to a TRANSFERRED job waits for Resume, so that Complete can meet a \
                 job with a file that is not finished",
    },
    Deviation {
        row: Row::SlotGranted,
        states: &[Queued],
        reason: "a job whose owner is away, or that network or policy forbid, is passed over",
    },
    Deviation {
        row: Row::TransientFailure,
        states: &[Transferring],
        reason: "with a no-progress timeout of 0 there are no retries (DO-RETRY-006)",
    },
    Deviation {
        row: Row::RetryDelayElapsed,
        states: &[TransientError],
        reason: "the attempt waits for a slot in QUEUED, and for its owner where it is \
                 (DO-STATE-009, DO-STATE-012)",
    },
    Deviation {
        row: Row::NetworkRestored,
        states: &[TransientError],
        reason: "a policy may still forbid the job, or it has to wait in QUEUED",
    },
    Deviation {
        row: Row::BlockEnds,
        states: &[TransientError],
        reason: "another block may still be in force, or the job has to wait in QUEUED",
    },
    Deviation {
        row: Row::OwnerLogsOn,
        states: &[Queued],
        reason: "without a free slot, network or permission the job stays in the line",
    },
];
