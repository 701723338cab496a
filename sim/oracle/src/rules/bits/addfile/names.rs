//! Remote and local names: which are certainly valid, which certainly not.

use bitsim_vocab::call::NewFile;
use bitsim_vocab::{JobType, Version};

/// What the names of a call deserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All are certainly valid.
    Valid,
    /// One has a protocol that is not supported for this job.
    Scheme,
    /// One is certainly invalid.
    Invalid,
    /// Nothing is certain.
    Unclear,
}

/// The kind of a remote name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remote {
    /// http or https.
    Web,
    /// A file on a share.
    Share,
    /// Another protocol.
    Other,
    /// No name at all.
    Empty,
    /// Something else.
    Unclear,
}

impl Remote {
    pub(super) fn of(name: &str) -> Self {
        let scheme = name.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            _ if name.is_empty() => Self::Empty,
            Some(scheme) if is(scheme, "http") || is(scheme, "https") => Self::Web,
            Some(scheme) if is(scheme, "file") => Self::Share,
            Some(scheme) if !scheme.is_empty() && scheme.bytes().all(is_scheme) => Self::Other,
            _ if name.starts_with("\\\\") || has_drive(name) => Self::Share,
            _ => Self::Unclear,
        }
    }
}

/// Longest name that is certainly not too long.
const SHORT: usize = 200;

/// What the names deserve in a job of this type.
pub(super) fn judge(files: &[NewFile], job_type: JobType, version: Version) -> Verdict {
    let mut verdict = Verdict::Valid;
    for file in files {
        let shares = version.at_least(2, 0) && job_type != JobType::UploadReply;
        let remote = match Remote::of(&file.remote) {
            Remote::Other => Verdict::Scheme,
            Remote::Share if !shares => Verdict::Scheme,
            Remote::Empty => Verdict::Invalid,
            Remote::Web | Remote::Share if is_plain(&file.remote) => Verdict::Valid,
            Remote::Web | Remote::Share | Remote::Unclear => Verdict::Unclear,
        };
        let local = if !has_drive(&file.local) && !file.local.starts_with("\\\\") {
            Verdict::Invalid
        } else if has_drive(&file.local) && is_plain(&file.local) && !is_stream(&file.local) {
            Verdict::Valid
        } else {
            Verdict::Unclear
        };
        let ranges = if file.ranges.is_empty() { Verdict::Valid } else { Verdict::Unclear };
        for found in [remote, local, ranges] {
            verdict = match (verdict, found) {
                (Verdict::Unclear, _) | (_, Verdict::Unclear) => Verdict::Unclear,
                (Verdict::Valid, other) | (other, Verdict::Valid) => other,
                (Verdict::Scheme, Verdict::Scheme) => Verdict::Scheme,
                _ => Verdict::Invalid,
            };
        }
    }
    verdict
}

/// A number that stands for the two names (FNV-1a).
pub(super) fn number(remote: &str, local: &str) -> u64 {
    let bytes = remote.bytes().chain([0]).chain(local.bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |number, byte| {
        (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// A directory, to compare with.
pub(super) fn directory(path: &str) -> String {
    path.trim_end_matches('\\').to_ascii_lowercase()
}

/// The directory of a file, to compare with.
pub(super) fn parent(path: &str) -> String {
    directory(path.rsplit_once('\\').map_or("", |(directory, _)| directory))
}

fn is(scheme: &str, name: &str) -> bool {
    scheme.eq_ignore_ascii_case(name)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-' || byte == b'.'
}

fn has_drive(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.next() == Some(b':')
        && bytes.next() == Some(b'\\')
}

/// True if nothing about the name could make it invalid.
fn is_plain(name: &str) -> bool {
    let odd = |byte: u8| !byte.is_ascii_graphic() || b"*?<>|\"#%".contains(&byte);
    name.len() <= SHORT && !name.bytes().any(odd) && !name.ends_with(['\\', '/', '.'])
}

/// True if the name has a colon behind the drive letter.
fn is_stream(name: &str) -> bool {
    name.bytes().skip(2).any(|byte| byte == b':')
}
