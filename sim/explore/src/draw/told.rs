//! Tells a scenario as a story.
//!
//! A story has no checks and waits for nothing, so the scenario is played once: what its steps
//! called and brought about, at the times at which that happened, are the steps of the story.

use crate::story::{Act, Answer, Exit, Job, Misbehaviour, Step, Story};
use bitsim_replay::{Options, Run};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{self, JobPlan, PlannedCall, ProgramEnd};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::download::DownloadProperty;
use bitsim_vocab::trace::Called;
use bitsim_vocab::world::{Disturbance, Fault};
use bitsim_vocab::{
    ClientId, ErrorObjectId, Event, Happened, JobId, ServerId, Service, SimTime, Span, StepId,
};
use std::collections::BTreeMap;

/// Ticks in a millisecond, the grain of a story's times.
const MILLI: u64 = 10_000;

/// A scenario's plan as a story, with its checks as calls; `None` if it cannot be told as one.
///
/// A step that comes in the middle of an instant, after something that the service did in it,
/// comes a millisecond later in the story.
pub fn told_by(plan: &Plan) -> Option<Story> {
    if !plan.setup.delivery.defects.is_empty() {
        return None;
    }
    let run = bitsim_replay::play_with(plan, Options { unjudged: true, ..Options::default() });
    let order = creations(plan, &run)?;
    let place = |job: plan::JobRef| order.iter().position(|made| *made == job);
    let jobs: Option<Vec<Job>> =
        order.iter().map(|declared| job(plan, &plan.jobs[declared.0 as usize], &place)).collect();
    let mut teller = Teller::new(plan, jobs?);
    for event in &run.trace.events {
        teller.take_in(event)?;
    }
    let Teller { jobs, steps, .. } = teller;
    Some(Story { setup: plan.setup.clone(), jobs, steps })
}

/// The declarations in the order in which they were made, which numbers the jobs; then those that
/// never were. `None` if one was made twice.
fn creations(plan: &Plan, run: &Run) -> Option<Vec<plan::JobRef>> {
    let all = || (0..).map(plan::JobRef).zip(&plan.jobs);
    let mut order: Vec<plan::JobRef> = Vec::new();
    for name in &run.job_names {
        let (job, _) = all().find(|(_, declared)| declared.name == *name)?;
        if order.contains(&job) {
            return None;
        }
        order.push(job);
    }
    let rest = all().map(|(job, _)| job).filter(|job| !order.contains(job));
    let rest: Vec<plan::JobRef> = rest.collect();
    Some([order, rest].concat())
}

fn job(
    plan: &Plan,
    declared: &JobPlan,
    place: &dyn Fn(plan::JobRef) -> Option<usize>,
) -> Option<Job> {
    let answers = |answers: &[plan::Answer]| -> Option<Vec<Answer>> {
        answers.iter().map(|answer| self::answer(answer, place)).collect()
    };
    let download = declared.download.as_ref();
    let settings: Option<Vec<_>> = download
        .map(|download| download.settings.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|(id, value)| Some((DownloadProperty::from_value(*id)?, value.clone())))
        .collect();
    let exits: Option<Vec<Exit>> = declared.program_exits.iter().map(exit).collect();
    let named = plan.target.service != Service::DoDownload;
    let job = Job {
        display_name: named.then(|| declared.display_name.clone()),
        later: !declared.from_start,
        setters: declared.settings.clone(),
        settings: settings?,
        answers: answers(&declared.answers.in_order)?,
        to_modification: answers(&declared.answers.to_modification)?,
        exits: exits?,
        ..Job::plain(declared.client, declared.job_type, declared.files.clone())
    };
    // A declaration that says more than a story can.
    let told = job.made_with(JobId(0), plan.target.service).len();
    let wanted = declared.settings.len() + declared.files.len();
    (told == wanted + job.settings.len()).then_some(job)
}

fn answer(answer: &plan::Answer, place: &dyn Fn(plan::JobRef) -> Option<usize>) -> Option<Answer> {
    let id = |job: &plan::JobRef| place(*job).map(|place| JobId(place as u32));
    let call = |planned: &PlannedCall| {
        Some(match planned {
            PlannedCall::Job(job, call) => Call::Job(id(job)?, call.clone()),
            PlannedCall::Download(job, call) => Call::Download(id(job)?, call.clone()),
            PlannedCall::GetJob(job) => Call::GetJob(id(job)?),
            PlannedCall::EnumJobs { all_users } => Call::EnumJobs { all_users: *all_users },
            PlannedCall::EnumDownloads(category) => Call::EnumDownloads(category.clone()),
            // What these do depends on what was done before.
            PlannedCall::Create(_)
            | PlannedCall::Start(_)
            | PlannedCall::ReadErrorObject(_)
            | PlannedCall::ReadErrorFile(_)
            | PlannedCall::ReadErrorProtocol(_) => return None,
        })
    };
    let calls: Option<Vec<Call>> = answer.calls.iter().map(call).collect();
    let returns = (!answer.exits).then_some(answer.returns);
    Some(Answer { after: answer.after, calls: calls?, returns })
}

fn exit(end: &ProgramEnd) -> Option<Exit> {
    match end {
        ProgramEnd::NotLaunched => Some(Exit::NotLaunched),
        ProgramEnd::Exits { code, after, calls } if calls.is_empty() => {
            Some(Exit::With { code: *code, after: *after })
        }
        ProgramEnd::Exits { .. } => None,
    }
}

/// Makes steps of events that steps caused.
struct Teller<'p> {
    plan: &'p Plan,
    jobs: Vec<Job>,
    steps: Vec<Step>,
    /// When the latest step of the story happens.
    told_until: SimTime,
    /// The latest instant at which the service did something by itself.
    service_at: Option<SimTime>,
    /// Calls that a creation makes and that are still to come.
    making: Vec<Call>,
    made: u32,
    /// Where each fault stands among the steps, by its number, with the step that began it.
    faults: BTreeMap<u32, (usize, StepId, ServerId)>,
    /// The server that the latest step has healed, at which time.
    healed: Option<(ServerId, StepId, SimTime)>,
    objects: BTreeMap<ErrorObjectId, JobId>,
    running: Vec<bool>,
}

impl<'p> Teller<'p> {
    fn new(plan: &'p Plan, jobs: Vec<Job>) -> Self {
        Self {
            plan,
            jobs,
            steps: Vec::new(),
            told_until: SimTime::ZERO,
            service_at: None,
            making: Vec::new(),
            made: 0,
            faults: BTreeMap::new(),
            healed: None,
            objects: BTreeMap::new(),
            running: plan.setup.clients.iter().map(|client| client.running).collect(),
        }
    }

    /// `None` if a story cannot tell it.
    fn take_in(&mut self, event: &Event) -> Option<()> {
        match &event.what {
            Happened::Called(called) => self.called(event, called)?,
            Happened::Env(what) => {
                match &**what {
                    Disturbance::ClientStarts(client) => self.running[client.index()] = true,
                    Disturbance::ClientExits(client) => self.running[client.index()] = false,
                    Disturbance::ComputerRestarts => self.running.fill(false),
                    _ => {}
                }
                if let Some(step) = event.source {
                    self.befell(event.at, step, what)?;
                }
            }
            // What the creation of jobs brings about comes before every step.
            _ if event.source.is_none() && (event.at > SimTime::ZERO || !self.steps.is_empty()) => {
                self.service_at = Some(event.at);
            }
            _ => {}
        }
        Some(())
    }

    fn called(&mut self, event: &Event, called: &Called) -> Option<()> {
        if let (Call::Job(job, JobCall::GetError), Reply::Error(object, _)) =
            (&called.call, &called.reply)
        {
            self.objects.insert(*object, *job);
        }
        if self.making.first() == Some(&called.call) {
            self.making.remove(0);
            return Some(());
        }
        let act = match &called.call {
            Call::CreateJob { .. } | Call::CreateDownload => {
                let Reply::Job(id) = called.reply else { return self.refused(event, called.by) };
                self.made = id.0 + 1;
                let job = self.jobs.get_mut(id.index())?;
                self.making = job.made_with(id, self.plan.target.service);
                if event.source.is_none() {
                    return Some(());
                }
                job.client = called.by;
                Act::Create(id)
            }
            // A callback made it, or nobody who could in a story: a check looks from outside.
            _ if event.source.is_none() || !self.running[called.by.index()] => return Some(()),
            Call::ErrorObject(object, call) => {
                Act::ReadError(called.by, *self.objects.get(object)?, *call)
            }
            call => Act::Call(called.by, call.clone()),
        };
        self.tell(event.at, act);
        Some(())
    }

    /// A job that could not be created. It is the only one that was never made, or the story does
    /// not know which one it is.
    fn refused(&mut self, event: &Event, by: ClientId) -> Option<()> {
        let mut never = (0..).map(JobId).zip(&mut self.jobs).skip(self.made as usize);
        let (id, job) = never.next()?;
        if event.source.is_none() || never.next().is_some() {
            return None;
        }
        job.client = by;
        self.tell(event.at, Act::Create(id));
        Some(())
    }

    fn befell(&mut self, at: SimTime, step: StepId, what: &Disturbance) -> Option<()> {
        let act = match what {
            Disturbance::FaultBegins(fault) => {
                self.faults.insert(fault.number, (self.steps.len(), step, fault.server));
                Act::Misbehave(misbehaviour(fault))
            }
            Disturbance::FaultEnds(number) => {
                let (place, begun, server) = *self.faults.get(number)?;
                if begun == step {
                    let began = self.steps[..=place].iter().map(|step| step.after.0).sum();
                    let lasts = at.since(SimTime(began));
                    let Act::Misbehave(fault) = &mut self.steps[place].act else { return None };
                    fault.lasts = Some(Span(lasts.0.div_ceil(MILLI) * MILLI));
                    return Some(());
                }
                if self.healed == Some((server, step, at)) {
                    return Some(());
                }
                self.healed = Some((server, step, at));
                Act::Heal(server)
            }
            what => Act::Disturb(what.clone()),
        };
        self.tell(at, act);
        Some(())
    }

    /// Adds a step. What the service did before it in the same instant comes before it in the
    /// story as well.
    fn tell(&mut self, at: SimTime, act: Act) {
        let mut whole = at.0.div_ceil(MILLI) * MILLI;
        if self.service_at == Some(at) && whole == at.0 {
            whole += MILLI;
        }
        let at = self.told_until.max(SimTime(whole));
        self.steps.push(Step { after: at.since(self.told_until), act });
        self.told_until = at;
    }
}

fn misbehaviour(fault: &Fault) -> Misbehaviour {
    let Fault { server, url, part, kind, times, class, .. } = fault.clone();
    Misbehaviour { server, url, part, kind, times, lasts: None, class }
}
