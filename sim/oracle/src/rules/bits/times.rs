//! BITS-TIMES: what GetTimes reports.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::{Called, End, FileChange, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, JobState, Reply, RuleId, WallTime};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_TIMES_001,
    RuleId::BITS_TIMES_002,
    RuleId::BITS_TIMES_003,
    RuleId::BITS_TIMES_004,
];

/// BITS-TIMES.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    jobs: Vec<Stamps>,
}

/// The times of a job, on the wall clock.
#[derive(Debug, Clone, Copy)]
struct Stamps {
    created: WallTime,
    /// The earliest and the latest that ModificationTime can be: the latest record that moves it, and
    /// those since then that may move it, of which the pages do not say.
    modified: (WallTime, WallTime),
    /// The latest entry into TRANSFERRED, or zero.
    transferred: WallTime,
}

/// Whether a record moves ModificationTime.
enum Moves {
    Yes,
    Perhaps,
    No,
}

impl Times {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { jobs: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Happened::Created(_) = event.what {
            self.jobs.push(Stamps {
                created: event.wall,
                modified: (event.wall, event.wall),
                transferred: WallTime::default(),
            });
            return;
        }
        let Some(id) = event.what.job() else { return };
        let Some(stamps) = self.jobs.get_mut(id.index()) else { return };
        if let Happened::Called(called) = &event.what
            && let Call::Job(_, JobCall::GetTimes) = called.call
            && view.job(id).is_some_and(|job| !job.gone)
        {
            stamps.judge(event, &called.reply, out);
        }
        let at_rest_for_good = view.job(id).is_some_and(|job| job.state.is_final());
        match moves(&event.what) {
            // A call that a final job accepts is wrong by itself.
            Moves::Yes if at_rest_for_good => stamps.perhaps_moved(event.wall),
            Moves::Yes => stamps.modified = (event.wall, event.wall),
            Moves::Perhaps => stamps.perhaps_moved(event.wall),
            Moves::No => {}
        }
        if let Happened::State { to: JobState::Transferred, .. } = event.what {
            stamps.transferred = event.wall;
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}
}

/// Whether the record moves ModificationTime of its job.
fn moves(what: &Happened) -> Moves {
    match what {
        Happened::State { .. } | Happened::Bytes { .. } => Moves::Yes,
        Happened::File(file) => match file.what {
            FileChange::Added { .. } => Moves::Yes,
            _ => Moves::Perhaps,
        },
        Happened::Called(called) => call_moves(called),
        _ => Moves::No,
    }
}

fn call_moves(called: &Called) -> Moves {
    let Call::Job(_, call) = &called.call else { return Moves::No };
    match call {
        _ if call.is_getter() => Moves::No,
        // A Complete that fails may have renamed files before.
        JobCall::Complete if called.hr.failed() => Moves::Perhaps,
        _ if called.hr.failed() => Moves::No,
        // TakeOwnership is not on the list of the page; SetRemoteName is a method of the file.
        JobCall::TakeOwnership | JobCall::SetRemoteName { .. } => Moves::Perhaps,
        _ => Moves::Yes,
    }
}

impl Stamps {
    /// A record that may move ModificationTime. The wall clock may have been set back before it.
    fn perhaps_moved(&mut self, at: WallTime) {
        let (earliest, latest) = self.modified;
        self.modified = (earliest.min(at), latest.max(at));
    }

    fn judge(&self, event: &Event, reply: &Reply, out: &mut Findings) {
        let Reply::Times { creation, modification, completion } = reply else { return };
        out.ensure(RuleId::BITS_TIMES_001, *creation == self.created, event, || {
            (
                "GetTimes misreports CreationTime of `{job}`".to_owned(),
                format!("{}, the time of CreateJob", self.created),
                creation.to_string(),
            )
        });
        let (earliest, latest) = self.modified;
        out.ensure(RuleId::BITS_TIMES_002, *modification >= earliest, event, || {
            (
                "ModificationTime of `{job}` missed a change".to_owned(),
                format!("{earliest}, the time of the latest change, or later"),
                modification.to_string(),
            )
        });
        out.ensure(RuleId::BITS_TIMES_003, *modification <= latest, event, || {
            (
                "ModificationTime of `{job}` moved although nothing changed".to_owned(),
                format!("{latest}, the time of the latest change"),
                modification.to_string(),
            )
        });
        out.ensure(RuleId::BITS_TIMES_004, *completion == self.transferred, event, || {
            let told = |time: WallTime| match time {
                WallTime(0) => "no time".to_owned(),
                time => time.to_string(),
            };
            (
                "GetTimes misreports TransferCompletionTime of `{job}`".to_owned(),
                match self.transferred {
                    WallTime(0) => "no time, since the job was never TRANSFERRED".to_owned(),
                    time => format!("{time}, the time of the latest entry into TRANSFERRED"),
                },
                told(*completion),
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Story, download};
    use super::*;
    use bitsim_vocab::world::Disturbance;
    use bitsim_vocab::{Hresult, Span};

    /// Seconds after the start on the wall clock.
    fn wall(secs: u64) -> WallTime {
        WallTime::DEFAULT_START + Span::secs(secs)
    }

    fn times(story: &Story, creation: u64, modification: u64, completion: Option<u64>) -> Story {
        story.clone().get(
            JobCall::GetTimes,
            Reply::Times {
                creation: wall(creation),
                modification: wall(modification),
                completion: completion.map_or(WallTime::default(), wall),
            },
        )
    }

    fn transferred() -> Story {
        download().transferring().at(5).arrives(0).transferred().at(9)
    }

    #[test]
    fn creation_never_changes() {
        times(&transferred(), 0, 5, Some(5)).holds(RuleId::BITS_TIMES_001);
        times(&transferred(), 0, 5, Some(5)).is_clean_in("BITS-TIMES");
        times(&transferred(), 5, 5, Some(5)).breaks(RuleId::BITS_TIMES_001);
    }

    #[test]
    fn changes_and_nothing_else_move_the_modification_time() {
        let (missed, moved) = (RuleId::BITS_TIMES_002, RuleId::BITS_TIMES_003);
        times(&transferred(), 0, 5, Some(5)).holds(missed);
        times(&transferred(), 0, 5, Some(5)).holds(moved);
        times(&transferred(), 0, 0, Some(5)).breaks(missed);
        times(&transferred(), 0, 9, Some(5)).breaks(moved);
        let getter = transferred().get(JobCall::GetErrorCount, Reply::Number(0));
        times(&getter, 0, 9, Some(5)).breaks(moved);
        let failing = transferred().call(JobCall::SetPriority(9), Hresult::E_NOTIMPL);
        times(&failing, 0, 5, Some(5)).holds(missed);
        let setter = transferred().call(JobCall::SetPriority(1), Hresult::S_OK).at(10);
        times(&setter, 0, 9, Some(5)).holds(missed);
        times(&setter, 0, 5, Some(5)).breaks(missed);
        let vague = transferred().call(JobCall::TakeOwnership, Hresult::S_OK).at(10);
        times(&vague, 0, 5, Some(5)).is_clean_in("BITS-TIMES");
        times(&vague, 0, 9, Some(5)).is_clean_in("BITS-TIMES");
    }

    #[test]
    fn a_clock_that_is_set_back_is_followed() {
        let back = transferred().env(Disturbance::WallClockMoves(-30_000_000)).at(10);
        let setter = back.call(JobCall::SetPriority(1), Hresult::S_OK).at(11);
        times(&setter, 0, 7, Some(5)).holds(RuleId::BITS_TIMES_003);
        // What may have moved it last went by the clock that was set back, and more may have since.
        let back = transferred().env(Disturbance::WallClockMoves(-80_000_000)).at(10);
        let twice = back.call(JobCall::TakeOwnership, Hresult::S_OK).at(12);
        let twice = twice.call(JobCall::TakeOwnership, Hresult::S_OK).at(13);
        for seconds in [2, 4, 5] {
            times(&twice, 0, seconds, Some(5)).is_clean_in("BITS-TIMES");
        }
        times(&twice, 0, 1, Some(5)).breaks(RuleId::BITS_TIMES_002);
        times(&twice, 0, 6, Some(5)).breaks(RuleId::BITS_TIMES_003);
    }

    #[test]
    fn completion_is_the_entry_into_transferred() {
        let rule = RuleId::BITS_TIMES_004;
        times(&transferred(), 0, 5, Some(5)).holds(rule);
        times(&transferred(), 0, 5, None).breaks(rule);
        times(&download().at(3), 0, 0, None).holds(rule);
        times(&download().at(3), 0, 0, Some(3)).breaks(rule);
    }
}
