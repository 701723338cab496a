//! States by their documented names. Jobs and downloads have different ones.

use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::dialect::Part;
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
            Some(other) => foreign(cx, node, about, "job", like_job(other).name()),
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
            Some(other) => foreign(cx, node, about, "download", like_download(other).name()),
            None => {
                let names: Vec<&str> =
                    DownloadState::ALL.iter().map(|state| state.name()).collect();
                cx.unknown(codes::UNKNOWN_WORD, node, "state of a download", &names);
            }
        }
    }
    state
}

/// A state that the other kind of thing has. `like` comes closest to it here.
fn foreign(cx: &mut Context, node: &Node, about: Option<&str>, thing: &str, like: &str) {
    let service = cx.service().name();
    let word = shown(node.scalar().unwrap_or_default());
    let message = format!("`{word}` is no state of a {thing} of `{service}`");
    let diagnostic = Diagnostic::error(codes::SERVICE_LACKS, node.place, message);
    cx.report(if cx.shared() {
        let others = cx.others();
        let job = about.map_or_else(String::new, |name| format!("job: {}, ", shown(name)));
        diagnostic.help(match cx.part {
            Part::Step => format!(
                "give the step `only: {others}`, and write another with `only: [{service}]` and \
                 `{like}`"
            ),
            Part::Check => format!(
                "write `only: {others}` into the check, and another with `only: [{service}]` and \
                 `{like}`"
            ),
            _ => format!("write `except: {{{service}: {{{job}state: {like}}}}}` beside `expect`"),
        })
    } else {
        diagnostic.edit(format!("did you mean `{like}`?"), node.place, like)
    });
}

const fn like_download(state: JobState) -> DownloadState {
    match state {
        JobState::Queued
        | JobState::Connecting
        | JobState::Transferring
        | JobState::TransientError => DownloadState::Transferring,
        JobState::Suspended | JobState::Error => DownloadState::Paused,
        JobState::Transferred => DownloadState::Transferred,
        JobState::Acknowledged => DownloadState::Finalized,
        JobState::Cancelled => DownloadState::Aborted,
    }
}

const fn like_job(state: DownloadState) -> JobState {
    match state {
        DownloadState::Created | DownloadState::Paused => JobState::Suspended,
        DownloadState::Transferring => JobState::Transferring,
        DownloadState::Transferred => JobState::Transferred,
        DownloadState::Finalized => JobState::Acknowledged,
        DownloadState::Aborted => JobState::Cancelled,
    }
}
