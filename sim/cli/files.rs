//! From paths on the command line to scenarios.

use super::Stop;
use super::guard::{guarded, own_fault};
use bitsim::report::{names, words};
use bitsim::scenario::{Diagnostic, LARGEST_FILE, Scenario, Source};
use bitsim::vocab::Target;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Where scenarios are looked for if no path is given.
pub(crate) const DEFAULT: &str = "scenarios";

/// A scenario's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Where it is, as it was found, with `/`.
    pub(crate) shown: String,
    /// What names its tests: the path below the folder of all scenarios.
    below: PathBuf,
}

impl File {
    /// The name of the test on a target.
    pub(crate) fn test_name(&self, target: Target) -> String {
        names::test_name(&self.below, target)
    }
}

/// What became of reading a file.
pub(crate) enum Loaded {
    /// It holds a scenario.
    Scenario(Box<Scenario>),
    /// It holds mistakes, whose places count in the text.
    Mistakes(Source, Vec<Diagnostic>),
    /// The reader itself failed; the text says how.
    Fault(String),
}

/// Every scenario file under the paths, in the order of their names, each once.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<File>, Stop> {
    let default = [PathBuf::from(DEFAULT)];
    let given = !paths.is_empty();
    let paths = if given { paths } else { &default };
    let mut files = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(|error| {
            if !given && error.kind() == std::io::ErrorKind::NotFound {
                let advice = "name a scenario or a folder of scenarios";
                return Stop::options(format!("there is no folder `{DEFAULT}` here; {advice}"));
            }
            cannot_read(path, &error)
        })?;
        let before = files.len();
        if kind.is_dir() {
            search(path, path, &mut files)?;
        } else {
            files.push(file(path.clone(), path.parent().unwrap_or(Path::new(""))));
        }
        if files.len() == before {
            let text = format!("there is no scenario (*.yaml) under `{}`", shown(path));
            return Err(Stop::options(text));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn search(folder: &Path, root: &Path, files: &mut Vec<File>) -> Result<(), Stop> {
    let broken = |error: std::io::Error| cannot_read(folder, &error);
    for entry in std::fs::read_dir(folder).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let path = entry.path();
        // A folder behind a link is not followed: it may lead back here.
        if entry.file_type().map_err(broken)?.is_dir() {
            search(&path, root, files)?;
        } else if is_scenario(&path) && path.is_file() {
            files.push(file(path, root));
        }
    }
    Ok(())
}

fn is_scenario(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml" || end == "yml")
}

/// A file found under `root`. Its tests are named from the innermost folder called `scenarios`
/// on, so that they have one name however the command was called.
fn file(path: PathBuf, root: &Path) -> File {
    let parts: Vec<Component<'_>> = path.components().collect();
    let default = parts
        .iter()
        .rposition(|part| part.as_os_str() == DEFAULT)
        .filter(|position| position + 1 < parts.len());
    let below = match default {
        Some(position) => parts[position + 1..].iter().collect(),
        None => path.strip_prefix(root).unwrap_or(&path).to_path_buf(),
    };
    File { shown: shown(&path), below, path }
}

/// Reads a file. One that is too large to be a scenario is not loaded.
pub(crate) fn load(file: &File) -> Result<Loaded, Stop> {
    let broken = |error: std::io::Error| cannot_read(&file.path, &error);
    let source = std::fs::File::open(&file.path).map_err(broken)?;
    let most = LARGEST_FILE as u64;
    let size = source.metadata().map_err(broken)?.len();
    if size > most {
        let source = Source { path: file.shown.clone(), text: String::new() };
        return Ok(Loaded::Mistakes(source, vec![bitsim::scenario::too_large(size)]));
    }
    let mut bytes = Vec::new();
    // What is no ordinary file may have more to give than its size says.
    source.take(most + 1).read_to_end(&mut bytes).map_err(broken)?;
    Ok(match guarded(|| bitsim::scenario::load(&file.shown, &bytes)) {
        Ok(Ok(scenario)) => Loaded::Scenario(Box::new(scenario)),
        Ok(Err(mistakes)) => Loaded::Mistakes(Source::lossy(&file.shown, &bytes), mistakes),
        Err(panic) => {
            Loaded::Fault(own_fault(&panic, &format!("bitsim check {}", quoted(&file.shown))))
        }
    })
}

/// A path as an argument of a command.
pub(crate) fn quoted(path: &str) -> String {
    words::argument(path)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Stop {
    Stop::options(format!("cannot read `{}`: {error}", shown(path)))
}

fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}
