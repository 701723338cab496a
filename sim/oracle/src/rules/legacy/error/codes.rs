//! What error information may say: code, context and class.

use crate::findings::Findings;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::ErrorInfo;
use bitsim_vocab::{ErrorContext, Event, Hresult, JobState, RuleId};

const FORBIDDEN: Hresult = Hresult::http(403);

/// Where error information is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Where it begins, with the code by which an attempt has just failed.
    Attached(Option<Hresult>),
    /// Where a client gets it.
    Read,
}

/// DO-ERROR-008, -009 and -010: context and code of an error, wherever it is told.
pub(super) fn told(event: &Event, info: ErrorInfo, place: &str, seen: Seen, out: &mut Findings) {
    let ErrorInfo { code, context, .. } = info;
    let failed = match seen {
        Seen::Attached(failed) => failed,
        Seen::Read => None,
    };
    let forbidden = code == FORBIDDEN || failed == Some(FORBIDDEN);
    let expected = if forbidden { ErrorContext::RemoteFile } else { ErrorContext::None };
    out.ensure(RuleId::DO_ERROR_008, context == expected, event, || {
        (
            format!("{place} the wrong context for {}", WithNumber(failed.unwrap_or(code))),
            format!(
                "{} (BG_ERROR_CONTEXT_REMOTE_FILE for HTTP 403, BG_ERROR_CONTEXT_NONE for all else)",
                expected.full_name()
            ),
            context.full_name().to_owned(),
        )
    });
    let known = matches!(context, ErrorContext::None | ErrorContext::RemoteFile);
    out.ensure(RuleId::DO_ERROR_009, known, event, || {
        (
            format!("{place} a context that Delivery Optimization never reports"),
            "BG_ERROR_CONTEXT_NONE or BG_ERROR_CONTEXT_REMOTE_FILE".to_owned(),
            context.full_name().to_owned(),
        )
    });
    // A code of BITS is right only if that is what the transfer met.
    let foreign = code.0 >> 16 == 0x8020 && seen != Seen::Read && failed != Some(code);
    out.ensure(RuleId::DO_ERROR_010, code.failed() && !foreign, event, || {
        (
            format!("{place} a code that is no failure of Delivery Optimization"),
            "an HRESULT that reports a failure: DO_E_*, HTTP, or converted from Windows".to_owned(),
            WithNumber(code).to_string(),
        )
    });
}

/// True for the failures of server and network that are tried again although they have no code of
/// Delivery Optimization: HTTP 5xx, timeouts, names that do not resolve, refused connections.
fn heals(code: Hresult) -> bool {
    matches!(code.http_status(), Some(500..=599))
        || matches!(
            code,
            Hresult::ERROR_WINHTTP_TIMEOUT
                | Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED
                | Hresult::ERROR_WINHTTP_CANNOT_CONNECT
        )
}

/// DO-ERROR-011: the codes from 0x80D03800 on are the only transient ones of their facility.
pub(super) fn class(
    event: &Event,
    code: Hresult,
    to: JobState,
    no_retries: bool,
    out: &mut Findings,
) {
    let own = code.0 >> 16 == 0x80D0;
    if !own && !heals(code) {
        return;
    }
    let transient = !own || code.0 & 0xF800 == 0x3800;
    if transient && to == JobState::Error && no_retries {
        return;
    }
    let expected = if transient { JobState::TransientError } else { JobState::Error };
    out.ensure(RuleId::DO_ERROR_011, to == expected, event, || {
        (
            format!("`{{job}}` went to {to} on {}", WithNumber(code)),
            if !own {
                format!("{expected}: servers and networks recover from this")
            } else if transient {
                format!("{expected}: (code & 0xF800) is 0x3800, the transient zone")
            } else {
                format!("{expected}: (code & 0xF800) is not 0x3800, the transient zone")
            },
            to.to_string(),
        )
    });
}
