//! The rows of the transition table, in the order of the catalogue
//! (`fixtures/rules/bits-transitions.yaml`); a test compares the two cell by cell.

use super::table::{Case, Effect, Guard, Hr, TableRow};
use Effect::{
    Active, Append, ArmRetry, Attach, CancelUpload, Completion, Connect, Count, DeleteTemps,
    Discard, DropUnfinished, LeaveQueue, LoseInterface, Move, NameReply, NewPeriod, NextFile,
    NotifyAgain, Offer, Own, Raise, Recheck, Recompute, Rename, RestartFile, RestartMaxDownload,
    Retime, Settle, Store, StoreRemoteNames, Tell, Touch, Vanish,
};
use JobState::{
    Acknowledged, Cancelled, Connecting, Error, Queued, Suspended, Transferred, Transferring,
    TransientError,
};
use bitsim_vocab::{Hresult, JobState, Stimulus};

const LIVE: &[JobState] =
    &[Queued, Connecting, Transferring, Suspended, Error, TransientError, Transferred];
const FINAL: &[JobState] = &[Acknowledged, Cancelled];
const RUNNABLE: &[JobState] = &[Queued, Connecting, Transferring];
const RUNNING: &[JobState] = &[Connecting, Transferring];
/// States that no event of the environment moves.
const AT_REST: &[JobState] = &[Suspended, Error, Transferred];

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

    const fn returns(mut self, code: Hresult) -> Self {
        self.hr = Hr::Is(code);
        self
    }
}

const INVALID: &[Case] = &[refuse(Hresult::BG_E_INVALID_STATE)];
const NOTHING: &[Case] = &[stays(&[])];
const READ: &[Case] = &[ok(&[])];
const STORE: &[Case] = &[ok(&[Store, Touch, Tell, Active])];
const STORE_AND_OFFER: &[Case] = &[ok(&[Store, Touch, Tell, Active, Offer])];
const ADD_ONE: &[Case] = &[
    refuse(Hresult::BG_E_TOO_MANY_FILES).when(Guard::OneFileOnly),
    refuse(Hresult::E_ACCESSDENIED).when(Guard::MayNotWrite),
    refuse(Hresult::BG_E_TOO_MANY_FILES_IN_JOB).when(Guard::TooManyFiles),
    ok(&[Append, Touch, Tell, Active]),
];
const TAKE_OWNERSHIP: &[Case] = &[
    refuse(Hresult::E_ACCESSDENIED).when(Guard::NotAdministrator),
    refuse(Hresult::BG_E_NEW_OWNER_NO_FILE_ACCESS).when(Guard::NoFileAccess),
    ok(&[Own, Touch, Tell, Active]),
];
const CANCEL: &[Case] = &[
    to(Cancelled, &[DeleteTemps, CancelUpload, Touch])
        .returns(Hresult::BG_S_UNABLE_TO_DELETE_FILES)
        .when(Guard::CannotDelete),
    to(Cancelled, &[CancelUpload, DeleteTemps, Touch]).when(Guard::Uploads),
    to(Cancelled, &[DeleteTemps, Touch]),
];
const RENAME_FAILS: Case =
    Case { when: Guard::CannotRename, next: None, hr: Hr::RenameFailure, effects: &[Rename] };
const LEFTOVERS: Case = to(Acknowledged, &[Rename, DropUnfinished, Touch])
    .returns(Hresult::BG_S_UNABLE_TO_DELETE_FILES)
    .when(Guard::CannotDelete);
const PARTIAL: Case = to(Acknowledged, &[Rename, DropUnfinished, Touch])
    .returns(Hresult::BG_S_PARTIAL_COMPLETE)
    .when(Guard::FilesLeft);
const COMPLETE_EARLY: &[Case] = &[
    refuse(Hresult::BG_E_INVALID_STATE).when(Guard::Uploads),
    RENAME_FAILS,
    LEFTOVERS,
    PARTIAL,
    to(Acknowledged, &[Rename, Touch]),
];

/// Client calls.
pub(crate) const CALL_ROWS: &[TableRow] = &[
    TableRow {
        stimulus: Stimulus::Resume,
        cells: &[
            (RUNNABLE, &[ok(&[StoreRemoteNames, RestartMaxDownload, Touch, Tell, Active])]),
            (
                &[Suspended],
                &[
                    refuse(Hresult::BG_E_EMPTY).when(Guard::NoFile),
                    to(
                        Queued,
                        &[NameReply, StoreRemoteNames, RestartMaxDownload, NewPeriod, Active],
                    ),
                ],
            ),
            (
                &[Error, TransientError],
                &[to(Queued, &[StoreRemoteNames, RestartMaxDownload, NewPeriod, Active])],
            ),
            (
                &[Transferred],
                &[
                    to(Queued, &[StoreRemoteNames, RestartMaxDownload, NewPeriod, Active])
                        .when(Guard::FilesLeft),
                    ok(&[StoreRemoteNames, Touch, Active]),
                ],
            ),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: Stimulus::Suspend,
        cells: &[
            (&[Queued, Connecting, Transferring, TransientError], &[to(Suspended, &[Active])]),
            (&[Suspended], &[ok(&[Touch, Active])]),
            (
                &[Error, Transferred],
                &[ok(&[Touch, Active]).when(Guard::StandNoOp), to(Suspended, &[Active])],
            ),
            (FINAL, INVALID),
        ],
    },
    TableRow { stimulus: Stimulus::Cancel, cells: &[(LIVE, CANCEL), (FINAL, INVALID)] },
    TableRow {
        stimulus: Stimulus::Complete,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, Error, TransientError], COMPLETE_EARLY),
            (
                &[Transferred],
                &[RENAME_FAILS, LEFTOVERS, PARTIAL, to(Acknowledged, &[Rename, Touch])],
            ),
            (FINAL, INVALID),
        ],
    },
    TableRow { stimulus: Stimulus::AddFile, cells: &[(LIVE, ADD_ONE), (FINAL, INVALID)] },
    TableRow { stimulus: Stimulus::AddFileSet, cells: &[(LIVE, ADD_ONE), (FINAL, INVALID)] },
    TableRow {
        stimulus: Stimulus::TakeOwnership,
        cells: &[(LIVE, TAKE_OWNERSHIP), (FINAL, INVALID)],
    },
    TableRow { stimulus: Stimulus::SetPriority, cells: &[(LIVE, STORE), (FINAL, INVALID)] },
    TableRow { stimulus: Stimulus::SetDisplayName, cells: &[(LIVE, STORE), (FINAL, INVALID)] },
    TableRow {
        stimulus: Stimulus::SetNotifyFlags,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, TransientError], STORE),
            (&[Error, Transferred], STORE_AND_OFFER),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: Stimulus::SetNotifyInterface,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, TransientError], STORE),
            (&[Error, Transferred], STORE_AND_OFFER),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: Stimulus::SetMinimumRetryDelay,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, Error, Transferred], STORE),
            (&[TransientError], &[ok(&[Store, Touch, Tell, Active, Recompute])]),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: Stimulus::SetNoProgressTimeout,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, Error, Transferred], STORE),
            (
                &[TransientError],
                &[
                    to(Error, &[Store, Active, Raise]).when(Guard::PeriodOver),
                    ok(&[Store, Touch, Tell, Active, Recompute]),
                ],
            ),
            (FINAL, INVALID),
        ],
    },
    TableRow { stimulus: Stimulus::SetProxySettings, cells: &[(LIVE, STORE), (FINAL, INVALID)] },
    TableRow {
        stimulus: Stimulus::SetNotifyCmdLine,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, TransientError], STORE),
            (&[Error, Transferred], STORE_AND_OFFER),
            (FINAL, INVALID),
        ],
    },
    TableRow { stimulus: Stimulus::SetRemoteName, cells: &[(LIVE, STORE), (FINAL, INVALID)] },
    TableRow {
        stimulus: Stimulus::SetMaximumDownloadTime,
        cells: &[
            (&[Queued, Suspended, Error, TransientError, Transferred], STORE),
            (RUNNING, &[ok(&[Store, Touch, Tell, Active, Recompute])]),
            (FINAL, INVALID),
        ],
    },
    TableRow {
        stimulus: Stimulus::GetError,
        cells: &[
            (
                &[Queued, Connecting, Suspended],
                &[
                    ok(&[]).when(Guard::ErrorKnown),
                    refuse(Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE),
                ],
            ),
            (&[Error, TransientError], READ),
            (
                &[Transferring, Transferred, Acknowledged, Cancelled],
                &[refuse(Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE)],
            ),
        ],
    },
    TableRow { stimulus: Stimulus::GetErrorCount, cells: &[(LIVE, READ), (FINAL, READ)] },
    TableRow { stimulus: Stimulus::Getters, cells: &[(LIVE, READ), (FINAL, READ)] },
    TableRow { stimulus: Stimulus::EnumFiles, cells: &[(LIVE, READ), (FINAL, READ)] },
    TableRow {
        stimulus: Stimulus::GetJob,
        cells: &[
            (LIVE, &[refuse(Hresult::E_ACCESSDENIED).when(Guard::NoAccess), ok(&[])]),
            (FINAL, &[refuse(Hresult::BG_E_NOT_FOUND)]),
        ],
    },
    TableRow { stimulus: Stimulus::EnumJobs, cells: &[(LIVE, READ), (FINAL, READ)] },
];

const FAILS_FOR_NOW: &[Case] = &[
    moves(Error, &[Count, Attach, Raise]).when(Guard::NoTimeLeft),
    moves(TransientError, &[Count, Attach, ArmRetry]),
];
const FAILS: &[Case] = &[moves(Error, &[Count, Attach, Raise])];
const BLOCKS: &[Case] = &[moves(TransientError, &[Attach])];
const BLOCKS_BACKGROUND: &[Case] =
    &[stays(&[]).when(Guard::Foreground), moves(TransientError, &[Attach])];
const UNBLOCKS: &[Case] = &[moves(Queued, &[]).when(Guard::CauseEnded), stays(&[])];
const RESTART_STAYS: &[Case] = &[stays(&[LoseInterface, Retime])];
const RESTART_REQUEUES: &[Case] = &[moves(Queued, &[LoseInterface, Retime])];
const RESTART_TRANSIENT: &[Case] = &[
    stays(&[LoseInterface, Retime]).when(Guard::StandKept),
    moves(Queued, &[LoseInterface, Retime]),
];
const CANCEL_INACTIVE: &[Case] = &[moves(Cancelled, &[DeleteTemps])];

/// Events of service and environment.
pub(crate) const EVENT_ROWS: &[TableRow] = &[
    TableRow {
        stimulus: Stimulus::SchedulerPicksJob,
        cells: &[(
            &[Queued],
            &[
                stays(&[]).when(Guard::OwnerAbsent),
                moves(TransientError, &[Attach]).when(Guard::NoNetwork),
                moves(TransientError, &[Attach]).when(Guard::Blocked),
                moves(Transferred, &[Completion, Raise]).when(Guard::NothingLeft),
                moves(Connecting, &[Connect]),
            ],
        )],
    },
    TableRow {
        stimulus: Stimulus::ConnectSucceeds,
        cells: &[(&[Connecting], &[moves(Transferring, &[Discard, Move])])],
    },
    TableRow {
        stimulus: Stimulus::ConnectFailsTransient,
        cells: &[(&[Connecting], FAILS_FOR_NOW)],
    },
    TableRow { stimulus: Stimulus::ConnectFailsFatal, cells: &[(&[Connecting], FAILS)] },
    TableRow {
        stimulus: Stimulus::BytesTransferred,
        cells: &[(&[Transferring], &[stays(&[Touch, Tell, Active, NewPeriod])])],
    },
    TableRow {
        stimulus: Stimulus::FileDoneMoreRemain,
        cells: &[(&[Transferring], &[stays(&[NextFile])])],
    },
    TableRow {
        stimulus: Stimulus::AllFilesDone,
        cells: &[(&[Transferring], &[moves(Transferred, &[Completion, Raise])])],
    },
    TableRow {
        stimulus: Stimulus::TransferErrorTransient,
        cells: &[(&[Transferring], FAILS_FOR_NOW)],
    },
    TableRow { stimulus: Stimulus::TransferErrorFatal, cells: &[(&[Transferring], FAILS)] },
    TableRow {
        stimulus: Stimulus::TimeSliceEnds,
        cells: &[(&[Connecting], NOTHING), (&[Transferring], &[moves(Queued, &[])])],
    },
    TableRow {
        stimulus: Stimulus::HigherPriorityJobBecomesRunnable,
        cells: &[
            (&[Queued, Suspended, Error, TransientError, Transferred], NOTHING),
            (RUNNING, &[stays(&[]).when(Guard::Foreground), moves(Queued, &[])]),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::RetryDelayExpires,
        cells: &[(&[TransientError], &[stays(&[]).when(Guard::StillBlocked), moves(Queued, &[])])],
    },
    TableRow {
        stimulus: Stimulus::NoProgressTimeoutExpires,
        cells: &[
            (RUNNABLE, NOTHING),
            (&[TransientError], &[stays(&[]).when(Guard::WaitsForBlock), moves(Error, &[Raise])]),
        ],
    },
    TableRow {
        stimulus: Stimulus::MaximumDownloadTimeExceeded,
        cells: &[
            (&[Connecting], &[moves(Error, &[Attach, Raise])]),
            (&[Transferring], &[moves(Error, &[Count, Attach, Raise])]),
        ],
    },
    TableRow {
        stimulus: Stimulus::InactivityTimeoutExpires,
        cells: &[(LIVE, CANCEL_INACTIVE), (FINAL, NOTHING)],
    },
    TableRow {
        stimulus: Stimulus::NetworkLost,
        cells: &[
            (RUNNABLE, BLOCKS),
            (AT_REST, NOTHING),
            (&[TransientError], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::NetworkRegained,
        cells: &[
            (RUNNABLE, NOTHING),
            (AT_REST, NOTHING),
            (&[TransientError], &[moves(Queued, &[])]),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::OwnerLogsOff,
        cells: &[
            (&[Queued, TransientError], NOTHING),
            (RUNNING, &[moves(Queued, &[])]),
            (AT_REST, NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow { stimulus: Stimulus::OwnerLogsOn, cells: &[(LIVE, NOTHING), (FINAL, NOTHING)] },
    TableRow {
        stimulus: Stimulus::BandwidthLimitZeroBegins,
        cells: &[
            (RUNNABLE, BLOCKS_BACKGROUND),
            (AT_REST, NOTHING),
            (&[TransientError], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::BandwidthLimitZeroEnds,
        cells: &[
            (RUNNABLE, NOTHING),
            (AT_REST, NOTHING),
            (&[TransientError], UNBLOCKS),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::BlockBegins,
        cells: &[
            (RUNNABLE, BLOCKS),
            (AT_REST, NOTHING),
            (&[TransientError], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::BlockEnds,
        cells: &[
            (RUNNABLE, NOTHING),
            (AT_REST, NOTHING),
            (&[TransientError], UNBLOCKS),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::DestinationVolumeLocked,
        cells: &[
            (&[Queued, Connecting, Suspended, Error, TransientError, Transferred], NOTHING),
            (&[Transferring], BLOCKS),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::DestinationVolumeUnlocked,
        cells: &[
            (RUNNABLE, NOTHING),
            (AT_REST, NOTHING),
            (&[TransientError], UNBLOCKS),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::RemoteFileChanged,
        cells: &[
            (&[Queued, Connecting, Suspended, Error, TransientError], &[stays(&[Recheck])]),
            (&[Transferring], &[stays(&[RestartFile]).when(Guard::InTransit), stays(&[])]),
            (&[Transferred], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::LocalUploadFileChanged,
        cells: &[
            (&[Queued, Connecting, Suspended, TransientError], &[stays(&[Recheck])]),
            (
                &[Transferring],
                &[moves(Error, &[Count, Attach, Raise]).when(Guard::UploadInTransit), stays(&[])],
            ),
            (&[Error, Transferred], NOTHING),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::ServiceRestart,
        cells: &[
            (&[Queued, Suspended, Error, Transferred], RESTART_STAYS),
            (RUNNING, RESTART_REQUEUES),
            (&[TransientError], RESTART_TRANSIENT),
            (FINAL, &[stays(&[Vanish])]),
        ],
    },
    TableRow {
        stimulus: Stimulus::ComputerRestart,
        cells: &[
            (&[Queued, Suspended, Error, Transferred], RESTART_STAYS),
            (RUNNING, RESTART_REQUEUES),
            (&[TransientError], RESTART_TRANSIENT),
            (FINAL, &[stays(&[Vanish])]),
        ],
    },
    TableRow {
        stimulus: Stimulus::ClientExits,
        cells: &[(LIVE, &[stays(&[LoseInterface])]), (FINAL, NOTHING)],
    },
    TableRow {
        stimulus: Stimulus::SystemClockChanged,
        cells: &[(LIVE, NOTHING), (FINAL, NOTHING)],
    },
    TableRow {
        stimulus: Stimulus::CallbackFails,
        cells: &[
            (&[Queued, Connecting, Transferring, Suspended, TransientError], NOTHING),
            (&[Error, Transferred], &[stays(&[NotifyAgain])]),
            (FINAL, NOTHING),
        ],
    },
    TableRow {
        stimulus: Stimulus::CallbackAcknowledged,
        cells: &[(LIVE, &[stays(&[Settle])]), (FINAL, NOTHING)],
    },
    TableRow {
        stimulus: Stimulus::CancelWindowEnds,
        cells: &[(&[Cancelled], &[stays(&[LeaveQueue])])],
    },
];
