//! BITS-GROUPPOLICY-009 to -011: the maximum download time.

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, Hresult, JobId, JobState, RuleId, SimTime, Span, Stimulus};

/// The error of a job that was active for too long.
const TIMEOUT: Hresult = Hresult::BG_E_MAXDOWNLOAD_TIMEOUT;

/// The time each job has been in CONNECTING and TRANSFERRING.
#[derive(Debug, Clone)]
pub(super) struct ActiveTimes {
    jobs: Vec<Active>,
    /// The shortest and the longest limit by policy that has been in force.
    policy: (Span, Span),
    /// When to look for running jobs that are over their limit.
    next: Option<SimTime>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Active {
    /// Since when it has been active without a break.
    entered: Option<SimTime>,
    /// Active time before that, since the latest Resume.
    before: Span,
    /// The same since the service started, if that was later: whether the measure outlives the
    /// service is documented nowhere.
    before_here: Span,
    /// When the measurement began.
    since: SimTime,
    /// The shortest and the longest limit set for the job that may apply.
    own: Option<(Span, Span)>,
}

impl ActiveTimes {
    pub(super) fn new(setup: &Setup) -> Self {
        let limit = setup.policies.max_download_time;
        Self { jobs: Vec::new(), policy: (limit, limit), next: None }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        kinds::after_any(self.next)
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.next.is_some_and(|next| event.at > next) {
            self.overdue(view, event.at, event, out);
        }
        match &event.what {
            Happened::Created(created) => {
                self.jobs.resize_with(created.job.index() + 1, Active::default);
            }
            Happened::State { job, to, cause, .. } => {
                self.state(view, event, *job, *to, *cause, out);
            }
            Happened::Called(called) if called.hr.succeeded() => {
                let Call::Job(job, call) = &called.call else { return };
                self.called(event.at, *job, call);
            }
            Happened::Env(what) => match &**what {
                Disturbance::PoliciesChange(policies) => {
                    let limit = policies.max_download_time;
                    self.policy = (self.policy.0.min(limit), self.policy.1.max(limit));
                }
                Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                    for active in &mut self.jobs {
                        active.leave(event.at);
                        active.before_here = Span::ZERO;
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.overdue(view, end.at(), last, out);
    }

    fn called(&mut self, at: SimTime, id: JobId, call: &JobCall) {
        let Some(active) = self.jobs.get_mut(id.index()) else { return };
        match call {
            JobCall::Resume => {
                let own = active.own;
                let entered = active.entered.map(|_| at);
                *active = Active { entered, own, since: at, ..Active::default() };
            }
            JobCall::SetMaximumDownloadTime(secs) => {
                let limit = Span::secs(u64::from(*secs));
                // Whether a running job feels it at once is documented nowhere.
                let old = active.own.unwrap_or(self.policy);
                active.own = Some(match active.entered {
                    Some(_) => (old.0.min(limit), old.1.max(limit)),
                    None => (limit, limit),
                });
            }
            _ => return,
        }
        self.look_at(id);
    }

    fn state(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        to: JobState,
        cause: Stimulus,
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        if cause == Stimulus::MaximumDownloadTimeExceeded {
            is_an_error(job, event, to, out);
            self.not_early(job, event, id, out);
        }
        let Some(active) = self.jobs.get_mut(id.index()) else { return };
        if to.is_running() {
            active.entered = active.entered.or(Some(event.at));
        } else {
            active.leave(event.at);
        }
        self.look_at(id);
    }

    /// Plans when to look whether a running job is over its limit.
    fn look_at(&mut self, id: JobId) {
        if let Some(due) = self.due(id) {
            self.next = Some(self.next.map_or(due, |next| next.min(due)));
        }
    }

    fn due(&self, id: JobId) -> Option<SimTime> {
        let active = self.jobs.get(id.index())?;
        let (_, longest) = active.own.unwrap_or(self.policy);
        let left = Span(longest.0.saturating_sub(active.before_here.0));
        // A limit of zero is documented nowhere.
        (longest > Span::ZERO).then_some(active.entered? + left + AT_ONCE)
    }

    /// BITS-GROUPPOLICY-011: the limit is enforced.
    fn overdue(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        let mut next = None;
        for index in 0..self.jobs.len() {
            let id = JobId(u32::try_from(index).unwrap_or(u32::MAX));
            let Some(due) = self.due(id) else { continue };
            if due >= now {
                next = Some(next.map_or(due, |next: SimTime| next.min(due)));
                continue;
            }
            let state = view.job(id).map_or(JobState::Queued, |job| job.state);
            let active = &mut self.jobs[index];
            let entered = active.entered.take();
            let why = (
                "`{job}` was not stopped by the maximum download time".to_owned(),
                "ERROR with BG_E_MAXDOWNLOAD_TIMEOUT (0x80200054)".to_owned(),
                format!(
                    "{state} at {now}, active since {} and {} before",
                    entered.unwrap_or(now),
                    active.before_here
                ),
            );
            about::broken(out, RuleId::BITS_GROUPPOLICY_011, Some(id), event, why);
        }
        self.next = next;
    }

    /// BITS-GROUPPOLICY-009 and -010: the limit that counts, and the time that counts.
    fn not_early(&self, job: &JobView, event: &Event, id: JobId, out: &mut Findings) {
        let Some(active) = self.jobs.get(id.index()) else { return };
        let (shortest, _) = active.own.unwrap_or(self.policy);
        let spent = active.spent(event.at);
        if spent >= shortest {
            out.held(RuleId::BITS_GROUPPOLICY_009);
            if event.at.since(active.since) > spent {
                out.held(RuleId::BITS_GROUPPOLICY_010);
            }
            return;
        }
        // Long enough if every state counted, or if Resume did not: then that is the mistake.
        let all = event.at.since(job.created);
        let rule = if all >= shortest {
            RuleId::BITS_GROUPPOLICY_010
        } else {
            RuleId::BITS_GROUPPOLICY_009
        };
        out.ensure(rule, false, event, || {
            (
                "`{job}` failed for its maximum download time too early".to_owned(),
                format!("{shortest} in CONNECTING and TRANSFERRING since the latest Resume"),
                format!("{spent}"),
            )
        });
    }
}

impl Active {
    fn spent(&self, now: SimTime) -> Span {
        self.before + self.entered.map_or(Span::ZERO, |entered| now.since(entered))
    }

    fn leave(&mut self, now: SimTime) {
        if let Some(entered) = self.entered.take() {
            self.before = self.before + now.since(entered);
            self.before_here = self.before_here + now.since(entered);
        }
    }
}

/// BITS-GROUPPOLICY-011: the state and the code that exceeding the limit leads to.
fn is_an_error(job: &JobView, event: &Event, to: JobState, out: &mut Findings) {
    let code = job.error.map(|info| info.code);
    let ok = to == JobState::Error && code == Some(TIMEOUT);
    out.ensure(RuleId::BITS_GROUPPOLICY_011, ok, event, || {
        (
            "`{job}` exceeded its maximum download time".to_owned(),
            "ERROR with BG_E_MAXDOWNLOAD_TIMEOUT (0x80200054)".to_owned(),
            format!(
                "{to} with {}",
                code.map_or("no error information".to_owned(), |code| {
                    WithNumber(code).to_string()
                })
            ),
        )
    });
}
