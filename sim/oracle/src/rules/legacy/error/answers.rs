//! What IBackgroundCopyJob::GetError answers in each situation.

use super::{Info, Known, LIFE, Seen, codes, same, words};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, ErrorInfo};
use bitsim_vocab::{Event, Hresult, JobState, Reply, RuleId};

/// What GetError has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// S_OK and an object.
    Object,
    /// DO_E_ERROR_INFORMATION_UNAVAILABLE.
    Nothing,
    /// The pages leave it open.
    Either,
}

impl Known {
    /// Judges a call of GetError.
    pub(super) fn read(
        &self,
        view: &View,
        job: &JobView,
        event: &Event,
        called: &Called,
        out: &mut Findings,
    ) {
        let (hr, unavailable) = (called.hr, Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE);
        let lost = hr == Hresult::DO_E_JOB_NOT_FOUND && called.by != job.creator;
        let pointer = !job.state.is_final() || view.kept_pointer(called.by, job) && !lost;
        let disconnected = hr == Hresult::RPC_E_DISCONNECTED && view.restarts > 0;
        if job.gone || !view.admits(called.by, job) || !pointer || disconnected {
            return;
        }
        let object = match called.reply {
            Reply::Error(_, info) if hr == Hresult::S_OK => Some(info),
            _ => None,
        };
        if let Some(info) = object {
            codes::told(event, info, "GetError of `{job}` returned", Seen::Read, out);
        }
        let (due, rules) = self.due(job);
        let refused = object.is_none() && hr == unavailable;
        let ok = match due {
            Due::Object => object.is_some(),
            Due::Nothing => refused,
            Due::Either => refused || object.is_some(),
        };
        let expected = || match (due, self.alive) {
            (Due::Object, Some(alive)) => format!("S_OK and {}", words(alive.info)),
            (Due::Object, None) => "S_OK and an error object".to_owned(),
            (Due::Nothing, _) => WithNumber(unavailable).to_string(),
            (Due::Either, _) => format!("S_OK and an object, or {}", WithNumber(unavailable)),
        };
        for rule in rules {
            out.ensure(rule, ok, event, || {
                (
                    format!(
                        "GetError of `{{job}}` in {} gave the wrong answer: {}",
                        job.state,
                        self.why(job.state)
                    ),
                    expected(),
                    object.map_or_else(
                        || WithNumber(hr).to_string(),
                        |info| format!("S_OK and {}", words(info)),
                    ),
                )
            });
        }
        if let (Some(got), Some(alive)) = (object, self.alive) {
            compare(job.state, event, got, alive, out);
        }
    }

    /// What GetError has to answer now, and the rules that say so.
    fn due(&self, job: &JobView) -> (Due, Vec<RuleId>) {
        let had = if self.newest.is_some() { LIFE.to_vec() } else { Vec::new() };
        let nothing = || {
            let call = self.failed_call.then_some(RuleId::DO_ERROR_003);
            let rules = had.iter().copied().chain(call).chain([RuleId::DO_ERROR_002]);
            (Due::Nothing, rules.collect())
        };
        match job.state {
            JobState::Error | JobState::TransientError => {
                let life = if self.alive.is_some() { had } else { Vec::new() };
                (Due::Object, life.into_iter().chain([RuleId::DO_ERROR_001]).collect())
            }
            JobState::Queued | JobState::Connecting | JobState::Suspended
                if self.alive.is_some() =>
            {
                let own = (job.state == JobState::Suspended).then_some(RuleId::DO_ERROR_015);
                (Due::Object, had.into_iter().chain(own).collect())
            }
            // Whether Complete and Cancel leave the information is documented nowhere.
            JobState::Transferred | JobState::Acknowledged | JobState::Cancelled
                if self.alive.is_some() =>
            {
                (Due::Either, vec![RuleId::DO_ERROR_002])
            }
            _ => nothing(),
        }
    }

    /// Why the answer is due, for the message.
    fn why(&self, state: JobState) -> &'static str {
        match (self.alive.is_some() || state.is_error(), self.newest.is_some()) {
            (true, _) => "the job has not been TRANSFERRING since its error",
            (false, true) => "the job has been TRANSFERRING since its latest error",
            (false, false) => "the job has had no error yet",
        }
    }
}

/// DO-ERROR-001: the object holds the error that led to the state.
fn compare(state: JobState, event: &Event, got: ErrorInfo, alive: Info, out: &mut Findings) {
    if !same(got, alive.info) {
        out.ensure(RuleId::DO_ERROR_001, false, event, || {
            (
                format!("GetError of `{{job}}` in {state} is not about its latest error"),
                words(alive.info),
                words(got),
            )
        });
    }
}
