//! Words for single values and for what befalls the world.

use crate::names::Names;
use bitsim_vocab::Hresult;
use bitsim_vocab::call::{self, BG_SIZE_UNKNOWN};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::ErrorInfo;
use bitsim_vocab::world::{
    Block, Disturbance, Fault, FaultKind, NetworkCondition, Part, PathOperation, Policies,
};
use bitsim_vocab::{ErrorContext, FileId, SimTime, Span};

/// A size in the largest unit that gives a whole number: `900 MiB`, `1000 B`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    if bytes == BG_SIZE_UNKNOWN {
        return "unknown".to_owned();
    }
    let whole = |unit: &&(u64, &str)| bytes > 0 && bytes.is_multiple_of(unit.0);
    match UNITS.iter().find(whole) {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} B"),
    }
}

/// `512 KiB/s`, `none` for zero, `unlimited` for `None`.
#[must_use]
pub fn rate(limit: Option<u64>) -> String {
    match limit {
        None => "unlimited".to_owned(),
        Some(0) => "0".to_owned(),
        Some(limit) => format!("{}/s", size(limit)),
    }
}

/// `file 1`: people count files from 1.
#[must_use]
pub fn file(id: FileId) -> String {
    format!("file {}", u64::from(id.0) + 1)
}

/// `1st`, `2nd`, `3rd`, `11th`.
#[must_use]
pub fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// `1 event`, `2 events`.
#[must_use]
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// A length of time as one would say it: `37m`, `14d 1h`, `41 years`. Exact below a day, to the
/// hour below a year.
#[must_use]
pub fn rounded(span: Span) -> String {
    let secs = span.as_secs();
    let days = secs / 86_400;
    if secs < 1 {
        span.to_string()
    } else if days < 1 {
        Span::secs(secs).to_string()
    } else if days < 365 {
        Span::secs(secs - secs % 3_600).to_string()
    } else {
        count((days / 365) as usize, "year")
    }
}

/// A time since the start, to the millisecond. What is finer matters to the engine alone, and the
/// numbers of the events tell the order.
#[must_use]
pub fn time(at: SimTime) -> String {
    to_millis(at).to_string()
}

/// The time without what is finer than a millisecond.
#[must_use]
pub const fn to_millis(at: SimTime) -> SimTime {
    const TICKS: u64 = bitsim_vocab::time::TICKS_PER_SECOND / 1_000;
    SimTime(at.0 - at.0 % TICKS)
}

/// A text of the client in quotes, cut if it is very long; `NULL` if there is none.
#[must_use]
pub fn quoted(text: Option<&str>) -> String {
    const MOST: usize = 40;
    let Some(text) = text else { return "NULL".to_owned() };
    let length = text.chars().count();
    if length <= MOST {
        return format!("\"{}\"", text.escape_debug());
    }
    let head: String = text.chars().take(20).collect();
    format!("\"{}...\" ({length} characters)", head.escape_debug())
}

/// A text as an argument of a command, so that the line can be pasted into sh and into PowerShell:
/// in single quotes if it holds anything that either of them reads as its own.
#[must_use]
pub fn argument(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:+=@%".contains(c);
    if !text.is_empty() && !text.starts_with('@') && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    // Between double quotes a single one is nothing special, and both shells agree on the rest as
    // long as none of these is there.
    if !text.contains(['"', '$', '`', '\\', '!']) {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Notification flags by name, or the number if a bit has none.
#[must_use]
pub fn notify_flags(flags: u32) -> String {
    const NAMES: [(u32, &str); 6] = [
        (call::BG_NOTIFY_JOB_TRANSFERRED, "JOB_TRANSFERRED"),
        (call::BG_NOTIFY_JOB_ERROR, "JOB_ERROR"),
        (call::BG_NOTIFY_DISABLE, "DISABLE"),
        (call::BG_NOTIFY_JOB_MODIFICATION, "JOB_MODIFICATION"),
        (call::BG_NOTIFY_FILE_TRANSFERRED, "FILE_TRANSFERRED"),
        (call::BG_NOTIFY_FILE_RANGES_TRANSFERRED, "FILE_RANGES_TRANSFERRED"),
    ];
    let known = NAMES.iter().fold(0, |bits, (bit, _)| bits | bit);
    if flags == 0 || flags & !known != 0 {
        return format!("0x{flags:X}");
    }
    let names: Vec<&str> =
        NAMES.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
    names.join("|")
}

/// Where an error happened: `in REMOTE_FILE, file 1, protocol http`.
#[must_use]
pub fn error_place(info: &ErrorInfo) -> String {
    let mut text = match info.context {
        // Delivery Optimization names no place but for one status of a server.
        ErrorContext::None => "context NONE".to_owned(),
        context => format!("in {context}"),
    };
    if let Some(id) = info.file {
        text += &format!(", {}", file(id));
    }
    if let Some(protocol) = info.protocol {
        text += &format!(", protocol {}", protocol.text());
    }
    text
}

/// The class of an error in the words of the pages.
#[must_use]
pub const fn class(class: Class) -> &'static str {
    match class {
        Class::Success => "success",
        Class::Call => "call",
        Class::Transient => "transient",
        Class::Fatal => "fatal",
        Class::Text => "text",
        Class::Internal => "internal",
        Class::Unknown => "unknown class",
    }
}

/// Who and what of a disturbance: (`cdn.test`, `http 503 for the next 2 requests`).
#[must_use]
pub fn disturbance(what: &Disturbance, names: &Names) -> (String, String) {
    let say = |who: &str, what: &str| (who.to_owned(), what.to_owned());
    match what {
        Disturbance::NetworkLost => say("network", "disconnected"),
        Disturbance::NetworkRegained => say("network", "connected"),
        Disturbance::BlockBegins(cause) => {
            say("world", &format!("{} forbids transfers", block(*cause)))
        }
        Disturbance::BlockEnds(cause) => {
            say("world", &format!("{} allows transfers", block(*cause)))
        }
        Disturbance::Bandwidth(limit) => {
            say("policy", &format!("bandwidth for background jobs {}", rate(*limit)))
        }
        Disturbance::PoliciesChange(to) => say("policy", &policies(to)),
        Disturbance::LogOn(user) => (names.user(*user), "logs on".to_owned()),
        Disturbance::LogOff(user) => (names.user(*user), "logs off".to_owned()),
        Disturbance::RunAs(user) => (names.user(*user), "runs a process (RunAs)".to_owned()),
        Disturbance::ClientStarts(client) => (names.client(*client), "client starts".to_owned()),
        Disturbance::ClientExits(client) => (names.client(*client), "client exits".to_owned()),
        Disturbance::VolumeLocked(root) => say(root, "volume locked by a disk check"),
        Disturbance::VolumeUnlocked(root) => say(root, "volume unlocked"),
        Disturbance::VolumeChanged(root) => say(root, "volume replaced by another"),
        Disturbance::VolumeSpace(root, free) => say(root, &format!("{} free", size(*free))),
        Disturbance::PathDenied(path, operation) => say("disk", &denied(path, *operation)),
        Disturbance::PathAllowed(path, operation) => {
            say("disk", &format!("{} works again: {path}", path_operation(*operation)))
        }
        Disturbance::RemoteFileChanges { url, size: bytes, stamped } => {
            let stamp = if *stamped { "" } else { ", same time stamp" };
            say("server", &format!("{url} changes to {}{stamp}", size(*bytes)))
        }
        Disturbance::LocalFileChanges { path, size: bytes } => {
            say("disk", &format!("{path} changes to {}", size(*bytes)))
        }
        Disturbance::FaultBegins(begins) => (names.server(begins.server), fault(begins)),
        Disturbance::FaultEnds(number) => say("server", &format!("fault {number} ends")),
        Disturbance::WallClockMoves(ticks) => {
            let sign = if *ticks < 0 { '-' } else { '+' };
            say("clock", &format!("wall clock moves {sign}{}", Span(ticks.unsigned_abs())))
        }
        Disturbance::ServiceRestarts { list_readable: true } => say("service", "restarts"),
        Disturbance::ServiceRestarts { list_readable: false } => {
            say("service", "restarts and cannot read its job list")
        }
        Disturbance::ComputerRestarts => say("computer", "restarts"),
        Disturbance::NetworkConditions(of) if of.is_empty() => {
            say("network", "neither metered nor cellular")
        }
        Disturbance::NetworkConditions(of) => {
            let of: Vec<&str> = of.iter().map(|condition| network_condition(*condition)).collect();
            say("network", &of.join(", "))
        }
        Disturbance::ServiceStops => say("service", "stops taking calls"),
        Disturbance::ServiceStarts => say("service", "takes calls again"),
        Disturbance::LocalFileDeleted(path) => say("disk", &format!("{path} is deleted")),
    }
}

/// A disturbance as one clause, for a place where there is no column for who.
#[must_use]
pub fn clause(what: &Disturbance, names: &Names) -> String {
    let (who, what) = disturbance(what, names);
    format!("{who}: {what}")
}

const fn network_condition(condition: NetworkCondition) -> &'static str {
    match condition {
        NetworkCondition::Metered => "metered",
        NetworkCondition::NearDataLimit => "near the data limit",
        NetworkCondition::OverDataLimit => "over the data limit",
        NetworkCondition::Roaming => "roaming",
        NetworkCondition::Cellular => "cellular",
    }
}

const fn block(cause: Block) -> &'static str {
    match cause {
        Block::Cost => "network cost",
        Block::Standby => "standby",
        Block::BatteryPolicy => "battery policy",
        Block::BatterySaver => "battery saver",
        Block::BackgroundAccess => "background access policy",
        Block::GameMode => "game mode",
        Block::SystemPolicy => "system policy",
        Block::Cellular => "cellular policy",
        Block::PowerState => "power state",
        Block::Vpn => "VPN policy",
        Block::CriticalMemory => "critical memory usage",
    }
}

const fn path_operation(operation: PathOperation) -> &'static str {
    match operation {
        PathOperation::Rename => "rename",
        PathOperation::Delete => "delete",
        PathOperation::Write => "write",
        PathOperation::Exist => "directory",
    }
}

fn denied(path: &str, operation: PathOperation) -> String {
    match operation {
        PathOperation::Rename => format!("rename fails: {path}"),
        PathOperation::Delete => format!("delete fails: {path}"),
        PathOperation::Write => format!("write fails: {path}"),
        PathOperation::Exist => format!("directory is missing: {path}"),
    }
}

/// What a server does wrong: `http 503 for the next 2 requests`, `refuses connections`.
#[must_use]
pub fn fault(fault: &Fault) -> String {
    let mut text = match fault.kind {
        FaultKind::Http(status) => format!("http {status}"),
        FaultKind::Refused => "refuses connections".to_owned(),
        FaultKind::Timeout(after) => format!("no answer for {after}"),
        FaultKind::NameNotResolved => "name not resolved".to_owned(),
        FaultKind::DropsAfter(bytes) => format!("connection breaks after {}", size(bytes)),
        FaultKind::Corrupts => "damages the data".to_owned(),
        FaultKind::Code(code) => format!("fails with {}", code_with_number(code)),
    };
    if let Some(times) = fault.times {
        text += &match times {
            1 => " for the next request".to_owned(),
            times => format!(" for the next {times} requests"),
        };
    }
    match fault.part {
        Part::Any => {}
        Part::Payload => text += ", payload only",
        Part::Application => text += ", server application only",
        Part::Reply => text += ", reply only",
        Part::Cancel => text += ", cancel requests only",
    }
    if let Some(url) = &fault.url {
        text += &format!(", {url} only");
    }
    if let Some(forced) = fault.class {
        text += &format!(", as {}", class(forced));
    }
    text
}

fn policies(to: &Policies) -> String {
    format!(
        "JobInactivityTimeout {}, MaxDownloadTime {}, MaxJobsPerUser {}, MaxJobsPerMachine {}, \
         MaxFilesPerJob {}",
        to.job_inactivity_timeout,
        to.max_download_time,
        to.max_jobs_per_user,
        to.max_jobs_per_machine,
        to.max_files_per_job
    )
}

/// `BG_E_NETWORK_DISCONNECTED (0x80200010)`.
#[must_use]
pub fn code_with_number(code: Hresult) -> String {
    bitsim_vocab::hresult::WithNumber(code).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_use_the_largest_whole_unit() {
        assert_eq!(size(900 << 20), "900 MiB");
        assert_eq!(size(1 << 30), "1 GiB");
        assert_eq!(size(1_000), "1000 B");
        assert_eq!(size(0), "0 B");
        assert_eq!(size(BG_SIZE_UNKNOWN), "unknown");
    }

    #[test]
    fn numbers_read_as_people_say_them() {
        let said: Vec<String> = [1, 2, 3, 4, 11, 12, 21, 112].map(ordinal).to_vec();
        assert_eq!(said, ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "112th"]);
        assert_eq!(count(1, "run"), "1 run");
        assert_eq!(count(0, "run"), "0 runs");
    }

    #[test]
    fn an_argument_is_quoted_where_a_shell_would_read_it_otherwise() {
        for plain in ["scenarios/bits/a-b_c.yaml", "C:/x.yaml", "do-download@agent", "é.yaml"] {
            assert_eq!(argument(plain), plain);
        }
        assert_eq!(argument("my file.yaml"), "'my file.yaml'");
        assert_eq!(argument("a$b;c.yaml"), "'a$b;c.yaml'");
        assert_eq!(argument("a,b"), "'a,b'");
        assert_eq!(argument("it's one.yaml"), "\"it's one.yaml\"");
        assert_eq!(argument("it's $1"), "'it'\\''s $1'");
        assert_eq!(argument(""), "''");
    }

    #[test]
    fn long_texts_are_cut_and_flags_are_named() {
        assert_eq!(quoted(Some("a \"b\"")), "\"a \\\"b\\\"\"");
        assert_eq!(quoted(None), "NULL");
        assert!(quoted(Some(&"x".repeat(257))).ends_with("(257 characters)"));
        assert_eq!(notify_flags(3), "JOB_TRANSFERRED|JOB_ERROR");
        assert_eq!(notify_flags(0x40), "0x40");
    }
}
