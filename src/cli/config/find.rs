//! Where the config file is.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::error::{Error, reason};
use crate::decode::pack::marked;
use crate::platform::{self, UserFolder};

/// The name of the file where nobody names another one.
const NAME: &str = "tfctrail.toml";

/// Names no file at all.
const NO_FILE: &str = "/dev/null";

/// More than any config file has; what is larger is something else.
const MAX_BYTES: u64 = 1 << 20;

/// A file and its text.
#[derive(Debug)]
pub(super) struct FoundConfig {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Reads the file that was named, or the first of `./tfctrail.toml` and the one in the user's config directory.
/// `named_by` is the flag or variable that named it.
pub(super) fn find(named: Option<&Path>, named_by: &str) -> Result<Option<FoundConfig>, Error> {
    if named == Some(Path::new(NO_FILE)) {
        return Ok(None);
    }
    if let Some(path) = named {
        return match text(path) {
            Ok(text) => Ok(Some(FoundConfig { path: path.to_owned(), text })),
            Err(error) => Err(Error::usage(format!("{named_by} '{}': {}", path.display(), reason(&error)))),
        };
    }
    for path in usual_places() {
        match text(&path) {
            Ok(text) => return Ok(Some(FoundConfig { path, text })),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => {
                return Err(Error::usage(format!("config file '{}': {}", path.display(), reason(&error)))
                    .hint("--config FILE names another one, --config /dev/null none"));
            }
        }
    }
    Ok(None)
}

/// Where a file is looked for that nobody named, in that order.
pub(super) fn usual_places() -> Vec<PathBuf> {
    let user = platform::user_folder(UserFolder::Config);
    [Some(PathBuf::from(NAME)), user.map(|user| user.join("tfctrail").join(NAME))].into_iter().flatten().collect()
}

/// A path that is written in a config file: `~/` is the home directory, and all else is relative to the file's folder.
pub(super) fn beside(file: &Path, path: &str) -> PathBuf {
    if let Some((rest, home)) = path.strip_prefix("~/").and_then(|rest| Some((rest, platform::home()?))) {
        return home.join(rest);
    }
    file.parent().unwrap_or(Path::new("")).join(path)
}

/// The text of a config file.
pub fn text(path: &Path) -> io::Result<String> {
    marked::read(File::open(path)?, MAX_BYTES)
}
