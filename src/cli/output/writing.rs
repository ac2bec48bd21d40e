//! Writes the rows of a command: columns, order, format and where to, and the words beside the data.

use std::borrow::Borrow;
use std::io;
use std::path::{Path, PathBuf};

use super::Output;
use crate::audit::coverage::Coverage;
use crate::cli::args::output::OutputArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::near::near;
use crate::cli::terminal::talk::Level;
use crate::report::choice::ColumnChoice;
use crate::report::coverage_line::coverage_line;
use crate::report::coverage_text::{coverage_text, coverage_text_in_full};
use crate::report::schema::{Column, ColumnError, Heading, Schema, Sort};
use crate::report::zone::Zone;
use crate::report::{Format, RowWriter, WriterOptions, coverage_json, headings, write_rows};

/// The output of a command, checked and opened before any work.
#[derive(Debug)]
pub struct Writing<'a, T> {
    args: &'a OutputArgs,
    output: Output,
    schema: Schema<T>,
    chosen: Option<ColumnChoice<T>>,
    sort: Option<Sort<T>>,
}

impl<'a, T> Writing<'a, T> {
    /// Checks the columns and opens the output.
    pub fn open(args: &'a OutputArgs, schema: Schema<T>) -> Result<Self, Error> {
        let chosen = (!args.columns.is_empty()).then(|| ColumnChoice::parse(&args.columns, &schema));
        let chosen = chosen.transpose().map_err(|error| refuse("--columns", &error))?;
        let sort = args.sort.as_ref().map(|key| schema.sort(&key.to_string()));
        let sort = sort.transpose().map_err(|error| refuse("--sort", &error))?;
        let output = Output::open(args.out.as_deref())?;
        output.refuse_terminal(args.format())?;
        Ok(Self { args, output, schema, chosen, sort })
    }

    /// Files of our own that may lie among the sources.
    #[must_use]
    pub fn own_files(&self) -> Vec<PathBuf> {
        self.output.unfinished_file().map(Into::into).into_iter().chain(self.args.out.clone()).collect()
    }

    /// Whether people will read this rather than programs.
    #[must_use]
    pub fn is_for_people(&self) -> bool {
        self.args.format().is_for_terminals()
    }

    /// Whether the format has a place for the coverage.
    #[must_use]
    pub fn holds_coverage(&self) -> bool {
        self.args.format().holds_coverage()
    }

    /// Writes the rows, and what belongs beside them: on standard error for formats without a place for it.
    pub fn write<R: Borrow<T>>(
        self,
        mut rows: Vec<R>,
        coverage: Option<&Coverage>,
        zone: &Zone,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        if let Some(sort) = &self.sort {
            sort.apply(&mut rows);
        }
        let total = rows.len();
        self.write_first(rows, total, coverage, zone, context)
    }

    /// The same of so many rows that are made one after the other. Only what takes all of them at once holds more than one: the
    /// widths of a table, and another order.
    pub fn write_each(
        self,
        total: usize,
        rows: impl Iterator<Item = io::Result<T>>,
        coverage: Option<&Coverage>,
        zone: &Zone,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        if self.takes_all() {
            let most = if self.sort.is_some() { total } else { self.limit() };
            let rows = rows.take(most).collect::<io::Result<Vec<T>>>().map_err(|error| self.output.error(&error))?;
            if self.sort.is_some() {
                return self.write(rows, coverage, zone, context);
            }
            return self.write_first(rows, total, coverage, zone, context);
        }
        let columns = self.columns(self.schema.columns().to_vec());
        let shown = total.min(self.limit());
        self.emit(&columns, rows.take(shown), (shown, total), (coverage, zone), context)
    }

    /// Whether all rows lie in memory before the first one is written.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        self.sort.is_some() || self.is_for_people()
    }

    /// The same of so many rows that `fill` writes, none of which lives longer than that: as many as it is told, of the columns of
    /// these names.
    pub fn write_by(
        self,
        total: usize,
        fill: impl FnOnce(&str, usize, &mut dyn RowWriter) -> io::Result<()>,
        coverage: Option<&Coverage>,
        zone: &Zone,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let headings = headings(&self.columns(self.schema.columns().to_vec()));
        let names: Vec<&str> = headings.iter().map(|heading| heading.name).collect();
        let (names, shown) = (names.join(","), total.min(self.limit()));
        let write = |mut writer: Box<dyn RowWriter + '_>| {
            fill(&names, shown, &mut *writer)?;
            writer.finish()
        };
        self.fill(headings, write, (shown, total), (coverage, zone), context)
    }

    /// Writes the first ones of so many rows, as many as may be.
    fn write_first<R: Borrow<T>>(
        self,
        mut rows: Vec<R>,
        total: usize,
        coverage: Option<&Coverage>,
        zone: &Zone,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        rows.truncate(self.limit());
        let usual = if self.args.format() == Format::Table {
            self.schema.table_columns(&rows)
        } else {
            self.schema.columns().to_vec()
        };
        let columns = self.columns(usual);
        let shown = rows.len();
        self.emit(&columns, rows.into_iter().map(Ok), (shown, total), (coverage, zone), context)
    }

    /// What is shown where there would be the `usual` columns.
    fn columns(&self, usual: Vec<Column<T>>) -> Vec<Column<T>> {
        match &self.chosen {
            Some(chosen) => chosen.columns(usual),
            None => usual,
        }
    }

    /// Columns that are shown whether there is room or not: those that somebody named or sorts by.
    fn asked(&self) -> Vec<&'static str> {
        let named = self.chosen.as_ref().map(ColumnChoice::named).unwrap_or_default();
        let sorts_by = self.args.sort.as_ref().map(|key| key.column.as_str());
        let columns = self.schema.columns().iter().map(|column| column.heading().name);
        columns.filter(|name| named.contains(name) || Some(*name) == sorts_by).collect()
    }

    /// Columns that are shown only if there is room: none that somebody asked for.
    fn spare(&self) -> Vec<&'static str> {
        if self.chosen.as_ref().is_some_and(|chosen| !chosen.adds_to_usual()) {
            return Vec::new();
        }
        let asked = self.asked();
        self.schema.spare().iter().copied().filter(|name| !asked.contains(name)).collect()
    }

    /// So many rows are written at the most.
    fn limit(&self) -> usize {
        self.args.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
    }

    /// Writes rows, of which so many are `shown` of `total`.
    fn emit(
        self,
        columns: &[Column<T>],
        rows: impl Iterator<Item = io::Result<impl Borrow<T>>>,
        counts: (usize, usize),
        beside: (Option<&Coverage>, &Zone),
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let write = |writer: Box<dyn RowWriter + '_>| {
            let mut failure = None;
            let rows = rows.map_while(|row| row.map_err(|error| failure = Some(error)).ok());
            let written = write_rows(columns, rows, writer);
            failure.map_or(written, Err)
        };
        self.fill(headings(columns), write, counts, beside, context)
    }

    /// Writes what `write` gives to the writer of the format.
    fn fill(
        mut self,
        headings: Vec<Heading>,
        write: impl FnOnce(Box<dyn RowWriter + '_>) -> io::Result<Option<String>>,
        (shown, total): (usize, usize),
        (coverage, zone): (Option<&Coverage>, &Zone),
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let terminal = self.output.is_terminal();
        let options = WriterOptions {
            headings,
            coverage,
            account_names: Some(&context.config.accounts),
            spare: self.spare(),
            asked: self.asked(),
            width: terminal.then(width).flatten(),
            color: context.ui.colors(terminal),
            terminal,
            time_zone: zone.clone(),
            no_header: self.args.no_header,
            csv_raw: self.args.csv_raw,
        };
        let written = self.args.format().open(Box::new(&mut self.output), &options).and_then(write);
        let note = written.map_err(|error| self.output.error(&error))?;
        let format = self.args.format();
        self.output.finish()?;
        if let Some(out) = self.args.out.as_deref().filter(|out| *out != "-") {
            context.say_written(out, shown as u64);
            if self.args.output.is_none()
                && let Some(ending) = unknown_ending(out)
            {
                let text = format!("it holds a table: '.{ending}' names no format; -o does, as in -o csv");
                context.talk.say(Level::Warning, &text);
            }
        }
        if shown < total {
            context.talk.say(Level::Info, &format!("showing {shown} of {total} rows, as --limit says"));
        }
        if let Some(note) = note {
            context.talk.say(Level::Info, &format!("{note}; -o vertical has all, --columns chooses"));
        }
        if let Some(coverage) = coverage {
            tell_coverage_beside(format, coverage, context);
        }
        Ok(())
    }
}

/// The ending of a file's name that promises something else than text, and is none of a format.
fn unknown_ending(path: &Path) -> Option<&str> {
    let ending = path.extension()?.to_str()?;
    let is_text = ["txt", "text", "table", "out", "log"].contains(&&*ending.to_ascii_lowercase());
    (!is_text && Format::of_file(path).is_none()).then_some(ending)
}

/// What belongs beside data of that format: nothing where the data has it, what is missing below a table, else everything.
/// With `--verbose` it is always everything.
pub(in crate::cli) fn tell_coverage_beside(format: Format, coverage: &Coverage, context: &CommandContext<'_>) {
    if context.names_all() || !(format.holds_coverage() || format.is_for_terminals()) {
        tell_coverage(coverage, context);
    } else if format.is_for_terminals()
        && let Some(line) = coverage_line(coverage)
    {
        context.talk.say(Level::Info, &format!("{line}; -v has the whole coverage"));
    }
}

/// Everything on standard error, but with `--quiet` only what is missing.
pub(in crate::cli) fn tell_coverage(coverage: &Coverage, context: &CommandContext<'_>) {
    let level = if coverage.is_incomplete() { Level::Warning } else { Level::Info };
    let text = if context.names_all() { coverage_text_in_full(coverage) } else { coverage_text(coverage) };
    context.talk.block(level, &text, "coverage", "coverage", &coverage_json::value(coverage));
}

/// That a flag names a column that is none, and which one is near.
pub(in crate::cli) fn refuse(flag: &str, error: &ColumnError) -> Error {
    let refused = Error::usage(format!("{flag}: {error}"));
    match error {
        ColumnError::Unknown { name, known } => match near(name, known.split(", ")).first() {
            Some(meant) => refused.hint(format!("did you mean {meant}?")),
            None => refused,
        },
        ColumnError::Twice(_) => refused,
    }
}

/// Characters per line of the terminal.
pub(in crate::cli) fn width() -> Option<u16> {
    terminal_size::terminal_size().map(|(width, _)| width.0)
}
