//! The files that `SQLite` has beside an open store.

use std::path::{Path, PathBuf};

/// What `SQLite` puts beside a file, by the end of the name.
pub(super) const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A name with something behind it.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
