//! Unix: Linux, macOS and their kind.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, FileType, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, open, openat, renameat_with, statat};
use rustix::io::{Errno, retry_on_intr};
use tempfile::Builder;

use super::user_folder::UserFolder;

mod process;

pub use process::{USUAL_PAGER, arguments, finds_program, on_a_large_stack, prepare_terminal, quoted, shell};

/// Makes a file that these options create one that only its owner reads and writes.
pub fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Makes folders, all that are missing, that only their owner enters.
#[must_use]
pub fn owner_only_folders() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

pub(super) fn for_a_file<'b, 'p, 's>(builder: &'b mut Builder<'p, 's>) -> &'b mut Builder<'p, 's> {
    builder.permissions(Permissions::from_mode(0o600))
}

pub(super) fn for_a_folder<'b, 'p, 's>(builder: &'b mut Builder<'p, 's>) -> &'b mut Builder<'p, 's> {
    builder.permissions(Permissions::from_mode(0o700))
}

/// Opens what has that name itself: no symbolic link is followed, and no pipe is waited for.
pub fn open_itself(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()).open(path)
}

/// Whether [`open_itself`] failed since there is a symbolic link.
#[must_use]
pub fn is_link_error(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::LOOP)
}

/// Opens a file for reading. What is a pipe by now is not waited for.
pub fn open_at_once(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)
}

/// Whose file it is.
#[must_use]
pub fn owner(metadata: &Metadata) -> u32 {
    metadata.uid()
}

/// Whether an open file is what has that name now, links not followed.
#[must_use]
pub fn is_same_file(file: &File, path: &Path) -> bool {
    matches!((file.metadata(), fs::symlink_metadata(path)), (Ok(file), Ok(found)) if file.ino() == found.ino())
}

/// How many names an open file has.
pub fn link_count(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.nlink())
}

/// Marks a new file as one that somebody works at, until it is closed. It fails where somebody else has taken it for one that
/// was left.
pub fn mark_as_used(file: &File) -> io::Result<()> {
    Ok(file.try_lock()?)
}

/// Whether nobody works any more at a file that was marked.
#[must_use]
pub fn is_abandoned(file: &File) -> bool {
    file.try_lock().is_ok()
}

/// What a change of a file changes: its number, its length, and its time of change.
pub type FileStamp = (u64, u64, i64, i64);

/// What a file is now, that a change of it changes.
#[must_use]
pub fn stamp(metadata: &Metadata) -> FileStamp {
    (metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

/// Two files or folders change names in one step.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Waits until the disk has the names in a folder.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The whole path of something, links followed, by which it can be told from all else.
pub fn canonical(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// The name of this machine.
#[must_use]
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The folder of the user.
#[must_use]
pub fn home() -> Option<PathBuf> {
    env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The variables that tell where a user's data is, in a sentence that says that none of them is set.
pub const DATA_FOLDER_VARIABLES: &str = "neither XDG_DATA_HOME nor HOME";

/// Where something of a user's own is (XDG base directories).
#[must_use]
pub fn user_folder(what: UserFolder) -> Option<PathBuf> {
    let (variable, usual) = match what {
        UserFolder::Config => ("XDG_CONFIG_HOME", ".config"),
        UserFolder::Data => ("XDG_DATA_HOME", ".local/share"),
        UserFolder::State => ("XDG_STATE_HOME", ".local/state"),
    };
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    folder(variable).or_else(|| folder("HOME").map(|home| home.join(usual)))
}

/// What the system says of an error, without its number.
#[must_use]
pub fn said(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_owned()
}

/// What something is that is neither a file nor a folder.
#[must_use]
pub fn special_kind(kind: FileType) -> &'static str {
    match kind {
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

/// What follows `root` in a path that begins with the bytes of it, without a slash in front.
#[must_use]
pub fn below<'p>(path: &'p Path, root: &Path) -> &'p OsStr {
    let below = path.as_os_str().as_bytes().strip_prefix(root.as_os_str().as_bytes()).unwrap_or_default();
    OsStr::from_bytes(below.strip_prefix(b"/").unwrap_or(below))
}

/// A path with `/` between its parts, as it is.
#[must_use]
pub fn slashes(path: &str) -> Cow<'_, str> {
    Cow::Borrowed(path)
}

/// The path of a `file:` URI, before it is encoded.
#[must_use]
pub fn uri_path(path: &Path) -> Cow<'_, [u8]> {
    Cow::Borrowed(path.as_os_str().as_encoded_bytes())
}

/// A folder that is held open, so that the system does not look up all folders above for each file in it.
#[derive(Debug)]
pub struct OpenFolder(OwnedFd);

/// As std opens files, which other programs that are started do not inherit.
const OPEN: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);

impl OpenFolder {
    /// Opens it.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(open(path, OPEN | OFlags::DIRECTORY, Mode::empty())?))
    }

    /// Opens a file in it for reading.
    pub fn file(&self, name: &OsStr) -> io::Result<File> {
        Ok(retry_on_intr(|| openat(&self.0, name, OPEN, Mode::empty()))?.into())
    }

    /// The size of a file in it, links followed.
    #[must_use]
    pub fn size(&self, name: &OsStr) -> Option<u64> {
        u64::try_from(statat(&self.0, name, AtFlags::empty()).ok()?.st_size).ok()
    }
}
