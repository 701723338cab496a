//! BITS-CREATE-003 to -006: how many jobs there may be.

use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, Happened};
use bitsim_vocab::world::{Disturbance, Setup, UserKind};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, UserId};
use std::collections::BTreeSet;

/// The jobs in the queue.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// For each user, the jobs that he owns.
    of_user: Vec<Count>,
    /// Jobs of all users.
    all: Count,
    /// Jobs of users whom the limits concern.
    limited: u32,
    /// CANCELLED uploads that have left the queue for good.
    left: BTreeSet<JobId>,
    /// Jobs may have changed hands or been lost: count again.
    again: bool,
}

/// How many jobs there are in a queue.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// Jobs in no final state.
    living: u32,
    /// CANCELLED uploads that may still hold their place (BITS-CANCEL-006).
    lingering: u32,
    /// Jobs that are over.
    over: u32,
}

/// What a job is to the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Living,
    Lingering,
    Over,
}

impl Limits {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            of_user: vec![Count::default(); setup.users.len()],
            all: Count::default(),
            limited: 0,
            left: BTreeSet::new(),
            again: false,
        }
    }

    /// True if the jobs have to be counted again at the next event.
    pub(super) fn waits(&self) -> bool {
        self.again
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event) {
        if self.again {
            self.count(view);
        }
        match &event.what {
            Happened::Created(created) => self.add(view, created.owner, Stands::Living),
            Happened::State { job, to: JobState::Acknowledged | JobState::Cancelled, .. } => {
                let Some(known) = view.job(*job).filter(|job| !job.state.is_final()) else {
                    return;
                };
                let cancelled =
                    matches!(event.what, Happened::State { to: JobState::Cancelled, .. });
                self.remove(view, known.owner, Stands::Living);
                let lingers = cancelled && known.job_type.uploads();
                let stands = if lingers { Stands::Lingering } else { Stands::Over };
                self.add(view, known.owner, stands);
            }
            Happened::LeftQueue { job } => {
                let Some(known) = view.job(*job) else { return };
                if self.stands(*job, known) == Stands::Lingering {
                    self.remove(view, known.owner, Stands::Lingering);
                    self.add(view, known.owner, Stands::Over);
                }
                self.left.insert(*job);
            }
            Happened::Called(called) => {
                self.again = matches!(called.call, Call::Job(_, JobCall::TakeOwnership));
            }
            Happened::Env(what) => {
                self.again = matches!(
                    **what,
                    Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                );
            }
            _ => {}
        }
    }

    fn count(&mut self, view: &View) {
        let left = std::mem::take(&mut self.left);
        *self = Self { left, ..Self::new(&view.setup) };
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            let stands = self.stands(id, job);
            self.add(view, job.owner, stands);
        }
    }

    fn stands(&self, id: JobId, job: &JobView) -> Stands {
        if job.state == JobState::Cancelled && job.job_type.uploads() && !self.left.contains(&id) {
            Stands::Lingering
        } else if job.gone || job.state.is_final() {
            Stands::Over
        } else {
            Stands::Living
        }
    }

    fn add(&mut self, view: &View, owner: UserId, stands: Stands) {
        *self.all.of(stands) += 1;
        if let Some(count) = self.of_user.get_mut(owner.index()) {
            *count.of(stands) += 1;
        }
        if stands == Stands::Living && kind(view, owner) == Some(UserKind::Standard) {
            self.limited += 1;
        }
    }

    fn remove(&mut self, view: &View, owner: UserId, stands: Stands) {
        let less = |n: &mut u32| *n = n.saturating_sub(1);
        less(self.all.of(stands));
        if let Some(count) = self.of_user.get_mut(owner.index()) {
            less(count.of(stands));
        }
        if stands == Stands::Living && kind(view, owner) == Some(UserKind::Standard) {
            less(&mut self.limited);
        }
    }

    /// Judges a call of CreateJob. True if it was refused for a limit, or should have been. What is
    /// wrong with the arguments, unless they are `sound`, may be noticed first.
    pub(super) fn judge(
        &self,
        view: &View,
        event: &Event,
        called: &Called,
        sound: bool,
        out: &mut Findings,
    ) -> bool {
        let told = matches!(
            called.hr,
            Hresult::BG_E_TOO_MANY_JOBS_PER_USER | Hresult::BG_E_TOO_MANY_JOBS_PER_MACHINE
        );
        if !sound && called.hr.failed() && !told {
            return false;
        }
        let Some(user) = view.user_of(called.by) else { return told };
        let elevated =
            view.setup.clients.get(called.by.index()).is_some_and(|client| client.elevated);
        match kind(view, user) {
            // Both limits came with BITS 3.0.
            _ if !view.setup.target.version.at_least(3, 0) => return told,
            Some(UserKind::Standard) => {}
            // What an unelevated administrator is to the limits is documented nowhere.
            Some(UserKind::Administrator) if !elevated => return told,
            _ => {
                self.exempt(view, event, called, user, told, out);
                return told;
            }
        }
        self.concerned(view, event, called, user, out)
    }

    /// BITS-CREATE-005: administrators and service accounts meet no limit.
    fn exempt(
        &self,
        view: &View,
        event: &Event,
        called: &Called,
        user: UserId,
        told: bool,
        out: &mut Findings,
    ) {
        let own = self.of_user.get(user.index()).copied().unwrap_or_default();
        let policies = &view.setup.policies;
        let full = own.living >= policies.max_jobs_per_user
            || self.all.living >= policies.max_jobs_per_machine;
        if told || full {
            out.ensure(RuleId::BITS_CREATE_005, !told, event, || {
                texts(called, "no limit for administrators and service accounts")
            });
        }
    }

    /// BITS-CREATE-003, -004 and -006: the limits as a standard user meets them.
    fn concerned(
        &self,
        view: &View,
        event: &Event,
        called: &Called,
        user: UserId,
        out: &mut Findings,
    ) -> bool {
        let own = self.of_user.get(user.index()).copied().unwrap_or_default();
        let (all, policies) = (self.all, &view.setup.policies);
        let (most_own, most) = (policies.max_jobs_per_user, policies.max_jobs_per_machine);
        let user_told = called.hr == Hresult::BG_E_TOO_MANY_JOBS_PER_USER;
        let machine_told = called.hr == Hresult::BG_E_TOO_MANY_JOBS_PER_MACHINE;
        let mut say = |rule: RuleId, ok: bool, expected: &str| {
            out.ensure(rule, ok, event, || texts(called, expected));
        };
        // Which limit is told first is documented nowhere, nor whether the jobs of exempt users
        // count for the machine.
        let told_well = user_told && own.most() >= most_own || machine_told && all.most() >= most;
        if own.living >= most_own {
            let expected = "BG_E_TOO_MANY_JOBS_PER_USER (0x80200049)";
            say(RuleId::BITS_CREATE_003, told_well, expected);
            return true;
        }
        if self.limited >= most {
            let expected = "BG_E_TOO_MANY_JOBS_PER_MACHINE (0x80200050)";
            say(RuleId::BITS_CREATE_004, told_well, expected);
            return true;
        }
        // Would the jobs that are over fill a limit if they counted?
        let over = (own.most() + own.over >= most_own, all.most() + all.over >= most);
        if user_told && own.most() < most_own {
            let rule = if over.0 { RuleId::BITS_CREATE_006 } else { RuleId::BITS_CREATE_003 };
            say(rule, false, "success: the user has room for another job");
        } else if machine_told && all.most() < most {
            let rule = if over.1 { RuleId::BITS_CREATE_006 } else { RuleId::BITS_CREATE_004 };
            say(rule, false, "success: there is room for another job");
        } else if called.hr.succeeded() && (over.0 || over.1) {
            say(RuleId::BITS_CREATE_006, true, "");
        }
        user_told || machine_told
    }
}

impl Count {
    fn of(&mut self, stands: Stands) -> &mut u32 {
        match stands {
            Stands::Living => &mut self.living,
            Stands::Lingering => &mut self.lingering,
            Stands::Over => &mut self.over,
        }
    }

    /// The most jobs that may count.
    fn most(self) -> u32 {
        self.living + self.lingering
    }
}

fn kind(view: &View, user: UserId) -> Option<UserKind> {
    view.setup.users.get(user.index()).map(|user| user.kind)
}

fn texts(called: &Called, expected: &str) -> (String, String, String) {
    ("CreateJob was called".to_owned(), expected.to_owned(), WithNumber(called.hr).to_string())
}
