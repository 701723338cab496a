//! How things stand before the first step.

use super::make::{DOWNLOADS, joined, key};
use super::values::{LATENCY, LIMIT, NONE};
use super::{Key, Kind, Named, Shape, words};

/// `limits`
pub(crate) static LIMITS: Shape = Shape {
    name: "limits",
    doc: "Bounds of a run.",
    keys: &[
        key(
            "events",
            Kind::Number(1, 10_000_000),
            "50000",
            "How many events a run may have at most. Default: 1000000.",
        ),
        key(
            "settle_within",
            Kind::Duration,
            "30d",
            "How much virtual time may pass after the last step until nothing more is going to \
             happen. Default: 400d.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `world`
pub(crate) static WORLD: Shape = Shape {
    name: "world",
    doc: "The computer at the start.",
    keys: &[
        key(
            "wall_clock",
            Kind::Date,
            "2026-03-01T08:00:00Z",
            "What the wall clock shows at the start, in UTC. Default: 2026-01-01T00:00:00Z. \
             Times of the timeline count from the start whatever the wall clock shows.",
        ),
        key(
            "network",
            words::NETWORK,
            "down",
            "Whether there is a network connection at the start. Default: `up`. The events \
             `disconnect` and `connect` change it.",
        ),
        key(
            "metered",
            Kind::Boolean,
            "true",
            "True if the network costs from the start, so that background transfers wait. \
             Default: false. The event `unmeter` ends it.",
        ),
        key(
            "time_slice",
            Kind::Duration,
            "5m",
            "How long a background job may transfer before it makes room for the next one of \
             its priority. Default: 5m, longer than nothing. Used by `bits` alone.",
        ),
        key(
            "local_files",
            Kind::MapFrom(&Kind::Path, &Kind::Size),
            "{'C:\\downloads\\a.bin': 5 MiB}",
            "Files that lie on the disk from the start, each with its size. Put the path in \
             quotes. The files of uploads need not be repeated here.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// The policies that may change.
const POLICY_KEYS: &[Key] = &[
    key(
        "job_inactivity_timeout",
        Kind::Duration,
        "30d",
        "JobInactivityTimeout: a job without progress or change for this long is cancelled \
         by the service. Default: 90d.",
    ),
    key(
        "max_download_time",
        Kind::Duration,
        "10d",
        "MaxDownloadTime: how long a job may connect and transfer in all before it fails \
         with BG_E_MAXDOWNLOAD_TIMEOUT. SetMaximumDownloadTime overrides it for one job. \
         Default: 90d.",
    ),
    key(
        "max_jobs_per_user",
        Kind::Number(0, U32),
        "2",
        "MaxJobsPerUser: how many jobs one user may have at a time. Looked at when a job \
         is created. Default: 60.",
    ),
    key(
        "max_jobs_per_machine",
        Kind::Number(0, U32),
        "3",
        "MaxJobsPerMachine: how many jobs all users may have together. Looked at when a \
         job is created. Default: 300.",
    ),
    key(
        "max_files_per_job",
        Kind::Number(0, U32),
        "2",
        "MaxFilesPerJob: how many files a job may hold. Looked at when files are added, so \
         that jobs which have more already keep them. Default: 200.",
    ),
];

const BANDWIDTH: Key = key(
    "bandwidth",
    LIMIT,
    "64 KiB/s",
    "The limit for all background transfers together, at the start. `0` stops them \
     with BG_E_BLOCKED_BY_POLICY, `unlimited` is the default. Foreground jobs are never \
     limited. Later it is changed by the event `bandwidth`, not by `policies`.",
);

/// `policies`
pub(crate) static POLICIES: Shape = Shape {
    name: "policies",
    doc: "Group policies of the service (page group-policies). Administrators and \
          service accounts are exempt from the counting limits.",
    keys: &WITH_BANDWIDTH,
    verbs: &[],
    may_be_empty: false,
};

static WITH_BANDWIDTH: [Key; POLICY_KEYS.len() + 1] = joined(&[POLICY_KEYS, &[BANDWIDTH]]);

/// The event `policies`
pub(crate) static CHANGED_POLICIES: Shape = Shape {
    name: "changed policies",
    doc: "Group policies that change. At least one; those that are not named stay as \
          they are.",
    keys: POLICY_KEYS,
    verbs: &[],
    may_be_empty: false,
};

const U32: u64 = u32::MAX as u64;

/// An entry of `users`.
pub(crate) static USER: Shape = Shape {
    name: "user",
    doc: "An account of the computer.",
    keys: &[
        key(
            "kind",
            words::USER_KIND,
            "administrator",
            "What kind of account it is. Default: `standard`.",
        ),
        key(
            "logged_on",
            Kind::Boolean,
            "false",
            "True if the user has an interactive session at the start. Jobs of a user who is \
             logged off wait in the queue; service accounts are always logged on. Default: \
             true.",
        ),
    ],
    verbs: &[],
    may_be_empty: true,
};

/// An entry of `clients`.
pub(crate) static CLIENT: Shape = Shape {
    name: "client",
    doc: "A process that calls the service.",
    keys: &[
        key("user", Kind::Name(Named::User), "owner", "The user that the process runs as.")
            .required(),
        key(
            "elevated",
            Kind::Boolean,
            "true",
            "True if an administrator runs it elevated: only then it may touch the jobs of \
             other users. Default: false.",
        ),
        key(
            "running",
            Kind::Boolean,
            "false",
            "True if it runs from the start. Otherwise the event `start_client` starts it. \
             Default: true.",
        ),
    ],
    verbs: &[],
    may_be_empty: true,
};

/// An entry of `servers`.
pub(crate) static SERVER: Shape = Shape {
    name: "server",
    doc: "A server, healthy until a fault says otherwise.",
    keys: &[
        key(
            "bandwidth",
            Kind::Rate,
            "1 MiB/s",
            "How fast each transfer with it is, in bytes per second. More than nothing; a \
             server that stays silent is the fault `time_out`. Default: 1 MiB/s.",
        ),
        key(
            "latency",
            Kind::OneOf(&[Kind::Duration, Kind::Map(&LATENCY)]),
            "{min: 20ms, max: 80ms}",
            "How long a message takes one way: a duration, or a range from which each message \
             draws its own. Default: 20ms.",
        ),
        key(
            "ranges",
            Kind::Boolean,
            "false",
            "True if it answers requests for a part of a file. Without it an interrupted file \
             begins again or fails with BG_E_INSUFFICIENT_RANGE_SUPPORT, as the service has it. \
             Default: true.",
        ),
        key(
            "content_length",
            Kind::Boolean,
            "false",
            "True if it tells the size of a file (Content-Length). Default: true.",
        ),
        key(
            "max_upload",
            Kind::Size,
            "10 MiB",
            "The largest upload that it accepts. Default: no limit.",
        ),
        key(
            "reply_size",
            Kind::Size,
            "4 KiB",
            "The size of the reply that it sends to an upload. Default: 0 bytes.",
        ),
        key(
            "replies",
            Kind::Boolean,
            "false",
            "True if it sends a reply to an upload-reply job at all (the header \
             BITS-Reply-URL). Default: true.",
        ),
        key(
            "files",
            Kind::MapFrom(&Kind::Text, &Kind::Size),
            "{/late.cab: 1 MiB}",
            "Files that it offers although no declaration gives their size: a path with a \
             leading `/`, or a full URL of this server, and the size.",
        ),
    ],
    verbs: &[],
    may_be_empty: true,
};

/// An entry of `volumes`.
pub(crate) static VOLUME: Shape = Shape {
    name: "volume",
    doc: "A volume of the computer that has an end.",
    keys: &[key(
        "free",
        Kind::Size,
        "10 GiB",
        "How many bytes are free at the start. The event `volume_space` changes it.",
    )
    .required()],
    verbs: &[],
    may_be_empty: false,
};

/// `delivery`
pub(crate) static DELIVERY_FIGURES: Shape = Shape {
    name: "delivery",
    doc: "Figures of Delivery Optimization that no page promises. Each has a default \
          that depends on the target: what the pages say, what an engineer of the \
          service has told, or what its open-source agent does.",
    keys: &[
        key(
            "no_progress_foreground",
            Kind::Duration,
            "30m",
            "The no-progress timeout of a foreground job or download that sets none. Default: \
             1h on `do-legacy`, 30m on `do-download`, 5m on `do-download@agent`.",
        ),
        key(
            "no_progress_background",
            Kind::Duration,
            "3h",
            "The no-progress timeout of a background job or download that sets none. Default: \
             24h on `do-legacy`, 3h on `do-download`, 5m on `do-download@agent`.",
        ),
        key(
            "least_no_progress",
            Kind::Duration,
            "60s",
            "The least value that NoProgressTimeoutSeconds accepts. Default: 60s, on \
             `do-download@agent` 10s.",
        ),
        key(
            "retry_delays",
            Kind::OneOrMany(&Kind::Duration),
            "[2s, 4s, 8s]",
            "The waits before the second, third, ... attempt; the last one repeats. Default: \
             [2s, 4s, 8s, 16s, 30s].",
        ),
        key(
            "network_check",
            Kind::OneOf(&[Kind::Duration, NONE]),
            "30s",
            "How long until the network is looked at again after it was found missing; `none` \
             notices its return at once. Default: `none`, on `do-download@agent` 30s.",
        ),
        key(
            "connect_timeout",
            Kind::Duration,
            "15s",
            "How long an attempt without any reply lasts. Only `do-download` and \
             `do-download@agent` look at it. It cuts short a longer `after` of the fault \
             `time_out`; and where `network_check` is a duration, an attempt notices only after \
             this time that the network is lost. Default: 15s.",
        ),
        key(
            "notify_again",
            Kind::Duration,
            "60s",
            "How long a JobError that the client answered with a failure waits until it is \
             delivered again. Only `do-legacy` looks at it. Default: 60s.",
        ),
        key(
            "age_limit",
            Kind::Duration,
            "30d",
            "How old a job or download may become before the service gives it up. Default: \
             30d.",
        ),
        key(
            "slots",
            Kind::Number(1, U32),
            "4",
            "How many jobs of `do-legacy` may transfer at once. Downloads do not look at it. \
             Default: 16.",
        ),
        key(
            "visible_after",
            Kind::Duration,
            "500ms",
            "How long a change of state needs to become visible to GetStatus of a download. \
             Default: nothing.",
        ),
        key(
            "cache_host",
            Kind::Name(Named::Server),
            "cache.test",
            "A server that is asked first, before the one of the URL. Default: none.",
        ),
        key(
            "defects",
            Kind::OneOrMany(&Kind::Defect),
            "[appends_full_answer]",
            "What the open-source agent was seen doing wrong, to be repeated here. Works on \
             `do-download@agent` alone, which must stand in `run_on`; the rules that it breaks \
             go under `breaks`. Default: none.",
        )
        .on(DOWNLOADS),
        key(
            "only_on",
            Kind::MapFrom(&Kind::TargetOrService, &Kind::Map(&DELIVERY_FIGURES)),
            "{do-download@agent: {network_check: 30s}}",
            "Figures that hold on one target or service alone. They replace those of the same \
             name beside it.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};
