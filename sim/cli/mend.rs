//! Writes repaired scenarios back: whole or not at all, and never over what somebody else has
//! written meanwhile.

use super::files::File;
use super::guard::guarded;
use bitsim::scenario::LARGEST_FILE;
use bitsim::scenario::repair::{Change, Repaired, repair};
use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// What was done to a file.
#[derive(Debug, Default)]
pub(crate) struct Mended {
    /// The edits.
    pub(crate) changes: Vec<Change>,
    /// Edits that would have done more harm than good.
    pub(crate) refused: Vec<Change>,
    /// Edits that were not tried.
    pub(crate) untried: Vec<Change>,
    /// The file that was written, if a link led to it.
    pub(crate) behind: Option<PathBuf>,
}

/// Why a file could not be repaired.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) text: String,
    /// False for a pipe or a device, which is not to be read either.
    pub(crate) is_file: bool,
}

/// Repairs a file; `dry` only looks. The error says in a sentence why it could not be written.
pub(crate) fn mend(file: &File, dry: bool) -> Result<Mended, Trouble> {
    let failed = |error: Error| Trouble {
        is_file: error.kind() != ErrorKind::InvalidInput,
        text: format!("cannot repair `{}`: {error}", file.shown),
    };
    let bytes = contents(&file.path).map_err(failed)?;
    if bytes.len() > LARGEST_FILE {
        return Ok(Mended::default());
    }
    // If the reader itself fails, reading the file is about to tell so.
    let Ok(repaired) = guarded(|| repair(&file.shown, &bytes)) else {
        return Ok(Mended::default());
    };
    let behind = match repaired.changes.is_empty() || dry {
        true => None,
        false => replace(&file.path, &bytes, &repaired.bytes).map_err(failed)?,
    };
    let Repaired { changes, refused, untried, .. } = repaired;
    Ok(Mended { changes, refused, untried, behind })
}

/// What an ordinary file holds, but no more than it takes to know that it is too large. What is no
/// file is not even opened: a pipe would wait for its writer, and `/dev/zero` never ends.
fn contents(path: &Path) -> Result<Vec<u8>, Error> {
    if !fs::metadata(path)?.is_file() {
        return Err(no_ordinary_file());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn no_ordinary_file() -> Error {
    Error::new(ErrorKind::InvalidInput, "it is no ordinary file")
}

/// Puts `new` in the place of a file that holds `old`. Returns where it is, if `path` is a link.
fn replace(path: &Path, old: &[u8], new: &[u8]) -> Result<Option<PathBuf>, Error> {
    let is_link = fs::symlink_metadata(path)?.is_symlink();
    let file = if is_link { fs::canonicalize(path)? } else { path.to_path_buf() };
    let standing = fs::metadata(&file)?;
    if !standing.is_file() {
        return Err(no_ordinary_file());
    }
    if standing.permissions().readonly() {
        return Err(Error::new(ErrorKind::PermissionDenied, "it is write-protected"));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = file.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let mut written = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let moved = written
        .write_all(new)
        .and_then(|()| written.set_permissions(standing.permissions()))
        .and_then(|()| written.sync_all())
        .and_then(|()| unchanged(&file, old))
        .and_then(|()| fs::rename(&beside, &file));
    if let Err(error) = moved {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    Ok(is_link.then_some(file))
}

fn unchanged(file: &Path, old: &[u8]) -> Result<(), Error> {
    match contents(file)? == old {
        true => Ok(()),
        false => Err(Error::other("it has changed meanwhile; run the command again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file in a folder of its own, which goes with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, text: &[u8]) -> (Self, PathBuf) {
            let folder =
                std::env::temp_dir().join(format!("bitsim mend {name} {}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder");
            let file = folder.join("a.yaml");
            fs::write(&file, text).expect("a file");
            (Self(folder), file)
        }

        fn entries(&self) -> usize {
            fs::read_dir(&self.0).expect("a folder").count()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let (folder, file) = Folder::new("whole", b"old");
        assert_eq!(replace(&file, b"old", b"new").expect("written"), None);
        assert_eq!(fs::read(&file).expect("read"), b"new");
        assert_eq!(folder.entries(), 1, "nothing else is left behind");
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_stays() {
        let (folder, file) = Folder::new("meanwhile", b"theirs");
        let error = replace(&file, b"old", b"new").expect_err("not written");
        assert!(error.to_string().contains("changed meanwhile"), "{error}");
        assert_eq!(fs::read(&file).expect("read"), b"theirs");
        assert_eq!(folder.entries(), 1, "nothing else is left behind");
    }

    #[test]
    fn a_write_protected_file_stays() {
        let (_folder, file) = Folder::new("protected", b"old");
        let mut permissions = fs::metadata(&file).expect("it is there").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).expect("protected");
        assert!(replace(&file, b"old", b"new").is_err());
        assert_eq!(fs::read(&file).expect("read"), b"old");
    }

    #[test]
    fn no_more_is_read_than_shows_that_it_is_too_large() {
        let (_folder, file) = Folder::new("large", b"old");
        let large = OpenOptions::new().write(true).open(&file).expect("opened");
        large.set_len(10 * LARGEST_FILE as u64).expect("longer");
        assert_eq!(contents(&file).expect("read").len(), LARGEST_FILE + 1);
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_read() {
        let error = contents(Path::new("/dev/zero")).expect_err("not read");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (folder, file) = Folder::new("link", b"old");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions");
        let link = folder.0.join("link.yaml");
        symlink(&file, &link).expect("a link");
        let behind = replace(&link, b"old", b"new").expect("written").expect("told");
        assert!(behind.ends_with("a.yaml"), "{behind:?}");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"new");
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
