//! Scenario files, from their bytes to the verdict.

use std::path::{Path, PathBuf};

use bitsim::{plan, replay, scenario};

use crate::child::{Clock, Measured};

/// Reads `files` files, each from its bytes on, and plays each on its first target. The shipped
/// scenarios are read again and again until there are as many.
pub fn run(files: u64) -> Measured {
    let mut paths = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios")), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "there are scenarios");
    let (mut held, mut events) = (0, 0);
    let clock = Clock::start();
    for path in paths.iter().cycle().take(files as usize) {
        let bytes = std::fs::read(path).expect("a scenario can be read");
        let name = path.to_string_lossy();
        let scenario = scenario::load(&name, &bytes).expect("a shipped scenario is valid");
        let target = scenario.targets()[0];
        let plan = plan(&scenario, target).expect("its own target has a plan");
        let run = replay::play(&plan);
        held += u64::from(run.holds());
        events += run.trace.events.len() as u64;
    }
    clock.stop(files, format!("{held} held")).with("events", events)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
}
