//! `bitsim explain`

use super::out::Out;
use super::{Exit, Stop};
use bitsim::report::explain as pages;

/// What to explain.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The id in brackets: SCN-004, or 4 for short [default: list them all]
    id: Option<String>,
}

/// Explains a diagnostic: what it means, why it is a mistake, and what to do.
pub(crate) fn explain(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let Some(given) = &options.id else {
        out.put(&pages::list());
        return Ok(Exit::Held);
    };
    match pages::id_of(given).and_then(pages::text) {
        Some(text) => {
            out.put(&text);
            Ok(Exit::Held)
        }
        None => Err(Stop::options(unknown(given))),
    }
}

fn unknown(given: &str) -> String {
    let rule = given.to_ascii_uppercase();
    let all = "bitsim explain lists all ids";
    if bitsim::vocab::RuleId::parse(&rule).is_some() {
        return format!("`{given}` is a documented rule; see bitsim rules {rule}");
    }
    let mut text = format!("no diagnostic has the id `{given}`; {all}");
    for (id, meaning) in pages::near(given) {
        text.push_str(&format!("\n        {id}  {meaning}"));
    }
    text
}
