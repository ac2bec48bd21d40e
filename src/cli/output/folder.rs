//! A directory of files, which appears whole or not at all.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use walkdir::WalkDir;

use super::overwrite::is_own_output;
use super::{file_error, refuse};
use crate::cli::error::{Error, reason};
use crate::cli::terminal::interrupt;
use crate::platform;

/// A directory while it is written. Without [`OutputFolder::finish`] it is never seen.
#[derive(Debug)]
pub struct OutputFolder {
    folder: TempDir,
    path: PathBuf,
    /// A directory is there, and is to be replaced.
    replaces: bool,
}

impl OutputFolder {
    /// Prepares the directory of a flag, owner-only. It must not be there yet, or hold nothing, which the hint is about; or else
    /// nothing but files of ours whose paths in it `may_replace`.
    pub fn create(
        (flag, path): (&str, &Path),
        may_replace: Option<fn(&Path) -> bool>,
        hint: &str,
    ) -> Result<Self, Error> {
        let shown = path.display();
        let wrong = |what: &str| Error::usage(format!("{flag} '{shown}': {what}"));
        if path.is_symlink() {
            return Err(wrong("is a symbolic link").hint("name the directory itself"));
        }
        let is_empty = match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(is_empty) => is_empty,
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) => return Err(wrong(&reason(&error))),
        };
        if !is_empty && may_replace.is_none() {
            return Err(wrong("is a directory that is not empty").hint(hint));
        }
        if let Some(foreign) = may_replace.filter(|_| !is_empty).and_then(|may_replace| foreign(path, may_replace)) {
            let error = wrong(&format!("holds '{}', which no export wrote", foreign.display()));
            return Err(
                error.hint("--overwrite replaces a whole directory; name one that holds an export and nothing else")
            );
        }
        let Some(name) = path.file_name() else { return Err(wrong("names no directory")) };
        let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let create = || platform::temporary_folder(parent, ".tfctrail-", ".tmp");
        let created = interrupt::creating(create, |folder| folder.path().to_owned());
        let folder = created.map_err(|error| refuse((flag, path), parent, &error))?;
        Ok(Self { folder, path: parent.join(name), replaces: !is_empty })
    }

    /// Where to write until then.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Everything is written: the directory gets its name. An older one is there until then, and gone afterwards.
    pub fn finish(self) -> Result<(), Error> {
        let Self { folder, path, replaces } = self;
        if replaces {
            // The two change names in one step. What is removed with the temporary directory is then the older one.
            let exchanged = interrupt::finishing(folder.path(), || platform::exchange(folder.path(), &path));
            exchanged.map_err(|error| file_error(&path, &error))?;
            let older = folder.path().to_owned();
            return folder.close().map_err(|error| {
                let what = format!("removing what '{}' held before", path.display());
                Error::failure(format!("{what}: {}", reason(&error))).hint(format!("remove {}", older.display()))
            });
        }
        let renamed = interrupt::finishing(folder.path(), || fs::rename(folder.path(), &path));
        renamed.map_err(|error| file_error(&path, &error))?;
        // It is not where it was, and nothing is left to be removed.
        drop(folder.keep());
        Ok(())
    }
}

/// Something in a directory that is neither a directory nor a file of ours, by its place and by its content.
fn foreign(path: &Path, may_replace: fn(&Path) -> bool) -> Option<PathBuf> {
    let is_replaceable = |file: &Path| file.strip_prefix(path).is_ok_and(may_replace) && is_own_output(file);
    let entries = WalkDir::new(path).min_depth(1).sort_by_file_name().into_iter();
    entries.into_iter().find_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_dir() => None,
        Ok(entry) if entry.file_type().is_file() && is_replaceable(entry.path()) => None,
        Ok(entry) => Some(entry.into_path()),
        Err(error) => Some(error.path().unwrap_or(path).to_owned()),
    })
}
