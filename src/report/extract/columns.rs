//! The rows of an extract as a file of columns, for engines that want these: events, tallies and calls in one table, each with nothing
//! in the columns of the others. It has the same columns whether calls are extracted or not.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::event_headings;
use crate::domain::timestamp::Timestamp;
use crate::report::cell::{Cell, CellList, Shape};
use crate::report::parquet;
use crate::report::schema::Heading;
use crate::report::writer::RowWriter;

/// The columns that only tallies have, in the public order.
const TALLY: [(&str, Shape); 17] = [
    ("source", Shape::Text),
    ("date", Shape::Text),
    ("bytes_read", Shape::Count),
    ("bytes_inflated", Shape::Count),
    ("records", Shape::Count),
    ("kept", Shape::Count),
    ("other", Shape::Count),
    ("malformed", Shape::Count),
    ("failed", Shape::Text),
    ("skipped", Shape::Text),
    ("malformed_at", Shape::Text),
    ("truncated", Shape::Flag),
    ("size", Shape::Count),
    ("last_modified", Shape::Time),
    ("issuers", Shape::Text),
    ("truncated_by", Shape::Text),
    ("unread", Shape::Flag),
];

/// The columns that only calls have, and what tallies say of calls, in the public order.
const CALLS: [(&str, Shape); 20] = [
    ("service", Shape::Text),
    ("event_name", Shape::Text),
    ("read_only", Shape::Flag),
    ("resources", Shape::Text),
    ("shared_event_id", Shape::Text),
    ("identity_type", Shape::Text),
    ("identity_account_id", Shape::Text),
    ("principal_id", Shape::Text),
    ("session_created", Shape::Time),
    ("session_issuer_arn", Shape::Text),
    ("web_identity_issuer", Shape::Text),
    ("invoked_by", Shape::Text),
    ("issued_access_key_id", Shape::Text),
    ("issued_principal_id", Shape::Text),
    ("issued_role_arn", Shape::Text),
    ("issued_end", Shape::Time),
    ("created_key", Shape::Text),
    ("parameters", Shape::Text),
    ("error_message", Shape::Text),
    ("activity", Shape::Text),
];

/// The columns that every row has.
const REQUIRED: [&str; 4] = ["row", "schema_version", "log_file", "attempt"];

/// Writes rows as columns.
pub struct ExtractColumns<'a> {
    headings: Vec<Heading>,
    writer: Box<dyn RowWriter + 'a>,
}

impl<'a> ExtractColumns<'a> {
    /// No row yet.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn open(out: Box<dyn Write + 'a>) -> io::Result<Self> {
        let headings = headings();
        let writer = parquet::open_extract(out, &headings, &REQUIRED)?;
        Ok(Self { headings, writer })
    }

    /// Adds the rows of whole lines.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            write_line(line, &self.headings, &mut *self.writer)?;
        }
        Ok(())
    }

    /// All rows are there.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(self) -> io::Result<()> {
        self.writer.finish().map(drop)
    }
}

/// The columns of all rows, in the public order.
pub(super) fn headings() -> Vec<Heading> {
    // Rows of JSON have numbers that are whole, and no text in the place of one.
    let whole = |heading: Heading| match heading.shape {
        Shape::Number => Heading { shape: Shape::Count, ..heading },
        _ if heading.name == "schema_version" => Heading { shape: Shape::Count, ..heading },
        _ => heading,
    };
    let others = TALLY.into_iter().chain(CALLS).map(|(name, shape)| Heading { name, shape });
    event_headings().into_iter().map(whole).chain(others).collect()
}

/// Writes the row of a line, with these of its columns.
pub(super) fn write_line(line: &[u8], headings: &[Heading], writer: &mut dyn RowWriter) -> io::Result<()> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let cells = LineCells(headings).deserialize(&mut reader)?;
    writer.write(&cells)
}

/// Reads an object as the cells of these columns. Nothing is made of what has no column.
struct LineCells<'h>(&'h [Heading]);

impl<'l> DeserializeSeed<'l> for LineCells<'_> {
    type Value = Vec<Cell<'l>>;

    fn deserialize<D: Deserializer<'l>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'l> Visitor<'l> for LineCells<'_> {
    type Value = Vec<Cell<'l>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<M: MapAccess<'l>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut cells: Vec<Cell<'l>> = self.0.iter().map(|heading| absent(heading.shape)).collect();
        let mut next = 0;
        while let Some(name) = map.next_key::<&str>()? {
            // Lines have their columns in this order, though not all of them.
            let from_next = (next..self.0.len()).chain(0..next);
            let Some(at) = from_next.into_iter().find(|at| self.0[*at].name == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            next = at + 1;
            if let Some(cell) = cell(self.0[at].shape, map.next_value()?) {
                cells[at] = cell;
            }
        }
        Ok(cells)
    }
}

fn absent(shape: Shape) -> Cell<'static> {
    if shape == Shape::List { Cell::List(CellList::Borrowed(&[])) } else { Cell::text(None) }
}

/// What has parts of its own stands in its column as JSON, unless that is one of lists.
fn cell(shape: Shape, value: &RawValue) -> Option<Cell<'_>> {
    let json = value.get();
    let text = || match json.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) if !text.contains('\\') => Some(Cow::Borrowed(text)),
        Some(_) => serde_json::from_str(json).ok().map(Cow::Owned),
        None => None,
    };
    match shape {
        _ if json == "null" => None,
        Shape::List => serde_json::from_str::<Vec<String>>(json)
            .ok()
            .map(|texts| Cell::List(texts.into_iter().map(Cow::Owned).collect())),
        Shape::Time => text().map(|text| Cell::Time(Timestamp::parse_rfc3339(&text))),
        Shape::Flag => json.parse().ok().map(|flag| Cell::Flag(Some(flag))),
        Shape::Count => json.parse().ok().map(Cell::Count),
        Shape::Text | Shape::Number => match text() {
            Some(text) => Some(Cell::Text(text)),
            None => serde_json::from_str::<Value>(json).ok().map(|value| Cell::owned(value.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ::parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::{Field, RowAccessor as _};

    use super::*;
    use crate::report::sample;

    const EVENT: &str = r#"{"row":"event","schema_version":1,"time":"2026-11-01T02:03:04Z","event_id":null,"log_file":"a.json","offset":7,"attempt":"x","duration_seconds":3600,"session_end":"9999-12-31T23:59:59Z"}"#;
    const TALLY: &str = r#"{"row":"tally","schema_version":1,"log_file":"a.json","attempt":"x","records":3,"truncated":true,"malformed_at":[{"offset":1,"reason":"\"}"}],"issuers":{"a":2},"truncated_by":"NextToken"}"#;

    fn written(lines: &str) -> SerializedFileReader<bytes::Bytes> {
        let mut out = Vec::new();
        let mut columns = ExtractColumns::open(Box::new(&mut out)).unwrap();
        columns.put(lines.as_bytes()).unwrap();
        columns.finish().unwrap();
        SerializedFileReader::new(bytes::Bytes::from(out)).unwrap()
    }

    #[test]
    fn the_schema_says_what_a_column_holds() {
        let file = written("");
        let schema = file.metadata().file_metadata().schema_descr();
        let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
        let text = (Physical::BYTE_ARRAY, ConvertedType::UTF8, Some(LogicalType::String));
        let count = (Physical::INT64, ConvertedType::NONE, None);
        let moment = (Physical::INT64, ConvertedType::TIMESTAMP_MILLIS, Some(time));
        let flag = (Physical::BOOLEAN, ConvertedType::NONE, None);
        for column in schema.columns() {
            let name = column.name();
            let kind = (column.physical_type(), column.converted_type(), column.logical_type_ref().cloned());
            let expected = match name {
                "time" | "session_end" | "expiration" | "last_modified" | "session_created" | "issued_end" => &moment,
                "truncated" | "unread" | "read_only" => &flag,
                "schema_version" | "offset" | "duration_seconds" | "bytes_read" | "bytes_inflated" | "records"
                | "kept" | "other" | "malformed" | "size" | "filled" => &count,
                _ => &text,
            };
            assert_eq!(kind, *expected, "{name}");
            let is_required = column.self_type().get_basic_info().repetition() == Repetition::REQUIRED;
            assert_eq!(is_required, ["row", "schema_version", "log_file", "attempt"].contains(&name), "{name}");
        }
        assert_eq!(schema.column(0).name(), "row");
    }

    #[test]
    fn rows_are_what_their_lines_are() {
        let file = written(&format!("{EVENT}\n{TALLY}\n"));
        let place = |name: &str| {
            let columns = file.metadata().file_metadata().schema_descr().columns();
            columns.iter().position(|column| column.name() == name).unwrap()
        };
        let rows: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let [event, tally] = &rows[..] else { panic!("{rows:?}") };
        let at = |row: &::parquet::record::Row, name: &str| row.get_column_iter().nth(place(name)).unwrap().1.clone();
        assert_eq!(event.get_timestamp_millis(place("time")).unwrap(), 1_793_498_584_000);
        assert_eq!(event.get_timestamp_millis(place("session_end")).unwrap(), 253_402_300_799_000);
        assert_eq!(
            (event.get_long(place("offset")).unwrap(), event.get_long(place("duration_seconds")).unwrap()),
            (7, 3600)
        );
        assert_eq!(
            (at(event, "event_id"), at(event, "records"), at(tally, "time")),
            (Field::Null, Field::Null, Field::Null)
        );
        assert_eq!((tally.get_long(place("records")).unwrap(), tally.get_bool(place("truncated")).unwrap()), (3, true));
        assert_eq!(tally.get_string(place("malformed_at")).unwrap(), r#"[{"offset":1,"reason":"\"}"}]"#);
        assert_eq!(tally.get_string(place("issuers")).unwrap(), r#"{"a":2}"#);
        assert_eq!(tally.get_string(place("truncated_by")).unwrap(), "NextToken");
    }

    /// Every key of a line has a column, so that no later one is left out.
    #[test]
    fn every_key_of_a_line_has_a_column() {
        let call = r#"{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA1:terraform-run-run-a"},"eventTime":"2026-11-02T05:00:00Z","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","eventID":"e"}],"NextToken":"n"}"#;
        let lines = sample::extract_lines(call);
        let lines = std::str::from_utf8(&lines).unwrap();
        assert_eq!(lines.lines().count(), 2, "{lines}");
        let file = written(lines);
        let columns = file.metadata().file_metadata().schema_descr();
        for line in lines.lines() {
            let row: HashMap<String, Value> = serde_json::from_str(line).unwrap();
            let missing: Vec<_> =
                row.keys().filter(|key| !columns.columns().iter().any(|column| column.name() == *key)).collect();
            assert!(missing.is_empty() && row.len() > 20, "{missing:?}");
        }
    }
}
