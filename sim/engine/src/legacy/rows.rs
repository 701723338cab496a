//! The rows of the transition table, in the order of the catalogue (part `legacy` of
//! `fixtures/rules/do-transitions.yaml`).

use super::table::{Case, Effect, Guard, Hr, TableRow};
use Effect::{
    Append, ArmRetry, Attach, Begin, CatchUp, Completion, DeleteTemps, Discard, DropUnfinished,
    Expire, HoldRetry, LoseInterface, NewWindow, NextBlock, NotifyAgain, Offer, Progress, Raise,
    Recheck, Rename, RestartRetry, Stall, Store, StoreRemoteNames, Tell, Touch,
};
use JobState::{
    Acknowledged, Cancelled, Error, Queued, Suspended, Transferred, Transferring, TransientError,
};
use bitsim_vocab::legacy::Row as R;
use bitsim_vocab::{Hresult, JobState};

const LIVE: &[JobState] = &[Queued, Transferring, Suspended, Error, TransientError, Transferred];
const FINAL: &[JobState] = &[Acknowledged, Cancelled];
const ALL: &[JobState] =
    &[Queued, Transferring, Suspended, Error, TransientError, Transferred, Acknowledged, Cancelled];
/// States that no event of transfer or environment moves.
const AT_REST: &[JobState] = &[Suspended, Error, Transferred];
/// The same and the final states.
const IDLE: &[JobState] = &[Suspended, Error, Transferred, Acknowledged, Cancelled];

/// A call that succeeds and moves the job.
const fn to(next: JobState, effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: Some(next), hr: Hr::Is(Hresult::S_OK), effects }
}

/// A call that succeeds where the job is.
const fn ok(effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: None, hr: Hr::Is(Hresult::S_OK), effects }
}

/// A call that fails and changes nothing.
const fn refuse(code: Hresult) -> Case {
    Case { when: Guard::Otherwise, next: None, hr: Hr::Is(code), effects: &[] }
}

/// An event that moves the job.
const fn moves(next: JobState, effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: Some(next), hr: Hr::Event, effects }
}

/// An event that leaves the job where it is.
const fn stays(effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: None, hr: Hr::Event, effects }
}

impl Case {
    const fn when(mut self, when: Guard) -> Self {
        self.when = when;
        self
    }
}

const INVALID: &[Case] = &[refuse(Hresult::DO_E_INVALID_STATE)];
const UNAVAILABLE: &[Case] = &[refuse(Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE)];
const NOTHING: &[Case] = &[stays(&[])];
const READ: &[Case] = &[ok(&[])];
const STORE: &[Case] = &[ok(&[Store, Touch, Tell])];
const STORE_AND_OFFER: &[Case] = &[ok(&[Store, Touch, Tell, Offer])];
const STORE_AND_RECHECK: &[Case] = &[ok(&[Store, Touch, Tell, Recheck])];

const RESUME_LATER: Case = to(Queued, &[StoreRemoteNames, NewWindow]);
const RESUME_NOW: Case = to(Transferring, &[StoreRemoteNames, NewWindow, Discard, Begin]);
const RESUME: &[Case] =
    &[RESUME_LATER.when(Guard::OwnerAbsent), RESUME_LATER.when(Guard::NoSlot), RESUME_NOW];
const PARTIAL: &[Case] = &[to(Acknowledged, &[Rename, DropUnfinished])];
const RENAME_FAILS: &[Case] = &[Case {
    when: Guard::Otherwise,
    next: None,
    hr: Hr::RenameFailure,
    effects: &[Rename, Touch, Tell],
}];
const BAD_FILE: &[Case] =
    &[Case { when: Guard::Otherwise, next: None, hr: Hr::BadFile, effects: &[] }];

/// Client calls.
pub(crate) const CALL_ROWS: &[TableRow] = &[
    TableRow {
        stimulus: R::Resume,
        cells: &[
            (&[Queued, Transferring], &[ok(&[StoreRemoteNames, Touch, Tell])]),
            (&[Suspended, Error, TransientError], RESUME),
            (
                &[Transferred],
                &[
                    ok(&[StoreRemoteNames, Touch, Tell]).when(Guard::NothingLeft),
                    RESUME_LATER.when(Guard::OwnerAbsent),
                    RESUME_LATER.when(Guard::NoSlot),
                    RESUME_NOW,
                ],
            ),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: R::ResumeEmpty,
        cells: &[(&[Suspended], &[refuse(Hresult::DO_E_JOB_EMPTY)]), (FINAL, INVALID)],
    },
    TableRow {
        stimulus: R::Suspend,
        cells: &[
            (&[Queued, Transferring, TransientError, Error], &[to(Suspended, &[])]),
            (&[Suspended, Transferred], &[ok(&[Touch])]),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: R::Cancel,
        cells: &[(LIVE, &[to(Cancelled, &[DeleteTemps])]), (FINAL, INVALID)],
    },
    TableRow {
        stimulus: R::CompleteAll,
        cells: &[(&[Suspended, Transferred], &[to(Acknowledged, &[Rename])]), (FINAL, INVALID)],
    },
    TableRow { stimulus: R::CompleteSome, cells: &[(LIVE, PARTIAL), (FINAL, INVALID)] },
    TableRow { stimulus: R::CompleteRenameFails, cells: &[(LIVE, RENAME_FAILS), (FINAL, INVALID)] },
    TableRow {
        stimulus: R::AddFile,
        cells: &[(LIVE, &[ok(&[Append, Touch, Tell])]), (FINAL, INVALID)],
    },
    TableRow { stimulus: R::AddFileInvalid, cells: &[(LIVE, BAD_FILE), (FINAL, INVALID)] },
    TableRow { stimulus: R::SetNoProgressTimeout, cells: &[(LIVE, STORE), (FINAL, INVALID)] },
    TableRow { stimulus: R::SetNotifyFlags, cells: &[(LIVE, STORE_AND_OFFER), (FINAL, INVALID)] },
    TableRow { stimulus: R::SetPriority, cells: &[(LIVE, STORE_AND_RECHECK), (FINAL, INVALID)] },
    TableRow { stimulus: R::SetNotifyInterface, cells: &[(LIVE, STORE_AND_OFFER), (FINAL, READ)] },
    TableRow { stimulus: R::SetCostFlags, cells: &[(LIVE, STORE_AND_RECHECK), (FINAL, INVALID)] },
    TableRow {
        stimulus: R::SetUnsupportedProperty,
        cells: &[(ALL, &[refuse(Hresult::DO_E_UNKNOWN_PROPERTY_ID)])],
    },
    TableRow {
        stimulus: R::SetFileProperty,
        cells: &[
            (&[Queued, Transferring, TransientError, Transferred], INVALID),
            (&[Suspended, Error], STORE),
            (FINAL, INVALID),
        ],
    },
    TableRow { stimulus: R::SetRemoteName, cells: &[(LIVE, STORE), (FINAL, INVALID)] },
    TableRow { stimulus: R::Getters, cells: &[(ALL, READ)] },
    TableRow {
        stimulus: R::GetError,
        cells: &[
            (
                &[Queued, Suspended],
                &[
                    ok(&[]).when(Guard::ErrorKnown),
                    refuse(Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE),
                ],
            ),
            (&[Transferring, Transferred], UNAVAILABLE),
            (FINAL, UNAVAILABLE),
            (&[Error, TransientError], READ),
        ],
    },
    TableRow {
        stimulus: R::GetJob,
        cells: &[(LIVE, READ), (FINAL, &[refuse(Hresult::DO_E_JOB_NOT_FOUND)])],
    },
    TableRow {
        stimulus: R::CallWithoutRights,
        cells: &[(ALL, &[refuse(Hresult::E_ACCESSDENIED)])],
    },
];

/// From QUEUED or TRANSIENT_ERROR into TRANSFERRING.
const START: Case = moves(Transferring, &[Discard, Begin]);
const FAIL: &[Case] = &[moves(Error, &[Attach, Raise])];
/// The block is over whose code the job reports: it goes on, unless another holds it.
const BLOCK_ENDS: &[Case] = &[
    stays(&[]).when(Guard::AnotherCause),
    stays(&[NextBlock]).when(Guard::Blocked),
    moves(Queued, &[]).when(Guard::OwnerAbsent),
    moves(Queued, &[]).when(Guard::NoSlot),
    START,
];

/// Events of the service and of what is around it.
pub(crate) const EVENT_ROWS: &[TableRow] = &[
    TableRow {
        stimulus: R::SlotGranted,
        cells: &[
            (
                &[Queued],
                &[stays(&[]).when(Guard::OwnerAbsent), stays(&[]).when(Guard::Blocked), START],
            ),
            (&[Transferring, TransientError], NOTHING),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::BytesReceived,
        cells: &[
            (&[Transferring], &[stays(&[Progress, Touch, Tell])]),
            (&[Error, Transferred], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::LastByteReceived,
        cells: &[
            (&[Transferring], &[moves(Transferred, &[Completion, Raise])]),
            (&[Error, Transferred], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::TransientFailure,
        cells: &[
            (
                &[Transferring],
                &[
                    moves(Error, &[Attach, Raise]).when(Guard::NoRetries),
                    moves(TransientError, &[Attach, ArmRetry]),
                ],
            ),
            (&[TransientError], &[stays(&[Attach, ArmRetry])]),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::FatalFailure,
        cells: &[(&[Transferring, TransientError], FAIL), (IDLE, NOTHING)],
    },
    TableRow {
        stimulus: R::RetryDelayElapsed,
        cells: &[
            (&[Queued, Transferring], NOTHING),
            (
                &[TransientError],
                &[
                    stays(&[]).when(Guard::OwnerAbsent),
                    moves(Queued, &[]).when(Guard::NoSlot),
                    START,
                ],
            ),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::NoProgressTimeoutElapsed,
        cells: &[
            (&[Queued], NOTHING),
            (&[Transferring], &[moves(Error, &[Stall, Attach, Raise])]),
            (&[TransientError], FAIL),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::NetworkLost,
        cells: &[
            (&[Queued, Transferring], &[moves(TransientError, &[Attach])]),
            (&[TransientError], &[stays(&[Attach, HoldRetry])]),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::NetworkRestored,
        cells: &[
            (&[Queued, Transferring], NOTHING),
            (&[TransientError], BLOCK_ENDS),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::BlockBegins,
        cells: &[
            (&[Queued], NOTHING),
            (&[Transferring], &[moves(TransientError, &[Attach])]),
            (&[TransientError], &[stays(&[Attach, HoldRetry])]),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::BlockEnds,
        cells: &[
            (&[Queued, Transferring], NOTHING),
            (&[TransientError], BLOCK_ENDS),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::OwnerLogsOff,
        cells: &[
            (&[Queued, TransientError], NOTHING),
            (&[Transferring], &[moves(Queued, &[])]),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::OwnerLogsOn,
        cells: &[
            (&[Queued], &[stays(&[]).when(Guard::Blocked), stays(&[]).when(Guard::NoSlot), START]),
            (&[Transferring], NOTHING),
            (&[TransientError], &[stays(&[CatchUp])]),
            (IDLE, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::ClientExits,
        cells: &[(LIVE, &[stays(&[LoseInterface])]), (FINAL, NOTHING)],
    },
    TableRow {
        stimulus: R::Restart,
        cells: &[
            (&[Queued], &[stays(&[LoseInterface])]),
            (AT_REST, &[stays(&[LoseInterface])]),
            (&[Transferring], &[moves(Queued, &[LoseInterface])]),
            (&[TransientError], &[stays(&[LoseInterface, RestartRetry])]),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: R::TooOld,
        cells: &[(LIVE, &[moves(Cancelled, &[Expire])]), (FINAL, NOTHING)],
    },
    TableRow {
        stimulus: R::CallbackFails,
        cells: &[
            (&[Queued, Transferring, Suspended, TransientError], NOTHING),
            (&[Error, Transferred], &[stays(&[NotifyAgain])]),
            (FINAL, NOTHING),
        ],
    },
];
