//! DOD-PROP-002, -003, -004, -007, -008 and -014: what GetProperty tells.

use super::answers;
use crate::findings::Findings;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadProperty as P, Value};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::Called;
use bitsim_vocab::{Call, Event, Hresult, JobId, Reply, RuleId};
use std::collections::BTreeSet;

/// Readings of properties.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    /// Downloads whose Uri was last set in vain.
    refused: BTreeSet<JobId>,
}

impl Read {
    /// A SetProperty returned `hr`.
    pub(super) fn set(&mut self, job: JobId, property: P, hr: Hresult) {
        if property == P::Uri {
            if hr.failed() {
                self.refused.insert(job);
            } else {
                self.refused.remove(&job);
            }
        }
    }

    /// Judges a GetProperty.
    pub(super) fn got(
        &self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        called: &Called,
        property: P,
        out: &mut Findings,
    ) {
        let windows = !view.is_agent();
        if property.is_write_only() {
            if windows {
                let code = Hresult::DO_E_WRITE_ONLY_PROPERTY;
                answers(event, called, RuleId::DOD_PROP_002, code, out);
            }
            return;
        }
        if property == P::Id {
            let id = Value::Guid(download.guid);
            told(event, called, RuleId::DOD_PROP_004, property, &id, out);
            return;
        }
        match download.properties.get(&property) {
            Some(value) if documented_type(property, value) => {
                // The callback of a client that has ended is gone.
                if property == P::CallbackInterface && download.callback.is_none() {
                    return;
                }
                let Call::Download(job, _) = called.call else { return };
                told(event, called, RuleId::DOD_PROP_008, property, value, out);
                if property == P::Uri && self.refused.contains(&job) {
                    told(event, called, RuleId::DOD_PROP_007, property, value, out);
                }
            }
            Some(_) => {}
            None if windows => unset(event, called, property, out),
            None => {}
        }
    }
}

/// True if the value has the type that the page gives the property, so that it reads back as set.
fn documented_type(property: P, value: &Value) -> bool {
    match property {
        P::Uri
        | P::ContentId
        | P::DisplayName
        | P::LocalPath
        | P::HttpCustomHeaders
        | P::CorrelationVector
        | P::HttpCustomAuthHeaders => matches!(value, Value::Text(_)),
        P::CostPolicy
        | P::CallbackFreqPercent
        | P::CallbackFreqSeconds
        | P::NoProgressTimeoutSeconds
        | P::TotalSizeBytes => matches!(value, Value::Number(_)),
        P::ForegroundPriority
        | P::BlockingMode
        | P::IntegrityCheckMandatory
        | P::DisallowOnCellular
        | P::HttpAllowSecureToNonSecureRedirect
        | P::NonVolatile => matches!(value, Value::Flag(_)),
        P::CallbackInterface | P::StreamInterface => *value == Value::Object,
        _ => false,
    }
}

/// Holds if GetProperty told this value.
fn told(
    event: &Event,
    called: &Called,
    rule: RuleId,
    property: P,
    value: &Value,
    out: &mut Findings,
) {
    let same = matches!(&called.reply, Reply::Value(told) if told == value);
    out.ensure(rule, called.hr == Hresult::S_OK && same, event, || {
        (
            format!("GetProperty did not tell the value that {property} of `{{job}}` has"),
            format!("S_OK with {value:?}"),
            match &called.reply {
                Reply::Value(told) => format!("{} with {told:?}", WithNumber(called.hr)),
                _ => WithNumber(called.hr).to_string(),
            },
        )
    });
}

/// DOD-PROP-003 and -014: a property that was never set.
fn unset(event: &Event, called: &Called, property: P, out: &mut Findings) {
    match property {
        P::ForegroundPriority
        | P::BlockingMode
        | P::NonVolatile
        | P::HttpAllowSecureToNonSecureRedirect => {
            told(event, called, RuleId::DOD_PROP_014, property, &Value::Flag(false), out);
        }
        P::CallbackFreqSeconds => {
            told(event, called, RuleId::DOD_PROP_014, property, &Value::Number(1), out);
        }
        P::Uri
        | P::ContentId
        | P::DisplayName
        | P::LocalPath
        | P::HttpCustomHeaders
        | P::HttpCustomAuthHeaders
        | P::TotalSizeBytes => {
            answers(event, called, RuleId::DOD_PROP_003, Hresult::E_NOT_SET, out);
        }
        _ => {}
    }
}
