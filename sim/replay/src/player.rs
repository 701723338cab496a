//! Moves the world through time and takes in what happens in it.

use crate::actors::{Actors, CannotCall, Performed};
use crate::claims::{self, Aloud, Miss, Quietly, Scene};
use crate::mirror::Mirror;
use crate::recording::{Done, Log};
use crate::run::{ExpectationFailure, FailureKind, Options, StepName};
use crate::tape::{Chooser, Tape};
use bitsim_engine::{Outside, World};
use bitsim_oracle::Oracle;
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{Check, PlannedCall};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, ClientId, SimTime, StepId};
use std::collections::BTreeMap;

/// A run in progress.
pub(crate) struct Player<'p> {
    pub(crate) plan: &'p Plan,
    /// The setup of the plan, with the seed that this run takes.
    pub(crate) setup: Setup,
    pub(crate) world: World,
    pub(crate) actors: Actors<'p>,
    pub(crate) mirror: Mirror,
    pub(crate) oracle: Option<Oracle>,
    pub(crate) tape: Tape,
    pub(crate) failures: Vec<ExpectationFailure>,
    pub(crate) steps: Vec<StepName>,
    /// The step that is being played.
    pub(crate) step: Option<StepId>,
    /// True once a bound of the run was reached: nothing moves any more.
    pub(crate) exhausted: bool,
    /// True once the story cannot go on as it is told, so that nothing after it means anything.
    pub(crate) broken_off: bool,
    pub(crate) choose: Chooser<'p>,
    /// What is done to the world, if the run is to be visited again.
    pub(crate) log: Option<Box<Log<'p>>>,
    /// Events up to here have been taken in.
    taken_in: usize,
    /// Things that end by themselves: when, in order of beginning, because of which step.
    agenda: BTreeMap<(SimTime, u32), (StepId, &'p Disturbance)>,
    agenda_entries: u32,
    /// The checks under `never` that have not come true yet.
    never: Vec<&'p Check>,
    turns_left: u64,
}

/// What ends a stretch of time early.
#[derive(Clone, Copy)]
pub(crate) enum Stop<'c> {
    /// Nothing.
    Never,
    /// The check holds.
    Holds(&'c Check),
    /// Nothing further will happen by itself.
    Settled,
}

impl<'p> Player<'p> {
    pub(crate) fn new(plan: &'p Plan, options: Options<'p>) -> Self {
        let mut setup = plan.setup.clone();
        setup.seed = options.seed.unwrap_or(setup.seed);
        let judge = |oracle: Oracle| match options.witnessed {
            true => oracle.with_witnesses(),
            false => oracle,
        };
        let oracle = (!options.unjudged).then(|| judge(Oracle::new(&setup)));
        let mirror = Mirror::new(&setup);
        let choose = Chooser::new(setup.seed, options.choose, options.recorded);
        let tape = Tape::new(&setup);
        let mut world = World::new(setup.clone());
        if let Some(sabotage) = options.sabotage {
            sabotage(&mut world);
        }
        Self {
            plan,
            setup,
            world,
            actors: Actors::new(plan),
            mirror,
            oracle,
            tape,
            failures: Vec::new(),
            steps: Vec::new(),
            step: None,
            exhausted: false,
            broken_off: false,
            choose,
            log: None,
            taken_in: 0,
            agenda: BTreeMap::new(),
            agenda_entries: 0,
            never: plan.never.iter().collect(),
            // Most turns of a world leave an event; a world that works without leaving any must
            // come to an end as well.
            turns_left: u64::from(plan.limits.events) * 4 + 10_000,
        }
    }

    /// The number of the latest event.
    pub(crate) fn last_event(&self) -> u32 {
        self.tape.events.last().map_or(0, |event| event.seq)
    }

    pub(crate) fn call(
        &mut self,
        who: ClientId,
        planned: &PlannedCall,
    ) -> Result<Performed, CannotCall> {
        self.log(self.step, || Done::Performed(who, planned.clone()));
        let Self { world, actors, tape, choose, .. } = self;
        world.set_source(self.step);
        let performed = actors.perform(who, planned, &mut |who, call| {
            world.call(&mut Outside { sink: tape, choose }, who, call)
        });
        self.take_in();
        performed
    }

    pub(crate) fn disturb(&mut self, what: &Disturbance, source: Option<StepId>) {
        self.log(source, || Done::Disturbed(what.clone()));
        self.world.set_source(source);
        let mut outside = Outside { sink: &mut self.tape, choose: &mut self.choose };
        self.world.disturb(&mut outside, what);
        self.take_in();
    }

    /// Writes down what is about to be done, if the run is to be visited again.
    fn log(&mut self, source: Option<StepId>, what: impl FnOnce() -> Done) {
        if let Some(log) = &mut self.log {
            log.acts(self.world.now(), source, what());
        }
    }

    /// Puts the end of something on the agenda.
    pub(crate) fn will_end(&mut self, at: SimTime, step: StepId, end: &'p Disturbance) {
        self.agenda.insert((at, self.agenda_entries), (step, end));
        self.agenda_entries += 1;
    }

    /// Ends what is due to end. True if there was anything.
    pub(crate) fn end_what_is_due(&mut self) -> bool {
        let due = |(at, _): &(SimTime, u32)| *at <= self.world.now();
        let Some(key) = self.agenda.keys().next().copied().filter(due) else { return false };
        if let Some((step, end)) = self.agenda.remove(&key) {
            self.disturb(end, Some(step));
        }
        true
    }

    /// What of a check does not hold, asked for all to see.
    pub(crate) fn ask_aloud(&mut self, check: &Check) -> Vec<Miss> {
        let Self { world, actors, mirror, tape, choose, log, step, .. } = self;
        world.set_source(*step);
        let (now, source) = (world.now(), *step);
        let mut write = log.as_mut().map(|log| {
            move |who, call: &Call| log.acts(now, source, Done::Asked(who, call.clone()))
        });
        let asked = write.as_mut().map(|write| write as &mut dyn FnMut(ClientId, &Call));
        let scene = Scene { actors, mirror };
        let misses = scene.misses(check, &mut Aloud { world, sink: tape, choose, asked });
        self.take_in();
        misses
    }

    /// What of a check does not hold, without leaving a trace.
    pub(crate) fn ask_quietly(&self, check: &Check) -> Vec<Miss> {
        self.scene().misses(check, &mut Quietly::new(&self.world))
    }

    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene { actors: &self.actors, mirror: &self.mirror }
    }

    /// Whether a check holds, without leaving a trace.
    fn holds_in(&self, world: &World, check: &Check) -> bool {
        let scene = self.scene();
        let asked = || scene.misses(check, &mut Quietly::new(world)).is_empty();
        scene.told(check).unwrap_or_else(asked)
    }

    /// Lets everything happen that is due now.
    pub(crate) fn drain(&mut self) {
        self.run(self.world.now(), true, Stop::Never);
    }

    /// Lets the world run until `to`: what is due before it happens, and what is due right then
    /// if `included`. True if `stop` ended that early (or at the last moment).
    pub(crate) fn run(&mut self, to: SimTime, included: bool, stop: Stop<'_>) -> bool {
        loop {
            if self.stops(stop) {
                return true;
            }
            if self.exhausted {
                return false;
            }
            let due = self.next_due().filter(|due| *due < to || (included && *due == to));
            let next = due.unwrap_or(to);
            if let Stop::Holds(check) = stop
                && let Some(instant) = self.comes_true_before(next, check)
            {
                self.world.advance_to(instant);
                return true;
            }
            if next > self.world.now() {
                self.world.advance_to(next);
            }
            if due.is_none() {
                return false;
            }
            self.take_turn();
        }
    }

    fn next_due(&self) -> Option<SimTime> {
        let ends = self.agenda.keys().next().map(|(at, _)| *at);
        match (ends, self.world.next_wakeup()) {
            (Some(ends), Some(wakeup)) => Some(ends.min(wakeup)),
            (ends, wakeup) => ends.or(wakeup),
        }
    }

    fn stops(&self, stop: Stop<'_>) -> bool {
        match stop {
            Stop::Never => false,
            Stop::Holds(check) => self.holds_in(&self.world, check),
            Stop::Settled => {
                let idle = self.world.next_wakeup().is_none_or(|due| due > self.world.now());
                self.agenda.is_empty() && idle && self.world.settled()
            }
        }
    }

    /// The first instant between now and `next` at which the check holds because bytes flowed.
    /// Nothing else can make it hold there, and they only grow, so halving finds it.
    fn comes_true_before(&self, next: SimTime, check: &Check) -> Option<SimTime> {
        if !claims::flows(check) || next <= self.world.now() {
            return None;
        }
        let holds_at = |at: SimTime| {
            let mut later = self.world.clone();
            later.advance_to(at);
            self.holds_in(&later, check)
        };
        if !holds_at(next) {
            return None;
        }
        let (mut no, mut yes) = (self.world.now().0, next.0);
        while yes - no > 1 {
            let middle = no + (yes - no) / 2;
            if holds_at(SimTime(middle)) {
                yes = middle;
            } else {
                no = middle;
            }
        }
        Some(SimTime(yes))
    }

    /// Lets one thing happen that is due now.
    fn take_turn(&mut self) {
        if !self.end_what_is_due() {
            if let Some(log) = &mut self.log {
                log.turns();
            }
            self.world.set_source(None);
            let mut outside = Outside { sink: &mut self.tape, choose: &mut self.choose };
            self.world.step(&mut outside, &mut self.actors);
            self.take_in();
        }
        self.turns_left = self.turns_left.saturating_sub(1);
        let full = self.tape.events.len() as u64 >= u64::from(self.plan.limits.events);
        self.exhausted |= full || self.turns_left == 0;
    }

    /// Takes in what has happened since the last time.
    fn take_in(&mut self) {
        while let Some(event) = self.tape.events.get(self.taken_in) {
            if let Some(oracle) = &mut self.oracle {
                oracle.observe(event);
            }
            if let bitsim_vocab::Happened::Called(called) = &event.what {
                self.actors.remember(called.by, &called.call, called.hr, &called.reply);
            }
            self.mirror.take_in(event);
            let (at, seq) = (event.at, event.seq);
            self.taken_in += 1;
            self.watch(at, seq, |player, check| player.scene().told(check) == Some(true));
        }
        self.choose.turn(self.last_event());
        self.rests();
        // What the events do not tell is looked up once they have all been taken in.
        self.watch(self.world.now(), self.last_event(), |player, check| {
            player.scene().told(check).is_none() && player.ask_quietly(check).is_empty()
        });
        for cannot in self.actors.take_trouble() {
            self.cannot_call(cannot, None);
        }
    }

    /// Nothing is under way: a moment that can be come back to.
    pub(crate) fn rests(&mut self) {
        if let Some(log) = &mut self.log {
            log.rests(&self.tape.events, self.choose.asked(), &self.world, &self.actors);
        }
    }

    /// Looks whether a check under `never` has come true. Each is reported once.
    fn watch(&mut self, at: SimTime, event: u32, holds: impl Fn(&Self, &Check) -> bool) {
        if self.never.is_empty() {
            return;
        }
        let mut never = std::mem::take(&mut self.never);
        never.retain(|check| {
            let came_true = holds(self, check);
            if came_true {
                self.came_true(check, at, event);
            }
            !came_true
        });
        self.never = never;
    }

    pub(crate) fn fail(&mut self, kind: FailureKind, miss: Miss) {
        self.fail_noting(kind, miss, String::new());
    }

    /// The same, with what else helps to understand it.
    pub(crate) fn fail_noting(&mut self, kind: FailureKind, miss: Miss, note: String) {
        let what = miss.what();
        let Miss { place, job, subject, expected, actual, returned, .. } = miss;
        self.failures.push(ExpectationFailure {
            kind,
            place,
            step: self.step,
            at: self.world.now(),
            event: self.last_event(),
            job,
            subject,
            what,
            expected,
            actual,
            returned,
            note: if note.is_empty() { miss.note } else { note },
        });
    }
}
