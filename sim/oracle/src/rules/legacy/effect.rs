//! Judging a call whose effect the catalogue leaves more than one reading of.

use crate::findings::Findings;
use crate::view::latest::LatestCall;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::{Hresult, JobState, RuleId};

/// Holds if the call returned `hr` and did one of `moves`: moved the job there, or, for `None`, did
/// not move it.
pub(super) fn ensure_one_of(
    call: &LatestCall,
    out: &mut Findings,
    rule: RuleId,
    hr: Hresult,
    moves: &[Option<JobState>],
) {
    let ok = call.hr == hr && moves.contains(&call.moved);
    call.ensure(out, rule, ok, || {
        let what = match call.moved {
            _ if call.hr != hr => "returned the wrong code for `{job}`".to_owned(),
            Some(to) => format!("moved `{{job}}` to {to}"),
            None => "did not move `{job}`".to_owned(),
        };
        let moves: Vec<String> = moves
            .iter()
            .map(|to| match to {
                Some(to) => format!("{} -> {to}", call.before),
                None => format!("{} unchanged", call.before),
            })
            .collect();
        (
            format!("{} in {} {what}", call.method, call.before),
            format!("{} and {}", WithNumber(hr), moves.join(" or ")),
            call.effect(call.hr, call.moved),
        )
    });
}
