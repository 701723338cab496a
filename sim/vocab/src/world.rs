//! The world a run begins in, and what may befall it.

use crate::hresult::{Class, Hresult};
use crate::stands::Stands;
use crate::target::{Profile, Service, Target};
use crate::time::{Span, WallTime};
use crate::{ClientId, ServerId, UserId};
use serde::{Deserialize, Serialize};

/// Everything that is true when a run begins. The first thing a trace holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Setup {
    /// Service and version.
    pub target: Target,
    /// Readings taken on open questions.
    pub stands: Stands,
    /// Seed of every draw that nothing pins.
    pub seed: u64,
    /// The wall clock at the start.
    pub wall_start: WallTime,
    /// True if there is a network connection at the start.
    pub network: bool,
    /// Length of a background job's time slice.
    pub time_slice: Span,
    /// Group policies.
    pub policies: Policies,
    /// Accounts.
    pub users: Vec<User>,
    /// Client processes, those that start later included.
    pub clients: Vec<Client>,
    /// Servers, each with the files it offers.
    pub servers: Vec<Server>,
    /// Local volumes that differ from an endless healthy one.
    pub volumes: Vec<Volume>,
    /// Local files that exist at the start: what uploads send, what is in the way of a download.
    pub local_files: Vec<LocalFile>,
    /// What Delivery Optimization does by configuration; BITS does not look at it.
    pub delivery: Delivery,
}

/// Figures of Delivery Optimization that are configuration or measured rather than documented.
/// Where each comes from stands at [`Delivery::of`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Delivery {
    /// No-progress timeout of a foreground job or download that sets none.
    pub no_progress_foreground: Span,
    /// No-progress timeout of a background one that sets none.
    pub no_progress_background: Span,
    /// The least value that NoProgressTimeoutSeconds accepts.
    pub least_no_progress: Span,
    /// How often progress is looked at; `None` keeps time exactly.
    pub progress_check: Option<Span>,
    /// Waits before the second, third, ... attempt; the last one repeats.
    pub retry_delays: Vec<Span>,
    /// How long until the network is looked at again after it was found missing; `None` notices
    /// its return at once.
    pub network_check: Option<Span>,
    /// How long an attempt without a reply lasts.
    pub connect_timeout: Span,
    /// How long a failed JobError waits to be delivered again.
    pub notify_again: Span,
    /// How old a job or download may become.
    pub age_limit: Span,
    /// How many jobs may transfer at once. Downloads do not look at it: nothing documented makes one
    /// wait for another.
    pub slots: u32,
    /// How long a change of state needs to become visible to GetStatus (DOD-STATE-007).
    pub visible_after: Span,
    /// A server that is asked first.
    pub cache_host: Option<ServerId>,
    /// What the agent does wrong, off by default.
    pub defects: Vec<Defect>,
}

impl Delivery {
    /// The figures for a target.
    ///
    /// Legacy: 3600 s and 86400 s from the page of SetNoProgressTimeout (DO-RETRY-001), 30 days
    /// from Complete. Windows: 1800 s and 10800 s told by an engineer of the service in public
    /// (DOD-RETRY-002), 60 s from the property page. Agent: 300 s, 10 s, 2 to 30 s, 30 s and 15 s
    /// from its source and from running it (`agent-findings.md`). The retry delays of legacy and
    /// Windows are internal to the service and taken to be the agent's.
    #[must_use]
    pub fn of(target: Target) -> Self {
        let legacy = target.service != Service::DoDownload;
        let agent = target.profile == Profile::Agent;
        let (foreground, background) = match (legacy, agent) {
            (true, _) => (3600, 86_400),
            (false, false) => (1800, 10_800),
            (false, true) => (300, 300),
        };
        Self {
            no_progress_foreground: Span::secs(foreground),
            no_progress_background: Span::secs(background),
            least_no_progress: Span::secs(if agent { 10 } else { 60 }),
            progress_check: agent.then_some(Span::secs(10)),
            retry_delays: [2, 4, 8, 16, 30].map(Span::secs).to_vec(),
            network_check: agent.then_some(Span::secs(30)),
            connect_timeout: Span::secs(15),
            notify_again: Span::secs(60),
            age_limit: Span::days(30),
            slots: 16,
            visible_after: Span::ZERO,
            cache_host: None,
            defects: Vec::new(),
        }
    }
}

/// Something that the open-source agent was seen doing and that is plainly a defect
/// (`agent-findings.md`). The agent profile behaves well unless a scenario asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// A 200 to a request for the rest of a file is appended: Transferred with too many bytes
    /// (DOD-RETRY-017).
    AppendsFullAnswer,
    /// A body of unknown length that is cut ends the whole agent process (DOD-RETRY-013).
    EndsProcess,
    /// Pause during a transient pause does not stop the automatic resume (DOD-PAUSE-004).
    PauseIsNotSticky,
    /// A pending look at the network goes on after Start and resumes a second time
    /// (DOD-RETRY-011, DOD-STATE-008).
    StaleNetworkCheck,
    /// Abort deletes whatever lies at LocalPath (DOD-ABORT-003).
    AbortDeletesForeignFile,
}

impl Defect {
    /// Every defect, with its name in a scenario and the rule that it breaks.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::AppendsFullAnswer, "appends_full_answer", "DOD-RETRY-017"),
        (Self::EndsProcess, "ends_process", "DOD-RETRY-013"),
        (Self::PauseIsNotSticky, "pause_is_not_sticky", "DOD-PAUSE-004"),
        (Self::StaleNetworkCheck, "stale_network_check", "DOD-RETRY-011"),
        (Self::AbortDeletesForeignFile, "abort_deletes_foreign_file", "DOD-ABORT-003"),
    ];
}

/// What a network connection is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names are those of the cost states.
pub enum NetworkCondition {
    Metered,
    NearDataLimit,
    OverDataLimit,
    Roaming,
    Cellular,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// Its name in the scenario.
    pub name: String,
    /// What it may do.
    pub kind: UserKind,
    /// True if it has an interactive session at the start.
    pub logged_on: bool,
}

/// The kind of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // The names are those of Windows.
pub enum UserKind {
    Standard,
    Administrator,
    LocalSystem,
    LocalService,
    NetworkService,
}

impl UserKind {
    /// LocalSystem, LocalService and NetworkService, which are always logged on.
    #[must_use]
    pub const fn is_service_account(self) -> bool {
        matches!(self, Self::LocalSystem | Self::LocalService | Self::NetworkService)
    }

    /// Administrators and service accounts, which the limits of group policy exempt.
    #[must_use]
    pub const fn is_exempt(self) -> bool {
        !matches!(self, Self::Standard)
    }
}

/// A client process.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Client {
    /// Its name in the scenario.
    pub name: String,
    /// The account it runs as.
    pub user: UserId,
    /// True if it runs from the start.
    pub running: bool,
    /// True if an administrator runs it elevated.
    pub elevated: bool,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Server {
    /// Host name.
    pub name: String,
    /// Bytes per second for each transfer.
    pub bandwidth: u64,
    /// Shortest time for one way of a message.
    pub latency_min: Span,
    /// Longest time for one way of a message; each message draws its own.
    pub latency_max: Span,
    /// True if it answers range requests.
    pub ranges: bool,
    /// True if it sends Content-Length.
    pub content_length: bool,
    /// Largest upload it accepts, in bytes.
    pub max_upload: u64,
    /// Size in bytes of the reply to an upload.
    pub reply_size: u64,
    /// True if it sends the reply at all (BITS-Reply-URL in the last answer).
    pub replies: bool,
    /// What it offers for download.
    pub files: Vec<RemoteFile>,
}

/// A file on a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RemoteFile {
    /// Full URL.
    pub url: String,
    /// Bytes.
    pub size: u64,
}

/// A local volume.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Volume {
    /// Drive letter and colon: `C:`.
    pub root: String,
    /// Free bytes.
    pub free: u64,
}

/// A local file that an upload sends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LocalFile {
    /// Full path.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// Group policies (page group-policies), each with its documented default.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policies {
    /// JobInactivityTimeout: 90 days.
    pub job_inactivity_timeout: Span,
    /// MaxDownloadTime: 90 days.
    pub max_download_time: Span,
    /// MaxJobsPerUser: 60.
    pub max_jobs_per_user: u32,
    /// MaxJobsPerMachine: 300.
    pub max_jobs_per_machine: u32,
    /// MaxFilesPerJob: 200.
    pub max_files_per_job: u32,
    /// Bandwidth limit for background jobs in bytes per second; `None` is no limit.
    pub bandwidth: Option<u64>,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            job_inactivity_timeout: Span::days(90),
            max_download_time: Span::days(90),
            max_jobs_per_user: 60,
            max_jobs_per_machine: 300,
            max_files_per_job: 200,
            bandwidth: None,
        }
    }
}

/// Something that happens to the world from outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Disturbance {
    /// The last network connection goes away.
    NetworkLost,
    /// A network connection is established.
    NetworkRegained,
    /// A cause begins to forbid transfers.
    BlockBegins(Block),
    /// It ends.
    BlockEnds(Block),
    /// The policy limit for background bandwidth changes; bytes per second, `None` for no limit.
    Bandwidth(Option<u64>),
    /// The other policies change; `bandwidth` in here is ignored.
    PoliciesChange(Box<Policies>),
    /// The network is of this kind from now on; empty is neither metered nor cellular. Delivery
    /// Optimization holds it against cost policies; for BITS, [`Block::Cost`] says the outcome.
    NetworkConditions(Vec<NetworkCondition>),
    /// The service stops taking calls of Delivery Optimization's own interface.
    ServiceStops,
    /// It takes them again.
    ServiceStarts,
    /// A local file is deleted by somebody else.
    LocalFileDeleted(String),
    /// A user logs on.
    LogOn(UserId),
    /// The last session of a user ends.
    LogOff(UserId),
    /// A process of the user is started with RunAs, which is no log-on.
    RunAs(UserId),
    /// A client process starts.
    ClientStarts(ClientId),
    /// A client process ends.
    ClientExits(ClientId),
    /// A disk check locks the volume.
    VolumeLocked(String),
    /// The disk check is over.
    VolumeUnlocked(String),
    /// The volume is replaced by another.
    VolumeChanged(String),
    /// The volume has this many free bytes from now on.
    VolumeSpace(String, u64),
    /// An operation on a path begins to fail.
    PathDenied(String, PathOperation),
    /// It works again.
    PathAllowed(String, PathOperation),
    /// The remote file gets another size or time stamp.
    RemoteFileChanges {
        /// Its URL.
        url: String,
        /// Its size from now on, in bytes.
        size: u64,
        /// False if only the content changes: same size, same time stamp.
        stamped: bool,
    },
    /// The local file of an upload gets another size or time stamp.
    LocalFileChanges {
        /// Its path.
        path: String,
        /// Its size from now on, in bytes.
        size: u64,
    },
    /// A server begins to misbehave.
    FaultBegins(Box<Fault>),
    /// The fault with this number ends.
    FaultEnds(u32),
    /// The wall clock is set forward (positive) or back (negative), in ticks.
    WallClockMoves(i64),
    /// The service stops and starts again; its job list is lost if it cannot be read.
    ServiceRestarts {
        /// False if the stored job list cannot be read.
        list_readable: bool,
    },
    /// The computer restarts: nobody is logged on, no client runs, no network.
    ComputerRestarts,
}

/// A cause that forbids transfers although nothing is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The codes below name the cause.
pub enum Block {
    Cost,
    Standby,
    BatteryPolicy,
    BatterySaver,
    BackgroundAccess,
    GameMode,
    SystemPolicy,
    Cellular,
    PowerState,
    Vpn,
    CriticalMemory,
}

impl Block {
    /// The causes that Delivery Optimization knows.
    pub const DELIVERY: [Self; 5] =
        [Self::Cost, Self::Cellular, Self::PowerState, Self::Vpn, Self::CriticalMemory];

    /// The code that a blocked job or download of Delivery Optimization reports, if it knows the
    /// cause.
    #[must_use]
    pub const fn delivery_code(self) -> Option<Hresult> {
        match self {
            Self::Cost => Some(Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY),
            Self::Cellular => Some(Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY),
            Self::PowerState => Some(Hresult::DO_E_BLOCKED_BY_POWER_STATE),
            Self::Vpn => Some(Hresult::DO_E_BLOCKED_BY_VPN_POLICY),
            Self::CriticalMemory => Some(Hresult::DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE),
            _ => None,
        }
    }

    /// The causes that BITS knows.
    pub const BITS: [Self; 7] = [
        Self::Cost,
        Self::Standby,
        Self::BatteryPolicy,
        Self::BatterySaver,
        Self::BackgroundAccess,
        Self::GameMode,
        Self::SystemPolicy,
    ];

    /// The code that a blocked job of BITS reports. Causes that only Delivery Optimization knows
    /// do not block BITS; they have its code for a policy.
    #[must_use]
    pub const fn code(self) -> Hresult {
        match self {
            Self::Cost => Hresult::BG_E_BLOCKED_BY_COST_TRANSFER_POLICY,
            Self::Standby => Hresult::BG_E_STANDBY_MODE,
            Self::BatteryPolicy => Hresult::BG_E_BLOCKED_BY_BATTERY_POLICY,
            Self::BatterySaver => Hresult::BG_E_BLOCKED_BY_BATTERY_SAVER,
            Self::BackgroundAccess => Hresult::BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY,
            Self::GameMode => Hresult::BG_E_BLOCKED_BY_GAME_MODE,
            Self::SystemPolicy => Hresult::BG_E_BLOCKED_BY_SYSTEM_POLICY,
            Self::Cellular | Self::PowerState | Self::Vpn | Self::CriticalMemory => {
                Hresult::BG_E_BLOCKED_BY_POLICY
            }
        }
    }
}

/// What can be made to fail on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathOperation {
    /// Giving the temporary file its final name (the path is the final name).
    Rename,
    /// Deleting the temporary file (the path is the final name).
    Delete,
    /// Writing into the directory (the path is the directory): AddFile sees E_ACCESSDENIED.
    Write,
    /// The directory does not exist (the path is the directory).
    Exist,
}

/// A way in which a server misbehaves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// The number by which the fault is ended; unique in a run.
    pub number: u32,
    /// The server.
    pub server: ServerId,
    /// Only requests for this URL, or all.
    pub url: Option<String>,
    /// Which requests it meets.
    pub part: Part,
    /// What happens to them.
    pub kind: FaultKind,
    /// How many requests it meets before it ends by itself, or until it is ended.
    pub times: Option<u32>,
    /// The class of the error, where it is not the one of its code.
    pub class: Option<Class>,
}

/// Which requests a fault meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Every request.
    Any,
    /// The requests of a download, and the fragments of an upload.
    Payload,
    /// The server application that an upload is handed to.
    Application,
    /// The requests for the reply.
    Reply,
    /// Requests that cancel an upload.
    Cancel,
}

/// What happens to a request that meets a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The server answers with this HTTP status.
    Http(u16),
    /// The connection is refused: ERROR_WINHTTP_CANNOT_CONNECT.
    Refused,
    /// No answer within this time: ERROR_WINHTTP_TIMEOUT.
    Timeout(Span),
    /// The name of the server cannot be resolved: ERROR_WINHTTP_NAME_NOT_RESOLVED.
    NameNotResolved,
    /// The connection breaks after this many bytes: ERROR_WINHTTP_CONNECTION_ERROR.
    DropsAfter(u64),
    /// The request fails with this code.
    Code(Hresult),
    /// The bytes arrive damaged, which only a check of their hashes shows.
    Corrupts,
}
