//! The judge: it reads a trace and nothing else, and says which documented rule held, which was
//! not exercised and which was broken.
//!
//! [`Oracle`] streams: it sees one event after another and does constant work for each. What it
//! knows of the world it rebuilds from the events ([`view`]). Each module of [`rules`] checks one
//! family of the catalogue.

pub mod findings;
pub mod rules;
pub mod view;

pub use findings::{Findings, Outcome, Violation, Witness};

use bitsim_vocab::Service;
use bitsim_vocab::trace::{End, Trace};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Event, Happened, JobId, RuleId, SimTime, WallTime};
use rules::{bits, download, legacy};
use std::sync::Arc;
use view::View;
use view::downloads::Downloads;

/// Judges a run while it happens.
#[derive(Debug, Clone)]
pub struct Oracle {
    bench: Bench,
    findings: Findings,
    last: Option<Last>,
}

/// What is kept of the latest event: where it stands and whom it is about.
#[derive(Debug, Clone, Copy)]
struct Last {
    seq: u32,
    at: SimTime,
    wall: WallTime,
    job: Option<JobId>,
}

impl Last {
    /// An event at the same place about the same job. What the end of a run shows is told there; what
    /// happened at that place was judged when it happened.
    fn event(self) -> Event {
        let what = match self.job {
            Some(job) => Happened::LeftQueue { job },
            None => Happened::Env(Box::new(Disturbance::ServiceStarts)),
        };
        Event { seq: self.seq, at: self.at, wall: self.wall, source: None, what }
    }
}

/// The checks for the service of the run, with what they look at.
#[derive(Debug, Clone)]
enum Bench {
    Bits(Box<(View, bits::Families)>),
    Legacy(Box<(View, legacy::Families)>),
    Download(Box<(Downloads, download::Families)>),
}

/// Runs the same code on whichever bench it is.
macro_rules! on {
    ($bench:expr, $seat:ident => $code:expr) => {
        match $bench {
            Bench::Bits($seat) => $code,
            Bench::Legacy($seat) => $code,
            Bench::Download($seat) => $code,
        }
    };
}

impl Oracle {
    /// A judge for a run that begins in `setup`.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self::sharing(&Arc::new(setup.clone()))
    }

    /// The same for a setup that others hold as well, which is not copied.
    #[must_use]
    pub fn sharing(setup: &Arc<Setup>) -> Self {
        let bench = match setup.target.service {
            Service::Bits => Bench::Bits(Box::new((View::new(setup), bits::Families::new(setup)))),
            Service::DoLegacy => {
                Bench::Legacy(Box::new((View::new(setup), legacy::Families::new(setup))))
            }
            Service::DoDownload => {
                Bench::Download(Box::new((Downloads::new(setup), download::Families::new(setup))))
            }
        };
        Self { bench, findings: Findings::default(), last: None }
    }

    /// The same judge, who also remembers at which event each rule held
    /// ([`Findings::witnesses`]).
    #[must_use]
    pub fn with_witnesses(mut self) -> Self {
        self.findings = Findings::with_witnesses();
        self
    }

    /// The same judge, who shows everything to every family of checks, also what it did not ask for:
    /// slow, and the measure of the usual way.
    #[must_use]
    pub fn showing_everything(mut self) -> Self {
        on!(&mut self.bench, seat => seat.1.all = true);
        self
    }

    /// Sees the next event.
    pub fn observe(&mut self, event: &Event) {
        self.findings.look_at(event.seq);
        on!(&mut self.bench, seat => {
            let (view, families) = &mut **seat;
            let call_over = view.call_over_at(event).is_some();
            families.observe(view, event, call_over, &mut self.findings);
            view.take_in(event);
        });
        self.last =
            Some(Last { seq: event.seq, at: event.at, wall: event.wall, job: event.what.job() });
    }

    /// What was found so far; what only the end of a run shows is not in it.
    #[must_use]
    pub fn so_far(&self) -> &Findings {
        &self.findings
    }

    /// Sees the end of the run and gives the verdict.
    #[must_use]
    pub fn finish(mut self, end: End) -> Findings {
        if let Some(last) = self.last {
            let last = &last.event();
            on!(&mut self.bench, seat => {
                let (view, families) = &mut **seat;
                families.finish(view, end, last, &mut self.findings);
            });
        }
        self.findings
    }
}

/// Judges a whole trace.
#[must_use]
pub fn judge(trace: &Trace) -> Findings {
    let mut oracle = Oracle::new(&trace.setup);
    for event in &trace.events {
        oracle.observe(event);
    }
    oracle.finish(trace.end)
}

/// Every rule that the oracle has a check for, in the order of the catalogue.
#[must_use]
pub fn checked() -> Vec<RuleId> {
    let lists = [bits::CHECKED, legacy::CHECKED, download::CHECKED];
    let mut checked: Vec<RuleId> =
        lists.into_iter().flatten().flat_map(|list| list.iter().copied()).collect();
    checked.sort_unstable();
    checked.dedup();
    checked
}
