//! DO-STATE-009: what the end of the owner's session means for a job.

use crate::findings::Findings;
use crate::rules::{about, kinds};
use crate::view::View;
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, JobId, JobState, RuleId, SimTime, Stimulus};

/// Who has gone, and which jobs have not reacted yet.
#[derive(Debug, Clone)]
pub(super) struct LogOff {
    /// For each user: since when he has been away after a session ended. Service accounts never are.
    away: Vec<Option<SimTime>>,
    /// Jobs that were TRANSFERRING when their owner left, and when that was.
    leaving: Vec<(JobId, SimTime)>,
}

impl LogOff {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { away: vec![None; setup.users.len()], leaving: Vec::new() }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        kinds::after_any(self.leaving.first().map(|(_, at)| *at))
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.leaving.first().is_some_and(|(_, at)| event.at > *at) {
            self.stayed(event, out);
        }
        match &event.what {
            Happened::Env(what) => self.env(view, event, what),
            Happened::State { job, from: JobState::Transferring, to, cause } => {
                self.left(event, *job, *to, *cause, out);
            }
            Happened::State { job, to: JobState::Transferring, .. }
            | Happened::AttemptBegan { job, .. }
            | Happened::Requested { job, .. }
            | Happened::Bytes { job, .. } => self.active(view, event, *job, out),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, end: End, last: &Event, out: &mut Findings) {
        let over = |at: SimTime| matches!(end, End::Settled(_)) || end.at() > at;
        if self.leaving.first().is_some_and(|(_, at)| over(*at)) {
            self.stayed(last, out);
        }
    }

    fn env(&mut self, view: &View, event: &Event, what: &Disturbance) {
        match what {
            Disturbance::LogOff(user) => {
                let exempt = view.setup.users.get(user.index());
                if exempt.is_none_or(|user| user.kind.is_service_account()) {
                    return;
                }
                self.away[user.index()].get_or_insert(event.at);
                let jobs = (0..).map(JobId).zip(&view.jobs).filter(|(_, job)| {
                    job.owner == *user && job.state == JobState::Transferring && !job.gone
                });
                self.leaving.extend(jobs.map(|(id, _)| (id, event.at)));
            }
            Disturbance::LogOn(user) => {
                if let Some(away) = self.away.get_mut(user.index()) {
                    *away = None;
                }
                self.leaving.retain(|(id, _)| view.job(*id).is_some_and(|job| job.owner != *user));
            }
            Disturbance::ComputerRestarts => {
                for (away, user) in self.away.iter_mut().zip(&view.setup.users) {
                    if !user.kind.is_service_account() {
                        away.get_or_insert(event.at);
                    }
                }
            }
            _ => {}
        }
    }

    /// A job left TRANSFERRING.
    fn left(
        &mut self,
        event: &Event,
        id: JobId,
        to: JobState,
        cause: Stimulus,
        out: &mut Findings,
    ) {
        self.leaving.retain(|(leaving, _)| *leaving != id);
        if cause == Stimulus::OwnerLogsOff {
            out.ensure(RuleId::DO_STATE_009, to == JobState::Queued, event, || {
                (
                    "the log-off of its owner moved `{job}` to the wrong state".to_owned(),
                    "TRANSFERRING -> QUEUED".to_owned(),
                    format!("TRANSFERRING -> {to}"),
                )
            });
        }
    }

    /// Jobs that are still TRANSFERRING although their owner has left.
    fn stayed(&mut self, event: &Event, out: &mut Findings) {
        for (id, at) in self.leaving.drain(..) {
            let why = (
                "`{job}` went on although its owner had logged off".to_owned(),
                format!("TRANSFERRING -> QUEUED at {at}"),
                "it stayed TRANSFERRING".to_owned(),
            );
            about::broken(out, RuleId::DO_STATE_009, Some(id), event, why);
        }
    }

    /// Nothing moves while the owner is away. What had moved before he left may be recorded at that
    /// instant.
    fn active(&self, view: &View, event: &Event, id: JobId, out: &mut Findings) {
        let Some(job) = view.job(id) else { return };
        let away = self.away.get(job.owner.index()).copied().flatten();
        let Some(since) = away else { return };
        if matches!(event.what, Happened::Bytes { .. }) && event.at == since {
            return;
        }
        out.ensure(RuleId::DO_STATE_009, false, event, || {
            (
                "`{job}` was active while its owner was logged off".to_owned(),
                format!("no transfer from {since} until the owner logs on again"),
                match event.what {
                    Happened::Bytes { done, .. } => format!("data moved, up to byte {done}"),
                    Happened::State { .. } => "it entered TRANSFERRING".to_owned(),
                    Happened::Requested { .. } => "a file was requested".to_owned(),
                    _ => "an attempt began".to_owned(),
                },
            )
        });
    }
}
