//! BITS-NET: what the loss and the return of the network do to jobs.

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about::{self, AT_ONCE};
use crate::view::{JobView, View};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{End, FileChange, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, FileId, Hresult, JobId, JobState, JobType, RuleId, SimTime, Stimulus};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_NET_001,
    RuleId::BITS_NET_002,
    RuleId::BITS_NET_003,
    RuleId::BITS_NET_005,
    RuleId::BITS_NET_006,
    RuleId::BITS_NET_008,
];

/// BITS-NET.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    /// The latest loss or return, until its instant is over.
    changed_at: Option<SimTime>,
    /// Jobs that the latest loss or return must move, until they move.
    must_move: Vec<(JobId, JobState)>,
    /// Jobs that became ready without a network, with the time by which they must have left QUEUED.
    ready: Vec<(JobId, SimTime)>,
    /// Files whose transfer the loss of the network broke off, with the bytes they had.
    broken_off: Vec<(JobId, FileId, u64)>,
}

impl Net {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { changed_at: None, must_move: Vec::new(), ready: Vec::new(), broken_off: Vec::new() }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        match self.ready.is_empty() {
            true => kinds::after_any(self.changed_at),
            false => kinds::AT_ONCE,
        }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.changed_at.is_some_and(|at| at != event.at) {
            self.instant_is_over(view, event, out);
        }
        if !self.ready.is_empty() {
            self.ready_too_long(view, event.at, event, out);
        }
        match &event.what {
            Happened::Env(what) => self.env(view, event, what, out),
            Happened::State { job, from, to, cause } => {
                self.state(view, event, (*job, *from, *to, *cause), out);
            }
            Happened::ErrorInfo { job, info } => {
                own_code_stays(view, event, *job, info.code, out);
            }
            Happened::AttemptBegan { .. } if !view.network => {
                nothing_runs_offline(event, "a transfer attempt of `{job}` began", out);
            }
            Happened::Bytes { job, file, of, done } => {
                // What had moved before the loss may be recorded at its instant.
                if !view.network && event.at != view.network_since {
                    nothing_runs_offline(event, "data of `{job}` moved", out);
                }
                if *of == Payload::File {
                    if !view.network && event.at == view.network_since {
                        self.breaks_off(view, *job, *file, *done);
                    } else {
                        self.goes_on(event, *job, *file, *done, out);
                    }
                }
            }
            // Whatever begins a file anew is no matter of the network.
            Happened::File(file) if !self.broken_off.is_empty() => {
                if matches!(
                    file.what,
                    FileChange::Restarted
                        | FileChange::SourceChanged
                        | FileChange::RemoteName(_)
                        | FileChange::TempDeleted
                ) {
                    let is = (file.job, file.file);
                    self.broken_off.retain(|(job, file, _)| (*job, *file) != is);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
        let settled = matches!(end, End::Settled(_));
        if settled || self.changed_at.is_some_and(|at| at < end.at()) {
            self.instant_is_over(view, last, out);
        }
        let now = if settled { SimTime(u64::MAX) } else { end.at() };
        self.ready_too_long(view, now, last, out);
    }

    fn env(&mut self, view: &View, event: &Event, what: &Disturbance, out: &mut Findings) {
        match what {
            Disturbance::NetworkLost if view.network => self.lost(view, event, out),
            Disturbance::NetworkRegained if !view.network => self.regained(view, event),
            Disturbance::LogOn(user) if !view.network => {
                for (id, job) in living(view) {
                    if job.state == JobState::Queued && job.owner == *user {
                        self.ready.push((id, event.at + AT_ONCE));
                    }
                }
            }
            Disturbance::LogOff(user) => {
                self.ready.retain(|(id, _)| view.job(*id).is_some_and(|job| job.owner != *user));
            }
            Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts => {
                self.must_move.clear();
                self.ready.clear();
                // The service may fall back to the last position that it has stored.
                self.broken_off.clear();
            }
            _ => {}
        }
    }

    fn lost(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.changed_at = Some(event.at);
        self.must_move.clear();
        let mut concerned = false;
        for (id, job) in living(view) {
            match job.state {
                JobState::Queued | JobState::Connecting | JobState::Transferring => {
                    concerned = true;
                    self.must_move.push((id, job.state));
                }
                JobState::TransientError => {
                    concerned = true;
                    let code = job.error.map(|info| info.code);
                    if code.is_some_and(|code| code != Hresult::BG_E_NETWORK_DISCONNECTED) {
                        out.held(RuleId::BITS_NET_002);
                    }
                }
                _ => {}
            }
            if job.state == JobState::Transferring {
                for (file, transfer) in (0..).map(FileId).zip(&job.files) {
                    if !transfer.finished && transfer.done > 0 {
                        self.breaks_off(view, id, file, transfer.done);
                    }
                }
            }
        }
        if concerned {
            out.held(RuleId::BITS_NET_005);
        }
    }

    fn regained(&mut self, view: &View, event: &Event) {
        self.changed_at = Some(event.at);
        self.must_move.clear();
        self.ready.clear();
        for (id, job) in living(view) {
            if job.state == JobState::TransientError && !held_back(view, job) {
                self.must_move.push((id, job.state));
            }
        }
    }

    fn state(
        &mut self,
        view: &View,
        event: &Event,
        (id, from, to, cause): (JobId, JobState, JobState, Stimulus),
        out: &mut Findings,
    ) {
        let Some(job) = view.job(id) else { return };
        if let Some(position) = self.must_move.iter().position(|(other, _)| *other == id) {
            self.must_move.swap_remove(position);
            match cause {
                Stimulus::NetworkLost => goes_offline(job, event, from, to, out),
                Stimulus::NetworkRegained => goes_online(job, event, to, out),
                _ => {}
            }
        } else if cause == Stimulus::NetworkLost {
            match from {
                JobState::TransientError => stays_in_transient_error(event, to, out),
                // Only runnable jobs are concerned.
                JobState::Queued | JobState::Connecting | JobState::Transferring => {}
                _ => left_alone(event, from, to, out),
            }
        }
        if let Some(position) = self.ready.iter().position(|(other, _)| *other == id) {
            self.ready.swap_remove(position);
            if to == JobState::TransientError && !view.network {
                waits_for_the_network(job, view, event, out);
            }
        }
        let by_restart = matches!(cause, Stimulus::ServiceRestart | Stimulus::ComputerRestart);
        if to == JobState::Queued && !view.network {
            out.held(RuleId::BITS_NET_005);
            if !by_restart && view.owner_present(job) {
                self.ready.push((id, event.at + AT_ONCE));
            }
        }
        if to.is_final() && !self.broken_off.is_empty() {
            self.broken_off.retain(|(other, ..)| *other != id);
        }
    }

    /// BITS-NET-001 and -003, once the instant of the loss or return is over.
    fn instant_is_over(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.changed_at = None;
        while let Some((id, state)) = self.must_move.pop() {
            let came = view.network;
            let rule = if came { RuleId::BITS_NET_003 } else { RuleId::BITS_NET_001 };
            let (what, expected) = if came {
                ("the network came back and `{job}` was left alone", "QUEUED")
            } else {
                (
                    "the network went away and `{job}` was left alone",
                    "TRANSIENT_ERROR with BG_E_NETWORK_DISCONNECTED (0x80200010)",
                )
            };
            let actual = format!("it stayed in {state}");
            let why = (what.to_owned(), expected.to_owned(), actual);
            about::broken(out, rule, Some(id), event, why);
        }
    }

    /// BITS-NET-006: a job that becomes ready without a network does not stay in QUEUED.
    fn ready_too_long(&mut self, view: &View, now: SimTime, event: &Event, out: &mut Findings) {
        self.ready.retain(|(id, due)| {
            if *due >= now {
                return true;
            }
            // Whoever took the job over at the same instant may be absent.
            let waits = |job: &JobView| job.state == JobState::Queued && view.owner_present(job);
            if view.job(*id).is_some_and(waits) && !view.network {
                about::broken(
                    out,
                    RuleId::BITS_NET_006,
                    Some(*id),
                    event,
                    (
                        "`{job}` became ready without a network and stayed in QUEUED".to_owned(),
                        "TRANSIENT_ERROR with BG_E_NETWORK_DISCONNECTED (0x80200010)".to_owned(),
                        "still QUEUED".to_owned(),
                    ),
                );
            }
            false
        });
    }

    fn breaks_off(&mut self, view: &View, id: JobId, file: FileId, done: u64) {
        if view.job(id).is_none_or(|job| job.job_type != JobType::Download) {
            return;
        }
        let here = |(job, other, _): &&mut (JobId, FileId, u64)| *job == id && *other == file;
        match self.broken_off.iter_mut().find(here) {
            Some((_, _, before)) => *before = done.max(*before),
            None => self.broken_off.push((id, file, done)),
        }
    }

    /// BITS-NET-008: after a loss a download goes on where it stopped.
    fn goes_on(&mut self, event: &Event, id: JobId, file: FileId, done: u64, out: &mut Findings) {
        let here = |(job, other, _): &(JobId, FileId, u64)| *job == id && *other == file;
        let Some(position) = self.broken_off.iter().position(here) else { return };
        let (_, _, before) = self.broken_off.swap_remove(position);
        out.ensure(RuleId::BITS_NET_008, done >= before, event, || {
            (
                format!("file {} of `{{job}}` went back after a network loss", file.0 + 1),
                format!("to go on from byte {before}, where the loss stopped it"),
                format!("{done} bytes"),
            )
        });
    }
}

fn living(view: &View) -> impl Iterator<Item = (JobId, &JobView)> {
    (0..).map(JobId).zip(&view.jobs).filter(|(_, job)| !job.gone)
}

/// True if something else than the network forbids the job to run: the pages do not agree on
/// whether the return of the network moves it all the same.
fn held_back(view: &View, job: &JobView) -> bool {
    let locked = job.error.is_some_and(|info| info.code == Hresult::BG_E_DESTINATION_LOCKED);
    let policy = job.priority.is_background() && view.bandwidth == Some(0);
    locked || policy || !view.blocks.is_empty()
}

/// BITS-NET-001: where the loss of the network puts a job.
fn goes_offline(job: &JobView, event: &Event, from: JobState, to: JobState, out: &mut Findings) {
    if from == JobState::TransientError {
        return;
    }
    let code = job.error.map(|info| info.code);
    let ok = to == JobState::TransientError && code == Some(Hresult::BG_E_NETWORK_DISCONNECTED);
    out.ensure(RuleId::BITS_NET_001, ok, event, || {
        let code =
            code.map_or("no error information".to_owned(), |code| WithNumber(code).to_string());
        (
            format!("the network went away while `{{job}}` was in {from}"),
            "TRANSIENT_ERROR with BG_E_NETWORK_DISCONNECTED (0x80200010)".to_owned(),
            format!("{to} with {code}"),
        )
    });
}

/// BITS-NET-003: where the return of the network puts a waiting job.
fn goes_online(job: &JobView, event: &Event, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::BITS_NET_003, to == JobState::Queued, event, || {
        let code = job.error.map_or("no code".to_owned(), |info| info.code.to_string());
        (
            format!("the network came back while `{{job}}` waited ({code})"),
            "TRANSIENT_ERROR -> QUEUED".to_owned(),
            format!("TRANSIENT_ERROR -> {to}"),
        )
    });
}

/// BITS-NET-001: suspended, failed, finished and final jobs are not concerned.
fn left_alone(event: &Event, from: JobState, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::BITS_NET_001, false, event, || {
        (
            "the loss of the network moved `{job}`".to_owned(),
            format!("{from} stays: only QUEUED, CONNECTING and TRANSFERRING are concerned"),
            format!("{from} -> {to}"),
        )
    });
}

/// BITS-NET-002: the loss of the network does not move a job in TRANSIENT_ERROR.
fn stays_in_transient_error(event: &Event, to: JobState, out: &mut Findings) {
    out.ensure(RuleId::BITS_NET_002, false, event, || {
        (
            "the loss of the network moved `{job}` out of TRANSIENT_ERROR".to_owned(),
            "TRANSIENT_ERROR stays, with its own error code".to_owned(),
            format!("TRANSIENT_ERROR -> {to}"),
        )
    });
}

/// BITS-NET-002: a job in TRANSIENT_ERROR keeps its own code when the network goes away.
fn own_code_stays(view: &View, event: &Event, id: JobId, code: Hresult, out: &mut Findings) {
    let Some(job) = view.job(id) else { return };
    let Some(own) = job.error.map(|info| info.code) else { return };
    let lost = Hresult::BG_E_NETWORK_DISCONNECTED;
    if job.state == JobState::TransientError && code == lost && own != lost {
        out.ensure(RuleId::BITS_NET_002, false, event, || {
            (
                "the loss of the network replaced the error code of `{job}`".to_owned(),
                format!("{} in TRANSIENT_ERROR", WithNumber(own)),
                WithNumber(lost).to_string(),
            )
        });
    }
}

/// BITS-NET-005: no connection, no data without a network.
fn nothing_runs_offline(event: &Event, what: &str, out: &mut Findings) {
    out.ensure(RuleId::BITS_NET_005, false, event, || {
        (
            format!("{what} without a network connection"),
            "nothing until the network is back".to_owned(),
            format!("at {}", event.at),
        )
    });
}

/// BITS-NET-006: with which code a job waits that became ready without a network.
fn waits_for_the_network(job: &JobView, view: &View, event: &Event, out: &mut Findings) {
    let code = job.error.map(|info| info.code);
    let ok = code == Some(Hresult::BG_E_NETWORK_DISCONNECTED)
        || held_back(view, job) && code.is_some_and(Hresult::is_block);
    out.ensure(RuleId::BITS_NET_006, ok, event, || {
        (
            "`{job}` became ready without a network and waits with another code".to_owned(),
            "BG_E_NETWORK_DISCONNECTED (0x80200010)".to_owned(),
            code.map_or("no error information".to_owned(), |code| WithNumber(code).to_string()),
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{ADMIN, CONSOLE, OWNER, Story, download};
    use bitsim_vocab::call::JobCall;
    use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo};
    use bitsim_vocab::{Call, ErrorContext, Reply};

    impl Story {
        /// The network goes away (or a call meets its absence) and the job waits for it.
        fn offline(self, cause: Stimulus, code: Hresult) -> Self {
            let job = self.job;
            let context = ErrorContext::GeneralQueueManager;
            let info = ErrorInfo { code, context, file: None, protocol: None };
            self.push(Happened::ErrorInfo { job, info }).to(JobState::TransientError, cause)
        }

        fn lost(self) -> Self {
            self.env(Disturbance::NetworkLost)
        }

        fn regained(self) -> Self {
            self.env(Disturbance::NetworkRegained)
        }
    }

    const GONE: Hresult = Hresult::BG_E_NETWORK_DISCONNECTED;

    fn running() -> Story {
        download().at(1).transferring().at(2)
    }

    fn refused() -> Story {
        download()
            .at(1)
            .connecting()
            .fails(Hresult::ERROR_WINHTTP_CANNOT_CONNECT, ErrorContext::RemoteFile)
            .to(JobState::TransientError, Stimulus::ConnectFailsTransient)
            .at(2)
    }

    #[test]
    fn a_loss_sends_runnable_jobs_to_transient_error() {
        let good = running().lost().bytes(0, 9).offline(Stimulus::NetworkLost, GONE).at(3);
        good.holds(RuleId::BITS_NET_001);
        good.holds(RuleId::BITS_NET_005);
        good.is_clean_of(CHECKED);
        running().lost().at(3).breaks(RuleId::BITS_NET_001);
        download().at(1).lost().at(3).breaks(RuleId::BITS_NET_001);
        let other = Hresult::BG_E_CONNECTION_CLOSED;
        running().lost().offline(Stimulus::NetworkLost, other).breaks(RuleId::BITS_NET_001);
        let to_error = running().lost().to(JobState::Error, Stimulus::NetworkLost);
        to_error.breaks(RuleId::BITS_NET_001);
        let rested = Story::new().create(JobType::Download).lost();
        rested.clone().is_clean_of(CHECKED);
        rested.to(JobState::TransientError, Stimulus::NetworkLost).breaks(RuleId::BITS_NET_001);
        let twice = running().lost().offline(Stimulus::NetworkLost, GONE).regained();
        twice.to(JobState::Queued, Stimulus::NetworkRegained).at(3).is_clean_of(CHECKED);
    }

    #[test]
    fn a_waiting_job_keeps_its_code() {
        refused().lost().at(3).holds(RuleId::BITS_NET_002);
        refused().lost().at(3).is_clean_of(CHECKED);
        let replaced = refused().lost().offline(Stimulus::NetworkLost, GONE);
        replaced.breaks(RuleId::BITS_NET_002);
    }

    #[test]
    fn the_return_queues_everything_that_waits() {
        let back = refused().lost().at(3).regained();
        back.breaks(RuleId::BITS_NET_003);
        let good = back.clone().to(JobState::Queued, Stimulus::NetworkRegained);
        good.holds(RuleId::BITS_NET_003);
        good.is_clean_of(CHECKED);
        back.to(JobState::Error, Stimulus::NetworkRegained).breaks(RuleId::BITS_NET_003);
        let limit = Disturbance::Bandwidth(Some(0));
        refused().env(limit).lost().at(3).regained().at(9).is_clean_of(CHECKED);
    }

    #[test]
    fn nothing_runs_without_a_network() {
        let lost = download().at(1).lost().offline(Stimulus::NetworkLost, GONE);
        let queued = lost.at(2).to(JobState::Queued, Stimulus::RetryDelayExpires);
        queued.connecting().breaks(RuleId::BITS_NET_005);
        let late = running().lost().offline(Stimulus::NetworkLost, GONE).at(3).bytes(0, 9);
        late.breaks(RuleId::BITS_NET_005);
    }

    #[test]
    fn a_job_that_becomes_ready_offline_waits_as_the_others_do() {
        let created = || Story::new().create(JobType::Download).add().at(1).lost().at(2);
        let good = created().resume().offline(Stimulus::SchedulerPicksJob, GONE);
        good.holds(RuleId::BITS_NET_006);
        good.is_clean_of(CHECKED);
        created().resume().breaks(RuleId::BITS_NET_006);
        let asked = created().resume().at(90).get(JobCall::GetState, Reply::None);
        asked.breaks(RuleId::BITS_NET_006);
        created().resume().at(3).regained().is_clean_of(CHECKED);
        // Somebody takes the job over, and is not there to let it run.
        let taken = |gone| {
            let take = Call::Job(JobId(0), JobCall::TakeOwnership);
            let taken = created().resume().called(CONSOLE, take, Hresult::S_OK, Reply::None);
            taken.env(Disturbance::LogOff(gone)).at(90)
        };
        taken(ADMIN).is_clean_of(CHECKED);
        taken(OWNER).breaks(RuleId::BITS_NET_006);
        let other = Hresult::BG_E_CONNECTION_CLOSED;
        let wrong = created().resume().offline(Stimulus::SchedulerPicksJob, other);
        wrong.breaks(RuleId::BITS_NET_006);
    }

    #[test]
    fn a_download_goes_on_where_the_loss_stopped_it() {
        let back = running()
            .lost()
            .bytes(0, 40)
            .ends(AttemptOutcome::Blocked { code: GONE })
            .offline(Stimulus::NetworkLost, GONE)
            .at(3)
            .regained()
            .to(JobState::Queued, Stimulus::NetworkRegained)
            .transferring()
            .at(4);
        let good = back.clone().bytes(0, 40).bytes(0, 90);
        good.holds(RuleId::BITS_NET_008);
        good.is_clean_of(CHECKED);
        back.clone().bytes(0, 10).breaks(RuleId::BITS_NET_008);
        let restarted = back.file(0, FileChange::Restarted).bytes(0, 10);
        restarted.is_clean_of(CHECKED);
    }
}
