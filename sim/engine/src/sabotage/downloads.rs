//! Deliberate bugs of Delivery Optimization's own interface.

use super::{Bug, How};
use crate::download::{Effect, Guard, Hook, Table};
use bitsim_vocab::download::{Row, Situation};
use bitsim_vocab::{Hresult, RuleId};

const LIVE: [Situation; 6] = [
    Situation::Created,
    Situation::Transferring,
    Situation::Transferred,
    Situation::PausedOnDemand,
    Situation::PausedTransient,
    Situation::PausedFailed,
];
const STARTS: [Row; 3] = [Row::StartWhole, Row::StartRanges, Row::StartNull];

/// Changes the situation that every case of a cell leads to.
fn redirect(table: &mut Table, row: Row, at: Situation, next: Option<Situation>) {
    for case in table.cell_mut(row, at) {
        case.next = next;
    }
}

/// Changes what every case of a cell returns.
fn answer(table: &mut Table, row: Row, at: Situation, code: Hresult) {
    for case in table.cell_mut(row, at) {
        case.hr = Some(code);
    }
}

/// Changes what the last case of a cell does besides moving the download.
fn effects(table: &mut Table, row: Row, at: Situation, effects: &'static [Effect]) {
    if let Some(case) = table.cell_mut(row, at).last_mut() {
        case.effects = effects;
    }
}

/// Makes a cell do nothing; a call returns what it did.
fn disarm(table: &mut Table, row: Row, at: Situation) {
    redirect(table, row, at, None);
    for case in table.cell_mut(row, at) {
        case.effects = &[];
    }
}

const fn table(name: &'static str, breaks: &'static [RuleId], edit: fn(&mut Table)) -> Bug {
    Bug { name, breaks, how: How::DownloadTable(edit) }
}

const fn hook(name: &'static str, breaks: &'static [RuleId], hook: Hook) -> Bug {
    Bug { name, breaks, how: How::DownloadHook(hook) }
}

/// States, calls, notices, then failures with their waits and windows.
pub(super) const BUGS: &[Bug] = &[
    hook("download-status-tells-nothing", &[RuleId::DOD_STATE_001], Hook::StatusTellsNothing),
    hook(
        "new-downloads-have-a-size",
        &[
            RuleId::DOD_STATE_002,
            RuleId::DOD_STATUS_002,
            RuleId::DOD_STATE_008,
            RuleId::DOD_STATUS_001,
        ],
        Hook::NewDownloadsHaveASize,
    ),
    table(
        "abort-undoes-finalize",
        &[
            RuleId::DOD_STATE_003,
            RuleId::DOD_FINALIZE_004,
            RuleId::DOD_ABORT_004,
            RuleId::DOD_PERSIST_004,
        ],
        |table| {
            answer(table, Row::Abort, Situation::Finalized, Hresult::S_OK);
            redirect(table, Row::Abort, Situation::Finalized, Some(Situation::Aborted));
        },
    ),
    table(
        "fatal-failures-look-transient",
        &[RuleId::DOD_STATE_004, RuleId::DOD_COST_002, RuleId::DOD_RETRY_003],
        |table| {
            let next = Some(Situation::PausedTransient);
            redirect(table, Row::FatalFailure, Situation::Transferring, next);
        },
    ),
    table("fatal-failures-abort", &[RuleId::DOD_STATE_005], |table| {
        redirect(table, Row::FatalFailure, Situation::Transferring, Some(Situation::Aborted));
    }),
    table(
        "retries-keep-the-error",
        &[
            RuleId::DOD_STATE_006,
            RuleId::DOD_RETRY_009,
            RuleId::DOD_RETRY_013,
            RuleId::DOD_RETRY_003,
        ],
        |table| {
            effects(table, Row::RetryDelayElapsed, Situation::Transferring, &[Effect::Begin]);
        },
    ),
    hook(
        "last-byte-is-left-out",
        &[RuleId::DOD_STATE_008, RuleId::DOD_RANGES_003, RuleId::DOD_START_001],
        Hook::LastByteIsLeftOut,
    ),
    hook("nothing-is-checked", &[RuleId::DOD_INTEGRITY_002], Hook::NothingIsChecked),
    table("arrived-downloads-are-blocked", &[RuleId::DOD_STATE_008], |table| {
        let next = Some(Situation::PausedTransient);
        redirect(table, Row::NetworkLost, Situation::Transferred, next);
    }),
    table("lost-network-is-a-failure", &[RuleId::DOD_RETRY_010, RuleId::DOD_STATE_004], |table| {
        let next = Some(Situation::PausedFailed);
        redirect(table, Row::NetworkLost, Situation::Transferring, next);
    }),
    table("lost-network-is-for-good", &[RuleId::DOD_RETRY_010], |table| {
        disarm(table, Row::NetworkRestored, Situation::PausedTransient);
    }),
    table(
        "volatile-downloads-stay",
        &[RuleId::DOD_PERSIST_001, RuleId::DOD_PERSIST_003],
        |table| {
            for at in LIVE {
                effects(table, Row::RestartVolatile, at, &[Effect::LoseCallback]);
            }
        },
    ),
    table("saved-downloads-are-lost", &[RuleId::DOD_PERSIST_001], |table| {
        for at in LIVE {
            redirect(table, Row::RestartSaved, at, None);
            effects(table, Row::RestartSaved, at, &[Effect::LoseCallback, Effect::Vanish]);
        }
    }),
    table(
        "downloads-end-with-their-creator",
        &[RuleId::DOD_PERSIST_002, RuleId::DOD_NOTIFY_001, RuleId::DOD_STATE_008],
        |table| {
            for at in LIVE {
                redirect(table, Row::ClientExits, at, Some(Situation::Aborted));
            }
        },
    ),
    // ---- client calls
    table("start-null-fetches-all", &[RuleId::DOD_START_002], |table| {
        let cell = table.cell(Row::StartWhole, Situation::Created).clone();
        *table.cell_mut(Row::StartNull, Situation::Created) = cell;
    }),
    table(
        "start-needs-no-uri",
        &[RuleId::DOD_START_003, RuleId::DOD_START_002, RuleId::DOD_START_005],
        |table| {
            for case in table.cell_mut(Row::StartIncomplete, Situation::Created) {
                if case.when == Guard::NoUri {
                    case.hr = Some(Hresult::S_OK);
                }
            }
        },
    ),
    table("start-needs-no-sink", &[RuleId::DOD_START_004, RuleId::DOD_START_002], |table| {
        for case in table.cell_mut(Row::StartIncomplete, Situation::Created) {
            if case.when == Guard::Otherwise {
                case.hr = Some(Hresult::S_OK);
            }
        }
    }),
    table(
        "refused-starts-make-the-file",
        &[RuleId::DOD_START_005, RuleId::DOD_ABORT_002],
        |table| {
            for row in [Row::StartIncomplete, Row::StartNull] {
                effects(table, row, Situation::Created, &[Effect::MakeOutput]);
                for case in table.cell_mut(row, Situation::Created) {
                    if case.when == Guard::NoUri {
                        case.effects = &[Effect::MakeOutput];
                    }
                }
            }
        },
    ),
    table("start-does-nothing", &[RuleId::DOD_START_006], |table| {
        for row in [Row::StartWhole, Row::StartRanges] {
            disarm(table, row, Situation::Created);
        }
    }),
    hook(
        "resume-begins-anew",
        &[RuleId::DOD_START_007, RuleId::DOD_STATUS_001, RuleId::DOD_STATUS_004],
        Hook::ResumeBeginsAnew,
    ),
    table("start-is-refused-while-transferring", &[RuleId::DOD_START_008], |table| {
        for row in STARTS {
            let code = Hresult::DO_E_INVALID_STATE;
            answer(table, row, Situation::Transferring, code);
        }
    }),
    table(
        "start-sends-a-second-request",
        &[
            RuleId::DOD_START_008,
            RuleId::DOD_RETRY_002,
            RuleId::DOD_RETRY_006,
            RuleId::DOD_RETRY_007,
            RuleId::DOD_RETRY_009,
            RuleId::DOD_STATE_006,
        ],
        |table| {
            for row in [Row::StartWhole, Row::StartNull] {
                effects(table, row, Situation::Transferring, &[Effect::Begin]);
            }
        },
    ),
    table(
        "aborted-downloads-accept-start",
        &[RuleId::DOD_START_010, RuleId::DOD_PERSIST_004],
        |table| {
            for row in STARTS {
                answer(table, row, Situation::Aborted, Hresult::S_OK);
            }
        },
    ),
    table("pause-does-nothing", &[RuleId::DOD_PAUSE_001, RuleId::DOD_PAUSE_004], |table| {
        redirect(table, Row::Pause, Situation::Transferring, None);
    }),
    hook(
        "paused-downloads-go-on",
        &[RuleId::DOD_PAUSE_001, RuleId::DOD_START_001, RuleId::DOD_COST_004],
        Hook::PausedDownloadsGoOn,
    ),
    table("pause-at-rest-is-refused", &[RuleId::DOD_PAUSE_002], |table| {
        let resting = [Situation::Created, Situation::Transferred, Situation::PausedOnDemand];
        for at in resting {
            answer(table, Row::Pause, at, Hresult::DO_E_INVALID_STATE);
        }
    }),
    table(
        "final-downloads-accept-pause",
        &[RuleId::DOD_PAUSE_003, RuleId::DOD_PERSIST_004],
        |table| {
            for at in [Situation::Finalized, Situation::Aborted] {
                answer(table, Row::Pause, at, Hresult::S_OK);
            }
        },
    ),
    table("pause-does-not-last", &[RuleId::DOD_PAUSE_004], |table| {
        redirect(table, Row::Pause, Situation::PausedTransient, None);
    }),
    table("finalize-is-refused", &[RuleId::DOD_FINALIZE_001], |table| {
        disarm(table, Row::Finalize, Situation::Transferred);
        answer(table, Row::Finalize, Situation::Transferred, Hresult::DO_E_INVALID_STATE);
    }),
    table(
        "abort-only-pauses",
        &[
            RuleId::DOD_ABORT_001,
            RuleId::DOD_ABORT_002,
            RuleId::DOD_FINALIZE_003,
            RuleId::DOD_START_007,
            RuleId::DOD_START_016,
            RuleId::DOD_STATE_004,
        ],
        |table| {
            for at in LIVE {
                disarm(table, Row::Abort, at);
                redirect(table, Row::Abort, at, Some(Situation::PausedOnDemand));
            }
        },
    ),
    table("any-timeout-is-accepted", &[RuleId::DOD_RETRY_001], |table| {
        for at in LIVE {
            answer(table, Row::SetNoProgressTooLow, at, Hresult::S_OK);
            effects(table, Row::SetNoProgressTooLow, at, &[Effect::Store]);
        }
    }),
    hook(
        "closed-service-answers",
        &[RuleId::DOD_SERVICE_001, RuleId::DOD_PERSIST_001],
        Hook::ClosedServiceAnswers,
    ),
    // ---- OnStatusChange
    hook(
        "pauses-are-not-told",
        &[RuleId::DOD_NOTIFY_001, RuleId::DOD_NOTIFY_005],
        Hook::PausesAreNotTold,
    ),
    hook(
        "first-callback-stays",
        &[RuleId::DOD_NOTIFY_003, RuleId::DOD_NOTIFY_001, RuleId::DOD_NOTIFY_002],
        Hook::FirstCallbackStays,
    ),
    // ---- failures
    hook(
        "default-window-is-halved",
        &[RuleId::DOD_RETRY_002, RuleId::DOD_RETRY_004],
        Hook::DefaultTimeoutIsHalved,
    ),
    hook(
        "no-progress-tells-another-failure",
        &[RuleId::DOD_RETRY_003],
        Hook::NoProgressTellsAnotherFailure,
    ),
    hook("checks-round-down", &[RuleId::DOD_RETRY_004], Hook::ChecksRoundDown),
    hook(
        "checks-come-too-often",
        &[RuleId::DOD_RETRY_004, RuleId::DOD_RETRY_002],
        Hook::ChecksComeTooOften,
    ),
    table("bytes-are-no-progress", &[RuleId::DOD_RETRY_005, RuleId::DOD_RETRY_004], |table| {
        effects(table, Row::BytesReceived, Situation::Transferring, &[]);
    }),
    hook("waits-never-grow", &[RuleId::DOD_RETRY_006, RuleId::DOD_RETRY_007], Hook::WaitsNeverGrow),
    hook(
        "bytes-shorten-the-waits",
        &[RuleId::DOD_RETRY_007, RuleId::DOD_RETRY_006],
        Hook::BytesShortenTheWaits,
    ),
    hook("start-forgets-the-count", &[RuleId::DOD_RETRY_008], Hook::StartForgetsTheCount),
    table("failures-do-not-show", &[RuleId::DOD_RETRY_009, RuleId::DOD_RETRY_013], |table| {
        effects(table, Row::RetryableFailure, Situation::Transferring, &[Effect::WaitToRetry]);
    }),
    hook("network-is-looked-at-late", &[RuleId::DOD_RETRY_011], Hook::NetworkIsLookedAtLate),
    hook(
        "blocking-start-returns-at-once",
        &[RuleId::DOD_START_011],
        Hook::BlockingStartReturnsAtOnce,
    ),
    hook("local-failures-are-retried", &[RuleId::DOD_RETRY_014], Hook::LocalFailuresAreRetried),
];
