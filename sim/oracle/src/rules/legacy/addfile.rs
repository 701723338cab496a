//! DO-ADDFILE and DO-RANGES: adding files to a job.

use crate::findings::Findings;
use crate::rules::{about, kinds};
use crate::view::{JobView, View};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, Call, JobCall, NewFile, Reply};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, Happened};
use bitsim_vocab::world::{Disturbance, PathOperation, Setup};
use bitsim_vocab::{Event, Hresult, JobId, RuleId, SimTime};

/// The rules that this family checks.
pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DO_ADDFILE_002,
    RuleId::DO_ADDFILE_003,
    RuleId::DO_ADDFILE_004,
    RuleId::DO_ADDFILE_010,
    RuleId::DO_ADDFILE_011,
    RuleId::DO_RANGES_001,
    RuleId::DO_RANGES_002,
    RuleId::DO_RANGES_003,
];

/// Characters of a remote name (DO-PROP-008).
const LONGEST_REMOTE_NAME: usize = 2_200;

/// DO-ADDFILE and DO-RANGES.
#[derive(Debug, Clone)]
pub(super) struct Addfile {
    /// Directories that nobody may write to.
    denied: Vec<String>,
    /// Directories that are not there.
    missing: Vec<String>,
    /// The AddFileWithRanges whose effects are not complete.
    latest: Option<Adding>,
}

/// A call of AddFileWithRanges.
#[derive(Debug, Clone, Copy)]
struct Adding {
    job: JobId,
    at: SimTime,
    hr: Hresult,
    /// How many files it added.
    added: u32,
}

impl Addfile {
    pub(super) fn new(_: &Setup) -> Self {
        Self { denied: Vec::new(), missing: Vec::new(), latest: None }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        kinds::after_any(self.latest.map(|latest| latest.at))
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        let call_or_env = matches!(event.what, Happened::Called(_) | Happened::Env(_));
        if self.latest.is_some_and(|latest| latest.at != event.at || call_or_env) {
            self.all_added(event, out);
        }
        match &event.what {
            Happened::Env(what) => self.env(what),
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::File(file) if matches!(file.what, FileChange::Added { .. }) => {
                self.added(event, file.job, out);
            }
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, _: &View, _: End, last: &Event, out: &mut Findings) {
        self.all_added(last, out);
    }

    fn env(&mut self, what: &Disturbance) {
        match what {
            Disturbance::PathDenied(path, PathOperation::Write) => {
                self.denied.push(directory(path));
            }
            Disturbance::PathDenied(path, PathOperation::Exist) => {
                self.missing.push(directory(path));
            }
            Disturbance::PathAllowed(path, PathOperation::Exist) => {
                let path = directory(path);
                self.missing.retain(|missing| *missing != path);
            }
            Disturbance::PathAllowed(path, PathOperation::Write) => {
                let path = directory(path);
                self.denied.retain(|denied| *denied != path);
            }
            _ => {}
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        let Some(job) = view.job(*id).filter(|job| !job.gone) else { return };
        match (call, &called.reply) {
            (JobCall::AddFileWithRanges(file), _) => {
                let (job_id, hr) = (*id, called.hr);
                self.latest = Some(Adding { job: job_id, at: event.at, hr, added: 0 });
                if view.admits(called.by, job) {
                    self.judge(view, job, event, called, file, out);
                }
            }
            (JobCall::GetProgress, Reply::Progress(told)) => {
                let files = u32::try_from(job.files.len()).unwrap_or(u32::MAX);
                out.ensure(RuleId::DO_ADDFILE_010, told.files_total == files, event, || {
                    (
                        "FilesTotal of `{job}` is not the number of files added".to_owned(),
                        format!("{files}, one for each successful AddFileWithRanges"),
                        told.files_total.to_string(),
                    )
                });
            }
            _ => {}
        }
    }

    /// What the call must return.
    fn judge(
        &self,
        view: &View,
        job: &JobView,
        event: &Event,
        called: &Called,
        file: &NewFile,
        out: &mut Findings,
    ) {
        let invalid_state = Hresult::DO_E_INVALID_STATE;
        if job.state.is_final() {
            if view.kept_pointer(called.by, job) {
                let ok = called.hr == invalid_state;
                out.ensure(RuleId::DO_ADDFILE_004, ok, event, || {
                    (
                        format!("AddFileWithRanges did not refuse `{{job}}` in {}", job.state),
                        WithNumber(invalid_state).to_string(),
                        WithNumber(called.hr).to_string(),
                    )
                });
            }
            return;
        }
        out.ensure(RuleId::DO_ADDFILE_011, called.hr != invalid_state, event, || {
            (
                format!("AddFileWithRanges refused `{{job}}` because of its state {}", job.state),
                format!("files to be accepted in {}", job.state),
                WithNumber(called.hr).to_string(),
            )
        });
        let wrong = self.mistakes(file);
        // Which mistake is noticed first, no page says.
        let mistakes = wrong.iter().map(|mistake| mistake.code).chain(self.others(file));
        let ok = mistakes.into_iter().any(|code| code == called.hr);
        for mistake in &wrong {
            out.ensure(mistake.rule, ok, event, || {
                (
                    format!("AddFileWithRanges accepted {} for `{{job}}`", mistake.told),
                    WithNumber(mistake.code).to_string(),
                    WithNumber(called.hr).to_string(),
                )
            });
        }
    }

    /// The codes of mistakes for which Delivery Optimization has no rule of its own: a directory
    /// that is not there, and a remote name that is no URL or has too many characters.
    fn others(&self, file: &NewFile) -> impl Iterator<Item = Hresult> {
        let parent = file.local.rsplit_once('\\').map(|(parent, _)| directory(parent));
        let nowhere = parent.is_some_and(|parent| self.missing.contains(&parent));
        let nowhere = nowhere.then_some(Hresult::ERROR_PATH_NOT_FOUND);
        let too_long = file.remote.encode_utf16().count() > LONGEST_REMOTE_NAME;
        let no_url = !is_url(&file.remote) || too_long;
        nowhere.into_iter().chain(no_url.then_some(Hresult::E_INVALIDARG))
    }

    fn mistakes(&self, file: &NewFile) -> Vec<Mistake> {
        let parent = file.local.rsplit_once('\\').map(|(directory, _)| directory);
        let denied = parent.is_some_and(|parent| self.denied.contains(&directory(parent)));
        let ranges = &file.ranges;
        let whole = |(offset, length): &(u64, u64)| *length != 0 && *offset != BG_SIZE_UNKNOWN;
        let wrong = [
            (
                file.local.is_empty(),
                RuleId::DO_ADDFILE_002,
                Hresult::E_INVALIDARG,
                "an empty local name",
            ),
            (
                denied,
                RuleId::DO_ADDFILE_003,
                Hresult::E_ACCESSDENIED,
                "a directory that the user cannot write",
            ),
            (
                ranges.iter().any(|(_, length)| *length == 0),
                RuleId::DO_RANGES_001,
                Hresult::DO_E_INVALID_RANGE,
                "a range of length zero",
            ),
            (
                ranges.iter().any(|(offset, _)| *offset == BG_SIZE_UNKNOWN),
                RuleId::DO_RANGES_002,
                Hresult::DO_E_INVALID_RANGE,
                "a range that begins at BG_LENGTH_TO_EOF",
            ),
            (
                ranges.iter().all(whole) && overlap(ranges),
                RuleId::DO_RANGES_003,
                Hresult::DO_E_OVERLAPPING_RANGES,
                "ranges that overlap",
            ),
        ];
        wrong
            .into_iter()
            .filter(|(wrong, ..)| *wrong)
            .map(|(_, rule, code, told)| Mistake { rule, code, told })
            .collect()
    }

    /// DO-ADDFILE-010: a file comes from a call that succeeded, and from one call only one file.
    fn added(&mut self, event: &Event, id: JobId, out: &mut Findings) {
        let adding = self.latest.as_mut().filter(|latest| latest.job == id);
        let ok = match adding {
            Some(adding) => {
                adding.added += 1;
                adding.hr.succeeded() && adding.added == 1
            }
            None => false,
        };
        if !ok {
            out.ensure(RuleId::DO_ADDFILE_010, false, event, || {
                (
                    "`{job}` got a file that no successful call added".to_owned(),
                    "one file for each successful AddFileWithRanges".to_owned(),
                    "a further file".to_owned(),
                )
            });
        }
    }

    /// DO-ADDFILE-010: all effects of the call have been recorded.
    fn all_added(&mut self, event: &Event, out: &mut Findings) {
        let Some(latest) = self.latest.take() else { return };
        let ok = latest.hr.failed() || latest.added > 0;
        about::ensure(out, RuleId::DO_ADDFILE_010, ok, latest.job, event, || {
            (
                "AddFileWithRanges succeeded and added nothing to `{job}`".to_owned(),
                "one more file".to_owned(),
                "no further file".to_owned(),
            )
        });
    }
}

/// Something wrong with the arguments.
struct Mistake {
    rule: RuleId,
    code: Hresult,
    told: &'static str,
}

/// True for a URL of HTTP with a host.
fn is_url(remote: &str) -> bool {
    let Some((scheme, rest)) = remote.split_once("://") else { return false };
    let http = ["http", "https"].iter().any(|http| scheme.eq_ignore_ascii_case(http));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    http && !host.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c == '\\')
}

/// True if two of the ranges have a byte in common.
fn overlap(ranges: &[(u64, u64)]) -> bool {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| {
        let ((offset, length), (next, _)) = (pair[0], pair[1]);
        offset.saturating_add(length) > next
    })
}

/// A directory to compare with.
fn directory(path: &str) -> String {
    path.trim_end_matches('\\').to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
