//! Draws the world that a story begins in.

use super::numbers::Numbers;
use bitsim_vocab::world::{
    Client, Delivery, LocalFile, Policies, RemoteFile, Server, Setup, User, UserKind,
};
use bitsim_vocab::{Profile, ServerId, Service, Span, Stands, Target, UserId, WallTime};

/// Every host; the second one is the weaker server.
pub(super) const HOSTS: [&str; 2] = ["cdn.test", "files.test"];

/// What every server offers, in bytes: a moment, some seconds, more than a time slice.
pub(super) const OFFERED: [(&str, u64); 3] =
    [("small.bin", 40 << 10), ("medium.bin", 6 << 20), ("large.bin", 700 << 20)];

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// What a story is like as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Retries are rare, so that weeks may pass.
    pub(super) patient: bool,
    /// Everything takes exactly as long, so that things meet at the same instant.
    pub(super) even: bool,
    /// Many small jobs of one client that is slow to answer.
    pub(super) crowd: bool,
}

pub(super) fn setup(target: Target, style: Style, d: &mut Numbers) -> Setup {
    let (users, clients) = people(d);
    let seed = d.below(1 << 16);
    let mut setup = Setup {
        target,
        stands: Stands::recommended(target),
        seed,
        wall_start: WallTime::DEFAULT_START,
        network: !d.one_in(40),
        time_slice: Span::secs(d.of(&[300, 300, 300, 30, 7_200])),
        policies: policies(target, d),
        users,
        clients,
        servers: servers(style, d),
        volumes: Vec::new(),
        local_files: Vec::new(),
        delivery: delivery(target, style, d),
    };
    if target.service == Service::Bits && d.one_in(12) {
        take_another_stand(&mut setup.stands, d);
    }
    setup
}

/// Another reading of one open question.
fn take_another_stand(stands: &mut Stands, d: &mut Numbers) {
    let (question, _, readings) = d.of(Stands::QUESTIONS);
    let reading = d.of(readings);
    // Both are known: they come from the list of questions.
    let _ = stands.take(question, reading);
}

fn people(d: &mut Numbers) -> (Vec<User>, Vec<Client>) {
    use UserKind as K;
    let casts: [&[(&str, K)]; 5] = [
        &[("owner", K::Standard)],
        &[("owner", K::Standard), ("admin", K::Administrator)],
        &[("owner", K::Standard), ("guest", K::Standard)],
        &[("owner", K::Standard), ("admin", K::Administrator), ("system", K::LocalSystem)],
        &[("owner", K::Administrator), ("network", K::NetworkService)],
    ];
    let cast = d.of(&casts);
    let plain = cast.iter().map(|(_, kind)| kind.is_service_account());
    let users = cast.iter().zip(plain).map(|((name, kind), service)| User {
        name: (*name).to_owned(),
        kind: *kind,
        logged_on: service || !d.one_in(16),
    });
    let users: Vec<User> = users.collect();
    let client = |name: &str, user: usize| Client {
        name: name.to_owned(),
        user: UserId(user as u16),
        running: true,
        elevated: matches!(users[user].kind, UserKind::Administrator),
    };
    let mut clients = vec![client("app", 0), client("second_app", 0)];
    for (number, user) in users.iter().enumerate().skip(1) {
        clients.push(client(&format!("{}_tool", user.name), number));
    }
    // The rights of an administrator who does not use them.
    for client in &mut clients {
        client.elevated &= !d.one_in(6);
    }
    (users, clients)
}

fn policies(target: Target, d: &mut Numbers) -> Policies {
    let mut policies = Policies::default();
    if target.service != Service::Bits || !d.one_in(6) {
        return policies;
    }
    match d.below(6) {
        0 => policies.max_jobs_per_user = d.of(&[1, 2]),
        1 => policies.max_jobs_per_machine = d.of(&[1, 2, 3]),
        2 => policies.max_files_per_job = 2,
        3 => policies.job_inactivity_timeout = d.of(&[Span::secs(3_600), Span::days(1)]),
        4 => policies.max_download_time = d.of(&[Span::secs(20), Span::secs(600)]),
        _ => policies.bandwidth = d.of(&[Some(0), Some(64 * KIB)]),
    }
    policies
}

fn delivery(target: Target, style: Style, d: &mut Numbers) -> Delivery {
    let mut delivery = Delivery::of(target);
    if target.service == Service::Bits {
        return delivery;
    }
    if style.patient {
        delivery.retry_delays = d.of(&[
            vec![Span::secs(1_800)],
            vec![Span::secs(4), Span::secs(3_600)],
            vec![Span::secs(6 * 3_600)],
        ]);
    }
    delivery.age_limit = Span::days(d.of(&[30, 30, 30, 2]));
    match target.service {
        Service::DoLegacy => delivery.slots = d.of(&[16, 16, 2, 1]),
        _ => {
            if target.profile == Profile::Windows && d.one_in(8) {
                delivery.visible_after = Span::secs(3);
            }
            delivery.cache_host = d.one_in(8).then_some(ServerId(1));
        }
    }
    delivery
}

fn servers(style: Style, d: &mut Numbers) -> Vec<Server> {
    let slow = if style.even { 20 } else { d.of(&[20, 20, 90]) };
    let quick = if style.even { 20 } else { d.of(&[20, 20, 0]) };
    let weak_ranges = d.one_in(2);
    let weak_length = !d.one_in(4);
    let replies = !d.one_in(4);
    let reply_size = d.of(&[0, 4 * KIB, 3 * MIB]);
    let first_file = d.weighted(&[8, 4, 1]);
    let server = |(number, host): (usize, &&str)| {
        let first = number == 0;
        Server {
            name: (*host).to_owned(),
            bandwidth: if first { MIB } else { 300 * KIB },
            latency_min: Span::millis(quick),
            latency_max: Span::millis(slow),
            ranges: first || weak_ranges,
            content_length: first || weak_length,
            max_upload: if first { u64::MAX } else { 8 * MIB },
            reply_size,
            replies: first || replies,
            files: offered(host, first_file),
        }
    };
    HOSTS.iter().enumerate().map(server).collect()
}

/// The file that is named first is asked for most often.
fn offered(host: &str, first: usize) -> Vec<RemoteFile> {
    let mut files = OFFERED;
    files[..=first].rotate_right(1);
    files.map(|(name, size)| RemoteFile { url: url_of(host, name), size }).into()
}

pub(super) fn url_of(host: &str, name: &str) -> String {
    format!("https://{host}/{name}")
}

/// A URL of a server: mostly what it has, now and then what it has not. What it names first comes
/// most often.
pub(super) fn some_url(setup: &Setup, d: &mut Numbers) -> String {
    let (server, url) = known_url(setup, d);
    match url {
        Some(url) if !d.one_in(14) => url,
        _ => match setup.servers.get(server.index()) {
            Some(server) => url_of(&server.name, "missing.bin"),
            None => url_of("nowhere.test", "missing.bin"),
        },
    }
}

/// A server and a URL that it has, if it has any.
pub(super) fn known_url(setup: &Setup, d: &mut Numbers) -> (ServerId, Option<String>) {
    let server = some_server(setup, d);
    let files = setup.servers.get(server.index()).map(|server| server.files.as_slice());
    let files = files.unwrap_or_default();
    // A download tells of its progress each second, so that a large one takes long to play.
    let large = if setup.target.service == Service::DoDownload { 1 } else { 3 };
    let place = d.weighted(&[8, 7, large]);
    (server, files.get(place).or(files.first()).map(|file| file.url.clone()))
}

/// Mostly the first server.
pub(super) fn some_server(setup: &Setup, d: &mut Numbers) -> ServerId {
    let others = setup.servers.len() > 1 && d.one_in(4);
    ServerId(if others { d.within(1, setup.servers.len() as u64 - 1) as u16 } else { 0 })
}

/// Local files that the uploads of the story send.
pub(super) fn uploaded(paths: impl Iterator<Item = String>) -> Vec<LocalFile> {
    paths.map(|path| LocalFile { path, size: 5 * MIB }).collect()
}
