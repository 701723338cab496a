//! BITS-PROGRESS: what the getters of progress report, and when data moves.

mod sums;

use crate::findings::Findings;
use crate::view::{FileView, JobView, View};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, JobCall, Progress as Reported};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, FileEvent, Happened, Payload};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, Event, FileId, Hresult, JobId, JobState, JobType, Reply, RuleId};
use sums::Sums;

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_PROGRESS_001,
    RuleId::BITS_PROGRESS_002,
    RuleId::BITS_PROGRESS_003,
    RuleId::BITS_PROGRESS_004,
    RuleId::BITS_PROGRESS_005,
    RuleId::BITS_PROGRESS_006,
    RuleId::BITS_PROGRESS_007,
    RuleId::BITS_PROGRESS_008,
    RuleId::BITS_PROGRESS_009,
    RuleId::BITS_PROGRESS_010,
    RuleId::BITS_PROGRESS_011,
    RuleId::BITS_PROGRESS_012,
];

/// BITS-PROGRESS.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    jobs: Vec<Sums>,
}

impl Progress {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { jobs: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Created(_) => self.jobs.push(Sums::default()),
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::Bytes { job, file, of, done } => {
                self.moved(view, event, *job, (*file, *of), *done, out);
            }
            Happened::File(file) => self.changed(view, event, file, out),
            Happened::State { job, to: JobState::Transferred, .. } => {
                if let Some(sums) = self.jobs.get_mut(job.index()) {
                    sums.added_since = false;
                }
            }
            Happened::AttemptBegan { job, .. } => {
                if let Some(sums) = self.jobs.get_mut(job.index()) {
                    sums.attempt_began = true;
                }
            }
            Happened::Env(what) => {
                let restarts = matches!(**what, Disturbance::ServiceRestarts { .. })
                    || **what == Disturbance::ComputerRestarts;
                for sums in self.jobs.iter_mut().filter(|_| restarts) {
                    sums.may_fall_back = true;
                }
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}

    /// Data moved.
    fn moved(
        &mut self,
        view: &View,
        event: &Event,
        id: JobId,
        (file_id, of): (FileId, Payload),
        done: u64,
        out: &mut Findings,
    ) {
        let (Some(job), Some(sums)) = (view.job(id), self.jobs.get_mut(id.index())) else { return };
        out.ensure(RuleId::BITS_PROGRESS_012, job.state == JobState::Transferring, event, || {
            (
                format!("data of `{{job}}` moved in {}", job.state),
                "data to move in TRANSFERRING only".to_owned(),
                format!("byte {done} in {}", job.state),
            )
        });
        let Some(file) = job.file(file_id).filter(|_| of == Payload::File) else { return };
        let number = file_id.0 + 1;
        if let Some(size) = file.size.filter(|size| done > *size) {
            out.ensure(RuleId::BITS_PROGRESS_005, false, event, || {
                (
                    "more of a file of `{job}` arrived than there is".to_owned(),
                    format!("at most {size} bytes of file {number}"),
                    format!("{done} bytes"),
                )
            });
        }
        if job.job_type == JobType::Download {
            never_falls(sums, event, file, (number, done), out);
            if sums.reset_due == Some(file_id) {
                out.ensure(RuleId::BITS_PROGRESS_007, false, event, || {
                    (
                        "a file of `{job}` went on from where its old version stopped".to_owned(),
                        format!("file {number} to begin again, since its source changed"),
                        format!("{done} bytes after {} of the old version", file.done),
                    )
                });
                sums.reset_due = None;
            }
        }
        sums.attempt_began = false;
        sums.may_fall_back = false;
        sums.moved(file, done);
    }

    /// Something happened to a file.
    fn changed(&mut self, view: &View, event: &Event, happened: &FileEvent, out: &mut Findings) {
        let id = happened.job;
        let (Some(job), Some(sums)) = (view.job(id), self.jobs.get_mut(id.index())) else { return };
        let number = happened.file.0 + 1;
        if let FileChange::Added { requested, .. } = happened.what {
            sums.added(requested, job.state == JobState::Transferred);
            return;
        }
        let Some(file) = job.file(happened.file) else { return };
        match &happened.what {
            FileChange::Sized(size) => {
                if let Some(requested) = sums.requested(happened.file)
                    && job.job_type == JobType::Download
                    && view.setup.target.version.at_least(2, 0)
                {
                    requested_only(event, number, requested, *size, out);
                }
                sums.sized(file, *size);
            }
            FileChange::SourceChanged if file.done > 0 && !file.finished => {
                sums.reset_due = Some(happened.file).filter(|_| job.job_type == JobType::Download);
            }
            FileChange::Restarted => {
                if sums.reset_due == Some(happened.file) {
                    sums.reset_due = None;
                    out.held(RuleId::BITS_PROGRESS_007);
                }
                sums.restarted(file);
            }
            FileChange::Finished => {
                if let Some(size) = file.size {
                    out.ensure(RuleId::BITS_PROGRESS_005, file.done == size, event, || {
                        (
                            "a file of `{job}` counts as transferred and is not".to_owned(),
                            format!("{size} bytes of file {number}"),
                            format!("{} bytes", file.done),
                        )
                    });
                }
                sums.finished(file);
            }
            FileChange::RemoteName(_) => sums.source_replaced = true,
            _ => {}
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        let (Some(job), Some(sums)) = (view.job(*id), self.jobs.get(id.index())) else { return };
        if !view.admits(called.by, job) {
            return;
        }
        match (call, &called.reply) {
            (JobCall::GetProgress, Reply::Progress(reported)) => {
                of_job(event, job, sums, reported, out);
            }
            (JobCall::GetReplyProgress, reply) if view.setup.target.version.at_least(1, 5) => {
                of_reply(event, job, called.hr, reply, out);
            }
            (
                JobCall::GetFileProgress(id),
                Reply::FileProgress { bytes_total, bytes_transferred, completed },
            ) => {
                let Some(file) = job.file(*id) else { return };
                let told = FileTold {
                    number: id.0 + 1,
                    total: *bytes_total,
                    transferred: *bytes_transferred,
                    completed: *completed,
                };
                let requested =
                    sums.requested(*id).filter(|_| view.setup.target.version.at_least(2, 0));
                of_file(event, job, file, requested, &told, out);
            }
            _ => {}
        }
    }
}

/// BITS-PROGRESS-008: what has arrived stays, unless the file begins again. After a restart of the
/// service it may fall back to the last stored position.
fn never_falls(
    sums: &Sums,
    event: &Event,
    file: &FileView,
    (number, done): (u32, u64),
    out: &mut Findings,
) {
    if done < file.done && !sums.may_fall_back {
        out.ensure(RuleId::BITS_PROGRESS_008, false, event, || {
            (
                "the progress of a file of `{job}` went back".to_owned(),
                format!("{} bytes of file {number} or more", file.done),
                format!("{done} bytes"),
            )
        });
    } else if sums.attempt_began && file.done > 0 {
        out.held(RuleId::BITS_PROGRESS_008);
    }
}

/// What GetProgress reports.
fn of_job(event: &Event, job: &JobView, sums: &Sums, told: &Reported, out: &mut Findings) {
    let mut ensure = |rule, ok, what: &str, expected: &dyn Fn() -> String, actual: String| {
        out.ensure(rule, ok, event, || (what.to_owned(), expected(), actual));
    };
    let total = sums.total();
    let sized_early = total.is_none() && job.job_type.uploads();
    if !job.state.is_final() && !sized_early {
        let known = told.bytes_total != BG_SIZE_UNKNOWN;
        let ok = match total {
            Some(total) if known => total == u128::from(told.bytes_total),
            Some(_) => sums.source_replaced,
            None => !known,
        };
        let what = "GetProgress misreports BytesTotal of `{job}`";
        let expected = || match total {
            Some(total) => total.to_string(),
            None => "BG_SIZE_UNKNOWN, since the size of a file is not known".to_owned(),
        };
        ensure(RuleId::BITS_PROGRESS_001, ok, what, &expected, bytes(told.bytes_total));
    }
    ensure(
        RuleId::BITS_PROGRESS_003,
        told.files_total == sums.files(),
        "GetProgress misreports FilesTotal of `{job}`",
        &|| format!("{}, the number of files added", sums.files()),
        told.files_total.to_string(),
    );
    let complete = job.state != JobState::Transferred
        || sums.added_since
        || told.files_transferred == told.files_total;
    ensure(
        RuleId::BITS_PROGRESS_004,
        told.files_transferred <= told.files_total && complete,
        "GetProgress misreports FilesTransferred of `{job}`",
        &|| match job.state {
            JobState::Transferred => format!("{}, as FilesTotal", told.files_total),
            _ => format!("{} or less, as FilesTotal", told.files_total),
        },
        told.files_transferred.to_string(),
    );
    if told.bytes_total != BG_SIZE_UNKNOWN {
        ensure(
            RuleId::BITS_PROGRESS_005,
            told.bytes_transferred <= told.bytes_total,
            "GetProgress reports more of `{job}` than there is",
            &|| format!("BytesTransferred of at most {}", told.bytes_total),
            told.bytes_transferred.to_string(),
        );
    }
    if !job.state.is_final() {
        let agrees = u128::from(told.bytes_transferred) == sums.done();
        ensure(
            RuleId::BITS_PROGRESS_006,
            agrees && told.files_transferred == sums.files_finished(),
            "GetProgress disagrees with the files of `{job}`",
            &|| format!("{} bytes and {} files transferred", sums.done(), sums.files_finished()),
            format!("{} bytes and {} files", told.bytes_transferred, told.files_transferred),
        );
        if job.job_type == JobType::UploadReply && job.reply.0 > 0 {
            ensure(
                RuleId::BITS_PROGRESS_010,
                agrees,
                "GetProgress counts the reply of `{job}`",
                &|| format!("{}, the bytes of the upload file alone", sums.done()),
                told.bytes_transferred.to_string(),
            );
        }
    }
}

/// BITS-PROGRESS-010: what GetReplyProgress reports.
fn of_reply(event: &Event, job: &JobView, hr: Hresult, reply: &Reply, out: &mut Findings) {
    let rule = RuleId::BITS_PROGRESS_010;
    let told = match reply {
        Reply::Progress(told) => Some(told.bytes_total),
        _ => None,
    };
    if job.job_type != JobType::UploadReply {
        if job.state.is_final() {
            return;
        }
        let none = hr == Hresult::E_NOTIMPL || (hr.succeeded() && told == Some(0));
        out.ensure(rule, none, event, || {
            (
                "GetReplyProgress reports a reply of `{job}`, which has none".to_owned(),
                WithNumber(Hresult::E_NOTIMPL).to_string(),
                told.map_or_else(|| WithNumber(hr).to_string(), bytes),
            )
        });
        return;
    }
    let Some(told) = told.filter(|_| !job.state.is_final()) else { return };
    let expected = job.reply.1.unwrap_or(BG_SIZE_UNKNOWN);
    out.ensure(rule, told == expected, event, || {
        (
            "GetReplyProgress misreports BytesTotal of the reply of `{job}`".to_owned(),
            bytes(expected),
            bytes(told),
        )
    });
}

/// What IBackgroundCopyFile::GetProgress reports.
struct FileTold {
    number: u32,
    total: u64,
    transferred: u64,
    completed: bool,
}

fn of_file(
    event: &Event,
    job: &JobView,
    file: &FileView,
    requested: Option<u64>,
    told: &FileTold,
    out: &mut Findings,
) {
    let number = told.number;
    if file.size.is_none() && job.job_type == JobType::Download {
        let unknown = told.total == BG_SIZE_UNKNOWN;
        out.ensure(RuleId::BITS_PROGRESS_002, unknown, event, || {
            (
                "BytesTotal of a file of `{job}` is known before its size is".to_owned(),
                format!("BG_SIZE_UNKNOWN for file {number}"),
                bytes(told.total),
            )
        });
    }
    if let Some(requested) = requested.filter(|_| job.job_type == JobType::Download) {
        requested_only(event, number, requested, told.total, out);
    }
    if told.total != BG_SIZE_UNKNOWN {
        let ok = told.transferred <= told.total;
        out.ensure(RuleId::BITS_PROGRESS_005, ok, event, || {
            (
                "more of a file of `{job}` is reported than there is".to_owned(),
                format!("at most {} bytes of file {number}", told.total),
                format!("{} bytes", told.transferred),
            )
        });
    }
    if job.state.is_final() && !file.renamed {
        return;
    }
    let began_again = file.done == 0 && file.highest > 0 && job.job_type == JobType::Download;
    let rule = match began_again {
        true => RuleId::BITS_PROGRESS_007,
        false => RuleId::BITS_PROGRESS_006,
    };
    out.ensure(rule, told.transferred == file.done, event, || {
        (
            "BytesTransferred of a file of `{job}` is not what has arrived".to_owned(),
            format!("{} bytes of file {number}", file.done),
            format!("{} bytes", told.transferred),
        )
    });
    let (completed, when) = match job.job_type {
        JobType::Download => (file.renamed, "Complete gave it its final name"),
        JobType::Upload | JobType::UploadReply => (file.finished, "the upload has finished"),
    };
    out.ensure(RuleId::BITS_PROGRESS_011, told.completed == completed, event, || {
        (
            "Completed of a file of `{job}` is wrong".to_owned(),
            format!("Completed of file {number} to be TRUE exactly once {when}"),
            format!("Completed={}", if told.completed { "TRUE" } else { "FALSE" }),
        )
    });
}

/// BITS-PROGRESS-009: the size of a file with ranges is what was asked for.
fn requested_only(event: &Event, number: u32, requested: u64, told: u64, out: &mut Findings) {
    out.ensure(RuleId::BITS_PROGRESS_009, told == requested, event, || {
        (
            "BytesTotal of a file of `{job}` with ranges is not what was requested".to_owned(),
            format!("{requested} bytes for file {number}"),
            bytes(told),
        )
    });
}

fn bytes(number: u64) -> String {
    match number {
        BG_SIZE_UNKNOWN => "BG_SIZE_UNKNOWN".to_owned(),
        known => known.to_string(),
    }
}

#[cfg(test)]
mod tests;
