//! Whose turn it is: priorities, round robin with time slices, foreground beside background.

use super::Bits;
use super::apply::Cause;
use super::job::Incident;
use crate::choose::Choice;
use crate::outside::Outside;
use bitsim_vocab::{Happened, Hresult, JobId, JobState, Priority, Stimulus};

impl Bits {
    /// Takes a job that is about to change out of the line or the list of running jobs.
    pub(super) fn step_out_of_line(&mut self, id: JobId) {
        let job = &self.jobs[id.index()];
        if job.state == JobState::Queued {
            self.line.remove(&(job.priority, job.place, id));
        } else if job.state.is_running() {
            self.running.remove(&id);
        }
    }

    /// Puts a job that has changed where it belongs.
    pub(super) fn step_into_line(&mut self, id: JobId) {
        let job = &self.jobs[id.index()];
        if job.state == JobState::Queued {
            self.line.insert((job.priority, job.place, id));
        } else if job.state.is_running() {
            self.running.insert(id);
        }
    }

    /// Gives turns until nothing changes any more.
    pub(super) fn schedule(&mut self, out: &mut Outside<'_>) {
        self.reschedule = false;
        self.turn_away(out);
        self.part_the_running(out);
        if self.env.since(2, 0) {
            while let Some(id) = self.next_in_line(out, |priority| !priority.is_background()) {
                self.grant(out, id);
            }
            self.background_turn(out);
        } else {
            self.single_turn(out);
        }
    }

    /// Jobs in the line that may not run leave it: to TRANSIENT_ERROR if network or policy forbid
    /// them, to TRANSFERRED if nothing is left to do. Those that only wait for a turn stay.
    fn turn_away(&mut self, out: &mut Outside<'_>) {
        let line: Vec<JobId> = self.line.iter().map(|(_, _, id)| *id).collect();
        for id in line {
            let cause = self.pick_cause(id);
            if let Some(case) = self.decide(id, &cause)
                && case.next.is_some_and(|next| !next.is_running())
            {
                self.apply(out, id, &case, &cause);
            }
        }
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
        let shared = !self.env.since(2, 0);
        let mut in_slot: Vec<(Priority, JobId)> = self
            .running
            .iter()
            .map(|id| (self.job(*id).priority, *id))
            .filter(|(priority, _)| shared || priority.is_background())
            .collect();
        in_slot.sort_unstable();
        for (_, id) in in_slot.into_iter().skip(1) {
            self.preempt(out, id);
        }
    }

    fn background_turn(&mut self, out: &mut Outside<'_>) {
        let running = self.running_background();
        if let Some(id) = running {
            let level = self.job(id).priority;
            let waits = |priority: Priority| priority.is_background() && priority < level;
            if self.first_eligible(waits).is_none() {
                return;
            }
            self.preempt(out, id);
        }
        if let Some(id) = self.next_in_line(out, Priority::is_background) {
            self.grant(out, id);
        }
    }

    /// Up to BITS 1.5 one job runs at a time, foreground before background.
    fn single_turn(&mut self, out: &mut Outside<'_>) {
        if let Some(id) = self.running.first().copied() {
            let level = self.job(id).priority;
            if self.first_eligible(|priority| priority < level).is_none() {
                return;
            }
            self.preempt(out, id);
        }
        if let Some(id) = self.next_in_line(out, |_| true) {
            self.grant(out, id);
        }
    }

    fn running_background(&self) -> Option<JobId> {
        self.running.iter().copied().find(|id| self.job(*id).priority.is_background())
    }

    fn preempt(&mut self, out: &mut Outside<'_>, id: JobId) {
        self.deliver(out, id, &Cause::event(Stimulus::HigherPriorityJobBecomesRunnable));
    }

    fn eligible(&self, id: JobId) -> bool {
        let cause = self.pick_cause(id);
        self.decide(id, &cause).is_some_and(|case| case.next.is_some_and(JobState::is_running))
    }

    fn first_eligible(&self, wanted: impl Fn(Priority) -> bool) -> Option<JobId> {
        let mut line = self.line.iter().filter(|(priority, _, _)| wanted(*priority));
        line.find(|(_, _, id)| self.eligible(*id)).map(|(_, _, id)| *id)
    }

    /// The job whose turn it is among those with a wanted priority: of the highest level, the one
    /// that has waited longest, unless the choice falls on another of that level.
    fn next_in_line(
        &self,
        out: &mut Outside<'_>,
        wanted: impl Fn(Priority) -> bool,
    ) -> Option<JobId> {
        let first = self.first_eligible(wanted)?;
        let level = self.job(first).priority;
        let equals: Vec<JobId> = self
            .line
            .iter()
            .filter(|(priority, _, id)| *priority == level && self.eligible(*id))
            .map(|(_, _, id)| *id)
            .collect();
        if equals.len() < 2 {
            return Some(first);
        }
        let turn = out.choose.choose(Choice::Turn, self.env.now, equals.len() as u64);
        equals.get(turn as usize).copied()
    }

    fn grant(&mut self, out: &mut Outside<'_>, job: JobId) {
        let cause = self.pick_cause(job);
        let Some(case) = self.decide(job, &cause) else { return };
        let background = self.job(job).priority.is_background();
        let slice = background.then_some(self.env.setup.time_slice);
        self.env.emit(out, Happened::Granted { job, slice });
        self.apply(out, job, &case, &cause);
    }
}
