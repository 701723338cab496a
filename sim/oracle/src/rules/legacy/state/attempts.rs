//! Where an attempt that fails leads (DO-STATE-010 and -011).

use crate::findings::{Findings, Violation};
use crate::rules::about::{self, AT_ONCE};
use crate::rules::kinds;
use crate::view::{JobView, View};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::trace::{AttemptOutcome, End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, Event, Hresult, JobId, JobState, RuleId, SimTime, Span, Stimulus};

/// What may carry a job into ERROR. A setter may make the no-progress timeout run out.
const INTO_ERROR: &[Stimulus] = &[
    Stimulus::TransferErrorFatal,
    Stimulus::TransferErrorTransient,
    Stimulus::NoProgressTimeoutExpires,
    Stimulus::SetNoProgressTimeout,
    Stimulus::SetPriority,
];

/// What must be remembered about attempts.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    /// For each job: when Resume last made it active, which begins a no-progress window.
    resumed: Vec<SimTime>,
    /// True once a fault came that classes its error itself, so that the table says nothing.
    overridden: bool,
    /// The failure that has not led to a state yet.
    failed: Option<Failed>,
    /// When the world last changed in a way that may free or stop a job.
    eased: SimTime,
    /// The longest wait before a retry, if there is one.
    longest: Option<Span>,
}

/// An attempt that failed.
#[derive(Debug, Clone, Copy)]
struct Failed {
    job: JobId,
    event: u32,
    at: SimTime,
    code: Hresult,
    class: Class,
}

impl Attempts {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            resumed: Vec::new(),
            overridden: false,
            failed: None,
            eased: SimTime::ZERO,
            longest: setup.delivery.retry_delays.iter().max().copied(),
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        kinds::after_any(self.failed.as_ref().map(|failed| failed.at))
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        let over = |failed: &Failed| {
            event.at > failed.at || matches!(event.what, Happened::Called(_) | Happened::Env(_))
        };
        if self.failed.as_ref().is_some_and(over) {
            self.led_nowhere(view, out);
        }
        match &event.what {
            Happened::Created(_) => self.resumed.push(event.at),
            Happened::Env(what) => self.env(event, what),
            Happened::Called(called) => {
                if let Call::Job(_, JobCall::SetProperty { .. } | JobCall::SetPriority(_)) =
                    called.call
                {
                    self.eased = event.at;
                }
            }
            Happened::AttemptEnded { job, outcome: AttemptOutcome::Failed { code, class } } => {
                let table = code.delivery_class();
                // The no-progress code ends the wait for a retry, so it does not class an attempt.
                let known = matches!(table, Class::Transient | Class::Fatal)
                    && *code != Hresult::DO_E_DOWNLOAD_NO_PROGRESS;
                let class = if known && !self.overridden { table } else { *class };
                let (job, code) = (*job, *code);
                self.failed = Some(Failed { job, event: event.seq, at: event.at, code, class });
            }
            Happened::State { job, from, to, cause } => {
                self.moved(view, event, *job, (*from, *to), *cause, out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        if matches!(end, End::Settled(_)) || self.failed.is_some_and(|failed| end.at() > failed.at)
        {
            self.led_nowhere(view, out);
        }
        for (id, job) in (0..).map(JobId).zip(&view.jobs) {
            if job.state == JobState::TransientError && !job.gone {
                let settled = matches!(end, End::Settled(_));
                self.waited(view, (id, job), end.at(), settled, last, out);
            }
        }
    }

    fn env(&mut self, event: &Event, what: &Disturbance) {
        match what {
            Disturbance::FaultBegins(fault) => self.overridden |= fault.class.is_some(),
            Disturbance::NetworkLost
            | Disturbance::NetworkRegained
            | Disturbance::BlockBegins(_)
            | Disturbance::BlockEnds(_)
            | Disturbance::NetworkConditions(_)
            | Disturbance::LogOn(_)
            | Disturbance::LogOff(_)
            | Disturbance::ServiceRestarts { .. }
            | Disturbance::ComputerRestarts => self.eased = event.at,
            _ => {}
        }
    }

    fn moved(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        (from, to): (JobState, JobState),
        cause: Stimulus,
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        if from == JobState::TransientError {
            self.waited(view, (id, job), event.at, false, event, out);
        }
        let failed = self.failed.take_if(|failed| failed.job == id);
        let expired = self.window_is_over(id, job, event.at);
        if to == JobState::Error {
            let fatal = failed.is_some_and(|failed| failed.class == Class::Fatal);
            let ok = INTO_ERROR.contains(&cause) && (fatal || expired);
            out.ensure(RuleId::DO_STATE_010, ok, event, || {
                let timeout = job.no_progress_timeout;
                (
                    "`{job}` went to ERROR although nothing fatal had happened to it".to_owned(),
                    format!("a fatal error, or {timeout} s without a new byte"),
                    format!("{from} -> ERROR, caused by {cause}"),
                )
            });
        }
        let Some(failed) = failed else {
            if cause == Stimulus::Resume
                && let Some(resumed) = self.resumed.get_mut(id.index())
            {
                *resumed = event.at;
            }
            return;
        };
        let (rule, ok, demand) = match failed.class {
            Class::Fatal => (RuleId::DO_STATE_010, to == JobState::Error, "ERROR"),
            _ => {
                let ok = to == JobState::TransientError || to == JobState::Error && expired;
                (RuleId::DO_STATE_011, ok, "TRANSIENT_ERROR")
            }
        };
        if !(ok && rule == RuleId::DO_STATE_010) {
            out.ensure(rule, ok, event, || failed.why(demand, &format!("{from} -> {to}")));
        }
    }

    /// The failure is past and the job has not moved.
    fn led_nowhere(&mut self, view: &View, out: &mut Findings) {
        let Some(failed) = self.failed.take() else { return };
        let Some(job) = view.job(failed.job) else { return };
        let (rule, demand) = match failed.class {
            Class::Fatal => (RuleId::DO_STATE_010, "ERROR"),
            _ => (RuleId::DO_STATE_011, "TRANSIENT_ERROR"),
        };
        let (what, expected, actual) = failed.why(demand, &format!("it stayed {}", job.state));
        out.broken(Violation {
            rule,
            job: Some(failed.job),
            event: failed.event,
            at: failed.at,
            what,
            expected,
            actual,
        });
    }

    /// True if the no-progress window may be over: reckoned generously, without the time during
    /// which its clock rests.
    fn window_is_over(&self, id: JobId, job: &JobView, now: SimTime) -> bool {
        let resumed = self.resumed.get(id.index()).copied().unwrap_or(SimTime::ZERO);
        let since = job.progress_at.map_or(resumed, |at| at.max(resumed));
        now.since(since) >= Span::secs(job.no_progress_timeout)
    }

    /// DO-STATE-011: a job that is free to run is tried again by itself.
    fn waited(
        &self,
        view: &View,
        (id, job): (JobId, &JobView),
        now: SimTime,
        settled: bool,
        event: &Event,
        out: &mut Findings,
    ) {
        if view.delivery_blocked(job) || !view.owner_present(job) {
            return;
        }
        let since = job.since.max(self.eased);
        let late = self.longest.is_some_and(|longest| now.since(since) > longest + AT_ONCE);
        if settled || late {
            let why = (
                "`{job}` was left in TRANSIENT_ERROR without a retry".to_owned(),
                match self.longest {
                    Some(longest) => {
                        format!("a retry by itself, {} s later at most", longest.as_secs())
                    }
                    None => "a retry by itself".to_owned(),
                },
                match settled {
                    true => format!("nothing was tried since {since}, and nothing ever will be"),
                    false => format!("nothing was tried from {since} to {now}"),
                },
            );
            about::broken(out, RuleId::DO_STATE_011, Some(id), event, why);
        }
    }
}

impl Failed {
    fn why(&self, demand: &str, actual: &str) -> (String, String, String) {
        let kind = if self.class == Class::Fatal { "fatal" } else { "transient" };
        (
            format!("a {kind} failure did not move `{{job}}` to {demand}"),
            format!("{demand} after {}", WithNumber(self.code)),
            actual.to_owned(),
        )
    }
}
