//! BITS: a queue of jobs, the transition table that moves them, and what happens on the way.
//!
//! | To find | look in |
//! | --- | --- |
//! | which stimulus does what in which state | `rows.rs` (data), `table.rs` (what it is made of) |
//! | where that departs from the catalogue | `deviations.rs` |
//! | the one function that writes a state | `apply.rs`, `Bits::enter` |
//! | when a guard holds | `guards.rs` |
//! | what an effect does | `effects.rs` |
//! | client calls: arguments, access, answers | `calls.rs`, `getters.rs`, `names.rs` |
//! | what befalls the world | `events.rs` |
//! | whose turn it is | `schedule.rs`, `line.rs` |
//! | connections, bytes, files | `transfer.rs` |
//! | error information and the error count | `errors.rs` |
//! | callbacks and command lines | `notify.rs` |
//! | uploads that are being cancelled | `uploads.rs` |
//! | timers and restarts | `clocks.rs` |

mod apply;
mod calls;
mod clocks;
mod deviations;
mod effects;
mod errors;
mod events;
mod getters;
mod guards;
pub(crate) mod job;
mod key;
mod line;
mod names;
mod notify;
mod rows;
mod schedule;
mod table;
mod transfer;
mod uploads;

pub use deviations::{DEVIATIONS, Deviation};
pub use table::{Case, Effect, Guard, Hr, Table};

use crate::env::Env;
use crate::env::Returned;
use crate::jobs::Pool;
use crate::key::Manner;
use crate::outside::Outside;
use crate::sabotage::{Bug, Hook, How};
use crate::service::Service;
use crate::shared::Shared;
use crate::timers::Due;
use bitsim_vocab::trace::{ErrorInfo, Note, NoteResult};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    Call, ClientId, Digest, JobId, JobState, NoteId, SimTime, Span, Stimulus, UserId,
};
use job::Job;
use line::Line;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Which cases of the table a run took.
pub type Touched = crate::table::Touched<Stimulus, JobState>;

/// The service and everything around it.
#[derive(Debug, Clone)]
pub(crate) struct Bits {
    pub(crate) env: Env,
    table: Arc<Table>,
    /// Writes down the cases taken, if somebody wants to know.
    touched: Option<Arc<Touched>>,
    hook: Option<Hook>,
    jobs: Pool<Job>,
    /// Something changed that may give a job its turn.
    reschedule: bool,
    /// The number that the next job to enter QUEUED gets: its place in the line.
    next_place: u64,
    /// The jobs in QUEUED.
    line: Line,
    /// The running jobs that share the one slot, by number: one, unless a priority has changed.
    in_slot: Vec<JobId>,
    /// Jobs with a notification that waits to be delivered, in order.
    mail: VecDeque<JobId>,
    /// Nothing in the mail can be delivered before something changes.
    quiet: bool,
    /// Deliveries under way, by the user they run as.
    outstanding: Vec<(NoteId, UserId)>,
    next_note: u32,
    /// Error objects handed out, with their holder.
    error_objects: Shared<Vec<(ClientId, ErrorInfo)>>,
    /// Who obtained an interface pointer to which job (checked then, from BITS 4.0 on).
    pointers: Shared<BTreeSet<(ClientId, JobId)>>,
}

impl Bits {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self {
            env: Env::new(setup),
            table: Table::documented(),
            touched: None,
            hook: None,
            jobs: Pool::default(),
            reschedule: false,
            next_place: 0,
            line: Line::default(),
            in_slot: Vec::new(),
            mail: VecDeque::new(),
            quiet: false,
            outstanding: Vec::new(),
            next_note: 0,
            error_objects: Shared::default(),
            pointers: Shared::default(),
        }
    }

    #[inline]
    pub(crate) fn job(&self, job: JobId) -> &Job {
        self.jobs.at(job)
    }

    #[inline]
    fn job_mut(&mut self, job: JobId) -> &mut Job {
        self.jobs.at_mut(job)
    }

    /// Every job that the queue has ever held and still knows.
    fn ids(&self) -> impl Iterator<Item = JobId> + use<> {
        (0..self.jobs.len() as u32).map(JobId)
    }

    /// Replaces the transition table.
    pub(crate) fn set_table(&mut self, table: Arc<Table>) {
        self.table = table;
        self.line.forget();
    }

    /// Writes down from now on which cases of the table are taken.
    pub(crate) fn record(&mut self, touched: Arc<Touched>) {
        self.touched = Some(touched);
        self.line.forget();
    }

    /// True if the service is wrong in this way.
    fn is_sabotaged(&self, hook: Hook) -> bool {
        self.hook == Some(hook)
    }
}

impl Service for Bits {
    fn env(&self) -> &Env {
        &self.env
    }

    fn env_mut(&mut self) -> &mut Env {
        &mut self.env
    }

    fn sabotage(&mut self, bug: &Bug) {
        match bug.how {
            How::Table(edit) => edit(Arc::make_mut(&mut self.table)),
            How::Hook(hook) => self.hook = Some(hook),
            _ => {}
        }
        self.line.forget();
        self.quiet = false;
    }

    fn call(&mut self, out: &mut Outside<'_>, by: ClientId, call: &Call) -> Returned {
        self.quiet = false;
        self.answer_call(out, by, call)
    }

    fn disturb(&mut self, out: &mut Outside<'_>, what: &Disturbance) {
        self.quiet = false;
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
        if self.quiet || self.mail.is_empty() {
            return None;
        }
        let note = self.next_note(out);
        self.quiet = note.is_none();
        note
    }

    fn note_takes(&mut self, note: &Note, span: Span) {
        self.note_lasts(note, span);
    }

    fn take_note(&mut self, job: JobId, due: Due) -> Option<Note> {
        self.jobs.stop(job, due);
        self.note_under_way(job, due)
    }

    fn end_note(&mut self, out: &mut Outside<'_>, note: &Note, result: NoteResult) {
        self.quiet = false;
        self.note_ended(out, note, result);
    }

    fn fingerprint(&self) -> u128 {
        let queue = (&self.jobs, &self.mail, &self.outstanding, self.next_place);
        let holders = (&self.error_objects, &self.pointers, self.next_note, self.reschedule);
        Digest::of(&(&self.env, queue, holders)).0
    }

    fn key(&self, manner: Manner, into: &mut Vec<u8>) {
        self.tell_key(manner, into);
    }

    fn temporary_file(&self, path: &str) -> bool {
        self.has_temporary(path)
    }
}
