//! Where a local file is, and how it is opened with few steps.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::platform::OpenFolder;

/// The path of a file. All files of a folder share its path, and most take their name from their label, since an archive
/// may have millions of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath {
    folder: Arc<Path>,
    name: FilePathName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FilePathName {
    /// What stands behind the last slash of the label.
    OfLabel(Arc<str>),
    Own(Box<OsStr>),
}

impl FilePath {
    /// The file `name` in `folder`, which has `label` in the `log_file` column.
    #[must_use]
    pub fn new(folder: &Arc<Path>, name: &OsStr, label: &Arc<str>) -> Self {
        let is_of_label = last_part(label) == name;
        let name = if is_of_label { FilePathName::OfLabel(Arc::clone(label)) } else { FilePathName::Own(name.into()) };
        Self { folder: Arc::clone(folder), name }
    }

    /// The same as a path of its own.
    #[must_use]
    pub fn of_path(path: &Path, label: &Arc<str>) -> Self {
        // Every path of a file has a last part; the path itself stands in where it has none, and does not open.
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::new(&folder.into(), path.file_name().unwrap_or(path.as_os_str()), label)
    }

    /// The whole path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(self.name())
    }

    fn name(&self) -> &OsStr {
        match &self.name {
            FilePathName::OfLabel(label) => last_part(label),
            FilePathName::Own(name) => name,
        }
    }
}

fn last_part(label: &str) -> &OsStr {
    OsStr::new(label.rsplit('/').next().unwrap_or(label))
}

/// The folder of the file that was met last. From the second file of a folder on, the folder is held open and its files are
/// found in it, so that the system does not have to look up all folders above for each of them.
#[derive(Debug, Default)]
pub struct FolderHandle {
    folder: Option<Arc<Path>>,
    opened: Option<OpenFolder>,
}

impl FolderHandle {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// Those of [`File::open`] with its whole path.
    pub fn open(&mut self, place: &FilePath) -> io::Result<File> {
        if let Some(folder) = self.enter(&place.folder)
            && let Ok(file) = folder.file(place.name())
        {
            return Ok(file);
        }
        File::open(place.path())
    }

    /// The size of a file, links followed; nothing where that takes the whole path.
    #[must_use]
    pub fn size(&mut self, folder: &Arc<Path>, name: &OsStr) -> Option<u64> {
        self.enter(folder)?.size(name)
    }

    /// The path of a folder, which is shared with the file before where it is the same.
    #[must_use]
    pub fn share(&self, folder: &Path) -> Arc<Path> {
        match &self.folder {
            Some(last) if **last == *folder => Arc::clone(last),
            _ => folder.into(),
        }
    }

    /// The opened folder; nothing for the first file in it, and where it does not open.
    fn enter(&mut self, folder: &Arc<Path>) -> Option<&OpenFolder> {
        if !self.folder.as_ref().is_some_and(|last| Arc::ptr_eq(last, folder)) {
            *self = Self { folder: Some(Arc::clone(folder)), opened: None };
            return None;
        }
        if self.opened.is_none() {
            self.opened = OpenFolder::open(folder).ok();
        }
        self.opened.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;

    use super::*;

    fn read(nearby: &mut FolderHandle, place: &FilePath) -> io::Result<String> {
        let mut text = String::new();
        nearby.open(place)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn files_of_a_folder_are_opened_in_it_and_others_by_their_paths() {
        let root = tempfile::tempdir().unwrap();
        let mut places = Vec::new();
        for folder in ["a", "b"] {
            let path: Arc<Path> = root.path().join(folder).into();
            fs::create_dir(&path).unwrap();
            for name in ["1", "2", "3"] {
                fs::write(path.join(name), format!("{folder}{name}")).unwrap();
                let label = format!("{folder}/{name}").into();
                places.push((format!("{folder}{name}"), FilePath::new(&path, OsStr::new(name), &label)));
            }
        }
        let mut nearby = FolderHandle::default();
        for at in [0, 1, 2, 3, 0, 4, 5, 1] {
            let (text, place) = &places[at];
            assert_eq!(read(&mut nearby, place).unwrap(), *text);
            assert_eq!(fs::read_to_string(place.path()).unwrap(), *text);
        }
        let missing = FilePath::new(&places[5].1.folder, OsStr::new("4"), &"b/4".into());
        for _ in 0..3 {
            assert_eq!(read(&mut nearby, &missing).unwrap_err().kind(), io::ErrorKind::NotFound);
        }
        let folder = nearby.share(&root.path().join("b"));
        assert!(Arc::ptr_eq(&folder, &places[5].1.folder));
        assert_eq!(nearby.size(&folder, OsStr::new("2")), Some(2));
        assert_eq!(nearby.size(&folder, OsStr::new("4")), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_its_label_does_not_tell_is_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        for (path, label) in [
            (&b"/logs/a\xff.json"[..], "a\u{fffd}.json"),
            (b"/elsewhere/real.json", "link.json"),
            (b"here.json", "here.json"),
            (b"/logs/deep/x.json", "deep/x.json"),
        ] {
            let path = Path::new(OsStr::from_bytes(path));
            assert_eq!(FilePath::of_path(path, &label.into()).path(), path);
        }
    }
}
