//! What a kind of table is.

use super::cells::Row;

/// A kind of table.
pub struct Table {
    /// What people call it.
    pub name: &'static str,
    /// The columns that it has among others, in lower case.
    pub columns: &'static [&'static str],
    /// What a row of it holds.
    pub(in crate::decode::container) holds: RowHolds,
}

/// What the rows of a table hold.
#[derive(Clone, Copy)]
pub(in crate::decode::container) enum RowHolds {
    /// The text of an event, or of a carrier of events, in the column of this name.
    Text(&'static str),
    /// The parts of a record, which are put together, or why they cannot be.
    Parts(fn(&Row<'_>) -> Result<String, String>),
}

impl Table {
    /// The number of the column that has texts, under these names.
    pub(in crate::decode::container) fn text_column(&self, names: &[String]) -> Option<usize> {
        let RowHolds::Text(column) = self.holds else { return None };
        names.iter().position(|name| name.eq_ignore_ascii_case(column))
    }
}
