//! The time without progress that the no-progress timeout limits.

use super::{EARLINESS, LATENESS, Step, blocks};
use crate::findings::Findings;
use crate::view::JobView;
use bitsim_vocab::{JobState, RuleId, SimTime, Span};

/// A no-progress window: the time that the job spends in TRANSFERRING and TRANSIENT_ERROR since
/// the latest of its first TRANSFERRING, its last new byte and Resume. Blocks do not count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    /// The time as short and as long as it can be.
    least: Span,
    most: Span,
    /// `most` had no byte ended it: since the window's start, Resume or first TRANSFERRING.
    regardless: Span,
    /// The time up to which the others are worked out, and which of them run.
    at: SimTime,
    least_runs: bool,
    most_runs: bool,
    /// The job has been TRANSFERRING.
    begun: bool,
    /// When the latest byte came, or the window began; Resume does not count.
    since: SimTime,
    /// Bytes ended a window.
    progressed: bool,
    /// The smallest and the greatest timeout during the window.
    timeouts: Option<(Span, Span)>,
    /// The timeout now.
    timeout: Span,
    /// How often the wall clock had been set when the window began.
    jumps: u32,
    /// Its end has been missed, and that was reported.
    told: bool,
    /// It was seen that progress, or time that does not count, saved the job.
    saved: (bool, bool),
}

impl Window {
    /// Lets the time run up to `at`.
    pub(super) fn advance(&mut self, at: SimTime) {
        let passed = at.since(self.at);
        if self.least_runs {
            self.least = self.least + passed;
        }
        if self.most_runs {
            self.most = self.most + passed;
            self.regardless = self.regardless + passed;
        }
        self.at = self.at.max(at);
    }

    /// The clocks run from `at` on, or rest.
    pub(super) fn run(&mut self, at: SimTime, least: bool, most: bool, jumps: u32) {
        if self.most == Span::ZERO && !self.most_runs && most {
            self.jumps = jumps;
        }
        self.at = at;
        self.least_runs = least && self.begun;
        self.most_runs = most && self.begun;
    }

    /// The timeout is this from now on.
    pub(super) fn limit(&mut self, timeout: Span) {
        self.timeout = timeout;
        let during = self.timeouts.filter(|_| self.most > Span::ZERO);
        let (least, most) = during.unwrap_or((timeout, timeout));
        self.timeouts = Some((least.min(timeout), most.max(timeout)));
    }

    /// The job enters TRANSIENT_ERROR: a timeout that changed earlier counts from now on at the
    /// latest.
    pub(super) fn errs(&mut self) {
        self.timeouts = Some((self.timeout, self.timeout));
    }

    /// The job enters TRANSFERRING.
    pub(super) fn begins(&mut self, at: SimTime, jumps: u32) {
        if !self.begun {
            self.begun = true;
            self.since = at;
            self.jumps = jumps;
        }
    }

    fn restart(&mut self) {
        self.most = Span::ZERO;
        self.least = Span::ZERO;
        self.timeouts = Some((self.timeout, self.timeout));
        self.told = false;
    }

    /// Bytes came, new ones or such as had come before.
    pub(super) fn bytes(&mut self, at: SimTime, new: bool, jumps: u32) {
        self.least = Span::ZERO;
        self.told = false;
        if new {
            self.progressed = true;
            self.restart();
            self.since = at;
            self.jumps = jumps;
            self.saved = (false, false);
        }
    }

    /// Resume succeeded. A job that is active already may take it as nothing.
    pub(super) fn resumed(&mut self, at: SimTime, state: JobState, jumps: u32) {
        self.least = Span::ZERO;
        self.told = false;
        if !matches!(state, JobState::Queued | JobState::Transferring) {
            self.restart();
            self.regardless = Span::ZERO;
            self.progressed = false;
            self.jumps = jumps;
        }
        // What a job in ERROR missed before is over.
        if state == JobState::Error {
            self.since = at;
        }
    }

    /// The service started again.
    pub(super) fn restarted(&mut self) {
        self.least = Span::ZERO;
        self.told = false;
    }

    /// True while the time certainly runs.
    pub(super) fn runs(&self) -> bool {
        self.least_runs && self.shortest() > Span::ZERO
    }

    /// True if a clock was set during the window.
    pub(super) fn jumped(&self, jumps: u32) -> bool {
        self.jumps != jumps
    }

    pub(super) fn is_told(&self) -> bool {
        self.told
    }

    pub(super) fn told(&mut self) {
        self.told = true;
    }

    fn shortest(&self) -> Span {
        self.timeouts.map_or(self.timeout, |(least, _)| least)
    }

    fn longest(&self) -> Span {
        self.timeouts.map_or(self.timeout, |(_, most)| most)
    }

    /// The time by which a job in TRANSIENT_ERROR has to be given up. A job that is TRANSFERRING
    /// may be receiving bytes of which nobody has told yet.
    pub(super) fn due(&self, job: &JobView) -> Option<SimTime> {
        let counts = self.runs() && !self.told && job.state == JobState::TransientError;
        let left = Span(self.longest().0.saturating_sub(self.least.0));
        counts.then(|| (self.at + left).max(job.since) + LATENESS)
    }

    /// DO-RETRY-003 and -004: a time that does not count would be over by now.
    pub(super) fn spared(&mut self, state: JobState, out: &mut Findings) {
        let limit = self.longest() + EARLINESS;
        let active = matches!(state, JobState::Transferring | JobState::TransientError);
        if !active || !self.begun || self.longest() == Span::ZERO || self.most >= self.shortest() {
            return;
        }
        if self.progressed && self.regardless > limit && !self.saved.0 {
            self.saved.0 = true;
            out.held(RuleId::DO_RETRY_003);
        }
        let elapsed = self.at.since(self.since);
        if elapsed > limit && !self.saved.1 {
            self.saved.1 = true;
            out.held(RuleId::DO_RETRY_004);
        }
    }

    /// The job is given up for want of progress.
    pub(super) fn given_up(&self, step: &Step<'_>, jumps: u32, out: &mut Findings) {
        let (shortest, jumped) = (self.shortest(), self.jumped(jumps));
        let (at, long_enough) = (step.event.at, self.most + EARLINESS >= shortest);
        if long_enough {
            out.held(RuleId::DO_RETRY_002);
            out.held(RuleId::DO_RETRY_004);
            if jumped {
                out.held(RuleId::DO_RETRY_008);
            }
            return;
        }
        let elapsed = at.since(self.since);
        let (rule, what) = if self.progressed && self.regardless + EARLINESS >= shortest {
            (RuleId::DO_RETRY_003, "`{job}` was given up although it had made progress")
        } else if blocks::blocked(step.view, step.job) == blocks::Blocked::Yes {
            (RuleId::DO_RETRY_009, "`{job}` was given up while network or policy blocked it")
        } else if elapsed + EARLINESS >= shortest {
            (
                RuleId::DO_RETRY_004,
                "`{job}` was given up for time that does not count: it was not active, or Resume \
                 began anew",
            )
        } else if jumped {
            (RuleId::DO_RETRY_008, "setting the system clock had `{job}` given up too early")
        } else {
            (RuleId::DO_RETRY_002, "`{job}` was given up before its no-progress timeout was over")
        };
        out.ensure(rule, false, step.event, || {
            (
                what.to_owned(),
                format!("no ERROR before {shortest} without a new byte"),
                format!("{} -> ERROR after {}", step.from, self.most),
            )
        });
    }
}
