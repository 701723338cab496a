//! Who gets a transfer slot. Several jobs transfer at once; a foreground job comes before the
//! others, among which HIGH, NORMAL and LOW make no difference (DO-PRIORITY-002, -003).

use super::Legacy;
use super::apply::Cause;
use crate::outside::Outside;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::{JobId, JobState};

impl Legacy {
    /// Takes a job that is about to change out of the line or the list of running jobs.
    pub(super) fn step_out_of_line(&mut self, id: JobId) {
        let job = self.jobs.at(id);
        if job.state == JobState::Queued {
            self.line.remove(&(job.priority.is_background(), job.place, id));
        }
        self.running.remove(&id);
    }

    /// Puts a job that has changed where it belongs.
    pub(super) fn step_into_line(&mut self, id: JobId) {
        let job = self.jobs.at(id);
        if job.state == JobState::Queued {
            self.line.insert((job.priority.is_background(), job.place, id));
        } else if job.state.is_running() {
            self.running.insert(id);
        }
    }

    /// Gives out slots until none is free or nobody can use one.
    pub(super) fn schedule(&mut self, out: &mut Outside<'_>) {
        self.reschedule = false;
        if self.line.is_empty() || self.running.len() >= self.env.setup.delivery.slots as usize {
            return;
        }
        for (_, _, id) in self.line.clone() {
            if self.running.len() >= self.env.setup.delivery.slots as usize {
                return;
            }
            self.deliver(out, id, &Cause::event(Row::SlotGranted));
        }
    }
}
