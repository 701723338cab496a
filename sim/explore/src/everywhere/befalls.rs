//! Everything that befalls the world.

use super::letter::{Does, Lasting, Letter};
use super::world::{ADMIN, ADMIN_USER, APP, OWNER, SERVER, SIZE, STEP, URL, file, life, reply};
use crate::story::{Act, Misbehaviour};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::world::{Block, Disturbance, FaultKind, Part, PathOperation, Policies};
use bitsim_vocab::{JobType, Span};

pub(super) const NETWORK: usize = 0;
pub(super) const LOGGED_OFF: usize = 1;
pub(super) const APP_GONE: usize = 2;
pub(super) const ADMIN_GONE: usize = 3;
pub(super) const ADMIN_OFF: usize = 4;

/// One more connection while there is one.
const ANOTHER_NETWORK: &str = "another network";

/// The letter beside which the inactivity period is short from the start.
pub(super) const SHORT_LIFE: &str = "policy of a shorter life";

fn pair(name: &'static str, begins: Disturbance, ends: Disturbance) -> Lasting {
    let (begins, ends) = (Act::Disturb(begins), Act::Disturb(ends));
    Lasting { name, begins, ends, brought: false }
}

/// Everything that lasts.
pub(super) fn lasting(job_type: JobType) -> Vec<Lasting> {
    use Disturbance as D;
    let hour = 3_600 * TICKS_PER_SECOND as i64;
    let block = |block| (D::BlockBegins(block), D::BlockEnds(block));
    let (cost, cost_ends) = block(Block::Cost);
    let (standby, standby_ends) = block(Block::Standby);
    let mut all = vec![
        pair("network", D::NetworkLost, D::NetworkRegained),
        pair("session of the owner", D::LogOff(OWNER), D::LogOn(OWNER)),
        pair("client", D::ClientExits(APP), D::ClientStarts(APP)),
        pair("administrator's client", D::ClientExits(ADMIN), D::ClientStarts(ADMIN)),
        pair("session of the administrator", D::LogOff(ADMIN_USER), D::LogOn(ADMIN_USER)),
        pair("block", cost, cost_ends),
        pair("block of another kind", standby, standby_ends),
        pair("bandwidth zero", D::Bandwidth(Some(0)), D::Bandwidth(None)),
        pair("wall clock", D::WallClockMoves(hour), D::WallClockMoves(-hour)),
        pair(SHORT_LIFE, lives(Span(3 * STEP.0)), lives(life(true))),
    ];
    all[ADMIN_GONE].brought = true;
    all.extend(on_disk(job_type));
    all.extend(faults());
    all
}

fn lives(period: Span) -> Disturbance {
    let policies = Policies { job_inactivity_timeout: period, ..Policies::default() };
    Disturbance::PoliciesChange(Box::new(policies))
}

fn on_disk(job_type: JobType) -> Vec<Lasting> {
    use Disturbance as D;
    let volume = || "C:".to_owned();
    // The one of the first job.
    let path = if job_type == JobType::UploadReply { reply(0) } else { file(0, 1).local };
    let directory = path[..path.rfind('\\').unwrap_or(0)].to_owned();
    let denied = |name, path: &str, operation| {
        let path = path.to_owned();
        pair(name, D::PathDenied(path.clone(), operation), D::PathAllowed(path, operation))
    };
    vec![
        pair("volume lock", D::VolumeLocked(volume()), D::VolumeUnlocked(volume())),
        pair("full disk", D::VolumeSpace(volume(), 0), D::VolumeSpace(volume(), 10 * SIZE)),
        denied("denied rename", &path, PathOperation::Rename),
        denied("denied delete", &path, PathOperation::Delete),
        denied("denied write", &directory, PathOperation::Write),
        denied("no directory", &directory, PathOperation::Exist),
    ]
}

/// Servers that misbehave. One does so in one way at a time.
fn faults() -> Vec<Lasting> {
    let everything = [
        ("HTTP 503", FaultKind::Http(503)),
        ("HTTP 404", FaultKind::Http(404)),
        // A connection attempt outlives its slice.
        ("timeout", FaultKind::Timeout(Span(2 * STEP.0))),
        ("refused connection", FaultKind::Refused),
        ("unknown name", FaultKind::NameNotResolved),
        ("broken connection", FaultKind::DropsAfter(SIZE / 2)),
    ]
    .map(|(name, kind)| (name, Part::Any, kind));
    let parts = [
        ("HTTP 500 of the application", Part::Application, FaultKind::Http(500)),
        ("HTTP 403 of the application", Part::Application, FaultKind::Http(403)),
        ("HTTP 503 for the reply", Part::Reply, FaultKind::Http(503)),
        ("HTTP 404 for the reply", Part::Reply, FaultKind::Http(404)),
        ("HTTP 503 for cancellations", Part::Cancel, FaultKind::Http(503)),
    ];
    let lasting = |(name, part, kind)| Lasting {
        name,
        begins: Act::Misbehave(Misbehaviour { part, ..Misbehaviour::plain(SERVER, kind) }),
        ends: Act::Heal(SERVER),
        brought: false,
    };
    everything.into_iter().chain(parts).map(lasting).collect()
}

/// What is over at once. A restart of the computer brings about what lasts of it; `admin` says
/// whether there is an administrator whom it concerns.
pub(super) fn strikes(job_type: JobType, admin: bool) -> Vec<Letter> {
    use Disturbance as D;
    let remote = |size| {
        let url = URL.to_owned();
        D::RemoteFileChanges { url, size, stamped: true }
    };
    let of_admin = if admin { 1 << ADMIN_GONE | 1 << ADMIN_OFF } else { 0 };
    let left_by_restart = 1 << NETWORK | 1 << LOGGED_OFF | 1 << APP_GONE | of_admin;
    let mut all = vec![
        ("changed volume", D::VolumeChanged("C:".to_owned()), 0),
        ("changed remote file", remote(SIZE), 0),
        ("shorter remote file", remote(SIZE / 2), 0),
        (ANOTHER_NETWORK, D::NetworkRegained, 0),
        ("service restart", D::ServiceRestarts { list_readable: true }, 0),
        ("service restart, list lost", D::ServiceRestarts { list_readable: false }, 0),
        ("computer restart", D::ComputerRestarts, left_by_restart),
    ];
    if job_type.uploads() {
        let path = || file(0, 1).local;
        all.push(("changed local file", D::LocalFileChanges { path: path(), size: SIZE }, 0));
        all.push(("deleted local file", D::LocalFileDeleted(path()), 0));
    }
    let all = all.into_iter();
    all.map(|(name, what, left)| Letter { name, does: Does::Strike(what, left) }).collect()
}
