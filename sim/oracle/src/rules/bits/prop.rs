//! BITS-PROP: setters and getters of job properties.

#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::rules::bits::user::{Access, access};
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Proxy, Reply};
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened};
use bitsim_vocab::world::{Disturbance, FaultKind, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, JobType, Priority, RuleId};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_PROP_001,
    RuleId::BITS_PROP_002,
    RuleId::BITS_PROP_003,
    RuleId::BITS_PROP_004,
    RuleId::BITS_PROP_005,
    RuleId::BITS_PROP_006,
    RuleId::BITS_PROP_007,
    RuleId::BITS_PROP_008,
    RuleId::BITS_RESUME_008,
    RuleId::BITS_SERVICE_001,
];

/// Most characters of a display name and of a description.
const LONGEST_NAME: usize = 256;
const LONGEST_DESCRIPTION: usize = 1_024;
/// Proxy lists up to the first length are certainly accepted, beyond the second certainly not:
/// the page has three different limits.
const PROXY_ACCEPTED: usize = 4_000;
const PROXY_REFUSED: usize = 32 * 1_024;

/// BITS-PROP.
#[derive(Debug, Clone)]
pub(crate) struct Prop {
    jobs: Vec<Texts>,
    /// A fault makes a bad proxy transient, because the scenario says so.
    proxy_may_heal: bool,
}

/// Texts of a job, as they were set last, and what a restart may have changed.
#[derive(Debug, Clone, Default)]
struct Texts {
    name: Option<String>,
    description: Option<String>,
    flags: Option<u32>,
    /// A reply file name was set.
    reply_named: bool,
    /// Resume succeeded.
    resumed: bool,
    /// The service has restarted since the job was made.
    restarted: bool,
}

impl Prop {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { jobs: Vec::new(), proxy_may_heal: false }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Created(created) => {
                self.jobs.resize_with(created.job.index() + 1, Texts::default);
                self.jobs[created.job.index()].name = Some(created.name.clone());
            }
            Happened::Called(called) => {
                if let Call::Job(id, call) = &called.call
                    && let Some(job) = view.job(*id)
                    && !job.gone
                {
                    self.called(view, event, called, (*id, job, call), out);
                }
            }
            Happened::State { job, to, .. } => {
                if let Some(job) = view.job(*job) {
                    self.bad_proxies_are_fatal(job, event, *to, out);
                }
            }
            Happened::Env(what) => match &**what {
                Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                    for texts in &mut self.jobs {
                        texts.restarted = true;
                    }
                }
                Disturbance::FaultBegins(fault) => {
                    self.proxy_may_heal |= fault.class == Some(Class::Transient)
                        && fault.kind == FaultKind::Code(Hresult::BG_E_INVALID_PROXY_INFO);
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}

    fn called(
        &mut self,
        view: &View,
        event: &Event,
        called: &Called,
        (id, job, call): (JobId, &JobView, &JobCall),
        out: &mut Findings,
    ) {
        let restarted = self.jobs.get(id.index()).is_some_and(|texts| texts.restarted);
        if call.is_getter() {
            getters_work(view, job, event, called, restarted, out);
            if called.hr.succeeded() {
                self.values(job, event, (id, call, &called.reply), out);
            }
            return;
        }
        let access = access(view, called.by, job);
        if job.state.is_final() {
            if is_core_setter(call) && !restarted {
                over(event, called, access, out);
            }
            return;
        }
        if access == Access::Allowed {
            if is_core_setter(call) {
                let refused = called.hr == Hresult::BG_E_INVALID_STATE;
                out.ensure(RuleId::BITS_PROP_001, !refused, event, || {
                    texts(called, "no BG_E_INVALID_STATE before a final state")
                });
            }
            arguments(event, called, call, out);
        }
        if called.hr.succeeded() {
            self.remember(id, call);
        }
    }

    fn remember(&mut self, id: JobId, call: &JobCall) {
        let Some(texts) = self.jobs.get_mut(id.index()) else { return };
        match call {
            JobCall::SetDisplayName(name) => texts.name.clone_from(name),
            JobCall::SetDescription(text) => texts.description.clone_from(text),
            JobCall::SetNotifyFlags(flags) => texts.flags = Some(*flags),
            // What NULL does after Resume is documented nowhere.
            JobCall::SetReplyFileName(name) => {
                texts.reply_named =
                    texts.resumed || name.as_ref().is_some_and(|name| !name.is_empty());
            }
            JobCall::Resume => texts.resumed = true,
            _ => {}
        }
    }

    /// BITS-PROP-007: a getter tells the value that was set last. Defaults have rules of their own,
    /// and what changes over a restart breaks BITS-SERVICE-001.
    fn values(
        &self,
        job: &JobView,
        event: &Event,
        (id, call, reply): (JobId, &JobCall, &Reply),
        out: &mut Findings,
    ) {
        let Some(texts) = self.jobs.get(id.index()) else { return };
        let set = match (call, reply) {
            (JobCall::GetDisplayName, Reply::Text(told)) => text(texts.name.as_deref(), told),
            (JobCall::GetDescription, Reply::Text(told)) => {
                text(texts.description.as_deref(), told)
            }
            (JobCall::GetNotifyFlags, Reply::Number(told)) => {
                let Some(flags) = texts.flags else { return };
                number(u64::from(flags), *told)
            }
            (JobCall::GetReplyFileName, Reply::Text(told)) => {
                reply_name(job, texts, event, told, out);
                return;
            }
            _ if texts.restarted => return,
            (JobCall::GetPriority, Reply::Priority(told)) => {
                (job.priority != *told).then(|| (job.priority.to_string(), told.to_string()))
            }
            (JobCall::GetMinimumRetryDelay, Reply::Number(told)) => {
                number(job.minimum_retry_delay, *told)
            }
            (JobCall::GetNoProgressTimeout, Reply::Number(told)) => {
                number(job.no_progress_timeout, *told)
            }
            (JobCall::GetMaximumDownloadTime, Reply::Number(told)) => {
                let Some(set) = job.maximum_download_time else { return };
                number(set, *told)
            }
            (JobCall::GetNotifyCmdLine, Reply::CommandLine(told, _)) => {
                if job.taken_over {
                    return;
                }
                text(job.command_line.as_ref().map(|(program, _)| program.as_str()), told)
            }
            _ => return,
        };
        let unset = match call {
            JobCall::GetPriority => job.priority == Priority::Normal,
            JobCall::GetMinimumRetryDelay => job.minimum_retry_delay == 600,
            JobCall::GetNoProgressTimeout => job.no_progress_timeout == 1_209_600,
            _ => false,
        };
        if unset && set.is_some() {
            return;
        }
        let rule = if texts.restarted { RuleId::BITS_SERVICE_001 } else { RuleId::BITS_PROP_007 };
        out.ensure(rule, set.is_none(), event, || {
            let (set, told) = set.unwrap_or_default();
            (format!("{} of `{{job}}` tells another value than was set", call.method()), set, told)
        });
    }

    /// BITS-PROP-006: a proxy that turns out to be unusable is a fatal error.
    fn bad_proxies_are_fatal(
        &self,
        job: &JobView,
        event: &Event,
        to: JobState,
        out: &mut Findings,
    ) {
        let Some((AttemptOutcome::Failed { code, .. }, at)) = job.last_outcome else { return };
        let ended = at == event.at && job.state.is_running();
        if !ended || code != Hresult::BG_E_INVALID_PROXY_INFO || self.proxy_may_heal {
            return;
        }
        if matches!(to, JobState::Error | JobState::TransientError) {
            out.ensure(RuleId::BITS_PROP_006, to == JobState::Error, event, || {
                (
                    "an attempt of `{job}` failed because its proxy is unusable".to_owned(),
                    "ERROR with BG_E_INVALID_PROXY_INFO (0x8020003F)".to_owned(),
                    to.to_string(),
                )
            });
        }
    }
}

fn text(set: Option<&str>, told: &str) -> Option<(String, String)> {
    let set = set.unwrap_or_default();
    (set != told).then(|| (format!("`{set}`"), format!("`{told}`")))
}

fn number(set: u64, told: u64) -> Option<(String, String)> {
    (set != told).then(|| (set.to_string(), told.to_string()))
}

/// The setters of the first version of the job interface, and TakeOwnership.
fn is_core_setter(call: &JobCall) -> bool {
    matches!(
        call,
        JobCall::SetPriority(_)
            | JobCall::SetDisplayName(_)
            | JobCall::SetDescription(_)
            | JobCall::SetNotifyFlags(_)
            | JobCall::SetNotifyInterface(_)
            | JobCall::SetMinimumRetryDelay(_)
            | JobCall::SetNoProgressTimeout(_)
            | JobCall::SetProxySettings(_)
            | JobCall::TakeOwnership
    )
}

/// BITS-PROP-001: a job that is over takes no more settings.
fn over(event: &Event, called: &Called, access: Access, out: &mut Findings) {
    let told = called.hr == Hresult::BG_E_INVALID_STATE;
    // Who may not touch the job, or passes nonsense, may be told that first.
    let excused = called.hr.failed()
        && (access != Access::Allowed
            || matches!(called.hr, Hresult::E_ACCESSDENIED | Hresult::E_INVALIDARG)
            || matches!(called.hr, Hresult::E_NOTIMPL | Hresult::BG_E_STRING_TOO_LONG));
    if told || !excused {
        out.ensure(RuleId::BITS_PROP_001, told, event, || {
            texts(called, "BG_E_INVALID_STATE (0x80200002) in a final state")
        });
    }
}

/// BITS-PROP-002 to -005: which arguments the setters take.
fn arguments(event: &Event, called: &Called, call: &JobCall, out: &mut Findings) {
    let hr = called.hr;
    let judged = match call {
        JobCall::SetDisplayName(name) => {
            let told = long_text(name.as_deref(), LONGEST_NAME, hr, true);
            told.map(|(ok, expected)| (RuleId::BITS_PROP_002, ok, expected))
        }
        JobCall::SetDescription(text) => {
            let told = long_text(text.as_deref(), LONGEST_DESCRIPTION, hr, false);
            told.map(|(ok, expected)| (RuleId::BITS_PROP_003, ok, expected))
        }
        JobCall::SetPriority(value) => {
            let refused = hr == Hresult::E_NOTIMPL;
            let known = Priority::ALL.iter().any(|known| u32::from(known.value()) == *value);
            Some(if known {
                (RuleId::BITS_PROP_004, !refused, "no E_NOTIMPL: the priority is defined")
            } else {
                (RuleId::BITS_PROP_004, refused, "E_NOTIMPL (0x80004001): no such priority")
            })
        }
        JobCall::SetProxySettings(proxy) => {
            proxy_settings(proxy, hr).map(|(ok, expected)| (RuleId::BITS_PROP_005, ok, expected))
        }
        _ => None,
    };
    if let Some((rule, ok, expected)) = judged {
        out.ensure(rule, ok, event, || texts(called, expected));
    }
}

/// What a text of limited length deserves. The page on names has two codes for a longer one.
fn long_text(
    text: Option<&str>,
    longest: usize,
    hr: Hresult,
    either: bool,
) -> Option<(bool, &'static str)> {
    let (null, long) = (hr == Hresult::E_INVALIDARG, hr == Hresult::BG_E_STRING_TOO_LONG);
    match text {
        None => Some((null, "E_INVALIDARG (0x80070057) for NULL")),
        Some(text) if text.chars().count() > longest => {
            Some((long || either && null, "BG_E_STRING_TOO_LONG (0x80200021)"))
        }
        // What counts as a character is documented nowhere.
        Some(text) if text.is_empty() || text.encode_utf16().count() > longest => None,
        Some(_) => Some((!null && !long, "success: the text is not too long")),
    }
}

/// What proxy settings deserve, where the page is clear.
fn proxy_settings(proxy: &Proxy, hr: Hresult) -> Option<(bool, &'static str)> {
    /// BG_JOB_PROXY_USAGE_OVERRIDE and the highest usage that is defined.
    const OVERRIDE: u32 = 2;
    const HIGHEST: u32 = 3;
    let length =
        |list: &Option<String>| list.as_ref().map_or(0, |list| list.encode_utf16().count());
    let (list, bypass) = (length(&proxy.list), length(&proxy.bypass));
    if proxy.usage > HIGHEST {
        return Some((hr == Hresult::E_NOTIMPL, "E_NOTIMPL (0x80004001): no such usage"));
    }
    if proxy.usage != OVERRIDE {
        if proxy.list.is_some() || proxy.bypass.is_some() {
            return Some((hr.failed(), "a failure: lists go with OVERRIDE only"));
        }
        // The newest usage may be unknown to an old version.
        let ok = hr.succeeded() || proxy.usage == HIGHEST;
        return Some((ok, "S_OK: the usage needs no list"));
    }
    if proxy.list.is_none() {
        return Some((
            hr == Hresult::E_INVALIDARG,
            "E_INVALIDARG (0x80070057): OVERRIDE without a proxy list",
        ));
    }
    let too_large = hr == Hresult::BG_E_PROXY_LIST_TOO_LARGE;
    let bypass_too_large = hr == Hresult::BG_E_PROXY_BYPASS_LIST_TOO_LARGE;
    match (list, bypass) {
        (list, bypass) if list > PROXY_REFUSED && bypass > PROXY_ACCEPTED => {
            Some((too_large || bypass_too_large, "BG_E_PROXY_LIST_TOO_LARGE (0x80200018)"))
        }
        (list, _) if list > PROXY_REFUSED => {
            Some((too_large, "BG_E_PROXY_LIST_TOO_LARGE (0x80200018)"))
        }
        (list, bypass) if bypass > PROXY_REFUSED && list <= PROXY_ACCEPTED => {
            Some((bypass_too_large, "BG_E_PROXY_BYPASS_LIST_TOO_LARGE (0x80200019)"))
        }
        (list, bypass) if list > 0 && list <= PROXY_ACCEPTED && bypass <= PROXY_ACCEPTED => {
            Some((hr.succeeded(), "S_OK: what is in the lists is checked at run time only"))
        }
        _ => None,
    }
}

/// BITS-PROP-008: getters work in every state.
fn getters_work(
    view: &View,
    job: &JobView,
    event: &Event,
    called: &Called,
    restarted: bool,
    out: &mut Findings,
) {
    let hr = called.hr;
    let refused = hr == Hresult::BG_E_INVALID_STATE;
    let over = job.state.is_final();
    // The pointer that a client holds does not outlive client or service.
    let kept = view.kept_pointer(called.by, job) && !restarted;
    let gone = over && kept && hr == Hresult::BG_E_NOT_FOUND;
    if refused || gone || over && hr.succeeded() {
        out.ensure(RuleId::BITS_PROP_008, !refused && !gone, event, || {
            texts(called, "an answer: getters work in every state")
        });
    }
}

/// BITS-RESUME-008: Resume gives a reply a name if nobody did.
fn reply_name(job: &JobView, texts: &Texts, event: &Event, told: &str, out: &mut Findings) {
    if job.job_type != JobType::UploadReply || !texts.resumed || texts.reply_named {
        return;
    }
    let directory = |path: &str| {
        path.rsplit_once('\\').map_or(String::new(), |(directory, _)| directory.to_lowercase())
    };
    let local = job.files.first().map_or("", |file| &file.local);
    let ok = !told.is_empty() && directory(told) == directory(local);
    out.ensure(RuleId::BITS_RESUME_008, ok, event, || {
        (
            "the reply of `{job}` has no name, or one in another directory".to_owned(),
            format!("a name in `{}`", directory(local)),
            format!("`{told}`"),
        )
    });
}

fn texts(called: &Called, expected: &str) -> (String, String, String) {
    (
        format!("{} on `{{job}}`", called.call.method()),
        expected.to_owned(),
        WithNumber(called.hr).to_string(),
    )
}
