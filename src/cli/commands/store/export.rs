//! `tfctrail store export`: all rows, in files for other tools.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::cli::args::store::StoreArgs;
use crate::cli::commands::query::{activity, scanned};
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, reason};
use crate::cli::output::folder::OutputFolder;
use crate::cli::output::writing::tell_coverage;
use crate::cli::reading::answer::ScanResult;
use crate::cli::terminal::talk::Level;
use crate::domain::timestamp::{Day, Timestamp};
use crate::platform;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::Heading;
use crate::report::{Format, RowWriter, WriterOptions, headings, row};
use crate::store::Store;
use crate::store::calls::kept::KeptCalls;
use crate::store::sql::{self, SqlValue, StatementLimits, StoreReader};

/// Write all events, runs and calls into files for other tools
///
/// As Parquet, zstd, in folders year=/month=/day= that DuckDB, Athena, Spark and pandas know, or as one CSV or NDJSON
/// file each. The same store gives the same bytes. The directory appears when it is complete. Exit code 5 if something is
/// missing from the store.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail store export --out lake/
  duckdb -c \"SELECT workspace, count(*) FROM read_parquet('lake/events/**/*.parquet', hive_partitioning = true) GROUP BY 1\"
  tfctrail store export --out lake/ --overwrite
  tfctrail store export --format csv --out review/")]
pub struct ExportArgs {
    /// Directory to write; it is new, or empty
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: PathBuf,
    /// Replace the whole directory, if it holds an older export and nothing else
    #[arg(long, help_heading = "Output")]
    pub overwrite: bool,
    /// Format of the files
    #[arg(long, value_name = "FORMAT", default_value = "parquet", help_heading = "Output")]
    #[arg(value_parser = PossibleValuesParser::new(ExportArgs::FORMATS.map(Format::name)).map(|name| Format::of_name(&name).unwrap_or(Format::Parquet)))]
    pub format: Format,
    /// Write CSV cells as they are, even where a spreadsheet would run them as formulas
    #[arg(long, help_heading = "Output")]
    pub csv_raw: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl ExportArgs {
    /// The formats of files that other tools read.
    const FORMATS: [Format; 3] = [Format::Parquet, Format::Csv, Format::Ndjson];
}

/// The most memory that SQLite may hold.
const MEMORY: u64 = 512 << 20;

/// Events without a run id that are further apart belong to different runs, as by default everywhere.
const RUN_GAP_SECONDS: i64 = 3_600;

/// The names of all tables.
const TABLES: [&str; 3] = ["events", "runs", scanned::ACTIVITY];

/// A table, where it comes from, and the time that its days are of.
struct ExportTable {
    name: &'static str,
    view: &'static str,
    headings: Vec<Heading>,
    time: &'static str,
}

impl RunCommand for ExportArgs {
    /// Writes the tables.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let hint = "name a new one, or let --overwrite replace an older export";
        let folder = OutputFolder::create(("--out", &self.out), self.overwrite.then_some(is_of_export), hint)?;
        let limits = StatementLimits { time: Duration::MAX, memory_bytes: MEMORY };
        let store = Store::open_read(&self.store.path()?)?;
        // All tables are of one moment, and so is what they rest on.
        store.put_temporary_on_disk()?;
        store.stay()?;
        let mut answer = ScanResult::of_tables(store.about_all()?, context.now.day(), false);
        let keeps_calls = store.kept_calls()? != KeptCalls::None;
        if keeps_calls {
            let rows = activity::of_store(&store, RUN_GAP_SECONDS, &mut answer.coverage)?;
            scanned::put_beside(&store, &rows, list)?;
        }
        let reader = StoreReader::of(store, limits).map_err(|error| failed(&error))?;
        let mut tables = vec![
            ExportTable {
                name: "events",
                view: "events",
                headings: headings(row::events::schema().columns()),
                time: "time",
            },
            ExportTable {
                name: "runs",
                view: "runs_with_lists",
                headings: headings(row::runs::schema().columns()),
                time: "first_seen",
            },
        ];
        if keeps_calls {
            tables.push(ExportTable {
                name: scanned::ACTIVITY,
                view: "activity ORDER BY first_seen, rowid",
                headings: headings(row::activity::schema().columns()),
                time: "first_seen",
            });
        }
        let mut counts = Vec::new();
        for table in tables {
            let name = table.name;
            let count = write(&reader, table, self, folder.path()).map_err(|stop| match stop {
                ExportError::Sql(error) => failed(&error),
                ExportError::Output(error) => {
                    Error::failure(format!("writing into '{}': {}", self.out.display(), reason(&error)))
                }
            })?;
            counts.push(format!("{count} {name}"));
        }
        folder.finish()?;
        context.talk.say(Level::Info, &format!("{} written to {}", said(&counts), self.out.display()));
        if answer.coverage.is_incomplete() {
            tell_coverage(&answer.coverage, context);
        }
        answer.verdict()
    }
}

/// Whether a path in a directory is one that an export writes there: `runs.csv`, `runs/year=2026/month=11/day=02/runs.parquet`.
fn is_of_export(path: &Path) -> bool {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    let Some((name, folders)) = parts.as_deref().and_then(<[&str]>::split_last) else { return false };
    let Some((table, format)) = name.split_once('.') else { return false };
    let is_file = TABLES.contains(&table) && ExportArgs::FORMATS.iter().any(|known| known.name() == format);
    let is_day = |day: &[&str]| {
        let parts = ["year=", "month=", "day="].iter().zip(day);
        day.is_empty() || (day.len() == 3 && parts.into_iter().all(|(start, part)| part.starts_with(start)))
    };
    is_file && folders.split_first().is_none_or(|(first, day)| *first == table && is_day(day))
}

/// `1 a, 2 b and 3 c`.
fn said(counts: &[String]) -> String {
    match counts {
        [front @ .., last] if !front.is_empty() => format!("{} and {last}", front.join(", ")),
        _ => counts.join(""),
    }
}

/// A list as JSON, and all else as a table of SQL has it.
fn list(cell: &Cell<'_>) -> String {
    match cell {
        // A list of texts is JSON whatever they are.
        Cell::List(texts) => serde_json::to_string(&texts.iter().collect::<Vec<_>>()).unwrap_or_default(),
        other => scanned::joined(other),
    }
}

fn failed(error: &sql::QueryError) -> Error {
    Error::failure(format!("exporting the store: {error}"))
}

/// Why a table ends early.
enum ExportError {
    Sql(sql::QueryError),
    Output(io::Error),
}

impl From<sql::QueryError> for ExportError {
    fn from(error: sql::QueryError) -> Self {
        Self::Sql(error)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Writes the rows of a table in their order, and counts them.
fn write(reader: &StoreReader, table: ExportTable, args: &ExportArgs, folder: &Path) -> Result<u64, ExportError> {
    let names: Vec<String> = table.headings.iter().map(|heading| format!("\"{}\"", heading.name)).collect();
    let sql = format!("SELECT {} FROM {}", names.join(", "), table.view);
    let mut files = DayFiles::new(table, args, folder)?;
    reader.ask(
        &sql,
        |_, _| Ok::<(), ExportError>(()),
        |(), row| {
            files.write(row)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(files.finish()?)
}

/// The files of a table, of which one is open at a time.
struct DayFiles {
    table: ExportTable,
    format: Format,
    csv_raw: bool,
    folder: PathBuf,
    time: usize,
    open: Option<OpenFile>,
    count: u64,
}

struct OpenFile {
    day: Option<Day>,
    file: File,
    writer: Box<dyn RowWriter>,
}

impl DayFiles {
    /// One file for all rows, where rows are not laid out by day, is there from the start.
    fn new(table: ExportTable, args: &ExportArgs, folder: &Path) -> io::Result<Self> {
        let time = table.headings.iter().position(|heading| heading.name == table.time).unwrap_or(0);
        let by_day = args.format == Format::Parquet;
        let folder = if by_day { folder.join(table.name) } else { folder.to_owned() };
        let mut files = Self { table, format: args.format, csv_raw: args.csv_raw, folder, time, open: None, count: 0 };
        if by_day {
            make_folder(&files.folder)?;
        } else {
            files.open = Some(files.start(None)?);
        }
        Ok(files)
    }

    fn write(&mut self, row: &[SqlValue<'_>]) -> io::Result<()> {
        let cells: Vec<Cell<'_>> =
            row.iter().zip(&self.table.headings).map(|(value, heading)| cell(*value, heading.shape)).collect();
        if self.format == Format::Parquet {
            // Rows come in the order of time, so that no day comes back.
            let day = match cells.get(self.time) {
                Some(Cell::Time(Some(time))) => Some(time.day()),
                _ => None,
            };
            if self.open.as_ref().is_none_or(|open| open.day != day) {
                self.close()?;
                self.open = Some(self.start(day)?);
            }
        }
        self.count += 1;
        match &mut self.open {
            Some(open) => open.writer.write(&cells),
            None => Ok(()),
        }
    }

    /// Starts the file of a day, or of all rows.
    fn start(&self, day: Option<Day>) -> io::Result<OpenFile> {
        let folder = match day {
            Some(day) => {
                let (year, month, day) = day.civil();
                self.folder.join(format!("year={year:04}/month={month:02}/day={day:02}"))
            }
            None => self.folder.clone(),
        };
        make_folder(&folder)?;
        let path = folder.join(format!("{}.{}", self.table.name, self.format.name()));
        let file = platform::owner_only(OpenOptions::new().write(true).create_new(true)).open(path)?;
        let options = WriterOptions { csv_raw: self.csv_raw, ..WriterOptions::new(self.table.headings.clone(), None) };
        let writer = self.format.open(Box::new(file.try_clone()?), &options)?;
        Ok(OpenFile { day, file, writer })
    }

    fn close(&mut self) -> io::Result<()> {
        match self.open.take() {
            Some(open) => {
                open.writer.finish()?;
                open.file.sync_all()
            }
            None => Ok(()),
        }
    }

    fn finish(mut self) -> io::Result<u64> {
        self.close()?;
        Ok(self.count)
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    platform::owner_only_folders().create(path)
}

/// A value of the store as the cell that it was made of.
fn cell(value: SqlValue<'_>, shape: Shape) -> Cell<'_> {
    let text = match value {
        SqlValue::Text(text) => String::from_utf8_lossy(text),
        SqlValue::Integer(number) => return Cell::Count(u64::try_from(number).unwrap_or(0)),
        SqlValue::Null | SqlValue::Real(_) | SqlValue::Blob(_) => Cow::Borrowed(""),
    };
    match shape {
        Shape::Time => Cell::Time(Timestamp::parse_rfc3339(&text)),
        // The store made it, so that it is a list of texts.
        Shape::List => Cell::List(
            serde_json::from_str::<Vec<String>>(&text).unwrap_or_default().into_iter().map(Cow::Owned).collect(),
        ),
        Shape::Flag => Cell::Flag(["false", "true"].iter().position(|word| *word == text).map(|at| at == 1)),
        Shape::Text | Shape::Count | Shape::Number => Cell::Text(text),
    }
}
