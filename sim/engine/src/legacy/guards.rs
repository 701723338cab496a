//! When each guard of the transition table holds, and what forbids a job.

use super::Legacy;
use super::apply::Cause;
use super::job::{Incident, Job};
use super::table::Guard;
use bitsim_vocab::legacy::Row;
use bitsim_vocab::world::{Block, NetworkCondition};
use bitsim_vocab::{Hresult, JobId, Span};

impl Legacy {
    /// True if the guard holds for a job that the cause reaches.
    pub(super) fn holds(&self, guard: Guard, id: JobId, cause: &Cause<'_>) -> bool {
        let job = self.job(id);
        match guard {
            Guard::Otherwise => true,
            Guard::NoSlot => self.running.len() >= self.env.setup.delivery.slots as usize,
            Guard::OwnerAbsent => !self.env.is_logged_on(job.owner),
            Guard::Blocked => self.forbidden(job).is_some(),
            Guard::AnotherCause => {
                let ended = cause.incident.map(|incident| incident.code);
                !job.waits_for_block || job.error.map(|info| info.code) != ended
            }
            Guard::NothingLeft => job.current().is_none(),
            Guard::NoRetries => job.no_progress(&self.env.setup.delivery) == Span::ZERO,
            Guard::ErrorKnown => job.error.is_some(),
        }
    }

    /// What forbids the job to run, and the event by which that reaches it. The cause that the job
    /// waits for already comes before others.
    pub(super) fn forbidden(&self, job: &Job) -> Option<(Row, Incident)> {
        let waits_for = job.error.filter(|_| job.waits_for_block).map(|info| info.code);
        let mut causes = self.causes(job);
        let first = causes.first().copied();
        causes.retain(|(_, code)| Some(*code) == waits_for);
        let cause = causes.first().copied().or(first);
        cause.map(|(row, code)| (row, Incident::block(code)))
    }

    /// Everything that forbids the job: the network first, then blocks in the order in which they
    /// began, then the cost of the network.
    fn causes(&self, job: &Job) -> Vec<(Row, Hresult)> {
        let mut causes = Vec::new();
        if !self.env.network {
            causes.push((Row::NetworkLost, Hresult::DO_E_BLOCKED_BY_NO_NETWORK));
        }
        let blocks = self.env.blocks.iter().filter_map(|block| block.delivery_code());
        causes.extend(blocks.map(|code| (Row::BlockBegins, code)));
        let costly = self.cost_forbids(job);
        let cost = Block::Cost.delivery_code().filter(|_| costly);
        causes.extend(cost.map(|code| (Row::BlockBegins, code)));
        causes
    }

    /// True if the network costs more than the policy of the job allows (DO-COST-002).
    pub(super) fn cost_forbids(&self, job: &Job) -> bool {
        self.conditions.iter().any(|condition| cost_state(*condition) & !job.cost_policy() != 0)
    }
}

/// The BITS_COST_STATE bit of a condition; cellular is no matter of cost.
const fn cost_state(condition: NetworkCondition) -> u32 {
    match condition {
        NetworkCondition::Metered => 0x40,
        NetworkCondition::NearDataLimit => 0x08,
        NetworkCondition::OverDataLimit => 0x10,
        NetworkCondition::Roaming => 0x80,
        NetworkCondition::Cellular => 0,
    }
}
