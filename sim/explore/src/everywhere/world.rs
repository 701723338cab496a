//! The world that is explored: small, and with times that are multiples of one [`STEP`], so that only
//! so many of them are apart from each other.

use super::scope::Scope;
use crate::story::{Act, Answer, Job, Step, Story};
use bitsim_vocab::call::{Call, JobCall, NewFile};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::world::{
    Client, Delivery, LocalFile, Policies, RemoteFile, Server, Setup, User, UserKind,
};
use bitsim_vocab::{ClientId, Hresult, JobId, JobType, ServerId, Span, Stands, UserId, WallTime};

/// The time between two instants at which something can be done.
pub const STEP: Span = Span::secs(300);

/// The client that creates the jobs.
pub(super) const APP: ClientId = ClientId(0);
/// An elevated administrator.
pub(super) const ADMIN: ClientId = ClientId(1);
pub(super) const OWNER: UserId = UserId(0);
pub(super) const ADMIN_USER: UserId = UserId(1);
pub(super) const SERVER: ServerId = ServerId(0);
pub(super) const URL: &str = "http://cdn.test/file.bin";
/// The same file once more.
pub(super) const OTHER_URL: &str = "http://cdn.test/other.bin";
/// Bytes. It takes two steps to fetch them.
pub(super) const SIZE: u64 = 600;
/// Seconds. One step.
pub(super) const RETRY_DELAY: u32 = 300;
/// Seconds. Three steps: a retry that fails ends just then.
pub(super) const NO_PROGRESS: u32 = 900;

/// The maximum download time of the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// That of the policy.
    Far,
    /// So near that a shorter one makes a difference that keys tell.
    Near,
}

impl Limit {
    pub(super) const fn secs(self) -> u32 {
        match self {
            Self::Far => 90 * 86_400,
            Self::Near => 5 * RETRY_DELAY,
        }
    }
}

/// JobInactivityTimeout: the default, or one that keys tell the whole of.
pub(super) const fn life(short: bool) -> Span {
    if short { Span(6 * STEP.0) } else { Span::days(90) }
}

/// The world at the start, and the jobs in it.
pub(super) fn start(scope: &Scope, limit: Limit, admin: bool, short_lived: bool) -> Story {
    let jobs: Vec<Job> = (0..scope.jobs)
        .map(|job| {
            let answer =
                Answer { after: Span::ZERO, calls: Vec::new(), returns: Some(Hresult::S_OK) };
            let (answers, setters) = (vec![answer], scope.setters.clone());
            Job { answers, setters, ..Job::plain(APP, scope.job_type, vec![file(job, 1)]) }
        })
        .collect();
    let set = |job| {
        [
            JobCall::SetMinimumRetryDelay(RETRY_DELAY),
            JobCall::SetNoProgressTimeout(NO_PROGRESS),
            JobCall::SetMaximumDownloadTime(limit.secs()),
        ]
        .map(|call| Step { after: Span::ZERO, act: Act::Call(APP, Call::Job(JobId(job), call)) })
    };
    let steps = (0..scope.jobs).flat_map(set).collect();
    Story { setup: setup(scope, admin, short_lived), steps, jobs }
}

/// Every job has local names of its own.
pub(super) fn file(job: u32, number: u32) -> NewFile {
    let local = format!("C:\\job_{}\\file_{number}.bin", job + 1);
    NewFile { remote: URL.to_owned(), local, ranges: Vec::new() }
}

/// Where the reply to an upload goes.
pub(super) fn reply(job: u32) -> String {
    format!("C:\\job_{}\\reply.bin", job + 1)
}

/// A download needs two slices. An upload whose slice ends before the server application has
/// answered asks it again in the next one, for which there has to be room beside the connection.
const fn slice(job_type: JobType) -> Span {
    match job_type {
        JobType::Download => Span(3 * STEP.0),
        JobType::Upload | JobType::UploadReply => Span(5 * STEP.0),
    }
}

/// An administrator is there only if one has something to do: a job that nobody can take from its
/// owner has fewer states.
fn setup(scope: &Scope, admin: bool, short_lived: bool) -> Setup {
    let user = |name: &str, kind| User { name: name.to_owned(), kind, logged_on: true };
    let client = |name: &str, user, elevated| {
        let name = name.to_owned();
        Client { name, user, running: true, elevated }
    };
    let mut users = vec![user("alice", UserKind::Standard), user("ada", UserKind::Administrator)];
    let mut clients = vec![client("app", OWNER, false), client("admin", ADMIN_USER, true)];
    if !admin {
        users.truncate(1);
        clients.truncate(1);
    }
    let offered = [URL, OTHER_URL].map(|url| RemoteFile { url: url.to_owned(), size: SIZE });
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
        files: offered.to_vec(),
    };
    let local = |job| LocalFile { path: file(job, 1).local, size: SIZE };
    Setup {
        target: scope.target,
        stands: Stands::recommended(scope.target),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: slice(scope.job_type),
        policies: Policies { job_inactivity_timeout: life(short_lived), ..Policies::default() },
        users,
        clients,
        servers: vec![server],
        volumes: Vec::new(),
        local_files: (0..scope.jobs).filter(|_| scope.job_type.uploads()).map(local).collect(),
        delivery: Delivery::of(scope.target),
    }
}
