//! Files that are there whole or not at all.

use super::Stop;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Write};
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

/// Sees to it, before anything is played, that the file can be written: its folder must exist, and
/// what is there already must not be protected.
pub(crate) fn can_be_written(path: &Path) -> Result<(), Stop> {
    let stop = |why: &str| Err(Stop::options(format!("cannot write `{}`: {why}", path.display())));
    if !folder_of(path).is_dir() {
        return stop("there is no folder for it");
    }
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => stop("it is a folder"),
        Ok(about) if about.permissions().readonly() => stop("it is write-protected"),
        _ => Ok(()),
    }
}

/// Writes a file beside its place and moves it there when it is complete, so that nobody ever
/// finds half of it, also if the command is interrupted. Who may read it stays as it was. What is
/// no ordinary file (a pipe, a device) is written as it is.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    // A link stays a link: what it leads to is replaced.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let written = match fs::metadata(&place) {
        Ok(about) if !about.is_file() => fs::write(&place, text),
        Ok(about) if about.permissions().readonly() => {
            Err(Error::new(ErrorKind::PermissionDenied, "it is write-protected"))
        }
        Ok(about) => replace(&place, text.as_bytes(), Some(about.permissions())),
        Err(_) => replace(&place, text.as_bytes(), None),
    };
    written.map_err(|error| Stop::options(format!("cannot write `{}`: {error}", path.display())))
}

/// Writes a file that is not there yet; one that is there stays as it is, and the error is
/// [`ErrorKind::AlreadyExists`].
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // The name is taken first: of two commands at a time one finds it taken.
    let made = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = made.metadata().and_then(|about| replace(path, bytes, Some(about.permissions())));
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// Removes a report of an earlier run, if it is one: a link or a device stays.
pub(crate) fn remove(path: &Path) -> Result<(), Stop> {
    if !fs::symlink_metadata(path).is_ok_and(|about| about.is_file()) {
        return Ok(());
    }
    let removed = fs::remove_file(path);
    removed.map_err(|error| Stop::options(format!("cannot remove `{}`: {error}", path.display())))
}

fn replace(place: &Path, bytes: &[u8], permissions: Option<Permissions>) -> Result<(), Error> {
    let name = place.file_name().ok_or(ErrorKind::InvalidInput)?;
    let hidden = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    let part = folder_of(place).join(hidden);
    let mut file = new_file(&part)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions)))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, place));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// A file of our own: nothing that somebody else put there, a link for example, is written to.
fn new_file(part: &Path) -> Result<File, Error> {
    let made = || OpenOptions::new().write(true).create_new(true).open(part);
    match made() {
        // A command with the number of this one was killed here.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(part)?;
            made()
        }
        made => made,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder for one test, which goes with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("bitsim written {name} {}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder");
            Self(folder)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).expect("the folder").flatten();
            let mut names: Vec<String> =
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_made_once_and_replaced_as_a_whole() {
        let folder = Folder::new("whole");
        let file = folder.0.join("x.json");
        create(&file, b"first").expect("made");
        let again = create(&file, b"second").expect_err("it is there");
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).expect("read"), b"first");
        let left = folder.0.join(format!(".x.json.{}.part", std::process::id()));
        fs::write(left, "left by a command that was killed").expect("a file");
        write(&file, "new").expect("written");
        assert_eq!(fs::read(&file).expect("read"), b"new");
        assert_eq!(folder.names(), ["x.json"]);
    }

    #[test]
    fn a_protected_file_stays_and_says_so_beforehand() {
        let folder = Folder::new("protected");
        let file = folder.0.join("x.json");
        fs::write(&file, "old").expect("a file");
        let open = fs::metadata(&file).expect("it is there").permissions();
        let mut closed = open.clone();
        closed.set_readonly(true);
        fs::set_permissions(&file, closed).expect("protected");
        for told in [can_be_written(&file), write(&file, "new")] {
            assert!(told.is_err_and(|stop| stop.text.ends_with("it is write-protected")));
        }
        assert_eq!(fs::read(&file).expect("read"), b"old");
        fs::set_permissions(&file, open).expect("open again");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = Folder::new("links");
        let (file, link) = (folder.0.join("x.json"), folder.0.join("link.json"));
        fs::write(&file, "old").expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("permissions");
        symlink(&file, &link).expect("a link");
        write(&link, "new").expect("written");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"new");
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        remove(&link).expect("a link is left alone");
        remove(&file).expect("removed");
        remove(&file).expect("nothing is there to remove");
        assert_eq!(folder.names(), ["link.json"]);
    }
}
