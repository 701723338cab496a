//! BITS-SCHED: whose turn it is, and that everybody's turn comes.
//!
//! [`Places`] knows at every moment who waits, runs and rests at which level, without looking at
//! all jobs. Liveness is judged by the reason why a job waits, so that a job forgotten after a
//! log-on breaks BITS-USER-003 and one forgotten after a restart BITS-SERVICE-002.

mod order;
mod places;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::View;
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::trace::{Called, End, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, JobId, JobState, Priority, RuleId, SimTime, Span, Stimulus};
use order::FileOrder;
use places::{Level, Place, Places, Why};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_SCHED_001,
    RuleId::BITS_SCHED_002,
    RuleId::BITS_SCHED_003,
    RuleId::BITS_SCHED_004,
    RuleId::BITS_SCHED_005,
    RuleId::BITS_SCHED_006,
    RuleId::BITS_SCHED_008,
    RuleId::BITS_SCHED_009,
    RuleId::BITS_SCHED_010,
    RuleId::BITS_USER_003,
    RuleId::BITS_USER_006,
    RuleId::BITS_SERVICE_002,
];

/// How long a scheduling step may take.
const STEP: Span = Span::secs(1);

/// BITS-SCHED.
#[derive(Debug, Clone)]
pub(crate) struct Sched {
    places: Places,
    order: FileOrder,
    /// The instant at hand.
    now: SimTime,
    /// From BITS 2.0 on, foreground jobs run beside one background job.
    concurrent: bool,
    /// Since when there is a free turn and somebody waiting for it.
    idle: Pending,
    /// Since when a foreground job waits although it could run.
    foreground: Pending,
    /// Since when a job runs while one of a higher background level waits.
    outranked: Pending,
    /// The background job with the latest time slice and the end of the slice.
    slice: Option<(JobId, SimTime)>,
    /// The slice of the job granted last, until it transfers.
    granted: Option<(JobId, SimTime)>,
    /// A job whose slice ended while others wait, until it moves.
    must_yield: Option<JobId>,
    /// The job that went back to QUEUED last because its slice ended.
    yielded: Option<JobId>,
    /// Places to be worked out again once the view has taken in the event before.
    again: Option<Again>,
}

/// Which places are worked out again.
#[derive(Debug, Clone, Copy)]
enum Again {
    Job(JobId),
    Everyone(Why),
}

/// A state of affairs that must not last.
#[derive(Debug, Clone, Copy, Default)]
struct Pending {
    since: Option<SimTime>,
    /// It has been complained about.
    told: bool,
}

impl Pending {
    /// The state of affairs at the end of the instant `now`.
    fn is(&mut self, holds: bool, now: SimTime) {
        if !holds {
            *self = Self::default();
        } else if self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// True, once, if it has lasted for longer than `span` at `now`.
    fn too_long(&mut self, now: SimTime, span: Span) -> bool {
        let late = !self.told && self.since.is_some_and(|since| now > since + span);
        self.told |= late;
        late
    }
}

impl Sched {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            places: Places::new(setup),
            order: FileOrder::default(),
            now: SimTime::ZERO,
            concurrent: setup.target.version.at_least(2, 0),
            idle: Pending::default(),
            foreground: Pending::default(),
            outranked: Pending::default(),
            slice: None,
            granted: None,
            must_yield: None,
            yielded: None,
            again: None,
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        if self.again.is_some() { kinds::AT_ONCE } else { kinds::after(self.now) }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.place_again(view, event.seq.saturating_sub(1));
        if event.at != self.now {
            self.instant_is_over(view, event.at, event, out);
            self.now = event.at;
        }
        match &event.what {
            Happened::Created(created) => {
                let level = Level::of(Priority::Normal);
                self.places.put(created.job, Place::Resting(level), event, Why::Other);
            }
            Happened::State { job, from, to, cause } => {
                self.state(view, event, (*job, *from, *to, *cause), out);
            }
            Happened::Granted { job, slice } => {
                self.granted = slice.map(|slice| (*job, event.at + slice));
            }
            Happened::SliceEnded { job } => self.slice_ends(view, *job),
            Happened::Bytes { job, file, of: Payload::File, .. } => {
                self.order.bytes(view, event, *job, *file, out);
            }
            Happened::Called(called) if called.hr.succeeded() => self.called(view, event, called),
            Happened::Env(what) => self.env(what),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.place_again(view, last.seq);
        let now = if matches!(end, End::Settled(_)) { SimTime(u64::MAX) } else { end.at() };
        self.instant_is_over(view, now, last, out);
    }

    fn place_again(&mut self, view: &View, seq: u32) {
        match self.again.take() {
            None => {}
            Some(Again::Job(id)) => self.places.place_again(view, id, seq, Why::Other),
            Some(Again::Everyone(why)) => {
                for index in 0..view.jobs.len() {
                    let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
                    self.places.place_again(view, id, seq, why);
                }
            }
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called) {
        let Call::Job(id, call) = &called.call else { return };
        match call {
            JobCall::SetPriority(value) => {
                let Some(level) = Level::from_value(*value) else { return };
                let Some(job) = view.job(*id) else { return };
                let place = self.places.place(view, job, job.state, level);
                if self.places.moved_to(*id, place, event) {
                    self.outranked = Pending::default();
                }
                if self.slice.is_some_and(|(job, _)| job == *id) {
                    self.slice = None;
                }
            }
            JobCall::TakeOwnership => self.again = Some(Again::Job(*id)),
            _ => {}
        }
    }

    fn env(&mut self, what: &Disturbance) {
        self.again = match what {
            Disturbance::LogOn(_) => Some(Again::Everyone(Why::LogOn)),
            Disturbance::LogOff(_) => Some(Again::Everyone(Why::Other)),
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                if matches!(what, Disturbance::ComputerRestarts) {
                    self.places.nobody_is_there();
                }
                (self.slice, self.granted) = (None, None);
                (self.must_yield, self.yielded) = (None, None);
                Some(Again::Everyone(Why::Restart))
            }
            _ => None,
        };
    }

    fn state(
        &mut self,
        view: &View,
        event: &Event,
        (id, from, to, cause): (JobId, JobState, JobState, Stimulus),
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        let level = Level::of(job.priority);
        self.slice_rules(event, (id, from, to, cause), out);
        if to == JobState::Connecting && !from.is_running() {
            self.turn(view, event, id, level, out);
        }
        if from.is_running() && !to.is_running() {
            if cause == Stimulus::HigherPriorityJobBecomesRunnable {
                out.held(RuleId::BITS_SCHED_003);
            }
            self.places.turn_ends(id, ends_a_turn(cause));
            if self.slice.is_some_and(|(job, _)| job == id) {
                self.slice = None;
            }
        }
        let why = match cause {
            Stimulus::ServiceRestart | Stimulus::ComputerRestart => Why::Restart,
            _ => Why::Other,
        };
        let place = self.places.place(view, job, to, level);
        self.places.put(id, place, event, why);
        if to == JobState::Transferring
            && let Some((granted, due)) = self.granted
            && granted == id
            && level != Level::FOREGROUND
        {
            self.slice = Some((id, due.max(event.at)));
        }
    }

    /// A job gets its turn (BITS-SCHED-001 to -006, -009, -010).
    fn turn(&mut self, view: &View, event: &Event, id: JobId, level: Level, out: &mut Findings) {
        let background = self.places.background_running();
        let all = background + self.places.running(Level::FOREGROUND);
        let others_wait = self.places.anyone_waits_but(id);
        if !self.concurrent {
            self.one_at_a_time(event, level, all, others_wait, out);
        } else if level != Level::FOREGROUND {
            if background > 0 || others_wait {
                out.ensure(RuleId::BITS_SCHED_001, background == 0, event, || {
                    (
                        "the background job `{job}` got a turn beside another one".to_owned(),
                        "at most one background job in CONNECTING or TRANSFERRING".to_owned(),
                        format!("{} of them", background + 1),
                    )
                });
            }
        } else if background > 0 {
            out.held(RuleId::BITS_SCHED_001);
        }
        self.reason_is_served(view, event, id, out);
        if level != Level::FOREGROUND {
            // Whoever gets the turn, it is no longer the one after that slice.
            let yielded = self.yielded.take();
            if !blocked(view, true) {
                self.levels(event, id, level, out);
                self.round_robin(event, (id, level), yielded, out);
            }
        }
        self.places.turn_begins(id, event.seq);
    }

    /// BITS-SCHED-002: up to BITS 1.5 one job at a time, foreground first.
    fn one_at_a_time(
        &self,
        event: &Event,
        level: Level,
        running: u32,
        others_wait: bool,
        out: &mut Findings,
    ) {
        let foreground = self.places.first(Level::FOREGROUND).is_some();
        let skipped = level != Level::FOREGROUND && foreground;
        if running > 0 || others_wait {
            let ok = running == 0 && !skipped;
            out.ensure(RuleId::BITS_SCHED_002, ok, event, || {
                (
                    "`{job}` got a turn".to_owned(),
                    "one job at a time, foreground jobs before background jobs".to_owned(),
                    if skipped {
                        "a foreground job is waiting".to_owned()
                    } else {
                        format!("{} jobs are running", running + 1)
                    },
                )
            });
        }
    }

    /// BITS-USER-003, BITS-SERVICE-002, BITS-SCHED-009: what a job waited for has come.
    fn reason_is_served(&self, view: &View, event: &Event, id: JobId, out: &mut Findings) {
        match self.places.why(id) {
            Why::LogOn => out.held(RuleId::BITS_USER_003),
            Why::Restart => out.held(RuleId::BITS_SERVICE_002),
            Why::Priority | Why::Other => {}
        }
        if view.job(id).is_some_and(|job| job.since < event.at) {
            out.held(RuleId::BITS_SCHED_009);
        }
    }

    /// BITS-SCHED-003, -004, -010: higher levels first, but only those that can run.
    fn levels(&self, event: &Event, id: JobId, level: Level, out: &mut Findings) {
        if let Some((_, above)) = self.places.first_above(level) {
            let raised = self.places.why(above) == Why::Priority;
            let rule = if raised { RuleId::BITS_SCHED_010 } else { RuleId::BITS_SCHED_003 };
            out.ensure(rule, false, event, || {
                (
                    "`{job}` got a turn while a job of a higher level was waiting".to_owned(),
                    "jobs of a higher background level first".to_owned(),
                    format!("job number {} of a higher level is in QUEUED", above.0 + 1),
                )
            });
            return;
        }
        if self.places.anyone_waits_below(level) {
            out.held(RuleId::BITS_SCHED_003);
            if self.places.why(id) == Why::Priority {
                out.held(RuleId::BITS_SCHED_010);
            }
        }
        if self.places.anyone_rests_above(level) {
            out.held(RuleId::BITS_SCHED_004);
        }
    }

    /// BITS-SCHED-005 and -006: everybody of a level gets a slice in turn.
    fn round_robin(
        &self,
        event: &Event,
        (id, level): (JobId, Level),
        yielded: Option<JobId>,
        out: &mut Findings,
    ) {
        let Some((since, other)) = self.places.first_but(level, id) else { return };
        let latest = self.places.latest_turn(id);
        if latest == 0 {
            return;
        }
        let fair = since > latest;
        out.ensure(RuleId::BITS_SCHED_005, fair, event, || {
            (
                "`{job}` got a second turn before another job of its level got one".to_owned(),
                "a turn for each job of the level in turn".to_owned(),
                format!("job number {} has been in QUEUED all the while", other.0 + 1),
            )
        });
        let next = yielded != Some(id) || since > self.places.waiting_since(id);
        if fair && !next {
            out.ensure(RuleId::BITS_SCHED_006, false, event, || {
                (
                    "the time slice of `{job}` ended and it got the next one, too".to_owned(),
                    "the next job of the queue".to_owned(),
                    format!("job number {} is in QUEUED", other.0 + 1),
                )
            });
        }
    }

    fn slice_ends(&mut self, view: &View, id: JobId) {
        let Some(job) = view.job(id) else { return };
        let level = Level::of(job.priority);
        match job.state {
            JobState::Transferring if self.places.first_but(level, id).is_some() => {
                self.must_yield = Some(id);
            }
            // What becomes of the rest of the attempt is documented nowhere.
            JobState::Connecting => self.granted = None,
            _ => {}
        }
    }

    /// BITS-SCHED-006: a job whose slice ends goes back to QUEUED.
    fn slice_rules(
        &mut self,
        event: &Event,
        (id, from, to, cause): (JobId, JobState, JobState, Stimulus),
        out: &mut Findings,
    ) {
        let must = self.must_yield.take_if(|other| *other == id).is_some();
        if cause != Stimulus::TimeSliceEnds {
            return;
        }
        let ok = to == JobState::Queued;
        if must || !ok {
            out.ensure(RuleId::BITS_SCHED_006, ok, event, || {
                (
                    "the time slice of `{job}` ended".to_owned(),
                    format!("{from} -> QUEUED"),
                    format!("{from} -> {to}"),
                )
            });
        }
        self.yielded = Some(id);
    }

    fn instant_is_over(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        if let Some(id) = self.must_yield.take_if(|_| now > self.now) {
            keeps_its_slice(id, event, out);
        }
        self.overlong_slice(view, now, event, out);
        let running = self.places.background_running();
        let all = running + self.places.running(Level::FOREGROUND);

        let waits = self.places.first_in_background().is_some() && !blocked(view, true);
        let (free, waits) = if self.concurrent {
            (running == 0, waits)
        } else {
            let foreground = self.places.first(Level::FOREGROUND).is_some();
            (all == 0, waits || foreground && !blocked(view, false))
        };
        self.idle.is(free && waits, self.now);
        if self.idle.too_long(now, AT_ONCE) {
            let foreground = self.places.first(Level::FOREGROUND).filter(|_| !self.concurrent);
            if let Some((_, id)) = foreground.or(self.places.first_in_background()) {
                self.forgotten(view, id, event, out);
            }
        }

        let foreground = self.places.first(Level::FOREGROUND);
        let waits = self.concurrent && foreground.is_some() && !blocked(view, false);
        self.foreground.is(waits, self.now);
        if self.foreground.too_long(now, AT_ONCE)
            && let Some((_, id)) = foreground
        {
            self.forgotten(view, id, event, out);
        }

        self.preemption(view, now, event, out);
    }

    /// BITS-SCHED-003 and -010: a job of a higher level displaces one that runs.
    fn preemption(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        let lowest = self.places.lowest_running();
        let above = lowest.and_then(|level| self.places.first_above(level));
        self.outranked.is(above.is_some() && !blocked(view, true), self.now);
        if self.outranked.too_long(now, STEP)
            && let Some((_, id)) = above
        {
            let lowered = lowest.is_some_and(|level| self.places.was_lowered(level));
            let rule = if lowered || self.places.why(id) == Why::Priority {
                RuleId::BITS_SCHED_010
            } else {
                RuleId::BITS_SCHED_003
            };
            let why = (
                "`{job}` was left in QUEUED while a job of a lower level was running".to_owned(),
                "the job of the higher level, and the other one back to QUEUED".to_owned(),
                format!("QUEUED since {}", self.places.since(id)),
            );
            about::broken(out, rule, Some(id), event, why);
        }
    }

    /// BITS-SCHED-006: a slice comes to its end if somebody of the level waits for it.
    fn overlong_slice(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        let Some((id, due)) = self.slice else { return };
        if now <= due + STEP || now == SimTime(u64::MAX) {
            return;
        }
        let Some(job) = view.job(id) else { return };
        let waits = self.places.first_but(Level::of(job.priority), id);
        if waits.is_some_and(|(_, other)| self.places.since(other) <= due) {
            self.slice = None;
            keeps_its_slice(id, event, out);
        }
    }

    /// Somebody waits for a turn that nobody else has: the rule depends on what he waits for.
    fn forgotten(&self, view: &View, id: JobId, event: &Event, out: &mut Findings) {
        let Some(job) = view.job(id) else { return };
        let owner = view.setup.users.get(job.owner.index());
        let account = owner.is_some_and(|owner| owner.kind.is_service_account());
        let level = Level::of(job.priority);
        let (rule, after) = match self.places.why(id) {
            _ if account && self.places.missed(job.owner) => {
                (RuleId::BITS_USER_006, "although service accounts are always logged on")
            }
            Why::LogOn => (RuleId::BITS_USER_003, "after its owner had logged on"),
            Why::Restart => (RuleId::BITS_SERVICE_002, "after the restart"),
            _ if level == Level::FOREGROUND && self.concurrent => {
                (RuleId::BITS_SCHED_001, "although foreground jobs wait for nobody")
            }
            _ if self.places.anyone_rests_above(level) => {
                (RuleId::BITS_SCHED_004, "although the jobs of higher levels do not run")
            }
            Why::Priority => (RuleId::BITS_SCHED_010, "after its priority had changed"),
            Why::Other => (RuleId::BITS_SCHED_009, "although nobody else had a turn"),
        };
        let why = (
            format!("`{{job}}` never got a turn {after}"),
            "QUEUED -> CONNECTING".to_owned(),
            format!("in QUEUED since {}", self.places.since(id)),
        );
        about::broken(out, rule, Some(id), event, why);
    }
}

/// BITS-SCHED-006.
fn keeps_its_slice(id: JobId, event: &Event, out: &mut Findings) {
    let why = (
        "the time slice of `{job}` ended and it went on while others of its level wait".to_owned(),
        "TRANSFERRING -> QUEUED".to_owned(),
        "it stayed in TRANSFERRING".to_owned(),
    );
    about::broken(out, RuleId::BITS_SCHED_006, Some(id), event, why);
}

/// True if network or policies keep the jobs from running.
fn blocked(view: &View, background: bool) -> bool {
    !view.network || !view.blocks.is_empty() || background && view.bandwidth == Some(0)
}

/// True if a turn that ends this way counts as one; others may be made up for.
fn ends_a_turn(cause: Stimulus) -> bool {
    matches!(
        cause,
        Stimulus::TimeSliceEnds
            | Stimulus::ConnectFailsTransient
            | Stimulus::ConnectFailsFatal
            | Stimulus::TransferErrorTransient
            | Stimulus::TransferErrorFatal
            | Stimulus::AllFilesDone
    )
}
