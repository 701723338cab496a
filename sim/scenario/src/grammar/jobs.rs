//! Jobs and downloads as they are declared, and what their callbacks answer.

use super::calls::CALL;
use super::make::{BITS, DOWNLOADS, JOBS, LEGACY, key};
use super::values::{
    LONG_PATH, LONG_TEXT, LONG_URL, PATH_OR_NULL, PROPERTY, RANGE, RAW, SECONDS, TEXT_OR_NULL, U32,
};
use super::{Kind, Named, Shape, words};

/// An entry of `jobs` or `downloads`.
pub(crate) static JOB: Shape = Shape {
    name: "job",
    doc: "A job, or on `do-download` a download. What is declared here is done right \
          after its creation: first the settings, then the files are added. A setting \
          that is left out keeps the value of a new job.",
    keys: &[
        key(
            "type",
            words::JOB_TYPE,
            "download",
            "The type that CreateJob is given. Must be there for a job; a download needs none \
             and knows `download` alone.",
        ),
        key(
            "client",
            Kind::Name(Named::Client),
            "app",
            "The client that creates it and, where nothing else is said, makes every call on \
             it. Its user is the owner. Default: the first client.",
        ),
        key(
            "created",
            words::CREATED,
            "later",
            "Whether it exists before the first step or is made by a `create` step. Default: \
             `start`.",
        ),
        key(
            "files",
            Kind::List(&Kind::Map(&FILE)),
            "[{url: \"https://cdn.test/payroll.cab\", size: 900 MiB}]",
            "The files that are added to it, in this order: AddFile. They are numbered from 1. \
             An upload has one file, and so has a download, whose Uri and LocalPath it gives. \
             Default: none.",
        ),
        key(
            "url",
            LONG_URL,
            "\"https://cdn.test/film.bin\"",
            "The property Uri: where the file comes from. Instead of `files`. Without it Start \
             answers DO_E_DOWNLOAD_NO_URI.",
        )
        .on(DOWNLOADS),
        key(
            "size",
            Kind::Size,
            "300 MiB",
            "The size of the file on the server. Without it the server does not have the file \
             and answers 404. Instead of `files`.",
        )
        .on(DOWNLOADS),
        key(
            "local",
            PATH_OR_NULL,
            "'C:\\downloads\\film.bin'",
            "The property LocalPath. Default: a file in `C:\\downloads\\` and the download's \
             name, called like the last part of the URL. `null` sets none. Instead of `files`.",
        )
        .on(DOWNLOADS),
        key(
            "ranges",
            Kind::List(&Kind::Map(&RANGE)),
            "[{offset: 0, length: 64 KiB}]",
            "The parts of the file that the first `start` asks for. Default: the whole file. \
             Instead of `files`.",
        )
        .on(DOWNLOADS),
        key(
            "priority",
            words::PRIORITY,
            "foreground",
            "SetPriority. Default: `normal`. On `do-download`, which knows foreground and \
             background alone, `foreground` sets ForegroundPriority to TRUE and every other \
             word to FALSE.",
        ),
        key(
            "minimum_retry_delay",
            Kind::WholeSeconds,
            "10m",
            "SetMinimumRetryDelay: how long the service waits after a transient error before \
             it tries again. Values below 5 s are stored as 5 s. Default: 10m.",
        )
        .on(BITS),
        key(
            "no_progress_timeout",
            SECONDS,
            "14d",
            "SetNoProgressTimeout, or the property NoProgressTimeoutSeconds: how long it may \
             go without progress after an error before it fails for good. `0s` fails at the \
             first error. Default: 14d on `bits`; on Delivery Optimization as under `delivery`. \
             On `do-download` a number counts seconds.",
        ),
        key(
            "maximum_download_time",
            Kind::WholeSeconds,
            "1d",
            "SetMaximumDownloadTime: how long it may connect and transfer in all before it \
             fails with BG_E_MAXDOWNLOAD_TIMEOUT. Since BITS 3.0. Default: the policy \
             `max_download_time`.",
        )
        .on(BITS),
        key(
            "description",
            LONG_TEXT,
            "\"monthly payroll\"",
            "SetDescription: up to 1024 characters. Default: none.",
        )
        .on(BITS),
        key(
            "display_name",
            TEXT_OR_NULL,
            "\"Payroll, January\"",
            "The display name that CreateJob is given, up to 256 characters; on `do-download` \
             the property DisplayName. Default: the name under which it is declared here; a \
             download has none.",
        ),
        key(
            "proxy",
            Kind::Map(&PROXY),
            "{usage: no_proxy}",
            "SetProxySettings. Default: `preconfig`.",
        )
        .on(BITS),
        key(
            "reply_file",
            LONG_PATH,
            "'C:\\uploads\\reply.bin'",
            "SetReplyFileName: where the reply to an upload-reply job is put. Default: a name \
             that the service makes up beside the uploaded file.",
        )
        .on(BITS),
        key(
            "notify",
            Kind::Map(&NOTIFY),
            "{answers: [E_FAIL, S_OK]}",
            "Registers the client for callbacks, and says how it answers them: \
             SetNotifyInterface and SetNotifyFlags, or the property CallbackInterface. `{}` is \
             enough: the client is told of JobTransferred and JobError (on `do-download` of \
             every change of status) and answers S_OK at once. Default: no callbacks.",
        ),
        key(
            "command_line",
            Kind::Map(&COMMAND_LINE),
            "{program: 'C:\\tools\\done.exe', exits: [1, 0]}",
            "SetNotifyCmdLine: the program that is started when the job is transferred or \
             fails, if no callback takes the news. Since BITS 1.5. Default: none.",
        )
        .on(BITS),
        key(
            "cost_flags",
            Kind::OneOf(&[words::COST_FLAGS, RAW]),
            "unrestricted",
            "BITS_JOB_PROPERTY_ID_COST_FLAGS of IBackgroundCopyJob5: over which networks the \
             job may transfer, as a word or as the flags themselves. Default: `standard`, in \
             the foreground `always`.",
        )
        .on(LEGACY),
        key(
            "foreground",
            Kind::Boolean,
            "true",
            "The property ForegroundPriority. Default: false. `priority: foreground` says the \
             same.",
        )
        .on(DOWNLOADS),
        key(
            "cost_policy",
            COST_POLICY,
            "standard",
            "The property CostPolicy: over which networks it may transfer, as a word, by its \
             documented name or as a number. Default: `standard`, in the foreground `always`.",
        )
        .on(DOWNLOADS),
        key(
            "disallow_on_cellular",
            Kind::Boolean,
            "true",
            "The property DisallowOnCellular: never over a cellular network. Default: false.",
        )
        .on(DOWNLOADS),
        key(
            "non_volatile",
            Kind::Boolean,
            "true",
            "The property NonVolatile: it outlives a restart of the service. Default: false.",
        )
        .on(DOWNLOADS),
        key(
            "blocking",
            Kind::Boolean,
            "true",
            "The property BlockingMode: Start returns when the download has ended. Default: \
             false.",
        )
        .on(DOWNLOADS),
        key(
            "callback",
            Kind::Boolean,
            "true",
            "The property CallbackInterface: true registers the client for OnStatusChange. \
             `notify` says the same and how the client answers. Default: false.",
        )
        .on(DOWNLOADS),
        key(
            "callback_seconds",
            SECONDS,
            "5s",
            "The property CallbackFreqSeconds: the time between two callbacks about progress. \
             A number counts seconds. Default: 1 s.",
        )
        .on(DOWNLOADS),
        key(
            "callback_percent",
            Kind::Number(0, u64::MAX),
            "10",
            "The property CallbackFreqPercent: the percentage of the whole between two \
             callbacks about progress. Default: not set.",
        )
        .on(DOWNLOADS),
        key(
            "integrity",
            words::INTEGRITY,
            "mandatory",
            "The property IntegrityCheckMandatory: whether damaged bytes (the fault `corrupt`) \
             end the download. `mandatory` needs IntegrityCheckInfo, or Start answers \
             DO_E_INTEGRITYCHECKINFO_UNSPECIFIED. Default: `optional`.",
        )
        .on(DOWNLOADS),
        key(
            "stream",
            Kind::Boolean,
            "true",
            "The property StreamInterface: the bytes go to an object of the client. No \
             LocalPath is set then unless `local` names one, and Start needs ranges. Default: \
             false.",
        )
        .on(DOWNLOADS),
        key(
            "property",
            Kind::Map(&PROPERTY),
            "{id: CorrelationVector, value: \"vector-1\"}",
            "SetProperty of any other property, set after all the others.",
        )
        .on(DOWNLOADS),
        key(
            "only_on",
            Kind::MapFrom(&Kind::TargetOrService, &Kind::Map(&JOB)),
            "{bits: {minimum_retry_delay: 10m}}",
            "What is declared on one target or service alone. It replaces what stands under \
             the same name beside it; what is said for one target wins over what is said for \
             its service.",
        ),
    ],
    verbs: &[],
    may_be_empty: true,
};

/// A cost policy: a word, a documented name or a number.
pub(super) const COST_POLICY: Kind =
    Kind::OneOf(&[words::COST_POLICY, words::COST_POLICY_NAME, Kind::Number(0, u64::MAX)]);

/// An item of `files`.
pub(crate) static FILE: Shape = Shape {
    name: "file",
    doc: "A file of a job: AddFile, or with `ranges` AddFileWithRanges. For downloads \
          the server has it and the path is where it goes; for uploads it is the other \
          way round.",
    keys: &[
        key(
            "url",
            LONG_URL,
            "\"https://cdn.test/payroll.cab\"",
            "The remote name: a URL whose host is declared under `servers`, or a share such as \
             `\\\\files\\share\\a.bin`.",
        )
        .required(),
        key(
            "size",
            Kind::Size,
            "900 MiB",
            "The size: of the file on the server for downloads, of the local file for uploads. \
             Left out, the server does not have the file (404), or the disk does not.",
        ),
        key(
            "local",
            LONG_PATH,
            "'C:\\downloads\\payroll.cab'",
            "The local name. Default: in `C:\\downloads\\` (uploads: `C:\\uploads\\`) a folder \
             named like the job, and there the last part of the URL.",
        ),
        key(
            "ranges",
            Kind::List(&Kind::Map(&RANGE)),
            "[{offset: 0, length: 64 KiB}]",
            "The parts that are wanted: AddFileWithRanges. Default: the whole file.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `proxy`
pub(crate) static PROXY: Shape = Shape {
    name: "proxy",
    doc: "SetProxySettings. The simulated network has no proxies; what can be seen is \
          how the call answers.",
    keys: &[
        key(
            "usage",
            Kind::OneOf(&[words::PROXY_USAGE, RAW]),
            "override",
            "BG_JOB_PROXY_USAGE, as a word or as a number so that a wrong one can be passed.",
        )
        .required(),
        key(
            "list",
            TEXT_OR_NULL,
            "\"proxy.test:8080\"",
            "The list of proxies, needed with `override` and forbidden otherwise. Default: \
             NULL.",
        ),
        key(
            "bypass",
            TEXT_OR_NULL,
            "\"<local>\"",
            "The hosts that are reached without a proxy. Default: NULL.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `notify`
pub(crate) static NOTIFY: Shape = Shape {
    name: "notify",
    doc: "Callbacks: what the client is told and how it answers. `{}` registers the client and \
          leaves everything at its default: it answers S_OK at once.",
    keys: &[
        key(
            "events",
            Kind::OneOf(&[Kind::List(&words::NOTIFICATION), RAW]),
            "[job_transferred, job_error]",
            "SetNotifyFlags: the events to be told of, or the flags as a number; `[]` asks for \
             none. Default: not called, so that JobTransferred and JobError are told. \
             OnStatusChange of a download knows no flags.",
        )
        .on(JOBS),
        key(
            "interface",
            Kind::Boolean,
            "false",
            "True if SetNotifyInterface is called with the client's callback. False leaves \
             only the flags, which a `command_line` needs too. Default: true.",
        ),
        key(
            "answers",
            Kind::List(&ANSWER_OR_CODE),
            "[E_FAIL, S_OK]",
            "How the client answers JobTransferred and JobError (on `do-download` \
             OnStatusChange), in order of delivery; the last answer repeats. Default: S_OK at \
             once.",
        ),
        key(
            "modification_answers",
            Kind::List(&ANSWER_OR_CODE),
            "[{returns: S_OK, after: 5s}]",
            "How the client answers JobModification, in order of delivery; the last answer \
             repeats. Default: S_OK at once.",
        )
        .on(JOBS),
    ],
    verbs: &[],
    may_be_empty: true,
};

/// An HRESULT, or all that an answer can be.
const ANSWER_OR_CODE: Kind = Kind::OneOf(&[Kind::Hresult, Kind::Map(&ANSWER)]);

/// An item of `answers`.
pub(crate) static ANSWER: Shape = Shape {
    name: "answer",
    doc: "How a callback answers. At least one of these. What OnStatusChange of a \
          download returns means nothing to the service.",
    keys: &[
        key(
            "returns",
            Kind::Hresult,
            "E_FAIL",
            "What the callback returns. Default: S_OK. Not together with `exits: true`.",
        ),
        key("after", Kind::Duration, "5s", "How long the callback takes. Default: no time."),
        key(
            "calls",
            Kind::List(&Kind::Map(&CALL)),
            "[{complete: payroll}]",
            "What the client calls before the callback returns, in this order. Whatever a call \
             returns is right.",
        ),
        key(
            "exits",
            Kind::Boolean,
            "true",
            "True if the process of the client ends instead of returning. Default: false.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `command_line` of a declaration.
pub(crate) static COMMAND_LINE: Shape = Shape {
    name: "command line",
    doc: "The notification program: SetNotifyCmdLine, and how the program ends.",
    keys: &[
        key("program", PATH_OR_NULL, "'C:\\tools\\done.exe'", "The full path of the program.")
            .required(),
        key(
            "parameters",
            TEXT_OR_NULL,
            "\"done.exe payroll\"",
            "Its parameters, the name of the program first. Default: NULL.",
        ),
        key(
            "exits",
            Kind::List(&Kind::OneOf(&[
                Kind::Number(0, U32),
                words::NOT_LAUNCHED,
                Kind::Map(&PROGRAM_END),
            ])),
            "[1, 0]",
            "How the program ends, one item for each launch; the last one repeats. An exit \
             code other than 0 lets the service start it again. Default: 0 at once.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// An item of `exits`.
pub(crate) static PROGRAM_END: Shape = Shape {
    name: "exit",
    doc: "How a launch of the notification program ends. At least one of these.",
    keys: &[
        key("code", Kind::Number(0, U32), "1", "The exit code. Default: 0."),
        key("after", Kind::Duration, "30s", "How long the program runs. Default: no time."),
        key(
            "calls",
            Kind::List(&Kind::Map(&CALL)),
            "[{complete: payroll}]",
            "What it calls while it runs, in the name of its user. Whatever a call returns is \
             right.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};
