//! Sources that change while they are read, and servers that cannot serve.

use crate::rules::kinds;
use crate::findings::{Findings, Violation};
use crate::view::{FileView, JobView, View};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::trace::{AttemptOutcome, Called, ErrorInfo, FileChange, FileEvent, Happened};
use bitsim_vocab::world::{Disturbance, Server, Setup};
use bitsim_vocab::{
    Call, ErrorContext, Event, FileId, Hresult, JobId, JobState, JobType, Priority, RuleId,
    SimTime, Stimulus,
};
use std::collections::{BTreeMap, BTreeSet};

/// What must be remembered about the sources of files.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    /// Sizes of remote files that changed.
    sizes: BTreeMap<String, u64>,
    /// Downloads in transit when their source changed.
    in_transit: BTreeMap<(JobId, FileId), Change>,
    /// Files whose remote name was replaced. The name may be lost in a restart (BITS-RESUME-009),
    /// so nothing is known for sure about their source.
    replaced: BTreeSet<(JobId, FileId)>,
    /// Uploads whose local file changed after their transfer had begun.
    uploads: BTreeSet<JobId>,
    /// A change that the service noticed, until the file begins again.
    noticed: Option<Noticed>,
    /// Foreground downloads that were interrupted and cannot go on without ranges.
    interrupted: BTreeMap<JobId, FileId>,
    /// For each job: true once it was a foreground job.
    foreground: Vec<bool>,
    /// True if some server lacks what a background download needs.
    lacking: bool,
}

/// A change of the source of a file in transit.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: SimTime,
    /// Size or time stamp changed, not only the content.
    noticeable: bool,
    /// Part of the file had arrived by then.
    partial: bool,
}

#[derive(Debug, Clone, Copy)]
struct Noticed {
    job: JobId,
    file: FileId,
    event: u32,
    at: SimTime,
}

impl Sources {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            sizes: BTreeMap::new(),
            in_transit: BTreeMap::new(),
            replaced: BTreeSet::new(),
            uploads: BTreeSet::new(),
            noticed: None,
            interrupted: BTreeMap::new(),
            foreground: Vec::new(),
            lacking: setup.servers.iter().any(|server| !(server.ranges && server.content_length)),
        }
    }

    /// From when on everything has to be seen ([`kinds`]).
    pub(super) fn wakes(&self) -> SimTime {
        kinds::after_any(self.noticed.map(|noticed| noticed.at))
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.settle_noticed(event, out);
        match &event.what {
            Happened::Created(_) => self.foreground.push(false),
            Happened::Env(what) => self.take_in_env(view, event.at, what),
            Happened::Called(called) => self.called(called),
            Happened::Bytes { job, file, done, .. } if !self.in_transit.is_empty() => {
                // What had moved before the change is recorded after it, at the same instant.
                if let Some(change) = self.in_transit.get_mut(&(*job, *file))
                    && change.at == event.at
                {
                    change.partial |= *done > 0;
                }
            }
            Happened::File(file) => self.changed(view, event, file, out),
            Happened::State { job, to, .. } => self.moved(view, event, *job, *to, out),
            Happened::ErrorInfo { job, info } => self.explained(event, *job, *info, out),
            Happened::AttemptBegan { job, .. } => {
                let foreground =
                    view.job(*job).is_some_and(|job| job.priority == Priority::Foreground);
                if let Some(ever) = self.foreground.get_mut(job.index()) {
                    *ever |= foreground;
                }
            }
            Happened::AttemptEnded { job, outcome } => self.ended(view, *job, *outcome, out),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, _: &View, out: &mut Findings) {
        self.report_noticed(out);
    }

    fn take_in_env(&mut self, view: &View, at: SimTime, what: &Disturbance) {
        match what {
            Disturbance::RemoteFileChanges { url, size, stamped } => {
                let noticeable = *stamped || self.size_of(view, url) != Some(*size);
                self.sizes.insert(url.clone(), *size);
                let read = |job: &JobView, file: &FileView| {
                    job.job_type == JobType::Download && file.remote == *url
                };
                for (id, partial) in in_transit(view, read) {
                    if self.replaced.contains(&id) {
                        continue;
                    }
                    let change = Change { at, noticeable, partial };
                    let before = self.in_transit.insert(id, change);
                    if before.is_some_and(|before| before.noticeable && before.partial) {
                        self.in_transit.extend(before.map(|before| (id, before)));
                    }
                }
            }
            Disturbance::LocalFileChanges { path, .. } => {
                let read = |job: &JobView, file: &FileView| {
                    job.job_type.uploads() && file.local.eq_ignore_ascii_case(path)
                };
                self.uploads.extend(in_transit(view, read).into_iter().map(|((job, _), _)| job));
            }
            _ => {}
        }
    }

    /// The size of a remote file, if the run knows it.
    fn size_of(&self, view: &View, url: &str) -> Option<u64> {
        let mut offered = view.setup.servers.iter().flat_map(|server| &server.files);
        let known = || offered.find(|file| file.url == url).map(|file| file.size);
        self.sizes.get(url).copied().or_else(known)
    }

    fn called(&mut self, called: &Called) {
        if let Call::Job(job, JobCall::SetPriority(0)) = called.call
            && called.hr.succeeded()
            && let Some(ever) = self.foreground.get_mut(job.index())
        {
            *ever = true;
        }
    }

    fn changed(&mut self, view: &View, event: &Event, happened: &FileEvent, out: &mut Findings) {
        let (id, file_id) = (happened.job, happened.file);
        let Some(job) = view.job(id) else { return };
        let Some(file) = job.file(file_id) else { return };
        let download = job.job_type == JobType::Download;
        match &happened.what {
            FileChange::SourceChanged if download => {
                self.unfounded(event, (id, file_id), file, view, out);
                if file.done > 0 && !file.finished {
                    let (event, at) = (event.seq, event.at);
                    self.noticed = Some(Noticed { job: id, file: file_id, event, at });
                }
            }
            FileChange::Restarted if download => {
                self.restarted(view, event, (id, file_id), file, out);
            }
            FileChange::RemoteName(_) => {
                self.in_transit.remove(&(id, file_id));
                self.replaced.insert((id, file_id));
                // The other server may know ranges.
                if self.interrupted.get(&id) == Some(&file_id) {
                    self.interrupted.remove(&id);
                }
            }
            FileChange::Finished => self.finished(event, job, (id, file_id), out),
            _ => {}
        }
    }

    /// BITS-FILE-002: only a file in transit begins again. BITS-FILE-004: and only for a reason.
    fn restarted(
        &mut self,
        view: &View,
        event: &Event,
        (id, file_id): (JobId, FileId),
        file: &FileView,
        out: &mut Findings,
    ) {
        if self.noticed.is_some_and(|noticed| (noticed.job, noticed.file) == (id, file_id)) {
            self.noticed = None;
            out.held(RuleId::BITS_FILE_002);
        } else {
            self.unfounded(event, (id, file_id), file, view, out);
        }
        self.in_transit.remove(&(id, file_id));
        if self.interrupted.get(&id) == Some(&file_id) {
            self.interrupted.remove(&id);
        }
        if file.finished {
            out.ensure(RuleId::BITS_FILE_002, false, event, || {
                (
                    "a file of `{job}` that had arrived in full began again".to_owned(),
                    format!("file {} to be left alone", file_id.0 + 1),
                    "its transfer began again from the first byte".to_owned(),
                )
            });
        }
    }

    /// BITS-FILE-004: a change that size and time stamp do not show is no change.
    fn unfounded(
        &self,
        event: &Event,
        id: (JobId, FileId),
        file: &FileView,
        view: &View,
        out: &mut Findings,
    ) {
        let silent = self.in_transit.get(&id).is_some_and(|change| !change.noticeable);
        if silent && server_of(view, &file.remote).is_some_and(|server| server.ranges) {
            out.ensure(RuleId::BITS_FILE_004, false, event, || {
                (
                    "a file of `{job}` began again although size and time stamp were the same"
                        .to_owned(),
                    format!("file {} to go on from byte {}", id.1.0 + 1, file.done),
                    "the service took its source for changed".to_owned(),
                )
            });
        }
    }

    /// A file that arrives in full had no reason left to begin again or to fail.
    fn finished(
        &mut self,
        event: &Event,
        job: &JobView,
        (id, file_id): (JobId, FileId),
        out: &mut Findings,
    ) {
        let number = file_id.0 + 1;
        let change = self.in_transit.remove(&(id, file_id)).filter(|change| change.partial);
        match change.map(|change| change.noticeable) {
            Some(false) => out.held(RuleId::BITS_FILE_004),
            Some(true) => out.ensure(RuleId::BITS_FILE_002, false, event, || {
                (
                    "a file of `{job}` is made up of two versions of its source".to_owned(),
                    format!("file {number} to begin again, since its source changed"),
                    "it went on and arrived in full".to_owned(),
                )
            }),
            None => {}
        }
        if job.job_type.uploads() && self.uploads.remove(&id) {
            out.ensure(RuleId::BITS_FILE_003, false, event, || {
                (
                    "the upload of `{job}` went on although its local file had changed".to_owned(),
                    "ERROR with BG_E_LOCAL_FILE_CHANGED (0x8020001D)".to_owned(),
                    "the upload finished".to_owned(),
                )
            });
        }
        if self.interrupted.get(&id) == Some(&file_id) {
            self.interrupted.remove(&id);
            out.ensure(RuleId::BITS_FILE_008, false, event, || {
                (
                    "`{job}` went on in the middle of a file without range support".to_owned(),
                    "ERROR with BG_E_INSUFFICIENT_RANGE_SUPPORT (0x80200013)".to_owned(),
                    format!("file {number} arrived in full"),
                )
            });
        }
    }

    /// BITS-FILE-003: the error of a changed local file.
    fn explained(&mut self, event: &Event, id: JobId, info: ErrorInfo, out: &mut Findings) {
        if info.code != Hresult::BG_E_LOCAL_FILE_CHANGED || !self.uploads.contains(&id) {
            return;
        }
        let local = info.context == ErrorContext::LocalFile;
        out.ensure(RuleId::BITS_FILE_003, local, event, || {
            (
                "the changed local file of `{job}` was reported in the wrong context".to_owned(),
                ErrorContext::LocalFile.full_name().to_owned(),
                info.context.full_name().to_owned(),
            )
        });
    }

    fn moved(&mut self, view: &View, event: &Event, id: JobId, to: JobState, out: &mut Findings) {
        let Some(job) = view.job(id) else { return };
        if self.noticed.is_some_and(|noticed| noticed.job == id) {
            // The attempt ended for another reason before the file could begin again.
            self.noticed = None;
        }
        let failed_so = matches!(job.last_outcome, Some((AttemptOutcome::Failed { code, .. }, at))
            if code == Hresult::BG_E_LOCAL_FILE_CHANGED && at == event.at);
        // A Resume at the same instant moves it as well.
        if failed_so && job.state.is_running() && self.uploads.remove(&id) {
            out.ensure(RuleId::BITS_FILE_003, to == JobState::Error, event, || {
                (
                    "the changed local file of `{job}` did not end the upload".to_owned(),
                    JobState::Error.to_string(),
                    to.to_string(),
                )
            });
        }
        if to == JobState::Transferred && self.lacking {
            self.served(view, event, id, job, out);
        }
        if to.is_final() {
            self.uploads.remove(&id);
            self.interrupted.remove(&id);
        }
    }

    /// BITS-FILE-007: a background download needs a server that knows sizes and ranges.
    fn served(&self, view: &View, event: &Event, id: JobId, job: &JobView, out: &mut Findings) {
        let foreground = self.foreground.get(id.index()).copied().unwrap_or(true);
        if job.job_type != JobType::Download || foreground {
            return;
        }
        let replaced = |index| self.replaced.contains(&(id, FileId(index)));
        let unfit = (0..).zip(&job.files).find(|(index, file)| {
            file.size != Some(0)
                && !replaced(*index)
                && server_of(view, &file.remote)
                    .is_some_and(|server| !(server.ranges && server.content_length))
        });
        if let Some((index, _)) = unfit {
            out.ensure(RuleId::BITS_FILE_007, false, event, || {
                (
                    "`{job}` was downloaded from a server that cannot serve it".to_owned(),
                    "ERROR with BG_E_MISSING_FILE_SIZE or BG_E_INSUFFICIENT_RANGE_SUPPORT"
                        .to_owned(),
                    format!("TRANSFERRED, file {} included", index + 1),
                )
            });
        }
    }

    fn ended(&mut self, view: &View, id: JobId, outcome: AttemptOutcome, out: &mut Findings) {
        let Some(job) = view.job(id).filter(|job| job.job_type == JobType::Download) else {
            return;
        };
        if !self.lacking {
            return;
        }
        match outcome {
            AttemptOutcome::Failed { code, .. } => {
                let no_ranges = code == Hresult::BG_E_INSUFFICIENT_RANGE_SUPPORT;
                if no_ranges && self.interrupted.remove(&id).is_some() {
                    out.held(RuleId::BITS_FILE_008);
                }
                if no_ranges || code == Hresult::BG_E_MISSING_FILE_SIZE {
                    out.held(RuleId::BITS_FILE_007);
                }
            }
            AttemptOutcome::Blocked { code: Hresult::BG_E_NETWORK_DISCONNECTED }
            | AttemptOutcome::Stopped { by: Stimulus::OwnerLogsOff | Stimulus::NetworkLost }
                if job.priority == Priority::Foreground =>
            {
                let current = job.files.iter().position(|file| {
                    !file.finished
                        && file.done > 0
                        && server_of(view, &file.remote).is_some_and(|server| !server.ranges)
                });
                if let Some(file) = current.and_then(|index| u32::try_from(index).ok()) {
                    self.interrupted.insert(id, FileId(file));
                }
            }
            _ => {}
        }
    }

    /// BITS-FILE-002: a change that was noticed makes the file begin again at once.
    fn settle_noticed(&mut self, event: &Event, out: &mut Findings) {
        let over = |noticed: Noticed| {
            event.at != noticed.at
                || match &event.what {
                    Happened::Called(_) | Happened::Env(_) => true,
                    Happened::File(file) => file.what == FileChange::SourceChanged,
                    _ => false,
                }
        };
        if self.noticed.is_some_and(over) {
            self.report_noticed(out);
        }
    }

    fn report_noticed(&mut self, out: &mut Findings) {
        let Some(Noticed { job, file, event, at }) = self.noticed.take() else { return };
        out.broken(Violation {
            rule: RuleId::BITS_FILE_002,
            job: Some(job),
            event,
            at,
            what: "a file of `{job}` did not begin again when its source changed".to_owned(),
            expected: format!("file {} to begin again from the first byte", file.0 + 1),
            actual: "it did not".to_owned(),
        });
    }
}

/// Unfinished files whose transfer has begun and that `read` picks, and whether a part of each is
/// known to have arrived. Only disturbances ask, so the walk over all jobs is rare.
fn in_transit(
    view: &View,
    read: impl Fn(&JobView, &FileView) -> bool,
) -> Vec<((JobId, FileId), bool)> {
    let jobs = (0..).map(JobId).zip(&view.jobs);
    jobs.filter(|(_, job)| !job.state.is_final() && !job.gone)
        .flat_map(|(id, job)| {
            let unfinished = (0..).map(FileId).zip(&job.files).filter(|(_, file)| !file.finished);
            let moving = job.state == JobState::Transferring;
            unfinished.enumerate().map(move |(place, (file_id, file))| {
                (id, file_id, job, file, file.done > 0 || (moving && place == 0))
            })
        })
        .filter(|(_, _, job, file, begun)| *begun && read(job, file))
        .map(|(id, file_id, _, file, _)| ((id, file_id), file.done > 0))
        .collect()
}

/// The server of an HTTP or HTTPS name.
fn server_of<'a>(view: &'a View, remote: &str) -> Option<&'a Server> {
    let (scheme, rest) = remote.split_once("://")?;
    if !(scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")) {
        return None;
    }
    let host = rest.split(['/', ':', '?']).next()?;
    view.setup.servers.iter().find(|server| server.name.eq_ignore_ascii_case(host))
}
