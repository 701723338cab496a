//! A story: a world, jobs in it, and what clients do and what befalls them, step by step.

use bitsim::vocab::call::{JobCall, NewFile};
use bitsim::vocab::trace::StepId;
use bitsim::vocab::world::{Disturbance, Fault, FaultKind, Part, Setup};
use bitsim::vocab::{ClientId, JobId, JobType, ServerId, Span};

/// What is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Story {
    /// The world at the start. Nobody is missing in it, so that every job can be created.
    pub(crate) setup: Setup,
    /// Created before the first step, in this order.
    pub(crate) jobs: Vec<Job>,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
}

/// A job as it is created. What is set afterwards is a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// Who creates it.
    pub(crate) client: ClientId,
    /// Its type.
    pub(crate) job_type: JobType,
    /// What is added to it at once.
    pub(crate) files: Vec<NewFile>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// How long after the step before it, in whole milliseconds.
    pub(crate) after: Span,
    /// What happens then.
    pub(crate) act: Act,
}

/// What happens in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// A client calls; nothing happens if it does not run.
    Call(ClientId, JobId, JobCall),
    /// A client calls EnumJobs; nothing happens if it does not run.
    EnumJobs(ClientId, bool),
    /// Something befalls the world.
    Disturb(Disturbance),
    /// A server begins to misbehave. The player numbers the faults.
    Misbehave(Misbehaviour),
    /// Every fault of a server ends.
    Heal(ServerId),
}

/// A fault without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misbehaviour {
    /// The server.
    pub(crate) server: ServerId,
    /// Only requests for this URL, or all.
    pub(crate) url: Option<String>,
    /// Which requests it meets.
    pub(crate) part: Part,
    /// What happens to them.
    pub(crate) kind: FaultKind,
    /// How often, or until the server is healed.
    pub(crate) times: Option<u32>,
}

impl Misbehaviour {
    /// The fault with its number.
    pub(crate) fn numbered(&self, number: u32) -> Fault {
        let Self { server, url, part, kind, times } = self.clone();
        Fault { number, server, url, part, kind, times, class: None }
    }
}

impl Story {
    /// The name of a job.
    pub(crate) fn job_name(job: JobId) -> String {
        format!("job_{}", job.0 + 1)
    }

    /// The steps with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (StepId, &Step)> {
        (0..).map(StepId).zip(&self.steps)
    }

    /// Whether the service or the computer restarts in it.
    pub(crate) fn restarts(&self) -> bool {
        self.steps.iter().any(|step| {
            let restart = Act::Disturb(Disturbance::ComputerRestarts) == step.act;
            restart || matches!(step.act, Act::Disturb(Disturbance::ServiceRestarts { .. }))
        })
    }
}
