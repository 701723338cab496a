//! DOD-START-002 to -006 and -012: the first Start.

use super::{EEXIST, refuses_ranges};
use crate::findings::Findings;
use crate::view::downloads::latest::LatestCall;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadProperty, DownloadState, Situation};
use bitsim_vocab::{Hresult, RuleId};

/// Judges a Start in Created.
pub(super) fn judge(
    view: &Downloads,
    download: &DownloadView,
    call: &LatestCall,
    ranges: Option<&[(u64, u64)]>,
    existed: bool,
    out: &mut Findings,
) {
    let windows = !view.is_agent();
    let has_uri = download.text(DownloadProperty::Uri).is_some();
    let has_id = download.text(DownloadProperty::ContentId).is_some();
    if windows && ranges.is_none() {
        let ok = call.hr.failed() && call.moved.is_none();
        call.ensure(out, RuleId::DOD_START_002, ok, || {
            (
                "Start with nullptr was accepted although `{job}` had never been started"
                    .to_owned(),
                "a failure such as DO_E_DOWNLOAD_RANGES_EXPECTED (0x80D02204)".to_owned(),
                call.effect(call.hr, call.moved),
            )
        });
    }
    // The order of this check and those of Uri and sink is not documented.
    let other = open(view, download, ranges);
    if !has_uri && !has_id {
        missing(call, RuleId::DOD_START_003, Hresult::DO_E_DOWNLOAD_NO_URI, other, out);
        if !windows && !download.has_sink() {
            missing(call, RuleId::DOD_START_005, Hresult::DO_E_DOWNLOAD_NO_URI, other, out);
        }
    } else if has_uri && !download.has_sink() {
        let code = Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED;
        missing(call, RuleId::DOD_START_004, code, other, out);
    } else if !windows && existed {
        let refused = if other { call.hr.failed() } else { call.hr == EEXIST };
        call.ensure(
            out,
            RuleId::DOD_START_012,
            refused && call.moved.is_none() && !call.made,
            || {
                (
                    "Start of `{job}` did not respect the file that is at LocalPath already"
                        .to_owned(),
                    "0xC0D00011 (EEXIST), Created unchanged and the file untouched".to_owned(),
                    call.effect(call.hr, call.moved),
                )
            },
        );
    } else if call.hr.succeeded() || has_uri && !other {
        started(call, out);
    }
    if call.hr.failed() {
        without_traces(view, call, out);
    }
}

/// True if Start may be refused for another reason than a missing Uri or sink.
fn open(view: &Downloads, download: &DownloadView, ranges: Option<&[(u64, u64)]>) -> bool {
    let windows = !view.is_agent();
    let unchecked = download.flag(DownloadProperty::IntegrityCheckMandatory)
        && !download.properties.contains_key(&DownloadProperty::IntegrityCheckInfo);
    let ranged = match ranges {
        None => windows || download.has_stream(),
        Some(ranges) if refuses_ranges(download, ranges) => true,
        Some([]) => false,
        Some(ranges) => !(windows && view.sum_of(download, ranges).is_some()),
    };
    unchecked || ranged || !view.denied.is_empty()
}

/// DOD-START-003, -004 and -005: a Start without Uri or sink.
fn missing(call: &LatestCall, rule: RuleId, code: Hresult, other: bool, out: &mut Findings) {
    let refused = if other { call.hr.failed() } else { call.hr == code };
    call.ensure(out, rule, refused && call.moved.is_none(), || {
        let what = if code == Hresult::DO_E_DOWNLOAD_NO_URI { "Uri" } else { "place to write to" };
        (
            format!("Start of `{{job}}` without a {what} was not refused as documented"),
            call.effect(code, None),
            call.effect(call.hr, call.moved),
        )
    });
}

/// DOD-START-006: Start makes it transfer.
fn started(call: &LatestCall, out: &mut Findings) {
    let on = call.moved.is_some_and(|to| {
        let blocked = to.situation() == Situation::PausedTransient;
        let failed = to.situation() == Situation::PausedFailed;
        blocked
            || failed
            || matches!(to.state, DownloadState::Transferring | DownloadState::Transferred)
    });
    call.ensure(out, RuleId::DOD_START_006, call.hr == Hresult::S_OK && on, || {
        (
            "Start did not make the new download `{job}` transfer".to_owned(),
            "S_OK (0x00000000) and Created -> Transferring".to_owned(),
            call.effect(call.hr, call.moved),
        )
    });
}

/// DOD-START-005: a failing Start leaves no traces.
fn without_traces(view: &Downloads, call: &LatestCall, out: &mut Findings) {
    if !view.is_agent() {
        return;
    }
    let clean = call.moved.is_none() && !call.made && !call.sent;
    call.ensure(out, RuleId::DOD_START_005, clean, || {
        (
            "a Start of `{job}` that failed had side effects".to_owned(),
            "no file, no request, and Created unchanged".to_owned(),
            match (call.made, call.sent) {
                (true, _) => "the output file was made".to_owned(),
                (_, true) => "a request was sent".to_owned(),
                _ => call.effect(call.hr, call.moved),
            },
        )
    });
}
