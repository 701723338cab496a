//! Who may know whom: no service knows another, and the judge does not know the engine.

use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} holds no sources");
    files
}

/// The lines of `folder` that name one of `others`.
fn names(folder: &str, others: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources(folder) {
        for (line, code) in (1..).zip(text.lines()) {
            if others.iter().any(|other| code.contains(other.as_str())) {
                found.push(format!("{}:{line}: {}", path.display(), code.trim()));
            }
        }
    }
    found
}

#[test]
fn no_service_imports_another() {
    let services = ["bits", "legacy", "download"];
    for (root, prefix) in [("sim/engine/src", "crate::"), ("sim/oracle/src/rules", "rules::")] {
        for service in services {
            let folder = format!("{root}/{service}");
            let others: Vec<String> = services
                .iter()
                .filter(|other| **other != service)
                .map(|other| format!("{prefix}{other}"))
                .collect();
            let found = names(&folder, &others);
            assert!(found.is_empty(), "{folder} knows another service:\n{}", found.join("\n"));
        }
    }
}

#[test]
fn what_services_share_knows_none_of_them() {
    let shared = ["disk", "env", "link", "servers", "service", "table", "timers", "choose"];
    assert!(Path::new("sim/engine/src").is_dir());
    for module in shared {
        let path = format!("sim/engine/src/{module}.rs");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"));
        for service in ["crate::bits", "crate::legacy", "crate::download"] {
            assert!(!text.contains(service), "{path} knows {service}");
        }
    }
}

#[test]
fn the_judge_does_not_know_the_player() {
    let engine = ["bitsim_engine".to_owned(), "bitsim_replay".to_owned()];
    assert_eq!(names("sim/oracle/src", &engine), Vec::<String>::new());
    let judge = ["bitsim_oracle".to_owned(), "bitsim_scenario".to_owned()];
    assert_eq!(names("sim/engine/src", &judge), Vec::<String>::new());
}

#[test]
fn one_function_writes_the_state() {
    for (folder, write) in [
        ("sim/engine/src/bits", ".state = "),
        ("sim/engine/src/legacy", ".state = "),
        ("sim/engine/src/download", ".standing = "),
    ] {
        let found = names(folder, &[write.to_owned()]);
        assert_eq!(found.len(), 1, "{folder} writes states at:\n{}", found.join("\n"));
    }
}
