//! Leaves a store as one file. What `SQLite` has beside it while it is open goes with the last connection that may write;
//! one that may only read leaves it there, and so does a process that was killed. Then rows lie beside the file that
//! people copy and move.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::beside::beside;

/// Takes what lies beside a store into it, when it is dropped. It has to be dropped after the connection.
#[derive(Debug)]
pub(super) struct Tidy(Option<PathBuf>);

impl Tidy {
    /// For the store at `path`.
    pub(super) fn new(path: &Path) -> Self {
        Self(Some(path.to_owned()))
    }

    /// For one that is read as it is.
    pub(super) fn nothing() -> Self {
        Self(None)
    }
}

impl Drop for Tidy {
    fn drop(&mut self) {
        let Some(path) = self.0.take().filter(|path| beside(path, "-wal").exists()) else { return };
        // Whoever still has it open will do it, and who may not write leaves it to its owner.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if let Ok(connection) = Connection::open_with_flags(path, flags) {
            // A connection that has read nothing closes nothing.
            drop(connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
            drop(connection.close());
        }
    }
}
