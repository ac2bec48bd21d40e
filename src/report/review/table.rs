//! A table of a review, before any page has seen it: columns, and rows that are made when they are shown.

use crate::domain::timestamp::Timestamp;
use crate::report::cell::Cell as Value;
use crate::report::coverage_text::grouped;
use crate::report::zone::Zone;

/// A table, whose rows are made one after the other.
pub struct ReviewTable<'a> {
    /// Its anchor.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What to know about it.
    pub note: &'static str,
    /// The file that has all rows; none if this table has them all.
    pub file: Option<&'static str>,
    /// What stands there if it has no rows.
    pub empty: String,
    /// Its columns.
    pub columns: &'static [ColumnHead],
    /// How many rows it has.
    pub total: usize,
    /// They are made when they are shown.
    pub rows: Box<dyn Iterator<Item = Vec<TableCell>> + 'a>,
}

/// The head of a column.
#[derive(Debug, Clone, Copy)]
pub struct ColumnHead {
    /// Its name.
    pub name: &'static str,
    /// Whether it holds numbers.
    pub number: bool,
}

pub(in crate::report) const fn text(name: &'static str) -> ColumnHead {
    ColumnHead { name, number: false }
}

pub(in crate::report) const fn number(name: &'static str) -> ColumnHead {
    ColumnHead { name, number: true }
}

/// One cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableCell {
    /// Its lines.
    pub lines: Vec<String>,
    /// Where it leads.
    pub href: Option<String>,
    /// How to mark it: a word of the style sheet.
    pub mark: &'static str,
    /// Whether no page may cut it: text of the rules or of whoever runs this program, and none of a log.
    pub is_whole: bool,
}

impl TableCell {
    pub(in crate::report) fn new(text: impl Into<String>) -> Self {
        Self { lines: vec![text.into()], ..Self::default() }
    }

    pub(in crate::report) fn opt(text: Option<&str>) -> Self {
        Self::new(text.unwrap_or_default())
    }

    pub(in crate::report) fn lines<S: Into<String>>(lines: impl IntoIterator<Item = S>) -> Self {
        Self { lines: lines.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    pub(in crate::report) fn count(count: u64) -> Self {
        Self::new(grouped(count))
    }

    pub(in crate::report) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    pub(in crate::report) fn marked(self, mark: &'static str) -> Self {
        Self { mark, ..self }
    }
}

/// A time for people: without the T, and the zone only where it is not UTC.
pub(in crate::report) fn time(time: Timestamp, zone: &Zone) -> TableCell {
    let text = Value::Time(Some(time)).to_text_in(zone).replace('T', " ");
    TableCell::new(text.strip_suffix('Z').unwrap_or(&text))
}
