//! What `set` sets.

use super::jobs::{COST_POLICY, PROXY};
use super::make::{DELIVERY, DOWNLOADS, JOBS, LEGACY, key};
use super::values::{
    FILE_PROPERTY, JOB_NAME, LONG_URL, PATH_OR_NULL, PROPERTY, RAW, REMOTE_NAME, SECONDS,
    TEXT_OR_NULL,
};
use super::{Kind, Shape, words};

/// `set`
pub(crate) static SET: Shape = Shape {
    name: "set",
    doc: "A setter of a job, or SetProperty of a download. It names the job and exactly \
          one thing to set. Numbers are passed as they are, so that a refusal can be \
          seen.",
    keys: &[
        key("job", JOB_NAME, "payroll", "The job. On `do-download`, the download."),
        key(
            "download",
            JOB_NAME,
            "film",
            "The download, in scenarios that run on `do-download` alone. Instead of `job`.",
        )
        .on(DOWNLOADS),
    ],
    verbs: &[
        key(
            "uri",
            Kind::OneOf(&[LONG_URL, Kind::Nothing]),
            "\"https://cdn.test/b.bin\"",
            "The property Uri. A text that is no URL is passed as it is.",
        )
        .on(DOWNLOADS),
        key("local_path", PATH_OR_NULL, "'C:\\downloads\\b.bin'", "The property LocalPath.")
            .on(DOWNLOADS),
        key(
            "priority",
            Kind::OneOf(&[words::PRIORITY, RAW]),
            "high",
            "SetPriority: a word, or a number such as `9` to see it refused. On `do-download` \
             ForegroundPriority, and words alone.",
        ),
        key(
            "display_name",
            TEXT_OR_NULL,
            "\"Payroll, February\"",
            "SetDisplayName, or the property DisplayName; `null` passes NULL. `do-legacy` \
             answers E_NOTIMPL.",
        ),
        key(
            "description",
            TEXT_OR_NULL,
            "\"second try\"",
            "SetDescription; `null` passes NULL. `do-legacy` answers E_NOTIMPL.",
        )
        .on(JOBS),
        key(
            "notify_flags",
            Kind::OneOf(&[Kind::List(&words::NOTIFICATION), RAW]),
            "[job_error]",
            "SetNotifyFlags: a list of events, or the flags as a number such as `0x40` to see \
             it refused.",
        )
        .on(JOBS),
        key(
            "notify_interface",
            Kind::Boolean,
            "false",
            "SetNotifyInterface, or the property CallbackInterface: true registers the caller, \
             false passes NULL.",
        ),
        key(
            "callback",
            Kind::Boolean,
            "true",
            "The property CallbackInterface: true registers the caller, false clears it.",
        )
        .on(DOWNLOADS),
        key(
            "minimum_retry_delay",
            Kind::WholeSeconds,
            "10m",
            "SetMinimumRetryDelay. Values below 5 s are stored as 5 s. `do-legacy` answers \
             E_NOTIMPL.",
        )
        .on(JOBS),
        key(
            "no_progress_timeout",
            SECONDS,
            "1h",
            "SetNoProgressTimeout, or the property NoProgressTimeoutSeconds, which has a least \
             value of 60 s (10 s on `do-download@agent`). A plain number counts seconds there.",
        ),
        key(
            "maximum_download_time",
            Kind::WholeSeconds,
            "1d",
            "SetMaximumDownloadTime, since BITS 3.0. `do-legacy` answers E_NOTIMPL.",
        )
        .on(JOBS),
        key(
            "proxy",
            Kind::Map(&PROXY),
            "{usage: no_proxy}",
            "SetProxySettings. `do-legacy` answers E_NOTIMPL.",
        )
        .on(JOBS),
        key(
            "command_line",
            Kind::OneOf(&[Kind::Map(&SET_COMMAND_LINE), Kind::Nothing]),
            "{program: 'C:\\tools\\done.exe'}",
            "SetNotifyCmdLine, since BITS 1.5; `null` takes the program away. `do-legacy` \
             answers E_NOTIMPL.",
        )
        .on(JOBS),
        key(
            "remote_name",
            Kind::OneOf(&[Kind::Map(&REMOTE_NAME), LONG_URL]),
            "{file: 1, url: \"https://cdn.test/b.cab\"}",
            "SetRemoteName of a file, since BITS 2.0. On `do-download` the property Uri, for \
             which a URL alone is enough.",
        ),
        key(
            "reply_file",
            PATH_OR_NULL,
            "'C:\\uploads\\reply.bin'",
            "SetReplyFileName, for upload-reply jobs; `null` passes NULL. `do-legacy` answers \
             E_NOTIMPL.",
        )
        .on(JOBS),
        key(
            "cost_flags",
            Kind::OneOf(&[words::COST_FLAGS, RAW]),
            "standard",
            "BITS_JOB_PROPERTY_ID_COST_FLAGS of IBackgroundCopyJob5: over which networks the \
             job may transfer.",
        )
        .on(LEGACY),
        key("cost_policy", COST_POLICY, "no_roaming", "The property CostPolicy.").on(DOWNLOADS),
        key("foreground", Kind::Boolean, "true", "The property ForegroundPriority.").on(DOWNLOADS),
        key("disallow_on_cellular", Kind::Boolean, "true", "The property DisallowOnCellular.")
            .on(DOWNLOADS),
        key("non_volatile", Kind::Boolean, "true", "The property NonVolatile.").on(DOWNLOADS),
        key("blocking", Kind::Boolean, "true", "The property BlockingMode.").on(DOWNLOADS),
        key(
            "callback_seconds",
            SECONDS,
            "5s",
            "The property CallbackFreqSeconds. A plain number counts seconds.",
        )
        .on(DOWNLOADS),
        key(
            "callback_percent",
            Kind::Number(0, u64::MAX),
            "10",
            "The property CallbackFreqPercent.",
        )
        .on(DOWNLOADS),
        key("integrity", words::INTEGRITY, "mandatory", "The property IntegrityCheckMandatory.")
            .on(DOWNLOADS),
        key(
            "stream",
            Kind::Boolean,
            "true",
            "The property StreamInterface: true hands over a stream of the caller, false \
             clears it.",
        )
        .on(DOWNLOADS),
        key(
            "id",
            TEXT_OR_NULL,
            "\"my own id\"",
            "The property Id, which the service refuses to set.",
        )
        .on(DOWNLOADS),
        key(
            "property",
            Kind::Map(&PROPERTY),
            "{id: 1, value: 0x80000067}",
            "SetProperty with a property and a value of your choice: IBackgroundCopyJob5 on \
             `do-legacy`, IDODownload on `do-download`.",
        )
        .on(DELIVERY),
        key(
            "file_property",
            Kind::Map(&FILE_PROPERTY),
            "{file: 1, value: \"piece hashes\"}",
            "IDeliveryOptimizationFile2::SetProperty.",
        )
        .on(LEGACY),
    ],
    may_be_empty: false,
};

/// `command_line` of `set`.
pub(crate) static SET_COMMAND_LINE: Shape = Shape {
    name: "set command line",
    doc: "The arguments of SetNotifyCmdLine.",
    keys: &[
        key(
            "program",
            PATH_OR_NULL,
            "'C:\\tools\\done.exe'",
            "The full path of the program; `null` passes NULL.",
        )
        .required(),
        key(
            "parameters",
            TEXT_OR_NULL,
            "\"done.exe payroll\"",
            "Its parameters, the name of the program first. Default: NULL.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};
