//! Where the transition table departs from the catalogue, and why.

use Situation::{
    Aborted, Created, PausedFailed, PausedOnDemand, PausedTransient, Transferred, Transferring,
};
use bitsim_vocab::download::{Row, Situation};

/// Cells of one stimulus whose outcomes are not those of `fixtures/rules/do-transitions.yaml`.
/// An outcome is a situation entered and what the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// The row.
    pub stimulus: Row,
    /// The cells.
    pub states: &'static [Situation],
    /// Why they differ.
    pub reason: &'static str,
}

/// Every departure.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        stimulus: Row::StartWhole,
        states: &[Transferred],
        reason: "after ranges the whole file is another request (the catalogue says so in words); \
                 the agent has no ranges and does nothing",
    },
    Deviation {
        stimulus: Row::StartRanges,
        states: &[Transferred],
        reason: "the ranges that are there already need no transfer; the agent does nothing",
    },
    Deviation {
        stimulus: Row::StartWhole,
        states: &[PausedOnDemand, PausedTransient, PausedFailed],
        reason: "agent-findings.md on DOD-START-007: with bytes held of an unknown length the \
                 agent cannot go on",
    },
    Deviation {
        stimulus: Row::StartRanges,
        states: &[PausedOnDemand, PausedTransient, PausedFailed],
        reason: "as for the whole file",
    },
    Deviation {
        stimulus: Row::StartNull,
        states: &[Created],
        reason: "DOD-START-002 is a rule of Windows; the agent has no ranges and fetches the file",
    },
    Deviation {
        stimulus: Row::StartNull,
        states: &[PausedOnDemand, PausedTransient, PausedFailed],
        reason: "as for the whole file",
    },
    Deviation {
        stimulus: Row::SetLocalPath,
        states: &[Created],
        reason: "refused while a stream is set (DOD-PROP-011); the catalogue says so in its remark",
    },
    Deviation {
        stimulus: Row::SetStream,
        states: &[Created],
        reason: "refused while a path is set (DOD-PROP-011); the catalogue says so in its remark",
    },
    Deviation {
        stimulus: Row::Pause,
        states: &[PausedTransient],
        reason: "the defect pause_is_not_sticky adds the reading that Pause changes nothing here",
    },
    Deviation {
        stimulus: Row::Finalize,
        states: &[Transferred],
        reason: "the file may be kept from getting its final name, on which the catalogue is silent",
    },
    Deviation {
        stimulus: Row::EnumDownloads,
        states: &[Aborted],
        reason: "the cell says whether the download is listed; the code depends on the whole list",
    },
    Deviation {
        stimulus: Row::RetryableFailure,
        states: &[Transferring],
        reason: "on Windows a code of the transient zone pauses the download (DOD-RETRY-009, \
                 DOD-RETRY-018); HTTP failures leave it Transferring, as the cell says",
    },
    Deviation {
        stimulus: Row::RetryDelayElapsed,
        states: &[PausedTransient],
        reason: "what such a code paused is tried again by itself, unless network or policy \
                 forbid it meanwhile",
    },
    Deviation {
        stimulus: Row::NetworkLost,
        states: &[Transferred],
        reason: "the defect stale_network_check adds that a finished download is paused",
    },
    Deviation {
        stimulus: Row::NetworkRestored,
        states: &[PausedTransient],
        reason: "a policy may still forbid the download, or be what it waits for",
    },
    Deviation {
        stimulus: Row::BlockEnds,
        states: &[PausedTransient],
        reason: "another cause may still forbid the download, or be what it waits for",
    },
];
