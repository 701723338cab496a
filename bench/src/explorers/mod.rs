//! Explorers on the same model.

pub mod bjl;
pub mod peer;

use bitsim::explore::model::{
    Budget, Continue, Explored, Store, Symmetry, explore, explore_packed, explore_tables,
};

use crate::child::{Clock, Measured};
use bjl::Bjl;

/// Explores as `how` says; `None` if nobody is called that.
pub fn run(how: &str, model: Bjl) -> Option<Measured> {
    let clock = Clock::start();
    let mut go_on = |_: &_| Continue::Yes;
    let found = match how {
        "exact" => explore(&model, &Budget::NONE, Store::Exact, &mut go_on),
        "compact" => explore(&model, &Budget::NONE, Store::Compact, &mut go_on),
        "packed" => explore_packed(&model, &Budget::NONE, &mut go_on),
        "tables" => explore_tables(&model, Symmetry::Ignored, &Budget::NONE, &mut go_on),
        "symmetric" => explore_tables(&model, Symmetry::Used, &Budget::NONE, &mut go_on),
        _ => return peer::run(how, model),
    };
    Some(clock.stop(found.states, check(&found)).with("bytes", found.bytes))
}

/// What must be the same for all that explore the same.
fn check<A>(found: &Explored<A>) -> String {
    let Explored { states, edges, levels, complete, .. } = found;
    let held = found.sometimes.iter().filter(|sometimes| sometimes.held).count();
    let fine = *complete && found.broken.is_none();
    format!("{states}/{edges}/{levels}, {held} sometimes, {}", if fine { "fine" } else { "broken" })
}
