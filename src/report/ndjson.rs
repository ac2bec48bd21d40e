//! NDJSON: one row object per line.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::cell::Cell;
use super::schema::Heading;
use super::{Options, RowWriter};

struct NdjsonWriter<'a> {
    out: Box<dyn Write + 'a>,
    headings: Vec<Heading>,
}

#[expect(clippy::unnecessary_wraps, reason = "the other formats can fail here")]
pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &Options<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    Ok(Box::new(NdjsonWriter { out, headings: options.headings.clone() }))
}

impl RowWriter for NdjsonWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &RowObject(&self.headings, row))?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.flush()?;
        Ok(None)
    }
}

/// A row as an object, its members in the order of the columns.
pub(super) struct RowObject<'a, 'b>(pub(super) &'a [Heading], pub(super) &'a [Cell<'b>]);

impl Serialize for RowObject<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.1.len()))?;
        for (heading, cell) in self.0.iter().zip(self.1) {
            object.serialize_entry(heading.name, &Value(cell))?;
        }
        object.end()
    }
}

/// A whole number keeps all its digits.
fn serialize_number<S: Serializer>(number: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match (number.parse::<i64>(), number.parse::<f64>()) {
        (Ok(number), _) => serializer.serialize_i64(number),
        (Err(_), Ok(number)) => serializer.serialize_f64(number),
        (Err(_), Err(_)) => serializer.serialize_str(number),
    }
}

struct Value<'a, 'b>(&'a Cell<'b>);

impl Serialize for Value<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::List(texts) => serializer.collect_seq(texts),
            Cell::Count(count) => serializer.serialize_u64(*count),
            Cell::Number(number) => serialize_number(number, serializer),
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::Text(_) | Cell::Time(_) if self.0.is_absent() => serializer.serialize_none(),
            Cell::Text(_) | Cell::Time(_) => serializer.serialize_str(&self.0.to_text()),
        }
    }
}
