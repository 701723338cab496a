//! BITS-COMPLETE: what Complete does in each state, and that only Complete makes files available.

use crate::findings::Findings;
use crate::view::latest::LatestCall;
use crate::view::{JobView, View};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, End, FileChange, FileEvent, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, Event, Hresult, JobState, JobType, Reply, RuleId, Stimulus};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_COMPLETE_001,
    RuleId::BITS_COMPLETE_002,
    RuleId::BITS_COMPLETE_003,
    RuleId::BITS_COMPLETE_004,
    RuleId::BITS_COMPLETE_005,
    RuleId::BITS_COMPLETE_006,
    RuleId::BITS_COMPLETE_007,
    RuleId::BITS_COMPLETE_008,
    RuleId::BITS_COMPLETE_009,
    RuleId::BITS_COMPLETE_010,
    RuleId::BITS_COMPLETE_012,
    RuleId::BITS_COMPLETE_013,
];

/// BITS-COMPLETE.
#[derive(Debug, Clone)]
pub(crate) struct Complete {
    /// For each job: true once a Complete failed because of a rename.
    failed: Vec<bool>,
    /// How many jobs are ACKNOWLEDGED.
    acknowledged: u32,
    /// Numbers of the faults in force, as far as they do not end by themselves.
    faults: Vec<u32>,
}

impl Complete {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { failed: Vec::new(), acknowledged: 0, faults: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            self.completed(view, call, out);
        }
        match &event.what {
            Happened::Created(_) => self.failed.push(false),
            Happened::State { to: JobState::Acknowledged, .. } => self.acknowledged += 1,
            Happened::Called(called) => self.off_the_queue(view, event, called, out),
            Happened::File(file) => renamed(view, event, file, out),
            Happened::Env(what) => match &**what {
                Disturbance::FaultBegins(fault) => self.faults.push(fault.number),
                Disturbance::FaultEnds(number) => self.faults.retain(|other| other != number),
                _ => {}
            },
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = view.latest_call {
            self.completed(view, &call, out);
        }
    }

    /// Judges a Complete once all its effects have been recorded.
    fn completed(&mut self, view: &View, call: &LatestCall, out: &mut Findings) {
        let Some(job) = view.job(call.job).filter(|_| call.admitted) else { return };
        let failed_before = self.failed.get(call.job.index()).copied().unwrap_or(false);
        // Once suspended, an upload may not be completed before it is TRANSFERRED again.
        let legal = !job.job_type.uploads()
            || call.before == JobState::Transferred
            || call.stimulus == Stimulus::Cancel;
        let open = failed_before && legal && !call.before.is_final();
        if open && !may_be_tried_again(call, out) {
            return;
        }
        if call.stimulus != Stimulus::Complete {
            return;
        }
        let refused = Hresult::BG_E_INVALID_STATE;
        if call.before.is_final() {
            if view.kept_pointer(call.by, job) {
                call.ensure_effect(out, RuleId::BITS_COMPLETE_005, refused, None);
            }
        } else if job.job_type.uploads() && call.before != JobState::Transferred {
            call.ensure_effect(out, RuleId::BITS_COMPLETE_004, refused, None);
        } else if call.rename_failed.is_some() {
            rename_failed(call, job, out);
            if let Some(failed) = self.failed.get_mut(call.job.index()) {
                *failed = true;
            }
        } else if call.kept > 0 || call.hr == Hresult::BG_S_UNABLE_TO_DELETE_FILES {
            leftovers(view, call, job, out);
        } else if job.job_type.uploads() {
            let acknowledged = Some(JobState::Acknowledged);
            call.ensure_effect(out, RuleId::BITS_COMPLETE_004, Hresult::S_OK, acknowledged);
            self.needs_no_server(view, call, out);
        } else {
            download(call, job, out);
        }
    }

    /// BITS-COMPLETE-013: a finished upload is completed without the server.
    fn needs_no_server(&self, view: &View, call: &LatestCall, out: &mut Findings) {
        if view.network && self.faults.is_empty() {
            return;
        }
        call.ensure(out, RuleId::BITS_COMPLETE_013, call.hr.succeeded(), || {
            (
                "Complete on the finished upload `{job}` failed while the server was out of reach"
                    .to_owned(),
                "success, since the server is not needed any more".to_owned(),
                WithNumber(call.hr).to_string(),
            )
        });
    }

    /// BITS-COMPLETE-012: a completed job is off the queue, but can still be asked.
    fn off_the_queue(&self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let rule = RuleId::BITS_COMPLETE_012;
        if let Reply::Jobs(listed) = &called.reply
            && self.acknowledged > 0
        {
            let done = |id: &&bitsim_vocab::JobId| {
                view.job(**id).is_some_and(|job| job.state == JobState::Acknowledged)
            };
            let wrong = listed.iter().find(done);
            out.ensure(rule, wrong.is_none(), event, || {
                (
                    "EnumJobs lists a job that has been completed".to_owned(),
                    "no job in ACKNOWLEDGED in the list".to_owned(),
                    format!("job {} of the run is listed", wrong.map_or(0, |job| job.0 + 1)),
                )
            });
        }
        let Call::Job(id, call) = &called.call else { return };
        let Some(job) = view.job(*id).filter(|job| job.state == JobState::Acknowledged) else {
            return;
        };
        if call.is_getter() && view.admits(called.by, job) && view.kept_pointer(called.by, job) {
            let refused = matches!(
                called.hr,
                Hresult::BG_E_INVALID_STATE | Hresult::BG_E_NOT_FOUND | Hresult::RPC_E_DISCONNECTED
            );
            out.ensure(rule, !refused, event, || {
                (
                    format!("{} was refused because `{{job}}` has been completed", call.method()),
                    "a pointer that the client still holds to answer".to_owned(),
                    WithNumber(called.hr).to_string(),
                )
            });
        }
    }
}

/// BITS-COMPLETE-001 and -002: a download gets what has arrived, and the rest is deleted.
fn download(call: &LatestCall, job: &JobView, out: &mut Findings) {
    let whole = job.files.iter().all(|file| file.finished);
    let rule = match call.before {
        JobState::Transferred if whole => RuleId::BITS_COMPLETE_001,
        _ => RuleId::BITS_COMPLETE_002,
    };
    let hr = if whole { Hresult::S_OK } else { Hresult::BG_S_PARTIAL_COMPLETE };
    call.ensure_effect(out, rule, hr, Some(JobState::Acknowledged));
    if call.hr.failed() {
        return;
    }
    let dropped = job.files.iter().position(|file| file.finished && !file.renamed);
    call.ensure(out, rule, dropped.is_none(), || {
        (
            "Complete did not make every finished file of `{job}` available".to_owned(),
            "every finished file to get its final name".to_owned(),
            format!("file {} did not", dropped.unwrap_or(0) + 1),
        )
    });
    if whole {
        return;
    }
    let partial = |file: &&crate::view::FileView| !file.finished && file.done > 0;
    let left = job.files.iter().position(|file| partial(&file) && file.temporary);
    call.ensure(out, rule, left.is_none(), || {
        (
            "Complete left a partial file of `{job}` behind".to_owned(),
            "unfinished files to be deleted".to_owned(),
            format!("the temporary file of file {} is still there", left.unwrap_or(0) + 1),
        )
    });
    if job.files.iter().any(|file| partial(&file) && !file.renamed) {
        out.held(RuleId::BITS_COMPLETE_003);
    }
}

/// BITS-COMPLETE-006: the job is completed all the same. A file that cannot be deleted may count
/// even if nothing of it was left to delete.
fn leftovers(view: &View, call: &LatestCall, job: &JobView, out: &mut Findings) {
    let rule = RuleId::BITS_COMPLETE_006;
    let undeletable =
        |local: &str| view.undeletable.iter().any(|path| path.eq_ignore_ascii_case(local));
    if call.kept > 0 || job.files.iter().any(|file| undeletable(&file.local)) {
        let hr = Hresult::BG_S_UNABLE_TO_DELETE_FILES;
        call.ensure_effect(out, rule, hr, Some(JobState::Acknowledged));
    } else {
        call.ensure(out, rule, false, || {
            (
                "Complete reports leftovers of `{job}` although there are none".to_owned(),
                "another code, since every temporary file was removed".to_owned(),
                WithNumber(call.hr).to_string(),
            )
        });
    }
}

/// BITS-COMPLETE-007: the job stays where it is. BITS-COMPLETE-009: files are handled in order.
fn rename_failed(call: &LatestCall, job: &JobView, out: &mut Findings) {
    if job.job_type == JobType::Upload {
        return;
    }
    let described = call.hr.failed() && call.hr != Hresult::BG_E_INVALID_STATE;
    let stays = call.moved.is_none();
    call.ensure(out, RuleId::BITS_COMPLETE_007, described && stays, || {
        let cause = call.rename_failed.unwrap_or_default();
        (
            "Complete could not rename every file of `{job}` and did not say so".to_owned(),
            call.effect(cause, None),
            call.effect(call.hr, call.moved),
        )
    });
    if job.job_type != JobType::Download {
        return;
    }
    let mut files = job.files.iter().enumerate().filter(|(_, file)| file.finished);
    let failed = files.find(|(_, file)| !file.renamed).map(|(index, _)| index);
    let beyond = files.find(|(_, file)| file.renamed).map(|(index, _)| index);
    call.ensure(out, RuleId::BITS_COMPLETE_009, beyond.is_none(), || {
        (
            "Complete went on after a file of `{job}` that it could not rename".to_owned(),
            format!("no file after file {} to be available", failed.unwrap_or(0) + 1),
            format!("file {} is available", beyond.unwrap_or(0) + 1),
        )
    });
}

/// BITS-COMPLETE-008: Complete and Cancel stay possible after a Complete that failed.
/// False if the call was refused.
fn may_be_tried_again(call: &LatestCall, out: &mut Findings) -> bool {
    if !matches!(call.stimulus, Stimulus::Complete | Stimulus::Cancel) {
        return true;
    }
    let ok = call.hr != Hresult::BG_E_INVALID_STATE;
    call.ensure(out, RuleId::BITS_COMPLETE_008, ok, || {
        (
            format!("{} was refused after a Complete of `{{job}}` that failed", call.method),
            format!("{} to be legal", call.method),
            WithNumber(call.hr).to_string(),
        )
    });
    ok
}

/// BITS-COMPLETE-003, -008 and -010: which file may get its final name, and when.
fn renamed(view: &View, event: &Event, happened: &FileEvent, out: &mut Findings) {
    let Some(job) = view.job(happened.job) else { return };
    let of_file = match happened.what {
        FileChange::Renamed { .. } if job.job_type == JobType::Download => true,
        FileChange::ReplyRenamed => false,
        _ => return,
    };
    let by_complete = view.latest_call.is_some_and(|call| {
        call.job == happened.job && call.stimulus == Stimulus::Complete && !call.is_over_at(event)
    });
    out.ensure(RuleId::BITS_COMPLETE_010, by_complete, event, || {
        (
            "a file of `{job}` became visible under its final name without Complete".to_owned(),
            "the final name to be given by Complete only".to_owned(),
            match of_file {
                true => format!("file {} was renamed in {}", happened.file.0 + 1, job.state),
                false => format!("the reply was renamed in {}", job.state),
            },
        )
    });
    let Some(file) = job.file(happened.file).filter(|_| of_file) else { return };
    if !file.finished {
        out.ensure(RuleId::BITS_COMPLETE_003, false, event, || {
            let size = file.size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
            (
                "Complete saved a file of `{job}` that had not arrived in full".to_owned(),
                "only files finished before the call to get their final names".to_owned(),
                format!(
                    "file {} was renamed at {} of {size} bytes",
                    happened.file.0 + 1,
                    file.done
                ),
            )
        });
    }
    if file.renamed {
        out.ensure(RuleId::BITS_COMPLETE_008, false, event, || {
            (
                "Complete touched a file of `{job}` that already had its final name".to_owned(),
                "only the files not renamed yet to be handled".to_owned(),
                format!("file {} was renamed again", happened.file.0 + 1),
            )
        });
    }
}

#[cfg(test)]
mod tests;
