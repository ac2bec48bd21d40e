//! Local log files that are named one by one, as a list of keys has them.
//!
//! A file is called what it would be called if its archive were scanned: the path below a root that was named, else from the
//! folder `AWSLogs` on, as the key of its object is, else the path as it is written.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunk::{Body, Chunk};
use super::content::WalkedFile;
use super::listing::Listing;
use super::place::FilePath;
use super::unlisted::Unlisted;
use crate::decode::defect::io_reason;
use crate::domain::log_key::LogKey;
use crate::domain::log_name::{self, FileNameVerdict};
use crate::domain::timestamp::Timestamp;

/// Files of one folder, or below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFiles {
    /// The folder, as it is written.
    pub label: String,
    /// The files, in the order of the list.
    pub files: Vec<NamedFile>,
}

/// A file and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in the `log_file` column.
    pub label: Arc<str>,
}

/// Splits a path into the folder that its archive lies in and the name of its log file. `roots` are folders that were named.
#[must_use]
pub fn split<'a>(path: &'a str, roots: &[PathBuf]) -> (&'a str, &'a str) {
    let path = path.strip_prefix("./").unwrap_or(path);
    for root in roots {
        let root = root.strip_prefix("./").unwrap_or(root);
        let below = Path::new(path).strip_prefix(root).ok().and_then(Path::to_str).filter(|below| !below.is_empty());
        if let Some(below) = below {
            return (path[..path.len() - below.len()].trim_end_matches('/'), below);
        }
    }
    match path.find("/AWSLogs/") {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (".", path),
    }
}

/// The files of a list, by the folders that their archives lie in.
#[must_use]
pub fn of_paths(paths: &[&str], roots: &[PathBuf]) -> Vec<NamedFiles> {
    let mut folders: BTreeMap<&str, Vec<NamedFile>> = BTreeMap::new();
    for path in paths {
        let (folder, label) = split(path, roots);
        folders.entry(folder).or_default().push(NamedFile { path: path.into(), label: label.into() });
    }
    folders.into_iter().map(|(label, files)| NamedFiles { label: label.to_owned(), files }).collect()
}

/// Lists the files as source number `source`. None is left out
/// for its name; one that does not sound like a log file is looked at first, as in a walk.
#[must_use]
pub fn list(named: &NamedFiles, source: usize) -> Listing {
    let mut listing = Listing::default();
    for NamedFile { path, label } in &named.files {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // Whoever names a file wants it, whatever it is called.
        let looks = log_name::file(&name) != FileNameVerdict::Read;
        let found = fs::metadata(path).and_then(|found| {
            let is_file = !found.is_dir();
            is_file.then_some(found).ok_or_else(|| io::Error::new(io::ErrorKind::IsADirectory, "is a directory"))
        });
        match found {
            Ok(found) => {
                let key = LogKey::parse(label);
                let may_be_of_a_service = key.kind.is_none() && log_name::may_be_of_a_service(label);
                listing.chunks.push(Chunk {
                    source,
                    log_file: Arc::clone(label),
                    key,
                    version: None,
                    modified: None,
                    walked: Some(WalkedFile { looks, may_be_of_a_service }),
                    body: Body::File { place: FilePath::of_path(path, label), size: found.len() },
                });
            }
            Err(error) => listing.failed.push(Unlisted {
                file: Arc::clone(label),
                reason: format!("cannot be opened: {}", io_reason(&error)),
                forbidden: error.kind() == io::ErrorKind::PermissionDenied,
            }),
        }
    }
    listing
}

/// What tells one state of a local file from another: when it was changed, to the nanosecond, and how large it is. Nothing
/// where the file is not there any more.
#[must_use]
pub fn state_of(place: &FilePath) -> Option<(String, u64, Option<Timestamp>)> {
    let found = fs::metadata(place.path()).ok()?;
    let since = found.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(since.as_secs()).ok()?;
    let tag = format!("{seconds}.{:09}-{}", since.subsec_nanos(), found.len());
    Some((tag, found.len(), Timestamp::from_seconds(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_as_in_its_archive() {
        let check = |path: &str, roots: &[&str], expected: (&str, &str)| {
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            assert_eq!(split(path, &roots), expected, "{path} {roots:?}");
        };
        check("logs/a/b.json", &["logs"], ("logs", "a/b.json"));
        check("./logs/a/b.json", &["logs"], ("logs", "a/b.json"));
        check("logs/a/b.json", &["./logs/"], ("logs", "a/b.json"));
        check("/data/logs/a/b.json", &["other", "/data/logs/"], ("/data/logs", "a/b.json"));
        check("logs/a/b.json", &[], (".", "logs/a/b.json"));
        check("./a/b.json", &[], (".", "a/b.json"));
        check("/data/x/AWSLogs/1/b.json", &[], ("/data/x", "AWSLogs/1/b.json"));
        check("AWSLogs/1/b.json", &[], (".", "AWSLogs/1/b.json"));
        check("logs/x/AWSLogs/1/b.json", &["logs"], ("logs", "x/AWSLogs/1/b.json"));
        check("logs", &["logs"], (".", "logs"));
    }

    #[test]
    fn named_files_are_listed_whatever_they_are_called() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["a.json", "README.md", ".hidden"] {
            fs::write(at(name), "{}").unwrap();
        }
        fs::create_dir(at("d.json")).unwrap();
        let paths = [at("a.json"), at("README.md"), at(".hidden"), at("none.json"), at("d.json")];
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let named = of_paths(&paths, &[folder.path().to_owned()]);
        assert_eq!(named.len(), 1);
        let listing = list(&named[0], 3);
        let chunks: Vec<_> =
            listing.chunks.iter().map(|it| (&*it.log_file, it.source, it.walked.unwrap().looks)).collect();
        assert_eq!(chunks, [("a.json", 3, false), ("README.md", 3, true), (".hidden", 3, true)]);
        assert!(listing.skipped.is_empty());
        let failed: Vec<_> = listing.failed.iter().map(|it| &*it.file).collect();
        assert_eq!(failed, ["none.json", "d.json"]);
    }
}
