//! The readings a run takes where the pages are silent, vague or contradict each other.
//!
//! A stand is no documented fact. The engine follows it, the oracle judges by it and says so, and
//! a scenario may take another with its `stands:` key.

use crate::target::Target;
use serde::{Deserialize, Serialize};

macro_rules! stands {
    ($(
        $(#[$doc:meta])* $field:ident $key:literal: $type:ident = $rules:literal {
            $($(#[$member_doc:meta])* $member:ident $text:literal,)*
        }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(
                Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            )]
            pub enum $type {
                $($(#[$member_doc])* #[serde(rename = $text)] $member,)*
            }

            impl $type {
                /// Every reading.
                pub const ALL: &'static [Self] = &[$(Self::$member,)*];

                /// The reading as a scenario writes it.
                #[must_use]
                pub const fn name(self) -> &'static str {
                    match self { $(Self::$member => $text,)* }
                }
            }
        )*

        /// One reading for each open question.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct Stands {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Stands {
            /// Key, rules and possible readings of every open question.
            pub const QUESTIONS: &'static [(&'static str, &'static str, &'static [&'static str])] =
                &[$(($key, $rules, &[$($text,)*]),)*];

            /// Takes the reading `value` on the question `key`.
            ///
            /// # Errors
            /// The possible readings if `value` is none of them, or the possible keys if `key` is
            /// no open question.
            pub fn take(&mut self, key: &str, value: &str) -> Result<(), Vec<&'static str>> {
                match key {
                    $($key => {
                        let reading = $type::ALL.iter().find(|reading| reading.name() == value);
                        match reading {
                            Some(reading) => self.$field = *reading,
                            None => return Err(vec![$($text,)*]),
                        }
                    })*
                    _ => return Err(vec![$($key,)*]),
                }
                Ok(())
            }

            /// The readings taken, as (key, reading).
            #[must_use]
            pub fn taken(&self) -> Vec<(&'static str, &'static str)> {
                vec![$(($key, self.$field.name()),)*]
            }
        }
    };
}

stands! {
    /// What Suspend does to a job in ERROR or TRANSFERRED.
    suspend_at_rest "suspend_at_rest": SuspendAtRest = "BITS-SUSPEND-003" {
        /// The state becomes SUSPENDED (life-cycle page).
        Suspends "suspends",
        /// The call succeeds and changes nothing (Suspend page).
        NoOp "no-op",
    }
    /// Whether a first attempt that fails in CONNECTING raises the error count.
    first_connect_failure "first_connect_failure": FirstConnectFailure = "BITS-ERRCOUNT-009" {
        /// It counts, as a retry does.
        Counts "counts",
        /// Only failing retries and moves out of TRANSFERRING count.
        IsFree "is-free",
    }
    /// Whether GetError answers in QUEUED, CONNECTING and SUSPENDED after an error.
    error_information "error_information": ErrorInformation = "BITS-ERROR-006" {
        /// Until TRANSFERRING is entered.
        UntilTransferring "until-transferring",
        /// In ERROR and TRANSIENT_ERROR only.
        InErrorStates "in-error-states",
    }
    /// How a job in TRANSIENT_ERROR comes back from a restart of the service.
    transient_error_at_restart "transient_error_at_restart": AtRestart = "BITS-SERVICE-002" {
        /// As QUEUED, with its error information (seen on real machines).
        Requeued "requeued",
        /// As TRANSIENT_ERROR.
        Kept "kept",
    }
    /// Whether the no-progress timeout runs while a job waits for network, volume or policy.
    no_progress_during_block "no_progress_during_block": DuringBlock = "BITS-RETRY-015" {
        /// It rests.
        Rests "rests",
        /// It runs whatever the cause.
        Runs "runs",
    }
    /// Whether Resume starts a new no-progress period.
    resume_and_no_progress "resume_and_no_progress": ResumeAndNoProgress = "BITS-RETRY-016" {
        /// A full new period.
        Restarts "restarts",
        /// The old period goes on.
        GoesOn "goes-on",
    }
    /// When a changed retry delay or no-progress timeout takes effect on a waiting job.
    changed_delay "changed_delay": ChangedDelay = "BITS-RETRY-014" {
        /// At once, counted from the original error.
        AtOnce "at-once",
        /// From the next error on.
        NextError "next-error",
    }
}

impl Stands {
    /// The recommended readings for a target.
    #[must_use]
    pub fn recommended(target: Target) -> Self {
        let first_connect_failure = if target.version.at_least(2, 0) {
            FirstConnectFailure::Counts
        } else {
            FirstConnectFailure::IsFree
        };
        Self {
            suspend_at_rest: SuspendAtRest::Suspends,
            first_connect_failure,
            error_information: ErrorInformation::UntilTransferring,
            transient_error_at_restart: AtRestart::Requeued,
            no_progress_during_block: DuringBlock::Rests,
            resume_and_no_progress: ResumeAndNoProgress::Restarts,
            changed_delay: ChangedDelay::AtOnce,
        }
    }
}
