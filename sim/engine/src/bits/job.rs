//! A job of the queue: what the service remembers of it.

use crate::jobs::Timed;
use crate::link::Flow;
use crate::shared::Shared;
use crate::timers::{Due, Timers};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, Progress, Proxy};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{ErrorInfo, Note, NoteKind, Payload, Protocol};
use bitsim_vocab::{ClientId, call};
use bitsim_vocab::{
    ErrorContext, FileId, Hresult, JobState, JobType, Priority, ServerId, SimTime, Span, UserId,
    WallTime,
};

/// An instant on both clocks, so that a restart of the service can go by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    /// Ticks on the monotonic clock; negative after a restart that found the wall clock moved.
    pub(crate) ticks: i64,
    /// The wall clock.
    pub(crate) wall: WallTime,
}

impl Stamp {
    /// The instant `span` later, not before the start of the run.
    pub(crate) fn plus(self, span: Span) -> SimTime {
        SimTime(match u64::try_from(self.ticks) {
            Ok(ticks) => ticks.saturating_add(span.0),
            Err(_) => span.0.saturating_sub(self.ticks.unsigned_abs()),
        })
    }
}

/// What went wrong with an attempt, or what forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Incident {
    pub(crate) code: Hresult,
    pub(crate) class: Class,
    pub(crate) context: ErrorContext,
    pub(crate) file: Option<FileId>,
    pub(crate) protocol: Option<Protocol>,
}

impl Incident {
    /// Something that the queue manager itself raises.
    pub(crate) fn of_queue(code: Hresult) -> Self {
        Self {
            code,
            class: code.job_class(),
            context: ErrorContext::GeneralQueueManager,
            file: None,
            protocol: None,
        }
    }

    /// A failure of the local file.
    pub(crate) fn of_local(code: Hresult, file: FileId) -> Self {
        Self {
            code,
            class: code.job_class(),
            context: ErrorContext::LocalFile,
            file: Some(file),
            protocol: None,
        }
    }

    pub(crate) fn info(self) -> ErrorInfo {
        ErrorInfo {
            code: self.code,
            context: self.context,
            file: self.file,
            protocol: self.protocol,
        }
    }
}

/// A file of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct File {
    /// The remote name in force.
    pub(crate) remote: String,
    /// The remote name that survives a restart.
    pub(crate) stored_remote: String,
    pub(crate) server: Option<ServerId>,
    pub(crate) local: String,
    /// Bytes requested by ranges, if there are ranges.
    pub(crate) requested: Option<u64>,
    pub(crate) size: Option<u64>,
    pub(crate) done: u64,
    pub(crate) highest: u64,
    /// Version of the source that `done` belongs to.
    pub(crate) version: u32,
    /// How often the volume had been replaced when the first bytes were written.
    pub(crate) volume: u32,
    pub(crate) finished: bool,
    pub(crate) renamed: bool,
    pub(crate) temporary: bool,
}

impl File {
    pub(crate) fn protocol(&self) -> Protocol {
        let remote = &self.remote;
        let scheme = remote.get(..5);
        let file = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
        if remote.starts_with("\\\\") || file { Protocol::File } else { Protocol::Http }
    }
}

/// How far the attempt of a running job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// No attempt.
    Idle,
    /// A request for a file, or for the reply, is on its way; `known` once its bad end is clear.
    Opening { of: Payload, known: Option<Incident> },
    /// Bytes move.
    Moving(Moving),
    /// The upload is complete; the server application has it.
    Posting,
}

/// Bytes on the move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Moving {
    /// The file or the reply.
    pub(crate) of: Payload,
    pub(crate) flow: Flow,
}

/// What a job in ERROR or TRANSFERRED has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Notice {
    pub(crate) kind: NoteKind,
    pub(crate) stage: Stage,
    /// Deliveries begun.
    pub(crate) tries: u32,
    /// Only the program is run, while there is a command line: it ran and ended with a failure, or
    /// has its turn because the callback failed.
    pub(crate) program_only: bool,
    /// The event was answered for, and is told again for the sake of an interface.
    pub(crate) interface_only: bool,
    /// To whom it was told last by a callback, if that interface is still valid.
    pub(crate) told_to: Option<ClientId>,
    /// It was told through an interface that has become invalid since.
    pub(crate) lost: bool,
}

impl Notice {
    /// Something to tell of which nobody has heard.
    pub(crate) const fn new(kind: NoteKind) -> Self {
        Self {
            kind,
            stage: Stage::Due,
            tries: 0,
            program_only: false,
            interface_only: false,
            told_to: None,
            lost: false,
        }
    }

    /// The interfaces of a client, or all, become invalid.
    pub(crate) fn lose_interfaces(&mut self, of: Option<ClientId>) {
        let gone = self.told_to.take_if(|client| of.is_none_or(|of| of == *client));
        self.lost |= gone.is_some();
    }
}

/// How far a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// It waits for somebody to go to, or for a free slot.
    Due,
    /// It is being delivered.
    Outstanding,
    /// It failed and is sent again later.
    Waiting,
    /// It arrived.
    Settled,
}

/// The command line of SetNotifyCmdLine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CommandLine {
    pub(crate) program: String,
    pub(crate) parameters: String,
    pub(crate) user: UserId,
}

/// What a client has said about a job in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Texts {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) proxy: Proxy,
    pub(crate) command_line: Option<CommandLine>,
    pub(crate) reply_file: Option<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Job {
    pub(crate) timers: Timers,
    pub(crate) guid: u128,
    pub(crate) texts: Shared<Texts>,
    pub(crate) job_type: JobType,
    pub(crate) owner: UserId,
    pub(crate) state: JobState,
    pub(crate) priority: Priority,
    pub(crate) files: Shared<Vec<File>>,
    pub(crate) created: WallTime,
    pub(crate) modified: WallTime,
    pub(crate) completed: Option<WallTime>,
    pub(crate) error: Option<ErrorInfo>,
    pub(crate) error_count: u32,
    /// The job is in a transient-error phase: a failure began it, and neither bytes, Suspend,
    /// Resume nor ERROR have ended it.
    pub(crate) in_phase: bool,
    /// When the latest transient error came.
    pub(crate) error_at: Option<Stamp>,
    /// When the first transient error since the latest progress came.
    pub(crate) first_transient: Option<Stamp>,
    /// The latest activity that restarts the inactivity period.
    pub(crate) active_at: Stamp,
    /// Seconds.
    pub(crate) minimum_retry_delay: u32,
    /// Seconds.
    pub(crate) no_progress_timeout: u32,
    /// Seconds, if set for this job.
    pub(crate) maximum_download_time: Option<u32>,
    /// Time in CONNECTING and TRANSFERRING since the latest Resume, up to the latest stop.
    pub(crate) active: Span,
    /// Since when the job is running.
    pub(crate) running_since: SimTime,
    pub(crate) notify_flags: u32,
    pub(crate) interface: Option<ClientId>,
    pub(crate) notice: Option<Notice>,
    /// A JobModification waits to be delivered.
    pub(crate) modification_due: bool,
    /// A JobModification is being delivered.
    pub(crate) modification: Option<Box<Note>>,
    pub(crate) phase: Phase,
    /// The bytes that moved last were beyond the highest position so far.
    pub(crate) advanced: bool,
    pub(crate) attempts: u32,
    pub(crate) slice_over: bool,
    /// Place in the line while QUEUED.
    pub(crate) place: u64,
    pub(crate) reply_done: u64,
    pub(crate) reply_size: Option<u64>,
    pub(crate) reply_finished: bool,
    pub(crate) reply_renamed: bool,
    /// The server application has accepted the upload.
    pub(crate) posted: bool,
    /// The server was reached and knows of the upload.
    pub(crate) session: bool,
    /// The cancellation of the upload waits for an answer of the server.
    pub(crate) cancelling: bool,
    /// The job is unknown to the service: the list was lost, or it was final before a restart.
    pub(crate) gone: bool,
    /// The delivery of JobTransferred, JobError or the program that is under way.
    pub(crate) delivering: Option<Box<Note>>,
    /// Since when the job waits for a block, so that the no-progress period can rest meanwhile.
    pub(crate) blocked_since: Option<SimTime>,
}

impl Timed for Job {
    const IDLE: &'static [Due] = &[Due::Inactivity];

    fn timers(&self) -> &Timers {
        &self.timers
    }

    fn timers_mut(&mut self) -> &mut Timers {
        &mut self.timers
    }
}

impl Job {
    pub(crate) fn new(
        guid: u128,
        name: String,
        job_type: JobType,
        owner: UserId,
        now: Stamp,
    ) -> Self {
        Self {
            timers: Timers::default(),
            guid,
            texts: Shared::new(Texts { name, ..Texts::default() }),
            job_type,
            owner,
            state: JobState::Suspended,
            priority: Priority::Normal,
            files: Shared::default(),
            created: now.wall,
            modified: now.wall,
            completed: None,
            error: None,
            error_count: 0,
            in_phase: false,
            error_at: None,
            first_transient: None,
            active_at: now,
            minimum_retry_delay: 600,
            no_progress_timeout: 1_209_600,
            maximum_download_time: None,
            active: Span::ZERO,
            running_since: SimTime::ZERO,
            notify_flags: call::BG_NOTIFY_JOB_TRANSFERRED | call::BG_NOTIFY_JOB_ERROR,
            interface: None,
            notice: None,
            modification_due: false,
            modification: None,
            phase: Phase::Idle,
            advanced: false,
            attempts: 0,
            slice_over: false,
            place: 0,
            reply_done: 0,
            reply_size: None,
            reply_finished: false,
            reply_renamed: false,
            posted: false,
            session: false,
            cancelling: false,
            gone: false,
            delivering: None,
            blocked_since: None,
        }
    }

    /// MinimumRetryDelay as a span.
    pub(crate) fn retry_delay(&self) -> Span {
        Span::secs(u64::from(self.minimum_retry_delay))
    }

    /// NoProgressTimeout as a span.
    pub(crate) fn no_progress(&self) -> Span {
        Span::secs(u64::from(self.no_progress_timeout))
    }

    /// True if the error code is that of a block: the job waits for network, volume or policy.
    pub(crate) fn waits_for_block(&self) -> bool {
        self.error.is_some_and(|info| info.code.is_block())
    }

    /// The file that is transferred next, or is in transit.
    pub(crate) fn current(&self) -> Option<FileId> {
        self.files.iter().position(|file| !file.finished).map(|index| FileId(index as u32))
    }

    /// True if nothing is left to do with any server.
    pub(crate) fn nothing_left(&self) -> bool {
        self.current().is_none()
            && (!self.job_type.uploads() || self.posted)
            && (self.job_type != JobType::UploadReply || self.reply_finished)
    }

    /// GetProgress.
    pub(crate) fn progress(&self) -> Progress {
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
