//! Where the transition table departs from the catalogue, and why.

use JobState::{Connecting, Error, Queued, Suspended, Transferred, Transferring, TransientError};
use bitsim_vocab::{JobState, Stimulus};

/// Cells of one stimulus whose outcomes are not those of `fixtures/rules/bits-transitions.yaml`.
/// An outcome is a state entered and what the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// The row.
    pub stimulus: Stimulus,
    /// The cells.
    pub states: &'static [JobState],
    /// Why they differ.
    pub reason: &'static str,
}

/// Every departure; a test demands that no other cell differs, and that these do.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        stimulus: Stimulus::Suspend,
        states: &[Error, Transferred],
        reason: "the stand suspend_at_rest adds the reading that Suspend changes nothing here",
    },
    Deviation {
        stimulus: Stimulus::AddFileSet,
        states: &[Queued, Connecting, Transferring, Suspended, Error, TransientError, Transferred],
        reason: "elements are checked before the table is asked, so that E_INVALIDARG is no case",
    },
    Deviation {
        stimulus: Stimulus::TakeOwnership,
        states: &[Queued, Connecting, Transferring, Suspended, Error, TransientError, Transferred],
        reason: "drive letters are the same for every user, so that no mapping can differ",
    },
    Deviation {
        stimulus: Stimulus::OwnerLogsOff,
        states: &[Queued, Connecting, Transferring, TransientError],
        reason: "jobs have no helper tokens, so that none can be lost",
    },
    Deviation {
        stimulus: Stimulus::LocalUploadFileChanged,
        states: &[Transferring],
        reason: "once all of the upload is sent, and the reply is awaited, the file is done with",
    },
    Deviation {
        stimulus: Stimulus::ServiceRestart,
        states: &[TransientError],
        reason: "real machines load the job as QUEUED (evidence.md on BITS-SERVICE-002); the \
                 catalogue's reading is the stand transient_error_at_restart: kept",
    },
    Deviation {
        stimulus: Stimulus::ComputerRestart,
        states: &[TransientError],
        reason: "as for the restart of the service",
    },
];
