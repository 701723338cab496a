//! Scenarios: YAML in, a [`Plan`] or a list of diagnostics out.

pub mod plan;

pub use plan::Plan;
