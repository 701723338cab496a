//! The latest call on a download and what it has brought about so far.

use super::{Downloads, starts};
use crate::findings::{Findings, Violation};
use bitsim_vocab::download::{DownloadCall, Row, Standing};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Event, FileChange, Happened, TimerEvent};
use bitsim_vocab::{Call, ClientId, Hresult, JobId, RuleId, SimTime};

/// A call on a download, kept until everything that follows from it at once has been recorded.
///
/// A call and its effects are one step of the world, so the next call, the next disturbance and the
/// next instant each say that the effects are complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestCall {
    /// Position of the call in the trace.
    pub seq: u32,
    /// When it was made.
    pub at: SimTime,
    /// The caller.
    pub by: ClientId,
    /// The download.
    pub job: JobId,
    /// The call.
    pub call: DownloadCall,
    /// What it returned.
    pub hr: Hresult,
    /// True if the caller is certainly answered ([`Downloads::admits`]).
    pub admitted: bool,
    /// The standing of the download when the call came.
    pub before: Standing,
    /// The standing that the call gave the download, if it gave one.
    pub moved: Option<Standing>,
    /// The output file was made.
    pub made: bool,
    /// The output file was deleted.
    pub deleted: bool,
    /// The output file got its final name.
    pub renamed: bool,
    /// A request was sent, or an attempt began, that no timer and no other event explains.
    pub sent: bool,
    /// An attempt began.
    pub began: bool,
    /// The attempt that was running ended.
    pub ended: bool,
    /// Something else moved the download since.
    mixed: bool,
}

impl LatestCall {
    /// True if `event` can no longer be an effect of the call.
    #[must_use]
    pub fn is_over_at(&self, event: &Event) -> bool {
        event.at != self.at || matches!(event.what, Happened::Called(_) | Happened::Env(_))
    }

    /// True for a call of Start.
    #[must_use]
    pub fn is_start(&self) -> bool {
        matches!(self.call, DownloadCall::Start(_))
    }

    /// The ranges that a Start gives.
    #[must_use]
    pub fn ranges(&self) -> Option<&[(u64, u64)]> {
        match &self.call {
            DownloadCall::Start(Some(ranges)) => Some(ranges),
            _ => None,
        }
    }

    fn owns(&self, cause: Row) -> bool {
        match self.call {
            DownloadCall::Start(_) => starts(cause),
            DownloadCall::Pause => cause == Row::Pause,
            DownloadCall::Finalize => cause == Row::Finalize,
            DownloadCall::Abort => cause == Row::Abort,
            _ => false,
        }
    }

    /// Takes in what may be an effect of the call.
    fn take_in(&mut self, what: &Happened) {
        if what.job() != Some(self.job) {
            return;
        }
        match what {
            Happened::Standing { to, cause, .. } if self.owns(*cause) && self.moved.is_none() => {
                self.moved = Some(*to);
            }
            Happened::Standing { .. } | Happened::Timer { what: TimerEvent::Fired, .. } => {
                self.mixed = true;
            }
            Happened::Requested { .. } => self.sent |= !self.mixed,
            Happened::AttemptBegan { .. } => {
                self.sent |= !self.mixed;
                self.began = true;
            }
            Happened::AttemptEnded { .. } => self.ended = true,
            Happened::File(file) => match file.what {
                FileChange::OutputMade => self.made = true,
                // Its age may end a download at the same instant.
                FileChange::OutputDeleted => self.deleted |= !self.mixed,
                FileChange::Renamed { .. } => self.renamed = true,
                _ => {}
            },
            _ => {}
        }
    }

    /// Records `rule` as held if `ok`, else as broken at this call, with the texts of `why` as in
    /// [`Findings::ensure`].
    pub(crate) fn ensure(
        &self,
        out: &mut Findings,
        rule: RuleId,
        ok: bool,
        why: impl FnOnce() -> (String, String, String),
    ) {
        if ok {
            out.held(rule);
        } else {
            let (what, expected, actual) = why();
            out.broken(Violation {
                rule,
                job: Some(self.job),
                event: self.seq,
                at: self.at,
                what,
                expected,
                actual,
            });
        }
    }

    /// Holds if the call returned `hr` and gave the download the standing `moved`, or left it
    /// alone if that is `None`.
    pub(crate) fn ensure_effect(
        &self,
        out: &mut Findings,
        rule: RuleId,
        hr: Hresult,
        moved: Option<Standing>,
    ) {
        self.ensure(out, rule, self.hr == hr && self.moved == moved, || {
            let what = match self.moved {
                _ if self.hr != hr => "returned the wrong code for `{job}`".to_owned(),
                Some(to) => format!("moved `{{job}}` to {to}"),
                None => "did not move `{job}`".to_owned(),
            };
            (
                format!("{} in {} {what}", self.call.method(), self.before),
                self.effect(hr, moved),
                self.effect(self.hr, self.moved),
            )
        });
    }

    /// `S_OK (0x00000000) and Paused -> Transferring`
    pub(crate) fn effect(&self, hr: Hresult, moved: Option<Standing>) -> String {
        let hr = WithNumber(hr);
        match moved {
            Some(to) => format!("{hr} and {} -> {to}", self.before),
            None => format!("{hr} and {} unchanged", self.before),
        }
    }
}

impl Downloads {
    /// The latest call, if `event` shows that all its effects have been recorded.
    #[must_use]
    pub fn call_over_at(&self, event: &Event) -> Option<&LatestCall> {
        self.latest_call.as_ref().filter(|call| call.is_over_at(event))
    }

    pub(super) fn follow_call(&mut self, event: &Event) {
        if self.call_over_at(event).is_some() {
            self.latest_call = None;
        }
        if let Happened::Called(called) = &event.what {
            let Call::Download(job, call) = &called.call else { return };
            let Some(download) = self.download(*job) else { return };
            self.latest_call = Some(LatestCall {
                seq: event.seq,
                at: event.at,
                by: called.by,
                job: *job,
                call: call.clone(),
                hr: called.hr,
                admitted: self.admits(called.by, download),
                before: download.standing,
                moved: None,
                made: false,
                deleted: false,
                renamed: false,
                sent: false,
                began: false,
                ended: false,
                mixed: false,
            });
        } else if let Some(call) = &mut self.latest_call {
            call.take_in(&event.what);
        }
    }
}
