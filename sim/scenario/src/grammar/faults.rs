//! Servers that misbehave.

use super::events::{FOR, UNTIL};
use super::make::key;
use super::values::U32;
use super::{Key, Kind, Named, Shape, words};

const SERVER: Key = key(
    "server",
    Kind::Name(Named::Server),
    "cdn.test",
    "The server. May be left out if `url` names it.",
);
const URL: Key = key(
    "url",
    Kind::Url,
    "\"https://cdn.test/payroll.cab\"",
    "Only requests for this URL. Default: all requests to the server.",
);
const TIMES: Key = key(
    "times",
    Kind::Number(1, U32),
    "2",
    "How many requests it meets before it ends by itself. Not together with `for` or \
     `until`. Default: without end.",
);
const SEVERITY: Key = key(
    "severity",
    words::SEVERITY,
    "fatal",
    "Whether the service takes the error for one that may heal. Default: as the \
     documentation classifies its code.",
);
const PART: Key =
    key("part", words::FAULT_PART, "payload", "Which requests it meets. Default: `any`.");

/// `http`
pub(crate) static HTTP: Shape = Shape {
    name: "http",
    doc: "A server that answers with an HTTP status. It ends after some requests, after \
          a time, or with `heal`.",
    keys: &[
        SERVER,
        URL,
        TIMES,
        FOR,
        UNTIL,
        SEVERITY,
        PART,
        key(
            "status",
            Kind::Number(100, 599),
            "503",
            "The status. The job sees BG_E_HTTP_ERROR_503 and the like.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `refuse`
pub(crate) static REFUSE: Shape = Shape {
    name: "refuse",
    doc: "A server that refuses connections. It ends after some requests, after a time, \
          or with `heal`.",
    keys: &[SERVER, URL, TIMES, FOR, UNTIL, SEVERITY, PART],
    verbs: &[],
    may_be_empty: false,
};

/// `no_name`
pub(crate) static NO_NAME: Shape = Shape {
    name: "no_name",
    doc: "A server whose name cannot be resolved. It ends after some requests, after a \
          time, or with `heal`.",
    keys: &[SERVER, URL, TIMES, FOR, UNTIL, SEVERITY, PART],
    verbs: &[],
    may_be_empty: false,
};

/// `corrupt`
pub(crate) static CORRUPT: Shape = Shape {
    name: "corrupt",
    doc: "A server whose bytes arrive damaged. It ends after some requests, after a \
          time, or with `heal`.",
    keys: &[SERVER, URL, TIMES, FOR, UNTIL, SEVERITY, PART],
    verbs: &[],
    may_be_empty: false,
};

/// `time_out`
pub(crate) static TIME_OUT: Shape = Shape {
    name: "time_out",
    doc: "A server that stays silent. It ends after some requests, after a time, or \
          with `heal`.",
    keys: &[
        SERVER,
        URL,
        TIMES,
        FOR,
        UNTIL,
        SEVERITY,
        PART,
        key(
            "after",
            Kind::Duration,
            "30s",
            "How long each request that meets it waits until it fails. How long the fault lasts is \
             said by `times`, `for` and `until`; the `no answer for 30s` of a trace is the wait. \
             On `do-download` no request waits longer than `connect_timeout` of `delivery`, 15s \
             unless the scenario says more (on `do-download@agent` 27s once bytes have come, 3s \
             for a cache host). Default: 30s.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `drop`
pub(crate) static DROP: Shape = Shape {
    name: "drop",
    doc: "A server whose connections break. It ends after some requests, after a time, \
          or with `heal`.",
    keys: &[
        SERVER,
        URL,
        TIMES,
        FOR,
        UNTIL,
        SEVERITY,
        PART,
        key(
            "after_bytes",
            Kind::Size,
            "10 MiB",
            "How many bytes of a request arrive before its connection breaks.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `fail`
pub(crate) static FAIL: Shape = Shape {
    name: "fail",
    doc: "A server whose requests fail with a code. It ends after some requests, after \
          a time, or with `heal`.",
    keys: &[
        SERVER,
        URL,
        TIMES,
        FOR,
        UNTIL,
        SEVERITY,
        PART,
        key(
            "code",
            Kind::Hresult,
            "BG_E_MISSING_FILE_SIZE",
            "The code, which must be one of a failure.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `heal`
pub(crate) static HEAL: Shape = Shape {
    name: "heal",
    doc: "The server whose faults end.",
    keys: &[key("server", Kind::Name(Named::Server), "cdn.test", "The server.").required()],
    verbs: &[],
    may_be_empty: false,
};
