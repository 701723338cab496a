//! The local disk: volumes, files under their final names, and what fails on which path.

use bitsim_vocab::Hresult;
use bitsim_vocab::world::{PathOperation, Setup};
use std::collections::{BTreeMap, BTreeSet};

/// A file under its final name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    /// Bytes.
    pub(crate) size: u64,
    /// Version of the content; 1 is the one the run began with.
    pub(crate) version: u32,
}

/// The local disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Disk {
    pub(crate) files: BTreeMap<String, Stored>,
    /// The versions of files that were deleted, so that no other file passes for one of them.
    pub(crate) deleted: BTreeMap<String, u32>,
    /// Temporary files that no job owns any more, by their final name.
    pub(crate) orphans: BTreeSet<String>,
    pub(crate) denied: BTreeSet<(String, PathOperation)>,
    pub(crate) locked: BTreeSet<String>,
    /// How often each volume was replaced.
    pub(crate) changed: BTreeMap<String, u32>,
    pub(crate) free: BTreeMap<String, u64>,
}

impl Disk {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut disk = Self::default();
        for volume in &setup.volumes {
            disk.free.insert(fold(&volume.root), volume.free);
        }
        for file in &setup.local_files {
            disk.files.insert(fold(&file.path), Stored { size: file.size, version: 1 });
        }
        disk
    }

    pub(crate) fn file(&self, path: &str) -> Option<Stored> {
        self.files.get(&fold(path)).copied()
    }

    pub(crate) fn put(&mut self, path: &str, stored: Stored) {
        self.files.insert(fold(path), stored);
    }

    /// A file is deleted.
    pub(crate) fn remove(&mut self, path: &str) {
        let path = fold(path);
        if let Some(stored) = self.files.remove(&path) {
            self.deleted.insert(path, stored.version);
        }
    }

    /// Every file under its final name goes with the volume it lies on.
    pub(crate) fn remove_on(&mut self, root: &str) {
        self.files.retain(|path, _| !Self::on_volume(path, root));
    }

    /// The local file of an upload gets another size or time stamp.
    pub(crate) fn change(&mut self, path: &str, size: u64) {
        let stored = self.file(path).map(|stored| stored.version);
        let before = stored.or_else(|| self.deleted.get(&fold(path)).copied());
        let version = before.map_or(1, |before| before + 1);
        self.put(path, Stored { size, version });
    }

    pub(crate) fn leave_orphan(&mut self, path: &str) {
        self.orphans.insert(fold(path));
    }

    pub(crate) fn is_orphan(&self, path: &str) -> bool {
        self.orphans.contains(&fold(path))
    }

    pub(crate) fn deny(&mut self, path: &str, operation: PathOperation, denied: bool) {
        let key = (fold(path), operation);
        if denied {
            self.denied.insert(key);
        } else {
            self.denied.remove(&key);
        }
    }

    pub(crate) fn lock(&mut self, root: &str, locked: bool) {
        if locked {
            self.locked.insert(fold(root));
        } else {
            self.locked.remove(&fold(root));
        }
    }

    pub(crate) fn replace_volume(&mut self, root: &str) {
        *self.changed.entry(fold(root)).or_default() += 1;
    }

    pub(crate) fn set_free(&mut self, root: &str, free: u64) {
        self.free.insert(fold(root), free);
    }

    /// Free bytes on the volume of a path; `None` is without end.
    pub(crate) fn free(&self, path: &str) -> Option<u64> {
        self.free.get(&root_of(path)).copied()
    }

    /// Bytes of a temporary file were written to, or removed from, the volume of a path.
    pub(crate) fn use_space(&mut self, path: &str, written: u64, removed: u64) {
        if let Some(free) = self.free.get_mut(&root_of(path)) {
            *free = free.saturating_sub(written).saturating_add(removed);
        }
    }

    pub(crate) fn is_locked(&self, path: &str) -> bool {
        !self.locked.is_empty() && self.locked.contains(&root_of(path))
    }

    /// True if the path lies on this volume.
    pub(crate) fn on_volume(path: &str, root: &str) -> bool {
        root_of(path) == fold(root)
    }

    /// How often the volume of a path was replaced so far.
    pub(crate) fn volume_generation(&self, path: &str) -> u32 {
        if self.changed.is_empty() {
            return 0;
        }
        self.changed.get(&root_of(path)).copied().unwrap_or(0)
    }

    pub(crate) fn is_denied(&self, path: &str, operation: PathOperation) -> bool {
        !self.denied.is_empty() && self.denied.contains(&(fold(path), operation))
    }

    /// What keeps the temporary file of `path` from getting its final name.
    pub(crate) fn rename_failure(&self, path: &str) -> Option<Hresult> {
        if self.is_locked(path) {
            Some(Hresult::BG_E_DESTINATION_LOCKED)
        } else if self.is_denied(directory_of(path), PathOperation::Exist) {
            Some(Hresult::ERROR_PATH_NOT_FOUND)
        } else if self.is_denied(path, PathOperation::Rename) {
            Some(Hresult::E_ACCESSDENIED)
        } else {
            None
        }
    }
}

/// Everything before the last backslash.
pub(crate) fn directory_of(path: &str) -> &str {
    path.rfind('\\').map_or("", |end| &path[..end])
}

/// Windows paths are equal whatever their case.
fn fold(path: &str) -> String {
    path.to_ascii_lowercase()
}

fn root_of(path: &str) -> String {
    fold(path.get(..2).unwrap_or(path))
}
