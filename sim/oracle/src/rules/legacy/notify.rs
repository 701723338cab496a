//! DO-NOTIFY: which callbacks are called, whose, how often and for what.
//!
//! An *episode* is one stay of a job in ERROR or TRANSFERRED: the event that JobError or
//! JobTransferred reports. What must still be delivered for it is *owed* ([`owed`]); what is being
//! delivered is judged where it begins ([`begin`]).

mod begin;
mod changes;
mod owed;
mod registration;
#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::call::{BG_NOTIFY_DISABLE, Call, JobCall};
use bitsim_vocab::trace::{Called, End, FileChange, Happened, NoteKind, NoteResult};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    ClientId, Event, Hresult, JobId, JobState, NoteId, RuleId, SimTime, Stimulus, UserId,
};
use changes::Changes;
use owed::Owed;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_NOTIFY_001,
    RuleId::DO_NOTIFY_002,
    RuleId::DO_NOTIFY_003,
    RuleId::DO_NOTIFY_004,
    RuleId::DO_NOTIFY_005,
    RuleId::DO_NOTIFY_006,
    RuleId::DO_NOTIFY_008,
    RuleId::DO_NOTIFY_009,
    RuleId::DO_NOTIFY_010,
    RuleId::DO_NOTIFY_011,
    RuleId::DO_NOTIFY_012,
    RuleId::DO_NOTIFY_014,
    RuleId::DO_NOTIFY_016,
];

/// The flags of a new job (DO-NOTIFY-014): BG_NOTIFY_JOB_TRANSFERRED and BG_NOTIFY_JOB_ERROR.
const DEFAULT_FLAGS: u32 = 3;

/// DO-NOTIFY.
#[derive(Debug, Clone)]
pub(super) struct Notify {
    jobs: Vec<Watch>,
    /// Callbacks that have been called and have not returned.
    flights: Vec<Flight>,
    /// What the event before this one changed, to be looked at once the view knows it.
    review: Option<(JobId, Why, SimTime)>,
    /// The earliest time at which something owed is overdue.
    next_due: Option<SimTime>,
    disabled: Disabled,
}

/// What the run tells about BG_NOTIFY_DISABLE. The pages can be read as having it ignored or as
/// having it suppress every callback; a service does one or the other.
#[derive(Debug, Clone, Copy, Default)]
struct Disabled {
    /// A callback was called although the flag was set.
    ignored: bool,
    /// A callback that the other flags ask for stayed away while the flag was set: its job.
    suppressed: Option<(JobId, NoteKind, SimTime)>,
}

/// What is known of the notifications of one job.
#[derive(Debug, Clone, Default)]
struct Watch {
    /// The flags, once they were set.
    flags: Option<u32>,
    /// When they were set last.
    flags_at: SimTime,
    /// The flags before those asked for JobModification.
    asked_before: bool,
    /// BG_NOTIFY_DISABLE was set at one time.
    was_disabled: bool,
    /// The client that registered an interface last, whether or not it still counts.
    registrant: Option<ClientId>,
    /// How many times an interface was registered or removed.
    registrations: u32,
    /// Counts episodes.
    serial: u32,
    episode: Option<Episode>,
    owed: Option<Owed>,
    changes: Changes,
}

/// One stay in ERROR or TRANSFERRED.
#[derive(Debug, Clone, Copy)]
struct Episode {
    serial: u32,
    kind: NoteKind,
    /// The no-progress timeout led to it.
    given_up: bool,
    /// Calls that have begun.
    began: u32,
    /// How the latest call ended.
    answer: Option<NoteResult>,
    /// Interface or flags were set since.
    refreshed: bool,
}

/// A callback that has been called and has not returned.
#[derive(Debug, Clone, Copy)]
struct Flight {
    note: NoteId,
    job: JobId,
    kind: NoteKind,
    /// The episode that it reports, 0 for none.
    serial: u32,
}

/// Why what is owed is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The job entered ERROR or TRANSFERRED.
    Entered,
    /// Interface or flags were set.
    Registration,
    /// A callback returned.
    Ended,
}

impl Notify {
    pub(super) fn new(_: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            flights: Vec::new(),
            review: None,
            next_due: None,
            disabled: Disabled::default(),
        }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.look_again(view);
        if self.next_due.is_some_and(|due| event.at > due) {
            self.overdue(view, event.at, event, out);
        }
        match &event.what {
            Happened::Created(created) => {
                self.jobs.resize_with(created.job.index() + 1, Watch::default);
            }
            Happened::State { job, to, cause, .. } => {
                self.state(view, event, *job, (*to, *cause), out);
            }
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::Bytes { job, .. } => self.changed(view, event, *job, true),
            Happened::File(file) => {
                let added = matches!(file.what, FileChange::Added { .. });
                self.changed(view, event, file.job, added);
            }
            Happened::ErrorInfo { job, .. } | Happened::ErrorGone { job } => {
                self.changed(view, event, *job, false);
            }
            Happened::NoteBegan(note) => self.begins(view, event, note, out),
            Happened::NoteEnded { note, job, result } => {
                self.ends(event, *note, *job, *result);
            }
            Happened::Env(what) => self.env(view, what),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.look_again(view);
        let at = match end {
            // Nothing more will happen, however long one waits.
            End::Settled(_) => SimTime(u64::MAX),
            End::Stopped(at) | End::DidNotSettle(at) => at,
        };
        self.overdue(view, at, last, out);
        self.disabled.judge(last, out);
        for watch in &self.jobs {
            if watch.changes.unrepeated() {
                out.held(RuleId::DO_NOTIFY_005);
            }
        }
    }

    fn state(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        (to, cause): (JobState, Stimulus),
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        if let Some(episode) = watch.episode.take()
            && episode.answer == Some(NoteResult::Returned(Hresult::S_OK))
            && episode.kind == NoteKind::JobError
        {
            // It was acknowledged, and no second call came until the state was left.
            out.held(RuleId::DO_NOTIFY_004);
        }
        watch.owed = None;
        chances(job, watch, to, out);
        self.changed(view, event, id, true);
        let kind = match to {
            JobState::Error => NoteKind::JobError,
            JobState::Transferred => NoteKind::JobTransferred,
            _ => return,
        };
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        watch.serial += 1;
        watch.episode = Some(Episode {
            serial: watch.serial,
            kind,
            given_up: cause == Stimulus::NoProgressTimeoutExpires,
            began: 0,
            answer: None,
            refreshed: false,
        });
        self.review = Some((id, Why::Entered, event.at));
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        registration::judge(view, event, called, (*id, call), watch, out);
        if called.hr.failed() || call.is_getter() {
            return;
        }
        self.changed(view, event, *id, is_setter(call));
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        match call {
            JobCall::SetNotifyFlags(flags) => {
                watch.asked_before = watch.asks_for(NoteKind::JobModification);
                watch.flags = Some(*flags);
                watch.flags_at = event.at;
                watch.was_disabled |= flags & BG_NOTIFY_DISABLE != 0;
            }
            JobCall::SetNotifyInterface(set) => {
                watch.registrations += 1;
                if *set {
                    watch.registrant = Some(called.by);
                }
            }
            _ => return,
        }
        if let Some(episode) = &mut watch.episode {
            episode.refreshed = true;
        }
        watch.changes.forgive();
        self.review = Some((*id, Why::Registration, event.at));
    }

    fn env(&mut self, view: &View, what: &Disturbance) {
        if matches!(what, Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts) {
            self.flights.clear();
        }
        for (watch, job) in self.jobs.iter_mut().zip(&view.jobs) {
            if loses_callee(view, job, what) {
                watch.owed = None;
                watch.changes.forgive();
            }
        }
    }

    /// A callback returned, or its client ended before it did.
    fn ends(&mut self, event: &Event, note: NoteId, id: JobId, result: NoteResult) {
        let Some(position) = self.flights.iter().position(|flight| flight.note == note) else {
            return;
        };
        let flight = self.flights.swap_remove(position);
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        watch.changes.idle(event.at);
        if flight.kind == NoteKind::JobModification {
            watch.changes.returned(result);
            return;
        }
        let episode = watch.episode.as_mut().filter(|episode| episode.serial == flight.serial);
        if let Some(episode) = episode {
            episode.answer = Some(result);
            self.review = Some((id, Why::Ended, event.at));
        }
    }
}

impl Watch {
    /// The flags that count: those set last, else the default.
    fn flags(&self) -> u32 {
        self.flags.unwrap_or(DEFAULT_FLAGS)
    }

    /// True if the flags ask for this kind, BG_NOTIFY_DISABLE aside.
    fn asks_for(&self, kind: NoteKind) -> bool {
        self.flags() & kind.flag() != 0
    }

    /// True while BG_NOTIFY_DISABLE is set.
    fn disabled(&self) -> bool {
        self.flags() & BG_NOTIFY_DISABLE != 0
    }
}

impl Disabled {
    /// DO-NOTIFY-012: BG_NOTIFY_DISABLE is ignored, or suppresses every callback, but not some.
    fn judge(&self, last: &Event, out: &mut Findings) {
        match (self.ignored, self.suppressed) {
            (true, Some((job, kind, since))) => crate::rules::about::broken(
                out,
                RuleId::DO_NOTIFY_012,
                Some(job),
                last,
                (
                    format!(
                        "{} of `{{job}}` stayed away while BG_NOTIFY_DISABLE was set",
                        kind.name()
                    ),
                    "every callback that the other flags ask for: others came although \
                     BG_NOTIFY_DISABLE was set"
                        .to_owned(),
                    format!("no call after {since}"),
                ),
            ),
            (false, None) => {}
            _ => out.held(RuleId::DO_NOTIFY_012),
        }
    }
}

/// The client of a registered interface that can be called now, with its user.
fn callee(view: &View, job: &JobView) -> Option<(ClientId, UserId)> {
    let client = job.interface?;
    let user = view.user_of(client)?;
    let running = view.running.get(client.index()).copied().unwrap_or(false);
    let present = view.logged_on.get(user.index()).copied().unwrap_or(false);
    (running && present && !job.gone).then_some((client, user))
}

/// True if after this the interface of the job can no longer be called.
fn loses_callee(view: &View, job: &JobView, what: &Disturbance) -> bool {
    match what {
        Disturbance::ClientExits(client) => job.interface == Some(*client),
        Disturbance::LogOff(user) => {
            job.interface.and_then(|client| view.user_of(client)) == Some(*user)
        }
        Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => true,
        _ => false,
    }
}

/// True for the calls that change a property; what the others do is recorded by itself.
fn is_setter(call: &JobCall) -> bool {
    !matches!(
        call.stimulus(),
        Stimulus::Resume
            | Stimulus::Suspend
            | Stimulus::Cancel
            | Stimulus::Complete
            | Stimulus::AddFile
            | Stimulus::SetNotifyInterface
    )
}

/// What a client is called in a message.
fn client_name(view: &View, client: ClientId) -> &str {
    view.setup.clients.get(client.index()).map_or("a client", |client| &client.name)
}

/// Rules that only forbid get their chance to fail when the forbidden thing could happen.
fn chances(job: &JobView, watch: &Watch, to: JobState, out: &mut Findings) {
    let registered = job.interface.is_some();
    let kind = match to {
        JobState::TransientError if registered && watch.asks_for(NoteKind::JobError) => {
            return out.held(RuleId::DO_NOTIFY_003);
        }
        JobState::Error => NoteKind::JobError,
        JobState::Transferred => NoteKind::JobTransferred,
        _ => return,
    };
    if watch.asks_for(kind) && !registered {
        if job.interface_lost {
            out.held(RuleId::DO_NOTIFY_008);
        } else if watch.registrations > 1 {
            out.held(RuleId::DO_NOTIFY_009);
        }
    }
}
