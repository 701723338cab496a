//! DOD-START-007 and -016: what a download that goes on asks for.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads, starts};
use bitsim_vocab::download::{DownloadState, Row};
use bitsim_vocab::trace::{AttemptOutcome, FileChange, Happened, Payload};
use bitsim_vocab::{Event, Hresult, JobId, RuleId};
use std::collections::{BTreeMap, BTreeSet};

/// HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)
const FILE_NOT_FOUND: Hresult = Hresult(0x8007_0002);

/// Downloads that left Paused and have not yet shown what they ask for.
#[derive(Debug, Clone, Default)]
pub(super) struct Again {
    /// Bytes held when the download went on.
    resumed: BTreeMap<JobId, u64>,
    /// Downloads of Windows that went on although their output is gone.
    lost: BTreeSet<JobId>,
}

impl Again {
    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        match &event.what {
            Happened::Standing { from, to, cause, .. } => {
                self.moved(view, event, job, download, (from.state, to.state, *cause));
                if to.error == FILE_NOT_FOUND && download.output_lost {
                    self.lost.remove(&job);
                    out.held(RuleId::DOD_START_016);
                }
            }
            Happened::Requested { held, .. } => {
                let Some(before) = self.resumed.remove(&job) else { return };
                // A file that changed on the server may have to be fetched from its beginning.
                let changed = !view.remote_sizes.is_empty() && *held == 0;
                out.ensure(RuleId::DOD_START_007, *held == before || changed, event, || {
                    (
                        "`{job}` went on, but did not ask for just what was left".to_owned(),
                        format!("a request from byte {before} on"),
                        format!("a request from byte {held} on"),
                    )
                });
            }
            Happened::Bytes { of: Payload::File, done, .. } => {
                let before = self.resumed.get(&job).copied();
                kept(event, before.filter(|before| done < before), *done, out);
                let lost = download.output_lost && self.lost.contains(&job);
                if !view.is_agent() && lost && *done > download.done {
                    self.lost.remove(&job);
                    into_nothing(job, event, out);
                }
            }
            Happened::AttemptEnded { outcome: AttemptOutcome::Finished, .. }
                if self.lost.remove(&job) =>
            {
                into_nothing(job, event, out);
            }
            Happened::File(file)
                if file.what == FileChange::OutputMade && self.lost.remove(&job) =>
            {
                into_nothing(job, event, out);
            }
            Happened::File(file) if file.what == FileChange::Restarted => {
                let before = self.resumed.get(&job).copied();
                let before = before.filter(|before| *before > 0 && view.remote_sizes.is_empty());
                kept(event, before, 0, out);
            }
            _ => {}
        }
    }

    fn moved(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        download: &DownloadView,
        (from, to, cause): (DownloadState, DownloadState, Row),
    ) {
        if to != DownloadState::Transferring {
            self.resumed.remove(&job);
            if to != DownloadState::Transferred {
                self.lost.remove(&job);
            }
            return;
        }
        if from != DownloadState::Paused || download.output_lost {
            if !view.is_agent() && download.output_lost && starts(cause) {
                self.lost.insert(job);
            }
            return;
        }
        let call = view.latest_call.as_ref();
        let call = call.filter(|call| call.job == job && !call.is_over_at(event));
        let ranges = call.filter(|_| starts(cause)).and_then(|call| call.ranges());
        let before = download.ranges.as_deref().unwrap_or(&[]);
        let unknown = view.is_agent() && download.total.unwrap_or(0) == 0;
        if ranges.is_none_or(|ranges| ranges == before) && !unknown {
            self.resumed.insert(job, download.done);
        }
    }
}

fn kept(event: &Event, dropped: Option<u64>, done: u64, out: &mut Findings) {
    let Some(before) = dropped else { return };
    out.ensure(RuleId::DOD_START_007, false, event, || {
        (
            "`{job}` went on and lost bytes that it had".to_owned(),
            format!("the {before} bytes received already to be kept"),
            format!("{done} bytes"),
        )
    });
}

/// DOD-START-016 on Windows.
fn into_nothing(job: JobId, event: &Event, out: &mut Findings) {
    let texts = (
        "`{job}` went on although its output had been deleted while it was Paused".to_owned(),
        "Paused with Error 0x80070002".to_owned(),
        "the transfer continues into a new file".to_owned(),
    );
    about::broken(out, RuleId::DOD_START_016, Some(job), event, texts);
}
