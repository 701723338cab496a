//! The table of downloads, and what of it no run can show.

use crate::{Change, Machine, OutOfReach, Spot};
use Situation::{
    Aborted, Created, Finalized, PausedFailed, PausedOnDemand, PausedTransient, Transferred,
    Transferring,
};
use bitsim::engine::World;
use bitsim::engine::download::{Case, Effect, Guard, Table, Touched};
use bitsim::vocab::download::{Row, Situation};
use bitsim::vocab::{Hresult, Service};
use std::sync::Arc;

/// Downloads of Delivery Optimization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Download;

impl Machine for Download {
    const SERVICE: Service = Service::DoDownload;

    type Row = Row;
    type State = Situation;
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

    fn likely() -> &'static [Situation] {
        &[Transferring, PausedOnDemand, Aborted]
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
            Change::Next(_) | Change::Returns(_) if stimulus == Row::EnumDownloads => {
                Some("a download is asked for nothing but whether it is listed")
            }
            Change::Next(next)
                if next != Some(PausedOnDemand)
                    && next != Some(Transferring)
                    && ends_here(stimulus, case) =>
            {
                Some("whatever a download becomes, it is gone at once")
            }
            Change::Without(place) => is_idle(case.effects[place], stimulus, state),
            Change::Next(_) | Change::Returns(_) | Change::Never => None,
        }
    }
}

part!(Download, Situation, other_answer, Some);

/// What a call could return instead.
fn other_answer(hr: Option<Hresult>) -> Option<Hresult> {
    match hr? {
        Hresult::S_OK => Some(Hresult::DO_E_INVALID_STATE),
        _ => Some(Hresult::S_OK),
    }
}

/// True if the download is gone at the end of the case.
fn ends_here(row: Row, case: &Case) -> bool {
    row == Row::RestartVolatile && case.effects.contains(&Effect::Vanish)
}

/// Why an effect does nothing in this place, if so.
fn is_idle(effect: Effect, row: Row, situation: Situation) -> Option<&'static str> {
    match effect {
        Effect::Forget => Some("a download that is over answers E_NOT_SET by the table as well"),
        Effect::LoseCallback if row == Row::RestartVolatile => {
            Some("nothing more is told of a download that is gone")
        }
        Effect::LoseCallback if matches!(situation, Finalized | Aborted) => {
            Some("nothing more is told of a download that is over")
        }
        Effect::DeleteOutput if situation == Created => Some("there is no output yet"),
        _ => None,
    }
}

const OUT_OF_REACH: &[OutOfReach<Download>] = &[
    (Row::StartIncomplete, FINAL, None, "what a download lacks that is over is not looked at"),
    (Row::StartNoOutput, FINAL, None, "what a download lacks that is over is not looked at"),
    (Row::BytesReceived, AT_REST, None, "bytes come in Transferring only"),
    (Row::AllReceived, AT_REST, None, "bytes come in Transferring only"),
    (Row::RetryableFailure, AT_REST, None, "no attempt runs that could fail"),
    (Row::FatalFailure, AT_REST, None, "no attempt runs that could fail"),
    (Row::IntegrityFails, AT_REST, None, "bytes come in Transferring only"),
    (Row::RangeIgnored, AT_REST, None, "no request is under way"),
    (Row::CacheHostFails, AT_REST, None, "no request is under way"),
    (Row::NoProgressElapsed, AT_REST, None, "the window rests"),
    (
        Row::RetryDelayElapsed,
        &[Created, Transferred, Finalized, Aborted, PausedOnDemand, PausedFailed],
        None,
        "no attempt is due",
    ),
    (Row::NetworkLost, FINAL, None, "what is over is not told"),
    (Row::NetworkRestored, FINAL, None, "what is over is not told"),
    (Row::BlockBegins, FINAL, None, "what is over is not told"),
    (Row::BlockEnds, FINAL, None, "what is over is not told"),
    (Row::BlockEnds, &[Transferring], None, "nothing runs while a block is in force"),
    (Row::PathTaken, FINAL, None, "what is over is not told"),
    (Row::Expiry, FINAL, None, "what is over has no such timer"),
];

const FINAL: &[Situation] = &[Finalized, Aborted];

/// Situations without an attempt.
const AT_REST: &[Situation] =
    &[Created, Transferred, Finalized, Aborted, PausedOnDemand, PausedTransient, PausedFailed];
