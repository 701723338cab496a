//! DO-STATE: which states there are and how a job moves between them.

mod attempts;
mod log_off;
mod moves;

use super::still::Still;
use crate::findings::Findings;
use crate::view::View;
use attempts::Attempts;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::{Called, Created, End, FileChange, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, JobId, JobState, Reply, RuleId, SimTime, Stimulus};
use log_off::LogOff;

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_STATE_001,
    RuleId::DO_STATE_002,
    RuleId::DO_STATE_003,
    RuleId::DO_STATE_004,
    RuleId::DO_STATE_005,
    RuleId::DO_STATE_006,
    RuleId::DO_STATE_007,
    RuleId::DO_STATE_008,
    RuleId::DO_STATE_009,
    RuleId::DO_STATE_010,
    RuleId::DO_STATE_011,
    RuleId::DO_STATE_012,
    RuleId::DO_STATE_013,
];

/// DO-STATE.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// How many jobs are in each state, by value of the state.
    population: [u32; JobState::ALL.len()],
    attempts: Attempts,
    log_off: LogOff,
    still: Still,
}

impl State {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            population: [0; JobState::ALL.len()],
            attempts: Attempts::new(setup),
            log_off: LogOff::new(setup),
            still: Still::default(),
        }
    }

    /// From when on everything has to be seen ([`crate::rules::kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        self.attempts.wakes().min(self.log_off.wakes())
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.attempts.observe(view, event, out);
        self.log_off.observe(view, event, out);
        match &event.what {
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::Created(created) => {
                self.population[usize::from(created.state.value())] += 1;
                begins_suspended(event, created, out);
            }
            Happened::File(file) if matches!(file.what, FileChange::Added { .. }) => {
                begins_empty(view, event, file.job, out);
            }
            Happened::State { job, from, to, .. } => {
                one_state(view, event, *job, *from, *to, out);
                moves::observe(view, event, out);
                let left = &mut self.population[usize::from(from.value())];
                *left = left.saturating_sub(1);
                self.population[usize::from(to.value())] += 1;
            }
            Happened::AttemptBegan { job, .. }
            | Happened::Requested { job, .. }
            | Happened::Bytes { job, .. } => moves::active(view, event, *job, out),
            Happened::Env(_) => self.had_a_chance(out),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        self.attempts.finish(view, end, last, out);
        self.log_off.finish(end, last, out);
    }

    /// A disturbance is a chance for a job that rests or waits to be moved wrongly.
    fn had_a_chance(&self, out: &mut Findings) {
        let rules = [
            (JobState::Acknowledged, RuleId::DO_STATE_004),
            (JobState::Cancelled, RuleId::DO_STATE_004),
            (JobState::Suspended, RuleId::DO_STATE_008),
            (JobState::Queued, RuleId::DO_STATE_012),
            (JobState::Error, RuleId::DO_STATE_013),
            (JobState::Transferred, RuleId::DO_STATE_013),
        ];
        for (state, rule) in rules {
            if self.population[usize::from(state.value())] > 0 {
                out.held(rule);
            }
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        if let Some(pair) = self.still.sample(view, called) {
            let rule = match pair.state {
                JobState::Queued => Some(RuleId::DO_STATE_012),
                JobState::Error | JobState::Transferred => Some(RuleId::DO_STATE_013),
                _ => None,
            };
            if let Some(rule) = rule {
                out.ensure(rule, pair.after <= pair.before, event, || {
                    (
                        format!("BytesTransferred of `{{job}}` grew in {}", pair.state),
                        format!("{} bytes, as GetProgress told before", pair.before),
                        format!("{} bytes, and {} was never left", pair.after, pair.state),
                    )
                });
            }
        }
        let Call::Job(id, call) = &called.call else { return };
        let Some(job) = view.job(*id).filter(|job| !job.gone) else { return };
        match (call, &called.reply) {
            (JobCall::GetState, Reply::State(told)) => reported(event, job.state, *told, out),
            (JobCall::GetProgress, Reply::Progress(told)) => {
                if job.files.is_empty() {
                    out.ensure(RuleId::DO_STATE_003, told.files_total == 0, event, || {
                        (
                            "`{job}` has files although nobody has added any".to_owned(),
                            "FilesTotal of 0 until a file is added".to_owned(),
                            format!("FilesTotal of {}", told.files_total),
                        )
                    });
                }
                // A file that was added in TRANSFERRED waits there for Resume.
                if job.state == JobState::Transferred && job.all_finished() {
                    let ok = told.files_transferred == told.files_total;
                    out.ensure(RuleId::DO_STATE_007, ok, event, || {
                        (
                            "`{job}` is TRANSFERRED although not every file is".to_owned(),
                            "FilesTransferred equal to FilesTotal in TRANSFERRED".to_owned(),
                            format!("{} of {} files", told.files_transferred, told.files_total),
                        )
                    });
                }
            }
            (
                JobCall::GetFileProgress(file),
                Reply::FileProgress { bytes_total, bytes_transferred, .. },
            ) if job.state == JobState::Transferred
                && job.file(*file).is_some_and(|file| file.finished) =>
            {
                out.ensure(RuleId::DO_STATE_007, bytes_total == bytes_transferred, event, || {
                    (
                        "`{job}` is TRANSFERRED although a file is not there in full".to_owned(),
                        "BytesTransferred equal to BytesTotal for each file".to_owned(),
                        format!(
                            "file {} has {bytes_transferred} of {bytes_total} bytes",
                            file.0 + 1
                        ),
                    )
                });
            }
            _ => {}
        }
        if job.state.is_final() && !call.is_getter() {
            // A state change that follows is found when it comes.
            out.held(RuleId::DO_STATE_004);
        }
    }
}

/// DO-STATE-001, -002 and -013: what GetState may tell.
fn reported(event: &Event, state: JobState, told: JobState, out: &mut Findings) {
    out.ensure(RuleId::DO_STATE_001, told == state, event, || {
        (
            "GetState misreports the state of `{job}`".to_owned(),
            format!("{state}, the state that it entered last"),
            told.to_string(),
        )
    });
    out.ensure(RuleId::DO_STATE_002, told != JobState::Connecting, event, || {
        (
            "GetState reports CONNECTING for `{job}`".to_owned(),
            "any other state, since Delivery Optimization does not use CONNECTING".to_owned(),
            told.to_string(),
        )
    });
    if matches!(state, JobState::Error | JobState::Transferred) {
        out.ensure(RuleId::DO_STATE_013, told != JobState::Suspended, event, || {
            (
                format!("GetState reports `{{job}}` as SUSPENDED after it entered {state}"),
                format!("{state}, since nobody called Suspend"),
                told.to_string(),
            )
        });
    }
}

/// DO-STATE-001: one state at every instant, so each change starts where the last one ended and
/// leads elsewhere. DO-STATE-002: CONNECTING is not used.
fn one_state(
    view: &View,
    event: &Event,
    id: JobId,
    from: JobState,
    to: JobState,
    out: &mut Findings,
) {
    let Some(job) = view.job(id) else { return };
    out.ensure(RuleId::DO_STATE_001, job.state == from && from != to, event, || {
        (
            "a state change of `{job}` does not start from its state or does not leave it"
                .to_owned(),
            format!("a change from {} to another state", job.state),
            format!("{from} -> {to}"),
        )
    });
    let connects = from == JobState::Connecting || to == JobState::Connecting;
    out.ensure(RuleId::DO_STATE_002, !connects, event, || {
        (
            "`{job}` passed through CONNECTING".to_owned(),
            "any other state, since Delivery Optimization does not use CONNECTING".to_owned(),
            format!("{from} -> {to}"),
        )
    });
}

/// DO-STATE-003, first half: a new job is suspended.
fn begins_suspended(event: &Event, created: &Created, out: &mut Findings) {
    let suspended = created.state == JobState::Suspended;
    out.ensure(RuleId::DO_STATE_003, suspended, event, || {
        (
            "CreateJob made `{job}` in a state other than SUSPENDED".to_owned(),
            JobState::Suspended.to_string(),
            created.state.to_string(),
        )
    });
}

/// DO-STATE-003, second half: the first file of a job comes by a call.
fn begins_empty(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    if view.job(id).is_none_or(|job| !job.files.is_empty()) {
        return;
    }
    let added = view.effect_of(event, id, Stimulus::AddFile);
    out.ensure(RuleId::DO_STATE_003, added, event, || {
        (
            "`{job}` got its first file although nobody added one".to_owned(),
            "a new job without files, until AddFileWithRanges succeeds".to_owned(),
            "a file was added without such a call".to_owned(),
        )
    });
}

#[cfg(test)]
mod tests;
