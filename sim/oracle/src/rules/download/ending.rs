//! DOD-FINALIZE and DOD-ABORT: how a download ends, and what becomes of its file.

use crate::findings::Findings;
use crate::view::downloads::latest::LatestCall;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Standing};
use bitsim_vocab::trace::{Called, End, FileChange, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, RuleId};

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_FINALIZE_001,
    RuleId::DOD_FINALIZE_002,
    RuleId::DOD_FINALIZE_003,
    RuleId::DOD_FINALIZE_004,
    RuleId::DOD_ABORT_001,
    RuleId::DOD_ABORT_002,
    RuleId::DOD_ABORT_003,
    RuleId::DOD_ABORT_004,
];

/// DOD-FINALIZE and DOD-ABORT.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    /// What the latest Abort found: the output was there; a file not made by the download was
    /// at LocalPath.
    found: (bool, bool),
}

impl Ending {
    pub(super) fn new(_: &Setup) -> Self {
        Self { found: (false, false) }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            self.ended(view, call, out);
        }
        match &event.what {
            Happened::Called(called) => self.look_ahead(view, called),
            Happened::File(file) if matches!(file.what, FileChange::Renamed { .. }) => {
                named(view, event, file.job, out);
            }
            Happened::File(file) if file.what == FileChange::OutputDeleted => {
                let Some(download) = view.download(file.job) else { return };
                // On Windows the file is a temporary one, which the trace names no path of.
                let foreign = !download.output && (view.is_agent() || !download.output_lost);
                if foreign {
                    out.ensure(RuleId::DOD_ABORT_003, false, event, || {
                        (
                            "a file was deleted that `{job}` did not make".to_owned(),
                            "files of others to be left alone".to_owned(),
                            format!("the file at {} is gone", path(download)),
                        )
                    });
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            self.ended(view, call, out);
        }
    }

    fn look_ahead(&mut self, view: &Downloads, called: &Called) {
        let Call::Download(job, DownloadCall::Abort) = called.call else { return };
        let Some(download) = view.download(job) else { return };
        let foreign = !download.output && view.exists(path(download));
        self.found = (download.output, foreign || download.output_lost);
    }

    /// Judges Finalize, Abort and Start once all their effects have been recorded.
    fn ended(&self, view: &Downloads, call: &LatestCall, out: &mut Findings) {
        if !call.admitted {
            return;
        }
        match call.call {
            DownloadCall::Finalize => finalized(view, call, out),
            DownloadCall::Abort => self.aborted(view, call, out),
            DownloadCall::Start(_) if call.before.state == DownloadState::Finalized => {
                let ok = call.hr.failed() && call.moved.is_none();
                call.ensure(out, RuleId::DOD_FINALIZE_001, ok, || {
                    (
                        "`{job}` was started after Finalize".to_owned(),
                        "a finalized download to refuse Start for good".to_owned(),
                        call.effect(call.hr, call.moved),
                    )
                });
            }
            _ => {}
        }
    }

    fn aborted(&self, view: &Downloads, call: &LatestCall, out: &mut Findings) {
        let refused = Hresult::DO_E_INVALID_STATE;
        match call.before.state {
            DownloadState::Finalized => {
                call.ensure_effect(out, RuleId::DOD_ABORT_004, refused, None);
                call.ensure_effect(out, RuleId::DOD_FINALIZE_004, refused, None);
            }
            DownloadState::Aborted => {
                // It fails, or does nothing.
                let idle = call.moved.is_none() && !call.deleted;
                let ok = idle && (call.hr == refused || call.hr.succeeded());
                call.ensure(out, RuleId::DOD_ABORT_004, ok, || {
                    (
                        "a second Abort of `{job}` did something".to_owned(),
                        call.effect(refused, None),
                        call.effect(call.hr, call.moved),
                    )
                });
            }
            before => {
                let tolerated = before == DownloadState::Transferred
                    && !view.is_agent()
                    && call.hr == refused
                    && call.moved.is_none();
                if tolerated {
                    out.held(RuleId::DOD_ABORT_001);
                    return;
                }
                let moved = Some(Standing::of(DownloadState::Aborted));
                call.ensure_effect(out, RuleId::DOD_ABORT_001, Hresult::S_OK, moved);
                if call.hr.succeeded() && view.denied.is_empty() {
                    self.output(call, out);
                }
            }
        }
    }

    /// DOD-ABORT-002 and -003: the own file goes, any other stays.
    fn output(&self, call: &LatestCall, out: &mut Findings) {
        let (own, foreign) = self.found;
        if own {
            call.ensure(out, RuleId::DOD_ABORT_002, call.deleted, || {
                (
                    "Abort of `{job}` left its output file behind".to_owned(),
                    "the file that the download made to be deleted".to_owned(),
                    "the file is still there".to_owned(),
                )
            });
        } else if foreign && !call.deleted {
            out.held(RuleId::DOD_ABORT_003);
        }
    }
}

fn path(download: &DownloadView) -> &str {
    download.text(DownloadProperty::LocalPath).unwrap_or("")
}

/// DOD-FINALIZE-001, -002 and -004.
fn finalized(view: &Downloads, call: &LatestCall, out: &mut Findings) {
    let refused = Hresult::DO_E_INVALID_STATE;
    match call.before.state {
        DownloadState::Transferred => {
            let lost = view.download(call.job).is_some_and(|download| download.output_lost);
            // The file may not get its name where somebody stands in the way.
            if view.denied.is_empty() && !lost || call.hr.succeeded() {
                let moved = Some(Standing::of(DownloadState::Finalized));
                call.ensure_effect(out, RuleId::DOD_FINALIZE_001, Hresult::S_OK, moved);
            }
            appeared(view, call, out);
        }
        DownloadState::Finalized => {
            call.ensure_effect(out, RuleId::DOD_FINALIZE_004, refused, None);
        }
        DownloadState::Created | DownloadState::Transferring | DownloadState::Paused => {
            call.ensure_effect(out, RuleId::DOD_FINALIZE_002, refused, None);
        }
        DownloadState::Aborted => {}
    }
}

/// DOD-FINALIZE-003: on Windows Finalize gives the file its name...
fn appeared(view: &Downloads, call: &LatestCall, out: &mut Findings) {
    let to_file = view
        .download(call.job)
        .is_some_and(|download| !path(download).is_empty() && !download.output_lost);
    if view.is_agent() || call.hr.failed() || !to_file {
        return;
    }
    call.ensure(out, RuleId::DOD_FINALIZE_003, call.renamed, || {
        (
            "Finalize of `{job}` did not make its file appear".to_owned(),
            "the file under LocalPath".to_owned(),
            "the bytes stay in the temporary file".to_owned(),
        )
    });
}

/// ... and nothing else does.
fn named(view: &Downloads, event: &Event, job: JobId, out: &mut Findings) {
    let call = view.latest_call.as_ref();
    let by_finalize = call.is_some_and(|call| {
        call.job == job && call.call == DownloadCall::Finalize && !call.is_over_at(event)
    });
    if view.is_agent() || by_finalize {
        return;
    }
    out.ensure(RuleId::DOD_FINALIZE_003, false, event, || {
        (
            "the file of `{job}` appeared under LocalPath before Finalize".to_owned(),
            "the bytes to stay in a temporary file until Finalize".to_owned(),
            "the file got its final name without a call of Finalize".to_owned(),
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{INVALID_STATE, OK, PATH, Tale, of};
    use crate::rules::testing::OWNER;
    use bitsim_vocab::Target;
    use bitsim_vocab::download::Row;
    use bitsim_vocab::trace::AttemptOutcome;
    use bitsim_vocab::world::{Disturbance, LocalFile};

    fn finalize(tale: Tale) -> Tale {
        let windows = !tale.is_agent();
        let tale = tale.call(DownloadCall::Finalize, OK);
        let tale = if windows { tale.file(FileChange::Renamed { owner: OWNER }) } else { tale };
        tale.to(of(DownloadState::Finalized), Row::Finalize)
    }

    fn abort(tale: Tale) -> Tale {
        tale.call(DownloadCall::Abort, OK)
    }

    fn aborted(tale: Tale) -> Tale {
        tale.to(of(DownloadState::Aborted), Row::Abort)
    }

    #[test]
    fn finalize_ends_a_transferred_download() {
        let rule = RuleId::DOD_FINALIZE_001;
        for tale in Tale::both() {
            let tale = tale.start().at(1).arrives().at(2);
            finalize(tale.clone()).follows(rule);
            tale.clone().call(DownloadCall::Finalize, OK).breaks(rule);
            tale.call(DownloadCall::Finalize, INVALID_STATE).breaks(rule);
        }
        let tale = finalize(Tale::windows().start().at(1).arrives().at(2)).at(3);
        tale.clone().call(DownloadCall::Start(None), INVALID_STATE).follows(rule);
        tale.call(DownloadCall::Start(None), OK).breaks(rule);
    }

    #[test]
    fn finalize_needs_transferred() {
        let rule = RuleId::DOD_FINALIZE_002;
        for tale in Tale::both() {
            let early =
                [tale.clone(), tale.clone().start().at(1), tale.start().at(1).pause().at(2)];
            for tale in early {
                tale.clone().call(DownloadCall::Finalize, INVALID_STATE).follows(rule);
                tale.clone().call(DownloadCall::Finalize, OK).breaks(rule);
                finalize(tale).breaks(rule);
            }
        }
    }

    #[test]
    fn finalize_makes_the_file_appear() {
        let rule = RuleId::DOD_FINALIZE_003;
        let tale = Tale::windows().start().at(1).arrives().at(2);
        finalize(tale.clone()).follows(rule);
        tale.clone().file(FileChange::Renamed { owner: OWNER }).breaks(rule);
        let call = tale.call(DownloadCall::Finalize, OK);
        call.to(of(DownloadState::Finalized), Row::Finalize).breaks(rule);
        finalize(Tale::agent().start().at(1).arrives().at(2)).leaves(rule);
    }

    #[test]
    fn nothing_follows_finalize() {
        let rule = RuleId::DOD_FINALIZE_004;
        let tale = finalize(Tale::windows().start().at(1).arrives().at(2)).at(3);
        tale.clone().call(DownloadCall::Finalize, INVALID_STATE).follows(rule);
        tale.clone().call(DownloadCall::Finalize, OK).breaks(rule);
        tale.clone().call(DownloadCall::Abort, INVALID_STATE).follows(RuleId::DOD_ABORT_004);
        tale.clone().call(DownloadCall::Abort, OK).breaks(rule);
        tale.call(DownloadCall::Abort, OK).breaks(RuleId::DOD_ABORT_004);
    }

    #[test]
    fn abort_ends_any_download() {
        let rule = RuleId::DOD_ABORT_001;
        for tale in Tale::both() {
            aborted(abort(tale.clone())).follows(rule);
            abort(tale.clone()).breaks(rule);
            tale.clone().call(DownloadCall::Abort, INVALID_STATE).breaks(rule);
            let tale = tale.start().at(1).pause().at(2);
            let gone = abort(tale.clone()).file(FileChange::OutputDeleted);
            aborted(gone.clone()).follows(rule);
            gone.breaks(rule);
        }
        let there = Tale::windows().start().at(1).arrives().at(2);
        there.clone().call(DownloadCall::Abort, INVALID_STATE).follows(rule);
        let there = Tale::agent().start().at(1).arrives().at(2);
        there.call(DownloadCall::Abort, INVALID_STATE).breaks(rule);
    }

    #[test]
    fn abort_deletes_the_output() {
        let rule = RuleId::DOD_ABORT_002;
        for tale in Tale::both() {
            let tale = tale.start().at(1);
            let tale = abort(tale).ends(AttemptOutcome::Halted { by: Row::Abort });
            aborted(tale.clone().file(FileChange::OutputDeleted)).follows(rule);
            aborted(tale).breaks(rule);
        }
    }

    #[test]
    fn abort_spares_the_files_of_others() {
        let rule = RuleId::DOD_ABORT_003;
        for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
            let file = LocalFile { path: PATH.to_owned(), size: 5 };
            let tale = Tale::on(target).setup(|setup| setup.local_files.push(file));
            let tale = abort(tale.create().ready());
            aborted(tale.clone()).follows(rule);
            aborted(tale.file(FileChange::OutputDeleted)).breaks(rule);
        }
        let tale = Tale::agent().start().at(1).pause().at(2);
        let tale = tale.env(Disturbance::LocalFileDeleted(PATH.to_owned())).at(3);
        aborted(abort(tale.clone())).follows(rule);
        aborted(abort(tale).file(FileChange::OutputDeleted)).breaks(rule);
    }

    #[test]
    fn a_second_abort_does_nothing() {
        let rule = RuleId::DOD_ABORT_004;
        let tale = aborted(abort(Tale::windows())).at(1);
        tale.clone().call(DownloadCall::Abort, INVALID_STATE).follows(rule);
        abort(tale.clone()).follows(rule);
        abort(tale.clone()).file(FileChange::OutputDeleted).breaks(rule);
        aborted(abort(tale)).breaks(rule);
    }
}
