//! `bitsim new`

use super::files::quoted;
use super::out::Out;
use super::{Exit, Stop, written};
use bitsim::vocab::{Service, Target};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What to write.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Its name, with folders if you like: error_count/my_first
    name: String,
    /// What it runs on: bits, bits@1.5, do-legacy, do-download, do-download@agent
    #[arg(long, value_name = "TARGET", default_value = "bits", value_parser = super::target)]
    on: Target,
    /// The folder of all scenarios
    #[arg(long, value_name = "FOLDER", default_value = super::files::DEFAULT)]
    dir: PathBuf,
}

/// Where the schema of the language is, seen from a folder above the scenario.
const SCHEMAS: [&str; 2] = ["fixtures/schema/scenario.schema.json", "scenario.schema.json"];

/// Folders above the scenario in which the schema is looked for.
const LEVELS: usize = 8;

/// Writes a commented scenario that runs green, and says what to edit and what to run.
pub(crate) fn new(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let below = checked(&options.name, &options.dir)?;
    let path = options.dir.join(&below).with_extension("yaml");
    let shown = path.display().to_string().replace('\\', "/");
    let folder = path.parent().unwrap_or(Path::new("."));
    let cannot = |why: std::io::Error| Stop::options(format!("cannot write `{shown}`: {why}"));
    let exists = |shown: &str| {
        Stop::options(format!("`{shown}` exists already and is left alone; choose another name"))
    };
    if path.with_extension("yml").exists() {
        return Err(exists(&shown.replace(".yaml", ".yml")));
    }
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let text = scenario(options.on, folder);
    written::create(&path, text.as_bytes()).map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => exists(&shown),
        _ => cannot(why),
    })?;
    let path = quoted(&shown);
    let line = |what: &str| {
        let index = text.lines().position(|line| line.trim_start().starts_with(what));
        index.map_or(0, |index| index + 1)
    };
    let (fault, check) = (line("fault:"), line("expect:"));
    out.put(&format!("edit    {path}   (fault: line {fault}, check: line {check})\n"));
    out.put(&format!("run     bitsim run {path}\n"));
    Ok(Exit::Held)
}

/// The path of the scenario below the folder of all scenarios.
fn checked(name: &str, dir: &Path) -> Result<PathBuf, Stop> {
    let slashed = name.replace('\\', "/");
    let bare = slashed.strip_suffix(".yaml").or_else(|| slashed.strip_suffix(".yml"));
    let bare = bare.unwrap_or(&slashed);
    // Who completes a path in the shell begins with the folder of all scenarios.
    let dir = dir.display().to_string().replace('\\', "/");
    let inside = bare.strip_prefix(dir.trim_end_matches('/'));
    let bare = inside.and_then(|rest| rest.strip_prefix('/')).unwrap_or(bare);
    let fits = |part: &str| {
        let letters = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        letters && !part.is_empty() && !part.starts_with('-')
    };
    if bare.split('/').all(fits) {
        return Ok(bare.split('/').collect());
    }
    let mut text = format!(
        "`{name}` cannot name a scenario, since it names a test, too: use letters, digits, `_` \
         and `-`, and `/` between folders"
    );
    let better = like(bare);
    if !better.is_empty() {
        let _ = write!(text, "; for example: bitsim new {better}");
    }
    Err(Stop::options(text))
}

/// A name like this one that is none too odd.
fn like(name: &str) -> String {
    let parts = name.split('/').map(|part| {
        let words = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        let words: Vec<String> =
            words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
        words.join("_").trim_matches('-').to_owned()
    });
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// The text of a first scenario on a target, for a file in this folder.
fn scenario(target: Target, folder: &Path) -> String {
    let template = match target.service {
        Service::Bits => include_str!("new/bits.yaml"),
        Service::DoLegacy => include_str!("new/do_legacy.yaml"),
        Service::DoDownload => include_str!("new/do_download.yaml"),
    };
    let mut text = match schema(folder) {
        Some(path) => format!("# yaml-language-server: $schema={path}\n"),
        None => "\
# For completion and help while you type: `bitsim schema -o scenario.schema.json`, here or in a
# folder above; scenarios made after that name it in their first line.
"
        .to_owned(),
    };
    for line in template.lines() {
        match line.starts_with("run_on:") {
            true => {
                let _ = writeln!(text, "run_on: [{target}]");
            }
            false => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text
}

/// The way from a folder to the schema of the language, if there is one in or above it.
fn schema(folder: &Path) -> Option<String> {
    let ways = (0..=LEVELS).flat_map(|up| {
        let way = "../".repeat(up);
        SCHEMAS.iter().map(move |schema| format!("{way}{schema}"))
    });
    let mut ways = ways;
    ways.find(|way| folder.join(way).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> Result<String, String> {
        let found = checked(name, Path::new("scenarios"));
        found
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .map_err(|stop| stop.text.rsplit("bitsim new ").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn names_may_have_folders_and_are_tests_names() {
        assert_eq!(path("first").as_deref(), Ok("first"));
        assert_eq!(path("a/b-c/d_1").as_deref(), Ok("a/b-c/d_1"));
        assert_eq!(path("a\\b").as_deref(), Ok("a/b"));
        assert_eq!(path("first.yaml").as_deref(), Ok("first"));
        assert_eq!(path("scenarios/bits/first.yml").as_deref(), Ok("bits/first"));
    }

    #[test]
    fn odd_names_get_a_better_one() {
        assert_eq!(path("My first test"), Err("my_first_test".to_owned()));
        assert_eq!(path("../a b/é!c"), Err("a_b/c".to_owned()));
        assert_eq!(path("/etc/x"), Err("etc/x".to_owned()));
        assert!(path("").is_err_and(|text| text.contains("use letters")));
        assert!(path("..").is_err());
        assert!(path("a//b").is_err());
        assert_eq!(path("--help-me"), Err("help-me".to_owned()));
    }
}
