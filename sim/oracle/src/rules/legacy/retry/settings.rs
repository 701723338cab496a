//! The calls that read and set the no-progress timeout, and those that do not exist.

use crate::findings::Findings;
use crate::rules::legacy::error::absent;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::Called;
use bitsim_vocab::{Event, Hresult, RuleId};

/// Judges a call: DO-RETRY-001, -005 and -007.
pub(super) fn judge(
    view: &View,
    job: &JobView,
    event: &Event,
    called: &Called,
    out: &mut Findings,
) {
    let Call::Job(id, call) = &called.call else { return };
    match call {
        JobCall::SetNoProgressTimeout(secs) => sets(view, job, event, called, *secs, out),
        JobCall::GetNoProgressTimeout => gets(job, event, called, out),
        JobCall::SetMinimumRetryDelay(_) | JobCall::GetMinimumRetryDelay => {
            absent(view, event, called, *id, RuleId::DO_RETRY_007, out);
        }
        _ => {}
    }
}

/// DO-RETRY-005: SetNoProgressTimeout works until the job is over.
fn sets(view: &View, job: &JobView, event: &Event, called: &Called, secs: u32, out: &mut Findings) {
    let ended = job.state.is_final();
    let pointer = !ended || view.kept_pointer(called.by, job);
    // No page says what 0 means (DO-RETRY-006), so it may be refused.
    if !view.admits(called.by, job) || !pointer || secs == 0 && !ended {
        return;
    }
    let expected = if ended { Hresult::DO_E_INVALID_STATE } else { Hresult::S_OK };
    out.ensure(RuleId::DO_RETRY_005, called.hr == expected, event, || {
        (
            format!("SetNoProgressTimeout({secs}) was called on `{{job}}` in {}", job.state),
            WithNumber(expected).to_string(),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// DO-RETRY-001 and -005: GetNoProgressTimeout returns what was set, or the default.
fn gets(job: &JobView, event: &Event, called: &Called, out: &mut Findings) {
    let (Reply::Number(got), true) = (&called.reply, called.hr.succeeded()) else { return };
    let (got, due) = (*got, job.no_progress_timeout);
    let set = job.no_progress_timeout_set;
    let rule = if set { RuleId::DO_RETRY_005 } else { RuleId::DO_RETRY_001 };
    out.ensure(rule, got == due, event, || {
        (
            if set {
                "GetNoProgressTimeout for `{job}` did not return the value set last".to_owned()
            } else {
                format!(
                    "GetNoProgressTimeout was called for `{{job}}`, which has the priority {} and \
                     whose timeout was never set",
                    job.priority
                )
            },
            format!("{due} seconds"),
            format!("{got} seconds"),
        )
    });
}
