//! DOD-PRIORITY-001: foreground before background.

use crate::findings::Findings;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Timer};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, Reply, RuleId, SimTime};
use std::collections::BTreeMap;

pub(super) const CHECKED: &[RuleId] = &[RuleId::DOD_PRIORITY_001];

/// DOD-PRIORITY.
#[derive(Debug, Clone)]
pub(super) struct Priority {
    /// When the attempt of each download began, with the bytes held then.
    began: BTreeMap<JobId, (SimTime, u64)>,
}

impl Priority {
    pub(super) fn new(_: &Setup) -> Self {
        Self { began: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Called(called) => default(view, event, called, out),
            Happened::AttemptBegan { job, .. } => {
                let Some(download) = view.download(*job) else { return };
                self.began.insert(*job, (event.at, download.done));
                turn(view, event, download, out);
            }
            Happened::AttemptEnded { job, outcome } => {
                if *outcome == AttemptOutcome::Finished {
                    self.slower(view, event, *job, out);
                }
                self.began.remove(job);
            }
            Happened::LeftQueue { job } => {
                self.began.remove(job);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, _: &Downloads, _: End, _: &Event, _: &mut Findings) {}

    /// A foreground download that has arrived must not have been slower than a background one that
    /// began no earlier and asked the same server.
    fn slower(&self, view: &Downloads, event: &Event, job: JobId, out: &mut Findings) {
        let Some(front) = view.download(job).filter(|front| is_foreground(front)) else { return };
        let Some((since, held)) = self.began.get(&job).copied() else { return };
        let Some(server) = view
            .server_of(front)
            .filter(|server| server.latency_min == server.latency_max && !view.faulty)
        else {
            return;
        };
        let got = front.done.saturating_sub(held);
        for (other, (began, held)) in &self.began {
            let Some(back) = view.download(*other).filter(|_| *other != job) else { continue };
            let same = view.server_of(back).is_some_and(|other| other.name == server.name);
            if is_foreground(back) || !same || *began < since || front.has_stream() {
                continue;
            }
            let more = back.done.saturating_sub(*held);
            // Rounding of instants may favour either by a little.
            let ok = more <= got + got / 50 + 1000;
            out.ensure(RuleId::DOD_PRIORITY_001, ok, event, || {
                (
                    "the foreground download `{job}` was slower than a background one".to_owned(),
                    "foreground downloads to be served with higher priority".to_owned(),
                    format!(
                        "{got} bytes in the time in which the other one, begun no earlier, got \
                         {more}"
                    ),
                )
            });
        }
    }
}

fn is_foreground(download: &DownloadView) -> bool {
    download.flag(DownloadProperty::ForegroundPriority)
}

/// Downloads are background ones unless they are told otherwise.
fn default(view: &Downloads, event: &Event, called: &Called, out: &mut Findings) {
    let Call::Download(job, DownloadCall::GetProperty(id)) = called.call else { return };
    let property = DownloadProperty::ForegroundPriority;
    let Some(download) = view.download(job) else { return };
    let unset = !download.properties.contains_key(&property);
    if DownloadProperty::from_value(id) != Some(property) || !unset || called.hr != Hresult::S_OK {
        return;
    }
    let background = called.reply == Reply::Value(Value::Flag(false));
    out.ensure(RuleId::DOD_PRIORITY_001, background, event, || {
        (
            "`{job}` is not a background download although nobody made it a foreground one"
                .to_owned(),
            "ForegroundPriority FALSE".to_owned(),
            match called.reply {
                Reply::Value(Value::Flag(true)) => "ForegroundPriority TRUE".to_owned(),
                _ => "S_OK with a value that is no truth value".to_owned(),
            },
        )
    });
}

/// A background download may not take the turn of a waiting foreground one.
fn turn(view: &Downloads, event: &Event, download: &DownloadView, out: &mut Findings) {
    if is_foreground(download) {
        let passed =
            view.downloads.iter().any(|back| !is_foreground(back) && waits(view, event, back));
        if passed {
            out.held(RuleId::DOD_PRIORITY_001);
        }
        return;
    }
    let passed = view
        .downloads
        .iter()
        .zip(0..)
        .find(|(front, _)| is_foreground(front) && waits(view, event, front));
    let Some((_, number)) = passed else { return };
    let number: u32 = number;
    out.ensure(RuleId::DOD_PRIORITY_001, false, event, || {
        (
            "the background download `{job}` got a turn before a foreground one".to_owned(),
            format!("the waiting foreground download {} of the run to go first", number + 1),
            "an attempt of the background download began".to_owned(),
        )
    });
}

/// True if the download could transfer, has waited since an earlier instant and has no timer that
/// says why.
fn waits(view: &Downloads, event: &Event, download: &DownloadView) -> bool {
    let waits_to_retry = download.timers.runs(Timer::InternalRetry)
        || matches!(download.last_outcome, Some((AttemptOutcome::Failed { .. }, _)));
    download.is_transferring()
        && !download.gone
        && !download.in_attempt
        && !waits_to_retry
        && download.since < event.at
        && view.is_free(download)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{OK, Tale, of};
    use bitsim_vocab::download::{DownloadState, Row};

    const FOREGROUND: DownloadProperty = DownloadProperty::ForegroundPriority;
    const RULE: RuleId = RuleId::DOD_PRIORITY_001;

    /// A background download and, after it, a foreground one on another path.
    fn two() -> Tale {
        let tale = Tale::windows().setup(|setup| setup.servers[0].files[0].size = 9000);
        let tale = tale.create().ready();
        let tale = tale.text(DownloadProperty::LocalPath, "C:\\downloads\\2");
        tale.set(FOREGROUND, Value::Flag(true), OK)
    }

    fn queued(tale: Tale, job: u32) -> Tale {
        let call = DownloadCall::Start(Some(Vec::new()));
        tale.about(job).call(call, OK).to(of(DownloadState::Transferring), Row::StartWhole)
    }

    #[test]
    fn background_is_the_default() {
        let tale = Tale::windows();
        tale.clone().get(FOREGROUND, OK, Reply::Value(Value::Flag(false))).follows(RULE);
        tale.get(FOREGROUND, OK, Reply::Value(Value::Flag(true))).breaks(RULE);
    }

    #[test]
    fn foreground_goes_first() {
        let tale = queued(queued(two(), 0), 1).at(5);
        tale.clone().about(1).began().requested(0).about(0).began().requested(0).follows(RULE);
        tale.about(0).began().requested(0).breaks(RULE);
    }

    #[test]
    fn foreground_is_no_slower() {
        let tale = queued(queued(two(), 1).began().requested(0), 0).began().requested(0).at(5);
        let ends = |tale: Tale, done| {
            let tale = tale.about(0).sized(90_000).bytes(done).about(1).sized(9000).bytes(9000);
            tale.ends(AttemptOutcome::Finished).to(of(DownloadState::Transferred), Row::AllReceived)
        };
        ends(tale.clone(), 9000).follows(RULE);
        ends(tale, 50_000).breaks(RULE);
    }
}
