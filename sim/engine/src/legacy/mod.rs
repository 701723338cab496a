//! Delivery Optimization behind the interfaces of BITS: jobs, the transition table that moves
//! them, and what happens on the way.
//!
//! | To find | look in |
//! | --- | --- |
//! | which happening does what in which state | `rows.rs` (data), `table.rs` (what it is made of) |
//! | where that departs from the catalogue | `deviations.rs` |
//! | the one function that writes a state | `apply.rs`, `Legacy::enter` |
//! | when a guard holds, what forbids a job | `guards.rs` |
//! | what an effect does | `effects.rs` |
//! | client calls: rows, arguments, access, answers | `calls.rs`, `getters.rs`, `names.rs` |
//! | what befalls the world, restarts | `events.rs` |
//! | who gets a slot | `schedule.rs` |
//! | requests, bytes, files | `transfer.rs` |
//! | callbacks | `notify.rs` |
//! | retry delays and the no-progress window | `clocks.rs`, `effects.rs` |

mod apply;
mod calls;
mod clocks;
mod deviations;
mod effects;
mod events;
mod getters;
mod guards;
mod job;
mod names;
mod notify;
mod rows;
mod schedule;
mod table;
mod transfer;

pub use deviations::{DEVIATIONS, Deviation};
pub use table::{Case, Effect, Guard, Hr, Table};

use crate::env::Env;
use crate::env::Returned;
use crate::jobs::Pool;
use crate::key::Manner;
use crate::outside::Outside;
use crate::sabotage::{Bug, How};
use crate::service::Service;
use crate::timers::Due;
use bitsim_vocab::trace::{ErrorInfo, Note, NoteResult};
use bitsim_vocab::world::{Disturbance, NetworkCondition, Setup};
use bitsim_vocab::{Call, ClientId, Digest, JobId, JobState, SimTime, Span, legacy};
use job::Job;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Which cases of the table a run took.
pub type Touched = crate::table::Touched<legacy::Row, JobState>;

/// A place in the service that can be made wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The bug that uses a hook says what it does.
pub enum Hook {
    BytesAreNoProgress,
    ClocksFollowTheWall,
    ConnectingIsShown,
    DeadClientsAreCalled,
    DisableDropsTheInterface,
    ErrorObjectsTellSuccess,
    ErrorsHaveNoFile,
    FailedRenamesCountAsDone,
    FailingCallsAttachAnError,
    FilesAppearEarly,
    FirstFileEndsTheJob,
    FirstInterfaceStays,
    HalfTheTimeout,
    JobErrorCarriesAnother,
    JobsAgeTwiceAsFast,
    JobsBeginQueued,
    ModificationsAreToldTwice,
    NewJobsHaveAnError,
    NoProgressRunsAtRest,
    OneFlagByDefault,
    QueuedJobsGoOn,
    RemoteFileForEveryError,
    RestIsShownAsSuspended,
    RestartLosesJobs,
    ResumeForgetsProgress,
    StatesAreToldTwice,
    SuspendedJobsGoOn,
    TransferredMeansCompleted,
    TransportIsAContext,
}

/// The service and everything around it.
#[derive(Debug, Clone)]
pub(crate) struct Legacy {
    env: Env,
    table: Arc<Table>,
    /// Writes down the cases taken, if somebody wants to know.
    touched: Option<Arc<Touched>>,
    hook: Option<Hook>,
    jobs: Pool<Job>,
    /// What the network is like.
    conditions: Vec<NetworkCondition>,
    /// Something changed that may give a job a slot.
    reschedule: bool,
    /// The number that the next job to enter QUEUED gets: its place in the line.
    next_place: u64,
    /// The jobs in QUEUED: foreground before background, then by place.
    line: BTreeSet<(bool, u64, JobId)>,
    /// The jobs in TRANSFERRING.
    running: BTreeSet<JobId>,
    /// Jobs with a notification that waits to be delivered, in order.
    mail: VecDeque<JobId>,
    next_note: u32,
    /// Error objects handed out, with their holder while there is one.
    error_objects: Vec<(Option<ClientId>, ErrorInfo)>,
}

impl Legacy {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self {
            env: Env::new(setup),
            table: Table::documented(),
            touched: None,
            hook: None,
            jobs: Pool::default(),
            conditions: Vec::new(),
            reschedule: false,
            next_place: 0,
            line: BTreeSet::new(),
            running: BTreeSet::new(),
            mail: VecDeque::new(),
            next_note: 0,
            error_objects: Vec::new(),
        }
    }

    pub(crate) fn set_table(&mut self, table: Arc<Table>) {
        self.table = table;
    }

    pub(crate) fn record(&mut self, touched: Arc<Touched>) {
        self.touched = Some(touched);
    }

    /// True if the service is wrong in this way.
    fn is_sabotaged(&self, hook: Hook) -> bool {
        self.hook == Some(hook)
    }

    fn job(&self, job: JobId) -> &Job {
        self.jobs.at(job)
    }

    fn job_mut(&mut self, job: JobId) -> &mut Job {
        self.jobs.at_mut(job)
    }

    /// Every job that there has ever been.
    fn ids(&self) -> impl Iterator<Item = JobId> + use<> {
        (0..self.jobs.len() as u32).map(JobId)
    }
}

impl Service for Legacy {
    fn env(&self) -> &Env {
        &self.env
    }

    fn env_mut(&mut self) -> &mut Env {
        &mut self.env
    }

    fn sabotage(&mut self, bug: &Bug) {
        match bug.how {
            How::LegacyTable(edit) => edit(Arc::make_mut(&mut self.table)),
            How::LegacyHook(hook) => self.hook = Some(hook),
            _ => {}
        }
    }

    fn call(&mut self, out: &mut Outside<'_>, by: ClientId, call: &Call) -> Returned {
        self.answer_call(out, by, call)
    }

    fn disturb(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.befall(out, what);
    }

    fn is_pressed(&self) -> bool {
        self.reschedule || self.has_mail()
    }

    fn rests(&self) -> bool {
        self.jobs.rest()
    }

    fn first_due(&self) -> Option<(SimTime, JobId, Due)> {
        self.jobs.first()
    }

    fn fire(&mut self, out: &mut Outside<'_>, job: JobId, what: Due) {
        self.jobs.stop(job, what);
        match what {
            Due::Flow => self.flow_fired(out, job),
            _ => self.timer_fired(out, job, what),
        }
    }

    fn schedule_if_asked(&mut self, out: &mut Outside<'_>) -> bool {
        let asked = self.reschedule;
        if asked {
            self.schedule(out);
        }
        asked
    }

    fn begin_note(&mut self, out: &mut Outside<'_>) -> Option<Note> {
        self.next_note(out)
    }

    fn note_takes(&mut self, note: &Note, span: Span) {
        self.note_lasts(note, span);
    }

    fn take_note(&mut self, job: JobId, due: Due) -> Option<Note> {
        self.jobs.stop(job, due);
        self.note_under_way(job, due)
    }

    fn end_note(&mut self, out: &mut Outside<'_>, note: &Note, result: NoteResult) {
        self.note_ended(out, note, result);
    }

    fn fingerprint(&self) -> u128 {
        let queue = (&self.jobs, &self.line, &self.running, &self.mail, self.next_place);
        let rest = (&self.conditions, &self.error_objects, self.next_note, self.reschedule);
        Digest::of(&(&self.env, queue, rest)).0
    }

    fn key(&self, _: Manner, into: &mut Vec<u8>) {
        into.extend(self.fingerprint().to_le_bytes());
    }

    fn temporary_file(&self, path: &str) -> bool {
        self.has_temporary(path)
    }
}
