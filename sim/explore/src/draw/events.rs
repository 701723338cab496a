//! Draws what befalls the world.

use super::downloads::path_of;
use super::jobs::folder;
use super::kinds::Kind;
use super::numbers::Numbers;
use super::world::{known_url, some_server};
use crate::story::{Act, Job, Misbehaviour, Story};
use bitsim_vocab::download::{DownloadProperty, Value};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::world::{
    Block, Disturbance, FaultKind, NetworkCondition, Part, PathOperation, Setup,
};
use bitsim_vocab::{ClientId, Hresult, JobId, Service, Span, UserId};

const C: &str = "C:";

/// Something of this kind that begins, and what ends it.
pub(super) fn trouble(
    setup: &Setup,
    jobs: &[Job],
    kind: Kind,
    about: JobId,
    d: &mut Numbers,
) -> (Vec<Act>, Vec<Act>) {
    use Disturbance as D;
    let and = |begins: D, ends: D| (vec![Act::Disturb(begins)], vec![Act::Disturb(ends)]);
    match kind {
        Kind::Answer | Kind::Wire | Kind::Odd => {
            let what = misbehaviour(setup, kind, d);
            let server = what.server;
            (vec![Act::Misbehave(what)], vec![Act::Heal(server)])
        }
        Kind::Network => and(D::NetworkLost, D::NetworkRegained),
        Kind::Block => {
            let block = block(setup, d);
            and(D::BlockBegins(block), D::BlockEnds(block))
        }
        Kind::Bandwidth => {
            let limit = d.of(&[Some(0), Some(0), Some(0), Some(64 << 10)]);
            and(D::Bandwidth(limit), D::Bandwidth(None))
        }
        Kind::Cost => and(D::NetworkConditions(conditions(d)), D::NetworkConditions(Vec::new())),
        Kind::Session => {
            let owner = setup.clients[jobs[about.index()].client.index()].user;
            and(D::LogOff(owner), D::LogOn(owner))
        }
        Kind::Process => {
            let client = jobs[about.index()].client;
            and(D::ClientExits(client), D::ClientStarts(client))
        }
        Kind::Volume => match d.below(4) {
            0 => and(D::VolumeSpace(C.into(), 1 << 20), D::VolumeSpace(C.into(), 1 << 40)),
            _ => and(D::VolumeLocked(C.into()), D::VolumeUnlocked(C.into())),
        },
        Kind::Path => {
            let (path, operation) = path(setup, jobs, about, d);
            and(D::PathDenied(path.clone(), operation), D::PathAllowed(path, operation))
        }
        Kind::Gate => and(D::ServiceStops, D::ServiceStarts),
        Kind::Restart => restart(setup, d),
        _ => (vec![befalls(setup, jobs, kind, about, d)], Vec::new()),
    }
}

/// A restart, before which somebody may have moved the clock, and what makes things go on after it.
fn restart(setup: &Setup, d: &mut Numbers) -> (Vec<Act>, Vec<Act>) {
    use Disturbance as D;
    let clock = d.one_in(3).then(|| clock(d));
    let with_clock = |what: D| clock.into_iter().chain([what]).map(Act::Disturb).collect();
    if !d.one_in(4) {
        let list_readable = !d.one_in(12);
        return (with_clock(D::ServiceRestarts { list_readable }), Vec::new());
    }
    let people = (0..).map(UserId).zip(&setup.users);
    let people = people.filter(|(_, user)| !user.kind.is_service_account());
    let clients = (0..setup.clients.len() as u16).map(|id| D::ClientStarts(ClientId(id)));
    let back = people.map(|(id, _)| D::LogOn(id)).chain(clients).chain([D::NetworkRegained]);
    let mut back: Vec<Act> = back.map(Act::Disturb).collect();
    d.shuffle(&mut back);
    (with_clock(D::ComputerRestarts), back)
}

/// Something of this kind, begin or end.
pub(super) fn befalls(
    setup: &Setup,
    jobs: &[Job],
    kind: Kind,
    about: JobId,
    d: &mut Numbers,
) -> Act {
    use Disturbance as D;
    let user = |d: &mut Numbers| UserId(d.place(setup.users.len()) as u16);
    let client = |d: &mut Numbers| ClientId(d.place(setup.clients.len()) as u16);
    let what = match kind {
        Kind::Heal => return Act::Heal(some_server(setup, d)),
        Kind::Remote => {
            let (_, Some(url)) = known_url(setup, d) else {
                return Act::Heal(some_server(setup, d));
            };
            let size = d.of(&[0, 1 << 10, 6 << 20, 9 << 20]);
            D::RemoteFileChanges { url, size, stamped: !d.one_in(3) }
        }
        Kind::Local => local(setup, jobs, about, d),
        Kind::Clock => clock(d),
        Kind::Policy => policies(setup, jobs, d),
        Kind::Session => match d.below(8) {
            0 => D::RunAs(user(d)),
            1..4 => D::LogOff(user(d)),
            _ => D::LogOn(user(d)),
        },
        Kind::Process if d.one_in(2) => D::ClientExits(client(d)),
        Kind::Process => D::ClientStarts(client(d)),
        Kind::Volume if d.one_in(4) => D::VolumeChanged(C.into()),
        kind => {
            let (mut begins, mut ends) = trouble(setup, jobs, kind, about, d);
            let over = !ends.is_empty() && d.one_in(2);
            return if over { ends.swap_remove(0) } else { begins.swap_remove(0) };
        }
    };
    Act::Disturb(what)
}

fn clock(d: &mut Numbers) -> Disturbance {
    let minutes = d.of(&[-50_000, -600, -5, 5, 600, 50_000, 200_000]);
    Disturbance::WallClockMoves(minutes * 60 * TICKS_PER_SECOND as i64)
}

fn local(setup: &Setup, jobs: &[Job], about: JobId, d: &mut Numbers) -> Disturbance {
    let uploads = jobs.iter().filter(|job| job.job_type.uploads());
    let paths: Vec<String> =
        uploads.flat_map(|job| &job.files).map(|file| file.local.clone()).collect();
    if setup.target.service != Service::Bits || paths.is_empty() {
        return Disturbance::LocalFileDeleted(path_of(&Story::job_name(about)));
    }
    Disturbance::LocalFileChanges { path: d.of(&paths), size: d.of(&[1 << 10, 2 << 20, 5 << 20]) }
}

/// Other policies. Jobs that are still to be made must not have too many files then.
fn policies(setup: &Setup, jobs: &[Job], d: &mut Numbers) -> Disturbance {
    let mut policies = setup.policies.clone();
    let later = jobs.iter().any(|job| job.later);
    match d.below(5) {
        0 => policies.max_jobs_per_user = d.of(&[1, 2, 60]),
        1 => policies.max_jobs_per_machine = d.of(&[1, 3, 300]),
        2 if !later => policies.max_files_per_job = d.of(&[1, 2, 200]),
        3 => policies.job_inactivity_timeout = d.of(&[Span::secs(3_600), Span::days(90)]),
        _ => policies.max_download_time = d.of(&[Span::secs(20), Span::days(90)]),
    }
    Disturbance::PoliciesChange(Box::new(policies))
}

fn block(setup: &Setup, d: &mut Numbers) -> Block {
    match setup.target.service {
        Service::Bits => d.of(&Block::BITS),
        Service::DoLegacy | Service::DoDownload => d.of(&Block::DELIVERY),
    }
}

fn conditions(d: &mut Numbers) -> Vec<NetworkCondition> {
    use NetworkCondition as N;
    let lists: [&[N]; 6] = [
        &[N::Metered],
        &[N::Metered, N::NearDataLimit],
        &[N::Metered, N::OverDataLimit],
        &[N::Roaming],
        &[N::Cellular],
        &[N::Metered, N::Roaming],
    ];
    d.of(&lists).to_vec()
}

/// An operation on a path of the job. The folder of a job that is still to be made stays as it is,
/// or else it could not be made as it is declared.
fn path(setup: &Setup, jobs: &[Job], about: JobId, d: &mut Numbers) -> (String, PathOperation) {
    let job = &jobs[about.index()];
    let file = match setup.target.service {
        Service::DoDownload => local_path(job).unwrap_or(path_of(&Story::job_name(about))),
        _ => match job.files.get(d.place(job.files.len().max(1))) {
            Some(file) => file.local.clone(),
            None => format!("{}\\1.bin", folder(about)),
        },
    };
    let folders = if job.later { 0 } else { 1 };
    match d.weighted(&[3, 3, folders, folders]) {
        0 => (file, PathOperation::Rename),
        1 => (file, PathOperation::Delete),
        n => {
            let folder =
                file.rsplit_once('\\').map_or(folder(about), |(folder, _)| folder.to_owned());
            (folder, if n == 2 { PathOperation::Write } else { PathOperation::Exist })
        }
    }
}

/// Where a download is declared to go.
fn local_path(job: &Job) -> Option<String> {
    job.settings.iter().find_map(|setting| match setting {
        (DownloadProperty::LocalPath, Value::Text(path)) => Some(path.clone()),
        _ => None,
    })
}

/// A server that misbehaves in one of the ways of this kind.
pub(super) fn misbehaviour(setup: &Setup, kind: Kind, d: &mut Numbers) -> Misbehaviour {
    let what = match kind {
        Kind::Answer => {
            let statuses = [404, 403, 401, 408, 416, 500, 501, 502, 503, 503, 504, 507];
            FaultKind::Http(d.of(&statuses))
        }
        Kind::Wire => match d.below(8) {
            0 | 1 => FaultKind::Refused,
            2 => FaultKind::NameNotResolved,
            3 | 4 => FaultKind::Timeout(Span::secs(d.of(&[1, 15, 30, 60]))),
            _ => FaultKind::DropsAfter(d.of(&[0, 10 << 10, 20 << 10, 1 << 20])),
        },
        _ => {
            let codes = [
                Hresult::BG_E_INVALID_SERVER_RESPONSE,
                Hresult::ERROR_WINHTTP_TIMEOUT,
                Hresult::E_ACCESSDENIED,
                Hresult::BG_E_MISSING_FILE_SIZE,
            ];
            let damaged = setup.target.service == Service::DoDownload && d.one_in(2);
            if damaged { FaultKind::Corrupts } else { FaultKind::Code(d.of(&codes)) }
        }
    };
    let (server, url) =
        if d.one_in(4) { known_url(setup, d) } else { (some_server(setup, d), None) };
    let part = if setup.target.service == Service::Bits {
        let parts =
            [Part::Any, Part::Any, Part::Payload, Part::Application, Part::Reply, Part::Cancel];
        d.of(&parts)
    } else {
        Part::Any
    };
    let (times, lasts) = match d.below(8) {
        0..3 => (Some(d.within(1, 4) as u32), None),
        3 | 4 => (None, Some(Span::secs(d.of(&[1, 30, 600, 3_600])))),
        _ => (None, None),
    };
    Misbehaviour { url, part, times, lasts, ..Misbehaviour::plain(server, what) }
}
