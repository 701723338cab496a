//! Everything that people read: traces, failures, diagnostics, summaries and the rule book.
//!
//! Nothing here judges. Whether a rule held is what `bitsim-oracle` found, whether a scenario got
//! what it demanded is what `bitsim-replay` found; this crate says so in words.
//!
//! | To find | look in |
//! | --- | --- |
//! | the rule book, its families and the pages it cites | [`rulebook`], [`families`], [`pages`] |
//! | the text of a trace, and where everything stands at one event of it | [`trace`], [`moment`] |
//! | what a failed run says | [`failure`], [`counterfactual`] |
//! | the lines of a file that a message is about | [`snippet`] |
//! | what is wrong with a scenario, and what its id means | [`diagnostics`], [`explain`] |
//! | a run as a drawing, and as a page for a browser | [`picture`], [`html`] |
//! | the language of scenarios for editors and readers | [`schema`] |
//! | what a suite came to, also for programs | [`summary`], [`results`], [`causes`] |
//! | the same for continuous integration | [`junit`], [`tap`], [`annotations`] |
//! | what behaves differently since another version | [`record`], [`changes`] |
//! | what `bitsim rules` prints | [`book`], [`matrix`] |
//! | what two services do differently in one scenario | [`diff`] |
//! | what jobs and actors are called, and things in words | [`names`], [`words`] |

pub mod annotations;
pub mod book;
mod calls;
pub mod causes;
pub mod changes;
pub mod counterfactual;
pub mod diagnostics;
pub mod diff;
mod events;
mod excerpt;
pub mod explain;
pub mod failure;
pub mod families;
pub mod html;
pub mod junit;
mod lines;
pub mod matrix;
pub mod moment;
mod moves;
pub mod names;
pub mod pages;
pub mod picture;
mod places;
pub mod record;
pub mod results;
mod rounds;
pub mod rulebook;
#[cfg(test)]
mod sample;
pub mod schema;
pub mod snippet;
mod standings;
pub mod summary;
pub mod tap;
pub mod trace;
pub mod words;

/// A value as indented JSON with a line end.
fn json(value: &impl serde::Serialize) -> String {
    // Only maps with keys that are no strings fail, and there are none.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
