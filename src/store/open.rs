//! Opens a store: told from other files first, owner-only, brought forward, never overwritten.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::migrate::{STEPS, VERSION, forward, version};

/// `tfct`, in the header of every store.
const APPLICATION_ID: i32 = 0x7466_6374;

/// Where `SQLite`'s header has the application id (<https://www.sqlite.org/fileformat2.html#the_database_header>).
const APPLICATION_ID_AT: usize = 68;

/// The length of that header.
const HEADER: usize = 100;

/// How long a reader or writer waits for another writer's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of a store stays in memory, in KiB.
const CACHE_KIB: i64 = 64 << 10;

/// An open store.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl Store {
    /// Opens a store to fill it. Without a file, makes an empty one, and folders up to it that only their owner enters.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        if !is_there(path)? {
            make(path)?;
        }
        told_apart(path)?;
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        store.brought_forward()
    }

    /// Opens a store to read it; nothing in it can change. One of an older version is brought forward first.
    pub fn open_read(path: &Path) -> Result<Self, StoreError> {
        if !is_there(path)? {
            return Err(StoreError::Missing(path.to_owned()));
        }
        told_apart(path)?;
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let found = store.version()?;
        if found < VERSION {
            drop(store);
            drop(Self::create(path)?);
            return Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        }
        store.known_version(found)
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

    /// The same store, read by another thread.
    pub(super) fn another_reader(&self) -> Result<Self, StoreError> {
        Self::connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// What `SQLite` says, about this file.
    pub(super) fn error(&self, error: rusqlite::Error) -> StoreError {
        StoreError::sqlite(&self.path, error)
    }

    fn version(&self) -> Result<i64, StoreError> {
        version(&self.connection).map_err(|error| self.error(error))
    }

    fn known_version(self, found: i64) -> Result<Self, StoreError> {
        if found > VERSION { Err(StoreError::Newer { path: self.path, found }) } else { Ok(self) }
    }

    fn brought_forward(self) -> Result<Self, StoreError> {
        let found = self.version()?;
        let mut store = self.known_version(found)?;
        if found < VERSION {
            forward(&mut store.connection, STEPS).map_err(|error| StoreError::sqlite(&store.path, error))?;
        }
        Ok(store)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
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
            Ok(Self { connection, path: path.to_owned() })
        });
        store.map_err(|error| StoreError::sqlite(path, error))
    }
}

fn is_there(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| StoreError::io(path, error))
}

/// Makes an empty store under another name and gives it its own when it is whole, unless somebody else was faster.
fn make(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: io::Error| StoreError::Io { path: path.to_owned(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let file = tempfile::Builder::new().prefix(".tfctrail-").tempfile_in(folder).map_err(failed)?;
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).map_err(failed)?;
    let mut empty = Store::connect(file.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let made = empty
        .connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .and_then(|()| forward(&mut empty.connection, STEPS))
        .and_then(|()| empty.connection.pragma_update(None, "journal_mode", "wal"));
    made.map_err(|error| StoreError::sqlite(path, error))?;
    empty.connection.close().map_err(|(_, error)| StoreError::sqlite(path, error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error.error)),
    }
}

/// Tells a store from any other file by its header, before `SQLite` touches it.
fn told_apart(path: &Path) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(HEADER);
    let file = File::open(path).map_err(|error| StoreError::io(path, error))?;
    let metadata = file.metadata().map_err(|error| StoreError::io(path, error))?;
    if !metadata.is_file() {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    file.take(HEADER as u64).read_to_end(&mut header).map_err(|error| StoreError::io(path, error))?;
    let id = header.get(APPLICATION_ID_AT..APPLICATION_ID_AT + 4);
    if header.len() < HEADER || id != Some(&APPLICATION_ID.to_be_bytes()) {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(StoreError::Damaged { path: path.to_owned(), reason: "its header is not SQLite's".to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_store_belongs_to_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/store.db");
        let store = Store::create(&path).unwrap();
        store.connection.execute("INSERT INTO texts (text) VALUES ('x')", []).unwrap();
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
        }
        assert_eq!((mode(&folder.path().join("a")), mode(&folder.path().join("a/b"))), (0o700, 0o700));
        let read = Store::open_read(&path).unwrap();
        assert!(read.connection.execute("INSERT INTO texts (text) VALUES ('y')", []).is_err());
        drop(read);
        drop(store);
        let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["store.db"]);
    }

    /// Opening ends with `expected`, and the file is what it was.
    fn check_refused(path: &Path, expected: &str) {
        let before = fs::read(path).unwrap();
        for store in [Store::create(path), Store::open_read(path)] {
            let error = store.map(|_| ()).unwrap_err();
            let text = error.to_string().replace(path.to_str().unwrap(), "FILE");
            assert!(text.starts_with(expected), "{text}");
            assert!(error.hint().is_some());
            assert_eq!(fs::read(path).unwrap(), before);
        }
    }

    #[test]
    fn other_files_are_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for text in ["", "some notes", &"x".repeat(5_000)] {
            fs::write(&path, text).unwrap();
            check_refused(&path, "store FILE: the file is no tfctrail store");
        }
        let other = folder.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (x)").unwrap();
        check_refused(&other, "store FILE: the file is no tfctrail store");
        let missing = folder.path().join("missing/store.db");
        assert!(matches!(Store::open_read(&missing), Err(StoreError::Missing(_))));
        assert!(!missing.parent().unwrap().exists());
        assert!(matches!(Store::open_read(folder.path()), Err(StoreError::Foreign(_))));
    }

    #[test]
    fn damaged_and_newer_stores_are_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        drop(Store::create(&path).unwrap());
        let whole = fs::read(&path).unwrap();

        let mut damaged = whole.clone();
        damaged[0] = b'x';
        fs::write(&path, &damaged).unwrap();
        check_refused(&path, "store FILE: the file is damaged (its header is not SQLite's)");

        let mut damaged = whole.clone();
        damaged[100..200].fill(0xff);
        fs::write(&path, &damaged).unwrap();
        check_refused(&path, "store FILE: the file is damaged (");

        fs::write(&path, &whole).unwrap();
        Store::create(&path).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
        let text = format!("store FILE: a newer tfctrail has written it (schema 99; this one knows up to {VERSION})");
        check_refused(&path, &text);
    }
}
