//! SQL that a person writes: one statement, that can only read, within limits of time and memory.
//!
//! That it only reads has four reasons, each of which is enough: the file is opened for reading, `query_only` is on,
//! the authorizer admits nothing but reads, and a statement that SQLite itself does not call read-only is not run.

use std::collections::BTreeMap;
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

use self::clock::StatementClock;
pub use self::guard::StatementLimits;
use super::handle::Store;
use super::tidy::Tidy;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
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
pub enum SqlValue<'a> {
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
pub struct StoreReader {
    connection: Connection,
    clock: Arc<StatementClock>,
    limits: StatementLimits,
    /// Comes after the connection, so that it is dropped after it.
    _tidy: Tidy,
}

impl StoreReader {
    /// Lets `connection` answer, which should be one that was opened for reading.
    pub fn new(connection: Connection, limits: StatementLimits) -> Result<Self, QueryError> {
        Self::guarded(connection, limits, Tidy::nothing())
    }

    fn guarded(mut connection: Connection, limits: StatementLimits, tidy: Tidy) -> Result<Self, QueryError> {
        let clock = Arc::new(StatementClock::new(limits.time));
        let guarded = function::add(&connection).and_then(|()| guard::set(&mut connection, limits, &clock));
        guarded.map_err(|error| QueryError::Failed(format!("preparing the store for queries: {error}")))?;
        Ok(Self { connection, clock, limits, _tidy: tidy })
    }

    /// Lets a store answer.
    pub fn of(store: Store, limits: StatementLimits) -> Result<Self, QueryError> {
        Self::guarded(store.connection, limits, store.tidy)
    }

    /// Lets statements ask for names of accounts, by account id.
    pub fn name_accounts(&self, names: BTreeMap<Box<str>, Box<str>>) -> Result<(), QueryError> {
        let added = function::add_names(&self.connection, names);
        added.map_err(|error| QueryError::Failed(format!("preparing the store for queries: {error}")))
    }

    /// Calls `stuck` where a statement still runs that should have ended `grace` ago, in a call of a function that nothing
    /// but the end of the process can stop.
    pub fn watch(&self, grace: Duration, stuck: impl FnOnce(QueryError) + Send + 'static) {
        let limit = self.limits.time;
        self.clock.watch(grace, move || stuck(QueryError::TooLong(limit)));
    }

    /// What stops a statement that is running, from another thread. The next one is not affected.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.clock))
    }

    /// Runs one statement. `begin` gets the names of its columns and the first row, if there is one; `row` gets every
    /// row, the first one too, and tells whether to go on. Both may fail in their own way.
    pub fn ask<S, E: From<QueryError>>(
        &self,
        sql: &str,
        begin: impl FnOnce(&[String], Option<&[SqlValue<'_>]>) -> Result<S, E>,
        mut row: impl FnMut(&mut S, &[SqlValue<'_>]) -> Result<ControlFlow<()>, E>,
    ) -> Result<S, E> {
        word::check(sql).map_err(QueryError::Refused)?;
        self.clock.restart();
        self.clock.start();
        let prepared = self.connection.prepare(sql);
        self.clock.stop();
        let mut statement = prepared.map_err(|error| self.refusal(&error))?;
        if !statement.readonly() {
            return Err(QueryError::Refused("it is not a read-only statement".to_owned()).into());
        }
        if statement.parameter_count() > 0 {
            let message = "it has a parameter, such as ? or :name, and nothing gives it a value";
            return Err(QueryError::Refused(message.to_owned()).into());
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
            let values: Vec<SqlValue<'_>> = (0..columns.len()).map(|at| SqlValue::of(next, at)).collect();
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
            (None, None) => Err(QueryError::Failed("a row got lost".to_owned()).into()),
        }
    }

    /// The tables and views, each with its columns, by name.
    pub fn tables(&self) -> Result<Vec<(String, Vec<String>)>, QueryError> {
        const SQL: &str = "SELECT t.name, c.name FROM pragma_table_list AS t, pragma_table_info(t.name) AS c \
                           WHERE t.schema IN ('main', 'temp') AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        self.ask(
            SQL,
            |_, _| Ok::<(), QueryError>(()),
            |(), row| {
                if let [SqlValue::Text(table), SqlValue::Text(column)] = row {
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
    fn refusal(&self, error: &rusqlite::Error) -> QueryError {
        match error {
            rusqlite::Error::MultipleStatement => {
                QueryError::Refused("it is more than one statement; write one".to_owned())
            }
            rusqlite::Error::SqlInputError { msg, .. } => QueryError::Refused(brief(msg)),
            _ => match self.failure(error) {
                QueryError::TooWide => QueryError::Refused(format!("it is longer than {} bytes", guard::MAX_SQL)),
                QueryError::Failed(message) if is_refusal(error) => QueryError::Refused(message),
                error => error,
            },
        }
    }

    fn failure(&self, error: &rusqlite::Error) -> QueryError {
        let code = error.sqlite_error_code();
        match (code, error) {
            (Some(ErrorCode::OperationInterrupted), _) if self.clock.was_stopped() => {
                QueryError::Failed("the query was interrupted".to_owned())
            }
            (Some(ErrorCode::OperationInterrupted), _) => QueryError::TooLong(self.limits.time),
            // What a table that is made up on the spot, such as one of pragma_…, would have to do.
            (Some(ErrorCode::AuthorizationForStatementDenied), _) => QueryError::Refused("not authorized".to_owned()),
            (Some(ErrorCode::TooBig), _) => QueryError::TooWide,
            (Some(ErrorCode::OutOfMemory), _) => QueryError::TooLarge(self.limits.memory_bytes),
            (_, rusqlite::Error::SqliteFailure(_, Some(message))) => match message.strip_prefix(function::MARK) {
                Some(message) => QueryError::Refused(brief(message)),
                None => QueryError::Failed(brief(message)),
            },
            _ => QueryError::Failed(brief(&error.to_string())),
        }
    }
}

/// Stops what a [`StoreReader`] is doing.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<StatementClock>);

impl Stopper {
    /// Stops the statement that is running.
    pub fn stop(&self) {
        self.0.interrupt();
    }
}

impl<'a> SqlValue<'a> {
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
