//! DO-RESUME-008: after Suspend and Resume a file goes on from the bytes that it had.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::trace::{FileChange, Happened, Payload};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Event, FileId, JobId, JobState, RuleId};
use std::collections::BTreeMap;

/// What suspended jobs hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    /// Bytes that a file had when its job was suspended, until more arrive or they may be dropped.
    bytes: BTreeMap<(JobId, FileId), u64>,
}

impl Kept {
    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::State { job, to: JobState::Suspended, .. } => self.suspended(view, *job),
            Happened::Env(what) => self.env(view, what),
            Happened::Requested { job, file, held } => {
                self.compare(view, event, (*job, *file), *held, out);
            }
            Happened::Bytes { job, file, of: Payload::File, done } => {
                let goes_on = self.compare(view, event, (*job, *file), *done, out);
                if goes_on {
                    self.bytes.remove(&(*job, *file));
                }
            }
            Happened::File(file) => match &file.what {
                FileChange::Restarted => {
                    self.compare(view, event, (file.job, file.file), 0, out);
                }
                // Another source, or the source has changed: the bytes may be dropped.
                FileChange::RemoteName(_) | FileChange::SourceChanged => {
                    self.bytes.remove(&(file.job, file.file));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn suspended(&mut self, view: &View, id: JobId) {
        let Some(job) = view.job(id) else { return };
        for (file, known) in (0..).map(FileId).zip(&job.files) {
            if known.done > 0 && !known.finished {
                self.bytes.insert((id, file), known.done);
            }
        }
    }

    fn env(&mut self, view: &View, what: &Disturbance) {
        let gone = |remote: &str, local: &str| match what {
            Disturbance::RemoteFileChanges { url, stamped: true, .. } => url == remote,
            Disturbance::LocalFileDeleted(path) => path.eq_ignore_ascii_case(local),
            Disturbance::VolumeChanged(_) => true,
            _ => false,
        };
        self.bytes.retain(|(job, file), _| {
            let file = view.job(*job).and_then(|job| job.file(*file));
            file.is_some_and(|file| !gone(&file.remote, &file.local))
        });
    }

    /// Compares what the file has now with what it had. True if it has at least as much.
    fn compare(
        &mut self,
        view: &View,
        event: &Event,
        (id, file): (JobId, FileId),
        now: u64,
        out: &mut Findings,
    ) -> bool {
        let Some(before) = self.bytes.get(&(id, file)).copied() else { return false };
        let Some(job) = view.job(id).filter(|job| job.state != JobState::Suspended) else {
            return false;
        };
        let remote = job.file(file).map_or("", |file| file.remote.as_str());
        if !can_resume(view, remote) {
            self.bytes.remove(&(id, file));
            return false;
        }
        if now < before {
            // One finding is enough.
            self.bytes.remove(&(id, file));
        }
        out.ensure(RuleId::DO_RESUME_008, now >= before, event, || {
            (
                "`{job}` lost bytes between Suspend and Resume".to_owned(),
                format!("file {} to go on from byte {before}", file.0 + 1),
                format!("it goes on from byte {now}"),
            )
        });
        now >= before
    }
}

/// True if the server of this URL certainly answers range requests.
pub(super) fn can_resume(view: &View, url: &str) -> bool {
    let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', ':', '?']).next());
    let servers = &view.setup.servers;
    let server = servers.iter().find(|server| Some(server.name.as_str()) == host);
    server.is_some_and(|server| server.ranges)
}
