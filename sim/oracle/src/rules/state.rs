//! BITS-STATE: which states there are and how a job moves between them.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::trace::{End, Happened};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, RuleId};

/// The rules that this family checks.
pub(crate) const CHECKED: &[RuleId] = &[RuleId::BITS_STATE_010];

/// BITS-STATE.
#[derive(Debug, Clone)]
pub(crate) struct State;

impl State {
    pub(crate) fn new(_setup: &Setup) -> Self {
        Self
    }

    pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        if let Happened::State { job, from, to, .. } = event.what {
            if from.is_final() {
                out.ensure(RuleId::BITS_STATE_010, false, event, || {
                    (
                        "{job} left a final state".to_owned(),
                        format!("no state change out of {from}"),
                        format!("{from} -> {to}"),
                    )
                });
            } else if view.job(job).is_some() && to.is_final() {
                out.held(RuleId::BITS_STATE_010);
            }
        }
    }

    pub(crate) fn finish(&mut self, _: &View, _: End, _: &Event, _: &mut Findings) {}
}
