//! One stay in TRANSIENT_ERROR.

use super::period::Period;
use super::{LATENESS, Step, Track, World};
use crate::findings::Findings;
use crate::rules::about;
use crate::view::{JobView, View};
use bitsim_vocab::stands::{ChangedDelay, DuringBlock};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, Span};

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

/// One look at a job in TRANSIENT_ERROR: what it should have done before `at` and did not.
pub(super) struct Look<'a> {
    pub(super) view: &'a View,
    pub(super) job: &'a JobView,
    pub(super) id: JobId,
    /// The event at which it is noticed.
    pub(super) event: &'a Event,
    pub(super) at: SimTime,
    pub(super) world: &'a World,
    /// The time at which the job may miss something next.
    pub(super) next: SimTime,
}

impl Look<'_> {
    /// True if `due` has passed and that was not `told` yet.
    fn is_past(&mut self, due: Option<SimTime>, told: &mut bool) -> bool {
        let Some(due) = due.filter(|_| !*told) else { return false };
        *told = due < self.at;
        if !*told {
            self.next = self.next.min(due);
        }
        *told
    }

    /// Records `rule` as broken by what the job missed: to become `to` by `due`.
    fn missed(
        &self,
        out: &mut Findings,
        rule: RuleId,
        what: &str,
        (to, due): (JobState, Option<SimTime>),
    ) {
        let expected = format!("{to} by {}", due.unwrap_or(self.at));
        let why = (what.to_owned(), expected, format!("still {}", self.job.state));
        about::broken(out, rule, Some(self.id), self.event, why);
    }

    /// True if nothing forbids the job to run.
    fn is_free(&self) -> bool {
        !self.view.blocked(self.job) && self.view.owner_present(self.job)
    }

    /// BITS-RETRY-011: the no-progress timeout; -015 where a stand has it run during a block.
    fn expiry(&mut self, wait: &mut Wait, period: &Period, out: &mut Findings) {
        let runs = self.view.setup.stands.no_progress_during_block == DuringBlock::Runs;
        let most = wait.timeout.most();
        let due = if wait.is_block() {
            let clock_counts = self.world.restarts > 0 && self.world.clock_set;
            let counts = runs && wait.timeout.least() > Span::ZERO && !clock_counts;
            period.latest_in_block(most).filter(|_| counts)
        } else {
            let due = period.latest(most, self.world, self.event.at);
            due.filter(|_| !self.view.blocked(self.job) && !period.is_retimed(self.world))
        };
        let changed = wait.timeout.changed.unwrap_or(SimTime::ZERO);
        let due = due.map(|due| due.max(changed).max(wait.since) + LATENESS);
        if self.is_past(due, &mut wait.told.expiry) {
            let rule =
                if wait.is_block() { RuleId::BITS_RETRY_015 } else { RuleId::BITS_RETRY_011 };
            let what = "the no-progress timeout of `{job}` was over and it was not given up";
            self.missed(out, rule, what, (JobState::Error, due));
            if wait.clock_moved(self.world) {
                let what = "setting the clock put off the no-progress timeout of `{job}`";
                self.missed(out, RuleId::BITS_RETRY_008, what, (JobState::Error, due));
            }
        }
    }

    /// BITS-RETRY-004: the retry delay.
    fn retry(&mut self, wait: &mut Wait, period: &Period, out: &mut Findings) {
        let expiry = period.earliest(wait.timeout.least(), &self.view.setup.stands);
        let in_time = expiry.is_none_or(|expiry| wait.since + wait.delay.most() <= expiry);
        let judged = !wait.is_block() && !wait.is_retimed(self.world) && self.is_free() && in_time;
        let due = judged.then(|| wait.latest(self.world));
        if self.is_past(due, &mut wait.told.retry) {
            let what = "the minimum retry delay of `{job}` was over and it was not tried again";
            self.missed(out, RuleId::BITS_RETRY_004, what, (JobState::Queued, due));
            if wait.clock_moved(self.world) {
                let what = "setting the clock put off the retry of `{job}`";
                self.missed(out, RuleId::BITS_RETRY_008, what, (JobState::Queued, due));
            }
        }
    }

    /// BITS-RETRY-006: the volume that the job waited for.
    fn unlock(&mut self, wait: &mut Wait, out: &mut Findings) {
        let due = wait.unlocked.map(|at| at + LATENESS).filter(|_| self.is_free());
        if self.is_past(due, &mut wait.told.unlock) {
            let what = "the volume of `{job}` is available again and it was not tried again";
            self.missed(out, RuleId::BITS_RETRY_006, what, (JobState::Queued, due));
        }
    }

    /// BITS-RETRY-013: the inactivity policy.
    fn inactivity(&mut self, wait: &mut Wait, out: &mut Findings) {
        let policy = self.view.setup.policies.job_inactivity_timeout;
        let judged = wait.timeout.new > policy
            && self.world.policies_at <= self.job.active_at
            && (self.world.restarts == 0 || !self.world.clock_set);
        let due = Some(self.job.active_at + policy + LATENESS).filter(|_| judged);
        // A run that has settled may still end in this way, so the end of time does not count.
        let overdue = due.is_some_and(|due| due < self.event.at);
        if overdue && self.is_past(due, &mut wait.told.inactivity) {
            let what = "`{job}` was inactive for longer than the inactivity policy allows";
            self.missed(out, RuleId::BITS_RETRY_013, what, (JobState::Cancelled, due));
        } else if let Some(due) = due.filter(|_| !overdue) {
            self.next = self.next.min(due);
        }
    }
}

impl Track {
    /// Reports what the job, which is in TRANSIENT_ERROR, has missed. Returns the time at which it
    /// may miss something else.
    pub(super) fn missing(&mut self, mut look: Look<'_>, out: &mut Findings) -> SimTime {
        if let Some(wait) = &mut self.wait {
            look.expiry(wait, &self.period, out);
            look.retry(wait, &self.period, out);
            look.unlock(wait, out);
            look.inactivity(wait, out);
        }
        look.next
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
