//! Windows.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf, Prefix};
use std::time::Duration;

use tempfile::Builder;
use winapi_util::file::information;

use super::user_folder::UserFolder;

mod process;

pub use process::{USUAL_PAGER, arguments, finds_program, on_a_large_stack, prepare_terminal, quoted, shell};

/// Opens a link itself
/// (<https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew>).
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// Nothing is to be set: a file takes over the access list of its folder.
pub fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes folders, all that are missing.
#[must_use]
pub fn owner_only_folders() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}

pub(super) fn for_a_file<'b, 'p, 's>(builder: &'b mut Builder<'p, 's>) -> &'b mut Builder<'p, 's> {
    builder
}

pub(super) fn for_a_folder<'b, 'p, 's>(builder: &'b mut Builder<'p, 's>) -> &'b mut Builder<'p, 's> {
    builder
}

/// Opens what has that name itself: no symbolic link is followed.
pub fn open_itself(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)
}

/// A symbolic link opens here, and its kind tells what it is.
#[must_use]
pub fn is_link_error(_: &io::Error) -> bool {
    false
}

/// Opens a file for reading.
pub fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Everybody's: what may not be touched does not open.
#[must_use]
pub fn owner(_: &Metadata) -> u32 {
    0
}

/// Whether an open file is what has that name now, links not followed.
#[must_use]
pub fn is_same_file(file: &File, path: &Path) -> bool {
    let found = open_itself(OpenOptions::new().read(true), path);
    let number = |file: &File| information(file).map(|found| (found.volume_serial_number(), found.file_index()));
    found.is_ok_and(|found| matches!((number(file), number(&found)), (Ok(one), Ok(other)) if one == other))
}

/// How many names an open file has.
pub fn link_count(file: &File) -> io::Result<u64> {
    Ok(information(file)?.number_of_links())
}

/// So long nobody works at a file that was marked.
const LONGEST_WORK: Duration = Duration::from_hours(24);

/// Nothing: a lock would keep its own process from reading the file, where it opens it again. Its age tells.
pub fn mark_as_used(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether nobody works any more at a file that was marked: it was not written for a day.
#[must_use]
pub fn is_abandoned(file: &File) -> bool {
    let written = file.metadata().and_then(|found| found.modified());
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > LONGEST_WORK))
}

/// What a change of a file changes: its times and its length.
pub type FileStamp = (u64, u64, u64);

/// What a file is now, that a change of it changes.
#[must_use]
pub fn stamp(metadata: &Metadata) -> FileStamp {
    (metadata.creation_time(), metadata.len(), metadata.last_write_time())
}

/// Two folders change names, in three steps: Windows has no single one for it.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    let mut aside = one.as_os_str().to_owned();
    aside.push(".old");
    let aside = PathBuf::from(aside);
    fs::rename(other, &aside)?;
    if let Err(error) = fs::rename(one, other) {
        // Nothing has changed then.
        drop(fs::rename(&aside, other));
        return Err(error);
    }
    fs::rename(&aside, one)
}

/// Windows writes a folder with what is in it.
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The whole path of something, links followed, by which it can be told from all else: `C:\logs`, and not `\\?\C:\logs`, where
/// both lead to it.
pub fn canonical(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    dunce::canonicalize(path)
}

/// The name of this machine.
#[must_use]
pub fn host_name() -> String {
    env::var_os("COMPUTERNAME").unwrap_or_default().to_string_lossy().into_owned()
}

/// The folder of the user.
#[must_use]
pub fn home() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|home| !home.is_empty()).map(PathBuf::from);
    folder("HOME").or_else(|| folder("USERPROFILE"))
}

/// The variables that tell where a user's data is, in a sentence that says that none of them is set.
pub const DATA_FOLDER_VARIABLES: &str = "neither XDG_DATA_HOME nor LOCALAPPDATA";

/// Where something of a user's own is. Whoever sets the variables of the XDG base directories means them.
#[must_use]
pub fn user_folder(what: UserFolder) -> Option<PathBuf> {
    let (variable, usual) = match what {
        UserFolder::Config => ("XDG_CONFIG_HOME", "APPDATA"),
        UserFolder::Data => ("XDG_DATA_HOME", "LOCALAPPDATA"),
        UserFolder::State => ("XDG_STATE_HOME", "LOCALAPPDATA"),
    };
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    folder(variable).or_else(|| folder(usual))
}

/// What the system says of an error, without its number: the usual ones as Unix says them, for Windows has a language of its
/// owner, and the others without the full stop.
#[must_use]
pub fn said(error: &io::Error) -> String {
    match error.kind() {
        _ if error.raw_os_error().is_none() => error.to_string(),
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::AlreadyExists => "file exists".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::DirectoryNotEmpty => "directory not empty".to_owned(),
        ErrorKind::StorageFull => "no space left on device".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            text.trim_end().trim_end_matches('.').to_owned()
        }
    }
}

/// What something is that is neither a file nor a folder.
#[must_use]
pub fn special_kind(_: FileType) -> &'static str {
    "a device"
}

/// What follows `root` in a path below it.
#[must_use]
pub fn below<'p>(path: &'p Path, root: &Path) -> &'p OsStr {
    path.strip_prefix(root).map_or(OsStr::new(""), Path::as_os_str)
}

/// A path with `/` between its parts, which Windows takes as well. No name has a `\` in it.
#[must_use]
pub fn slashes(path: &str) -> Cow<'_, str> {
    if path.contains('\\') { Cow::Owned(path.replace('\\', "/")) } else { Cow::Borrowed(path) }
}

/// The path of a `file:` URI, before it is encoded: `/C:/logs`, and one of a server behind an empty authority
/// (<https://www.sqlite.org/uri.html>).
#[must_use]
pub fn uri_path(path: &Path) -> Cow<'_, [u8]> {
    let shown = path.to_string_lossy();
    let front = match path.components().next() {
        Some(Component::Prefix(prefix)) => match prefix.kind() {
            Prefix::Disk(_) => "/",
            _ => "//",
        },
        _ => "",
    };
    Cow::Owned(format!("{front}{}", slashes(&shown)).into_bytes())
}

/// The path of a folder, which is not held open here.
#[derive(Debug)]
pub struct OpenFolder(PathBuf);

impl OpenFolder {
    /// Remembers it.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(path.to_owned()))
    }

    /// Opens a file in it for reading.
    pub fn file(&self, name: &OsStr) -> io::Result<File> {
        File::open(self.0.join(name))
    }

    /// The size of a file in it, links followed.
    #[must_use]
    pub fn size(&self, name: &OsStr) -> Option<u64> {
        Some(fs::metadata(self.0.join(name)).ok()?.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_on_unix() {
        assert_eq!(slashes(r"AWSLogs\1\a.json"), "AWSLogs/1/a.json");
        for (path, root, expected) in [
            (r"C:\logs\a\b.json", r"C:\logs", r"a\b.json"),
            (r"logs\a.json", "logs/", "a.json"),
            (r".\a.json", ".", "a.json"),
            (r"C:\logs\a.json", r"C:\logs\a.json", ""),
        ] {
            assert_eq!(below(Path::new(path), Path::new(root)), expected, "{path}");
        }
    }

    #[test]
    fn sqlite_gets_paths_as_its_uris_have_them() {
        for (path, expected) in [
            (r"C:\a b\store.db", "/C:/a b/store.db"),
            (r"\\server\share\store.db", "////server/share/store.db"),
            (r"a\store.db", "a/store.db"),
        ] {
            assert_eq!(String::from_utf8_lossy(&uri_path(Path::new(path))), expected);
        }
    }

    #[test]
    fn a_file_is_told_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        let file = File::create(&one).unwrap();
        fs::write(&other, "").unwrap();
        assert!(is_same_file(&file, &one) && !is_same_file(&file, &other));
        assert!(!is_same_file(&file, &folder.path().join("none")) && !is_abandoned(&file));
        fs::hard_link(&one, folder.path().join("third")).unwrap();
        assert_eq!(link_count(&file).unwrap(), 2);
    }

    #[test]
    fn folders_change_names() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for path in [&one, &other] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("name"), path.file_name().unwrap().as_encoded_bytes()).unwrap();
        }
        exchange(&one, &other).unwrap();
        assert_eq!(fs::read_to_string(one.join("name")).unwrap(), "other");
        assert_eq!(fs::read_to_string(other.join("name")).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
