//! A run that can be visited again at any event, without playing it from the start.
//!
//! While a recorded run is played, a checkpoint is taken every two thousand events or so: the world,
//! the people of the scenario with what they remember, and where the jobs stand. Between checkpoints
//! it is written down what was done to the world. A visit begins at the checkpoint before the event
//! and does again what was done since, with the choices that were made.
//!
//! What a visit gives back is the simulated world, and the jobs as the trace tells them. It does not
//! give back the driver: which step of the timeline comes next, what `never` has caught, what the
//! judge knows. These are in the [`Run`], where they carry the numbers of their events.

mod job;
mod log;

pub use job::JobAt;
pub(crate) use log::{Done, Log};

use crate::player::Player;
use crate::{Options, Run};
use bitsim_engine::{First, NoClient, Outside, Replayed, Returned, World};
use bitsim_scenario::Plan;
use bitsim_vocab::trace::Called;
use bitsim_vocab::{Call, ClientId, Event, SimTime, WallTime};

/// A run with its checkpoints.
#[derive(Debug, Clone)]
pub struct Recording<'p> {
    run: Run,
    log: Log<'p>,
}

/// A run at one of its events.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The event (position in the trace, from 1); 0 before the first.
    pub event: u32,
    /// When, on the monotonic clock.
    pub at: SimTime,
    /// When, on the wall clock.
    pub wall: WallTime,
    /// Every job by [`bitsim_vocab::JobId`], as the trace tells it right after that event.
    pub jobs: Vec<JobAt>,
    /// The world. A call, a disturbance and a turn write all of their events before the world can be
    /// looked at, so it may be a few events further than `event`: see `written`.
    pub world: World,
    /// How many events the world has written by then.
    pub written: u32,
}

impl Moment {
    /// A call as it would have returned at `at`, no earlier than the event and no later than the next
    /// one. `None` if the world cannot be asked there: it has written further events already.
    #[must_use]
    pub fn ask(&self, at: SimTime, who: ClientId, call: Call) -> Option<Called> {
        if self.written != self.event {
            return None;
        }
        let mut world = self.world.clone();
        let mut unheard: Vec<Event> = Vec::new();
        let mut out = Outside { sink: &mut unheard, choose: &mut First };
        while let Some(due) = world.next_wakeup().filter(|due| *due < at) {
            world.advance_to(due);
            world.step(&mut out, &mut NoClient);
            if world.events() != self.event {
                return None;
            }
        }
        world.advance_to(at);
        let Returned { hr, reply } = world.call(&mut out, who, &call);
        Some(Called { by: who, call, hr, reply })
    }
}

impl<'p> Recording<'p> {
    /// Plays a plan and records it.
    #[must_use]
    pub fn play(plan: &'p Plan, options: Options<'p>) -> Self {
        Self::play_apart(plan, options, log::APART)
    }

    fn play_apart(plan: &'p Plan, options: Options<'p>, apart: u32) -> Self {
        let mut player = Player::new(plan, Options { recorded: true, ..options });
        player.log = Some(Box::new(Log::new(apart)));
        player.rests();
        if player.create_from_start() {
            player.play_timeline();
        }
        let (run, log) = player.finish_logged();
        Self { run, log: log.map_or_else(|| Log::new(apart), |log| *log) }
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// The run, without its checkpoints.
    #[must_use]
    pub fn into_run(self) -> Run {
        self.run
    }

    /// The last event that has happened at this time; 0 if none has.
    #[must_use]
    pub fn event_at(&self, time: SimTime) -> u32 {
        let count = self.run.trace.events.partition_point(|event| event.at <= time);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The run right after an event (position in the trace, from 1), or before the first for 0; at
    /// its end for a number beyond the last.
    #[must_use]
    pub fn at(&self, event: u32) -> Moment {
        let events = &self.run.trace.events;
        let event = event.min(u32::try_from(events.len()).unwrap_or(u32::MAX));
        let checkpoints = &self.log.checkpoints;
        let next = checkpoints.partition_point(|checkpoint| checkpoint.events <= event);
        // The first checkpoint is taken before the first event.
        let checkpoint = &checkpoints[next.saturating_sub(1)];
        let choices = &self.run.choices;
        let until = checkpoints.get(next).map_or(choices.len(), |next| next.choices);
        let made = choices[checkpoint.choices..until].iter().map(|asked| asked.answer).collect();
        let mut choose = Replayed::new(made);
        let (world, written) = checkpoint.drive(&self.log.actions, &mut choose, event);
        let mut jobs = checkpoint.jobs.clone();
        for event in &events[checkpoint.events as usize..event as usize] {
            log::take_in(&mut jobs, &event.what);
        }
        let (at, wall) = match event.checked_sub(1).map(|last| &events[last as usize]) {
            Some(last) => (last.at, last.wall),
            None => (SimTime::ZERO, self.run.trace.setup.wall_start),
        };
        Moment { event, at, wall, jobs, world, written }
    }
}

#[cfg(test)]
mod tests;
