//! What is explored together.
//!
//! All letters at once have too many states: most of what befalls a job has nothing to do with most
//! of what else does, and states multiply all the same. So there are chapters, each of which can be
//! explored to its end. Nearly all have the life of a job ([`LIFE`]) and add what belongs together; each
//! call and each event of the table of transitions is a letter of some chapter, or follows from one.

use super::calls::PROGRAM;
use super::scope::Scope;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::{JobType, Target};

/// What nearly every chapter has.
pub(super) const LIFE: [&str; 6] =
    ["time goes on", "Resume", "Suspend", "Cancel", "Complete", "HTTP 503"];

/// Letters that are explored together.
#[derive(Debug, Clone, Copy)]
pub struct Chapter {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Letters besides [`LIFE`].
    letters: &'static [&'static str],
    /// Letters of [`LIFE`] that it does without.
    without: &'static [&'static str],
    jobs: u32,
    job_type: JobType,
    disturbances: u32,
    more_files: u32,
    begins: Begins,
}

/// What the jobs of a chapter are created with.
#[derive(Debug, Clone, Copy)]
enum Begins {
    Plain,
    Registered,
    /// And with a program.
    Told,
}

impl Chapter {
    const fn new(
        name: &'static str,
        about: &'static str,
        letters: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            about,
            letters,
            without: &[],
            jobs: 1,
            job_type: JobType::Download,
            disturbances: 2,
            more_files: 0,
            begins: Begins::Plain,
        }
    }

    const fn begins(mut self, begins: Begins) -> Self {
        self.begins = begins;
        self
    }

    const fn disturbances(mut self, disturbances: u32) -> Self {
        self.disturbances = disturbances;
        self
    }

    const fn without(mut self, without: &'static [&'static str]) -> Self {
        self.without = without;
        self
    }

    const fn jobs(mut self, jobs: u32) -> Self {
        self.jobs = jobs;
        self
    }

    const fn of(mut self, job_type: JobType) -> Self {
        self.job_type = job_type;
        self
    }

    const fn more_files(mut self, more_files: u32) -> Self {
        self.more_files = more_files;
        self
    }

    /// The chapter with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CHAPTERS.iter().find(|chapter| chapter.name == name)
    }

    /// What is explored.
    #[must_use]
    pub fn scope(&self, target: Target) -> Scope {
        let Self { letters, jobs, job_type, disturbances, more_files, begins, .. } = *self;
        let interface = JobCall::SetNotifyInterface(true);
        let name = Some(PROGRAM.to_owned());
        let program = JobCall::SetNotifyCmdLine { program: name.clone(), parameters: name };
        let setters = match begins {
            Begins::Plain => Vec::new(),
            Begins::Registered => vec![interface],
            Begins::Told => vec![interface, program],
        };
        let life = LIFE.iter().filter(|name| !self.without.contains(name));
        let only = life.chain(letters).map(|name| (*name).to_owned()).collect();
        let without = Vec::new();
        Scope {
            target,
            jobs,
            job_type,
            disturbances,
            more_files,
            setters,
            only: Some(only),
            without,
        }
    }
}

/// All of them.
pub const CHAPTERS: &[Chapter] = &[
    Chapter::new("life", "the life of a job, and a network that goes and comes", &["network"]),
    Chapter::new(
        "calls",
        "every call, with what the job has already",
        &[
            "network",
            "service restart",
            "client",
            "the inactivity period passes",
            "EnumJobs",
            "GetJob",
            "TakeOwnership refused",
            "SetPriority normal",
            "SetDisplayName",
            "SetDescription",
            "SetNotifyFlags",
            "SetNotifyInterface",
            "SetNotifyCmdLine NULL",
            "SetMinimumRetryDelay",
            "SetNoProgressTimeout",
            "SetMaximumDownloadTime",
            "SetProxySettings",
            "SetRemoteName",
            "GetError",
            "GetErrorCount",
            "GetState",
            "GetProgress",
            "EnumFiles",
            "the other getters",
        ],
    )
    .begins(Begins::Registered),
    Chapter::new(
        "faults",
        "every way in which a server and the way to it fail",
        &[
            "HTTP 404",
            "timeout",
            "refused connection",
            "unknown name",
            "broken connection",
            "SetProxySettings",
            "SetProxySettings unusable",
            "network",
            "service restart",
        ],
    ),
    Chapter::new(
        "sessions",
        "network, sessions, clients, and restarts, three of them at once",
        &[
            "network",
            "another network",
            "session of the owner",
            "client",
            "SetNotifyInterface",
            "service restart",
            "service restart, list lost",
            "computer restart",
        ],
    )
    .disturbances(3),
    Chapter::new(
        "blocks",
        "what forbids transfers although nothing is wrong with them, and priorities",
        &[
            "network",
            "block",
            "block of another kind",
            "bandwidth zero",
            "SetPriority foreground",
            "SetPriority normal",
            "service restart",
        ],
    )
    .disturbances(3),
    Chapter::new(
        "notifications",
        "callbacks that fail, take their time, or end with their client",
        &[
            "HTTP 404",
            "network",
            "time goes on, callbacks fail",
            "time goes on, callbacks take their time",
            "time goes on, the client exits in its callback",
            "client",
            "SetNotifyInterface",
            "SetNotifyInterface NULL",
            "SetNotifyFlags",
            "SetNotifyFlags errors",
            "SetNotifyFlags disabled",
            "service restart",
        ],
    )
    .begins(Begins::Registered),
    Chapter::new(
        "programs",
        "notification programs, beside callbacks and instead of them",
        &[
            "HTTP 404",
            "time goes on, callbacks fail",
            "time goes on, callbacks take their time",
            "time goes on, the client exits in its callback",
            "client",
            "session of the owner",
            "SetNotifyCmdLine",
            "SetNotifyCmdLine NULL",
            "SetNotifyInterface",
            "service restart",
        ],
    )
    .begins(Begins::Told),
    Chapter::new(
        "modifications",
        "JobModification",
        &[
            "SetNotifyFlags",
            "SetNotifyFlags modifications",
            "SetNotifyInterface",
            "SetNotifyInterface NULL",
            "SetDisplayName",
            "SetPriority normal",
            "client",
            "network",
            "service restart",
        ],
    )
    .begins(Begins::Registered),
    Chapter::new(
        "owners",
        "administrators, and jobs that change hands",
        &[
            "TakeOwnership",
            "TakeOwnership refused",
            "Suspend by an administrator",
            "GetJob",
            "GetJob by an administrator",
            "EnumJobs of all users",
            "session of the owner",
            "session of the administrator",
            "client",
            "administrator's client",
            "denied write",
            "service restart",
        ],
    ),
    Chapter::new(
        "disk",
        "the disk and what lies on it",
        &[
            "volume lock",
            "full disk",
            "denied rename",
            "denied delete",
            "changed volume",
            "service restart",
        ],
    ),
    Chapter::new(
        "files",
        "files that are added, and where they go",
        &[
            "AddFile",
            "AddFileSet",
            "EnumFiles",
            "GetProgress",
            "HTTP 404",
            "volume lock",
            "denied write",
            "no directory",
            "service restart",
        ],
    )
    .disturbances(1)
    .more_files(1),
    Chapter::new(
        "sources",
        "files that change on the server, and other names for them",
        &[
            "SetRemoteName",
            "SetRemoteName other",
            "changed remote file",
            "shorter remote file",
            "HTTP 404",
            "broken connection",
            "network",
            "service restart",
        ],
    ),
    Chapter::new(
        "time limits",
        "retry delay, no-progress timeout, and maximum download time that change",
        &[
            "SetMinimumRetryDelay",
            "SetMinimumRetryDelay long",
            "SetNoProgressTimeout",
            "SetNoProgressTimeout short",
            "SetNoProgressTimeout zero",
            "SetMaximumDownloadTime",
            "SetMaximumDownloadTime short",
            "network",
        ],
    ),
    Chapter::new(
        "clocks",
        "a wall clock that is set, and restarts that go by it",
        &["wall clock", "network", "SetMaximumDownloadTime short", "service restart"],
    ),
    Chapter::new(
        "inactivity",
        "a short life, and a policy that makes it shorter",
        &[
            "policy of a shorter life",
            "session of the owner",
            "network",
            "GetState",
            "SetDisplayName",
            "service restart",
        ],
    ),
    Chapter::new(
        "errors",
        "error objects that are read when the job has gone on",
        &[
            "GetError",
            "GetErrorCount",
            "the error object is read",
            "HTTP 404",
            "timeout",
            "network",
            "client",
            "service restart",
        ],
    ),
    Chapter::new(
        "uploads",
        "upload jobs",
        &[
            "HTTP 404",
            "HTTP 500 of the application",
            "HTTP 403 of the application",
            "HTTP 503 for cancellations",
            "broken connection",
            "changed local file",
            "deleted local file",
            "AddFile",
            "AddFileSet",
            "SetRemoteName",
            "volume lock",
            "network",
            "service restart",
        ],
    )
    .of(JobType::Upload)
    .more_files(1),
    Chapter::new(
        "replies",
        "upload jobs with a reply",
        &[
            "HTTP 500 of the application",
            "HTTP 503 for the reply",
            "HTTP 404 for the reply",
            "HTTP 503 for cancellations",
            "broken connection",
            "denied rename",
            "volume lock",
            "SetReplyFileName",
            "the other getters",
            "network",
            "service restart",
        ],
    )
    .of(JobType::UploadReply),
    Chapter::new(
        "two jobs",
        "two jobs that wait for each other",
        &["SetPriority high", "SetPriority normal", "network"],
    )
    .without(&["HTTP 503", "Complete"])
    .jobs(2),
];
