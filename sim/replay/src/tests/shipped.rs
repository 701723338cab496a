//! The shipped scenarios.

use bitsim_scenario::{Plan, load};
use std::path::Path;

/// Every shipped scenario: its name and its plans, one for each target.
pub(crate) fn shipped() -> Vec<(String, Vec<Plan>)> {
    let mut paths = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"), &mut paths);
    paths.sort();
    let plans = |path: &String| {
        let text = std::fs::read(path).expect("a scenario can be read");
        let scenario = load(path, &text).expect("it has no mistakes");
        scenario.targets().iter().filter_map(|target| scenario.plan(*target)).collect()
    };
    paths.iter().map(|path| (path.clone(), plans(path))).collect()
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("the scenarios can be listed") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            found.push(path.display().to_string());
        }
    }
}
