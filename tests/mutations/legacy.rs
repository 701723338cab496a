//! The table of Delivery Optimization behind the interfaces of BITS, and what of it no run can show.

use crate::{Change, Machine, OutOfReach, Spot};
use JobState::{
    Acknowledged, Cancelled, Error, Queued, Suspended, Transferred, Transferring, TransientError,
};
use bitsim::engine::World;
use bitsim::engine::legacy::{Case, Effect, Guard, Hr, Table, Touched};
use bitsim::vocab::legacy::Row;
use bitsim::vocab::{Hresult, JobState, Service};
use std::sync::Arc;

/// Jobs of Delivery Optimization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Legacy;

impl Machine for Legacy {
    const SERVICE: Service = Service::DoLegacy;

    type Row = Row;
    type State = JobState;
    type Guard = Guard;
    type Case = Case;

    fn documented() -> Arc<Table> {
        Table::documented()
    }

    fn install(world: &mut World, table: Arc<Table>) {
        world.set_table(table);
    }

    fn record(world: &mut World, touched: Arc<Touched>) {
        world.record(touched);
    }

    fn likely() -> &'static [JobState] {
        &[Queued, Suspended, Error]
    }

    fn out_of_reach() -> &'static [OutOfReach<Self>] {
        OUT_OF_REACH
    }

    fn is_invisible(
        (stimulus, state, _): Spot<Self>,
        case: &Case,
        change: Change<Self>,
    ) -> Option<&'static str> {
        match change {
            Change::Next(_) if stimulus == Row::GetJob => Some("a read is asked for its code only"),
            Change::Returns(_) if stimulus == Row::GetError => match state {
                Queued | Suspended if case.when == Guard::Otherwise => {
                    Some("there is no information, so that there is none to return")
                }
                Transferring | Transferred => {
                    Some("the information ends on the way here, so that there is none to return")
                }
                _ => None,
            },
            Change::Without(place) => is_idle(case.effects[place], stimulus, state),
            Change::Next(_) | Change::Returns(_) | Change::Never => None,
        }
    }
}

part!(Legacy, JobState, other_answer, Hr::Is);

/// What a call could return instead.
fn other_answer(hr: Hr) -> Option<Hresult> {
    match hr {
        Hr::Is(Hresult::S_OK) => Some(Hresult::DO_E_INVALID_STATE),
        Hr::Is(_) | Hr::RenameFailure | Hr::BadFile => Some(Hresult::S_OK),
        Hr::Event => None,
    }
}

/// Why an effect does nothing in this place, if so.
fn is_idle(effect: Effect, row: Row, state: JobState) -> Option<&'static str> {
    match effect {
        Effect::Touch => {
            Some("DO-PROGRESS-007 is not judged, and nothing else tells ModificationTime")
        }
        Effect::Recheck if matches!(state, Suspended | Error | Transferred) => {
            Some("nothing is forbidden to a job that neither runs nor waits")
        }
        Effect::Discard if state == Transferred => {
            Some("the information ended on the way into TRANSFERRED")
        }
        Effect::Offer if !matches!(state, Error | Transferred) => {
            Some("the job has nothing to tell that was not told")
        }
        Effect::Store if row == Row::SetFileProperty => Some("nobody can read the value back"),
        _ => None,
    }
}

const OUT_OF_REACH: &[OutOfReach<Legacy>] = &[
    (
        Row::CompleteRenameFails,
        &[Acknowledged],
        None,
        "every finished file of a job that is complete has its final name",
    ),
    (
        Row::SlotGranted,
        &[Transferring, Suspended, Error, TransientError, Transferred, Acknowledged, Cancelled],
        None,
        "slots are given to QUEUED jobs only",
    ),
    (Row::BytesReceived, AT_REST, None, "bytes come in TRANSFERRING only"),
    (Row::LastByteReceived, AT_REST, None, "bytes come in TRANSFERRING only"),
    (Row::TransientFailure, AT_REST, None, "no attempt runs that could fail"),
    (Row::TransientFailure, &[TransientError], None, "no attempt runs that could fail"),
    (Row::FatalFailure, AT_REST, None, "no attempt runs that could fail"),
    (Row::FatalFailure, &[TransientError], None, "no attempt runs that could fail"),
    (Row::RetryDelayElapsed, AT_REST, None, "the timer runs in TRANSIENT_ERROR only"),
    (
        Row::RetryDelayElapsed,
        &[Queued, Transferring],
        None,
        "the timer runs in TRANSIENT_ERROR only",
    ),
    (Row::NoProgressTimeoutElapsed, AT_REST, None, "the clock rests"),
    (Row::NoProgressTimeoutElapsed, &[Queued], None, "the clock rests"),
    (Row::NetworkRestored, &[Transferring], None, "no job runs without a network"),
    (Row::BlockEnds, &[Transferring], None, "no job runs while a block is in force"),
    (Row::TooOld, &[Acknowledged, Cancelled], None, "a final job has no such timer"),
];

/// States in which neither an attempt nor a timer of one runs.
const AT_REST: &[JobState] = &[Suspended, Error, Transferred, Acknowledged, Cancelled];
