//! Who fills a store, so that only one does. The lock is the operating system's, on a file beside the store: it ends with
//! its process, however that ends, so that nobody who is gone holds a store. What the file says is for people only.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What is read of the file at the most; whoever can write beside the store may have made it long.
const MOST: u64 = 4 << 10;

/// A store that is ours to fill, until this is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// A process that fills a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
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
    #[error("the store {} is in use by {}", .0.display(), .1.as_ref().map_or_else(|| "another process".to_owned(), Holder::to_string))]
    Held(PathBuf, Option<Holder>),
    /// The file beside the store could not be opened or locked.
    #[error("locking {}: {}", .0.display(), crate::decode::defect::io_reason(.1))]
    Io(PathBuf, #[source] io::Error),
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pid, host, since, command } = self;
        write!(f, "process {pid} on {host} since {since} ({command})")
    }
}

/// The file beside a store.
#[must_use]
pub fn lock_file(store: &Path) -> PathBuf {
    let mut name = OsString::from(store);
    name.push(".lock");
    name.into()
}

impl Lock {
    /// Takes the store for `me`, or tells who has it.
    pub fn take(store: &Path, me: &Holder) -> Result<Self, LockError> {
        let path = lock_file(store);
        let mut file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Self { file }.signed(me).map_err(|error| LockError::Io(path, error)),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(store.to_owned(), read(&mut file))),
            Err(TryLockError::Error(error)) => Err(LockError::Io(path, error)),
        }
    }

    /// The same, but waits until the store is free.
    pub fn wait(store: &Path, me: &Holder) -> Result<Self, LockError> {
        let path = lock_file(store);
        let file = open(&path)?;
        let locked = file.lock().and_then(|()| Self { file }.signed(me));
        locked.map_err(|error| LockError::Io(path, error))
    }

    fn signed(mut self, me: &Holder) -> io::Result<Self> {
        let text = serde_json::to_vec(me)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text)?;
        Ok(self)
    }
}

fn open(path: &Path) -> Result<File, LockError> {
    // What it says stays until the lock is ours.
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|error| LockError::Io(path.to_owned(), error))
}

/// Who wrote the file; nothing where that is not what is expected, or is being written.
fn read(file: &mut File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32) -> Holder {
        let text = |text: &str| text.to_owned();
        Holder { pid, host: text("build-7"), since: text("2026-11-22T12:34:56Z"), command: text("sync") }
    }

    #[test]
    fn one_has_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let first = Lock::take(&store, &holder(1)).unwrap();
        let Err(LockError::Held(_, Some(found))) = Lock::take(&store, &holder(2)) else { panic!("taken twice") };
        assert_eq!(found, holder(1));
        drop(first);
        let _second = Lock::take(&store, &holder(2)).unwrap();
        let error = Lock::take(&store, &holder(3)).unwrap_err().to_string();
        assert!(error.ends_with("is in use by process 2 on build-7 since 2026-11-22T12:34:56Z (sync)"), "{error}");
    }

    #[test]
    fn nobody_believes_what_the_file_says() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        std::fs::write(lock_file(&store), vec![b'x'; 1 << 20]).unwrap();
        let lock = Lock::take(&store, &holder(1)).unwrap();
        std::fs::write(lock_file(&store), "{\"pid\":\"\u{1b}[2J\"}").unwrap();
        let error = Lock::take(&store, &holder(2)).unwrap_err().to_string();
        assert!(error.ends_with("is in use by another process"), "{error}");
        drop(lock);
    }

    #[test]
    fn whoever_waits_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let first = Lock::take(&store, &holder(1)).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Lock::wait(&store, &holder(2)).map(drop));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }
}
