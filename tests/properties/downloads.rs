//! Draws stories of Delivery Optimization's own interface.

use crate::draw::{self, CREATOR, TICKS};
use bitsim::explore::story::{Act, Job, Misbehaviour, Step, Story};
use bitsim::vocab::call::{BG_SIZE_UNKNOWN, Call};
use bitsim::vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim::vocab::world::{
    Block, Disturbance, FaultKind, LocalFile, NetworkCondition, Part, PathOperation, Setup,
};
use bitsim::vocab::{ClientId, JobId, JobType, Profile, ServerId, Span, Target, UserId};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

/// Any story of `do-download` in one of its profiles.
pub(crate) fn stories(target: Target) -> impl Strategy<Value = Story> {
    let job = (any::<u8>(), any::<[u8; 6]>(), vec(any::<u8>(), 0..=3));
    (setups(target), vec(job, 1..=4), vec(step(), 1..40)).prop_map(|(setup, jobs, steps)| {
        let jobs: Vec<Job> =
            (0..).map(JobId).zip(jobs).map(|(id, raw)| download(&setup, id, raw)).collect();
        let fit = |step: Step| Step { act: draw::fit(&setup, &jobs, step.act), ..step };
        let steps = started(steps.into_iter().map(fit).collect());
        Story { setup, jobs, steps }
    })
}

fn setups(target: Target) -> impl Strategy<Value = Setup> {
    let figures = (0..8u8, 0..8u8, 0..8u8, select(vec![30, 30, 30, 2]));
    (draw::setups(Just(target)), figures).prop_map(move |(mut setup, (late, cache, file, days))| {
        setup.delivery.age_limit = Span::days(days);
        if late == 7 && target.profile == Profile::Windows {
            setup.delivery.visible_after = Span::secs(3);
        }
        if cache == 7 {
            setup.delivery.cache_host = Some(ServerId(1));
        }
        if file == 7 {
            setup.local_files = vec![LocalFile { path: path_of("job_2"), size: 5 << 20 }];
        }
        setup
    })
}

fn path_of(name: &str) -> String {
    format!("C:\\downloads\\{name}\\1.bin")
}

/// A path of its own, or one that others may have as well.
fn some_path(id: JobId, pick: u8) -> String {
    path_of(&if pick % 5 == 4 { "shared".to_owned() } else { Story::job_name(id) })
}

/// A download as it is declared. Settings are in the order in which a scenario makes them.
fn download(setup: &Setup, id: JobId, (client, raw, answers): (u8, [u8; 6], Vec<u8>)) -> Job {
    use DownloadProperty as P;
    let client = ClientId(u16::from(client) % setup.clients.len() as u16);
    let [url, path, flags, figures, cost, rest] = raw;
    let text = |text: &str| Value::Text(text.to_owned());
    let mut settings = Vec::new();
    let mut set = |wanted: bool, property: P, value: Value| {
        if wanted {
            settings.push((property, value));
        }
    };
    let streams = path >= 240;
    set(url < 250, P::Uri, Value::Text(draw::some_url(url)));
    set(!streams, P::LocalPath, Value::Text(some_path(id, path)));
    set(flags & 3 == 3, P::ForegroundPriority, Value::Flag(flags & 4 == 0));
    let timeout = [60, 90, 600, 3_600, 86_400][usize::from(figures % 5)];
    set(figures >= 128, P::NoProgressTimeoutSeconds, Value::Number(timeout));
    set(cost < 96, P::CostPolicy, Value::Number(u64::from(cost % 6)));
    set(cost >= 224, P::DisallowOnCellular, Value::Flag(cost & 1 == 0));
    set(flags & 24 == 24, P::NonVolatile, Value::Flag(flags & 32 == 0));
    set(rest & 7 == 7, P::CallbackFreqSeconds, Value::Number(u64::from(rest / 8)));
    set(rest & 7 == 6, P::CallbackFreqPercent, Value::Number(u64::from(rest / 8)));
    // The agent has no check of hashes that could be mandatory.
    let checks = rest & 3 == 1;
    set(checks, P::IntegrityCheckMandatory, Value::Flag(true));
    set(streams, P::StreamInterface, Value::Object);
    set(checks, P::IntegrityCheckInfo, text("hashes"));
    let calls = [DownloadCall::GetStatus, DownloadCall::Pause, DownloadCall::Abort];
    let answers = draw::answers(&answers, &calls.map(|call| Call::Download(id, call)));
    Job { settings, answers, ..Job::plain(client, JobType::Download, Vec::new()) }
}

/// Nothing happens to downloads that nobody starts, so the first call on each starts it.
fn started(mut steps: Vec<Step>) -> Vec<Step> {
    let mut seen = Vec::new();
    for step in &mut steps {
        if let Act::Call(_, Call::Download(job, call)) = &mut step.act
            && !seen.contains(job)
            && matches!(
                call,
                DownloadCall::Pause | DownloadCall::Finalize | DownloadCall::GetStatus
            )
        {
            seen.push(*job);
            *call = DownloadCall::Start(Some(Vec::new()));
        }
    }
    steps
}

fn step() -> impl Strategy<Value = Step> {
    let heal = (0..2u16).prop_map(|n| Act::Heal(ServerId(n)));
    let corrupts = draw::misbehaviours().prop_map(|what| {
        Act::Misbehave(Misbehaviour { kind: FaultKind::Corrupts, part: Part::Any, ..what })
    });
    let acts = prop_oneof![
        12 => calls(),
        4 => disturbances().prop_map(Act::Disturb),
        3 => draw::misbehaviours().prop_map(Act::Misbehave),
        2 => corrupts,
        1 => heal,
    ];
    draw::after_a_while(acts)
}

fn calls() -> impl Strategy<Value = Act> {
    let who = prop_oneof![6 => Just(CREATOR), 1 => (0..4u16).prop_map(ClientId)];
    let on_download = (0..4u32, who, download_calls())
        .prop_map(|(job, who, call)| Act::Call(who, Call::Download(JobId(job), call)));
    let list = (0..4u16).prop_map(|n| Act::Call(ClientId(n), Call::EnumDownloads(None)));
    prop_oneof![30 => on_download, 1 => list]
}

fn download_calls() -> impl Strategy<Value = DownloadCall> {
    use DownloadCall as C;
    let ranges = select(vec![
        vec![(0, 64 << 10)],
        vec![(0, 4 << 10), (16 << 10, 8 << 10)],
        vec![(1 << 20, BG_SIZE_UNKNOWN)],
        vec![(1 << 20, 3 << 20), (0, 1 << 10)],
        vec![(0, 8 << 10), (4 << 10, 8 << 10)],
        vec![(0, 0)],
        vec![(1 << 40, 10)],
    ]);
    prop_oneof![
        10 => Just(C::Start(None)),
        6 => Just(C::Start(Some(vec![]))),
        4 => ranges.prop_map(|ranges| C::Start(Some(ranges))),
        6 => Just(C::Pause),
        5 => Just(C::Finalize),
        2 => Just(C::Abort),
        6 => Just(C::GetStatus),
        8 => settings().prop_map(|(property, value)| C::SetProperty(property, value)),
        2 => select(vec![0, 1, 2, 4, 10, 15, 25, 99]).prop_map(C::GetProperty),
    ]
}

/// What is set later, good or bad.
fn settings() -> impl Strategy<Value = (u32, Value)> {
    use DownloadProperty as P;
    let text = |text: &str| Value::Text(text.to_owned());
    let number = |all: &[u64]| select(all.to_vec()).prop_map(Value::Number);
    let flag = || any::<bool>().prop_map(Value::Flag);
    let object = || (0..4u8).prop_map(|n| if n > 0 { Value::Object } else { Value::Empty });
    let of = |property: P| move |value: Value| (u32::from(property.value()), value);
    prop_oneof![
        4 => any::<u8>().prop_map(|pick| Value::Text(draw::some_url(pick))).prop_map(of(P::Uri)),
        1 => Just(text("nonsense")).prop_map(of(P::Uri)),
        2 => (0..5u8)
            .prop_map(|n| Value::Text(some_path(JobId(u32::from(n % 4)), n)))
            .prop_map(of(P::LocalPath)),
        2 => number(&[5, 30, 60, 600, 86_400]).prop_map(of(P::NoProgressTimeoutSeconds)),
        2 => number(&[0, 1, 2, 3, 4, 5, 6]).prop_map(of(P::CostPolicy)),
        2 => flag().prop_map(of(P::ForegroundPriority)),
        2 => flag().prop_map(of(P::NonVolatile)),
        1 => flag().prop_map(of(P::DisallowOnCellular)),
        3 => object().prop_map(of(P::CallbackInterface)),
        1 => number(&[0, 1, 30]).prop_map(of(P::CallbackFreqSeconds)),
        1 => number(&[0, 10, 100]).prop_map(of(P::CallbackFreqPercent)),
        1 => Just(text("nightly")).prop_map(of(P::DisplayName)),
        1 => Just(text("x")).prop_map(of(P::Id)),
        1 => Just(Value::Object).prop_map(of(P::StreamInterface)),
        1 => Just((99, Value::Number(1))),
    ]
}

fn disturbances() -> impl Strategy<Value = Disturbance> {
    use Disturbance as D;
    use NetworkCondition as N;
    let blocks = select(Block::DELIVERY.to_vec());
    let conditions = select(vec![
        vec![],
        vec![],
        vec![N::Metered],
        vec![N::Metered, N::NearDataLimit],
        vec![N::Metered, N::OverDataLimit],
        vec![N::Roaming],
        vec![N::Cellular],
    ]);
    let path = (1..4u32, any::<bool>(), 0..4u8).prop_map(|(job, ok, operation)| {
        let folder = format!("C:\\downloads\\job_{job}");
        let file = format!("{folder}\\1.bin");
        let (path, operation) = match operation {
            0 => (file, PathOperation::Rename),
            1 => (file, PathOperation::Delete),
            2 => (folder, PathOperation::Write),
            _ => (folder, PathOperation::Exist),
        };
        if ok { D::PathAllowed(path, operation) } else { D::PathDenied(path, operation) }
    });
    let deleted = (0..4u32).prop_map(|n| D::LocalFileDeleted(some_path(JobId(n), n as u8 + 1)));
    let changes = (any::<u8>(), select(vec![0, 1 << 10, 6 << 20, 9 << 20]), any::<bool>())
        .prop_filter("a file that is there", |(pick, ..)| {
            !draw::some_url(*pick).contains("missing")
        })
        .prop_map(|(pick, size, stamped)| D::RemoteFileChanges {
            url: draw::some_url(pick),
            size,
            stamped,
        });
    let minutes = (-50_000..50_000i64).prop_map(|m| D::WallClockMoves(m * 60 * TICKS));
    prop_oneof![
        5 => Just(D::NetworkLost),
        6 => Just(D::NetworkRegained),
        3 => blocks.clone().prop_map(D::BlockBegins),
        4 => blocks.prop_map(D::BlockEnds),
        4 => conditions.prop_map(D::NetworkConditions),
        2 => select(vec![None, None, Some(0), Some(64 << 10)]).prop_map(D::Bandwidth),
        1 => (0..2u16).prop_map(|n| D::LogOff(UserId(n))),
        1 => (0..2u16).prop_map(|n| D::LogOn(UserId(n))),
        2 => (0..4u16).prop_map(|n| D::ClientExits(ClientId(n))),
        3 => (0..4u16).prop_map(|n| D::ClientStarts(ClientId(n))),
        1 => Just(D::VolumeLocked("C:".into())),
        2 => Just(D::VolumeUnlocked("C:".into())),
        1 => Just(D::VolumeChanged("C:".into())),
        1 => select(vec![1 << 20, 1 << 40]).prop_map(|free| D::VolumeSpace("C:".into(), free)),
        3 => path,
        1 => deleted,
        3 => changes,
        2 => minutes,
        1 => Just(D::ServiceStops),
        2 => Just(D::ServiceStarts),
        2 => (0..8u8).prop_map(|n| D::ServiceRestarts { list_readable: n > 0 }),
        1 => Just(D::ComputerRestarts),
    ]
}
