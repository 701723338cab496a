//! What is explored: which letters, how many jobs, how much at once.

use bitsim_vocab::call::JobCall;
use bitsim_vocab::{JobType, Target};

/// What is explored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The service.
    pub target: Target,
    /// How many jobs there are.
    pub jobs: u32,
    /// Of which type they are.
    pub job_type: JobType,
    /// How many lasting disturbances may be in force at once.
    pub disturbances: u32,
    /// Files that clients may add to a job besides the one that it begins with.
    pub more_files: u32,
    /// What the jobs are created with.
    pub setters: Vec<JobCall>,
    /// The letters, by name; without a list all of them.
    pub only: Option<Vec<String>>,
    /// Letters that are left out, by name.
    pub without: Vec<String>,
}

/// The letters of [`Scope::core`]: one of each kind, without what only multiplies states by what it
/// sets and faults that differ from others in their code alone.
pub const CORE: [&str; 41] = [
    "time goes on",
    "time goes on, callbacks fail",
    "time goes on, the client exits in its callback",
    "the inactivity period passes",
    "EnumJobs",
    "Resume",
    "Suspend",
    "Cancel",
    "Complete",
    "TakeOwnership refused",
    "SetPriority normal",
    "SetDisplayName",
    "SetNotifyFlags",
    "SetNotifyInterface",
    "SetMinimumRetryDelay",
    "SetNoProgressTimeout",
    "SetProxySettings",
    "SetNotifyCmdLine NULL",
    "SetRemoteName",
    "SetMaximumDownloadTime",
    "GetError",
    "GetErrorCount",
    "GetState",
    "GetProgress",
    "EnumFiles",
    "GetJob",
    "network",
    "session of the owner",
    "client",
    "block",
    "bandwidth zero",
    "volume lock",
    "denied rename",
    "HTTP 503",
    "HTTP 404",
    "broken connection",
    "changed volume",
    "changed remote file",
    "service restart",
    "service restart, list lost",
    "computer restart",
];

impl Scope {
    /// Everything, for one job of one file.
    #[must_use]
    pub fn one_job(target: Target) -> Self {
        Self {
            target,
            jobs: 1,
            job_type: JobType::Download,
            disturbances: 1,
            more_files: 0,
            setters: Vec::new(),
            only: None,
            without: Vec::new(),
        }
    }

    /// One letter of each kind, for one job of one file.
    #[must_use]
    pub fn core(target: Target) -> Self {
        Self { only: Some(CORE.map(str::to_owned).to_vec()), ..Self::one_job(target) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        let known = |names: &Vec<String>| names.iter().any(|other| other == name);
        self.only.as_ref().is_none_or(known) && !known(&self.without)
    }
}
