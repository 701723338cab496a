//! Plays a story on a world. A stage can be cloned at any step.

use super::people::People;
use super::{Act, Broken, Job, Step, Story};
use bitsim_engine::sabotage::Bug;
use bitsim_engine::{Asked, Dice, Outside, Recorded, World};
use bitsim_oracle::{Findings, Oracle, Violation};
use bitsim_vocab::call::{ErrorCall, JobCall, Reply};
use bitsim_vocab::download::Situation;
use bitsim_vocab::trace::End;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ClientId, ErrorObjectId, Event, Happened, Hresult, JobId, JobState, ServerId, Service,
    SimTime, Span, StepId,
};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// More turns than a story needs that shows anything; a busier one is given up.
const MOST_TURNS: u32 = 400_000;

/// Far more turns than the world needs at one instant.
const MOST_TURNS_AT_ONCE: u32 = 20_000;

/// A world with a story under way.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The world.
    pub world: World,
    /// What has happened so far.
    pub events: Vec<Event>,
    /// What each call of the story returned, by step; `None` for what was no call or not made.
    pub returned: Vec<Option<Hresult>>,
    /// False once a job could not be made as it is declared, which no scenario can tell, or the
    /// world was busy for too long.
    pub sound: bool,
    oracle: Oracle,
    /// Events up to here have been judged.
    judged: usize,
    dice: Recorded<Dice>,
    running: Vec<bool>,
    people: People,
    /// The error object that a client got last for a job, both as the service knows them.
    objects: BTreeMap<(ClientId, JobId), ErrorObjectId>,
    service: Service,
    /// Faults that no step has ended, numbered in the order in which they began.
    faults: Vec<(ServerId, u32)>,
    next_fault: u32,
    /// Faults that end by themselves: when, because of which step, which.
    agenda: VecDeque<(SimTime, StepId, u32)>,
    /// The declarations of jobs that steps make.
    later: Vec<Option<Job>>,
    turns_left: u32,
    /// An instant, and how many turns there were at it.
    at_once: (SimTime, u32),
}

/// A story that has been played.
#[derive(Debug, Clone)]
pub struct Played {
    /// How it ended.
    pub end: End,
    /// The verdict.
    pub findings: Findings,
    /// What happened.
    pub events: Vec<Event>,
    /// What each call of the story returned, by step; `None` for what was no call or not made.
    pub returned: Vec<Option<Hresult>>,
    /// The job of the story behind each number of the service.
    pub jobs: Vec<JobId>,
    /// False if a job could not be made as it is declared, which no scenario can tell, or the
    /// world was busy for too long.
    pub sound: bool,
}

/// Plays a story and some time after it, on an engine that may have a deliberate bug.
pub fn play(story: &Story, bug: Option<&Bug>) -> Played {
    let mut stage = Stage::new(story, bug);
    let end = stage.play_all(story);
    stage.played(end)
}

/// Runs something that may panic and says what it panicked with.
///
/// # Errors
/// The panic, as what is broken.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Broken::new("panic", text.unwrap_or_default())
    })
}

impl Played {
    /// Every rule that was broken, in the order in which that was found.
    pub fn broken(&self) -> impl Iterator<Item = Broken> {
        self.findings.violations().iter().map(|found| self.told(found))
    }

    fn told(&self, found: &Violation) -> Broken {
        let job = found.job.and_then(|id| self.jobs.get(id.index()).copied());
        let what = match job {
            Some(job) => found.what.replace("{job}", &Story::job_name(job)),
            None => found.what.clone(),
        };
        let (event, at) = (found.event, found.at);
        let (expected, actual) = (&found.expected, &found.actual);
        let text = format!("event {event} at {at}: {what}; expected {expected}, got {actual}");
        Broken { job, ..Broken::new(found.rule.text(), text) }
    }
}

impl Stage {
    /// The stage on which nothing has happened yet, with an engine that may have a deliberate bug.
    pub fn new(story: &Story, bug: Option<&Bug>) -> Self {
        let later = |job: &Job| job.later.then(|| job.clone());
        let setup = Arc::new(story.setup.clone());
        let mut world = World::new(Arc::clone(&setup));
        if let Some(bug) = bug {
            world.sabotage(bug);
        }
        Self {
            world,
            events: Vec::with_capacity(128),
            returned: Vec::with_capacity(story.steps.len()),
            sound: true,
            oracle: Oracle::sharing(&setup),
            judged: 0,
            dice: Recorded::new(Dice::new(story.setup.seed)),
            running: story.setup.clients.iter().map(|client| client.running).collect(),
            people: People::of(story),
            objects: BTreeMap::new(),
            service: story.setup.target.service,
            faults: Vec::new(),
            next_fault: 0,
            agenda: VecDeque::new(),
            later: story.jobs.iter().map(later).collect(),
            turns_left: MOST_TURNS,
            at_once: (SimTime::ZERO, 0),
        }
    }

    /// Creates the jobs that exist from the start.
    pub fn create(&mut self, jobs: &[Job]) {
        for (id, job) in (0..).map(JobId).zip(jobs).filter(|(_, job)| !job.later) {
            let made = self.running[job.client.index()] && self.make(id, job).succeeded();
            self.sound &= made;
        }
    }

    /// Makes a job; returns what CreateJob or CreateDownload returned.
    fn make(&mut self, name: JobId, job: &Job) -> Hresult {
        let create = match self.service {
            Service::DoDownload => Call::CreateDownload,
            Service::Bits | Service::DoLegacy => {
                let text = job.display_name.clone().unwrap_or_else(|| Story::job_name(name));
                Call::CreateJob { name: Some(text), job_type: job.job_type }
            }
        };
        let (hr, reply) = self.call_for_reply(job.client, &create);
        let Reply::Job(id) = reply else { return hr };
        self.people.made(name, id);
        for call in job.made_with(id, self.service) {
            if self.call(job.client, &call).failed() {
                self.sound = false;
                break;
            }
        }
        hr
    }

    /// Plays a step.
    pub fn play(&mut self, id: StepId, step: &Step) {
        let at = self.world.now() + step.after;
        self.run(at, false);
        self.world.set_source(Some(id));
        let returned = match &step.act {
            Act::Call(who, call) => self.call_if_running(*who, call),
            Act::Create(job) => self.create_later(*job),
            Act::ReadError(who, job, call) => self.read_error(*who, *job, *call),
            Act::Disturb(_) | Act::Misbehave(_) | Act::Heal(_) => {
                self.befall(id, &step.act);
                None
            }
        };
        self.returned.push(returned);
        self.world.set_source(None);
    }

    fn befall(&mut self, id: StepId, act: &Act) {
        // What ends now ends before something else begins.
        while self.end_what_is_due() {}
        self.world.set_source(Some(id));
        match act {
            Act::Misbehave(misbehaviour) => {
                let fault = misbehaviour.numbered(self.next_fault);
                self.next_fault += 1;
                self.faults.push((fault.server, fault.number));
                if let Some(lasts) = misbehaviour.lasts {
                    let at = self.world.now() + lasts;
                    let place = self.agenda.partition_point(|(other, ..)| *other <= at);
                    self.agenda.insert(place, (at, id, fault.number));
                }
                self.disturb(&Disturbance::FaultBegins(Box::new(fault)));
            }
            Act::Heal(server) => self.heal(*server),
            Act::Disturb(what) => self.disturb(what),
            Act::Call(..) | Act::Create(_) | Act::ReadError(..) => {}
        }
    }

    /// Plays everything: jobs, steps, and some time after them.
    pub fn play_all(&mut self, story: &Story) -> End {
        self.create(&story.jobs);
        self.play_from(story, 0);
        self.end()
    }

    /// Plays the steps from `first` on.
    pub fn play_from(&mut self, story: &Story, first: usize) {
        for (id, step) in story.numbered().skip(first) {
            self.play(id, step);
        }
    }

    /// Lets two days pass, or less if things come to rest.
    pub fn end(&mut self) -> End {
        self.run(self.world.now() + Span::days(2), true);
        let now = self.world.now();
        if self.world.settled() { End::Settled(now) } else { End::Stopped(now) }
    }

    /// The state of each job, by the number of the service, read from the events. Jobs that were
    /// lost with the list of the service count as cancelled.
    pub fn states(&self) -> Vec<JobState> {
        let mut states = Vec::new();
        for event in &self.events {
            match &event.what {
                Happened::Created(created) => states.push(created.state),
                Happened::State { job, to, .. } => states[job.index()] = *to,
                Happened::Env(what)
                    if **what == (Disturbance::ServiceRestarts { list_readable: false }) =>
                {
                    states.fill(JobState::Cancelled);
                }
                _ => {}
            }
        }
        states
    }

    /// The situation of each download, by the number of the service, read from the events; `None`
    /// once the service has forgotten it.
    pub fn situations(&self) -> Vec<Option<Situation>> {
        let mut situations = Vec::new();
        for event in &self.events {
            match &event.what {
                Happened::DownloadCreated(_) => situations.push(Some(Situation::Created)),
                Happened::Standing { job, to, .. } => {
                    situations[job.index()] = Some(to.situation())
                }
                Happened::LeftQueue { job } => situations[job.index()] = None,
                _ => {}
            }
        }
        situations
    }

    /// The job of the story that the service knows as `id`.
    pub fn job(&self, id: JobId) -> Option<JobId> {
        self.people.job(id)
    }

    /// What the world has asked so far, and what it was answered.
    pub fn choices(&self) -> &[Asked] {
        self.dice.asked()
    }

    /// The verdict.
    pub fn judge(mut self, end: End) -> Findings {
        self.observe();
        self.oracle.finish(end)
    }

    /// The verdict and everything that led to it.
    pub fn played(mut self, end: End) -> Played {
        self.observe();
        let Self { oracle, events, returned, sound, people, .. } = self;
        Played { end, findings: oracle.finish(end), events, returned, jobs: people.names, sound }
    }

    /// Lets the world run until `to`: what is due before it, and what is due then if `included`.
    pub fn run(&mut self, to: SimTime, included: bool) {
        loop {
            if self.turns_left == 0 {
                self.sound = false;
                return;
            }
            let wakeup = self.world.next_wakeup();
            let idle = || wakeup.is_none_or(|due| due > self.world.now());
            if included && self.agenda.is_empty() && idle() && self.world.settled() {
                return;
            }
            let ends = self.agenda.front().map(|(at, ..)| *at);
            let due = [wakeup, ends].into_iter().flatten().min();
            let due = due.filter(|due| *due < to || included && *due == to);
            self.world.advance_to(due.unwrap_or(to));
            if due.is_none() {
                return;
            }
            if !self.end_what_is_due() {
                let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
                self.world.step(&mut out, &mut self.people);
                self.observe();
            }
            self.count_turn();
        }
    }

    fn count_turn(&mut self) {
        self.turns_left -= 1;
        let now = self.world.now();
        let turns = if self.at_once.0 == now { self.at_once.1 + 1 } else { 1 };
        self.at_once = (now, turns);
        assert!(turns <= MOST_TURNS_AT_ONCE, "the world is busy for ever at one instant");
    }

    /// Ends the first fault that is due to end. True if there was one.
    fn end_what_is_due(&mut self) -> bool {
        let now = self.world.now();
        let Some((_, step, number)) = self.agenda.front().copied().filter(|(at, ..)| *at <= now)
        else {
            return false;
        };
        self.agenda.pop_front();
        self.world.set_source(Some(step));
        self.disturb(&Disturbance::FaultEnds(number));
        self.world.set_source(None);
        true
    }

    /// A client calls; jobs are numbered as the service does.
    pub fn call(&mut self, who: ClientId, call: &Call) -> Hresult {
        self.call_for_reply(who, call).0
    }

    fn call_for_reply(&mut self, who: ClientId, call: &Call) -> (Hresult, Reply) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let returned = self.world.call(&mut out, who, call);
        self.observe();
        (returned.hr, returned.reply)
    }

    fn call_if_running(&mut self, who: ClientId, call: &Call) -> Option<Hresult> {
        let runs = self.running[who.index()];
        let call = self.people.numbered(call).filter(|_| runs)?;
        Some(self.call(who, &call))
    }

    fn create_later(&mut self, job: JobId) -> Option<Hresult> {
        let declared = &mut self.later[job.index()];
        let runs = |job: &mut Job| self.running[job.client.index()];
        let declared = declared.take_if(runs)?;
        Some(self.make(job, &declared))
    }

    fn read_error(&mut self, who: ClientId, job: JobId, call: ErrorCall) -> Option<Hresult> {
        let id = self.people.ids[job.index()]?;
        let object = *self.objects.get(&(who, id))?;
        self.call_if_running(who, &Call::ErrorObject(object, call))
    }

    fn disturb(&mut self, what: &Disturbance) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        self.world.disturb(&mut out, what);
        self.observe();
    }

    fn heal(&mut self, server: ServerId) {
        let (over, rest) = self.faults.iter().partition(|(of, _)| *of == server);
        self.faults = rest;
        let over: Vec<(ServerId, u32)> = over;
        for (_, number) in over {
            self.disturb(&Disturbance::FaultEnds(number));
        }
    }

    /// Looks at what the world has written since it was last turned to.
    fn observe(&mut self) {
        self.dice.turn(self.world.events());
        for event in &self.events[self.judged..] {
            self.oracle.observe(event);
            match &event.what {
                Happened::Env(what) => match **what {
                    Disturbance::ClientStarts(client) => self.running[client.index()] = true,
                    Disturbance::ClientExits(client) => self.running[client.index()] = false,
                    Disturbance::ComputerRestarts => self.running.fill(false),
                    _ => {}
                },
                Happened::Called(called) => {
                    if let (Call::Job(job, JobCall::GetError), Reply::Error(object, _)) =
                        (&called.call, &called.reply)
                    {
                        self.objects.insert((called.by, *job), *object);
                    }
                }
                _ => {}
            }
        }
        self.judged = self.events.len();
    }
}
