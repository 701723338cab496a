//! RANGES: ranges that AddFileWithRanges must not take.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, Call, JobCall, NewFile};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, Hresult, JobType, RuleId};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] =
    &[RuleId::BITS_RANGES_003, RuleId::BITS_RANGES_004, RuleId::BITS_RANGES_005];

/// RANGES. Everything is decided by one call.
#[derive(Debug, Clone)]
pub(super) struct Ranges;

impl Ranges {
    pub(super) fn new(_: &Setup) -> Self {
        Self
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        let Happened::Called(called) = &event.what else { return };
        let Call::Job(id, JobCall::AddFile(file)) = &called.call else { return };
        let Some(job) = view.job(*id) else { return };
        let takes_ranges = job.job_type == JobType::Download && !job.state.is_final();
        if takes_ranges && !file.ranges.is_empty() && !other_trouble(called.hr) {
            judge(event, called, file, out);
        }
    }

    pub(super) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}
}

/// True for a refusal that says nothing about the ranges: which of several mistakes is told first
/// is documented nowhere.
fn other_trouble(hr: Hresult) -> bool {
    hr.failed() && !matches!(hr, Hresult::BG_E_INVALID_RANGE | Hresult::BG_E_OVERLAPPING_RANGES)
}

fn judge(event: &Event, called: &Called, file: &NewFile, out: &mut Findings) {
    let ranges = &file.ranges;
    let nowhere = ranges.iter().any(|(offset, _)| *offset == BG_SIZE_UNKNOWN);
    let empty = ranges.iter().any(|(_, length)| *length == 0);
    // A range without an end may or may not overlap a later one: the page does not say.
    let bounded = |(_, length): &(u64, u64)| *length != BG_SIZE_UNKNOWN;
    let shared = ranges.iter().all(bounded) && !nowhere && !empty && overlap(ranges);
    if nowhere {
        refused(event, called, out, RuleId::BITS_RANGES_003, "begins at BG_LENGTH_TO_EOF");
    } else if shared {
        refused(event, called, out, RuleId::BITS_RANGES_004, "shares bytes with another");
    } else if empty {
        refused(event, called, out, RuleId::BITS_RANGES_005, "is of length zero");
    }
}

fn refused(event: &Event, called: &Called, out: &mut Findings, rule: RuleId, told: &str) {
    let wanted: &[Hresult] = match rule {
        RuleId::BITS_RANGES_003 => &[Hresult::BG_E_INVALID_RANGE],
        RuleId::BITS_RANGES_004 => &[Hresult::BG_E_OVERLAPPING_RANGES],
        _ => &[Hresult::BG_E_INVALID_RANGE, Hresult::BG_E_OVERLAPPING_RANGES],
    };
    out.ensure(rule, wanted.contains(&called.hr), event, || {
        let names: Vec<String> = wanted.iter().map(|code| WithNumber(*code).to_string()).collect();
        (
            format!("a file with a range that {told} was added to `{{job}}`"),
            names.join(" or "),
            WithNumber(called.hr).to_string(),
        )
    });
}

fn overlap(ranges: &[(u64, u64)]) -> bool {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[0].0.saturating_add(pair[0].1) > pair[1].0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{Story, local, url};

    const INVALID: Hresult = Hresult::BG_E_INVALID_RANGE;
    const OVERLAPPING: Hresult = Hresult::BG_E_OVERLAPPING_RANGES;

    fn story(ranges: &[(u64, u64)], hr: Hresult) -> Story {
        let file = NewFile { remote: url(1), local: local(1), ranges: ranges.to_vec() };
        Story::new().create(JobType::Download).call(JobCall::AddFile(file), hr)
    }

    #[test]
    fn bad_ranges_are_refused_by_their_code() {
        story(&[(u64::MAX, 5)], INVALID).holds(RuleId::BITS_RANGES_003);
        story(&[(u64::MAX, 5)], OVERLAPPING).breaks(RuleId::BITS_RANGES_003);
        story(&[(0, 10), (5, 10)], OVERLAPPING).holds(RuleId::BITS_RANGES_004);
        story(&[(0, 10), (5, 10)], Hresult::S_OK).breaks(RuleId::BITS_RANGES_004);
        story(&[(0, 0)], INVALID).holds(RuleId::BITS_RANGES_005);
        story(&[(0, 0)], Hresult::S_OK).breaks(RuleId::BITS_RANGES_005);
        story(&[(0, 10), (10, 10)], Hresult::S_OK).leaves(RuleId::BITS_RANGES_004);
        story(&[(0, 0)], Hresult::E_INVALIDARG).leaves(RuleId::BITS_RANGES_005);
    }
}
