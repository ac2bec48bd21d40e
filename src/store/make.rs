//! Makes a store: under another name first, so that a file of its name is a whole store, and never beside what another
//! store has left.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;
use tempfile::NamedTempFile;

use super::beside::{BESIDE, beside};
use super::error::StoreError;
use super::handle::{APPLICATION_ID, Store, is_there};
use super::migrate::forward;
use crate::platform;

/// How the file begins that will be a store.
const PREFIX: &str = ".tfctrail-store-";

/// Makes an empty store under another name and gives it its own when it is whole, unless somebody else was faster.
pub(super) fn make(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: io::Error| StoreError::Io { path: path.to_owned(), error };
    platform::owner_only_folders().create(folder).map_err(failed)?;
    if let Some(left) = left_beside(path)
        && !is_there(path)?
    {
        return Err(StoreError::Left { path: path.to_owned(), left });
    }
    let file = unfinished(folder).map_err(failed)?;
    let mut empty = Store::connect(file.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let made = empty
        .connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .and_then(|()| forward(&mut empty.connection))
        .and_then(|()| empty.connection.pragma_update(None, "journal_mode", "wal"));
    made.map_err(|error| StoreError::sqlite(path, error))?;
    empty.close()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error.error)),
    }
}

/// What another store of this name has left, whose rows a new one would take for its own.
fn left_beside(path: &Path) -> Option<PathBuf> {
    BESIDE.iter().map(|end| beside(path, end)).find(|left| left.symlink_metadata().is_ok())
}

/// An empty file that is marked as ours. What others have left who are gone is removed.
fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = platform::temporary_file(folder, PREFIX, "")?;
        platform::mark_as_used(file.as_file())?;
        remove_left(folder, platform::owner(&file.as_file().metadata()?));
        // Before it was marked, somebody else may have taken it for one that was left.
        if platform::is_same_file(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
}

/// Removes what was left of stores that were never finished. Whatever cannot be removed stays.
fn remove_left(folder: &Path, owner: u32) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if random.is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            remove_if_left(&entry.path(), owner);
        }
    }
}

fn remove_if_left(path: &Path, owner: u32) {
    let Ok(file) = platform::open_itself(OpenOptions::new().read(true), path) else { return };
    let is_ours = file.metadata().is_ok_and(|found| found.is_file() && platform::owner(&found) == owner);
    if is_ours && platform::is_abandoned(&file) {
        for left in BESIDE.iter().map(|end| beside(path, end)).chain([path.to_owned()]) {
            drop(fs::remove_file(left));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn no_store_is_made_beside_what_another_one_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        for end in BESIDE {
            let left = beside(&path, end);
            fs::write(&left, "rows").unwrap();
            let error = Store::create(&path).map(drop).unwrap_err();
            let expected = format!("store {}: the file does not exist, but {}", path.display(), left.display());
            assert!(error.to_string().starts_with(&expected) && error.hint().is_some(), "{error}");
            assert_eq!(names(folder.path()), [format!("store.db{end}")]);
            fs::remove_file(left).unwrap();
        }
        drop(Store::create(&path).unwrap());
        assert_eq!(names(folder.path()), ["store.db"]);
    }

    // On Windows their age tells, and that is not made in a test.
    #[cfg(unix)]
    #[test]
    fn what_a_dead_maker_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(folder.path().join(name), "x").unwrap();
        let ours = format!("{PREFIX}AbC123");
        for end in ["", "-wal", "-journal"] {
            write(&format!("{ours}{end}"));
        }
        // A maker at work, a link, and files of other names.
        let busy = folder.path().join(format!("{PREFIX}busy00"));
        write(busy.file_name().unwrap().to_str().unwrap());
        let busy_file = fs::File::open(&busy).unwrap();
        busy_file.lock().unwrap();
        write("notes");
        write(".tfctrail-AbC123");
        std::os::unix::fs::symlink("notes", folder.path().join(format!("{PREFIX}link00"))).unwrap();
        drop(Store::create(&folder.path().join("store.db")).unwrap());
        let expected = [".tfctrail-AbC123", ".tfctrail-store-busy00", ".tfctrail-store-link00", "notes", "store.db"];
        assert_eq!(names(folder.path()), expected);
    }
}
