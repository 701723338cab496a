//! The judge: it reads a trace and nothing else, and says which documented rule held, which was
//! not exercised and which was broken.
//!
//! [`Oracle`] streams: it sees one event after another and does constant work for each. What it
//! knows of the world it rebuilds from the events ([`view`]). Each module of [`rules`] checks one
//! family of the catalogue.

pub mod findings;
pub mod rules;
pub mod view;

pub use findings::{Findings, Outcome, Violation};

use bitsim_vocab::trace::{End, Trace};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, RuleId};
use rules::Families;
use view::View;

/// Judges a run while it happens.
#[derive(Debug, Clone)]
pub struct Oracle {
    view: View,
    families: Families,
    findings: Findings,
    last: Option<Event>,
}

impl Oracle {
    /// A judge for a run that begins in `setup`.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self {
            view: View::new(setup),
            families: Families::new(setup),
            findings: Findings::default(),
            last: None,
        }
    }

    /// Sees the next event.
    pub fn observe(&mut self, event: &Event) {
        self.families.observe(&self.view, event, &mut self.findings);
        self.view.take_in(event);
        self.last = Some(event.clone());
    }

    /// Sees the end of the run and gives the verdict.
    #[must_use]
    pub fn finish(mut self, end: End) -> Findings {
        if let Some(last) = &self.last {
            self.families.finish(&self.view, end, last, &mut self.findings);
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
    let mut checked: Vec<RuleId> =
        rules::CHECKED.iter().flat_map(|list| list.iter().copied()).collect();
    checked.sort_unstable();
    checked.dedup();
    checked
}
