//! What systems do each in a way of its own: files for one owner, files that are opened as they are, what tells one file from
//! another, folders of a user, shells. Everything else asks here, and knows nothing of the system that it runs on.
//!
//! Unix, which is Linux, macOS and their kind, has owners and modes of files. Windows has access lists instead, which a new
//! file takes over from its folder: what lies in the profile of a user is for that user and for administrators.

use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile, TempDir};

mod user_folder;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as system;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

pub use user_folder::UserFolder;

pub use system::{
    DATA_FOLDER_VARIABLES, FileStamp, OpenFolder, USUAL_PAGER, arguments, below, canonical, exchange, finds_program,
    home, host_name, is_abandoned, is_link_error, is_same_file, link_count, mark_as_used, on_a_large_stack,
    open_at_once, open_itself, owner, owner_only, owner_only_folders, prepare_terminal, quoted, said, shell, slashes,
    special_kind, stamp, sync_folder, uri_path, user_folder,
};

/// A new file in `folder` that only its owner reads, with a name of its own between `prefix` and `suffix`.
pub fn temporary_file(folder: &Path, prefix: &str, suffix: &str) -> io::Result<NamedTempFile> {
    system::for_a_file(Builder::new().prefix(prefix).suffix(suffix)).tempfile_in(folder)
}

/// The same for a folder that only its owner enters.
pub fn temporary_folder(parent: &Path, prefix: &str, suffix: &str) -> io::Result<TempDir> {
    system::for_a_folder(Builder::new().prefix(prefix).suffix(suffix)).tempdir_in(parent)
}
