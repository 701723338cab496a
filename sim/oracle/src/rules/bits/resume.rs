//! BITS-RESUME: what Resume does in each state.

use crate::findings::Findings;
use crate::view::View;
use crate::view::latest::LatestCall;
use bitsim_vocab::trace::{End, FileChange, Happened, Payload};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, FileId, Hresult, JobId, JobState, JobType, RuleId, Stimulus};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[
    RuleId::BITS_RESUME_001,
    RuleId::BITS_RESUME_002,
    RuleId::BITS_RESUME_003,
    RuleId::BITS_RESUME_004,
    RuleId::BITS_RESUME_005,
    RuleId::BITS_RESUME_006,
    RuleId::BITS_RESUME_007,
];

/// BITS-RESUME.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    /// For each job: true from a Resume that moved it out of TRANSFERRED until it is back there.
    again: Vec<bool>,
}

impl Resume {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self { again: Vec::new() }
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Some(call) = view.call_over_at(event) {
            resumed(view, call, out);
        }
        match &event.what {
            Happened::Created(_) => self.again.push(false),
            Happened::State { job, from, to, cause } => {
                let Some(again) = self.again.get_mut(job.index()) else { return };
                if *from == JobState::Transferred && *cause == Stimulus::Resume {
                    *again = true;
                } else if *to == JobState::Transferred && std::mem::take(again) {
                    out.held(RuleId::BITS_RESUME_007);
                }
            }
            Happened::Bytes { job, file, of: Payload::File, done } => {
                self.fetched(view, event, *job, *file, *done, out);
            }
            Happened::File(file) if file.what == FileChange::Restarted => {
                self.fetched(view, event, file.job, file.file, 0, out);
            }
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self, view: &View, _: End, _: &Event, out: &mut Findings) {
        if let Some(call) = &view.latest_call {
            resumed(view, call, out);
        }
    }

    /// BITS-RESUME-007: only the added files are transferred.
    fn fetched(
        &self,
        view: &View,
        event: &Event,
        id: JobId,
        file: FileId,
        done: u64,
        out: &mut Findings,
    ) {
        let again = self.again.get(id.index()).copied().unwrap_or(false);
        let Some(job) = view.job(id).filter(|_| again) else { return };
        if job.job_type == JobType::Download && job.file(file).is_some_and(|file| file.finished) {
            out.ensure(RuleId::BITS_RESUME_007, false, event, || {
                (
                    "Resume made `{job}` fetch a file again that it already had".to_owned(),
                    "only the files added in TRANSFERRED to be transferred".to_owned(),
                    format!("file {} is fetched again, up to byte {done}", file.0 + 1),
                )
            });
        }
    }
}

/// Judges a Resume once all its effects have been recorded.
fn resumed(view: &View, call: &LatestCall, out: &mut Findings) {
    if call.stimulus != Stimulus::Resume || !call.admitted {
        return;
    }
    let Some(job) = view.job(call.job) else { return };
    let queued = Some(JobState::Queued);
    match call.before {
        JobState::Acknowledged | JobState::Cancelled => {
            if view.kept_pointer(call.by, job) {
                let refused = Hresult::BG_E_INVALID_STATE;
                call.ensure_effect(out, RuleId::BITS_RESUME_006, refused, None);
            }
        }
        _ if job.files.is_empty() => {
            call.ensure_effect(out, RuleId::BITS_RESUME_002, Hresult::BG_E_EMPTY, None);
        }
        JobState::Suspended => {
            call.ensure_effect(out, RuleId::BITS_RESUME_001, Hresult::S_OK, queued)
        }
        JobState::Error => call.ensure_effect(out, RuleId::BITS_RESUME_003, Hresult::S_OK, queued),
        JobState::TransientError => {
            call.ensure_effect(out, RuleId::BITS_RESUME_004, Hresult::S_OK, queued)
        }
        JobState::Queued | JobState::Connecting | JobState::Transferring => {
            call.ensure_effect(out, RuleId::BITS_RESUME_005, Hresult::S_OK, None);
        }
        JobState::Transferred => {
            if job.job_type == JobType::Download {
                let moved = if call.nothing_left { None } else { queued };
                call.ensure_effect(out, RuleId::BITS_RESUME_007, Hresult::S_OK, moved);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Story, download};
    use super::*;
    use bitsim_vocab::ErrorContext;
    use bitsim_vocab::call::JobCall;
    use bitsim_vocab::world::Disturbance;

    const OK: Hresult = Hresult::S_OK;

    fn failed(code: Hresult, to: JobState) -> Story {
        download()
            .connecting()
            .fails(code, ErrorContext::RemoteFile)
            .to(to, Stimulus::ConnectFailsTransient)
            .at(1)
    }

    #[test]
    fn a_suspended_job_is_queued() {
        download().holds(RuleId::BITS_RESUME_001);
        let story = Story::new().create(JobType::Download).add();
        story.clone().call(JobCall::Resume, OK).breaks(RuleId::BITS_RESUME_001);
        story.call(JobCall::Resume, Hresult::E_FAIL).breaks(RuleId::BITS_RESUME_001);
    }

    #[test]
    fn an_empty_job_is_refused() {
        let story = Story::new().create(JobType::Download);
        story.clone().call(JobCall::Resume, Hresult::BG_E_EMPTY).holds(RuleId::BITS_RESUME_002);
        story.clone().call(JobCall::Resume, OK).breaks(RuleId::BITS_RESUME_002);
        story.leaves(RuleId::BITS_RESUME_002);
    }

    #[test]
    fn jobs_in_error_states_are_queued() {
        for (state, rule) in [
            (JobState::Error, RuleId::BITS_RESUME_003),
            (JobState::TransientError, RuleId::BITS_RESUME_004),
        ] {
            let story = failed(Hresult::BG_E_TIMEOUT, state);
            story.clone().resume().holds(rule);
            story.call(JobCall::Resume, OK).breaks(rule);
        }
    }

    #[test]
    fn active_jobs_are_left_alone() {
        for story in [download(), download().connecting(), download().transferring()] {
            story.clone().at(1).call(JobCall::Resume, OK).holds(RuleId::BITS_RESUME_005);
            story.at(1).resume().breaks(RuleId::BITS_RESUME_005);
        }
    }

    #[test]
    fn final_jobs_refuse() {
        let story = download().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel);
        let refused = Hresult::BG_E_INVALID_STATE;
        story.clone().call(JobCall::Resume, refused).holds(RuleId::BITS_RESUME_006);
        story.clone().call(JobCall::Resume, OK).breaks(RuleId::BITS_RESUME_006);
        let restart = Disturbance::ServiceRestarts { list_readable: true };
        let gone = story.at(5).env(restart).call(JobCall::Resume, Hresult::BG_E_NOT_FOUND);
        gone.leaves(RuleId::BITS_RESUME_006);
    }

    #[test]
    fn only_added_files_are_fetched_after_transferred() {
        let story = download().transferring().at(1).arrives(0).transferred();
        story.clone().at(2).call(JobCall::Resume, OK).holds(RuleId::BITS_RESUME_007);
        story.clone().at(2).resume().breaks(RuleId::BITS_RESUME_007);
        let added = story.at(2).add();
        added.clone().call(JobCall::Resume, OK).breaks(RuleId::BITS_RESUME_007);
        let again = added.resume().transferring().at(3);
        again.clone().arrives(1).transferred().holds(RuleId::BITS_RESUME_007);
        again.bytes(0, 50).breaks(RuleId::BITS_RESUME_007);
    }

    #[test]
    fn what_arrives_at_once_was_missing_before() {
        let story = download().transferring().at(1).arrives(0).transferred();
        let at_once = |story: Story| story.resume().transferring().arrives(1).transferred();
        at_once(story.clone().at(2).add()).at(3).holds(RuleId::BITS_RESUME_007);
        at_once(story.at(2).add()).is_clean_of(CHECKED);
    }
}
