//! A directory for what goes into a bucket. It goes with its process; where that was killed, the next one removes it.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::{env, io};

use tempfile::TempDir;

use crate::cli::error::{Error, reason};
use crate::cli::terminal::interrupt;
use crate::platform;

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
            let folder = platform::temporary_folder(parent, PREFIX, "")?;
            let path = folder.path().join(LOCK);
            let lock = platform::owner_only(OpenOptions::new().read(true).write(true).create_new(true)).open(&path)?;
            let is_locked = lock.try_lock().is_ok();
            // Before it was locked, another process may have taken it for one that was left.
            if is_locked && platform::is_same_file(&lock, &path) {
                remove_left(parent, platform::owner(&lock.metadata()?));
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
            && entry.metadata().is_ok_and(|found| found.is_dir() && platform::owner(&found) == owner);
        if is_ours && is_left(&entry.path().join(LOCK)) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn is_left(lock: &Path) -> bool {
    let opened = platform::open_itself(OpenOptions::new().read(true), lock);
    opened.is_ok_and(|file| file.metadata().is_ok_and(|found| found.is_file()) && file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dead_processes_left_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            platform::owner_only_folders().create(parent.path().join(name)).unwrap();
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
