//! The columns that a walk reads of every row, and how their values are read.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::domain::timestamp::Timestamp;
use crate::store::intern::uuid_text;

/// Where they are.
pub(in crate::store) const TIME: usize = 0;
pub(in crate::store) const SUBJECT: usize = 1;
pub(in crate::store) const ISSUER: usize = 2;
pub(in crate::store) const RUN: usize = 3;
pub(in crate::store) const SESSION: usize = 4;
pub(in crate::store) const ERROR: usize = 5;
pub(in crate::store) const COPY: usize = 6;
pub(in crate::store) const ID: usize = 7;

/// These columns, of `a`; those of a visitor follow.
pub(in crate::store) const COLUMNS: [&str; 8] =
    ["a.time", "a.subject", "a.issuer", "a.run", "a.session", "a.error", "a.copy", "a.id"];

/// The time of a row.
pub(in crate::store) fn time(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    // What was written was a time.
    Timestamp::from_seconds(row.get(at)?).ok_or(rusqlite::Error::IntegralValueOutOfRange(at, 0))
}

/// The id of an event, out of `event_id` or `corrects`.
pub(in crate::store) fn event_id(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Box<str>>> {
    match row.get_ref(at)? {
        ValueRef::Blob(_) => Ok(Some(uuid_text(row.get(at)?))),
        _ => row.get(at),
    }
}

/// What is counted.
pub(in crate::store) fn number(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(|count| u64::try_from(count).unwrap_or_default())
}
