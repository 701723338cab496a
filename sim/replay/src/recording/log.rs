//! What a driver did to the world, so that it can be done again from any checkpoint.

use super::job::JobAt;
use crate::actors::Actors;
use bitsim_engine::{Choose, Outside, Sink, World};
use bitsim_scenario::plan::PlannedCall;
use bitsim_vocab::trace::Called;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Call, ClientId, Event, Happened, SimTime, StepId};

/// A checkpoint is taken when so many events have been written since the one before. Between two of
/// them the world is driven again, at some hundred nanoseconds an event.
pub(super) const APART: u32 = 2_048;

/// One thing that the driver did, other than letting the world take a turn.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// Turns of the world before it.
    turns: u64,
    /// When, on the monotonic clock.
    at: SimTime,
    /// The step that it belongs to.
    source: Option<StepId>,
    what: Done,
}

/// What was done.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    /// Somebody made a call of the story.
    Performed(ClientId, PlannedCall),
    /// Somebody asked for what the story expects.
    Asked(ClientId, Call),
    /// Something befell the world.
    Disturbed(Disturbance),
}

/// Everything that what comes depends on, at one moment between two turns.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint<'p> {
    pub(super) events: u32,
    turns: u64,
    /// Actions before it.
    actions: usize,
    /// Choices made before it.
    pub(super) choices: usize,
    pub(super) world: World,
    actors: Actors<'p>,
    pub(super) jobs: Vec<JobAt>,
}

/// The log of a run, with its checkpoints.
#[derive(Debug, Clone)]
pub(crate) struct Log<'p> {
    /// So many events lie between two checkpoints, and at most those of one turn more.
    apart: u32,
    pub(super) actions: Vec<Action>,
    pub(super) checkpoints: Vec<Checkpoint<'p>>,
    turns: u64,
    /// The jobs so far, after `taken_in` events.
    jobs: Vec<JobAt>,
    taken_in: usize,
}

impl<'p> Log<'p> {
    pub(super) const fn new(apart: u32) -> Self {
        Self {
            apart,
            actions: Vec::new(),
            checkpoints: Vec::new(),
            turns: 0,
            jobs: Vec::new(),
            taken_in: 0,
        }
    }

    /// The driver is about to do this.
    pub(crate) fn acts(&mut self, at: SimTime, source: Option<StepId>, what: Done) {
        self.actions.push(Action { turns: self.turns, at, source, what });
    }

    /// The world is about to take a turn.
    pub(crate) fn turns(&mut self) {
        self.turns += 1;
    }

    /// Nothing is under way: a checkpoint can be taken, if it is time for one.
    pub(crate) fn rests(
        &mut self,
        events: &[Event],
        choices: usize,
        world: &World,
        actors: &Actors<'p>,
    ) {
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        if self.checkpoints.last().is_some_and(|last| count - last.events < self.apart) {
            return;
        }
        for event in &events[self.taken_in..] {
            take_in(&mut self.jobs, &event.what);
        }
        self.taken_in = events.len();
        self.checkpoints.push(Checkpoint {
            events: count,
            turns: self.turns,
            actions: self.actions.len(),
            choices,
            world: world.clone(),
            actors: actors.clone(),
            jobs: self.jobs.clone(),
        });
    }
}

/// Takes an event in.
pub(super) fn take_in(jobs: &mut Vec<JobAt>, what: &Happened) {
    if let Some(job) = JobAt::made(what) {
        jobs.push(job);
    } else if let Some(job) = what.job().and_then(|job| jobs.get_mut(job.index())) {
        job.take_in(what);
    }
}

/// Counts events, and keeps the calls until the people have heard of them.
struct Count {
    events: u32,
    called: Vec<Called>,
}

impl Sink for Count {
    fn event(&mut self, event: Event) {
        self.events = event.seq;
        if let Happened::Called(called) = event.what {
            self.called.push(*called);
        }
    }
}

impl Checkpoint<'_> {
    /// The world once `events` events have been written, and how many there are by then: a turn
    /// writes all of its events or none.
    pub(super) fn drive(
        &self,
        actions: &[Action],
        choose: &mut dyn Choose,
        events: u32,
    ) -> (World, u32) {
        let (mut world, mut actors) = (self.world.clone(), self.actors.clone());
        let mut sink = Count { events: self.events, called: Vec::new() };
        let mut turns = self.turns;
        let mut actions = actions[self.actions..].iter().peekable();
        while sink.events < events {
            let mut out = Outside { sink: &mut sink, choose };
            if let Some(action) = actions.next_if(|action| action.turns == turns) {
                world.advance_to(action.at);
                again(action, &mut world, &mut actors, &mut out);
            } else {
                let Some(due) = world.next_wakeup() else { break };
                world.advance_to(due);
                world.set_source(None);
                world.step(&mut out, &mut actors);
                turns += 1;
            }
            for called in sink.called.drain(..) {
                actors.remember(called.by, &called.call, called.hr, &called.reply);
            }
        }
        (world, sink.events)
    }
}

/// Does an action again.
fn again(action: &Action, world: &mut World, actors: &mut Actors<'_>, out: &mut Outside<'_>) {
    world.set_source(action.source);
    match &action.what {
        Done::Performed(who, planned) => {
            // What could not be done then cannot be done now, and is no news.
            let _ = actors.perform(*who, planned, &mut |who, call| world.call(out, who, call));
        }
        Done::Asked(who, call) => {
            world.call(out, *who, call);
        }
        Done::Disturbed(what) => world.disturb(out, what),
    }
}
