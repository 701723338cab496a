//! The calls that say who is notified of what.

use super::{DEFAULT_FLAGS, Watch};
use crate::findings::Findings;
use crate::rules::legacy::error::absent;
use crate::view::{JobView, View};
use bitsim_vocab::call::{BG_NOTIFY_DISABLE, JobCall, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::Called;
use bitsim_vocab::world::UserKind;
use bitsim_vocab::{Event, Hresult, JobId, RuleId};

/// The bits that the pages define.
const DEFINED: u32 = 0x3F;

/// Judges what a call about notifications returned.
pub(super) fn judge(
    view: &View,
    event: &Event,
    called: &Called,
    (id, call): (JobId, &JobCall),
    watch: &Watch,
    out: &mut Findings,
) {
    let Some(job) = view.job(id) else { return };
    match call {
        JobCall::SetNotifyFlags(flags) => set_flags(view, job, event, called, *flags, out),
        JobCall::GetNotifyFlags => get_flags(event, called, watch, out),
        JobCall::SetNotifyInterface(true) => registers(view, job, event, called, out),
        JobCall::SetNotifyCmdLine { .. } => {
            absent(view, event, called, id, RuleId::DO_NOTIFY_016, out);
        }
        _ => {}
    }
}

/// DO-NOTIFY-011: SetNotifyFlags works until the job is over.
fn set_flags(
    view: &View,
    job: &JobView,
    event: &Event,
    called: &Called,
    flags: u32,
    out: &mut Findings,
) {
    let ended = job.state.is_final();
    let pointer = !ended || view.kept_pointer(called.by, job);
    if flags & !DEFINED != 0 || !view.admits(called.by, job) || !pointer {
        return;
    }
    // What is unsupported may be refused.
    let refusable = !ended && flags & BG_NOTIFY_DISABLE != 0 && called.hr.failed();
    let expected = if ended { Hresult::DO_E_INVALID_STATE } else { Hresult::S_OK };
    if refusable {
        return;
    }
    out.ensure(RuleId::DO_NOTIFY_011, called.hr == expected, event, || {
        (
            format!("SetNotifyFlags was called on `{{job}}` in {}", job.state),
            WithNumber(expected).to_string(),
            WithNumber(called.hr).to_string(),
        )
    });
}

/// DO-NOTIFY-011 and -014: GetNotifyFlags returns what was set last, and 0x3 before that.
fn get_flags(event: &Event, called: &Called, watch: &Watch, out: &mut Findings) {
    let (Reply::Number(got), true) = (&called.reply, called.hr.succeeded()) else { return };
    let got = *got;
    match watch.flags {
        None => {
            out.ensure(RuleId::DO_NOTIFY_014, got == u64::from(DEFAULT_FLAGS), event, || {
                (
                    "GetNotifyFlags was called for `{job}`, whose flags were never set".to_owned(),
                    "0x0003: BG_NOTIFY_JOB_TRANSFERRED and BG_NOTIFY_JOB_ERROR".to_owned(),
                    format!("0x{got:04X}"),
                )
            });
        }
        Some(set) => {
            // Whether the flag that is unsupported is kept is documented nowhere.
            let open = u64::from(BG_NOTIFY_DISABLE);
            let ok = got & !open == u64::from(set) & !open && got & open & !u64::from(set) == 0;
            out.ensure(RuleId::DO_NOTIFY_011, ok, event, || {
                (
                    "GetNotifyFlags for `{job}` did not return the flags set last".to_owned(),
                    format!("0x{set:04X}"),
                    format!("0x{got:04X}"),
                )
            });
        }
    }
}

/// DO-NOTIFY-010: nobody but the owner and administrators can register.
fn registers(view: &View, job: &JobView, event: &Event, called: &Called, out: &mut Findings) {
    let Some(user) = view.user_of(called.by) else { return };
    let kind = view.setup.users.get(user.index()).map(|user| user.kind);
    let stranger = user != job.owner && kind == Some(UserKind::Standard);
    if !stranger || job.state.is_final() || job.gone {
        return;
    }
    out.ensure(RuleId::DO_NOTIFY_010, called.hr.failed(), event, || {
        (
            "a user who neither owns `{job}` nor is an administrator registered for its \
             notifications"
                .to_owned(),
            WithNumber(Hresult::E_ACCESSDENIED).to_string(),
            WithNumber(called.hr).to_string(),
        )
    });
}
