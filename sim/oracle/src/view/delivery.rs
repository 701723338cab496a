//! What the judge of Delivery Optimization behind the interfaces of BITS needs to know besides.

use super::{JobView, View};
use bitsim_vocab::legacy::{COST_ALWAYS, COST_STANDARD};
use bitsim_vocab::world::{Block, NetworkCondition};
use bitsim_vocab::{JobId, JobState, Service, SimTime, Span, WallTime};

impl View {
    /// Gives the job the no-progress timeout of its priority, unless it was set or the service is
    /// not Delivery Optimization (DO-RETRY-001).
    pub(super) fn default_timeout(&mut self, id: JobId) {
        if self.setup.target.service != Service::DoLegacy {
            return;
        }
        let Some(job) = self.jobs.get_mut(id.index()).filter(|job| !job.no_progress_timeout_set)
        else {
            return;
        };
        let delivery = &self.setup.delivery;
        let span = if job.priority.is_background() {
            delivery.no_progress_background
        } else {
            delivery.no_progress_foreground
        };
        job.no_progress_timeout = span.as_secs();
    }

    /// True if network or policy may forbid the job to transfer: no network, a cause that Delivery
    /// Optimization knows, or a network that the cost policy of the job may not allow.
    #[must_use]
    pub fn delivery_blocked(&self, job: &JobView) -> bool {
        let known = |block: &Block| block.delivery_code().is_some();
        !self.network || self.blocks.iter().any(known) || !self.cost_allows(job)
    }

    /// True if the cost policy of the job certainly allows the network (DO-COST-002, DO-COST-003).
    /// The pages do not say which cost states a cellular or a metered network has by itself; a
    /// policy that allows them all is needed for certainty.
    #[must_use]
    pub fn cost_allows(&self, job: &JobView) -> bool {
        let default = if job.priority.is_background() { COST_STANDARD } else { COST_ALWAYS };
        let allowed = job.cost_flags.unwrap_or(default);
        let states = self.conditions.iter().fold(0, |states, condition| {
            states
                | match condition {
                    // Cap unknown, below the cap, charged by use.
                    NetworkCondition::Metered => 0x46,
                    // Anything but unrestricted.
                    NetworkCondition::Cellular => 0xFE,
                    NetworkCondition::NearDataLimit => 0x08,
                    NetworkCondition::OverDataLimit => 0x10,
                    NetworkCondition::Roaming => 0x80,
                }
        });
        states & !allowed == 0
    }

    /// True if a job of Delivery Optimization that is activated now certainly gets a slot: fewer
    /// jobs transfer, or wait and could transfer, than there are slots.
    #[must_use]
    pub fn slot_is_free(&self, except: JobId) -> bool {
        let others = (0..).map(JobId).zip(&self.jobs).filter(|(id, _)| *id != except);
        let busy = others.filter(|(_, job)| {
            !job.gone
                && (job.state == JobState::Transferring
                    || job.state == JobState::Queued && self.owner_present(job))
        });
        u32::try_from(busy.count()).unwrap_or(u32::MAX) < self.setup.delivery.slots
    }

    /// The least and the greatest age of the job that one of the two clocks gives it.
    #[must_use]
    pub fn ages(&self, job: &JobView, now: SimTime, wall: WallTime) -> (Span, Span) {
        let by_run = now.since(job.created);
        let by_wall = Span(wall.0.saturating_sub(job.created_on.0));
        (by_run.min(by_wall), by_run.max(by_wall))
    }
}
