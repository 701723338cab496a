//! A story: a world, jobs in it, and what clients do and what befalls them, step by step.

mod healed;
mod job;
pub mod liveness;
mod people;
pub mod stage;
pub mod write;

pub use job::{Answer, Exit, Job};

use bitsim_vocab::call::{Call, ErrorCall};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::StepId;
use bitsim_vocab::world::{Disturbance, Fault, FaultKind, Part, Setup};
use bitsim_vocab::{ClientId, JobId, ServerId, Span};

/// What is played.
///
/// Jobs are known by their position in [`Story::jobs`], also in calls; the stage knows under which
/// number the service knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The world at the start. Whoever creates a job before the first step runs in it.
    pub setup: Setup,
    /// The jobs. Those that exist from the start are created in this order.
    pub jobs: Vec<Job>,
    /// The steps, in order.
    pub steps: Vec<Step>,
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
    /// A client calls; nothing happens if it does not run or the job does not exist yet.
    Call(ClientId, Call),
    /// The client of a job that is made later makes it, once; nothing happens if it does not run.
    Create(JobId),
    /// A client reads the error object that its latest GetError on the job handed out; nothing
    /// happens if there is none.
    ReadError(ClientId, JobId, ErrorCall),
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
    /// How long at most, in whole milliseconds. Not beside `times`.
    pub lasts: Option<Span>,
    /// The class of the error, where it is not the one of its code.
    pub class: Option<Class>,
}

impl Misbehaviour {
    /// All requests of a server, until it is healed.
    pub fn plain(server: ServerId, kind: FaultKind) -> Self {
        Self { server, url: None, part: Part::Any, kind, times: None, lasts: None, class: None }
    }

    /// The fault with its number.
    pub fn numbered(&self, number: u32) -> Fault {
        let Self { server, url, part, kind, times, class, .. } = self.clone();
        Fault { number, server, url, part, kind, times, class }
    }
}

/// What a story broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The id of a rule, or `liveness`, `panic`, `repetition`.
    pub name: String,
    /// What happened, what was expected instead, in one sentence.
    pub text: String,
    /// The job that it is about.
    pub job: Option<JobId>,
    /// The call that should bring it to an end and does not.
    pub fails: Option<Last>,
}

/// What brings a download to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// `Finalize`, once everything is there.
    Finalize,
    /// `Abort`.
    Abort,
}

impl Broken {
    /// Something that is broken without a job of its own.
    pub fn new(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), job: None, fails: None }
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
}
