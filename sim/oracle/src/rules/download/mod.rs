//! Delivery Optimization's own interface.

use crate::view::downloads::Downloads;

families! {
    Downloads;
    state::State,
    start::Start,
    blocking::Blocking,
    pause::Pause,
    ending::Ending,
    status::Status,
    retry::Retry,
    network::Network,
    property::Property,
    notify::Notify,
    persist::Persist,
    priority::Priority,
    integrity::Integrity,
    age::Age,
}

#[cfg(test)]
mod testing;
