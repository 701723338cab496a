//! From what happened back to the line of the scenario that brought it about.

use crate::snippet::Label;
use crate::words;
use bitsim_replay::Run;
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{Act, Check, Claim, Place, When};
use bitsim_vocab::trace::{Event, Happened};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{SimTime, StepId};

/// The claim of a check that stands at this place, or that this place is part of.
#[must_use]
pub(crate) fn claim_at(plan: &Plan, place: Place) -> Option<&Claim> {
    let covers = |outer: Place| {
        outer.offset <= place.offset
            && place.offset.saturating_add(place.len) <= outer.offset.saturating_add(outer.len)
    };
    let claims = checks(plan).flat_map(|check| &check.claims);
    claims.filter(|claim| covers(claim.place)).map(|claim| &claim.value).next()
}

/// Every check of a plan.
fn checks(plan: &Plan) -> impl Iterator<Item = &Check> {
    let of_steps = plan.steps.iter().flat_map(|step| {
        let until = match &step.when {
            When::Until { check, .. } => Some(check),
            When::At(_) | When::After(_) => None,
        };
        let acts = step.acts.iter().flat_map(|act| match &act.value {
            Act::Expect(check) | Act::Poll { check, .. } => vec![check],
            Act::OneOf(checks) => checks.iter().collect(),
            Act::Call { .. } | Act::Disturb { .. } => Vec::new(),
        });
        until.into_iter().chain(acts)
    });
    of_steps.chain(&plan.never).chain(&plan.finally)
}

/// The place to point at for an event that no check noticed: the step that brought it about, or
/// the latest step before it.
#[must_use]
pub(crate) fn step_before(plan: &Plan, run: &Run, event: u32) -> Option<Place> {
    let index = (event as usize).min(run.trace.events.len());
    let source = run.trace.events[..index].iter().rev().find_map(|event| event.source)?;
    let direct = run.trace.events[..index].last().is_some_and(|e| e.source == Some(source));
    let acts = plan.steps.iter().find(|step| step.id == source).map(|step| &step.acts);
    let acted = acts
        .into_iter()
        .flatten()
        .find(|act| matches!(act.value, Act::Call { .. } | Act::Disturb { .. }));
    match acted {
        Some(act) if direct || run.step(source).is_some() => Some(act.place),
        _ => run.step(source).map(|step| step.place),
    }
}

/// What disturbed the world when an event happened: the latest thing that began at or before it
/// and had not ended before it.
#[must_use]
pub(crate) fn disturbance_in_force(
    plan: &Plan,
    run: &Run,
    at: SimTime,
    event: u32,
) -> Option<Label> {
    let events = &run.trace.events;
    let before = (event as usize).min(events.len());
    events[..before].iter().enumerate().rev().find_map(|(index, began)| {
        let Happened::Env(what) = &began.what else { return None };
        let step = began.source?;
        let ended = match how_it_ends(what) {
            Ending::AtOnce if began.at < at => return None,
            Ending::AtOnce => None,
            Ending::NotADisturbance => return None,
            Ending::With(ends) => end_of(&events[index + 1..], ends),
        };
        if ended.is_some_and(|ended| ended < at) {
            return None;
        }
        let place = place_of(plan, step, what)?;
        let text = match (how_it_ends(what), ended) {
            (Ending::AtOnce, _) => format!("happens at {}", short(began.at)),
            (_, Some(ended)) => format!("in force from {} to {}", short(began.at), short(ended)),
            (_, None) => format!("in force from {}", short(began.at)),
        };
        Some(Label { place, text })
    })
}

/// Where the scenario says that this should happen.
#[must_use]
pub(crate) fn place_of(plan: &Plan, step: StepId, what: &Disturbance) -> Option<Place> {
    let step = plan.steps.iter().find(|one| one.id == step)?;
    let said = step.acts.iter().find(|act| match &act.value {
        Act::Disturb { what: said, ends } => {
            said == what || ends.as_ref().is_some_and(|(_, end)| end == what)
        }
        _ => false,
    });
    Some(said.map_or(step.place, |act| act.place))
}

/// `00:25:00`: the time without its milliseconds if they are zero.
#[must_use]
pub(crate) fn short(at: SimTime) -> String {
    let text = words::time(at);
    text.strip_suffix(".000").map(str::to_owned).unwrap_or(text)
}

/// How a disturbance comes to its end.
enum Ending {
    /// It is over as soon as it happened.
    AtOnce,
    /// It mends something.
    NotADisturbance,
    /// With an event of which this is true.
    With(Box<dyn Fn(&Disturbance) -> bool>),
}

fn how_it_ends(what: &Disturbance) -> Ending {
    let with = |end: Disturbance| Ending::With(Box::new(move |other| *other == end));
    match what.clone() {
        Disturbance::NetworkLost => with(Disturbance::NetworkRegained),
        Disturbance::BlockBegins(block) => with(Disturbance::BlockEnds(block)),
        Disturbance::Bandwidth(Some(_)) => {
            Ending::With(Box::new(|other| matches!(other, Disturbance::Bandwidth(_))))
        }
        Disturbance::LogOff(user) => with(Disturbance::LogOn(user)),
        Disturbance::ClientExits(client) => with(Disturbance::ClientStarts(client)),
        Disturbance::VolumeLocked(root) => with(Disturbance::VolumeUnlocked(root)),
        Disturbance::PathDenied(path, operation) => with(Disturbance::PathAllowed(path, operation)),
        Disturbance::FaultBegins(fault) => with(Disturbance::FaultEnds(fault.number)),
        Disturbance::NetworkRegained
        | Disturbance::BlockEnds(_)
        | Disturbance::Bandwidth(None)
        | Disturbance::LogOn(_)
        | Disturbance::ClientStarts(_)
        | Disturbance::VolumeUnlocked(_)
        | Disturbance::PathAllowed(..)
        | Disturbance::FaultEnds(_) => Ending::NotADisturbance,
        Disturbance::PoliciesChange(_)
        | Disturbance::RunAs(_)
        | Disturbance::VolumeChanged(_)
        | Disturbance::VolumeSpace(..)
        | Disturbance::RemoteFileChanges { .. }
        | Disturbance::LocalFileChanges { .. }
        | Disturbance::WallClockMoves(_)
        | Disturbance::ServiceRestarts { .. }
        | Disturbance::ComputerRestarts => Ending::AtOnce,
    }
}

/// When the first event came of which `ends` is true.
fn end_of(events: &[Event], ends: impl Fn(&Disturbance) -> bool) -> Option<SimTime> {
    events.iter().find_map(|event| match &event.what {
        Happened::Env(what) if ends(what) => Some(event.at),
        _ => None,
    })
}
