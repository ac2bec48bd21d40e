//! An open store: the connection, and what holds for all that is asked of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::error::StoreError;
use super::tidy::Tidy;
use crate::platform::{FileStamp, stamp};

/// `tfct`, in the header of every store.
pub(super) const APPLICATION_ID: i32 = 0x7466_6374;

/// How long a reader or writer waits for another writer's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of a store stays in memory, in KiB.
const CACHE_KIB: i64 = 64 << 10;

/// An open store.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// What the file was, where `SQLite` was told that it does not change, since nothing can be written beside it.
    pub(super) unchanging: Option<FileStamp>,
    /// Whether it has nothing but what is as CloudTrail wrote it.
    pub(super) is_verified: bool,
    /// Comes after the connection, so that it is dropped after it.
    pub(super) tidy: Tidy,
    /// Where it is, if it is a copy that ends with it.
    #[expect(dead_code, reason = "it is there to be dropped")]
    pub(super) folder: Option<TempDir>,
}

impl Store {
    /// Fails where a store has changed of which `SQLite` was told that it does not.
    pub(super) fn is_as_it_was(&self) -> Result<(), StoreError> {
        let Some(was) = self.unchanging else { return Ok(()) };
        let metadata = fs::metadata(&self.path).map_err(|error| StoreError::io(&self.path, error))?;
        if stamp(&metadata) == was { Ok(()) } else { Err(StoreError::Busy(self.path.clone())) }
    }

    /// Stays at the present moment: whatever is asked of it from now on, others change nothing of it.
    pub fn stay(&self) -> Result<(), StoreError> {
        // A transaction begins with what is read first.
        let begun = self.connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema");
        begun.map_err(|error| self.error(error))
    }

    /// Keeps temporary tables on disk, which no transaction can change any more.
    pub fn put_temporary_on_disk(&self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "temp_store", "file").map_err(|error| self.error(error))
    }

    /// Closes it, so that nothing of it lies beside its file.
    pub fn close(self) -> Result<(), StoreError> {
        let Self { connection, path, tidy, .. } = self;
        connection.close().map_err(|(_, error)| StoreError::sqlite(&path, error))?;
        drop(tidy);
        Ok(())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For whatever reads it with SQL of its own.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What `SQLite` says, about this file.
    pub(super) fn error(&self, error: rusqlite::Error) -> StoreError {
        StoreError::sqlite(&self.path, error)
    }

    /// Opens the file at a path, with the settings that every store has.
    pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let store = connection.and_then(|connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.set_prepared_statement_cache_capacity(64);
            // Neither a damaged nor a doctored schema runs anything but SQL.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            connection.pragma_update(None, "cell_size_check", true)?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            connection.pragma_update(None, "temp_store", "memory")?;
            // A transaction that a power failure takes back is read again; none is ever half there.
            connection.pragma_update(None, "synchronous", "normal")?;
            Ok(Self {
                connection,
                path: path.to_owned(),
                unchanging: None,
                is_verified: false,
                tidy: Tidy::new(path),
                folder: None,
            })
        });
        store.map_err(|error| StoreError::sqlite(path, error))
    }
}

/// Whether there is anything at a path.
pub(super) fn is_there(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| StoreError::io(path, error))
}
