//! Local files and trees.
//!
//! Symbolic links are followed, each real file once; links in a circle end where they began. What is no log file by its
//! kind or name is skipped and counted (DESIGN §8), unless it was named itself. The listing is in the order of names,
//! whatever the file system says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use walkdir::{DirEntry, WalkDir};

use crate::decode::defect::io_reason;
use crate::domain::log_key::LogKey;
use crate::domain::log_name::{self, FileNameVerdict};
use crate::domain::tally::Skip;

use crate::platform;
use crate::progress::Progress;

use super::chunk::{Body, Chunk};
use super::content::WalkedFile;
use super::known::{KnownSource, ObjectVersion, tag_of};
use super::listing::Listing;
use super::place::{FilePath, FolderHandle};
use super::unlisted::Unlisted;

/// Lists a file, or a folder with everything below it except the files `exclude`, as source number `source`.
#[must_use]
pub fn list(root: &Path, source: usize, exclude: &[PathBuf], progress: &Progress) -> Listing {
    walk(root, source, exclude, false, progress)
}

/// The same without what is known already.
#[must_use]
pub fn list_new(
    root: &Path,
    source: usize,
    exclude: &[PathBuf],
    known: &dyn KnownSource,
    progress: &Progress,
) -> Listing {
    let mut listing = walk(root, source, exclude, true, progress);
    let mut failed: BTreeMap<Arc<str>, ObjectVersion> =
        known.failed().into_iter().map(|version| (Arc::clone(&version.name), version)).collect();
    let names: Vec<&str> = listing.chunks.iter().filter_map(|chunk| Some(&*chunk.version.as_ref()?.name)).collect();
    let read = known.read(&names);
    listing.chunks.retain(|chunk| {
        let Some(version) = &chunk.version else { return true };
        failed.remove(&version.name);
        let same = version.is_in(&read);
        listing.unchanged += u64::from(same);
        !same
    });
    for (name, _) in &listing.skipped {
        failed.remove(name);
    }
    // Below what cannot be listed, everything may still be there.
    if listing.failed.is_empty() {
        listing.gone = failed.into_values().collect();
    }
    listing
}

/// One log file that was listed below a root before, as it is now; `name` is what a store calls it.
pub fn again(root: &Path, source: usize, label: &Arc<str>, name: &str) -> Result<Chunk, String> {
    if **label != *name {
        return Err("its name is no text".to_owned());
    }
    let is_named = !root.is_dir();
    let path = if is_named { root.to_owned() } else { root.join(&**label) };
    let metadata = fs::metadata(&path).map_err(|error| format!("cannot be opened: {}", io_reason(&error)))?;
    let version = ObjectVersion { name: name.into(), size: metadata.len(), tag: tag_of(&metadata, SystemTime::now()) };
    let walked = (!is_named).then_some(WalkedFile { looks: false, may_be_of_a_service: false });
    let (key, body) = (LogKey::parse(label), Body::File { place: FilePath::of_path(&path, label), size: version.size });
    Ok(Chunk { source, key, log_file: Arc::clone(label), version: Some(version), modified: None, walked, body })
}

/// Lists everything; with `versions`, the state of each file as well.
fn walk(root: &Path, source: usize, exclude: &[PathBuf], versions: bool, progress: &Progress) -> Listing {
    let mut walk = DirectoryWalk::new(root, source, versions);
    let exclude: Vec<(&[u8], &Path)> =
        exclude.iter().filter_map(|path| Some((path.file_name()?.as_encoded_bytes(), path.as_path()))).collect();
    let entries = WalkDir::new(root).follow_links(true).sort_by(|one, other| bytes(one).cmp(bytes(other)));
    let mut entries = entries.into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walk.listing.is_unreached |= error.depth() == 0;
                walk.listing.failed.extend(unlisted(root, &error));
                continue;
            }
        };
        if entry.file_type().is_dir() {
            if !walk.enter(&entry) {
                entries.skip_current_dir();
            }
            continue;
        }
        // The name is compared first, since the rest has to ask the file system.
        if exclude.iter().any(|(name, path)| bytes(&entry).ends_with(name) && is_same(path, entry.path())) {
            continue;
        }
        walk.take(&entry);
        progress.list_file();
    }
    walk.finish()
}

/// A walk that is under way.
struct DirectoryWalk<'a> {
    root: &'a Path,
    source: usize,
    versions: bool,
    /// The folders from `AWSLogs` on that the root itself lies in, with a slash behind each.
    above: String,
    listing: Listing,
    nearby: FolderHandle,
    linked: BTreeMap<PathBuf, Chunk>,
    through_links: bool,
    /// Folders, by their labels, in which `AWSLogs` lies.
    archives: BTreeSet<Box<str>>,
}

impl<'a> DirectoryWalk<'a> {
    fn new(root: &'a Path, source: usize, versions: bool) -> Self {
        Self {
            root,
            source,
            versions,
            above: above(root),
            listing: Listing::default(),
            nearby: FolderHandle::default(),
            linked: BTreeMap::new(),
            through_links: false,
            archives: BTreeSet::new(),
        }
    }

    /// Whether a folder is looked into. What is named is.
    fn enter(&mut self, entry: &DirEntry) -> bool {
        if entry.depth() > 0 {
            let name = entry.file_name().to_string_lossy();
            let label = label(self.root, entry.path());
            let whole = format!("{}{label}", self.above);
            let folders: Vec<&str> = whole.split('/').collect();
            if let Some(skip) = log_name::folder(&folders[..folders.len() - 1], &name) {
                self.listing.skipped.push((format!("{label}/").into(), skip));
                return false;
            }
            if name == "AWSLogs" {
                self.archives.insert(label[..label.len() - name.len()].into());
            }
        }
        self.through_links |= entry.path_is_symlink();
        true
    }

    fn take(&mut self, entry: &DirEntry) {
        let label = label(self.root, entry.path());
        let is_named = entry.depth() == 0;
        let glance = match log_name::file(&entry.file_name().to_string_lossy()) {
            _ if is_named => FileNameVerdict::Read,
            _ if is_special(entry.file_type()) => FileNameVerdict::Skip(Skip::Special),
            glance => glance,
        };
        if let FileNameVerdict::Skip(skip) = glance {
            self.listing.skipped.push((label, skip));
            return;
        }
        let folder = self.nearby.share(entry.path().parent().unwrap_or(self.root));
        let (size, tag) = match self.state(entry, &folder) {
            Ok(state) => state,
            Err(error) => {
                self.listing.failed.extend(unlisted(self.root, &error));
                return;
            }
        };
        // A pipe has no real path.
        let is_pipe = is_special(entry.file_type());
        let follows = entry.path_is_symlink() || (self.through_links && below_link(self.root, entry.path()));
        let walked =
            (!is_named).then_some(WalkedFile { looks: glance == FileNameVerdict::Look, may_be_of_a_service: false });
        if !follows || is_pipe {
            let place = FilePath::new(&folder, entry.file_name(), &label);
            let chunk = self.chunk(place, label, size, tag, walked);
            self.listing.chunks.push(chunk);
        } else if let Ok(path) = platform::canonical(entry.path()) {
            let chunk = self.chunk(FilePath::of_path(&path, &label), label, size, tag, walked);
            self.linked.entry(path).or_insert(chunk);
        }
    }

    /// The size of a file in `folder` and, where somebody remembers, its tag. A pipe has no state.
    fn state(&mut self, entry: &DirEntry, folder: &Arc<Path>) -> Result<(u64, Option<Box<str>>), walkdir::Error> {
        let is_simple = !self.versions && entry.file_type().is_file() && !entry.path_is_symlink();
        if is_simple && let Some(size) = self.nearby.size(folder, entry.file_name()) {
            return Ok((size, None));
        }
        let metadata = entry.metadata()?;
        let is_pipe = is_special(entry.file_type());
        let tag = || if is_pipe { "".into() } else { tag_of(&metadata, SystemTime::now()) };
        Ok((metadata.len(), self.versions.then(tag)))
    }

    fn chunk(
        &self,
        place: FilePath,
        label: Arc<str>,
        size: u64,
        tag: Option<Box<str>>,
        walked: Option<WalkedFile>,
    ) -> Chunk {
        let version = tag.map(|tag| ObjectVersion { name: name(self.root, &place, &label), size, tag });
        let (source, key) = (self.source, LogKey::parse(&label));
        let body = Body::File { place, size };
        Chunk { source, key, log_file: label, version, modified: None, walked, body }
    }

    fn finish(mut self) -> Listing {
        if !self.linked.is_empty() {
            for chunk in &self.listing.chunks {
                if let Body::File { place, .. } = &chunk.body
                    && let Ok(path) = platform::canonical(place.path())
                {
                    self.linked.remove(&path);
                }
            }
        }
        let Self { above, mut listing, linked, archives, .. } = self;
        listing.chunks.extend(linked.into_values());
        for chunk in &mut listing.chunks {
            if chunk.key.kind.is_none()
                && let Some(walked) = &mut chunk.walked
            {
                walked.may_be_of_a_service = !above.is_empty()
                    || log_name::may_be_of_a_service(&chunk.log_file)
                    || archives.iter().any(|archive| chunk.log_file.starts_with(&**archive));
            }
        }
        listing
    }
}

/// The folders from `AWSLogs` on that a root lies in, or is itself.
fn above(root: &Path) -> String {
    let whole = platform::canonical(root).unwrap_or_default();
    let names: Vec<String> = whole.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let from = names.iter().rposition(|name| name == "AWSLogs").unwrap_or(names.len());
    names[from..].iter().fold(String::new(), |above, name| above + name + "/")
}

/// The path, whose parts nobody has to tell apart: entries that are sorted share a folder.
fn bytes(entry: &DirEntry) -> &[u8] {
    entry.path().as_os_str().as_encoded_bytes()
}

/// What a store calls the file: names that are no text look the same as others when shown, so their bytes stand behind.
fn name(root: &Path, place: &FilePath, label: &Arc<str>) -> Arc<str> {
    if !label.contains(char::REPLACEMENT_CHARACTER) {
        return Arc::clone(label);
    }
    let path = place.path();
    let bytes = path.as_os_str().as_encoded_bytes();
    let below = bytes.strip_prefix(root.as_os_str().as_encoded_bytes()).unwrap_or(bytes);
    let mut name = format!("{label}?");
    for byte in below {
        // Writing to a text never fails.
        let _ = write!(name, "{byte:02x}");
    }
    name.into()
}

/// The path below the root, or the file name where the root is the file; `/` separates.
fn label(root: &Path, path: &Path) -> Arc<str> {
    // The walk puts names behind the root as it was given.
    let below = platform::below(path, root);
    let shown = if below.is_empty() { path.file_name().unwrap_or(path.as_os_str()) } else { below };
    // Most names are text, which std checks faster than it looks for what is none.
    shown
        .to_str()
        .map_or_else(|| platform::slashes(&shown.to_string_lossy()).into(), |text| platform::slashes(text).into())
}

/// Whether any folder between the root and the file is a symbolic link.
fn below_link(root: &Path, path: &Path) -> bool {
    path.ancestors().skip(1).take_while(|folder| *folder != root).any(Path::is_symlink)
}

/// Whether both name one file.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((platform::canonical(one), platform::canonical(other)), (Ok(one), Ok(other)) if one == other)
}

fn is_special(kind: FileType) -> bool {
    !kind.is_file() && !kind.is_dir() && !kind.is_symlink()
}

/// What could not be listed; nothing for a link in a circle, whose files are listed where it points.
fn unlisted(root: &Path, error: &walkdir::Error) -> Option<Unlisted> {
    if error.loop_ancestor().is_some() {
        return None;
    }
    let path = error.path().unwrap_or(root);
    let kind = error.io_error().map_or(io::ErrorKind::Other, io::Error::kind);
    let reason = match kind {
        io::ErrorKind::NotFound if path.is_symlink() => "a symbolic link to nothing".to_owned(),
        _ => error
            .io_error()
            .map_or_else(|| error.to_string(), |error| format!("cannot be listed: {}", io_reason(error))),
    };
    let forbidden = kind == io::ErrorKind::PermissionDenied;
    Some(Unlisted { file: label(root, path), reason, forbidden })
}
