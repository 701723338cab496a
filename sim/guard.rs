//! Faults of the simulator itself: caught, told with a line to report, and never mixed with those
//! of a scenario.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    /// Where a guarded call leaves the message of its panic; `None` while nothing is guarded.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls `work`; a panic becomes its message, with the place where it happened. Guarded work may
/// guard parts of itself.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = CAUGHT.with(|caught| caught.borrow_mut().replace(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let caught = CAUGHT.with(|caught| std::mem::replace(&mut *caught.borrow_mut(), outer));
    result.map_err(|_| caught.unwrap_or_default())
}

/// Panics that are [`guarded`] print nothing by themselves.
pub(crate) fn keep_panics_quiet() {
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let guarded = CAUGHT.with(|caught| {
            let mut caught = caught.borrow_mut();
            if let Some(text) = caught.as_mut() {
                *text = info.to_string();
            }
            caught.is_some()
        });
        if !guarded {
            others(info);
        }
    }));
}

/// What to tell about a caught panic. `again` is the command that brings it about.
pub(crate) fn own_fault(panic: &str, again: &str) -> String {
    let panic = panic.replace('\n', "\n  ");
    format!(
        "FAULT  bitsim itself failed; this says nothing about the scenario\n  {panic}\n  please \
         report it with the scenario, bitsim {} and the command: {again}\n",
        env!("CARGO_PKG_VERSION")
    )
}
