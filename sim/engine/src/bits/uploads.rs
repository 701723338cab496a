//! Uploads that are being cancelled on the server.

use super::Bits;
use super::apply::Cause;
use crate::outside::Outside;
use crate::timers::Due;
use bitsim_vocab::trace::FileChange;
use bitsim_vocab::world::Part;
use bitsim_vocab::{FileId, Happened, JobId, Span, Stimulus};

/// The longest time for which the service goes on asking a server to cancel.
const LONGEST_CANCEL: Span = Span::secs(24 * 3_600);

impl Bits {
    /// Asks the server to drop a partial upload. A complete one is left alone.
    pub(super) fn cancel_upload(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let partial = job.job_type.uploads() && job.session && job.current().is_some();
        if !partial {
            return;
        }
        let window = job.no_progress().min(LONGEST_CANCEL);
        self.job_mut(id).cancelling = true;
        self.jobs.stop(id, Due::Inactivity);
        let end = self.env.now + window;
        self.set_timer(out, id, Due::CancelWindow, end);
        self.request_cancel(out, id);
    }

    /// One request to cancel.
    pub(super) fn request_cancel(&mut self, out: &mut Outside<'_>, id: JobId) {
        let job = self.job(id);
        let Some(file) = job.files.first() else { return };
        let (url, server, delay) = (file.remote.clone(), file.server, job.retry_delay());
        let reached = self.env.network
            && server.is_some_and(|server| {
                self.env.servers.request(server, &url, Part::Cancel).is_none()
            });
        let job = id;
        self.env.emit(out, Happened::UploadCancelRequested { job, acknowledged: reached });
        if reached {
            self.emit_file(out, id, FileId(0), FileChange::RemovedFromServer);
            self.deliver(out, id, &Cause::event(Stimulus::CancelWindowEnds));
        } else {
            let due = self.env.now + delay;
            if self.jobs.due(id, Due::CancelWindow).is_some_and(|end| due < end) {
                self.set_timer(out, id, Due::CancelRequest, due);
            }
        }
    }

    pub(super) fn end_cancel_window(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.deliver(out, id, &Cause::event(Stimulus::CancelWindowEnds));
    }

    /// The job leaves the queue for good.
    pub(super) fn leave_queue(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.stop_timer(out, id, Due::CancelRequest);
        self.stop_timer(out, id, Due::CancelWindow);
        self.job_mut(id).cancelling = false;
        self.env.emit(out, Happened::LeftQueue { job: id });
    }
}
