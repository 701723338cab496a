//! Plays a story on a world. A stage can be cloned at any step.

use super::{Act, Answer, Job, Step, Story};
use bitsim_engine::{Callback, Client, Dice, NoClient, Outside, World};
use bitsim_oracle::{Findings, Oracle};
use bitsim_vocab::call::{BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_TRANSFERRED, JobCall};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Situation, Value};
use bitsim_vocab::trace::{End, Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ClientId, Event, Happened, Hresult, JobId, JobState, NoteId, ServerId, Service, SimTime,
    Span, StepId,
};
use std::collections::BTreeMap;

/// Far more turns than any story of this size needs.
const MOST_TURNS: u32 = 2_000_000;

/// A world with a story under way.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The world.
    pub world: World,
    /// What has happened so far.
    pub events: Vec<Event>,
    /// What each call of the story returned, by step; `None` for what was no call or not made.
    pub returned: Vec<Option<Hresult>>,
    oracle: Oracle,
    /// Events up to here have been judged.
    judged: usize,
    dice: Dice,
    running: Vec<bool>,
    people: People,
    service: Service,
    /// Faults that no step has ended, numbered in the order in which they began.
    faults: Vec<(ServerId, u32)>,
    next_fault: u32,
    turns_left: u32,
}

impl Stage {
    /// The stage on which nothing has happened yet.
    pub fn new(story: &Story) -> Self {
        Self {
            world: World::new(story.setup.clone()),
            events: Vec::new(),
            returned: Vec::new(),
            oracle: Oracle::new(&story.setup),
            judged: 0,
            dice: Dice::new(story.setup.seed),
            running: story.setup.clients.iter().map(|client| client.running).collect(),
            people: People::of(story),
            service: story.setup.target.service,
            faults: Vec::new(),
            next_fault: 0,
            turns_left: MOST_TURNS,
        }
    }

    /// Creates the jobs.
    pub fn create(&mut self, jobs: &[Job]) {
        for (id, job) in (0..).map(JobId).zip(jobs) {
            let create = match self.service {
                Service::DoDownload => Call::CreateDownload,
                Service::Bits | Service::DoLegacy => {
                    Call::CreateJob { name: Some(Story::job_name(id)), job_type: job.job_type }
                }
            };
            for call in [create].into_iter().chain(self.made_with(id, job)) {
                let hr = self.call(job.client, &call);
                assert_eq!(hr, Hresult::S_OK, "a job of the story can be created: {call:?}");
            }
        }
    }

    /// The calls that follow on the creation of a job.
    fn made_with(&self, id: JobId, job: &Job) -> Vec<Call> {
        let notified = !job.answers.is_empty();
        if self.service == Service::DoDownload {
            let callback = notified.then_some((DownloadProperty::CallbackInterface, Value::Object));
            let set = |(property, value): (DownloadProperty, Value)| {
                let number = u32::from(property.value());
                Call::Download(id, DownloadCall::SetProperty(number, value))
            };
            return job.settings.iter().cloned().chain(callback).map(set).collect();
        }
        let add = match self.service {
            Service::DoLegacy => JobCall::AddFileWithRanges,
            Service::Bits | Service::DoDownload => JobCall::AddFile,
        };
        let notify = [
            JobCall::SetNotifyInterface(true),
            JobCall::SetNotifyFlags(BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_TRANSFERRED),
        ];
        let notify = notify.into_iter().filter(|_| notified);
        let calls = notify.chain(job.files.iter().cloned().map(add));
        calls.map(|call| Call::Job(id, call)).collect()
    }

    /// Plays a step.
    pub fn play(&mut self, id: StepId, step: &Step) {
        let at = self.world.now() + step.after;
        self.run(at, false);
        self.world.set_source(Some(id));
        let returned = match &step.act {
            Act::Call(who, call) => self.call_if_running(*who, call),
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

    /// The state of each job, read from the events. Jobs that were lost with the list of the
    /// service count as cancelled.
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

    /// The situation of each download, read from the events; `None` once the service has forgotten
    /// it.
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

    /// The verdict.
    pub fn judge(mut self, end: End) -> Findings {
        self.observe();
        self.oracle.finish(end)
    }

    /// Lets the world run until `to`: what is due before it, and what is due then if `included`.
    pub fn run(&mut self, to: SimTime, included: bool) {
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
            self.world.step(&mut out, &mut self.people);
            self.observe();
            self.turns_left -= 1;
            assert!(self.turns_left > 0, "the story keeps the world busy for ever");
        }
    }

    /// A client calls.
    pub fn call(&mut self, who: ClientId, call: &Call) -> Hresult {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let hr = self.world.call(&mut out, who, call).hr;
        self.observe();
        hr
    }

    fn call_if_running(&mut self, who: ClientId, call: &Call) -> Option<Hresult> {
        self.running[who.index()].then(|| self.call(who, call))
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

    fn observe(&mut self) {
        for event in &self.events[self.judged..] {
            self.oracle.observe(event);
            let Happened::Env(what) = &event.what else { continue };
            match **what {
                Disturbance::ClientStarts(client) => self.running[client.index()] = true,
                Disturbance::ClientExits(client) => self.running[client.index()] = false,
                Disturbance::ComputerRestarts => self.running.fill(false),
                _ => {}
            }
        }
        self.judged = self.events.len();
    }
}

/// The clients: they answer notifications as the story says.
#[derive(Debug, Clone)]
struct People {
    answers: Vec<Vec<Answer>>,
    /// How many notifications of each job there were.
    answered: Vec<usize>,
    /// The answer that a delivery will get, as its position in the list of the job.
    pending: BTreeMap<NoteId, usize>,
}

impl People {
    fn of(story: &Story) -> Self {
        let answers = story.jobs.iter().map(|job| job.answers.clone()).collect();
        Self { answers, answered: vec![0; story.jobs.len()], pending: BTreeMap::new() }
    }
}

impl Client for People {
    fn notified(&mut self, note: &Note, _: &mut Callback<'_>) -> Span {
        let answers = &self.answers[note.job.index()];
        let program = matches!(note.to, Recipient::CommandLine { .. });
        if answers.is_empty() || program || note.kind == NoteKind::JobModification {
            return Span::ZERO;
        }
        let count = &mut self.answered[note.job.index()];
        let position = (*count).min(answers.len() - 1);
        *count += 1;
        self.pending.insert(note.note, position);
        answers[position].after
    }

    fn returns(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult {
        let position = self.pending.remove(&note.note);
        let answer = position.and_then(|position| self.answers[note.job.index()].get(position));
        let (Some(answer), Recipient::Interface(client)) = (answer, &note.to) else {
            return NoClient.returns(note, back);
        };
        for call in &answer.calls {
            back.call(*client, call);
        }
        match answer.returns {
            Some(hr) => NoteResult::Returned(hr),
            None => {
                back.disturb(&Disturbance::ClientExits(*client));
                NoteResult::ClientGone
            }
        }
    }
}
