//! What a kind of table is.

use super::cells::Row;

/// A kind of table.
pub struct Table {
    /// What people call it.
    pub name: &'static str,
    /// The columns that it has among others, in lower case.
    pub columns: &'static [&'static str],
    /// What a row of it holds, or why that cannot be told.
    pub(in crate::decode::container) read: for<'a> fn(&'a Row) -> Result<RowContent<'a>, String>,
}

/// What a row holds.
pub(in crate::decode::container) enum RowContent<'a> {
    /// The text of an event, or of a carrier of events.
    Text(&'a str),
    /// The parts of a record, put together.
    Record(String),
}
