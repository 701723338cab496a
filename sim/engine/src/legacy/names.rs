//! Names and ranges that no job accepts.

use bitsim_vocab::Hresult;
use bitsim_vocab::call::BG_SIZE_UNKNOWN;

/// Characters of a display name, terminator not counted (DO-CREATE-001).
pub(super) const LONGEST_DISPLAY_NAME: usize = 256;
/// Characters of a remote name (DO-PROP-008).
const LONGEST_REMOTE_NAME: usize = 2_200;

/// Length in UTF-16 units, as Windows counts characters.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// True if a remote name is no URL of HTTP, or too long.
pub(super) fn bad_remote(remote: &str) -> bool {
    let lower = remote.to_ascii_lowercase();
    let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
    let Some(rest) = rest else { return true };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let illegal = |c: char| c.is_whitespace() || "<>\"{}|\\^`".contains(c);
    length(remote) > LONGEST_REMOTE_NAME || host.is_empty() || rest.contains(illegal)
}

/// What is wrong with ranges: one that is empty or begins nowhere, or two that share a byte or
/// their first one (DO-RANGES-001 to -004).
pub(super) fn bad_ranges(ranges: &[(u64, u64)]) -> Option<Hresult> {
    let impossible = |(offset, length): &(u64, u64)| {
        let endless = *length == BG_SIZE_UNKNOWN;
        *length == 0
            || *offset == BG_SIZE_UNKNOWN
            || (!endless && offset.checked_add(*length).is_none())
    };
    if ranges.iter().any(impossible) {
        return Some(Hresult::DO_E_INVALID_RANGE);
    }
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let overlap = sorted.windows(2).any(|pair| pair[0].0.saturating_add(pair[0].1) > pair[1].0);
    overlap.then_some(Hresult::DO_E_OVERLAPPING_RANGES)
}
