//! One sentence for what was found, and a short name.

use super::Account;
use crate::story::{Broken, Story};
use bitsim_vocab::trace::Called;
use bitsim_vocab::world::{Block, Disturbance, Fault, FaultKind, PathOperation};
use bitsim_vocab::{Event, Happened, JobId, SimTime};

/// The longest sentence; what was expected and what came instead is left out of longer ones.
const LONGEST: usize = 240;

/// What brought something about.
struct Cause {
    /// In words: `Suspend in TRANSIENT_ERROR`.
    words: String,
    at: SimTime,
    /// True if it is the very call that the violation is about.
    own: bool,
}

impl Account {
    /// What happens, in one sentence.
    pub(super) fn sentence(&self, broken: &Broken) -> String {
        let cause = self.cause();
        let after = |cause: &Cause| format!("after {}", cause.words);
        let Some(violation) = &self.violation else {
            let after =
                cause.as_ref().map_or_else(String::new, |cause| format!(" {}", after(cause)));
            let text = broken.text.lines().next().unwrap_or_default();
            return match broken.name.as_str() {
                "panic" => format!("the service panics{after}: {text}"),
                "repetition" => format!("the same story does not run the same way{after}: {text}"),
                "liveness" => format!("{text}{after}"),
                other => format!("{other}{after}: {text}"),
            };
        };
        let what = match broken.job {
            Some(job) => violation.what.replace("{job}", &Story::job_name(job)),
            None => violation.what.clone(),
        };
        let when = match &cause {
            Some(cause) if cause.own && names_method(&what, &cause.words) => String::new(),
            Some(cause) if cause.own => format!(" ({})", cause.words),
            Some(cause) if cause.at == violation.at => format!(" right {}", after(cause)),
            Some(cause) => format!(", {} {}", violation.at.since(cause.at), after(cause)),
            None => String::new(),
        };
        let rule = violation.rule.text();
        let (expected, actual) = (&violation.expected, &violation.actual);
        let full = format!("{what}{when}: expected {expected}, got {actual} ({rule})");
        if full.chars().count() <= LONGEST { full } else { format!("{what}{when} ({rule})") }
    }

    /// The beginning of the file name: what is broken, and after what.
    pub(super) fn slug(&self, broken: &Broken) -> String {
        let cause = self.cause().map(|cause| cause.words).unwrap_or_default();
        let mut slug = String::new();
        for word in [broken.name.as_str(), cause.as_str()] {
            let mut small = false;
            for c in word.chars() {
                // `GetState` is two words.
                if small && c.is_ascii_uppercase() {
                    slug.push('_');
                }
                small = c.is_ascii_lowercase();
                match c.to_ascii_lowercase() {
                    c if c.is_ascii_alphanumeric() => slug.push(c),
                    '`' | '\'' => {}
                    _ if slug.ends_with('_') => {}
                    _ => slug.push('_'),
                }
            }
            slug.push('_');
        }
        let cut: String = slug.chars().take(64).collect();
        cut.trim_matches('_').to_owned()
    }

    /// The last thing from outside before what is wrong: the very call, or a call that changes
    /// something, or what befell the world.
    fn cause(&self) -> Option<Cause> {
        let events = &self.events;
        let (upto, job) = match &self.violation {
            Some(violation) => (violation.event, violation.job),
            None => (u32::MAX, None),
        };
        let is_own = |event: &Event| event.seq == upto;
        let outside = |event: &&Event| match &event.what {
            Happened::Called(called) => is_own(event) || !is_getter(called),
            Happened::Env(what) => !matches!(**what, Disturbance::FaultEnds(_)),
            _ => false,
        };
        let event = events.iter().filter(|event| event.seq <= upto).rfind(outside)?;
        let words = match &event.what {
            Happened::Called(called) => {
                let of = called.call.job().or(job);
                let state = state_before(events, event.seq, of);
                let method = called.call.method();
                state.map_or_else(|| method.to_owned(), |state| format!("{method} in {state}"))
            }
            Happened::Env(what) => {
                let words = disturbance(what);
                let state = state_before(events, event.seq, job);
                state.map_or_else(|| words.clone(), |state| format!("{words} while in {state}"))
            }
            _ => return None,
        };
        let own = is_own(event) && matches!(event.what, Happened::Called(_));
        Some(Cause { words, at: event.at, own })
    }
}

/// True if a text speaks of the method of `Suspend in QUEUED` already.
fn names_method(text: &str, words: &str) -> bool {
    words.split(' ').next().is_some_and(|method| text.contains(method))
}

fn is_getter(called: &Called) -> bool {
    use bitsim_vocab::Call;
    match &called.call {
        Call::Job(_, call) => call.is_getter(),
        Call::Download(_, call) => call.is_getter(),
        Call::CreateJob { .. } | Call::CreateDownload => false,
        _ => true,
    }
}

/// The state of a job before an event.
fn state_before(events: &[Event], seq: u32, job: Option<JobId>) -> Option<String> {
    let job = job?;
    let before = events.iter().take_while(|event| event.seq < seq);
    let states = before.filter(|event| event.what.job() == Some(job)).filter_map(|event| {
        Some(match &event.what {
            Happened::Created(created) => created.state.to_string(),
            Happened::State { to, .. } => to.to_string(),
            Happened::DownloadCreated(_) => "Created".to_owned(),
            Happened::Standing { to, .. } => to.situation().to_string().replace('_', " "),
            _ => return None,
        })
    });
    states.last()
}

/// What befell the world, as a thing that something can be after.
fn disturbance(what: &Disturbance) -> String {
    use Disturbance as D;
    let fixed = match what {
        D::NetworkLost => "the loss of the network",
        D::NetworkRegained => "the return of the network",
        D::BlockBegins(block) => return format!("a block ({})", block_name(*block)),
        D::BlockEnds(block) => return format!("the end of a block ({})", block_name(*block)),
        D::Bandwidth(Some(0)) => "a bandwidth limit of 0",
        D::Bandwidth(Some(_)) => "a bandwidth limit",
        D::Bandwidth(None) => "the end of the bandwidth limit",
        D::PoliciesChange(_) => "a change of policies",
        D::NetworkConditions(all) if all.is_empty() => "a change to a free network",
        D::NetworkConditions(_) => "a change to a network that costs",
        D::ServiceStops => "a stop of the service",
        D::ServiceStarts => "a start of the service",
        D::LocalFileDeleted(_) => "the deletion of a local file",
        D::LogOn(_) => "a log-on",
        D::LogOff(_) => "a log-off",
        D::RunAs(_) => "a RunAs",
        D::ClientStarts(_) => "a start of the client",
        D::ClientExits(_) => "the exit of the client",
        D::VolumeLocked(_) => "a disk check",
        D::VolumeUnlocked(_) => "the end of a disk check",
        D::VolumeChanged(_) => "an exchange of the volume",
        D::VolumeSpace(..) => "a change of free space",
        D::PathDenied(_, operation) => return format!("a failing {}", operation_name(*operation)),
        D::PathAllowed(_, operation) => return format!("a working {}", operation_name(*operation)),
        D::RemoteFileChanges { .. } => "a change of the remote file",
        D::LocalFileChanges { .. } => "a change of the local file",
        D::FaultBegins(fault) => return self::fault(fault),
        D::FaultEnds(_) => "the end of a fault",
        D::WallClockMoves(ticks) if *ticks < 0 => "a step back of the wall clock",
        D::WallClockMoves(_) => "a step of the wall clock",
        D::ServiceRestarts { list_readable: true } => "a restart of the service",
        D::ServiceRestarts { list_readable: false } => "a restart that loses the list",
        D::ComputerRestarts => "a restart of the computer",
    };
    fixed.to_owned()
}

fn fault(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::Http(status) => format!("the server began to answer {status}"),
        FaultKind::Refused => "the server began to refuse connections".to_owned(),
        FaultKind::Timeout(_) => "the server fell silent".to_owned(),
        FaultKind::NameNotResolved => "the name of the server was lost".to_owned(),
        FaultKind::DropsAfter(_) => "the server began to drop connections".to_owned(),
        FaultKind::Code(hr) => format!("requests began to fail with {hr}"),
        FaultKind::Corrupts => "bytes began to arrive damaged".to_owned(),
    }
}

fn block_name(block: Block) -> String {
    format!("{block:?}").chars().fold(String::new(), |mut words, c| {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
        words
    })
}

fn operation_name(operation: PathOperation) -> &'static str {
    match operation {
        PathOperation::Rename => "rename",
        PathOperation::Delete => "deletion",
        PathOperation::Write => "write into the folder",
        PathOperation::Exist => "folder",
    }
}
