//! A directory for what goes into a bucket. It goes with its process; where that was killed, the next one removes it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::{env, io};

use rustix::fs::OFlags;
use tempfile::TempDir;

use crate::cli::error::{Error, reason};
use crate::cli::terminal::interrupt;

/// How its name begins.
const PREFIX: &str = "tfctrail-upload-";

/// The file in it that is locked as long as its process lives.
const LOCK: &str = ".lock";

/// The directory, until it is dropped.
#[derive(Debug)]
pub(super) struct Staging {
    folder: TempDir,
    _lock: File,
}

impl Staging {
    /// Makes one that only its owner enters, and removes those of processes that are gone.
    pub(super) fn new() -> Result<Self, Error> {
        let parent = env::temp_dir();
        let staging = interrupt::creating(|| Self::below(&parent), |staging| staging.path().to_owned());
        staging.map_err(|error| {
            Error::failure(format!("creating a temporary directory in '{}': {}", parent.display(), reason(&error)))
        })
    }

    fn below(parent: &Path) -> io::Result<Self> {
        loop {
            let mut builder = tempfile::Builder::new();
            let folder = builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir_in(parent)?;
            let path = folder.path().join(LOCK);
            let lock = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
            let ours = lock.metadata()?;
            let is_locked = lock.try_lock().is_ok();
            // Before it was locked, another process may have taken it for one that was left.
            if is_locked && fs::symlink_metadata(&path).is_ok_and(|found| found.ino() == ours.ino()) {
                remove_left(parent, ours.uid());
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what processes of this owner left that are gone. What cannot be removed stays.
fn remove_left(parent: &Path, owner: u32) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
            && entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == owner);
        if is_ours && is_left(&entry.path().join(LOCK)) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn is_left(lock: &PathBuf) -> bool {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(lock);
    opened.is_ok_and(|file| file.metadata().is_ok_and(|found| found.is_file()) && file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::DirBuilderExt as _;

    use super::*;

    #[test]
    fn what_dead_processes_left_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            fs::DirBuilder::new().mode(0o700).create(parent.path().join(name)).unwrap();
            parent.path().join(name)
        };
        let left = make("tfctrail-upload-AbCdEf");
        for name in [LOCK, "report.json"] {
            fs::write(left.join(name), "").unwrap();
        }
        fs::write(make("other").join(LOCK), "").unwrap();
        // Without a lock it is none of ours, or not yet.
        make("tfctrail-upload-GhIjKl");
        let alive = Staging::below(parent.path()).unwrap();
        let second = Staging::below(parent.path()).unwrap();
        assert!(!left.exists() && alive.path().exists());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 4);
        drop((alive, second));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2);
    }
}
