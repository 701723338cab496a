//! Claims about a download, answered by GetStatus and GetProperty.

use super::about_jobs::{not_created, refused};
use super::{Answer, Ask, Miss, Scene, callbacks, words};
use crate::mirror::JobSeen;
use bitsim_engine::Returned;
use bitsim_scenario::plan::{At, Claim, JobRef};
use bitsim_vocab::call::{Call, Reply};
use bitsim_vocab::download::{DownloadCall, DownloadStatus, Standing, Value};
use bitsim_vocab::{ClientId, Hresult, JobId};

/// Every claim about a download, as `by` or its creator sees it: whether it holds, and what there
/// is to say if it does not. The status is asked for once.
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
        return not_created(&name, "a download to look at", claims);
    };
    let who = by.unwrap_or_else(|| scene.mirror.who_asks(id, plan.client));
    let mut look = Look { name, id, seen, who, ask, status: None };
    let answers = claims.iter().map(|claim| look.answer(&claim.value).about(claim.place, Some(id)));
    answers.collect()
}

/// A client looks at a download.
struct Look<'a> {
    name: String,
    id: JobId,
    seen: &'a JobSeen,
    who: ClientId,
    ask: &'a mut dyn Ask,
    status: Option<Result<DownloadStatus, String>>,
}

impl Look<'_> {
    fn of(&self, what: &str) -> String {
        format!("the {what} of {}", self.name)
    }

    fn answer(&mut self, claim: &Claim) -> Answer {
        match claim {
            Claim::DownloadState(wanted) => {
                let expected = words::download_states(wanted);
                let state = self.status().map(|status| status.standing.state);
                let holds = state.as_ref().is_ok_and(|state| wanted.contains(state));
                let said = state.map_or_else(|why| why, |state| state.name().to_owned());
                Answer::is(holds, &self.name, expected, said)
            }
            Claim::Error(wanted) => {
                let pair = self.status().map(|status| status.standing);
                let note = in_the_other(wanted, "ExtendedError", &pair, |pair| pair.extended_error);
                let code = pair.map(|pair| pair.error);
                Answer::codes(&self.of("Error"), wanted, code).noting(note)
            }
            Claim::ExtendedError(wanted) => {
                let pair = self.status().map(|status| status.standing);
                let note = in_the_other(wanted, "Error", &pair, |pair| pair.error);
                let code = pair.map(|pair| pair.extended_error);
                Answer::codes(&self.of("ExtendedError"), wanted, code).noting(note)
            }
            Claim::BytesTransferred(wanted) => {
                let bytes = self.status().map(|status| status.bytes_transferred);
                Answer::bytes(&self.of("BytesTransferred"), *wanted, bytes)
            }
            Claim::BytesTotal(wanted) => {
                let bytes = self.status().map(|status| status.bytes_total);
                Answer::bytes(&self.of("BytesTotal"), *wanted, bytes)
            }
            Claim::Property(property, wanted) => {
                let value = self.property(*property);
                let noun = self.of(&words::property(*property));
                if let (Value::Text(wanted), Ok(Value::Text(text))) = (wanted, &value) {
                    return Answer::text(&noun, wanted, Ok(text.clone()));
                }
                Answer::value(&noun, wanted, value, |value| words::value(*property, value))
            }
            Claim::Callbacks(kind, wanted) => {
                let noun = format!("{} for {}", callbacks(*kind), self.name);
                Answer::number(&noun, *wanted, Ok(self.seen.callbacks(*kind)))
            }
            Claim::Attempts(wanted) => {
                let noun = format!("the number of attempts so far of {}", self.name);
                Answer::number(&noun, *wanted, Ok(self.seen.attempts))
            }
            Claim::Listed(wanted) => self.listed(*wanted),
            _ => Answer::senseless("a download"),
        }
    }

    fn status(&mut self) -> Result<DownloadStatus, String> {
        if let Some(status) = &self.status {
            return status.clone();
        }
        let call = Call::Download(self.id, DownloadCall::GetStatus);
        let Returned { hr, reply } = self.ask.ask(self.who, &call);
        let status = match reply {
            Reply::Status(status) if hr.succeeded() => Ok(status),
            reply => Err(refused(call.method(), hr, &reply)),
        };
        self.status.insert(status).clone()
    }

    fn property(&mut self, property: u32) -> Result<Value, String> {
        let call = Call::Download(self.id, DownloadCall::GetProperty(property));
        let Returned { hr, reply } = self.ask.ask(self.who, &call);
        match reply {
            Reply::Value(value) if hr.succeeded() => Ok(value),
            reply => Err(refused(call.method(), hr, &reply)),
        }
    }

    fn listed(&mut self, wanted: bool) -> Answer {
        let call = Call::EnumDownloads(None);
        let Returned { hr, reply } = self.ask.ask(self.who, &call);
        let listed = match &reply {
            Reply::Jobs(downloads) if hr.succeeded() => Ok(downloads.contains(&self.id)),
            // An enumeration without a match fails (DOD-ENUM-003).
            _ if hr == Hresult::DO_E_NO_DOWNLOADS => Ok(false),
            _ => Err(refused(call.method(), hr, &reply)),
        };
        let noun = self.of("listing by EnumDownloads");
        Answer::value(&noun, &wanted, listed, |yes| words::yes_or_no(*yes))
    }
}

/// A remark where one of the wanted codes stands in the other member of the error pair.
fn in_the_other(
    wanted: &[Hresult],
    member: &str,
    pair: &Result<Standing, String>,
    other: impl Fn(&Standing) -> Hresult,
) -> String {
    let found = pair.as_ref().ok().map(other);
    let found = found.filter(|code| *code != Hresult::S_OK && wanted.contains(code));
    found.map_or_else(String::new, |code| format!("{code} is the {member}"))
}
