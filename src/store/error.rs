//! What can go wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

use super::schema::VERSION;
use crate::decode::defect::io_reason;

/// Why a store cannot be used. Messages are lower case and name the file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing has been stored yet.
    #[error("store {}: no such file", .0.display())]
    Missing(PathBuf),
    /// It is something else, which is never overwritten.
    #[error("store {}: the file is no tfctrail store", .0.display())]
    Foreign(PathBuf),
    /// It is no file at all.
    #[error("store {}: is {what}, not a store", path.display())]
    Special {
        /// Its path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It is not there, but something that belongs to a store of that name.
    #[error("store {}: the file does not exist, but {} of another store of that name does, and a new store would take its rows for its own", path.display(), left.display())]
    Left {
        /// Its path.
        path: PathBuf,
        /// What was left.
        left: PathBuf,
    },
    /// Rows of it lie in another file, and that cannot be used from here.
    #[error("store {}: its latest rows lie in {}-wal, which cannot be read without writing beside it", .0.display(), .0.display())]
    Apart(PathBuf),
    /// It has to be brought forward, and cannot be written.
    #[error("store {}: an older tfctrail has written it (schema {found}), and it cannot be brought forward where it is", path.display())]
    Older {
        /// Its path.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// It is a store, but its bytes are not what was written.
    #[error("store {}: the file is damaged ({reason})", path.display())]
    Damaged {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A later version has written it.
    #[error("store {}: a newer tfctrail has written it (schema {found}; this one knows up to {VERSION})", path.display())]
    Newer {
        /// Its path.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// Another process writes to it for longer than anybody waits.
    #[error("store {}: another process is writing to it", .0.display())]
    Busy(PathBuf),
    /// The operating system refused.
    #[error("store {}: {}", path.display(), io_reason(error))]
    Io {
        /// Its path.
        path: PathBuf,
        /// What it said.
        #[source]
        error: io::Error,
    },
    /// Anything else that `SQLite` says.
    #[error("store {}: {error}", path.display())]
    Sqlite {
        /// Its path.
        path: PathBuf,
        /// What it said.
        #[source]
        error: rusqlite::Error,
    },
}

/// Whether a cell or a row is not what was written.
fn is_no_value_of_ours(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | QueryReturnedNoRows
            | Utf8Error(..)
    )
}

impl StoreError {
    /// An error of the operating system.
    pub(super) fn io(path: &Path, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            return Self::Missing(path.to_owned());
        }
        Self::Io { path: path.to_owned(), error }
    }

    /// An error of `SQLite`, damage and locks told apart.
    pub(super) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase};
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged { path, reason: error.to_string() },
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy(path),
            None if is_no_value_of_ours(&error) => Self::Damaged { path, reason: error.to_string().to_lowercase() },
            _ => Self::Sqlite { path, error },
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing(_) => Some("tfctrail sync SOURCE fills a store; --store names another file"),
            Self::Foreign(_) => Some("--store names another file; this one is left as it is"),
            Self::Damaged { .. } => Some(
                "move it away and fill a new one with tfctrail sync; tfctrail store check says more, and log files hold everything in it",
            ),
            Self::Newer { .. } => Some("use that version, or fill another store with --store"),
            Self::Busy(_) => Some("try again when it is done"),
            Self::Special { .. } => Some("--store names a file"),
            Self::Left { .. } => Some(
                "move that beside the store it belongs to, under the store's new name; if that store is gone, remove it",
            ),
            Self::Apart(_) => Some(
                "whoever owns it takes them in with tfctrail store info --store FILE; or copy both files into a folder of yours",
            ),
            Self::Older { .. } => Some(
                "whoever owns it does that with tfctrail store info --store FILE; or copy it into a folder of yours",
            ),
            Self::Io { error, .. } if error.kind() == io::ErrorKind::PermissionDenied => {
                Some("its owner can make it readable for you, or copy it for you; --store names another file")
            }
            Self::Io { .. } | Self::Sqlite { .. } => None,
        }
    }
}
