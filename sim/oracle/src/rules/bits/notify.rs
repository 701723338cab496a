//! BITS-NOTIFY: which notifications are delivered, to whom, how often and in which order.
//!
//! An *episode* is one stay of a job in ERROR or TRANSFERRED: the event that JobError or
//! JobTransferred reports. What must still be delivered for it is *owed* ([`owed`]); what is being
//! delivered is checked where it begins ([`begin`]).

mod begin;
mod changes;
mod owed;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about;
use crate::view::{JobView, View};
use bitsim_vocab::call::{
    BG_NOTIFY_DISABLE, BG_NOTIFY_FILE_RANGES_TRANSFERRED, BG_NOTIFY_FILE_TRANSFERRED,
    BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_MODIFICATION, BG_NOTIFY_JOB_TRANSFERRED, Call, JobCall,
};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, Happened, NoteKind, NoteResult};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    ClientId, Event, Hresult, JobId, JobState, NoteId, RuleId, SimTime, Stimulus, UserId,
};
use changes::Changes;
use owed::Owed;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_NOTIFY_001,
    RuleId::BITS_NOTIFY_002,
    RuleId::BITS_NOTIFY_003,
    RuleId::BITS_NOTIFY_004,
    RuleId::BITS_NOTIFY_005,
    RuleId::BITS_NOTIFY_006,
    RuleId::BITS_NOTIFY_007,
    RuleId::BITS_NOTIFY_008,
    RuleId::BITS_NOTIFY_009,
    RuleId::BITS_NOTIFY_010,
    RuleId::BITS_NOTIFY_011,
    RuleId::BITS_NOTIFY_012,
    RuleId::BITS_NOTIFY_013,
    RuleId::BITS_NOTIFY_014,
    RuleId::BITS_NOTIFY_015,
    RuleId::BITS_NOTIFY_016,
    RuleId::BITS_NOTIFY_017,
    RuleId::BITS_NOTIFY_018,
    RuleId::BITS_NOTIFY_020,
    RuleId::BITS_NOTIFY_023,
    RuleId::BITS_NOTIFY_025,
    RuleId::BITS_SERVICE_007,
    RuleId::BITS_USER_011,
];

/// Deliveries of one user that may be outstanding at a time (BITS-NOTIFY-020).
const MOST_OUTSTANDING: usize = 4;

/// BITS-NOTIFY.
#[derive(Debug, Clone)]
pub(crate) struct Notify {
    jobs: Vec<Watch>,
    /// Deliveries that have begun and not ended.
    flights: Vec<Flight>,
    /// For each user, when the most deliveries were last outstanding.
    full: Vec<Option<SimTime>>,
    /// The earliest time at which something owed is overdue.
    next_due: Option<SimTime>,
    /// What the event before this one changed, to be looked at once the view knows it.
    review: Option<(JobId, Why, SimTime)>,
}

/// What is known of the notifications of one job.
#[derive(Debug, Clone, Default)]
struct Watch {
    /// The flags, once they were set: their initial value is documented nowhere.
    flags: Option<u32>,
    /// When they were set last.
    flags_at: SimTime,
    /// The client that registered an interface last, whether or not it still counts.
    registrant: Option<ClientId>,
    /// How many times an interface was registered or removed.
    registrations: u32,
    /// The user who set the command line: it may be his session that counts.
    program_user: Option<UserId>,
    /// How often the service had restarted when the command line was set.
    program_restarts: u32,
    /// TakeOwnership removed a command line, and none was set since.
    program_taken: bool,
    /// Counts episodes.
    serial: u32,
    episode: Option<Episode>,
    /// The episode before, which may still be reported late.
    past: Option<Episode>,
    owed: Option<Owed>,
    changes: Changes,
}

/// One stay in ERROR or TRANSFERRED.
#[derive(Debug, Clone, Copy)]
struct Episode {
    serial: u32,
    kind: NoteKind,
    /// Deliveries that have begun.
    began: u32,
    /// The program ran to its end, and no callback has failed since. Up to BITS 1.5 the program runs
    /// once; whether it does again for a callback that fails because a new interface was told is
    /// documented nowhere.
    ran: bool,
    answer: Answer,
    /// A callback for it failed.
    callback_failed: bool,
    /// Interface, flags or command line were set since the latest answer.
    refreshed: bool,
    /// The command line was set since the latest answer.
    program_set: bool,
    /// The interface that is registered has been called for it.
    called: bool,
    /// The interface through which it was reported has become invalid.
    lost: bool,
    /// The job left its state with a delivery under way, still to come or to be repeated.
    unanswered: bool,
}

/// How the latest delivery of an episode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// None has ended.
    Missing,
    /// The callback returned S_OK.
    Acknowledged,
    /// The program ended with 0.
    ProgramSucceeded,
    /// The callback returned a success code other than S_OK, which can be read either way.
    Unclear,
    /// The callback failed, or the client ended.
    CallbackFailed,
    /// The program ended with another code.
    ProgramFailed,
    /// The program could not be launched.
    NotLaunched,
}

/// A delivery that has begun and not ended.
#[derive(Debug, Clone, Copy)]
struct Flight {
    note: NoteId,
    job: JobId,
    user: UserId,
    program: bool,
    /// The episode that it reports, 0 for none.
    serial: u32,
}

/// Why what is owed is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The job entered ERROR or TRANSFERRED.
    Entered,
    /// An interface was registered.
    Interface,
    /// Flags or command line were set.
    Registration,
    /// A delivery ended.
    Ended,
    /// The retry delay changed.
    Delay,
    /// Something was taken away.
    Less,
}

impl Notify {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            jobs: Vec::new(),
            flights: Vec::new(),
            full: vec![None; setup.users.len()],
            next_due: None,
            review: None,
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        match self.review {
            Some(_) => kinds::AT_ONCE,
            None => kinds::after_any(self.next_due),
        }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.look_again(view);
        if self.next_due.is_some_and(|due| event.at > due) {
            self.overdue(view, event.at, event, out);
        }
        match &event.what {
            Happened::Created(created) => {
                self.jobs.resize_with(created.job.index() + 1, Watch::default);
            }
            Happened::State { job, to, .. } => self.state(view, event, *job, *to, out),
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::Bytes { job, .. } => self.changed(view, event, *job, true, out),
            Happened::File(file) => {
                let added = matches!(file.what, FileChange::Added { .. });
                self.changed(view, event, file.job, added, out);
            }
            Happened::NoteBegan(note) => self.begins(view, event, note, out),
            Happened::NoteEnded { note, job, result } => {
                self.ends(event, *note, *job, *result, out);
            }
            Happened::Env(what) => self.env(view, what),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.look_again(view);
        self.overdue(view, end.at(), last, out);
        if matches!(end, End::Settled(_)) {
            self.never_came(view, last, out);
        }
    }

    fn state(&mut self, view: &View, event: &Event, id: JobId, to: JobState, out: &mut Findings) {
        let Some(job) = view.job(id) else { return };
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        let owed = watch.owed.take();
        if let Some(mut episode) = watch.episode.take() {
            let done = matches!(episode.answer, Answer::Acknowledged | Answer::ProgramSucceeded);
            episode.unanswered = owed.is_some() || episode.began > 0 && !done;
            watch.past = Some(episode);
        }
        chances(view, job, watch, to, out);
        let kind = match to {
            JobState::Error => Some(NoteKind::JobError),
            JobState::Transferred => Some(NoteKind::JobTransferred),
            _ => None,
        };
        let Some(kind) = kind else {
            if !to.is_final() {
                self.changed(view, event, id, true, out);
            }
            return;
        };
        watch.serial += 1;
        watch.episode = Some(Episode {
            serial: watch.serial,
            kind,
            began: 0,
            ran: false,
            answer: Answer::Missing,
            callback_failed: false,
            refreshed: false,
            program_set: false,
            called: false,
            lost: false,
            unanswered: false,
        });
        watch.changes.came_to_rest();
        self.review = Some((id, Why::Entered, event.at));
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        if let JobCall::SetNotifyFlags(flags) = call {
            flags_are_checked(view, event, called, *flags, out);
        }
        if called.hr.failed() || call.is_getter() {
            return;
        }
        self.changed(view, event, *id, is_setter(call), out);
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        let why = match call {
            JobCall::SetNotifyFlags(flags) => {
                watch.flags = Some(*flags);
                watch.flags_at = event.at;
                Why::Registration
            }
            JobCall::SetNotifyInterface(set) => {
                watch.registrations += 1;
                if let Some(episode) = &mut watch.episode {
                    episode.called = false;
                    // NULL says that nobody wants to hear of it any more, or just cleans up.
                    episode.lost &= *set;
                }
                if *set {
                    watch.registrant = Some(called.by);
                    Why::Interface
                } else {
                    Why::Less
                }
            }
            JobCall::SetNotifyCmdLine { program, .. } => {
                watch.program_restarts = view.restarts;
                watch.program_user = view.user_of(called.by);
                watch.program_taken = false;
                if let Some(episode) = &mut watch.episode {
                    episode.program_set = true;
                }
                if program.is_some() { Why::Registration } else { Why::Less }
            }
            JobCall::TakeOwnership => {
                watch.program_taken |= view.job(*id).is_some_and(|job| job.command_line.is_some());
                Why::Less
            }
            JobCall::SetMinimumRetryDelay(_) => Why::Delay,
            _ => return,
        };
        if why != Why::Delay
            && let Some(episode) = &mut watch.episode
        {
            episode.refreshed = true;
        }
        self.review = Some((*id, why, event.at));
    }

    fn env(&mut self, view: &View, what: &Disturbance) {
        match what {
            Disturbance::ClientExits(client) => {
                for (watch, job) in self.jobs.iter_mut().zip(&view.jobs) {
                    if job.interface == Some(*client) {
                        watch.lose_interface();
                    }
                }
            }
            Disturbance::LogOff(user) => {
                for watch in &mut self.jobs {
                    if watch.owed.is_some_and(|owed| owed.user == *user) {
                        watch.owed = None;
                    }
                }
            }
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                self.flights.clear();
                for (watch, job) in self.jobs.iter_mut().zip(&view.jobs) {
                    if job.interface.is_some() {
                        watch.lose_interface();
                    }
                    watch.owed = None;
                }
            }
            _ => {}
        }
    }

    fn ends(
        &mut self,
        event: &Event,
        note: NoteId,
        id: JobId,
        result: NoteResult,
        out: &mut Findings,
    ) {
        let Some(position) = self.flights.iter().position(|flight| flight.note == note) else {
            return;
        };
        let user = self.flights[position].user;
        if self.outstanding(user) >= MOST_OUTSTANDING {
            self.full_at(user, event.at);
            // BITS-NOTIFY-020: four were out at a time, and no fifth joined them.
            out.held(RuleId::BITS_NOTIFY_020);
        }
        let flight = self.flights.swap_remove(position);
        let Some(watch) = self.jobs.get_mut(id.index()) else { return };
        let mut episodes = watch.episode.iter_mut().chain(watch.past.iter_mut());
        let Some(episode) = episodes.find(|episode| episode.serial == flight.serial) else {
            return;
        };
        episode.answer = match result {
            NoteResult::Returned(Hresult::S_OK) => Answer::Acknowledged,
            NoteResult::Returned(hr) if hr.succeeded() => Answer::Unclear,
            NoteResult::Returned(_) | NoteResult::ClientGone => Answer::CallbackFailed,
            NoteResult::Exited(0) => Answer::ProgramSucceeded,
            NoteResult::Exited(_) => Answer::ProgramFailed,
            NoteResult::NotLaunched => Answer::NotLaunched,
        };
        if matches!(episode.answer, Answer::Acknowledged | Answer::ProgramSucceeded) {
            episode.unanswered = false;
        }
        let failed = matches!(episode.answer, Answer::CallbackFailed | Answer::Unclear);
        episode.callback_failed |= failed;
        episode.ran = !failed && (episode.ran || matches!(result, NoteResult::Exited(_)));
        self.review = Some((id, Why::Ended, event.at));
    }

    /// How many deliveries of this user are outstanding, programs included.
    fn outstanding(&self, user: UserId) -> usize {
        self.flights.iter().filter(|flight| flight.user == user).count()
    }

    fn full_at(&mut self, user: UserId, at: SimTime) {
        if let Some(full) = self.full.get_mut(user.index()) {
            *full = Some(at);
        }
    }
}

impl Watch {
    fn lose_interface(&mut self) {
        if self.owed.is_some_and(|owed| !owed.program) {
            self.owed = None;
        }
        if let Some(episode) = &mut self.episode {
            episode.lost |= episode.called;
            episode.called = false;
        }
    }

    /// True if the flags are known to ask for this kind.
    fn asks_for(&self, kind: NoteKind) -> bool {
        self.flags.is_some_and(|flags| flags & kind.flag() != 0 && flags & BG_NOTIFY_DISABLE == 0)
    }
}

/// The user in whose name the command line of the job would run now, if it can run.
fn program_user(view: &View, job: &JobView, watch: &Watch) -> Option<UserId> {
    let kind = view.setup.users.get(job.owner.index())?.kind;
    let runs = job.command_line.is_some()
        && view.setup.target.version.at_least(1, 5)
        && !kind.is_service_account()
        && watch.program_user == Some(job.owner)
        && view.owner_present(job);
    runs.then_some(job.owner)
}

/// The client of a registered interface that can be called now, with its user.
fn callee(view: &View, job: &JobView) -> Option<(ClientId, UserId)> {
    let client = job.interface?;
    let user = view.user_of(client)?;
    let running = view.running.get(client.index()).copied().unwrap_or(false);
    let present = view.logged_on.get(user.index()).copied().unwrap_or(false);
    (running && present).then_some((client, user))
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
            | Stimulus::AddFileSet
            | Stimulus::TakeOwnership
    )
}

/// What a client is called in a message.
fn client_name(view: &View, client: ClientId) -> &str {
    view.setup.clients.get(client.index()).map_or("a client", |client| &client.name)
}

/// Rules that only forbid get their chance to fail when the forbidden thing could happen.
fn chances(view: &View, job: &JobView, watch: &Watch, to: JobState, out: &mut Findings) {
    let registered = job.interface.is_some();
    let reachable = registered || job.command_line.is_some();
    let asks = |kind| watch.asks_for(kind);
    match to {
        JobState::TransientError if reachable && asks(NoteKind::JobError) => {
            out.held(RuleId::BITS_NOTIFY_003);
            if registered {
                out.held(RuleId::BITS_NOTIFY_025);
            }
        }
        JobState::Acknowledged | JobState::Cancelled
            if registered && (asks(NoteKind::JobError) || asks(NoteKind::JobTransferred)) =>
        {
            out.held(RuleId::BITS_NOTIFY_025);
        }
        JobState::Error | JobState::Transferred => {
            let kind =
                if to == JobState::Error { NoteKind::JobError } else { NoteKind::JobTransferred };
            chances_at_rest(view, job, watch, kind, out);
        }
        _ => {}
    }
}

fn chances_at_rest(view: &View, job: &JobView, watch: &Watch, kind: NoteKind, out: &mut Findings) {
    let registered = job.interface.is_some();
    let program = job.command_line.is_some();
    let flagged = watch.flags.is_some_and(|flags| flags & kind.flag() != 0);
    let disabled = watch.flags.is_some_and(|flags| flags & BG_NOTIFY_DISABLE != 0);
    if flagged && disabled && (registered || program) {
        out.held(RuleId::BITS_NOTIFY_007);
    }
    if watch.registrations == 0 && !program {
        out.held(RuleId::BITS_NOTIFY_023);
    }
    if flagged && !disabled && !registered {
        if job.interface_lost {
            out.held(RuleId::BITS_NOTIFY_018);
        } else if watch.registrations > 1 {
            out.held(RuleId::BITS_NOTIFY_017);
        }
        let owner = view.setup.users.get(job.owner.index());
        if program && owner.is_some_and(|owner| owner.kind.is_service_account()) {
            out.held(RuleId::BITS_NOTIFY_014);
        }
    }
    if flagged && watch.program_taken {
        out.held(RuleId::BITS_USER_011);
    }
    if registered && watch.asks_for(NoteKind::JobModification) {
        out.held(RuleId::BITS_NOTIFY_005);
    }
}

/// BITS-NOTIFY-008: which flags there are, and what any other bit returns.
fn flags_are_checked(view: &View, event: &Event, called: &Called, flags: u32, out: &mut Findings) {
    let Some(id) = called.call.job() else { return };
    let Some(job) = view.job(id) else { return };
    if job.state.is_final() || !view.admits(called.by, job) {
        return;
    }
    let mut defined = BG_NOTIFY_JOB_TRANSFERRED
        | BG_NOTIFY_JOB_ERROR
        | BG_NOTIFY_DISABLE
        | BG_NOTIFY_JOB_MODIFICATION;
    // Older versions presumably refuse the newer flags; no page says so.
    let newer = BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED;
    if view.setup.target.version.at_least(3, 0) {
        defined |= BG_NOTIFY_FILE_TRANSFERRED;
    }
    if view.setup.target.version.at_least(10, 1) {
        defined |= BG_NOTIFY_FILE_RANGES_TRANSFERRED;
    }
    let refused = called.hr == Hresult::E_NOTIMPL;
    let (ok, expected) = if flags & !(defined | newer) != 0 {
        (refused, "E_NOTIMPL (0x80004001): a bit is none of the defined flags")
    } else if flags & !defined == 0 {
        (!refused, "no E_NOTIMPL: every bit is a defined flag")
    } else {
        return;
    };
    about::ensure(out, RuleId::BITS_NOTIFY_008, ok, id, event, || {
        (
            format!("SetNotifyFlags on `{{job}}` was called with 0x{flags:04X}"),
            expected.to_owned(),
            WithNumber(called.hr).to_string(),
        )
    });
}
