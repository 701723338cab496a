//! What must be true.

use super::make::{BITS, BITS_AND_DOWNLOADS, DOWNLOADS, JOBS, joined, key};
use super::values::{
    AMOUNT, COUNT, FILE_NUMBER, JOB_NAME, LONG_TEXT, NONE, PERIOD, PROPERTY_VALUE, RAW, TARGETS,
    TOTAL, U32,
};
use super::{Key, Kind, Named, Shape, words};

/// A check.
pub(crate) static CHECK: Shape = Shape {
    name: "check",
    doc: "What must be true of one thing: of a job or download (`job`, `download`), of \
          a path on the disk (`path`), of an upload on the server (`url`), or of the \
          whole run if none of these stands there. At least one claim must stand beside \
          it.",
    keys: &ALL,
    verbs: &[],
    may_be_empty: false,
};

static ALL: [Key; ALL_OF_THEM] = joined(&[BESIDE, OF_JOB, OF_PATH, OF_URL, &[JOBS_IN]]);
const ALL_OF_THEM: usize = BESIDE.len() + OF_JOB.len() + OF_PATH.len() + OF_URL.len() + 1;

/// What a check is about, and what may stand beside its claims.
pub(crate) const BESIDE: &[Key] = &[
    key(
        "job",
        JOB_NAME,
        "payroll",
        "The job (on `do-download` the download) that the check is about.",
    ),
    key(
        "download",
        JOB_NAME,
        "film",
        "The download that the check is about, in scenarios that run on `do-download` \
         alone.",
    )
    .on(DOWNLOADS),
    key(
        "path",
        Kind::Path,
        "'C:\\downloads\\payroll\\payroll.cab'",
        "The file on the disk that the check is about.",
    ),
    key("url", Kind::Url, "\"https://cdn.test/report.bin\"", "The upload that the check is about.")
        .on(BITS),
    key(
        "by",
        Kind::Name(Named::Client),
        "tool",
        "The client in whose name a job or download is looked at. A check looks from outside: \
         it is made whether or not the process of this client runs, and so says nothing about \
         the process. What matters is the user, who may not be let in. Default: the client that \
         created it; if that one has ended, another that runs and may look.",
    ),
    key(
        "only",
        TARGETS,
        "[bits, do-legacy]",
        "The targets or services on which the check is made. Default: all of `run_on`. Not \
         in `until` and `poll`, where it belongs to the step.",
    ),
];

/// Which files are finished.
const FINISHED: Kind =
    Kind::OneOf(&[Kind::Map(&COMPLETED), Kind::MapFrom(&FILE_NUMBER, &Kind::Boolean)]);

/// Claims about a job or download.
pub(crate) const OF_JOB: &[Key] = &[
    key(
        "state",
        Kind::OneOrMany(&Kind::State),
        "[QUEUED, TRANSFERRING]",
        "GetState, or State of GetStatus: the state, or a list of which one must be it. \
         Documented names, with or without prefix.",
    ),
    key(
        "error_count",
        COUNT,
        "3",
        "GetErrorCount: how often the job has failed in all. It only grows: neither progress nor \
         Resume nor success takes it back (BITS-ERRCOUNT-003). What does not count is under \
         `bitsim rules ERRCOUNT`: a lost network, for instance.",
    )
    .on(BITS),
    key(
        "get_error",
        Kind::Map(&GET_ERROR),
        "{code: BG_E_HTTP_ERROR_503, context: REMOTE_FILE}",
        "GetError, and what the error object says. On `do-download` see `error` and \
         `extended_error`.",
    )
    .on(JOBS),
    key(
        "bytes_transferred",
        AMOUNT,
        "{at_least: 1 MiB}",
        "GetProgress or GetStatus: BytesTransferred.",
    ),
    key(
        "bytes_total",
        TOTAL,
        "900 MiB",
        "GetProgress or GetStatus: BytesTotal; `unknown` before the size is known.",
    ),
    key("files_transferred", COUNT, "1", "GetProgress: FilesTransferred.").on(JOBS),
    key("files_total", COUNT, "2", "GetProgress: FilesTotal.").on(JOBS),
    key(
        "completed",
        FINISHED,
        "{1: true, 2: false}",
        "IBackgroundCopyFile::GetProgress: Completed of each file that is named by its \
         number.",
    )
    .on(JOBS),
    key("reply_bytes_total", TOTAL, "4 KiB", "GetReplyProgress: BytesTotal.").on(BITS),
    key("reply_bytes_transferred", AMOUNT, "4 KiB", "GetReplyProgress: BytesTransferred.").on(BITS),
    key("priority", words::PRIORITY, "high", "GetPriority.").on(JOBS),
    key("owner", Kind::Name(Named::User), "owner", "GetOwner.").on(BITS),
    key("minimum_retry_delay", PERIOD, "10m", "GetMinimumRetryDelay.").on(BITS),
    key("no_progress_timeout", PERIOD, "14d", "GetNoProgressTimeout.").on(JOBS),
    key("maximum_download_time", PERIOD, "90d", "GetMaximumDownloadTime.").on(BITS),
    key(
        "notify_flags",
        Kind::OneOf(&[Kind::List(&words::NOTIFICATION), RAW]),
        "[job_transferred, job_error]",
        "GetNotifyFlags: a list of events, or the flags as a number.",
    )
    .on(JOBS),
    key("display_name", LONG_TEXT, "\"Payroll, January\"", "GetDisplayName.").on(JOBS),
    key("description", LONG_TEXT, "\"monthly payroll\"", "GetDescription.").on(BITS),
    key(
        "has_completion_time",
        Kind::Boolean,
        "true",
        "GetTimes: whether TransferCompletionTime is set.",
    )
    .on(JOBS),
    key(
        "callbacks",
        Kind::Map(&CALLBACKS),
        "{job_error: 1, job_transferred: 0}",
        "How many callbacks of each kind have begun so far, of the job or in the whole \
         run.",
    ),
    key(
        "last_error_notified",
        Kind::Hresult,
        "BG_E_HTTP_ERROR_404",
        "The code in the error object that the latest JobError carried.",
    )
    .on(JOBS),
    key(
        "launches",
        COUNT,
        "1",
        "How often the notification program has been started so far, for the job or in the \
         whole run.",
    )
    .on(BITS),
    key(
        "attempts",
        COUNT,
        "{at_most: 3}",
        "How many attempts to transfer have begun so far, of the job or in the whole run.",
    ),
    key(
        "listed",
        Kind::Boolean,
        "false",
        "Whether EnumJobs, or EnumDownloads, lists it for its client.",
    )
    .on(BITS_AND_DOWNLOADS),
    key(
        "error",
        Kind::OneOrMany(&Kind::Hresult),
        "S_OK",
        "Error of GetStatus: the code, or a list of which one must be it.",
    )
    .on(DOWNLOADS),
    key(
        "extended_error",
        Kind::OneOrMany(&Kind::Hresult),
        "DO_E_BLOCKED_BY_NO_NETWORK",
        "ExtendedError of GetStatus: the code, or a list of which one must be it.",
    )
    .on(DOWNLOADS),
    key(
        "property",
        Kind::MapFrom(&Kind::OneOf(&[Kind::Property, RAW]), &PROPERTY_CLAIM),
        "{NonVolatile: true, CostPolicy: standard}",
        "GetProperty: what each of the named properties is. Values are written as for \
         `set`.",
    )
    .on(DOWNLOADS),
];

/// A value of a property, durations and cost policies by name included.
const PROPERTY_CLAIM: Kind =
    Kind::OneOf(&[PROPERTY_VALUE, Kind::WholeSeconds, words::COST_POLICY, words::COST_POLICY_NAME]);

/// Claims about a path.
pub(crate) const OF_PATH: &[Key] = &[
    key("exists", Kind::Boolean, "true", "Whether a file stands under this name."),
    key(
        "temporary",
        Kind::Boolean,
        "false",
        "Whether a temporary file for this final name stands beside it.",
    ),
    key("size", AMOUNT, "900 MiB", "The size of the file in bytes."),
    key(
        "content_version",
        Kind::Number(1, U32),
        "2",
        "Which version of the remote file its content is: 1 as the run began, 2 after the \
         first `change_remote`, and so on.",
    ),
];

/// Claims about a URL.
pub(crate) const OF_URL: &[Key] = &[
    key("uploaded", Kind::Boolean, "true", "Whether the server holds the whole upload.").on(BITS),
    key("posted", COUNT, "1", "How often the server application was handed the upload.").on(BITS),
];

/// The claim that is about the whole run alone.
const JOBS_IN: Key = key(
    "jobs_in",
    Kind::Map(&JOBS_IN_STATES),
    "{states: [TRANSFERRING], count: {at_most: 1}}",
    "How many jobs or downloads are in one of some states. About the whole run: no \
     `job` beside it.",
);

/// Names of the claims about the whole run.
pub(crate) const OF_RUN: &[&str] = &["attempts", "callbacks", "launches", JOBS_IN.name];

/// `callbacks`
pub(crate) static CALLBACKS: Shape = Shape {
    name: "callbacks",
    doc: "How many callbacks of which kind. At least one of these.",
    keys: &[
        key("job_transferred", COUNT, "1", "Calls of JobTransferred.").on(JOBS),
        key("job_error", COUNT, "{at_least: 1}", "Calls of JobError.").on(JOBS),
        key("job_modification", COUNT, "{at_least: 1}", "Calls of JobModification.").on(JOBS),
        key("on_status_change", COUNT, "{at_least: 3}", "Calls of OnStatusChange.").on(DOWNLOADS),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `completed`
pub(crate) static COMPLETED: Shape = Shape {
    name: "completed",
    doc: "Whether one file has been transferred; another way to write `{1: true}`.",
    keys: &[
        key("file", FILE_NUMBER, "1", "The number of the file, counted from 1.").required(),
        key("is", Kind::Boolean, "true", "What Completed must be.").required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `jobs_in`
pub(crate) static JOBS_IN_STATES: Shape = Shape {
    name: "jobs_in",
    doc: "How many jobs or downloads are in one of these states.",
    keys: &[
        key("states", Kind::OneOrMany(&Kind::State), "[TRANSFERRING]", "The states.").required(),
        key("count", COUNT, "{at_most: 1}", "How many.").required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `get_error`
pub(crate) static GET_ERROR: Shape = Shape {
    name: "get_error claim",
    doc: "What GetError and the error object say. At least one of these.",
    keys: &[
        key(
            "returns",
            Kind::Hresult,
            "S_OK",
            "What GetError itself returns: S_OK, or `unavailable` for the code of the service \
             that says there is no error information.",
        ),
        key(
            "code",
            Kind::OneOrMany(&Kind::Hresult),
            "[BG_E_HTTP_ERROR_503]",
            "IBackgroundCopyError::GetError: the code, or a list of which one must be it.",
        ),
        key(
            "context",
            words::ERROR_CONTEXT,
            "REMOTE_FILE",
            "IBackgroundCopyError::GetError: the context.",
        ),
        key(
            "file",
            Kind::OneOf(&[FILE_NUMBER, NONE]),
            "1",
            "IBackgroundCopyError::GetFile: the number of the file, counted from 1, or `none` \
             for BG_E_FILE_NOT_AVAILABLE.",
        ),
        key("protocol", words::PROTOCOL, "http", "IBackgroundCopyError::GetProtocol.").on(BITS),
    ],
    verbs: &[],
    may_be_empty: false,
};
