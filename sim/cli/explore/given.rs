//! Scenarios to begin at.

use crate::cli::files::{self, Loaded};
use crate::cli::{Exit, Stop};
use bitsim::explore::draw;
use bitsim::explore::story::Story;
use bitsim::report::words;
use bitsim::vocab::Target;
use std::path::PathBuf;

/// The stories that scenarios tell, on the targets that are asked for.
pub(super) fn stories(paths: &[PathBuf], on: &[Target]) -> Result<Vec<Story>, Stop> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut stories = Vec::new();
    let (mut runs, mut left_out) = (0, Vec::new());
    for file in files::find(paths)? {
        let scenario = match files::load(&file)? {
            Loaded::Scenario(scenario) => scenario,
            Loaded::Mistakes(..) => {
                let again = format!("bitsim check {}", files::quoted(&file.shown));
                let text = format!("`{}` is not valid; see {again}", file.shown);
                return Err(Stop { exit: Exit::Scenario, text });
            }
            Loaded::Fault(text) => return Err(Stop { exit: Exit::Simulator, text }),
        };
        let wanted = |target: &&Target| on.is_empty() || on.contains(target);
        for target in scenario.targets().iter().filter(wanted) {
            runs += 1;
            match bitsim::plan(&scenario, *target).and_then(|plan| draw::told_by(&plan)) {
                Some(story) => stories.push(story),
                None => left_out.push(file.test_name(*target)),
            }
        }
    }
    if stories.is_empty() {
        return Err(Stop::options(match runs {
            0 => "none of the scenarios runs on what --on says".to_owned(),
            _ => "none of the scenarios can be varied: each says what no story can".to_owned(),
        }));
    }
    if let Some(first) = left_out.first() {
        let runs = words::count(left_out.len(), "run");
        eprintln!("bitsim: left out because no story can say it: {runs}, {first} first");
    }
    Ok(stories)
}
