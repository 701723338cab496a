//! bitsim simulates the Background Intelligent Transfer Service (BITS) of Windows, faults included,
//! on virtual time, and checks what happens against the rules that Microsoft documents.
//!
//! ```text
//! scenario --parse--> Plan --engine--> Trace --oracle--> Findings --report--> terminal, snapshot
//! ```
//!
//! | To | look in |
//! | --- | --- |
//! | run a folder of scenarios as tests of your own crate | [`harness`] |
//! | read a scenario | [`scenario::load`], [`plan`] |
//! | play it | [`replay::play`] |
//! | drive a simulated computer yourself | [`engine::World`] |
//! | judge a trace from anywhere | [`oracle::judge`] |
//! | put a run into words | [`report`] |
//! | tell why a run failed | [`failing::Failed`] |
//! | read the transition table of the engine | [`matrix`] |
//! | know the words that all of them share | [`vocab`] |

pub mod failing;
#[cfg(feature = "harness")]
mod guard;
#[cfg(feature = "harness")]
pub mod harness;
pub mod matrix;
mod plans;
pub mod twice;

pub use bitsim_engine as engine;
pub use bitsim_explore as explore;
pub use bitsim_oracle as oracle;
pub use bitsim_replay as replay;
pub use bitsim_report as report;
pub use bitsim_scenario as scenario;
pub use bitsim_vocab as vocab;

pub use plans::{holds_on, plan};

/// The Rust of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
