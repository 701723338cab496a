//! The rows of the table: what is measured, next to whom, and what is aimed at.

use std::path::Path;

use crate::compare::{Rounds, Spread, Variant};

/// A row.
pub struct Row {
    pub number: u32,
    pub what: &'static str,
    pub variants: Vec<Variant>,
    pub aims: Vec<Aim>,
    /// One aim is enough.
    pub any: bool,
}

/// What is aimed at, by the median.
pub enum Aim {
    /// The first does at least so many times as much in the same time as the second.
    Faster(&'static str, &'static str, f64),
    /// The first answers the whole question in so much less time than the second.
    Sooner(&'static str, &'static str, f64),
    /// The first takes at most so many times as long as the second.
    Longer(&'static str, &'static str, f64),
    /// Its memory is at most this part of the second's, for each state.
    Smaller(&'static str, &'static str, f64),
    /// At most so many bytes for each state.
    Bytes(&'static str, f64),
    /// At most so many microseconds each.
    Micros(&'static str, f64),
    /// At least so many in a second.
    Rate(&'static str, f64),
}

impl Aim {
    /// What it says.
    pub fn told(&self) -> String {
        match self {
            Self::Faster(one, other, times) => format!("{one} >= {times} x {other}"),
            Self::Sooner(one, other, times) => format!("{one} done >= {times} x sooner than {other}"),
            Self::Longer(one, other, times) => format!("{one} <= {times} x the time of {other}"),
            Self::Smaller(one, other, times) => format!("{one} <= {times} x the memory of {other}"),
            Self::Bytes(one, bytes) => format!("{one} <= {bytes} bytes a state"),
            Self::Micros(one, micros) => format!("{one} <= {micros} us"),
            Self::Rate(one, rate) => format!("{one} >= {rate} /s"),
        }
    }

    /// What was measured, and whether that is met.
    pub fn judge(&self, rounds: &Rounds) -> (Spread, bool) {
        let nanos_each = |name: &str| {
            let at = rounds.of(name);
            move |round: &[crate::child::Measured]| round[at].nanos as f64 / round[at].work as f64
        };
        let bytes_each = |name: &str| {
            let at = rounds.of(name);
            move |round: &[crate::child::Measured]| {
                round[at].more.get("peak").copied().unwrap_or(0) as f64 / round[at].work as f64
            }
        };
        match self {
            Self::Faster(one, other, times) => {
                let (one, other) = (nanos_each(one), nanos_each(other));
                let spread = rounds.each(|round| other(round) / one(round));
                (spread, spread.median >= *times)
            }
            Self::Longer(one, other, times) => {
                let (one, other) = (nanos_each(one), nanos_each(other));
                let spread = rounds.each(|round| one(round) / other(round));
                (spread, spread.median <= *times)
            }
            Self::Sooner(one, other, times) => {
                let (one, other) = (rounds.of(one), rounds.of(other));
                let spread = rounds
                    .each(|round| round[other].nanos as f64 / round[one].nanos as f64);
                (spread, spread.median >= *times)
            }
            Self::Smaller(one, other, times) => {
                let (one, other) = (bytes_each(one), bytes_each(other));
                let spread = rounds.each(|round| one(round) / other(round));
                (spread, spread.median <= *times)
            }
            Self::Bytes(one, bytes) => {
                let spread = rounds.each(bytes_each(one));
                (spread, spread.median <= *bytes)
            }
            Self::Micros(one, micros) => {
                let each = nanos_each(one);
                let spread = rounds.each(|round| each(round) / 1e3);
                (spread, spread.median <= *micros)
            }
            Self::Rate(one, rate) => {
                let each = nanos_each(one);
                let spread = rounds.each(|round| 1e9 / each(round));
                (spread, spread.median >= *rate)
            }
        }
    }
}

fn madsim(program: &Path, arguments: &str, check: &str) -> Variant {
    let arguments = arguments.split(' ').map(str::to_owned).collect();
    Variant { name: "madsim", program: Some(program.to_owned()), arguments, check: check.into() }
}

/// The states, steps and levels of BJL with 3,2,1,2,1,2.
const BJL: &str = "3,2,1,2,1,2";
const BJL_CHECK: &str = "1138048/13248416/36, 2 sometimes, fine";
/// The same with the order of jobs ignored: other steps are taken, to fewer states.
const BJL_SYMMETRIC: &str = "196248/2281300/36, 2 sometimes, fine";

/// All rows; `madsim_at` is where madsim's program is.
pub fn all(madsim_at: &Path) -> Vec<Row> {
    let mut rows = engine(madsim_at);
    rows.extend(explorers());
    rows.extend(whole());
    rows
}

fn engine(madsim_at: &Path) -> Vec<Row> {
    use Aim::{Faster, Longer, Micros, Rate};
    let large = "099d546a0899429f";
    let wide = "4990da9cc818d949";
    vec![
        Row {
            number: 1,
            what: "real BITS, 500 jobs, 2016 retries each, nobody listening; the peers run bare timers",
            variants: vec![
                Variant::own("bitsim", "service retries 500 2016 1", "1008000 failures"),
                madsim(madsim_at, "500 2016 1", large),
                Variant::own("turmoil", "peer turmoil 500 2016 1", large),
                Variant::own("SimCore", "peer simcore 500 2016 1", large),
            ],
            aims: vec![Faster("bitsim", "madsim", 8.0), Faster("bitsim", "turmoil", 30.0)],
            any: false,
        },
        Row {
            number: 2,
            what: "the same with trace, digest and all rules",
            variants: vec![
                Variant::own("everything", "service everything 500 2016 1", "1008000 failures"),
                Variant::own("bitsim", "service retries 500 2016 1", "1008000 failures"),
                madsim(madsim_at, "500 2016 1", large),
            ],
            aims: vec![Faster("everything", "madsim", 3.0), Longer("everything", "bitsim", 2.5)],
            any: false,
        },
        Row {
            number: 3,
            what: "real BITS, 50,000 jobs, 20 retries each",
            variants: vec![
                Variant::own("bitsim", "service retries 50000 20 1", "1000000 failures"),
                madsim(madsim_at, "50000 20 1", wide),
            ],
            aims: vec![Faster("bitsim", "madsim", 10.0)],
            any: false,
        },
        Row {
            number: 4,
            what: "runs of 3 jobs with 7 retries, set-up included, with trace, digest and rules",
            variants: vec![
                Variant::own("everything", "service everything 3 7 20000", "420000 failures"),
                madsim(madsim_at, "3 7 20000", SMALL),
            ],
            aims: vec![Faster("everything", "madsim", 5.0), Rate("everything", 200_000.0 * 21.0)],
            any: true,
        },
        Row {
            number: 5,
            what: "a job without progress for 14 days; a job that nobody touches for 90 days",
            variants: vec![
                Variant::own("expiry", "service expiry 1000", "1000 in ERROR"),
                Variant::own("inactivity", "service inactivity 20000", "20000 cancelled"),
            ],
            aims: vec![Micros("expiry", 100.0), Micros("inactivity", 10.0)],
            any: false,
        },
    ]
}

/// The check sum of 3 jobs with 7 retries.
const SMALL: &str = "?";

fn explorers() -> Vec<Row> {
    use Aim::{Bytes, Faster, Smaller, Sooner};
    let explore = |name, how: &str, check: &str| {
        Variant::own(name, &format!("explore {how} {BJL}"), check)
    };
    let stateright = || explore("Stateright", "stateright", BJL_CHECK);
    vec![
        Row {
            number: 6,
            what: "BJL in 64-bit states, exact, with counterexample paths",
            variants: vec![
                explore("packed", "packed", BJL_CHECK),
                stateright(),
                explore("Stateright-array", "stateright-array", BJL_CHECK),
            ],
            aims: vec![Faster("packed", "Stateright", 8.0), Smaller("packed", "Stateright", 0.5)],
            any: false,
        },
        Row {
            number: 7,
            what: "BJL by tables of one job, without and with symmetry",
            variants: vec![
                explore("tables", "tables", BJL_CHECK),
                explore("symmetric", "symmetric", BJL_SYMMETRIC),
                stateright(),
            ],
            aims: vec![
                Faster("tables", "Stateright", 25.0),
                Bytes("tables", 8.0),
                Sooner("symmetric", "Stateright", 80.0),
            ],
            any: false,
        },
    ]
}

fn whole() -> Vec<Row> {
    use Aim::Micros;
    vec![
        Row {
            number: 9,
            what: "a copy of a world of 500 jobs",
            variants: vec![Variant::own("snapshot", "service snapshot 500 20000", "20000 copies")],
            aims: vec![Micros("snapshot", 2.0)],
            any: false,
        },
        Row {
            number: 10,
            what: "scenario files from their bytes to the verdict",
            variants: vec![Variant::own("a file", "service scenarios 1000", "1000 held")],
            aims: vec![Micros("a file", 1_000.0)],
            any: false,
        },
    ]
}
