//! The rows of a statement, in any format, as they come.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;

use super::args::AnswerArgs;
use crate::audit::coverage::Coverage;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::output::writing::width;
use crate::cli::terminal::talk::Level;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::Heading;
use crate::report::{RowWriter, WriterOptions};
use crate::store::sql::{self, SqlValue, StoreReader};

/// Why a statement ends early.
enum QueryError {
    Sql(sql::QueryError),
    Output(io::Error),
}

impl From<sql::QueryError> for QueryError {
    fn from(error: sql::QueryError) -> Self {
        Self::Sql(error)
    }
}

impl From<io::Error> for QueryError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// A report that is being written.
struct AnswerWriter<'a> {
    writer: Box<dyn RowWriter + 'a>,
    shown: u64,
    /// Whether there were more rows.
    cut: bool,
}

/// Runs the statement and writes its rows; the coverage goes with them where the format has a place for it.
pub(super) fn answer(
    reader: &StoreReader,
    sql: &str,
    args: &AnswerArgs,
    mut output: Output,
    coverage: Option<&Coverage>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let terminal = output.is_terminal();
    let limit = args.limit.unwrap_or(u64::MAX);
    let out = &mut output;
    let begin = move |columns: &[String], first: Option<&[SqlValue<'_>]>| {
        let headings = columns.iter().enumerate().map(|(at, name)| {
            let value = first.and_then(|row| row.get(at));
            let shape = match value {
                Some(SqlValue::Integer(_)) => Shape::Count,
                Some(SqlValue::Real(_)) => Shape::Number,
                _ => Shape::Text,
            };
            Heading::made_up(name, shape)
        });
        let options = WriterOptions {
            account_names: Some(&context.config.accounts),
            width: terminal.then(width).flatten(),
            color: context.ui.colors(terminal),
            terminal,
            no_header: args.no_header,
            csv_raw: args.csv_raw,
            ..WriterOptions::new(headings.collect(), coverage)
        };
        Ok::<_, QueryError>(AnswerWriter { writer: args.format().open(Box::new(out), &options)?, shown: 0, cut: false })
    };
    let asked = reader.ask(sql, begin, |report, row| {
        if report.shown == limit {
            report.cut = true;
            return Ok(ControlFlow::Break(()));
        }
        report.writer.write(&row.iter().map(cell).collect::<Vec<_>>())?;
        report.shown += 1;
        Ok(ControlFlow::Continue(()))
    });
    let written = asked.and_then(|report| Ok((report.writer.finish()?, report.shown, report.cut)));
    let (note, shown, cut) = match written {
        Ok(written) => written,
        Err(QueryError::Sql(error)) => return Err(refuse(error)),
        Err(QueryError::Output(error)) => return Err(output.error(&error)),
    };
    output.finish()?;
    if let Some(out) = args.out.as_deref().filter(|out| *out != "-") {
        context.say_written(out, shown);
    }
    if cut {
        context.talk.say(Level::Info, &format!("showing the first {shown} rows, as --limit says"));
    }
    if let Some(note) = note {
        context.talk.say(Level::Info, &format!("{note}; -o vertical has all"));
    }
    Ok(())
}

/// An absent value is an empty text, as in all rows; bytes are shown in hexadecimal.
fn cell<'a>(value: &SqlValue<'a>) -> Cell<'a> {
    match *value {
        SqlValue::Null => Cell::text(None),
        SqlValue::Integer(number) => match u64::try_from(number) {
            Ok(number) => Cell::Count(number),
            Err(_) => Cell::Number(Cow::Owned(number.to_string())),
        },
        // As JSON writes it, which has no infinity.
        SqlValue::Real(number) if number.is_finite() => Cell::Number(Cow::Owned(format!("{number:?}"))),
        SqlValue::Real(number) => Cell::owned(number.to_string()),
        SqlValue::Text(text) => Cell::Text(String::from_utf8_lossy(text)),
        SqlValue::Blob(bytes) => Cell::owned(bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })),
    }
}

pub(super) fn refuse(error: sql::QueryError) -> Error {
    match error {
        sql::QueryError::Refused(message) => Error::usage(format!("the query is refused: {message}"))
            .hint("tfctrail query --examples prints some that work"),
        sql::QueryError::TooLong(_) => Error::failure(error.to_string()).hint("--timeout gives it more time"),
        sql::QueryError::TooWide => Error::failure(error.to_string())
            .hint("substr(column, 1, 1000) takes the beginning of a text, and LIMIT fewer rows of a group"),
        sql::QueryError::TooLarge(_) => {
            Error::failure(error.to_string()).hint("narrow it with WHERE, or select fewer columns")
        }
        sql::QueryError::Failed(message) => Error::failure(format!("the query failed: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cells() {
        let check = |value: SqlValue<'_>, expected: Cell<'_>| assert_eq!(cell(&value), expected);
        check(SqlValue::Null, Cell::text(None));
        check(SqlValue::Integer(7), Cell::Count(7));
        check(SqlValue::Integer(i64::MIN), Cell::Number("-9223372036854775808".into()));
        check(SqlValue::Real(0.1), Cell::Number("0.1".into()));
        check(SqlValue::Real(1e300), Cell::Number("1e300".into()));
        check(SqlValue::Real(f64::INFINITY), Cell::text(Some("inf")));
        check(SqlValue::Text(b"a\xff"), Cell::text(Some("a\u{fffd}")));
        check(SqlValue::Blob(&[0, 255]), Cell::text(Some("00ff")));
    }
}
