//! The words of every choice. The tables of the reader, which give them their values, are compared
//! with these by its tests.

use super::Kind;
use super::make::word;

pub(super) const NETWORK: Kind = Kind::Words(&[
    word("up", "There is a network connection."),
    word("down", "There is none until the event `connect`."),
]);

pub(super) const USER_KIND: Kind = Kind::Words(&[
    word("standard", "A user without special rights. The limits of group policy hold."),
    word(
        "administrator",
        "A member of the administrators, exempt from the limits of group policy. Whether a \
         client has the rights depends on `elevated`.",
    ),
    word(
        "local_system",
        "LocalSystem: always logged on, exempt from the limits, runs no notification \
         program.",
    ),
    word(
        "local_service",
        "LocalService: always logged on, exempt from the limits, runs no notification \
         program.",
    ),
    word(
        "network_service",
        "NetworkService: always logged on, exempt from the limits, runs no notification \
         program.",
    ),
]);

pub(super) const JOB_TYPE: Kind = Kind::Words(&[
    word("download", "BG_JOB_TYPE_DOWNLOAD: files from a server to the computer."),
    word("upload", "BG_JOB_TYPE_UPLOAD: one file to a server. `bits` alone."),
    word(
        "upload_reply",
        "BG_JOB_TYPE_UPLOAD_REPLY: one file to a server, and a reply back. `bits` alone.",
    ),
    word("upload-reply", "The same as `upload_reply`."),
]);

pub(super) const PRIORITY: Kind = Kind::Words(&[
    word(
        "foreground",
        "BG_JOB_PRIORITY_FOREGROUND: beside everything else, without time slices and \
         limits. On `do-download` ForegroundPriority TRUE.",
    ),
    word("high", "BG_JOB_PRIORITY_HIGH: before the other background jobs."),
    word("normal", "BG_JOB_PRIORITY_NORMAL: the level of a new job."),
    word("low", "BG_JOB_PRIORITY_LOW: after the other background jobs."),
]);

pub(super) const CREATED: Kind = Kind::Words(&[
    word("start", "It exists before the first step."),
    word("later", "A `create` step makes it."),
]);

pub(super) const NOTIFICATION: Kind = Kind::Words(&[
    word(
        "job_transferred",
        "BG_NOTIFY_JOB_TRANSFERRED (0x1): JobTransferred when the job becomes \
         TRANSFERRED.",
    ),
    word("job_error", "BG_NOTIFY_JOB_ERROR (0x2): JobError when the job becomes ERROR."),
    word("disable", "BG_NOTIFY_DISABLE (0x4): nothing is delivered, whatever else is set."),
    word(
        "job_modification",
        "BG_NOTIFY_JOB_MODIFICATION (0x8): JobModification when bytes move or a property \
         or state changes.",
    ),
    word(
        "file_transferred",
        "BG_NOTIFY_FILE_TRANSFERRED (0x10), since BITS 3.0. The flag is taken; \
         FileTransferred is not played.",
    ),
    word(
        "file_ranges_transferred",
        "BG_NOTIFY_FILE_RANGES_TRANSFERRED (0x20), since BITS 10.1. The flag is taken; \
         FileRangesTransferred is not played.",
    ),
]);

pub(super) const COST_FLAGS: Kind = Kind::Words(&[
    word("always", "BITS_JOB_TRANSFER_POLICY_ALWAYS (0x800000FF): whatever the network costs."),
    word("not_roaming", "BITS_JOB_TRANSFER_POLICY_NOT_ROAMING (0x8000007F): not while roaming."),
    word(
        "no_surcharge",
        "BITS_JOB_TRANSFER_POLICY_NO_SURCHARGE (0x8000006F): not where each byte costs \
         extra.",
    ),
    word(
        "standard",
        "BITS_JOB_TRANSFER_POLICY_STANDARD (0x80000067): not near or over the data limit.",
    ),
    word(
        "unrestricted",
        "BITS_JOB_TRANSFER_POLICY_UNRESTRICTED (0x80000021): only over networks that are \
         not metered.",
    ),
]);

pub(super) const COST_POLICY: Kind = Kind::Words(&[
    word("always", "DODownloadCostPolicy_Always (0): whatever the network costs."),
    word("unrestricted", "DODownloadCostPolicy_Unrestricted (1): not over a metered network."),
    word("standard", "DODownloadCostPolicy_Standard (2): not near or over the data limit."),
    word("no_roaming", "DODownloadCostPolicy_NoRoaming (3): not while roaming."),
    word("no_surcharge", "DODownloadCostPolicy_NoSurcharge (4): not over the data limit."),
    word("no_cellular", "DODownloadCostPolicy_NoCellular (5): not over a cellular network."),
]);

pub(super) const COST_POLICY_NAME: Kind = Kind::Documented(
    "DODownloadCostPolicy_",
    &[
        word("Always", "Whatever the network costs (0)."),
        word("Unrestricted", "Not over a metered network (1)."),
        word("Standard", "Not near or over the data limit (2)."),
        word("NoRoaming", "Not while roaming (3)."),
        word("NoSurcharge", "Not over the data limit (4)."),
        word("NoCellular", "Not over a cellular network (5)."),
    ],
);

pub(super) const INTEGRITY: Kind = Kind::Words(&[
    word("mandatory", "IntegrityCheckMandatory TRUE: a failed check ends the download."),
    word("optional", "IntegrityCheckMandatory FALSE."),
]);

pub(super) const PROXY_USAGE: Kind = Kind::Words(&[
    word(
        "preconfig",
        "BG_JOB_PROXY_USAGE_PRECONFIG (0): the owner's proxy settings, as a new job has \
         it.",
    ),
    word("no_proxy", "BG_JOB_PROXY_USAGE_NO_PROXY (1): straight to the server."),
    word("override", "BG_JOB_PROXY_USAGE_OVERRIDE (2): the proxies of `list`."),
    word("autodetect", "BG_JOB_PROXY_USAGE_AUTODETECT (3): the proxy that the network names."),
]);

pub(super) const NOT_LAUNCHED: Kind = Kind::Words(&[word(
    "not_launched",
    "The program cannot be launched; the service tries again later.",
)]);

pub(super) const WHOLE: Kind =
    Kind::Words(&[word("whole", "Start with RangeCount 0: the whole file.")]);

pub(super) const SKIP: Kind = Kind::Words(&[word("skip", "Nothing is expected there.")]);

pub(super) const GETTER: Kind = Kind::Words(&[
    word("progress", "GetProgress: bytes and files, transferred and in all."),
    word("times", "GetTimes: creation, modification, completion."),
    word("id", "GetId."),
    word("type", "GetType."),
    word("owner", "GetOwner. `bits` alone."),
    word("files", "EnumFiles."),
    word("state", "GetState."),
    word("error", "GetError, as the call `get_error`."),
    word("error_count", "GetErrorCount. `bits` alone."),
    word("priority", "GetPriority."),
    word("display_name", "GetDisplayName."),
    word("description", "GetDescription. `bits` alone."),
    word("notify_flags", "GetNotifyFlags."),
    word("minimum_retry_delay", "GetMinimumRetryDelay. `bits` alone."),
    word("no_progress_timeout", "GetNoProgressTimeout."),
    word("maximum_download_time", "GetMaximumDownloadTime. `bits` alone."),
    word("proxy", "GetProxySettings. `bits` alone."),
    word("command_line", "GetNotifyCmdLine. `bits` alone."),
    word("reply_progress", "GetReplyProgress. `bits` alone."),
    word("reply_file", "GetReplyFileName. `bits` alone."),
    word("file_progress", "IBackgroundCopyFile::GetProgress of the file under `file`."),
    word("remote_name", "IBackgroundCopyFile::GetRemoteName of the file under `file`."),
    word("local_name", "IBackgroundCopyFile::GetLocalName of the file under `file`."),
    word(
        "ranges",
        "IBackgroundCopyFile2::GetFileRanges of the file under `file`. `do-legacy` alone.",
    ),
    word(
        "property",
        "IBackgroundCopyJob5::GetProperty of the number under `id`. `do-legacy` alone.",
    ),
]);

pub(super) const BLOCK: Kind = Kind::Words(&[
    word("cost", "The network costs too much: what `meter` does."),
    word("standby", "The computer is in connected standby. `bits` alone."),
    word("battery_policy", "A power policy forbids transfers on battery. `bits` alone."),
    word("battery_saver", "The battery saver is on. `bits` alone."),
    word(
        "background_access",
        "The user has taken background access from the application. `bits` alone.",
    ),
    word("game_mode", "A game has the computer for itself. `bits` alone."),
    word("system_policy", "A policy of the system forbids transfers. `bits` alone."),
    word(
        "cellular",
        "The network is cellular and the download must not use it. Delivery Optimization \
         alone.",
    ),
    word("power_state", "The power state forbids transfers. Delivery Optimization alone."),
    word("vpn", "The network is a VPN that must not be used. Delivery Optimization alone."),
    word("critical_memory", "The computer is short of memory. Delivery Optimization alone."),
]);

pub(super) const NETWORK_CONDITION: Kind = Kind::Words(&[
    word("metered", "Somebody counts what is transferred."),
    word("near_data_limit", "The data plan is nearly used up."),
    word("over_data_limit", "The data plan is used up."),
    word("roaming", "The computer is in a foreign network."),
    word("cellular", "The network is a cellular one."),
]);

pub(super) const PATH_OPERATION: Kind = Kind::Words(&[
    word(
        "rename",
        "Giving the temporary file its final name, when the job is completed. `path` is \
         the final name.",
    ),
    word("delete", "Deleting the temporary file. `path` is the final name."),
    word("write", "Writing into the folder, which adding a file needs. `path` is the folder."),
    word("exist", "The folder does not exist. `path` is the folder."),
]);

pub(super) const FAULT_PART: Kind = Kind::Words(&[
    word("any", "Every request."),
    word("payload", "The requests of a download, and the fragments of an upload."),
    word("application", "The server application that a finished upload is handed to."),
    word("reply", "The requests for the reply to an upload."),
    word("cancel", "The requests that cancel an upload."),
]);

pub(super) const SEVERITY: Kind = Kind::Words(&[
    word("transient", "The service tries again."),
    word("fatal", "The service gives up."),
]);

pub(super) const ERROR_CONTEXT: Kind = Kind::Documented(
    "BG_ERROR_CONTEXT_",
    &[
        word("NONE", "No error (0)."),
        word("UNKNOWN", "The cause is not known (1)."),
        word(
            "GENERAL_QUEUE_MANAGER",
            "The queue manager itself: policies, limits, the network (2).",
        ),
        word("QUEUE_MANAGER_NOTIFICATION", "While the application was being notified (3)."),
        word("LOCAL_FILE", "The local file or its volume (4)."),
        word("REMOTE_FILE", "The remote file (5)."),
        word("GENERAL_TRANSPORT", "The transport, not tied to a remote file (6)."),
        word("REMOTE_APPLICATION", "The server application of an upload (7)."),
    ],
);

pub(super) const PROTOCOL: Kind = Kind::Words(&[
    word("http", "The error came over http."),
    word("file", "The error came over a share (SMB)."),
    word("none", "GetProtocol answers BG_E_PROTOCOL_NOT_AVAILABLE."),
]);
