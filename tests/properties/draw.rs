//! Draws stories. Everything is drawn as small numbers and made into a story afterwards, so that
//! shrinking one number leaves the rest of the story as it was.

use bitsim::explore::story::{Act, Answer, Job, Misbehaviour, Step, Story};
use bitsim::vocab::call::{Call, JobCall, NewFile, Proxy};
use bitsim::vocab::time::TICKS_PER_SECOND;
use bitsim::vocab::world::{
    Block, Client, Delivery, Disturbance, FaultKind, LocalFile, Part, PathOperation, Policies,
    RemoteFile, Server, Setup, User, UserKind,
};
use bitsim::vocab::{
    ClientId, FileId, Hresult, JobId, JobType, ServerId, Span, Stands, Target, UserId, WallTime,
};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

/// Every host; the second one is the weaker server.
const HOSTS: [&str; 2] = ["cdn.test", "files.test"];

/// What every server offers, in bytes.
const OFFERED: [(&str, u64); 3] =
    [("small.bin", 40 << 10), ("medium.bin", 6 << 20), ("large.bin", 700 << 20)];

/// Any story of BITS.
pub(crate) fn stories() -> impl Strategy<Value = Story> {
    let target = prop_oneof![
        4 => Just(Target::BITS),
        1 => select(vec![(1, 5), (2, 0), (2, 5), (3, 0), (4, 0), (10, 1)])
            .prop_map(|(major, minor)| Target::bits(major, minor)),
    ];
    let jobs = vec((any::<u8>(), any::<u8>(), vec(any::<u8>(), 1..=3)), 1..=4);
    (setups(target), jobs, vec(step(), 1..40)).prop_map(|(mut setup, jobs, steps)| {
        let jobs: Vec<Job> = (0..).zip(jobs).map(|(n, raw)| job(&setup, n, raw)).collect();
        let uploads = jobs.iter().filter(|job| job.job_type.uploads());
        let files = uploads.flat_map(|job| &job.files);
        let local = files.map(|file| LocalFile { path: file.local.clone(), size: 5 << 20 });
        setup.local_files = local.collect();
        let fit = |step: Step| Step { act: fit(&setup, &jobs, step.act), ..step };
        let steps = resumed(steps.into_iter().map(fit).collect());
        Story { setup, jobs, steps }
    })
}

/// Stands for the client that created the job.
pub(crate) const CREATOR: ClientId = ClientId(u16::MAX);

/// Makes numbers that were drawn for the largest world fit the one at hand.
pub(crate) fn fit(setup: &Setup, jobs: &[Job], act: Act) -> Act {
    let client = |id: ClientId| ClientId(id.0 % setup.clients.len() as u16);
    let user = |id: UserId| UserId(id.0 % setup.users.len().min(2) as u16);
    let count = jobs.len() as u32;
    match act {
        Act::Call(who, call) => {
            let job = call.job().map(|job| JobId(job.0 % count));
            let who = match job {
                Some(job) if who == CREATOR => jobs[job.index()].client,
                _ => client(who),
            };
            let call = match (job, call) {
                (Some(job), Call::Job(_, call)) => Call::Job(job, with_own_name(job, call)),
                (Some(job), Call::GetJob(_)) => Call::GetJob(job),
                (Some(job), Call::Download(_, call)) => Call::Download(job, call),
                (_, call) => call,
            };
            Act::Call(who, call)
        }
        Act::Disturb(what) => Act::Disturb(match what {
            Disturbance::LogOn(id) => Disturbance::LogOn(user(id)),
            Disturbance::LogOff(id) => Disturbance::LogOff(user(id)),
            Disturbance::RunAs(id) => Disturbance::RunAs(user(id)),
            Disturbance::ClientStarts(id) => Disturbance::ClientStarts(client(id)),
            Disturbance::ClientExits(id) => Disturbance::ClientExits(client(id)),
            what => what,
        }),
        act => act,
    }
}

/// Every job has local names of its own.
fn with_own_name(job: JobId, call: JobCall) -> JobCall {
    match call {
        JobCall::AddFile(file) => {
            let local = file.local.replace("job_0", &Story::job_name(job));
            JobCall::AddFile(NewFile { local, ..file })
        }
        call => call,
    }
}

/// Nothing happens to jobs that nobody resumes, so the first call on each resumes it.
pub(crate) fn resumed(mut steps: Vec<Step>) -> Vec<Step> {
    let mut seen = Vec::new();
    for step in &mut steps {
        if let Act::Call(_, Call::Job(job, call)) = &mut step.act
            && !seen.contains(job)
            && matches!(call, JobCall::Suspend | JobCall::Complete | JobCall::GetErrorCount)
        {
            seen.push(*job);
            *call = JobCall::Resume;
        }
    }
    steps
}

/// A world around one of these targets.
pub(crate) fn setups(target: impl Strategy<Value = Target>) -> impl Strategy<Value = Setup> {
    let weak = (any::<bool>(), 0..8u8, any::<bool>(), select(vec![0, 4 << 10, 3 << 20]));
    (target, any::<u16>(), 1..=3usize, any::<bool>(), weak).prop_map(
        |(target, seed, users, ranges, (jitter, length, replies, reply_size))| {
            let servers =
                HOSTS.map(|host| server(host, (ranges, jitter, length > 0), replies, reply_size));
            let setup = world(target, users);
            Setup { seed: u64::from(seed), servers: servers.into(), ..setup }
        },
    )
}

/// A world with up to three users, a client or two for each of them, and two servers.
pub(crate) fn world(target: Target, users: usize) -> Setup {
    let kinds = [
        ("owner", UserKind::Standard),
        ("admin", UserKind::Administrator),
        ("system", UserKind::LocalSystem),
    ];
    let clients = [("app", 0), ("second_app", 0), ("admin_tool", 1), ("service", 2)];
    let client = |(name, user): &(&str, u16)| Client {
        name: (*name).into(),
        user: UserId(*user),
        running: true,
        elevated: *user == 1,
    };
    let user = |(name, kind): &(&str, UserKind)| User {
        name: (*name).into(),
        kind: *kind,
        logged_on: true,
    };
    Setup {
        target,
        stands: Stands::recommended(target),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
        users: kinds.iter().take(users).map(user).collect(),
        clients: clients.iter().take(users + 1).map(client).collect(),
        servers: HOSTS.map(|host| server(host, (true, true, true), true, 4 << 10)).into(),
        volumes: vec![],
        local_files: vec![],
        delivery: Delivery::of(target),
    }
}

fn server(host: &str, weak: (bool, bool, bool), replies: bool, reply_size: u64) -> Server {
    let first = host == HOSTS[0];
    let (ranges, jitter, content_length) = weak;
    let fastest = if jitter && !content_length { 0 } else { 20 };
    let slowest = if jitter { 90 * fastest / 20 } else { 20 };
    let file = |(name, size): (&str, u64)| RemoteFile { url: url(host, name), size };
    Server {
        name: host.into(),
        bandwidth: if first { 1 << 20 } else { 300 << 10 },
        latency_min: Span::millis(fastest),
        latency_max: Span::millis(slowest),
        ranges: first || ranges,
        content_length: first || content_length,
        max_upload: if first { u64::MAX } else { 8 << 20 },
        reply_size,
        replies: first || replies,
        files: OFFERED.map(file).into(),
    }
}

pub(crate) fn url(host: &str, name: &str) -> String {
    format!("https://{host}/{name}")
}

/// The `pick`-th URL: mostly what a server has, now and then what it has not.
pub(crate) fn some_url(pick: u8) -> String {
    let host = HOSTS[usize::from(pick / 32 % 2)];
    match OFFERED.get(usize::from(pick % 8 / 2)) {
        Some((name, _)) => url(host, name),
        None if pick % 8 == 7 => url(host, "missing.bin"),
        None => url(host, OFFERED[1].0),
    }
}

pub(crate) fn job(setup: &Setup, number: u32, (client, kind, files): (u8, u8, Vec<u8>)) -> Job {
    let client = ClientId(u16::from(client) % setup.clients.len() as u16);
    let job_type = match kind % 8 {
        0..=4 => JobType::Download,
        5..=6 => JobType::Upload,
        _ => JobType::UploadReply,
    };
    let name = Story::job_name(JobId(number));
    let files = if job_type.uploads() {
        let remote = url(HOSTS[usize::from(kind / 8 % 2)], &format!("in/{name}.bin"));
        let local = format!("C:\\uploads\\{name}.bin");
        vec![NewFile { remote, local, ranges: vec![] }]
    } else {
        // Ranges came with 2.0; a declared file must not be refused.
        let whole = if setup.target.version.at_least(2, 0) { u8::MAX } else { 127 };
        (1..).zip(files).map(|(n, pick)| new_file(&name, n, pick.min(whole))).collect()
    };
    Job::plain(client, job_type, files)
}

/// How a client answers: late, with a failure, with a call, or not at all because it exits. Nobody
/// fails for ever.
pub(crate) fn answers(raw: &[u8], calls: &[Call]) -> Vec<Answer> {
    let answer = |raw: &u8| {
        let raw = usize::from(*raw);
        let after = [0, 0, 0, 5, 5, 90][raw % 6];
        let call = calls.get(raw / 6 % 12).cloned();
        let returns = [Some(Hresult::S_OK), Some(Hresult::E_FAIL), None][raw / 72 % 3];
        let calls = call.into_iter().filter(|_| returns.is_some()).collect();
        Answer { after: Span::secs(after), calls, returns }
    };
    let last = Answer { after: Span::ZERO, calls: Vec::new(), returns: Some(Hresult::S_OK) };
    raw.iter().map(answer).chain([last]).take_while(|_| !raw.is_empty()).collect()
}

pub(crate) fn new_file(job: &str, number: u32, pick: u8) -> NewFile {
    let ranges = if pick / 64 == 3 { vec![(0, 4 << 10), (16 << 10, 8 << 10)] } else { vec![] };
    let local = format!("C:\\downloads\\{job}\\{number}.bin");
    NewFile { remote: some_url(pick), local, ranges }
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    after_a_while(prop_oneof![6 => calls(), 4 => disturbances()])
}

/// One of these acts after some time.
pub(crate) fn after_a_while(act: impl Strategy<Value = Act>) -> impl Strategy<Value = Step> {
    (spans(), act).prop_map(|(after, act)| Step { after, act })
}

/// How long until the next step: no time at all up to days.
pub(crate) fn spans() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => Just(Span::ZERO),
        3 => (1..3_000u64).prop_map(Span::millis),
        4 => (1..120u64).prop_map(Span::secs),
        3 => (2..90u64).prop_map(|minutes| Span::secs(60 * minutes)),
        1 => (2..60u64).prop_map(|hours| Span::secs(3_600 * hours)),
    ]
}

fn calls() -> impl Strategy<Value = Act> {
    let who = prop_oneof![6 => Just(CREATOR), 1 => (0..4u16).prop_map(ClientId)];
    let on_job = (0..4u32, who, job_calls())
        .prop_map(|(job, who, call)| Act::Call(who, Call::Job(JobId(job), call)));
    let list = (0..4u16, any::<bool>())
        .prop_map(|(n, all_users)| Act::Call(ClientId(n), Call::EnumJobs { all_users }));
    prop_oneof![30 => on_job, 1 => list]
}

fn job_calls() -> impl Strategy<Value = JobCall> {
    use JobCall as C;
    let text = |word: &str| Some(word.to_owned());
    let line = C::SetNotifyCmdLine { program: text("C:\\tools\\done.exe"), parameters: text("x") };
    let no_line = C::SetNotifyCmdLine { program: None, parameters: None };
    let proxy = C::SetProxySettings(Proxy { usage: 1, list: None, bypass: None });
    let setters = prop_oneof![
        1 => (0..5u32).prop_map(C::SetPriority),
        1 => select(vec![0, 5, 60, 90, 600, 1_800]).prop_map(C::SetMinimumRetryDelay),
        1 => select(vec![0, 30, 600, 3_600, 86_400]).prop_map(C::SetNoProgressTimeout),
        1 => select(vec![20, 600, 7_200, 864_000]).prop_map(C::SetMaximumDownloadTime),
        2 => (0..16u32).prop_map(C::SetNotifyFlags),
        3 => (0..4u8).prop_map(|n| C::SetNotifyInterface(n > 0)),
        1 => select(vec![line, no_line, proxy]),
        1 => Just(C::SetDescription(text("nightly"))),
        1 => Just(C::SetDisplayName(text("renamed"))),
        1 => (0..3u32, any::<u8>())
            .prop_map(|(file, pick)| C::SetRemoteName { file: FileId(file), url: some_url(pick) }),
    ];
    let getters = select(vec![
        C::GetErrorCount,
        C::GetState,
        C::GetProgress,
        C::GetTimes,
        C::GetOwner,
        C::EnumFiles,
        C::GetFileProgress(FileId(0)),
        C::GetReplyProgress,
        C::GetMinimumRetryDelay,
    ]);
    prop_oneof![
        14 => Just(C::Resume),
        5 => Just(C::Suspend),
        5 => Just(C::Complete),
        3 => Just(C::Cancel),
        2 => Just(C::TakeOwnership),
        3 => (4..40u32, any::<u8>()).prop_map(|(n, pick)| C::AddFile(new_file("job_0", n, pick))),
        8 => setters,
        4 => Just(C::GetError),
        4 => getters,
    ]
}

fn disturbances() -> impl Strategy<Value = Act> {
    use Disturbance as D;
    let blocks = select(Block::BITS.to_vec());
    let path = (1..4u32, 1..4u32, any::<bool>(), any::<bool>()).prop_map(|(job, n, ok, rename)| {
        let path = format!("C:\\downloads\\job_{job}\\{n}.bin");
        let operation = if rename { PathOperation::Rename } else { PathOperation::Delete };
        if ok { D::PathAllowed(path, operation) } else { D::PathDenied(path, operation) }
    });
    let local = (1..4u32).prop_map(|job| D::LocalFileChanges {
        path: format!("C:\\uploads\\job_{job}.bin"),
        size: 2 << 20,
    });
    let changes = (any::<u8>(), select(vec![0, 1 << 10, 6 << 20, 9 << 20]), any::<bool>())
        .prop_filter("a file that is there", |(pick, ..)| !some_url(*pick).contains("missing"))
        .prop_map(|(pick, size, stamped)| D::RemoteFileChanges {
            url: some_url(pick),
            size,
            stamped,
        });
    let minutes = (-50_000..50_000i64).prop_map(|m| D::WallClockMoves(m * 60 * TICKS));
    let others = prop_oneof![
        4 => Just(D::NetworkLost),
        5 => Just(D::NetworkRegained),
        2 => blocks.clone().prop_map(D::BlockBegins),
        3 => blocks.prop_map(D::BlockEnds),
        2 => select(vec![None, None, Some(0), Some(64 << 10)]).prop_map(D::Bandwidth),
        2 => (0..2u16).prop_map(|n| D::LogOff(UserId(n))),
        3 => (0..2u16).prop_map(|n| D::LogOn(UserId(n))),
        1 => (0..2u16).prop_map(|n| D::RunAs(UserId(n))),
        2 => (0..4u16).prop_map(|n| D::ClientExits(ClientId(n))),
        3 => (0..4u16).prop_map(|n| D::ClientStarts(ClientId(n))),
        1 => Just(D::VolumeLocked("C:".into())),
        2 => Just(D::VolumeUnlocked("C:".into())),
        1 => Just(D::VolumeChanged("C:".into())),
        1 => select(vec![1 << 20, 1 << 40]).prop_map(|free| D::VolumeSpace("C:".into(), free)),
        3 => path,
        3 => changes,
        1 => local,
        2 => minutes,
        2 => (0..8u8).prop_map(|n| D::ServiceRestarts { list_readable: n > 0 }),
        1 => Just(D::ComputerRestarts),
    ];
    let heal = (0..2u16).prop_map(|n| Act::Heal(ServerId(n)));
    prop_oneof![
        3 => others.prop_map(Act::Disturb),
        2 => misbehaviours().prop_map(Act::Misbehave),
        1 => heal,
    ]
}

pub(crate) const TICKS: i64 = TICKS_PER_SECOND as i64;

pub(crate) fn misbehaviours() -> impl Strategy<Value = Misbehaviour> {
    let codes = vec![
        Hresult::BG_E_INVALID_SERVER_RESPONSE,
        Hresult::ERROR_WINHTTP_TIMEOUT,
        Hresult::E_ACCESSDENIED,
    ];
    let kinds = prop_oneof![
        4 => select(vec![404, 403, 408, 500, 501, 503, 504]).prop_map(FaultKind::Http),
        2 => Just(FaultKind::Refused),
        2 => (1..40u64).prop_map(|secs| FaultKind::Timeout(Span::secs(secs))),
        1 => Just(FaultKind::NameNotResolved),
        3 => select(vec![0, 10 << 10, 1 << 20]).prop_map(FaultKind::DropsAfter),
        1 => select(codes).prop_map(FaultKind::Code),
    ];
    let part = select(vec![
        Part::Any,
        Part::Any,
        Part::Payload,
        Part::Application,
        Part::Reply,
        Part::Cancel,
    ]);
    let times = prop_oneof![3 => (1..5u32).prop_map(Some), 2 => Just(None)];
    let on = prop_oneof![3 => (0..2u16).prop_map(Ok), 1 => (0..64u8).prop_map(Err)];
    (on, part, kinds, times).prop_map(|(on, part, kind, times)| {
        let (server, url) = match on {
            Ok(server) => (server, None),
            Err(pick) => (u16::from(pick / 32 % 2), Some(some_url(pick))),
        };
        Misbehaviour { server: ServerId(server), url, part, kind, times }
    })
}
