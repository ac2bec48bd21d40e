//! A directory of files that appear when all of them are complete, the manifest last.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::cli::error::{Error, reason};
use crate::cli::terminal::interrupt;
use crate::domain::digest::hex;
use crate::ingest::pool;
use crate::platform;
use crate::report::page::PageFormat;
use crate::report::review::run_pages;

/// A directory being filled, beside the place where its files will be.
#[derive(Debug)]
pub(super) struct ReportFolder {
    path: PathBuf,
    staging: TempDir,
    files: Vec<WrittenFile>,
    /// Files on their way to the disk, while others are written.
    syncing: Vec<(Cow<'static, str>, SyncingWriter)>,
}

/// Writes the text of a file.
pub(super) type PageWriter<'a> = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'a>;

/// A file that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct WrittenFile {
    /// Its name.
    pub(super) name: Cow<'static, str>,
    /// Its length.
    pub(super) bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub(super) sha256: String,
}

/// The files that are written first, so that no core is left alone with a large one at the end. In events, runs and new
/// things `report.json` has as much as all others.
const LARGEST: [&str; 4] = [WORKBOOK, "report.json", "events.csv", "runs.csv"];

/// How much of a file is written before the disk is told to take it, while more is written.
const SYNC_AFTER: u64 = 16 << 20;

/// The file that says what the others are.
pub(super) const MANIFEST: &str = "manifest.json";

/// What runs did, by kinds of calls.
pub(super) const ACTIVITY: &str = "activity.csv";

/// The rows of all these files and the coverage, as a workbook.
pub(super) const WORKBOOK: &str = "report.xlsx";

/// Every name of a file in it.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let pages = PageFormat::ALL.into_iter().map(|(_, _, name)| name);
    pages.chain(["runs.csv", "events.csv", "findings.csv", ACTIVITY, WORKBOOK, MANIFEST])
}

impl ReportFolder {
    /// Makes the directory if it is missing; only its owner can enter then.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let create = || {
            platform::owner_only_folders().create(path)?;
            platform::temporary_folder(path, ".tfctrail-", ".tmp")
        };
        let staging = interrupt::creating(create, |dir| dir.path().to_owned())
            .map_err(|error| Error::usage(format!("--out '{}': {}", path.display(), reason(&error))))?;
        Ok(Self { path: path.to_owned(), staging, files: Vec::new(), syncing: Vec::new() })
    }

    /// Writes a file.
    pub(super) fn file(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        let done = self.try_file(name, write);
        self.take(name.into(), done)
    }

    /// Writes files side by side, as many as there are cores: more would only wait for each other, each with buffers of
    /// its own. They count in this order, and of several that fail the first one is told.
    pub(super) fn side_by_side(&mut self, writers: Vec<(Cow<'static, str>, PageWriter<'_>)>) -> Result<(), Error> {
        let folder = &*self;
        let cores = thread::available_parallelism().map_or(1, NonZero::get).min(writers.len());
        let mut queue: Vec<_> = writers.into_iter().enumerate().collect();
        queue.sort_by_key(|(_, (name, _))| LARGEST.iter().position(|large| large == name).unwrap_or(LARGEST.len()));
        let queue = Mutex::new(queue.into_iter());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            let written = |(at, (name, write)): (usize, (Cow<'static, str>, PageWriter<'_>))| {
                let done = folder.try_file(&name, write);
                (at, name, done)
            };
            std::iter::from_fn(next).map(written).collect::<Vec<_>>()
        };
        let mut done: Vec<_> = pool::on_each(cores, work).into_iter().flatten().collect();
        done.sort_unstable_by_key(|(at, ..)| *at);
        done.into_iter().try_for_each(|(_, name, done)| self.take(name, done))
    }

    /// Notes a file that is written.
    fn take(&mut self, name: Cow<'static, str>, done: io::Result<(WrittenFile, SyncingWriter)>) -> Result<(), Error> {
        let (written, syncing) = done.map_err(|error| self.error(&name, &error))?;
        self.files.push(written);
        self.syncing.push((name, syncing));
        Ok(())
    }

    fn try_file(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<(WrittenFile, SyncingWriter)> {
        let path = self.staging.path().join(name);
        open_folder_of(&path)?;
        let file = platform::owner_only(OpenOptions::new().write(true).create_new(true)).open(path)?;
        let (to_sync, wanted) = mpsc::sync_channel(1);
        let syncing = SyncingWriter::start(file.try_clone()?, wanted);
        // The buffer comes first: a hash of many small pieces takes several times as long.
        let hashing = HashingWriter { out: file, hash: Sha256::new(), bytes: 0, to_sync };
        let mut out = BufWriter::with_capacity(64 << 10, hashing);
        write(&mut out)?;
        let hashing = out.into_inner().map_err(IntoInnerError::into_error)?;
        let sha256 = hex(&hashing.hash.finalize());
        Ok((WrittenFile { name: name.to_owned().into(), bytes: hashing.bytes, sha256 }, syncing))
    }

    /// What was written so far.
    pub(super) fn files(&self) -> &[WrittenFile] {
        &self.files
    }

    /// Where the files are until they get their place.
    pub(super) fn staged(&self) -> Vec<(Cow<'static, str>, PathBuf)> {
        self.files.iter().map(|file| (file.name.clone(), self.staging.path().join(&*file.name))).collect()
    }

    /// Keeps the manifest in its place, and no other file.
    pub(super) fn leave_manifest(self) -> Result<(), Error> {
        let moved = fs::rename(self.staging.path().join(MANIFEST), self.path.join(MANIFEST));
        moved.map_err(|error| self.error(MANIFEST, &error))
    }

    /// Gives every file its place, in the order in which they were written. The manifest of an older report goes first,
    /// so that it never stands beside files of a newer one.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        for (name, syncing) in std::mem::take(&mut self.syncing) {
            syncing.finish().map_err(|error| self.error(&name, &error))?;
        }
        let staging = self.staging.path().to_owned();
        let left = pages_of(&self.path.join(MANIFEST));
        let finished = interrupt::finishing(&staging, || {
            match fs::remove_file(self.path.join(MANIFEST)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((MANIFEST, error)),
                _ => {}
            }
            for file in &self.files {
                let (staged, place) = (self.staging.path().join(&*file.name), self.path.join(&*file.name));
                let moved = open_folder_of(&place).and_then(|()| fs::rename(staged, place));
                moved.map_err(|error| (&*file.name, error))?;
            }
            // Pages of the older report that this one has no page for would be taken for its own.
            for name in left.iter().filter(|name| self.files.iter().all(|file| file.name != **name)) {
                drop(fs::remove_file(self.path.join(name)));
            }
            platform::sync_folder(&self.path).map_err(|error| (MANIFEST, error))
        });
        finished.map_err(|(name, error)| self.error(name, &error))
    }

    fn error(&self, name: &str, error: &io::Error) -> Error {
        Error::failure(format!("writing '{}': {}", self.path.join(name).display(), reason(error)))
    }
}

/// Makes the directory that a file is to lie in, for its owner alone.
fn open_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| platform::owner_only_folders().create(parent))
}

/// The pages of runs that a manifest names.
fn pages_of(manifest: &Path) -> Vec<String> {
    let text = fs::read(manifest).unwrap_or_default();
    let manifest: Value = serde_json::from_slice(&text).unwrap_or_default();
    let names = manifest["files"].as_array().into_iter().flatten().filter_map(|file| file["name"].as_str());
    let is_page = |name: &&str| {
        let name = name.strip_prefix(run_pages::FOLDER).and_then(|rest| rest.strip_prefix('/'));
        name.and_then(|name| name.strip_suffix(".html")).is_some_and(|name| !name.contains('/'))
    };
    names.filter(is_page).map(str::to_owned).collect()
}

/// A file on its way to the disk. The disk takes what is written while more is written, so that little is left to wait for.
#[derive(Debug)]
struct SyncingWriter(JoinHandle<io::Result<()>>);

impl SyncingWriter {
    /// Syncs what the file has whenever it is `wanted`, and at the end of that.
    fn start(file: File, wanted: Receiver<()>) -> Self {
        // The system tells of an error once only, whoever asks first.
        Self(thread::spawn(move || wanted.iter().try_for_each(|()| file.sync_data()).and_then(|()| file.sync_all())))
    }

    /// Waits for the disk.
    fn finish(self) -> io::Result<()> {
        self.0.join().unwrap_or_else(|_| Err(io::Error::other("a thread failed")))
    }
}

/// Hashes and counts what goes through it.
struct HashingWriter<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
    to_sync: SyncSender<()>,
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(&bytes[..count]);
        let before = self.bytes / SYNC_AFTER;
        self.bytes += count as u64;
        if self.bytes / SYNC_AFTER > before {
            // Where one is wanted already, or none is possible any more, there is nothing to add.
            let _ = self.to_sync.try_send(());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A name for a directory out of a name that a stranger may have chosen: itself where it is plain and could not be the
/// name of another, else what is plain of it and a part of its SHA-256.
pub(super) fn safe_name(kind: &str, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_plain = !name.is_empty() && name.len() <= 64 && name.bytes().all(plain);
    let looks_made = name.len() > 16 && name.as_bytes()[name.len() - 17] == b'-';
    if is_plain && !looks_made {
        return format!("{kind}-{name}");
    }
    let digest = hex(&Sha256::digest(name.as_bytes())[..8]);
    let start: String = name.bytes().take(40).map(|byte| if plain(byte) { char::from(byte) } else { '-' }).collect();
    format!("{kind}-{start}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_have_safe_names() {
        let check = |name: &str, expected: &str| assert_eq!(safe_name("organization", name), expected, "{name:?}");
        check("acme", "organization-acme");
        check("acme-labs-2", "organization-acme-labs-2");
        check("Acme", "organization--cme-37036cd8f9746d33");
        for name in ["", "Acme", "acmE", "../../etc/passwd", ".", "..", "a\0b", "CON", "名", &"x".repeat(9_000)] {
            let made = safe_name("account", name);
            assert!(made.len() < 80 && made.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{made}");
            let imitated = made.strip_prefix("account-").unwrap();
            assert_ne!(safe_name("account", imitated), made, "{name:?}");
        }
    }

    #[test]
    fn files_appear_together_and_belong_to_their_owner() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let mut folder = ReportFolder::open(&path).unwrap();
        folder.file("x.csv", |out| out.write_all(b"abc")).unwrap();
        folder.file(MANIFEST, |out| out.write_all(b"{}")).unwrap();
        assert_eq!(folder.files()[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(!path.join("x.csv").exists());
        folder.finish().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(&path.join("x.csv"))), (0o700, 0o600));
        }
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2);
    }

    #[test]
    fn files_side_by_side_count_in_their_order() {
        fn writer<'a>(text: &'static [u8]) -> PageWriter<'a> {
            Box::new(move |out| out.write_all(text))
        }
        let parent = tempfile::tempdir().unwrap();
        let mut folder = ReportFolder::open(parent.path()).unwrap();
        let names = ["a", "runs.csv", "b", "report.json", "events.csv"];
        folder.side_by_side(names.map(|name| (name.into(), writer(name.as_bytes()))).into()).unwrap();
        folder.side_by_side(Vec::new()).unwrap();
        assert_eq!(folder.files().iter().map(|file| &*file.name).collect::<Vec<_>>(), names);
        let failing = |name: &'static str| -> (Cow<'static, str>, PageWriter<'_>) {
            (name.into(), Box::new(move |_| Err(io::Error::other(name))))
        };
        let error = folder.side_by_side(vec![("c".into(), writer(b"")), failing("x"), failing("report")]).unwrap_err();
        assert!(error.message().ends_with("x': x"), "{}", error.message());
        folder.finish().unwrap();
        assert!(names.iter().all(|name| fs::read_to_string(parent.path().join(name)).unwrap() == *name));
    }

    #[test]
    fn an_unfinished_directory_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let mut folder = ReportFolder::open(parent.path()).unwrap();
        folder.file("x.csv", |out| out.write_all(b"abc")).unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
