//! BITS-GROUPPOLICY: what the group policies do to jobs.

mod active_time;
mod inactivity;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use active_time::ActiveTimes;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::world::{Disturbance, Policies, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, StepId, Stimulus};
use inactivity::Inactivity;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_GROUPPOLICY_001,
    RuleId::BITS_GROUPPOLICY_002,
    RuleId::BITS_GROUPPOLICY_003,
    RuleId::BITS_GROUPPOLICY_004,
    RuleId::BITS_GROUPPOLICY_005,
    RuleId::BITS_GROUPPOLICY_009,
    RuleId::BITS_GROUPPOLICY_010,
    RuleId::BITS_GROUPPOLICY_011,
    RuleId::BITS_GROUPPOLICY_012,
];

/// The code of a job that a background bandwidth limit of zero keeps from running.
const BLOCKED: Hresult = Hresult::BG_E_BLOCKED_BY_POLICY;

/// BITS-GROUPPOLICY.
#[derive(Debug, Clone)]
pub(crate) struct Grouppolicy {
    /// Jobs that the latest beginning or end of a zero limit must move, until they move.
    must_move: Vec<JobId>,
    /// When that was, until its instant is over.
    limit_changed: Option<SimTime>,
    /// Background jobs queued under a zero limit, with the time by which they must have left.
    queued: Vec<(JobId, SimTime)>,
    /// The step that lowered a counting limit, and when.
    lowered: Option<(StepId, SimTime)>,
    inactivity: Inactivity,
    active_times: ActiveTimes,
}

impl Grouppolicy {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            must_move: Vec::new(),
            limit_changed: None,
            queued: Vec::new(),
            lowered: None,
            inactivity: Inactivity::new(setup),
            active_times: ActiveTimes::new(setup),
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        if !self.queued.is_empty() {
            return kinds::AT_ONCE;
        }
        let inside = self.inactivity.wakes().min(self.active_times.wakes());
        inside.min(kinds::after_any(self.limit_changed))
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.limit_changed.is_some_and(|at| at != event.at) {
            self.instant_is_over(view, event, out);
        }
        if !self.queued.is_empty() {
            self.queued_too_long(view, event.at, event, out);
        }
        match &event.what {
            Happened::Env(what) => self.env(view, event, what, out),
            Happened::State { job, from, to, cause } => {
                if let Some(known) = view.job(*job) {
                    self.state(view, known, event, (*job, *from, *to, *cause), out);
                }
            }
            _ => {}
        }
        self.inactivity.observe(view, event, out);
        if has_newer_policies(view) {
            self.active_times.observe(view, event, out);
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        let settled = matches!(end, End::Settled(_));
        if settled || self.limit_changed.is_some_and(|at| at < end.at()) {
            self.instant_is_over(view, last, out);
        }
        let now = if settled { SimTime(u64::MAX) } else { end.at() };
        self.queued_too_long(view, now, last, out);
        self.inactivity.finish(view, end, last, out);
        if has_newer_policies(view) {
            self.active_times.finish(view, end, last, out);
        }
    }

    fn env(&mut self, view: &View, event: &Event, what: &Disturbance, out: &mut Findings) {
        match what {
            Disturbance::Bandwidth(limit) if view.setup.target.version.at_least(2, 0) => {
                match (view.bandwidth == Some(0), *limit == Some(0)) {
                    (false, true) => self.limit_begins(view, event),
                    (true, false) => self.limit_ends(view, event),
                    _ => {}
                }
            }
            Disturbance::PoliciesChange(policies) if has_newer_policies(view) => {
                self.limits_lowered(view, event, policies, out);
            }
            Disturbance::LogOff(user) => {
                self.queued.retain(|(id, _)| view.job(*id).is_some_and(|job| job.owner != *user));
            }
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                self.must_move.clear();
                self.queued.clear();
            }
            _ => {}
        }
    }

    fn limit_begins(&mut self, view: &View, event: &Event) {
        self.limit_changed = Some(event.at);
        self.must_move.clear();
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            let runs = job.state.is_running() || job.state == JobState::Queued;
            let could = job.priority.is_background() && !job.gone && view.owner_present(job);
            if runs && could && !otherwise_blocked(view) {
                self.must_move.push(id);
            }
        }
    }

    fn limit_ends(&mut self, view: &View, event: &Event) {
        self.limit_changed = Some(event.at);
        self.must_move.clear();
        self.queued.clear();
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            let blocked = job.state == JobState::TransientError && is_blocked(job) && !job.gone;
            if blocked && !otherwise_blocked(view) {
                self.must_move.push(id);
            }
        }
    }

    fn state(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        (id, from, to, cause): (JobId, JobState, JobState, Stimulus),
        out: &mut Findings,
    ) {
        if let Some(position) = self.must_move.iter().position(|other| *other == id) {
            self.must_move.swap_remove(position);
            match cause {
                Stimulus::BandwidthLimitZeroBegins => goes_to_wait(job, event, to, out),
                Stimulus::BandwidthLimitZeroEnds => goes_back(event, to, out),
                _ => {}
            }
        } else if cause == Stimulus::BandwidthLimitZeroBegins {
            let concerned = from.is_running() || from == JobState::Queued;
            if !concerned || !job.priority.is_background() {
                not_concerned(job, event, from, to, out);
            }
        }
        self.under_a_zero_limit(view, job, event, (id, to), out);
        self.count_policies_spare(event, to, cause, out);
    }

    /// BITS-GROUPPOLICY-004: while the limit is zero no background job runs or waits to run.
    fn under_a_zero_limit(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        (id, to): (JobId, JobState),
        out: &mut Findings,
    ) {
        if let Some(position) = self.queued.iter().position(|(other, _)| *other == id) {
            self.queued.swap_remove(position);
        }
        if view.bandwidth != Some(0) || !view.setup.target.version.at_least(2, 0) {
            return;
        }
        let background = job.priority.is_background();
        if to == JobState::Queued && background && view.owner_present(job) {
            self.queued.push((id, event.at + AT_ONCE));
        } else if to == JobState::Connecting {
            out.ensure(RuleId::BITS_GROUPPOLICY_004, !background, event, || {
                (
                    "the background job `{job}` got a turn under a bandwidth limit of zero"
                        .to_owned(),
                    "TRANSIENT_ERROR with BG_E_BLOCKED_BY_POLICY (0x8020003E)".to_owned(),
                    format!("CONNECTING at priority {}", job.priority),
                )
            });
        }
    }

    fn queued_too_long(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        self.queued.retain(|(id, due)| {
            if *due >= now {
                return true;
            }
            // Whoever took the job over at the same instant may be absent.
            let waits = view.job(*id).is_some_and(|job| {
                let queued = job.state == JobState::Queued && job.priority.is_background();
                queued && view.owner_present(job)
            });
            if waits && view.bandwidth == Some(0) && !otherwise_blocked(view) {
                let why = (
                    "the background job `{job}` stayed in QUEUED under a bandwidth limit of zero"
                        .to_owned(),
                    "TRANSIENT_ERROR with BG_E_BLOCKED_BY_POLICY (0x8020003E)".to_owned(),
                    "still QUEUED".to_owned(),
                );
                about::broken(out, RuleId::BITS_GROUPPOLICY_004, Some(*id), event, why);
            }
            false
        });
    }

    /// BITS-GROUPPOLICY-004 and -005, once the instant in which the limit changed is over.
    fn instant_is_over(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.limit_changed = None;
        while let Some(id) = self.must_move.pop() {
            let Some(job) = view.job(id) else { continue };
            let (rule, what, expected) = if view.bandwidth == Some(0) {
                if !job.priority.is_background() || !view.owner_present(job) {
                    continue;
                }
                (
                    RuleId::BITS_GROUPPOLICY_004,
                    "a bandwidth limit of zero began and the background job `{job}` was left alone",
                    "TRANSIENT_ERROR with BG_E_BLOCKED_BY_POLICY (0x8020003E)",
                )
            } else {
                (
                    RuleId::BITS_GROUPPOLICY_005,
                    "the bandwidth limit of zero ended and `{job}` was left waiting",
                    "TRANSIENT_ERROR -> QUEUED",
                )
            };
            let actual = format!("it stayed in {}", job.state);
            let why = (what.to_owned(), expected.to_owned(), actual);
            about::broken(out, rule, Some(id), event, why);
        }
    }

    fn limits_lowered(
        &mut self,
        view: &View,
        event: &Event,
        policies: &Policies,
        out: &mut Findings,
    ) {
        let now = &view.setup.policies;
        let same_times = policies.job_inactivity_timeout == now.job_inactivity_timeout
            && policies.max_download_time == now.max_download_time;
        let living = view.jobs.iter().filter(|job| !job.state.is_final() && !job.gone);
        let (mut jobs, mut most_files) = (0_usize, 0);
        for job in living {
            jobs += 1;
            most_files = most_files.max(job.files.len());
        }
        let exceeds = |limit: u32, n: usize| u32::try_from(n).is_ok_and(|n| n > limit);
        let over = exceeds(policies.max_jobs_per_machine, jobs)
            || exceeds(policies.max_jobs_per_user, jobs)
            || exceeds(policies.max_files_per_job, most_files);
        if over && same_times {
            out.held(RuleId::BITS_GROUPPOLICY_012);
            self.lowered = event.source.map(|step| (step, event.at));
        }
    }

    /// BITS-GROUPPOLICY-012: a lowered counting limit leaves the jobs there are alone.
    fn count_policies_spare(
        &mut self,
        event: &Event,
        to: JobState,
        cause: Stimulus,
        out: &mut Findings,
    ) {
        let Some((step, at)) = self.lowered else { return };
        let caused = event.source == Some(step) && event.at == at && !cause.is_call();
        if caused && matches!(to, JobState::Cancelled | JobState::Error) {
            out.ensure(RuleId::BITS_GROUPPOLICY_012, false, event, || {
                (
                    "a lowered limit on jobs or files hit `{job}`, which existed".to_owned(),
                    "limits are checked only when something is added".to_owned(),
                    format!("-> {to} ({cause})"),
                )
            });
        }
    }
}

/// The policies on jobs, files and times exist from BITS 3.0 on.
fn has_newer_policies(view: &View) -> bool {
    view.setup.target.version.at_least(3, 0)
}

fn is_blocked(job: &JobView) -> bool {
    job.error.is_some_and(|info| info.code == BLOCKED)
}

/// True if network or another policy keeps every job from running as well.
fn otherwise_blocked(view: &View) -> bool {
    !view.network || !view.blocks.is_empty()
}

/// BITS-GROUPPOLICY-004: where the beginning of a zero limit puts a background job.
fn goes_to_wait(job: &JobView, event: &Event, to: JobState, out: &mut Findings) {
    let ok = to == JobState::TransientError && is_blocked(job);
    out.ensure(RuleId::BITS_GROUPPOLICY_004, ok, event, || {
        let code = job
            .error
            .map_or("no error information".to_owned(), |info| WithNumber(info.code).to_string());
        (
            "a bandwidth limit of zero began while the background job `{job}` could run".to_owned(),
            "TRANSIENT_ERROR with BG_E_BLOCKED_BY_POLICY (0x8020003E)".to_owned(),
            format!("{to} with {code}"),
        )
    });
}

/// BITS-GROUPPOLICY-005: where its end puts a job that it blocked.
fn goes_back(event: &Event, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::BITS_GROUPPOLICY_005, to == JobState::Queued, event, || {
        (
            "the bandwidth limit of zero ended while `{job}` waited for it".to_owned(),
            "TRANSIENT_ERROR -> QUEUED".to_owned(),
            format!("TRANSIENT_ERROR -> {to}"),
        )
    });
}

/// BITS-GROUPPOLICY-004: foreground jobs and jobs that cannot run are not concerned.
fn not_concerned(job: &JobView, event: &Event, from: JobState, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::BITS_GROUPPOLICY_004, false, event, || {
        (
            "a bandwidth limit of zero moved `{job}`, which it does not concern".to_owned(),
            format!("{from} stays at priority {}", job.priority),
            format!("{from} -> {to}"),
        )
    });
}
