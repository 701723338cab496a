//! A story: a world, jobs in it, and what clients do and what befalls them, step by step.

pub mod stage;
pub mod write;

use bitsim_vocab::call::{Call, NewFile};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::trace::StepId;
use bitsim_vocab::world::{Block, Disturbance, Fault, FaultKind, Part, PathOperation, Setup};
use bitsim_vocab::{ClientId, Hresult, JobId, JobType, ServerId, Service, Span, UserId};

/// What is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The world at the start. Nobody is missing in it, so that every job can be created.
    pub setup: Setup,
    /// Created before the first step, in this order.
    pub jobs: Vec<Job>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A job or download as it is created. What is set afterwards is a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Who creates it.
    pub client: ClientId,
    /// Its type.
    pub job_type: JobType,
    /// What is added to it at once.
    pub files: Vec<NewFile>,
    /// What is set at once, if it is a download, in the order in which a scenario does it.
    pub settings: Vec<(DownloadProperty, Value)>,
    /// How its client answers notifications, in order; the last answer repeats. If there is one,
    /// the client is registered from the start.
    pub answers: Vec<Answer>,
}

/// How a client answers a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How long the callback takes.
    pub after: Span,
    /// What it calls then.
    pub calls: Vec<Call>,
    /// What it returns; `None` if the client exits instead.
    pub returns: Option<Hresult>,
}

impl Job {
    /// A job that is nothing else.
    pub fn plain(client: ClientId, job_type: JobType, files: Vec<NewFile>) -> Self {
        Self { client, job_type, files, settings: Vec::new(), answers: Vec::new() }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How long after the step before it, in whole milliseconds.
    pub after: Span,
    /// What happens then.
    pub act: Act,
}

/// What happens in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A client calls; nothing happens if it does not run.
    Call(ClientId, Call),
    /// Something befalls the world.
    Disturb(Disturbance),
    /// A server begins to misbehave. The player numbers the faults.
    Misbehave(Misbehaviour),
    /// Every fault of a server ends.
    Heal(ServerId),
}

/// A fault without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misbehaviour {
    /// The server.
    pub server: ServerId,
    /// Only requests for this URL, or all.
    pub url: Option<String>,
    /// Which requests it meets.
    pub part: Part,
    /// What happens to them.
    pub kind: FaultKind,
    /// How often, or until the server is healed.
    pub times: Option<u32>,
}

impl Misbehaviour {
    /// The fault with its number.
    pub fn numbered(&self, number: u32) -> Fault {
        let Self { server, url, part, kind, times } = self.clone();
        Fault { number, server, url, part, kind, times, class: None }
    }
}

impl Story {
    /// The name of a job.
    pub fn job_name(job: JobId) -> String {
        format!("job_{}", job.0 + 1)
    }

    /// The steps with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (StepId, &Step)> {
        (0..).map(StepId).zip(&self.steps)
    }

    /// The same story with an end in which nothing keeps jobs from being transferred any more.
    pub fn with_everything_healed(mut self) -> Self {
        let downloads = self.setup.target.service == Service::DoDownload;
        let mut acts = if downloads { self.reopened() } else { Vec::new() };
        acts.extend(self.healed());
        if downloads {
            let start = |(id, job): (JobId, &Job)| {
                Act::Call(job.client, Call::Download(id, DownloadCall::Start(None)))
            };
            acts.extend((0..).map(JobId).zip(&self.jobs).map(start));
        }
        self.steps.extend(acts.into_iter().map(|act| Step { after: Span::ZERO, act }));
        self
    }

    /// The service takes calls, every client is there to make them, and every file can be put
    /// where it belongs.
    fn reopened(&self) -> Vec<Act> {
        use Disturbance as D;
        let denied = self.steps.iter().filter_map(|step| match &step.act {
            Act::Disturb(D::PathDenied(path, PathOperation::Rename)) => {
                Some(D::PathAllowed(path.clone(), PathOperation::Rename))
            }
            _ => None,
        });
        let clients = (0..).map(ClientId).take(self.setup.clients.len()).map(D::ClientStarts);
        [D::ServiceStarts].into_iter().chain(clients).chain(denied).map(Act::Disturb).collect()
    }

    fn healed(&self) -> Vec<Act> {
        use Disturbance as D;
        let people = (0..).map(UserId).zip(&self.setup.users);
        let people = people.filter(|(_, user)| !user.kind.is_service_account());
        let log_on = people.map(|(id, _)| Act::Disturb(D::LogOn(id)));
        let heal = (0..).map(ServerId).zip(&self.setup.servers).map(|(id, _)| Act::Heal(id));
        let mut acts: Vec<Act> = log_on.chain(heal).collect();
        let blocks: &[Block] = match self.setup.target.service {
            Service::Bits => &Block::BITS,
            Service::DoLegacy | Service::DoDownload => &Block::DELIVERY,
        };
        acts.extend(blocks.iter().map(|block| Act::Disturb(D::BlockEnds(*block))));
        if self.setup.target.service != Service::Bits {
            acts.push(Act::Disturb(D::NetworkConditions(Vec::new())));
        }
        let rest = [D::Bandwidth(None), D::VolumeUnlocked("C:".into()), D::NetworkRegained];
        acts.extend(rest.map(Act::Disturb));
        acts
    }

    /// The same story with the wall clock set differently at the start and moved again and again.
    pub fn with_another_wall_clock(mut self) -> Self {
        self.setup.wall_start = self.setup.wall_start + Span::days(1_000);
        let mut steps = Vec::new();
        for (n, step) in (0..).zip(self.steps) {
            let days: i64 = if n % 2 == 0 { 30 - n } else { n - 60 };
            let ticks = days * 86_400 * 10_000_000;
            let early = Span::millis(step.after.0 / 20_000);
            let move_clock = Act::Disturb(Disturbance::WallClockMoves(ticks));
            steps.push(Step { after: early, act: move_clock });
            steps.push(Step { after: Span(step.after.0 - early.0), act: step.act });
        }
        self.steps = steps;
        self
    }

    /// Whether the service or the computer restarts in it.
    pub fn restarts(&self) -> bool {
        self.steps.iter().any(|step| {
            let restart = Act::Disturb(Disturbance::ComputerRestarts) == step.act;
            restart || matches!(step.act, Act::Disturb(Disturbance::ServiceRestarts { .. }))
        })
    }
}
