//! Whether two cells of a row agree, and if not, what kind of difference it is.

use super::align::NEAR;
use super::catalogue::alike;
use super::kinds::Kind;
use super::observe::{News, Seen, What};
use super::phase::{Cause, Phase};
use super::sofar::Now;
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
pub(super) fn verdict(one: Option<&Seen>, other: Option<&Seen>, now: &Now) -> Verdict {
    match (one, other) {
        (None, None) => Verdict::Agree,
        (Some(one), Some(other)) => both(one, other, now),
        (Some(only), None) => alone(only, 0, now),
        (None, Some(only)) => alone(only, 1, now),
    }
}

fn renamed(kind: Kind, one: &str, other: &str) -> Option<(Kind, String, String)> {
    (one != other).then(|| (kind, one.to_owned(), other.to_owned()))
}

fn both(one: &Seen, other: &Seen, now: &Now) -> Verdict {
    let mut names = Vec::new();
    match (&one.what, &other.what) {
        (What::Call { verb, method, hr, .. }, What::Call { method: to, hr: code, .. }) => {
            if !alike(*hr, *code) {
                return Verdict::Differ(call_kind(verb, &[(0, *hr), (1, *code)], now));
            }
            let kind =
                if matches!(*verb, "complete" | "cancel") { Kind::Ends } else { Kind::Activation };
            // Settings and questions are told only when they fail, and so are their names.
            if leads(verb) {
                names.extend(renamed(kind, method, to));
            }
            let too_late = is_invalid_state(*hr) && !leads(verb);
            let kind = if too_late { Kind::Setter } else { codes(*hr) };
            names.extend(renamed(kind, &hr.to_string(), &code.to_string()));
        }
        (What::State { phase, name, .. }, What::State { phase: to, name: other_name, .. }) => {
            if phase != to {
                return Verdict::Differ(state_kind(one, Some(other), 0, now));
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
        (What::Size { total }, What::Size { total: to }) if total != to => {
            return Verdict::Differ(Kind::Size);
        }
        _ => {}
    }
    if names.is_empty() { Verdict::Agree } else { Verdict::Renamed(names) }
}

/// The names of an error's code where something else about the error differs.
pub(super) fn code_names(one: Option<&Seen>, other: Option<&Seen>) -> Vec<(Kind, String, String)> {
    let code = |seen: Option<&Seen>| match seen?.what {
        What::Error { code, .. } => Some(code),
        _ => None,
    };
    match (code(one), code(other)) {
        (Some(one), Some(other)) if alike(one, other) => {
            renamed(codes(one), &one.to_string(), &other.to_string()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The kind of a pure change of code.
fn codes(code: Hresult) -> Kind {
    match Kind::of_code(code) {
        Some(Kind::NoInformation) => Kind::NoInformation,
        _ => Kind::Codes,
    }
}

/// True for the calls that lead a job through its life.
fn leads(verb: &str) -> bool {
    matches!(verb, "complete" | "cancel" | "start" | "pause")
}

fn is_invalid_state(code: Hresult) -> bool {
    matches!(code, Hresult::BG_E_INVALID_STATE | Hresult::DO_E_INVALID_STATE)
}

/// The kind of a difference in what a call returned; the codes come with their sides.
fn call_kind(verb: &str, codes: &[(usize, Hresult)], now: &Now) -> Kind {
    let by_code = || codes.iter().find_map(|(_, code)| Kind::of_code(*code));
    let named = |kind| move |code: &Hresult| Kind::of_code(*code) == Some(kind);
    if codes.iter().any(|(_, code)| *code == Hresult::E_NOTIMPL) {
        return Kind::of_call(verb).or_else(by_code).unwrap_or(Kind::Other);
    }
    for (at, code) in codes {
        let phase = now.phases[*at];
        if code.failed() && now.lost[*at] > now.lost[1 - *at] {
            return Kind::Restart;
        }
        if code.failed() && phase == Some(Phase::Forgotten) {
            return Kind::Elsewhen;
        }
        if is_invalid_state(*code) {
            let early = phase.is_some_and(|phase| phase != Phase::Done && !phase.is_end());
            return match verb {
                "complete" if early => Kind::Partial,
                verb if leads(verb) => Kind::Other,
                _ => Kind::Setter,
            };
        }
        // The error was there, and is no longer; or there never was one to ask for.
        if named(Kind::NoInformation)(code) && codes.len() > 1 {
            return if now.errors[*at].is_some() { Kind::Lifetime } else { Kind::Elsewhen };
        }
    }
    by_code().or_else(|| Kind::of_call(verb)).unwrap_or(Kind::Other)
}

/// What only the side `at` saw.
fn alone(only: &Seen, at: usize, now: &Now) -> Verdict {
    let download = now.download();
    let kind = match &only.what {
        What::World { .. } | What::Call { quiet: true, .. } | What::Size { .. } => {
            return Verdict::Agree;
        }
        // Where there is no error none can be forgotten.
        What::Gone if now.errors[1 - at] != Some(true) => return Verdict::Agree,
        // What still waits for its next attempt remembers the error until then.
        What::Gone if now.phases[1 - at] == Some(Phase::Waits) => Kind::Elsewhen,
        What::Gone => Kind::Lifetime,
        // The status of a download answers for the error object that it does not have.
        What::Call { hr, .. } if download && Kind::of_code(*hr) == Some(Kind::NoInformation) => {
            let mut said = [hr.to_string(), "S_OK in the status".to_owned()];
            if at == 1 {
                said.reverse();
            }
            let [one, other] = said;
            return Verdict::Renamed(vec![(Kind::NoInformation, one, other)]);
        }
        // The client calls it on one side only because of what happened before.
        What::Call { hr: Hresult::S_OK, .. } => Kind::Elsewhen,
        What::Call { verb, hr, .. } => call_kind(verb, &[(at, *hr)], now),
        What::State { .. } => state_kind(only, None, at, now),
        What::Error { .. } if served_elsewhere(at, now) => Kind::Sources,
        What::Error { code, .. } => Kind::of_code(*code).unwrap_or(Kind::RetryDelay),
        What::CameBack => Kind::Blocking,
        What::Attempt { .. } if now.restarted[at] => Kind::Restart,
        What::Attempt { cause, .. } => match cause {
            Cause::Restart => Kind::Restart,
            Cause::LogOn => Kind::LogOn,
            Cause::Policy => Kind::Condition,
            Cause::Network => Kind::Network,
            Cause::Outranked => Kind::Priorities,
            Cause::Turn => Kind::Scheduling,
            _ => Kind::RetryDelay,
        },
        What::Told { again: true, .. } => Kind::Repetition,
        What::Told { news: News::Change, .. } if !download => Kind::ProgressNotes,
        What::Told { .. } if download => Kind::Callbacks,
        What::Told { disabled: true, .. } => Kind::Disable,
        What::Told { .. } => Kind::Other,
        What::Changed(_) => Kind::SourceChange,
        What::File { made: true, .. } => Kind::Sink,
        What::File { partial: true, .. } => Kind::Rename,
        What::File { .. } if !now.has_file[1 - at] => Kind::AddFile,
        What::File { .. } => Kind::Elsewhen,
    };
    let of_call = matches!(only.what, What::State { cause: Cause::Called, .. });
    let stays = kind.has_own_cause() || (of_call && kind == Kind::States);
    let over = now.is_behind(only, at) && !stays;
    Verdict::Differ(if over { Kind::Elsewhen } else { kind })
}

/// True if the failure of `at` is none for the other side, because that asks a cache host.
fn served_elsewhere(at: usize, now: &Now) -> bool {
    let goes_on = matches!(now.phases[1 - at], Some(Phase::Transfers | Phase::Done));
    now.of[at] == Service::Bits && now.cache_host[1 - at] && goes_on
}

/// The kind of a difference in state. `other` is what the other side entered instead of what `at`
/// did, if anything.
fn state_kind(one: &Seen, other: Option<&Seen>, at: usize, now: &Now) -> Kind {
    let state = |seen: &Seen| match seen.what {
        What::State { phase, cause, .. } => Some((phase, cause)),
        _ => None,
    };
    let Some((phase, cause)) = state(one) else { return Kind::Other };
    let there = other.and_then(state);
    let is = |wanted: Phase| phase == wanted || there.is_some_and(|(phase, _)| phase == wanted);
    let by = |wanted: Cause| cause == wanted || there.is_some_and(|(_, cause)| cause == wanted);
    let was = |wanted: Phase| now.phases[at] == Some(wanted);
    let alone = there.is_none();
    if is(Phase::Connects) {
        return Kind::Connecting;
    }
    if is(Phase::Forgotten) {
        return if by(Cause::Done) { Kind::Elsewhen } else { Kind::Restart };
    }
    if by(Cause::Integrity) {
        return Kind::Integrity;
    }
    if by(Cause::OtherRanges) {
        return if was(Phase::Done) { Kind::Again } else { Kind::NewRanges };
    }
    match cause {
        Cause::Started if alone && was(Phase::Done) => Kind::Again,
        Cause::Started => Kind::Activation,
        Cause::Network => Kind::Network,
        // Whatever it was that barred the way, it is gone.
        Cause::Policy if was(Phase::Waits) && !is(Phase::Waits) => Kind::Condition,
        Cause::Policy => Kind::Cost,
        Cause::LogOn => Kind::LogOn,
        Cause::Restart => Kind::Restart,
        Cause::Removal => Kind::Removal,
        Cause::MaximumTime => Kind::MaximumTime,
        Cause::SourceChange => Kind::SourceChange,
        Cause::NoProgress => now.no_progress(),
        Cause::Connected => Kind::Connecting,
        Cause::Outranked => Kind::Priorities,
        Cause::Failure if !alone => Kind::Classes,
        // The error that was told with it says why.
        Cause::Failure if now.blamed[at].is_some() => now.blamed[at].unwrap_or(Kind::Other),
        Cause::Turn if alone && now.restarted[at] => Kind::Restart,
        Cause::Failure if served_elsewhere(at, now) => Kind::Sources,
        Cause::Retry | Cause::Turn if is(Phase::Queued) => {
            if now.download() {
                Kind::States
            } else {
                Kind::Scheduling
            }
        }
        Cause::Failure | Cause::Integrity | Cause::Retry => Kind::RetryDelay,
        Cause::Turn => Kind::Scheduling,
        // A download that failed has no other state to rest in.
        Cause::Called if alone && phase == Phase::Rests && is_failed(1 - at, now) => Kind::States,
        // Only one side got this far: something before it kept the other one back.
        Cause::Made | Cause::Done if alone => Kind::Elsewhen,
        Cause::Made | Cause::Called | Cause::Done | Cause::OtherRanges | Cause::Other => {
            Kind::Other
        }
    }
}

fn is_failed(at: usize, now: &Now) -> bool {
    now.of[at] == Service::DoDownload && now.phases[at] == Some(Phase::Failed)
}

/// True if what comes after these is late because they are.
pub(super) fn others_follow(one: &Seen, other: &Seen) -> bool {
    let stands_apart = |seen: &Seen| {
        matches!(
            seen.what,
            What::File { .. } | What::Gone | What::Size { .. } | What::Told { held: true, .. }
        )
    };
    !stands_apart(one) && !stands_apart(other)
}

/// The kind of a difference in time: what the two sides waited for.
pub(super) fn time_kind(one: &Seen, other: &Seen, now: &Now) -> Kind {
    let cause = |seen: &Seen| match seen.what {
        What::State { cause, .. } | What::Attempt { cause, .. } => Some(cause),
        _ => None,
    };
    let told = |wanted: fn(&What) -> bool| wanted(&one.what) || wanted(&other.what);
    match cause(one) {
        Some(Cause::Retry | Cause::NoProgress) if now.clock => return Kind::WallClock,
        Some(Cause::Retry) => return Kind::RetryDelay,
        Some(Cause::Network) => return Kind::Network,
        Some(Cause::Policy) => return Kind::Condition,
        _ => {}
    }
    match one.what {
        What::State { cause: Cause::NoProgress, .. } => now.no_progress(),
        What::State { cause: Cause::Removal, .. } => Kind::Removal,
        What::State { cause: Cause::MaximumTime, .. } => Kind::MaximumTime,
        What::Told { again: true, .. } => Kind::Repetition,
        What::Told { .. } if told(|what| matches!(what, What::Told { held: true, .. })) => {
            Kind::AtOnce
        }
        What::Gone => Kind::Lifetime,
        What::File { .. } if told(|what| matches!(what, What::File { made: true, .. })) => {
            Kind::Sink
        }
        _ => Kind::Elsewhen,
    }
}

/// How much later the other side saw it, in ticks, negative if earlier; 0 if next to nothing.
pub(super) fn later(one: &Seen, other: &Seen) -> i64 {
    let ticks = |span: bitsim_vocab::Span| i64::try_from(span.0).unwrap_or(i64::MAX);
    let delta = ticks(other.at.since(one.at)) - ticks(one.at.since(other.at));
    if delta.unsigned_abs() < NEAR.0 { 0 } else { delta }
}

#[cfg(test)]
mod tests;
