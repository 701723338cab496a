//! DOD-RETRY-010 and -011, DOD-COST: downloads that something blocks.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{
    CostPolicy, DownloadCall, DownloadProperty, DownloadState, Row, Situation, Standing,
};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Payload, Timer, TimerEvent};
use bitsim_vocab::world::{Block, NetworkCondition, Setup};
use bitsim_vocab::{Call, Event, Hresult, JobId, RuleId, SimTime, Span};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_RETRY_010,
    RuleId::DOD_RETRY_011,
    RuleId::DOD_COST_002,
    RuleId::DOD_COST_003,
    RuleId::DOD_COST_004,
];

const NO_NETWORK: Hresult = Hresult::DO_E_BLOCKED_BY_NO_NETWORK;

/// How much later than due the agent may go on: the request itself takes a moment.
const LATENESS: Span = Span::secs(1);

/// DOD-RETRY-010, -011 and DOD-COST.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// What is owed by a download has been reported for its present standing.
    told: BTreeSet<JobId>,
    /// Downloads that a client paused.
    demanded: BTreeSet<JobId>,
    /// When the policy of a download was last set.
    policy_set: BTreeMap<JobId, SimTime>,
    /// Downloads of the agent whose attempt failed without a network.
    alone: BTreeSet<JobId>,
}

impl Network {
    pub(super) fn new(_: &Setup) -> Self {
        Self {
            told: BTreeSet::new(),
            demanded: BTreeSet::new(),
            policy_set: BTreeMap::new(),
            alone: BTreeSet::new(),
        }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        self.owed(view, event, event.at, out);
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        match &event.what {
            Happened::Called(called) => self.called(event.at, job, called),
            Happened::AttemptEnded { outcome: AttemptOutcome::Failed { code, .. }, .. } => {
                let remote = code.http_status().is_some() || code.0 & 0xFFFF >= 10_000;
                if view.is_agent() && !view.network && remote {
                    self.alone.insert(job);
                }
            }
            Happened::Standing { from, to, cause, .. } => {
                self.told.remove(&job);
                self.moved(view, event, (job, download), (*from, *to, *cause), out);
            }
            Happened::Bytes { of: Payload::File, done, .. } => {
                self.over_forbidden(view, event, (job, download), *done, out);
            }
            Happened::Timer {
                timer: Timer::NetworkCheck, what: TimerEvent::Armed { due }, ..
            } => {
                let Some(period) = view.setup.delivery.network_check else { return };
                let span = due.since(event.at);
                out.ensure(RuleId::DOD_RETRY_011, span == period, event, || {
                    (
                        "the agent will look at the network for `{job}` at the wrong time"
                            .to_owned(),
                        format!("{period} after the pause"),
                        format!("after {span}"),
                    )
                });
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        self.owed(view, last, end.at(), out);
    }

    fn called(&mut self, at: SimTime, job: JobId, called: &Called) {
        let Call::Download(_, call) = &called.call else { return };
        if called.hr.failed() {
            return;
        }
        match call {
            DownloadCall::Pause => {
                self.demanded.insert(job);
            }
            DownloadCall::Start(_) => {
                self.demanded.remove(&job);
            }
            DownloadCall::SetProperty(id, _) => {
                let policy = matches!(
                    DownloadProperty::from_value(*id),
                    Some(
                        DownloadProperty::CostPolicy
                            | DownloadProperty::DisallowOnCellular
                            | DownloadProperty::ForegroundPriority
                    )
                );
                if policy {
                    self.policy_set.insert(job, at);
                }
            }
            _ => {}
        }
    }

    fn moved(
        &mut self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        (from, to, cause): (Standing, Standing, Row),
        out: &mut Findings,
    ) {
        let agent = view.is_agent();
        let was_alone = self.alone.remove(&job);
        let rests = Standing {
            state: DownloadState::Paused,
            error: Hresult::S_OK,
            extended_error: NO_NETWORK,
        };
        let at_loss = !agent && !view.network && event.at == view.network_since;
        let interrupted = matches!(cause, Row::Pause | Row::Abort | Row::NoProgressElapsed);
        let lost = cause == Row::NetworkLost
            || was_alone && !interrupted
            || at_loss && cause == Row::FatalFailure;
        if lost {
            out.ensure(RuleId::DOD_RETRY_010, to == rests, event, || {
                (
                    "`{job}` lost the network and its status does not say so".to_owned(),
                    "Paused with Error S_OK and ExtendedError DO_E_BLOCKED_BY_NO_NETWORK"
                        .to_owned(),
                    pair(to),
                )
            });
        }
        if cause == Row::BlockBegins {
            self.blocked(view, event, (job, download), to, out);
        }
        if agent {
            looked_again(view, event, download, (from, to, cause), out);
        }
        let resumed = from.situation() == Situation::PausedTransient
            && to.state == DownloadState::Transferring;
        match cause {
            Row::NetworkRestored if resumed => out.held(RuleId::DOD_RETRY_010),
            Row::BlockEnds if resumed => out.held(RuleId::DOD_COST_002),
            _ => {}
        }
    }

    /// DOD-COST-002: the error pair of a download that a policy blocks.
    fn blocked(
        &self,
        view: &Downloads,
        event: &Event,
        (_, download): (JobId, &DownloadView),
        to: Standing,
        out: &mut Findings,
    ) {
        let mut codes: Vec<Hresult> =
            view.blocks.iter().filter_map(|block| block.delivery_code()).collect();
        if !view.conditions.is_empty() {
            codes.push(Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY);
            codes.push(Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY);
        }
        let ok = to.state == DownloadState::Paused
            && to.error == Hresult::S_OK
            && codes.contains(&to.extended_error);
        out.ensure(RuleId::DOD_COST_002, ok, event, || {
            let first = codes.first().copied().unwrap_or_default();
            (
                "a policy blocks `{job}`, and its status does not say so".to_owned(),
                format!("Paused with Error S_OK and ExtendedError {}", WithNumber(first)),
                pair(to),
            )
        });
        if ok && view.forbidden(download) {
            out.held(RuleId::DOD_COST_003);
        }
        if let Some(allowed) = by_default(view, download).filter(|_| view.blocks.is_empty()) {
            out.ensure(RuleId::DOD_COST_004, !allowed, event, || {
                default_policy(download, format!("{to} while the network is {}", kind(view)))
            });
        }
    }

    /// DOD-COST-003: no bytes over a network that the policy forbids.
    fn over_forbidden(
        &self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        done: u64,
        out: &mut Findings,
    ) {
        let set = self.policy_set.get(&job).copied().unwrap_or(SimTime::ZERO);
        let after = event.at > view.policy_since.max(set);
        if view.is_agent() || !after || done <= download.done {
            return;
        }
        if let Some(allowed) = by_default(view, download) {
            out.ensure(RuleId::DOD_COST_004, allowed, event, || {
                default_policy(
                    download,
                    format!("{done} bytes while the network is {}", kind(view)),
                )
            });
        }
        if !view.forbidden(download) {
            return;
        }
        out.ensure(RuleId::DOD_COST_003, false, event, || {
            let policy = download.cost_policy().map_or_else(
                || "DisallowOnCellular".to_owned(),
                |policy| format!("DODownloadCostPolicy_{policy}"),
            );
            (
                "bytes of `{job}` came over a network that its policy forbids".to_owned(),
                format!("no transfer while {policy} forbids the network"),
                format!("{done} bytes, while the network is {}", kind(view)),
            )
        });
    }

    /// DOD-RETRY-010 and DOD-COST-002: pauses and resumptions that should have come by now.
    fn owed(&mut self, view: &Downloads, event: &Event, now: SimTime, out: &mut Findings) {
        if view.service != Some(true) {
            return;
        }
        let recheck = view.setup.delivery.network_check.unwrap_or(Span::ZERO);
        for (number, download) in (0..).zip(&view.downloads) {
            let job = JobId(number);
            if download.gone || self.told.contains(&job) || self.demanded.contains(&job) {
                continue;
            }
            let set = self.policy_set.get(&job).copied().unwrap_or(SimTime::ZERO);
            let policy = view.policy_since.max(set).max(download.state_since);
            let late = |since: SimTime, grace: Span| now.since(since) > grace + about::AT_ONCE;
            let offline = view.network_since.max(download.state_since);
            let (rule, expected) = match download.standing.situation() {
                Situation::Transferring if view.is_agent() => continue,
                Situation::Transferring if !view.network && late(offline, Span::ZERO) => {
                    (RuleId::DOD_RETRY_010, "Paused while there is no network")
                }
                Situation::Transferring if late(policy, Span::ZERO) && stopped(view, download) => {
                    (RuleId::DOD_COST_002, "Paused while its policy forbids the network")
                }
                Situation::PausedTransient
                    if view.is_free(download) && late(offline.max(policy), recheck) =>
                {
                    match download.standing.extended_error {
                        NO_NETWORK => (RuleId::DOD_RETRY_010, "to go on, with the network back"),
                        _ => (RuleId::DOD_COST_002, "to go on, since nothing forbids it any more"),
                    }
                }
                _ => continue,
            };
            self.told.insert(job);
            let texts = (
                "`{job}` did not follow what happened to the network".to_owned(),
                expected.to_owned(),
                format!("{} since {}", download.standing, download.since),
            );
            about::broken(out, rule, Some(job), event, texts);
        }
    }
}

/// DOD-COST-004: what the policy is while nobody set one, Always in foreground and Standard in
/// background, says of the network as it is. `None` while the network has no cost, or if the
/// client said something of its own.
fn by_default(view: &Downloads, download: &DownloadView) -> Option<bool> {
    let unset =
        download.cost_policy().is_none() && !download.flag(DownloadProperty::DisallowOnCellular);
    let costs = |condition: &NetworkCondition| {
        matches!(condition, NetworkCondition::NearDataLimit | NetworkCondition::OverDataLimit)
    };
    let foreground = download.flag(DownloadProperty::ForegroundPriority);
    (unset && !view.conditions.is_empty()).then(|| foreground || !view.conditions.iter().any(costs))
}

fn default_policy(download: &DownloadView, actual: String) -> (String, String, String) {
    let foreground = download.flag(DownloadProperty::ForegroundPriority);
    let (class, policy) = match foreground {
        true => ("foreground", "Always"),
        false => ("background", "Standard"),
    };
    (
        format!("the {class} download `{{job}}` without a policy did not follow the default"),
        format!("the policy {policy}"),
        actual,
    )
}

/// What the network is like, in words.
fn kind(view: &Downloads) -> String {
    let words = view.conditions.iter().map(|condition| match condition {
        NetworkCondition::Metered => "metered",
        NetworkCondition::NearDataLimit => "near its data limit",
        NetworkCondition::OverDataLimit => "over its data limit",
        NetworkCondition::Roaming => "roaming",
        NetworkCondition::Cellular => "cellular",
    });
    words.collect::<Vec<_>>().join(" and ")
}

fn pair(to: Standing) -> String {
    format!(
        "{} with Error {} and ExtendedError {}",
        to.state,
        WithNumber(to.error),
        WithNumber(to.extended_error)
    )
}

/// True if a policy certainly stops the download.
fn stopped(view: &Downloads, download: &DownloadView) -> bool {
    let indifferent = download.cost_policy() == Some(CostPolicy::Always)
        || download.flag(DownloadProperty::ForegroundPriority);
    let named = |block: &Block| matches!(block, Block::Cost | Block::Cellular);
    view.forbidden(download) || !indifferent && view.blocks.iter().any(named)
}

/// DOD-RETRY-011: the agent looks at the network every thirty seconds after the pause.
fn looked_again(
    view: &Downloads,
    event: &Event,
    download: &DownloadView,
    (from, to, cause): (Standing, Standing, Row),
    out: &mut Findings,
) {
    let Some(period) = view.setup.delivery.network_check.filter(|period| period.0 > 0) else {
        return;
    };
    let rule = RuleId::DOD_RETRY_011;
    let stale = cause == Row::NetworkRestored && from.situation() != Situation::PausedTransient
        || cause == Row::NetworkLost && from.state == DownloadState::Transferred;
    if stale {
        out.ensure(rule, false, event, || {
            (
                "a look at the network that was void by then moved `{job}`".to_owned(),
                "only a download that waits for the network to be resumed by it".to_owned(),
                format!("{from} -> {to} ({cause})"),
            )
        });
        return;
    }
    let again = matches!(cause, Row::NetworkRestored | Row::BlockEnds)
        && to.state == DownloadState::Transferring;
    if !again {
        return;
    }
    let paused = download.state_since;
    let elapsed = event.at.since(paused);
    let off = Span(elapsed.0 % period.0);
    let free = view.network_since.max(view.policy_since).since(paused);
    let first = free.0.div_ceil(period.0).max(1).saturating_mul(period.0);
    // A policy is also lifted by a property of the download, which `free` does not know.
    let late = cause == Row::NetworkRestored && elapsed > Span(first) + period_slack(free, period);
    let ok = elapsed >= period && off <= LATENESS && !late;
    out.ensure(rule, ok, event, || {
        (
            "`{job}` went on at another time than that of a look at the network".to_owned(),
            format!("the first multiple of {period} after the pause with a network"),
            format!("{elapsed} after the pause"),
        )
    });
}

/// A network that comes back just when it is looked at may be seen by the next look only.
fn period_slack(free: Span, period: Span) -> Span {
    if free.0 > 0 && free.0.is_multiple_of(period.0) { period + LATENESS } else { LATENESS }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{BUSY, OK, Tale, paused};
    use bitsim_vocab::download::Value;
    use bitsim_vocab::hresult::Class;
    use bitsim_vocab::world::Disturbance;

    const BACK: Disturbance = Disturbance::NetworkRegained;
    const COST: Hresult = Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY;
    const TRANSFERRING: Standing = Standing::of(DownloadState::Transferring);

    fn restored(tale: Tale) -> Tale {
        tale.to(TRANSFERRING, Row::NetworkRestored).attempt()
    }

    fn metered() -> Disturbance {
        Disturbance::NetworkConditions(vec![NetworkCondition::Metered])
    }

    #[test]
    fn a_lost_network_pauses_and_resumes() {
        let rule = RuleId::DOD_RETRY_010;
        let tale = Tale::windows().start().at(1);
        restored(tale.clone().cut_off().at(20).env(BACK)).follows(rule);
        tale.clone().cut_off().at(20).env(BACK).at(200).breaks(rule);
        tale.clone().env(Disturbance::NetworkLost).at(100).breaks(rule);
        let fails = tale.clone().env(Disturbance::NetworkLost).fails(BUSY, Class::Fatal);
        fails.to(paused(BUSY, OK), Row::FatalFailure).breaks(rule);
        let cut = tale.env(Disturbance::NetworkLost);
        let cut = cut.ends(AttemptOutcome::Blocked { code: NO_NETWORK });
        cut.to(paused(NO_NETWORK, OK), Row::NetworkLost).breaks(rule);
        let agent = Tale::agent().start().at(1).env(Disturbance::NetworkLost).at(2);
        let fails = agent.fails(BUSY, Class::Transient);
        fails
            .clone()
            .to(Standing { error: BUSY, ..TRANSFERRING }, Row::RetryableFailure)
            .breaks(rule);
        let rests = fails.to(paused(OK, NO_NETWORK), Row::NetworkLost).at(20).env(BACK);
        restored(rests.clone().at(32)).follows(rule);
        rests.at(200).breaks(rule);
    }

    #[test]
    fn the_agent_looks_at_the_network_every_thirty_seconds() {
        let rule = RuleId::DOD_RETRY_011;
        let tale = Tale::agent().start().at(10).cut_off();
        let back = tale.clone().at(50).env(BACK);
        restored(back.clone().at(70)).follows(rule);
        restored(back.clone().at(60)).breaks(rule);
        restored(back.clone().at(100)).breaks(rule);
        restored(back.at(51)).breaks(rule);
        tale.clone().armed(Timer::NetworkCheck, 40).follows(rule);
        tale.armed(Timer::NetworkCheck, 20).breaks(rule);
        let moves = Tale::agent().start().at(40);
        restored(moves).breaks(rule);
        let there = Tale::agent().start().at(1).arrives().at(40).env(Disturbance::NetworkLost);
        there.to(paused(OK, NO_NETWORK), Row::NetworkLost).breaks(rule);
    }

    #[test]
    fn a_policy_pauses_and_resumes() {
        let rule = RuleId::DOD_COST_002;
        let tale = Tale::windows().number(DownloadProperty::CostPolicy, 1).start().at(1);
        let forbidden = tale.clone().env(metered());
        forbidden.clone().at(100).breaks(rule);
        let stops = forbidden.ends(AttemptOutcome::Blocked { code: COST });
        stops.clone().to(paused(COST, OK), Row::BlockBegins).breaks(rule);
        stops.clone().to(paused(OK, NO_NETWORK), Row::BlockBegins).breaks(rule);
        let rests = stops.to(paused(OK, COST), Row::BlockBegins).at(50);
        let free = rests.env(Disturbance::NetworkConditions(Vec::new()));
        free.clone().at(200).breaks(rule);
        free.to(TRANSFERRING, Row::BlockEnds).attempt().follows(rule);
        let always = Tale::windows().number(DownloadProperty::CostPolicy, 0).start().at(1);
        always.env(metered()).at(100).leaves(rule);
        let block = tale.env(Disturbance::BlockBegins(Block::Cellular));
        block.at(100).breaks(rule);
    }

    #[test]
    fn the_default_policy_depends_on_the_priority() {
        let rule = RuleId::DOD_COST_004;
        let near = Disturbance::NetworkConditions(vec![NetworkCondition::NearDataLimit]);
        let stops = |tale: Tale| {
            let tale = tale.ends(AttemptOutcome::Blocked { code: COST });
            tale.to(paused(OK, COST), Row::BlockBegins)
        };
        let back = Tale::windows().start().at(1).sized(100);
        stops(back.clone().env(near.clone())).follows(rule);
        stops(back.clone().env(metered())).breaks(rule);
        back.env(near.clone()).at(2).bytes(10).breaks(rule);
        let front = (DownloadProperty::ForegroundPriority, Value::Flag(true));
        let front = Tale::windows().set(front.0, front.1, OK).start().at(1).sized(100);
        stops(front.clone().env(near.clone())).breaks(rule);
        front.env(near).at(2).bytes(10).follows(rule);
    }

    #[test]
    fn no_bytes_over_a_forbidden_network() {
        let rule = RuleId::DOD_COST_003;
        let policies = [
            (1, NetworkCondition::Metered),
            (2, NetworkCondition::NearDataLimit),
            (3, NetworkCondition::Roaming),
            (4, NetworkCondition::OverDataLimit),
            (5, NetworkCondition::Cellular),
        ];
        for (policy, condition) in policies {
            let tale = Tale::windows().number(DownloadProperty::CostPolicy, policy).start();
            let tale = tale.at(1).sized(100);
            let tale = tale.env(Disturbance::NetworkConditions(vec![condition])).bytes(10);
            let stops = tale.clone().ends(AttemptOutcome::Blocked { code: COST });
            stops.to(paused(OK, COST), Row::BlockBegins).follows(rule);
            tale.at(2).bytes(20).breaks(rule);
        }
        let flag = (DownloadProperty::DisallowOnCellular, Value::Flag(true));
        let tale = Tale::windows().set(flag.0, flag.1, OK).start().at(1).sized(100);
        let cellular = Disturbance::NetworkConditions(vec![NetworkCondition::Cellular]);
        tale.env(cellular).at(2).bytes(20).breaks(rule);
        let tale = Tale::windows().number(DownloadProperty::CostPolicy, 3).start().at(1);
        tale.env(metered()).at(2).sized(100).bytes(20).leaves(rule);
    }
}
