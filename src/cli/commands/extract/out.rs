//! Where the rows of an extract go.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::day_folder::DayFolder;
use crate::cli::error::{Error, reason};
use crate::cli::output::Output;
use crate::ingest::extract_past::{ExtractPast, PastError};
use crate::ingest::options::IngestOptions;
use crate::platform;
use crate::report::Format;
use crate::report::extract::columns::ExtractColumns;
use crate::source::SourceSpec;

/// The formats of extracts.
pub(super) const FORMATS: [Format; 2] = [Format::Ndjson, Format::Parquet];

/// Takes these, and does not show that it takes the others: the environment and the config file may name one for all commands.
pub(super) fn formats() -> impl TypedValueParser<Value = Format> {
    let value = |format: Format| PossibleValue::new(format.name()).hide(!FORMATS.contains(&format));
    PossibleValuesParser::new(Format::all().map(value)).map(|name| Format::of_name(&name).unwrap_or(Format::Ndjson))
}

/// Rows as they are written.
pub(super) enum Lines {
    /// As text, to a file that appears whole, or to standard output.
    Plain(Output),
    /// The same, packed.
    Packed(Box<GzEncoder<Output>>),
    /// As columns.
    Columns(ExtractColumns<'static>, SharedOutput),
    /// To a file that is gone on with.
    Resumed(Resumed),
}

/// Rows as they are written, to one place or to two.
pub(super) struct Rows {
    lines: Lines,
    days: Option<DayFolder>,
    /// Why the second place takes no more.
    failure: Option<Error>,
}

impl Rows {
    /// To an extract, and by their days.
    pub(super) fn new(lines: Lines, days: Option<DayFolder>) -> Self {
        Self { lines, days, failure: None }
    }

    /// Takes whole lines.
    pub(super) fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        self.lines.write_all(lines)?;
        match self.days.as_mut().map(|days| days.put(lines)) {
            Some(Err(failure)) => {
                self.failure = Some(failure);
                Err(io::ErrorKind::Other.into())
            }
            _ => Ok(()),
        }
    }

    /// All lines are written: how many rows lie by their days.
    pub(super) fn finish(mut self) -> Result<Option<u64>, Error> {
        // What can fail comes first, so that neither of the two has its name without the other.
        let rows = self.days.as_mut().map(DayFolder::end).transpose()?;
        self.lines.finish()?;
        self.days.map_or(Ok(()), DayFolder::finish)?;
        Ok(rows)
    }

    /// What a failed write means.
    pub(super) fn error(self, error: &io::Error) -> Error {
        self.failure.unwrap_or_else(|| self.lines.error(error))
    }
}

/// An output that somebody else writes to until that one is dropped.
#[derive(Clone)]
pub(super) struct SharedOutput(Rc<RefCell<Output>>);

impl Write for SharedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// A file that is written as it is made, so that whoever is ended can go on with it.
pub(super) struct Resumed {
    file: File,
    path: PathBuf,
    /// Lines that are not packed yet, where they are.
    waiting: Option<Vec<u8>>,
}

/// So much text is one member of a packed file: what is cut off loses no more than the last member.
const MEMBER: usize = 1 << 20;

impl Lines {
    /// To a file of `--out`, which is packed where its name ends in `.gz`, or to standard output.
    pub(super) fn of(output: Output, out: Option<&Path>, format: Format) -> Result<Self, Error> {
        if format == Format::Parquet {
            output.refuse_terminal(Format::Parquet)?;
            let output = SharedOutput(Rc::new(RefCell::new(output)));
            let columns = ExtractColumns::open(Box::new(output.clone()));
            return match columns {
                Ok(columns) => Ok(Self::Columns(columns, output)),
                Err(error) => Err(output.0.borrow().error(&error)),
            };
        }
        Ok(if out.is_some_and(is_packed) {
            Self::Packed(Box::new(GzEncoder::new(output, Compression::fast())))
        } else {
            Self::Plain(output)
        })
    }

    /// Takes whole lines.
    pub(super) fn write_all(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(output) => output.write_all(lines),
            Self::Packed(output) => output.write_all(lines),
            Self::Columns(columns, _) => columns.put(lines),
            Self::Resumed(resumed) => resumed.write_all(lines),
        }
    }

    /// All lines are written.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self {
            Self::Plain(output) => output.finish(),
            Self::Packed(mut encoder) => match encoder.try_finish() {
                Ok(()) => encoder.finish().map_err(|error| Error::stream("writing the extract", &error))?.finish(),
                Err(error) => Err(encoder.get_ref().error(&error)),
            },
            Self::Columns(columns, output) => {
                if let Err(error) = columns.finish() {
                    return Err(output.0.borrow().error(&error));
                }
                // Whoever else wrote to it is gone with the columns.
                match Rc::into_inner(output.0) {
                    Some(output) => output.into_inner().finish(),
                    None => Err(Error::failure("writing the extract: its columns are not closed")),
                }
            }
            Self::Resumed(mut resumed) => {
                let finished = resumed.pack().and_then(|()| resumed.file.sync_all());
                finished.map_err(|error| failed(&resumed.path, &error))
            }
        }
    }

    /// What a failed write means.
    pub(super) fn error(&self, error: &io::Error) -> Error {
        match self {
            Self::Plain(output) => output.error(error),
            Self::Packed(encoder) => encoder.get_ref().error(error),
            Self::Columns(_, output) => output.0.borrow().error(error),
            Self::Resumed(resumed) => failed(&resumed.path, error),
        }
    }
}

impl Resumed {
    /// Opens the file of `--out`, and reads what it has already.
    pub(super) fn open(
        path: &Path,
        specs: &[SourceSpec],
        options: &IngestOptions,
    ) -> Result<(Self, ExtractPast), Error> {
        let wrong = |text: &str| Error::usage(format!("--out '{}': {text}", path.display()));
        let opened =
            platform::owner_only(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path);
        let mut file = opened.map_err(|error| wrong(&reason(&error)))?;
        if !file.metadata().is_ok_and(|found| found.is_file()) {
            return Err(wrong("is not a regular file"));
        }
        if file.try_lock().is_err() {
            return Err(Error::failure(format!("writing '{}': another extract writes it", path.display())));
        }
        let repack = |rest: &mut dyn Read, file: &mut File| {
            let mut encoder = GzEncoder::new(file, Compression::fast());
            io::copy(rest, &mut encoder)?;
            encoder.finish().map(drop)
        };
        let past = ExtractPast::read(&mut file, specs, options, repack).map_err(|error| match error {
            PastError::Io(error) => failed(path, &error),
            error => {
                wrong(&error.to_string()).hint("--resume goes on with an extract; without it, --out writes a new one")
            }
        })?;
        let is_packed = past.is_packed.unwrap_or_else(|| is_packed(path));
        Ok((Self { file, path: path.to_owned(), waiting: is_packed.then(Vec::new) }, past))
    }

    fn write_all(&mut self, lines: &[u8]) -> io::Result<()> {
        let Some(waiting) = &mut self.waiting else { return self.file.write_all(lines) };
        waiting.extend_from_slice(lines);
        if waiting.len() >= MEMBER { self.pack() } else { Ok(()) }
    }

    fn pack(&mut self) -> io::Result<()> {
        let Some(waiting) = self.waiting.as_mut().filter(|waiting| !waiting.is_empty()) else { return Ok(()) };
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(waiting)?;
        waiting.clear();
        self.file.write_all(&encoder.finish()?)
    }
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "gz")
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::failure(format!("writing '{}': {}", path.display(), reason(error)))
}
