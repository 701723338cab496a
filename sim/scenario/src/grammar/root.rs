//! The whole file, and what it is made of besides jobs and the timeline.

use super::Shape;

/// The whole file.
pub static ROOT: Shape =
    Shape { name: "scenario", doc: "", keys: &[], verbs: &[], may_be_empty: false };
