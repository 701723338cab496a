//! Small maps and values that several keys share.

use super::make::{key, word};
use super::{Kind, Named, Shape};

/// The greatest ULONG.
pub(super) const U32: u64 = u32::MAX as u64;

/// A number as a method takes it, so that a wrong one can be passed.
pub(super) const RAW: Kind = Kind::Flags;

/// The number of a file in its job.
pub(super) const FILE_NUMBER: Kind = Kind::Number(1, U32);

/// The name of a job or download.
pub(super) const JOB_NAME: Kind = Kind::Name(Named::Job);

/// A text that may be repeated.
pub(super) const LONG_TEXT: Kind = Kind::OneOf(&[Kind::Text, Kind::Map(&REPEATED)]);

/// A text, or NULL.
pub(super) const TEXT_OR_NULL: Kind =
    Kind::OneOf(&[Kind::Text, Kind::Map(&REPEATED), Kind::Nothing]);

/// A path on the computer, which may be too long.
pub(super) const LONG_PATH: Kind = Kind::OneOf(&[Kind::Path, Kind::Map(&REPEATED)]);

/// A path on the computer, or NULL.
pub(super) const PATH_OR_NULL: Kind =
    Kind::OneOf(&[Kind::Path, Kind::Map(&REPEATED), Kind::Nothing]);

/// A URL, which may be too long.
pub(super) const LONG_URL: Kind = Kind::OneOf(&[Kind::Url, Kind::Map(&REPEATED)]);

/// A duration, or the number of seconds as a property holds it.
pub(super) const SECONDS: Kind = Kind::OneOf(&[Kind::WholeSeconds, Kind::Number(0, u64::MAX)]);

/// A limit on bandwidth.
pub(super) const LIMIT: Kind = Kind::OneOf(&[
    Kind::Rate,
    Kind::Words(&[word("unlimited", "No limit: background transfers use what the line has.")]),
]);

/// Nothing, as a word.
pub(super) const NONE: Kind = Kind::Words(&[word("none", "There is none.")]);

/// A size, or the end of the file.
pub(super) const SIZE_OR_END: Kind = Kind::OneOf(&[
    Kind::Size,
    Kind::Words(&[word("eof", "As far as the file goes: BG_LENGTH_TO_EOF.")]),
]);

/// Some targets.
pub(super) const TARGETS: Kind = Kind::OneOrMany(&Kind::TargetOrService);

/// The value of a property of a download.
pub(super) const PROPERTY_VALUE: Kind = Kind::OneOf(&[
    Kind::Boolean,
    Kind::Number(0, u64::MAX),
    Kind::Nothing,
    Kind::Text,
    Kind::Map(&REPEATED),
]);

/// How many.
pub(super) const COUNT: Kind = Kind::OneOf(&[Kind::Number(0, U32), Kind::Map(&COUNT_BOUND)]);

/// How many bytes.
pub(super) const AMOUNT: Kind = Kind::OneOf(&[Kind::Size, Kind::Map(&SIZE_BOUND)]);

/// How many bytes, if that is known.
pub(super) const TOTAL: Kind = Kind::OneOf(&[
    Kind::Size,
    Kind::Words(&[word(
        "unknown",
        "The size is not known yet: BG_SIZE_UNKNOWN, and 0 in the status of a download.",
    )]),
    Kind::Map(&SIZE_BOUND),
]);

/// How long, as a getter answers it.
pub(super) const PERIOD: Kind = Kind::OneOf(&[Kind::WholeSeconds, Kind::Map(&PERIOD_BOUND)]);

/// A text that nobody wants to write out.
pub(crate) static REPEATED: Shape = Shape {
    name: "repeated text",
    doc: "A text for whose length a limit is to be tested: `repeat` written `times` \
          times, after `prefix`.",
    keys: &[
        key("repeat", Kind::Text, "x", "The text to repeat.").required(),
        key("times", Kind::Number(0, U32), "257", "How often it is repeated.").required(),
        key(
            "prefix",
            Kind::Text,
            "\"https://cdn.test/\"",
            "A text that comes before the repeated one, once. Default: none.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// Between two durations.
pub(crate) static LATENCY: Shape = Shape {
    name: "latency",
    doc: "A range of durations from which each message draws its own.",
    keys: &[
        key("min", Kind::Duration, "20ms", "The shortest.").required(),
        key("max", Kind::Duration, "80ms", "The longest, not shorter than `min`.").required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// An item of `ranges`.
pub(crate) static RANGE: Shape = Shape {
    name: "range",
    doc: "A part of a file: BG_FILE_RANGE, DO_DOWNLOAD_RANGE.",
    keys: &[
        key(
            "offset",
            SIZE_OR_END,
            "0",
            "Where the part begins, in bytes from the start of the file. `eof` is refused by \
             the services, which a scenario may want to see.",
        )
        .required(),
        key(
            "length",
            SIZE_OR_END,
            "64 KiB",
            "How long the part is, in bytes; `eof` for the rest of the file.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// A bound of a count.
pub(crate) static COUNT_BOUND: Shape = Shape {
    name: "bound of a count",
    doc: "A bound where a number is expected. One of the two.",
    keys: &[],
    verbs: &[
        key("at_least", Kind::Number(0, U32), "1", "This many or more."),
        key("at_most", Kind::Number(0, U32), "3", "This many or fewer."),
    ],
    may_be_empty: false,
};

/// A bound of an amount of bytes.
pub(crate) static SIZE_BOUND: Shape = Shape {
    name: "bound of a size",
    doc: "A bound where a number of bytes is expected. One of the two.",
    keys: &[],
    verbs: &[
        key("at_least", Kind::Size, "1 MiB", "This many bytes or more."),
        key("at_most", Kind::Size, "10 MiB", "This many bytes or fewer."),
    ],
    may_be_empty: false,
};

/// A bound of a duration.
pub(crate) static PERIOD_BOUND: Shape = Shape {
    name: "bound of a duration",
    doc: "A bound where a duration is expected. One of the two.",
    keys: &[],
    verbs: &[
        key("at_least", Kind::WholeSeconds, "5s", "This long or longer."),
        key("at_most", Kind::WholeSeconds, "14d", "This long or shorter."),
    ],
    may_be_empty: false,
};

/// `remote_name`
pub(crate) static REMOTE_NAME: Shape = Shape {
    name: "remote name",
    doc: "A new URL for a file of a job: SetRemoteName. A download has one file, so \
          that `file` may be left out and the URL may stand alone.",
    keys: &[
        key(
            "file",
            FILE_NUMBER,
            "1",
            "The number of the file, counted from 1. Needed on `bits` and `do-legacy`.",
        ),
        key(
            "url",
            LONG_URL,
            "\"https://cdn.test/new.cab\"",
            "The URL that it gets. One that is no URL is passed as it is, so that its refusal \
             can be seen.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `property` of a setting.
pub(crate) static PROPERTY: Shape = Shape {
    name: "property",
    doc: "A property by its number, or on `do-download` by its name, and the value that \
          SetProperty is given.",
    keys: &[
        key(
            "id",
            Kind::OneOf(&[Kind::Property, RAW]),
            "CorrelationVector",
            "The property. A number that names none is passed as it is. `do-legacy` knows \
             numbers alone (BITS_JOB_PROPERTY_ID_COST_FLAGS is 1).",
        )
        .required(),
        key(
            "value",
            PROPERTY_VALUE,
            "\"vector-1\"",
            "The value. `true` and `false` are VT_BOOL, a number is VT_UI4 or VT_UI8, `null` \
             is VT_EMPTY, `object` an object of the caller; everything else, and whatever \
             stands in quotes, is a text. `do-legacy` takes numbers alone.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};

/// `file_property`
pub(crate) static FILE_PROPERTY: Shape = Shape {
    name: "file property",
    doc: "A property of a file: IDeliveryOptimizationFile2::SetProperty.",
    keys: &[
        key("file", FILE_NUMBER, "1", "The number of the file, counted from 1.").required(),
        key("value", LONG_TEXT, "\"piece hashes\"", "The value, a text.").required(),
    ],
    verbs: &[],
    may_be_empty: false,
};
