//! DO-RETRY-009 and DO-COST-001: what network and policy do to a job.

use super::{LATENESS, Step, Track};
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::rules::legacy::error::is_block;
use crate::view::{JobView, View};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::AttemptOutcome;
use bitsim_vocab::world::NetworkCondition;
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, Span, Stimulus};

/// Whether network or policy forbid a job to transfer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Blocked {
    #[default]
    No,
    /// A cost of the network is concerned that the pages do not pin down.
    Maybe,
    Yes,
}

/// Whether network or policy forbid the job to transfer now.
pub(super) fn blocked(view: &View, job: &JobView) -> Blocked {
    let known = view.blocks.iter().any(|block| block.delivery_code().is_some());
    if !view.network || known || cost_forbids(view, job) {
        Blocked::Yes
    } else if view.delivery_blocked(job) || view.conditions.contains(&NetworkCondition::Cellular) {
        Blocked::Maybe
    } else {
        Blocked::No
    }
}

/// True if the cost flags that were set certainly exclude the network.
fn cost_forbids(view: &View, job: &JobView) -> bool {
    let Some(flags) = job.cost_flags else { return false };
    view.conditions.iter().any(|condition| {
        let states = match condition {
            NetworkCondition::Metered => 0x46,
            NetworkCondition::NearDataLimit => 0x08,
            NetworkCondition::OverDataLimit => 0x10,
            NetworkCondition::Roaming => 0x80,
            NetworkCondition::Cellular => return false,
        };
        states & flags == 0
    })
}

/// The codes of all that forbids, or may forbid, the job to transfer now.
fn codes(view: &View, job: &JobView) -> Vec<Hresult> {
    let network = (!view.network).then_some(Hresult::DO_E_BLOCKED_BY_NO_NETWORK);
    let cost = (cost_forbids(view, job) || !view.cost_allows(job))
        .then_some(Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY);
    let cellular = view
        .conditions
        .contains(&NetworkCondition::Cellular)
        .then_some(Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY);
    let blocks = view.blocks.iter().filter_map(|block| block.delivery_code());
    network.into_iter().chain(cost).chain(cellular).chain(blocks).collect()
}

/// What blocks do to a job at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stay {
    blocked: Blocked,
    /// Since when it is TRANSFERRING although it is blocked.
    defiant: Option<SimTime>,
    /// Since when it waits for a block that is over, in TRANSIENT_ERROR.
    free: Option<SimTime>,
    /// SetProperty changed the cost flags at this time, and they forbid what the job is doing or
    /// allow what it waits for.
    cost: Option<(SimTime, Cost)>,
    /// What was missed has been reported.
    told: bool,
    /// Cost flags were set, to be weighed once the view knows them: when, and whether the network
    /// was excluded before.
    set: Option<(SimTime, Blocked)>,
}

/// What a change of the cost flags demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    Stop,
    GoOn,
}

impl Stay {
    /// SetProperty set the cost flags.
    pub(super) fn cost_flags_set(&mut self, view: &View, job: &JobView, at: SimTime) {
        self.set = Some((at, blocked(view, job)));
    }

    /// The service started again.
    pub(super) fn restarted(&mut self, at: SimTime) {
        self.cost = None;
        self.defiant = self.defiant.map(|_| at);
        self.free = None;
    }

    /// The view has changed.
    pub(super) fn sync(&mut self, view: &View, job: &JobView, now: Blocked) {
        self.blocked = now;
        let defies = job.state == JobState::Transferring && now == Blocked::Yes;
        let waits = job.state == JobState::TransientError
            && now == Blocked::No
            && view.owner_present(job)
            && job.error.is_some_and(|info| is_block(info.code));
        self.defiant = defies.then(|| self.defiant.unwrap_or(view.now));
        self.free = waits.then(|| self.free.unwrap_or(view.now));
        if !defies && !waits {
            self.told = false;
        }
        if let Some((at, before)) = self.set.take() {
            let by_cost = job
                .error
                .is_some_and(|info| info.code == Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY);
            self.cost = match before {
                Blocked::No | Blocked::Maybe if defies => Some((at, Cost::Stop)),
                Blocked::Yes | Blocked::Maybe if waits && by_cost => Some((at, Cost::GoOn)),
                _ => None,
            };
        } else if !defies && !waits {
            self.cost = None;
        }
    }

    /// When the job may miss something next.
    pub(super) fn due(&self, view: &View) -> Option<SimTime> {
        let check = view.setup.delivery.network_check.unwrap_or(Span::ZERO);
        let defiant = self.defiant.map(|since| since + AT_ONCE);
        let free = self.free.map(|since| since + AT_ONCE + check);
        defiant.into_iter().chain(free).min().filter(|_| !self.told)
    }

    /// Reports what the job has missed before `at`.
    pub(super) fn missing(
        &mut self,
        view: &View,
        job: &JobView,
        (id, event, at): (JobId, &Event, SimTime),
        out: &mut Findings,
    ) {
        if self.due(view).is_none_or(|due| due >= at) {
            return;
        }
        self.told = true;
        let (what, expected) = if self.defiant.is_some() {
            (
                "network or policy block `{job}`, and it stayed TRANSFERRING",
                format!("TRANSIENT_ERROR with one of {}", names(&codes(view, job))),
            )
        } else {
            (
                "what blocked `{job}` was over, and it did not go on",
                "TRANSFERRING, or QUEUED if no slot is free".to_owned(),
            )
        };
        let cost = self.cost.take().map(|_| RuleId::DO_COST_001);
        for rule in [RuleId::DO_RETRY_009].into_iter().chain(cost) {
            let since = self.defiant.or(self.free).unwrap_or(at);
            let actual = format!("still {} after {since}", job.state);
            about::broken(out, rule, Some(id), event, (what.to_owned(), expected.clone(), actual));
        }
    }

    /// DO-COST-001: bytes move although the cost flags have come to forbid it.
    pub(super) fn bytes(&mut self, job: &JobView, event: &Event, out: &mut Findings) {
        let Some((set, _)) = self.cost.filter(|(_, cost)| *cost == Cost::Stop) else { return };
        if event.at > set + LATENESS {
            self.cost = None;
            out.ensure(RuleId::DO_COST_001, false, event, || {
                (
                    "bytes of `{job}` moved after its cost flags had come to forbid the network"
                        .to_owned(),
                    format!("no byte after {set}"),
                    format!("bytes at {} in {}", event.at, job.state),
                )
            });
        }
    }

    /// The job leaves its state.
    pub(super) fn left(
        &mut self,
        step: &Step<'_>,
        ended: Option<AttemptOutcome>,
        out: &mut Findings,
    ) {
        if let Some((set, cost)) = self.cost.take() {
            let limit = if cost == Cost::Stop { LATENESS } else { AT_ONCE };
            let ok = step.event.at <= set + limit;
            out.ensure(RuleId::DO_COST_001, ok, step.event, || {
                (
                    "a change of the cost flags of `{job}` took effect late".to_owned(),
                    format!("an effect at {set}"),
                    format!("{} -> {} at {}", step.from, step.to, step.event.at),
                )
            });
        }
        if let (Some(since), false) = (self.free, self.told) {
            let check = step.view.setup.delivery.network_check.unwrap_or(Span::ZERO);
            if step.event.at <= since + AT_ONCE + check && step.to != JobState::Error {
                out.held(RuleId::DO_RETRY_009);
            }
        }
        self.surfaces(step, ended, out);
    }

    /// DO-RETRY-009: a block shows as TRANSIENT_ERROR with a code of its own.
    fn surfaces(&self, step: &Step<'_>, ended: Option<AttemptOutcome>, out: &mut Findings) {
        let stopped = match ended {
            Some(AttemptOutcome::Blocked { code }) => Some(code),
            _ => None,
        };
        let began = matches!(step.cause, Stimulus::NetworkLost | Stimulus::BlockBegins);
        if stopped.is_none() && !began || step.from != JobState::Transferring {
            return;
        }
        let code = step.job.error.map(|info| info.code);
        let own = code.is_some_and(is_block);
        let ok = step.to == JobState::TransientError && own;
        out.ensure(RuleId::DO_RETRY_009, ok, step.event, || {
            (
                "network or policy stopped `{job}`".to_owned(),
                format!(
                    "TRANSIENT_ERROR with the code of the block, one of {}",
                    names(&codes(step.view, step.job))
                ),
                match code {
                    Some(code) => format!("{} with {}", step.to, WithNumber(code)),
                    None => format!("{} without error information", step.to),
                },
            )
        });
    }
}

impl Track {
    /// DO-RETRY-009: error information names the block that is in force.
    pub(super) fn blamed(
        &self,
        view: &View,
        job: &JobView,
        event: &Event,
        code: Hresult,
        world_changed: SimTime,
        out: &mut Findings,
    ) {
        let met = matches!(
            self.ended,
            Some((AttemptOutcome::Failed { code: failed, .. }, at))
                if at == event.at && failed == code
        );
        if !is_block(code) || met {
            return;
        }
        let codes = codes(view, job);
        // At the instant of a change the order of effects is the service's own.
        let ok = codes.contains(&code) || codes.is_empty() && world_changed == event.at;
        out.ensure(RuleId::DO_RETRY_009, ok, event, || {
            (
                format!("`{{job}}` reports {}", WithNumber(code)),
                if codes.is_empty() {
                    "no block: neither network nor policy forbid it to transfer".to_owned()
                } else {
                    format!("the code of the block in force, one of {}", names(&codes))
                },
                WithNumber(code).to_string(),
            )
        });
    }
}

fn names(codes: &[Hresult]) -> String {
    let names: Vec<String> = codes.iter().map(|code| WithNumber(*code).to_string()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
