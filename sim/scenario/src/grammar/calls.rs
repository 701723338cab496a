//! What clients call.

use super::events::EVENTS;
use super::jobs::FILE;
use super::make::{DOWNLOADS, JOBS, LEGACY, joined, key};
use super::settings::SET;
use super::values::{FILE_NUMBER, JOB_NAME, LONG_PATH, LONG_TEXT, LONG_URL, RANGE, RAW, TARGETS};
use super::{Key, Kind, Named, Shape, words};

/// Every call.
pub(crate) const CALLS: &[Key] = &[
    key(
        "create",
        JOB_NAME,
        "payroll",
        "CreateJob with everything that the declaration of the job says (settings, files), \
         or CreateDownload and SetProperty. The declaration says `created: later`.",
    ),
    key(
        "resume",
        RESUMED,
        "payroll",
        "Resume: the job goes into the queue. On `do-download` the same as `start`.",
    ),
    key(
        "suspend",
        JOB_NAME,
        "payroll",
        "Suspend: the job rests until Resume. On `do-download` Pause.",
    ),
    key(
        "cancel",
        JOB_NAME,
        "payroll",
        "Cancel: the job and its temporary files are gone. On `do-download` Abort.",
    ),
    key(
        "complete",
        JOB_NAME,
        "payroll",
        "Complete: finished files get their final names and the job is gone. On \
         `do-download` Finalize.",
    ),
    key(
        "take_ownership",
        JOB_NAME,
        "payroll",
        "TakeOwnership: an administrator makes the job the own one. `do-legacy` answers \
         E_NOTIMPL.",
    )
    .on(JOBS),
    key("get_job", JOB_NAME, "payroll", "IBackgroundCopyManager::GetJob with the id of the job.")
        .on(JOBS),
    key(
        "get_error",
        JOB_NAME,
        "payroll",
        "GetError: hands out the error object of the job as it is now.",
    )
    .on(JOBS),
    key(
        "read_error",
        JOB_NAME,
        "payroll",
        "IBackgroundCopyError::GetError on the error object that the client got last for \
         this job.",
    )
    .on(JOBS),
    key(
        "get_error_file",
        JOB_NAME,
        "payroll",
        "IBackgroundCopyError::GetFile on the error object that the client got last for \
         this job.",
    )
    .on(JOBS),
    key(
        "get_error_protocol",
        JOB_NAME,
        "payroll",
        "IBackgroundCopyError::GetProtocol on the error object that the client got last \
         for this job. `do-legacy` answers E_NOTIMPL.",
    )
    .on(JOBS),
    key(
        "add_file",
        Kind::Map(&ADD_FILE),
        "{job: payroll, url: \"https://cdn.test/b.cab\", size: 1 MiB}",
        "AddFile, or with `ranges` AddFileWithRanges, which is what `do-legacy` is called \
         with unless `returns: E_NOTIMPL` stands beside it.",
    )
    .on(JOBS),
    key(
        "add_files",
        Kind::Map(&ADD_FILES),
        "{job: payroll, files: [{url: \"https://cdn.test/b.cab\", size: 1 MiB}]}",
        "AddFileSet: several files in one call. On `do-legacy` one AddFileWithRanges for \
         each file.",
    )
    .on(JOBS),
    key(
        "set",
        Kind::Map(&SET),
        "{job: payroll, priority: high}",
        "A setter of a job, or SetProperty of a download.",
    ),
    key(
        "enum_jobs",
        Kind::Map(&ENUM_JOBS),
        "{all_users: true}",
        "EnumJobs, read to its end. `do-legacy` answers E_NOTIMPL.",
    )
    .on(JOBS),
    key(
        "get",
        Kind::Map(&GET),
        "{job: payroll, what: progress}",
        "A getter, whose answer then stands in the trace, to be judged by the rules. To \
         compare an answer with a value of your own, write a check.",
    ),
    key(
        "start",
        RESUMED,
        "film",
        "Start. The name alone asks for the declared ranges or the whole file until a \
         Start has succeeded, and passes nullptr afterwards; a map says what to ask for.",
    )
    .on(DOWNLOADS),
    key("pause", JOB_NAME, "film", "Pause: the download rests until Start.").on(DOWNLOADS),
    key("finalize", JOB_NAME, "film", "Finalize: the download is done with, its file stays.")
        .on(DOWNLOADS),
    key("abort", JOB_NAME, "film", "Abort: the download is done with, its file goes.")
        .on(DOWNLOADS),
    key("get_status", JOB_NAME, "film", "GetStatus, whose answer then stands in the trace.")
        .on(DOWNLOADS),
    key(
        "enum_downloads",
        Kind::Map(&ENUM_DOWNLOADS),
        "{property: Uri, value: \"https://cdn.test/film.bin\"}",
        "EnumDownloads, read to its end: all of the caller's downloads, or those with a \
         property of this value.",
    )
    .on(DOWNLOADS),
];

/// A name, or on `do-download` a name and what to ask for.
const RESUMED: Kind = Kind::OneOf(&[JOB_NAME, Kind::Map(&START)]);

const BY: Key = key(
    "by",
    Kind::Name(Named::Client),
    "tool",
    "The client that calls. Default: the one that created the job. Only beside a \
     call.",
);
const RETURNS: Key = key(
    "returns",
    Kind::OneOrMany(&Kind::Hresult),
    "BG_E_INVALID_STATE",
    "What the call must return: one code, or a list of which one must come. Default: \
     any success code. Only beside a call.",
);
const ONLY: Key = key(
    "only",
    TARGETS,
    "[bits, do-legacy]",
    "The targets or services on which this happens. Default: all of `run_on`.",
);

/// An item of `do`.
pub(crate) static ACTION: Shape = Shape {
    name: "action",
    doc: "A call of a client, or something that befalls the world. Exactly one of them, \
          with what may stand beside it.",
    keys: &[BY, RETURNS, ONLY],
    verbs: &CALLS_AND_EVENTS,
    may_be_empty: false,
};

static CALLS_AND_EVENTS: [Key; CALLS.len() + EVENTS.len()] = joined(&[CALLS, EVENTS]);

/// An item of `fault`.
pub(crate) static FAULT: Shape = Shape {
    name: "fault",
    doc: "Something that befalls the world: the same events as under `do`, and no calls.",
    keys: &[ONLY],
    verbs: EVENTS,
    may_be_empty: false,
};

/// A call inside an answer.
pub(crate) static CALL: Shape = Shape {
    name: "call",
    doc: "A call that a callback or a notification program makes. Whatever it returns \
          is right.",
    keys: &[ONLY],
    verbs: CALLS,
    may_be_empty: false,
};

/// `add_file`
pub(crate) static ADD_FILE: Shape = Shape {
    name: "add_file",
    doc: "A file to add, and the job that gets it.",
    keys: &[
        key("job", JOB_NAME, "payroll", "The job.").required(),
        key(
            "url",
            LONG_URL,
            "\"https://cdn.test/b.cab\"",
            "The remote name. With `returns` beside the call, also one that is no URL.",
        )
        .required(),
        key(
            "size",
            Kind::Size,
            "1 MiB",
            "The size: of the file on the server for downloads, of the local file for uploads. \
             Left out, the file is not there unless something else says its size.",
        ),
        key(
            "local",
            LONG_PATH,
            "'C:\\downloads\\b.cab'",
            "The local name. Default: as in a declaration.",
        ),
        key(
            "ranges",
            Kind::List(&Kind::Map(&RANGE)),
            "[{offset: 0, length: 64 KiB}]",
            "The parts that are wanted. Default: the whole file.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `add_files`
pub(crate) static ADD_FILES: Shape = Shape {
    name: "add_files",
    doc: "Files to add, and the job that gets them.",
    keys: &[
        key("job", JOB_NAME, "payroll", "The job.").required(),
        key(
            "files",
            Kind::List(&Kind::Map(&FILE)),
            "[{url: \"https://cdn.test/b.cab\", size: 1 MiB}]",
            "The files, in this order.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `enum_jobs`
pub(crate) static ENUM_JOBS: Shape = Shape {
    name: "enum_jobs",
    doc: "Which jobs EnumJobs lists.",
    keys: &[key(
        "all_users",
        Kind::Boolean,
        "true",
        "True passes BG_JOB_ENUM_ALL_USERS, which takes an administrator. Default: false.",
    )],
    verbs: &[],
    may_be_empty: true,
};

/// `get`
pub(crate) static GET: Shape = Shape {
    name: "get",
    doc: "A getter of a job, or GetProperty of a download.",
    keys: &[
        key("job", JOB_NAME, "payroll", "The job. On `do-download`, the download."),
        key(
            "download",
            JOB_NAME,
            "film",
            "The download, in scenarios that run on `do-download` alone. Instead of `job`.",
        )
        .on(DOWNLOADS),
        key("what", words::GETTER, "progress", "Which getter. Must be there for a job.").on(JOBS),
        key(
            "file",
            FILE_NUMBER,
            "1",
            "The number of the file, counted from 1, for a getter of a file.",
        )
        .on(JOBS),
        key("id", RAW, "1", "The number of the property, for `what: property`.").on(LEGACY),
        key(
            "property",
            Kind::OneOf(&[Kind::Property, RAW]),
            "Uri",
            "Which property, by name or as a number. Must be there for a download.",
        )
        .on(DOWNLOADS),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `start`
pub(crate) static START: Shape = Shape {
    name: "start",
    doc: "Start of a download with what it asks for.",
    keys: &[
        key("job", JOB_NAME, "film", "The download, in scenarios that run on other services too.")
            .on(DOWNLOADS),
        key("download", JOB_NAME, "film", "The download. Instead of `job`.").on(DOWNLOADS),
        key(
            "ranges",
            Kind::OneOf(&[Kind::List(&Kind::Map(&RANGE)), words::WHOLE, Kind::Nothing]),
            "[{offset: 0, length: 64 KiB}]",
            "What Start is given: a list of ranges, `whole` for RangeCount 0, `null` for \
             nullptr. Default: as if the name stood alone.",
        )
        .on(DOWNLOADS),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `enum_downloads`
pub(crate) static ENUM_DOWNLOADS: Shape = Shape {
    name: "enum_downloads",
    doc: "Which downloads EnumDownloads lists: DO_DOWNLOAD_ENUM_CATEGORY. Both keys or \
          none.",
    keys: &[
        key(
            "property",
            Kind::OneOf(&[Kind::Property, RAW]),
            "Uri",
            "The property that is compared.",
        )
        .on(DOWNLOADS),
        key("value", LONG_TEXT, "\"https://cdn.test/film.bin\"", "The text that it must have.")
            .on(DOWNLOADS),
    ],
    verbs: &[],
    may_be_empty: true,
};
