//! SQL that a person writes: one statement, that can only read, within limits of time and memory.
//!
//! That it only reads has four reasons, each of which is enough: the file is opened for reading, `query_only` is on,
//! the authorizer admits nothing but reads, and a statement that SQLite itself does not call read-only is not run.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};

pub mod function;

pub mod snapshot;

pub mod word;

mod clock;

mod guard;

use self::clock::Clock;
pub use self::guard::Limits;
use super::handle::Store;
use super::tidy::Tidy;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The statement is not one that is run, or not one that is understood.
    #[error("{0}")]
    Refused(String),
    /// It took too long.
    #[error("the query took longer than {} seconds", .0.as_secs_f64())]
    TooLong(Duration),
    /// A value or a row of it is too long.
    #[error("a value or a row of the query is longer than the {} MiB that it may be", guard::MAX_VALUE >> 20)]
    TooWide,
    /// It needs more memory than it may have.
    #[error("the query needs more memory than the {} MiB that it may have", .0 >> 20)]
    TooLarge(u64),
    /// None of the others: a damaged file, a full disk, a number out of range.
    #[error("{0}")]
    Failed(String),
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// `NULL`.
    Null,
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// Text. What is no UTF-8 cannot come from a store, and is not shown as it is.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

/// A store that answers questions.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    clock: Arc<Clock>,
    limits: Limits,
    /// Comes after the connection, so that it is dropped after it.
    _tidy: Tidy,
}

impl Reader {
    /// Lets `connection` answer, which should be one that was opened for reading.
    pub fn new(connection: Connection, limits: Limits) -> Result<Self, Error> {
        Self::guarded(connection, limits, Tidy::nothing())
    }

    fn guarded(mut connection: Connection, limits: Limits, tidy: Tidy) -> Result<Self, Error> {
        let clock = Arc::new(Clock::new(limits.time));
        let guarded = function::add(&connection).and_then(|()| guard::set(&mut connection, limits, &clock));
        guarded.map_err(|error| Error::Failed(format!("preparing the store for queries: {error}")))?;
        Ok(Self { connection, clock, limits, _tidy: tidy })
    }

    /// Lets a store answer.
    pub fn of(store: Store, limits: Limits) -> Result<Self, Error> {
        Self::guarded(store.connection, limits, store.tidy)
    }

    /// Calls `stuck` where a statement still runs that should have ended `grace` ago, in a call of a function that nothing
    /// but the end of the process can stop.
    pub fn watch(&self, grace: Duration, stuck: impl FnOnce(Error) + Send + 'static) {
        let limit = self.limits.time;
        self.clock.watch(grace, move || stuck(Error::TooLong(limit)));
    }

    /// What stops a statement that is running, from another thread. The next one is not affected.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.clock))
    }

    /// Runs one statement. `begin` gets the names of its columns and the first row, if there is one; `row` gets every
    /// row, the first one too, and tells whether to go on. Both may fail in their own way.
    pub fn ask<S, E: From<Error>>(
        &self,
        sql: &str,
        begin: impl FnOnce(&[String], Option<&[Value<'_>]>) -> Result<S, E>,
        mut row: impl FnMut(&mut S, &[Value<'_>]) -> Result<ControlFlow<()>, E>,
    ) -> Result<S, E> {
        word::check(sql).map_err(Error::Refused)?;
        self.clock.restart();
        self.clock.start();
        let prepared = self.connection.prepare(sql);
        self.clock.stop();
        let mut statement = prepared.map_err(|error| self.refusal(&error))?;
        if !statement.readonly() {
            return Err(Error::Refused("it is not a statement that only reads".to_owned()).into());
        }
        if statement.parameter_count() > 0 {
            let message = "it has a parameter, such as ? or :name, and nothing gives it a value";
            return Err(Error::Refused(message.to_owned()).into());
        }
        let columns = distinct(statement.column_names().map(str::to_owned).collect());
        let mut rows = statement.raw_query();
        let mut begin = Some(begin);
        let mut state = None;
        loop {
            self.clock.start();
            let next = rows.next();
            self.clock.stop();
            let Some(next) = next.map_err(|error| self.failure(&error))? else { break };
            let values: Vec<Value<'_>> = (0..columns.len()).map(|at| Value::of(next, at)).collect();
            if let Some(begin) = begin.take() {
                state = Some(begin(&columns, Some(&values))?);
            }
            if let Some(state) = &mut state
                && row(state, &values)?.is_break()
            {
                break;
            }
        }
        match (state, begin) {
            (Some(state), _) => Ok(state),
            (None, Some(begin)) => begin(&columns, None),
            (None, None) => Err(Error::Failed("a row got lost".to_owned()).into()),
        }
    }

    /// The tables and views, each with its columns, by name.
    pub fn tables(&self) -> Result<Vec<(String, Vec<String>)>, Error> {
        const SQL: &str = "SELECT t.name, c.name FROM pragma_table_list AS t, pragma_table_info(t.name) AS c \
                           WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        self.ask(
            SQL,
            |_, _| Ok::<(), Error>(()),
            |(), row| {
                if let [Value::Text(table), Value::Text(column)] = row {
                    let [table, column] = [table, column].map(|text| String::from_utf8_lossy(text).into_owned());
                    match tables.last_mut() {
                        Some((last, columns)) if *last == table => columns.push(column),
                        _ => tables.push((table, vec![column])),
                    }
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(tables)
    }

    /// While the statement is prepared nothing has been done yet, so that nearly everything is a mistake in it.
    fn refusal(&self, error: &rusqlite::Error) -> Error {
        match error {
            rusqlite::Error::MultipleStatement => Error::Refused("it is more than one statement; write one".to_owned()),
            rusqlite::Error::SqlInputError { msg, .. } => Error::Refused(brief(msg)),
            _ => match self.failure(error) {
                Error::TooWide => Error::Refused(format!("it is longer than {} bytes", guard::MAX_SQL)),
                Error::Failed(message) if is_refusal(error) => Error::Refused(message),
                error => error,
            },
        }
    }

    fn failure(&self, error: &rusqlite::Error) -> Error {
        let code = error.sqlite_error_code();
        match (code, error) {
            (Some(ErrorCode::OperationInterrupted), _) if self.clock.was_stopped() => {
                Error::Failed("the query was interrupted".to_owned())
            }
            (Some(ErrorCode::OperationInterrupted), _) => Error::TooLong(self.limits.time),
            // What a table that is made up on the spot, such as one of pragma_…, would have to do.
            (Some(ErrorCode::AuthorizationForStatementDenied), _) => Error::Refused("not authorized".to_owned()),
            (Some(ErrorCode::TooBig), _) => Error::TooWide,
            (Some(ErrorCode::OutOfMemory), _) => Error::TooLarge(self.limits.memory_bytes),
            (_, rusqlite::Error::SqliteFailure(_, Some(message))) => match message.strip_prefix(function::MARK) {
                Some(message) => Error::Refused(brief(message)),
                None => Error::Failed(brief(message)),
            },
            _ => Error::Failed(brief(&error.to_string())),
        }
    }
}

/// Stops what a [`Reader`] is doing.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<Clock>);

impl Stopper {
    /// Stops the statement that is running.
    pub fn stop(&self) {
        self.0.interrupt();
    }
}

impl<'a> Value<'a> {
    fn of(row: &'a rusqlite::Row<'_>, at: usize) -> Self {
        match row.get_ref(at) {
            Ok(ValueRef::Integer(number)) => Self::Integer(number),
            Ok(ValueRef::Real(number)) => Self::Real(number),
            Ok(ValueRef::Text(text)) => Self::Text(text),
            Ok(ValueRef::Blob(bytes)) => Self::Blob(bytes),
            // Only a column that is not there fails.
            Ok(ValueRef::Null) | Err(_) => Self::Null,
        }
    }
}

fn is_refusal(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::Unknown))
}

/// How much of a message is shown. SQLite and our functions repeat what they do not understand, however long it is.
const SHOWN: usize = 400;

/// A message without the middle of it, where it is long.
fn brief(message: &str) -> String {
    let chars = message.chars().count();
    if chars <= SHOWN {
        return message.to_owned();
    }
    let start: String = message.chars().take(SHOWN / 2).collect();
    let end: String = message.chars().skip(chars - SHOWN / 2).collect();
    format!("{start}… ({} characters more) …{end}", chars - SHOWN / 2 * 2)
}

/// Names of which no two are the same: the second `a` is `a:1`, as SQLite calls it in a subquery.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut taken: std::collections::HashSet<String> = names.iter().cloned().collect();
    let mut seen = std::collections::HashSet::new();
    let rename = |name: String| {
        if seen.insert(name.clone()) {
            return name;
        }
        let mut number = 1_u64;
        loop {
            let other = format!("{name}:{number}");
            if taken.insert(other.clone()) {
                return other;
            }
            number += 1;
        }
    };
    names.into_iter().map(rename).collect()
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod limit_tests;
