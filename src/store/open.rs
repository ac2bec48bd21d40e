//! Opens a store: told from other files first, owner-only, brought forward, never overwritten.

use std::fs::{self, FileType, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, OpenFlags};

use super::beside::beside;
use super::error::StoreError;
use super::handle::{APPLICATION_ID, Store, is_there};
use super::make::make;
use super::migrate::{forward, version};
use super::schema::VERSION;
use super::tidy::Tidy;
use crate::platform;

/// Where `SQLite`'s header has the application id (<https://www.sqlite.org/fileformat2.html#the_database_header>).
const APPLICATION_ID_AT: usize = 68;

/// The length of that header.
const HEADER: usize = 100;

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
        let store = Self::connect_to_read(path)?;
        let found = store.version()?;
        if found < VERSION {
            if store.unchanging.is_some() {
                return Err(StoreError::Older { path: path.to_owned(), found });
            }
            drop(store);
            drop(Self::create(path)?);
            return Self::connect_to_read(path);
        }
        store.known_version(found)
    }

    /// Opens it, also where nothing can be written beside it: in a folder of somebody else, or on a read-only disk.
    fn connect_to_read(path: &Path) -> Result<Self, StoreError> {
        let opened = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|store| {
            store.version()?;
            Ok(store)
        });
        match opened {
            Err(StoreError::Sqlite { error, .. }) if cannot_write_beside(&error) => {}
            opened => return opened,
        }
        if fs::symlink_metadata(beside(path, "-wal")).is_ok_and(|found| found.len() > 0) {
            return Err(StoreError::Apart(path.to_owned()));
        }
        let metadata = fs::metadata(path).map_err(|error| StoreError::io(path, error))?;
        Self::connect_unchanging(path, &metadata)
    }

    fn connect_unchanging(path: &Path, metadata: &Metadata) -> Result<Self, StoreError> {
        let bytes = platform::uri_path(path);
        let uri = bytes.iter().fold("file:".to_owned(), |uri, byte| {
            let is_plain = byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
            if is_plain { uri + char::from(*byte).encode_utf8(&mut [0; 4]) } else { uri + &format!("%{byte:02x}") }
        });
        let uri = PathBuf::from(uri + "?immutable=1");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let unchanging = Some(platform::stamp(metadata));
        Ok(Self { path: path.to_owned(), unchanging, tidy: Tidy::nothing(), ..Self::connect(&uri, flags)? })
    }

    /// The same store, read by another thread.
    pub(super) fn another_reader(&self) -> Result<Self, StoreError> {
        Self::connect_to_read(&self.path)
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
            store.forward(found).map_err(|error| StoreError::sqlite(&store.path, error))?;
        }
        Ok(store)
    }

    /// Brings an older store forward. Until version 3 it had texts of records, of which nothing is left in the file: neither
    /// in its pages nor in those that nothing uses, nor in the log.
    fn forward(&mut self, found: i64) -> rusqlite::Result<()> {
        const WITH_RECORDS: i64 = 3;
        if found >= WITH_RECORDS {
            return forward(&mut self.connection);
        }
        self.connection.pragma_update(None, "secure_delete", true)?;
        forward(&mut self.connection)?;
        self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA secure_delete = OFF;")
    }
}

/// Whether an error means that `SQLite` could not make the files that it has beside an open store.
fn cannot_write_beside(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Tells a store from any other file by its header, before `SQLite` touches it.
fn told_apart(path: &Path) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(HEADER);
    let special = |what| Err(StoreError::Special { path: path.to_owned(), what });
    let metadata = fs::metadata(path).map_err(|error| StoreError::io(path, error))?;
    if let Some(what) = special_kind(metadata.file_type()) {
        return special(what);
    }
    // What was a file a moment ago is not waited for if it is a pipe by now.
    let file = platform::open_at_once(path).map_err(|error| StoreError::io(path, error))?;
    let metadata = file.metadata().map_err(|error| StoreError::io(path, error))?;
    if let Some(what) = special_kind(metadata.file_type()) {
        return special(what);
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

/// What it is in place of a file.
fn special_kind(kind: FileType) -> Option<&'static str> {
    match kind {
        _ if kind.is_file() => None,
        _ if kind.is_dir() => Some("a directory"),
        _ => Some(platform::special_kind(kind)),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::migrate::take;
    use super::super::schema::STEPS;
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
    }

    #[cfg(unix)]
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

    #[test]
    fn an_older_store_loses_the_texts_of_records() {
        const SECRET: &str = "IQoJb3JpZ2luX2VjEAAaCmV1LXdlc3QtMyJHMEUCIQ";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut old = Connection::open(&path).unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        take(
            &mut old,
            &STEPS[..2],
            "CREATE VIEW standing AS SELECT record FROM assumptions;
            CREATE VIEW events AS SELECT * FROM standing; CREATE VIEW runs AS SELECT * FROM standing",
        )
        .unwrap();
        old.pragma_update(None, "journal_mode", "wal").unwrap();
        old.execute_batch(&format!(
            "INSERT INTO sources (identity, label, kind) VALUES ('/logs', 'logs', 'local');
            INSERT INTO scopes VALUES (1, 0, '', 1);
            INSERT INTO subjects (id, text, kind) VALUES (1, 's', 'other');
            INSERT INTO log_files VALUES (1, 1, 'a', NULL, 1, '', 'read', NULL, 0, 1, 0, 0, 0, NULL, 0, 1, 1, 4, 4, 0, 0, 0,
                NULL, 1, 1, 4);
            INSERT INTO assumptions (id, time, subject, log_file, event_id, content, record, copy) VALUES
                (1, 5, 1, 1, 'a', x'03', '1{SECRET}', 1), (2, 5, 1, 1, 'a', x'02', '2{SECRET}', 3),
                (3, 5, 1, 1, 'a', x'03', '1{SECRET}', 2), (4, 5, 1, 1, 'b', x'01', '{SECRET}', 0),
                (5, 5, 1, 1, 'c', x'01', '{SECRET}', 0);
            DELETE FROM assumptions WHERE id = 5;"
        ))
        .unwrap();
        drop(old);
        let holds = |name: &str| {
            let bytes = fs::read(folder.path().join(name)).unwrap_or_default();
            memchr::memmem::find(&bytes, SECRET.as_bytes()).is_some()
        };
        assert!(holds("store.db"));
        let store = Store::create(&path).unwrap();
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            assert!(!holds(name), "{name}");
        }
        // What stands is the copy with the smallest hash now.
        let mut statement = store.connection.prepare("SELECT copy FROM assumptions ORDER BY id").unwrap();
        let copies: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(copies, [3, 1, 3, 0]);
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
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        let special = [
            (folder.path(), "a directory"),
            (&pipe, "a pipe"),
            (&socket, "a socket"),
            (Path::new("/dev/null"), "a device"),
            (&link, "a pipe"),
        ];
        for (path, what) in special {
            for store in [Store::create(path), Store::open_read(path)] {
                let error = store.map(|_| ()).unwrap_err().to_string();
                assert_eq!(error, format!("store {}: is {what}, not a store", path.display()));
            }
        }
    }

    #[test]
    fn whoever_closes_last_leaves_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if cfg!(unix) { "a store?.db" } else { "a store.db" });
        let files = || fs::read_dir(folder.path()).unwrap().count();
        let writer = Store::create(&path).unwrap();
        writer.connection.execute("INSERT INTO texts (text) VALUES ('x')", []).unwrap();
        let reader = Store::open_read(&path).unwrap();
        writer.close().unwrap();
        assert!(files() > 1);
        drop(reader);
        assert_eq!(files(), 1);
        // As a writer leaves it that was killed.
        let writer = Store::create(&path).unwrap();
        writer.connection.execute("INSERT INTO texts (text) VALUES ('y')", []).unwrap();
        let copy = folder.path().join("copy.db");
        for end in ["", "-wal"] {
            fs::copy(beside(&path, end), beside(&copy, end)).unwrap();
        }
        drop(writer);
        let count = |store: &Store| {
            store.connection.query_row("SELECT count(*) FROM texts", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(count(&Store::open_read(&copy).unwrap()), 2);
        assert_eq!(files(), 2);
        // Alone, it has all rows.
        assert_eq!(count(&Store::open_read(&copy).unwrap()), 2);
    }

    #[test]
    fn what_does_not_change_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if cfg!(unix) { "50% of é?#.db" } else { "50% of é#.db" });
        drop(Store::create(&path).unwrap());
        let store = Store::connect_unchanging(&path, &fs::metadata(&path).unwrap()).unwrap();
        assert_eq!(store.version().unwrap(), VERSION);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(store.info().is_ok() && store.is_as_it_was().is_ok());
        Store::create(&path).unwrap().connection.execute("INSERT INTO texts (text) VALUES ('x')", []).unwrap();
        assert!(matches!(store.is_as_it_was(), Err(StoreError::Busy(_))));
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
