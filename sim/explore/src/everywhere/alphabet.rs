//! A small world, and everything that clients do and that befalls it there.
//!
//! All times are multiples of one [`STEP`], so that only so many of them are apart from each other.

use crate::story::{Act, Answer, Job, Misbehaviour, Step, Story};
use bitsim_vocab::call::{
    BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_TRANSFERRED, Call, JobCall, NewFile, Proxy,
};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::world::{
    Block, Client, Delivery, Disturbance, FaultKind, LocalFile, PathOperation, Policies,
    RemoteFile, Server, Setup, User, UserKind,
};
use bitsim_vocab::{
    ClientId, FileId, Hresult, JobId, JobType, Priority, ServerId, Span, Stands, Target, UserId,
    WallTime,
};

/// The time between two instants at which something can be done.
pub const STEP: Span = Span::secs(300);

/// The client that creates the jobs.
const APP: ClientId = ClientId(0);
/// An elevated administrator.
const ADMIN: ClientId = ClientId(1);
const OWNER: UserId = UserId(0);
const SERVER: ServerId = ServerId(0);
const URL: &str = "http://cdn.test/file.bin";
/// Bytes. It takes two steps to fetch them.
const SIZE: u64 = 600;
/// Seconds. One step.
const RETRY_DELAY: u32 = 300;
/// Seconds. Three steps: a retry that fails ends just then.
const NO_PROGRESS: u32 = 900;
/// Seconds, as by policy.
const MAX_DOWNLOAD: u32 = 90 * 86_400;

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
    /// Letters that are left out, by name.
    pub without: Vec<String>,
}

/// What is left out of [`Scope::core`]: what only multiplies states by what it sets, and faults that
/// differ from others in their code alone.
pub const NOT_CORE: [&str; 9] = [
    "TakeOwnership",
    "Suspend by an administrator",
    "administrator's client",
    "SetPriority foreground",
    "SetMaximumDownloadTime short",
    "timeout",
    "refused connection",
    "wall clock",
    "time goes on, callbacks take a step",
];

impl Scope {
    /// Everything, for one job of one file.
    #[must_use]
    pub fn one_job(target: Target) -> Self {
        let job_type = JobType::Download;
        Self { target, jobs: 1, job_type, disturbances: 1, more_files: 0, without: Vec::new() }
    }

    /// One letter of each kind, for one job of one file.
    #[must_use]
    pub fn core(target: Target) -> Self {
        let without = NOT_CORE.map(str::to_owned).to_vec();
        Self { without, ..Self::one_job(target) }
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

/// How callbacks are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// S_OK at once.
    Well,
    /// E_FAIL at once.
    Badly,
    /// The client exits.
    Exit,
    /// One step later.
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
}

const NETWORK: usize = 0;
const LOGGED_OFF: usize = 1;
const APP_GONE: usize = 2;
const ADMIN_GONE: usize = 3;

impl Alphabet {
    /// The alphabet for a scope. BITS only.
    #[must_use]
    pub fn new(scope: &Scope) -> Self {
        let lasting = lasting();
        let mut letters: Vec<Letter> = [
            ("time goes on", Does::Go(How::Well)),
            ("time goes on, callbacks fail", Does::Go(How::Badly)),
            ("time goes on, the client exits in its callback", Does::Go(How::Exit)),
            ("time goes on, callbacks take a step", Does::Go(How::Late)),
            ("the inactivity period passes", Does::Rest),
        ]
        .map(|(name, does)| Letter { name, does })
        .to_vec();
        let all = Call::EnumJobs { all_users: false };
        letters.push(Letter { name: "EnumJobs", does: Does::Call(APP, all) });
        for job in (0..scope.jobs).map(JobId) {
            letters.extend(calls(job, scope));
        }
        for (number, it) in lasting.iter().enumerate() {
            if !it.brought {
                letters.push(Letter { name: it.name, does: Does::Begin(number) });
            }
            letters.push(Letter { name: it.name, does: Does::End(number) });
        }
        letters.extend(strikes(scope));
        letters.retain(|letter| !scope.without.iter().any(|name| name == letter.name));
        Self { scope: scope.clone(), start: start(scope), letters, lasting }
    }

    /// The number of the lasting disturbance that a client brings about by ending.
    #[must_use]
    pub fn gone(client: ClientId) -> usize {
        if client == APP { APP_GONE } else { ADMIN_GONE }
    }
}

fn start(scope: &Scope) -> Story {
    let jobs: Vec<Job> = (0..scope.jobs)
        .map(|job| {
            let answer =
                Answer { after: Span::ZERO, calls: Vec::new(), returns: Some(Hresult::S_OK) };
            let answers = vec![answer];
            Job { answers, ..Job::plain(APP, scope.job_type, vec![file(job, 1)]) }
        })
        .collect();
    let set = |job| {
        [
            JobCall::SetMinimumRetryDelay(RETRY_DELAY),
            JobCall::SetNoProgressTimeout(NO_PROGRESS),
            JobCall::SetMaximumDownloadTime(MAX_DOWNLOAD),
        ]
        .map(|call| Step { after: Span::ZERO, act: Act::Call(APP, Call::Job(JobId(job), call)) })
    };
    Story { setup: setup(scope), steps: (0..scope.jobs).flat_map(set).collect(), jobs }
}

/// Every job has local names of its own.
fn file(job: u32, number: u32) -> NewFile {
    let local = format!("C:\\job_{}\\file_{number}.bin", job + 1);
    NewFile { remote: URL.to_owned(), local, ranges: Vec::new() }
}

fn setup(scope: &Scope) -> Setup {
    let user = |name: &str, kind| User { name: name.to_owned(), kind, logged_on: true };
    let client = |name: &str, user, elevated| {
        let name = name.to_owned();
        Client { name, user: UserId(user), running: true, elevated }
    };
    let server = Server {
        name: "cdn.test".to_owned(),
        bandwidth: SIZE * TICKS_PER_SECOND / (2 * STEP.0),
        latency_min: STEP,
        latency_max: STEP,
        ranges: true,
        content_length: true,
        max_upload: u64::MAX,
        reply_size: SIZE / 2,
        replies: true,
        files: vec![RemoteFile { url: URL.to_owned(), size: SIZE }],
    };
    let local = |job| LocalFile { path: file(job, 1).local, size: SIZE };
    Setup {
        target: scope.target,
        stands: Stands::recommended(scope.target),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span(3 * STEP.0),
        policies: Policies::default(),
        users: vec![user("alice", UserKind::Standard), user("ada", UserKind::Administrator)],
        clients: vec![client("app", 0, false), client("admin", 1, true)],
        servers: vec![server],
        volumes: Vec::new(),
        local_files: (0..scope.jobs).filter(|_| scope.job_type.uploads()).map(local).collect(),
        delivery: Delivery::of(scope.target),
    }
}

/// Every call of the matrix on a job, with the arguments that it has already: what changes is
/// priority, owner and interface alone, so that properties do not multiply the states.
fn calls(job: JobId, scope: &Scope) -> Vec<Letter> {
    use JobCall as C;
    let told = BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_TRANSFERRED;
    let priority = |of: Priority| C::SetPriority(u32::from(of.value()));
    let proxy = Proxy::default();
    let own: Vec<(&'static str, JobCall)> = vec![
        ("Resume", C::Resume),
        ("Suspend", C::Suspend),
        ("Cancel", C::Cancel),
        ("Complete", C::Complete),
        ("TakeOwnership refused", C::TakeOwnership),
        ("SetPriority foreground", priority(Priority::Foreground)),
        ("SetPriority normal", priority(Priority::Normal)),
        ("SetDisplayName", C::SetDisplayName(Some(Story::job_name(job)))),
        ("SetNotifyFlags", C::SetNotifyFlags(told)),
        ("SetNotifyInterface", C::SetNotifyInterface(true)),
        ("SetMinimumRetryDelay", C::SetMinimumRetryDelay(RETRY_DELAY)),
        ("SetNoProgressTimeout", C::SetNoProgressTimeout(NO_PROGRESS)),
        ("SetProxySettings", C::SetProxySettings(proxy)),
        ("SetNotifyCmdLine", C::SetNotifyCmdLine { program: None, parameters: None }),
        ("SetRemoteName", C::SetRemoteName { file: FileId(0), url: URL.to_owned() }),
        ("SetMaximumDownloadTime", C::SetMaximumDownloadTime(MAX_DOWNLOAD)),
        ("SetMaximumDownloadTime short", C::SetMaximumDownloadTime(2 * RETRY_DELAY)),
        ("GetError", C::GetError),
        ("GetErrorCount", C::GetErrorCount),
        ("GetState", C::GetState),
        ("GetProgress", C::GetProgress),
        ("EnumFiles", C::EnumFiles),
    ];
    let own = own.into_iter().map(|(name, call)| (name, APP, Call::Job(job, call)));
    let added = (1..=scope.more_files)
        .map(|more| ("AddFile", APP, Call::Job(job, C::AddFile(file(job.0, more + 1)))));
    let others = [
        ("GetJob", APP, Call::GetJob(job)),
        ("TakeOwnership", ADMIN, Call::Job(job, C::TakeOwnership)),
        ("Suspend by an administrator", ADMIN, Call::Job(job, C::Suspend)),
    ];
    let all = own.chain(added).chain(others);
    all.map(|(name, who, call)| Letter { name, does: Does::Call(who, call) }).collect()
}

/// Everything that lasts.
fn lasting() -> Vec<Lasting> {
    use Disturbance as D;
    let pair = |name, begins, ends| {
        let (begins, ends) = (Act::Disturb(begins), Act::Disturb(ends));
        Lasting { name, begins, ends, brought: false }
    };
    let volume = || "C:".to_owned();
    let renamed = || file(0, 1).local;
    let hour = 3_600 * TICKS_PER_SECOND as i64;
    let denied = PathOperation::Rename;
    let mut all = vec![
        pair("network", D::NetworkLost, D::NetworkRegained),
        pair("session of the owner", D::LogOff(OWNER), D::LogOn(OWNER)),
        pair("client", D::ClientExits(APP), D::ClientStarts(APP)),
        pair("administrator's client", D::ClientExits(ADMIN), D::ClientStarts(ADMIN)),
        pair("block", D::BlockBegins(Block::Cost), D::BlockEnds(Block::Cost)),
        pair("bandwidth zero", D::Bandwidth(Some(0)), D::Bandwidth(None)),
        pair("volume lock", D::VolumeLocked(volume()), D::VolumeUnlocked(volume())),
        pair("denied rename", D::PathDenied(renamed(), denied), D::PathAllowed(renamed(), denied)),
        pair("wall clock", D::WallClockMoves(hour), D::WallClockMoves(-hour)),
    ];
    all[ADMIN_GONE].brought = true;
    let faults = [
        ("HTTP 503", FaultKind::Http(503)),
        ("HTTP 404", FaultKind::Http(404)),
        ("timeout", FaultKind::Timeout(STEP)),
        ("refused connection", FaultKind::Refused),
        ("broken connection", FaultKind::DropsAfter(SIZE / 2)),
    ];
    all.extend(faults.map(|(name, kind)| Lasting {
        name,
        begins: Act::Misbehave(Misbehaviour::plain(SERVER, kind)),
        ends: Act::Heal(SERVER),
        brought: false,
    }));
    all
}

/// What is over at once.
fn strikes(scope: &Scope) -> Vec<Letter> {
    use Disturbance as D;
    let url = URL.to_owned();
    // Nobody looks whether a client runs that never calls.
    let admin = !scope.without.iter().any(|name| name == "administrator's client");
    let admin_gone = u32::from(admin) << ADMIN_GONE;
    let left_by_restart = 1 << NETWORK | 1 << LOGGED_OFF | 1 << APP_GONE | admin_gone;
    let mut all = vec![
        ("changed volume", D::VolumeChanged("C:".to_owned()), 0),
        ("changed remote file", D::RemoteFileChanges { url, size: SIZE, stamped: true }, 0),
        ("service restart", D::ServiceRestarts { list_readable: true }, 0),
        ("service restart, list lost", D::ServiceRestarts { list_readable: false }, 0),
        ("computer restart", D::ComputerRestarts, left_by_restart),
    ];
    if scope.job_type.uploads() {
        let path = file(0, 1).local;
        all.push(("changed local file", D::LocalFileChanges { path, size: SIZE }, 0));
    }
    let all = all.into_iter();
    all.map(|(name, what, left)| Letter { name, does: Does::Strike(what, left) }).collect()
}
