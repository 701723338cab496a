//! Delivery Optimization's own interface: downloads, the transition table that moves them, and
//! what happens on the way.
//!
//! | To find | look in |
//! | --- | --- |
//! | which stimulus does what in which situation | `rows.rs` (data), `table.rs` (its parts) |
//! | where that departs from the catalogue | `deviations.rs` |
//! | the one function that writes a standing | `apply.rs`, `Downloads::enter` |
//! | when a guard holds, what forbids a download | `guards.rs` |
//! | what an effect does | `effects.rs` |
//! | client calls: their rows and answers | `calls.rs` |
//! | types, defaults and values of properties | `properties.rs` |
//! | what befalls the world | `events.rs` |
//! | requests, answers, bytes, files | `transfer.rs` |
//! | retries, no-progress windows, looks at the network | `clocks.rs` |
//! | OnStatusChange, and what GetStatus shows | `notify.rs` |

mod apply;
mod calls;
mod clocks;
mod deviations;
mod effects;
mod events;
mod guards;
mod notify;
mod properties;
mod record;
mod rows;
mod table;
mod transfer;

pub use deviations::{DEVIATIONS, Deviation};
pub use table::{Case, Effect, Guard, Table};

use crate::env::Env;
use crate::env::Returned;
use crate::jobs::Pool;
use crate::key::Manner;
use crate::outside::Outside;
use crate::sabotage::{Bug, How};
use crate::service::Service;
use crate::timers::Due;
use bitsim_vocab::download::Situation;
use bitsim_vocab::trace::{Note, NoteResult};
use bitsim_vocab::world::{Disturbance, NetworkCondition, Setup};
use bitsim_vocab::{Call, ClientId, Digest, JobId, SimTime, Span, download};
use notify::Letter;
use record::Download;
use std::collections::VecDeque;
use std::sync::Arc;

/// Which cases of the table a run took.
pub type Touched = crate::table::Touched<download::Row, Situation>;

/// How long a cache host that failed is left alone (DOD-MODE-004).
const CACHE_BAN: Span = Span::secs(15 * 60);

/// A place in the service that can be made wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The bug that uses a hook says what it does.
pub enum Hook {
    BlockingStartReturnsAtOnce,
    BytesShortenTheWaits,
    ChecksComeTooOften,
    ChecksRoundDown,
    ClosedServiceAnswers,
    DefaultTimeoutIsHalved,
    FirstCallbackStays,
    LastByteIsLeftOut,
    LocalFailuresAreRetried,
    NetworkIsLookedAtLate,
    NewDownloadsHaveASize,
    NoProgressTellsAnotherFailure,
    NothingIsChecked,
    PausedDownloadsGoOn,
    PausesAreNotTold,
    ResumeBeginsAnew,
    StartForgetsTheCount,
    StatusTellsNothing,
    WaitsNeverGrow,
}

/// The service and everything around it.
#[derive(Debug, Clone)]
pub(crate) struct Downloads {
    env: Env,
    table: Arc<Table>,
    /// Writes down the cases taken, if somebody wants to know.
    touched: Option<Arc<Touched>>,
    hook: Option<Hook>,
    downloads: Pool<Download>,
    /// The service takes no calls of IDOManager.
    closed: bool,
    /// What the network is like.
    conditions: Vec<NetworkCondition>,
    /// Notifications that wait to be delivered, in order.
    mail: VecDeque<Letter>,
    next_note: u32,
    /// Until when the cache host is left alone, by everybody or for one origin host.
    cache_bans: Vec<(Option<String>, SimTime)>,
}

impl Downloads {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self {
            env: Env::new(setup),
            table: Table::documented(),
            touched: None,
            hook: None,
            downloads: Pool::default(),
            closed: false,
            conditions: Vec::new(),
            mail: VecDeque::new(),
            next_note: 0,
            cache_bans: Vec::new(),
        }
    }

    fn download(&self, id: JobId) -> &Download {
        self.downloads.at(id)
    }

    fn download_mut(&mut self, id: JobId) -> &mut Download {
        self.downloads.at_mut(id)
    }

    /// Every download there has ever been.
    fn ids(&self) -> impl Iterator<Item = JobId> + use<> {
        (0..self.downloads.len() as u32).map(JobId)
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
}

impl Service for Downloads {
    fn env(&self) -> &Env {
        &self.env
    }

    fn env_mut(&mut self) -> &mut Env {
        &mut self.env
    }

    fn sabotage(&mut self, bug: &Bug) {
        match bug.how {
            How::DownloadTable(edit) => edit(Arc::make_mut(&mut self.table)),
            How::DownloadHook(hook) => self.hook = Some(hook),
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
        self.has_mail()
    }

    fn rests(&self) -> bool {
        self.is_at_rest()
    }

    fn first_due(&self) -> Option<(SimTime, JobId, Due)> {
        self.downloads.first()
    }

    fn fire(&mut self, out: &mut Outside<'_>, job: JobId, what: Due) {
        self.downloads.stop(job, what);
        self.timer_fired(out, job, what);
    }

    fn schedule_if_asked(&mut self, _: &mut Outside<'_>) -> bool {
        false
    }

    fn begin_note(&mut self, out: &mut Outside<'_>) -> Option<Note> {
        self.next_note(out)
    }

    fn note_takes(&mut self, note: &Note, span: Span) {
        let due = self.env.now + span;
        self.downloads.set(note.job, Due::NoteEnds, due);
    }

    fn take_note(&mut self, job: JobId, due: Due) -> Option<Note> {
        self.downloads.stop(job, due);
        self.download(job).delivering.as_deref().cloned()
    }

    fn end_note(&mut self, out: &mut Outside<'_>, note: &Note, result: NoteResult) {
        self.note_ended(out, note, result);
    }

    fn fingerprint(&self) -> u128 {
        let around = (&self.env, self.closed, &self.conditions, &self.cache_bans);
        Digest::of(&(around, &self.downloads, &self.mail, self.next_note)).0
    }

    fn key(&self, _: Manner, into: &mut Vec<u8>) {
        into.extend(self.fingerprint().to_le_bytes());
    }

    fn temporary_file(&self, path: &str) -> bool {
        self.has_temporary(path)
    }
}
