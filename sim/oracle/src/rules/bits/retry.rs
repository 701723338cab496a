//! BITS-RETRY: when a job in TRANSIENT_ERROR is tried again, and when it is given up.
//!
//! The times are worked out from the errors, calls and events of the trace; the timers that the
//! service reports are not believed. A [`wait::Wait`] is one stay in TRANSIENT_ERROR, a
//! [`period::Period`] the time without progress that the no-progress timeout limits.

mod given_up;
mod leaving;
mod period;
#[cfg(test)]
mod tests;
mod wait;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::bits::error::is_refusal;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, Reply, RuleId, SimTime, Span, Stimulus};
use period::Period;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use wait::{Look, Wait};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_RETRY_001,
    RuleId::BITS_RETRY_002,
    RuleId::BITS_RETRY_003,
    RuleId::BITS_RETRY_004,
    RuleId::BITS_RETRY_005,
    RuleId::BITS_RETRY_006,
    RuleId::BITS_RETRY_007,
    RuleId::BITS_RETRY_008,
    RuleId::BITS_RETRY_009,
    RuleId::BITS_RETRY_010,
    RuleId::BITS_RETRY_011,
    RuleId::BITS_RETRY_012,
    RuleId::BITS_RETRY_013,
    RuleId::BITS_RETRY_014,
    RuleId::BITS_RETRY_015,
    RuleId::BITS_RETRY_016,
];

/// How much later than due something may happen: real machines were seen to be up to this late.
const LATENESS: Span = Span::secs(5);

/// BITS-RETRY.
#[derive(Debug, Clone)]
pub(crate) struct Retry {
    jobs: Vec<Track>,
    world: World,
    /// When jobs may miss something, the first one on top. Only those count that their job still
    /// has for its [`Track::next`].
    alarms: BinaryHeap<Reverse<(SimTime, JobId)>>,
    /// From then on all jobs have to be looked at: what kept them from running may be gone.
    all_after: SimTime,
    /// Jobs whose `next` has to be worked out again.
    dirty: Vec<JobId>,
    /// From when on everything has to be seen because of these.
    dirty_until: SimTime,
}

/// What the rules need of the world besides the view.
#[derive(Debug, Clone, Copy, Default)]
struct World {
    /// Ticks that the wall clock is ahead of the monotonic one.
    shift: i128,
    /// `shift` when the service started last.
    restart_shift: i128,
    /// How often it has started again.
    restarts: u32,
    /// The wall clock was set at least once.
    clock_set: bool,
    /// The latest event that allows waiting jobs to run early: position and time.
    freed: (u32, SimTime),
    /// The latest event that removes what may have kept jobs from running.
    opened: SimTime,
    /// Time during which network, policy or the like forbade transfers, up to `forbidden_since`.
    forbidden: Span,
    forbidden_since: Option<SimTime>,
    /// When group policies changed last.
    policies_at: SimTime,
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    wait: Option<Wait>,
    period: Period,
    /// The argument of the latest SetMinimumRetryDelay that succeeded.
    delay_set: Option<u32>,
    timeout_set: bool,
    /// When it may miss something, if it waits.
    next: Option<SimTime>,
    /// How the attempt ended whose state change has not come yet.
    ended: Option<AttemptOutcome>,
}

impl Retry {
    pub(crate) fn new(setup: &Setup) -> Self {
        let world = World {
            forbidden_since: (!setup.network || setup.policies.bandwidth == Some(0))
                .then_some(SimTime::ZERO),
            ..World::default()
        };
        Self {
            jobs: Vec::new(),
            world,
            alarms: BinaryHeap::new(),
            all_after: kinds::NEVER,
            dirty: Vec::new(),
            dirty_until: kinds::NEVER,
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        kinds::after(self.next()).min(self.dirty_until)
    }

    /// No job misses anything before this time, those that are dirty aside.
    fn next(&self) -> SimTime {
        let alarm = self.alarms.peek().map_or(kinds::NEVER, |Reverse((at, _))| *at);
        alarm.min(self.all_after)
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        // As the clocks were at the event before, whether this family was shown it or not.
        self.world.shift = i128::from(view.wall.0) - i128::from(view.now.0);
        self.work_out_next(view, event, out);
        if event.at > self.all_after {
            self.look_for_missing(view, event, event.at, out);
        } else if event.at > self.next() {
            self.look_at_alarms(view, event, out);
        }
        self.world.shift = i128::from(event.wall.0) - i128::from(event.at.0);
        match &event.what {
            Happened::Created(_) => self.jobs.push(Track::default()),
            Happened::Env(what) => self.disturbed(view, event, what),
            _ => {}
        }
        let Some(id) = event.what.job() else { return };
        let (Some(job), Some(track)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        match &event.what {
            Happened::Called(called) => {
                track.called(view, job, event, called, out);
                if track.wait.is_some() {
                    self.look_again(id, kinds::AT_ONCE);
                }
            }
            Happened::AttemptBegan { .. } => track.tried(event, &self.world, out),
            Happened::AttemptEnded { outcome, .. } => track.ended = Some(*outcome),
            Happened::Bytes { file, of, done, .. } => {
                let before = match of {
                    Payload::Reply => job.reply.0,
                    Payload::File => job.file(*file).map_or(0, |file| file.highest),
                };
                if *done > before {
                    track.period.progress();
                }
            }
            Happened::State { from, to, cause, .. } => {
                let step = Step { view, job, event, from: *from, to: *to, cause: *cause };
                track.moved(&step, &self.world, out);
                if *to == JobState::TransientError {
                    // Whatever a job has to do, it may be late, unless it is too late already.
                    let inactive = job.active_at + view.setup.policies.job_inactivity_timeout;
                    let late = kinds::after(event.at + LATENESS);
                    self.look_again(id, if inactive > event.at { late } else { kinds::AT_ONCE });
                }
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        let at = match end {
            // Nothing more will happen, however long one waits.
            End::Settled(_) => SimTime(u64::MAX),
            End::Stopped(at) | End::DidNotSettle(at) => at,
        };
        self.world.shift = i128::from(view.wall.0) - i128::from(view.now.0);
        self.look_for_missing(view, last, at, out);
    }

    /// Something befalls the world.
    fn disturbed(&mut self, view: &View, event: &Event, what: &Disturbance) {
        let (mut network, mut blocks, mut bandwidth) =
            (view.network, view.blocks.len(), view.bandwidth);
        let frees = match what {
            Disturbance::NetworkLost => {
                network = false;
                false
            }
            Disturbance::NetworkRegained => {
                network = true;
                true
            }
            Disturbance::BlockBegins(_) => {
                blocks += 1;
                false
            }
            Disturbance::BlockEnds(block) => {
                blocks = view.blocks.iter().filter(|other| *other != block).count();
                true
            }
            Disturbance::Bandwidth(limit) => {
                bandwidth = *limit;
                *limit != Some(0)
            }
            Disturbance::ComputerRestarts => {
                network = false;
                self.world.restarted();
                true
            }
            Disturbance::ServiceRestarts { .. } => {
                self.world.restarted();
                true
            }
            Disturbance::LogOn(_) => {
                self.opened(event);
                false
            }
            Disturbance::WallClockMoves(_) => {
                self.world.clock_set = true;
                false
            }
            Disturbance::VolumeUnlocked(root) => {
                for (track, job) in self.jobs.iter_mut().zip(&view.jobs) {
                    track.unlocked(view, job, event, root);
                }
                true
            }
            Disturbance::PoliciesChange(_) => {
                self.world.policies_at = event.at;
                false
            }
            _ => false,
        };
        if frees {
            self.world.freed = (event.seq, event.at);
            self.opened(event);
        }
        let forbidden = !network || blocks > 0 || bandwidth == Some(0);
        match (forbidden, self.world.forbidden_since) {
            (true, None) => self.world.forbidden_since = Some(event.at),
            (false, Some(since)) => {
                self.world.forbidden = self.world.forbidden + event.at.since(since);
                self.world.forbidden_since = None;
            }
            _ => {}
        }
    }

    /// What kept jobs from running may be gone: all have to be looked at.
    fn opened(&mut self, event: &Event) {
        self.world.opened = event.at;
        self.all_after = self.all_after.min(event.at);
    }

    /// When the job may miss something has to be worked out again, from `until` on at once.
    fn look_again(&mut self, id: JobId, until: SimTime) {
        if !self.dirty.contains(&id) {
            self.dirty.push(id);
        }
        self.dirty_until = self.dirty_until.min(until);
    }

    /// Works out again when the jobs that have changed may miss something.
    fn work_out_next(&mut self, view: &View, event: &Event, out: &mut Findings) {
        while let Some(id) = self.dirty.pop() {
            self.look_at_job(view, event, (id, view.now), out);
        }
        self.dirty_until = kinds::NEVER;
    }

    /// Looks at the jobs that may have missed something before this event.
    fn look_at_alarms(&mut self, view: &View, event: &Event, out: &mut Findings) {
        while let Some(Reverse((at, id))) = self.alarms.peek().copied()
            && event.at > at
        {
            self.alarms.pop();
            if let Some(track) = self.jobs.get_mut(id.index())
                && track.next == Some(at)
            {
                track.next = None;
                self.look_at_job(view, event, (id, event.at), out);
            }
        }
    }

    /// Looks for what any job should have done before `at` and did not.
    fn look_for_missing(&mut self, view: &View, event: &Event, at: SimTime, out: &mut Findings) {
        self.all_after = kinds::NEVER;
        self.alarms.clear();
        for id in (0..self.jobs.len() as u32).map(JobId) {
            self.jobs[id.index()].next = None;
            self.look_at_job(view, event, (id, at), out);
        }
    }

    /// Looks for what a job should have done before `at` and did not, and sets its alarm for the
    /// time at which it may miss something next.
    fn look_at_job(
        &mut self,
        view: &View,
        event: &Event,
        (id, at): (JobId, SimTime),
        out: &mut Findings,
    ) {
        let (Some(job), Some(track)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        if job.state != JobState::TransientError || job.gone {
            return;
        }
        let look = Look { view, job, id, event, at, world: &self.world, next: kinds::NEVER };
        let next = Some(track.missing(look, out)).filter(|next| *next != kinds::NEVER);
        if next != track.next {
            track.next = next;
            self.alarms.extend(next.map(|next| Reverse((next, id))));
        }
    }
}

impl World {
    /// The service started again, at the wall clock as it is.
    fn restarted(&mut self) {
        self.restarts += 1;
        self.restart_shift = self.shift;
    }

    /// Time during which transfers were forbidden, up to `at`.
    fn forbidden_until(&self, at: SimTime) -> Span {
        match self.forbidden_since {
            Some(since) => self.forbidden + at.since(since),
            None => self.forbidden,
        }
    }
}

/// A state change and what surrounds it.
#[derive(Clone, Copy)]
struct Step<'a> {
    view: &'a View,
    job: &'a JobView,
    event: &'a Event,
    from: JobState,
    to: JobState,
    cause: Stimulus,
}

impl Track {
    fn called(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        called: &Called,
        out: &mut Findings,
    ) {
        let Call::Job(_, call) = &called.call else { return };
        let ok = called.hr.succeeded();
        match call {
            JobCall::Resume if ok => {
                self.period.resumed(job.state, &view.setup.stands);
                self.free(event);
            }
            JobCall::SetPriority(_) if ok => self.free(event),
            JobCall::SetMinimumRetryDelay(secs) => {
                clamped_call(view, job, event, called, *secs, out);
                if ok {
                    self.delay_set = Some(*secs);
                    if let Some(wait) = &mut self.wait {
                        wait.set_delay(u64::from(*secs).max(5), event.at);
                    }
                }
            }
            JobCall::SetNoProgressTimeout(secs) if ok => {
                self.timeout_set = true;
                if let Some(wait) = &mut self.wait {
                    wait.set_timeout(u64::from(*secs), event.at);
                }
            }
            JobCall::GetMinimumRetryDelay => self.read_delay(event, called, out),
            JobCall::GetNoProgressTimeout if !self.timeout_set => {
                if let (Reply::Number(secs), true) = (&called.reply, ok) {
                    out.ensure(RuleId::BITS_RETRY_009, *secs == 1_209_600, event, || {
                        (
                            "the no-progress timeout of `{job}` was never set".to_owned(),
                            "1209600".to_owned(),
                            secs.to_string(),
                        )
                    });
                }
            }
            _ => {}
        }
    }

    /// BITS-RETRY-001 and -002: the delay is 600 until it is set, and 5 at least.
    fn read_delay(&self, event: &Event, called: &Called, out: &mut Findings) {
        let (Reply::Number(secs), true) = (&called.reply, called.hr.succeeded()) else { return };
        match self.delay_set {
            None => out.ensure(RuleId::BITS_RETRY_001, *secs == 600, event, || {
                (
                    "the minimum retry delay of `{job}` was never set".to_owned(),
                    "600".to_owned(),
                    secs.to_string(),
                )
            }),
            Some(set) if set < 5 => out.ensure(RuleId::BITS_RETRY_002, *secs == 5, event, || {
                (
                    format!("the minimum retry delay of `{{job}}` was set to {set}"),
                    "5".to_owned(),
                    secs.to_string(),
                )
            }),
            Some(_) => {}
        }
    }

    /// A call allows the job to run before its delay is over.
    fn free(&mut self, event: &Event) {
        if let Some(wait) = &mut self.wait {
            wait.freed = (event.seq, event.at);
        }
    }

    /// BITS-RETRY-003: an attempt began.
    fn tried(&mut self, event: &Event, world: &World, out: &mut Findings) {
        let Some(wait) = self.wait.take() else { return };
        if wait.is_block() || wait.is_freed(world) {
            return;
        }
        let due = wait.earliest();
        out.ensure(RuleId::BITS_RETRY_003, event.at >= due, event, || {
            (
                "`{job}` was tried again before its minimum retry delay was over".to_owned(),
                format!(
                    "no attempt before {due} (error at {}, delay {})",
                    wait.since,
                    wait.delay()
                ),
                format!("an attempt at {}", event.at),
            )
        });
    }

    fn moved(&mut self, step: &Step<'_>, world: &World, out: &mut Findings) {
        let ended = self.ended.take();
        if step.from == JobState::TransientError {
            self.leave(step, world, out);
        }
        match step.to {
            JobState::TransientError => self.enter(step, ended, world, out),
            JobState::Error => {
                if let Some(AttemptOutcome::Failed { code, class }) = ended
                    && class != Class::Fatal
                    && !code.is_block()
                {
                    self.failed_for_good(step, world, out);
                }
                self.wait = None;
            }
            JobState::Cancelled => self.inactive(step, out),
            _ => {}
        }
    }

    /// The job enters TRANSIENT_ERROR.
    fn enter(
        &mut self,
        step: &Step<'_>,
        ended: Option<AttemptOutcome>,
        world: &World,
        out: &mut Findings,
    ) {
        let (job, event) = (step.job, step.event);
        let code = match (ended, job.error) {
            (Some(AttemptOutcome::Failed { code, .. } | AttemptOutcome::Blocked { code }), _) => {
                code
            }
            (_, Some(info)) => info.code,
            _ => return,
        };
        let failed = matches!(ended, Some(AttemptOutcome::Failed { .. })) && !code.is_block();
        if failed && job.no_progress_timeout == 0 {
            out.ensure(RuleId::BITS_RETRY_010, false, event, || {
                (
                    "an attempt of `{job}`, whose no-progress timeout is 0, failed".to_owned(),
                    "ERROR".to_owned(),
                    format!("TRANSIENT_ERROR with {}", WithNumber(code)),
                )
            });
        } else if failed {
            self.failed_for_now(step, world, out);
        }
        self.period.begins(event.at, code.is_block(), world);
        self.wait = Some(Wait::new(step, code, world));
    }

    /// BITS-RETRY-013: the inactivity policy comes before a no-progress timeout that exceeds it.
    fn inactive(&mut self, step: &Step<'_>, out: &mut Findings) {
        let policy = step.view.setup.policies.job_inactivity_timeout;
        if step.cause == Stimulus::InactivityTimeoutExpires
            && self.period.first().is_some()
            && Span::secs(step.job.no_progress_timeout) > policy
        {
            out.held(RuleId::BITS_RETRY_013);
        }
    }
}

/// BITS-RETRY-002: a value below 5 is no error.
fn clamped_call(
    view: &View,
    job: &JobView,
    event: &Event,
    called: &Called,
    secs: u32,
    out: &mut Findings,
) {
    let judged =
        secs < 5 && !job.state.is_final() && !is_refusal(called.hr) && view.admits(called.by, job);
    if judged {
        out.ensure(RuleId::BITS_RETRY_002, called.hr == Hresult::S_OK, event, || {
            (
                format!("SetMinimumRetryDelay({secs}) on `{{job}}`"),
                format!("{}, and 5 to be stored", WithNumber(Hresult::S_OK)),
                WithNumber(called.hr).to_string(),
            )
        });
    }
}
