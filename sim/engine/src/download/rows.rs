//! The rows of the transition table, in the order of the catalogue
//! (`fixtures/rules/do-transitions.yaml`, part `download`).

use super::table::{Case, Effect, Guard, TableRow};
use Effect::{
    Advance, Begin, Clear, DeleteOutput, EndProcess, FallBack, Forget, List, LoseCallback,
    MakeOutput, NewUri, Rename, Spoil, Store, TakeRanges, TellBlock, TellFailure, Vanish,
    WaitToRetry,
};
use Situation::{
    Aborted, Created, Finalized, PausedFailed, PausedOnDemand, PausedTransient, Transferred,
    Transferring,
};
use bitsim_vocab::Hresult;
use bitsim_vocab::download::{Row, Situation};
use bitsim_vocab::world::Defect;

const LIVE: &[Situation] =
    &[Created, Transferring, Transferred, PausedOnDemand, PausedTransient, PausedFailed];
const FINAL: &[Situation] = &[Finalized, Aborted];
const PAUSED: &[Situation] = &[PausedOnDemand, PausedTransient, PausedFailed];
/// Situations without a request, in which nothing that a transfer meets can arise but by chance.
const AT_REST: &[Situation] =
    &[Created, Transferred, Finalized, Aborted, PausedOnDemand, PausedTransient, PausedFailed];

/// `0xC0D00000` and the number of a POSIX error: how the agent reports a failure of the system.
pub(super) const fn errno(number: u32) -> Hresult {
    Hresult(0xC0D0_0000 | number)
}

const ENOENT: u32 = 2;
pub(super) const EIO: u32 = 5;
pub(super) const EACCES: u32 = 13;
const EEXIST: u32 = 17;
/// HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW)
const OVERFLOW: Hresult = Hresult(0x8007_0216);

/// A call that succeeds and moves the download.
const fn to(next: Situation, effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: Some(next), hr: Some(Hresult::S_OK), effects }
}

/// A call that succeeds where the download is.
const fn ok(effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: None, hr: Some(Hresult::S_OK), effects }
}

/// A call that fails and changes nothing.
const fn refuse(code: Hresult) -> Case {
    Case { when: Guard::Otherwise, next: None, hr: Some(code), effects: &[] }
}

/// An event that moves the download.
const fn moves(next: Situation, effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: Some(next), hr: None, effects }
}

/// An event that leaves the download where it is.
const fn stays(effects: &'static [Effect]) -> Case {
    Case { when: Guard::Otherwise, next: None, hr: None, effects }
}

impl Case {
    const fn when(mut self, when: Guard) -> Self {
        self.when = when;
        self
    }
}

/// The agent has forgotten a finished download.
const FORGOTTEN: Case = refuse(Hresult::E_NOT_SET).when(Guard::Agent);
const INVALID: &[Case] = &[refuse(Hresult::DO_E_INVALID_STATE)];
const OVER: &[Case] = &[FORGOTTEN, refuse(Hresult::DO_E_INVALID_STATE)];
const NOTHING: &[Case] = &[stays(&[])];
const FINE: &[Case] = &[ok(&[])];
const STORE: &[Case] = &[ok(&[Store])];
const READ_ONLY: &[Case] = &[refuse(Hresult::DO_E_READ_ONLY_PROPERTY)];
const BAD_URL: &[Case] = &[refuse(Hresult::INET_E_INVALID_URL)];
const UNKNOWN: &[Case] = &[refuse(Hresult::DO_E_UNKNOWN_PROPERTY_ID)];
const WRITE_ONLY: &[Case] = &[refuse(Hresult::DO_E_WRITE_ONLY_PROPERTY)];
const NOT_SET: &[Case] = &[refuse(Hresult::E_NOT_SET)];
const SINK: &[Case] =
    &[refuse(Hresult::DO_E_FILE_DOWNLOADSINK_ALREADY_SET).when(Guard::OtherSink), ok(&[Store])];
const START: &[Case] = &[to(Transferring, &[MakeOutput, TakeRanges, Begin])];
const START_AGAIN: &[Case] =
    &[refuse(OVERFLOW).when(Guard::LengthUnknown), to(Transferring, &[TakeRanges, Begin])];
const START_TRANSFERRED: &[Case] = &[
    ok(&[]).when(Guard::Agent),
    ok(&[]).when(Guard::SameRanges),
    to(Transferring, &[TakeRanges, Begin]),
];
/// What follows when a cause that forbade the download is gone.
const RELEASED: &[Case] = &[
    stays(&[]).when(Guard::AnotherCause),
    stays(&[TellBlock]).when(Guard::StillBlocked),
    moves(Transferring, &[Begin]),
];

/// Client calls.
pub(crate) const CALL_ROWS: &[TableRow] = &[
    TableRow {
        stimulus: Row::StartWhole,
        cells: &[
            (&[Created], START),
            (&[Transferring], FINE),
            (&[Transferred], START_TRANSFERRED),
            (FINAL, OVER),
            (PAUSED, START_AGAIN),
        ],
    },
    TableRow {
        stimulus: Row::StartRanges,
        cells: &[
            (&[Created], START),
            (
                &[Transferring],
                &[ok(&[]).when(Guard::SameRanges), refuse(Hresult::DO_E_INVALID_STATE)],
            ),
            (&[Transferred], START_TRANSFERRED),
            (FINAL, OVER),
            (PAUSED, START_AGAIN),
        ],
    },
    TableRow {
        stimulus: Row::StartNull,
        cells: &[
            (
                &[Created],
                &[
                    to(Transferring, &[MakeOutput, TakeRanges, Begin]).when(Guard::Agent),
                    refuse(Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED),
                ],
            ),
            (&[Transferring, Transferred], FINE),
            (FINAL, OVER),
            (PAUSED, &[refuse(OVERFLOW).when(Guard::LengthUnknown), to(Transferring, &[Begin])]),
        ],
    },
    TableRow {
        stimulus: Row::StartIncomplete,
        cells: &[
            (
                &[Created],
                &[
                    refuse(Hresult::DO_E_DOWNLOAD_NO_URI).when(Guard::NoUri),
                    refuse(Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED),
                ],
            ),
            (FINAL, OVER),
        ],
    },
    TableRow {
        stimulus: Row::StartNoOutput,
        cells: &[
            (
                &[Created],
                &[
                    refuse(Hresult::E_ACCESSDENIED).when(Guard::Windows),
                    refuse(errno(EEXIST)).when(Guard::OutputExists),
                    refuse(errno(ENOENT)).when(Guard::NoDirectory),
                    refuse(errno(EACCES)),
                ],
            ),
            (FINAL, OVER),
            (PAUSED, &[refuse(errno(ENOENT))]),
        ],
    },
    TableRow {
        stimulus: Row::Pause,
        cells: &[
            (&[Created, Transferred, PausedOnDemand, PausedFailed], FINE),
            (&[Transferring], &[to(PausedOnDemand, &[])]),
            (FINAL, OVER),
            (
                &[PausedTransient],
                &[ok(&[]).when(Guard::Defect(Defect::PauseIsNotSticky)), to(PausedOnDemand, &[])],
            ),
        ],
    },
    TableRow {
        stimulus: Row::Finalize,
        cells: &[
            (&[Created, Transferring, PausedOnDemand, PausedTransient, PausedFailed], INVALID),
            (
                &[Transferred],
                &[
                    refuse(Hresult::E_ACCESSDENIED).when(Guard::CannotRename),
                    to(Finalized, &[Rename, Forget]),
                ],
            ),
            (FINAL, OVER),
        ],
    },
    TableRow {
        stimulus: Row::Abort,
        cells: &[
            (&[Created], &[to(Aborted, &[Forget])]),
            (
                &[Transferring, Transferred, PausedOnDemand, PausedTransient, PausedFailed],
                &[to(Aborted, &[DeleteOutput, Forget])],
            ),
            (FINAL, OVER),
        ],
    },
    TableRow { stimulus: Row::GetStatus, cells: &[(LIVE, FINE), (FINAL, &[FORGOTTEN, ok(&[])])] },
    TableRow {
        stimulus: Row::SetId,
        cells: &[
            (LIVE, READ_ONLY),
            (FINAL, &[FORGOTTEN, refuse(Hresult::DO_E_READ_ONLY_PROPERTY)]),
        ],
    },
    TableRow {
        stimulus: Row::SetUri,
        cells: &[
            (&[Created], STORE),
            (&[Transferring, Transferred], INVALID),
            (FINAL, OVER),
            (PAUSED, &[ok(&[NewUri, Store])]),
        ],
    },
    TableRow {
        stimulus: Row::SetUriMalformed,
        cells: &[(LIVE, BAD_URL), (FINAL, &[FORGOTTEN, refuse(Hresult::INET_E_INVALID_URL)])],
    },
    TableRow {
        stimulus: Row::SetLocalPath,
        cells: &[
            (&[Created], SINK),
            (&[Transferring, Transferred, PausedOnDemand, PausedTransient, PausedFailed], INVALID),
            (FINAL, OVER),
        ],
    },
    TableRow {
        stimulus: Row::SetStream,
        cells: &[
            (&[Created], SINK),
            (&[Transferring, Transferred, PausedOnDemand, PausedTransient, PausedFailed], INVALID),
            (FINAL, OVER),
        ],
    },
    TableRow { stimulus: Row::SetNoProgress, cells: &[(LIVE, STORE), (FINAL, OVER)] },
    TableRow {
        stimulus: Row::SetNoProgressTooLow,
        cells: &[(LIVE, &[refuse(Hresult::E_INVALIDARG)]), (FINAL, OVER)],
    },
    TableRow { stimulus: Row::SetOther, cells: &[(LIVE, STORE), (FINAL, OVER)] },
    TableRow {
        stimulus: Row::UnknownProperty,
        cells: &[(LIVE, UNKNOWN), (FINAL, &[FORGOTTEN, refuse(Hresult::DO_E_UNKNOWN_PROPERTY_ID)])],
    },
    TableRow { stimulus: Row::GetProperty, cells: &[(LIVE, FINE), (FINAL, &[FORGOTTEN, ok(&[])])] },
    TableRow { stimulus: Row::GetUnset, cells: &[(LIVE, NOT_SET), (FINAL, NOT_SET)] },
    TableRow {
        stimulus: Row::GetWriteOnly,
        cells: &[
            (LIVE, WRITE_ONLY),
            (FINAL, &[FORGOTTEN, refuse(Hresult::DO_E_WRITE_ONLY_PROPERTY)]),
        ],
    },
    TableRow { stimulus: Row::EnumDownloads, cells: &[(LIVE, &[ok(&[List])]), (FINAL, FINE)] },
];

/// Events of the transfer, the service and the environment.
pub(crate) const EVENT_ROWS: &[TableRow] = &[
    TableRow {
        stimulus: Row::BytesReceived,
        cells: &[(&[Transferring], &[stays(&[Advance])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::AllReceived,
        cells: &[(&[Transferring], &[moves(Transferred, &[])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::RetryableFailure,
        cells: &[
            (
                &[Transferring],
                &[
                    moves(PausedTransient, &[WaitToRetry]).when(Guard::TransientZone),
                    stays(&[TellFailure, WaitToRetry]),
                ],
            ),
            (AT_REST, NOTHING),
        ],
    },
    TableRow {
        stimulus: Row::FatalFailure,
        cells: &[(&[Transferring], &[moves(PausedFailed, &[])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::RetryDelayElapsed,
        cells: &[
            (
                &[Transferring],
                &[stays(&[EndProcess]).when(Guard::ProcessEnds), stays(&[Clear, Begin])],
            ),
            (
                &[PausedTransient],
                &[stays(&[]).when(Guard::StillBlocked), moves(Transferring, &[Begin])],
            ),
            (&[Created, Transferred, Finalized, Aborted, PausedOnDemand, PausedFailed], NOTHING),
        ],
    },
    TableRow {
        stimulus: Row::NoProgressElapsed,
        cells: &[(&[Transferring], &[moves(PausedFailed, &[])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::NetworkLost,
        cells: &[
            (&[Transferring], &[moves(PausedTransient, &[])]),
            (
                &[Transferred],
                &[
                    moves(PausedTransient, &[]).when(Guard::Defect(Defect::StaleNetworkCheck)),
                    stays(&[]),
                ],
            ),
            (&[PausedTransient], &[stays(&[TellBlock])]),
            (&[Created, Finalized, Aborted, PausedOnDemand, PausedFailed], NOTHING),
        ],
    },
    TableRow {
        stimulus: Row::NetworkRestored,
        cells: &[
            (&[PausedTransient], RELEASED),
            (
                &[
                    Created,
                    Transferring,
                    Transferred,
                    Finalized,
                    Aborted,
                    PausedOnDemand,
                    PausedFailed,
                ],
                NOTHING,
            ),
        ],
    },
    TableRow {
        stimulus: Row::BlockBegins,
        cells: &[
            (&[Transferring], &[moves(PausedTransient, &[])]),
            (&[PausedTransient], &[stays(&[TellBlock])]),
            (&[Created, Transferred, Finalized, Aborted, PausedOnDemand, PausedFailed], NOTHING),
        ],
    },
    TableRow {
        stimulus: Row::BlockEnds,
        cells: &[
            (&[PausedTransient], RELEASED),
            (
                &[
                    Created,
                    Transferring,
                    Transferred,
                    Finalized,
                    Aborted,
                    PausedOnDemand,
                    PausedFailed,
                ],
                NOTHING,
            ),
        ],
    },
    TableRow {
        stimulus: Row::PathTaken,
        cells: &[
            (&[Created, Finalized, Aborted], NOTHING),
            (
                &[Transferring, Transferred, PausedOnDemand, PausedTransient, PausedFailed],
                &[moves(Aborted, &[DeleteOutput])],
            ),
        ],
    },
    TableRow {
        stimulus: Row::IntegrityFails,
        cells: &[(&[Transferring], &[moves(PausedFailed, &[Spoil])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::RangeIgnored,
        cells: &[(&[Transferring], &[moves(PausedFailed, &[])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::CacheHostFails,
        cells: &[(&[Transferring], &[stays(&[FallBack])]), (AT_REST, NOTHING)],
    },
    TableRow {
        stimulus: Row::ClientExits,
        cells: &[(LIVE, &[stays(&[LoseCallback])]), (FINAL, &[stays(&[LoseCallback])])],
    },
    TableRow {
        stimulus: Row::RestartVolatile,
        cells: &[(LIVE, &[stays(&[LoseCallback, Vanish])]), (FINAL, &[stays(&[LoseCallback])])],
    },
    TableRow {
        stimulus: Row::RestartSaved,
        cells: &[
            (&[Transferring, PausedTransient], &[moves(PausedOnDemand, &[LoseCallback])]),
            (&[Created, Transferred, PausedOnDemand, PausedFailed], &[stays(&[LoseCallback])]),
            (FINAL, &[stays(&[LoseCallback])]),
        ],
    },
    TableRow {
        stimulus: Row::Expiry,
        cells: &[(LIVE, &[moves(Aborted, &[DeleteOutput, Forget])]), (FINAL, NOTHING)],
    },
];
