//! Keys: what tells worlds apart that go on differently.
//!
//! A key is made for exploring: two worlds with equal keys go on in the same way under the same
//! stimuli and choices, except for what no service decides by. So a key holds no clock, no number
//! that only counts (events, deliveries, attempts, error objects), no GUID, no date of creation or
//! change, and no text that is only read back (display name, description). Time is told from now on: what is
//! due in how long, not when. Where that would still tell apart what nobody needs to be told apart,
//! there is a bound: [`FAR`] for time to come, [`MANY`] for counts.

use crate::disk::Disk;
use crate::env::Env;
use crate::servers::{Active, Offered, Received, Servers};
use bitsim_vocab::trace::{ErrorInfo, Note, Recipient};
use bitsim_vocab::world::{Fault, FaultKind, PathOperation, Policies};
use bitsim_vocab::{SimTime, Span, WallTime};

/// Times to come that are farther away than this are not told apart: whoever lets less time pass
/// than this cannot see the difference.
pub const FAR: Span = Span::days(7);

/// Counts (errors, deliveries of one notification) are told apart below this only: nothing is
/// decided by them, so that none and some are enough.
pub const MANY: u32 = 1;

/// How a key tells jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// In order of creation.
    InOrder,
    /// As a collection: worlds that differ in which job is which have one key. Jobs that are due
    /// at one instant go on in order of creation, and that is all that is lost.
    Alike,
}

/// What a key has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// How it tells jobs.
    pub jobs: Jobs,
    /// The longest period that a client or a policy still sets in place of a shorter one: what is
    /// over by the period in force is told apart as long as it would not be over by this one. Zero
    /// if no period becomes longer. Periods beyond [`FAR`] must not become shorter.
    pub longest: Span,
}

/// A key that is being written.
pub(crate) struct Key<'a> {
    pub(crate) bytes: &'a mut Vec<u8>,
    now: SimTime,
    wall: WallTime,
    longest: Span,
}

impl<'a> Key<'a> {
    pub(crate) fn new(bytes: &'a mut Vec<u8>, env: &Env, longest: Span) -> Self {
        Self { bytes, now: env.now, wall: env.wall(), longest }
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn flags<const COUNT: usize>(&mut self, flags: [bool; COUNT]) {
        const { assert!(COUNT <= 8) };
        let bits = flags.iter().enumerate().map(|(bit, flag)| u8::from(*flag) << bit);
        self.byte(bits.fold(0, |all, bit| all | bit));
    }

    /// Small numbers take one byte.
    pub(crate) fn number(&mut self, number: impl Into<u64>) {
        let mut rest: u64 = number.into();
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    pub(crate) fn count(&mut self, count: u32) {
        self.byte(count.min(MANY) as u8);
    }

    pub(crate) fn maybe<T>(&mut self, value: Option<T>, tell: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            tell(self, value);
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn list<T>(&mut self, items: &[T], mut tell: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        for item in items {
            tell(self, item);
        }
    }

    /// A time to come; what is over is over.
    pub(crate) fn due(&mut self, due: SimTime) {
        self.left(i128::from(due.0) - i128::from(self.now.0));
    }

    /// The end of a period on both clocks: a restart goes by the wall clock.
    pub(crate) fn period(&mut self, ticks: i64, wall: WallTime, period: Span) {
        let period = period.max(self.longest);
        self.left(i128::from(ticks) + i128::from(period.0) - i128::from(self.now.0));
        self.left(i128::from(wall.0) + i128::from(period.0) - i128::from(self.wall.0));
    }

    /// What is left of a limit of which so much is used up.
    pub(crate) fn limit(&mut self, limit: Span, used: Span) {
        let limit = limit.max(self.longest);
        self.left(i128::from(limit.0) - i128::from(used.0));
    }

    fn left(&mut self, ticks: i128) {
        let left = ticks.clamp(0, i128::from(FAR.0));
        // Far away is the shortest, because most is.
        self.number(if left == i128::from(FAR.0) { 0 } else { left as u64 + 1 });
    }

    pub(crate) fn now(&self) -> SimTime {
        self.now
    }

    pub(crate) fn error(&mut self, info: ErrorInfo) {
        let ErrorInfo { code, context, file, protocol } = info;
        self.number(code.0);
        self.byte(context.value());
        self.maybe(file, |key, file| key.number(file.0));
        self.maybe(protocol, |key, protocol| key.byte(protocol as u8));
    }

    /// A delivery under way.
    pub(crate) fn note(&mut self, note: &Note) {
        // The number is a running one, and the job is the one that the note is told with.
        let Note { note: _, job: _, kind, to, attempt, error, status } = note;
        self.byte(*kind as u8);
        self.recipient(to);
        self.count(*attempt);
        self.maybe(*error, Self::error);
        self.maybe(*status, |key, status| {
            let debug = format!("{status:?}");
            key.text(&debug);
        });
    }

    fn recipient(&mut self, to: &Recipient) {
        match to {
            Recipient::Interface(client) => {
                self.byte(0);
                self.number(client.0);
            }
            Recipient::CommandLine { user, program, parameters } => {
                self.byte(1);
                self.number(user.0);
                self.text(program);
                self.text(parameters);
            }
        }
    }

    /// What is around a service. `owned` says of a local file that it is told with its job.
    pub(crate) fn surroundings(&mut self, env: &Env, owned: impl Fn(&str) -> bool) {
        let Env {
            // It never changes.
            setup: _,
            // Everything is told from now on.
            now: _,
            // The wall clock is told where it steers something: beside each period.
            wall_moved: _,
            network,
            blocks,
            policies,
            logged_on,
            // The service never asks; who does not run does not call.
            running: _,
            disk,
            servers,
            // Who asked, and how many events there were.
            source: _,
            seq: _,
            // Who listens decides nothing.
            heard: _,
        } = env;
        self.flags([*network]);
        self.list(blocks, |key, block| key.byte(*block as u8));
        self.policies(policies);
        self.list(logged_on, |key, on| key.byte(u8::from(*on)));
        self.disk(disk, owned);
        self.servers(servers, env.setup.servers.iter().map(|server| server.files.len()).sum());
    }

    fn policies(&mut self, policies: &Policies) {
        let Policies {
            job_inactivity_timeout,
            max_download_time,
            max_jobs_per_user,
            max_jobs_per_machine,
            max_files_per_job,
            bandwidth,
        } = policies;
        self.number(job_inactivity_timeout.as_secs());
        self.number(max_download_time.as_secs());
        self.number(*max_jobs_per_user);
        self.number(*max_jobs_per_machine);
        self.number(*max_files_per_job);
        self.maybe(*bandwidth, Self::number);
    }

    fn disk(&mut self, disk: &Disk, owned: impl Fn(&str) -> bool) {
        let Disk {
            files,
            // What a file that comes back is compared with is told by the file that sends it.
            deleted: _,
            // Nobody looks at a temporary file that no job owns any more.
            orphans: _,
            denied,
            locked,
            // Only whether it was replaced since a file was begun; that is told with the file.
            changed: _,
            free,
        } = disk;
        for (path, stored) in files.iter().filter(|(path, _)| !owned(path)) {
            // Its version matters to the upload that sends it, and is told there.
            self.text(path);
            self.number(stored.size);
        }
        self.byte(0);
        for (path, operation) in denied.iter().filter(|(path, _)| !owned(path)) {
            self.text(path);
            self.byte(*operation as u8);
        }
        self.byte(0);
        for root in locked {
            self.text(root);
        }
        self.byte(0);
        for (root, free) in free {
            self.text(root);
            self.number(*free);
        }
    }

    fn servers(&mut self, servers: &Servers, known: usize) {
        // The names never change.
        let Servers { names: _, offered, received, faults } = servers;
        self.number(offered.len() as u64);
        for (url, offered) in offered.iter() {
            // Versions are told with the files that are being fetched.
            let Offered { size, version } = offered;
            if servers.offered.len() != known {
                self.text(url);
            }
            self.flags([*version > 0]);
            self.number(*size);
        }
        self.number(received.len() as u64);
        for (url, received) in received.iter() {
            // How often the application was handed it is never asked by the service.
            let Received { complete, posted: _, forbidden } = received;
            self.text(url);
            self.flags([*complete, *forbidden]);
        }
        self.list(faults, |key, fault| key.fault(fault));
    }

    fn fault(&mut self, active: &Active) {
        let Active { fault, left } = active;
        // The number only says which one ends, and how often it met requests is told by what is left.
        let Fault { number: _, server, url, part, kind, times: _, class } = fault;
        self.number(server.0);
        self.maybe(url.as_deref(), Self::text);
        self.byte(*part as u8);
        let (which, figure) = match kind {
            FaultKind::Http(status) => (0, u64::from(*status)),
            FaultKind::Refused => (1, 0),
            FaultKind::Timeout(after) => (2, after.0),
            FaultKind::NameNotResolved => (3, 0),
            FaultKind::DropsAfter(bytes) => (4, *bytes),
            FaultKind::Code(code) => (5, u64::from(code.0)),
            FaultKind::Corrupts => (6, 0),
        };
        self.byte(which);
        self.number(figure);
        self.maybe(*class, |key, class| key.byte(class as u8));
        self.maybe(*left, Self::number);
    }

    /// What the disk says about the local file of a job, in place of its name: jobs that differ in
    /// the names of their files alone have equal keys.
    pub(crate) fn local_file(&mut self, env: &Env, path: &str, begun_on: Option<u32>) {
        let disk = &env.disk;
        let here = |operation| disk.is_denied(path, operation);
        let directory = crate::disk::directory_of(path);
        self.flags([
            here(PathOperation::Rename),
            here(PathOperation::Delete),
            disk.is_denied(directory, PathOperation::Write),
            disk.is_denied(directory, PathOperation::Exist),
            disk.is_locked(path),
            begun_on.is_some_and(|volume| volume != disk.volume_generation(path)),
        ]);
        self.maybe(disk.file(path), |key, stored| key.number(stored.size));
    }

    /// Puts the jobs, each of which ends where `ends` says, in the order of their bytes.
    pub(crate) fn sort(&mut self, from: usize, ends: &[usize]) {
        let starts = std::iter::once(&from).chain(ends);
        let mut parts: Vec<Vec<u8>> =
            starts.zip(ends).map(|(start, end)| self.bytes[*start..*end].to_vec()).collect();
        if parts.is_sorted() {
            return;
        }
        parts.sort_unstable();
        self.bytes.truncate(from);
        for part in parts {
            self.bytes.extend(part);
        }
    }
}
