//! BITS-ENUM: which jobs and files an enumeration yields.

#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::rules::bits::user::{Access, access, call_access};
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, FileId, Hresult, JobId, JobState, RuleId};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] =
    &[RuleId::BITS_ENUM_001, RuleId::BITS_ENUM_003, RuleId::BITS_ENUM_004];

/// BITS-ENUM.
#[derive(Debug, Clone)]
pub(crate) struct Enumerate {
    /// Which jobs or files the enumeration at hand has yielded.
    seen: Vec<bool>,
    /// Jobs that existed when the service last started: what it lost breaks BITS-SERVICE-001.
    older: usize,
}

impl Enumerate {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { seen: Vec::new(), older: 0 }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Called(called) => match (&called.call, &called.reply) {
                (Call::EnumJobs { all_users }, reply) => {
                    may_see_all(view, event, called, *all_users, out);
                    if let (true, Reply::Jobs(jobs)) = (called.hr.succeeded(), reply) {
                        self.jobs(view, event, called, (*all_users, jobs), out);
                    }
                }
                (Call::Job(id, JobCall::EnumFiles), Reply::Files(files))
                    if called.hr.succeeded() =>
                {
                    if let Some(job) = view.job(*id) {
                        self.files(job, event, (*id, files), out);
                    }
                }
                _ => {}
            },
            Happened::Env(what)
                if matches!(
                    **what,
                    Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                ) =>
            {
                self.older = view.jobs.len();
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}

    fn jobs(
        &mut self,
        view: &View,
        event: &Event,
        called: &Called,
        (all_users, jobs): (bool, &[JobId]),
        out: &mut Findings,
    ) {
        let mut say = |rule: RuleId, ok: bool, expected: &str, actual: &dyn Fn() -> String| {
            out.ensure(rule, ok, event, || {
                ("EnumJobs was called".to_owned(), expected.to_owned(), actual())
            });
        };
        let number = |id: JobId| move || format!("job number {}", id.0 + 1);
        self.seen.clear();
        self.seen.resize(view.jobs.len(), false);
        let mut twice = false;
        for id in jobs {
            let (Some(job), Some(seen)) = (view.job(*id), self.seen.get_mut(id.index())) else {
                say(RuleId::BITS_ENUM_001, false, "jobs that exist", &number(*id));
                continue;
            };
            twice |= *seen;
            *seen = true;
            if job.gone && !job.state.is_final() {
                continue;
            }
            // The cancellation of an upload may still be under way on the server.
            let lingers = job.state == JobState::Cancelled && job.job_type.uploads();
            if job.state.is_final() && !lingers {
                let expected = "no job in CANCELLED or ACKNOWLEDGED";
                say(RuleId::BITS_ENUM_004, false, expected, &number(*id));
            }
            if !all_users && view.user_of(called.by) != Some(job.owner) {
                let expected = "the jobs of the caller only";
                say(RuleId::BITS_ENUM_001, false, expected, &number(*id));
            }
        }
        say(RuleId::BITS_ENUM_003, !twice, "each job once", &|| "a job came twice".to_owned());
        let (mut complete, mut over) = (true, false);
        for (index, job) in view.jobs.iter().enumerate() {
            let listed = self.seen[index];
            let own = view.user_of(called.by) == Some(job.owner);
            over |= job.state.is_final() && (own || all_users) && !listed;
            // What is missing among the jobs that a restart had to keep has a rule of its own.
            let due = index >= self.older && !job.state.is_final() && !job.gone;
            let visible = access(view, called.by, job) == Access::Allowed && (own || all_users);
            if due && visible && !listed {
                complete = false;
                let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
                let expected = "every job of the caller, or of all users if asked for";
                let missing = || format!("job number {} is missing", id.0 + 1);
                say(RuleId::BITS_ENUM_001, false, expected, &missing);
            }
        }
        if complete && !jobs.is_empty() {
            say(RuleId::BITS_ENUM_001, true, "", &String::new);
        }
        if over {
            say(RuleId::BITS_ENUM_004, true, "", &String::new);
        }
    }

    /// BITS-ENUM-003: each file once.
    fn files(
        &mut self,
        job: &JobView,
        event: &Event,
        (id, files): (JobId, &[FileId]),
        out: &mut Findings,
    ) {
        self.seen.clear();
        self.seen.resize(job.files.len(), false);
        for file in files {
            if let Some(seen) = self.seen.get_mut(file.index()) {
                *seen = true;
            }
        }
        let all = files.len() == job.files.len() && self.seen.iter().all(|seen| *seen);
        if !all && id.index() < self.older {
            return;
        }
        out.ensure(RuleId::BITS_ENUM_003, all, event, || {
            let numbers: Vec<String> = files.iter().map(|file| (file.0 + 1).to_string()).collect();
            (
                "EnumFiles of `{job}` was called".to_owned(),
                format!("each of the {} files once", job.files.len()),
                format!("files {}", numbers.join(", ")),
            )
        });
    }
}

/// BITS-ENUM-001: who may enumerate the jobs of all users.
fn may_see_all(view: &View, event: &Event, called: &Called, all_users: bool, out: &mut Findings) {
    let denied = called.hr == Hresult::E_ACCESSDENIED;
    let (ok, expected) = match call_access(view, called.by) {
        _ if !all_users => (called.hr.succeeded(), "success: everybody may see his own jobs"),
        Access::Denied if is_administrator(view, called) => return,
        Access::Denied => (denied, "E_ACCESSDENIED (0x80070005): not an administrator"),
        Access::Allowed => (called.hr.succeeded(), "success for an administrator"),
        Access::Unclear => return,
    };
    out.ensure(RuleId::BITS_ENUM_001, ok, event, || {
        let whose = if all_users { "all users" } else { "the caller" };
        (
            format!("EnumJobs was called for the jobs of {whose}"),
            expected.to_owned(),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// Whether an administrator without elevation may see all jobs is documented nowhere.
fn is_administrator(view: &View, called: &Called) -> bool {
    let user = view.user_of(called.by).and_then(|user| view.setup.users.get(user.index()));
    user.is_some_and(|user| user.kind == bitsim_vocab::world::UserKind::Administrator)
}
