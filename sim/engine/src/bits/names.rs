//! Names and values that no state accepts.

use bitsim_vocab::call::{JobCall, Proxy};
use bitsim_vocab::{Hresult, Priority, Version};

/// Characters of a display name, terminator not counted.
pub(super) const LONGEST_DISPLAY_NAME: usize = 256;
const LONGEST_DESCRIPTION: usize = 1_024;
const LONGEST_REMOTE_NAME: usize = 2_200;
const LONGEST_PARAMETERS: usize = 4_000;
/// The proxy page names 4,000 characters, 32,000 characters and 32 KB; the smallest is accepted.
const LONGEST_PROXY_LIST: usize = 4_000;
const MAX_PATH: usize = 260;

/// True if a text has more UTF-16 units than this, as Windows counts characters. It never has more
/// of them than bytes.
pub(super) fn is_longer(text: &str, most: usize) -> bool {
    text.len() > most && text.encode_utf16().count() > most
}

/// True if a remote name is none: wrong protocol, too long, or with characters that no URL has.
pub(super) fn bad_remote(remote: &str, smb: bool, check_characters: bool) -> bool {
    if is_longer(remote, LONGEST_REMOTE_NAME) {
        return true;
    }
    let lower = remote.to_ascii_lowercase();
    if lower.starts_with("\\\\") || lower.starts_with("file://") {
        let rest = lower.trim_start_matches("file:").trim_start_matches(['\\', '/']);
        return !smb || !rest.contains(['\\', '/']) || rest.contains(['*', '?']);
    }
    let Some(rest) = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"))
    else {
        return true;
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let illegal = |c: char| c.is_whitespace() || "<>\"{}|\\^`*".contains(c);
    let segment_too_long = rest.split('/').any(|segment| is_longer(segment, MAX_PATH));
    host.is_empty() || segment_too_long || (check_characters && rest.contains(illegal))
}

/// True if a local name is none: no full path, too long, wildcards, a stream or a long-path prefix.
pub(super) fn bad_local(local: &str) -> bool {
    if is_longer(local, MAX_PATH) || local.starts_with("\\\\?\\") {
        return true;
    }
    let bytes = local.as_bytes();
    let drive =
        bytes.len() > 3 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && bytes[2] == b'\\';
    let unc = local.starts_with("\\\\") && local[2..].contains('\\');
    let rest = if drive { &local[2..] } else { local };
    !(drive || unc) || rest.contains(['*', '?', ':', '<', '>', '|', '"']) || local.ends_with('\\')
}

/// What is wrong with the argument of a setter.
pub(super) fn bad_property(call: &JobCall, version: Version) -> Option<Hresult> {
    match call {
        JobCall::SetPriority(value) => {
            let known = Priority::ALL.iter().any(|known| u32::from(known.value()) == *value);
            (!known).then_some(Hresult::E_NOTIMPL)
        }
        JobCall::SetDisplayName(text) => bad_text(text.as_deref(), LONGEST_DISPLAY_NAME),
        JobCall::SetDescription(text) => bad_text(text.as_deref(), LONGEST_DESCRIPTION),
        JobCall::SetNotifyFlags(flags) => {
            let known = match version {
                version if version.at_least(10, 1) => 0x3F,
                version if version.at_least(3, 0) => 0x1F,
                _ => 0x0F,
            };
            (flags & !known != 0).then_some(Hresult::E_NOTIMPL)
        }
        JobCall::SetProxySettings(proxy) => bad_proxy(proxy),
        JobCall::SetNotifyCmdLine { program: None, parameters: Some(_) } => {
            Some(Hresult::E_INVALIDARG)
        }
        JobCall::SetNotifyCmdLine { program, parameters } => {
            let long = |text: &Option<String>, most| {
                text.as_deref().is_some_and(|text| is_longer(text, most))
            };
            (long(program, MAX_PATH) || long(parameters, LONGEST_PARAMETERS))
                .then_some(Hresult::BG_E_STRING_TOO_LONG)
        }
        _ => None,
    }
}

fn bad_text(text: Option<&str>, most: usize) -> Option<Hresult> {
    match text {
        None => Some(Hresult::E_INVALIDARG),
        Some(text) if is_longer(text, most) => Some(Hresult::BG_E_STRING_TOO_LONG),
        Some(_) => None,
    }
}

fn bad_proxy(proxy: &Proxy) -> Option<Hresult> {
    const OVERRIDE: u32 = 2;
    const AUTODETECT: u32 = 3;
    let long = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| is_longer(text, LONGEST_PROXY_LIST))
    };
    if proxy.usage > AUTODETECT {
        return Some(Hresult::E_NOTIMPL);
    }
    let wrong = if proxy.usage == OVERRIDE {
        proxy.list.is_none()
    } else {
        proxy.list.is_some() || proxy.bypass.is_some()
    };
    if wrong {
        Some(Hresult::E_INVALIDARG)
    } else if long(&proxy.list) {
        Some(Hresult::BG_E_PROXY_LIST_TOO_LARGE)
    } else if long(&proxy.bypass) {
        Some(Hresult::BG_E_PROXY_BYPASS_LIST_TOO_LARGE)
    } else {
        None
    }
}

/// What is wrong with the ranges of a file (BITS-RANGES-003, -004, -005): only offsets are sorted,
/// so that two ranges with the same offset overlap whatever their length.
pub(super) fn bad_ranges(ranges: &[(u64, u64)]) -> Option<Hresult> {
    if ranges.iter().any(|(offset, _)| *offset == u64::MAX) {
        return Some(Hresult::BG_E_INVALID_RANGE);
    }
    let mut sorted = ranges.to_vec();
    sorted.sort_by_key(|(offset, _)| *offset);
    let overlap = sorted
        .windows(2)
        .any(|pair| pair[0].0 == pair[1].0 || pair[0].0.saturating_add(pair[0].1) > pair[1].0);
    if overlap {
        return Some(Hresult::BG_E_OVERLAPPING_RANGES);
    }
    ranges.iter().any(|(_, length)| *length == 0).then_some(Hresult::BG_E_INVALID_RANGE)
}
