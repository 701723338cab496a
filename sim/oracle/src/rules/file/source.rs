//! Sources that change while they are read, and servers that cannot serve.

use crate::findings::{Findings, Violation};
use crate::view::{FileView, JobView, View};
use bitsim_vocab::trace::{AttemptOutcome, ErrorInfo, FileChange, FileEvent, Happened};
use bitsim_vocab::world::{Disturbance, Server, Setup};
use bitsim_vocab::{
    ErrorContext, Event, FileId, Hresult, JobId, JobState, JobType, Priority, RuleId, SimTime,
    Stimulus,
};
use std::collections::{BTreeMap, BTreeSet};

/// What must be remembered about the sources of files.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    /// Remote files whose content changed while size and time stamp stayed, and nothing else did.
    silent: BTreeSet<String>,
    /// Remote files whose size or time stamp changed.
    stamped: BTreeSet<String>,
    /// Files in transit when one of those happened to their source: true for the noticeable kind.
    in_transit: BTreeMap<(JobId, FileId), bool>,
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
            silent: BTreeSet::new(),
            stamped: BTreeSet::new(),
            in_transit: BTreeMap::new(),
            uploads: BTreeSet::new(),
            noticed: None,
            interrupted: BTreeMap::new(),
            foreground: Vec::new(),
            lacking: setup.servers.iter().any(|server| !(server.ranges && server.content_length)),
        }
    }

    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        self.settle_noticed(event, out);
        match &event.what {
            Happened::Created(_) => self.foreground.push(false),
            Happened::Env(what) => self.take_in_env(view, what),
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

    fn take_in_env(&mut self, view: &View, what: &Disturbance) {
        match what {
            Disturbance::RemoteFileChanges { url, stamped, .. } => {
                if *stamped {
                    self.silent.remove(url);
                    self.stamped.insert(url.clone());
                } else if !self.stamped.contains(url) {
                    self.silent.insert(url.clone());
                }
                let read = |job: &JobView, file: &FileView| {
                    job.job_type == JobType::Download && file.remote == *url
                };
                for (job, file) in partial(view, read) {
                    let noticeable = self.in_transit.entry((job, file)).or_default();
                    *noticeable |= *stamped;
                }
            }
            Disturbance::LocalFileChanges { path, .. } => {
                let read = |job: &JobView, file: &FileView| {
                    job.job_type.uploads() && file.local.eq_ignore_ascii_case(path)
                };
                self.uploads.extend(partial(view, read).into_iter().map(|(job, _)| job));
            }
            _ => {}
        }
    }

    fn changed(&mut self, view: &View, event: &Event, happened: &FileEvent, out: &mut Findings) {
        let (id, file_id) = (happened.job, happened.file);
        let Some(job) = view.job(id) else { return };
        let Some(file) = job.file(file_id) else { return };
        let download = job.job_type == JobType::Download;
        match &happened.what {
            FileChange::SourceChanged if download => {
                self.unfounded(view, event, (id, file_id), file, out);
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
            self.unfounded(view, event, (id, file_id), file, out);
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
        view: &View,
        event: &Event,
        (id, file_id): (JobId, FileId),
        file: &FileView,
        out: &mut Findings,
    ) {
        let silent = self.silent.contains(&file.remote)
            && self.in_transit.get(&(id, file_id)) == Some(&false);
        if silent && server_of(view, &file.remote).is_some_and(|server| server.ranges) {
            out.ensure(RuleId::BITS_FILE_004, false, event, || {
                (
                    "a file of `{job}` began again although size and time stamp were the same"
                        .to_owned(),
                    format!("file {} to go on from byte {}", file_id.0 + 1, file.done),
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
        match self.in_transit.remove(&(id, file_id)) {
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
        if failed_so && self.uploads.remove(&id) {
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
        let unfit = job.files.iter().position(|file| {
            file.size != Some(0)
                && server_of(view, &file.remote)
                    .is_some_and(|server| !(server.ranges && server.content_length))
        });
        if let Some(index) = unfit {
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

/// Files of which a part has been transferred, and that `read` picks. Only disturbances ask, so the
/// walk over all jobs costs nothing in between.
fn partial(view: &View, read: impl Fn(&JobView, &FileView) -> bool) -> Vec<(JobId, FileId)> {
    let jobs = (0..).map(JobId).zip(&view.jobs);
    jobs.filter(|(_, job)| !job.state.is_final() && !job.gone)
        .flat_map(|(id, job)| {
            (0..).map(FileId).zip(&job.files).map(move |(file_id, file)| (id, file_id, job, file))
        })
        .filter(|(_, _, job, file)| file.done > 0 && !file.finished && read(job, file))
        .map(|(id, file_id, ..)| (id, file_id))
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
