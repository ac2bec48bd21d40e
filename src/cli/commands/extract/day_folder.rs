//! The directory of `--by-day`.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::error::{Error, reason};
use crate::cli::output::folder::OutputFolder;
use crate::cli::output::overwrite;
use crate::platform;
use crate::report::extract::days::ExtractDays;
use crate::source::SourceSpec;

/// Makes the file of a path in the directory.
type Create = Box<dyn FnMut(&str) -> io::Result<File>>;

/// Events and calls by their days, in a directory that appears when it is whole.
pub(super) struct DayFolder {
    days: ExtractDays<Create>,
    folder: OutputFolder,
    path: PathBuf,
}

impl DayFolder {
    /// To be called before anything is read. The directory is new, or holds nothing. It lies in no source, and no file of another flag
    /// is it, or lies in it.
    pub(super) fn create(path: &Path, sources: &[SourceSpec], others: &[(&str, Option<&Path>)]) -> Result<Self, Error> {
        overwrite::refuse_inside("--by-day", path, sources)?;
        overwrite::refuse_around("--by-day", path, others)?;
        let folder = OutputFolder::create(("--by-day", path), None, "name a new one")?;
        let root = folder.path().to_owned();
        let create = move |name: &str| {
            let path = root.join(name);
            if let Some(parent) = path.parent() {
                platform::owner_only_folders().create(parent)?;
            }
            platform::owner_only(OpenOptions::new().write(true).create_new(true)).open(path)
        };
        Ok(Self { days: ExtractDays::new(Box::new(create)), folder, path: path.to_owned() })
    }

    /// Takes whole lines.
    pub(super) fn put(&mut self, lines: &[u8]) -> Result<(), Error> {
        self.days.put(lines).map_err(|error| failed(&self.path, &error))
    }

    /// All lines are there: how many rows the directory has.
    pub(super) fn end(&mut self) -> Result<u64, Error> {
        self.days.finish().map_err(|error| failed(&self.path, &error))
    }

    /// Gives the directory its name.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.folder.finish()
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::failure(format!("writing into '{}': {}", path.display(), reason(error)))
}
