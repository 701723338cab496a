//! Delivery Optimization's own interface.

use crate::view::downloads::Downloads;

families! {
    Downloads;
    state::State,
    start::Start,
    blocking::Blocking,
    pause::Pause[CallOver Called Standing Requested AttemptBegan Bytes LeftQueue],
    ending::Ending[CallOver Called File],
    status::Status[Called Standing AttemptEnded Bytes File],
    retry::Retry,
    network::Network,
    property::Property[CallOver Called],
    notify::Notify,
    persist::Persist,
    priority::Priority[Called AttemptBegan AttemptEnded LeftQueue],
    integrity::Integrity[CallOver Env Requested Bytes File Standing],
    age::Age,
}

#[cfg(test)]
mod testing;
