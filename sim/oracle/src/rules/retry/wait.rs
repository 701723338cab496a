//! One stay in TRANSIENT_ERROR.

use super::{LATENESS, Step, Track, World, missed};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::stands::ChangedDelay;
use bitsim_vocab::{Event, Hresult, JobId, RuleId, SimTime, Span};

/// A stay in TRANSIENT_ERROR, kept until the next attempt begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// When it began.
    pub(super) since: SimTime,
    /// Position of the record that began it.
    pub(super) seq: u32,
    /// Why.
    pub(super) code: Hresult,
    /// Ticks that the wall clock was ahead then.
    pub(super) shift: i128,
    /// Restarts of the service then.
    pub(super) restarts: u32,
    /// The latest call that allows the job to run early: position and time.
    pub(super) freed: (u32, SimTime),
    /// The minimum retry delay.
    pub(super) delay: Setting,
    /// The no-progress timeout.
    pub(super) timeout: Setting,
    /// The volume it waits for became available at this time.
    pub(super) unlocked: Option<SimTime>,
    /// What it missed has been reported.
    told: Told,
}

/// What has been reported of a stay, so that it is reported once.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    retry: bool,
    unlock: bool,
    expiry: bool,
    inactivity: bool,
}

/// A property that may change while the job waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// At the beginning of the stay.
    pub(super) old: Span,
    /// Now.
    pub(super) new: Span,
    least: Span,
    most: Span,
    /// When it changed last.
    pub(super) changed: Option<SimTime>,
}

impl Setting {
    fn new(secs: u64) -> Self {
        let span = Span::secs(secs);
        Self { old: span, new: span, least: span, most: span, changed: None }
    }

    fn set(&mut self, secs: u64, at: SimTime) {
        let span = Span::secs(secs);
        if span != self.new {
            self.changed = Some(at);
        }
        self.new = span;
        self.least = self.least.min(span);
        self.most = self.most.max(span);
    }

    /// The smallest value during the stay.
    pub(super) fn least(&self) -> Span {
        self.least
    }

    /// The greatest value during the stay.
    pub(super) fn most(&self) -> Span {
        self.most
    }

    /// When a time counted from `start` is over, by the stand taken on changes.
    pub(super) fn due(&self, start: SimTime, stand: ChangedDelay) -> SimTime {
        match (stand, self.changed) {
            (ChangedDelay::AtOnce, Some(changed)) => (start + self.new).max(changed),
            _ => start + self.old,
        }
    }
}

impl Wait {
    pub(super) fn new(step: &Step<'_>, code: Hresult, world: &World) -> Self {
        Self {
            since: step.event.at,
            seq: step.event.seq,
            code,
            shift: world.shift,
            restarts: world.restarts,
            freed: (0, SimTime::ZERO),
            delay: Setting::new(step.job.minimum_retry_delay),
            timeout: Setting::new(step.job.no_progress_timeout),
            unlocked: None,
            told: Told::default(),
        }
    }

    pub(super) fn set_delay(&mut self, secs: u64, at: SimTime) {
        self.delay.set(secs, at);
    }

    pub(super) fn set_timeout(&mut self, secs: u64, at: SimTime) {
        self.timeout.set(secs, at);
    }

    /// The delay in force, for messages.
    pub(super) fn delay(&self) -> Span {
        self.delay.new
    }

    /// True if it waits for network, volume or policy.
    pub(super) fn is_block(&self) -> bool {
        self.code.is_block()
    }

    /// True if a call or an event has allowed the job to run before its delay is over.
    pub(super) fn is_freed(&self, world: &World) -> bool {
        self.freed.0 > self.seq || world.freed.0 > self.seq
    }

    /// The earliest time at which the delay may be over.
    pub(super) fn earliest(&self) -> SimTime {
        self.since + self.delay.least()
    }

    /// The time by which the delay is over and nothing has forbidden the job lately.
    pub(super) fn latest(&self, world: &World) -> SimTime {
        let changed = self.delay.changed.unwrap_or(SimTime::ZERO);
        let due = (self.since + self.delay.most()).max(changed);
        due.max(self.freed.1).max(world.opened) + LATENESS
    }

    /// True if a restart has made the service go by a wall clock that was set meanwhile.
    pub(super) fn is_retimed(&self, world: &World) -> bool {
        self.restarts != world.restarts && self.shift != world.restart_shift
    }

    /// True if the wall clock was set meanwhile and no restart made the service see it.
    pub(super) fn clock_moved(&self, world: &World) -> bool {
        self.shift != world.shift && self.restarts == world.restarts
    }
}

impl Track {
    /// Reports what the job, which is in TRANSIENT_ERROR, should have done before `at`. Returns the
    /// time at which it may miss something else.
    #[allow(clippy::too_many_arguments)] // The facts of one look.
    pub(super) fn missing(
        &mut self,
        view: &View,
        job: &JobView,
        id: JobId,
        event: &Event,
        at: SimTime,
        world: &World,
        out: &mut Findings,
    ) -> SimTime {
        let never = SimTime(u64::MAX);
        let Some(wait) = &mut self.wait else { return never };
        let mut next = never;
        let mut is_past = |due: Option<SimTime>, told: &mut bool| {
            let Some(due) = due.filter(|_| !*told) else { return false };
            *told = due < at;
            if !*told {
                next = next.min(due);
            }
            *told
        };
        let idle = view.blocked(job) || !view.owner_present(job);
        let moved = wait.clock_moved(world);

        // BITS-RETRY-011: the no-progress timeout.
        let expiry = self.period.latest(wait.timeout.most(), world, event.at);
        let changed = wait.timeout.changed.unwrap_or(SimTime::ZERO);
        let expiry = expiry.map(|due| due.max(changed) + LATENESS);
        let expiry = expiry
            .filter(|_| !wait.is_block() && !self.period.is_retimed(world) && !view.blocked(job));
        if is_past(expiry, &mut wait.told.expiry) {
            let due = expiry.unwrap_or(at);
            let expected = format!("ERROR by {due}");
            let what = "the no-progress timeout of `{job}` was over and it was not given up";
            missed(out, RuleId::BITS_RETRY_011, id, event, what, expected.clone());
            if moved {
                let what = "setting the clock put off the no-progress timeout of `{job}`";
                missed(out, RuleId::BITS_RETRY_008, id, event, what, expected);
            }
        }

        // BITS-RETRY-004: the retry delay.
        let first = self.period.earliest(wait.timeout.least(), &view.setup.stands);
        let in_time = first.is_none_or(|first| wait.since + wait.delay.most() <= first);
        let retry = Some(wait.latest(world));
        let retry =
            retry.filter(|_| !wait.is_block() && !wait.is_retimed(world) && !idle && in_time);
        if is_past(retry, &mut wait.told.retry) {
            let expected = format!("QUEUED by {}", wait.latest(world));
            let what = "the minimum retry delay of `{job}` was over and it was not tried again";
            missed(out, RuleId::BITS_RETRY_004, id, event, what, expected.clone());
            if moved {
                let what = "setting the clock put off the retry of `{job}`";
                missed(out, RuleId::BITS_RETRY_008, id, event, what, expected);
            }
        }

        // BITS-RETRY-006: the volume that the job waited for.
        let unlock = wait.unlocked.map(|at| at + LATENESS).filter(|_| !idle);
        if is_past(unlock, &mut wait.told.unlock) {
            let expected = format!("QUEUED by {}", unlock.unwrap_or(at));
            let what = "the volume of `{job}` is available again and it was not tried again";
            missed(out, RuleId::BITS_RETRY_006, id, event, what, expected);
        }

        // BITS-RETRY-013: the inactivity policy.
        let policy = view.setup.policies.job_inactivity_timeout;
        let inactive = Some(job.active_at + policy + LATENESS).filter(|_| {
            wait.timeout.new > policy
                && world.policies_at <= job.active_at
                && (world.restarts == 0 || !world.clock_set)
        });
        // A run that has settled may still end in this way, so the end of time does not count.
        let overdue = inactive.is_some_and(|due| due < event.at);
        if overdue && is_past(inactive, &mut wait.told.inactivity) {
            let expected = format!("CANCELLED by {}", inactive.unwrap_or(at));
            let what = "`{job}` was inactive for longer than the inactivity policy allows";
            missed(out, RuleId::BITS_RETRY_013, id, event, what, expected);
        } else if let Some(due) = inactive.filter(|_| !overdue) {
            next = next.min(due);
        }
        next
    }

    /// A volume became available: a job that waited for it is to be tried again.
    pub(super) fn unlocked(&mut self, view: &View, job: &JobView, event: &Event, root: &str) {
        let on = |local: &str, root: &str| {
            local.get(..root.len()).is_some_and(|head| head.eq_ignore_ascii_case(root))
        };
        let Some(wait) = &mut self.wait else { return };
        if wait.code != Hresult::BG_E_DESTINATION_LOCKED || job.gone {
            return;
        }
        let mut waiting = job.files.iter().filter(|file| !file.finished);
        let others = |local: &str| {
            view.locked.iter().any(|other| !other.eq_ignore_ascii_case(root) && on(local, other))
        };
        let concerned = waiting.clone().any(|file| on(&file.local, root));
        if concerned && !waiting.any(|file| others(&file.local)) && !view.blocked(job) {
            wait.unlocked = Some(event.at);
        }
    }
}
