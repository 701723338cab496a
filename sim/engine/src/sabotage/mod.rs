//! Deliberate bugs, off by default. Each makes the service break a documented rule, to show that
//! the oracle sees it: a rule is done only when it has been seen failing.
//!
//! Most bugs are a change of the transition table; the others are a [`Hook`] that the engine asks
//! for at one place.

mod calls;
mod downloads;
mod errors;
mod legacy_jobs;
mod notices;
mod states;
mod surroundings;

use crate::bits::{Case, Effect, Guard, Hr, Table};
use crate::{download, legacy};
use bitsim_vocab::{Hresult, JobState, RuleId, Service, Stimulus};

/// A deliberate bug.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// Its name: what the service does wrong, in a few words with hyphens.
    pub name: &'static str,
    /// The rule that it is there to break, then the ones that it cannot help breaking with it.
    pub breaks: &'static [RuleId],
    /// How it is done.
    pub how: How,
}

/// How a bug is done.
#[derive(Debug, Clone, Copy)]
pub enum How {
    /// By a change of the transition table of BITS.
    Table(fn(&mut Table)),
    /// At a place in BITS that asks for it.
    Hook(Hook),
    /// The same for Delivery Optimization behind the interfaces of BITS.
    LegacyTable(fn(&mut legacy::Table)),
    /// At a place in it.
    LegacyHook(legacy::Hook),
    /// The same for Delivery Optimization's own interface.
    DownloadTable(fn(&mut download::Table)),
    /// At a place in it.
    DownloadHook(download::Hook),
}

/// A place in the engine that can be made wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The bug that uses a hook says what it does.
pub enum Hook {
    AnyFlagIsAccepted,
    ChangedDelayIsDoubled,
    CompleteWorksOnce,
    CompletedJobsAreListed,
    CountStartsAtOne,
    Counts(Stimulus),
    CountsTwice(Stimulus),
    CreatorIsRegistered,
    DeadClientsAreCalled,
    DefaultDelayIsOneMinute,
    DefaultTimeoutIsAWeek,
    DisableIsIgnored,
    ErrorObjectTellsSuccess,
    ErrorsDoNotStopTheFlow,
    ErrorsHaveNoContext,
    ErrorsHaveNoFile,
    FailingCallAttachesAnError,
    FailuresCountTwice,
    FileInTransitIsKept,
    FilesAppearEarly,
    FinalStatesAreTold,
    FirstConnectFailureCountsTwice,
    FirstErrorStays,
    FirstInterfaceStays,
    GetStateLagsBehind,
    JobErrorCarriesAnother,
    LateRegistrationHearsNothing,
    LoadLosesNotices,
    LogOnGoesUnnoticed,
    LongDelaysAreRetried,
    LossForgetsProgress,
    NewInterfaceIsNotToldAgain,
    NewJobsHaveAnError,
    NoProgressRunsDuringBlocks,
    OldVersionsCountRetries,
    ProtocolIsTheScheme,
    RenamePastFailures,
    ReplyIsNotFetched,
    RestartKeepsTheOldClock,
    RestartResetsProperties,
    RestartResetsTheCount,
    ResumeKeepsTheOldPeriod,
    ResumeResetsTheCount,
    RetriesAreFree,
    RetryComesEarly,
    ServiceAccountsMustLogOn,
    ShortDelaysAreKept,
    SuspendedJobsGoOn,
    TransientErrorsAreTold,
    UploadIsDoneEarly,
}

/// Every bug, family by family.
pub fn bugs() -> impl Iterator<Item = &'static Bug> {
    [
        states::BUGS,
        calls::BUGS,
        errors::BUGS,
        notices::BUGS,
        surroundings::BUGS,
        legacy_jobs::BUGS,
        legacy_jobs::errors::BUGS,
        downloads::BUGS,
    ]
    .into_iter()
    .flatten()
}

impl Bug {
    /// The service that it is a bug of.
    #[must_use]
    pub const fn service(&self) -> Service {
        match self.how {
            How::Table(_) | How::Hook(_) => Service::Bits,
            How::LegacyTable(_) | How::LegacyHook(_) => Service::DoLegacy,
            How::DownloadTable(_) | How::DownloadHook(_) => Service::DoDownload,
        }
    }
}

/// Changes the state that every case of a cell leads to.
fn redirect(table: &mut Table, stimulus: Stimulus, state: JobState, next: Option<JobState>) {
    for case in table.cell_mut(stimulus, state) {
        case.next = next;
    }
}

/// Changes what every case of a cell returns.
fn answer(table: &mut Table, stimulus: Stimulus, state: JobState, code: Hresult) {
    for case in table.cell_mut(stimulus, state) {
        case.hr = Hr::Is(code);
    }
}

/// The case of a cell with this guard, to change it.
fn case(table: &mut Table, stimulus: Stimulus, state: JobState, when: Guard) -> Option<&mut Case> {
    table.cell_mut(stimulus, state).iter_mut().find(|case| case.when == when)
}

/// Changes what the case with this guard does besides moving the job.
fn effects(
    table: &mut Table,
    stimulus: Stimulus,
    state: JobState,
    when: Guard,
    effects: &'static [Effect],
) {
    if let Some(case) = case(table, stimulus, state, when) {
        case.effects = effects;
    }
}

const fn table(name: &'static str, breaks: &'static [RuleId], edit: fn(&mut Table)) -> Bug {
    Bug { name, breaks, how: How::Table(edit) }
}

const fn hook(name: &'static str, breaks: &'static [RuleId], hook: Hook) -> Bug {
    Bug { name, breaks, how: How::Hook(hook) }
}
