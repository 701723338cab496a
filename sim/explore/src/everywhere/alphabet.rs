//! What can happen in a small world: the letters of an exploration, and what they are about.

use super::befalls::{self, ADMIN_GONE, ADMIN_OFF, APP_GONE};
use super::calls;
use super::world::{self, ADMIN, APP, Limit};
use crate::story::{Act, Story};
use bitsim_engine::key::FAR;
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ClientId, JobId, JobType, Span, Target};

/// What is explored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The service.
    pub target: Target,
    /// How many jobs there are.
    pub jobs: u32,
    /// Of which type they are.
    pub job_type: JobType,
    /// How many lasting disturbances may be in force at once.
    pub disturbances: u32,
    /// Files that clients may add to a job besides the one that it begins with.
    pub more_files: u32,
    /// What the jobs are created with.
    pub setters: Vec<JobCall>,
    /// The letters, by name; without a list all of them.
    pub only: Option<Vec<String>>,
    /// Letters that are left out, by name.
    pub without: Vec<String>,
}

/// The letters of [`Scope::core`]: one of each kind, without what only multiplies states by what it
/// sets and faults that differ from others in their code alone.
pub const CORE: [&str; 41] = [
    "time goes on",
    "time goes on, callbacks fail",
    "time goes on, the client exits in its callback",
    "the inactivity period passes",
    "EnumJobs",
    "Resume",
    "Suspend",
    "Cancel",
    "Complete",
    "TakeOwnership refused",
    "SetPriority normal",
    "SetDisplayName",
    "SetNotifyFlags",
    "SetNotifyInterface",
    "SetMinimumRetryDelay",
    "SetNoProgressTimeout",
    "SetProxySettings",
    "SetNotifyCmdLine NULL",
    "SetRemoteName",
    "SetMaximumDownloadTime",
    "GetError",
    "GetErrorCount",
    "GetState",
    "GetProgress",
    "EnumFiles",
    "GetJob",
    "network",
    "session of the owner",
    "client",
    "block",
    "bandwidth zero",
    "volume lock",
    "denied rename",
    "HTTP 503",
    "HTTP 404",
    "broken connection",
    "changed volume",
    "changed remote file",
    "service restart",
    "service restart, list lost",
    "computer restart",
];

impl Scope {
    /// Everything, for one job of one file.
    #[must_use]
    pub fn one_job(target: Target) -> Self {
        Self {
            target,
            jobs: 1,
            job_type: JobType::Download,
            disturbances: 1,
            more_files: 0,
            setters: Vec::new(),
            only: None,
            without: Vec::new(),
        }
    }

    /// One letter of each kind, for one job of one file.
    #[must_use]
    pub fn core(target: Target) -> Self {
        Self { only: Some(CORE.map(str::to_owned).to_vec()), ..Self::one_job(target) }
    }

    fn has(&self, name: &str) -> bool {
        let known = |names: &Vec<String>| names.iter().any(|other| other == name);
        self.only.as_ref().is_none_or(known) && !known(&self.without)
    }
}

/// Something that can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The row of the matrix or the kind of fault, in a few words.
    pub name: &'static str,
    /// What it is.
    pub does: Does,
}

/// What a letter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// A client calls.
    Call(ClientId, Call),
    /// A client calls several getters, one after another.
    Calls(ClientId, Vec<Call>),
    /// A client reads the error object that its latest GetError on the job handed out, with all its
    /// methods.
    ReadError(ClientId, JobId),
    /// The lasting disturbance with this number begins.
    Begin(usize),
    /// It ends.
    End(usize),
    /// Something befalls the world and is over; these lasting disturbances are in force afterwards.
    Strike(Disturbance, u32),
    /// Time goes on by one step, and callbacks are answered like this.
    Go(How),
    /// Nothing but the inactivity period is left to wait for, and it passes. It is the one thing that
    /// takes longer than keys tell ([`bitsim_engine::key::FAR`]).
    Rest,
}

/// How callbacks are answered, and how notification programs end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// S_OK at once.
    Well,
    /// E_FAIL at once; programs with the exit code 1.
    Badly,
    /// The client exits; programs cannot be launched.
    Exit,
    /// S_OK some steps later.
    Late,
}

/// Something that begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasting {
    /// What it is.
    pub name: &'static str,
    /// Its beginning.
    pub begins: Act,
    /// Its end.
    pub ends: Act,
    /// It does not begin by itself; a restart of the computer brings it.
    pub brought: bool,
}

/// The world, the letters, and what lasts.
#[derive(Debug, Clone)]
pub struct Alphabet {
    /// What was asked for.
    pub scope: Scope,
    /// The world at the start and the jobs in it, with what is set before anything happens.
    pub start: Story,
    /// Everything that can happen; time going on comes first.
    pub letters: Vec<Letter>,
    /// Everything that lasts.
    pub lasting: Vec<Lasting>,
    /// The longest period that a letter sets, of those that are not too far away to matter.
    pub longest: Span,
}

const TIME: [(&str, Does); 5] = [
    ("time goes on", Does::Go(How::Well)),
    ("time goes on, callbacks fail", Does::Go(How::Badly)),
    ("time goes on, the client exits in its callback", Does::Go(How::Exit)),
    ("time goes on, callbacks take their time", Does::Go(How::Late)),
    ("the inactivity period passes", Does::Rest),
];

impl Alphabet {
    /// The alphabet for a scope. BITS only.
    #[must_use]
    pub fn new(scope: &Scope) -> Self {
        let limit = if scope.has(calls::SHORT_LIMIT) { Limit::Near } else { Limit::Far };
        let lasting = befalls::lasting(scope.job_type);
        let mut letters: Vec<Letter> =
            TIME.into_iter().map(|(name, does)| Letter { name, does }).collect();
        letters.extend(calls::of_nobodys());
        for job in (0..scope.jobs).map(JobId) {
            letters.extend(calls::about(job, scope, limit));
        }
        for (number, it) in lasting.iter().enumerate() {
            if !it.brought {
                letters.push(Letter { name: it.name, does: Does::Begin(number) });
            }
            letters.push(Letter { name: it.name, does: Does::End(number) });
        }
        letters.retain(|letter| scope.has(letter.name));
        let by_admin = |does: &Does| match does {
            Does::Call(who, _) => *who == ADMIN,
            Does::Begin(which) | Does::End(which) => [ADMIN_GONE, ADMIN_OFF].contains(which),
            _ => false,
        };
        let admin = letters.iter().any(|letter| by_admin(&letter.does));
        let strikes = befalls::strikes(scope.job_type, admin).into_iter();
        letters.extend(strikes.filter(|letter| scope.has(letter.name)));
        let short_lived = scope.has(befalls::SHORT_LIFE);
        let start = world::start(scope, limit, admin, short_lived);
        let longest = longest(&letters, short_lived);
        Self { scope: scope.clone(), start, letters, lasting, longest }
    }

    /// The number of the lasting disturbance that a client brings about by ending.
    #[must_use]
    pub fn gone(client: ClientId) -> usize {
        if client == APP { APP_GONE } else { ADMIN_GONE }
    }

    /// What can happen, by name.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for letter in &self.letters {
            if !names.contains(&letter.name) {
                names.push(letter.name);
            }
        }
        names
    }
}

/// The longest period that a letter sets, and keys have to tell ages up to.
fn longest(letters: &[Letter], short_lived: bool) -> Span {
    let set = letters.iter().filter_map(|letter| match &letter.does {
        Does::Call(
            _,
            Call::Job(
                _,
                JobCall::SetMinimumRetryDelay(secs)
                | JobCall::SetNoProgressTimeout(secs)
                | JobCall::SetMaximumDownloadTime(secs),
            ),
        ) => Some(Span::secs(u64::from(*secs))),
        _ => None,
    });
    let life = Some(world::life(short_lived));
    set.chain(life).filter(|span| *span < FAR).max().unwrap_or(Span::ZERO)
}
