//! The whole file.

use super::checks::CHECK;
use super::jobs::JOB;
use super::make::{DELIVERY, DOWNLOADS, key};
use super::steps::STEP;
use super::world::{CLIENT, DELIVERY_FIGURES, LIMITS, POLICIES, SERVER, USER, VOLUME, WORLD};
use super::{Kind, Named, Shape};

/// The whole file.
pub static ROOT: Shape = Shape {
    name: "scenario",
    doc: "A scenario: a small world, a timeline of what happens in it, and what must be \
          true at which moment. `scenario`, `run_on` and `timeline` must be there; \
          everything else has a default.",
    keys: &[
        key(
            "scenario",
            Kind::Text,
            "a pulled cable is free, a 503 is not",
            "One sentence that says what the story shows. It is the title in every report; a \
             text on several lines is joined to one.",
        )
        .required(),
        key(
            "format",
            Kind::Number(1, 1),
            "1",
            "The format of the file. Only `1` exists, which is also what counts if the key is \
             left out.",
        ),
        key(
            "run_on",
            Kind::List(&Kind::Target),
            "[bits, bits@1.5]",
            "The targets on which the scenario is played, each on its own: `bits` is the \
             current version, `bits@1.5` an older one, `do-legacy` and `do-download` are \
             Delivery Optimization, `do-download@agent` its open-source agent. At least one.",
        )
        .required(),
        key(
            "rules",
            Kind::List(&Kind::Rule),
            "[BITS-ERRCOUNT-004]",
            "The ids of the rules that the story is about. A rule named here must have been \
             put to the test on at least one target that knows it, or the run fails. Every \
             other rule is checked all the same. Default: none.",
        ),
        key(
            "breaks",
            Kind::List(&Kind::Rule),
            "[DOD-RETRY-017]",
            "The rules that the defects under `delivery` break. Each of them must be broken on \
             `do-download@agent`, and its being broken is no failure. Needs `delivery: \
             {defects: [...]}`. Default: none.",
        )
        .on(DOWNLOADS),
        key(
            "stands",
            Kind::Readings,
            "{suspend_at_rest: no-op}",
            "Readings to take where the documentation contradicts itself or leaves a choice, \
             by question. What is left out keeps the recommended reading of the target.",
        ),
        key(
            "seed",
            Kind::Number(0, u64::MAX),
            "7",
            "The seed of every draw that nothing else decides, such as a latency between `min` \
             and `max`. The same seed gives the same run. Default: 0.",
        ),
        key(
            "limits",
            Kind::Map(&LIMITS),
            "{events: 50000, settle_within: 30d}",
            "Bounds of the run. A run that exceeds one of them is reported as one that does \
             not settle.",
        ),
        key(
            "world",
            Kind::Map(&WORLD),
            "{wall_clock: 2026-03-01T08:00:00Z, metered: true}",
            "The computer at the start: its clock, its network, the files on its disk.",
        ),
        key(
            "policies",
            Kind::Map(&POLICIES),
            "{max_files_per_job: 2}",
            "Group policies that hold from the start, each with its documented default (page \
             group-policies). The event `policies` changes them later.",
        ),
        key(
            "users",
            Kind::NamedMaps(Named::User, &USER),
            "{owner: {}, admin: {kind: administrator}}",
            "The accounts of the computer, by a name of your choice. Default: one standard \
             user `owner` who is logged on.",
        ),
        key(
            "clients",
            Kind::NamedMaps(Named::Client, &CLIENT),
            "{app: {user: owner}, tool: {user: owner, elevated: true}}",
            "The processes that call the service, by a name of your choice. Default: `app` of \
             the user `owner`; if `users` is given, one client for each user, named like the \
             user.",
        ),
        key(
            "servers",
            Kind::NamedMaps(Named::Server, &SERVER),
            "{cdn.test: {bandwidth: 1 MiB/s, latency: 40ms}}",
            "The servers, by host name without protocol, port or path. The host of every URL \
             in the scenario must be declared here; a server offers each file that a URL with a \
             `size` leads to.",
        ),
        key(
            "volumes",
            Kind::NamedMaps(Named::Volume, &VOLUME),
            "{\"C:\": {free: 10 GiB}}",
            "The volumes that have an end, by drive letter and colon. A volume that is not \
             named has room for everything.",
        ),
        key(
            "delivery",
            Kind::Map(&DELIVERY_FIGURES),
            "{retry_delays: [2s, 4s], slots: 4}",
            "Figures of Delivery Optimization that are configuration or measured rather than \
             documented, and the defects of the agent. What is left out keeps the value of the \
             target.",
        )
        .on(DELIVERY),
        key(
            "jobs",
            Kind::NamedMaps(Named::Job, &JOB),
            "{payroll: {type: download, files: [{url: \"https://cdn.test/a.cab\", size: 9 \
             MiB}]}}",
            "The jobs, by a name of your choice. They exist before the first step, suspended, \
             unless `created: later` is said. On `do-download` each of them is a download.",
        ),
        key(
            "downloads",
            Kind::NamedMaps(Named::Job, &JOB),
            "{film: {url: \"https://cdn.test/film.bin\", size: 300 MiB}}",
            "The downloads, by a name of your choice, in scenarios that run on `do-download` \
             alone. In scenarios that run on other services too, declare them under `jobs`.",
        )
        .on(DOWNLOADS),
        key(
            "timeline",
            Kind::List(&Kind::Map(&STEP)),
            "[{at: 0s, do: {resume: payroll}}]",
            "What happens, step by step, in the order of time. At least one step.",
        )
        .required(),
        key(
            "never",
            Kind::OneOrMany(&Kind::Map(&CHECK)),
            "{job: payroll, state: CANCELLED}",
            "Checks that must not become true at any moment; they are looked at after every \
             event. Only states, counts, callbacks and files can be watched so, for everything \
             else takes a call.",
        ),
        key(
            "finally",
            Kind::OneOrMany(&Kind::Map(&CHECK)),
            "{job: payroll, state: TRANSFERRED}",
            "Checks that must be true at the end, when nothing more is going to happen.",
        ),
    ],
    verbs: &[],
    may_be_empty: false,
};
