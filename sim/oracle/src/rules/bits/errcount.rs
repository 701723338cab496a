//! BITS-ERRCOUNT: what raises the error count of a job, and what does not.
//!
//! A *step* is what one call or event does to a job: the records up to the next state change, or up
//! to the next record that cannot belong to it. Every raise of the count is judged with its step.

#[cfg(test)]
mod tests;

use crate::findings::Findings;
use crate::rules::about;
use crate::rules::bits::error::is_refusal;
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::stands::FirstConnectFailure;
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened, Payload, TimerEvent};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, FileId, Hresult, JobId, JobState, Reply, RuleId, Stimulus};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_ERRCOUNT_001,
    RuleId::BITS_ERRCOUNT_002,
    RuleId::BITS_ERRCOUNT_003,
    RuleId::BITS_ERRCOUNT_004,
    RuleId::BITS_ERRCOUNT_005,
    RuleId::BITS_ERRCOUNT_006,
    RuleId::BITS_ERRCOUNT_007,
    RuleId::BITS_ERRCOUNT_008,
    RuleId::BITS_ERRCOUNT_009,
    RuleId::BITS_ERRCOUNT_010,
    RuleId::BITS_ERRCOUNT_011,
    RuleId::BITS_ERRCOUNT_012,
    RuleId::BITS_ERRCOUNT_013,
    RuleId::BITS_ERRCOUNT_014,
];

/// BITS-ERRCOUNT.
#[derive(Debug, Clone)]
pub(crate) struct ErrCount {
    jobs: Vec<Counted>,
}

/// Whether a failing attempt is a retry of a job in the transient-error phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// The next failure begins a phase.
    #[default]
    Out,
    /// A failure began the phase, and nothing has ended it.
    In,
    /// The pages leave open whether the phase goes on.
    Unclear,
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    phase: Phase,
    /// How far the count was raised in the step in progress.
    raised: u32,
    /// How the attempt ended in the step in progress.
    ended: Option<AttemptOutcome>,
    /// The step in progress is a call that failed.
    failed_call: bool,
    /// Raises that no failed attempt explains and that were reported as such.
    reported: u32,
    /// Restarts of the service when the count was last confirmed.
    restarts: u32,
    /// The owner changed since the count was last confirmed.
    new_owner: bool,
    /// Restarts of the service when the phase began.
    phase_restarts: u32,
}

impl ErrCount {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { jobs: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if matches!(event.what, Happened::Created(_)) {
            self.jobs.push(Counted { restarts: view.restarts, ..Counted::default() });
            return;
        }
        let Some(id) = event.what.job() else { return };
        let (Some(job), Some(counted)) = (view.job(id), self.jobs.get_mut(id.index())) else {
            return;
        };
        match &event.what {
            Happened::Count { from, to, .. } => {
                counted.changed(view, job, event, (*from, *to), out);
            }
            Happened::AttemptEnded { outcome, .. } => {
                counted.close(job, id, event, out);
                counted.ended = Some(*outcome);
            }
            Happened::State { from, to, cause, .. } => {
                counted.moved(view, job, event, (*from, *to, *cause), out);
            }
            Happened::ErrorInfo { .. }
            | Happened::ErrorGone { .. }
            | Happened::File(_)
            | Happened::Timer { what: TimerEvent::Armed { .. } | TimerEvent::Stopped, .. } => {}
            Happened::Bytes { file, of, done, .. } => counted.bytes(job, *file, *of, *done),
            Happened::Called(called) => {
                counted.close(job, id, event, out);
                counted.called(view, job, event, called, out);
            }
            _ => counted.close(job, id, event, out),
        }
    }

    pub(crate) fn finish(&mut self, view: &View, _: End, last: &Event, out: &mut Findings) {
        for (index, counted) in self.jobs.iter_mut().enumerate() {
            let id = JobId(index as u32);
            if let Some(job) = view.job(id) {
                counted.close(job, id, last, out);
            }
        }
    }
}

impl Counted {
    /// The count changed.
    fn changed(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        (from, to): (u32, u32),
        out: &mut Findings,
    ) {
        self.compare(view, job, event, u64::from(from.min(to)), out);
        self.raised += to.saturating_sub(from);
    }

    /// BITS-ERRCOUNT-003 and -014: the count is never reset and survives restarts and a new owner.
    fn compare(&mut self, view: &View, job: &JobView, event: &Event, now: u64, out: &mut Findings) {
        if job.count == 0 {
            return;
        }
        let restarted = self.restarts != view.restarts;
        let survived = restarted || self.new_owner;
        let why = || {
            let what = if restarted {
                "the error count of `{job}` fell over a restart"
            } else if self.new_owner {
                "the error count of `{job}` fell when its owner changed"
            } else {
                "the error count of `{job}` fell"
            };
            (what.to_owned(), format!("{} or more", job.count), now.to_string())
        };
        let ok = now >= u64::from(job.count);
        out.ensure(RuleId::BITS_ERRCOUNT_003, ok, event, why);
        if survived {
            out.ensure(RuleId::BITS_ERRCOUNT_014, ok, event, why);
        }
        self.restarts = view.restarts;
        self.new_owner = false;
    }

    fn called(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        called: &Called,
        out: &mut Findings,
    ) {
        let Call::Job(_, call) = &called.call else { return };
        self.failed_call = called.hr.failed() && !call.is_getter();
        match call {
            JobCall::GetErrorCount => self.read(view, job, event, called, out),
            JobCall::TakeOwnership if called.hr.succeeded() => self.new_owner = true,
            JobCall::Resume if called.hr.succeeded() => {
                let runnable = job.state == JobState::Queued || job.state.is_running();
                self.phase = match self.phase {
                    Phase::In | Phase::Unclear if runnable => Phase::Unclear,
                    _ => Phase::Out,
                };
            }
            _ => {}
        }
    }

    /// BITS-ERRCOUNT-001: GetErrorCount returns the count, which starts at 0.
    fn read(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        called: &Called,
        out: &mut Findings,
    ) {
        if job.gone {
            return;
        }
        match called.reply {
            Reply::Number(value) if called.hr == Hresult::S_OK => {
                self.compare(view, job, event, value, out);
                if value >= u64::from(job.count) {
                    let ok = value == u64::from(job.count);
                    out.ensure(RuleId::BITS_ERRCOUNT_001, ok, event, || {
                        let what = if job.failed_attempts == 0 {
                            "no attempt of `{job}` has failed, yet GetErrorCount does not say 0"
                        } else {
                            "GetErrorCount of `{job}` returned more than the count had risen to"
                        };
                        (what.to_owned(), job.count.to_string(), value.to_string())
                    });
                }
            }
            _ if is_refusal(called.hr) || job.state.is_final() || !view.admits(called.by, job) => {}
            _ => out.ensure(RuleId::BITS_ERRCOUNT_001, false, event, || {
                (
                    "GetErrorCount of `{job}` did not deliver the count".to_owned(),
                    format!("{} and {}", WithNumber(Hresult::S_OK), job.count),
                    WithNumber(called.hr).to_string(),
                )
            }),
        }
    }

    /// Progress ends the transient-error phase.
    fn bytes(&mut self, job: &JobView, file: FileId, of: Payload, done: u64) {
        let before = match of {
            Payload::Reply => job.reply.0,
            Payload::File => job.file(file).map_or(0, |file| file.highest),
        };
        self.phase = match self.phase {
            Phase::In if done <= before => Phase::Unclear,
            Phase::Unclear if done <= before => Phase::Unclear,
            _ => Phase::Out,
        };
    }

    /// The step in progress ended without a state change: nothing in it may have raised the count.
    fn close(&mut self, job: &JobView, id: JobId, event: &Event, out: &mut Findings) {
        let raised = std::mem::take(&mut self.raised);
        let failed_call = std::mem::take(&mut self.failed_call);
        let rule = if failed_call {
            about::ensure(out, RuleId::BITS_ERRCOUNT_012, raised == 0, id, event, || {
                texts("a call that failed raised the error count of `{job}`", job, raised, 0)
            });
            RuleId::BITS_ERRCOUNT_012
        } else {
            RuleId::BITS_ERRCOUNT_010
        };
        if raised > 0 {
            self.reported += raised;
            if rule == RuleId::BITS_ERRCOUNT_010 {
                let why = texts(
                    "the error count of `{job}` rose although no attempt had failed",
                    job,
                    raised,
                    0,
                );
                about::broken(out, rule, Some(id), event, why);
            }
        }
        self.ended = None;
    }

    /// The job changed its state: the step is complete.
    fn moved(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        (from, to, cause): (JobState, JobState, Stimulus),
        out: &mut Findings,
    ) {
        let raised = std::mem::take(&mut self.raised);
        let ended = self.ended.take();
        if self.phase == Phase::In && self.phase_restarts != view.restarts {
            self.phase = Phase::Unclear;
        }
        match ended {
            Some(AttemptOutcome::Failed { code, .. }) if !code.is_block() => {
                self.failed(view, job, event, from, code, raised, out);
            }
            Some(AttemptOutcome::Failed { code, .. } | AttemptOutcome::Blocked { code }) => {
                self.blocked(view, job, event, to, code, raised, out);
            }
            Some(AttemptOutcome::Stopped { .. } | AttemptOutcome::Halted { .. }) => self.stopped(job, event, cause, raised, out),
            Some(AttemptOutcome::Finished) => self.unexplained(job, event, raised, out),
            None => match (from, to) {
                (JobState::TransientError, JobState::Error) => {
                    self.given_up(job, event, raised, out);
                }
                (_, JobState::TransientError) if job.error.is_some_and(|it| it.code.is_block()) => {
                    let code = job.error.map_or(Hresult::S_OK, |info| info.code);
                    self.blocked(view, job, event, to, code, raised, out);
                }
                (_, JobState::Suspended) => self.stopped(job, event, cause, raised, out),
                _ => self.unexplained(job, event, raised, out),
            },
        }
        self.failed_call = false;
        self.follow_phase(view, ended, to);
    }

    fn follow_phase(&mut self, view: &View, ended: Option<AttemptOutcome>, to: JobState) {
        let failed = matches!(ended, Some(AttemptOutcome::Failed { code, .. }) if !code.is_block());
        match to {
            JobState::TransientError if failed => {
                self.phase = Phase::In;
                self.phase_restarts = view.restarts;
            }
            // The job is in TRANSIENT_ERROR, but no failure brought it there.
            JobState::TransientError if self.phase == Phase::Out => self.phase = Phase::Unclear,
            JobState::Error | JobState::Suspended | JobState::Transferred => {
                self.phase = Phase::Out;
            }
            _ => {}
        }
    }

    /// An attempt failed for a reason that is not exempt: BITS-ERRCOUNT-002, -007 to -010.
    #[allow(clippy::too_many_arguments)] // The facts of one step.
    fn failed(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        during: JobState,
        code: Hresult,
        raised: u32,
        out: &mut Findings,
    ) {
        let since_2 = view.setup.target.version.at_least(2, 0);
        let (least, most) = self.due(view, during, code);
        let once = raised <= 1 && job.count <= job.failed_attempts + self.reported;
        out.ensure(RuleId::BITS_ERRCOUNT_010, once, event, || {
            if raised > 1 {
                let what = "one failed attempt raised the error count of `{job}` more than once";
                return texts(what, job, raised, 1);
            }
            (
                "the error count of `{job}` exceeds its failed attempts".to_owned(),
                format!("{} at most", job.failed_attempts),
                job.count.to_string(),
            )
        });
        if raised > 1 {
            if during == JobState::Connecting {
                out.ensure(RuleId::BITS_ERRCOUNT_009, false, event, || {
                    let what = "a failed connection attempt of `{job}` counted more than once";
                    texts(what, job, raised, 1)
                });
            }
            return;
        }
        let ok = (least..=most).contains(&raised);
        let why = |kind: &str| {
            let what = format!(
                "a {kind} of `{{job}}` that failed in {during} {} the error count",
                if raised == 0 { "did not raise" } else { "raised" },
            );
            texts(&what, job, raised, if raised == 0 { 1 } else { 0 })
        };
        let retry = self.phase == Phase::In;
        if during == JobState::Transferring && (since_2 || self.phase == Phase::Out) {
            let kind = if retry { "retry" } else { "transfer" };
            out.ensure(RuleId::BITS_ERRCOUNT_002, ok, event, || why(kind));
        }
        if retry {
            let rule = if since_2 { RuleId::BITS_ERRCOUNT_007 } else { RuleId::BITS_ERRCOUNT_008 };
            out.ensure(rule, ok, event, || why("retry"));
        }
        if during == JobState::Connecting && (since_2 || !retry) {
            let kind = if retry { "retry" } else { "first connection attempt" };
            out.ensure(RuleId::BITS_ERRCOUNT_009, ok, event, || why(kind));
        }
    }

    /// The least and the most that the failure may add to the count.
    fn due(&self, view: &View, during: JobState, code: Hresult) -> (u32, u32) {
        let since_2 = view.setup.target.version.at_least(2, 0);
        let counts = view.setup.stands.first_connect_failure == FirstConnectFailure::Counts;
        if during == JobState::Transferring {
            return match (since_2, self.phase) {
                (true, _) | (false, Phase::Out) => (1, 1),
                (false, Phase::In) => (0, 0),
                (false, Phase::Unclear) => (0, 1),
            };
        }
        // A limit on time that runs out while the job connects is hardly a failed attempt.
        if code == Hresult::BG_E_MAXDOWNLOAD_TIMEOUT {
            return (0, 1);
        }
        match (since_2, self.phase, counts) {
            (true, Phase::In, _) => (1, 1),
            (false, Phase::In, _) => (0, 0),
            (_, Phase::Out, counts) => (u32::from(counts), u32::from(counts)),
            (true, Phase::Unclear, true) => (1, 1),
            (false, Phase::Unclear, false) => (0, 0),
            (true, Phase::Unclear, false) | (false, Phase::Unclear, true) => (0, 1),
        }
    }

    /// The job is blocked, which is no failure: BITS-ERRCOUNT-004, -005, -006, -013.
    #[allow(clippy::too_many_arguments)] // The facts of one step.
    fn blocked(
        &mut self,
        view: &View,
        job: &JobView,
        event: &Event,
        to: JobState,
        code: Hresult,
        raised: u32,
        out: &mut Findings,
    ) {
        let (rule, most, what) = match code {
            Hresult::BG_E_NETWORK_DISCONNECTED => (
                RuleId::BITS_ERRCOUNT_004,
                0,
                "a network disconnect raised the error count of `{job}`",
            ),
            Hresult::BG_E_DESTINATION_LOCKED => (
                RuleId::BITS_ERRCOUNT_005,
                0,
                "a locked destination volume raised the error count of `{job}`",
            ),
            Hresult::BG_E_BLOCKED_BY_POLICY => (
                RuleId::BITS_ERRCOUNT_006,
                0,
                "a bandwidth limit of zero raised the error count of `{job}`",
            ),
            _ => (
                RuleId::BITS_ERRCOUNT_013,
                1,
                "a block by cost, power or the like raised the error count of `{job}`",
            ),
        };
        self.reported += raised;
        // A job whose no-progress timeout is 0 may go to ERROR here, and that may count.
        let concerned =
            rule != RuleId::BITS_ERRCOUNT_013 || view.setup.target.version.at_least(5, 0);
        if concerned && to == JobState::TransientError {
            out.ensure(rule, raised <= most, event, || {
                let (what, mut expected, actual) = texts(what, job, raised, most);
                if most > 0 {
                    expected.push_str(" at most");
                }
                (format!("{what} ({})", WithNumber(code)), expected, actual)
            });
        }
    }

    /// BITS-ERRCOUNT-012: what merely stops a job is no failure.
    fn stopped(
        &mut self,
        job: &JobView,
        event: &Event,
        cause: Stimulus,
        raised: u32,
        out: &mut Findings,
    ) {
        let named = matches!(
            cause,
            Stimulus::Suspend
                | Stimulus::TimeSliceEnds
                | Stimulus::HigherPriorityJobBecomesRunnable
                | Stimulus::OwnerLogsOff
        );
        if !named {
            return self.unexplained(job, event, raised, out);
        }
        self.reported += raised;
        out.ensure(RuleId::BITS_ERRCOUNT_012, raised == 0, event, || {
            texts(&format!("{cause} raised the error count of `{{job}}`"), job, raised, 0)
        });
    }

    /// BITS-ERRCOUNT-011: expiry of the no-progress timeout is no further failure.
    fn given_up(&mut self, job: &JobView, event: &Event, raised: u32, out: &mut Findings) {
        self.reported += raised;
        out.ensure(RuleId::BITS_ERRCOUNT_011, raised == 0, event, || {
            let what = "the error count of `{job}` rose when it was given up, with no attempt made";
            texts(what, job, raised, 0)
        });
    }

    /// A state change that no failed attempt belongs to.
    fn unexplained(&mut self, job: &JobView, event: &Event, raised: u32, out: &mut Findings) {
        if raised > 0 {
            self.reported += raised;
            out.ensure(RuleId::BITS_ERRCOUNT_010, false, event, || {
                let what = "the error count of `{job}` rose although no attempt had failed";
                texts(what, job, raised, 0)
            });
        }
    }
}

/// The texts for a count that was raised by `raised` where `due` was right.
fn texts(what: &str, job: &JobView, raised: u32, due: u32) -> (String, String, String) {
    let before = job.count.saturating_sub(raised);
    (what.to_owned(), before.saturating_add(due).to_string(), job.count.to_string())
}
