//! Looks for what breaks a documented rule: at random, around given scenarios, or everywhere.
//!
//! ```text
//! seed --draw--> Story --stage--> events --oracle--> Findings --minimise--> scenario
//! ```

pub mod everywhere;
pub mod model;
pub mod story;
