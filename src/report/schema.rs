//! Columns with names: which of them are shown, and by which of them rows are sorted.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::cell::{Cell, Shape};

/// What the head of a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// The name, which scripts rely on.
    pub name: &'static str,
    /// What its cells hold.
    pub shape: Shape,
}

impl Heading {
    /// The head of a column whose name is known only now, since a person made it up. Such names are kept, each once, as
    /// long as the process lives: they are few, and all others are constants.
    #[must_use]
    pub fn made_up(name: &str, shape: Shape) -> Self {
        static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = names.get(name).copied();
        let name = known.unwrap_or_else(|| {
            let name: &'static str = name.to_owned().leak();
            names.insert(name);
            name
        });
        Self { name, shape }
    }
}

/// A named value of a `T`.
#[derive(Debug)]
pub struct Column<T> {
    heading: Heading,
    cell: Getter<T>,
}

#[derive(Debug)]
enum Getter<T> {
    Plain(for<'a> fn(&'a T) -> Cell<'a>),
    At(usize, for<'a> fn(&'a T, usize) -> Cell<'a>),
}

// Derived, these would ask for the same of `T`.
impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

impl<T> Clone for Getter<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Getter<T> {}

impl<T> Column<T> {
    /// A column that every report of its kind has.
    #[must_use]
    pub const fn new(name: &'static str, shape: Shape, cell: for<'a> fn(&'a T) -> Cell<'a>) -> Self {
        Self { heading: Heading { name, shape }, cell: Getter::Plain(cell) }
    }

    /// A column that was asked for, and stands at a place of its own in `T`.
    #[must_use]
    pub const fn at(
        name: &'static str,
        shape: Shape,
        place: usize,
        cell: for<'a> fn(&'a T, usize) -> Cell<'a>,
    ) -> Self {
        Self { heading: Heading { name, shape }, cell: Getter::At(place, cell) }
    }

    /// Its head.
    #[must_use]
    pub fn heading(&self) -> Heading {
        self.heading
    }

    /// Its value in a row.
    #[must_use]
    pub fn cell<'a>(&self, row: &'a T) -> Cell<'a> {
        match self.cell {
            Getter::Plain(cell) => cell(row),
            Getter::At(place, cell) => cell(row, place),
        }
    }
}

/// When a column is part of the table that nobody chose columns for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownWhen {
    /// Always.
    Always,
    /// If a row has a value in it.
    AnyValue,
    /// If a row is of the kind `other`.
    AnyOther,
    /// If rows have different values in it.
    Several,
    /// If a row has a count above zero in it.
    NotZero,
}

/// Every column of a kind of report, in the public order.
#[derive(Debug, Clone)]
pub struct Schema<T> {
    columns: Vec<Column<T>>,
    table: &'static [(&'static str, ShownWhen)],
    spare: &'static [&'static str],
}

/// A name that is not a column, or twice one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// The report has no such column.
    #[error("no column \"{name}\"; there are {known}")]
    Unknown {
        /// As given.
        name: String,
        /// The names that exist, joined.
        known: String,
    },
    /// The same column was asked for more than once.
    #[error("column \"{0}\" is named twice")]
    Twice(String),
}

impl<T> Schema<T> {
    /// These columns; `table` says which of them a table for people has, all if it is empty.
    #[must_use]
    pub fn new(columns: Vec<Column<T>>, table: &'static [(&'static str, ShownWhen)]) -> Self {
        Self { columns, table, spare: &[] }
    }

    /// The same, where a table that nobody chose columns for has these only if there is room.
    #[must_use]
    pub fn with_spare(self, spare: &'static [&'static str]) -> Self {
        Self { spare, ..self }
    }

    /// The columns that such a table has only if there is room.
    #[must_use]
    pub fn spare(&self) -> &'static [&'static str] {
        self.spare
    }

    /// Every column, in the public order.
    #[must_use]
    pub fn columns(&self) -> &[Column<T>] {
        &self.columns
    }

    /// The columns named by `a,b,c`, in that order.
    pub fn select(&self, names: &str) -> Result<Vec<Column<T>>, ColumnError> {
        let mut chosen: Vec<Column<T>> = Vec::new();
        for name in names.split(',').map(str::trim) {
            let column = self.find(name)?;
            if chosen.iter().any(|other| other.heading.name == name) {
                return Err(ColumnError::Twice(name.to_owned()));
            }
            chosen.push(column);
        }
        Ok(chosen)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Result<Column<T>, ColumnError> {
        self.find(name)
    }

    /// The order named by `[-]column`; the column need not be shown.
    pub fn sort(&self, text: &str) -> Result<Sort<T>, ColumnError> {
        let name = text.strip_prefix('-').unwrap_or(text);
        Ok(Sort { column: self.find(name)?, descending: name != text })
    }

    /// The columns of a table that nobody chose columns for.
    pub fn table_columns<R: Borrow<T>>(&self, rows: &[R]) -> Vec<Column<T>> {
        if self.table.is_empty() {
            return self.columns.clone();
        }
        let any = |test: &dyn Fn(&T) -> bool| rows.iter().any(|row| test(row.borrow()));
        let any_other = any(&|row| self.find("kind").is_ok_and(|kind| kind.cell(row).to_text() == "other"));
        let chosen = self.table.iter().filter_map(|(name, when)| {
            let column = self.find(name).ok()?;
            let wanted = match when {
                ShownWhen::Always => true,
                ShownWhen::AnyValue => any(&|row| !column.cell(row).is_absent()),
                ShownWhen::AnyOther => any_other,
                ShownWhen::Several => {
                    let mut values = rows.iter().map(|row| column.cell(row.borrow())).filter(|cell| !cell.is_absent());
                    values.next().is_some_and(|first| values.any(|other| other != first))
                }
                ShownWhen::NotZero => any(&|row| !matches!(column.cell(row), Cell::Count(0))),
            };
            wanted.then_some(column)
        });
        chosen.collect()
    }

    fn find(&self, name: &str) -> Result<Column<T>, ColumnError> {
        self.columns.iter().find(|column| column.heading.name == name).copied().ok_or_else(|| {
            let known: Vec<&str> = self.columns.iter().map(|column| column.heading.name).collect();
            ColumnError::Unknown { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

/// An order of rows by one column.
#[derive(Debug, Clone, Copy)]
pub struct Sort<T> {
    column: Column<T>,
    descending: bool,
}

impl<T> Sort<T> {
    /// Counts compare as numbers, all else as the bytes of its text, absent as the empty text.
    #[must_use]
    pub fn compare(&self, one: &T, other: &T) -> Ordering {
        let order = match (self.column.cell(one), self.column.cell(other)) {
            (Cell::Count(one), Cell::Count(other)) => one.cmp(&other),
            // The texts of points in time are in the order of time.
            (Cell::Time(one), Cell::Time(other)) => one.cmp(&other),
            (one, other) => one.to_text().cmp(&other.to_text()),
        };
        if self.descending { order.reverse() } else { order }
    }

    /// Sorts rows; those that compare equal stay in the order they came in, whatever the direction.
    pub fn apply<R: Borrow<T>>(&self, rows: &mut [R]) {
        rows.sort_by(|one, other| self.compare(one.borrow(), other.borrow()));
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    type Row = (&'static str, u64, Vec<&'static str>);

    fn schema() -> Schema<Row> {
        let columns = vec![
            Column::new("name", Shape::Text, |row: &Row| Cell::text(Some(row.0))),
            Column::new("count", Shape::Count, |row: &Row| Cell::Count(row.1)),
            Column::new("list", Shape::List, |row: &Row| {
                Cell::List(row.2.iter().map(|item| Cow::Borrowed(*item)).collect())
            }),
            Column::new("kind", Shape::Text, |row: &Row| Cell::text(Some(if row.1 > 9 { "other" } else { "stack" }))),
        ];
        Schema::new(
            columns,
            &[("count", ShownWhen::Always), ("name", ShownWhen::AnyValue), ("kind", ShownWhen::AnyOther)],
        )
    }

    fn names(columns: &[Column<Row>]) -> Vec<&'static str> {
        columns.iter().map(|column| column.heading().name).collect()
    }

    #[test]
    fn columns_are_chosen_by_name() {
        let check = |text: &str, expected: Result<&[&str], &str>| {
            let chosen = schema().select(text).map(|columns| names(&columns)).map_err(|error| error.to_string());
            assert_eq!(chosen, expected.map(<[&str]>::to_vec).map_err(str::to_owned), "{text:?}");
        };
        check("count,name", Ok(&["count", "name"]));
        check("count, name", Ok(&["count", "name"]));
        check("size", Err("no column \"size\"; there are name, count, list, kind"));
        check("name,,count", Err("no column \"\"; there are name, count, list, kind"));
        check("", Err("no column \"\"; there are name, count, list, kind"));
        check("name,count,name", Err("column \"name\" is named twice"));
    }

    #[test]
    fn rows_are_sorted_by_any_column_and_ties_stay() {
        let check = |text: &str, expected: &[&str]| {
            let mut rows: Vec<Row> =
                vec![("b", 10, vec!["x", "y"]), ("", 9, vec![]), ("é", 9, vec!["x"]), ("Z", 100, vec!["x"])];
            schema().sort(text).unwrap().apply(&mut rows);
            assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), expected, "{text}");
        };
        check("name", &["", "Z", "b", "é"]);
        check("-name", &["é", "b", "Z", ""]);
        check("count", &["", "é", "b", "Z"]);
        check("-count", &["Z", "b", "", "é"]);
        check("list", &["", "é", "Z", "b"]);
        check("-list", &["b", "é", "Z", ""]);
        assert!(schema().sort("--name").is_err());
        assert!(schema().sort("-").is_err());
    }

    #[test]
    fn tables_have_what_is_of_use() {
        let check = |rows: &[Row], expected: &[&str]| assert_eq!(names(&schema().table_columns(rows)), expected);
        check(&[], &["count"]);
        check(&[("", 1, vec![])], &["count"]);
        check(&[("", 1, vec![]), ("a", 1, vec![])], &["count", "name"]);
        check(&[("", 10, vec![])], &["count", "kind"]);
    }
}
