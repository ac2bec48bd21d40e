//! Where data goes: standard output, or a file that appears whole or not at all.

pub mod coverage_file;

pub mod emitting;

pub mod folder;

pub mod overwrite;

pub mod writing;

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{Error, reason};
use super::terminal::interrupt;
use super::terminal::pager::Paged;
use crate::platform;
use crate::report::Format;

const BUFFER: usize = 64 << 10;

/// An open output. Without [`Output::finish`] a file is never seen.
#[derive(Debug)]
pub struct Output(Sink);

#[derive(Debug)]
enum Sink {
    Stdout(BufWriter<StdoutLock<'static>>),
    Paged(BufWriter<Paged>),
    File { writer: BufWriter<NamedTempFile>, path: PathBuf },
}

impl Sink {
    fn stdout() -> Self {
        let stdout = io::stdout().lock();
        let paged = if stdout.is_terminal() { Paged::open(stdout) } else { Err(stdout) };
        match paged {
            Ok(paged) => Self::Paged(BufWriter::new(paged)),
            Err(stdout) => Self::Stdout(BufWriter::with_capacity(BUFFER, stdout)),
        }
    }
}

impl Output {
    /// Opens the file of `--out`, or standard output, which is also `-`. To be called before the work, so that a wrong path fails at once.
    /// A file is owner-only from its first byte.
    pub fn open(out: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = out.filter(|path| *path != "-") else {
            return Ok(Self(Sink::stdout()));
        };
        refuse_special(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let create = || platform::temporary_file(folder, ".tfctrail-", ".tmp");
        let file = interrupt::creating(create, |file| file.path().to_owned())
            .map_err(|error| refuse(("--out", path), folder, &error))?;
        Ok(Self(Sink::File { writer: BufWriter::with_capacity(BUFFER, file), path: path.to_owned() }))
    }

    /// Whether a terminal shows it.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        match &self.0 {
            Sink::Stdout(writer) => writer.get_ref().is_terminal(),
            Sink::Paged(_) => true,
            Sink::File { .. } => false,
        }
    }

    /// Refuses to show a terminal what is no text, and to hand on as a stream what only files are.
    pub fn refuse_terminal(&self, format: Format) -> Result<(), Error> {
        let name = format.name();
        if format.needs_file() && !matches!(self.0, Sink::File { .. }) {
            return Err(Error::usage(format!("-o {name} needs --out")).hint(format!("--out FILE.{name} writes a file")));
        }
        if format.is_binary() && self.is_terminal() {
            return Err(Error::usage(format!("-o {name} is not for a terminal")).hint("--out FILE writes it to a file"));
        }
        Ok(())
    }

    /// The file that is being written; it may lie in a directory that is read at the same time.
    #[must_use]
    pub fn unfinished_file(&self) -> Option<&Path> {
        match &self.0 {
            Sink::Stdout(_) | Sink::Paged(_) => None,
            Sink::File { writer, .. } => Some(writer.get_ref().path()),
        }
    }

    /// What a failed write means.
    #[must_use]
    pub fn error(&self, error: &io::Error) -> Error {
        match &self.0 {
            Sink::Stdout(_) | Sink::Paged(_) => stdout_error(error),
            Sink::File { path, .. } => file_error(path, error),
        }
    }

    /// Everything is written: a file gets its name, in place of an older one.
    pub fn finish(self) -> Result<(), Error> {
        match self.0 {
            Sink::Stdout(mut writer) => writer.flush().map_err(|error| stdout_error(&error)),
            Sink::Paged(writer) => {
                let paged = writer.into_inner().map_err(|error| stdout_error(error.error()))?;
                paged.finish().map_err(|error| stdout_error(&error))
            }
            Sink::File { writer, path } => {
                let file = writer.into_inner().map_err(|error| file_error(&path, error.error()))?;
                file.as_file().sync_all().map_err(|error| file_error(&path, &error))?;
                let unfinished = file.path().to_owned();
                let persisted = interrupt::finishing(&unfinished, || file.persist(&path));
                persisted.map(drop).map_err(|error| file_error(&path, &error.error))
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Sink::Stdout(writer) => writer.write(bytes),
            Sink::Paged(writer) => writer.write(bytes),
            Sink::File { writer, .. } => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Sink::Stdout(writer) => writer.flush(),
            Sink::Paged(writer) => writer.flush(),
            Sink::File { writer, .. } => writer.flush(),
        }
    }
}

fn stdout_error(error: &io::Error) -> Error {
    Error::stream("writing standard output", error)
}

fn file_error(path: &Path, error: &io::Error) -> Error {
    Error::failure(format!("writing '{}': {}", path.display(), reason(error)))
}

/// Whether a path is written as that of a folder.
#[must_use]
pub fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// A rename would replace a device or a pipe with a file, and nobody wants that of `/dev/null`.
fn refuse_special(path: &Path) -> Result<(), Error> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let is_folder = ends_in_separator(path) || path.is_dir();
    let what = match std::fs::metadata(path) {
        _ if bytes.is_empty() => "the name is empty",
        _ if is_folder => "is a directory",
        Ok(found) if !found.is_file() => "is not a regular file",
        _ => return Ok(()),
    };
    let error = Error::usage(format!("--out '{}': {what}", path.display()));
    Err(if is_folder {
        error.hint("name a file in it")
    } else {
        error.hint("without --out, data goes to standard output")
    })
}

fn refuse((flag, path): (&str, &Path), folder: &Path, error: &io::Error) -> Error {
    let (path, folder) = (path.display(), folder.display());
    Error::usage(match error.kind() {
        io::ErrorKind::NotFound => format!("{flag} '{path}': there is no directory '{folder}'"),
        io::ErrorKind::NotADirectory => format!("{flag} '{path}': '{folder}' is not a directory"),
        io::ErrorKind::PermissionDenied => format!("{flag} '{path}': no permission to create a file in '{folder}'"),
        _ => format!("{flag} '{path}': {}", reason(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only its owner reads a file, where files have modes.
    fn check_owner_only(path: &Path) {
        let found = std::fs::metadata(path).unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777, 0o600);
        assert!(found.is_file());
    }

    #[test]
    fn a_file_appears_when_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        std::fs::write(&path, "old").unwrap();
        let mut output = Output::open(Some(&path)).unwrap();
        output.write_all(b"new").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        let unfinished = output.unfinished_file().unwrap().to_owned();
        check_owner_only(&unfinished);
        output.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        check_owner_only(&path);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unfinished_file_is_never_seen() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::open(Some(&folder.path().join("report.csv"))).unwrap();
        output.write_all(b"half").unwrap();
        drop(output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn wrong_paths_fail_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().display().to_string();
        let check = |path: &str, message: &str| {
            let error = Output::open(Some(Path::new(path))).unwrap_err();
            assert_eq!(
                error.message().replace(&root, "ROOT"),
                format!("--out '{}': {message}", path.replace(&root, "ROOT"))
            );
            assert_eq!(error.kind().exit_code(), 2);
        };
        std::fs::write(folder.path().join("file"), "").unwrap();
        check("", "the name is empty");
        check(&root, "is a directory");
        check(&format!("{root}/new/"), "is a directory");
        check(&format!("{root}/none/x.csv"), "there is no directory 'ROOT/none'");
        #[cfg(unix)]
        check(&format!("{root}/file/x.csv"), "'ROOT/file' is not a directory");
        #[cfg(unix)]
        check("/dev/null", "is not a regular file");
    }
}
