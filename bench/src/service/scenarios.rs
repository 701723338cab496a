//! Scenario files, from their bytes to the verdict.

use std::path::Path;

use bitsim_replay::FailureKind;

use crate::child::{Clock, Measured};

/// Reads `files` files, each from its bytes on, and plays each on its first target. The shipped
/// scenarios are read again and again until there are as many.
pub fn run(files: u64) -> Measured {
    // Named from their folder on, so that it makes no difference where that lies.
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"));
    let mut names = Vec::new();
    collect(folder, "", &mut names);
    names.sort();
    assert!(!names.is_empty(), "there are scenarios");
    let (mut held, mut events) = (0, 0);
    let clock = Clock::start();
    for name in names.iter().cycle().take(files as usize) {
        let bytes = std::fs::read(folder.join(name)).expect("a scenario can be read");
        let scenario = bitsim_scenario::load(name, &bytes).expect("a shipped scenario is valid");
        let target = scenario.targets()[0];
        let plan = scenario.plan(target).expect("its own target has a plan");
        let run = bitsim_replay::play(&plan);
        // A rule that only another target of the file has is no failure; the command knows which.
        let elsewhere = |kind| kind == FailureKind::NotExercised;
        let fails = run.failures.iter().any(|failure| !elsewhere(failure.kind));
        held += u64::from(!fails && run.violations().next().is_none());
        events += run.trace.events.len() as u64;
    }
    clock.stop(files, format!("{held} held")).with("events", events)
}

fn collect(folder: &Path, inside: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder can be read").flatten() {
        let path = entry.path();
        let name = format!("{inside}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), names);
        } else if name.ends_with(".yaml") {
            names.push(name);
        }
    }
}
