//! DOD-ENUM-001 and -003: what EnumDownloads lists.

use crate::findings::Findings;
use crate::view::downloads::{self, DownloadView, Downloads};
use bitsim_vocab::download::DownloadProperty;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::Called;
use bitsim_vocab::{Event, Hresult, JobId, RuleId};

/// Judges an EnumDownloads.
pub(super) fn listed(
    view: &Downloads,
    event: &Event,
    called: &Called,
    category: Option<&(u32, String)>,
    out: &mut Findings,
) {
    if !view.runs(called.by) || view.service != Some(true) {
        return;
    }
    let none = called.hr == Hresult::DO_E_NO_DOWNLOADS;
    let list = downloads::listed(&called.reply);
    let Some(category) = category else {
        // The agent does not offer the call to its callers.
        if !view.is_agent() || called.hr.succeeded() || none {
            same_caller(view, event, called, list, out);
        }
        if !view.is_agent() && (called.hr.succeeded() || none) {
            finished(view, event, called, list, out);
        }
        return;
    };
    if view.is_agent() || !called.hr.succeeded() && !none {
        return;
    }
    let supported = matches!(
        DownloadProperty::from_value(category.0),
        Some(
            DownloadProperty::Id
                | DownloadProperty::Uri
                | DownloadProperty::ContentId
                | DownloadProperty::DisplayName
                | DownloadProperty::LocalPath
        )
    );
    if supported {
        finished(view, event, called, list, out);
    }
}

fn lives(download: &DownloadView) -> bool {
    !download.gone && !download.standing.state.is_final()
}

/// True if the end of a download may not show yet.
fn fading(view: &Downloads, event: &Event, download: &DownloadView) -> bool {
    let ended = download.standing.state.is_final() && !download.gone;
    ended && event.at.since(download.since) < view.visible_after()
}

/// DOD-ENUM-001: all downloads of the caller's user and no other.
fn same_caller(
    view: &Downloads,
    event: &Event,
    called: &Called,
    list: &[JobId],
    out: &mut Findings,
) {
    let user = view.user_of(called.by);
    let own = |download: &DownloadView| Some(download.owner) == user;
    let missing = (0..).zip(&view.downloads).find_map(|(number, download)| {
        let job = JobId(number);
        (own(download) && lives(download) && !list.contains(&job)).then_some(job)
    });
    // Ended ones are judged by DOD-ENUM-003 on Windows.
    let foreign = list.iter().copied().find(|job| {
        view.download(*job).is_none_or(|download| {
            let over = view.is_agent() && !lives(download);
            !own(download) || download.gone || over
        })
    });
    let answered = called.hr.succeeded() || called.hr == Hresult::DO_E_NO_DOWNLOADS;
    let ok = answered && missing.is_none() && foreign.is_none();
    out.ensure(RuleId::DOD_ENUM_001, ok, event, || {
        let number = |job: JobId| job.0 + 1;
        let actual = match (missing, foreign) {
            (Some(job), _) => format!("download {} of the run is missing", number(job)),
            (_, Some(job)) => format!("download {} of the run is listed", number(job)),
            _ => WithNumber(called.hr).to_string(),
        };
        (
            "EnumDownloads did not list just the downloads of its caller".to_owned(),
            "every download of the user that calls, and no other".to_owned(),
            actual,
        )
    });
}

/// DOD-ENUM-003: nothing that has ended, and a code of its own for nothing at all.
fn finished(view: &Downloads, event: &Event, called: &Called, list: &[JobId], out: &mut Findings) {
    let over = list.iter().copied().find(|job| {
        view.download(*job).is_some_and(|download| {
            download.standing.state.is_final() && !fading(view, event, download)
        })
    });
    let empty = called.hr.succeeded() && list.is_empty();
    let exercised = view.downloads.iter().any(|download| download.standing.state.is_final());
    let none = called.hr == Hresult::DO_E_NO_DOWNLOADS;
    if over.is_none() && !empty && !exercised && !none {
        return;
    }
    out.ensure(RuleId::DOD_ENUM_003, over.is_none() && !empty, event, || {
        let actual = match over {
            Some(job) => format!("download {} of the run is listed", job.0 + 1),
            None => format!("{} with an empty list", WithNumber(called.hr)),
        };
        (
            "EnumDownloads listed what it should not, or nothing with success".to_owned(),
            "no download that was finalized or aborted; DO_E_NO_DOWNLOADS (0x80D02005) for none"
                .to_owned(),
            actual,
        )
    });
}
