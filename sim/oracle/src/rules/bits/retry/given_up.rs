//! How the no-progress timeout turns a job to ERROR, and how it must not.

use super::{LATENESS, Step, Track, Wait, World};
use crate::findings::Findings;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::stands::DuringBlock;
use bitsim_vocab::{RuleId, SimTime, Span};

impl Track {
    /// TRANSIENT_ERROR became ERROR without an attempt.
    pub(super) fn given_up(&self, wait: &Wait, step: &Step<'_>, world: &World, out: &mut Findings) {
        let at = step.event.at;
        let stands = &step.view.setup.stands;
        self.before_inactivity(wait, step, world, out);
        if wait.is_block() {
            return self.given_up_in_block(wait, step, world, out);
        }
        if self.period.is_retimed(world) {
            return;
        }
        let timeout = wait.timeout.least();
        let earliest = self.period.earliest(timeout, stands).unwrap_or(wait.since + timeout);
        if at < earliest {
            return self.too_early(wait.timeout.new, earliest, step, world, out);
        }
        out.held(RuleId::BITS_RETRY_011);
        if wait.delay.least() > wait.timeout.most() {
            out.held(RuleId::BITS_RETRY_007);
        }
        if self.period.clock_moved(world) {
            out.held(RuleId::BITS_RETRY_008);
        }
        if self.period.over_without_rest(timeout, at) {
            out.held(RuleId::BITS_RETRY_015);
        }
        self.held_back(wait.timeout.new, at, out);
        if wait.timeout.changed.is_some() {
            self.changed_timeout(wait, step, world, out);
        }
    }

    /// BITS-RETRY-015: a job that waits for network, volume or policy became ERROR.
    fn given_up_in_block(&self, wait: &Wait, step: &Step<'_>, world: &World, out: &mut Findings) {
        let (at, stands) = (step.event.at, &step.view.setup.stands);
        let timeout = wait.timeout.least();
        if timeout == Span::ZERO || world.restarts > 0 && world.clock_set {
            return;
        }
        if stands.no_progress_during_block == DuringBlock::Rests {
            return out.ensure(RuleId::BITS_RETRY_015, false, step.event, || {
                (
                    format!("`{{job}}` was given up while it waited ({})", WithNumber(wait.code)),
                    "the no-progress timeout to rest meanwhile".to_owned(),
                    format!("TRANSIENT_ERROR -> ERROR after {}", at.since(wait.since)),
                )
            });
        }
        if let Some(earliest) = self.period.earliest(timeout, stands) {
            if at < earliest {
                let rule = self.forgotten(timeout, at).unwrap_or(RuleId::BITS_RETRY_011);
                blame(rule, earliest, step, out);
            } else {
                out.held(RuleId::BITS_RETRY_015);
            }
        }
    }

    /// BITS-RETRY-014: the timeout changed while the job waited.
    fn changed_timeout(&self, wait: &Wait, step: &Step<'_>, world: &World, out: &mut Findings) {
        let at = step.event.at;
        let stands = &step.view.setup.stands;
        let start = |timeout: Span| self.period.earliest(timeout, stands);
        let Some(first) = start(Span::ZERO) else { return };
        let due = wait.timeout.due(first, stands.changed_delay);
        let slack =
            self.period.latest(Span::ZERO, world, at).map_or(Span::ZERO, |at| at.since(first));
        let ok = due <= at && at <= due + slack + LATENESS;
        out.ensure(RuleId::BITS_RETRY_014, ok, step.event, || {
            (
                format!(
                    "the no-progress timeout of `{{job}}` changed from {} to {} while it waited",
                    wait.timeout.old, wait.timeout.new
                ),
                format!("ERROR at {due}"),
                format!("ERROR at {at}"),
            )
        });
    }

    /// An attempt failed for now and the job goes to TRANSIENT_ERROR, where it may be no longer if
    /// its period is over: BITS-RETRY-011, -012, -016.
    pub(super) fn failed_for_now(&self, step: &Step<'_>, world: &World, out: &mut Findings) {
        let at = step.event.at;
        let timeout = Span::secs(step.job.no_progress_timeout);
        if let Some(latest) = self.period.latest(timeout, world, at)
            && at > latest
            && !self.period.is_retimed(world)
        {
            return out.ensure(RuleId::BITS_RETRY_011, false, step.event, || {
                (
                    "an attempt of `{job}` failed after its no-progress timeout was over"
                        .to_owned(),
                    format!("ERROR (over since {latest})"),
                    "TRANSIENT_ERROR".to_owned(),
                )
            });
        }
        self.held_back(timeout, at, out);
    }

    /// An attempt failed for a reason that may heal, and the job goes to ERROR at once: right if
    /// the timeout is 0 or over (BITS-RETRY-010, -011).
    pub(super) fn failed_for_good(&self, step: &Step<'_>, world: &World, out: &mut Findings) {
        let at = step.event.at;
        if step.job.no_progress_timeout == 0 {
            return out.held(RuleId::BITS_RETRY_010);
        }
        let timeout = Span::secs(step.job.no_progress_timeout);
        let earliest = self.period.earliest(timeout, &step.view.setup.stands);
        if earliest.is_some_and(|earliest| earliest <= at) {
            out.held(RuleId::BITS_RETRY_011);
            if self.period.over_without_rest(timeout, at) {
                out.held(RuleId::BITS_RETRY_015);
            }
        } else if !self.period.is_retimed(world) {
            let due = earliest.unwrap_or(at + timeout);
            // Where nothing had begun a period, the class of the error is what went wrong.
            if let Some(rule) = self.forgotten(timeout, at) {
                blame(rule, due, step, out);
            }
        }
    }

    /// The timeout expired before it was over.
    fn too_early(
        &self,
        timeout: Span,
        due: SimTime,
        step: &Step<'_>,
        world: &World,
        out: &mut Findings,
    ) {
        let moved = self.period.clock_moved(world);
        let rule = match self.forgotten(timeout, step.event.at) {
            Some(rule) => rule,
            None if self.wait.is_some_and(|wait| wait.timeout.changed.is_some()) => {
                RuleId::BITS_RETRY_014
            }
            None if moved => RuleId::BITS_RETRY_008,
            None => RuleId::BITS_RETRY_011,
        };
        blame(rule, due, step, out);
    }

    /// The rule by which an older period no longer counts, if by that period the time is over.
    fn forgotten(&self, timeout: Span, at: SimTime) -> Option<RuleId> {
        if self.period.over_without_progress(timeout, at) {
            Some(RuleId::BITS_RETRY_012)
        } else if self.period.over_without_resume(timeout, at) {
            Some(RuleId::BITS_RETRY_016)
        } else if self.period.over_without_rest(timeout, at) {
            Some(RuleId::BITS_RETRY_015)
        } else {
            None
        }
    }

    /// An older period would be over by now, and the job was not given up for it.
    fn held_back(&self, timeout: Span, at: SimTime, out: &mut Findings) {
        if self.period.over_without_progress(timeout, at) {
            out.held(RuleId::BITS_RETRY_012);
        }
        if self.period.over_without_resume(timeout, at) {
            out.held(RuleId::BITS_RETRY_016);
        }
    }

    /// BITS-RETRY-013: with a timeout beyond the inactivity policy, the policy comes first.
    fn before_inactivity(&self, wait: &Wait, step: &Step<'_>, world: &World, out: &mut Findings) {
        let policy = step.view.setup.policies.job_inactivity_timeout;
        let since = step.job.active_at;
        let judged = wait.timeout.least() > policy
            && world.policies_at <= since
            && (world.restarts == 0 || !world.clock_set);
        if judged && since + policy <= step.event.at {
            out.ensure(RuleId::BITS_RETRY_013, false, step.event, || {
                (
                    "`{job}` was given up after the inactivity policy should have ended it"
                        .to_owned(),
                    format!("CANCELLED at {}", since + policy),
                    format!("ERROR at {}", step.event.at),
                )
            });
        }
    }
}

/// Records that the job was given up too early, against `rule`.
fn blame(rule: RuleId, due: SimTime, step: &Step<'_>, out: &mut Findings) {
    let what = match rule {
        RuleId::BITS_RETRY_012 => "`{job}` was given up although it had made progress",
        RuleId::BITS_RETRY_016 => "`{job}` was given up although Resume had begun a new period",
        RuleId::BITS_RETRY_015 => {
            "`{job}` was given up for a period that included its wait for a block"
        }
        RuleId::BITS_RETRY_014 => {
            "`{job}` was given up at a time that fits neither timeout it had while it waited"
        }
        RuleId::BITS_RETRY_008 => "setting the clock shifted the no-progress timeout of `{job}`",
        _ => "`{job}` was given up before its no-progress timeout was over",
    };
    out.ensure(rule, false, step.event, || {
        (
            what.to_owned(),
            format!("no ERROR before {due}"),
            format!("{} -> ERROR at {}", step.from, step.event.at),
        )
    });
}
