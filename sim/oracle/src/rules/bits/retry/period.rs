//! The time without progress that the no-progress timeout limits.

use super::World;
use bitsim_vocab::stands::{DuringBlock, ResumeAndNoProgress, Stands};
use bitsim_vocab::{JobState, SimTime, Span};

/// A no-progress period: from the first transient error since the latest progress or Resume.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Period {
    /// The first transient error of the period.
    first: Option<Start>,
    /// The first stay in TRANSIENT_ERROR of the period, waiting for a block included.
    any: Option<SimTime>,
    /// Time in TRANSIENT_ERROR waiting for a block since `first`, finished stays only.
    rested: Span,
    /// The start of the period that progress ended.
    before_progress: Option<SimTime>,
    /// The start of the period that Resume ended.
    before_resume: Option<SimTime>,
    /// The start of a period of which the pages leave open whether it goes on.
    may_go_on: Option<SimTime>,
    /// How such a period began, if it counts.
    open: Option<Start>,
}

/// How a period began.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: SimTime,
    shift: i128,
    restarts: u32,
    /// [`World::forbidden`] at that time.
    forbidden: Span,
}

impl Start {
    /// True if a restart has made the period go by a wall clock that was set meanwhile.
    fn is_retimed(&self, world: &World) -> bool {
        self.restarts != world.restarts && self.shift != world.restart_shift
    }
}

impl Period {
    /// Bytes moved forward: the period is over.
    pub(super) fn progress(&mut self) {
        if let Some(start) = self.first {
            self.before_progress.get_or_insert(start.at);
        }
        *self = Self { before_progress: self.before_progress, ..Self::default() };
    }

    /// Resume in the state `from`. In ERROR and TRANSIENT_ERROR it ends the period, by the stand
    /// that is recommended; elsewhere the pages say nothing, so the old period may go on as well.
    pub(super) fn resumed(&mut self, from: JobState, stands: &Stands) {
        let restarts = stands.resume_and_no_progress == ResumeAndNoProgress::Restarts;
        let runs = stands.no_progress_during_block == DuringBlock::Runs;
        let first = if runs { self.any } else { self.first() };
        let (slot, start) = if from.is_error() && restarts {
            self.open = None;
            (&mut self.before_resume, first)
        } else {
            self.open = self.open.or(self.first);
            (&mut self.may_go_on, self.any)
        };
        if let Some(start) = start {
            *slot = Some(slot.map_or(start, |at| at.min(start)));
        }
        if from.is_error() {
            self.before_progress = None;
        }
        self.first = None;
        self.any = None;
        self.rested = Span::ZERO;
    }

    /// The job enters TRANSIENT_ERROR.
    pub(super) fn begins(&mut self, at: SimTime, block: bool, world: &World) {
        self.any.get_or_insert(at);
        if !block && self.first.is_none() {
            let forbidden = world.forbidden_until(at);
            let (shift, restarts) = (world.shift, world.restarts);
            self.first = Some(Start { at, shift, restarts, forbidden });
        }
    }

    /// A stay in TRANSIENT_ERROR that waited for a block is over.
    pub(super) fn rests(&mut self, span: Span) {
        if self.first.is_some() {
            self.rested = self.rested + span;
        }
    }

    /// The first transient error of the period.
    pub(super) fn first(&self) -> Option<SimTime> {
        self.first.map(|start| start.at)
    }

    /// True if the wall clock was set during the period and no restart made the service see it.
    pub(super) fn clock_moved(&self, world: &World) -> bool {
        self.first
            .is_some_and(|start| start.shift != world.shift && start.restarts == world.restarts)
    }

    /// True if a restart has made the period go by a wall clock that was set meanwhile, or may
    /// have made it so: one of which the pages leave open whether it goes on.
    pub(super) fn is_retimed(&self, world: &World) -> bool {
        self.first.iter().chain(&self.open).any(|start| start.is_retimed(world))
    }

    /// True if the old period, had progress not ended it, would be over at `at`.
    pub(super) fn over_without_progress(&self, timeout: Span, at: SimTime) -> bool {
        self.before_progress.is_some_and(|first| first + timeout <= at)
    }

    /// True if the old period, had Resume not ended it, would be over at `at`.
    pub(super) fn over_without_resume(&self, timeout: Span, at: SimTime) -> bool {
        self.before_resume.is_some_and(|first| first + timeout <= at)
    }

    /// True if the period would be over at `at`, had it not rested during blocks.
    pub(super) fn over_without_rest(&self, timeout: Span, at: SimTime) -> bool {
        self.rested > Span::ZERO && self.first().is_some_and(|first| first + timeout <= at)
    }

    /// The earliest time at which the period may be over, by the stands taken.
    pub(super) fn earliest(&self, timeout: Span, stands: &Stands) -> Option<SimTime> {
        let mut earliest = self.first().map(|first| first + self.rested);
        if stands.no_progress_during_block == DuringBlock::Runs {
            earliest = self.any;
        }
        if let Some(before) = self.may_go_on {
            earliest = Some(earliest.map_or(before, |at| at.min(before)));
        }
        earliest.map(|at| at + timeout)
    }

    /// The latest time at which the period is over for a job that is in TRANSIENT_ERROR at `at`.
    pub(super) fn latest(&self, timeout: Span, world: &World, at: SimTime) -> Option<SimTime> {
        let start = self.first?;
        let forbidden = world.forbidden_until(at).0.saturating_sub(start.forbidden.0);
        Some(start.at + timeout + Span(self.rested.0.max(forbidden)))
    }

    /// The latest time at which the period is over if it runs during blocks.
    pub(super) fn latest_in_block(&self, timeout: Span) -> Option<SimTime> {
        self.any.map(|any| any + timeout)
    }
}
