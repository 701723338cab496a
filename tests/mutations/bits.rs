//! The table of BITS, and what of it no run can show.

use crate::{Change, Machine, OutOfReach, Spot};
use bitsim::engine::World;
use bitsim::engine::bits::{Case, Effect, Guard, Hr, Table, Touched};
use bitsim::vocab::{Hresult, JobState, Service, Stimulus};
use std::sync::Arc;

/// Jobs of BITS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bits;

impl Machine for Bits {
    const SERVICE: Service = Service::Bits;

    type Row = Stimulus;
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
        &[JobState::Queued, JobState::Suspended, JobState::Error]
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
            Change::Next(_) if READS.contains(&stimulus) => {
                Some("a read is asked for its code only")
            }
            Change::Returns(_)
                if (stimulus, state) == (Stimulus::GetError, JobState::Transferring) =>
            {
                Some("the error is discarded on the way here, so that there is none to return")
            }
            Change::Never if (stimulus, state) == (Stimulus::Cancel, JobState::Transferred) => {
                (case.when == Guard::Uploads).then_some("an upload that is complete stays")
            }
            Change::Without(place) => is_idle(case.effects[place], stimulus, state, case),
            Change::Next(_) | Change::Returns(_) | Change::Never => None,
        }
    }
}

part!(Bits, JobState, other_answer, Hr::Is);

/// What a call could return instead.
fn other_answer(hr: Hr) -> Option<Hresult> {
    match hr {
        Hr::Is(Hresult::S_OK) => Some(Hresult::BG_E_INVALID_STATE),
        Hr::Is(_) | Hr::RenameFailure => Some(Hresult::S_OK),
        Hr::Event => None,
    }
}

/// Why an effect does nothing in this place, if so.
fn is_idle(
    effect: Effect,
    stimulus: Stimulus,
    state: JobState,
    case: &Case,
) -> Option<&'static str> {
    let moves = case.next.is_some_and(|next| next != state);
    match effect {
        Effect::Recheck => Some("the source is looked at again anyway"),
        Effect::Touch if moves => Some("the change of the state moves ModificationTime"),
        Effect::Touch if VAGUE.contains(&stimulus) => {
            Some("the pages leave open whether this moves ModificationTime, and so does the judge")
        }
        Effect::Settle if !TELLING.contains(&state) => {
            Some("the notice is dropped when its state is left")
        }
        Effect::Offer if stimulus == Stimulus::SetNotifyFlags => {
            Some("a notice that nobody wanted waits in the mail")
        }
        Effect::CancelUpload if case.when == Guard::CannotDelete => {
            Some("uploads have no temporary files")
        }
        Effect::CancelUpload if state == JobState::Transferred => {
            Some("an upload that is complete stays")
        }
        Effect::DeleteTemps if case.when == Guard::Uploads => {
            Some("uploads have no temporary files")
        }
        Effect::DropUnfinished if case.when == Guard::CannotDelete => {
            Some("the one file that is begun and not finished is the one that stays")
        }
        Effect::DropUnfinished if state == JobState::Transferred => {
            Some("nothing is fetched of a file that was added here")
        }
        _ => None,
    }
}

/// Calls that the page of GetTimes does not name.
const VAGUE: [Stimulus; 2] = [Stimulus::TakeOwnership, Stimulus::SetRemoteName];

/// Calls that only read.
const READS: [Stimulus; 5] = [
    Stimulus::GetError,
    Stimulus::GetErrorCount,
    Stimulus::Getters,
    Stimulus::EnumFiles,
    Stimulus::GetJob,
];

/// States that have something to tell the client.
const TELLING: [JobState; 2] = [JobState::Error, JobState::Transferred];

const OUT_OF_REACH: &[OutOfReach<Bits>] = {
    use JobState::{
        Acknowledged, Cancelled, Connecting, Error, Queued, Suspended, Transferred, Transferring,
        TransientError,
    };
    &[
        (Stimulus::EnumJobs, JobState::ALL, None, "the list is made without asking any job"),
        (
            Stimulus::NoProgressTimeoutExpires,
            &[Queued, Connecting, Transferring],
            None,
            "the timer runs in TRANSIENT_ERROR only",
        ),
        (
            Stimulus::NoProgressTimeoutExpires,
            &[TransientError],
            Some(Guard::WaitsForBlock),
            "the timer rests while the job waits for a block",
        ),
        (
            Stimulus::HigherPriorityJobBecomesRunnable,
            &[Queued, Suspended, Error, TransientError, Transferred, Acknowledged, Cancelled],
            None,
            "only a job that runs can be made to yield",
        ),
        (
            Stimulus::HigherPriorityJobBecomesRunnable,
            &[Connecting, Transferring],
            Some(Guard::Foreground),
            "there is no higher priority",
        ),
        (
            Stimulus::InactivityTimeoutExpires,
            &[Acknowledged, Cancelled],
            None,
            "a final job has no such timer",
        ),
        (
            Stimulus::BlockEnds,
            &[Connecting, Transferring],
            None,
            "no job runs while a block is in force",
        ),
        (
            Stimulus::Complete,
            &[Connecting, Transferring, Error],
            Some(Guard::Otherwise),
            "a job with nothing left to transfer is not there",
        ),
    ]
};
