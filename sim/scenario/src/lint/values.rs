//! Values that the service takes otherwise than they are given, and timers that another one always
//! overtakes.

use super::{all_calls, declared, first_after, is_about, jobs, steps_calls};
use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Node};
use crate::plan::{Act, At, JobPlan, JobRef, Place, Plan, PlannedCall};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Profile, RuleId, Service, Span, Version};

/// The shortest MinimumRetryDelay, in seconds (BITS-RETRY-002).
const SHORTEST_DELAY: u32 = 5;

/// The least that a bandwidth limit other than zero lets through, in bytes a second
/// (BITS-GROUPPOLICY-006: 2 kilobits).
const LEAST_RATE: u64 = 250;

/// MinimumRetryDelay and NoProgressTimeout of a new job, in seconds (BITS-RETRY-001 and -009).
const DEFAULTS: (u32, u32) = (600, 1_209_600);

const DELAY: &str = "minimum_retry_delay";
const TIMEOUT: &str = "no_progress_timeout";

pub(super) fn read(cx: &mut Context, root: &Node, plan: &Plan) {
    match plan.target.service {
        Service::Bits => {
            short_delays(cx, root, plan);
            low_limits(cx, root, plan);
            overtaken_timers(cx, root, plan);
        }
        Service::DoDownload => short_timeouts(cx, root, plan),
        Service::DoLegacy => {}
    }
}

/// Retry delays that SetMinimumRetryDelay makes longer.
fn short_delays(cx: &mut Context, root: &Node, plan: &Plan) {
    if is_about(plan, RuleId::BITS_RETRY_002) {
        return;
    }
    let mut found: Vec<Entry> = Vec::new();
    for job in &plan.jobs {
        let short = |call: &JobCall| matches!(call, JobCall::SetMinimumRetryDelay(secs) if *secs < SHORTEST_DELAY);
        if job.settings.iter().any(short) {
            found.extend(declared(cx, root, job, DELAY));
        }
    }
    for (act, call) in steps_calls(plan) {
        if let PlannedCall::Job(_, JobCall::SetMinimumRetryDelay(secs)) = call
            && *secs < SHORTEST_DELAY
        {
            found.extend(first_after(root, act.place, DELAY).cloned());
        }
    }
    for entry in found {
        let place = entry.value.place;
        let message = "a retry delay shorter than 5s becomes 5s (BITS-RETRY-002)";
        cx.report(
            Diagnostic::warning(codes::TAKEN_AS, place, message)
                .label("SetMinimumRetryDelay succeeds and stores 5 seconds")
                .edit("write what it becomes: `5s`", place, "5s"),
        );
    }
}

/// No-progress timeouts that a download refuses, where nothing says that it shall.
fn short_timeouts(cx: &mut Context, root: &Node, plan: &Plan) {
    let least = plan.setup.delivery.least_no_progress;
    let number = u32::from(DownloadProperty::NoProgressTimeoutSeconds.value());
    let short = |value: &Value| matches!(value, Value::Number(secs) if Span::secs(*secs) < least);
    let mut places: Vec<Place> = Vec::new();
    for job in &plan.jobs {
        let settings = job.download.iter().flat_map(|download| &download.settings);
        let set = settings.filter(|(property, value)| *property == number && short(value)).count();
        if set > 0 {
            let entry = declared(cx, root, job, TIMEOUT);
            places.push(entry.map_or(job.place, |entry| entry.value.place));
        }
    }
    for act in plan.steps.iter().flat_map(|step| &step.acts) {
        if let Act::Call { call, returns, .. } = &act.value
            && let PlannedCall::Download(_, DownloadCall::SetProperty(property, value)) = call
            && (*property, returns.value.is_empty()) == (number, true)
            && short(value)
        {
            let entry = first_after(root, act.place, TIMEOUT);
            places.push(entry.map_or(act.place, |entry| entry.value.place));
        }
    }
    let whose = match plan.target.profile {
        Profile::Windows => "DOD-RETRY-001",
        Profile::Agent => "the agent's own limit",
    };
    for place in places {
        let message = format!("a no-progress timeout shorter than {least} is refused ({whose})");
        cx.report(
            Diagnostic::warning(codes::TAKEN_AS, place, message)
                .label("SetProperty returns E_INVALIDARG")
                .help("to see it refused, set it in a step with `returns: E_INVALIDARG`"),
        );
    }
}

/// Limits of the bandwidth that are taken for a higher one.
fn low_limits(cx: &mut Context, root: &Node, plan: &Plan) {
    if is_about(plan, RuleId::BITS_GROUPPOLICY_006) || plan.target.version < Version::new(2, 0) {
        return;
    }
    let low = |limit: Option<u64>| limit.is_some_and(|rate| (1..LEAST_RATE).contains(&rate));
    let mut places: Vec<Place> = Vec::new();
    if low(plan.setup.policies.bandwidth)
        && let Some(section) = super::field(root, "policies")
        && let Some(entry) = super::field(&section.value, "bandwidth")
    {
        places.push(entry.value.place);
    }
    for act in plan.steps.iter().flat_map(|step| &step.acts) {
        if let Act::Disturb { what: Disturbance::Bandwidth(limit), .. } = &act.value
            && low(*limit)
        {
            places.push(act.place);
        }
    }
    for place in places {
        let message = "a limit below 2 kilobits per second counts as 2 (BITS-GROUPPOLICY-006)";
        cx.report(
            Diagnostic::warning(codes::TAKEN_AS, place, message)
                .label(format!("{LEAST_RATE} B/s get through"))
                .help("write 0 to stop background jobs"),
        );
    }
}

/// A job's two times as they are declared, in seconds; nothing if the story changes one of them.
fn declared_times(
    plan: &Plan,
    number: JobRef,
    job: &JobPlan,
) -> Option<(Option<u32>, Option<u32>)> {
    let changes = |call: &PlannedCall| {
        matches!(
            call,
            PlannedCall::Job(
                of,
                JobCall::SetMinimumRetryDelay(_) | JobCall::SetNoProgressTimeout(_)
            ) if *of == number
        )
    };
    if all_calls(plan).any(changes) {
        return None;
    }
    let (mut delay, mut timeout) = (None, None);
    for call in &job.settings {
        match call {
            JobCall::SetMinimumRetryDelay(secs) => delay = Some((*secs).max(SHORTEST_DELAY)),
            JobCall::SetNoProgressTimeout(secs) => timeout = Some(*secs),
            _ => {}
        }
    }
    Some((delay, timeout))
}

/// Timers that never fire because another one always comes first.
fn overtaken_timers(cx: &mut Context, root: &Node, plan: &Plan) {
    for (number, job) in jobs(plan) {
        let Some((delay, timeout)) = declared_times(plan, number, job) else { continue };
        if overtaken_delay(plan, job, delay, timeout) {
            let given = if delay.is_some() { DELAY } else { TIMEOUT };
            let other = if delay.is_some() { TIMEOUT } else { DELAY };
            let other = declared(cx, root, job, other).map(|entry| entry.value.place);
            let Some(entry) = declared(cx, root, job, given) else { continue };
            let (delay, timeout) = (delay.unwrap_or(DEFAULTS.0), timeout.unwrap_or(DEFAULTS.1));
            cx.report(never_retried(&job.name, &entry, other, delay, timeout));
        }
        if let Some(secs) = timeout
            && outlived(plan, number, secs)
            && let Some(entry) = declared(cx, root, job, TIMEOUT)
        {
            let period = plan.setup.policies.job_inactivity_timeout;
            let message = format!(
                "the no-progress timeout of `{}` never expires: the job is cancelled before \
                 (BITS-RETRY-013)",
                job.name
            );
            cx.report(
                Diagnostic::warning(codes::NO_EFFECT, entry.value.place, message)
                    .label(format!("the policy JobInactivityTimeout cancels it after {period}"))
                    .help("shorten it, or set `policies: {job_inactivity_timeout: ...}`"),
            );
        }
    }
}

/// Rules about the no-progress timeout: a story about one of them may well keep retries away from
/// it with a long delay.
const ABOUT_THE_TIMEOUT: [RuleId; 7] = [
    RuleId::BITS_RETRY_007,
    RuleId::BITS_RETRY_008,
    RuleId::BITS_RETRY_010,
    RuleId::BITS_RETRY_011,
    RuleId::BITS_RETRY_012,
    RuleId::BITS_RETRY_015,
    RuleId::BITS_RETRY_016,
];

/// True if no retry can come before the timeout. A delay may also be there for notifications.
fn overtaken_delay(plan: &Plan, job: &JobPlan, delay: Option<u32>, timeout: Option<u32>) -> bool {
    let notifies = job.settings.iter().any(|call| {
        matches!(call, JobCall::SetNotifyInterface(true) | JobCall::SetNotifyCmdLine { .. })
    });
    if (delay, timeout) == (None, None)
        || ABOUT_THE_TIMEOUT.iter().any(|rule| is_about(plan, *rule))
    {
        return false;
    }
    let given = delay.is_some();
    let (delay, timeout) = (delay.unwrap_or(DEFAULTS.0), timeout.unwrap_or(DEFAULTS.1));
    // A timeout of zero is how a scenario says that nothing shall be tried again.
    delay > timeout && !notifies && (given || timeout > 0)
}

fn never_retried(
    job: &str,
    entry: &Entry,
    other: Option<Place>,
    delay: u32,
    timeout: u32,
) -> Diagnostic {
    let secs = |secs: u32| Span::secs(u64::from(secs));
    let (delay, timeout) = (secs(delay), secs(timeout));
    let message = format!("`{job}` is never tried again after an error (BITS-RETRY-007)");
    let about = if entry.key.value == DELAY { "timeout" } else { "delay" };
    let label = format!("the retry delay is {delay}, the no-progress timeout {timeout}");
    let diagnostic = Diagnostic::warning(codes::NO_EFFECT, entry.value.place, message)
        .label(label)
        .help("the retry delay must not be longer than the no-progress timeout");
    match other {
        Some(place) => diagnostic.related(place, format!("the {about}")),
        None => diagnostic,
    }
}

/// True if the inactivity policy ends the job before its timeout can, whatever the story does: no
/// call begins the period anew, and the policy does not change.
fn outlived(plan: &Plan, number: JobRef, timeout: u32) -> bool {
    let period = plan.setup.policies.job_inactivity_timeout;
    let restarts = |call: &PlannedCall| match call {
        PlannedCall::Job(of, call) => *of == number && call.method().starts_with("Set"),
        _ => false,
    };
    let changes = |act: &At<Act>| {
        matches!(&act.value, Act::Disturb { what: Disturbance::PoliciesChange(_), .. })
    };
    timeout != u32::MAX
        && Span::secs(u64::from(timeout)) > period
        && !is_about(plan, RuleId::BITS_RETRY_013)
        && !all_calls(plan).any(restarts)
        && !plan.steps.iter().flat_map(|step| &step.acts).any(changes)
}
