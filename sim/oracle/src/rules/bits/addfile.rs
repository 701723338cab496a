//! BITS-ADDFILE: adding files to a job.

mod names;
#[cfg(test)]
mod tests;

use crate::rules::kinds;
use crate::findings::Findings;
use crate::rules::about;
use crate::rules::bits::user::{Access, access};
use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, NewFile};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, Happened};
use bitsim_vocab::world::{Disturbance, PathOperation, Setup, UserKind};
use bitsim_vocab::{Event, Hresult, JobId, JobType, RuleId, SimTime, Stimulus};
use names::{Remote, Verdict};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_ADDFILE_001,
    RuleId::BITS_ADDFILE_002,
    RuleId::BITS_ADDFILE_003,
    RuleId::BITS_ADDFILE_004,
    RuleId::BITS_ADDFILE_005,
    RuleId::BITS_ADDFILE_008,
    RuleId::BITS_ADDFILE_009,
    RuleId::BITS_ADDFILE_010,
    RuleId::BITS_ADDFILE_011,
];

/// BITS-ADDFILE.
#[derive(Debug, Clone)]
pub(crate) struct Addfile {
    /// Directories that nobody may write to.
    denied: Vec<String>,
    /// Other things that are wrong with paths or volumes: then nothing is certain.
    obstacles: u32,
    /// The latest call that added files or tried to, until all its effects have been recorded.
    latest: Option<Adding>,
    /// What that call added, as numbers that stand for the names.
    expected: Vec<u64>,
}

/// A call that added files or tried to.
#[derive(Debug, Clone, Copy)]
struct Adding {
    job: JobId,
    at: SimTime,
    succeeded: bool,
    /// The id of the first file that it adds.
    first: usize,
    /// Files recorded so far.
    recorded: usize,
}

impl Addfile {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { denied: Vec::new(), obstacles: 0, latest: None, expected: Vec::new() }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(crate) fn wakes(&self) -> SimTime {
        kinds::after_any(self.latest.map(|latest| latest.at))
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if self.latest.is_some_and(|latest| {
            latest.at != event.at || matches!(event.what, Happened::Called(_) | Happened::Env(_))
        }) {
            self.all_recorded(event, out);
        }
        match &event.what {
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::File(file) => {
                if let FileChange::Added { remote, local, .. } = &file.what {
                    let names = names::number(remote, local);
                    self.added(event, file.job, file.file.index(), names, out);
                }
            }
            Happened::State {
                cause: Stimulus::AddFile | Stimulus::AddFileSet, from, to, ..
            } => {
                out.ensure(RuleId::BITS_ADDFILE_001, false, event, || {
                    (
                        "adding a file moved `{job}`".to_owned(),
                        format!("{from} stays"),
                        format!("{from} -> {to}"),
                    )
                });
            }
            Happened::Env(what) => self.env(what),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, last: &Event, out: &mut Findings) {
        self.all_recorded(last, out);
    }

    fn env(&mut self, what: &Disturbance) {
        match what {
            Disturbance::PathDenied(path, PathOperation::Write) => {
                self.denied.push(names::directory(path));
            }
            Disturbance::PathAllowed(path, PathOperation::Write) => {
                let path = names::directory(path);
                self.denied.retain(|denied| *denied != path);
            }
            Disturbance::PathDenied(_, PathOperation::Exist)
            | Disturbance::VolumeLocked(_)
            | Disturbance::VolumeChanged(_) => self.obstacles += 1,
            _ => {}
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        let files = match call {
            JobCall::AddFile(file) => std::slice::from_ref(file),
            JobCall::AddFileSet(files) => files.as_slice(),
            _ => return,
        };
        let Some(job) = view.job(*id) else { return };
        self.latest = Some(Adding {
            job: *id,
            at: event.at,
            succeeded: called.hr.succeeded(),
            first: job.files.len(),
            recorded: 0,
        });
        self.expected.clear();
        self.expected.extend(files.iter().map(|file| names::number(&file.remote, &file.local)));
        if !job.gone && !files.is_empty() {
            self.judge(view, job, event, called, files, out);
        }
    }

    /// What the call must return.
    fn judge(
        &self,
        view: &View,
        job: &JobView,
        event: &Event,
        called: &Called,
        files: &[NewFile],
        out: &mut Findings,
    ) {
        let hr = called.hr;
        let mut say = |rule: RuleId, ok: bool, expected: &str| {
            out.ensure(rule, ok, event, || texts(called, expected));
        };
        if job.state.is_final() {
            let expected = "BG_E_INVALID_STATE (0x80200002): the job is over";
            say(RuleId::BITS_ADDFILE_009, hr.failed(), expected);
            return;
        }
        let refused = hr == Hresult::BG_E_INVALID_STATE;
        say(RuleId::BITS_ADDFILE_009, !refused, "files can be added before Complete or Cancel");
        match access(view, called.by, job) {
            Access::Denied => {
                // Bad arguments may be noticed first.
                if hr.succeeded() || hr == Hresult::E_ACCESSDENIED {
                    let expected = "E_ACCESSDENIED (0x80070005) for another standard user";
                    say(RuleId::BITS_ADDFILE_011, hr.failed(), expected);
                }
                return;
            }
            Access::Unclear => return,
            Access::Allowed => {}
        }
        if refused || self.obstacles > 0 {
            return;
        }
        let names = names::judge(files, job.job_type, view.setup.target.version);
        let denied = self.denied(job, files);
        let request = Request { view, event, called, job, files, names, denied };
        if request.is_too_many_for_an_upload(out) {
            return;
        }
        let limit = limit(view, job, called, files);
        request.obeys_the_limit(limit, out);
        if limit == Limit::Within {
            request.names(self.denied.is_empty(), out);
        }
    }

    /// True if a download would go to a directory that cannot be written to.
    fn denied(&self, job: &JobView, files: &[NewFile]) -> bool {
        if self.denied.is_empty() || job.job_type != JobType::Download {
            return false;
        }
        files.iter().any(|file| {
            let directory = names::parent(&file.local);
            self.denied.contains(&directory)
        })
    }

    /// BITS-ADDFILE-001 and -010: which files are recorded, and in which order.
    fn added(&mut self, event: &Event, id: JobId, file: usize, names: u64, out: &mut Findings) {
        let latest = self.latest.as_mut().filter(|latest| latest.job == id);
        let Some(latest) = latest else {
            out.ensure(RuleId::BITS_ADDFILE_001, false, event, || {
                (
                    "a file was added to `{job}`".to_owned(),
                    "files come with AddFile and AddFileSet only".to_owned(),
                    "no such call".to_owned(),
                )
            });
            return;
        };
        if !latest.succeeded {
            out.ensure(RuleId::BITS_ADDFILE_010, false, event, || {
                (
                    "a call that failed added a file to `{job}`".to_owned(),
                    "the list of files as it was".to_owned(),
                    format!("file {}", file + 1),
                )
            });
            return;
        }
        let next = latest.first + latest.recorded;
        let in_order = file == next && self.expected.get(latest.recorded) == Some(&names);
        latest.recorded += 1;
        if !in_order {
            out.ensure(RuleId::BITS_ADDFILE_001, false, event, || {
                (
                    "files were added to `{job}` out of order".to_owned(),
                    format!("file {} with the names of the call", next + 1),
                    format!("file {}, or other names", file + 1),
                )
            });
        }
    }

    /// BITS-ADDFILE-001 and -010, once all effects of the call have been recorded.
    fn all_recorded(&mut self, event: &Event, out: &mut Findings) {
        let Some(latest) = self.latest.take() else { return };
        if !latest.succeeded {
            if latest.recorded == 0 {
                out.held(RuleId::BITS_ADDFILE_010);
            }
            return;
        }
        let n = self.expected.len();
        if latest.recorded != n {
            let why = (
                "a call to add files to `{job}` succeeded".to_owned(),
                format!("{n} more files at the end of the list"),
                format!("{} more", latest.recorded),
            );
            about::broken(out, RuleId::BITS_ADDFILE_001, Some(latest.job), event, why);
        }
    }
}

/// A call of somebody with access on a job that is not over, with what it is judged by.
struct Request<'a> {
    view: &'a View,
    event: &'a Event,
    called: &'a Called,
    job: &'a JobView,
    files: &'a [NewFile],
    /// What the names deserve.
    names: Verdict,
    /// A directory cannot be written to.
    denied: bool,
}

impl Request<'_> {
    fn ensure(&self, out: &mut Findings, rule: RuleId, ok: bool, expected: &str) {
        out.ensure(rule, ok, self.event, || texts(self.called, expected));
    }

    /// BITS-ADDFILE-002: one file for an upload.
    fn is_too_many_for_an_upload(&self, out: &mut Findings) -> bool {
        let hr = self.called.hr;
        let many = self.job.job_type.uploads() && self.job.files.len() + self.files.len() > 1;
        let told = hr == Hresult::BG_E_TOO_MANY_FILES;
        // Invalid names may be noticed first.
        if many && (self.names == Verdict::Valid || told || hr.succeeded()) {
            let expected = "BG_E_TOO_MANY_FILES (0x8020001C): an upload has one file";
            self.ensure(out, RuleId::BITS_ADDFILE_002, told, expected);
        } else if !many && told {
            let expected = "no BG_E_TOO_MANY_FILES: the job has room for the file";
            self.ensure(out, RuleId::BITS_ADDFILE_002, false, expected);
        }
        many
    }

    /// BITS-ADDFILE-003: the policy on files in a job.
    fn obeys_the_limit(&self, limit: Limit, out: &mut Findings) {
        let hr = self.called.hr;
        let told = hr == Hresult::BG_E_TOO_MANY_FILES_IN_JOB;
        // What is wrong with the names may be noticed first.
        let otherwise = hr.failed() && (self.names != Verdict::Valid || self.denied);
        let (ok, expected) = match limit {
            Limit::Beyond if otherwise && !told => return,
            Limit::Beyond => (told, "BG_E_TOO_MANY_FILES_IN_JOB (0x80200051)"),
            Limit::Exempt => (!told, "no limit on files for administrators and service accounts"),
            Limit::Within if told => (false, "no BG_E_TOO_MANY_FILES_IN_JOB within the limit"),
            Limit::Within | Limit::Unclear => return,
        };
        self.ensure(out, RuleId::BITS_ADDFILE_003, ok, expected);
    }

    /// BITS-ADDFILE-001, -004, -005, -008 and -011: what the names deserve. `writable` says that
    /// no directory at all is denied.
    fn names(&self, writable: bool, out: &mut Findings) {
        let hr = self.called.hr;
        let invalid = hr == Hresult::E_INVALIDARG;
        let no_access = hr == Hresult::E_ACCESSDENIED;
        let foreign = self.view.user_of(self.called.by) != Some(self.job.owner);
        let (rule, ok, expected) = match self.names {
            Verdict::Scheme => (
                if hr.succeeded() { RuleId::BITS_ADDFILE_005 } else { RuleId::BITS_ADDFILE_004 },
                invalid,
                "E_INVALIDARG (0x80070057): the protocol is not supported here",
            ),
            Verdict::Invalid => (
                RuleId::BITS_ADDFILE_004,
                invalid,
                "E_INVALIDARG (0x80070057): a name is not valid",
            ),
            Verdict::Valid if self.denied => (
                RuleId::BITS_ADDFILE_008,
                no_access,
                "E_ACCESSDENIED (0x80070005): the directory cannot be written to",
            ),
            Verdict::Valid if writable && foreign && no_access => {
                (RuleId::BITS_ADDFILE_011, false, "access: an administrator need not own the job")
            }
            Verdict::Valid if writable && self.has_source() => {
                let share = self.files.iter().any(|file| Remote::of(&file.remote) == Remote::Share);
                let rule = if share && invalid {
                    RuleId::BITS_ADDFILE_005
                } else {
                    RuleId::BITS_ADDFILE_001
                };
                (rule, hr.succeeded(), "S_OK: the names are valid")
            }
            Verdict::Valid | Verdict::Unclear => return,
        };
        self.ensure(out, rule, ok, expected);
        if ok && self.names == Verdict::Scheme {
            out.held(RuleId::BITS_ADDFILE_005);
        }
        if ok && rule == RuleId::BITS_ADDFILE_001 && foreign {
            out.held(RuleId::BITS_ADDFILE_011);
        }
    }

    /// True if the local files that an upload sends are there.
    fn has_source(&self) -> bool {
        let there = |file: &NewFile| {
            let mut known = self.view.setup.local_files.iter();
            known.any(|known| known.path.eq_ignore_ascii_case(&file.local))
        };
        !self.job.job_type.uploads() || self.files.iter().all(there)
    }
}

/// What the policy on files in a job says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Within,
    Beyond,
    Exempt,
    Unclear,
}

fn limit(view: &View, job: &JobView, called: &Called, files: &[NewFile]) -> Limit {
    if !view.setup.target.version.at_least(3, 0) {
        return Limit::Within;
    }
    let most = usize::try_from(view.setup.policies.max_files_per_job).unwrap_or(usize::MAX);
    if job.files.len() + files.len() <= most {
        return Limit::Within;
    }
    let kind = |user: bitsim_vocab::UserId| view.setup.users.get(user.index()).map(|u| u.kind);
    let caller = view.user_of(called.by).and_then(kind);
    let elevated = view.setup.clients.get(called.by.index()).is_some_and(|client| client.elevated);
    // Whether caller or owner decides is documented nowhere, nor what an unelevated
    // administrator is.
    match (caller, kind(job.owner)) {
        (Some(UserKind::Standard), Some(UserKind::Standard)) => Limit::Beyond,
        (Some(UserKind::Administrator), Some(owner)) if elevated && owner.is_exempt() => {
            Limit::Exempt
        }
        (Some(caller), Some(owner))
            if caller.is_service_account() && owner.is_service_account() =>
        {
            Limit::Exempt
        }
        _ => Limit::Unclear,
    }
}

fn texts(called: &Called, expected: &str) -> (String, String, String) {
    let (method, what) = match &called.call {
        Call::Job(_, JobCall::AddFile(file)) => {
            (called.call.method(), format!("`{}` to `{}`", file.remote, file.local))
        }
        Call::Job(_, JobCall::AddFileSet(files)) => {
            (called.call.method(), format!("{} files", files.len()))
        }
        _ => (called.call.method(), String::new()),
    };
    (
        format!("{method} on `{{job}}`: {what}"),
        expected.to_owned(),
        WithNumber(called.hr).to_string(),
    )
}
