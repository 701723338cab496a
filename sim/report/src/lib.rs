//! Everything that people read: traces, failures, diagnostics, summaries and the rule book.
//!
//! Nothing here judges. Whether a rule held is what `bitsim-oracle` found, whether a scenario got
//! what it demanded is what `bitsim-replay` found; this crate says so in words.
//!
//! | To find | look in |
//! | --- | --- |
//! | the rule book and the pages it cites | [`rulebook`], [`pages`] |
//! | the text of a trace | [`trace`] |
//! | what a failed run says | [`failure`] |

mod calls;
mod events;
mod excerpt;
pub mod failure;
mod lines;
mod moves;
pub mod names;
pub mod pages;
mod places;
pub mod rulebook;
#[cfg(test)]
mod sample;
pub mod snippet;
pub mod trace;
pub mod words;
