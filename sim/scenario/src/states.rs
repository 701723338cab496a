//! States by their documented names. Jobs and downloads have different ones.

use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::lacking::Nothing;
use crate::node::{Node, shown};
use crate::plan::Claim;
use bitsim_vocab::JobState;
use bitsim_vocab::download::DownloadState;

/// The claim that something is in one of these states. `about` is the job's name.
pub(crate) fn claim(cx: &mut Context, node: &Node, about: Option<&str>) -> Option<Claim> {
    let items = node.one_or_many();
    if items.is_empty() {
        let message = "at least one state is needed";
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message));
        return None;
    }
    if cx.downloads() {
        let states = items.iter().filter_map(|item| of_download(cx, item, about));
        let states: Vec<DownloadState> = states.collect();
        (states.len() == items.len()).then_some(Claim::DownloadState(states))
    } else {
        let states: Vec<JobState> =
            items.iter().filter_map(|item| of_job(cx, item, about)).collect();
        (states.len() == items.len()).then_some(Claim::State(states))
    }
}

fn of_job(cx: &mut Context, node: &Node, about: Option<&str>) -> Option<JobState> {
    let Some(text) = node.scalar() else {
        cx.wrong_kind(node, "a job state such as `TRANSFERRED`");
        return None;
    };
    let state = JobState::from_name(text);
    if state.is_none() {
        match DownloadState::from_name(text) {
            Some(other) => foreign(cx, node, about, "job", like_job(other)),
            None => {
                let names: Vec<&str> = JobState::ALL.iter().map(|state| state.name()).collect();
                cx.unknown(codes::UNKNOWN_WORD, node, "job state", &names);
            }
        }
    }
    state
}

fn of_download(cx: &mut Context, node: &Node, about: Option<&str>) -> Option<DownloadState> {
    let Some(text) = node.scalar() else {
        cx.wrong_kind(node, "a state of a download such as `Transferred`");
        return None;
    };
    let state = DownloadState::from_name(text);
    if state.is_none() {
        match JobState::from_name(text) {
            Some(other) => foreign(cx, node, about, "download", like_download(other)),
            None => {
                let names: Vec<&str> =
                    DownloadState::ALL.iter().map(|state| state.name()).collect();
                cx.unknown(codes::UNKNOWN_WORD, node, "state of a download", &names);
            }
        }
    }
    state
}

/// What comes closest to a state of the other kind of thing.
#[derive(Debug, Clone, Copy)]
struct Like {
    name: &'static str,
    /// Why it is not the same; empty if it is.
    but: &'static str,
}

/// A state that the other kind of thing has. Only what means the same is put in its place: a check
/// must not come to claim something else.
fn foreign(cx: &mut Context, node: &Node, about: Option<&str>, thing: &'static str, like: Like) {
    cx.nothing_for(
        node.place,
        Nothing::State {
            word: shown(node.scalar().unwrap_or_default()),
            thing,
            like: like.name,
            but: like.but,
            about: about.map(shown),
        },
    );
}

const fn like_download(state: JobState) -> Like {
    let (like, but) = match state {
        JobState::Queued | JobState::Connecting => (
            DownloadState::Transferring,
            "once started it is `Transferring`, also while it waits or connects",
        ),
        JobState::TransientError => (
            DownloadState::Transferring,
            "while it retries it is `Transferring` with `extended_error` set; once it gives up it \
             is `Paused` with `error` set",
        ),
        JobState::Error => {
            (DownloadState::Paused, "once it gives up it is `Paused` with `error` set")
        }
        JobState::Transferring => (DownloadState::Transferring, ""),
        JobState::Suspended => (DownloadState::Paused, ""),
        JobState::Transferred => (DownloadState::Transferred, ""),
        JobState::Acknowledged => (DownloadState::Finalized, ""),
        JobState::Cancelled => (DownloadState::Aborted, ""),
    };
    Like { name: like.name(), but }
}

const fn like_job(state: DownloadState) -> Like {
    let (like, but) = match state {
        DownloadState::Created => {
            (JobState::Suspended, "until it is resumed it is `SUSPENDED`, as later when suspended")
        }
        DownloadState::Paused => {
            (JobState::Suspended, "after Suspend it is `SUSPENDED`; once it gives up it is `ERROR`")
        }
        DownloadState::Transferring => (JobState::Transferring, ""),
        DownloadState::Transferred => (JobState::Transferred, ""),
        DownloadState::Finalized => (JobState::Acknowledged, ""),
        DownloadState::Aborted => (JobState::Cancelled, ""),
    };
    Like { name: like.name(), but }
}

#[cfg(test)]
mod tests {
    use crate::repair::repair;

    fn job(state: &str) -> String {
        format!(
            "scenario: x\nrun_on: [bits]\nservers: {{cdn.test: {{}}}}\njobs:\n  film:\n    type: \
             download\n    files: [{{url: 'https://cdn.test/a', size: 1 MiB}}]\ntimeline:\n  - at: \
             1s\n    do: {{resume: film}}\nfinally:\n  - {{job: film, state: {state}}}\n"
        )
    }

    fn download(state: &str) -> String {
        format!(
            "scenario: x\nrun_on: [do-download]\nservers: {{cdn.test: {{}}}}\ndownloads:\n  film:\n    \
             url: 'https://cdn.test/a'\n    size: 1 MiB\ntimeline:\n  - at: 1s\n    do: {{start: \
             film}}\nfinally:\n  - {{download: film, state: {state}}}\n"
        )
    }

    /// What a repair makes of the state, and what is said about it if it makes nothing.
    fn becomes(text: impl Fn(&str) -> String, state: &str) -> Result<String, String> {
        let found = repair("x.yaml", text(state).as_bytes());
        match (found.changes.as_slice(), found.left.as_slice()) {
            ([change], []) => {
                assert_eq!(found.bytes, text(&change.new).as_bytes());
                Ok(change.new.clone())
            }
            ([], [one]) => Err(one.help.as_ref().map_or("", |help| &help.message).to_owned()),
            other => panic!("{state}: {other:?}"),
        }
    }

    #[test]
    fn a_repair_changes_no_claim() {
        for (old, new) in [
            ("TRANSFERRED", "Transferred"),
            ("SUSPENDED", "Paused"),
            ("ACKNOWLEDGED", "Finalized"),
            ("CANCELLED", "Aborted"),
            ("TRANSFERRING", "Transferring"),
        ] {
            assert_eq!(becomes(download, old).as_deref(), Ok(new));
        }
        for (old, why) in [
            ("TRANSIENT_ERROR", "while it retries it is `Transferring` with `extended_error` set"),
            ("ERROR", "a download has no ERROR: once it gives up it is `Paused` with `error` set"),
            ("QUEUED", "a download has no QUEUED: once started it is `Transferring`"),
            ("CONNECTING", "a download has no CONNECTING: once started it is `Transferring`"),
        ] {
            let said = becomes(download, old).expect_err("left alone");
            assert!(said.contains(why), "{old}: {said}");
        }
    }

    #[test]
    fn a_repair_changes_no_claim_about_a_job_either() {
        for (old, new) in [
            ("Transferred", "TRANSFERRED"),
            ("Finalized", "ACKNOWLEDGED"),
            ("Aborted", "CANCELLED"),
            ("Transferring", "TRANSFERRING"),
        ] {
            assert_eq!(becomes(job, old).as_deref(), Ok(new));
        }
        for (old, why) in [
            ("Paused", "a job has no Paused: after Suspend it is `SUSPENDED`; once it gives up"),
            ("Created", "a job has no Created: until it is resumed it is `SUSPENDED`"),
        ] {
            let said = becomes(job, old).expect_err("left alone");
            assert!(said.contains(why), "{old}: {said}");
        }
    }
}
