//! What befalls the world.

use super::faults::{CORRUPT, DROP, FAIL, HEAL, HTTP, NO_NAME, REFUSE, TIME_OUT};
use super::make::{DELIVERY, DOWNLOADS, JOBS, key};
use super::values::{JOB_NAME, LIMIT};
use super::world::CHANGED_POLICIES;
use super::{Key, Kind, Named, Shape, words};

/// How long something lasts.
pub(super) const FOR: Key = key(
    "for",
    Kind::Duration,
    "2m",
    "How long it lasts, from now. Not together with `until`. Default: until something \
     else ends it.",
);
/// When something ends.
pub(super) const UNTIL: Key = key(
    "until",
    Kind::Duration,
    "3d",
    "When it ends, counted from the start of the run. Not together with `for`.",
);

/// A volume, or a volume and how long it is locked.
const LOCKED: Kind = Kind::OneOf(&[Kind::Volume, Kind::Map(&LOCK_VOLUME)]);
/// A limit, or a limit and how long it holds.
const LIMITED: Kind = Kind::OneOf(&[LIMIT, Kind::Map(&BANDWIDTH)]);

/// Every event.
pub(crate) const EVENTS: &[Key] = &[
    key(
        "disconnect",
        Kind::Map(&FOR_A_WHILE),
        "{for: 2m}",
        "The last network connection goes away. Without `for` or `until` it stays away \
         until `connect`.",
    ),
    key("connect", Kind::Map(&NOTHING_MORE), "{}", "A network connection is established."),
    key(
        "meter",
        Kind::Map(&FOR_A_WHILE),
        "{for: 1h}",
        "The network begins to cost: the cause `cost` blocks background transfers. Works \
         on every service.",
    ),
    key("unmeter", Kind::Map(&NOTHING_MORE), "{}", "The network costs nothing any more."),
    key(
        "block",
        Kind::Map(&BLOCK),
        "{cause: cost, for: 1h}",
        "Something on the computer begins to forbid transfers.",
    ),
    key("unblock", Kind::Map(&UNBLOCK), "{cause: cost}", "It ends."),
    key(
        "log_off",
        Kind::Name(Named::User),
        "owner",
        "The last session of the user ends: the jobs of this user wait in the queue. Downloads of \
         `do-download` go on. The processes of the user go on as well, call and are called back: \
         to end them as a real log-off does, put `exit_client` beside it. No call returns \
         ERROR_NOT_LOGGED_ON here, which Windows has for callers without a session: an ended \
         client cannot call at all.",
    ),
    key(
        "log_on",
        Kind::Name(Named::User),
        "owner",
        "The user logs on: jobs that waited for it go on by themselves. Clients that have ended \
         stay ended: `start_client`, and `set: {job: payroll, notify_interface: true}` to be \
         called back again.",
    ),
    key(
        "run_as",
        Kind::Name(Named::User),
        "owner",
        "A process of the user is started with RunAs, which is no log-on: jobs do not go \
         on by it.",
    ),
    key(
        "start_client",
        Kind::Name(Named::Client),
        "app",
        "The process of the client starts. It is called back again once it has registered with \
         `set: {job: payroll, notify_interface: true}`.",
    ),
    key(
        "exit_client",
        Kind::Name(Named::Client),
        "app",
        "The process of the client ends: its callbacks and its error objects are gone. Its jobs go \
         on. It can make no more calls; checks still look in its name (`by`).",
    ),
    key(
        "http",
        Kind::Map(&HTTP),
        "{server: cdn.test, status: 503, times: 2}",
        "The server answers requests with an HTTP status instead of doing what is asked.",
    ),
    key(
        "refuse",
        Kind::Map(&REFUSE),
        "{server: cdn.test, for: 10m}",
        "The server refuses connections: ERROR_WINHTTP_CANNOT_CONNECT.",
    ),
    key(
        "time_out",
        Kind::Map(&TIME_OUT),
        "{server: cdn.test, after: 30s, times: 1}",
        "The server stays silent: a request waits for `after` and fails with \
         ERROR_WINHTTP_TIMEOUT.",
    ),
    key(
        "no_name",
        Kind::Map(&NO_NAME),
        "{server: cdn.test, for: 10m}",
        "The name of the server cannot be resolved: ERROR_WINHTTP_NAME_NOT_RESOLVED.",
    ),
    key(
        "drop",
        Kind::Map(&DROP),
        "{server: cdn.test, after_bytes: 10 MiB, times: 1}",
        "The connection breaks in the middle of an answer: \
         ERROR_WINHTTP_CONNECTION_ERROR.",
    ),
    key(
        "fail",
        Kind::Map(&FAIL),
        "{server: cdn.test, code: BG_E_MISSING_FILE_SIZE, times: 1}",
        "Requests fail with a code of your choice.",
    ),
    key(
        "heal",
        Kind::Map(&HEAL),
        "{server: cdn.test}",
        "Ends every fault of the server that a step before has begun.",
    ),
    key(
        "change_remote",
        Kind::Map(&CHANGE_REMOTE),
        "{url: \"https://cdn.test/payroll.cab\", size: 800 MiB}",
        "The file on the server is replaced by another version.",
    ),
    key(
        "change_local",
        Kind::Map(&CHANGE_LOCAL),
        "{path: 'C:\\downloads\\a.bin', size: 2 MiB}",
        "A local file is changed, for instance the one that is being uploaded.",
    ),
    key("lock_volume", LOCKED, "{volume: \"C:\", for: 10m}", "A disk check locks the volume."),
    key("unlock_volume", Kind::Volume, "\"C:\"", "The disk check is over."),
    key(
        "change_volume",
        Kind::Volume,
        "\"C:\"",
        "The volume is replaced by another, as when a removable disk is swapped.",
    ),
    key(
        "volume_space",
        Kind::Map(&VOLUME_SPACE),
        "{volume: \"C:\", free: 0 B}",
        "The volume has this much room from now on.",
    ),
    key(
        "deny",
        Kind::Map(&DENY),
        "{path: 'C:\\downloads\\payroll', operation: write, for: 1h}",
        "An operation on a path begins to fail.",
    ),
    key(
        "allow",
        Kind::Map(&ALLOW),
        "{path: 'C:\\downloads\\payroll', operation: write}",
        "It works again.",
    ),
    key(
        "bandwidth",
        LIMITED,
        "{limit: 0, for: 8h}",
        "The limit for background transfers changes, as the policy `bandwidth` and its \
         schedule have it.",
    ),
    key(
        "policies",
        Kind::Map(&CHANGED_POLICIES),
        "{max_files_per_job: 2}",
        "Group policies change; those that are not named stay. The limit on bandwidth has \
         an event of its own and may not stand here.",
    ),
    key(
        "move_wall_clock",
        Kind::SignedDuration,
        "+20d",
        "Somebody sets the wall clock forward (`+`) or back (`-`). Virtual time goes on as \
         before.",
    ),
    key(
        "restart_service",
        Kind::Map(&RESTART_SERVICE),
        "{}",
        "The service stops and starts again.",
    ),
    key(
        "restart_computer",
        Kind::Map(&NOTHING_MORE),
        "{}",
        "The computer restarts: nobody is logged on, no client runs, and there is no \
         network until `connect`.",
    ),
    key(
        "network",
        Kind::Map(&NETWORK),
        "{conditions: [metered, roaming], for: 1h}",
        "What the network is like from now on, which Delivery Optimization holds against \
         cost policies. No condition at all is a network that costs nothing.",
    )
    .on(DELIVERY),
    key("stop_service", Kind::Map(&FOR_A_WHILE), "{for: 5m}", "The service stops taking calls.")
        .on(DOWNLOADS),
    key("start_service", Kind::Map(&NOTHING_MORE), "{}", "The service takes calls again.")
        .on(DOWNLOADS),
    key(
        "delete_local",
        Kind::Path,
        "'C:\\downloads\\film\\film.bin'",
        "Somebody else deletes a file from the disk.",
    ),
    key(
        "corrupt",
        Kind::Map(&CORRUPT),
        "{server: cdn.test, times: 1}",
        "Bytes arrive damaged, which only a check of their hashes shows (`integrity`).",
    ),
];

/// An event that says all with its name.
pub(crate) static NOTHING_MORE: Shape = Shape {
    name: "nothing more",
    doc: "Nothing more is to be said: `{}`.",
    keys: &[],
    verbs: &[],
    may_be_empty: true,
};

/// `disconnect`, `meter`, `stop_service`
pub(crate) static FOR_A_WHILE: Shape = Shape {
    name: "for a while",
    doc: "How long it lasts. `{}` is until something else ends it.",
    keys: &[FOR, UNTIL],
    verbs: &[],
    may_be_empty: true,
};

/// `block`
pub(crate) static BLOCK: Shape = Shape {
    name: "block",
    doc: "What forbids transfers, and how long.",
    keys: &[key("cause", words::BLOCK, "cost", "What forbids them.").required(), FOR, UNTIL],
    verbs: &[],
    may_be_empty: false,
};

/// `unblock`
pub(crate) static UNBLOCK: Shape = Shape {
    name: "unblock",
    doc: "What no longer forbids transfers.",
    keys: &[key("cause", words::BLOCK, "cost", "The cause that ends.").required()],
    verbs: &[],
    may_be_empty: false,
};

/// `network`
pub(crate) static NETWORK: Shape = Shape {
    name: "network",
    doc: "What the network is like, and how long. `{}` is a network that costs nothing.",
    keys: &[
        key(
            "conditions",
            Kind::OneOrMany(&words::NETWORK_CONDITION),
            "[metered, roaming]",
            "Its conditions. Default: none of them.",
        )
        .on(DELIVERY),
        FOR,
        UNTIL,
    ],
    verbs: &[],
    may_be_empty: true,
};

/// `change_remote`
pub(crate) static CHANGE_REMOTE: Shape = Shape {
    name: "change_remote",
    doc: "A new version of a file on a server.",
    keys: &[
        key("url", Kind::Url, "\"https://cdn.test/payroll.cab\"", "Its URL.").required(),
        key(
            "size",
            Kind::Size,
            "800 MiB",
            "Its size from now on. Default: the size that it has, if the scenario says one.",
        ),
        key(
            "stamped",
            Kind::Boolean,
            "false",
            "False if only the content changes, and the service cannot see it: same size, same \
             time stamp. Default: true.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `change_local`
pub(crate) static CHANGE_LOCAL: Shape = Shape {
    name: "change_local",
    doc: "A new version of a local file, named by its path or by the job whose first \
          file it is.",
    keys: &[
        key("path", Kind::Path, "'C:\\downloads\\a.bin'", "Its path. Not together with `job`."),
        key(
            "job",
            JOB_NAME,
            "payroll",
            "The job whose first declared file it is. Not together with `path`.",
        )
        .on(JOBS),
        key(
            "size",
            Kind::Size,
            "2 MiB",
            "Its size from now on. Default: the size that it has, if the scenario says one.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `lock_volume`
pub(crate) static LOCK_VOLUME: Shape = Shape {
    name: "lock_volume",
    doc: "Which volume is locked, and how long.",
    keys: &[key("volume", Kind::Volume, "\"C:\"", "The volume.").required(), FOR, UNTIL],
    verbs: &[],
    may_be_empty: false,
};

/// `volume_space`
pub(crate) static VOLUME_SPACE: Shape = Shape {
    name: "volume_space",
    doc: "Which volume, and its room.",
    keys: &[
        key("volume", Kind::Volume, "\"C:\"", "The volume.").required(),
        key("free", Kind::Size, "0 B", "How many bytes are free from now on.").required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

const PATH: Key = key(
    "path",
    Kind::Path,
    "'C:\\downloads\\payroll'",
    "The path. Which one is meant depends on the operation.",
)
.required();
const OPERATION: Key =
    key("operation", words::PATH_OPERATION, "write", "What is done to it.").required();

/// `deny`
pub(crate) static DENY: Shape = Shape {
    name: "deny",
    doc: "What fails on which path, and how long.",
    keys: &[PATH, OPERATION, FOR, UNTIL],
    verbs: &[],
    may_be_empty: false,
};

/// `allow`
pub(crate) static ALLOW: Shape = Shape {
    name: "allow",
    doc: "What works again on which path.",
    keys: &[PATH, OPERATION],
    verbs: &[],
    may_be_empty: false,
};

/// `bandwidth`
pub(crate) static BANDWIDTH: Shape = Shape {
    name: "bandwidth",
    doc: "A limit on background transfers, and how long.",
    keys: &[
        key(
            "limit",
            LIMIT,
            "64 KiB/s",
            "The limit. `0` stops background transfers with BG_E_BLOCKED_BY_POLICY.",
        )
        .required(),
        FOR,
        UNTIL,
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `restart_service`
pub(crate) static RESTART_SERVICE: Shape = Shape {
    name: "restart_service",
    doc: "A restart of the service.",
    keys: &[key(
        "list_readable",
        Kind::Boolean,
        "false",
        "False if the stored list of jobs cannot be read afterwards, so that the service \
         begins with an empty one. Default: true.",
    )],
    verbs: &[],
    may_be_empty: true,
};
