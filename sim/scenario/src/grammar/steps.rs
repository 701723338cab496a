//! The steps of the timeline.

use super::calls::{ACTION, FAULT};
use super::checks::CHECK;
use super::make::key;
use super::values::TARGETS;
use super::{Kind, Shape, words};

/// An item of `timeline`.
pub(crate) static STEP: Shape = Shape {
    name: "step",
    doc: "A moment, and what happens and must be true then. Within a step the order is \
          `do`, `fault`, `expect`, `one_of`, `poll`, however it is written.",
    verbs: &[
        key(
            "at",
            Kind::Duration,
            "10m",
            "When the step happens, counted from the start of the run. It may not be earlier \
             than the step before.",
        ),
        key("after", Kind::Duration, "5s", "How long after the step before it the step happens."),
        key(
            "until",
            Kind::Map(&CHECK),
            "{job: payroll, state: TRANSFERRED}",
            "A check to wait for: the step happens as soon as it holds, and fails if that \
             takes longer than `within`. No `only` in it.",
        ),
    ],
    keys: &[
        key(
            "within",
            Kind::Duration,
            "1h",
            "How long `until` may wait at most, from the step before. Must stand beside \
             `until`, and only there.",
        ),
        key(
            "only",
            TARGETS,
            "[bits, do-legacy]",
            "The targets or services on which the step exists. Default: all of `run_on`.",
        ),
        key(
            "do",
            Kind::OneOrMany(&Kind::Map(&ACTION)),
            "{resume: payroll}",
            "What clients call and what befalls the world, in this order, all at the same \
             instant.",
        ),
        key(
            "fault",
            Kind::OneOrMany(&Kind::Map(&FAULT)),
            "{http: {server: cdn.test, status: 503, times: 2}}",
            "What befalls the world: as `do`, but events alone.",
        ),
        key(
            "expect",
            Kind::OneOrMany(&Kind::Map(&CHECK)),
            "{job: payroll, state: TRANSIENT_ERROR}",
            "What must be true now. Checks look from outside, through a client (`by`) whose process \
             need not run; only a call under `do` fails if its client has ended.",
        ),
        key(
            "except",
            Kind::MapFrom(
                &Kind::TargetOrService,
                &Kind::OneOf(&[Kind::OneOrMany(&Kind::Map(&CHECK)), words::SKIP, Kind::Nothing]),
            ),
            "{bits@1.5: {job: payroll, state: ERROR}}",
            "What must be true instead, on a target or service that behaves otherwise: it \
             replaces all of `expect` there. `skip` expects nothing. A target wins over its \
             service. If every target is named, leave out `expect`.",
        ),
        key(
            "one_of",
            Kind::List(&Kind::Map(&CHECK)),
            "[{job: payroll, state: QUEUED}, {job: payroll, state: TRANSFERRING}]",
            "Checks of which at least one must hold now, for where the documentation leaves a \
             choice.",
        ),
        key(
            "poll",
            Kind::Map(&POLL),
            "{every: 1m, for: 1h, expect: {job: payroll, state: SUSPENDED}}",
            "A check that is made again and again from now on and must hold each time.",
        ),
    ],
    may_be_empty: false,
};

/// `poll`
pub(crate) static POLL: Shape = Shape {
    name: "poll",
    doc: "A check made again and again, at most 100000 times.",
    keys: &[
        key("every", Kind::Duration, "1m", "How often.").required(),
        key("for", Kind::Duration, "1h", "How long, from now.").required(),
        key(
            "expect",
            Kind::Map(&CHECK),
            "{job: payroll, state: SUSPENDED}",
            "What must hold each time. No `only` in it.",
        )
        .required(),
    ],
    verbs: &[],
    may_be_empty: false,
};
