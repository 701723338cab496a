//! What IBackgroundCopyJob::GetError answers in each situation.

use super::objects::Objects;
use super::{Known, is_refusal, same, words};
use crate::findings::Findings;
use crate::view::{JobView, View};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::stands::ErrorInformation;
use bitsim_vocab::trace::{Called, ErrorInfo};
use bitsim_vocab::{Event, Hresult, JobState, Reply, RuleId};

/// What GetError has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// S_OK and an object.
    Object,
    /// BG_E_ERROR_INFORMATION_UNAVAILABLE.
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
        objects: &Objects,
        out: &mut Findings,
    ) {
        let (hr, unavailable) = (called.hr, Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE);
        if job.gone || is_refusal(hr) {
            return;
        }
        let object = match called.reply {
            Reply::Error(_, info) if hr == Hresult::S_OK => Some(info),
            _ => None,
        };
        let (due, rule) = self.due(view, job, objects);
        if object.is_none() && hr != unavailable && rule != RuleId::BITS_ERROR_018 {
            return out.ensure(RuleId::BITS_ERROR_003, false, event, || {
                (
                    format!("GetError of `{{job}}` in {} did not answer as documented", job.state),
                    format!("{} with an object, or {}", Hresult::S_OK, WithNumber(unavailable)),
                    WithNumber(hr).to_string(),
                )
            });
        }
        match (due, object) {
            (Due::Either, None) if hr == unavailable => {}
            (Due::Either, Some(info)) => self.compare(job, event, info, out),
            (Due::Object, Some(info)) => {
                out.held(RuleId::BITS_ERROR_003);
                if rule != RuleId::BITS_ERROR_003 {
                    out.held(rule);
                }
                self.compare(job, event, info, out);
            }
            (Due::Nothing, None) if hr == unavailable => {
                out.held(RuleId::BITS_ERROR_003);
                out.held(rule);
            }
            (Due::Object, None) => out.ensure(rule, false, event, || {
                (
                    format!("GetError of `{{job}}` failed in {}{}", job.state, self.since(rule)),
                    format!(
                        "{} with {}",
                        Hresult::S_OK,
                        self.alive.map_or_else(String::new, words)
                    ),
                    WithNumber(hr).to_string(),
                )
            }),
            (Due::Either | Due::Nothing, answer) => out.ensure(rule, false, event, || {
                (
                    format!("GetError of `{{job}}` in {}: {}", job.state, self.why_nothing(rule)),
                    WithNumber(unavailable).to_string(),
                    answer.map_or_else(
                        || WithNumber(hr).to_string(),
                        |info| format!("{} with {}", hr, words(info)),
                    ),
                )
            }),
        }
    }

    /// What GetError has to answer now, and the rule that says so.
    fn due(&self, view: &View, job: &JobView, objects: &Objects) -> (Due, RuleId) {
        let restarted = self.restarts != view.restarts;
        let never = self.newest.is_none();
        let nothing = if never { RuleId::BITS_ERROR_004 } else { RuleId::BITS_ERROR_005 };
        let literal = view.setup.stands.error_information == ErrorInformation::UntilTransferring;
        match job.state {
            JobState::Acknowledged | JobState::Cancelled => {
                let due = if self.straight { Due::Either } else { Due::Nothing };
                (due, RuleId::BITS_ERROR_018)
            }
            // An error state without a record of information has been reported where it began.
            JobState::Error | JobState::TransientError if self.alive.is_none() => {
                (Due::Either, RuleId::BITS_ERROR_003)
            }
            JobState::Error | JobState::TransientError if restarted => {
                (Due::Object, RuleId::BITS_ERROR_009)
            }
            JobState::Error if self.expired => (Due::Object, RuleId::BITS_ERROR_015),
            JobState::Error | JobState::TransientError => {
                let orphaned = self.holder.is_some_and(|(by, exits)| objects.exits(by) != exits);
                let rule = if orphaned { RuleId::BITS_ERROR_008 } else { RuleId::BITS_ERROR_003 };
                (Due::Object, rule)
            }
            JobState::Transferring => (Due::Nothing, nothing),
            // A job whose files are all there reaches TRANSFERRED without TRANSFERRING.
            JobState::Transferred if self.alive.is_some() => (Due::Either, RuleId::BITS_ERROR_003),
            JobState::Transferred => (Due::Nothing, nothing),
            JobState::Queued | JobState::Connecting | JobState::Suspended => {
                match (self.alive.is_some(), literal) {
                    (false, _) => (Due::Nothing, nothing),
                    (true, false) => (Due::Nothing, RuleId::BITS_ERROR_006),
                    (true, true) if restarted => (Due::Object, RuleId::BITS_ERROR_009),
                    (true, true) => (Due::Object, RuleId::BITS_ERROR_006),
                }
            }
        }
    }

    /// BITS-ERROR-007: GetError reports the latest error.
    fn compare(&self, job: &JobView, event: &Event, got: ErrorInfo, out: &mut Findings) {
        let Some(newest) = self.newest else { return };
        let right = same(got, newest);
        if self.expired && !right {
            return out.ensure(RuleId::BITS_ERROR_015, false, event, || {
                (
                    "GetError of `{job}` does not tell the error it was given up for".to_owned(),
                    words(newest),
                    words(got),
                )
            });
        }
        let replaced = self.older.is_some_and(|older| !same(older, newest));
        if replaced || !right {
            out.ensure(RuleId::BITS_ERROR_007, right, event, || {
                (
                    format!("GetError of `{{job}}` in {} is not about its latest error", job.state),
                    words(newest),
                    words(got),
                )
            });
        }
    }

    /// What happened since the information was attached, for the message.
    fn since(&self, rule: RuleId) -> &'static str {
        match rule {
            RuleId::BITS_ERROR_006 => " although the job has not been TRANSFERRING since its error",
            RuleId::BITS_ERROR_008 => " after the client that had obtained the error had ended",
            RuleId::BITS_ERROR_009 => " after a restart",
            RuleId::BITS_ERROR_015 => " after the no-progress timeout had expired",
            _ => "",
        }
    }

    /// Why there is nothing to report, for the message.
    fn why_nothing(&self, rule: RuleId) -> &'static str {
        match rule {
            RuleId::BITS_ERROR_004 => "the job has had no error yet",
            RuleId::BITS_ERROR_005 => "the job has been TRANSFERRING since its latest error",
            RuleId::BITS_ERROR_006 => "by the stand taken, only the error states have information",
            _ => "a job in a final state has no error to report",
        }
    }
}
