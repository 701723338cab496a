//! Looks for what breaks a documented rule: at random, around given scenarios, or everywhere.
//!
//! ```text
//! seed --draw--> Story --stage--> events --oracle--> Findings --minimise--> scenario
//! ```

pub mod campaign;
pub mod draw;
pub mod everywhere;
pub mod found;
pub mod minimise;
pub mod model;
pub mod story;
