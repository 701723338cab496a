//! Everything that people read: traces, failures, diagnostics, summaries and the rule book.
//!
//! Nothing here judges. Whether a rule held is what `bitsim-oracle` found, whether a scenario got
//! what it demanded is what `bitsim-replay` found; this crate says so in words.
//!
//! | To find | look in |
//! | --- | --- |
//! | the rule book and the pages it cites | [`rulebook`], [`pages`] |
//! | the text of a trace | [`trace`] |

mod calls;
mod events;
mod lines;
mod moves;
pub mod names;
pub mod pages;
pub mod rulebook;
#[cfg(test)]
mod sample;
pub mod trace;
pub mod words;
