//! DOD-PROP and DOD-RETRY-001: properties.

mod read;

use crate::findings::Findings;
use crate::view::downloads::latest::LatestCall;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{
    CostPolicy, DownloadCall, DownloadProperty as P, DownloadState, Value,
};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, RuleId};
use read::Read;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_RETRY_001,
    RuleId::DOD_PROP_001,
    RuleId::DOD_PROP_002,
    RuleId::DOD_PROP_003,
    RuleId::DOD_PROP_004,
    RuleId::DOD_PROP_005,
    RuleId::DOD_PROP_006,
    RuleId::DOD_PROP_007,
    RuleId::DOD_PROP_008,
    RuleId::DOD_PROP_011,
    RuleId::DOD_PROP_014,
    RuleId::DOD_COST_001,
];

/// Numbers that newer headers give to properties without a description.
const UNDESCRIBED: std::ops::RangeInclusive<u32> = 26..=29;

/// DOD-PROP.
#[derive(Debug, Clone)]
pub(super) struct Property {
    read: Read,
}

impl Property {
    pub(super) fn new(_: &Setup) -> Self {
        Self { read: Read::default() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            left_alone(call, out);
        }
        let Happened::Called(called) = &event.what else { return };
        let Call::Download(job, call) = &called.call else { return };
        let Some(download) = view.download(*job) else { return };
        if !view.admits(called.by, download) {
            return;
        }
        let (id, value) = match call {
            DownloadCall::SetProperty(id, value) => (*id, Some(value)),
            DownloadCall::GetProperty(id) => (*id, None),
            _ => return,
        };
        let Some(property) = P::from_value(id) else {
            if !UNDESCRIBED.contains(&id) {
                let code = Hresult::DO_E_UNKNOWN_PROPERTY_ID;
                answers(event, called, RuleId::DOD_PROP_001, code, out);
            }
            return;
        };
        match value {
            Some(value) => {
                set(view, event, download, called, (property, value), out);
                self.read.set(*job, property, called.hr);
            }
            None => self.read.got(view, event, download, called, property, out),
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            left_alone(call, out);
        }
    }
}

/// A failing SetProperty has no side effect; none ever moves a download by itself.
fn left_alone(call: &LatestCall, out: &mut Findings) {
    let DownloadCall::SetProperty(id, _) = call.call else { return };
    let rule = match P::from_value(id) {
        None => RuleId::DOD_PROP_001,
        Some(P::Id) => RuleId::DOD_PROP_004,
        _ => return,
    };
    if call.made || call.deleted || call.sent {
        call.ensure(out, rule, false, || {
            (
                "a SetProperty of `{job}` that failed had side effects".to_owned(),
                "nothing to happen".to_owned(),
                "a request was sent or a file touched".to_owned(),
            )
        });
    }
}

/// Holds if the call returned `code`.
fn answers(event: &Event, called: &Called, rule: RuleId, code: Hresult, out: &mut Findings) {
    out.ensure(rule, called.hr == code, event, || {
        let what = match &called.call {
            Call::Download(_, DownloadCall::SetProperty(id, _)) => {
                format!("SetProperty of {}", name(*id))
            }
            Call::Download(_, DownloadCall::GetProperty(id)) => {
                format!("GetProperty of {}", name(*id))
            }
            other => other.method().to_owned(),
        };
        (
            format!("{what} returned the wrong code for `{{job}}`"),
            WithNumber(code).to_string(),
            WithNumber(called.hr).to_string(),
        )
    });
}

fn name(id: u32) -> String {
    P::from_value(id).map_or_else(|| format!("the unknown number {id}"), |known| known.to_string())
}

/// What a Uri is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uri {
    Empty,
    Malformed,
    Fine,
    /// It is not certain whether the service takes it.
    Unclear,
}

fn uri(value: &Value) -> Uri {
    let Value::Text(text) = value else { return Uri::Unclear };
    if text.is_empty() {
        return Uri::Empty;
    }
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
    let Some(rest) = rest else { return Uri::Malformed };
    let host = rest.split(['/', '?', ':']).next().unwrap_or("");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if host.is_empty() {
        Uri::Malformed
    } else if host.chars().all(plain) && rest.chars().all(|c| c.is_ascii_graphic()) {
        Uri::Fine
    } else {
        Uri::Unclear
    }
}

/// Judges a SetProperty of a property that exists.
fn set(
    view: &Downloads,
    event: &Event,
    download: &DownloadView,
    called: &Called,
    (property, value): (P, &Value),
    out: &mut Findings,
) {
    let state = download.standing.state;
    let refused = Hresult::DO_E_INVALID_STATE;
    match property {
        P::Id => {
            let code = Hresult::DO_E_READ_ONLY_PROPERTY;
            answers(event, called, RuleId::DOD_PROP_004, code, out);
        }
        P::Uri => match uri(value) {
            Uri::Empty => {
                answers(event, called, RuleId::DOD_PROP_007, Hresult::E_INVALIDARG, out);
            }
            Uri::Malformed => {
                let code = Hresult::INET_E_INVALID_URL;
                answers(event, called, RuleId::DOD_PROP_007, code, out);
            }
            Uri::Fine => {
                let may = matches!(state, DownloadState::Created | DownloadState::Paused);
                let code = if may { Hresult::S_OK } else { refused };
                answers(event, called, RuleId::DOD_PROP_005, code, out);
            }
            Uri::Unclear => {}
        },
        P::LocalPath | P::StreamInterface => {
            sink(view, event, download, called, property, value, out)
        }
        P::NoProgressTimeoutSeconds => timeout(view, event, state, called, value, out),
        _ => other(view, event, state, called, (property, value), out),
    }
}

/// DOD-PROP-005 and -011: LocalPath and StreamInterface.
fn sink(
    view: &Downloads,
    event: &Event,
    download: &DownloadView,
    called: &Called,
    property: P,
    value: &Value,
    out: &mut Findings,
) {
    let path = property == P::LocalPath;
    let usable = match value {
        Value::Text(text) => path && !text.is_empty(),
        Value::Object => !path,
        _ => false,
    };
    if !usable {
        return;
    }
    let taken = if path { download.has_stream() } else { download.text(P::LocalPath).is_some() };
    match download.standing.state {
        DownloadState::Created if taken && !view.is_agent() => {
            let code = Hresult::DO_E_FILE_DOWNLOADSINK_ALREADY_SET;
            answers(event, called, RuleId::DOD_PROP_011, code, out);
        }
        DownloadState::Created if path && !taken => {
            // The path itself may be refused.
            let ok = called.hr != Hresult::DO_E_INVALID_STATE;
            out.ensure(RuleId::DOD_PROP_005, ok, event, || {
                (
                    "LocalPath of the new download `{job}` could not be set".to_owned(),
                    "LocalPath to be settable in Created".to_owned(),
                    WithNumber(called.hr).to_string(),
                )
            });
        }
        DownloadState::Created => {}
        // The stream is free only while there is no path, and cannot be taken later either.
        _ if path => {
            let code = Hresult::DO_E_INVALID_STATE;
            answers(event, called, RuleId::DOD_PROP_005, code, out);
        }
        _ => {}
    }
}

/// DOD-RETRY-001 and DOD-PROP-006: NoProgressTimeoutSeconds.
fn timeout(
    view: &Downloads,
    event: &Event,
    state: DownloadState,
    called: &Called,
    value: &Value,
    out: &mut Findings,
) {
    let Value::Number(secs) = value else { return };
    let least = view.setup.delivery.least_no_progress.as_secs();
    if state.is_final() {
        answers(event, called, RuleId::DOD_PROP_005, Hresult::DO_E_INVALID_STATE, out);
    } else if *secs < least {
        if !view.is_agent() {
            answers(event, called, RuleId::DOD_RETRY_001, Hresult::E_INVALIDARG, out);
        }
    } else if *secs <= u64::from(u32::MAX) {
        if !view.is_agent() {
            answers(event, called, RuleId::DOD_RETRY_001, Hresult::S_OK, out);
        }
        answers(event, called, RuleId::DOD_PROP_006, Hresult::S_OK, out);
    }
}

/// DOD-PROP-005 and -006: cost, priority and callback, in any state but the final ones.
fn other(
    view: &Downloads,
    event: &Event,
    state: DownloadState,
    called: &Called,
    (property, value): (P, &Value),
    out: &mut Findings,
) {
    let fits = match (property, value) {
        (P::CostPolicy, Value::Number(number)) => {
            CostPolicy::ALL.iter().any(|policy| u64::from(policy.value()) == *number)
        }
        (P::ForegroundPriority, Value::Flag(_))
        | (P::CallbackInterface, Value::Object | Value::Empty) => true,
        (P::CallbackFreqSeconds | P::CallbackFreqPercent, Value::Number(number)) => {
            (1..=100).contains(number)
        }
        _ => false,
    };
    if let (P::CostPolicy, Value::Number(number)) = (property, value)
        && !state.is_final()
        && called.hr != Hresult::DO_E_UNKNOWN_PROPERTY_ID
    {
        out.ensure(RuleId::DOD_COST_001, called.hr.succeeded() == fits, event, || {
            (
                format!("CostPolicy {number} of `{{job}}` was not treated as documented"),
                "the values 0 to 5 of DODownloadCostPolicy and no other".to_owned(),
                WithNumber(called.hr).to_string(),
            )
        });
    }
    // The agent does not know all of these.
    if !fits || view.is_agent() && called.hr == Hresult::DO_E_UNKNOWN_PROPERTY_ID {
        return;
    }
    if state.is_final() {
        answers(event, called, RuleId::DOD_PROP_005, Hresult::DO_E_INVALID_STATE, out);
    } else {
        answers(event, called, RuleId::DOD_PROP_006, Hresult::S_OK, out);
    }
}

#[cfg(test)]
mod tests;
