//! BITS-CREATE: making jobs and finding them again.

mod limits;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about;
use crate::rules::bits::user::{Access, access};
use crate::view::View;
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, Created, End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{ClientId, Event, Hresult, JobId, JobType, Priority, RuleId, SimTime};
use limits::Limits;
use std::collections::BTreeMap;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_CREATE_001,
    RuleId::BITS_CREATE_002,
    RuleId::BITS_CREATE_003,
    RuleId::BITS_CREATE_004,
    RuleId::BITS_CREATE_005,
    RuleId::BITS_CREATE_006,
    RuleId::BITS_CREATE_007,
    RuleId::BITS_CREATE_008,
    RuleId::BITS_CREATE_009,
    RuleId::BITS_CREATE_010,
];

/// Most characters of a display name.
const LONGEST_NAME: usize = 256;

/// BITS-CREATE.
#[derive(Debug, Clone)]
pub(crate) struct Create {
    limits: Limits,
    /// The latest CreateJob, until all its effects have been recorded.
    latest: Option<Making>,
    /// The job of each GUID.
    guids: BTreeMap<u128, JobId>,
    jobs: Vec<Made>,
}

/// A call of CreateJob.
#[derive(Debug, Clone, Copy)]
struct Making {
    by: ClientId,
    at: SimTime,
    succeeded: bool,
    job_type: JobType,
    /// The job that it delivered.
    told: Option<JobId>,
    /// The job was recorded.
    recorded: bool,
}

/// What is known of a job that was made.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    guid: u128,
    /// Properties that were set: bits of [`PRIORITY`] and the like.
    set: u8,
    /// The service has restarted since.
    restarted: bool,
}

const PRIORITY: u8 = 1;
const PROXY: u8 = 2;
const RETRY_DELAY: u8 = 4;
const NO_PROGRESS: u8 = 8;

impl Create {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self { limits: Limits::new(setup), latest: None, guids: BTreeMap::new(), jobs: Vec::new() }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        match self.limits.waits() {
            true => kinds::AT_ONCE,
            false => kinds::after_any(self.latest.map(|latest| latest.at)),
        }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.latest.is_some_and(|latest| {
            latest.at != event.at || matches!(event.what, Happened::Called(_) | Happened::Env(_))
        }) {
            self.is_recorded(event, out);
        }
        self.limits.observe(view, event);
        match &event.what {
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::Created(created) => self.created(view, event, created, out),
            Happened::Env(what)
                if matches!(
                    **what,
                    Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                ) =>
            {
                for made in &mut self.jobs {
                    made.restarted = true;
                }
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, last: &Event, out: &mut Findings) {
        self.is_recorded(last, out);
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        match &called.call {
            Call::CreateJob { name, job_type } => {
                let told = match called.reply {
                    Reply::Job(job) => Some(job),
                    _ => None,
                };
                self.latest = Some(Making {
                    by: called.by,
                    at: event.at,
                    succeeded: called.hr.succeeded(),
                    job_type: *job_type,
                    told,
                    recorded: false,
                });
                let exists = types_exist(view, event, called, *job_type, out);
                let sound = exists
                    && name.as_ref().is_some_and(|name| name.chars().count() <= LONGEST_NAME);
                let limited = self.limits.judge(view, event, called, sound, out);
                if exists && !limited {
                    display_name(event, called, name.as_deref(), out);
                }
            }
            Call::GetJob(id) => self.get_job(view, event, called, *id, out),
            Call::Job(id, call) if called.hr.succeeded() => {
                self.properties(view, event, *id, call, &called.reply, out);
            }
            _ => {}
        }
    }

    /// BITS-CREATE-001 and -007: what CreateJob makes.
    fn created(&mut self, view: &View, event: &Event, created: &Created, out: &mut Findings) {
        let known = self.guids.get(&created.guid).and_then(|job| view.job(*job));
        let unique = known.is_none_or(|job| job.state.is_final() || job.gone);
        self.guids.insert(created.guid, created.job);
        self.jobs.resize(created.job.index() + 1, Made::default());
        self.jobs[created.job.index()].guid = created.guid;
        let latest = self.latest.as_mut().filter(|latest| latest.succeeded && !latest.recorded);
        let Some(latest) = latest else {
            out.ensure(RuleId::BITS_CREATE_001, false, event, || {
                (
                    "`{job}` came without a successful CreateJob".to_owned(),
                    "no job without CreateJob, and none after a failed one".to_owned(),
                    "a new job".to_owned(),
                )
            });
            return;
        };
        latest.recorded = true;
        let owner = view.user_of(latest.by);
        let told = latest.told == Some(created.job);
        let job_type = latest.job_type;
        let ok = unique && told && owner == Some(created.owner);
        out.ensure(RuleId::BITS_CREATE_001, ok, event, || {
            let actual = if !unique {
                "the GUID of another job in the queue"
            } else if !told {
                "the call delivered another job"
            } else {
                "another owner"
            };
            (
                "CreateJob made `{job}`".to_owned(),
                "a GUID of its own, the caller as owner, and the job that the call delivers"
                    .to_owned(),
                actual.to_owned(),
            )
        });
        type_stays(event, job_type, created.job_type, out);
    }

    /// BITS-CREATE-001: a successful CreateJob has made a job.
    fn is_recorded(&mut self, event: &Event, out: &mut Findings) {
        let Some(latest) = self.latest.take() else { return };
        if latest.succeeded && !latest.recorded {
            let why = (
                "CreateJob succeeded".to_owned(),
                "a new job in the queue".to_owned(),
                "none was made".to_owned(),
            );
            about::broken(out, RuleId::BITS_CREATE_001, latest.told, event, why);
        }
    }

    /// BITS-CREATE-009 and -010: what GetJob returns.
    fn get_job(&self, view: &View, event: &Event, called: &Called, id: JobId, out: &mut Findings) {
        let hr = called.hr;
        let not_found = hr == Hresult::BG_E_NOT_FOUND;
        let denied = hr == Hresult::E_ACCESSDENIED;
        let Some(job) = view.job(id) else {
            get_job_returns(RuleId::BITS_CREATE_009, not_found, "BG_E_NOT_FOUND", event, hr, out);
            return;
        };
        let access = access(view, called.by, job);
        if job.state.is_final() {
            // The cancellation of an upload may still be under way on the server.
            let pending = job.job_type.uploads() && !job.gone && hr.succeeded();
            let ok = not_found || pending || denied && access != Access::Allowed;
            let expected = "BG_E_NOT_FOUND (0x80200001): the job is over";
            get_job_returns(RuleId::BITS_CREATE_010, ok, expected, event, hr, out);
            return;
        }
        // What a restart loses has rules of its own.
        let restarted = self.jobs.get(id.index()).is_some_and(|made| made.restarted);
        if job.gone || restarted && not_found {
            return;
        }
        let (ok, expected) = match access {
            Access::Allowed => (hr.succeeded(), "S_OK: the job is in the queue"),
            Access::Denied => (denied, "E_ACCESSDENIED (0x80070005) for another standard user"),
            Access::Unclear => return,
        };
        get_job_returns(RuleId::BITS_CREATE_009, ok, expected, event, hr, out);
    }

    /// BITS-CREATE-001, -007 and -008: what getters tell about a new job.
    fn properties(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        call: &JobCall,
        reply: &Reply,
        out: &mut Findings,
    ) {
        let (Some(job), Some(made)) = (view.job(id), self.jobs.get_mut(id.index())) else { return };
        match (call, reply) {
            (JobCall::SetPriority(_), _) => made.set |= PRIORITY,
            (JobCall::SetProxySettings(_), _) => made.set |= PROXY,
            (JobCall::SetMinimumRetryDelay(_), _) => made.set |= RETRY_DELAY,
            (JobCall::SetNoProgressTimeout(_), _) => made.set |= NO_PROGRESS,
            (JobCall::GetId, Reply::Guid(guid)) => {
                out.ensure(RuleId::BITS_CREATE_001, *guid == made.guid, event, || {
                    (
                        "GetId of `{job}` tells another id than CreateJob did".to_owned(),
                        format!("{:032x}", made.guid),
                        format!("{guid:032x}"),
                    )
                });
            }
            (JobCall::GetType, Reply::Type(told)) => type_stays(event, job.job_type, *told, out),
            (JobCall::GetOwner, Reply::User(told)) if !job.taken_over => {
                out.ensure(RuleId::BITS_CREATE_001, *told == job.owner, event, || {
                    (
                        "GetOwner of `{job}` names another user".to_owned(),
                        "the user who called CreateJob".to_owned(),
                        format!("user number {}", told.0 + 1),
                    )
                });
            }
            // A value that changes over a restart breaks BITS-SERVICE-001.
            _ if !made.restarted => is_default(event, made.set, call, reply, out),
            _ => {}
        }
    }
}

/// BITS-CREATE-008: the properties of a job that nobody has changed.
fn is_default(event: &Event, set: u8, call: &JobCall, reply: &Reply, out: &mut Findings) {
    let (property, ok, expected) = match (call, reply) {
        (JobCall::GetPriority, Reply::Priority(told)) => {
            (PRIORITY, *told == Priority::Normal, "NORMAL")
        }
        (JobCall::GetProxySettings, Reply::Proxy(told)) => {
            (PROXY, told.usage == 0, "BG_JOB_PROXY_USAGE_PRECONFIG")
        }
        (JobCall::GetMinimumRetryDelay, Reply::Number(told)) => {
            (RETRY_DELAY, *told == 600, "600 seconds")
        }
        (JobCall::GetNoProgressTimeout, Reply::Number(told)) => {
            (NO_PROGRESS, *told == 1_209_600, "1209600 seconds")
        }
        _ => return,
    };
    if set & property == 0 {
        out.ensure(RuleId::BITS_CREATE_008, ok, event, || {
            let actual = match reply {
                Reply::Priority(told) => told.to_string(),
                Reply::Proxy(told) => format!("usage {}", told.usage),
                Reply::Number(told) => format!("{told} seconds"),
                _ => String::new(),
            };
            (
                format!("{} of `{{job}}`, which nobody has changed", call.method()),
                expected.to_owned(),
                actual,
            )
        });
    }
}

/// BITS-CREATE-007: upload types exist from BITS 1.5 on. True if this one exists.
fn types_exist(
    view: &View,
    event: &Event,
    called: &Called,
    job_type: JobType,
    out: &mut Findings,
) -> bool {
    let exists = !job_type.uploads() || view.setup.target.version.at_least(1, 5);
    if !exists {
        out.ensure(RuleId::BITS_CREATE_007, called.hr.failed(), event, || {
            (
                format!("CreateJob for a job of type {job_type}"),
                "a failure: upload types exist from BITS 1.5 on".to_owned(),
                WithNumber(called.hr).to_string(),
            )
        });
    }
    exists
}

/// BITS-CREATE-007: the type is fixed at creation.
fn type_stays(event: &Event, made: JobType, told: JobType, out: &mut Findings) {
    out.ensure(RuleId::BITS_CREATE_007, made == told, event, || {
        (
            "`{job}` has another type than it was created with".to_owned(),
            made.to_string(),
            told.to_string(),
        )
    });
}

/// BITS-CREATE-002: which display names CreateJob takes.
fn display_name(event: &Event, called: &Called, name: Option<&str>, out: &mut Findings) {
    let invalid = called.hr == Hresult::E_INVALIDARG;
    let (ok, expected) = match name {
        None => (invalid, "E_INVALIDARG (0x80070057): the name is mandatory"),
        Some(name) if name.chars().count() > LONGEST_NAME => {
            (invalid, "E_INVALIDARG (0x80070057): more than 256 characters")
        }
        // Whether an empty name is one, and what counts as a character, is documented nowhere.
        Some(name) if name.is_empty() || name.encode_utf16().count() > LONGEST_NAME => return,
        Some(_) => (!invalid, "no E_INVALIDARG: the name is valid and need not be unique"),
    };
    out.ensure(RuleId::BITS_CREATE_002, ok, event, || {
        let length = name.map_or("NULL".to_owned(), |name| {
            format!("a name of {} characters", name.chars().count())
        });
        (
            format!("CreateJob was called with {length}"),
            expected.to_owned(),
            WithNumber(called.hr).to_string(),
        )
    });
}

fn get_job_returns(
    rule: RuleId,
    ok: bool,
    expected: &str,
    event: &Event,
    hr: Hresult,
    out: &mut Findings,
) {
    out.ensure(rule, ok, event, || {
        ("GetJob for `{job}`".to_owned(), expected.to_owned(), WithNumber(hr).to_string())
    });
}
