//! Files that are there whole or not at all.

use super::Stop;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// To standard output.
    Stdout,
    /// Into this file.
    File(PathBuf),
}

/// Reads the name of a file, or `-` for standard output.
pub(crate) fn place(text: &str) -> Result<Place, String> {
    match text {
        "" => Err("an empty name is no file".to_owned()),
        "-" => Ok(Place::Stdout),
        path => Ok(Place::File(PathBuf::from(path))),
    }
}

/// Sees to it, before anything is played, that the file can be written: its folder must exist.
pub(crate) fn can_be_written(path: &Path) -> Result<(), Stop> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let text = format!("cannot write `{}`: there is no folder for it", path.display());
        return Err(Stop::options(text));
    }
    if path.is_dir() {
        let text = format!("cannot write `{}`: it is a folder", path.display());
        return Err(Stop::options(text));
    }
    Ok(())
}

/// Writes a file beside its place and moves it there when it is complete, so that nobody ever
/// finds half of it, also if the command is interrupted. What is no ordinary file (a pipe, a
/// device) is written as it is.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    // A link stays a link: what it leads to is replaced.
    let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let special = std::fs::metadata(&place).is_ok_and(|about| !about.is_file());
    let written = match special {
        true => std::fs::write(&place, text),
        false => replace(&place, text),
    };
    written.map_err(|error| Stop::options(format!("cannot write `{}`: {error}", path.display())))
}

fn replace(place: &Path, text: &str) -> std::io::Result<()> {
    let name = place.file_name().ok_or(ErrorKind::InvalidInput)?;
    let hidden = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    let part = folder_of(place).join(hidden);
    let written = std::fs::File::create(&part)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&part, place));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
