//! Whose turn it is: priorities, round robin with time slices, foreground beside background.

use super::Bits;
use super::apply::Cause;
use super::job::{Incident, Job};
use super::line::Place;
use super::table::Case;
use crate::choose::Choice;
use crate::outside::Outside;
use bitsim_vocab::{Happened, Hresult, JobId, JobState, Priority, Stimulus};

impl Bits {
    /// Takes a job that is about to change out of the line or the slot.
    pub(super) fn step_out_of_line(&mut self, id: JobId) {
        let job = self.jobs.at(id);
        if job.state == JobState::Queued {
            self.line.leave(place(id, job));
        } else if job.state.is_running() {
            self.in_slot.retain(|other| *other != id);
        }
    }

    /// Puts a job that has changed where it belongs.
    pub(super) fn step_into_line(&mut self, id: JobId) {
        let job = self.jobs.at(id);
        if job.state == JobState::Queued {
            self.line.join(place(id, job));
        } else if job.state.is_running() && self.shares_the_slot(job) {
            let at = self.in_slot.partition_point(|other| *other < id);
            self.in_slot.insert(at, id);
        }
    }

    /// Something happened to a job: if it stands in the line, it may be able to run now, or no
    /// longer.
    pub(super) fn look_again(&mut self, id: JobId) {
        let job = self.jobs.at(id);
        if job.state == JobState::Queued && !job.gone {
            let place = place(id, job);
            self.line.leave(place);
            self.line.join(place);
        }
    }

    /// Up to BITS 1.5 all jobs share one slot, from 2.0 on those of the background.
    fn shares_the_slot(&self, job: &Job) -> bool {
        job.priority.is_background() || !self.env.since(2, 0)
    }

    /// The jobs in CONNECTING or TRANSFERRING.
    pub(super) fn running(&self) -> Vec<JobId> {
        let running = |id: &JobId| {
            let job = self.job(*id);
            job.state.is_running() && !job.gone
        };
        self.ids().filter(running).collect()
    }

    /// Gives turns until nothing changes any more.
    pub(super) fn schedule(&mut self, out: &mut Outside<'_>) {
        self.reschedule = false;
        self.turn_away(out);
        self.part_the_running(out);
        if self.env.since(2, 0) {
            while let Some(id) = self.next_in_line(out, |priority| !priority.is_background()) {
                self.pick(out, id);
            }
            self.background_turn(out);
        } else {
            self.single_turn(out);
        }
        if self.line.is_seen() && self.in_slot.len() <= 1 {
            // Another pass would find nothing to do.
            self.reschedule = false;
        }
    }

    /// Jobs in the line that may not run leave it: to TRANSIENT_ERROR if network or policy forbid
    /// them, to TRANSFERRED if nothing is left to do. Those that only wait for a turn stay.
    fn turn_away(&mut self, out: &mut Outside<'_>) {
        let unseen = self.line.take_unseen();
        for place in &unseen {
            let cause = self.pick_cause(place.job);
            let case = self.decide(place.job, &cause);
            match case.and_then(|case| case.next) {
                Some(next) if !next.is_running() => {
                    self.line.seen(*place, false);
                    if let Some(case) = case {
                        self.apply(out, place.job, &case, &cause);
                    }
                }
                Some(_) if unseen.len() == 1 && self.is_free_for(*place) => {
                    if let Some(case) = case {
                        self.grant(out, place.job, &case, &cause);
                    }
                }
                next => self.line.seen(*place, next.is_some()),
            }
        }
        self.line.return_unseen(unseen);
    }

    /// True if the only one who waits can have its turn without looking at any other.
    fn is_free_for(&self, place: Place) -> bool {
        let shares = self.shares_the_slot(self.job(place.job));
        self.line.is_empty() && self.in_slot.len() < if shares { 1 } else { 2 }
    }

    /// What a job meets when it is picked.
    fn pick_cause(&self, id: JobId) -> Cause<'static> {
        let code = if self.env.network {
            self.block_code(self.job(id))
        } else {
            Some(Hresult::BG_E_NETWORK_DISCONNECTED)
        };
        let incident = code.map(Incident::of_queue);
        Cause { stimulus: Stimulus::SchedulerPicksJob, by: None, call: None, incident }
    }

    /// A change of priority can leave more jobs running than there are slots; the later ones yield.
    fn part_the_running(&mut self, out: &mut Outside<'_>) {
        if self.in_slot.len() < 2 {
            return;
        }
        let mut in_slot: Vec<(Priority, JobId)> =
            self.in_slot.iter().map(|id| (self.job(*id).priority, *id)).collect();
        in_slot.sort_unstable();
        for (_, id) in in_slot.into_iter().skip(1) {
            self.preempt(out, id);
        }
    }

    fn background_turn(&mut self, out: &mut Outside<'_>) {
        if let Some(id) = self.in_slot.first().copied() {
            let level = self.job(id).priority;
            let waits = |priority: Priority| priority.is_background() && priority < level;
            if self.line.first(waits).is_none() {
                return;
            }
            self.preempt(out, id);
        }
        if let Some(id) = self.next_in_line(out, Priority::is_background) {
            self.pick(out, id);
        }
    }

    /// Up to BITS 1.5 one job runs at a time, foreground before background.
    fn single_turn(&mut self, out: &mut Outside<'_>) {
        if let Some(id) = self.in_slot.first().copied() {
            let level = self.job(id).priority;
            if self.line.first(|priority| priority < level).is_none() {
                return;
            }
            self.preempt(out, id);
        }
        if let Some(id) = self.next_in_line(out, |_| true) {
            self.pick(out, id);
        }
    }

    fn preempt(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.deliver(out, id, &Cause::event(Stimulus::HigherPriorityJobBecomesRunnable));
    }

    /// The job whose turn it is among those with a wanted priority: of the highest level, the one
    /// that has waited longest, unless the choice falls on another of that level.
    fn next_in_line(
        &self,
        out: &mut Outside<'_>,
        wanted: impl Fn(Priority) -> bool,
    ) -> Option<JobId> {
        let equals = self.line.first(wanted)?;
        let turn = match equals.len() {
            1 => 0,
            several => out.choose.choose(Choice::Turn, self.env.now, several as u64),
        };
        equals.get(turn as usize).map(|place| place.job)
    }

    fn pick(&mut self, out: &mut Outside<'_>, job: JobId) {
        let cause = self.pick_cause(job);
        if let Some(case) = self.decide(job, &cause) {
            self.grant(out, job, &case, &cause);
        }
    }

    fn grant(&mut self, out: &mut Outside<'_>, job: JobId, case: &Case, cause: &Cause<'_>) {
        let background = self.job(job).priority.is_background();
        let slice = background.then_some(self.env.setup.time_slice);
        self.env.emit(out, Happened::Granted { job, slice });
        self.apply(out, job, case, cause);
    }
}

fn place(id: JobId, job: &Job) -> Place {
    Place { priority: job.priority, number: job.place, job: id }
}
