//! DOD-STATUS and DOD-RANGES-003: the counters and what GetStatus tells of them.

use crate::findings::Findings;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, DownloadStatus, Row};
use bitsim_vocab::trace::{AttemptOutcome, Called, End, FileChange, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, JobId, Reply, RuleId, SimTime};
use std::collections::BTreeMap;

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_STATUS_001,
    RuleId::DOD_STATUS_002,
    RuleId::DOD_STATUS_003,
    RuleId::DOD_STATUS_004,
    RuleId::DOD_RANGES_003,
    RuleId::DOD_START_001,
];

/// DOD-STATUS.
#[derive(Debug, Clone)]
pub(super) struct Status {
    /// What GetStatus told last: the number of the change that gave the standing, the bytes, and
    /// how often the counters had begun anew by then, if that is certain.
    told: BTreeMap<JobId, (u32, u64, Option<u32>)>,
    /// How often the counters of a download began anew.
    anew: BTreeMap<JobId, u32>,
    /// When a file last began again.
    restarted: BTreeMap<JobId, SimTime>,
}

impl Status {
    pub(super) fn new(_: &Setup) -> Self {
        Self { told: BTreeMap::new(), anew: BTreeMap::new(), restarted: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        let Some(job) = event.what.job() else { return };
        let Some(download) = view.download(job) else { return };
        match &event.what {
            Happened::Called(called) => self.asked(view, event, download, called, out),
            Happened::Standing { .. } => {
                let call = view.latest_call.as_ref().filter(|call| call.job == job);
                let ranges = call.and_then(|call| call.ranges());
                let before = download.ranges.as_deref().unwrap_or(&[]);
                if ranges.is_some_and(|ranges| ranges != before) {
                    *self.anew.entry(job).or_default() += 1;
                }
            }
            Happened::Bytes { of: Payload::File, done, .. } => {
                counted(view, event, download, *done, out);
            }
            Happened::File(file) => match file.what {
                FileChange::Sized(total) => sized(view, event, download, total, out),
                FileChange::Restarted => {
                    *self.anew.entry(job).or_default() += 1;
                    self.restarted.insert(job, event.at);
                }
                _ => {}
            },
            Happened::AttemptEnded { outcome: AttemptOutcome::Finished, .. } => {
                fetched(view, event, download, out);
                whole(view, event, download, out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, _: &Downloads, _: End, _: &Event, _: &mut Findings) {}

    fn asked(
        &mut self,
        view: &Downloads,
        event: &Event,
        download: &DownloadView,
        called: &Called,
        out: &mut Findings,
    ) {
        let Call::Download(job, DownloadCall::GetStatus) = called.call else { return };
        let Reply::Status(status) = &called.reply else { return };
        if status.bytes_total > 0 && !(view.is_agent() && download.total_moved) {
            let ok = status.bytes_transferred <= status.bytes_total;
            out.ensure(RuleId::DOD_STATUS_001, ok, event, || {
                too_many(status.bytes_transferred, status.bytes_total)
            });
        }
        let unasked = download.ranges.as_ref().is_none_or(Vec::is_empty);
        let hinted = download.properties.contains_key(&DownloadProperty::TotalSizeBytes);
        // An earlier status that is still told has the size of its time.
        let earlier = self.began_anew_lately(view, event, job)
            && status.standing != download.standing;
        if download.total.is_none() && unasked && !hinted && !earlier {
            out.ensure(RuleId::DOD_STATUS_002, status.bytes_total == 0, event, || {
                (
                    "GetStatus told a size of `{job}` before it was known".to_owned(),
                    "BytesTotal 0".to_owned(),
                    format!("BytesTotal {}", status.bytes_total),
                )
            });
        }
        self.up_to_date(view, event, (job, download), status, out);
    }

    /// True while GetStatus may tell what was so before the file began again.
    fn began_anew_lately(&self, view: &Downloads, event: &Event, job: JobId) -> bool {
        let lately = |at: &SimTime| event.at.since(*at) <= view.visible_after();
        self.restarted.get(&job).is_some_and(lately)
    }

    /// DOD-STATUS-004: never older than what happened, or than what was told before.
    fn up_to_date(
        &mut self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        status: &DownloadStatus,
        out: &mut Findings,
    ) {
        let anew = self.anew.get(&job).copied().unwrap_or(0);
        let told = self.told.get(&job).copied();
        let least = told.map_or(0, |(change, ..)| change);
        let visible = |(standing, change, until): &(_, u32, _)| {
            let fits = *standing == status.standing && *change >= least;
            (fits && event.at.since(*until) <= view.visible_after()).then_some(*change)
        };
        let since = |(.., before): &(_, _, Option<u32>)| *before == Some(anew);
        let floor = told.filter(since).map_or(0, |(_, bytes, _)| bytes);
        let newest = floor.max(download.done);
        let current = download.standing == status.standing && status.bytes_transferred >= newest;
        // An earlier status that is still told has the bytes of its time. Of several that look alike,
        // it is certain only that it was not before the first.
        let earlier = download.past.iter().find_map(visible);
        let shown = earlier.or(current.then_some(download.changes));
        let floor = if shown.is_some() { floor } else { newest };
        let ok = shown.is_some() && status.bytes_transferred >= floor;
        out.ensure(RuleId::DOD_STATUS_004, ok, event, || {
            (
                "GetStatus of `{job}` told something older than what is known".to_owned(),
                format!("{} with {floor} bytes or more", download.standing),
                format!("{} with {} bytes", status.standing, status.bytes_transferred),
            )
        });
        if let Some(shown) = shown {
            // Bytes that are told late may be those of before.
            let certain = earlier.is_none() || !self.began_anew_lately(view, event, job);
            self.told.insert(job, (shown, status.bytes_transferred, certain.then_some(anew)));
        }
    }
}

fn too_many(done: u64, total: u64) -> (String, String, String) {
    (
        "`{job}` has more bytes than there are".to_owned(),
        format!("at most {total} bytes"),
        format!("{done} bytes"),
    )
}

/// DOD-STATUS-001: the counters go up, and not beyond the total.
fn counted(
    view: &Downloads,
    event: &Event,
    download: &DownloadView,
    done: u64,
    out: &mut Findings,
) {
    let total = download.total.unwrap_or(0);
    let follows = view.is_agent() && download.total_moved;
    if done < download.done {
        out.ensure(RuleId::DOD_STATUS_001, false, event, || {
            (
                "BytesTransferred of `{job}` went down".to_owned(),
                format!("{} bytes or more", download.done),
                format!("{done} bytes"),
            )
        });
    } else if total > 0 && !follows {
        out.ensure(RuleId::DOD_STATUS_001, done <= total, event, || too_many(done, total));
    }
}

/// DOD-STATUS-003: with ranges, the total is theirs, if the agent was told one.
fn sized(view: &Downloads, event: &Event, download: &DownloadView, total: u64, out: &mut Findings) {
    let untold = view.is_agent() && total == 0;
    if untold || download.ranges.as_ref().is_none_or(Vec::is_empty) {
        return;
    }
    let Some(sum) = view.requested(download) else { return };
    out.ensure(RuleId::DOD_STATUS_003, total == sum, event, || {
        (
            "BytesTotal of `{job}` does not count just the ranges asked for".to_owned(),
            format!("{sum} bytes, the sum of the ranges"),
            format!("{total} bytes"),
        )
    });
}

/// DOD-RANGES-003: a resume fetches the ranges in force and no others.
fn fetched(view: &Downloads, event: &Event, download: &DownloadView, out: &mut Findings) {
    let resumed = download.ranges_changed || download.started_by == Some(Row::StartNull);
    let ranged = download.ranges.as_ref().is_some_and(|ranges| !ranges.is_empty());
    let transferring = download.standing.state == DownloadState::Transferring;
    if !resumed || view.is_agent() || !transferring || !(ranged || download.ranges_changed) {
        return;
    }
    // How much it is up to the end may have been found out before or after that changed on the
    // server.
    let to_the_end = |ranges: &Vec<(u64, u64)>| ranges.iter().any(|(_, length)| *length == u64::MAX);
    let open = !ranged || download.ranges.as_ref().is_some_and(to_the_end);
    if open && !view.remote_sizes.is_empty() {
        return;
    }
    let Some(sum) = view.requested(download) else { return };
    out.ensure(RuleId::DOD_RANGES_003, download.done == sum, event, || {
        (
            "`{job}` went on, but fetched other ranges than those in force".to_owned(),
            format!("{sum} bytes, as asked for by the latest Start that gave ranges"),
            format!("{} bytes", download.done),
        )
    });
}

/// DOD-START-001: the whole file, or just the ranges.
fn whole(view: &Downloads, event: &Event, download: &DownloadView, out: &mut Findings) {
    let Some(sum) = view.requested(download) else { return };
    // What changed on the server meanwhile may have been fetched in either version.
    if !view.remote_sizes.is_empty() || !download.is_transferring() {
        return;
    }
    out.ensure(RuleId::DOD_START_001, download.done == sum, event, || {
        (
            "`{job}` did not fetch just what Start asked for".to_owned(),
            format!("{sum} bytes"),
            format!("{} bytes", download.done),
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{OK, Tale, of, paused};
    use bitsim_vocab::world::Disturbance;
    use bitsim_vocab::{Span, Target};

    const TRANSFERRING: DownloadState = DownloadState::Transferring;

    fn ranged() -> Tale {
        let call = DownloadCall::Start(Some(vec![(0, 10), (50, 20)]));
        Tale::windows().call(call, OK).to(of(TRANSFERRING), Row::StartRanges).attempt().at(1)
    }

    fn finished(tale: Tale, done: u64) -> Tale {
        let tale = tale.bytes(done).file(FileChange::Finished).ends(AttemptOutcome::Finished);
        tale.to(of(DownloadState::Transferred), Row::AllReceived)
    }

    #[test]
    fn counters_go_up_to_the_total() {
        let rule = RuleId::DOD_STATUS_001;
        for tale in Tale::both() {
            let tale = tale.start().at(1).sized(100).bytes(40);
            let moves = of(TRANSFERRING);
            tale.clone().bytes(90).follows(rule);
            tale.clone().bytes(30).breaks(rule);
            tale.clone().bytes(101).breaks(rule);
            tale.clone().status(40, 100, moves).follows(rule);
            tale.status(140, 100, moves).breaks(rule);
        }
    }

    #[test]
    fn an_unknown_total_is_zero() {
        let rule = RuleId::DOD_STATUS_002;
        for tale in Tale::both() {
            let tale = tale.start().at(1);
            tale.clone().status(0, 0, of(TRANSFERRING)).follows(rule);
            tale.clone().status(0, u64::MAX, of(TRANSFERRING)).breaks(rule);
            tale.sized(100).status(0, 100, of(TRANSFERRING)).leaves(rule);
        }
    }

    #[test]
    fn a_status_that_is_told_late_has_the_size_of_its_time() {
        let rule = RuleId::DOD_STATUS_002;
        let slow = |setup: &mut Setup| setup.delivery.visible_after = Span::secs(3);
        let tale = Tale::on(Target::DO_DOWNLOAD).setup(slow).create().ready();
        let tale = tale.call(DownloadCall::Start(Some(vec![(0, 100)])), OK);
        let tale = tale.to(of(TRANSFERRING), Row::StartRanges).attempt().at(10).arrives().at(20);
        let again = tale.call(DownloadCall::Start(Some(Vec::new())), OK);
        let again = again.file(FileChange::Restarted);
        let again = again.to(of(TRANSFERRING), Row::StartWhole).attempt();
        let told = |at, standing| again.clone().at(at).status(100, 100, standing);
        told(22, of(DownloadState::Transferred)).leaves(rule);
        told(22, of(TRANSFERRING)).breaks(rule);
        told(24, of(DownloadState::Transferred)).breaks(rule);
    }

    #[test]
    fn ranges_make_the_total() {
        let rule = RuleId::DOD_STATUS_003;
        ranged().sized(30).follows(rule);
        ranged().sized(100).breaks(rule);
        // Only the agent takes an answer that says no length.
        ranged().sized(30).sized(0).breaks(rule);
        let agent = Tale::agent().call(DownloadCall::Start(Some(vec![(0, 10), (50, 20)])), OK);
        let agent = agent.to(of(TRANSFERRING), Row::StartRanges).attempt().at(1).sized(30);
        agent.clone().sized(0).follows(rule);
        agent.sized(40).breaks(rule);
    }

    #[test]
    fn a_total_that_is_unknown_again_is_no_bound() {
        let rule = RuleId::DOD_STATUS_001;
        let tale = Tale::agent().start().at(1).sized(100).bytes(40);
        tale.clone().bytes(140).breaks(rule);
        tale.sized(0).bytes(140).follows(rule);
    }

    #[test]
    fn get_status_is_up_to_date() {
        let rule = RuleId::DOD_STATUS_004;
        for tale in Tale::both() {
            let tale = tale.start().at(1).sized(100).bytes(40);
            tale.clone().status(40, 100, of(TRANSFERRING)).follows(rule);
            tale.clone().status(30, 100, of(TRANSFERRING)).breaks(rule);
            let rests = tale.clone().pause().at(2);
            rests.clone().status(40, 100, paused(OK, OK)).follows(rule);
            rests.status(40, 100, of(TRANSFERRING)).breaks(rule);
            let told = tale.status(50, 100, of(TRANSFERRING));
            told.clone().status(50, 100, of(TRANSFERRING)).follows(rule);
            told.status(45, 100, of(TRANSFERRING)).breaks(rule);
        }
    }

    #[test]
    fn a_change_may_take_its_time_to_show() {
        let rule = RuleId::DOD_STATUS_004;
        let slow = Tale::windows().setup(|setup| setup.delivery.visible_after = Span::secs(5));
        let tale = slow.start().at(1).sized(100).bytes(40).pause();
        tale.clone().at(4).status(20, 100, of(TRANSFERRING)).follows(rule);
        tale.clone().at(4).status(40, 100, paused(OK, OK)).follows(rule);
        tale.clone().at(7).status(40, 100, of(TRANSFERRING)).breaks(rule);
        let again = tale.clone().at(3).resume().at(4).bytes(60);
        again.clone().status(20, 100, of(TRANSFERRING)).follows(rule);
        again.at(9).status(20, 100, of(TRANSFERRING)).breaks(rule);
        let back = tale.clone().at(4).status(40, 100, paused(OK, OK));
        back.status(40, 100, of(TRANSFERRING)).breaks(rule);
        // Which of two pauses was told nobody knows, so the transfer between them may be told next.
        let twice = tale.resume().at(2).pause().at(3).status(40, 100, paused(OK, OK));
        twice.clone().status(40, 100, of(TRANSFERRING)).follows(rule);
        twice.at(9).status(40, 100, of(TRANSFERRING)).breaks(rule);
        // What is told late has the bytes of before, what is told next those of now.
        let ranged = DownloadCall::Start(Some(vec![(0, 10)]));
        let slow = Tale::windows().setup(|setup| setup.delivery.visible_after = Span::secs(5));
        let again = slow.start().at(1).arrives().at(2).call(ranged, OK);
        let again = again.file(FileChange::Restarted).to(of(TRANSFERRING), Row::StartRanges);
        let again = again.attempt().sized(10).bytes(5);
        let late = again.at(4).status(100, 100, of(DownloadState::Transferred));
        late.clone().at(8).status(5, 10, of(TRANSFERRING)).follows(rule);
        late.clone().at(8).status(4, 10, of(TRANSFERRING)).breaks(rule);
    }

    #[test]
    fn what_was_asked_for_is_fetched() {
        let rule = RuleId::DOD_START_001;
        finished(ranged().sized(30), 30).follows(rule);
        finished(ranged().sized(100), 100).breaks(rule);
        for tale in Tale::both() {
            let tale = tale.start().at(1);
            finished(tale.clone().sized(100), 100).follows(rule);
            finished(tale.sized(60), 60).breaks(rule);
        }
    }

    #[test]
    fn a_resume_keeps_the_ranges() {
        let rule = RuleId::DOD_RANGES_003;
        let rests = ranged().sized(30).bytes(15).pause().at(2);
        finished(rests.clone().resume().at(3), 30).follows(rule);
        finished(rests.clone().resume().at(3).sized(100), 100).breaks(rule);
        let call = DownloadCall::Start(Some(vec![(0, 60)]));
        let whole = rests.clone().call(DownloadCall::Start(Some(Vec::new())), OK);
        let whole = whole.to(of(TRANSFERRING), Row::StartWhole).began().requested(0).sized(100);
        finished(whole.clone(), 100).follows(rule);
        finished(whole.clone(), 60).breaks(rule);
        let url = "http://files.example/1".to_owned();
        let changes = Disturbance::RemoteFileChanges { url, size: 60, stamped: false };
        finished(whole.env(changes.clone()), 100).leaves(rule);
        let to_the_end = DownloadCall::Start(Some(vec![(10, u64::MAX)]));
        let rest = rests.clone().call(to_the_end, OK).to(of(TRANSFERRING), Row::StartRanges);
        let rest = rest.began().requested(0).sized(90);
        finished(rest.clone(), 90).follows(rule);
        finished(rest.clone(), 50).breaks(rule);
        finished(rest.env(changes), 90).leaves(rule);
        let other = rests.call(call, OK).to(of(TRANSFERRING), Row::StartRanges).began();
        finished(other.clone().requested(0).sized(60), 60).follows(rule);
        finished(other.requested(15), 30).breaks(rule);
    }
}
