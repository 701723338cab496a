//! How a job leaves TRANSIENT_ERROR.

use super::{LATENESS, Step, Track, Wait, World};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::stands::DuringBlock;
use bitsim_vocab::{Hresult, JobState, RuleId, Span, Stimulus};

impl Track {
    /// The job leaves TRANSIENT_ERROR.
    pub(super) fn leave(&mut self, step: &Step<'_>, world: &World, out: &mut Findings) {
        let Some(wait) = self.wait else { return };
        let at = step.event.at;
        if step.to == JobState::Queued {
            if wait.is_block() {
                self.unblocked(&wait, step, world, out);
            } else {
                self.requeued(&wait, step, world, out);
            }
        } else if step.to == JobState::Error && step.cause != Stimulus::OwnerLogsOff {
            self.given_up(&wait, step, world, out);
        }
        if wait.is_block() {
            self.period.rests(at.since(wait.since));
        }
        // What follows a stay that is over is no longer late for it; the wait itself is kept until
        // the next attempt, which must not come too early.
        if step.to != JobState::Queued {
            self.wait = None;
        }
    }

    /// A job that failed goes to QUEUED: BITS-RETRY-004, -007, -008, -014.
    fn requeued(&self, wait: &Wait, step: &Step<'_>, world: &World, out: &mut Findings) {
        if wait.is_freed(world) {
            return;
        }
        let (at, event) = (step.event.at, step.event);
        let on_time = wait.earliest() <= at && at <= wait.latest(world);
        if wait.delay.least() <= wait.timeout.most() {
            if on_time {
                out.held(RuleId::BITS_RETRY_004);
            }
        } else if !self.period.is_retimed(world) {
            out.ensure(RuleId::BITS_RETRY_007, false, event, || {
                (
                    format!(
                        "the retry delay of `{{job}}` ({}) exceeds its no-progress timeout ({})",
                        wait.delay(),
                        wait.timeout.new
                    ),
                    "no retry, and ERROR when the timeout is over".to_owned(),
                    format!("TRANSIENT_ERROR -> QUEUED after {}", at.since(wait.since)),
                )
            });
        }
        if wait.clock_moved(world) {
            out.ensure(RuleId::BITS_RETRY_008, on_time, event, || {
                (
                    "setting the clock shifted the retry of `{job}`".to_owned(),
                    format!("QUEUED at {}", wait.since + wait.delay()),
                    format!("QUEUED at {at}"),
                )
            });
        }
        if wait.delay.changed.is_some() {
            let due = wait.delay.due(wait.since, step.view.setup.stands.changed_delay);
            let ok = due <= at && at <= due + LATENESS;
            out.ensure(RuleId::BITS_RETRY_014, ok, event, || {
                (
                    format!(
                        "the retry delay of `{{job}}` changed from {} to {} while it waited",
                        wait.delay.old, wait.delay.new
                    ),
                    format!("QUEUED at {due}"),
                    format!("QUEUED at {at}"),
                )
            });
        }
    }

    /// A job that waited for a block goes to QUEUED: BITS-RETRY-005, -006, -015.
    fn unblocked(&self, wait: &Wait, step: &Step<'_>, world: &World, out: &mut Findings) {
        let (at, event) = (step.event.at, step.event);
        let stayed = at.since(wait.since);
        if wait.unlocked.is_some_and(|unlocked| at <= unlocked + LATENESS) {
            out.held(RuleId::BITS_RETRY_006);
        }
        if let Some(lasts) = still_blocked(step.view, step.job, wait.code) {
            // Something else may have sent the job to QUEUED at this very instant.
            let now = |(seq, freed)| seq > wait.seq && freed == at;
            let sent = now(wait.freed) || now(world.freed);
            if lasts && !sent {
                out.ensure(RuleId::BITS_RETRY_005, false, event, || {
                    (
                        format!(
                            "`{{job}}` was retried although what caused {} still holds",
                            bitsim_vocab::hresult::WithNumber(wait.code)
                        ),
                        "TRANSIENT_ERROR until that ends".to_owned(),
                        format!("TRANSIENT_ERROR -> QUEUED after {stayed}"),
                    )
                });
            } else if stayed >= wait.delay.most() {
                out.held(RuleId::BITS_RETRY_005);
            }
        }
        let timeout = wait.timeout.most();
        let rests = step.view.setup.stands.no_progress_during_block == DuringBlock::Rests;
        let would_be_over =
            stayed >= timeout || self.period.first().is_some_and(|first| first + timeout <= at);
        if rests && timeout > Span::ZERO && would_be_over {
            out.held(RuleId::BITS_RETRY_015);
        }
    }
}

/// Whether the condition that this code stands for still holds; `None` if it is none of the three
/// that BITS-RETRY-005 names.
fn still_blocked(view: &View, job: &JobView, code: Hresult) -> Option<bool> {
    match code {
        Hresult::BG_E_NETWORK_DISCONNECTED => Some(!view.network),
        Hresult::BG_E_BLOCKED_BY_POLICY => {
            Some(job.priority.is_background() && view.bandwidth == Some(0))
        }
        Hresult::BG_E_DESTINATION_LOCKED => Some(view.locked.iter().any(|root| {
            job.files.iter().any(|file| {
                let head = file.local.get(..root.len());
                !file.finished && head.is_some_and(|head| head.eq_ignore_ascii_case(root))
            })
        })),
        _ => None,
    }
}
