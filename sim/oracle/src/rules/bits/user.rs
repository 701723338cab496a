//! BITS-USER: log-on and log-off, who may do what, and whose job it is.

mod access;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about;
use crate::view::{JobView, View};
pub(super) use access::{Access, access, call_access};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened};
use bitsim_vocab::world::{Disturbance, FaultKind, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, Stimulus, UserId};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_USER_001,
    RuleId::BITS_USER_002,
    RuleId::BITS_USER_004,
    RuleId::BITS_USER_005,
    RuleId::BITS_USER_006,
    RuleId::BITS_USER_007,
    RuleId::BITS_USER_008,
    RuleId::BITS_USER_009,
    RuleId::BITS_USER_010,
    RuleId::BITS_USER_011,
    RuleId::BITS_USER_012,
    RuleId::BITS_USER_017,
];

/// BITS-USER.
#[derive(Debug, Clone)]
pub(crate) struct User {
    users: Vec<Sessions>,
    jobs: Vec<Owned>,
    /// Running jobs of a user who just logged off, until they move.
    must_stop: Vec<(JobId, JobState)>,
    logged_off: Option<SimTime>,
    /// A fault makes a missing right transient, because the scenario says so.
    rights_may_heal: bool,
}

/// The sessions of a user.
#[derive(Debug, Clone, Copy, Default)]
struct Sessions {
    /// When the last session ended.
    ended: Option<SimTime>,
    /// A process was started with RunAs since then.
    run_as: bool,
    /// There is, or was, no session of this account at some time.
    missed: bool,
}

/// Whose a job is.
#[derive(Debug, Clone, Copy, Default)]
struct Owned {
    /// The owner changed during the attempt that runs.
    changed_hands: bool,
    /// The latest TakeOwnership failed for the files of the job.
    refused: Option<Hresult>,
    /// TakeOwnership succeeded and no command line was set since.
    stripped: bool,
}

impl User {
    pub(crate) fn new(setup: &Setup) -> Self {
        let sessions = |user: &bitsim_vocab::world::User| Sessions {
            missed: !user.logged_on,
            ..Sessions::default()
        };
        Self {
            users: setup.users.iter().map(sessions).collect(),
            jobs: Vec::new(),
            must_stop: Vec::new(),
            logged_off: None,
            rights_may_heal: false,
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        kinds::after_any(self.logged_off)
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.logged_off.is_some_and(|at| at != event.at) {
            self.instant_is_over(view, event, out);
        }
        match &event.what {
            Happened::Created(created) => {
                self.jobs.resize_with(created.job.index() + 1, Owned::default);
            }
            Happened::Env(what) => self.env(view, event, what, out),
            Happened::State { job, from, to, cause } => {
                self.state(view, event, (*job, *from, *to, *cause), out);
            }
            Happened::AttemptBegan { job, .. } => {
                self.owner_is_there(view, event, *job, "a transfer attempt of `{job}` began", out);
                self.accounts_run(view, *job, out);
                if let Some(owned) = self.jobs.get_mut(job.index()) {
                    owned.changed_hands = false;
                }
            }
            Happened::AttemptEnded {
                outcome: AttemptOutcome::Stopped { by: Stimulus::ClientExits },
                ..
            } => goes_on_alone(event, "stopped an attempt of `{job}`", out),
            Happened::Bytes { job, .. } => {
                let hands = self.jobs.get(job.index()).is_some_and(|owned| owned.changed_hands);
                let ended = view.job(*job).and_then(|job| self.users.get(job.owner.index()));
                // What had moved before the log-off may be recorded at its instant.
                let late = ended.is_some_and(|user| user.ended == Some(event.at));
                if !hands && !late {
                    self.owner_is_there(view, event, *job, "data of `{job}` moved", out);
                }
            }
            Happened::Called(called) => self.called(view, event, called, out),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        if matches!(end, End::Settled(_)) || self.logged_off.is_some_and(|at| at < end.at()) {
            self.instant_is_over(view, last, out);
        }
    }

    fn env(&mut self, view: &View, event: &Event, what: &Disturbance, out: &mut Findings) {
        match what {
            Disturbance::LogOff(user) => self.log_off(view, event, *user, out),
            Disturbance::LogOn(user) => {
                if let Some(sessions) = self.users.get_mut(user.index()) {
                    sessions.run_as = false;
                    sessions.ended = None;
                }
                rest_is_undisturbed(view, *user, out);
            }
            Disturbance::RunAs(user) => {
                let absent = !view.logged_on.get(user.index()).copied().unwrap_or(true);
                if let Some(sessions) = self.users.get_mut(user.index()).filter(|_| absent) {
                    sessions.run_as = true;
                    if jobs_of(view, *user).any(|(_, job)| job.state == JobState::Queued) {
                        out.held(RuleId::BITS_USER_005);
                    }
                }
            }
            Disturbance::ClientExits(client) => {
                let of_client = view.jobs.iter().filter(|job| job.creator == *client && !job.gone);
                let active = |job: &&JobView| {
                    job.state.is_running()
                        || matches!(job.state, JobState::Queued | JobState::TransientError)
                };
                for _ in of_client.filter(active) {
                    out.held(RuleId::BITS_USER_007);
                }
            }
            Disturbance::ComputerRestarts => {
                self.must_stop.clear();
                for sessions in &mut self.users {
                    *sessions = Sessions { ended: Some(event.at), run_as: false, missed: true };
                }
            }
            Disturbance::ServiceRestarts { .. } => self.must_stop.clear(),
            Disturbance::FaultBegins(fault) => {
                self.rights_may_heal |= fault.class == Some(Class::Transient)
                    && fault.kind == FaultKind::Code(Hresult::E_ACCESSDENIED);
            }
            _ => {}
        }
    }

    fn log_off(&mut self, view: &View, event: &Event, user: UserId, out: &mut Findings) {
        let Some(account) = view.setup.users.get(user.index()) else { return };
        if let Some(sessions) = self.users.get_mut(user.index()) {
            sessions.missed = true;
            if !account.kind.is_service_account() {
                *sessions = Sessions { ended: Some(event.at), run_as: false, missed: true };
            }
        }
        rest_is_undisturbed(view, user, out);
        let present = view.logged_on.get(user.index()).copied().unwrap_or(false);
        if account.kind.is_service_account() || !present {
            return;
        }
        self.logged_off = Some(event.at);
        for (id, job) in jobs_of(view, user) {
            if job.state.is_running() {
                self.must_stop.push((id, job.state));
            }
            if job.state.is_running()
                || matches!(job.state, JobState::Queued | JobState::TransientError)
            {
                out.held(RuleId::BITS_USER_001);
            }
        }
    }

    fn state(
        &mut self,
        view: &View,
        event: &Event,
        (id, from, to, cause): (JobId, JobState, JobState, Stimulus),
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        let must_stop = self.must_stop.iter().position(|(other, _)| *other == id);
        if let Some(position) = must_stop {
            self.must_stop.swap_remove(position);
        }
        match cause {
            Stimulus::ClientExits => goes_on_alone(event, "moved `{job}`", out),
            Stimulus::OwnerLogsOff | Stimulus::OwnerLogsOn => {
                let service = view.setup.users.get(job.owner.index());
                if service.is_some_and(|owner| owner.kind.is_service_account()) {
                    accounts_stay(event, from, to, out);
                } else if !from.is_running() && from != JobState::Queued {
                    rest_is_disturbed(event, from, to, cause, out);
                } else if cause == Stimulus::OwnerLogsOff && from.is_running() {
                    goes_back_to_queued(job, event, from, to, out);
                }
            }
            _ => {}
        }
        self.missing_rights_are_fatal(job, event, to, out);
        if to == JobState::Queued && !view.owner_present(job) {
            out.held(RuleId::BITS_USER_001);
        }
    }

    /// BITS-USER-002: what the log-off did not move, once its instant is over.
    fn instant_is_over(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.logged_off = None;
        while let Some((id, state)) = self.must_stop.pop() {
            let Some(job) = view.job(id) else { continue };
            if view.owner_present(job) {
                continue;
            }
            let why = (
                "the owner of `{job}` logged off and it was left alone".to_owned(),
                format!("{state} -> QUEUED"),
                format!("it stayed in {}", job.state),
            );
            about::broken(out, RuleId::BITS_USER_002, Some(id), event, why);
        }
    }

    /// BITS-USER-001, -005 and -010: nothing moves while the owner has no session.
    fn owner_is_there(
        &self,
        view: &View,
        event: &Event,
        id: JobId,
        what: &str,
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        if view.owner_present(job) {
            if job.taken_over && matches!(event.what, Happened::AttemptBegan { .. }) {
                out.held(RuleId::BITS_USER_010);
            }
            return;
        }
        let run_as = self.users.get(job.owner.index()).is_some_and(|user| user.run_as);
        let (rule, expected) = if run_as {
            (RuleId::BITS_USER_005, "nothing: a process started with RunAs is no log-on")
        } else if job.taken_over {
            (RuleId::BITS_USER_010, "nothing before the new owner has logged on")
        } else {
            (RuleId::BITS_USER_001, "nothing while the owner is not logged on")
        };
        out.ensure(rule, false, event, || {
            (what.to_owned(), expected.to_owned(), "the owner has no session".to_owned())
        });
    }

    /// BITS-USER-006: service accounts need no log-on.
    fn accounts_run(&self, view: &View, id: JobId, out: &mut Findings) {
        let Some(job) = view.job(id) else { return };
        let owner = view.setup.users.get(job.owner.index());
        let missed = self.users.get(job.owner.index()).is_some_and(|user| user.missed);
        if missed && owner.is_some_and(|owner| owner.kind.is_service_account()) {
            out.held(RuleId::BITS_USER_006);
        }
    }

    /// BITS-USER-017: an attempt that ends for missing rights ends in ERROR.
    fn missing_rights_are_fatal(
        &self,
        job: &JobView,
        event: &Event,
        to: JobState,
        out: &mut Findings,
    ) {
        let Some((AttemptOutcome::Failed { code, .. }, at)) = job.last_outcome else { return };
        let ended = at == event.at && job.state.is_running();
        if !ended || code != Hresult::E_ACCESSDENIED || self.rights_may_heal {
            return;
        }
        if matches!(to, JobState::Error | JobState::TransientError) {
            out.ensure(RuleId::BITS_USER_017, to == JobState::Error, event, || {
                (
                    "an attempt of `{job}` failed for missing rights".to_owned(),
                    "ERROR: E_ACCESSDENIED (0x80070005) does not heal by itself".to_owned(),
                    to.to_string(),
                )
            });
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        let Some(job) = view.job(*id) else { return };
        if !call.is_getter() && !job.state.is_final() && !job.gone {
            match call {
                JobCall::TakeOwnership => {
                    privileges(view, job, event, called, out);
                    self.taken(job, *id, called.hr);
                }
                // Adding files has a rule of its own.
                JobCall::AddFile(_) | JobCall::AddFileSet(_) => {}
                _ => foreign_calls(view, job, event, called, call, out),
            }
        }
        let Some(owned) = self.jobs.get_mut(id.index()) else { return };
        match (call, &called.reply) {
            (JobCall::SetNotifyCmdLine { .. }, _) if called.hr.succeeded() => {
                owned.stripped = false;
            }
            (JobCall::GetOwner, Reply::User(owner)) => {
                owner_is_known(view, job, event, *owned, *owner, out);
            }
            (JobCall::GetNotifyCmdLine, Reply::CommandLine(program, _)) if owned.stripped => {
                out.ensure(RuleId::BITS_USER_011, program.is_empty(), event, || {
                    (
                        "`{job}` still has a command line after TakeOwnership".to_owned(),
                        "no command line".to_owned(),
                        format!("`{program}`"),
                    )
                });
            }
            _ => {}
        }
    }

    fn taken(&mut self, job: &JobView, id: JobId, hr: Hresult) {
        let Some(owned) = self.jobs.get_mut(id.index()) else { return };
        if hr.succeeded() {
            owned.changed_hands |= job.in_attempt;
            owned.refused = None;
            owned.stripped = true;
        } else if matches!(
            hr,
            Hresult::BG_E_NEW_OWNER_NO_FILE_ACCESS | Hresult::BG_E_NEW_OWNER_DIFF_MAPPING
        ) {
            owned.refused = Some(hr);
        }
    }
}

fn jobs_of(view: &View, user: UserId) -> impl Iterator<Item = (JobId, &JobView)> {
    let jobs = (0..).map(JobId).zip(&view.jobs);
    jobs.filter(move |(_, job)| job.owner == user && !job.gone)
}

/// BITS-USER-004 gets its chance: the user owns jobs that rest.
fn rest_is_undisturbed(view: &View, user: UserId, out: &mut Findings) {
    for (_, job) in jobs_of(view, user) {
        if matches!(job.state, JobState::Suspended | JobState::Error | JobState::Transferred) {
            out.held(RuleId::BITS_USER_004);
        }
    }
}

/// BITS-USER-004: log-on and log-off do not move jobs that rest or wait.
fn rest_is_disturbed(
    event: &Event,
    from: JobState,
    to: JobState,
    cause: Stimulus,
    out: &mut Findings,
) {
    out.ensure(RuleId::BITS_USER_004, false, event, || {
        let what = if cause == Stimulus::OwnerLogsOff { "log-off" } else { "log-on" };
        (
            format!("the {what} of its owner moved `{{job}}`"),
            format!("{from} stays"),
            format!("{from} -> {to}"),
        )
    });
}

/// BITS-USER-002: a running job whose owner logs off goes back to QUEUED.
fn goes_back_to_queued(
    job: &JobView,
    event: &Event,
    from: JobState,
    to: JobState,
    out: &mut Findings,
) {
    // A foreground download without range support cannot go on later and may fail at once.
    let code = job.error.map(|info| info.code);
    if to == JobState::Error && code == Some(Hresult::BG_E_INSUFFICIENT_RANGE_SUPPORT) {
        return;
    }
    out.ensure(RuleId::BITS_USER_002, to == JobState::Queued, event, || {
        (
            "the owner of `{job}` logged off while it was running".to_owned(),
            format!("{from} -> QUEUED"),
            format!("{from} -> {to}"),
        )
    });
}

/// BITS-USER-006: service accounts do not log off.
fn accounts_stay(event: &Event, from: JobState, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::BITS_USER_006, false, event, || {
        (
            "a log-off moved `{job}`, a job of a service account".to_owned(),
            format!("{from} stays: service accounts are always logged on"),
            format!("{from} -> {to}"),
        )
    });
}

/// BITS-USER-007: the end of a client is no concern of the transfer.
fn goes_on_alone(event: &Event, what: &str, out: &mut Findings) {
    out.ensure(RuleId::BITS_USER_007, false, event, || {
        let actual = match &event.what {
            Happened::State { from, to, .. } => format!("{from} -> {to}"),
            _ => "the attempt ended".to_owned(),
        };
        (
            format!("the end of a client {what}"),
            "transfers go on without the client".to_owned(),
            actual,
        )
    });
}

/// BITS-USER-008: who may modify the job of somebody else.
fn foreign_calls(
    view: &View,
    job: &JobView,
    event: &Event,
    called: &Called,
    call: &JobCall,
    out: &mut Findings,
) {
    if view.user_of(called.by) == Some(job.owner) {
        return;
    }
    let denied = called.hr == Hresult::E_ACCESSDENIED;
    let (ok, expected) = match access(view, called.by, job) {
        Access::Denied if denied => (true, ""),
        // Bad arguments may be noticed first.
        Access::Denied if complains_of_arguments(called.hr) => return,
        Access::Denied => (false, "E_ACCESSDENIED (0x80070005) for another standard user"),
        // A file that cannot be renamed may be the reason.
        Access::Allowed if matches!(call, JobCall::Complete) => return,
        Access::Allowed => (!denied, "access: an administrator need not own the job"),
        Access::Unclear => return,
    };
    out.ensure(RuleId::BITS_USER_008, ok, event, || {
        (
            format!("{} on `{{job}}`, a job of another user", call.method()),
            expected.to_owned(),
            WithNumber(called.hr).to_string(),
        )
    });
}

fn complains_of_arguments(hr: Hresult) -> bool {
    matches!(
        hr,
        Hresult::E_INVALIDARG
            | Hresult::E_NOTIMPL
            | Hresult::E_NOINTERFACE
            | Hresult::BG_E_STRING_TOO_LONG
            | Hresult::BG_E_PROXY_LIST_TOO_LARGE
            | Hresult::BG_E_PROXY_BYPASS_LIST_TOO_LARGE
    )
}

/// BITS-USER-009: TakeOwnership is for administrators, from Vista on for elevated ones.
fn privileges(view: &View, job: &JobView, event: &Event, called: &Called, out: &mut Findings) {
    let denied = called.hr == Hresult::E_ACCESSDENIED;
    let (ok, expected) = match call_access(view, called.by) {
        _ if view.user_of(called.by) == Some(job.owner) => return,
        Access::Denied => (denied, "E_ACCESSDENIED (0x80070005) without administrator privileges"),
        Access::Allowed => (!denied, "no E_ACCESSDENIED for an elevated administrator"),
        Access::Unclear => return,
    };
    out.ensure(RuleId::BITS_USER_009, ok, event, || {
        (
            "TakeOwnership was called on `{job}`".to_owned(),
            expected.to_owned(),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// BITS-USER-010, -012 and BITS-CREATE-001: whom GetOwner names.
fn owner_is_known(
    view: &View,
    job: &JobView,
    event: &Event,
    owned: Owned,
    told: UserId,
    out: &mut Findings,
) {
    let rule = if owned.refused.is_some() {
        RuleId::BITS_USER_012
    } else if job.taken_over {
        RuleId::BITS_USER_010
    } else {
        return;
    };
    let name = |user: UserId| {
        view.setup.users.get(user.index()).map_or("nobody", |user| &user.name).to_owned()
    };
    out.ensure(rule, told == job.owner, event, || {
        (
            "GetOwner of `{job}` names another user than TakeOwnership left".to_owned(),
            format!("`{}`", name(job.owner)),
            format!("`{}`", name(told)),
        )
    });
}
