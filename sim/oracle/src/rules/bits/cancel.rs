//! BITS-CANCEL: what Cancel does in each state, and how an upload is withdrawn from its server.

use crate::findings::Findings;
use crate::view::latest::LatestCall;
use crate::view::{JobView, View};
use bitsim_vocab::trace::{End, FileChange, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    Event, Hresult, JobId, JobState, JobType, Reply, RuleId, SimTime, Span, Stimulus,
};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_CANCEL_001,
    RuleId::BITS_CANCEL_002,
    RuleId::BITS_CANCEL_003,
    RuleId::BITS_CANCEL_004,
    RuleId::BITS_CANCEL_005,
    RuleId::BITS_CANCEL_006,
    RuleId::BITS_CANCEL_007,
    RuleId::BITS_CANCEL_008,
];

/// The longest time for which requests to cancel an upload are repeated.
const LONGEST: Span = Span::secs(86_400);

/// How late the last request may be answered, and the job leave: no page sets a limit.
const SLACK: Span = Span::secs(300);

/// BITS-CANCEL.
#[derive(Debug, Clone)]
pub(crate) struct Cancel {
    /// For each job: the withdrawal from the server, if it is a cancelled upload.
    withdrawals: Vec<Option<Withdrawal>>,
    /// How many downloads are CANCELLED.
    cancelled: u32,
}

/// How a cancelled upload is withdrawn from its server.
#[derive(Debug, Clone, Copy)]
struct Withdrawal {
    /// The call, for messages.
    call: LatestCall,
    /// When the service gives up.
    until: SimTime,
    /// The time between two requests.
    interval: Span,
    requests: u32,
    acknowledged: bool,
    removed: bool,
    left: bool,
}

impl Cancel {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { withdrawals: Vec::new(), cancelled: 0 }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            cancelled(view, call, out);
        }
        match &event.what {
            Happened::Created(_) => self.withdrawals.push(None),
            Happened::State { job, to: JobState::Cancelled, .. } => self.begins(view, event, *job),
            Happened::Called(called) => self.enumerated(view, event, &called.reply, out),
            Happened::UploadCancelRequested { job, acknowledged } => {
                self.requested(event, *job, *acknowledged, out);
            }
            Happened::LeftQueue { job } => self.left(event, *job, out),
            Happened::File(file) if file.what == FileChange::RemovedFromServer => {
                self.removed(view, event, file.job, out);
            }
            Happened::Bytes { job, of: Payload::Reply, done, .. } => {
                reply_goes_on(view, event, *job, *done, out);
            }
            Happened::Env(what) => {
                // Whether a withdrawal survives a restart is not documented.
                if matches!(
                    **what,
                    Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                ) {
                    self.withdrawals.fill(None);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            cancelled(view, call, out);
        }
        for (withdrawal, job) in self.withdrawals.iter().zip(&view.jobs) {
            if let Some(withdrawal) = withdrawal {
                withdrawal.finish(job, end, out);
            }
        }
    }

    fn begins(&mut self, view: &View, event: &Event, id: JobId) {
        let Some(job) = view.job(id) else { return };
        if job.job_type == JobType::Download {
            self.cancelled += 1;
            return;
        }
        let call = view.latest_call.filter(|_| view.effect_of(event, id, Stimulus::Cancel));
        let (Some(call), Some(slot)) = (call, self.withdrawals.get_mut(id.index())) else {
            return;
        };
        *slot = Some(Withdrawal {
            call,
            until: event.at + LONGEST.min(Span::secs(job.no_progress_timeout)),
            interval: Span::secs(job.minimum_retry_delay),
            requests: 0,
            acknowledged: false,
            removed: false,
            left: false,
        });
    }

    fn withdrawal(&mut self, job: JobId) -> Option<&mut Withdrawal> {
        self.withdrawals.get_mut(job.index()).and_then(Option::as_mut)
    }

    /// BITS-CANCEL-001: a cancelled job is off the queue. Uploads may stay for a while.
    fn enumerated(&self, view: &View, event: &Event, reply: &Reply, out: &mut Findings) {
        let Reply::Jobs(listed) = reply else { return };
        if self.cancelled == 0 {
            return;
        }
        let cancelled =
            |job: &JobView| job.state == JobState::Cancelled && job.job_type == JobType::Download;
        let wrong = listed.iter().find(|id| view.job(**id).is_some_and(cancelled));
        out.ensure(RuleId::BITS_CANCEL_001, wrong.is_none(), event, || {
            (
                "EnumJobs lists a job that has been cancelled".to_owned(),
                "no download in CANCELLED in the list".to_owned(),
                format!("job {} of the run is listed", wrong.map_or(0, |job| job.0 + 1)),
            )
        });
    }

    /// BITS-CANCEL-005: requests are repeated for a limited time.
    fn requested(&mut self, event: &Event, id: JobId, acknowledged: bool, out: &mut Findings) {
        let Some(withdrawal) = self.withdrawal(id) else { return };
        withdrawal.requests += 1;
        withdrawal.acknowledged |= acknowledged;
        let until = withdrawal.until;
        if event.at > until + SLACK {
            out.ensure(RuleId::BITS_CANCEL_005, false, event, || {
                (
                    "the service still tries to cancel the upload of `{job}`".to_owned(),
                    format!("no request after {until}"),
                    format!("a request at {}", event.at),
                )
            });
        }
    }

    /// BITS-CANCEL-005 and -006: the job leaves when the server answered or the time is over.
    fn left(&mut self, event: &Event, id: JobId, out: &mut Findings) {
        let Some(withdrawal) = self.withdrawal(id) else { return };
        withdrawal.left = true;
        if withdrawal.requests == 0 || withdrawal.acknowledged {
            return;
        }
        let until = withdrawal.until;
        let early = event.at + withdrawal.interval + SLACK < until;
        out.ensure(RuleId::BITS_CANCEL_005, !early, event, || {
            (
                "the service gave up cancelling the upload of `{job}` too early".to_owned(),
                format!("requests until {until}, or until the server answers"),
                format!("the job left the queue at {}", event.at),
            )
        });
        out.ensure(RuleId::BITS_CANCEL_006, event.at <= until + SLACK, event, || {
            (
                "the cancelled upload `{job}` stayed in the queue for too long".to_owned(),
                format!("the job to leave the queue at {until}"),
                format!("it left at {}", event.at),
            )
        });
    }

    /// BITS-CANCEL-007: a partial upload is removed from the server, a finished one is not.
    fn removed(&mut self, view: &View, event: &Event, id: JobId, out: &mut Findings) {
        if let Some(withdrawal) = self.withdrawal(id) {
            withdrawal.removed = true;
        }
        let Some(job) = view.job(id) else { return };
        let finished = job.files.iter().all(|file| file.finished);
        out.ensure(RuleId::BITS_CANCEL_007, !finished, event, || {
            (
                "the finished upload of `{job}` was removed from the server".to_owned(),
                "a file that was uploaded in full to stay on the server".to_owned(),
                "it was removed".to_owned(),
            )
        });
    }
}

impl Withdrawal {
    fn finish(&self, job: &JobView, end: End, out: &mut Findings) {
        let until = self.until;
        let waits = self.requests > 0 && !self.acknowledged && !self.left;
        if waits && end.at() > until + SLACK {
            self.call.ensure(out, RuleId::BITS_CANCEL_006, false, || {
                (
                    "the cancelled upload `{job}` never left the queue".to_owned(),
                    format!("the job to leave the queue at {until}"),
                    format!("it was still there at {}", end.at()),
                )
            });
        }
        let partial = job.files.iter().any(|file| !file.finished && file.done > 0);
        if partial && self.acknowledged {
            self.call.ensure(out, RuleId::BITS_CANCEL_007, self.removed, || {
                (
                    "the partial upload of `{job}` outlived its cancellation on the server"
                        .to_owned(),
                    "the partial file to be removed once the server acknowledged".to_owned(),
                    "it is still there".to_owned(),
                )
            });
        }
    }
}

/// Judges a Cancel once all its effects have been recorded.
fn cancelled(view: &View, call: &LatestCall, out: &mut Findings) {
    if call.stimulus != Stimulus::Cancel || !call.admitted {
        return;
    }
    let Some(job) = view.job(call.job) else { return };
    let gone = Some(JobState::Cancelled);
    let unable = Hresult::BG_S_UNABLE_TO_DELETE_FILES;
    if call.before.is_final() {
        if view.kept_pointer(call.by, job) {
            let refused = Hresult::BG_E_INVALID_STATE;
            call.ensure_effect(out, RuleId::BITS_CANCEL_004, refused, None);
        }
        return;
    }
    if call.kept > 0 {
        call.ensure_effect(out, RuleId::BITS_CANCEL_003, unable, gone);
    } else if call.hr == unable {
        call.ensure(out, RuleId::BITS_CANCEL_003, false, || {
            (
                "Cancel reports leftovers of `{job}` although there are none".to_owned(),
                call.effect(Hresult::S_OK, gone),
                call.effect(call.hr, call.moved),
            )
        });
    } else {
        call.ensure_effect(out, RuleId::BITS_CANCEL_001, Hresult::S_OK, gone);
    }
    if call.hr.failed() {
        return;
    }
    if job.job_type == JobType::Download {
        deletes(call, job, out);
    }
    let uploaded = job.files.iter().all(|file| file.finished) && !job.files.is_empty();
    if job.job_type == JobType::UploadReply && uploaded && !job.reply_finished {
        call.ensure(out, RuleId::BITS_CANCEL_008, call.moved == gone, || {
            (
                "Cancel did not end `{job}`, whose upload was done".to_owned(),
                JobState::Cancelled.to_string(),
                job.state.to_string(),
            )
        });
    }
}

/// BITS-CANCEL-002: every temporary file of a download goes, and no file appears.
fn deletes(call: &LatestCall, job: &JobView, out: &mut Findings) {
    // A file that began again holds no data, so nothing says that its temporary file exists.
    let holds_data = |file: &crate::view::FileView| file.finished || file.done > 0;
    let left = job.files.iter().filter(|file| file.temporary && holds_data(file)).count();
    let kept = usize::try_from(call.kept).unwrap_or(usize::MAX);
    if left == 0 && call.deleted == 0 && call.renamed == 0 {
        return;
    }
    let ok = left <= kept && call.renamed == 0;
    call.ensure(out, RuleId::BITS_CANCEL_002, ok, || {
        let actual = match call.renamed {
            0 => format!("{left} temporary files remain, {kept} of them could not be deleted"),
            some => format!("{some} files got their final names"),
        };
        (
            "Cancel did not delete every temporary file of `{job}`".to_owned(),
            "all temporary files to be deleted, finished ones and partial ones".to_owned(),
            actual,
        )
    });
}

/// BITS-CANCEL-008: the reply of a cancelled job is not fetched any more.
fn reply_goes_on(view: &View, event: &Event, id: JobId, done: u64, out: &mut Findings) {
    if view.job(id).is_some_and(|job| job.state == JobState::Cancelled) {
        out.ensure(RuleId::BITS_CANCEL_008, false, event, || {
            (
                "the reply of `{job}` still arrived after Cancel".to_owned(),
                "no byte of the reply after Cancel".to_owned(),
                format!("data moved, up to byte {done}"),
            )
        });
    }
}

#[cfg(test)]
mod tests;
