//! Who fills a store, so that only one does. The lock is the operating system's, on a file beside the store: it ends with
//! its process, however that ends, so that nobody who is gone holds a store. What the file says is for people only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::beside::beside;
use crate::platform;

/// What is read of the file at the most; whoever can write beside the store may have made it long.
const MOST: u64 = 4 << 10;

/// A store that is ours to fill, until this is dropped.
#[derive(Debug)]
pub struct StoreLock {
    file: File,
}

/// A process that fills a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// Its number.
    pub pid: u32,
    /// The machine that it runs on.
    pub host: String,
    /// When it began, in RFC 3339.
    pub since: String,
    /// What it does.
    pub command: String,
}

/// Why a store is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else fills it, and perhaps says who.
    #[error("the store {} is in use by {}", .0.display(), .1.as_ref().map_or_else(|| "another process".to_owned(), LockHolder::to_string))]
    Held(PathBuf, Option<LockHolder>),
    /// The file beside the store could not be opened or locked.
    #[error("locking {}: {}", .0.display(), crate::decode::defect::io_reason(.1))]
    Io(PathBuf, #[source] io::Error),
    /// What has the name of that file is something else, and stays as it is.
    #[error("locking {}: it is {}, not a lock of tfctrail", .0.display(), .1)]
    Foreign(PathBuf, &'static str),
}

/// How every lock file begins that a holder has signed.
const SIGNATURE: &[u8] = b"{\"pid\":";

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pid, host, since, command } = self;
        write!(f, "process {pid} on {host} since {since} ({command})")
    }
}

/// The file beside a store.
#[must_use]
pub fn lock_file(store: &Path) -> PathBuf {
    beside(store, ".lock")
}

impl StoreLock {
    /// Takes the store for `me`, or tells who has it.
    pub fn take(store: &Path, me: &LockHolder) -> Result<Self, LockError> {
        let path = lock_file(store);
        let mut file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Self { file }.signed(me, &path),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(store.to_owned(), read(&mut file))),
            Err(TryLockError::Error(error)) => Err(LockError::Io(path, error)),
        }
    }

    /// The same, but waits until the store is free.
    pub fn wait(store: &Path, me: &LockHolder) -> Result<Self, LockError> {
        let path = lock_file(store);
        let file = open(&path)?;
        file.lock().map_err(|error| LockError::Io(path.clone(), error))?;
        Self { file }.signed(me, &path)
    }

    fn signed(mut self, me: &LockHolder, path: &Path) -> Result<Self, LockError> {
        let failed = |error| LockError::Io(path.to_owned(), error);
        if !is_ours(&mut self.file).map_err(failed)? {
            return Err(LockError::Foreign(path.to_owned(), "a file with another content"));
        }
        let text = serde_json::to_vec(me).map_err(|error| failed(error.into()))?;
        let mut sign = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(&text)
        };
        sign().map_err(failed)?;
        Ok(self)
    }
}

/// Whether a file is empty, or was signed by a holder.
fn is_ours(file: &mut File) -> io::Result<bool> {
    let mut text = Vec::new();
    file.rewind()?;
    file.take(MOST + 1).read_to_end(&mut text)?;
    Ok(text.is_empty() || (text.len() as u64 <= MOST && text.starts_with(SIGNATURE)))
}

fn open(path: &Path) -> Result<File, LockError> {
    // What it says stays until the lock is ours.
    let mut options = OpenOptions::new();
    platform::owner_only(options.read(true).write(true).create(true).truncate(false));
    let foreign = |what| Err(LockError::Foreign(path.to_owned(), what));
    let failed = |error: io::Error| LockError::Io(path.to_owned(), error);
    let file = match platform::open_itself(&mut options, path) {
        Err(error) if platform::is_link_error(&error) => return foreign("a symbolic link"),
        opened => opened.map_err(failed)?,
    };
    let metadata = file.metadata().map_err(failed)?;
    match platform::link_count(&file).map_err(failed)? {
        _ if !metadata.is_file() => foreign("no file"),
        ..=1 => Ok(file),
        _ => foreign("a file that has other names"),
    }
}

/// Who wrote the file; nothing where that is not what is expected, or is being written.
fn read(file: &mut File) -> Option<LockHolder> {
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32) -> LockHolder {
        let text = |text: &str| text.to_owned();
        LockHolder { pid, host: text("build-7"), since: text("2026-11-22T12:34:56Z"), command: text("sync") }
    }

    #[test]
    fn one_has_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let first = StoreLock::take(&store, &holder(1)).unwrap();
        // Windows lets nobody else read a file that is locked, and Wine does.
        let may_be_nameless = cfg!(not(unix));
        let Err(LockError::Held(_, found)) = StoreLock::take(&store, &holder(2)) else { panic!("taken twice") };
        assert!(found.as_ref().map_or(may_be_nameless, |found| *found == holder(1)), "{found:?}");
        drop(first);
        let _second = StoreLock::take(&store, &holder(2)).unwrap();
        let error = StoreLock::take(&store, &holder(3)).unwrap_err().to_string();
        let is_named = error.ends_with("is in use by process 2 on build-7 since 2026-11-22T12:34:56Z (sync)");
        assert!(is_named || (may_be_nameless && error.ends_with("is in use by another process")), "{error}");
    }

    // A lock of Windows keeps others from reading the file, and from writing it.
    #[cfg(unix)]
    #[test]
    fn nobody_believes_what_the_file_says() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let lock = StoreLock::take(&store, &holder(1)).unwrap();
        std::fs::write(lock_file(&store), "{\"pid\":\"\u{1b}[2J\"}").unwrap();
        let error = StoreLock::take(&store, &holder(2)).unwrap_err().to_string();
        assert!(error.ends_with("is in use by another process"), "{error}");
        drop(lock);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_lock_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (store, other) = (folder.path().join("store.db"), folder.path().join("other"));
        let lock = lock_file(&store);
        let check = |what: &str, text: &[u8]| {
            for taken in [StoreLock::take(&store, &holder(1)), StoreLock::wait(&store, &holder(1))] {
                let expected = format!("locking {}: it is {what}, not a lock of tfctrail", lock.display());
                assert_eq!(taken.map(drop).unwrap_err().to_string(), expected);
            }
            if !text.is_empty() {
                assert_eq!(std::fs::read(&lock).unwrap(), text);
            }
            std::fs::remove_file(&lock).unwrap();
        };
        std::fs::write(&other, "notes").unwrap();
        std::os::unix::fs::symlink(&other, &lock).unwrap();
        check("a symbolic link", b"notes");
        std::fs::hard_link(&other, &lock).unwrap();
        check("a file that has other names", b"notes");
        for text in ["notes".to_owned(), "x".repeat(1 << 20)] {
            std::fs::write(&lock, &text).unwrap();
            check("a file with another content", text.as_bytes());
        }
        let made = std::process::Command::new("mkfifo").arg(&lock).status().unwrap();
        assert!(made.success());
        check("no file", b"");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "notes");
        // What a holder was not able to finish is ours.
        for text in ["", "{\"pid\":1"] {
            std::fs::write(&lock, text).unwrap();
            drop(StoreLock::take(&store, &holder(1)).unwrap());
        }
    }

    #[test]
    fn whoever_waits_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let first = StoreLock::take(&store, &holder(1)).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| StoreLock::wait(&store, &holder(2)).map(drop));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }
}
