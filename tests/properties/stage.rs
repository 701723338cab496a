//! Plays a story on a world. A stage can be cloned at any step.

use crate::story::{Act, Job, Step, Story};
use bitsim::engine::{Dice, NoClient, Outside, World};
use bitsim::oracle::{Findings, Oracle};
use bitsim::vocab::call::JobCall;
use bitsim::vocab::trace::End;
use bitsim::vocab::world::Disturbance;
use bitsim::vocab::{
    Call, ClientId, Event, Happened, Hresult, JobId, JobState, ServerId, SimTime, Span, StepId,
};

/// Far more turns than any story of this size needs.
const MOST_TURNS: u32 = 2_000_000;

/// A world with a story under way.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) events: Vec<Event>,
    /// What each call of the story returned, by step; `None` for what was no call or not made.
    pub(crate) returned: Vec<Option<Hresult>>,
    oracle: Oracle,
    /// Events up to here have been judged.
    judged: usize,
    dice: Dice,
    running: Vec<bool>,
    /// Faults that no step has ended, numbered in the order in which they began.
    faults: Vec<(ServerId, u32)>,
    next_fault: u32,
    turns_left: u32,
}

impl Stage {
    /// The stage on which nothing has happened yet.
    pub(crate) fn new(story: &Story) -> Self {
        Self {
            world: World::new(story.setup.clone()),
            events: Vec::new(),
            returned: Vec::new(),
            oracle: Oracle::new(&story.setup),
            judged: 0,
            dice: Dice::new(story.setup.seed),
            running: story.setup.clients.iter().map(|client| client.running).collect(),
            faults: Vec::new(),
            next_fault: 0,
            turns_left: MOST_TURNS,
        }
    }

    /// Creates the jobs.
    pub(crate) fn create(&mut self, jobs: &[Job]) {
        for (id, job) in (0..).map(JobId).zip(jobs) {
            let name = Some(Story::job_name(id));
            let create = Call::CreateJob { name, job_type: job.job_type };
            let hr = self.call(job.client, &create);
            assert_eq!(hr, Hresult::S_OK, "a job of the story can be created");
            for file in &job.files {
                let hr = self.call(job.client, &Call::Job(id, JobCall::AddFile(file.clone())));
                assert_eq!(hr, Hresult::S_OK, "a file of the story can be added");
            }
        }
    }

    /// Plays a step.
    pub(crate) fn play(&mut self, id: StepId, step: &Step) {
        let at = self.world.now() + step.after;
        self.run(at, false);
        self.world.set_source(Some(id));
        let returned = match &step.act {
            Act::Call(who, job, call) => self.call_if_running(*who, Call::Job(*job, call.clone())),
            Act::EnumJobs(who, all_users) => {
                self.call_if_running(*who, Call::EnumJobs { all_users: *all_users })
            }
            Act::Disturb(what) => {
                self.disturb(what);
                None
            }
            Act::Misbehave(misbehaviour) => {
                let fault = misbehaviour.numbered(self.next_fault);
                self.next_fault += 1;
                self.faults.push((fault.server, fault.number));
                self.disturb(&Disturbance::FaultBegins(Box::new(fault)));
                None
            }
            Act::Heal(server) => {
                self.heal(*server);
                None
            }
        };
        self.returned.push(returned);
        self.world.set_source(None);
    }

    /// Plays everything: jobs, steps, and some time after them.
    pub(crate) fn play_all(&mut self, story: &Story) -> End {
        self.create(&story.jobs);
        self.play_from(story, 0);
        self.end()
    }

    /// Plays the steps from `first` on.
    pub(crate) fn play_from(&mut self, story: &Story, first: usize) {
        for (id, step) in story.numbered().skip(first) {
            self.play(id, step);
        }
    }

    /// Lets two days pass, or less if things come to rest.
    pub(crate) fn end(&mut self) -> End {
        self.run(self.world.now() + Span::days(2), true);
        let now = self.world.now();
        if self.world.settled() { End::Settled(now) } else { End::Stopped(now) }
    }

    /// The state of each job, read from the events. Jobs that were lost with the list of the
    /// service count as cancelled.
    pub(crate) fn states(&self) -> Vec<JobState> {
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

    /// The verdict.
    pub(crate) fn judge(mut self, end: End) -> Findings {
        self.observe();
        self.oracle.finish(end)
    }

    /// Lets the world run until `to`: what is due before it, and what is due then if `included`.
    pub(crate) fn run(&mut self, to: SimTime, included: bool) {
        loop {
            let idle = self.world.next_wakeup().is_none_or(|due| due > self.world.now());
            if included && idle && self.world.settled() {
                return;
            }
            let due = self.world.next_wakeup().filter(|due| *due < to || included && *due == to);
            self.world.advance_to(due.unwrap_or(to));
            if due.is_none() {
                return;
            }
            let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
            self.world.step(&mut out, &mut NoClient);
            self.observe();
            self.turns_left -= 1;
            assert!(self.turns_left > 0, "the story keeps the world busy for ever");
        }
    }

    fn call(&mut self, who: ClientId, call: &Call) -> Hresult {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let hr = self.world.call(&mut out, who, call).hr;
        self.observe();
        hr
    }

    fn call_if_running(&mut self, who: ClientId, call: Call) -> Option<Hresult> {
        self.running[who.index()].then(|| self.call(who, &call))
    }

    fn disturb(&mut self, what: &Disturbance) {
        match what {
            Disturbance::ClientStarts(client) => self.running[client.index()] = true,
            Disturbance::ClientExits(client) => self.running[client.index()] = false,
            Disturbance::ComputerRestarts => self.running.fill(false),
            _ => {}
        }
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

    fn observe(&mut self) {
        for event in &self.events[self.judged..] {
            self.oracle.observe(event);
        }
        self.judged = self.events.len();
    }
}
