//! BITS-STATE: which states there are and how a job moves between them.

mod attempts;
mod moves;

use crate::findings::Findings;
use crate::view::View;
use attempts::Attempts;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, Created, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, JobState, Reply, RuleId, SimTime, Stimulus};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_STATE_001,
    RuleId::BITS_STATE_002,
    RuleId::BITS_STATE_003,
    RuleId::BITS_STATE_004,
    RuleId::BITS_STATE_005,
    RuleId::BITS_STATE_006,
    RuleId::BITS_STATE_007,
    RuleId::BITS_STATE_008,
    RuleId::BITS_STATE_009,
    RuleId::BITS_STATE_010,
    RuleId::BITS_STATE_011,
    RuleId::BITS_STATE_012,
    RuleId::BITS_STATE_013,
    RuleId::BITS_STATE_014,
    RuleId::BITS_STATE_015,
    RuleId::BITS_STATE_016,
    RuleId::BITS_STATE_017,
    RuleId::BITS_STATE_018,
    RuleId::BITS_STATE_019,
    RuleId::BITS_STATE_020,
    RuleId::BITS_STATE_021,
];

/// BITS-STATE.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// How many jobs are in each state, by value of the state.
    population: [u32; JobState::ALL.len()],
    /// When each job was last given a turn that has not led to a state yet.
    granted: Vec<Option<SimTime>>,
    attempts: Attempts,
}

impl State {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self {
            population: [0; JobState::ALL.len()],
            granted: Vec::new(),
            attempts: Attempts::new(),
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        self.attempts.wakes()
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.attempts.observe(view, event, out);
        match &event.what {
            Happened::Called(called) => called_on_job(view, event, called, out),
            Happened::Created(created) => {
                self.population[usize::from(created.state.value())] += 1;
                self.granted.push(None);
                begins_suspended(event, created, out);
            }
            Happened::Granted { job, .. } => {
                if let Some(granted) = self.granted.get_mut(job.index()) {
                    *granted = Some(event.at);
                }
            }
            Happened::State { job, from, to, .. } => {
                let granted = self.granted.get_mut(job.index()).and_then(Option::take);
                moves::observe(view, event, granted == Some(event.at), out);
                continues(view, event, *job, *from, out);
                let left = &mut self.population[usize::from(from.value())];
                *left = left.saturating_sub(1);
                self.population[usize::from(to.value())] += 1;
            }
            Happened::AttemptBegan { job, .. } | Happened::Bytes { job, .. } => {
                rests_until_resumed(view, event, *job, out);
                moves::active(view, event, *job, out);
            }
            Happened::Env(_) => self.had_a_chance(out),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, _: &Event, out: &mut Findings) {
        self.attempts.finish(view, end, out);
    }

    /// A disturbance is a chance for a resting job to be moved wrongly.
    fn had_a_chance(&self, out: &mut Findings) {
        let rules = [
            (JobState::Acknowledged, RuleId::BITS_STATE_010),
            (JobState::Cancelled, RuleId::BITS_STATE_010),
            (JobState::Suspended, RuleId::BITS_STATE_013),
            (JobState::Error, RuleId::BITS_STATE_014),
            (JobState::Transferred, RuleId::BITS_STATE_015),
        ];
        for (state, rule) in rules {
            if self.population[usize::from(state.value())] > 0 {
                out.held(rule);
            }
        }
    }
}

/// What a call on a job says about states.
fn called_on_job(view: &View, event: &Event, called: &Called, out: &mut Findings) {
    let Call::Job(id, call) = &called.call else { return };
    let Some(job) = view.job(*id) else { return };
    if let (JobCall::GetState, Reply::State(reported)) = (call, &called.reply) {
        out.ensure(RuleId::BITS_STATE_001, *reported == job.state, event, || {
            (
                "GetState misreports the state of `{job}`".to_owned(),
                format!("{}, the state that it entered last", job.state),
                reported.to_string(),
            )
        });
    }
    if called.hr.failed() && !call.is_getter() {
        // A state change that follows is found when it comes.
        out.held(RuleId::BITS_STATE_021);
    }
    let state_changing =
        matches!(call, JobCall::Resume | JobCall::Suspend | JobCall::Cancel | JobCall::Complete);
    if !state_changing || job.gone {
        return;
    }
    if job.state.is_final() {
        out.held(RuleId::BITS_STATE_010);
        return;
    }
    let exception =
        *call == JobCall::Complete && job.job_type.uploads() && job.state != JobState::Transferred;
    if !exception {
        let legal = called.hr != Hresult::BG_E_INVALID_STATE;
        out.ensure(RuleId::BITS_STATE_019, legal, event, || {
            (
                format!("{} was refused on `{{job}}` in {}", call.method(), job.state),
                format!("{} to be legal in {}", call.method(), job.state),
                WithNumber(called.hr).to_string(),
            )
        });
    }
}

/// BITS-STATE-001: one state at every instant, so each change starts where the last one ended.
fn continues(view: &View, event: &Event, id: JobId, from: JobState, out: &mut Findings) {
    let Some(job) = view.job(id) else { return };
    if job.state != from {
        out.ensure(RuleId::BITS_STATE_001, false, event, || {
            (
                "`{job}` left a state that it was not in".to_owned(),
                format!("a change from {}, the state that it entered last", job.state),
                format!("a change from {from}"),
            )
        });
    }
}

/// BITS-STATE-002, first half: a new job is suspended.
fn begins_suspended(event: &Event, created: &Created, out: &mut Findings) {
    let suspended = created.state == JobState::Suspended;
    out.ensure(RuleId::BITS_STATE_002, suspended, event, || {
        (
            "CreateJob made `{job}` in a state other than SUSPENDED".to_owned(),
            JobState::Suspended.to_string(),
            created.state.to_string(),
        )
    });
}

/// BITS-STATE-002, second half: a new job does nothing until it is resumed.
fn rests_until_resumed(view: &View, event: &Event, id: JobId, out: &mut Findings) {
    if view.job(id).is_some_and(|job| job.resumed_at.is_none()) {
        out.ensure(RuleId::BITS_STATE_002, false, event, || {
            (
                "`{job}` became active although nobody has resumed it".to_owned(),
                "no attempt and no data before the first successful Resume".to_owned(),
                match event.what {
                    Happened::Bytes { .. } => "data moved".to_owned(),
                    _ => "an attempt began".to_owned(),
                },
            )
        });
    }
}

/// True if the cause is an event of service or environment, or a call that really was made on the
/// job and succeeded.
fn is_genuine(view: &View, event: &Event, job: JobId, cause: Stimulus) -> bool {
    !cause.is_call() || view.effect_of(event, job, cause)
}

#[cfg(test)]
mod tests;
