//! Where an attempt leads: to an error state by its class, or to TRANSFERRED with everything done.

use crate::rules::kinds;
use crate::findings::{Findings, Violation};
use crate::view::{JobView, View};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::hresult::{Class, WithNumber};
use bitsim_vocab::stands::ResumeAndNoProgress;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, End, FileChange, FileEvent, Happened, Payload, Timer, TimerEvent,
};
use bitsim_vocab::world::{Block, Disturbance};
use bitsim_vocab::{
    Call, Event, JobId, JobState, JobType, RuleId, SimTime, Span, Stimulus, WallTime,
};

/// What must be remembered about attempts.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    jobs: Vec<Phase>,
    /// True once a fault came that classes its error itself, so that the table says nothing.
    overridden: bool,
    /// The job whose last file has just arrived, or whose attempt has just finished.
    finished: Option<Place>,
    /// A block that has just begun.
    block: Option<(Block, Place)>,
}

/// A place in the trace.
#[derive(Debug, Clone, Copy)]
struct Place {
    job: Option<JobId>,
    event: u32,
    at: SimTime,
}

/// The transient-error phase of a job, reckoned generously: what may excuse an ERROR.
#[derive(Debug, Clone, Copy, Default)]
struct Phase {
    /// When it began on both clocks. A restart brings timers in line with the wall clock.
    began: Option<(SimTime, WallTime)>,
    /// The shortest no-progress timeout during the phase, in seconds.
    shortest: Option<u64>,
    /// True once the timer fired.
    fired: bool,
    /// Since when the server has had the whole upload, until the job moves.
    uploaded: Option<(u32, SimTime)>,
    /// How many files have not arrived in full.
    missing: u32,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self { jobs: Vec::new(), overridden: false, finished: None, block: None }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        let finished = kinds::after_any(self.finished.map(|place| place.at));
        finished.min(kinds::after_any(self.block.map(|(_, place)| place.at)))
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.settle_finished(view, event, out);
        if self.block.is_some_and(|(_, place)| event.at > place.at) {
            self.settle_block(view, out);
        }
        match &event.what {
            Happened::Created(_) => self.jobs.push(Phase::default()),
            Happened::Env(what) => self.take_in_env(event, what),
            Happened::AttemptEnded { job, outcome } => {
                self.ended(event, *job, *outcome, out);
            }
            Happened::State { job, from, to, cause } => {
                self.moved(view, event, *job, (*from, *to), *cause, out);
            }
            Happened::File(file) => self.take_in_file(view, event, file),
            Happened::Bytes { job, file, of, done } => {
                let forward = view.job(*job).is_some_and(|job| match of {
                    Payload::Reply => *done > job.reply.0,
                    Payload::File => job.file(*file).is_some_and(|file| *done > file.highest),
                });
                if forward {
                    self.end_phase(*job);
                }
            }
            Happened::Called(called) => self.called(view, called),
            Happened::Timer { job, timer: Timer::NoProgressTimeout, what: TimerEvent::Fired } => {
                if let Some(phase) = self.jobs.get_mut(job.index()) {
                    phase.fired = true;
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, out: &mut Findings) {
        self.judge_finished(view, out);
        if self.block.is_some_and(|(_, place)| end.at() > place.at) {
            self.settle_block(view, out);
        }
        if !matches!(end, End::Settled(_)) {
            return;
        }
        for (index, (phase, job)) in self.jobs.iter().zip(&view.jobs).enumerate() {
            let Some((event, at)) = phase.uploaded else { continue };
            if job.state == JobState::Transferring && !job.gone && job.all_finished() {
                let job_id = u32::try_from(index).ok().map(JobId);
                let place = Place { job: job_id, event, at };
                out.broken(stuck(rule_of(job), place, job.state));
            }
        }
    }

    fn called(&mut self, view: &View, called: &Called) {
        let Call::Job(id, call) = &called.call else { return };
        let (Some(job), true) = (view.job(*id), called.hr.succeeded()) else { return };
        // Resume starts a new period only where it has something to resume.
        let at_rest = job.state != JobState::Queued && !job.state.is_running();
        let restarts = view.setup.stands.resume_and_no_progress == ResumeAndNoProgress::Restarts;
        match call {
            JobCall::Resume if at_rest && restarts => self.end_phase(*id),
            // The old value may still be in force (stand `changed_delay`).
            JobCall::SetNoProgressTimeout(_) => self.note_timeout(view, *id),
            _ => {}
        }
    }

    fn take_in_env(&mut self, event: &Event, what: &Disturbance) {
        match what {
            Disturbance::FaultBegins(fault) => self.overridden |= fault.class.is_some(),
            Disturbance::BlockBegins(block) if self.block.is_none() => {
                let place = Place { job: None, event: event.seq, at: event.at };
                self.block = Some((*block, place));
            }
            Disturbance::BlockEnds(block) => {
                self.block = self.block.filter(|(pending, _)| pending != block);
            }
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                self.block = None;
                self.finished = None;
            }
            _ => {}
        }
    }

    fn take_in_file(&mut self, view: &View, event: &Event, happened: &FileEvent) {
        let FileEvent { job: id, file, what } = happened;
        let (id, file) = (*id, *file);
        let (Some(phase), Some(job)) = (self.jobs.get_mut(id.index()), view.job(id)) else {
            return;
        };
        let was_finished = job.file(file).is_some_and(|file| file.finished);
        match what {
            FileChange::Added { .. } => phase.missing += 1,
            FileChange::Restarted if was_finished => phase.missing += 1,
            FileChange::Finished if !was_finished => {
                phase.missing = phase.missing.saturating_sub(1);
            }
            FileChange::ReplyFinished => {}
            _ => return,
        }
        if !matches!(what, FileChange::Finished | FileChange::ReplyFinished) {
            return;
        }
        if job.job_type.uploads() {
            phase.uploaded = Some((event.seq, event.at));
        } else if phase.missing == 0 {
            self.finished = Some(Place { job: Some(id), event: event.seq, at: event.at });
        }
    }

    fn end_phase(&mut self, job: JobId) {
        if let Some(phase) = self.jobs.get_mut(job.index()) {
            *phase = Phase { uploaded: phase.uploaded, missing: phase.missing, ..Phase::default() };
        }
    }

    fn note_timeout(&mut self, view: &View, id: JobId) {
        let (Some(phase), Some(job)) = (self.jobs.get_mut(id.index()), view.job(id)) else {
            return;
        };
        let shortest = phase.shortest.unwrap_or(u64::MAX).min(job.no_progress_timeout);
        phase.shortest = Some(shortest);
    }

    /// BITS-STATE-017: the class is the one of the table, unless a fault set another.
    fn ended(&mut self, event: &Event, id: JobId, outcome: AttemptOutcome, out: &mut Findings) {
        match outcome {
            AttemptOutcome::Finished => {
                self.finished = Some(Place { job: Some(id), event: event.seq, at: event.at });
            }
            AttemptOutcome::Failed { code, class } if !self.overridden => {
                let table = code.job_class();
                let known = matches!(table, Class::Transient | Class::Fatal);
                if known && class != table {
                    out.ensure(RuleId::BITS_STATE_017, false, event, || {
                        (
                            format!("{code} was taken for the wrong class of error on `{{job}}`"),
                            format!("{} to be {}", WithNumber(code), name(table)),
                            name(class).to_owned(),
                        )
                    });
                }
            }
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
        if from.is_running()
            && !job.in_attempt
            && let Some((AttemptOutcome::Failed { code, class }, at)) = job.last_outcome
            && at == event.at
        {
            let failure = Failure { code, class, excused: self.may_fail(event, id, job) };
            failure.judge(event, from, to, out);
        }
        if to == JobState::Transferred {
            arrived(event, job, out);
            if self.finished.is_some_and(|place| place.job == Some(id)) {
                self.finished = None;
                out.held(rule_of(job));
            }
        } else if cause == Stimulus::AllFilesDone {
            let place = Place { job: Some(id), event: event.seq, at: event.at };
            out.broken(stuck(rule_of(job), place, to));
            self.finished = self.finished.filter(|place| place.job != Some(id));
        }
        if to == JobState::Connecting {
            runs_unblocked(view, event, out);
        }
        if let Some(phase) = self.jobs.get_mut(id.index()) {
            phase.uploaded = None;
            if to == JobState::TransientError && phase.began.is_none() {
                phase.began = Some((event.at, event.wall));
            }
        }
    }

    /// True if the no-progress timeout may be over, on a generous reckoning.
    fn may_fail(&self, event: &Event, id: JobId, job: &JobView) -> bool {
        let Some(phase) = self.jobs.get(id.index()) else { return true };
        let secs = phase.shortest.unwrap_or(u64::MAX).min(job.no_progress_timeout);
        let over = phase.began.is_some_and(|(at, wall)| {
            let period = Span::secs(secs);
            event.at >= at + period || event.wall >= wall + period
        });
        let due = job.timers.get(Timer::NoProgressTimeout).is_some_and(|due| due <= event.at);
        secs == 0 || phase.fired || over || due
    }

    /// Judges a job that must have gone to TRANSFERRED once that must have been recorded.
    fn settle_finished(&mut self, view: &View, event: &Event, out: &mut Findings) {
        let Some(place) = self.finished else { return };
        let other_job = event.what.job() != place.job
            && match &event.what {
                Happened::AttemptEnded { .. } => true,
                Happened::File(file) => file.what == FileChange::Finished,
                _ => false,
            };
        let over = event.at != place.at
            || matches!(event.what, Happened::Called(_) | Happened::Env(_))
            || other_job;
        if over {
            self.judge_finished(view, out);
        }
    }

    fn judge_finished(&mut self, view: &View, out: &mut Findings) {
        let Some(place) = self.finished.take() else { return };
        if let Some(job) = place.job.and_then(|job| view.job(job)) {
            out.broken(stuck(rule_of(job), place, job.state));
        }
    }

    /// BITS-STATE-018: a block that begins puts every job that runs or is ready to into
    /// TRANSIENT_ERROR. Jobs that moved at the same instant for other reasons are left out.
    fn settle_block(&mut self, view: &View, out: &mut Findings) {
        let Some((block, place)) = self.block.take() else { return };
        if !view.setup.target.version.at_least(5, 0) {
            return;
        }
        for (index, job) in view.jobs.iter().enumerate() {
            let was_ready = |state| matches!(state, JobState::Queued) || state.is_running();
            if job.state == JobState::TransientError && job.since == place.at {
                if job.before.is_some_and(was_ready) {
                    out.held(RuleId::BITS_STATE_018);
                }
            } else if was_ready(job.state)
                && job.since < place.at
                && !job.gone
                && view.owner_present(job)
            {
                out.broken(Violation {
                    rule: RuleId::BITS_STATE_018,
                    job: u32::try_from(index).ok().map(JobId),
                    event: place.event,
                    at: place.at,
                    what: "`{job}` was not stopped by a block that began".to_owned(),
                    expected: format!("TRANSIENT_ERROR with {}", WithNumber(block.code())),
                    actual: job.state.to_string(),
                });
            }
        }
    }
}

/// A failed attempt.
struct Failure {
    code: bitsim_vocab::Hresult,
    class: Class,
    /// True if the no-progress timeout may turn a transient error into a final one.
    excused: bool,
}

impl Failure {
    /// BITS-STATE-005 and BITS-STATE-017: the class of the error decides.
    fn judge(&self, event: &Event, from: JobState, to: JobState, out: &mut Findings) {
        let excused = to == JobState::Error && self.excused;
        match self.class {
            Class::Transient => {
                let healed = to == JobState::TransientError || excused;
                if from == JobState::Connecting {
                    self.ensure(RuleId::BITS_STATE_005, healed, event, to, out);
                    let not_fatal = to != JobState::Error || excused;
                    self.ensure(RuleId::BITS_STATE_017, not_fatal, event, to, out);
                } else {
                    self.ensure(RuleId::BITS_STATE_017, healed, event, to, out);
                }
            }
            Class::Fatal => {
                self.ensure(RuleId::BITS_STATE_017, to == JobState::Error, event, to, out);
            }
            _ => {}
        }
    }

    fn ensure(&self, rule: RuleId, ok: bool, event: &Event, to: JobState, out: &mut Findings) {
        out.ensure(rule, ok, event, || {
            let expected = match self.class {
                Class::Fatal => JobState::Error,
                _ => JobState::TransientError,
            };
            (
                format!("an attempt of `{{job}}` failed with {} and led to {to}", self.code),
                format!("{expected}, since {} is {}", WithNumber(self.code), name(self.class)),
                to.to_string(),
            )
        });
    }
}

/// The rule that says when a job of this type is TRANSFERRED.
fn rule_of(job: &JobView) -> RuleId {
    match job.job_type {
        JobType::Download => RuleId::BITS_STATE_007,
        JobType::Upload => RuleId::BITS_STATE_008,
        JobType::UploadReply => RuleId::BITS_STATE_009,
    }
}

/// BITS-STATE-007, -008, -009: nothing is missing in TRANSFERRED.
fn arrived(event: &Event, job: &JobView, out: &mut Findings) {
    if job.files.is_empty() {
        return;
    }
    let missing = job.files.iter().position(|file| {
        let whole = match job.job_type {
            JobType::Download => file.size == Some(file.done),
            JobType::Upload | JobType::UploadReply => true,
        };
        !(file.finished && whole)
    });
    let reply_missing = job.job_type == JobType::UploadReply && !job.reply_finished;
    let ok = missing.is_none() && !reply_missing;
    out.ensure(rule_of(job), ok, event, || {
        let actual = match missing {
            Some(index) => {
                let file = &job.files[index];
                let size = file.size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
                format!("file {} stands at {} of {size} bytes", index + 1, file.done)
            }
            None => format!("{} bytes of the reply have arrived, not all of it", job.reply.0),
        };
        (
            "`{job}` became TRANSFERRED although something is missing".to_owned(),
            match job.job_type {
                JobType::Download => "every file to have arrived in full",
                JobType::Upload => "the server to have the whole file",
                JobType::UploadReply => "the server to have the whole file, and the whole reply",
            }
            .to_owned(),
            actual,
        )
    });
}

fn stuck(rule: RuleId, place: Place, state: JobState) -> Violation {
    Violation {
        rule,
        job: place.job,
        event: place.event,
        at: place.at,
        what: "`{job}` has nothing left to transfer and did not become TRANSFERRED".to_owned(),
        expected: JobState::Transferred.to_string(),
        actual: state.to_string(),
    }
}

/// BITS-STATE-018: nothing is tried with a server while a block is in force.
fn runs_unblocked(view: &View, event: &Event, out: &mut Findings) {
    let Some(block) = view.blocks.first() else { return };
    if view.setup.target.version.at_least(5, 0) {
        out.ensure(RuleId::BITS_STATE_018, false, event, || {
            (
                "`{job}` began to connect while it was not allowed to run".to_owned(),
                format!("TRANSIENT_ERROR with {}", WithNumber(block.code())),
                JobState::Connecting.to_string(),
            )
        });
    }
}

fn name(class: Class) -> &'static str {
    match class {
        Class::Success => "a success code",
        Class::Call => "an answer to a call",
        Class::Transient => "transient",
        Class::Fatal => "fatal",
        Class::Text => "a text code",
        Class::Internal => "internal",
        Class::Unknown => "of unknown class",
    }
}
