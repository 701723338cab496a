//! DOD-INTEGRITY-001 and -002: mandatory checks.

use crate::findings::Findings;
use crate::view::downloads::latest::LatestCall;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{
    DownloadCall, DownloadProperty, DownloadState, Row, Situation, Standing,
};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{End, FileChange, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Fault, FaultKind, Part, Setup};
use bitsim_vocab::{Event, Hresult, JobId, RuleId, ServerId, SimTime};
use std::collections::BTreeMap;

pub(super) const CHECKED: &[RuleId] = &[RuleId::DOD_INTEGRITY_001, RuleId::DOD_INTEGRITY_002];

/// DOD-INTEGRITY.
#[derive(Debug, Clone)]
pub(super) struct Integrity {
    /// Faults in force that damage whatever a server sends, and since when.
    damage: BTreeMap<u32, (ServerId, SimTime)>,
    /// Downloads that asked for bytes.
    asked: BTreeMap<JobId, Asked>,
}

/// What is known of the bytes of a download.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// When the trace last told how many there are.
    told: SimTime,
    /// Some of them are certainly damaged.
    damaged: bool,
}

impl Integrity {
    pub(super) fn new(_: &Setup) -> Self {
        Self { damage: BTreeMap::new(), asked: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            unspecified(view, call, out);
        }
        match &event.what {
            Happened::Env(what) => match &**what {
                Disturbance::FaultBegins(fault) if damages_all(fault) => {
                    self.damage.insert(fault.number, (fault.server, event.at));
                }
                Disturbance::FaultEnds(number) => {
                    self.damage.remove(number);
                }
                _ => {}
            },
            Happened::Requested { job, held, .. } => {
                let asked = self.asked.entry(*job).or_insert(Asked::at(event.at));
                asked.told = event.at;
                asked.damaged &= *held > 0;
            }
            Happened::Bytes { job, of: Payload::File, done, .. } => {
                let Some(download) = view.download(*job) else { return };
                let Some(asked) = self.asked.get(job).copied() else { return };
                let hit = *done > download.done && self.damages(view, download, asked.told, event);
                let damaged = asked.damaged || hit;
                self.asked.insert(*job, Asked { told: event.at, damaged });
            }
            Happened::File(file) if file.what == FileChange::Restarted => {
                self.asked.insert(file.job, Asked::at(event.at));
            }
            Happened::Standing { job, to, cause, .. } => {
                let Some(download) = view.download(*job) else { return };
                self.checked(view, event, (*job, download), (*to, *cause), out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            unspecified(view, call, out);
        }
    }

    /// True if all that the download received between `since` and now was damaged on its way.
    fn damages(
        &self,
        view: &Downloads,
        download: &DownloadView,
        since: SimTime,
        event: &Event,
    ) -> bool {
        let server = view.server_of(download).map(|server| server.name.as_str());
        let all_along = |id: ServerId| {
            let mut of_server = self.damage.values().filter(|(other, _)| *other == id);
            since < event.at && of_server.any(|(_, begin)| *begin <= since)
        };
        let named = |id: &ServerId| {
            let known = view.setup.servers.get(id.index());
            known.map(|server| server.name.as_str()) == server
        };
        let origin = (0..).map(ServerId).take(view.setup.servers.len()).find(named);
        // Which of the two a request goes to is not recorded.
        let cache = view.setup.delivery.cache_host;
        origin.is_some_and(all_along) && cache.is_none_or(all_along)
    }

    /// DOD-INTEGRITY-002: a failed mandatory check ends the download.
    fn checked(
        &self,
        view: &Downloads,
        event: &Event,
        (job, download): (JobId, &DownloadView),
        (to, cause): (Standing, Row),
        out: &mut Findings,
    ) {
        let mandatory = download.flag(DownloadProperty::IntegrityCheckMandatory);
        let damaged = self.asked.get(&job).is_some_and(|asked| asked.damaged);
        let failed = cause == Row::IntegrityFails;
        let unnoticed = mandatory && damaged && to.state == DownloadState::Transferred;
        if view.is_agent() || !failed && !unnoticed {
            return;
        }
        // Aborted is the other reading of the page.
        let stopped =
            to.situation() == Situation::PausedFailed || to.state == DownloadState::Aborted;
        out.ensure(RuleId::DOD_INTEGRITY_002, stopped, event, || {
            (
                "the bytes of `{job}` are damaged and it was not stopped".to_owned(),
                "Paused with a failed Error after a mandatory check".to_owned(),
                to.to_string(),
            )
        });
    }
}

impl Asked {
    const fn at(told: SimTime) -> Self {
        Self { told, damaged: false }
    }
}

/// True if every byte that the server sends is damaged until the fault is ended.
fn damages_all(fault: &Fault) -> bool {
    let payload = matches!(fault.part, Part::Any | Part::Payload);
    let all = fault.url.is_none() && fault.times.is_none();
    fault.kind == FaultKind::Corrupts && payload && all
}

/// DOD-INTEGRITY-001: a mandatory check needs to know against what.
fn unspecified(view: &Downloads, call: &LatestCall, out: &mut Findings) {
    let DownloadCall::Start(Some(ranges)) = &call.call else { return };
    let Some(download) = view.download(call.job) else { return };
    // Which of several reasons to refuse a Start counts is not documented.
    let other_reason = super::start::refuses_ranges(download, ranges);
    if other_reason && call.hr.failed() && call.moved.is_none() {
        return;
    }
    let open = download.flag(DownloadProperty::IntegrityCheckMandatory)
        && !download.properties.contains_key(&DownloadProperty::IntegrityCheckInfo)
        && download.text(DownloadProperty::Uri).is_some()
        && download.has_sink();
    if view.is_agent() || !open || !call.admitted || call.before.state != DownloadState::Created {
        return;
    }
    let code = Hresult::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED;
    // Whether Start itself fails or the download right after it is not documented.
    let later = call.hr.succeeded()
        && (download.standing.error == code || call.moved.is_some_and(|to| to.error == code));
    let refused = call.hr == code && call.moved.is_none();
    call.ensure(out, RuleId::DOD_INTEGRITY_001, refused || later, || {
        (
            "`{job}` runs with a mandatory check and nothing to check against".to_owned(),
            WithNumber(code).to_string(),
            call.effect(call.hr, call.moved),
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::download::testing::{OK, Tale, of, paused};
    use bitsim_vocab::download::Value;
    use bitsim_vocab::hresult::Class;

    const MANDATORY: DownloadProperty = DownloadProperty::IntegrityCheckMandatory;
    const INFO: DownloadProperty = DownloadProperty::IntegrityCheckInfo;

    #[test]
    fn a_mandatory_check_needs_hashes() {
        let rule = RuleId::DOD_INTEGRITY_001;
        let tale = Tale::windows().set(MANDATORY, Value::Flag(true), OK);
        let start = DownloadCall::Start(Some(Vec::new()));
        let code = Hresult::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED;
        tale.clone().call(start.clone(), code).follows(rule);
        tale.clone().call(start, Hresult::E_FAIL).breaks(rule);
        tale.clone().start().breaks(rule);
        tale.text(INFO, "hashes").start().leaves(rule);
    }

    #[test]
    fn ranges_may_be_refused_before() {
        let rule = RuleId::DOD_INTEGRITY_001;
        let start = |tale: &Tale, ranges: &[(u64, u64)], hr| {
            tale.clone().call(DownloadCall::Start(Some(ranges.to_vec())), hr)
        };
        let overlapping = [(0, 10), (5, 10)];
        let tale = Tale::windows().set(MANDATORY, Value::Flag(true), OK);
        start(&tale, &overlapping, Hresult::DO_E_OVERLAPPING_RANGES).leaves(rule);
        start(&tale, &overlapping, OK).breaks(rule);
        start(&tale, &[(0, 10)], Hresult::DO_E_OVERLAPPING_RANGES).breaks(rule);
        let expected = Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED;
        start(&tale, &[], expected).breaks(rule);
        let tale = tale.set(DownloadProperty::StreamInterface, Value::Object, OK);
        start(&tale, &[], expected).leaves(rule);
        start(&tale, &[(0, 10)], expected).breaks(rule);
    }

    #[test]
    fn damaged_bytes_stop_the_download() {
        let rule = RuleId::DOD_INTEGRITY_002;
        let tale = Tale::windows().set(MANDATORY, Value::Flag(true), OK).text(INFO, "hashes");
        let tale = damaging(tale).start().at(1);
        tale.clone().arrives().breaks(rule);
        let code = Hresult::DO_E_BAD_PIECE_HASH;
        let fails = tale.sized(100).bytes(100).fails(code, Class::Fatal);
        fails.clone().to(paused(code, OK), Row::IntegrityFails).follows(rule);
        fails.to(of(DownloadState::Transferred), Row::IntegrityFails).breaks(rule);
    }

    #[test]
    fn what_arrived_damaged_stays_damaged() {
        let rule = RuleId::DOD_INTEGRITY_002;
        let tale = Tale::windows().set(MANDATORY, Value::Flag(true), OK).text(INFO, "hashes");
        let heals = |tale: Tale| tale.env(Disturbance::FaultEnds(1));
        // The fault ended before anything came, or it is not known what came before it ended.
        heals(damaging(tale.clone()).start()).at(1).arrives().leaves(rule);
        heals(damaging(tale.clone()).start().at(1)).at(2).arrives().leaves(rule);
        // Part of it came damaged, from the beginning on or later.
        let first = damaging(tale.clone()).start().at(1).sized(100).bytes(40);
        heals(first.clone()).at(2).arrives().breaks(rule);
        let later = damaging(tale.start().at(1).sized(100).bytes(40)).at(2).bytes(50);
        heals(later).at(3).arrives().breaks(rule);
        // What came after the transfer began again does not count any more.
        let again = heals(first.file(FileChange::Restarted)).at(2);
        again.sized(100).bytes(100).arrives().leaves(rule);
    }

    /// From now on all that the server sends is damaged.
    fn damaging(tale: Tale) -> Tale {
        let fault = Fault {
            number: 1,
            server: ServerId(0),
            url: None,
            part: Part::Payload,
            kind: FaultKind::Corrupts,
            times: None,
            class: None,
        };
        tale.env(Disturbance::FaultBegins(Box::new(fault)))
    }
}
