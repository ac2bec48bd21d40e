//! One large JSON object, written a member at a time and laid out as `serde_json` does it: what it has most of, it never
//! holds whole.

use std::borrow::Borrow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter as _, PrettyFormatter};

use crate::report::headings;
use crate::report::object_text::ObjectText;
use crate::report::pieces::BufferedRows;
use crate::report::schema::Column;

/// The members of an object, of which one at least will be written.
pub(super) struct ObjectMembers<W> {
    out: BufferedRows<W>,
    is_empty: bool,
}

impl<W: Write> ObjectMembers<W> {
    /// Writes to `out`, which need not be buffered.
    pub(super) fn new(out: W) -> Self {
        Self { out: BufferedRows::new(out), is_empty: true }
    }

    /// A small value.
    pub(super) fn value(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.name(name)?;
        self.out.add(|text| put(value, 1, text))
    }

    /// A list of values, which are made one after the other.
    pub(super) fn values(&mut self, name: &str, values: impl IntoIterator<Item = impl Serialize>) -> io::Result<()> {
        self.list(name, values, |value, text| put(&value, 2, text))
    }

    /// A list of rows, each an object.
    pub(super) fn rows<T>(
        &mut self,
        name: &str,
        columns: &[Column<T>],
        rows: impl IntoIterator<Item = impl Borrow<T>>,
    ) -> io::Result<()> {
        let object = ObjectText::pretty(&headings(columns), 2);
        self.list(name, rows, |row, text| {
            let cells: Vec<_> = columns.iter().map(|column| column.cell(row.borrow())).collect();
            object.put(&cells, text)
        })
    }

    /// Ends the object, and flushes.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.add_bytes(b"\n}\n")?;
        self.out.finish()
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        self.out.add_bytes(if self.is_empty { b"{\n  " } else { b",\n  " })?;
        self.is_empty = false;
        self.out.add(|text| {
            put(&name, 1, text)?;
            text.extend_from_slice(b": ");
            Ok(())
        })
    }

    fn list<I>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = I>,
        put: impl Fn(I, &mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.name(name)?;
        let mut before: &[u8] = b"[\n    ";
        let mut end: &[u8] = b"[]";
        for item in items {
            self.out.add(|text| {
                text.extend_from_slice(before);
                put(item, text)
            })?;
            (before, end) = (b",\n    ", b"\n  ]");
        }
        self.out.add_bytes(end)
    }
}

/// Writes a value as it stands `depth` levels inside another one.
fn put(value: &impl Serialize, depth: usize, out: &mut Vec<u8>) -> io::Result<()> {
    let mut layout = PrettyFormatter::new();
    for _ in 0..depth {
        layout.begin_object(&mut io::sink())?;
    }
    Ok(value.serialize(&mut Serializer::with_formatter(out, layout))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::cell::{Cell, Shape};

    #[test]
    fn the_layout_is_that_of_serde_json() {
        let column = |name| {
            Column::new(name, Shape::List, |row: &Vec<&str>| Cell::List(row.iter().map(|it| (*it).into()).collect()))
        };
        let rows = [vec!["x", "say \"hi\""], vec![]];
        let value = serde_json::json!({"a": [], "b": {"c": [1, {"d": null}]}});
        let mut out = Vec::new();
        let mut page = ObjectMembers::new(&mut out);
        page.value("a", &value).unwrap();
        page.values("b\n", [&value, &serde_json::json!(2)]).unwrap();
        page.values("c", [(); 0]).unwrap();
        page.rows("d", &[column("one"), column("two")], &rows).unwrap();
        page.rows("e", &[column("one")], &rows[..0]).unwrap();
        page.finish().unwrap();
        let row = |row: &Vec<&str>| serde_json::json!({"one": row, "two": row});
        let whole =
            serde_json::json!({"a": value, "b\n": [value, 2], "c": [], "d": [row(&rows[0]), row(&rows[1])], "e": []});
        assert_eq!(String::from_utf8(out).unwrap(), format!("{whole:#}\n"));
    }
}
