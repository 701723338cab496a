//! Every expected value of a scenario, and another valid one to put in its place.

use bitsim::scenario::Plan;
use bitsim::scenario::plan::{Act, Check, Claim, Place, When};
use bitsim::vocab::Service;
use std::collections::BTreeSet;

/// A value that is expected, and what to expect in its place.
pub(crate) struct Change {
    /// Where the value stands.
    pub(crate) place: Place,
    /// The scenario with another value there.
    pub(crate) text: String,
    /// What was put there.
    pub(crate) now: String,
}

/// One change for each expected value of the plan.
pub(crate) fn changes(source: &str, plan: &Plan) -> Vec<Change> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for (place, kind) in places(plan) {
        let (start, len) = (place.offset as usize, place.len as usize);
        let Some(old) = source.get(start..start + len) else { continue };
        let Some(now) = other(old, kind, plan.target.service) else { continue };
        if seen.insert(place.offset) {
            let text = format!("{}{now}{}", &source[..start], &source[start + len..]);
            all.push(Change { place, text, now });
        }
    }
    all
}

/// What a value says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    State,
    Code,
    Context,
    Priority,
    Protocol,
    /// A number, size, duration, truth value or text.
    Plain,
}

/// Every place where the plan expects a value.
fn places(plan: &Plan) -> Vec<(Place, Kind)> {
    let mut all = Vec::new();
    for step in &plan.steps {
        if let When::Until { check, .. } = &step.when {
            of_check(check, &mut all);
        }
        for act in &step.acts {
            match &act.value {
                Act::Call { returns, .. } if !returns.value.is_empty() => {
                    all.push((returns.place, Kind::Code));
                }
                Act::Expect(check) | Act::Poll { check, .. } => of_check(check, &mut all),
                Act::OneOf(checks) => checks.iter().for_each(|check| of_check(check, &mut all)),
                Act::Call { .. } | Act::Disturb { .. } => {}
            }
        }
    }
    plan.never.iter().chain(&plan.finally).for_each(|check| of_check(check, &mut all));
    all
}

fn of_check(check: &Check, all: &mut Vec<(Place, Kind)>) {
    for claim in &check.claims {
        let kind = match &claim.value {
            Claim::State(_) | Claim::DownloadState(_) => Kind::State,
            Claim::Error(_) | Claim::ExtendedError(_) | Claim::LastErrorNotified(_) => Kind::Code,
            Claim::Priority(_) => Kind::Priority,
            Claim::GetError(parts) => {
                all.extend(parts.returns.iter().map(|part| (part.place, Kind::Code)));
                all.extend(parts.code.iter().map(|part| (part.place, Kind::Code)));
                all.extend(parts.context.iter().map(|part| (part.place, Kind::Context)));
                all.extend(parts.file.iter().map(|part| (part.place, Kind::Plain)));
                all.extend(parts.protocol.iter().map(|part| (part.place, Kind::Protocol)));
                continue;
            }
            _ => Kind::Plain,
        };
        all.push((claim.place, kind));
    }
}

/// Another valid value of the same kind.
fn other(old: &str, kind: Kind, service: Service) -> Option<String> {
    let first_of = |values: [&str; 2]| {
        values.into_iter().find(|value| !old.contains(value)).map(str::to_owned)
    };
    match kind {
        Kind::State if service == Service::DoDownload => {
            let states = ["Aborted", "Finalized", "Created", "Paused"];
            states.into_iter().find(|state| !old.contains(state)).map(str::to_owned)
        }
        Kind::State => {
            let states = ["CANCELLED", "ACKNOWLEDGED", "ERROR"];
            states.into_iter().find(|state| !old.contains(state)).map(str::to_owned)
        }
        Kind::Code => first_of(["E_OUTOFMEMORY", "BG_E_HTTP_ERROR_505"]),
        Kind::Context => first_of(["GENERAL_TRANSPORT", "LOCAL_FILE"]),
        Kind::Priority => first_of(["low", "high"]),
        Kind::Protocol => first_of(["file", "none"]),
        Kind::Plain => plain(old),
    }
}

fn plain(old: &str) -> Option<String> {
    match old {
        "true" => return Some("false".to_owned()),
        "false" => return Some("true".to_owned()),
        "none" => return Some("2".to_owned()),
        "unknown" => return Some("7 B".to_owned()),
        _ => {}
    }
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    // The number itself, or the one in `{at_least: 3}` or `{states: [Paused], count: 1}`.
    let start = match old.chars().next()? {
        '0'..='9' if !old.starts_with("0x") => 0,
        '{' => old.rfind(": ")? + 2,
        '"' | '\'' if old.len() > 2 => {
            let (body, quote) = old.split_at(old.len() - 1);
            return Some(format!("{body}x{quote}"));
        }
        _ => return None,
    };
    let (head, rest) = old.split_at(start);
    let (number, tail) = rest.split_at(digits(rest));
    let number: u64 = number.parse().ok()?;
    // One more than at least, one less than at most.
    let number = if head.contains("at_most") { number.checked_sub(1)? } else { number + 1 };
    Some(format!("{head}{number}{tail}"))
}
