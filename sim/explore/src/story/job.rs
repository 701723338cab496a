//! A job or download of a story, as it is created.

use bitsim_vocab::call::{BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_TRANSFERRED, Call, JobCall, NewFile};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::{ClientId, Hresult, JobId, JobType, Service, Span};

/// A job or download as it is created. What is set afterwards is a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Who creates it.
    pub client: ClientId,
    /// Its type.
    pub job_type: JobType,
    /// The display name that CreateJob is given; without one it is the name in the scenario.
    pub display_name: Option<String>,
    /// False if it exists before the first step, true if [`super::Act::Create`] makes it.
    pub later: bool,
    /// Setters called right after its creation and before files are added, if it is a job. The
    /// order is that of a scenario, whatever the order here; of two for the same thing the first
    /// counts.
    pub setters: Vec<JobCall>,
    /// What is added to it at once.
    pub files: Vec<NewFile>,
    /// What is set at once, if it is a download. For the order see `setters`.
    pub settings: Vec<(DownloadProperty, Value)>,
    /// How its client answers JobTransferred, JobError and OnStatusChange, in order; the last
    /// answer repeats. They count if `setters` or `settings` register the client.
    pub answers: Vec<Answer>,
    /// How it answers JobModification, likewise.
    pub to_modification: Vec<Answer>,
    /// How its notification program ends, one for each launch; the last one repeats. They count if
    /// `setters` name a program.
    pub exits: Vec<Exit>,
}

/// How a client answers a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How long the callback takes.
    pub after: Span,
    /// What it calls then.
    pub calls: Vec<Call>,
    /// What it returns; `None` if the client exits instead.
    pub returns: Option<Hresult>,
}

/// How a notification program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this exit code, after this long.
    With {
        /// The exit code.
        code: u32,
        /// How long it runs.
        after: Span,
    },
    /// It cannot be launched.
    NotLaunched,
}

impl Answer {
    /// S_OK at once.
    pub fn ok() -> Self {
        Self { after: Span::ZERO, calls: Vec::new(), returns: Some(Hresult::S_OK) }
    }
}

impl Job {
    /// A job that is nothing else.
    pub fn plain(client: ClientId, job_type: JobType, files: Vec<NewFile>) -> Self {
        Self {
            client,
            job_type,
            display_name: None,
            later: false,
            setters: Vec::new(),
            files,
            settings: Vec::new(),
            answers: Vec::new(),
            to_modification: Vec::new(),
            exits: Vec::new(),
        }
    }

    /// The setters that register the client for JobError and JobTransferred.
    pub fn registration() -> [JobCall; 2] {
        let flags = BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_TRANSFERRED;
        [JobCall::SetNotifyInterface(true), JobCall::SetNotifyFlags(flags)]
    }

    /// True if its client is registered from the start, so that answers count.
    pub fn registered(&self) -> bool {
        let callback = (DownloadProperty::CallbackInterface, Value::Object);
        self.setters.contains(&JobCall::SetNotifyInterface(true))
            || self.settings.contains(&callback)
    }

    /// True if it has a notification program from the start, so that exits count.
    pub fn has_program(&self) -> bool {
        self.setters.iter().any(|call| matches!(call, JobCall::SetNotifyCmdLine { .. }))
    }

    /// The setters in the order of a scenario, each thing once.
    pub(super) fn ordered_setters(&self) -> Vec<&JobCall> {
        ordered(&self.setters, setter_rank)
    }

    /// The same for the settings of a download.
    pub(super) fn ordered_settings(&self) -> Vec<&(DownloadProperty, Value)> {
        ordered(&self.settings, |(property, _)| property_rank(*property))
    }

    /// The calls that follow on its creation.
    pub(crate) fn made_with(&self, id: JobId, service: Service) -> Vec<Call> {
        if service == Service::DoDownload {
            let set = |(property, value): &(DownloadProperty, Value)| {
                let number = u32::from(property.value());
                Call::Download(id, DownloadCall::SetProperty(number, value.clone()))
            };
            return self.ordered_settings().into_iter().map(set).collect();
        }
        let add = match service {
            Service::DoLegacy => JobCall::AddFileWithRanges,
            Service::Bits | Service::DoDownload => JobCall::AddFile,
        };
        let setters = self.ordered_setters().into_iter().cloned();
        let files = self.files.iter().cloned().map(add);
        setters.chain(files).map(|call| Call::Job(id, call)).collect()
    }
}

/// In the order of their ranks, the first of each rank; what has no rank is left out.
fn ordered<T>(all: &[T], rank: impl Fn(&T) -> Option<u8>) -> Vec<&T> {
    let mut ranked: Vec<(u8, &T)> =
        all.iter().filter_map(|one| rank(one).map(|rank| (rank, one))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.dedup_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, one)| one).collect()
}

/// When the declaration of a job makes this call, if it can.
fn setter_rank(call: &JobCall) -> Option<u8> {
    use JobCall as C;
    Some(match call {
        C::SetPriority(_) => 0,
        C::SetProperty { .. } => 1,
        C::SetMinimumRetryDelay(_) => 2,
        C::SetNoProgressTimeout(_) => 3,
        C::SetMaximumDownloadTime(_) => 4,
        C::SetDescription(_) => 5,
        C::SetProxySettings(_) => 6,
        C::SetReplyFileName(_) => 7,
        C::SetNotifyInterface(_) => 8,
        C::SetNotifyFlags(_) => 9,
        C::SetNotifyCmdLine { .. } => 10,
        _ => return None,
    })
}

/// When the declaration of a download sets this property. One of those that it has no word for
/// can be set as well.
fn property_rank(property: DownloadProperty) -> Option<u8> {
    use DownloadProperty as P;
    Some(match property {
        P::Uri => 0,
        P::LocalPath => 1,
        P::ForegroundPriority => 2,
        P::NoProgressTimeoutSeconds => 3,
        P::CostPolicy => 4,
        P::DisallowOnCellular => 5,
        P::NonVolatile => 6,
        P::BlockingMode => 7,
        P::DisplayName => 8,
        P::CallbackFreqSeconds => 9,
        P::CallbackFreqPercent => 10,
        P::IntegrityCheckMandatory => 11,
        P::StreamInterface => 12,
        P::CallbackInterface => 14,
        _ => 13,
    })
}
