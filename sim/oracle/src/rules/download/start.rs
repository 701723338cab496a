//! DOD-START and DOD-RANGES-001: what Start does in each state.

mod again;
mod created;

use crate::findings::Findings;
use crate::view::downloads::latest::LatestCall;
use crate::view::downloads::{DownloadView, Downloads};
use again::Again;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Row};
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Call, Event, Hresult, JobId, RuleId};

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_START_002,
    RuleId::DOD_START_003,
    RuleId::DOD_START_004,
    RuleId::DOD_START_005,
    RuleId::DOD_START_006,
    RuleId::DOD_START_007,
    RuleId::DOD_START_008,
    RuleId::DOD_START_009,
    RuleId::DOD_START_010,
    RuleId::DOD_START_012,
    RuleId::DOD_START_013,
    RuleId::DOD_START_016,
    RuleId::DOD_RANGES_001,
];

/// The agent's codes for EEXIST and ENOENT: facility 0xD0 with severity 3.
const EEXIST: Hresult = Hresult(0xC0D0_0011);
const ENOENT: Hresult = Hresult(0xC0D0_0002);

/// DOD-START.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// What was true when the latest Start came.
    ahead: Option<Ahead>,
    again: Again,
    /// Downloads that started on the path of a paused one: the newcomer and that one.
    taken: Vec<(JobId, JobId)>,
}

/// What was true before a Start.
#[derive(Debug, Clone)]
struct Ahead {
    /// A file was at LocalPath.
    existed: bool,
    /// The ranges in force.
    ranges: Option<Vec<(u64, u64)>>,
    /// The output was deleted by somebody else.
    output_lost: bool,
    /// An attempt was running.
    in_attempt: bool,
    /// Bytes held, and the total if known.
    held: (u64, Option<u64>),
    /// Paused downloads with the same LocalPath.
    on_path: Vec<JobId>,
}

impl Start {
    pub(super) fn new(_: &Setup) -> Self {
        Self { ahead: None, again: Again::default(), taken: Vec::new() }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            self.judge(view, call, out);
        }
        self.again.observe(view, event, out);
        match &event.what {
            Happened::Called(called) => self.look_ahead(view, called),
            Happened::Standing { job, to, cause, .. } => {
                self.path_taken(view, event, *job, to.state, *cause, out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            self.judge(view, call, out);
        }
    }

    fn look_ahead(&mut self, view: &Downloads, called: &Called) {
        let Call::Download(job, DownloadCall::Start(_)) = &called.call else { return };
        let Some(download) = view.download(*job) else { return };
        let path = download.text(DownloadProperty::LocalPath);
        let on_path = |(other, paused): (u32, &DownloadView)| {
            let same = path.zip(paused.text(DownloadProperty::LocalPath));
            let same = same.is_some_and(|(path, other)| path.eq_ignore_ascii_case(other));
            let rests = paused.standing.state == DownloadState::Paused && !paused.gone;
            (same && rests && JobId(other) != *job).then_some(JobId(other))
        };
        self.ahead = Some(Ahead {
            existed: path.is_some_and(|path| view.exists(path)),
            ranges: download.ranges.clone(),
            output_lost: download.output_lost,
            in_attempt: download.in_attempt,
            held: (download.done, download.total),
            on_path: (0..).zip(&view.downloads).filter_map(on_path).collect(),
        });
    }

    /// Judges a Start once all its effects have been recorded.
    fn judge(&mut self, view: &Downloads, call: &LatestCall, out: &mut Findings) {
        let DownloadCall::Start(ranges) = &call.call else { return };
        let Some(ahead) = self.ahead.take() else { return };
        let Some(download) = view.download(call.job).filter(|_| call.admitted) else { return };
        let ranges = ranges.as_deref();
        let windows = !view.is_agent();
        if windows && !call.before.state.is_final() {
            empty_range(call, ranges, out);
        }
        match call.before.state {
            DownloadState::Created => {
                created::judge(view, download, call, ranges, ahead.existed, out);
                if windows && call.moved.is_some() {
                    self.taken.extend(ahead.on_path.iter().map(|other| (call.job, *other)));
                }
            }
            DownloadState::Transferring => transferring(view, call, ranges, &ahead, out),
            DownloadState::Transferred if windows => transferred(call, ranges, &ahead, out),
            DownloadState::Transferred => {}
            DownloadState::Paused => paused(view, call, ranges, &ahead, out),
            DownloadState::Finalized | DownloadState::Aborted => {
                let refused = Hresult::DO_E_INVALID_STATE;
                call.ensure_effect(out, RuleId::DOD_START_010, refused, None);
            }
        }
    }

    /// DOD-START-013: the newcomer on a path aborts the paused download that had it.
    fn path_taken(
        &mut self,
        view: &Downloads,
        event: &Event,
        job: JobId,
        to: DownloadState,
        cause: Row,
        out: &mut Findings,
    ) {
        if to == DownloadState::Transferred {
            for (_, first) in self.taken.iter().filter(|(second, _)| *second == job) {
                let Some(first) = view.download(*first).filter(|first| !first.gone) else {
                    continue;
                };
                let aborted = first.standing.state.is_final();
                out.ensure(RuleId::DOD_START_013, aborted, event, || {
                    (
                        "`{job}` arrived on the LocalPath of a download paused earlier, which \
                         lives on"
                            .to_owned(),
                        "the earlier download to be Aborted".to_owned(),
                        format!("it is {}", first.standing),
                    )
                });
            }
            self.taken.retain(|(second, _)| *second != job);
        }
        // Started again meanwhile, the first one is no longer a paused download.
        if crate::view::downloads::starts(cause) {
            self.taken.retain(|(_, first)| *first != job);
        }
    }
}

/// DOD-START-002, -007 and -016.
fn paused(
    view: &Downloads,
    call: &LatestCall,
    ranges: Option<&[(u64, u64)]>,
    ahead: &Ahead,
    out: &mut Findings,
) {
    let download = view.download(call.job);
    let refused = |ranges| download.is_some_and(|download| refuses_ranges(download, ranges));
    let refused = ranges.is_some_and(refused);
    if ahead.output_lost {
        // Another download may have made the file anew.
        if view.is_agent() && !refused && !ahead.existed {
            call.ensure_effect(out, RuleId::DOD_START_016, ENOENT, None);
        }
        return;
    }
    if refused || !view.denied.is_empty() {
        return;
    }
    // With bytes of a file of unknown length the agent cannot go on (findings).
    let (done, total) = ahead.held;
    if view.is_agent() && done > 0 && total.unwrap_or(0) == 0 {
        return;
    }
    let moved = call.moved.is_some_and(|to| to.state != DownloadState::Aborted);
    let ok = call.hr == Hresult::S_OK && moved;
    let texts = || {
        (
            format!("Start in {} did not make `{{job}}` go on", call.before),
            "S_OK, and the transfer to go on with what is left".to_owned(),
            call.effect(call.hr, call.moved),
        )
    };
    if ranges.is_none() && !view.is_agent() {
        call.ensure(out, RuleId::DOD_START_002, ok, texts);
    }
    call.ensure(out, RuleId::DOD_START_007, ok, texts);
}

/// DOD-RANGES-001: a range of no length is refused.
fn empty_range(call: &LatestCall, ranges: Option<&[(u64, u64)]>, out: &mut Findings) {
    let Some(ranges) = ranges else { return };
    if ranges.iter().any(|(_, length)| *length == 0) {
        call.ensure(out, RuleId::DOD_RANGES_001, call.hr.failed(), || {
            (
                "Start of `{job}` accepted a range of length 0".to_owned(),
                "a failure such as DO_E_INVALID_RANGE (0x80D05010)".to_owned(),
                call.effect(call.hr, call.moved),
            )
        });
    }
}

/// True if Start may be refused for the ranges it is given, whatever else there is: one is empty or
/// overlaps another, or a stream, which takes ranges only (DOD-START-015), is given none.
pub(super) fn refuses_ranges(download: &DownloadView, ranges: &[(u64, u64)]) -> bool {
    !sound(ranges) || ranges.is_empty() && download.has_stream()
}

/// True if no range is empty and none overlaps another.
fn sound(ranges: &[(u64, u64)]) -> bool {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let apart = |pair: &[(u64, u64)]| pair[0].0.saturating_add(pair[0].1) <= pair[1].0;
    sorted.iter().all(|(_, length)| *length > 0) && sorted.windows(2).all(apart)
}

/// DOD-START-008: Start changes nothing while data moves.
fn transferring(
    view: &Downloads,
    call: &LatestCall,
    ranges: Option<&[(u64, u64)]>,
    ahead: &Ahead,
    out: &mut Findings,
) {
    let same = ranges.is_none_or(|ranges| ahead.ranges.as_deref().unwrap_or(&[]) == ranges);
    // Other ranges may be refused.
    if !same && call.hr.failed() {
        return;
    }
    // At the same instant a cache host may fail, and the attempt go on from the origin.
    let falls_back = view.setup.delivery.cache_host.is_some() && !call.began;
    let again = call.sent && !(ahead.in_attempt && (call.ended || falls_back));
    let ok = call.hr == Hresult::S_OK && call.moved.is_none() && !again;
    call.ensure(out, RuleId::DOD_START_008, ok, || {
        (
            "Start while Transferring did something to `{job}`".to_owned(),
            "S_OK and no effect".to_owned(),
            match again {
                true => "another request was sent".to_owned(),
                false => call.effect(call.hr, call.moved),
            },
        )
    });
}

/// DOD-START-009: Start in Transferred begins anew for other ranges only.
fn transferred(
    call: &LatestCall,
    ranges: Option<&[(u64, u64)]>,
    ahead: &Ahead,
    out: &mut Findings,
) {
    let before = ahead.ranges.as_deref().unwrap_or(&[]);
    let rule = RuleId::DOD_START_009;
    match ranges {
        Some(ranges) if !sound(ranges) => {}
        Some(ranges) if !ranges.is_empty() && ranges != before => {
            let moved = call.moved.is_some_and(|to| to.state != DownloadState::Aborted);
            call.ensure(out, rule, call.hr == Hresult::S_OK && moved, || {
                (
                    "Start with other ranges did not make `{job}` transfer them".to_owned(),
                    "S_OK and Transferred -> Transferring".to_owned(),
                    call.effect(call.hr, call.moved),
                )
            });
        }
        // The whole file after ranges: with or without effect, but no failure.
        Some([]) if !before.is_empty() => {
            call.ensure(out, rule, call.hr == Hresult::S_OK, || {
                (
                    "Start of the whole file in Transferred failed for `{job}`".to_owned(),
                    "S_OK".to_owned(),
                    call.effect(call.hr, call.moved),
                )
            });
        }
        _ => call.ensure_effect(out, rule, Hresult::S_OK, None),
    }
}

#[cfg(test)]
mod tests;
