//! What the getters of a job answer.

use super::Bits;
use super::job::Incident;
use crate::sabotage::Hook;
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, JobCall, Progress};
use bitsim_vocab::{
    ClientId, ErrorObjectId, FileId, Hresult, JobId, JobState, JobType, Reply, WallTime,
};

impl Bits {
    /// The answer of a getter, or the code with which it fails after all.
    pub(super) fn read(
        &mut self,
        by: ClientId,
        id: JobId,
        call: &JobCall,
    ) -> Result<Reply, Hresult> {
        if *call == JobCall::GetError {
            let unknown = Incident::of_queue(Hresult::E_FAIL).info();
            let invented = self.is_sabotaged(Hook::NewJobsHaveAnError).then_some(unknown);
            let info = self.job(id).error.or(invented);
            let info = info.ok_or(Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE)?;
            let object = ErrorObjectId(self.error_objects.len() as u32);
            self.error_objects.push((by, info));
            return Ok(Reply::Error(object, info));
        }
        let job = self.job(id);
        Ok(match call {
            JobCall::GetErrorCount => Reply::Number(u64::from(job.error_count)),
            JobCall::GetState if self.is_sabotaged(Hook::GetStateLagsBehind) => {
                Reply::State(JobState::Queued)
            }
            JobCall::GetState => Reply::State(job.state),
            JobCall::GetProgress => Reply::Progress(job.progress()),
            JobCall::GetTimes => Reply::Times {
                creation: job.created,
                modification: job.modified,
                completion: job.completed.unwrap_or(WallTime(0)),
            },
            JobCall::GetId => Reply::Guid(job.guid),
            JobCall::GetType => Reply::Type(job.job_type),
            JobCall::GetOwner => Reply::User(job.owner),
            JobCall::GetPriority => Reply::Priority(job.priority),
            JobCall::GetDisplayName => Reply::Text(job.texts.name.clone()),
            JobCall::GetDescription => Reply::Text(job.texts.description.clone()),
            JobCall::GetNotifyFlags => Reply::Number(u64::from(job.notify_flags)),
            JobCall::GetMinimumRetryDelay => Reply::Number(u64::from(job.minimum_retry_delay)),
            JobCall::GetNoProgressTimeout => Reply::Number(u64::from(job.no_progress_timeout)),
            JobCall::GetMaximumDownloadTime => {
                let policy = self.env.policies.max_download_time.as_secs();
                Reply::Number(job.maximum_download_time.map_or(policy, u64::from))
            }
            JobCall::GetProxySettings => Reply::Proxy(job.texts.proxy.clone()),
            JobCall::GetNotifyCmdLine => {
                let line = job.texts.command_line.as_ref();
                let text = |line: Option<&String>| line.cloned().unwrap_or_default();
                Reply::CommandLine(
                    text(line.map(|line| &line.program)),
                    text(line.map(|line| &line.parameters)),
                )
            }
            JobCall::EnumFiles => Reply::Files((0..job.files.len() as u32).map(FileId).collect()),
            JobCall::GetFileProgress(_) | JobCall::GetRemoteName(_) | JobCall::GetLocalName(_) => {
                self.read_file(id, call)?
            }
            JobCall::GetReplyProgress | JobCall::GetReplyFileName => self.read_reply(id, call)?,
            _ => Reply::None,
        })
    }

    fn read_file(&self, id: JobId, call: &JobCall) -> Result<Reply, Hresult> {
        let (JobCall::GetFileProgress(index)
        | JobCall::GetRemoteName(index)
        | JobCall::GetLocalName(index)) = call
        else {
            return Ok(Reply::None);
        };
        let job = self.job(id);
        let file = job.files.get(index.index()).ok_or(Hresult::E_INVALIDARG)?;
        Ok(match call {
            JobCall::GetRemoteName(_) => Reply::Text(file.remote.clone()),
            JobCall::GetLocalName(_) => Reply::Text(file.local.clone()),
            _ => Reply::FileProgress {
                bytes_total: file.size.unwrap_or(BG_SIZE_UNKNOWN),
                bytes_transferred: file.done,
                completed: if job.job_type.uploads() { file.finished } else { file.renamed },
            },
        })
    }

    fn read_reply(&self, id: JobId, call: &JobCall) -> Result<Reply, Hresult> {
        let job = self.job(id);
        if job.job_type != JobType::UploadReply {
            return Err(Hresult::E_NOTIMPL);
        }
        Ok(match call {
            JobCall::GetReplyFileName => {
                Reply::Text(job.texts.reply_file.clone().unwrap_or_default())
            }
            _ => Reply::Progress(Progress {
                bytes_total: job.reply_size.unwrap_or(BG_SIZE_UNKNOWN),
                bytes_transferred: job.reply_done,
                files_total: 0,
                files_transferred: 0,
            }),
        })
    }
}
