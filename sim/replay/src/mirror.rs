//! What the driver knows without asking: kept up to date from the events alone, so that waiting
//! for something and watching out for something leave no call in the trace.

use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::download::{DownloadState, Row, Standing};
use bitsim_vocab::trace::{Called, NoteKind, Recipient, Timer, TimerEvent};
use bitsim_vocab::world::{Disturbance, Setup, User, UserKind};
use bitsim_vocab::{
    ClientId, Event, Happened, Hresult, JobId, JobState, SimTime, Stimulus, UserId,
};
use std::collections::BTreeMap;

/// The part of the world that checks speak of.
#[derive(Debug)]
pub(crate) struct Mirror {
    users: Vec<User>,
    clients: Vec<ClientSeen>,
    jobs: Vec<JobSeen>,
}

#[derive(Debug)]
struct ClientSeen {
    user: UserId,
    elevated: bool,
    running: bool,
}

/// Where a job or a download stands, and what moved it there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stands {
    /// A job.
    Job(JobState, Option<Stimulus>),
    /// A download.
    Download(Standing, Option<Row>),
}

impl Stands {
    /// True for CONNECTING, TRANSFERRING and Transferring.
    pub(crate) fn runs(self) -> bool {
        match self {
            Self::Job(state, _) => state.is_running(),
            Self::Download(standing, _) => standing.state == DownloadState::Transferring,
        }
    }

    /// True if nothing more will happen to it.
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Job(state, _) => state.is_final(),
            Self::Download(standing, _) => standing.state.is_final(),
        }
    }

    /// The state of a job.
    pub(crate) const fn job(self) -> Option<JobState> {
        match self {
            Self::Job(state, _) => Some(state),
            Self::Download(..) => None,
        }
    }

    /// State and errors of a download.
    pub(crate) const fn download(self) -> Option<Standing> {
        match self {
            Self::Job(..) => None,
            Self::Download(standing, _) => Some(standing),
        }
    }
}

/// A job or download as the events tell it.
#[derive(Debug)]
pub(crate) struct JobSeen {
    /// Where it stands.
    pub(crate) stands: Stands,
    /// The service of a download has forgotten it.
    pub(crate) forgotten: bool,
    /// Its error count.
    pub(crate) count: u32,
    /// The code that the latest JobError carried.
    pub(crate) error_notified: Option<Hresult>,
    /// Launches of its notification program.
    pub(crate) launches: u64,
    /// Attempts begun.
    pub(crate) attempts: u64,
    /// Timers that run, and when they are due.
    pub(crate) timers: BTreeMap<Timer, SimTime>,
    /// The client that created it.
    pub(crate) creator: ClientId,
    callbacks: BTreeMap<NoteKind, u64>,
    owner: UserId,
}

impl JobSeen {
    fn new(stands: Stands, owner: UserId, creator: ClientId) -> Self {
        Self {
            stands,
            forgotten: false,
            count: 0,
            error_notified: None,
            launches: 0,
            attempts: 0,
            timers: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            owner,
            creator,
        }
    }

    /// True while something may still happen to it.
    pub(crate) fn lives(&self) -> bool {
        !self.forgotten && !self.stands.is_final()
    }

    /// Deliveries of this kind that have begun.
    pub(crate) fn callbacks(&self, kind: NoteKind) -> u64 {
        self.callbacks.get(&kind).copied().unwrap_or(0)
    }
}

impl Mirror {
    pub(crate) fn new(setup: &Setup) -> Self {
        let clients = setup.clients.iter().map(|client| ClientSeen {
            user: client.user,
            elevated: client.elevated,
            running: client.running,
        });
        Self { users: setup.users.clone(), clients: clients.collect(), jobs: Vec::new() }
    }

    pub(crate) fn job(&self, job: JobId) -> Option<&JobSeen> {
        self.jobs.get(job.index())
    }

    pub(crate) fn jobs(&self) -> impl Iterator<Item = (JobId, &JobSeen)> {
        (0..).map(JobId).zip(&self.jobs)
    }

    pub(crate) fn user_name(&self, user: UserId) -> &str {
        self.users.get(user.index()).map_or("?", |user| user.name.as_str())
    }

    pub(crate) fn runs(&self, client: ClientId) -> bool {
        self.clients.get(client.index()).is_some_and(|client| client.running)
    }

    /// Who asks about a job that `creator` made: the creator, or else a client that runs and may
    /// look. If there is none the creator asks all the same; the service will say what it thinks.
    pub(crate) fn who_asks(&self, job: JobId, creator: ClientId) -> ClientId {
        let Some(owner) = self.job(job).map(|job| job.owner) else { return creator };
        let running = || {
            let ids = (0..).map(ClientId);
            ids.zip(&self.clients).filter(|(_, client)| client.running)
        };
        let owners = |client: &ClientSeen| client.user == owner;
        running()
            .find(|(id, client)| *id == creator && (owners(client) || self.sees_all(client)))
            .or_else(|| running().find(|(_, client)| owners(client)))
            .or_else(|| running().find(|(_, client)| self.sees_all(client)))
            .map_or(creator, |(id, _)| id)
    }

    fn sees_all(&self, client: &ClientSeen) -> bool {
        match self.users.get(client.user.index()).map(|user| user.kind) {
            Some(UserKind::Administrator) => client.elevated,
            Some(kind) => kind.is_service_account(),
            None => false,
        }
    }

    /// Takes in an event.
    pub(crate) fn take_in(&mut self, event: &Event) {
        match &event.what {
            Happened::Created(created) => {
                let stands = Stands::Job(created.state, None);
                self.jobs.push(JobSeen::new(stands, created.owner, created.by));
            }
            Happened::DownloadCreated(created) => {
                let stands = Stands::Download(Standing::NEW, None);
                self.jobs.push(JobSeen::new(stands, created.owner, created.by));
            }
            Happened::Env(what) => self.take_in_env(what),
            Happened::Called(called) => self.take_in_call(called),
            other => {
                if let Some(job) = other.job().and_then(|job| self.jobs.get_mut(job.index())) {
                    job.take_in(other);
                }
            }
        }
    }

    fn take_in_env(&mut self, what: &Disturbance) {
        let (client, running) = match what {
            Disturbance::ClientStarts(client) => (client, true),
            Disturbance::ClientExits(client) => (client, false),
            Disturbance::ComputerRestarts => {
                self.clients.iter_mut().for_each(|client| client.running = false);
                return;
            }
            _ => return,
        };
        if let Some(client) = self.clients.get_mut(client.index()) {
            client.running = running;
        }
    }

    fn take_in_call(&mut self, called: &Called) {
        if let Call::Job(job, JobCall::TakeOwnership) = called.call
            && called.hr.succeeded()
            && let Some(client) = self.clients.get(called.by.index())
            && let Some(job) = self.jobs.get_mut(job.index())
        {
            job.owner = client.user;
        }
    }
}

impl JobSeen {
    fn take_in(&mut self, what: &Happened) {
        match what {
            Happened::State { to, cause, .. } => self.stands = Stands::Job(*to, Some(*cause)),
            Happened::Standing { to, cause, .. } => {
                self.stands = Stands::Download(*to, Some(*cause));
            }
            Happened::LeftQueue { .. } => self.forgotten = self.stands.download().is_some(),
            Happened::Count { to, .. } => self.count = *to,
            Happened::AttemptBegan { .. } => self.attempts += 1,
            Happened::NoteBegan(note) => {
                match note.to {
                    Recipient::Interface(_) => *self.callbacks.entry(note.kind).or_default() += 1,
                    Recipient::CommandLine { .. } => self.launches += 1,
                }
                if note.kind == NoteKind::JobError && note.error.is_some() {
                    self.error_notified = note.error.map(|error| error.code);
                }
            }
            Happened::Timer { timer, what, .. } => match what {
                TimerEvent::Armed { due } => {
                    self.timers.insert(*timer, *due);
                }
                TimerEvent::Fired | TimerEvent::Stopped => {
                    self.timers.remove(timer);
                }
            },
            _ => {}
        }
    }
}
