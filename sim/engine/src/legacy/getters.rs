//! What the getters of a job answer.

use super::job::{Job, Phase};
use super::{Hook, Legacy};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, JobCall};
use bitsim_vocab::download::Value;
use bitsim_vocab::legacy::{COST_FLAGS, NOTIFICATION_CLSID};
use bitsim_vocab::{
    ClientId, ErrorObjectId, FileId, Hresult, JobId, JobState, JobType, Reply, WallTime,
};

impl Legacy {
    /// The answer of a getter that the table lets through. It may still fail for its argument.
    pub(super) fn read(&mut self, by: ClientId, id: JobId, call: &JobCall) -> (Hresult, Reply) {
        let job = self.job(id);
        let reply = match call {
            JobCall::GetError => return self.hand_out_error(by, id),
            JobCall::GetState => Reply::State(self.shown(job)),
            JobCall::GetProgress => Reply::Progress(job.progress()),
            JobCall::GetTimes => Reply::Times {
                creation: job.created,
                modification: job.modified,
                completion: job.completed.unwrap_or(WallTime(0)),
            },
            JobCall::GetId => Reply::Guid(job.guid),
            JobCall::GetType => Reply::Type(JobType::Download),
            JobCall::GetPriority => Reply::Priority(job.priority),
            JobCall::GetDisplayName => Reply::Text(job.name.to_string()),
            JobCall::GetNotifyFlags => Reply::Number(u64::from(job.notify_flags)),
            JobCall::GetNoProgressTimeout => {
                Reply::Number(job.no_progress(&self.env.setup.delivery).as_secs())
            }
            JobCall::EnumFiles => Reply::Files((0..job.files.len() as u32).map(FileId).collect()),
            JobCall::GetProperty(COST_FLAGS) => {
                Reply::Value(Value::Number(u64::from(job.cost_policy())))
            }
            JobCall::GetProperty(NOTIFICATION_CLSID) => {
                Reply::Value(Value::Number(u64::from(job.notification_class.unwrap_or(0))))
            }
            JobCall::GetProperty(_) => return (Hresult::DO_E_UNKNOWN_PROPERTY_ID, Reply::None),
            _ => return self.read_file(id, call),
        };
        (Hresult::S_OK, reply)
    }

    /// The state that GetState shows: the one there is, unless a bug shows another.
    fn shown(&self, job: &Job) -> JobState {
        let opening = matches!(job.phase, Phase::Opening { .. });
        match (self.hook, job.state) {
            (Some(Hook::ConnectingIsShown), JobState::Transferring) if opening => {
                JobState::Connecting
            }
            (Some(Hook::RestIsShownAsSuspended), JobState::Error | JobState::Transferred) => {
                JobState::Suspended
            }
            (_, state) => state,
        }
    }

    fn read_file(&self, id: JobId, call: &JobCall) -> (Hresult, Reply) {
        let (JobCall::GetFileProgress(index)
        | JobCall::GetRemoteName(index)
        | JobCall::GetLocalName(index)
        | JobCall::GetFileRanges(index)) = call
        else {
            return (Hresult::E_NOTIMPL, Reply::None);
        };
        let Some(file) = self.job(id).files.get(index.index()) else {
            return (Hresult::E_INVALIDARG, Reply::None);
        };
        match call {
            JobCall::GetRemoteName(_) => (Hresult::S_OK, Reply::Text(file.remote.clone())),
            JobCall::GetLocalName(_) => (Hresult::S_OK, Reply::Text(file.local.clone())),
            JobCall::GetFileRanges(_) => {
                let whole = file.ranges.is_empty();
                let hr = if whole { Hresult::S_FALSE } else { Hresult::S_OK };
                (hr, Reply::Ranges(file.ranges.clone()))
            }
            _ => {
                let transferred_is_completed = self.is_sabotaged(Hook::TransferredMeansCompleted);
                let progress = Reply::FileProgress {
                    bytes_total: file.size.unwrap_or(BG_SIZE_UNKNOWN),
                    bytes_transferred: file.done,
                    completed: file.renamed || transferred_is_completed && file.finished,
                };
                (Hresult::S_OK, progress)
            }
        }
    }

    /// GetError: an object with the error information of this moment.
    fn hand_out_error(&mut self, by: ClientId, id: JobId) -> (Hresult, Reply) {
        let Some(info) = self.job(id).error else {
            return (Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE, Reply::None);
        };
        let object = ErrorObjectId(self.error_objects.len() as u32);
        self.error_objects.push((Some(by), info));
        (Hresult::S_OK, Reply::Error(object, info))
    }
}
