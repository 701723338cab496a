//! Findings about a job that the event at hand does not name: what fails to happen shows only later.

use crate::findings::{Findings, Violation};
use bitsim_vocab::{Event, JobId, RuleId, Span};

/// How long what follows "at once" may take before its absence counts. The pages give no figure;
/// a minute is far above any delay that a message between processes has.
pub(super) const AT_ONCE: Span = Span::secs(60);

/// Records `rule` as broken by or about `job`, noticed at `event`. The texts are what happened,
/// what was expected and what the trace says.
pub(super) fn broken(
    out: &mut Findings,
    rule: RuleId,
    job: Option<JobId>,
    event: &Event,
    (what, expected, actual): (String, String, String),
) {
    out.broken(Violation { rule, job, event: event.seq, at: event.at, what, expected, actual });
}

/// Records `rule` as held if `ok`, else as broken by or about `job`, noticed at `event`.
pub(super) fn ensure(
    out: &mut Findings,
    rule: RuleId,
    ok: bool,
    job: JobId,
    event: &Event,
    why: impl FnOnce() -> (String, String, String),
) {
    if ok {
        out.held(rule);
    } else {
        broken(out, rule, Some(job), event, why());
    }
}
