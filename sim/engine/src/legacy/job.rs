//! A job: what the service remembers of it.

use crate::jobs::Timed;
use crate::link::Flow;
use crate::shared::Shared;
use crate::timers::{Due, Timers};
use bitsim_vocab::call::{self, BG_SIZE_UNKNOWN, Progress};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::legacy::{COST_ALWAYS, COST_STANDARD};
use bitsim_vocab::trace::{ErrorInfo, Note, NoteKind};
use bitsim_vocab::world::Delivery;
use bitsim_vocab::{
    ClientId, ErrorContext, FileId, Hresult, JobState, Priority, ServerId, SimTime, Span, UserId,
    WallTime,
};

/// What went wrong with an attempt, or what forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Incident {
    pub(super) code: Hresult,
    pub(super) class: Class,
    /// The file that it is about; none for what concerns the whole job.
    pub(super) file: Option<FileId>,
    /// Nothing failed: network or policy forbid the job.
    pub(super) is_block: bool,
}

impl Incident {
    /// A failure, of the class that a fault names or the code has.
    pub(super) fn failure(code: Hresult, class: Option<Class>, file: Option<FileId>) -> Self {
        let fatal = class.unwrap_or_else(|| code.delivery_class()) == Class::Fatal;
        let class = if fatal { Class::Fatal } else { Class::Transient };
        Self { code, class, file, is_block: false }
    }

    /// Network or policy forbid the job.
    pub(super) const fn block(code: Hresult) -> Self {
        Self { code, class: Class::Transient, file: None, is_block: true }
    }

    /// The information that a client gets. REMOTE_FILE stands for HTTP 403 alone (DO-ERROR-008).
    pub(super) fn info(self) -> ErrorInfo {
        let forbidden = self.code == Hresult::http(403);
        let context = if forbidden { ErrorContext::RemoteFile } else { ErrorContext::None };
        ErrorInfo { code: self.code, context, file: self.file, protocol: None }
    }
}

/// A file of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct File {
    /// The remote name in force.
    pub(super) remote: String,
    /// The remote name that survives a restart.
    pub(super) stored_remote: String,
    pub(super) server: Option<ServerId>,
    /// What the latest request asked for, and whom: a new remote name waits for the next one.
    pub(super) asked: (Option<ServerId>, String),
    pub(super) local: String,
    /// (offset, length) in bytes; none for the whole file.
    pub(super) ranges: Vec<(u64, u64)>,
    /// The value of IDeliveryOptimizationFile2::SetProperty.
    pub(super) property: String,
    /// Bytes to fetch, once known.
    pub(super) size: Option<u64>,
    pub(super) done: u64,
    pub(super) highest: u64,
    /// Version of the remote file that `done` belongs to.
    pub(super) version: u32,
    /// How often the volume had been replaced when the file was added.
    pub(super) volume: u32,
    pub(super) finished: bool,
    pub(super) renamed: bool,
    pub(super) temporary: bool,
}

impl File {
    /// Bytes requested by ranges, if there are ranges and none runs to the end of the file.
    pub(super) fn requested(&self) -> Option<u64> {
        let to_end = self.ranges.iter().any(|(_, length)| *length == BG_SIZE_UNKNOWN);
        let sum = || self.ranges.iter().fold(0_u64, |sum, (_, length)| sum.saturating_add(*length));
        (!self.ranges.is_empty() && !to_end).then(sum)
    }

    /// Bytes to fetch of a remote file of `size` bytes; none if a range lies outside it.
    pub(super) fn share_of(&self, size: u64) -> Option<u64> {
        if self.ranges.is_empty() {
            return Some(size);
        }
        let mut share = 0_u64;
        for (offset, length) in &self.ranges {
            let rest = size.checked_sub(*offset).filter(|rest| *rest > 0)?;
            let length = if *length == BG_SIZE_UNKNOWN { rest } else { *length };
            share = share.saturating_add((length <= rest).then_some(length)?);
        }
        Some(share)
    }
}

/// How far the attempt of a running job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// No attempt.
    Idle,
    /// A request for a file is on its way; `known` once its bad end is clear.
    Opening { known: Option<Incident> },
    /// Bytes move.
    Moving(Flow),
}

/// What a job in ERROR or TRANSFERRED has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Notice {
    pub(super) kind: NoteKind,
    pub(super) stage: Stage,
    /// Deliveries begun.
    pub(super) tries: u32,
}

/// How far a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// It waits for somebody to go to.
    Due,
    /// It is being delivered.
    Outstanding,
    /// It failed and is sent again later.
    Waiting,
    /// It arrived.
    Settled,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Job {
    pub(super) timers: Timers,
    pub(super) guid: u128,
    pub(super) name: Shared<String>,
    pub(super) owner: UserId,
    /// The client that created it.
    pub(super) creator: ClientId,
    pub(super) state: JobState,
    pub(super) priority: Priority,
    pub(super) files: Shared<Vec<File>>,
    pub(super) created: WallTime,
    pub(super) modified: WallTime,
    pub(super) completed: Option<WallTime>,
    pub(super) error: Option<ErrorInfo>,
    /// The error information is that of a block, not of a failure.
    pub(super) waits_for_block: bool,
    /// Seconds, if set.
    pub(super) no_progress_timeout: Option<u32>,
    /// BITS_JOB_PROPERTY_ID_COST_FLAGS, if set.
    pub(super) cost_flags: Option<u32>,
    /// BITS_JOB_PROPERTY_NOTIFICATION_CLSID, if set.
    pub(super) notification_class: Option<u32>,
    pub(super) notify_flags: u32,
    pub(super) interface: Option<ClientId>,
    pub(super) notice: Option<Notice>,
    /// The delivery of JobTransferred or JobError that is under way.
    pub(super) delivering: Option<Box<Note>>,
    /// A JobModification waits to be delivered.
    pub(super) modification_due: bool,
    /// A JobModification is being delivered.
    pub(super) modification: Option<Box<Note>>,
    pub(super) phase: Phase,
    pub(super) attempts: u32,
    /// Failures since the series of retry delays began.
    pub(super) failures: usize,
    /// The bytes that moved last were beyond the highest position so far.
    pub(super) advanced: bool,
    /// Time of the no-progress window that is used up, up to the latest rest.
    pub(super) counted: Span,
    /// Since when the window runs; none while it rests.
    pub(super) counting_since: Option<SimTime>,
    /// Place in the line while QUEUED.
    pub(super) place: u64,
    /// The job is unknown to the service: its list was lost.
    pub(super) gone: bool,
}

impl Timed for Job {
    const IDLE: &'static [Due] = &[Due::AgeLimit];

    fn timers(&self) -> &Timers {
        &self.timers
    }

    fn timers_mut(&mut self) -> &mut Timers {
        &mut self.timers
    }
}

impl Job {
    pub(super) fn new(
        guid: u128,
        name: String,
        owner: UserId,
        creator: ClientId,
        now: WallTime,
    ) -> Self {
        Self {
            timers: Timers::default(),
            guid,
            name: Shared::new(name),
            owner,
            creator,
            state: JobState::Suspended,
            priority: Priority::Normal,
            files: Shared::default(),
            created: now,
            modified: now,
            completed: None,
            error: None,
            waits_for_block: false,
            no_progress_timeout: None,
            cost_flags: None,
            notification_class: None,
            notify_flags: call::BG_NOTIFY_JOB_TRANSFERRED | call::BG_NOTIFY_JOB_ERROR,
            interface: None,
            notice: None,
            delivering: None,
            modification_due: false,
            modification: None,
            phase: Phase::Idle,
            attempts: 0,
            failures: 0,
            advanced: false,
            counted: Span::ZERO,
            counting_since: None,
            place: 0,
            gone: false,
        }
    }

    /// NoProgressTimeout: as set, else the default of the priority.
    pub(super) fn no_progress(&self, figures: &Delivery) -> Span {
        match self.no_progress_timeout {
            Some(secs) => Span::secs(u64::from(secs)),
            None if self.priority.is_background() => figures.no_progress_background,
            None => figures.no_progress_foreground,
        }
    }

    /// The cost policy: as set, else the default of the priority (DO-COST-003).
    pub(super) fn cost_policy(&self) -> u32 {
        let background = self.priority.is_background();
        self.cost_flags.unwrap_or(if background { COST_STANDARD } else { COST_ALWAYS })
    }

    /// The file that is transferred next, or is in transit.
    pub(super) fn current(&self) -> Option<FileId> {
        self.files.iter().position(|file| !file.finished).map(|index| FileId(index as u32))
    }

    /// GetProgress.
    pub(super) fn progress(&self) -> Progress {
        let mut total = Some(0_u64);
        let mut transferred = 0_u64;
        for file in self.files.iter() {
            total = match (total, file.size) {
                (Some(total), Some(size)) => Some(total.saturating_add(size)),
                _ => None,
            };
            transferred = transferred.saturating_add(file.done);
        }
        Progress {
            bytes_total: total.unwrap_or(BG_SIZE_UNKNOWN),
            bytes_transferred: transferred,
            files_total: self.files.len() as u32,
            files_transferred: self.files.iter().filter(|file| file.finished).count() as u32,
        }
    }
}
