//! Whether two cells of a row agree, and if not, what kind of difference it is.

use super::align::NEAR;
use super::catalogue::alike;
use super::kinds::Kind;
use super::observe::{News, Seen, What};
use super::phase::{Cause, Phase};
use bitsim_vocab::{Hresult, Service};

/// How two cells compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They agree.
    Agree,
    /// They say the same by other names.
    Renamed(Vec<(Kind, String, String)>),
    /// They differ.
    Differ(Kind),
}

/// Compares two cells of a row. The times are compared elsewhere.
pub(super) fn verdict(one: Option<&Seen>, other: Option<&Seen>, of: [Service; 2]) -> Verdict {
    match (one, other) {
        (None, None) => Verdict::Agree,
        (Some(one), Some(other)) => both(one, other, of),
        (Some(only), None) | (None, Some(only)) => alone(only, of),
    }
}

fn renamed(kind: Kind, one: &str, other: &str) -> Option<(Kind, String, String)> {
    (one != other).then(|| (kind, one.to_owned(), other.to_owned()))
}

fn both(one: &Seen, other: &Seen, of: [Service; 2]) -> Verdict {
    let mut names = Vec::new();
    match (&one.what, &other.what) {
        (What::Call { verb, method, hr, .. }, What::Call { method: to, hr: code, .. }) => {
            if !alike(*hr, *code) {
                return Verdict::Differ(call_kind(verb, &[*hr, *code]));
            }
            let kind =
                if matches!(*verb, "complete" | "cancel") { Kind::Ends } else { Kind::Activation };
            // Settings and questions are told only when they fail, and so are their names.
            if matches!(*verb, "complete" | "cancel" | "start" | "pause") {
                names.extend(renamed(kind, method, to));
            }
            names.extend(renamed(codes(*hr), &hr.to_string(), &code.to_string()));
        }
        (What::State { phase, name, .. }, What::State { phase: to, name: other_name, .. }) => {
            if phase != to {
                return Verdict::Differ(state_kind(one, Some(other), of));
            }
            let ends = matches!(phase, Phase::Completed | Phase::Cancelled);
            let kind = if ends { Kind::Ends } else { Kind::States };
            names.extend(renamed(kind, name, other_name));
        }
        (What::Error { code, context }, What::Error { code: to, context: there }) => {
            if !alike(*code, *to) {
                let kind = Kind::of_code(*code).or(Kind::of_code(*to)).unwrap_or(Kind::Other);
                return Verdict::Differ(kind);
            }
            match (context, there) {
                (Some(one), Some(other)) if one != other => {
                    return Verdict::Differ(Kind::Context);
                }
                (Some(only), None) | (None, Some(only)) => {
                    let said = |context: bool| match context {
                        true => format!("context {only}"),
                        false => "no context".to_owned(),
                    };
                    let (one, other) = (said(context.is_some()), said(there.is_some()));
                    names.extend(renamed(Kind::Context, &one, &other));
                }
                _ => {}
            }
            names.extend(renamed(codes(*code), &code.to_string(), &to.to_string()));
        }
        (What::Told { kind, .. }, What::Told { kind: to, .. }) => {
            names.extend(renamed(Kind::Callbacks, kind, to));
        }
        _ => {}
    }
    if names.is_empty() { Verdict::Agree } else { Verdict::Renamed(names) }
}

/// The kind of a pure change of code.
fn codes(code: Hresult) -> Kind {
    match Kind::of_code(code) {
        Some(Kind::NoInformation) => Kind::NoInformation,
        _ => Kind::Codes,
    }
}

/// The kind of a difference in what a call returned.
fn call_kind(verb: &str, codes: &[Hresult]) -> Kind {
    let by_code = || codes.iter().find_map(|code| Kind::of_code(*code));
    if codes.contains(&Hresult::E_NOTIMPL) {
        return Kind::of_call(verb).or_else(by_code).unwrap_or(Kind::Other);
    }
    by_code().or_else(|| Kind::of_call(verb)).unwrap_or(Kind::Other)
}

/// What only one side saw.
fn alone(only: &Seen, of: [Service; 2]) -> Verdict {
    let download = of.contains(&Service::DoDownload);
    Verdict::Differ(match &only.what {
        What::World | What::Call { quiet: true, .. } => return Verdict::Agree,
        // The status of a download answers for the error object that it does not have.
        What::Call { hr, .. } if download && Kind::of_code(*hr) == Some(Kind::NoInformation) => {
            let said = [hr.to_string(), "S_OK in the status".to_owned()];
            let [one, other] = said;
            return Verdict::Renamed(vec![(Kind::NoInformation, one, other)]);
        }
        What::Call { verb, hr, .. } => call_kind(verb, &[*hr]),
        What::State { .. } => state_kind(only, None, of),
        What::Error { code, .. } => match Kind::of_code(*code) {
            Some(kind) => kind,
            None => Kind::RetryDelay,
        },
        What::Attempt { cause: Cause::Network, .. } => Kind::Network,
        What::Attempt { cause: Cause::Turn, .. } => Kind::Scheduling,
        What::Attempt { .. } => Kind::RetryDelay,
        What::Told { again: true, .. } => Kind::Repetition,
        What::Told { news: News::Change, .. } if !download => Kind::ProgressNotes,
        What::Told { .. } if download => Kind::Callbacks,
        What::Told { .. } => Kind::Flags,
        What::File(_) => Kind::Sink,
    })
}

/// The kind of a difference in state. `other` is what the other side entered instead, if anything.
fn state_kind(one: &Seen, other: Option<&Seen>, of: [Service; 2]) -> Kind {
    let state = |seen: &Seen| match seen.what {
        What::State { phase, cause, .. } => Some((phase, cause)),
        _ => None,
    };
    let Some((phase, cause)) = state(one) else { return Kind::Other };
    let there = other.and_then(state);
    let is = |wanted: Phase| phase == wanted || there.is_some_and(|(phase, _)| phase == wanted);
    if is(Phase::Connects) {
        return Kind::Connecting;
    }
    if is(Phase::Forgotten) {
        return Kind::Restart;
    }
    match cause {
        Cause::Started => Kind::Activation,
        Cause::Network => Kind::Network,
        Cause::Policy => Kind::Cost,
        Cause::LogOn => Kind::LogOn,
        Cause::Restart => Kind::Restart,
        Cause::Removal => Kind::Removal,
        Cause::MaximumTime => Kind::MaximumTime,
        Cause::SourceChange => Kind::SourceChange,
        Cause::NoProgress => Kind::NoProgress,
        Cause::Connected => Kind::Connecting,
        Cause::Failure if there.is_some() => Kind::Classes,
        Cause::Retry | Cause::Turn if is(Phase::Queued) => {
            if of.contains(&Service::DoDownload) {
                Kind::States
            } else {
                Kind::Scheduling
            }
        }
        Cause::Failure | Cause::Retry => Kind::RetryDelay,
        Cause::Turn => Kind::Scheduling,
        // Only one side got this far: something before it kept the other one back.
        Cause::Made | Cause::Done if there.is_none() => Kind::Elsewhen,
        Cause::Made | Cause::Called | Cause::Done | Cause::Other => Kind::Other,
    }
}

/// The kind of a difference in time: what the two sides waited for.
pub(super) fn time_kind(seen: &Seen) -> Kind {
    match seen.what {
        What::Attempt { cause: Cause::Retry, .. } => Kind::RetryDelay,
        What::State { cause: Cause::Retry, .. } => Kind::RetryDelay,
        What::State { cause: Cause::NoProgress, .. } => Kind::NoProgress,
        What::State { cause: Cause::Removal, .. } => Kind::Removal,
        What::State { cause: Cause::Network, .. } | What::Attempt { cause: Cause::Network, .. } => {
            Kind::Network
        }
        What::State { cause: Cause::MaximumTime, .. } => Kind::MaximumTime,
        What::Told { again: true, .. } => Kind::Repetition,
        What::File(_) => Kind::Sink,
        _ => Kind::Elsewhen,
    }
}

/// How much later the other side saw it, in ticks, negative if earlier; 0 if next to nothing.
pub(super) fn later(one: &Seen, other: &Seen) -> i64 {
    let ticks = |span: bitsim_vocab::Span| i64::try_from(span.0).unwrap_or(i64::MAX);
    let delta = ticks(other.at.since(one.at)) - ticks(one.at.since(other.at));
    if delta.unsigned_abs() < NEAR.0 { 0 } else { delta }
}
