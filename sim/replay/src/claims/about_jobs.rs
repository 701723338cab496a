//! Claims about a job, answered by calling its getters.

use super::{Answer, Ask, Demand, Miss, Scene, callbacks, words};
use crate::mirror::JobSeen;
use bitsim_engine::Returned;
use bitsim_scenario::plan::{At, Claim, GetErrorClaim, JobRef, Place};
use bitsim_vocab::call::{Call, ErrorCall, JobCall, Progress, Reply};
use bitsim_vocab::trace::ErrorInfo;
use bitsim_vocab::{ClientId, ErrorObjectId, FileId, Hresult, JobId, UserId};

/// Every claim about a job, as `by` or its creator sees it: whether it holds, and what there is
/// to say if it does not.
pub(super) fn answers(
    scene: Scene<'_>,
    job: JobRef,
    by: Option<ClientId>,
    claims: &[At<Claim>],
    ask: &mut dyn Ask,
) -> Vec<(bool, Miss)> {
    let name = format!("`{}`", scene.actors.name(job));
    let found = scene.actors.job(job).and_then(|id| Some((id, scene.mirror.job(id)?)));
    let (Some((id, seen)), Some(plan)) = (found, scene.actors.declared(job)) else {
        return not_created(&name, "a job to look at", claims);
    };
    let who = by.unwrap_or_else(|| scene.mirror.who_asks(id, plan.client));
    let mut look = Look { scene, name, id, seen, who, ask };
    let mut answers = Vec::new();
    for claim in claims {
        if let Claim::GetError(wanted) = &claim.value {
            for (place, answer) in look.get_error(claim.place, wanted) {
                answers.push(answer.about(place, Some(id)));
            }
        } else {
            answers.push(look.answer(&claim.value).about(claim.place, Some(id)));
        }
    }
    answers
}

/// The answer to every claim about something that does not exist.
pub(super) fn not_created(name: &str, expected: &str, claims: &[At<Claim>]) -> Vec<(bool, Miss)> {
    let answers = claims.iter().map(|claim| {
        let demand = Demand::Exist(true);
        let actual = "it has not been created".to_owned();
        let answer = Answer::new(false, name, demand, expected.to_owned(), actual);
        answer.about(claim.place, None)
    });
    answers.collect()
}

/// A client looks at a job.
struct Look<'a> {
    scene: Scene<'a>,
    name: String,
    id: JobId,
    seen: &'a JobSeen,
    who: ClientId,
    ask: &'a mut dyn Ask,
}

impl Look<'_> {
    fn of(&self, what: &str) -> String {
        format!("the {what} of {}", self.name)
    }

    fn answer(&mut self, claim: &Claim) -> Answer {
        match claim {
            Claim::State(_)
            | Claim::ErrorCount(_)
            | Claim::Callbacks(..)
            | Claim::LastErrorNotified(_)
            | Claim::Launches(_)
            | Claim::Attempts(_)
            | Claim::Listed(_) => self.standing(claim),
            Claim::BytesTransferred(_)
            | Claim::BytesTotal(_)
            | Claim::FilesTransferred(_)
            | Claim::FilesTotal(_)
            | Claim::Completed(..)
            | Claim::ReplyBytesTotal(_)
            | Claim::ReplyBytesTransferred(_)
            | Claim::HasCompletionTime(_) => self.progress_made(claim),
            _ => self.property(claim),
        }
    }

    /// Where the job stands.
    fn standing(&mut self, claim: &Claim) -> Answer {
        match claim {
            Claim::State(wanted) => {
                let state = self.get(JobCall::GetState, |reply| match reply {
                    Reply::State(state) => Some(*state),
                    _ => None,
                });
                Answer::states(&self.name, wanted, state)
            }
            Claim::ErrorCount(wanted) => {
                let count = self.get_number(JobCall::GetErrorCount);
                Answer::number(&self.of("error count"), *wanted, count)
            }
            Claim::Callbacks(kind, wanted) => {
                let noun = format!("{} for {}", callbacks(*kind), self.name);
                Answer::number(&noun, *wanted, Ok(self.seen.callbacks(*kind)))
            }
            Claim::LastErrorNotified(wanted) => {
                let code = self.seen.error_notified;
                let code = code.ok_or_else(|| "no JobError with an error object yet".to_owned());
                let noun = format!("the error in the latest JobError for {}", self.name);
                Answer::value(&noun, wanted, code, |code| words::code(*code))
            }
            Claim::Launches(wanted) => {
                let noun = format!("the number of launches so far for {}", self.name);
                Answer::number(&noun, *wanted, Ok(self.seen.launches))
            }
            Claim::Attempts(wanted) => {
                let noun = format!("the number of attempts so far of {}", self.name);
                Answer::number(&noun, *wanted, Ok(self.seen.attempts))
            }
            Claim::Listed(wanted) => self.listed(*wanted),
            _ => Answer::senseless("a job"),
        }
    }

    fn listed(&mut self, wanted: bool) -> Answer {
        let all_jobs = Call::EnumJobs { all_users: false };
        let Returned { hr, reply } = self.ask.ask(self.who, &all_jobs);
        let listed = match &reply {
            Reply::Jobs(jobs) if hr.succeeded() => Ok(jobs.contains(&self.id)),
            _ => Err(refused("EnumJobs", hr, &reply)),
        };
        Answer::value(&self.of("listing by EnumJobs"), &wanted, listed, |yes| {
            words::yes_or_no(*yes)
        })
    }

    /// How far the transfer has come.
    fn progress_made(&mut self, claim: &Claim) -> Answer {
        match claim {
            Claim::BytesTransferred(wanted) => {
                let bytes = self.progress(JobCall::GetProgress).map(|p| p.bytes_transferred);
                Answer::bytes(&self.of("BytesTransferred"), *wanted, bytes)
            }
            Claim::BytesTotal(wanted) => {
                let bytes = self.progress(JobCall::GetProgress).map(|p| p.bytes_total);
                Answer::bytes(&self.of("BytesTotal"), *wanted, bytes)
            }
            Claim::FilesTransferred(wanted) => {
                let files = self.progress(JobCall::GetProgress);
                let files = files.map(|p| u64::from(p.files_transferred));
                Answer::number(&self.of("FilesTransferred"), *wanted, files)
            }
            Claim::FilesTotal(wanted) => {
                let files = self.progress(JobCall::GetProgress).map(|p| u64::from(p.files_total));
                Answer::number(&self.of("FilesTotal"), *wanted, files)
            }
            Claim::ReplyBytesTotal(wanted) => {
                let bytes = self.progress(JobCall::GetReplyProgress).map(|p| p.bytes_total);
                Answer::bytes(&self.of("reply's BytesTotal"), *wanted, bytes)
            }
            Claim::ReplyBytesTransferred(wanted) => {
                let bytes = self.progress(JobCall::GetReplyProgress).map(|p| p.bytes_transferred);
                Answer::bytes(&self.of("reply's BytesTransferred"), *wanted, bytes)
            }
            Claim::Completed(file, wanted) => {
                let completed = self.get(JobCall::GetFileProgress(*file), |reply| match reply {
                    Reply::FileProgress { completed, .. } => Some(*completed),
                    _ => None,
                });
                let noun = self.of(&format!("Completed flag of {}", file_text(*file)));
                Answer::value(&noun, wanted, completed, |yes| words::yes_or_no(*yes))
            }
            Claim::HasCompletionTime(wanted) => {
                let has = self.get(JobCall::GetTimes, |reply| match reply {
                    Reply::Times { completion, .. } => Some(completion.0 != 0),
                    _ => None,
                });
                let noun = self.of("presence of a TransferCompletionTime");
                Answer::value(&noun, wanted, has, |yes| words::yes_or_no(*yes))
            }
            _ => Answer::senseless("a job"),
        }
    }

    /// What was set on the job.
    fn property(&mut self, claim: &Claim) -> Answer {
        match claim {
            Claim::Priority(wanted) => {
                let priority = self.get(JobCall::GetPriority, |reply| match reply {
                    Reply::Priority(priority) => Some(*priority),
                    _ => None,
                });
                Answer::value(&self.of("priority"), wanted, priority, |p| p.name().to_owned())
            }
            Claim::Owner(wanted) => {
                let owner = self.get(JobCall::GetOwner, |reply| match reply {
                    Reply::User(user) => Some(*user),
                    _ => None,
                });
                let name = |user: &UserId| self.scene.mirror.user_name(*user).to_owned();
                Answer::value(&self.of("owner"), wanted, owner, name)
            }
            Claim::MinimumRetryDelay(wanted) => {
                let secs = self.get_number(JobCall::GetMinimumRetryDelay);
                Answer::seconds(&self.of("minimum retry delay"), *wanted, secs)
            }
            Claim::NoProgressTimeout(wanted) => {
                let secs = self.get_number(JobCall::GetNoProgressTimeout);
                Answer::seconds(&self.of("no-progress timeout"), *wanted, secs)
            }
            Claim::MaximumDownloadTime(wanted) => {
                let secs = self.get_number(JobCall::GetMaximumDownloadTime);
                Answer::seconds(&self.of("maximum download time"), *wanted, secs)
            }
            Claim::NotifyFlags(wanted) => {
                let flags = self.get_number(JobCall::GetNotifyFlags);
                let noun = self.of("notification flags");
                Answer::value(&noun, &u64::from(*wanted), flags, |flags| format!("0x{flags:02X}"))
            }
            Claim::DisplayName(wanted) => {
                let text = self.get_text(JobCall::GetDisplayName);
                Answer::text(&self.of("display name"), wanted, text)
            }
            Claim::Description(wanted) => {
                let text = self.get_text(JobCall::GetDescription);
                Answer::text(&self.of("description"), wanted, text)
            }
            _ => Answer::senseless("a job"),
        }
    }

    /// GetError, and then as much of the error object as the claim speaks of. If GetError does not
    /// return what it should, that is said once and the object is not missed as well.
    fn get_error(&mut self, place: Place, wanted: &GetErrorClaim) -> Vec<(Place, Answer)> {
        let GetErrorClaim { returns, code, context, file, protocol } = wanted;
        let Returned { hr, reply } = self.ask.ask(self.who, &Call::Job(self.id, JobCall::GetError));
        let reads = code.is_some() || context.is_some() || file.is_some() || protocol.is_some();
        let mut answers = Vec::new();
        let noun = format!("what GetError of {} returns", self.name);
        if let Some(returns) = returns {
            let answer = Answer::value(&noun, &returns.value, Ok(hr), |hr| words::code(*hr));
            answers.push((returns.place, answer));
            if hr != returns.value {
                return answers;
            }
        }
        let Reply::Error(object, _) = reply else {
            if reads || (returns.is_none() && hr.failed()) {
                let answer = Answer::value(&noun, &Hresult::S_OK, Ok(hr), |hr| words::code(*hr));
                answers.push((place, answer));
            }
            return answers;
        };
        if code.is_some() || context.is_some() {
            let info = self.read(object);
            if let Some(code) = code {
                answers.push((code.place, self.error_code(&code.value, &info)));
            }
            if let Some(context) = context {
                let actual = info.map(|info| info.context);
                let noun = self.of("error context");
                let answer = Answer::value(&noun, &context.value, actual, |c| c.name().to_owned());
                answers.push((context.place, answer));
            }
        }
        if let Some(file) = file {
            let actual = self.error_file(object);
            let text = |file: &Option<FileId>| file.map_or_else(|| "none".to_owned(), file_text);
            let answer = Answer::value(&self.of("error's file"), &file.value, actual, text);
            answers.push((file.place, answer));
        }
        if let Some(protocol) = protocol {
            let actual = self.error_protocol(object);
            let wanted = protocol.value.map(|protocol| protocol.text().to_owned());
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
            let answer = Answer::value(&self.of("error's protocol"), &wanted, actual, text);
            answers.push((protocol.place, answer));
        }
        answers
    }

    fn error_code(&self, wanted: &[Hresult], info: &Result<ErrorInfo, String>) -> Answer {
        let code = info.as_ref().map(|info| info.code).map_err(Clone::clone);
        Answer::codes(&self.of("error code"), wanted, code)
    }

    fn read(&mut self, object: ErrorObjectId) -> Result<ErrorInfo, String> {
        let call = Call::ErrorObject(object, ErrorCall::GetError);
        let Returned { hr, reply } = self.ask.ask(self.who, &call);
        match reply {
            Reply::Error(_, info) if hr.succeeded() => Ok(info),
            reply => Err(refused(call.method(), hr, &reply)),
        }
    }

    fn error_file(&mut self, object: ErrorObjectId) -> Result<Option<FileId>, String> {
        let call = Call::ErrorObject(object, ErrorCall::GetFile);
        let Returned { hr, reply } = self.ask.ask(self.who, &call);
        match reply {
            Reply::File(file) if hr.succeeded() => Ok(Some(file)),
            _ if hr == Hresult::BG_E_FILE_NOT_AVAILABLE
                || hr == Hresult::DO_E_FILE_NOT_AVAILABLE =>
            {
                Ok(None)
            }
            reply => Err(refused(call.method(), hr, &reply)),
        }
    }

    fn error_protocol(&mut self, object: ErrorObjectId) -> Result<Option<String>, String> {
        let call = Call::ErrorObject(object, ErrorCall::GetProtocol);
        let Returned { hr, reply } = self.ask.ask(self.who, &call);
        match reply {
            Reply::Text(text) if hr.succeeded() => Ok(Some(text)),
            _ if hr == Hresult::BG_E_PROTOCOL_NOT_AVAILABLE => Ok(None),
            reply => Err(refused(call.method(), hr, &reply)),
        }
    }

    fn progress(&mut self, call: JobCall) -> Result<Progress, String> {
        self.get(call, |reply| match reply {
            Reply::Progress(progress) => Some(*progress),
            _ => None,
        })
    }

    fn get_number(&mut self, call: JobCall) -> Result<u64, String> {
        self.get(call, |reply| match reply {
            Reply::Number(number) => Some(*number),
            _ => None,
        })
    }

    fn get_text(&mut self, call: JobCall) -> Result<String, String> {
        self.get(call, |reply| match reply {
            Reply::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Calls a getter and takes from its reply what it delivers, or says what it returned instead.
    fn get<T>(&mut self, call: JobCall, take: fn(&Reply) -> Option<T>) -> Result<T, String> {
        let method = call.method();
        let Returned { hr, reply } = self.ask.ask(self.who, &Call::Job(self.id, call));
        let taken = if hr.succeeded() { take(&reply) } else { None };
        taken.ok_or_else(|| refused(method, hr, &reply))
    }
}

pub(super) fn refused(method: &str, hr: Hresult, reply: &Reply) -> String {
    if hr.failed() {
        format!("{method} returned {}", words::code(hr))
    } else {
        format!("{method} returned {} with {reply:?}", words::code(hr))
    }
}

/// Files are counted from 1 in scenarios.
fn file_text(file: FileId) -> String {
    format!("file {}", u64::from(file.0) + 1)
}
